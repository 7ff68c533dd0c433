/* Adverts out and in.
 *
 * Out: encoded when the core asks, sent in batches at the end of the step round, before any work on
 * the kernel. In: everything goes through advert.c; what it refuses is counted, and logged once for
 * each reason and sender until the state changes, so that a stranger on the segment cannot fill the
 * log.
 */
#include "daemon/vrrp/run_state.h"

#include "daemon/vrrp/election.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RECEIVE_AT_ONCE 256
#define CROWD		64 /* routers */
#define BURST_NS	(300 * NS_PER_US)
#define GATHER_NS	(200 * NS_PER_US)

/* ---- out ----------------------------------------------------------------------------------- */

static void sent(void *ctx, size_t owner, int err)
{
	struct vrrp_run *run = ctx;
	struct unit *u = &run->t.units[owner];

	if (!err)
		u->stats.sent++;
	if (err && err != u->send_error)
		log_error(run->log, "(%s) advert not sent: %s", u->conf->name, strerror(-err));
	else if (!err && u->send_error)
		log_info(run->log, "(%s) adverts are sent again", u->conf->name);
	u->send_error = err;
}

void run_flush(struct vrrp_run *run)
{
	if (run->outbox.n)
		port_send(&run->outbox, sent, run);
}

static void send_to(struct vrrp_run *run, struct unit *u, uint8_t priority,
		    const struct wire_ip *dst, uint8_t ttl, const struct vrrp_auth_env *env)
{
	struct gate *g = &run->t.gates[u->gate];

	if (run->outbox.n == PORT_BATCH)
		run_flush(run);
	struct port_letter *letter = &run->outbox.at[run->outbox.n];
	size_t at = PORT_HEADER_BYTES + vrrp_auth_room(u->conf);
	size_t cap = sizeof(letter->bytes) - at;
	bool old_sum =
		u->conf->peers && (u->old_sum || u->conf->old_checksum == CONF_OLD_SUM_ALWAYS);
	const struct wire_ip *summed = old_sum ? &u->conf->mcast_group : dst;
	size_t n =
		vrrp_advert_encode(u->conf, priority, &u->primary, summed, letter->bytes + at, cap);

	if (n)
		n = vrrp_auth_sign_message(&u->auth, u->conf,
					   &(struct vrrp_auth_message){.src = &u->primary,
								       .dst = dst,
								       .bytes = letter->bytes + at,
								       .len = n,
								       .cap = cap},
					   env);
	if (n == 0)
		return;
	letter->port = &g->port;
	letter->owner = u->number;
	letter->dst = *dst;
	if (++u->ip_id == 0) /* 0 would let the kernel choose */
		u->ip_id = 1;
	port_put_header(letter, &u->primary, ttl, u->ip_id, at - PORT_HEADER_BYTES + n);
	vrrp_auth_sign_packet(&u->auth, u->conf, letter->bytes + letter->first, letter->len, env);
	run->outbox.n++;
}

void run_send_advert(struct vrrp_run *run, struct unit *u, uint8_t priority)
{
	const struct conf_instance *c = u->conf;
	const struct gate *g = &run->t.gates[u->gate];
	const struct nl_link *link = links_find(&run->links, g->ifname);

	/* nothing leaves: FAULT says farewell into the void, and with dont_track_primary a master
	 * stays one while its interface is down */
	if (g->port.fd < 0 || !u->primary.family || (g->ifname[0] && !(link && link->up)))
		return;
	struct vrrp_auth_env env = run_auth_env();

	vrrp_auth_next(&u->auth, c, &env);
	if (!c->peers)
		send_to(run, u, priority, &c->mcast_group, 255, &env);
	for (const struct conf_unicast_peer *p = c->peers; p; p = p->next)
		send_to(run, u, priority, &p->ip, c->unicast_ttl, &env);
}

/* ---- in ------------------------------------------------------------------------------------ */

/* True: this was not said yet about this sender since the state changed. Of too many senders
 * nothing is said: they are counted. */
static bool may_complain(struct unit *u, const struct wire_ip *src, unsigned bit)
{
	if (!u->complaints)
		u->complaints = calloc(COMPLAINTS_MAX, sizeof(*u->complaints));
	must(u->complaints != NULL);
	struct complaint *c = u->complaints;
	const struct complaint *end = c + u->n_complaints;

	while (c < end && !wire_ip_equal(&c->sender, src))
		c++;
	if (c == end) {
		if (u->n_complaints == COMPLAINTS_MAX)
			return false;
		u->n_complaints++;
		*c = (struct complaint){.sender = *src};
	}
	if (c->said & (1u << bit))
		return false;
	c->said |= 1u << bit;
	return true;
}

static void refuse(struct vrrp_run *run, struct unit *u, const struct vrrp_packet *packet,
		   enum vrrp_drop drop)
{
	char src[INET6_ADDRSTRLEN];

	_Static_assert(VRRP_DROP_N <= COMPLAINT_FLAG_BIT, "reasons and flags share one word");
	u->stats.dropped[drop]++;
	if (may_complain(u, &packet->src, drop))
		log_warning(run->log, "(%s) advert from %s ignored: %s", u->conf->name,
			    wire_ip_text(&packet->src, src), vrrp_drop_text(drop));
}

static void remark(struct vrrp_run *run, struct unit *u, const struct vrrp_packet *packet,
		   const struct vrrp_advert *advert, unsigned flags)
{
	char src[INET6_ADDRSTRLEN];

	wire_ip_text(&packet->src, src);
	if (flags & VRRP_ADVERT_OLD_SUM && !u->old_sum) {
		u->old_sum = true;
		log_info(run->log, "(%s) Setting unicast VRRPv3 checksum to old version",
			 u->conf->name);
	}
	if (flags & VRRP_ADVERT_VIP_COUNT && may_complain(u, &packet->src, COMPLAINT_FLAG_BIT))
		log_warning(run->log, "(%s) %s advertises %u addresses, here are %u", u->conf->name,
			    src, advert->n_addrs, u->conf->n_vips);
	if (flags & VRRP_ADVERT_VIP_LIST && may_complain(u, &packet->src, COMPLAINT_FLAG_BIT + 1))
		log_warning(run->log, "(%s) %s advertises other addresses than ours", u->conf->name,
			    src);
	if (flags & VRRP_ADVERT_INTERVAL && may_complain(u, &packet->src, COMPLAINT_FLAG_BIT + 2))
		log_info(run->log, "(%s) %s advertises every %u ms, here it is %lld", u->conf->name,
			 src, advert->interval_ms, (long long)(u->conf->advert_ns / NS_PER_MS));
}

/* A master that slept (it was stopped, or starved) finds a queue of adverts from who took over
 * meanwhile. All are read in one instant and say the same: one answer is enough, not a storm of
 * adverts and announcements. */
static bool is_answered(struct vrrp_run *run, struct unit *u, const struct vrrp_packet *packet,
			const struct vrrp_advert *advert)
{
	bool again = u->answered_in == run->reading && wire_ip_equal(&u->answered, &packet->src);

	if (u->router.state != VRRP_MASTER || advert->priority >= u->router.priority)
		return false;
	u->answered = packet->src;
	u->answered_in = run->reading;
	return again;
}

static void accept_advert(struct vrrp_run *run, struct unit *u, const struct vrrp_packet *packet,
			  const struct vrrp_advert *advert, unsigned flags)
{
	char src[INET6_ADDRSTRLEN];
	struct vrrp_event e = {
		.kind = VRRP_EV_ADVERT,
		.now = mono_now(),
		.advert = {.priority = advert->priority,
			   .interval_ns = (int64_t)advert->interval_ms * NS_PER_MS,
			   .src = packet->src},
	};

	u->stats.received++;
	if (flags & (VRRP_ADVERT_VIP_COUNT | VRRP_ADVERT_VIP_LIST))
		u->stats.other_addrs++;
	run_auth_heard(u, advert);
	if (flags)
		remark(run, u, packet, advert, flags);
	if (is_answered(run, u, packet, advert))
		return;
	if (advert->priority == 0 && u->router.state == VRRP_BACKUP)
		log_info(run->log, "(%s) Backup received priority 0 advertisement from %s",
			 u->conf->name, wire_ip_text(&packet->src, src));
	if (u->router.state == VRRP_MASTER && advert->priority &&
	    !vrrp_election_beats(&u->router, advert->priority, &packet->src))
		run_work_queue(run, (struct work){.kind = WORK_NOTIFY_EVENT,
						  .who = u->number,
						  .event = RUN_HEARD_WEAKER,
						  .priority = u->router.priority});
	vrrp_run_step(run, u, &e);
	run_control_heard(run, u, &packet->src, advert->priority);
}

/* Of several routers of one interface with one VRID those have the say that know the sender. */
static bool is_for_another(const struct vrrp_run *run, size_t first, const struct unit *u,
			   const struct vrrp_packet *packet)
{
	if (vrrp_advert_is_peer(u->conf, &packet->src))
		return false;
	for (size_t i = first; i != UNIT_NONE; i = run->t.units[i].next_of_vrid)
		if (&run->t.units[i] != u &&
		    vrrp_advert_is_peer(run->t.units[i].conf, &packet->src))
			return true;
	return false;
}

/* Several routers of one interface may share a VRID (unicast, with different peers): the packet
 * belongs to the first that accepts it; only if none does is it refused, by the first. */
static void take_packet(struct gate *gate, const struct vrrp_packet *packet)
{
	struct vrrp_run *run = gate->run;
	size_t chain = gate->first_of_vrid[vrrp_advert_vrid(packet->bytes, packet->len)];
	size_t first = chain;
	enum vrrp_drop first_drop = VRRP_DROP_NONE;
	struct vrrp_auth_env env = run_auth_env();
	struct vrrp_advert advert;
	unsigned flags;

	for (size_t i = first; i != UNIT_NONE; i = run->t.units[i].next_of_vrid) {
		struct unit *u = &run->t.units[i];
		enum vrrp_drop drop;

		/* neither speaks nor listens (6.4.1) */
		if (u->router.state == VRRP_INIT || u->router.state == VRRP_FAULT ||
		    is_for_another(run, chain, u, packet))
			continue;
		drop = vrrp_advert_check(u->conf, &u->primary, packet, &advert, &flags);
		if (drop == VRRP_DROP_NONE)
			drop = vrrp_auth_check(&u->auth, u->conf, packet, &env);
		if (drop == VRRP_DROP_NONE) {
			accept_advert(run, u, packet, &advert, flags);
			return;
		}
		if (first_drop == VRRP_DROP_NONE) {
			first_drop = drop;
			first = i;
		}
	}
	if (first_drop != VRRP_DROP_NONE)
		refuse(run, &run->t.units[first], packet, first_drop);
}

static void take_inbox(struct gate *gate, const struct port_inbox *box)
{
	for (unsigned i = 0; i < box->n; i++) {
		const struct port_packet *got = &box->packet[i];
		struct vrrp_packet packet = {.src = got->src,
					     .dst = got->dst,
					     .ttl = got->ttl,
					     .bytes = got->message,
					     .len = got->message_len,
					     .ip_packet = got->ip_packet,
					     .ip_len = got->ip_len};

		if (box->whole[i])
			take_packet(gate, &packet);
	}
}

void run_receive_port(struct gate *gate, const struct port *port)
{
	struct port_inbox *box = &gate->run->inbox;

	/* an error of the socket (the interface went down) is told by the monitor; a box that is
	 * not full was the last */
	for (int n = 0; n < RECEIVE_AT_ONCE && port->fd >= 0; n += PORT_INBOX) {
		if (port_receive(port, box) <= 0)
			return;
		take_inbox(gate, box);
		if (box->n < PORT_INBOX)
			return;
	}
}

void run_receive(struct gate *gate)
{
	gate->run->reading++;
	run_receive_port(gate, &gate->port);
	run_receive_port(gate, &gate->ah_port);
}

/* The adverts of many routers come in a burst that lasts longer than reading them: without a pause
 * in its midst every single one would wake us. It is far shorter than any interval (10 ms at
 * least). */
static void let_burst_gather(struct vrrp_run *run)
{
	struct timespec pause = {.tv_nsec = GATHER_NS};
	mono_t now = mono_now();

	if (run->t.n_units >= CROWD && mono_diff(now, run->heard_at) < BURST_NS) {
		nanosleep(&pause, NULL);
		now = mono_now();
	}
	run->heard_at = now;
}

void run_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct gate *gate = ctx;

	(void)fd;
	(void)what;
	let_burst_gather(gate->run);
	run_receive(gate);
	vrrp_run_turn(gate->run);
}
