/* SPDX-License-Identifier: MIT */
/* net/tcp.h - TCP streams put together from the segments that were captured.
 *
 * RFC 9293 3.4 (sequence numbers), as an observer on the path sees them: segments in
 * any order, sent again, overlapping, lost; captures that begin in mid-stream. Each
 * direction is a stream of its own. Of overlapping bytes the first copy counts.
 * A gap is data: after a bound in bytes or packet time the missing bytes are declared
 * lost, and the stream goes on behind them.
 * A hole that the receiver acknowledged was filled on the wire and missed by the capture:
 * it is declared sooner. Checksums and windows are not looked at.
 * No clock: time is that of the packets. */
#ifndef NET_TCP_H
#define NET_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/slice.h"
#include "base/tick.h"
#include "net/net.h"

/* Bits of struct tcp_segment.flags, as they stand in the header (RFC 9293 3.1). */
#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* A segment so many bytes away from where its stream stands belongs to another
 * connection, whose SYN was not captured: windows of SIP hosts are far smaller. */
#define TCP_FAR (UINT32_C(16) << 20)

/* One segment as it was captured. Borrowed for the call. */
struct tcp_segment {
	struct net_endpoint src, dst;
	struct slice        payload; /* captured bytes */
	uint32_t            cut;     /* payload bytes that the snapshot length cut off */
	uint32_t            seq;
	uint32_t            ack;     /* with TCP_ACK */
	uint8_t             flags;   /* other bits than those above are ignored */
	uint16_t            input;   /* of the packet */
	uint64_t            frame;   /* its number */
	tick                at;
	uint16_t            encapsulation; /* as in struct net_datagram */
};

struct tcp_limits {
	uint32_t streams;      /* directions at once, at least 2 */
	size_t   stream_bytes; /* held for one stream before a gap is declared */
	size_t   total_bytes;  /* held for all, with the memory that it takes beside */
	tick     gap_age;      /* ns of packet time that a gap is waited for */
	tick     acked_age;    /* the same since the receiver acknowledged bytes of it */
};

struct tcp_stats {
	uint64_t gaps;           /* holes declared, snapped segments included */
	uint64_t gap_bytes;      /* bytes missing in them */
	uint64_t retransmitted_bytes;
	uint64_t conflict_bytes; /* sent again with other contents while the first copy
	                          * was still held: possible evasion */
	uint64_t out_of_order;   /* segments */
	uint64_t evicted;        /* open streams dropped to keep a limit, idlest first */
	uint64_t restarted;      /* streams that began anew without a SYN, see TCP_FAR */
	uint64_t refused;        /* segments for which there was no memory; what was in
	                          * order by then was still handed on */
};

struct tcp_table;

/* OK or ERR_NOMEM. *out is the caller's, for tcp_free; mem must outlive it. seed keys
 * the hash of the table; limits are copied. */
MUST_USE enum err tcp_new(struct tcp_table **out, struct mem *mem, uint64_t seed,
                          const struct tcp_limits *limits);
void tcp_free(struct tcp_table *t); /* NULL is allowed; nothing is handed on */

/* Take one segment; what becomes readable goes to sink (struct net_bytes of net.h), in
 * order of the stream. sink must not call back into the table.
 *
 * Bytes come with frame and time of the segment that made them readable: the one that
 * filled the hole before them. Behind a gap that was declared, each has its own. The
 * event of a gap has frame and time of the segment behind it, that of an end has frame
 * 0 and the largest time so far. A stream without a byte or gap has no events. */
void tcp_segment(struct tcp_table *t, const struct tcp_segment *seg,
                 net_stream_sink *sink, void *arg);

/* Is there a stream that waits for a hole to be filled? While there is none, segments
 * without data, SYN, FIN and RST change nothing and need not be given. */
bool tcp_is_waiting(const struct tcp_table *t);

/* Gaps waited for since now - gap_age or longer are declared; the wait starts over when
 * the stream moves on. Cheap when none is due. */
void tcp_advance(struct tcp_table *t, tick now, net_stream_sink *sink, void *arg);

/* The capture ended: what is held behind gaps is handed on, then every stream ends. The
 * table is then as new but for its stats. */
void tcp_finish(struct tcp_table *t, net_stream_sink *sink, void *arg);

const struct tcp_stats *tcp_stats(const struct tcp_table *t);

#endif
