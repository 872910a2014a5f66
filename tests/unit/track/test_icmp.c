/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "world.h"

static struct track_endpoint host(unsigned n, uint16_t port)
{
	return (struct track_endpoint){
		.family = 4, .bytes = { 10, 0, 0, (uint8_t)n }, .port = port
	};
}

/* An error of host 9 about a packet from `src` to `dst`, port 5060 each, of which `text`
 * was quoted. */
static enum err report(struct world *w, unsigned src, unsigned dst, const char *text)
{
	struct sip_msg msg;
	struct track_icmp_input in = { .src = host(src, 5060),
		                       .dst = host(dst, 5060),
		                       .from = host(9, 0),
		                       .at = w->now,
		                       .frame = 77,
		                       .ip_id = w->input.ip_id,
		                       .type = 3,
		                       .code = 3 };
	struct slice bytes = { text, text ? strlen(text) : 0 };
	if (sip_msg_parse(&msg, bytes, false) == OK)
		in.msg = &msg;
	return tracker_icmp(w->tracker, w->now, &in);
}

/* The oldest error of a transaction. */
static const struct track_icmp *about(const struct world *w, uint32_t txn)
{
	uint32_t id = tracker_icmp_of(w->tracker, txn);
	assert_int_not_equal(id, 0);
	return tracker_icmp_at(w->tracker, id);
}

/* As sip_text writes it, cut after the fields that tell. */
static const char *quote(const struct sip_text *m, char *out)
{
	sip_text(out, SIP_TEXT_MAX, m);
	char *end = strstr(out, "\r\n\r\n");
	assert_non_null(end);
	*end = '\0';
	return out;
}
#define QUOTE(...) quote(&(struct sip_text){ __VA_ARGS__ }, (char[SIP_TEXT_MAX]){ 0 })

static void test_quoted_request(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	struct track_result first = SAY(&w, 0, .start = "INVITE");
	struct track_result other = SAY(&w, 1, .start = "OPTIONS", .branch = "o");
	assert_int_equal(report(&w, 1, 2, QUOTE(.start = "INVITE")), OK);
	const struct track_icmp *icmp = about(&w, first.transaction);
	assert_int_equal(icmp->message, first.message);
	assert_int_equal(icmp->frame, 77);
	assert_int_equal(icmp->from.bytes[3], 9);
	assert_int_equal(icmp->type, 3);
	assert_int_equal(icmp->code, 3);
	assert_int_equal(icmp->next, 0);
	assert_int_equal(tracker_icmp_of(w.tracker, other.transaction), 0);
	assert_int_equal(tracker_stats(w.tracker)->icmp, 1);
	/* it moves nothing and is no message */
	assert_int_equal(tracker_transaction_at(w.tracker, first.transaction)->state,
	                 TXN_CALLING);
	assert_int_equal(tracker_messages(w.tracker), 2);
	world_clear(&w);
}

static void test_quoted_response_and_acks(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	struct track_result invite = SAY(&w, 0, .start = "INVITE");
	uint32_t ok = SAY(&w, 1, .start = "200", .to_tag = "b").message;
	uint32_t ack = SAY(&w, 2, .start = "ACK", .to_tag = "b", .branch = "a").message;
	assert_int_equal(report(&w, 2, 1, QUOTE(.start = "200", .to_tag = "b")), OK);
	assert_int_equal(
		report(&w, 1, 2, QUOTE(.start = "ACK", .to_tag = "b", .branch = "a")),
		OK);
	const struct track_icmp *icmp = about(&w, invite.transaction);
	assert_int_equal(icmp->message, ok);
	icmp = tracker_icmp_at(w.tracker, icmp->next);
	assert_int_equal(icmp->message, ack);
	assert_int_equal(icmp->next, 0);
	world_clear(&w);
}

/* The identification tells which of the copies it was, where there is one. */
static void test_which_copy(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	w.input.ip_id = 100;
	struct track_result first = SAY(&w, 0, .start = "INVITE");
	w.input.ip_id = 101;
	uint32_t second = SAY(&w, 500 * TICK_MS, .start = "INVITE").message;
	assert_int_equal(report(&w, 1, 2, QUOTE(.start = "INVITE")), OK);
	w.input.ip_id = 100;
	assert_int_equal(report(&w, 1, 2, QUOTE(.start = "INVITE")), OK);
	w.input.ip_id = 0;
	assert_int_equal(report(&w, 1, 2, QUOTE(.start = "INVITE")), OK);
	w.input.ip_id = 99;
	assert_int_equal(report(&w, 1, 2, QUOTE(.start = "INVITE")), OK);
	const uint32_t messages[] = { second, first.message, second, 0 };
	uint32_t id = tracker_icmp_of(w.tracker, first.transaction);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(tracker_icmp_at(w.tracker, id)->message, messages[i]);
		id = tracker_icmp_at(w.tracker, id)->next;
	}
	assert_int_equal(id, 0);
	world_clear(&w);
}

/* Eight bytes behind the IP header, as RFC 792 asks for: ports and nothing of SIP. */
static void test_ports_alone(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	struct track_result last = SAY(&w, 1, .start = "OPTIONS", .branch = "o");
	assert_int_equal(report(&w, 2, 1, NULL), ERR_MORE); /* nothing went that way */
	assert_int_equal(report(&w, 1, 2, NULL), OK);
	assert_int_equal(about(&w, last.transaction)->message, last.message);
	/* a start line, and cut before the Call-ID */
	assert_int_equal(report(&w, 1, 2, "OPTIONS sip:b SIP/2.0\r\nVia: SIP"), OK);
	world_wait(&w, 32 * TICK_S + 1); /* the last one may be sent again until then */
	assert_int_equal(report(&w, 1, 2, NULL), OK);
	world_wait(&w, 32 * TICK_S + 2); /* about a later one, which was not captured */
	assert_int_equal(report(&w, 1, 2, NULL), ERR_MORE);
	assert_int_equal(tracker_stats(w.tracker)->icmp, 3);
	assert_int_equal(tracker_stats(w.tracker)->icmp_untied, 2);
	world_clear(&w);
}

static void test_about_nothing_seen(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	assert_int_equal(report(&w, 1, 2, NULL), ERR_MORE);
	SAY(&w, 0, .start = "INVITE");
	assert_int_equal(
		report(&w, 1, 2, QUOTE(.start = "INVITE", .call_id = "other")), OK);
	/* what was quoted to the end names another call: not the last one then */
	char whole[SIP_TEXT_MAX];
	sip_text(whole, sizeof(whole),
	         &(struct sip_text){ .start = "INVITE", .call_id = "other" });
	assert_int_equal(report(&w, 1, 2, whole), ERR_MORE);
	assert_int_equal(report(&w, 3, 2, QUOTE(.start = "INVITE")), ERR_MORE);
	world_clear(&w);
}

static void test_without_memory(void **unused)
{
	(void)unused;
	for (uint64_t n = 1;; n++) {
		struct world w;
		world_init(&w);
		struct track_result is = SAY(&w, 0, .start = "INVITE");
		w.mem.fail_at = w.mem.taken + n;
		enum err err = report(&w, 1, 2, NULL);
		bool failed = w.mem.refused > 0;
		assert_int_equal(err, failed ? ERR_NOMEM : OK);
		assert_int_equal(tracker_stats(w.tracker)->icmp_refused, failed);
		assert_int_equal(tracker_icmp_of(w.tracker, is.transaction), !failed);
		world_clear(&w);
		if (!failed)
			break;
		assert_true(n < 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoted_request),
		cmocka_unit_test(test_quoted_response_and_acks),
		cmocka_unit_test(test_which_copy),
		cmocka_unit_test(test_ports_alone),
		cmocka_unit_test(test_about_nothing_seen),
		cmocka_unit_test(test_without_memory),
	};
	return cmocka_run_group_tests_name("track/icmp", tests, NULL, NULL);
}
