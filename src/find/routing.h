/* SPDX-License-Identifier: MIT */
/* find/routing.h - inside find: what the ends of dialogs route by, and what is known of
 * the proxies between them.
 *
 * RFC 3261 12.1 and 12.2: each end has a route set and a remote target. What counts is
 * what that end itself was sent, as it was captured on its own hop: proxies may change
 * Record-Route and Contact on the way, and the two ends then know different things. An
 * end is known by its address; requests from elsewhere are not compared. */
#ifndef FIND_ROUTING_H
#define FIND_ROUTING_H

#include <stdint.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/pool.h"

/* Hashes are those of track/route.h, 0 where not known. */
struct routing_end {
	uint16_t at;     /* its address: number of it, shortened */
	uint16_t routes; /* its route set, in the order of Route */
	uint16_t target; /* the remote target */
};

/* Of one dialog. */
struct routing_ends {
	struct routing_end caller, callee;
};

struct passing;

struct routing {
	struct pool ends;    /* struct routing_ends, by the number of the dialog; those of
	                      * dialogs that were forgotten are gone */
	struct pool known;   /* hosts that proxies called themselves in Record-Route */
	struct map known_as; /* host -> known, address -> known */
	struct passing *passing; /* the newest ACKs, or NULL */
	uint64_t unjudged;       /* not compared: ROUTE_MAX, or no memory */
};

void routing_init(struct routing *routing, struct mem *mem);
/* A dialog is forgotten. */
void routing_forget(struct routing *routing, uint32_t dialog);
void routing_clear(struct routing *routing, struct mem *mem);

#endif
