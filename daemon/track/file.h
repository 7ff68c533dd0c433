/* The number in a tracked file, pure. */
#ifndef DAEMON_TRACK_FILE_H
#define DAEMON_TRACK_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* What a file with this text says: a number, decimal, 0x... or 0..., of 32 bits; blanks before it
 * and anything behind it do not matter; no number at all is 0. False: it does not fit into 32 bits;
 * then the old value stays. */
bool track_file_value(const char *text, size_t len, int *value);

/* What value times weight does to a priority: -254 and less is FAULT (true); *sum is from -253 to
 * 253. Weight 0: any value but 0 is FAULT (reverse: 0 is). */
bool track_file_effect(int value, int weight, bool reverse, int *sum);

#endif
