/* SPDX-License-Identifier: MIT */
/* net/sctp.h - user messages put together from the SCTP packets that were captured.
 *
 * RFC 9260 as an observer on the path sees it, with the I-DATA chunks of RFC 8260 and
 * the FORWARD-TSN of RFC 3758. SIP in SCTP is RFC 4168: one message of SIP is one user
 * message. Each direction of an association stands alone, and is known by its
 * addresses, ports and verification tag. A message is handed on as soon as all of it
 * is there: what came before it is not waited for. None is handed on twice.
 * Checksums (often left to the hardware), acknowledgments and windows are not looked
 * at. The paths of a multi-homed association (RFC 9260 6.4) are not known to be one.
 * No clock: time is that of the packets. */
#ifndef NET_SCTP_H
#define NET_SCTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/slice.h"
#include "base/tick.h"
#include "net/net.h"

/* TSNs that are remembered of a direction, at least: as many as the receiver in Linux
 * keeps track of. What is further behind the newest one counts as seen. */
#define SCTP_SEEN_MIN 4033U

/* A TSN so far from the newest one belongs to another association with the same tag,
 * whose beginning was not captured: no sender has so many chunks under way. */
#define SCTP_FAR (UINT32_C(1) << 16)

/* One packet, from the common header on, as it was captured. Borrowed for the call. */
struct sctp_packet {
	struct net_addr src, dst;
	struct slice    bytes;         /* captured */
	uint32_t        cut;           /* bytes that the snapshot length cut off */
	uint64_t        frame;         /* number of the packet in its input */
	tick            at;
	uint16_t        encapsulation; /* as in struct net_datagram */
	uint16_t        input;
};

/* A user message. Borrowed for the length of the call. */
struct sctp_message {
	struct net_endpoint src, dst;
	struct slice        payload;       /* in the packet unless `reassembled` */
	uint32_t            wire_len;      /* bytes that the chunks promise */
	uint32_t            ppid;          /* payload protocol identifier */
	uint16_t            stream;
	bool                truncated;     /* fewer bytes were captured than wire_len */
	bool                reassembled;   /* from several chunks */
	tick                at;            /* of the packet that completed it */
	uint64_t            frame;         /* number of that packet */
	uint16_t            input;         /* of that packet */
	uint16_t            encapsulation; /* of that packet */
	uint32_t            nframes;
	const uint64_t     *frames;        /* the packets of that input which carried it,
	                                    * ascending; NULL where there is but one */
	bool                frames_cut;    /* some are not listed */
};

/* Takes a message that a packet completed; arg is the caller's. */
typedef void sctp_sink(void *arg, const struct sctp_message *message);

struct sctp_limits {
	uint32_t directions;      /* at once, at least 1 */
	size_t   direction_bytes; /* of parts in one, with the memory beside them */
	size_t   total_bytes;     /* the same in all */
	size_t   message_bytes;   /* put together for one message */
	tick     age;             /* ns of packet time since its oldest part was seen */
};

struct sctp_stats {
	uint64_t packets;
	uint64_t chunks;     /* of all kinds */
	uint64_t messages;   /* handed on */
	uint64_t malformed;  /* lengths that lie, data chunks without data; what is behind
	                      * a false length is not looked at */
	uint64_t incomplete; /* given up: by age, a limit or an end, or because bytes were
	                      * not captured. A message of which parts in the middle are
	                      * missing counts for each run of parts that came */
	uint64_t abandoned;  /* the same, because the sender said that it gave up */
	uint64_t duplicates; /* chunks with a TSN that was seen, or is too old to know */
	uint64_t conflicts;  /* chunks that contradict one that waits: the same one with
	                      * other bytes, or neighbours of which one cannot be true */
	uint64_t missing;    /* TSNs between others that have not been seen by now */
	uint64_t restarted;  /* directions that began anew under the same tag */
	uint64_t evicted;    /* open directions dropped to keep a limit, idlest first */
	uint64_t refused;    /* chunks and messages for which there was no memory */
	uint64_t unlisted;   /* parts whose packet is not listed, see NET_FRAMES_MAX */
};

struct sctp_table;

/* OK or ERR_NOMEM. *out is the caller's, for sctp_free; mem must outlive it. seed keys
 * the hash of the table; limits are copied. */
MUST_USE enum err sctp_new(struct sctp_table **out, struct mem *mem, uint64_t seed,
                           const struct sctp_limits *limits);
void sctp_free(struct sctp_table *t); /* NULL is allowed */

/* Take one packet; each message that it completes goes to sink, in the order of the
 * chunks that completed them. sink must not call back into the table. */
void sctp_input(struct sctp_table *t, const struct sctp_packet *packet, sctp_sink *sink,
                void *arg);

/* Give up parts as old as the limit says, or older. Cheap when there are none. */
void sctp_advance(struct sctp_table *t, tick now);

/* The capture ended: give up all that waits. The table is then as new but for its
 * stats. */
void sctp_finish(struct sctp_table *t);

/* What was counted until now; the table's. */
const struct sctp_stats *sctp_stats(const struct sctp_table *t);

#endif
