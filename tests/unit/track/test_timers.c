/* SPDX-License-Identifier: MIT */
/* Timers told from the times of copies: RFC 3261 17.1.1.2, 17.1.2.2, 17.2.1, 13.3.1.4,
 * RFC 3262 3. Each deadline one tick before it and at it. */
#include "config.h"

#include "track/timers.h"

#include "world.h"

#define MS TICK_MS
#define S  TICK_S

static struct txn_timers timers(const struct world *w)
{
	return tracker_timers(w->tracker, tracker_transaction_at(w->tracker, 1), w->now);
}

static void assert_series(const struct timer_series *s, const char *schedule, uint64_t t1,
                          unsigned intervals)
{
	assert_string_equal(timer_schedule_name((enum timer_schedule)s->schedule),
	                    schedule);
	assert_int_equal(s->t1, t1);
	assert_int_equal(s->intervals, intervals);
}

static void assert_fired(const struct world *w, const char *name, uint64_t at)
{
	struct txn_timers is = timers(w);
	assert_string_equal(timer_fired_name((enum timer_fired)is.fired), name);
	assert_int_equal(is.fired_at, *name ? WORLD_NOON + at : TICK_NONE);
}

static void assert_requests(const char *method, const uint64_t *ms, unsigned n,
                            const char *schedule, uint64_t t1, bool lost)
{
	struct world w;
	world_init(&w);
	for (unsigned i = 0; i < n; i++)
		SAY(&w, ms[i] * MS, .start = method);
	struct txn_timers is = timers(&w);
	assert_series(&is.request, schedule, t1, n - 1);
	assert_int_equal(is.request.lost, lost);
	assert_int_equal(is.final.intervals, 0);
	assert_int_equal(is.provisional.intervals, 0);
	world_clear(&w);
}

#define REQUESTS(method, schedule, t1, lost, ...)                                        \
	assert_requests(method, (const uint64_t[]){ __VA_ARGS__ },                       \
	                sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t),    \
	                schedule, t1, lost)

static void test_schedules(void **unused)
{
	(void)unused;
	REQUESTS("INVITE", "", 0, false, 0);
	REQUESTS("INVITE", "", 500 * MS, false, 0, 500);
	REQUESTS("INVITE", "doubling", 500 * MS, false, 0, 500, 1500, 3500, 7500, 15500,
	         31500);
	REQUESTS("INVITE", "capped", 443 * MS, false, 0, 443, 1443, 3443, 7443, 11443,
	         15443);
	REQUESTS("OPTIONS", "capped", 500 * MS, false, 0, 500, 1500, 3500, 7500, 11500,
	         15500, 19500, 23500, 27500, 31500);
	REQUESTS("OPTIONS", "doubling", 100 * MS, false, 0, 100, 300, 700);
	REQUESTS("OPTIONS", "doubling", 2 * S, false, 0, 2000, 6000);
	REQUESTS("OPTIONS", "fixed", 500 * MS, false, 0, 500, 1000, 1500);
	REQUESTS("OPTIONS", "fixed", 2 * S, true, 0, 2000, 4000, 8000, 10000);
	REQUESTS("OPTIONS", "irregular", 500 * MS, false, 0, 500, 2500, 2800);
	REQUESTS("OPTIONS", "capped", 0, false, 0, 4000, 8000); /* T2 at once */
}

/* Copies are missing: after the first one, in between, before the first one. */
static void test_losses(void **unused)
{
	(void)unused;
	REQUESTS("INVITE", "doubling", 500 * MS, true, 0, 1500, 3500);
	REQUESTS("INVITE", "doubling", 500 * MS, true, 0, 500, 3500);
	REQUESTS("INVITE", "doubling", 500 * MS, true, 0, 500, 7500, 15500);
	REQUESTS("OPTIONS", "capped", 500 * MS, true, 0, 500, 1500, 7500, 11500);
	REQUESTS("OPTIONS", "capped", 0, true, 0, 2000, 6000, 10000, 18000);
	/* three in a row are too many to tell */
	REQUESTS("INVITE", "irregular", 500 * MS, false, 0, 500, 15500, 16500);
}

/* 60 ms and an eighth: 500 ms may look like 378 to 622 ms. */
static void test_jitter(void **unused)
{
	(void)unused;
	REQUESTS("OPTIONS", "doubling", 500 * MS, false, 0, 500, 500 + 1185);
	REQUESTS("OPTIONS", "irregular", 500 * MS, false, 0, 500, 500 + 1186);
	REQUESTS("OPTIONS", "doubling", 500 * MS, false, 0, 500, 500 + 815);
	REQUESTS("OPTIONS", "irregular", 500 * MS, false, 0, 500, 500 + 814);
	REQUESTS("OPTIONS", "fixed", 500 * MS, false, 0, 500, 500 + 500, 1000 + 560);
}

/* A packet captured twice is no copy, and TCP needs none. */
static void test_no_copies(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	w.input.ip_id = 7;
	SAY(&w, 0, .start = "OPTIONS");
	SAY(&w, 500 * MS, .start = "OPTIONS");
	struct txn_timers is = timers(&w);
	assert_series(&is.request, "", 0, 0);
	w.input.ip_id = 8;
	SAY(&w, 900 * MS, .start = "OPTIONS");
	is = timers(&w);
	assert_series(&is.request, "", 900 * MS, 1);
	assert_int_equal(is.request.first, 1);
	assert_int_equal(is.request.newest, 3);
	world_clear(&w);
	world_init(&w);
	w.input.transport = 1;
	SAY(&w, 0, .start = "OPTIONS");
	SAY(&w, 500 * MS, .start = "OPTIONS");
	is = timers(&w);
	assert_int_equal(is.request.first, 0);
	assert_series(&is.request, "", 0, 0);
	world_clear(&w);
}

/* 17.1.2.2: in Proceeding timer E is reset to T2, whatever it was. */
static void test_proceeding(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "OPTIONS");
	SAY(&w, 100 * MS, .start = "100", .method = "OPTIONS");
	SAY(&w, 500 * MS, .start = "OPTIONS");
	SAY(&w, 4500 * MS, .start = "OPTIONS");
	struct txn_timers is = timers(&w);
	assert_series(&is.request, "doubling", 500 * MS, 2);
	SAY(&w, 8500 * MS, .start = "OPTIONS");
	is = timers(&w);
	assert_series(&is.request, "doubling", 500 * MS, 3);
	world_clear(&w);
	world_init(&w); /* a final response that did not arrive stops nothing */
	SAY(&w, 0, .start = "OPTIONS");
	SAY(&w, 100 * MS, .start = "200", .method = "OPTIONS");
	SAY(&w, 500 * MS, .start = "OPTIONS");
	SAY(&w, 1500 * MS, .start = "OPTIONS");
	SAY(&w, 3500 * MS, .start = "OPTIONS");
	is = timers(&w);
	assert_series(&is.request, "doubling", 500 * MS, 3);
	world_clear(&w);
	world_init(&w); /* nor does a provisional one */
	SAY(&w, 0, .start = "OPTIONS");
	SAY(&w, 100 * MS, .start = "100", .method = "OPTIONS");
	SAY(&w, 500 * MS, .start = "OPTIONS");
	SAY(&w, 1500 * MS, .start = "OPTIONS");
	is = timers(&w);
	assert_series(&is.request, "doubling", 500 * MS, 2);
	world_clear(&w);
}

/* Timer G, and the 2xx of 13.3.1.4; a copy that answers a copy of the INVITE does not
 * count. */
static void test_finals(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1000 * MS, .start = "200", .to_tag = "b");
	SAY(&w, 1500 * MS, .start = "200", .to_tag = "b");
	SAY(&w, 2500 * MS, .start = "200", .to_tag = "b");
	SAY(&w, 2600 * MS, .start = "200", .to_tag = "c"); /* of another phone */
	SAY(&w, 4500 * MS, .start = "200", .to_tag = "b");
	SAY(&w, 8500 * MS, .start = "200", .to_tag = "b");
	SAY(&w, 12500 * MS, .start = "200", .to_tag = "b");
	struct txn_timers is = timers(&w);
	assert_series(&is.final, "capped", 500 * MS, 5);
	assert_series(&is.request, "", 0, 0);
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 100 * MS, .start = "486", .to_tag = "b");
	SAY(&w, 500 * MS, .start = "INVITE");
	SAY(&w, 510 * MS, .start = "486", .to_tag = "b"); /* since the INVITE came */
	SAY(&w, 600 * MS, .start = "486", .to_tag = "b"); /* timer G */
	SAY(&w, 1600 * MS, .start = "486", .to_tag = "b");
	is = timers(&w);
	assert_series(&is.final, "doubling", 500 * MS, 2);
	world_clear(&w);
	world_init(&w); /* timer G does not run over TCP, the 2xx is sent again */
	w.input.transport = 1;
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 100 * MS, .start = "486", .to_tag = "b");
	SAY(&w, 600 * MS, .start = "486", .to_tag = "b");
	is = timers(&w);
	assert_series(&is.final, "", 0, 0);
	SAY(&w, 700 * MS, .start = "200", .to_tag = "b");
	SAY(&w, 1200 * MS, .start = "200", .to_tag = "b");
	is = timers(&w);
	assert_series(&is.final, "", 500 * MS, 1);
	world_clear(&w);
}

static void test_fired_b_f(void **unused)
{
	(void)unused;
	static const char *const methods[] = { "INVITE", "OPTIONS" };
	static const char *const names[] = { "B", "F" };
	for (unsigned i = 0; i < 2; i++) {
		struct world w;
		world_init(&w);
		SAY(&w, 0, .start = methods[i]);
		world_wait(&w, 32 * S - 1);
		assert_fired(&w, "", 0);
		world_wait(&w, 32 * S);
		assert_fired(&w, names[i], 32 * S);
		SAY(&w, 33 * S, .start = "200", .method = methods[i], .to_tag = "b");
		assert_fired(&w, names[i], 32 * S);
		world_clear(&w);
		world_init(&w); /* just in time */
		SAY(&w, 0, .start = methods[i]);
		SAY(&w, 32 * S - 1, .start = "200", .method = methods[i], .to_tag = "b");
		world_wait(&w, 33 * S);
		assert_fired(&w, "", 0);
		world_clear(&w);
	}
}

/* Timer B ends with any response, timer F with a final one only. */
static void test_fired_provisional(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1 * S, .start = "180", .to_tag = "b");
	world_wait(&w, 100 * S);
	assert_fired(&w, "", 0);
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "OPTIONS");
	SAY(&w, 1 * S, .start = "100", .method = "OPTIONS");
	world_wait(&w, 32 * S);
	assert_fired(&w, "F", 32 * S);
	world_clear(&w);
	world_init(&w); /* no request, no timer */
	SAY(&w, 0, .start = "100", .method = "OPTIONS");
	world_wait(&w, 100 * S);
	assert_fired(&w, "", 0);
	world_clear(&w);
}

static void test_fired_h_2xx(void **unused)
{
	(void)unused;
	static const char *const finals[] = { "486", "200" };
	static const char *const names[] = { "H", "2xx" };
	for (unsigned i = 0; i < 2; i++) {
		struct world w;
		world_init(&w);
		SAY(&w, 0, .start = "INVITE");
		SAY(&w, 1 * S, .start = finals[i], .to_tag = "b");
		world_wait(&w, 33 * S - 1);
		assert_fired(&w, "", 0);
		world_wait(&w, 33 * S);
		assert_fired(&w, names[i], 33 * S);
		SAY(&w, 33 * S, .start = "ACK", .to_tag = "b");
		assert_fired(&w, names[i], 33 * S);
		world_clear(&w);
		world_init(&w);
		SAY(&w, 0, .start = "INVITE");
		SAY(&w, 1 * S, .start = finals[i], .to_tag = "b");
		SAY(&w, 33 * S - 1, .start = "ACK", .to_tag = "b");
		world_wait(&w, 40 * S);
		assert_fired(&w, "", 0);
		world_clear(&w);
	}
}

/* The ACK went past the proxy: it stands with one hop, and is good for both. */
static void test_acked_elsewhere(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	world_hop(&w, 2, 3);
	SAY(&w, 10 * MS, .start = "INVITE", .sent_by = "p", .branch = "p",
	    .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1");
	SAY(&w, 1 * S, .start = "200", .to_tag = "b", .sent_by = "p", .branch = "p");
	world_hop(&w, 1, 2);
	SAY(&w, 1010 * MS, .start = "200", .to_tag = "b");
	world_hop(&w, 1, 3);
	SAY(&w, 1020 * MS, .start = "ACK", .to_tag = "b", .branch = "a");
	world_wait(&w, 100 * S);
	for (uint32_t id = 1; id <= 2; id++)
		assert_int_equal(tracker_timers(w.tracker,
		                                tracker_transaction_at(w.tracker, id),
		                                w.now)
		                         .fired,
		                 TIMER_NONE);
	world_clear(&w);
}

static void test_fired_1xx(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	static const unsigned at[] = { 1000, 1500, 2500, 4500, 8500, 16500 };
	for (unsigned i = 0; i < 6; i++)
		SAY(&w, at[i] * MS, .start = "183", .to_tag = "b",
		    .more = "Require: 100rel\r\nRSeq: 1\r\n");
	struct txn_timers is = timers(&w);
	assert_series(&is.provisional, "doubling", 500 * MS, 5);
	world_wait(&w, 100 * S);
	assert_fired(&w, "", 0); /* a PRACK may have come after 15.5 s */
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	for (unsigned i = 0; i < 6; i++)
		SAY(&w, at[i] * MS, .start = "183", .to_tag = "b",
		    .more = "Require: 100rel\r\nRSeq: 1\r\n");
	SAY(&w, 32500 * MS, .start = "183", .to_tag = "b",
	    .more = "Require: 100rel\r\nRSeq: 1\r\n");
	world_wait(&w, 33 * S - 1);
	assert_fired(&w, "", 0);
	world_wait(&w, 33 * S);
	assert_fired(&w, "1xx", 33 * S);
	world_clear(&w);
}

/* Only the oldest messages count, and a list of any length ends. */
static void test_many(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	for (unsigned i = 0; i < 3000; i++)
		SAY(&w, i * 100 * MS, .start = "OPTIONS");
	struct txn_timers is = timers(&w);
	assert_series(&is.request, "fixed", 100 * MS, 63);
	assert_int_equal(is.request.first, 1);
	world_clear(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedules),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_no_copies),
		cmocka_unit_test(test_proceeding),
		cmocka_unit_test(test_finals),
		cmocka_unit_test(test_fired_b_f),
		cmocka_unit_test(test_fired_provisional),
		cmocka_unit_test(test_fired_h_2xx),
		cmocka_unit_test(test_acked_elsewhere),
		cmocka_unit_test(test_fired_1xx),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests_name("track/timers", tests, NULL, NULL);
}
