/* SPDX-License-Identifier: MIT */
/* What tags, CSeq and the order of messages say of transactions and dialogs. */
#include "config.h"

#include "find/private.h"

#define BIT(odd)   SIP_ODD_BIT(SIP_ODD_##odd)

/* Transactions or dialogs of a call that are looked through for a related one, the newest
 * first: an ordinary call has fewer. */
#define OTHERS_MAX 16

static bool answers_own_request(const struct find_seen *s)
{
	const struct txn *x = s->x;
	return x->request && x->request < s->is->message;
}

static void no_tag(struct find_seen *s, enum sip_hdr_id id)
{
	find_mark_once(s, FIND_TAG_MISSING, (struct finding){ .n = id }, true);
}

/* A client of RFC 2543 need not send one, and is known by its branch (8.1.1.7). */
static void request_tags(struct find_seen *s)
{
	if (s->is->odd & TRACK_NO_FROM_TAG && !(s->msg->odd & BIT(MISSING_FROM)) &&
	    sip_msg_has_cookie(s->msg))
		no_tag(s, SIP_HDR_FROM);
}

/* 8.2.6.2. Proxies answer CANCEL hop by hop, and many without a tag, which does no
 * harm. */
static void response_tags(struct find_seen *s)
{
	const struct txn *x = s->x;
	unsigned status = s->msg->status;
	if (s->is->odd & TRACK_OTHER_FROM_TAG && answers_own_request(s))
		find_mark_once(s, FIND_FROM_TAG_CHANGED,
		               (struct finding){ .messages = { 0, x->request } }, false);
	if (s->is->odd & TRACK_NO_TO_TAG && status > 100 && status < 300 &&
	    x->code != SIP_METHOD_CANCEL && !(s->msg->odd & BIT(MISSING_TO)) &&
	    sip_msg_has_cookie(s->msg))
		no_tag(s, SIP_HDR_TO);
}

/* The request named a dialog, and the answer names another one (8.2.6.2). */
void find_other_dialog(struct find_seen *s)
{
	const struct txn *x = s->x;
	if (s->is->odd & (TRACK_OTHER_FROM_TAG | TRACK_NO_TO_TAG) || !x->dialog ||
	    s->msg->status == 100 || !answers_own_request(s))
		return;
	find_mark_once(s, FIND_TO_TAG_CHANGED,
	               (struct finding){ .messages = { 0, x->request } }, false);
}

/* The dialogs of the INVITE were seen to begin, and this one was not among them. */
void find_unknown_dialog(struct find_seen *s)
{
	const struct dialog *d = tracker_dialog_at(s->t, s->is->dialog);
	unsigned left = OTHERS_MAX;
	if (d->created != s->is->message || !d->inferred ||
	    s->m->code == SIP_METHOD_REFER || s->m->code == SIP_METHOD_SUBSCRIBE ||
	    s->m->code == SIP_METHOD_NOTIFY)
		return;
	for (uint32_t id = d->older; id && left; left--) {
		const struct dialog *known = tracker_dialog_at(s->t, id);
		if (known->method == SIP_METHOD_INVITE && !known->inferred) {
			find_mark_once(
				s, FIND_TAGS_UNKNOWN,
				(struct finding){ .messages = { 0, known->created },
			                          .gap = true },
				false);
			return;
		}
		id = known->older;
	}
}

/* Each 2xx that was seen made a dialog. */
void find_ack_tags(struct find_seen *s)
{
	struct finding f = { .messages = { 0, tracker_success(s->t, s->x) },
		             .gap = true };
	if (!(s->is->odd & TRACK_NO_TO_TAG))
		find_mark_once(s, FIND_TAGS_UNKNOWN, f, false);
}

/* A response without a request: is there one of another method that has its branch and
 * CSeq number, and whose own CSeq was right? CANCEL and its INVITE share them. */
void find_other_method(struct find_seen *s)
{
	const struct txn *x = s->x, *y;
	unsigned left = OTHERS_MAX;
	if (x->request || x->response != s->is->message || x->code == SIP_METHOD_CANCEL)
		return;
	const struct track_flow *own = tracker_flow_at(s->t, x->flow);
	for (uint32_t id = x->older; id && left; left--, id = y->older) {
		y = tracker_transaction_at(s->t, id);
		const struct track_flow *f = tracker_flow_at(s->t, y->flow);
		const struct find_recent_txn *r = find_recent(s->find, id);
		if (y->branch != x->branch || y->cseq != x->cseq || !y->request ||
		    y->code == SIP_METHOD_CANCEL || f->src_addr != own->src_addr ||
		    f->dst_addr != own->dst_addr || !r || r->bad_cseq ||
		    !sip_msg_has_cookie(s->msg))
			continue;
		find_mark_once(s, FIND_CSEQ_METHOD_CHANGED,
		               (struct finding){ .messages = { 0, y->request } }, false);
		return;
	}
}

/* --- BYE (RFC 3261 15) */

static bool from_callee(const struct find_seen *s, const struct dialog *d)
{
	return slice_eq(sip_addr_tag(sip_msg_value(s->msg, SIP_HDR_FROM)),
	                tracker_text(s->t, d->callee_tag));
}

/* Was the INVITE acknowledged on any of its hops? With too many to look through: it
 * may be. */
static bool is_acknowledged(const struct find_seen *s, const struct txn *x)
{
	unsigned left = OTHERS_MAX;
	if (x->acked)
		return true;
	uint32_t id = tracker_call_at(s->t, x->call)->newest;
	for (; id && left; left--) {
		const struct txn *y = tracker_transaction_at(s->t, id);
		if (y->kind == TXN_INVITE && y->cseq == x->cseq && y->acked &&
		    y->from_tag == x->from_tag)
			return true;
		id = y->older;
	}
	return id != 0;
}

void find_bye(struct find_seen *s)
{
	const struct dialog *d = tracker_dialog_at(s->t, s->is->dialog);
	if (d->inferred || d->method != SIP_METHOD_INVITE || s->is->forward_of)
		return;
	struct finding f = { .gap = true };
	if (!d->confirmed && d->ended == s->is->message && from_callee(s, d)) {
		f.messages[1] = d->created;
		find_mark_once(s, FIND_BYE_IN_EARLY_DIALOG, f, false);
	}
	if (!d->confirmed ||
	    find_seconds_since(s, d->confirmed) >= TXN_TIMEOUT_NS / TICK_S)
		return;
	const struct track_message *success = tracker_message_at(s->t, d->confirmed);
	if (success->stray || success->request)
		return;
	const struct txn *x = tracker_transaction_at(s->t, success->owner);
	f.messages[1] = d->confirmed;
	if (x->kind == TXN_INVITE && !is_acknowledged(s, x) && from_callee(s, d))
		find_mark_once(s, FIND_BYE_BEFORE_ACK, f, false);
}

/* --- the state of the transaction */

/* A message may come out of order, an ACK also because the responses were not
 * captured. */
static void unexpected(struct find_seen *s)
{
	const struct txn *x = s->x;
	uint32_t decided = x->final ? x->final : x->request;
	find_mark_once(s, FIND_UNEXPECTED_MESSAGE,
	               (struct finding){
			       .messages = { 0, decided == s->is->message ? 0 : decided },
			       .n = x->state,
			       .gap = s->m->request },
	               true);
}

void find_tags(struct find_seen *s)
{
	if (s->is->odd & TRACK_UNEXPECTED)
		unexpected(s);
	if (s->is->forward_of)
		return;
	if (s->m->request)
		request_tags(s);
	else
		response_tags(s);
}
