/* netem: a bad line. Delays, loses, doubles, corrupts or reorders what a node sends from a port
 * into its segment (tc-netem(8) at the port's egress); what it is sent is not touched. A second
 * statement for the same port replaces the first. */
#include "harness/run/fault_rows.h"

#include "lib/base/mono.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool read_duration(struct conf_bind *b, const char *text, int64_t *out_us)
{
	struct conf_word word = {.text = text};
	int64_t ns;

	if (!conf_get_duration(b, &word, &ns) || ns > 3600 * NS_PER_S)
		return false;
	*out_us = ns / NS_PER_US;
	return true;
}

static bool read_percent(struct conf_bind *b, const char *text, uint32_t *out_ppm)
{
	struct conf_word word = {.text = text};
	int64_t ppm;

	if (!conf_get_percent(b, &word, &ppm))
		return false;
	*out_ppm = (uint32_t)ppm;
	return true;
}

static bool read_one(struct conf_bind *b, const char *name, const char *value, struct nl_netem *out)
{
	if (strcmp(name, "delay") == 0)
		return read_duration(b, value, &out->delay_us);
	if (strcmp(name, "jitter") == 0)
		return read_duration(b, value, &out->jitter_us);
	if (strcmp(name, "loss") == 0)
		return read_percent(b, value, &out->loss_ppm);
	if (strcmp(name, "duplicate") == 0)
		return read_percent(b, value, &out->duplicate_ppm);
	if (strcmp(name, "corrupt") == 0)
		return read_percent(b, value, &out->corrupt_ppm);
	if (strcmp(name, "reorder") == 0)
		return read_percent(b, value, &out->reorder_ppm);
	return false;
}

static bool is_clear(const char *const *args)
{
	return args[0] && strcmp(args[0], "clear") == 0 && !args[1];
}

/* "loss 5% delay 10ms ..." */
static bool read_args(const char *const *args, struct nl_netem *out, char *why, size_t why_bytes)
{
	struct conf_bind b = {.report = conf_report_new()};
	bool ok = args[0] != NULL;

	*out = (struct nl_netem){0};
	if (!ok)
		snprintf(why, why_bytes, "nothing is said about the line");
	for (; ok && args[0]; args += 2) {
		if (!args[1])
			snprintf(why, why_bytes, "'%.40s' has no value", args[0]);
		else if (!read_one(&b, args[0], args[1], out))
			snprintf(why, why_bytes, "'%.40s %.40s' is not understood", args[0],
				 args[1]);
		else
			continue;
		ok = false;
	}
	conf_report_free(b.report);
	if (ok && (out->jitter_us || out->reorder_ppm) && !out->delay_us) {
		snprintf(why, why_bytes, "jitter and reorder need a delay");
		ok = false;
	}
	return ok;
}

static bool check(const char *const *args, char *why, size_t why_bytes)
{
	struct nl_netem netem;

	return is_clear(args) || read_args(args, &netem, why, why_bytes);
}

static int clear(struct world *w, struct world_port *port)
{
	int err = nl_qdisc_clear(netns_nl(w->net, port->node->ns), port->ifindex);

	if (!err)
		port->netem = false;
	return err;
}

static int inject(struct world *w, const struct scn_step *step, char *why, size_t why_bytes)
{
	struct world_port *port = world_port_of(w, step->port);
	struct nl_netem netem;
	int err;

	if (is_clear(step->args)) {
		err = port->netem ? clear(w, port) : 0;
	} else {
		must(read_args(step->args, &netem, why, why_bytes));
		err = nl_netem_set(netns_nl(w->net, port->node->ns), port->ifindex, &netem);
		port->netem = port->netem || !err;
	}
	if (err)
		snprintf(why, why_bytes, "%s", strerror(-err));
	return err;
}

static void heal(struct world *w)
{
	for (size_t i = 0; i < w->n_ports; i++) {
		struct world_port *p = &w->ports[i];
		char what[96];

		if (!p->netem)
			continue;
		snprintf(what, sizeof(what), "netem %s %s", p->node->name, p->segment->scn->name);
		fault_tell_healed(w, what, clear(w, p) == 0);
	}
}

const struct fault fault_netem = {
	.name = "netem",
	.synopsis = "netem NODE SEGMENT [loss P%] [delay TIME] [jitter TIME] [duplicate P%] "
		    "[corrupt P%] [reorder P%], netem NODE SEGMENT clear",
	.help = "makes the line bad for what the node sends into the segment, or good again",
	.subject = FAULT_OF_PORT,
	.needs = SCN_NEED_NETEM,
	.check = check,
	.inject = inject,
	.heal = heal,
};
