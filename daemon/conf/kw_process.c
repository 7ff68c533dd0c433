/* How the process is run and what its files are called: priorities, CPUs, memory, names, dump
 * files, instance and namespace. keepalived has a process for VRRP and one for the checkers; vipd
 * is one process and takes VRRP's words, or the checker's where it runs no VRRP (-C).
 */
#include "daemon/conf/draft.h"

#include <string.h>

#define RTTIME_DEFAULT_US 10000
#define NAME_LEN_MAX	  15 /* TASK_COMM_LEN - 1 */

void *kw_store_cpus(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	cpu_set_t *out = (cpu_set_t *)((char *)object + conf_bind_row(b)->arg);

	CPU_ZERO(out);
	for (int i = 1; i < s->n_words; i++) {
		int64_t cpu;

		if (conf_get_int(b, &s->word[i], 0, CPU_SETSIZE - 1, &cpu))
			CPU_SET((size_t)cpu, out);
	}
	return NULL;
}

void *kw_store_process_name(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	if (strlen(s->word[1].text) > NAME_LEN_MAX) {
		conf_warning(b->report, s->word[1].pos,
			     "%s %s is longer than %d characters: it is ignored", s->word[0].text,
			     s->word[1].text, NAME_LEN_MAX);
		return NULL;
	}
	return kw_store_string(b, s, object);
}

static struct conf_task finish_task(const struct draft_task *t)
{
	return (struct conf_task){
		.nice_set = t->nice.set,
		.nice = (int)draft_or(&t->nice, 0),
		.rt_priority = (int)draft_or(&t->rt, 0),
		.rttime_us = draft_or(&t->rttime, RTTIME_DEFAULT_US),
		.cpus = t->cpus,
		.no_swap = draft_on(&t->no_swap),
		.name = t->name,
	};
}

void draft_finish_process(struct draft *d)
{
	const struct draft_process *p = &d->global.process;

	d->conf->global.process = (struct conf_process){
		.vrrp = finish_task(&p->vrrp),
		.checker = finish_task(&p->checker),
		.data_use_instance = draft_on(&p->data_use_instance),
		.use_pid_dir = draft_on(&p->use_pid_dir),
		.json_version = (unsigned)draft_or(&p->json_version, 1),
		.state_file = p->state_file,
		.stats_file = p->stats_file,
		.json_file = p->json_file,
		.instance = p->instance,
		.namespace = p->namespace,
	};
}

/* ---- printing ------------------------------------------------------------------------------ */

static void print_text(struct buf *out, const char *name, const char *text)
{
	if (!text)
		return;
	buf_printf(out, "%s ", name);
	conf_print_word(text, out);
	buf_putc(out, '\n');
}

static void print_task(struct buf *out, const char *who, const struct conf_task *t)
{
	char name[32];

	snprintf(name, sizeof(name), "\t%s_process_name", who);
	print_text(out, name, t->name);
	if (t->nice_set)
		buf_printf(out, "\t%s_priority %d\n", who, t->nice);
	if (t->rt_priority)
		buf_printf(out, "\t%s_rt_priority %d\n", who, t->rt_priority);
	if (t->rt_priority || t->rttime_us != RTTIME_DEFAULT_US)
		buf_printf(out, "\t%s_rlimit_rttime %lld\n", who, (long long)t->rttime_us);
	if (CPU_COUNT(&t->cpus)) {
		buf_printf(out, "\t%s_cpu_affinity", who);
		for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
			if (CPU_ISSET(cpu, &t->cpus))
				buf_printf(out, " %zu", cpu);
		buf_putc(out, '\n');
	}
	if (t->no_swap)
		buf_printf(out, "\t%s_no_swap\n", who);
}

void draft_print_daemon(const struct conf_process *p, struct buf *out)
{
	print_text(out, "net_namespace", p->namespace);
	print_text(out, "instance", p->instance);
	if (p->use_pid_dir)
		buf_puts(out, "use_pid_dir\n");
}

void draft_print_process(const struct conf_process *p, struct buf *out)
{
	print_task(out, "vrrp", &p->vrrp);
	print_task(out, "checker", &p->checker);
	if (p->data_use_instance)
		buf_puts(out, "\tdata_use_instance\n");
	if (p->json_version != 1)
		buf_printf(out, "\tjson_version %u\n", p->json_version);
	print_text(out, "\tstate_dump_file", p->state_file);
	print_text(out, "\tstats_dump_file", p->stats_file);
	print_text(out, "\tjson_dump_file", p->json_file);
}
