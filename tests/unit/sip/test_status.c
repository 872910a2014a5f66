/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <string.h>

#include "sip/field.h"

static const struct {
	unsigned    code;
	const char *phrase;
} rows[] = {
#define STATUS(code, phrase, source) { code, phrase },
#include "sip/status.def"
#undef STATUS
};

#define ROWS (sizeof rows / sizeof rows[0])

static void every_row_is_found_and_nothing_else(void **state)
{
	(void)state;
	size_t next = 0;
	for (unsigned code = 0; code < 1100; code++) {
		if (next < ROWS && rows[next].code == code) {
			assert_true(strlen(rows[next].phrase) > 0);
			assert_string_equal(sip_status_phrase(code), rows[next].phrase);
			next++;
		} else {
			assert_string_equal(sip_status_phrase(code), "");
		}
	}
	assert_int_equal(next, ROWS); /* ascending, and all of them below 1100 */
	assert_string_equal(sip_status_phrase(UINT_MAX), "");
}

/* RFC 3261 21 and extensions, written down from the documents. */
static void phrases_are_the_registered_ones(void **state)
{
	(void)state;
	assert_string_equal(sip_status_phrase(100), "Trying");
	assert_string_equal(sip_status_phrase(183), "Session Progress");
	assert_string_equal(sip_status_phrase(200), "OK");
	assert_string_equal(sip_status_phrase(302), "Moved Temporarily");
	assert_string_equal(sip_status_phrase(407), "Proxy Authentication Required");
	assert_string_equal(sip_status_phrase(422), "Session Interval Too Small");
	assert_string_equal(sip_status_phrase(481), "Call/Transaction Does Not Exist");
	assert_string_equal(sip_status_phrase(487), "Request Terminated");
	assert_string_equal(sip_status_phrase(489), "Bad Event");
	assert_string_equal(sip_status_phrase(504), "Server Time-out");
	assert_string_equal(sip_status_phrase(580), "Precondition Failure");
	assert_string_equal(sip_status_phrase(603), "Decline");
	assert_string_equal(sip_status_phrase(608), "Rejected");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_and_nothing_else),
		cmocka_unit_test(phrases_are_the_registered_ones),
	};
	return cmocka_run_group_tests_name("sip/status", tests, NULL, NULL);
}
