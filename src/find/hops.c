/* SPDX-License-Identifier: MIT */
/* What becomes of a request on its way: Max-Forwards, loops, what proxies change. */
#include "config.h"

#include "find/private.h"
#include "sip/value.h"

/* Requests of a chain of proxies that are looked through for a loop: Max-Forwards is 70
 * where it begins (RFC 3261 8.1.1.6). */
#define HOPS_MAX    70

/* Bytes of a body that are compared, beside its length: origin and connection address of
 * an SDP are in them. All of it would cost as much as the rest of the comparison. */
#define BODY_HASHED 128

static uint32_t hash_of(const struct find_seen *s, struct slice text)
{
	return text.len ? find_hash(s->find, text) : 0;
}

static void note_invite(const struct find_seen *s, struct find_recent_txn *r)
{
	struct sip_number expires;
	r->contact = hash_of(s, sip_msg_value(s->msg, SIP_HDR_CONTACT));
	r->body = hash_of(s, slice_head(s->msg->body, BODY_HASHED)) +
	          (uint32_t)s->msg->body.len;
	r->expires = 0;
	if (find_has(s, SIP_HDR_EXPIRES) &&
	    sip_number_parse(&expires, sip_msg_value(s->msg, SIP_HDR_EXPIRES),
	                     SIP_SECONDS_MAX) == OK)
		r->expires = (uint32_t)expires.value;
}

void find_note(struct find_seen *s)
{
	struct find_recent_txn *r = find_note_recent(s->find, s->is->transaction);
	uint64_t hops = 0;
	if (!r)
		return;
	r->txn = s->is->transaction;
	r->hidden = false;
	r->bad_cseq = (s->msg->odd & SIP_ODD_BIT(SIP_ODD_CSEQ_METHOD)) != 0;
	r->has_hops = slice_uint(sip_msg_value(s->msg, SIP_HDR_MAX_FORWARDS), &hops) &&
	              hops <= SIP_HOPS_MAX;
	r->hops = (uint8_t)hops;
	r->target = find_hash(s->find, s->msg->uri);
	if (find_has(s, SIP_HDR_ROUTE))
		r->target ^= find_hash(s->find, sip_msg_value(s->msg, SIP_HDR_ROUTE));
	if (s->m->code == SIP_METHOD_INVITE)
		note_invite(s, r);
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

void find_passed_on(struct find_seen *s)
{
	const struct find_recent_txn *now = find_recent(s->find, s->is->transaction);
	uint32_t of = tracker_more(s->t, s->x)->forward_of;
	const struct find_recent_txn *before = find_recent(s->find, of);
	if (!now || !before)
		s->find->uncompared++;
	if (!now)
		return;
	if (before) {
		compare_hops(s, before, now);
		if (s->m->code == SIP_METHOD_INVITE)
			compare_content(s, before, now);
	}
	came_round(s, now);
}
