/* Users and groups of scripts, and keepalived's script security: what root runs must be writable
 * by root only, all the way from "/". The look at the path is taken before each start, so that a
 * program that is made unsafe later is not run any more.
 */
#include "daemon/notify/account.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int account_find(struct account *a, const char *user, const char *group)
{
	const struct passwd *pw;
	const struct group *gr;
	bool colon = group && group[0] == ':';

	if (strlen(user) >= ACCOUNT_NAME_MAX)
		return -ENAMETOOLONG;
	pw = getpwnam(user);
	if (!pw)
		return -ENOENT;
	*a = (struct account){.change = true, .uid = pw->pw_uid, .gid = pw->pw_gid};
	a->supplementary = colon;
	memcpy(a->user, user, strlen(user) + 1);
	if (colon)
		group++;
	if (!group || !*group)
		return 0;
	gr = getgrnam(group);
	if (!gr)
		return -ENOENT;
	a->gid = gr->gr_gid;
	return 0;
}

bool account_become(const struct account *a)
{
	if (!a->change || (geteuid() == a->uid && getegid() == a->gid))
		return true;
	if (a->supplementary ? initgroups(a->user, a->gid) != 0 : setgroups(0, NULL) != 0)
		return false;
	return setgid(a->gid) == 0 && setuid(a->uid) == 0;
}

static bool others_write(const struct stat *st)
{
	if (st->st_uid != 0 && st->st_mode & S_IWUSR)
		return true;
	if (st->st_gid != 0 && st->st_mode & S_IWGRP)
		return true;
	/* in a sticky folder nobody can replace what belongs to root */
	return st->st_mode & S_IWOTH && !(S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX);
}

/* path is absolute; each folder on the way is looked at too. */
static bool is_safe(const char *path)
{
	char part[PATH_MAX];
	struct stat st;

	for (size_t i = 0;; i++) {
		if (i >= sizeof(part))
			return false;
		part[i] = path[i];
		if (path[i] != '/' && path[i] != '\0')
			continue;
		part[i + (i == 0)] = '\0';
		if (stat(part, &st) < 0 || others_write(&st))
			return false;
		if (path[i] == '\0')
			return true;
		part[i] = '/';
	}
}

/* As execvp finds it. */
static bool find_program(const char *name, char out[static PATH_MAX])
{
	const char *path = getenv("PATH");
	char try[PATH_MAX];

	if (strchr(name, '/'))
		return realpath(name, out) != NULL;
	for (path = path ? path : "/bin:/usr/bin"; *path;) {
		size_t len = strcspn(path, ":");
		int n = snprintf(try, sizeof(try), "%.*s/%s", (int)len, path, name);

		if (n < (int)sizeof(try) && access(try, X_OK) == 0)
			return realpath(try, out) != NULL;
		path += len + (path[len] == ':');
	}
	return false;
}

int account_check_program(const struct account *a, const char *program)
{
	uid_t uid = a->change ? a->uid : geteuid();
	gid_t gid = a->change ? a->gid : getegid();
	char path[PATH_MAX];

	if (!find_program(program, path))
		return -ENOENT;
	if (uid != 0 && gid != 0)
		return 0;
	return is_safe(path) ? 0 : -EACCES;
}
