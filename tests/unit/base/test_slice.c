/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/guard.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static void assert_slice(struct slice got, struct slice expected)
{
	assert_int_equal(got.len, expected.len);
	if (expected.len)
		assert_memory_equal(got.p, expected.p, expected.len);
}

static void test_ascii_lower(void **state)
{
	(void)state;
	const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char lower[] = "abcdefghijklmnopqrstuvwxyz";
	for (int c = 0; c < 256; c++) {
		const char *at = memchr(upper, c, 26);
		assert_int_equal(ascii_lower((char)c), at ? lower[at - upper] : c);
	}
}

static void test_eq(void **state)
{
	(void)state;
	assert_true(slice_eq(SLICE("Via"), SLICE("Via")));
	assert_false(slice_eq(SLICE("Via"), SLICE("via")));
	assert_false(slice_eq(SLICE("Via"), SLICE("Vi")));
	assert_false(
		slice_eq(SLICE("a\0b"), SLICE("a\0c"))); /* NUL is a byte like others */
	assert_true(slice_eq(SLICE_NONE, SLICE("")));
	assert_true(slice_eq(SLICE_NONE, SLICE_NONE));
	assert_false(slice_eq(SLICE_NONE, SLICE("x")));
}

/* Only a letter and its other case are taken as equal: not @ and `, [ and {, nor
 * letters of Latin-1. */
static void test_ieq_all_pairs(void **state)
{
	(void)state;
	for (int a = 0; a < 256; a++) {
		for (int b = 0; b < 256; b++) {
			int low = a < b ? a : b, high = a < b ? b : a;
			bool same =
				a == b || (low >= 'A' && low <= 'Z' && high - low == 32);
			char x = (char)a, y = (char)b;
			struct slice s = { &x, 1 }, t = { &y, 1 };
			if (slice_ieq(s, t) != same)
				fail_msg("bytes %d and %d", a, b);
		}
	}
}

static void test_ieq_and_istarts(void **state)
{
	(void)state;
	assert_true(slice_ieq(SLICE("Call-ID"), SLICE("cALL-id")));
	assert_false(slice_ieq(SLICE("Call-ID"), SLICE("Call-I")));
	assert_false(slice_ieq(SLICE("Call-I"), SLICE("Call-ID")));
	assert_true(slice_ieq(SLICE_NONE, SLICE("")));
	assert_true(slice_istarts(SLICE("SIP/2.0 200"), SLICE("sip/2.0 ")));
	assert_true(slice_istarts(SLICE("sip:"), SLICE("SIP:")));
	assert_false(slice_istarts(SLICE("sip"), SLICE("sip:")));
	assert_false(slice_istarts(SLICE("xsip:"), SLICE("sip:")));
	assert_true(slice_istarts(SLICE("x"), SLICE_NONE));
	assert_true(slice_istarts(SLICE_NONE, SLICE_NONE));
	assert_false(slice_istarts(SLICE_NONE, SLICE("x")));
}

static void test_cmp(void **state)
{
	(void)state;
	/* in ascending order */
	const struct slice sorted[] = { SLICE(""),     SLICE("\0"),  SLICE("A"),
		                        SLICE("a"),    SLICE("a\0"), SLICE("aa"),
		                        SLICE("ab"),   SLICE("b"),   SLICE("\x7f"),
		                        SLICE("\x80"), SLICE("\xff") };
	for (size_t i = 0; i < ARRAY_LEN(sorted); i++) {
		for (size_t j = 0; j < ARRAY_LEN(sorted); j++) {
			int c = slice_cmp(sorted[i], sorted[j]);
			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
		}
	}
	assert_int_equal(slice_cmp(SLICE_NONE, SLICE("")), 0);
	assert_true(slice_cmp(SLICE_NONE, SLICE("x")) < 0);
	assert_true(slice_cmp(SLICE("x"), SLICE_NONE) > 0);
}

static void test_skip_and_head(void **state)
{
	(void)state;
	const struct slice s = SLICE("abc");
	assert_slice(slice_skip(s, 0), SLICE("abc"));
	assert_slice(slice_skip(s, 1), SLICE("bc"));
	assert_slice(slice_skip(s, 3), SLICE(""));
	assert_ptr_equal(slice_skip(s, 3).p, s.p + 3);
	assert_ptr_equal(slice_skip(s, 4).p, s.p + 3); /* stays inside */
	assert_ptr_equal(slice_skip(s, SIZE_MAX).p, s.p + 3);
	assert_int_equal(slice_skip(s, SIZE_MAX).len, 0);
	assert_slice(slice_head(s, 0), SLICE(""));
	assert_slice(slice_head(s, 2), SLICE("ab"));
	assert_slice(slice_head(s, 3), SLICE("abc"));
	assert_slice(slice_head(s, SIZE_MAX), SLICE("abc"));
	assert_int_equal(slice_skip(SLICE_NONE, 5).len, 0);
	assert_null(slice_skip(SLICE_NONE, 5).p);
	assert_int_equal(slice_head(SLICE_NONE, 5).len, 0);
}

static void test_trim(void **state)
{
	(void)state;
	assert_slice(slice_trim(SLICE("a")), SLICE("a"));
	assert_slice(slice_trim(SLICE(" \t\r\na b\r\n\t ")), SLICE("a b"));
	assert_slice(slice_trim(SLICE("\r\n \t")), SLICE(""));
	assert_slice(slice_trim(SLICE("\v\fa\0")), SLICE("\v\fa\0")); /* not LWS */
	assert_slice(slice_trim(SLICE("\xa0")), SLICE("\xa0"));
	assert_slice(slice_trim(SLICE_NONE), SLICE(""));
}

/* Nothing is read before or behind the bytes, even when all of them are blank. */
static void test_trim_guarded(void **state)
{
	(void)state;
	for (size_t len = 0; len < 8; len++) {
		char *back = guard_copy(" \t\r\n    ", len);
		char *front = guard_copy_front(" \t\r\n    ", len);
		assert_int_equal(slice_trim((struct slice){ back, len }).len, 0);
		assert_int_equal(slice_trim((struct slice){ front, len }).len, 0);
		guard_free(back);
		guard_free(front);
	}
}

static void test_index(void **state)
{
	(void)state;
	assert_int_equal(slice_index(SLICE("a:b:c"), ':'), 1);
	assert_int_equal(slice_index(SLICE("abc"), 'c'), 2);
	assert_int_equal(slice_index(SLICE("abc"), ':'), 3);
	assert_int_equal(slice_index(SLICE("ab\0c"), '\0'), 2);
	assert_int_equal(slice_index(SLICE("ab"), '\0'), 2); /* not the one behind it */
	assert_int_equal(slice_index(SLICE("a\xff"), '\xff'), 1);
	assert_int_equal(slice_index(SLICE_NONE, 'a'), 0);
}

static void test_uint(void **state)
{
	(void)state;
	static const struct {
		struct slice in;
		uint64_t value;
	} good[] = {
		{ { "0", 1 }, 0 },
		{ { "9", 1 }, 9 },
		{ { "10", 2 }, 10 },
		{ { "0000000000000000000000000000005060", 34 }, 5060 },
		{ { "4294967296", 10 }, UINT64_C(4294967296) },
		{ { "18446744073709551609", 20 }, UINT64_MAX - 6 },
		{ { "18446744073709551615", 20 }, UINT64_MAX },
		{ { "18446744073709551616", 20 }, UINT64_MAX },
		{ { "18446744073709551620", 20 }, UINT64_MAX },
		{ { "99999999999999999999", 20 }, UINT64_MAX },
		{ { "184467440737095516150", 21 }, UINT64_MAX },
		{ { "184467440737095516160000000000000000", 36 }, UINT64_MAX },
		{ { "1844674407370955161500", 19 }, UINT64_C(1844674407370955161) },
		{ { "123", 2 }, 12 }, /* no further than its length */
	};
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		uint64_t value = 77;
		char *copy = guard_copy(good[i].in.p, good[i].in.len);
		assert_true(slice_uint((struct slice){ copy, good[i].in.len }, &value));
		assert_true(value == good[i].value);
		guard_free(copy);
	}
	const struct slice bad[] = { SLICE_NONE,
		                     SLICE(""),
		                     SLICE(" 1"),
		                     SLICE("1 "),
		                     SLICE("+1"),
		                     SLICE("-1"),
		                     SLICE("0x10"),
		                     SLICE("1a"),
		                     SLICE("1\0"),
		                     SLICE("/"),
		                     SLICE(":"),
		                     SLICE("1\n"),
		                     SLICE("\xb2"),
		                     SLICE("1.0"),
		                     SLICE("1,000"),
		                     SLICE("\xd9\xa1"),
		                     SLICE("99999999999999999999x") };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint64_t value = 77;
		assert_false(slice_uint(bad[i], &value));
		assert_true(value == 77);
	}
}

static void test_word(void **state)
{
	(void)state;
	struct slice rest = SLICE("  one\ttwo \r\n three");
	assert_slice(slice_word(&rest), SLICE("one"));
	assert_slice(slice_word(&rest), SLICE("two"));
	assert_slice(slice_word(&rest), SLICE("three"));
	assert_slice(slice_word(&rest), SLICE_NONE);
	assert_slice(slice_word(&rest), SLICE_NONE);
	rest = SLICE(" \t ");
	assert_slice(slice_word(&rest), SLICE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascii_lower),
		cmocka_unit_test(test_eq),
		cmocka_unit_test(test_ieq_all_pairs),
		cmocka_unit_test(test_ieq_and_istarts),
		cmocka_unit_test(test_cmp),
		cmocka_unit_test(test_skip_and_head),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_trim_guarded),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_uint),
		cmocka_unit_test(test_word),
	};
	return cmocka_run_group_tests_name("base/slice", tests, NULL, NULL);
}
