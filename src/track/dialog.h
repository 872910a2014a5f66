/* SPDX-License-Identifier: MIT */
/* track/dialog.h - SIP dialogs as an observer sees them.
 *
 * RFC 3261 section 12, 13.2.2.4, 15; RFC 3262; RFC 5057 (usages); RFC 6665. States
 * and arrows: dialog.def. Identity: Call-ID and the two tags, unordered; one record
 * however many hops showed it. */
#ifndef TRACK_DIALOG_H
#define TRACK_DIALOG_H

#include <stdint.h>

#include "base/err.h"
#include "base/tick.h"

enum dialog_state {
	DIALOG_NONE, /* never shown */
	DIALOG_EARLY,
	DIALOG_CONFIRMED,
	DIALOG_LAPSED, /* early, another branch won and 32 s passed; a late 2xx revives
	                * it. Shown as terminated. */
	DIALOG_TERMINATED,
	DIALOG_STATE_COUNT
};

enum dialog_event {
	DIALOG_EV_PROVISIONAL,  /* 101..199 with a To tag */
	DIALOG_EV_SUCCESS,      /* 2xx to INVITE, SUBSCRIBE or REFER; NOTIFY */
	DIALOG_EV_REJECT,       /* 300..699 to an INVITE that had shown it */
	DIALOG_EV_FORK_TIMER,   /* 32 s after a 2xx with another tag */
	DIALOG_EV_USAGES_ENDED, /* the last usage ended (RFC 5057) */
	DIALOG_EV_GONE,         /* 481 or 408 inside the dialog */
	DIALOG_EV_COUNT
};

enum dialog_end {
	DIALOG_NOT_ENDED,
	DIALOG_END_BYE,
	DIALOG_END_CANCELLED, /* 487 */
	DIALOG_END_REJECTED,
	DIALOG_END_REPLACED,
	DIALOG_END_NOTIFY,    /* its last subscription ended */
	DIALOG_END_TIMEOUT,   /* 408, or the fork timer */
	DIALOG_END_481,
	DIALOG_END_COUNT
};

struct dialog_row {
	enum dialog_state next; /* DIALOG_NONE: no row, nothing moves */
	const char       *source;
};

/* The row of a pair; never NULL. */
const struct dialog_row *dialog_row(enum dialog_state state, enum dialog_event event);

/* As the JSON says it: "early", "bye"; "" for DIALOG_NOT_ENDED. */
const char *dialog_state_name(enum dialog_state state);
const char *dialog_end_name(enum dialog_end end);

/* A usage of a dialog (RFC 5057): the INVITE usage, or a subscription. */
struct usage {
	uint32_t next : 31; /* older usage of the same dialog */
	uint32_t ended : 1;
	uint32_t event; /* interned text "subscribe:EVENT"; 0: the INVITE usage */
};

/* What the newest description of one side was, as keyed hashes. */
struct media_side {
	uint16_t content;   /* of all but o=; 0: there was none */
	uint16_t origin[2]; /* of o=, lower half first; 0: there was none */
};

struct dialog {
	uint32_t call;
	uint32_t older;      /* dialog of the same call made before this one */
	uint32_t caller_tag; /* text; From tag of the request that created it */
	uint32_t callee_tag; /* text */
	uint32_t created;    /* message that created it */
	uint32_t confirmed;  /* message that confirmed it */
	uint32_t ended;      /* message that ended it, 0 when a timer did */
	uint32_t usages;     /* newest usage */
	uint32_t last_txn;   /* newest INVITE transaction that showed it */
	uint32_t caller_contact; /* newest message with a Contact from the caller ... */
	uint32_t callee_contact; /* ... and from the callee: remote targets (12.2.1.1) */
	uint32_t messages;
	uint32_t session;    /* what tracker_session_timer reads; 0: no timer */
	uint32_t described;  /* its messages with a session description (edges), but for
	                      * an INVITE that was sent before there was a dialog */
	struct media_side sides[2]; /* caller, callee */
	tick     lapsed_at;  /* when the fork timer ran out; TICK_NONE: it did not */
	uint8_t  method;     /* enum sip_method: of the request that created it */
	uint8_t  state;      /* enum dialog_state */
	uint8_t  end;        /* enum dialog_end */
	uint8_t  inferred : 1; /* the capture began inside it */
	uint8_t  hold_caller : 1; /* the caller put all media on hold */
	uint8_t  hold_callee : 1;
} PACKED_4;

#endif
