/* SPDX-License-Identifier: MIT */
/* track/subscription.h - subscriptions to event packages, also the implicit one of REFER.
 *
 * RFC 6665 (SUBSCRIBE, NOTIFY), RFC 3515 and RFC 4488 (REFER). One record for a dialog
 * and the event package with its id parameter, however many hops showed it. A SUBSCRIBE
 * makes one before there is a dialog. README.md has what moves it.
 * Not here: what the notifications say, but for the status in those of a REFER. */
#ifndef TRACK_SUBSCRIPTION_H
#define TRACK_SUBSCRIPTION_H

#include <stdint.h>

#include "base/tick.h"

enum sub_state {
	SUB_PENDING,    /* asked for, or waiting for leave: no NOTIFY said active yet */
	SUB_ACTIVE,
	SUB_TERMINATED,
	SUB_STATE_COUNT
};

enum sub_end {
	SUB_NOT_ENDED,
	SUB_END_NOTIFY,       /* a NOTIFY said terminated */
	SUB_END_UNSUBSCRIBED, /* 2xx for 0 seconds */
	SUB_END_REFUSED,      /* SUBSCRIBE refused, or the dialog is gone */
	SUB_END_TIMEOUT       /* no answer, or the granted time ran out */
};

#define SUB_NO_EXPIRES UINT32_MAX

/* CSeq numbers are kept plus one, so that 0 is none. */
struct subscription {
	tick     ended_at;    /* while SUB_TERMINATED */
	uint32_t call;
	uint32_t next;        /* older subscription of the same call */
	uint32_t dialog;      /* or 0: no answer and no NOTIFY yet */
	uint32_t event;       /* interned text: the package as written; 0: not said */
	uint32_t event_id;    /* interned text: its id parameter, or 0 */
	uint32_t txn;         /* that made it; newest SUBSCRIBE without To tag */
	uint32_t first;       /* first message: request or response of SUBSCRIBE or REFER,
	                       * or NOTIFY */
	uint32_t request;     /* message: newest SUBSCRIBE, or 0 */
	uint32_t asked;       /* seconds that it asked for, or SUB_NO_EXPIRES */
	uint32_t expires;     /* seconds granted last, or SUB_NO_EXPIRES */
	uint32_t granted;     /* message that granted them, or 0 */
	uint32_t ended;       /* message that ended it; 0 when time did */
	uint32_t reason;      /* interned text: why it ended, or 0 */
	uint32_t retry_after; /* seconds of the NOTIFY that ended it, or SUB_NO_EXPIRES */
	uint32_t notifies;    /* different NOTIFY requests */
	uint32_t notify_cseq; /* of the newest NOTIFY */
	uint32_t answered;    /* CSeq of the newest SUBSCRIBE with a 2xx */
	uint32_t refer_cseq;  /* of the REFER that made it */
	uint16_t result;      /* status of the last sipfrag of a REFER, or 0 */
	uint8_t  state;       /* enum sub_state */
	uint8_t  end;         /* enum sub_end */
};

/* "pending", "active", "terminated"; never NULL. */
const char *sub_state_name(enum sub_state state);

#endif
