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

#define TRANSPORT_UDP 0 /* enum net_transport, which this room does not know */

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

/* --- a call that its callee ended since no ACK came (13.3.1.4) */

static void without_ack(struct find_run *run, uint32_t id)
{
	const struct txn *bye = tracker_transaction_at(run->t, id);
	if (bye->code != SIP_METHOD_BYE || !bye->request || !bye->dialog ||
	    tracker_more(run->t, bye)->forward_of)
		return;
	uint32_t invite = tracker_dialog_at(run->t, bye->dialog)->last_txn;
	const struct txn *x = invite ? tracker_transaction_at(run->t, invite) : NULL;
	if (!x || !x->succeeded || x->from_tag == bye->from_tag ||
	    tracker_more(run->t, x)->response_retransmissions < 2)
		return;
	const struct timer_series series =
		tracker_timers(run->t, x, run->find->end).final;
	tick after = find_span(run, series.first, bye->request);
	if (series.intervals < 2 || after < GIVE_UP_EARLY || after > GIVE_UP_LATE ||
	    find_span(run, series.newest, bye->request) > 2 * TIMER_T2)
		return;
	find_add(run, FIND_ENDED_WITHOUT_ACK,
	         (struct finding){
			 .transaction = id,
			 .dialog = bye->dialog,
			 .messages = { bye->request, series.first, series.newest },
			 .n = series.intervals + 1,
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
		}
		without_ack(run, id);
		id = s.txn->older;
	}
}
