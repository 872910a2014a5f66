/* SPDX-License-Identifier: MIT */
/* Theory of operation.
 *
 * A datagram under way is a record of a pool, found by a hash of its key, and one
 * buffer: the bytes at their offsets, behind a map with a bit for each unit of 8 bytes
 * that has come. Offsets count such units, so every fragment sets whole bits, whatever
 * the order, and a unit that has its bit already is compared, not written. The datagram
 * is whole when as many bits are set as the last fragment says. What the snapshot length
 * cut off a fragment counts as come; the datagram then ends before its first such byte.
 *
 * Buffers grow by doubling. Records stand in a list by the time of their first fragment;
 * whatever limit is met, the head of the list goes. A record stays when its datagram is
 * whole, empty: one more fragment with its key is a copy, or the identification comes
 * round again, and begins a datagram anew. */
#include "config.h"

#include "net/fragment.h"

#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/pool.h"
#include "net/carriers.h"
#include "net/limits.h"

#define UNIT     8U    /* bytes: RFC 791 3.1, RFC 8200 4.5 */
#define ROOM_MIN 2048U /* bytes a buffer starts with: two fragments of Ethernet size */

/* Compared and hashed as bytes, so there may be none without a name. */
struct key {
	uint32_t        id;
	struct net_addr src, dst;
	uint8_t         protocol; /* 0 for IPv6: its fragments may differ, RFC 8200 4.5 */
	uint8_t         zero;
};
_Static_assert(sizeof(struct key) == 40, "a key has no padding");

struct entry {
	struct key     key;
	uint64_t       hash;
	tick           born;
	unsigned char *buffer;   /* map of room / 64 bytes, then `room` bytes */
	uint32_t       room;     /* a power of two, or 0 */
	uint32_t       units;    /* bits set in the map */
	uint32_t       reach;    /* end of the furthest fragment, in bytes */
	uint32_t       captured; /* every byte that came was captured up to here */
	uint32_t       older, newer; /* neighbours in the list, 0: none */
	struct carriers carriers;
	bool           ended;    /* the last fragment came: the length is `reach` */
	bool           whole;    /* nothing waits: it was handed on */
	bool           again;    /* one with this key was handed on before */
	uint8_t        protocol;
};

struct fragment_table {
	struct mem            *mem;
	struct fragment_limits limits;
	struct fragment_stats  stats;
	struct map             map;
	struct pool            pool;
	uint64_t               seed;
	size_t                 bytes; /* in buffers of the list */
	uint32_t               oldest, newest;
	unsigned char         *done; /* the buffer of the newest whole datagram */
	size_t                 done_size;
	struct carriers        done_carriers;
};

static size_t map_size(size_t room)
{
	return room / UNIT / 8;
}

static size_t buffer_size(size_t room)
{
	return map_size(room) + room;
}

static struct entry *entry_at(const struct fragment_table *t, uint32_t index)
{
	return pool_at(&t->pool, index);
}

enum err fragment_table_new(struct fragment_table **out, struct mem *mem, uint64_t seed,
                            const struct fragment_limits *limits)
{
	struct fragment_table *t = mem_take(mem, sizeof(*t));
	if (!t)
		return ERR_NOMEM;
	t->mem = mem;
	t->limits = *limits;
	t->seed = seed;
	map_init(&t->map, mem);
	pool_init(&t->pool, mem, sizeof(struct entry), limits->datagrams);
	*out = t;
	return OK;
}

/* --- the list */

static void unlist(struct fragment_table *t, uint32_t index)
{
	const struct entry *e = entry_at(t, index);
	if (e->older)
		entry_at(t, e->older)->newer = e->newer;
	else
		t->oldest = e->newer;
	if (e->newer)
		entry_at(t, e->newer)->older = e->older;
	else
		t->newest = e->older;
}

static void list_newest(struct fragment_table *t, uint32_t index)
{
	struct entry *e = entry_at(t, index);
	e->older = t->newest;
	e->newer = 0;
	if (t->newest)
		entry_at(t, t->newest)->newer = index;
	else
		t->oldest = index;
	t->newest = index;
}

/* Take the record out of everything, and count what was in it. */
static void give_up(struct fragment_table *t, uint32_t index)
{
	struct entry *e = entry_at(t, index);
	if (e->room) {
		mem_give(t->mem, e->buffer, buffer_size(e->room));
		t->bytes -= buffer_size(e->room);
	}
	carriers_clear(&e->carriers, t->mem);
	t->stats.incomplete += !e->whole && !e->again;
	t->stats.copies += !e->whole && e->again;
	unlist(t, index);
	map_remove(&t->map, e->hash, index);
	pool_free(&t->pool, index);
}

void fragment_finish(struct fragment_table *t)
{
	while (t->oldest)
		give_up(t, t->oldest);
}

void fragment_table_free(struct fragment_table *t)
{
	if (!t)
		return;
	fragment_finish(t);
	map_clear(&t->map);
	pool_clear(&t->pool);
	mem_give(t->mem, t->done, t->done_size);
	carriers_clear(&t->done_carriers, t->mem);
	mem_give(t->mem, t, sizeof(*t));
}

void fragment_advance(struct fragment_table *t, tick now)
{
	while (t->oldest && tick_add(entry_at(t, t->oldest)->born, t->limits.age) <= now)
		give_up(t, t->oldest);
}

/* --- records */

static struct key key_of(const struct fragment *f)
{
	return (struct key){
		.id = f->id,
		.src = f->src,
		.dst = f->dst,
		.protocol = f->src.family == 4 ? f->protocol : 0,
	};
}

static uint32_t find(const struct fragment_table *t, const struct key *key, uint64_t hash)
{
	uint32_t at, i = map_first(&t->map, hash, &at);
	while (i && memcmp(&entry_at(t, i)->key, key, sizeof(*key)) != 0)
		i = map_next(&t->map, hash, &at);
	return i;
}

/* Nothing has come of the datagram yet. */
static void begin(struct fragment_table *t, uint32_t index, tick now)
{
	struct entry *e = entry_at(t, index);
	e->born = now;
	e->captured = UINT32_MAX;
	list_newest(t, index);
}

/* The same for the record of one that was whole. */
static void begin_again(struct fragment_table *t, uint32_t index, tick now)
{
	struct entry *e = entry_at(t, index);
	unlist(t, index);
	*e = (struct entry){ .key = e->key, .hash = e->hash, .again = true };
	begin(t, index, now);
}

/* A new record at the end of the list; 0: no memory. */
static uint32_t add(struct fragment_table *t, const struct key *key, uint64_t hash,
                    tick now)
{
	uint32_t index;
	if (t->pool.live == t->limits.datagrams)
		give_up(t, t->oldest);
	if (pool_add(&t->pool, &index) != OK)
		return 0;
	if (map_add(&t->map, hash, index) != OK) {
		pool_free(&t->pool, index);
		return 0;
	}
	struct entry *e = entry_at(t, index);
	e->key = *key;
	e->hash = hash;
	begin(t, index, now);
	return index;
}

/* Room for `end` bytes in the buffer. False: the limit or the memory is too small. */
static bool grow(struct fragment_table *t, uint32_t index, size_t end)
{
	struct entry *e = entry_at(t, index);
	if (end <= e->room)
		return true;
	size_t room = e->room ? e->room : ROOM_MIN;
	while (room < end)
		room *= 2;
	size_t had = e->room ? buffer_size(e->room) : 0;
	size_t more = buffer_size(room) - had;
	while (t->bytes + more > t->limits.bytes) {
		uint32_t victim = t->oldest != index ? t->oldest : e->newer;
		if (!victim)
			return false;
		give_up(t, victim);
	}
	unsigned char *buffer = mem_take(t->mem, buffer_size(room));
	if (!buffer)
		return false;
	if (had) {
		memcpy(buffer, e->buffer, map_size(e->room));
		memcpy(buffer + map_size(room), e->buffer + map_size(e->room), e->room);
		mem_give(t->mem, e->buffer, had);
	}
	e->buffer = buffer;
	e->room = (uint32_t)room;
	t->bytes += more;
	return true;
}

/* --- bytes */

/* Does the fragment go on behind the end, or end before what has come? */
static bool contradicts(const struct entry *e, const struct fragment *f)
{
	size_t end = f->offset + f->len;
	if (e->ended)
		return end > e->reach || (!f->more && end != e->reach);
	return !f->more && end < e->reach;
}

/* Enter the units of the fragment. False: some came before with other bytes. */
static bool enter(struct entry *e, const struct fragment *f)
{
	unsigned char *map = e->buffer, *bytes = e->buffer + map_size(e->room);
	bool agrees = true;
	for (size_t at = 0; at < f->len; at += UNIT) {
		size_t unit = (f->offset + at) / UNIT;
		unsigned char bit = (unsigned char)(1U << unit % 8);
		struct slice piece = slice_head(slice_skip(f->bytes, at), UNIT);
		if (!(map[unit / 8] & bit)) {
			map[unit / 8] |= bit;
			e->units++;
			if (piece.len)
				memcpy(bytes + unit * UNIT, piece.p, piece.len);
		} else if (piece.len && f->offset + at + piece.len <= e->captured) {
			agrees &= memcmp(bytes + unit * UNIT, piece.p, piece.len) == 0;
		}
	}
	return agrees;
}

static void take(struct fragment_table *t, struct entry *e, const struct fragment *f)
{
	uint32_t end = (uint32_t)(f->offset + f->len), had = e->units;
	if (!enter(e, f))
		t->stats.conflicts++;
	if (e->units > had)
		carriers_add(&e->carriers, t->mem, f->input, f->frame);
	if (f->bytes.len < f->len && f->offset + f->bytes.len < e->captured)
		e->captured = (uint32_t)(f->offset + f->bytes.len);
	if (f->offset == 0)
		e->protocol = f->protocol;
	if (end > e->reach)
		e->reach = end;
	e->ended |= !f->more;
}

static bool is_whole(const struct entry *e)
{
	return e->ended && e->units == (e->reach + UNIT - 1) / UNIT;
}

static void finish(struct fragment_table *t, uint32_t index, struct fragment_whole *out)
{
	struct entry *e = entry_at(t, index);
	const char *bytes = (const char *)e->buffer + map_size(e->room);
	out->bytes = slice_head((struct slice){ bytes, e->reach }, e->captured);
	out->len = e->reach;
	out->protocol = e->protocol;
	out->frames = e->carriers.numbers;
	out->nframes = e->carriers.count;
	out->frames_cut = e->carriers.cut;
	mem_give(t->mem, t->done, t->done_size);
	t->done = e->buffer;
	t->done_size = buffer_size(e->room);
	t->bytes -= t->done_size;
	carriers_clear(&t->done_carriers, t->mem);
	t->done_carriers = e->carriers;
	e->carriers = (struct carriers){ 0 };
	e->buffer = NULL;
	e->room = 0;
	e->whole = true;
}

enum err fragment_add(struct fragment_table *t, const struct fragment *f, tick now,
                      struct fragment_whole *out)
{
	if (f->len == 0 || (f->more && f->len % UNIT) ||
	    f->offset + f->len > NET_FRAGMENT_DATAGRAM_MAX)
		return ERR_FORMAT;
	struct key key = key_of(f);
	struct slice bytes = { (const char *)&key, sizeof(key) };
	uint64_t hash = hash_slice(bytes, t->seed);
	uint32_t index = find(t, &key, hash);
	if (!index)
		index = add(t, &key, hash, now);
	else if (entry_at(t, index)->whole)
		begin_again(t, index, now);
	if (!index) {
		t->stats.incomplete++;
		return ERR_MORE;
	}
	struct entry *e = entry_at(t, index);
	if (contradicts(e, f)) {
		t->stats.conflicts++;
		return ERR_MORE;
	}
	if (!grow(t, index, f->offset + f->len)) {
		give_up(t, index);
		return ERR_MORE;
	}
	take(t, e, f);
	if (!is_whole(e))
		return ERR_MORE;
	finish(t, index, out);
	return OK;
}

const struct fragment_stats *fragment_stats(const struct fragment_table *t)
{
	return &t->stats;
}
