/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/guard.h"

#define BUDGET (64U << 20)
#define SEED   UINT64_C(0x5eed)

static void assert_kept(const struct text *text, uint32_t number, struct slice expected)
{
	struct slice got = text_get(text, number);
	assert_int_equal(got.len, expected.len);
	if (expected.len)
		assert_memory_equal(got.p, expected.p, expected.len);
}

static uint32_t add(struct text *text, struct slice s)
{
	uint32_t number = 77;
	assert_int_equal(text_add(text, s, &number), OK);
	return number;
}

static uint32_t intern(struct text *text, struct slice s)
{
	uint32_t number = 77;
	assert_int_equal(text_intern(text, s, &number), OK);
	return number;
}

static void test_empty_string(void **state)
{
	(void)state;
	struct mem mem;
	struct text text;
	mem_init(&mem, 0); /* needs no memory */
	text_init(&text, &mem, SEED);
	assert_int_equal(add(&text, SLICE_NONE), 0);
	assert_int_equal(add(&text, SLICE("")), 0);
	assert_int_equal(intern(&text, SLICE_NONE), 0);
	assert_int_equal(intern(&text, SLICE("")), 0);
	assert_int_equal(text_get(&text, 0).len, 0);
	text_clear(&text);
	assert_int_equal(mem.used, 0);
}

static void test_add(void **state)
{
	(void)state;
	struct mem mem;
	struct text text;
	mem_init(&mem, BUDGET);
	text_init(&text, &mem, SEED);
	char source[] = "a84b4c76e66710";
	uint32_t a = add(&text, (struct slice){ source, sizeof(source) - 1 });
	memset(source, 'x', sizeof(source)); /* a copy was made */
	uint32_t b = add(&text, SLICE("a84b4c76e66710"));
	uint32_t c = add(&text, SLICE("\0\xff\r\n\0"));
	assert_int_not_equal(a, 0);
	assert_int_not_equal(a, b); /* each has its own copy */
	assert_kept(&text, a, SLICE("a84b4c76e66710"));
	assert_kept(&text, b, SLICE("a84b4c76e66710"));
	assert_kept(&text, c, SLICE("\0\xff\r\n\0"));
	uint32_t d = add(&text, text_get(&text, c)); /* a string of the table itself */
	assert_kept(&text, d, SLICE("\0\xff\r\n\0"));
	text_clear(&text);
	assert_int_equal(mem.used, 0);
}

static void test_intern(void **state)
{
	(void)state;
	struct mem mem;
	struct text text;
	mem_init(&mem, BUDGET);
	text_init(&text, &mem, SEED);
	uint32_t kept = add(&text, SLICE("tag"));
	uint32_t a = intern(&text, SLICE("tag"));
	assert_int_not_equal(a, kept);
	assert_int_equal(intern(&text, SLICE("tag")), a);
	assert_int_equal(intern(&text, text_get(&text, a)), a);
	assert_int_equal(intern(&text, text_get(&text, kept)), a);
	assert_int_not_equal(intern(&text, SLICE("Tag")), a);
	assert_int_not_equal(intern(&text, SLICE("ta")), a);
	assert_int_not_equal(intern(&text, SLICE("tag\0")), a);
	assert_kept(&text, a, SLICE("tag"));
	text_clear(&text);
	assert_int_equal(mem.used, 0);
}

/* Lengths from the wire: all up to the limit are kept whole, one more is refused, and
 * no byte behind the slice is read. */
static void test_lengths(void **state)
{
	(void)state;
	static char bytes[TEXT_MAX + 1];
	static const size_t lens[] = { 1, 2, 255, 256, 257, TEXT_MAX - 1, TEXT_MAX };
	struct mem mem;
	struct text text;
	mem_init(&mem, BUDGET);
	text_init(&text, &mem, SEED);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 256);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		char *copy = guard_copy(bytes, lens[i]);
		struct slice s = { copy, lens[i] };
		uint32_t a = add(&text, s), b = intern(&text, s);
		assert_kept(&text, a, s);
		assert_kept(&text, b, s);
		assert_int_equal(intern(&text, s), b);
		guard_free(copy);
	}
	uint32_t out = 77;
	struct slice longer = { bytes, TEXT_MAX + 1 };
	size_t used = mem.used;
	assert_int_equal(text_add(&text, longer, &out), ERR_LIMIT);
	assert_int_equal(text_intern(&text, longer, &out), ERR_LIMIT);
	longer.len = SIZE_MAX; /* refused before it is looked at */
	assert_int_equal(text_add(&text, longer, &out), ERR_LIMIT);
	assert_int_equal(out, 77);
	assert_int_equal(mem.used, used);
	text_clear(&text);
	assert_int_equal(mem.used, 0);
}

/* Strings of every length around the end of a 64 KiB chunk; what was there before
 * stays where it is. */
static void test_chunk_ends(void **state)
{
	(void)state;
	static char bytes[TEXT_MAX];
	memset(bytes, 'a', sizeof(bytes));
	struct slice first = { bytes, TEXT_MAX };
	for (size_t len = 16300; len <= TEXT_MAX; len++) {
		struct mem mem;
		struct text text;
		mem_init(&mem, BUDGET);
		text_init(&text, &mem, SEED);
		uint32_t numbers[6];
		for (size_t i = 0; i < 3; i++)
			numbers[i] = add(&text, first);
		const char *place = text_get(&text, numbers[0]).p;
		numbers[3] = add(&text, (struct slice){ bytes, len });
		numbers[4] = add(&text, SLICE("z"));
		numbers[5] = add(&text, SLICE("yy"));
		for (size_t i = 0; i < 3; i++)
			assert_kept(&text, numbers[i], first);
		assert_kept(&text, numbers[3], (struct slice){ bytes, len });
		assert_kept(&text, numbers[4], SLICE("z"));
		assert_kept(&text, numbers[5], SLICE("yy"));
		assert_ptr_equal(text_get(&text, numbers[0]).p, place);
		text_clear(&text);
		assert_int_equal(mem.used, 0);
	}
}

/* When all numbers are used there is an error, not a number given twice. */
static void test_numbers_run_out(void **state)
{
	(void)state;
	struct mem mem;
	struct text text;
	mem_init(&mem, BUDGET);
	text_init(&text, &mem, SEED);
	uint32_t a = add(&text, SLICE("a")), out = 77;
	struct text full = text;
	full.nchunks = 65536; /* as after 4 GiB */
	full.fill = 65536 - 2;
	assert_int_equal(text_add(&full, SLICE("b"), &out), ERR_LIMIT);
	assert_int_equal(text_intern(&full, SLICE("b"), &out), ERR_LIMIT);
	assert_int_equal(out, 77);
	assert_kept(&text, a, SLICE("a"));
	text_clear(&text);
}

static struct slice name_of(uint32_t i, char buf[32])
{
	return (struct slice){ buf, (size_t)snprintf(buf, 32, "%u@host-%u", i * 7919,
		                                     i % 100) };
}

static void test_many(void **state)
{
	(void)state;
	enum { COUNT = 30000 };
	static uint32_t numbers[COUNT];
	struct mem mem;
	struct text text;
	char buf[32];
	mem_init(&mem, BUDGET);
	text_init(&text, &mem, SEED);
	for (uint32_t i = 0; i < COUNT; i++)
		numbers[i] = intern(&text, name_of(i, buf));
	size_t used = mem.used;
	for (uint32_t i = 0; i < COUNT; i++) {
		assert_kept(&text, numbers[i], name_of(i, buf));
		assert_int_equal(intern(&text, name_of(i, buf)), numbers[i]);
	}
	assert_int_equal(mem.used, used);
	assert_int_equal(text.interned.live, COUNT);
	text_clear(&text);
	assert_int_equal(mem.used, 0);
}

/* A string that cannot be kept leaves the table as it was, also when only the index
 * had no room; tried again it is kept. Returns how many failed. */
static unsigned fill_text(struct text *text)
{
	enum { COUNT = 1000 };
	static char bytes[1500];
	static uint32_t numbers[COUNT];
	unsigned failed = 0;
	for (uint32_t i = 0; i < COUNT; i++) {
		struct slice s = { bytes, sizeof(bytes) - i % 3 };
		snprintf(bytes, sizeof(bytes), "%08u", i);
		uint32_t out = 77, fill = text->fill, nchunks = text->nchunks;
		enum err e = text_intern(text, s, &out);
		if (e != OK) {
			failed++;
			assert_int_equal(e, ERR_NOMEM);
			assert_int_equal(out, 77);
			assert_int_equal(text->interned.live, i);
			if (text->nchunks == nchunks)
				assert_int_equal(text->fill, fill); /* no copy stays */
			e = text_intern(text, s, &out);
		}
		assert_int_equal(e, OK);
		numbers[i] = out;
	}
	for (uint32_t i = 0; i < COUNT; i++) {
		struct slice s = { bytes, sizeof(bytes) - i % 3 };
		snprintf(bytes, sizeof(bytes), "%08u", i);
		assert_kept(text, numbers[i], s);
		assert_int_equal(intern(text, s), numbers[i]);
	}
	return failed;
}

static void test_every_allocation_fails(void **state)
{
	(void)state;
	uint64_t n = 0;
	struct mem mem;
	do {
		struct text text;
		mem_init(&mem, BUDGET);
		mem.fail_at = ++n;
		text_init(&text, &mem, SEED);
		unsigned failed = fill_text(&text);
		assert_int_equal(failed, mem.refused);
		text_clear(&text);
		assert_int_equal(mem.used, 0);
	} while (mem.refused);
	assert_in_range(n, 25, 100); /* 23 chunks and the index */
}

/* With the index at its limit and room for strings left, failing again and again
 * does not eat that room. */
static void test_failing_costs_nothing(void **state)
{
	(void)state;
	struct mem mem;
	struct text text;
	char buf[32];
	mem_init(&mem, BUDGET);
	text_init(&text, &mem, SEED);
	uint32_t count = 0, out;
	assert_int_equal(intern(&text, name_of(count++, buf)), 1);
	mem.budget = mem.used;
	while (text_intern(&text, name_of(count, buf), &out) == OK)
		count++;
	size_t used = mem.used;
	uint32_t fill = text.fill;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(text_intern(&text, name_of(count, buf), &out),
		                 ERR_NOMEM);
	assert_int_equal(mem.used, used);
	assert_int_equal(text.fill, fill);
	mem.budget = BUDGET;
	assert_int_equal(text_intern(&text, name_of(count, buf), &out), OK);
	assert_kept(&text, out, name_of(count, buf));
	text_clear(&text);
	assert_int_equal(mem.used, 0);
}

/* --- collection */

#define STRINGS 4000

/* Even ones are interned; some are as long as they can be. */
static struct slice string_of(uint32_t i, char buf[TEXT_MAX])
{
	int n = snprintf(buf, TEXT_MAX, "%x", i);
	size_t len = i % 500 == 3 ? TEXT_MAX : (size_t)n + i % 40;
	memset(buf + n, (int)('a' + i % 26), len - (size_t)n);
	return (struct slice){ buf, len };
}

static bool is_named(uint32_t i)
{
	return i % 3 == 0 || i % 500 == 3;
}

/* Keep every third one. False: no memory, and nothing has changed. */
static bool collect(struct text *text, uint32_t *numbers)
{
	struct text_collection c;
	if (text_collect(&c, text) != OK)
		return false;
	assert_false(text_mark(&c, 0));
	for (unsigned twice = 0; twice < 2; twice++)
		for (uint32_t i = 0; i < STRINGS; i++)
			if (is_named(i))
				assert_int_equal(text_mark(&c, numbers[i]), twice == 0);
	bool moved = text_move(&c) == OK;
	for (uint32_t i = 0; moved && i < STRINGS; i++)
		numbers[i] = is_named(i) ? text_moved(&c, numbers[i]) : 0;
	if (moved)
		assert_int_equal(text_moved(&c, 0), 0);
	text_collect_end(&c);
	return moved;
}

static void collect_with(struct mem *mem, uint64_t fail_at)
{
	static char buf[TEXT_MAX];
	static uint32_t numbers[STRINGS];
	struct text text;
	text_init(&text, mem, SEED);
	for (uint32_t i = 0; i < STRINGS; i++)
		numbers[i] = i % 2 ? add(&text, string_of(i, buf))
		                   : intern(&text, string_of(i, buf));
	size_t used = mem->used;
	mem->fail_at = fail_at ? mem->taken + fail_at : 0;
	bool moved = collect(&text, numbers);
	mem->fail_at = 0;
	if (!moved)
		assert_int_equal(mem->used, used);
	for (uint32_t i = 0; i < STRINGS; i++)
		if (!moved || is_named(i))
			assert_kept(&text, numbers[i], string_of(i, buf));
	assert_int_equal(text.interned.live,
	                 moved ? (STRINGS + 5) / 6 : STRINGS / 2);
	for (uint32_t i = 0; i < STRINGS; i += 2)
		if (!moved || is_named(i)) /* it is still the one */
			assert_int_equal(intern(&text, string_of(i, buf)), numbers[i]);
	if (moved)
		assert_in_range(mem->used, 1, used * 3 / 4);
	assert_kept(&text, add(&text, SLICE("after")), SLICE("after"));
	text_clear(&text);
	assert_int_equal(mem->used, 0);
}

static void test_collect(void **state)
{
	(void)state;
	struct mem mem;
	mem_init(&mem, BUDGET);
	collect_with(&mem, 0);
	uint64_t n = 0;
	do {
		mem_init(&mem, BUDGET);
		collect_with(&mem, ++n);
	} while (mem.refused);
	assert_in_range(n, 5, 60);
}

/* Nothing is kept of a table that nobody names anything of, nor of an empty one. */
static void test_collect_nothing(void **state)
{
	(void)state;
	struct mem mem;
	struct text text;
	struct text_collection c;
	mem_init(&mem, BUDGET);
	text_init(&text, &mem, SEED);
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(text_collect(&c, &text), OK);
		assert_int_equal(text_move(&c), OK);
		text_collect_end(&c);
		assert_int_equal(mem.used, 0);
		intern(&text, SLICE("one"));
	}
	text_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_string),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_intern),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_chunk_ends),
		cmocka_unit_test(test_numbers_run_out),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_every_allocation_fails),
		cmocka_unit_test(test_failing_costs_nothing),
		cmocka_unit_test(test_collect),
		cmocka_unit_test(test_collect_nothing),
	};
	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
