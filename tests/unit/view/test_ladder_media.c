/* SPDX-License-Identifier: MIT */
/* Media in the ladder: RFC 3264, RFC 3261 13.2.1. */
#include "config.h"

#include "view/ladder.h"

#include "unit/view/ladder_memory.h"
#include "unit/view/lines.h"
#include "unit/view/says.h"

#define A  "10.0.0.1"
#define B  "10.0.0.2"
#define VA "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK"
#define VB "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK"

static const struct ladder_options MEDIA = { .media = true };
static const struct ladder_options BY_HOST = { .media = true, .by_host = true };
static const uint32_t CALL[] = { 1 };

/* A request from A to B, a response back; the branch is the CSeq. */
static void ab(struct calls *c, uint64_t ms, const char *start, const char *cseq,
               const char *sdp)
{
	char via[128];
	bool response = strncmp(start, "SIP/2.0", 7) == 0;
	bool invite = strncmp(start, "INVITE", 6) == 0 && cseq[0] == '1';
	snprintf(via, sizeof(via), VA "%c%s", cseq[0],
	         strncmp(start, "ACK", 3) == 0 ? "a" : "");
	says(c, &(struct says){ ms, response ? B : A, 5060, response ? A : B, 5060, start,
	                        via, invite ? NULL : "b", cseq, NULL, sdp, false });
}

/* A dialog with these two descriptions, from noon on. */
static void begin(struct calls *c, const char *offer, const char *answer)
{
	ab(c, 0, "INVITE sip:b SIP/2.0", "1 INVITE", offer);
	ab(c, 10, "SIP/2.0 200 OK", "1 INVITE", answer);
	ab(c, 20, "ACK sip:b SIP/2.0", "1 ACK", NULL);
}

/* A re-INVITE 100 ms times its CSeq after noon. */
static void again(struct calls *c, char cseq, const char *offer, const char *answer)
{
	char invite[] = "1 INVITE", ack[] = "1 ACK";
	uint64_t ms = (uint64_t)(cseq - '0') * 100;
	invite[0] = ack[0] = cseq;
	ab(c, ms, "INVITE sip:b SIP/2.0", invite, offer);
	ab(c, ms + 10, "SIP/2.0 200 OK", invite, answer);
	ab(c, ms + 20, "ACK sip:b SIP/2.0", ack, NULL);
}

static void build(const struct calls *c, struct ladder *ladder,
                  const struct ladder_options *options)
{
	assert_int_equal(ladder_build_as(ladder, c->engine, CALL, 1, options), OK);
}

static uint32_t count(const struct ladder *ladder)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < ladder->nrows; i++)
		n += ladder->rows[i].note && ladder->rows[i].kind == LADDER_MEDIA;
	return n;
}

/* The nth row of media. */
static const struct ladder_row *row_of(const struct ladder *ladder, uint32_t nth)
{
	uint32_t i = 0;
	for (; i < ladder->nrows; i++)
		if (ladder->rows[i].note && ladder->rows[i].kind == LADDER_MEDIA &&
		    nth-- == 0)
			break;
	assert_true(i < ladder->nrows);
	return &ladder->rows[i];
}

static const struct ladder_media *media_of(const struct ladder *ladder, uint32_t nth)
{
	return &ladder->media[row_of(ladder, nth)->media];
}

static void expect_text(const struct ladder *ladder, uint32_t text, const char *expected)
{
	struct slice s = ladder_text_of(ladder, text);
	assert_int_equal(s.len, strlen(expected));
	assert_memory_equal(s.p, expected, s.len);
}

static void expect_lane(const struct ladder *ladder, uint32_t lane, const char *name)
{
	char text[LADDER_NAME_MAX];
	assert_true(lane < ladder->nlanes);
	ladder_lane_name(ladder, &ladder->lanes[lane], text);
	assert_string_equal(text, name);
}

static void expect_lines(const struct ladder *ladder, unsigned width, bool utf8,
                         const char *expected)
{
	static struct lines lines;
	lines_draw(&lines, ladder, width, utf8);
	assert_string_equal(lines.text, expected);
}

/* ---- pictures */

static void held_call(struct calls *c)
{
	char offer[512], answer[512];
	begin(c, says_sdp(offer, A, 6000, 1, ""), says_sdp(answer, B, 7000, 1, ""));
	again(c, '2', says_sdp(offer, A, 6000, 2, "a=sendonly\r\n"),
	      says_sdp(answer, B, 7000, 2, "a=recvonly\r\n"));
	again(c, '3', says_sdp(offer, A, 6000, 3, "a=inactive\r\n"),
	      says_sdp(answer, B, 7000, 3, "a=inactive\r\n"));
	ab(c, 400, "BYE sip:b SIP/2.0", "4 BYE", NULL);
}

static void test_picture(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	held_call(c);
	build(c, &ladder, &MEDIA);
	expect_lines(&ladder, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │────────────── INVITE (SDP) ──────────────▶│\n"
"12:00:00.010    +0.010       │◀────────────── 200 OK (SDP) ──────────────│\n"
"                             │◀ audio 10.0.0.1:6000 PCMA 10.0.0.2:7000 ═▶│\n"
"12:00:00.020    +0.010       │────────────────── ACK ───────────────────▶│\n"
"12:00:00.200    +0.180       │────────────── INVITE (SDP) ──────────────▶│\n"
"12:00:00.210    +0.010       │◀────────────── 200 OK (SDP) ──────────────│\n"
"                             │═══════ audio 6000 PCMA 7000 held ════════▶│\n"
"12:00:00.220    +0.010       │────────────────── ACK ───────────────────▶│\n"
"12:00:00.300    +0.080       │────────────── INVITE (SDP) ──────────────▶│\n"
"12:00:00.310    +0.010       │◀────────────── 200 OK (SDP) ──────────────│\n"
"                             │┄┄┄┄┄┄ audio 6000 PCMA 7000 inactive ┄┄┄┄┄┄│\n"
"12:00:00.320    +0.010       │────────────────── ACK ───────────────────▶│\n"
"12:00:00.400    +0.080       │────────────────── BYE ───────────────────▶│\n"
"                             │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ audio ends ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄│\n");
	ladder_clear(&ladder);
}

/* The narrower, the less of it; at last there are no lanes. */
static void test_narrow(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	held_call(c);
	build(c, &ladder, &MEDIA);
	expect_lines(&ladder, 46, false,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"2026-11-20 UTC         1                     2\n"
"12:00:00.000           |--- INVITE (SDP) --->|\n"
"12:00:00.010    +0.010 |<--- 200 OK (SDP) ---|\n"
"                       |<=== audio PCMA ====>|\n"
"12:00:00.020    +0.010 |------- ACK -------->|\n"
"12:00:00.200    +0.180 |--- INVITE (SDP) --->|\n"
"12:00:00.210    +0.010 |<--- 200 OK (SDP) ---|\n"
"                       |= audio PCMA held ==>|\n"
"12:00:00.220    +0.010 |------- ACK -------->|\n"
"12:00:00.300    +0.080 |--- INVITE (SDP) --->|\n"
"12:00:00.310    +0.010 |<--- 200 OK (SDP) ---|\n"
"                       | audio PCMA inactive |\n"
"12:00:00.320    +0.010 |------- ACK -------->|\n"
"12:00:00.400    +0.080 |------- BYE -------->|\n"
"                       |.... audio ends .....|\n");
	expect_lines(&ladder, 40, true,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"2026-11-20 UTC         1               2\n"
"12:00:00.000           │ INVITE (SDP) ▶│\n"
"12:00:00.010    +0.010 │◀ 200 OK (SDP) │\n"
"                       │◀ audio PCMA ═▶│\n"
"12:00:00.020    +0.010 │──── ACK ─────▶│\n"
"12:00:00.200    +0.180 │ INVITE (SDP) ▶│\n"
"12:00:00.210    +0.010 │◀ 200 OK (SDP) │\n"
"                       │═ audio held ═▶│\n"
"12:00:00.220    +0.010 │──── ACK ─────▶│\n"
"12:00:00.300    +0.080 │ INVITE (SDP) ▶│\n"
"12:00:00.310    +0.010 │◀ 200 OK (SDP) │\n"
"                       │audio inactive┄│\n"
"12:00:00.320    +0.010 │──── ACK ─────▶│\n"
"12:00:00.400    +0.080 │──── BYE ─────▶│\n"
"                       │┄ audio ends ┄┄│\n");
	ladder_clear(&ladder);
}

/* Where lanes have no room the sides stand in the text. */
static void test_text(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	char offer[512], answer[512];
	begin(c, says_sdp(offer, "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1", 6000, 1, ""),
	      says_sdp(answer, "2001:db8:aaaa:bbbb:cccc:dddd:eeee:2", 7000, 1, ""));
	ab(c, 400, "BYE sip:b SIP/2.0", "4 BYE", NULL);
	build(c, &ladder, &MEDIA);
	expect_lines(&ladder, 40, true,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"3 [2001:db8:aaaa:bbbb:cccc:dddd:eeee:1]…\n"
"4 [2001:db8:aaaa:bbbb:cccc:dddd:eeee:2]…\n"
"12:00:00.000 1 → 2 INVITE (SDP)\n"
"12:00:00.010 2 → 1 200 OK (SDP)\n"
"             audio 6000 ↔ 7000 PCMA\n"
"12:00:00.020 1 → 2 ACK\n"
"12:00:00.400 1 → 2 BYE\n"
"             audio ends\n");
	ladder_clear(&ladder);
}

/* ---- what changes */

static void test_refresh(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	char offer[512], answer[512];
	begin(c, says_sdp(offer, A, 6000, 1, ""), says_sdp(answer, B, 7000, 1, ""));
	again(c, '2', offer, answer); /* a session refresh: RFC 4028 7.4 */
	build(c, &ladder, &MEDIA);
	assert_int_equal(count(&ladder), 1);
	ladder_clear(&ladder);
	again(c, '3', says_sdp(offer, A, 6002, 2, ""), answer); /* moved */
	build(c, &ladder, &MEDIA);
	assert_int_equal(count(&ladder), 2);
	expect_text(&ladder, media_of(&ladder, 1)->address[0], A ":6002");
	ladder_clear(&ladder);
}

/* Of old, an address of zeros is a hold (RFC 3264 8.4); it is no lane. */
static void test_zeros(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	char offer[512], answer[512];
	begin(c, says_sdp(offer, A, 6000, 1, ""), says_sdp(answer, B, 7000, 1, ""));
	again(c, '2', says_sdp(offer, "0.0.0.0", 6000, 2, ""), answer);
	build(c, &ladder, &MEDIA);
	assert_int_equal(count(&ladder), 2);
	assert_int_equal(ladder.nlanes, 2);
	assert_int_equal(row_of(&ladder, 0)->heads, LADDER_TO_LEFT | LADDER_TO_RIGHT);
	assert_int_equal(row_of(&ladder, 1)->heads, LADDER_TO_RIGHT);
	assert_true(media_of(&ladder, 1)->held);
	expect_text(&ladder, media_of(&ladder, 1)->address[0], "0.0.0.0:6000");
	ladder_clear(&ladder);
}

/* A medium that is refused is told once; one that is off on both sides never was. */
static void test_refused(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	char offer[512], answer[512];
	begin(c,
	      says_sdp(offer, A, 6000, 1,
	               "m=video 6004 RTP/AVP 31\r\nm=image 0 udptl t38\r\n"),
	      says_sdp(answer, B, 7000, 1,
	               "m=video 0 RTP/AVP 31\r\nm=image 0 udptl t38\r\n"));
	again(c, '2', offer, answer);
	ab(c, 400, "BYE sip:b SIP/2.0", "4 BYE", NULL);
	build(c, &ladder, &MEDIA);
	assert_int_equal(count(&ladder), 3); /* audio, video off, audio ends */
	expect_text(&ladder, media_of(&ladder, 1)->type, "video");
	assert_false(media_of(&ladder, 1)->on);
	assert_false(media_of(&ladder, 1)->ended);
	expect_text(&ladder, media_of(&ladder, 2)->type, "audio");
	assert_true(media_of(&ladder, 2)->ended);
	ladder_clear(&ladder);
}

/* From the beginning in one way: that is no hold. */
static void test_one_way(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	char offer[512], answer[512];
	begin(c, says_sdp(offer, A, 6000, 1, "a=recvonly\r\n"),
	      says_sdp(answer, B, 7000, 1, "a=sendonly\r\n"));
	build(c, &ladder, &MEDIA);
	assert_int_equal(row_of(&ladder, 0)->heads, LADDER_TO_LEFT);
	assert_false(media_of(&ladder, 0)->held);
	ladder_clear(&ladder);
}

/* What a 183 says ahead of time is told as that, and again when it is the answer. */
static void test_early(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	char offer[512], answer[512];
	says_sdp(offer, A, 6000, 1, "");
	says_sdp(answer, B, 7000, 1, "");
	ab(c, 0, "INVITE sip:b SIP/2.0", "1 INVITE", offer);
	ab(c, 10, "SIP/2.0 183 Session Progress", "1 INVITE", answer);
	build(c, &ladder, &MEDIA);
	assert_int_equal(count(&ladder), 1);
	assert_true(media_of(&ladder, 0)->early);
	assert_int_equal(row_of(&ladder, 0)->message, 2);
	ladder_clear(&ladder);
	ab(c, 20, "SIP/2.0 200 OK", "1 INVITE", answer);
	build(c, &ladder, &MEDIA);
	assert_int_equal(count(&ladder), 2);
	assert_false(media_of(&ladder, 1)->early);
	assert_int_equal(row_of(&ladder, 1)->message, 3);
	ladder_clear(&ladder);
}

/* Nothing was agreed on by an offer alone, nor by one that was rejected. */
static void test_no_answer(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	char offer[512], answer[512];
	says_sdp(offer, A, 6000, 1, "");
	says_sdp(answer, B, 7000, 1, "");
	ab(c, 0, "INVITE sip:b SIP/2.0", "1 INVITE", offer);
	build(c, &ladder, &MEDIA);
	assert_int_equal(count(&ladder), 0);
	ladder_clear(&ladder);
	ab(c, 10, "SIP/2.0 200 OK", "1 INVITE", answer);
	ab(c, 100, "INVITE sip:b SIP/2.0", "2 INVITE", says_sdp(offer, A, 6002, 2, ""));
	ab(c, 110, "SIP/2.0 488 Not Acceptable Here", "2 INVITE", NULL);
	build(c, &ladder, &MEDIA);
	assert_int_equal(count(&ladder), 1);
	ladder_clear(&ladder);
}

/* Without being asked for, and where bytes are gone, there are none. */
static void test_not_there(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	held_call(c);
	assert_int_equal(ladder_build(&ladder, c->engine, CALL, 1), OK);
	assert_int_equal(count(&ladder), 0);
	ladder_clear(&ladder);
	c->broken = true;
	build(c, &ladder, &MEDIA);
	assert_int_equal(count(&ladder), 0);
	ladder_clear(&ladder);
}

/* ---- lanes */

/* An address that sends no messages has a lane, with its port while that is one. */
static void test_relay(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	char offer[512], answer[512];
	begin(c, says_sdp(offer, A, 6000, 1, ""),
	      says_sdp(answer, "2001:db8::9", 7000, 1, ""));
	build(c, &ladder, &MEDIA);
	assert_int_equal(ladder.nlanes, 3);
	expect_lane(&ladder, 2, "[2001:db8::9]:7000");
	expect_text(&ladder, media_of(&ladder, 0)->address[1], "[2001:db8::9]:7000");
	assert_int_equal(row_of(&ladder, 0)->from, 0);
	assert_int_equal(row_of(&ladder, 0)->to, 2);
	ladder_clear(&ladder);
	again(c, '2', offer, says_sdp(answer, "2001:db8::9", 7002, 2, ""));
	build(c, &ladder, &MEDIA);
	assert_int_equal(ladder.nlanes, 3);
	expect_lane(&ladder, 2, "2001:db8::9");
	assert_int_equal(count(&ladder), 2);
	ladder_clear(&ladder);
}

/* A host name is a captured string, and no address: it stands with who said it. */
static void test_host_name(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	static struct lines lines;
	char offer[512], answer[512];
	begin(c, says_sdp(offer, "a\033.example", 6000, 1, ""),
	      says_sdp(answer, B, 7000, 1, ""));
	build(c, &ladder, &MEDIA);
	assert_int_equal(ladder.nlanes, 2);
	assert_int_equal(count(&ladder), 1);
	lines_draw(&lines, &ladder, 120, true);
	assert_non_null(strstr(lines.text, "audio a\\x1b.example:6000 PCMA"));
	ladder_clear(&ladder);
}

/* However often it moves, the ladder stays readable. */
static void test_many_moves(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	char offer[512], answer[512], address[32];
	begin(c, says_sdp(offer, A, 6000, 1, ""), says_sdp(answer, B, 7000, 1, ""));
	for (unsigned i = 2; i < 14; i++) {
		char cseq[16], via[64];
		snprintf(address, sizeof(address), "10.9.0.%u", i);
		snprintf(cseq, sizeof(cseq), "%u UPDATE", i);
		snprintf(via, sizeof(via), VA "%u", i);
		struct says s = { i * 100, A, 5060, B, 5060, "UPDATE sip:b SIP/2.0",
			          via, "b", cseq, NULL, NULL, false };
		s.sdp = says_sdp(offer, address, 6000, i, "");
		says(c, &s);
		says(c, &(struct says){ i * 100 + 1, B, 5060, A, 5060, "SIP/2.0 200 OK",
		                        via, "b", cseq, NULL, answer, false });
	}
	build(c, &ladder, &MEDIA);
	assert_int_equal(count(&ladder), 13);
	assert_int_equal(ladder.nlanes, 2 + LADDER_MEDIA_LANES_MAX);
	expect_text(&ladder, media_of(&ladder, 12)->address[0], "10.9.0.13:6000");
	assert_int_equal(row_of(&ladder, 12)->from, 0); /* with A */
	ladder_clear(&ladder);
}

/* Caller, proxy and callee on one address are told apart by their ports, and so are
 * their media; the answer that the proxy passes on is of the callee. */
static void test_ports(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	char offer[512], answer[512];
	const char *one = VA "1", *two = VA "2, " VA "1";
	says_sdp(offer, A, 6000, 1, "");
	says_sdp(answer, A, 7000, 1, "");
	const struct says all[] = {
		{ 0, A, 5061, A, 5060, "INVITE sip:b SIP/2.0", one, NULL, "1 INVITE",
		  NULL, offer, false },
		{ 1, A, 5060, A, 5062, "INVITE sip:b SIP/2.0", two, NULL, "1 INVITE",
		  NULL, offer, false },
		{ 2, A, 5062, A, 5060, "SIP/2.0 200 OK", two, "b", "1 INVITE",
		  NULL, answer, false },
		{ 3, A, 5060, A, 5061, "SIP/2.0 200 OK", one, "b", "1 INVITE",
		  NULL, answer, false },
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		says(c, &all[i]);
	build(c, &ladder, &MEDIA);
	assert_int_equal(ladder.nlanes, 3);
	assert_int_equal(count(&ladder), 1);
	expect_lane(&ladder, row_of(&ladder, 0)->from, A ":5061");
	expect_lane(&ladder, row_of(&ladder, 0)->to, A ":5062");
	assert_int_equal(row_of(&ladder, 0)->message, 4);
	ladder_clear(&ladder);
	build(c, &ladder, &BY_HOST);
	assert_int_equal(ladder.nlanes, 1);
	expect_lines(&ladder, 80, false,
"2026-11-20 UTC         10.0.0.1\n"
"12:00:00.000               |<+ INVITE (SDP)\n"
"12:00:00.001    +0.001     |<+ INVITE (SDP)\n"
"12:00:00.002    +0.001     |<+ 200 OK (SDP)\n"
"12:00:00.003    +0.001     |<+ 200 OK (SDP)\n"
"                           | audio 10.0.0.1:6000 <> 10.0.0.1:7000 PCMA\n");
	ladder_clear(&ladder);
}

/* ---- memory */

static void test_no_memory(void **state)
{
	struct calls *c = *state;
	held_call(c);
	ladder_memory_check(c, CALL, 1, &MEDIA, 15);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, calls_setup, calls_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_picture),    TEST(test_narrow),     TEST(test_text),
		TEST(test_refresh),    TEST(test_zeros),      TEST(test_refused),
		TEST(test_one_way),    TEST(test_early),      TEST(test_no_answer),
		TEST(test_not_there),  TEST(test_relay),      TEST(test_host_name),
		TEST(test_many_moves), TEST(test_ports),      TEST(test_no_memory),
	};
	return cmocka_run_group_tests_name("view/ladder_media", tests, NULL, NULL);
}
