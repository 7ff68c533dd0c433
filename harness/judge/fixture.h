/* For test programs: makes the folder of a run from a fixture, history and captures, without
 *running anything. Include it after cmocka's needs (setjmp.h, stdarg.h, stddef.h) and before using
 *assert_*.
 *
 * A fixture: the statements of the scenario behind the common topology, a line `---`, then one line
 * for each thing that was seen, with its time (or TIME..TIME every TIME):
 *
 *	T advert NODE VIP[,VIP] PRIORITY [v2|v3] [INTERVAL_MS]
 *	T garp NODE VIP | T answer NODE VIP
 *	T packet FROM-IP TO-IP at NODE
 *	T syn IP:PORT IP:PORT from NODE
 *	T EV {"json":"fields"}	a line of the history
 *	no start | no end | no captures | dropped N | reason TEXT | step 1 fails TEXT
 */
#ifndef HARNESS_JUDGE_FIXTURE_H
#define HARNESS_JUDGE_FIXTURE_H

#include "harness/scenario/scenario.h"
#include "lib/base/mono.h"
#include "lib/base/vec.h"
#include "lib/wire/pcapng.h"
#include "lib/wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#define FIXTURES "fixtures/histories"
#define EPOCH	 1700000000000000000LL

static const char topology[] =
	"	segment outer 172.16.28.0/24\n"
	"	node lb1 { on outer .11; run director fixtures/link-down/lb1.conf }\n"
	"	node lb2 { on outer .12; run director fixtures/link-down/lb2.conf }\n"
	"	node rs1 { on outer .63; address lo 172.16.28.65/32 }\n"
	"	node c1 { on outer .100 }\n";

struct event {
	int64_t t_ns;
	size_t order;
	char *line;	    /* of the history, without t and the braces; or */
	struct buf frame;   /* a frame */
	unsigned interface; /* of the capture */
	enum pcapng_direction direction;
};

struct fixture {
	char name[64];
	struct scenario *s;
	bool no_start, no_end, no_captures;
	int64_t dropped;
	char reason[128];
	unsigned failing_step;
	char failure[128];
	VEC(struct event) events;
};

/* ---- reading a fixture --------------------------------------------------------------------- */

static int64_t read_time(const char *s, const char **end)
{
	char *unit;
	double n = strtod(s, &unit);
	int64_t scale = NS_PER_S;

	*end = unit + 1;
	if (unit[0] == 'm' && unit[1] == 's')
		scale = NS_PER_MS, *end = unit + 2;
	else if (unit[0] == 'u' && unit[1] == 's')
		scale = NS_PER_US, *end = unit + 2;
	else
		assert_int_equal(*unit, 's');
	return (int64_t)(n * (double)scale + (n < 0 ? -0.5 : 0.5));
}

/* Cuts args at blanks; the words that are not there are NULL. */
static void words_of(char *args, char *word[6])
{
	char *save;

	for (int i = 0; i < 6; i++)
		word[i] = strtok_r(i ? NULL : args, " ", &save);
}

static unsigned number_of(const char *word)
{
	char *end;
	unsigned long n = strtoul(word, &end, 10);

	assert_true(end != word && *end == '\0');
	return (unsigned)n;
}

static unsigned port_of(struct fixture *f, const char *node, const struct scn_port **port)
{
	unsigned i = 0;

	for (struct scn_node *n = f->s->nodes; n; n = n->next, i++)
		if (!strcmp(n->name, node)) {
			*port = n->ports;
			return i;
		}
	fail_msg("%s: no node %s", f->name, node);
	return 0;
}

static struct event *add(struct fixture *f, int64_t t_ns)
{
	struct event *e = vec_push(&f->events);

	e->t_ns = t_ns;
	e->order = f->events.n;
	return e;
}

static void put_ethernet(struct buf *b, const char *dst, const uint8_t *src, uint16_t type)
{
	uint8_t mac[WIRE_MAC_BYTES];

	assert_true(wire_mac_parse(dst, mac));
	buf_add(b, mac, sizeof(mac));
	buf_add(b, src, WIRE_MAC_BYTES);
	buf_putc(b, (char)(type >> 8));
	buf_putc(b, (char)type);
}

static void put_ip(struct buf *b, const char *src, const char *dst, uint8_t protocol,
		   const uint8_t *payload, size_t len)
{
	uint8_t h[20] = {0x45, 0,	(uint8_t)((20 + len) >> 8), (uint8_t)(20 + len), 0, 0, 0, 0,
			 255,  protocol};
	struct wire_ip a, d;

	assert_true(wire_ip_parse(src, &a) && wire_ip_parse(dst, &d));
	memcpy(h + 12, a.bytes, 4);
	memcpy(h + 16, d.bytes, 4);
	buf_add(b, h, sizeof(h));
	buf_add(b, payload, len);
}

static void advert(struct fixture *f, int64_t t_ns, char *args)
{
	char *w[6];
	struct vrrp_advert a = {.type = 1, .vrid = 51};
	const struct scn_port *port;
	struct wire_ip src = {.family = AF_INET}, dst;
	uint8_t mac[WIRE_MAC_BYTES], bytes[256];
	char text[INET6_ADDRSTRLEN], *save;

	words_of(args, w);
	assert_non_null(w[2]);
	struct event *e = add(f, t_ns);

	e->interface = port_of(f, w[0], &port);
	e->direction = PCAPNG_INBOUND;
	scn_port_mac(port, mac);
	src.v4 = port->addrs->ip.v4;
	assert_true(wire_ip_parse("224.0.0.18", &dst));
	a.version = w[3] && !strcmp(w[3], "v3") ? 3 : 2;
	a.priority = (uint8_t)number_of(w[2]);
	a.interval_ms = w[3] && w[4] ? number_of(w[4]) : 1000;
	for (char *v = strtok_r(w[1], ",", &save); v; v = strtok_r(NULL, ",", &save))
		assert_true(wire_ip_parse(v, &a.addr[a.n_addrs++]));
	size_t len = vrrp_encode(&a, &src, &dst, false, bytes, sizeof(bytes));

	assert_true(len > 0);
	put_ethernet(&e->frame, "01:00:5e:00:00:12", mac, 0x0800);
	put_ip(&e->frame, wire_ip_text(&src, text), "224.0.0.18", VRRP_PROTOCOL, bytes, len);
}

static void arp(struct fixture *f, int64_t t_ns, char *args, bool gratuitous)
{
	char *w[6];
	struct wire_arp a = {.op = gratuitous ? 1 : 2};
	static const uint8_t everyone[WIRE_MAC_BYTES] = {255, 255, 255, 255, 255, 255};
	struct wire_ip ip;
	const struct scn_port *port;
	uint8_t bytes[64];

	words_of(args, w);
	assert_non_null(w[1]);
	assert_true(wire_ip_parse(w[1], &ip));
	struct event *e = add(f, t_ns);

	e->interface = port_of(f, w[0], &port);
	e->direction = PCAPNG_INBOUND;
	scn_port_mac(port, a.sender_mac);
	a.sender_ip = ip.v4;
	a.target_ip = gratuitous ? ip.v4 : f->s->nodes->ports->addrs->ip.v4;
	size_t len = wire_arp_encode(everyone, &a, bytes, sizeof(bytes));

	buf_add(&e->frame, bytes, len);
}

static void packet(struct fixture *f, int64_t t_ns, char *args)
{
	char *w[6]; /* FROM TO at NODE */
	static const uint8_t echo[8] = {8};
	static const uint8_t mac[WIRE_MAC_BYTES] = {2, 1, 1, 1, 1, 1};
	const struct scn_port *port;

	words_of(args, w);
	assert_non_null(w[3]);
	struct event *e = add(f, t_ns);

	e->interface = port_of(f, w[3], &port);
	e->direction = PCAPNG_OUTBOUND;
	put_ethernet(&e->frame, "02:01:01:01:01:02", mac, 0x0800);
	put_ip(&e->frame, w[0], w[1], 1, echo, sizeof(echo));
}

/* Cuts "IP:PORT" at the colon. */
static unsigned cut_port(char *word)
{
	char *colon = strchr(word, ':');

	assert_non_null(colon);
	*colon = '\0';
	return number_of(colon + 1);
}

static void syn(struct fixture *f, int64_t t_ns, char *args)
{
	char *w[6]; /* IP:PORT IP:PORT from NODE */
	static const uint8_t mac[WIRE_MAC_BYTES] = {2, 1, 1, 1, 1, 1};
	const struct scn_port *port;

	words_of(args, w);
	assert_non_null(w[3]);
	unsigned cport = cut_port(w[0]), vport = cut_port(w[1]);
	uint8_t tcp[20] = {(uint8_t)(cport >> 8), (uint8_t)cport, (uint8_t)(vport >> 8),
			   (uint8_t)vport};
	struct event *e = add(f, t_ns);

	tcp[12] = 0x50;
	tcp[13] = 0x02;
	e->interface = port_of(f, w[3], &port);
	e->direction = PCAPNG_INBOUND;
	put_ethernet(&e->frame, "02:01:01:01:01:02", mac, 0x0800);
	put_ip(&e->frame, w[0], w[1], 6, tcp, sizeof(tcp));
}

static void see(struct fixture *f, int64_t t_ns, const char *what, char *args)
{
	if (!strcmp(what, "advert")) {
		advert(f, t_ns, args);
	} else if (!strcmp(what, "garp") || !strcmp(what, "answer")) {
		arp(f, t_ns, args, *what == 'g');
	} else if (!strcmp(what, "packet")) {
		packet(f, t_ns, args);
	} else if (!strcmp(what, "syn")) {
		syn(f, t_ns, args);
	} else {
		struct event *e = add(f, t_ns);

		assert_true(args[0] == '{' || args[0] == '\0');
		assert_true(asprintf(&e->line, "\"ev\":\"%s\"%s%s", what, *args ? "," : "}",
				     *args ? args + 1 : "") > 0);
	}
}

/* "TIME WORD rest" or "TIME..TIME every TIME WORD rest" */
static void read_sighting(struct fixture *f, const char *line)
{
	const char *p;
	int64_t from_ns = read_time(line, &p), to_ns = from_ns, every_ns = 1;

	if (!strncmp(p, "..", 2)) {
		to_ns = read_time(p + 2, &p);
		assert_int_equal(strncmp(p, " every ", 7), 0);
		every_ns = read_time(p + 7, &p);
	}
	p += strspn(p, " ");
	for (int64_t t = from_ns; t <= to_ns; t += every_ns) {
		char *what = strdup(p), *args = what + strcspn(what, " ");

		if (*args)
			*args++ = '\0';
		see(f, t, what, args);
		free(what);
	}
}

/* What stands behind prefix; NULL: the line begins otherwise. */
static const char *behind(const char *line, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(line, prefix, n) == 0 ? line + n : NULL;
}

static void read_line(struct fixture *f, const char *line)
{
	const char *rest;

	if (behind(line, "no start")) {
		f->no_start = true;
	} else if (behind(line, "no end")) {
		f->no_end = true;
	} else if (behind(line, "no captures")) {
		f->no_captures = true;
	} else if ((rest = behind(line, "dropped "))) {
		f->dropped = number_of(rest);
	} else if ((rest = behind(line, "reason "))) {
		snprintf(f->reason, sizeof(f->reason), "%s", rest);
	} else if ((rest = behind(line, "step 1 fails "))) {
		f->failing_step = 1;
		snprintf(f->failure, sizeof(f->failure), "%s", rest);
	} else if (*line && *line != '#') {
		read_sighting(f, line);
	}
}

/* ---- writing the evidence ------------------------------------------------------------------ */

static int event_order(const void *pa, const void *pb)
{
	const struct event *a = pa, *b = pb;

	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static void put_start(struct fixture *f, struct buf *h)
{
	char mac[18];
	uint8_t bytes[WIRE_MAC_BYTES];

	if (!f->no_start)
		buf_printf(h,
			   "{\"t\":-1,\"ev\":\"start\",\"scenario\":\"%s\",\"seed\":1,\"epoch_ns\":"
			   "%lld,\"ground\":\"lab\",\"clock\":\"virtual\",\"kernel\":\"6.12\","
			   "\"director\":\"vipd\",\"programs\":[]}\n",
			   f->s->name, EPOCH);
	for (struct scn_node *n = f->s->nodes; n; n = n->next) {
		scn_port_mac(n->ports, bytes);
		buf_printf(h,
			   "{\"t\":-1,\"ev\":\"port\",\"node\":\"%s\",\"ifname\":\"eth0\","
			   "\"segment\":\"outer\",\"mac\":\"%s\"}\n",
			   n->name, wire_mac_text(bytes, mac));
		if (n->programs)
			buf_printf(h,
				   "{\"t\":0,\"ev\":\"program\",\"node\":\"%s\",\"driver\":"
				   "\"vipd\",\"what\":\"start\",\"pid\":2,\"status\":\"\"}\n",
				   n->name);
	}
}

static void add_steps(struct fixture *f)
{
	for (struct scn_step *s = f->s->steps; s; s = s->next) {
		struct event *e = add(f, s->at_ns);

		e->order = 0; /* what a step does comes after it */
		assert_true(asprintf(&e->line,
				     "\"ev\":\"step\",\"id\":%u,\"line\":1,\"text\":\"%s\","
				     "\"node\":\"%s\",\"result\":\"%s\"}",
				     s->id, s->text, s->node->name,
				     s->id == f->failing_step ? f->failure : "ok") > 0);
	}
}

static inline void write_file(const char *dir, const char *name, const struct buf *b)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(buf_text(b), 1, b->len, file), b->len);
	fclose(file);
}

static void write_evidence(struct fixture *f, const char *dir)
{
	struct buf h = {0}, c = {0};
	unsigned frames = 0;

	add_steps(f);
	if (f->events.n)
		qsort(f->events.at, f->events.n, sizeof(f->events.at[0]), event_order);
	put_start(f, &h);
	pcapng_put_header(&c);
	for (struct scn_node *n = f->s->nodes; n; n = n->next) {
		char name[32];

		snprintf(name, sizeof(name), "%s.eth0", n->name);
		pcapng_put_interface(&c, name);
	}
	for (size_t i = 0; i < f->events.n; i++) {
		struct event *e = &f->events.at[i];

		if (e->line) {
			buf_printf(&h, "{\"t\":%lld,%s\n", (long long)e->t_ns, e->line);
			continue;
		}
		pcapng_put_frame(&c, e->interface, EPOCH + e->t_ns, e->direction,
				 (const uint8_t *)e->frame.data, e->frame.len);
		frames++;
	}
	if (!f->no_captures) {
		buf_printf(&h,
			   "{\"t\":%lld,\"ev\":\"capture\",\"segment\":\"outer\",\"file\":"
			   "\"outer.pcapng\",\"frames\":%u,\"dropped\":%lld}\n",
			   (long long)f->s->duration_ns, frames, (long long)f->dropped);
		write_file(dir, "outer.pcapng", &c);
	}
	if (!f->no_end)
		buf_printf(&h, "{\"t\":%lld,\"ev\":\"end\",\"reason\":\"%s\"}\n",
			   (long long)f->s->duration_ns, f->reason[0] ? f->reason : "done");
	write_file(dir, "history.jsonl", &h);
	buf_free(&h);
	buf_free(&c);
}

static void free_fixture(struct fixture *f)
{
	for (size_t i = 0; i < f->events.n; i++) {
		free(f->events.at[i].line);
		buf_free(&f->events.at[i].frame);
	}
	vec_free(&f->events);
	scenario_free(f->s);
}

/* Writes the run's folder of FIXTURES/NAME.txt into dir, which is there. */
static inline void make_run(const char *name, const char *dir)
{
	struct fixture f = {0};
	struct buf text = {0}, scn = {0}, problems = {0};
	char path[512], inputs[300];
	struct conf_report *report = conf_report_new();

	snprintf(f.name, sizeof(f.name), "%s", name);
	snprintf(path, sizeof(path), FIXTURES "/%s.txt", name);
	assert_int_equal(buf_read_file(&text, path, 1 << 20), 0);
	char *rest = strstr(text.data, "\n---\n");

	assert_non_null(rest);
	rest[1] = '\0';
	buf_printf(&scn, "scenario %s {\n\tduration 20s\n%s%s}\n", name, topology, text.data);
	snprintf(inputs, sizeof(inputs), "%s/inputs", dir);
	mkdir(inputs, 0755);
	write_file(inputs, "scenario.scn", &scn);
	f.s = scenario_parse(name, buf_text(&scn), report);
	conf_report_print(report, &problems);
	if (!f.s) {
		fail_msg("%s", buf_text(&problems));
		abort();
	}
	for (char *line = rest + 5, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		read_line(&f, line);
	}
	write_evidence(&f, dir);
	free_fixture(&f);
	conf_report_free(report);
	buf_free(&text);
	buf_free(&scn);
	buf_free(&problems);
}

static inline void remove_run(const char *dir)
{
	static const char *const names[] = {"inputs/scenario.scn", "inputs", "history.jsonl",
					    "outer.pcapng", ""};
	char path[300];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
}

#endif
