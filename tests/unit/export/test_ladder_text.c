/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/ladder_text.h"

#include "unit/export/text_out.h"
#include "unit/view/calls.h"

#define A "10.0.0.1"
#define B "10.0.0.2"

static struct out out;

static int setup(void **state)
{
	static struct calls c;
	calls_init(&c);
	text_out_init(&out);
	*state = &c;
	return 0;
}

static int teardown(void **state)
{
	calls_clear(*state);
	return 0;
}

static void message(struct calls *c, uint64_t ms, const char *call, const char *start,
                    const char *branch, const char *cseq, bool sdp)
{
	char text[2048];
	bool response = strncmp(start, "SIP/2.0", 7) == 0;
	calls_packet(c, ms, response ? B : A, 5060, response ? A : B, 5060,
	             calls_message(text, start, call, branch, cseq, sdp));
}

/* A call that ended well, one that did not, and a registration. */
static void three_calls(struct calls *c)
{
	message(c, 0, "x", "INVITE sip:bob@b.example SIP/2.0", "1", "1 INVITE", true);
	message(c, 500, "x", "INVITE sip:bob@b.example SIP/2.0", "1", "1 INVITE", true);
	message(c, 2123, "x", "SIP/2.0 200 OK", "1", "1 INVITE", true);
	message(c, 2130, "x", "ACK sip:bob@b.example SIP/2.0", "2", "1 ACK", false);
	message(c, 14999, "x", "BYE sip:bob@b.example SIP/2.0", "3", "2 BYE", false);
	message(c, 15001, "x", "SIP/2.0 200 OK", "3", "2 BYE", false);
	message(c, 20000, "y", "INVITE sip:bob SIP/2.0", "4", "1 INVITE", false);
	message(c, 20100, "y", "SIP/2.0 486 Busy Here", "4", "1 INVITE", false);
	message(c, 20200, "y", "ACK sip:bob SIP/2.0", "4", "1 ACK", false);
	message(c, 30000, "z", "REGISTER sip:b SIP/2.0", "5", "1 REGISTER", false);
	message(c, 30100, "z", "SIP/2.0 200 OK", "5", "1 REGISTER", false);
	engine_finish(c->engine);
}

static uint32_t write_all(struct calls *c, const struct select *sel, unsigned width,
                          bool utf8)
{
	struct ladder_text l = { .engine = c->engine,
		                 .select = sel,
		                 .out = &out,
		                 .width = width,
		                 .utf8 = utf8 };
	assert_int_equal(ladder_text_all(&l), OK);
	return l.count;
}

static void test_all(void **state)
{
	struct select sel = { 0 };
	three_calls(*state);
	assert_int_equal(write_all(*state, &sel, 80, true), 3);
	assert_string_equal(out.text,
"call 1  completed  alice@a.example → bob@b.example\n"
"  setup 2.123 s, talk 12.8 s, 6 messages, 1 retransmission\n"
"  Call-ID: x\n"
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │────────────── INVITE (SDP) ──────────────▶│\n"
"12:00:00.500    +0.500       │─────── INVITE (SDP) (again, 2nd) ───────▶▶│\n"
"12:00:02.123    +1.623       │◀────────────── 200 OK (SDP) ──────────────│\n"
"12:00:02.130    +0.007       │────────────────── ACK ───────────────────▶│\n"
"                             ┊               ── 12.8 s ──                ┊\n"
"12:00:14.999   +12.869       │────────────────── BYE ───────────────────▶│\n"
"12:00:15.001    +0.002       │◀───────────────── 200 OK ─────────────────│\n"
"\n"
"call 2  busy 486  alice@a.example → bob@b.example\n"
"  3 messages\n"
"  Call-ID: y\n"
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:20.000                 │───────────────── INVITE ─────────────────▶│\n"
"12:00:20.100    +0.100       │◀───────────── 486 Busy Here ──────────────│\n"
"12:00:20.200    +0.100       │────────────────── ACK ───────────────────▶│\n"
"\n"
"call 3  register success  alice@a.example → bob@b.example\n"
"  2 messages\n"
"  Call-ID: z\n"
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:30.000                 │──────────────── REGISTER ────────────────▶│\n"
"12:00:30.100    +0.100       │◀───────────────── 200 OK ─────────────────│\n");
}

static void test_narrow_ascii(void **state)
{
	struct slice id = SLICE("x");
	struct select sel = { .call_ids = &id, .ncall_ids = 1 };
	three_calls(*state);
	assert_int_equal(write_all(*state, &sel, 40, false), 1);
	assert_string_equal(out.text,
"call 1  completed  alice@a~ -> bob@b.ex~\n"
"  setup 2.123 s, talk 12.8 s,\n"
"  6 messages, 1 retransmission\n"
"  Call-ID: x\n"
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"2026-11-20 UTC         1               2\n"
"12:00:00.000           | INVITE (SDP) >|\n"
"12:00:00.500    +0.500 |-- INVITE --->>|\n"
"12:00:02.123    +1.623 |< 200 OK (SDP) |\n"
"12:00:02.130    +0.007 |---- ACK ----->|\n"
"                       : -- 12.8 s --  :\n"
"12:00:14.999   +12.869 |---- BYE ----->|\n"
"12:00:15.001    +0.002 |<--- 200 OK ---|\n");
}

static void test_selection(void **state)
{
	struct slice id = SLICE("nobody");
	struct select sel = { .invite_only = true };
	three_calls(*state);
	assert_int_equal(write_all(*state, &sel, 80, true), 2);
	assert_null(strstr(out.text, "register"));
	text_out_init(&out);
	sel = (struct select){ .call_ids = &id, .ncall_ids = 1 };
	assert_int_equal(write_all(*state, &sel, 80, true), 0);
	assert_int_equal(out.len, 0);
}

/* More related calls than a line holds: it says how many there are beyond it. */
static void test_related(void **state)
{
	struct calls *c = *state;
	struct slice id = SLICE("x");
	struct select sel = { .call_ids = &id, .ncall_ids = 1 };
	char text[512];
	message(c, 0, "x", "INVITE sip:bob SIP/2.0", "x", "1 INVITE", false);
	for (unsigned i = 0; i < 12; i++) {
		snprintf(text, sizeof(text),
		         "INVITE sip:b SIP/2.0\r\n"
		         "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK%u\r\n"
		         "From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\n"
		         "Call-ID: back-%u\r\nCSeq: 1 INVITE\r\nIn-Reply-To: x\r\n\r\n",
		         i, i);
		calls_packet(c, 10 + i, A, 5060, B, 5060, text);
	}
	assert_int_equal(write_all(c, &sel, 80, true), 1);
	assert_non_null(strstr(out.text,
"\n  Call-ID: x\n"
"  related: call 2 (in-reply-to), call 3 (in-reply-to), 10 more\n"
"2026-11-20 UTC"));
	text_out_init(&out);
	assert_int_equal(write_all(c, &sel, 40, false), 1);
	assert_non_null(strstr(out.text, "\n  related: call 2 (in-reply-to), 11 more\n"));
	id = SLICE("back-3");
	text_out_init(&out);
	assert_int_equal(write_all(c, &sel, 40, false), 1);
	assert_non_null(strstr(out.text, "\n  related: call 1 (in-reply-to)\n"));
}

/* Bytes of a packet in the heading: nothing but text comes out, in its place. */
static void test_hostile_heading(void **state)
{
	struct calls *c = *state;
	struct select sel = { 0 };
	calls_packet(c, 0, A, 5060, B, 5060,
	             "MESSAGE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
	             "From: <sip:\x1b[31m@a>;tag=1\r\nTo: <tel:+1\x07>\r\n"
	             "Call-ID: \x1b]0;owned\x07\xff\r\nCSeq: 1 MESSAGE\r\n\r\n");
	assert_int_equal(write_all(c, &sel, 80, true), 1);
	for (size_t i = 0; i < out.len; i++)
		assert_true(out.text[i] == '\n' || (unsigned char)out.text[i] >= 0x20);
	assert_non_null(strstr(out.text, "call 1  message unfinished  \\x1b[31m@a → "));
	assert_non_null(strstr(out.text, "\n  Call-ID: \\x1b]0;owned\\x07\\xff\n"));
}

/* The capture began inside the call. */
static void test_beginning_missing(void **state)
{
	struct calls *c = *state;
	struct select sel = { 0 };
	message(c, 0, "x", "BYE sip:bob@b.example SIP/2.0", "3", "2 BYE", false);
	assert_int_equal(write_all(c, &sel, 80, false), 1);
	assert_non_null(strstr(out.text, "call 1  completed  "));
	assert_non_null(strstr(out.text, "  1 message, its beginning was not captured"));
}

/* An output that fails ends the work, and no memory stays. */
static void test_failed_output(void **state)
{
	struct calls *c = *state;
	struct select sel = { 0 };
	three_calls(c);
	write_all(c, &sel, 80, true);
	size_t used = engine_mem(c->engine)->used, len = out.len;
	for (size_t room = 0; room < len; room += 97) {
		text_out_init(&out);
		out.room = room;
		write_all(c, &sel, 80, true);
		assert_int_equal(engine_mem(c->engine)->used, used);
	}
}

static void test_no_memory(void **state)
{
	struct calls *c = *state;
	struct select sel = { 0 };
	struct ladder_text l = { 0 };
	calls_packet(c, 0, A, 5060, B, 5060,
	             "INVITE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
	             "From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: w\r\n"
	             "CSeq: 1 INVITE\r\nIn-Reply-To: x\r\n\r\n");
	three_calls(c);
	write_all(c, &sel, 80, true);
	struct mem *mem = engine_mem(c->engine);
	size_t used = mem->used;
	enum err err = ERR_NOMEM;
	for (unsigned n = 1; err != OK && n < 1000; n++) {
		text_out_init(&out);
		mem->fail_at = mem->taken + n;
		l = (struct ladder_text){ .engine = c->engine,
			                  .select = &sel,
			                  .out = &out,
			                  .width = 80,
			                  .utf8 = true };
		err = ladder_text_all(&l);
		assert_int_equal(mem->used, used);
	}
	assert_int_equal(err, OK);
	assert_int_equal(l.count, 4);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_all),
		TEST(test_narrow_ascii),
		TEST(test_selection),
		TEST(test_related),
		TEST(test_hostile_heading),
		TEST(test_beginning_missing),
		TEST(test_failed_output),
		TEST(test_no_memory),
	};
	return cmocka_run_group_tests_name("export/ladder_text", tests, NULL, NULL);
}
