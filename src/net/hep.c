/* SPDX-License-Identifier: MIT */
/* There is no RFC. What stands here is what the Homer project's description of the
 * protocol says and, where that is silent or not kept to, what agents send. */
#include "config.h"

#include "net/hep.h"

#include <string.h>

#include "base/cursor.h"

#define HEP3_MAGIC   SLICE("HEP3")
#define HEP3_HEADER  6 /* bytes: magic, length of the packet */
#define CHUNK_HEADER 6 /* bytes: vendor, type, length of the chunk */

#define OLD_HEADER   8  /* bytes of versions 1 and 2 before the addresses */
#define OLD_TIME     12 /* bytes of version 2 behind them; the last two are padding */

#define SECOND_US    1000000U

/* IP protocol numbers. Senders borrow two of protocols that never carry SIP: the one of
 * XNS IDP for TLS (Kamailio, OpenSIPS, FreeSWITCH; with Kamailio also for WebSocket) and
 * the one of ESP for WebSocket (OpenSIPS). */
enum {
	PROTOCOL_TCP  = 6,
	PROTOCOL_UDP  = 17,
	PROTOCOL_TLS  = 22,
	PROTOCOL_WS   = 50,
	PROTOCOL_SCTP = 132
};

/* False: none of those above; *transport is NET_UDP then. */
static bool transport_of(uint8_t protocol, enum net_transport *transport)
{
	*transport = NET_UDP;
	switch (protocol) {
	case PROTOCOL_UDP:
		return true;
	case PROTOCOL_TCP:
		*transport = NET_TCP;
		return true;
	case PROTOCOL_TLS:
		*transport = NET_TLS;
		return true;
	case PROTOCOL_WS:
		*transport = NET_WS;
		return true;
	case PROTOCOL_SCTP:
		*transport = NET_SCTP;
		return true;
	default:
		return false;
	}
}

/* 4 or 16 bytes. */
static void take_address(struct net_addr *addr, struct slice bytes)
{
	addr->family = bytes.len == 4 ? 4 : 6;
	memcpy(addr->bytes, bytes.p, bytes.len);
}

/* --- versions 1 and 2 */

/* AF_INET is 2 everywhere; AF_INET6 is that of the sender's system. */
static size_t address_size(uint8_t family)
{
	switch (family) {
	case 2:
		return 4;
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* Darwin */
		return 16;
	default:
		return 0;
	}
}

/* Bytes before the payload, the first byte being 1 or 2; 0 when they are no header, or
 * nothing comes behind it. The length field may or may not count the time of version 2
 * (FreeSWITCH does; Kamailio, OpenSIPS and captagent do not), and sngrep writes the upper
 * half of the length of the whole packet into it. */
static size_t old_header(struct slice bytes)
{
	struct cursor c = cursor_of(bytes);
	uint8_t version = cursor_u8(&c), length = cursor_u8(&c);
	size_t address = address_size(cursor_u8(&c));
	enum net_transport ignored;
	if (!address || !transport_of(cursor_u8(&c), &ignored))
		return 0;
	size_t untimed = OLD_HEADER + 2 * address;
	size_t header = untimed + (version == 2 ? OLD_TIME : 0);
	bool fits = length == untimed || length == header ||
	            (version == 2 && length == bytes.len >> 8);
	return fits && header < bytes.len ? header : 0;
}

/* The time of version 2 is a struct as it stood in the sender's memory, but for those who
 * took the description at its word: network byte order (hep-erlang). Of an order that
 * gives a million microseconds or more we know that it is not the right one; where both
 * would do, it is the frequent one. */
static void take_old_time(struct hep *out, struct cursor *c)
{
	struct cursor big = *c;
	uint32_t seconds = cursor_le32(c), us = cursor_le32(c);
	uint16_t id = cursor_le16(c);
	uint32_t big_seconds = cursor_be32(&big), big_us = cursor_be32(&big);
	if (us >= SECOND_US && big_us < SECOND_US) {
		seconds = big_seconds;
		us = big_us;
		id = cursor_be16(&big);
	}
	cursor_skip(c, 2);
	out->at = seconds * TICK_S + us * TICK_US;
	out->has_time = true;
	out->capture_id = id;
}

static void parse_old(struct hep *out, struct slice bytes)
{
	struct cursor c = cursor_of(bytes);
	out->version = cursor_u8(&c);
	out->type = HEP_SIP;
	out->len = bytes.len;
	cursor_skip(&c, 1); /* length of the header: old_header */
	size_t address = address_size(cursor_u8(&c));
	(void)transport_of(cursor_u8(&c), &out->transport);
	out->src.port = cursor_be16(&c);
	out->dst.port = cursor_be16(&c);
	take_address(&out->src.addr, cursor_take(&c, address));
	take_address(&out->dst.addr, cursor_take(&c, address));
	if (out->version == 2)
		take_old_time(out, &c);
	out->payload = cursor_rest(&c);
}

/* --- version 3 */

enum chunk {
	CHUNK_PROTOCOL     = 2,
	CHUNK_SRC_IPV4     = 3,
	CHUNK_DST_IPV4     = 4,
	CHUNK_SRC_IPV6     = 5,
	CHUNK_DST_IPV6     = 6,
	CHUNK_SRC_PORT     = 7,
	CHUNK_DST_PORT     = 8,
	CHUNK_SECONDS      = 9,
	CHUNK_MICROSECONDS = 10,
	CHUNK_TYPE         = 11,
	CHUNK_CAPTURE_ID   = 12,
	CHUNK_PAYLOAD      = 15,
	CHUNK_COMPRESSED   = 16,
	CHUNK_CORRELATION  = 17,
	CHUNK_VLAN         = 18,
	CHUNK_COUNT
};

#define ANY 255 /* as a size: any number of bytes */

/* What each chunk holds; those without a row, such as the address family that the
 * addresses show by themselves, are not used. */
static const struct chunk_rule {
	uint8_t size; /* bytes of the value, or ANY; 0: no row */
	uint8_t says; /* chunks that say the same thing have the same here */
} rules[CHUNK_COUNT] = {
	[CHUNK_PROTOCOL]     = { 1, CHUNK_PROTOCOL },
	[CHUNK_SRC_IPV4]     = { 4, CHUNK_SRC_IPV4 },
	[CHUNK_DST_IPV4]     = { 4, CHUNK_DST_IPV4 },
	[CHUNK_SRC_IPV6]     = { 16, CHUNK_SRC_IPV4 },
	[CHUNK_DST_IPV6]     = { 16, CHUNK_DST_IPV4 },
	[CHUNK_SRC_PORT]     = { 2, CHUNK_SRC_PORT },
	[CHUNK_DST_PORT]     = { 2, CHUNK_DST_PORT },
	[CHUNK_SECONDS]      = { 4, CHUNK_SECONDS },
	[CHUNK_MICROSECONDS] = { 4, CHUNK_MICROSECONDS },
	[CHUNK_TYPE]         = { 1, CHUNK_TYPE },
	[CHUNK_CAPTURE_ID]   = { 4, CHUNK_CAPTURE_ID },
	[CHUNK_PAYLOAD]      = { ANY, CHUNK_PAYLOAD },
	[CHUNK_COMPRESSED]   = { ANY, CHUNK_PAYLOAD },
	[CHUNK_CORRELATION]  = { ANY, CHUNK_CORRELATION },
	[CHUNK_VLAN]         = { 2, CHUNK_VLAN },
};

/* A packet while its chunks are read. */
struct reader {
	struct hep   *out;
	struct cursor cursor; /* what is left of the packet and is there */
	size_t        cut;    /* bytes of the packet beyond it */
	uint32_t      seen;   /* bits 1 << says */
};

/* The value has the size of its rule. */
static void take_value(struct hep *out, enum chunk type, struct slice value)
{
	struct cursor c = cursor_of(value);
	switch (type) {
	case CHUNK_PROTOCOL:
		(void)transport_of(cursor_u8(&c), &out->transport);
		break;
	case CHUNK_SRC_IPV4:
	case CHUNK_SRC_IPV6:
		take_address(&out->src.addr, value);
		break;
	case CHUNK_DST_IPV4:
	case CHUNK_DST_IPV6:
		take_address(&out->dst.addr, value);
		break;
	case CHUNK_SRC_PORT:
		out->src.port = cursor_be16(&c);
		break;
	case CHUNK_DST_PORT:
		out->dst.port = cursor_be16(&c);
		break;
	case CHUNK_SECONDS:
		out->at += cursor_be32(&c) * TICK_S;
		out->has_time = true;
		break;
	case CHUNK_MICROSECONDS: /* more than a second of them is added all the same */
		out->at += cursor_be32(&c) * TICK_US;
		break;
	case CHUNK_TYPE:
		out->type = cursor_u8(&c);
		break;
	case CHUNK_CAPTURE_ID:
		out->capture_id = cursor_be32(&c);
		break;
	case CHUNK_PAYLOAD:
	case CHUNK_COMPRESSED:
		out->payload = value;
		out->compressed = type == CHUNK_COMPRESSED;
		break;
	case CHUNK_CORRELATION:
		out->correlation = value;
		break;
	case CHUNK_VLAN:
		out->vlan = cursor_be16(&c);
		break;
	case CHUNK_COUNT:
		break;
	}
}

/* The packet has n more bytes, captured or not. */
static bool has(const struct reader *r, size_t n)
{
	return n <= cursor_left(&r->cursor) + r->cut;
}

/* Use a chunk of vendor 0 whose value has `size` bytes; fewer are there when it is the
 * last one of a packet that was cut off. */
static void take_chunk(struct reader *r, uint16_t type, struct slice value, size_t size)
{
	if (type >= CHUNK_COUNT || rules[type].size == 0)
		return;
	const struct chunk_rule *rule = &rules[type];
	uint32_t bit = UINT32_C(1) << rule->says;
	if (r->seen & bit)
		return;
	if (rule->size != ANY && rule->size != size) {
		r->out->damaged = true;
		return;
	}
	if (value.len == size)
		r->seen |= bit;
	else if (rule->says != CHUNK_PAYLOAD)
		return;
	take_value(r->out, (enum chunk)type, value);
}

/* Read one chunk. False: nothing can be read behind it. */
static bool read_chunk(struct reader *r)
{
	struct cursor *c = &r->cursor;
	if (!has(r, CHUNK_HEADER)) {
		r->out->damaged = true;
		return false;
	}
	uint16_t vendor = cursor_be16(c), type = cursor_be16(c);
	size_t length = cursor_be16(c);
	if (c->failed)
		return false;
	if (length < CHUNK_HEADER || !has(r, length - CHUNK_HEADER)) {
		r->out->damaged = true;
		return false;
	}
	size_t size = length - CHUNK_HEADER;
	bool whole = size <= cursor_left(c);
	struct slice value = whole ? cursor_take(c, size) : cursor_rest(c);
	if (vendor == 0)
		take_chunk(r, type, value, size);
	return whole;
}

static void parse_new(struct hep *out, struct slice bytes)
{
	struct reader r = { .out = out, .cursor = cursor_of(bytes) };
	cursor_skip(&r.cursor, HEP3_MAGIC.len);
	out->version = 3;
	out->len = cursor_be16(&r.cursor);
	if (r.cursor.failed || out->len < HEP3_HEADER) {
		out->damaged = true;
		return;
	}
	cursor_limit(&r.cursor, out->len - HEP3_HEADER);
	r.cut = out->len > bytes.len ? out->len - bytes.len : 0;
	while (cursor_left(&r.cursor) && read_chunk(&r))
		;
	out->truncated = r.cut && !(r.seen & UINT32_C(1) << CHUNK_PAYLOAD);
	if (!out->has_time)
		out->at = 0; /* microseconds alone are no time */
}

/* --- both */

bool hep_starts(struct slice bytes)
{
	struct cursor c = cursor_of(bytes);
	switch (cursor_peek(&c, 0)) {
	case 'H':
		return slice_eq(slice_head(bytes, HEP3_MAGIC.len), HEP3_MAGIC);
	case 1:
	case 2:
		return old_header(bytes) > 0;
	default:
		return false;
	}
}

enum err hep_parse(struct hep *out, struct slice bytes)
{
	if (!hep_starts(bytes))
		return ERR_FORMAT;
	*out = (struct hep){ .transport = NET_UDP };
	struct cursor c = cursor_of(bytes);
	if (cursor_peek(&c, 0) == 'H')
		parse_new(out, bytes);
	else
		parse_old(out, bytes);
	return OK;
}

enum err hep_length(struct slice stream, size_t *len)
{
	size_t known = stream.len < HEP3_MAGIC.len ? stream.len : HEP3_MAGIC.len;
	if (!slice_eq(slice_head(stream, known), slice_head(HEP3_MAGIC, known)))
		return ERR_FORMAT;
	if (stream.len < HEP3_HEADER)
		return ERR_MORE;
	struct cursor c = cursor_of(slice_skip(stream, HEP3_MAGIC.len));
	size_t length = cursor_be16(&c);
	if (length < HEP3_HEADER)
		return ERR_FORMAT;
	*len = length;
	return OK;
}
