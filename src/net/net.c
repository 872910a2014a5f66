/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/net.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/mem.h"
#include "net/fragment.h"
#include "net/limits.h"
#include "net/packet.h"
#include "net/sctp.h"
#include "net/tcp.h"

#define UDP_HEADER     8  /* bytes, RFC 768 */
#define TCP_HEADER_MIN 20 /* bytes, RFC 9293 3.1 */

struct net {
	struct mem            *mem;
	struct fragment_table *fragments;
	struct tcp_table      *tcp;
	struct sctp_table     *sctp;
	tick                   now; /* latest time of any packet */
	struct net_stats       stats;
};

/* --- headers */

void packet_limit(struct packet *p, size_t n)
{
	size_t left = cursor_left(&p->cursor);
	p->cut = n > left ? n - left : 0;
	cursor_limit(&p->cursor, n);
}

void packet_enter(struct packet *p, enum net_tunnel tunnel, packet_step *next)
{
	p->depth++;
	p->datagram.encapsulation |= (uint16_t)(1U << tunnel);
	p->next = next;
}

void packet_payload(struct packet *p, enum net_transport transport, uint64_t *fate)
{
	struct net_datagram *d = &p->datagram;
	d->transport = transport;
	d->payload = cursor_rest(&p->cursor);
	d->wire_len = (uint32_t)(d->payload.len + p->cut);
	d->truncated = p->cut > 0;
	p->fate = fate;
}

/* A length field that cannot be right does not lose the datagram: the payload is
 * then what IP has for it. 0 is right in a jumbogram (RFC 2675 4) and in what a
 * network card was to cut up. The checksum is not verified, as that of IPv4. */
static void open_udp(struct packet *p)
{
	struct cursor *c = &p->cursor;
	p->datagram.src.port = cursor_be16(c);
	p->datagram.dst.port = cursor_be16(c);
	uint16_t length = cursor_be16(c);
	cursor_skip(c, 2); /* checksum */
	if (length >= UDP_HEADER)
		packet_limit(p, length - (size_t)UDP_HEADER);
	if (!packet_udp_tunnel(p))
		packet_payload(p, NET_UDP, &p->stats->datagrams);
}

static void open_tcp(struct packet *p)
{
	struct cursor *c = &p->cursor;
	p->datagram.src.port = cursor_be16(c);
	p->datagram.dst.port = cursor_be16(c);
	p->seq = cursor_be32(c);
	p->ack = cursor_be32(c);
	size_t header = (cursor_u8(c) >> 4) * 4u;
	p->flags = cursor_u8(c);
	if (header < TCP_HEADER_MIN)
		return;
	cursor_skip(c, header - 14);
	bool empty = cursor_left(c) + p->cut == 0 &&
	             !(p->flags & (TCP_FIN | TCP_SYN | TCP_RST));
	packet_payload(p, NET_TCP,
	               empty ? &p->stats->tcp_empty : &p->stats->tcp_segments);
}

static void open_sctp(struct packet *p)
{
	packet_payload(p, NET_SCTP, &p->stats->sctp_packets);
}

/* The packet that an ICMP error quotes is not a new one. */
static void open_icmp(struct packet *p)
{
	uint8_t family = p->datagram.src.addr.family;
	bool is_error = icmp_parse(&p->icmp, family, cursor_rest(&p->cursor)) == OK;
	p->fate = is_error ? &p->stats->icmp_errors : &p->stats->other_protocols;
}

static void open_other(struct packet *p)
{
	p->fate = &p->stats->other_protocols;
}

/* https://www.iana.org/assignments/protocol-numbers */
static packet_step *const PROTOCOLS[UINT8_MAX + 1] = {
	[1]   = open_icmp,
	[4]   = packet_ip_in_ip, /* IPv4 in IP */
	[6]   = open_tcp,
	[17]  = open_udp,
	[41]  = packet_ip_in_ip, /* IPv6 in IP */
	[47]  = packet_gre,
	[50]  = packet_esp,
	[51]  = packet_auth, /* behind IPv4 */
	[58]  = open_icmp, /* ICMPv6 */
	[132] = open_sctp,
	[137] = packet_mpls,
};

packet_step *packet_protocol(uint8_t protocol)
{
	packet_step *step = PROTOCOLS[protocol];
	return step ? step : open_other;
}

/* --- packets */

enum err net_new(struct net **out, struct mem *mem, uint64_t seed)
{
	static const struct fragment_limits fragments = {
		NET_FRAGMENT_DATAGRAMS, NET_FRAGMENT_BYTES, NET_FRAGMENT_AGE
	};
	static const struct tcp_limits streams = {
		NET_TCP_STREAMS, NET_TCP_STREAM_BYTES, NET_TCP_TOTAL_BYTES,
		NET_TCP_GAP_AGE, NET_TCP_ACKED_AGE
	};
	static const struct sctp_limits associations = {
		NET_SCTP_DIRECTIONS, NET_SCTP_DIRECTION_BYTES, NET_SCTP_TOTAL_BYTES,
		NET_SCTP_MESSAGE_BYTES, NET_SCTP_AGE
	};
	struct net *net = mem_take(mem, sizeof(*net));
	if (!net)
		return ERR_NOMEM;
	net->mem = mem;
	enum err err = fragment_table_new(&net->fragments, mem, seed, &fragments);
	if (err == OK)
		err = tcp_new(&net->tcp, mem, seed, &streams);
	if (err == OK)
		err = sctp_new(&net->sctp, mem, seed, &associations);
	if (err != OK) {
		net_free(net);
		return err;
	}
	*out = net;
	return OK;
}

void net_free(struct net *net)
{
	if (!net)
		return;
	fragment_table_free(net->fragments);
	tcp_free(net->tcp);
	sctp_free(net->sctp);
	mem_give(net->mem, net, sizeof(*net));
}

/* Member by member: to clear the datagram as well would cost more than a header. */
static void packet_start(struct packet *p, struct net *net, const struct frame *frame)
{
	size_t captured = frame->bytes.len;
	p->cursor = cursor_of(frame->bytes);
	p->cut = frame->wire_len > captured ? frame->wire_len - captured : 0;
	p->next = packet_link(frame->link);
	p->stats = &net->stats;
	p->fate = p->next ? &net->stats.malformed_packets : &net->stats.unknown_link_type;
	p->fragments = net->fragments;
	p->now = net->now;
	p->frame = frame;
	p->depth = 0;
	p->datagram.encapsulation = 0;
	p->datagram.reassembled = false;
	p->datagram.nframes = 0;
	p->datagram.frames_cut = false;
	p->datagram.input = frame->input;
	p->datagram.frame = frame->number;
	p->datagram.at = frame->at;
}

/* Take off all headers; what is in the packet then says its fate. */
static void open_packet(struct packet *p)
{
	while (p->next && !p->cursor.failed) {
		packet_step *step = p->next;
		p->next = NULL;
		if (p->depth <= NET_TUNNEL_MAX)
			step(p);
		else
			p->fate = &p->stats->too_deep;
	}
	if (p->cursor.failed)
		p->fate = &p->stats->malformed_packets;
}

static void hand_segment(struct net *net, const struct packet *p,
                         const struct net_sinks *sinks)
{
	const struct net_datagram *d = &p->datagram;
	struct tcp_segment segment = {
		.src = d->src,
		.dst = d->dst,
		.payload = d->payload,
		.cut = d->wire_len - (uint32_t)d->payload.len,
		.seq = p->seq,
		.ack = p->ack,
		.flags = p->flags,
		.input = d->input,
		.frame = d->frame,
		.at = d->at,
		.encapsulation = d->encapsulation,
	};
	tcp_segment(net->tcp, &segment, sinks->stream, sinks->arg);
}

/* A user message of SCTP is as whole as a datagram. */
static void on_sctp(void *arg, const struct sctp_message *m)
{
	const struct net_sinks *sinks = arg;
	struct net_datagram d = { .src = m->src,
		                  .dst = m->dst,
		                  .payload = m->payload,
		                  .wire_len = m->wire_len,
		                  .encapsulation = m->encapsulation,
		                  .transport = NET_SCTP,
		                  .truncated = m->truncated,
		                  .reassembled = m->reassembled,
		                  .input = m->input,
		                  .frame = m->frame,
		                  .at = m->at,
		                  .frames = m->frames,
		                  .nframes = m->nframes,
		                  .frames_cut = m->frames_cut };
	sinks->datagram(sinks->arg, &d);
}

static void hand_sctp(struct net *net, const struct packet *p,
                      const struct net_sinks *sinks)
{
	const struct net_datagram *d = &p->datagram;
	struct sctp_packet packet = {
		.src = d->src.addr,
		.dst = d->dst.addr,
		.bytes = d->payload,
		.cut = d->wire_len - (uint32_t)d->payload.len,
		.frame = d->frame,
		.at = d->at,
		.encapsulation = d->encapsulation,
		.input = d->input,
	};
	struct net_sinks to = *sinks;
	sctp_input(net->sctp, &packet, on_sctp, &to);
}

static void hand_icmp(struct packet *p, const struct net_sinks *sinks)
{
	const struct net_datagram *d = &p->datagram;
	p->icmp.from = d->src.addr;
	p->icmp.to = d->dst.addr;
	p->icmp.at = d->at;
	p->icmp.frame = d->frame;
	p->icmp.input = d->input;
	p->icmp.encapsulation = d->encapsulation;
	sinks->icmp(sinks->arg, &p->icmp);
}

/* Take over what the tables counted. */
static void collect_stats(struct net *net)
{
	struct net_stats *s = &net->stats;
	const struct fragment_stats *f = fragment_stats(net->fragments);
	const struct tcp_stats *t = tcp_stats(net->tcp);
	const struct sctp_stats *c = sctp_stats(net->sctp);
	s->fragments_incomplete = f->incomplete;
	s->fragment_copies = f->copies;
	s->fragment_conflicts = f->conflicts;
	s->tcp_gaps = t->gaps;
	s->tcp_gap_bytes = t->gap_bytes;
	s->tcp_conflict_bytes = t->conflict_bytes;
	s->tcp_evicted = t->evicted;
	s->tcp_refused = t->refused;
	s->sctp_messages = c->messages;
	s->sctp_malformed = c->malformed;
	s->sctp_incomplete = c->incomplete;
	s->sctp_conflicts = c->conflicts;
	s->sctp_evicted = c->evicted;
	s->sctp_refused = c->refused;
}

static void note_unknown_link(struct net_stats *stats, const struct frame *frame)
{
	if (stats->unknown_link_type > 1)
		return;
	stats->unknown_link = frame->link;
	stats->unknown_link_input = frame->input;
	stats->unknown_link_frame = frame->number;
}

void net_idle(struct net *net, tick now, const struct net_sinks *sinks)
{
	if (now > net->now)
		net->now = now;
	fragment_advance(net->fragments, net->now);
	tcp_advance(net->tcp, net->now, sinks->stream, sinks->arg);
	sctp_advance(net->sctp, net->now);
}

void net_input(struct net *net, const struct frame *frame, const struct net_sinks *sinks)
{
	struct net_stats *stats = &net->stats;
	struct packet p;
	net_idle(net, frame->at, sinks);

	packet_start(&p, net, frame);
	stats->packets++;
	stats->bytes += frame->bytes.len;
	stats->truncated_packets += p.cut > 0;
	open_packet(&p);
	++*p.fate;
	if (p.fate == &stats->unknown_link_type)
		note_unknown_link(stats, frame);
	else if (p.fate == &stats->datagrams)
		sinks->datagram(sinks->arg, &p.datagram);
	else if (p.fate == &stats->tcp_segments ||
	         (p.fate == &stats->tcp_empty && tcp_is_waiting(net->tcp)))
		hand_segment(net, &p, sinks);
	else if (p.fate == &stats->sctp_packets)
		hand_sctp(net, &p, sinks);
	else if (p.fate == &stats->icmp_errors && sinks->icmp)
		hand_icmp(&p, sinks);
}

void net_finish(struct net *net, const struct net_sinks *sinks)
{
	fragment_finish(net->fragments);
	tcp_finish(net->tcp, sinks->stream, sinks->arg);
	sctp_finish(net->sctp);
}

const struct net_stats *net_stats(struct net *net)
{
	collect_stats(net);
	return &net->stats;
}
