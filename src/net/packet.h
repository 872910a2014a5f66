/* SPDX-License-Identifier: MIT */
/* net/packet.h - inside net: one packet while its headers come off.
 *
 * Decoding is a loop over steps, never a recursion. A step reads one header from
 * the cursor and then either names the step for what follows (`next`) or the
 * counter under which the packet ends (`fate`). Every step reads at least one
 * byte or is the last one, so the loop ends. A cursor that failed makes the packet
 * a malformed one whatever the steps said; they need not ask.
 *
 * A new protocol is a new step and a row in the table that leads to it: of link
 * types and EtherTypes in link.c, of IP protocol numbers in net.c. */
#ifndef NET_PACKET_H
#define NET_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "net/net.h"

struct packet;

/* Take off one header of *packet, which is borrowed for the call. */
typedef void packet_step(struct packet *packet);

struct packet {
	struct cursor        cursor;   /* what is left of the captured bytes */
	size_t               cut;      /* bytes promised beyond the cursor's end */
	packet_step         *next;     /* NULL: this was the last step */
	uint64_t            *fate;     /* in *stats; malformed_packets at first */
	struct net_stats    *stats;
	struct net_datagram  datagram; /* not set at first: the IP step sets addresses and
	                                * ip_id, the last step all the rest */
};

/* The headers promise n more bytes and no more: drop what lies beyond them (padding),
 * or note in `cut` how many of them were not captured. */
void packet_limit(struct packet *packet, size_t n);

/* The first step of a LINKTYPE_ value; NULL where we do not know the link type. */
packet_step *packet_link(uint16_t link);

/* An IP header of either version, as its first four bits say, with IPv6 extension
 * headers. Sets the addresses and ip_id of the datagram. */
packet_step packet_ip;

/* The step of an IP protocol number, which reads what comes after all IP headers;
 * never NULL. */
packet_step *packet_protocol(uint8_t protocol);

#endif
