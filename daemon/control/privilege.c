/* Scheduling, memory and capabilities.
 *
 * SCHED_RESET_ON_FORK keeps scripts out of realtime and gives them nice 0 where ours is lower. The
 * bounding set stays: a notify script of root's must be able to do root's work, as it can under
 * keepalived. Who wants less gives a script_user, or bounds the unit (systemd's
 * CapabilityBoundingSet, as the one that comes with vipd does).
 */
#include "daemon/control/privilege.h"

#include <errno.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void complain(const struct log *log, const char *what, int failed)
{
	if (failed)
		log_warning(log, "%s not set: %s", what, strerror(errno));
}

static void remember(struct privilege *p)
{
	if (p->known)
		return;
	p->known = true;
	p->nice = getpriority(PRIO_PROCESS, 0);
	if (sched_getaffinity(0, sizeof(p->cpus), &p->cpus) < 0)
		CPU_ZERO(&p->cpus);
	prctl(PR_GET_NAME, p->name);
}

static void set_realtime(const struct conf_task *t, const struct log *log)
{
	struct sched_param param = {.sched_priority = t->rt_priority};
	struct rlimit limit = {.rlim_cur = (rlim_t)t->rttime_us, .rlim_max = RLIM_INFINITY};
	int policy = t->rt_priority ? SCHED_RR | SCHED_RESET_ON_FORK : SCHED_OTHER;
	struct rlimit was;

	/* the hard limit stays: only root may raise it again */
	if (getrlimit(RLIMIT_RTTIME, &was) == 0)
		limit.rlim_max = was.rlim_max;
	if (!t->rt_priority || limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	complain(log, "Realtime CPU limit", setrlimit(RLIMIT_RTTIME, &limit) < 0);
	complain(log, "Realtime priority", sched_setscheduler(0, policy, &param) < 0);
}

void privilege_apply(struct privilege *p, const struct conf_task *t, const struct conf_task *old,
		     const struct log *log)
{
	static const struct conf_task none;

	remember(p);
	if (!old)
		old = &none;
	if (t->name || old->name)
		complain(log, "Process name", prctl(PR_SET_NAME, t->name ? t->name : p->name) < 0);
	if (t->nice_set || old->nice_set)
		complain(log, "Priority",
			 setpriority(PRIO_PROCESS, 0, t->nice_set ? t->nice : p->nice) < 0);
	if (t->rt_priority || old->rt_priority)
		set_realtime(t, log);
	if (CPU_COUNT(&t->cpus) || CPU_COUNT(&old->cpus))
		complain(log, "CPU affinity",
			 sched_setaffinity(0, sizeof(p->cpus),
					   CPU_COUNT(&t->cpus) ? &t->cpus : &p->cpus) < 0);
	if (t->no_swap)
		complain(log, "Locked memory", mlockall(MCL_CURRENT | MCL_FUTURE) < 0);
	else if (old->no_swap)
		munlockall();
}

int privilege_core_dump(void)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	return setrlimit(RLIMIT_CORE, &limit) < 0 ? -errno : 0;
}

int privilege_drop(const struct conf_task *t)
{
	static const cap_value_t kept[] = {
		CAP_NET_ADMIN,			/* addresses, links, routes, IPVS */
		CAP_NET_RAW,			/* adverts, gratuitous ARP */
		CAP_NET_BIND_SERVICE,		/* checks from low ports */
		CAP_SETUID,			/* scripts as other users, */
		CAP_SETGID,	      CAP_KILL, /* ... and ending them */
		CAP_DAC_READ_SEARCH,		/* a reload reads what the start could read */
	};
	static const cap_value_t sched[] = {CAP_SYS_NICE, CAP_SYS_RESOURCE};
	static const cap_value_t lock[] = {CAP_IPC_LOCK};
	cap_t now = cap_get_proc(), want = cap_init();
	cap_flag_value_t has;
	int err = now && want ? 0 : -ENOMEM;
	const struct {
		const cap_value_t *at;
		size_t n;
		bool wanted;
	} sets[] = {{kept, sizeof(kept) / sizeof(kept[0]), true},
		    {sched, 2, t->rt_priority || t->nice_set},
		    {lock, 1, t->no_swap}};

	for (size_t s = 0; s < 3 && !err; s++)
		for (size_t i = 0; i < sets[s].n && sets[s].wanted; i++)
			if (cap_get_flag(now, sets[s].at[i], CAP_PERMITTED, &has) == 0 &&
			    has == CAP_SET &&
			    (cap_set_flag(want, CAP_PERMITTED, 1, &sets[s].at[i], CAP_SET) < 0 ||
			     cap_set_flag(want, CAP_EFFECTIVE, 1, &sets[s].at[i], CAP_SET) < 0))
				err = -errno;
	if (!err && cap_set_proc(want) < 0)
		err = -errno;
	cap_free(now);
	cap_free(want);
	return err;
}
