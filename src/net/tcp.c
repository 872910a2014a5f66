/* SPDX-License-Identifier: MIT */
/* Theory of operation
 *
 * A stream is one direction of a connection: a record in a pool, found by its two
 * endpoints. `next` is the sequence number of the first byte not yet handed on. All
 * other numbers are judged by their distance to it, modulo 2^32.
 *
 *   segment at next          handed on at once, straight from the packet
 *   before next              sent again: dropped, but for what reaches beyond next
 *   behind next              copied and held, in order of sequence, until the hole
 *                            before it is filled
 *   TCP_FAR away or farther  another connection: the stream ends and one begins there
 *
 * A stream begins with a SYN, at the number behind it, or in mid-stream with the first
 * byte seen. A SYN with another number is a port used again: the old stream ends. FIN
 * and RST end nothing, since segments may still be missing, and an RST may be forged:
 * they move the record to the list of those that may go first. A record leaves
 *
 *   when its ports are used again
 *   when there are too many: first those that are closed in both directions, then the
 *   one that was idle longest (evicted)
 *   at the end of the capture
 *
 * and while it is there, what is sent again is known as such.
 *
 * Holes. Streams with held segments wait, in the order in which their wait began. The
 * hole at next is declared a gap, and the stream goes on behind it, when
 *
 *   the stream holds more than stream_bytes
 *   all streams hold more than total_bytes: of the one that waited longest, all holes
 *   next has not moved for gap_age of packet time
 *   it was acknowledged acked_age ago; that is seen when one more segment comes
 *   there is no memory to hold one more segment
 *   the stream ends
 *   the bytes were in a packet but not captured (`lost`): at once
 *
 * Held segments do not overlap: the copy that came first stays, and of a new one only
 * what fills holes is kept. They stand in a skip list, whose levels come from the keyed
 * hash, so that no order of arrival makes the search slow. They leave at its front. */
#include "config.h"

#include "net/tcp.h"

#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/pool.h"
#include "net/endpoint.h"

/* One node in 16 reaches the next level: 4 levels suit the 65,536 segments of one byte
 * that a stream can hold. */
#define HELD_LEVELS     4
#define HELD_LEVEL_BITS 4

struct held {
	struct held *next[HELD_LEVELS];
	uint64_t     frame;
	tick         at;
	uint16_t     input;
	uint16_t     encapsulation;
	uint32_t     seq;
	uint32_t     len;
	uint32_t     cut; /* bytes behind it that the snapshot length cut off */
	char         bytes[];
};

/* A stream stands in one list by use (open or closed) and perhaps in the waiting one. */
enum which { BY_USE, BY_WAIT, WHICH_COUNT };

struct link {
	uint32_t older, newer;
};

struct list {
	uint32_t oldest, newest;
};

struct stream {
	struct net_endpoint src, dst;
	uint64_t            hash;
	struct held        *held[HELD_LEVELS];
	size_t              held_bytes; /* payload alone */
	tick                since;      /* waiting: packet time at which the wait began */
	tick                acked_at;   /* waiting: hole acknowledged, or TICK_NONE */
	struct link         links[WHICH_COUNT];
	uint32_t            twin;   /* the other direction, or 0 */
	uint32_t            start;  /* sequence number of the first byte */
	uint32_t            next;
	uint32_t            waited; /* next, when the wait began */
	uint32_t            lost;   /* bytes from next on that no packet will bring */
	bool                begun;  /* something was handed on */
	bool                done;   /* FIN or RST */
	bool                closed; /* stands in the list of closed streams */
	bool                waiting;
};

struct tcp_table {
	struct mem       *mem;
	struct tcp_limits limits;
	struct tcp_stats  stats;
	uint64_t          seed;
	struct pool       streams;
	struct map        map;
	struct list       open, closed; /* by use */
	struct list       waiting;
	size_t            held_total;   /* bytes of memory in struct held */
	tick              now;
};

/* Where bytes are handed on, and what is said of the packet that brought them. */
struct way {
	net_stream_sink *sink;
	void            *arg;
	uint64_t         frame;
	tick             at;
	uint16_t         input;
	uint16_t         encapsulation;
};

static struct stream *stream_at(const struct tcp_table *t, uint32_t id)
{
	return pool_at(&t->streams, id);
}

/* --- lists */

static void list_add(struct tcp_table *t, struct list *list, enum which which,
                     uint32_t id)
{
	struct link *link = &stream_at(t, id)->links[which];
	*link = (struct link){ .older = list->newest };
	if (list->newest)
		stream_at(t, list->newest)->links[which].newer = id;
	else
		list->oldest = id;
	list->newest = id;
}

static void list_remove(struct tcp_table *t, struct list *list, enum which which,
                        uint32_t id)
{
	struct link link = stream_at(t, id)->links[which];
	if (link.older)
		stream_at(t, link.older)->links[which].newer = link.newer;
	else
		list->oldest = link.newer;
	if (link.newer)
		stream_at(t, link.newer)->links[which].older = link.older;
	else
		list->newest = link.older;
}

/* The stream was used, or its state changed: the newest of the list where it belongs. */
static void touch(struct tcp_table *t, uint32_t id)
{
	struct stream *s = stream_at(t, id);
	bool closed = s->done && (!s->twin || stream_at(t, s->twin)->done);
	struct list *was = s->closed ? &t->closed : &t->open;
	struct list *is = closed ? &t->closed : &t->open;
	if (was == is && was->newest == id)
		return;
	list_remove(t, was, BY_USE, id);
	list_add(t, is, BY_USE, id);
	s->closed = closed;
}

/* Start, restart or end the wait, after held segments or next may have changed. */
static void note_wait(struct tcp_table *t, uint32_t id)
{
	struct stream *s = stream_at(t, id);
	bool waits = s->held[0] != NULL;
	if (waits == s->waiting && (!waits || s->waited == s->next))
		return;
	if (s->waiting)
		list_remove(t, &t->waiting, BY_WAIT, id);
	if (waits) {
		list_add(t, &t->waiting, BY_WAIT, id);
		s->since = t->now;
		s->acked_at = TICK_NONE;
		s->waited = s->next;
	}
	s->waiting = waits;
}

/* --- handing on */

static void emit(struct tcp_table *t, uint32_t id, const struct way *way,
                 struct net_bytes event)
{
	struct stream *s = stream_at(t, id);
	event.src = s->src;
	event.dst = s->dst;
	event.frame = way->frame;
	event.at = way->at;
	event.input = way->input;
	event.encapsulation = way->encapsulation;
	event.stream = id;
	event.first = !s->begun;
	s->begun = true;
	way->sink(way->arg, &event);
}

static void move_on(struct stream *s, uint32_t n)
{
	s->next += n;
	s->lost = s->lost > n ? s->lost - n : 0;
}

/* carrier: as in struct net_bytes. */
static void pass(struct tcp_table *t, uint32_t id, const struct way *way,
                 struct slice bytes, uint64_t carrier)
{
	move_on(stream_at(t, id), (uint32_t)bytes.len);
	emit(t, id, way, (struct net_bytes){ .bytes = bytes, .carrier = carrier });
}

static void pass_gap(struct tcp_table *t, uint32_t id, const struct way *way, uint32_t n)
{
	t->stats.gaps++;
	t->stats.gap_bytes += n;
	move_on(stream_at(t, id), n);
	emit(t, id, way, (struct net_bytes){ .gap = n });
}

/* Up to n bytes from `next` on will not come: they were not captured. */
static void note_lost(struct stream *s, uint32_t n)
{
	if (n > s->lost)
		s->lost = n;
}

static size_t held_size(const struct held *h)
{
	return sizeof(*h) + h->len;
}

static void free_held(struct tcp_table *t, struct held *h)
{
	t->held_total -= held_size(h);
	mem_give(t->mem, h, held_size(h));
}

/* Take the first held segment, which begins at next, out of the list and hand it on. */
static void pass_held(struct tcp_table *t, uint32_t id, const struct way *way)
{
	struct stream *s = stream_at(t, id);
	struct held *h = s->held[0];
	for (unsigned i = 0; i < HELD_LEVELS && s->held[i] == h; i++)
		s->held[i] = h->next[i];
	s->held_bytes -= h->len;
	pass(t, id, way, (struct slice){ h->bytes, h->len },
	     h->input == way->input ? h->frame : 0);
	note_lost(s, h->cut);
	free_held(t, h);
}

/* Hand on what can be read by now; own: each segment with its own frame and time. */
static void drain(struct tcp_table *t, uint32_t id, const struct way *way, bool own)
{
	struct stream *s = stream_at(t, id);
	while (s->held[0] || s->lost) {
		const struct held *h = s->held[0];
		uint32_t hole = h ? h->seq - s->next : s->lost;
		struct way mine = *way;
		if (h && own) {
			mine.frame = h->frame;
			mine.at = h->at;
			mine.input = h->input;
			mine.encapsulation = h->encapsulation;
		}
		if (hole && !s->lost)
			return;
		if (hole)
			pass_gap(t, id, &mine, hole < s->lost ? hole : s->lost);
		else
			pass_held(t, id, &mine);
	}
}

/* Declare the hole at next, which has a held segment behind it, a gap. */
static void give_up(struct tcp_table *t, uint32_t id, const struct way *way)
{
	struct stream *s = stream_at(t, id);
	note_lost(s, s->held[0]->seq - s->next);
	drain(t, id, way, true);
}

static void give_up_all(struct tcp_table *t, uint32_t id, const struct way *way)
{
	while (stream_at(t, id)->held[0])
		give_up(t, id, way);
	note_wait(t, id);
}

/* --- records */

static uint64_t key_hash(const struct tcp_table *t, const struct net_endpoint *src,
                         const struct net_endpoint *dst)
{
	char key[2 * NET_ENDPOINT_KEY];
	net_endpoint_key(key, src);
	net_endpoint_key(key + NET_ENDPOINT_KEY, dst);
	return hash_slice((struct slice){ key, sizeof(key) }, t->seed);
}

static uint32_t find(const struct tcp_table *t, uint64_t hash,
                     const struct net_endpoint *src, const struct net_endpoint *dst)
{
	uint32_t at;
	for (uint32_t id = map_first(&t->map, hash, &at); id;
	     id = map_next(&t->map, hash, &at)) {
		const struct stream *s = stream_at(t, id);
		if (s->hash == hash && net_endpoint_equal(&s->src, src) &&
		    net_endpoint_equal(&s->dst, dst))
			return id;
	}
	return 0;
}

/* End the stream and free its record; what it holds is handed on first. */
static void drop(struct tcp_table *t, uint32_t id, const struct way *way)
{
	struct stream *s = stream_at(t, id);
	give_up_all(t, id, way);
	struct way end = { .sink = way->sink, .arg = way->arg, .at = t->now };
	if (s->begun)
		emit(t, id, &end, (struct net_bytes){ .end = true });
	list_remove(t, s->closed ? &t->closed : &t->open, BY_USE, id);
	if (s->twin)
		stream_at(t, s->twin)->twin = 0;
	map_remove(&t->map, s->hash, id);
	pool_free(&t->streams, id);
}

/* A record for the stream of `seg`, whose first byte is `start`; 0: no memory. */
static uint32_t create(struct tcp_table *t, uint64_t hash, const struct tcp_segment *seg,
                       uint32_t start, const struct way *way)
{
	uint32_t id;
	if (t->streams.live >= t->limits.streams) {
		t->stats.evicted += t->closed.oldest == 0;
		drop(t, t->closed.oldest ? t->closed.oldest : t->open.oldest, way);
	}
	if (pool_add(&t->streams, &id) != OK)
		return 0;
	if (map_add(&t->map, hash, id) != OK) {
		pool_free(&t->streams, id);
		return 0;
	}
	struct stream *s = stream_at(t, id);
	s->src = seg->src;
	s->dst = seg->dst;
	s->hash = hash;
	s->start = s->next = start;
	s->twin = find(t, key_hash(t, &s->dst, &s->src), &s->dst, &s->src);
	if (s->twin == id) /* from an endpoint to itself */
		s->twin = 0;
	if (s->twin)
		stream_at(t, s->twin)->twin = id;
	list_add(t, &t->open, BY_USE, id);
	return id;
}

/* --- segments out of order */

/* Where the links are that a node with sequence number `seq` goes into; returns the
 * last node that does not begin behind it, or NULL. */
static struct held *held_place(struct stream *s, uint32_t seq,
                               struct held **place[HELD_LEVELS])
{
	struct held *before = NULL;
	struct held **links = s->held;
	uint32_t ahead = seq - s->next;
	for (unsigned i = HELD_LEVELS; i-- > 0;) {
		while (links[i] && links[i]->seq - s->next <= ahead) {
			before = links[i];
			links = before->next;
		}
		place[i] = &links[i];
	}
	return before;
}

static unsigned held_levels(const struct tcp_table *t, uint32_t seq)
{
	uint64_t bits = hash_mix(t->seed, seq);
	unsigned n = 1;
	for (; n < HELD_LEVELS && (bits & ((1U << HELD_LEVEL_BITS) - 1)) == 0; n++)
		bits >>= HELD_LEVEL_BITS;
	return n;
}

static bool held_add(struct tcp_table *t, struct stream *s, const struct tcp_segment *seg,
                     uint32_t seq, struct slice bytes, struct held **place[HELD_LEVELS])
{
	struct held *h = mem_take(t->mem, sizeof(*h) + bytes.len);
	if (!h)
		return false;
	h->frame = seg->frame;
	h->at = seg->at;
	h->input = seg->input;
	h->encapsulation = seg->encapsulation;
	h->seq = seq;
	h->len = (uint32_t)bytes.len;
	memcpy(h->bytes, bytes.p, bytes.len);
	for (unsigned i = 0, n = held_levels(t, seq); i < n; i++) {
		h->next[i] = *place[i];
		*place[i] = h;
	}
	s->held_bytes += h->len;
	t->held_total += held_size(h);
	return true;
}

/* `again` was sent once more; `first` is the held copy. As long as the shorter one. */
static size_t note_again(struct tcp_table *t, struct slice first, struct slice again)
{
	size_t n = first.len < again.len ? first.len : again.len;
	t->stats.retransmitted_bytes += n;
	if (!slice_eq(slice_head(first, n), slice_head(again, n)))
		t->stats.conflict_bytes += n;
	return n;
}

/* Keep of `bytes`, which begin at seq behind next, what is not held yet. False: no
 * memory; what was kept until then stays. */
static bool hold(struct tcp_table *t, struct stream *s, const struct tcp_segment *seg,
                 uint32_t seq, struct slice bytes)
{
	struct held **place[HELD_LEVELS];
	struct held *before;
	while (bytes.len) {
		before = held_place(s, seq, place);
		uint32_t into = before ? seq - before->seq : 0;
		size_t n;
		if (before && into < before->len) {
			struct slice first = { before->bytes, before->len };
			n = note_again(t, slice_skip(first, into), bytes);
		} else {
			const struct held *after = *place[0];
			n = after && after->seq - seq < bytes.len ? after->seq - seq
			                                          : bytes.len;
			if (!held_add(t, s, seg, seq, slice_head(bytes, n), place))
				return false;
		}
		bytes = slice_skip(bytes, n);
		seq += (uint32_t)n;
	}
	before = held_place(s, seq - 1, place);
	if (before && before->seq + before->len == seq && seg->cut > before->cut)
		before->cut = seg->cut;
	return true;
}

/* --- segments */

/* `bytes` begin at next. Where held segments have the same bytes, those were first. */
static void take_next(struct tcp_table *t, uint32_t id, struct slice bytes,
                      const struct way *way)
{
	struct stream *s = stream_at(t, id);
	while (bytes.len) {
		const struct held *h = s->held[0];
		size_t n = bytes.len;
		if (h && h->seq == s->next) {
			n = note_again(t, (struct slice){ h->bytes, h->len }, bytes);
			pass_held(t, id, way);
		} else {
			if (h && h->seq - s->next < n)
				n = h->seq - s->next;
			pass(t, id, way, slice_head(bytes, n), way->frame);
		}
		bytes = slice_skip(bytes, n);
	}
}

/* Keep the stream and the table within their limits. */
static void keep_limits(struct tcp_table *t, uint32_t id, const struct way *way)
{
	while (stream_at(t, id)->held_bytes > t->limits.stream_bytes)
		give_up(t, id, way);
	note_wait(t, id);
	while (t->held_total > t->limits.total_bytes)
		give_up_all(t, t->waiting.oldest, way);
}

static void take_behind(struct tcp_table *t, uint32_t id, const struct tcp_segment *seg,
                        uint32_t seq, struct slice bytes, const struct way *way)
{
	struct stream *s = stream_at(t, id);
	t->stats.out_of_order++;
	if (hold(t, s, seg, seq, bytes))
		return;
	/* no memory: give up what is before it, and it needs none */
	t->stats.refused++;
	give_up_all(t, id, way);
	if (seq - s->next >= TCP_FAR) /* what was held reached beyond seq */
		bytes = slice_skip(bytes, s->next - seq);
	else if (seq != s->next)
		pass_gap(t, id, way, seq - s->next);
	take_next(t, id, bytes, way);
}

/* The payload of a segment, which begins at `seq`, on its stream. */
static void take(struct tcp_table *t, uint32_t id, const struct tcp_segment *seg,
                 uint32_t seq, const struct way *way)
{
	struct stream *s = stream_at(t, id);
	struct slice bytes = seg->payload;
	uint32_t end = seq + (uint32_t)bytes.len + seg->cut;
	if (seq - s->next >= TCP_FAR) { /* not behind next, so before it */
		uint32_t back = s->next - seq;
		size_t n = back < bytes.len ? back : bytes.len;
		if (back != 1 ||
		    bytes.len != 1) /* that would be a probe: RFC 9293 3.8.4 */
			t->stats.retransmitted_bytes += n;
		bytes = slice_skip(bytes, n);
		seq = s->next;
	}
	if (seq != s->next) {
		take_behind(t, id, seg, seq, bytes, way);
	} else {
		take_next(t, id, bytes, way);
		if (end - s->next < TCP_FAR)
			note_lost(s, end - s->next);
		drain(t, id, way, false);
	}
	keep_limits(t, id, way);
}

/* The record that the segment belongs to, or 0: then there is nothing to do with it. */
static uint32_t stream_of(struct tcp_table *t, const struct tcp_segment *seg,
                          uint32_t seq, const struct way *way)
{
	bool syn = seg->flags & TCP_SYN, data = seg->payload.len || seg->cut;
	uint64_t hash = key_hash(t, &seg->src, &seg->dst);
	uint32_t id = find(t, hash, &seg->src, &seg->dst);
	if (id) {
		const struct stream *s = stream_at(t, id);
		bool far = seq - s->next >= TCP_FAR && s->next - seq >= TCP_FAR;
		if (syn ? s->start == seq : !data || !far)
			return id;
		t->stats.restarted += !syn;
		drop(t, id, way);
	} else if (!syn && !data) {
		return 0;
	}
	id = create(t, hash, seg, seq, way);
	t->stats.refused += id == 0;
	return id;
}

/* A hole in the stream that `seg` acknowledges: bytes of it were received, so no packet
 * of it will come but late. */
static void note_ack(struct tcp_table *t, uint32_t id, const struct tcp_segment *seg,
                     const struct way *way)
{
	struct stream *s = stream_at(t, id);
	if (!s->held[0])
		return;
	if (s->acked_at == TICK_NONE) {
		if (seg->flags & TCP_ACK && seg->ack - s->next - 1 < TCP_FAR)
			s->acked_at = t->now;
	} else if (tick_add(s->acked_at, t->limits.acked_age) <= t->now) {
		give_up(t, id, way);
		note_wait(t, id);
	}
}

void tcp_segment(struct tcp_table *t, const struct tcp_segment *seg,
                 net_stream_sink *sink, void *arg)
{
	struct way way = { sink, arg, seg->frame, seg->at, seg->input,
		           seg->encapsulation };
	if (seg->at > t->now)
		t->now = seg->at;
	/* a SYN takes one number before the data: RFC 9293 3.4 */
	uint32_t seq = seg->seq + (seg->flags & TCP_SYN ? 1 : 0);
	uint32_t id = stream_of(t, seg, seq, &way);
	if (!id)
		return;
	struct stream *s = stream_at(t, id);
	if (seg->payload.len || seg->cut)
		take(t, id, seg, seq, &way);
	if (s->twin)
		note_ack(t, s->twin, seg, &way);
	if (seg->flags & (TCP_FIN | TCP_RST)) {
		s->done = true;
		if (s->twin) {
			stream_at(t, s->twin)->done |= (seg->flags & TCP_RST) != 0;
			touch(t, s->twin);
		}
	}
	touch(t, id);
}

bool tcp_is_waiting(const struct tcp_table *t)
{
	return t->waiting.oldest != 0;
}

void tcp_advance(struct tcp_table *t, tick now, net_stream_sink *sink, void *arg)
{
	struct way way = { .sink = sink, .arg = arg, .at = now };
	if (now > t->now)
		t->now = now;
	while (t->waiting.oldest) {
		uint32_t id = t->waiting.oldest;
		if (tick_add(stream_at(t, id)->since, t->limits.gap_age) > now)
			return;
		give_up(t, id, &way);
		note_wait(t, id);
	}
}

void tcp_finish(struct tcp_table *t, net_stream_sink *sink, void *arg)
{
	struct way way = { .sink = sink, .arg = arg, .at = t->now };
	/* the oldest wait first: that is nearest to the order of frames */
	while (t->waiting.oldest)
		give_up_all(t, t->waiting.oldest, &way);
	while (t->closed.oldest)
		drop(t, t->closed.oldest, &way);
	while (t->open.oldest)
		drop(t, t->open.oldest, &way);
}

const struct tcp_stats *tcp_stats(const struct tcp_table *t)
{
	return &t->stats;
}

enum err tcp_new(struct tcp_table **out, struct mem *mem, uint64_t seed,
                 const struct tcp_limits *limits)
{
	struct tcp_table *t = mem_take(mem, sizeof(*t));
	if (!t)
		return ERR_NOMEM;
	t->mem = mem;
	t->limits = *limits;
	t->seed = seed;
	pool_init(&t->streams, mem, sizeof(struct stream), limits->streams);
	map_init(&t->map, mem);
	*out = t;
	return OK;
}

static void nowhere(void *arg, const struct net_bytes *bytes)
{
	(void)arg;
	(void)bytes;
}

void tcp_free(struct tcp_table *t)
{
	if (!t)
		return;
	tcp_finish(t, nowhere, NULL);
	pool_clear(&t->streams);
	map_clear(&t->map);
	mem_give(t->mem, t, sizeof(*t));
}
