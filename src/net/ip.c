/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"
#include "base/slice.h"
#include "net/fragment.h"
#include "net/limits.h"
#include "net/net.h"

#define IPV4_HEADER_MIN 20 /* bytes, RFC 791 3.1 */

/* IPv4 fragment offset, in units of 8 bytes, and the flag that more fragments come;
 * either makes a fragment. Do-not-fragment and the reserved bit say nothing here.
 * RFC 791 3.1 */
#define IPV4_OFFSET 0x1fff
#define IPV4_MORE   0x2000
/* The same of an IPv6 fragment header, the offset in place. RFC 8200 4.5 */
#define IPV6_OFFSET 0xfff8
#define IPV6_MORE   0x0001

/* Next-header values that are extension headers and not upper layers. */
enum ipv6_extension {
	EXT_HOP_BY_HOP  = 0,   /* RFC 8200 4.3 */
	EXT_ROUTING     = 43,  /* RFC 8200 4.4 */
	EXT_FRAGMENT    = 44,  /* RFC 8200 4.5 */
	EXT_AUTH        = 51,  /* RFC 4302 2 */
	EXT_DESTINATION = 60,  /* RFC 8200 4.6 */
	EXT_MOBILITY    = 135  /* RFC 6275 6.1 */
};

/* Start an endpoint: the address from the wire, the port for whoever comes next. */
static inline void take_address(struct cursor *c, struct net_endpoint *to, uint8_t family,
                                size_t len)
{
	struct slice bytes = cursor_take(c, len);
	*to = (struct net_endpoint){ .addr.family = family };
	if (bytes.len == len) /* inline, so that the copy is a move or two */
		memcpy(to->addr.bytes, bytes.p, len);
}

/* What is left of the packet is the payload of a fragment; f says all else but the
 * addresses. True when that makes a datagram whole: the packet goes on in it. */
static bool open_fragment(struct packet *p, struct fragment *f)
{
	struct fragment_whole whole;
	if (p->cursor.failed)
		return false;
	f->input = p->frame->input;
	f->frame = p->frame->number;
	f->src = p->datagram.src.addr;
	f->dst = p->datagram.dst.addr;
	f->len = cursor_left(&p->cursor) + p->cut;
	f->bytes = cursor_rest(&p->cursor);
	enum err err = fragment_add(p->fragments, f, p->now, &whole);
	if (err != OK) {
		p->fate = err == ERR_MORE ? &p->stats->fragments
		                          : &p->stats->malformed_packets;
		return false;
	}
	p->cursor = cursor_of(whole.bytes);
	p->cut = whole.len - whole.bytes.len;
	p->datagram.reassembled = true;
	p->datagram.frames = whole.frames;
	p->datagram.nframes = whole.nframes > 1 ? whole.nframes : 0;
	p->datagram.frames_cut = whole.frames_cut;
	f->protocol = whole.protocol;
	return true;
}

/* The header checksum is not verified: a host that leaves it to its network card
 * captures its own packets before it is there. */
static void open_ipv4(struct packet *p)
{
	struct cursor *c = &p->cursor;
	size_t header = (cursor_u8(c) & 0x0fu) * 4u;
	cursor_skip(c, 1); /* type of service */
	size_t total = cursor_be16(c);
	/* Total length 0: a segment that the network card was to cut up, or was made
	 * of several, and is longer than the field can say. It goes to the end. */
	if (header < IPV4_HEADER_MIN || (total && total < header)) {
		p->fate = &p->stats->malformed_packets;
		return;
	}
	if (total)
		packet_limit(p, total - 4);

	p->datagram.ip_id = cursor_be16(c);
	uint16_t fragment = cursor_be16(c);
	cursor_skip(c, 1); /* time to live */
	uint8_t protocol = cursor_u8(c);
	cursor_skip(c, 2); /* header checksum */
	take_address(c, &p->datagram.src, 4, 4);
	take_address(c, &p->datagram.dst, 4, 4);
	cursor_skip(c, header - IPV4_HEADER_MIN);

	if (fragment & (IPV4_OFFSET | IPV4_MORE)) {
		struct fragment f = {
			.id = p->datagram.ip_id,
			.protocol = protocol,
			.offset = (uint16_t)((fragment & IPV4_OFFSET) * 8),
			.more = fragment & IPV4_MORE,
		};
		if (!open_fragment(p, &f))
			return;
	}
	p->next = packet_protocol(protocol);
}

static bool is_extension(uint8_t type)
{
	switch (type) {
	case EXT_HOP_BY_HOP:
	case EXT_ROUTING:
	case EXT_FRAGMENT:
	case EXT_AUTH:
	case EXT_DESTINATION:
	case EXT_MOBILITY:
		return true;
	default:
		return false;
	}
}

/* Take off the rest of a fragment header; next is the type that it announces. An
 * atomic fragment is whole by itself and no part of any other: RFC 6946 4. False: the
 * packet waits for others; else *next is to be gone on with. */
static bool open_fragment_header(struct packet *p, uint8_t *next)
{
	struct cursor *c = &p->cursor;
	uint16_t offset = cursor_be16(c);
	struct fragment f = {
		.id = cursor_be32(c),
		.protocol = *next,
		.offset = offset & IPV6_OFFSET,
		.more = offset & IPV6_MORE,
	};
	if (f.offset == 0 && !f.more)
		return true;
	if (!open_fragment(p, &f))
		return false;
	*next = f.protocol;
	return true;
}

/* Take off the extension headers, the first of which is `type`, and go on with what
 * the last one announces. */
static void open_extensions(struct packet *p, uint8_t type)
{
	struct cursor *c = &p->cursor;
	for (unsigned n = 0; is_extension(type) && !c->failed; n++) {
		if (n == NET_IPV6_EXT_MAX) {
			p->fate = &p->stats->too_deep;
			return;
		}
		uint8_t header = type;
		type = cursor_u8(c);
		size_t len = cursor_u8(c); /* reserved in a fragment header */
		if (header == EXT_FRAGMENT) {
			if (!open_fragment_header(p, &type))
				return;
		} else if (header == EXT_AUTH) {
			cursor_skip(c, len * 4 + 6); /* units of 4, less two */
		} else {
			cursor_skip(c, len * 8 + 6); /* units of 8, less the first */
		}
	}
	p->next = packet_protocol(type);
}

static void open_ipv6(struct packet *p)
{
	struct cursor *c = &p->cursor;
	cursor_skip(c, 4); /* version, traffic class, flow label */
	uint16_t payload = cursor_be16(c);
	uint8_t next_header = cursor_u8(c);
	cursor_skip(c, 1); /* hop limit */
	take_address(c, &p->datagram.src, 6, 16);
	take_address(c, &p->datagram.dst, 6, 16);
	p->datagram.ip_id = 0;
	/* Payload length 0: a jumbogram (RFC 2675 3), or as in open_ipv4. */
	if (payload)
		packet_limit(p, payload);
	open_extensions(p, next_header);
}

void packet_ip(struct packet *p)
{
	switch (cursor_peek(&p->cursor, 0) >> 4) {
	case 4:
		open_ipv4(p);
		break;
	case 6:
		open_ipv6(p);
		break;
	default:
		p->fate = &p->stats->malformed_packets;
		break;
	}
}
