/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/transaction.h"

#include <stdio.h>
#include <string.h>

#include "../base/random.h"
#include "world.h"

/* The next state of every pair, read from RFC 3261 figures 5 (INVITE client), 6
 * (non-INVITE client), 7 (INVITE server) and 8 (non-INVITE server), and RFC 6026
 * figures 1 and 2 (Accepted), as one observer on the path sees both sides. */
enum {
	NO = TXN_STATE_COUNT, /* no such arrow: nothing moves */
	NEVER                 /* no message can make that pair */
};

/* Shorter names, for the width of the tables. */
enum {
	CALLING = TXN_CALLING,
	TRYING = TXN_TRYING,
	PROC = TXN_PROCEEDING,
	ACCEPT = TXN_ACCEPTED,
	COMPL = TXN_COMPLETED,
	CONF = TXN_CONFIRMED,
	TIMED = TXN_TIMEOUT
};

static const unsigned invite_next[TXN_STATE_COUNT][TXN_EV_COUNT] = {
	/*                   REQUEST  REPEAT   1XX    2XX     3XX-6XX ACK     TIMER */
	[TXN_NEW]        = { CALLING, NEVER,   PROC,  ACCEPT, COMPL,  NEVER,  NEVER },
	[TXN_CALLING]    = { NEVER,   CALLING, PROC,  ACCEPT, COMPL,  NO,     TIMED },
	[TXN_TRYING]     = { NEVER,   NEVER,   NEVER, NEVER,  NEVER,  NEVER,  NEVER },
	[TXN_PROCEEDING] = { PROC,    PROC,    PROC,  ACCEPT, COMPL,  NO,     NO },
	[TXN_ACCEPTED]   = { ACCEPT,  ACCEPT,  NO,    ACCEPT, NO,     ACCEPT, NO },
	[TXN_COMPLETED]  = { COMPL,   COMPL,   NO,    NO,     COMPL,  CONF,   NO },
	[TXN_CONFIRMED]  = { CONF,    NO,      NO,    NO,     CONF,   CONF,   NO },
	[TXN_TIMEOUT]    = { NEVER,   TIMED,   PROC,  ACCEPT, COMPL,  NO,     NEVER },
};

static const unsigned other_next[TXN_STATE_COUNT][TXN_EV_COUNT] = {
	/*                   REQUEST REPEAT  1XX    2XX    3XX-6XX ACK    TIMER */
	[TXN_NEW]        = { TRYING, NEVER,  PROC,  COMPL, COMPL,  NEVER, NEVER },
	[TXN_CALLING]    = { NEVER,  NEVER,  NEVER, NEVER, NEVER,  NEVER, NEVER },
	[TXN_TRYING]     = { NEVER,  TRYING, PROC,  COMPL, COMPL,  NEVER, TIMED },
	[TXN_PROCEEDING] = { PROC,   PROC,   PROC,  COMPL, COMPL,  NEVER, TIMED },
	[TXN_ACCEPTED]   = { NEVER,  NEVER,  NEVER, NEVER, NEVER,  NEVER, NEVER },
	[TXN_COMPLETED]  = { COMPL,  COMPL,  NO,    COMPL, COMPL,  NEVER, NO },
	[TXN_CONFIRMED]  = { NEVER,  NEVER,  NEVER, NEVER, NEVER,  NEVER, NEVER },
	[TXN_TIMEOUT]    = { NEVER,  TIMED,  NO,    COMPL, COMPL,  NEVER, NEVER },
};

#define LATER (40 * TICK_S) /* after timers B and F of what began at 0 */

static const char *method_of(enum txn_kind kind)
{
	return kind == TXN_INVITE ? "INVITE" : "OPTIONS";
}

/* Bring a transaction into a state, with its request or without it. Returns the time
 * of the last message. */
static uint64_t bring(struct world *w, enum txn_kind kind, enum txn_state state,
                      bool request)
{
	const char *method = method_of(kind);
	if (request)
		SAY(w, 0, .start = method);
	switch (state) {
	case TXN_NEW:
	case TXN_CALLING:
	case TXN_TRYING: break;
	case TXN_PROCEEDING: SAY(w, TICK_MS, .start = "180", .method = method); break;
	case TXN_ACCEPTED:
		SAY(w, TICK_MS, .start = "200", .method = method, .to_tag = "b");
		break;
	case TXN_COMPLETED:
	case TXN_CONFIRMED:
		SAY(w, TICK_MS, .start = "486", .method = method, .to_tag = "b");
		if (state == TXN_CONFIRMED)
			SAY(w, 2 * TICK_MS, .start = "ACK", .to_tag = "b");
		break;
	case TXN_TIMEOUT: world_wait(w, LATER); return LATER;
	case TXN_STATE_COUNT: fail();
	}
	return 2 * TICK_MS;
}

/* Let one event happen that is none before; `at` is its time. */
static void happen(struct world *w, enum txn_kind kind, enum txn_state state,
                   enum txn_event event, uint64_t at)
{
	const char *method = method_of(kind);
	switch (event) {
	case TXN_EV_REQUEST:
	case TXN_EV_REPEAT: SAY(w, at, .start = method); break;
	case TXN_EV_1XX: SAY(w, at, .start = "183", .method = method); break;
	case TXN_EV_2XX:
		SAY(w, at, .start = "202", .method = method, .to_tag = "c");
		break;
	case TXN_EV_3XX_6XX:
		SAY(w, at, .start = "603", .method = method, .to_tag = "c");
		break;
	case TXN_EV_ACK:
		if (state == TXN_CONFIRMED) {
			/* A second ACK of another branch can only be one to a 2xx,
			 * which a forking proxy let through after the failure. */
			SAY(w, at, .start = "200", .to_tag = "d");
			SAY(w, at, .start = "ACK", .to_tag = "d", .branch = "z9hG4bK2");
		} else {
			SAY(w, at, .start = "ACK", .to_tag = "b");
		}
		break;
	case TXN_EV_TIMER: world_wait(w, LATER); break;
	case TXN_EV_COUNT: fail();
	}
}

static void check_pair(enum txn_kind kind, enum txn_state state, enum txn_event event,
                       unsigned next)
{
	struct world w;
	/* a request comes for the first time where only responses were seen */
	bool request = event != TXN_EV_REQUEST && state != TXN_NEW;
	world_init(&w);
	uint64_t at = bring(&w, kind, state, request) + 100 * TICK_MS;
	if (state != TXN_NEW)
		assert_int_equal(world_txn(&w)->state, state);
	uint64_t unexpected = tracker_stats(w.tracker)->unexpected;
	/* the 2xx without a row that comes before the second ACK */
	unexpected += state == TXN_CONFIRMED && event == TXN_EV_ACK;
	happen(&w, kind, state, event, at);
	unexpected += next == NO && event != TXN_EV_TIMER;
	assert_int_equal(world_txn(&w)->kind, kind);
	assert_int_equal(world_txn(&w)->state, next == NO ? (unsigned)state : next);
	assert_int_equal(tracker_stats(w.tracker)->unexpected, unexpected);
	assert_int_equal(tracker_transactions(w.tracker), 1);
	world_clear(&w);
}

static void test_pairs(void **state)
{
	(void)state;
	for (unsigned s = 0; s < TXN_STATE_COUNT; s++) {
		for (unsigned e = 0; e < TXN_EV_COUNT; e++) {
			if (invite_next[s][e] != NEVER)
				check_pair(TXN_INVITE, s, e, invite_next[s][e]);
			if (other_next[s][e] != NEVER)
				check_pair(TXN_NON_INVITE, s, e, other_next[s][e]);
		}
	}
}

/* What no message can ask for has no row either. */
static void test_rows(void **state)
{
	(void)state;
	for (unsigned k = 0; k < TXN_KIND_COUNT; k++) {
		for (unsigned s = 0; s < TXN_STATE_COUNT; s++) {
			for (unsigned e = 0; e < TXN_EV_COUNT; e++) {
				unsigned next = k == TXN_INVITE ? invite_next[s][e]
				                                : other_next[s][e];
				const struct txn_row *row = txn_row(k, s, e);
				bool is_row = next < TXN_STATE_COUNT;
				assert_int_equal(row->next, is_row ? next : TXN_NEW);
				assert_int_equal(row->source != NULL, is_row);
				if (is_row)
					assert_int_equal(strncmp(row->source, "RFC ", 4),
					                 0);
			}
		}
	}
}

static void test_names(void **state)
{
	(void)state;
	static const char *const states[] = { "new",        "calling",  "trying",
		                              "proceeding", "accepted", "completed",
		                              "confirmed",  "timeout" };
	static const char *const outcomes[] = { "success", "redirect",   "failure",
		                                "timeout", "unfinished", "orphan" };
	for (unsigned i = 0; i < TXN_STATE_COUNT; i++)
		assert_string_equal(txn_state_name(i), states[i]);
	for (unsigned i = 0; i < TXN_OUTCOME_COUNT; i++)
		assert_string_equal(txn_outcome_name(i), outcomes[i]);
}

/* --- deadlines: timers B and F run out 64*T1 = 32 s after the request */

static void check_timer(const char *method, enum txn_state before)
{
	struct world w;
	world_init(&w);
	assert_int_equal(tracker_deadline(w.tracker), TICK_NONE);
	SAY(&w, 5 * TICK_S, .start = method);
	assert_int_equal(tracker_deadline(w.tracker), WORLD_NOON + 37 * TICK_S);
	/* the repeats do not start it anew */
	SAY(&w, 6 * TICK_S, .start = method);
	assert_int_equal(tracker_deadline(w.tracker), WORLD_NOON + 37 * TICK_S);
	world_wait(&w, 37 * TICK_S - 1);
	assert_int_equal(world_txn(&w)->state, before);
	assert_int_equal(tracker_outcome(w.tracker, w.is.transaction), TXN_UNFINISHED);
	world_wait(&w, 37 * TICK_S);
	assert_int_equal(world_txn(&w)->state, TXN_TIMEOUT);
	assert_int_equal(tracker_outcome(w.tracker, w.is.transaction), TXN_TIMED_OUT);
	assert_int_equal(tracker_deadline(w.tracker), TICK_NONE);
	world_clear(&w);
}

static void test_timers(void **state)
{
	(void)state;
	check_timer("INVITE", TXN_CALLING);   /* B */
	check_timer("OPTIONS", TXN_TRYING);   /* F */
	check_timer("REGISTER", TXN_TRYING);
	check_timer("X-OTHER", TXN_TRYING);
}

/* Timer B is stopped by any response, timer F by a final one only. */
static void test_timer_after_provisional(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, TICK_MS, .start = "100");
	world_wait(&w, 3600 * TICK_S);
	assert_int_equal(world_txn(&w)->state, TXN_PROCEEDING);
	assert_int_equal(tracker_outcome(w.tracker, w.is.transaction), TXN_UNFINISHED);
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "OPTIONS");
	SAY(&w, TICK_S, .start = "100", .method = "OPTIONS");
	world_wait(&w, 32 * TICK_S - 1);
	assert_int_equal(world_txn(&w)->state, TXN_PROCEEDING);
	world_wait(&w, 32 * TICK_S);
	assert_int_equal(world_txn(&w)->state, TXN_TIMEOUT);
	world_clear(&w);
}

/* Time moves before a message does: at the deadline it is late, 1 ns before it is not.
 * Either way the response is believed. */
static void test_late_response(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "REGISTER", .more = "Contact: <sip:a@10.0.0.1>\r\n");
	SAY(&w, 32 * TICK_S, .start = "500", .method = "REGISTER");
	assert_int_equal(world_txn(&w)->state, TXN_COMPLETED);
	assert_int_equal(tracker_outcome(w.tracker, w.is.transaction), TXN_FAILURE);
	assert_int_equal(tracker_registration_at(w.tracker, 1)->timed_out, 1);
	assert_int_equal(tracker_registration_at(w.tracker, 1)->state, REG_REJECTED);
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "REGISTER", .more = "Contact: <sip:a@10.0.0.1>\r\n");
	SAY(&w, 32 * TICK_S - 1, .start = "500", .method = "REGISTER");
	assert_int_equal(tracker_registration_at(w.tracker, 1)->timed_out, 0);
	assert_int_equal(tracker_registration_at(w.tracker, 1)->state, REG_REJECTED);
	world_clear(&w);
}

/* A request that is captured after its 100 waits for timer F from its own time on. */
static void test_timer_of_late_request(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "100", .method = "OPTIONS");
	assert_int_equal(tracker_deadline(w.tracker), TICK_NONE);
	assert_int_equal(tracker_outcome(w.tracker, w.is.transaction), TXN_ORPHAN);
	SAY(&w, TICK_S, .start = "OPTIONS");
	assert_int_equal(tracker_deadline(w.tracker), WORLD_NOON + 33 * TICK_S);
	world_wait(&w, 33 * TICK_S);
	assert_int_equal(world_txn(&w)->state, TXN_TIMEOUT);
	world_clear(&w);
}

static void test_outcomes(void **state)
{
	(void)state;
	static const struct {
		const char      *status;
		enum txn_outcome outcome;
	} rows[] = { { "200", TXN_SUCCESS },   { "299", TXN_SUCCESS },
		     { "300", TXN_REDIRECT },  { "399", TXN_REDIRECT },
		     { "400", TXN_FAILURE },   { "699", TXN_FAILURE },
		     { "199", TXN_UNFINISHED } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		SAY(&w, 0, .start = "INVITE");
		SAY(&w, TICK_MS, .start = rows[i].status, .to_tag = "b");
		assert_int_equal(tracker_outcome(w.tracker, w.is.transaction),
		                 rows[i].outcome);
		world_clear(&w);
	}
}

/* The ACK may be captured before the response that it acknowledges. */
static void test_ack_before_response(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, TICK_MS, .start = "ACK", .to_tag = "b");
	assert_int_equal(world_txn(&w)->state, TXN_CALLING);
	SAY(&w, 2 * TICK_MS, .start = "486", .to_tag = "b");
	assert_int_equal(world_txn(&w)->state, TXN_CONFIRMED);
	assert_int_equal(tracker_acks(w.tracker, world_txn(&w)), 1);
	world_clear(&w);
}

/* --- repeats */

struct repeat_row {
	uint16_t          ip_id[2]; /* of the message and of its copy */
	int64_t           gap;      /* ns */
	enum track_repeat repeat;
};

static const struct repeat_row repeat_rows[] = {
	/* nothing to compare: 50 ms */
	{ { 0, 0 }, 0, TRACK_DUPLICATE },
	{ { 0, 0 }, 50 * 1000000 - 1, TRACK_DUPLICATE },
	{ { 0, 0 }, 50 * 1000000, TRACK_RETRANSMISSION },
	{ { 0, 0 }, -1, TRACK_DUPLICATE },
	{ { 0, 0 }, -500 * 1000000, TRACK_DUPLICATE },
	{ { 7, 0 }, 50 * 1000000 - 1, TRACK_DUPLICATE },
	{ { 0, 7 }, 50 * 1000000, TRACK_RETRANSMISSION },
	/* the same packet: 1 s either way */
	{ { 7, 7 }, 1, TRACK_DUPLICATE },
	{ { 7, 7 }, 1000000000, TRACK_DUPLICATE },
	{ { 7, 7 }, 1000000001, TRACK_RETRANSMISSION },
	{ { 7, 7 }, -1000000000, TRACK_DUPLICATE },
	{ { 7, 7 }, -1000000001, TRACK_RETRANSMISSION },
	/* another packet, however soon */
	{ { 7, 8 }, 0, TRACK_RETRANSMISSION },
	{ { 7, 8 }, -1, TRACK_RETRANSMISSION },
};

static void check_repeat(const struct repeat_row *row, const char *start,
                         const char *method)
{
	struct world w;
	world_init(&w);
	if (method)
		SAY(&w, 10 * TICK_S, .start = method);
	w.input.ip_id = row->ip_id[0];
	struct track_result first =
		SAY(&w, 10 * TICK_S, .start = start, .method = method);
	assert_int_equal(first.repeat, TRACK_FIRST);
	assert_int_equal(first.of, 0);
	w.input.ip_id = row->ip_id[1];
	uint64_t at = (uint64_t)((int64_t)(10 * TICK_S) + row->gap);
	struct track_result copy = SAY(&w, at, .start = start, .method = method);
	assert_int_equal(copy.repeat, row->repeat);
	assert_int_equal(copy.of, first.message);
	assert_int_equal(copy.transaction, first.transaction);
	const struct call *c = tracker_call_at(w.tracker, copy.call);
	assert_int_equal(c->duplicates, row->repeat == TRACK_DUPLICATE);
	assert_int_equal(c->retransmissions, row->repeat == TRACK_RETRANSMISSION);
	world_clear(&w);
}

static void test_repeats(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(repeat_rows) / sizeof(repeat_rows[0]); i++) {
		check_repeat(&repeat_rows[i], "INVITE", NULL);
		check_repeat(&repeat_rows[i], "ACK", NULL); /* a stray one */
		check_repeat(&repeat_rows[i], "200", "INVITE");
		check_repeat(&repeat_rows[i], "200", "OPTIONS");
	}
}

/* The gap is the one to the last copy; `of` is the first. */
static void test_repeat_of_repeat(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	struct track_result first = SAY(&w, 0, .start = "INVITE");
	assert_int_equal(SAY(&w, 40 * TICK_MS, .start = "INVITE").repeat,
	                 TRACK_DUPLICATE);
	assert_int_equal(SAY(&w, 80 * TICK_MS, .start = "INVITE").repeat,
	                 TRACK_DUPLICATE);
	assert_int_equal(SAY(&w, 130 * TICK_MS, .start = "INVITE").repeat,
	                 TRACK_RETRANSMISSION);
	assert_int_equal(w.is.of, first.message);
	assert_int_equal(world_more(&w)->duplicates, 2);
	assert_int_equal(world_more(&w)->request_retransmissions, 1);
	assert_int_equal(world_more(&w)->response_retransmissions, 0);
	world_clear(&w);
}

static void test_ack_copies(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, TICK_S, .start = "200", .to_tag = "b");
	SAY(&w, 2 * TICK_S, .start = "ACK", .to_tag = "b", .branch = "z9hG4bK2");
	SAY(&w, 3 * TICK_S, .start = "ACK", .to_tag = "b", .branch = "z9hG4bK2");
	assert_int_equal(w.is.repeat, TRACK_RETRANSMISSION);
	assert_int_equal(tracker_acks(w.tracker, world_txn(&w)), 1);
	assert_int_equal(world_more(&w)->ack_retransmissions, 1);
	SAY(&w, 3 * TICK_S + 1, .start = "ACK", .to_tag = "b", .branch = "z9hG4bK2");
	assert_int_equal(w.is.repeat, TRACK_DUPLICATE);
	/* a transaction counts copies of requests and responses; its call all */
	assert_int_equal(world_more(&w)->duplicates, 0);
	assert_int_equal(tracker_call_at(w.tracker, w.is.call)->duplicates, 1);
	/* another branch, sent-by, CSeq or hop: another ACK */
	SAY(&w, 4 * TICK_S, .start = "ACK", .to_tag = "b", .branch = "z9hG4bK3");
	assert_int_equal(w.is.repeat, TRACK_FIRST);
	SAY(&w, 4 * TICK_S, .start = "ACK", .to_tag = "b", .branch = "z9hG4bK3",
	    .sent_by = "10.0.0.9");
	assert_int_equal(w.is.repeat, TRACK_FIRST);
	world_hop(&w, 1, 3);
	SAY(&w, 4 * TICK_S, .start = "ACK", .to_tag = "b", .branch = "z9hG4bK3");
	assert_int_equal(w.is.repeat, TRACK_FIRST);
	assert_int_equal(tracker_acks(w.tracker, world_txn(&w)), 4);
	world_clear(&w);
}

/* What makes a response a new one: RFC 3262 3, DEFINITIONS 2.5. */
static void test_responses_that_differ(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	static const struct sip_text rows[] = {
		{ .start = "183" },
		{ .start = "183", .to_tag = "b" },
		{ .start = "183", .to_tag = "c" },
		{ .start = "183", .to_tag = "c", .more = "RSeq: 1\r\n" },
		{ .start = "183", .to_tag = "c", .more = "RSeq: 2\r\n" },
		{ .start = "183",
		  .to_tag = "c",
		  .more = "RSeq: 2\r\n",
		  .body = "v=0\r\n" },
		{ .start = "183",
		  .to_tag = "c",
		  .more = "RSeq: 2\r\n",
		  .body = "v=1\r\n" },
		{ .start = "180",
		  .to_tag = "c",
		  .more = "RSeq: 2\r\n",
		  .body = "v=1\r\n" },
	};
	uint32_t ids[sizeof(rows) / sizeof(rows[0])];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ids[i] = world_say(&w, TICK_S + i * TICK_MS, &rows[i]).message;
		assert_int_equal(w.is.repeat, TRACK_FIRST);
	}
	/* and each again, with a header that says nothing */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_text again = rows[i];
		again.method = "INVITE";
		world_say(&w, 2 * TICK_S + i * TICK_MS, &again);
		assert_int_equal(w.is.repeat, TRACK_RETRANSMISSION);
		assert_int_equal(w.is.of, ids[i]);
	}
	world_clear(&w);
}

/* Times that run backwards move no deadline: the tracker's time is the largest. */
static void test_backward_time(void **state)
{
	(void)state;
	struct world w;
	world_init(&w);
	SAY(&w, 100 * TICK_S, .start = "INVITE", .call_id = "one");
	SAY(&w, 0, .start = "INVITE", .call_id = "two");
	assert_int_equal(world_txn(&w)->state, TXN_CALLING);
	/* it was due long before the largest time: the next move of time fires it */
	world_wait(&w, 0);
	assert_int_equal(world_txn(&w)->state, TXN_TIMEOUT);
	assert_int_equal(tracker_transaction_at(w.tracker, 1)->state, TXN_CALLING);
	world_clear(&w);
}

/* Timers that start in any order of time, of transactions in any order, some of them
 * known by their response before: each runs out 32 s after its own request. */
static void check_random_timers(uint64_t seed)
{
	enum { CALLS = 40 };
	struct world w;
	uint32_t ids[CALLS];
	uint64_t due[CALLS], now = 0;
	world_init(&w);
	for (unsigned i = 0; i < CALLS; i++) {
		char call_id[16];
		snprintf(call_id, sizeof(call_id), "call-%u", i);
		if (random_below(&seed, 4) == 0)
			SAY(&w, now, .start = "100", .method = "OPTIONS",
			    .call_id = call_id);
		ids[i] = 0;
	}
	for (unsigned n = 0; n < CALLS; n++) {
		char call_id[16];
		unsigned i = (unsigned)random_below(&seed, CALLS);
		while (ids[i])
			i = (i + 1) % CALLS;
		/* on one instant often, and sometimes before what came last */
		uint64_t at = random_below(&seed, 8) ? now : now / 2;
		snprintf(call_id, sizeof(call_id), "call-%u", i);
		ids[i] = SAY(&w, at, .start = "OPTIONS", .call_id = call_id).transaction;
		due[i] = at + 32 * TICK_S;
		now += random_below(&seed, 3) * TICK_S;
	}
	for (; now < 130 * TICK_S; now += TICK_S) {
		world_wait(&w, now);
		for (unsigned i = 0; i < CALLS; i++)
			assert_int_equal(tracker_transaction_at(w.tracker, ids[i])->state
			                         == TXN_TIMEOUT, due[i] <= now);
	}
	assert_true(tracker_deadline(w.tracker) == TICK_NONE);
	world_clear(&w);
}

static void test_random_timers(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++)
		check_random_timers(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_timers),
		cmocka_unit_test(test_timer_after_provisional),
		cmocka_unit_test(test_late_response),
		cmocka_unit_test(test_timer_of_late_request),
		cmocka_unit_test(test_random_timers),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_ack_before_response),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_repeat_of_repeat),
		cmocka_unit_test(test_ack_copies),
		cmocka_unit_test(test_responses_that_differ),
		cmocka_unit_test(test_backward_time),
	};
	return cmocka_run_group_tests_name("track/transaction", tests, NULL, NULL);
}
