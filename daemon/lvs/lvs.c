/* Glue: health checks -> quorum -> wanted table -> plan -> kernel -> notifies, and the record of
 * what the kernel has. Every decision is in a pure module (quorum.c, plan.c, sync.c,
 * check/engine.c); here they are fed and obeyed.
 *
 * The order of one change: the log says what changed, the kernel gets it, then the scripts run: a
 * script that looks at the table sees what it was told.
 */
#include "daemon/lvs/lvs.h"

#include "daemon/check/checker.h"
#include "daemon/lvs/apply.h"
#include "daemon/lvs/quorum.h"
#include "daemon/lvs/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct slot {
	struct checker *checker; /* NULL: moved to another service's list */
	size_t server;
};

struct service {
	struct lvs *lvs;
	struct lvs_quorum quorum;
	VEC(struct slot) checks;
};

struct held {
	struct service *s; /* checks keep a pointer to it */
};

struct role {
	char *instance;
	bool master;
};

struct lvs {
	struct lvs_options o;
	const struct vipd_conf *conf;
	struct ipvs *ipvs; /* NULL: not needed so far */
	struct checker_env env;
	VEC(struct held) services;
	VEC(struct role) roles;
	VEC(struct wire_ip) addresses; /* that are here */
	struct lvs_table have;	       /* what the kernel has of ours */
	struct event *retry;
	unsigned failed;   /* operations that wait for it */
	unsigned n_checks; /* of conf */
};

/* ---- doing what follows from state ---------------------------------------------------------- */

static void log_wishes(const struct lvs *lvs, const struct lvs_wishes *wishes)
{
	for (size_t i = 0; i < wishes->list.n; i++) {
		struct buf text = {0};

		lvs_wish_print(&wishes->list.at[i], &text);
		log_info(lvs->o.log, "%s", buf_text(&text));
		buf_free(&text);
	}
}

static void run_wishes(const struct lvs *lvs, struct lvs_wishes *wishes)
{
	for (size_t i = 0; i < wishes->list.n; i++) {
		const struct conf_script *s = lvs_wish_script(&wishes->list.at[i]);

		if (s && lvs->o.run)
			lvs->o.run(lvs->o.ctx, s);
	}
	vec_free(&wishes->list);
}

static void do_plan(struct lvs *lvs, struct lvs_plan *plan, bool again)
{
	int64_t ns = lvs->o.retry_ns ? lvs->o.retry_ns : LVS_RETRY_S * NS_PER_S;
	struct timeval tv = {.tv_sec = (time_t)(ns / NS_PER_S),
			     .tv_usec = (suseconds_t)(ns % NS_PER_S / NS_PER_US)};

	for (size_t i = 0; i < plan->ops.n && !again; i++) {
		struct buf text = {0};

		lvs_op_print(&plan->ops.at[i], &text);
		log_detail(lvs->o.log, "ipvs: %s", buf_text(&text));
		buf_free(&text);
	}
	if (plan->ops.n) {
		unsigned failed = lvs_apply(lvs->ipvs, plan, &lvs->have, lvs->o.log, again);

		lvs->failed = again ? failed : lvs->failed + failed;
	}
	/* One that is due soon is not put off by what fails now. */
	if (lvs->failed && !event_pending(lvs->retry, EV_TIMEOUT, NULL))
		event_add(lvs->retry, &tv);
	lvs_plan_free(plan);
}

static bool is_master(const struct lvs *lvs, const struct conf_instance *instance)
{
	for (size_t i = 0; instance && i < lvs->roles.n; i++)
		if (strcmp(lvs->roles.at[i].instance, instance->name) == 0)
			return lvs->roles.at[i].master;
	return false;
}

static void wanted(const struct lvs *lvs, struct lvs_table *out)
{
	const struct conf_lvs_sync *sync = &lvs->conf->global.lvs_sync;

	for (size_t i = 0; i < lvs->services.n; i++) {
		const struct lvs_quorum *q = &lvs->services.at[i].s->quorum;

		lvs_quorum_entry(q, lvs_table_put(out, &q->conf->service));
	}
	out->syncs = lvs_sync_wanted(sync, is_master(lvs, sync->instance));
}

static void settle(struct lvs *lvs, bool again)
{
	struct lvs_table want = {0};
	struct lvs_plan plan = {0};

	wanted(lvs, &want);
	lvs_plan_make(&plan, &lvs->have, &want);
	if (again && !plan.ops.n)
		lvs->failed = 0;
	if (plan.ops.n)
		do_plan(lvs, &plan, again);
	lvs_table_free(&want);
}

static void settle_service(struct lvs *lvs, const struct service *s)
{
	struct lvs_entry want = {0};
	struct lvs_plan plan = {0};
	size_t at = lvs_table_find(&lvs->have, &s->quorum.conf->service, 0);

	lvs_quorum_entry(&s->quorum, &want);
	lvs_plan_service(&plan, at < lvs->have.services.n ? &lvs->have.services.at[at] : NULL,
			 &want);
	do_plan(lvs, &plan, false);
	lvs_entry_free(&want);
}

static void on_retry(evutil_socket_t fd, short events, void *arg)
{
	struct lvs *lvs = arg;

	(void)fd;
	(void)events;
	settle(lvs, true);
	if (!lvs->failed)
		log_info(lvs->o.log, "ipvs: all operations that had failed are done");
}

/* ---- checks --------------------------------------------------------------------------------- */

static bool server_up(const struct service *s, size_t server)
{
	for (size_t i = 0; i < s->checks.n; i++)
		if (s->checks.at[i].server == server && !checker_up(s->checks.at[i].checker))
			return false;
	return true;
}

static void on_change(void *ctx, void *owner, size_t server, bool up)
{
	struct lvs *lvs = ctx;
	struct service *s = owner;
	struct lvs_wishes wishes = {0};

	(void)up;
	lvs_quorum_set(&s->quorum, server, server_up(s, server), &wishes);
	log_wishes(lvs, &wishes);
	settle_service(lvs, s);
	run_wishes(lvs, &wishes);
}

static bool address_here(const struct lvs *lvs, const struct wire_ip *ip)
{
	for (size_t i = 0; i < lvs->addresses.n; i++)
		if (wire_ip_equal(&lvs->addresses.at[i], ip))
			return true;
	return false;
}

static bool checks_enabled(const struct lvs *lvs, const struct conf_virtual_server *vs)
{
	return !vs->ha_suspend || vs->service.fwmark || address_here(lvs, &vs->service.ip);
}

/* The same check of the same server in the old configuration, taken out of its list. */
static struct checker *take_check(struct service *old, const struct checker_place *place)
{
	for (size_t i = 0; old && i < old->checks.n; i++) {
		struct slot *slot = &old->checks.at[i];
		const struct conf_real_server *was = old->quorum.servers.at[slot->server].conf;
		struct checker *c = slot->checker;

		if (!c || was->port != place->server->port ||
		    !wire_ip_equal(&was->ip, &place->server->ip) || !checker_same(c, place))
			continue;
		slot->checker = NULL;
		return c;
	}
	return NULL;
}

static unsigned count_checks(const struct vipd_conf *conf)
{
	unsigned n = 0;

	for (const struct conf_virtual_server *vs = conf->services; vs; vs = vs->next)
		for (const struct conf_real_server *rs = vs->servers; rs; rs = rs->next)
			for (const struct conf_check *k = rs->checks; k; k = k->next)
				n++;
	return n;
}

/* The checks of one server. A new check of a server that is down starts down: a reload does not
 * switch on what failed. */
static void add_checks(struct service *s, size_t server, struct service *old, unsigned *index)
{
	struct lvs *lvs = s->lvs;
	const struct lvs_server *state = &s->quorum.servers.at[server];

	for (const struct conf_check *k = state->conf->checks; k; k = k->next) {
		struct checker_place place = {.service = s->quorum.conf,
					      .server = state->conf,
					      .conf = k,
					      .owner = s,
					      .server_index = server};
		struct checker *c = take_check(old, &place);
		bool enabled = checks_enabled(lvs, s->quorum.conf);

		if (c) {
			checker_move(c, &place);
			checker_enable(c, enabled);
		} else {
			c = checker_new(&lvs->env, &place, !state->up, enabled, *index,
					lvs->n_checks);
		}
		++*index;
		*vec_push(&s->checks) = (struct slot){c, server};
	}
}

static void free_service(struct service *s)
{
	for (size_t i = 0; i < s->checks.n; i++)
		checker_free(s->checks.at[i].checker);
	vec_free(&s->checks);
	lvs_quorum_free(&s->quorum);
	free(s);
}

/* ---- configurations ------------------------------------------------------------------------- */

static struct service *find_service(const struct held *list, size_t n,
				    const struct ipvs_service *key, size_t hint)
{
	if (hint < n && ipvs_service_same(&list[hint].s->quorum.conf->service, key))
		return list[hint].s;
	for (size_t i = 0; i < n; i++)
		if (ipvs_service_same(&list[i].s->quorum.conf->service, key))
			return list[i].s;
	return NULL;
}

static void add_service(struct lvs *lvs, const struct conf_virtual_server *vs, struct service *old,
			unsigned *index, struct lvs_wishes *wishes)
{
	struct service *s = calloc(1, sizeof(*s));

	must(s != NULL);
	s->lvs = lvs;
	if (old)
		lvs_quorum_init_from(&s->quorum, vs, &old->quorum, wishes);
	else
		lvs_quorum_init(&s->quorum, vs, wishes);
	*vec_push(&lvs->services) = (struct held){s};
	for (size_t i = 0; i < s->quorum.servers.n; i++)
		add_checks(s, i, old, index);
	/* A check that is gone may have been the one that failed. */
	for (size_t i = 0; i < s->quorum.servers.n; i++)
		lvs_quorum_set(&s->quorum, i, server_up(s, i), wishes);
}

/* Every check may hold a descriptor at the same time. */
static void make_room(const struct lvs *lvs)
{
	const rlim_t others = 256;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= lvs->n_checks + others)
		return;
	struct rlimit more = {lvs->n_checks + others, lvs->n_checks + others};

	/* More than the hard limit is for the privileged. */
	if (limit.rlim_max < more.rlim_max && setrlimit(RLIMIT_NOFILE, &more) == 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < lvs->n_checks + others)
		log_warning(lvs->o.log, "%u checks and %lu descriptors: some may have to wait",
			    lvs->n_checks, (unsigned long)limit.rlim_cur);
}

/* Makes the services of lvs->conf, out of those that are there as far as they are the same. */
static void take_services(struct lvs *lvs, struct lvs_wishes *wishes)
{
	struct held *old = lvs->services.at;
	size_t n_old = lvs->services.n, at = 0;
	unsigned index = 0;

	memset(&lvs->services, 0, sizeof(lvs->services));
	lvs->n_checks = count_checks(lvs->conf);
	make_room(lvs);
	for (const struct conf_virtual_server *vs = lvs->conf->services; vs; vs = vs->next) {
		if (find_service(lvs->services.at, lvs->services.n, &vs->service, 0)) {
			char text[IPVS_TEXT_BYTES];

			log_error(lvs->o.log, "%s:%d: %s is there already; this one is left out",
				  vs->pos.file, vs->pos.line,
				  ipvs_service_text(&vs->service, text));
			continue;
		}
		add_service(lvs, vs, find_service(old, n_old, &vs->service, at++), &index, wishes);
	}
	for (size_t i = 0; i < n_old; i++)
		if (!find_service(lvs->services.at, lvs->services.n,
				  &old[i].s->quorum.conf->service, i))
			lvs_quorum_remove(&old[i].s->quorum, wishes);
	/* Their configuration is read until here by the wishes, which run before this returns to
	 * the caller; the checks are not needed any more. */
	for (size_t i = 0; i < n_old; i++)
		free_service(old[i].s);
	free(old);
}

static bool needs_ipvs(const struct vipd_conf *conf)
{
	return conf->services || conf->global.lvs_sync.set;
}

/* The part of the kernel's table that is ours: what we put there, and what conf names. */
static int read_ours(struct ipvs *ipvs, const struct vipd_conf *conf, const struct lvs_table *had,
		     struct lvs_table *out)
{
	struct lvs_table names = {0};
	int err = lvs_read(ipvs, out);

	for (const struct conf_virtual_server *vs = conf->services; vs; vs = vs->next)
		lvs_table_put(&names, &vs->service);
	for (size_t i = 0; had && i < had->services.n; i++)
		lvs_table_put(&names, &had->services.at[i].service);
	lvs_table_keep(out, &names);
	lvs_table_free(&names);
	bool sync_is_ours = conf->global.lvs_sync.set ||
			    (had && (had->syncs.master.role || had->syncs.backup.role));

	if (!sync_is_ours)
		out->syncs = (struct lvs_syncs){0};
	if (err)
		lvs_table_free(out);
	return err;
}

static int open_ipvs(struct lvs *lvs, const struct vipd_conf *conf)
{
	if (lvs->ipvs || !needs_ipvs(conf))
		return 0;
	if (lvs->o.ipvs) {
		lvs->ipvs = lvs->o.ipvs;
		return 0;
	}
	return ipvs_open(&lvs->ipvs);
}

static void destroy(struct lvs *lvs)
{
	for (size_t i = 0; i < lvs->services.n; i++)
		free_service(lvs->services.at[i].s);
	vec_free(&lvs->services);
	for (size_t i = 0; i < lvs->roles.n; i++)
		free(lvs->roles.at[i].instance);
	vec_free(&lvs->roles);
	vec_free(&lvs->addresses);
	lvs_table_free(&lvs->have);
	if (lvs->retry)
		event_free(lvs->retry);
	if (lvs->ipvs != lvs->o.ipvs)
		ipvs_close(lvs->ipvs);
	free(lvs);
}

int lvs_start(struct lvs **out, const struct vipd_conf *conf, const struct lvs_options *o)
{
	struct lvs *lvs = calloc(1, sizeof(*lvs));
	struct lvs_wishes wishes = {0};

	must(lvs != NULL);
	*out = NULL;
	lvs->o = *o;
	lvs->conf = conf;
	lvs->env = (struct checker_env){o->base, o->log, on_change, lvs};
	lvs->retry = event_new(o->base, -1, 0, on_retry, lvs);
	must(lvs->retry != NULL);
	int err = open_ipvs(lvs, conf);

	if (!err && lvs->ipvs && conf->global.lvs_flush)
		err = ipvs_flush(lvs->ipvs);
	if (!err && lvs->ipvs)
		err = read_ours(lvs->ipvs, conf, NULL, &lvs->have);
	if (err) {
		destroy(lvs);
		return err;
	}
	take_services(lvs, &wishes);
	log_wishes(lvs, &wishes);
	settle(lvs, false);
	run_wishes(lvs, &wishes);
	*out = lvs;
	return 0;
}

int lvs_reload(struct lvs *lvs, const struct vipd_conf *conf)
{
	struct lvs_wishes wishes = {0};
	struct lvs_table have = {0};
	int err = open_ipvs(lvs, conf);

	if (!err && lvs->ipvs)
		err = read_ours(lvs->ipvs, conf, &lvs->have, &have);
	if (err)
		return err;
	lvs_table_free(&lvs->have);
	lvs->have = have;
	lvs->conf = conf;
	take_services(lvs, &wishes);
	log_wishes(lvs, &wishes);
	settle(lvs, false);
	run_wishes(lvs, &wishes);
	return 0;
}

void lvs_abandon(struct lvs *lvs)
{
	if (lvs)
		destroy(lvs);
}

void lvs_stop(struct lvs *lvs)
{
	struct lvs_table nothing = {0};
	struct lvs_wishes wishes = {0};
	struct lvs_plan plan = {0};

	if (!lvs)
		return;
	for (size_t i = 0; i < lvs->services.n; i++)
		lvs_quorum_stop(&lvs->services.at[i].s->quorum, &wishes);
	log_wishes(lvs, &wishes);
	lvs_plan_make(&plan, &lvs->have, &nothing);
	do_plan(lvs, &plan, false);
	run_wishes(lvs, &wishes);
	destroy(lvs);
}

/* ---- what the rest of the daemon tells ------------------------------------------------------ */

void lvs_router_state(struct lvs *lvs, const struct conf_instance *instance, bool master)
{
	struct role *role = NULL;
	struct lvs_plan plan = {0};
	const struct conf_lvs_sync *sync = &lvs->conf->global.lvs_sync;

	for (size_t i = 0; i < lvs->roles.n; i++)
		if (strcmp(lvs->roles.at[i].instance, instance->name) == 0)
			role = &lvs->roles.at[i];
	if (!role) {
		role = vec_push(&lvs->roles);
		role->instance = strdup(instance->name);
		must(role->instance != NULL);
	}
	role->master = master;
	struct lvs_syncs want = lvs_sync_wanted(sync, is_master(lvs, sync->instance));

	lvs_plan_syncs(&plan, &lvs->have.syncs, &want);
	do_plan(lvs, &plan, false);
}

void lvs_address(struct lvs *lvs, const struct wire_ip *ip, bool present)
{
	bool was = address_here(lvs, ip);

	if (present && !was)
		*vec_push(&lvs->addresses) = *ip;
	for (size_t i = 0; !present && i < lvs->addresses.n; i++)
		if (wire_ip_equal(&lvs->addresses.at[i], ip))
			lvs->addresses.at[i] = lvs->addresses.at[--lvs->addresses.n];
	if (was == present)
		return;
	for (size_t i = 0; i < lvs->services.n; i++) {
		struct service *s = lvs->services.at[i].s;
		bool enabled = checks_enabled(lvs, s->quorum.conf);

		if (!s->quorum.conf->ha_suspend || !wire_ip_equal(&s->quorum.conf->service.ip, ip))
			continue;
		for (size_t j = 0; j < s->checks.n; j++)
			checker_enable(s->checks.at[j].checker, enabled);
	}
}

/* ---- telling -------------------------------------------------------------------------------- */

static void dump_service(const struct service *s, struct buf *out)
{
	const struct lvs_quorum *q = &s->quorum;
	char text[IPVS_TEXT_BYTES];

	buf_printf(out, "service %s ", ipvs_service_text(&q->conf->service, text));
	lvs_service_print(&q->conf->service, out);
	buf_printf(out, "\n\tquorum %u hysteresis %u: %s%s\n", q->conf->quorum, q->conf->hysteresis,
		   q->up ? "up" : "down", q->sorry ? ", the sorry server serves" : "");
	for (size_t i = 0; i < q->servers.n; i++) {
		const struct conf_real_server *rs = q->servers.at[i].conf;
		struct ipvs_dest d = {.ip = rs->ip, .port = rs->port};

		buf_printf(out, "\tserver %s %s weight %d: %s\n", ipvs_dest_text(&d, text),
			   ipvs_method_text(rs->method), rs->weight,
			   q->servers.at[i].up ? "up" : "down");
		for (size_t j = 0; j < s->checks.n; j++) {
			if (s->checks.at[j].server != i)
				continue;
			buf_puts(out, "\t\t");
			checker_print(s->checks.at[j].checker, out);
			buf_putc(out, '\n');
		}
	}
}

void lvs_dump(const struct lvs *lvs, struct buf *out)
{
	for (size_t i = 0; i < lvs->services.n; i++)
		dump_service(lvs->services.at[i].s, out);
	buf_puts(out, "kernel table\n");
	lvs_table_print(&lvs->have, out);
	buf_printf(out, "failed operations: %u\n", lvs->failed);
}

int lvs_dry_run(const struct vipd_conf *conf, struct ipvs *ipvs, struct buf *out)
{
	struct lvs_table have = {0}, want = {0};
	struct lvs_plan plan = {0};
	struct lvs_wishes wishes = {0};
	int err = ipvs ? read_ours(ipvs, conf, NULL, &have) : 0;

	if (err)
		return err;
	for (const struct conf_virtual_server *vs = conf->services; vs; vs = vs->next) {
		struct lvs_quorum q;

		lvs_quorum_init(&q, vs, &wishes);
		lvs_quorum_entry(&q, lvs_table_put(&want, &vs->service));
		lvs_quorum_free(&q);
	}
	want.syncs = lvs_sync_wanted(&conf->global.lvs_sync, false);
	lvs_plan_make(&plan, &have, &want);
	lvs_plan_print(&plan, out);
	lvs_plan_free(&plan);
	vec_free(&wishes.list);
	lvs_table_free(&have);
	lvs_table_free(&want);
	return 0;
}
