/* vipctl's output: answers of the control socket as tables for people. Pure: text from JSON.
 */
#ifndef DAEMON_CONTROL_VIPCTL_H
#define DAEMON_CONTROL_VIPCTL_H

#include "lib/base/buf.h"

#include <jansson.h>

void vipctl_print_status(const json_t *answer, struct buf *out);
void vipctl_print_instances(const json_t *answer, struct buf *out);
void vipctl_print_stats(const json_t *answer, struct buf *out);
void vipctl_print_handover(const json_t *answer, struct buf *out);
/* A line of watch. */
void vipctl_print_event(const json_t *event, struct buf *out);

#endif
