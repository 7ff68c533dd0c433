/* Tracked things and their entries -> keepalived.conf; a part of print.c. */
#include "daemon/conf/draft.h"

#include <string.h>

void draft_print_user(const struct conf_script *script, struct buf *out)
{
	if (!script->user)
		return;
	buf_putc(out, ' ');
	conf_print_word(script->user, out);
	if (!script->group)
		return;
	buf_putc(out, ' ');
	conf_print_word(script->group, out);
}

static void print_seconds(struct buf *out, const char *name, int64_t ns)
{
	char text[32];

	buf_printf(out, "\t%s %s\n", name, conf_seconds_text(ns, text));
}

static void print_script(const struct conf_tracked *t, struct buf *out)
{
	const struct conf_tracked_script *s = &t->script;

	buf_puts(out, "\tscript ");
	conf_script_print(&s->command, out);
	buf_putc(out, '\n');
	if (s->command.user) {
		buf_puts(out, "\tuser");
		draft_print_user(&s->command, out);
		buf_putc(out, '\n');
	}
	print_seconds(out, "interval", s->interval_ns);
	print_seconds(out, "timeout", s->timeout_ns);
	buf_printf(out, "\trise %u\n\tfall %u\n", s->rise, s->fall);
	if (s->init_fail)
		buf_puts(out, "\tinit_fail\n");
}

static void print_file(const struct conf_tracked *t, struct buf *out)
{
	buf_puts(out, "\tfile ");
	conf_print_word(t->file.path, out);
	buf_putc(out, '\n');
	if (t->file.init)
		buf_printf(out, "\tinit_file %d%s\n", t->file.init_value,
			   t->file.overwrite ? " overwrite" : "");
}

static void print_process(const struct conf_tracked *t, struct buf *out)
{
	const struct conf_tracked_process *p = &t->process;

	buf_puts(out, "\tprocess");
	for (char **w = p->argv; *w; w++) {
		buf_putc(out, ' ');
		conf_print_word(*w, out);
	}
	buf_putc(out, '\n');
	if (p->match != CONF_PARAM_NONE)
		buf_printf(out, "\tparam_match%s\n",
			   p->match == CONF_PARAM_INITIAL   ? " initial"
			   : p->match == CONF_PARAM_PARTIAL ? " partial"
							    : "");
	if (p->full_command)
		buf_puts(out, "\tfull_command\n");
	if (p->quorum)
		buf_printf(out, "\tquorum %u\n", p->quorum);
	if (p->quorum_max != UINT32_MAX)
		buf_printf(out, "\tquorum_max %u\n", p->quorum_max);
	if (p->terminate_delay_ns)
		print_seconds(out, "terminate_delay", p->terminate_delay_ns);
	if (p->fork_delay_ns)
		print_seconds(out, "fork_delay", p->fork_delay_ns);
}

void draft_print_tracked(const struct vipd_conf *conf, struct buf *out)
{
	static const char *const words[] = {"vrrp_script", "track_file", "vrrp_track_process"};

	if (conf->if_delays)
		buf_puts(out, "interface_up_down_delays {\n");
	for (const struct conf_if_delay *e = conf->if_delays; e; e = e->next) {
		char down[32], up[32];

		buf_putc(out, '\t');
		conf_print_word(e->ifname, out);
		buf_printf(out, " %s %s\n", conf_seconds_text(e->down_ns, down),
			   conf_seconds_text(e->up_ns, up));
	}
	if (conf->if_delays)
		buf_puts(out, "}\n");
	for (const struct conf_tracked *t = conf->tracked; t; t = t->next) {
		buf_printf(out, "%s ", words[t->kind]);
		conf_print_word(t->name, out);
		buf_puts(out, " {\n");
		switch (t->kind) {
		case CONF_TRACKED_SCRIPT:
			print_script(t, out);
			break;
		case CONF_TRACKED_FILE:
			print_file(t, out);
			break;
		case CONF_TRACKED_PROCESS:
			print_process(t, out);
			break;
		}
		buf_puts(out, "}\n");
	}
}

void draft_print_tracks(const struct conf_track *list, struct buf *out)
{
	static const char *const words[] = {"track_script", "track_file", "track_process"};

	for (unsigned kind = 0; kind < 3; kind++) {
		bool open = false;

		for (const struct conf_track *t = list; t; t = t->next) {
			if (t->what->kind != kind)
				continue;
			if (!open)
				buf_printf(out, "\t%s {\n", words[kind]);
			open = true;
			buf_puts(out, "\t\t");
			conf_print_word(t->what->name, out);
			buf_printf(out, " weight %d%s\n", t->weight, t->reverse ? " reverse" : "");
		}
		if (open)
			buf_puts(out, "\t}\n");
	}
}
