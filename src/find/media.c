/* SPDX-License-Identifier: MIT */
/* Rules on offers and answers: RFC 3264, RFC 3261 13 and 14. What a description is and
 * what is odd about it the tracker has found out (track/media.h). */
#include "config.h"

#include "find/private.h"

#define WARNING_MEDIA_FIRST 300U /* RFC 3261 20.43: 300 to 307 are about the session */
#define WARNING_MEDIA_LAST  307U
#define WARNING_DIGITS      3U

/* What an oddity of a description is called. */
static const struct {
	enum media_odd odd;
	enum find_code code;
	bool gap; /* a message that is missing could explain it */
} rows[] = {
	{ MEDIA_LINES, FIND_ANSWER_LINES, false },
	{ MEDIA_TYPE, FIND_ANSWER_TYPE, false },
	{ MEDIA_TRANSPORT, FIND_ANSWER_TRANSPORT, false },
	{ MEDIA_DIRECTION, FIND_ANSWER_DIRECTION, false },
	{ MEDIA_NO_COMMON, FIND_NO_COMMON_CODEC, false },
	{ MEDIA_NOT_OFFERED, FIND_CODEC_NOT_OFFERED, false },
	{ MEDIA_REFUSED, FIND_MEDIA_REFUSED, false },
	{ MEDIA_ALL_REFUSED, FIND_ALL_MEDIA_REFUSED, false },
	{ MEDIA_CHANGED, FIND_DESCRIPTION_CHANGED, false },
	{ MEDIA_VERSION_SAME, FIND_SDP_VERSION_SAME, false },
	{ MEDIA_VERSION_ODD, FIND_SDP_VERSION_ODD, true },
	{ MEDIA_PENDING, FIND_OFFER_PENDING, true },
	{ MEDIA_UNEXPECTED, FIND_ANSWER_UNEXPECTED, false },
};

/* --- addresses */

/* Media are wanted at a private address: the peer cannot send there when it is outside,
 * and who sends from a public one is behind a NAT. Said when a call begins, and not
 * with each change of it. */
static void private_address(struct find_seen *seen)
{
	const struct track_flow *flow = tracker_flow_at(seen->t, seen->m->flow);
	uint32_t txn = seen->is->transaction;
	if (!txn || tracker_transaction_at(seen->t, txn)->in_dialog)
		return;
	if (!track_endpoint_is_private(&flow->dst))
		find_mark(seen, FIND_MEDIA_PRIVATE_ADDRESS, (struct finding){ 0 });
	else if (!track_endpoint_is_private(&flow->src))
		find_mark(seen, FIND_MEDIA_BEHIND_NAT, (struct finding){ 0 });
}

/* --- what came with a description */

static void described(struct find_seen *seen)
{
	const struct track_media *media = &seen->is->media;
	if (media->odd >> MEDIA_PRIVATE & 1)
		private_address(seen);
	if (media->odd == 1U << MEDIA_PRIVATE)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum media_odd odd = rows[i].odd;
		if (!(media->odd >> odd & 1))
			continue;
		bool refused = odd == MEDIA_REFUSED || odd == MEDIA_ALL_REFUSED;
		struct finding f = { .n = refused ? media->refused : media->n,
			             .m = refused ? media->wanted : media->m,
			             .gap = rows[i].gap };
		f.messages[0] = seen->is->message;
		f.messages[1] = odd <= MEDIA_ALL_REFUSED ? media->offer : media->before;
		find_mark(seen, rows[i].code, f);
	}
}

/* --- what came without one */

/* A Warning of those that are about the session. */
static bool warns_of_media(const struct sip_msg *msg)
{
	struct slice value = sip_msg_value(msg, SIP_HDR_WARNING);
	uint64_t code;
	return value.len >= WARNING_DIGITS &&
	       slice_uint(slice_head(value, WARNING_DIGITS), &code) &&
	       code >= WARNING_MEDIA_FIRST && code <= WARNING_MEDIA_LAST;
}

/* 488 and 606 refuse the offer (RFC 3261 21.4.26, 21.6.4), and so does what says so in
 * Warning. */
static void refused(struct find_seen *seen, const struct txn *x)
{
	uint16_t status = seen->m->code;
	if (x->request &&
	    tracker_message_at(seen->t, x->request)->sdp == TRACK_SDP_OFFER &&
	    (status == 488 || status == 606 || warns_of_media(seen->msg)))
		find_mark(seen, FIND_OFFER_REFUSED,
		          (struct finding){
				  .messages = { seen->is->message, x->request } });
}

/* The answer may have come with a reliable 18x, or PRACK, that was not captured. */
static void unanswered(struct find_seen *seen)
{
	uint32_t offer = tracker_unanswered(seen->t, seen->is->message);
	if (!offer || seen->is->forward_of || seen->msg->truncated)
		return;
	const struct txn *x = tracker_transaction_at(seen->t, seen->is->transaction);
	find_mark(seen, FIND_OFFER_UNANSWERED,
	          (struct finding){ .messages = { seen->is->message, offer },
	                            .gap = x->code == SIP_METHOD_INVITE });
}

void find_observe_media(struct find_seen *seen)
{
	const struct track_message *m = seen->m;
	if (seen->is->media.odd)
		described(seen);
	bool may_lack = m->request ? m->code == SIP_METHOD_ACK : m->code >= 200;
	if (!may_lack || m->sdp != TRACK_SDP_NONE || m->stray)
		return;
	const struct txn *x = tracker_transaction_at(seen->t, seen->is->transaction);
	if (x->code != SIP_METHOD_INVITE && x->code != SIP_METHOD_UPDATE &&
	    x->code != SIP_METHOD_PRACK)
		return;
	if (!m->request && m->code >= 300)
		refused(seen, x);
	else if (!m->request || x->succeeded)
		unanswered(seen);
}

/* --- at the end */

static void held(struct find_run *run, uint32_t id, const struct dialog *d)
{
	uint32_t message = tracker_described(run->t, id);
	if (!message || !d->confirmed)
		return;
	struct finding f = { .dialog = id, .messages = { message } };
	f.messages[1] = d->ended;
	find_add(run,
	         d->state == DIALOG_TERMINATED ? FIND_ENDED_ON_HOLD : FIND_STILL_ON_HOLD,
	         f);
}

void find_media(struct find_run *run)
{
	for (uint32_t id = run->call->dialogs; id;) {
		const struct dialog *d = tracker_dialog_at(run->t, id);
		if (d->hold_caller || d->hold_callee)
			held(run, id, d);
		id = d->older;
	}
}
