/* What this machine offers, as two tables: the grounds and what each has, and the scenarios and
 * where each can run. Pure printing: the grounds are asked, nothing is changed.
 */
#include "harness/doctor.h"

#include "harness/ground.h"
#include "harness/lab.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define N_GROUNDS 2

struct ground_facts {
	const struct ground *ground;
	const char *missing;
	unsigned has;
	char kernel[64];
	unsigned cpus;
};

static unsigned cpu_count(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : (unsigned)CPU_COUNT(&set);
}

static void learn(struct ground_facts facts[N_GROUNDS])
{
	const struct ground *const grounds[N_GROUNDS] = {&ground_lab, &ground_host};
	struct lab_kernel kernel;
	struct utsname uts;
	const char *why;

	for (int i = 0; i < N_GROUNDS; i++) {
		facts[i].ground = grounds[i];
		facts[i].missing = grounds[i]->missing();
		facts[i].has = facts[i].missing ? 0 : grounds[i]->has();
		snprintf(facts[i].kernel, sizeof(facts[i].kernel), "-");
	}
	if (lab_kernel_find(&kernel, &why))
		lab_kernel_release(&kernel, facts[0].kernel, sizeof(facts[0].kernel));
	facts[0].cpus = 1; /* the lab kernel has one; several runs use several */
	if (uname(&uts) == 0)
		snprintf(facts[1].kernel, sizeof(facts[1].kernel), "%.63s", uts.release);
	facts[1].cpus = cpu_count();
}

static void row(struct buf *out, const char *label, const char *lab, const char *host)
{
	buf_printf(out, "%-14s %-22s %s\n", label, lab, host);
}

static const char *yes_no(const struct ground_facts *f, unsigned need)
{
	return f->missing ? "-" : f->has & need ? "yes" : "no";
}

static void print_grounds(struct buf *out, const struct ground_facts facts[N_GROUNDS])
{
	static const struct {
		const char *label;
		unsigned need;
	} rows[] = {
		{"IPVS", SCN_NEED_IPVS}, {"netem", SCN_NEED_NETEM}, {"vlan", SCN_NEED_VLAN},
		{"bond", SCN_NEED_BOND}, {"vrf", SCN_NEED_VRF},	    {"nftables", SCN_NEED_NFTABLES},
	};
	const struct ground_facts *lab = &facts[0], *host = &facts[1];
	char cpus[N_GROUNDS][16];

	for (int i = 0; i < N_GROUNDS; i++)
		snprintf(cpus[i], sizeof(cpus[i]), "%u", facts[i].cpus);
	row(out, "ground", lab->ground->name, host->ground->name);
	row(out, "usable", lab->missing ? "no" : "yes", host->missing ? "no" : "yes");
	row(out, "kernel", lab->kernel, host->kernel);
	row(out, "clock", lab->has & SCN_NEED_VIRTUAL_TIME ? "virtual, real" : "real", "real");
	row(out, "CPUs", cpus[0], cpus[1]);
	row(out, "namespaces", lab->missing ? "-" : "yes", host->missing ? "no" : "yes");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		row(out, rows[i].label, yes_no(lab, rows[i].need), yes_no(host, rows[i].need));
	for (int i = 0; i < N_GROUNDS; i++)
		if (facts[i].missing)
			buf_printf(out, "%s: %s\n", facts[i].ground->name, facts[i].missing);
}

/* "can run", or what is missing. True: it can. */
static bool print_verdict(struct buf *out, const struct ground_facts *f,
			  const struct scenario *scenario)
{
	unsigned lacks = scenario->needs & ~f->has;

	buf_printf(out, "  %-5s ", f->ground->name);
	if (f->missing) {
		buf_printf(out, "cannot run: %s\n", f->missing);
		return false;
	}
	if (!lacks) {
		buf_puts(out, "can run\n");
		return true;
	}
	buf_puts(out, "missing:");
	for (unsigned bit = 0; scn_need_names[bit]; bit++)
		if (lacks & (1U << bit))
			buf_printf(out, " %s", scn_need_names[bit]);
	buf_putc(out, '\n');
	return false;
}

bool doctor_print(struct buf *out, struct scenario *const *scenarios, size_t n_scenarios)
{
	struct ground_facts facts[N_GROUNDS] = {0};
	bool well = false;

	learn(facts);
	print_grounds(out, facts);
	for (int i = 0; i < N_GROUNDS; i++)
		well |= !facts[i].missing;
	for (size_t i = 0; i < n_scenarios; i++) {
		bool somewhere = false;

		buf_printf(out, "\n%s\n", scenarios[i]->name);
		for (int k = 0; k < N_GROUNDS; k++)
			somewhere |= print_verdict(out, &facts[k], scenarios[i]);
		well &= somewhere;
	}
	return well;
}
