/* Matching and counting processes. What the kernel calls a process (comm) is cut to 15 bytes; so is
 * the configured name when it is compared with one.
 */
#include "daemon/track/process.h"

#include <string.h>

void track_process_init(struct track_process *p, const struct conf_tracked_process *conf)
{
	*p = (struct track_process){.conf = conf, .settle_at = MONO_NEVER};
}

/* Compares the words behind the first; rest is what is left of the command line. */
static bool params_match(const struct conf_tracked_process *conf, const char *rest, size_t n)
{
	for (char **w = conf->argv + 1; *w; w++) {
		size_t len = strlen(*w);
		bool beginning = conf->match == CONF_PARAM_INITIAL && !w[1];

		if (beginning)
			return n >= len && memcmp(rest, *w, len) == 0;
		if (n < len + 1 || memcmp(rest, *w, len + 1) != 0)
			return false;
		rest += len + 1;
		n -= len + 1;
	}
	return conf->match == CONF_PARAM_PARTIAL || n == 0;
}

bool track_process_matches(const struct conf_tracked_process *conf, const char *comm,
			   const char *cmdline, size_t n)
{
	const char *name = conf->argv[0];
	size_t len = strlen(name);

	if (!conf->full_command)
		return strncmp(comm, name, TRACK_COMM_BYTES - 1) == 0;
	if (n < len + 1 || memcmp(cmdline, name, len + 1) != 0)
		return false;
	if (conf->match == CONF_PARAM_NONE)
		return true;
	return params_match(conf, cmdline + len + 1, n - len - 1);
}

bool track_process_counted(struct track_process *p, unsigned count, mono_t now)
{
	bool enough = count >= p->conf->quorum && count <= p->conf->quorum_max;
	bool grew = count > p->count;
	int64_t delay_ns = grew ? p->conf->fork_delay_ns : p->conf->terminate_delay_ns;

	p->count = count;
	if (!p->known) {
		p->known = true;
		p->good = enough;
		return true;
	}
	if (enough == p->good) {
		p->settle_at = MONO_NEVER;
		return false;
	}
	if (mono_is_never(p->settle_at))
		p->settle_at = mono_add(now, delay_ns);
	return track_process_tick(p, now);
}

bool track_process_tick(struct track_process *p, mono_t now)
{
	if (mono_is_never(p->settle_at) || mono_before(now, p->settle_at))
		return false;
	p->settle_at = MONO_NEVER;
	p->good = !p->good;
	return true;
}
