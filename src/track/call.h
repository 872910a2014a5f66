/* SPDX-License-Identifier: MIT */
/* track/call.h - a call: everything that shares a Call-ID.
 *
 * What is kept is what messages say; states and times are worked out when asked for
 * (call_summarize), from the transactions and dialogs of the call. */
#ifndef TRACK_CALL_H
#define TRACK_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/tick.h"

enum call_kind {
	CALL_INVITE,
	CALL_REGISTER,
	CALL_SUBSCRIBE,
	CALL_PUBLISH,
	CALL_OPTIONS,
	CALL_MESSAGE,
	CALL_OTHER,
	CALL_KIND_COUNT
};

enum call_state {
	CALL_UNKNOWN,
	CALL_CALLING,
	CALL_TRYING,
	CALL_RINGING,
	CALL_IN_CALL,
	CALL_COMPLETED,
	CALL_CANCELLED,
	CALL_BUSY,
	CALL_CHALLENGED,
	CALL_REDIRECTED,
	CALL_TIMEOUT,
	CALL_FAILED,
	CALL_REJECTED,
	CALL_STATE_COUNT
};

enum call_ended_by {
	CALL_ENDED_BY_NOBODY, /* not ended, or nothing says who: not shown */
	CALL_ENDED_BY_CALLER,
	CALL_ENDED_BY_CALLEE,
	CALL_ENDED_BY_TIMEOUT,
	CALL_ENDED_BY_UNKNOWN,
	CALL_ENDED_BY_COUNT
};

struct call {
	uint32_t call_id;      /* text */
	uint32_t newest;       /* newest transaction; older ones by struct txn.older */
	uint32_t answered;     /* newest INVITE transaction with a 2xx (edges) */
	uint32_t dialogs;      /* newest dialog */
	uint32_t strays;       /* newest message without a transaction */
	uint32_t first;        /* first message */
	uint32_t auth;         /* newest nonce: tracker_auth_of_call */
	uint32_t messages;
	uint32_t transactions : 30;
	uint32_t indexed : 1;      /* its transactions stand in the long-list index */
	uint32_t acks_indexed : 1; /* and its ACKs in theirs */
	uint32_t ndialogs : 29;
	uint32_t kind : 3;     /* enum call_kind */
	uint32_t retransmissions;
	uint32_t duplicates;
	uint32_t relations;    /* newest evidence that it is a leg of others' call */
};

/* What can be said of a call now. Message numbers are 0 where there is none. */
struct call_summary {
	enum call_state    state;   /* of an INVITE call */
	enum call_ended_by ended_by;
	uint32_t first_invite;  /* transaction that the caller began with, or 0 */
	uint32_t decider;       /* transaction that decided the state, or 0 */
	uint32_t invite;        /* message: first request of the caller's own hop */
	uint32_t ringing;       /* message: first 101..199 there */
	uint32_t answered;      /* message: first 2xx there */
	uint32_t ended;         /* message: the BYE, or the final failure */
	uint32_t final;         /* message: the response that decided */
	uint16_t final_status;  /* 0: none */
	bool     start_seen;    /* the INVITE is in the capture */
	bool     end_seen;
};

/* As the JSON says it; never NULL ("" for CALL_ENDED_BY_NOBODY). */
const char *call_kind_name(enum call_kind kind);
const char *call_state_name(enum call_state state);
const char *call_ended_by_name(enum call_ended_by by);

#endif
