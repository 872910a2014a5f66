/* SPDX-License-Identifier: MIT */
/* What the targets of the whole engine share: their input is a run of datagrams. */
#ifndef FUZZ_DATAGRAM_H
#define FUZZ_DATAGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"
#include "engine/engine.h"

#define PACKET_MAX 65535

/* IPv4 and UDP headers of link type 228 in front of `payload`; addresses by two bits
 * of `hop`. */
static size_t wrap(char *out, uint8_t hop, uint8_t id, struct slice payload)
{
	size_t len = 28 + payload.len;
	char head[28] = { 0x45,
		          0,
		          (char)(len >> 8),
		          (char)len,
		          0,
		          (char)id,
		          0,
		          0,
		          64,
		          17,
		          0,
		          0,
		          10,
		          0,
		          0,
		          (char)(hop & 3),
		          10,
		          0,
		          0,
		          (char)(hop >> 2 & 3),
		          0x13,
		          (char)0xc4,
		          0x13,
		          (char)0xc4 };
	head[24] = (char)((len - 20) >> 8);
	head[25] = (char)(len - 20);
	memcpy(out, head, sizeof(head));
	if (payload.len)
		memcpy(out + sizeof(head), payload.p, payload.len);
	return len;
}

/* One record: flags, whose low four bits are the hop, IPv4 identification, time step,
 * length (2), payload. A zero length takes all that is left. Gives the frame to e at
 * *at, which moves by the step, as packet `number`. Returns the flags. */
static uint8_t feed_datagram(struct engine *e, struct cursor *c, tick *at,
                             uint64_t number)
{
	static char packet[PACKET_MAX + 1];
	uint8_t flags = cursor_u8(c), id = cursor_u8(c), step = cursor_u8(c);
	size_t len = cursor_be16(c);
	if (len == 0 || len > cursor_left(c))
		len = cursor_left(c);
	if (len > PACKET_MAX - 28)
		len = PACKET_MAX - 28;
	*at = step & 0x80 ? tick_add(*at, (step & 0x7fU) * TICK_S)
	                  : tick_add(*at, step * TICK_MS);
	size_t total = wrap(packet, flags, id, cursor_take(c, len));
	engine_frame(e, &(struct frame){ .at = *at,
	                                 .number = number,
	                                 .offset = FRAME_NO_OFFSET,
	                                 .bytes = { packet, total },
	                                 .wire_len = (uint32_t)total,
	                                 .link = 228 });
	return flags;
}

#endif
