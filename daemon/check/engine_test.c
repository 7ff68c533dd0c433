/* Transcripts of the engine, in fixtures/check: a check, then outcomes; lines with a leading tab
 * are what came of it. `GOLDENS=rewrite` writes them anew.
 *
 *	check tcp|http [loop S] [retry N] [delay S] [warmup S] [urls N] [alpha] [index I N]
 *	run OUTCOME [takes S] [times N]		goes to the deadline, begins, ends with OUTCOME
 *	suspend S, resume S			ha_suspend, S seconds after the last event
 */
#include "daemon/check/engine.h"

#include "lib/base/buf.h"
#include "lib/base/golden.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 24

struct run {
	struct conf_check conf;
	struct conf_url urls[4];
	struct check check;
	mono_t now;
	struct buf *out;
};

static int to_int(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

static const char *option(char **word, const char *name, const char *otherwise)
{
	for (; *word; word++)
		if (strcmp(*word, name) == 0)
			return word[1] ? word[1] : "";
	return otherwise;
}

static int64_t seconds(const char *text)
{
	return (int64_t)(strtod(text, NULL) * (double)NS_PER_S);
}

static void put_time(struct run *r, mono_t t)
{
	if (mono_is_never(t))
		buf_puts(r->out, "never");
	else
		buf_printf(r->out, "%.3fs", (double)t.ns / (double)NS_PER_S);
}

static void show(struct run *r, const char *what)
{
	buf_puts(r->out, "\t");
	put_time(r, r->now);
	buf_printf(r->out, " %s: %s, next at ", what, r->check.up ? "up" : "down");
	put_time(r, check_deadline(&r->check));
	if (r->check.failures)
		buf_printf(r->out, ", failures %u", r->check.failures);
	if (r->check.n_urls > 1)
		buf_printf(r->out, ", url %u", r->check.url);
	buf_putc(r->out, '\n');
}

static void configure(struct run *r, char **word)
{
	bool alpha = option(word, "alpha", NULL) != NULL;
	int n_urls = to_int(option(word, "urls", "0"));
	const char *index = option(word, "index", NULL);
	const char *loop = option(word, "loop", "10");

	r->conf = (struct conf_check){.kind = strcmp(word[0], "http") == 0 ? CONF_CHECK_HTTP
									   : CONF_CHECK_TCP,
				      .retry = (unsigned)to_int(option(word, "retry", "1")),
				      .delay_loop_ns = seconds(loop),
				      .delay_before_retry_ns = seconds(option(word, "delay", "1")),
				      .warmup_ns = seconds(option(word, "warmup", loop)),
				      .urls = n_urls ? r->urls : NULL};
	for (int i = 0; i < n_urls; i++)
		r->urls[i].next = i + 1 < n_urls ? &r->urls[i + 1] : NULL;
	r->now = (mono_t){0};
	char **at = word;

	while (index && strcmp(*at, "index") != 0)
		at++;
	check_init(&r->check, &r->conf, alpha, r->now, index ? (unsigned)to_int(at[1]) : 0,
		   index ? (unsigned)to_int(at[2]) : 1);
	show(r, "begins");
}

static enum check_outcome outcome(const char *word)
{
	static const struct {
		const char *name;
		enum check_outcome o;
	} names[] = {{"ok", CHECK_OK},
		     {"refused", CHECK_REFUSED},
		     {"timeout", CHECK_TIMEOUT},
		     {"status", CHECK_STATUS},
		     {"local", CHECK_LOCAL}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, word) == 0)
			return names[i].o;
	fail_msg("unknown outcome %s", word);
	return CHECK_OK;
}

static void run_once(struct run *r, char **word)
{
	mono_t at = check_deadline(&r->check);
	static const char *const changes[] = {"", ", WENT UP", ", WENT DOWN"};
	char what[64];

	assert_false(mono_is_never(at));
	assert_true(at.ns >= r->now.ns);
	check_begin(&r->check, at);
	assert_true(mono_is_never(check_deadline(&r->check)));
	r->now = mono_add(at, seconds(option(word, "takes", "0")));
	enum check_change change = check_done(&r->check, r->now, outcome(word[0]));

	snprintf(what, sizeof(what), "%s%s", word[0], changes[change]);
	show(r, what);
}

static void suspend(struct run *r, char **word, bool enabled)
{
	r->now = mono_add(r->now, seconds(word[0]));
	check_enable(&r->check, r->now, enabled);
	show(r, enabled ? "resumes" : "is suspended");
}

static void run_line(struct run *r, char *line)
{
	char *word[WORDS_MAX + 1], *save = NULL, none[] = "";
	int n = 0;

	for (int i = 0; i < WORDS_MAX; i++)
		word[i] = none;
	word[WORDS_MAX] = NULL;
	buf_printf(r->out, "%s\n", line);
	if (line[0] == '#' || line[0] == '\0')
		return;
	for (char *w = strtok_r(line, " ", &save); w && n < WORDS_MAX;
	     w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	if (strcmp(word[0], "check") == 0)
		configure(r, word + 1);
	else if (strcmp(word[0], "run") == 0)
		for (int i = to_int(option(word, "times", "1")); i > 0; i--)
			run_once(r, word + 1);
	else if (strcmp(word[0], "suspend") == 0 || strcmp(word[0], "resume") == 0)
		suspend(r, word + 1, word[0][0] == 'r');
	else
		fail_msg("unknown command %s", word[0]);
}

static bool run_file(const char *path)
{
	struct buf text = {0}, out = {0};
	struct run r = {.out = &out};

	assert_int_equal(buf_read_file(&text, path, 1 << 20), 0);
	for (char *line = text.data, *end; line && *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		if (line[0] != '\t')
			run_line(&r, line);
	}
	bool same = golden_matches(path, buf_text(&out));

	buf_free(&text);
	buf_free(&out);
	return same;
}

static void test_transcripts(void **state)
{
	glob_t g;
	bool good = true;

	(void)state;
	assert_int_equal(glob("fixtures/check/*.txt", 0, NULL, &g), 0);
	assert_true(g.gl_pathc >= 12);
	for (size_t i = 0; i < g.gl_pathc; i++)
		good = run_file(g.gl_pathv[i]) && good;
	globfree(&g);
	assert_true(good);
}

/* Whatever the outcomes: the deadline never lies in the past, a check that is up goes down only
 * with retry + 1 failures in a row since it was proven, and changes alternate. */
static void test_any_outcomes(void **state)
{

	(void)state;
	for (unsigned seed = 1; seed <= 300; seed++) {
		struct run r = {.conf = {.kind = seed % 2 ? CONF_CHECK_HTTP : CONF_CHECK_TCP,
					 .retry = seed % 4,
					 .delay_loop_ns = 10 * NS_PER_S,
					 .delay_before_retry_ns = (int64_t)(seed % 5) * NS_PER_S,
					 .warmup_ns = (int64_t)(seed % 7) * NS_PER_S}};
		unsigned bits = seed * 2654435761u, row = 0;
		bool up = seed % 3 != 0, proven = !up;

		check_init(&r.check, &r.conf, !up, r.now, seed % 10, 10);
		for (int i = 0; i < 200; i++) {
			mono_t at = check_deadline(&r.check);

			bits = bits * 1664525u + 1013904223u;
			enum check_outcome o = bits >> 29 ? CHECK_OK : CHECK_TIMEOUT;

			if (bits >> 26 < 40)
				o = CHECK_REFUSED;
			assert_false(mono_before(at, r.now));
			check_begin(&r.check, at);
			r.now = mono_add(at, (int64_t)(bits >> 20) * NS_PER_MS);
			enum check_change change = check_done(&r.check, r.now, o);

			row = o == CHECK_OK ? 0 : row + 1;
			if (change == CHECK_WENT_UP)
				assert_true(!up && o == CHECK_OK);
			if (change == CHECK_WENT_DOWN) {
				assert_true(up);
				assert_true(row == (proven ? r.conf.retry : 1) + 1);
			}
			if (change != CHECK_SAME)
				up = !up;
			if (o == CHECK_OK || change == CHECK_WENT_DOWN)
				proven = true;
			if (change == CHECK_WENT_DOWN)
				row = 0;
			assert_int_equal(up, r.check.up);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transcripts),
		cmocka_unit_test(test_any_outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
