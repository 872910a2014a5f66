/* SPDX-License-Identifier: MIT */
/* capture/frame_spool.h - packets that cannot be read a second time from where they came,
 * kept in a file without a name. */
#ifndef CAPTURE_FRAME_SPOOL_H
#define CAPTURE_FRAME_SPOOL_H

#include <stdint.h>

#include "base/err.h"
#include "capture/store.h"
#include "net/frame.h"

struct frame_spool;

/* As store_new. *out is the caller's, for frame_spool_free. */
MUST_USE enum err frame_spool_new(struct frame_spool **out, char why[STORE_WHY_MAX]);
void frame_spool_free(struct frame_spool *spool); /* NULL is allowed */

/* Keep a packet, borrowed. OK or ERR_IO: it is not kept, and the caller counts it. */
MUST_USE enum err frame_spool_put(struct frame_spool *spool, const struct frame *frame);

/* Keep so many bytes of packets, the newest ones; 0, as at first: all of them. */
void frame_spool_limit(struct frame_spool *spool, uint64_t bytes);

/* Packets that were kept, and how many of them, the oldest, are gone to keep the limit;
 * a few that are there yet count as gone. */
uint64_t frame_spool_count(const struct frame_spool *spool);
uint64_t frame_spool_gone(struct frame_spool *spool);

/* Begin with the first one that is there again. */
void frame_spool_rewind(struct frame_spool *spool);

/* The next one, as it was put but for its offset. Its bytes are the spool's, until the
 * next call. OK, ERR_END, ERR_IO, ERR_NOMEM. */
MUST_USE enum err frame_spool_next(struct frame_spool *spool, struct frame *frame);

#endif
