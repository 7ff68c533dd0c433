/* no_accept carried out: hands firewall.c's text to libnftables. The table is made when the first
 * address needs it and removed at the end; where nftables refuses, that is said, and the addresses
 * are served all the same: answering too much is better than not being there.
 */
#include "daemon/vrrp/run_state.h"

#include "daemon/vrrp/firewall.h"

#include <nftables/libnftables.h>
#include <string.h>

/* log NULL: quietly. */
static bool tell(const struct log *log, const struct buf *text)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);

	must(nft != NULL);
	nft_ctx_buffer_error(nft);
	nft_ctx_buffer_output(nft);
	bool good = nft_run_cmd_from_buffer(nft, buf_text(text)) == 0;
	const char *error = nft_ctx_get_error_buffer(nft);

	if (!good && log)
		log_error(log, "no_accept: nftables refuses: %.*s", (int)strcspn(error, "\n"),
			  error);
	nft_ctx_free(nft);
	return good;
}

void run_firewall_set(struct vrrp_run *run, const struct unit *u, bool wanted)
{
	const struct conf_nft *conf = &run->t.conf->global.nft;
	struct buf text = {0};

	if (u->conf->accept || (!wanted && !run->firewall))
		return;
	if (!run->firewall)
		firewall_text_table(conf, &text);
	firewall_text_vips(conf, u->conf, wanted, &text);
	if (text.len && tell(run->log, &text))
		run->firewall = true;
	buf_free(&text);
}

void run_firewall_close(struct vrrp_run *run, const struct vipd_conf *conf)
{
	struct buf text = {0};

	if (!run->firewall)
		return;
	firewall_text_remove(&conf->global.nft, &text);
	tell(run->log, &text);
	run->firewall = false;
	buf_free(&text);
}

/* One transaction: no packet meets half of the rules. */
void run_firewall_reload(struct vrrp_run *run, const struct vipd_conf *before)
{
	const struct conf_nft *conf = &run->t.conf->global.nft;
	struct buf text = {0};
	bool any = false;

	if (run->firewall)
		firewall_text_remove(&before->global.nft, &text);
	for (size_t i = 0; i < run->t.n_units; i++) {
		const struct unit *u = &run->t.units[i];

		if (!u->vips || u->conf->accept)
			continue;
		if (!any)
			firewall_text_table(conf, &text);
		any = true;
		firewall_text_vips(conf, u->conf, true, &text);
	}
	if (text.len && tell(run->log, &text))
		run->firewall = any;
	buf_free(&text);
}

void run_firewall_forget(struct vrrp_run *run)
{
	struct buf text = {0};

	firewall_text_remove(&run->t.conf->global.nft, &text);
	tell(NULL, &text);
	buf_free(&text);
}
