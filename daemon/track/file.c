/* Reading one number of a text, and what it does to a priority. */
#include "daemon/track/file.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX   128
#define EFFECT_MAX 253

bool track_file_value(const char *text, size_t len, int *value)
{
	char copy[TEXT_MAX + 1];
	char *end;

	len = len > TEXT_MAX ? TEXT_MAX : len;
	memcpy(copy, text, len);
	copy[len] = '\0';
	errno = 0;
	long v = strtol(copy, &end, 0);

	if (errno || v < INT32_MIN || v > INT32_MAX)
		return false;
	*value = end == copy ? 0 : (int)v;
	return true;
}

bool track_file_effect(int value, int weight, bool reverse, int *sum)
{
	int64_t effect = (int64_t)value * weight * (reverse ? -1 : 1);

	*sum = 0;
	if (weight == 0)
		return (value != 0) != reverse;
	if (effect < -EFFECT_MAX)
		return true;
	*sum = (int)(effect > EFFECT_MAX ? EFFECT_MAX : effect);
	return false;
}
