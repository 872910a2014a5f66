/* SPDX-License-Identifier: MIT */
/* track/route.h - URIs and lists of them, as routing compares them.
 *
 * Routes and remote targets are not kept: a hash of 16 bits stands for each. Two SIP URIs
 * that are equal by RFC 3261 19.1.4 have the same one. Some that are not have it too:
 * letter case, parameters, headers and the port 5060 do not count. So what differs is
 * surely different, and no fault is claimed where there is none.
 * No clock, no allocation, no globals. */
#ifndef TRACK_ROUTE_H
#define TRACK_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "sip/field.h"
#include "track/flow.h"

/* Routes of one list that are compared: a request begins with 70 in Max-Forwards (RFC
 * 3261 8.1.1.6), and each proxy takes one of them. */
#define ROUTE_MAX  70

/* The hash of no URIs: a list is there, and empty. 0 is "not known". */
#define ROUTE_NONE 0x5eedU

/* The URIs of all fields of one list header, in order. */
struct routes {
	unsigned count;
	struct slice uri[ROUTE_MAX]; /* only `count` of them are written */
};

/* Of a message that has the header; use routes_read. */
bool routes_read_all(struct routes *out, const struct sip_msg *msg, enum sip_hdr_id id);

/* False: more than ROUTE_MAX. Inline: most messages have no route. */
static inline bool routes_read(struct routes *out, const struct sip_msg *msg,
                               enum sip_hdr_id id)
{
	out->count = 0;
	return !msg->first[id] || routes_read_all(out, msg, id);
}

/* Of those from `from` on, as they stand, and of all of them turned round. Never 0. */
uint16_t routes_hash(const struct routes *list, unsigned from);
uint16_t routes_hash_reversed(const struct routes *list);

/* Of `first`, then all but the last one: what a strict router is sent (16.6 step 6). */
uint16_t routes_hash_strict(const struct routes *list, struct slice first);

/* How many stand in front of the list with this hash: 0 to count; -1: it does not end
 * with that list. */
int routes_before(const struct routes *list, uint16_t hash);

uint16_t route_uri_hash(struct slice uri);  /* never 0 */
uint16_t route_same_hash(struct slice uri); /* of its bytes: equal when they are */

/* Does the URI say that its proxy routes loosely (RFC 3261 19.1.1)? */
bool route_is_loose(struct slice uri);

/* Where a request with this URI goes next. False: nowhere that can be told (no SIP URI,
 * or maddr). */
bool route_host(struct sip_host *out, struct slice uri);
bool route_is_address(const struct sip_host *host);
bool route_host_is(const struct sip_host *host, const struct track_endpoint *endpoint);
/* Equal hosts have the same key. */
uint64_t route_host_key(const struct sip_host *host);

/* Of the URI of the first Contact; 0: there is none. */
uint16_t route_contact_hash(const struct sip_msg *msg);

/* Are all header fields of the message at hand? Of what was cut nothing can be said. */
bool route_is_whole(const struct sip_msg *msg);

/* What is kept of a request that is no ACK; all 0 where nothing is known. */
struct route_note {
	uint16_t uri;     /* its Request-URI; outside a dialog route_same_hash */
	uint16_t contact; /* 0: none */
	uint16_t list;    /* inside a dialog: the last of its Route, 0 for none; of an
	                   * INVITE outside: its Record-Route */
};
struct route_note route_note(const struct sip_msg *msg, bool in_dialog);

#endif
