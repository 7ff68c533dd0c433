/* vipd-sim: runs seeds of the simulator.
 *
 *	vipd-sim [--seeds A..B] [--seed N] [--verbose]
 *
 * Exit 0: every promise was kept; 1: one was broken, and the failing seed's plan and the end of
 *what happened are printed; 2: wrong usage. --verbose prints all that happened.
 */
#include "daemon/sim/sim.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_LINES 40

struct request {
	uint64_t first, last;
	bool verbose;
};

static const char usage[] = "usage: vipd-sim [--seeds A..B] [--seed N] [--verbose]\n"
			    "  --seeds A..B  run these seeds (1..1000)\n"
			    "  --seed N      run one\n"
			    "  --verbose     print all that happens\n";

static bool read_number(const char *text, char **end, uint64_t *out)
{
	errno = 0;
	*out = strtoull(text, end, 10);
	return errno == 0 && *end != text && text[0] >= '0' && text[0] <= '9';
}

static bool read_seeds(const char *text, struct request *r)
{
	char *end;

	if (!read_number(text, &end, &r->first) || strncmp(end, "..", 2) != 0)
		return false;
	return read_number(end + 2, &end, &r->last) && *end == '\0' && r->first <= r->last;
}

static bool read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {{"seeds", required_argument, NULL, 's'},
						{"seed", required_argument, NULL, 'n'},
						{"verbose", no_argument, NULL, 'v'},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's' && read_seeds(optarg, r))
			continue;
		if (c == 'n' && read_number(optarg, &end, &r->first) && *end == '\0') {
			r->last = r->first;
			continue;
		}
		if (c == 'v') {
			r->verbose = true;
			continue;
		}
		if (c == 'h') {
			fputs(usage, stdout);
			exit(0);
		}
		return false;
	}
	return optind == argc;
}

/* The last lines of a text. */
static const char *tail(const char *text, unsigned lines)
{
	const char *p = text + strlen(text);

	while (p > text && lines) {
		p--;
		if (p == text || p[-1] == '\n')
			lines--;
	}
	return p;
}

static void report(const struct sim_plan *plan, bool verbose)
{
	struct buf log = {0}, text = {0};
	struct sim_verdict v;

	sim_plan_print(plan, &text);
	sim_run(plan, &v, &log);
	fputs(buf_text(&text), stdout);
	fputs(verbose ? buf_text(&log) : tail(buf_text(&log), TAIL_LINES), stdout);
	buf_free(&log);
	buf_free(&text);
}

int main(int argc, char **argv)
{
	struct request r = {.first = 1, .last = 1000};
	struct sim_plan *plan = calloc(1, sizeof(*plan));
	unsigned long steps = 0, exams = 0, clients = 0, waived = 0;
	int status = 0;

	if (!plan || !read_options(argc, argv, &r)) {
		fputs(usage, stderr);
		free(plan);
		return 2;
	}
	for (uint64_t seed = r.first; status == 0; seed++) {
		struct sim_verdict v;

		sim_plan_make(plan, seed);
		sim_run(plan, &v, NULL);
		if (v.failed || r.verbose)
			report(plan, r.verbose);
		if (v.failed) {
			printf("seed %llu: BROKEN %s at %.9fs: %s\n", (unsigned long long)seed,
			       v.invariant, (double)v.at.ns / 1e9, v.text);
			status = 1;
		}
		steps += v.steps;
		exams += v.exams;
		clients += v.clients;
		waived += v.clients_waived;
		if (seed == r.last)
			break;
	}
	if (status == 0)
		printf("seeds %llu..%llu: all promises kept; %lu steps, %lu takeovers measured, "
		       "%lu clients judged, %lu of them waived\n",
		       (unsigned long long)r.first, (unsigned long long)r.last, steps, exams,
		       clients, waived);
	free(plan);
	return status;
}
