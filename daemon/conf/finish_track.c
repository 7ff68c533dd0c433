/* Who tracks what: the names of track_script, track_file and track_process are found, weights are
 * inherited from what is tracked. Two kinds of entries are corrected as keepalived does, with a
 * warning: those that would move the priority of an address owner, and those that would move the
 * priority of one member of a sync group alone. What nobody tracks is left out.
 */
#include "daemon/conf/draft.h"

#include <string.h>

static const char *const kind_text[] = {"vrrp_script", "track_file", "vrrp_track_process"};
static const char *const list_text[] = {"track_script", "track_file", "track_process"};

static void finish_script(struct draft_tracked *t)
{
	struct conf_tracked_script *s = &t->out->script;

	s->interval_ns = draft_or(&t->interval, CONF_SECOND_NS);
	s->timeout_ns = draft_or(&t->timeout, s->interval_ns);
	s->rise = (unsigned)draft_or(&t->rise, 1);
	s->fall = (unsigned)draft_or(&t->fall, 1);
	s->init_fail = draft_on(&t->init_fail);
}

static void finish_process(struct draft_tracked *t, struct conf_report *r)
{
	struct conf_tracked_process *p = &t->out->process;

	p->full_command |= draft_on(&t->full_command);
	p->terminate_delay_ns = draft_or(&t->terminate_delay, 0);
	p->fork_delay_ns = draft_or(&t->fork_delay, 0);
	p->quorum = (unsigned)draft_or(&t->quorum, 1);
	p->quorum_max = (unsigned)draft_or(&t->quorum_max, UINT32_MAX);
	if (!t->quorum.set && p->quorum_max == 0)
		p->quorum = 0;
	if (p->quorum <= p->quorum_max)
		return;
	conf_warning(r, t->quorum_max.at,
		     "vrrp_track_process %s: quorum_max is less than quorum: it is ignored",
		     t->out->name);
	p->quorum_max = UINT32_MAX;
}

/* False: it has nothing to look at. */
static bool finish_tracked(struct draft_tracked *t, struct conf_report *r)
{
	const struct conf_tracked *o = t->out;
	bool whole = false;

	switch (o->kind) {
	case CONF_TRACKED_SCRIPT:
		whole = o->script.command.argv != NULL;
		finish_script(t);
		break;
	case CONF_TRACKED_FILE:
		whole = o->file.path != NULL;
		break;
	case CONF_TRACKED_PROCESS:
		whole = o->process.argv != NULL;
		finish_process(t, r);
		break;
	}
	if (!whole)
		conf_warning(r, o->pos, "%s %s does not say %s: it is ignored", kind_text[o->kind],
			     o->name,
			     o->kind == CONF_TRACKED_SCRIPT ? "which script"
			     : o->kind == CONF_TRACKED_FILE ? "which file"
							    : "which process");
	return whole;
}

/* ---- entries ---------------------------------------------------------------------------------
 */

struct owner { /* of a list of entries */
	const char *what, *name;
	struct draft *d;
	struct conf_report *r;
};

static const struct draft_tracked *find(const struct owner *o, const struct draft_track *from)
{
	const struct draft_tracked *t = o->d->tracked;

	while (t && (t->out->kind != from->kind || strcmp(t->out->name, from->name) != 0))
		t = t->next;
	if (!t)
		conf_warning(o->r, from->at, "%s %s: there is no %s %s: it is ignored", o->what,
			     o->name, kind_text[from->kind], from->name);
	return t;
}

static int weight_of(const struct owner *o, const struct draft_track *from,
		     const struct draft_tracked *t)
{
	int64_t otherwise = from->kind == CONF_TRACKED_FILE ? 1 : 0;
	int64_t weight = draft_or(&from->weight, draft_or(&t->weight, otherwise));
	bool edge = weight == 254 || weight == -254;

	if (!edge || from->kind != CONF_TRACKED_SCRIPT)
		return (int)weight;
	conf_warning(o->r, from->at, "%s %s: weight %d of %s: %d is used", o->what, o->name,
		     (int)weight, from->name, weight > 0 ? 253 : -253);
	return weight > 0 ? 253 : -253;
}

static void resolve(const struct owner *o, const struct draft_track *from, struct conf_track **list)
{
	const struct draft_tracked *t = find(o, from);
	struct conf_track *track;

	if (!t)
		return;
	for (const struct conf_track *p = *list; p; p = p->next)
		if (p->what == t->out) {
			conf_warning(o->r, from->at, "%s %s tracks %s already: this one is ignored",
				     o->what, o->name, from->name);
			return;
		}
	track = arena_new_object(o->d->conf->arena, struct conf_track);
	track->what = t->out;
	track->weight = weight_of(o, from, t);
	track->reverse = from->reverse.set ? from->reverse.v : draft_on(&t->reverse);
	DRAFT_APPEND(*list, track);
}

/* What becomes of a weighted entry where the priority must not move: 0, or it is dropped. */
static bool becomes_fault(const struct conf_track *t)
{
	return t->what->kind == CONF_TRACKED_FILE && t->weight == 1;
}

/* keepalived forgets processes in sync groups; nobody's file shall mean something else here. */
static bool may_stay(const struct conf_track *t, bool of_owner)
{
	return t->weight == 0 || (t->what->kind == CONF_TRACKED_PROCESS && !of_owner);
}

static void remove_weights(const struct owner *o, struct conf_track **at, struct conf_pos pos,
			   bool of_owner, const char *why)
{
	while (*at) {
		struct conf_track *t = *at;
		bool keep = becomes_fault(t);

		if (may_stay(t, of_owner)) {
			at = &t->next;
			continue;
		}
		conf_warning(o->r, pos, "%s %s: weight %d of %s %s is %s: %s", o->what, o->name,
			     t->weight, list_text[t->what->kind], t->what->name,
			     keep ? "taken as 0 (fault)" : "ignored", why);
		t->weight = 0;
		if (keep)
			at = &t->next;
		else
			*at = t->next;
	}
}

static void finish_instance(struct draft *d, struct draft_instance *i, struct conf_report *r)
{
	struct owner o = {.what = "instance", .name = i->out->name, .d = d, .r = r};

	for (const struct draft_track *t = i->tracks; t; t = t->next)
		resolve(&o, t, &i->out->tracks);
	if (i->out->priority == 255)
		remove_weights(&o, &i->out->tracks, i->out->pos, true,
			       "priority 255 never changes");
	else if (i->out->group && !i->out->group->tracking_weight)
		remove_weights(&o, &i->out->tracks, i->out->pos, false,
			       "it is in a sync group without sync_group_tracking_weight");
}

static void mark_used(const struct draft *d, const struct conf_track *list)
{
	for (; list; list = list->next)
		for (const struct draft_tracked *t = d->tracked; t; t = t->next)
			t->out->used |= t->out == list->what;
}

/* A member that does not say notify_priority_changes does as its group. */
static void inherit_changes(struct draft *d, const struct draft_group *g)
{
	for (struct draft_instance *i = d->instances; i; i = i->next)
		if (i->out->group == g->out && !i->notify_priority_changes.set)
			i->notify_priority_changes = g->notify_priority_changes;
}

/* An interface must not be waited for longer than a backup waits for its master: two of three
 * intervals, less what 1/256 of one is. */
static void limit_delays(struct draft *d, struct conf_report *r)
{
	for (struct conf_if_delay *e = d->conf->if_delays; e; e = e->next)
		for (const struct draft_instance *i = d->instances; i; i = i->next) {
			const struct conf_instance *c = i->out;
			int64_t max = (int64_t)(c->down_timer_adverts - 1) * c->advert_ns -
				      c->advert_ns / 256;
			char text[32];

			if (strcmp(c->ifname, e->ifname) != 0 || c->down_timer_adverts == 1 ||
			    e->down_ns <= max)
				continue;
			conf_warning(r, e->pos,
				     "the delay of %s is longer than instance %s may wait: "
				     "%s is used",
				     e->ifname, c->name, conf_seconds_text(max, text));
			if (e->up_ns == e->down_ns)
				e->up_ns = max;
			e->down_ns = max;
		}
}

void draft_finish_tracks(struct draft *d, struct conf_report *r)
{
	limit_delays(d, r);
	struct draft_tracked **at = &d->tracked;

	while (*at)
		if (finish_tracked(*at, r))
			at = &(*at)->next;
		else
			*at = (*at)->next;
	for (struct draft_group *g = d->groups; g; g = g->next) {
		struct owner o = {.what = "group", .name = g->out->name, .d = d, .r = r};

		inherit_changes(d, g);
		for (const struct draft_track *t = g->tracks; t; t = t->next)
			resolve(&o, t, &g->out->tracks);
		if (g->out->members)
			mark_used(d, g->out->tracks);
	}
	for (struct draft_instance *i = d->instances; i; i = i->next) {
		const struct draft_value *changes = &i->notify_priority_changes;

		i->out->notify_priority_changes =
			changes->set ? changes->v : draft_on(&d->global.notify_priority_changes);
		finish_instance(d, i, r);
		mark_used(d, i->out->tracks);
	}
	for (struct draft_tracked *t = d->tracked; t; t = t->next) {
		if (!t->out->used) {
			conf_warning(r, t->out->pos, "%s %s is not tracked by anybody: %s",
				     kind_text[t->out->kind], t->out->name, "it is ignored");
			continue;
		}
		t->out->next = NULL;
		DRAFT_APPEND(d->conf->tracked, t->out);
	}
}
