/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/engine.h"

#include <string.h>

#include "base/inflate.h"
#include "engine/limits.h"
#include "engine/private.h"
#include "net/hep.h"
#include "net/icmp.h"

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
	streams_init(&e->streams, &e->mem, LIMIT_STREAM_BYTES);
	enum err err = tracker_new(&e->tracker, &e->mem, cfg->seed, &limits);
	if (err == OK)
		err = net_new(&e->net, &e->mem, cfg->seed);
	if (err != OK) {
		engine_free(e);
		return err;
	}
	tracker_relate_by(e->tracker, cfg->relate_by);
	find_init(&e->find, &e->mem, e->tracker);
	deadline_init(&e->ends, &e->mem);
	*out = e;
	return OK;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	find_clear(&e->find);
	tracker_free(e->tracker);
	net_free(e->net);
	streams_clear(&e->streams);
	deadline_clear(&e->ends);
	mem_give(&e->mem, e->buffer, e->room);
	struct mem mem = e->mem;
	mem_give(&mem, e, sizeof(*e));
}

/* --- messages in */

_Static_assert(NET_UDP == 0, "find/transactions.c knows UDP by this number");

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

/* Where in the file of `frame` the bytes lie, as a reference; REF_NONE: they do not, or
 * the file cannot be read again. */
static uint64_t in_file(const struct frame *frame, struct slice raw)
{
	if (!frame || frame->offset == FRAME_NO_OFFSET || frame->input > REF_INPUT_MAX)
		return REF_NONE;
	uintptr_t from = (uintptr_t)frame->bytes.p, at = (uintptr_t)raw.p;
	if (at < from || at - from > frame->bytes.len ||
	    raw.len > frame->bytes.len - (at - from))
		return REF_NONE;
	uint64_t ref = frame->offset + (at - from);
	if (ref > REF_OFFSET_MASK)
		return REF_NONE;
	return ref | (uint64_t)frame->input << REF_INPUT_SHIFT;
}

/* Where the bytes of `raw` can be read again: in the file when they lie there in one
 * piece, else in the spool. */
static uint64_t keep(struct engine *e, const struct frame *frame, uint16_t input,
                     struct slice raw)
{
	uint64_t ref = in_file(frame, raw);
	if (ref != REF_NONE || !e->cfg.store.put)
		return ref;
	if (e->cfg.store.put(e->cfg.store.arg, raw, &ref) != OK ||
	    ref > REF_OFFSET_MASK) {
		e->stats.spool_errors++;
		return REF_NONE;
	}
	uint64_t from = input < REF_INPUT_MAX ? input : REF_INPUT_MAX;
	return ref | REF_SPOOLED | from << REF_INPUT_SHIFT;
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

/* What is being taken: a frame, or the rest at the end of the capture. */
struct arrival {
	struct engine *engine;
	const struct frame *frame; /* NULL at the end */
};

/* The message in e->msg, of which `out` says where and when it was seen. */
static void take_message(const struct arrival *a, struct engine_message *out,
                         uint16_t ip_id, bool truncated)
{
	struct engine *e = a->engine;
	e->use = ENGINE_USE_MESSAGE;
	out->msg = &e->msg;
	struct track_input in = {
		.msg = &e->msg,
		.src = to_track(&out->src),
		.dst = to_track(&out->dst),
		.at = out->at,
		.ref = keep(e, a->frame, out->input, e->msg.raw),
		.frame = out->frame < UINT32_MAX ? (uint32_t)out->frame : UINT32_MAX,
		.ip_id = ip_id,
		.transport = (uint8_t)out->transport,
		.truncated = truncated,
	};
	if (tracker_message(e->tracker, e->now, &in, &out->is) != OK)
		e->stats.untracked++;
	else if (out->is.call == 0)
		e->stats.malformed++;
	else
		find_observe(&e->find, &e->msg, &out->is);
	count(e, &out->is);
	e->stats.frames_cut += out->frames_cut;
	if (e->cfg.watch)
		e->cfg.watch(e->cfg.arg, out);
	leave_await(e, &out->is);
}

/* Has its transport bytes behind a message that belong to the next one? */
static bool is_stream(enum net_transport transport)
{
	return transport == NET_TCP || transport == NET_TLS;
}

/* The message, if it is one, that is the payload of a datagram. */
static bool take_datagram(const struct arrival *a, const struct net_datagram *d)
{
	bool stream = is_stream(d->transport);
	if (sip_msg_parse(&a->engine->msg, d->payload, stream) != OK)
		return false;
	struct engine_message out = { .src = d->src,
		                      .dst = d->dst,
		                      .at = d->at,
		                      .frame = d->frame,
		                      .input = d->input,
		                      .transport = d->transport,
		                      .encapsulation = d->encapsulation,
		                      .truncated = d->truncated,
		                      .frames = d->frames,
		                      .nframes = d->nframes,
		                      .frames_cut = d->frames_cut };
	take_message(a, &out, d->ip_id, d->truncated);
	return true;
}

/* What a capture agent saw counts as seen where and when it says; `outer` is what it sent
 * it in. */
static void take_hep(const struct arrival *a, const struct net_datagram *outer)
{
	struct engine *e = a->engine;
	struct engine_stats *stats = &e->stats;
	struct net_datagram d = *outer;
	struct hep hep;
	struct inflate_buffer inflated = { 0 };
	if (hep_parse(&hep, outer->payload) != OK)
		return;
	if (hep.type && hep.type != HEP_SIP) { /* left out it means SIP, too */
		stats->hep_other++;
		stats->hep_damaged += hep.damaged;
		return;
	}
	d.payload = hep.payload;
	if (hep.compressed && inflate_all(&inflated, &e->mem, INFLATE_WRAPPED,
	                                  hep.payload, LIMIT_INFLATED) == OK)
		d.payload = (struct slice){ inflated.p, inflated.fill };
	else
		hep.damaged |= hep.compressed;
	if (hep.src.addr.family && hep.dst.addr.family) {
		d.src = hep.src;
		d.dst = hep.dst;
	}
	if (hep.has_time)
		d.at = hep.at;
	d.ip_id = 0;
	d.transport = hep.transport;
	d.truncated = hep.truncated;
	d.encapsulation |= 1U << NET_TUNNEL_HEP;
	/* versions 1 and 2 have no magic: without SIP in it, it was none of them */
	if (take_datagram(a, &d) || hep.version == 3) {
		stats->hep_packets++;
		stats->hep_damaged += hep.damaged;
	}
	mem_give(&e->mem, inflated.p, inflated.room);
}

/* The most that any part of the frame is good for. */
static void note_use(struct engine *e, enum engine_use use)
{
	if (e->use < use)
		e->use = use;
}

static void on_datagram(void *arg, const struct net_datagram *d)
{
	const struct arrival *a = arg;
	if (take_datagram(a, d))
		return;
	if (d->nframes == 0) /* without one of its fragments the others would wait */
		note_use(a->engine, ENGINE_USE_NONE);
	if (!a->engine->cfg.no_hep && hep_starts(d->payload))
		take_hep(a, d);
}

/* A message of SIP as it stood in its stream. */
static void take_stream(const struct arrival *a, const struct stream_message *m)
{
	const struct net_bytes *piece = m->piece;
	if (sip_msg_parse(&a->engine->msg, m->bytes, true) != OK)
		return;
	struct engine_message out = { .src = piece->src,
		                      .dst = piece->dst,
		                      .at = piece->at,
		                      .frame = piece->frame,
		                      .input = piece->input,
		                      .transport = NET_TCP,
		                      .encapsulation = piece->encapsulation,
		                      .frames = m->frames,
		                      .nframes = m->nframes,
		                      .frames_cut = m->frames_cut };
	a->engine->stats.stream_messages++;
	take_message(a, &out, 0, a->engine->msg.truncated);
}

/* A message of a WebSocket, or a packet of HEP: whole in itself, as a datagram is. */
static void on_stream_message(void *arg, const struct stream_message *m)
{
	const struct arrival *a = arg;
	const struct net_bytes *piece = m->piece;
	struct net_datagram d = { .src = piece->src,
		                  .dst = piece->dst,
		                  .payload = m->bytes,
		                  .wire_len = (uint32_t)m->bytes.len,
		                  .encapsulation = piece->encapsulation,
		                  .transport = NET_WS,
		                  .input = piece->input,
		                  .frame = piece->frame,
		                  .at = piece->at,
		                  .frames = m->frames,
		                  .nframes = m->nframes,
		                  .frames_cut = m->frames_cut };
	switch (m->kind) {
	case STREAM_SIP: take_stream(a, m); break;
	case STREAM_WEBSOCKET: take_datagram(a, &d); break;
	case STREAM_HEP:
		if (!a->engine->cfg.no_hep)
			take_hep(a, &d);
		break;
	}
}

static void on_stream(void *arg, const struct net_bytes *piece)
{
	const struct arrival *a = arg;
	static const enum engine_use uses[] = {
		[STREAM_NOISE] = ENGINE_USE_NONE,
		[STREAM_BETWEEN] = ENGINE_USE_BETWEEN,
		[STREAM_PART] = ENGINE_USE_MESSAGE,
	};
	struct engine *e = a->engine;
	note_use(e, uses[streams_take(&e->streams, piece, on_stream_message, arg)]);
}

/* What is quoted of a message names it; a message that it quotes is not a new one. */
static void on_icmp(void *arg, const struct net_icmp *icmp)
{
	const struct arrival *a = arg;
	struct engine *e = a->engine;
	struct net_endpoint from = { .addr = icmp->from };
	bool is_sip = sip_msg_parse(&e->msg, icmp->payload, false) == OK;
	struct track_icmp_input in = {
		.msg = is_sip ? &e->msg : NULL,
		.src = to_track(&icmp->src),
		.dst = to_track(&icmp->dst),
		.from = to_track(&from),
		.at = icmp->at,
		.frame = icmp->frame < UINT32_MAX ? (uint32_t)icmp->frame : UINT32_MAX,
		.ip_id = icmp->ip_id,
		.transport = (uint8_t)icmp->transport,
		.type = icmp->type,
		.code = icmp->code,
	};
	tracker_icmp(e->tracker, e->now, &in); /* what it refuses is counted there */
}

void engine_frame(struct engine *e, const struct frame *frame)
{
	struct engine_stats *s = &e->stats;
	if (s->last != TICK_NONE && frame->at < s->last)
		s->time_backward++;
	if (s->first == TICK_NONE || frame->at < s->first)
		s->first = frame->at;
	if (s->last == TICK_NONE || frame->at > s->last)
		s->last = frame->at;
	if (e->now < s->last)
		e->now = s->last;
	e->found = false;
	e->use = ENGINE_USE_UNKNOWN;
	if (e->cfg.keep != ENGINE_KEEP_ALL)
		leave_let_go(e);
	struct arrival a = { .engine = e, .frame = frame };
	net_input(e->net, frame,
	          &(struct net_sinks){ on_datagram, on_stream, on_icmp, &a });
}

void engine_idle(struct engine *e, tick now)
{
	if (e->stats.last == TICK_NONE || now <= e->now)
		return;
	struct arrival a = { .engine = e };
	e->now = now;
	e->found = false;
	net_idle(e->net, now, &(struct net_sinks){ on_datagram, on_stream, on_icmp, &a });
	if (e->cfg.keep != ENGINE_KEEP_ALL)
		leave_let_go(e);
	tracker_advance(e->tracker, now);
}

enum engine_use engine_frame_use(const struct engine *e)
{
	return e->use;
}

void engine_finish(struct engine *e)
{
	struct arrival a = { .engine = e };
	net_finish(e->net, &(struct net_sinks){ on_datagram, on_stream, on_icmp, &a });
	tracker_advance(e->tracker, e->now);
	e->found = false;
}

/* --- questions */

const struct engine_stats *engine_stats(const struct engine *e)
{
	return &e->stats;
}

const struct framer_stats *engine_framer_stats(const struct engine *e)
{
	return &e->streams.framer;
}

const struct websocket_stats *engine_websocket_stats(const struct engine *e)
{
	return &e->streams.websocket;
}

const struct hep_stream_stats *engine_hep_stats(const struct engine *e)
{
	return &e->streams.hep;
}

const struct net_stats *engine_net_stats(const struct engine *e)
{
	return net_stats(e->net);
}

const struct tracker *engine_tracker(const struct engine *e)
{
	return e->tracker;
}

const struct find *engine_find(struct engine *e)
{
	if (!e->found)
		find_run(&e->find, e->now);
	e->found = true;
	return &e->find;
}

const struct find *engine_find_peek(const struct engine *e)
{
	return &e->find;
}

bool engine_find_call(struct engine *e, uint32_t call, find_sink *sink, void *arg)
{
	const struct find *find = &e->find;
	if (!e->found)
		return find_call(&e->find, call, e->now, sink, arg);
	uint32_t i = find_of_call(find, call);
	for (; i && i <= find_count(find) && find_at(find, i)->call == call; i++)
		if (sink(arg, find_at(find, i)))
			return true;
	return false;
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
	if (!tracker_has_message(e->tracker, id))
		return ERR_IO;
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
	bool stream = is_stream((enum net_transport)m->transport);
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
		        .call = tracker_message_call(e->tracker, id),
		        .transaction = txn,
		        .dialog = tracker_message_dialog(e->tracker, id),
		        .of = track_message_of(m),
		        .repeat = (enum track_repeat)m->repeat },
	};
	return OK;
}
