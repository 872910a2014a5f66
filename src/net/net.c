/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/net.h"

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "net/packet.h"

#define UDP_HEADER     8  /* bytes, RFC 768 */
#define TCP_HEADER_MIN 20 /* bytes, RFC 9293 3.1 */

void packet_limit(struct packet *p, size_t n)
{
	size_t left = cursor_left(&p->cursor);
	p->cut = n > left ? n - left : 0;
	cursor_limit(&p->cursor, n);
}

/* A length field that cannot be right does not lose the datagram: the payload is
 * then what IP has for it. 0 is right in a jumbogram (RFC 2675 4) and in what a
 * network card was to cut up. The checksum is not verified, as that of IPv4. */
static void open_udp(struct packet *p)
{
	struct cursor *c = &p->cursor;
	struct net_datagram *d = &p->datagram;
	d->src.port = cursor_be16(c);
	d->dst.port = cursor_be16(c);
	uint16_t length = cursor_be16(c);
	cursor_skip(c, 2); /* checksum */
	if (length >= UDP_HEADER)
		packet_limit(p, length - (size_t)UDP_HEADER);

	d->transport = NET_UDP;
	d->payload = cursor_rest(c);
	d->wire_len = (uint32_t)(d->payload.len + p->cut);
	d->truncated = p->cut > 0;
	p->fate = &p->stats->datagrams;
}

/* Not reassembled yet: only whether data is lost with the segment. */
static void open_tcp(struct packet *p)
{
	struct cursor *c = &p->cursor;
	cursor_skip(c, 12); /* ports, sequence and acknowledgment number */
	size_t header = (cursor_u8(c) >> 4) * 4u;
	if (header < TCP_HEADER_MIN) {
		p->fate = &p->stats->malformed_packets;
		return;
	}
	cursor_skip(c, header - 13);
	if (cursor_left(c) + p->cut)
		p->fate = &p->stats->tcp_skipped;
	else
		p->fate = &p->stats->tcp_empty;
}

static void open_sctp(struct packet *p)
{
	p->fate = &p->stats->sctp_skipped;
}

static void open_tunnel(struct packet *p)
{
	p->fate = &p->stats->tunnels_skipped;
}

/* An ICMP error ends here too: the packet that it quotes is not a new one. */
static void open_other(struct packet *p)
{
	p->fate = &p->stats->other_protocols;
}

/* https://www.iana.org/assignments/protocol-numbers */
static packet_step *const PROTOCOLS[UINT8_MAX + 1] = {
	[4]   = open_tunnel, /* IPv4 in IP */
	[6]   = open_tcp,
	[17]  = open_udp,
	[41]  = open_tunnel, /* IPv6 in IP */
	[47]  = open_tunnel, /* GRE */
	[50]  = open_tunnel, /* ESP */
	[51]  = open_tunnel, /* AH behind IPv4 */
	[132] = open_sctp,
	[137] = open_tunnel, /* MPLS in IP */
};

packet_step *packet_protocol(uint8_t protocol)
{
	packet_step *step = PROTOCOLS[protocol];
	return step ? step : open_other;
}

/* Member by member: to clear the datagram as well would cost more than a header. */
static void packet_start(struct packet *p, struct net_stats *stats,
                         const struct frame *frame)
{
	size_t captured = frame->bytes.len;
	p->cursor = cursor_of(frame->bytes);
	p->cut = frame->wire_len > captured ? frame->wire_len - captured : 0;
	p->next = packet_link(frame->link);
	p->stats = stats;
	p->fate = p->next ? &stats->malformed_packets : &stats->unknown_link_type;
}

void net_input(struct net_stats *stats, const struct frame *frame, net_sink *sink,
               void *arg)
{
	struct packet p;
	packet_start(&p, stats, frame);
	stats->packets++;
	stats->bytes += frame->bytes.len;
	stats->truncated_packets += p.cut > 0;

	while (p.next && !p.cursor.failed) {
		packet_step *step = p.next;
		p.next = NULL;
		step(&p);
	}
	if (p.cursor.failed)
		p.fate = &stats->malformed_packets;
	++*p.fate;
	if (p.fate == &stats->unknown_link_type)
		stats->unknown_link = frame->link;
	if (p.fate == &stats->datagrams)
		sink(arg, &p.datagram);
}
