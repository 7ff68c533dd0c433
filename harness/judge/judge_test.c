/* The judge, from evidence made by hand (fixture.h). Each fixtures/histories/NAME.txt is judged and
 * compared with NAME.out (GOLDENS=rewrite writes that anew). Besides: judging twice gives the same
 * bytes, evidence that is cut anywhere never passes, and damage never crashes the judge. */
#include "harness/judge/fixture.h"
#include "harness/judge/verdict.h"
#include "lib/base/golden.h"

#include <dirent.h>
#include <jansson.h>

/* ---- tests --------------------------------------------------------------------------------- */

static struct verdict *judge(const char *dir)
{
	char why[256] = "";
	struct verdict *v = verdict_load(dir, why, sizeof(why));

	if (!v)
		fail_msg("%s", why);
	return v;
}

/* The findings and changes, for people who read the golden's diff. */
static void transcript(const struct verdict *v, struct buf *out)
{
	for (size_t i = 0; i < v->ev->flaws.n; i++)
		buf_printf(out, "flaw: %s\n", v->ev->flaws.at[i].text);
	for (unsigned i = 0; i < v->n_checks; i++) {
		const struct finding *f = &v->findings[i];

		buf_printf(out, "%s: %s\n\t%s", judge_result_name(f->result), v->checks[i]->text,
			   f->text);
		for (unsigned k = 0; k < f->n_refs; k++)
			buf_printf(out, " [%s]", ref_text(v, f->refs[k]));
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < v->m->changes.n; i++) {
		const struct change *c = &v->m->changes.at[i];
		struct arena *a = v->m->arena;

		buf_printf(out, "change: %s %s -> %s %s at %s after step %d: %s",
			   ip_text(a, &v->ev->vips.at[c->vip]), evidence_node_name(v->ev, c->from),
			   evidence_node_name(v->ev, c->to), change_kind_text(c->kind),
			   ns_text(a, c->first_advert.t_ns), c->step + 1,
			   ns_text(a, c->measured_ns));
		if (c->has_floor)
			buf_printf(out, " floor %s excess %s", ns_text(a, c->floor_ns),
				   ns_text(a, c->excess_ns));
		buf_putc(out, '\n');
	}
	buf_printf(out, "verdict: %s\n", judge_result_name(v->result));
}

static bool is_fixture(const char *name, char *stem)
{
	size_t n = strlen(name);

	if (n < 5 || n > 60 || strcmp(name + n - 4, ".txt") != 0)
		return false;
	memcpy(stem, name, n - 4);
	stem[n - 4] = '\0';
	return true;
}

static void each_fixture(void (*fn)(const char *name, const char *dir))
{
	struct dirent **list;
	int n = scandir(FIXTURES, &list, NULL, alphasort);
	int used = 0;

	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		char stem[64], dir[] = "/tmp/vipdrill-judge-XXXXXX";

		if (is_fixture(list[i]->d_name, stem)) {
			assert_non_null(mkdtemp(dir));
			make_run(stem, dir);
			fn(stem, dir);
			remove_run(dir);
			used++;
		}
		free(list[i]);
	}
	free(list);
	assert_true(used >= 20);
}

static void compare(const char *name, const char *dir)
{
	char path[128];
	struct buf out = {0}, first = {0}, second = {0};
	struct verdict *v = judge(dir), *again = judge(dir);

	transcript(v, &out);
	verdict_json(v, &first);
	verdict_json(again, &second);
	assert_string_equal(first.data, second.data);
	json_error_t error;
	json_t *json = json_loads(first.data, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		fail_msg("%s: verdict.json:%d: %s", name, error.line, error.text);
	json_decref(json);
	snprintf(path, sizeof(path), FIXTURES "/%s.out", name);
	assert_true(golden_matches(path, buf_text(&out)));
	verdict_free(v);
	verdict_free(again);
	buf_free(&out);
	buf_free(&first);
	buf_free(&second);
}

static void test_goldens(void **state)
{
	(void)state;
	each_fixture(compare);
}

/* Cut at every 97th byte, no file passes. */
static void cut_one(const char *dir, const char *name)
{
	char path[300];
	struct buf whole = {0};

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (buf_read_file(&whole, path, 1 << 24) != 0)
		return;
	for (size_t n = 0; n < whole.len; n += 97) {
		struct buf part = {.data = whole.data, .len = n};

		write_file(dir, name, &part);
		struct verdict *v = judge(dir);

		if (v->result == JUDGE_PASS)
			fail_msg("%s passes with %s cut after %zu bytes", dir, name, n);
		verdict_free(v);
	}
	write_file(dir, name, &whole);
	buf_free(&whole);
}

static void cut(const char *name, const char *dir)
{
	(void)name;
	cut_one(dir, "history.jsonl");
	cut_one(dir, "outer.pcapng");
}

static void test_cut_evidence_never_passes(void **state)
{
	(void)state;
	each_fixture(cut);
}

/* Damage inside a file may change what it says, but never the judge's composure. */
static void damage_one(const char *dir, const char *name)
{
	char path[300];
	struct buf whole = {0}, json = {0};

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (buf_read_file(&whole, path, 1 << 24) != 0)
		return;
	for (size_t n = 0; n < whole.len; n += 61) {
		char before = whole.data[n];

		whole.data[n] = (char)(before ^ (n % 2 ? 0x10 : 0xff));
		write_file(dir, name, &whole);
		struct verdict *v = judge(dir);

		buf_clear(&json);
		verdict_json(v, &json);
		verdict_free(v);
		whole.data[n] = before;
	}
	write_file(dir, name, &whole);
	buf_free(&whole);
	buf_free(&json);
}

static void damage(const char *name, const char *dir)
{
	(void)name;
	damage_one(dir, "history.jsonl");
	damage_one(dir, "outer.pcapng");
}

static void test_damaged_evidence(void **state)
{
	(void)state;
	each_fixture(damage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_cut_evidence_never_passes),
		cmocka_unit_test(test_damaged_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
