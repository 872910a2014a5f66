/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/pool.h"

#include <string.h>

#define PER_CHUNK (1U << POOL_SHIFT)

void pool_init(struct pool *pool, struct mem *mem, uint32_t size, uint32_t limit)
{
	*pool = (struct pool){ .mem = mem, .size = size, .limit = limit };
}

static struct pool_head *head_of(char *chunk)
{
	uintptr_t packed = (uintptr_t)chunk & 1;
	return (struct pool_head *)(void *)(chunk - packed - sizeof(struct pool_head));
}

static size_t chunk_bytes(const struct pool *pool, uint32_t room)
{
	return sizeof(struct pool_head) + (size_t)room * pool->size;
}

/* NULL: no memory. */
static char *take_chunk(const struct pool *pool, uint32_t room)
{
	_Static_assert(sizeof(struct pool_head) % 16 == 0, "records are aligned");
	struct pool_head *head = mem_take(pool->mem, chunk_bytes(pool, room));
	if (!head)
		return NULL;
	head->room = room;
	return (char *)(head + 1);
}

static void give_chunk(const struct pool *pool, char *chunk)
{
	if (chunk)
		mem_give(pool->mem, head_of(chunk),
		         chunk_bytes(pool, head_of(chunk)->room));
}

void pool_clear(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->nchunks; i++)
		give_chunk(pool, pool->chunks[i]);
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
	char *chunk = take_chunk(pool, PER_CHUNK);
	if (!chunk)
		return ERR_NOMEM;
	pool->chunks[pool->nchunks++] = chunk;
	return OK;
}

enum err pool_add(struct pool *pool, uint32_t *index)
{
	if (pool->free) {
		*index = pool->free;
		char *record = pool_at(pool, pool->free);
		memcpy(&pool->free, record, sizeof(pool->free));
		memset(record, 0, pool->size);
		pool->live++;
		return OK;
	}
	if (pool->used >= pool->limit)
		return ERR_LIMIT;
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

/* --- dropping */

/* Word and bit of a record in its chunk. */
#define WORD(i) (((i) & (PER_CHUNK - 1)) / 64)
#define BIT(i)  (UINT64_C(1) << ((i) % 64))

static unsigned count_bits(uint64_t word)
{
	return (unsigned)__builtin_popcountll(word);
}

/* Where the record stands among those of a packed chunk. */
static uint32_t rank(const struct pool_head *head, uint32_t i)
{
	return head->before[WORD(i)] + count_bits(~head->gone[WORD(i)] & (BIT(i) - 1));
}

static bool is_packed(const char *chunk)
{
	return (uintptr_t)chunk & 1;
}

void *pool_at_packed(const struct pool *pool, uint32_t index)
{
	uint32_t i = index - 1;
	char *chunk = pool->chunks[i >> POOL_SHIFT];
	return chunk - 1 + (size_t)rank(head_of(chunk), i) * pool->size;
}

/* Move what is there of a chunk, all of whose indices were handed out, to one that is as
 * small as that. Without memory it stays as it is, until the next record of it goes. */
static void pack(struct pool *pool, uint32_t number)
{
	char *old = pool->chunks[number];
	const struct pool_head *from = head_of(old);
	uint32_t first = number << POOL_SHIFT, n = 0;
	char *fresh = take_chunk(pool, PER_CHUNK - from->ngone);
	if (!fresh)
		return;
	struct pool_head *to = head_of(fresh);
	memcpy(to->gone, from->gone, sizeof(to->gone));
	to->ngone = from->ngone;
	for (uint32_t i = first; i < first + PER_CHUNK; i++) {
		if (i % 64 == 0)
			to->before[WORD(i)] = (uint16_t)n;
		if (!(from->gone[WORD(i)] & BIT(i)))
			memcpy(fresh + (size_t)n++ * pool->size, pool_at(pool, i + 1),
			       pool->size);
	}
	give_chunk(pool, old);
	pool->chunks[number] = fresh + 1;
}

/* The records of a packed chunk behind this one move up by one. */
static void close_gap(const struct pool *pool, char *chunk, uint32_t i)
{
	struct pool_head *head = head_of(chunk);
	uint32_t at = rank(head, i), left = PER_CHUNK - head->ngone;
	char *record = chunk - 1 + (size_t)at * pool->size;
	memmove(record, record + pool->size, (size_t)(left - at - 1) * pool->size);
	for (unsigned word = WORD(i) + 1; word < PER_CHUNK / 64; word++)
		head->before[word]--;
}

void pool_drop(struct pool *pool, uint32_t index)
{
	uint32_t i = index - 1, number = i >> POOL_SHIFT;
	char *chunk = pool->chunks[number];
	struct pool_head *head = head_of(chunk);
	if (is_packed(chunk))
		close_gap(pool, chunk, i);
	head->gone[WORD(i)] |= BIT(i);
	head->ngone++;
	pool->gone = true;
	pool->live--;
	if (pool->used >> POOL_SHIFT == number)
		return; /* more will be added to it */
	uint32_t left = PER_CHUNK - head->ngone;
	if (left == 0) {
		give_chunk(pool, chunk);
		pool->chunks[number] = NULL;
	} else if (left <= head->room / 2) {
		pack(pool, number);
	}
}

bool pool_has_yet(const struct pool *pool, uint32_t index)
{
	uint32_t i = index - 1;
	if (index == 0 || index > pool->used || !pool->chunks[i >> POOL_SHIFT])
		return false;
	return !(head_of(pool->chunks[i >> POOL_SHIFT])->gone[WORD(i)] & BIT(i));
}

uint32_t pool_next_yet(const struct pool *pool, uint32_t index)
{
	uint32_t i = index; /* of the one after it, from 0 */
	while (i < pool->used) {
		char *chunk = pool->chunks[i >> POOL_SHIFT];
		if (!chunk) {
			i = ((i >> POOL_SHIFT) + 1) << POOL_SHIFT;
			continue;
		}
		uint64_t here = ~head_of(chunk)->gone[WORD(i)] & ~(BIT(i) - 1);
		if (here) {
			i = (i & ~63U) + (uint32_t)__builtin_ctzll(here);
			return i < pool->used ? i + 1 : 0;
		}
		i = (i & ~63U) + 64;
	}
	return 0;
}

uint32_t pool_nth(const struct pool *pool, uint32_t n)
{
	uint32_t i = 0; /* the first index of a chunk, from 0 */
	if (n >= pool->live)
		return 0;
	for (;; i += PER_CHUNK) {
		char *chunk = pool->chunks[i >> POOL_SHIFT];
		uint32_t there = chunk ? PER_CHUNK - head_of(chunk)->ngone : 0;
		if (n < there)
			break;
		n -= there;
	}
	uint32_t index = pool_next(pool, i);
	while (n--)
		index = pool_next(pool, index);
	return index;
}
