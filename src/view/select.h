/* SPDX-License-Identifier: MIT */
/* view/select.h - which calls are shown. */
#ifndef VIEW_SELECT_H
#define VIEW_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "engine/engine.h"

/* All conditions that are set must hold. Borrowed by the functions. */
struct select {
	const struct slice *call_ids; /* any of these; none: every Call-ID */
	size_t              ncall_ids;
	bool                invite_only; /* kind invite */
};

/* No condition at all: every message is shown, also those that belong to no call. */
bool select_is_all(const struct select *sel);

/* call: an id of the engine's tracker, or 0 (messages that belong to no call), which
 * is selected only by a selection without conditions. */
bool select_has_call(const struct select *sel, const struct engine *e, uint32_t call);

#endif
