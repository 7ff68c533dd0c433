/* Whose adverts an instance takes: rules about unicast peers, address owners and old checksums.
 * Part of finish_vrrp.c's work, in keepalived's order.
 */
#include "daemon/conf/draft.h"

#define PRIORITY_OWNER 255

static void finish_peers(const struct draft *d, const struct draft_instance *from,
			 struct conf_report *r)
{
	struct conf_instance *i = from->out;
	const struct draft_value *fault = &from->unicast_fault_no_peer;

	i->check_unicast_src =
		draft_on(&from->check_unicast_src) || draft_on(&d->global.check_unicast_src);
	for (const struct conf_unicast_peer *p = i->peers; p; p = p->next)
		if (p->min_ttl > 0 || p->max_ttl < 255)
			i->check_unicast_src = true;
	if (!i->peers)
		i->check_unicast_src = false;
	i->fault_no_peer = draft_on(fault) && from->unicast.set && !i->peers;
	if (!i->peers && !from->unicast.set && draft_on(fault))
		conf_warning(r, fault->at, "unicast_fault_no_peer without unicast: no effect");
	if (!i->peers && draft_on(&from->check_unicast_src))
		conf_warning(r, from->check_unicast_src.at,
			     "check_unicast_src without unicast_peer: it is ignored");
}

static void finish_owner(const struct draft *d, const struct draft_instance *from, bool strict,
			 struct conf_report *r)
{
	struct conf_instance *i = from->out;
	const struct draft_value *own = &from->owner_ignore_adverts;

	if (i->priority != PRIORITY_OWNER) {
		i->owner_ignore_adverts = false;
		if (draft_on(own))
			conf_warning(r, own->at,
				     "owner_ignore_adverts does not go with priority %u: it is "
				     "ignored",
				     i->priority);
		return;
	}
	i->owner_ignore_adverts =
		strict || draft_or(own, draft_on(&d->global.owner_ignore_adverts));
	if (strict && own->set && !own->v)
		conf_warning(r, own->at,
			     "strict mode: an address owner ignores adverts: true is used");
}

void draft_finish_cast(const struct draft *d, const struct draft_instance *from, bool strict,
		       struct conf_report *r)
{
	struct conf_instance *i = from->out;

	finish_peers(d, from, r);
	finish_owner(d, from, strict, r);
	i->old_checksum = CONF_OLD_SUM_DETECT;
	if (from->old_checksum.set)
		i->old_checksum = (enum conf_old_checksum)from->old_checksum.v;
	if (from->old_checksum.set &&
	    (!i->peers || i->version != 3 || i->family != AF_INET || i->v3_checksum_as_v2)) {
		conf_warning(r, from->old_checksum.at,
			     "old_unicast_checksum is for unicast of version 3 over IPv4: it is "
			     "ignored");
		i->old_checksum = CONF_OLD_SUM_DETECT;
	}
}

void *kw_store_old_checksum(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	enum conf_old_checksum v = CONF_OLD_SUM_ALWAYS;
	int at = 1;

	while (at < s->n_words)
		if (kw_option(b, kw_words_old_checksum, s, &at, "old_unicast_checksum"))
			v = CONF_OLD_SUM_NEVER;
	i->old_checksum = (struct draft_value){.set = true, .v = v, .at = s->word[0].pos};
	return NULL;
}

const struct kw_word kw_words_old_checksum[] = {
	KW_WORD("never", "", "disable autodetection of old checksums", 0),
	KW_END,
};

void draft_print_cast(const struct conf_instance *i, struct buf *out)
{
	if (i->fault_no_peer)
		buf_puts(out, "\tunicast_peer {\n\t}\n\tunicast_fault_no_peer\n");
	if (i->check_unicast_src)
		buf_puts(out, "\tcheck_unicast_src\n");
	if (i->old_checksum == CONF_OLD_SUM_ALWAYS)
		buf_puts(out, "\told_unicast_checksum\n");
	if (i->old_checksum == CONF_OLD_SUM_NEVER)
		buf_puts(out, "\told_unicast_checksum never\n");
	if (i->priority == PRIORITY_OWNER)
		buf_printf(out, "\towner_ignore_adverts %s\n",
			   i->owner_ignore_adverts ? "true" : "false");
}
