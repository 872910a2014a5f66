/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/pool.h"

#include <string.h>

#define PER_CHUNK (1U << POOL_SHIFT)

void pool_init(struct pool *pool, struct mem *mem, uint32_t size, uint32_t limit)
{
	*pool = (struct pool){ .mem = mem, .size = size, .limit = limit };
}

void pool_clear(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->nchunks; i++)
		mem_give(pool->mem, pool->chunks[i], (size_t)PER_CHUNK * pool->size);
	mem_give(pool->mem, pool->chunks, pool->room * sizeof(*pool->chunks));
	pool_init(pool, pool->mem, pool->size, pool->limit);
}

static enum err add_chunk(struct pool *pool)
{
	if (pool->nchunks == pool->room) {
		uint32_t room = pool->room ? pool->room * 2 : 16;
		char **chunks = mem_resize(pool->mem, pool->chunks,
		                           pool->room * sizeof(*chunks),
		                           room * sizeof(*chunks));
		if (!chunks)
			return ERR_NOMEM;
		pool->chunks = chunks;
		pool->room = room;
	}
	char *chunk = mem_take(pool->mem, (size_t)PER_CHUNK * pool->size);
	if (!chunk)
		return ERR_NOMEM;
	pool->chunks[pool->nchunks++] = chunk;
	return OK;
}

enum err pool_add(struct pool *pool, uint32_t *index)
{
	if (pool->live >= pool->limit)
		return ERR_LIMIT;
	if (pool->free) {
		*index = pool->free;
		char *record = pool_at(pool, pool->free);
		memcpy(&pool->free, record, sizeof(pool->free));
		memset(record, 0, pool->size);
		pool->live++;
		return OK;
	}
	if (pool->used >> POOL_SHIFT == pool->nchunks) {
		enum err e = add_chunk(pool);
		if (e != OK)
			return e;
	}
	*index = ++pool->used;
	pool->live++;
	return OK;
}

void pool_free(struct pool *pool, uint32_t index)
{
	char *record = pool_at(pool, index);
	memset(record, 0, pool->size);
	pool->live--;
	if (index == pool->used) { /* as if it had never been handed out */
		pool->used--;
		return;
	}
	memcpy(record, &pool->free, sizeof(pool->free));
	pool->free = index;
}
