/* SPDX-License-Identifier: MIT */
/* What the text of one message shows, alone or beside the one that it answers or passes
 * on: here is what sends nearly all messages home. A message that a proxy passed on is
 * judged where it was seen first. */
#include "config.h"

#include "find/private.h"

#define NEEDED_MAX 3

/* Beyond those of every request (8.1.1), which parsing looks for. */
struct needed {
	uint8_t count;
	uint8_t ids[NEEDED_MAX]; /* enum sip_hdr_id */
};
_Static_assert(SIP_HDR_OTHER < 256, "a number of a header in a byte");

/* RFC 3261 20 table 2, and the tables of the RFCs that made the methods: RFC 3262 7.2,
 * 3311 7, 3515 2.1, 3903 4.1, 6665 8.2.1 and 8.2.3. */
static const struct needed needed_in[SIP_METHOD_OTHER + 1] = {
	[SIP_METHOD_INVITE] = { 1, { SIP_HDR_CONTACT } },
	[SIP_METHOD_PRACK] = { 1, { SIP_HDR_RACK } },
	[SIP_METHOD_UPDATE] = { 1, { SIP_HDR_CONTACT } },
	[SIP_METHOD_SUBSCRIBE] = { 2, { SIP_HDR_EVENT, SIP_HDR_CONTACT } },
	[SIP_METHOD_NOTIFY] = { 3,
	                        { SIP_HDR_EVENT, SIP_HDR_SUBSCRIPTION_STATE,
	                          SIP_HDR_CONTACT } },
	[SIP_METHOD_PUBLISH] = { 1, { SIP_HDR_EVENT } },
	[SIP_METHOD_REFER] = { 2, { SIP_HDR_REFER_TO, SIP_HDR_CONTACT } },
};

/* 2xx: RFC 3261 20 table 2, RFC 3311 7, RFC 3903 4.2 and 6, RFC 6665 4.2.1.1. */
static const struct needed needed_in_2xx[SIP_METHOD_OTHER + 1] = {
	[SIP_METHOD_INVITE] = { 1, { SIP_HDR_CONTACT } },
	[SIP_METHOD_UPDATE] = { 1, { SIP_HDR_CONTACT } },
	[SIP_METHOD_SUBSCRIBE] = { 2, { SIP_HDR_CONTACT, SIP_HDR_EXPIRES } },
	[SIP_METHOD_PUBLISH] = { 2, { SIP_HDR_SIP_ETAG, SIP_HDR_EXPIRES } },
};

/* A request of RFC 2543, which is known by its branch (8.1.1.7), may lack them. */
static void look_for(struct find_seen *s, const struct needed *needed)
{
	for (unsigned i = 0; i < needed->count; i++)
		if (!find_has(s, needed->ids[i]) &&
		    (!s->m->request || sip_msg_has_cookie(s->msg)))
			find_missing(s, needed->ids[i]);
}

static void request(struct find_seen *s)
{
	if (s->m->code == SIP_METHOD_ACK) {
		if (!s->is->dialog && s->x && s->x->succeeded && !s->is->forward_of)
			find_ack_tags(s);
		return;
	}
	find_note(s);
	if (s->is->forward_of)
		find_passed_on(s);
	else if (s->msg->whole_headers)
		look_for(s, &needed_in[s->m->code]);
	if (!s->is->dialog)
		return;
	find_unknown_dialog(s);
	if (s->m->code == SIP_METHOD_BYE)
		find_bye(s);
}

static void success(struct find_seen *s)
{
	if (!s->x->request)
		return; /* then CSeq alone says what it answers */
	look_for(s, &needed_in_2xx[s->x->code]);
	if (s->x->code == SIP_METHOD_INVITE)
		find_answer(s);
}

static void response(struct find_seen *s)
{
	const struct txn *x = s->x;
	if (!x->request)
		find_other_method(s);
	if (s->is->forward_of)
		return;
	if (x->in_dialog && s->is->dialog != x->dialog)
		find_other_dialog(s);
	if (!s->msg->whole_headers)
		return;
	if (s->msg->status >= 300)
		find_failure(s);
	else if (s->msg->status >= 200)
		success(s);
	else if (find_has(s, SIP_HDR_REQUIRE))
		find_provisional(s);
}

/* Parsing finds few messages odd beyond what is a note, and the tracker few but for the
 * To tag that begins to be there. */
void find_messages(struct find_seen *s)
{
	unsigned odd = s->is->odd;
	if (s->msg->odd && !s->is->forward_of)
		find_form(s);
	if (odd & (s->m->request ? TRACK_UNEXPECTED | TRACK_NO_FROM_TAG : odd))
		find_tags(s);
	if (s->m->request)
		request(s);
	else
		response(s);
}
