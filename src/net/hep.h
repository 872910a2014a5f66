/* SPDX-License-Identifier: MIT */
/* net/hep.h - SIP as capture agents send it to their server: the Homer Encapsulation
 * Protocol, versions 1, 2 and 3 (HEP3 is also called EEP).
 *
 * A packet is what one agent saw: a payload, its addresses, its time. Version 3 begins
 * with a magic and is a list of chunks, of which those of vendor 0 are known here; it
 * goes over UDP, or over TCP, one packet after the other. Versions 1 and 2 are a fixed
 * header and only go over UDP.
 *
 * Pure functions of the bytes: no state, no memory. Compressed payloads are not
 * inflated, authentication keys not looked at. */
#ifndef NET_HEP_H
#define NET_HEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "base/tick.h"
#include "net/net.h"

/* What a payload is; other values occur. */
enum hep_type {
	HEP_SIP  = 1,
	HEP_RTCP = 5,
	HEP_LOG  = 100
};

/* One packet; its slices are borrowed from the bytes it was parsed from. What the packet
 * does not say is 0 or empty. */
struct hep {
	struct net_endpoint src, dst;    /* of the payload; address family 0: not said */
	struct slice        payload;     /* as far as it is there */
	struct slice        correlation; /* an id for what belongs together */
	size_t              len;         /* bytes of the packet, as its header says */
	tick                at;          /* when the agent saw it; see has_time */
	uint32_t            capture_id;  /* of the agent */
	uint16_t            vlan;
	uint8_t             version;     /* 1 to 3 */
	uint8_t             type;        /* enum hep_type; HEP_SIP in versions 1 and 2 */
	enum net_transport  transport;   /* of the payload; NET_UDP for any unknown one */
	bool                has_time;
	bool                compressed;  /* zlib (RFC 1950), as a rule */
	bool                truncated;   /* the bytes end before the payload does */
	bool                damaged;     /* a length in it cannot be: see hep_parse */
};

/* May this be a HEP packet? For any datagram: looks at no more than four bytes. False
 * exactly when hep_parse would answer ERR_FORMAT. Versions 1 and 2 have no magic, so that
 * their payload has to bear it out. */
bool hep_starts(struct slice bytes);

/* Parse the packet that begins at `bytes`: a datagram, or one packet of a stream. There
 * may be fewer bytes than the packet has: what is there of the payload counts. Bytes
 * beyond the packet are not looked at.
 *
 * Of chunks that say the same thing the first counts. A chunk shorter than its own header
 * or longer than what is left of the packet ends it; one whose value has not the length
 * of its type is skipped. Both set out->damaged; what came before stays.
 *
 * OK, or ERR_FORMAT when !hep_starts(bytes). O(bytes.len). */
MUST_USE enum err hep_parse(struct hep *out, struct slice bytes);

/* How long is the packet that a stream goes on with? Only version 3 goes over streams.
 * OK: *len is set, to 6 at least, however many bytes are there yet. ERR_MORE: the first
 * six bytes are needed. ERR_FORMAT: this is no packet's beginning. */
MUST_USE enum err hep_length(struct slice stream, size_t *len);

#endif
