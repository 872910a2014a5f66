/* SPDX-License-Identifier: MIT */
/* Rules on session timers: RFC 4028. Only messages with Session-Expires, responses with
 * 422 and dialogs that have a timer are looked at. */
#include "config.h"

#include "track/session_timer.h"

#include "find/private.h"
#include "sip/value.h"

/* RFC 4028 4: no interval may be shorter, whatever Min-SE says */
#define LEAST_S 90U

/* RFC 4028 10: who does not refresh sends BYE this long before the session ends, or a
 * third of the interval where that is less. */
#define EARLY_S 32U

/* What timers of elements, and messages under way, may be early. */
#define SLACK   TICK_S

/* --- messages as they come */

/* The number before the parameters. */
static bool read_seconds(const struct sip_msg *msg, enum sip_hdr_id id, uint32_t *seconds)
{
	struct sip_number n;
	const struct sip_hdr *hdr = sip_msg_first(msg, id);
	if (!hdr ||
	    sip_number_parse(&n, slice_head(hdr->value, slice_index(hdr->value, ';')),
	                     SIP_SECONDS_MAX) != OK)
		return false;
	*seconds = (uint32_t)n.value;
	return true;
}

/* Below 90 s, or below what the same message calls the least. Said of the INVITE and of
 * the 2xx that begin a session, not of each refresh. */
static void too_small(struct find_seen *seen, uint32_t seconds)
{
	uint32_t min, least = LEAST_S;
	if (read_seconds(seen->msg, SIP_HDR_MIN_SE, &min) && min > least)
		least = min;
	if (seconds < least)
		find_mark(seen, FIND_SESSION_INTERVAL_TOO_SMALL,
		          (struct finding){ .n = seconds, .m = least });
}

/* The tracker has read it. */
static void granted(struct find_seen *seen)
{
	struct session_timer timer;
	if (!tracker_session_timer(seen->t, seen->is->dialog, &timer) ||
	    timer.granted != seen->is->message || !timer.expires)
		return;
	if (timer.refresher == SESSION_NOBODY)
		find_mark(seen, FIND_SESSION_REFRESHER_MISSING,
		          (struct finding){ .n = timer.expires });
	if (!timer.refreshed)
		too_small(seen, timer.expires);
}

void find_session_message(struct find_seen *seen)
{
	uint32_t txn = seen->is->transaction, seconds;
	const struct txn *x = txn ? tracker_transaction_at(seen->t, txn) : NULL;
	if (!x || (x->code != SIP_METHOD_INVITE && x->code != SIP_METHOD_UPDATE))
		return;
	if (seen->m->request && !x->in_dialog &&
	    read_seconds(seen->msg, SIP_HDR_SESSION_EXPIRES, &seconds))
		too_small(seen, seconds);
	else if (seen->msg->status >= 200 && seen->msg->status < 300)
		granted(seen);
	else if (seen->msg->status == 422 &&
	         read_seconds(seen->msg, SIP_HDR_MIN_SE, &seconds))
		find_mark(seen, FIND_SESSION_INTERVAL_REFUSED,
		          (struct finding){ .n = seconds });
}

/* --- dialogs */

struct subject {
	struct find_run *run;
	uint32_t id;
	const struct dialog *dialog;
	struct session_timer timer;
	tick early; /* ns before it that the other side may hang up */
};

static void add(const struct subject *s, enum find_code code, struct finding f)
{
	f.dialog = s->id;
	find_add(s->run, code, f);
}

/* The transaction of a message, or NULL. */
static const struct txn *txn_of(const struct subject *s, uint32_t message)
{
	const struct track_message *m = find_message(s->run, message);
	return m->stray ? NULL : tracker_transaction_at(s->run->t, m->owner);
}

static void history(const struct subject *s)
{
	const struct session_timer *r = &s->timer;
	if (r->changed)
		add(s, FIND_SESSION_TIMER_CHANGED,
		    (struct finding){ .messages = { r->changed },
		                      .n = r->expires,
		                      .m = r->changed_from });
	if (r->late)
		add(s, FIND_SESSION_REFRESH_LATE,
		    (struct finding){ .messages = { r->late, r->late_of },
		                      .n = r->late_expires,
		                      .span = find_span(s->run, r->late_of, r->late) });
}

/* A request inside the dialog after the deadline: it was up, and its messages were
 * captured; or 0. */
static uint32_t sign_of_life(const struct subject *s)
{
	uint32_t id = s->run->call->newest;
	for (unsigned left = FIND_OTHERS_MAX; id && left; left--) {
		const struct txn *x = tracker_transaction_at(s->run->t, id);
		if (x->dialog == s->id && x->request && x->in_dialog &&
		    find_message(s->run, x->request)->at > s->timer.deadline)
			return x->request;
		id = x->older;
	}
	return 0;
}

static void ran_out(const struct subject *s)
{
	uint32_t life = sign_of_life(s);
	add(s, FIND_SESSION_EXPIRED,
	    (struct finding){ .messages = { s->timer.granted, life },
	                      .n = s->timer.expires,
	                      .gap = life == 0 });
}

/* Did the side that is to wait for refreshes send the BYE? Where nobody was named it may
 * have been either. The dialog was made by a request of the caller, or by a response to
 * it. */
static bool other_side_ended(const struct subject *s)
{
	const struct txn *bye = txn_of(s, s->dialog->ended);
	const struct txn *first = txn_of(s, s->dialog->created);
	if (!bye || !first || bye->code != SIP_METHOD_BYE)
		return false;
	bool by_caller = bye->from_tag == first->from_tag;
	return s->timer.refresher != (by_caller ? SESSION_CALLER : SESSION_CALLEE);
}

static void ended(const struct subject *s)
{
	tick at = find_message(s->run, s->dialog->ended)->at;
	if (at > tick_add(s->timer.deadline, s->early))
		ran_out(s);
	else if (tick_add(at, s->early + SLACK) >= s->timer.deadline &&
	         other_side_ended(s))
		add(s, FIND_ENDED_BY_SESSION_TIMER,
		    (struct finding){ .messages = { s->dialog->ended, s->timer.granted },
		                      .n = s->timer.expires,
		                      .span = find_span(s->run, s->timer.granted,
		                                        s->dialog->ended) });
}

static void look(struct find_run *run, uint32_t id)
{
	struct subject s = { .run = run, .id = id };
	s.dialog = tracker_dialog_at(run->t, id);
	if (!tracker_session_timer(run->t, id, &s.timer))
		return;
	history(&s);
	if (s.timer.deadline == TICK_NONE)
		return;
	uint64_t third = s.timer.expires * TICK_S / 3;
	s.early = third < EARLY_S * TICK_S ? third : EARLY_S * TICK_S;
	if (s.dialog->state == DIALOG_CONFIRMED && run->find->end >= s.timer.deadline)
		ran_out(&s);
	else if (s.dialog->end == DIALOG_END_BYE && s.dialog->ended)
		ended(&s);
}

void find_session_timers(struct find_run *run)
{
	if (!tracker_session_timers(run->t))
		return;
	for (uint32_t id = run->call->dialogs; id;
	     id = tracker_dialog_at(run->t, id)->older)
		look(run, id);
}
