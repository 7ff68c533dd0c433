/* The lab's parts: its kernel, its guests and what they leave. For the lab ground and the doctor.
 */
#ifndef HARNESS_LAB_H
#define HARNESS_LAB_H

#include "harness/watch.h"
#include "lib/base/buf.h"

#include <limits.h>

/* ---- the kernel (lab_kernel.c) ------------------------------------------------------------- */

struct lab_kernel {
	char path[PATH_MAX];
};

/* The built kernel: $VIPDRILL_KERNEL, or what netns/kernel/build says. False: there is none, and
 * *why (static) says so. */
bool lab_kernel_find(struct lab_kernel *kernel, const char **why);
/* True where it was built with the option ("CONFIG_IP_VS"). */
bool lab_kernel_has(const struct lab_kernel *kernel, const char *option);
/* "6.12.117"; "?" where it does not say. */
void lab_kernel_release(const struct lab_kernel *kernel, char *text, size_t bytes);

/* ---- a guest's folder on this machine (lab_state.c) ---------------------------------------- */

struct lab_state {
	char dir[PATH_MAX]; /* locked by this process; uml_dir of the guest */
	int lock_fd;
};

int lab_state_add(struct lab_state *state);
void lab_state_remove(struct lab_state *state);
/* Removes folders whose owner has died; -errno, or how many. */
int lab_state_sweep(void (*log)(void *ctx, const char *line), void *ctx);

/* ---- a guest (lab_guest.c) ----------------------------------------------------------------- */

struct lab_guest {
	const char *init;    /* absolute path of the program that is pid 1 */
	const char *task;    /* what it is to do: "run", "probe"; its VIPDRILL_GUEST */
	const char *out_dir; /* absolute: its one writable place; NULL: none */
	const char *seed;    /* up to 32 bytes */
	bool virtual_time;
	int64_t watchdog_ms;
	void (*progress)(void *ctx, const struct ground_progress *p);
	void *progress_ctx;
	struct buf *console; /* what its kernel and its programs print by the way; NULL: dropped */
};

/* Boots it and waits for its end. */
enum ground_result lab_guest_run(const struct lab_guest *guest, char *why, size_t why_bytes);

/* Asks a guest's kernel, over the socket in its uml_dir, which process runs now: true, and "comm"
 * and pid in the guest. Works while that process spins. */
bool lab_guest_running_process(const char *mconsole_path, char *comm, size_t comm_bytes, int *pid);

#endif
