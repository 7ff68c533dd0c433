/* Scenario files -> struct scenario: the `scenario` block itself, the order in which its parts are
 * read, defaults, and checks across parts.
 *
 * The parts of a scenario may stand in any order. They are read in the order in which they need
 * each other: settings, segments, nodes, traffic, steps, checks.
 */
#include "harness/scenario/load.h"

#include "lib/base/mono.h"
#include "lib/base/vec.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#define SCENARIO_NAME_MAX_BYTES 64
#define DURATION_MAX_NS		(24LL * 3600 * NS_PER_S)
#define AFTER_LAST_STEP_NS	(10 * NS_PER_S)

const char *const scn_need_names[] = {"ipvs", "netem",	  "vlan",	  "bond",
				      "vrf",  "nftables", "virtual-time", NULL};

/* ---- looking up ---------------------------------------------------------------------------- */

struct scn_node *scenario_node(const struct scenario *s, const char *name)
{
	for (struct scn_node *n = s->nodes; n; n = n->next)
		if (strcmp(n->name, name) == 0)
			return n;
	return NULL;
}

struct scn_segment *scenario_segment_of(const struct scenario *s, const struct conf_ip *ip)
{
	for (struct scn_segment *seg = s->segments; seg; seg = seg->next)
		if (scn_ip_in(ip, &seg->prefix4) || scn_ip_in(ip, &seg->prefix6))
			return seg;
	return NULL;
}

struct scn_port *scn_node_port(const struct scn_node *node, const struct scn_segment *segment)
{
	struct scn_port *p = node->ports;

	while (p && p->segment != segment)
		p = p->next;
	return p;
}

void scn_port_mac(const struct scn_port *port, uint8_t mac[6])
{
	const uint8_t bytes[6] = {0x02,
				  0x76,
				  0x64,
				  (uint8_t)(port->index >> 16),
				  (uint8_t)(port->index >> 8),
				  (uint8_t)port->index};

	memcpy(mac, bytes, sizeof(bytes));
}

/* ---- settings ------------------------------------------------------------------------------ */

static void *set_seed(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scenario *scn = object;
	int64_t seed = 0;

	if (conf_get_int(b, &s->word[1], 0, INT64_MAX, &seed))
		scn->seed = (uint64_t)seed;
	return NULL;
}

static void *set_needs(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scenario *scn = object;

	for (int i = 1; i < s->n_words; i++) {
		int bit = 0;

		if (conf_get_choice(b, &s->word[i], scn_need_names, &bit))
			scn->needs |= 1U << bit;
	}
	return NULL;
}

static void *set_duration(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scenario *scn = object;

	if (!conf_get_duration(b, &s->word[1], &scn->duration_ns))
		return NULL;
	if (scn->duration_ns > 0 && scn->duration_ns <= DURATION_MAX_NS)
		return NULL;
	conf_error(b->report, s->word[1].pos, "a run lasts more than nothing and at most 1d");
	scn->duration_ns = 0;
	return NULL;
}

/* Each word names what the directors are, in the order of the nodes: "vipd", "vipd+keepalived". */
static void *set_directors(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scenario *scn = object;
	const char **list = arena_array(b->arena, (size_t)s->n_words, sizeof(*list));
	int unused = 0;

	for (int i = 1; i < s->n_words; i++) {
		const char *at = s->word[i].text;

		for (;;) {
			size_t n = strcspn(at, "+");
			struct conf_word w = {.text = arena_strndup(b->arena, at, n),
					      .pos = s->word[i].pos};

			w.pos.col += (int)(at - s->word[i].text);
			if (!conf_get_choice(b, &w, scn_director_drivers, &unused))
				break;
			if (at[n] == '\0')
				break;
			at += n + 1;
		}
		list[i - 1] = s->word[i].text;
	}
	scn->directors = list;
	return NULL;
}

/* ---- the order of parts -------------------------------------------------------------------- */

static int part_order(const struct conf_stmt *s)
{
	static const char *const order[] = {"segment", "node", "traffic", "at", "expect", NULL};

	for (int i = 0; order[i]; i++)
		if (strcmp(s->word[0].text, order[i]) == 0)
			return i + 1;
	return 0;
}

static void sort_parts(struct conf_block *block)
{
	struct conf_stmt *sorted = NULL, **tail = &sorted;

	for (int part = 0; part <= 5; part++) {
		struct conf_stmt **at = &block->first;

		while (*at) {
			struct conf_stmt *s = *at;

			if (part_order(s) != part) {
				at = &s->next;
				continue;
			}
			*at = s->next;
			s->next = NULL;
			*tail = s;
			tail = &s->next;
		}
	}
	block->first = sorted;
}

/* ---- the scenario -------------------------------------------------------------------------- */

/* Without `duration`, the run lasts until a while after the last step: it must be known before the
 * steps and checks are read. */
static int64_t default_duration(const struct conf_block *block)
{
	struct conf_report *quiet = conf_report_new();
	struct conf_bind b = {.report = quiet};
	int64_t last = 0;

	for (const struct conf_stmt *s = block->first; s; s = s->next) {
		int64_t at = 0;

		if (strcmp(s->word[0].text, "duration") == 0 && s->n_words == 2)
			last = -AFTER_LAST_STEP_NS; /* will be set, or is wrong */
		if (strcmp(s->word[0].text, "at") == 0 && s->n_words == 2 &&
		    conf_get_duration(&b, &s->word[1], &at) && at > last && last >= 0 &&
		    at <= DURATION_MAX_NS)
			last = at;
	}
	conf_report_free(quiet);
	return last + AFTER_LAST_STEP_NS;
}

static void *set_scenario(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_load *load = object;
	struct scenario *scn = arena_new_object(b->arena, struct scenario);

	if (!scn_check_name(b, &s->word[1], "scenario", SCENARIO_NAME_MAX_BYTES))
		return NULL;
	scn->arena = b->arena;
	scn->name = s->word[1].text;
	scn->seed = 1;
	scn->duration_ns = default_duration(s->block);
	sort_parts(s->block);
	load->s = scn;
	return scn;
}

static void end_scenario(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const char *const only_vipd[] = {"vipd", NULL};
	struct scenario *scn = object;
	bool any = false, open = false;
	unsigned id = 0;

	for (const struct scn_node *n = scn->nodes; n; n = n->next) {
		for (const struct scn_program *p = n->programs; p; p = p->next) {
			any |= scn_program_is_director(p);
			open |= strcmp(p->driver, "director") == 0;
		}
	}
	for (struct scn_step *step = scn->steps; step; step = step->next)
		step->id = ++id;
	if (!scn->directors)
		scn->directors = only_vipd;
	/* What seems to be absent may only have been wrong. */
	if (conf_report_errors(b->report) > scn_load(b)->errors_before)
		return;
	if (!any)
		conf_error(b->report, s->word[1].pos,
			   "no node runs a director: one needs `run director FILE`");
	else if (scn->directors != only_vipd && !open)
		conf_error(b->report, s->word[1].pos,
			   "`directors` offers a choice, but no node has `run director FILE`");
	if (!scn_load(b)->has_expect)
		conf_error(b->report, s->word[1].pos,
			   "nothing is expected: the scenario has no `expect` block");
}

static const struct conf_keyword part_keywords[] = {
	{.name = "seed",
	 .args = "N",
	 .help = "where all random numbers come from, unless --seed is given; 1 by default",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_seed},
	{.name = "needs",
	 .args = "WORD...",
	 .help = "what the ground must have: ipvs, netem, vlan, bond, vrf, nftables, virtual-time; "
		 "what steps and checks imply is added",
	 .example = "needs ipvs",
	 .min_args = 1,
	 .max_args = CONF_ANY,
	 .set = set_needs},
	{.name = "duration",
	 .args = "TIME",
	 .help = "how long the run lasts; until 10s after the last step by default",
	 .example = "duration 45s",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_duration},
	{.name = "directors",
	 .args = "DRIVER[+DRIVER...]...",
	 .help = "what `run director` may stand for, the default first; with +, in the order of "
		 "the "
		 "nodes",
	 .example = "directors vipd keepalived vipd+keepalived",
	 .min_args = 1,
	 .max_args = CONF_ANY,
	 .set = set_directors},
	{.name = "segment",
	 .args = "NAME PREFIX [PREFIX6]",
	 .help = "a bridge and the network on it",
	 .example = "segment outer 172.16.28.0/24",
	 .min_args = 2,
	 .max_args = 3,
	 .repeats = true,
	 .set = scn_set_segment,
	 .block = scn_segment_keywords,
	 .block_optional = true},
	{.name = "node",
	 .args = "NAME",
	 .help = "a machine: its ports, routes and programs",
	 .min_args = 1,
	 .max_args = 1,
	 .repeats = true,
	 .set = scn_set_node,
	 .block = scn_node_keywords,
	 .end = scn_end_node},
	{.name = "traffic",
	 .args = "NAME",
	 .help = "what a client does all the time",
	 .example = "traffic web { from c1; http http://172.16.28.65/; sessions 50 }",
	 .min_args = 1,
	 .max_args = 1,
	 .repeats = true,
	 .set = scn_set_traffic,
	 .block = scn_traffic_keywords,
	 .end = scn_end_traffic},
	{.name = "at",
	 .args = "TIME",
	 .help = "what is broken, or mended, at that time of the run",
	 .example = "at 10s { link lb1 outer down }",
	 .min_args = 1,
	 .max_args = 1,
	 .repeats = true,
	 .set = scn_set_at,
	 .block = scn_step_keywords},
	{.name = "expect",
	 .args = "",
	 .help = "what must hold; every line is judged by itself",
	 .set = scn_set_expect,
	 .block = scn_check_keywords,
	 .end = scn_end_expect},
	{0}};

const struct conf_keyword scenario_keywords[] = {
	{.name = "scenario",
	 .args = "NAME",
	 .help = "one drill; the comment lines above it say what must hold and why",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_scenario,
	 .block = part_keywords,
	 .end = end_scenario},
	{0}};

/* ---- loading ------------------------------------------------------------------------------- */

static char first_letter(const char *line)
{
	return line[strspn(line, " \t\r")];
}

/* The comment lines above a line, without their signs, joined by blanks. Empty lines and
 * definitions may stand between. */
static const char *read_summary(struct arena *a, const char *text, int line)
{
	VEC(const char *) lines = {0};
	struct buf summary = {0};

	*vec_push(&lines) = text;
	for (const char *p = text; (p = strchr(p, '\n')) && (int)lines.n < line;)
		*vec_push(&lines) = ++p;
	size_t end = lines.n - 1, first;

	while (end > 0 && strchr("\n$", first_letter(lines.at[end - 1])))
		end--;
	for (first = end; first > 0 && strchr("#!", first_letter(lines.at[first - 1])); first--)
		;
	for (; first < end; first++) {
		const char *at = lines.at[first] + strspn(lines.at[first], " \t#!");
		size_t n = strcspn(at, "\r\n");

		if (n)
			buf_printf(&summary, "%s%.*s", summary.len ? " " : "", (int)n, at);
	}
	const char *copy = arena_strdup(a, buf_text(&summary));

	buf_free(&summary);
	vec_free(&lines);
	return copy;
}

static const char *folder_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *folder = slash ? arena_strndup(a, path, (size_t)(slash - path + 1)) : ".";
	char *real = realpath(folder, NULL);
	const char *copy = arena_strdup(a, real ? real : folder);

	free(real);
	return copy;
}

static struct scenario *load_tree(struct arena *a, const char *path, const char *text,
				  const struct conf_block *tree, struct conf_report *r,
				  int errors_before)
{
	struct scn_load load = {.folder = folder_of(a, path), .errors_before = errors_before};
	struct conf_bind b = {.arena = a, .report = r, .root = &load, .strictness = CONF_ERROR};
	struct conf_pos top = {arena_strdup(a, path), 1, 1};

	conf_bind_block(&b, tree, scenario_keywords, &load, NULL);
	if (!load.s && conf_report_errors(r) == errors_before)
		conf_error(r, top, "there is no scenario in this file");
	conf_report_sort(r);
	if (!load.s || conf_report_errors(r) > errors_before) {
		arena_free(a);
		return NULL;
	}
	load.s->path = top.file;
	load.s->summary = "";
	for (const struct conf_stmt *s = tree->first; s; s = s->next)
		if (strcmp(s->word[0].text, "scenario") == 0 &&
		    strcmp(s->word[0].pos.file, path) == 0)
			load.s->summary = read_summary(a, text, s->word[0].pos.line);
	return load.s;
}

struct scenario *scenario_parse(const char *name, const char *text, struct conf_report *r)
{
	static const struct conf_options options = {.dialect = CONF_SCENARIO};
	struct arena *a = arena_new();
	int before = conf_report_errors(r);

	return load_tree(a, name, text, conf_parse_text(a, name, text, &options, r), r, before);
}

struct scenario *scenario_load(const char *path, struct conf_report *r)
{
	struct arena *a = arena_new();
	struct scn_include *includes = NULL;
	struct scn_reader reader = {.arena = a, .path = path, .last = &includes};
	const struct conf_options options = {
		.dialect = CONF_SCENARIO, .read_file = scn_reader_read, .ctx = &reader};
	struct buf text = {0};
	int before = conf_report_errors(r);
	const struct conf_block *tree = conf_parse_file(a, path, &options, r);

	/* Once more for the comments, which the tree does not have. */
	if (conf_report_errors(r) == before && buf_read_file(&text, path, 16U << 20) < 0)
		buf_clear(&text);
	struct scenario *s = load_tree(a, path, buf_text(&text), tree, r, before);

	if (s)
		s->includes = includes;
	buf_free(&text);
	return s;
}

void scenario_free(struct scenario *s)
{
	if (s)
		arena_free(s->arena);
}
