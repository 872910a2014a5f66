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
	LINK_NULL         = 0,
	LINK_ETHERNET     = 1,
	LINK_SLIP         = 8,
	LINK_PPP          = 9,
	LINK_RAW_BSD      = 12,
	LINK_RAW_OPEN     = 14,
	LINK_PPP_HDLC     = 50,
	LINK_PPPOE        = 51,
	LINK_RAW          = 101,
	LINK_SLIP_BSDOS   = 102,
	LINK_PPP_BSDOS    = 103,
	LINK_CISCO_HDLC   = 104,
	LINK_WIFI         = 105,
	LINK_FRAME_RELAY  = 107,
	LINK_LOOP         = 108,
	LINK_ENC          = 109,
	LINK_LINUX_SLL    = 113,
	LINK_PFLOG        = 117,
	LINK_PRISM        = 119,
	LINK_RADIOTAP     = 127,
	LINK_AVS          = 163,
	LINK_PPP_WITH_DIR = 204,
	LINK_IPV4         = 228,
	LINK_IPV6         = 229,
	LINK_NFLOG        = 239,
	LINK_EXPORTED_PDU = 252,
	LINK_LINUX_SLL2   = 276
};

/* https://www.iana.org/assignments/ieee-802-numbers. Values below 0x0600 are no types;
 * those up to 1500 are the lengths of 802.3 frames, with an LLC header of at least three
 * bytes. */
enum ether_type {
	ETHER_LENGTH_MIN  = 3,
	ETHER_LENGTH_MAX  = 1500,
	ETHER_TYPE_MIN    = 0x0600,
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
		if (type >= ETHER_LENGTH_MIN && type <= ETHER_LENGTH_MAX) {
			packet_limit(p, type);
			p->next = packet_llc;
		} else {
			p->fate = &p->stats->not_ip;
		}
		break;
	}
}

/* From the organization on. That of RFC 1042 and that of 802.1H both say that an
 * EtherType follows; others have numbers of their own. */
static void open_snap(struct packet *p)
{
	enum { ORG_RFC_1042 = 0x000000, ORG_802_1H = 0x0000f8 };
	struct cursor *c = &p->cursor;
	uint32_t org = (uint32_t)cursor_be16(c) << 8;
	org |= cursor_u8(c);
	uint16_t type = cursor_be16(c);
	if ((org == ORG_RFC_1042 || org == ORG_802_1H) && type >= ETHER_TYPE_MIN)
		packet_ether_type(p, type);
	else
		p->fate = &p->stats->not_ip;
}

void packet_llc(struct packet *p)
{
	enum { SNAP = 0xaa, UNNUMBERED = 0x03 };
	struct cursor *c = &p->cursor;
	uint8_t dst = cursor_u8(c), src = cursor_u8(c), control = cursor_u8(c);
	if (dst == SNAP && src == SNAP && control == UNNUMBERED)
		open_snap(p);
	else
		p->fate = &p->stats->not_ip; /* spanning tree, NetBIOS, ... */
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

/* Where Ethernet has lengths, Linux has numbers of its own. */
static void open_linux_type(struct packet *p, uint16_t type)
{
	enum { LINUX_802_2 = 4 };
	if (type == LINUX_802_2)
		p->next = packet_llc;
	else if (type < ETHER_TYPE_MIN)
		p->fate = &p->stats->not_ip;
	else
		packet_ether_type(p, type);
}

static void open_linux_sll(struct packet *p)
{
	cursor_skip(&p->cursor, 14); /* direction, device type, address */
	open_linux_type(p, cursor_be16(&p->cursor));
}

static void open_linux_sll2(struct packet *p)
{
	uint16_t type = cursor_be16(&p->cursor);
	cursor_skip(&p->cursor, 18); /* interface, device type, direction, address */
	open_linux_type(p, type);
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
static uint32_t take_family(struct cursor *c)
{
	struct cursor again = *c;
	uint32_t family = cursor_be32(c);
	return family > UINT16_MAX ? cursor_le32(&again) : family;
}

static void open_null(struct packet *p)
{
	open_family(p, take_family(&p->cursor));
}

/* OpenBSD's packets to and from IPsec, in the clear. */
static void open_enc(struct packet *p)
{
	uint32_t family = take_family(&p->cursor);
	cursor_skip(&p->cursor, 8); /* security parameters index, flags */
	open_family(p, family);
}

/* The log of the BSDs' packet filter. The header grew over the years; its length is in
 * it, without the padding to four bytes. */
static void open_pflog(struct packet *p)
{
	enum { HEADER_MIN = 45 }; /* bytes, in its first versions */
	struct cursor *c = &p->cursor;
	size_t header = cursor_u8(c);
	uint8_t family = cursor_u8(c);
	if (header < HEADER_MIN)
		return;
	cursor_skip(c, ((header + 3) & ~(size_t)3) - 2);
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

/* --- serial lines */

/* Direction and how the packet was compressed; the packet itself is not any more. */
static void open_slip(struct packet *p)
{
	cursor_skip(&p->cursor, 16);
	p->next = packet_ip;
}

/* BSD/OS put the same header before IP (SLIP) and before PPP. No PPP header begins as
 * an IP header does. */
static void open_bsdos(struct packet *p)
{
	cursor_skip(&p->cursor, 24);
	uint8_t version = cursor_peek(&p->cursor, 0) >> 4;
	p->next = version == 4 || version == 6 ? packet_ip : packet_ppp;
}

static void open_ppp_with_direction(struct packet *p)
{
	cursor_skip(&p->cursor, 1);
	p->next = packet_ppp;
}

/* RFC 1547 4.3.1 */
static void open_cisco_hdlc(struct packet *p)
{
	cursor_skip(&p->cursor, 2); /* address, control */
	packet_ether_type(p, cursor_be16(&p->cursor));
}

/* PPP, or what Cisco has in its place: the address tells. */
static void open_ppp_hdlc(struct packet *p)
{
	enum { CISCO_UNICAST = 0x0f, CISCO_BROADCAST = 0x8f };
	uint8_t address = cursor_peek(&p->cursor, 0);
	if (address == CISCO_UNICAST || address == CISCO_BROADCAST)
		open_cisco_hdlc(p);
	else
		packet_ppp(p);
}

/* RFC 2427: an address whose last byte is odd, control, padding perhaps, and the number
 * of a network layer protocol. Cisco's own has an EtherType behind the address, and no
 * EtherType in use begins as the control field does. */
static void open_frame_relay(struct packet *p)
{
	enum { ADDRESS_MAX = 4, UNNUMBERED = 0x03 };
	enum { PADDING = 0x00, SNAP = 0x80, IPV6 = 0x8e, IPV4 = 0xcc, PPP = 0xcf };
	struct cursor *c = &p->cursor;
	for (unsigned n = 1; !(cursor_u8(c) & 1) && n < ADDRESS_MAX; n++)
		;
	if (cursor_peek(c, 0) != UNNUMBERED) {
		packet_ether_type(p, cursor_be16(c));
		return;
	}
	cursor_skip(c, 1);
	uint8_t protocol = cursor_u8(c);
	if (protocol == PADDING)
		protocol = cursor_u8(c);
	switch (protocol) {
	case IPV4:
	case IPV6:
		p->next = packet_ip;
		break;
	case SNAP:
		open_snap(p);
		break;
	case PPP: /* RFC 1973 */
		p->next = packet_ppp;
		break;
	default: /* line management, compressed contents, ... */
		p->fate = &p->stats->not_ip;
		break;
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
	case LINK_WIFI:
		return packet_wifi;
	case LINK_RADIOTAP:
		return packet_radiotap;
	case LINK_PRISM:
	case LINK_AVS:
		return packet_prism;
	case LINK_PPP:
		return packet_ppp;
	case LINK_PPP_HDLC:
		return open_ppp_hdlc;
	case LINK_PPP_WITH_DIR:
		return open_ppp_with_direction;
	case LINK_PPPOE:
		return packet_pppoe;
	case LINK_SLIP:
		return open_slip;
	case LINK_SLIP_BSDOS:
	case LINK_PPP_BSDOS:
		return open_bsdos;
	case LINK_CISCO_HDLC:
		return open_cisco_hdlc;
	case LINK_FRAME_RELAY:
		return open_frame_relay;
	case LINK_NFLOG:
		return open_nflog;
	case LINK_NULL:
		return open_null;
	case LINK_LOOP:
		return open_loop;
	case LINK_ENC:
		return open_enc;
	case LINK_PFLOG:
		return open_pflog;
	case LINK_EXPORTED_PDU:
		return packet_exported_pdu;
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
