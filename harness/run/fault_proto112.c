/* proto112: a firewall that eats VRRP. A table of nftables in the node drops protocol 112 on its
 * way in, out or both, as when somebody loads rules that forget it; everything else passes. The
 * frames that a node sends are then missing in the captures, those that it is sent are there. */
#include "harness/run/fault_rows.h"

#include "lib/base/buf.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>

/* Adding it first makes deleting it right whether it was there or not. */
#define CLEAR "add table inet vipdrill\ndelete table inet vipdrill\n"

static bool check(const char *const *args, char *why, size_t why_bytes)
{
	if (args[0] && strcmp(args[0], "accept") == 0 && !args[1])
		return true;
	if (args[0] && strcmp(args[0], "drop") == 0 && args[1] && !args[2] &&
	    (strcmp(args[1], "input") == 0 || strcmp(args[1], "output") == 0 ||
	     strcmp(args[1], "both") == 0))
		return true;
	snprintf(why, why_bytes,
		 "protocol 112 is dropped on 'input', 'output' or 'both', or "
		 "accepted");
	return false;
}

struct rules {
	const char *text;
	char *why;
	size_t why_bytes;
};

static int load_inside(void *ctx)
{
	const struct rules *r = ctx;
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);

	if (!nft)
		return -ENOMEM;
	nft_ctx_buffer_error(nft);
	nft_ctx_buffer_output(nft);
	int err = nft_run_cmd_from_buffer(nft, r->text) ? -EINVAL : 0;

	if (err) {
		const char *text = nft_ctx_get_error_buffer(nft);

		snprintf(r->why, r->why_bytes, "nftables: %.*s", (int)strcspn(text, "\n"), text);
	}
	nft_ctx_free(nft);
	return err;
}

static int load_rules(struct world *w, struct world_node *node, const struct rules *r)
{
	return netns_inside(w->net, node->ns, load_inside, (void *)(uintptr_t)r);
}

static void put_chain(struct buf *text, const char *hook)
{
	buf_printf(
		text,
		"add chain inet vipdrill %s { type filter hook %s priority -300; policy accept; }\n"
		"add rule inet vipdrill %s meta l4proto 112 drop\n",
		hook, hook, hook);
}

static int inject(struct world *w, const struct scn_step *step, char *why, size_t why_bytes)
{
	struct world_node *node = world_node_of(w, step->node);
	bool drop = strcmp(step->args[0], "drop") == 0;
	struct buf text = {0};

	buf_puts(&text, CLEAR);
	if (drop) {
		buf_puts(&text, "add table inet vipdrill\n");
		if (strcmp(step->args[1], "output") != 0)
			put_chain(&text, "input");
		if (strcmp(step->args[1], "input") != 0)
			put_chain(&text, "output");
	}
	struct rules r = {buf_text(&text), why, why_bytes};
	int err = load_rules(w, node, &r);

	if (!err)
		node->proto112 = drop;
	buf_free(&text);
	return err;
}

static void heal(struct world *w)
{
	for (size_t i = 0; i < w->n_nodes; i++) {
		struct world_node *node = &w->nodes[i];
		char what[96], why[160];
		struct rules r = {CLEAR, why, sizeof(why)};

		if (!node->proto112)
			continue;
		snprintf(what, sizeof(what), "proto112 %s", node->name);
		fault_tell_healed(w, what, load_rules(w, node, &r) == 0);
		node->proto112 = false;
	}
}

const struct fault fault_proto112 = {
	.name = "proto112",
	.synopsis = "proto112 NODE drop input|output|both, proto112 NODE accept",
	.help = "a firewall in the node (nftables) that drops VRRP on its way in, out or both; "
		"accept takes it away",
	.subject = FAULT_OF_NODE,
	.needs = SCN_NEED_NFTABLES,
	.check = check,
	.inject = inject,
	.heal = heal,
};
