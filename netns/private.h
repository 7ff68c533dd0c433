/* A process's own view of the file system: everything read-only, except memory file systems where
 * programs write. Used by the agents of nodes, and by the lab's guest for itself.
 *
 * Works in the calling process's mount namespace, which must be its own.
 */
#ifndef NETNS_PRIVATE_H
#define NETNS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

/* True where a path lies below one of the folders that private_mount covers. */
bool private_covers(const char *path);

/* A file or folder, taken out of the tree so that it can be put at the same path again when a mount
 * covers it, also in another mount namespace: a file descriptor, or -errno. */
int private_take(const char *path);
/* Puts it at path, making the folders above it. 0 or -errno; the descriptor stays the caller's. */
int private_put(int tree_fd, const char *path);

/* Makes / read-only (for this namespace), mounts a tmpfs over /run, /tmp, /var/log, /var/tmp,
 * /var/lib and /dev/shm where they are, and a writable layer over /etc. where holds which step
 * failed. 0 or -errno. */
int private_mount(const char **where);
/* Fresh /proc and /sys for the namespaces of the caller. Where the machine does not permit it (a
 * container that hides parts of them) the old ones stay. */
int private_mount_kernel(const char **where);

/* mkdir -p for the folders above path. 0 or -errno. */
int private_make_parents(const char *path);

#endif
