/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/websocket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "support/guard.h"

#define BUDGET         ((size_t)64 << 20)
#define FOUND_MAX      64
#define TEXT_ROOM      ((size_t)80 << 10)

/* RFC 6455 5.7 */
#define HELLO          "\x81\x05\x48\x65\x6c\x6c\x6f"
#define HELLO_MASKED   "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
#define HEL            "\x01\x03\x48\x65\x6c"
#define LO             "\x80\x02\x6c\x6f"
#define PING           "\x89\x05\x48\x65\x6c\x6c\x6f"
#define PONG_MASKED    "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"

/* RFC 7692 7.2.3.1, its fragments, 7.2.3.2 (refers to the one before), 7.2.3.3 to 5 */
#define DEFLATED       "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"
#define DEFLATED_HEL   "\x41\x03\xf2\x48\xcd"
#define DEFLATED_LO    "\x80\x04\xc9\xc9\x07\x00"
#define DEFLATED_AGAIN "\xc1\x05\xf2\x00\x11\x00\x00"
#define DEFLATED_PLAIN "\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"
#define DEFLATED_FINAL "\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00"
#define DEFLATED_TWO   "\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"

#define GET                                                                              \
	"GET /ws HTTP/1.1\r\nHost: example.com\r\nConnection: keep-alive, Upgrade\r\n"   \
	"uPGRADE:WebSocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
#define SWITCHING                                                                        \
	"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c , websocket\r\n"               \
	"Connection: Upgrade\r\n\r\n"

/* One direction and what came out of it, one text after the other. */
struct bench {
	struct mem mem;
	struct websocket w;
	struct websocket_stats stats;
	unsigned found, direct;
	size_t pending; /* in the last call of the sink */
	size_t fill;
	size_t ends[FOUND_MAX];
	char text[TEXT_ROOM];
};

static void open_bench(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	mem_init(&b->mem, BUDGET);
	websocket_init(&b->w);
}

static void close_bench(struct bench *b)
{
	assert_int_equal(websocket_held(&b->w), b->mem.used);
	assert_int_equal(b->stats.messages, b->found);
	websocket_clear(&b->w, &b->mem);
	assert_int_equal(b->mem.used, 0);
}

static void on_message(void *arg, struct slice message, bool direct)
{
	struct bench *b = arg;
	assert_true(b->found < FOUND_MAX && message.len <= TEXT_ROOM - b->fill);
	if (message.len)
		memcpy(b->text + b->fill, message.p, message.len);
	b->fill += message.len;
	b->ends[b->found++] = b->fill;
	b->direct += direct;
	b->pending = websocket_pending(&b->w);
}

static void feed(struct bench *b, struct slice bytes)
{
	websocket_bytes(&b->w, &b->mem, bytes, &b->stats, on_message, b);
}

/* One piece, with a guard page behind it. */
static void say(struct bench *b, struct slice bytes)
{
	char *copy = guard_copy(bytes.p, bytes.len);
	feed(b, (struct slice){ copy, bytes.len });
	guard_free(copy);
}

static void gap(struct bench *b, uint64_t bytes)
{
	websocket_gap(&b->w, &b->mem, bytes, &b->stats);
}

static void assert_found(const struct bench *b, unsigned i, const char *text)
{
	assert_true(i < b->found);
	size_t from = i ? b->ends[i - 1] : 0;
	assert_int_equal(b->ends[i] - from, strlen(text));
	assert_memory_equal(b->text + from, text, strlen(text));
}

/* So many times "Hello", and nothing was wrong. */
static void assert_hellos(const struct bench *b, unsigned n)
{
	assert_int_equal(b->found, n);
	for (unsigned i = 0; i < n; i++)
		assert_found(b, i, "Hello");
	assert_int_equal(b->stats.bad_frames, 0);
	assert_int_equal(b->stats.cut_messages, 0);
	assert_int_equal(b->stats.undecodable, 0);
	assert_int_equal(websocket_pending(&b->w), 0);
}

/* --- the examples of the RFCs */

static void test_rfc6455_examples(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, SLICE(HELLO));
	assert_int_equal(b.direct, 1);
	assert_int_equal(b.mem.taken, 0); /* nothing was copied */
	say(&b, SLICE(HELLO_MASKED));
	say(&b, SLICE(HEL LO));
	say(&b, SLICE(PING));
	say(&b, SLICE(PONG_MASKED));
	assert_int_equal(b.direct, 1);
	assert_hellos(&b, 3);
	close_bench(&b);
	/* 256 bytes and 64 KiB of binary */
	static char text[4 + 256 + 10 + 65536];
	memcpy(text, "\x82\x7e\x01\x00", 4);
	memset(text + 4, 'a', 256);
	memcpy(text + 260, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10);
	memset(text + 270, 'b', 65536);
	open_bench(&b);
	say(&b, (struct slice){ text, sizeof(text) });
	assert_int_equal(b.found, 2);
	assert_int_equal(b.direct, 2);
	assert_int_equal(b.ends[0], 256);
	assert_int_equal(b.ends[1], 256 + 65536);
	assert_memory_equal(b.text, text + 4, 256);
	assert_memory_equal(b.text + 256, text + 270, 65536);
	close_bench(&b);
}

static void test_rfc7692_examples(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, SLICE(DEFLATED));
	say(&b, SLICE(DEFLATED_AGAIN));
	say(&b, SLICE(DEFLATED_HEL DEFLATED_LO));
	say(&b, SLICE(DEFLATED_PLAIN));
	say(&b, SLICE(DEFLATED_FINAL));
	say(&b, SLICE(DEFLATED_AGAIN)); /* the final block did not end the window */
	say(&b, SLICE(DEFLATED_TWO));
	say(&b, SLICE(HELLO)); /* a sender may leave a message as it is */
	say(&b, SLICE(DEFLATED_AGAIN));
	assert_hellos(&b, 9);
	assert_int_equal(b.direct, 1);
	/* 7.2.3.6: empty; then as it should not be */
	say(&b, SLICE("\xc1\x01\x00"));
	say(&b, SLICE("\xc1\x00"));
	assert_int_equal(b.found, 11);
	assert_int_equal(b.fill, 45);
	/* a final block without the byte behind it */
	say(&b, SLICE("\xc1\x07\xf3\x48\xcd\xc9\xc9\x07\x00" DEFLATED_AGAIN));
	assert_int_equal(b.found, 13);
	assert_found(&b, 11, "Hello");
	assert_found(&b, 12, "Hello");
	close_bench(&b);
}

/* A message that is not whole in itself, or refers to one that was not captured: those
 * behind it come out if they stand alone, and none comes out wrong. */
static void test_undecodable(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{ DEFLATED_AGAIN, sizeof(DEFLATED_AGAIN) - 1 },
		{ "\xc1\x03\xf2\x48\xcd", 5 },             /* in a block of codes */
		{ "\xc1\x06\x00\x0a\x00\xf5\xff\x41", 8 }, /* in a stored block */
		{ "\xc1\x04\x07zzz", 6 },                  /* a block of type 3 */
		{ "\x41\x02\x07z\x80\x04zzzz", 10 },
		{ "\xc1\x87\x01\x02\x03\x04\x06\x02\x03\x04\x01\x02\x03", 13 },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bench b;
		open_bench(&b);
		say(&b, (struct slice){ bad[i].bytes, bad[i].len });
		assert_int_equal(b.found, 0);
		assert_int_equal(b.stats.undecodable, 1);
		say(&b, SLICE(DEFLATED_AGAIN));
		assert_int_equal(b.stats.undecodable, 2);
		say(&b, SLICE(DEFLATED DEFLATED_AGAIN HELLO));
		b.stats.undecodable = 0;
		assert_hellos(&b, 3);
		close_bench(&b);
	}
}

/* --- cuts */

/* "Hello" once more: masked, in three fragments, one of them empty; and compressed. */
#define FRAGMENTS_MASKED                                                                 \
	"\x01\x83"                                                                       \
	"abcd"                                                                           \
	"\x29\x07\x0f"                                                                   \
	"\x00\x80"                                                                       \
	"mask"                                                                           \
	"\x80\x82"                                                                       \
	"mask"                                                                           \
	"\x01\x0e"
#define DEFLATED_MASKED "\xc1\x87\x01\x02\x03\x04\xf3\x4a\xce\xcd\xc8\x05\x03"

/* Eight times "Hello" and what else there is between and around them. */
#define MIXED                                                                            \
	HELLO HELLO_MASKED HEL PING LO DEFLATED DEFLATED_HEL PONG_MASKED                 \
		"\x8b\x02zz" DEFLATED_LO DEFLATED_AGAIN FRAGMENTS_MASKED DEFLATED_MASKED \
		"\x82\x7e\x00\x03xyz"                                                    \
		"\x81\x00"                                                               \
		"\x88\x02\x03\xe8"
#define MIXED_HELLOS 8

static void assert_mixed(const struct bench *b)
{
	assert_int_equal(b->found, MIXED_HELLOS + 2);
	for (unsigned i = 0; i < MIXED_HELLOS; i++)
		assert_found(b, i, "Hello");
	assert_found(b, MIXED_HELLOS, "xyz");
	assert_found(b, MIXED_HELLOS + 1, "");
	assert_int_equal(b->stats.bad_frames, 0);
	assert_int_equal(b->stats.cut_messages, 0);
	assert_int_equal(b->stats.undecodable, 0);
	assert_ptr_equal(b->w.buffer, NULL);
	assert_int_equal(websocket_pending(&b->w), 0);
}

static void test_every_cut(void **state)
{
	(void)state;
	const struct slice text = SLICE(GET MIXED);
	for (size_t i = 0; i <= text.len; i++) {
		for (size_t k = i; k <= text.len; k++) {
			struct bench b;
			open_bench(&b);
			feed(&b, slice_head(text, i));
			feed(&b, slice_head(slice_skip(text, i), k - i));
			feed(&b, slice_skip(text, k));
			assert_mixed(&b);
			close_bench(&b);
		}
	}
}

static void test_small_pieces(void **state)
{
	(void)state;
	const struct slice texts[] = { SLICE(GET MIXED), SLICE(SWITCHING MIXED),
		                       SLICE(MIXED), SLICE(GET GET MIXED),
		                       SLICE("HTTP/1.1 401 Unauthorized\n"
		                             "Server: x\n\n" SWITCHING MIXED) };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t step = 1; step < 40; step++) {
			struct bench b;
			open_bench(&b);
			for (size_t at = 0; at < texts[i].len; at += step)
				say(&b, slice_head(slice_skip(texts[i], at), step));
			assert_mixed(&b);
			close_bench(&b);
		}
	}
}

/* A long masked message, in fragments of any size. */
static void test_fragments(void **state)
{
	(void)state;
	enum { LENGTH = 20000 };
	char *plain = malloc(LENGTH), *wire = malloc((size_t)LENGTH * 7 + 7);
	assert_non_null(plain);
	assert_non_null(wire);
	for (unsigned i = 0; i < LENGTH; i++)
		plain[i] = (char)(i * i >> 3);
	for (unsigned step = 1; step <= 125; step = step * 3 + 2) {
		size_t len = 0;
		for (unsigned i = 0; i < LENGTH; i += step) {
			unsigned n = step < LENGTH - i ? step : LENGTH - i;
			const char mask[4] = { (char)i, (char)(i >> 4), (char)0xa5,
				               (char)n };
			wire[len++] = (char)((i ? 0 : 2) | (i + n == LENGTH ? 0x80 : 0));
			wire[len++] = (char)(n | 0x80);
			for (unsigned m = 0; m < 4; m++)
				wire[len++] = mask[m];
			for (unsigned m = 0; m < n; m++)
				wire[len++] = (char)(plain[i + m] ^ mask[m % 4]);
		}
		for (size_t piece = 1; piece <= len; piece = piece * 5 + 1) {
			struct bench b;
			open_bench(&b);
			for (size_t i = 0; i < len; i += piece) {
				assert_int_equal(b.found, 0);
				assert_int_equal(websocket_pending(&b.w), i);
				struct slice in = { wire + i, len - i };
				feed(&b, slice_head(in, piece));
			}
			assert_int_equal(b.found, 1);
			assert_int_equal(b.pending, len);
			assert_int_equal(b.fill, LENGTH);
			assert_memory_equal(b.text, plain, LENGTH);
			assert_int_equal(websocket_pending(&b.w), 0);
			close_bench(&b);
		}
	}
	free(plain);
	free(wire);
}

/* Bytes of the stream since a message began. */
static void test_pending(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	assert_int_equal(websocket_pending(&b.w), 0);
	say(&b, SLICE("\x89")); /* the head of a ping is of no message */
	assert_int_equal(websocket_pending(&b.w), 0);
	say(&b, SLICE("\x01xx\x81"));
	assert_int_equal(websocket_pending(&b.w), 0);
	assert_int_equal(b.stats.bad_frames, 1);
	websocket_init(&b.w);
	say(&b, SLICE(PING "\x01"));
	assert_int_equal(websocket_pending(&b.w), 1);
	say(&b, SLICE("\x03Hel"
	              "\x89\x05ping"));
	assert_int_equal(websocket_pending(&b.w), 5 + 6);
	gap(&b, 1); /* of the ping, which costs nothing */
	assert_int_equal(websocket_pending(&b.w), 5 + 7);
	say(&b, SLICE("\x80"));
	assert_int_equal(websocket_pending(&b.w), 5 + 7 + 1);
	say(&b, SLICE("\x02lo\x81\x05H"));
	assert_int_equal(b.found, 1);
	assert_found(&b, 0, "Hello");
	assert_int_equal(b.pending, 5 + 7 + 4);
	assert_int_equal(websocket_pending(&b.w), 3);
	say(&b, SLICE("ello" HELLO));
	assert_int_equal(b.found, 3);
	assert_int_equal(b.pending, 7);
	close_bench(&b);
}

/* --- what is no frame */

static void test_bad_frames(void **state)
{
	(void)state;
	const struct slice bad[] = {
		SLICE("\x83\x00"), /* an opcode that is not defined */
		SLICE("\x87\x01z"),
		SLICE("\xa1\x05Hello"), /* RSV2, RSV3 */
		SLICE("\x91\x05Hello"),
		SLICE("\xc9\x00"),           /* a ping, compressed */
		SLICE("\x01\x01z\xc0\x01z"), /* a continuation with RSV1 */
		SLICE("\x09\x00"),           /* a ping, not whole */
		SLICE("\x89\x7e\x00\x7e"),   /* a long one */
		SLICE("\x88\xfe"),
		SLICE("\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x05"), /* 63 bits: 5.2 */
		SLICE("GETS"),                                     /* no HTTP */
		SLICE("HTTQ"),
		SLICE(PING "GET / HTTP/1.1\r\n\r\n"), /* too late for that */
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (size_t step = 1; step <= bad[i].len; step++) {
			struct bench b;
			open_bench(&b);
			for (size_t at = 0; at < bad[i].len && !b.w.lost; at += step)
				say(&b, slice_head(slice_skip(bad[i], at), step));
			assert_int_equal(b.stats.bad_frames, 1);
			assert_int_equal(b.found, 0);
			assert_int_equal(b.stats.cut_messages, bad[i].p[0] == 1);
			assert_true(b.w.lost);
			/* the next piece begins with a frame */
			say(&b, SLICE(HELLO HELLO));
			assert_int_equal(b.found, 2);
			assert_int_equal(b.stats.bad_frames, 1);
			close_bench(&b);
		}
	}
}

/* While frames are looked for, more is asked of one. */
static void test_search(void **state)
{
	(void)state;
	const struct slice none[] = {
		SLICE("\x8b\x00"),              /* a reserved control frame */
		SLICE("\x81\x7e\x00\x05Hello"), /* a length in too many bytes */
		SLICE("\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x05Hello"),
		SLICE("\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x01"), /* over the limit */
		SLICE(HELLO_MASKED), /* masked as those before not */
		SLICE("z" HELLO),    /* not at the start of the piece */
		SLICE("\x81\x7e"),   /* then nothing */
		SLICE("GET x"),
		SLICE("HTTP\x81"),
	};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct bench b;
		open_bench(&b);
		say(&b, SLICE(HELLO));
		gap(&b, 3);
		say(&b, none[i]);
		assert_int_equal(b.found, 1);
		assert_true(b.w.lost);
		gap(&b, 1);
		say(&b, SLICE(HELLO HELLO_MASKED));
		assert_hellos(&b, 3);
		close_bench(&b);
	}
	struct bench b;
	open_bench(&b);
	gap(&b, 100);
	say(&b, SLICE(HELLO_MASKED)); /* nothing before says how */
	gap(&b, 100);
	say(&b, SLICE(GET GET "\x8b\x00" MIXED)); /* a new connection, as it likes */
	assert_int_equal(b.found, 1 + MIXED_HELLOS + 2);
	close_bench(&b);
}

/* In step, what is wrong and harmless is taken as it is meant. */
static void test_leniency(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, SLICE("\x81\x7e\x00\x05Hello"));
	say(&b, SLICE("\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x05Hello"));
	say(&b, SLICE(HELLO HELLO_MASKED HELLO));
	assert_hellos(&b, 5);
	say(&b, SLICE(HEL HELLO)); /* a message within another: the first is lost */
	assert_int_equal(b.stats.cut_messages, 1);
	say(&b, SLICE(LO LO)); /* ends of messages without beginning */
	assert_int_equal(b.stats.cut_messages, 3);
	say(&b, SLICE("\x00\x02lo" PING LO HELLO));
	assert_int_equal(b.stats.cut_messages, 4);
	b.stats.cut_messages = 0;
	assert_hellos(&b, 7);
	close_bench(&b);
}

static void test_long_http(void **state)
{
	(void)state;
	static char head[WEBSOCKET_HTTP_MAX + 1];
	memset(head, 'x', sizeof(head));
	memcpy(head, "GET ", 4);
	for (unsigned more = 0; more < 2; more++) {
		size_t len = WEBSOCKET_HTTP_MAX + more;
		memcpy(head + len - 4, "\r\n\r\n", 4);
		for (size_t step = 1; step <= len; step = step * 9 + 1) {
			struct bench b;
			open_bench(&b);
			for (size_t i = 0; i < len; i += step) {
				struct slice in = { head + i, len - i };
				feed(&b, slice_head(in, step));
			}
			say(&b, SLICE(HELLO));
			assert_int_equal(b.found, 1);
			assert_int_equal(b.stats.bad_frames, more);
			close_bench(&b);
		}
		memset(head + len - 4, 'x', 4);
	}
}

/* --- gaps */

/* A gap of any length at any place costs the messages that it hits and no other, when
 * each frame is a piece of its own. */
static void test_gap_everywhere(void **state)
{
	(void)state;
	enum { COUNT = 6, FRAME = 9 };
	char text[COUNT * FRAME + 1];
	for (unsigned i = 0; i < COUNT; i++)
		memcpy(text + (size_t)i * FRAME, "\x81\x07message", FRAME);
	for (unsigned i = 0; i < COUNT; i++)
		text[i * FRAME + 8] = (char)('0' + i);
	for (size_t from = 0; from < COUNT * FRAME; from++) {
		for (size_t to = from + 1; to < COUNT * FRAME; to++) {
			struct bench b;
			char want[COUNT * FRAME] = "";
			size_t len = 0;
			open_bench(&b);
			for (size_t at = 0; at < COUNT * FRAME; at += FRAME) {
				size_t end = at + FRAME;
				size_t head = from < end ? from : end;
				size_t tail = to > at ? to : at;
				if (head > at)
					say(&b, (struct slice){ text + at, head - at });
				if (from >= at && from < end)
					gap(&b, to - from);
				if (from < end && tail < end)
					say(&b,
					    (struct slice){ text + tail, end - tail });
				if (end <= from || at >= to) {
					memcpy(want + len, text + at + 2, 7);
					len += 7;
				}
			}
			assert_int_equal(b.fill, len);
			assert_memory_equal(b.text, want, len);
			assert_int_equal(b.stats.bad_frames, 0);
			close_bench(&b);
		}
	}
}

static void test_gaps(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, SLICE("\x81\x05He"));
	gap(&b, 2); /* within the payload, whose last byte and next frame follow */
	assert_int_equal(b.stats.cut_messages, 1);
	assert_int_equal(b.mem.used, 0);
	assert_int_equal(websocket_pending(&b.w), 0);
	say(&b, SLICE("o" HELLO));
	assert_int_equal(b.found, 1);
	say(&b, SLICE(HEL "\x89\x05pi"));
	gap(&b, 3); /* within a ping, up to its end: the message is whole */
	say(&b, SLICE(LO));
	assert_int_equal(b.found, 2);
	say(&b, SLICE("\x01\x03H"));
	gap(&b, 2); /* a fragment; the other ones are passed over */
	assert_int_equal(b.stats.cut_messages, 2);
	say(&b, SLICE("\x00\x02lo" PING LO HELLO));
	assert_int_equal(b.found, 3);
	assert_int_equal(b.stats.cut_messages, 2);
	say(&b, SLICE(HEL));
	gap(&b, 5); /* between frames */
	assert_int_equal(b.stats.cut_messages, 3);
	say(&b, SLICE(LO HELLO));
	assert_int_equal(b.found, 4);
	say(&b, SLICE("\x81\x05He"));
	gap(&b, 4); /* into the next head */
	assert_int_equal(b.stats.cut_messages, 4);
	say(&b, SLICE("\x05Hello"));
	say(&b, SLICE(HELLO));
	assert_int_equal(b.found, 5);
	b.stats.cut_messages = 0;
	assert_hellos(&b, 5);
	close_bench(&b);

	open_bench(&b);
	say(&b, SLICE("GET / HTTP/1.1\r\n")); /* in an HTTP head */
	gap(&b, 30);
	say(&b, SLICE("x: y\r\n\r\n"));
	say(&b, SLICE(HELLO));
	assert_hellos(&b, 1);
	close_bench(&b);

	open_bench(&b);
	say(&b, SLICE("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"));
	assert_int_equal(b.stats.long_messages, 1);
	gap(&b, UINT64_C(0x7fffffffffffffff));
	say(&b, SLICE(HELLO));
	assert_hellos(&b, 1);
	gap(&b, UINT64_MAX);
	say(&b, SLICE(HELLO));
	assert_hellos(&b, 2);
	close_bench(&b);
}

/* What a gap takes from the window is not made up. */
static void test_gap_in_window(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, SLICE(DEFLATED "\xc1\x05\xf2"));
	gap(&b, 4);
	assert_int_equal(b.stats.cut_messages, 1);
	say(&b, SLICE(DEFLATED_AGAIN));
	assert_int_equal(b.stats.undecodable, 1);
	say(&b, SLICE(DEFLATED DEFLATED_AGAIN "\x81\x05H"));
	gap(&b, 1); /* what is not compressed is not in the window */
	say(&b, SLICE("llo" DEFLATED_AGAIN));
	assert_int_equal(b.found, 4);
	gap(&b, 10);
	say(&b, SLICE(DEFLATED_AGAIN));
	assert_int_equal(b.stats.undecodable, 2);
	assert_int_equal(b.found, 4);
	close_bench(&b);
}

static void test_give_up(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	gap(&b, 0);
	say(&b, SLICE(HELLO));
	gap(&b, 0); /* nothing is held, nothing is lost */
	say(&b, SLICE("\x81"));
	gap(&b, 0);
	say(&b, SLICE("\x05Hello"));
	assert_hellos(&b, 2);
	say(&b, SLICE(DEFLATED "\x41\x03\xf2\x48"));
	assert_true(websocket_held(&b.w) > 32768); /* the window is of that size */
	gap(&b, 0);
	assert_int_equal(websocket_held(&b.w), 0);
	assert_int_equal(b.mem.used, 0);
	assert_int_equal(b.stats.cut_messages, 1);
	say(&b, SLICE("\xcd" DEFLATED_LO HELLO));
	assert_int_equal(b.found, 4);
	assert_int_equal(b.stats.cut_messages, 1);
	say(&b, SLICE(DEFLATED_AGAIN DEFLATED));
	assert_int_equal(b.stats.undecodable, 1);
	assert_int_equal(b.found, 5);
	close_bench(&b);
}

/* --- limits */

/* n bytes of "a" without a mask, in pieces. */
static void say_letters(struct bench *b, size_t n)
{
	static char letters[4096];
	memset(letters, 'a', sizeof(letters));
	for (; n; n -= n < sizeof(letters) ? n : sizeof(letters))
		feed(b, slice_head((struct slice){ letters, sizeof(letters) }, n));
}

static void on_length(void *arg, struct slice message, bool direct)
{
	size_t *length = arg;
	(void)direct;
	*length = message.len;
}

static void test_long_messages(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, SLICE("\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x01"));
	assert_int_equal(b.stats.long_messages, 1);
	say_letters(&b, WEBSOCKET_MESSAGE_MAX + 1);
	assert_int_equal(b.mem.taken, 0);
	say(&b, SLICE(HELLO)); /* still in step */
	assert_hellos(&b, 1);
	/* in fragments: the second one would make it too long */
	say(&b, SLICE("\x01\x7f\x00\x00\x00\x00\x00\x0f\xff\xff"));
	say_letters(&b, WEBSOCKET_MESSAGE_MAX - 1);
	say(&b, SLICE("\x80\x02lo" HELLO));
	assert_int_equal(b.stats.long_messages, 2);
	assert_hellos(&b, 2);
	assert_true(b.mem.peak <= WEBSOCKET_MESSAGE_MAX);
	/* and the longest one that there may be */
	size_t length = 0;
	say(&b, SLICE("\x01\x7f\x00\x00\x00\x00\x00\x0f\xff\xff"));
	say_letters(&b, WEBSOCKET_MESSAGE_MAX - 1);
	websocket_bytes(&b.w, &b.mem, SLICE("\x80\x01o"), &b.stats, on_length, &length);
	assert_int_equal(length, WEBSOCKET_MESSAGE_MAX);
	assert_int_equal(b.stats.long_messages, 2);
	b.stats.messages--; /* not in the bench */
	close_bench(&b);
}

/* A literal 'a', then matches of 258 bytes at distance 1, as RFC 1951 3.2.6 codes them:
 * each 13 bits, symbol 285 as 11000101 and distance 0 as five zeros. */
static void make_bomb(unsigned char *out, size_t room)
{
	const char *bits = "01010010001"; /* not final, fixed codes; 0x91 */
	size_t bit = 0;
	memset(out, 0, room);
	for (; bit < room * 8; bits = "1100010100000")
		for (; *bits && bit < room * 8; bits++, bit++)
			out[bit / 8] =
				(unsigned char)(out[bit / 8] | (*bits - '0') << bit % 8);
}

static void test_bomb(void **state)
{
	(void)state;
	static unsigned char bomb[4 + 60000] = { 0xc1, 0x7e, 0xea, 0x60 };
	make_bomb(bomb + 4, sizeof(bomb) - 4);
	const struct slice in = { (const char *)bomb, sizeof(bomb) };
	for (size_t step = 7; step <= in.len; step *= 40) {
		struct bench b;
		open_bench(&b);
		for (size_t i = 0; i < in.len; i += step)
			feed(&b, slice_head(slice_skip(in, i), step));
		assert_int_equal(b.stats.long_messages, 1);
		assert_true(b.mem.peak <= WEBSOCKET_MESSAGE_MAX + (64U << 10));
		say(&b, SLICE(HELLO DEFLATED DEFLATED_AGAIN));
		assert_hellos(&b, 3);
		close_bench(&b);
	}
}

static void test_every_allocation_fails(void **state)
{
	(void)state;
	const struct slice text = SLICE(GET MIXED HELLO);
	uint64_t n = 0;
	for (;;) {
		struct bench b;
		open_bench(&b);
		b.mem.fail_at = ++n;
		for (size_t i = 0; i < text.len; i += 5)
			say(&b, slice_head(slice_skip(text, i), 5));
		bool failed = b.mem.refused > 0;
		assert_int_equal(b.stats.refused, b.mem.refused);
		assert_int_equal(b.stats.bad_frames, 0);
		assert_int_equal(b.stats.cut_messages, 0);
		assert_int_equal(b.found + b.stats.refused + b.stats.undecodable,
		                 MIXED_HELLOS + 3);
		assert_true(b.stats.undecodable <= b.stats.refused);
		for (unsigned i = 0; i < b.found; i++)
			if (b.ends[i] - (i ? b.ends[i - 1] : 0) == 5)
				assert_found(&b, i, "Hello");
		close_bench(&b);
		if (!failed)
			break;
	}
	assert_true(n > 9); /* for each message that is not direct, and for zlib */
}

/* --- detection */

static bool is_hello(struct slice text)
{
	return slice_eq(slice_head(text, 4), SLICE("Hell"));
}

static enum websocket_guess guess(struct slice start)
{
	char *copy = guard_copy(start.p, start.len);
	enum websocket_guess g =
		websocket_detect((struct slice){ copy, start.len }, is_hello);
	guard_free(copy);
	return g;
}

/* What it is, and that no beginning of it says otherwise. */
static void assert_guess(struct slice start, enum websocket_guess want)
{
	assert_int_equal(guess(start), want);
	for (size_t n = 0; n < start.len; n++) {
		enum websocket_guess g = guess(slice_head(start, n));
		assert_true(g == want || g == WEBSOCKET_MAYBE);
	}
}

static void test_detect_http(void **state)
{
	(void)state;
	assert_guess(SLICE(GET), WEBSOCKET_YES);
	assert_guess(SLICE(SWITCHING), WEBSOCKET_YES);
	assert_guess(SLICE(GET HELLO), WEBSOCKET_YES);
	assert_guess(SLICE("GET / HTTP/1.1\nUpgrade: websocket\n\n"), WEBSOCKET_YES);
	assert_guess(SLICE("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), WEBSOCKET_NO);
	assert_guess(
		SLICE("GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\nUpgrade: websocket\r\n\r\n"),
		WEBSOCKET_NO);
	assert_guess(SLICE("GET / HTTP/1.1\r\nUpgrade: websockets\r\n\r\n"),
	             WEBSOCKET_NO);
	assert_guess(SLICE("GET / HTTP/1.1\r\nXUpgrade: websocket\r\n\r\n"),
	             WEBSOCKET_NO);
	assert_guess(SLICE("GET / HTTP/1.1\r\nUpgrade : websocket\r\n\r\n"),
	             WEBSOCKET_NO);
	assert_guess(SLICE("HTTP/1.1 101 Switching Protocols\r\n\r\n"), WEBSOCKET_NO);
	assert_guess(SLICE("HTTP/1.1 200 OK\r\nUpgrade: websocket\r\n\r\n"),
	             WEBSOCKET_NO);
	assert_guess(SLICE("GETS"), WEBSOCKET_NO);
	assert_guess(SLICE("GE"), WEBSOCKET_MAYBE);
	assert_guess(SLICE("GET / HTTP/1.1\r\nUpgrade: websocket\r\n"), WEBSOCKET_MAYBE);
	assert_guess(SLICE("POST / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"),
	             WEBSOCKET_NO);
	static char endless[WEBSOCKET_HTTP_MAX + 9];
	memset(endless, 'x', sizeof(endless));
	memcpy(endless, "GET ", 4);
	struct slice in = { endless, sizeof(endless) };
	assert_int_equal(guess(slice_head(in, WEBSOCKET_HTTP_MAX - 1)), WEBSOCKET_MAYBE);
	assert_int_equal(guess(slice_head(in, WEBSOCKET_HTTP_MAX)), WEBSOCKET_NO);
	assert_int_equal(guess(in), WEBSOCKET_NO);
}

/* One whole frame of compressed line ends, 1 + 258 * times of them, in fixed codes: a
 * letter, repetitions of it, the end of the block, an empty stored block without its
 * lengths (RFC 7692 7.2.1). Returns its length. */
static size_t make_line_ends(unsigned char *out, unsigned times)
{
	char bits[512];
	size_t n = (size_t)snprintf(bits, sizeof(bits), "010" "00111010"), len;
	for (unsigned i = 0; i < times; i++)
		n += (size_t)snprintf(bits + n, sizeof(bits) - n, "1100010100000");
	snprintf(bits + n, sizeof(bits) - n, "0000000" "000");
	len = (strlen(bits) + 7) / 8;
	out[0] = 0xc1;
	out[1] = (unsigned char)len;
	memset(out + 2, 0, len);
	for (size_t bit = 0; bits[bit]; bit++)
		out[2 + bit / 8] =
			(unsigned char)(out[2 + bit / 8] | (bits[bit] - '0') << bit % 8);
	return 2 + len;
}

/* A few octets that make thousands are not looked at again with each that follows. */
static void test_detect_what_swells(void **state)
{
	(void)state;
	unsigned char bytes[64] = { 0xc1, 60 };
	struct slice in = { (const char *)bytes, sizeof(bytes) };
	make_bomb(bytes + 2, sizeof(bytes) - 2);
	assert_int_equal(guess(slice_head(in, 20)), WEBSOCKET_MAYBE);
	assert_int_equal(guess(slice_head(in, 40)), WEBSOCKET_NO);
	in.len = make_line_ends(bytes, 15);
	assert_int_equal(guess(in), WEBSOCKET_MAYBE);
	in.len = make_line_ends(bytes, 16);
	assert_int_equal(guess(in), WEBSOCKET_NO);
}

static void test_detect_frames(void **state)
{
	(void)state;
	assert_guess(SLICE(""), WEBSOCKET_MAYBE);
	assert_guess(SLICE(HELLO), WEBSOCKET_YES);
	assert_guess(SLICE(HELLO_MASKED), WEBSOCKET_YES);
	assert_guess(SLICE(HEL LO), WEBSOCKET_YES);
	assert_guess(SLICE("\x02\x01H" PING "\x00\x01"
	                   "e\x00\x01l\x00\x01l"),
	             WEBSOCKET_YES);
	assert_guess(SLICE(DEFLATED), WEBSOCKET_YES);
	assert_guess(SLICE(DEFLATED_MASKED), WEBSOCKET_YES);
	assert_guess(SLICE(FRAGMENTS_MASKED), WEBSOCKET_YES);
	assert_guess(SLICE(PING PONG_MASKED HELLO), WEBSOCKET_YES);
	assert_guess(SLICE("\x81\x00\x81\x04\r\n\r\n\x81\x7e\x01\x00\r\nHell"),
	             WEBSOCKET_YES);
	assert_guess(SLICE("\x82\x05\x00\x01\x02\x03\x04"), WEBSOCKET_NO);
	assert_guess(SLICE("\x81\x04"
	                   "Helo"),
	             WEBSOCKET_NO);
	assert_guess(SLICE("\x81\x20"
	                   "Helo\n"),
	             WEBSOCKET_NO);
	assert_guess(SLICE("\x81\x20Helo"), WEBSOCKET_MAYBE);
	assert_guess(SLICE("\x81\x7e\x00\x05Hello"), WEBSOCKET_NO);
	assert_guess(SLICE("\x80\x05Hello"), WEBSOCKET_MAYBE);
	assert_guess(SLICE("\x89\x7e"), WEBSOCKET_NO);
	assert_guess(SLICE("\x16\x03\x01"), WEBSOCKET_NO); /* TLS */
	assert_guess(SLICE("SIP/2.0 200 OK\r\n"), WEBSOCKET_NO);
	assert_guess(SLICE("\r\n\r\n"), WEBSOCKET_NO);
	/* pings for ever, text for ever, a bomb */
	static char text[WEBSOCKET_LOOK];
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "\x89\x00", 2);
	assert_int_equal(guess((struct slice){ text, sizeof(text) - 1 }),
	                 WEBSOCKET_MAYBE);
	assert_int_equal(guess((struct slice){ text, sizeof(text) }), WEBSOCKET_NO);
	memset(text, 'a', sizeof(text));
	memcpy(text, "\x81\x7e\x7f\xff", 4);
	assert_int_equal(guess((struct slice){ text, sizeof(text) - 1 }),
	                 WEBSOCKET_MAYBE);
	assert_int_equal(guess((struct slice){ text, sizeof(text) }), WEBSOCKET_NO);
	memcpy(text, "\xc1\x7e\x7f\xff", 4);
	make_bomb((unsigned char *)text + 4, sizeof(text) - 4);
	assert_int_equal(guess((struct slice){ text, sizeof(text) }), WEBSOCKET_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc6455_examples),
		cmocka_unit_test(test_rfc7692_examples),
		cmocka_unit_test(test_undecodable),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_small_pieces),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_bad_frames),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_leniency),
		cmocka_unit_test(test_long_http),
		cmocka_unit_test(test_gap_everywhere),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_gap_in_window),
		cmocka_unit_test(test_give_up),
		cmocka_unit_test(test_long_messages),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_every_allocation_fails),
		cmocka_unit_test(test_detect_http),
		cmocka_unit_test(test_detect_frames),
		cmocka_unit_test(test_detect_what_swells),
	};
	return cmocka_run_group_tests_name("net/websocket", tests, NULL, NULL);
}
