/* SPDX-License-Identifier: MIT */
/* What is judged by a time: 1 ns before it, and at it. */
#include "config.h"

#include "find/find.h"

#include <stdio.h>

#include "../track/world.h"

#define MS    TICK_MS
#define S     TICK_S

/* RFC 3261 17.1.1.1: 64*T1, of timers B, F and H, and of what 13.2.2.4 waits for */
#define WAITS (32 * S)

enum claim {
	NONE,
	GAP, /* lost packets could explain it */
	SURE
};

/* What is said when the capture ends there. */
static enum claim claimed(struct world *w, uint64_t end, enum find_code code)
{
	struct find find;
	enum claim claim = NONE;
	world_wait(w, end);
	find_init(&find, &w->mem, w->tracker);
	find_run(&find, WORLD_NOON + end);
	for (uint32_t i = 1; i <= find_count(&find); i++)
		if (find_at(&find, i)->code == code)
			claim = find_at(&find, i)->gap ? GAP : SURE;
	find_clear(&find);
	return claim;
}

static bool raises(struct world *w, uint64_t end, enum find_code code)
{
	return claimed(w, end, code) != NONE;
}

/* --- the end of the capture: nothing has come until then */

static void no_response(struct world *w)
{
	SAY(w, S, .start = "INVITE");
}

static void no_final(struct world *w)
{
	SAY(w, S, .start = "OPTIONS");
	SAY(w, 2 * S, .start = "100", .method = "OPTIONS");
}

static void no_ack(struct world *w)
{
	SAY(w, 0, .start = "INVITE");
	SAY(w, S, .start = "200", .to_tag = "b");
}

static void no_ack_to_failure(struct world *w)
{
	SAY(w, 0, .start = "INVITE");
	SAY(w, S, .start = "486", .to_tag = "b");
}

static void no_answer_to_bye(struct world *w)
{
	SAY(w, 0, .start = "INVITE");
	SAY(w, 1 * MS, .start = "200", .to_tag = "b");
	SAY(w, 2 * MS, .start = "ACK", .to_tag = "b", .branch = "a");
	SAY(w, S, .start = "BYE", .to_tag = "b", .branch = "y", .cseq = 2);
}

static void no_bye_to_the_second(struct world *w)
{
	SAY(w, 0, .start = "INVITE");
	SAY(w, 1 * MS, .start = "200", .to_tag = "b");
	SAY(w, 2 * MS, .start = "ACK", .to_tag = "b", .branch = "a");
	SAY(w, S, .start = "200", .to_tag = "c");
	SAY(w, S, .start = "ACK", .to_tag = "c", .branch = "e");
}

static void no_credentials(struct world *w)
{
	SAY(w, 0, .start = "REGISTER");
	SAY(w, S, .start = "401", .method = "REGISTER", .to_tag = "b");
}

static void test_end(void **unused)
{
	(void)unused;
	static const struct {
		void         (*say)(struct world *w);
		enum find_code code;
	} rows[] = {
		{ no_response, FIND_NO_RESPONSE },
		{ no_final, FIND_NO_FINAL_RESPONSE },
		{ no_ack, FIND_ACK_MISSING },
		{ no_ack_to_failure, FIND_ACK_MISSING_FAILURE },
		{ no_answer_to_bye, FIND_BYE_UNANSWERED },
		{ no_bye_to_the_second, FIND_ANSWER_NOT_RELEASED },
		{ no_credentials, FIND_CHALLENGE_IGNORED },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		rows[i].say(&w);
		/* each begins at 1 s */
		if (raises(&w, S + WAITS - 1, rows[i].code))
			fail_msg("%s: too early", find_code_name(rows[i].code));
		if (!raises(&w, S + WAITS, rows[i].code))
			fail_msg("%s: too late", find_code_name(rows[i].code));
		world_clear(&w);
	}
}

/* --- the time of a response */

static void check_response(const char *method, const char *status, uint64_t at,
                           enum find_code code, bool wanted)
{
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = method);
	SAY(&w, at, .start = status, .method = method, .to_tag = "b");
	if (raises(&w, at, code) != wanted)
		fail_msg("%s after %llu ns: %s is wrong", status, (unsigned long long)at,
		         find_code_name(code));
	world_clear(&w);
}

static void test_responses(void **unused)
{
	(void)unused;
	/* a first answer at all: 2 s; what comes at 32 s is late */
	check_response("OPTIONS", "200", 2 * S - 1, FIND_SLOW_RESPONSE, false);
	check_response("OPTIONS", "200", 2 * S, FIND_SLOW_RESPONSE, true);
	check_response("INVITE", "100", 2 * S - 1, FIND_SLOW_RESPONSE, false);
	check_response("INVITE", "100", 2 * S, FIND_SLOW_RESPONSE, true);
	check_response("OPTIONS", "200", WAITS - 1, FIND_SLOW_RESPONSE, true);
	check_response("OPTIONS", "200", WAITS, FIND_SLOW_RESPONSE, false);
	check_response("OPTIONS", "200", WAITS - 1, FIND_LATE_RESPONSE, false);
	check_response("OPTIONS", "200", WAITS, FIND_LATE_RESPONSE, true);
	check_response("INVITE", "486", WAITS - 1, FIND_LATE_RESPONSE, false);
	check_response("INVITE", "486", WAITS, FIND_LATE_RESPONSE, true);
	/* post-selection delay, ITU-T E.721: 11 s */
	check_response("INVITE", "180", 11 * S - 1, FIND_LONG_SETUP, false);
	check_response("INVITE", "180", 11 * S, FIND_LONG_SETUP, true);
	check_response("INVITE", "200", 11 * S - 1, FIND_LONG_SETUP, false);
	check_response("INVITE", "200", 11 * S, FIND_LONG_SETUP, true);
}

/* An INVITE that rings is answered when somebody picks up: never late. */
static void test_rings_for_long(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, S, .start = "180", .to_tag = "b");
	SAY(&w, 100 * S, .start = "200", .to_tag = "b");
	assert_false(raises(&w, 100 * S, FIND_LATE_RESPONSE));
	assert_false(raises(&w, 100 * S, FIND_LONG_SETUP));
	world_clear(&w);
}

/* --- how sure it is */

/* Sent again and again until this time; then 40 s of nothing. */
static enum claim unanswered(const char *method, uint64_t last)
{
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = method);
	for (uint64_t at = 500 * MS, wait = S; at <= last; at += wait, wait *= 2)
		SAY(&w, at, .start = method);
	enum claim claim = claimed(&w, last + 40 * S, FIND_NO_RESPONSE);
	world_clear(&w);
	return claim;
}

/* A client stops when it is answered, RFC 3261 17.1.1.2 and 17.1.2.2. */
static void test_sure_of_no_response(void **unused)
{
	(void)unused;
	static const char *const methods[] = { "INVITE", "BYE" };
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(unanswered(methods[i], 0), GAP);
		assert_int_equal(unanswered(methods[i], 1500 * MS), GAP);
		assert_int_equal(unanswered(methods[i], 3500 * MS), GAP);
		assert_int_equal(unanswered(methods[i], 7500 * MS), SURE);
		assert_int_equal(unanswered(methods[i], 31500 * MS), SURE);
	}
}

/* The ACK may come until the server gives up, 13.3.1.4 and timer H. */
static void test_sure_of_no_ack(void **unused)
{
	(void)unused;
	static const char *const finals[] = { "200", "486" };
	static const enum find_code codes[] = { FIND_ACK_MISSING,
		                                FIND_ACK_MISSING_FAILURE };
	for (unsigned i = 0; i < 2; i++) {
		struct world w;
		world_init(&w);
		SAY(&w, 0, .start = "INVITE");
		SAY(&w, S, .start = finals[i], .to_tag = "b");
		SAY(&w, S + 500 * MS, .start = finals[i], .to_tag = "b");
		assert_int_equal(claimed(&w, S + 500 * MS, codes[i]), GAP);
		assert_int_equal(claimed(&w, S + WAITS - 1, codes[i]), GAP);
		assert_int_equal(claimed(&w, S + WAITS, codes[i]), SURE);
		world_clear(&w);
		world_init(&w); /* not sent again: the ACK may have been lost here */
		SAY(&w, 0, .start = "INVITE");
		SAY(&w, S, .start = finals[i], .to_tag = "b");
		assert_int_equal(claimed(&w, S + WAITS, codes[i]), GAP);
		world_clear(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_rings_for_long),
		cmocka_unit_test(test_sure_of_no_response),
		cmocka_unit_test(test_sure_of_no_ack),
	};
	return cmocka_run_group_tests_name("find/deadlines", tests, NULL, NULL);
}
