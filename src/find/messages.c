/* SPDX-License-Identifier: MIT */
/* What the text of one message shows, alone or beside the one that it answers or passes
 * on. A message that a proxy passed on is judged where it was seen first. */
#include "config.h"

#include "find/private.h"
#include "sip/value.h"

#define BIT(odd)    SIP_ODD_BIT(SIP_ODD_##odd)

/* Requests of a chain of proxies that are looked through for a loop: Max-Forwards is 70
 * where it begins (RFC 3261 8.1.1.6). */
#define HOPS_MAX    70

/* Bytes of a body that are compared, beside its length: origin and connection address of
 * an SDP are in them. All of it would cost as much as the rest of the comparison. */
#define BODY_HASHED 128

/* Transactions or dialogs of a call that are looked through for a related one, the newest
 * first: an ordinary call has fewer. */
#define OTHERS_MAX  16

/* What parsing finds against the grammar or a MUST (oddity.def: ERROR), and SIP/2.0 in
 * lower case (7.1: MUST). Some have rows of their own: what is missing, lengths. */
#define MALFORMED                                                                        \
	(BIT(START_LINE_SPACING) | BIT(VERSION_CASE) | BIT(BAD_VERSION) |                \
	 BIT(BAD_METHOD) | BIT(MISSING_URI) | BIT(URI_WHITE_SPACE) |                     \
	 BIT(URI_IN_BRACKETS) | BIT(BAD_STATUS) | BIT(BARE_LF) |                         \
	 BIT(FOLDED_START_LINE) | BIT(NO_COLON) | BIT(EMPTY_HEADER_NAME) |               \
	 BIT(NO_EMPTY_LINE) | BIT(BAD_HEADER_NAME) | BIT(REPEATED_HEADER) |              \
	 BIT(BAD_VIA) | BIT(BAD_CSEQ) | BIT(CSEQ_METHOD) | BIT(BAD_MAX_FORWARDS) |       \
	 BIT(BAD_CONTENT_LENGTH))

#define LACKING                                                                          \
	(BIT(MISSING_VIA) | BIT(MISSING_FROM) | BIT(MISSING_TO) |                        \
	 BIT(MISSING_MAX_FORWARDS) | BIT(NO_CONTENT_TYPE) | BIT(NO_CONTENT_LENGTH))

#define LENGTHS (BIT(BODY_SHORT) | BIT(BODY_LONG))

/* What a response has from its request (8.2.6.2): its sender is not to blame. */
#define COPIED  (BIT(BAD_VIA) | BIT(BAD_CSEQ))

static bool has(const struct find_seen *s, enum sip_hdr_id id)
{
	return s->msg->first[id] != 0;
}

static uint32_t saturated(uint64_t n)
{
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* s, no less than 0 */
static uint64_t seconds_since(const struct find_seen *s, uint32_t message)
{
	int64_t ns = tick_diff(s->m->at, tracker_message_at(s->t, message)->at);
	return ns > 0 ? (uint64_t)ns / TICK_S : 0;
}

/* --- headers that must be there */

static void missing(struct find_seen *s, enum sip_hdr_id id)
{
	find_mark_once(s, FIND_HEADER_MISSING, (struct finding){ .n = id }, true);
}

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

/* SIP_HDR_OTHER: no such header. */
static enum sip_hdr_id needed_in_failure(unsigned status)
{
	switch (status) {
	case 401: return SIP_HDR_WWW_AUTHENTICATE;   /* RFC 3261 22.2 */
	case 405: return SIP_HDR_ALLOW;              /* RFC 3261 21.4.6 */
	case 407: return SIP_HDR_PROXY_AUTHENTICATE; /* RFC 3261 22.3 */
	case 420: return SIP_HDR_UNSUPPORTED;        /* RFC 3261 21.4.15 */
	case 421: return SIP_HDR_REQUIRE;            /* RFC 3261 21.4.16 */
	case 422: return SIP_HDR_MIN_SE;             /* RFC 4028 6 */
	case 423: return SIP_HDR_MIN_EXPIRES;        /* RFC 3261 21.4.17 */
	case 469: return SIP_HDR_RECV_INFO;          /* RFC 6086 4.2.2 */
	case 489: return SIP_HDR_ALLOW_EVENTS;       /* RFC 6665 8.3.2 */
	default: return SIP_HDR_OTHER;
	}
}

/* A request of RFC 2543, which is known by its branch (8.1.1.7), may lack them. */
static void look_for(struct find_seen *s, const struct needed *needed)
{
	for (unsigned i = 0; i < needed->count; i++)
		if (!has(s, needed->ids[i]) &&
		    (!s->m->request || sip_msg_has_cookie(s->msg)))
			missing(s, needed->ids[i]);
}

static void lacking(struct find_seen *s)
{
	uint64_t odd = s->msg->odd;
	if (odd & BIT(MISSING_VIA))
		missing(s, SIP_HDR_VIA);
	if (odd & BIT(MISSING_FROM))
		missing(s, SIP_HDR_FROM);
	if (odd & BIT(MISSING_TO))
		missing(s, SIP_HDR_TO);
	if (odd & BIT(NO_CONTENT_TYPE))
		missing(s, SIP_HDR_CONTENT_TYPE);
	if (odd & BIT(NO_CONTENT_LENGTH))
		missing(s, SIP_HDR_CONTENT_LENGTH);
	if (odd & BIT(MISSING_MAX_FORWARDS))
		find_mark_once(s, FIND_MAX_FORWARDS_MISSING, (struct finding){ 0 },
		               false);
}

/* --- form */

/* Only what parsing found on its one pass: looking at each value costs as much as all
 * else that is done for a message. */
static void malformed(struct find_seen *s)
{
	uint64_t odd = s->msg->odd & MALFORMED & ~(s->m->request ? 0 : COPIED);
	unsigned first = 0;
	if (odd == 0 || (s->m->truncated && !s->msg->whole_headers))
		return; /* what is cut off looks malformed */
	while (!(odd >> first & 1))
		first++;
	find_mark_once(s, FIND_MALFORMED_MESSAGE, (struct finding){ .n = first }, true);
}

/* What is missing of a message on a stream may just not have been captured. */
static void lengths(struct find_seen *s)
{
	const struct sip_msg *msg = s->msg;
	struct finding f = { .n = saturated(msg->content_length),
		             .m = saturated(msg->body.len) };
	if (msg->odd & BIT(BODY_LONG)) {
		find_mark_once(s, FIND_BODY_CUT_OFF, f, false);
	} else if (!s->m->truncated && msg->odd & BIT(BODY_SHORT)) {
		find_mark_once(s, FIND_CONTENT_LENGTH_WRONG, f, false);
	}
}

/* --- tags, CSeq */

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
static void other_dialog(struct find_seen *s)
{
	const struct txn *x = s->x;
	if (s->is->odd & (TRACK_OTHER_FROM_TAG | TRACK_NO_TO_TAG) || !x->dialog ||
	    s->msg->status == 100 || !answers_own_request(s))
		return;
	find_mark_once(s, FIND_TO_TAG_CHANGED,
	               (struct finding){ .messages = { 0, x->request } }, false);
}

/* The dialogs of the INVITE were seen to begin, and this one was not among them. */
static void unknown_dialog(struct find_seen *s)
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

/* A response without a request: is there one of another method that has its branch and
 * CSeq number, and whose own CSeq was right? CANCEL and its INVITE share them. */
static void other_method(struct find_seen *s)
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

/* --- on the way: Max-Forwards, loops, what proxies changed */

static uint32_t hash_of(const struct find_seen *s, struct slice text)
{
	return text.len ? find_hash(s->find, text) : 0;
}

static void note_invite(const struct find_seen *s, struct find_recent_txn *r)
{
	struct sip_number expires;
	r->contact = hash_of(s, sip_msg_value(s->msg, SIP_HDR_CONTACT));
	r->body = hash_of(s, slice_head(s->msg->body, BODY_HASHED)) +
	          saturated(s->msg->body.len);
	r->expires = 0;
	if (has(s, SIP_HDR_EXPIRES) &&
	    sip_number_parse(&expires, sip_msg_value(s->msg, SIP_HDR_EXPIRES),
	                     SIP_SECONDS_MAX) == OK)
		r->expires = (uint32_t)expires.value;
}

static struct find_recent_txn *note(struct find_seen *s)
{
	struct find_recent_txn *r = find_note_recent(s->find, s->is->transaction);
	uint64_t hops = 0;
	if (!r)
		return NULL;
	r->txn = s->is->transaction;
	r->hidden = false;
	r->bad_cseq = (s->msg->odd & BIT(CSEQ_METHOD)) != 0;
	r->has_hops = slice_uint(sip_msg_value(s->msg, SIP_HDR_MAX_FORWARDS), &hops) &&
	              hops <= SIP_HOPS_MAX;
	r->hops = (uint8_t)hops;
	r->target = find_hash(s->find, s->msg->uri);
	if (has(s, SIP_HDR_ROUTE))
		r->target ^= find_hash(s->find, sip_msg_value(s->msg, SIP_HDR_ROUTE));
	if (s->m->code == SIP_METHOD_INVITE)
		note_invite(s, r);
	return r;
}

/* 16.3 step 3, 16.6 step 3 */
static void compare_hops(struct find_seen *s, const struct find_recent_txn *before,
                         const struct find_recent_txn *now)
{
	struct finding f = { .messages = { 0, s->is->forward_of },
		             .n = now->hops,
		             .m = before->hops };
	if (!before->has_hops)
		return;
	if (before->hops == 0)
		find_mark_once(s, FIND_MAX_FORWARDS_IGNORED, f, false);
	else if (now->has_hops && now->hops >= before->hops)
		find_mark_once(s, FIND_MAX_FORWARDS_NOT_LOWERED, f, false);
}

/* 16.6 step 1 keeps what its other steps do not name, and they name neither. */
static void compare_content(struct find_seen *s, const struct find_recent_txn *before,
                            const struct find_recent_txn *now)
{
	struct finding f = { .messages = { 0, s->is->forward_of } };
	if (s->msg->truncated || s->m->truncated ||
	    tracker_message_at(s->t, s->is->forward_of)->truncated)
		return;
	if (before->contact != now->contact)
		find_mark_once(s, FIND_CONTACT_REWRITTEN, f, false);
	if (before->body != now->body)
		find_mark_once(s, FIND_BODY_REWRITTEN, f, false);
}

static bool same_endpoint(const struct track_flow *a, const struct track_flow *b)
{
	return a->dst_addr == b->dst_addr && a->dst.port == b->dst.port;
}

/* Was it at its receiver before? 16.3 step 4: a loop where what decides on the way is the
 * same as then, a spiral where it is not. */
static void came_round(struct find_seen *s, const struct find_recent_txn *now)
{
	const struct track_flow *here = find_flow(s);
	const struct txn *x = s->x;
	uint32_t id = tracker_more(s->t, x)->forward_of;
	for (unsigned left = HOPS_MAX; id && left; left--) {
		const struct txn *y = tracker_transaction_at(s->t, id);
		const struct find_recent_txn *before = find_recent(s->find, id);
		if (before && same_endpoint(tracker_flow_at(s->t, y->flow), here)) {
			bool loop = before->target == now->target;
			find_mark_once(s, loop ? FIND_REQUEST_LOOP : FIND_REQUEST_SPIRAL,
			               (struct finding){ .messages = { 0, y->request } },
			               false);
			return;
		}
		id = tracker_more(s->t, y)->forward_of;
	}
}

static void on_the_way(struct find_seen *s)
{
	const struct find_recent_txn *now = note(s), *before;
	if (!now || !s->is->forward_of)
		return;
	before = find_recent(s->find, tracker_more(s->t, s->x)->forward_of);
	if (before && before != now) {
		compare_hops(s, before, now);
		if (s->m->code == SIP_METHOD_INVITE)
			compare_content(s, before, now);
	}
	came_round(s, now);
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

static void bye(struct find_seen *s)
{
	const struct dialog *d = tracker_dialog_at(s->t, s->is->dialog);
	if (d->inferred || d->method != SIP_METHOD_INVITE || s->is->forward_of)
		return;
	struct finding f = { .gap = true };
	if (!d->confirmed && d->ended == s->is->message && from_callee(s, d)) {
		f.messages[1] = d->created;
		find_mark_once(s, FIND_BYE_IN_EARLY_DIALOG, f, false);
	}
	if (!d->confirmed || seconds_since(s, d->confirmed) >= TXN_TIMEOUT_NS / TICK_S)
		return;
	const struct track_message *success = tracker_message_at(s->t, d->confirmed);
	if (success->stray || success->request)
		return;
	const struct txn *x = tracker_transaction_at(s->t, success->owner);
	f.messages[1] = d->confirmed;
	if (x->kind == TXN_INVITE && !is_acknowledged(s, x) && from_callee(s, d))
		find_mark_once(s, FIND_BYE_BEFORE_ACK, f, false);
}

/* --- responses */

static bool requires_100rel(const struct find_seen *s)
{
	struct sip_list_iter it = { 0 };
	struct slice option;
	while (sip_msg_list_next(s->msg, SIP_HDR_REQUIRE, &it, &option))
		if (slice_ieq(option, SLICE("100rel")))
			return true;
	return false;
}

static void provisional(struct find_seen *s)
{
	if (s->msg->status > 100 && has(s, SIP_HDR_REQUIRE) && !has(s, SIP_HDR_RSEQ) &&
	    requires_100rel(s))
		missing(s, SIP_HDR_RSEQ);
}

static void success(struct find_seen *s)
{
	const struct txn *x = s->x;
	const struct find_recent_txn *r;
	if (!x->request)
		return; /* then CSeq alone says what it answers */
	look_for(s, &needed_in_2xx[x->code]);
	if (x->code != SIP_METHOD_INVITE)
		return;
	r = find_recent(s->find, s->is->transaction);
	if (r && r->expires && seconds_since(s, x->request) > r->expires)
		find_mark_once(s, FIND_ANSWERED_AFTER_EXPIRES,
		               (struct finding){ .messages = { 0, x->request },
		                                 .n = r->expires },
		               false);
}

static void plain(struct find_seen *s, enum find_code code)
{
	uint32_t request = s->x->request;
	find_mark_once(s, code, (struct finding){ .messages = { 0, request } }, false);
}

/* 21.3: of the others, 380 describes services in its body. */
static bool is_redirection(unsigned status)
{
	return status == 300 || status == 301 || status == 302 || status == 305;
}

static void retry_after(struct find_seen *s)
{
	struct sip_retry_after after;
	struct slice value = sip_msg_value(s->msg, SIP_HDR_RETRY_AFTER);
	if (sip_retry_after_parse(&after, value) != OK)
		return;
	struct finding f = { .n = saturated(after.seconds.value) };
	find_mark_once(s, FIND_RETRY_AFTER, f, false);
}

static void failure(struct find_seen *s)
{
	unsigned status = s->msg->status;
	enum sip_hdr_id id = needed_in_failure(status);
	if (id != SIP_HDR_OTHER && !has(s, id))
		missing(s, id);
	if (is_redirection(status) && !has(s, SIP_HDR_CONTACT))
		plain(s, FIND_REDIRECT_WITHOUT_CONTACT);
	if (has(s, SIP_HDR_RETRY_AFTER))
		retry_after(s);
	if (status == 420)
		plain(s, FIND_EXTENSION_REFUSED);
	if (status == 482)
		plain(s, FIND_LOOP_DETECTED);
	if (status == 483)
		plain(s, FIND_TOO_MANY_HOPS);
}

/* --- all of them */

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

static void request(struct find_seen *s)
{
	bool first = !s->is->forward_of;
	if (first && s->is->odd)
		request_tags(s);
	if (s->m->code == SIP_METHOD_ACK)
		return;
	if (first && s->msg->whole_headers)
		look_for(s, &needed_in[s->m->code]);
	on_the_way(s);
	if (!s->is->dialog)
		return;
	unknown_dialog(s);
	if (s->m->code == SIP_METHOD_BYE)
		bye(s);
}

static void response(struct find_seen *s)
{
	const struct txn *x = s->x;
	if (!x->request)
		other_method(s);
	if (s->is->forward_of)
		return;
	if (s->is->odd)
		response_tags(s);
	if (x->in_dialog && s->is->dialog != x->dialog)
		other_dialog(s);
	if (!s->msg->whole_headers)
		return;
	if (s->msg->status < 200)
		provisional(s);
	else if (s->msg->status < 300)
		success(s);
	else
		failure(s);
}

void find_messages(struct find_seen *s)
{
	uint64_t odd = s->msg->odd;
	if (odd & (MALFORMED | LACKING | LENGTHS) && !s->is->forward_of) {
		if (odd & MALFORMED)
			malformed(s);
		if (odd & LACKING)
			lacking(s);
		if (odd & LENGTHS)
			lengths(s);
	}
	if (s->is->odd & TRACK_UNEXPECTED)
		unexpected(s);
	if (s->m->request)
		request(s);
	else
		response(s);
}
