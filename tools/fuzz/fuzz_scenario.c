/* Fuzzes scenario files: any text is read to the end, with its problems reported. */
#include "harness/run/fault.h"
#include "lib/base/must.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stands for all faults, so that the run loop need not be linked. */
static bool accept_words(const char *const *args, char *why, size_t why_bytes)
{
	(void)args, (void)why, (void)why_bytes;
	return true;
}

static const struct fault any_fault = {
	.name = "link", .synopsis = "link", .subject = FAULT_OF_PORT, .check = accept_words};
const struct fault *const fault_table[] = {&any_fault, NULL};

const struct fault *fault_find(const char *name)
{
	return strcmp(name, any_fault.name) == 0 ? &any_fault : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	struct conf_report *report = conf_report_new();
	struct scenario *s =
		strstr(text, "include") ? NULL : scenario_parse("fuzz.scn", text, report);
	struct buf out = {0};

	conf_report_print(report, &out);
	buf_free(&out);
	scenario_free(s);
	conf_report_free(report);
	free(text);
	return 0;
}
