/* The programs of the nodes: started, watched, logged, signalled and stopped by their drivers.
 * Every line that a program prints goes to DIR/logs/NODE.DRIVER.log with the run's time before it
 * (program_log.h).
 */
#ifndef HARNESS_RUN_PROGRAM_H
#define HARNESS_RUN_PROGRAM_H

#include "harness/run/driver.h"
#include "harness/run/program_log.h"

struct program {
	const struct scn_program *scn;
	const struct driver *driver;
	struct world *world;
	struct world_node *node;
	pid_t pid;	  /* in the node; 0: not running */
	bool is_open;	  /* inside the harness: running */
	bool start_again; /* a restart waits for the old process to end */
	bool stopped;	  /* by SIGSTOP */
	const char *version;
	struct program_log *log;
	struct timeline_timer bound; /* of a restart */
	void *own;		     /* of the driver */
};

/* Makes all programs of the scenario and puts their configurations into the nodes. Starts none. */
int program_prepare_all(struct world *w);
/* Reads the version of each: starts each kind once and waits. */
int program_read_versions(struct world *w);
/* Starts what is no director and waits until it answers. */
int program_start_servers(struct world *w);
/* Starts the directors, in the order of their nodes. */
int program_start_directors(struct world *w);
/* SIGTERM to all that run; waits for their end, but not for ever. */
void program_stop_all(struct world *w);
void program_free_all(struct world *w);

/* By the driver's name or `director`. NULL: the node has none. */
struct program *program_of(struct world *w, const struct world_node *node, const char *name);
bool program_is_running(const struct program *p);
int program_start(struct program *p);
/* ESRCH where it does not run. */
int program_signal(struct program *p, int sig);
/* SIGTERM, and a start as soon as it has ended. */
int program_restart(struct program *p);

#endif
