/* How much of keepalived's language vipd knows: reads fixtures/keepalived/keywords.tsv and asks the
 * daemon's own tables about each word: implemented, warned (known by name, a warning says that it
 * has no effect) or silent (not known). Prints a line for each block, a line of sums, and last "A
 * x/y  B x/y  C implemented x warned y silent z": tiers A and B implemented of all, tier C whole.
 */
#include "daemon/conf/keywords.h"

#include <string.h>

#define BLOCKS_MAX 128

struct count {
	char block[96];
	int implemented, warned, silent;
};

struct tally {
	struct count at[BLOCKS_MAX];
	int n;
	struct count tier[3];
};

static struct count *count_of(struct tally *t, const char *block)
{
	for (int i = 0; i < t->n; i++)
		if (!strcmp(t->at[i].block, block))
			return &t->at[i];
	if (t->n == BLOCKS_MAX)
		return NULL;
	snprintf(t->at[t->n].block, sizeof(t->at[0].block), "%s", block);
	return &t->at[t->n++];
}

static void add_one(struct count *c, bool known, bool works)
{
	*(works ? &c->implemented : known ? &c->warned : &c->silent) += 1;
}

static int count_sum(const struct count *c)
{
	return c->implemented + c->warned + c->silent;
}

static bool add_row(struct tally *t, const char *block, const char *word, char tier)
{
	struct count *c = count_of(t, block);
	enum conf_support support = CONF_PLANNED;
	bool known = vipd_keyword_find(block, word, &support);
	bool works = known && (support == CONF_SUPPORTED || support == CONF_OBSOLETE);

	if (!c || tier < 'A' || tier > 'C')
		return false;
	add_one(c, known, works);
	add_one(&t->tier[tier - 'A'], known, works);
	return true;
}

/* block, keyword, args, default, meaning, tier, needs */
static bool read_row(struct tally *t, char *line)
{
	char *field[7];

	for (int i = 0; i < 7; i++) {
		field[i] = line ? strsep(&line, "\t") : NULL;
		if (!field[i])
			return false;
	}
	return add_row(t, field[0], field[1], field[5][0]);
}

static void print_count(const char *name, const struct count *c)
{
	printf("%-56s implemented %3d  warned %3d  silent %3d\n", name, c->implemented, c->warned,
	       c->silent);
}

static void print_tally(const struct tally *t)
{
	const struct count *a = &t->tier[0], *b = &t->tier[1], *c = &t->tier[2];
	struct count sum = {0};

	for (int i = 0; i < t->n; i++)
		print_count(t->at[i].block, &t->at[i]);
	sum.implemented = a->implemented + b->implemented + c->implemented;
	sum.warned = a->warned + b->warned + c->warned;
	sum.silent = a->silent + b->silent + c->silent;
	print_count("all", &sum);
	printf("A %d/%d  B %d/%d  C implemented %d warned %d silent %d\n", a->implemented,
	       count_sum(a), b->implemented, count_sum(b), c->implemented, c->warned, c->silent);
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "fixtures/keepalived/keywords.tsv";
	struct tally t = {0};
	struct buf text = {0};
	int err = buf_read_file(&text, path, 1 << 20), row = 0;

	if (err) {
		fprintf(stderr, "tools/keywords: %s: %s\n", path, strerror(-err));
		return 3;
	}
	for (char *at = text.data, *line; at && *at;) {
		line = strsep(&at, "\n");
		if (row++ > 0 && !read_row(&t, line)) {
			fprintf(stderr, "%s:%d: not a row of the keyword list\n", path, row);
			buf_free(&text);
			return 2;
		}
	}
	print_tally(&t);
	buf_free(&text);
	return 0;
}
