/* SPDX-License-Identifier: MIT */
/* track/registration.h - bindings of an address of record (RFC 3261 section 10).
 *
 * One record for an AOR (To URI as written), a contact and a registrar address. */
#ifndef TRACK_REGISTRATION_H
#define TRACK_REGISTRATION_H

#include <stdint.h>

#include "base/tick.h"

enum reg_state {
	REG_PENDING,
	REG_CHALLENGED,
	REG_REGISTERED,
	REG_UNREGISTERED,
	REG_EXPIRED, /* the granted seconds passed without a refresh */
	REG_REJECTED,
	REG_TIMEOUT,
	REG_QUERIED, /* asked without a contact and answered: no binding, not shown */
	REG_STATE_COUNT
};

#define REG_NO_EXPIRES UINT32_MAX

struct registration {
	tick     registered_at; /* of `registered`, or TICK_NONE. Messages that are of
	                         * another call may be gone (tracker_forget) */
	tick     granted_at; /* of `granted`, or TICK_NONE */
	tick     ended_at;   /* of `ended`, or TICK_NONE */
	uint32_t call;       /* Call-ID of its first REGISTER */
	uint32_t next;       /* older record of the same AOR and registrar ... */
	uint32_t newer;      /* ... and the newer one, or 0 */
	uint32_t of_call;    /* older record of the same call */
	uint32_t aor;        /* interned text */
	uint32_t contact;    /* interned text; 0: none was given */
	uint32_t flow;       /* of the first REGISTER: its destination is the registrar */
	uint32_t expires;    /* seconds granted, or REG_NO_EXPIRES */
	uint32_t registered; /* message: the 2xx that first bound it */
	uint32_t granted;    /* message: the newest 2xx that bound it */
	uint32_t ended;      /* message: the 2xx that removed it */
	uint32_t final;      /* message: final response to the newest REGISTER */
	uint32_t asked;      /* seconds of the newest REGISTER, or REG_NO_EXPIRES */
	uint32_t late;       /* message: a REGISTER that bound it anew after it had run
	                      * out; 0: none */
	uint32_t late_by;    /* ms after that; saturated */
	uint32_t timed_out;  /* transaction that made it REG_TIMEOUT, or 0 */
	uint32_t refreshes;
	uint16_t final_status;
	uint8_t  state;      /* enum reg_state */
	uint8_t  challenged; /* some REGISTER of it was challenged */
};

const char *reg_state_name(enum reg_state state);

#endif
