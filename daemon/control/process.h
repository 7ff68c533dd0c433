/* What makes a program a daemon: detaching from the terminal, the pid file with its lock, the
 * network namespace.
 */
#ifndef DAEMON_CONTROL_PROCESS_H
#define DAEMON_CONTROL_PROCESS_H

/* Forks: the parent waits until the child says how its start went (process_ready) and exits with
 * that code; the child returns here, in a session of its own, at the root directory, with a
 * descriptor for process_ready. stdin, stdout and stderr stay until then. -errno if fork failed. */
int process_detach(void);
/* Tells the waiting parent its exit code; on 0 stdin, stdout and stderr go to /dev/null. fd -1:
 * there is no parent, nothing happens. */
void process_ready(int fd, int exit_code);

/* Writes our pid into a file (0644) and locks it for as long as the process lives. The descriptor;
 * -EEXIST: another process holds it; or another -errno. */
int process_pid_take(const char *path);
/* Removes the file and unlocks it. */
void process_pid_release(int fd, const char *path);
/* Writes our pid into a further file, without a lock. 0 or -errno. */
int process_pid_copy(const char *path);

/* Tells systemd (sd_notify(3): "READY=1", "STOPPING=1") where it has asked to be told. */
void process_notify(const char *state);

/* Moves this process into the network namespace that `ip netns` calls name. 0 or -errno. */
int process_enter_namespace(const char *name);

#endif
