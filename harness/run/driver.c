/* The table of drivers, and who is meant by `director`. Pure. */
#include "harness/run/driver.h"

#include <stdio.h>
#include <string.h>

const struct driver *const driver_table[] = {&driver_vipd, &driver_keepalived, &driver_nginx,
					     &driver_echo, NULL};

static const struct driver *find(const char *name, size_t len)
{
	for (const struct driver *const *d = driver_table; *d; d++)
		if (strlen((*d)->name) == len && memcmp((*d)->name, name, len) == 0)
			return *d;
	return NULL;
}

const struct driver *driver_find(const char *name)
{
	return find(name, strlen(name));
}

const struct driver *driver_director(const char *order, unsigned n)
{
	unsigned n_names = 1;

	for (const char *c = order; *c; c++)
		n_names += *c == '+';
	for (n %= n_names; n; n--)
		order = strchr(order, '+') + 1;
	const struct driver *d = find(order, strcspn(order, "+"));

	return d && d->is_director ? d : NULL;
}
