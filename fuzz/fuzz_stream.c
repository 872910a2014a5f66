/* SPDX-License-Identifier: MIT */
/* From TCP segments to messages: the input is a text and a list of segments of it, for
 * either direction, in any order, overlapping and with holes. What comes out of the
 * table must be that text, in order; what comes out of the framers must be what the
 * parser takes for one message.
 *
 * Bytes: budget, number of segments, then each: flags (FIN, SYN, RST; 128: the other
 * direction), offset (2), length (2), bytes cut off, time step; the rest is the text. */
#include "config.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"
#include "engine/streams.h"
#include "net/tcp.h"
#include "sip/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEGMENT_BYTES 7
#define DIRECTIONS    2

/* Sequence numbers before the first byte: one direction begins at the wrap. */
static const uint32_t isn[DIRECTIONS] = { 0xfffffff0, 5 };

struct world {
	struct mem     mem;
	struct streams streams;
	struct slice   text;
	size_t         offset;               /* of the segment under way */
	size_t         position[DIRECTIONS]; /* in the text, of what comes next */
	bool           syn[DIRECTIONS];
};

static void on_message(void *arg, const struct stream_message *m)
{
	static struct sip_msg msg;
	(void)arg;
	assert(m->bytes.len <= FRAMER_MESSAGE_MAX);
	if (m->kind == STREAM_SIP) {
		assert(sip_msg_parse(&msg, m->bytes, true) == OK);
		assert(msg.raw.len == m->bytes.len);
		assert(!msg.truncated ||
		       msg.content_length > FRAMER_MESSAGE_MAX - msg.raw.len);
	}
	assert(m->nframes != 1 && m->nframes <= NET_FRAMES_MAX);
	for (uint32_t i = 1; i < m->nframes; i++)
		assert(m->frames[i - 1] < m->frames[i]);
}

static void on_bytes(void *arg, const struct net_bytes *piece)
{
	struct world *w = arg;
	unsigned from = piece->src.port;
	if (piece->first)
		w->position[from] = w->syn[from] ? 0 : w->offset;
	size_t at = w->position[from];
	assert(piece->bytes.len <= w->text.len && at <= w->text.len - piece->bytes.len);
	if (piece->bytes.len)
		assert(memcmp(w->text.p + at, piece->bytes.p, piece->bytes.len) == 0);
	w->position[from] = at + piece->bytes.len + (size_t)piece->gap;
	assert(w->position[from] <= w->text.len);
	streams_take(&w->streams, piece, on_message, NULL);
	assert(w->streams.held <= w->streams.limit);
}

static void take(struct world *w, struct tcp_table *t, struct cursor *c,
                 struct tcp_segment *seg)
{
	uint8_t flags = cursor_u8(c);
	unsigned from = flags >> 7;
	size_t offset = cursor_be16(c), len = cursor_be16(c), cut = cursor_u8(c);
	uint8_t step = cursor_u8(c);
	seg->flags = flags & (TCP_FIN | TCP_SYN | TCP_RST);
	w->syn[from] |= (flags & TCP_SYN) != 0;
	if (flags & TCP_SYN)
		offset = 0;
	w->offset = offset < w->text.len ? offset : w->text.len;
	struct slice rest = slice_skip(w->text, w->offset);
	seg->payload = slice_head(rest, len);
	rest = slice_skip(rest, len);
	seg->cut = (uint32_t)(cut < rest.len ? cut : rest.len);
	seg->seq = isn[from] + (flags & TCP_SYN ? 0 : 1) + (uint32_t)w->offset;
	seg->src = (struct net_endpoint){ .port = (uint16_t)from };
	seg->dst = (struct net_endpoint){ .port = (uint16_t)(1 - from) };
	seg->at += step * (TICK_S / 16);
	seg->frame++;
	tcp_advance(t, seg->at, on_bytes, w);
	tcp_segment(t, seg, on_bytes, w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tcp_limits limits = { .streams = 4,
		                                  .stream_bytes = 8192,
		                                  .total_bytes = 12000,
		                                  .gap_age = TICK_S };
	struct cursor c = cursor_of((struct slice){ (const char *)data, size });
	uint8_t budget = cursor_u8(&c), count = cursor_u8(&c);
	struct slice list = cursor_take(&c, (size_t)count * SEGMENT_BYTES);
	struct world w = { .text = cursor_rest(&c) };
	struct tcp_table *t;
	mem_init(&w.mem, budget ? (size_t)budget * 4096 : (size_t)64 << 20);
	if (c.failed || w.text.len > UINT16_MAX || tcp_new(&t, &w.mem, 1, &limits) != OK)
		return 0;
	streams_init(&w.streams, &w.mem, (size_t)4 * FRAMER_MESSAGE_MAX);
	struct tcp_segment seg = { .at = TICK_S };
	c = cursor_of(list);
	while (cursor_left(&c))
		take(&w, t, &c, &seg);
	tcp_finish(t, on_bytes, &w);
	assert(w.streams.held == 0);
	tcp_free(t);
	streams_clear(&w.streams);
	assert(w.mem.used == 0);
	return 0;
}
