/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/call.h"

#include "track/private.h"

const char *call_kind_name(enum call_kind kind)
{
	static const char *const names[] = {
		[CALL_INVITE] = "invite",       [CALL_REGISTER] = "register",
		[CALL_SUBSCRIBE] = "subscribe", [CALL_PUBLISH] = "publish",
		[CALL_OPTIONS] = "options",     [CALL_MESSAGE] = "message",
		[CALL_OTHER] = "other",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == CALL_KIND_COUNT, "all kinds");
	return names[kind];
}

const char *call_state_name(enum call_state state)
{
	static const char *const names[] = {
		[CALL_UNKNOWN] = "unknown",       [CALL_CALLING] = "calling",
		[CALL_TRYING] = "trying",         [CALL_RINGING] = "ringing",
		[CALL_IN_CALL] = "in-call",       [CALL_COMPLETED] = "completed",
		[CALL_CANCELLED] = "cancelled",   [CALL_BUSY] = "busy",
		[CALL_CHALLENGED] = "challenged", [CALL_REDIRECTED] = "redirected",
		[CALL_TIMEOUT] = "timeout",       [CALL_FAILED] = "failed",
		[CALL_REJECTED] = "rejected",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == CALL_STATE_COUNT,
	               "all states");
	return names[state];
}

const char *call_ended_by_name(enum call_ended_by by)
{
	static const char *const names[] = {
		[CALL_ENDED_BY_NOBODY] = "",         [CALL_ENDED_BY_CALLER] = "caller",
		[CALL_ENDED_BY_CALLEE] = "callee",   [CALL_ENDED_BY_TIMEOUT] = "timeout",
		[CALL_ENDED_BY_UNKNOWN] = "unknown",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == CALL_ENDED_BY_COUNT, "all");
	return names[by];
}

/* What the transactions of a call show, gathered in one or two walks from the newest
 * to the oldest. "Own" are the initial INVITEs that the caller itself sent: those with
 * the sent-by of the first one; what a proxy started does not decide. */
struct survey {
	uint32_t oldest_initial, newest_initial;
	uint32_t oldest_own, newest_own;
	uint32_t oldest_answered; /* of the deciding ones */
	uint32_t oldest_bye;
	uint32_t ringing, answered; /* earliest messages */
	bool     own_response;
	bool     cancel;
};

/* INVITE without To tag. One whose request was not captured counts, unless its dialog
 * was known before. */
static bool is_initial(const struct txn *x)
{
	return x->kind == TXN_INVITE && !x->in_dialog && (x->request || !x->reinvite);
}

static bool is_earlier(const struct tracker *t, uint32_t a, uint32_t b)
{
	return b == 0 || message_at(t, a)->at < message_at(t, b)->at;
}

static void survey_all(const struct tracker *t, const struct call *c, struct survey *s)
{
	for (uint32_t id = c->newest; id; id = txn_at(t, id)->older) {
		const struct txn *x = txn_at(t, id);
		if (x->code == SIP_METHOD_BYE)
			s->oldest_bye = id;
		if (x->code == SIP_METHOD_CANCEL)
			s->cancel = true;
		if (!is_initial(x))
			continue;
		s->oldest_initial = id;
		if (!s->newest_initial)
			s->newest_initial = id;
	}
}

static void survey_own(const struct tracker *t, const struct call *c, bool all,
                       struct survey *s)
{
	s->oldest_own = s->newest_own = 0;
	if (!s->oldest_initial)
		return;
	uint32_t sent_by = txn_at(t, s->oldest_initial)->sent_by;
	for (uint32_t id = c->newest; id; id = txn_at(t, id)->older) {
		const struct txn *x = txn_at(t, id);
		if (!is_initial(x) || (!all && x->sent_by != sent_by))
			continue;
		s->oldest_own = id;
		if (!s->newest_own)
			s->newest_own = id;
		s->own_response |= x->response != 0;
		if (x->ringing && is_earlier(t, x->ringing, s->ringing))
			s->ringing = x->ringing;
		if (!x->succeeded)
			continue;
		s->oldest_answered = id;
		if (is_earlier(t, tracker_success(t, x), s->answered))
			s->answered = tracker_success(t, x);
	}
}

/* Has every dialog that a 2xx of a deciding transaction confirmed had its BYE? *ended
 * gets the message that ended the last one. */
static bool all_ended(const struct tracker *t, const struct survey *s, bool all,
                      uint32_t *ended)
{
	uint32_t sent_by = txn_at(t, s->oldest_initial)->sent_by;
	bool any = false;
	for (uint32_t id = s->newest_own; id; id = txn_at(t, id)->older) {
		const struct txn *x = txn_at(t, id);
		if (!is_initial(x) || (!all && x->sent_by != sent_by))
			continue;
		for (uint32_t e = x->answered; e; e = edge_next(t, e)) {
			const struct dialog *d = dialog_at(t, edge_to(t, e));
			bool over;
			if (!dialog_has_usage(t, d, 0, &over) || !over)
				return false;
			any = true;
			if (d->ended && (!*ended || message_at(t, d->ended)->at >
			                                    message_at(t, *ended)->at))
				*ended = d->ended;
		}
	}
	return any;
}

static enum call_state state_of_final(uint16_t status)
{
	if (status == 487)
		return CALL_CANCELLED;
	if (status == 486 || status == 600)
		return CALL_BUSY;
	if (status == 401 || status == 407)
		return CALL_CHALLENGED;
	if (status < 400)
		return CALL_REDIRECTED;
	if (status == 408)
		return CALL_TIMEOUT;
	return status >= 500 && status < 600 ? CALL_FAILED : CALL_REJECTED;
}

static enum call_state state_of_pending(const struct tracker *t, const struct txn *x,
                                        bool bye)
{
	if (tracker_more(t, x)->cancel || bye)
		return CALL_CANCELLED;
	if (x->state == TXN_TIMEOUT)
		return CALL_TIMEOUT;
	if (x->ringing)
		return CALL_RINGING;
	return x->response ? CALL_TRYING : CALL_CALLING;
}

/* The INVITE was not captured: what later messages prove. */
static enum call_state state_without_invite(const struct tracker *t, const struct call *c,
                                            const struct survey *s)
{
	if (s->oldest_bye)
		return CALL_COMPLETED;
	for (uint32_t id = c->dialogs; id; id = dialog_at(t, id)->older) {
		bool over;
		if (dialog_at(t, id)->state == DIALOG_CONFIRMED &&
		    dialog_has_usage(t, dialog_at(t, id), 0, &over))
			return CALL_IN_CALL;
	}
	return s->cancel ? CALL_CANCELLED : CALL_UNKNOWN;
}

static enum call_ended_by who_ended(const struct tracker *t, const struct survey *s,
                                    const struct call_summary *sum)
{
	if (sum->state == CALL_TIMEOUT)
		return CALL_ENDED_BY_TIMEOUT;
	if (sum->state != CALL_COMPLETED && sum->state != CALL_CANCELLED)
		return CALL_ENDED_BY_NOBODY;
	if (s->oldest_bye && s->oldest_own) {
		uint32_t caller = txn_at(t, s->oldest_own)->from_tag;
		return txn_at(t, s->oldest_bye)->from_tag == caller
		               ? CALL_ENDED_BY_CALLER
		               : CALL_ENDED_BY_CALLEE;
	}
	if (sum->state == CALL_CANCELLED && s->cancel)
		return CALL_ENDED_BY_CALLER; /* only the UAC can CANCEL: 9.1 */
	return CALL_ENDED_BY_UNKNOWN;
}

static uint32_t first_message(const struct txn *x)
{
	return x->request ? x->request : x->response;
}

void tracker_summarize(const struct tracker *t, uint32_t call, struct call_summary *out)
{
	const struct call *c = call_at(t, call);
	struct survey s = { 0 };
	*out = (struct call_summary){ .state = CALL_UNKNOWN };
	survey_all(t, c, &s);
	bool all = false;
	survey_own(t, c, all, &s);
	if (s.oldest_initial && !s.own_response) {
		all = true;
		survey_own(t, c, all, &s);
	}
	if (!s.oldest_own) {
		out->state = state_without_invite(t, c, &s);
		if (out->state == CALL_COMPLETED)
			out->ended = first_message(txn_at(t, s.oldest_bye));
	} else if (s.oldest_answered) {
		const struct txn *x = txn_at(t, s.oldest_answered);
		out->decider = s.oldest_answered;
		out->final = tracker_success(t, x);
		out->state = CALL_IN_CALL;
		if (all_ended(t, &s, all, &out->ended)) {
			out->state = CALL_COMPLETED;
			if (!out->ended && s.oldest_bye)
				out->ended = first_message(txn_at(t, s.oldest_bye));
		} else {
			out->ended = 0;
		}
	} else {
		const struct txn *x = txn_at(t, s.newest_own);
		out->decider = s.newest_own;
		out->final = x->final;
		out->ended = x->final;
		out->state = x->final ? state_of_final(message_at(t, x->final)->code)
		                      : state_of_pending(t, x, s.oldest_bye != 0);
	}
	if (out->final)
		out->final_status = message_at(t, out->final)->code;
	out->first_invite = s.oldest_own;
	out->invite = s.oldest_own ? txn_at(t, s.oldest_own)->request : 0;
	out->ringing = s.ringing;
	out->answered = s.answered;
	out->start_seen = out->invite != 0;
	out->end_seen = out->ended != 0;
	out->ended_by = who_ended(t, &s, out);
}
