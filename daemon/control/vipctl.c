/* Tables for people: columns as wide as their widest cell, numbers to the right.
 */
#include "daemon/control/vipctl.h"

#include "lib/base/must.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX 10
#define CELL_BYTES  64

struct cell {
	char text[CELL_BYTES];
};

struct grid {
	unsigned n_columns;
	bool right[COLUMNS_MAX]; /* numbers */
	VEC(struct cell) cells;
};

static void put_cell(struct grid *g, const char *text)
{
	snprintf(((struct cell *)vec_push(&g->cells))->text, CELL_BYTES, "%s", text);
}

static void print_grid(struct grid *g, struct buf *out)
{
	size_t width[COLUMNS_MAX] = {0};

	must(g->n_columns && g->n_columns <= COLUMNS_MAX && g->cells.n % g->n_columns == 0);
	for (size_t i = 0; i < g->cells.n; i++) {
		size_t len = strlen(g->cells.at[i].text);

		if (len > width[i % g->n_columns])
			width[i % g->n_columns] = len;
	}
	for (size_t i = 0; i < g->cells.n; i++) {
		unsigned column = (unsigned)(i % g->n_columns);
		bool last = column + 1 == g->n_columns;

		if (last && !g->right[column])
			buf_puts(out, g->cells.at[i].text);
		else
			buf_printf(out, g->right[column] ? "%*s" : "%-*s", (int)width[column],
				   g->cells.at[i].text);
		buf_puts(out, last ? "\n" : "  ");
	}
	vec_free(&g->cells);
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text && *text ? text : "-";
}

static long long number_of(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static void put_number(struct grid *g, const json_t *o, const char *name)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", number_of(o, name));
	put_cell(g, text);
}

/* "3d 4h", "12m 5s", "9s": two units are enough. */
static void put_duration(struct grid *g, const json_t *seconds)
{
	long long s = (long long)json_number_value(seconds);
	char text[64];

	if (!json_is_number(seconds))
		snprintf(text, sizeof(text), "-");
	else if (s >= 86400)
		snprintf(text, sizeof(text), "%lldd %lldh", s / 86400, s / 3600 % 24);
	else if (s >= 3600)
		snprintf(text, sizeof(text), "%lldh %lldm", s / 3600, s / 60 % 60);
	else if (s >= 60)
		snprintf(text, sizeof(text), "%lldm %llds", s / 60, s % 60);
	else
		snprintf(text, sizeof(text), "%llds", s);
	put_cell(g, text);
}

/* ---- answers ------------------------------------------------------------------------------- */

void vipctl_print_status(const json_t *a, struct buf *out)
{
	const json_t *states = json_object_get(a, "states");
	struct grid g = {.n_columns = 2};
	char text[CELL_BYTES];

	put_cell(&g, "version");
	put_cell(&g, text_of(a, "version"));
	put_cell(&g, "process");
	put_number(&g, a, "pid");
	put_cell(&g, "up");
	put_duration(&g, json_object_get(a, "uptime_s"));
	put_cell(&g, "configuration");
	put_cell(&g, text_of(a, "configuration"));
	put_cell(&g, "log");
	put_cell(&g, text_of(a, "log"));
	put_cell(&g, "instances");
	snprintf(text, sizeof(text), "%lld: %lld master, %lld backup, %lld fault, %lld stopped",
		 number_of(a, "instances"), number_of(states, "master"),
		 number_of(states, "backup"), number_of(states, "fault"),
		 number_of(states, "init"));
	put_cell(&g, text);
	print_grid(&g, out);
}

static void put_addresses(struct grid *g, const json_t *instance)
{
	const json_t *list = json_object_get(instance, "addresses");
	size_t more = json_array_size(json_object_get(instance, "excluded_addresses"));
	const char *first = json_string_value(json_array_get(list, 0));
	size_t n = json_array_size(list) + more;
	char text[CELL_BYTES];

	if (n > 1)
		snprintf(text, sizeof(text), "%s and %zu more", first ? first : "excluded", n - 1);
	else
		snprintf(text, sizeof(text), "%s", first ? first : "-");
	put_cell(g, text);
}

void vipctl_print_instances(const json_t *a, struct buf *out)
{
	static const char *const heads[] = {"INSTANCE", "STATE", "FOR",		"PRIORITY",
					    "VRID",	"ON",	 "LAST MASTER", "ADDRESSES"};
	struct grid g = {.n_columns = 8, .right = {[3] = true, [4] = true}};
	const json_t *i;
	size_t n;

	for (unsigned c = 0; c < g.n_columns; c++)
		put_cell(&g, heads[c]);
	json_array_foreach(json_object_get(a, "instances"), n, i)
	{
		char state[CELL_BYTES];

		snprintf(state, sizeof(state), "%s%s", text_of(i, "state"),
			 json_is_true(json_object_get(i, "yielded")) ? " (handed over)" : "");
		put_cell(&g, text_of(i, "name"));
		put_cell(&g, state);
		put_duration(&g, json_object_get(i, "in_state_s"));
		put_number(&g, i, "priority");
		put_number(&g, i, "vrid");
		put_cell(&g, text_of(i, "interface"));
		put_cell(&g, text_of(i, "last_master"));
		put_addresses(&g, i);
	}
	print_grid(&g, out);
}

static void print_ignored(const json_t *instances, struct buf *out)
{
	const json_t *i, *count;
	const char *reason;
	size_t n;

	json_array_foreach(instances, n, i)
	{
		/* jansson's iteration takes no const; nothing is changed */
		json_t *ignored = json_object_get(i, "ignored");

		json_object_foreach(ignored, reason, count)
			buf_printf(out, "%s: ignored %lld, %s\n", text_of(i, "name"),
				   (long long)json_integer_value(count), reason);
	}
}

void vipctl_print_stats(const json_t *a, struct buf *out)
{
	static const char *const heads[] = {"INSTANCE", "RECEIVED", "SENT",    "BECAME MASTER",
					    "RELEASED", "ZERO IN",  "ZERO OUT"};
	static const char *const names[] = {"received",
					    "sent",
					    "became_master",
					    "released_master",
					    "priority_zero_received",
					    "priority_zero_sent"};
	struct grid g = {.n_columns = 7, .right = {false, true, true, true, true, true, true}};
	const json_t *i;
	size_t n;

	for (unsigned c = 0; c < g.n_columns; c++)
		put_cell(&g, heads[c]);
	json_array_foreach(json_object_get(a, "instances"), n, i)
	{
		put_cell(&g, text_of(i, "name"));
		for (size_t c = 0; c < sizeof(names) / sizeof(names[0]); c++)
			put_number(&g, i, names[c]);
	}
	print_grid(&g, out);
	print_ignored(json_object_get(a, "instances"), out);
}

void vipctl_print_handover(const json_t *a, struct buf *out)
{
	buf_printf(out, "%s: %s has taken over; nobody owned the address for %.3f ms\n",
		   text_of(a, "instance"), text_of(a, "owner"),
		   json_number_value(json_object_get(a, "gap_s")) * 1000);
}

void vipctl_print_event(const json_t *e, struct buf *out)
{
	const char *kind = text_of(e, "event");

	if (strcmp(kind, "state") == 0)
		buf_printf(out, "%s %s priority %lld\n", text_of(e, "instance"),
			   text_of(e, "state"), number_of(e, "priority"));
	else if (strcmp(kind, "reload") == 0)
		buf_printf(out, "reload %s\n",
			   json_is_true(json_object_get(e, "ok")) ? "done" : "refused");
	else if (json_is_true(json_object_get(e, "ok")))
		vipctl_print_handover(e, out);
	else
		buf_printf(out, "%s\n", text_of(e, "error"));
}
