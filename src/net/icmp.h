/* SPDX-License-Identifier: MIT */
/* net/icmp.h - errors that hosts and routers send back, and the packets they quote.
 *
 * RFC 792, RFC 1122 3.2.2, RFC 1812 4.3, RFC 4443: destination unreachable, source
 * quench, time exceeded, parameter problem, packet too big, when they quote UDP, TCP or
 * SCTP. Not echo, redirects and the like; extensions (RFC 4884) are left aside, and a
 * tunnel in the quoted packet is not opened. Checksums are not verified: what was
 * captured may be cut. */
#ifndef NET_ICMP_H
#define NET_ICMP_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "base/tick.h"
#include "net/net.h"

struct net_icmp {
	uint8_t             family;    /* 4: ICMP; 6: ICMPv6 */
	uint8_t             type;      /* as on the wire */
	uint8_t             code;
	enum net_transport  transport; /* NET_UDP, NET_TCP or NET_SCTP */
	struct net_endpoint src, dst;  /* of the quoted packet: src sent what failed */
	uint16_t            ip_id;     /* its IPv4 identification; 0 for IPv6 */
	struct slice        payload;   /* as much of what its transport carries as was
	                                * quoted and captured; chunks of SCTP. May be
	                                * empty; lies in the message */

	/* Not in the message: for the caller. */
	struct net_addr from;          /* who sent the error */
	struct net_addr to;            /* who was to get it */
	tick            at;
	uint64_t        frame;         /* number of the packet */
	uint16_t        input;
	uint16_t        encapsulation; /* as in struct net_datagram */
};

/* An ICMP message of that family, from its type field on; borrowed for as long as
 * out->payload is used. OK: *out is set, the caller's members to 0. ERR_FORMAT: it is no
 * such error, or it does not quote as much as the ports; so with a later fragment. */
MUST_USE enum err icmp_parse(struct net_icmp *out, uint8_t family, struct slice message);

/* "port unreachable", "time exceeded", ...: lower case, static. An unknown code has the
 * name of its type; an unknown type is "icmp error". */
const char *net_icmp_text(uint8_t family, uint8_t type, uint8_t code);

#endif
