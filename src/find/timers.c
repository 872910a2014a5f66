/* SPDX-License-Identifier: MIT */
/* Rules on what is sent again, and when: RFC 3261 13.3.1.4, 17. Only transactions in
 * which something was sent again are looked at. */
#include "config.h"

#include "track/timers.h"

#include "find/private.h"

/* A copy may cross the response on its way. One that was sent T1 after it has passed
 * here is none of these, unless the response takes longer than that from here on. */
#define CROSSING      TIMER_T1

/* RFC 3261 17.2.1: a server that will not answer within 200 ms sends 100. */
#define TRYING        (200 * TICK_MS)

/* 64*T1 after the 2xx its sender gives up (13.3.1.4): at once, with the last copy before
 * it, or where the next one would have been due. */
#define GIVE_UP_EARLY (TXN_TIMEOUT_NS - TIMER_T2)
#define GIVE_UP_LATE  (TXN_TIMEOUT_NS + 2 * TIMER_T2)

/* One transaction while its rules run. */
struct subject {
	struct find_run *run;
	uint32_t id;
	const struct txn *txn;
	const struct txn_more *more;
	struct txn_timers timers;
	uint32_t first_copy;      /* of the request: what was sent again first */
	uint32_t before_response; /* newest one that came before any response */
	/* the oldest of those that came when the client must have stopped; how many */
	uint32_t after_response, n_after_response;
	uint32_t after_final, n_after_final;
};

static void add(const struct subject *s, enum find_code code, struct finding f)
{
	f.transaction = s->id;
	f.dialog = s->txn->dialog;
	find_add(s->run, code, f);
}

static bool is_after(const struct subject *s, const struct track_message *m,
                     uint32_t response)
{
	return response &&
	       m->at >= tick_add(find_message(s->run, response)->at, CROSSING);
}

/* One walk over the copies of the request, newest first. */
static void survey(struct subject *s)
{
	const struct txn *x = s->txn;
	uint32_t id = x->request ? x->last : 0;
	for (; id; id = find_message(s->run, id)->prev) {
		const struct track_message *m = find_message(s->run, id);
		if (!m->request || m->code == SIP_METHOD_ACK ||
		    m->repeat == TRACK_DUPLICATE)
			continue;
		if (!s->before_response && x->response &&
		    m->at <= find_message(s->run, x->response)->at)
			s->before_response = id;
		if (m->repeat != TRACK_RETRANSMISSION)
			continue;
		s->first_copy = id;
		if (is_after(s, m, x->final)) {
			s->after_final = id;
			s->n_after_final++;
		} else if (x->kind == TXN_INVITE && is_after(s, m, x->response)) {
			s->after_response = id;
			s->n_after_response++;
		}
	}
}

/* --- the schedule */

static void schedule(const struct subject *s, const struct timer_series *series)
{
	if (series->schedule != TIMER_FIXED && series->schedule != TIMER_IRREGULAR)
		return;
	struct finding f = { .messages = { series->first, series->newest },
		             .n = series->intervals,
		             .span = series->t1,
		             .gap = series->lost || series->schedule == TIMER_IRREGULAR };
	add(s,
	    series->schedule == TIMER_FIXED ? FIND_RETRANSMISSION_FIXED
	                                    : FIND_RETRANSMISSION_IRREGULAR,
	    f);
}

/* A shorter one of requests is RETRANSMITTED_TOO_SOON. If the first copies were not
 * captured, T1 seems to be twice as long or more. */
static void t1(const struct subject *s, const struct timer_series *series)
{
	bool doubles =
		series->schedule == TIMER_DOUBLING || series->schedule == TIMER_CAPPED;
	if (!doubles || series->t1 < TIMER_T1 * 3 / 2)
		return;
	add(s, FIND_T1_LONG,
	    (struct finding){ .messages = { series->first, series->newest },
	                      .n = series->intervals,
	                      .span = series->t1,
	                      .gap = true });
}

/* --- what should have stopped it */

static void over_stream(const struct subject *s)
{
	uint32_t id = s->first_copy;
	if (!id || find_message(s->run, id)->transport == TRANSPORT_UDP)
		return;
	add(s, FIND_RETRANSMITTED_OVER_STREAM,
	    (struct finding){ .messages = { id, s->txn->request },
	                      .n = s->more->request_retransmissions });
}

/* What the capture shows may be lost behind it, so it is not said who is to blame. One
 * lost response makes one copy, and is what REQUEST_RETRANSMITTED speaks of. */
static void went_on(const struct subject *s)
{
	const struct txn *x = s->txn;
	if (s->n_after_final > 1)
		add(s, FIND_RETRANSMITTED_AFTER_FINAL,
		    (struct finding){ .messages = { s->after_final, x->final },
		                      .n = s->n_after_final,
		                      .gap = true });
	else if (s->n_after_response > 1)
		add(s, FIND_RETRANSMITTED_AFTER_PROVISIONAL,
		    (struct finding){ .messages = { s->after_response, x->response },
		                      .n = s->n_after_response,
		                      .gap = true });
}

/* Even the copy that came last was not answered in time, nor was one before it. */
static void no_trying(const struct subject *s)
{
	const struct txn *x = s->txn;
	if (x->kind != TXN_INVITE || !x->response || !s->before_response ||
	    s->before_response == x->request ||
	    find_message(s->run, x->request)->transport != TRANSPORT_UDP ||
	    find_message(s->run, x->response)->code == 100)
		return;
	if (find_span(s->run, s->before_response, x->response) > TRYING)
		add(s, FIND_TRYING_MISSING,
		    (struct finding){
			    .messages = { x->response, x->request, s->before_response },
			    .span = find_span(s->run, x->request, x->response),
			    .gap = true });
}

/* --- given up before timer B (17.1.1.2) */

/* The same INVITE by the same client once more, when the copies of this one had ended; or
 * 0. One that a proxy makes of it is none. */
static uint32_t next_attempt(const struct subject *s)
{
	const struct txn *x = s->txn;
	const struct tracker *t = s->run->t;
	tick newest = find_message(s->run, s->timers.request.newest)->at;
	uint32_t client = tracker_flow_at(t, x->flow)->src_addr;
	uint32_t id = s->run->call->newest;
	for (unsigned left = FIND_OTHERS_MAX; id > s->id && left; left--) {
		const struct txn *y = tracker_transaction_at(t, id);
		if (y->kind == TXN_INVITE && y->request && y->from_tag == x->from_tag &&
		    y->in_dialog == x->in_dialog &&
		    tracker_flow_at(t, y->flow)->src_addr == client &&
		    tracker_more(t, y)->forward_of != s->id &&
		    find_message(s->run, y->request)->at > newest)
			return y->request;
		id = y->older;
	}
	return 0;
}

/* That the next copy did not come proves it, where the capture went on. Its interval is
 * that of all copies before it and T1, and half as much is added for what may be late. */
static void gave_up(const struct subject *s)
{
	const struct timer_series *series = &s->timers.request;
	if (s->txn->kind != TXN_INVITE || s->txn->response || !series->t1 ||
	    tracker_icmp_of(s->run->t, s->id))
		return;
	tick span = find_span(s->run, series->first, series->newest);
	tick due = 3 * (span + series->t1) / 2 + span;
	uint32_t other = next_attempt(s);
	if (!other || due >= TXN_TIMEOUT_NS || find_rest(s->run, series->first) < due ||
	    find_span(s->run, series->first, other) >= TXN_TIMEOUT_NS)
		return;
	add(s, FIND_GIVEN_UP_EARLY,
	    (struct finding){ .messages = { series->first, series->newest, other },
	                      .n = series->intervals + 1,
	                      .span = find_span(s->run, series->first, other),
	                      .gap = true });
}

/* --- a call that its callee ended since no ACK came (13.3.1.4) */

/* On the hop of the callee. That the 2xx was sent again up to the BYE (a copy or two of
 * them may be lost) proves that it had no ACK, wherever one may have been captured. */
static void without_ack(const struct subject *s)
{
	const struct timer_series *series = &s->timers.final;
	if (!s->txn->succeeded || series->intervals < 2 || s->more->forwards)
		return;
	uint32_t dialog = tracker_message_dialog(s->run->t, series->first);
	uint32_t bye = dialog ? tracker_dialog_at(s->run->t, dialog)->ended : 0;
	const struct track_message *m = bye ? find_message(s->run, bye) : NULL;
	if (!m || m->stray || !m->request || m->code != SIP_METHOD_BYE ||
	    tracker_transaction_at(s->run->t, m->owner)->from_tag == s->txn->from_tag)
		return;
	tick after = find_span(s->run, series->first, bye);
	if (after < GIVE_UP_EARLY || after > GIVE_UP_LATE ||
	    find_span(s->run, series->newest, bye) > 3 * TIMER_T2)
		return;
	find_add(s->run, FIND_ENDED_WITHOUT_ACK,
	         (struct finding){ .transaction = m->owner,
	                           .dialog = dialog,
	                           .messages = { bye, series->first, series->newest },
	                           .n = series->intervals + 1,
	                           .span = after });
}

void find_timers(struct find_run *run)
{
	if (!run->call->retransmissions)
		return;
	for (uint32_t id = run->call->newest; id;) {
		struct subject s = { .run = run, .id = id };
		s.txn = tracker_transaction_at(run->t, id);
		s.more = tracker_more(run->t, s.txn);
		if (s.more->request_retransmissions || s.more->response_retransmissions) {
			s.timers = tracker_timers(run->t, s.txn, run->find->end);
			survey(&s);
			schedule(&s, &s.timers.request);
			schedule(&s, &s.timers.final);
			t1(&s, &s.timers.request);
			t1(&s, &s.timers.final);
			over_stream(&s);
			went_on(&s);
			no_trying(&s);
			gave_up(&s);
			without_ack(&s);
		}
		id = s.txn->older;
	}
}
