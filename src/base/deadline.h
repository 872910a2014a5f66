/* SPDX-License-Identifier: MIT */
/* base/deadline.h - a queue of instants at which something is due.
 *
 * Most waits are of one length, so that items come in order: they stand in a ring,
 * where add and pop are O(1). One that comes out of order goes to a binary heap, where
 * they are O(log n). Items are not taken out early: who pops one looks whether it
 * still matters. Equal instants come by kind, then id. */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/tick.h"

struct deadline {
	tick     at;
	uint32_t id;
	uint32_t kind; /* the owner's */
};

struct deadline_queue {
	struct mem      *mem;
	struct deadline *items; /* the heap */
	uint32_t         count;
	uint32_t         room;
	struct deadline *ring;  /* sorted, from `head` on */
	uint32_t         ring_count;
	uint32_t         ring_room; /* a power of two, or 0 */
	uint32_t         head;
	tick             next;  /* of the earliest item, or TICK_NONE */
};

void deadline_init(struct deadline_queue *queue, struct mem *mem);
void deadline_clear(struct deadline_queue *queue);

/* OK or ERR_NOMEM (unchanged). */
MUST_USE enum err deadline_add(struct deadline_queue *queue, struct deadline item);

/* The earliest instant, or TICK_NONE. Inline: it is asked before every message. */
static inline tick deadline_next(const struct deadline_queue *queue)
{
	return queue->next;
}

/* Leave out all items that `wanted` says no to. O(n) where they came in order, else
 * O(n log n). */
void deadline_keep(struct deadline_queue *queue,
                   bool (*wanted)(const void *arg, const struct deadline *item),
                   const void *arg);

/* Take the earliest item when it is due at `now`, that is at or before it. */
bool deadline_pop(struct deadline_queue *queue, tick now, struct deadline *out);

#endif
