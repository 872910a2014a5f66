/* SPDX-License-Identifier: MIT */
/* net/net.h - from a frame to the datagrams and stream pieces that it completes.
 *
 * Link types, VLAN stacks, IPv4 (RFC 791), IPv6 (RFC 8200) with extension headers,
 * fragments, tunnels (enum net_tunnel), UDP (RFC 768), TCP streams (net/tcp.h), SCTP
 * (net/sctp.h), ICMP errors (net/icmp.h).
 * Addresses are those of the innermost IP header. HEP and WebSocket are payload here:
 * whoever takes the payload opens them (net/hep.h, net/websocket.h).
 * No clock, no I/O, no globals. Nothing here refuses a packet with an error: what
 * cannot be decoded is counted in struct net_stats, by reason. */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/slice.h"
#include "net/frame.h"

/* An IP address: IPv4 in the first four bytes, the others 0. */
struct net_addr {
	uint8_t family; /* 4 or 6 */
	uint8_t bytes[16];
};

struct net_endpoint {
	struct net_addr addr;
	uint16_t        port;
};

enum net_transport {
	NET_UDP,
	NET_TCP,
	NET_TLS,
	NET_SCTP,
	NET_WS,
	NET_WSS
};

/* What may be around the innermost IP header; VLAN tags are not counted as such. */
enum net_tunnel {
	NET_TUNNEL_IP,       /* IPv4 or IPv6 in IPv4 or IPv6: RFC 2003, 4213, 2473 */
	NET_TUNNEL_GRE,      /* RFC 2784, 2890 */
	NET_TUNNEL_ERSPAN,   /* mirrored Ethernet in GRE, types I, II and III */
	NET_TUNNEL_PPTP,     /* PPP in GRE: RFC 2637 */
	NET_TUNNEL_MPLS,     /* RFC 3032; in IP RFC 4023; in UDP RFC 7510 */
	NET_TUNNEL_PPPOE,    /* RFC 2516 */
	NET_TUNNEL_ETHERNET, /* an Ethernet frame as payload of another */
	NET_TUNNEL_AH,       /* RFC 4302, behind IPv4 */
	NET_TUNNEL_ESP,      /* RFC 4303 with NULL encryption (RFC 2410) */
	NET_TUNNEL_VXLAN,    /* RFC 7348 */
	NET_TUNNEL_GENEVE,   /* RFC 8926 */
	NET_TUNNEL_GTPU,     /* 3GPP TS 29.281 */
	NET_TUNNEL_TZSP,     /* TaZmen sniffer protocol */
	NET_TUNNEL_L2TP,     /* PPP in UDP: RFC 2661 */
	NET_TUNNEL_HEP,      /* sent by a capture agent: net/hep.h */
	NET_TUNNEL_COUNT
};

/* "ip", "gre", ...: lower case, static; tunnel is below NET_TUNNEL_COUNT. */
const char *net_tunnel_name(enum net_tunnel tunnel);

/* Packets named of one datagram or message: a datagram of 64 KiB in fragments of 256
 * bytes. Of more, the first ones and the last are named. */
#define NET_FRAMES_MAX 256U

/* One whole datagram. Borrowed for the length of the call. */
struct net_datagram {
	struct net_endpoint src, dst;      /* of the innermost IP header */
	struct slice        payload;       /* lies in the frame unless `reassembled` */
	uint32_t            wire_len;      /* payload bytes that the headers promise */
	uint16_t            ip_id;         /* IPv4 identification; 0 for IPv6 */
	uint16_t            encapsulation; /* bits 1 << t of each enum net_tunnel t */
	enum net_transport  transport;
	bool                truncated;     /* fewer bytes were captured than wire_len */
	bool                reassembled;   /* from fragments: not in the frame */
	uint16_t            input;         /* of the packet that completed it */
	uint64_t            frame;         /* its number */
	tick                at;            /* its time */
	const uint64_t     *frames;        /* of all packets of `input` that carried it,
	                                    * ascending, when more than one did */
	uint32_t            nframes;       /* at most NET_FRAMES_MAX; else 0 */
	bool                frames_cut;    /* more packets carried it than are listed */
};

/* What was seen and what could not be used. Each packet ends under exactly one of
 * the counters from unknown_link_type to tcp_segments, so that
 *
 *     packets == unknown_link_type + not_ip + malformed_packets + too_deep
 *              + fragments + esp_encrypted + sctp_packets + icmp_errors
 *              + other_protocols + tcp_empty + datagrams + tcp_segments
 */
struct net_stats {
	uint64_t packets;
	uint64_t bytes;              /* captured */
	uint64_t truncated_packets;  /* captured shorter than they were on the wire */

	uint64_t unknown_link_type;
	uint64_t not_ip;             /* ARP, spanning tree, ...: nothing for us */
	uint64_t malformed_packets;  /* a header lies about its length or is cut off */
	uint64_t too_deep;           /* more headers than limits.h allows */
	uint64_t fragments;          /* kept for their datagram, or not needed for it; the
	                              * one that completes it counts as what it carries */
	uint64_t esp_encrypted;      /* ESP whose contents do not show */
	uint64_t sctp_packets;       /* given to their direction */
	uint64_t icmp_errors;        /* about UDP, TCP or SCTP packets: handed on */
	uint64_t other_protocols;    /* other ICMP, IGMP, ...: nothing for us */
	uint64_t tcp_empty;          /* TCP segments without data, SYN, FIN or RST */
	uint64_t datagrams;          /* handed on */
	uint64_t tcp_segments;       /* given to their stream */

	uint64_t fragments_incomplete; /* datagrams given up: by age, number, bytes or
	                                * memory, or because the capture ended */
	uint64_t fragment_copies;    /* datagrams that were whole, begun again and given
	                              * up: fragments that were captured twice */
	uint64_t fragment_conflicts;   /* fragments that contradict earlier ones, which
	                                * count: possible evasion */
	uint64_t tcp_gaps;             /* holes in streams that were not filled in time */
	uint64_t tcp_gap_bytes;        /* bytes missing in them */
	uint64_t tcp_conflict_bytes;   /* sent again with other contents */
	uint64_t tcp_evicted;          /* streams given up to keep a limit */
	uint64_t tcp_refused;          /* segments that did not fit in memory */
	uint64_t sctp_messages;        /* handed on as datagrams are, beside them */
	uint64_t sctp_malformed;       /* SCTP packets and chunks whose lengths lie */
	uint64_t sctp_incomplete;      /* messages of which a part never came */
	uint64_t sctp_conflicts;       /* chunks that contradict earlier ones */
	uint64_t sctp_evicted;         /* directions given up to keep a limit */
	uint64_t sctp_refused;         /* chunks, messages that did not fit in memory */

	/* Of the first packet of unknown_link_type: */
	uint16_t unknown_link;         /* its link type */
	uint16_t unknown_link_input;   /* its input */
	uint64_t unknown_link_frame;   /* its number there */
};

/* Takes a datagram that a frame completed; arg is the caller's. */
typedef void net_sink(void *arg, const struct net_datagram *datagram);

/* A piece of a TCP stream, in order. Borrowed for the length of the call. */
struct net_bytes {
	struct net_endpoint src, dst;
	struct slice        bytes;  /* empty at a gap or an end */
	uint64_t            gap;    /* bytes that are missing here, else 0 */
	uint16_t            input;  /* of the packet that made the bytes readable */
	uint64_t            frame;  /* its number */
	tick                at;     /* its time */
	uint64_t            carrier; /* number of the packet that held them: earlier when
	                              * they had to wait; 0: one of another input */
	uint32_t            stream; /* id of this direction, from 1; free after its end */
	bool                first;  /* nothing of the stream came before */
	bool                end;    /* nothing comes after: the id is free again */
	uint16_t            encapsulation; /* as in struct net_datagram, of that packet */
};

/* Takes a piece of a stream; arg is the caller's. */
typedef void net_stream_sink(void *arg, const struct net_bytes *bytes);

/* Takes an ICMP error, struct net_icmp of net/icmp.h, borrowed for the call. */
struct net_icmp;
typedef void net_icmp_sink(void *arg, const struct net_icmp *icmp);

/* Where to hand things; icmp alone may be NULL. arg is the caller's. */
struct net_sinks {
	net_sink        *datagram;
	net_stream_sink *stream;
	net_icmp_sink   *icmp;
	void            *arg;
};

struct net; /* fragments and streams under way; one thread at a time */

/* OK or ERR_NOMEM. mem must outlive it; seed keys the hashes. Limits are in limits.h of
 * this room. */
MUST_USE enum err net_new(struct net **out, struct mem *mem, uint64_t seed);
void net_free(struct net *net); /* NULL is allowed */

/* Decode one frame and hand each datagram and piece of stream that it completes to
 * sinks; frame and sinks are borrowed for the call. Time moves to frame->at. */
void net_input(struct net *net, const struct frame *frame, const struct net_sinks *sinks);

/* No packet came until `now`: what waited for one too long is handed on, or given up. */
void net_idle(struct net *net, tick now, const struct net_sinks *sinks);

/* The capture ended: hand on what waits behind gaps; give up fragments that wait. */
void net_finish(struct net *net, const struct net_sinks *sinks);

/* What was counted until now; the net's, and brought up to date by each call. */
const struct net_stats *net_stats(struct net *net);

#define NET_ADDR_TEXT_MAX 48 /* bytes of the longest address as text, NUL included */

/* The address as text: dotted quad, or RFC 5952. Returns the length without NUL;
 * the text is empty when the family is neither 4 nor 6. */
unsigned net_addr_text(const struct net_addr *addr, char out[NET_ADDR_TEXT_MAX]);

#endif
