/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/carriers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/net.h"

#define BUDGET (1U << 20)

static void ascending_and_each_once(void **state)
{
	(void)state;
	static const uint64_t in[] = { 5, 7, 7, 0, 6, 5, 1, 9 };
	static const uint64_t want[] = { 1, 5, 6, 7, 9 };
	struct mem mem;
	struct carriers c = { 0 };
	mem_init(&mem, BUDGET);
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		carriers_add(&c, &mem, 0, in[i]);
	assert_int_equal(c.count, 5);
	assert_memory_equal(c.numbers, want, sizeof(want));
	carriers_reset(&c);
	assert_int_equal(c.count, 0);
	assert_int_equal(carriers_size(&c), mem.used);
	carriers_clear(&c, &mem);
	assert_int_equal(mem.used, 0);
}

static void one_input_at_a_time(void **state)
{
	(void)state;
	struct mem mem;
	struct carriers c = { 0 };
	mem_init(&mem, BUDGET);
	carriers_add(&c, &mem, 4, 10);
	carriers_add(&c, &mem, 4, 11);
	carriers_add(&c, &mem, 5, 1);
	assert_int_equal(c.count, 1);
	assert_int_equal(c.numbers[0], 1);
	carriers_clear(&c, &mem);
}

static void past_the_limit_the_last_one_counts(void **state)
{
	(void)state;
	struct mem mem;
	struct carriers c = { 0 };
	mem_init(&mem, BUDGET);
	for (uint64_t n = 2; n < NET_FRAMES_MAX + 2; n++)
		carriers_add(&c, &mem, 0, n);
	carriers_add(&c, &mem, 0, NET_FRAMES_MAX + 1); /* is there */
	assert_false(c.cut);
	for (uint64_t n = NET_FRAMES_MAX + 2; n < 1000; n++)
		carriers_add(&c, &mem, 0, n);
	carriers_add(&c, &mem, 0, 1); /* no room in front */
	assert_true(c.cut);
	assert_int_equal(c.count, NET_FRAMES_MAX);
	assert_int_equal(c.numbers[0], 2);
	assert_int_equal(c.numbers[NET_FRAMES_MAX - 2], NET_FRAMES_MAX);
	assert_int_equal(c.numbers[NET_FRAMES_MAX - 1], 999);
	carriers_add(&c, &mem, 1, 1);
	assert_false(c.cut);
	carriers_clear(&c, &mem);
}

static void without_memory_the_list_stays(void **state)
{
	(void)state;
	struct mem mem;
	struct carriers c = { 0 };
	mem_init(&mem, BUDGET);
	mem.fail_at = 2;
	for (uint64_t n = 1; n <= 9; n++)
		carriers_add(&c, &mem, 0, n);
	assert_int_equal(c.count, 8);
	carriers_add(&c, &mem, 0, 10);
	assert_int_equal(c.count, 9);
	assert_int_equal(c.numbers[8], 10);
	carriers_clear(&c, &mem);
	assert_int_equal(mem.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ascending_and_each_once),
		cmocka_unit_test(one_input_at_a_time),
		cmocka_unit_test(past_the_limit_the_last_one_counts),
		cmocka_unit_test(without_memory_the_list_stays),
	};
	return cmocka_run_group_tests_name("net/carriers", tests, NULL, NULL);
}
