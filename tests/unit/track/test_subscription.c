/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/subscription.h"

#include <stdio.h>
#include <string.h>

#include "world.h"

/* The subscriber is 10.0.0.1 with tag a, the notifier 10.0.0.2 with tag b. */

static unsigned branch_number;

static char last_branch[32];

static const char *branch(char out[32])
{
	snprintf(out, 32, "z9hG4bKs%u", ++branch_number);
	memcpy(last_branch, out, sizeof(last_branch));
	return out;
}

static const struct subscription *sub(const struct world *w, uint32_t id)
{
	assert_in_range(id, 1, tracker_subscriptions(w->tracker));
	return tracker_subscription_at(w->tracker, id);
}

static void assert_text(const struct world *w, uint32_t text, const char *expected)
{
	struct slice s = tracker_text(w->tracker, text);
	char buffer[200];
	assert_in_range(s.len, 0, sizeof(buffer) - 1);
	snprintf(buffer, sizeof(buffer), "%.*s", (int)s.len, s.len ? s.p : "");
	assert_string_equal(buffer, expected);
}

/* A SUBSCRIBE with these header lines and, 1 ms later, its answer, unless that is NULL.
 * to_tag: NULL outside of a dialog. */
static void ask(struct world *w, uint64_t ns, unsigned cseq, const char *to_tag,
                const char *lines, const char *status, const char *answer_lines)
{
	char via[32];
	branch(via);
	SAY(w, ns, .start = "SUBSCRIBE", .cseq = cseq, .to_tag = to_tag, .branch = via,
	    .more = lines);
	if (status)
		SAY(w, ns + TICK_MS, .start = status, .method = "SUBSCRIBE",
		    .cseq = cseq, .branch = via, .more = answer_lines, .to_tag = "b");
}

/* A NOTIFY from the notifier with this tag. */
static void notify_body(struct world *w, uint64_t ns, unsigned cseq, const char *tag,
                        const char *lines, const char *body)
{
	char via[32];
	world_hop(w, 2, 1);
	SAY(w, ns, .start = "NOTIFY", .cseq = cseq, .from_tag = tag, .to_tag = "a",
	    .branch = branch(via), .sent_by = "10.0.0.2:5060", .more = lines,
	    .body = body);
	world_hop(w, 1, 2);
}

static void notify(struct world *w, uint64_t ns, unsigned cseq, const char *lines)
{
	notify_body(w, ns, cseq, "b", lines, NULL);
}

#define PRESENCE "Event: presence\r\n"
#define FOR(s)   "Expires: " #s "\r\n"
#define STATE(s) "Subscription-State: " s "\r\n"

static void test_lifecycle(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "SUBSCRIBE", .more = PRESENCE FOR(600));
	const struct subscription *s = sub(&w, 1);
	assert_int_equal(s->state, SUB_PENDING);
	assert_int_equal(s->dialog, 0);
	assert_int_equal(s->call, w.is.call);
	assert_int_equal(s->first, w.is.message);
	assert_int_equal(s->expires, SUB_NO_EXPIRES);
	assert_text(&w, s->event, "presence");
	SAY(&w, TICK_S, .start = "200", .method = "SUBSCRIBE", .to_tag = "b",
	    .more = FOR(300));
	assert_int_equal(s->state, SUB_PENDING); /* no NOTIFY yet */
	assert_int_equal(s->expires, 300);
	assert_int_equal(s->dialog, w.is.dialog);
	notify(&w, 2 * TICK_S, 1, PRESENCE STATE("pending;expires=298"));
	assert_int_equal(s->state, SUB_PENDING);
	assert_int_equal(s->expires, 298);
	notify(&w, 3 * TICK_S, 2, PRESENCE STATE("Active ; Expires=297"));
	assert_int_equal(s->state, SUB_ACTIVE);
	assert_int_equal(s->expires, 297);
	assert_int_equal(s->notifies, 2);
	/* a refresh changes the time alone */
	ask(&w, 100 * TICK_S, 2, "b", PRESENCE FOR(600), "202", FOR(500));
	assert_int_equal(s->state, SUB_ACTIVE);
	assert_int_equal(s->expires, 500);
	notify(&w, 101 * TICK_S, 3, PRESENCE STATE("active"));
	assert_int_equal(s->expires, 500);
	ask(&w, 200 * TICK_S, 3, "b", PRESENCE FOR(0), "200", FOR(0));
	assert_int_equal(s->state, SUB_TERMINATED);
	assert_int_equal(s->end, SUB_END_UNSUBSCRIBED);
	assert_int_equal(s->expires, 0);
	assert_int_equal(s->ended, w.is.message);
	assert_int_equal(s->reason, 0);
	notify(&w, 201 * TICK_S, 4, PRESENCE STATE("terminated;reason=timeout"));
	assert_int_equal(s->end, SUB_END_NOTIFY);
	assert_text(&w, s->reason, "timeout");
	assert_int_equal(s->ended, w.is.message);
	assert_int_equal(s->ended_at, WORLD_NOON + 201 * TICK_S);
	assert_int_equal(s->notifies, 4);
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	world_clear(&w);
}

/* Every way a NOTIFY can say it: RFC 6665 4.1.3, 8.4. */
static void test_subscription_state(void **unused)
{
	(void)unused;
	static const struct {
		const char    *lines;
		enum sub_state state;
		const char    *reason;
		uint32_t       retry_after;
	} rows[] = {
		{ STATE("active"), SUB_ACTIVE, "", SUB_NO_EXPIRES },
		{ STATE("pending"), SUB_PENDING, "", SUB_NO_EXPIRES },
		{ STATE("terminated"), SUB_TERMINATED, "", SUB_NO_EXPIRES },
		{ STATE("TERMINATED;reason=rejected"), SUB_TERMINATED, "rejected",
		  SUB_NO_EXPIRES },
		{ STATE("terminated;reason=probation;retry-after=3"), SUB_TERMINATED,
		  "probation", 3 },
		{ STATE("terminated;expires=5;retry-after=soon"), SUB_TERMINATED, "",
		  SUB_NO_EXPIRES },
		{ STATE("waiting"), SUB_PENDING, "", SUB_NO_EXPIRES },
		{ "", SUB_PENDING, "", SUB_NO_EXPIRES },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char lines[200];
		struct world w;
		world_init(&w);
		snprintf(lines, sizeof(lines), PRESENCE "%s", rows[i].lines);
		ask(&w, 0, 1, NULL, PRESENCE FOR(60), "200", FOR(60));
		notify(&w, TICK_S, 1, lines);
		const struct subscription *s = sub(&w, 1);
		assert_int_equal(s->state, rows[i].state);
		assert_text(&w, s->reason, rows[i].reason);
		assert_int_equal(s->retry_after, rows[i].retry_after);
		assert_int_equal(s->expires, 60);
		assert_int_equal(s->notifies, 1);
		world_clear(&w);
	}
}

/* What was granted: Expires of the 2xx, else what was asked for. */
static void test_expires(void **unused)
{
	(void)unused;
	static const struct {
		const char    *ask, *answer;
		uint32_t       expires;
		enum sub_state state;
	} rows[] = {
		{ PRESENCE FOR(60), FOR(30), 30, SUB_PENDING },
		{ PRESENCE FOR(60), "", 60, SUB_PENDING },
		{ PRESENCE, FOR(30), 30, SUB_PENDING },
		{ PRESENCE, "", SUB_NO_EXPIRES, SUB_PENDING },
		{ PRESENCE FOR(soon), FOR(never), SUB_NO_EXPIRES, SUB_PENDING },
		{ PRESENCE FOR(0), "", 0, SUB_TERMINATED },
		{ PRESENCE FOR(0), FOR(60), 0, SUB_TERMINATED }, /* a fetch: 4.4.3 */
		{ PRESENCE FOR(60), FOR(0), 0, SUB_TERMINATED },
		{ PRESENCE FOR(99999999999999999999), "", UINT32_MAX - 1, SUB_PENDING },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		ask(&w, 0, 1, NULL, rows[i].ask, "200", rows[i].answer);
		assert_int_equal(sub(&w, 1)->expires, rows[i].expires);
		assert_int_equal(sub(&w, 1)->state, rows[i].state);
		world_clear(&w);
	}
}

/* A SUBSCRIBE that is refused: RFC 6665 4.1.2, figure 1. */
static void test_refused(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	ask(&w, 0, 1, NULL, PRESENCE FOR(60), "401", NULL);
	const struct subscription *s = sub(&w, 1);
	assert_int_equal(s->state, SUB_TERMINATED);
	assert_int_equal(s->end, SUB_END_REFUSED);
	assert_text(&w, s->reason, "401");
	assert_int_equal(s->dialog, 0);
	uint32_t refusal = w.is.message;
	assert_int_equal(s->ended, refusal);
	/* asked again, it is the same one */
	ask(&w, TICK_S, 2, NULL, PRESENCE FOR(60), NULL, NULL);
	assert_int_equal(s->state, SUB_PENDING);
	assert_int_equal(s->reason, 0);
	assert_int_equal(s->ended, 0);
	assert_true(s->ended_at == TICK_NONE);
	ask(&w, 2 * TICK_S, 3, NULL, PRESENCE FOR(60), "423", "Min-Expires: 99\r\n");
	assert_text(&w, s->reason, "423");
	ask(&w, 3 * TICK_S, 4, NULL, PRESENCE FOR(99), "200", FOR(99));
	assert_int_equal(s->state, SUB_PENDING);
	assert_int_equal(s->expires, 99);
	assert_int_not_equal(s->dialog, 0);
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	/* another package is another one */
	ask(&w, 4 * TICK_S, 5, NULL, "Event: dialog\r\n", "489", NULL);
	assert_int_equal(tracker_subscriptions(w.tracker), 2);
	assert_text(&w, sub(&w, 2)->reason, "489");
	assert_int_equal(s->state, SUB_PENDING);
	world_clear(&w);
}

static void test_no_answer(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	ask(&w, 0, 1, NULL, PRESENCE, NULL, NULL);
	world_wait(&w, 32 * TICK_S - 1);
	assert_int_equal(sub(&w, 1)->state, SUB_PENDING);
	world_wait(&w, 32 * TICK_S);
	assert_int_equal(sub(&w, 1)->state, SUB_TERMINATED);
	assert_int_equal(sub(&w, 1)->end, SUB_END_TIMEOUT);
	assert_text(&w, sub(&w, 1)->reason, "timeout");
	assert_int_equal(sub(&w, 1)->ended_at, WORLD_NOON + 32 * TICK_S);
	assert_int_equal(sub(&w, 1)->ended, 0);
	/* it was answered where the capture did not see it: late, but believed */
	notify(&w, 40 * TICK_S, 1, PRESENCE STATE("active"));
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	assert_int_equal(sub(&w, 1)->reason, 0);
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	/* a refresh without an answer ends nothing */
	ask(&w, 50 * TICK_S, 2, "b", PRESENCE, NULL, NULL);
	world_wait(&w, 500 * TICK_S);
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	world_clear(&w);
}

/* Refreshes refused: which statuses end it, RFC 6665 4.1.2.2. */
static void test_refresh_refused(void **unused)
{
	(void)unused;
	static const struct {
		const char *status;
		int         ends;
	} rows[] = {
		{ "404", 1 },  { "405", 1 },  { "410", 1 },  { "416", 1 },
		{ "480", 1 },  { "481", 1 },  { "482", 1 },  { "483", 1 },
		{ "484", 1 },  { "485", 1 },  { "489", 1 },  { "501", 1 },
		{ "604", 1 },  { "400", 0 }, { "401", 0 }, { "403", 0 },
		{ "407", 0 }, { "423", 0 }, { "486", 0 }, { "488", 0 },
		{ "500", 0 }, { "503", 0 }, { "603", 0 }, { "302", 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		ask(&w, 0, 1, NULL, PRESENCE, "200", FOR(60));
		notify(&w, TICK_S, 1, PRESENCE STATE("active"));
		ask(&w, 9 * TICK_S, 2, "b", PRESENCE, rows[i].status, NULL);
		const struct subscription *s = sub(&w, 1);
		assert_int_equal(s->state, rows[i].ends ? SUB_TERMINATED : SUB_ACTIVE);
		assert_text(&w, s->reason, rows[i].ends ? rows[i].status : "");
		world_clear(&w);
	}
}

/* The granted time: at t-1 it stands, at t it has ended. */
static void test_expiry(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	ask(&w, 0, 1, NULL, PRESENCE, "200", FOR(60)); /* answered at 1 ms */
	const struct subscription *s = sub(&w, 1);
	uint64_t end = TICK_MS + 60 * TICK_S;
	world_wait(&w, end - 1);
	assert_int_equal(s->state, SUB_PENDING);
	assert_int_equal(tracker_deadline(w.tracker), WORLD_NOON + end);
	world_wait(&w, end);
	assert_int_equal(s->state, SUB_TERMINATED);
	assert_int_equal(s->end, SUB_END_TIMEOUT);
	assert_int_equal(s->ended_at, WORLD_NOON + end);
	assert_text(&w, s->reason, "timeout");
	assert_int_equal(s->expires, 60);
	world_clear(&w);
}

/* What NOTIFY and refreshes say moves the end, to later and to earlier. */
static void test_expiry_moves(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	ask(&w, 0, 1, NULL, PRESENCE, "200", FOR(60));
	const struct subscription *s = sub(&w, 1);
	ask(&w, 50 * TICK_S, 2, "b", PRESENCE, "200", FOR(60));
	world_wait(&w, 110 * TICK_S);
	assert_int_equal(s->state, SUB_PENDING);
	notify(&w, 110 * TICK_S, 1, PRESENCE STATE("active;expires=100"));
	notify(&w, 111 * TICK_S, 2, PRESENCE STATE("active;expires=10"));
	world_wait(&w, 121 * TICK_S - 1);
	assert_int_equal(s->state, SUB_ACTIVE);
	world_wait(&w, 121 * TICK_S);
	assert_int_equal(s->state, SUB_TERMINATED);
	/* a NOTIFY shows that the refresh was not captured */
	notify(&w, 130 * TICK_S, 3, PRESENCE STATE("active;expires=5"));
	assert_int_equal(s->state, SUB_ACTIVE);
	world_wait(&w, 134 * TICK_S);
	assert_int_equal(s->state, SUB_ACTIVE);
	notify(&w, 134 * TICK_S, 4, PRESENCE STATE("terminated;reason=noresource"));
	world_wait(&w, 900 * TICK_S);
	assert_text(&w, s->reason, "noresource"); /* the timer has nothing to end */
	assert_int_equal(s->end, SUB_END_NOTIFY);
	world_clear(&w);
}

static void test_notify_first(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "SUBSCRIBE", .more = PRESENCE FOR(60));
	notify(&w, TICK_MS, 1, PRESENCE STATE("active;expires=60"));
	SAY(&w, 2 * TICK_MS, .start = "200", .method = "SUBSCRIBE", .to_tag = "b",
	    .more = FOR(60));
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	assert_int_equal(sub(&w, 1)->dialog, w.is.dialog);
	world_clear(&w);
	/* rejected before the 2xx came, which does not make it good again */
	world_init(&w);
	SAY(&w, 0, .start = "SUBSCRIBE", .more = PRESENCE FOR(60));
	notify(&w, TICK_MS, 1, PRESENCE STATE("terminated;reason=rejected"));
	SAY(&w, 2 * TICK_MS, .start = "200", .method = "SUBSCRIBE", .to_tag = "b",
	    .more = FOR(60));
	assert_int_equal(sub(&w, 1)->state, SUB_TERMINATED);
	assert_text(&w, sub(&w, 1)->reason, "rejected");
	/* but a SUBSCRIBE sent after it does */
	ask(&w, TICK_S, 2, "b", PRESENCE, "200", FOR(60));
	assert_int_equal(sub(&w, 1)->state, SUB_PENDING);
	assert_int_equal(sub(&w, 1)->reason, 0);
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	world_clear(&w);
	/* and so does a NOTIFY after such a SUBSCRIBE, before its answer */
	world_init(&w);
	ask(&w, 0, 1, NULL, PRESENCE FOR(0), "200", FOR(0));
	notify(&w, TICK_S, 1, PRESENCE STATE("active"));
	assert_int_equal(sub(&w, 1)->state, SUB_TERMINATED);
	ask(&w, 2 * TICK_S, 2, "b", PRESENCE FOR(9), NULL, NULL);
	notify(&w, 3 * TICK_S, 2, PRESENCE STATE("active"));
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	world_clear(&w);
}

/* Captures are not always in order. */
static void test_answer_first(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "200", .method = "SUBSCRIBE", .to_tag = "b", .more = FOR(7));
	assert_int_equal(tracker_subscriptions(w.tracker), 0);
	uint32_t dialog = w.is.dialog;
	SAY(&w, 1, .start = "SUBSCRIBE", .more = PRESENCE FOR(60));
	assert_int_equal(sub(&w, 1)->dialog, dialog);
	assert_int_equal(sub(&w, 1)->expires, 60);
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "403", .method = "SUBSCRIBE", .to_tag = "b");
	SAY(&w, 1, .start = "SUBSCRIBE", .more = PRESENCE FOR(60));
	assert_text(&w, sub(&w, 1)->reason, "403");
	world_clear(&w);
}

/* 481 to a NOTIFY: the subscriber knows nothing of it, RFC 6665 4.2.2. */
static void test_notify_refused(void **unused)
{
	(void)unused;
	static const struct {
		const char    *status;
		enum sub_state state;
		const char    *reason;
	} rows[] = {
		{ "200", SUB_ACTIVE, "" },
		{ "481", SUB_TERMINATED, "481" },
		{ "408", SUB_TERMINATED, "408" }, /* RFC 3261 12.2.1.2 */
		{ "500", SUB_ACTIVE, "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		ask(&w, 0, 1, NULL, PRESENCE, "200", FOR(60));
		world_hop(&w, 2, 1);
		SAY(&w, TICK_S, .start = "NOTIFY", .from_tag = "b", .to_tag = "a",
		    .branch = "z9n", .more = PRESENCE STATE("active"));
		SAY(&w, 2 * TICK_S, .start = rows[i].status, .method = "NOTIFY",
		    .from_tag = "b", .to_tag = "a", .branch = "z9n");
		assert_int_equal(sub(&w, 1)->state, rows[i].state);
		assert_text(&w, sub(&w, 1)->reason, rows[i].reason);
		world_clear(&w);
	}
}

/* One SUBSCRIBE, several notifiers: RFC 6665 4.4.1. */
static void test_fork(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	ask(&w, 0, 1, NULL, PRESENCE FOR(60), "200", FOR(60));
	notify(&w, TICK_S, 1, PRESENCE STATE("active"));
	notify_body(&w, 2 * TICK_S, 1, "c", PRESENCE STATE("pending;expires=9"), NULL);
	assert_int_equal(tracker_subscriptions(w.tracker), 2);
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	assert_int_equal(sub(&w, 2)->state, SUB_PENDING);
	assert_int_equal(sub(&w, 2)->expires, 9);
	assert_int_equal(sub(&w, 2)->dialog, w.is.dialog);
	assert_int_not_equal(sub(&w, 1)->dialog, sub(&w, 2)->dialog);
	world_clear(&w);
	/* the NOTIFY of one before the 2xx of the other */
	world_init(&w);
	SAY(&w, 0, .start = "SUBSCRIBE", .more = PRESENCE FOR(60));
	notify_body(&w, TICK_MS, 1, "c", PRESENCE STATE("active"), NULL);
	SAY(&w, 2 * TICK_MS, .start = "200", .method = "SUBSCRIBE", .to_tag = "b");
	assert_int_equal(tracker_subscriptions(w.tracker), 2);
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	assert_int_equal(sub(&w, 1)->expires, SUB_NO_EXPIRES);
	assert_int_equal(sub(&w, 2)->expires, 60); /* as asked for */
	assert_int_equal(sub(&w, 2)->dialog, w.is.dialog);
	world_clear(&w);
}

static void test_inferred(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	notify(&w, 0, 7, PRESENCE STATE("active;expires=60"));
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	assert_int_equal(sub(&w, 1)->dialog, w.is.dialog);
	ask(&w, TICK_S, 3, "b", PRESENCE FOR(90), "200", FOR(90));
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	assert_int_equal(sub(&w, 1)->expires, 90);
	world_clear(&w);
	world_init(&w);
	ask(&w, 0, 3, "b", PRESENCE FOR(90), NULL, NULL);
	assert_int_equal(sub(&w, 1)->state, SUB_PENDING);
	assert_int_not_equal(sub(&w, 1)->dialog, 0);
	notify(&w, TICK_S, 7, PRESENCE STATE("active"));
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	world_clear(&w);
}

/* Told apart by package and id, byte by byte: RFC 6665 8.2.1. */
static void test_several_in_a_dialog(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	ask(&w, 0, 1, NULL, PRESENCE FOR(60), "200", FOR(60));
	ask(&w, TICK_S, 2, "b", "Event: dialog;id=x\r\n" FOR(60), "200", FOR(60));
	ask(&w, 2 * TICK_S, 3, "b", "o: dialog ; id = y\r\n" FOR(60), "200", FOR(60));
	assert_int_equal(tracker_subscriptions(w.tracker), 3);
	notify(&w, 3 * TICK_S, 1, "Event: dialog;shared;id=y\r\n" STATE("active"));
	notify(&w, 4 * TICK_S, 2, PRESENCE STATE("terminated"));
	assert_int_equal(sub(&w, 1)->state, SUB_TERMINATED);
	assert_int_equal(sub(&w, 2)->state, SUB_PENDING);
	assert_int_equal(sub(&w, 3)->state, SUB_ACTIVE);
	assert_text(&w, sub(&w, 2)->event_id, "x");
	assert_text(&w, sub(&w, 3)->event_id, "y");
	/* no id is not any id, and Y is not y */
	notify(&w, 5 * TICK_S, 3, "Event: dialog\r\n" STATE("active"));
	notify(&w, 6 * TICK_S, 4, "Event: dialog;id=Y\r\n" STATE("active"));
	assert_int_equal(tracker_subscriptions(w.tracker), 5);
	assert_int_equal(sub(&w, 2)->notifies, 0);
	assert_int_equal(sub(&w, 3)->notifies, 1);
	/* the dialog goes, and all go */
	ask(&w, 9 * TICK_S, 4, "b", "Event: dialog;id=x\r\n", "481", NULL);
	for (uint32_t id = 2; id <= 5; id++)
		assert_text(&w, sub(&w, id)->reason, "481");
	assert_int_equal(sub(&w, 1)->reason, 0); /* had ended before */
	world_clear(&w);
}

/* All hops of a proxy show one subscription, and each NOTIFY counts once. */
static void test_proxied(void **unused)
{
	(void)unused;
#define VIA_A ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9out"
	struct world w;
	world_init(&w);
	world_hop(&w, 1, 2);
	SAY(&w, 0, .start = "SUBSCRIBE", .branch = "z9out", .more = PRESENCE FOR(60));
	world_hop(&w, 2, 3);
	SAY(&w, 1, .start = "SUBSCRIBE", .branch = "z9in", .sent_by = "10.0.0.2:5060",
	    .via_more = VIA_A, .more = PRESENCE FOR(60));
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	SAY(&w, TICK_S, .start = "200", .method = "SUBSCRIBE", .to_tag = "b",
	    .branch = "z9in", .sent_by = "10.0.0.2:5060", .via_more = VIA_A,
	    .more = FOR(60));
	world_hop(&w, 1, 2);
	SAY(&w, 2 * TICK_S, .start = "200", .method = "SUBSCRIBE", .to_tag = "b",
	    .branch = "z9out", .more = FOR(60));
	/* both have left the notifier before the proxy passes the first one on */
	for (unsigned i = 0; i < 4; i++) {
		static const char *const branches[] = { "z9n1", "z9n2", "z9p1", "z9p2" };
		bool inner = i < 2;
		world_hop(&w, inner ? 3 : 2, inner ? 2 : 1);
		SAY(&w, 3 * TICK_S, .start = "NOTIFY", .cseq = i % 2 + 1,
		    .from_tag = "b", .to_tag = "a", .branch = branches[i],
		    .sent_by = inner ? "10.0.0.3:5060" : "10.0.0.2:5060",
		    .via_more = inner  ? NULL
		                : i == 2 ? ", SIP/2.0/UDP 10.0.0.3:5060;branch=z9n1"
		                         : ", SIP/2.0/UDP 10.0.0.3:5060;branch=z9n2",
		    .more = PRESENCE STATE("active"));
	}
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	assert_int_equal(sub(&w, 1)->notifies, 2);
	/* granted by the notifier, not when the proxy passed it on */
	world_wait(&w, 61 * TICK_S - 1);
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	world_wait(&w, 61 * TICK_S);
	assert_int_equal(sub(&w, 1)->state, SUB_TERMINATED);
	world_clear(&w);
}

/* A proxy that tries one target after the other: the answer that it passes on counts. */
static void test_proxied_refusal(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "SUBSCRIBE", .branch = "z9out", .more = PRESENCE FOR(60));
	world_hop(&w, 2, 3);
	SAY(&w, 1, .start = "SUBSCRIBE", .branch = "z9x", .sent_by = "10.0.0.2:5060",
	    .via_more = VIA_A, .more = PRESENCE FOR(60));
	SAY(&w, 2, .start = "503", .method = "SUBSCRIBE", .to_tag = "x", .branch = "z9x",
	    .sent_by = "10.0.0.2:5060", .via_more = VIA_A);
	assert_text(&w, sub(&w, 1)->reason, "503");
	world_hop(&w, 1, 2);
	SAY(&w, 3, .start = "200", .method = "SUBSCRIBE", .to_tag = "b",
	    .branch = "z9out");
	assert_int_equal(sub(&w, 1)->state, SUB_PENDING);
	assert_int_equal(sub(&w, 1)->reason, 0);
	/* a hop that is captured late is no new subscription */
	world_hop(&w, 2, 4);
	SAY(&w, 4, .start = "SUBSCRIBE", .branch = "z9y", .sent_by = "10.0.0.2:5060",
	    .via_more = VIA_A, .more = PRESENCE FOR(60));
	SAY(&w, 5, .start = "404", .method = "SUBSCRIBE", .to_tag = "y", .branch = "z9y",
	    .sent_by = "10.0.0.2:5060", .via_more = VIA_A);
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	assert_int_equal(sub(&w, 1)->state, SUB_PENDING);
	world_clear(&w);
}

/* A NOTIFY that was overtaken counts, and says nothing any more. */
static void test_notify_overtaken(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	ask(&w, 0, 1, NULL, PRESENCE FOR(60), "200", FOR(60));
	notify(&w, TICK_S, 2, PRESENCE STATE("active"));
	notify(&w, 2 * TICK_S, 1, PRESENCE STATE("pending"));
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	assert_int_equal(sub(&w, 1)->notifies, 2);
	world_clear(&w);
}

/* --- REFER: RFC 3515 */

static void refer(struct world *w, uint64_t ns, unsigned cseq, const char *status,
                  const char *answer_lines)
{
	char via[32];
	branch(via);
	SAY(w, ns, .start = "REFER", .cseq = cseq, .to_tag = "b", .branch = via,
	    .more = "Refer-To: <sip:c@example.com>\r\n");
	SAY(w, ns + TICK_MS, .start = status, .method = "REFER", .cseq = cseq,
	    .to_tag = "b", .branch = via, .more = answer_lines);
}

#define REFER(id)  "Event: refer" id "\r\n"
#define FRAG       "Content-Type: message/sipfrag;version=2.0\r\n"

static void test_refer(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	refer(&w, 0, 5, "202", NULL);
	const struct subscription *s = sub(&w, 1);
	assert_int_equal(s->state, SUB_PENDING);
	assert_int_equal(s->first, w.is.message - 1); /* the REFER itself */
	assert_int_equal(s->dialog, w.is.dialog);
	assert_text(&w, s->event, "refer");
	notify_body(&w, TICK_S, 1, "b", REFER("") STATE("active;expires=60") FRAG,
	            "SIP/2.0 100 Trying\r\n");
	assert_int_equal(s->state, SUB_ACTIVE);
	assert_int_equal(s->result, 100);
	notify_body(&w, 2 * TICK_S, 2, "b", REFER(";id=5") STATE("active") FRAG,
	            "SIP/2.0 180 Ringing");
	assert_int_equal(s->result, 180);
	assert_text(&w, s->event_id, "5");
	/* no status, no sipfrag, overtaken: nothing is learned */
	notify_body(&w, 3 * TICK_S, 4, "b", REFER("") STATE("active") FRAG,
	            "From: <sip:a@example.com>\r\n");
	notify_body(&w, 3 * TICK_S, 5, "b", REFER("") STATE("active"),
	            "SIP/2.0 486 Busy Here\r\n");
	notify_body(&w, 3 * TICK_S, 3, "b", REFER("") STATE("active") FRAG,
	            "SIP/2.0 183 Progress\r\n");
	assert_int_equal(s->result, 180);
	notify_body(&w, 4 * TICK_S, 6, "b",
	            REFER("") STATE("terminated;reason=noresource") FRAG,
	            "SIP/2.0 603 Declined\r\n");
	assert_int_equal(s->result, 603);
	assert_int_equal(s->state, SUB_TERMINATED);
	assert_text(&w, s->reason, "noresource");
	assert_int_equal(s->notifies, 6);
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	world_clear(&w);
}

/* None without an acceptance, none where it was declined: RFC 4488. */
static void test_refer_without(void **unused)
{
	(void)unused;
	static const struct {
		const char *status, *lines;
		uint32_t    count;
	} rows[] = {
		{ "202", NULL, 1 },
		{ "200", "Refer-Sub: true\r\n", 1 },
		{ "202", "Refer-Sub: False\r\n", 0 },
		{ "100", NULL, 0 },
		{ "603", NULL, 0 },
		{ "405", NULL, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		refer(&w, 0, 5, rows[i].status, rows[i].lines);
		assert_int_equal(tracker_subscriptions(w.tracker), rows[i].count);
		world_clear(&w);
	}
}

/* Several in one dialog: the CSeq number is the id, RFC 3515 2.4.6. */
static void test_refer_twice(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	refer(&w, 0, 5, "202", NULL);
	refer(&w, TICK_S, 6, "202", NULL);
	assert_int_equal(tracker_subscriptions(w.tracker), 2);
	notify_body(&w, 2 * TICK_S, 1, "b", REFER(";id=6") STATE("active") FRAG,
	            "SIP/2.0 200 OK");
	notify_body(&w, 2 * TICK_S, 2, "b", REFER("") STATE("active") FRAG,
	            "SIP/2.0 404 Not Found");
	assert_int_equal(sub(&w, 1)->result, 404); /* without an id: the first */
	assert_int_equal(sub(&w, 2)->result, 200);
	notify(&w, 3 * TICK_S, 3, REFER("") STATE("terminated"));
	notify(&w, 3 * TICK_S, 4, REFER("") STATE("terminated"));
	assert_int_equal(sub(&w, 1)->state, SUB_TERMINATED);
	assert_int_equal(sub(&w, 2)->state, SUB_TERMINATED);
	assert_int_equal(tracker_subscriptions(w.tracker), 2);
	world_clear(&w);
}

static void test_refer_notify_first(void **unused)
{
	(void)unused;
	static const char *const ids[] = { REFER(""), REFER(";id=5") };
	for (unsigned i = 0; i < 2; i++) {
		struct world w;
		char lines[100];
		world_init(&w);
		snprintf(lines, sizeof(lines), "%s" STATE("active"), ids[i]);
		SAY(&w, 0, .start = "REFER", .cseq = 5, .to_tag = "b", .branch = "z9r");
		notify(&w, 1, 1, lines);
		SAY(&w, 2, .start = "202", .method = "REFER", .cseq = 5, .to_tag = "b",
		    .branch = "z9r");
		assert_int_equal(tracker_subscriptions(w.tracker), 1);
		assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
		/* the next REFER is another one */
		refer(&w, TICK_S, 6, "202", NULL);
		assert_int_equal(tracker_subscriptions(w.tracker), 2);
		world_clear(&w);
	}
}

/* BYE ends the call, not what REFER began: RFC 5057 4.1. */
static void test_refer_outlives_bye(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1, .start = "200", .to_tag = "b");
	refer(&w, TICK_S, 2, "202", NULL);
	SAY(&w, 2 * TICK_S, .start = "BYE", .cseq = 3, .to_tag = "b", .branch = "z9b");
	assert_int_equal(sub(&w, 1)->state, SUB_PENDING);
	notify(&w, 3 * TICK_S, 1, REFER("") STATE("active"));
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	world_clear(&w);
}

/* --- none */

static void test_none(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1, .start = "200", .to_tag = "b");
	/* unsolicited: no dialog */
	SAY(&w, 2, .start = "NOTIFY", .call_id = "n", .branch = "z9n",
	    .more = "Event: message-summary\r\n" STATE("active"));
	/* an answer alone does not say to what */
	SAY(&w, 3, .start = "200", .method = "SUBSCRIBE", .call_id = "s", .to_tag = "b",
	    .branch = "z9s");
	SAY(&w, 4, .start = "403", .method = "SUBSCRIBE", .call_id = "r", .to_tag = "b",
	    .branch = "z9r");
	SAY(&w, 5, .start = "PUBLISH", .call_id = "p", .branch = "z9p", .more = PRESENCE);
	assert_int_equal(tracker_subscriptions(w.tracker), 0);
	world_clear(&w);
}

/* Without an Event header there is still one subscription: that of no package. */
static void test_no_event(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	ask(&w, 0, 1, NULL, FOR(60), "200", FOR(60));
	notify(&w, TICK_S, 1, STATE("active"));
	assert_int_equal(tracker_subscriptions(w.tracker), 1);
	assert_int_equal(sub(&w, 1)->event, 0);
	assert_int_equal(sub(&w, 1)->state, SUB_ACTIVE);
	world_clear(&w);
}

/* A Call-ID with more than TRACK_CHAIN_MAX of them: no more are kept, and it counts. */
static void test_limit(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	for (unsigned i = 0; i < TRACK_CHAIN_MAX + 10; i++) {
		char lines[64];
		snprintf(lines, sizeof(lines), "Event: p%u\r\n", i);
		ask(&w, i, i + 1, NULL, lines, NULL, NULL);
	}
	assert_in_range(tracker_subscriptions(w.tracker), TRACK_CHAIN_MAX,
	                TRACK_CHAIN_MAX + 1);
	assert_true(tracker_stats(w.tracker)->chains_cut >= 9);
	world_clear(&w);
	world_init_limits(&w, &(struct track_limits){ 100, 100, 100, 2, 100 });
	for (unsigned i = 0; i < 3; i++) {
		char lines[64];
		snprintf(lines, sizeof(lines), "Event: p%u\r\n", i);
		ask(&w, i, i + 1, NULL, lines, NULL, NULL);
	}
	assert_int_equal(tracker_subscriptions(w.tracker), 2);
	assert_int_equal(tracker_stats(w.tracker)->refused, 1);
	world_clear(&w);
}

/* Some of everything above, where memory may be out: nothing is lost without count. */
static void tell(struct world *w)
{
	TRY(w, 0, .start = "SUBSCRIBE", .more = "Event: presence;id=i\r\n" FOR(60));
	TRY(w, 1, .start = "200", .method = "SUBSCRIBE", .to_tag = "b", .more = FOR(60));
	TRY(w, 2, .start = "REFER", .cseq = 2, .to_tag = "b", .branch = "z9r");
	TRY(w, 3, .start = "202", .method = "REFER", .cseq = 2, .to_tag = "b",
	    .branch = "z9r");
	world_hop(w, 2, 1);
	TRY(w, 4, .start = "NOTIFY", .from_tag = "b", .to_tag = "a", .branch = "z9n",
	    .more = REFER(";id=2") STATE("active;expires=5"));
	TRY(w, 5, .start = "NOTIFY", .cseq = 2, .from_tag = "b", .to_tag = "a",
	    .branch = "z9o", .more = REFER("") STATE("terminated;reason=giveup"));
	world_hop(w, 1, 2);
	TRY(w, 6, .start = "SUBSCRIBE", .cseq = 3, .to_tag = "b", .branch = "z9t",
	    .more = "Event: presence;id=i\r\n");
	TRY(w, 7, .start = "481", .method = "SUBSCRIBE", .cseq = 3, .to_tag = "b",
	    .branch = "z9t");
	world_wait(w, 100 * TICK_S);
}

static void test_out_of_memory(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	uint64_t before = w.mem.taken;
	tell(&w);
	uint64_t after = w.mem.taken;
	assert_int_equal(tracker_subscriptions(w.tracker), 2);
	assert_text(&w, sub(&w, 1)->reason, "481");
	assert_text(&w, sub(&w, 2)->reason, "giveup");
	world_clear(&w);
	for (uint64_t n = before + 1; n <= after; n++) {
		world_init(&w);
		w.mem.fail_at = n;
		tell(&w);
		assert_int_equal(w.mem.refused, 1);
		assert_true(tracker_stats(w.tracker)->refused > 0);
		world_clear(&w);
	}
}

/* --- every state, and everything that may happen to it */

enum {
	IS_ASKED,   /* no answer yet */
	IS_PENDING, /* 2xx */
	IS_ACTIVE,
	IS_ENDED,        /* by NOTIFY */
	IS_UNSUBSCRIBED, /* 2xx for 0 s */
	IS_REFUSED,      /* out of a dialog */
	IS_LOST,         /* a refresh was answered 404 */
	IS_OVER,         /* its time went by */
	IS_COUNT
};

enum {
	EV_ASKED, /* a SUBSCRIBE, in the dialog if there is one */
	EV_GRANTED,
	EV_NOTHING, /* one for 0 s, and 2xx */
	EV_404,     /* of a refresh, this ends it (RFC 6665 4.1.2.2) ... */
	EV_500,     /* ... and this does not */
	EV_PENDING, /* what NOTIFY says: RFC 6665 4.1.3 */
	EV_ACTIVE,
	EV_TERMINATED,
	EV_UNKNOWN, /* 481 to a NOTIFY: 4.2.2 */
	EV_TIME,    /* more time than was granted, or than timer F waits */
	EV_COUNT
};

/* RFC 6665 4.1: NOTIFY alone says pending or active; what it ended stays so until a
 * SUBSCRIBE that is sent afterwards is granted. What is only concluded (from a refusal,
 * which one of several targets may have sent, or from time) yields to a later NOTIFY. */
enum { P = SUB_PENDING, A = SUB_ACTIVE, T = SUB_TERMINATED };
static const unsigned next_state[IS_COUNT][EV_COUNT] = {
	/*                   ASKED 2XX 0 S 404 500 PENDING ACTIVE TERM. 481 TIME */
	[IS_ASKED]        = { P,    P,  T,  T,  T,  P,      A,     T,    T,  T },
	[IS_PENDING]      = { P,    P,  T,  T,  P,  P,      A,     T,    T,  T },
	[IS_ACTIVE]       = { A,    A,  T,  T,  A,  P,      A,     T,    T,  T },
	[IS_ENDED]        = { T,    P,  T,  T,  T,  T,      T,     T,    T,  T },
	[IS_UNSUBSCRIBED] = { T,    P,  T,  T,  T,  T,      T,     T,    T,  T },
	[IS_REFUSED]      = { P,    P,  T,  T,  T,  P,      A,     T,    T,  T },
	[IS_LOST]         = { T,    P,  T,  T,  T,  P,      A,     T,    T,  T },
	[IS_OVER]         = { T,    P,  T,  T,  T,  P,      A,     T,    T,  T },
};

static void bring(struct world *w, unsigned is)
{
	static const unsigned states[IS_COUNT] = { P, P, A, T, T, T, T, T };
	const char *status = is == IS_ASKED ? NULL : is == IS_REFUSED ? "403" : "200";
	ask(w, 0, 1, NULL, PRESENCE FOR(600), status, is == IS_OVER ? FOR(5) : FOR(600));
	if (is == IS_ACTIVE)
		notify(w, TICK_S, 1, PRESENCE STATE("active"));
	if (is == IS_ENDED)
		notify(w, TICK_S, 1, PRESENCE STATE("terminated;reason=rejected"));
	if (is == IS_UNSUBSCRIBED)
		ask(w, TICK_S, 2, "b", PRESENCE FOR(0), "200", FOR(0));
	if (is == IS_LOST)
		ask(w, TICK_S, 2, "b", PRESENCE FOR(600), "404", NULL);
	world_wait(w, 9 * TICK_S);
	assert_int_equal(sub(w, 1)->state, states[is]);
}

static void happen(struct world *w, unsigned is, unsigned event)
{
	static const char *const statuses[] = { NULL, "200", "200", "404", "500" };
	static const char *const states[] = { PRESENCE STATE("pending"),
		                              PRESENCE STATE("active"),
		                              PRESENCE STATE("terminated") };
	const char *tag = is == IS_ASKED || is == IS_REFUSED ? NULL : "b";
	if (event <= EV_500) {
		ask(w, 10 * TICK_S, 5, tag,
		    event == EV_NOTHING ? PRESENCE FOR(0) : PRESENCE FOR(600),
		    statuses[event], NULL);
	} else if (event <= EV_TERMINATED) {
		notify(w, 10 * TICK_S, 5, states[event - EV_PENDING]);
	} else if (event == EV_UNKNOWN) {
		notify(w, 10 * TICK_S, 5, PRESENCE);
		world_hop(w, 2, 1);
		SAY(w, 11 * TICK_S, .start = "481", .method = "NOTIFY", .cseq = 5,
		    .from_tag = "b", .to_tag = "a", .sent_by = "10.0.0.2:5060",
		    .branch = last_branch);
	} else {
		world_wait(w, 9000 * TICK_S);
	}
}

static void test_pairs(void **unused)
{
	(void)unused;
	for (unsigned is = 0; is < IS_COUNT; is++) {
		for (unsigned e = 0; e < EV_COUNT; e++) {
			struct world w;
			world_init(&w);
			bring(&w, is);
			happen(&w, is, e);
			const struct subscription *s = sub(&w, 1);
			if (s->state != next_state[is][e])
				fail_msg("state %u, event %u: %u", is, e, s->state);
			/* it has an end and its time when it has ended, and only then */
			assert_int_equal(s->state == T, s->end != SUB_NOT_ENDED);
			assert_int_equal(s->state == T, s->ended_at != TICK_NONE);
			world_clear(&w);
		}
	}
}

static void test_names(void **unused)
{
	(void)unused;
	assert_string_equal(sub_state_name(SUB_PENDING), "pending");
	assert_string_equal(sub_state_name(SUB_ACTIVE), "active");
	assert_string_equal(sub_state_name(SUB_TERMINATED), "terminated");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifecycle),
		cmocka_unit_test(test_subscription_state),
		cmocka_unit_test(test_expires),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_refresh_refused),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_expiry_moves),
		cmocka_unit_test(test_notify_first),
		cmocka_unit_test(test_answer_first),
		cmocka_unit_test(test_notify_refused),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_inferred),
		cmocka_unit_test(test_several_in_a_dialog),
		cmocka_unit_test(test_proxied),
		cmocka_unit_test(test_proxied_refusal),
		cmocka_unit_test(test_notify_overtaken),
		cmocka_unit_test(test_refer),
		cmocka_unit_test(test_refer_without),
		cmocka_unit_test(test_refer_twice),
		cmocka_unit_test(test_refer_notify_first),
		cmocka_unit_test(test_refer_outlives_bye),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_no_event),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests_name("track/subscription", tests, NULL, NULL);
}
