/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "unit/base/random.h"

#define BUDGET    (64U << 20)
#define PER_CHUNK (1U << POOL_SHIFT)

/* Every byte of a record from its index, so that records that overlap are seen. */
static void fill(void *record, uint32_t size, uint32_t index)
{
	unsigned char *bytes = record;
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(index * 31 + i * 7 + (index >> 8));
}

static bool is_filled(const void *record, uint32_t size, uint32_t index)
{
	const unsigned char *bytes = record;
	for (uint32_t i = 0; i < size; i++)
		if (bytes[i] != (unsigned char)(index * 31 + i * 7 + (index >> 8)))
			return false;
	return true;
}

static bool is_zero(const void *record, uint32_t size)
{
	const unsigned char *bytes = record;
	for (uint32_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* Indices count from 1, records are zero, do not move and do not overlap, whatever
 * their size. */
static void test_records_stay(void **state)
{
	(void)state;
	static const uint32_t sizes[] = { 4, 5, 8, 24, 1000 };
	enum { COUNT = 3 * PER_CHUNK + 7 };
	static void *places[COUNT + 1];
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct mem mem;
		struct pool pool;
		mem_init(&mem, BUDGET);
		pool_init(&pool, &mem, sizes[s], COUNT);
		assert_int_equal(mem.taken, 0);
		for (uint32_t i = 1; i <= COUNT; i++) {
			uint32_t index = 0;
			assert_int_equal(pool_add(&pool, &index), OK);
			assert_int_equal(index, i);
			places[i] = pool_at(&pool, index);
			assert_true(is_zero(places[i], sizes[s]));
			fill(places[i], sizes[s], i);
		}
		for (uint32_t i = 1; i <= COUNT; i++) {
			assert_ptr_equal(pool_at(&pool, i), places[i]);
			assert_true(is_filled(places[i], sizes[s], i));
		}
		assert_int_equal(pool.live, COUNT);
		pool_clear(&pool);
		assert_int_equal(mem.used, 0);
	}
}

static void test_limit(void **state)
{
	(void)state;
	struct mem mem;
	struct pool pool;
	uint32_t index = 0;
	mem_init(&mem, BUDGET);
	pool_init(&pool, &mem, 8, 2);
	assert_int_equal(pool_add(&pool, &index), OK);
	assert_int_equal(pool_add(&pool, &index), OK);
	for (int i = 0; i < 3; i++) {
		index = 77;
		assert_int_equal(pool_add(&pool, &index), ERR_LIMIT);
		assert_int_equal(index, 77);
		assert_int_equal(pool.live, 2);
	}
	pool_free(&pool, 1);
	assert_int_equal(pool_add(&pool, &index), OK);
	assert_int_equal(index, 1);
	assert_int_equal(pool_add(&pool, &index), ERR_LIMIT);
	pool_clear(&pool);
	assert_int_equal(mem.used, 0);
	assert_int_equal(pool_add(&pool, &index), OK); /* as new */
	assert_int_equal(index, 1);
	pool_clear(&pool);
	assert_int_equal(mem.used, 0);
}

/* The newest freed first, as zeros again; memory does not grow meanwhile. The last
 * index is taken back when it is freed, so it is new again after the others. */
static void test_freed_are_used_again(void **state)
{
	(void)state;
	struct mem mem;
	struct pool pool;
	uint32_t index;
	mem_init(&mem, BUDGET);
	pool_init(&pool, &mem, 12, 100);
	for (uint32_t i = 1; i <= 5; i++) {
		assert_int_equal(pool_add(&pool, &index), OK);
		fill(pool_at(&pool, index), 12, index);
	}
	size_t used = mem.used;
	pool_free(&pool, 2);
	pool_free(&pool, 5);
	pool_free(&pool, 3);
	assert_int_equal(pool.live, 2);
	assert_true(is_filled(pool_at(&pool, 1), 12, 1));
	assert_true(is_filled(pool_at(&pool, 4), 12, 4));
	static const uint32_t expected[] = { 3, 2, 5, 6 };
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pool_add(&pool, &index), OK);
		assert_int_equal(index, expected[i]);
		assert_true(is_zero(pool_at(&pool, index), 12));
	}
	assert_int_equal(mem.used, used);
	pool_clear(&pool);
}

/* Any order of adding and freeing: no record is handed out twice, none is damaged. */
static void test_random(void **state)
{
	(void)state;
	enum { LIMIT = 2500, STEPS = 100000 };
	static bool live[LIMIT + 1];
	uint32_t count = 0;
	uint64_t seed = 1;
	struct mem mem;
	struct pool pool;
	mem_init(&mem, BUDGET);
	pool_init(&pool, &mem, 16, LIMIT);
	for (uint32_t step = 0; step < STEPS; step++) {
		/* a tide: mostly adding for a while, then mostly freeing */
		bool adds = random_below(&seed, 10) < (step / 5000 % 2 ? 2 : 8);
		uint32_t index = random_below(&seed, LIMIT) + 1;
		if (adds) {
			enum err e = pool_add(&pool, &index);
			assert_int_equal(e, count == LIMIT ? ERR_LIMIT : OK);
			if (e != OK)
				continue;
			assert_in_range(index, 1, LIMIT);
			assert_false(live[index]);
			assert_true(is_zero(pool_at(&pool, index), 16));
			fill(pool_at(&pool, index), 16, index);
			live[index] = true;
			count++;
		} else if (live[index]) {
			assert_true(is_filled(pool_at(&pool, index), 16, index));
			pool_free(&pool, index);
			live[index] = false;
			count--;
		}
		assert_int_equal(pool.live, count);
	}
	for (uint32_t i = 1; i <= LIMIT; i++)
		if (live[i])
			assert_true(is_filled(pool_at(&pool, i), 16, i));
	pool_clear(&pool);
	assert_int_equal(mem.used, 0);
}

/* Fill 20 chunks (the list of chunks grows too); an addition that fails is clean and
 * is tried again. Returns how many failed. */
static unsigned fill_pool(struct pool *pool)
{
	unsigned failed = 0;
	for (uint32_t i = 1; i <= 20 * PER_CHUNK; i++) {
		uint32_t index = 77;
		enum err e = pool_add(pool, &index);
		if (e != OK) {
			failed++;
			assert_int_equal(e, ERR_NOMEM);
			assert_int_equal(index, 77);
			assert_int_equal(pool->live, i - 1);
			e = pool_add(pool, &index);
		}
		assert_int_equal(e, OK);
		assert_int_equal(index, i);
		fill(pool_at(pool, index), 8, index);
	}
	for (uint32_t i = 1; i <= 20 * PER_CHUNK; i++)
		assert_true(is_filled(pool_at(pool, i), 8, i));
	return failed;
}

static void test_every_allocation_fails(void **state)
{
	(void)state;
	uint64_t n = 0;
	struct mem mem;
	do {
		struct pool pool;
		mem_init(&mem, BUDGET);
		mem.fail_at = ++n;
		pool_init(&pool, &mem, 8, UINT32_MAX - 1);
		unsigned failed = fill_pool(&pool);
		assert_int_equal(failed, mem.refused);
		pool_clear(&pool);
		assert_int_equal(mem.used, 0);
	} while (mem.refused);
	assert_in_range(n, 20, 100); /* the sweep went through the chunks */
}

/* A spent budget is an error as often as one asks, and no harm to what is there. */
static void test_budget(void **state)
{
	(void)state;
	struct mem mem;
	struct pool pool;
	mem_init(&mem, 2 * PER_CHUNK * 100 + 1000);
	pool_init(&pool, &mem, 100, UINT32_MAX - 1);
	uint32_t index, count = 0;
	while (pool_add(&pool, &index) == OK) {
		fill(pool_at(&pool, index), 100, index);
		count++;
	}
	assert_int_equal(count, 2 * PER_CHUNK);
	assert_int_equal(pool_add(&pool, &index), ERR_NOMEM);
	for (uint32_t i = 1; i <= count; i++)
		assert_true(is_filled(pool_at(&pool, i), 100, i));
	pool_free(&pool, 9);
	assert_int_equal(pool_add(&pool, &index), OK);
	assert_int_equal(index, 9);
	pool_clear(&pool);
	assert_int_equal(mem.used, 0);
}

/* --- dropping */

/* What is there, and in which order; each record as it was filled. */
static void check_dropped(const struct pool *pool, const bool *there, uint32_t last)
{
	uint32_t expected = 0, live = 0;
	for (uint32_t i = 1; i <= last; i++) {
		assert_int_equal(pool_has(pool, i), there[i]);
		if (!there[i])
			continue;
		assert_true(is_filled(pool_at(pool, i), pool->size, i));
		assert_int_equal(pool_next(pool, expected), i);
		if (live % 97 == 0)
			assert_int_equal(pool_nth(pool, live), i);
		expected = i;
		live++;
	}
	assert_int_equal(pool_next(pool, expected), 0);
	assert_int_equal(pool->live, live);
	assert_int_equal(pool_nth(pool, live), 0);
	assert_false(pool_has(pool, 0));
	assert_false(pool_has(pool, last + 1));
}

/* Any order of adding and dropping: an index is never handed out twice, what is there
 * stays as it was, and memory follows what is there. fail: allocations that packing asks
 * for fail now and then. */
static void drop_at_random(uint32_t size, uint64_t seed, bool fail)
{
	enum { COUNT = 12 * PER_CHUNK };
	static bool there[COUNT + 2];
	static uint32_t list[COUNT];
	uint32_t n = 0, last = 0;
	struct mem mem;
	struct pool pool;
	memset(there, 0, sizeof(there));
	mem_init(&mem, BUDGET);
	pool_init(&pool, &mem, size, COUNT);
	for (uint32_t step = 0; last < COUNT || n > 5; step++) {
		bool adds = last < COUNT &&
		            random_below(&seed, 10) < (step / 2000 % 2 ? 3 : 8);
		uint32_t index = 0;
		if (adds) {
			assert_int_equal(pool_add(&pool, &index), OK);
			assert_int_equal(index, ++last);
			assert_true(is_zero(pool_at(&pool, index), size));
			fill(pool_at(&pool, index), size, index);
			there[index] = true;
			list[n++] = index;
		} else if (n > 0) {
			uint32_t k = random_below(&seed, n);
			if (fail)
				mem.fail_at = mem.taken + random_below(&seed, 3);
			pool_drop(&pool, list[k]);
			mem.fail_at = 0;
			there[list[k]] = false;
			list[k] = list[--n];
		}
		if (step % 997 == 0)
			check_dropped(&pool, there, last);
	}
	check_dropped(&pool, there, last);
	assert_int_equal(pool_add(&pool, &(uint32_t){ 0 }), ERR_LIMIT);
	if (!fail) /* five records, no more than ten places and their chunks' heads */
		assert_in_range(mem.used, 1,
		                5 * (2 * size + sizeof(struct pool_head)) + 16 * 8);
	pool_clear(&pool);
	assert_int_equal(mem.used, 0);
}

static void test_drop(void **state)
{
	(void)state;
	drop_at_random(4, 1, false);
	drop_at_random(24, 2, false);
	drop_at_random(5, 3, true);
}

/* In the order in which they came, as most are: nothing is left of them. */
static void test_drop_in_order(void **state)
{
	(void)state;
	struct mem mem;
	struct pool pool;
	mem_init(&mem, BUDGET);
	pool_init(&pool, &mem, 40, UINT32_MAX - 1);
	size_t most = 0;
	for (uint32_t i = 1; i <= 100 * PER_CHUNK; i++) {
		uint32_t index;
		assert_int_equal(pool_add(&pool, &index), OK);
		assert_int_equal(index, i);
		if (i > 100)
			pool_drop(&pool, i - 100);
		if (mem.used > most)
			most = mem.used;
	}
	assert_int_equal(pool_next(&pool, 0), 100 * PER_CHUNK - 99);
	assert_in_range(most, 1, (size_t)3 * 40 * PER_CHUNK);
	pool_clear(&pool);
	assert_int_equal(mem.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_stay),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_freed_are_used_again),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_every_allocation_fails),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_drop_in_order),
	};
	return cmocka_run_group_tests_name("base/pool", tests, NULL, NULL);
}
