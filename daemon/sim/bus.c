/* The segments: who hears whom, when. A frame is lost when it is sent (cut, loss, a sender without
 * link) or when it arrives (a receiver without link, or one that does not run). Frames between two
 * ends do not overtake each other: a LAN does not do that.
 */
#include "daemon/sim/world.h"

#include "lib/base/must.h"

#include <string.h>

static bool earlier(const struct sim_mail *a, const struct sim_mail *b)
{
	if (a->at.ns != b->at.ns)
		return mono_before(a->at, b->at);
	return a->number < b->number;
}

static void swap(struct sim_mail *a, struct sim_mail *b)
{
	struct sim_mail t = *a;

	*a = *b;
	*b = t;
}

static void post(struct sim_world *w, const struct sim_mail *mail)
{
	size_t i = w->mail.n;

	must(w->mail.n < 100000);
	*vec_push(&w->mail) = *mail;
	w->mail.at[i].number = w->n_mails++;
	for (; i > 0 && earlier(&w->mail.at[i], &w->mail.at[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&w->mail.at[i], &w->mail.at[(i - 1) / 2]);
}

mono_t sim_bus_next(const struct sim_world *w)
{
	must(w->plan != NULL);
	return w->mail.n ? w->mail.at[0].at : MONO_NEVER;
}

struct sim_mail sim_bus_take(struct sim_world *w)
{
	struct sim_mail first;
	size_t i = 0;

	must(w->mail.n > 0);
	first = w->mail.at[0];
	w->mail.at[0] = w->mail.at[--w->mail.n];
	for (;;) {
		size_t least = i;

		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < w->mail.n; child++) {
			if (earlier(&w->mail.at[child], &w->mail.at[least]))
				least = child;
		}
		if (least == i)
			return first;
		swap(&w->mail.at[i], &w->mail.at[least]);
		i = least;
	}
}

/* The client has a link of its own and is always there. */
static bool has_link(const struct sim_world *w, unsigned leg, unsigned end)
{
	must(end <= w->plan->n_nodes);
	return end == w->plan->n_nodes ||
	       (w->node[end].seat[leg].link_down == 0 && w->node[end].away == 0);
}

bool sim_bus_joined(const struct sim_world *w, unsigned leg, unsigned a, unsigned b)
{
	must(leg < w->plan->n_legs);
	return w->cut[leg][a][b] == 0 && has_link(w, leg, a) && has_link(w, leg, b);
}

/* One frame to one end; false: it is lost. The client hears all nodes equally fast: announcements
 * of two nodes that overtake each other would mislead it, and no router could know. */
static bool send_one(struct sim_world *w, struct sim_mail *mail)
{
	mono_t *last = &w->arrives[mail->leg][mail->from][mail->to];
	int64_t delay_max_ns =
		mail->to == w->plan->n_nodes ? w->plan->delay_min_ns : w->plan->delay_max_ns;

	must(mail->from != mail->to);
	mail->at = mono_add(w->now, rng_range(&w->rng, w->plan->delay_min_ns, delay_max_ns));
	if (w->cut[mail->leg][mail->from][mail->to] || !has_link(w, mail->leg, mail->from))
		return false;
	if (w->loss[mail->leg] && rng_chance(&w->rng, w->loss[mail->leg]))
		return false;
	if (mono_before(mail->at, *last))
		mail->at = *last;
	*last = mail->at;
	post(w, mail);
	return true;
}

void sim_bus_send(struct sim_world *w, unsigned from, unsigned leg, const uint8_t *bytes,
		  size_t len, bool last_word)
{
	struct sim_mail mail = {.from = from, .leg = leg, .last_word = last_word};

	must(len > 0 && len <= SIM_FRAME_MAX);
	mail.len = (uint8_t)len;
	memcpy(mail.bytes, bytes, len);
	for (mail.to = 0; mail.to < w->plan->n_nodes; mail.to++) {
		if (mail.to != from && !send_one(w, &mail) && last_word)
			w->waived[leg] = true;
	}
}

void sim_bus_announce(struct sim_world *w, unsigned from, unsigned leg, unsigned repeat)
{
	struct sim_mail mail = {.from = from, .leg = leg, .to = w->plan->n_nodes};
	bool sent = false;

	must(repeat > 0);
	for (unsigned i = 0; i < repeat; i++)
		sent |= send_one(w, &mail);
	if (!sent)
		w->waived[leg] = true;
}

void sim_bus_notice(struct sim_world *w, unsigned node, unsigned leg)
{
	struct sim_mail mail = {.notice = true, .from = node, .to = node, .leg = leg};

	must(node < w->plan->n_nodes);
	mail.at = mono_add(w->now, rng_range(&w->rng, 0, w->plan->delay_max_ns));
	post(w, &mail);
}

static bool is_clean(const struct sim_world *w, unsigned leg, unsigned a, unsigned b)
{
	must(a != b);
	return sim_bus_joined(w, leg, a, b) && w->loss[leg] == 0 && w->node[a].paused == 0 &&
	       w->node[b].paused == 0;
}

void sim_bus_survey(struct sim_world *w)
{
	must(w->plan->n_nodes <= SIM_NODES_MAX);
	for (unsigned leg = 0; leg < w->plan->n_legs; leg++) {
		for (unsigned i = 0; i < w->plan->n_nodes * w->plan->n_nodes; i++) {
			unsigned a = i / w->plan->n_nodes, b = i % w->plan->n_nodes;
			mono_t *since = &w->clean[leg][a][b];

			if (a == b || !is_clean(w, leg, a, b))
				*since = MONO_NEVER;
			else if (mono_is_never(*since))
				*since = w->now;
		}
	}
}

void sim_bus_unsettle(struct sim_world *w, unsigned node, unsigned leg)
{
	must(node < w->plan->n_nodes);
	for (unsigned other = 0; other < w->plan->n_nodes; other++) {
		if (!mono_is_never(w->clean[leg][node][other]))
			w->clean[leg][node][other] = w->now;
		if (!mono_is_never(w->clean[leg][other][node]))
			w->clean[leg][other][node] = w->now;
	}
}
