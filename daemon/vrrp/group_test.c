/* Sync groups, exhaustively: every combination of three members' states and wishes is judged, and
 * from each of them every event leads, in a bounded number of steps, to a group at rest that keeps
 * the promises of group.h. What it does in detail stands in the transcripts (core_test.c).
 */
#include "daemon/vrrp/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define N 3

static const struct conf_sync_group group = {.name = "g", .n_members = N};

struct fixture {
	struct conf_instance conf[N];
	struct vrrp_router router[N];
	struct vrrp_router *members[N];
	unsigned performed;
	bool vips[N];
};

/* Member i: state i % 4, wish and own failure by the next two digits. False: cannot be. */
static bool set_member(struct fixture *f, unsigned i, unsigned code)
{
	struct vrrp_router *r = &f->router[i];

	f->conf[i] = (struct conf_instance){.version = 3,
					    .vrid = (uint8_t)(i + 1),
					    .priority = (uint8_t)(100 + i),
					    .advert_ns = NS_PER_S,
					    .down_timer_adverts = 3,
					    .garp_repeat = 1,
					    .garp_lower_prio_repeat = 1,
					    .group = &group};
	vrrp_router_init(r, &f->conf[i]);
	f->members[i] = r;
	r->primary.family = AF_INET;
	r->state = (enum vrrp_state)(code % 4);
	r->wants_master = code / 4 % 2;
	r->faulted = code / 8;
	f->vips[i] = r->state == VRRP_MASTER;
	if (r->state == VRRP_BACKUP)
		r->down_at = (mono_t){5 * NS_PER_S};
	if (r->state == VRRP_MASTER)
		r->advert_at = (mono_t){5 * NS_PER_S};
	return (!r->wants_master || r->state == VRRP_BACKUP) &&
	       (!r->faulted || r->state == VRRP_FAULT);
}

static bool set(struct fixture *f, unsigned code)
{
	bool possible = true;

	memset(f, 0, sizeof(*f));
	for (unsigned i = 0; i < N; i++, code /= 16)
		possible &= set_member(f, i, code % 16);
	return possible;
}

static unsigned in_state(const struct fixture *f, enum vrrp_state s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < N; i++)
		n += f->router[i].state == s;
	return n;
}

static void perform(void *ctx, struct vrrp_router *r, const struct vrrp_actions *actions)
{
	struct fixture *f = ctx;
	size_t who = (size_t)(r - f->router);

	assert_true(who < N);
	f->performed++;
	for (unsigned i = 0; i < actions->n; i++) {
		if (actions->at[i].kind == VRRP_ACT_ADD_VIPS)
			f->vips[who] = true;
		if (actions->at[i].kind == VRRP_ACT_DEL_VIPS)
			f->vips[who] = false;
	}
}

static void check_rest(const struct fixture *f)
{
	const struct vrrp_router *const *m = (const struct vrrp_router *const *)f->members;
	unsigned masters = in_state(f, VRRP_MASTER), faulted = 0;
	enum vrrp_state to;

	assert_false(vrrp_group_decide(m, N, &to));
	for (unsigned i = 0; i < N; i++) {
		faulted += f->router[i].faulted;
		assert_int_equal(f->vips[i], f->router[i].state == VRRP_MASTER);
	}
	if (masters)
		assert_int_equal(masters + in_state(f, VRRP_INIT), N);
	if (faulted)
		assert_int_equal(in_state(f, VRRP_FAULT) + in_state(f, VRRP_INIT), N);
	else
		assert_int_equal(in_state(f, VRRP_FAULT), 0);
	for (int s = VRRP_BACKUP; s <= VRRP_FAULT; s++)
		assert_int_equal(vrrp_group_state(m, N) == (enum vrrp_state)s,
				 in_state(f, (enum vrrp_state)s) == N);
}

static void test_every_combination(void **state)
{
	static const enum vrrp_event_kind kinds[] = {VRRP_EV_STOP,    VRRP_EV_ADVERT,
						     VRRP_EV_TIMEOUT, VRRP_EV_FAULT,
						     VRRP_EV_RECOVER, VRRP_EV_ANNOUNCE};
	static const uint8_t priorities[] = {0, 50, 200};
	unsigned cases = 0;

	(void)state;
	for (unsigned code = 0; code < 16 * 16 * 16; code++) {
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]) * N; k++) {
			struct vrrp_event e = {.kind = kinds[k / N], .now = {9 * NS_PER_S}};
			struct fixture f;

			if (!set(&f, code))
				break;
			if (e.kind == VRRP_EV_ADVERT) {
				e.advert.priority = priorities[k % N];
				e.advert.interval_ns = NS_PER_S;
				e.advert.src.family = AF_INET;
			}
			if (e.kind == VRRP_EV_RECOVER)
				e.primary.family = AF_INET;
			vrrp_group_step(f.members, N, (unsigned)k % N, &e, perform, &f);
			assert_true(f.performed <= 4 * N);
			check_rest(&f);
			cases++;
		}
	}
	assert_int_equal(cases, 6 * 6 * 6 * 18);
}

/* A router without a group is a group of one that gives no orders. */
static void test_lone(void **state)
{
	const struct vrrp_router *m[1];
	struct conf_instance conf = {
		.version = 3, .priority = 100, .advert_ns = NS_PER_S, .down_timer_adverts = 3};
	struct vrrp_router r;
	enum vrrp_state to;

	(void)state;
	vrrp_router_init(&r, &conf);
	m[0] = &r;
	for (int s = VRRP_INIT; s <= VRRP_FAULT; s++) {
		r.state = (enum vrrp_state)s;
		assert_false(vrrp_group_decide(m, 1, &to));
		assert_int_equal(vrrp_group_state(m, 1), s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_combination),
		cmocka_unit_test(test_lone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
