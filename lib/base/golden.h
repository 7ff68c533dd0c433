/* For test programs: compares a text with the file that holds what it should be.
 *
 * With GOLDENS=rewrite in the environment the file is written instead; read the diff before it is
 * committed. An expected text that is empty may be a missing file.
 */
#ifndef LIB_BASE_GOLDEN_H
#define LIB_BASE_GOLDEN_H

#include "lib/base/buf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline bool golden_rewrites(void)
{
	const char *how = getenv("GOLDENS");

	return how && strcmp(how, "rewrite") == 0;
}

static inline bool golden_write(const char *path, const char *text)
{
	if (!*text)
		return unlink(path) == 0 || errno == ENOENT;
	FILE *f = fopen(path, "w");

	return f && fputs(text, f) >= 0 && fclose(f) == 0;
}

/* True: text is what the file at path says (or it could be rewritten). Otherwise both are shown on
 * standard error. */
static inline bool golden_matches(const char *path, const char *text)
{
	struct buf want = {0};
	bool same = false;

	if (golden_rewrites())
		return golden_write(path, text);
	int err = buf_read_file(&want, path, 64U << 20);

	if (err == 0 || (err == -ENOENT && !*text))
		same = strcmp(buf_text(&want), text) == 0;
	if (!same)
		fprintf(stderr, "%s%s\n--- expected\n%s--- found\n%s---\n", path,
			err ? " (cannot be read)" : "", buf_text(&want), text);
	buf_free(&want);
	return same;
}

#endif
