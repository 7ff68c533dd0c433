/* Each word of fixtures/keepalived/keywords.tsv, used in its block: either it changes what
 * vipd_conf_print prints, or a warning names it (or the block around it that has no effect).
 * Nothing is an unknown keyword, nothing is silently ignored. fixtures/keepalived/samples.tsv has
 * the text for each word that is supported, the text to compare with ("without"), and in "expected"
 * a part of the warning, or "=WHY" where the word has nothing to print.
 */
#include "daemon/conf/keywords.h"
#include "daemon/conf/vipd_conf.h"
#include "lib/base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#define FIELDS_MAX 7
#define VR	   "interface eth0\nvirtual_router_id %d\nvirtual_ipaddress {\n192.0.2.%d/24\n}\n"
#define OPEN_GROUP "vrrp_sync_group G {\ngroup { VI_1 VI_3 }\n"
#define OPEN_VR                                                                                    \
	"vrrp_instance VI_2 {\ninterface eth0\nvirtual_router_id 2\n"                              \
	"virtual_ipaddress {\n192.0.2.2/24\n}\n"
#define OPEN_VS "virtual_server 192.0.2.80 80 {\nprotocol TCP\nreal_server 192.0.2.90 80 {\n}\n"
#define OPEN_RS OPEN_VS "real_server 192.0.2.91 80 {\n"

struct row {
	char *field[FIELDS_MAX];
};

struct table {
	struct buf text;
	VEC(struct row) rows;
};

struct sheet {
	struct table words, samples;
	struct buf base;
};

/* \n and \\ of a field, in place. */
static void unescape(char *field)
{
	char *to = field;

	for (const char *from = field; *from; from++) {
		if (*from == '\\' && (from[1] == 'n' || from[1] == '\\'))
			*to++ = *++from == 'n' ? '\n' : '\\';
		else
			*to++ = *from;
	}
	*to = '\0';
}

static void table_read(struct table *t, const char *path, int n_fields, bool escaped)
{
	char *at, *line;

	assert_int_equal(buf_read_file(&t->text, path, 1 << 20), 0);
	at = t->text.data;
	strsep(&at, "\n"); /* the head */
	while ((line = strsep(&at, "\n")) && *line) {
		struct row *r = vec_push(&t->rows);

		for (int i = 0; i < n_fields; i++) {
			r->field[i] = strsep(&line, "\t");
			assert_non_null(r->field[i]);
			if (escaped)
				unescape(r->field[i]);
		}
		assert_null(line);
	}
}

static int setup(void **state)
{
	struct sheet *s = calloc(1, sizeof(*s));
	static const int ids[] = {1, 3, 4};

	assert_non_null(s);
	assert_int_equal(setenv("VIPD_TEST", "seen", 1), 0); /* for ${_ENV VIPD_TEST} */
	table_read(&s->words, "fixtures/keepalived/keywords.tsv", 7, false);
	table_read(&s->samples, "fixtures/keepalived/samples.tsv", 5, true);
	for (int i = 0; i < 3; i++)
		buf_printf(&s->base, "vrrp_instance VI_%d {\n" VR "}\n", ids[i], ids[i], ids[i]);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct sheet *s = *state;

	vec_free(&s->words.rows);
	vec_free(&s->samples.rows);
	buf_free(&s->words.text);
	buf_free(&s->samples.text);
	buf_free(&s->base);
	free(s);
	return 0;
}

static const struct row *sample_find(const struct sheet *s, const struct row *word)
{
	for (size_t i = 0; i < s->samples.rows.n; i++) {
		const struct row *r = &s->samples.rows.at[i];

		if (!strcmp(r->field[0], word->field[0]) && !strcmp(r->field[1], word->field[1]))
			return r;
	}
	return NULL;
}

#define TRACKED                                                                                    \
	"vrrp_script x {\nscript /bin/x\nweight 3 reverse\n}\ntrack_file x {\nfile /x\nweight 3 "  \
	"reverse\n}\nvrrp_track_process x {\nprocess x\nweight 3 reverse\n}\n"
#define TRACKS "track_script {\nx\n}\ntrack_file {\nx\n}\ntrack_process {\nx\n}\n"

/* How a block that is supported opens, with what it cannot do without. */
static const struct place {
	const char *path, *open;
	int braces;
} places[] = {
	{"(root)", "", 0},
	{"(parser)", "", 0},
	{"global_defs", "global_defs {\n", 1},
	{"global_defs.lvs_sync_daemon", "global_defs {\n", 1},
	{"global_defs.dynamic_interfaces", "global_defs {\n", 1},
	{"vrrp_sync_group", OPEN_GROUP, 1},
	{"vrrp_sync_group.track_interface", OPEN_GROUP "track_interface {\n", 2},
	{"vrrp_instance", OPEN_VR, 1},
	{"vrrp_instance.authentication", OPEN_VR "authentication {\n", 2},
	{"vrrp_instance.auth_hmac.key", OPEN_VR "auth_hmac {\n", 2},
	{"vrrp_instance.track_interface", OPEN_VR "track_interface {\n", 2},
	{"vrrp_instance.unicast_peer", OPEN_VR "unicast_peer {\n", 2},
	{"vrrp_instance.notify*", OPEN_VR, 1},
	{"vrrp_instance.old_unicast_checksum", OPEN_VR, 1},
	{"vrrp_instance.virtual_routes", OPEN_VR "virtual_routes {\n", 2},
	{"vrrp_instance.virtual_routes.nexthop", OPEN_VR "virtual_routes {\n", 2},
	{"vrrp_instance.virtual_routes.encap", OPEN_VR "virtual_routes {\n", 2},
	{"vrrp_instance.virtual_routes.encap.ip", OPEN_VR "virtual_routes {\n", 2},
	{"vrrp_instance.virtual_routes.encap.ip6", OPEN_VR "virtual_routes {\n", 2},
	{"vrrp_instance.virtual_rules", OPEN_VR "virtual_rules {\n", 2},
	{"track_group", "track_group g {\n", 1},
	{"static_ipaddress", "track_group g {\ngroup {\nVI_1\n}\n}\nstatic_ipaddress {\n", 1},
	{"static_routes", "track_group g {\ngroup {\nVI_1\n}\n}\nstatic_routes {\n", 1},
	{"static_rules", "track_group g {\ngroup {\nVI_1\n}\n}\nstatic_rules {\n", 1},
	{"vrrp_instance.virtual_ipaddress", OPEN_VR "virtual_ipaddress {\n", 2},
	{"vrrp_instance.virtual_ipaddress_excluded", OPEN_VR "virtual_ipaddress_excluded {\n", 2},
	{"vrrp_instance.track_script", TRACKED OPEN_VR "track_script {\n", 2},
	{"vrrp_instance.track_file", TRACKED OPEN_VR "track_file {\n", 2},
	{"vrrp_instance.track_process", TRACKED OPEN_VR "track_process {\n", 2},
	{"vrrp_sync_group.track_script", TRACKED OPEN_GROUP "track_script {\n", 2},
	{"vrrp_sync_group.track_file", TRACKED OPEN_GROUP "track_file {\n", 2},
	{"vrrp_sync_group.track_process", TRACKED OPEN_GROUP "track_process {\n", 2},
	{"interface_up_down_delays", "interface_up_down_delays {\n", 1},
	{"vrrp_script", OPEN_VR TRACKS "}\nvrrp_script x {\n", 1},
	{"vrrp_script.weight", OPEN_VR TRACKS "}\nvrrp_script x {\n", 1},
	{"track_file", OPEN_VR TRACKS "}\ntrack_file x {\n", 1},
	{"track_file.weight", OPEN_VR TRACKS "}\ntrack_file x {\n", 1},
	{"track_file.init_file", OPEN_VR TRACKS "}\ntrack_file x {\n", 1},
	{"vrrp_track_file", OPEN_VR TRACKS "}\nvrrp_track_file x {\n", 1},
	{"vrrp_track_process", OPEN_VR TRACKS "}\nvrrp_track_process x {\n", 1},
	{"vrrp_track_process.weight", OPEN_VR TRACKS "}\nvrrp_track_process x {\n", 1},
	{"vrrp_track_process.param_match", OPEN_VR TRACKS "}\nvrrp_track_process x {\n", 1},
	{"virtual_server", OPEN_VS, 1},
	{"virtual_server.lvs_sched", OPEN_VS, 1},
	{"virtual_server.lvs_method", OPEN_VS, 1},
	{"virtual_server.sorry_server_lvs_method", OPEN_VS, 1},
	{"virtual_server.real_server", OPEN_RS, 2},
	{"virtual_server.real_server.lvs_method", OPEN_RS, 2},
	{"virtual_server.real_server.TCP_CHECK", OPEN_RS "TCP_CHECK {\n", 3},
	{"virtual_server.real_server.HTTP_GET", OPEN_RS "HTTP_GET {\nurl {\npath /a\n}\n", 3},
	{"virtual_server.real_server.HTTP_GET.url", OPEN_RS "HTTP_GET {\nurl {\npath /a\n", 4},
};

static const struct place *place_find(const char *path)
{
	const struct place *best = &places[0];
	size_t best_len = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t len = strlen(places[i].path);

		if (len > best_len && !strncmp(places[i].path, path, len) &&
		    (path[len] == '\0' || path[len] == '.')) {
			best = &places[i];
			best_len = len;
		}
	}
	return best;
}

/* The text inside the blocks of path; what is behind the last known place opens as "NAME x {". */
static void wrap(const struct sheet *s, const char *path, const char *inner, struct buf *out)
{
	const struct place *p = place_find(path);
	const char *rest = path[0] == '(' ? "" : path + strlen(p == places ? "" : p->path);
	int braces = p->braces;

	buf_printf(out, "%s%s", buf_text(&s->base), p->open);
	while (*rest) {
		size_t len;

		rest += *rest == '.';
		len = strcspn(rest, ".");
		buf_printf(out, "%.*s x {\n", (int)len, rest);
		rest += len;
		braces++;
	}
	buf_puts(out, inner);
	while (braces-- > 0)
		buf_puts(out, "\n}");
	buf_putc(out, '\n');
}

struct outcome {
	struct buf config, print, problems;
	bool accepted;
};

static void outcome_make(const struct sheet *s, const char *path, const char *inner,
			 struct outcome *o)
{
	struct conf_report *r = conf_report_new();
	struct vipd_conf *conf;
	const char *text;

	wrap(s, path, inner, &o->config);
	conf = vipd_conf_parse("test.conf", buf_text(&o->config), r);
	o->accepted = conf != NULL;
	if (conf)
		vipd_conf_print(conf, &o->print);
	for (int i = 0; (text = conf_report_text(r, i, NULL, NULL)); i++)
		buf_printf(&o->problems, "%s\n", text);
	vipd_conf_free(conf);
	conf_report_free(r);
}

static void outcome_free(struct outcome *o)
{
	buf_free(&o->config);
	buf_free(&o->print);
	buf_free(&o->problems);
}

/* "'WORD'" of the word itself or of a block around it. */
static bool is_named(const char *problems, const struct row *word)
{
	struct buf quoted = {0};
	bool found = false;
	const char *path = word->field[0];

	buf_printf(&quoted, "'%s'", word->field[1]);
	found = strstr(problems, buf_text(&quoted)) != NULL;
	while (!found && *path) {
		size_t len = strcspn(path, ".");

		buf_clear(&quoted);
		buf_printf(&quoted, "'%.*s' is known but", (int)len, path);
		found = strstr(problems, buf_text(&quoted)) != NULL;
		path += len + (path[len] == '.');
	}
	buf_free(&quoted);
	return found;
}

/* NULL, or what is wrong with the word. */
static const char *word_check(const struct sheet *s, const struct row *word, struct outcome *with,
			      struct outcome *without)
{
	const struct row *sample = sample_find(s, word);
	enum conf_support support;
	struct buf inner = {0};

	if (!vipd_keyword_find(word->field[0], word->field[1], &support))
		return "not in the tables";
	if (!sample && support == CONF_SUPPORTED)
		return "supported, but samples.tsv has no text for it";
	buf_printf(&inner, "%s 1", word->field[1]);
	outcome_make(s, word->field[0], sample ? sample->field[2] : inner.data, with);
	outcome_make(s, word->field[0], sample ? sample->field[3] : "", without);
	buf_free(&inner);
	if (strstr(buf_text(&with->problems), "unknown keyword") ||
	    strstr(buf_text(&with->problems), "unknown word"))
		return "unknown";
	if (!with->accepted)
		return "an error";
	if (!without->accepted)
		return "an error without it";
	if (support != CONF_SUPPORTED) {
		const char *expected = sample ? sample->field[4] : "";

		return (*expected ? strstr(buf_text(&with->problems), expected) != NULL
				  : is_named(buf_text(&with->problems), word))
			       ? NULL
			       : "no warning names it";
	}
	if (word->field[0][0] == '(' && word->field[0][1] == 'p' && with->problems.len)
		return "supported, but there is a problem";
	if (is_named(buf_text(&with->problems), word) && !strstr(with->problems.data, "' again;"))
		return "supported, but warned about";
	if (sample->field[4][0] == '=')
		return NULL;
	if (sample->field[4][0] == '~' && !strstr(buf_text(&with->print), sample->field[4] + 1))
		return "not as expected";
	return strcmp(buf_text(&with->print), buf_text(&without->print)) ? NULL : "no effect";
}

static void test_words(void **state)
{
	const struct sheet *s = *state;
	int bad = 0;

	for (size_t i = 0; i < s->words.rows.n; i++) {
		const struct row *word = &s->words.rows.at[i];
		struct outcome with = {0}, without = {0};
		const char *wrong = word_check(s, word, &with, &without);

		if (wrong) {
			print_error("%s %s: %s\n%s%s\n", word->field[0], word->field[1], wrong,
				    buf_text(&with.config), buf_text(&with.problems));
			bad++;
		}
		outcome_free(&with);
		outcome_free(&without);
	}
	assert_int_equal(bad, 0);
	assert_int_equal(s->words.rows.n, 840);
}

/* A sample for a word that is not in the list would prove nothing. */
static void test_samples(void **state)
{
	const struct sheet *s = *state;
	enum conf_support support;

	for (size_t i = 0; i < s->samples.rows.n; i++) {
		const struct row *r = &s->samples.rows.at[i];

		if (!vipd_keyword_find(r->field[0], r->field[1], &support))
			fail_msg("samples.tsv: %s %s is not a known word", r->field[0],
				 r->field[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
