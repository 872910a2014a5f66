/* SPDX-License-Identifier: MIT */
/* Rules on dialogs and what is sent inside them: RFC 3261 12 to 15. */
#include "config.h"

#include "find/private.h"

/* Sides of dialogs of one call whose requests are compared: eight answers of a fork. */
#define SIDES_MAX 16

static void add(struct find_run *run, enum find_code code, uint32_t txn, struct finding f)
{
	f.transaction = txn;
	f.dialog = tracker_transaction_at(run->t, txn)->dialog;
	find_add(run, code, f);
}

static uint16_t final_of(const struct find_run *run, const struct txn *x)
{
	return x->final ? find_message(run, x->final)->code : 0;
}

/* BYE, and what in-dialog requests are answered with. */
static void inside(struct find_run *run, uint32_t id)
{
	const struct txn *x = tracker_transaction_at(run->t, id);
	uint16_t status = final_of(run, x);
	if (x->code == SIP_METHOD_BYE && x->request && !x->final &&
	    find_rest(run, x->request) >= TXN_TIMEOUT_NS)
		add(run, FIND_BYE_UNANSWERED, id,
		    (struct finding){
			    .messages = { x->request },
			    .gap = !tracker_more(run->t, x)->request_retransmissions });
	if (status == 481 && x->in_dialog && x->code != SIP_METHOD_CANCEL)
		add(run, FIND_DIALOG_UNKNOWN, id,
		    (struct finding){ .messages = { x->final, x->request } });
	if (status == 491)
		add(run, FIND_GLARE, id,
		    (struct finding){ .messages = { x->final, x->request } });
}

/* A request with a CSeq number of its own: a hop further on it is the same one once more,
 * and CANCEL has the number of its INVITE. */
static bool is_numbered(const struct find_run *run, const struct txn *x)
{
	return x->request && x->in_dialog && x->dialog && x->code != SIP_METHOD_CANCEL &&
	       !tracker_more(run->t, x)->forward_of;
}

static bool same_sender(const struct find_run *run, const struct txn *a,
                        const struct txn *b)
{
	return a->from_tag == b->from_tag &&
	       tracker_flow_at(run->t, a->flow)->src_addr ==
	               tracker_flow_at(run->t, b->flow)->src_addr;
}

/* CSeq rises with each request of a side of a dialog. Transactions come newest first. */
static void sequence(struct find_run *run)
{
	uint32_t sides[SIDES_MAX]; /* the request of a side that comes next */
	unsigned n = 0;
	for (uint32_t id = run->call->newest; id;) {
		const struct txn *x = tracker_transaction_at(run->t, id), *next = NULL;
		unsigned i = 0;
		for (; is_numbered(run, x) && i < n; i++) {
			next = tracker_transaction_at(run->t, sides[i]);
			if (next->dialog == x->dialog && same_sender(run, next, x))
				break;
		}
		if (i < n && is_numbered(run, x)) {
			if (next->cseq <= x->cseq &&
			    find_message(run, next->request)->at >=
			            find_message(run, x->request)->at)
				add(run, FIND_CSEQ_NOT_HIGHER, sides[i],
				    (struct finding){
					    .messages = { next->request, x->request },
					    .n = next->cseq,
					    .m = x->cseq });
			sides[i] = id;
		} else if (is_numbered(run, x) && n < SIDES_MAX) {
			sides[n++] = id;
		}
		id = x->older;
	}
}

/* Answers to a forked INVITE: each 2xx with a tag of its own is a dialog, and all but
 * the one that is wanted are to be ended. The newest tells how long there was time. */
static void answers(struct find_run *run)
{
	uint32_t confirmed = 0, open = 0, newest = 0;
	for (uint32_t id = run->call->dialogs; id;) {
		const struct dialog *d = tracker_dialog_at(run->t, id);
		if (d->method == SIP_METHOD_INVITE && d->confirmed && !d->inferred) {
			confirmed++;
			if (!newest || find_span(run, newest, d->confirmed))
				newest = d->confirmed;
			open += d->state == DIALOG_CONFIRMED;
		}
		id = d->older;
	}
	if (confirmed < 2)
		return;
	find_add(run, FIND_SEVERAL_ANSWERS,
	         (struct finding){ .messages = { newest }, .n = confirmed });
	if (open > 1 && find_rest(run, newest) >= TXN_TIMEOUT_NS)
		find_add(run, FIND_ANSWER_NOT_RELEASED,
		         (struct finding){ .messages = { newest },
		                           .n = open - 1,
		                           .m = confirmed,
		                           .gap = true });
}

void find_dialogs(struct find_run *run)
{
	for (uint32_t id = run->call->newest; id;
	     id = tracker_transaction_at(run->t, id)->older)
		inside(run, id);
	sequence(run);
	answers(run);
}
