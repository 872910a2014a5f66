/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/summary_text.h"

#include "unit/export/text_out.h"
#include "unit/view/calls.h"

#define A "10.0.0.1"
#define B "10.0.0.2"

static struct out out;
static struct calls c;

static int setup(void **state)
{
	(void)state;
	calls_init(&c);
	text_out_init(&out);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	calls_clear(&c);
	return 0;
}

static void message(uint64_t ms, const char *call, const char *start, const char *branch,
                    const char *cseq)
{
	char text[2048];
	bool response = strncmp(start, "SIP/2.0", 7) == 0;
	calls_packet(&c, ms, response ? B : A, 5060, response ? A : B, 5060,
	             calls_message(text, start, call, branch, cseq, false));
}

static void test_nothing(void **state)
{
	(void)state;
	struct export_totals totals = { .inputs = 1 };
	engine_finish(c.engine);
	summary_text(c.engine, &totals, &out);
	assert_string_equal(out.text, "Input\n"
	                              "               1  input\n");
}

static void test_counters(void **state)
{
	(void)state;
	struct export_totals totals = { .inputs = 2,
		                        .filtered = 1234567,
		                        .damaged_inputs = 1,
		                        .time_normalised = 2,
		                        .filter = "port 5060\x1b or vlan" };
	message(0, "x", "INVITE sip:bob@b.example SIP/2.0", "1", "1 INVITE");
	message(500, "x", "INVITE sip:bob@b.example SIP/2.0", "1", "1 INVITE");
	message(600, "x", "SIP/2.0 100 Trying", "1", "1 INVITE");
	message(700, "x", "SIP/2.0 486 Busy Here", "1", "1 INVITE");
	calls_same_packet(&c);
	message(701, "x", "SIP/2.0 486 Busy Here", "1", "1 INVITE");
	message(710, "x", "ACK sip:bob@b.example SIP/2.0", "1", "1 ACK");
	message(2000, "y", "INVITE sip:bob@b.example SIP/2.0", "2", "1 INVITE");
	message(2100, "y", "SIP/2.0 200 OK", "2", "1 INVITE");
	message(3000, "z", "FROBNICATE sip:bob@b.example SIP/2.0", "3", "1 FROBNICATE");
	calls_packet(&c, 4000, A, 5060, B, 5060, "OPTIONS sip:b SIP/2.0\r\n\r\n");
	engine_finish(c.engine);
	summary_text(c.engine, &totals, &out);

	char expected[4096];
	snprintf(expected, sizeof(expected),
	         "Input\n"
	         "               2  inputs\n"
	         "              10  packets\n"
	         "           %u,%03u  bytes\n"
	         "       1,234,567  packets left out by the filter\n"
	         "            from  2026-11-20T12:00:00.000000Z\n"
	         "              to  2026-11-20T12:00:04.000000Z\n"
	         "            span  4.000000 s\n"
	         "  capture filter  port 5060\\x1b or vlan\n"
	         "\n"
	         "SIP messages\n"
	         "              10  messages\n"
	         "               6    requests\n"
	         "               3      INVITE\n"
	         "               1      ACK\n"
	         "               1      OPTIONS\n"
	         "               1      of another method\n"
	         "               4    responses\n"
	         "               1      1xx\n"
	         "               1      2xx\n"
	         "               2      4xx\n"
	         "               1    retransmission\n"
	         "               1    duplicate (one packet, captured twice)\n"
	         "\n"
	         "Calls (messages with one Call-ID)\n"
	         "               3  calls\n"
	         "               2    invite\n"
	         "               1      in-call\n"
	         "               1      busy\n"
	         "               1    other\n"
	         "\n"
	         "Transactions\n"
	         "               3  transactions\n"
	         "               1    success\n"
	         "               1    failure\n"
	         "               1    unfinished\n"
	         "\n"
	         "Dialogs\n"
	         "               1  dialog\n"
	         "               1    confirmed\n"
	         "\n"
	         "Findings\n"
	         "               1  warning\n"
	         "               1    request-retransmitted\n"
	         "               2  note\n"
	         "               1    end-not-captured\n"
	         "               1    captured-twice\n"
	         "\n"
	         "Not analyzed, or in doubt\n"
	         "               1  input is cut or damaged\n"
	         "               1  message without a Call-ID or CSeq: in no call\n"
	         "               2  packet times with impossible fractions\n",
	         (unsigned)(c.bytes / 1000), (unsigned)(c.bytes % 1000));
	assert_in_range(c.bytes, 1000, 9999);
	assert_string_equal(out.text, expected);
}

/* What comes to nothing is told, each kind by its own line. */
static void test_lost(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"not IP",
		"fragmented datagram that never was whole",
		"100  bytes missing in TCP streams",
		"TCP segment without data",
		"SCTP packet or chunk with a false length",
		"another IP protocol",
		"unknown link type",
		"broken header",
		"captured shorter"
	};
	/* 132: SCTP, 1: ICMP */
	static const uint8_t protocols[] = { FRAMES_TCP, FRAMES_TCP, 132, 1 };
	uint32_t seq = 1;
	struct export_totals totals = { .inputs = 1 };
	struct frames f;
	struct frame frame;
	for (size_t i = 0; i < sizeof(protocols); i++) {
		frames_init(&f);
		frames_ethernet(&f, FRAMES_IPV4);
		frames_ipv4(&f, protocols[i], A, B);
		if (protocols[i] == FRAMES_TCP)
			frames_tcp(&f, 5060, 5060, seq, 0x18);
		seq += 27 + 100; /* the payload below, and a hole behind it */
		frames_text(&f, "payload that is long enough");
		frames_close(&f);
		frame = frames_frame(&f, 1);
		engine_frame(c.engine, &frame);
	}
	frames_init(&f); /* TCP without data */
	frames_ethernet(&f, FRAMES_IPV4);
	frames_ipv4(&f, FRAMES_TCP, A, B);
	frames_tcp(&f, 5060, 5060, 1, 0x10);
	frames_close(&f);
	frame = frames_frame(&f, 1);
	engine_frame(c.engine, &frame);
	frame.link = 65000;
	engine_frame(c.engine, &frame);
	frame.link = 1;
	frame.bytes.len = 20; /* cut in the IP header */
	engine_frame(c.engine, &frame);
	frames_init(&f);
	frames_ethernet(&f, 0x0806);
	frames_text(&f, "ARP");
	frame = frames_frame(&f, 1);
	engine_frame(c.engine, &frame);
	frames_init(&f); /* the first fragment of a datagram */
	frames_ethernet(&f, FRAMES_IPV4);
	size_t ip = frames_ipv4(&f, FRAMES_UDP, A, B);
	frames_put16(&f, ip + 6, 0x2000);
	frames_text(&f, "12345678");
	frames_close(&f);
	frame = frames_frame(&f, 1);
	engine_frame(c.engine, &frame);
	engine_finish(c.engine);
	summary_text(c.engine, &totals, &out);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strstr(out.text, lines[i]))
			fail_msg("no \"%s\" in:\n%s", lines[i], out.text);
	assert_null(strstr(out.text, "SIP messages"));
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_counters),
		TEST(test_lost),
	};
	return cmocka_run_group_tests_name("export/summary_text", tests, NULL, NULL);
}
