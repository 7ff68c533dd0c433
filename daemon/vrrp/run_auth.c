/* What authentication needs of the world: the hashes, the wall clock, and a socket for packets with
 * an AH (protocol 51), which a VRRP socket never gets. Sending needs none: the header is ours.
 */
#include "daemon/vrrp/run_state.h"

#include <time.h>

struct vrrp_auth_env run_auth_env(void)
{
	struct vrrp_auth_env env = {.md5 = wire_hmac_md5, .sha256 = wire_hmac_sha256};
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	env.wall_ns = (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
	return env;
}

static bool wants_ah(const struct table *t, const struct gate *g)
{
	for (size_t i = 0; i < t->n_units; i++)
		if (t->units[i].gate == g->number && t->units[i].conf->auth == CONF_AUTH_AH)
			return true;
	return false;
}

static int listen_ah(const struct table *t, struct gate *g)
{
	int err = port_open_ah(&g->ah_port, g->ifname, g->port.ifindex);

	for (size_t i = 0; i < t->n_units && !err; i++) {
		const struct conf_instance *c = t->units[i].conf;

		if (t->units[i].gate == g->number && c->auth == CONF_AUTH_AH && !c->peers)
			err = port_join(&g->ah_port, &c->mcast_group);
	}
	if (err)
		return err;
	g->ah_readable =
		event_new(g->run->o.base, g->ah_port.fd, EV_READ | EV_PERSIST, run_readable, g);
	must(g->ah_readable != NULL);
	event_add(g->ah_readable, NULL);
	return 0;
}

int run_auth_open(const struct table *t, struct gate *g)
{
	int err = 0;

	if (g->ah_port.fd < 0 && wants_ah(t, g))
		err = listen_ah(t, g);
	if (err)
		run_auth_close(g);
	return err;
}

void run_auth_close(struct gate *g)
{
	if (g->ah_readable)
		event_free(g->ah_readable);
	g->ah_readable = NULL;
	port_close(&g->ah_port);
}

void run_auth_heard(struct unit *u, const struct vrrp_advert *advert)
{
	if (u->conf->auth == CONF_AUTH_AH && u->router.state == VRRP_MASTER &&
	    advert->priority < u->router.priority && advert->priority > 0)
		u->auth.ah_sequence++;
}
