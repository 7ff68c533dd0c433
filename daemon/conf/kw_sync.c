/* vrrp_sync_group. Members are names here; finish_vrrp.c finds the instances. The list may have one
 * name a line or several.
 */
#include "daemon/conf/draft.h"

#include <string.h>

void *kw_new_group(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft *d = object;
	struct draft_group *g;

	for (g = d->groups; g; g = g->next)
		if (!strcmp(g->out->name, s->word[1].text)) {
			conf_warning(b->report, s->word[1].pos,
				     "vrrp_sync_group %s is defined at line %d already: this one "
				     "is ignored",
				     g->out->name, g->out->pos.line);
			return NULL;
		}
	g = arena_new_object(arena_scratch(b->arena), struct draft_group);
	g->out = arena_new_object(b->arena, struct conf_sync_group);
	g->out->name = s->word[1].text;
	g->out->pos = s->word[1].pos;
	DRAFT_APPEND(d->groups, g);
	return g;
}

static void *member_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_group *g = object;

	for (int i = 0; i < s->n_words; i++) {
		struct draft_name *m = arena_new_object(arena_scratch(b->arena), struct draft_name);

		m->text = s->word[i].text;
		m->at = s->word[i].pos;
		DRAFT_APPEND(g->members, m);
	}
	return NULL;
}

static void *members_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	(void)b;
	(void)s;
	return object;
}

static void *track_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_group *g = object;

	(void)b;
	(void)s;
	return &g->out->track_ifs;
}

static void *tracks_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_group *g = object;

	(void)b;
	(void)s;
	return &g->tracks;
}

static const struct conf_keyword members[] = {
	{.name = "*",
	 .args = "VRRP_INSTANCE ...",
	 .help = "members by name",
	 .support = CONF_SUPPORTED,
	 .max_args = CONF_ANY,
	 .repeats = true,
	 .set = member_store},
	KW_END,
};

#define SCRIPT(member)                                                                             \
	.min_args = 1, .max_args = CONF_ANY, .set = kw_store_script,                               \
	.arg = offsetof(struct conf_sync_group, member)

const struct conf_keyword kw_sync_group[] = {
	KW("group", "", "member instances (required)", .repeats = true, .set = members_open,
	   .block = members),
	KW("track_interface", "", "interfaces tracked by every member", .repeats = true,
	   .set = track_open, .block = kw_track_interfaces),
	KW("track_script", "", "scripts tracked by every member", .repeats = true,
	   .set = tracks_open, .block = kw_track_scripts),
	KW("track_file", "", "files tracked by every member", .repeats = true, .set = tracks_open,
	   .block = kw_track_files),
	KW("track_process", "", "processes tracked by every member", .repeats = true,
	   .set = tracks_open, .block = kw_track_processes),
	KW_PLANNED("track_bfd", "{ ENTRY ... }", "BFD sessions tracked by every member"),
	KW("notify_master", "CMDLINE [USER [[:]GROUP]]", "command when group becomes MASTER",
	   SCRIPT(notify.master)),
	KW("notify_backup", "CMDLINE [USER [[:]GROUP]]", "command when group becomes BACKUP",
	   SCRIPT(notify.backup)),
	KW("notify_fault", "CMDLINE [USER [[:]GROUP]]", "command when group becomes FAULT",
	   SCRIPT(notify.fault)),
	KW("notify_stop", "CMDLINE [USER [[:]GROUP]]", "command when daemon stops",
	   SCRIPT(notify.stop)),
	KW("notify", "CMDLINE [USER [[:]GROUP]]", "command for any change; four arguments appended",
	   SCRIPT(notify.any)),
	KW_PLANNED("smtp_alert", "[BOOL]", "mail on group transitions"),
	KW("global_tracking", "", "alias of sync_group_tracking_weight",
	   KW_STORE(struct draft_group, tracking_weight, .kind = KW_FLAG)),
	KW("sync_group_tracking_weight", "", "allow weighted trackers on members",
	   KW_STORE(struct draft_group, tracking_weight, .kind = KW_FLAG)),
	KW("notify_priority_changes", "[BOOL]", "write member priority changes to FIFOs",
	   .max_args = 1, KW_STORE(struct draft_group, notify_priority_changes, .kind = KW_BOOL)),
	KW_END,
};
