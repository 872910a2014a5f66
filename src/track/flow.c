/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/flow.h"

#include <string.h>

#include "base/hash.h"

struct addr {
	uint8_t family;
	uint8_t bytes[16];
	bool wanted; /* by a flow */
};

void flow_init(struct flow_table *table, struct mem *mem, uint64_t seed, uint32_t limit)
{
	*table = (struct flow_table){ .seed = seed };
	pool_init(&table->addrs, mem, sizeof(struct addr), limit);
	pool_init(&table->flows, mem, sizeof(struct track_flow), limit);
	map_init(&table->addr_index, mem);
	map_init(&table->flow_index, mem);
}

void flow_clear(struct flow_table *table)
{
	pool_clear(&table->addrs);
	pool_clear(&table->flows);
	map_clear(&table->addr_index);
	map_clear(&table->flow_index);
}

static uint64_t addr_hash(const struct track_endpoint *ep, uint64_t seed)
{
	uint64_t words[2];
	_Static_assert(sizeof(words) == sizeof(ep->bytes), "two words");
	memcpy(words, ep->bytes, sizeof(words));
	return hash_mix(hash_mix(seed + ep->family, words[0]), words[1]);
}

static uint64_t flow_hash(const struct track_endpoint *src,
                          const struct track_endpoint *dst, uint64_t seed)
{
	uint64_t hash = addr_hash(dst, addr_hash(src, seed));
	return hash_mix(hash, (uint64_t)src->port << 16 | dst->port);
}

static bool endpoint_eq(const struct track_endpoint *a, const struct track_endpoint *b)
{
	return a->family == b->family && a->port == b->port &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static enum err addr_intern(struct flow_table *table, const struct track_endpoint *ep,
                            uint32_t *out)
{
	uint64_t hash = addr_hash(ep, table->seed);
	uint32_t at;
	for (uint32_t i = map_first(&table->addr_index, hash, &at); i;
	     i = map_next(&table->addr_index, hash, &at)) {
		const struct addr *a = pool_at(&table->addrs, i);
		if (a->family == ep->family && memcmp(a->bytes, ep->bytes, 16) == 0) {
			*out = i;
			return OK;
		}
	}
	uint32_t index;
	enum err e = pool_add(&table->addrs, &index);
	if (e != OK)
		return e;
	e = map_add(&table->addr_index, hash, index);
	if (e != OK) {
		pool_free(&table->addrs, index);
		return e;
	}
	struct addr *a = pool_at(&table->addrs, index);
	a->family = ep->family;
	memcpy(a->bytes, ep->bytes, 16);
	*out = index;
	return OK;
}

static uint32_t find(const struct flow_table *table, const struct track_endpoint *src,
                     const struct track_endpoint *dst, uint64_t hash)
{
	uint32_t at;
	for (uint32_t i = map_first(&table->flow_index, hash, &at); i;
	     i = map_next(&table->flow_index, hash, &at)) {
		const struct track_flow *f = pool_at(&table->flows, i);
		if (endpoint_eq(&f->src, src) && endpoint_eq(&f->dst, dst))
			return i;
	}
	return 0;
}

uint32_t flow_find(const struct flow_table *table, const struct track_endpoint *src,
                   const struct track_endpoint *dst)
{
	return find(table, src, dst, flow_hash(src, dst, table->seed));
}

enum err flow_intern(struct flow_table *table, const struct track_endpoint *src,
                     const struct track_endpoint *dst, uint32_t *out)
{
	uint64_t hash = flow_hash(src, dst, table->seed);
	uint32_t src_addr, dst_addr, index = find(table, src, dst, hash);
	if (index) {
		*out = index;
		return OK;
	}
	enum err e = addr_intern(table, src, &src_addr);
	if (e == OK)
		e = addr_intern(table, dst, &dst_addr);
	if (e == OK)
		e = pool_add(&table->flows, &index);
	if (e != OK)
		return e;
	e = map_add(&table->flow_index, hash, index);
	if (e != OK) {
		pool_free(&table->flows, index);
		return e;
	}
	*(struct track_flow *)pool_at(&table->flows, index) =
		(struct track_flow){ *src, *dst, src_addr, dst_addr, 0, false };
	*out = index;
	return OK;
}

void flow_note(struct flow_table *table, uint32_t flow, uint32_t message)
{
	struct track_flow *f = pool_at(&table->flows, flow);
	f->last = message;
}

const struct track_flow *flow_at(const struct flow_table *table, uint32_t flow)
{
	return pool_at(&table->flows, flow);
}

static void drop_flow(struct flow_table *table, uint32_t id)
{
	const struct track_flow *f = flow_at(table, id);
	map_remove(&table->flow_index, flow_hash(&f->src, &f->dst, table->seed), id);
	pool_drop(&table->flows, id);
}

static void drop_addr(struct flow_table *table, uint32_t id)
{
	const struct addr *a = pool_at(&table->addrs, id);
	struct track_endpoint ep = { .family = a->family };
	memcpy(ep.bytes, a->bytes, sizeof(ep.bytes));
	map_remove(&table->addr_index, addr_hash(&ep, table->seed), id);
	pool_drop(&table->addrs, id);
}

void flow_want(struct flow_table *table, uint32_t flow)
{
	struct track_flow *f = pool_at(&table->flows, flow);
	f->wanted = true;
}

static void want_addr(struct flow_table *table, uint32_t id)
{
	struct addr *a = pool_at(&table->addrs, id);
	a->wanted = true;
}

void flow_collect(struct flow_table *table)
{
	uint32_t id, next;
	for (id = pool_next(&table->flows, 0); id; id = next) {
		struct track_flow *f = pool_at(&table->flows, id);
		next = pool_next(&table->flows, id);
		if (!f->wanted) {
			drop_flow(table, id);
			continue;
		}
		f->wanted = false;
		want_addr(table, f->src_addr);
		want_addr(table, f->dst_addr);
	}
	for (id = pool_next(&table->addrs, 0); id; id = next) {
		struct addr *a = pool_at(&table->addrs, id);
		next = pool_next(&table->addrs, id);
		if (a->wanted)
			a->wanted = false;
		else
			drop_addr(table, id);
	}
}

bool track_endpoint_is_private(const struct track_endpoint *endpoint)
{
	const uint8_t *b = endpoint->bytes;
	if (endpoint->family == 6)
		return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
	return b[0] == 10 || b[0] == 127 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
	       (b[0] == 192 && b[1] == 168) || (b[0] == 100 && (b[1] & 0xc0) == 64) ||
	       (b[0] == 169 && b[1] == 254);
}
