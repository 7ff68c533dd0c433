/* What the evidence amounts to, in figures: who owned each virtual address when, how each change of
 * owner went, how long each stream was silent. Pure: evidence in, figures out. docs/measuring.md
 * says the same in words, with pictures.
 *
 * Owning is judged from outside, by the adverts that segments carried.
 *
 * Claim. A node claims an address from an advert that names it (priority above 0) until: its own
 * priority 0 advert; or, when it stops, the first advert of another node after its last one; or the
 * end of the run. A node has stopped when its next advert is overdue (more than a tenth of its
 * interval late) and another node advertised meanwhile. So a node that is preempted and falls
 * silent claims nothing after the other's first advert, and a lost advert ends no claim.
 * Owner. At each instant the node whose claim began last.
 * Pause. From the last advert (or the priority 0 advert) to the next one of any node, where that
 * one is overdue or was preceded by priority 0: nobody says that they own the address.
 */
#ifndef HARNESS_JUDGE_METER_H
#define HARNESS_JUDGE_METER_H

#include "harness/judge/evidence.h"
#include "lib/base/mono.h"

#define DOWN_TIMER_ADVERTS 3
/* Two nodes that act as owner for no longer than this hand the address over: a message has to cross
 * and to be acted on. Not two masters. */
#define HANDOVER_NS (1 * NS_PER_MS)

struct claim {
	unsigned node;
	int64_t from_ns, to_ns;
	int64_t last_ns; /* of its last advert */
	bool released;	 /* it ended with a priority 0 advert */
	struct ev_ref first, last;
};

/* Owned by one node for more than 0 ns. */
struct span {
	unsigned node;
	int64_t from_ns, to_ns;
	struct ev_ref ref; /* the owner's first advert in it */
};

struct pause {
	int64_t from_ns, to_ns;
	bool open; /* it lasts until the end of the run */
	struct ev_ref before, after;
};

enum change_kind {
	CHANGE_SILENCE,	  /* the old owner's adverts stopped; the new one waited them out */
	CHANGE_RELEASED,  /* the old owner sent priority 0 */
	CHANGE_PREEMPTED, /* the old owner was there until the new one spoke, then not any more */
	CHANGE_SPLIT	  /* the old owner went on beside the new one for longer than HANDOVER_NS */
};

/* A point of the waterfall; ref.number 0: it did not come, or nothing could show it. */
struct moment {
	int64_t t_ns;
	struct ev_ref ref;
};

struct change {
	unsigned vip;
	unsigned from, to;
	enum change_kind kind;
	int step; /* index into evidence.steps of what caused it; -1: before any */
	struct moment old_last_advert;
	struct moment fault;	   /* the step */
	struct moment last_to_old; /* last packet to the address that reached the old owner */
	struct moment first_advert;
	struct moment first_garp;
	struct moment client_entry; /* of the first client whose entry moved */
	struct moment forwarding;   /* the bridge sends the address's MAC to the new owner */
	struct moment first_reply;  /* first packet from the address that a client got */
	int64_t measured_ns;	    /* old_last_advert -> first_advert */
	/* What the protocol itself needs: 3 x the old owner's interval + the new one's skew; skew
	 * alone after priority 0. Addresses that moved between the same nodes within 100 ms moved
	 * together: what was due last among them is due for all. Of no meaning (-1) for the other
	 * kinds. excess = measured - floor. */
	int64_t floor_ns;
	int64_t excess_ns;
	bool has_floor;
};

/* One virtual address. */
struct ownership {
	unsigned vip;
	bool advertised; /* some advert named it */
	VEC(struct claim) claims;
	VEC(struct span) spans;
	VEC(struct pause) pauses;
};

/* What RFC 6412 calls convergence, for a numbered stream of constant spacing. */
struct silence {
	int64_t first, last; /* probes that were lost in a row */
	int64_t from_ns;     /* when the first of them was sent */
	int64_t length_ns;   /* from there to the sending of the next one that was answered */
	struct ev_ref ref;
};

struct stream_figures {
	const struct scn_traffic *traffic;
	int64_t sent, lost;
	bool whole; /* every probe's end is known */
	/* Loss-derived (RFC 6412, 3.3.3): all lost probes times their spacing. */
	int64_t loss_derived_ns;
	/* Rate-derived (RFC 6412, 3.3.2): from the first lost probe to full rate again, the worst
	 * case; losses less than 10 probes apart are one event. */
	int64_t rate_derived_ns;
	struct silence longest; /* length_ns 0: nothing was lost */
};

struct meter {
	struct arena *arena;
	VEC(struct ownership) vips; /* same order as evidence.vips */
	VEC(struct change) changes; /* in order of time */
	VEC(struct stream_figures) streams;
};

struct meter *meter_new(const struct evidence *ev);
void meter_free(struct meter *m);

/* 3 x interval + skew of priority, by the version's rule (RFC 3768, 6.1; RFC 9568, 6.1). */
int64_t meter_skew_ns(const struct ev_advert *a);
int64_t meter_down_ns(const struct ev_advert *a);
/* The owner at t; EV_NOBODY before the first claim. */
unsigned meter_owner(const struct ownership *o, int64_t t_ns);
const char *change_kind_text(enum change_kind kind);
bool advert_names(const struct ev_advert *a, const struct wire_ip *ip);

#endif
