/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/select.h"

bool select_can_change(const struct select *sel)
{
	return sel->invite_only || sel->filter || sel->match;
}

bool select_is_all(const struct select *sel)
{
	return sel->ncall_ids == 0 && !select_can_change(sel);
}

static bool has_call_id(const struct select *sel, struct slice id)
{
	for (size_t i = 0; i < sel->ncall_ids; i++)
		if (slice_eq(id, sel->call_ids[i]))
			return true;
	return sel->ncall_ids == 0;
}

static bool decide(const struct select *sel, struct engine *e, uint32_t call)
{
	const struct tracker *t = engine_tracker(e);
	const struct call *c = tracker_call_at(t, call);
	return (!sel->invite_only || c->kind == CALL_INVITE) &&
	       has_call_id(sel, tracker_text(t, c->call_id)) &&
	       (!sel->filter || expression_call(sel->filter, e, call)) &&
	       (!sel->match || expression_call(sel->match, e, call));
}

static size_t bytes_for(uint32_t calls)
{
	return (size_t)calls / 8 + 1;
}

void select_decide(struct select *sel, struct engine *e)
{
	uint32_t calls = tracker_calls(engine_tracker(e));
	select_clear(sel, e);
	if (!sel->filter && !sel->match)
		return;
	uint8_t *known = mem_take(engine_mem(e), bytes_for(calls));
	if (!known)
		return;
	const struct tracker *t = engine_tracker(e);
	for (uint32_t id = tracker_next_call(t, 0); id; id = tracker_next_call(t, id))
		if (decide(sel, e, id))
			known[(id - 1) / 8] |= (uint8_t)(1U << (id - 1) % 8);
	sel->known = known;
	sel->nknown = calls;
}

void select_clear(struct select *sel, struct engine *e)
{
	mem_give(engine_mem(e), sel->known, bytes_for(sel->nknown));
	sel->known = NULL;
	sel->nknown = 0;
}

bool select_has_call(const struct select *sel, struct engine *e, uint32_t call)
{
	if (select_is_all(sel))
		return true;
	if (call == 0)
		return false;
	if (call <= sel->nknown)
		return sel->known[(call - 1) / 8] >> (call - 1) % 8 & 1;
	return decide(sel, e, call);
}
