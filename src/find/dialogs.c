/* SPDX-License-Identifier: MIT */
/* Rules on dialogs and what is sent inside them: RFC 3261 12 to 15. */
#include "config.h"

#include "find/private.h"

static void add(struct find_run *run, enum find_code code, uint32_t txn,
                struct finding f)
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
		    (struct finding){ .messages = { x->request },
		                      .gap = x->request_retransmissions == 0 });
	if (status == 481 && x->in_dialog && x->code != SIP_METHOD_CANCEL)
		add(run, FIND_DIALOG_UNKNOWN, id,
		    (struct finding){ .messages = { x->final, x->request } });
	if (status == 491)
		add(run, FIND_GLARE, id,
		    (struct finding){ .messages = { x->final, x->request } });
}

/* CSeq of the requests of one side of a dialog, newest transaction first: each must be
 * lower than the one before it here. A hop further on is the same request once more, and
 * ACK and CANCEL have the number of their INVITE. */
static void sequence(struct find_run *run)
{
	for (uint32_t id = run->call->newest; id;) {
		const struct txn *x = tracker_transaction_at(run->t, id);
		uint32_t older = x->older;
		if (x->request && x->in_dialog && x->dialog && !x->forward_of &&
		    x->code != SIP_METHOD_CANCEL && x->code != SIP_METHOD_ACK) {
			/* the request of the same side before it */
			const struct txn *y = NULL;
			unsigned left = 32;
			uint32_t k = older;
			for (; k && left; k = tracker_transaction_at(run->t, k)->older) {
				y = tracker_transaction_at(run->t, k);
				if (y->request && y->dialog == x->dialog &&
				    !y->forward_of && y->in_dialog &&
				    y->code != SIP_METHOD_CANCEL &&
				    slice_eq(tracker_text(run->t, y->from_tag),
				             tracker_text(run->t, x->from_tag)))
					break;
				left--;
			}
			if (k && left && y->cseq >= x->cseq &&
			    find_message(run, x->request)->at >=
			            find_message(run, y->request)->at)
				add(run, FIND_CSEQ_NOT_HIGHER, id,
				    (struct finding){ .messages = { x->request,
				                                    y->request },
				                      .n = x->cseq,
				                      .m = y->cseq });
		}
		id = older;
	}
}

/* Answers to a forked INVITE: each 2xx with a tag of its own is a dialog, and all but
 * the one that is wanted are to be ended. */
static void answers(struct find_run *run)
{
	uint32_t confirmed = 0, open = 0, message = 0;
	for (uint32_t id = run->call->dialogs; id;) {
		const struct dialog *d = tracker_dialog_at(run->t, id);
		bool invited = d->method && d->confirmed && !d->inferred &&
		               slice_eq(tracker_text(run->t, d->method),
		                        SLICE("INVITE"));
		if (invited) {
			confirmed++;
			message = d->confirmed;
			open += d->state == DIALOG_CONFIRMED;
		}
		id = d->older;
	}
	if (confirmed < 2)
		return;
	find_add(run, FIND_SEVERAL_ANSWERS,
	         (struct finding){ .messages = { message }, .n = confirmed });
	if (open > 1 && find_rest(run, message) >= TXN_TIMEOUT_NS)
		find_add(run, FIND_ANSWER_NOT_RELEASED,
		         (struct finding){ .messages = { message },
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
