/* SPDX-License-Identifier: MIT */
/* Session timers (RFC 4028): what the tracker keeps of them, and what is said of them.
 * Each deadline 1 ns before it and at it. */
#include "config.h"

#include "observer.h"

#define MS        TICK_MS
#define S         TICK_S

#define SE(value) .more = "Session-Expires: " value "\r\n"

/* That of the first dialog; all 0 where it has none. */
static struct session_timer timer(const struct observer *o)
{
	struct session_timer out = { 0 };
	bool there = tracker_session_timer(o->w.tracker, 1, &out);
	assert_int_equal(there, out.granted != 0);
	return out;
}

/* Answered after 1 s. */
static void answer(struct observer *o, const char *more)
{
	observer_init(o);
	TELL(o, 0, .start = "INVITE");
	TELL(o, 1 * S, .start = "200", .to_tag = "b", .more = more);
	TELL(o, 1 * S + MS, .start = "ACK", .to_tag = "b", .branch = "a");
}

/* An UPDATE of the caller with its 2xx 1 ms later. */
static void update(struct observer *o, uint64_t at, unsigned cseq, const char *more)
{
	char branch[16];
	snprintf(branch, sizeof(branch), "u%u", cseq);
	TELL(o, at, .start = "UPDATE", .to_tag = "b", .branch = branch, .cseq = cseq);
	TELL(o, at + MS, .start = "200", .method = "UPDATE", .to_tag = "b",
	     .branch = branch, .cseq = cseq, .more = more);
}

static void bye(struct observer *o, uint64_t at, bool by_caller)
{
	if (by_caller) {
		TELL(o, at, .start = "BYE", .to_tag = "b", .branch = "y", .cseq = 50);
		TELL(o, at + MS, .start = "200", .method = "BYE", .to_tag = "b",
		     .branch = "y", .cseq = 50);
		return;
	}
	world_hop(&o->w, 2, 1);
	TELL(o, at, .start = "BYE", .from_tag = "b", .to_tag = "a", .branch = "y");
	TELL(o, at + MS, .start = "200", .method = "BYE", .from_tag = "b", .to_tag = "a",
	     .branch = "y");
	world_hop(&o->w, 1, 2);
}

static void test_grant(void **unused)
{
	(void)unused;
	static const struct {
		const char *more;
		unsigned expires, refresher;
	} rows[] = {
		{ "Session-Expires: 90;refresher=uac\r\n", 90, SESSION_CALLER },
		{ "x: 1800 ; Refresher=UAS\r\n", 1800, SESSION_CALLEE },
		{ "Session-Expires: 90\r\n", 90, SESSION_NOBODY },
		{ "Session-Expires: 90;refresher=me\r\n", 90, SESSION_NOBODY },
		{ "Session-Expires: 99999999999\r\n", SESSION_EXPIRES_MAX,
		  SESSION_NOBODY },
		{ "Session-Expires: 0\r\n", 0, 0 },
		{ "Session-Expires: soon\r\n", 0, 0 },
		{ "Session-Expires:\r\n", 0, 0 },
		{ "", 0, 0 },
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct observer o;
		answer(&o, rows[i].more);
		assert_int_equal(timer(&o).granted > 0, rows[i].expires > 0);
		if (rows[i].expires) {
			assert_int_equal(timer(&o).expires, rows[i].expires);
			assert_int_equal(timer(&o).refresher, rows[i].refresher);
			assert_int_equal(timer(&o).deadline,
			                 WORLD_NOON + S + rows[i].expires * S);
		}
		observer_clear(&o);
	}
}

/* Only a 2xx grants: not a request, not a provisional response, not the 2xx to another
 * method, not one that is sent again. */
static void test_no_grant(void **unused)
{
	(void)unused;
	struct observer o;
	observer_init(&o);
	TELL(&o, 0, .start = "INVITE", SE("90"));
	TELL(&o, 100 * MS, .start = "180", .to_tag = "b", SE("90"));
	update(&o, 200 * MS, 2, "Session-Expires: 90\r\n");
	assert_int_equal(timer(&o).granted, 0);
	TELL(&o, 1 * S, .start = "200", .to_tag = "b", SE("90;refresher=uac"));
	TELL(&o, 1500 * MS, .start = "200", .to_tag = "b", SE("90;refresher=uac"));
	TELL(&o, 2 * S, .start = "INFO", .to_tag = "b", .branch = "i", .cseq = 3);
	TELL(&o, 2 * S, .start = "200", .method = "INFO", .to_tag = "b", .branch = "i",
	     .cseq = 3, SE("1800"));
	assert_int_equal(timer(&o).expires, 90);
	assert_int_equal(timer(&o).refreshed, 0);
	assert_int_equal(timer(&o).granted, 5);
	observer_clear(&o);
}

static void test_refresh(void **unused)
{
	(void)unused;
	struct observer o;
	answer(&o, "Session-Expires: 90;refresher=uac\r\n");
	update(&o, 40 * S, 2, "Session-Expires: 90;refresher=uac\r\n");
	update(&o, 80 * S, 3, "Session-Expires: 90;refresher=uac\r\n");
	assert_int_equal(timer(&o).refreshed, 2);
	assert_int_equal(timer(&o).changed, 0);
	assert_int_equal(timer(&o).late, 0);
	assert_int_equal(timer(&o).deadline, WORLD_NOON + 80 * S + MS + 90 * S);
	update(&o, 90 * S, 4, ""); /* no timer any more */
	assert_int_equal(timer(&o).expires, 0);
	assert_int_equal(timer(&o).refreshed, 2);
	assert_int_equal(timer(&o).changed, timer(&o).granted);
	assert_int_equal(timer(&o).deadline, TICK_NONE);
	observer_assert(&o, 1000 * S, "end-not-captured session-timer-changed+");
	observer_clear(&o);
}

/* A refresh by the callee: its uac is the callee. */
static void test_sides(void **unused)
{
	(void)unused;
	struct observer o;
	answer(&o, "Session-Expires: 90;refresher=uas\r\n");
	assert_int_equal(timer(&o).refresher, SESSION_CALLEE);
	world_hop(&o.w, 2, 1);
	TELL(&o, 40 * S, .start = "UPDATE", .from_tag = "b", .to_tag = "a",
	     .branch = "u");
	TELL(&o, 41 * S, .start = "200", .method = "UPDATE", .from_tag = "b",
	     .to_tag = "a", .branch = "u", SE("90;refresher=uac"));
	assert_int_equal(timer(&o).refresher, SESSION_CALLEE);
	assert_int_equal(timer(&o).changed, 0);
	observer_clear(&o);
}

/* Two hops of one 2xx: the proxy between them has changed it. */
static void test_hops(void **unused)
{
	(void)unused;
	struct observer o;
	observer_init(&o);
	TELL(&o, 0, .start = "INVITE");
	world_hop(&o.w, 2, 3);
	TELL(&o, 10 * MS, .start = "INVITE", .sent_by = "p", .branch = "p",
	     .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1");
	TELL(&o, 1 * S, .start = "200", .to_tag = "b", .sent_by = "p", .branch = "p",
	     SE("1800;refresher=uas"));
	world_hop(&o.w, 1, 2);
	TELL(&o, 1 * S + MS, .start = "200", .to_tag = "b", SE("600;refresher=uac"));
	assert_int_equal(timer(&o).expires, 600);
	assert_int_equal(timer(&o).refresher, SESSION_CALLER);
	assert_int_equal(timer(&o).granted, 3);
	assert_int_equal(timer(&o).refreshed, 0);
	assert_int_equal(timer(&o).changed, 0);
	observer_clear(&o);
}

/* Late: more than two thirds of the interval passed, which is 60 s. */
static void test_late(void **unused)
{
	(void)unused;
	for (unsigned late = 0; late < 2; late++) {
		struct observer o;
		answer(&o, "Session-Expires: 90;refresher=uac\r\n");
		update(&o, 61 * S + late, 2, "Session-Expires: 90;refresher=uac\r\n");
		observer_assert(&o, 70 * S,
		                late ? "end-not-captured session-refresh-late+"
		                     : "end-not-captured");
		observer_clear(&o);
	}
}

static void test_deadline(void **unused)
{
	(void)unused;
	struct observer o;
	answer(&o, "Session-Expires: 90;refresher=uac\r\n");
	observer_assert(&o, 91 * S - 1, "end-not-captured");
	observer_assert(&o, 91 * S, "end-not-captured session-expired");
	/* it is used: nothing of it is missing */
	TELL(&o, 92 * S, .start = "INFO", .to_tag = "b", .branch = "i", .cseq = 3);
	TELL(&o, 92 * S, .start = "200", .method = "INFO", .to_tag = "b", .branch = "i",
	     .cseq = 3);
	observer_assert(&o, 93 * S, "end-not-captured session-expired+");
	observer_clear(&o);
}

/* The BYE of who waits: 30 s before the deadline of 91 s, and 1 s of slack; up to 30 s
 * after it. For 1800 s it is 32 s. */
static void test_bye(void **unused)
{
	(void)unused;
	static const struct {
		const char *more, *found;
		uint64_t at;
		bool by_caller;
	} rows[] = {
		{ "Session-Expires: 90;refresher=uac\r\n", "", 60 * S - 1, false },
		{ "Session-Expires: 90;refresher=uac\r\n", "ended-by-session-timer+",
		  60 * S, false },
		{ "Session-Expires: 90;refresher=uac\r\n", "", 60 * S, true },
		{ "Session-Expires: 90;refresher=uas\r\n", "", 61 * S, false },
		{ "Session-Expires: 90;refresher=uas\r\n", "ended-by-session-timer+",
		  61 * S, true },
		{ "Session-Expires: 90;refresher=uac\r\n", "ended-by-session-timer+",
		  121 * S, false },
		{ "Session-Expires: 90;refresher=uac\r\n", "session-expired+",
		  121 * S + 1, false },
		{ "Session-Expires: 1800;refresher=uac\r\n", "", 1768 * S - 1, false },
		{ "Session-Expires: 1800;refresher=uac\r\n", "ended-by-session-timer+",
		  1768 * S, false },
		{ "Session-Expires: 90\r\n",
		  "ended-by-session-timer+ session-refresher-missing+", 61 * S, true },
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct observer o;
		answer(&o, rows[i].more);
		bye(&o, rows[i].at, rows[i].by_caller);
		observer_assert(&o, rows[i].at + S, rows[i].found);
		observer_clear(&o);
	}
}

static void test_intervals(void **unused)
{
	(void)unused;
	struct observer o;
	observer_init(&o);
	TELL(&o, 0, .start = "INVITE", .more = "Session-Expires: 90\r\nMin-SE: 30\r\n");
	TELL(&o, 100 * MS, .start = "422", .to_tag = "b", .more = "Min-SE: 1800\r\n");
	TELL(&o, 200 * MS, .start = "ACK", .to_tag = "b");
	observer_assert(&o, 1 * S, "session-interval-refused+");
	assert_int_equal(observer_last(&o)->n, 1800);
	observer_clear(&o);
	observer_init(&o);
	TELL(&o, 0, .start = "INVITE",
	     .more = "Session-Expires: 1799\r\nMin-SE: 1800\r\n");
	TELL(&o, 100 * MS, .start = "422", .to_tag = "b"); /* of what, it does not say */
	TELL(&o, 200 * MS, .start = "ACK", .to_tag = "b");
	observer_assert(&o, 1 * S, "session-interval-too-small+");
	assert_int_equal(observer_last(&o)->n, 1799);
	assert_int_equal(observer_last(&o)->m, 1800);
	observer_clear(&o);
	answer(&o, "Session-Expires: 60;refresher=uac\r\n");
	update(&o, 30 * S, 2, "Session-Expires: 60;refresher=uac\r\n");
	observer_assert(&o, 31 * S, "end-not-captured session-interval-too-small+");
	assert_int_equal(observer_marks(&o), 1); /* said once */
	observer_clear(&o);
}

/* As long as there is no memory, there is no timer, and that is counted. */
static void test_without_memory(void **unused)
{
	(void)unused;
	struct observer o;
	answer(&o, "");
	uint64_t before = o.w.mem.taken;
	update(&o, 2 * S, 2, "Session-Expires: 90;refresher=uac\r\n");
	update(&o, 3 * S, 3, "Session-Expires: 90;refresher=uac\r\n");
	uint64_t after = o.w.mem.taken;
	assert_int_equal(timer(&o).refreshed, 1);
	observer_clear(&o);
	unsigned unknown = 0;
	assert_true(after > before);
	for (uint64_t n = before + 1; n <= after; n++) {
		answer(&o, "");
		o.w.mem.fail_at = n;
		update(&o, 2 * S, 2, "Session-Expires: 90;refresher=uac\r\n");
		update(&o, 3 * S, 3, "Session-Expires: 90;refresher=uac\r\n");
		assert_int_equal(o.w.mem.refused, 1);
		assert_true(tracker_stats(o.w.tracker)->refused > 0);
		find_run(&o.find, o.w.now);
		unknown += timer(&o).refreshed == 0;
		update(&o, 4 * S, 4, "Session-Expires: 90;refresher=uac\r\n");
		assert_int_not_equal(timer(&o).granted, 0);
		observer_clear(&o);
	}
	assert_true(unknown >= 4); /* two records in two pools */
}

/* Many refreshes and many dialogs of one call. */
static void test_many(void **unused)
{
	(void)unused;
	struct observer o;
	answer(&o, "Session-Expires: 90;refresher=uac\r\n");
	for (unsigned i = 2; i < 1000; i++)
		update(&o, i * S, i, "Session-Expires: 90;refresher=uac\r\n");
	for (unsigned i = 0; i < 1000; i++) {
		char tag[16];
		snprintf(tag, sizeof(tag), "t%u", i);
		TELL(&o, 1000 * S + i * MS, .start = "200", .to_tag = tag, SE("90"));
	}
	assert_int_equal(timer(&o).refreshed, 998);
	assert_int_equal(tracker_session_timers(o.w.tracker), 1001);
	find_run(&o.find, o.w.now + 100 * S);
	observer_clear(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grant),     cmocka_unit_test(test_no_grant),
		cmocka_unit_test(test_refresh),   cmocka_unit_test(test_sides),
		cmocka_unit_test(test_hops),      cmocka_unit_test(test_late),
		cmocka_unit_test(test_deadline),  cmocka_unit_test(test_bye),
		cmocka_unit_test(test_intervals), cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests_name("find/session_timers", tests, NULL, NULL);
}
