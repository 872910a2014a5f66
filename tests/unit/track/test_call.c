/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/call.h"

#include <string.h>

#include "world.h"

#define BYE_CALLER(w, at) \
	SAY(w, at, .start = "BYE", .cseq = 9, .to_tag = "b", .branch = "z9hG4bKbye")

static void bye_callee(struct world *w, uint64_t at, const char *from_tag)
{
	world_hop(w, 2, 1);
	SAY(w, at, .start = "BYE", .from_tag = from_tag, .to_tag = "a",
	    .branch = "z9hG4bKb2");
	world_hop(w, 1, 2);
}

static void assert_state(const struct world *w, enum call_state state, unsigned status,
                         enum call_ended_by by)
{
	struct call_summary sum = world_call(w);
	assert_string_equal(call_state_name(sum.state), call_state_name(state));
	assert_int_equal(sum.final_status, status);
	assert_string_equal(call_ended_by_name(sum.ended_by), call_ended_by_name(by));
}

/* --- DEFINITIONS 4.4: rule 2, the newest own transaction decides */

static void test_without_final(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	assert_state(&w, CALL_CALLING, 0, CALL_ENDED_BY_NOBODY);
	SAY(&w, TICK_S, .start = "100");
	assert_state(&w, CALL_TRYING, 0, CALL_ENDED_BY_NOBODY);
	SAY(&w, 2 * TICK_S, .start = "180");
	assert_state(&w, CALL_RINGING, 0, CALL_ENDED_BY_NOBODY);
	SAY(&w, 3 * TICK_S, .start = "CANCEL");
	assert_state(&w, CALL_CANCELLED, 0, CALL_ENDED_BY_CALLER);
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	world_wait(&w, 32 * TICK_S);
	assert_state(&w, CALL_TIMEOUT, 0, CALL_ENDED_BY_TIMEOUT);
	world_clear(&w);
	/* a BYE in the early dialog gives up as well */
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, TICK_S, .start = "180", .to_tag = "b");
	BYE_CALLER(&w, 2 * TICK_S);
	assert_state(&w, CALL_CANCELLED, 0, CALL_ENDED_BY_CALLER);
	world_clear(&w);
}

static void test_finals(void **unused)
{
	(void)unused;
	static const struct {
		const char        *status;
		enum call_state    state;
		enum call_ended_by by;
	} rows[] = {
		{ "300", CALL_REDIRECTED, CALL_ENDED_BY_NOBODY },
		{ "399", CALL_REDIRECTED, CALL_ENDED_BY_NOBODY },
		{ "400", CALL_REJECTED, CALL_ENDED_BY_NOBODY },
		{ "401", CALL_CHALLENGED, CALL_ENDED_BY_NOBODY },
		{ "407", CALL_CHALLENGED, CALL_ENDED_BY_NOBODY },
		{ "408", CALL_TIMEOUT, CALL_ENDED_BY_TIMEOUT },
		{ "486", CALL_BUSY, CALL_ENDED_BY_NOBODY },
		{ "487", CALL_CANCELLED, CALL_ENDED_BY_UNKNOWN }, /* no CANCEL was seen */
		{ "488", CALL_REJECTED, CALL_ENDED_BY_NOBODY },
		{ "499", CALL_REJECTED, CALL_ENDED_BY_NOBODY },
		{ "500", CALL_FAILED, CALL_ENDED_BY_NOBODY },
		{ "599", CALL_FAILED, CALL_ENDED_BY_NOBODY },
		{ "600", CALL_BUSY, CALL_ENDED_BY_NOBODY },
		{ "603", CALL_REJECTED, CALL_ENDED_BY_NOBODY },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		SAY(&w, 0, .start = "INVITE");
		SAY(&w, TICK_S, .start = "180", .to_tag = "b");
		SAY(&w, 2 * TICK_S, .start = rows[i].status, .to_tag = "b");
		const struct track_message *m = world_message(&w, w.is.message);
		assert_state(&w, rows[i].state, m->code, rows[i].by);
		struct call_summary sum = world_call(&w);
		assert_int_equal(sum.ended, w.is.message);
		assert_int_equal(sum.ringing, 2);
		assert_int_equal(sum.answered, 0);
		assert_true(sum.start_seen && sum.end_seen);
		world_clear(&w);
	}
}

static void test_cancelled(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, TICK_S, .start = "180", .to_tag = "b");
	SAY(&w, 2 * TICK_S, .start = "CANCEL");
	SAY(&w, 2 * TICK_S, .start = "200", .method = "CANCEL", .to_tag = "b");
	SAY(&w, 2 * TICK_S, .start = "487", .to_tag = "b");
	assert_state(&w, CALL_CANCELLED, 487, CALL_ENDED_BY_CALLER);
	world_clear(&w);
	/* the CANCEL lost the race: 9.1, 13.2.2.4 */
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, TICK_S, .start = "CANCEL");
	SAY(&w, TICK_S, .start = "200", .to_tag = "b");
	assert_state(&w, CALL_IN_CALL, 200, CALL_ENDED_BY_NOBODY);
	BYE_CALLER(&w, 2 * TICK_S);
	assert_state(&w, CALL_COMPLETED, 200, CALL_ENDED_BY_CALLER);
	world_clear(&w);
}

/* After 401, 407, 3xx or 422 the newest transaction decides. */
static void test_tried_again(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, TICK_S, .start = "407", .to_tag = "p");
	SAY(&w, TICK_S, .start = "ACK", .to_tag = "p");
	assert_state(&w, CALL_CHALLENGED, 407, CALL_ENDED_BY_NOBODY);
	SAY(&w, 2 * TICK_S, .start = "INVITE", .cseq = 2, .branch = "z9hG4bK2");
	assert_state(&w, CALL_CALLING, 0, CALL_ENDED_BY_NOBODY);
	uint32_t ok = SAY(&w, 3 * TICK_S, .start = "200", .cseq = 2, .branch = "z9hG4bK2",
	                  .to_tag = "b").message;
	assert_state(&w, CALL_IN_CALL, 200, CALL_ENDED_BY_NOBODY);
	struct call_summary sum = world_call(&w);
	assert_int_equal(sum.invite, 1);
	assert_int_equal(sum.first_invite, 1);
	assert_int_equal(sum.decider, 2);
	assert_int_equal(sum.answered, ok);
	assert_int_equal(sum.final, ok);
	world_clear(&w);
	/* another server, the same sent-by */
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, TICK_S, .start = "302", .to_tag = "p");
	world_hop(&w, 1, 3);
	SAY(&w, 2 * TICK_S, .start = "INVITE", .cseq = 2, .branch = "z9hG4bK2");
	SAY(&w, 3 * TICK_S, .start = "486", .cseq = 2, .branch = "z9hG4bK2",
	    .to_tag = "b");
	assert_state(&w, CALL_BUSY, 486, CALL_ENDED_BY_NOBODY);
	world_clear(&w);
}

/* --- rule 1: an answer decides */

static void test_completed(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	uint32_t invite = SAY(&w, 0, .start = "INVITE").message;
	SAY(&w, TICK_S, .start = "100");
	uint32_t ringing = SAY(&w, 2 * TICK_S, .start = "180", .to_tag = "b").message;
	SAY(&w, 3 * TICK_S, .start = "183", .to_tag = "b");
	uint32_t ok = SAY(&w, 4 * TICK_S, .start = "200", .to_tag = "b").message;
	assert_state(&w, CALL_IN_CALL, 200, CALL_ENDED_BY_NOBODY);
	assert_false(world_call(&w).end_seen);
	SAY(&w, 4 * TICK_S, .start = "ACK", .to_tag = "b", .branch = "z9hG4bKack");
	bye_callee(&w, 5 * TICK_S, "b");
	uint32_t bye = w.is.message;
	assert_state(&w, CALL_COMPLETED, 200, CALL_ENDED_BY_CALLEE);
	/* the other side's BYE crossed it: the first one counts */
	BYE_CALLER(&w, 6 * TICK_S);
	assert_state(&w, CALL_COMPLETED, 200, CALL_ENDED_BY_CALLEE);
	struct call_summary sum = world_call(&w);
	assert_int_equal(sum.invite, invite);
	assert_int_equal(sum.ringing, ringing);
	assert_int_equal(sum.answered, ok);
	assert_int_equal(sum.ended, bye);
	assert_true(sum.start_seen && sum.end_seen);
	world_clear(&w);
}

/* A re-INVITE that is refused leaves the call as it is. */
static void test_reinvite(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, TICK_S, .start = "200", .to_tag = "b");
	SAY(&w, 2 * TICK_S, .start = "INVITE", .cseq = 2, .to_tag = "b",
	    .branch = "z9hG4bK2");
	SAY(&w, 3 * TICK_S, .start = "488", .cseq = 2, .to_tag = "b",
	    .branch = "z9hG4bK2");
	assert_state(&w, CALL_IN_CALL, 200, CALL_ENDED_BY_NOBODY);
	world_clear(&w);
}

/* Two branches answer: the call is over when both dialogs are. */
static void test_two_answers(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, TICK_S, .start = "200", .to_tag = "b");
	SAY(&w, TICK_S, .start = "200", .to_tag = "c");
	BYE_CALLER(&w, 2 * TICK_S);
	assert_state(&w, CALL_IN_CALL, 200, CALL_ENDED_BY_NOBODY);
	bye_callee(&w, 3 * TICK_S, "c");
	assert_state(&w, CALL_COMPLETED, 200, CALL_ENDED_BY_CALLER);
	assert_int_equal(world_call(&w).ended, w.is.message);
	world_clear(&w);
}

/* A proxy forks: one branch answers, the other is busy. What the proxy sent does not
 * decide, what the caller sent does. */
static void test_fork(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	uint32_t invite = SAY(&w, 0, .start = "INVITE").transaction;
	for (unsigned i = 0; i < 2; i++) {
		world_hop(&w, 2, 3 + i);
		SAY(&w, TICK_MS, .start = "INVITE", .sent_by = "10.0.0.2:5060",
		    .branch = i ? "z9hG4bKp2" : "z9hG4bKp1",
		    .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1");
	}
	/* nothing came back to the caller yet, but to the proxy: all count */
	SAY(&w, TICK_S, .start = "486", .sent_by = "10.0.0.2:5060", .branch = "z9hG4bKp2",
	    .to_tag = "c");
	assert_state(&w, CALL_BUSY, 486, CALL_ENDED_BY_NOBODY);
	world_hop(&w, 2, 3);
	SAY(&w, 2 * TICK_S, .start = "200", .sent_by = "10.0.0.2:5060",
	    .branch = "z9hG4bKp1", .to_tag = "b");
	assert_state(&w, CALL_IN_CALL, 200, CALL_ENDED_BY_NOBODY);
	/* the caller's own hop heard 180 only: now it decides alone */
	world_hop(&w, 1, 2);
	SAY(&w, 3 * TICK_S, .start = "180", .to_tag = "b");
	assert_state(&w, CALL_RINGING, 0, CALL_ENDED_BY_NOBODY);
	SAY(&w, 4 * TICK_S, .start = "200", .to_tag = "b");
	assert_state(&w, CALL_IN_CALL, 200, CALL_ENDED_BY_NOBODY);
	assert_int_equal(world_call(&w).decider, invite);
	world_clear(&w);
}

/* --- rule 3: the INVITE was not captured */

static void test_partial(void **unused)
{
	(void)unused;
	static const struct {
		struct sip_text    message;
		enum call_state    state;
		enum call_ended_by by;
	} rows[] = {
		{ { .start = "BYE", .to_tag = "b" },
		  CALL_COMPLETED,
		  CALL_ENDED_BY_UNKNOWN },
		{ { .start = "INFO", .to_tag = "b" },
		  CALL_IN_CALL,
		  CALL_ENDED_BY_NOBODY },
		{ { .start = "INVITE", .to_tag = "b" },
		  CALL_IN_CALL,
		  CALL_ENDED_BY_NOBODY },
		{ { .start = "UPDATE", .to_tag = "b" },
		  CALL_UNKNOWN,
		  CALL_ENDED_BY_NOBODY },
		{ { .start = "ACK", .to_tag = "b" }, CALL_UNKNOWN, CALL_ENDED_BY_NOBODY },
		{ { .start = "CANCEL" }, CALL_CANCELLED, CALL_ENDED_BY_CALLER },
		{ { .start = "200", .method = "BYE" },
		  CALL_COMPLETED,
		  CALL_ENDED_BY_UNKNOWN },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		world_say(&w, 0, &rows[i].message);
		assert_state(&w, rows[i].state, 0, rows[i].by);
		assert_false(world_call(&w).start_seen);
		assert_int_equal(tracker_call_at(w.tracker, 1)->kind, CALL_INVITE);
		world_clear(&w);
	}
}

/* Responses alone still show an INVITE, unless their dialog was known before. */
static void test_partial_responses(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "180", .to_tag = "b");
	assert_state(&w, CALL_RINGING, 0, CALL_ENDED_BY_NOBODY);
	SAY(&w, TICK_S, .start = "200", .to_tag = "b");
	assert_state(&w, CALL_IN_CALL, 200, CALL_ENDED_BY_NOBODY);
	assert_false(world_call(&w).start_seen);
	/* a 200 to a re-INVITE in a dialog that was there: no initial one */
	SAY(&w, 2 * TICK_S, .start = "200", .cseq = 5, .to_tag = "b",
	    .branch = "z9hG4bK5");
	assert_int_equal(world_call(&w).first_invite, 1);
	assert_int_equal(world_call(&w).decider, 1);
	assert_int_equal(world_txn(&w)->reinvite, 1);
	bye_callee(&w, 3 * TICK_S, "b");
	assert_state(&w, CALL_COMPLETED, 200, CALL_ENDED_BY_CALLEE);
	world_clear(&w);
}

/* --- kinds and counts */

static void test_kinds(void **unused)
{
	(void)unused;
	static const struct {
		const char    *method;
		enum call_kind kind;
	} rows[] = {
		{ "INVITE", CALL_INVITE },       { "ACK", CALL_INVITE },
		{ "CANCEL", CALL_INVITE },       { "BYE", CALL_INVITE },
		{ "PRACK", CALL_INVITE },        { "UPDATE", CALL_INVITE },
		{ "INFO", CALL_INVITE },         { "REGISTER", CALL_REGISTER },
		{ "SUBSCRIBE", CALL_SUBSCRIBE }, { "NOTIFY", CALL_SUBSCRIBE },
		{ "REFER", CALL_SUBSCRIBE },     { "PUBLISH", CALL_PUBLISH },
		{ "OPTIONS", CALL_OPTIONS },     { "MESSAGE", CALL_MESSAGE },
		{ "X-OTHER", CALL_OTHER },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		SAY(&w, 0, .start = "200", .method = rows[i].method,
		    .call_id = "response");
		assert_int_equal(tracker_call_at(w.tracker, 1)->kind, rows[i].kind);
		SAY(&w, 0, .start = rows[i].method, .call_id = "request");
		assert_int_equal(tracker_call_at(w.tracker, 2)->kind, rows[i].kind);
		/* the first message decides, but an INVITE later does too */
		SAY(&w, 1, .start = "MESSAGE", .call_id = "request", .cseq = 2);
		assert_int_equal(tracker_call_at(w.tracker, 2)->kind, rows[i].kind);
		SAY(&w, 2, .start = "INVITE", .call_id = "request", .cseq = 3);
		assert_int_equal(tracker_call_at(w.tracker, 2)->kind, CALL_INVITE);
		world_clear(&w);
	}
}

static void test_names(void **unused)
{
	(void)unused;
	static const char *const kinds[] = { "invite",  "register", "subscribe",
		                             "publish", "options",  "message",
		                             "other" };
	static const char *const states[] = { "unknown",    "calling", "trying",
		                              "ringing",    "in-call", "completed",
		                              "cancelled",  "busy",    "challenged",
		                              "redirected", "timeout", "failed",
		                              "rejected" };
	static const char *const by[] = { "", "caller", "callee", "timeout", "unknown" };
	for (unsigned i = 0; i < CALL_KIND_COUNT; i++)
		assert_string_equal(call_kind_name(i), kinds[i]);
	for (unsigned i = 0; i < CALL_STATE_COUNT; i++)
		assert_string_equal(call_state_name(i), states[i]);
	for (unsigned i = 0; i < CALL_ENDED_BY_COUNT; i++)
		assert_string_equal(call_ended_by_name(i), by[i]);
}

/* A message without Call-ID or CSeq is part of nothing, and counted. */
static void test_untracked(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .no_call_id = 1);
	SAY(&w, 0, .start = "INVITE", .no_cseq = 1);
	assert_int_equal(w.is.message, 2);
	assert_int_equal(w.is.call, 0);
	assert_int_equal(tracker_stats(w.tracker)->untracked, 2);
	assert_int_equal(tracker_calls(w.tracker), 0);
	SAY(&w, 0, .start = "INVITE", .no_via = 1);
	assert_int_equal(w.is.call, 1);
	world_clear(&w);
}

static void test_call_messages(void **unused)
{
	(void)unused;
	struct world w;
	uint32_t *ids, count;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .call_id = "one");                 /* 1 */
	SAY(&w, 1, .start = "INVITE", .call_id = "two");                 /* 2 */
	SAY(&w, 2, .start = "ACK", .call_id = "one", .cseq = 7);         /* 3, stray */
	SAY(&w, 3, .start = "OPTIONS", .call_id = "one", .cseq = 2);     /* 4 */
	SAY(&w, TICK_S, .start = "INVITE", .call_id = "one");            /* 5 */
	uint32_t call = tracker_find_call(w.tracker, SLICE("one"));
	assert_int_equal(tracker_call_messages(w.tracker, call, &w.mem, &ids, &count),
	                 OK);
	assert_int_equal(count, 4);
	static const uint32_t expected[] = { 1, 3, 4, 5 };
	assert_memory_equal(ids, expected, sizeof(expected));
	mem_give(&w.mem, ids, count * sizeof(*ids));
	w.mem.fail_at = w.mem.taken + 1;
	assert_int_equal(tracker_call_messages(w.tracker, call, &w.mem, &ids, &count),
	                 ERR_NOMEM);
	assert_int_equal(tracker_find_call(w.tracker, SLICE("three")), 0);
	assert_int_equal(tracker_find_call(w.tracker, SLICE_NONE), 0);
	world_clear(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_final),
		cmocka_unit_test(test_finals),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_tried_again),
		cmocka_unit_test(test_completed),
		cmocka_unit_test(test_reinvite),
		cmocka_unit_test(test_two_answers),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_partial_responses),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_untracked),
		cmocka_unit_test(test_call_messages),
	};
	return cmocka_run_group_tests_name("track/call", tests, NULL, NULL);
}
