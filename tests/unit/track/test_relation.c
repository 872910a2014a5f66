/* SPDX-License-Identifier: MIT */
/* Legs of one call under different Call-IDs: RFC 3261, 3515, 3891, 3911, 7315, 7989, 8866
 * say what the header fields and lines mean that tie them together. */
#include "config.h"

#include "track/relation.h"

#include <stdio.h>
#include <string.h>

#include "world.h"

#define MS     TICK_MS
#define S      TICK_S

#define UUID_A "ab30317f1a784dc48ff824d0d3715d86"
#define UUID_B "47755a9de7794ba387653f2099600ef2"
#define NIL    "00000000000000000000000000000000"

/* What is related to the call with this Call-ID, as "2=refer 3=media". */
static const char *related(const struct world *w, const char *call_id)
{
	static char text[8192];
	struct mem mem;
	struct relation *list;
	uint32_t count;
	mem_init(&mem, 1 << 20);
	uint32_t call =
		tracker_find_call(w->tracker, (struct slice){ call_id, strlen(call_id) });
	assert_int_not_equal(call, 0);
	assert_int_equal(tracker_related(w->tracker, call, &mem, &list, &count), OK);
	text[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		size_t n = strlen(text);
		assert_in_range(list[i].by, 0, RELATION_BY_COUNT - 1);
		snprintf(text + n, sizeof(text) - n, "%s%u=%s", i ? " " : "",
		         (unsigned)list[i].call,
		         relation_name((enum relation_by)list[i].by));
	}
	mem_give(&mem, list, count * sizeof(*list));
	assert_int_equal(mem.used, 0);
	return text;
}

/* Who is related to one is so by the same evidence the other way round. */
static void assert_mutual(const struct world *w)
{
	struct mem mem;
	struct relation *list, *back;
	uint32_t count, n, calls = tracker_calls(w->tracker);
	mem_init(&mem, 1 << 20);
	for (uint32_t call = 1; call <= calls; call++) {
		assert_int_equal(tracker_related(w->tracker, call, &mem, &list, &count),
		                 OK);
		for (uint32_t i = 0; i < count; i++) {
			uint32_t found = 0;
			assert_true(i == 0 || list[i - 1].call < list[i].call);
			assert_int_not_equal(list[i].call, call);
			assert_int_equal(tracker_related(w->tracker, list[i].call, &mem,
			                                 &back, &n),
			                 OK);
			for (uint32_t j = 0; j < n; j++)
				found += back[j].call == call && back[j].by == list[i].by;
			assert_int_equal(found, 1);
			mem_give(&mem, back, n * sizeof(*back));
		}
		mem_give(&mem, list, count * sizeof(*list));
	}
}

#define RELATED(w, call_id, want) assert_string_equal(related((w), (call_id)), (want))

/* Calls "one" and "two", the second with these header lines. */
static void two_calls(struct world *w, const char *first, const char *second)
{
	world_init(w);
	SAY(w, 0, .start = "INVITE", .call_id = "one", .more = first);
	world_hop(w, 2, 3);
	SAY(w, 10 * MS, .start = "INVITE", .call_id = "two", .more = second);
}

static void assert_tied(const char *first, const char *second, const char *by)
{
	struct world w;
	char want[40];
	two_calls(&w, first, second);
	snprintf(want, sizeof(want), "%s%s", *by ? "2=" : "", by);
	RELATED(&w, "one", want);
	snprintf(want, sizeof(want), "%s%s", *by ? "1=" : "", by);
	RELATED(&w, "two", want);
	world_clear(&w);
}

/* --- header fields */

static void test_named(void **unused)
{
	(void)unused;
	assert_tied("", "", "");
	assert_tied("", "X-Call-ID: one\r\n", "x-call-id");
	assert_tied("", "x-cid: one\r\n", "x-call-id");
	assert_tied("X-Call-ID: two\r\n", "", "x-call-id"); /* named before it came */
	assert_tied("", "X-Call-ID: another\r\n", "");
	assert_tied("", "X-Call-ID: ONE\r\n", ""); /* RFC 3261 8.1.1.4: byte by byte */
	assert_tied("", "X-Call-ID: two\r\n", ""); /* its own */
	assert_tied("", "Replaces: one;to-tag=b;from-tag=a\r\n", "replaces");
	assert_tied("", "Replaces: two;to-tag=b;from-tag=a\r\n", "");
	assert_tied("", "Join: one;to-tag=b;from-tag=a\r\n", "join");
	assert_tied("", "Target-Dialog: one;local-tag=a;remote-tag=b\r\n", "refer");
	assert_tied("", "In-Reply-To: zero@a, one\r\n", "in-reply-to");
}

static void test_shared(void **unused)
{
	(void)unused;
	assert_tied("X-CID: f81d4fae7dec\r\n", "X-Call-ID: f81d4fae7dec\r\n",
	            "x-call-id");
	assert_tied("X-CID: 0\r\n", "X-CID: 0\r\n", ""); /* hardly unique */
	assert_tied("P-Charging-Vector: icid-value=\"1234bc9876e\"\r\n",
	            "P-Charging-Vector: icid-value=1234bc9876e;orig-ioi=home\r\n",
	            "icid");
	assert_tied("P-Charging-Vector: icid-value=1234bc9876e\r\n",
	            "P-Charging-Vector: icid-value=1234bc9876f\r\n", "");
	assert_tied("P-Charging-Vector: icid-value=1\r\n",
	            "P-Charging-Vector: icid-value=1\r\n", "");
}

static void test_session_id(void **unused)
{
	(void)unused;
	assert_tied("Session-ID: " UUID_A "\r\n", /* RFC 7329 */
	            "Session-ID: " UUID_A ";remote=" NIL "\r\n", "session-id");
	assert_tied("Session-ID: " UUID_A ";remote=" NIL "\r\n",
	            "Session-ID: " UUID_B ";remote=" UUID_A "\r\n", "session-id");
	assert_tied("Session-ID: " UUID_A ";remote=" NIL "\r\n",
	            "Session-ID: " UUID_B ";remote=" NIL "\r\n", "");
	assert_tied("Session-ID: " NIL ";remote=" NIL "\r\n",
	            "Session-ID: " NIL ";remote=" NIL "\r\n", "");
	assert_tied("Session-ID: 4711\r\n", "Session-ID: 4711\r\n", "");
	struct world w; /* the answer shows the other half */
	two_calls(&w, "Session-ID: " UUID_A ";remote=" NIL "\r\n", "");
	SAY(&w, 1 * S, .start = "200", .call_id = "two", .to_tag = "b",
	    .more = "Session-ID: " UUID_B ";remote=" UUID_A "\r\n", .body = "v=0\r\n");
	RELATED(&w, "one", "2=session-id");
	world_clear(&w);
}

static void test_configured(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	tracker_relate_by(w.tracker, SLICE("X-Leg"));
	SAY(&w, 0, .start = "INVITE", .call_id = "one");
	SAY(&w, 1, .start = "INVITE", .call_id = "two", .more = "x-leg: one\r\n");
	SAY(&w, 2, .start = "INVITE", .call_id = "three", .more = "X-Legs: one\r\n");
	RELATED(&w, "one", "2=x-call-id");
	world_clear(&w);
	world_init(&w); /* one that has a row of header.def */
	tracker_relate_by(w.tracker, SLICE("User-to-User"));
	SAY(&w, 0, .start = "INVITE", .call_id = "one");
	SAY(&w, 1, .start = "INVITE", .call_id = "two", .more = "User-to-User: one\r\n");
	RELATED(&w, "one", "2=x-call-id");
	world_clear(&w);
}

/* Each once, by the strongest evidence, in order; who replaces the same call is not
 * related by that. */
static void test_strongest(void **unused)
{
	(void)unused;
	struct world w;
	two_calls(&w, "Session-ID: " UUID_A "\r\n",
	          "Session-ID: " UUID_A "\r\nX-Call-ID: one\r\nIn-Reply-To: one\r\n");
	SAY(&w, 20 * MS, .start = "INVITE", .call_id = "three",
	    .more = "Replaces: one;to-tag=b;from-tag=a\r\nX-Call-ID: one\r\n");
	SAY(&w, 30 * MS, .start = "INVITE", .call_id = "four",
	    .more = "Replaces: one;to-tag=b;from-tag=a\r\n");
	RELATED(&w, "one", "2=x-call-id 3=replaces 4=replaces");
	RELATED(&w, "two", "1=x-call-id 3=x-call-id");
	RELATED(&w, "three", "1=replaces 2=x-call-id");
	RELATED(&w, "four", "1=replaces");
	assert_mutual(&w);
	world_clear(&w);
}

/* Only what calls send counts: a registration has a Session-ID of its own kind. */
static void test_no_calls(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "REGISTER", .call_id = "one",
	    .more = "Session-ID: " UUID_A "\r\n");
	SAY(&w, 1, .start = "OPTIONS", .call_id = "two",
	    .more = "Session-ID: " UUID_A "\r\n");
	RELATED(&w, "one", "");
	world_clear(&w);
}

/* --- REFER */

/* Host 1 calls host 2 and sends it the REFER, which gets this answer. */
static void refer(struct world *w, const char *more, const char *status)
{
	world_init(w);
	SAY(w, 0, .start = "INVITE", .call_id = "one");
	SAY(w, 1 * S, .start = "200", .call_id = "one", .to_tag = "b");
	SAY(w, 2 * S, .start = "REFER", .call_id = "one", .to_tag = "b", .cseq = 2,
	    .branch = "r", .more = more);
	SAY(w, 2 * S, .start = status, .method = "REFER", .call_id = "one", .to_tag = "b",
	    .cseq = 2, .branch = "r");
}

static void notify(struct world *w, uint64_t at, const char *state)
{
	char more[120];
	snprintf(more, sizeof(more), "Event: refer\r\nSubscription-State: %s\r\n", state);
	world_hop(w, 2, 1);
	SAY(w, at, .start = "NOTIFY", .call_id = "one", .from_tag = "b", .to_tag = "a",
	    .cseq = 7, .branch = "n", .more = more);
}

#define TO_B "Refer-To: <sip:b@example.com>\r\n"

/* The INVITE that sip_text writes goes to sip:b@example.com. */
static void test_triggered(void **unused)
{
	(void)unused;
	static const struct {
		const char *refer, *status;
		unsigned from; /* host that sends the INVITE */
		const char *invite, *by;
	} rows[] = {
		{ TO_B, "202", 2, "", "refer" },
		{ "r: sip:b@example.com:5070;method=INVITE\r\n", "202", 2, "", "refer" },
		{ TO_B, "202", 2, "Referred-By: <sip:a@example.com>\r\n", "refer" },
		{ TO_B "Referred-By: <sip:a@example.com>\r\n", "202", 9,
		  "Referred-By: <sip:a@example.com>\r\n", "refer" },
		/* the target is another host: a PBX that knows where b is */
		{ "Refer-To: <sip:b@10.0.0.7>\r\n", "202", 2, "", "guess" },
		{ "Refer-To: <sip:b@10.0.0.7>\r\nReferred-By: <sip:a@example.com>\r\n",
		  "202", 2, "Referred-By: <sip:a@example.com>\r\n", "refer" },
		/* another sender, target or method; refused; referred by another */
		{ TO_B, "202", 9, "", "" },
		{ TO_B, "202", 1, "", "" },
		{ TO_B, "603", 2, "", "" },
		{ "Refer-To: <sip:c@example.com>\r\n", "202", 2, "", "" },
		{ "Refer-To: <sip:b@example.com;method=BYE>\r\n", "202", 2, "", "" },
		{ TO_B "Referred-By: <sip:a@example.com>\r\n", "202", 2,
		  "Referred-By: <sip:x@example.com>\r\n", "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char want[40];
		refer(&w, rows[i].refer, rows[i].status);
		world_hop(&w, rows[i].from, 3);
		SAY(&w, 3 * S, .start = "INVITE", .call_id = "two",
		    .more = rows[i].invite);
		snprintf(want, sizeof(want), "%s%s", *rows[i].by ? "1=" : "", rows[i].by);
		RELATED(&w, "two", want);
		world_clear(&w);
	}
}

static void test_refer_life(void **unused)
{
	(void)unused;
	struct world w;
	refer(&w, TO_B, "202");
	notify(&w, 2500 * MS, "active;expires=60");
	world_hop(&w, 2, 3);
	SAY(&w, 3 * S, .start = "INVITE", .call_id = "two");
	SAY(&w, 4 * S, .start = "INVITE", .call_id = "three"); /* its own: one for each */
	RELATED(&w, "one", "2=refer");
	world_clear(&w);
	refer(&w, TO_B, "202");
	notify(&w, 2500 * MS, "terminated;reason=noresource");
	world_hop(&w, 2, 3);
	SAY(&w, 3 * S, .start = "INVITE", .call_id = "two");
	RELATED(&w, "one", "");
	world_clear(&w);
	refer(&w, TO_B "Refer-Sub: false\r\n", "100"); /* nothing ends it but time */
	world_hop(&w, 2, 3);
	SAY(&w, 183 * S, .start = "INVITE", .call_id = "two");
	RELATED(&w, "one", "");
	world_clear(&w);
	refer(&w, TO_B "Refer-Sub: false\r\n", "100");
	world_hop(&w, 2, 3);
	SAY(&w, 182 * S, .start = "INVITE", .call_id = "two");
	RELATED(&w, "one", "2=refer");
	world_clear(&w);
}

/* What the URI of Refer-To brings along for the INVITE (RFC 3261 19.1.1). */
static void test_refer_headers(void **unused)
{
	(void)unused;
	struct world w;
	refer(&w, "Refer-To: <sip:c@example.com?Call-ID=t%77o>\r\n", "202");
	world_hop(&w, 5, 6);
	SAY(&w, 3 * S, .start = "INVITE", .call_id = "two");
	RELATED(&w, "one", "2=refer");
	world_clear(&w);
	refer(&w,
	      "Refer-To: <sip:c@example.com?Replaces=two%3Bto-tag%3Db%3Bfrom-tag%3Da>"
	      "\r\n",
	      "202");
	SAY(&w, 3 * S, .start = "INVITE", .call_id = "two", .branch = "2");
	SAY(&w, 3 * S, .start = "INVITE", .call_id = "three", .branch = "3",
	    .more = "Replaces: two;to-tag=b;from-tag=a\r\n");
	RELATED(&w, "one", "2=replaces");
	RELATED(&w, "two", "1=replaces 3=replaces");
	assert_mutual(&w);
	world_clear(&w);
}

/* --- SDP */

#define TYPE "Content-Type: application/sdp\r\n"
#define SDP(o, c, m)                                                                     \
	"v=0\r\no=" o "\r\ns=-\r\nc=IN IP4 " c "\r\nt=0 0\r\nm=audio " m                 \
	" RTP/AVP 0\r\na=sendrecv\r\n"
#define O1 "- 3724394400 1 IN IP4 192.0.2.1"

/* From host 1 to 2 in the call "one", and on from host `from` in the call "two". */
static void assert_passed_on(const char *first, unsigned from, tick after,
                             const char *second, const char *want)
{
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .call_id = "one", .more = TYPE, .body = first);
	world_hop(&w, from, 30);
	SAY(&w, after, .start = "INVITE", .call_id = "two", .more = TYPE, .body = second);
	RELATED(&w, "two", want);
	world_clear(&w);
}

static void test_origin(void **unused)
{
	(void)unused;
	const char *one = SDP(O1, "192.0.2.1", "4000");
	/* sent on, with a version of its own and other media (RFC 8866 5.2) */
	assert_passed_on(one, 2, 1 * S,
	                 SDP("- 3724394400 2 IN IP4 192.0.2.1", "192.0.2.9", "9000"),
	                 "1=sdp-origin");
	assert_passed_on(one, 2, 1 * S,
	                 SDP("x 3724394400 1 IN IP4 192.0.2.1", "192.0.2.9", "9000"), "");
	assert_passed_on(one, 2, 1 * S,
	                 SDP("- 3724394401 1 IN IP4 192.0.2.1", "192.0.2.9", "9000"), "");
	assert_passed_on(one, 2, 1 * S,
	                 SDP("- 3724394400 1 IN IP4 192.0.2.2", "192.0.2.9", "9000"), "");
	/* by one that was not seen in the first call, but soon */
	assert_passed_on(one, 8, 31 * S, SDP(O1, "192.0.2.9", "9000"), "1=sdp-origin");
	/* by the same sender: it is not unique */
	assert_passed_on(one, 1, 1 * S, SDP(O1, "192.0.2.9", "9000"), "");
	/* what many write */
	const char *fixed = SDP("- 0 0 IN IP4 0.0.0.0", "192.0.2.1", "4000");
	assert_passed_on(fixed, 2, 1 * S,
	                 SDP("- 0 0 IN IP4 0.0.0.0", "192.0.2.9", "9000"), "");
	const char *small = SDP("- 1 1 IN IP4 10.0.0.9", "192.0.2.1", "4000");
	assert_passed_on(small, 8, 1 * S,
	                 SDP("- 1 1 IN IP4 10.0.0.9", "192.0.2.9", "9000"), "");
	assert_passed_on(small, 2, 1 * S,
	                 SDP("- 1 1 IN IP4 10.0.0.9", "192.0.2.9", "9000"),
	                 "1=sdp-origin");
	const char *browser =
		SDP("- 4611731400430051336 2 IN IP4 127.0.0.1", "192.0.2.1", "4000");
	assert_passed_on(
		browser, 8, 1 * S,
		SDP("- 4611731400430051336 2 IN IP4 127.0.0.1", "192.0.2.9", "9000"),
		"1=sdp-origin");
}

/* By one that was not seen in the first call: that goes for 32 s. */
static void test_origin_later(void **unused)
{
	(void)unused;
	for (unsigned late = 0; late < 2; late++) {
		struct world w;
		world_init(&w);
		SAY(&w, 0, .start = "INVITE", .call_id = "one", .more = TYPE,
		    .body = SDP(O1, "192.0.2.1", "4000"));
		SAY(&w, 1 * S, .start = "200", .call_id = "one", .to_tag = "b");
		world_hop(&w, 8, 9);
		SAY(&w, 32 * S + late, .start = "INVITE", .call_id = "two", .more = TYPE,
		    .body = SDP(O1, "192.0.2.9", "9000"));
		RELATED(&w, "one", late ? "" : "2=sdp-origin");
		world_clear(&w);
	}
}

static void test_media(void **unused)
{
	(void)unused;
#define OTHER "- 99 1 IN IP4 192.0.2.9"
	const char *one = SDP(O1, "192.0.2.1", "4000");
	assert_passed_on(one, 2, 1 * S, SDP(OTHER, "192.0.2.1", "4000"), "1=media");
	assert_passed_on(one, 2, 1 * S, SDP(OTHER, "192.0.2.1", "4002"), "");
	assert_passed_on(one, 2, 1 * S, SDP(OTHER, "192.0.2.2", "4000"), "");
	assert_passed_on(one, 8, 1 * S, SDP(OTHER, "192.0.2.1", "4000"), "");
	assert_passed_on(one, 1, 1 * S, SDP(OTHER, "192.0.2.1", "4000"), "");
	/* the c= of the media counts before that of the session (RFC 8866 5.7) */
	assert_passed_on(one, 2, 1 * S,
	                 "v=0\r\no=" OTHER "\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
	                 "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n",
	                 "1=media");
	/* no media: refused, not known yet, on hold, multicast */
#define NONE(c, m) assert_passed_on(SDP(O1, c, m), 2, 1 * S, SDP(OTHER, c, m), "")
	NONE("192.0.2.1", "0");
	NONE("192.0.2.1", "9");
	NONE("0.0.0.0", "4000");
	NONE("127.0.0.1", "4000");
	NONE("224.2.1.1/127", "4000");
	/* the first media is refused, the second counts */
	assert_passed_on("v=0\r\no=" O1
	                 "\r\nc=IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 0\r\n"
	                 "m=video 5000 RTP/AVP 99\r\n",
	                 2, 1 * S, SDP(OTHER, "192.0.2.1", "5000"), "1=media");
}

/* The answer goes back the same way: from 3 to 2, and from 2 to 1. */
static void test_answer(void **unused)
{
	(void)unused;
	struct world w;
	two_calls(&w, "", "");
	SAY(&w, 1 * S, .start = "183", .call_id = "two", .to_tag = "b", .more = TYPE,
	    .body = SDP(O1, "192.0.2.1", "4000"));
	world_hop(&w, 1, 2);
	SAY(&w, 1 * S, .start = "200", .call_id = "one", .to_tag = "c", .more = TYPE,
	    .body = SDP("- 5 5 IN IP4 192.0.2.2", "192.0.2.1", "4000"));
	RELATED(&w, "one", "2=media");
	world_clear(&w);
}

/* A load generator has one o= line and one port for all its calls. */
static void generated(struct world *w, uint64_t at, const char *call_id, unsigned from)
{
	world_hop(w, from, from + 1);
	SAY(w, at, .start = "INVITE", .call_id = call_id, .more = TYPE,
	    .body = SDP("user1 53655765 2353687637 IN IP4 10.0.0.1", "10.0.0.1", "6000"));
}

static void end_call(struct world *w, uint64_t at, const char *call_id, unsigned from)
{
	world_hop(w, from, from + 1);
	SAY(w, at, .start = "200", .call_id = call_id, .to_tag = "b");
	SAY(w, at + 1 * MS, .start = "BYE", .call_id = call_id, .to_tag = "b", .cseq = 2,
	    .branch = "y");
}

static void test_not_unique(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w); /* calls at once: whose leg is whose cannot be told */
	generated(&w, 0, "a1", 1);
	generated(&w, 10 * MS, "b1", 2);
	RELATED(&w, "a1", "2=sdp-origin");
	generated(&w, 20 * MS, "a2", 1);
	generated(&w, 30 * MS, "b2", 2);
	RELATED(&w, "a1", "");
	RELATED(&w, "b2", "");
	assert_int_equal(tracker_stats(w.tracker)->relations_common, 2);
	world_clear(&w);
	world_init(&w); /* one after the other */
	generated(&w, 0, "a1", 1);
	generated(&w, 10 * MS, "b1", 2);
	end_call(&w, 1 * S, "a1", 1);
	end_call(&w, 1 * S, "b1", 2);
	generated(&w, 2 * S, "a2", 1);
	generated(&w, 2010 * MS, "b2", 2);
	RELATED(&w, "a1", "2=sdp-origin");
	RELATED(&w, "a2", "4=sdp-origin");
	RELATED(&w, "b2", "3=sdp-origin");
	assert_int_equal(tracker_stats(w.tracker)->relations_common, 0);
	world_clear(&w);
}

/* A proxy sends the same INVITE on: that is no other call, and no other sender of it. */
static void test_forwarded(void **unused)
{
	(void)unused;
	struct world w;
	const char *body = SDP(O1, "192.0.2.1", "4000");
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .call_id = "one", .more = TYPE, .body = body);
	world_hop(&w, 2, 3);
	SAY(&w, 1, .start = "INVITE", .call_id = "one", .sent_by = "10.0.0.2:5060",
	    .branch = "z9hG4bKp", .more = TYPE, .body = body,
	    .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1");
	RELATED(&w, "one", "");
	world_hop(&w, 3, 4); /* behind the second hop a B2BUA takes it over */
	SAY(&w, 2, .start = "INVITE", .call_id = "two", .more = TYPE, .body = body);
	RELATED(&w, "one", "2=sdp-origin");
	world_clear(&w);
}

/* --- bounds */

static void many(struct world *w, unsigned from, unsigned to, const char *more)
{
	char id[24];
	for (unsigned i = from; i < to; i++) {
		snprintf(id, sizeof(id), "many-%u", i);
		SAY(w, i, .start = "INVITE", .call_id = id, .more = more);
	}
}

static void test_too_many(void **unused)
{
	(void)unused;
	struct world w;
	const char *same = "Session-ID: " UUID_A "\r\n";
	world_init(&w);
	many(&w, 0, RELATION_GROUP_MAX, same);
	assert_true(strlen(related(&w, "many-0")) > 63 * strlen("2=session-id"));
	assert_mutual(&w);
	assert_int_equal(tracker_stats(w.tracker)->relations_dropped, 0);
	many(&w, RELATION_GROUP_MAX, RELATION_GROUP_MAX + 1, same);
	RELATED(&w, "many-0", "");
	assert_int_equal(tracker_stats(w.tracker)->relations_dropped, 1);
	size_t before = w.mem.used;
	many(&w, RELATION_GROUP_MAX + 1, 99000, same);
	size_t plain = w.mem.used - before;
	RELATED(&w, "many-98999", "");
	assert_int_equal(tracker_stats(w.tracker)->relations_dropped, 1);
	world_clear(&w);
	world_init(&w); /* the same calls without it take as much */
	many(&w, 0, RELATION_GROUP_MAX + 1, "");
	before = w.mem.used;
	many(&w, RELATION_GROUP_MAX + 1, 99000, "");
	assert_in_range(plain, 0, w.mem.used - before + 65536);
	world_clear(&w);
}

/* One call with very many values, and very many REFERs to one target. */
static void test_much_of_one(void **unused)
{
	(void)unused;
	struct world w;
	char more[120], branch[24];
	world_init(&w);
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(more, sizeof(more), "Session-ID: %032x\r\n" TO_B, i + 1);
		snprintf(branch, sizeof(branch), "z9hG4bK%u", i);
		SAY(&w, i, .start = i ? "REFER" : "INVITE", .call_id = "one",
		    .cseq = i + 1, .branch = branch, .more = more);
	}
	world_hop(&w, 2, 3);
	SAY(&w, 1 * S, .start = "INVITE", .call_id = "two",
	    .more = "Session-ID: 00000000000000000000000000004e20\r\n");
	RELATED(&w, "one", "2=refer");
	world_clear(&w);
}

/* What was seen longest ago is forgotten, and memory does not grow with it. */
static void test_forgotten(void **unused)
{
	(void)unused;
	struct world w;
	char body[256], id[24];
	world_init(&w);
	for (unsigned i = 0; i < 40000; i++) {
		snprintf(body, sizeof(body),
		         SDP("- 37243%05u 1 IN IP4 192.0.2.1", "0.0.0.0", "0"), i);
		snprintf(id, sizeof(id), "many-%u", i);
		SAY(&w, i, .start = "INVITE", .call_id = id, .more = TYPE, .body = body);
	}
	world_hop(&w, 2, 3);
	snprintf(body, sizeof(body),
	         SDP("- 37243%05u 1 IN IP4 192.0.2.1", "0.0.0.0", "0"), 39999U);
	SAY(&w, 1 * S, .start = "INVITE", .call_id = "two", .more = TYPE, .body = body);
	RELATED(&w, "many-39999", "40001=sdp-origin");
	snprintf(body, sizeof(body),
	         SDP("- 37243%05u 1 IN IP4 192.0.2.1", "0.0.0.0", "0"), 5U);
	SAY(&w, 1 * S, .start = "INVITE", .call_id = "three", .more = TYPE, .body = body);
	RELATED(&w, "many-5", "");
	assert_int_equal(tracker_stats(w.tracker)->relations_refused, 0);
	world_clear(&w);
}

/* Each allocation fails once: nothing breaks, and what is missing was counted. */
static void test_no_memory(void **unused)
{
	(void)unused;
	for (uint64_t fail = 1;; fail++) {
		struct world w;
		world_init(&w);
		uint64_t begin = w.mem.taken;
		w.mem.fail_at = begin + fail;
		TRY(&w, 0, .start = "INVITE", .call_id = "one", .more = TYPE,
		    .body = SDP(O1, "192.0.2.1", "4000"));
		TRY(&w, 1, .start = "200", .call_id = "one", .to_tag = "b");
		TRY(&w, 2, .start = "REFER", .call_id = "one", .to_tag = "b", .cseq = 2,
		    .branch = "r", .more = TO_B "Session-ID: " UUID_A "\r\n");
		world_hop(&w, 2, 3);
		TRY(&w, 3, .start = "INVITE", .call_id = "two",
		    .more = TYPE "Session-ID: " UUID_A "\r\nX-Call-ID: one\r\n",
		    .body = SDP(O1, "192.0.2.1", "4000"));
		const struct track_stats *stats = tracker_stats(w.tracker);
		bool all = stats->refused == 0 && stats->relations_refused == 0;
		struct relation *list;
		uint32_t count = 0;
		if (tracker_calls(w.tracker) == 2 &&
		    tracker_related(w.tracker, 2, &w.mem, &list, &count) == OK)
			mem_give(&w.mem, list, count * sizeof(*list));
		uint64_t taken = w.mem.taken;
		w.mem.fail_at = 0;
		if (all)
			RELATED(&w, "two", "1=refer");
		world_clear(&w);
		if (taken - begin < fail)
			break;
		assert_in_range(fail, 1, 500);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named),         cmocka_unit_test(test_shared),
		cmocka_unit_test(test_session_id),    cmocka_unit_test(test_configured),
		cmocka_unit_test(test_strongest),     cmocka_unit_test(test_no_calls),
		cmocka_unit_test(test_triggered),     cmocka_unit_test(test_refer_life),
		cmocka_unit_test(test_refer_headers), cmocka_unit_test(test_origin),
		cmocka_unit_test(test_origin_later),  cmocka_unit_test(test_media),
		cmocka_unit_test(test_answer),        cmocka_unit_test(test_not_unique),
		cmocka_unit_test(test_forwarded),     cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_much_of_one),   cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
