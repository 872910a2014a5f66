/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/dialog.h"

static const struct dialog_row rows[DIALOG_STATE_COUNT][DIALOG_EV_COUNT] = {
#define DIALOG_ROW(state, event, next, source) \
	[DIALOG_##state][DIALOG_EV_##event] = { DIALOG_##next, source },
#include "track/dialog.def"
#undef DIALOG_ROW
};

const struct dialog_row *dialog_row(enum dialog_state state, enum dialog_event event)
{
	return &rows[state][event];
}

const char *dialog_state_name(enum dialog_state state)
{
	static const char *const names[] = {
		[DIALOG_NONE] = "none",           [DIALOG_EARLY] = "early",
		[DIALOG_CONFIRMED] = "confirmed", [DIALOG_LAPSED] = "terminated",
		[DIALOG_TERMINATED] = "terminated",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == DIALOG_STATE_COUNT,
	               "all states");
	return names[state];
}

const char *dialog_end_name(enum dialog_end end)
{
	static const char *const names[] = {
		[DIALOG_NOT_ENDED] = "",
		[DIALOG_END_BYE] = "bye",
		[DIALOG_END_CANCELLED] = "cancelled",
		[DIALOG_END_REJECTED] = "rejected",
		[DIALOG_END_REPLACED] = "replaced",
		[DIALOG_END_NOTIFY] = "notify",
		[DIALOG_END_TIMEOUT] = "timeout",
		[DIALOG_END_481] = "481",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == DIALOG_END_COUNT, "all ends");
	return names[end];
}
