/* SPDX-License-Identifier: MIT */
/* net/fragment.h - datagrams put together from IP fragments.
 *
 * RFC 791 3.2, RFC 8200 4.5: fragments in any order, sent again, overlapping. Of
 * overlapping bytes the first copy counts; a fragment that says otherwise is counted
 * as a conflict, and so is one that contradicts the length which is known already:
 * it is not used. A datagram that was whole is remembered for as long as one may wait,
 * so that fragments captured twice are known as such. The cost is linear in the bytes
 * of the fragments, and a table over one of its limits gives up its oldest datagram.
 * No clock: time is that of the packets. */
#ifndef NET_FRAGMENT_H
#define NET_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/slice.h"
#include "base/tick.h"
#include "net/net.h"

/* One fragment. Borrowed for the call. */
struct fragment {
	struct net_addr src, dst;
	uint32_t        id;
	uint8_t         protocol; /* of what the datagram carries */
	bool            more;     /* not the last one */
	uint16_t        offset;   /* bytes, a multiple of 8 */
	uint16_t        input;    /* of the packet */
	uint64_t        frame;    /* its number */
	struct slice    bytes;    /* captured */
	size_t          len;      /* bytes on the wire, at least bytes.len */
};

/* A whole datagram. */
struct fragment_whole {
	struct slice bytes;    /* up to the first byte that was not captured; the table's,
	                        * until its next datagram is whole */
	size_t       len;      /* bytes on the wire */
	uint8_t      protocol; /* as the fragment at offset 0 says: RFC 8200 4.5 */
	const uint64_t *frames; /* packets that brought bytes of it, of the last one's
	                         * input, ascending; the table's as `bytes` */
	uint32_t     nframes;  /* up to NET_FRAMES_MAX; 0: there was no memory for them */
	bool         frames_cut; /* some are not listed */
};

struct fragment_limits {
	uint32_t datagrams; /* under way at once, at least 1 */
	size_t   bytes;     /* of memory for them */
	tick     age;       /* ns of packet time since the first fragment that was seen */
};

struct fragment_stats {
	uint64_t incomplete; /* datagrams given up */
	uint64_t copies;     /* of them apart: had been whole before, see net_stats */
	uint64_t conflicts;  /* fragments that contradict earlier ones */
};

struct fragment_table;

/* OK or ERR_NOMEM. mem must outlive the table; seed keys its hash. */
MUST_USE enum err fragment_table_new(struct fragment_table **out, struct mem *mem,
                                     uint64_t seed,
                                     const struct fragment_limits *limits);
void fragment_table_free(struct fragment_table *t); /* NULL is allowed */

/* Take one fragment seen at `now`, which is never less than an earlier one.
 * OK: its datagram is whole and in *out. ERR_MORE: others are missing, or it was given
 * up for want of memory, which is counted. ERR_FORMAT: no datagram has such a fragment;
 * nothing has changed. */
MUST_USE enum err fragment_add(struct fragment_table *t, const struct fragment *f,
                               tick now, struct fragment_whole *out);

/* Give up what is as old as the limit says, or older. Cheap when nothing is. */
void fragment_advance(struct fragment_table *t, tick now);

/* Give up all that waits. */
void fragment_finish(struct fragment_table *t);

const struct fragment_stats *fragment_stats(const struct fragment_table *t);

#endif
