/* SPDX-License-Identifier: MIT */
/* Rules, each with what raises it and what, close by, does not. */
#include "config.h"

#include "find/find.h"

#include <stdio.h>
#include <string.h>

#include "../track/world.h"

#define MS TICK_MS
#define S  TICK_S

static void address(const struct track_endpoint *endpoint, char *out, size_t size)
{
	snprintf(out, size, "host%u", endpoint->bytes[3]);
}

static const char *icmp_name(uint8_t family, uint8_t type, uint8_t code)
{
	(void)family;
	return type == 3 && code == 3 ? "port unreachable" : "icmp error";
}

static const struct find_words words = { address, icmp_name, NULL, NULL };

/* All codes that were found, "a b", in the order of finding.def; the capture ends at
 * `end` ns after the beginning. */
static void assert_codes(struct world *w, uint64_t end, const char *want)
{
	struct find find;
	char got[512] = "";
	bool has[FIND_CODE_COUNT] = { false };
	uint64_t counted[FIND_SEVERITY_COUNT] = { 0 };
	world_wait(w, end);
	find_init(&find, &w->mem, w->tracker);
	find_run(&find, WORLD_NOON + end);
	for (uint32_t i = 1; i <= find_count(&find); i++) {
		const struct finding *f = find_at(&find, i);
		char text[FIND_TEXT_MAX];
		has[f->code] = true;
		counted[find_code_severity((enum find_code)f->code)]++;
		assert_true(find_text(&find, f, &words, text) > 10);
		assert_null(strpbrk(text, "{}"));
		assert_int_not_equal(f->messages[0], 0);
		assert_true(f->call >= 1 && find_of_call(&find, f->call) <= i);
	}
	assert_memory_equal(counted, find.counts, sizeof(counted));
	for (unsigned i = 0; i < FIND_CODE_COUNT; i++)
		if (has[i])
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
			         *got ? " " : "", find_code_name((enum find_code)i));
	assert_string_equal(got, want);
	find_clear(&find);
}

static void assert_why(struct world *w, uint64_t end, const char *want)
{
	struct find find;
	char text[FIND_TEXT_MAX];
	world_wait(w, end);
	find_init(&find, &w->mem, w->tracker);
	find_run(&find, WORLD_NOON + end);
	struct call_summary sum;
	tracker_summarize(w->tracker, 1, &sum);
	find_why(&find, &sum, &words, text);
	assert_string_equal(text, want);
	find_clear(&find);
}

/* An answered call that is ended 10 s later. */
static void whole_call(struct world *w)
{
	SAY(w, 0, .start = "INVITE");
	SAY(w, 10 * MS, .start = "100");
	SAY(w, 100 * MS, .start = "180", .to_tag = "b");
	SAY(w, 2 * S, .start = "200", .to_tag = "b");
	SAY(w, 2010 * MS, .start = "ACK", .to_tag = "b", .branch = "a");
	SAY(w, 12 * S, .start = "BYE", .to_tag = "b", .branch = "y", .cseq = 2);
	SAY(w, 12010 * MS, .start = "200", .method = "BYE", .to_tag = "b", .branch = "y",
	    .cseq = 2);
}

static void test_healthy(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	whole_call(&w);
	assert_codes(&w, 100 * S, "");
	assert_why(&w, 100 * S, "Ended by the caller 10.0 s after the answer.");
	world_clear(&w);
}

static void test_no_answer(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 500 * MS, .start = "INVITE");
	assert_codes(&w, 31 * S, "request-retransmitted capture-ended");
	assert_codes(&w, 32 * S, "no-response");
	assert_why(&w, 32 * S,
	           "host2 never answered the INVITE, which was sent 2 times "
	           "(timer B, 32 s).");
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "OPTIONS");
	SAY(&w, 1 * S, .start = "100", .method = "OPTIONS");
	assert_codes(&w, 32 * S, "no-final-response");
	world_clear(&w);
}

static void test_sent_again(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "OPTIONS");
	SAY(&w, 200 * MS, .start = "OPTIONS");
	SAY(&w, 210 * MS, .start = "200", .method = "OPTIONS");
	assert_codes(&w, 1 * S, "request-retransmitted retransmitted-too-soon");
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "OPTIONS");
	SAY(&w, 490 * MS, .start = "OPTIONS");
	SAY(&w, 500 * MS, .start = "200", .method = "OPTIONS");
	assert_codes(&w, 1 * S, "request-retransmitted");
	world_clear(&w);
}

static void test_slow_and_late(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "OPTIONS");
	SAY(&w, 1999 * MS, .start = "200", .method = "OPTIONS");
	assert_codes(&w, 2 * S, "");
	SAY(&w, 2 * S, .start = "OPTIONS", .branch = "x", .cseq = 2);
	SAY(&w, 4 * S, .start = "200", .method = "OPTIONS", .branch = "x", .cseq = 2);
	assert_codes(&w, 5 * S, "slow-response");
	SAY(&w, 5 * S, .start = "OPTIONS", .branch = "z", .cseq = 3);
	SAY(&w, 37 * S, .start = "200", .method = "OPTIONS", .branch = "z", .cseq = 3);
	assert_codes(&w, 38 * S, "late-response slow-response");
	world_clear(&w);
}

static void test_acks(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1 * S, .start = "200", .to_tag = "b");
	assert_codes(&w, 32 * S, "end-not-captured"); /* 31 s: it may yet come */
	SAY(&w, 32 * S, .start = "200", .to_tag = "b");
	assert_codes(&w, 32 * S, "ack-missing end-not-captured");
	SAY(&w, 32100 * MS, .start = "ACK", .to_tag = "b", .branch = "a");
	assert_codes(&w, 33 * S, "response-retransmitted end-not-captured");
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1 * S, .start = "486", .to_tag = "b");
	assert_codes(&w, 2 * S, "");
	assert_why(&w, 2 * S,
	           "Refused as busy by host2 with 486 Busy Here 1.00 s after the "
	           "INVITE.");
	assert_codes(&w, 33 * S, "ack-missing-failure");
	SAY(&w, 33 * S, .start = "ACK", .to_tag = "b");
	assert_codes(&w, 34 * S, "");
	SAY(&w, 34 * S, .start = "ACK", .to_tag = "b", .branch = "q", .cseq = 9);
	assert_codes(&w, 35 * S, "ack-stray");
	world_clear(&w);
}

/* Through a proxy that is not in the route set: the ACK goes past it. */
static void test_ack_past_a_proxy(void **unused)
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
	assert_codes(&w, 40 * S, "end-not-captured");
	world_clear(&w);
}

/* The same, and the proxy sent its 200 again before the ACK came: the hop it stood on
 * never saw an ACK, but the call was acknowledged. */
static void test_ack_past_a_proxy_after_a_copy(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	world_hop(&w, 2, 3);
	SAY(&w, 10 * MS, .start = "INVITE", .sent_by = "p", .branch = "p",
	    .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1");
	SAY(&w, 1 * S, .start = "200", .to_tag = "b", .sent_by = "p", .branch = "p");
	SAY(&w, 1500 * MS, .start = "200", .to_tag = "b", .sent_by = "p", .branch = "p");
	world_hop(&w, 1, 2);
	SAY(&w, 1510 * MS, .start = "200", .to_tag = "b");
	world_hop(&w, 1, 3);
	SAY(&w, 1520 * MS, .start = "ACK", .to_tag = "b", .branch = "a");
	assert_codes(&w, 40 * S, "response-retransmitted end-not-captured");
	world_clear(&w);
}

static void test_finals(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1 * S, .start = "503", .to_tag = "b");
	SAY(&w, 1100 * MS, .start = "ACK", .to_tag = "b");
	assert_codes(&w, 2 * S, "server-failure");
	SAY(&w, 2 * S, .start = "404", .to_tag = "b");
	assert_codes(&w, 3 * S, "final-changed server-failure");
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "404", .to_tag = "b", .method = "OPTIONS");
	assert_codes(&w, 1 * S, "response-without-request");
	world_clear(&w);
}

static void test_cancel(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 10 * MS, .start = "100");
	SAY(&w, 1 * S, .start = "CANCEL");
	SAY(&w, 1010 * MS, .start = "200", .method = "CANCEL");
	SAY(&w, 1020 * MS, .start = "487", .to_tag = "b");
	SAY(&w, 1030 * MS, .start = "ACK", .to_tag = "b");
	assert_codes(&w, 2 * S, "never-rang");
	assert_why(&w, 2 * S,
	           "Cancelled by the caller 1.02 s after the INVITE, before it "
	           "rang.");
	world_clear(&w);

	world_init(&w); /* before any response, and refused */
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 100 * MS, .start = "CANCEL");
	SAY(&w, 110 * MS, .start = "481", .method = "CANCEL");
	SAY(&w, 120 * MS, .start = "100");
	assert_codes(&w, 1 * S, "cancel-too-early cancel-refused");
	world_clear(&w);

	world_init(&w); /* the answer was under way */
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 10 * MS, .start = "180", .to_tag = "b");
	SAY(&w, 1 * S, .start = "CANCEL");
	SAY(&w, 1001 * MS, .start = "200", .to_tag = "b");
	SAY(&w, 1010 * MS, .start = "200", .method = "CANCEL");
	SAY(&w, 1020 * MS, .start = "ACK", .to_tag = "b", .branch = "a");
	assert_codes(&w, 2 * S, "cancel-too-late end-not-captured");
	world_clear(&w);

	world_init(&w); /* another branch, another number */
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 10 * MS, .start = "100");
	SAY(&w, 20 * MS, .start = "CANCEL", .branch = "other", .cseq = 7);
	assert_codes(&w, 1 * S, "cancel-without-invite capture-ended");
	world_clear(&w);
}

static void test_dialogs(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	whole_call(&w);
	SAY(&w, 13 * S, .start = "INFO", .to_tag = "b", .branch = "i", .cseq = 2);
	SAY(&w, 13010 * MS, .start = "481", .method = "INFO", .to_tag = "b",
	    .branch = "i", .cseq = 2);
	assert_codes(&w, 14 * S, "dialog-unknown cseq-not-higher");
	world_clear(&w);

	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1 * S, .start = "200", .to_tag = "b");
	SAY(&w, 1100 * MS, .start = "ACK", .to_tag = "b", .branch = "a");
	SAY(&w, 2 * S, .start = "INVITE", .to_tag = "b", .branch = "r", .cseq = 2);
	SAY(&w, 2100 * MS, .start = "491", .to_tag = "b", .branch = "r", .cseq = 2);
	SAY(&w, 2200 * MS, .start = "ACK", .to_tag = "b", .branch = "r", .cseq = 2);
	SAY(&w, 3 * S, .start = "BYE", .to_tag = "b", .branch = "y", .cseq = 3);
	SAY(&w, 3500 * MS, .start = "BYE", .to_tag = "b", .branch = "y", .cseq = 3);
	assert_codes(&w, 34 * S, "request-retransmitted glare");
	assert_codes(&w, 35 * S, "no-response bye-unanswered glare");
	world_clear(&w);
}

static void test_fork(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1 * S, .start = "200", .to_tag = "b");
	SAY(&w, 1010 * MS, .start = "ACK", .to_tag = "b", .branch = "a");
	SAY(&w, 2 * S, .start = "200", .to_tag = "c");
	SAY(&w, 2010 * MS, .start = "ACK", .to_tag = "c", .branch = "e");
	assert_codes(&w, 3 * S, "several-answers end-not-captured");
	assert_codes(&w, 40 * S, "several-answers answer-not-released end-not-captured");
	SAY(&w, 41 * S, .start = "BYE", .to_tag = "c", .branch = "y", .cseq = 2);
	SAY(&w, 41100 * MS, .start = "200", .method = "BYE", .to_tag = "c", .branch = "y",
	    .cseq = 2);
	assert_codes(&w, 42 * S, "several-answers end-not-captured");
	world_clear(&w);
}

static void test_challenges(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "REGISTER");
	SAY(&w, 10 * MS, .start = "401", .method = "REGISTER", .to_tag = "b");
	assert_codes(&w, 32 * S, "");
	assert_codes(&w, 33 * S, "challenge-ignored");
	SAY(&w, 33 * S, .start = "REGISTER", .cseq = 2, .branch = "x");
	SAY(&w, 33010 * MS, .start = "401", .method = "REGISTER", .to_tag = "b",
	    .cseq = 2, .branch = "x");
	assert_codes(&w, 34 * S, "credentials-refused");
	SAY(&w, 34 * S, .start = "REGISTER", .cseq = 3, .branch = "z");
	SAY(&w, 34010 * MS, .start = "200", .method = "REGISTER", .to_tag = "b",
	    .cseq = 3, .branch = "z");
	assert_codes(&w, 35 * S, "");
	SAY(&w, 35 * S, .start = "REGISTER", .cseq = 4, .branch = "q");
	SAY(&w, 35010 * MS, .start = "403", .method = "REGISTER", .to_tag = "b",
	    .cseq = 4, .branch = "q");
	assert_codes(&w, 36 * S, "registration-refused");
	world_clear(&w);
}

static void test_calls(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "BYE", .to_tag = "b");
	SAY(&w, 10 * MS, .start = "200", .method = "BYE", .to_tag = "b");
	assert_codes(&w, 1 * S, "begin-not-captured");
	world_clear(&w);

	world_init(&w);
	w.input.ip_id = 5;
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1 * MS, .start = "INVITE"); /* the same packet */
	w.input.ip_id = 0;
	SAY(&w, 10 * MS, .start = "100");
	SAY(&w, 11 * S, .start = "180", .to_tag = "b");
	assert_codes(&w, 12 * S, "capture-ended captured-twice long-setup");
	assert_why(&w, 12 * S, "The capture ended while the call rang.");
	world_clear(&w);
}

static void test_icmp(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "OPTIONS");
	struct track_icmp_input in = {
		.src = { .family = 4, .bytes = { 10, 0, 0, 1 }, .port = 5060 },
		.dst = { .family = 4, .bytes = { 10, 0, 0, 2 }, .port = 5060 },
		.from = { .family = 4, .bytes = { 10, 0, 0, 9 } },
		.at = w.now,
		.frame = 2,
		.type = 3,
		.code = 3
	};
	assert_int_equal(tracker_icmp(w.tracker, w.now, &in), OK);
	assert_codes(&w, 1 * S, "icmp-error");
	struct find find;
	char text[FIND_TEXT_MAX];
	find_init(&find, &w.mem, w.tracker);
	find_run(&find, w.now);
	find_text(&find, find_at(&find, 1), &words, text);
	assert_string_equal(text,
	                    "host9 reports: port unreachable. The OPTIONS from host1 to "
	                    "host2 did not arrive.");
	find_clear(&find);
	world_clear(&w);
}

/* Counts are right when no finding could be kept. */
static void test_without_memory(void **unused)
{
	(void)unused;
	struct world w;
	struct find find;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	world_wait(&w, 32 * S);
	w.mem.fail_at = w.mem.taken + 1;
	find_init(&find, &w.mem, w.tracker);
	find_run(&find, w.now);
	assert_int_equal(find_count(&find), 0);
	assert_int_equal(find.refused, 1);
	assert_int_equal(find.counts[FIND_ERROR], 1);
	find_clear(&find);
	world_clear(&w);
}

/* --- what the sender gave as its reason */

struct answer {
	struct sip_msg msg;
	char           bytes[512];
};

static const struct sip_msg *read_answer(void *arg, uint32_t message)
{
	(void)message;
	return &((struct answer *)arg)->msg;
}

static const struct {
	const char *fields, *want;
} reasons[] = {
	{ "", "." },
	{ "Reason: Q.850;cause=17;text=\"User busy\"\r\n", ": User busy." },
	{ "Reason: Q.850;cause=17, SIP;cause=486;text=\"Not now, please\"\r\n",
	  ": Not now, please." },
	{ "Reason: Q.850;cause=17\r\nReason: X.1;text=later\r\n", ": later." },
	{ "Reason: Q.850;text=\"\"\r\nWarning: 399 a.example \"On a train\"\r\n",
	  ": On a train." },
	{ "Warning: 399 a.example \"One\", 399 b.example \"Two\"\r\n", ": One." },
	{ "Warning: 399 out of paper\r\n", ": 399 out of paper." },
	{ "Warning: 399 a.example \"\"\r\n", ": 399 a.example \"\"." },
};

static void test_own_words(void **unused)
{
	(void)unused;
	static struct answer answer;
	const struct find_words reading = { address, icmp_name, read_answer, &answer };
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct world w;
		struct find find;
		struct call_summary sum;
		char text[FIND_TEXT_MAX], want[FIND_TEXT_MAX];
		int n = snprintf(answer.bytes, sizeof(answer.bytes),
		                 "SIP/2.0 486 Busy Here\r\n%s\r\n", reasons[i].fields);
		struct slice in = { answer.bytes, (size_t)n };
		assert_int_equal(sip_msg_parse(&answer.msg, in, false), OK);
		world_init(&w);
		SAY(&w, 0, .start = "INVITE");
		SAY(&w, 1 * S, .start = "486", .to_tag = "b");
		find_init(&find, &w.mem, w.tracker);
		tracker_summarize(w.tracker, 1, &sum);
		find_why(&find, &sum, &reading, text);
		snprintf(want, sizeof(want), "%s%s",
		         "Refused as busy by host2 with 486 Busy Here 1.00 s after the "
		         "INVITE",
		         reasons[i].want);
		assert_string_equal(text, want);
		find_clear(&find);
		world_clear(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_own_words),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_sent_again),
		cmocka_unit_test(test_slow_and_late),
		cmocka_unit_test(test_acks),
		cmocka_unit_test(test_ack_past_a_proxy),
		cmocka_unit_test(test_ack_past_a_proxy_after_a_copy),
		cmocka_unit_test(test_finals),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_dialogs),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_challenges),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_without_memory),
	};
	return cmocka_run_group_tests_name("find/find", tests, NULL, NULL);
}
