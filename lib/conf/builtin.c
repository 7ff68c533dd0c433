/* Names that have a value without a definition (keepalived): ${_PWD}, ${_INSTANCE}, ${_HASH},
 * ${_BANG}, ${_ENV NAME} and ${_RANDOM [MIN [MAX]]}. They count in braces only.
 */
#include "lib/conf/parse.h"

#include <stdlib.h>
#include <string.h>

#include <limits.h>
#include <sys/random.h>

#define RANDOM_MAX_DEFAULT 32767

/* The folder of the file that is being read, from the root. */
static const char *folder_of(struct conf_reader *p, const char *file)
{
	const char *slash = strrchr(file, '/');
	char *folder = slash ? arena_strndup(p->arena, file, (size_t)(slash - file) + 1) : ".";
	char *whole = realpath(folder, NULL);
	const char *copy = arena_strdup(p->arena, whole ? whole : folder);

	free(whole);
	return copy;
}

static const char *random_text(struct conf_reader *p, const char *args)
{
	unsigned long lo = 0, hi = RANDOM_MAX_DEFAULT, v = 0;
	char *end;

	if (*args) {
		lo = strtoul(args, &end, 10);
		if (*end)
			hi = strtoul(end, &end, 10);
		else
			hi = lo > hi ? lo : hi;
	}
	if (hi < lo || hi > UINT32_MAX)
		return NULL;
	if (getrandom(&v, sizeof(v), 0) != sizeof(v))
		return NULL;
	return arena_printf(p->arena, "%lu", lo + v % (hi - lo + 1));
}

size_t conf_builtin_args(const char *name, size_t n_name, const char *s, size_t n)
{
	const char *close;

	if (!(n_name == 4 && !memcmp(name, "_ENV", 4)) &&
	    !(n_name == 7 && !memcmp(name, "_RANDOM", 7)))
		return 0;
	if (n == 0 || s[0] != ' ')
		return 0;
	close = memchr(s, '}', n);
	return close ? (size_t)(close - s) : 0;
}

const char *conf_builtin_value(struct conf_reader *p, const char *name, size_t n_name,
			       const char *args, const char *file)
{
	char key[16];
	const char *value;

	if (n_name >= sizeof(key))
		return NULL;
	memcpy(key, name, n_name);
	key[n_name] = '\0';
	while (*args == ' ')
		args++;
	if (!strcmp(key, "_PWD"))
		return folder_of(p, file);
	if (!strcmp(key, "_INSTANCE"))
		return conf_reader_id(p);
	if (!strcmp(key, "_HASH"))
		return "#";
	if (!strcmp(key, "_BANG"))
		return "!";
	if (!strcmp(key, "_RANDOM"))
		return random_text(p, args);
	if (strcmp(key, "_ENV") != 0)
		return NULL;
	value = getenv(args);
	return value ? value : "";
}
