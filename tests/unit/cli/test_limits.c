/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/limits.h"

#define ALL ((1U << LIMIT_COUNT) - 1)

static void refused(const char *list, unsigned allowed, const char *expected)
{
	struct limits limits = { { 0 } };
	char why[200] = "";
	if (limits_parse(&limits, list, allowed, why, sizeof(why)))
		fail_msg("%s: accepted", list);
	assert_string_equal(why, expected);
}

static void test_all_words(void **state)
{
	(void)state;
	struct limits limits = { { 0 } };
	char why[200];
	assert_true(limits_parse(
		&limits, "duration:60,size:10,packets:1,messages:2,calls:3,files:4", ALL,
		why, sizeof(why)));
	const uint64_t expected[LIMIT_COUNT] = {
		[LIMIT_DURATION] = 60, [LIMIT_SIZE] = 10 << 20, [LIMIT_PACKETS] = 1,
		[LIMIT_MESSAGES] = 2,  [LIMIT_CALLS] = 3,       [LIMIT_FILES] = 4,
	};
	assert_memory_equal(limits.of, expected, sizeof(expected));
	/* what is given again counts, the others stay */
	assert_true(limits_parse(&limits, "packets:9", ALL, why, sizeof(why)));
	assert_int_equal(limits.of[LIMIT_PACKETS], 9);
	assert_int_equal(limits.of[LIMIT_CALLS], 3);
}

static void test_sizes(void **state)
{
	(void)state;
	static const struct {
		const char *list;
		uint64_t bytes;
	} rows[] = {
		{ "size:1", UINT64_C(1) << 20 },
		{ "size:64k", UINT64_C(64) << 10 },
		{ "size:3M", UINT64_C(3) << 20 },
		{ "size:2G", UINT64_C(2) << 30 },
		{ "size:1048576G", UINT64_C(1) << 50 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct limits limits = { { 0 } };
		char why[200];
		assert_true(limits_parse(&limits, rows[i].list, ALL, why, sizeof(why)));
		assert_int_equal(limits.of[LIMIT_SIZE], rows[i].bytes);
	}
}

static void test_refused(void **state)
{
	(void)state;
	const unsigned some = LIMIT_BIT(LIMIT_SIZE) | LIMIT_BIT(LIMIT_FILES);
	refused("calls:1", some, "unknown word \"calls\"; known are size:N, files:N");
	refused("", some, "unknown word \"\"; known are size:N, files:N");
	refused("size:1,", some, "unknown word \"\"; known are size:N, files:N");
	refused("size", some,
	        "size: \"\" is not a number that can be; give MiB, or k, M or G behind "
	        "it");
	refused("size:0", some,
	        "size: \"0\" is not a number that can be; give MiB, or k, M or G behind "
	        "it");
	refused("size:k", some,
	        "size: \"k\" is not a number that can be; give MiB, or k, M or G behind "
	        "it");
	refused("size:1048577G", some,
	        "size: \"1048577G\" is not a number that can be; give MiB, or k, M or G "
	        "behind it");
	refused("files:100001", some,
	        "files: \"100001\" is not a number that can be; give a whole one");
	refused("files:-1", some,
	        "files: \"-1\" is not a number that can be; give a whole one");
	refused("duration:4294967296", ALL,
	        "duration: \"4294967296\" is not a number that can be; give a whole one");
	refused("packets:9223372036854775808", ALL,
	        "packets: \"9223372036854775808\" is not a number that can be; give a "
	        "whole "
	        "one");
}

/* A long word, and little room for the reason. */
static void test_bounded(void **state)
{
	(void)state;
	struct limits limits = { { 0 } };
	char list[1000], why[24];
	memset(list, 'x', sizeof(list));
	list[sizeof(list) - 1] = '\0';
	assert_false(limits_parse(&limits, list, ALL, why, sizeof(why)));
	assert_string_equal(why, "unknown word \"xxxxxxxxx");
	refused(list, LIMIT_BIT(LIMIT_CALLS),
	        "unknown word \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"; known are calls:N");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_words),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounded),
	};
	return cmocka_run_group_tests_name("cli/limits", tests, NULL, NULL);
}
