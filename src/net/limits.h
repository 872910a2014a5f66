/* SPDX-License-Identifier: MIT */
/* net/limits.h - bounds on what one packet, and what all that wait, may cost. */
#ifndef NET_LIMITS_H
#define NET_LIMITS_H

#include <stddef.h>

#include "base/tick.h"

/* --- headers of one packet; beyond it counts as too_deep */

#define NET_VLAN_MAX     8  /* tags in one stack; more is an attack on the decoder */
#define NET_IPV6_EXT_MAX 16 /* extension headers in one packet; RFC 8200 4.1 has 7 */
#define NET_MPLS_MAX     16 /* labels in one stack; segment routing takes some ten */
#define NET_TUNNEL_MAX   8  /* tunnels in each other; three or four occur in networks */

/* --- fragments */

/* Bytes of a datagram put together: what the length fields of RFC 791 3.1 and
 * RFC 8200 3 can say. More is an old attack on the reassembly. */
#define NET_FRAGMENT_DATAGRAM_MAX 65535U

/* Datagrams under way: a busy SIP server has some dozens; a flood of first fragments
 * must not cost more than this. */
#define NET_FRAGMENT_DATAGRAMS 4096U

/* Bytes under way: 256 datagrams of the largest size. */
#define NET_FRAGMENT_BYTES ((size_t)16 << 20)

/* Packet time from the first fragment on: hosts give up after 30 s (Linux) to 60 s
 * (RFC 8200 4.5), and identifications come round again. */
#define NET_FRAGMENT_AGE (30 * TICK_S)

/* --- streams */

/* Directions at once: ten thousand connections. */
#define NET_TCP_STREAMS 20000U

/* Out of order in one stream, before the hole is taken for lost: a whole window
 * without window scaling. */
#define NET_TCP_STREAM_BYTES ((size_t)64 << 10)

/* The same in all streams: a thousand of them with a hole and a full window each. */
#define NET_TCP_TOTAL_BYTES ((size_t)64 << 20)

/* Packet time that a hole is waited for: some rounds of sending again (RFC 6298 2
 * begins with 1 s, doubled each time). */
#define NET_TCP_GAP_AGE (10 * TICK_S)

/* The same once the receiver has it: what a capture with several queues or mirror ports
 * may be late with one direction. */
#define NET_TCP_ACKED_AGE (1 * TICK_S)

/* --- SCTP */

/* Directions at once: five thousand associations; trunks have few. */
#define NET_SCTP_DIRECTIONS 10000U

/* Bytes of one message: as much as one of a TCP stream may have. */
#define NET_SCTP_MESSAGE_BYTES ((size_t)1 << 20)

/* Parts that wait in one direction, with the memory beside them: the longest message,
 * and as much again for those between its parts. */
#define NET_SCTP_DIRECTION_BYTES ((size_t)2 << 20)

/* The same in all directions: a thousand with ten chunks of Ethernet size each. */
#define NET_SCTP_TOTAL_BYTES ((size_t)16 << 20)

/* Packet time that the rest of a message is waited for: some rounds of sending again
 * (RFC 9260 6.3.1 begins with 1 s, doubled each time). */
#define NET_SCTP_AGE (30 * TICK_S)

#endif
