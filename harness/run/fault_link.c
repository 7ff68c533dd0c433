/* link: pulls a cable, and puts it back. The far end of the cable, in the wire, goes down: the node
 * keeps its interface up and loses the carrier, as when the switch's port dies; its addresses stay
 * and its programs are told by the kernel. */
#include "harness/run/fault_rows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool check(const char *const *args, char *why, size_t why_bytes)
{
	if (args[0] && !args[1] && (strcmp(args[0], "down") == 0 || strcmp(args[0], "up") == 0))
		return true;
	snprintf(why, why_bytes, "a link goes 'down' or 'up'");
	return false;
}

static int set_far_end(struct world *w, struct world_port *port, bool up)
{
	int err = nl_link_set_up(netns_nl(w->net, NULL), port->wire_ifindex, up);

	if (!err)
		port->cut = !up;
	return err;
}

static int inject(struct world *w, const struct scn_step *step, char *why, size_t why_bytes)
{
	bool up = strcmp(step->args[0], "up") == 0;
	int err = set_far_end(w, world_port_of(w, step->port), up);

	if (err)
		snprintf(why, why_bytes, "%s", strerror(-err));
	return err;
}

static void heal(struct world *w)
{
	for (size_t i = 0; i < w->n_ports; i++) {
		struct world_port *p = &w->ports[i];
		char what[96];

		if (!p->cut)
			continue;
		snprintf(what, sizeof(what), "link %s %s", p->node->name, p->segment->scn->name);
		fault_tell_healed(w, what, set_far_end(w, p, true) == 0);
	}
}

const struct fault fault_link = {
	.name = "link",
	.synopsis = "link NODE SEGMENT down|up",
	.help = "pulls the cable of a node's port at the segment's end: the node's interface stays "
		"up and loses its carrier; or puts it back",
	.subject = FAULT_OF_PORT,
	.check = check,
	.inject = inject,
	.heal = heal,
};
