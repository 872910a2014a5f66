/* SPDX-License-Identifier: MIT */
/* net/packet.h - inside net: one packet while its headers come off.
 *
 * Decoding is a loop over steps, never a recursion. A step reads one header from
 * the cursor and then either names the step for what follows (`next`) or the
 * counter under which the packet ends (`fate`). Every step reads at least one
 * byte or is the last one, so the loop ends. A cursor that failed makes the packet
 * a malformed one whatever the steps said; they need not ask.
 *
 * Steps change nothing but the packet, except that the IP step feeds fragments to their
 * table. So a guess can be tried on a copy up to the next IP header: tunnel.c.
 *
 * A new protocol is a new step and a row in the table that leads to it: of link
 * types, EtherTypes and PPP protocols in link.c, of IP protocol numbers in net.c, of
 * tunnels over UDP in tunnel.c. */
#ifndef NET_PACKET_H
#define NET_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/tick.h"
#include "net/fragment.h"
#include "net/icmp.h"
#include "net/net.h"

struct packet;

/* Take off one header of *packet, which is borrowed for the call. */
typedef void packet_step(struct packet *packet);

struct packet {
	struct cursor          cursor;    /* what is left of the captured bytes */
	size_t                 cut;       /* bytes promised beyond the cursor's end */
	packet_step           *next;      /* NULL: this was the last step */
	uint64_t              *fate;      /* in *stats; malformed_packets at first */
	struct net_stats      *stats;
	struct fragment_table *fragments;
	tick                   now;
	unsigned               depth;     /* tunnels entered */
	const struct frame    *frame;
	uint32_t               seq, ack;  /* of a TCP segment, set by the last step */
	uint8_t                flags;     /* likewise */
	struct net_icmp        icmp;      /* of an ICMP error, set by the last step */
	struct net_datagram    datagram;  /* at first encapsulation, reassembled, nframes
	                                   * are 0, input, frame and at the packet's, the
	                                   * rest not set: the IP step sets addresses and
	                                   * ip_id, the last step all others */
};

/* The headers promise n more bytes and no more: drop what lies beyond them (padding),
 * or note in `cut` how many of them were not captured. */
void packet_limit(struct packet *packet, size_t n);

/* What is left of the packet is the payload of the transport, and ends under fate. The
 * last step. */
void packet_payload(struct packet *packet, enum net_transport transport, uint64_t *fate);

/* A tunnel's header came off: note it and go on with `next`. */
void packet_enter(struct packet *packet, enum net_tunnel tunnel, packet_step *next);

/* The first step of a LINKTYPE_ value; NULL where we do not know the link type. */
packet_step *packet_link(uint16_t link);

/* Go on by an EtherType; the cursor is behind it. VLAN tags come off. */
void packet_ether_type(struct packet *packet, uint16_t type);

packet_step packet_ethernet; /* from the destination address on */
packet_step packet_llc;      /* IEEE 802.2, as in 802.3 and in wireless frames */
packet_step packet_ppp;      /* from the protocol field on, or the ff 03 before it */
packet_step packet_pppoe;    /* RFC 2516 4, a session's */
packet_step packet_mpls;     /* a label stack */

/* IEEE 802.11 by itself, and behind what a driver knew of its reception: wifi.c. */
packet_step packet_wifi;
packet_step packet_radiotap;
packet_step packet_prism; /* or AVS: drivers mix them */

/* What Wireshark writes for "Export PDUs": exported.c. */
packet_step packet_exported_pdu;

/* An IP header of either version, as its first four bits say, with IPv6 extension
 * headers. Sets the addresses and ip_id of the datagram. A fragment is the last step,
 * unless it makes its datagram whole: then the cursor moves there. */
packet_step packet_ip;

/* The step of an IP protocol number, which reads what comes after all IP headers;
 * never NULL. */
packet_step *packet_protocol(uint8_t protocol);

/* Steps of IP protocol numbers. */
packet_step packet_ip_in_ip;
packet_step packet_gre;
packet_step packet_auth; /* an authentication header behind IPv4 */
packet_step packet_esp;

/* The payload of a UDP datagram, whose ports are set, is a tunnel's by its port, and its
 * bytes bear that out down to an IP header: go on inside. False: nothing has changed. */
bool packet_udp_tunnel(struct packet *packet);

#endif
