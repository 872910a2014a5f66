/* SPDX-License-Identifier: MIT */
/* track/transaction.h - SIP transactions as an observer on the path sees them.
 *
 * RFC 3261 section 17, with RFC 6026 (state Accepted). States and arrows:
 * transaction.def, one row for each. A message that no row allows moves nothing.
 * Key: client address, server address, Call-ID, CSeq number, method (ACK counts as
 * INVITE), top Via sent-by and branch (17.1.3, 17.2.3).
 * track/README.md has the theory of operation. */
#ifndef TRACK_TRANSACTION_H
#define TRACK_TRANSACTION_H

#include <stdint.h>

#include "base/tick.h"

enum txn_state {
	TXN_NEW, /* nothing seen; never shown */
	TXN_CALLING,
	TXN_TRYING,
	TXN_PROCEEDING,
	TXN_ACCEPTED,
	TXN_COMPLETED,
	TXN_CONFIRMED,
	TXN_TIMEOUT,
	TXN_STATE_COUNT
};

enum txn_event {
	TXN_EV_REQUEST, /* the request, for the first time */
	TXN_EV_REPEAT,  /* the request again */
	TXN_EV_1XX,
	TXN_EV_2XX,
	TXN_EV_3XX_6XX,
	TXN_EV_ACK,
	TXN_EV_TIMER,   /* timer B or F ran out */
	TXN_EV_COUNT
};

enum txn_kind { TXN_NON_INVITE, TXN_INVITE, TXN_KIND_COUNT };

enum txn_outcome {
	TXN_SUCCESS,    /* 2xx */
	TXN_REDIRECT,   /* 3xx */
	TXN_FAILURE,    /* 4xx to 6xx */
	TXN_TIMED_OUT,  /* timer B or F would have fired */
	TXN_UNFINISHED, /* the capture ended before that */
	TXN_ORPHAN,     /* no request seen, no final response */
	TXN_OUTCOME_COUNT
};

/* T1 64 times: timers B, F and H (RFC 3261 table 4), and the 32 s for which a UAC
 * waits for further 2xx (13.2.2.4). */
#define TXN_TIMEOUT_NS (UINT64_C(32) * TICK_S)

/* One transition. next is TXN_NEW where there is no row. */
struct txn_row {
	enum txn_state next;
	const char    *source; /* "RFC 3261 17.1.1.2 figure 5"; NULL where no row */
	unsigned       starts_timer; /* B or F begins: TXN_TIMEOUT_NS from now */
};

/* The row of a pair; never NULL. */
const struct txn_row *txn_row(enum txn_kind kind, enum txn_state state,
                              enum txn_event event);

/* "calling", "success" and so on; never NULL. */
const char *txn_state_name(enum txn_state state);
const char *txn_outcome_name(enum txn_outcome outcome);

/* One transaction. Numbers are ids, 0 for none; message numbers stand for their
 * times too. Open for reading; only the tracker writes. Two stand on a call on average,
 * so what few of them need lies in struct txn_more: that took 128 bytes to 80. */
struct txn {
	uint64_t branch;     /* keyed hash of it; of none, that of "" */
	uint32_t sent_by;    /* keyed hash of host:port, lower case; 0: unknown */
	uint32_t via_all;    /* keyed hash of its Via list; 0: no Via */
	uint32_t call;
	uint32_t older;      /* transaction of the same call made before this one */
	uint32_t flow;       /* client to server */
	uint32_t cseq;       /* number; saturated */
	uint32_t from_tag;   /* keyed hash */
	uint32_t request;    /* first message: the request */
	uint32_t response;   /* first message: a response of any kind */
	uint32_t ringing;    /* first message: 101 to 199 */
	uint32_t final;      /* first message: final response */
	uint32_t last;       /* newest message; the others by struct track_message.prev */
	uint32_t messages;
	uint32_t dialog;     /* of the request, or that the first response showed */
	uint32_t shown;      /* INVITE: dialogs it showed while early (edges);
	                      * REGISTER: its contacts (struct reg_request);
	                      * SUBSCRIBE, REFER, NOTIFY: its subscription */
	uint32_t answered;   /* dialogs that a 2xx in it confirmed (edges) */
	uint32_t more;       /* what tracker_more reads; 0: all of it is 0 */
	uint8_t  state;      /* enum txn_state */
	uint8_t  code;       /* enum sip_method */
	uint8_t  kind;       /* enum txn_kind */
	uint8_t  in_dialog : 1;    /* its request had a To tag */
	uint8_t  reinvite : 1;     /* request not seen, but its dialog was known before */
	uint8_t  expires_zero : 1; /* SUBSCRIBE asked for 0 s */
	uint8_t  expires_given : 1;
	uint8_t  succeeded : 1;    /* see tracker_success */
	uint8_t  acked : 1;        /* see tracker_acks */
	uint8_t  described : 1;    /* its SDP was looked at: relate.c */
	uint8_t  timed : 1;        /* timer B or F stands in the order of the records */
};

/* What about one transaction in ten needs. */
struct txn_more {
	uint32_t method;     /* interned text where code is SIP_METHOD_OTHER */
	uint32_t success;    /* first message: 2xx, where it is not `final` */
	uint32_t cancel;     /* of an INVITE: its CANCEL; of a CANCEL: its INVITE */
	uint32_t forward_of; /* transaction whose request this one forwards */
	uint32_t forwards;   /* newest transaction that forwards this one ... */
	uint32_t next_forward; /* ... and of the same forwarded one, the one before */
	uint32_t chain;      /* in an indexed call: older one of the same CSeq, method and
	                      * branch */
	uint32_t event;      /* SUBSCRIBE: interned text of the event package */
	uint32_t acks;       /* different ACKs after the first */
	uint32_t request_retransmissions;
	uint32_t response_retransmissions;
	uint32_t ack_retransmissions;
	uint32_t duplicates; /* of requests and responses; its call counts ACKs too */
};

#endif
