/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/tick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct instant {
	uint64_t seconds;
	uint32_t ns;
	const char *text;
};

/* From an independent calendar (the datetime module of Python). */
static const struct instant instants[] = {
	{ 0, 0, "1970-01-01T00:00:00.000000Z" },
	{ 0, 999, "1970-01-01T00:00:00.000000Z" },
	{ 0, 1000, "1970-01-01T00:00:00.000001Z" },
	{ 5097599, 999999999, "1970-02-28T23:59:59.999999Z" },
	{ 5097600, 0, "1970-03-01T00:00:00.000000Z" },
	{ 68169600, 0, "1972-02-29T00:00:00.000000Z" },
	{ 68256000, 0, "1972-03-01T00:00:00.000000Z" },
	{ 946684799, 999999999, "1999-12-31T23:59:59.999999Z" },
	{ 951827696, 789012345, "2000-02-29T12:34:56.789012Z" },
	{ 978220800, 0, "2000-12-31T00:00:00.000000Z" },
	{ 1795176000, 123456000, "2026-11-20T12:00:00.123456Z" },
	{ 1795176000, 123456999, "2026-11-20T12:00:00.123456Z" }, /* cut */
	{ 2147483647, 999999999, "2038-01-19T03:14:07.999999Z" }, /* 31 bits end */
	{ 2147483648, 0, "2038-01-19T03:14:08.000000Z" },
	{ 3981398399, 0, "2096-02-29T23:59:59.000000Z" },
	{ 4107542399, 999999999, "2100-02-28T23:59:59.999999Z" },
	{ 4107542400, 0, "2100-03-01T00:00:00.000000Z" }, /* 2100 has no leap day */
	{ 4294967295, 999999999, "2106-02-07T06:28:15.999999Z" }, /* 32 bits end */
	{ 4294967296, 0, "2106-02-07T06:28:16.000000Z" },
	{ 13574563200, 1, "2400-02-29T00:00:00.000000Z" },
	{ 18446744073, 709551614, "2554-07-21T23:34:33.709551Z" }, /* TICK_NONE - 1 */
};

static void assert_text(tick at, const char *expected)
{
	char out[TICK_RFC3339_MAX];
	memset(out, '#', sizeof(out));
	unsigned len = tick_rfc3339(at, out);
	assert_int_equal(out[len], '\0');
	assert_string_equal(out, expected);
	assert_int_equal(len, strlen(expected));
}

static void test_rfc3339_instants(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(instants); i++)
		assert_text(instants[i].seconds * TICK_S + instants[i].ns,
		            instants[i].text);
}

static unsigned days_in(unsigned year, unsigned month)
{
	static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && is_leap);
}

/* Count the days up, by the calendar's rule, to the last one that a tick can name:
 * the first and the last nanosecond of each bear its date. */
static void test_rfc3339_every_day(void **state)
{
	(void)state;
	const tick day_ns = 86400 * TICK_S;
	unsigned year = 1970, month = 1, day = 1;
	for (tick at = 0; at < TICK_NONE - day_ns; at += day_ns) {
		char expected[64];
		snprintf(expected, sizeof(expected), "%04u-%02u-%02uT00:00:00.000000Z",
		         year, month, day);
		assert_text(at, expected);
		snprintf(expected, sizeof(expected), "%04u-%02u-%02uT23:59:59.999999Z",
		         year, month, day);
		assert_text(at + day_ns - 1, expected);
		if (++day > days_in(year, month)) {
			day = 1;
			month = month % 12 + 1;
			year += month == 1;
		}
	}
	assert_int_equal(year, 2554);
	assert_int_equal(month, 7);
	assert_int_equal(day, 21);
}

static void test_rfc3339_every_second_of_a_day(void **state)
{
	(void)state;
	for (unsigned s = 0; s < 86400; s++) {
		char expected[64];
		snprintf(expected, sizeof(expected), "2000-02-29T%02u:%02u:%02u.%06uZ",
		         s / 3600, s / 60 % 60, s % 60, s * 11);
		assert_text((951782400 + (tick)s) * TICK_S + (tick)s * 11 * TICK_US,
		            expected);
	}
}

static void test_diff(void **state)
{
	(void)state;
	const tick half = UINT64_C(1) << 63;
	assert_true(tick_diff(0, 0) == 0);
	assert_true(tick_diff(TICK_NONE, TICK_NONE) == 0);
	assert_true(tick_diff(5, 3) == 2);
	assert_true(tick_diff(3, 5) == -2);
	assert_true(tick_diff(half - 1, 0) == INT64_MAX);
	assert_true(tick_diff(half, 0) == INT64_MAX);
	assert_true(tick_diff(TICK_NONE, 0) == INT64_MAX);
	assert_true(tick_diff(0, half - 1) == -INT64_MAX);
	assert_true(tick_diff(0, half) == INT64_MIN);
	assert_true(tick_diff(0, half + 1) == INT64_MIN);
	assert_true(tick_diff(0, TICK_NONE) == INT64_MIN);
	assert_true(tick_diff(half + 1, half) == 1); /* neighbours past int64_t */
	assert_true(tick_diff(half, half + 1) == -1);
}

static void test_add(void **state)
{
	(void)state;
	assert_true(tick_add(0, 0) == 0);
	assert_true(tick_add(TICK_S, 500 * TICK_MS) == UINT64_C(1500000000));
	assert_true(tick_add(TICK_NONE - 3, 1) == TICK_NONE - 2);
	assert_true(tick_add(TICK_NONE - 3, 2) == TICK_NONE - 1);
	assert_true(tick_add(TICK_NONE - 3, 3) == TICK_NONE - 1); /* never TICK_NONE */
	assert_true(tick_add(TICK_NONE - 3, 4) == TICK_NONE - 1); /* would wrap to 0 */
	assert_true(tick_add(TICK_NONE - 1, 0) == TICK_NONE - 1);
	assert_true(tick_add(1, UINT64_MAX) == TICK_NONE - 1);
	assert_true(tick_add(0, UINT64_MAX) == TICK_NONE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc3339_instants),
		cmocka_unit_test(test_rfc3339_every_day),
		cmocka_unit_test(test_rfc3339_every_second_of_a_day),
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_add),
	};
	return cmocka_run_group_tests_name("base/tick", tests, NULL, NULL);
}
