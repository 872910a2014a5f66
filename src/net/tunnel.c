/* SPDX-License-Identifier: MIT */
/* Tunnels: what is between one IP header and the next. Those that have an EtherType
 * are in link.c. */
#include "config.h"

#include "net/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/slice.h"
#include "net/net.h"

#define IPV4_HEADER_MIN 20 /* bytes, RFC 791 3.1 */
#define IPV6_HEADER     40 /* bytes, RFC 8200 3 */

const char *net_tunnel_name(enum net_tunnel tunnel)
{
	static const char *const names[NET_TUNNEL_COUNT] = {
		[NET_TUNNEL_IP]       = "ip",
		[NET_TUNNEL_GRE]      = "gre",
		[NET_TUNNEL_ERSPAN]   = "erspan",
		[NET_TUNNEL_PPTP]     = "pptp",
		[NET_TUNNEL_MPLS]     = "mpls",
		[NET_TUNNEL_PPPOE]    = "pppoe",
		[NET_TUNNEL_ETHERNET] = "ethernet",
		[NET_TUNNEL_AH]       = "ah",
		[NET_TUNNEL_ESP]      = "esp",
		[NET_TUNNEL_VXLAN]    = "vxlan",
		[NET_TUNNEL_GENEVE]   = "geneve",
		[NET_TUNNEL_GTPU]     = "gtpu",
		[NET_TUNNEL_TZSP]     = "tzsp",
		[NET_TUNNEL_L2TP]     = "l2tp",
		[NET_TUNNEL_HEP]      = "hep",
	};
	return names[tunnel];
}

void packet_ip_in_ip(struct packet *p)
{
	packet_enter(p, NET_TUNNEL_IP, packet_ip);
}

/* Is this an IP header, and not longer than what is there? */
static bool is_ip(struct cursor c, size_t cut)
{
	size_t left = cursor_left(&c) + cut;
	uint8_t first = cursor_u8(&c);
	if (first >> 4 == 4) {
		size_t header = (first & 0x0fu) * 4u;
		cursor_skip(&c, 1); /* type of service */
		size_t total = cursor_be16(&c);
		cursor_skip(&c, IPV4_HEADER_MIN - 4);
		return header >= IPV4_HEADER_MIN && !c.failed && total <= left &&
		       (total == 0 || total >= header);
	}
	cursor_skip(&c, 3); /* traffic class, flow label */
	size_t payload = cursor_be16(&c);
	cursor_skip(&c, IPV6_HEADER - 6);
	return first >> 4 == 6 && !c.failed && payload + IPV6_HEADER <= left;
}

/* The header named what follows by its EtherType, an Ethernet frame included. */
static void enter_type(struct packet *p, enum net_tunnel tunnel, uint16_t type)
{
	enum { ETHER_BRIDGED = 0x6558 };
	packet_enter(p, tunnel, type == ETHER_BRIDGED ? packet_ethernet : NULL);
	if (!p->next)
		packet_ether_type(p, type);
}

/* --- GRE */

enum {
	GRE_CHECKSUM = 0x8000, /* RFC 2784 2.1 */
	GRE_ROUTING  = 0x4000, /* RFC 1701; RFC 2784 2.3 lets such packets be dropped */
	GRE_KEY      = 0x2000, /* RFC 2890 2 */
	GRE_SEQUENCE = 0x1000, /* RFC 2890 2 */
	GRE_ACK      = 0x0080, /* RFC 2637 4.1 */
	GRE_VERSION  = 0x0007
};

enum gre_type {
	GRE_PPP        = 0x880b, /* RFC 2637 4.1 */
	GRE_ERSPAN     = 0x88be, /* types I and II */
	GRE_ERSPAN_III = 0x22eb
};

/* RFC 2637 4.1: without a sequence number there is no payload. */
static void open_pptp(struct packet *p, uint16_t flags)
{
	struct cursor *c = &p->cursor;
	uint16_t payload = cursor_be16(c);
	cursor_skip(c, 2); /* call */
	if (flags & GRE_SEQUENCE)
		cursor_skip(c, 4);
	if (flags & GRE_ACK)
		cursor_skip(c, 4);
	if (!(flags & GRE_SEQUENCE)) {
		p->fate = &p->stats->not_ip;
		return;
	}
	packet_limit(p, payload);
	packet_enter(p, NET_TUNNEL_PPTP, packet_ppp);
}

/* The last bit of twelve bytes says whether eight more follow; five bits before it,
 * whether the mirrored frame lacks its Ethernet header. */
static void open_erspan_3(struct packet *p)
{
	enum { SUBHEADER = 0x01, FRAME_TYPE = 0x7c00, FRAME_IP = 0x0800 };
	struct cursor *c = &p->cursor;
	cursor_skip(c, 10); /* version, VLAN, session, timestamp, group */
	uint16_t bits = cursor_be16(c);
	if (bits & SUBHEADER)
		cursor_skip(c, 8);
	bool ip = (bits & FRAME_TYPE) == FRAME_IP;
	packet_enter(p, NET_TUNNEL_ERSPAN, ip ? packet_ip : packet_ethernet);
}

void packet_gre(struct packet *p)
{
	struct cursor *c = &p->cursor;
	uint16_t flags = cursor_be16(c), type = cursor_be16(c);
	if (type == GRE_PPP && (flags & GRE_VERSION) == 1) {
		open_pptp(p, flags);
		return;
	}
	if (flags & (GRE_ROUTING | GRE_VERSION)) {
		p->fate = &p->stats->not_ip;
		return;
	}
	if (flags & GRE_CHECKSUM)
		cursor_skip(c, 4);
	if (flags & GRE_KEY)
		cursor_skip(c, 4);
	if (flags & GRE_SEQUENCE)
		cursor_skip(c, 4);
	switch (type) {
	case GRE_ERSPAN:
		if (flags & GRE_SEQUENCE) /* type I has neither */
			cursor_skip(c, 8);
		packet_enter(p, NET_TUNNEL_ERSPAN, packet_ethernet);
		break;
	case GRE_ERSPAN_III:
		open_erspan_3(p);
		break;
	default:
		enter_type(p, NET_TUNNEL_GRE, type);
		break;
	}
}

/* --- IPsec */

/* RFC 4302 2; entered as a tunnel so that a chain of them has an end. */
void packet_auth(struct packet *p)
{
	struct cursor *c = &p->cursor;
	uint8_t next = cursor_u8(c);
	size_t len = cursor_u8(c);
	cursor_skip(c, len * 4 + 6); /* units of 4, less two */
	packet_enter(p, NET_TUNNEL_AH, packet_protocol(next));
}

enum {
	ESP_ICMP   = 1,
	ESP_IPV4   = 4,
	ESP_TCP    = 6,
	ESP_UDP    = 17,
	ESP_IPV6   = 41,
	ESP_ICMPV6 = 58
};

/* Do the bytes begin with a header of the protocol that fits their length? */
static bool begins_with(struct slice bytes, uint8_t protocol)
{
	struct cursor c = cursor_of(bytes);
	size_t header;
	switch (protocol) {
	case ESP_UDP:
		cursor_skip(&c, 4); /* ports */
		return bytes.len >= 8 && cursor_be16(&c) == bytes.len;
	case ESP_TCP:
		header = (cursor_peek(&c, 12) >> 4) * 4u;
		return header >= 20 && header <= bytes.len;
	case ESP_ICMP:
	case ESP_ICMPV6: /* few types, none of them with more than a dozen codes */
		return bytes.len >= 8 && cursor_peek(&c, 0) < 160 &&
		       cursor_peek(&c, 1) < 16;
	case ESP_IPV4:
	case ESP_IPV6:
		return is_ip(c, 0);
	default:
		return false;
	}
}

/* Are the bytes between the ESP header and a check value contents that are not
 * encrypted? The trailer tells: padding of 1, 2, 3, ..., its length, the protocol
 * (RFC 4303 2.4). True: *inner and *protocol are set. */
static bool is_plain(struct slice bytes, struct slice *inner, uint8_t *protocol)
{
	enum { TRAILER = 2, PADDING_MAX = 16 }; /* bytes; NULL needs up to 3 */
	if (bytes.len < TRAILER)
		return false;
	struct cursor end = cursor_of(slice_skip(bytes, bytes.len - TRAILER));
	size_t padding = cursor_u8(&end);
	*protocol = cursor_u8(&end);
	if (padding > PADDING_MAX || bytes.len < TRAILER + padding)
		return false;
	*inner = slice_head(bytes, bytes.len - TRAILER - padding);
	struct cursor c = cursor_of(slice_skip(bytes, inner->len));
	for (size_t i = 1; i <= padding; i++)
		if (cursor_u8(&c) != i)
			return false;
	return begins_with(*inner, *protocol);
}

/* Whether and how ESP is encrypted is not in the packet. NULL encryption (RFC 2410),
 * as with SIP in 3GPP networks, shows by a trailer that makes sense; the length of the
 * check value behind it is tried, most frequent first. */
void packet_esp(struct packet *p)
{
	static const size_t icvs[] = { 12, 16, 0, 8 };
	struct cursor *c = &p->cursor;
	cursor_skip(c, 8); /* security parameters index, sequence number */
	struct slice rest = cursor_rest(c), inner;
	uint8_t protocol;
	p->fate = &p->stats->esp_encrypted;
	if (p->cut)
		return; /* the trailer was not captured */
	for (size_t i = 0; i < sizeof(icvs) / sizeof(icvs[0]); i++) {
		if (rest.len < icvs[i] ||
		    !is_plain(slice_head(rest, rest.len - icvs[i]), &inner, &protocol))
			continue;
		*c = cursor_of(inner);
		p->fate = &p->stats->malformed_packets;
		packet_enter(p, NET_TUNNEL_ESP, packet_protocol(protocol));
		return;
	}
}

/* --- UDP: each takes off its header; next stays NULL where the header is none */

/* RFC 7348 5 */
static void open_vxlan(struct packet *p)
{
	struct cursor *c = &p->cursor;
	bool valid = cursor_u8(c) & 0x08;
	cursor_skip(c, 7); /* reserved, network identifier */
	if (valid)
		packet_enter(p, NET_TUNNEL_VXLAN, packet_ethernet);
}

/* RFC 8926 3.4 */
static void open_geneve(struct packet *p)
{
	struct cursor *c = &p->cursor;
	uint8_t first = cursor_u8(c);
	cursor_skip(c, 1); /* control and critical bits */
	uint16_t type = cursor_be16(c);
	cursor_skip(c, 4 + (first & 0x3fU) * 4U); /* network identifier, options */
	if (first >> 6 == 0) /* version */
		enter_type(p, NET_TUNNEL_GENEVE, type);
}

/* 3GPP TS 29.281 5.1, 5.2 */
static void open_gtpu(struct packet *p)
{
	enum { VERSION = 0xf0, VERSION_1 = 0x30, EXTRA = 0x07, MORE = 0x04 };
	enum { USER_DATA = 255 };
	struct cursor *c = &p->cursor;
	uint8_t flags = cursor_u8(c);
	uint8_t type = cursor_u8(c);
	uint16_t length = cursor_be16(c);
	cursor_skip(c, 4); /* tunnel endpoint */
	if ((flags & VERSION) != VERSION_1 || type != USER_DATA)
		return;
	packet_limit(p, length);
	if (flags & EXTRA) {
		cursor_skip(c, 3); /* sequence and N-PDU number */
		uint8_t next = cursor_u8(c);
		while ((flags & MORE) && next && !c->failed) {
			size_t units = cursor_u8(c);
			if (units == 0)
				return;
			cursor_skip(c, units * 4 - 2);
			next = cursor_u8(c);
		}
	}
	packet_enter(p, NET_TUNNEL_GTPU, packet_ip);
}

static void open_tzsp(struct packet *p)
{
	enum { VERSION = 1, TRANSMIT = 1, ETHERNET = 1, TAG_PADDING = 0, TAG_END = 1 };
	struct cursor *c = &p->cursor;
	uint8_t version = cursor_u8(c), type = cursor_u8(c);
	uint16_t protocol = cursor_be16(c);
	if (version != VERSION || type > TRANSMIT || protocol != ETHERNET)
		return;
	for (uint8_t tag = cursor_u8(c); tag != TAG_END && !c->failed; tag = cursor_u8(c))
		if (tag != TAG_PADDING)
			cursor_skip(c, cursor_u8(c));
	packet_enter(p, NET_TUNNEL_TZSP, packet_ethernet);
}

/* RFC 2661 3.1; version 3 (RFC 3931) is another protocol. */
static void open_l2tp(struct packet *p)
{
	enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200 };
	struct cursor *c = &p->cursor;
	uint16_t flags = cursor_be16(c);
	if ((flags & CONTROL) || (flags & 0x000f) != 2)
		return;
	if (flags & LENGTH) {
		uint16_t length = cursor_be16(c);
		if (length < 4)
			return;
		packet_limit(p, length - (size_t)4);
	}
	cursor_skip(c, 4); /* tunnel, session */
	if (flags & SEQUENCE)
		cursor_skip(c, 4);
	if (flags & OFFSET)
		cursor_skip(c, cursor_be16(c));
	packet_enter(p, NET_TUNNEL_L2TP, packet_ppp);
}

/* The tunnel that a port is for; NULL for any other. Most go to the port from any other;
 * GTP-U and L2TP answer from it to any other. */
static packet_step *udp_tunnel_of(uint16_t src, uint16_t dst)
{
	switch (dst) {
	case 1701:
		return open_l2tp;
	case 2152:
		return open_gtpu;
	case 4789:
	case 8472: /* Linux before there was a number */
		return open_vxlan;
	case 6081:
		return open_geneve;
	case 6635:
		return packet_mpls;
	case 37008:
		return open_tzsp;
	default:
		break;
	}
	return src == 2152 ? open_gtpu : src == 1701 ? open_l2tp : NULL;
}

/* A port is only a hint: any program may use it. So the headers come off a copy, which
 * counts when they lead to IP. */
bool packet_udp_tunnel(struct packet *p)
{
	packet_step *step = udp_tunnel_of(p->datagram.src.port, p->datagram.dst.port);
	if (!step || p->cursor.failed)
		return false;
	struct packet trial = *p;
	trial.next = step;
	while (trial.next && trial.next != packet_ip && !trial.cursor.failed) {
		step = trial.next;
		trial.next = NULL;
		step(&trial);
	}
	if (!trial.next || trial.cursor.failed || !is_ip(trial.cursor, trial.cut))
		return false;
	*p = trial;
	return true;
}
