/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sip/date.h"
#include "text.h"
#include "walk.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define ZONE    (1u << SIP_DATE_ODD_ZONE)
#define WEEKDAY (1u << SIP_DATE_ODD_WEEKDAY)
#define FORM    (1u << SIP_DATE_ODD_FORM)

/* Seconds as `date -u -d ... +%s` has them. */
static const struct {
	const char *value;
	int64_t     seconds;
	const char *zone;
	uint32_t    odd;
} dates[] = {
	{ "Sat, 13 Nov 2010 23:29:00 GMT", 1289690940, "GMT", 0 }, /* RFC 3261 20.17 */
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0, "GMT", 0 },
	{ "Wed, 31 Dec 1969 23:59:59 GMT", -1, "GMT", 0 },
	{ "Tue, 29 Feb 2000 12:00:00 GMT", 951825600, "GMT", 0 },
	{ "Thu, 29 Feb 2024 00:00:00 GMT", 1709164800, "GMT", 0 },
	{ "Tue, 19 Jan 2038 03:14:08 GMT", INT64_C(2147483648), "GMT", 0 },
	{ "Sun, 07 Feb 2106 06:28:16 GMT", INT64_C(4294967296), "GMT", 0 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799), "GMT", 0 },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228799, "GMT", 0 }, /* a leap second */
	{ "sAT, 13 nOV 2010 23:29:00 GMT", 1289690940, "GMT", 0 },
	/* RFC 4475 3.1.2.12: another zone */
	{ "Fri, 01 Jan 2010 16:00:00 EST", 1262361600, "EST", ZONE },
	{ "Sat, 13 Nov 2010 23:29:00 +0100", 1289690940, "+0100", ZONE },
	{ "Sat, 13 Nov 2010 23:29:00 gmt", 1289690940, "gmt", ZONE },
	{ "Sat, 13 Nov 2010 23:29:00", 1289690940, "", ZONE | FORM },
	{ "Sun, 13 Nov 2010 23:29:00 GMT", 1289690940, "GMT", WEEKDAY },
	{ "Saturday, 13 Nov 2010 23:29:00 GMT", 1289690940, "GMT", WEEKDAY },
	{ "13 Nov 2010 23:29:00 GMT", 1289690940, "GMT", WEEKDAY },
	{ "Sat 13 Nov 2010 23:29:00 GMT", 1289690940, "GMT", FORM },
	{ "Sat,13 Nov 2010 23:29:00 GMT", 1289690940, "GMT", FORM },
	{ "Sat, 13  Nov 2010 23:29:00 GMT", 1289690940, "GMT", FORM },
	{ "Sat, 06 Nov 2010 3:29:00 GMT", 1289014140, "GMT", FORM },
	{ "Sat, 6 Nov 2010 03:29:00 GMT", 1289014140, "GMT", FORM },
	{ "Sat, 13 Nov 2010 23:29:00 GMT x", 1289690940, "GMT", FORM },
	{ "Sat, 13 Nov 2010 23:29:00 GMT,", 1289690940, "GMT", FORM },
};

static void dates_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(dates); i++) {
		struct sip_date d;
		assert_int_equal(sip_date_parse(&d, text(dates[i].value)), OK);
		if (d.seconds != dates[i].seconds || d.odd != dates[i].odd ||
		    !slice_eq(d.zone, text(dates[i].zone)))
			fail_msg("%s: %lld, 0x%x, %.*s", dates[i].value,
			         (long long)d.seconds, d.odd, (int)d.zone.len, d.zone.p);
	}
}

/* Each day of 400 years follows the day before it. */
static void days_follow_one_another(void **state)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	static const char *const weekdays[] = { "Sun", "Mon", "Tue", "Wed",
		                                "Thu", "Fri", "Sat" };
	char line[40];
	int64_t next = -62167219200; /* the first day of year 0, a Saturday */
	size_t weekday = 6;
	(void)state;
	for (int year = 0; year < 400; year++) {
		for (size_t month = 0; month < 12; month++) {
			for (int day = 1; day <= 31; day++) {
				struct sip_date d;
				snprintf(line, sizeof line,
				         "%s, %02d %s %04d 00:00:00 GMT",
				         weekdays[weekday], day, months[month], year);
				if (sip_date_parse(&d, text(line)) != OK) {
					assert_true(day > 28);
					break;
				}
				if (d.seconds != next || d.odd)
					fail_msg("%s: %lld", line, (long long)d.seconds);
				next += 86400;
				weekday = (weekday + 1) % 7;
			}
		}
	}
	assert_true(next == INT64_C(-62167219200) + 146097 * INT64_C(86400));
}

static void what_is_no_date_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "now", "Sat", "Sat,", "Sat, 13", "Sat, 13 Nov", "Sat, 13 Nov 2010",
		"Sat, 13 Nov 2010 23:29 GMT", "Sat, 13 Nov 2010 23:29:00:00 GMT",
		"Sat, 13 Nov 2010 24:00:00 GMT", "Sat, 13 Nov 2010 23:60:00 GMT",
		"Sat, 13 Nov 2010 23:29:61 GMT", "Sat, 13 Nov 2010 :29:00 GMT",
		"Sat, 0 Nov 2010 23:29:00 GMT", "Sun, 31 Nov 2010 23:29:00 GMT",
		"Sun, 29 Feb 2010 23:29:00 GMT", "Sun, 29 Feb 1900 23:29:00 GMT",
		"Sat, 13 November 2010 23:29:00 GMT", "Sat, 13 Xxx 2010 23:29:00 GMT",
		"Sat, 13 Nov 20100 23:29:00 GMT", "Sat, 013 Nov 2010 23:29:00 GMT",
		"Sat, 13 Nov -010 23:29:00 GMT", "Sat Nov 13 23:29:00 2010", "1289690940",
		"Saturday, 13-Nov-10 23:29:00 GMT",
	};
	(void)state;
	struct sip_date d = { .seconds = 77 };
	for (size_t i = 0; i < LENGTH(bad); i++)
		if (sip_date_parse(&d, text(bad[i])) != ERR_FORMAT || d.seconds != 77)
			fail_msg("%s", bad[i]);
}

static void walk_date(struct slice in)
{
	struct sip_date d;
	if (sip_date_parse(&d, in) == OK)
		assert_true(walk_inside(d.zone, in) && d.odd < 8);
}

static void cuts_stay_inside(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(dates); i++)
		walk_cuts(text(dates[i].value), walk_date);
	walk_date(SLICE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(days_follow_one_another),
		cmocka_unit_test(what_is_no_date_is_refused),
		cmocka_unit_test(cuts_stay_inside),
	};
	return cmocka_run_group_tests_name("sip/date", tests, NULL, NULL);
}
