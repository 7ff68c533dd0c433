/* Where things are: the project's root, the programs beside this one.
 */
#ifndef HARNESS_PROJECT_H
#define HARNESS_PROJECT_H

#include "lib/base/arena.h"

#include <stdbool.h>

/* The folder that holds run-tests.sh: above the executable (build/bin/..), else the current one or
 * one above it; where there is none (installed), the current folder. Absolute. */
const char *project_root(struct arena *a);
/* A program that stands beside this one, else in PATH, else in /usr/sbin; absolute; NULL: none. */
const char *project_program(struct arena *a, const char *name);
/* path without the root in front, where it is below it: shorter to read. */
const char *project_short(struct arena *a, const char *path);

#endif
