/* SPDX-License-Identifier: MIT */
/* Offers and answers: what each description is, what is agreed, what is odd. */
#include "config.h"

#include "track/media.h"

#include <stdio.h>
#include <string.h>

#include "support/guard.h"
#include "track/session.h"
#include "world.h"

#define MS   TICK_MS
#define S    TICK_S
#define TYPE "Content-Type: application/sdp\r\n"
#define RSEQ "Require: 100rel\r\nRSeq: 1\r\n"
#define A(n)                                                                             \
	"v=0\r\no=a 1 " #n " IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define B(n)                                                                             \
	"v=0\r\no=b 1 " #n " IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n"
#define PCMA  "m=audio 4000 RTP/AVP 8\r\n"
#define HOLD  PCMA "a=sendonly\r\n"
#define HELD  PCMA "a=recvonly\r\n"
#define STILL PCMA "a=inactive\r\n"

/* The exchanges of a dialog as "1>2 accepted, 4> rejected", with ! where the callee
 * offered. */
static void assert_exchanges(const struct world *w, uint32_t dialog, const char *want)
{
	struct media_exchange list[MEDIA_EXCHANGES_MAX];
	char got[512] = "";
	uint32_t more = 99, n = tracker_exchanges(w->tracker, dialog, list, &more);
	assert_int_equal(more, 0);
	for (uint32_t i = 0; i < n; i++) {
		size_t at = strlen(got);
		char answer[16] = "";
		if (list[i].answer)
			snprintf(answer, sizeof answer, "%u", (unsigned)list[i].answer);
		snprintf(got + at, sizeof(got) - at, "%s%s%u>%s %s", i ? ", " : "",
		         list[i].by_callee ? "!" : "", (unsigned)list[i].offer, answer,
		         media_state_name(list[i].state));
	}
	assert_string_equal(got, want);
}

static void assert_odd(const struct world *w, unsigned odd)
{
	assert_int_equal(w->is.media.odd, odd);
}

#define BIT(odd) (1U << (odd))

static void open_call(struct world *w)
{
	world_init(w);
	SAY(w, 0, .start = "INVITE", .more = TYPE, .body = A(1) PCMA);
	SAY(w, 1 * S, .start = "200", .to_tag = "b", .more = TYPE, .body = B(1) PCMA);
	SAY(w, 2 * S, .start = "ACK", .to_tag = "b", .branch = "ack");
}

/* A request inside the dialog, of the caller. */
#define ASK(w, ms, method_, n, ...)                                                      \
	SAY(w, (ms)*MS, .start = method_, .to_tag = "b", .cseq = (n),                    \
	    .branch = "z9hG4bK" #n, __VA_ARGS__)
#define REPLY(w, ms, status, method_, n, ...)                                            \
	SAY(w, (ms)*MS, .start = status, .method = method_, .to_tag = "b", .cseq = (n),  \
	    .branch = "z9hG4bK" #n, __VA_ARGS__)

/* --- RFC 6337 table 1 */

/* 1: INVITE and 2xx. */
static void test_offer_in_invite(void **unused)
{
	(void)unused;
	struct world w;
	open_call(&w);
	assert_exchanges(&w, 1, "1>2 accepted");
	assert_int_equal(world_message(&w, 1)->sdp, TRACK_SDP_OFFER);
	assert_int_equal(world_message(&w, 2)->sdp, TRACK_SDP_ANSWER);
	assert_int_equal(tracker_unanswered(w.tracker, 3), 0);
	world_clear(&w);
}

/* 2: 2xx and ACK. */
static void test_offer_in_success(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1 * S, .start = "200", .to_tag = "b", .more = TYPE, .body = B(1) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_OFFER);
	assert_exchanges(&w, 1, "!2> open");
	SAY(&w, 2 * S, .start = "ACK", .to_tag = "b", .branch = "ack", .more = TYPE,
	    .body = A(1) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_ANSWER);
	assert_int_equal(w.is.media.offer, 2);
	assert_exchanges(&w, 1, "!2>3 accepted");
	world_clear(&w);

	world_init(&w); /* and an ACK that leaves it open */
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1 * S, .start = "200", .to_tag = "b", .more = TYPE, .body = B(1) PCMA);
	SAY(&w, 2 * S, .start = "ACK", .to_tag = "b", .branch = "ack");
	assert_int_equal(tracker_unanswered(w.tracker, 3), 2);
	world_clear(&w);
}

/* 3: INVITE and reliable 1xx. What comes with the 2xx is the same once more. */
static void test_reliable_answer(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .more = TYPE, .body = A(1) PCMA);
	SAY(&w, 1 * S, .start = "183", .to_tag = "b", .more = RSEQ TYPE,
	    .body = B(1) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_ANSWER);
	ASK(&w, 1100, "PRACK", 2, .more = "");
	REPLY(&w, 1200, "200", "PRACK", 2, .more = "");
	assert_int_equal(tracker_unanswered(w.tracker, 4), 0);
	SAY(&w, 2 * S, .start = "200", .to_tag = "b", .more = TYPE, .body = B(1) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_PREVIEW);
	assert_odd(&w, 0);
	assert_exchanges(&w, 1, "1>2 accepted");
	assert_int_equal(tracker_unanswered(w.tracker, 5), 0);
	world_clear(&w);
}

/* 4: reliable 1xx and PRACK; and 5: PRACK and its 2xx; and 6: UPDATE and its 2xx. */
static void test_prack_and_update(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE");
	SAY(&w, 1 * S, .start = "183", .to_tag = "b", .more = RSEQ TYPE,
	    .body = B(1) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_OFFER);
	ASK(&w, 1100, "PRACK", 2, .more = TYPE, .body = A(1) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_ANSWER);
	assert_exchanges(&w, 1, "!2>3 accepted");
	REPLY(&w, 1200, "200", "PRACK", 2, .more = "");
	SAY(&w, 1300 * MS, .start = "180", .to_tag = "b",
	    .more = "Require: 100rel\r\nRSeq: 2\r\n");
	ASK(&w, 1400, "PRACK", 3, .more = TYPE, .body = A(2) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_OFFER);
	REPLY(&w, 1500, "200", "PRACK", 3, .more = TYPE, .body = B(2) PCMA);
	ASK(&w, 1600, "UPDATE", 4, .more = TYPE, .body = A(3) PCMA);
	assert_odd(&w, 0);
	REPLY(&w, 1700, "200", "UPDATE", 4, .more = TYPE, .body = B(3) PCMA);
	SAY(&w, 2 * S, .start = "200", .to_tag = "b");
	SAY(&w, 3 * S, .start = "ACK", .to_tag = "b", .branch = "ack");
	assert_exchanges(&w, 1, "!2>3 accepted, 6>7 accepted, 8>9 accepted");
	assert_int_equal(tracker_unanswered(w.tracker, 10), 0);
	assert_int_equal(tracker_unanswered(w.tracker, 11), 0);
	world_clear(&w);
}

/* --- early media, forks, hops */

static void test_early_media(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .more = TYPE, .body = A(1) PCMA);
	SAY(&w, 1 * S, .start = "183", .to_tag = "b", .more = TYPE, .body = B(1) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_PREVIEW);
	assert_exchanges(&w, 1, "1> open");
	assert_int_equal(tracker_preview(w.tracker, 1), 2);
	SAY(&w, 2 * S, .start = "200", .to_tag = "b", .more = TYPE, .body = B(2) HOLD);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_ANSWER);
	assert_int_equal(w.is.media.before, 2);
	assert_odd(&w, BIT(MEDIA_CHANGED));
	assert_exchanges(&w, 1, "1>3 accepted");
	world_clear(&w);

	world_init(&w); /* announced, and never given */
	SAY(&w, 0, .start = "INVITE", .more = TYPE, .body = A(1) PCMA);
	SAY(&w, 1 * S, .start = "183", .to_tag = "b", .more = TYPE, .body = B(1) PCMA);
	SAY(&w, 2 * S, .start = "200", .to_tag = "b");
	assert_int_equal(tracker_unanswered(w.tracker, 3), 1);
	assert_exchanges(&w, 1, "1> unanswered");
	world_clear(&w);
}

/* Each dialog of a fork has its own answer to the one offer. */
static void test_fork(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .more = TYPE, .body = A(1) PCMA);
	SAY(&w, 1 * S, .start = "183", .to_tag = "b", .more = RSEQ TYPE,
	    .body = B(1) PCMA);
	SAY(&w, 2 * S, .start = "180", .to_tag = "c");
	SAY(&w, 3 * S, .start = "200", .to_tag = "c", .more = TYPE,
	    .body = B(1) "m=audio 4000 RTP/AVP 18\r\n");
	assert_odd(&w, BIT(MEDIA_NO_COMMON));
	SAY(&w, 4 * S, .start = "200", .to_tag = "b");
	SAY(&w, 5 * S, .start = "200", .to_tag = "d", .more = TYPE,
	    .body = B(1) "m=audio 4000 RTP/AVP 0\r\n");
	assert_odd(&w, BIT(MEDIA_NO_COMMON));
	assert_exchanges(&w, 1, "1>2 accepted");
	assert_exchanges(&w, 2, "1>4 accepted");
	assert_exchanges(&w, 3, "1>6 accepted");
	world_clear(&w);
}

/* What a proxy forwards is no new offer, even where it writes it anew. */
static void test_hops(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .more = TYPE, .body = A(1) PCMA);
	world_hop(&w, 2, 3);
	SAY(&w, 10 * MS, .start = "INVITE", .sent_by = "p", .branch = "p",
	    .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1", .more = TYPE,
	    .body = A(1) "m=audio 9 RTP/AVP 0\r\n");
	assert_int_equal(w.is.media.sdp, TRACK_SDP_NONE);
	SAY(&w, 1 * S, .start = "200", .to_tag = "b", .sent_by = "p", .branch = "p",
	    .via_more = ", SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1", .more = TYPE,
	    .body = B(1) "m=audio 9 RTP/AVP 0\r\n");
	assert_int_equal(w.is.media.sdp, TRACK_SDP_NONE);
	world_hop(&w, 1, 2);
	SAY(&w, 1010 * MS, .start = "200", .to_tag = "b", .more = TYPE,
	    .body = B(1) PCMA);
	assert_odd(&w, 0);
	SAY(&w, 1020 * MS, .start = "200", .to_tag = "b", .more = TYPE,
	    .body = B(1) PCMA); /* a copy */
	assert_exchanges(&w, 1, "1>4 accepted");
	world_clear(&w);
}

/* --- refused, and made again */

static void test_rejected(void **unused)
{
	(void)unused;
	struct world w;
	open_call(&w);
	ASK(&w, 3000, "INVITE", 2, .more = TYPE, .body = A(2) HOLD);
	assert_exchanges(&w, 1, "1>2 accepted, 4> open");
	REPLY(&w, 3100, "488", "INVITE", 2, .more = "");
	ASK(&w, 3200, "ACK", 2, .more = "");
	assert_int_equal(world_dialog(&w)->hold_caller, 0);
	ASK(&w, 4000, "UPDATE", 3, .more = TYPE, .body = A(2) HOLD);
	assert_odd(&w, 0); /* version 1 holds still, so 2 is the next */
	REPLY(&w, 4100, "491", "UPDATE", 3, .more = "");
	assert_exchanges(&w, 1, "1>2 accepted, 4> rejected, 7> rejected");
	ASK(&w, 5000, "UPDATE", 4, .more = TYPE, .body = A(2) HOLD);
	REPLY(&w, 5100, "200", "UPDATE", 4, .more = "");
	assert_int_equal(tracker_unanswered(w.tracker, w.is.message), 9);
	assert_exchanges(&w, 1, "1>2 accepted, 4> rejected, 7> rejected, 9> unanswered");
	world_clear(&w);
}

static void test_pending(void **unused)
{
	(void)unused;
	struct world w;
	open_call(&w);
	ASK(&w, 3000, "UPDATE", 2, .more = TYPE, .body = A(2) HOLD);
	ASK(&w, 3100, "UPDATE", 3, .more = TYPE, .body = A(3) STILL);
	assert_odd(&w, BIT(MEDIA_PENDING) | BIT(MEDIA_VERSION_ODD));
	world_clear(&w);

	open_call(&w); /* nobody answers for 32 s: it is no longer open */
	ASK(&w, 3000, "UPDATE", 2, .more = TYPE, .body = A(2) PCMA);
	ASK(&w, 36000, "UPDATE", 3, .more = TYPE, .body = A(2) PCMA);
	assert_odd(&w, 0);
	assert_exchanges(&w, 1, "1>2 accepted, 4> unanswered, 5> open");
	world_clear(&w);

	world_init(&w); /* RFC 3311 5.1: nor before the INVITE is answered */
	SAY(&w, 0, .start = "INVITE", .more = TYPE, .body = A(1) PCMA);
	SAY(&w, 1 * S, .start = "180", .to_tag = "b");
	ASK(&w, 2000, "UPDATE", 2, .more = TYPE, .body = A(2) PCMA);
	assert_odd(&w, BIT(MEDIA_PENDING));
	assert_int_equal(w.is.media.before, 1);
	world_clear(&w);
}

/* An offer of the other side, which has its own From tag. */
#define ASK_BACK(w, ms, method_, n, ...)                                                 \
	world_hop(w, 2, 1);                                                              \
	SAY(w, (ms)*MS, .start = method_, .from_tag = "b", .to_tag = "a", .cseq = (n),   \
	    .branch = "z9hG4bKb" #n, .sent_by = "10.0.0.2:5060", __VA_ARGS__)
#define REPLY_BACK(w, ms, status, method_, n, ...)                                       \
	SAY(w, (ms)*MS, .start = status, .method = method_, .from_tag = "b",             \
	    .to_tag = "a", .cseq = (n), .branch = "z9hG4bKb" #n,                         \
	    .sent_by = "10.0.0.2:5060", __VA_ARGS__);                                    \
	world_hop(w, 1, 2)

/* RFC 3264 8.4: each side for itself. */
static void test_hold(void **unused)
{
	(void)unused;
	struct world w;
	const struct dialog *d;
	open_call(&w);
	ASK(&w, 3000, "UPDATE", 2, .more = TYPE, .body = A(2) HOLD);
	REPLY(&w, 3100, "200", "UPDATE", 2, .more = TYPE, .body = B(2) HELD);
	d = world_dialog(&w);
	assert_int_equal(d->hold_caller, 1);
	assert_int_equal(d->hold_callee, 0);
	ASK_BACK(&w, 4000, "UPDATE", 1, .more = TYPE, .body = B(3) STILL);
	REPLY_BACK(&w, 4100, "200", "UPDATE", 1, .more = TYPE, .body = A(3) STILL);
	assert_odd(&w, 0);
	assert_int_equal(d->hold_caller, 1); /* inactive leaves no other answer */
	assert_int_equal(d->hold_callee, 1);
	ASK(&w, 5000, "UPDATE", 3, .more = TYPE, .body = A(4) HELD);
	REPLY(&w, 5100, "200", "UPDATE", 3, .more = TYPE, .body = B(4) HOLD);
	assert_int_equal(d->hold_caller, 0);
	assert_int_equal(d->hold_callee, 1);
	ASK_BACK(&w, 6000, "UPDATE", 2, .more = TYPE, .body = B(5) PCMA);
	REPLY_BACK(&w, 6100, "200", "UPDATE", 2, .more = TYPE, .body = A(5) PCMA);
	assert_int_equal(d->hold_callee, 0);
	assert_exchanges(&w, 1,
	                 "1>2 accepted, 4>5 accepted, !6>7 accepted, 8>9 accepted, "
	                 "!10>11 accepted");
	world_clear(&w);
}

/* A re-INVITE without an offer gets one (RFC 3261 14.2). */
static void test_delayed_reinvite(void **unused)
{
	(void)unused;
	struct world w;
	open_call(&w);
	ASK(&w, 3000, "INVITE", 2, .more = "");
	REPLY(&w, 3100, "200", "INVITE", 2, .more = TYPE, .body = B(2) STILL);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_OFFER);
	SAY(&w, 3200 * MS, .start = "ACK", .to_tag = "b", .cseq = 2, .branch = "ack2",
	    .more = TYPE, .body = A(2) PCMA);
	assert_odd(&w, BIT(MEDIA_DIRECTION));
	assert_exchanges(&w, 1, "1>2 accepted, !5>6 accepted");
	world_clear(&w);
}

/* --- versions: RFC 3264 8 */

static void test_versions(void **unused)
{
	static const struct {
		const char *before, *after;
		unsigned odd;
	} cases[] = {
		{ "1", "2", 0 },
		{ "9", "10", 0 },
		{ "99", "100", 0 },
		{ "0", "1", 0 },
		{ "18446744073709551615", "18446744073709551616", 0 },
		{ "1", "1", BIT(MEDIA_VERSION_SAME) },
		{ "1", "3", BIT(MEDIA_VERSION_ODD) },
		{ "2", "1", BIT(MEDIA_VERSION_ODD) },
		{ "1", "0", BIT(MEDIA_VERSION_ODD) },
		{ "x", "y", 0 },
	};
	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct world w;
		char before[256], after[256];
		snprintf(before, sizeof before, "v=0\r\no=a 1 %s IN IP4 h\r\n" PCMA,
		         cases[i].before);
		snprintf(after, sizeof after, "v=0\r\no=a 1 %s IN IP4 h\r\n" HELD,
		         cases[i].after);
		world_init(&w);
		SAY(&w, 0, .start = "INVITE", .more = TYPE, .body = before);
		SAY(&w, 1 * S, .start = "200", .to_tag = "b", .more = TYPE,
		    .body = B(1) PCMA);
		ASK(&w, 3000, "UPDATE", 2, .more = TYPE, .body = before);
		assert_odd(&w, 0); /* a refresh */
		REPLY(&w, 3100, "200", "UPDATE", 2, .more = TYPE, .body = B(1) PCMA);
		ASK(&w, 4000, "UPDATE", 3, .more = TYPE, .body = after);
		assert_odd(&w, cases[i].odd);
		world_clear(&w);
	}
}

/* --- multipart, and no description at all */

static void test_bodies(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "INVITE",
	    .more = "Content-Type: multipart/mixed;boundary=x\r\n",
	    .body = "--x\r\nContent-Type: application/isup\r\n\r\n\1\2\r\n--x\r\n"
	            "Content-Type: application/sdp\r\n\r\n" A(1) PCMA "\r\n--x--\r\n");
	assert_int_equal(w.is.media.sdp, TRACK_SDP_OFFER);
	SAY(&w, 1 * S, .start = "200", .to_tag = "b",
	    .more = "Content-Type: Application/SDP;charset=utf-8\r\n", .body = B(1) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_ANSWER);
	ASK(&w, 2000, "INFO", 2, .more = TYPE, .body = A(1) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_NONE);
	ASK(&w, 2000, "UPDATE", 3, .more = "Content-Type: text/plain\r\n", .body = "hi");
	assert_int_equal(w.is.media.sdp, TRACK_SDP_NONE);
	ASK(&w, 2000, "UPDATE", 4, .body = A(1) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_NONE);
	world_clear(&w);
}

/* What was not captured is not accused. */
static void test_begun_later(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "200", .to_tag = "b", .more = TYPE, .body = B(1) PCMA);
	assert_int_equal(w.is.media.sdp, TRACK_SDP_PREVIEW);
	SAY(&w, 1 * S, .start = "ACK", .to_tag = "b", .branch = "ack", .more = TYPE,
	    .body = A(1) PCMA);
	assert_odd(&w, 0);
	assert_exchanges(&w, 1, "");
	assert_int_equal(tracker_preview(w.tracker, 1), 2);
	world_clear(&w);
}

/* --- bounds */

static void test_many_exchanges(void **unused)
{
	(void)unused;
	struct world w;
	struct media_exchange list[MEDIA_EXCHANGES_MAX];
	uint32_t more, changes = 3000;
	char branch[32];
	open_call(&w);
	for (uint32_t i = 0; i < changes; i++) {
		snprintf(branch, sizeof branch, "z9hG4bKu%u", (unsigned)i);
		SAY(&w, (i + 3) * S, .start = "UPDATE", .to_tag = "b", .cseq = i + 2,
		    .branch = branch, .more = TYPE, .body = A(1) PCMA);
		SAY(&w, (i + 3) * S + 1, .start = "200", .method = "UPDATE",
		    .to_tag = "b", .cseq = i + 2, .branch = branch, .more = TYPE,
		    .body = B(1) PCMA);
		assert_odd(&w, 0);
	}
	assert_int_equal(tracker_exchanges(w.tracker, 1, list, &more),
	                 MEDIA_EXCHANGES_MAX);
	assert_int_equal(more, changes + 1 - MEDIA_EXCHANGES_MAX);
	assert_int_equal(list[MEDIA_EXCHANGES_MAX - 1].answer, w.is.message);
	for (uint32_t i = 0; i < MEDIA_EXCHANGES_MAX; i++) {
		assert_int_equal(list[i].answer, list[i].offer + 1);
		assert_int_equal(list[i].state, MEDIA_ACCEPTED);
		if (i)
			assert_int_equal(list[i].offer, list[i - 1].offer + 2);
	}
	world_clear(&w);
}

/* More media lines, and more formats, than are kept: no claims about them. */
static void test_long_descriptions(void **unused)
{
	(void)unused;
	struct world w;
	char lines[3000] = A(1), formats[1000] = A(1) "m=audio 4000 RTP/AVP";
	size_t n = strlen(lines), k = strlen(formats);
	for (unsigned i = 0; i < 200; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, "m=a 1 x\r\n");
	for (unsigned i = 0; i < 100; i++)
		k += (size_t)snprintf(formats + k, sizeof(formats) - k, " %u", 28 + i);
	snprintf(formats + k, sizeof(formats) - k, "\r\n");
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .more = TYPE, .body = lines);
	SAY(&w, 1 * S, .start = "200", .to_tag = "b", .more = TYPE, .body = B(1) PCMA);
	assert_odd(&w, 0);
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "INVITE", .more = TYPE, .body = formats);
	SAY(&w, 1 * S, .start = "200", .to_tag = "b", .more = TYPE, .body = B(1) PCMA);
	assert_odd(&w, 0);
	world_clear(&w);
}

/* --- memory */

static void tell(struct world *w)
{
	TRY(w, 0, .start = "INVITE", .more = TYPE, .body = A(1) PCMA);
	TRY(w, 1 * S, .start = "183", .to_tag = "b", .more = TYPE, .body = B(1) PCMA);
	TRY(w, 2 * S, .start = "200", .to_tag = "b", .more = TYPE, .body = B(1) PCMA);
	TRY(w, 3 * S, .start = "ACK", .to_tag = "b", .branch = "ack");
	TRY(w, 4 * S, .start = "INVITE", .to_tag = "b", .cseq = 2, .branch = "i2");
	TRY(w, 5 * S, .start = "200", .to_tag = "b", .cseq = 2, .branch = "i2",
	    .more = TYPE, .body = B(2) HOLD);
	TRY(w, 6 * S, .start = "ACK", .to_tag = "b", .cseq = 2, .branch = "ack2",
	    .more = TYPE, .body = A(2) HELD);
}

static void test_without_memory(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	uint64_t before = w.mem.taken;
	tell(&w);
	uint64_t after = w.mem.taken;
	assert_exchanges(&w, 1, "1>3 accepted, !6>7 accepted");
	assert_int_equal(world_dialog(&w)->hold_callee, 1);
	world_clear(&w);
	unsigned unnoticed = 0;
	for (uint64_t n = before + 1; n <= after; n++) {
		world_init(&w);
		w.mem.fail_at = n;
		tell(&w);
		assert_int_equal(w.mem.refused, 1);
		const struct track_stats *stats = tracker_stats(w.tracker);
		if (stats->refused + stats->offers_refused + stats->relations_refused ==
		    0) { /* it was not needed */
			assert_exchanges(&w, 1, "1>3 accepted, !6>7 accepted");
			unnoticed++;
		}
		world_clear(&w);
	}
	assert_int_equal(unnoticed, 1); /* what makes reading quicker */
}

/* Offers that were answered or refused leave nothing behind. */
static void test_offers_are_dropped(void **unused)
{
	(void)unused;
	struct world w;
	char branch[32], call[32];
	size_t used[2];
	world_init(&w);
	for (unsigned pass = 0; pass < 2; pass++) {
		world_clear(&w);
		world_init(&w);
		for (unsigned i = 0; i < 3000; i++) {
			const char *type = pass ? TYPE : "";
			snprintf(branch, sizeof branch, "z9hG4bK%u", i);
			snprintf(call, sizeof call, "call%u", i);
			SAY(&w, i * MS, .start = "INVITE", .branch = branch,
			    .call_id = call, .more = type, .body = A(1) PCMA);
			SAY(&w, i * MS + 1, .start = "486", .to_tag = "b",
			    .branch = branch, .call_id = call);
		}
		used[pass] = w.mem.used;
	}
	/* one chunk of records, one small index, one text */
	assert_true(used[1] - used[0] < 100000);
	world_clear(&w);
}

/* --- reading */

/* What is remembered of equal bytes says the same as reading them. */
static void test_cache(void **unused)
{
	static const char *const texts[] = {
		A(1) PCMA,
		A(1) HOLD,
		A(1) STILL,
		"v=0\r\no=a 1 1 IN IP4 h\r\nc=IN IP4 0.0.0.0\r\n" PCMA,
		"v=0\r\no=a 1 1 IN IP4 h\r\na=sendonly\r\nc=IN IP4 192.0.2.1\r\n" PCMA,
		A(1) "m=audio 0 RTP/AVP 8\r\n",
		A(1) "m=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
		A(1) "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n",
		A(1) PCMA "m=video 4002 RTP/SAVP 34\r\n",
		A(1) PCMA "a=candidate:1 1 UDP 1 10.0.0.1 4000 typ host\r\n",
		A(1) PCMA "c=IN IP4 192.0.2.1\r\n",
		A(1) "m=audio 0 RTP/AVP 8\r\na=bundle-only\r\n",
		A(1) "m=image 4000 udptl t38\r\n",
		A(1) "m=audio\r\n",
		"o=a 1 1 IN IP6 h\r\nc=IN IP6 fe80::1\r\nm=audio 1 RTP/AVP 0",
		"m=audio 4000 RTP/AVP 8\r\n",
		"",
	};
	static struct session_cache warm, cold;
	struct session first, again, fresh;
	(void)unused;
	for (size_t i = 0; i < 2 * sizeof texts / sizeof texts[0]; i++) {
		const char *text = texts[i % (sizeof texts / sizeof texts[0])];
		struct slice s = { text, strlen(text) };
		session_read(&first, s, 7, &warm);
		session_read(&again, s, 7, &warm);
		memset(&cold, 0, sizeof cold);
		session_read(&fresh, s, 7, &cold);
		assert_int_equal(again.flags, fresh.flags);
		assert_int_equal(again.nwords, fresh.nwords);
		assert_memory_equal(again.words, fresh.words,
		                    fresh.nwords * sizeof(*fresh.words));
		assert_memory_equal(&again.side, &fresh.side, sizeof(fresh.side));
		assert_memory_equal(&first.side, &fresh.side, sizeof(fresh.side));
		assert_int_equal(first.flags, fresh.flags);
	}
}

/* Cut anywhere, nothing behind the end is read. */
static void test_cuts(void **unused)
{
	static const char text[] =
		A(12) "a=sendonly\r\nm=audio 4000/2 RTP/AVP 8 96 \t101\r\n"
		      "c=IN IP6 fe80::1\r\na=rtpmap:96 opus/48000/1\r\n"
		      "a=rtpmap:101 "
		      "telephone-event/8000\na=candidate:1\r\na=bundle-only\r\n"
		      "m=image 0 udptl t38\r\na=inactive\r\nm=\r\nm=audio\r\no=";
	static struct session_cache cache;
	struct session s;
	(void)unused;
	for (size_t n = 0; n < sizeof text; n++) {
		char *copy = guard_copy(text, n);
		for (unsigned pass = 0; pass < 2; pass++) {
			session_read(&s, (struct slice){ copy, n }, 7, &cache);
			struct session_words words = { s.words, s.nwords };
			struct track_media out = { 0 };
			assert_true(s.nwords <= SESSION_WORDS_MAX);
			session_compare(words, words, 7, &out);
			assert_int_equal(out.odd & BIT(MEDIA_LINES), 0);
			session_follows(&s.side, s.origin, 7);
		}
		guard_free(copy);
	}
}

static void test_flags(void **unused)
{
	static const struct {
		const char *text;
		unsigned flags;
	} cases[] = {
		{ A(1) HOLD, SESSION_HELD },
		{ A(1) STILL, SESSION_HELD | SESSION_INACTIVE },
		{ A(1) HOLD PCMA, 0 }, /* not all of it */
		{ "c=IN IP4 0.0.0.0\n" PCMA, SESSION_HELD },
		{ "c=IN IP4 0.0.0.0\nm=audio 9 RTP/AVP 8\n", 0 },
		{ "c=IN IP4 10.1.1.1\nm=audio 0 RTP/AVP 8\n", 0 },
		{ "c=IN IP4 172.15.0.1\n" PCMA, 0 },
		{ "c=IN IP4 172.16.0.1\n" PCMA, SESSION_PRIVATE },
		{ "c=IN IP4 172.31.0.1\n" PCMA, SESSION_PRIVATE },
		{ "c=IN IP4 172.32.0.1\n" PCMA, 0 },
		{ "c=IN IP4 100.63.0.1\n" PCMA, 0 },
		{ "c=IN IP4 100.64.0.1\n" PCMA, SESSION_PRIVATE },
		{ "c=IN IP4 169.254.0.1\n" PCMA, SESSION_PRIVATE },
		{ "c=IN IP4 192.168.0.1\n" PCMA, SESSION_PRIVATE },
		{ "c=IN IP4 192.169.0.1\n" PCMA, 0 },
		{ "c=IN IP4 10.example.com\n" PCMA, 0 },
		{ "c=IN IP6 fd00::1\n" PCMA, SESSION_PRIVATE },
		{ "c=IN IP6 fe80::1\n" PCMA, SESSION_PRIVATE },
		{ "c=IN IP6 2001:db8::1\n" PCMA, 0 },
		{ "c=IN IP6 ::\n" PCMA, SESSION_HELD },
		{ "a=inactive\nc=IN IP4 192.0.2.1\n" PCMA,
		  SESSION_HELD | SESSION_INACTIVE },
		{ "a=inactive\nc=IN IP4 192.0.2.1\n" PCMA "a=sendrecv\n", 0 },
	};
	static struct session_cache cache;
	struct session s;
	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct slice text = { cases[i].text, strlen(cases[i].text) };
		session_read(&s, text, 7, &cache);
		if (s.flags != cases[i].flags)
			fail_msg("%s: %u", cases[i].text, (unsigned)s.flags);
	}
}

/* What an answer to one media line is like. */
static void test_compare(void **unused)
{
	static const struct {
		const char *offer, *answer;
		unsigned odd;
	} cases[] = {
		{ "m=audio 1 RTP/AVP 0 8", "m=audio 1 RTP/AVP 8", 0 },
		{ "m=audio 1 RTP/AVP 0 8", "m=audio 1 RTP/AVP 8 0 13", 0 },
		{ "m=audio 1 RTP/AVP 8", "m=audio 1 RTP/AVP 18", BIT(MEDIA_NO_COMMON) },
		{ "m=audio 1 RTP/AVP 8", "m=audio 1 RTP/AVP 18 8",
		  BIT(MEDIA_NOT_OFFERED) },
		{ "m=audio 1 RTP/AVP 8 13", "m=audio 1 RTP/AVP 13",
		  BIT(MEDIA_NO_COMMON) },
		{ "m=audio 1 RTP/AVP 96", "m=audio 1 RTP/AVP 97", 0 }, /* no names */
		{ "m=audio 1 RTP/AVP 96\na=rtpmap:96 L16/44100", "m=audio 1 RTP/AVP 11",
		  0 },
		{ "m=audio 1 RTP/AVP 96\na=rtpmap:96 L16/44100/2", "m=audio 1 RTP/AVP 11",
		  BIT(MEDIA_NO_COMMON) },
		{ "m=audio 1 RTP/AVP 96\na=rtpmap:96 iLBC/8000",
		  "m=audio 1 RTP/AVP 96\na=rtpmap:96 speex/8000", BIT(MEDIA_NO_COMMON) },
		{ "m=image 1 udptl t38", "m=image 1 UDPTL t38", 0 },
		{ "m=image 1 udptl t38", "m=audio 1 RTP/AVP 8", BIT(MEDIA_TYPE) },
		{ "m=audio 1 RTP/AVP 8", "m=audio 1 RTP/AVPF 8", BIT(MEDIA_TRANSPORT) },
		{ "m=audio 1 RTP/AVP 8\na=recvonly", "m=audio 1 RTP/AVP 8\na=recvonly",
		  BIT(MEDIA_DIRECTION) },
		{ "m=audio 1 RTP/AVP 8\na=recvonly", "m=audio 1 RTP/AVP 8\na=sendonly",
		  0 },
		{ "m=audio 1 RTP/AVP 8\na=inactive", "m=audio 1 RTP/AVP 8\na=sendonly",
		  BIT(MEDIA_DIRECTION) },
		{ "m=audio 1 RTP/AVP 8", "m=audio 0 RTP/AVP 18\na=inactive",
		  BIT(MEDIA_ALL_REFUSED) },
		{ "m=audio 1 RTP/AVP 8\nm=video 1 RTP/AVP 34",
		  "m=audio 0 RTP/AVP 8\nm=video 1 RTP/AVP 34", BIT(MEDIA_REFUSED) },
		{ "m=audio 1 RTP/AVP 8", "m=audio 1 RTP/AVP 8\nm=video 0 RTP/AVP 34",
		  BIT(MEDIA_LINES) },
	};
	static struct session_cache cache;
	struct session s[2];
	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct track_media out = { 0 };
		const char *text[2] = { cases[i].offer, cases[i].answer };
		for (unsigned k = 0; k < 2; k++)
			session_read(&s[k], (struct slice){ text[k], strlen(text[k]) }, 7,
			             &cache);
		session_compare((struct session_words){ s[0].words, s[0].nwords },
		                (struct session_words){ s[1].words, s[1].nwords }, 7,
		                &out);
		if (out.odd != cases[i].odd)
			fail_msg("%s | %s: %x", text[0], text[1], (unsigned)out.odd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offer_in_invite),
		cmocka_unit_test(test_offer_in_success),
		cmocka_unit_test(test_reliable_answer),
		cmocka_unit_test(test_prack_and_update),
		cmocka_unit_test(test_early_media),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_hops),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_delayed_reinvite),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_begun_later),
		cmocka_unit_test(test_many_exchanges),
		cmocka_unit_test(test_long_descriptions),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_offers_are_dropped),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_compare),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
