/* SPDX-License-Identifier: MIT */
/* Notes of a ladder on what somebody waited for: timers that ran out, how copies were
 * timed, sessions that were not refreshed, and messages that were not captured. */
#include "config.h"

#include <stdio.h>

#include "find/find.h"
#include "track/session_timer.h"
#include "track/timers.h"
#include "view/ladder_notes.h"

#define NOTE_MAX   120 /* bytes of a note of ours */

/* Transactions of a call that are looked through for what a message may belong to: as
 * the findings do. */
#define OTHERS_MAX 256

/* --- timers of transactions */

static enum err put_text(struct notes *n, struct ladder_row *row, const char *text)
{
	return ladder_keep_text(n->ladder, slice_of(text), &row->what);
}

static enum err timed(struct notes *n, struct ladder_row *row, const char *text)
{
	enum err err = put_text(n, row, text);
	row->kind = LADDER_TIMER;
	row->to = row->from;
	return err == OK ? notes_timed(n, row) : err;
}

/* Timers H and those of 2xx and 1xx send the response again until they run out: who does
 * not has what it waits for, captured or not. */
static bool is_waited_for(const struct txn_timers *timers)
{
	switch (timers->fired) {
	case TIMER_NONE: return false;
	case TIMER_H:
	case TIMER_2XX: return timers->final.intervals > 0;
	default: return true;
	}
}

/* What an observer sees is that nothing came by; what it may be is lost, too. */
static void fired_text(const struct notes *n, const struct txn_timers *timers,
                       char text[NOTE_MAX])
{
	static const char *const no[TIMER_FIRED_COUNT] = {
		[TIMER_NONE] = "",
		[TIMER_B] = "no response",
		[TIMER_F] = "no final response",
		[TIMER_H] = "no ACK",
		[TIMER_2XX] = "no ACK to the",
		[TIMER_1XX] = "no PRACK for the",
	};
	unsigned s = (unsigned)(TXN_TIMEOUT_NS / TICK_S);
	uint32_t of = timers->fired == TIMER_2XX ? timers->final.first
	                                         : timers->provisional.first;
	if (timers->fired == TIMER_2XX || timers->fired == TIMER_1XX)
		snprintf(text, NOTE_MAX, "64*T1 over: %u.0 s, %s %u", s,
		         no[timers->fired],
		         (unsigned)tracker_message_at(n->tracker, of)->code);
	else
		snprintf(text, NOTE_MAX, "Timer %s would fire: %u.0 s, %s",
		         timer_fired_name(timers->fired), s, no[timers->fired]);
}

static enum err fired(struct notes *n, uint32_t id, const struct txn_timers *timers)
{
	const struct txn *x = tracker_transaction_at(n->tracker, id);
	const struct track_flow *flow = tracker_flow_at(n->tracker, x->flow);
	bool client = timers->fired == TIMER_B || timers->fired == TIMER_F;
	char text[NOTE_MAX];
	if (!is_waited_for(timers))
		return OK;
	struct ladder_row row = { .at = timers->fired_at, .call = x->call };
	row.transaction = id;
	row.from = notes_lane(n, client ? &flow->src : &flow->dst);
	fired_text(n, timers, text);
	return timed(n, &row, text);
}

/* --- how copies were timed */

/* "0.5 s", "12 ms" */
static void wait_text(tick ns, char *out, size_t size)
{
	unsigned long long ms = (ns + TICK_MS / 2) / TICK_MS;
	if (ms < 100)
		snprintf(out, size, "%llu ms", ms);
	else
		snprintf(out, size, "%llu.%llu s", (ms + 50) / 1000,
		         (ms + 50) / 100 % 10);
}

/* Of one that follows no timer a finding tells. */
static bool series_text(const struct timer_series *s, char text[NOTE_MAX])
{
	char wait[32], t1[48] = "";
	const char *lost = s->lost ? ", some copies not captured" : "";
	wait_text(s->t1, wait, sizeof(wait));
	if (s->t1)
		snprintf(t1, sizeof(t1), "T1 %s, ", wait);
	switch (s->schedule) {
	case TIMER_DOUBLING:
		snprintf(text, NOTE_MAX, "copies: %sdoubling%s", t1, lost);
		return true;
	case TIMER_CAPPED:
		snprintf(text, NOTE_MAX, "copies: %sdoubling up to T2 4.0 s%s", t1, lost);
		return true;
	case TIMER_FIXED:
		snprintf(text, NOTE_MAX, "copies: every %s, not doubling%s", wait, lost);
		return true;
	default: return false;
	}
}

/* Behind the newest copy, on the lane of its sender. */
static enum err schedule(struct notes *n, uint32_t id, const struct timer_series *s)
{
	char text[NOTE_MAX];
	if (!s->newest || !series_text(s, text))
		return OK;
	const struct track_message *m = tracker_message_at(n->tracker, s->newest);
	struct ladder_row row = { .at = TICK_NONE, .kind = LADDER_TIMER };
	row.transaction = id;
	row.from = row.to = notes_lane(n, &tracker_flow_at(n->tracker, m->flow)->src);
	enum err err = put_text(n, &row, text);
	return err == OK ? notes_at_message(n, NOTES_BEHIND, s->newest, &row) : err;
}

static enum err transactions(struct notes *n, const struct call *c)
{
	tick now = engine_stats(n->engine)->last;
	enum err err = OK;
	for (uint32_t id = c->newest; id && err == OK;) {
		const struct txn *x = tracker_transaction_at(n->tracker, id);
		struct txn_timers timers = tracker_timers(n->tracker, x, now);
		err = fired(n, id, &timers);
		if (err == OK)
			err = schedule(n, id, &timers.request);
		if (err == OK)
			err = schedule(n, id, &timers.provisional);
		if (err == OK)
			err = schedule(n, id, &timers.final);
		id = x->older;
	}
	return err;
}

/* --- session timers: RFC 4028 */

/* The lane of the side that is to refresh the session; of the sender of the 2xx where
 * none was named (7.2). */
static uint32_t refresher_lane(const struct notes *n, const struct dialog *d,
                               const struct session_timer *timer)
{
	const struct tracker *t = n->tracker;
	const struct track_message *granted = tracker_message_at(t, timer->granted);
	const struct track_message *made =
		d->created ? tracker_message_at(t, d->created) : NULL;
	bool client = false;
	if (granted->stray || !granted->owner)
		return notes_lane(n, &tracker_flow_at(t, granted->flow)->src);
	const struct txn *x = tracker_transaction_at(t, granted->owner);
	if (made && !made->stray && made->owner) {
		const struct txn *first = tracker_transaction_at(t, made->owner);
		bool by_caller = x->from_tag == first->from_tag;
		client =
			timer->refresher == (by_caller ? SESSION_CALLER : SESSION_CALLEE);
	}
	uint32_t of = client && x->request ? x->request : timer->granted;
	struct track_endpoint origin = notes_origin(n, of);
	return notes_lane(n, &origin);
}

static enum err session(struct notes *n, uint32_t id)
{
	struct session_timer timer;
	const struct dialog *d = tracker_dialog_at(n->tracker, id);
	if (!tracker_session_timer(n->tracker, id, &timer) || !timer.granted ||
	    !timer.expires || timer.deadline == TICK_NONE)
		return OK;
	tick granted = tracker_message_at(n->tracker, timer.granted)->at;
	tick end = engine_stats(n->engine)->last;
	if (d->ended)
		end = tracker_message_at(n->tracker, d->ended)->at;
	tick due = tick_add(granted, timer.expires * TICK_S / 2);
	char text[NOTE_MAX];
	struct ladder_row row = { .at = due, .call = d->call, .dialog = id };
	row.from = refresher_lane(n, d, &timer);
	if (end < due)
		return OK;
	snprintf(text, sizeof(text), "session refresh due: half of %u s",
	         (unsigned)timer.expires);
	enum err err = timed(n, &row, text);
	if (err != OK || end < timer.deadline)
		return err;
	row.at = timer.deadline;
	snprintf(text, sizeof(text), "session expired: no refresh seen in %u s",
	         (unsigned)timer.expires);
	return timed(n, &row, text);
}

static enum err sessions(struct notes *n, const struct call *c)
{
	enum err err = OK;
	if (!tracker_session_timers(n->tracker))
		return OK;
	for (uint32_t id = c->dialogs; id && err == OK;
	     id = tracker_dialog_at(n->tracker, id)->older)
		err = session(n, id);
	return err;
}

/* --- what was not captured: what findings know of it */

struct lost {
	struct notes *n;
	enum err err;
	bool cut;       /* a call goes on where the capture ends */
	uint32_t begin; /* message that a call begins with, and should not; 0: none */
};

static bool same_hop(const struct notes *n, uint32_t flow, uint32_t other)
{
	const struct track_flow *x = tracker_flow_at(n->tracker, flow);
	const struct track_flow *y = tracker_flow_at(n->tracker, other);
	return x->src_addr == y->src_addr && x->dst_addr == y->dst_addr;
}

/* May it be that the request of x was captured, and only the branch of its response is
 * wrong? With too many to look through: it may. */
static bool request_is_there(const struct notes *n, const struct txn *x)
{
	uint32_t id = tracker_call_at(n->tracker, x->call)->newest;
	for (unsigned left = OTHERS_MAX; id && left; left--) {
		const struct txn *y = tracker_transaction_at(n->tracker, id);
		if (y->request && y->cseq == x->cseq && y->code == x->code &&
		    same_hop(n, x->flow, y->flow))
			return true;
		id = y->older;
	}
	return id != 0;
}

/* Is there a final response that a stray ACK of this flow may be for? */
static bool response_is_there(const struct notes *n, uint32_t call, uint32_t flow)
{
	uint32_t id = tracker_call_at(n->tracker, call)->newest;
	for (unsigned left = OTHERS_MAX; id && left; left--) {
		const struct txn *y = tracker_transaction_at(n->tracker, id);
		if (y->kind == TXN_INVITE && y->final && same_hop(n, flow, y->flow))
			return true;
		id = y->older;
	}
	return id != 0;
}

/* Before a message, the one that must have gone the other way. */
static enum err not_captured(struct notes *n, uint32_t message, const char *text)
{
	const struct tracker *t = n->tracker;
	const struct track_flow *flow =
		tracker_flow_at(t, tracker_message_at(t, message)->flow);
	struct ladder_row row = { .at = TICK_NONE, .kind = LADDER_LOST };
	row.from = notes_lane(n, &flow->dst);
	row.to = notes_lane(n, &flow->src);
	row.heads = row.from < row.to ? LADDER_TO_RIGHT : LADDER_TO_LEFT;
	enum err err = put_text(n, &row, text);
	return err == OK ? notes_at_message(n, NOTES_BEFORE, message, &row) : err;
}

/* The method is captured: it is cut where it is long. */
static enum err no_request(struct notes *n, const struct finding *finding)
{
	char text[NOTE_MAX];
	const struct track_message *m =
		tracker_message_at(n->tracker, finding->messages[0]);
	if (m->stray || !m->owner)
		return OK;
	const struct txn *x = tracker_transaction_at(n->tracker, m->owner);
	struct slice method = tracker_method(n->tracker, x);
	if (request_is_there(n, x))
		return OK;
	snprintf(text, sizeof(text), "%.*s not captured",
	         (int)(method.len < 64 ? method.len : 64), method.p);
	return not_captured(n, finding->messages[0], text);
}

static enum err no_response(struct notes *n, const struct finding *finding)
{
	uint32_t id = finding->messages[0];
	if (response_is_there(n, finding->call, tracker_message_at(n->tracker, id)->flow))
		return OK;
	return not_captured(n, id, "final response not captured");
}

/* More is known of what comes before a response, or an ACK: that has a note. */
static enum err no_beginning(struct notes *n, uint32_t id)
{
	const struct track_message *m = tracker_message_at(n->tracker, id);
	if (!m->request || m->stray)
		return OK;
	struct ladder_row row = { .at = TICK_NONE, .kind = LADDER_LOST };
	enum err err = put_text(n, &row, "beginning not captured");
	return err == OK ? notes_at_message(n, NOTES_BEFORE, id, &row) : err;
}

static bool look(void *arg, const struct finding *finding)
{
	struct lost *lost = arg;
	if (!finding->messages[0])
		return false;
	switch (finding->code) {
	case FIND_RESPONSE_WITHOUT_REQUEST:
		lost->err = no_request(lost->n, finding);
		break;
	case FIND_BEGIN_NOT_CAPTURED: lost->begin = finding->messages[0]; break;
	case FIND_ACK_STRAY: lost->err = no_response(lost->n, finding); break;
	case FIND_PRACK_UNMATCHED:
		if (finding->gap)
			lost->err = not_captured(lost->n, finding->messages[0],
			                         "provisional response not captured");
		break;
	case FIND_END_NOT_CAPTURED:
	case FIND_CAPTURE_ENDED: lost->cut = true; break;
	default: break;
	}
	return lost->err != OK;
}

/* All lanes are cut off at once, however many calls go on. */
static enum err capture_ends(struct notes *n)
{
	struct ladder_row row = { .at = engine_stats(n->engine)->last };
	row.kind = LADDER_END;
	enum err err = put_text(n, &row, "capture ends");
	return err == OK ? notes_timed(n, &row) : err;
}

enum err notes_waits(struct notes *n)
{
	struct lost lost = { .n = n };
	for (size_t i = 0; i < n->ncalls && lost.err == OK; i++) {
		const struct call *c = tracker_call_at(n->tracker, n->calls[i]);
		lost.err = transactions(n, c);
		if (lost.err == OK)
			lost.err = sessions(n, c);
		lost.begin = 0;
		if (lost.err == OK)
			engine_find_call(n->engine, n->calls[i], look, &lost);
		if (lost.err == OK && lost.begin)
			lost.err = no_beginning(n, lost.begin);
	}
	if (lost.err == OK && lost.cut && n->options->ended)
		lost.err = capture_ends(n);
	return lost.err;
}
