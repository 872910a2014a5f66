/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN
#endif

static void assert_zeros(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i], 0);
}

static void assert_mem(const struct mem *mem, size_t used, size_t peak, uint64_t taken,
                       uint64_t refused)
{
	assert_int_equal(mem->used, used);
	assert_int_equal(mem->peak, peak);
	assert_int_equal(mem->taken, taken);
	assert_int_equal(mem->refused, refused);
}

static void test_take_and_give(void **state)
{
	(void)state;
	struct mem mem;
	mem_init(&mem, 1000);
	assert_int_equal(mem.budget, 1000);
	assert_mem(&mem, 0, 0, 0, 0);

	char *p = mem_take(&mem, 600);
	assert_non_null(p);
	assert_zeros(p, 600);
	memset(p, 'x', 600);
	assert_mem(&mem, 600, 600, 1, 0);
	assert_null(mem_take(&mem, 401)); /* one byte too many */
	assert_mem(&mem, 600, 600, 2, 1);
	char *q = mem_take(&mem, 400);
	assert_non_null(q);
	assert_mem(&mem, 1000, 1000, 3, 1);
	assert_null(mem_take(&mem, 1));
	mem_give(&mem, p, 600);
	assert_mem(&mem, 400, 1000, 4, 2);
	mem_give(&mem, NULL, 400); /* nothing was there */
	assert_mem(&mem, 400, 1000, 4, 2);
	mem_give(&mem, q, 400);
	assert_mem(&mem, 0, 1000, 4, 2);
}

static void test_no_wrap(void **state)
{
	(void)state;
	struct mem mem;
	mem_init(&mem, 1000);
	char *p = mem_take(&mem, 100);
	assert_non_null(p);
	volatile size_t huge = SIZE_MAX; /* used + huge would wrap to 99 */
	assert_null(mem_take(&mem, huge));
	assert_null(mem_resize(&mem, p, 100, huge));
	assert_mem(&mem, 100, 100, 3, 2);
	mem_give(&mem, p, 100);
	mem_init(&mem, 0);
	assert_null(mem_take(&mem, 1));
}

static void test_resize(void **state)
{
	(void)state;
	struct mem mem;
	mem_init(&mem, 1000);
	char *p = mem_resize(&mem, NULL, 0, 10);
	assert_non_null(p);
	assert_zeros(p, 10);
	memset(p, 'a', 10);
	assert_mem(&mem, 10, 10, 1, 0);

	p = mem_resize(&mem, p, 10, 700);
	assert_non_null(p);
	assert_memory_equal(p, "aaaaaaaaaa", 10);
	assert_zeros(p + 10, 690);
	assert_mem(&mem, 700, 700, 2, 0);

	memset(p, 'b', 700);
	p = mem_resize(&mem, p, 700, 4);
	assert_non_null(p);
	assert_memory_equal(p, "bbbb", 4);
	assert_mem(&mem, 4, 700, 3, 0);

	p = mem_resize(&mem, p, 4, 8); /* what was dropped does not come back */
	assert_non_null(p);
	assert_memory_equal(p, "bbbb\0\0\0\0", 8);
	assert_mem(&mem, 8, 700, 4, 0);

	p = mem_resize(&mem, p, 8, 8);
	assert_non_null(p);
	assert_mem(&mem, 8, 700, 5, 0);

	assert_null(mem_resize(&mem, p, 8, 1001));
	assert_memory_equal(p, "bbbb\0\0\0\0", 8);
	assert_mem(&mem, 8, 700, 6, 1);
	p = mem_resize(&mem, p, 8, 1000); /* the whole budget */
	assert_non_null(p);
	assert_mem(&mem, 1000, 1000, 7, 1);
	p = mem_resize(&mem, p, 1000, 999); /* down needs no budget */
	assert_non_null(p);
	mem_give(&mem, p, 999);
	assert_mem(&mem, 0, 1000, 8, 1);
}

/* Exactly the allocation of that number fails, be it a take or a resize. */
static void test_fail_at(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 4; n++) {
		struct mem mem;
		mem_init(&mem, 1000);
		mem.fail_at = n;
		char *p = mem_take(&mem, 10);
		assert_int_equal(p == NULL, n == 1);
		size_t had = p ? 10 : 0;
		char *q = mem_resize(&mem, p, had, 20);
		assert_int_equal(q == NULL, n == 2);
		if (q) {
			p = q;
			had = 20;
		}
		q = mem_resize(&mem, p, had, 5);
		assert_int_equal(q == NULL, n == 3);
		if (q) {
			p = q;
			had = 5;
		}
		assert_int_equal(mem.used, had);
		assert_int_equal(mem.taken, 3);
		assert_int_equal(mem.refused, n <= 3);
		mem_give(&mem, p, had);
		assert_int_equal(mem.used, 0);
	}
}

/* A budget lowered below what is in use refuses all, and does not wrap. */
static void test_budget_lowered(void **state)
{
	(void)state;
	struct mem mem;
	mem_init(&mem, 1000);
	char *p = mem_take(&mem, 500);
	assert_non_null(p);
	mem.budget = 100;
	assert_null(mem_take(&mem, 1));
	char *q = mem_resize(&mem, p, 500, 400);
	assert_non_null(q);
	mem_give(&mem, q, 400);
	assert_int_equal(mem.used, 0);
}

/* When the C library refuses, that counts as refused too. Sanitizers end the
 * program at such a size instead. */
static void test_library_refuses(void **state)
{
	(void)state;
#if defined(HAS_ASAN)
	skip();
#else
	struct mem mem;
	mem_init(&mem, SIZE_MAX);
	char *p = mem_take(&mem, 8);
	assert_non_null(p);
	memcpy(p, "sipglass", 8);
	volatile size_t huge = SIZE_MAX / 2 + 1; /* above PTRDIFF_MAX: never granted */
	assert_null(mem_take(&mem, huge));
	assert_mem(&mem, 8, 8, 2, 1);
	assert_null(mem_resize(&mem, p, 8, huge));
	assert_mem(&mem, 8, 8, 3, 2);
	assert_memory_equal(p, "sipglass", 8);
	mem_give(&mem, p, 8);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take_and_give),
		cmocka_unit_test(test_no_wrap),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_fail_at),
		cmocka_unit_test(test_budget_lowered),
		cmocka_unit_test(test_library_refuses),
	};
	return cmocka_run_group_tests_name("base/mem", tests, NULL, NULL);
}
