/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/tracker.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/prefetch.h"
#include "track/private.h"

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
	pool_init(&t->messages, mem, sizeof(struct track_message), limits->messages);
	pool_init(&t->txns, mem, sizeof(struct txn), limits->transactions);
	pool_init(&t->dialogs, mem, sizeof(struct dialog), limits->dialogs);
	pool_init(&t->usages, mem, sizeof(struct usage), limits->dialogs);
	pool_init(&t->edges, mem, sizeof(struct edge), limits->messages);
	pool_init(&t->calls, mem, sizeof(struct call), limits->calls);
	pool_init(&t->registrations, mem, sizeof(struct registration), limits->calls);
	pool_init(&t->reg_requests, mem, sizeof(struct reg_request),
	          limits->transactions);
	pool_init(&t->subscriptions, mem, sizeof(struct subscription),
	          limits->dialogs);
	pool_init(&t->auth_chains, mem, sizeof(struct auth_chain), limits->calls);
	pool_init(&t->auth_steps, mem, sizeof(struct auth_step), limits->messages);
	pool_init(&t->icmps, mem, sizeof(struct track_icmp), TRACK_ICMP_MAX);
	struct map *maps[] = { &t->call_index, &t->ack_index,    &t->ack_vias,
		               &t->chain_index, &t->via_index,   &t->digest_index,
		               &t->tag_index,  &t->reg_index,    &t->icmp_index,
		               &t->sub_index,  &t->auth_index };
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		map_init(maps[i], mem);
	deadline_init(&t->deadlines, mem);
	deadline_init(&t->expiries, mem);
	*out = t;
	return OK;
}

void tracker_free(struct tracker *t)
{
	if (!t)
		return;
	struct pool *pools[] = { &t->messages,      &t->txns,        &t->dialogs,
		                 &t->usages,        &t->edges,       &t->calls,
		                 &t->registrations, &t->reg_requests, &t->icmps,
		                 &t->subscriptions, &t->auth_chains, &t->auth_steps };
	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		pool_clear(pools[i]);
	struct map *maps[] = { &t->call_index, &t->ack_index,    &t->ack_vias,
		               &t->chain_index, &t->via_index,   &t->digest_index,
		               &t->tag_index,  &t->reg_index,    &t->icmp_index,
		               &t->sub_index,  &t->auth_index };
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		map_clear(maps[i]);
	text_clear(&t->text);
	flow_clear(&t->flows);
	deadline_clear(&t->deadlines);
	deadline_clear(&t->expiries);
	mem_give(t->mem, t, sizeof(*t));
}

/* --- records */

enum err edge_add(struct tracker *t, uint32_t *head, uint32_t to)
{
	uint32_t id;
	enum err e = pool_add(&t->edges, &id);
	if (e != OK)
		return e;
	*edge_at(t, id) = (struct edge){ to, *head };
	*head = id;
	return OK;
}

void tracker_wait(struct tracker *t, enum track_deadline kind, uint32_t id, tick at)
{
	struct deadline_queue *queue =
		kind < DEADLINE_REGISTRATION ? &t->deadlines : &t->expiries;
	if (deadline_add(queue, (struct deadline){ at, id, kind }) != OK)
		t->stats.refused++;
}

/* --- time */

/* Move a transaction by its table. */
static void apply(struct tracker *t, uint32_t id, enum txn_event event, tick at)
{
	struct txn *x = txn_at(t, id);
	const struct txn_row *row = txn_row(x->kind, x->state, event);
	if (row->next == TXN_NEW) {
		t->stats.unexpected += event != TXN_EV_TIMER;
		return;
	}
	x->state = (uint8_t)row->next;
	if (row->starts_timer)
		tracker_wait(t, DEADLINE_TXN, id, tick_add(at, TXN_TIMEOUT_NS));
	if (event == TXN_EV_TIMER && x->code == SIP_METHOD_REGISTER)
		reg_on_timeout(t, id);
	if (event == TXN_EV_TIMER && x->code == SIP_METHOD_SUBSCRIBE)
		sub_on_timeout(t, id, at);
}

tick tracker_deadline(const struct tracker *t)
{
	tick soon = deadline_next(&t->deadlines), late = deadline_next(&t->expiries);
	return late < soon ? late : soon;
}

static bool pop_deadline(struct tracker *t, tick now, struct deadline *due)
{
	bool late = deadline_next(&t->expiries) < deadline_next(&t->deadlines);
	return deadline_pop(late ? &t->expiries : &t->deadlines, now, due);
}

void tracker_advance(struct tracker *t, tick now)
{
	struct deadline due;
	while (pop_deadline(t, now, &due)) {
		switch ((enum track_deadline)due.kind) {
		case DEADLINE_TXN:
			apply(t, due.id, TXN_EV_TIMER, due.at);
			break;
		case DEADLINE_FORK:
			dialog_fork_timer(t, due.id, due.at);
			break;
		case DEADLINE_DIALOG:
			dialog_lapse(t, due.id, due.at);
			break;
		case DEADLINE_REGISTRATION:
			reg_lapse(t, due.id, due.at);
			break;
		case DEADLINE_SUBSCRIPTION:
			sub_lapse(t, due.id, due.at);
			break;
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
		c->kind = (uint8_t)kind_of(f->code);
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
	map_remove(&t->call_index, hash, id);
	pool_free(&t->calls, id);
}

/* --- transactions */

static enum err new_txn(struct tracker *t, uint32_t call, const struct track_fields *f,
                        uint32_t flow, uint32_t *out)
{
	uint32_t id, branch, sent_by, from_tag = 0, method;
	const struct call *c = call_at(t, call);
	enum err e = text_add(&t->text, f->branch, &branch);
	if (e == OK)
		e = text_intern(&t->text, f->sent_by, &sent_by);
	if (e == OK)
		e = text_intern(&t->text, f->method, &method);
	if (e == OK && c->newest &&
	    text_is(t, txn_at(t, c->newest)->from_tag, f->from_tag))
		from_tag = txn_at(t, c->newest)->from_tag; /* most often the same */
	else if (e == OK)
		e = text_add(&t->text, f->from_tag, &from_tag);
	if (e == OK)
		e = pool_add(&t->txns, &id);
	if (e != OK)
		return e;
	struct txn *x = txn_at(t, id);
	x->call = call;
	x->flow = flow;
	x->cseq = f->cseq;
	x->branch = branch;
	x->sent_by = sent_by;
	x->from_tag = from_tag;
	x->method = method;
	x->via_all = f->via_all;
	x->code = (uint8_t)f->code;
	x->kind = f->code == SIP_METHOD_INVITE ? TXN_INVITE : TXN_NON_INVITE;
	e = match_add_txn(t, id, f);
	if (e != OK) {
		pool_free(&t->txns, id);
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

/* Mark message `id` as a copy of `last`, the newest one before it. */
static void note_repeat(struct tracker *t, uint32_t call, uint32_t id, uint32_t last,
                        uint32_t *retransmissions, uint32_t *duplicates)
{
	struct track_message *m = message_at(t, id);
	const struct track_message *l = message_at(t, last);
	m->of = l->of ? l->of : last;
	m->repeat = repeat_of(t, m, last);
	if (m->repeat == TRACK_DUPLICATE) {
		call_at(t, call)->duplicates++;
		if (duplicates)
			++*duplicates;
	} else {
		call_at(t, call)->retransmissions++;
		if (retransmissions)
			++*retransmissions;
	}
}

static void link_cancel(struct tracker *t, uint32_t id, const struct track_fields *f,
                        const struct track_flow *flow)
{
	struct txn *x = txn_at(t, id);
	uint32_t invite = match_cancelled(t, x->call, f, flow->src_addr, flow->dst_addr);
	if (invite == 0)
		return;
	x->cancel = invite;
	if (txn_at(t, invite)->cancel == 0)
		txn_at(t, invite)->cancel = id;
}

static void first_request(struct tracker *t, uint32_t id, const struct track_fields *f,
                          const struct track_flow *flow, uint32_t message)
{
	struct txn *x = txn_at(t, id);
	x->request = message;
	x->in_dialog = f->to_tag.len > 0;
	apply(t, id, TXN_EV_REQUEST, message_at(t, message)->at);
	if (f->code == SIP_METHOD_CANCEL)
		link_cancel(t, id, f, flow);
	if (f->code == SIP_METHOD_REGISTER) {
		reg_on_request(t, id, f);
		if (x->final) /* captured before its request */
			reg_on_final(t, id, NULL, x->final);
	}
	message_at(t, message)->dialog = dialog_request(t, id, f, message);
	sub_on_request(t, id, f, message, message_at(t, message)->dialog);
	auth_on_request(t, id, f, message);
}

/* A packet captured twice was forwarded once. */
static uint32_t original(const struct tracker *t, uint32_t message)
{
	if (message && message_at(t, message)->repeat == TRACK_DUPLICATE)
		return message_at(t, message)->of;
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
	if (x->forward_of)
		out->forward_of =
			original(t, match_copy(t, x->forward_of, m->digest, m->code));
	if (x->request == 0) {
		first_request(t, id, f, flow, message);
	} else {
		uint32_t last = match_copy(t, id, m->digest, m->code);
		if (last == 0)
			last = x->request; /* only when the index ran out of memory */
		note_repeat(t, call, message, last, &x->request_retransmissions,
		            &x->duplicates);
		m->dialog = message_at(t, x->request)->dialog;
		apply(t, id, TXN_EV_REPEAT, m->at);
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
	for (uint32_t id = x->forwards; id; id = txn_at(t, id)->next_forward) {
		for (uint32_t i = txn_at(t, id)->last; i; i = message_at(t, i)->prev) {
			const struct track_message *k = message_at(t, i);
			if (left-- == 0) {
				t->stats.chains_cut++;
				return 0;
			}
			if (!k->request && k->code == m->code &&
			    k->digest >> 32 == m->digest >> 32 &&
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

/* What a response, no repeat, says of its transaction. */
static void note_response(struct tracker *t, uint32_t id, uint32_t message,
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
	apply(t, id, event_of(status), message_at(t, message)->at);
	/* the ACK may have been captured before the response it acknowledges */
	if (x->state == TXN_COMPLETED && x->kind == TXN_INVITE && x->acks)
		apply(t, id, TXN_EV_ACK, message_at(t, message)->at);
	if (status >= 200 && status < 300 && x->success == 0) {
		x->success = message;
		if (x->kind == TXN_INVITE) {
			if (edge_add(t, &call_at(t, x->call)->answered, id) != OK)
				t->stats.refused++;
			if (x->shown) /* early dialogs that may lose: 13.2.2.4 */
				tracker_wait(t, DEADLINE_FORK, id,
				             tick_add(message_at(t, message)->at,
				                      TXN_TIMEOUT_NS));
		}
	}
	if (first_final && x->code == SIP_METHOD_REGISTER)
		reg_on_final(t, id, f, message);
	message_at(t, message)->dialog = dialog_response(t, id, f, message);
	sub_on_response(t, id, f, message, message_at(t, message)->dialog);
	if (first_final)
		auth_on_final(t, id, f, message);
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
	uint32_t last = match_copy(t, id, m->digest, m->code);
	if (last) {
		note_repeat(t, call, message, last, &x->response_retransmissions,
		            &x->duplicates);
		m->dialog = message_at(t, m->of)->dialog;
		apply(t, id, event_of(m->code), m->at);
	} else {
		note_response(t, id, message, f);
	}
	out->forward_of = forwarded_response(t, x, m);
	match_add_message(t, id, message);
	return OK;
}

/* --- ACK (17.1.1.3, 13.2.2.4): a transaction of its own it is not */

static uint64_t ack_via_hash(const struct tracker *t, uint32_t call, uint32_t cseq,
                             uint64_t vias)
{
	return hash_mix(hash_mix(vias ^ t->seed, call), cseq);
}

static uint32_t call_of(const struct tracker *t, const struct track_message *m)
{
	return m->stray ? m->owner : txn_at(t, m->owner)->call;
}

/* Newest ACK of this call under a hash; digest 0: whatever its digest. */
static uint32_t find_ack(const struct tracker *t, const struct map *map, uint64_t hash,
                         uint32_t call, uint64_t digest)
{
	uint32_t at;
	for (uint32_t id = map_first(map, hash, &at); id; id = map_next(map, hash, &at)) {
		const struct track_message *m = message_at(t, id);
		if (call_of(t, m) == call && (digest == 0 || m->digest == digest))
			return id;
	}
	return 0;
}

static void index_ack(struct tracker *t, struct map *map, uint64_t hash, uint32_t old,
                      uint32_t id)
{
	if (match_put(map, hash, old, id) != OK)
		t->stats.refused++;
}

static void on_ack(struct tracker *t, uint32_t call, const struct track_fields *f,
                   uint32_t message, struct track_result *out)
{
	struct track_message *m = message_at(t, message);
	const struct track_flow *flow = flow_at(&t->flows, m->flow);
	m->digest = fields_ack_digest(t, f, flow->src_addr, flow->dst_addr);
	uint64_t hash = hash_mix(m->digest, call);
	uint32_t last = find_ack(t, &t->ack_index, hash, call, m->digest);
	uint32_t id = 0;
	if (last) {
		id = message_at(t, last)->stray ? 0 : message_at(t, last)->owner;
	} else {
		id = match_request(t, call, f, flow->src_addr, flow->dst_addr);
		if (id == 0)
			id = match_answered(t, call, f, flow);
	}
	struct txn *x = id ? txn_at(t, id) : NULL;
	if (last) {
		note_repeat(t, call, message, last, x ? &x->ack_retransmissions : NULL,
		            NULL);
	} else if (x) {
		x->acks++;
		apply(t, id, TXN_EV_ACK, m->at);
	} else {
		t->stats.stray_acks++;
	}
	if (f->via_rest)
		out->forward_of =
			original(t, find_ack(t, &t->ack_vias,
		                             ack_via_hash(t, call, f->cseq, f->via_rest),
		                             call, 0));
	m->dialog = dialog_find(t, call, f->from_tag, f->to_tag);
	if (x) {
		m->owner = id;
		match_add_message(t, id, message);
	} else {
		struct call *c = call_at(t, call);
		m->owner = call;
		m->stray = 1;
		m->prev = c->strays;
		c->strays = message;
	}
	index_ack(t, &t->ack_index, hash, last, message);
	uint64_t vias = ack_via_hash(t, call, f->cseq, f->via_all);
	index_ack(t, &t->ack_vias, vias, find_ack(t, &t->ack_vias, vias, call, 0),
	          message);
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
	struct track_message *m = message_at(t, id);
	size_t len = in->msg->raw.len;
	m->at = in->at;
	m->ref = in->ref;
	m->len = len < 0xffffff ? (unsigned)len & 0xffffff : 0xffffff;
	m->transport = in->transport & 7U;
	m->truncated = in->truncated != 0;
	m->frame = in->frame;
	m->flow = flow;
	flow_note(&t->flows, flow, id);
	m->ip_id = in->ip_id;
	m->request = in->msg->method.len > 0;
	m->code = m->request ? (uint16_t)sip_method_lookup(in->msg->method)
	                     : in->msg->status;
	*out = id;
	return OK;
}

/* Parse the rest of the fields, and meanwhile fetch what will be looked at: with many
 * calls at once, slot, call and transaction are each a wait for memory. Returns the
 * hash of the Call-ID. */
static uint64_t read_ahead(const struct tracker *t, struct track_fields *f)
{
	uint64_t hash = hash_slice(f->call_id, t->seed);
	uint32_t at;
	map_prefetch(&t->call_index, hash);
	fields_tags(f);
	uint32_t call = map_first(&t->call_index, hash, &at); /* most likely the one */
	if (call)
		prefetch(call_at(t, call));
	fields_vias(t, f, f->is_request);
	if (call) {
		const struct call *c = call_at(t, call);
		text_prefetch(&t->text, c->call_id);
		if (c->newest)
			prefetch(txn_at(t, c->newest));
	}
	return hash;
}

static enum err track(struct tracker *t, const struct track_input *in,
                      struct track_result *out)
{
	struct track_fields f;
	uint32_t message = out->message, call;
	if (!fields_begin(in->msg, &f)) {
		t->stats.untracked++;
		return OK;
	}
	uint64_t hash = read_ahead(t, &f);
	message_at(t, message)->digest = fields_digest(t, &f);
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
	const struct track_message *m = message_at(t, message);
	call_at(t, call)->messages++;
	out->call = call;
	out->transaction = m->stray ? 0 : m->owner;
	out->dialog = m->dialog;
	out->repeat = (enum track_repeat)m->repeat;
	out->of = m->of;
	if (m->dialog)
		dialog_note(t, m->dialog, &f, message);
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

/* --- queries */

const struct track_stats *tracker_stats(const struct tracker *t)
{
	return &t->stats;
}

uint32_t tracker_messages(const struct tracker *t)
{
	return t->messages.used;
}

uint32_t tracker_transactions(const struct tracker *t)
{
	return t->txns.used;
}

uint32_t tracker_dialogs(const struct tracker *t)
{
	return t->dialogs.used;
}

uint32_t tracker_calls(const struct tracker *t)
{
	return t->calls.used;
}

uint32_t tracker_registrations(const struct tracker *t)
{
	return t->registrations.used;
}

uint32_t tracker_subscriptions(const struct tracker *t)
{
	return t->subscriptions.used;
}

const struct track_message *tracker_message_at(const struct tracker *t, uint32_t id)
{
	return message_at(t, id);
}

const struct txn *tracker_transaction_at(const struct tracker *t, uint32_t id)
{
	return txn_at(t, id);
}

const struct dialog *tracker_dialog_at(const struct tracker *t, uint32_t id)
{
	return dialog_at(t, id);
}

const struct usage *tracker_usage_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->usages, id);
}

const struct call *tracker_call_at(const struct tracker *t, uint32_t id)
{
	return call_at(t, id);
}

const struct registration *tracker_registration_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->registrations, id);
}

const struct subscription *tracker_subscription_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->subscriptions, id);
}

const struct track_flow *tracker_flow_at(const struct tracker *t, uint32_t flow)
{
	return flow_at(&t->flows, flow);
}

struct slice tracker_text(const struct tracker *t, uint32_t text)
{
	return text_get(&t->text, text);
}

enum txn_outcome tracker_outcome(const struct tracker *t, uint32_t transaction)
{
	const struct txn *x = txn_at(t, transaction);
	if (x->final) {
		uint16_t status = message_at(t, x->final)->code;
		return status < 300   ? TXN_SUCCESS
		       : status < 400 ? TXN_REDIRECT
		                      : TXN_FAILURE;
	}
	if (x->state == TXN_TIMEOUT)
		return TXN_TIMED_OUT;
	return x->request ? TXN_UNFINISHED : TXN_ORPHAN;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

enum err tracker_call_messages(const struct tracker *t, uint32_t call, struct mem *mem,
                               uint32_t **ids, uint32_t *count)
{
	const struct call *c = call_at(t, call);
	uint32_t n = 0;
	if (c->messages == 0) {
		*ids = NULL;
		*count = 0;
		return OK;
	}
	uint32_t *list = mem_take(mem, c->messages * sizeof(*list));
	if (!list)
		return ERR_NOMEM;
	for (uint32_t x = c->newest; x; x = txn_at(t, x)->older)
		for (uint32_t m = txn_at(t, x)->last; m; m = message_at(t, m)->prev)
			list[n++] = m;
	for (uint32_t m = c->strays; m; m = message_at(t, m)->prev)
		list[n++] = m;
	qsort(list, n, sizeof(*list), by_number);
	*ids = list;
	*count = n;
	return OK;
}
