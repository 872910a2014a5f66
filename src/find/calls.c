/* SPDX-License-Identifier: MIT */
/* Rules on a call as a whole. */
#include "config.h"

#include "find/private.h"

/* Users hang up before it rings (ITU-T E.721: post-selection delay of an international
 * call, 95 %: 11 s). */
#define LONG_SETUP (11 * TICK_S)

static void captured(struct find_run *run)
{
	const struct call_summary *s = &run->summary;
	const struct call *c = run->call;
	if (c->duplicates)
		find_add(
			run, FIND_CAPTURED_TWICE,
			(struct finding){ .messages = { c->first }, .n = c->duplicates });
	if (!run->is_invite)
		return;
	if (!s->start_seen)
		find_add(run, FIND_BEGIN_NOT_CAPTURED,
		         (struct finding){ .messages = { c->first }, .gap = true });
	else if (s->state == CALL_IN_CALL && s->answered)
		find_add(run, FIND_END_NOT_CAPTURED,
		         (struct finding){ .messages = { s->answered },
		                           .span = find_rest(run, s->answered),
		                           .gap = true });
	else if (s->invite && (s->state == CALL_CALLING || s->state == CALL_TRYING ||
	                       s->state == CALL_RINGING))
		find_add(run, FIND_CAPTURE_ENDED,
		         (struct finding){ .messages = { s->invite },
		                           .span = find_rest(run, s->invite),
		                           .gap = true });
}

static void progress(struct find_run *run)
{
	const struct call_summary *s = &run->summary;
	if (!s->invite)
		return;
	uint32_t sign = s->ringing ? s->ringing : s->answered;
	if (sign && find_span(run, s->invite, sign) >= LONG_SETUP)
		find_add(run, FIND_LONG_SETUP,
		         (struct finding){ .messages = { s->invite, sign },
		                           .span = find_span(run, s->invite, sign) });
	if (s->state == CALL_CANCELLED && !sign && s->ended)
		find_add(run, FIND_NEVER_RANG,
		         (struct finding){ .messages = { s->invite, s->ended },
		                           .span = find_span(run, s->invite, s->ended) });
}

void find_calls(struct find_run *run)
{
	captured(run);
	if (run->is_invite)
		progress(run);
}
