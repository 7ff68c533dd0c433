/* Fuzzes the grammar in both dialects: any text gives a tree and problems; the printed tree reads
 * back as itself. What is included is always the same small file: nothing is read from the machine.
 */
#include "lib/base/must.h"
#include "lib/conf/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_file(void *ctx, const char *path, struct buf *text)
{
	(void)ctx;
	if (strstr(path, "none"))
		return -ENOENT;
	buf_puts(text, "included $A {\n@x y\n}\n");
	return 0;
}

static void read_and_print(const char *text, enum conf_dialect dialect, struct buf *out)
{
	const struct conf_options o = {
		.dialect = dialect, .config_id = "x", .read_file = read_file};
	struct conf_report *report = conf_report_new();
	struct arena *a = arena_new();
	struct buf problems = {0};

	conf_print(conf_parse_text(a, "fuzz", text, &o, report), out);
	conf_report_sort(report);
	conf_report_print(report, &problems);
	buf_free(&problems);
	conf_report_free(report);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	for (int dialect = CONF_KEEPALIVED; dialect <= CONF_SCENARIO; dialect++) {
		struct buf once = {0}, twice = {0};

		read_and_print(text, (enum conf_dialect)dialect, &once);
		read_and_print(buf_text(&once), (enum conf_dialect)dialect, &twice);
		/* Pieces of values may join to something that is substituted once more. */
		must(strchr(buf_text(&once), '$') ||
		     strcmp(buf_text(&once), buf_text(&twice)) == 0);
		buf_free(&once);
		buf_free(&twice);
	}
	free(text);
	return 0;
}
