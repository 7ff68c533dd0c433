/* Fuzzes scenario files: any text is read to the end, with its problems reported. */
#include "harness/scenario/scenario.h"
#include "lib/base/must.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
