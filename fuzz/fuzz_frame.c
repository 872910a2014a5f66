/* SPDX-License-Identifier: MIT */
/* Any bytes as frames of any link type.
 *
 * Byte 0 chooses the link type, byte 1 says how many bytes of each frame the capture
 * lacks. The rest is one frame, or, with bit 7 of byte 0, a run of frames that share
 * fragments and streams: two bytes of length, one of time step, the frame. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "net/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY ((size_t)64 << 20)
#define RUN    0x80U

static const uint16_t LINKS[] = {
	1, 113, 276, 0, 108, 101, 12, 14, 228, 229, 147, /* private use: unknown */
	9, 50, 51, 239, 8, 102, 103, 104, 105, 107, 109, 117, 119, 127, 163, 204, 252
};

struct seen {
	struct slice frame;
	uint64_t     bytes;
	uint64_t     packets;
	uint64_t     datagrams;
};

static void need(int holds)
{
	if (!holds)
		abort();
}

static void check_address(const struct net_addr *addr)
{
	char text[NET_ADDR_TEXT_MAX];
	unsigned len = net_addr_text(addr, text);
	need(addr->family == 4 || addr->family == 6);
	need(len > 0 && len < NET_ADDR_TEXT_MAX && strlen(text) == len);
}

/* Reads every byte, so that a sanitizer sees one that is not there. */
static void check_bytes(struct slice s)
{
	volatile char sink = 0;
	for (size_t i = 0; i < s.len; i++)
		sink = s.p[i];
	(void)sink;
}

static void check_datagram(void *arg, const struct net_datagram *d)
{
	struct seen *seen = arg;
	seen->datagrams++;
	check_address(&d->src.addr);
	check_address(&d->dst.addr);
	check_bytes(d->payload);
	need(d->payload.len <= d->wire_len);
	need(d->truncated == (d->payload.len < d->wire_len));
	need(d->encapsulation < 1U << NET_TUNNEL_COUNT);
	if (d->payload.len && !d->reassembled) {
		need(d->payload.p >= seen->frame.p);
		need(d->payload.p + d->payload.len <= seen->frame.p + seen->frame.len);
	}
}

static void check_stream(void *arg, const struct net_bytes *b)
{
	(void)arg;
	check_address(&b->src.addr);
	check_address(&b->dst.addr);
	check_bytes(b->bytes);
	need(b->stream > 0);
}

static void check_stats(const struct net_stats *s, const struct seen *seen)
{
	need(s->packets == seen->packets);
	need(s->bytes == seen->bytes);
	need(s->datagrams + s->sctp_messages == seen->datagrams);
	need(s->packets == s->unknown_link_type + s->not_ip + s->malformed_packets +
	                   s->too_deep + s->fragments + s->esp_encrypted +
	                   s->sctp_packets + s->icmp_errors + s->other_protocols +
	                   s->tcp_empty + s->datagrams + s->tcp_segments);
}

static void feed(struct net *net, struct seen *seen, struct frame *frame,
                 struct slice bytes)
{
	struct net_sinks sinks = { check_datagram, check_stream, NULL, seen };
	/* of that size: one over is seen */
	char *copy = malloc(bytes.len ? bytes.len : 1);
	if (!copy)
		return;
	if (bytes.len)
		memcpy(copy, bytes.p, bytes.len);
	uint32_t lacks = frame->wire_len;
	seen->frame = frame->bytes = (struct slice){ bytes.len ? copy : NULL, bytes.len };
	seen->bytes += bytes.len;
	frame->number = ++seen->packets;
	frame->wire_len = (uint32_t)bytes.len + lacks;
	net_input(net, frame, &sinks);
	check_stats(net_stats(net), seen);
	free(copy);
	frame->wire_len = lacks;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of((struct slice){ (const char *)data, size });
	uint8_t first = cursor_u8(&c);
	struct frame frame = {
		.at       = TICK_S,
		.offset   = FRAME_NO_OFFSET,
		.wire_len = cursor_u8(&c),
		.link     = LINKS[(first & ~RUN) % (sizeof(LINKS) / sizeof(LINKS[0]))],
	};
	struct seen seen = { .packets = 0 };
	struct mem mem;
	struct net *net;
	mem_init(&mem, MEMORY);
	if (c.failed || net_new(&net, &mem, 1) != OK)
		return 0;
	if (first & RUN) {
		while (cursor_left(&c) > 3) {
			size_t len = cursor_be16(&c);
			frame.at = tick_add(frame.at, cursor_u8(&c) * 50 * TICK_MS);
			if (len > cursor_left(&c))
				len = cursor_left(&c);
			feed(net, &seen, &frame, cursor_take(&c, len));
		}
	} else {
		feed(net, &seen, &frame, cursor_rest(&c));
	}
	net_finish(net, &(struct net_sinks){ check_datagram, check_stream, NULL, &seen });
	check_stats(net_stats(net), &seen);
	net_free(net);
	need(mem.used == 0);
	return 0;
}
