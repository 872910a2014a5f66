/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sip/check_plain.h"
#include "text.h"
#include "walk.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define ROOM          32768
#define WANT_MAX      6

/* A remark and the text at its place: "" behind the end or where nothing is, NOWHERE
 * where it has no place. A list ends before a NULL. */
struct want {
	enum sip_odd odd;
	const char *at;
};
#define IS(id, at)                                                                       \
	{                                                                                \
		SIP_ODD_##id, at                                                         \
	}
#define NOWHERE "\1"
#define LEGAL                                                                            \
	{                                                                                \
		{                                                                        \
			SIP_ODD_COUNT, NULL                                              \
		}                                                                        \
	}

/* Codes met in this program, which has to meet all. */
static uint64_t met;

static bool is_want(const struct sip_msg *msg, const struct sip_remark *r,
                    const struct want *want)
{
	struct slice at = slice_head(slice_skip(msg->raw, r->offset), r->length);
	if (r->odd != want->odd)
		return false;
	if (strcmp(want->at, NOWHERE) == 0)
		return r->offset == 0 && r->length == 0;
	return r->offset > 0 || r->length > 0 ? slice_eq(at, text(want->at)) : false;
}

/* Does the check of `in` remark what is wanted, and nothing else? Says it if not. */
static bool check_is(struct slice in, bool stream, const struct want *want)
{
	static struct sip_msg msg;
	static struct sip_check got;
	assert_int_equal(sip_msg_parse(&msg, in, stream), OK);
	sip_check(&msg, &got);
	met |= got.found;
	uint32_t n = 0;
	while (n < WANT_MAX && want[n].at && n < got.count &&
	       is_want(&msg, &got.remarks[n], &want[n]))
		n++;
	if ((n == WANT_MAX || !want[n].at) && got.count == n && got.seen == n)
		return true;
	print_message("remark %u of %u is not expected in\n%.*s\n", n, got.seen,
	              (int)in.len, in.p);
	for (uint32_t i = 0; i < got.count; i++) {
		const struct sip_remark *r = &got.remarks[i];
		print_message("  %s at %zu: \"%.*s\"\n", sip_odd_code(r->odd), r->offset,
		              (int)r->length, msg.raw.p + r->offset);
	}
	return false;
}

/* What check_plain.h spares changes no answer. */
static void same_when_thorough(const struct sip_msg *msg, const struct sip_check *got)
{
	static struct sip_check want;
	sip_check_thorough(msg, &want);
	bool same = got->found == want.found && got->seen == want.seen &&
	            got->count == want.count;
	for (uint32_t i = 0; same && i < got->count; i++)
		same = got->remarks[i].odd == want.remarks[i].odd &&
		       got->remarks[i].offset == want.remarks[i].offset &&
		       got->remarks[i].length == want.remarks[i].length;
	if (!same)
		fail_msg("spared a remark in\n%.*s", (int)msg->raw.len, msg->raw.p);
}

/* Order, places and numbers of any answer hold together. */
static void walk_check(struct slice in)
{
	struct sip_msg msg;
	struct sip_check got;
	for (unsigned stream = 0; stream < 2; stream++) {
		if (sip_msg_parse(&msg, in, stream) != OK)
			continue;
		sip_check(&msg, &got);
		same_when_thorough(&msg, &got);
		assert_true((msg.odd & ~got.found) == 0);
		assert_true(got.count <= got.seen && got.count <= SIP_REMARKS_MAX);
		uint64_t found = 0;
		size_t offset = 0;
		for (uint32_t i = 0; i < got.count; i++) {
			const struct sip_remark *r = &got.remarks[i];
			found |= SIP_ODD_BIT(r->odd);
			assert_true(r->offset >= offset && r->offset <= msg.raw.len);
			assert_true(r->length <= msg.raw.len - r->offset);
			offset = r->offset;
		}
		assert_true(got.count < got.seen || found == got.found);
	}
}

/* --- one field in a message that has no flaw */

#define VIA "Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1"

/* The message around a field, which takes the place of one of the same name. */
static const char *const around[] = {
	VIA,
	"From: <sip:a@example.com>;tag=1",
	"To: <sip:b@example.com>",
	"Call-ID: 1@a.example.com",
	"CSeq: 1 OPTIONS",
	"Max-Forwards: 70",
};

static enum sip_hdr_id id_of(const char *line)
{
	struct slice s = text(line);
	return sip_hdr_lookup(slice_trim(slice_head(s, slice_index(s, ':'))));
}

static struct slice build(char *out, const char *start, const char *line)
{
	size_t n = (size_t)snprintf(out, ROOM, "%s\r\n", start);
	for (size_t i = 0; i < LENGTH(around); i++)
		if (id_of(around[i]) != id_of(line))
			n += (size_t)snprintf(out + n, ROOM - n, "%s\r\n", around[i]);
	n += (size_t)snprintf(out + n, ROOM - n, "%s\r\n\r\n", line);
	assert_true(n < ROOM);
	return (struct slice){ out, n };
}

static const struct {
	const char *line;
	struct want want[WANT_MAX];
} fields[] = {
	/* addresses */
	{ "f: sip:a@example.com;tag=1", LEGAL },
	{ "f: A. \t Bell <sip:a@example.com>;tag=1", LEGAL },
	{ "f: \"A \\\" , <x> \\\\\" <sip:a@example.com>;tag=1", LEGAL },
	{ "f: \"\xce\xb1\"\r\n <sip:a@example.com> ;\r\n tag = \"1\";x;y=[::1]:5;z=\"\"",
	  LEGAL },
	{ "f: caller<tel:+1-201-555-0123>;tag=1", LEGAL },
	{ "f: <urn:service:sos>;tag=1", LEGAL },
	{ "f: <tel:911>;tag=1", { IS(TEL_CONTEXT, "tel:911") } },
	{ "f: <mailto:a@example.com>;tag=1", { IS(UNKNOWN_SCHEME, "mailto") } },
	{ "f: <sip:a@example.com>", { IS(MISSING_FROM_TAG, "<sip:a@example.com>") } },
	{ "f: <sip:a@example.com>;tag",
	  { IS(MISSING_FROM_TAG, "<sip:a@example.com>;tag") } },
	{ "f: Bell, A <sip:a@example.com>;tag=1", { IS(BAD_ADDRESS, "Bell, A ") } },
	{ "f: \"A\" B <sip:a@example.com>;tag=1", { IS(BAD_ADDRESS, "\"A\" B ") } },
	{ "f: < sip:a@example.com>;tag=1", { IS(BAD_ADDRESS, " sip:a@example.com") } },
	{ "f: <>;tag=1", { IS(BAD_ADDRESS, "") } },
	{ "f: <sip:a@example.com;tag=1",
	  { IS(BAD_ADDRESS, "<sip:a@example.com;tag=1"),
	    IS(MISSING_FROM_TAG, "<sip:a@example.com;tag=1") } },
	{ "f: <sip:a@example.com> x;tag=1", { IS(BAD_ADDRESS, "x;tag=1") } },
	{ "f: a@example.com;tag=1", { IS(BAD_ADDRESS, "a@example.com") } },
	{ "f: <sip:a@exa{mple.com>;tag=1", { IS(BAD_ADDRESS, "exa{mple.com") } },
	{ "f: <sip:a@[1::2::3]>;tag=1", { IS(BAD_IPV6, "[1::2::3]") } },
	{ "f: <sip:a@[x]>;tag=1", { IS(BAD_ADDRESS, "[x]") } },
	{ "f: <sip:a:b@example.com>;tag=1", { IS(URI_PASSWORD, "b") } },
	{ "f: <sip:a@example.com;lr;lr>;tag=1", { IS(REPEATED_PARAM, "lr") } },
	{ "f: sip:a@example.com?x=y;tag=1", { IS(UNBRACKETED_URI, "?x=y") } },
	{ "f: sip:a,b@example.com;tag=1", { IS(UNBRACKETED_URI, ",b@example.com") } },
	{ "f: \"A <sip:a@example.com>;tag=1",
	  { IS(UNTERMINATED_QUOTE, "\"A <sip:a@example.com>;tag=1") } },
	{ "f: \"A\" <sip:a@example.com>;tag=1;x=\"\\\"",
	  { IS(UNTERMINATED_QUOTE, "\"\\\"") } },
	{ "t: <sip:b@example.com>;tag=1;tag=2", { IS(REPEATED_PARAM, "tag") } },
	{ "t: <sip:b@example.com>;;x", { IS(BAD_PARAM, ";") } },
	{ "t: <sip:b@example.com>;x=", { IS(BAD_PARAM, ";x=") } },
	{ "t: <sip:b@example.com>;x=y z", { IS(BAD_PARAM, "z") } },
	{ "t: <sip:b@example.com>;x={}", { IS(BAD_PARAM, ";x=") } },
	{ "Route: <sip:p.example.com;lr>,\r\n <sip:q.example.com>;x", LEGAL },
	{ "Route: sip:p.example.com", { IS(BAD_ADDRESS, "sip:p.example.com") } },
	{ "Route: <sip:p.example.com>,,<sip:q.example.com>", { IS(BAD_PARAM, "") } },
	{ "Route:", { IS(BAD_VALUE, "") } },
	{ "Reply-To: <https://example.com/?a,b>", LEGAL },
	/* Contact */
	{ "m: <sip:a@a.example.com>;q=1.000;expires=4294967295, sip:a@b;q=0.5;Q2",
	  LEGAL },
	{ "m: <sip:a>;q=0", LEGAL },
	{ "m: <sip:a>;q=1.5", { IS(BAD_PARAM, "1.5") } },
	{ "m: <sip:a>;q=0.1234", { IS(BAD_PARAM, "0.1234") } },
	{ "m: <sip:a>;q=2", { IS(BAD_PARAM, "2") } },
	{ "m: <sip:a>;q=00", { IS(BAD_PARAM, "00") } },
	{ "m: <sip:a>;q", { IS(BAD_PARAM, "") } },
	{ "m: <sip:a>;expires=4294967296", { IS(NUMBER_RANGE, "4294967296") } },
	{ "m: <sip:a>;expires=-1", { IS(BAD_PARAM, "-1") } },
	{ "m: sip:a@b?Route=%3Csip:c%3E", { IS(UNBRACKETED_URI, "?Route=%3Csip:c%3E") } },
	{ "m: *", { IS(BAD_CONTACT, "*") } },
	/* Via */
	{ "v: SIP / 2.0 / TCP  [::1] : 1 ; branch = z9hG4bK.;rport;received=::1;ttl=255"
	  ";maddr=224.0.0.1;hidden",
	  LEGAL },
	{ VIA ";received=[::1];rport=65535", LEGAL },
	{ VIA "\r\nVia: SIP/2.0/UDP b, SIP/2.0/UDP c;branch=1", LEGAL },
	{ "v: SIP/2.0/UDP a;branch=1", { IS(NO_BRANCH, "1") } },
	{ "v: SIP/2.0/UDP a", { IS(NO_BRANCH, "SIP/2.0/UDP a") } },
	{ "v: SIP/2.0/UDP a;branch=z9hG4bK", { IS(EMPTY_BRANCH, "z9hG4bK") } },
	{ VIA ", SIP/2.0/UDP", { IS(BAD_VIA, "SIP/2.0/UDP") } },
	{ VIA ", SIP/2.0/U[P a", { IS(BAD_VIA, "U[P") } },
	{ VIA ", SIP/2.0/UDP a b", { IS(BAD_VIA, "a b") } },
	{ VIA ", SIP/2.0/UDP ::1", { IS(BAD_VIA, "::1") } },
	{ VIA ", SIP/2.0/UDP [:::1]", { IS(BAD_IPV6, "[:::1]") } },
	{ VIA ", SIP/2.0/UDP [g]", { IS(BAD_VIA, "[g]") } },
	{ VIA ", SIP/2.0/UDP a:65536", { IS(NUMBER_RANGE, "65536") } },
	{ VIA ", SIP/2.0/UDP a:x", { IS(BAD_VIA, "x") } },
	{ VIA ", SIP/2.0/UDP a:", { IS(BAD_VIA, "a:") } },
	{ VIA ";ttl=256", { IS(NUMBER_RANGE, "256") } },
	{ VIA ";ttl=x", { IS(BAD_PARAM, "x") } },
	{ VIA ";rport=x", { IS(BAD_PARAM, "x") } },
	{ VIA ";rport=65536", { IS(NUMBER_RANGE, "65536") } },
	{ VIA ";received=a_b!", { IS(BAD_PARAM, "a_b!") } },
	{ VIA ";received=[1:::2]", { IS(BAD_IPV6, "[1:::2]") } },
	{ VIA ";rport;RPORT", { IS(REPEATED_PARAM, "RPORT") } },
	{ VIA ",", { IS(BAD_PARAM, "") } },
	/* numbers and dates */
	{ "CSeq:\t0001\r\n OPTIONS", LEGAL },
	{ "CSeq: 2147483648 OPTIONS", { IS(BAD_CSEQ, "2147483648") } },
	{ "CSeq: 36893488147419103233 OPTIONS",
	  { IS(BAD_CSEQ, "36893488147419103233") } },
	{ "CSeq: 1OPTIONS", { IS(BAD_CSEQ, "1OPTIONS") } },
	{ "CSeq: OPTIONS", { IS(BAD_CSEQ, "OPTIONS") } },
	{ "CSeq: 1 OPTIONS x", { IS(BAD_CSEQ, "1 OPTIONS x") } },
	{ "CSeq: 1 INVITE", { IS(CSEQ_METHOD, "INVITE") } },
	{ "Max-Forwards: 0255", LEGAL },
	{ "Max-Forwards: 256", { IS(BAD_MAX_FORWARDS, "256") } },
	{ "Max-Forwards: a", { IS(BAD_MAX_FORWARDS, "a") } },
	{ "Expires: 4294967295", LEGAL },
	{ "Expires: 4294967296", { IS(NUMBER_RANGE, "4294967296") } },
	{ "Expires: Thu, 01 Dec 1994 16:00:00 GMT",
	  { IS(BAD_VALUE, "Thu, 01 Dec 1994 16:00:00 GMT") } },
	{ "Expires: ", { IS(BAD_VALUE, "") } },
	{ "x: 1800;refresher=uac", LEGAL },
	{ "Retry-After: 5 (at (8 \\) o'clock)) ;duration=3600", LEGAL },
	{ "Retry-After: 5 (at (8) o'clock", { IS(BAD_VALUE, "5 (at (8) o'clock") } },
	{ "RSeq: 1", LEGAL },
	{ "RAck: 776656 1 INVITE", LEGAL },
	{ "RAck: 776656 INVITE", { IS(BAD_VALUE, "776656 INVITE") } },
	{ "RAck: 4294967296 1 INVITE", { IS(NUMBER_RANGE, "4294967296") } },
	{ "RAck: 1 2147483648 INVITE", { IS(NUMBER_RANGE, "2147483648") } },
	{ "Date: Sat, 13 Nov 2010 23:29:00 GMT", LEGAL },
	{ "Date: Sat, 13 Nov 2010 23:29:60 GMT", LEGAL },
	{ "Date: Sat, 13 Nov 2010 23:29:00 EST",
	  { IS(BAD_DATE, "Sat, 13 Nov 2010 23:29:00 EST") } },
	{ "Date: Sat, 32 Nov 2010 23:29:00 GMT",
	  { IS(BAD_DATE, "Sat, 32 Nov 2010 23:29:00 GMT") } },
	{ "Date: Sat, 13 Nov 2010 24:29:00 GMT",
	  { IS(BAD_DATE, "Sat, 13 Nov 2010 24:29:00 GMT") } },
	{ "Date: Sat, 13 nov 2010 23:29:00 GMT",
	  { IS(BAD_DATE, "Sat, 13 nov 2010 23:29:00 GMT") } },
	{ "Date:", { IS(BAD_VALUE, "") } },
	{ "Date: 1289690940", { IS(BAD_DATE, "1289690940") } },
	/* words */
	{ "i: a\"b\\<c>@(d)[e]{f}?/:", LEGAL },
	{ "i: a@b@c", { IS(BAD_VALUE, "a@b@c") } },
	{ "i: a@", { IS(BAD_VALUE, "a@") } },
	{ "i: a b", { IS(BAD_VALUE, "a b") } },
	{ "i: \xc3\xa9", { IS(BAD_VALUE, "\xc3\xa9") } },
	{ "Replaces: 1\"@a;to-tag=1;from-tag=2;early-only", LEGAL },
	{ "Replaces: ;to-tag=1", { IS(BAD_VALUE, ";to-tag=1") } },
	{ "In-Reply-To: 1@a, 2@b", LEGAL },
	{ "k: 100rel, timer", LEGAL },
	{ "k:", LEGAL },
	{ "k: 100rel,, timer", { IS(BAD_PARAM, "") } },
	{ "Require:", { IS(BAD_VALUE, "") } },
	{ "Require: a b", { IS(BAD_VALUE, "a b") } },
	{ "o: presence.winfo;id=1", LEGAL },
	{ "o: ;id=1", { IS(BAD_VALUE, ";id=1") } },
	{ "Subscription-State: active;expires=600", LEGAL },
	{ "Reason: SIP;cause=486, Q.850;cause=16;text=\"a;b\"", LEGAL },
	{ "Privacy: id;critical", LEGAL },
	{ "Accept: application/sdp;level=1, text/*, */*;q=0.1", LEGAL },
	{ "c: multipart/mixed;boundary=\"a b\"", LEGAL },
	{ "c: application", { IS(BAD_VALUE, "application") } },
	{ "c: application/", { IS(BAD_VALUE, "application/") } },
	{ "c: text / plain ; charset", LEGAL },
	{ "Warning: 307 isi.edu \"a\", 301 [::1]:5 \"b, \\\"c\"", LEGAL },
	{ "Warning: 1812 overture \"x\"", { IS(NUMBER_RANGE, "1812") } },
	{ "Warning: 307 isi.edu x", { IS(BAD_VALUE, "307 isi.edu x") } },
	{ "Warning: 30 isi.edu \"x\"", { IS(BAD_VALUE, "30 isi.edu \"x\"") } },
	/* authentication */
	{ "Authorization: Digest username=\"a\", realm=\"b,c\",\r\n nc=00000001 , "
	  "qop=auth",
	  LEGAL },
	{ "Authorization: Any what, ever{}=", LEGAL },
	{ "Authorization: Basic QWxhZGRpbg==", { IS(BASIC_AUTH, "Basic") } },
	{ "Authorization: Digest", { IS(BAD_VALUE, "Digest") } },
	{ "Authorization: Digest realm", { IS(BAD_PARAM, "realm") } },
	{ "Authorization: Digest realm=\"a\",", { IS(BAD_PARAM, "") } },
	{ "Authorization: Digest a=b c=d", { IS(BAD_PARAM, " c=d") } },
	{ "WWW-Authenticate: digest a=b, A=c", { IS(REPEATED_PARAM, "A") } },
	{ "Authentication-Info: nextnonce=\"x\", qop=auth", LEGAL },
	/* the field as a whole */
	{ "Content-Length: 0\r\nl: 00", { IS(REPEATED_HEADER, "l: 00") } },
	{ "Content-Length: 0\r\nl: 1",
	  { IS(REPEATED_HEADER, "l: 1"), IS(LENGTH_CONFLICT, "1") } },
	{ "l: 0x0", { IS(BAD_CONTENT_LENGTH, "0x0") } },
	{ "To: <sip:b@example.com>\r\nt: <sip:c@example.com>",
	  { IS(REPEATED_HEADER, "t: <sip:c@example.com>") } },
	{ "Sub ject: x", { IS(BAD_HEADER_NAME, "Sub ject") } },
	{ "X-Any: ;;,,\"{}\\", LEGAL },
};

static void fields_are_checked(void **state)
{
	static char buf[ROOM];
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < LENGTH(fields); i++) {
		struct slice in =
			build(buf, "OPTIONS sip:b@example.com SIP/2.0", fields[i].line);
		wrong += !check_is(in, false, fields[i].want);
		walk_cuts(in, walk_check);
	}
	assert_int_equal(wrong, 0);
}

/* --- whole messages */

#define MOST                                                                             \
	VIA "\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\n"         \
	    "Call-ID: 1@a.example.com\r\nMax-Forwards: 70\r\n"
#define CSEQ(method)    "CSeq: 1 " method "\r\n"
#define REQUEST(method) method " sip:b@example.com SIP/2.0\r\n" MOST CSEQ(method)
#define START(line)     line "\r\n" MOST CSEQ("BYE") "\r\n"
#define ANSWER(more)                                                                     \
	"SIP/2.0 200 OK\r\nFrom: <sip:a@example.com>;tag=1\r\nCall-ID: 1@a\r\n"          \
	"CSeq: 1 INVITE\r\n" more "\r\n"

static const struct {
	const char *message;
	bool stream;
	struct want want[WANT_MAX];
} messages[] = {
	{ REQUEST("INVITE") "m: <sip:a@a>\r\nl: 0\r\n\r\n", true, LEGAL },
	{ "\r\n\r\n" REQUEST("OPTIONS") "Subject:\r\n\t\"never\r\n closed\r\n\r\n", false,
	  LEGAL },
	{ ANSWER("To: <sip:b@b>;tag=2\r\n" VIA "\r\n"), false, LEGAL },
	/* start line */
	{ START("BYE  sip:b SIP/2.0"),
	  false,
	  { IS(START_LINE_SPACING, "BYE  sip:b SIP/2.0") } },
	{ START("BYE sip:b Sip/2.0"), false, { IS(VERSION_CASE, "BYE sip:b Sip/2.0") } },
	{ START("BYE sip:b SIP/3.0"), false, { IS(BAD_VERSION, "BYE sip:b SIP/3.0") } },
	{ START("BYE SIP/2.0"), false, { IS(MISSING_URI, "BYE SIP/2.0") } },
	{ START("BYE sip:b c SIP/2.0"), false, { IS(URI_WHITE_SPACE, "sip:b c") } },
	{ START("BYE <sip:b> SIP/2.0"), false, { IS(URI_IN_BRACKETS, "<sip:b>") } },
	{ START("BYE b@c SIP/2.0"), false, { IS(BAD_REQUEST_URI, "b@c") } },
	{ START("BYE sip:2001:db8::1 SIP/2.0"),
	  false,
	  { IS(BAD_REQUEST_URI, "2001:db8::1") } },
	{ START("BYE sip:[2001:db8:::1] SIP/2.0"),
	  false,
	  { IS(BAD_IPV6, "[2001:db8:::1]") } },
	{ START("BYE sip:b?Subject=x SIP/2.0"),
	  false,
	  { IS(BAD_REQUEST_URI, "Subject=x") } },
	{ START("BYE sip:b;method=BYE SIP/2.0"),
	  false,
	  { IS(BAD_REQUEST_URI, ";method=BYE") } },
	{ START("BYE im:b@c SIP/2.0"), false, { IS(UNKNOWN_SCHEME, "im") } },
	{ START("BYE urn:service:sos SIP/2.0"), false, LEGAL },
	{ "B{E sip:b SIP/2.0\r\n" MOST CSEQ("B{E") "\r\n",
	  false,
	  { IS(BAD_METHOD, "B{E"), IS(UNKNOWN_METHOD, "B{E"), IS(BAD_CSEQ, "1 B{E") } },
	{ REQUEST("bye") "\r\n", false, { IS(UNKNOWN_METHOD, "bye") } },
	{ "SIP/2.0 4294967496 OK\r\n" MOST CSEQ("BYE") "To: \r\n\r\n",
	  false,
	  { IS(BAD_STATUS, "4294967496"), IS(MISSING_TO_TAG, "<sip:b@example.com>"),
	    IS(REPEATED_HEADER, "To: ") } },
	/* lines */
	{ "BYE sip:b SIP/2.0\n" MOST CSEQ("BYE") "\r\n", false, { IS(BARE_LF, "\n") } },
	{ REQUEST("BYE") "s: a\n b\r\n\n",
	  false,
	  { IS(BARE_LF, "\n"), IS(BARE_LF, "\n") } },
	{ REQUEST("BYE") "s: a\rb\r\r\n\r\n",
	  false,
	  { IS(BARE_CR, "\r"), IS(BARE_CR, "\r") } },
	{ REQUEST("BYE") "s: \x07\x7f\x1b\r\n\r\n",
	  false,
	  { IS(CONTROL_CHARACTER, "\x07"), IS(CONTROL_CHARACTER, "\x7f"),
	    IS(CONTROL_CHARACTER, "\x1b") } },
	{ REQUEST("BYE") "Any: \"\\\x07\\\x7f\\\"\"\r\n\r\n", false, LEGAL },
	{ REQUEST("BYE") "Any: \"\\\"\" \\\x07\r\n\r\n",
	  false,
	  { IS(CONTROL_CHARACTER, "\x07") } },
	{ REQUEST("BYE") "s: \xc3\xa9 \xf0\x9f\x93\x9e\r\n\r\n", false, LEGAL },
	{ REQUEST("BYE") "s: \xe9\xc3\r\n\r\n",
	  false,
	  { IS(BAD_UTF8, "\xe9"), IS(BAD_UTF8, "\xc3") } },
	{ "BYE sip:b SIP/2.0\r\n any: y\r\n" MOST CSEQ("BYE") "\r\n",
	  false,
	  { IS(FOLDED_START_LINE, " ") } },
	{ REQUEST("BYE") "Subject\r\n\r\n", false, { IS(NO_COLON, "Subject") } },
	{ REQUEST("BYE") " \r\n: a\r\n\r\n", false, { IS(EMPTY_HEADER_NAME, ": a") } },
	{ REQUEST("BYE") "s: a\r\n", false, { IS(NO_EMPTY_LINE, "") } },
	{ REQUEST("BYE") "s: a\r", false, { IS(NO_EMPTY_LINE, "") } },
	/* cut in the midst of a value: only what is whole is looked at */
	{ REQUEST("BYE") "Contact: \"A", false, { IS(NO_EMPTY_LINE, "") } },
	/* missing */
	{ "BYE sip:b SIP/2.0\r\n\r\n",
	  false,
	  { IS(MISSING_VIA, NOWHERE), IS(MISSING_FROM, NOWHERE), IS(MISSING_TO, NOWHERE),
	    IS(MISSING_CALL_ID, NOWHERE), IS(MISSING_CSEQ, NOWHERE) } },
	{ "BYE sip:b SIP/2.0\r\n" VIA "\r\nf:\r\nt: \r\ni:\r\n CSeq:\r\nCSeq:\r\n"
	  "Max-Forwards:\r\n\r\n",
	  false,
	  { IS(MISSING_FROM, NOWHERE), IS(MISSING_TO, NOWHERE), IS(MISSING_CSEQ, NOWHERE),
	    IS(MISSING_MAX_FORWARDS, NOWHERE) } },
	{ REQUEST("INVITE") "\r\n", false, { IS(MISSING_CONTACT, NOWHERE) } },
	{ REQUEST("SUBSCRIBE") "Contact:\r\n\r\n",
	  false,
	  { IS(MISSING_CONTACT, NOWHERE), IS(BAD_VALUE, "") } },
	{ REQUEST("REFER") "\r\n", false, { IS(MISSING_CONTACT, NOWHERE) } },
	{ "INVITE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nf: sip:a@a\r\nt: sip:b@b\r\n"
	  "i: 1\r\n" CSEQ("INVITE") "\r\n",
	  false,
	  { IS(NO_BRANCH, "SIP/2.0/UDP a"), IS(MISSING_FROM_TAG, "sip:a@a") } },
	{ ANSWER("To: <sip:b@b>\r\n" VIA "\r\n"),
	  false,
	  { IS(MISSING_TO_TAG, "<sip:b@b>") } },
	{ "SIP/2.0 100 Trying\r\n" MOST CSEQ("BYE") "\r\n", false, LEGAL },
	{ ANSWER("To: <sip:b@b>;tag=2\r\n" VIA ", SIP/2.0/UDP b\r\nv: SIP/2.0/UDP c\r\n"),
	  false,
	  LEGAL },
	{ ANSWER("To: <sip:b@b>;tag=2\r\n" VIA ", SIP/2.0/UDP 223.9.9.9\r\n"),
	  false,
	  LEGAL },
	{ ANSWER("To: <sip:b@b>;tag=2\r\n" VIA ", SIP/2.0/UDP 255.255.255.255:5060\r\n"),
	  false,
	  { IS(VIA_NOT_UNICAST, "255.255.255.255") } },
	{ ANSWER("To: <sip:b@b>;tag=2\r\n" VIA "\r\nv: SIP/2.0/UDP [ff02::1]\r\n"),
	  false,
	  { IS(VIA_NOT_UNICAST, "[ff02::1]") } },
	{ ANSWER("To: <sip:b@b>;tag=2\r\n" VIA "\r\nv: SIP/2.0/UDP [::]\r\n"),
	  false,
	  { IS(VIA_NOT_UNICAST, "[::]") } },
	/* REGISTER */
	{ REQUEST("REGISTER") "m: *\r\nExpires: 0\r\n\r\n", false, LEGAL },
	{ REQUEST("REGISTER") "m: *\r\nExpires: 1\r\n\r\n",
	  false,
	  { IS(BAD_CONTACT, "*") } },
	{ REQUEST("REGISTER") "m: *\r\n\r\n", false, { IS(BAD_CONTACT, "*") } },
	{ REQUEST("REGISTER") "m: *, <sip:a@a>\r\nExpires: 0\r\n\r\n",
	  false,
	  { IS(BAD_CONTACT, "<sip:a@a>") } },
	{ REQUEST("REGISTER") "m: <sip:a@a>\r\nm: *\r\nExpires: 0\r\n\r\n",
	  false,
	  { IS(BAD_CONTACT, "*") } },
	{ "REGISTER sip:b SIP/2.0\r\n" VIA "\r\nf: <sip:a@a>;tag=1\r\ni: 1\r\n"
	  "t: <sip:a@a>;tag=2\r\nMax-Forwards: 1\r\n" CSEQ("REGISTER") "\r\n",
	  false,
	  { IS(TO_TAG_IN_REGISTER, "2") } },
	/* bodies */
	{ REQUEST("INFO") "c: application/sdp\r\nl: 3\r\n\r\nv=0", true, LEGAL },
	{ REQUEST("INFO") "c: application/x-y;a=b\r\nl: 1\r\n\r\nz",
	  false,
	  { IS(UNKNOWN_BODY, "application/x-y;a=b") } },
	{ REQUEST("INFO") "c: application/x-y\r\nl: 0\r\n\r\n", false, LEGAL },
	{ REQUEST("INFO") "c: sdp\r\n\r\nz", false, { IS(BAD_VALUE, "sdp") } },
	{ REQUEST("INFO") "l: 1\r\n\r\nz", false, { IS(NO_CONTENT_TYPE, "z") } },
	{ REQUEST("INFO") "\r\n", true, { IS(NO_CONTENT_LENGTH, NOWHERE) } },
	{ REQUEST("INFO") "c: text/plain\r\nl: 5\r\n\r\nz",
	  false,
	  { IS(BODY_SHORT, "5") } },
	{ REQUEST("INFO") "l: 0\r\n\r\nz", false, { IS(BODY_LONG, "") } },
	{ REQUEST("INFO") "l: 0\r\n\r\n" REQUEST("BYE") "\r\n",
	  false,
	  { IS(BODY_LONG, ""), IS(SEVERAL_MESSAGES, "") } },
	{ REQUEST("INFO") "l: -1\r\n\r\n", true, { IS(BAD_CONTENT_LENGTH, "-1") } },
};

static void messages_are_checked(void **state)
{
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < LENGTH(messages); i++) {
		struct slice in = text(messages[i].message);
		wrong += !check_is(in, messages[i].stream, messages[i].want);
		walk_cuts(in, walk_check);
	}
	assert_int_equal(wrong, 0);
}

/* NUL ends no text here. */
static void nul_is_an_octet(void **state)
{
	static const char plain[] = REQUEST("BYE") "s: a\0b\0\r\n\r\n";
	static const char escaped[] = REQUEST("BYE") "Any: \"\\\0\"\r\n\r\n";
	static struct sip_msg msg;
	static struct sip_check got;
	(void)state;
	assert_int_equal(sip_msg_parse(&msg, SLICE(plain), false), OK);
	sip_check(&msg, &got);
	assert_int_equal(got.count, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(got.remarks[i].odd, SIP_ODD_NUL_BYTE);
		assert_int_equal(got.remarks[i].length, 1);
		assert_int_equal(msg.raw.p[got.remarks[i].offset], 0);
	}
	met |= got.found;
	assert_int_equal(sip_msg_parse(&msg, SLICE(escaped), false), OK);
	sip_check(&msg, &got);
	assert_int_equal(got.seen, 0);
}

/* A line of `len` octets after the start line, and what remains of the message. */
static struct slice long_line(char *out, size_t len)
{
	size_t n = (size_t)snprintf(out, ROOM, "%s", REQUEST("BYE") "Q: ");
	memset(out + n, 'a', len - 3);
	n += len - 3;
	n += (size_t)snprintf(out + n, ROOM - n, "\r\n\r\n");
	return (struct slice){ out, n };
}

static void long_lines_are_noted(void **state)
{
	static char buf[ROOM];
	static struct sip_msg msg;
	static struct sip_check got;
	(void)state;
	assert_int_equal(sip_msg_parse(&msg, long_line(buf, SIP_LINE_LONG), false), OK);
	sip_check(&msg, &got);
	assert_int_equal(got.seen, 0);
	assert_int_equal(sip_msg_parse(&msg, long_line(buf, SIP_LINE_LONG + 1), false),
	                 OK);
	sip_check(&msg, &got);
	assert_int_equal(got.seen, 1);
	assert_int_equal(got.remarks[0].odd, SIP_ODD_LONG_LINE);
	assert_int_equal(got.remarks[0].length, SIP_LINE_LONG + 1);
	met |= got.found;

	memcpy(buf, "BYE sip:", 8);
	memset(buf + 8, 'a', SIP_LINE_LONG);
	memcpy(buf + 8 + SIP_LINE_LONG, " SIP/2.0\r\n", 10);
	assert_int_equal(
		sip_msg_parse(&msg, (struct slice){ buf, 18 + SIP_LINE_LONG }, false),
		OK);
	sip_check(&msg, &got);
	assert_int_equal(got.remarks[0].odd, SIP_ODD_LONG_LINE);
	assert_int_equal(got.remarks[0].length, 16 + SIP_LINE_LONG);
}

/* Of many remarks the first by place are kept, all are counted and every code is
 * found. */
static void a_flood_is_counted(void **state)
{
	static char buf[ROOM];
	static struct sip_msg msg;
	static struct sip_check got;
	enum { BAD = 100, GOOD = 300 };
	(void)state;
	size_t n = (size_t)snprintf(buf, ROOM, "%s", REQUEST("INVITE"));
	for (unsigned i = 0; i < BAD; i++)
		n += (size_t)snprintf(buf + n, ROOM - n, "{%u: x\r\n", i);
	for (unsigned i = 0; i < GOOD; i++)
		n += (size_t)snprintf(buf + n, ROOM - n, "Any: x\r\n");
	n += (size_t)snprintf(buf + n, ROOM - n, "Expires: x\r\n\r\n");
	assert_true(n < ROOM);
	assert_int_equal(sip_msg_parse(&msg, (struct slice){ buf, n }, false), OK);
	sip_check(&msg, &got);
	assert_int_equal(got.count, SIP_REMARKS_MAX);
	/* too-many-headers, missing-contact and the Expires */
	assert_int_equal(got.seen, BAD + 3);
	assert_true(got.found == (SIP_ODD_BIT(SIP_ODD_BAD_HEADER_NAME) |
	                          SIP_ODD_BIT(SIP_ODD_TOO_MANY_HEADERS) |
	                          SIP_ODD_BIT(SIP_ODD_MISSING_CONTACT) |
	                          SIP_ODD_BIT(SIP_ODD_BAD_VALUE)));
	assert_int_equal(got.remarks[0].offset, 0);
	assert_int_equal(got.remarks[1].offset, 0);
	for (unsigned i = 2; i < SIP_REMARKS_MAX; i++) {
		char name[8];
		snprintf(name, sizeof name, "{%u", i - 2);
		struct slice at = { buf + got.remarks[i].offset, got.remarks[i].length };
		assert_true(slice_eq(at, text(name)));
	}
	met |= got.found;
	walk_check((struct slice){ buf, n });
}

/* Repeats are looked for among the first parameters of a value alone. */
static void parameters_are_compared_within_a_bound(void **state)
{
	static char buf[ROOM], line[ROOM / 2];
	static struct sip_msg msg;
	static struct sip_check got;
	(void)state;
	size_t n = (size_t)snprintf(line, sizeof line, "Event: x");
	for (unsigned i = 0; i < 2 * SIP_PARAMS_COMPARED; i++)
		n += (size_t)snprintf(line + n, sizeof line - n, ";p%u",
		                      i % (2 * SIP_PARAMS_COMPARED - 2));
	struct slice in = build(buf, "OPTIONS sip:b@example.com SIP/2.0", line);
	assert_int_equal(sip_msg_parse(&msg, in, false), OK);
	sip_check(&msg, &got);
	assert_int_equal(got.seen, 2); /* p0 and p1 once more */
	assert_int_equal(got.remarks[0].odd, SIP_ODD_REPEATED_PARAM);
}

/* --- plain values */

/* Values as they come every day: those that are plain are taken as such. */
static const struct {
	const char *line;
	bool        plain;
} everyday[] = {
	{ "From: \"+18413334250\" <sip:+18413334250@192.0.2.88>;tag=8dd27e", true },
	{ "From: Alice Bell <sips:alice@atlanta.example.com>;tag=1928301774", true },
	{ "From: sip:alice@atlanta.example.com:5061;tag=1", true },
	{ "From: <tel:+13708041958;phone-context=x>;tag=1", true },
	{ "From: <tel:5551;phone-context=example.com>;tag=1", false },
	{ "From: <sip:a@example.com>", false },
	{ "From: <sip:a@[2001:db8::1]>;tag=1", false },
	{ "From: <sip:%61@example.com>;tag=1", false },
	{ "From: <sip:a@300.0.2.1>;tag=1", false },
	{ "From: <sip:a@example.1>;tag=1", false },
	{ "From: <sip:a@-x.example>;tag=1", false },
	{ "From: <sip:a@x-.example>;tag=1", false },
	{ "From: <sip:a@x..example>;tag=1", false },
	{ "From: <sip:a@example.com:65536>;tag=1", false },
	{ "From: \"a\\\"\" <sip:a@example.com>;tag=1", false },
	{ "To: <sip:b@192.0.2.1;user=phone>", true },
	{ "Contact: <sip:b@192.0.2.1:5060;transport=udp;ob>;expires=3600", true },
	{ "Contact: <sip:a@x.example>, <sip:b@x.example>;x=\"y, z\"", true },
	{ "Contact: <sip:a@x.example>;q=0.5", true },
	{ "Contact: <sip:a@x.example>;q=1.5", false },
	{ "Contact: <sip:a@x.example>,", false },
	{ "Contact: <sip:a@x.example;lr;LR>", false },
	{ "Contact: *", false },
	{ "Via: SIP/2.0/UDP 192.0.2.1:5060;rport=5060;branch=z9hG4bK7;received=192.0.2.9",
	  true },
	{ "Via: SIP/2.0/TLS a.example.com;branch=z9hG4bK7, SIP/2.0/UDP b;branch=z9hG4bK8",
	  true },
	{ "Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK", false },
	{ "Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK7;maddr=x", false },
	{ "CSeq: 314159 OPTIONS", true },
	{ "CSeq: 314159 INVITE", false },
	{ "CSeq: 4294967296 OPTIONS", false },
	{ "Call-ID: a84b4c76e66710@pc33.atlanta.example.com", true },
	{ "Max-Forwards: 70", true },
	{ "Max-Forwards: 256", false },
	{ "Content-Length: 142", true },
	{ "Allow: INVITE, ACK,BYE , CANCEL", true },
	{ "Allow: INVITE ACK", false },
	{ "Supported: 100rel,timer", true },
	{ "Content-Type: multipart/mixed;boundary=\"x y\"", true },
	{ "Session-Expires: 1800;refresher=uac", true },
	{ "Reason: Q.850;cause=16;text=\"Normal, clearing\"", true },
	{ "Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>", true },
	{ "Route: sip:p1.example.com", false },
	{ "P-Asserted-Identity: \"Bell\" <sip:a@example.com>, <tel:+1201>", true },
	{ "Authorization: Digest username=\"a\", realm=\"b, c\",nc=00000001", true },
	{ "Authorization: Digest username=\"a\", username=\"b\"", false },
	{ "Authorization: Basic QWxhZGRpbg==", false },
};

/* How the values of a field are plain. */
static bool is_plain(struct sip_checker *c, struct slice value)
{
	switch (c->id) {
	case SIP_HDR_FROM:     return sip_plain_value(c, value, false, sip_plain_from);
	case SIP_HDR_TO:       return sip_plain_value(c, value, false, sip_plain_to);
	case SIP_HDR_CONTACT:  return sip_plain_value(c, value, true, sip_plain_contact);
	case SIP_HDR_VIA:      return sip_plain_value(c, value, true, sip_plain_via);
	case SIP_HDR_CSEQ:     return sip_plain_value(c, value, false, sip_plain_cseq);
	case SIP_HDR_CALL_ID:  return sip_plain_value(c, value, false, sip_plain_call_id);
	case SIP_HDR_MAX_FORWARDS:
		return sip_plain_value(c, value, false, sip_plain_max_forwards);
	case SIP_HDR_CONTENT_LENGTH:
		return sip_plain_value(c, value, false, sip_plain_content_length);
	case SIP_HDR_ALLOW:
	case SIP_HDR_SUPPORTED: return sip_plain_value(c, value, true, sip_plain_token);
	case SIP_HDR_CONTENT_TYPE:
		return sip_plain_value(c, value, false, sip_plain_media);
	case SIP_HDR_SESSION_EXPIRES:
		return sip_plain_value(c, value, false, sip_plain_delta);
	case SIP_HDR_REASON:
		return sip_plain_value(c, value, true, sip_plain_token_params);
	case SIP_HDR_ROUTE: return sip_plain_value(c, value, true, sip_plain_bracketed);
	case SIP_HDR_P_ASSERTED_IDENTITY:
		return sip_plain_value(c, value, true, sip_plain_address);
	case SIP_HDR_AUTHORIZATION:
		return sip_plain_value(c, value, false, sip_plain_auth);
	default: fail_msg("no row for it"); return false;
	}
}

static void plain_values_are_taken(void **state)
{
	static char buf[ROOM];
	static struct sip_msg msg;
	static struct sip_check got;
	(void)state;
	for (size_t i = 0; i < LENGTH(everyday); i++) {
		struct slice in = build(buf, "OPTIONS sip:b@example.com SIP/2.0",
		                        everyday[i].line);
		assert_int_equal(sip_msg_parse(&msg, in, false), OK);
		struct sip_checker c = { .msg = &msg, .out = &got };
		c.id = id_of(everyday[i].line);
		if (is_plain(&c, sip_msg_value(&msg, c.id)) != everyday[i].plain)
			fail_msg("%s", everyday[i].line);
		walk_cuts(in, walk_check);
	}
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Some octets of `in` changed, taken out or put in. */
static struct slice mutate(char *out, struct slice in, uint32_t *seed)
{
	static const char odd[] = "\"\\<>;:,=@?%[]().-_/ \t\r\n+*!0129azAZtqmlr\x7f\xc3";
	memcpy(out, in.p, in.len);
	size_t len = in.len;
	for (unsigned i = next_random(seed) % 4 + 1; i > 0; i--) {
		size_t at = next_random(seed) % len;
		char x = odd[next_random(seed) % (sizeof odd - 1)];
		if (next_random(seed) % 8 == 0)
			x = in.p[next_random(seed) % in.len];
		switch (len > 1 ? next_random(seed) % 3 : 2) {
		case 0: out[at] = x; break;
		case 1:
			memmove(out + at, out + at + 1, --len - at);
			break;
		default:
			memmove(out + at + 1, out + at, len++ - at);
			out[at] = x;
		}
	}
	return (struct slice){ out, len };
}

#define MUTATIONS 200 /* of each value: some tenths of a second for all */

/* Values not far from plain ones, in requests and responses. */
static void nearly_plain_values_are_not_spared(void **state)
{
	static const char *const starts[] = {
		"OPTIONS sip:b@example.com;user=phone SIP/2.0", "SIP/2.0 200 OK",
		"REGISTER sip:example.com SIP/2.0"
	};
	static char line[ROOM / 2], buf[ROOM], changed[2 * ROOM];
	static struct sip_msg msg;
	static struct sip_check got;
	uint32_t seed = 1;
	(void)state;
	for (size_t i = 0; i < LENGTH(everyday) * LENGTH(starts) * MUTATIONS; i++) {
		const char *from = everyday[i % LENGTH(everyday)].line;
		size_t name = slice_index(text(from), ':') + 1;
		struct slice value =
			mutate(changed, slice_skip(text(from), name), &seed);
		snprintf(line, sizeof line, "%.*s%.*s", (int)name, from, (int)value.len,
		         value.p);
		struct slice in = build(buf, starts[i % LENGTH(starts)], line);
		if (i % 5 == 0)
			in = mutate(changed, in, &seed);
		if (sip_msg_parse(&msg, in, false) != OK)
			continue;
		sip_check(&msg, &got);
		same_when_thorough(&msg, &got);
	}
}

/* Runs last: no row of oddity.def is dead. */
static void every_code_was_met(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SIP_ODD_COUNT; i++)
		if (!(met >> i & 1))
			fail_msg("%s", sip_odd_code((enum sip_odd)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_checked),
		cmocka_unit_test(messages_are_checked),
		cmocka_unit_test(nul_is_an_octet),
		cmocka_unit_test(long_lines_are_noted),
		cmocka_unit_test(a_flood_is_counted),
		cmocka_unit_test(parameters_are_compared_within_a_bound),
		cmocka_unit_test(plain_values_are_taken),
		cmocka_unit_test(nearly_plain_values_are_not_spared),
		cmocka_unit_test(every_code_was_met),
	};
	return cmocka_run_group_tests_name("sip/check", tests, NULL, NULL);
}
