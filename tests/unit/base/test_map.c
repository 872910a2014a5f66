/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "unit/base/random.h"

#define BUDGET (64U << 20)
#define SPREAD UINT64_C(0x9e3779b97f4a7c15) /* odd: no two multiples agree */

/* How often the walk under `hash` gives `value`; fails when the walk does not end. */
static unsigned times_found(const struct map *map, uint64_t hash, uint32_t value)
{
	unsigned times = 0, steps = 0;
	uint32_t at;
	for (uint32_t v = map_first(map, hash, &at); v; v = map_next(map, hash, &at)) {
		times += v == value;
		assert_true(steps++ <= map->live);
	}
	return times;
}

static unsigned walk_length(const struct map *map, uint64_t hash)
{
	unsigned steps = 0;
	uint32_t at;
	for (uint32_t v = map_first(map, hash, &at); v; v = map_next(map, hash, &at))
		steps++;
	return steps;
}

static void assert_shape(const struct map *map)
{
	uint32_t slots = map->mask + 1;
	assert_int_equal(slots & map->mask, 0);
	assert_true(map->live <= map->used);
	assert_true((uint64_t)map->used * 4 <= (uint64_t)slots * 3); /* three quarters */
}

static void test_empty(void **state)
{
	(void)state;
	struct mem mem;
	struct map map;
	uint32_t at;
	mem_init(&mem, BUDGET);
	map_init(&map, &mem);
	assert_int_equal(mem.taken, 0);
	assert_int_equal(map_first(&map, 0, &at), 0);
	assert_int_equal(map_first(&map, UINT64_MAX, &at), 0);
	map_prefetch(&map, 5);
	map_remove(&map, 5, 1);
	assert_int_equal(map.live, 0);
	map_clear(&map);
	map_clear(&map);
	assert_int_equal(mem.used, 0);
}

static void test_add_and_remove(void **state)
{
	(void)state;
	struct mem mem;
	struct map map;
	uint32_t at;
	mem_init(&mem, BUDGET);
	map_init(&map, &mem);
	const uint64_t hash = UINT64_C(0x0123456789abcdef);
	assert_int_equal(map_add(&map, hash, 1), OK);
	assert_int_equal(map_add(&map, 0, UINT32_MAX - 1), OK); /* hash 0, last value */
	assert_int_equal(map_add(&map, UINT64_MAX, 3), OK);
	map_prefetch(&map, hash);
	assert_int_equal(map.live, 3);
	assert_int_equal(map_first(&map, hash, &at), 1);
	assert_int_equal(map_next(&map, hash, &at), 0);
	assert_int_equal(map_first(&map, 0, &at), UINT32_MAX - 1);
	assert_int_equal(map_first(&map, UINT64_MAX, &at), 3);

	map_remove(&map, hash, 2); /* not under this hash: nothing happens */
	map_remove(&map, UINT64_MAX, 1);
	map_remove(&map, hash + (UINT64_C(1) << 32), 1);
	assert_int_equal(map.live, 3);
	map_remove(&map, hash, 1);
	map_remove(&map, hash, 1);
	map_remove(&map, hash, MAP_GONE); /* the mark of removal is no record */
	assert_int_equal(map.live, 2);
	assert_int_equal(map_first(&map, hash, &at), 0);
	assert_int_equal(map_first(&map, 0, &at), UINT32_MAX - 1);
	map_clear(&map);
	assert_int_equal(mem.used, 0);
	assert_int_equal(map_first(&map, 0, &at), 0);
}

/* Hashes that agree in their upper half are one to the map: all candidates are
 * given, each once, and one can be taken from their midst. */
static void test_equal_tags(void **state)
{
	(void)state;
	struct mem mem;
	struct map map;
	mem_init(&mem, BUDGET);
	map_init(&map, &mem);
	const uint64_t upper = UINT64_C(0xfffffffe) << 32;
	for (uint32_t v = 1; v <= 200; v++)
		assert_int_equal(map_add(&map, upper | (v % 3), v), OK);
	assert_int_equal(walk_length(&map, upper), 200);
	for (uint32_t v = 1; v <= 200; v++)
		assert_int_equal(times_found(&map, upper | 0xffffffff, v), 1);
	for (uint32_t v = 2; v <= 200; v += 2)
		map_remove(&map, upper | 9, v);
	assert_int_equal(walk_length(&map, upper), 100);
	for (uint32_t v = 1; v <= 200; v++)
		assert_int_equal(times_found(&map, upper, v), v % 2);
	map_clear(&map);
}

/* Different tags that want the same slot, the last one of the table: their chain
 * goes round its end, and no tag sees the records of another. */
static void test_one_slot_many_tags(void **state)
{
	(void)state;
	struct mem mem;
	struct map map;
	uint32_t at;
	mem_init(&mem, BUDGET);
	map_init(&map, &mem);
	for (uint32_t v = 1; v <= 1000; v++)
		assert_int_equal(map_add(&map, (uint64_t)(v << 20 | 0xfffff) << 32, v),
		                 OK);
	for (uint32_t v = 1; v <= 1000; v++) {
		uint64_t hash = (uint64_t)(v << 20 | 0xfffff) << 32;
		assert_int_equal(map_first(&map, hash, &at), v);
		assert_int_equal(map_next(&map, hash, &at), 0);
		if (v % 3 == 0)
			map_remove(&map, hash, v);
	}
	for (uint32_t v = 1; v <= 1000; v++) {
		uint64_t hash = (uint64_t)(v << 20 | 0xfffff) << 32;
		assert_int_equal(map_first(&map, hash, &at), v % 3 ? v : 0);
	}
	assert_int_equal(map.live, 667);
	assert_shape(&map);
	map_clear(&map);
}

static void test_growth(void **state)
{
	(void)state;
	struct mem mem;
	struct map map;
	uint64_t seed = 5;
	enum { COUNT = 50000 };
	static uint64_t hashes[COUNT + 1];
	mem_init(&mem, BUDGET);
	map_init(&map, &mem);
	for (uint32_t v = 1; v <= COUNT; v++) {
		hashes[v] = random_next(&seed);
		assert_int_equal(map_add(&map, hashes[v], v), OK);
		assert_int_equal(map.live, v);
		assert_int_equal(mem.used,
		                 ((size_t)map.mask + 1) * sizeof(struct map_slot));
		assert_shape(&map);
	}
	for (uint32_t v = 1; v <= COUNT; v++)
		assert_int_equal(times_found(&map, hashes[v], v), 1);
	map_clear(&map);
	assert_int_equal(mem.used, 0);
}

/* A reference that cannot go wrong: one flag for each value that can be there. */
enum { TAGS = 120, PER_TAG = 40 };

static uint64_t hash_of(uint32_t tag, uint32_t low)
{
	/* a third each: neighbours, one slot for all, anywhere */
	uint32_t upper = tag % 3 == 0   ? UINT32_MAX - tag
	                 : tag % 3 == 1 ? tag << 18
	                                : tag * 2654435761U;
	return (uint64_t)upper << 32 | low;
}

static void check_tag(const struct map *map, bool live[TAGS][PER_TAG], uint32_t tag)
{
	bool seen[PER_TAG] = { false };
	uint32_t at;
	uint64_t hash = hash_of(tag, 0);
	for (uint32_t v = map_first(map, hash, &at); v; v = map_next(map, hash, &at)) {
		assert_int_equal((v - 1) / PER_TAG, tag);
		assert_false(seen[(v - 1) % PER_TAG]);
		seen[(v - 1) % PER_TAG] = true;
	}
	assert_memory_equal(seen, live[tag], sizeof(seen));
}

static void test_random(void **state)
{
	(void)state;
	static bool live[TAGS][PER_TAG];
	uint64_t seed = 3;
	uint32_t count = 0;
	struct mem mem;
	struct map map;
	mem_init(&mem, BUDGET);
	map_init(&map, &mem);
	for (uint32_t step = 0; step < 100000; step++) {
		uint32_t tag = random_below(&seed, TAGS),
			 i = random_below(&seed, PER_TAG);
		uint64_t hash = hash_of(tag, random_below(&seed, 5));
		uint32_t value = tag * PER_TAG + i + 1;
		bool adds = random_below(&seed, 10) < (step / 10000 % 2 ? 2 : 8);
		if (adds && !live[tag][i]) {
			assert_int_equal(map_add(&map, hash, value), OK);
			live[tag][i] = true;
			count++;
		} else if (!adds) {
			map_remove(&map, hash, value); /* there or not */
			count -= live[tag][i];
			live[tag][i] = false;
		}
		assert_int_equal(map.live, count);
		assert_shape(&map);
		check_tag(&map, live, tag);
	}
	for (uint32_t tag = 0; tag < TAGS; tag++)
		check_tag(&map, live, tag);
	map_clear(&map);
	assert_int_equal(mem.used, 0);
}

/* Coming and going does not make the table larger than what is in it needs. */
static void test_removed_slots_come_back(void **state)
{
	(void)state;
	static const uint32_t kept[] = { 0, 1, 20, 47, 1000 };
	for (size_t k = 0; k < sizeof(kept) / sizeof(kept[0]); k++) {
		uint64_t seed = 7;
		struct mem mem;
		struct map map;
		mem_init(&mem, BUDGET);
		map_init(&map, &mem);
		for (uint32_t v = 1; v <= kept[k]; v++)
			assert_int_equal(map_add(&map, v * UINT64_C(0x100000001), v), OK);
		for (uint32_t step = 0; step < 50000; step++) {
			uint64_t hash = random_next(&seed) | UINT64_C(1) << 63;
			assert_int_equal(map_add(&map, hash, 2000), OK);
			map_remove(&map, hash, 2000);
		}
		assert_int_equal(map.live, kept[k]);
		assert_shape(&map);
		/* at least one slot in four holds a record, but for the smallest table */
		assert_true(map.mask + 1 <= 64 || map.mask + 1 <= kept[k] * 4);
		for (uint32_t v = 1; v <= kept[k]; v++)
			assert_int_equal(times_found(&map, v * UINT64_C(0x100000001), v),
			                 1);
		map_clear(&map);
	}
}

/* An addition that fails changes nothing and works when it is tried again. Returns
 * how many failed. */
static unsigned fill_map(struct map *map)
{
	unsigned failed = 0;
	for (uint32_t v = 1; v <= 2000; v++) {
		uint64_t hash = v * SPREAD;
		struct map before = *map;
		enum err e = map_add(map, hash, v);
		if (e != OK) {
			failed++;
			assert_int_equal(e, ERR_NOMEM);
			assert_ptr_equal(map->slots, before.slots);
			assert_int_equal(map->mask, before.mask);
			assert_int_equal(map->used, before.used);
			assert_int_equal(map->live, before.live);
			for (uint32_t i = 1; i < v; i++)
				assert_int_equal(times_found(map, i * SPREAD, i),
				                 i % 4 != 0);
			assert_int_equal(times_found(map, hash, v), 0);
			e = map_add(map, hash, v);
		}
		assert_int_equal(e, OK);
		if (v % 4 == 0)
			map_remove(map, hash, v);
	}
	for (uint32_t v = 1; v <= 2000; v++)
		assert_int_equal(times_found(map, v * SPREAD, v), v % 4 != 0);
	return failed;
}

static void test_every_allocation_fails(void **state)
{
	(void)state;
	uint64_t n = 0;
	struct mem mem;
	do {
		struct map map;
		mem_init(&mem, BUDGET);
		mem.fail_at = ++n;
		map_init(&map, &mem);
		unsigned failed = fill_map(&map);
		assert_int_equal(failed, mem.refused);
		map_clear(&map);
		assert_int_equal(mem.used, 0);
	} while (mem.refused);
	assert_in_range(n, 5, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_add_and_remove),
		cmocka_unit_test(test_equal_tags),
		cmocka_unit_test(test_one_slot_many_tags),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_removed_slots_come_back),
		cmocka_unit_test(test_every_allocation_fails),
	};
	return cmocka_run_group_tests_name("base/map", tests, NULL, NULL);
}
