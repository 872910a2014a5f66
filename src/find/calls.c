/* SPDX-License-Identifier: MIT */
/* Rules on a call as a whole, and on registrations. */
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

/* Challenges in a row that nothing but another attempt came after. */
static void challenges(struct find_run *run)
{
	uint32_t count = 0, newest = 0;
	for (uint32_t id = run->call->newest; id;
	     id = tracker_transaction_at(run->t, id)->older) {
		const struct txn *x = tracker_transaction_at(run->t, id);
		uint16_t status = x->final ? find_message(run, x->final)->code : 0;
		if (tracker_more(run->t, x)->forward_of || x->in_dialog ||
		    x->code == SIP_METHOD_CANCEL)
			continue;
		if (status != 401 && status != 407)
			break; /* what came of the last challenge, or before the first */
		count++;
		if (!newest)
			newest = x->final;
	}
	if (!newest)
		return;
	struct finding f = { .messages = { newest } };
	if (count > 1) {
		f.n = count - 1;
		find_add(run, FIND_CREDENTIALS_REFUSED, f);
	} else if (run->is_invite ? run->summary.state == CALL_CHALLENGED
	                          : find_rest(run, newest) >= TXN_TIMEOUT_NS) {
		f.gap = find_rest(run, newest) < TXN_TIMEOUT_NS;
		find_add(run, FIND_CHALLENGE_IGNORED, f);
	}
}

static void registration(struct find_run *run)
{
	uint32_t id = run->call->newest;
	if (run->call->kind != CALL_REGISTER || !id)
		return;
	const struct txn *x = tracker_transaction_at(run->t, id);
	uint16_t status = x->final ? find_message(run, x->final)->code : 0;
	if (status >= 400 && status != 401 && status != 407 && status != 423)
		find_add(run, FIND_REGISTRATION_REFUSED,
		         (struct finding){ .messages = { x->final, x->request },
		                           .transaction = id });
}

void find_calls(struct find_run *run)
{
	captured(run);
	if (run->is_invite)
		progress(run);
	challenges(run);
	registration(run);
}
