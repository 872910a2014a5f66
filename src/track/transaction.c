/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/transaction.h"

static const struct txn_row rows[TXN_KIND_COUNT][TXN_STATE_COUNT][TXN_EV_COUNT] = {
#define TXN_ROW(kind, state, event, next, timer, source) \
	[TXN_##kind][TXN_##state][TXN_EV_##event] = { TXN_##next, source, timer },
#include "track/transaction.def"
#undef TXN_ROW
};

const struct txn_row *txn_row(enum txn_kind kind, enum txn_state state,
                              enum txn_event event)
{
	return &rows[kind][state][event];
}

const char *txn_state_name(enum txn_state state)
{
	static const char *const names[] = {
		[TXN_NEW] = "new",
		[TXN_CALLING] = "calling",
		[TXN_TRYING] = "trying",
		[TXN_PROCEEDING] = "proceeding",
		[TXN_ACCEPTED] = "accepted",
		[TXN_COMPLETED] = "completed",
		[TXN_CONFIRMED] = "confirmed",
		[TXN_TIMEOUT] = "timeout",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == TXN_STATE_COUNT, "all states");
	return names[state];
}

const char *txn_outcome_name(enum txn_outcome outcome)
{
	static const char *const names[] = {
		[TXN_SUCCESS] = "success",       [TXN_REDIRECT] = "redirect",
		[TXN_FAILURE] = "failure",       [TXN_TIMED_OUT] = "timeout",
		[TXN_UNFINISHED] = "unfinished", [TXN_ORPHAN] = "orphan",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == TXN_OUTCOME_COUNT,
	               "all outcomes");
	return names[outcome];
}
