/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "net/limits.h"
#include "net/net.h"

/* https://www.tcpdump.org/linktypes.html. Raw IP has five numbers: the registered
 * ones, and two that some systems wrote to files as they were inside them. */
enum link_type {
	LINK_NULL       = 0,
	LINK_ETHERNET   = 1,
	LINK_PPP        = 9,
	LINK_RAW_BSD    = 12,
	LINK_RAW_OPEN   = 14,
	LINK_PPP_HDLC   = 50,
	LINK_PPPOE      = 51,
	LINK_RAW        = 101,
	LINK_LOOP       = 108,
	LINK_LINUX_SLL  = 113,
	LINK_IPV4       = 228,
	LINK_IPV6       = 229,
	LINK_NFLOG      = 239,
	LINK_LINUX_SLL2 = 276
};

/* https://www.iana.org/assignments/ieee-802-numbers. Values below 0x0600 are no
 * types but the lengths of 802.3 frames, which carry no IP that we open. */
enum ether_type {
	ETHER_IPV4        = 0x0800,
	ETHER_BRIDGED     = 0x6558, /* Ethernet in a tunnel */
	ETHER_VLAN        = 0x8100, /* 802.1Q */
	ETHER_IPV6        = 0x86dd,
	ETHER_MPLS        = 0x8847,
	ETHER_MPLS_MULTI  = 0x8848,
	ETHER_PPPOE       = 0x8864, /* session; discovery (0x8863) carries no IP */
	ETHER_SERVICE     = 0x88a8, /* 802.1ad */
	ETHER_VLAN_9100   = 0x9100, /* stacked tags from before 802.1ad */
	ETHER_VLAN_9200   = 0x9200
};

static bool is_vlan(uint16_t type)
{
	return type == ETHER_VLAN || type == ETHER_SERVICE || type == ETHER_VLAN_9100 ||
	       type == ETHER_VLAN_9200;
}

void packet_ether_type(struct packet *p, uint16_t type)
{
	for (unsigned tags = 0; is_vlan(type); tags++) {
		if (tags == NET_VLAN_MAX) {
			p->fate = &p->stats->too_deep;
			return;
		}
		cursor_skip(&p->cursor, 2); /* priority and VLAN number */
		type = cursor_be16(&p->cursor);
	}
	switch (type) {
	case ETHER_IPV4:
	case ETHER_IPV6:
		p->next = packet_ip;
		break;
	case ETHER_MPLS:
	case ETHER_MPLS_MULTI:
		p->next = packet_mpls;
		break;
	case ETHER_PPPOE:
		p->next = packet_pppoe;
		break;
	case ETHER_BRIDGED:
		packet_enter(p, NET_TUNNEL_ETHERNET, packet_ethernet);
		break;
	default:
		p->fate = &p->stats->not_ip;
		break;
	}
}

void packet_ethernet(struct packet *p)
{
	cursor_skip(&p->cursor, 12); /* destination and source */
	packet_ether_type(p, cursor_be16(&p->cursor));
}

/* RFC 1661 2, RFC 1662 3.1: address and control field may be there or not, and the
 * first byte of the protocol may be left out; it is even, the last one odd. */
void packet_ppp(struct packet *p)
{
	struct cursor *c = &p->cursor;
	if (cursor_peek(c, 0) == 0xff && cursor_peek(c, 1) == 0x03)
		cursor_skip(c, 2);
	uint16_t protocol = cursor_u8(c);
	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | cursor_u8(c));
	switch (protocol) {
	case 0x0021: /* IPv4, RFC 1332 */
	case 0x0057: /* IPv6, RFC 5072 */
		p->next = packet_ip;
		break;
	case 0x0281: /* MPLS, RFC 3032 4 */
	case 0x0283:
		p->next = packet_mpls;
		break;
	default: /* control protocols; compressed or encrypted contents */
		p->fate = &p->stats->not_ip;
		break;
	}
}

void packet_pppoe(struct packet *p)
{
	struct cursor *c = &p->cursor;
	cursor_skip(c, 1); /* version, type */
	uint8_t code = cursor_u8(c);
	cursor_skip(c, 2); /* session */
	packet_limit(p, cursor_be16(c));
	if (code)
		p->fate = &p->stats->not_ip; /* discovery */
	else
		packet_enter(p, NET_TUNNEL_PPPOE, packet_ppp);
}

/* What is inside is not told; IP shows by its version. A pseudowire (RFC 4385) begins
 * with other bits. */
void packet_mpls(struct packet *p)
{
	struct cursor *c = &p->cursor;
	bool bottom = false;
	for (unsigned labels = 0; !bottom && !c->failed; labels++) {
		if (labels == NET_MPLS_MAX) {
			p->fate = &p->stats->too_deep;
			return;
		}
		bottom = cursor_be32(c) >> 8 & 1;
	}
	uint8_t version = cursor_peek(c, 0) >> 4;
	if (version == 4 || version == 6)
		packet_enter(p, NET_TUNNEL_MPLS, packet_ip);
	else if (cursor_left(c))
		p->fate = &p->stats->not_ip;
}

static void open_linux_sll(struct packet *p)
{
	cursor_skip(&p->cursor, 14); /* direction, device type, address */
	packet_ether_type(p, cursor_be16(&p->cursor));
}

static void open_linux_sll2(struct packet *p)
{
	uint16_t type = cursor_be16(&p->cursor);
	cursor_skip(&p->cursor, 18); /* interface, device type, direction, address */
	packet_ether_type(p, type);
}

/* AF_INET is 2 everywhere; AF_INET6 depends on the system that captured. */
static void open_family(struct packet *p, uint32_t family)
{
	switch (family) {
	case 2:
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* Darwin */
		p->next = packet_ip;
		break;
	default:
		p->fate = &p->stats->not_ip;
		break;
	}
}

static void open_loop(struct packet *p)
{
	open_family(p, cursor_be32(&p->cursor));
}

/* The family is in the byte order of the host that captured, which is not told.
 * Families are small numbers, so only one reading of one makes sense. */
static void open_null(struct packet *p)
{
	struct cursor again = p->cursor;
	uint32_t family = cursor_be32(&p->cursor);
	if (family > UINT16_MAX)
		family = cursor_le32(&again);
	open_family(p, family);
}

/* Attributes of length, type and value, padded to four bytes; the packet is one of them.
 * They are in the byte order of the host that captured, which the first one tells: it
 * is short, so that the high byte of its length is 0. */
static void open_nflog(struct packet *p)
{
	enum { HEADER = 4, PAYLOAD = 9 }; /* bytes; NFULA_PAYLOAD of linux/netfilter */
	struct cursor *c = &p->cursor;
	uint8_t family = cursor_u8(c);
	cursor_skip(c, 3); /* version, resource */
	bool big = cursor_peek(c, 0) == 0;
	while (!c->failed) {
		size_t len = big ? cursor_be16(c) : cursor_le16(c);
		uint16_t type = big ? cursor_be16(c) : cursor_le16(c);
		if (len < HEADER)
			return;
		if (type == PAYLOAD) {
			packet_limit(p, len - HEADER);
			open_family(p, family);
			return;
		}
		cursor_skip(c, (len - HEADER + 3) & ~(size_t)3);
	}
}

packet_step *packet_link(uint16_t link)
{
	switch (link) {
	case LINK_ETHERNET:
		return packet_ethernet;
	case LINK_LINUX_SLL:
		return open_linux_sll;
	case LINK_LINUX_SLL2:
		return open_linux_sll2;
	case LINK_PPP:
	case LINK_PPP_HDLC:
		return packet_ppp;
	case LINK_PPPOE:
		return packet_pppoe;
	case LINK_NFLOG:
		return open_nflog;
	case LINK_NULL:
		return open_null;
	case LINK_LOOP:
		return open_loop;
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPEN:
	case LINK_IPV4:
	case LINK_IPV6:
		return packet_ip;
	default:
		return NULL;
	}
}
