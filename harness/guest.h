/* Inside the lab's guest. For pid 1, and for tests that are pid 1 themselves.
 */
#ifndef HARNESS_GUEST_H
#define HARNESS_GUEST_H

#include <stddef.h>

#define GUEST_OUT      "/run/vipdrill/out"	/* where the run's folder is, in the guest */
#define GUEST_PROGRAMS "/run/vipdrill/programs" /* the systems under test */

/* Mounts what a Linux system has, private folders where programs write, and the run's folder. keep
 * (ends with NULL; NULL members before the end are not allowed) are files that must stay where they
 * are although a private folder covers them. 0, or -errno with a line in why. */
int guest_prepare(const char *const *keep, char *why, size_t why_bytes);
/* Tells the harness how it ended and switches the guest off. */
_Noreturn void guest_end(int err, const char *why);
/* The run's folder as this machine, outside, names it; "" where there is none. */
void guest_out_dir(char *path, size_t bytes);

#endif
