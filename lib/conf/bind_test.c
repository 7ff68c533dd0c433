/* Keyword tables and values: a small table of every kind of row, read from text; what is stored and
 * what is said, strictly (scenarios) and leniently (keepalived). */
#include "lib/conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct item {
	const char *name;
	int64_t size;
	int64_t pause_ns;
	int64_t time_ns;
	int64_t ppm;
	bool flag;
	uint16_t port;
	int colour;
	struct conf_ip ip;
	struct buf list;
	int ends;
};

struct shop {
	struct item item[4];
	int n_items;
};

static void *set_item(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct shop *shop = object;

	(void)b;
	if (shop->n_items == 4)
		return NULL;
	struct item *item = &shop->item[shop->n_items++];

	item->name = s->word[1].text;
	return item;
}

static void end_item(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct item *item = object;

	assert_string_equal(conf_bind_row(b)->name, "item");
	assert_string_equal(s->word[1].text, item->name);
	item->ends++;
}

enum { SIZE, PAUSE, TIME, PPM, FLAG, PORT, COLOUR, IP };

/* One function for many rows: which one it is stands in arg. */
static void *set_value(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const char *const colours[] = {"red", "green", "blue", NULL};
	struct item *item = object;
	const struct conf_word *w = &s->word[1];

	switch (conf_bind_row(b)->arg) {
	case SIZE:
		conf_get_int(b, w, -5, 100, &item->size);
		break;
	case PAUSE:
		conf_get_seconds(b, w, 10000000, 255000000000, &item->pause_ns);
		break;
	case TIME:
		conf_get_duration(b, w, &item->time_ns);
		break;
	case PPM:
		conf_get_percent(b, w, &item->ppm);
		break;
	case FLAG:
		conf_get_bool(b, w, &item->flag);
		break;
	case PORT:
		conf_get_port(b, w, &item->port);
		break;
	case COLOUR:
		conf_get_choice(b, w, colours, &item->colour);
		break;
	default:
		conf_get_ip(b, w, &item->ip);
		break;
	}
	return NULL;
}

static void *add_word(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct item *item = object;

	(void)b;
	buf_printf(&item->list, "%s/%d ", s->word[0].text, s->n_words);
	return NULL;
}

static const struct conf_keyword list_table[] = {
	{.name = "*", .args = "WORD [more]", .max_args = 1, .repeats = true, .set = add_word}, {0}};

#define VALUE(NAME, KIND)                                                                          \
	.name = (NAME), .args = "VALUE", .min_args = 1, .max_args = 1, .set = set_value,           \
	.arg = (KIND)

static const struct conf_keyword item_table[] = {
	{VALUE("size", SIZE)},
	{VALUE("pause", PAUSE)},
	{VALUE("time", TIME)},
	{VALUE("share", PPM)},
	{VALUE("flag", FLAG)},
	{VALUE("port", PORT)},
	{VALUE("colour", COLOUR)},
	{VALUE("ip", IP)},
	{.name = "list", .args = "", .block = list_table, .repeats = true},
	{.name = "later",
	 .args = "",
	 .max_args = CONF_ANY,
	 .support = CONF_PLANNED,
	 .block = list_table,
	 .block_optional = true},
	{.name = "never", .args = "", .max_args = CONF_ANY, .support = CONF_IGNORED},
	{.name = "once", .args = "", .max_args = CONF_ANY, .support = CONF_OBSOLETE},
	{0}};

static const struct conf_keyword shop_table[] = {{.name = "item",
						  .args = "NAME",
						  .min_args = 1,
						  .max_args = 1,
						  .repeats = true,
						  .set = set_item,
						  .block = item_table,
						  .block_optional = true,
						  .end = end_item},
						 {0}};

struct bench {
	struct arena *arena;
	struct conf_report *report;
	struct shop shop;
	struct buf said; /* "L:C severity text" a line */
};

static int setup(void **state)
{
	struct bench *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->arena = arena_new();
	t->report = conf_report_new();
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct bench *t = *state;

	for (int i = 0; i < 4; i++)
		buf_free(&t->shop.item[i].list);
	buf_free(&t->said);
	conf_report_free(t->report);
	arena_free(t->arena);
	free(t);
	return 0;
}

static void read_text(struct bench *t, enum conf_severity strictness, const char *text)
{
	struct conf_bind b = {.arena = t->arena, .report = t->report, .strictness = strictness};
	struct conf_block *tree = conf_parse_text(t->arena, "t", text, NULL, t->report);
	enum conf_severity severity;
	struct conf_pos at;

	conf_bind_block(&b, tree, shop_table, &t->shop, NULL);
	for (int i = 0; conf_report_text(t->report, i, &severity, &at); i++)
		buf_printf(&t->said, "%d:%d %c %s\n", at.line, at.col,
			   severity == CONF_ERROR ? 'E' : 'W',
			   conf_report_text(t->report, i, NULL, NULL));
}

static void test_values(void **state)
{
	struct bench *t = *state;
	struct item *item = t->shop.item;
	char text[INET6_ADDRSTRLEN];

	read_text(t, CONF_ERROR,
		  "item a {\n size -5\n pause 0.25\n time 1.5s\n share 0.1%\n flag YES\n"
		  " port 65535\n colour blue\n ip 10.0.0.1/24\n list { x\n y 1 }\n list { z }\n}\n"
		  "item b {\n pause 255\n time 1d\n share 100\n flag off\n ip 2001:db8::1 }\n"
		  "item c\n");
	assert_string_equal(buf_text(&t->said), "");
	assert_int_equal(t->shop.n_items, 3);
	assert_int_equal(item[0].size, -5);
	assert_int_equal(item[0].pause_ns, 250000000);
	assert_int_equal(item[0].time_ns, 1500000000);
	assert_int_equal(item[0].ppm, 1000);
	assert_true(item[0].flag);
	assert_int_equal(item[0].port, 65535);
	assert_int_equal(item[0].colour, 2);
	assert_string_equal(conf_ip_text(&item[0].ip, text), "10.0.0.1");
	assert_int_equal(item[0].ip.prefix_len, 24);
	assert_string_equal(item[0].list.data, "x/1 y/2 z/1 ");
	assert_int_equal(item[1].pause_ns, 255000000000);
	assert_int_equal(item[1].time_ns, 86400000000000);
	assert_int_equal(item[1].ppm, 1000000);
	assert_false(item[1].ip.has_prefix);
	assert_int_equal(item[1].ip.prefix_len, 128);
	assert_int_equal(item[0].ends + item[1].ends + item[2].ends, 3);
}

static void test_wrong_values(void **state)
{
	struct bench *t = *state;

	read_text(t, CONF_ERROR,
		  "item a {\n size 101\n pause 0.001\n time 5\n share 101%\n flag maybe\n port 0\n"
		  " colour pink\n ip 10.0.0.256\n}\n"
		  "item b {\n size 1x\n pause x\n time 1.s2\n share %\n port 1.5\n ip "
		  "10.0.0.1/33\n}\n"
		  "item c {\n size 99999999999999999999\n time 99999999999d\n ip ::1/x\n pause "
		  "1e3\n}\n");
	assert_string_equal(
		buf_text(&t->said),
		"2:7 E 101 is out of range, expected -5 to 100\n"
		"3:8 E 0.001 seconds is out of range, expected 0.01 to 255\n"
		"4:7 E expected a time with its unit such as 10s, 1.5s or 20ms, found '5'\n"
		"5:8 E expected a percentage from 0% to 100%, found '101%'\n"
		"6:7 E expected on or off (true, false, yes, no, 1, 0), found 'maybe'\n"
		"7:7 E 0 is out of range, expected 1 to 65535\n"
		"8:9 E expected red, green or blue, found 'pink'\n"
		"9:5 E expected an IPv4 or IPv6 address such as 192.0.2.1 or 192.0.2.1/24, found "
		"'10.0.0.256'\n"
		"12:7 E expected a number from -5 to 100, found '1x'\n"
		"13:8 E expected seconds from 0.01 to 255, found 'x'\n"
		"14:7 E expected a time with its unit such as 10s, 1.5s or 20ms, found '1.s2'\n"
		"15:8 E expected a percentage from 0% to 100%, found '%'\n"
		"16:7 E expected a number from 1 to 65535, found '1.5'\n"
		"17:5 E expected an IPv4 or IPv6 address such as 192.0.2.1 or 192.0.2.1/24, found "
		"'10.0.0.1/33'\n"
		"20:7 E 99999999999999999999 is out of range, expected -5 to 100\n"
		"21:7 E expected a time with its unit such as 10s, 1.5s or 20ms, found "
		"'99999999999d'\n"
		"22:5 E expected an IPv4 or IPv6 address such as 192.0.2.1 or 192.0.2.1/24, found "
		"'::1/x'\n"
		"23:8 E expected seconds from 0.01 to 255, found '1e3'\n");
}

#define SHAPES                                                                                     \
	"itme x { size 5 }\n"                                                                      \
	"completely-else\n"                                                                        \
	"item\n"                                                                                   \
	"item a b {\n size 7\n}\n"                                                                 \
	"item c {\n size 1 2\n size 3\n size { x }\n list\n list x { y }\n szie 4\n}\n"

static void test_shapes_strictly(void **state)
{
	struct bench *t = *state;

	read_text(t, CONF_ERROR, SHAPES);
	assert_string_equal(buf_text(&t->said),
			    "1:1 E unknown keyword 'itme'; did you mean 'item'?\n"
			    "2:1 E unknown keyword 'completely-else'; known here: item\n"
			    "3:1 E 'item' has too few words, expected: item NAME [{ ... }]\n"
			    "4:8 E unexpected 'b' after 'item', expected: item NAME [{ ... }]\n"
			    "8:9 E unexpected '2' after 'size', expected: size VALUE\n"
			    "10:2 E 'size' has too few words, expected: size VALUE\n"
			    "11:2 E 'list' needs a block, expected: list { ... }\n"
			    "12:7 E unexpected 'x' after 'list', expected: list { ... }\n"
			    "13:2 E unknown keyword 'szie' in item; did you mean 'size'?\n");
	assert_int_equal(t->shop.n_items, 1);
	assert_int_equal(t->shop.item[0].size, 3);
}

static void test_shapes_leniently(void **state)
{
	struct bench *t = *state;

	read_text(t, CONF_WARNING, SHAPES);
	assert_string_equal(buf_text(&t->said),
			    "1:1 W unknown keyword 'itme'; did you mean 'item'?\n"
			    "2:1 W unknown keyword 'completely-else'; known here: item\n"
			    "3:1 E 'item' has too few words, expected: item NAME [{ ... }]\n"
			    "4:8 W unexpected 'b' after 'item', expected: item NAME [{ ... }]\n"
			    "8:9 W unexpected '2' after 'size', expected: size VALUE\n"
			    "9:2 W 'size' again; the first is in line 8\n"
			    "10:2 E 'size' has too few words, expected: size VALUE\n"
			    "11:2 E 'list' needs a block, expected: list { ... }\n"
			    "12:7 W unexpected 'x' after 'list', expected: list { ... }\n"
			    "13:2 W unknown keyword 'szie' in item; did you mean 'size'?\n");
	assert_int_equal(t->shop.n_items, 2);
	assert_string_equal(t->shop.item[0].name, "a");
	assert_int_equal(t->shop.item[0].size, 7);
	assert_int_equal(t->shop.item[1].size, 3);
	assert_string_equal(buf_text(&t->shop.item[1].list), "y/1 ");
}

static void test_support(void **state)
{
	struct bench *t = *state;

	read_text(t, CONF_WARNING,
		  "item a {\n later 1 {\n x\n }\n never\n once\n once\n later\n}\n");
	assert_string_equal(buf_text(&t->said),
			    "2:2 W 'later' is known but has no effect in this version\n"
			    "5:2 W 'never' is known but has no effect here\n"
			    "8:2 W 'later' is known but has no effect in this version\n");
}

static void test_nearest(void **state)
{
	static const char *const names[] = {"outer", "inner", "lb1", "lb2", NULL};
	char word[2000];

	(void)state;
	memset(word, 'x', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	assert_string_equal(conf_nearest("otuer", names), "outer");
	assert_string_equal(conf_nearest("iner", names), "inner");
	assert_string_equal(conf_nearest("lb", names), "lb1");
	assert_null(conf_nearest("gateway", names));
	assert_null(conf_nearest("", names));
	assert_null(conf_nearest(word, names));
}

static void test_doc(void **state)
{
	struct bench *t = *state;

	conf_doc_markdown(shop_table, "Shop", &t->said);
	assert_non_null(strstr(t->said.data, "## Shop\n\n| keyword |"));
	assert_non_null(strstr(t->said.data, "\n| `item` | `NAME` | | | yes, repeats |\n"));
	assert_non_null(strstr(t->said.data, "\n### item\n"));
	assert_non_null(strstr(t->said.data, "\n#### item / list\n"));
	assert_non_null(strstr(t->said.data, "\n| `(any)` | `WORD [more]` |"));
	assert_non_null(strstr(t->said.data, "not supported yet (a warning says so): `later`.\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shapes_strictly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shapes_leniently, setup, teardown),
		cmocka_unit_test_setup_teardown(test_support, setup, teardown),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test_setup_teardown(test_doc, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
