/* SPDX-License-Identifier: MIT */
/* base/map.h - hash index from keys to 32-bit record numbers.
 *
 * The map holds hashes, not keys: who asks walks the candidates of a hash and
 * compares the whole key with the record. Open addressing, linear probing, at most
 * three quarters full. Several records may stand under one hash. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

struct map_slot {
	uint32_t tag;   /* upper half of the hash: the cached part of the key */
	uint32_t value; /* record number, 0: free, MAP_GONE: removed */
};

struct map {
	struct mem      *mem;
	struct map_slot *slots;
	uint32_t         mask; /* slots - 1, a power of two less one; 0: no slots */
	uint32_t         used; /* slots not free, removed ones included */
	uint32_t         live; /* records */
};

#define MAP_GONE UINT32_MAX

void map_init(struct map *map, struct mem *mem);
void map_clear(struct map *map);

/* First candidate under `hash`, then the next; 0 when there is none left. *at is
 * the caller's place in the walk; the map must not change during it. */
uint32_t map_first(const struct map *map, uint64_t hash, uint32_t *at);
uint32_t map_next(const struct map *map, uint64_t hash, uint32_t *at);

/* Ask for the cache line of `hash` ahead of a map_first. */
void map_prefetch(const struct map *map, uint64_t hash);

/* Add a record (value 1..2^32 - 2) under `hash`. OK or ERR_NOMEM (unchanged). */
MUST_USE enum err map_add(struct map *map, uint64_t hash, uint32_t value);

/* Make room, so that the next n calls of map_add are OK. OK or ERR_NOMEM. */
MUST_USE enum err map_reserve(struct map *map, uint32_t n);

/* Remove that record under that hash; nothing happens when it is not there. */
void map_remove(struct map *map, uint64_t hash, uint32_t value);

#endif
