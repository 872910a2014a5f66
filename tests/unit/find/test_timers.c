/* SPDX-License-Identifier: MIT */
/* Rules on what is sent again: each of their times 1 ns before it and at it. */
#include "config.h"

#include "observer.h"

#define MS TICK_MS
#define S  TICK_S

static void final(struct observer *o, uint64_t at, const char *status)
{
	TELL(o, at, .start = status, .to_tag = "b");
	TELL(o, at + MS, .start = "ACK", .to_tag = "b");
}

/* 17.2.1: 200 ms after the last copy. */
static void test_trying(void **unused)
{
	(void)unused;
	static const char *const first[] = { "180", "180", "100" };
	for (unsigned i = 0; i < 3; i++) {
		struct observer o;
		observer_init(&o);
		TELL(&o, 0, .start = "INVITE");
		TELL(&o, 500 * MS, .start = "INVITE");
		TELL(&o, 700 * MS + (i > 0), .start = first[i], .to_tag = "b");
		final(&o, 1 * S, "486");
		observer_assert(&o, 2 * S,
		                i == 1 ? "request-retransmitted+ trying-missing"
		                       : "request-retransmitted+");
		observer_clear(&o);
	}
}

/* Copies that were sent when the response was under way do not count: up to T1 after
 * it. Nor does a single one. */
static void test_went_on(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 2; i++) {
		struct observer o;
		observer_init(&o);
		TELL(&o, 0, .start = "INVITE");
		TELL(&o, 10 * MS, .start = "100");
		TELL(&o, 510 * MS - 1 + i, .start = "INVITE");
		TELL(&o, 1500 * MS, .start = "INVITE");
		observer_assert(&o, 2 * S,
		                i ? "request-retransmitted+ capture-ended "
		                    "retransmitted-after-provisional"
		                  : "request-retransmitted+ capture-ended");
		/* the final response counts from its own time */
		final(&o, 3 * S, "486");
		TELL(&o, 3500 * MS - 1 + i, .start = "INVITE");
		observer_assert(&o, 4 * S,
		                "request-retransmitted+ retransmitted-after-provisional");
		TELL(&o, 7500 * MS, .start = "INVITE");
		observer_assert(
			&o, 8 * S,
			i ? "request-retransmitted+ retransmitted-after-final"
			  : "request-retransmitted+ retransmitted-after-provisional");
		observer_clear(&o);
	}
}

static void test_t1(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 2; i++) {
		struct observer o;
		uint64_t t1 = 750 * MS - 1 + i;
		observer_init(&o);
		TELL(&o, 0, .start = "OPTIONS");
		TELL(&o, t1, .start = "OPTIONS");
		observer_assert(&o, 1 * S, "request-retransmitted+");
		TELL(&o, 3 * t1, .start = "OPTIONS");
		observer_assert(&o, 3 * S,
		                i ? "request-retransmitted+ t1-long"
		                  : "request-retransmitted+");
		observer_clear(&o);
	}
}

/* 64*T1 after the 2xx, with T2 before it and twice T2 after it. */
static void test_without_ack(void **unused)
{
	(void)unused;
	static const struct {
		uint64_t at;
		const char *found; /* the ACK may come late until the server gives up */
	} rows[] = {
		{ 29 * S - 1, "ack-missing" },
		{ 29 * S, "ack-missing ended-without-ack+" },
		{ 41 * S, "ack-missing+ ended-without-ack+" },
		{ 41 * S + 1, "ack-missing+" },
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct observer o;
		observer_init(&o);
		TELL(&o, 0, .start = "INVITE");
		TELL(&o, 1 * S, .start = "200", .to_tag = "b");
		TELL(&o, 1500 * MS, .start = "200", .to_tag = "b");
		TELL(&o, 2500 * MS, .start = "200", .to_tag = "b");
		for (uint64_t at = 4500 * MS; at < 34 * S && at < rows[i].at; at += 4 * S)
			TELL(&o, at, .start = "200", .to_tag = "b");
		world_hop(&o.w, 2, 1);
		TELL(&o, rows[i].at, .start = "BYE", .from_tag = "b", .to_tag = "a",
		     .branch = "y");
		TELL(&o, rows[i].at + MS, .start = "200", .method = "BYE",
		     .from_tag = "b", .to_tag = "a", .branch = "y");
		observer_assert(&o, rows[i].at + S, rows[i].found);
		observer_clear(&o);
	}
}

/* Copies at 0 and 500 ms: the next one is due after 1.5 s; it is missing 500 ms later. */
static void test_given_up(void **unused)
{
	(void)unused;
	struct observer o;
	observer_init(&o);
	TELL(&o, 0, .start = "INVITE");
	TELL(&o, 500 * MS, .start = "INVITE");
	world_hop(&o.w, 1, 3);
	TELL(&o, 600 * MS, .start = "INVITE", .branch = "x");
	TELL(&o, 610 * MS, .start = "180", .branch = "x", .to_tag = "b");
	observer_assert(&o, 2 * S - 1, "request-retransmitted+ capture-ended");
	observer_assert(&o, 2 * S, "request-retransmitted+ capture-ended given-up-early");
	world_hop(&o.w, 1, 2);
	TELL(&o, 2 * S, .start = "INVITE"); /* late, but there it is */
	observer_assert(&o, 3 * S,
	                "request-retransmitted+ capture-ended retransmission-irregular");
	observer_clear(&o);
}

static void test_over_stream(void **unused)
{
	(void)unused;
	for (uint8_t transport = 0; transport < 3; transport++) {
		struct observer o;
		observer_init(&o);
		o.w.input.transport = transport;
		TELL(&o, 0, .start = "OPTIONS");
		TELL(&o, 500 * MS, .start = "OPTIONS");
		TELL(&o, 510 * MS, .start = "200", .method = "OPTIONS");
		observer_assert(
			&o, 1 * S,
			transport ? "request-retransmitted+ retransmitted-over-stream+"
				  : "request-retransmitted+");
		observer_clear(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trying),   cmocka_unit_test(test_went_on),
		cmocka_unit_test(test_t1),       cmocka_unit_test(test_without_ack),
		cmocka_unit_test(test_given_up), cmocka_unit_test(test_over_stream),
	};
	return cmocka_run_group_tests_name("find/timers", tests, NULL, NULL);
}
