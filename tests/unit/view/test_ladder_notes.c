/* SPDX-License-Identifier: MIT */
/* Timers, silences and what was not captured, in the ladder: RFC 3261 17 and table 4,
 * 13.3.1.4; RFC 4028. */
#include "config.h"

#include "view/ladder.h"

#include "unit/view/ladder_memory.h"
#include "unit/view/lines.h"
#include "unit/view/says.h"

#define A  "10.0.0.1"
#define B  "10.0.0.2"
#define VA "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK"

static const struct ladder_options NOTES = { .notes = true };
static const struct ladder_options ENDED = { .notes = true, .ended = true };
static const uint32_t CALLS[] = { 1, 2 };

/* A request from A to B, a response back. */
static void ab(struct calls *c, uint64_t ms, const char *start, const char *branch,
               const char *cseq, const char *to_tag, const char *more)
{
	char via[128];
	bool response = strncmp(start, "SIP/2.0", 7) == 0;
	snprintf(via, sizeof(via), VA "%s", branch);
	says(c, &(struct says){ ms, response ? B : A, 5060, response ? A : B, 5060, start,
	                        via, to_tag, cseq, more, NULL, false });
}

#define INVITE "INVITE sip:b SIP/2.0"

/* A packet that is no message of the call: the capture goes on until then. */
static void until(struct calls *c, uint64_t ms)
{
	char text[2048];
	calls_packet(c, ms, "10.9.9.1", 5060, "10.9.9.2", 5060,
	             calls_message(text, "OPTIONS sip:x SIP/2.0", "other", "o",
	                           "1 OPTIONS", false));
}

static void expect(const struct calls *c, const struct ladder_options *options,
                   unsigned width, bool utf8, const char *expected)
{
	static struct lines lines;
	struct ladder ladder;
	assert_int_equal(ladder_build_as(&ladder, c->engine, CALLS, 1, options), OK);
	for (uint32_t i = 1; i < ladder.nrows; i++)
		assert_true(ladder.rows[i].message >= ladder.rows[i - 1].message);
	lines_draw(&lines, &ladder, width, utf8);
	assert_string_equal(lines.text, expected);
	ladder_clear(&ladder);
}

/* ---- timers of transactions */

static void unanswered(struct calls *c)
{
	static const uint64_t copies[] = { 0, 500, 1500, 3500, 7500, 15500, 31500 };
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
		ab(c, copies[i], INVITE, "1", "1 INVITE", NULL, NULL);
	ab(c, 40000, "SIP/2.0 408 Request Timeout", "1", "1 INVITE", "b", NULL);
}

/* An address that is not the first one of a lane that is merged by its name. */
static void test_timer_of_merged_lane(void **state)
{
	struct calls *c = *state;
	struct mem mem;
	struct aliases aliases;
	struct ladder ladder;
	struct ladder_options options = { .by_host = true, .notes = true };
	uint32_t timers = 0;
	mem_init(&mem, 1U << 20);
	aliases_init(&aliases, &mem);
	assert_int_equal(aliases_add(&aliases, SLICE("10.0.0.3"), SLICE("sbc")), OK);
	assert_int_equal(aliases_add(&aliases, SLICE(A), SLICE("sbc")), OK);
	options.aliases = &aliases;
	says(c, &(struct says){ 0, B, 5060, "10.0.0.3", 5060, "OPTIONS sip:b SIP/2.0",
	                        "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK0", NULL,
	                        "1 OPTIONS", NULL, NULL, false });
	unanswered(c);
	assert_int_equal(ladder_build_as(&ladder, c->engine, CALLS, 1, &options), OK);
	assert_int_equal(ladder.nlanes, 2);
	for (uint32_t i = 0; i < ladder.nrows; i++) {
		const struct ladder_row *row = &ladder.rows[i];
		struct slice what = ladder_text_of(&ladder, row->what);
		if (!row->note || !slice_istarts(what, SLICE("Timer B")))
			continue;
		timers++;
		assert_int_equal(row->from, 1); /* of who sent the INVITE */
	}
	assert_int_equal(timers, 1);
	ladder_clear(&ladder);
	aliases_clear(&aliases);
}

static void test_timer_b(void **state)
{
	struct calls *c = *state;
	unanswered(c);
	expect(c, &NOTES, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │───────────────── INVITE ─────────────────▶│\n"
"12:00:00.500    +0.500       │────────── INVITE (again, 2nd) ──────────▶▶│\n"
"12:00:01.500    +1.000       │────────── INVITE (again, 3rd) ──────────▶▶│\n"
"12:00:03.500    +2.000       │────────── INVITE (again, 4th) ──────────▶▶│\n"
"12:00:07.500    +4.000       │────────── INVITE (again, 5th) ──────────▶▶│\n"
"                             ┊                ── 8.0 s ──                ┊\n"
"12:00:15.500    +8.000       │────────── INVITE (again, 6th) ──────────▶▶│\n"
"                             ┊               ── 16.0 s ──                ┊\n"
"12:00:31.500   +16.000       │────────── INVITE (again, 7th) ──────────▶▶│\n"
"                             ○ copies: T1 0.5 s, doubling                │\n"
"12:00:32.000    +0.500       ○ Timer B would fire: 32.0 s, no response   │\n"
"                             ┊                ── 8.0 s ──                ┊\n"
"12:00:40.000    +8.000       │◀────────── 408 Request Timeout ───────────│\n");
	expect(c, &NOTES, 40, false,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"2026-11-20 UTC         1               2\n"
"12:00:00.000           |--- INVITE --->|\n"
"12:00:00.500    +0.500 |-- INVITE --->>|\n"
"12:00:01.500    +1.000 |-- INVITE --->>|\n"
"12:00:03.500    +2.000 |-- INVITE --->>|\n"
"12:00:07.500    +4.000 |-- INVITE --->>|\n"
"                       :  -- 8.0 s --  :\n"
"12:00:15.500    +8.000 |-- INVITE --->>|\n"
"                       : -- 16.0 s --  :\n"
"12:00:31.500   +16.000 |-- INVITE --->>|\n"
"                       o copies: T1 0.5~\n"
"12:00:32.000    +0.500 o Timer B would ~\n"
"                       :  -- 8.0 s --  :\n"
"12:00:40.000    +8.000 |<408 Request T~|\n");
}

/* What came again and again knows its row, where rows have moved. */
static void test_newest(void **state)
{
	struct calls *c = *state;
	static struct lines lines;
	struct ladder ladder;
	static const struct ladder_look folded = { .folded = true };
	unanswered(c);
	assert_int_equal(ladder_build_as(&ladder, c->engine, CALLS, 1, &NOTES), OK);
	const struct ladder_row *newest = &ladder.rows[ladder.rows[0].newest];
	assert_int_equal(newest->message, 7);
	assert_int_equal(newest->nth, 7);
	assert_false(newest->note);
	lines_draw_as(&lines, &ladder, 80, false, &folded);
	assert_non_null(strstr(lines.text, "INVITE (7x)"));
	ladder_clear(&ladder);
}

/* At 32 s exactly, not before. */
static void test_timer_f(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	ab(c, 0, "OPTIONS sip:b SIP/2.0", "1", "1 OPTIONS", NULL, NULL);
	until(c, 31999);
	assert_int_equal(ladder_build_as(&ladder, c->engine, CALLS, 1, &NOTES), OK);
	assert_int_equal(ladder.nrows, 1);
	ladder_clear(&ladder);
	until(c, 32000);
	expect(c, &NOTES, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │──────────────── OPTIONS ─────────────────▶│\n"
"                             ┊               ── 32.0 s ──                ┊\n"
"12:00:32.000   +32.000       ○ Timer F would fire: 32.0 s, no final response\n");
}

/* The server waits, too: for the ACK of a failure, and of a 2xx. */
static void test_timer_h(void **state)
{
	struct calls *c = *state;
	ab(c, 0, INVITE, "1", "1 INVITE", NULL, NULL);
	ab(c, 100, "SIP/2.0 486 Busy Here", "1", "1 INVITE", "b", NULL);
	ab(c, 600, "SIP/2.0 486 Busy Here", "1", "1 INVITE", "b", NULL);
	until(c, 33000);
	expect(c, &NOTES, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │───────────────── INVITE ─────────────────▶│\n"
"12:00:00.100    +0.100       │◀───────────── 486 Busy Here ──────────────│\n"
"12:00:00.600    +0.500       │◀◀────── 486 Busy Here (again, 2nd) ───────│\n"
"                             ┊               ── 31.5 s ──                ┊\n"
"12:00:32.100   +31.500       │        Timer H would fire: 32.0 s, no ACK ○\n");
}

static void test_2xx(void **state)
{
	struct calls *c = *state;
	ab(c, 0, INVITE, "1", "1 INVITE", NULL, NULL);
	ab(c, 100, "SIP/2.0 200 OK", "1", "1 INVITE", "b", NULL);
	ab(c, 600, "SIP/2.0 200 OK", "1", "1 INVITE", "b", NULL);
	until(c, 33000);
	expect(c, &NOTES, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │───────────────── INVITE ─────────────────▶│\n"
"12:00:00.100    +0.100       │◀───────────────── 200 OK ─────────────────│\n"
"12:00:00.600    +0.500       │◀◀────────── 200 OK (again, 2nd) ──────────│\n"
"                             ┊               ── 31.5 s ──                ┊\n"
"12:00:32.100   +31.500       │     64*T1 over: 32.0 s, no ACK to the 200 ○\n");
}

/* A 2xx that is sent once had its ACK, captured or not. */
static void test_not_waiting(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	ab(c, 0, INVITE, "1", "1 INVITE", NULL, NULL);
	ab(c, 100, "SIP/2.0 200 OK", "1", "1 INVITE", "b", NULL);
	until(c, 99000);
	assert_int_equal(ladder_build_as(&ladder, c->engine, CALLS, 1, &NOTES), OK);
	assert_int_equal(ladder.nrows, 2);
	ladder_clear(&ladder);
}

/* ---- session timers */

static void session(struct calls *c)
{
	ab(c, 0, INVITE, "1", "1 INVITE", NULL, "Session-Expires: 90\r\n");
	ab(c, 100, "SIP/2.0 200 OK", "1", "1 INVITE", "b",
	   "Session-Expires: 90;refresher=uac\r\n");
	ab(c, 110, "ACK sip:b SIP/2.0", "2", "1 ACK", "b", NULL);
}

static void test_session_expired(void **state)
{
	struct calls *c = *state;
	session(c);
	ab(c, 95000, "BYE sip:b SIP/2.0", "3", "2 BYE", "b", NULL);
	expect(c, &NOTES, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │───────────────── INVITE ─────────────────▶│\n"
"12:00:00.100    +0.100       │◀───────────────── 200 OK ─────────────────│\n"
"12:00:00.110    +0.010       │────────────────── ACK ───────────────────▶│\n"
"                             ┊               ── 44.9 s ──                ┊\n"
"12:00:45.100   +44.990       ○ session refresh due: half of 90 s         │\n"
"                             ┊               ── 45.0 s ──                ┊\n"
"12:01:30.100   +45.000       ○ session expired: no refresh seen in 90 s  │\n"
"12:01:35.000    +4.900       │────────────────── BYE ───────────────────▶│\n");
}

/* A call that ends before half of the interval owes no refresh. */
static void test_session_ended(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	session(c);
	ab(c, 4000, "BYE sip:b SIP/2.0", "3", "2 BYE", "b", NULL);
	ab(c, 4010, "SIP/2.0 200 OK", "3", "2 BYE", "b", NULL);
	until(c, 200000);
	assert_int_equal(ladder_build_as(&ladder, c->engine, CALLS, 1, &ENDED), OK);
	assert_int_equal(ladder.nrows, 5);
	ladder_clear(&ladder);
}

/* ---- silences */

static void test_silences(void **state)
{
	struct calls *c = *state;
	ab(c, 0, "INFO sip:b SIP/2.0", "1", "1 INFO", "b", NULL);
	ab(c, 4999, "SIP/2.0 200 OK", "1", "1 INFO", "b", NULL);
	ab(c, 9999, "INFO sip:b SIP/2.0", "2", "2 INFO", "b", NULL);
	ab(c, 9999, "SIP/2.0 200 OK", "2", "2 INFO", "b", NULL);
	ab(c, 761050, "INFO sip:b SIP/2.0", "3", "3 INFO", "b", NULL);
	ab(c, 761050, "SIP/2.0 200 OK", "3", "3 INFO", "b", NULL);
	ab(c, 11861050, "INFO sip:b SIP/2.0", "4", "4 INFO", "b", NULL);
	expect(c, &NOTES, 80, false,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"                             |......... beginning not captured ..........|\n"
"12:00:00.000                 |------------------ INFO ------------------>|\n"
"12:00:04.999    +4.999       |<----------------- 200 OK -----------------|\n"
"                             :                -- 5.0 s --                :\n"
"12:00:09.999    +5.000       |------------------ INFO ------------------>|\n"
"12:00:09.999    +0.000       |<----------------- 200 OK -----------------|\n"
"                             :             -- 12 min 31 s --             :\n"
"12:12:41.050  +751.051       |------------------ INFO ------------------>|\n"
"12:12:41.050    +0.000       |<----------------- 200 OK -----------------|\n"
"                             :              -- 3 h 5 min --              :\n"
"15:17:41.050   +11100s       |------------------ INFO ------------------>|\n");
}

/* ---- what was not captured */

static void test_no_request(void **state)
{
	struct calls *c = *state;
	ab(c, 0, "SIP/2.0 180 Ringing", "1", "1 INVITE", "b", NULL);
	ab(c, 10, "SIP/2.0 200 OK", "1", "1 INVITE", "b", NULL);
	expect(c, &NOTES, 80, true,
"2026-11-20 UTC         10.0.0.2:5060                               10.0.0.1:5060\n"
"                             │◀┄┄┄┄┄┄┄┄┄┄ INVITE not captured ┄┄┄┄┄┄┄┄┄┄┄│\n"
"12:00:00.000                 │────────────── 180 Ringing ───────────────▶│\n"
"12:00:00.010    +0.010       │───────────────── 200 OK ─────────────────▶│\n");
	expect(c, &NOTES, 40, true,
"1 10.0.0.2:5060\n"
"2 10.0.0.1:5060\n"
"2026-11-20 UTC         1               2\n"
"                       │◀INVITE not ca…│\n"
"12:00:00.000           │ 180 Ringing ─▶│\n"
"12:00:00.010    +0.010 │─── 200 OK ───▶│\n");
}

/* A response whose branch is wrong answers a request that is there. */
static void test_wrong_branch(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	ab(c, 0, INVITE, "1", "1 INVITE", NULL, NULL);
	ab(c, 10, "SIP/2.0 487 Request Terminated", "9", "1 INVITE", "b", NULL);
	assert_int_equal(ladder_build_as(&ladder, c->engine, CALLS, 1, &NOTES), OK);
	assert_int_equal(ladder.nrows, 2);
	ladder_clear(&ladder);
}

static void test_no_beginning(void **state)
{
	struct calls *c = *state;
	ab(c, 0, "ACK sip:b SIP/2.0", "1", "1 ACK", "b", NULL);
	ab(c, 100, "BYE sip:b SIP/2.0", "2", "2 BYE", "b", NULL);
	expect(c, &NOTES, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"                             │◀┄┄┄┄┄┄ final response not captured ┄┄┄┄┄┄┄│\n"
"12:00:00.000                 │────────────────── ACK ───────────────────▶│\n"
"12:00:00.100    +0.100       │────────────────── BYE ───────────────────▶│\n");
}

static void test_capture_ends(void **state)
{
	struct calls *c = *state;
	ab(c, 0, INVITE, "1", "1 INVITE", NULL, NULL);
	ab(c, 100, "SIP/2.0 180 Ringing", "1", "1 INVITE", "b", NULL);
	until(c, 6000);
	expect(c, &ENDED, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │───────────────── INVITE ─────────────────▶│\n"
"12:00:00.100    +0.100       │◀────────────── 180 Ringing ───────────────│\n"
"                             ┊                ── 5.9 s ──                ┊\n"
"12:00:06.000    +5.900       ┊            ── capture ends ──             ┊\n");
	/* more may come */
	expect(c, &NOTES, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │───────────────── INVITE ─────────────────▶│\n"
"12:00:00.100    +0.100       │◀────────────── 180 Ringing ───────────────│\n");
}

/* ---- memory */

static void test_no_memory(void **state)
{
	struct calls *c = *state;
	unanswered(c);
	session(c);
	ladder_memory_check(c, CALLS, 1, &ENDED, 10);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, calls_setup, calls_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_timer_of_merged_lane),
		TEST(test_timer_b),         TEST(test_newest),
		TEST(test_timer_f),         TEST(test_timer_h),
		TEST(test_2xx),             TEST(test_not_waiting),
		TEST(test_session_expired), TEST(test_session_ended),
		TEST(test_silences),        TEST(test_no_request),
		TEST(test_wrong_branch),    TEST(test_no_beginning),
		TEST(test_capture_ends),    TEST(test_no_memory),
	};
	return cmocka_run_group_tests_name("view/ladder_notes", tests, NULL, NULL);
}
