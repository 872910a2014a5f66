/* SPDX-License-Identifier: MIT */
/* Calls that leave: which, when, and what is remembered of them. */
#include "config.h"

#include "engine/limits.h"
#include "engine/private.h"

static void drop_bytes(const struct engine *e, uint32_t message)
{
	const struct track_message *m = tracker_message_at(e->tracker, message);
	if (e->cfg.store.drop && m->ref != REF_NONE && m->ref & REF_SPOOLED)
		e->cfg.store.drop(e->cfg.store.arg, m->ref & REF_OFFSET_MASK, m->len);
}

static void drop_list(const struct engine *e, uint32_t newest)
{
	for (uint32_t m = newest; m; m = tracker_message_at(e->tracker, m)->prev)
		drop_bytes(e, m);
}

static void count_call(const struct tracker *t, uint32_t call, struct engine_counts *out)
{
	struct call_summary sum;
	unsigned kind = tracker_call_at(t, call)->kind;
	out->calls[kind]++;
	if (kind != CALL_INVITE)
		return;
	tracker_fetch_ahead(t, call);
	tracker_summarize(t, call, &sum);
	out->states[sum.state]++;
}

static void count_findings(const struct find *find, struct engine_counts *out)
{
	for (uint32_t i = 1; i <= find_count(find); i++)
		out->findings[find_at(find, i)->code]++;
	for (unsigned i = 0; i < FIND_SEVERITY_COUNT; i++)
		out->severities[i] += find->counts[i];
}

static void leave(struct engine *e, uint32_t call)
{
	struct tracker *t = e->tracker;
	const struct call *c = tracker_call_at(t, call);
	find_leave(&e->find, call, e->now);
	e->found = true;
	if (e->cfg.leave)
		e->cfg.leave(e->cfg.arg, call);
	e->found = false;
	e->stats.calls_left++;
	count_call(t, call, &e->gone);
	count_findings(&e->find, &e->gone);
	for (uint32_t x = c->newest; x; x = tracker_transaction_at(t, x)->older) {
		e->gone.transactions[tracker_outcome(t, x)]++;
		drop_list(e, tracker_transaction_at(t, x)->last);
	}
	drop_list(e, c->strays);
	for (uint32_t d = c->dialogs; d; d = tracker_dialog_at(t, d)->older)
		e->gone.dialogs[tracker_dialog_at(t, d)->state]++;
	find_forget(&e->find, call);
	tracker_forget(t, call);
}

/* Without memory for it, the call leaves with those that there is no room for. */
static void look_later(struct engine *e, uint32_t call, tick at)
{
	enum err ignored = deadline_add(&e->ends, (struct deadline){ at, call, 0 });
	(void)ignored;
}

/* Has the call been over for long enough? Else look again then, or when it can have been,
 * should it end now. */
static void look(struct engine *e, uint32_t call)
{
	tick since, linger = e->cfg.linger;
	if (!tracker_has_call(e->tracker, call))
		return;
	bool over = tracker_is_over(e->tracker, call, e->now, &since);
	bool idle = tick_add(since, LIMIT_IDLE_NS) <= e->now;
	if ((over && tick_add(since, linger) <= e->now) || idle) {
		e->stats.evicted_calls += !over;
		leave(e, call);
	} else {
		tick wait = linger > TICK_S ? linger : TICK_S;
		tick at = over ? tick_add(since, linger) : tick_add(e->now, wait);
		look_later(e, call, at);
	}
}

/* Who leaves first. */
enum rank {
	RANK_OVER,
	RANK_UNANSWERED, /* one request, and no answer */
	RANK_NOT_UP,     /* no dialog is confirmed */
	RANK_ANY
};

static bool has_rank(const struct engine *e, uint32_t call, enum rank rank)
{
	const struct tracker *t = e->tracker;
	const struct call *c = tracker_call_at(t, call);
	tick since;
	switch (rank) {
	case RANK_OVER: return tracker_is_over(t, call, e->now, &since);
	case RANK_UNANSWERED:
		return c->transactions == 1 &&
		       !tracker_transaction_at(t, c->newest)->response;
	case RANK_NOT_UP:
		for (uint32_t d = c->dialogs; d; d = tracker_dialog_at(t, d)->older)
			if (tracker_dialog_at(t, d)->state == DIALOG_CONFIRMED)
				return false;
		return true;
	case RANK_ANY: break;
	}
	return true;
}

static bool has_room(const struct engine *e, unsigned eighths)
{
	const struct engine_store *store = &e->cfg.store;
	return e->mem.used <= e->mem.budget / 8 * eighths &&
	       !(store->is_full && store->is_full(store->arg, eighths + 1));
}

static void forget_message(struct engine *e, uint32_t message)
{
	drop_bytes(e, message);
	tracker_forget_message(e->tracker, message);
}

/* Malformed ones, which are in no call. */
static void evict_messages(struct engine *e)
{
	const struct tracker *t = e->tracker;
	uint32_t next;
	for (uint32_t id = tracker_next_message(t, 0); id; id = next) {
		next = tracker_next_message(t, id);
		if (!tracker_message_call(t, id))
			forget_message(e, id);
	}
}

/* The oldest of each rank leave until there is room. Where that is not enough, as with
 * one call that has all of it, it is not tried again at once. */
static void evict(struct engine *e)
{
	const struct tracker *t = e->tracker;
	evict_messages(e);
	for (unsigned rank = RANK_OVER; rank <= RANK_ANY; rank++) {
		uint32_t next;
		for (uint32_t id = tracker_next_call(t, 0); id; id = next) {
			if (has_room(e, LIMIT_EVICT_BELOW))
				return;
			next = tracker_next_call(t, id);
			if (!has_rank(e, id, (enum rank)rank) ||
			    (e->cfg.may_leave && !e->cfg.may_leave(e->cfg.arg, id)))
				continue;
			e->stats.evicted_calls += rank != RANK_OVER;
			leave(e, id);
		}
	}
	e->evict_after = tick_add(e->now, TICK_S);
}

void leave_let_go(struct engine *e)
{
	struct deadline due;
	if (deadline_next(&e->ends) <= e->now)
		tracker_advance(e->tracker, e->now);
	while (deadline_next(&e->ends) <= e->now && deadline_pop(&e->ends, e->now, &due))
		look(e, due.id);
	if (e->now >= e->evict_after && !has_room(e, LIMIT_EVICT_ABOVE))
		evict(e);
}

void leave_await(struct engine *e, const struct track_result *is)
{
	if (is->call > e->awaited) {
		e->awaited = is->call;
		if (e->cfg.keep == ENGINE_KEEP_OPEN)
			look_later(e, is->call, tick_add(e->now, e->cfg.linger));
	} else if (is->call == 0 && is->message && e->cfg.keep == ENGINE_KEEP_OPEN) {
		forget_message(e, is->message);
	}
}

/* --- what there is and was */

void engine_count(struct engine *e, struct engine_counts *out)
{
	const struct tracker *t = e->tracker;
	uint32_t id;
	*out = e->gone;
	for (id = tracker_next_call(t, 0); id; id = tracker_next_call(t, id))
		count_call(t, id, out);
	for (id = tracker_next_transaction(t, 0); id;
	     id = tracker_next_transaction(t, id))
		out->transactions[tracker_outcome(t, id)]++;
	for (id = tracker_next_dialog(t, 0); id; id = tracker_next_dialog(t, id))
		out->dialogs[tracker_dialog_at(t, id)->state]++;
	count_findings(engine_find(e), out);
}
