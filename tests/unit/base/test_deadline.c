/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/deadline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/base/random.h"

#define BUDGET (16U << 20)

static int compare(const void *left, const void *right)
{
	const struct deadline *a = left, *b = right;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static void assert_item(const struct deadline *got, tick at, uint32_t id, uint32_t kind)
{
	assert_true(got->at == at);
	assert_int_equal(got->id, id);
	assert_int_equal(got->kind, kind);
}

static void test_empty(void **state)
{
	(void)state;
	struct mem mem;
	struct deadline_queue queue;
	struct deadline out = { 1, 2, 3 };
	mem_init(&mem, BUDGET);
	deadline_init(&queue, &mem);
	assert_true(deadline_next(&queue) == TICK_NONE);
	assert_false(deadline_pop(&queue, TICK_NONE, &out));
	assert_item(&out, 1, 2, 3);
	deadline_clear(&queue);
	assert_int_equal(mem.taken, 0);
}

/* Not a nanosecond early, and not late. */
static void test_due(void **state)
{
	(void)state;
	struct mem mem;
	struct deadline_queue queue;
	struct deadline out = { 1, 2, 3 };
	mem_init(&mem, BUDGET);
	deadline_init(&queue, &mem);
	assert_int_equal(deadline_add(&queue, (struct deadline){ 32 * TICK_S, 7, 9 }),
	                 OK);
	assert_true(deadline_next(&queue) == 32 * TICK_S);
	assert_false(deadline_pop(&queue, 32 * TICK_S - 1, &out));
	assert_item(&out, 1, 2, 3);
	assert_true(deadline_pop(&queue, 32 * TICK_S, &out));
	assert_item(&out, 32 * TICK_S, 7, 9);
	assert_true(deadline_next(&queue) == TICK_NONE);
	assert_false(deadline_pop(&queue, 32 * TICK_S, &out));

	/* the ends of time */
	assert_int_equal(deadline_add(&queue, (struct deadline){ TICK_NONE - 1, 1, 0 }),
	                 OK);
	assert_int_equal(deadline_add(&queue, (struct deadline){ 0, 2, 0 }), OK);
	assert_true(deadline_next(&queue) == 0);
	assert_true(deadline_pop(&queue, 0, &out));
	assert_item(&out, 0, 2, 0);
	assert_false(deadline_pop(&queue, TICK_NONE - 2, &out));
	assert_true(deadline_pop(&queue, TICK_NONE - 1, &out));
	assert_item(&out, TICK_NONE - 1, 1, 0);
	deadline_clear(&queue);
	assert_int_equal(mem.used, 0);
}

/* Equal instants by kind, then by id, in whatever order they were added. */
static void test_ties(void **state)
{
	(void)state;
	static const struct deadline sorted[] = {
		{ 5, 9, 0 },          { 5, 10, 0 }, { 5, UINT32_MAX, 0 },
		{ 5, 0, 1 },          { 5, 0, 1 },  { 5, 1, 1 },
		{ 5, 0, UINT32_MAX }, { 6, 0, 0 },  { 6, UINT32_MAX, 0 },
	};
	enum { COUNT = sizeof(sorted) / sizeof(sorted[0]) };
	uint64_t seed = 2;
	struct mem mem;
	struct deadline_queue queue;
	struct deadline out;
	mem_init(&mem, BUDGET);
	deadline_init(&queue, &mem);
	for (int round = 0; round < 1000; round++) {
		struct deadline mixed[COUNT];
		memcpy(mixed, sorted, sizeof(sorted));
		for (uint32_t i = COUNT - 1; i > 0; i--) {
			uint32_t j = random_below(&seed, i + 1);
			struct deadline swap = mixed[i];
			mixed[i] = mixed[j];
			mixed[j] = swap;
		}
		for (uint32_t i = 0; i < COUNT; i++)
			assert_int_equal(deadline_add(&queue, mixed[i]), OK);
		for (uint32_t i = 0; i < COUNT; i++) {
			assert_true(deadline_pop(&queue, 6, &out));
			assert_item(&out, sorted[i].at, sorted[i].id, sorted[i].kind);
		}
		assert_false(deadline_pop(&queue, TICK_NONE, &out));
	}
	deadline_clear(&queue);
}

/* Everything in, everything out, sorted. */
static void test_sorts(void **state)
{
	(void)state;
	enum { COUNT = 20000 };
	static struct deadline items[COUNT];
	uint64_t seed = 4;
	struct mem mem;
	struct deadline_queue queue;
	struct deadline out;
	mem_init(&mem, BUDGET);
	deadline_init(&queue, &mem);
	for (uint32_t i = 0; i < COUNT; i++) {
		items[i] = (struct deadline){ random_below(&seed, 5000),
			                      random_below(&seed, 9),
			                      random_below(&seed, 3) };
		assert_int_equal(deadline_add(&queue, items[i]), OK);
	}
	qsort(items, COUNT, sizeof(items[0]), compare);
	for (uint32_t i = 0; i < COUNT; i++) {
		assert_true(deadline_next(&queue) == items[i].at);
		assert_true(deadline_pop(&queue, TICK_NONE, &out));
		assert_item(&out, items[i].at, items[i].id, items[i].kind);
	}
	assert_true(deadline_next(&queue) == TICK_NONE);
	deadline_clear(&queue);
	assert_int_equal(mem.used, 0);
}

/* Adding and taking mixed, while time goes on, against a plain list. */
static void test_random(void **state)
{
	(void)state;
	enum { MOST = 200 };
	static struct deadline list[MOST];
	uint32_t count = 0;
	uint64_t seed = 6;
	struct mem mem;
	struct deadline_queue queue;
	mem_init(&mem, BUDGET);
	deadline_init(&queue, &mem);
	tick now = 0;
	for (int step = 0; step < 100000; step++) {
		if (count < MOST && random_below(&seed, 2)) {
			struct deadline item = { now + random_below(&seed, 300),
				                 random_below(&seed, 50),
				                 random_below(&seed, 2) };
			assert_int_equal(deadline_add(&queue, item), OK);
			list[count++] = item;
		} else {
			now += random_below(&seed, 4);
		}
		uint32_t least = 0;
		for (uint32_t i = 1; i < count; i++)
			if (compare(&list[i], &list[least]) < 0)
				least = i;
		assert_true(deadline_next(&queue) ==
		            (count ? list[least].at : TICK_NONE));
		bool due = count && list[least].at <= now;
		struct deadline out;
		assert_int_equal(deadline_pop(&queue, now, &out), due);
		if (due) {
			assert_item(&out, list[least].at, list[least].id,
			            list[least].kind);
			list[least] = list[--count];
		}
		assert_int_equal(queue.count + queue.ring_count, count);
	}
	deadline_clear(&queue);
	assert_int_equal(mem.used, 0);
}

/* An item that cannot be added leaves the queue as it was; tried again it is in.
 * Returns how many failed. */
static unsigned fill_queue(struct deadline_queue *queue)
{
	enum { COUNT = 1000 };
	unsigned failed = 0;
	struct deadline out;
	for (uint32_t i = 0; i < COUNT; i++) {
		struct deadline item = { i * 7 % COUNT, i, 0 }; /* each instant once */
		struct deadline_queue before = *queue;
		enum err e = deadline_add(queue, item);
		if (e != OK) {
			failed++;
			assert_int_equal(e, ERR_NOMEM);
			assert_memory_equal(queue, &before, sizeof(before));
			e = deadline_add(queue, item);
		}
		assert_int_equal(e, OK);
	}
	for (uint32_t i = 0; i < COUNT; i++) {
		assert_true(deadline_pop(queue, TICK_NONE, &out));
		assert_true(out.at == i);
	}
	return failed;
}

static void test_every_allocation_fails(void **state)
{
	(void)state;
	uint64_t n = 0;
	struct mem mem;
	do {
		struct deadline_queue queue;
		mem_init(&mem, BUDGET);
		mem.fail_at = ++n;
		deadline_init(&queue, &mem);
		unsigned failed = fill_queue(&queue);
		assert_int_equal(failed, mem.refused);
		deadline_clear(&queue);
		assert_int_equal(mem.used, 0);
	} while (mem.refused);
	assert_in_range(n, 4, 50);
}

static bool is_even(const void *arg, const struct deadline *item)
{
	return item->id % 2 == *(const uint32_t *)arg;
}

/* In order and not, before and after some were taken: the others come as they would. */
static void test_keep(void **state)
{
	(void)state;
	enum { COUNT = 2000 };
	static struct deadline expected[COUNT];
	struct mem mem;
	uint64_t seed = 5;
	const uint32_t rest = 0;
	mem_init(&mem, BUDGET);
	for (uint32_t disorder = 1; disorder < 3000; disorder *= 7) {
		struct deadline_queue queue;
		struct deadline out;
		size_t n = 0, at = 0;
		deadline_init(&queue, &mem);
		for (uint32_t i = 0; i < COUNT; i++) {
			tick when = i + random_below(&seed, disorder);
			const struct deadline item = { when, i, i % 3 };
			assert_int_equal(deadline_add(&queue, item), OK);
			if (i % 2 == 0)
				expected[n++] = item;
		}
		qsort(expected, n, sizeof(expected[0]), compare);
		while (deadline_pop(&queue, 50, &out))
			at += out.id % 2 == 0;
		deadline_keep(&queue, is_even, &rest);
		assert_true(deadline_next(&queue) == expected[at].at);
		for (; at < n; at++) {
			assert_true(deadline_pop(&queue, TICK_NONE, &out));
			assert_item(&out, expected[at].at, expected[at].id,
			            expected[at].kind);
		}
		assert_false(deadline_pop(&queue, TICK_NONE, &out));
		deadline_keep(&queue, is_even, &rest);
		assert_true(deadline_next(&queue) == TICK_NONE);
		deadline_clear(&queue);
	}
	assert_int_equal(mem.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_sorts),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_every_allocation_fails),
	};
	return cmocka_run_group_tests_name("base/deadline", tests, NULL, NULL);
}
