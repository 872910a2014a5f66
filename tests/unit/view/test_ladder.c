/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/ladder.h"

#include "unit/view/calls.h"
#include "unit/view/ladder_memory.h"
#include "unit/view/lines.h"

#define A "10.0.0.1"
#define B "10.0.0.2"
#define C "10.0.0.3"

/* A message of call `call` from A to B, or from B to A when it is a response. */
static void message(struct calls *c, uint64_t ms, const char *call, const char *start,
                    const char *branch, const char *cseq, bool sdp)
{
	char text[2048];
	bool response = strncmp(start, "SIP/2.0", 7) == 0;
	calls_packet(c, ms, response ? B : A, 5060, response ? A : B, 5060,
	             calls_message(text, start, call, branch, cseq, sdp));
}

static void one_call(struct calls *c)
{
	message(c, 0, "x", "INVITE sip:bob@b.example SIP/2.0", "1", "1 INVITE", true);
	message(c, 500, "x", "INVITE sip:bob@b.example SIP/2.0", "1", "1 INVITE", true);
	calls_same_packet(c);
	message(c, 500, "x", "INVITE sip:bob@b.example SIP/2.0", "1", "1 INVITE", true);
	message(c, 512, "x", "SIP/2.0 100 Trying", "1", "1 INVITE", false);
	message(c, 600, "x", "SIP/2.0 180 Buzzing", "1", "1 INVITE", false);
	message(c, 2000, "x", "SIP/2.0 200 OK", "1", "1 INVITE", true);
	calls_same_packet(c);
	message(c, 2001, "x", "SIP/2.0 200 OK", "1", "1 INVITE", true);
	message(c, 2005, "x", "ACK sip:bob@b.example SIP/2.0", "2", "1 ACK", false);
	message(c, 9000, "x", "BYE sip:bob@b.example SIP/2.0", "3", "2 BYE", false);
	message(c, 9010, "x", "SIP/2.0 200 OK", "3", "2 BYE", false);
}

static void build(const struct calls *c, struct ladder *ladder, uint32_t ncalls)
{
	static const uint32_t calls[] = { 1, 2, 3 };
	assert_int_equal(tracker_calls(engine_tracker(c->engine)), ncalls);
	assert_int_equal(ladder_build(ladder, c->engine, calls, ncalls), OK);
}

static void expect_lane(const struct ladder *ladder, uint32_t lane, const char *name)
{
	char text[LADDER_NAME_MAX];
	assert_true(lane < ladder->nlanes);
	unsigned len = ladder_lane_name(ladder, &ladder->lanes[lane], text);
	assert_int_equal(len, strlen(name));
	assert_string_equal(text, name);
}

static void expect_label(const struct ladder *ladder, uint32_t row, const char *what,
                         uint16_t status, const char *phrase)
{
	const struct ladder_row *r = &ladder->rows[row];
	struct slice w = ladder_text_of(ladder, r->what);
	struct slice p = ladder_text_of(ladder, r->phrase);
	assert_true(row < ladder->nrows);
	assert_int_equal(r->status, status);
	assert_true(slice_eq(w, slice_of(what)));
	assert_true(slice_eq(p, slice_of(phrase)));
}

/* From packets to the picture. */
static void test_picture(void **state)
{
	struct calls *c = *state;
	static struct lines lines;
	struct ladder ladder;
	one_call(c);
	build(c, &ladder, 1);
	lines_draw(&lines, &ladder, 80, true);
	assert_string_equal(lines.text,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │────────────── INVITE (SDP) ──────────────▶│\n"
"12:00:00.500    +0.500       │───── INVITE (SDP) (again, 2nd) x2 ──────▶▶│\n"
"12:00:00.512    +0.012       │◀─────────────── 100 Trying ───────────────│\n"
"12:00:00.600    +0.088       │◀────────────── 180 Buzzing ───────────────│\n"
"12:00:02.000    +1.400       │◀──────────── 200 OK (SDP) x2 ─────────────│\n"
"12:00:02.005    +0.005       │────────────────── ACK ───────────────────▶│\n"
"12:00:09.000    +6.995       │────────────────── BYE ───────────────────▶│\n"
"12:00:09.010    +0.010       │◀───────────────── 200 OK ─────────────────│\n");
	ladder_clear(&ladder);
}

static void test_rows(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	one_call(c);
	build(c, &ladder, 1);
	assert_int_equal(ladder.nrows, 8);
	const struct ladder_row *rows = ladder.rows;
	assert_true(rows[0].at == CALLS_NOON);
	assert_int_equal(rows[0].message, 1);
	assert_int_equal(rows[0].newest, 1);
	assert_int_equal(rows[1].message, 2);
	assert_int_equal(rows[2].message, 4); /* 3 is the duplicate of 2 */
	for (uint32_t i = 0; i < ladder.nrows; i++) {
		bool response = rows[i].status != 0;
		assert_int_equal(rows[i].call, 1);
		assert_int_equal(rows[i].from, response ? 1 : 0);
		assert_int_equal(rows[i].to, response ? 0 : 1);
		assert_int_equal(rows[i].transaction, i < 6 ? 1 : 2); /* the BYE */
	}
	assert_int_equal(rows[3].dialog, 1); /* the 180 made it */
	ladder_clear(&ladder);
}

/* Where bytes are gone, the record has a label: the standard phrase, no SDP. */
static void test_unreadable(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	one_call(c);
	message(c, 9500, "y", "FROBNICATE sip:bob@b.example SIP/2.0", "4", "1 FROBNICATE",
	        false);
	message(c, 9600, "y", "SIP/2.0 299 Frobnicated", "4", "1 FROBNICATE", false);
	c->broken = true;
	build(c, &ladder, 2);
	expect_label(&ladder, 0, "INVITE", 0, "");
	expect_label(&ladder, 3, "", 180, "Ringing");
	expect_label(&ladder, 8, "FROBNICATE", 0, "");
	expect_label(&ladder, 9, "", 299, "");
	for (uint32_t i = 0; i < ladder.nrows; i++)
		assert_false(ladder.rows[i].sdp);
	ladder_clear(&ladder);
}

static void test_labels(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	message(c, 0, "x", "FROBNICATE sip:bob@b.example SIP/2.0", "1", "1 FROBNICATE",
	        true);
	message(c, 1, "x", "SIP/2.0 299 ", "1", "1 FROBNICATE", false);
	build(c, &ladder, 1);
	expect_label(&ladder, 0, "FROBNICATE", 0, "");
	expect_label(&ladder, 1, "", 299, "");
	assert_true(ladder.rows[0].sdp);
	assert_false(ladder.rows[1].sdp);
	ladder_clear(&ladder);
}

/* application/sdp in any case, with parameters or in compact form, and a body. */
static void test_sdp(void **state)
{
	static const struct {
		const char *header, *body;
		bool        sdp;
	} cases[] = {
		{ "Content-Type: application/sdp", "v=0\r\n", true },
		{ "c: Application/SDP ;charset=utf-8", "v=0\r\n", true },
		{ "Content-Type: application/sdp", "", false },
		{ "Content-Type: application/sdpx", "v=0\r\n", false },
		{ "Content-Type: text/plain;x=application/sdp", "v=0\r\n", false },
		{ "Subject: application/sdp", "v=0\r\n", false },
	};
	struct calls *c = *state;
	struct ladder ladder;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[1024];
		snprintf(text, sizeof(text),
		         "INFO sip:bob@b.example SIP/2.0\r\n"
		         "Via: SIP/2.0/UDP a;branch=z9hG4bK%zu\r\n"
		         "From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\n"
		         "Call-ID: x\r\nCSeq: %zu INFO\r\n%s\r\n\r\n%s",
		         i, i + 1, cases[i].header, cases[i].body);
		calls_packet(c, i, A, 5060, B, 5060, text);
	}
	build(c, &ladder, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(ladder.rows[i].sdp, cases[i].sdp);
	ladder_clear(&ladder);
}

/* A port unreachable from B, 1 ms after the packet that it quotes. */
static void unreachable(struct calls *c, uint64_t ms, const char *quoted)
{
	struct frames f;
	frames_init(&f);
	frames_ethernet(&f, FRAMES_IPV4);
	frames_ipv4(&f, 1, B, A);
	frames_u32(&f, 0x03030000);
	frames_u32(&f, 0);
	frames_ipv4(&f, FRAMES_UDP, A, B);
	frames_udp(&f, 5060, 5060);
	frames_text(&f, quoted);
	calls_frame(c, ms, &f);
}

/* What a message holds stands under it, an ICMP error where it came. */
static void test_notes(void **state)
{
	struct calls *c = *state;
	static struct lines lines;
	struct ladder ladder;
	char text[1024];
	snprintf(text, sizeof(text),
	         "BYE sip:bob@b.example SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
	         "From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\n"
	         "Call-ID: x\r\nCSeq: 1 BYE\r\n"
	         "Content-Type: application/ISUP;version=itu-t92+\r\n\r\n"
	         "\x10"); /* release complete, without its pointer */
	calls_packet(c, 0, A, 5060, B, 5060, text);
	unreachable(c, 1, text);
	calls_packet(c, 500, A, 5060, B, 5060, text);
	unreachable(c, 501, text);
	build(c, &ladder, 1);
	lines_draw(&lines, &ladder, 80, false);
	assert_string_equal(lines.text,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 |------------------ BYE ------------------->|\n"
"                             |                    RLC                    |\n"
"12:00:00.001    +0.001       |    ICMP port unreachable from 10.0.0.2    |\n"
"12:00:00.500    +0.499       |----------- BYE (again, 2nd) ------------>>|\n"
"                             |                    RLC                    |\n"
"12:00:00.501    +0.001       |    ICMP port unreachable from 10.0.0.2    |\n");
	assert_true(ladder.rows[1].note && !ladder.rows[0].note);
	assert_int_equal(ladder.rows[0].newest, 3); /* not a note */
	ladder_clear(&ladder);
}

/* A reason phrase as long as a packet is kept in part, not cut inside a character. */
static void test_long_phrase(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	char start[2000] = "SIP/2.0 486 ", text[4096];
	for (size_t i = strlen(start); i < sizeof(start) - 3; i += 2)
		memcpy(start + i, "\xc3\xa9", 3);
	int len = snprintf(text, sizeof(text),
	                   "%s\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
	                   "From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\n"
	                   "Call-ID: x\r\nCSeq: 1 INVITE\r\n\r\n", start);
	assert_in_range(len, 2000, (int)sizeof(text) - 1);
	calls_packet(c, 0, B, 5060, A, 5060, text);
	build(c, &ladder, 1);
	struct slice phrase = ladder_text_of(&ladder, ladder.rows[0].phrase);
	assert_int_equal(phrase.len, LADDER_TEXT_MAX - 1);
	assert_memory_equal(phrase.p + phrase.len - 5, "\xc3\xa9...", 5);
	ladder_clear(&ladder);
}

/* ---- lanes */

static void from_to(struct calls *c, const char *src, uint16_t src_port, const char *dst,
                    uint16_t dst_port)
{
	char text[2048], cseq[32], branch[32];
	unsigned n = (unsigned)c->packets + 1;
	snprintf(cseq, sizeof(cseq), "%u INFO", n);
	snprintf(branch, sizeof(branch), "b%u", n);
	calls_packet(c, n, src, src_port, dst, dst_port,
	             calls_message(text, "INFO sip:bob@b.example SIP/2.0", "x", branch,
	                           cseq, false));
}

/* Requests from one port and to another of one address: one party. */
static void test_lanes_by_address(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	from_to(c, A, 40000, B, 5060);
	from_to(c, B, 5060, A, 5060);
	from_to(c, "10.0.0.3", 5060, A, 40000);
	build(c, &ladder, 1);
	assert_int_equal(ladder.nlanes, 3);
	expect_lane(&ladder, 0, A);
	expect_lane(&ladder, 1, B ":5060");
	expect_lane(&ladder, 2, "10.0.0.3:5060");
	assert_int_equal(ladder.rows[2].from, 2);
	assert_int_equal(ladder.rows[2].to, 0);
	ladder_clear(&ladder);
}

/* Two servers on one address talk to each other: two parties, from the beginning. */
static void test_lanes_by_port(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	from_to(c, B, 5070, A, 5060);
	from_to(c, A, 5060, A, 5080);
	from_to(c, A, 5080, B, 5060);
	build(c, &ladder, 1);
	assert_int_equal(ladder.nlanes, 3);
	expect_lane(&ladder, 0, B);
	expect_lane(&ladder, 1, A ":5060");
	expect_lane(&ladder, 2, A ":5080");
	assert_int_equal(ladder.rows[1].from, 1);
	assert_int_equal(ladder.rows[1].to, 2);
	ladder_clear(&ladder);
}

/* On demand an address is one party, also where its ports talk to each other. */
static void test_lanes_by_host(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	static const struct ladder_options options = { .by_host = true };
	static const uint32_t calls[] = { 1 };
	from_to(c, B, 5070, A, 5060);
	from_to(c, A, 5060, A, 5080);
	from_to(c, A, 5080, B, 5060);
	assert_int_equal(ladder_build_as(&ladder, c->engine, calls, 1, &options), OK);
	assert_int_equal(ladder.nlanes, 2);
	expect_lane(&ladder, 0, B);
	expect_lane(&ladder, 1, A);
	assert_int_equal(ladder.rows[1].from, ladder.rows[1].to);
	ladder_clear(&ladder);
}

/* Names of the user stand for addresses, and merge lanes on demand. */
static void test_lanes_by_alias(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	struct mem mem;
	struct aliases aliases;
	static struct lines lines;
	static const uint32_t calls[] = { 1 };
	mem_init(&mem, 1U << 20);
	aliases_init(&aliases, &mem);
	assert_int_equal(aliases_add(&aliases, SLICE(A), SLICE("sbc")), OK);
	assert_int_equal(aliases_add(&aliases, SLICE(C), SLICE("sbc")), OK);
	assert_int_equal(aliases_add(&aliases, SLICE(B ":5070"), SLICE("b\xc3\xb6\x1b")),
	                 OK);
	from_to(c, B, 5070, A, 5060);
	from_to(c, A, 5060, C, 5060);
	struct ladder_options options = { .aliases = &aliases };
	assert_int_equal(ladder_build_as(&ladder, c->engine, calls, 1, &options), OK);
	assert_int_equal(ladder.nlanes, 3);
	expect_lane(&ladder, 0, "b\xc3\xb6\x1b");
	expect_lane(&ladder, 1, "sbc");
	expect_lane(&ladder, 2, "sbc");
	lines_draw(&lines, &ladder, 60, true);
	assert_non_null(strstr(lines.text, "b\xc3\xb6\\x1b"));
	assert_null(strchr(lines.text, '\x1b'));
	lines_draw(&lines, &ladder, 60, false);
	assert_null(strchr(lines.text, '\xc3'));
	aliases.with_port = true;
	expect_lane(&ladder, 1, "sbc:5060");
	ladder_clear(&ladder);

	options.by_host = true;
	assert_int_equal(ladder_build_as(&ladder, c->engine, calls, 1, &options), OK);
	assert_int_equal(ladder.nlanes, 2);
	expect_lane(&ladder, 1, "sbc");
	assert_int_equal(ladder.rows[1].from, 1);
	assert_int_equal(ladder.rows[1].to, 1);
	ladder_clear(&ladder);

	/* a name of one port is none of a lane that has several */
	options.by_host = false;
	from_to(c, B, 5080, A, 5060);
	assert_int_equal(ladder_build_as(&ladder, c->engine, calls, 1, &options), OK);
	expect_lane(&ladder, 0, B);
	ladder_clear(&ladder);
	aliases_clear(&aliases);
}

/* On demand copies are rows, marked, and count as nothing else. */
static void test_duplicates(void **state)
{
	struct calls *c = *state;
	static struct lines lines;
	struct ladder ladder;
	static const struct ladder_options options = { .duplicates = true };
	static const uint32_t calls[] = { 1 };
	one_call(c);
	assert_int_equal(ladder_build_as(&ladder, c->engine, calls, 1, &options), OK);
	lines_draw(&lines, &ladder, 80, true);
	assert_string_equal(lines.text,
"2026-11-20 UTC         10.0.0.1:5060                               10.0.0.2:5060\n"
"12:00:00.000                 │────────────── INVITE (SDP) ──────────────▶│\n"
"12:00:00.500    +0.500       │─────── INVITE (SDP) (again, 2nd) ───────▶▶│\n"
"12:00:00.500    +0.000       │─── INVITE (SDP) (again, 2nd) (copy) ────▶▶│\n"
"12:00:00.512    +0.012       │◀─────────────── 100 Trying ───────────────│\n"
"12:00:00.600    +0.088       │◀────────────── 180 Buzzing ───────────────│\n"
"12:00:02.000    +1.400       │◀────────────── 200 OK (SDP) ──────────────│\n"
"12:00:02.001    +0.001       │◀◀────────── 200 OK (SDP) (copy) ──────────│\n"
"12:00:02.005    +0.004       │────────────────── ACK ───────────────────▶│\n"
"12:00:09.000    +6.995       │────────────────── BYE ───────────────────▶│\n"
"12:00:09.010    +0.010       │◀───────────────── 200 OK ─────────────────│\n");
	ladder_clear(&ladder);
}

/* What is in no dialog yet goes by its call; then the dialog has its number. */
static void test_groups(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	one_call(c);
	message(c, 9500, "y", "OPTIONS sip:b SIP/2.0", "4", "1 OPTIONS", false);
	build(c, &ladder, 2);
	for (uint32_t i = 0; i < ladder.nrows; i++) {
		const struct ladder_row *row = &ladder.rows[i];
		assert_int_equal(row->group != 0, true);
		for (uint32_t k = 0; k < i; k++) {
			const struct ladder_row *other = &ladder.rows[k];
			bool same = row->dialog == other->dialog &&
			            (row->dialog || row->call == other->call);
			assert_int_equal(row->group == other->group, same);
		}
	}
	assert_int_equal(ladder.rows[0].cseq, 1);
	assert_int_equal(ladder.rows[7].cseq, 2); /* the answer to the BYE */
	assert_ptr_equal(ladder_row_of(&ladder, 4), &ladder.rows[2]);
	assert_null(ladder_row_of(&ladder, 3)); /* a copy */
	assert_null(ladder_row_of(&ladder, 1000));
	ladder_clear(&ladder);
}

static void test_lane_to_itself(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	from_to(c, A, 5060, A, 5060);
	build(c, &ladder, 1);
	assert_int_equal(ladder.nlanes, 1);
	expect_lane(&ladder, 0, A ":5060");
	assert_int_equal(ladder.rows[0].from, ladder.rows[0].to);
	ladder_clear(&ladder);
}

static void test_lane_names(void **state)
{
	(void)state;
	static const struct {
		const char *addr;
		uint16_t    port;
		bool        ports;
		const char *name;
	} cases[] = {
		{ "10.0.0.1", 0, false, "10.0.0.1:0" },
		{ "255.255.255.255", 65535, false, "255.255.255.255:65535" },
		{ "2001:db8::1", 5060, false, "[2001:db8::1]:5060" },
		{ "2001:db8::1", 5060, true, "2001:db8::1" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[LADDER_NAME_MAX];
		struct ladder_lane lane = { .ports = cases[i].ports };
		lane.endpoint.addr = frames_addr(cases[i].addr);
		lane.endpoint.port = cases[i].port;
		static const struct ladder none;
		assert_int_equal(ladder_lane_name(&none, &lane, name),
		                 strlen(cases[i].name));
		assert_string_equal(name, cases[i].name);
	}
}

/* ---- several calls */

static void test_several_calls(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	message(c, 0, "x", "OPTIONS sip:bob@b.example SIP/2.0", "1", "1 OPTIONS", false);
	message(c, 1, "y", "OPTIONS sip:bob@b.example SIP/2.0", "2", "1 OPTIONS", false);
	message(c, 2, "z", "OPTIONS sip:bob@b.example SIP/2.0", "3", "1 OPTIONS", false);
	message(c, 3, "y", "SIP/2.0 200 OK", "2", "1 OPTIONS", false);
	message(c, 4, "x", "SIP/2.0 200 OK", "1", "1 OPTIONS", false);
	static const uint32_t calls[] = { 1, 2, 3, 2, 1 };
	build(c, &ladder, 3);
	assert_int_equal(ladder.nrows, 5);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(ladder.rows[i].message, i + 1);
		assert_int_equal(ladder.rows[i].call, calls[i]);
	}
	ladder_clear(&ladder);
}

static void test_no_call(void **state)
{
	struct calls *c = *state;
	struct ladder ladder;
	build(c, &ladder, 0);
	assert_int_equal(ladder.nrows, 0);
	assert_int_equal(ladder.nlanes, 0);
	ladder_clear(&ladder);
}

static void expect_rows(const struct ladder *got, const struct ladder *want, uint32_t n)
{
	assert_int_equal(got->nrows, n);
	for (uint32_t i = 0; i < n; i++) {
		const struct ladder_row *a = &got->rows[i], *b = &want->rows[i];
		assert_int_equal(a->message, b->message);
		assert_int_equal(a->from, b->from);
		assert_int_equal(a->nth, b->nth);
		assert_int_equal(a->group, b->group);
		assert_true(slice_eq(ladder_text_of(got, a->what),
		                     ladder_text_of(want, b->what)));
		assert_true(slice_eq(ladder_text_of(got, a->phrase),
		                     ladder_text_of(want, b->phrase)));
	}
}

/* In steps of any size it is what it is at once, and until then the first part of it. */
static void test_steps(void **state)
{
	struct calls *c = *state;
	static const uint32_t calls[] = { 1, 2 };
	static const struct ladder_options plain = { 0 };
	struct ladder whole, ladder;
	one_call(c);
	message(c, 9500, "y", "OPTIONS sip:b SIP/2.0", "4", "1 OPTIONS", false);
	build(c, &whole, 2);
	for (uint32_t size = 1; size < 15; size++) {
		assert_int_equal(ladder_begin(&ladder, c->engine, calls, 2, &plain), OK);
		assert_int_equal(ladder.nrows, 0);
		assert_int_equal(ladder_step(&ladder, 0), OK);
		for (unsigned steps = 0; !ladder_is_done(&ladder); steps++) {
			expect_rows(&ladder, &whole, ladder.nrows);
			assert_true(ladder.nrows <= steps * size);
			assert_true(steps < 20);
			assert_int_equal(ladder_step(&ladder, size), OK);
		}
		expect_rows(&ladder, &whole, whole.nrows);
		assert_int_equal(ladder.rows[4].copies, whole.rows[4].copies);
		assert_int_equal(ladder.nlanes, whole.nlanes);
		assert_int_equal(ladder_step(&ladder, 1), OK);
		assert_int_equal(ladder.nrows, whole.nrows);
		ladder_clear(&ladder);
	}
	/* given up half way */
	assert_int_equal(ladder_begin(&ladder, c->engine, calls, 2, &plain), OK);
	assert_int_equal(ladder_step(&ladder, 3), OK);
	assert_false(ladder_is_done(&ladder));
	ladder_clear(&ladder);
	assert_true(ladder_is_done(&ladder));
	ladder_clear(&whole);
}

static void test_no_memory(void **state)
{
	struct calls *c = *state;
	static const uint32_t calls[] = { 1, 2 };
	static const struct ladder_options plain = { 0 };
	one_call(c);
	message(c, 9500, "y", "OPTIONS sip:b SIP/2.0", "4", "1 OPTIONS", false);
	ladder_memory_check(c, calls, 2, &plain, 5);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, calls_setup, calls_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_picture),          TEST(test_rows),
		TEST(test_unreadable),       TEST(test_labels),
		TEST(test_sdp),              TEST(test_long_phrase),
		TEST(test_notes),
		TEST(test_lanes_by_address), TEST(test_lanes_by_port),
		TEST(test_lanes_by_host),    TEST(test_lanes_by_alias),
		TEST(test_duplicates),
		TEST(test_groups),
		TEST(test_lane_to_itself),   TEST(test_lane_names),
		TEST(test_several_calls),    TEST(test_no_call),
		TEST(test_steps),            TEST(test_no_memory),
	};
	return cmocka_run_group_tests_name("view/ladder", tests, NULL, NULL);
}
