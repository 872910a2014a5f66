/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/ladder_notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* Hops of one request; Max-Forwards begins at 70 (RFC 3261 8.1.1.6). */
#define HOPS_MAX  70

/* Branches of one fork, and messages of one transaction, among which the way of a
 * response is looked for. */
#define FORKS_MAX 32
#define LOOK_MAX  64

/* --- lanes */

/* Addresses of SDP are captured bytes: the seed is secret. */
static uint64_t addr_hash(const struct notes *n, uint8_t family, const uint8_t bytes[16])
{
	return hash_slice((struct slice){ (const char *)bytes, family == 4 ? 4 : 16 },
	                  tracker_seed(n->tracker));
}

static bool same_addr(const struct ladder_lane *lane, uint8_t family,
                      const uint8_t bytes[16])
{
	return lane->endpoint.addr.family == family &&
	       memcmp(lane->endpoint.addr.bytes, bytes, family == 4 ? 4 : 16) == 0;
}

/* 0, or index + 1. */
static uint32_t find_lane(const struct notes *n, const struct map *map, uint64_t hash,
                          uint8_t family, const uint8_t bytes[16], int port)
{
	uint32_t at;
	for (uint32_t i = map_first(map, hash, &at); i; i = map_next(map, hash, &at)) {
		const struct ladder_lane *lane = &n->ladder->lanes[i - 1];
		if (same_addr(lane, family, bytes) &&
		    (port < 0 || lane->endpoint.port == port))
			return i;
	}
	return 0;
}

static uint64_t alias_hash(const struct notes *n, uint32_t alias)
{
	return hash_mix(tracker_seed(n->tracker), alias);
}

static uint32_t alias_lane(const struct notes *n, uint32_t alias)
{
	uint64_t hash = alias_hash(n, alias);
	uint32_t at, i = map_first(&n->by_addr, hash, &at);
	while (i && n->ladder->lanes[i - 1].alias != alias)
		i = map_next(&n->by_addr, hash, &at);
	return i;
}

static uint32_t first_lane(const struct notes *n, uint8_t family, const uint8_t bytes[16])
{
	uint32_t alias = ladder_merged_alias(n->options, family, bytes);
	if (alias)
		return alias_lane(n, alias);
	return find_lane(n, &n->by_addr, addr_hash(n, family, bytes), family, bytes, -1);
}

static uint32_t port_lane(const struct notes *n, uint8_t family, const uint8_t bytes[16],
                          uint16_t port)
{
	uint64_t hash = hash_mix(addr_hash(n, family, bytes), port);
	return find_lane(n, &n->by_port, hash, family, bytes, port);
}

static enum err index_lane(struct notes *n, uint32_t lane)
{
	const struct ladder_lane *l = &n->ladder->lanes[lane];
	const struct net_endpoint *e = &l->endpoint;
	uint64_t hash = l->merged ? alias_hash(n, l->alias)
	                          : addr_hash(n, e->addr.family, e->addr.bytes);
	enum err err = OK;
	if (!first_lane(n, e->addr.family, e->addr.bytes))
		err = map_add(&n->by_addr, hash, lane + 1);
	if (err == OK && n->ladder->lanes[lane].own_port)
		err = map_add(&n->by_port, hash_mix(hash, e->port), lane + 1);
	return err;
}

uint32_t notes_lane(const struct notes *n, const struct track_endpoint *e)
{
	uint32_t lane = first_lane(n, e->family, e->bytes);
	if (lane && n->ladder->lanes[lane - 1].own_port)
		lane = port_lane(n, e->family, e->bytes, e->port);
	return lane ? lane - 1 : 0;
}

static enum err add_lane(struct notes *n, const struct net_endpoint *endpoint,
                         bool own_port, uint32_t *out)
{
	struct ladder *l = n->ladder;
	void *lanes = l->lanes;
	enum err err =
		ladder_grow(l->mem, &lanes, &l->lane_room, l->nlanes, sizeof(*l->lanes));
	l->lanes = lanes;
	if (err != OK)
		return err;
	l->lanes[l->nlanes] = (struct ladder_lane){ .endpoint = *endpoint,
		                                    .own_port = own_port,
		                                    .media = true };
	l->lanes[l->nlanes].alias = ladder_merged_alias(n->options, endpoint->addr.family,
	                                                endpoint->addr.bytes);
	l->lanes[l->nlanes].merged = l->lanes[l->nlanes].alias != 0;
	n->media_lanes++;
	*out = l->nlanes++;
	return index_lane(n, *out);
}

/* Where ports of an address are parties of their own, media from there are those of the
 * party that announced them, if it is there. */
enum err notes_media_lane(struct notes *n, const struct net_endpoint *endpoint,
                          const struct track_endpoint *party, uint32_t *out)
{
	uint8_t family = endpoint->addr.family;
	const uint8_t *bytes = endpoint->addr.bytes;
	uint32_t lane = first_lane(n, family, bytes);
	bool split = lane && n->ladder->lanes[lane - 1].own_port;
	if (split) {
		bool same = party->family == family &&
		            memcmp(party->bytes, bytes, sizeof(party->bytes)) == 0;
		lane = port_lane(n, family, bytes, same ? party->port : endpoint->port);
	}
	if (!lane && n->media_lanes < LADDER_MEDIA_LANES_MAX)
		return add_lane(n, endpoint, split, out);
	*out = lane ? lane - 1 : notes_lane(n, party);
	struct ladder_lane *of = &n->ladder->lanes[*out];
	if (lane && of->media && of->endpoint.port != endpoint->port)
		of->ports = true;
	return OK;
}

/* --- parties */

/* Did a response like this one, with its To tag, come by in this transaction? */
static bool has_response(const struct notes *n, uint32_t txn,
                         const struct track_message *like)
{
	uint32_t id = tracker_transaction_at(n->tracker, txn)->last;
	for (unsigned left = LOOK_MAX; id && left; left--) {
		const struct track_message *m = tracker_message_at(n->tracker, id);
		if (!m->request && m->code == like->code && m->tag == like->tag)
			return true;
		id = m->prev;
	}
	return false;
}

/* The transaction by which a proxy had this response, or 0. */
static uint32_t next_hop(const struct notes *n, uint32_t txn,
                         const struct track_message *response)
{
	const struct txn *x = tracker_transaction_at(n->tracker, txn);
	uint32_t id = tracker_more(n->tracker, x)->forwards;
	for (unsigned left = FORKS_MAX; id && left; left--) {
		if (has_response(n, id, response))
			return id;
		x = tracker_transaction_at(n->tracker, id);
		id = tracker_more(n->tracker, x)->next_forward;
	}
	return 0;
}

struct track_endpoint notes_origin(const struct notes *n, uint32_t message)
{
	const struct tracker *t = n->tracker;
	const struct track_message *m = tracker_message_at(t, message);
	if (m->stray || m->owner == 0)
		return tracker_flow_at(t, m->flow)->src;
	uint32_t txn = m->owner, next = txn;
	for (unsigned left = HOPS_MAX; next && left; left--) {
		txn = next;
		const struct txn *x = tracker_transaction_at(t, txn);
		next = m->request ? tracker_more(t, x)->forward_of : next_hop(n, txn, m);
	}
	if (txn == m->owner)
		return tracker_flow_at(t, m->flow)->src;
	const struct track_flow *flow =
		tracker_flow_at(t, tracker_transaction_at(t, txn)->flow);
	return m->request ? flow->src : flow->dst;
}

/* --- gathering */

static enum err add(struct notes *n, const struct notes_item *item)
{
	void *items = n->items;
	enum err err = ladder_grow(n->ladder->mem, &items, &n->items_room, n->nitems,
	                           sizeof(*n->items));
	n->items = items;
	if (err != OK)
		return err;
	n->items[n->nitems] = *item;
	n->items[n->nitems].nth = n->nitems;
	n->items[n->nitems++].row.note = true;
	return OK;
}

enum err notes_at_message(struct notes *n, enum notes_rank rank, uint32_t message,
                          const struct ladder_row *row)
{
	const struct ladder *l = n->ladder;
	const struct ladder_row *of = ladder_row_of(l, message);
	uint32_t first = track_message_of(tracker_message_at(n->tracker, message));
	if (!of && first)
		of = ladder_row_of(l, first);
	if (!of)
		return OK;
	uint32_t place = (uint32_t)(of - l->rows);
	if (rank == NOTES_BEHIND)
		do
			place++;
		while (place < l->nrows && l->rows[place].note &&
		       l->rows[place].kind == LADDER_INSIDE);
	struct notes_item item = { .place = place, .rank = rank, .row = *row };
	item.row.group = of->group;
	item.row.call = of->call;
	return add(n, &item);
}

enum err notes_timed(struct notes *n, const struct ladder_row *row)
{
	struct notes_item item = { .rank = NOTES_TIMED, .row = *row, .at = row->at };
	return add(n, &item);
}

/* --- silences */

/* "7.5 s", "12 min 31 s", "3 h 5 min". */
static enum err span_text(struct ladder *l, uint64_t ns, uint32_t *out)
{
	char text[48];
	unsigned long long s = ns / TICK_S;
	int len;
	if (s < 600)
		len = snprintf(text, sizeof(text), "%llu.%llu s", s,
		               (unsigned long long)(ns / (100 * TICK_MS) % 10));
	else if (s < 3600)
		len = snprintf(text, sizeof(text), "%llu min %llu s", s / 60, s % 60);
	else
		len = snprintf(text, sizeof(text), "%llu h %llu min", s / 3600,
		               s / 60 % 60);
	return ladder_keep_text(l, (struct slice){ text, (size_t)len }, out);
}

/* From *before to `at`, in this place; then *before is `at`. */
static enum err silence(struct notes *n, uint32_t place, tick *before, tick at)
{
	tick from = *before;
	struct notes_item item = { .place = place, .rank = NOTES_TIMED, .at = at };
	*before = at;
	if (from == TICK_NONE || at < from || at - from < LADDER_SILENCE_MIN)
		return OK;
	item.row.kind = LADDER_SILENCE;
	item.row.at = TICK_NONE;
	enum err err = span_text(n->ladder, at - from, &item.row.what);
	return err == OK ? add(n, &item) : err;
}

/* --- their places */

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Those with a time first, in its order. */
static int by_time(const void *a, const void *b)
{
	const struct notes_item *x = a, *y = b;
	int c = compare(x->rank != NOTES_TIMED, y->rank != NOTES_TIMED);
	if (c == 0 && x->rank == NOTES_TIMED)
		c = compare(x->at, y->at);
	return c ? c : compare(x->nth, y->nth);
}

/* A silence stands before what ends it. */
static int by_place(const void *a, const void *b)
{
	const struct notes_item *x = a, *y = b;
	int c = compare(x->place, y->place);
	if (c == 0)
		c = compare(x->rank, y->rank);
	if (c == 0 && x->rank == NOTES_TIMED)
		c = compare(x->at, y->at);
	if (c == 0)
		c = compare(x->row.kind != LADDER_SILENCE, y->row.kind != LADDER_SILENCE);
	return c ? c : compare(x->nth, y->nth);
}

/* Give those with a time the row that they come before, in order of time as far as the
 * capture has it, and find the silences between all that has a time. */
static enum err find_places(struct notes *n)
{
	const struct ladder *l = n->ladder;
	uint32_t timed = 0, next = 0;
	tick before = TICK_NONE;
	enum err err = OK;
	if (n->nitems)
		qsort(n->items, n->nitems, sizeof(*n->items), by_time);
	while (timed < n->nitems && n->items[timed].rank == NOTES_TIMED)
		timed++;
	for (uint32_t i = 0; i <= l->nrows && err == OK; i++) {
		tick at = i < l->nrows ? l->rows[i].at : TICK_NONE;
		if (i < l->nrows && at == TICK_NONE)
			continue;
		for (; next < timed && n->items[next].at < at && err == OK; next++) {
			n->items[next].place = i;
			if (n->options->notes)
				err = silence(n, i, &before, n->items[next].at);
		}
		if (i < l->nrows && n->options->notes && err == OK)
			err = silence(n, i, &before, at);
	}
	if (n->nitems && err == OK)
		qsort(n->items, n->nitems, sizeof(*n->items), by_place);
	return err;
}

/* --- putting them in */

/* Indices of rows that rows have move with them. */
static void move_newest(struct ladder_row *rows, uint32_t nrows, const uint32_t *moved)
{
	for (uint32_t i = 0; i < nrows; i++)
		if (!rows[i].note)
			rows[i].newest = moved[rows[i].newest];
}

static void merge(const struct notes *n, struct ladder_row *to, uint32_t *moved)
{
	const struct ladder *l = n->ladder;
	uint32_t out = 0, next = 0, message = 0;
	for (uint32_t i = 0; i <= l->nrows; i++) {
		for (; next < n->nitems && n->items[next].place == i; next++) {
			to[out] = n->items[next].row;
			to[out++].message = message;
		}
		if (i == l->nrows)
			break;
		moved[i] = out;
		message = l->rows[i].message;
		to[out++] = l->rows[i];
	}
	move_newest(to, out, moved);
}

static enum err put_in(struct notes *n)
{
	struct ladder *l = n->ladder;
	if (n->nitems == 0)
		return OK;
	if (n->nitems > UINT32_MAX - l->nrows)
		return ERR_NOMEM;
	uint32_t total = l->nrows + n->nitems;
	size_t moved_size = ((size_t)l->nrows + 1) * sizeof(uint32_t);
	struct ladder_row *rows = mem_take(l->mem, total * sizeof(*rows));
	uint32_t *moved = mem_take(l->mem, moved_size);
	if (!rows || !moved) {
		mem_give(l->mem, rows, total * sizeof(*rows));
		mem_give(l->mem, moved, moved_size);
		return ERR_NOMEM;
	}
	merge(n, rows, moved);
	mem_give(l->mem, moved, moved_size);
	mem_give(l->mem, l->rows, l->row_room * sizeof(*l->rows));
	l->rows = rows;
	l->nrows = l->row_room = total;
	return OK;
}

enum err ladder_notes_add(struct ladder *ladder, struct engine *engine,
                          const uint32_t *calls, size_t ncalls,
                          const struct ladder_options *options)
{
	struct notes n = { .ladder = ladder, .engine = engine, .calls = calls };
	enum err err = OK;
	n.tracker = engine_tracker(engine);
	n.ncalls = ncalls;
	n.options = options;
	map_init(&n.by_addr, ladder->mem);
	map_init(&n.by_port, ladder->mem);
	for (uint32_t i = 0; i < ladder->nlanes && err == OK; i++)
		err = index_lane(&n, i);
	if (err == OK && options->media)
		err = notes_media(&n);
	if (err == OK && options->notes)
		err = notes_waits(&n);
	if (err == OK)
		err = find_places(&n);
	if (err == OK)
		err = put_in(&n);
	mem_give(ladder->mem, n.items, n.items_room * sizeof(*n.items));
	map_clear(&n.by_addr);
	map_clear(&n.by_port);
	return err;
}
