/* keepalived.conf as people write it: fixtures/conf/good/X.conf gives X.out (the canonical print)
 * and X.err (warnings, if any), fixtures/conf/bad/X.conf gives the problems in X.err word for word.
 * What was printed reads back as itself.
 */
#include "daemon/conf/keywords.h"
#include "daemon/conf/vipd_conf.h"
#include "lib/base/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <glob.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

/* The canonical print of a file, or of a text if text is given; the problems go to err. */
static bool print_file(const char *path, const char *text, struct buf *out, struct buf *err)
{
	struct conf_report *r = conf_report_new();
	struct vipd_conf *conf =
		text ? vipd_conf_parse(path, text, r) : vipd_conf_load(path, "lb1", r);

	if (conf)
		vipd_conf_print(conf, out);
	conf_report_print(r, err);
	vipd_conf_free(conf);
	conf_report_free(r);
	return conf != NULL;
}

static bool golden_beside(const char *path, const char *suffix, const char *text)
{
	struct buf name = {0};
	bool same;

	buf_printf(&name, "%.*s.%s", (int)(strrchr(path, '.') - path), path, suffix);
	same = golden_matches(buf_text(&name), text);
	buf_free(&name);
	return same;
}

static bool reads_back(const char *path, const char *print)
{
	struct buf again = {0}, err = {0};
	bool accepted = print_file(path, print, &again, &err);
	bool same = accepted && !strcmp(buf_text(&again), print);

	if (!same)
		print_error("%s: its print does not read back as itself:\n%s%s", path,
			    buf_text(&err), buf_text(&again));
	buf_free(&again);
	buf_free(&err);
	return same;
}

static bool good_one(const char *path)
{
	struct buf out = {0}, err = {0};
	bool good = print_file(path, NULL, &out, &err);

	if (!good)
		print_error("%s is not accepted:\n%s", path, buf_text(&err));
	good &= golden_beside(path, "out", buf_text(&out));
	good &= golden_beside(path, "err", buf_text(&err));
	good &= reads_back(path, buf_text(&out));
	buf_free(&out);
	buf_free(&err);
	return good;
}

static bool bad_one(const char *path)
{
	struct buf out = {0}, err = {0};
	bool accepted = print_file(path, NULL, &out, &err);
	bool good = golden_beside(path, "err", buf_text(&err));

	if (!err.len) {
		print_error("%s: no problem was found\n", path);
		good = false;
	}
	if (accepted != !strstr(buf_text(&err), ": error: ")) {
		print_error("%s: accepted in spite of errors, or refused without\n", path);
		good = false;
	}
	if (accepted)
		good &= reads_back(path, buf_text(&out));
	buf_free(&out);
	buf_free(&err);
	return good;
}

static void each_file(const char *pattern, size_t at_least, bool (*check)(const char *path))
{
	glob_t g = {0};
	int bad = 0;

	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	assert_true(g.gl_pathc >= at_least);
	for (size_t i = 0; i < g.gl_pathc; i++)
		bad += !check(g.gl_pathv[i]);
	globfree(&g);
	assert_int_equal(bad, 0);
}

static void test_good(void **state)
{
	(void)state;
	each_file("fixtures/conf/good/*.conf", 4, good_one);
}

static void test_bad(void **state)
{
	(void)state;
	each_file("fixtures/conf/bad/*.conf", 60, bad_one);
}

/* The structs themselves, for once: what the canonical print does not show. */
static void test_structs(void **state)
{
	struct conf_report *r = conf_report_new();
	struct vipd_conf *c = vipd_conf_load("fixtures/conf/good/pair.conf", "lb1", r);
	const struct conf_instance *i;
	const struct conf_script *s;

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->n_instances, 2);
	i = c->instances;
	assert_string_equal(i->name, "outer");
	assert_int_equal(i->pos.line, 15);
	assert_ptr_equal(i->group, c->groups);
	assert_int_equal(c->groups->n_members, 2);
	assert_ptr_equal(c->groups->members->instance, i);
	assert_ptr_equal(c->groups->members->next->instance, i->next);
	assert_int_equal(i->advert_ns, 1000000000);
	assert_int_equal(i->n_vips, 2);
	assert_memory_equal(i->auth_data, "k8s\0\0\0\0", 8);
	assert_int_equal(i->vips->scope, 0);
	assert_ptr_equal(c->global.lvs_sync.instance, i);
	assert_int_equal(c->global.lvs_sync.syncid, i->vrid);
	s = &c->groups->notify.master;
	assert_string_equal(s->argv[0], "/usr/local/bin/notify");
	assert_string_equal(s->argv[1], "now we are");
	assert_string_equal(s->argv[2], "master");
	assert_null(s->argv[3]);
	assert_string_equal(c->services->service.scheduler, "wrr");
	assert_int_equal(c->services->servers->checks->kind, CONF_CHECK_TCP);
	assert_int_equal(c->services->servers->checks->connect_timeout_ns, 3000000000);
	vipd_conf_free(c);
	conf_report_free(r);
}

/* More addresses than an advert can count: the rest is installed, not announced. */
static void test_many_vips(void **state)
{
	struct conf_report *r = conf_report_new();
	struct buf text = {0};
	struct vipd_conf *c;
	unsigned n = 0;

	(void)state;
	buf_puts(&text, "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n"
			"virtual_ipaddress {\n");
	for (int i = 0; i < 300; i++)
		buf_printf(&text, "10.0.%d.%d\n", i / 200, i % 200 + 1);
	buf_puts(&text, "}\n}\n");
	c = vipd_conf_parse("many.conf", buf_text(&text), r);
	assert_non_null(c);
	assert_int_equal(c->instances->n_vips, 255);
	for (const struct conf_vip *v = c->instances->vips_excluded; v; v = v->next)
		n++;
	assert_int_equal(n, 45);
	assert_int_equal(conf_report_warnings(r), 1);
	vipd_conf_free(c);
	conf_report_free(r);
	buf_free(&text);
}

static void test_doc(void **state)
{
	struct buf doc = {0};

	(void)state;
	vipd_keyword_doc(&doc);
	assert_true(golden_matches("docs/keepalived-conf.md", buf_text(&doc)));
	buf_free(&doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	cmocka_unit_test(test_bad),
		cmocka_unit_test(test_structs), cmocka_unit_test(test_many_vips),
		cmocka_unit_test(test_doc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
