/* Fuzzes keepalived.conf: any text is read to the end with problems reported, and what was
 * understood prints again. Includes are refused, so that nothing is read from the machine. */
#include "daemon/conf/vipd_conf.h"
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
	if (strstr(text, "include")) {
		free(text);
		return 0;
	}
	struct conf_report *report = conf_report_new();
	struct vipd_conf *conf = vipd_conf_parse("fuzz.conf", text, report);
	struct buf out = {0};

	must(conf || conf_report_errors(report) > 0);
	if (conf)
		vipd_conf_print(conf, &out);
	conf_report_print(report, &out);
	buf_free(&out);
	vipd_conf_free(conf);
	conf_report_free(report);
	free(text);
	return 0;
}
