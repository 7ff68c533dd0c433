/* What the checks share: their table, findings, texts. Pure. */
#include "harness/judge/check.h"

#include "lib/base/mono.h"

#include <stdio.h>

static const struct {
	const char *name;
	check_fn *run;
	bool captures;
} kinds[] = {
	[SCN_CHECK_OWNER] = {"owner", check_owner, true},
	[SCN_CHECK_FAILOVER] = {"failover", check_failover, true},
	[SCN_CHECK_TWO_MASTERS] = {"two-masters", check_two_masters, true},
	[SCN_CHECK_NO_MASTER] = {"no-master", check_no_master, true},
	[SCN_CHECK_ANNOUNCED] = {"announced", check_announced, true},
	[SCN_CHECK_CLIENT_ENTRY] = {"client-entry", check_client_entry, false},
	[SCN_CHECK_SESSIONS] = {"sessions", check_sessions, false},
	[SCN_CHECK_STREAM] = {"stream", check_stream, false},
	[SCN_CHECK_IPVS] = {"ipvs", check_ipvs, false},
	[SCN_CHECK_TRANSITIONS] = {"transitions", check_transitions, true},
	[SCN_CHECK_QUIET] = {"quiet", check_quiet, true},
};

const char *check_kind_name(enum scn_check_kind kind)
{
	return kinds[kind].name;
}

bool check_needs_captures(enum scn_check_kind kind)
{
	return kinds[kind].captures;
}

void check_run(const struct evidence *ev, const struct meter *m, const struct scn_check *check,
	       struct finding *f)
{
	struct check_input in = {
		.ev = ev,
		.m = m,
		.check = check,
		.from_ns = check->from_ns,
		.to_ns = check->to_ns < 0 || check->to_ns > ev->end_ns ? ev->end_ns : check->to_ns,
	};

	f->text = "";
	kinds[check->kind].run(&in, f);
}

void finding_set(struct finding *f, enum judge_result result, const char *fmt, ...)
{
	struct buf text = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	f->result = result;
	f->text = arena_strdup(f->arena, buf_text(&text));
	buf_free(&text);
}

void finding_ref(struct finding *f, struct ev_ref ref)
{
	if (ref.number == 0 || f->n_refs == EV_REFS_MAX)
		return;
	for (unsigned i = 0; i < f->n_refs; i++)
		if (f->refs[i].file == ref.file && f->refs[i].number == ref.number)
			return;
	f->refs[f->n_refs++] = ref;
}

const char *ns_text(struct arena *a, int64_t ns)
{
	static const struct {
		uint64_t ns;
		int digits;
		const char *name;
	} units[] = {{NS_PER_S, 6, "s"}, {NS_PER_MS, 3, "ms"}, {NS_PER_US, 3, "us"}, {1, 0, "ns"}};
	uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	unsigned u = 0;

	if (size == 0)
		return "0s";
	if (size >= NS_PER_MS)
		size = (size + NS_PER_US / 2) / NS_PER_US * NS_PER_US;
	while (size < units[u].ns)
		u++;
	char *s = arena_printf(a, "%s%llu.%09llu", ns < 0 ? "-" : "",
			       (unsigned long long)(size / units[u].ns),
			       (unsigned long long)(size % units[u].ns * (NS_PER_S / units[u].ns)));
	size_t n = strlen(s) - (size_t)(9 - units[u].digits);

	while (n && s[n - 1] == '0')
		n--;
	s[s[n - 1] == '.' ? n - 1 : n] = '\0';
	return arena_printf(a, "%s%s", s, units[u].name);
}

const char *ip_text(struct arena *a, const struct wire_ip *ip)
{
	char out[INET6_ADDRSTRLEN];

	return arena_strdup(a, wire_ip_text(ip, out));
}

bool check_about(const struct check_input *in, unsigned vip)
{
	struct wire_ip ip = evidence_ip(&in->check->ip);

	if (in->check->ip.family)
		return wire_ip_equal(&ip, &in->ev->vips.at[vip]);
	return in->m->vips.at[vip].advertised;
}

unsigned check_node(const struct check_input *in, const struct scn_node *node)
{
	return node ? evidence_node(in->ev, node->name) : EV_NOBODY;
}

bool in_window(const struct check_input *in, int64_t t_ns)
{
	return t_ns >= in->from_ns && t_ns < in->to_ns;
}
