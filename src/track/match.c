/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>

#include "base/hash.h"
#include "track/private.h"

/* Theory: see README.md, "Finding the transaction". A call keeps its transactions in
 * one list, newest first. Once the list is long, the transactions with the same CSeq,
 * method and branch stand in a chain of their own (struct txn.chain), whose newest the
 * index names; every match of RFC 3261 17 lies in one chain. */

/* The INVITE that an ACK is compared with has the method INVITE. A response that says
 * ACK in its CSeq answers what is no transaction: it gets one of its own. */
static enum sip_method match_code(const struct track_fields *f)
{
	return f->is_request && f->code == SIP_METHOD_ACK ? SIP_METHOD_INVITE : f->code;
}

bool txn_has_method(const struct tracker *t, const struct txn *txn,
                    const struct track_fields *f)
{
	enum sip_method code = match_code(f);
	return txn->code == (uint8_t)code &&
	       (code != SIP_METHOD_OTHER || slice_eq(tracker_method(t, txn), f->method));
}

static uint64_t chain_hash(uint32_t call, uint32_t cseq, enum sip_method code,
                           uint64_t branch)
{
	return hash_mix(hash_mix(branch, call), (uint64_t)cseq << 8 | (unsigned)code);
}

static uint64_t vias_hash(const struct tracker *t, uint32_t call, uint32_t cseq,
                          enum sip_method code, uint32_t from_tag, uint32_t vias)
{
	uint64_t h = hash_mix(t->seed, (uint64_t)from_tag << 32 | vias);
	return hash_mix(hash_mix(h, call), (uint64_t)cseq << 8 | (unsigned)code);
}

static bool in_chain(const struct tracker *t, const struct txn *txn,
                     const struct track_fields *f)
{
	return txn->branch == f->branch && txn->cseq == f->cseq &&
	       txn_has_method(t, txn, f);
}

/* Newest transaction of the chain of f, then the older ones. */
static uint32_t chain_first(const struct tracker *t, uint32_t call,
                            const struct track_fields *f)
{
	const struct call *c = call_at(t, call);
	if (!c->indexed) {
		uint32_t id = c->newest;
		while (id && !in_chain(t, txn_at(t, id), f))
			id = txn_at(t, id)->older;
		return id;
	}
	uint64_t hash = chain_hash(call, f->cseq, match_code(f), f->branch);
	uint32_t at;
	for (uint32_t id = map_first(&t->chain_index, hash, &at); id;
	     id = map_next(&t->chain_index, hash, &at))
		if (txn_at(t, id)->call == call && in_chain(t, txn_at(t, id), f))
			return id;
	return 0;
}

static uint32_t chain_next(const struct tracker *t, uint32_t id,
                           const struct track_fields *f)
{
	const struct txn *txn = txn_at(t, id);
	if (call_at(t, txn->call)->indexed)
		return tracker_more(t, txn)->chain;
	do
		id = txn_at(t, id)->older;
	while (id && !in_chain(t, txn_at(t, id), f));
	return id;
}

/* Candidates in order of preference: DEFINITIONS 2.2 and 2.3. */
struct candidates {
	uint32_t exact;     /* hop and sent-by */
	uint32_t hop;       /* hop alone: 17.1.3 does not use sent-by */
	uint32_t to_client; /* sent-by, and the response goes to the client */
	uint32_t from_server;
};

static struct candidates find(struct tracker *t, uint32_t call,
                              const struct track_fields *f, uint32_t client,
                              uint32_t server)
{
	struct candidates c = { 0 };
	unsigned left = TRACK_CHAIN_MAX;
	for (uint32_t id = chain_first(t, call, f); id; id = chain_next(t, id, f)) {
		if (left-- == 0) {
			t->stats.chains_cut++;
			break;
		}
		const struct txn *txn = txn_at(t, id);
		const struct track_flow *flow = flow_at(&t->flows, txn->flow);
		bool sent_by = txn->sent_by == f->sent_by;
		bool from = flow->src_addr == client, to = flow->dst_addr == server;
		if (from && to && sent_by) {
			c.exact = id;
			break;
		}
		if (from && to && !c.hop)
			c.hop = id;
		if (sent_by && from && !c.to_client)
			c.to_client = id;
		if (sent_by && to && !c.from_server)
			c.from_server = id;
	}
	return c;
}

uint32_t match_request(struct tracker *t, uint32_t call, const struct track_fields *f,
                       uint32_t client, uint32_t server)
{
	return find(t, call, f, client, server).exact;
}

uint32_t match_response(struct tracker *t, uint32_t call, const struct track_fields *f,
                        uint32_t client, uint32_t server)
{
	struct candidates c = find(t, call, f, client, server);
	return c.exact       ? c.exact
	       : c.hop       ? c.hop
	       : c.to_client ? c.to_client
	                     : c.from_server;
}

uint32_t match_cancelled(struct tracker *t, uint32_t call, const struct track_fields *f,
                         uint32_t client, uint32_t server)
{
	struct track_fields invite = *f;
	invite.code = SIP_METHOD_INVITE;
	uint32_t id = find(t, call, &invite, client, server).exact;
	if (id)
		return id;
	unsigned left = TRACK_CHAIN_MAX;
	for (id = call_at(t, call)->newest; id; id = txn_at(t, id)->older) {
		const struct txn *txn = txn_at(t, id);
		const struct track_flow *flow = flow_at(&t->flows, txn->flow);
		if (left-- == 0) {
			t->stats.chains_cut++;
			return 0;
		}
		if (txn->kind == TXN_INVITE && txn->cseq == f->cseq &&
		    flow->src_addr == client && flow->dst_addr == server)
			return id;
	}
	return 0;
}

/* Prefer the hop and the server's port, then the hop, then any; among equals the one
 * with the fewest ACKs, then the oldest. */
uint32_t match_answered(struct tracker *t, uint32_t call, const struct track_fields *f,
                        const struct track_flow *flow)
{
	uint32_t best = 0, from_tag = fields_tag_hash(t, f->from_tag);
	unsigned best_rank = 0, left = TRACK_CHAIN_MAX;
	for (uint32_t e = call_at(t, call)->answered; e; e = edge_next(t, e)) {
		uint32_t id = edge_to(t, e);
		const struct txn *txn = txn_at(t, id);
		const struct track_flow *own = flow_at(&t->flows, txn->flow);
		if (left-- == 0) {
			t->stats.chains_cut++;
			break;
		}
		if (txn->cseq != f->cseq || txn->from_tag != from_tag)
			continue;
		unsigned rank = 1;
		if (own->src_addr == flow->src_addr && own->dst_addr == flow->dst_addr)
			rank = own->dst.port == flow->dst.port ? 3 : 2;
		/* the list is in order of the answers, so ids say which one is older */
		uint32_t acks = tracker_acks(t, txn);
		uint32_t least = best ? tracker_acks(t, txn_at(t, best)) : 0;
		if (rank > best_rank ||
		    (rank == best_rank &&
		     (acks < least || (acks == least && id < best)))) {
			best = id;
			best_rank = rank;
		}
	}
	return best;
}

static bool forwards(const struct tracker *t, const struct txn *txn,
                     const struct track_fields *f, uint32_t from_tag)
{
	return txn->via_all == f->via_rest && txn->cseq == f->cseq &&
	       txn->from_tag == from_tag && txn_has_method(t, txn, f);
}

uint32_t match_forwarded(struct tracker *t, uint32_t call, const struct track_fields *f)
{
	const struct call *c = call_at(t, call);
	if (f->via_rest == 0)
		return 0;
	uint32_t from_tag = fields_tag_hash(t, f->from_tag);
	if (!c->indexed) {
		uint32_t id = c->newest;
		while (id && !forwards(t, txn_at(t, id), f, from_tag))
			id = txn_at(t, id)->older;
		return id;
	}
	uint64_t hash =
		vias_hash(t, call, f->cseq, match_code(f), from_tag, f->via_rest);
	uint32_t at;
	for (uint32_t id = map_first(&t->via_index, hash, &at); id;
	     id = map_next(&t->via_index, hash, &at))
		if (txn_at(t, id)->call == call &&
		    forwards(t, txn_at(t, id), f, from_tag))
			return id;
	return 0;
}

enum err match_put(struct map *map, uint64_t hash, uint32_t old, uint32_t value)
{
	if (old)
		map_remove(map, hash, old);
	return map_add(map, hash, value);
}

/* --- the list of a call */

/* What a chain and a Via list of the index have in common; methods are interned. */
static bool same_request(const struct tracker *t, const struct txn *a,
                         const struct txn *b)
{
	return a->call == b->call && a->cseq == b->cseq && a->code == b->code &&
	       tracker_more(t, a)->method == tracker_more(t, b)->method;
}

static bool same_chain(const struct tracker *t, const struct txn *a, const struct txn *b)
{
	return a->branch == b->branch && same_request(t, a, b);
}

static bool same_vias(const struct tracker *t, const struct txn *a, const struct txn *b)
{
	return a->via_all == b->via_all && a->from_tag == b->from_tag &&
	       same_request(t, a, b);
}

static void put_reserved(struct map *map, uint64_t hash, uint32_t old, uint32_t value)
{
	enum err e = match_put(map, hash, old, value);
	assert(e == OK);
	(void)e;
}

static struct txn_more *more_of(struct tracker *t, const struct txn *txn)
{
	return pool_at(&t->mores, txn->more);
}

/* Make `id` the newest of its chain and of its Via list; room is reserved. */
static void index_txn(struct tracker *t, uint32_t id)
{
	struct txn *txn = txn_at(t, id);
	uint64_t hash = chain_hash(txn->call, txn->cseq, txn->code, txn->branch);
	uint32_t at, head;
	for (head = map_first(&t->chain_index, hash, &at); head;
	     head = map_next(&t->chain_index, hash, &at))
		if (same_chain(t, txn_at(t, head), txn))
			break;
	put_reserved(&t->chain_index, hash, head, id);
	more_of(t, txn)->chain = head;
	hash = vias_hash(t, txn->call, txn->cseq, txn->code, txn->from_tag, txn->via_all);
	for (head = map_first(&t->via_index, hash, &at); head;
	     head = map_next(&t->via_index, hash, &at))
		if (same_vias(t, txn_at(t, head), txn))
			break;
	put_reserved(&t->via_index, hash, head, id);
}

/* The list became long: enter what is in it, the oldest first. */
static void index_call(struct tracker *t, struct call *c)
{
	uint32_t ids[TRACK_LONG_LIST + 1];
	unsigned n = 0;
	for (uint32_t id = c->newest; id && n <= TRACK_LONG_LIST;
	     id = txn_at(t, id)->older)
		ids[n++] = id;
	while (n > 0)
		index_txn(t, ids[--n]);
	c->indexed = 1;
}

/* Room for the index of a call and its next transaction, so that nothing can fail
 * half-way. */
static enum err reserve_index(struct tracker *t, const struct call *c, struct txn *txn)
{
	enum err e = map_reserve(&t->chain_index, TRACK_LONG_LIST + 1);
	if (e == OK)
		e = map_reserve(&t->via_index, TRACK_LONG_LIST + 1);
	if (e == OK && !txn_need_more(t, txn))
		e = ERR_NOMEM;
	for (uint32_t id = c->indexed ? 0 : c->newest; id && e == OK;
	     id = txn_at(t, id)->older)
		if (!txn_need_more(t, txn_at(t, id)))
			e = ERR_NOMEM;
	return e;
}

enum err match_add_txn(struct tracker *t, uint32_t id, const struct track_fields *f)
{
	struct txn *txn = txn_at(t, id);
	struct call *c = call_at(t, txn->call);
	uint32_t forwarded = match_forwarded(t, txn->call, f);
	if (forwarded &&
	    (!txn_need_more(t, txn) || !txn_need_more(t, txn_at(t, forwarded))))
		return ERR_NOMEM;
	if (c->indexed || c->transactions >= TRACK_LONG_LIST) {
		enum err e = reserve_index(t, c, txn);
		if (e != OK)
			return e;
		if (!c->indexed)
			index_call(t, c);
		index_txn(t, id);
	}
	if (forwarded) {
		struct txn_more *first = more_of(t, txn_at(t, forwarded));
		more_of(t, txn)->forward_of = forwarded;
		more_of(t, txn)->next_forward = first->forwards;
		first->forwards = id;
	}
	txn->older = c->newest;
	c->newest = id;
	c->transactions++;
	return OK;
}

/* --- the list of a transaction */

static uint64_t digest_hash(uint32_t txn, uint64_t digest, uint16_t code, uint64_t seed)
{
	return hash_mix(hash_mix(digest ^ seed, txn), code);
}

static bool is_copy(const struct tracker *t, const struct track_message *m, uint32_t txn,
                    uint64_t digest, uint16_t code)
{
	return m->code == code && m->owner == txn && !m->stray &&
	       (m->request || m->tag == digest >> 32) && message_digest(t, m) == digest;
}

uint32_t match_copy(const struct tracker *t, uint32_t txn, uint64_t digest, uint16_t code)
{
	const struct txn *x = txn_at(t, txn);
	if (x->messages <= TRACK_LONG_LIST) {
		uint32_t id = x->last;
		while (id && !is_copy(t, message_at(t, id), txn, digest, code))
			id = message_at(t, id)->prev;
		return id;
	}
	uint64_t hash = digest_hash(txn, digest, code, t->seed);
	uint32_t at;
	for (uint32_t id = map_first(&t->digest_index, hash, &at); id;
	     id = map_next(&t->digest_index, hash, &at))
		if (is_copy(t, message_at(t, id), txn, digest, code))
			return id;
	return 0;
}

static void index_message(struct tracker *t, uint32_t txn, uint32_t id, uint32_t old)
{
	const struct track_message *m = message_at(t, id);
	uint64_t hash = digest_hash(txn, message_digest(t, m), m->code, t->seed);
	if (match_put(&t->digest_index, hash, old, id) != OK)
		t->stats.refused++; /* its copies will look new */
}

void match_add_message(struct tracker *t, uint32_t txn, uint32_t id)
{
	struct txn *x = txn_at(t, txn);
	struct track_message *m = message_at(t, id);
	uint32_t old = 0;
	if (x->messages > TRACK_LONG_LIST)
		old = match_copy(t, txn, message_digest(t, m), m->code);
	m->prev = x->last;
	x->last = id;
	x->messages++;
	if (x->messages == TRACK_LONG_LIST + 1) {
		for (uint32_t i = id; i; i = message_at(t, i)->prev) {
			const struct track_message *k = message_at(t, i);
			if (match_copy(t, txn, message_digest(t, k), k->code) == 0)
				index_message(t, txn, i, 0);
		}
	} else if (x->messages > TRACK_LONG_LIST) {
		index_message(t, txn, id, old);
	}
}

/* --- the ACKs of a call */

static uint32_t call_of(const struct tracker *t, const struct track_message *m)
{
	return m->stray ? m->owner : txn_at(t, m->owner)->call;
}

/* What ACKs of a call are found by: like another, or with a certain tag. */
struct ack_key {
	uint64_t digest;
	bool     whole; /* else the tag alone, in the upper half */
};

static bool is_ack(const struct tracker *t, const struct track_message *m,
                   const struct ack_key *key)
{
	if (!message_is_ack(m))
		return false;
	return key->whole ? (uint32_t)message_digest(t, m) == (uint32_t)key->digest
	                  : m->tag == key->digest >> 32;
}

/* The newest such message from `last` on. */
static uint32_t find_in_list(const struct tracker *t, uint32_t last,
                             const struct ack_key *key)
{
	while (last && !is_ack(t, message_at(t, last), key))
		last = message_at(t, last)->prev;
	return last;
}

static uint64_t ack_hash(const struct tracker *t, uint32_t call,
                         const struct ack_key *key)
{
	uint32_t half = (uint32_t)(key->whole ? key->digest : key->digest >> 32);
	return hash_mix(hash_mix(t->seed, half), call);
}

static struct map *ack_map(struct tracker *t, const struct ack_key *key)
{
	return key->whole ? &t->ack_index : &t->ack_vias;
}

static uint32_t find_in_index(struct tracker *t, uint32_t call, const struct ack_key *key)
{
	const struct map *map = ack_map(t, key);
	uint64_t hash = ack_hash(t, call, key);
	uint32_t at, id = map_first(map, hash, &at);
	while (id && (call_of(t, message_at(t, id)) != call ||
	              !is_ack(t, message_at(t, id), key)))
		id = map_next(map, hash, &at);
	return id;
}

/* The newest ACK of a call that the key names, or 0. */
static uint32_t find_ack(struct tracker *t, uint32_t call, const struct ack_key *key)
{
	const struct call *c = call_at(t, call);
	if (c->acks_indexed)
		return find_in_index(t, call, key);
	uint32_t newest = find_in_list(t, c->strays, key);
	for (uint32_t x = c->newest; x; x = txn_at(t, x)->older) {
		uint32_t id = txn_at(t, x)->acked
			? find_in_list(t, txn_at(t, x)->last, key) : 0;
		newest = id > newest ? id : newest;
	}
	return newest;
}

/* Enter one ACK under both keys, where no newer one stands. */
static void index_ack(struct tracker *t, uint32_t call, uint32_t id)
{
	uint64_t digest = message_digest(t, message_at(t, id));
	const struct ack_key keys[] = { { digest, true }, { digest, false } };
	for (unsigned i = 0; i < 2; i++) {
		uint32_t old = find_in_index(t, call, &keys[i]);
		if (old < id && match_put(ack_map(t, &keys[i]),
		                          ack_hash(t, call, &keys[i]), old, id) != OK)
			t->stats.refused++;
	}
}

static void index_acks_of(struct tracker *t, uint32_t call, uint32_t last)
{
	for (uint32_t id = last; id; id = message_at(t, id)->prev)
		if (message_is_ack(message_at(t, id)))
			index_ack(t, call, id);
}

/* The call became long: enter the ACKs that it has. */
static void index_acks(struct tracker *t, uint32_t call)
{
	struct call *c = call_at(t, call);
	index_acks_of(t, call, c->strays);
	for (uint32_t x = c->newest; x; x = txn_at(t, x)->older)
		if (txn_at(t, x)->acked)
			index_acks_of(t, call, txn_at(t, x)->last);
	c->acks_indexed = 1;
}

uint32_t match_ack_like(struct tracker *t, uint32_t call, uint64_t digest)
{
	return find_ack(t, call, &(struct ack_key){ digest, true });
}

uint32_t match_ack_tag(struct tracker *t, uint32_t call, uint32_t tag)
{
	return find_ack(t, call, &(struct ack_key){ (uint64_t)tag << 32, false });
}

void match_add_ack(struct tracker *t, uint32_t call, uint32_t id)
{
	const struct call *c = call_at(t, call);
	if (c->acks_indexed)
		index_ack(t, call, id);
	else if (c->messages >= TRACK_LONG_CALL)
		index_acks(t, call);
}

/* --- forgetting */

static void unindex_txn(struct tracker *t, uint32_t id)
{
	const struct txn *x = txn_at(t, id);
	if (call_at(t, x->call)->indexed) { /* where it is the newest; else nothing is */
		map_remove(&t->chain_index,
		           chain_hash(x->call, x->cseq, x->code, x->branch), id);
		map_remove(&t->via_index,
		           vias_hash(t, x->call, x->cseq, x->code, x->from_tag,
		                     x->via_all),
		           id);
	}
	if (x->messages <= TRACK_LONG_LIST)
		return;
	for (uint32_t i = x->last; i; i = message_at(t, i)->prev) {
		const struct track_message *m = message_at(t, i);
		map_remove(&t->digest_index,
		           digest_hash(id, message_digest(t, m), m->code, t->seed), i);
	}
}

static void unindex_acks(struct tracker *t, uint32_t call, uint32_t last)
{
	for (uint32_t id = last; id; id = message_at(t, id)->prev) {
		if (!message_is_ack(message_at(t, id)))
			continue;
		uint64_t digest = message_digest(t, message_at(t, id));
		const struct ack_key keys[] = { { digest, true }, { digest, false } };
		for (unsigned i = 0; i < 2; i++)
			map_remove(ack_map(t, &keys[i]), ack_hash(t, call, &keys[i]), id);
	}
}

void match_forget(struct tracker *t, uint32_t call)
{
	const struct call *c = call_at(t, call);
	if (c->acks_indexed)
		unindex_acks(t, call, c->strays);
	for (uint32_t x = c->newest; x; x = txn_at(t, x)->older) {
		if (c->acks_indexed && txn_at(t, x)->acked)
			unindex_acks(t, call, txn_at(t, x)->last);
		unindex_txn(t, x);
	}
}
