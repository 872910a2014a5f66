/* SPDX-License-Identifier: MIT */
/* base/pool.h - records of one size, named by a 32-bit index from 1.
 *
 * Records live in chunks and never move, so a pointer stays good while its record
 * does; index 0 is "none". Adding is O(1); a chunk is taken when the last is full.
 * Records that are freed are used again, the newest first. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

#define POOL_SHIFT 10 /* 1,024 records a chunk */

struct pool {
	struct mem *mem;
	char      **chunks;
	uint32_t    nchunks;
	uint32_t    room;  /* entries that chunks has room for */
	uint32_t    used;  /* indices 1..used have been handed out */
	uint32_t    limit; /* most records at once */
	uint32_t    live;  /* records in use */
	uint32_t    free;  /* newest freed record, or 0 */
	uint32_t    size;  /* bytes of a record, at least 4 */
};

/* size in bytes, 4 or more; limit 1..2^32 - 2. mem must outlive the pool. */
void pool_init(struct pool *pool, struct mem *mem, uint32_t size, uint32_t limit);
void pool_clear(struct pool *pool);

/* A zeroed record. OK, ERR_LIMIT, ERR_NOMEM; *index is written only on OK. */
MUST_USE enum err pool_add(struct pool *pool, uint32_t *index);

/* The record may be handed out again; index must be one in use. The newest index is
 * taken back, so that a record which was added in vain leaves no hole. */
void pool_free(struct pool *pool, uint32_t index);

/* The record of an index that pool_add gave. Inline: every step of every list of
 * the trackers goes through here. */
static inline void *pool_at(const struct pool *pool, uint32_t index)
{
	uint32_t i = index - 1;
	return pool->chunks[i >> POOL_SHIFT] +
	       (size_t)(i & ((1U << POOL_SHIFT) - 1)) * pool->size;
}

#endif
