/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/tracker.h"

#include <string.h>

#include "base/hash.h"
#include "base/prefetch.h"
#include "track/private.h"

/* A limit of records whose numbers, or how many there are, stand in that many bits. */
static uint32_t within(uint32_t limit, unsigned bits)
{
	uint32_t most = (UINT32_C(1) << bits) - 1;
	return limit < most ? limit : most;
}

enum err tracker_new(struct tracker **out, struct mem *mem, uint64_t seed,
                     const struct track_limits *limits)
{
	struct tracker *t = mem_take(mem, sizeof(*t));
	if (!t)
		return ERR_NOMEM;
	t->mem = mem;
	t->seed = seed;
	text_init(&t->text, mem, seed);
	flow_init(&t->flows, mem, seed, limits->flows);
	pool_init(&t->messages, mem, sizeof(struct track_message),
	          within(limits->messages, 31));
	pool_init(&t->txns, mem, sizeof(struct txn), within(limits->transactions, 30));
	pool_init(&t->mores, mem, sizeof(struct txn_more), limits->transactions);
	pool_init(&t->dialogs, mem, sizeof(struct dialog), within(limits->dialogs, 29));
	pool_init(&t->usages, mem, sizeof(struct usage), within(limits->dialogs, 31));
	pool_init(&t->edges, mem, sizeof(struct edge), within(limits->messages, 31));
	pool_init(&t->calls, mem, sizeof(struct call), limits->calls);
	pool_init(&t->registrations, mem, sizeof(struct registration), limits->calls);
	pool_init(&t->reg_requests, mem, sizeof(struct reg_request),
	          limits->transactions);
	pool_init(&t->subscriptions, mem, sizeof(struct subscription), limits->dialogs);
	pool_init(&t->timeds, mem, TIMED_SIZE, limits->dialogs);
	pool_init(&t->timed_mores, mem, TIMED_MORE_SIZE, limits->dialogs);
	pool_init(&t->others, mem, sizeof(struct other_dialog), limits->messages);
	pool_init(&t->nonces, mem, sizeof(struct auth_nonce), limits->transactions);
	pool_init(&t->offers, mem, sizeof(struct media_offer), limits->transactions);
	pool_init(&t->icmps, mem, sizeof(struct track_icmp), TRACK_ICMP_MAX);
	struct map *maps[] = { &t->call_index,  &t->ack_index, &t->ack_vias,
		               &t->chain_index, &t->via_index, &t->digest_index,
		               &t->tag_index,   &t->reg_index, &t->icmp_index,
		               &t->other_index, &t->sub_index, &t->offer_index,
		               &t->nonce_index, &t->reg_calls, &t->gone_index,
		               &t->before_index };
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		map_init(maps[i], mem);
	pool_init(&t->befores, mem, sizeof(struct before), limits->calls);
	relations_init(t, limits->calls);
	deadline_init(&t->deadlines, mem);
	deadline_init(&t->expiries, mem);
	t->timed_next_at = TICK_NONE;
	*out = t;
	return OK;
}

void tracker_free(struct tracker *t)
{
	if (!t)
		return;
	struct pool *pools[] = { &t->messages,      &t->txns,         &t->dialogs,
		                 &t->usages,        &t->edges,        &t->calls,
		                 &t->registrations, &t->reg_requests, &t->icmps,
		                 &t->mores,         &t->others,       &t->subscriptions,
		                 &t->timeds,        &t->timed_mores,  &t->offers,
		                 &t->nonces,        &t->befores };
	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		pool_clear(pools[i]);
	struct map *maps[] = { &t->call_index,  &t->ack_index, &t->ack_vias,
		               &t->chain_index, &t->via_index, &t->digest_index,
		               &t->tag_index,   &t->reg_index, &t->icmp_index,
		               &t->other_index, &t->sub_index, &t->offer_index,
		               &t->nonce_index, &t->reg_calls, &t->gone_index,
		               &t->before_index };
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		map_clear(maps[i]);
	relations_clear(t);
	gone_clear(t);
	text_clear(&t->text);
	flow_clear(&t->flows);
	deadline_clear(&t->deadlines);
	deadline_clear(&t->expiries);
	mem_give(t->mem, t->sessions, sizeof(*t->sessions));
	mem_give(t->mem, t, sizeof(*t));
}

/* --- records */

enum err edge_add(struct tracker *t, uint32_t *head, uint32_t to)
{
	uint32_t id;
	if (*head == 0) {
		*head = EDGE_LAST | to;
		return OK;
	}
	enum err e = pool_add(&t->edges, &id);
	if (e != OK)
		return e;
	*(struct edge *)pool_at(&t->edges, id) = (struct edge){ to, *head };
	*head = id;
	return OK;
}

void edge_drop(struct tracker *t, uint32_t *head)
{
	uint32_t edge = *head;
	*head = edge_next(t, edge);
	if (!(edge & EDGE_LAST))
		pool_free(&t->edges, edge);
}

struct txn_more *txn_need_more(struct tracker *t, struct txn *txn)
{
	if (txn->more == 0 && pool_add(&t->mores, &txn->more) != OK)
		return NULL;
	return pool_at(&t->mores, txn->more);
}

static void free_txn(struct tracker *t, uint32_t id)
{
	if (txn_at(t, id)->more)
		pool_free(&t->mores, txn_at(t, id)->more);
	pool_free(&t->txns, id);
}

static void set_digest(struct track_message *m, uint64_t digest)
{
	m->tag = (uint32_t)(digest >> 32);
	m->like = (uint32_t)digest;
}

uint64_t message_digest(const struct tracker *t, const struct track_message *m)
{
	if (m->request && m->code != SIP_METHOD_ACK)
		return TRACK_DIGEST_REQUEST;
	uint32_t of = track_message_of(m);
	return (uint64_t)m->tag << 32 | (of ? message_at(t, of)->like : m->like);
}

void tracker_wait(struct tracker *t, enum track_deadline kind, uint32_t id, tick at)
{
	struct deadline_queue *queue =
		kind < DEADLINE_REGISTRATION ? &t->deadlines : &t->expiries;
	if (deadline_add(queue, (struct deadline){ at, id, kind }) != OK)
		t->stats.refused++;
}

/* --- time */

/* Timers B and F are of one length, so that nearly all run out in the order in which
 * the transactions were made: then the flag `timed` is all that is kept of one, instead
 * of 16 bytes and more in the queue of deadlines (34 bytes a call at 1,000 calls a
 * second). One that comes out of order goes to the queue. */
static tick timer_of(const struct tracker *t, uint32_t id)
{
	return tick_add(message_at(t, txn_at(t, id)->request)->at, TXN_TIMEOUT_NS);
}

static void start_timer(struct tracker *t, uint32_t id)
{
	tick at = timer_of(t, id);
	if (id <= t->timed_last || at < t->timed_last_at) {
		tracker_wait(t, DEADLINE_TXN, id, at);
		return;
	}
	txn_at(t, id)->timed = 1;
	t->timed_last = id;
	t->timed_last_at = at;
	if (t->timed_next == 0) {
		t->timed_next = id;
		t->timed_next_at = at;
	}
}

/* The transaction whose timer, the next in order, runs out; step to the one after. */
static uint32_t take_timer(struct tracker *t)
{
	uint32_t id = t->timed_next, next = pool_next(&t->txns, id);
	while (next && next <= t->timed_last && !txn_at(t, next)->timed)
		next = pool_next(&t->txns, next);
	t->timed_next = next <= t->timed_last ? next : 0;
	t->timed_next_at = t->timed_next ? timer_of(t, next) : TICK_NONE;
	return id;
}

void tracker_stop_timer(struct tracker *t, uint32_t txn)
{
	if (t->timed_next == txn)
		take_timer(t);
}

/* Move a transaction by its table. */
static void apply(struct tracker *t, uint32_t id, enum txn_event event)
{
	struct txn *x = txn_at(t, id);
	const struct txn_row *row = txn_row(x->kind, x->state, event);
	if (row->next == TXN_NEW) {
		t->stats.unexpected += event != TXN_EV_TIMER;
		return;
	}
	x->state = (uint8_t)row->next;
	if (row->starts_timer)
		start_timer(t, id);
	if (event == TXN_EV_TIMER && x->code == SIP_METHOD_REGISTER)
		reg_on_timeout(t, id);
	if (event == TXN_EV_TIMER && x->code == SIP_METHOD_SUBSCRIBE)
		sub_on_timeout(t, id, timer_of(t, id));
}

tick tracker_deadline(const struct tracker *t)
{
	tick soon = deadline_next(&t->deadlines), late = deadline_next(&t->expiries);
	tick queued = late < soon ? late : soon;
	return t->timed_next_at < queued ? t->timed_next_at : queued;
}

/* Take the earliest of the queues when it is due at `now`. */
static bool pop_deadline(struct tracker *t, tick now, struct deadline *due)
{
	bool late = deadline_next(&t->expiries) < deadline_next(&t->deadlines);
	return deadline_pop(late ? &t->expiries : &t->deadlines, now, due);
}

/* Is what the deadline is of still there? arg: the tracker. */
static bool is_there(const void *arg, const struct deadline *due)
{
	const struct tracker *t = arg;
	switch ((enum track_deadline)due->kind) {
	case DEADLINE_TXN:
	case DEADLINE_FORK: return pool_has(&t->txns, due->id);
	case DEADLINE_DIALOG: return pool_has(&t->dialogs, due->id);
	case DEADLINE_REGISTRATION: return pool_has(&t->registrations, due->id);
	case DEADLINE_SUBSCRIPTION: return pool_has(&t->subscriptions, due->id);
	}
	return false;
}

void tracker_collect_deadlines(struct tracker *t)
{
	deadline_keep(&t->deadlines, is_there, t);
	deadline_keep(&t->expiries, is_there, t);
}

void tracker_advance(struct tracker *t, tick now)
{
	struct deadline due;
	while (tracker_deadline(t) <= now) {
		if (t->timed_next_at == tracker_deadline(t)) {
			apply(t, take_timer(t), TXN_EV_TIMER);
			continue;
		}
		if (!pop_deadline(t, now, &due))
			return;
		if (!is_there(t, &due))
			continue;
		switch ((enum track_deadline)due.kind) {
		case DEADLINE_TXN: apply(t, due.id, TXN_EV_TIMER); break;
		case DEADLINE_FORK: dialog_fork_timer(t, due.id, due.at); break;
		case DEADLINE_DIALOG: dialog_lapse(t, due.id, due.at); break;
		case DEADLINE_REGISTRATION: reg_lapse(t, due.id, due.at); break;
		case DEADLINE_SUBSCRIPTION: sub_lapse(t, due.id, due.at); break;
		}
	}
}

/* --- calls */

static enum call_kind kind_of(enum sip_method code)
{
	switch (code) {
	case SIP_METHOD_REGISTER: return CALL_REGISTER;
	case SIP_METHOD_SUBSCRIBE:
	case SIP_METHOD_NOTIFY:
	case SIP_METHOD_REFER: return CALL_SUBSCRIBE;
	case SIP_METHOD_PUBLISH: return CALL_PUBLISH;
	case SIP_METHOD_OPTIONS: return CALL_OPTIONS;
	case SIP_METHOD_MESSAGE: return CALL_MESSAGE;
	default: return CALL_OTHER;
	}
}

static bool is_of_invite(enum sip_method code)
{
	return code == SIP_METHOD_INVITE || code == SIP_METHOD_ACK ||
	       code == SIP_METHOD_CANCEL || code == SIP_METHOD_BYE ||
	       code == SIP_METHOD_PRACK || code == SIP_METHOD_UPDATE ||
	       code == SIP_METHOD_INFO;
}

static uint32_t find_call(const struct tracker *t, struct slice call_id, uint64_t hash)
{
	uint32_t at;
	for (uint32_t id = map_first(&t->call_index, hash, &at); id;
	     id = map_next(&t->call_index, hash, &at))
		if (text_is(t, call_at(t, id)->call_id, call_id))
			return id;
	return 0;
}

uint32_t tracker_find_call(const struct tracker *t, struct slice call_id)
{
	return find_call(t, call_id, hash_slice(call_id, t->seed));
}

static enum err enter_call(struct tracker *t, const struct track_fields *f, uint64_t hash,
                           uint32_t message, uint32_t *out)
{
	uint32_t id = find_call(t, f->call_id, hash), text;
	if (id == 0) {
		enum err e = text_add(&t->text, f->call_id, &text);
		if (e == OK)
			e = pool_add(&t->calls, &id);
		if (e != OK)
			return e;
		e = map_add(&t->call_index, hash, id);
		if (e != OK) {
			pool_free(&t->calls, id);
			return e;
		}
		struct call *c = call_at(t, id);
		c->call_id = text;
		c->first = message;
		c->kind = kind_of(f->code) & 7U;
		if (t->ngone)
			gone_continue(t, id, hash);
	}
	if (is_of_invite(f->code))
		call_at(t, id)->kind = CALL_INVITE;
	*out = id;
	return OK;
}

/* A call that was made for a message which then did not fit. */
static void drop_if_empty(struct tracker *t, uint32_t id, uint64_t hash)
{
	if (call_at(t, id)->messages)
		return;
	gone_end(t, id);
	map_remove(&t->call_index, hash, id);
	pool_free(&t->calls, id);
}

uint32_t tracker_find_dialog(const struct tracker *t, uint32_t call, struct slice tag,
                             struct slice other)
{
	return dialog_find(t, call, tag, other);
}

/* --- transactions */

/* Methods without a number are kept as text. */
static enum err name_method(struct tracker *t, struct txn *x, struct slice method)
{
	struct txn_more *more = txn_need_more(t, x);
	return more ? text_intern(&t->text, method, &more->method) : ERR_NOMEM;
}

static enum err new_txn(struct tracker *t, uint32_t call, const struct track_fields *f,
                        uint32_t flow, uint32_t *out)
{
	uint32_t id;
	enum err e = pool_add(&t->txns, &id);
	if (e != OK)
		return e;
	struct txn *x = txn_at(t, id);
	x->call = call;
	x->flow = flow;
	x->cseq = f->cseq;
	x->branch = f->branch;
	x->sent_by = f->sent_by;
	x->from_tag = fields_tag_hash(t, f->from_tag);
	x->via_all = f->via_all;
	x->code = (uint8_t)f->code;
	x->kind = f->code == SIP_METHOD_INVITE ? TXN_INVITE : TXN_NON_INVITE;
	if (f->code == SIP_METHOD_OTHER)
		e = name_method(t, x, f->method);
	if (e == OK)
		e = match_add_txn(t, id, f);
	if (e != OK) {
		free_txn(t, id);
		return e;
	}
	*out = id;
	return OK;
}

/* A repeat is a duplicate when one packet was captured twice: it has the same IPv4
 * identification within 1 s or, where there is none to compare, comes less than 50 ms
 * after the last copy; T1 is 500 ms, so no element repeats that soon. */
static enum track_repeat repeat_of(const struct tracker *t, const struct track_message *m,
                                   uint32_t last)
{
	const struct track_message *l = message_at(t, last);
	int64_t gap = tick_diff(m->at, l->at);
	if (m->ip_id && l->ip_id) {
		bool near = gap <= (int64_t)TICK_S && gap >= -(int64_t)TICK_S;
		return m->ip_id == l->ip_id && near ? TRACK_DUPLICATE
		                                    : TRACK_RETRANSMISSION;
	}
	return gap < 50 * (int64_t)TICK_MS ? TRACK_DUPLICATE : TRACK_RETRANSMISSION;
}

/* Mark message `id` as a copy of `last`, the newest one before it. x: their transaction,
 * NULL for an ACK that has none. */
static void note_repeat(struct tracker *t, uint32_t call, uint32_t id, uint32_t last,
                        struct txn *x)
{
	struct track_message *m = message_at(t, id);
	const struct track_message *l = message_at(t, last);
	bool ack = message_is_ack(m);
	m->like = l->repeat ? l->like : last;
	m->repeat = repeat_of(t, m, last) & 3U;
	if (m->repeat == TRACK_DUPLICATE)
		call_at(t, call)->duplicates++;
	else
		call_at(t, call)->retransmissions++;
	struct txn_more *more = x ? txn_need_more(t, x) : NULL;
	if (!more)
		t->stats.refused += x != NULL;
	else if (m->repeat == TRACK_DUPLICATE)
		more->duplicates += !ack;
	else if (ack)
		more->ack_retransmissions++;
	else if (m->request)
		more->request_retransmissions++;
	else
		more->response_retransmissions++;
}

static void link_cancel(struct tracker *t, uint32_t id, const struct track_fields *f,
                        const struct track_flow *flow)
{
	struct txn *x = txn_at(t, id);
	uint32_t invite = match_cancelled(t, x->call, f, flow->src_addr, flow->dst_addr);
	if (invite == 0)
		return;
	struct txn_more *more = txn_need_more(t, x);
	struct txn_more *other = txn_need_more(t, txn_at(t, invite));
	if (!more || !other) {
		t->stats.refused++;
		return;
	}
	more->cancel = invite;
	if (other->cancel == 0)
		other->cancel = id;
}

static uint32_t first_request(struct tracker *t, uint32_t id,
                              const struct track_fields *f, const struct track_flow *flow,
                              uint32_t message)
{
	struct txn *x = txn_at(t, id);
	x->request = message;
	x->in_dialog = f->to_tag.len > 0;
	apply(t, id, TXN_EV_REQUEST);
	if (f->code == SIP_METHOD_CANCEL)
		link_cancel(t, id, f, flow);
	if (f->code == SIP_METHOD_REGISTER) {
		reg_on_request(t, id, f);
		if (x->final) /* captured before its request */
			reg_on_final(t, id, NULL, x->final);
	}
	auth_on_request(t, id, f, message);
	uint32_t dialog = dialog_request(t, id, f, message);
	sub_on_request(t, id, f, message, dialog);
	return dialog;
}

/* A packet captured twice was forwarded once. */
static uint32_t original(const struct tracker *t, uint32_t message)
{
	if (message && message_at(t, message)->repeat == TRACK_DUPLICATE)
		return message_at(t, message)->like;
	return message;
}

static enum err on_request(struct tracker *t, uint32_t call, const struct track_fields *f,
                           uint32_t message, struct track_result *out)
{
	struct track_message *m = message_at(t, message);
	const struct track_flow *flow = flow_at(&t->flows, m->flow);
	uint32_t id = match_request(t, call, f, flow->src_addr, flow->dst_addr);
	if (id == 0) {
		enum err e = new_txn(t, call, f, m->flow, &id);
		if (e != OK)
			return e;
	}
	struct txn *x = txn_at(t, id);
	m->owner = id;
	uint32_t forward_of = tracker_more(t, x)->forward_of;
	if (forward_of)
		out->forward_of = original(
			t, match_copy(t, forward_of, message_digest(t, m), m->code));
	if (x->request == 0) {
		out->dialog = first_request(t, id, f, flow, message);
	} else {
		uint32_t last = match_copy(t, id, message_digest(t, m), m->code);
		if (last == 0)
			last = x->request; /* only when the index ran out of memory */
		note_repeat(t, call, message, last, x);
		out->dialog = tracker_message_dialog(t, x->request);
		apply(t, id, TXN_EV_REPEAT);
	}
	match_add_message(t, id, message);
	return OK;
}

/* The message that this response forwards: the same status and To tag, in one of the
 * transactions that forward this one. */
static uint32_t forwarded_response(struct tracker *t, const struct txn *x,
                                   const struct track_message *m)
{
	unsigned left = TRACK_CHAIN_MAX;
	for (uint32_t id = tracker_more(t, x)->forwards; id;
	     id = tracker_more(t, txn_at(t, id))->next_forward) {
		for (uint32_t i = txn_at(t, id)->last; i; i = message_at(t, i)->prev) {
			const struct track_message *k = message_at(t, i);
			if (left-- == 0) {
				t->stats.chains_cut++;
				return 0;
			}
			if (!k->request && k->code == m->code && k->tag == m->tag &&
			    k->repeat != TRACK_DUPLICATE)
				return i;
		}
	}
	return 0;
}

static enum txn_event event_of(uint16_t status)
{
	return status < 200 ? TXN_EV_1XX : status < 300 ? TXN_EV_2XX : TXN_EV_3XX_6XX;
}

/* The first 2xx of a transaction. */
static void note_success(struct tracker *t, uint32_t id, uint32_t message)
{
	struct txn *x = txn_at(t, id);
	x->succeeded = 1;
	if (x->final != message) {
		struct txn_more *more = txn_need_more(t, x);
		if (more)
			more->success = message;
		else
			t->stats.refused++;
	}
	if (x->kind == TXN_INVITE &&
	    edge_add(t, &call_at(t, x->call)->answered, id) != OK)
		t->stats.refused++;
}

/* What a response, no repeat, says of its transaction; the dialog it belongs to. */
static uint32_t note_response(struct tracker *t, uint32_t id, uint32_t message,
                              const struct track_fields *f)
{
	struct txn *x = txn_at(t, id);
	uint16_t status = f->msg->status;
	bool first_final = status >= 200 && x->final == 0;
	if (x->response == 0)
		x->response = message;
	if (status > 100 && status < 200 && x->ringing == 0)
		x->ringing = message;
	if (first_final)
		x->final = message;
	apply(t, id, event_of(status));
	/* the ACK may have been captured before the response it acknowledges */
	if (x->state == TXN_COMPLETED && x->kind == TXN_INVITE && x->acked)
		apply(t, id, TXN_EV_ACK);
	bool first_success = status >= 200 && status < 300 && !x->succeeded;
	if (first_success)
		note_success(t, id, message);
	if (x->code == SIP_METHOD_REGISTER && status < 200)
		reg_on_provisional(t, id, f);
	else if (x->code == SIP_METHOD_REGISTER && first_final)
		reg_on_final(t, id, f, message);
	auth_on_response(t, id, f, message);
	uint32_t dialog = dialog_response(t, id, f, message);
	sub_on_response(t, id, f, message, dialog);
	if (dialog && status >= 200 && status < 300 &&
	    (f->msg->first[SIP_HDR_SESSION_EXPIRES] || t->timeds.used) &&
	    (f->code == SIP_METHOD_INVITE || f->code == SIP_METHOD_UPDATE))
		session_on_success(t, id, f, message, dialog);
	/* early dialogs that may lose: 13.2.2.4 */
	if (first_success && x->kind == TXN_INVITE && dialog_any_early(t, id))
		tracker_wait(t, DEADLINE_FORK, id,
		             tick_add(message_at(t, message)->at, TXN_TIMEOUT_NS));
	return dialog;
}

static enum err on_response(struct tracker *t, uint32_t call, struct track_fields *f,
                            uint32_t message, const struct track_input *in,
                            struct track_result *out)
{
	struct track_message *m = message_at(t, message);
	const struct track_flow *flow = flow_at(&t->flows, m->flow);
	/* the client is where the response goes to */
	uint32_t id = match_response(t, call, f, flow->dst_addr, flow->src_addr);
	if (id == 0) {
		uint32_t reverse;
		fields_vias(t, f, true); /* a response has the Via list of its request */
		enum err e = flow_intern(&t->flows, &in->dst, &in->src, &reverse);
		if (e == OK)
			e = new_txn(t, call, f, reverse, &id);
		if (e != OK)
			return e;
	}
	struct txn *x = txn_at(t, id);
	m->owner = id;
	if (x->from_tag != fields_tag_hash(t, f->from_tag))
		out->odd |= TRACK_OTHER_FROM_TAG;
	uint32_t last = match_copy(t, id, message_digest(t, m), m->code);
	if (last) {
		note_repeat(t, call, message, last, x);
		out->dialog = tracker_message_dialog(t, m->like);
		apply(t, id, event_of(m->code));
	} else {
		out->dialog = note_response(t, id, message, f);
	}
	out->forward_of = forwarded_response(t, x, m);
	match_add_message(t, id, message);
	return OK;
}

/* --- ACK (17.1.1.3, 13.2.2.4): a transaction of its own it is not */

static void note_ack(struct tracker *t, uint32_t id)
{
	struct txn *x = txn_at(t, id);
	struct txn_more *more = x->acked ? txn_need_more(t, x) : NULL;
	if (more)
		more->acks++;
	else
		t->stats.refused += x->acked;
	x->acked = 1;
	apply(t, id, TXN_EV_ACK);
}

/* Put an ACK into the list of its transaction or, when id is 0, of its call's strays. */
static void keep_ack(struct tracker *t, uint32_t call, uint32_t id, uint32_t message)
{
	struct track_message *m = message_at(t, message);
	struct call *c = call_at(t, call);
	if (id) {
		m->owner = id;
		match_add_message(t, id, message);
	} else {
		m->owner = call;
		m->stray = 1;
		m->prev = c->strays;
		c->strays = message;
	}
	match_add_ack(t, call, message);
}

static void on_ack(struct tracker *t, uint32_t call, const struct track_fields *f,
                   uint32_t message, struct track_result *out)
{
	struct track_message *m = message_at(t, message);
	const struct track_flow *flow = flow_at(&t->flows, m->flow);
	uint64_t digest = fields_ack_digest(t, f, flow->src_addr, flow->dst_addr);
	set_digest(m, digest);
	uint32_t last = match_ack_like(t, call, digest), id = 0;
	if (last) {
		id = message_at(t, last)->stray ? 0 : message_at(t, last)->owner;
		note_repeat(t, call, message, last, id ? txn_at(t, id) : NULL);
	} else {
		id = match_request(t, call, f, flow->src_addr, flow->dst_addr);
		if (id == 0)
			id = match_answered(t, call, f, flow);
		if (id)
			note_ack(t, id);
		else
			t->stats.stray_acks++;
	}
	if (f->via_rest) {
		uint32_t tag = fields_ack_tag(t, f->cseq, f->via_rest);
		out->forward_of = original(t, match_ack_tag(t, call, tag));
	}
	out->dialog = dialog_find(t, call, f->from_tag, f->to_tag);
	keep_ack(t, call, id, message);
}

/* --- messages */

static enum err record(struct tracker *t, const struct track_input *in, uint32_t *out)
{
	uint32_t flow, id;
	enum err e = flow_intern(&t->flows, &in->src, &in->dst, &flow);
	if (e == OK)
		e = pool_add(&t->messages, &id);
	if (e != OK)
		return e;
	size_t len = in->msg->raw.len;
	bool request = in->msg->method.len > 0;
	*message_at(t, id) = (struct track_message){
		.at = in->at,
		.ref = in->ref,
		.len = len < 0xffffff ? (unsigned)len & 0xffffff : 0xffffff,
		.transport = in->transport & 7U,
		.truncated = in->truncated != 0,
		.frame = in->frame,
		.flow = flow,
		.ip_id = in->ip_id,
		.request = request,
		.code = (request ? (unsigned)sip_method_lookup(in->msg->method)
		                 : in->msg->status) &
		        0xfff,
	};
	flow_note(&t->flows, flow, id);
	*out = id;
	return OK;
}

/* Parse the rest of the fields, and meanwhile fetch what will be looked at: with many
 * calls at once, slot, call, transaction and message are each a wait for memory; with
 * the last of them it is 1 to 2 % of the time at 500,000 calls.
 * Returns the hash of the Call-ID. */
static uint64_t read_ahead(const struct tracker *t, struct track_fields *f)
{
	uint64_t hash = hash_slice(f->call_id, t->seed);
	uint32_t at;
	map_prefetch(&t->call_index, hash);
	fields_vias(t, f, f->is_request);
	uint32_t call = map_first(&t->call_index, hash, &at); /* most likely the one */
	const struct call *c = call ? call_at(t, call) : NULL;
	if (c)
		prefetch(c);
	fields_from(f);
	if (c) {
		text_prefetch(&t->text, c->call_id);
		if (c->newest)
			prefetch(txn_at(t, c->newest));
		if (c->dialogs)
			prefetch(dialog_at(t, c->dialogs));
	}
	fields_to(f);
	if (c && c->newest && txn_at(t, c->newest)->last)
		prefetch(message_at(t, txn_at(t, c->newest)->last));
	if (c && c->dialogs) {
		text_prefetch(&t->text, dialog_at(t, c->dialogs)->caller_tag);
		text_prefetch(&t->text, dialog_at(t, c->dialogs)->callee_tag);
	}
	return hash;
}

uint64_t tracker_other_hash(const struct tracker *t, uint32_t message)
{
	return hash_mix(t->seed, message);
}

static void keep_dialog(struct tracker *t, uint32_t message, uint32_t dialog)
{
	struct track_message *m = message_at(t, message);
	uint32_t id;
	if (!m->stray && txn_at(t, m->owner)->dialog == dialog) {
		m->dialog = TRACK_DIALOG_OF_TXN;
		return;
	}
	if (map_reserve(&t->other_index, 1) != OK || pool_add(&t->others, &id) != OK ||
	    map_add(&t->other_index, tracker_other_hash(t, message), id) != OK) {
		t->stats.refused++;
		return;
	}
	*(struct other_dialog *)pool_at(&t->others, id) =
		(struct other_dialog){ message, dialog };
	m->dialog = TRACK_DIALOG_OTHER;
}

uint32_t tracker_message_dialog(const struct tracker *t, uint32_t message)
{
	const struct track_message *m = message_at(t, message);
	uint64_t hash = tracker_other_hash(t, message);
	const struct other_dialog *other;
	uint32_t at, id;
	switch ((enum track_dialog)m->dialog) {
	case TRACK_NO_DIALOG: break;
	case TRACK_DIALOG_OF_TXN: return txn_at(t, m->owner)->dialog;
	case TRACK_DIALOG_OTHER:
		for (id = map_first(&t->other_index, hash, &at); id;
		     id = map_next(&t->other_index, hash, &at)) {
			other = pool_at(&t->others, id);
			if (other->message == message)
				return other->dialog;
		}
		break;
	}
	return 0;
}

/* A first request needs no digest: what is compared with it later takes its place. */
static void keep_route_note(struct track_message *m, const struct sip_msg *msg,
                            bool in_dialog)
{
	struct route_note note = { 0, 0, 0 };
	if (in_dialog || m->code == SIP_METHOD_INVITE)
		note = route_note(msg, in_dialog);
	m->tag = (uint32_t)note.uri << 16 | note.contact;
	m->like = note.list;
}

struct route_note tracker_route_note(const struct tracker *t, uint32_t message)
{
	const struct track_message *m = message_at(t, message);
	if (m->repeat != TRACK_FIRST)
		m = message_at(t, m->like);
	if (!m->request || m->code == SIP_METHOD_ACK)
		return (struct route_note){ 0, 0, 0 };
	return (struct route_note){ (uint16_t)(m->tag >> 16), (uint16_t)m->tag,
		                    (uint16_t)m->like };
}

/* May a message, no repeat and not forwarded, show what its call has in common with
 * others? What begins a call does, an answer with SDP, and a REFER. */
static bool may_relate(const struct tracker *t, const struct track_fields *f,
                       uint32_t message, uint32_t call)
{
	if (f->is_request)
		return f->code == SIP_METHOD_INVITE || f->msg->first[SIP_HDR_REFER_TO] ||
		       call_at(t, call)->first == message;
	return f->msg->body.len && f->code == SIP_METHOD_INVITE &&
	       !txn_at(t, message_at(t, message)->owner)->described;
}

static enum err track(struct tracker *t, const struct track_input *in,
                      struct track_result *out)
{
	struct track_fields f;
	uint32_t message = out->message, call;
	uint64_t unexpected = t->stats.unexpected;
	if (!fields_begin(in->msg, &f)) {
		t->stats.untracked++;
		return OK;
	}
	uint64_t hash = read_ahead(t, &f);
	set_digest(message_at(t, message), fields_digest(t, &f));
	enum err e = enter_call(t, &f, hash, message, &call);
	if (e != OK)
		return e;
	if (f.is_request && f.code == SIP_METHOD_ACK)
		on_ack(t, call, &f, message, out);
	else if (f.is_request)
		e = on_request(t, call, &f, message, out);
	else
		e = on_response(t, call, &f, message, in, out);
	if (e != OK) {
		drop_if_empty(t, call, hash);
		return e;
	}
	struct track_message *m = message_at(t, message);
	if (f.is_request && f.code != SIP_METHOD_ACK && m->repeat == TRACK_FIRST)
		keep_route_note(m, in->msg, out->dialog != 0);
	call_at(t, call)->messages++;
	out->call = call;
	out->transaction = m->stray ? 0 : m->owner;
	out->repeat = (enum track_repeat)m->repeat;
	out->of = track_message_of(m);
	out->odd |= (uint8_t)((f.from_tag.len ? 0 : TRACK_NO_FROM_TAG) |
	                      (f.to_tag.len ? 0 : TRACK_NO_TO_TAG) |
	                      (t->stats.unexpected == unexpected ? 0 : TRACK_UNEXPECTED));
	if (out->dialog) {
		keep_dialog(t, message, out->dialog);
		dialog_note(t, out->dialog, &f, message);
	}
	if (out->repeat == TRACK_FIRST && !out->forward_of &&
	    may_relate(t, &f, message, call))
		relation_read(t, &f, message, call);
	if (f.msg->body.len && out->repeat == TRACK_FIRST)
		media_message(t, &f, out);
	if (!f.is_request && f.msg->status >= 200)
		media_final(t, out->transaction);
	return OK;
}

enum err tracker_message(struct tracker *t, tick now, const struct track_input *in,
                         struct track_result *out)
{
	*out = (struct track_result){ 0 };
	tracker_advance(t, now);
	enum err e = record(t, in, &out->message);
	if (e == OK)
		e = track(t, in, out);
	if (e != OK)
		t->stats.refused++;
	return e;
}
