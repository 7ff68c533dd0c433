/* Optimal string alignment distance (Damerau-Levenshtein without repeated edits of one letter) with
 * three rows of a table of fixed width: words longer than that resemble nothing. */
#include "lib/base/nearest.h"

#include <stddef.h>
#include <string.h>

enum { WORD_MAX = 63, TOO_FAR = 1000 };

static int min3(int a, int b, int c)
{
	int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static int distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	int rows[3][WORD_MAX + 1];
	int *before = rows[0], *last = rows[1], *now = rows[2];

	if (na > WORD_MAX || nb > WORD_MAX)
		return TOO_FAR;
	for (size_t j = 0; j <= nb; j++)
		last[j] = (int)j;
	for (size_t i = 1; i <= na; i++) {
		now[0] = (int)i;
		for (size_t j = 1; j <= nb; j++) {
			int change = a[i - 1] != b[j - 1];

			now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = min3(now[j], now[j], before[j - 2] + 1);
		}
		int *spare = before;

		before = last;
		last = now;
		now = spare;
	}
	return last[nb];
}

const char *nearest_word(const char *word, const char *const *names)
{
	int limit = ((int)strlen(word) + 2) / 3;
	const char *best = NULL;
	int best_distance = (limit < 3 ? limit : 3) + 1;

	for (; *names; names++) {
		int d = distance(word, *names);

		if (d < best_distance) {
			best = *names;
			best_distance = d;
		}
	}
	return best;
}
