/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit/view/lines.h"

#include <stdio.h>

#include "support/frames.h"

/* 2026-11-20T12:00:00Z */
#define NOON (UINT64_C(1795176000) * TICK_S)

/* A ladder made by hand: the lanes and rows of a test are plain tables. */
struct hand {
	struct mem         mem;
	struct ladder      ladder;
	struct ladder_lane lanes[16];
	struct ladder_row  rows[32];
};

static void hand_init(struct hand *h)
{
	*h = (struct hand){ 0 };
	mem_init(&h->mem, 1 << 20);
	h->ladder = (struct ladder){ .mem = &h->mem, .lanes = h->lanes, .rows = h->rows };
	text_init(&h->ladder.text, &h->mem, 1);
}

static void hand_clear(struct hand *h)
{
	text_clear(&h->ladder.text);
	assert_int_equal(h->mem.used, 0);
}

static void add_lane(struct hand *h, const char *addr, uint16_t port)
{
	struct ladder_lane *lane = &h->lanes[h->ladder.nlanes++];
	lane->endpoint.addr = frames_addr(addr);
	lane->endpoint.port = port;
	lane->ports = port == 0;
}

static uint32_t add_text(struct hand *h, const char *text)
{
	uint32_t number;
	struct slice s = slice_of(text);
	assert_int_equal(text_add(&h->ladder.text, s, &number), OK);
	return number;
}

static struct ladder_row *add_row(struct hand *h, uint64_t ms, uint32_t from, uint32_t to)
{
	struct ladder_row *row = &h->rows[h->ladder.nrows++];
	*row = (struct ladder_row){ .at = NOON + ms * TICK_MS, .from = from, .to = to };
	row->nth = row->copies = 1;
	return row;
}

static struct ladder_row *request(struct hand *h, uint64_t ms, uint32_t from, uint32_t to,
                                  const char *method)
{
	struct ladder_row *row = add_row(h, ms, from, to);
	row->what = add_text(h, method);
	return row;
}

static struct ladder_row *response(struct hand *h, uint64_t ms, uint32_t from,
                                   uint32_t to, uint16_t status, const char *phrase)
{
	struct ladder_row *row = add_row(h, ms, from, to);
	row->status = status;
	row->phrase = add_text(h, phrase);
	return row;
}

static void expect(const struct hand *h, unsigned width, bool utf8, const char *expected)
{
	static struct lines lines;
	lines_draw(&lines, &h->ladder, width, utf8);
	assert_string_equal(lines.text, expected);
}

static void basic_call(struct hand *h)
{
	hand_init(h);
	add_lane(h, "10.0.0.1", 5060);
	add_lane(h, "10.0.0.2", 5060);
	request(h, 0, 0, 1, "INVITE")->sdp = true;
	response(h, 12, 1, 0, 100, "Trying");
	response(h, 340, 1, 0, 180, "Ringing");
	response(h, 2000, 1, 0, 200, "OK")->sdp = true;
	request(h, 2005, 0, 1, "ACK");
	request(h, 62005, 1, 0, "BYE");
	response(h, 62010, 0, 1, 200, "OK");
}


static void test_basic(void **state)
{
	(void)state;
	struct hand h;
	basic_call(&h);
	expect(&h, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │────────────── INVITE (SDP) ──────────────▶│\n"
"12:00:00.012    +0.012       │◀─────────────── 100 Trying ───────────────│\n"
"12:00:00.340    +0.328       │◀────────────── 180 Ringing ───────────────│\n"
"12:00:02.000    +1.660       │◀────────────── 200 OK (SDP) ──────────────│\n"
"12:00:02.005    +0.005       │────────────────── ACK ───────────────────▶│\n"
"12:01:02.005   +60.000       │◀────────────────── BYE ───────────────────│\n"
"12:01:02.010    +0.005       │───────────────── 200 OK ─────────────────▶│\n");
	expect(&h, 40, true,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"2026-11-20 UTC         1               2\n"
"12:00:00.000           │ INVITE (SDP) ▶│\n"
"12:00:00.012    +0.012 │◀─ 100 Trying ─│\n"
"12:00:00.340    +0.328 │◀ 180 Ringing ─│\n"
"12:00:02.000    +1.660 │◀ 200 OK (SDP) │\n"
"12:00:02.005    +0.005 │──── ACK ─────▶│\n"
"12:01:02.005   +60.000 │◀──── BYE ─────│\n"
"12:01:02.010    +0.005 │─── 200 OK ───▶│\n");
	expect(&h, 80, false,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 |-------------- INVITE (SDP) -------------->|\n"
"12:00:00.012    +0.012       |<--------------- 100 Trying ---------------|\n"
"12:00:00.340    +0.328       |<-------------- 180 Ringing ---------------|\n"
"12:00:02.000    +1.660       |<-------------- 200 OK (SDP) --------------|\n"
"12:00:02.005    +0.005       |------------------ ACK ------------------->|\n"
"12:01:02.005   +60.000       |<------------------ BYE -------------------|\n"
"12:01:02.010    +0.005       |----------------- 200 OK ----------------->|\n");
	expect(&h, 40, false,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"2026-11-20 UTC         1               2\n"
"12:00:00.000           | INVITE (SDP) >|\n"
"12:00:00.012    +0.012 |<- 100 Trying -|\n"
"12:00:00.340    +0.328 |< 180 Ringing -|\n"
"12:00:02.000    +1.660 |< 200 OK (SDP) |\n"
"12:00:02.005    +0.005 |---- ACK ----->|\n"
"12:01:02.005   +60.000 |<---- BYE -----|\n"
"12:01:02.010    +0.005 |--- 200 OK --->|\n");
	hand_clear(&h);
}

/* A call through a proxy: arrows of its own hop only. A message that leaves a lane
 * out crosses its line. */
static void test_proxy(void **state)
{
	(void)state;
	struct hand h;
	hand_init(&h);
	add_lane(&h, "10.0.0.1", 5060);
	add_lane(&h, "10.0.0.9", 0);
	add_lane(&h, "10.0.0.2", 5062);
	request(&h, 0, 0, 1, "INVITE")->sdp = true;
	response(&h, 1, 1, 0, 407, "Proxy Authentication Required");
	request(&h, 2, 1, 2, "INVITE")->sdp = true;
	response(&h, 20, 2, 1, 180, "Ringing");
	request(&h, 1500, 0, 2, "ACK");
	request(&h, 3500, 2, 0, "BYE");
	expect(&h, 80, true,
"2026-11-20 UTC         10.0.0.1:5060           10.0.0.9            10.0.0.2:5062\n"
"12:00:00.000                 │─── INVITE (SDP) ───▶│                     │\n"
"12:00:00.001    +0.001       │◀407 Proxy Authentic…│                     │\n"
"12:00:00.002    +0.001       │                     │─── INVITE (SDP) ───▶│\n"
"12:00:00.020    +0.018       │                     │◀─── 180 Ringing ────│\n"
"12:00:01.500    +1.480       │────────────────── ACK ───────────────────▶│\n"
"12:00:03.500    +2.000       │◀────────────────── BYE ───────────────────│\n");
	expect(&h, 120, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.9                                10.0.0.2:5062\n"
"12:00:00.000                 │───────────── INVITE (SDP) ─────────────▶│                                         │\n"
"12:00:00.001    +0.001       │◀── 407 Proxy Authentication Required ───│                                         │\n"
"12:00:00.002    +0.001       │                                         │───────────── INVITE (SDP) ─────────────▶│\n"
"12:00:00.020    +0.018       │                                         │◀───────────── 180 Ringing ──────────────│\n"
"12:00:01.500    +1.480       │────────────────────────────────────── ACK ───────────────────────────────────────▶│\n"
"12:00:03.500    +2.000       │◀────────────────────────────────────── BYE ───────────────────────────────────────│\n");
	expect(&h, 40, true,
"1 10.0.0.1:5060\n"
"2 10.0.0.9\n"
"3 10.0.0.2:5062\n"
"2026-11-20   1            2            3\n"
"12:00:00.000 │─ INVITE ──▶│            │\n"
"12:00:00.001 │◀407 Proxy …│            │\n"
"12:00:00.002 │            │─ INVITE ──▶│\n"
"12:00:00.020 │            │◀180 Ringing│\n"
"12:00:01.500 │───────── ACK ──────────▶│\n"
"12:00:03.500 │◀───────── BYE ──────────│\n");
	expect(&h, 80, false,
"2026-11-20 UTC         10.0.0.1:5060           10.0.0.9            10.0.0.2:5062\n"
"12:00:00.000                 |--- INVITE (SDP) --->|                     |\n"
"12:00:00.001    +0.001       |<407 Proxy Authentic~|                     |\n"
"12:00:00.002    +0.001       |                     |--- INVITE (SDP) --->|\n"
"12:00:00.020    +0.018       |                     |<--- 180 Ringing ----|\n"
"12:00:01.500    +1.480       |------------------ ACK ------------------->|\n"
"12:00:03.500    +2.000       |<------------------ BYE -------------------|\n");
	hand_clear(&h);
}

/* Sent again: two heads, and a number where there is room. Captured several times:
 * a count, which stays longest. */
static void test_repeats(void **state)
{
	(void)state;
	struct hand h;
	hand_init(&h);
	add_lane(&h, "10.0.0.1", 5060);
	add_lane(&h, "10.0.0.2", 5060);
	struct ladder_row *row = request(&h, 0, 0, 1, "INVITE");
	row->sdp = true;
	row->copies = 2;
	row = request(&h, 500, 0, 1, "INVITE");
	row->sdp = true;
	row->nth = 2;
	row = request(&h, 1500, 0, 1, "INVITE");
	row->sdp = true;
	row->nth = 3;
	row->copies = 2;
	row = response(&h, 1600, 1, 0, 200, "OK");
	row->nth = 11;
	row = response(&h, 1601, 1, 0, 200, "OK");
	row->nth = 22;
	row = response(&h, 1602, 1, 1, 200, "OK");
	row->nth = 21;
	expect(&h, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │──────────── INVITE (SDP) x2 ─────────────▶│\n"
"12:00:00.500    +0.500       │─────── INVITE (SDP) (again, 2nd) ───────▶▶│\n"
"12:00:01.500    +1.000       │───── INVITE (SDP) (again, 3rd) x2 ──────▶▶│\n"
"12:00:01.600    +0.100       │◀◀───────── 200 OK (again, 11th) ──────────│\n"
"12:00:01.601    +0.001       │◀◀───────── 200 OK (again, 22nd) ──────────│\n"
"12:00:01.602    +0.001       │                    200 OK (again, 21st) ▶▶│\n");
	expect(&h, 80, false,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 |------------ INVITE (SDP) x2 ------------->|\n"
"12:00:00.500    +0.500       |------- INVITE (SDP) (again, 2nd) ------->>|\n"
"12:00:01.500    +1.000       |----- INVITE (SDP) (again, 3rd) x2 ------>>|\n"
"12:00:01.600    +0.100       |<<--------- 200 OK (again, 11th) ----------|\n"
"12:00:01.601    +0.001       |<<--------- 200 OK (again, 22nd) ----------|\n"
"12:00:01.602    +0.001       |                    200 OK (again, 21st) >>|\n");
	expect(&h, 40, false,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"2026-11-20 UTC         1               2\n"
"12:00:00.000           |- INVITE x2 -->|\n"
"12:00:00.500    +0.500 |-- INVITE --->>|\n"
"12:00:01.500    +1.000 |- INVITE x2 ->>|\n"
"12:00:01.600    +0.100 |<<-- 200 OK ---|\n"
"12:00:01.601    +0.001 |<<-- 200 OK ---|\n"
"12:00:01.602    +0.001 |      200 OK >>|\n");
	hand_clear(&h);
}

static void test_self(void **state)
{
	(void)state;
	struct hand h;
	hand_init(&h);
	add_lane(&h, "10.0.0.1", 5060);
	add_lane(&h, "10.0.0.2", 5060);
	request(&h, 0, 0, 0, "OPTIONS");
	response(&h, 1, 0, 0, 200, "OK");
	request(&h, 2, 1, 1, "SUBSCRIBE");
	response(&h, 3, 1, 1, 481, "Call/Transaction Does Not Exist");
	request(&h, 4, 0, 0, "REGISTER")->nth = 2;
	request(&h, 5, 1, 1, "SUBSCRIBE")->nth = 2;
	expect(&h, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │◀┘ OPTIONS                                 │\n"
"12:00:00.001    +0.001       │◀┘ 200 OK                                  │\n"
"12:00:00.002    +0.001       │                               SUBSCRIBE └▶│\n"
"12:00:00.003    +0.001       │     481 Call/Transaction Does Not Exist └▶│\n"
"12:00:00.004    +0.001       │◀◀ REGISTER (again, 2nd)                   │\n"
"12:00:00.005    +0.001       │                  SUBSCRIBE (again, 2nd) ▶▶│\n");
	expect(&h, 40, true,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"2026-11-20 UTC         1               2\n"
"12:00:00.000           │◀┘ OPTIONS     │\n"
"12:00:00.001    +0.001 │◀┘ 200 OK      │\n"
"12:00:00.002    +0.001 │   SUBSCRIBE └▶│\n"
"12:00:00.003    +0.001 │481 Call/Tra…└▶│\n"
"12:00:00.004    +0.001 │◀◀ REGISTER    │\n"
"12:00:00.005    +0.001 │   SUBSCRIBE ▶▶│\n");
	h.ladder.nlanes = 1;
	h.ladder.nrows = 2;
	expect(&h, 80, true,
"2026-11-20 UTC         10.0.0.1:5060\n"
"12:00:00.000                 │◀┘ OPTIONS\n"
"12:00:00.001    +0.001       │◀┘ 200 OK\n");
	expect(&h, 40, false,
"1 10.0.0.1:5060\n"
"2026-11-20 UTC         1\n"
"12:00:00.000           |<+ OPTIONS\n"
"12:00:00.001    +0.001 |<+ 200 OK\n");
	hand_clear(&h);
}

/* Nothing that a packet says gets past its own columns, or is more than text. */
static void test_hostile_labels(void **state)
{
	(void)state;
	struct hand h;
	hand_init(&h);
	add_lane(&h, "10.0.0.1", 5060);
	add_lane(&h, "10.0.0.2", 5060);
	response(&h, 0, 1, 0, 200, "\x1b[2J\x1b]0;owned\x07");
	response(&h, 1, 1, 0, 183, "通话中"); /* two columns each */
	response(&h, 2, 1, 0, 183, "通通通通通通通通通通通通通通通通通通通通");
	response(&h, 3, 1, 0, 486, "Bes\xcc\x81" "etzt\xe2\x80\xae" "tset"); /* bidi */
	response(&h, 4, 1, 0, 500, "\xcc\x81\xcc\x81 a\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
	                           "\xcc\x81");
	response(&h, 5, 1, 0, 600, "\xff\xfe\xc3");
	request(&h, 6, 0, 1, "AVERYLONGMETHODTHATNOBODYHASEVERHEARDOFANDNEVERWILL");
	h.rows[6].nth = 2;
	response(&h, 7, 1, 0, 480, "Temporarily Unavailable And Much More To Be Said");
	h.rows[7].sdp = true;
	expect(&h, 80, true,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │◀────── 200 \\x1b[2J\\x1b]0;owned\\x07 ───────│\n"
"12:00:00.001    +0.001       │◀─────────────── 183 通话中 ───────────────│\n"
"12:00:00.002    +0.001       │◀183 通通通通通通通通通通通通通通通通通通… │\n"
"12:00:00.003    +0.001       │◀──────── 486 Beśetzt\\u{202e}tset ─────────│\n"
"12:00:00.004    +0.001       │◀───── 500 \\u{0301}\\u{0301} á́́́\\u{0301} ─────│\n"
"12:00:00.005    +0.001       │◀──────────── 600 \\xff\\xfe\\xc3 ────────────│\n"
"12:00:00.006    +0.001       │AVERYLONGMETHODTHATNOBODYHASEVERHEARDOFA…▶▶│\n"
"12:00:00.007    +0.001       │◀480 Temporarily Unavailable And Muc… (SDP)│\n");
	expect(&h, 80, false,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 |<------ 200 \\x1b[2J\\x1b]0;owned\\x07 -------|\n"
"12:00:00.001    +0.001       |<------ 183 \\u{901a}\\u{8bdd}\\u{4e2d} ------|\n"
"12:00:00.002    +0.001       |<183 \\u{901a}\\u{901a}\\u{901a}\\u{901a}\\u{90~|\n"
"12:00:00.003    +0.001       |<---- 486 Bes\\u{0301}etzt\\u{202e}tset -----|\n"
"12:00:00.004    +0.001       |<500 \\u{0301}\\u{0301} a\\u{0301}\\u{0301}\\u{~|\n"
"12:00:00.005    +0.001       |<------------ 600 \\xff\\xfe\\xc3 ------------|\n"
"12:00:00.006    +0.001       |AVERYLONGMETHODTHATNOBODYHASEVERHEARDOFA~>>|\n"
"12:00:00.007    +0.001       |<480 Temporarily Unavailable And Muc~ (SDP)|\n");
	expect(&h, 40, true,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"2026-11-20 UTC         1               2\n"
"12:00:00.000           │◀200 \\x1b[2J\\x…│\n"
"12:00:00.001    +0.001 │◀─ 183 通话中 ─│\n"
"12:00:00.002    +0.001 │◀183 通通通通… │\n"
"12:00:00.003    +0.001 │◀486 Beśetzt\\u…│\n"
"12:00:00.004    +0.001 │◀500 \\u{0301}\\…│\n"
"12:00:00.005    +0.001 │◀600 \\xff\\xfe\\…│\n"
"12:00:00.006    +0.001 │AVERYLONGMET…▶▶│\n"
"12:00:00.007    +0.001 │◀480 Tem… (SDP)│\n");
	hand_clear(&h);
}

static void six_lanes(struct hand *h)
{
	static const char *const addrs[] = { "10.0.0.1", "10.0.0.2", "10.0.0.3",
		                             "10.0.0.4", "10.0.0.5", "10.0.0.66" };
	hand_init(h);
	for (size_t i = 0; i < 6; i++)
		add_lane(h, addrs[i], 5060);
	request(h, 0, 0, 5, "SUBSCRIBE");
	response(h, 1, 5, 0, 481, "Call/Transaction Does Not Exist");
	request(h, 2, 2, 3, "NOTIFY")->nth = 2;
	request(h, 3, 4, 4, "SUBSCRIBE");
}

/* Names go into a legend, then columns go, then the lanes. */
static void test_narrow(void **state)
{
	(void)state;
	struct hand h;
	six_lanes(&h);
	expect(&h, 120, true,
"2026-11-20 UTC         10.0.0.1:5060   10.0.0.2:5060   10.0.0.3:5060   10.0.0.4:5060   10.0.0.5:5060  10.0.0.66:5060\n"
"12:00:00.000                 │───────────────┼───────────────┼─ SUBSCRIBE ───┼───────────────┼──────────────▶│\n"
"12:00:00.001    +0.001       │◀──────────────┼───── 481 Call/Transaction Does Not Exist ─────┼───────────────│\n"
"12:00:00.002    +0.001       │               │               │── NOTIFY ───▶▶│               │               │\n"
"12:00:00.003    +0.001       │               │               │               │               │◀┘ SUBSCRIBE   │\n");
	expect(&h, 90, true,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"3 10.0.0.3:5060\n"
"4 10.0.0.4:5060\n"
"5 10.0.0.5:5060\n"
"6 10.0.0.66:5060\n"
"2026-11-20 UTC         1            2            3            4            5            6\n"
"12:00:00.000           │────────────┼────────────┼ SUBSCRIBE ─┼────────────┼───────────▶│\n"
"12:00:00.001    +0.001 │◀───────────┼─ 481 Call/Transaction Does Not Exist ┼────────────│\n"
"12:00:00.002    +0.001 │            │            │─ NOTIFY ─▶▶│            │            │\n"
"12:00:00.003    +0.001 │            │            │            │            │◀┘ SUBSCRIBE│\n");
	expect(&h, 80, true,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"3 10.0.0.3:5060\n"
"4 10.0.0.4:5060\n"
"5 10.0.0.5:5060\n"
"6 10.0.0.66:5060\n"
"2026-11-20   1            2            3            4            5            6\n"
"12:00:00.000 │────────────┼────────────┼ SUBSCRIBE ─┼────────────┼───────────▶│\n"
"12:00:00.001 │◀───────────┼─ 481 Call/Transaction Does Not Exist ┼────────────│\n"
"12:00:00.002 │            │            │─ NOTIFY ─▶▶│            │            │\n"
"12:00:00.003 │            │            │            │            │◀┘ SUBSCRIBE│\n");
	expect(&h, 70, false,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"3 10.0.0.3:5060\n"
"4 10.0.0.4:5060\n"
"5 10.0.0.5:5060\n"
"6 10.0.0.66:5060\n"
"         1           2           3           4           5           6\n"
"12:00:00 |-----------+----------- SUBSCRIBE -+-----------+---------->|\n"
"12:00:00 |<---------- 481 Call/Transaction Does Not Exist -----------|\n"
"12:00:00 |           |           | NOTIFY ->>|           |           |\n"
"12:00:00 |           |           |           |           |<+SUBSCRIBE|\n");
	expect(&h, 60, true,
"12:00:00.000 10.0.0.1:5060  → 10.0.0.66:5060 SUBSCRIBE\n"
"12:00:00.001 10.0.0.66:5060 → 10.0.0.1:5060  481 Call/Trans…\n"
"12:00:00.002 10.0.0.3:5060  ⇒ 10.0.0.4:5060  NOTIFY\n"
"12:00:00.003 10.0.0.5:5060  → 10.0.0.5:5060  SUBSCRIBE\n");
	expect(&h, 40, true,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"3 10.0.0.3:5060\n"
"4 10.0.0.4:5060\n"
"5 10.0.0.5:5060\n"
"6 10.0.0.66:5060\n"
"12:00:00.000 1 → 6 SUBSCRIBE\n"
"12:00:00.001 6 → 1 481 Call/Transaction…\n"
"12:00:00.002 3 ⇒ 4 NOTIFY (again, 2nd)\n"
"12:00:00.003 5 → 5 SUBSCRIBE\n");
	expect(&h, 40, false,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"3 10.0.0.3:5060\n"
"4 10.0.0.4:5060\n"
"5 10.0.0.5:5060\n"
"6 10.0.0.66:5060\n"
"12:00:00.000 1 -> 6 SUBSCRIBE\n"
"12:00:00.001 6 -> 1 481 Call/Transactio~\n"
"12:00:00.002 3 => 4 NOTIFY (again, 2nd)\n"
"12:00:00.003 5 -> 5 SUBSCRIBE\n");
	hand_clear(&h);
}

static void test_ipv6(void **state)
{
	(void)state;
	struct hand h;
	hand_init(&h);
	add_lane(&h, "2001:db8:1111:2222:3333:4444:5555:6666", 5060);
	add_lane(&h, "2001:db8::1", 0);
	request(&h, 0, 0, 1, "MESSAGE");
	response(&h, 1, 1, 0, 202, "");
	expect(&h, 120, true,
"2026-11-20 UTC         [2001:db8:1111:2222:3333:4444:5555:6666]:5060                    2001:db8::1\n"
"12:00:00.000                                 │────────────────── MESSAGE ───────────────────▶│\n"
"12:00:00.001    +0.001                       │◀──────────────────── 202 ─────────────────────│\n");
	expect(&h, 80, true,
"1 [2001:db8:1111:2222:3333:4444:5555:6666]:5060\n"
"2 2001:db8::1\n"
"2026-11-20 UTC         1                                               2\n"
"12:00:00.000           │────────────────── MESSAGE ───────────────────▶│\n"
"12:00:00.001    +0.001 │◀──────────────────── 202 ─────────────────────│\n");
	expect(&h, 40, true,
"1 [2001:db8:1111:2222:3333:4444:5555:66…\n"
"2 2001:db8::1\n"
"2026-11-20 UTC         1               2\n"
"12:00:00.000           │── MESSAGE ───▶│\n"
"12:00:00.001    +0.001 │◀──── 202 ─────│\n");
	hand_clear(&h);
}

/* Long waits, and time that runs backwards. */
static void test_times(void **state)
{
	(void)state;
	struct hand h;
	hand_init(&h);
	add_lane(&h, "10.0.0.1", 5060);
	add_lane(&h, "10.0.0.2", 5060);
	request(&h, 1000, 0, 1, "INFO");
	request(&h, 999, 0, 1, "INFO");
	request(&h, 999 + 9999999, 0, 1, "INFO");
	request(&h, 999 + 9999999 + 10000000, 0, 1, "INFO");
	request(&h, 999 + 9999999 + 10000000 + UINT64_C(86400000) * 1000, 0, 1, "INFO");
	h.rows[h.ladder.nrows] = h.rows[0];
	h.rows[h.ladder.nrows++].at = 0;
	h.rows[h.ladder.nrows] = h.rows[0];
	h.rows[h.ladder.nrows++].at = TICK_NONE - 1;
	expect(&h, 80, false,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:01.000                 |------------------ INFO ------------------>|\n"
"12:00:00.999    -0.001       |------------------ INFO ------------------>|\n"
"14:46:40.998 +9999.999       |------------------ INFO ------------------>|\n"
"17:33:20.998   +10000s       |------------------ INFO ------------------>|\n"
"17:33:20.998    +1000d       |------------------ INFO ------------------>|\n"
"00:00:00.000   -21777d       |------------------ INFO ------------------>|\n"
"23:34:33.709  +106751d       |------------------ INFO ------------------>|\n");
	hand_clear(&h);
}

/* Every line of every width has that width, and nothing of a label that must stay is
 * lost: lines_draw checks the first, this the second. */
static void test_every_width(void **state)
{
	(void)state;
	static struct lines lines;
	struct hand h;
	six_lanes(&h);
	for (unsigned width = 0; width < 200; width++) {
		for (int utf8 = 0; utf8 < 2; utf8++) {
			lines_draw(&lines, &h.ladder, width, utf8);
			assert_non_null(strstr(lines.text, "SUBSCRIBE"));
			assert_non_null(strstr(lines.text, "481"));
			assert_non_null(strstr(lines.text, "NOTIFY"));
			assert_non_null(strstr(lines.text, "10.0.0.66:5060"));
		}
	}
	hand_clear(&h);
}

static void test_layout(void **state)
{
	(void)state;
	struct hand h;
	struct ladder_layout layout;
	six_lanes(&h);
	ladder_lay_out(&layout, &h.ladder, 1, true);
	assert_int_equal(layout.width, LADDER_WIDTH_MIN);
	assert_int_equal(ladder_lines(&layout), 6 + 4); /* legend and rows */
	assert_null(ladder_line_row(&layout, 5));
	assert_ptr_equal(ladder_line_row(&layout, 6), &h.rows[0]);
	ladder_lay_out(&layout, &h.ladder, 100000, true);
	assert_int_equal(layout.width, LADDER_WIDTH_MAX);
	assert_int_equal(layout.distance, LADDER_DISTANCE_MAX);
	hand_clear(&h);
	hand_init(&h);
	ladder_lay_out(&layout, &h.ladder, 80, true);
	assert_int_equal(ladder_lines(&layout), 0);
	hand_clear(&h);
}

static void test_styles(void **state)
{
	(void)state;
	static const struct {
		uint16_t        status;
		enum cell_style style;
	} cases[] = {
		{ 0, CELL_REQUEST },   { 183, CELL_PROVISIONAL }, { 200, CELL_SUCCESS },
		{ 302, CELL_FAILURE }, { 603, CELL_FAILURE },
	};
	struct hand h;
	basic_call(&h);
	struct ladder_layout layout;
	struct cell cells[80];
	struct cells line = { cells, 80 };
	ladder_lay_out(&layout, &h.ladder, 80, true);
	unsigned inside = layout.lane_zero + 2;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		h.rows[0].status = cases[i].status;
		h.rows[0].nth = 1;
		ladder_draw(&layout, layout.head_lines, &line);
		assert_int_equal(cells[0].style, CELL_TIME);
		assert_int_equal(cells[layout.lane_zero].style, CELL_LANE);
		assert_int_equal(cells[inside].style, cases[i].style);
		h.rows[0].nth = 2;
		ladder_draw(&layout, layout.head_lines, &line);
		assert_int_equal(cells[inside].style, CELL_REPEAT);
	}
	ladder_draw(&layout, 0, &line);
	assert_int_equal(cells[layout.lane_zero].style, CELL_HEAD);
	hand_clear(&h);
}

static void expect_as(const struct hand *h, unsigned width,
                      const struct ladder_look *look, const char *expected)
{
	static struct lines lines;
	lines_draw_as(&lines, &h->ladder, width, true, look);
	assert_string_equal(lines.text, expected);
}

static void test_relative_times(void **state)
{
	(void)state;
	struct hand h;
	struct ladder_look look = { .times = LADDER_SINCE_FIRST };
	basic_call(&h);
	expect_as(&h, 50, &look,
"since 1st  10.0.0.1:5060             10.0.0.2:5060\n"
"                 │───── INVITE (SDP) ─────▶│\n"
"    +0.012       │◀────── 100 Trying ──────│\n"
"    +0.340       │◀───── 180 Ringing ──────│\n"
"    +2.000       │◀───── 200 OK (SDP) ─────│\n"
"    +2.005       │───────── ACK ──────────▶│\n"
"   +62.005       │◀───────── BYE ──────────│\n"
"   +62.010       │──────── 200 OK ────────▶│\n");
	look.times = LADDER_SINCE_PREVIOUS;
	expect_as(&h, 50, &look,
"since prev 10.0.0.1:5060             10.0.0.2:5060\n"
"                 │───── INVITE (SDP) ─────▶│\n"
"    +0.012       │◀────── 100 Trying ──────│\n"
"    +0.328       │◀───── 180 Ringing ──────│\n"
"    +1.660       │◀───── 200 OK (SDP) ─────│\n"
"    +0.005       │───────── ACK ──────────▶│\n"
"   +60.000       │◀───────── BYE ──────────│\n"
"    +0.005       │──────── 200 OK ────────▶│\n");
	hand_clear(&h);
}

/* The caller leaves the repeats out: the first one says how many times it was sent, and
 * times are since rows that are shown. */
static void test_folded(void **state)
{
	(void)state;
	struct hand h;
	struct ladder_layout layout;
	struct cell cells[80];
	struct cells line = { cells, 80 };
	struct lines lines = { 0 };
	static const struct ladder_look look = { .folded = true };
	hand_init(&h);
	add_lane(&h, "10.0.0.1", 5060);
	add_lane(&h, "10.0.0.2", 5060);
	request(&h, 0, 0, 1, "INVITE")->newest = 2;
	request(&h, 500, 0, 1, "INVITE")->nth = 2;
	request(&h, 1500, 0, 1, "INVITE")->nth = 3;
	response(&h, 1600, 1, 0, 100, "Trying")->newest = 3;
	ladder_lay_out_as(&layout, &h.ladder, 80, true, &look);
	ladder_draw(&layout, 1, &line);
	lines_add(&lines, &line);
	ladder_draw(&layout, 4, &line);
	lines_add(&lines, &line);
	assert_string_equal(lines.text,
"12:00:00.000                 │────────────── INVITE (3x) ───────────────▶│\n"
"12:00:01.600    +1.600       │◀─────────────── 100 Trying ───────────────│\n");
	hand_clear(&h);
}

static size_t pcma(void *arg, uint32_t message, char out[LADDER_CODEC_MAX])
{
	*(uint32_t *)arg = message;
	memcpy(out, "PCMA", 4);
	return 4;
}

static size_t nothing(void *arg, uint32_t message, char out[LADDER_CODEC_MAX])
{
	(void)arg;
	(void)message;
	(void)out;
	return 0;
}

static void test_codec(void **state)
{
	(void)state;
	struct hand h;
	uint32_t message = 0;
	struct ladder_look look = { .codec = pcma, .arg = &message };
	hand_init(&h);
	add_lane(&h, "10.0.0.1", 5060);
	add_lane(&h, "10.0.0.2", 5060);
	struct ladder_row *row = request(&h, 0, 0, 1, "INVITE");
	row->sdp = true;
	row->message = 17;
	expect_as(&h, 80, &look,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │───────────── INVITE (PCMA) ──────────────▶│\n");
	assert_int_equal(message, 17);
	look.codec = nothing;
	expect_as(&h, 80, &look,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │───────────────── INVITE ─────────────────▶│\n");
	hand_clear(&h);
}

/* Six lanes in 60 columns: drawn on a wider line, with all their names, or in fewer with
 * numbers. Without it they are text. */
static void test_wide(void **state)
{
	(void)state;
	struct hand h;
	struct ladder_layout layout;
	unsigned begin, end;
	static const struct ladder_look look = { .wide = true };
	six_lanes(&h);
	ladder_lay_out_as(&layout, &h.ladder, 60, true, &look);
	assert_true(layout.width > 60);
	assert_false(layout.numbered);
	assert_true(layout.distance > layout.name_width);
	assert_true(layout.gutter + 2 * layout.distance <= 60);
	for (uint32_t i = 0; i < h.ladder.nrows; i++) {
		const struct ladder_row *row = &h.rows[i];
		assert_true(ladder_row_columns(&layout, row, &begin, &end));
		assert_true(begin < end && end < layout.width);
		assert_true(begin >= layout.gutter);
	}
	ladder_lay_out_as(&layout, &h.ladder, 40, true, &look);
	assert_true(layout.numbered);
	assert_int_equal(layout.distance, LADDER_DISTANCE_MIN);
	assert_int_equal(layout.head_lines, 7);
	ladder_lay_out(&layout, &h.ladder, 40, true);
	assert_int_equal(layout.width, 40);
	assert_int_equal(layout.distance, 0);
	assert_false(ladder_row_columns(&layout, &h.rows[0], &begin, &end));
	hand_clear(&h);
}

/* One colour for what belongs together, another one for what comes next. */
static void test_colors(void **state)
{
	(void)state;
	struct hand h;
	struct ladder_layout layout;
	struct cell cells[80];
	struct cells line = { cells, 80 };
	struct ladder_look look = { .colors = LADDER_BY_CSEQ };
	uint8_t styles[3];
	basic_call(&h);
	h.rows[0].cseq = h.rows[1].cseq = h.rows[5].group = h.rows[6].group = 1;
	h.rows[5].cseq = h.rows[0].group = h.rows[1].group = 2;
	static const unsigned shown[] = { 0, 1, 5 };
	for (unsigned mode = 0; mode < 2; mode++) {
		look.colors = mode ? LADDER_BY_DIALOG : LADDER_BY_CSEQ;
		ladder_lay_out_as(&layout, &h.ladder, 80, true, &look);
		for (unsigned i = 0; i < 3; i++) {
			ladder_draw(&layout, layout.head_lines + shown[i], &line);
			styles[i] = cells[layout.lane_zero + 2].style;
		}
		assert_int_equal(styles[0], styles[1]);
		assert_int_not_equal(styles[0], styles[2]);
	}
	hand_clear(&h);
}

/* A text of the caller stands between the lanes of its row. */
static void test_text(void **state)
{
	(void)state;
	struct hand h;
	struct ladder_layout layout;
	struct cell cells[80];
	struct cells line = { cells, 80 };
	struct lines lines = { 0 };
	basic_call(&h);
	ladder_lay_out(&layout, &h.ladder, 80, true);
	ladder_draw_text(&layout, &h.rows[0], SLICE("audio\033[31m"), &line);
	lines_check(&line, true);
	lines_add(&lines, &line);
	assert_string_equal(lines.text,
"                             │               audio\\x1b[31m               │\n");
	hand_clear(&h);
}

/* ---- notes */

static void note(struct hand *h, enum ladder_note kind, uint32_t from, uint32_t to,
                 const char *text)
{
	struct ladder_row *row = add_row(h, 2000, from, to);
	row->note = true;
	row->kind = (uint8_t)kind;
	if (kind != LADDER_TIMER)
		row->at = TICK_NONE;
	row->what = add_text(h, text);
	if (kind == LADDER_LOST && from != to)
		row->heads = from < to ? LADDER_TO_RIGHT : LADDER_TO_LEFT;
}

/* Every kind of note, between `lanes` lanes. */
static void add_notes(struct hand *h, unsigned lanes)
{
	static struct ladder_media media[1];
	for (unsigned i = 0; i < lanes; i++) {
		char addr[32];
		snprintf(addr, sizeof(addr), "10.0.0.%u", i + 1);
		add_lane(h, addr, 5060);
	}
	media[0] = (struct ladder_media){ .on = true, .port = { 6000, 7000 } };
	media[0].type = add_text(h, "audio");
	media[0].codec = add_text(h, "PCMA");
	media[0].address[0] = add_text(h, "10.0.0.1:6000");
	media[0].address[1] = add_text(h, "10.0.0.2:7000");
	h->ladder.media = media;
	h->ladder.nmedia = 1;
	note(h, LADDER_LOST, lanes - 1, 0, "INVITE not captured");
	note(h, LADDER_LOST, 0, 0, "beginning not captured");
	request(h, 1000, 0, lanes - 1, "BYE");
	note(h, LADDER_MEDIA, 0, lanes - 1, "");
	h->rows[h->ladder.nrows - 1].heads = LADDER_TO_LEFT;
	note(h, LADDER_SILENCE, 0, 0, "31.5 s");
	note(h, LADDER_TIMER, 0, 0, "Timer F");
	note(h, LADDER_TIMER, lanes - 1, lanes - 1, "Timer H");
	note(h, LADDER_END, 0, 0, "capture ends");
}

static void test_notes_one_lane(void **state)
{
	struct hand h;
	(void)state;
	hand_init(&h);
	add_notes(&h, 1);
	expect(&h, 60, true,
"2026-11-20 UTC         10.0.0.1:5060\n"
"                             │ INVITE not captured\n"
"                             │ beginning not captured\n"
"12:00:01.000                 │◀┘ BYE\n"
"                             │ audio 6000 ← 7000 PCMA\n"
"                             ┊ ── 31.5 s ──\n"
"12:00:02.000    +1.000       ○ Timer F\n"
"12:00:02.000    +0.000       ○ Timer H\n"
"                             ┊ ── capture ends ──\n");
	hand_clear(&h);
}

static void test_notes_lanes(void **state)
{
	struct hand h;
	(void)state;
	hand_init(&h);
	add_notes(&h, 3);
	expect(&h, 80, true,
"2026-11-20 UTC         10.0.0.1:5060         10.0.0.2:5060         10.0.0.3:5060\n"
"                             │◀┄┄┄┄┄┄┄┄┄┄ INVITE not captured ┄┄┄┄┄┄┄┄┄┄┄│\n"
"                             │┄┄┄┄┄┄┄┄┄ beginning not captured ┄┄┄┄┄┄┄┄┄┄│\n"
"12:00:01.000                 │────────────────── BYE ───────────────────▶│\n"
"                             │◀═ audio 10.0.0.1:6000 PCMA 10.0.0.2:7000 ═│\n"
"                             ┊               ── 31.5 s ──                ┊\n"
"12:00:02.000    +1.000       ○ Timer F             │                     │\n"
"12:00:02.000    +0.000       │                     │             Timer H ○\n"
"                             ┊            ── capture ends ──             ┊\n");
	expect(&h, 60, false,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"3 10.0.0.3:5060\n"
"2026-11-20 UTC         1                 2                 3\n"
"                       |<...... INVITE not captured .......|\n"
"                       |..... beginning not captured ......|\n"
"12:00:01.000           |-------------- BYE --------------->|\n"
"                       |<====== audio 6000 PCMA 7000 ======|\n"
"                       :           -- 31.5 s --            :\n"
"12:00:02.000    +1.000 o Timer F         |                 |\n"
"12:00:02.000    +0.000 |                 |         Timer H o\n"
"                       :        -- capture ends --         :\n");
	hand_clear(&h);
}

static void test_notes_text(void **state)
{
	struct hand h;
	(void)state;
	hand_init(&h);
	add_notes(&h, 5);
	expect(&h, 40, true,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"3 10.0.0.3:5060\n"
"4 10.0.0.4:5060\n"
"5 10.0.0.5:5060\n"
"             5 → 1 INVITE not captured\n"
"             beginning not captured\n"
"12:00:01.000 1 → 5 BYE\n"
"             audio 6000 ← 7000 PCMA\n"
"             ── 31.5 s ──\n"
"12:00:02.000 1 Timer F\n"
"12:00:02.000 5 Timer H\n"
"             ── capture ends ──\n");
	expect(&h, 40, false,
"1 10.0.0.1:5060\n"
"2 10.0.0.2:5060\n"
"3 10.0.0.3:5060\n"
"4 10.0.0.4:5060\n"
"5 10.0.0.5:5060\n"
"             5 -> 1 INVITE not captured\n"
"             beginning not captured\n"
"12:00:01.000 1 -> 5 BYE\n"
"             audio 6000 <- 7000 PCMA\n"
"             -- 31.5 s --\n"
"12:00:02.000 1 Timer F\n"
"12:00:02.000 5 Timer H\n"
"             -- capture ends --\n");
	hand_clear(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relative_times), cmocka_unit_test(test_folded),
		cmocka_unit_test(test_codec),          cmocka_unit_test(test_wide),
		cmocka_unit_test(test_colors),         cmocka_unit_test(test_text),
		cmocka_unit_test(test_basic),          cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_repeats),        cmocka_unit_test(test_self),
		cmocka_unit_test(test_hostile_labels), cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_ipv6),           cmocka_unit_test(test_times),
		cmocka_unit_test(test_every_width),    cmocka_unit_test(test_layout),
		cmocka_unit_test(test_styles),
		cmocka_unit_test(test_notes_one_lane),
		cmocka_unit_test(test_notes_lanes),
		cmocka_unit_test(test_notes_text),
	};
	return cmocka_run_group_tests_name("view/ladder_draw", tests, NULL, NULL);
}
