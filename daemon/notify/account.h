/* As whom scripts run, and whether that is safe.
 */
#ifndef DAEMON_NOTIFY_ACCOUNT_H
#define DAEMON_NOTIFY_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#define ACCOUNT_NAME_MAX 64

struct account {
	bool change; /* false: as we */
	uid_t uid;
	gid_t gid;
	char user[ACCOUNT_NAME_MAX];
	bool supplementary; /* with the user's other groups: ":GROUP", or ":" */
};

/* Looks up a user and a group (NULL: the user's own). 0; -ENOENT: there is no such user or group;
 * -ENAMETOOLONG. */
int account_find(struct account *a, const char *user, const char *group);
/* Becomes that user, for good. For a child before exec. */
bool account_become(const struct account *a);
/* Whether somebody other than root could change what would be run: the program, or a folder on the
 * way to it, belongs to another user or may be written by others. program: as execvp takes it. 0:
 * safe, or not run as root; -EACCES: not safe; -ENOENT: there is no such program. */
int account_check_program(const struct account *a, const char *program);

#endif
