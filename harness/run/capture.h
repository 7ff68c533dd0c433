/* Every frame of every segment, in DIR/SEGMENT.pcapng (harness/history.h says what is in them). */
#ifndef HARNESS_RUN_CAPTURE_H
#define HARNESS_RUN_CAPTURE_H

#include "harness/run/world.h"

int capture_open(struct world *w);
/* Takes over what has come since the last call. Called on the world's beat and not at each frame:
 * the kernel has stamped them, so nothing is gained by hurrying. */
void capture_read(struct world *w);
/* Reads what is left, closes the files and writes "capture" lines. NULL w->capture is allowed. */
void capture_close(struct world *w);

#endif
