/* SPDX-License-Identifier: MIT */
/* track/timers.h - the timers of a transaction, told from when its copies were seen.
 *
 * RFC 3261 17 with table 4 (T1, T2, timers A to H), RFC 6026, and RFC 3261 13.3.1.4 and
 * RFC 3262 3 for responses that the UAS core sends again. Nothing is kept for it: the
 * messages of the transaction are walked when somebody asks. */
#ifndef TRACK_TIMERS_H
#define TRACK_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include "track/tracker.h"

/* RFC 3261 table 4 */
#define TIMER_T1 (500 * TICK_MS)
#define TIMER_T2 (4 * TICK_S)

enum timer_schedule {
	TIMER_UNKNOWN,   /* not sent again, or only once */
	TIMER_DOUBLING,  /* each interval is twice the one before */
	TIMER_CAPPED,    /* so up to T2, and then T2 */
	TIMER_FIXED,     /* all intervals are the same, and not T2 */
	TIMER_IRREGULAR, /* none of these, even if copies were lost */
	TIMER_SCHEDULE_COUNT
};

/* What ran out, as far as an observer can tell. */
enum timer_fired {
	TIMER_NONE,
	TIMER_B,   /* INVITE without any response */
	TIMER_F,   /* other request without a final response */
	TIMER_H,   /* failure of an INVITE without ACK */
	TIMER_2XX, /* 2xx to INVITE without ACK: 64*T1 of RFC 3261 13.3.1.4 */
	TIMER_1XX, /* provisional response without PRACK: 64*T1 of RFC 3262 3 */
	TIMER_FIRED_COUNT
};

/* Copies of one message that its sender sent again of its own accord: packets captured
 * twice do not count, nor do responses that answer one more copy of the request. */
struct timer_series {
	uint32_t first, newest; /* messages; 0: there is none */
	uint32_t intervals;     /* between them; those at the end of a long series are
	                         * not looked at */
	tick t1;                /* ns: as the sender seems to use it; 0: not known */
	uint8_t schedule;       /* enum timer_schedule */
	bool lost;              /* it holds only if some copies were not captured */
};

struct txn_timers {
	struct timer_series request;     /* empty on reliable transports */
	struct timer_series final;       /* the 2xx, else the first final response */
	struct timer_series provisional; /* the first one that was sent again */
	uint8_t fired;                   /* enum timer_fired */
	tick fired_at;                   /* TICK_NONE: nothing did */
};

/* The timers of a transaction at `now`, the largest time seen. O(its messages), and
 * those of the call where an ACK is looked for. */
struct txn_timers tracker_timers(const struct tracker *t, const struct txn *txn,
                                 tick now);

/* "doubling", "" for TIMER_UNKNOWN; "B", "2xx", "" for TIMER_NONE. Never NULL. */
const char *timer_schedule_name(enum timer_schedule schedule);
const char *timer_fired_name(enum timer_fired fired);

#endif
