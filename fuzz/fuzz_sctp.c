/* SPDX-License-Identifier: MIT */
/* SCTP packets of two directions, two associations, in any order and with time between
 * them. What the table hands on must be what a plain reassembly finds, which keeps a
 * list of all chunks and searches all of it each time. With small limits, or little
 * memory, the two differ: then only the limits are looked at.
 *
 * Bytes: budget, then packets: flags (1: direction, 2: tag, 128: the chunks are raw),
 * time step, bytes cut off, and the number of chunks, or of raw bytes. A chunk: kind and
 * flags, TSN (2), place, FSN, length of its data. */
#include "config.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"
#include "net/sctp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX   4096
#define CHUNK_BYTES 6
#define CHUNKS_MAX  (INPUT_MAX / CHUNK_BYTES)
#define PACKET_MAX  (12 + 255 * 52) /* of chunks with 32 bytes of data */
#define DIRECTIONS  4
#define AGE         TICK_S
#define WORDS       64 /* of 64 TSNs that are remembered, with that of the newest */
#define ARENA       (CHUNKS_MAX * 64)

#define FLAG_E 1
#define FLAG_B 2
#define FLAG_U 4

struct chunk {
	uint32_t     tsn, number, mid, ppid;
	uint16_t     stream;
	uint8_t      flags;
	bool         interleaved, cut;
	unsigned     direction;
	struct slice bytes;
	size_t       len;
	uint64_t     frame;
	tick         born;
};

/* What is known of one direction. */
struct history {
	bool         begun, marked;
	uint32_t     high, forward;
	struct slice mark;
	uint32_t     seen[CHUNKS_MAX * 2];
	size_t       nseen;
};

struct message {
	struct slice bytes;
	size_t       wire_len;
	uint32_t     ppid;
	uint16_t     stream;
	bool         reassembled;
	uint32_t     nframes;
};

/* The plain reassembly; bytes that it keeps are in arena. */
struct plain {
	struct chunk   chunks[CHUNKS_MAX * 2]; /* that wait */
	size_t         nchunks;
	struct history histories[DIRECTIONS];
	char           arena[ARENA];
	size_t         fill;
	uint64_t       duplicates;
};

struct messages {
	struct message list[PACKET_MAX / 17];
	size_t         count;
	char           arena[ARENA + PACKET_MAX];
	size_t         fill;
};

struct world {
	struct mem         mem;
	struct sctp_table *table;
	struct sctp_limits limits;
	struct sctp_packet packet;
	bool               exact;
	char               bytes[PACKET_MAX];
	size_t             len;
	uint8_t            counter; /* makes the data of chunks differ */
	struct messages    got, want;
	struct plain       plain;
};

/* --- messages */

static void add_message(struct messages *to, struct message m)
{
	assert(m.bytes.len <= sizeof(to->arena) - to->fill);
	if (m.bytes.len)
		memcpy(to->arena + to->fill, m.bytes.p, m.bytes.len);
	m.bytes.p = to->arena + to->fill;
	to->fill += m.bytes.len;
	to->list[to->count++] = m;
}

static void on_message(void *arg, const struct sctp_message *m)
{
	struct world *w = arg;
	assert(m->payload.len <= m->wire_len && m->nframes <= NET_FRAMES_MAX);
	assert(m->truncated == (m->payload.len < m->wire_len));
	assert(!m->reassembled || m->wire_len <= w->limits.message_bytes);
	assert(!m->reassembled || !m->truncated);
	for (uint32_t i = 1; i < m->nframes; i++)
		assert(m->frames[i - 1] < m->frames[i]);
	if (!w->exact)
		return;
	add_message(&w->got, (struct message){ .bytes = m->payload,
	                                       .wire_len = m->wire_len,
	                                       .ppid = m->ppid,
	                                       .stream = m->stream,
	                                       .reassembled = m->reassembled,
	                                       .nframes = m->nframes });
}

static void compare(const struct messages *got, const struct messages *want)
{
	assert(got->count == want->count);
	for (size_t i = 0; i < got->count; i++) {
		const struct message *g = &got->list[i], *m = &want->list[i];
		assert(slice_eq(g->bytes, m->bytes));
		assert(g->wire_len == m->wire_len && g->ppid == m->ppid);
		assert(g->stream == m->stream && g->reassembled == m->reassembled);
		assert(g->nframes == m->nframes);
	}
}

/* --- the plain reassembly */

/* Is b the next part after a? */
static bool is_next(const struct chunk *a, const struct chunk *b)
{
	return a->direction == b->direction && a->interleaved == b->interleaved &&
	       (a->flags & FLAG_U) == (b->flags & FLAG_U) && a->stream == b->stream &&
	       a->mid == b->mid && a->number + 1 == b->number && !(a->flags & FLAG_E) &&
	       !(b->flags & FLAG_B);
}

static struct chunk *before(struct plain *p, const struct chunk *c)
{
	for (size_t i = 0; i < p->nchunks; i++)
		if (is_next(&p->chunks[i], c))
			return &p->chunks[i];
	return NULL;
}

static struct chunk *behind(struct plain *p, const struct chunk *c)
{
	for (size_t i = 0; i < p->nchunks; i++)
		if (is_next(c, &p->chunks[i]))
			return &p->chunks[i];
	return NULL;
}

static struct chunk *first_of(struct plain *p, struct chunk *c)
{
	for (struct chunk *b = c; b; b = before(p, b))
		c = b;
	return c;
}

/* Remove a run of parts, the last one first: no index before it changes. */
static void remove_run(struct plain *p, struct chunk *first)
{
	static struct chunk run[CHUNKS_MAX * 2];
	size_t n = 0, kept = 0;
	for (struct chunk *c = first; c; c = behind(p, c))
		run[n++] = *c;
	for (size_t i = 0; i < p->nchunks; i++) {
		bool in = false;
		for (size_t k = 0; k < n; k++)
			in |= run[k].direction == p->chunks[i].direction &&
			      run[k].tsn == p->chunks[i].tsn;
		if (!in)
			p->chunks[kept++] = p->chunks[i];
	}
	p->nchunks = kept;
}

/* A run that is whole goes. */
static void settle(struct plain *p, struct chunk *first, struct messages *want)
{
	char bytes[ARENA];
	struct message m = { .reassembled = true };
	uint64_t frames[CHUNKS_MAX * 2];
	bool cut = false;
	const struct chunk *last = first;
	m.ppid = first->ppid;
	m.stream = first->stream;
	for (struct chunk *c = first; c; c = behind(p, c)) {
		bool listed = false;
		for (uint32_t i = 0; i < m.nframes; i++)
			listed |= frames[i] == c->frame;
		if (!listed)
			frames[m.nframes++] = c->frame;
		memcpy(bytes + m.wire_len, c->bytes.p, c->bytes.len);
		m.wire_len += c->bytes.len;
		cut |= c->cut;
		last = c;
	}
	if (!(first->flags & FLAG_B) || !(last->flags & FLAG_E))
		return;
	m.bytes = (struct slice){ bytes, m.wire_len };
	m.nframes = m.nframes > 1 ? m.nframes : 0;
	if (m.nframes > NET_FRAMES_MAX)
		m.nframes = NET_FRAMES_MAX;
	if (!cut)
		add_message(want, m);
	remove_run(p, first);
}

static void forget(struct plain *p, unsigned direction)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->nchunks; i++)
		if (p->chunks[i].direction != direction)
			p->chunks[kept++] = p->chunks[i];
	p->nchunks = kept;
	p->histories[direction].begun = false;
	p->histories[direction].nseen = 0;
}

/* How far b is ahead of a; negative: behind it. */
static int64_t ahead(uint32_t a, uint32_t b)
{
	return b - a < UINT32_C(1) << 31 ? (int64_t)(b - a) : -(int64_t)(a - b);
}

static uint32_t oldest_known(const struct history *h)
{
	return (h->high / 64 - (WORDS - 1)) * 64;
}

/* Enter a TSN. False: it was seen, or may have been. */
static bool enter(struct plain *p, unsigned direction, uint32_t tsn)
{
	struct history *h = &p->histories[direction];
	int64_t way = ahead(h->high, tsn);
	if (h->begun && (way >= (int64_t)SCTP_FAR || -way >= (int64_t)SCTP_FAR))
		forget(p, direction);
	if (!h->begun) {
		h->begun = true;
		h->high = tsn;
		h->forward = oldest_known(h);
	}
	if (ahead(oldest_known(h), tsn) < 0)
		return false;
	for (size_t i = 0; i < h->nseen; i++)
		if (h->seen[i] == tsn)
			return false;
	h->seen[h->nseen++] = tsn;
	if (ahead(h->high, tsn) > 0)
		h->high = tsn;
	return true;
}

static struct slice keep(struct plain *p, struct slice bytes)
{
	assert(bytes.len <= sizeof(p->arena) - p->fill);
	char *copy = p->arena + p->fill;
	if (bytes.len)
		memcpy(copy, bytes.p, bytes.len);
	p->fill += bytes.len;
	return (struct slice){ copy, bytes.len };
}

static void plain_data(struct plain *p, struct chunk c, struct messages *want)
{
	if (!enter(p, c.direction, c.tsn)) {
		p->duplicates++;
		return;
	}
	if ((c.flags & (FLAG_B | FLAG_E)) == (FLAG_B | FLAG_E)) {
		add_message(want, (struct message){ .bytes = c.bytes,
		                                    .wire_len = c.len,
		                                    .ppid = c.ppid,
		                                    .stream = c.stream });
		return;
	}
	for (size_t i = 0; c.interleaved && i < p->nchunks; i++) {
		const struct chunk *o = &p->chunks[i];
		if (o->direction == c.direction && o->interleaved &&
		    (o->flags & FLAG_U) == (c.flags & FLAG_U) && o->stream == c.stream &&
		    o->mid == c.mid && o->number == c.number)
			return;
	}
	c.cut = c.bytes.len < c.len;
	c.bytes = keep(p, c.bytes);
	p->chunks[p->nchunks++] = c;
	settle(p, first_of(p, &p->chunks[p->nchunks - 1]), want);
}

static void plain_forward(struct plain *p, unsigned direction, uint32_t upto)
{
	struct history *h = &p->histories[direction];
	int64_t way = ahead(h->high, upto);
	if (!h->begun || way >= (int64_t)SCTP_FAR || -way >= (int64_t)SCTP_FAR)
		return;
	if (way > 0)
		upto = h->high;
	if (ahead(oldest_known(h), h->forward) < 0 || ahead(h->high, h->forward) > 1)
		h->forward = oldest_known(h);
	if (ahead(h->forward, upto) < 0)
		return;
	for (size_t i = 0; i < p->nchunks;) {
		struct chunk *first = &p->chunks[i++], *last = first;
		if (first->direction != direction || before(p, first) ||
		    ahead(h->forward, first->tsn) < 0 || ahead(first->tsn, upto) < 0)
			continue;
		for (struct chunk *c = first; c; c = behind(p, c))
			last = c;
		int64_t short_of = ahead(last->tsn, upto);
		if (short_of < 0 || short_of >= (int64_t)SCTP_FAR)
			continue;
		remove_run(p, first);
		i = 0;
	}
	h->forward = upto + 1;
}

static void plain_handshake(struct plain *p, unsigned direction, struct slice value)
{
	struct history *h = &p->histories[direction];
	if (h->marked && slice_eq(h->mark, value))
		return;
	forget(p, direction);
	h->marked = true;
	h->mark = keep(p, value);
}

static void plain_advance(struct plain *p, tick now)
{
	for (size_t i = 0; i < p->nchunks; i++) {
		struct chunk *first = first_of(p, &p->chunks[i]);
		if (p->chunks[i].born + AGE > now)
			continue;
		remove_run(p, first);
		i = SIZE_MAX; /* from the start again */
	}
}

/* One chunk, captured as far as `value` goes, of `len` bytes. */
static void plain_chunk(struct world *w, unsigned direction, uint8_t type, uint8_t flags,
                        struct slice value, size_t len)
{
	struct cursor c = cursor_of(value);
	size_t head = type == 64 ? 16 : 12;
	struct chunk chunk = { .flags = flags, .direction = direction };
	chunk.tsn = cursor_be32(&c);
	if (type == 2 || type == 10)
		plain_handshake(&w->plain, direction, value);
	if ((type == 192 || type == 194) && !c.failed)
		plain_forward(&w->plain, direction, chunk.tsn);
	if (type != 0 && type != 64)
		return;
	chunk.stream = cursor_be16(&c);
	chunk.mid = cursor_be16(&c);
	if (type == 64)
		chunk.mid = cursor_be32(&c);
	else if (flags & FLAG_U)
		chunk.mid = 0;
	chunk.ppid = cursor_be32(&c);
	chunk.number = chunk.tsn;
	chunk.interleaved = type == 64;
	if (type == 64) {
		chunk.number = flags & FLAG_B ? 0 : chunk.ppid;
		chunk.ppid = flags & FLAG_B ? chunk.ppid : 0;
		if (!(flags & FLAG_B) && chunk.number == 0)
			return;
	}
	if (c.failed || len <= head)
		return;
	chunk.bytes = cursor_rest(&c);
	chunk.len = len - head;
	chunk.frame = w->packet.frame;
	chunk.born = w->packet.at;
	plain_data(&w->plain, chunk, &w->want);
}

static void plain_input(struct world *w, unsigned direction)
{
	struct cursor c = cursor_of(w->packet.bytes);
	size_t left = w->len;
	cursor_skip(&c, 12);
	for (left -= 12; !c.failed && left >= 4;) {
		uint8_t type = cursor_u8(&c), flags = cursor_u8(&c);
		size_t len = cursor_be16(&c), all = (len + 3) / 4 * 4;
		if (c.failed || len < 4 || len > left)
			return;
		struct cursor value = c;
		cursor_limit(&value, len - 4);
		plain_chunk(w, direction, type, flags, cursor_rest(&value), len - 4);
		cursor_skip(&c, all - 4);
		left = left > all ? left - all : 0;
	}
}

/* --- packets */

static void put(struct world *w, uint32_t value, unsigned bytes)
{
	while (bytes-- > 0)
		w->bytes[w->len++] = (char)(value >> 8 * bytes & 0xff);
}

/* `n` bytes that no other chunk has, and their padding. */
static void put_data(struct world *w, size_t n)
{
	uint8_t value = w->counter++;
	for (size_t i = 0; i < n; i++)
		put(w, (uint32_t)(value + i * 16), 1);
	for (; w->len % 4; w->len++)
		w->bytes[w->len] = 0;
}

static void put_chunk(struct world *w, struct cursor *c)
{
	static const uint8_t others[] = { 2, 10, 6, 8, 14, 3, 1, 0 };
	uint8_t what = cursor_u8(c), flags = what & 15;
	uint32_t tsn = cursor_be16(c);
	uint8_t place = cursor_u8(c), fsn = cursor_u8(c);
	uint32_t n = cursor_u8(c) % 33;
	tsn = 0xffffff00U + (place & 128 ? tsn * 16 : tsn);
	what >>= 4;
	if (what < 11) { /* DATA, then I-DATA */
		bool interleaved = what >= 7;
		put(w, interleaved ? 64 : 0, 1);
		put(w, flags, 1);
		put(w, (interleaved ? 20 : 16) + n, 2);
		put(w, tsn, 4);
		put(w, place & 3, 2);
		put(w, place >> 2 & 15, 2);
		if (interleaved)
			put(w, place >> 2 & 15, 4);
		put(w, fsn, 4);
		put_data(w, n);
	} else if (what < 13) {
		put(w, what == 11 ? 192 : 194, 1);
		put(w, 0, 1);
		put(w, 8, 2);
		put(w, tsn, 4);
	} else {
		put(w, others[flags & 7], 1);
		put(w, flags >> 3, 1);
		put(w, 8, 2);
		put(w, fsn, 4);
	}
}

static void put_packet(struct world *w, struct cursor *c)
{
	uint8_t flags = cursor_u8(c), step = cursor_u8(c), cut = cursor_u8(c);
	size_t n = cursor_u8(c);
	unsigned from = flags & 1;
	w->len = 0;
	put(w, 5060 + from, 2);
	put(w, 5061 - from, 2);
	put(w, flags >> 1 & 1, 4);
	put(w, 0, 4);
	if (flags & 128) {
		size_t left = cursor_left(c);
		struct slice raw = cursor_take(c, n < left ? n : left);
		if (raw.len)
			memcpy(w->bytes + w->len, raw.p, raw.len);
		w->len += raw.len;
	} else {
		for (size_t i = 0; i < n && cursor_left(c) >= CHUNK_BYTES; i++)
			put_chunk(w, c);
	}
	size_t lost = cut < w->len - 12 ? cut : w->len - 12;
	struct sctp_packet *p = &w->packet;
	p->src = (struct net_addr){ 4, { (uint8_t)from } };
	p->dst = (struct net_addr){ 4, { (uint8_t)(1 - from) } };
	p->bytes = (struct slice){ w->bytes, w->len - lost };
	p->cut = (uint32_t)lost;
	p->at += step * (TICK_S / 32);
	p->frame++;
	w->got.count = w->got.fill = w->want.count = w->want.fill = 0;
	sctp_advance(w->table, p->at);
	sctp_input(w->table, p, on_message, w);
	if (!w->exact)
		return;
	plain_advance(&w->plain, p->at);
	plain_input(w, flags & 3);
	compare(&w->got, &w->want);
	assert(sctp_stats(w->table)->duplicates == w->plain.duplicates);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	struct cursor c = cursor_of((struct slice){ (const char *)data, size });
	uint8_t budget = cursor_u8(&c);
	if (size > INPUT_MAX)
		return 0;
	memset(&w, 0, sizeof(w));
	w.exact = budget == 0;
	mem_init(&w.mem, (size_t)64 << 20);
	w.limits = (struct sctp_limits){ .directions = DIRECTIONS,
		                         .direction_bytes = 1 << 20,
		                         .total_bytes = 1 << 20,
		                         .message_bytes = 1 << 20,
		                         .age = AGE };
	if (!w.exact) {
		w.limits.directions = 2;
		w.limits.direction_bytes = 800;
		w.limits.total_bytes = 1200;
		w.limits.message_bytes = 60;
	}
	if (budget > 1)
		w.mem.fail_at = budget - 1;
	if (sctp_new(&w.table, &w.mem, 1, &w.limits) == OK)
		while (cursor_left(&c) >= 4)
			put_packet(&w, &c);
	sctp_free(w.table);
	assert(w.mem.used == 0);
	return 0;
}
