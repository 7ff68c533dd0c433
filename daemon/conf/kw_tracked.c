/* vrrp_script, track_file and vrrp_track_process: what is watched; and track_script, track_file and
 * track_process in instances and groups: who is told. Names are found in finish_track.c, so that
 * the order of the blocks does not matter.
 */
#include "daemon/conf/draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- blocks ----------------------------------------------------------------------------------
 */

static void *new_tracked(struct conf_bind *b, const struct conf_stmt *s, struct draft *d,
			 enum conf_tracked_kind kind)
{
	struct draft_tracked *t;

	for (t = d->tracked; t; t = t->next)
		if (t->out->kind == kind && !strcmp(t->out->name, s->word[1].text)) {
			conf_warning(b->report, s->word[1].pos,
				     "%s %s is defined at line %d already: this one is ignored",
				     s->word[0].text, t->out->name, t->out->pos.line);
			return NULL;
		}
	t = arena_new_object(b->arena, struct draft_tracked);
	t->out = arena_new_object(b->arena, struct conf_tracked);
	t->out->kind = kind;
	t->out->name = s->word[1].text;
	t->out->pos = s->word[1].pos;
	DRAFT_APPEND(d->tracked, t);
	return t;
}

void *kw_new_script(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	return new_tracked(b, s, object, CONF_TRACKED_SCRIPT);
}

void *kw_new_track_file(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	return new_tracked(b, s, object, CONF_TRACKED_FILE);
}

void *kw_new_track_process(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	return new_tracked(b, s, object, CONF_TRACKED_PROCESS);
}

/* weight N [reverse] */
static void *weight_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_tracked *t = object;
	int64_t max = t->out->kind == CONF_TRACKED_SCRIPT ? 253 : 254;
	struct kw_value range = {.kind = KW_INT, .lo = -max, .hi = max, .outside = KW_IGNORE};

	kw_store_word(b, &s->word[1], s->word[0].text, &range, &t->weight);
	for (int at = 2; at < s->n_words;)
		if (kw_option(b, kw_words_reverse, s, &at, "weight"))
			t->reverse = (struct draft_value){.set = true, .v = 1};
	return NULL;
}

static void *user_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_tracked *t = object;
	struct conf_script *c = &t->out->script.command;

	(void)b;
	kw_store_user(s, 1, &c->user, &c->group);
	return NULL;
}

static void *path_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_tracked *t = object;

	if (t->out->file.path)
		conf_warning(b->report, s->word[1].pos, "track_file %s has a file already: %s",
			     t->out->name, "this one is ignored");
	else
		t->out->file.path = s->word[1].text;
	return NULL;
}

/* init_file [VALUE] [overwrite] */
static void *init_file_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const struct kw_value range = {
		.kind = KW_INT, .lo = INT32_MIN, .hi = INT32_MAX, .outside = KW_IGNORE};
	struct draft_tracked *t = object;
	struct draft_value v = {0};
	int at = 1;

	t->out->file.init = true;
	if (at < s->n_words && strcmp(s->word[at].text, "overwrite") != 0)
		kw_store_word(b, &s->word[at++], "init_file", &range, &v);
	t->out->file.init_value = (int)draft_or(&v, 0);
	while (at < s->n_words)
		if (kw_option(b, kw_words_init_file, s, &at, "init_file"))
			t->out->file.overwrite = true;
	return NULL;
}

static void *process_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_tracked *t = object;
	struct conf_tracked_process *p = &t->out->process;
	size_t n = (size_t)s->n_words - 1;

	if (p->argv) {
		conf_warning(b->report, s->word[1].pos,
			     "vrrp_track_process %s has a process already: this one is ignored",
			     t->out->name);
		return NULL;
	}
	p->argv = arena_array(b->arena, n + 1, sizeof(*p->argv));
	for (size_t i = 0; i < n; i++)
		p->argv[i] = arena_strdup(b->arena, s->word[i + 1].text);
	if (n > 1) {
		p->full_command = true;
		if (p->match == CONF_PARAM_NONE)
			p->match = CONF_PARAM_EXACT;
	}
	return NULL;
}

static void *match_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_tracked *t = object;
	const struct kw_word *o;
	int at = 1;

	if (s->n_words == 1) {
		t->out->process.match = CONF_PARAM_EXACT;
	} else {
		o = kw_option(b, kw_words_param_match, s, &at, "param_match");
		if (!o)
			return NULL;
		t->out->process.match =
			!strcmp(o->name, "initial") ? CONF_PARAM_INITIAL : CONF_PARAM_PARTIAL;
	}
	t->out->process.full_command = true;
	return NULL;
}

static void *delay_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const struct kw_value range = {
		.kind = KW_DECIMAL, .lo = 1000, .hi = 3600 * CONF_SECOND_NS, .outside = KW_IGNORE};
	struct draft_tracked *t = object;
	const char *name = s->word[0].text;
	struct draft_value v = {0};

	if (!kw_store_word(b, &s->word[1], name, &range, &v))
		return NULL;
	if (strcmp(name, "fork_delay") != 0)
		t->terminate_delay = v;
	if (strcmp(name, "terminate_delay") != 0)
		t->fork_delay = v;
	return NULL;
}

/* ---- entries ---------------------------------------------------------------------------------
 */

static void *store_track(struct conf_bind *b, const struct conf_stmt *s, struct draft_track **list,
			 enum conf_tracked_kind kind)
{
	static const struct kw_value range = {
		.kind = KW_INT, .lo = -254, .hi = 254, .outside = KW_IGNORE};
	struct draft_track *t = arena_new_object(b->arena, struct draft_track);

	t->name = s->word[0].text;
	t->at = s->word[0].pos;
	t->kind = kind;
	for (int at = 1; at < s->n_words;) {
		const struct conf_word *w = &s->word[at];
		const struct kw_word *o = kw_option(b, kw_words_tracked, s, &at, "a tracked entry");

		if (o && !strcmp(o->name, "weight"))
			kw_store_word(b, w + 1, "weight", &range, &t->weight);
		else if (o)
			t->reverse =
				(struct draft_value){.set = true, .v = !strcmp(o->name, "reverse")};
	}
	DRAFT_APPEND(*list, t);
	return NULL;
}

void *kw_store_track_script(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	return store_track(b, s, object, CONF_TRACKED_SCRIPT);
}

void *kw_store_track_file(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	return store_track(b, s, object, CONF_TRACKED_FILE);
}

void *kw_store_track_process(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	return store_track(b, s, object, CONF_TRACKED_PROCESS);
}

/* IFNAME DOWN [UP] */
static void *delay_entry_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const struct kw_value range = {
		.kind = KW_DECIMAL, .lo = 0, .hi = 255 * CONF_SECOND_NS, .outside = KW_IGNORE};
	struct draft *d = object;
	struct conf_if_delay *e = arena_new_object(b->arena, struct conf_if_delay);
	struct draft_value down = {0}, up = {0};

	e->pos = s->word[0].pos;
	if (!kw_ifname(b, &s->word[0], e->ifname))
		return NULL;
	if (s->n_words > 1)
		kw_store_word(b, &s->word[1], "down delay", &range, &down);
	if (s->n_words > 2)
		kw_store_word(b, &s->word[2], "up delay", &range, &up);
	e->down_ns = draft_or(&down, 0);
	e->up_ns = draft_or(&up, 0);
	for (const struct conf_if_delay *p = d->conf->if_delays; p; p = p->next)
		if (!strcmp(p->ifname, e->ifname)) {
			conf_warning(b->report, e->pos,
				     "interface %s has delays already: these are ignored",
				     e->ifname);
			return NULL;
		}
	DRAFT_APPEND(d->conf->if_delays, e);
	return NULL;
}

/* ---- tables ----------------------------------------------------------------------------------
 */

#define ONE_ARG	   .min_args = 1, .max_args = 1
#define MANY_ARGS  .min_args = 1, .max_args = CONF_ANY
#define STORE(...) KW_STORE(struct draft_tracked, __VA_ARGS__)
#define SECS_MAX   (INT64_C(4294) * 1000 * CONF_SECOND_NS)

const struct conf_keyword kw_track_file[] = {
	KW("file", "PATH", "file to watch with inotify", ONE_ARG, .set = path_store),
	KW("weight", "-254..254 [reverse]", "default multiplier of file value", MANY_ARGS,
	   .set = weight_store),
	KW("init_file", "[INT] [overwrite]", "create file at startup", .max_args = 2,
	   .set = init_file_store),
	KW_END,
};

const struct conf_keyword kw_track_process[] = {
	KW("process", "NAME|PATH [ARG ...]", "process to count, optionally with arguments",
	   MANY_ARGS, .set = process_store),
	KW("param_match", "[initial|partial]", "how configured arguments are compared",
	   .max_args = 1, .set = match_store),
	KW("weight", "-254..254 [reverse]", "priority adjustment; 0 means FAULT on failure",
	   MANY_ARGS, .set = weight_store),
	KW("quorum", "1..65535", "fewest matching processes for success", ONE_ARG,
	   STORE(quorum, .kind = KW_INT, .lo = 1, .hi = 65535, .outside = KW_IGNORE)),
	KW("quorum_max", "0..65535", "most matching processes for success", ONE_ARG,
	   STORE(quorum_max, .kind = KW_INT, .hi = 65535, .outside = KW_IGNORE)),
	KW("delay", "DECIMAL SECS 0.000001..3600", "sets both fork_delay and terminate_delay",
	   ONE_ARG, .set = delay_store),
	KW("terminate_delay", "DECIMAL SECS 0.000001..3600", "wait after quorum loss before acting",
	   ONE_ARG, .set = delay_store),
	KW("fork_delay", "DECIMAL SECS 0.000001..3600", "wait after quorum gain before acting",
	   ONE_ARG, .set = delay_store),
	KW("full_command", "", "compare the whole command line",
	   STORE(full_command, .kind = KW_FLAG)),
	KW_END,
};

const struct conf_keyword kw_script[] = {
	KW("script", "CMDLINE", "command to run", MANY_ARGS, .set = kw_store_script,
	   .arg = offsetof(struct conf_tracked, script.command)),
	KW("interval", "DECIMAL SECS >= 0.001", "time between runs", ONE_ARG,
	   STORE(interval, .kind = KW_DECIMAL, .lo = 1000000, .hi = SECS_MAX, .outside = KW_USE,
		 .use = CONF_SECOND_NS)),
	KW("timeout", "DECIMAL SECS >= 0.001", "time after which a run counts as failed", ONE_ARG,
	   STORE(timeout, .kind = KW_DECIMAL, .lo = 1000000, .hi = SECS_MAX, .outside = KW_USE,
		 .use = CONF_SECOND_NS)),
	KW("weight", "-253..253 [reverse]", "priority adjustment; 0 means FAULT on failure",
	   MANY_ARGS, .set = weight_store),
	KW("rise", "N >= 1", "successes needed to go up", ONE_ARG,
	   STORE(rise, .kind = KW_INT, .lo = 1, .hi = 1000000000, .outside = KW_USE, .use = 1)),
	KW("fall", "N >= 1", "failures needed to go down", ONE_ARG,
	   STORE(fall, .kind = KW_INT, .lo = 1, .hi = 1000000000, .outside = KW_USE, .use = 1)),
	KW("user", "USER [[:]GROUP]", "who runs the command", .min_args = 1, .max_args = 2,
	   .set = user_store),
	KW("init_fail", "", "start in failed state", STORE(init_fail, .kind = KW_FLAG)),
	KW_END,
};

#define EACH(args_, help_, set_)                                                                   \
	{                                                                                          \
		.name = "*", .args = (args_), .help = (help_), .support = CONF_SUPPORTED,          \
		.max_args = CONF_ANY, .repeats = true, .set = (set_)                               \
	}
#define ENTRY_ARGS "NAME [weight N [reverse|noreverse]]"

const struct conf_keyword kw_if_delays[] = {
	EACH("IFNAME DOWN_TIMER [UP_TIMER]",
	     "how long the interface must be down, or up again, before that counts (up: 0)",
	     delay_entry_store),
	KW_END,
};

const struct kw_word kw_words_if_delay[] = {
	KW_WORD("(entry)", "IFNAME DOWN_TIMER [UP_TIMER], 0..255",
		"delay before acting on link loss or return", 0),
	KW_END,
};

const struct conf_keyword kw_track_scripts[] = {
	EACH(ENTRY_ARGS,
	     "one vrrp_script; with weight 0 its failure means FAULT, otherwise a change of "
	     "priority",
	     kw_store_track_script),
	KW_END,
};

const struct conf_keyword kw_track_files[] = {
	EACH(ENTRY_ARGS,
	     "one track_file; its number times the weight is added to the priority, with weight 0 "
	     "a number means FAULT",
	     kw_store_track_file),
	KW_END,
};

const struct conf_keyword kw_track_processes[] = {
	EACH(ENTRY_ARGS,
	     "one vrrp_track_process; with weight 0 a missing quorum means FAULT, otherwise a "
	     "change of priority",
	     kw_store_track_process),
	KW_END,
};

const struct kw_word kw_words_tracked[] = {
	KW_WORD("(entry)", "SCRIPT_NAME [weight N [reverse|noreverse]]", "one tracked object", 0),
	KW_WORD("weight", "-253..253 (254 clamped)",
		"priority adjustment instead of FAULT; 0 keeps FAULT", 1),
	KW_WORD("reverse", "after weight", "swap the direction of the adjustment", 0),
	KW_WORD("noreverse", "after weight", "cancel a reverse set on the object", 0),
	KW_END,
};

const struct kw_word kw_words_reverse[] = {
	KW_WORD("reverse", "", "negate the multiplier", 0),
	KW_END,
};

const struct kw_word kw_words_init_file[] = {
	KW_WORD("overwrite", "", "replace existing contents", 0),
	KW_END,
};

const struct kw_word kw_words_param_match[] = {
	KW_WORD("initial", "", "last argument may be longer than configured", 0),
	KW_WORD("partial", "", "only the first arguments must match", 0),
	KW_END,
};
