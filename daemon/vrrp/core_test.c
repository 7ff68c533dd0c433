/* Transcripts: fixtures/core/ holds routers, what happens to them, and what they do about it. What
 * stands behind "->", and lines that start with a blank, are the router's answers; with
 * GOLDENS=rewrite they are written again.
 *
 *	router NAME SETTING...        v2 v3 prio N adv T addr IP nopreempt preempt_delay T
 *state_master group down_adverts N garp N garp_delay T refresh T refresh_repeat N lower N
 *lower_delay T lower_no_advert at TIME [NAME] EVENT          start stop timeout fault recover [addr
 *IP] priority N announce advert prio N [from IP] [adv T] reload SETTING... at FROM..TO/STEP [NAME]
 *EVENT the same again and again run to TIME                   every TIMEOUT that is due until then,
 *at its deadline
 *
 * The answer: what the router does, in order; then its state, and when it wants to be called again.
 */
#include "daemon/vrrp/core.h"
#include "daemon/vrrp/group.h"
#include "lib/base/golden.h"
#include "lib/base/must.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUTERS_MAX 4
#define WORDS_MAX   32
#define RELOADS_MAX 8

struct node {
	char name[16];
	struct conf_instance conf[RELOADS_MAX]; /* the last one is in force */
	unsigned n_confs;
	struct vrrp_router router;
};

struct script {
	struct node node[ROUTERS_MAX];
	unsigned n;
	struct conf_sync_group group;
	mono_t now;
	struct buf out;
	const char *path;
	int line;
};

static _Noreturn void bad(const struct script *s, const char *what, const char *word)
{
	fprintf(stderr, "%s:%d: %s: %s\n", s->path, s->line, what, word ? word : "(end of line)");
	abort();
}

static const char *next_word(const struct script *s, char ***w)
{
	if (!**w)
		bad(s, "a word is missing", NULL);
	return *(*w)++;
}

static int64_t parse_time(const struct script *s, const char *text)
{
	char *end;
	double v = strtod(text, &end);
	double unit = strcmp(end, "ms") == 0 ? 1e6 : strcmp(end, "us") == 0 ? 1e3 : 1e9;

	if (end == text || (unit == 1e9 && *end && strcmp(end, "s") != 0))
		bad(s, "not a time", text);
	return (int64_t)(v * unit + 0.5);
}

static int64_t word_time(const struct script *s, char ***w)
{
	return parse_time(s, next_word(s, w));
}

static unsigned word_number(const struct script *s, char ***w)
{
	const char *word = next_word(s, w);
	char *end;
	unsigned long v = strtoul(word, &end, 10);

	if (*end || v > 65535)
		bad(s, "not a number", word);
	return (unsigned)v;
}

static struct wire_ip word_ip(const struct script *s, char ***w)
{
	const char *word = next_word(s, w);
	struct wire_ip ip;

	if (!wire_ip_parse(word, &ip))
		bad(s, "not an address", word);
	return ip;
}

static void print_time(struct buf *out, mono_t t)
{
	char text[32];
	size_t n;

	if (mono_is_never(t)) {
		buf_puts(out, "never");
		return;
	}
	n = (size_t)snprintf(text, sizeof(text), "%lld.%09lld", (long long)(t.ns / NS_PER_S),
			     (long long)(t.ns % NS_PER_S));
	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	buf_printf(out, "%.*ss", (int)n, text);
}

static void print_duration(struct buf *out, int64_t ns)
{
	print_time(out, (mono_t){ns});
}

static const char *counter_text(enum vrrp_counter counter)
{
	switch (counter) {
	case VRRP_CNT_BECAME_MASTER:
		return "became-master";
	case VRRP_CNT_RELEASED_MASTER:
		return "released-master";
	case VRRP_CNT_PRIORITY_ZERO_RECEIVED:
		return "zero-received";
	case VRRP_CNT_PRIORITY_ZERO_SENT:
		return "zero-sent";
	case VRRP_CNT_N:
		break;
	}
	abort();
}

static void print_action(struct buf *out, const struct vrrp_action *a)
{
	switch (a->kind) {
	case VRRP_ACT_SEND_ADVERT:
		buf_printf(out, "send prio %u", a->priority);
		return;
	case VRRP_ACT_ADD_VIPS:
		buf_puts(out, "add-vips");
		return;
	case VRRP_ACT_DEL_VIPS:
		buf_puts(out, "del-vips");
		return;
	case VRRP_ACT_ANNOUNCE:
		buf_printf(out, "announce x%u", a->repeat);
		return;
	case VRRP_ACT_ANNOUNCE_GROUP:
		buf_puts(out, "announce-group");
		return;
	case VRRP_ACT_NOTIFY:
		buf_printf(out, "notify %s",
			   a->state == VRRP_INIT ? "STOP" : vrrp_state_text(a->state));
		return;
	case VRRP_ACT_COUNT:
		buf_printf(out, "count %s", counter_text(a->counter));
		return;
	}
	abort();
}

static struct node *node_of(struct script *s, const struct vrrp_router *r)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (&s->node[i].router == r)
			return &s->node[i];
	}
	abort();
}

static void print_actions(void *ctx, struct vrrp_router *r, const struct vrrp_actions *actions)
{
	struct script *s = ctx;

	if (actions->n == 0)
		return;
	buf_puts(&s->out, s->n > 1 ? " " : "");
	if (s->n > 1)
		buf_printf(&s->out, "%s:", node_of(s, r)->name);
	for (unsigned i = 0; i < actions->n; i++) {
		buf_puts(&s->out, i ? ", " : " ");
		print_action(&s->out, &actions->at[i]);
	}
	buf_puts(&s->out, " ;");
}

static void print_state(struct script *s, const struct node *n)
{
	const struct vrrp_router *r = &n->router;

	buf_puts(&s->out, " ");
	if (s->n > 1)
		buf_printf(&s->out, "%s ", n->name);
	buf_puts(&s->out, vrrp_state_text(r->state));
	if (r->wants_master)
		buf_puts(&s->out, " wants-master");
	if (r->yielded)
		buf_puts(&s->out, " yielded");
	if (r->state == VRRP_FAULT && !r->faulted)
		buf_puts(&s->out, " by-group");
	if (r->state != VRRP_FAULT && r->faulted)
		buf_puts(&s->out, " faulted");
	if (r->priority != r->conf->priority)
		buf_printf(&s->out, " prio %u", r->priority);
	if (r->state == VRRP_BACKUP && r->master_advert_ns != r->conf->advert_ns) {
		buf_puts(&s->out, " master-adv ");
		print_duration(&s->out, r->master_advert_ns);
	}
	if (!mono_is_never(vrrp_deadline(r))) {
		buf_puts(&s->out, " until ");
		print_time(&s->out, vrrp_deadline(r));
	}
}

/* Steps a node, through its group, and prints the answer. */
static void step(struct script *s, struct node *n, struct vrrp_event *e)
{
	struct vrrp_router *members[ROUTERS_MAX] = {&n->router};
	unsigned count = 1, which = 0;
	mono_t due = vrrp_deadline(&n->router);

	e->now = s->now;
	if (n->router.conf->group) {
		count = s->n;
		for (unsigned i = 0; i < s->n; i++) {
			members[i] = &s->node[i].router;
			which = n == &s->node[i] ? i : which;
		}
	}
	buf_puts(&s->out, "->");
	vrrp_group_step(members, count, which, e, print_actions, s);
	for (unsigned i = 0; i < s->n; i++) {
		if (i)
			buf_puts(&s->out, " ;");
		print_state(s, &s->node[i]);
	}
	buf_puts(&s->out, "\n");
	must(!mono_before(vrrp_deadline(&n->router), mono_min(due, s->now)));
}

static void set_flag(const struct script *s, struct conf_instance *c, const char *k, char ***w)
{
	if (strcmp(k, "nopreempt") == 0)
		c->nopreempt = true;
	else if (strcmp(k, "preempt_delay") == 0)
		c->preempt_delay_ns = word_time(s, w);
	else if (strcmp(k, "state_master") == 0)
		c->state_master = true;
	else if (strcmp(k, "down_adverts") == 0)
		c->down_timer_adverts = word_number(s, w);
	else if (strcmp(k, "garp") == 0)
		c->garp_repeat = word_number(s, w);
	else if (strcmp(k, "garp_delay") == 0)
		c->garp_delay_ns = word_time(s, w);
	else if (strcmp(k, "refresh") == 0)
		c->garp_refresh_ns = word_time(s, w);
	else if (strcmp(k, "refresh_repeat") == 0)
		c->garp_refresh_repeat = word_number(s, w);
	else if (strcmp(k, "lower") == 0)
		c->garp_lower_prio_repeat = word_number(s, w);
	else if (strcmp(k, "lower_delay") == 0)
		c->garp_lower_prio_delay_ns = word_time(s, w);
	else if (strcmp(k, "lower_no_advert") == 0)
		c->lower_prio_no_advert = true;
	else
		bad(s, "unknown setting", k);
}

static void read_settings(struct script *s, struct node *n, struct conf_instance *c, char **w)
{
	while (*w) {
		const char *k = *w++;

		if (strcmp(k, "v2") == 0 || strcmp(k, "v3") == 0)
			c->version = (uint8_t)(k[1] - '0');
		else if (strcmp(k, "prio") == 0)
			c->priority = (uint8_t)word_number(s, &w);
		else if (strcmp(k, "adv") == 0)
			c->advert_ns = word_time(s, &w);
		else if (strcmp(k, "addr") == 0)
			n->router.primary = word_ip(s, &w);
		else if (strcmp(k, "group") == 0)
			c->group = &s->group;
		else
			set_flag(s, c, k, &w);
	}
}

static void add_router(struct script *s, char **w)
{
	struct node *n = &s->node[s->n++];
	struct conf_instance *c = &n->conf[n->n_confs++];
	struct wire_ip addr;

	must(s->n <= ROUTERS_MAX);
	snprintf(n->name, sizeof(n->name), "%s", next_word(s, &w));
	*c = (struct conf_instance){
		.name = n->name,
		.version = 3,
		.family = AF_INET,
		.vrid = (uint8_t)s->n,
		.priority = 100,
		.advert_ns = NS_PER_S,
		.down_timer_adverts = 3,
		.garp_repeat = 5,
		.garp_delay_ns = 5 * NS_PER_S,
		.garp_refresh_repeat = 1,
		.garp_lower_prio_repeat = 5,
		.garp_lower_prio_delay_ns = 5 * NS_PER_S,
	};
	wire_ip_parse("10.0.0.5", &n->router.primary);
	read_settings(s, n, c, w);
	addr = n->router.primary;
	vrrp_router_init(&n->router, c);
	n->router.primary = addr;
}

static void read_advert(struct script *s, struct node *n, char **w, struct vrrp_event *e)
{
	e->advert.priority = 100;
	e->advert.interval_ns = n->router.conf->advert_ns;
	wire_ip_parse("10.0.0.9", &e->advert.src);
	while (*w) {
		const char *k = *w++;

		if (strcmp(k, "prio") == 0)
			e->advert.priority = (uint8_t)word_number(s, &w);
		else if (strcmp(k, "adv") == 0)
			e->advert.interval_ns = word_time(s, &w);
		else if (strcmp(k, "from") == 0)
			e->advert.src = word_ip(s, &w);
		else
			bad(s, "unknown word of an advert", k);
	}
}

static void read_event(struct script *s, struct node *n, char **w, struct vrrp_event *e)
{
	static const struct {
		const char *word;
		enum vrrp_event_kind kind;
	} table[] = {
		{"start", VRRP_EV_START},	{"stop", VRRP_EV_STOP},
		{"advert", VRRP_EV_ADVERT},	{"timeout", VRRP_EV_TIMEOUT},
		{"fault", VRRP_EV_FAULT},	{"recover", VRRP_EV_RECOVER},
		{"priority", VRRP_EV_PRIORITY}, {"announce", VRRP_EV_ANNOUNCE},
		{"reload", VRRP_EV_RELOAD},	{"handover", VRRP_EV_HANDOVER},
	};
	const char *word = next_word(s, &w);
	size_t i = 0;

	while (i < sizeof(table) / sizeof(table[0]) && strcmp(table[i].word, word) != 0)
		i++;
	if (i == sizeof(table) / sizeof(table[0]))
		bad(s, "unknown event", word);
	*e = (struct vrrp_event){.kind = table[i].kind};
	if (e->kind == VRRP_EV_ADVERT) {
		read_advert(s, n, w, e);
	} else if (e->kind == VRRP_EV_PRIORITY) {
		e->priority = (uint8_t)word_number(s, &w);
	} else if (e->kind == VRRP_EV_START || e->kind == VRRP_EV_RECOVER) {
		e->primary = n->router.primary;
		if (*w && strcmp(*w, "addr") == 0 && w++)
			e->primary = word_ip(s, &w);
	} else if (e->kind == VRRP_EV_RELOAD) {
		must(n->n_confs < RELOADS_MAX);
		n->conf[n->n_confs] = n->conf[n->n_confs - 1];
		e->conf = &n->conf[n->n_confs];
		read_settings(s, n, &n->conf[n->n_confs++], w);
	}
}

static struct node *pick(struct script *s, char ***w)
{
	for (unsigned i = 0; **w && i < s->n; i++) {
		if (strcmp(s->node[i].name, **w) == 0) {
			(*w)++;
			return &s->node[i];
		}
	}
	if (s->n != 1)
		bad(s, "which router?", **w);
	return &s->node[0];
}

/* "at TIME" or "at FROM..TO/STEP" */
static void at(struct script *s, char **w)
{
	char when[64];
	int64_t from, to, every = 1;
	char *dots, *slash;
	struct vrrp_event e;
	struct node *n;

	snprintf(when, sizeof(when), "%s", next_word(s, &w));
	dots = strstr(when, "..");
	slash = strchr(when, '/');
	if (dots && slash) {
		*dots = *slash = '\0';
		every = parse_time(s, slash + 1);
	}
	from = parse_time(s, when);
	to = dots ? parse_time(s, dots + 2) : from;
	n = pick(s, &w);
	if (dots)
		buf_puts(&s->out, "\n");
	for (; from <= to; from += every) {
		if (from < s->now.ns)
			bad(s, "time goes back", when);
		s->now = (mono_t){from};
		read_event(s, n, w, &e);
		if (dots) {
			buf_puts(&s->out, "  ");
			print_time(&s->out, s->now);
			buf_puts(&s->out, " ");
		}
		step(s, n, &e);
	}
}

static void run(struct script *s, char **w)
{
	struct vrrp_event e = {.kind = VRRP_EV_TIMEOUT};
	mono_t end;

	if (strcmp(next_word(s, &w), "to") != 0)
		bad(s, "run to TIME", w[-1]);
	end = (mono_t){word_time(s, &w)};
	buf_puts(&s->out, "\n");
	for (;;) {
		struct node *n = &s->node[0];

		for (unsigned i = 1; i < s->n; i++) {
			if (mono_before(vrrp_deadline(&s->node[i].router),
					vrrp_deadline(&n->router)))
				n = &s->node[i];
		}
		if (mono_before(end, vrrp_deadline(&n->router)))
			break;
		s->now = vrrp_deadline(&n->router);
		buf_puts(&s->out, "  ");
		print_time(&s->out, s->now);
		buf_puts(&s->out, " ");
		step(s, n, &e);
	}
	s->now = end;
}

/* Copies the part before "->" and "#" as it stands, pads it, and has the command answered. */
static void command(struct script *s, char *line)
{
	char *w[WORDS_MAX + 1] = {0}, *save = NULL;
	char *arrow = strstr(line, "->");
	int n = 0;

	if (arrow)
		*arrow = '\0';
	while (*line && line[strlen(line) - 1] == ' ')
		line[strlen(line) - 1] = '\0';
	if (line[0] == '\0' || line[0] == '#') {
		buf_printf(&s->out, "%s\n", line);
		return;
	}
	if (strncmp(line, "at ", 3) == 0 && !strstr(line, ".."))
		buf_printf(&s->out, "%-40s ", line);
	else
		buf_puts(&s->out, line);
	for (char *word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		must(n < WORDS_MAX);
		w[n++] = word;
	}
	must(n > 0);
	if (strcmp(w[0], "router") == 0) {
		add_router(s, w + 1);
		buf_putc(&s->out, '\n');
	} else if (strcmp(w[0], "at") == 0) {
		at(s, w + 1);
	} else if (strcmp(w[0], "run") == 0) {
		run(s, w + 1);
	} else {
		bad(s, "unknown command", w[0]);
	}
}

static bool replay(const char *path)
{
	struct script *s = calloc(1, sizeof(*s));
	struct buf in = {0};
	bool same;

	must(s != NULL);
	s->path = path;
	s->group.name = "group";
	must(buf_read_file(&in, path, 1 << 20) == 0);
	for (char *line = in.data, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		must(next != NULL);
		*next++ = '\0';
		s->line++;
		if (line[0] != ' ')
			command(s, line);
	}
	same = golden_matches(path, buf_text(&s->out));
	buf_free(&s->out);
	buf_free(&in);
	free(s);
	return same;
}

static void test_transcripts(void **state)
{
	unsigned differ = 0;
	glob_t g;

	(void)state;
	assert_int_equal(glob("fixtures/core/*.txt", 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		if (!strstr(g.gl_pathv[i], "/seeds.txt"))
			differ += !replay(g.gl_pathv[i]);
	}
	assert_true(g.gl_pathc >= 40);
	globfree(&g);
	assert_int_equal(differ, 0);
}

/* RFC 9568, 6.1; RFC 3768, 6.1: the worked values of both formulas. */
static void test_skew(void **state)
{
	(void)state;
	assert_int_equal(vrrp_skew_ns(2, 100, 3 * NS_PER_S), 609375000);
	assert_int_equal(vrrp_skew_ns(2, 255, NS_PER_S), 3906250);
	assert_int_equal(vrrp_skew_ns(3, 100, NS_PER_S), 609375000);
	assert_int_equal(vrrp_skew_ns(3, 100, 10 * NS_PER_MS), 6093750);
	assert_int_equal(vrrp_skew_ns(3, 1, 40950 * NS_PER_MS), 255LL * 40950 * NS_PER_MS / 256);
	assert_int_equal(vrrp_skew_ns(3, 254, 250 * NS_PER_MS), 1953125);
}

/* Who has never heard another router may hand over only if it is insisted on. */
static void test_handover_check(void **state)
{
	struct conf_instance c = {
		.version = 3, .priority = 255, .advert_ns = NS_PER_S, .down_timer_adverts = 3};
	struct vrrp_event e = {.kind = VRRP_EV_START, .now = {1}};
	struct vrrp_actions actions;
	struct vrrp_router r;

	(void)state;
	vrrp_router_init(&r, &c);
	assert_int_equal(vrrp_handover_check(&r), VRRP_HANDOVER_NOT_MASTER);
	wire_ip_parse("10.0.0.5", &e.primary);
	vrrp_step(&r, &e, &actions);
	assert_int_equal(vrrp_handover_check(&r), VRRP_HANDOVER_ALONE);
	e = (struct vrrp_event){.kind = VRRP_EV_ADVERT, .now = {2}};
	e.advert.priority = 100;
	e.advert.interval_ns = NS_PER_S;
	wire_ip_parse("10.0.0.9", &e.advert.src);
	vrrp_step(&r, &e, &actions);
	assert_int_equal(vrrp_handover_check(&r), VRRP_HANDOVER_CAN);
	assert_int_equal(vrrp_handover_ns(&r), 3 * NS_PER_S + (1 + 255) * NS_PER_S / 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transcripts),
		cmocka_unit_test(test_skew),
		cmocka_unit_test(test_handover_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
