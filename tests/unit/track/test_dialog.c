/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/dialog.h"

#include <stdio.h>
#include <string.h>

#include "world.h"

/* The next state of every pair, from RFC 3261 12, 13.2.2.4 and 15, RFC 5057 and RFC
 * 6665. NO: nothing moves. NEVER: what would make the event makes a dialog first, or
 * the event belongs to another dialog. */
enum { NO = DIALOG_STATE_COUNT, NEVER };
enum {
	EARLY = DIALOG_EARLY,
	CONFIRM = DIALOG_CONFIRMED,
	LAPSED = DIALOG_LAPSED,
	ENDED = DIALOG_TERMINATED
};

static const unsigned next_state[DIALOG_STATE_COUNT][DIALOG_EV_COUNT] = {
	/*                      PROVISIONAL SUCCESS  REJECT FORK    USAGES GONE */
	[DIALOG_NONE]       = { EARLY,      CONFIRM, NO,    NEVER,  NO,    NO },
	[DIALOG_EARLY]      = { EARLY,      CONFIRM, ENDED, LAPSED, ENDED, ENDED },
	[DIALOG_CONFIRMED]  = { CONFIRM,    CONFIRM, NO,    NO,     ENDED, ENDED },
	[DIALOG_LAPSED]     = { NO,         CONFIRM, ENDED, NO,     ENDED, ENDED },
	[DIALOG_TERMINATED] = { NO,         NO,      NO,    NO,     NO,    NO },
};

static void bring(struct world *w, enum dialog_state state)
{
	SAY(w, 0, .start = "INVITE");
	if (state == DIALOG_NONE)
		return;
	SAY(w, TICK_S, .start = "180", .to_tag = "b");
	if (state == DIALOG_CONFIRMED || state == DIALOG_TERMINATED)
		SAY(w, 2 * TICK_S, .start = "200", .to_tag = "b");
	if (state == DIALOG_TERMINATED)
		SAY(w, 3 * TICK_S, .start = "BYE", .cseq = 2, .to_tag = "b",
		    .branch = "z9hG4bKbye");
	if (state == DIALOG_LAPSED) {
		SAY(w, 2 * TICK_S, .start = "200", .to_tag = "other");
		world_wait(w, 34 * TICK_S);
	}
}

/* A request inside the dialog, and an answer to it. */
static void ask(struct world *w, const char *method, const char *answer)
{
	SAY(w, 100 * TICK_S, .start = method, .cseq = 9, .to_tag = "b",
	    .branch = "z9hG4bK9");
	if (answer)
		SAY(w, 101 * TICK_S, .start = answer, .method = method, .cseq = 9,
		    .to_tag = "b", .branch = "z9hG4bK9");
}

static void happen(struct world *w, enum dialog_state state, enum dialog_event event)
{
	bool is_over = state == DIALOG_CONFIRMED || state == DIALOG_TERMINATED;
	switch (event) {
	case DIALOG_EV_PROVISIONAL:
		if (is_over)
			ask(w, "INVITE", "183");
		else
			SAY(w, 40 * TICK_S, .start = "183", .to_tag = "b");
		break;
	case DIALOG_EV_SUCCESS:
		if (is_over)
			ask(w, "INVITE", "200");
		else
			SAY(w, 40 * TICK_S, .start = "200", .to_tag = "b");
		break;
	case DIALOG_EV_REJECT:
		SAY(w, 40 * TICK_S, .start = "603", .to_tag = "b");
		break;
	case DIALOG_EV_FORK_TIMER:
		SAY(w, 40 * TICK_S, .start = "200", .to_tag = "third");
		world_wait(w, 80 * TICK_S);
		break;
	case DIALOG_EV_USAGES_ENDED:
		/* without a dialog there is nothing that a BYE without a tag can end */
		SAY(w, 100 * TICK_S, .start = "BYE", .cseq = 9, .branch = "z9hG4bK9",
		    .to_tag = state == DIALOG_NONE ? NULL : "b");
		break;
	case DIALOG_EV_GONE:
		ask(w, "OPTIONS", "481");
		break;
	case DIALOG_EV_COUNT: fail();
	}
}

static void test_pairs(void **unused)
{
	(void)unused;
	for (unsigned s = 0; s < DIALOG_STATE_COUNT; s++) {
		for (unsigned e = 0; e < DIALOG_EV_COUNT; e++) {
			struct world w;
			if (next_state[s][e] == NEVER)
				continue;
			world_init(&w);
			bring(&w, s);
			const struct dialog *d = world_dialog_to(&w, "b");
			assert_int_equal(d ? d->state : DIALOG_NONE, s);
			happen(&w, s, e);
			unsigned next = next_state[s][e] == NO ? s : next_state[s][e];
			d = world_dialog_to(&w, "b");
			assert_int_equal(d ? d->state : DIALOG_NONE, next);
			world_clear(&w);
		}
	}
}

static void test_rows(void **unused)
{
	(void)unused;
	for (unsigned s = 0; s < DIALOG_STATE_COUNT; s++) {
		for (unsigned e = 0; e < DIALOG_EV_COUNT; e++) {
			const struct dialog_row *row = dialog_row(s, e);
			bool is_row = next_state[s][e] < DIALOG_STATE_COUNT;
			assert_int_equal(row->next,
			                 is_row ? next_state[s][e] : DIALOG_NONE);
			assert_int_equal(row->source != NULL, is_row);
			if (is_row)
				assert_int_equal(strncmp(row->source, "RFC ", 4), 0);
		}
	}
}

static void test_names(void **unused)
{
	(void)unused;
	static const char *const states[] = { "none", "early", "confirmed", "terminated",
		                              "terminated" };
	static const char *const ends[] = { "",         "bye",    "cancelled", "rejected",
		                            "replaced", "notify", "timeout",   "481" };
	for (unsigned i = 0; i < DIALOG_STATE_COUNT; i++)
		assert_string_equal(dialog_state_name(i), states[i]);
	for (unsigned i = 0; i < DIALOG_END_COUNT; i++)
		assert_string_equal(dialog_end_name(i), ends[i]);
}

/* --- identity and creation (RFC 3261 12.1) */

static void assert_text(const struct world *w, uint32_t text, const char *expected)
{
	struct slice s = tracker_text(w->tracker, text);
	assert_int_equal(s.len, strlen(expected));
	if (s.len)
		assert_memory_equal(s.p, expected, s.len);
}

static void test_record(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	uint32_t invite = SAY(&w, 0, .start = "INVITE",
	                      .more = "Contact: <sip:a@10.0.0.1>\r\n").message;
	uint32_t ringing = SAY(&w, TICK_S, .start = "180", .to_tag = "b").message;
	uint32_t ok = SAY(&w, 2 * TICK_S, .start = "200", .to_tag = "b",
	                  .more = "Contact: <sip:b@10.0.0.2>\r\n").message;
	/* from the other side the tags are the other way round */
	world_hop(&w, 2, 1);
	uint32_t bye = SAY(&w, 3 * TICK_S, .start = "BYE", .from_tag = "b", .to_tag = "a",
	                   .branch = "z9hG4bK2").message;
	assert_int_equal(tracker_dialogs(w.tracker), 1);
	const struct dialog *d = world_dialog(&w);
	assert_text(&w, d->caller_tag, "a");
	assert_text(&w, d->callee_tag, "b");
	assert_int_equal(d->method, SIP_METHOD_INVITE);
	assert_int_equal(d->created, ringing);
	assert_int_equal(d->confirmed, ok);
	assert_int_equal(d->ended, bye);
	assert_int_equal(d->end, DIALOG_END_BYE);
	assert_int_equal(d->caller_contact, invite);
	assert_int_equal(d->callee_contact, ok);
	assert_int_equal(d->inferred, 0);
	assert_int_equal(d->messages, 3); /* 180, 200, BYE: the INVITE made none yet */
	world_clear(&w);
}

static void check_count(const struct sip_text *response, uint32_t dialogs)
{
	struct world w;
	const char *method = response->method ? response->method : "INVITE";
	world_init(&w);
	SAY(&w, 0, .start = method, .more = "Event: presence\r\n");
	world_say(&w, TICK_S, response);
	assert_int_equal(tracker_dialogs(w.tracker), dialogs);
	world_clear(&w);
}

static void test_creation(void **unused)
{
	(void)unused;
	check_count(&(struct sip_text){ .start = "100", .to_tag = "b" }, 0);
	check_count(&(struct sip_text){ .start = "101", .to_tag = "b" }, 1);
	check_count(&(struct sip_text){ .start = "199", .to_tag = "b" }, 1);
	check_count(&(struct sip_text){ .start = "180" }, 0);
	check_count(&(struct sip_text){ .start = "200", .to_tag = "b" }, 1);
	/* a 2xx without a tag comes from a peer of RFC 2543: 12.1.2 */
	check_count(&(struct sip_text){ .start = "200" }, 1);
	check_count(&(struct sip_text){ .start = "300", .to_tag = "b" }, 0);
	check_count(&(struct sip_text){ .start = "486", .to_tag = "b" }, 0);
	static const char *const with[] = { "SUBSCRIBE", "REFER" };
	static const char *const without[] = { "MESSAGE", "OPTIONS", "REGISTER",
		                               "PUBLISH", "NOTIFY",  "INFO",
		                               "BYE",     "X-OTHER" };
	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
		struct sip_text m = { .start = "200", .method = with[i], .to_tag = "b" };
		check_count(&m, 1);
		m.start = "180";
		check_count(&m, 0);
		m = (struct sip_text){ .start = "200", .method = with[i] };
		check_count(&m, 0);
	}
	check_count(&(struct sip_text){ .start = "202", .method = "REFER", .to_tag = "b",
	                                .more = "Refer-Sub: false\r\n" }, 0);
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		check_count(&(struct sip_text){ .start = "200", .method = without[i],
		                                .to_tag = "b" }, 0);
}

/* A request inside a dialog of which the beginning was not captured. */
static void test_inferred(void **unused)
{
	(void)unused;
	static const struct {
		const char       *method;
		enum dialog_state state;
	} rows[] = {
		{ "INVITE", DIALOG_CONFIRMED },    { "BYE", DIALOG_TERMINATED },
		{ "INFO", DIALOG_CONFIRMED },      { "REFER", DIALOG_CONFIRMED },
		{ "SUBSCRIBE", DIALOG_CONFIRMED }, { "NOTIFY", DIALOG_CONFIRMED },
		{ "PRACK", DIALOG_EARLY },         { "UPDATE", DIALOG_EARLY },
		{ "ACK", DIALOG_NONE },            { "CANCEL", DIALOG_NONE },
		{ "MESSAGE", DIALOG_NONE },        { "OPTIONS", DIALOG_NONE },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		SAY(&w, 0, .start = rows[i].method, .to_tag = "b",
		    .more = "Event: presence\r\nSubscription-State: active\r\n");
		if (rows[i].state == DIALOG_NONE) {
			assert_int_equal(tracker_dialogs(w.tracker), 0);
		} else {
			assert_int_equal(world_dialog(&w)->state, rows[i].state);
			assert_int_equal(world_dialog(&w)->inferred, 1);
		}
		/* without a To tag nothing is inferred */
		SAY(&w, TICK_S, .start = rows[i].method, .call_id = "other");
		assert_int_equal(w.is.dialog, 0);
		world_clear(&w);
	}
}

/* RFC 6665 4.4.1: the NOTIFY of a subscriber that was seen is no guess. */
static void test_notify_creates(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "SUBSCRIBE", .more = "Event: presence\r\n");
	world_hop(&w, 2, 1);
	SAY(&w, TICK_S, .start = "NOTIFY", .from_tag = "b", .to_tag = "a",
	    .branch = "z9hG4bK2",
	    .more = "Event: presence\r\nSubscription-State: active\r\n");
	const struct dialog *d = world_dialog(&w);
	assert_int_equal(d->state, DIALOG_CONFIRMED);
	assert_int_equal(d->inferred, 0);
	assert_text(&w, d->caller_tag, "a");
	assert_text(&w, d->callee_tag, "b");
	assert_int_equal(d->method, SIP_METHOD_SUBSCRIBE);
	world_clear(&w);
}

/* --- forks (RFC 3261 13.2.2.4) */

static void test_fork_timer(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, TICK_S, .start = "180", .to_tag = "b");
	SAY(&w, TICK_S, .start = "180", .to_tag = "c");
	SAY(&w, 2 * TICK_S, .start = "200", .to_tag = "c");
	/* one more rings after the answer: it has until the same instant */
	SAY(&w, 3 * TICK_S, .start = "180", .to_tag = "d");
	world_wait(&w, 34 * TICK_S - 1);
	assert_int_equal(world_dialog_to(&w, "b")->state, DIALOG_EARLY);
	assert_int_equal(world_dialog_to(&w, "d")->state, DIALOG_EARLY);
	assert_int_equal(world_dialog_to(&w, "b")->lapsed_at, TICK_NONE);
	world_wait(&w, 34 * TICK_S);
	assert_int_equal(world_dialog_to(&w, "b")->state, DIALOG_LAPSED);
	assert_int_equal(world_dialog_to(&w, "b")->end, DIALOG_END_TIMEOUT);
	assert_int_equal(world_dialog_to(&w, "b")->lapsed_at, WORLD_NOON + 34 * TICK_S);
	assert_int_equal(world_dialog_to(&w, "d")->state, DIALOG_LAPSED);
	assert_int_equal(world_dialog_to(&w, "c")->state, DIALOG_CONFIRMED);
	/* a 2xx that comes after all is believed */
	SAY(&w, 50 * TICK_S, .start = "200", .to_tag = "b");
	const struct dialog *d = world_dialog_to(&w, "b");
	assert_int_equal(d->state, DIALOG_CONFIRMED);
	assert_int_equal(d->end, DIALOG_NOT_ENDED);
	assert_int_equal(d->lapsed_at, TICK_NONE);
	assert_int_equal(tracker_usage_at(w.tracker, d->usages)->ended, 0);
	world_clear(&w);
}

static void test_reject_ends_all(void **unused)
{
	(void)unused;
	static const struct {
		const char     *status;
		enum dialog_end end;
	} rows[] = { { "487", DIALOG_END_CANCELLED }, { "408", DIALOG_END_TIMEOUT },
		     { "486", DIALOG_END_REJECTED },  { "302", DIALOG_END_REJECTED } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		SAY(&w, 0, .start = "INVITE");
		SAY(&w, TICK_S, .start = "180", .to_tag = "b");
		SAY(&w, TICK_S, .start = "180", .to_tag = "c");
		uint32_t final = SAY(&w, 2 * TICK_S, .start = rows[i].status,
		                     .to_tag = "x").message;
		assert_int_equal(tracker_dialogs(w.tracker), 2);
		for (const char *tag = "b"; tag; tag = tag[0] == 'b' ? "c" : NULL) {
			assert_int_equal(world_dialog_to(&w, tag)->state,
			                 DIALOG_TERMINATED);
			assert_int_equal(world_dialog_to(&w, tag)->end, rows[i].end);
			assert_int_equal(world_dialog_to(&w, tag)->ended, final);
		}
		world_clear(&w);
	}
}

/* 12.2.1.2: 481 and 408 inside a dialog end it, but not those to CANCEL and PRACK, nor
 * other failures. */
static void test_gone(void **unused)
{
	(void)unused;
	static const struct {
		const char     *method, *status;
		enum dialog_end end;
	} rows[] = {
		{ "INFO", "481", DIALOG_END_481 },
		{ "INFO", "408", DIALOG_END_TIMEOUT },
		{ "INVITE", "481", DIALOG_END_481 },
		{ "OPTIONS", "408", DIALOG_END_TIMEOUT },
		{ "PRACK", "481", DIALOG_NOT_ENDED },
		{ "CANCEL", "481", DIALOG_NOT_ENDED },
		{ "INFO", "500", DIALOG_NOT_ENDED },
		{ "INVITE", "488", DIALOG_NOT_ENDED },
		{ "UPDATE", "491", DIALOG_NOT_ENDED },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		bring(&w, DIALOG_CONFIRMED);
		ask(&w, rows[i].method, rows[i].status);
		const struct dialog *d = world_dialog_to(&w, "b");
		assert_int_equal(d->end, rows[i].end);
		assert_int_equal(d->state == DIALOG_TERMINATED,
		                 rows[i].end != DIALOG_NOT_ENDED);
		world_clear(&w);
	}
}

/* --- usages (RFC 5057) */

static unsigned usages(const struct world *w, const struct dialog *d, unsigned *ended)
{
	unsigned n = 0;
	*ended = 0;
	for (uint32_t id = d->usages; id; n++) {
		*ended += tracker_usage_at(w->tracker, id)->ended;
		id = tracker_usage_at(w->tracker, id)->next;
	}
	return n;
}

/* A BYE after a REFER ends the call, not the dialog: that lives until the last NOTIFY. */
static void test_refer_outlives_bye(void **unused)
{
	(void)unused;
	struct world w;
	unsigned ended;
	world_init(&w);
	bring(&w, DIALOG_CONFIRMED);
	ask(&w, "REFER", "202");
	SAY(&w, 110 * TICK_S, .start = "BYE", .cseq = 10, .to_tag = "b",
	    .branch = "z9hG4bK10");
	assert_int_equal(world_dialog(&w)->state, DIALOG_CONFIRMED);
	assert_int_equal(usages(&w, world_dialog(&w), &ended), 2);
	assert_int_equal(ended, 1);
	world_hop(&w, 2, 1);
	SAY(&w, 111 * TICK_S, .start = "NOTIFY", .from_tag = "b", .to_tag = "a",
	    .branch = "z9hG4bK11",
	    .more = "Event: refer\r\nSubscription-State: active\r\n");
	assert_int_equal(world_dialog(&w)->state, DIALOG_CONFIRMED);
	SAY(&w, 112 * TICK_S, .start = "NOTIFY", .from_tag = "b", .to_tag = "a",
	    .cseq = 2, .branch = "z9hG4bK12",
	    .more = "Event: Refer;id=2\r\nSubscription-State: Terminated "
	            ";reason=noresource\r\n");
	assert_int_equal(world_dialog(&w)->state, DIALOG_TERMINATED);
	assert_int_equal(world_dialog(&w)->end, DIALOG_END_NOTIFY);
	assert_int_equal(usages(&w, world_dialog(&w), &ended), 2);
	world_clear(&w);
}

static void subscribe(struct world *w, uint64_t at, unsigned cseq, const char *event,
                      const char *expires, const char *to_tag)
{
	char more[128], branch[32];
	snprintf(more, sizeof(more), "Event: %s\r\nExpires: %s\r\n", event, expires);
	snprintf(branch, sizeof(branch), "z9hG4bKsub%u", cseq);
	SAY(w, at, .start = "SUBSCRIBE", .cseq = cseq, .branch = branch, .to_tag = to_tag,
	    .more = more);
	SAY(w, at + TICK_MS, .start = "200", .method = "SUBSCRIBE", .cseq = cseq,
	    .branch = branch, .to_tag = "b");
}

static void test_subscriptions(void **unused)
{
	(void)unused;
	struct world w;
	unsigned ended;
	world_init(&w);
	subscribe(&w, 0, 1, "presence", "600", NULL);
	subscribe(&w, TICK_S, 2, "dialog", "600", "b");
	const struct dialog *d = world_dialog(&w);
	assert_int_equal(tracker_dialogs(w.tracker), 1);
	assert_int_equal(usages(&w, d, &ended), 2);
	assert_int_equal(ended, 0);
	assert_text(&w, tracker_usage_at(w.tracker, d->usages)->event,
	            "subscribe:dialog");
	subscribe(&w, 2 * TICK_S, 3, "presence", "0", "b");
	usages(&w, d, &ended);
	assert_int_equal(ended, 1);
	assert_int_equal(d->state, DIALOG_CONFIRMED);
	/* unsubscribed, then subscribed again */
	subscribe(&w, 3 * TICK_S, 4, "presence", "60", "b");
	usages(&w, d, &ended);
	assert_int_equal(ended, 0);
	subscribe(&w, 4 * TICK_S, 5, "presence", "0", "b");
	subscribe(&w, 5 * TICK_S, 6, "dialog", "0", "b");
	assert_int_equal(usages(&w, d, &ended), 2);
	assert_int_equal(ended, 2);
	assert_int_equal(d->state, DIALOG_TERMINATED);
	assert_int_equal(d->end, DIALOG_END_NOTIFY);
	world_clear(&w);
}

/* More event packages than are kept of one dialog are counted as refused. */
static void test_many_usages(void **unused)
{
	(void)unused;
	struct world w;
	unsigned ended;
	world_init(&w);
	for (unsigned i = 0; i < 40; i++) {
		char event[16];
		snprintf(event, sizeof(event), "e%u", i);
		subscribe(&w, i * TICK_S, i + 1, event, "60", i ? "b" : NULL);
	}
	assert_int_equal(usages(&w, world_dialog(&w), &ended), 32);
	assert_int_equal(tracker_stats(w.tracker)->refused, 8);
	world_clear(&w);
}

/* --- many dialogs in one call: past 16 there is an index */

static void test_many_dialogs(void **unused)
{
	(void)unused;
	static const unsigned counts[] = { 16, 17, 18, 5000 };
	for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
		struct world w;
		char tag[16];
		world_init(&w);
		SAY(&w, 0, .start = "INVITE");
		for (unsigned i = 0; i < counts[k]; i++) {
			snprintf(tag, sizeof(tag), "t%u", i);
			assert_int_equal(
				SAY(&w, TICK_S, .start = "180", .to_tag = tag).dialog,
				i + 1);
		}
		/* each is found again by either side's request and by copies */
		for (unsigned i = 0; i < counts[k]; i++) {
			snprintf(tag, sizeof(tag), "t%u", i);
			SAY(&w, 2 * TICK_S, .start = "180", .to_tag = tag);
			assert_int_equal(w.is.repeat, TRACK_RETRANSMISSION);
			assert_int_equal(w.is.dialog, i + 1);
			if (i % 7)
				continue;
			world_hop(&w, 2, 1);
			SAY(&w, 2 * TICK_S, .start = "UPDATE", .from_tag = tag,
			    .to_tag = "a", .branch = tag);
			assert_int_equal(w.is.dialog, i + 1);
			world_hop(&w, 1, 2);
		}
		assert_int_equal(tracker_dialogs(w.tracker), counts[k]);
		SAY(&w, 3 * TICK_S, .start = "200", .to_tag = "t3");
		assert_int_equal(w.is.dialog, 4);
		world_wait(&w, 35 * TICK_S);
		for (unsigned i = 0; i < counts[k]; i++)
			assert_int_equal(tracker_dialog_at(w.tracker, i + 1)->state,
			                 i == 3 ? DIALOG_CONFIRMED : DIALOG_LAPSED);
		assert_int_equal(tracker_stats(w.tracker)->refused, 0);
		world_clear(&w);
	}
}

/* Tags of one dialog are not tags of a dialog in another call. */
static void test_calls_are_apart(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .call_id = "one");
	SAY(&w, 1, .start = "200", .call_id = "one", .to_tag = "b");
	SAY(&w, 2, .start = "INVITE", .call_id = "two");
	SAY(&w, 3, .start = "200", .call_id = "two", .to_tag = "b");
	assert_int_equal(tracker_dialogs(w.tracker), 2);
	SAY(&w, 4, .start = "BYE", .call_id = "one", .to_tag = "b", .cseq = 2);
	assert_int_equal(tracker_dialog_at(w.tracker, 1)->state, DIALOG_TERMINATED);
	assert_int_equal(tracker_dialog_at(w.tracker, 2)->state, DIALOG_CONFIRMED);
	world_clear(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_creation),
		cmocka_unit_test(test_inferred),
		cmocka_unit_test(test_notify_creates),
		cmocka_unit_test(test_fork_timer),
		cmocka_unit_test(test_reject_ends_all),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_refer_outlives_bye),
		cmocka_unit_test(test_subscriptions),
		cmocka_unit_test(test_many_usages),
		cmocka_unit_test(test_many_dialogs),
		cmocka_unit_test(test_calls_are_apart),
	};
	return cmocka_run_group_tests_name("track/dialog", tests, NULL, NULL);
}
