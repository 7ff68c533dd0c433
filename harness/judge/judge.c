/* Evidence in a folder -> verdict. The only files of judging that read are this one, ev_history.c
 * and ev_capture.c. */
#include "harness/judge/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static void report_first_error(const struct conf_report *r, char *why, size_t why_bytes)
{
	enum conf_severity severity;
	struct conf_pos at;
	const char *text;

	for (int i = 0; (text = conf_report_text(r, i, &severity, &at)); i++) {
		if (severity != CONF_ERROR)
			continue;
		snprintf(why, why_bytes, "inputs/scenario.scn:%d:%d: %s", at.line, at.col, text);
		return;
	}
	snprintf(why, why_bytes, "inputs/scenario.scn cannot be read");
}

struct evidence *evidence_load(const char *dir, char *why, size_t why_bytes)
{
	struct evidence *ev = calloc(1, sizeof(*ev));
	struct conf_report *report = conf_report_new();

	must(ev != NULL);
	ev->arena = arena_new();
	const char *path = arena_printf(ev->arena, "%s/inputs/scenario.scn", dir);

	ev->scenario = scenario_load(path, report);
	if (!ev->scenario) {
		report_first_error(report, why, why_bytes);
		if (access(path, R_OK) < 0)
			snprintf(why, why_bytes, "no run: inputs/scenario.scn: %s",
				 strerror(errno));
		conf_report_free(report);
		evidence_free(ev);
		return NULL;
	}
	conf_report_free(report);
	evidence_index_scenario(ev);
	ev_history_load(ev, dir);
	ev_capture_load(ev, dir);
	return ev;
}

struct verdict *verdict_load(const char *dir, char *why, size_t why_bytes)
{
	struct evidence *ev = evidence_load(dir, why, why_bytes);

	return ev ? verdict_new(ev) : NULL;
}
