/* SPDX-License-Identifier: MIT */
/* capture/merge.h - several sources as one, by packet time.
 *
 * Holds one frame of each source and gives the earliest; of equal times the one of the
 * earlier source. A source keeps its own order, even where its time goes back. One
 * damaged source does not end the others. A single source costs nothing.
 *
 * Waiting. Without `live` the order is exact: while a source has nothing yet (a slow
 * pipe), the others wait for it. With `live`, for followed files, a source that has
 * nothing yet holds nobody back: what the others have is given by time, and what it
 * brings later is given when it comes, with its older time. */
#ifndef CAPTURE_MERGE_H
#define CAPTURE_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "capture/source.h"
#include "net/frame.h"

/* As many as frame.input can tell apart; its last value is left to the store. */
#define MERGE_SOURCES_MAX 65535U

struct merge;

/* Merge n sources (at least one).
 *
 * out      the caller's, for merge_free; written only when the result is OK.
 * sources  given: merge_free closes them. The array is borrowed for the call. After an
 *          error they are the caller's still.
 * live     see above; the waiting time of the sources is then set by merge_next.
 *
 * OK, ERR_LIMIT (more than MERGE_SOURCES_MAX), ERR_NOMEM. */
MUST_USE enum err merge_new(struct merge **out, struct source *const *sources, size_t n,
                            bool live, int wait_ms);

/* The next frame; f->bytes dies at the next call.
 *
 * OK; ERR_MORE (nothing within wait_ms; call again); when every source has ended,
 * ERR_END if each ended well, else the result of the first that did not, with its words
 * in source_problem(merge_source(m, i)). */
MUST_USE enum err merge_next(struct merge *m, struct frame *f);

/* From now on, wait so long for a frame; as wait_ms of merge_new. */
void merge_set_wait(struct merge *m, int wait_ms);

size_t merge_count(const struct merge *m);
struct source *merge_source(const struct merge *m, size_t i); /* the merge's */

/* Make merge_next end soon. Async-signal-safe. */
void merge_break(struct merge *m);

void merge_free(struct merge *m); /* NULL is allowed */

#endif
