/* Names of routing tables, protocols, scopes, realms, TOS values and interface groups, as iproute2
 * keeps them: lines of a number and a name. A file of /etc/iproute2 hides the one of the same name
 * below /usr; the files X.d/ *.conf add to it. Read at each use: a configuration has few names, and
 * a reload shall see a changed file.
 */
#include "daemon/conf/path.h"

#include <errno.h>
#include <glob.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES (1 << 20)

struct builtin {
	const char *name;
	uint32_t value;
};

static const struct builtin tables[] = {
	{"default", RT_TABLE_DEFAULT}, {"main", RT_TABLE_MAIN}, {"local", RT_TABLE_LOCAL}, {0}};
static const struct builtin protos[] = {{"none", RTPROT_UNSPEC},   {"redirect", RTPROT_REDIRECT},
					{"kernel", RTPROT_KERNEL}, {"boot", RTPROT_BOOT},
					{"static", RTPROT_STATIC}, {"gated", RTPROT_GATED},
					{"ra", RTPROT_RA},	   {"mrt", RTPROT_MRT},
					{"zebra", RTPROT_ZEBRA},   {"bird", RTPROT_BIRD},
					{"babel", RTPROT_BABEL},   {"dnrouted", RTPROT_DNROUTED},
					{"xorp", RTPROT_XORP},	   {"ntk", RTPROT_NTK},
					{"dhcp", RTPROT_DHCP},	   {0}};
static const struct builtin scopes[] = {{"global", RT_SCOPE_UNIVERSE},
					{"universe", RT_SCOPE_UNIVERSE},
					{"nowhere", RT_SCOPE_NOWHERE},
					{"host", RT_SCOPE_HOST},
					{"link", RT_SCOPE_LINK},
					{"site", RT_SCOPE_SITE},
					{0}};
static const struct builtin nothing[] = {{0}};

static const struct {
	const char *file;
	uint32_t max;
	const struct builtin *builtin;
} kinds[] = {
	[RTNAME_TABLE] = {"rt_tables", UINT32_MAX, tables},
	[RTNAME_DSFIELD] = {"rt_dsfield", 255, nothing},
	[RTNAME_REALM] = {"rt_realms", 255, nothing},
	[RTNAME_PROTO] = {"rt_protos", 255, protos},
	[RTNAME_GROUP] = {"group", INT32_MAX, nothing},
	[RTNAME_SCOPE] = {"rt_scopes", 255, scopes},
};

static bool number_parse(const char *text, uint32_t max, uint32_t *out)
{
	char *end;

	errno = 0;
	unsigned long long v = strtoull(text, &end, 0);

	if (errno || end == text || *end || text[0] == '-' || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* One line: "254	main"; "#" begins a comment. */
static bool line_says(char *line, const char *name, uint32_t max, uint32_t *out)
{
	char *rest = NULL;

	line[strcspn(line, "#")] = '\0';
	const char *number = strtok_r(line, " \t", &rest);
	const char *word = number ? strtok_r(NULL, " \t", &rest) : NULL;

	return word && !strcmp(word, name) && number_parse(number, max, out);
}

static bool file_says(const char *path, const char *name, uint32_t max, uint32_t *out)
{
	struct buf text = {0};
	char *rest = NULL;
	bool found = false;

	if (buf_read_file(&text, path, FILE_MAX_BYTES) == 0 && text.data)
		for (char *line = strtok_r(text.data, "\n", &rest); line && !found;
		     line = strtok_r(NULL, "\n", &rest))
			found = line_says(line, name, max, out);
	buf_free(&text);
	return found;
}

static bool files_say(enum rtname kind, const char *name, uint32_t *out)
{
	static const char *const folders[] = {"/etc/iproute2", "/usr/share/iproute2"};
	struct buf path = {0};
	bool found = false;

	for (size_t i = 0; i < 2 && !found; i++) {
		glob_t g = {0};

		buf_clear(&path);
		buf_printf(&path, "%s/%s", folders[i], kinds[kind].file);
		found = file_says(buf_text(&path), name, kinds[kind].max, out);
		buf_puts(&path, ".d/*.conf");
		if (!found && glob(buf_text(&path), 0, NULL, &g) == 0)
			for (size_t j = 0; j < g.gl_pathc && !found; j++)
				found = file_says(g.gl_pathv[j], name, kinds[kind].max, out);
		globfree(&g);
	}
	buf_free(&path);
	return found;
}

bool rtname_find(enum rtname kind, const char *text, uint32_t *out)
{
	if (number_parse(text, kinds[kind].max, out))
		return true;
	for (const struct builtin *b = kinds[kind].builtin; b->name; b++)
		if (!strcmp(b->name, text)) {
			*out = b->value;
			return true;
		}
	return files_say(kind, text, out);
}
