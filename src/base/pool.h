/* SPDX-License-Identifier: MIT */
/* base/pool.h - records of one size, named by a 32-bit index from 1.
 *
 * Records live in chunks; index 0 is "none". Adding is O(1); a chunk is taken when the
 * last is full. A pool lets go of records in one of two ways:
 *
 * pool_free: the index is used again, the newest first. Records never move, so a pointer
 * stays good while its record does. Memory is that of the most records at once.
 *
 * pool_drop: the index is never used again, so that indices stay in the order in which
 * records were added, and one that is gone is known as such. A chunk that is half empty
 * is packed, which moves its records: pointers are good until the next pool_drop. Memory
 * is at most twice that of the records there are, and 8 bytes for each 1,024 that ever
 * were. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

/* 1,024 records a chunk; 6 or more. Fuzz targets have small ones, so that their short
 * inputs come to all that is done with chunks. */
#ifndef POOL_SHIFT
#define POOL_SHIFT 10
#endif

/* What stands before the records of a chunk. */
struct pool_head {
	uint64_t gone[(1U << POOL_SHIFT) / 64]; /* bit: the record was dropped */
	uint16_t before[(1U << POOL_SHIFT) / 64]; /* of a packed one: records that are
	                                           * there before those of this word */
	uint32_t ngone;
	uint32_t room; /* records that there is memory for */
	uint64_t unused; /* so that the records begin at a multiple of 16 */
};

struct pool {
	struct mem *mem;
	char      **chunks; /* their first record, with bit 0 set where they are packed;
	                     * NULL: all are gone */
	uint32_t    nchunks;
	uint32_t    room;  /* entries that chunks has room for */
	uint32_t    used;  /* indices 1..used have been handed out */
	uint32_t    limit; /* largest index */
	uint32_t    live;  /* records in use */
	uint32_t    free;  /* newest freed record, or 0 */
	uint32_t    size;  /* bytes of a record, at least 4 */
	bool        gone;  /* some record was dropped */
};

/* size in bytes, 4 or more; limit 1..2^32 - 2. mem must outlive the pool. */
void pool_init(struct pool *pool, struct mem *mem, uint32_t size, uint32_t limit);
void pool_clear(struct pool *pool);

/* A zeroed record. OK, ERR_LIMIT, ERR_NOMEM; *index is written only on OK. */
MUST_USE enum err pool_add(struct pool *pool, uint32_t *index);

/* The record may be handed out again; index must be one in use. The newest index is
 * taken back, so that a record which was added in vain leaves no hole. */
void pool_free(struct pool *pool, uint32_t index);

/* The record is gone for good; index must be one in use. Of one pool, either this or
 * pool_free is used. */
void pool_drop(struct pool *pool, uint32_t index);

/* pool_has, pool_next and pool_at where some are gone. */
bool pool_has_yet(const struct pool *pool, uint32_t index);
uint32_t pool_next_yet(const struct pool *pool, uint32_t index);
void *pool_at_packed(const struct pool *pool, uint32_t index);

/* Is there a record of this index? Of a pool whose records are dropped, not freed, as
 * the next two. */
static inline bool pool_has(const struct pool *pool, uint32_t index)
{
	if (!pool->gone)
		return index != 0 && index <= pool->used;
	return pool_has_yet(pool, index);
}

/* The first index after this one that has a record, or 0. From 0 on: all of them, in
 * order. O(1) on average where records are there. */
static inline uint32_t pool_next(const struct pool *pool, uint32_t index)
{
	if (!pool->gone)
		return index < pool->used ? index + 1 : 0;
	return pool_next_yet(pool, index);
}

/* The index of the nth record, from 0, or 0: there are not so many. O(1) for each 1,024
 * indices. */
uint32_t pool_nth(const struct pool *pool, uint32_t n);

/* The record of an index that pool_add gave. Inline: every step of every list of
 * the trackers goes through here. With POOL_CHECKED, as in builds with sanitizers, one
 * that is gone is told of. */
static inline void *pool_at(const struct pool *pool, uint32_t index)
{
	uint32_t i = index - 1;
#ifdef POOL_CHECKED
	assert(pool_has(pool, index));
#endif
	char *chunk = pool->chunks[i >> POOL_SHIFT];
	if ((uintptr_t)chunk & 1)
		return pool_at_packed(pool, index);
	return chunk + (size_t)(i & ((1U << POOL_SHIFT) - 1)) * pool->size;
}

#endif
