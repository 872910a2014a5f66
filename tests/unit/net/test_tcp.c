/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/tcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "support/guard.h"
#include "unit/base/random.h"

#define BUDGET (256U << 20)
#define AGE    (10 * TICK_S)
#define ACKED  (1 * TICK_S)
#define LOG    4096

static const struct tcp_limits LIMITS = {
	.streams = 8, .stream_bytes = 65536, .total_bytes = 8 << 20, .gap_age = AGE,
	.acked_age = ACKED
};

/* A table, the next segment, and what came out as text: bytes as they are, [n] for a gap
 * of n, < where a stream began, > where it ended. */
struct bench {
	struct mem         mem;
	struct tcp_table  *table;
	struct tcp_segment seg;
	size_t             fill;
	char               log[LOG];
	struct net_bytes   last; /* newest event that is not an end */
	uint64_t           bytes, events;
};

static void put(struct bench *b, const char *bytes, size_t len)
{
	size_t room = LOG - 1 - b->fill;
	len = len < room ? len : room;
	memcpy(b->log + b->fill, bytes, len);
	b->fill += len;
	b->log[b->fill] = '\0';
}

static void on_bytes(void *arg, const struct net_bytes *piece)
{
	struct bench *b = arg;
	char gap[24] = "[";
	if (piece->first)
		put(b, "<", 1);
	if (piece->bytes.len)
		put(b, piece->bytes.p, piece->bytes.len);
	if (piece->gap) {
		size_t n = 1;
		for (uint64_t unit = 1000000000; unit; unit /= 10)
			if (piece->gap >= unit)
				gap[n++] = (char)('0' + piece->gap / unit % 10);
		gap[n++] = ']';
		put(b, gap, n);
	}
	if (piece->end)
		put(b, ">", 1);
	else
		assert_int_equal(piece->input, 3);
	if (!piece->end)
		b->last = *piece;
	assert_int_equal((piece->bytes.len > 0) + (piece->gap > 0) + piece->end, 1);
	assert_in_range(piece->stream, 1, 20000);
	b->bytes += piece->bytes.len;
	b->events++;
}

static void open_with(struct bench *b, const struct tcp_limits *limits)
{
	memset(b, 0, sizeof(*b));
	mem_init(&b->mem, BUDGET);
	assert_int_equal(tcp_new(&b->table, &b->mem, 1, limits), OK);
	b->seg.src = (struct net_endpoint){ { 4, { 10, 0, 0, 1 } }, 5060 };
	b->seg.dst = (struct net_endpoint){ { 4, { 10, 0, 0, 2 } }, 5070 };
	b->seg.input = 3;
}

static void open_bench(struct bench *b)
{
	open_with(b, &LIMITS);
}

static void close_bench(struct bench *b)
{
	tcp_free(b->table);
	assert_int_equal(b->mem.used, 0);
}

static const struct tcp_stats *stats(const struct bench *b)
{
	return tcp_stats(b->table);
}

static void assert_log(struct bench *b, const char *want)
{
	assert_string_equal(b->log, want);
	b->fill = 0;
	b->log[0] = '\0';
}

/* One segment; frames count up, time stands unless a test moves it. */
static void send_bytes(struct bench *b, uint32_t seq, uint8_t flags, const char *bytes,
                       size_t len)
{
	char *copy = guard_copy(bytes, len);
	b->seg.payload = (struct slice){ copy, len };
	b->seg.seq = seq;
	b->seg.flags = flags;
	b->seg.frame++;
	tcp_segment(b->table, &b->seg, on_bytes, b);
	guard_free(copy);
}

static void say(struct bench *b, uint32_t seq, const char *text)
{
	send_bytes(b, seq, 0, text, strlen(text));
}

static void flag(struct bench *b, uint32_t seq, uint8_t flags)
{
	send_bytes(b, seq, flags, "", 0);
}

static void turn(struct bench *b)
{
	struct net_endpoint src = b->seg.src;
	b->seg.src = b->seg.dst;
	b->seg.dst = src;
}

static void finish(struct bench *b)
{
	tcp_finish(b->table, on_bytes, b);
}

/* --- in order */

static void test_both_directions(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	flag(&b, 999, TCP_SYN);
	turn(&b);
	flag(&b, 4999, TCP_SYN);
	assert_log(&b, "");
	say(&b, 5000, "xy");
	uint32_t other = b.last.stream;
	turn(&b);
	b.seg.at = 7;
	say(&b, 1000, "abc");
	assert_int_not_equal(b.last.stream, other);
	assert_int_equal(b.last.src.port, 5060);
	assert_int_equal(b.last.dst.port, 5070);
	assert_int_equal(b.last.frame, 4);
	assert_int_equal(b.last.at, 7);
	turn(&b);
	say(&b, 5002, "z");
	assert_int_equal(b.last.stream, other);
	assert_log(&b, "<xy<abcz");
	assert_int_equal(b.mem.peak - b.mem.used, 0);
	finish(&b);
	assert_log(&b, ">>");
	close_bench(&b);
}

static void test_bytes_on_a_syn(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	send_bytes(&b, 10, TCP_SYN, "ab", 2);
	send_bytes(&b, 10, TCP_SYN, "ab", 2);
	say(&b, 13, "c");
	assert_log(&b, "<abc");
	close_bench(&b);
}

static void test_sequence_wraps(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	flag(&b, UINT32_MAX - 3, TCP_SYN);
	say(&b, 2, "fg");          /* behind the wrap */
	say(&b, UINT32_MAX, "cde"); /* across it */
	say(&b, UINT32_MAX - 2, "ab");
	assert_log(&b, "<abcdefg");
	say(&b, UINT32_MAX, "cdefgh");
	assert_log(&b, "h");
	assert_int_equal(stats(&b)->gaps, 0);
	close_bench(&b);
}

static void test_begins_in_mid_stream(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	flag(&b, 1, 0);           /* says nothing */
	flag(&b, 1, TCP_FIN);
	flag(&b, 1, TCP_RST);
	finish(&b);
	assert_log(&b, "");
	say(&b, 500, "abc");
	flag(&b, 499, TCP_SYN);   /* late: the same connection */
	say(&b, 503, "d");
	assert_log(&b, "<abcd");
	close_bench(&b);
}

/* --- any order */

static void send_in_order(struct bench *b, const unsigned order[5])
{
	static const char *const parts[] = { "ab", "c", "defg", "hi", "jkl" };
	static const uint32_t at[] = { 1, 3, 4, 8, 10 };
	for (unsigned i = 0; i < 5; i++)
		say(b, at[order[i]], parts[order[i]]);
}

static void test_all_orders_of_five(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 5 * 5 * 5 * 5 * 5; n++) {
		unsigned order[5], seen = 0;
		for (unsigned i = 0, rest = n; i < 5; i++, rest /= 5) {
			order[i] = rest % 5;
			seen |= 1U << order[i];
		}
		if (seen != 31)
			continue;
		struct bench b;
		open_bench(&b);
		flag(&b, 0, TCP_SYN);
		send_in_order(&b, order);
		assert_log(&b, "<abcdefghijkl");
		assert_int_equal(b.last.frame, 6);
		send_in_order(&b, order); /* nothing twice */
		finish(&b);
		assert_log(&b, ">");
		assert_int_equal(stats(&b)->gaps, 0);
		assert_int_equal(stats(&b)->conflict_bytes, 0);
		close_bench(&b);
	}
}

static void test_hole_is_filled(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, 1, "a");
	b.seg.at = 5;
	say(&b, 4, "d");
	say(&b, 3, "c");
	assert_log(&b, "<a");
	b.seg.at = 9;
	say(&b, 2, "b");
	assert_log(&b, "bcd");
	assert_int_equal(b.last.frame, 4); /* it made all of them readable */
	assert_int_equal(b.last.at, 9);
	assert_int_equal(stats(&b)->out_of_order, 2);
	close_bench(&b);
}

/* Random pieces of a text in random order, overlapping, until all of it was there. */
static void test_random_pieces(void **state)
{
	(void)state;
	uint64_t seed = 11;
	static char text[1500];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + random_below(&seed, 26));
	for (unsigned round = 0; round < 60; round++) {
		struct bench b;
		uint32_t isn = (uint32_t)random_next(&seed);
		uint32_t most = 1 + random_below(&seed, 60);
		open_bench(&b);
		flag(&b, isn, TCP_SYN);
		while (b.bytes < sizeof(text)) {
			uint32_t from = random_below(&seed, sizeof(text));
			uint32_t len = 1 + random_below(&seed, most);
			if (len > sizeof(text) - from)
				len = (uint32_t)sizeof(text) - from;
			send_bytes(&b, isn + 1 + from, 0, text + from, len);
		}
		assert_int_equal(b.bytes, sizeof(text));
		assert_memory_equal(b.log + 1, text, sizeof(text));
		assert_int_equal(stats(&b)->gaps + stats(&b)->conflict_bytes, 0);
		close_bench(&b);
	}
}

/* --- sent again */

static void test_first_copy_counts(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, 1, "ab");
	say(&b, 1, "XY");
	assert_int_equal(stats(&b)->retransmitted_bytes, 2);
	say(&b, 2, "Ycd"); /* reaches beyond next */
	assert_log(&b, "<abcd");
	say(&b, 7, "gh");
	say(&b, 6, "FGHI"); /* around a held one */
	assert_int_equal(stats(&b)->conflict_bytes, 2);
	say(&b, 11, "kl");
	say(&b, 11, "kl");
	assert_int_equal(stats(&b)->conflict_bytes, 2);
	say(&b, 5, "eEEEEjJ");
	assert_int_equal(stats(&b)->conflict_bytes, 2 + 1 + 2 + 1 + 1);
	assert_log(&b, "eFghIjkl");
	close_bench(&b);
}

static void test_keep_alive_probe(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, 100, "ab");
	send_bytes(&b, 101, 0, "\0", 1);
	assert_int_equal(stats(&b)->retransmitted_bytes, 0);
	say(&b, 102, "c");
	assert_log(&b, "<abc");
	close_bench(&b);
}

/* --- ports used again, FIN, RST */

static void test_ports_used_again(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	flag(&b, 100, TCP_SYN);
	say(&b, 101, "ab");
	say(&b, 105, "ef");
	flag(&b, 100, TCP_SYN); /* sent again */
	assert_log(&b, "<ab");
	flag(&b, 200, TCP_SYN);
	assert_log(&b, "[2]ef>");
	say(&b, 201, "x");
	assert_log(&b, "<x");
	/* without a SYN: so far away that it is another connection */
	say(&b, 202 + TCP_FAR, "y");
	assert_log(&b, "><y");
	say(&b, 202, "z");
	assert_log(&b, "><z");
	assert_int_equal(stats(&b)->restarted, 2);
	say(&b, 203 + TCP_FAR - 1, "far");
	say(&b, 203 - (TCP_FAR - 1), "old");
	assert_log(&b, "");
	finish(&b);
	assert_log(&b, "[16777215]far>");
	close_bench(&b);
}

static void test_late_after_fin_and_rst(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, 1, "a");
	say(&b, 3, "c");
	flag(&b, 4, TCP_FIN);
	turn(&b);
	flag(&b, 77, TCP_RST);
	turn(&b);
	say(&b, 2, "b");
	say(&b, 4, "d");
	say(&b, 1, "a");
	assert_log(&b, "<abcd");
	close_bench(&b);
}

/* --- gaps */

static void test_gap_by_age(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	b.seg.at = TICK_S;
	say(&b, 1, "a");
	say(&b, 4, "d");
	b.seg.at = 3 * TICK_S;
	b.seg.encapsulation = 1U << NET_TUNNEL_GRE;
	say(&b, 8, "h");
	say(&b, 5, "e");
	b.seg.encapsulation = 0;
	tcp_advance(b.table, TICK_S + AGE - 1, on_bytes, &b);
	assert_log(&b, "<a");
	tcp_advance(b.table, TICK_S + AGE, on_bytes, &b);
	assert_log(&b, "[2]de");
	assert_int_equal(b.last.frame, 4); /* each has its own */
	assert_int_equal(b.last.encapsulation, 1U << NET_TUNNEL_GRE);
	assert_int_equal(b.last.at, 3 * TICK_S);
	tcp_advance(b.table, TICK_S + 2 * AGE - 1, on_bytes, &b); /* waits anew */
	assert_log(&b, "");
	tcp_advance(b.table, TICK_S + 2 * AGE, on_bytes, &b);
	assert_log(&b, "[2]h");
	assert_int_equal(stats(&b)->gaps, 2);
	assert_int_equal(stats(&b)->gap_bytes, 4);
	close_bench(&b);
}

static void test_progress_restarts_the_wait(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, 1, "a");
	say(&b, 4, "d");
	b.seg.at = AGE - 1;
	say(&b, 2, "b");
	tcp_advance(b.table, 2 * AGE - 2, on_bytes, &b);
	assert_log(&b, "<ab");
	tcp_advance(b.table, 2 * AGE - 1, on_bytes, &b);
	assert_log(&b, "[1]d");
	close_bench(&b);
}

static void test_gap_by_bytes(void **state)
{
	(void)state;
	struct bench b;
	struct tcp_limits limits = LIMITS;
	limits.stream_bytes = 4;
	open_with(&b, &limits);
	say(&b, 1, "a");
	say(&b, 3, "cd");
	say(&b, 7, "gh"); /* four bytes: just enough */
	assert_log(&b, "<a");
	say(&b, 10, "j");
	assert_log(&b, "[1]cd");
	say(&b, 5, "ef");
	assert_log(&b, "efgh");
	say(&b, 20, "tuvwx"); /* more than the limit at once */
	assert_log(&b, "[1]j[9]tuvwx");
	close_bench(&b);
}

static void test_gap_by_total(void **state)
{
	(void)state;
	struct bench b;
	struct tcp_limits limits = LIMITS;
	limits.total_bytes = 1000;
	open_with(&b, &limits);
	char block[300];
	memset(block, 'x', sizeof(block));
	for (uint16_t port = 1; port <= 3; port++) {
		b.seg.src.port = port;
		say(&b, 1, "a");
		send_bytes(&b, 3, 0, block, sizeof(block));
	}
	assert_int_equal(b.bytes, 3 + 300); /* the first one had to go on */
	assert_int_equal(b.last.src.port, 1);
	assert_int_equal(b.last.frame, 2);
	assert_int_equal(stats(&b)->gaps, 1);
	close_bench(&b);
}

static void test_snapped_segments(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	b.seg.cut = 3;
	say(&b, 1, "ab"); /* 3, 4, 5 were not captured */
	b.seg.cut = 0;
	say(&b, 6, "f");
	assert_log(&b, "<ab[3]f");
	b.seg.cut = 4;
	say(&b, 10, "jk"); /* out of order: 12 to 15 */
	b.seg.cut = 0;
	say(&b, 13, "m"); /* one of them in another segment */
	say(&b, 7, "ghi");
	assert_log(&b, "ghijk[1]m[2]");
	b.seg.cut = 5;
	say(&b, 16, ""); /* nothing but the header */
	say(&b, 16, ""); /* and again */
	assert_log(&b, "[5]");
	close_bench(&b);
}

static void test_finish(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	flag(&b, 0, TCP_SYN);
	say(&b, 2, "b"); /* the very first byte is missing */
	say(&b, 4, "d");
	finish(&b);
	assert_log(&b, "<[1]b[1]d>");
	say(&b, 5, "e"); /* the table is as new */
	assert_log(&b, "<e");
	close_bench(&b);
}

/* --- limits and memory */

static void test_too_many_streams(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	for (uint16_t port = 1; port <= LIMITS.streams; port++) {
		b.seg.src.port = port;
		say(&b, 1, "a");
	}
	b.seg.src.port = 5;
	flag(&b, 2, TCP_FIN); /* closed: no other direction was seen */
	b.seg.src.port = 1;
	say(&b, 2, "b"); /* used: the idlest is now 2 */
	b.fill = 0;
	b.seg.src.port = 100;
	say(&b, 1, "x"); /* takes the place of 5 */
	assert_log(&b, "><x");
	assert_int_equal(stats(&b)->evicted, 0);
	b.seg.src.port = 101;
	say(&b, 1, "y"); /* takes the place of 2 */
	assert_log(&b, "><y");
	assert_int_equal(stats(&b)->evicted, 1);
	b.seg.src.port = 2;
	say(&b, 2, "z"); /* begins anew, in the place of 3 */
	assert_log(&b, "><z");
	b.seg.src.port = 1;
	say(&b, 3, "c");
	assert_log(&b, "c");
	close_bench(&b);
}

/* Segments of one byte, backwards and in a bad order, in about linear time. */
static void test_many_small_segments(void **state)
{
	(void)state;
	struct bench b;
	char byte = 'x';
	open_bench(&b);
	flag(&b, 0, TCP_SYN);
	for (uint32_t i = 20000; i > 0; i--) {
		b.seg.payload = (struct slice){ &byte, 1 };
		b.seg.seq = i;
		b.seg.flags = 0;
		tcp_segment(b.table, &b.seg, on_bytes, &b);
	}
	assert_int_equal(b.bytes, 20000);
	for (uint32_t i = 1; i <= 60000; i++) {
		b.seg.seq = 20001 + i * 7919 % 60013; /* each of 1..60012 at most once */
		tcp_segment(b.table, &b.seg, on_bytes, &b);
	}
	assert_int_equal(stats(&b)->gaps, 0);
	finish(&b);
	assert_int_equal(b.bytes, 80000);
	close_bench(&b);
}

static void test_every_allocation_fails(void **state)
{
	(void)state;
	for (uint64_t n = 1;; n++) {
		struct bench b;
		memset(&b, 0, sizeof(b));
		mem_init(&b.mem, BUDGET);
		b.seg.input = 3;
		b.mem.fail_at = n;
		if (tcp_new(&b.table, &b.mem, 1, &LIMITS) != OK) {
			assert_int_equal(b.mem.used, 0);
			continue;
		}
		flag(&b, 0, TCP_SYN);
		say(&b, 1, "ab");
		say(&b, 5, "ef");
		say(&b, 4, "DEFG"); /* two pieces around what is held */
		say(&b, 3, "c");
		finish(&b);
		bool failed = b.mem.refused > 0;
		assert_int_equal(stats(&b)->refused, failed);
		if (!failed)
			assert_log(&b, "<abcDefG>");
		else /* no byte twice, none from nowhere, the last one at the end */
			assert_true(b.bytes >= 5 && b.bytes <= 7 && strchr(b.log, 'G'));
		tcp_free(b.table);
		assert_int_equal(b.mem.used, 0);
		if (!failed)
			break;
		assert_true(n < 50);
	}
}

/* A stream with "ab" read, a hole of two bytes and "ef" behind it; the other direction is
 * known. */
static void open_with_hole(struct bench *b)
{
	open_bench(b);
	flag(b, 999, TCP_SYN);
	turn(b);
	flag(b, 4999, TCP_SYN);
	turn(b);
	say(b, 1000, "ab");
	say(b, 1004, "ef");
	assert_true(tcp_is_waiting(b->table));
	assert_log(b, "<ab");
	turn(b);
}

static void acknowledge(struct bench *b, uint32_t ack, tick at)
{
	b->seg.at = at;
	b->seg.ack = ack;
	flag(b, 5000, TCP_ACK);
	b->seg.ack = 0;
}

/* Of a hole at 1002 the receiver has bytes: it will not be filled. */
static void test_acknowledged_hole(void **state)
{
	(void)state;
	struct bench b;
	open_with_hole(&b);
	acknowledge(&b, 1002, 0); /* all before it: says nothing */
	acknowledge(&b, 1002, 5 * TICK_S);
	assert_log(&b, "");
	acknowledge(&b, 1003, 6 * TICK_S);
	acknowledge(&b, 1002, 6 * TICK_S + ACKED - 1); /* an old one */
	assert_log(&b, "");
	acknowledge(&b, 1002, 6 * TICK_S + ACKED);
	assert_log(&b, "[2]ef");
	assert_false(tcp_is_waiting(b.table));
	assert_int_equal(stats(&b)->gap_bytes, 2);
	close_bench(&b);
}

/* What is acknowledged may only be late: another mirror port, another queue. */
static void test_acknowledged_and_late(void **state)
{
	(void)state;
	struct bench b;
	open_with_hole(&b);
	acknowledge(&b, 1006, 0);
	turn(&b);
	b.seg.at = ACKED / 2;
	say(&b, 1002, "cd");
	assert_log(&b, "cdef");
	say(&b, 1008, "ij"); /* the next hole waits for itself */
	turn(&b);
	acknowledge(&b, 1008, 3 * ACKED);
	assert_log(&b, "");
	acknowledge(&b, 1010, 4 * ACKED);
	acknowledge(&b, 1010, 5 * ACKED);
	assert_log(&b, "[2]ij");
	close_bench(&b);
}

/* An acknowledgment from nowhere, and a segment with an ACK number but no ACK flag. */
static void test_acknowledged_nonsense(void **state)
{
	(void)state;
	struct bench b;
	open_with_hole(&b);
	acknowledge(&b, 1002 + TCP_FAR + 1, 0);
	b.seg.ack = 1006;
	b.seg.at = TICK_S;
	flag(&b, 5000, 0);
	acknowledge(&b, 0, 5 * ACKED);
	assert_log(&b, "");
	close_bench(&b);
}

/* Bytes that waited come with the packet that they were in beside the one that let them
 * be read. */
static void test_carrier(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, 1000, "a");
	assert_int_equal(b.last.carrier, 1);
	say(&b, 1002, "c"); /* packet 2 */
	say(&b, 1001, "b");
	assert_log(&b, "<abc");
	assert_int_equal(b.last.frame, 3);
	assert_int_equal(b.last.carrier, 2);
	say(&b, 1004, "e");
	finish(&b);
	assert_log(&b, "[1]e>");
	assert_int_equal(b.last.frame, 4);
	assert_int_equal(b.last.carrier, 4);
	close_bench(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_directions),
		cmocka_unit_test(test_bytes_on_a_syn),
		cmocka_unit_test(test_sequence_wraps),
		cmocka_unit_test(test_begins_in_mid_stream),
		cmocka_unit_test(test_all_orders_of_five),
		cmocka_unit_test(test_hole_is_filled),
		cmocka_unit_test(test_random_pieces),
		cmocka_unit_test(test_first_copy_counts),
		cmocka_unit_test(test_keep_alive_probe),
		cmocka_unit_test(test_ports_used_again),
		cmocka_unit_test(test_late_after_fin_and_rst),
		cmocka_unit_test(test_gap_by_age),
		cmocka_unit_test(test_progress_restarts_the_wait),
		cmocka_unit_test(test_gap_by_bytes),
		cmocka_unit_test(test_gap_by_total),
		cmocka_unit_test(test_acknowledged_hole),
		cmocka_unit_test(test_acknowledged_and_late),
		cmocka_unit_test(test_acknowledged_nonsense),
		cmocka_unit_test(test_carrier),
		cmocka_unit_test(test_snapped_segments),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_too_many_streams),
		cmocka_unit_test(test_many_small_segments),
		cmocka_unit_test(test_every_allocation_fails),
	};
	return cmocka_run_group_tests_name("net/tcp", tests, NULL, NULL);
}
