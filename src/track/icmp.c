/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/icmp.h"

#include "base/hash.h"
#include "track/private.h"

/* The transaction of the message that is quoted; 0: none, or too little is quoted. */
static uint32_t by_message(struct tracker *t, const struct track_icmp_input *in,
                           const struct track_flow *flow)
{
	struct track_fields f;
	if (!in->msg || !fields_begin(in->msg, &f))
		return 0;
	uint32_t call = tracker_find_call(t, f.call_id);
	if (call == 0)
		return 0;
	fields_from(&f);
	fields_to(&f);
	fields_vias(t, &f, false);
	if (!f.is_request)
		return match_response(t, call, &f, flow->dst_addr, flow->src_addr);
	if (f.code != SIP_METHOD_ACK)
		return match_request(t, call, &f, flow->src_addr, flow->dst_addr);
	uint32_t id = match_request(t, call, &f, flow->src_addr, flow->dst_addr);
	return id ? id : match_answered(t, call, &f, flow);
}

/* Is this the message that the error quotes, as far as the error tells? */
static bool is_quoted(const struct track_message *m, const struct track_icmp_input *in,
                      uint32_t flow)
{
	if (m->flow != flow)
		return false;
	if (in->ip_id && m->ip_id)
		return m->ip_id == in->ip_id;
	if (!in->msg)
		return true;
	if (in->msg->method.len == 0)
		return !m->request && m->code == in->msg->status;
	return m->request && m->code == (uint16_t)sip_method_lookup(in->msg->method);
}

/* The newest such message of the transaction, or 0. */
static uint32_t quoted(const struct tracker *t, uint32_t txn,
                       const struct track_icmp_input *in, uint32_t flow)
{
	uint32_t id = txn_at(t, txn)->last;
	for (unsigned left = TRACK_ICMP_LOOK; id && left; left--) {
		const struct track_message *m = message_at(t, id);
		if (is_quoted(m, in, flow))
			return id;
		id = m->prev;
	}
	return 0;
}

/* Too little is quoted to name the message, as RFC 792 has it: then it is the last one
 * from there to there. */
static uint32_t by_flow(const struct tracker *t, const struct track_icmp_input *in,
                        const struct track_flow *flow)
{
	if (flow->last == 0)
		return 0;
	const struct track_message *m = message_at(t, flow->last);
	if (m->transport != in->transport || m->stray ||
	    tick_diff(in->at, m->at) > (int64_t)TXN_TIMEOUT_NS)
		return 0;
	return m->owner;
}

static uint64_t icmp_hash(const struct tracker *t, uint32_t txn)
{
	return hash_mix(t->seed, txn);
}

uint32_t tracker_icmp_of(const struct tracker *t, uint32_t transaction)
{
	uint32_t at;
	uint64_t hash = icmp_hash(t, transaction);
	uint32_t id = map_first(&t->icmp_index, hash, &at);
	while (id && tracker_icmp_at(t, id)->transaction != transaction)
		id = map_next(&t->icmp_index, hash, &at);
	return id;
}

uint32_t tracker_icmps(const struct tracker *t)
{
	return t->icmps.used;
}

const struct track_icmp *tracker_icmp_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->icmps, id);
}

static enum err keep(struct tracker *t, const struct track_icmp_input *in, uint32_t txn,
                     uint32_t message)
{
	uint32_t id, oldest = tracker_icmp_of(t, txn);
	enum err err = pool_add(&t->icmps, &id);
	if (err != OK)
		return err;
	err = oldest ? OK : map_add(&t->icmp_index, icmp_hash(t, txn), id);
	if (err != OK) {
		pool_free(&t->icmps, id);
		return err;
	}
	struct track_icmp *first = pool_at(&t->icmps, oldest ? oldest : id);
	*(struct track_icmp *)pool_at(&t->icmps, id) = (struct track_icmp){
		.from = in->from,
		.at = in->at,
		.frame = in->frame,
		.transaction = txn,
		.message = message,
		.type = in->type,
		.code = in->code,
	};
	if (oldest) {
		struct track_icmp *last = pool_at(&t->icmps, first->last);
		last->next = id;
	}
	first->last = id;
	return OK;
}

enum err tracker_icmp(struct tracker *t, tick now, const struct track_icmp_input *in)
{
	tracker_advance(t, now);
	uint32_t flow = flow_find(&t->flows, &in->src, &in->dst), txn = 0;
	if (flow) {
		const struct track_flow *f = flow_at(&t->flows, flow);
		txn = by_message(t, in, f);
		if (txn == 0 && (!in->msg || !in->msg->whole_headers))
			txn = by_flow(t, in, f);
	}
	if (txn == 0) {
		t->stats.icmp_untied++;
		return ERR_MORE;
	}
	enum err err = keep(t, in, txn, quoted(t, txn, in, flow));
	if (err == OK)
		t->stats.icmp++;
	else
		t->stats.icmp_refused++;
	return err;
}

void icmp_forget(struct tracker *t, uint32_t txn)
{
	uint32_t next, first = t->icmps.live ? tracker_icmp_of(t, txn) : 0;
	if (first)
		map_remove(&t->icmp_index, icmp_hash(t, txn), first);
	for (uint32_t id = first; id; id = next) {
		next = tracker_icmp_at(t, id)->next;
		pool_free(&t->icmps, id);
	}
}
