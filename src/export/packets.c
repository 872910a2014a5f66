/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/packets.h"

#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/pool.h"
#include "sip/decode.h"
#include "sip/sdp.h"

/* Addresses of media that are remembered: each takes a line of a session description. */
#define PLACES_MAX 1000000U

/* Spans of time in which one address is used: with more of them they become one. */
#define SPANS_MAX  64

/* Where media was announced to be received, and when. */
struct place {
	struct net_endpoint at;
	tick from, to;
};

/* A stream that carried messages of the calls. What is in it besides messages, such as
 * keep-alives, goes with them: without it, later ones would stand behind a gap. */
struct path {
	struct net_endpoint src, dst;
};

/* A bit for each packet of an input, from 1. */
struct wanted {
	uint8_t *bits;
	size_t bytes;
};

struct work {
	const struct packets_cfg *cfg;
	struct mem *mem;
	struct wanted *inputs;
	size_t ninputs;
	struct pool places;
	struct map place_index;
	struct pool paths;
	struct map path_index;
	struct engine *again;
	struct net *net; /* for media, and what is no message */
	uint32_t icmps;  /* of the second engine, looked at */
	uint64_t found;  /* messages of the chosen calls */
	enum err err;    /* the first one */
};

/* --- which packets */

static void fail(struct work *w, enum err err)
{
	if (w->err == OK)
		w->err = err;
}

/* Room for one more of n elements; false: no memory. */
static bool want(struct mem *mem, void **items, size_t *have, size_t n, size_t size)
{
	if (n < *have)
		return true;
	size_t more = *have ? *have : 64 / size + 1;
	while (more <= n)
		more *= 2;
	void *grown = mem_resize(mem, *items, *have * size, more * size);
	if (!grown)
		return false;
	*items = grown;
	*have = more;
	return true;
}

static void note_frame(struct work *w, uint16_t input, uint64_t frame)
{
	void *inputs = w->inputs;
	bool ok = want(w->mem, &inputs, &w->ninputs, input, sizeof(*w->inputs));
	w->inputs = inputs;
	if (ok) {
		struct wanted *of = &w->inputs[input];
		void *bits = of->bits;
		ok = want(w->mem, &bits, &of->bytes, frame / 8, 1);
		of->bits = bits;
		if (ok)
			of->bits[frame / 8] |= (uint8_t)(1U << frame % 8);
	}
	if (!ok)
		fail(w, ERR_NOMEM);
}

static bool is_wanted(const struct work *w, const struct frame *frame)
{
	if (frame->input >= w->ninputs)
		return false;
	const struct wanted *of = &w->inputs[frame->input];
	uint64_t n = frame->number;
	return n / 8 < of->bytes && of->bits[n / 8] >> n % 8 & 1;
}

static void note_frames(struct work *w, uint16_t input, uint64_t frame,
                        const uint64_t *frames, uint32_t n)
{
	note_frame(w, input, frame);
	for (uint32_t i = 0; i < n; i++)
		note_frame(w, input, frames[i]);
}

/* --- endpoints */

static uint64_t endpoint_hash(const struct net_endpoint *at, uint64_t seed)
{
	struct slice bytes = { (const char *)at->addr.bytes, sizeof(at->addr.bytes) };
	return hash_mix(hash_slice(bytes, seed), at->port);
}

static bool is_same(const struct net_endpoint *a, const struct net_endpoint *b)
{
	return a->port == b->port && a->addr.family == b->addr.family &&
	       memcmp(a->addr.bytes, b->addr.bytes, sizeof(a->addr.bytes)) == 0;
}

/* --- streams */

static uint64_t path_hash(const struct work *w, const struct net_endpoint *src,
                          const struct net_endpoint *dst)
{
	return endpoint_hash(dst, endpoint_hash(src, w->cfg->again->seed));
}

static bool has_path(const struct work *w, const struct net_endpoint *src,
                     const struct net_endpoint *dst)
{
	uint64_t hash = path_hash(w, src, dst);
	uint32_t slot;
	for (uint32_t id = map_first(&w->path_index, hash, &slot); id;
	     id = map_next(&w->path_index, hash, &slot)) {
		const struct path *path = pool_at(&w->paths, id);
		if (is_same(&path->src, src) && is_same(&path->dst, dst))
			return true;
	}
	return false;
}

static void note_path(struct work *w, const struct engine_message *m)
{
	uint32_t id;
	if (m->transport == NET_UDP || m->transport == NET_SCTP ||
	    has_path(w, &m->src, &m->dst))
		return;
	if (pool_add(&w->paths, &id) != OK ||
	    map_add(&w->path_index, path_hash(w, &m->src, &m->dst), id) != OK)
		fail(w, ERR_NOMEM);
	else
		*(struct path *)pool_at(&w->paths, id) = (struct path){ m->src, m->dst };
}

static void on_stream(void *arg, const struct net_bytes *piece)
{
	struct work *w = arg;
	if (engine_frame_use(w->again) != ENGINE_USE_BETWEEN ||
	    !has_path(w, &piece->src, &piece->dst))
		return;
	note_frame(w, piece->input, piece->frame);
	if (piece->carrier)
		note_frame(w, piece->input, piece->carrier);
}

/* --- calls */

/* The call of the first engine that a call of the second one is, by its Call-ID: their
 * numbers differ where packets were left out, or come in another order now. */
static uint32_t first_call(const struct work *w, uint32_t call)
{
	const struct tracker *t = engine_tracker(w->again);
	if (call == 0)
		return 0;
	return tracker_find_call(engine_tracker(w->cfg->engine),
	                         tracker_text(t, tracker_call_at(t, call)->call_id));
}

/* --- media */

static struct place *place_at(const struct work *w, uint32_t id)
{
	return pool_at(&w->places, id);
}

static bool is_media(const struct work *w, const struct net_endpoint *at, tick when)
{
	uint64_t hash = endpoint_hash(at, w->cfg->again->seed);
	uint32_t slot;
	for (uint32_t id = map_first(&w->place_index, hash, &slot); id;
	     id = map_next(&w->place_index, hash, &slot)) {
		const struct place *p = place_at(w, id);
		if (is_same(&p->at, at) && when >= p->from && when <= p->to)
			return true;
	}
	return false;
}

/* One span of time for each place, unless two calls have it at different times. */
static void add_place(struct work *w, const struct place *new)
{
	uint64_t hash = endpoint_hash(&new->at, w->cfg->again->seed);
	uint32_t slot, id, left = SPANS_MAX;
	for (id = map_first(&w->place_index, hash, &slot); id;
	     id = map_next(&w->place_index, hash, &slot)) {
		struct place *p = place_at(w, id);
		if (!is_same(&p->at, &new->at))
			continue;
		if (left-- && (new->from > p->to || new->to < p->from))
			continue;
		p->from = new->from < p->from ? new->from : p->from;
		p->to = new->to > p->to ? new->to : p->to;
		return;
	}
	if (pool_add(&w->places, &id) != OK || map_add(&w->place_index, hash, id) != OK)
		fail(w, ERR_NOMEM);
	else
		*place_at(w, id) = *new;
}

static void add_port(struct work *w, struct place *place, const struct sdp_conn *conn,
                     uint32_t port)
{
	place->at.addr.family = conn->family;
	memcpy(place->at.addr.bytes, conn->bytes, sizeof(conn->bytes));
	place->at.port = (uint16_t)port;
	if (conn->family && port && port <= UINT16_MAX)
		add_place(w, place);
}

/* The ports of RTP and RTCP: one above, or as RFC 3605 says. */
static void add_media(struct work *w, struct place *place, const struct sdp *sdp,
                      const struct sdp_media *media)
{
	struct sdp_attr attr;
	struct sdp_rtcp rtcp;
	for (uint32_t i = 0; i < media->ports && i < 8; i++) {
		add_port(w, place, &media->conn, media->port + 2 * i);
		add_port(w, place, &media->conn, media->port + 2 * i + 1);
	}
	if (sdp_attr_find(sdp, media, SDP_ATTR_RTCP, &attr) &&
	    sdp_rtcp_parse(&rtcp, attr.value) == OK)
		add_port(w, place, rtcp.conn.family ? &rtcp.conn : &media->conn,
		         rtcp.port);
}

/* When the call ends, which the engine that has read all knows. */
static tick end_of(const struct work *w, uint32_t again)
{
	const struct tracker *t = engine_tracker(w->cfg->engine);
	struct call_summary sum;
	uint32_t call = first_call(w, again);
	if (call == 0 || tracker_call_at(t, call)->kind != CALL_INVITE)
		return TICK_NONE - 1;
	tracker_summarize(t, call, &sum);
	return sum.ended ? tick_add(tracker_message_at(t, sum.ended)->at,
	                            PACKETS_MEDIA_AFTER)
	                 : TICK_NONE - 1;
}

static void note_media(struct work *w, const struct engine_message *m)
{
	struct sip_part part;
	struct inflate_buffer plain;
	struct place place = { .from = m->at };
	bool has_sdp = sip_body_find(m->msg, w->mem, SIP_BODY_SDP, &part, &plain);
	struct sdp *sdp = has_sdp ? mem_take(w->mem, sizeof(*sdp)) : NULL;
	if (sdp) {
		place.to = end_of(w, m->is.call);
		sdp_parse(sdp, part.body);
		for (unsigned i = 0; i < sdp->nmedia; i++)
			add_media(w, &place, sdp, &sdp->media[i]);
		mem_give(w->mem, sdp, sizeof(*sdp));
	} else if (has_sdp) {
		fail(w, ERR_NOMEM);
	}
	mem_give(w->mem, plain.p, plain.room);
}

static void on_datagram(void *arg, const struct net_datagram *d)
{
	struct work *w = arg;
	if (w->cfg->media && d->transport == NET_UDP &&
	    (is_media(w, &d->dst, d->at) || is_media(w, &d->src, d->at)))
		note_frames(w, d->input, d->frame, d->frames, d->nframes);
}

/* --- the passes */

static bool is_chosen(const struct work *w, uint32_t call)
{
	uint32_t first = first_call(w, call);
	return (first || !call) && select_has_call(w->cfg->select, w->cfg->engine, first);
}

/* Messages of the chosen calls. */
static uint64_t count_chosen(const struct work *w)
{
	const struct tracker *t = engine_tracker(w->cfg->engine);
	uint64_t n = 0;
	for (uint32_t call = tracker_next_call(t, 0); call;
	     call = tracker_next_call(t, call))
		if (select_has_call(w->cfg->select, w->cfg->engine, call))
			n += tracker_call_at(t, call)->messages;
	return n;
}

static void on_message(void *arg, const struct engine_message *m)
{
	struct work *w = arg;
	if (!is_chosen(w, m->is.call))
		return;
	w->found += m->is.call != 0;
	note_frames(w, m->input, m->frame, m->frames, m->nframes);
	note_path(w, m);
	if (w->cfg->media)
		note_media(w, m);
}

/* ICMP errors that this frame brought. */
static void note_icmp(struct work *w, const struct frame *frame)
{
	const struct tracker *t = engine_tracker(w->again);
	while (w->icmps < tracker_icmps(t)) {
		const struct track_icmp *icmp = tracker_icmp_at(t, ++w->icmps);
		if (is_chosen(w, tracker_transaction_at(t, icmp->transaction)->call))
			note_frame(w, frame->input, frame->number);
	}
}

/* The next packet, which there is: one that is missing was there before. */
static enum err next(const struct packets_cfg *cfg, struct frame *frame)
{
	enum err err = cfg->next(cfg->arg, frame);
	return err == OK || err == ERR_NOMEM ? err : ERR_FORMAT;
}

static enum err look(struct work *w)
{
	const struct packets_cfg *cfg = w->cfg;
	const struct net_sinks sinks = { on_datagram, on_stream, NULL, w };
	struct frame frame;
	for (uint64_t n = 0; n < cfg->packets && w->err == OK; n++) {
		enum err err = next(cfg, &frame);
		if (err != OK)
			return err;
		engine_frame(w->again, &frame);
		note_icmp(w, &frame);
		net_input(w->net, &frame, &sinks);
	}
	engine_finish(w->again);
	if (w->err == OK && !cfg->partial && w->found < count_chosen(w))
		return ERR_FORMAT;
	return w->err;
}

static enum err hand_on(struct work *w)
{
	const struct packets_cfg *cfg = w->cfg;
	struct frame frame;
	for (uint64_t n = 0; n < cfg->packets; n++) {
		enum err err = next(cfg, &frame);
		if (err != OK)
			return err;
		if (is_wanted(w, &frame))
			err = cfg->take(cfg->arg, &frame);
		if (err != OK)
			return err;
	}
	return OK;
}

static enum err begin(struct work *w)
{
	const struct packets_cfg *cfg = w->cfg;
	struct engine_cfg again = *cfg->again;
	again.store = (struct engine_store){ 0 };
	again.keep = ENGINE_KEEP_ALL;
	again.leave = NULL;
	again.may_leave = NULL;
	again.watch = on_message;
	again.arg = w;
	enum err err = engine_new(&w->again, &again);
	if (err == OK)
		err = net_new(&w->net, w->mem, again.seed);
	return err;
}

static void end(struct work *w)
{
	engine_free(w->again);
	net_free(w->net);
	pool_clear(&w->places);
	map_clear(&w->place_index);
	pool_clear(&w->paths);
	map_clear(&w->path_index);
	for (size_t i = 0; i < w->ninputs; i++)
		mem_give(w->mem, w->inputs[i].bits, w->inputs[i].bytes);
	mem_give(w->mem, w->inputs, w->ninputs * sizeof(*w->inputs));
}

enum err packets_of_calls(const struct packets_cfg *cfg)
{
	struct work w = { .cfg = cfg, .mem = engine_mem(cfg->engine) };
	pool_init(&w.places, w.mem, sizeof(struct place), PLACES_MAX);
	map_init(&w.place_index, w.mem);
	pool_init(&w.paths, w.mem, sizeof(struct path), PLACES_MAX);
	map_init(&w.path_index, w.mem);
	enum err err = begin(&w);
	if (err == OK)
		err = cfg->rewind(cfg->arg);
	if (err == OK)
		err = look(&w);
	if (err == OK)
		err = cfg->rewind(cfg->arg);
	if (err == OK)
		err = hand_on(&w);
	end(&w);
	return err;
}
