/* SPDX-License-Identifier: MIT */
/* track/message.h - what is kept of one message: a fixed record, no bytes.
 *
 * The bytes themselves stay in the capture file or go to a spool; ref and len say
 * where (engine/engine.h reads them back). */
#ifndef TRACK_MESSAGE_H
#define TRACK_MESSAGE_H

#include <stdint.h>

#include "base/tick.h"

/* Is a message seen again, and why (a message is a repeat when the same sender sent
 * the same message to the same receiver in the same transaction before). */
enum track_repeat {
	TRACK_FIRST,         /* no repeat */
	TRACK_DUPLICATE,     /* one packet, captured twice */
	TRACK_RETRANSMISSION /* sent again: RFC 3261 17, 13.3.1.4, RFC 3262 3 */
};

/* Which dialog a message belongs to: nearly always that of its transaction, so that its
 * number need not stand in every record (8 bytes with the padding, 50 bytes a call). */
enum track_dialog {
	TRACK_NO_DIALOG,
	TRACK_DIALOG_OF_TXN,
	TRACK_DIALOG_OTHER, /* of a fork, or of an ACK without a transaction */
};

/* There are six on a call on average. */
struct track_message {
	tick     at;          /* capture time; of a stream message that of the packet
	                       * which completed it */
	uint64_t ref;         /* where its bytes are: the store's */
	uint32_t tag;         /* keyed hash of the To tag of a response, or of the CSeq
	                       * number and Via list of an ACK */
	uint32_t like;        /* of a repeat: the first message of its kind; of others:
	                       * keyed hash of what, with tag, a repeat has in common.
	                       * Other requests, which need neither, keep here what
	                       * tracker_route_note reads */
	uint32_t len : 24;    /* bytes of the whole message; saturated */
	uint32_t transport : 3; /* enum net_transport, handed through */
	uint32_t repeat : 2;  /* enum track_repeat */
	uint32_t stray : 1;   /* belongs to no transaction: owner is a call */
	uint32_t request : 1; /* code is an enum sip_method, else a status */
	uint32_t truncated : 1;
	uint32_t frame;       /* number of that packet in its input, from 1; saturated */
	uint32_t flow;        /* source and destination, struct track_flow */
	uint32_t owner;       /* transaction id, or call id when stray; 0: none */
	uint32_t prev;        /* message of the same owner before this one, or 0 */
	uint16_t code : 12;   /* status of a response, enum sip_method of a request */
	uint16_t sdp : 2;     /* enum track_sdp */
	uint16_t dialog : 2;  /* enum track_dialog: what tracker_message_dialog reads */
	uint16_t ip_id;       /* IPv4 identification, or 0 */
};

/* Of a repeat: the first message of its kind; else 0. */
uint32_t track_message_of(const struct track_message *message);

#endif
