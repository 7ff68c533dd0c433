/* The ledger of a stream. Outcomes are decided strictly in order of the numbers, so a run is never
 * told before everything in front of it is known, and the lines of the history are in order. */
#include "harness/run/ledger.h"

#include "lib/base/must.h"

uint64_t ledger_sent(struct ledger *l)
{
	vec_push(&l->outcome);
	return l->outcome.n - 1;
}

static void decide(struct ledger *l, int server)
{
	uint64_t n = l->cursor++;

	if (l->open && l->run.server == server) {
		l->run.last = n;
		return;
	}
	if (l->open)
		l->tell(l->ctx, &l->run);
	l->open = true;
	l->run = (struct ledger_run){n, n, server};
}

static void advance(struct ledger *l)
{
	while (l->cursor < l->outcome.n && l->outcome.at[l->cursor])
		decide(l, l->outcome.at[l->cursor] - 1);
}

void ledger_answered(struct ledger *l, uint64_t n, int server)
{
	must(server >= 0 && server < UINT16_MAX - 1);
	if (n < l->cursor || n >= l->outcome.n || l->outcome.at[n])
		return;
	l->outcome.at[n] = (uint16_t)(server + 1);
	advance(l);
}

void ledger_expire(struct ledger *l, uint64_t n)
{
	while (l->cursor < n && l->cursor < l->outcome.n) {
		if (!l->outcome.at[l->cursor])
			decide(l, -1);
		advance(l);
	}
}

bool ledger_is_settled(const struct ledger *l)
{
	return l->cursor == l->outcome.n;
}

void ledger_close(struct ledger *l)
{
	ledger_expire(l, l->outcome.n);
	if (l->open)
		l->tell(l->ctx, &l->run);
	l->open = false;
	vec_free(&l->outcome);
}
