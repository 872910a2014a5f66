/* SPDX-License-Identifier: MIT */
/* Any bytes as a frame of any link type.
 *
 * Byte 0 chooses the link type, byte 1 says how many bytes of the frame the capture
 * lacks, the rest is the frame. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t LINKS[] = {
	1, 113, 276, 0, 108, 101, 12, 14, 228, 229, 147 /* private use: unknown */
};

struct seen {
	struct slice frame;
	unsigned     datagrams;
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

static void check_datagram(void *arg, const struct net_datagram *d)
{
	struct seen *seen = arg;
	seen->datagrams++;
	check_address(&d->src.addr);
	check_address(&d->dst.addr);
	need(d->payload.len <= d->wire_len);
	need(d->truncated == (d->payload.len < d->wire_len));
	if (d->payload.len) {
		need(d->payload.p >= seen->frame.p);
		need(d->payload.p + d->payload.len <= seen->frame.p + seen->frame.len);
	}
}

static void check_stats(const struct net_stats *s, const struct seen *seen)
{
	need(s->packets == 1);
	need(s->bytes == seen->frame.len);
	need(s->datagrams == seen->datagrams);
	need(s->packets == s->unknown_link_type + s->not_ip + s->malformed_packets +
	                   s->too_deep + s->fragments_skipped + s->tcp_skipped +
	                   s->tcp_empty + s->tunnels_skipped + s->sctp_skipped +
	                   s->other_protocols + s->datagrams);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	size_t len = size - 2;
	char *bytes = malloc(len ? len : 1); /* of that size: one byte over is seen */
	if (!bytes)
		return 0;
	memcpy(bytes, data + 2, len);

	struct seen seen = { .frame = { len ? bytes : NULL, len } };
	struct frame frame = {
		.number   = 1,
		.offset   = FRAME_NO_OFFSET,
		.bytes    = seen.frame,
		.wire_len = (uint32_t)len + data[1],
		.link     = LINKS[data[0] % (sizeof(LINKS) / sizeof(LINKS[0]))],
	};
	struct net_stats stats = { 0 };
	net_input(&stats, &frame, check_datagram, &seen);
	check_stats(&stats, &seen);
	free(bytes);
	return 0;
}
