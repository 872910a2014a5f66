/* SPDX-License-Identifier: MIT */
/* track/flow.h - interned source and destination of messages.
 *
 * A hop is a pair of IP addresses: ports are no part of it, because responses go to
 * the port of the Via and user agents send from others. So an address has a number
 * of its own beside the endpoint. */
#ifndef TRACK_FLOW_H
#define TRACK_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "base/pool.h"

/* An IP address with a port: IPv4 in the first four bytes, the others 0. The track
 * room does not know the net room; the engine copies from one to the other. */
struct track_endpoint {
	uint8_t  family; /* 4 or 6 */
	uint8_t  bytes[16];
	uint16_t port;
};

/* Does it mean nothing outside of its network (RFC 1918, RFC 6598, RFC 3927, RFC 1122
 * 3.2.1.3 loopback; RFC 4193, RFC 4291 2.5.6)? The port is not looked at. */
bool track_endpoint_is_private(const struct track_endpoint *endpoint);

struct track_flow {
	struct track_endpoint src, dst;
	uint32_t              src_addr, dst_addr; /* equal numbers, equal addresses */
	uint32_t              last; /* newest message on it, or 0; the tracker's */
	bool                  wanted; /* see flow_want */
};

struct flow_table {
	struct pool addrs;
	struct pool flows;
	struct map  addr_index;
	struct map  flow_index;
	uint64_t    seed;
};

void flow_init(struct flow_table *table, struct mem *mem, uint64_t seed, uint32_t limit);
void flow_clear(struct flow_table *table);

/* The number (from 1) of a pair of endpoints. OK, ERR_LIMIT, ERR_NOMEM. */
MUST_USE enum err flow_intern(struct flow_table *table, const struct track_endpoint *src,
                              const struct track_endpoint *dst, uint32_t *out);

/* The number that flow_intern gave the pair, or 0. */
uint32_t flow_find(const struct flow_table *table, const struct track_endpoint *src,
                   const struct track_endpoint *dst);

/* `message` is the newest one on it. */
void flow_note(struct flow_table *table, uint32_t flow, uint32_t message);

/* Keep this one at the next flow_collect, which lets go of the others, and of addresses
 * that are in none; their numbers are not used again. */
void flow_want(struct flow_table *table, uint32_t flow);
void flow_collect(struct flow_table *table);

/* Borrowed until flow_collect. */
const struct track_flow *flow_at(const struct flow_table *table, uint32_t flow);

#endif
