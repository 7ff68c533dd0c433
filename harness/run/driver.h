/* What the harness has to know of a program to run it in a node: where its configuration goes, its
 * command line, and how to tell that it is ready. One file and one row for each (driver_*.c).
 */
#ifndef HARNESS_RUN_DRIVER_H
#define HARNESS_RUN_DRIVER_H

#include "harness/run/world.h"

#include <stdbool.h>

#define DRIVER_ARGV_MAX 48

struct program;

struct driver {
	const char *name;
	const char *synopsis;	/* "nginx FILE" */
	const char *help;	/* one line */
	bool is_director;	/* may stand for `director`; started at t = 0 */
	bool is_ready_with_tcp; /* ready when its node listens on a TCP port */
	int reload_signal;	/* 0: cannot */
	/* Where the node's copy of the configuration goes; NULL: none is taken. In /run, because it
	 * is the node's own everywhere: below /etc a folder that belongs to the machine's root
	 * cannot be written inside an ordinary user's namespaces. */
	const char *config_path;
	/* The program's path or name. */
	const char *(*binary)(const struct run_order *order);
	const char *const *options;	    /* behind the name, before the scenario's; ends with
					       NULL */
	const char *const *version_options; /* prints its version in the first line of output */
	/* Puts into the node what else the program wants to find; NULL: nothing. 0 or -errno. */
	int (*prepare)(struct world *w, struct program *p);
	/* For what runs inside the harness itself; then binary is NULL. */
	int (*open)(struct world *w, struct program *p);
	void (*close)(struct world *w, struct program *p);
};

extern const struct driver driver_vipd;
extern const struct driver driver_keepalived;
extern const struct driver driver_nginx;
extern const struct driver driver_echo;

extern const struct driver *const driver_table[]; /* ends with NULL */

/* NULL: there is no such driver. */
const struct driver *driver_find(const char *name);
/* Which driver stands for `director` in the n-th node (from 0) that has one: the names in order
 * ("vipd+keepalived") take turns. NULL: order names none. */
const struct driver *driver_director(const char *order, unsigned n);

#endif
