/* SPDX-License-Identifier: MIT */
/* track/session_timer.h - the session timer of a dialog (RFC 4028).
 *
 * The newest 2xx to INVITE or UPDATE says how long the session lasts from there on, and
 * who is to refresh it; one without Session-Expires says that there is no timer (7.2).
 * Dialogs without one have no record. */
#ifndef TRACK_SESSION_TIMER_H
#define TRACK_SESSION_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/tick.h"

enum session_refresher { SESSION_NOBODY, SESSION_CALLER, SESSION_CALLEE };

/* What is known of one. Message numbers are 0 where there is none. */
struct session_timer {
	uint32_t granted;   /* message: the newest 2xx, on the hop that showed it first */
	uint32_t expires;   /* s, saturated; 0: that 2xx granted none */
	uint32_t refreshed; /* 2xx after the first that went on with a timer */
	uint32_t late;      /* message: request (or else 2xx) that came first when more
	                     * than two thirds of the interval had passed ... */
	uint32_t late_of;   /* ... since this 2xx ... */
	uint32_t late_expires; /* ... for so many seconds */
	uint32_t changed;      /* message: newest 2xx with another interval or refresher
	                        * than the one before it ... */
	uint32_t changed_from; /* ... which granted so many seconds */
	enum session_refresher refresher;
	tick deadline; /* when the session ends unless it is refreshed; or TICK_NONE */
};

#define SESSION_EXPIRES_MAX ((UINT32_C(1) << 30) - 1) /* s: 34 years */

struct tracker;

/* That of a dialog. False: it has none and never had (out untouched). O(1). */
bool tracker_session_timer(const struct tracker *t, uint32_t dialog,
                           struct session_timer *out);
uint32_t tracker_session_timers(const struct tracker *t); /* how many */

#endif
