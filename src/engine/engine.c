/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/engine.h"

#include <string.h>

#include "base/inflate.h"
#include "engine/limits.h"
#include "engine/streams.h"
#include "net/hep.h"
#include "net/icmp.h"

/* A reference to a message's bytes: spooled or not, input, offset. */
#define REF_SPOOLED     (UINT64_C(1) << 63)
#define REF_INPUT_SHIFT 48
#define REF_INPUT_MAX   0x7fffU
#define REF_OFFSET_MASK ((UINT64_C(1) << REF_INPUT_SHIFT) - 1)
#define REF_NONE        UINT64_MAX /* the bytes are nowhere */

struct engine {
	struct mem mem;
	struct engine_cfg cfg;
	struct engine_stats stats;
	struct net *net;
	struct streams streams;
	struct tracker *tracker;
	struct find find;
	bool found;                 /* nothing came since find_run */
	enum engine_use use;        /* of the frame that came last */
	tick now;                   /* largest time seen */
	uint32_t awaited;           /* calls up to this number stand in `ends` */
	struct deadline_queue ends; /* when to look whether a call is over */
	tick evict_after;           /* earlier, there was nothing to evict */
	struct engine_counts gone;  /* of calls that were forgotten */
	char *buffer;               /* bytes of the message read back */
	size_t room;
	struct sip_msg read; /* parsed by engine_read */
	struct sip_msg msg;  /* parsed by engine_frame */
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

/* --- calls that leave */

static void drop_bytes(const struct engine *e, uint32_t message)
{
	const struct track_message *m = tracker_message_at(e->tracker, message);
	if (e->cfg.store.drop && m->ref != REF_NONE && m->ref & REF_SPOOLED)
		e->cfg.store.drop(e->cfg.store.arg, m->ref & REF_OFFSET_MASK, m->len);
}

static void drop_list(const struct engine *e, uint32_t newest)
{
	for (uint32_t m = newest; m; m = tracker_message_at(e->tracker, m)->prev)
		drop_bytes(e, m);
}

static void count_call(const struct tracker *t, uint32_t call, struct engine_counts *out)
{
	struct call_summary sum;
	unsigned kind = tracker_call_at(t, call)->kind;
	out->calls[kind]++;
	if (kind != CALL_INVITE)
		return;
	tracker_fetch_ahead(t, call);
	tracker_summarize(t, call, &sum);
	out->states[sum.state]++;
}

static void count_findings(const struct find *find, struct engine_counts *out)
{
	for (uint32_t i = 1; i <= find_count(find); i++)
		out->findings[find_at(find, i)->code]++;
	for (unsigned i = 0; i < FIND_SEVERITY_COUNT; i++)
		out->severities[i] += find->counts[i];
}

static void leave(struct engine *e, uint32_t call)
{
	struct tracker *t = e->tracker;
	const struct call *c = tracker_call_at(t, call);
	find_leave(&e->find, call, e->now);
	e->found = true;
	if (e->cfg.leave)
		e->cfg.leave(e->cfg.arg, call);
	e->found = false;
	e->stats.calls_left++;
	count_call(t, call, &e->gone);
	count_findings(&e->find, &e->gone);
	for (uint32_t x = c->newest; x; x = tracker_transaction_at(t, x)->older) {
		e->gone.transactions[tracker_outcome(t, x)]++;
		drop_list(e, tracker_transaction_at(t, x)->last);
	}
	drop_list(e, c->strays);
	for (uint32_t d = c->dialogs; d; d = tracker_dialog_at(t, d)->older)
		e->gone.dialogs[tracker_dialog_at(t, d)->state]++;
	find_forget(&e->find, call);
	tracker_forget(t, call);
}

/* Without memory for it, the call leaves with those that there is no room for. */
static void look_later(struct engine *e, uint32_t call, tick at)
{
	enum err ignored = deadline_add(&e->ends, (struct deadline){ at, call, 0 });
	(void)ignored;
}

/* Has the call been over for long enough? Else look again then, or when it can have been,
 * should it end now. */
static void look(struct engine *e, uint32_t call)
{
	tick since, linger = e->cfg.linger;
	if (!tracker_has_call(e->tracker, call))
		return;
	bool over = tracker_is_over(e->tracker, call, e->now, &since);
	bool idle = tick_add(since, LIMIT_IDLE_NS) <= e->now;
	if ((over && tick_add(since, linger) <= e->now) || idle) {
		e->stats.evicted_calls += !over;
		leave(e, call);
	} else {
		tick wait = linger > TICK_S ? linger : TICK_S;
		tick at = over ? tick_add(since, linger) : tick_add(e->now, wait);
		look_later(e, call, at);
	}
}

/* Who leaves first. */
enum rank {
	RANK_OVER,
	RANK_UNANSWERED, /* one request, and no answer */
	RANK_NOT_UP,     /* no dialog is confirmed */
	RANK_ANY
};

static bool has_rank(const struct engine *e, uint32_t call, enum rank rank)
{
	const struct tracker *t = e->tracker;
	const struct call *c = tracker_call_at(t, call);
	tick since;
	switch (rank) {
	case RANK_OVER: return tracker_is_over(t, call, e->now, &since);
	case RANK_UNANSWERED:
		return c->transactions == 1 &&
		       !tracker_transaction_at(t, c->newest)->response;
	case RANK_NOT_UP:
		for (uint32_t d = c->dialogs; d; d = tracker_dialog_at(t, d)->older)
			if (tracker_dialog_at(t, d)->state == DIALOG_CONFIRMED)
				return false;
		return true;
	case RANK_ANY: break;
	}
	return true;
}

static bool has_room(const struct engine *e, unsigned eighths)
{
	const struct engine_store *store = &e->cfg.store;
	return e->mem.used <= e->mem.budget / 8 * eighths &&
	       !(store->is_full && store->is_full(store->arg, eighths + 1));
}

/* The oldest of each rank leave until there is room. Where that is not enough, as with
 * one call that has all of it, it is not tried again at once. */
static void evict(struct engine *e)
{
	const struct tracker *t = e->tracker;
	for (unsigned rank = RANK_OVER; rank <= RANK_ANY; rank++) {
		uint32_t next;
		for (uint32_t id = tracker_next_call(t, 0); id; id = next) {
			if (has_room(e, LIMIT_EVICT_BELOW))
				return;
			next = tracker_next_call(t, id);
			if (!has_rank(e, id, (enum rank)rank) ||
			    (e->cfg.may_leave && !e->cfg.may_leave(e->cfg.arg, id)))
				continue;
			e->stats.evicted_calls += rank != RANK_OVER;
			leave(e, id);
		}
	}
	e->evict_after = tick_add(e->now, TICK_S);
}

/* To be called when nothing of the engine is lent to anybody. */
static void let_go(struct engine *e)
{
	struct deadline due;
	if (deadline_next(&e->ends) <= e->now)
		tracker_advance(e->tracker, e->now);
	while (deadline_next(&e->ends) <= e->now && deadline_pop(&e->ends, e->now, &due))
		look(e, due.id);
	if (e->now >= e->evict_after && !has_room(e, LIMIT_EVICT_ABOVE))
		evict(e);
}

/* A message was taken: it is in a new call, or in none. */
static void await_end(struct engine *e, const struct track_result *is)
{
	if (is->call > e->awaited) {
		e->awaited = is->call;
		if (e->cfg.keep == ENGINE_KEEP_OPEN)
			look_later(e, is->call, tick_add(e->now, e->cfg.linger));
	} else if (is->call == 0 && is->message && e->cfg.keep == ENGINE_KEEP_OPEN) {
		drop_bytes(e, is->message);
		tracker_forget_message(e->tracker, is->message);
	}
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
	await_end(e, &out->is);
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
		let_go(e);
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
	net_idle(e->net, now,
	         &(struct net_sinks){ on_datagram, on_stream, on_icmp, &a });
	if (e->cfg.keep != ENGINE_KEEP_ALL)
		let_go(e);
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

void engine_count(struct engine *e, struct engine_counts *out)
{
	const struct tracker *t = e->tracker;
	uint32_t id;
	*out = e->gone;
	for (id = tracker_next_call(t, 0); id; id = tracker_next_call(t, id))
		count_call(t, id, out);
	for (id = tracker_next_transaction(t, 0); id;
	     id = tracker_next_transaction(t, id))
		out->transactions[tracker_outcome(t, id)]++;
	for (id = tracker_next_dialog(t, 0); id; id = tracker_next_dialog(t, id))
		out->dialogs[tracker_dialog_at(t, id)->state]++;
	count_findings(engine_find(e), out);
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
