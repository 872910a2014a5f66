/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/media.h"

#include "base/hash.h"
#include "sip/decode.h"
#include "sip/parts.h"
#include "track/private.h"

/* Bytes of different words of offers (struct session) that are interned: those of
 * 100,000 kinds of phones. More is nothing that phones sent. */
#define MEDIA_WORDS_TOTAL (8U << 20)

/* Descriptions of a dialog looked at, newest first, to learn what is open: an exchange
 * has two, and with early media a few more. */
#define MEDIA_LOOK        16

/* Descriptions of a dialog among which exchanges are looked for. */
#define MEDIA_EVENTS      (4 * MEDIA_EXCHANGES_MAX)

/* Hops of one request; Max-Forwards begins at 70 (RFC 3261 8.1.1.6). */
#define HOPS_MAX          70

enum side { CALLER, CALLEE, NOBODY };

/* One description as it comes. */
struct taking {
	struct tracker *t;
	const struct track_fields *f;
	struct track_result *out;
	struct txn *x;    /* NULL: of an ACK without one */
	struct dialog *d; /* NULL: there is none yet */
	enum side side;
	struct session s;
};

/* --- the messages of a dialog */

static enum side other(enum side side)
{
	return side == CALLER ? CALLEE : CALLER;
}

/* Who sent a message of a dialog. */
static enum side side_of(const struct tracker *t, const struct dialog *d, uint32_t id)
{
	const struct track_message *m = message_at(t, id);
	if (m->stray)
		return NOBODY;
	uint32_t tag = fields_tag_hash(t, text_get(&t->text, d->caller_tag));
	return (txn_at(t, m->owner)->from_tag == tag) == m->request ? CALLER : CALLEE;
}

/* The INVITE that made the dialog, of the hop nearest to the caller; 0: not captured. */
static uint32_t first_invite(const struct tracker *t, const struct dialog *d)
{
	const struct track_message *m = d->created ? message_at(t, d->created) : NULL;
	if (!m || m->stray || m->request || d->method != SIP_METHOD_INVITE)
		return 0;
	uint32_t id = m->owner;
	for (unsigned i = 0; i < HOPS_MAX; i++) {
		uint32_t before = tracker_more(t, txn_at(t, id))->forward_of;
		if (before == 0)
			break;
		id = before;
	}
	return txn_at(t, id)->in_dialog ? 0 : txn_at(t, id)->request;
}

/* Its offer, or 0. */
static uint32_t first_offer(const struct tracker *t, const struct dialog *d)
{
	uint32_t invite = first_invite(t, d);
	return invite && message_at(t, invite)->sdp == TRACK_SDP_OFFER ? invite : 0;
}

static bool has_failed(const struct tracker *t, const struct txn *x)
{
	return x->state == TXN_TIMEOUT ||
	       (x->final && message_at(t, x->final)->code >= 300);
}

/* The offer of a response that nothing has answered yet (RFC 3261 13.2.1, RFC 3262 5),
 * or 0. */
static uint32_t offered_by_response(const struct tracker *t, const struct dialog *d)
{
	unsigned left = MEDIA_LOOK;
	for (uint32_t e = d->described; e && left; e = edge_next(t, e), left--) {
		const struct track_message *m = message_at(t, edge_to(t, e));
		if (m->sdp == TRACK_SDP_OFFER)
			return m->request ? 0 : edge_to(t, e);
		if (m->sdp == TRACK_SDP_ANSWER && m->request)
			return 0;
	}
	return 0;
}

enum found { FOUND_NO, FOUND_YES, FOUND_PERHAPS /* there is too much to look at */ };

/* Has a response in this transaction been the answer, or the offer, in this dialog? */
static enum found response_decided(const struct tracker *t, const struct dialog *d,
                                   uint32_t txn)
{
	unsigned left = MEDIA_LOOK;
	for (uint32_t e = d->described; e; e = edge_next(t, e)) {
		const struct track_message *m = message_at(t, edge_to(t, e));
		if (left-- == 0)
			return FOUND_PERHAPS;
		if (!m->request && m->owner == txn && m->sdp != TRACK_SDP_PREVIEW)
			return FOUND_YES;
	}
	return FOUND_NO;
}

/* The newest description of a side that held, or 0. */
static uint32_t described_before(const struct tracker *t, const struct dialog *d,
                                 enum side side)
{
	unsigned left = MEDIA_LOOK;
	for (uint32_t e = d->described; e; e = edge_next(t, e)) {
		uint32_t id = edge_to(t, e);
		const struct track_message *m = message_at(t, id);
		if (left-- == 0)
			return 0;
		if (side_of(t, d, id) != side)
			continue;
		if (!m->request || m->sdp != TRACK_SDP_OFFER)
			return id;
		const struct txn *x = txn_at(t, m->owner);
		if (x->final && !has_failed(t, x))
			return id;
	}
	return side == CALLER ? first_offer(t, d) : 0;
}

static bool is_open(const struct tracker *t, uint32_t offer)
{
	const struct txn *x = txn_at(t, message_at(t, offer)->owner);
	return x->final == 0 && x->state != TXN_TIMEOUT;
}

/* An offer of this side that nothing has answered when it makes the next one, or 0. Of
 * crossing offers neither side knows (RFC 3261 14.1). */
static uint32_t still_open(const struct taking *k)
{
	const struct tracker *t = k->t;
	unsigned left = MEDIA_LOOK;
	for (uint32_t e = k->d->described; e; e = edge_next(t, e)) {
		uint32_t id = edge_to(t, e);
		const struct track_message *m = message_at(t, id);
		if (left-- == 0 || m->sdp == TRACK_SDP_ANSWER)
			return 0;
		if (m->sdp != TRACK_SDP_OFFER || m->stray)
			continue;
		bool open = m->request ? is_open(t, id) : true;
		return open && side_of(t, k->d, id) == k->side ? id : 0;
	}
	uint32_t first = first_offer(t, k->d);
	return first && k->side == CALLER && is_open(t, first) ? first : 0;
}

/* --- offers that wait */

static uint64_t offer_hash(const struct tracker *t, uint32_t message)
{
	return hash_mix(t->seed, message);
}

static uint32_t find_offer(const struct tracker *t, uint32_t message)
{
	uint32_t at;
	uint64_t hash = offer_hash(t, message);
	uint32_t id = map_first(&t->offer_index, hash, &at);
	while (id && ((struct media_offer *)pool_at(&t->offers, id))->message != message)
		id = map_next(&t->offer_index, hash, &at);
	return id;
}

static void drop_offer(struct tracker *t, uint32_t message)
{
	uint32_t id = find_offer(t, message);
	if (id == 0)
		return;
	map_remove(&t->offer_index, offer_hash(t, message), id);
	pool_free(&t->offers, id);
}

void media_forget(struct tracker *t, uint32_t message)
{
	if (t->offers.live)
		drop_offer(t, message);
}

static enum err intern_words(struct tracker *t, const struct session *s, uint32_t *out)
{
	struct slice words = { (const char *)s->words, s->nwords * sizeof(*s->words) };
	uint32_t before = t->text.interned.live;
	struct session_cached *slot = s->slot;
	if (slot && slot->interned && slot->first == s->words[0]) {
		*out = slot->interned;
		return OK;
	}
	if (t->offer_bytes > MEDIA_WORDS_TOTAL)
		return ERR_LIMIT;
	enum err e = text_intern(&t->text, words, out);
	if (t->text.interned.live != before)
		t->offer_bytes += (uint32_t)words.len;
	if (e == OK && slot) {
		slot->interned = *out;
		slot->first = s->words[0];
	}
	return e;
}

static void keep_offer(struct taking *k)
{
	struct tracker *t = k->t;
	uint32_t id, words = 0, message = k->out->message;
	if (intern_words(t, &k->s, &words) != OK || pool_add(&t->offers, &id) != OK) {
		t->stats.offers_refused++;
		return;
	}
	if (map_add(&t->offer_index, offer_hash(t, message), id) != OK) {
		pool_free(&t->offers, id);
		t->stats.offers_refused++;
		return;
	}
	*(struct media_offer *)pool_at(&t->offers, id) =
		(struct media_offer){ message, words, k->s.side, k->s.flags };
}

/* A forked INVITE may have further answers (13.2.2.4): its offer is kept. */
void media_final(struct tracker *t, uint32_t txn)
{
	const struct txn *x = txn_at(t, txn);
	if (!x->request || message_at(t, x->request)->sdp != TRACK_SDP_OFFER)
		return;
	bool forked = x->kind == TXN_INVITE && x->shown && edge_next(t, x->shown);
	if (!forked || has_failed(t, x))
		drop_offer(t, x->request);
}

/* --- what a description is */

static enum track_sdp in_request(const struct taking *k, uint32_t *offer)
{
	struct track_media *media = &k->out->media;
	switch (k->f->code) {
	case SIP_METHOD_INVITE:
	case SIP_METHOD_UPDATE: return TRACK_SDP_OFFER;
	case SIP_METHOD_PRACK: /* RFC 3262 5 */
		*offer = k->d ? offered_by_response(k->t, k->d) : 0;
		return *offer ? TRACK_SDP_ANSWER : TRACK_SDP_OFFER;
	case SIP_METHOD_ACK:
		*offer = k->d ? offered_by_response(k->t, k->d) : 0;
		if (*offer)
			return TRACK_SDP_ANSWER;
		if (k->x && k->x->succeeded && k->x->request &&
		    message_at(k->t, k->x->request)->sdp == TRACK_SDP_OFFER)
			media->odd |= 1U << MEDIA_UNEXPECTED;
		return TRACK_SDP_PREVIEW;
	default: return TRACK_SDP_NONE;
	}
}

/* RFC 3261 13.2.1: the first reliable response that is no failure answers the offer of
 * the INVITE, or makes one. Reliable is the 2xx, and what has an RSeq (RFC 3262 3). */
static enum track_sdp in_response(const struct taking *k, uint32_t *offer)
{
	uint16_t status = k->f->msg->status;
	if (status <= 100 || status >= 300)
		return TRACK_SDP_NONE;
	if (!k->x || !k->x->request)
		return TRACK_SDP_PREVIEW;
	bool offered = message_at(k->t, k->x->request)->sdp == TRACK_SDP_OFFER;
	bool answers = status >= 200;
	if (k->f->code == SIP_METHOD_INVITE) {
		bool reliable = answers || k->f->msg->first[SIP_HDR_RSEQ];
		answers = reliable && k->d &&
		          response_decided(k->t, k->d, k->out->transaction) == FOUND_NO;
		if (answers && !offered)
			return TRACK_SDP_OFFER;
	} else if (!offered) {
		return TRACK_SDP_NONE;
	}
	*offer = answers ? k->x->request : 0;
	return answers ? TRACK_SDP_ANSWER : TRACK_SDP_PREVIEW;
}

/* --- what is odd about it */

static bool same_path(const struct tracker *t, uint32_t a, uint32_t b)
{
	const struct track_flow *x = flow_at(&t->flows, message_at(t, a)->flow);
	const struct track_flow *y = flow_at(&t->flows, message_at(t, b)->flow);
	return x->src_addr == y->src_addr && x->dst_addr == y->dst_addr;
}

/* The last description of this dialog, if a response in the same transaction had it. */
static uint32_t just_before(const struct taking *k)
{
	uint32_t id = k->d->described ? edge_to(k->t, k->d->described) : 0;
	const struct track_message *m = id ? message_at(k->t, id) : NULL;
	bool same = m && !m->request && !m->stray && m->owner == k->out->transaction;
	return same ? id : 0;
}

/* Beside the one before it from the same side. What middle boxes write anew on the way
 * differs without fault of that side, so both must have come the same way. */
static void check_before(struct taking *k, enum track_sdp sdp)
{
	struct track_media *media = &k->out->media;
	const struct media_side *was = &k->d->sides[k->side], *is = &k->s.side;
	if (was->content == 0 || is->content == 0)
		return;
	bool again = !k->f->is_request && just_before(k);
	bool has_origin = (was->origin[0] || was->origin[1]) && k->s.origin.len;
	unsigned odd = MEDIA_ODD_COUNT;
	if (was->content == is->content)
		return;
	if (again)
		odd = MEDIA_CHANGED;
	else if (sdp == TRACK_SDP_PREVIEW || !has_origin)
		return;
	else if (was->origin[0] == is->origin[0] && was->origin[1] == is->origin[1])
		odd = MEDIA_VERSION_SAME;
	else if (!session_follows(was, k->s.origin, k->t->seed))
		odd = MEDIA_VERSION_ODD;
	if (odd == MEDIA_ODD_COUNT)
		return;
	uint32_t before = again ? just_before(k) : described_before(k->t, k->d, k->side);
	if (before == 0 || !same_path(k->t, before, k->out->message))
		return;
	media->odd |= (uint16_t)(1U << odd);
	media->before = before;
}

static void set_hold(struct dialog *d, enum side side, bool hold)
{
	if (side == CALLER)
		d->hold_caller = hold;
	else
		d->hold_callee = hold;
}

/* RFC 3264 8.4: who offers to send only, or nothing, holds. To answer so is to hold
 * too, unless the offer left nothing else (6.1). The first exchange of a dialog holds
 * nothing: what goes one way from the beginning is meant so. */
static void note_hold(struct taking *k, uint8_t offer)
{
	uint8_t answer = k->s.flags;
	if (!k->d->inferred && k->d->sides[other(k->side)].content == 0)
		return;
	set_hold(k->d, other(k->side), offer & SESSION_HELD);
	if (!(offer & answer & SESSION_INACTIVE))
		set_hold(k->d, k->side, answer & SESSION_HELD);
}

static void take_answer(struct taking *k, uint32_t message)
{
	struct tracker *t = k->t;
	uint32_t id = find_offer(t, message), words[SESSION_WORDS_MAX];
	k->out->media.offer = message;
	k->d->sides[k->side] = k->s.side;
	if (id == 0)
		return;
	const struct media_offer *offer = pool_at(&t->offers, id);
	struct slice text = text_get(&t->text, offer->words);
	if (text.len)
		memcpy(words, text.p, text.len);
	struct session_words offered = { words, (unsigned)(text.len / sizeof(*words)) };
	struct session_words answered = { k->s.words, k->s.nwords };
	if (!((offer->flags | k->s.flags) & SESSION_CUT) && offered.n && answered.n)
		session_compare(offered, answered, t->seed, &k->out->media);
	note_hold(k, offer->flags);
	k->d->sides[other(k->side)] = offer->side;
	if (k->f->is_request) /* else media_final does it */
		drop_offer(t, message);
}

/* --- one message */

static void list(struct taking *k)
{
	uint32_t message = k->out->message;
	if (message & EDGE_LAST || edge_add(k->t, &k->d->described, message) != OK)
		k->t->stats.offers_refused++;
}

static void take(struct taking *k)
{
	struct track_media *media = &k->out->media;
	uint32_t offer = 0;
	enum track_sdp sdp =
		k->f->is_request ? in_request(k, &offer) : in_response(k, &offer);
	media->sdp = (uint8_t)sdp;
	message_at(k->t, k->out->message)->sdp = sdp & 3U;
	if (sdp == TRACK_SDP_NONE)
		return;
	if (k->s.flags & SESSION_PRIVATE)
		media->odd |= 1U << MEDIA_PRIVATE;
	if (sdp == TRACK_SDP_OFFER)
		keep_offer(k);
	if (!k->d)
		return;
	check_before(k, sdp);
	uint32_t open = sdp == TRACK_SDP_OFFER ? still_open(k) : 0;
	if (open) {
		media->odd |= 1U << MEDIA_PENDING;
		media->before = open;
	}
	if (sdp == TRACK_SDP_ANSWER)
		take_answer(k, offer);
	else if (!k->f->is_request)
		k->d->sides[k->side] = k->s.side;
	list(k);
}

/* Most are not multipart, nor encoded. False: there is none. */
static bool find_sdp(const struct taking *k, struct slice body, struct slice *sdp)
{
	struct slice type = sip_msg_value(k->f->msg, SIP_HDR_CONTENT_TYPE);
	struct sip_part part;
	*sdp = body;
	if (slice_eq(type, SLICE("application/sdp")))
		return true;
	if (!sip_part_find(type, body, SIP_BODY_SDP, &part))
		return false;
	*sdp = part.body;
	return true;
}

static bool may_describe(enum sip_method code)
{
	return code == SIP_METHOD_INVITE || code == SIP_METHOD_ACK ||
	       code == SIP_METHOD_PRACK || code == SIP_METHOD_UPDATE;
}

/* Of a later hop: of its transaction, and of an ACK, which may have none. */
static bool is_forwarded(const struct taking *k)
{
	if (k->x && !(k->f->is_request && k->f->code == SIP_METHOD_ACK))
		return tracker_more(k->t, k->x)->forward_of != 0;
	return k->out->forward_of != 0;
}

void media_message(struct tracker *t, const struct track_fields *f,
                   struct track_result *out)
{
	struct taking k;
	struct slice body, sdp;
	struct inflate_buffer plain;
	if (!may_describe(f->code) || !f->msg->first[SIP_HDR_CONTENT_TYPE])
		return;
	k.t = t;
	k.f = f;
	k.out = out;
	k.x = out->transaction ? txn_at(t, out->transaction) : NULL;
	k.d = out->dialog ? dialog_at(t, out->dialog) : NULL;
	if (is_forwarded(&k))
		return;
	plain = (struct inflate_buffer){ 0 };
	body = f->msg->body;
	if (f->msg->first[SIP_HDR_CONTENT_ENCODING])
		sip_body_decode(f->msg, t->mem, &body, &plain);
	if (find_sdp(&k, body, &sdp)) {
		bool caller = !k.d || text_is(t, k.d->caller_tag, f->from_tag);
		k.side = caller == f->is_request ? CALLER : CALLEE;
		if (!t->sessions) /* without memory for it, reading takes longer */
			t->sessions = mem_take(t->mem, sizeof(*t->sessions));
		session_read(&k.s, sdp, t->seed, t->sessions);
		if (f->msg->truncated) { /* the end of it was not captured */
			k.s.flags = SESSION_CUT;
			k.s.side.content = 0;
		}
		take(&k);
	}
	mem_give(t->mem, plain.p, plain.room);
}

/* --- queries */

const char *media_state_name(enum media_state state)
{
	static const char *const names[] = { "open", "accepted", "rejected",
		                             "unanswered" };
	return names[state];
}

uint32_t tracker_preview(const struct tracker *t, uint32_t dialog)
{
	unsigned left = MEDIA_LOOK;
	uint32_t e = dialog_at(t, dialog)->described;
	for (; e && left; e = edge_next(t, e), left--)
		if (message_at(t, edge_to(t, e))->sdp == TRACK_SDP_PREVIEW)
			return edge_to(t, e);
	return 0;
}

uint32_t tracker_described(const struct tracker *t, uint32_t dialog)
{
	uint32_t head = dialog_at(t, dialog)->described;
	return head ? edge_to(t, head) : 0;
}

uint32_t tracker_unanswered(const struct tracker *t, uint32_t message)
{
	const struct track_message *m = message_at(t, message);
	uint32_t dialog = tracker_message_dialog(t, message);
	if (!dialog || m->stray || m->sdp != TRACK_SDP_NONE)
		return 0;
	const struct dialog *d = dialog_at(t, dialog);
	if (message_is_ack(m))
		return offered_by_response(t, d);
	const struct txn *x = txn_at(t, m->owner);
	if (m->request || m->code < 200 || m->code >= 300 || !x->request ||
	    message_at(t, x->request)->sdp != TRACK_SDP_OFFER ||
	    response_decided(t, d, m->owner) != FOUND_NO)
		return 0;
	return x->request;
}

/* What became of an offer without an answer. */
static enum media_state unanswered(const struct tracker *t, const struct dialog *d,
                                   uint32_t offer)
{
	const struct track_message *m = message_at(t, offer);
	const struct txn *x = m->stray ? NULL : txn_at(t, m->owner);
	bool over = d->state == DIALOG_TERMINATED || d->state == DIALOG_LAPSED;
	if (m->request && x && x->final && message_at(t, x->final)->code >= 300)
		return MEDIA_REJECTED;
	if (over || (m->request && x && (x->final || x->state == TXN_TIMEOUT)))
		return MEDIA_UNANSWERED;
	return MEDIA_OPEN;
}

struct history {
	const struct tracker *t;
	const struct dialog *d;
	struct media_exchange *list; /* a ring of MEDIA_EXCHANGES_MAX */
	uint32_t offers;             /* seen so far */
};

static void add_offer(struct history *h, uint32_t id)
{
	struct media_exchange *e = &h->list[h->offers++ % MEDIA_EXCHANGES_MAX];
	*e = (struct media_exchange){ .offer = id };
	e->by_callee = side_of(h->t, h->d, id) == CALLEE;
	e->state = unanswered(h->t, h->d, id);
}

/* A response answers the request of its transaction, a request the newest offer that is
 * left. */
static void add_answer(struct history *h, uint32_t id)
{
	const struct track_message *m = message_at(h->t, id);
	uint32_t most = h->offers < MEDIA_LOOK ? h->offers : MEDIA_LOOK;
	for (uint32_t i = 1; i <= most; i++) {
		struct media_exchange *e =
			&h->list[(h->offers - i) % MEDIA_EXCHANGES_MAX];
		const struct track_message *offer = message_at(h->t, e->offer);
		if (e->answer || offer->request == m->request ||
		    (offer->request && offer->owner != m->owner))
			continue;
		e->answer = id;
		e->state = MEDIA_ACCEPTED;
		return;
	}
}

/* Put the oldest one of a full ring first. */
static void unroll(struct media_exchange *list, uint32_t from)
{
	struct media_exchange copy[MEDIA_EXCHANGES_MAX];
	for (uint32_t i = 0; i < MEDIA_EXCHANGES_MAX; i++)
		copy[i] = list[(from + i) % MEDIA_EXCHANGES_MAX];
	memcpy(list, copy, sizeof(copy));
}

uint32_t tracker_exchanges(const struct tracker *t, uint32_t dialog,
                           struct media_exchange out[MEDIA_EXCHANGES_MAX], uint32_t *more)
{
	struct history h = { .t = t, .d = dialog_at(t, dialog), .list = out };
	uint32_t events[MEDIA_EVENTS], n = 0, passed = 0;
	for (uint32_t e = h.d->described; e; e = edge_next(t, e)) {
		if (n < MEDIA_EVENTS)
			events[n++] = edge_to(t, e);
		else
			passed += message_at(t, edge_to(t, e))->sdp == TRACK_SDP_OFFER;
	}
	uint32_t first = first_offer(t, h.d);
	if (first && passed == 0)
		add_offer(&h, first);
	else
		passed += first != 0;
	while (n-- > 0) {
		enum track_sdp sdp = message_at(t, events[n])->sdp;
		if (sdp == TRACK_SDP_OFFER)
			add_offer(&h, events[n]);
		else if (sdp == TRACK_SDP_ANSWER)
			add_answer(&h, events[n]);
	}
	if (h.offers <= MEDIA_EXCHANGES_MAX) {
		*more = passed;
		return h.offers;
	}
	unroll(out, h.offers);
	*more = passed + h.offers - MEDIA_EXCHANGES_MAX;
	return MEDIA_EXCHANGES_MAX;
}
