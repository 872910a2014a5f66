/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/select.h"

bool select_is_all(const struct select *sel)
{
	return sel->ncall_ids == 0 && !sel->invite_only;
}

bool select_has_call(const struct select *sel, const struct engine *e, uint32_t call)
{
	if (select_is_all(sel))
		return true;
	if (call == 0)
		return false;
	const struct tracker *t = engine_tracker(e);
	const struct call *c = tracker_call_at(t, call);
	if (sel->invite_only && c->kind != CALL_INVITE)
		return false;
	if (sel->ncall_ids == 0)
		return true;
	struct slice id = tracker_text(t, c->call_id);
	for (size_t i = 0; i < sel->ncall_ids; i++)
		if (slice_eq(id, sel->call_ids[i]))
			return true;
	return false;
}
