/* Evidence in a folder -> verdict. */
#include "harness/judge/verdict.h"

struct verdict *verdict_load(const char *dir, char *why, size_t why_bytes)
{
	struct evidence *ev = evidence_load(dir, why, why_bytes);

	return ev ? verdict_new(ev) : NULL;
}
