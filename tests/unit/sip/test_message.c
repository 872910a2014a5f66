/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sip/message.h"
#include "text.h"
#include "walk.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(odd)      SIP_ODD_BIT(SIP_ODD_##odd)
#define BYTES(lit)    { lit, sizeof(lit) - 1 } /* a slice that may hold NUL */

/* Parts of messages without a flaw. */
#define VIA   "Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1\r\n"
#define FROM  "From: <sip:a@example.com>;tag=1\r\n"
#define TO    "To: <sip:b@example.com>\r\n"
#define ID    "Call-ID: 1@a.example.com\r\n"
#define HOPS  "Max-Forwards: 70\r\n"
#define CSEQ  "CSeq: 1 OPTIONS\r\n"
#define NO    "Content-Length: 0\r\n"
#define START "OPTIONS sip:b@example.com SIP/2.0\r\n"
#define MOST  VIA FROM TO ID HOPS CSEQ

static void assert_odd(uint64_t got, uint64_t want, const char *where)
{
	for (unsigned i = 0; i < SIP_ODD_COUNT; i++)
		if ((got ^ want) >> i & 1)
			fail_msg("%s: %s is%s set", where, sip_odd_code((enum sip_odd)i),
			         got >> i & 1 ? "" : " not");
}

/* Oddities that a start line alone brings with it. */
#define ALONE BIT(NO_EMPTY_LINE)

static const struct {
	const char *line;
	unsigned    status;              /* 0: a request */
	const char *method, *uri, *rest; /* rest: reason phrase */
	uint64_t    odd;
} starts[] = {
	{ "INVITE sip:b@example.com SIP/2.0", 0, "INVITE", "sip:b@example.com", "", 0 },
	{ "\r\n\n\r\r\nACK sip:b SIP/2.0\r\n", 0, "ACK", "sip:b", "", 0 },
	{ "x-1.!%*_+`'~ urn:service:sos SIP/2.0\r\n", 0, "x-1.!%*_+`'~",
	  "urn:service:sos", "", 0 },
	{ "BYE  sip:b \t SIP/2.0 \r\r\r\n", 0, "BYE", "sip:b", "",
	  BIT(START_LINE_SPACING) },
	{ "BYE\tsip:b SIP/2.0\r\n", 0, "BYE", "sip:b", "", BIT(START_LINE_SPACING) },
	{ "BYE sip:b\tSIP/2.0\r\n", 0, "BYE", "sip:b", "", BIT(START_LINE_SPACING) },
	{ "BYE sip:b SIP/2.0 \r\n", 0, "BYE", "sip:b", "", BIT(START_LINE_SPACING) },
	{ "BYE sip:b; x=y SIP/2.0\r\n", 0, "BYE", "sip:b; x=y", "",
	  BIT(URI_WHITE_SPACE) },
	{ "BYE <sip:b> SIP/2.0\r\n", 0, "BYE", "<sip:b>", "", BIT(URI_IN_BRACKETS) },
	{ "BYE sip:b sIp/2.0\r\n", 0, "BYE", "sip:b", "", BIT(VERSION_CASE) },
	{ "BYE sip:b SIP/2.0\n", 0, "BYE", "sip:b", "", BIT(BARE_LF) },
	{ "B{}E sip:b SIP/2.0\r\n", 0, "B{}E", "sip:b", "", BIT(BAD_METHOD) },
	{ "BYE \xc3\xa9\xff SIP/2.0\r\n", 0, "BYE", "\xc3\xa9\xff", "", 0 },
	{ "BYE SIP/2.0 SIP/2.0\r\n", 0, "BYE", "SIP/2.0", "", 0 },
	{ "SIP/2.0 Not SIP/2.0\r\n", 0, "SIP/2.0", "Not", "", BIT(BAD_METHOD) },
	/* other versions, where no doubt is left */
	{ "INVITE sip:b SIP/7.0\r\n", 0, "INVITE", "sip:b", "", BIT(BAD_VERSION) },
	{ "INVITE sip:b sip/2.00\r\n", 0, "INVITE", "sip:b", "", BIT(BAD_VERSION) },
	{ "BYE  tel:1 SIP/10.123456 \r\n", 0, "BYE", "tel:1", "",
	  BIT(BAD_VERSION) | BIT(START_LINE_SPACING) },
	{ "SIP/3.0 200 OK\r\n", 200, "", "", "OK", BIT(BAD_VERSION) },
	{ "sip/2.01\t486 \r\n", 486, "", "", "",
	  BIT(BAD_VERSION) | BIT(START_LINE_SPACING) },
	/* no Request-URI, and a method that is known */
	{ "BYE SIP/2.0\r\n", 0, "BYE", "", "", BIT(MISSING_URI) },
	{ "BYE  SIP/2.0\r\n", 0, "BYE", "", "", BIT(MISSING_URI) },
	{ "SIP/2.0 200 SIP/2.0\r\n", 200, "", "", "SIP/2.0", 0 },
	{ "SIP/2.0 200 OK\r\n", 200, "", "", "OK", 0 },
	{ "SIP/2.0 200 \r\n", 200, "", "", "", 0 },
	{ "SIP/2.0 200\r\n", 200, "", "", "", BIT(START_LINE_SPACING) },
	{ "SIP/2.0 200", 200, "", "", "", BIT(START_LINE_SPACING) },
	{ "SIP/2.0 200\tOK\r\n", 200, "", "", "OK", BIT(START_LINE_SPACING) },
	{ "SIP/2.0  404 Not Found\r\n", 404, "", "", "Not Found",
	  BIT(START_LINE_SPACING) },
	/* spaces belong to the Reason-Phrase: legal */
	{ "SIP/2.0 404  Not \xc3\xa9 Found \r\n", 404, "", "", "Not \xc3\xa9 Found", 0 },
	{ "sip/2.0 180 Ringing\r\n", 180, "", "", "Ringing", BIT(VERSION_CASE) },
	{ "SIP/2.0 999 Odd\r\n", 999, "", "", "Odd", BIT(BAD_STATUS) },
	{ "SIP/2.0 099 Odd\r\n", 99, "", "", "Odd", BIT(BAD_STATUS) },
	{ "SIP/2.0 699 Even\r\n", 699, "", "", "Even", 0 },
	{ "SIP/2.0 2000 OK\r\n", 0, "", "", "OK", BIT(BAD_STATUS) },
	{ "SIP/2.0 4294967496 Wrapped\r\n", 0, "", "", "Wrapped", BIT(BAD_STATUS) },
	{ "SIP/2.0 00200 OK\r\n", 0, "", "", "OK", BIT(BAD_STATUS) },
};

static void walk_start(struct slice in)
{
	struct sip_msg msg;
	enum err e = sip_msg_parse(&msg, in, false);
	assert_true((e == OK) == sip_msg_starts(in));
	if (e != OK)
		return;
	assert_true(walk_inside(msg.method, in) && walk_inside(msg.uri, in));
	assert_true(walk_inside(msg.code, in) && walk_inside(msg.reason, in));
	assert_true((msg.method.len == 0) == (msg.code.len > 0));
	assert_true(msg.code.len == 0 || msg.uri.len == 0);
}

static void start_lines(void **state)
{
	struct sip_msg msg;
	(void)state;
	for (size_t i = 0; i < LENGTH(starts); i++) {
		const char *where = starts[i].line;
		assert_int_equal(sip_msg_parse(&msg, text(where), false), OK);
		assert_true(sip_msg_starts(text(where)));
		assert_int_equal(msg.status, starts[i].status);
		assert_is(msg.method, starts[i].method, where);
		assert_is(msg.uri, starts[i].uri, where);
		assert_is(msg.reason, starts[i].rest, where);
		assert_odd(msg.odd, starts[i].odd | ALONE, where);
		assert_true(msg.truncated && !msg.whole_headers);
		assert_int_equal(msg.nhdrs, 0);
		walk_cuts(text(where), walk_start);
	}
	/* three zeros are digits too */
	assert_int_equal(sip_msg_parse(&msg, SLICE("SIP/2.0 000 None\r\n\r\n"), false),
	                 OK);
	assert_int_equal(msg.status, 0);
	assert_int_equal(msg.method.len, 0);
	/* the digits are kept where they are no status */
	struct slice in = SLICE("SIP/2.0 4294967496 Hm\r\n\r\n");
	assert_int_equal(sip_msg_parse(&msg, in, false), OK);
	assert_is(msg.code, "4294967496", "code");
	in = SLICE("BYE sip:b SIP/2.0\r\n\r\n");
	assert_int_equal(sip_msg_parse(&msg, in, false), OK);
	assert_is(msg.code, "", "code");
}

static void other_protocols_are_refused(void **state)
{
	static const struct slice bad[] = {
		BYTES(""),
		BYTES("\r\n\r\n"),
		BYTES("\0\0\0\0"),
		BYTES("\x80\x08\x12\x34\x00\x00\x00\xa0"), /* RTP */
		BYTES("\x00\x01\x00\x00\x21\x12\xa4\x42"), /* STUN */
		BYTES("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
		BYTES("M-SEARCH * HTTP/1.1\r\n"),
		BYTES("OPTIONS rtsp://a/b RTSP/1.0\r\n"),
		BYTES("MSRP d93kswow SEND\r\n"),
		BYTES("INVITE sip:b xSIP/2.0\r\n"),
		BYTES("SIP/2.0\r\n"),
		BYTES("over SIP/2.0\r\n"), /* no method, no URI: prose */
		BYTES("invite SIP/2.0\r\n"),
		BYTES("INVITE SIP/2.1\r\n"), /* one flaw too many */
		BYTES("INVITE b SIP/2.1\r\n"),
		BYTES("INVITE a/b:c SIP/2.1\r\n"),
		BYTES("IN{TE sip:b SIP/2.1\r\n"),
		BYTES("INVITE sip:b SIP/2\r\n"),
		BYTES("INVITE sip:b SIP/2.\r\n"),
		BYTES("INVITE sip:b SIP/.0\r\n"),
		BYTES("INVITE sip:b SIP/2.0.1\r\n"),
		BYTES("INVITE sip:b SIP/2x0\r\n"),
		BYTES("INVITE sip:b SIP/2.00000000000000000\r\n"),
		BYTES("SIP/2 200 OK\r\n"),
		BYTES("SIP/x.1 200 OK\r\n"),
		BYTES("SIP/2.1\r\n"),
		BYTES("SIP/2.1 OK\r\n"),
		BYTES("SIPS/2.0 200 OK\r\n"),
		BYTES(" SIP/2.0\r\n"),
		BYTES(" BYE sip:b SIP/2.0\r\n"),
		BYTES("Via: sip:b SIP/2.0\r\n"),
		BYTES("SIP/2.0 2x0 OK\r\n"),
		BYTES("SIP/2.0 20 OK\r\n"),
		BYTES("SIP/2.0 2\r\n"),
		BYTES("SIP/2.0 200OK\r\n"),
		BYTES("BYE sip:\0 SIP/2.0\r\n"),
		BYTES("BYE sip:\x7f SIP/2.0\r\n"),
		BYTES("BYE sip:b\r SIP/2.0\r\n"),
		BYTES("BYE sip:b SIP/2.0\r x\r\n"),
		BYTES("BYE sip:b\r\n SIP/2.0\r\n"),
		BYTES("SIP/2.0 200 O\x1bK\r\n"),
		BYTES("B\xc3\xa9 sip:b SIP/2.0\r\n"),
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		static struct sip_msg msg;
		msg.nhdrs = 7;
		if (sip_msg_starts(bad[i]) || msg.nhdrs != 7 ||
		    sip_msg_parse(&msg, bad[i], false) != ERR_FORMAT || msg.nhdrs != 7)
			fail_msg("%s", bad[i].p);
		walk_cuts(bad[i], walk_message);
	}
	assert_false(sip_msg_starts(SLICE_NONE));
}

/* What sip_msg_parse knows; the other rows are sip_check's. */
#define ONE_PASS                                                                         \
	(BIT(START_LINE_SPACING) | BIT(VERSION_CASE) | BIT(BAD_VERSION) |                \
	 BIT(BAD_METHOD) | BIT(MISSING_URI) | BIT(URI_WHITE_SPACE) |                     \
	 BIT(URI_IN_BRACKETS) | BIT(BAD_STATUS) | BIT(BARE_LF) |                         \
	 BIT(FOLDED_START_LINE) | BIT(NO_COLON) | BIT(EMPTY_HEADER_NAME) |               \
	 BIT(BAD_HEADER_NAME) | BIT(NO_EMPTY_LINE) | BIT(TOO_MANY_HEADERS) |             \
	 BIT(MISSING_VIA) | BIT(MISSING_FROM) | BIT(MISSING_TO) | BIT(MISSING_CALL_ID) | \
	 BIT(MISSING_CSEQ) | BIT(MISSING_MAX_FORWARDS) | BIT(REPEATED_HEADER) |          \
	 BIT(BAD_VIA) | BIT(BAD_CSEQ) | BIT(CSEQ_METHOD) | BIT(BAD_MAX_FORWARDS) |       \
	 BIT(BAD_CONTENT_LENGTH) | BIT(NO_CONTENT_LENGTH) | BIT(BODY_SHORT) |            \
	 BIT(BODY_LONG) | BIT(SEVERAL_MESSAGES) | BIT(NO_CONTENT_TYPE))

/* Each oddity in a message that has no other, or none that it does not bring. */
static const struct {
	const char *message;
	bool        stream;
	uint64_t    odd;
} oddities[] = {
	{ START MOST NO "\r\n", false, 0 },
	{ START MOST NO "\r\n", true, 0 },
	{ START MOST "\r\n", false, 0 },
	{ "SIP/2.0 200 OK\r\n" VIA FROM TO ID CSEQ "\r\n", false, 0 },
	/* legal, if rare: compact forms, folds, white space before a colon, case,
	 * an unknown method, lists over several fields, an empty field */
	{ "NEWMETHOD sip:b SIP/2.0\r\nv  :SIP / 2.0 / UDP a;branch=z9hG4bK1\r\n"
	  "f: \"a, b;c\" <sip:a>;tag=1\r\nt\t:\r\n <sip:b>\r\ni:\r\n\t1@a\r\n"
	  "MAX-FORWARDS: 70\r\ncSeQ: 1\r\n  NEWMETHOD\r\nVia: SIP/2.0/UDP b, SIP/2.0/UDP c"
	  "\r\nSubject:\r\nSupported: \r\nX-Any!: 1\r\nx-any!: 2\r\n\r\n", false, 0 },
	{ "OPTIONS  sip:b SIP/2.0\r\n" MOST "\r\n", false, BIT(START_LINE_SPACING) },
	{ "OPTIONS sip:b sip/2.0\r\n" MOST "\r\n", false, BIT(VERSION_CASE) },
	{ "OP(S sip:b SIP/2.0\r\n" VIA FROM TO ID HOPS "CSeq: 1 OP(S\r\n\r\n", false,
	  BIT(BAD_METHOD) },
	{ "OPTIONS sip:b c SIP/2.0\r\n" MOST "\r\n", false, BIT(URI_WHITE_SPACE) },
	{ "OPTIONS <sip:b> SIP/2.0\r\n" MOST "\r\n", false, BIT(URI_IN_BRACKETS) },
	{ "SIP/2.0 700 No\r\n" MOST "\r\n", false, BIT(BAD_STATUS) },
	{ "SIP/2.0 00000000200 OK\r\n" MOST "\r\n", false, BIT(BAD_STATUS) },
	{ "OPTIONS sip:b SIP/3.0\r\n" MOST "\r\n", false, BIT(BAD_VERSION) },
	{ "OPTIONS sip:b SIP/2.0\n" MOST "\r\n", false, BIT(BARE_LF) },
	{ START MOST "\n", false, BIT(BARE_LF) },
	{ START MOST "Subject: a\n b\r\n\r\n", false, BIT(BARE_LF) },
	{ START " x: y\r\n" MOST "\r\n", false, BIT(FOLDED_START_LINE) },
	{ START MOST "Subject\r\n\r\n", false, BIT(NO_COLON) },
	{ START MOST " : a\r\n: b\r\n\r\n", false, BIT(EMPTY_HEADER_NAME) },
	{ START MOST "Sub ject: a\r\n\r\n", false, BIT(BAD_HEADER_NAME) },
	{ START MOST, false, BIT(NO_EMPTY_LINE) },
	{ START FROM TO ID HOPS CSEQ "\r\n", false, BIT(MISSING_VIA) },
	{ START VIA TO ID HOPS CSEQ "\r\n", false, BIT(MISSING_FROM) },
	{ START VIA FROM ID HOPS CSEQ "\r\n", false, BIT(MISSING_TO) },
	{ START VIA FROM TO HOPS CSEQ "\r\n", false, BIT(MISSING_CALL_ID) },
	{ START VIA FROM TO HOPS CSEQ "i: \r\n\r\n", false, BIT(MISSING_CALL_ID) },
	{ START VIA FROM TO ID HOPS "\r\n", false, BIT(MISSING_CSEQ) },
	{ START VIA FROM TO ID CSEQ "\r\n", false, BIT(MISSING_MAX_FORWARDS) },
	/* who sent these does not follow RFC 3261, or that cannot be told */
	{ START FROM TO ID CSEQ "v: SIP/2.0/UDP a;branch=1\r\n\r\n", false, 0 },
	{ START FROM TO ID CSEQ
	  "v: SIP/2.0/UDP a, SIP/2.0/UDP b;branch=z9hG4bK1\r\n\r\n", false, 0 },
	{ START FROM TO ID CSEQ "Via: x\r\n\r\n", false, BIT(BAD_VIA) },
	{ START FROM TO ID CSEQ "Via: SIP/2.0/UDP a;branch=Z9HG4BK1\r\n\r\n", false,
	  BIT(MISSING_MAX_FORWARDS) },
	{ START MOST "t: <sip:c>\r\n\r\n", false, BIT(REPEATED_HEADER) },
	{ START MOST NO NO "\r\n", false, BIT(REPEATED_HEADER) },
	{ START FROM TO ID HOPS CSEQ "Via: x\r\n\r\n", false, BIT(BAD_VIA) },
	{ START VIA FROM TO ID HOPS "CSeq: x OPTIONS\r\n\r\n", false, BIT(BAD_CSEQ) },
	{ START VIA FROM TO ID HOPS "CSeq: 2147483647 OPTIONS\r\n\r\n", false, 0 },
	{ START VIA FROM TO ID HOPS "CSeq: 2147483648 OPTIONS\r\n\r\n", false,
	  BIT(BAD_CSEQ) },
	{ START VIA FROM TO ID HOPS "CSeq: 1 options\r\n\r\n", false, BIT(CSEQ_METHOD) },
	{ START VIA FROM TO ID CSEQ "Max-Forwards: 255\r\n\r\n", false, 0 },
	{ START VIA FROM TO ID CSEQ "Max-Forwards: 256\r\n\r\n", false,
	  BIT(BAD_MAX_FORWARDS) },
	{ START VIA FROM TO ID CSEQ "Max-Forwards: -1\r\n\r\n", false,
	  BIT(BAD_MAX_FORWARDS) },
	{ START MOST "l: 0x0\r\n\r\n", false, BIT(BAD_CONTENT_LENGTH) },
	{ START MOST "l: -1\r\n\r\n", true, BIT(BAD_CONTENT_LENGTH) },
	{ START MOST "\r\n", true, BIT(NO_CONTENT_LENGTH) },
	{ START MOST "l: 3\r\nc: a/b\r\n\r\nxy", false, BIT(BODY_SHORT) },
	{ START MOST "l: 3\r\nc: a/b\r\n\r\nwxyz", false, BIT(BODY_LONG) },
	{ START MOST "l: 3\r\nc: a/b\r\n\r\nwxyz", true, 0 },
	{ START MOST NO "\r\n\r\n" START "\r\n", false,
	  BIT(BODY_LONG) | BIT(SEVERAL_MESSAGES) },
	{ START MOST NO "\r\nSIP/1.0 200", false,
	  BIT(BODY_LONG) | BIT(SEVERAL_MESSAGES) },
	{ START MOST NO "\r\n" START "\r\n", true, 0 },
	{ START MOST "l: 2\r\n\r\nxy", false, BIT(NO_CONTENT_TYPE) },
};

static void oddities_are_told(void **state)
{
	static struct sip_msg msg;
	uint64_t seen = BIT(TOO_MANY_HEADERS); /* has a test of its own */
	(void)state;
	for (size_t i = 0; i < LENGTH(oddities); i++) {
		struct slice in = text(oddities[i].message);
		assert_int_equal(sip_msg_parse(&msg, in, oddities[i].stream), OK);
		assert_odd(msg.odd, oddities[i].odd, in.p);
		seen |= msg.odd;
		walk_cuts(in, walk_message);
	}
	for (size_t i = 0; i < LENGTH(starts); i++)
		seen |= starts[i].odd;
	assert_odd(seen, ONE_PASS, "the table");
}

static void every_oddity_has_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SIP_ODD_COUNT; i++) {
		const char *code = sip_odd_code((enum sip_odd)i);
		assert_true(strlen(code) > 0);
		assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-"),
		                 strlen(code));
		assert_true(strlen(sip_odd_text((enum sip_odd)i)) > 0);
		assert_true(strlen(sip_odd_source((enum sip_odd)i)) > 0);
		assert_true(sip_odd_severity((enum sip_odd)i) <= SIP_SEVERITY_NOTE);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(code, sip_odd_code((enum sip_odd)k));
	}
	assert_string_equal(sip_odd_code(SIP_ODD_COUNT), "");
	assert_string_equal(sip_odd_text(SIP_ODD_COUNT), "");
	assert_string_equal(sip_odd_source(SIP_ODD_COUNT), "");
	assert_int_equal(sip_odd_severity(SIP_ODD_COUNT), SIP_SEVERITY_NOTE);
	assert_int_equal(sip_odd_severity(SIP_ODD_BAD_CSEQ), SIP_SEVERITY_ERROR);
	assert_int_equal(sip_odd_severity(SIP_ODD_VERSION_CASE), SIP_SEVERITY_WARNING);
	assert_int_equal(sip_odd_severity(SIP_ODD_NO_BRANCH), SIP_SEVERITY_NOTE);
	assert_string_equal(sip_severity_name(SIP_SEVERITY_ERROR), "error");
	assert_string_equal(sip_severity_name(SIP_SEVERITY_WARNING), "warning");
	assert_string_equal(sip_severity_name(SIP_SEVERITY_NOTE), "note");
}

static void fields_are_kept_as_they_are(void **state)
{
	static const char input[] =
		"\r\nINVITE sip:b@example.com SIP/2.0\n"
		"v:SIP/2.0/UDP a\r\n"
		"Call-ID  :\r\n one\r\n\ttwo \r\n"
		"X-Unknown:\t odd : one \n"
		"no colon here\r\n"
		"i: second\r\n"
		"Empty:\r\n"
		"From\r\n : folded name\r\n"
		"\r\r\n"
		"To: t\r\r\r\n"
		" \r\n"
		"\n"
		"Not: a field\r\n";
	static const struct {
		const char     *name, *value;
		enum sip_hdr_id id;
	} want[] = {
		{ "v", "SIP/2.0/UDP a", SIP_HDR_VIA },
		{ "Call-ID", "one\r\n\ttwo", SIP_HDR_CALL_ID },
		{ "X-Unknown", "odd : one", SIP_HDR_OTHER },
		{ "i", "second", SIP_HDR_CALL_ID },
		{ "Empty", "", SIP_HDR_OTHER },
		{ "From", "folded name", SIP_HDR_FROM },
		{ "To", "t", SIP_HDR_TO },
	};
	static struct sip_msg msg;
	(void)state;
	assert_int_equal(sip_msg_parse(&msg, SLICE(input), false), OK);
	assert_int_equal(msg.nhdrs, LENGTH(want));
	assert_int_equal(msg.hdrs_seen, LENGTH(want));
	for (size_t i = 0; i < LENGTH(want); i++) {
		assert_is(msg.hdrs[i].name, want[i].name, want[i].name);
		assert_is(msg.hdrs[i].value, want[i].value, want[i].name);
		assert_int_equal(msg.hdrs[i].id, want[i].id);
	}
	assert_is(msg.body, "Not: a field\r\n", "body");
	assert_true(msg.raw.p == input + 2 && msg.raw.len == sizeof input - 3);

	const struct sip_hdr *first = sip_msg_first(&msg, SIP_HDR_CALL_ID);
	assert_ptr_equal(first, &msg.hdrs[1]);
	assert_ptr_equal(sip_msg_next(&msg, SIP_HDR_CALL_ID, NULL), first);
	assert_ptr_equal(sip_msg_next(&msg, SIP_HDR_CALL_ID, first), &msg.hdrs[3]);
	assert_null(sip_msg_next(&msg, SIP_HDR_CALL_ID, &msg.hdrs[3]));
	assert_null(sip_msg_first(&msg, SIP_HDR_CSEQ));
	assert_null(sip_msg_value(&msg, SIP_HDR_CSEQ).p);
	assert_is(sip_msg_value(&msg, SIP_HDR_FROM), "folded name", "From");
	assert_null(sip_msg_first(&msg, SIP_HDR_OTHER));
	assert_ptr_equal(sip_msg_next(&msg, SIP_HDR_OTHER, NULL), &msg.hdrs[2]);
	assert_ptr_equal(sip_msg_next(&msg, SIP_HDR_OTHER, &msg.hdrs[2]), &msg.hdrs[4]);
	walk_cuts(SLICE(input), walk_message);
}

/* A body "12345" under several headers (RFC 3261 18.3). */
static const struct {
	const char *headers; /* with what ends them */
	bool        stream;
	const char *body;
	bool        has_length, truncated;
	uint64_t    length;
} bodies[] = {
	{ "\r\n", false, "12345", false, false, 0 },
	{ "\n", false, "12345", false, false, 0 },
	{ "\r\n", true, "", false, false, 0 },
	{ "l: 5\r\n\r\n", false, "12345", true, false, 5 },
	{ "l: 5\r\n\r\n", true, "12345", true, false, 5 },
	{ "Content-Length:\r\n 3\n\n", false, "123", true, false, 3 },
	{ "l: 0003\r\n\r\n", true, "123", true, false, 3 },
	{ "l: 0\r\n\r\n", false, "", true, false, 0 },
	{ "l: 6\r\n\r\n", false, "12345", true, true, 6 },
	{ "l: 6\r\n\n", true, "12345", true, true, 6 },
	{ "l: 18446744073709551616\r\n\r\n", false, "12345", true, true, UINT64_MAX },
	{ "l: 3\r\nl: 1\r\n\r\n", false, "123", true, false, 3 },
	/* not a number: as if it were not there */
	{ "l: 3 bytes\r\n\r\n", false, "12345", false, false, 0 },
	{ "l: \r\nl: 2\r\n\r\n", false, "12345", false, false, 0 },
	{ "l: +3\r\n\r\n", true, "", false, false, 0 },
	/* no empty line: no body, whatever follows */
	{ "l: 0\r\n", false, "", true, true, 0 },
	{ "X: 1\r\n", true, "", false, true, 0 },
};

static void bodies_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bodies); i++) {
		static struct sip_msg msg;
		char input[128];
		int n = snprintf(input, sizeof input, "BYE sip:b SIP/2.0\r\n%s12345",
		                 bodies[i].headers);
		struct slice in = { input, (size_t)n };
		const char *where = bodies[i].headers;
		assert_int_equal(sip_msg_parse(&msg, in, bodies[i].stream), OK);
		assert_is(msg.body, bodies[i].body, where);
		assert_int_equal(msg.has_length, bodies[i].has_length);
		assert_true(msg.content_length == bodies[i].length);
		assert_int_equal(msg.truncated, bodies[i].truncated);
		assert_ptr_equal(msg.raw.p, input);
		if (msg.whole_headers)
			assert_ptr_equal(msg.raw.p + msg.raw.len,
			                 msg.body.p + msg.body.len);
		else
			assert_int_equal(msg.raw.len, in.len);
		walk_cuts(in, walk_message);
	}
}

#define MANY       300
#define MANY_BYTES (MANY * 16)

/* 300 fields that nobody knows, or Via fields, and a Call-ID behind them. */
static size_t many_fields(char *out, const char *name)
{
	size_t n = (size_t)snprintf(out, MANY_BYTES, "BYE sip:b SIP/2.0\r\n");
	for (unsigned i = 0; i < MANY; i++)
		n += (size_t)snprintf(out + n, MANY_BYTES - n, "%s: %u\r\n", name, i);
	n += (size_t)snprintf(out + n, MANY_BYTES - n, "i: last\r\n\r\nbody");
	assert_true(n < MANY_BYTES);
	return n;
}

static void a_flood_of_fields_hides_nothing(void **state)
{
	static const char *const names[] = { "X-Any", "Via" };
	static struct sip_msg msg;
	static char input[MANY_BYTES];
	(void)state;
	for (size_t i = 0; i < LENGTH(names); i++) {
		struct slice in = { input, many_fields(input, names[i]) };
		assert_int_equal(sip_msg_parse(&msg, in, false), OK);
		assert_int_equal(msg.hdrs_seen, MANY + 1);
		assert_int_equal(msg.nhdrs, SIP_HDRS_PLAIN + 1);
		assert_true(msg.odd & BIT(TOO_MANY_HEADERS));
		assert_is(msg.hdrs[SIP_HDRS_PLAIN - 1].value, "255", "last plain field");
		assert_is(sip_msg_value(&msg, SIP_HDR_CALL_ID), "last", "Call-ID");
		assert_is(msg.body, "body", "body");
	}
}

static void every_known_field_finds_room(void **state)
{
	static struct sip_msg msg;
	static char input[MANY_BYTES * 2];
	(void)state;
	size_t n = many_fields(input, "X-Any") - (sizeof "i: last\r\n\r\nbody" - 1);
	for (unsigned i = 0; i < 2 * SIP_HDR_OTHER; i++) {
		enum sip_hdr_id id = (enum sip_hdr_id)(i % SIP_HDR_OTHER);
		n += (size_t)snprintf(input + n, sizeof input - n, "%s:%u\n",
		                      sip_hdr_info(id)->name.p, i);
	}
	assert_true(n < sizeof input);
	assert_int_equal(sip_msg_parse(&msg, (struct slice){ input, n }, false), OK);
	assert_int_equal(msg.nhdrs, SIP_HDRS_MAX);
	assert_int_equal(msg.hdrs_seen, MANY + 2 * SIP_HDR_OTHER);
	for (unsigned i = 0; i < SIP_HDR_OTHER; i++) {
		uint64_t value;
		assert_true(slice_uint(sip_msg_value(&msg, (enum sip_hdr_id)i), &value));
		assert_true(value == i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_lines),
		cmocka_unit_test(other_protocols_are_refused),
		cmocka_unit_test(oddities_are_told),
		cmocka_unit_test(every_oddity_has_words),
		cmocka_unit_test(fields_are_kept_as_they_are),
		cmocka_unit_test(bodies_are_cut),
		cmocka_unit_test(a_flood_of_fields_hides_nothing),
		cmocka_unit_test(every_known_field_finds_room),
	};
	return cmocka_run_group_tests_name("sip/message", tests, NULL, NULL);
}
