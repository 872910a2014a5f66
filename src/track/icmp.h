/* SPDX-License-Identifier: MIT */
/* track/icmp.h - ICMP errors that quote a SIP message: evidence that it, or its sender,
 * did not arrive.
 *
 * RFC 792, RFC 4443; what a router or host must quote is the IP header and eight bytes,
 * or as much as fits (RFC 1812 4.3.2.3). RFC 3261 18.4 says what an element does on such
 * an error; here it moves no state: it is kept with the transaction of the message. */
#ifndef TRACK_ICMP_H
#define TRACK_ICMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/tick.h"
#include "sip/message.h"
#include "track/flow.h"

/* Errors kept: each is evidence, a flood of them is not. */
#define TRACK_ICMP_MAX 100000U

/* Messages of a transaction that are looked at to find the quoted one. */
#define TRACK_ICMP_LOOK 64

/* One error. Borrowed for the call. */
struct track_icmp_input {
	const struct sip_msg *msg;      /* what is quoted of the message; NULL: nothing */
	struct track_endpoint src, dst; /* of the quoted packet */
	struct track_endpoint from;     /* who reports; port 0 */
	tick                  at;
	uint32_t              frame;    /* number of the packet */
	uint16_t              ip_id;    /* of the quoted packet, or 0 */
	uint8_t               transport; /* of the quoted packet, enum net_transport */
	uint8_t               type, code; /* of from.family */
};

/* One error that was tied to a transaction. */
struct track_icmp {
	struct track_endpoint from;
	tick                  at;
	uint32_t              frame;
	uint32_t              transaction;
	uint32_t              message; /* that did not arrive; 0: not known which */
	uint32_t              next;    /* error of the same transaction after it, or 0 */
	uint32_t              last;    /* of the oldest one: the newest */
	uint8_t               type, code;
};

struct tracker;

/* OK: kept with its transaction. ERR_MORE: it belongs to no message that was captured.
 * ERR_LIMIT, ERR_NOMEM: not kept. Each is counted in struct track_stats. */
enum err tracker_icmp(struct tracker *t, tick now,
                               const struct track_icmp_input *in);

/* How many; their ids are from 1. */
uint32_t                 tracker_icmps(const struct tracker *t);
/* The oldest error of a transaction, or 0; then struct track_icmp.next. */
uint32_t                 tracker_icmp_of(const struct tracker *t, uint32_t transaction);
const struct track_icmp *tracker_icmp_at(const struct tracker *t, uint32_t id);

#endif
