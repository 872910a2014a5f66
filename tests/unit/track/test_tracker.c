/* SPDX-License-Identifier: MIT */
/* The tracker when something runs out: records of a table, or memory. */
#include "config.h"

#include "track/tracker.h"

#include <stdio.h>
#include <string.h>

#include "world.h"

/* A little of everything, so that each kind of record is asked for: transactions and
 * dialogs past the length of a list, forks, ACKs, CANCEL, REGISTER, SUBSCRIBE, REFER.
 * Every message may be refused. */
static void say_all(struct world *w)
{
	char name[16];
	world_hop(w, 1, 2);
	TRY(w, 0, .start = "INVITE", .more = "Contact: <sip:a@10.0.0.1>\r\n");
	TRY(w, 1, .start = "INVITE", .sent_by = "10.0.0.2", .branch = "p1",
	    .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1");
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		TRY(w, TICK_S, .start = "180", .to_tag = name);
		TRY(w, TICK_S, .start = "OPTIONS", .cseq = i + 2, .branch = name,
		    .to_tag = name);
		world_check(w);
	}
	TRY(w, 2 * TICK_S, .start = "200", .to_tag = "t1");
	TRY(w, 3 * TICK_S, .start = "200", .to_tag = "t1");
	TRY(w, 3 * TICK_S, .start = "ACK", .to_tag = "t1", .branch = "k1");
	TRY(w, 4 * TICK_S, .start = "ACK", .to_tag = "t1", .branch = "k1");
	TRY(w, 4 * TICK_S, .start = "ACK", .cseq = 99);
	TRY(w, 4 * TICK_S, .start = "INVITE", .call_id = "busy");
	TRY(w, 4 * TICK_S, .start = "180", .call_id = "busy", .to_tag = "b");
	TRY(w, 5 * TICK_S, .start = "CANCEL", .call_id = "busy");
	TRY(w, 5 * TICK_S, .start = "487", .call_id = "busy", .to_tag = "b");
	world_check(w);
	TRY(w, 6 * TICK_S, .start = "REGISTER", .call_id = "reg",
	    .more = "Contact: <sip:a@10.0.0.1>, <sip:a@10.0.0.2>;expires=9\r\n");
	TRY(w, 7 * TICK_S, .start = "200", .call_id = "reg", .method = "REGISTER");
	TRY(w, 8 * TICK_S, .start = "REGISTER", .call_id = "reg", .cseq = 2,
	    .more = "Contact: *\r\nExpires: 0\r\n");
	TRY(w, 9 * TICK_S, .start = "200", .call_id = "reg", .cseq = 2,
	    .method = "REGISTER");
	TRY(w, 9 * TICK_S, .start = "SUBSCRIBE", .call_id = "sub",
	    .more = "Event: dialog\r\n");
	TRY(w, 9 * TICK_S, .start = "200", .call_id = "sub", .method = "SUBSCRIBE",
	    .to_tag = "b");
	TRY(w, 9 * TICK_S, .start = "REFER", .call_id = "sub", .cseq = 2, .to_tag = "b");
	TRY(w, 9 * TICK_S, .start = "202", .call_id = "sub", .cseq = 2, .method = "REFER",
	    .to_tag = "b");
	world_hop(w, 4, 5);
	TRY(w, 9 * TICK_S, .start = "NOTIFY", .call_id = "sub", .from_tag = "b",
	    .to_tag = "a", .more = "Event: dialog\r\nSubscription-State: terminated\r\n");
	TRY(w, 9 * TICK_S, .start = "200", .call_id = "lone", .to_tag = "b");
	world_check(w);
	world_wait(w, 100 * TICK_S);
}

static struct track_limits limits_of(uint32_t n)
{
	return (struct track_limits){ n, n, n, n, n };
}

static void test_scenario(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	say_all(&w);
	assert_int_equal(tracker_messages(w.tracker), 61);
	assert_int_equal(tracker_calls(w.tracker), 5);
	assert_int_equal(tracker_stats(w.tracker)->refused, 0);
	assert_int_equal(tracker_stats(w.tracker)->stray_acks, 1);
	assert_int_equal(tracker_registrations(w.tracker), 3);
	world_clear(&w);
}

/* The n-th allocation fails, for every n there is: what comes after it goes on. */
static void test_no_memory(void **unused)
{
	(void)unused;
	bool failed = true;
	for (uint64_t fail_at = 2; failed; fail_at++) { /* 1 is the tracker itself */
		struct world w;
		world_init(&w);
		w.mem.fail_at = fail_at;
		say_all(&w);
		failed = w.mem.refused > 0;
		assert_int_equal(failed, tracker_stats(w.tracker)->refused > 0);
		world_clear(&w);
	}
}

static void test_new_no_memory(void **unused)
{
	(void)unused;
	struct mem mem;
	struct tracker *t = NULL;
	struct track_limits limits = limits_of(10);
	mem_init(&mem, 1 << 20);
	mem.fail_at = 1;
	assert_int_equal(tracker_new(&t, &mem, 1, &limits), ERR_NOMEM);
	assert_int_equal(mem.used, 0);
	tracker_free(NULL);
}

/* A budget that runs out stays out: every message from then on is refused or fits. */
static void test_small_budgets(void **unused)
{
	(void)unused;
	for (size_t budget = 4096; budget <= 1 << 20; budget += 16384) {
		struct world w;
		struct track_limits limits = limits_of(1000);
		w = (struct world){ .now = WORLD_NOON };
		mem_init(&w.mem, budget);
		assert_int_equal(tracker_new(&w.tracker, &w.mem, 42, &limits), OK);
		world_ports(&w, 5060, 5060);
		say_all(&w);
		assert_true(w.mem.peak <= budget);
		world_clear(&w);
	}
}

/* One table at a time is short. */
static void test_limits(void **unused)
{
	(void)unused;
	for (unsigned table = 0; table < 5; table++) {
		for (uint32_t n = 1; n <= 3; n++) {
			struct world w;
			struct track_limits limits = limits_of(1000);
			uint32_t *each[] = { &limits.messages, &limits.calls,
				             &limits.transactions, &limits.dialogs,
				             &limits.flows };
			*each[table] = n;
			world_init_limits(&w, &limits);
			say_all(&w);
			uint32_t used[] = { tracker_messages(w.tracker),
				            tracker_calls(w.tracker),
				            tracker_transactions(w.tracker),
				            tracker_dialogs(w.tracker), n };
			assert_int_equal(used[table], n);
			assert_true(tracker_stats(w.tracker)->refused > 0);
			world_clear(&w);
		}
	}
}

/* A message that does not fit leaves no trace but its record and the count, and what
 * fits goes on. */
static void test_refused(void **unused)
{
	(void)unused;
	struct world w;
	struct track_limits limits = { 100, 1, 1, 1, 2 };
	world_init_limits(&w, &limits);
	SAY(&w, 0, .start = "INVITE", .call_id = "one");
	struct track_result is = TRY(&w, 1, .start = "INVITE", .call_id = "two");
	assert_int_equal(w.err, ERR_LIMIT); /* of calls */
	assert_int_equal(is.message, 2);
	assert_int_equal(is.call, 0);
	assert_int_equal(world_message(&w, 2)->owner, 0);
	is = TRY(&w, 2, .start = "INVITE", .call_id = "one", .branch = "other");
	assert_int_equal(w.err, ERR_LIMIT); /* of transactions */
	assert_int_equal(is.call, 0);
	assert_int_equal(is.transaction, 0);
	assert_int_equal(tracker_stats(w.tracker)->refused, 2);
	world_hop(&w, 1, 9);
	is = TRY(&w, 3, .start = "INVITE", .call_id = "one");
	assert_int_equal(w.err, ERR_LIMIT);
	world_hop(&w, 1, 2);
	SAY(&w, 4, .start = "180", .call_id = "one", .to_tag = "b");
	assert_int_equal(w.is.dialog, 1);
	is = SAY(&w, 5, .start = "180", .call_id = "one", .to_tag = "c");
	assert_int_equal(is.dialog, 0); /* the message is tracked, its dialog is not */
	assert_int_equal(tracker_stats(w.tracker)->refused, 4);
	assert_int_equal(tracker_call_at(w.tracker, 1)->messages, 3);
	world_clear(&w);
}

/* Numbers are not used again, and it is known before there is none. */
static void test_numbers_run_out(void **unused)
{
	(void)unused;
	struct world w;
	struct track_limits limits = { 100, 2, 100, 100, 100 };
	world_init_limits(&w, &limits);
	SAY(&w, 0, .start = "OPTIONS", .call_id = "one");
	assert_false(tracker_is_used_up(w.tracker));
	SAY(&w, 1, .start = "OPTIONS", .call_id = "two");
	assert_true(tracker_is_used_up(w.tracker));
	tracker_forget(w.tracker, 1);
	assert_false(tracker_has_call(w.tracker, 1));
	assert_int_equal(tracker_calls(w.tracker), 2);
	assert_int_equal(tracker_calls_kept(w.tracker), 1);
	TRY(&w, 2, .start = "OPTIONS", .call_id = "three");
	assert_int_equal(w.err, ERR_LIMIT);
	assert_int_equal(tracker_find_call(w.tracker, SLICE("one")), 0);
	assert_int_equal(tracker_find_call(w.tracker, SLICE("two")), 2);
	tracker_free(w.tracker);
	w.tracker = NULL;
	assert_int_equal(w.mem.used, 0);
}

/* A call that went on with another one, and then did not fit, leaves nothing to the call
 * that gets its number. */
static void test_continues_nothing(void **unused)
{
	(void)unused;
	struct world w;
	struct track_limits limits = { 100, 100, 1, 100, 100 };
	world_init_limits(&w, &limits);
	SAY(&w, 0, .start = "OPTIONS", .call_id = "one");
	tracker_forget(w.tracker, 1);
	TRY(&w, 1, .start = "OPTIONS", .call_id = "one");
	assert_int_equal(w.err, ERR_LIMIT); /* of transactions */
	struct track_result is = SAY(&w, 2, .start = "ACK", .call_id = "two");
	assert_int_equal(is.call, 2);
	assert_int_equal(tracker_continues(w.tracker, 2), 0);
	is = SAY(&w, 3, .start = "ACK", .call_id = "one");
	assert_int_equal(is.call, 3);
	assert_int_equal(tracker_continues(w.tracker, 3), 1);
	tracker_free(w.tracker);
	w.tracker = NULL;
	assert_int_equal(w.mem.used, 0);
}

/* A call that was made for a message which did not fit is not there afterwards. */
static void test_no_empty_call(void **unused)
{
	(void)unused;
	struct world w;
	struct track_limits limits = { 100, 100, 1, 100, 100 };
	world_init_limits(&w, &limits);
	SAY(&w, 0, .start = "INVITE", .call_id = "one");
	for (unsigned i = 0; i < 3; i++) {
		TRY(&w, 1, .start = "INVITE", .call_id = "two");
		assert_int_equal(w.err, ERR_LIMIT);
		assert_int_equal(tracker_calls(w.tracker), 1);
		assert_int_equal(tracker_find_call(w.tracker, SLICE("two")), 0);
	}
	/* a stray ACK needs no transaction */
	assert_int_equal(SAY(&w, 2, .start = "ACK", .call_id = "two").call, 2);
	world_clear(&w);
}

/* Longer than what is kept of one string: refused, not cut. */
static void test_long_call_id(void **unused)
{
	(void)unused;
	struct world w;
	char text[TEXT_MAX + 512], id[TEXT_MAX + 2];
	struct sip_msg msg;
	for (size_t len = TEXT_MAX; len <= TEXT_MAX + 1; len++) {
		world_init(&w);
		memset(id, 'x', len);
		id[len] = '\0';
		int n = snprintf(
			text, sizeof(text),
			"OPTIONS sip:b SIP/2.0\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\n\r\n",
			id);
		assert_in_range(n, 1, sizeof(text) - 1);
		assert_int_equal(
			sip_msg_parse(&msg, (struct slice){ text, (size_t)n }, false),
			OK);
		w.input.msg = &msg;
		w.input.src.family = w.input.dst.family = 4;
		w.input.at = WORLD_NOON;
		assert_int_equal(tracker_message(w.tracker, WORLD_NOON, &w.input, &w.is),
		                 len == TEXT_MAX ? OK : ERR_LIMIT);
		assert_int_equal(tracker_calls(w.tracker), len == TEXT_MAX);
		world_clear(&w);
	}
}

/* What is kept of a message is what it was. */
static void test_message_record(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	w.input.ref = UINT64_C(0x123456789a);
	w.input.frame = 77;
	w.input.ip_id = 0xabcd;
	w.input.transport = 3;
	w.input.truncated = 1;
	SAY(&w, 5, .start = "486", .to_tag = "b", .body = "body");
	const struct track_message *m = world_message(&w, 1);
	assert_int_equal(m->at, WORLD_NOON + 5);
	assert_int_equal(m->ref, UINT64_C(0x123456789a));
	assert_int_equal(m->frame, 77);
	assert_int_equal(m->ip_id, 0xabcd);
	assert_int_equal(m->transport, 3);
	assert_int_equal(m->truncated, 1);
	assert_int_equal(m->request, 0);
	assert_int_equal(m->code, 486);
	const struct track_flow *flow = tracker_flow_at(w.tracker, m->flow);
	assert_int_equal(flow->src.bytes[3], 2);
	assert_int_equal(flow->dst.bytes[3], 1);
	/* the transaction's flow goes the other way, from client to server */
	flow = tracker_flow_at(w.tracker, world_txn(&w)->flow);
	assert_int_equal(flow->src.bytes[3], 1);
	assert_int_equal(flow->dst.bytes[3], 2);
	world_clear(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenario),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_new_no_memory),
		cmocka_unit_test(test_small_budgets),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_numbers_run_out),
		cmocka_unit_test(test_continues_nothing),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_empty_call),
		cmocka_unit_test(test_long_call_id),
		cmocka_unit_test(test_message_record),
	};
	return cmocka_run_group_tests_name("track/tracker", tests, NULL, NULL);
}
