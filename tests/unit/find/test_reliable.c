/* SPDX-License-Identifier: MIT */
/* Reliable provisional responses (RFC 3262): what is remembered of them, when it is said
 * that a PRACK is missing, and that all of it may fail for want of memory. */
#include "config.h"

#include "observer.h"

#define MS TICK_MS
#define S  TICK_S

/* A reliable response with a body or NULL. */
static void ring(struct observer *o, uint64_t at, unsigned rseq, const char *body)
{
	char more[128];
	snprintf(more, sizeof(more), "Require: 100rel\r\nRSeq: %u\r\n%s", rseq,
	         body ? "Content-Type: application/sdp\r\n" : "");
	TELL(o, at, .start = "183", .to_tag = "b", .more = more, .body = body);
}

static void prack(struct observer *o, uint64_t at, unsigned cseq, const char *rack)
{
	char more[64], branch[16];
	snprintf(more, sizeof(more), "RAck: %s\r\n", rack);
	snprintf(branch, sizeof(branch), "p%u", cseq);
	TELL(o, at, .start = "PRACK", .to_tag = "b", .branch = branch, .cseq = cseq,
	     .more = more);
	TELL(o, at + MS, .start = "200", .method = "PRACK", .to_tag = "b",
	     .branch = branch, .cseq = cseq);
}

static void invite(struct observer *o, const char *more)
{
	observer_init(o);
	TELL(o, 0, .start = "INVITE", .more = more);
}

/* 64*T1 after the response: a PRACK that did not come by then is missing, or was not
 * captured. */
static void test_deadline(void **unused)
{
	(void)unused;
	struct observer o;
	invite(&o, "");
	ring(&o, 1 * S, 1, NULL);
	observer_assert(&o, 33 * S - 1, "capture-ended");
	observer_assert(&o, 33 * S, "capture-ended prack-missing");
	prack(&o, 34 * S, 2, "1 1 INVITE");
	observer_assert(&o, 40 * S, "capture-ended");
	observer_clear(&o);
}

/* That it is sent again proves it, unless the PRACK may yet come. */
static void test_copies(void **unused)
{
	(void)unused;
	struct observer o;
	invite(&o, "");
	ring(&o, 1 * S, 1, NULL);
	ring(&o, 1500 * MS, 1, NULL);
	ring(&o, 2500 * MS, 1, NULL);
	observer_assert(&o, 3 * S - 1, "capture-ended");
	observer_assert(&o, 3 * S, "capture-ended prack-missing+");
	const struct finding *f = observer_last(&o);
	assert_int_equal(f->n, 3);
	assert_int_equal(f->span, 1500 * MS);
	observer_clear(&o);
}

static void test_rack(void **unused)
{
	(void)unused;
	static const struct {
		const char *rack, *found;
	} rows[] = {
		{ "1 1 INVITE", "capture-ended" },
		{ "2 1 INVITE", "capture-ended prack-unmatched" },
		{ "1 2 INVITE", "capture-ended prack-unmatched" },
		{ "1 1 UPDATE", "capture-ended prack-unmatched" },
		{ "1", "capture-ended prack-unmatched+" },
		{ "", "capture-ended prack-unmatched+" },
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct observer o;
		invite(&o, "");
		ring(&o, 1 * S, 1, NULL);
		prack(&o, 2 * S, 2, rows[i].rack);
		observer_assert(&o, 3 * S, rows[i].found);
		observer_clear(&o);
	}
}

static void test_rseq(void **unused)
{
	(void)unused;
	static const struct {
		unsigned second;
		const char *found;
	} rows[] = {
		{ 8, "capture-ended" },
		{ 9, "capture-ended rseq-not-next" }, /* one may be missing */
		{ 7, "capture-ended rseq-not-next+" },
		{ 6, "capture-ended rseq-not-next+" },
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct observer o;
		invite(&o, "");
		ring(&o, 1 * S, 7, NULL);
		ring(&o, 2 * S, rows[i].second, "v=0\r\n");
		observer_assert(&o, 3 * S, rows[i].found);
		observer_clear(&o);
	}
}

/* A proxy takes off its Via: the same response on the hop before. */
static void test_hops(void **unused)
{
	(void)unused;
	struct observer o;
	invite(&o, "Require: 100rel\r\n");
	world_hop(&o.w, 2, 3);
	TELL(&o, 10 * MS, .start = "INVITE", .sent_by = "p", .branch = "p",
	     .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1",
	     .more = "Require: 100rel\r\n");
	TELL(&o, 1 * S, .start = "183", .to_tag = "b", .sent_by = "p", .branch = "p",
	     .more = "Require: 100rel\r\nRSeq: 1\r\n");
	world_hop(&o.w, 1, 2);
	ring(&o, 1 * S + MS, 1, NULL);
	assert_int_equal(o.find.reliables.used, 1);
	prack(&o, 2 * S, 2, "1 1 INVITE");
	observer_assert(&o, 50 * S, "capture-ended");
	/* unreliably on the hop that the callee sends on: said of that one only */
	world_hop(&o.w, 2, 3);
	TELL(&o, 51 * S, .start = "180", .to_tag = "b", .sent_by = "p", .branch = "p");
	world_hop(&o.w, 1, 2);
	TELL(&o, 51 * S + MS, .start = "180", .to_tag = "b");
	TELL(&o, 52 * S, .start = "181", .to_tag = "b");
	assert_int_equal(observer_marks(&o), 2); /* 181 is the proxy's own */
	observer_assert(&o, 53 * S, "capture-ended reliable-ignored+");
	observer_clear(&o);
}

static void test_demand(void **unused)
{
	(void)unused;
	static const struct {
		const char *require, *found;
	} rows[] = {
		{ "Require: 100rel\r\n", "capture-ended reliable-ignored+" },
		{ "Require: timer , 100REL\r\n", "capture-ended reliable-ignored+" },
		{ "Require: timer\r\nRequire: 100rel\r\n",
		  "capture-ended reliable-ignored+" },
		{ "Require: 100rel2\r\n", "capture-ended" },
		{ "Supported: 100rel\r\n", "capture-ended" },
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct observer o;
		invite(&o, rows[i].require);
		TELL(&o, 10 * MS, .start = "100");
		observer_assert(&o, 20 * MS, "capture-ended");
		TELL(&o, 1 * S, .start = "180", .to_tag = "b");
		TELL(&o, 2 * S, .start = "183", .to_tag = "b");
		assert_true(observer_marks(&o) <= 1); /* said once */
		observer_assert(&o, 3 * S, rows[i].found);
		observer_clear(&o);
	}
}

static void test_early_answer(void **unused)
{
	(void)unused;
	struct observer o;
	invite(&o, "");
	ring(&o, 1 * S, 1, "v=0\r\n");
	TELL(&o, 2 * S, .start = "200", .to_tag = "b");
	TELL(&o, 2010 * MS, .start = "ACK", .to_tag = "b", .branch = "a");
	/* and the offer in it is never answered */
	observer_assert(&o, 3 * S,
	                "end-not-captured answered-before-prack offer-unanswered");
	prack(&o, 3 * S, 2, "1 1 INVITE");
	observer_assert(&o, 4 * S,
	                "end-not-captured answered-before-prack+ offer-unanswered");
	observer_clear(&o);
}

/* More responses than are looked through: nothing false is said, and it ends. */
static void test_many(void **unused)
{
	(void)unused;
	struct observer o;
	invite(&o, "");
	for (unsigned i = 1; i <= 3000; i++)
		ring(&o, 1 * S + i * MS, i, "v=0\r\n");
	prack(&o, 5 * S, 2, "1 1 INVITE");
	prack(&o, 6 * S, 3, "3000 1 INVITE");
	observer_assert(&o, 7 * S, "capture-ended");
	observer_clear(&o);
}

static void tell(struct observer *o)
{
	TELL(o, 0, .start = "INVITE", .more = "Require: 100rel\r\n");
	ring(o, 1 * S, 1, "v=0\r\n");
	ring(o, 1500 * MS, 1, "v=0\r\n");
	TELL(o, 1600 * MS, .start = "180", .to_tag = "b");
	prack(o, 2 * S, 2, "1 1 INVITE");
	prack(o, 3 * S, 3, "2 1 INVITE");
	ring(o, 4 * S, 5, NULL);
	TELL(o, 5 * S, .start = "200", .to_tag = "b");
}

static void test_without_memory(void **unused)
{
	(void)unused;
	struct observer o;
	observer_init(&o);
	uint64_t before = o.w.mem.taken;
	tell(&o);
	find_run(&o.find, o.w.now);
	uint64_t after = o.w.mem.taken;
	assert_int_equal(o.find.refused, 0);
	assert_int_equal(o.find.reliables.used, 2);
	assert_int_equal(observer_marks(&o), 3);
	observer_clear(&o);
	for (uint64_t n = before + 1; n <= after; n++) {
		observer_init(&o);
		o.w.mem.fail_at = n;
		tell(&o);
		find_run(&o.find, o.w.now);
		assert_int_equal(o.w.mem.refused, 1);
		const struct track_stats *stats = tracker_stats(o.w.tracker);
		if (stats->refused + stats->offers_refused + stats->relations_refused +
		            o.find.refused + o.find.uncompared +
		            o.find.routing.unjudged ==
		    0) /* it was not needed */
			assert_int_equal(observer_marks(&o), 3);
		observer_clear(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadline),       cmocka_unit_test(test_copies),
		cmocka_unit_test(test_rack),           cmocka_unit_test(test_rseq),
		cmocka_unit_test(test_hops),           cmocka_unit_test(test_demand),
		cmocka_unit_test(test_early_answer),   cmocka_unit_test(test_many),
		cmocka_unit_test(test_without_memory),
	};
	return cmocka_run_group_tests_name("find/reliable", tests, NULL, NULL);
}
