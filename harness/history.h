/* history.jsonl: what happened in a run, one JSON object a line, in the order in which it happened.
 * The run loop writes it (harness/run), judging reads it (harness/judge); nothing else passes
 * between them but the captures. In virtual time the bytes depend on the scenario and the seed
 * alone: no real time, no host path, no user name, nothing else of this machine is ever written
 * here.
 *
 * Every object begins with "t" (nanoseconds of the run; negative before its start) and "ev":
 *
 * clang-format off
 *
 * start     {"scenario","seed","epoch_ns","ground","clock","kernel","director",
 *            "programs":[{"node","driver","version"}]}
 *           epoch_ns: wall clock at t = 0, so that a frame's time in a capture minus it is t
 * port      {"node","ifname","segment","mac"}
 *           each port, before the start; node "observer" is the harness's own (ARP probes)
 * program   {"node","driver","what":"start"|"exit","pid","status"}
 *           status: "exit 0", "signal 9"; "" at the start
 * step      {"id","line","text","node","result"}
 *           a step of the scenario was done; result: "ok" or the error
 * link      {"node","ifname","up","running"}
 * address   {"node","ifname","ip","prefix","what":"add"|"del"}     the kernel's addresses
 * neighbour {"node","ifname","ip","mac","state"}
 *           mac "" and state "none" when gone; states as iproute2 prints them: REACHABLE STALE
 *           DELAY PROBE FAILED INCOMPLETE PERMANENT
 * forward   {"segment","mac","node","ifname"}
 *           the bridge's forwarding entry; node and ifname "" when it is gone
 * request   {"traffic","session","n","sent","result","status","server","connection","sid","user"}
 *           one HTTP request that has ended at t; session and n count from 0; sent: when it was
 *           sent (ns of the run); result: "ok" (status 2xx or 3xx), "timeout", "reset", "refused",
 *           "closed", "status" (another status), "unreachable"; status: 0 without a reply;
 *           connection: "new" or "kept"; server, sid, user: the reply's headers X-Server, X-Sid
 *           and X-User, "" where it had none; without X-Sid, sid is the session's cookie "sid"
 * stream    {"traffic","first","last","result","server"}
 *           numbered probes first..last (sent at start + n * every) all ended alike: "ok" with
 *           that server, or "lost"; written when the outcome changes and at the end of the run
 * ipvs      {"node","why","services":[{"protocol","ip","port","fwmark","scheduler","flags",
 *            "timeout","servers":[{"ip","port","method","weight"}]}],
 *            "connections":[{"protocol","client","cport","vip","vport","server","sport","state"}],
 *            "sync":[{"role","ifname","syncid"}]}
 *           a snapshot; why: "before step 1", "after step 1" (1 s after it), "end"; lists sorted
 * capture   {"segment","file","frames","dropped"}
 *           at the end; dropped > 0 makes everything that was measured from it unknown
 * healed    {"what","ok"}      at the end, after the captures ended: what was undone
 * end       {"reason","lines"}
 *           "done", or why it ended early; how many lines the file has, this one included; a
 *           history without this line, or with more or fewer, is incomplete, and every verdict
 *           from it unknown
 *
 * clang-format on
 *
 * Captures: DIR/SEGMENT.pcapng, nanosecond stamps of the run's wall clock, one interface block for
 * each port named NODE.IFNAME; a frame that a node sent into the segment is inbound (epb_flags 1),
 * a frame that the segment handed to the node is outbound (epb_flags 2). Both after the faults on
 * the sender's side; an outbound frame may still be dropped inside the node.
 */
#ifndef HARNESS_HISTORY_H
#define HARNESS_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct history;

/* Creates DIR/history.jsonl. 0 or -errno. */
int history_open(struct history **out, const char *dir);
/* Writes one line. fields (an object, in the order given above, or NULL) is taken over and freed.
 */
void history_write(struct history *h, int64_t t_ns, const char *ev, json_t *fields);
/* Flushes and closes; -errno if any line could not be written. NULL is allowed. */
int history_close(struct history *h);

/* Reads a history: calls each for every line until it returns false. fields is the whole object and
 * belongs to the reader. A line that is not a JSON object with "t" and "ev" ends it with -EBADMSG
 * and its number in *line. */
int history_read(const char *dir,
		 bool (*each)(void *ctx, int64_t t_ns, const char *ev, const json_t *fields),
		 void *ctx, int *line);

#endif
