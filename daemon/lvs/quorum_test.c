/* Transcripts of quorum, plan and apply, in fixtures/lvs. Lines without a leading tab are a
 * script; the lines with one below each are what came of it. `GOLDENS=rewrite` writes them anew.
 *
 *	kernel TCP ADDR:PORT SCHED [WORDS]	the kernel has this service before we start
 *	kernel-dest ADDR:PORT METHOD WEIGHT	... with this destination
 *	kernel-sync master|backup IFNAME ID	... a sync daemon runs already
 *	service TCP|UDP ADDR:PORT SCHED [WORDS]	or `service FWM N[/6] SCHED`; of the next
 *configuration server ADDR:PORT METHOD WEIGHT [WORDS]	a real server of the last service sorry
 *ADDR:PORT METHOD [WORDS]		its sorry server sync IFNAME ID [follows]
 *lvs_sync_daemon start, reload, stop			the configuration made so far comes into
 *force, or ends up ADDR:PORT [N], down ADDR:PORT [N]	what the checks say, in all services or the
 *N-th master, backup				the role of the instance that sync follows refuse N
 *ERRNO				the kernel refuses the N-th operation from now
 *	retry					what was refused is tried again
 *	table					what the kernel has now
 *
 * After every event the kernel's table is read back and compared with the wanted one, unless
 * something was refused; a difference is a line "DIFFERS".
 */
#include "daemon/lvs/quorum.h"

#include "daemon/lvs/apply.h"
#include "daemon/lvs/sync.h"
#include "lib/base/golden.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 24

struct run {
	struct arena *arena;
	struct ipvs *ipvs;
	struct log log;
	struct buf *out;
	struct conf_virtual_server *services, *last; /* being written */
	struct conf_real_server *last_server;
	struct conf_lvs_sync sync;
	struct ipvs_service kernel_service;
	VEC(struct lvs_quorum) quorums; /* in force */
	struct conf_lvs_sync sync_now;
	bool master, refused;
	struct lvs_table have, want;
};

static int to_int(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

static bool option(char **word, const char *name, const char **value)
{
	for (; *word; word++) {
		if (strcmp(*word, name) != 0)
			continue;
		if (value)
			*value = word[1];
		return true;
	}
	return false;
}

static unsigned number_option(char **word, const char *name, unsigned otherwise)
{
	const char *value = NULL;

	return option(word, name, &value) && value ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

/* ADDR:PORT, [ADDR6]:PORT */
static void parse_address(const char *text, struct wire_ip *ip, uint16_t *port)
{
	char addr[64];
	const char *colon = strrchr(text, ':');
	bool six = text[0] == '[';

	assert_non_null(colon);
	snprintf(addr, sizeof(addr), "%.*s", (int)(colon - text) - (six ? 2 : 0), text + six);
	assert_true(wire_ip_parse(addr, ip));
	*port = (uint16_t)strtoul(colon + 1, NULL, 10);
}

static enum ipvs_method parse_method(const char *word)
{
	return strcmp(word, "DR") == 0 ? IPVS_DR : strcmp(word, "TUN") == 0 ? IPVS_TUN : IPVS_NAT;
}

static struct ipvs_service parse_service(char **word)
{
	struct ipvs_service s = {.one_packet = option(word, "ops", NULL),
				 .persistence_timeout_s = number_option(word, "persistent", 0)};

	if (strcmp(word[0], "FWM") == 0) {
		s.fwmark = (uint32_t)strtoul(word[1], NULL, 10);
		s.family = strstr(word[1], "/6") ? AF_INET6 : AF_INET;
	} else {
		s.protocol = strcmp(word[0], "UDP") == 0 ? IPPROTO_UDP : IPPROTO_TCP;
		parse_address(word[1], &s.ip, &s.port);
		s.family = s.ip.family;
	}
	snprintf(s.scheduler, sizeof(s.scheduler), "%s", word[2]);
	return s;
}

static struct conf_script script(struct run *r, char **word, const char *name)
{
	const char *command = NULL;
	struct conf_script s = {0};

	if (option(word, name, &command)) {
		s.argv = arena_array(r->arena, 2, sizeof(char *));
		s.argv[0] = arena_strdup(r->arena, command);
	}
	return s;
}

static void add_service(struct run *r, char **word)
{
	struct conf_virtual_server *vs = arena_new_object(r->arena, struct conf_virtual_server);

	*vs = (struct conf_virtual_server){.service = parse_service(word),
					   .quorum = number_option(word, "quorum", 1),
					   .hysteresis = number_option(word, "hysteresis", 0),
					   .omega = option(word, "omega", NULL),
					   .sorry_inhibit = option(word, "sorry-inhibit", NULL),
					   .quorum_up = script(r, word, "quorum-up"),
					   .quorum_down = script(r, word, "quorum-down")};
	*(r->last ? &r->last->next : &r->services) = vs;
	r->last = vs;
	r->last_server = NULL;
}

static struct conf_real_server *new_server(struct run *r, char **word)
{
	struct conf_real_server *rs = arena_new_object(r->arena, struct conf_real_server);

	assert_non_null(r->last);
	*rs = (struct conf_real_server){.method = parse_method(word[1]),
					.inhibit_on_failure = option(word, "inhibit", NULL),
					.alpha = option(word, "alpha", NULL),
					.upper_threshold = number_option(word, "upper", 0),
					.lower_threshold = number_option(word, "lower", 0),
					.notify_up = script(r, word, "notify-up"),
					.notify_down = script(r, word, "notify-down")};
	parse_address(word[0], &rs->ip, &rs->port);
	if (!option(word, "unchecked", NULL))
		rs->checks = arena_new_object(r->arena, struct conf_check);
	return rs;
}

static void add_server(struct run *r, char **word)
{
	struct conf_real_server *rs = new_server(r, word);

	rs->weight = to_int(word[2]);
	*(r->last_server ? &r->last_server->next : &r->last->servers) = rs;
	r->last_server = rs;
}

/* ---- what lvs.c does ------------------------------------------------------------------------ */

static void put_line(struct run *r, const struct buf *line)
{
	buf_printf(r->out, "\t%s\n", buf_text(line));
}

static void tell(struct run *r, struct lvs_wishes *wishes)
{
	for (size_t i = 0; i < wishes->list.n; i++) {
		const struct conf_script *s = lvs_wish_script(&wishes->list.at[i]);
		struct buf line = {0};

		lvs_wish_print(&wishes->list.at[i], &line);
		put_line(r, &line);
		if (s)
			buf_printf(r->out, "\trun %s\n", s->argv[0]);
		buf_free(&line);
	}
	vec_free(&wishes->list);
}

static void check_kernel(struct run *r)
{
	struct lvs_table kernel = {0};
	struct lvs_plan diff = {0};

	assert_int_equal(lvs_read(r->ipvs, &kernel), 0);
	lvs_table_keep(&kernel, &r->want);
	lvs_plan_make(&diff, &kernel, &r->want);
	if (!r->refused && diff.ops.n)
		buf_puts(r->out, "\tDIFFERS\n");
	lvs_plan_free(&diff);
	lvs_table_free(&kernel);
}

static void go(struct run *r)
{
	struct lvs_plan plan = {0};

	lvs_table_free(&r->want);
	for (size_t i = 0; i < r->quorums.n; i++) {
		const struct lvs_quorum *q = &r->quorums.at[i];

		lvs_quorum_entry(q, lvs_table_put(&r->want, &q->conf->service));
	}
	r->want.syncs = lvs_sync_wanted(&r->sync_now, r->master);
	lvs_plan_make(&plan, &r->have, &r->want);
	for (size_t i = 0; i < plan.ops.n; i++) {
		struct buf line = {0};

		lvs_op_print(&plan.ops.at[i], &line);
		put_line(r, &line);
		buf_free(&line);
	}
	lvs_apply(r->ipvs, &plan, &r->have, &r->log, false);
	lvs_plan_free(&plan);
	check_kernel(r);
}

static void take_config(struct run *r, struct lvs_wishes *wishes)
{
	VEC(struct lvs_quorum) old = {r->quorums.at, r->quorums.n, r->quorums.cap};

	memset(&r->quorums, 0, sizeof(r->quorums));
	for (const struct conf_virtual_server *vs = r->services; vs; vs = vs->next) {
		struct lvs_quorum *q = vec_push(&r->quorums);
		size_t i = 0;

		while (i < old.n && !ipvs_service_same(&old.at[i].conf->service, &vs->service))
			i++;
		if (i == old.n)
			lvs_quorum_init(q, vs, wishes);
		else
			lvs_quorum_init_from(q, vs, &old.at[i], wishes);
	}
	for (size_t i = 0; i < old.n; i++) {
		const struct conf_virtual_server *vs = r->services;

		while (vs && !ipvs_service_same(&old.at[i].conf->service, &vs->service))
			vs = vs->next;
		if (!vs)
			lvs_quorum_remove(&old.at[i], wishes);
		lvs_quorum_free(&old.at[i]);
	}
	vec_free(&old);
	r->sync_now = r->sync;
	r->services = r->last = NULL;
	r->sync = (struct conf_lvs_sync){0};
}

static void start(struct run *r)
{
	struct lvs_wishes wishes = {0};
	struct lvs_table wanted = {0};

	take_config(r, &wishes);
	for (size_t i = 0; i < r->quorums.n; i++)
		lvs_table_put(&wanted, &r->quorums.at[i].conf->service);
	assert_int_equal(lvs_read(r->ipvs, &r->have), 0);
	lvs_table_keep(&r->have, &wanted);
	lvs_table_free(&wanted);
	tell(r, &wishes);
	go(r);
}

static void stop(struct run *r)
{
	struct lvs_wishes wishes = {0};

	for (size_t i = 0; i < r->quorums.n; i++) {
		lvs_quorum_stop(&r->quorums.at[i], &wishes);
		lvs_quorum_free(&r->quorums.at[i]);
	}
	r->quorums.n = 0;
	r->sync_now.set = false;
	tell(r, &wishes);
	go(r);
}

static void set_server(struct run *r, char **word, bool up)
{
	struct wire_ip ip;
	uint16_t port;
	size_t only = strtoul(word[1], NULL, 10);
	struct lvs_wishes wishes = {0};
	bool found = false;

	parse_address(word[0], &ip, &port);
	for (size_t i = 0; i < r->quorums.n; i++) {
		struct lvs_quorum *q = &r->quorums.at[i];

		for (size_t j = 0; j < q->servers.n && (!only || only == i + 1); j++) {
			if (!wire_ip_equal(&q->servers.at[j].conf->ip, &ip) ||
			    q->servers.at[j].conf->port != port)
				continue;
			lvs_quorum_set(q, j, up, &wishes);
			found = true;
		}
	}
	assert_true(found);
	tell(r, &wishes);
	go(r);
}

/* ---- the script ----------------------------------------------------------------------------- */

static void kernel_dest(struct run *r, char **word)
{
	struct ipvs_dest d = {.method = parse_method(word[1]),
			      .weight = (uint32_t)strtoul(word[2], NULL, 10)};

	parse_address(word[0], &d.ip, &d.port);
	assert_int_equal(ipvs_dest_add(r->ipvs, &r->kernel_service, &d), 0);
}

static void print_kernel(struct run *r)
{
	struct lvs_table t = {0};
	struct buf text = {0};

	assert_int_equal(lvs_read(r->ipvs, &t), 0);
	lvs_table_print(&t, &text);
	buf_puts(&text, "\n");
	for (char *save = NULL, *line = strtok_r(text.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		buf_printf(r->out, "\t%s\n", line);
	buf_free(&text);
	lvs_table_free(&t);
}

static void add_sync(struct run *r, char **word)
{
	static const struct conf_instance followed;

	r->sync = (struct conf_lvs_sync){.set = true,
					 .syncid = (uint8_t)strtoul(word[1], NULL, 10),
					 .port = (uint16_t)number_option(word, "port", 0),
					 .instance =
						 option(word, "follows", NULL) ? &followed : NULL};
	snprintf(r->sync.ifname, sizeof(r->sync.ifname), "%s", word[0]);
}

static void refuse(struct run *r, char **word)
{
	static const struct {
		const char *name;
		int err;
	} errs[] = {{"ENOMEM", ENOMEM}, {"EPERM", EPERM}, {"EEXIST", EEXIST},
		    {"ENOENT", ENOENT}, {"ESRCH", ESRCH}, {"EINVAL", EINVAL}};

	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++)
		if (strcmp(word[1], errs[i].name) == 0)
			ipvs_fake_refuse(r->ipvs, (unsigned)to_int(word[0]), errs[i].err);
	r->refused = true;
}

static void kernel_service(struct run *r, char **word)
{
	r->kernel_service = parse_service(word);
	assert_int_equal(ipvs_service_add(r->ipvs, &r->kernel_service), 0);
}

static void kernel_sync(struct run *r, char **word)
{
	struct ipvs_sync s = {.role = word[0][0] == 'm' ? IPVS_SYNC_MASTER : IPVS_SYNC_BACKUP,
			      .syncid = (uint8_t)strtoul(word[2], NULL, 10)};

	snprintf(s.ifname, sizeof(s.ifname), "%s", word[1]);
	assert_int_equal(ipvs_sync_start(r->ipvs, &s), 0);
}

static void reload(struct run *r, char **word)
{
	struct lvs_wishes wishes = {0};

	(void)word;
	take_config(r, &wishes);
	tell(r, &wishes);
	go(r);
}

static void command(struct run *r, char **word)
{
	const char *verb = word[0];

	if (strcmp(verb, "kernel") == 0)
		kernel_service(r, word + 1);
	else if (strcmp(verb, "kernel-dest") == 0)
		kernel_dest(r, word + 1);
	else if (strcmp(verb, "kernel-sync") == 0)
		kernel_sync(r, word + 1);
	else if (strcmp(verb, "service") == 0)
		add_service(r, word + 1);
	else if (strcmp(verb, "server") == 0)
		add_server(r, word + 1);
	else if (strcmp(verb, "sorry") == 0)
		r->last->sorry = new_server(r, word + 1);
	else if (strcmp(verb, "sync") == 0)
		add_sync(r, word + 1);
	else if (strcmp(verb, "start") == 0)
		start(r);
	else if (strcmp(verb, "reload") == 0)
		reload(r, word + 1);
	else if (strcmp(verb, "stop") == 0)
		stop(r);
	else if (strcmp(verb, "up") == 0 || strcmp(verb, "down") == 0)
		set_server(r, word + 1, verb[0] == 'u');
	else if (strcmp(verb, "master") == 0 || strcmp(verb, "backup") == 0)
		r->master = verb[0] == 'm', go(r);
	else if (strcmp(verb, "refuse") == 0)
		refuse(r, word + 1);
	else if (strcmp(verb, "retry") == 0)
		r->refused = false, go(r);
	else if (strcmp(verb, "table") == 0)
		print_kernel(r);
	else
		fail_msg("unknown command %s", verb);
}

static void on_log(void *ctx, enum log_level level, const char *line)
{
	struct run *r = ctx;

	buf_printf(r->out, "\tlog %s: %s\n", level == LOG_LEVEL_ERROR ? "error" : "info", line);
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
	assert_true(n > 0);
	command(r, word);
}

static bool run_file(const char *path)
{
	struct buf text = {0}, out = {0};
	struct run r = {.arena = arena_new(), .out = &out};

	log_to_sink(&r.log, "test", on_log, &r);
	assert_int_equal(ipvs_open_fake(&r.ipvs), 0);
	assert_int_equal(buf_read_file(&text, path, 1 << 20), 0);
	for (char *line = text.data, *end; line && *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		if (line[0] != '\t')
			run_line(&r, line);
	}
	bool same = golden_matches(path, buf_text(&out));

	for (size_t i = 0; i < r.quorums.n; i++)
		lvs_quorum_free(&r.quorums.at[i]);
	vec_free(&r.quorums);
	lvs_table_free(&r.have);
	lvs_table_free(&r.want);
	ipvs_close(r.ipvs);
	arena_free(r.arena);
	buf_free(&text);
	buf_free(&out);
	return same;
}

static void test_transcripts(void **state)
{
	glob_t g;
	bool good = true;

	(void)state;
	assert_int_equal(glob("fixtures/lvs/*.txt", 0, NULL, &g), 0);
	assert_true(g.gl_pathc >= 20);
	for (size_t i = 0; i < g.gl_pathc; i++)
		good = run_file(g.gl_pathv[i]) && good;
	globfree(&g);
	assert_true(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_transcripts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
