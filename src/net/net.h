/* SPDX-License-Identifier: MIT */
/* net/net.h - from a frame to the datagrams it completes.
 *
 * Link types, VLAN stacks, IPv4 (RFC 791), IPv6 (RFC 8200) with extension
 * headers, UDP (RFC 768). Fragments, TCP and tunnels are counted, not decoded:
 * their place is beside UDP, see packet.h. What travels inside UDP (GTP-U, VXLAN,
 * HEP) is the payload of a datagram here.
 * No clock, no I/O, no globals. Nothing here refuses a packet with an error: what
 * cannot be decoded is counted in struct net_stats, by reason. */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "net/frame.h"

#define NET_VLAN_MAX     8  /* tags in one stack; more is an attack on the decoder */
#define NET_IPV6_EXT_MAX 16 /* extension headers in one packet; RFC 8200 4.1 has 7 */

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

/* One whole datagram or stream message. Borrowed for the length of the call. */
struct net_datagram {
	struct net_endpoint src, dst;  /* of the innermost IP header */
	struct slice        payload;
	uint32_t            wire_len;  /* payload bytes that the headers promise */
	uint16_t            ip_id;     /* IPv4 identification; 0 for IPv6 */
	enum net_transport  transport;
	bool                truncated; /* fewer bytes were captured than wire_len */
};

/* What was seen and what could not be used. Each packet ends under exactly one of
 * the counters from unknown_link_type on, so that
 *
 *     packets == unknown_link_type + not_ip + malformed_packets + too_deep
 *              + fragments_skipped + tcp_skipped + tcp_empty + tunnels_skipped
 *              + sctp_skipped + other_protocols + datagrams
 */
struct net_stats {
	uint64_t packets;
	uint64_t bytes;              /* captured */
	uint64_t truncated_packets;  /* captured shorter than they were on the wire */

	uint64_t unknown_link_type;
	uint64_t not_ip;             /* ARP, spanning tree, ...: nothing for us */
	uint64_t malformed_packets;  /* a header lies about its length or is cut off */
	uint64_t too_deep;           /* more than NET_VLAN_MAX or NET_IPV6_EXT_MAX */
	uint64_t fragments_skipped;  /* IP fragments, not reassembled yet */
	uint64_t tcp_skipped;        /* TCP segments with data, not reassembled yet */
	uint64_t tcp_empty;          /* TCP segments without data: nothing for us */
	uint64_t tunnels_skipped;    /* IP in IP, GRE, ESP, MPLS, PPPoE: not opened yet */
	uint64_t sctp_skipped;       /* SCTP packets, not decoded yet */
	uint64_t other_protocols;    /* ICMP, IGMP, ...: nothing for us */
	uint64_t datagrams;          /* handed on */
	uint16_t unknown_link;       /* the newest link type of unknown_link_type */
};

/* Lent datagrams of one frame, in order; arg is the caller's. */
typedef void net_sink(void *arg, const struct net_datagram *datagram);

/* Decode one frame and hand each datagram that it completes to sink.
 * stats is the caller's and counts on; frame is borrowed for the call. */
void net_input(struct net_stats *stats, const struct frame *frame, net_sink *sink,
               void *arg);

#define NET_ADDR_TEXT_MAX 48 /* bytes of the longest address as text, NUL included */

/* The address as text: dotted quad, or RFC 5952. Returns the length without NUL;
 * the text is empty when the family is neither 4 nor 6. */
unsigned net_addr_text(const struct net_addr *addr, char out[NET_ADDR_TEXT_MAX]);

#endif
