/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/map.h"

#include "base/prefetch.h"

#define SLOTS_MIN 64U

void map_init(struct map *map, struct mem *mem)
{
	*map = (struct map){ .mem = mem };
}

static size_t slots_bytes(const struct map *map)
{
	return map->slots ? ((size_t)map->mask + 1) * sizeof(*map->slots) : 0;
}

void map_clear(struct map *map)
{
	mem_give(map->mem, map->slots, slots_bytes(map));
	map_init(map, map->mem);
}

static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

/* Walk on from slot `i` to the next record with this tag. */
static uint32_t walk(const struct map *map, uint32_t tag, uint32_t i, uint32_t *at)
{
	for (;; i = (i + 1) & map->mask) {
		const struct map_slot *s = &map->slots[i];
		if (s->value == 0)
			return 0;
		if (s->tag == tag && s->value != MAP_GONE) {
			*at = i;
			return s->value;
		}
	}
}

uint32_t map_first(const struct map *map, uint64_t hash, uint32_t *at)
{
	if (!map->slots)
		return 0;
	uint32_t tag = tag_of(hash);
	return walk(map, tag, tag & map->mask, at);
}

uint32_t map_next(const struct map *map, uint64_t hash, uint32_t *at)
{
	return walk(map, tag_of(hash), (*at + 1) & map->mask, at);
}

void map_prefetch(const struct map *map, uint64_t hash)
{
	if (map->slots)
		prefetch(&map->slots[tag_of(hash) & map->mask]);
}

static void place(struct map *map, uint32_t tag, uint32_t value)
{
	uint32_t i = tag & map->mask;
	while (map->slots[i].value != 0)
		i = (i + 1) & map->mask;
	map->slots[i] = (struct map_slot){ tag, value };
}

/* Twice the slots where records fill them, the same number where removed ones do. */
static enum err grow(struct map *map)
{
	size_t had = map->slots ? (size_t)map->mask + 1 : 0;
	size_t want = had ? had : SLOTS_MIN;
	if (map->live * 2ULL >= had)
		want = had ? had * 2 : SLOTS_MIN;
	struct map fresh = { .mem = map->mem, .mask = (uint32_t)(want - 1),
		             .live = map->live, .used = map->live };
	if (want > UINT32_MAX)
		return ERR_NOMEM;
	fresh.slots = mem_take(map->mem, want * sizeof(*fresh.slots));
	if (!fresh.slots)
		return ERR_NOMEM;
	for (size_t i = 0; i < had; i++)
		if (map->slots[i].value != 0 && map->slots[i].value != MAP_GONE)
			place(&fresh, map->slots[i].tag, map->slots[i].value);
	mem_give(map->mem, map->slots, slots_bytes(map));
	*map = fresh;
	return OK;
}

enum err map_reserve(struct map *map, uint32_t n)
{
	while (!map->slots || n > map->mask - map->mask / 4 - map->used) {
		enum err e = grow(map);
		if (e != OK)
			return e;
	}
	return OK;
}

enum err map_add(struct map *map, uint64_t hash, uint32_t value)
{
	enum err e = map_reserve(map, 1);
	if (e != OK)
		return e;
	place(map, tag_of(hash), value);
	map->used++;
	map->live++;
	return OK;
}

void map_remove(struct map *map, uint64_t hash, uint32_t value)
{
	uint32_t at;
	for (uint32_t v = map_first(map, hash, &at); v; v = map_next(map, hash, &at)) {
		if (v != value)
			continue;
		map->slots[at].value = MAP_GONE;
		map->live--;
		return;
	}
}
