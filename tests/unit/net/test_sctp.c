/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/sctp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/guard.h"
#include "unit/base/random.h"

#define BUDGET ((size_t)256 << 20)
#define AGE    (30 * TICK_S)
#define LOG    8192
#define ROOM   8192
#define TAG    0xdd142c11U

/* Flags of RFC 9260 3.3.1. */
#define E  0x01
#define B  0x02
#define U  0x04
#define BE (B | E)

static const struct sctp_limits LIMITS = {
	.directions = 8,
	.direction_bytes = 2 << 20,
	.total_bytes = 16 << 20,
	.message_bytes = 1 << 20,
	.age = AGE,
};

/* A table, the packet under way, and what came out as text: a | behind each message, a
 * ~ before it where it is truncated. */
struct bench {
	struct mem          mem;
	struct sctp_table  *table;
	struct sctp_packet  packet;
	uint16_t            src_port, dst_port;
	char                bytes[ROOM];
	size_t              len;
	size_t              fill;
	char                log[LOG];
	struct sctp_message last;
	uint64_t            frames[NET_FRAMES_MAX]; /* of the last message */
	uint64_t            messages;
};

static void put_log(struct bench *b, const char *bytes, size_t len)
{
	size_t room = LOG - 1 - b->fill;
	len = len < room ? len : room;
	memcpy(b->log + b->fill, bytes, len);
	b->fill += len;
	b->log[b->fill] = '\0';
}

static void on_message(void *arg, const struct sctp_message *m)
{
	struct bench *b = arg;
	assert_true(m->payload.len <= m->wire_len);
	assert_int_equal(m->truncated, m->payload.len < m->wire_len);
	assert_in_range(m->nframes, 0, NET_FRAMES_MAX);
	assert_int_not_equal(m->nframes, 1);
	assert_int_equal(m->nframes > 0, m->frames != NULL);
	if (!m->reassembled)
		assert_null(m->frames);
	for (uint32_t i = 1; i < m->nframes; i++)
		assert_true(m->frames[i - 1] < m->frames[i]);
	if (m->truncated)
		put_log(b, "~", 1);
	if (m->payload.len)
		put_log(b, m->payload.p, m->payload.len);
	put_log(b, "|", 1);
	b->last = *m;
	if (m->nframes)
		memcpy(b->frames, m->frames, m->nframes * sizeof(b->frames[0]));
	b->messages++;
}

static void put16(struct bench *b, size_t at, size_t value)
{
	b->bytes[at] = (char)(value >> 8 & 0xff);
	b->bytes[at + 1] = (char)(value & 0xff);
}

static void put32(struct bench *b, size_t at, uint32_t value)
{
	put16(b, at, value >> 16);
	put16(b, at + 2, value & 0xffff);
}

/* A packet with this tag begins. */
static void packet(struct bench *b, uint32_t tag)
{
	memset(b->bytes, 0, sizeof(b->bytes));
	put16(b, 0, b->src_port);
	put16(b, 2, b->dst_port);
	put32(b, 4, tag);
	put32(b, 8, 0xbadc0de); /* no checksum is right by chance */
	b->len = 12;
}

/* A chunk behind the others; returns where its value is. */
static size_t chunk(struct bench *b, unsigned type, unsigned flags, const void *value,
                    size_t len)
{
	size_t at = b->len;
	assert_true(at + 4 + len + 3 <= ROOM);
	b->bytes[at] = (char)type;
	b->bytes[at + 1] = (char)flags;
	put16(b, at + 2, 4 + len);
	if (len)
		memcpy(b->bytes + at + 4, value, len);
	b->len += (4 + len + 3) / 4 * 4;
	return at + 4;
}

static void data(struct bench *b, unsigned flags, uint32_t tsn, uint16_t stream,
                 uint16_t ssn, const char *text)
{
	char value[ROOM] = { 0 };
	memcpy(value + 12, text, strlen(text));
	size_t at = chunk(b, 0, flags, value, 12 + strlen(text));
	put32(b, at, tsn);
	put16(b, at + 4, stream);
	put16(b, at + 6, ssn);
	put32(b, at + 8, 46);
}

/* last: the PPID of the first part, the FSN of the others (RFC 8260 2.1). */
static void idata(struct bench *b, unsigned flags, uint32_t tsn, uint16_t stream,
                  uint32_t mid, uint32_t last, const char *text)
{
	char value[ROOM] = { 0 };
	memcpy(value + 16, text, strlen(text));
	size_t at = chunk(b, 64, flags, value, 16 + strlen(text));
	put32(b, at, tsn);
	put16(b, at + 4, stream);
	put32(b, at + 8, mid);
	put32(b, at + 12, last);
}

static void forward(struct bench *b, uint32_t tsn)
{
	put32(b, chunk(b, 192, 0, "1234", 4), tsn);
}

/* Hand over what is built, but for the last `cut` bytes; frames count up. */
static void send_cut(struct bench *b, size_t cut)
{
	char *copy = guard_copy(b->bytes, b->len - cut);
	b->packet.bytes = (struct slice){ copy, b->len - cut };
	b->packet.cut = (uint32_t)cut;
	b->packet.frame++;
	sctp_input(b->table, &b->packet, on_message, b);
	guard_free(copy);
}

static void send(struct bench *b)
{
	send_cut(b, 0);
}

/* A packet with this tag and one DATA chunk on stream 1. */
static void say_as(struct bench *b, uint32_t tag, unsigned flags, uint32_t tsn,
                   const char *text)
{
	packet(b, tag);
	data(b, flags, tsn, 1, 7, text);
	send(b);
}

static void say(struct bench *b, unsigned flags, uint32_t tsn, const char *text)
{
	say_as(b, TAG, flags, tsn, text);
}

static void say_i(struct bench *b, unsigned flags, uint32_t tsn, uint32_t mid,
                  uint32_t last, const char *text)
{
	packet(b, TAG);
	idata(b, flags, tsn, 1, mid, last, text);
	send(b);
}

static void control(struct bench *b, uint32_t tag, unsigned type, unsigned flags,
                    const char *value)
{
	packet(b, tag);
	chunk(b, type, flags, value, strlen(value));
	send(b);
}

static void forward_as(struct bench *b, uint32_t tag, uint32_t tsn)
{
	packet(b, tag);
	forward(b, tsn);
	send(b);
}

static void turn(struct bench *b)
{
	struct net_addr src = b->packet.src;
	uint16_t port = b->src_port;
	b->packet.src = b->packet.dst;
	b->packet.dst = src;
	b->src_port = b->dst_port;
	b->dst_port = port;
}

/* All but the table. */
static void prepare(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	mem_init(&b->mem, BUDGET);
	b->packet.src = (struct net_addr){ 4, { 10, 0, 0, 1 } };
	b->packet.dst = (struct net_addr){ 4, { 10, 0, 0, 2 } };
	b->src_port = 5060;
	b->dst_port = 5070;
}

static void open_with(struct bench *b, const struct sctp_limits *limits)
{
	prepare(b);
	assert_int_equal(sctp_new(&b->table, &b->mem, 1, limits), OK);
}

static void open_bench(struct bench *b)
{
	open_with(b, &LIMITS);
}

static void close_bench(struct bench *b)
{
	sctp_free(b->table);
	assert_int_equal(b->mem.used, 0);
}

static const struct sctp_stats *stats(const struct bench *b)
{
	return sctp_stats(b->table);
}

static void assert_log(struct bench *b, const char *want)
{
	assert_string_equal(b->log, want);
	b->fill = 0;
	b->log[0] = '\0';
}

/* --- whole messages */

static void test_one_message(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	b.packet.at = 5 * TICK_S;
	b.packet.input = 3;
	b.packet.encapsulation = 4;
	say(&b, BE, 100, "hello");
	assert_log(&b, "hello|");
	assert_int_equal(b.last.src.port, 5060);
	assert_int_equal(b.last.dst.port, 5070);
	assert_int_equal(b.last.src.addr.bytes[3], 1);
	assert_int_equal(b.last.dst.addr.bytes[3], 2);
	assert_int_equal(b.last.wire_len, 5);
	assert_int_equal(b.last.ppid, 46);
	assert_int_equal(b.last.stream, 1);
	assert_int_equal(b.last.at, 5 * TICK_S);
	assert_int_equal(b.last.frame, 1);
	assert_int_equal(b.last.input, 3);
	assert_int_equal(b.last.encapsulation, 4);
	assert_false(b.last.reassembled);
	assert_false(b.last.truncated);
	close_bench(&b);
}

static void test_bundled(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	packet(&b, TAG);
	chunk(&b, 3, 0, "a SACK value", 12);
	data(&b, BE, 100, 1, 0, "a");      /* three bytes of padding */
	data(&b, BE | U, 101, 2, 0, "bc");
	data(&b, BE | 8, 102, 1, 1, "def"); /* the I bit of RFC 7053 */
	chunk(&b, 132, 0, "pad", 3);       /* RFC 4820 */
	idata(&b, BE, 103, 65535, 9, 77, "ghij");
	send(&b);
	assert_log(&b, "a|bc|def|ghij|");
	assert_int_equal(b.last.stream, 65535);
	assert_int_equal(b.last.ppid, 77);
	assert_int_equal(stats(&b)->chunks, 6);
	assert_int_equal(stats(&b)->messages, 4);
	packet(&b, TAG);
	data(&b, BE, 104, 1, 2, "klmno");
	b.len -= 3; /* the last chunk without its padding */
	send(&b);
	assert_log(&b, "klmno|");
	assert_int_equal(stats(&b)->malformed, 0);
	close_bench(&b);
}

/* Not held back for the order of the stream. */
static void test_any_order_of_messages(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, BE, 102, "c");
	say(&b, BE, 101, "b");
	assert_int_equal(stats(&b)->missing, 0);
	say(&b, BE, 104, "e");
	assert_int_equal(stats(&b)->missing, 1);
	say(&b, BE, 100, "a");
	say(&b, BE, 103, "d");
	assert_log(&b, "c|b|e|a|d|");
	assert_int_equal(stats(&b)->missing, 0);
	close_bench(&b);
}

static void test_identity(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, BE, 100, "a");
	turn(&b);
	say(&b, BE, 100, "b"); /* the other direction */
	turn(&b);
	say_as(&b, TAG + 1, BE, 100, "c");
	packet(&b, TAG);
	put16(&b, 0, 5061);
	data(&b, BE, 100, 1, 7, "d");
	send(&b);
	b.packet.dst.bytes[0] = 11;
	say(&b, BE, 100, "e");
	assert_log(&b, "a|b|c|d|e|");
	say(&b, BE, 100, "e");
	assert_log(&b, "");
	assert_int_equal(stats(&b)->duplicates, 1);
	close_bench(&b);
}

/* --- parts */

static void test_every_order_of_four(void **state)
{
	(void)state;
	static const char *const texts[] = { "ab", "c", "defg", "hi" };
	static const unsigned flags[] = { B, 0, 0, E };
	for (unsigned n = 0, orders = 0; n < 2 * 256; n++) {
		unsigned order[4], seen = 0;
		for (unsigned i = 0; i < 4; i++) {
			order[i] = n >> 2 * i & 3;
			seen |= 1U << order[i];
		}
		if (seen != 15)
			continue;
		struct bench b;
		open_bench(&b);
		for (unsigned again = 0; again < 2; again++) {
			for (unsigned i = 0; i < 4; i++) {
				unsigned p = order[i];
				assert_log(&b, "");
				if (n < 256) /* the TSN wraps within */
					say(&b, flags[p], UINT32_MAX - 1 + p, texts[p]);
				else /* the order of TSNs means nothing here */
					say_i(&b, flags[p], 100 - p, 5, p ? p : 77,
					      texts[p]);
			}
			assert_log(&b, again ? "" : "abcdefghi|");
		}
		static const uint64_t frames[] = { 1, 2, 3, 4 };
		assert_int_equal(b.last.ppid, n < 256 ? 46 : 77);
		assert_int_equal(b.last.wire_len, 9);
		assert_int_equal(b.last.frame, 4);
		assert_int_equal(b.last.nframes, 4);
		assert_memory_equal(b.frames, frames, sizeof(frames));
		assert_true(b.last.reassembled);
		assert_int_equal(stats(&b)->duplicates, 4);
		assert_int_equal(stats(&b)->conflicts, 0);
		assert_int_equal(stats(&b)->missing, 0);
		sctp_finish(b.table);
		assert_int_equal(stats(&b)->incomplete, 0);
		close_bench(&b);
		assert_int_not_equal(++orders, 49);
	}
}

/* Parts of several messages between each other, in random order, each sent twice. */
static void test_many_messages_at_random(void **state)
{
	(void)state;
	enum { MESSAGES = 40, PARTS = 7, ALL = MESSAGES * PARTS };
	uint64_t random = 1;
	for (unsigned kind = 0; kind < 2; kind++) {
		unsigned order[2 * ALL];
		struct bench b;
		open_bench(&b);
		for (unsigned i = 0; i < 2 * ALL; i++)
			order[i] = i % ALL;
		for (unsigned i = 2 * ALL - 1; i; i--) {
			unsigned j = random_below(&random, i + 1), was = order[i];
			order[i] = order[j];
			order[j] = was;
		}
		for (unsigned i = 0; i < 2 * ALL; i++) {
			b.packet.at = i;
			uint32_t m = order[i] / PARTS, p = order[i] % PARTS;
			unsigned flags = (p == 0 ? B : 0U) | (p == PARTS - 1 ? E : 0U);
			char text[] = { (char)('0' + p), (char)('0' + m), '\0' };
			if (kind == 0)
				say(&b, flags, UINT32_MAX - 99 + order[i], text);
			else
				say_i(&b, flags, p * MESSAGES + m, m, p, text);
		}
		assert_int_equal(b.messages, MESSAGES);
		for (size_t at = 0; at < b.fill; at += 2 * PARTS + 1)
			for (unsigned p = 0; p < PARTS; p++) {
				assert_int_equal(b.log[at + p * 2], '0' + p);
				assert_int_equal(b.log[at + p * 2 + 1], b.log[at + 1]);
			}
		assert_int_equal(stats(&b)->duplicates, ALL);
		assert_int_equal(stats(&b)->missing, 0);
		assert_int_equal(stats(&b)->conflicts, 0);
		close_bench(&b);
	}
}

static void test_parts_in_one_packet(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	packet(&b, TAG);
	data(&b, B, 1, 1, 0, "abc");
	data(&b, E, 2, 1, 0, "d");
	data(&b, B, 3, 1, 1, "x");
	send(&b);
	assert_log(&b, "abcd|");
	assert_true(b.last.reassembled);
	assert_int_equal(b.last.nframes, 0);
	packet(&b, TAG);
	data(&b, 0, 4, 1, 1, "y");
	data(&b, E, 5, 1, 1, "z");
	send(&b);
	assert_log(&b, "xyz|");
	assert_int_equal(b.last.nframes, 2);
	close_bench(&b);
}

/* The ordered and the unordered message 5 of a stream are two: RFC 8260 2.1. */
static void test_idata_of_one_mid(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say_i(&b, B, 1, 5, 0, "a");
	say_i(&b, B | U, 2, 5, 0, "x");
	packet(&b, TAG);
	idata(&b, B, 3, 2, 5, 0, "m"); /* another stream */
	send(&b);
	say_i(&b, E, 4, 5, 1, "b");
	assert_log(&b, "ab|");
	say_i(&b, E | U, 5, 5, 1, "y");
	assert_log(&b, "xy|");
	say_i(&b, B, 6, 6, 0, "1"); /* another MID */
	packet(&b, TAG);
	idata(&b, E, 7, 2, 5, 1, "n");
	send(&b);
	assert_log(&b, "mn|");
	/* not in order, with a hole */
	say_i(&b, E, 8, 6, 3, "4");
	say_i(&b, 0, 9, 6, 1, "2");
	assert_log(&b, "");
	say_i(&b, 0, 10, 6, 2, "3");
	assert_log(&b, "1234|");
	assert_int_equal(stats(&b)->conflicts, 0);
	close_bench(&b);
}

static void test_unordered_parts(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	packet(&b, TAG);
	data(&b, B | U, 1, 1, 7, "a");
	data(&b, U, 2, 1, 8, "b"); /* the number means nothing: RFC 9260 3.3.1 */
	data(&b, E | U, 3, 1, 9, "c");
	send(&b);
	assert_log(&b, "abc|");
	assert_int_equal(stats(&b)->conflicts, 0);
	close_bench(&b);
}

/* --- sent again */

static void test_sent_again(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, BE, 10, "a");
	say(&b, BE, 10, "a");
	assert_log(&b, "a|");
	say(&b, B, 11, "b");
	say(&b, B, 11, "b"); /* while it waits */
	assert_int_equal(stats(&b)->duplicates, 2);
	say(&b, B, 11, "x"); /* with other bytes: the first count */
	say(&b, B | U, 11, "b");
	say(&b, BE, 11, "b");
	assert_int_equal(stats(&b)->conflicts, 3);
	say(&b, E, 12, "c");
	say(&b, E, 12, "c"); /* after it was handed on */
	say(&b, B, 11, "b");
	assert_log(&b, "bc|");
	assert_int_equal(stats(&b)->duplicates, 7);
	assert_int_equal(stats(&b)->conflicts, 3);
	assert_int_equal(stats(&b)->incomplete, 0);
	close_bench(&b);
}

/* What is remembered of TSNs: the ring ends somewhere, and does not begin too late. */
static void test_long_memory(void **state)
{
	(void)state;
	for (uint32_t start = 0; start < 130; start++) {
		struct bench b;
		uint32_t first = UINT32_MAX - 65 + start;
		open_bench(&b);
		say(&b, BE, first, "a");
		say(&b, BE, first + SCTP_SEEN_MIN - 1, "z");
		assert_int_equal(stats(&b)->missing, SCTP_SEEN_MIN - 2);
		say(&b, BE, first, "a");
		say(&b, BE, first + 1, "b");
		say(&b, BE, first + 1, "b");
		assert_log(&b, "a|z|b|");
		assert_int_equal(stats(&b)->duplicates, 2);
		say(&b, BE, first + 2 * SCTP_SEEN_MIN, "y");
		say(&b, BE, first + 2, "c"); /* too old to know */
		say(&b, BE, first, "a");
		assert_log(&b, "y|");
		assert_int_equal(stats(&b)->duplicates, 4);
		assert_int_equal(stats(&b)->missing, 2 * SCTP_SEEN_MIN - 3);
		assert_int_equal(stats(&b)->restarted, 0);
		close_bench(&b);
	}
}

static void test_every_tsn_of_the_ring(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	uint32_t first = UINT32_MAX - 5000;
	for (uint32_t i = 0; i < 10000; i++)
		say(&b, BE, first + (i ^ 1), "m");
	assert_int_equal(b.messages, 10000);
	assert_int_equal(stats(&b)->duplicates, 0);
	assert_int_equal(stats(&b)->missing, 0);
	for (uint32_t i = 10000; i-- > 0;)
		say(&b, BE, first + i, "m");
	assert_int_equal(b.messages, 10000);
	assert_int_equal(stats(&b)->duplicates, 10000);
	close_bench(&b);
}

/* --- beginnings and ends */

static void test_begins_in_mid_association(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, E, 500, "z"); /* its beginning was not captured */
	say(&b, BE, 501, "a");
	say(&b, BE, 400, "late");
	assert_log(&b, "a|late|");
	assert_int_equal(stats(&b)->missing, 99);
	say(&b, B, 498, "x");
	say(&b, 0, 499, "y");
	assert_log(&b, "xyz|");
	close_bench(&b);
}

static void test_far_away(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, BE, 1000000, "a");
	say(&b, B, 1000001, "b");
	say(&b, BE, 1000001 + SCTP_FAR - 1, "c"); /* as far as one association goes */
	assert_int_equal(stats(&b)->restarted, 0);
	assert_int_equal(stats(&b)->missing, SCTP_FAR - 2);
	say(&b, BE, 1000000 + SCTP_FAR + SCTP_FAR, "d");
	assert_int_equal(stats(&b)->restarted, 1);
	assert_int_equal(stats(&b)->incomplete, 1);
	say(&b, BE, 1000000, "e");
	assert_int_equal(stats(&b)->restarted, 2);
	assert_log(&b, "a|c|d|e|");
	say(&b, BE, 1000000, "e");
	assert_log(&b, "");
	close_bench(&b);
}

/* A peer that takes the same tag and TSN each time. */
static void test_the_same_ports_again(void **state)
{
	(void)state;
	static const unsigned handshakes[] = { 2, 10 }; /* INIT ACK, COOKIE ECHO */
	for (unsigned i = 0; i < 2; i++) {
		struct bench b;
		open_bench(&b);
		control(&b, TAG, handshakes[i], 0, "first cookie");
		say(&b, BE, 1, "a");
		control(&b, TAG, handshakes[i], 0, "first cookie"); /* sent again */
		say(&b, BE, 1, "a");
		say(&b, B, 2, "b");
		assert_log(&b, "a|");
		assert_int_equal(stats(&b)->restarted, 0);
		control(&b, 0, 1, 0, "an INIT");
		control(&b, TAG + 1, handshakes[i], 0, "of another");
		say(&b, BE, 1, "a");
		assert_log(&b, "");
		packet(&b, TAG);
		chunk(&b, handshakes[i], 0, "second cookie", 13);
		data(&b, BE, 1, 1, 0, "A");
		send(&b);
		assert_log(&b, "A|");
		assert_int_equal(stats(&b)->restarted, 1);
		assert_int_equal(stats(&b)->incomplete, 1);
		say(&b, E, 3, "c");
		assert_log(&b, "");
		say(&b, BE, 2, "B");
		assert_log(&b, "B|");
		close_bench(&b);
	}
}

static void test_handshake_after_mid_association(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, BE, 1, "a");
	control(&b, TAG, 10, 0, "cookie");
	say(&b, BE, 1, "b");
	assert_log(&b, "a|b|");
	close_bench(&b);
}

static void test_ends(void **state)
{
	(void)state;
	enum { ABORT = 6, SHUTDOWN_ACK = 8, SHUTDOWN_COMPLETE = 14, SHUTDOWN = 7 };
	static const struct {
		unsigned type, flags;
		bool     turned, ends;
	} cases[] = {
		{ ABORT, 0, false, true },
		{ ABORT, 0, true, false },
		{ ABORT, 1, true, true }, /* the tag is ours: RFC 9260 8.5.1 */
		{ ABORT, 1, false, false },
		{ SHUTDOWN_ACK, 0, false, true },
		{ SHUTDOWN_COMPLETE, 0, false, true },
		{ SHUTDOWN_COMPLETE, 1, true, true },
		{ SHUTDOWN, 0, false, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bench b;
		open_bench(&b);
		say_as(&b, 1, BE, 1, "i"); /* the idlest one would go first */
		say_as(&b, 1000, BE, 1, "y");
		if (cases[i].turned)
			turn(&b);
		control(&b, 1000, cases[i].type, cases[i].flags, "");
		if (cases[i].turned)
			turn(&b);
		say_as(&b, 1000, BE, 1, "y"); /* late: known still */
		assert_int_equal(b.messages, 2);
		for (uint32_t n = 2; n < LIMITS.directions; n++)
			say_as(&b, n, BE, 1, "x");
		assert_int_equal(b.messages, LIMITS.directions);
		say_as(&b, 2000, BE, 1, "z"); /* one more than there may be */
		assert_int_equal(stats(&b)->evicted, !cases[i].ends);
		say_as(&b, 1, BE, 1, "i");
		assert_int_equal(stats(&b)->duplicates, cases[i].ends ? 2 : 1);
		close_bench(&b);
	}
}

static void test_directions_without_data_go_first(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say_as(&b, 1, BE, 1, "i");
	for (uint32_t n = 0; n < 100; n++) /* a flood of INITs, answered */
		control(&b, 10000 + n, 2, 0, "cookie");
	say_as(&b, 1, BE, 1, "i");
	assert_log(&b, "i|");
	assert_int_equal(stats(&b)->evicted, 0);
	close_bench(&b);
}

static void test_too_many_directions(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	packet(&b, 1000);
	data(&b, BE, 1, 1, 0, "y");
	data(&b, B, 2, 1, 1, "part");
	send(&b);
	for (uint32_t i = 1; i <= LIMITS.directions; i++) {
		assert_int_equal(stats(&b)->evicted, 0);
		say_as(&b, i, BE, 1, "x");
	}
	assert_int_equal(stats(&b)->evicted, 1);
	assert_int_equal(stats(&b)->incomplete, 1);
	for (uint32_t i = 1; i <= LIMITS.directions; i++) {
		say_as(&b, i, BE, 1, "x");
	}
	assert_int_equal(b.messages, LIMITS.directions + 1);
	close_bench(&b);
}

/* --- FORWARD TSN */

static void test_forward(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 2; kind++) {
		struct bench b;
		uint32_t t = UINT32_MAX - 2;
		open_bench(&b);
		say(&b, BE, t, "a");
		if (kind == 0) {
			say(&b, B, t + 1, "b");
			say(&b, 0, t + 2, "c");
			say(&b, B, t + 4, "x");
		} else {
			say_i(&b, B, t + 1, 1, 0, "b");
			say_i(&b, 0, t + 2, 1, 1, "c");
			say_i(&b, B, t + 4, 2, 0, "x");
		}
		forward_as(&b, TAG, t + 1); /* the run goes on behind it */
		assert_int_equal(stats(&b)->abandoned, 0);
		packet(&b, TAG);
		put32(&b, chunk(&b, kind ? 194 : 192, 0, "1234", 4), t + 3);
		send(&b);
		/* looked at when it ended later than that, and then no more */
		assert_int_equal(stats(&b)->abandoned, 0);
		forward_as(&b, TAG, t + 4);
		assert_int_equal(stats(&b)->abandoned, 1);
		if (kind == 0)
			say(&b, E, t + 5, "y");
		else
			say_i(&b, E, t + 5, 2, 1, "y");
		assert_log(&b, "a|"); /* x has gone */
		sctp_finish(b.table);
		assert_int_equal(stats(&b)->incomplete, 2);
		close_bench(&b);
	}
}

static void test_forward_drops_all_up_to_it(void **state)
{
	(void)state;
	struct bench b;
	uint32_t t = UINT32_MAX - 5;
	open_bench(&b);
	say(&b, BE, t + 1, "a");
	say(&b, B, t + 2, "b");
	say(&b, 0, t + 3, "c");
	say(&b, B, t + 300, "d");
	say(&b, B, t + 302, "x");
	packet(&b, TAG);
	chunk(&b, 192, 0, "\0\0\1", 3); /* no TSN in it */
	forward(&b, t);
	forward(&b, t + 2000000); /* of nowhere */
	forward(&b, t - 2000000);
	send(&b);
	forward_as(&b, TAG + 1, t + 400); /* of another association */
	assert_int_equal(stats(&b)->abandoned, 0);
	forward_as(&b, TAG, t + 301);
	assert_int_equal(stats(&b)->abandoned, 2);
	say(&b, E, t + 303, "y");
	assert_log(&b, "a|xy|");
	say(&b, B, t + 400, "z");
	forward_as(&b, TAG, t + 60000); /* beyond what was seen */
	assert_int_equal(stats(&b)->abandoned, 3);
	assert_int_equal(stats(&b)->incomplete, 0);
	close_bench(&b);
}

/* --- contradictions */

static void test_contradictions(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, B, 10, "a");
	say(&b, B, 11, "b"); /* begins where the other goes on */
	assert_int_equal(stats(&b)->conflicts, 1);
	say(&b, E, 13, "d");
	say(&b, 0, 14, "e"); /* goes on where none was begun */
	assert_int_equal(stats(&b)->conflicts, 2);
	packet(&b, TAG);
	data(&b, 0, 12, 2, 7, "c"); /* another stream than both its neighbours */
	send(&b);
	assert_int_equal(stats(&b)->conflicts, 4);
	assert_log(&b, "");
	say(&b, B | U, 30, "u"); /* one in order, one not */
	packet(&b, TAG);
	data(&b, E, 31, 1, 0, "v");
	send(&b);
	assert_int_equal(stats(&b)->conflicts, 5);
	say(&b, B, 20, "x"); /* two messages side by side are none */
	say(&b, E, 19, "w");
	assert_int_equal(stats(&b)->conflicts, 5);
	sctp_finish(b.table);
	assert_int_equal(stats(&b)->incomplete, 9);

	say_i(&b, E, 1, 5, 2, "c");
	say_i(&b, 0, 2, 5, 3, "d"); /* behind the end */
	assert_int_equal(stats(&b)->conflicts, 6);
	say_i(&b, 0, 3, 5, 2, "C"); /* the same part under another TSN */
	assert_int_equal(stats(&b)->conflicts, 7);
	say_i(&b, 0, 4, 5, 0, "a"); /* number 0, but not the first */
	assert_int_equal(stats(&b)->malformed, 1);
	say_i(&b, B, 5, 5, 0, "a");
	say_i(&b, 0, 6, 5, 1, "b");
	assert_log(&b, "abc|");
	say(&b, B, 7, "kinds");
	say_i(&b, B, 8, 6, 0, "mixed");
	sctp_finish(b.table);
	close_bench(&b);
}

/* --- lengths that lie, bytes that are not there */

static void test_malformed(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	packet(&b, TAG);
	b.len = 11;
	send(&b); /* no common header */
	packet(&b, TAG);
	send(&b); /* no chunk: nothing wrong */
	assert_int_equal(stats(&b)->malformed, 1);
	for (size_t len = 0; len < 4; len++) { /* shorter than its own header */
		packet(&b, TAG);
		data(&b, BE, 1, 1, 0, "a");
		put16(&b, 14, len);
		data(&b, BE, 2, 1, 0, "b");
		send(&b);
	}
	assert_int_equal(stats(&b)->malformed, 5);
	packet(&b, TAG);
	data(&b, BE, 1, 1, 0, "good");
	data(&b, BE, 2, 1, 0, "long");
	put16(&b, 34, 21); /* 20 are there */
	send(&b);
	assert_log(&b, "good|");
	assert_int_equal(stats(&b)->malformed, 6);
	packet(&b, TAG);
	data(&b, BE, 3, 1, 0, ""); /* RFC 9260 6.2: no user data */
	idata(&b, BE, 3, 1, 0, 0, "");
	chunk(&b, 0, BE, "short", 5);
	data(&b, BE, 4, 1, 0, "fine");
	b.len += 3; /* too few for a chunk */
	send(&b);
	assert_log(&b, "fine|");
	assert_int_equal(stats(&b)->malformed, 10);
	assert_int_equal(stats(&b)->packets, 8);
	close_bench(&b);
}

/* What of a message is there when a packet is captured up to `len`: its bytes begin at
 * `at`, behind their header. */
static void put_cut(char out[32], const char *text, size_t at, size_t len)
{
	size_t n = len < at ? 0 : len - at, fill = strlen(out);
	if (len >= at)
		snprintf(out + fill, 32 - fill, "%s%.*s|", n < strlen(text) ? "~" : "",
		         (int)n, text);
}

/* A packet of three messages, captured up to each of its bytes. */
static void test_cut_anywhere(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	for (size_t len = 0; len <= 80; len++) {
		char want[32] = "";
		packet(&b, TAG + (uint32_t)len);
		data(&b, BE, 1, 1, 0, "abcde");
		idata(&b, BE, 2, 1, 0, 0, "fg");
		data(&b, BE, 3, 1, 1, "h");
		assert_int_equal(b.len, 12 + 24 + 24 + 20);
		put_cut(want, "abcde", 28, len);
		put_cut(want, "fg", 56, len);
		put_cut(want, "h", 76, len);
		send_cut(&b, b.len - len);
		assert_log(&b, want);
	}
	assert_int_equal(stats(&b)->malformed, 0);
	close_bench(&b);
}

static void test_cut_parts(void **state)
{
	(void)state;
	for (unsigned cut = 0; cut < 3; cut++) {
		struct bench b;
		open_bench(&b);
		for (unsigned i = 0; i < 3; i++) {
			packet(&b, TAG);
			data(&b, i == 0 ? B : i == 2 ? E : 0, 10 + i, 1, 0, "abcd");
			send_cut(&b, i == cut ? 1 : 0);
		}
		assert_log(&b, "");
		assert_int_equal(stats(&b)->incomplete, 1);
		say(&b, BE, 20, "next");
		assert_log(&b, "next|");
		close_bench(&b);
	}
}

/* --- limits */

static void test_age(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	tick born = 1000 * TICK_S;
	b.packet.at = born;
	say(&b, 0, 2, "b");
	b.packet.at = born + 1;
	say(&b, B, 11, "x");
	b.packet.at = born + AGE - 1;
	say(&b, B, 1, "a"); /* makes the first no younger */
	sctp_advance(b.table, born + AGE - 1);
	assert_int_equal(stats(&b)->incomplete, 0);
	sctp_advance(b.table, born + AGE);
	assert_int_equal(stats(&b)->incomplete, 1);
	say(&b, E, 3, "c");
	assert_log(&b, "");
	say(&b, E, 12, "y"); /* is younger by 1 ns */
	assert_log(&b, "xy|");
	sctp_advance(b.table, TICK_NONE - 1);
	assert_int_equal(stats(&b)->incomplete, 2);
	close_bench(&b);
}

static void test_the_older_of_two_runs_counts(void **state)
{
	(void)state;
	for (unsigned left = 0; left < 2; left++) {
		struct bench b;
		open_bench(&b);
		b.packet.at = 1;
		say(&b, 0, left ? 1 : 3, "old");
		b.packet.at = 2;
		say(&b, 0, left ? 3 : 1, "new");
		b.packet.at = 3;
		say(&b, 0, 2, "between");
		sctp_advance(b.table, AGE);
		assert_int_equal(stats(&b)->incomplete, 0);
		sctp_advance(b.table, 1 + AGE);
		assert_int_equal(stats(&b)->incomplete, 1);
		sctp_finish(b.table);
		assert_int_equal(stats(&b)->incomplete, 1);
		close_bench(&b);
	}
}

static void test_too_long_a_message(void **state)
{
	(void)state;
	struct sctp_limits limits = LIMITS;
	limits.message_bytes = 10;
	struct bench b;
	open_with(&b, &limits);
	say(&b, B, 1, "12345");
	say(&b, E, 2, "12345");
	assert_log(&b, "1234512345|");
	say(&b, B, 3, "123456");
	say(&b, 0, 4, "1234"); /* may still be whole */
	assert_int_equal(stats(&b)->incomplete, 0);
	say(&b, E, 5, "1");
	assert_log(&b, "");
	assert_int_equal(stats(&b)->incomplete, 1);
	say(&b, BE, 6, "in one chunk it is only borrowed");
	assert_log(&b, "in one chunk it is only borrowed|");
	close_bench(&b);
}

/* The limits hold for what is kept of 1,000-byte parts; the oldest goes first. */
static void test_too_many_bytes(void **state)
{
	(void)state;
	char text[1001];
	memset(text, 'x', 1000);
	text[1000] = '\0';
	for (unsigned total = 0; total < 2; total++) {
		struct sctp_limits limits = LIMITS;
		limits.directions = 16;
		*(total ? &limits.total_bytes : &limits.direction_bytes) = 11000;
		struct bench b;
		open_with(&b, &limits);
		for (uint32_t i = 0; i < 9; i++) {
			say_as(&b, total ? i + 1 : TAG, B, i * 2, text);
		}
		assert_int_equal(stats(&b)->incomplete, 0);
		for (uint32_t i = 9; stats(&b)->incomplete == 0; i++) {
			say_as(&b, total ? 8 : TAG, B, i * 2, text);
			assert_in_range(i, 9, 10); /* nine or ten fit */
		}
		assert_int_equal(stats(&b)->incomplete, 1);
		for (uint32_t i = 0; i < 7; i++) {
			say_as(&b, total ? i + 1 : TAG, E, i * 2 + 1, "y");
			assert_int_equal(b.messages, i); /* the first has gone */
		}
		close_bench(&b);
	}
}

static void test_a_part_too_large_to_keep(void **state)
{
	(void)state;
	struct sctp_limits limits = LIMITS;
	limits.direction_bytes = 50;
	struct bench b;
	open_with(&b, &limits);
	say(&b, B, 1, "a");
	say(&b, E, 2, "b");
	assert_log(&b, "");
	say(&b, BE, 3, "c");
	assert_log(&b, "c|");
	assert_int_equal(stats(&b)->incomplete, 2);
	close_bench(&b);
}

static void test_list_of_frames(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	for (uint32_t i = 0; i < 300; i++) { /* the last parts first */
		uint32_t tsn = 299 - i;
		b.packet.frame = tsn * 2; /* and one is added */
		say(&b, tsn == 0 ? B : tsn == 299 ? E : 0, tsn, "m");
	}
	assert_int_equal(b.last.wire_len, 300);
	assert_true(b.last.frames_cut);
	assert_int_equal(b.last.nframes, NET_FRAMES_MAX);
	for (uint32_t i = 0; i < NET_FRAMES_MAX; i++)
		assert_int_equal(b.frames[i], i * 2 + 1);
	assert_int_equal(stats(&b)->unlisted, 44);
	close_bench(&b);
}

static void test_list_of_frames_out_of_order(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	for (uint32_t tsn = 0; tsn < 300; tsn++) { /* in the order of the message */
		b.packet.frame = 1000 - tsn;
		say(&b, tsn == 0 ? B : tsn == 299 ? E : 0, tsn, "m");
	}
	assert_int_equal(b.last.nframes, NET_FRAMES_MAX);
	for (uint32_t i = 0; i < NET_FRAMES_MAX; i++)
		assert_int_equal(b.frames[i], 702 + i);
	assert_int_equal(stats(&b)->unlisted, 44);
	close_bench(&b);
}

/* Numbers of another input would be those of other packets. */
static void test_frames_of_two_inputs(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, B, 1, "a");
	say(&b, 0, 2, "b");
	b.packet.input = 1;
	b.packet.frame = 6;
	say(&b, 0, 3, "c");
	say(&b, E, 4, "d");
	assert_log(&b, "abcd|");
	assert_int_equal(b.last.input, 1);
	assert_int_equal(b.last.nframes, 2);
	assert_int_equal(b.frames[0], 7);
	assert_int_equal(b.frames[1], 8);
	close_bench(&b);
}

/* --- memory */

static void send_a_bit_of_all(struct bench *b)
{
	control(b, TAG, 10, 0, "cookie");
	say(b, BE, 1, "whole");
	say(b, B, 2, "a");
	say(b, E, 3, "b");
	say_i(b, E, 4, 1, 1, "y");
	say_i(b, B, 5, 1, 0, "x");
	turn(b);
	for (uint32_t i = 0; i < 40; i++) /* the maps grow */
		say_i(b, B, i * 2, i, 0, "part");
	turn(b);
}

static void test_memory_that_runs_out(void **state)
{
	(void)state;
	for (uint64_t fail = 1;; fail++) {
		struct bench b;
		prepare(&b);
		b.mem.fail_at = fail;
		if (sctp_new(&b.table, &b.mem, 1, &LIMITS) != OK) {
			assert_int_equal(b.mem.used, 0);
			continue;
		}
		send_a_bit_of_all(&b);
		bool failed = b.mem.refused > 0;
		assert_int_equal(stats(&b)->refused, failed);
		if (!failed)
			assert_log(&b, "whole|ab|xy|");
		b.mem.fail_at = 0;
		b.fill = 0;
		say(&b, B, 102, "c");
		say(&b, E, 103, "d");
		assert_log(&b, "cd|");
		close_bench(&b);
		if (!failed)
			break;
	}
	sctp_free(NULL);
}

/* What was handed on leaves nothing behind. */
static void test_memory_does_not_grow(void **state)
{
	(void)state;
	struct bench b;
	size_t used = 0;
	open_bench(&b);
	for (uint32_t i = 0; i < 4000; i++) {
		packet(&b, TAG);
		data(&b, B, i * 4, 1, 0, "a");
		data(&b, E, i * 4 + 1, 1, 0, "b");
		idata(&b, E, i * 4 + 2, 1, i, 1, "d");
		idata(&b, B, i * 4 + 3, 1, i, 0, "c");
		send(&b);
		if (i == 100)
			used = b.mem.used;
	}
	assert_int_equal(b.messages, 8000);
	assert_int_equal(b.mem.used, used);
	close_bench(&b);
}

/* A part that was refused may be sent again. */
static void test_refused_and_sent_again(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, B, 1, "a");
	b.mem.fail_at = b.mem.taken + 1;
	say(&b, E, 2, "b");
	assert_log(&b, "");
	assert_int_equal(stats(&b)->refused, 1);
	say(&b, E, 2, "b");
	assert_log(&b, "ab|");
	assert_int_equal(stats(&b)->duplicates, 0);
	close_bench(&b);
}

static void test_finish_makes_new(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, BE, 1, "a");
	say(&b, B, 2, "b");
	sctp_finish(b.table);
	assert_int_equal(stats(&b)->incomplete, 1);
	say(&b, BE, 1, "a");
	say(&b, E, 3, "c");
	assert_log(&b, "a|a|");
	close_bench(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_message),
		cmocka_unit_test(test_bundled),
		cmocka_unit_test(test_any_order_of_messages),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_every_order_of_four),
		cmocka_unit_test(test_many_messages_at_random),
		cmocka_unit_test(test_parts_in_one_packet),
		cmocka_unit_test(test_idata_of_one_mid),
		cmocka_unit_test(test_unordered_parts),
		cmocka_unit_test(test_sent_again),
		cmocka_unit_test(test_long_memory),
		cmocka_unit_test(test_every_tsn_of_the_ring),
		cmocka_unit_test(test_begins_in_mid_association),
		cmocka_unit_test(test_far_away),
		cmocka_unit_test(test_the_same_ports_again),
		cmocka_unit_test(test_handshake_after_mid_association),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_directions_without_data_go_first),
		cmocka_unit_test(test_too_many_directions),
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_forward_drops_all_up_to_it),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_cut_parts),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_the_older_of_two_runs_counts),
		cmocka_unit_test(test_too_long_a_message),
		cmocka_unit_test(test_too_many_bytes),
		cmocka_unit_test(test_a_part_too_large_to_keep),
		cmocka_unit_test(test_list_of_frames),
		cmocka_unit_test(test_list_of_frames_out_of_order),
		cmocka_unit_test(test_frames_of_two_inputs),
		cmocka_unit_test(test_memory_that_runs_out),
		cmocka_unit_test(test_memory_does_not_grow),
		cmocka_unit_test(test_refused_and_sent_again),
		cmocka_unit_test(test_finish_makes_new),
	};
	return cmocka_run_group_tests_name("net/sctp", tests, NULL, NULL);
}
