/* netem at the root of an interface's egress: delay, loss, duplicates, corruption, reordering.
 *
 * Times go as TCA_NETEM_LATENCY64 and JITTER64 (nanoseconds), not as the older ticks, whose length
 * must be read from /proc and rounds. Probabilities are 32 bits of one: ppm are rounded to them.
 */
#include "lib/base/must.h"
#include "lib/nl/internal.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <netlink/attr.h>

#define NETEM_LIMIT_DEFAULT 10000u
#define PPM		    1000000u

static uint32_t probability(uint32_t ppm)
{
	return ppm >= PPM ? UINT32_MAX : (uint32_t)(((uint64_t)ppm * UINT32_MAX + PPM / 2) / PPM);
}

static struct nl_msg *qdisc_message(int type, int flags, int ifindex)
{
	struct tcmsg tc = {
		.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex, .tcm_parent = TC_H_ROOT};

	return nl_request_new(type, flags, &tc, sizeof(tc));
}

static struct nl_msg *netem_message(int ifindex, const struct nl_netem *netem)
{
	struct tc_netem_qopt qopt = {
		.limit = netem->limit_packets ? netem->limit_packets : NETEM_LIMIT_DEFAULT,
		.loss = probability(netem->loss_ppm),
		.duplicate = probability(netem->duplicate_ppm),
		.gap = netem->reorder_ppm ? 1 : 0,
	};
	struct tc_netem_reorder reorder = {.probability = probability(netem->reorder_ppm)};
	struct tc_netem_corrupt corrupt = {.probability = probability(netem->corrupt_ppm)};
	int64_t latency_ns = netem->delay_us * 1000;
	int64_t jitter_ns = netem->jitter_us * 1000;
	struct nl_msg *msg = qdisc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex);

	nl_request_text(msg, TCA_KIND, "netem");
	struct nlattr *options = nl_request_nest(msg, TCA_OPTIONS);

	/* netem's options are a struct, with attributes behind it. */
	must(nlmsg_append(msg, &qopt, sizeof(qopt), NLMSG_ALIGNTO) == 0);
	nl_request_put(msg, TCA_NETEM_REORDER, &reorder, sizeof(reorder));
	nl_request_put(msg, TCA_NETEM_CORRUPT, &corrupt, sizeof(corrupt));
	nl_request_put(msg, TCA_NETEM_LATENCY64, &latency_ns, sizeof(latency_ns));
	nl_request_put(msg, TCA_NETEM_JITTER64, &jitter_ns, sizeof(jitter_ns));
	nla_nest_end(msg, options);
	return msg;
}

int nl_netem_set(struct nl *nl, int ifindex, const struct nl_netem *netem)
{
	/* Reordering means: some packets overtake those that wait. Nothing waits without a delay.
	 */
	if (netem->delay_us < 0 || netem->jitter_us < 0 || (netem->reorder_ppm && !netem->delay_us))
		return -EINVAL;
	return nl_request_do(nl, netem_message(ifindex, netem));
}

int nl_qdisc_clear(struct nl *nl, int ifindex)
{
	int err = nl_request_do(nl, qdisc_message(RTM_DELQDISC, 0, ifindex));

	/* ENOENT: only the qdisc that every interface has by itself is there. */
	return err == -ENOENT ? 0 : err;
}
