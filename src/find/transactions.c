/* SPDX-License-Identifier: MIT */
/* Rules on one transaction: RFC 3261 9, 17, 18. */
#include "config.h"

#include "find/private.h"

/* RFC 3261 17.1.1.1, table 4 */
#define T1        (500 * TICK_MS)

/* A repeat so much sooner than T1 is none of a compliant element; what the capture and
 * the network add stays below. */
#define TOO_SOON  (T1 * 6 / 10)

/* Timers A and E, of T1 doubled (17.1.1.2, 17.1.2.2): a client that sends its request
 * again after so long has waited in vain four times. */
#define PERSISTED (T1 * 15)

/* A provisional response stops retransmissions, and an answer to any other request is
 * wanted at once (RFC 4320 4.2); beyond it users notice. */
#define SLOW      (2 * TICK_S)

/* RFC 3261 18.1.1: within 200 bytes of the path MTU, or above 1300 where it is not
 * known. */
#define LARGE     1300U

/* One transaction while its rules run. */
struct subject {
	struct find_run *run;
	uint32_t id;
	const struct txn *txn;
	const struct txn_more *more;
	uint32_t success;         /* its first 2xx */
	uint32_t newest_request;  /* its last copy, or 0 */
	uint32_t newest_response; /* last copy of its final response, or 0 */
	uint32_t second_final;    /* a final response with another status */
	uint32_t first_repeat;    /* of the request, sent again first */
	uint32_t final_copies;    /* how often its final response was sent again */
};

static void add(const struct subject *s, enum find_code code, struct finding f)
{
	f.transaction = s->id;
	f.dialog = s->txn->dialog;
	find_add(s->run, code, f);
}

static bool is_of(const struct subject *s, const struct track_message *m, uint32_t first)
{
	const struct track_message *f = find_message(s->run, first);
	return m->request == f->request && m->code == f->code;
}

/* One walk over the messages, newest first. */
static void survey(struct subject *s)
{
	const struct txn *x = s->txn;
	for (uint32_t id = x->last; id; id = find_message(s->run, id)->prev) {
		const struct track_message *m = find_message(s->run, id);
		if (m->repeat == TRACK_DUPLICATE)
			continue;
		if (x->request && m->request && is_of(s, m, x->request)) {
			if (!s->newest_request)
				s->newest_request = id;
			if (m->repeat == TRACK_RETRANSMISSION)
				s->first_repeat = id;
		}
		if (x->final && !m->request && m->code >= 200) {
			if (!s->newest_response && is_of(s, m, x->final))
				s->newest_response = id;
			if (!is_of(s, m, x->final))
				s->second_final = id;
			else
				s->final_copies += m->repeat == TRACK_RETRANSMISSION;
		}
	}
}

/* --- nobody answers, or too late */

/* A client that hears nothing goes on until timer B or F. One that stopped before may
 * have been answered where the capture has a gap. */
static void no_answer(const struct subject *s)
{
	const struct txn *x = s->txn;
	if (x->state != TXN_TIMEOUT || !x->request)
		return;
	tick span = find_span(s->run, x->request, s->newest_request);
	struct finding f = { .messages = { x->request, s->newest_request },
		             .n = s->more->request_retransmissions + 1,
		             .span = span,
		             .gap = span < PERSISTED };
	add(s, x->response ? FIND_NO_FINAL_RESPONSE : FIND_NO_RESPONSE, f);
}

static void answered_late(const struct subject *s)
{
	const struct txn *x = s->txn;
	if (!x->request || !x->response)
		return;
	tick first = find_span(s->run, x->request, x->response);
	if (x->final && (x->kind == TXN_NON_INVITE || x->response == x->final)) {
		tick final = find_span(s->run, x->request, x->final);
		if (final >= TXN_TIMEOUT_NS)
			add(s, FIND_LATE_RESPONSE,
			    (struct finding){ .messages = { x->final, x->request },
			                      .span = final });
	}
	if (first >= SLOW && first < TXN_TIMEOUT_NS)
		add(s, FIND_SLOW_RESPONSE,
		    (struct finding){ .messages = { x->request, x->response },
		                      .span = first });
}

/* --- sent again */

/* Captured between an INVITE and its 2xx? The ACK to a 2xx has a branch of its own, so
 * one that is captured before it (two interfaces, merged files) belongs to nothing. */
static bool is_between(const struct txn *invite, uint32_t success, uint32_t ack)
{
	return invite->request < ack && ack < success;
}

/* Is there an ACK that may be the one to this 2xx, captured before it? */
static bool is_acknowledged_early(const struct subject *s)
{
	unsigned left = FIND_OTHERS_MAX;
	uint32_t id = s->run->call->strays;
	for (; id && left; left--) {
		if (is_between(s->txn, s->success, id))
			return true;
		id = find_message(s->run, id)->prev;
	}
	return id != 0;
}

/* Was the answer acknowledged, on this hop or on another? With too many to
 * look through: not known, so no fault is claimed. The ACK to a 2xx may go past
 * the proxies (RFC 3261 13.2.2.4), and belongs to one of the hops. */
static bool is_acknowledged(const struct subject *s)
{
	const struct txn *x = s->txn;
	unsigned left = FIND_OTHERS_MAX;
	if (x->acked || !s->success)
		return x->acked;
	if (is_acknowledged_early(s))
		return true;
	uint32_t id = s->run->call->newest;
	for (; id && left; left--) {
		const struct txn *y = tracker_transaction_at(s->run->t, id);
		if (y->kind == TXN_INVITE && y->cseq == x->cseq && y->acked &&
		    y->from_tag == x->from_tag)
			return true;
		id = y->older;
	}
	return id != 0;
}

static void repeated(const struct subject *s)
{
	const struct txn *x = s->txn;
	if (x->request && s->more->request_retransmissions && x->state != TXN_TIMEOUT)
		add(s, FIND_REQUEST_RETRANSMITTED,
		    (struct finding){ .messages = { x->request, s->first_repeat },
		                      .n = s->more->request_retransmissions });
	if (s->first_repeat) {
		tick wait = find_span(s->run, x->request, s->first_repeat);
		if (wait < TOO_SOON)
			add(s, FIND_RETRANSMITTED_TOO_SOON,
			    (struct finding){ .messages = { x->request, s->first_repeat },
			                      .span = wait });
	}
	if (x->kind == TXN_INVITE && s->final_copies && is_acknowledged(s))
		add(s, FIND_RESPONSE_RETRANSMITTED,
		    (struct finding){ .messages = { x->final, s->newest_response },
		                      .n = s->final_copies });
}

/* Proof that no ACK came is that the response was sent again, for as long as the server
 * waits (timer H, 13.3.1.4); without it, a capture that went on long enough makes it
 * likely. */
static void not_acknowledged(const struct subject *s)
{
	const struct txn *x = s->txn;
	if (x->kind != TXN_INVITE || !x->final || !s->newest_response ||
	    is_acknowledged(s))
		return;
	bool proven = s->final_copies > 0;
	if (!proven && find_rest(s->run, x->final) < TXN_TIMEOUT_NS)
		return;
	struct finding f = { .messages = { x->final, s->newest_response },
		             .n = s->final_copies + 1,
		             .span = find_span(s->run, x->final, s->newest_response),
		             .gap = !proven ||
		                    find_rest(s->run, x->final) < TXN_TIMEOUT_NS };
	add(s, s->success ? FIND_ACK_MISSING : FIND_ACK_MISSING_FAILURE, f);
}

/* --- finals */

static void finals(const struct subject *s)
{
	const struct txn *x = s->txn;
	if (!x->final)
		return;
	const struct track_message *final = find_message(s->run, x->final);
	if (s->second_final && !s->success)
		add(s, FIND_FINAL_CHANGED,
		    (struct finding){ .messages = { s->second_final, x->final },
		                      .n = final->code });
	if (final->code >= 500 && final->code < 600)
		add(s, FIND_SERVER_FAILURE, (struct finding){ .messages = { x->final } });
}

/* --- CANCEL */

static void cancel(const struct subject *s)
{
	const struct txn *x = s->txn;
	if (x->code != SIP_METHOD_CANCEL || !x->request)
		return;
	if (!s->more->cancel) {
		uint32_t elsewhere = find_cancelled_elsewhere(s->run, x);
		if (elsewhere)
			add(s, FIND_CANCEL_ELSEWHERE,
			    (struct finding){ .messages = { x->request, elsewhere } });
		else
			add(s, FIND_CANCEL_WITHOUT_INVITE,
			    (struct finding){ .messages = { x->request }, .gap = true });
		return;
	}
	const struct txn *invite = tracker_transaction_at(s->run->t, s->more->cancel);
	const struct track_message *request = find_message(s->run, x->request);
	uint32_t success = tracker_success(s->run->t, invite);
	if (invite->request && (!invite->response ||
	                        find_message(s->run, invite->response)->at > request->at))
		add(s, FIND_CANCEL_TOO_EARLY,
		    (struct finding){ .messages = { x->request, invite->request },
		                      .gap = true });
	if (x->final && find_message(s->run, x->final)->code >= 300)
		add(s, FIND_CANCEL_REFUSED,
		    (struct finding){ .messages = { x->final, x->request } });
	else if (success && find_message(s->run, success)->at > request->at)
		add(s, FIND_CANCEL_TOO_LATE,
		    (struct finding){ .messages = { success, x->request } });
}

/* --- the rest */

static void without_request(const struct subject *s)
{
	const struct txn *x = s->txn;
	if (!x->request && x->response)
		add(s, FIND_RESPONSE_WITHOUT_REQUEST,
		    (struct finding){ .messages = { x->response }, .gap = true });
}

static void large(const struct subject *s)
{
	const struct txn *x = s->txn;
	if (!x->request)
		return;
	const struct track_message *m = find_message(s->run, x->request);
	if (m->transport == TRANSPORT_UDP && m->len > LARGE)
		add(s, FIND_LARGE_UDP_REQUEST,
		    (struct finding){ .messages = { x->request }, .n = m->len });
}

/* One for each transaction: what comes after the first error is more of the same. */
static void icmp(const struct subject *s)
{
	uint32_t id = tracker_icmp_of(s->run->t, s->id);
	if (!id)
		return;
	const struct track_icmp *error = tracker_icmp_at(s->run->t, id);
	uint32_t message = error->message    ? error->message
	                   : s->txn->request ? s->txn->request
	                                     : s->txn->response;
	if (message)
		add(s, FIND_ICMP_ERROR,
		    (struct finding){ .messages = { message }, .icmp = id });
}

/* Is there a 2xx to which this ACK may belong, captured after it? `left` is how many
 * transactions of the call may still be looked at. */
static bool is_early(const struct find_run *run, uint32_t ack, unsigned *left)
{
	for (uint32_t id = run->call->newest; id && *left; --*left) {
		const struct txn *x = tracker_transaction_at(run->t, id);
		if (x->kind == TXN_INVITE && !x->acked &&
		    is_between(x, tracker_success(run->t, x), ack))
			return true;
		id = x->older;
	}
	return false;
}

static void strays(struct find_run *run)
{
	unsigned left = FIND_OTHERS_MAX;
	for (uint32_t id = run->call->strays; id; id = find_message(run, id)->prev) {
		if (find_message(run, id)->repeat != TRACK_FIRST ||
		    is_early(run, id, &left))
			continue;
		struct finding f = { .messages = { id }, .gap = true };
		f.dialog = tracker_message_dialog(run->t, id);
		find_add(run, FIND_ACK_STRAY, f);
	}
}

void find_transactions(struct find_run *run)
{
	bool icmps = tracker_stats(run->t)->icmp > 0;
	for (uint32_t id = run->call->newest; id;) {
		struct subject s = { .run = run, .id = id };
		s.txn = tracker_transaction_at(run->t, id);
		s.more = tracker_more(run->t, s.txn);
		s.success = tracker_success(run->t, s.txn);
		survey(&s);
		no_answer(&s);
		answered_late(&s);
		repeated(&s);
		not_acknowledged(&s);
		finals(&s);
		cancel(&s);
		without_request(&s);
		large(&s);
		if (icmps)
			icmp(&s);
		if (find_answered_wants(s.txn))
			find_answered(run, id, s.txn);
		id = s.txn->older;
	}
	strays(run);
}
