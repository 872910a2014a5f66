/* SPDX-License-Identifier: MIT */
/* view/select.h - which calls are shown. */
#ifndef VIEW_SELECT_H
#define VIEW_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "engine/engine.h"
#include "view/expression.h"

/* All conditions that are set must hold. Borrowed by the functions. */
struct select {
	const struct slice *call_ids; /* any of these; none: every Call-ID */
	size_t ncall_ids;
	bool invite_only;          /* kind invite */
	struct expression *filter; /* holds for it; or NULL */
	struct expression *match;  /* this one, too; or NULL */
	uint8_t *known;            /* select_decide: of each call, from 0, a bit */
	uint32_t nknown;           /* calls it is about */
};

/* Decide for all calls that there are, so that select_has_call need not evaluate the
 * expressions for each record of a call; it does for calls that come later. Without
 * expressions, or memory, nothing: then it just takes longer. select_clear gives the
 * memory back. */
void select_decide(struct select *sel, struct engine *e);
void select_clear(struct select *sel, struct engine *e);

/* Can it change with any message whether a call is selected? */
bool select_can_change(const struct select *sel);

/* No condition at all: every message is shown, also those that belong to no call. */
bool select_is_all(const struct select *sel);

/* call: an id of the engine's tracker, or 0 (messages that belong to no call), which
 * is selected only by a selection without conditions. */
bool select_has_call(const struct select *sel, struct engine *e, uint32_t call);

#endif
