/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/engine.h"

#include <string.h>

#include "engine/limits.h"

/* A reference to a message's bytes: spooled or not, input, offset. */
#define REF_SPOOLED      (UINT64_C(1) << 63)
#define REF_INPUT_SHIFT  48
#define REF_INPUT_MAX    0x7fffU
#define REF_OFFSET_MASK  ((UINT64_C(1) << REF_INPUT_SHIFT) - 1)
#define REF_NONE         UINT64_MAX /* the bytes are nowhere */

struct engine {
	struct mem          mem;
	struct engine_cfg   cfg;
	struct engine_stats stats;
	struct net_stats    net;
	struct tracker     *tracker;
	tick                now;     /* largest time seen */
	char               *buffer;  /* bytes of the message read back */
	size_t              room;
	struct sip_msg      read;    /* parsed by engine_read */
	struct sip_msg      msg;     /* parsed by engine_frame */
};

enum err engine_new(struct engine **out, const struct engine_cfg *cfg)
{
	struct mem mem;
	mem_init(&mem, cfg->memory ? cfg->memory : LIMIT_MEMORY);
	struct engine *e = mem_take(&mem, sizeof(*e));
	if (!e)
		return ERR_NOMEM;
	e->mem = mem;
	e->cfg = *cfg;
	e->stats.first = e->stats.last = TICK_NONE;
	struct track_limits limits = { LIMIT_MESSAGES, LIMIT_CALLS, LIMIT_TRANSACTIONS,
		                       LIMIT_DIALOGS, LIMIT_FLOWS };
	enum err err = tracker_new(&e->tracker, &e->mem, cfg->seed, &limits);
	if (err != OK) {
		engine_free(e);
		return err;
	}
	*out = e;
	return OK;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	tracker_free(e->tracker);
	mem_give(&e->mem, e->buffer, e->room);
	struct mem mem = e->mem;
	mem_give(&mem, e, sizeof(*e));
}

/* --- messages in */

static struct track_endpoint to_track(const struct net_endpoint *ep)
{
	struct track_endpoint out = { .family = ep->addr.family, .port = ep->port };
	memcpy(out.bytes, ep->addr.bytes, sizeof(out.bytes));
	return out;
}

static struct net_endpoint to_net(const struct track_endpoint *ep)
{
	struct net_endpoint out = { .port = ep->port };
	out.addr.family = ep->family;
	memcpy(out.addr.bytes, ep->bytes, sizeof(out.addr.bytes));
	return out;
}

/* Where the bytes of `raw` can be read again: in the file when they lie there in one
 * piece, else in the spool. */
static uint64_t keep(struct engine *e, const struct frame *frame, struct slice raw)
{
	uint64_t ref;
	if (frame->offset != FRAME_NO_OFFSET && frame->input <= REF_INPUT_MAX) {
		ref = frame->offset + (uint64_t)(raw.p - frame->bytes.p);
		if (ref <= REF_OFFSET_MASK)
			return ref | (uint64_t)frame->input << REF_INPUT_SHIFT;
	}
	if (!e->cfg.store.put)
		return REF_NONE;
	if (e->cfg.store.put(e->cfg.store.arg, raw, &ref) != OK ||
	    ref > REF_OFFSET_MASK) {
		e->stats.spool_errors++;
		return REF_NONE;
	}
	return ref | REF_SPOOLED |
	       (uint64_t)(frame->input < REF_INPUT_MAX ? frame->input : REF_INPUT_MAX)
		       << REF_INPUT_SHIFT;
}

static void count(struct engine *e, const struct track_result *is)
{
	struct engine_stats *s = &e->stats;
	const struct sip_msg *msg = &e->msg;
	s->messages++;
	if (msg->method.len)
		s->requests[sip_method_lookup(msg->method)]++;
	else
		s->responses[msg->status / 100]++;
	s->retransmissions += is->repeat == TRACK_RETRANSMISSION;
	s->duplicates += is->repeat == TRACK_DUPLICATE;
}

struct arrival {
	struct engine      *engine;
	const struct frame *frame;
};

static void on_datagram(void *arg, const struct net_datagram *d)
{
	const struct arrival *a = arg;
	struct engine *e = a->engine;
	if (sip_msg_parse(&e->msg, d->payload, false) != OK)
		return;
	struct engine_message out = { .msg = &e->msg,
		                      .src = d->src,
		                      .dst = d->dst,
		                      .at = a->frame->at,
		                      .frame = a->frame->number,
		                      .input = a->frame->input,
		                      .transport = d->transport };
	uint64_t frame = a->frame->number;
	struct track_input in = {
		.msg = &e->msg,
		.src = to_track(&d->src),
		.dst = to_track(&d->dst),
		.at = a->frame->at,
		.ref = keep(e, a->frame, e->msg.raw),
		.frame = frame < UINT32_MAX ? (uint32_t)frame : UINT32_MAX,
		.ip_id = d->ip_id,
		.transport = (uint8_t)d->transport,
		.truncated = d->truncated,
	};
	if (tracker_message(e->tracker, e->now, &in, &out.is) != OK)
		e->stats.untracked++;
	else if (out.is.call == 0)
		e->stats.malformed++;
	count(e, &out.is);
	if (e->cfg.watch)
		e->cfg.watch(e->cfg.arg, &out);
}

void engine_frame(struct engine *e, const struct frame *frame)
{
	struct engine_stats *s = &e->stats;
	if (s->last != TICK_NONE && frame->at < e->now)
		s->time_backward++;
	if (s->first == TICK_NONE || frame->at < s->first)
		s->first = frame->at;
	if (s->last == TICK_NONE || frame->at > s->last)
		s->last = frame->at;
	e->now = s->last;
	struct arrival a = { e, frame };
	net_input(&e->net, frame, on_datagram, &a);
}

void engine_finish(struct engine *e)
{
	tracker_advance(e->tracker, e->now);
}

/* --- questions */

const struct engine_stats *engine_stats(const struct engine *e)
{
	return &e->stats;
}

const struct net_stats *engine_net_stats(const struct engine *e)
{
	return &e->net;
}

const struct tracker *engine_tracker(const struct engine *e)
{
	return e->tracker;
}

struct mem *engine_mem(struct engine *e)
{
	return &e->mem;
}

static enum err want_room(struct engine *e, size_t n)
{
	if (n <= e->room)
		return OK;
	size_t room = e->room ? e->room : 4096;
	while (room < n)
		room *= 2;
	char *buffer = mem_resize(&e->mem, e->buffer, e->room, room);
	if (!buffer)
		return ERR_NOMEM;
	e->buffer = buffer;
	e->room = room;
	return OK;
}

enum err engine_read(struct engine *e, uint32_t id, struct engine_message *out)
{
	const struct track_message *m = tracker_message_at(e->tracker, id);
	if (m->ref == REF_NONE || !e->cfg.store.get || m->len == LIMIT_MESSAGE_BYTES)
		return ERR_IO;
	enum err err = want_room(e, m->len);
	if (err != OK)
		return err;
	uint16_t input = (uint16_t)(m->ref >> REF_INPUT_SHIFT & REF_INPUT_MAX);
	bool spooled = m->ref & REF_SPOOLED;
	err = e->cfg.store.get(e->cfg.store.arg, spooled, input, m->ref & REF_OFFSET_MASK,
	                       e->buffer, m->len);
	bool stream = m->transport == NET_TCP || m->transport == NET_TLS;
	if (err != OK ||
	    sip_msg_parse(&e->read, (struct slice){ e->buffer, m->len }, stream) != OK)
		return ERR_IO;
	const struct track_flow *flow = tracker_flow_at(e->tracker, m->flow);
	uint32_t txn = m->stray ? 0 : m->owner;
	*out = (struct engine_message){
		.msg = &e->read,
		.src = to_net(&flow->src),
		.dst = to_net(&flow->dst),
		.at = m->at,
		.frame = m->frame,
		.input = input,
		.transport = (enum net_transport)m->transport,
		.is = { .message = id,
		        .call = m->stray ? m->owner
		                : txn    ? tracker_transaction_at(e->tracker, txn)->call
		                         : 0,
		        .transaction = txn,
		        .dialog = m->dialog,
		        .of = m->of,
		        .repeat = (enum track_repeat)m->repeat },
	};
	return OK;
}
