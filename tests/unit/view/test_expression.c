/* SPDX-License-Identifier: MIT */
/* Expressions: what they select, what is wrong with wrong ones, and what bounds them. */
#include "config.h"

#include "view/expression.h"

#include <stdlib.h>

#include "unit/view/calls.h"
#include "view/field.h"

static struct calls calls;
static struct mem mem;

/* A message of our own from one host to the other, 10.0.0.FROM to 10.0.0.TO. */
static void say(uint64_t ms, unsigned from, unsigned to, const char *text)
{
	char src[16], dst[16];
	snprintf(src, sizeof(src), "10.0.0.%u", from);
	snprintf(dst, sizeof(dst), "10.0.0.%u", to);
	calls_packet(&calls, ms, src, 5060, dst, 5070, text);
}

/* Call 1: INVITE, 486, ACK. Call 2: REGISTER, 403. Call 3: INVITE, 180, 200, ACK, BYE,
 * 200. Call 4: an ACK alone. */
static int setup(void **state)
{
	(void)state;
	char text[2048];
	calls_init(&calls);
	mem_init(&mem, 1U << 24);
	say(0, 1, 2,
	    "INVITE sip:bob@b.example SIP/2.0\r\nVia: SIP/2.0/UDP "
	    "10.0.0.1;branch=z9hG4bKone\r\nFrom: \"Al \\\"x\\\"\" "
	    "<sip:1001@a.example>;tag=f1\r\nTo: <sip:bob@b.example:5070>\r\nCall-ID: "
	    "one\r\n"
	    "CSeq: 1 INVITE\r\nX-Account: 77\r\nX-Account: 78\r\nMax-Forwards: 70\r\n"
	    "Contact: <sip:1001@10.0.0.1>\r\nUser-Agent: phone/1.0\r\nContent-Length: "
	    "0\r\n\r\n");
	say(1500, 2, 1,
	    "SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP "
	    "10.0.0.1;branch=z9hG4bKone\r\nFrom: <sip:1001@a.example>;tag=f1\r\nTo: "
	    "<sip:bob@b.example:5070>;tag=t1\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n"
	    "Server: switch\r\nContent-Length: 0\r\n\r\n");
	say(1510, 1, 2,
	    calls_message(text, "ACK sip:bob@b.example SIP/2.0", "one", "one", "1 ACK",
	                  false));
	say(2000, 1, 9,
	    calls_message(text, "REGISTER sip:b.example SIP/2.0", "two", "two",
	                  "7 REGISTER", false));
	say(2100, 9, 1,
	    calls_message(text, "SIP/2.0 403 Forbidden", "two", "two", "7 REGISTER",
	                  false));
	say(3000, 1, 2,
	    calls_message(text, "INVITE sip:bob@b.example SIP/2.0", "three", "three",
	                  "1 INVITE", true));
	say(3250, 2, 1,
	    calls_message(text, "SIP/2.0 180 Ringing", "three", "three", "1 INVITE",
	                  false));
	say(5000, 2, 1,
	    calls_message(text, "SIP/2.0 200 OK", "three", "three", "1 INVITE", true));
	say(5010, 1, 2,
	    calls_message(text, "ACK sip:bob@b.example SIP/2.0", "three", "ack", "1 ACK",
	                  false));
	say(9000, 1, 2,
	    calls_message(text, "BYE sip:bob@b.example SIP/2.0", "three", "bye", "2 BYE",
	                  false));
	say(9010, 2, 1,
	    calls_message(text, "SIP/2.0 200 OK", "three", "bye", "2 BYE", false));
	say(9500, 1, 2,
	    calls_message(text, "ACK sip:bob@b.example SIP/2.0", "four", "stray", "5 ACK",
	                  false));
	engine_finish(calls.engine);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	calls_clear(&calls);
	assert_int_equal(mem.used, 0);
	return 0;
}

/* The expression selects these calls, "1 3". */
static void selects(const char *text, const char *want)
{
	struct expression *x;
	struct expression_error error = { 0 };
	char got[64] = "";
	enum err e = expression_new(&x, &mem, slice_of(text), &error);
	if (e != OK)
		fail_msg("%s: column %u: %s", text, error.column, error.why);
	for (uint32_t id = 1; id <= 4; id++)
		if (expression_call(x, calls.engine, id))
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%u",
			         *got ? " " : "", id);
	if (strcmp(got, want) != 0)
		fail_msg("%s: selects '%s', not '%s'", text, got, want);
	assert_int_equal(expression_given_up(x), 0);
	expression_free(x);
}

static void is_wrong(const char *text, unsigned column, const char *part)
{
	struct expression *x;
	struct expression_error error = { 0 };
	enum err e = expression_new(&x, &mem, slice_of(text), &error);
	if (e != ERR_FORMAT)
		fail_msg("%s: is taken for right", text);
	if (error.column != column || !strstr(error.why, part))
		fail_msg("%s: column %u: %s", text, error.column, error.why);
}

static void test_calls(void **state)
{
	(void)state;
	selects("state == busy", "1");
	selects("state == \"busy\"", "1");
	selects("state != busy", "3 4"); /* a REGISTER has no state */
	selects("not state == busy", "2 3 4");
	selects("! (state == busy)", "2 3 4");
	selects("kind == register", "2");
	selects("call.kind == register", "2");
	selects("kind in {register, invite}", "1 2 3 4");
	selects("call_id == three", "3");
	selects("call_id contains \"r\"", "3 4");
	selects("call_id ~ \"^t\"", "2 3");
	selects("call_id matches '^t'", "2 3");
	selects("id == 2", "2");
	selects("from.user == 1001", "1");
	selects("from.user ~ '^alice$'", "2 3 4");
	selects("from.display == 'Al \"x\"'", "1");
	selects("from.tag == f1", "1");
	selects("to.host == \"b.example:5070\"", "1");
	selects("to.user == bob", "1 2 3 4");
	selects("request_uri == \"sip:b.example\"", "2");
	selects("source.ip == 10.0.0.1", "1 2 3 4");
	selects("destination.ip == 10.0.0.9", "2");
	selects("destination.ip == 10.0.0.8/29", "2");
	selects("destination.ip in {10.0.0.9, 10.0.0.0/30}", "1 2 3 4");
	selects("destination.ip == ::/0", "");
	selects("destination.port == 5070 and source.port == 5060", "1 2 3 4");
	selects("messages == 3", "1");
	selects("messages > 2 && messages < 4", "1");
	selects("transactions >= 2", "3");
	selects("dialogs", "1 2 3 4"); /* it is there, and may be 0 */
	selects("dialogs > 0", "3");
	selects("retransmissions == 0", "1 2 3 4");
	selects("pdd_ms == 250", "3");
}

static void test_times(void **state)
{
	(void)state;
	selects("setup_ms > 1999.9", "3");
	selects("setup_ms in {0..1, 2000..2000.5}", "3");
	selects("setup_ms in {0..1}", "");
	selects("talk_ms >= 4000", "3");
	selects("talk_ms > 4000", "");
	selects("final_status == 486", "1");
	selects("final_reason contains Busy", "1");
	selects("ended_by == caller", "3");
	selects("why contains \"busy\"", "1");
	selects("start_seen", "1 3");
	selects("start_seen == false", "4");
	selects("end_seen == true", "1 3");
	selects("started < \"2026-11-20T12:00:02Z\"", "1");
	selects("started >= \"2026-11-20T12:00:02Z\"", "2 3 4");
	selects("started == \"2026-11-20T12:00:02\"", "2");
	selects("started in {\"2026-11-20 12:00\"..\"2026-11-20T12:00:02.000000000Z\"}",
	        "1 2");
	selects("ringing", "3");
	selects("answered > 2026-11-20", "3");
	selects("ended", "1 3");
}

static void test_messages(void **state)
{
	(void)state;
	selects("method == REGISTER and status == 403", "2");
	selects("any(method == REGISTER and status == 403)", "");
	selects("any(status == 200 and cseq.method == BYE)", "3");
	selects("any(status == 486 and cseq.method == BYE)", "");
	selects("status in {400..499}", "1 2");
	selects("message.id == 4", "2");
	selects("frame <= 3", "1");
	selects("time > \"2026-11-20T12:00:09.4Z\"", "4");
	selects("transport == udp", "1 2 3 4");
	selects("src.ip == 10.0.0.9", "2");
	selects("any(src.ip == 10.0.0.9 and dst.port == 5070)", "2");
	selects("any(src.port == 5070)", "");
	selects("uri ~ 'b\\.example$'", "1 2 3 4");
	selects("reason == Ringing", "3");
	selects("cseq.number == 7", "2");
	selects("message.from.tag == f1", "1");
	selects("message.to.tag == t1", "1");
	selects("to.tag == t1", "1"); /* no field of the call: a message's */
	selects("via.branch == z9hG4bKone", "1");
	selects("via.host == 10.0.0.1", "1 2 3 4");
	selects("contact == 'sip:1001@10.0.0.1'", "1");
	selects("max_forwards == 70", "1 2 3 4");
	selects("max_forwards < 70", "");
	selects("user_agent == switch", "1");
	selects("user_agent ~ phone", "1");
	selects("content_type contains sdp", "3");
	selects("content_length > 0", "3");
	selects("body_length > 0", "3");
	selects("body ~ '^v=0'", "3");
	selects("raw ~ 'Busy Here'", "1");
	selects("repeat", "");
	selects("repeat == retransmission", "");
	selects("odd == missing-max-forwards", "");
	selects("header(\"X-Account\") == \"77\"", "1");
	selects("header(X-Account) == 78", "1");
	selects("any(header(\"x-account\") == \"79\")", "");
	selects("header(\"i\") == three", "3"); /* compact form of Call-ID */
	selects("header(Nobody)", "");
	selects("header(X-Account) != 77", "");
	selects("header(X-Account) != 1", "1"); /* none without one */
}

static void test_others(void **state)
{
	(void)state;
	selects("transaction.method == BYE", "3");
	selects("transaction.state == confirmed", "1");
	selects("transaction.outcome == failure", "1 2");
	selects("transaction.status == 403", "2");
	selects("dialog.state == terminated", "3");
	selects("dialog.end == bye", "3");
	selects("dialog.inferred == true", "");
	selects("finding == ack-stray", "4");
	selects("finding.code == ack-stray and finding.gap", "4");
	selects("finding.severity == error", "2");
}

static void test_grammar(void **state)
{
	(void)state;
	selects("id == 1 or id == 2 and id == 3", "1");
	selects("(id == 1 or id == 2) and id == 2", "2");
	selects("id == 1 || id == 2 or id == 4", "1 2 4");
	selects("not not id == 1", "1");
	selects("not id == 1 and not id == 2", "3 4");
	selects("id gt 1 and id le 3 and id ne 2", "3");
	selects("id ge 4 or id lt 2 or id eq 3", "1 3 4");
	selects("id==1||id==2", "1 2");
	selects(" \t id\n==\r1 ", "1");
	selects("any(any(id == 1))", "1");
}

static void test_wrong(void **state)
{
	(void)state;
	is_wrong("", 1, "name of a field");
	is_wrong("stat == busy", 1, "do you mean 'state'");
	is_wrong("zzzzzzzzz == 1", 1, "docs/filter.md");
	is_wrong("state == bussy", 10, "do you mean 'busy'");
	is_wrong("state == x", 10, "can be");
	is_wrong("state = busy", 7, "==");
	is_wrong("state == busy kind", 15, "'and' or 'or'");
	is_wrong("state == busy and", 18, "name of a field");
	is_wrong("(state == busy", 15, "')'");
	is_wrong("state == busy)", 14, "'and' or 'or'");
	is_wrong("id == one", 7, "number");
	is_wrong("id == 1.x", 7, "number");
	is_wrong("id in 1", 7, "'{'");
	is_wrong("id in {1", 9, "'}'");
	is_wrong("id in {1;2}", 8, "number");
	is_wrong("call_id in {a..b}", 14, "range");
	is_wrong("id contains 1", 4, "no text");
	is_wrong("state < busy", 7, "no order");
	is_wrong("started == noon", 12, "time");
	is_wrong("started == \"2026-13-01\"", 12, "time");
	is_wrong("src.ip == 10.0.0.0/33", 11, "address");
	is_wrong("src.ip == host", 11, "address");
	is_wrong("start_seen == yes", 15, "true or false");
	is_wrong("call_id ~ 'a(b'", 15, "regular expression");
	is_wrong("call_id == 'abc", 12, "never ends");
	is_wrong("call_id == ", 11, "value");
	is_wrong("header == 1", 8, "'('");
	is_wrong("header(\"X\" == 1", 12, "')'");
	is_wrong("any id == 1", 5, "'('");
	is_wrong("id & 1", 4, "no meaning");
	is_wrong("\x01", 1, "no meaning");
}

static char *repeated(const char *part, size_t n, const char *end)
{
	char *text = malloc(n * strlen(part) + strlen(end) + 1);
	assert_non_null(text);
	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * strlen(part), part, strlen(part) + 1);
	memcpy(text + n * strlen(part), end, strlen(end) + 1);
	return text;
}

static void test_bounds(void **state)
{
	(void)state;
	char *text = repeated("(", 65, "id");
	is_wrong(text, 65, "too deeply");
	free(text);
	text = repeated("not ", 63, "id == 1"); /* an odd number of them */
	selects(text, "2 3 4");
	free(text);
	text = repeated("id or ", 128, "id");
	is_wrong(text, 771, "too large");
	free(text);
	text = repeated("id or ", 127, "id");
	selects(text, "1 2 3 4");
	free(text);
	text = repeated("1, ", 512, "1}");
	char *set = repeated("id in {", 1, text);
	is_wrong(set, 1544, "too many values");
	free(text);
	free(set);
	text = repeated("     ", 820, "id");
	is_wrong(text, EXPRESSION_TEXT_MAX + 1, "too long");
	free(text);
}

/* Work for one text is bounded, and giving up is counted. */
static void test_too_hard(void **state)
{
	(void)state;
	struct expression *x;
	struct expression_error error;
	assert_int_equal(expression_new(&x, &mem,
	                                SLICE("raw ~ '^(([^\\x00]+)+)+[\\x00\\x01]'"),
	                                &error),
	                 OK);
	assert_false(expression_call(x, calls.engine, 2));
	assert_true(expression_given_up(x) > 0);
	expression_free(x);
}

static void test_match(void **state)
{
	(void)state;
	struct expression *x;
	struct expression_error error = { 0 };
	static const struct {
		bool icase, invert, two, one;
	} cases[] = { { false, false, false, false },
		      { true, false, false, true },
		      { false, true, true, true },
		      { true, true, true, false } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(expression_new_match(&x, &mem, SLICE("busy here"),
		                                      cases[i].icase, cases[i].invert,
		                                      &error),
		                 OK);
		assert_int_equal(expression_call(x, calls.engine, 1), cases[i].one);
		assert_int_equal(expression_call(x, calls.engine, 2), cases[i].two);
		expression_free(x);
	}
	assert_int_equal(
		expression_new_match(&x, &mem, SLICE("a["), false, false, &error),
		ERR_FORMAT);
	assert_int_equal(error.column, 3);
	assert_true(strlen(error.why) > 0);
}

/* What cannot be read back has no text, and says nothing. */
static void test_broken_store(void **state)
{
	(void)state;
	calls.broken = true;
	selects("from.user", "");
	selects("raw", "");
	selects("method == INVITE", "1 3");
	calls.broken = false;
}

static void test_memory(void **state)
{
	(void)state;
	struct mem small;
	struct expression *x;
	struct expression_error error;
	enum err e = ERR_NOMEM;
	unsigned failures = 0;
	for (uint64_t n = 1; e != OK; n++, failures++) {
		mem_init(&small, 1U << 20);
		small.fail_at = n;
		e = expression_new(&x, &small, SLICE("raw ~ 'a(b|c)*' or id == 1"),
		                   &error);
		assert_true(e == OK || e == ERR_NOMEM);
		if (e == OK)
			expression_free(x);
		assert_int_equal(small.used, 0);
	}
	assert_true(failures > 4);
}

/* Each row can be found by its names, and has words where it is one. */
static void test_fields(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		enum field_id id = (enum field_id)i;
		char name[64];
		int n = snprintf(name, sizeof(name), "%s.%s",
		                 field_record_name(field_record(id)), field_name(id));
		assert_int_equal(field_find((struct slice){ name, (size_t)n }), id);
		assert_true(strlen(field_text(id)) > 3);
		assert_int_equal(field_type(id) == FIELD_WORD, field_word(id, 0) != NULL);
	}
	assert_int_equal(field_find(SLICE("state")), FIELD_CALL_STATE);
	assert_int_equal(field_find(SLICE("finding")), FIELD_FINDING_CODE);
	assert_int_equal(field_find(SLICE("end")), FIELD_COUNT);
	assert_int_equal(field_find(SLICE("message.state")), FIELD_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),    cmocka_unit_test(test_times),
		cmocka_unit_test(test_messages), cmocka_unit_test(test_others),
		cmocka_unit_test(test_grammar),  cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_bounds),   cmocka_unit_test(test_too_hard),
		cmocka_unit_test(test_match),    cmocka_unit_test(test_broken_store),
		cmocka_unit_test(test_memory),   cmocka_unit_test(test_fields),
	};
	return cmocka_run_group_tests_name("view/expression", tests, setup, teardown);
}
