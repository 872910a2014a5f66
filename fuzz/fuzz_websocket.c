/* SPDX-License-Identifier: MIT */
/* One direction of a WebSocket connection, as one piece, in pieces, and in pieces with
 * gaps. As long as it is in step, pieces give what the whole gives; out of step, they may
 * find more of it. With gaps and little memory the accounts must be right.
 *
 * Bytes: budget, number of pieces, then for each: length (2), bytes lost before it; the
 * rest is the stream. */
#include "config.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "net/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PIECE_BYTES 3
#define STREAM_MAX  UINT16_MAX
#define LARGE       ((size_t)64 << 20)

/* zlib's state and window, with some room for the program's own. */
#define INFLATE_MAX ((size_t)48 << 10)

/* Messages have frames, of two bytes at least, and the sum of each is kept. */
struct run {
	struct mem mem;
	struct websocket w;
	struct websocket_stats stats;
	struct slice piece;
	size_t fed; /* bytes of the stream, lost ones included */
	size_t found;
	uint64_t sums[STREAM_MAX / 2 + 1];
};

static void on_message(void *arg, struct slice message, bool direct)
{
	struct run *run = arg;
	assert(message.len <= WEBSOCKET_MESSAGE_MAX);
	if (direct) {
		assert(message.p >= run->piece.p);
		assert(message.p + message.len <= run->piece.p + run->piece.len);
	}
	size_t pending = websocket_pending(&run->w);
	assert(pending >= 2 && pending <= run->fed + run->piece.len);
	assert(run->found < sizeof(run->sums) / sizeof(run->sums[0]));
	run->sums[run->found++] = hash_slice(message, 1);
}

static void start(struct run *run, size_t budget)
{
	mem_init(&run->mem, budget);
	websocket_init(&run->w);
	run->stats = (struct websocket_stats){ 0 };
	run->fed = run->found = 0;
}

static void check(const struct run *run)
{
	size_t held = websocket_held(&run->w);
	assert(held == run->mem.used);
	assert(held <= WEBSOCKET_MESSAGE_MAX + INFLATE_MAX);
	assert(websocket_pending(&run->w) <= run->fed);
	assert(run->stats.messages == run->found);
}

static void feed(struct run *run, struct slice piece)
{
	run->piece = piece;
	websocket_bytes(&run->w, &run->mem, piece, &run->stats, on_message, run);
	run->fed += piece.len;
	check(run);
}

static void finish(struct run *run)
{
	websocket_gap(&run->w, &run->mem, 0, &run->stats);
	assert(websocket_held(&run->w) == 0);
	assert(websocket_pending(&run->w) <= WEBSOCKET_HEAD_MAX);
	websocket_clear(&run->w, &run->mem);
	assert(run->mem.used == 0);
}

static void feed_pieces(struct run *run, struct slice text, struct slice list, bool gaps)
{
	struct cursor c = cursor_of(list);
	while (cursor_left(&c)) {
		size_t len = cursor_be16(&c);
		uint8_t gap = cursor_u8(&c);
		if (gaps) {
			websocket_gap(&run->w, &run->mem, gap, &run->stats);
			run->fed += gap;
			check(run);
			text = slice_skip(text, gap);
		}
		feed(run, slice_head(text, len));
		text = slice_skip(text, len);
	}
	feed(run, text);
}

static void compare(const struct run *whole, const struct run *pieces)
{
	assert(whole->found <= pieces->found);
	for (size_t i = 0; i < whole->found; i++)
		assert(whole->sums[i] == pieces->sums[i]);
	if (pieces->stats.bad_frames)
		return;
	assert(whole->found == pieces->found);
	assert(whole->stats.bad_frames == 0);
	assert(whole->stats.long_messages == pieces->stats.long_messages);
	assert(whole->stats.cut_messages == pieces->stats.cut_messages);
	assert(whole->stats.undecodable == pieces->stats.undecodable);
}

static bool is_message(struct slice text)
{
	return text.p[0] == 'S';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run whole, pieces;
	struct cursor c = cursor_of((struct slice){ (const char *)data, size });
	uint8_t budget = cursor_u8(&c), count = cursor_u8(&c);
	struct slice list = cursor_take(&c, (size_t)count * PIECE_BYTES);
	struct slice text = cursor_rest(&c);
	if (c.failed || text.len > STREAM_MAX)
		return 0;
	start(&whole, LARGE);
	feed(&whole, text);
	finish(&whole);
	assert(whole.stats.refused == 0 && whole.stats.bad_frames <= 1);
	start(&pieces, LARGE);
	feed_pieces(&pieces, text, list, false);
	finish(&pieces);
	assert(pieces.stats.refused == 0);
	compare(&whole, &pieces);
	start(&pieces, (size_t)budget * 1024);
	feed_pieces(&pieces, text, list, true);
	finish(&pieces);
	assert(websocket_detect(text, is_message) <= WEBSOCKET_YES);
	return 0;
}
