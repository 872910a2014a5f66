/* SPDX-License-Identifier: MIT */
/* Theory of operation
 *
 * A direction is a record in a pool, found by its addresses, ports and verification
 * tag. It is made by its first DATA, INIT ACK or COOKIE ECHO.
 *
 * TSNs. A direction knows of each TSN near the newest one, `high`, whether it was seen:
 * a ring of bits, which moves on with `high`, in steps of a word.
 *
 *   ahead of high       new; the ring moves on
 *   within the ring     new or seen, as its bit says: what a capture that begins in
 *                       mid-association, or packets out of order, bring late is new
 *   behind the ring     taken as seen
 *   SCTP_FAR away       another association: the direction begins anew
 *
 * Messages. A chunk with both B and E is a message and goes straight from the packet.
 * Others are parts. Parts that follow each other (by TSN, in I-DATA by FSN of one stream
 * and MID) form a run: a list, of which only the first and the last part know the run.
 * A part is a run of its own at first; then the run before it and the one behind it are
 * looked up by their nearest part and joined to it, which costs the same in any order.
 * A run from B to E is a message. A part of which bytes were not captured takes its
 * place without bytes; its message is given up when it is whole.
 *
 * Runs stand in the order of their oldest part in two lists, of all and of their
 * direction. The oldest goes when it is too old, or when a limit is met: that is how
 * parts leave whose others never come.
 *
 * FORWARD-TSN (RFC 3758 3.6) drops runs up to its TSN. A direction remembers how far it
 * got with that, `forward`, and looks at each TSN once.
 *
 * Associations. Tags are random, so that those of a restart, or of ports used again,
 * are other directions. For peers that always take the same one: the direction begins
 * anew with an INIT ACK or COOKIE ECHO that is not the one it knows (`mark`). An INIT
 * says nothing that these do not say for sure. ABORT, SHUTDOWN ACK and SHUTDOWN COMPLETE
 * drop nothing, since packets may be late, or be captured twice: they move the direction
 * to the list of those that may go first, where also those without data stand. */
#include "config.h"

#include "net/sctp.h"

#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/pool.h"
#include "net/endpoint.h"

#define COMMON_BYTES 12U /* RFC 9260 3.1 */
#define CHUNK_BYTES  4U  /* RFC 9260 3.2 */
#define DATA_BYTES   12U /* behind these: RFC 9260 3.3.1 */
#define IDATA_BYTES  16U /* RFC 8260 2.1 */

/* RFC 9260 3.2, RFC 8260 2.1 and 2.3.1, RFC 3758 3.2 */
enum chunk_type {
	TYPE_DATA = 0,
	TYPE_INIT_ACK = 2,
	TYPE_ABORT = 6,
	TYPE_SHUTDOWN_ACK = 8,
	TYPE_COOKIE_ECHO = 10,
	TYPE_SHUTDOWN_COMPLETE = 14,
	TYPE_IDATA = 64,
	TYPE_FORWARD_TSN = 192,
	TYPE_I_FORWARD_TSN = 194
};

/* Flags of DATA, I-DATA and, the first, of ABORT and SHUTDOWN COMPLETE: the tag is that
 * of the other direction (RFC 9260 8.5.1). */
#define FLAG_T 0x01U
#define FLAG_E 0x01U
#define FLAG_B 0x02U
#define FLAG_U 0x04U

#define WORD_BITS  64U
#define SEEN_WORDS 64U
_Static_assert((SEEN_WORDS - 1) * WORD_BITS + 1 == SCTP_SEEN_MIN, "as the header says");
_Static_assert(SEEN_WORDS * WORD_BITS < SCTP_FAR, "a far TSN is outside the ring");

/* Where the user data of a chunk belong. */
struct place {
	uint32_t tsn;
	uint32_t number; /* next to those of its neighbours: FSN, or TSN */
	uint32_t mid;    /* of I-DATA; of ordered DATA the stream sequence number */
	uint32_t ppid;   /* in I-DATA only the first part has one */
	uint16_t stream;
	bool     interleaved; /* I-DATA */
	bool     unordered;
	bool     begin;
	bool     end;
};

struct part {
	struct place place;
	uint32_t     direction;
	uint32_t     next;    /* in its run, or 0 */
	uint32_t     run;     /* of the first and the last of it */
	bool         follows; /* is not the first */
	uint16_t     input;
	uint64_t     frame;
	uint32_t     len;
	char        *bytes;   /* NULL where len is 0 */
};

struct link {
	uint32_t older, newer;
};

struct list {
	uint32_t oldest, newest;
};

enum which { BY_USE, BY_AGE, BY_AGE_IN_DIRECTION };

struct run {
	uint32_t    direction;
	uint32_t    first, last; /* parts */
	size_t      bytes;       /* of payload */
	tick        born;        /* when the oldest part was seen */
	bool        cut;         /* a part was not captured to its end */
	struct link by_age, in_direction;
};

/* What a part takes beside its bytes, when it is the only one of its run. */
#define PART_SIZE (sizeof(struct part) + sizeof(struct run))

struct direction {
	struct net_endpoint src, dst;
	uint32_t            tag;
	uint32_t            low;     /* lowest TSN seen, or where the ring begins */
	uint32_t            high;
	uint32_t            forward; /* what is abandoned was looked for before it */
	uint64_t            hash;
	uint64_t            mark;    /* of the handshake, or 0 */
	size_t              held;    /* as limits.direction_bytes counts */
	struct list         runs;
	struct link         by_use;
	bool                begun;   /* a TSN was seen */
	bool                closed;
	bool                spare;   /* stands in that list */
	uint64_t            seen[SEEN_WORDS];
};

struct sctp_table {
	struct mem        *mem;
	struct sctp_limits limits;
	struct sctp_stats  stats;
	uint64_t           seed;
	struct pool        directions, runs, parts;
	struct map         by_key;   /* directions */
	struct map         by_place; /* parts, by TSN; of I-DATA also by FSN */
	struct list        open, spare;
	struct list        waiting;  /* runs */
	size_t             held;
	tick               now;
	uint64_t           frames[NET_FRAMES_MAX]; /* of the message under way */
};

/* The packet under way. */
struct way {
	const struct sctp_packet *packet;
	struct net_endpoint       src, dst;
	uint32_t                  tag;
	sctp_sink                *sink;
	void                     *arg;
};

static struct direction *direction_at(const struct sctp_table *t, uint32_t id)
{
	return pool_at(&t->directions, id);
}

static struct run *run_at(const struct sctp_table *t, uint32_t id)
{
	return pool_at(&t->runs, id);
}

static struct part *part_at(const struct sctp_table *t, uint32_t id)
{
	return pool_at(&t->parts, id);
}

/* --- lists */

static struct link *link_of(const struct sctp_table *t, enum which which, uint32_t id)
{
	if (which == BY_USE)
		return &direction_at(t, id)->by_use;
	struct run *r = run_at(t, id);
	return which == BY_AGE ? &r->by_age : &r->in_direction;
}

static void list_add(struct sctp_table *t, struct list *list, enum which which,
                     uint32_t id)
{
	*link_of(t, which, id) = (struct link){ .older = list->newest };
	if (list->newest)
		link_of(t, which, list->newest)->newer = id;
	else
		list->oldest = id;
	list->newest = id;
}

static void list_remove(struct sctp_table *t, struct list *list, enum which which,
                        uint32_t id)
{
	struct link link = *link_of(t, which, id);
	if (link.older)
		link_of(t, which, link.older)->newer = link.newer;
	else
		list->oldest = link.newer;
	if (link.newer)
		link_of(t, which, link.newer)->older = link.older;
	else
		list->newest = link.older;
}

static struct list *list_by_use(struct sctp_table *t, bool spare)
{
	return spare ? &t->spare : &t->open;
}

/* The direction was used, or its state changed: the newest of its list. */
static void touch(struct sctp_table *t, uint32_t id)
{
	struct direction *d = direction_at(t, id);
	list_remove(t, list_by_use(t, d->spare), BY_USE, id);
	d->spare = d->closed || !d->begun;
	list_add(t, list_by_use(t, d->spare), BY_USE, id);
}

/* --- parts */

static uint64_t tsn_hash(const struct sctp_table *t, uint32_t direction, uint32_t tsn)
{
	return hash_mix(t->seed, (uint64_t)direction << 32 | tsn);
}

/* Of a part of I-DATA, by the order within its message. */
static uint64_t fsn_hash(const struct sctp_table *t, uint32_t direction,
                         const struct place *place)
{
	uint64_t message = (uint64_t)place->mid << 32 | (uint64_t)place->stream << 1 |
	                   place->unordered;
	return hash_mix(tsn_hash(t, direction, place->number), message);
}

static bool same_message(const struct place *a, const struct place *b)
{
	return a->interleaved == b->interleaved && a->unordered == b->unordered &&
	       a->stream == b->stream && a->mid == b->mid;
}

static uint32_t find_tsn(const struct sctp_table *t, uint32_t direction, uint32_t tsn)
{
	uint64_t hash = tsn_hash(t, direction, tsn);
	uint32_t at, id = map_first(&t->by_place, hash, &at);
	for (; id; id = map_next(&t->by_place, hash, &at)) {
		const struct part *p = part_at(t, id);
		if (p->direction == direction && p->place.tsn == tsn)
			break;
	}
	return id;
}

static uint32_t find_fsn(const struct sctp_table *t, uint32_t direction,
                         const struct place *place)
{
	uint64_t hash = fsn_hash(t, direction, place);
	uint32_t at, id = map_first(&t->by_place, hash, &at);
	for (; id; id = map_next(&t->by_place, hash, &at)) {
		const struct part *p = part_at(t, id);
		if (p->direction == direction && p->place.number == place->number &&
		    same_message(&p->place, place))
			break;
	}
	return id;
}

/* The part at another number of the same message (in DATA: the chunk), or 0. */
static uint32_t find_part(const struct sctp_table *t, uint32_t direction,
                          struct place place, uint32_t number)
{
	place.number = number;
	return place.interleaved ? find_fsn(t, direction, &place)
	                         : find_tsn(t, direction, number);
}

static size_t part_size(const struct part *p)
{
	return PART_SIZE + p->len;
}

static void free_part(struct sctp_table *t, uint32_t id)
{
	struct part *p = part_at(t, id);
	map_remove(&t->by_place, tsn_hash(t, p->direction, p->place.tsn), id);
	if (p->place.interleaved)
		map_remove(&t->by_place, fsn_hash(t, p->direction, &p->place), id);
	direction_at(t, p->direction)->held -= part_size(p);
	t->held -= part_size(p);
	mem_give(t->mem, p->bytes, p->len);
	pool_free(&t->parts, id);
}

/* Enter a part into by_place. False: no memory; it is not in there. */
static bool index_part(struct sctp_table *t, uint32_t id)
{
	const struct part *p = part_at(t, id);
	uint64_t hash = tsn_hash(t, p->direction, p->place.tsn);
	if (map_add(&t->by_place, hash, id) != OK)
		return false;
	if (!p->place.interleaved ||
	    map_add(&t->by_place, fsn_hash(t, p->direction, &p->place), id) == OK)
		return true;
	map_remove(&t->by_place, hash, id);
	return false;
}

/* A part with a copy of bytes, not in a run yet; 0: no memory. */
static uint32_t create_part(struct sctp_table *t, uint32_t direction,
                            const struct place *place, struct slice bytes,
                            const struct sctp_packet *packet)
{
	uint32_t id;
	if (pool_add(&t->parts, &id) != OK)
		return 0;
	struct part *p = part_at(t, id);
	p->place = *place;
	p->direction = direction;
	p->input = packet->input;
	p->frame = packet->frame;
	p->bytes = bytes.len ? mem_take(t->mem, bytes.len) : NULL;
	if ((bytes.len && !p->bytes) || !index_part(t, id)) {
		mem_give(t->mem, p->bytes, bytes.len);
		pool_free(&t->parts, id);
		return 0;
	}
	if (p->bytes)
		memcpy(p->bytes, bytes.p, bytes.len);
	p->len = (uint32_t)bytes.len;
	direction_at(t, direction)->held += part_size(p);
	t->held += part_size(p);
	return id;
}

/* --- runs */

static void free_run(struct sctp_table *t, uint32_t id)
{
	struct run *r = run_at(t, id);
	list_remove(t, &t->waiting, BY_AGE, id);
	list_remove(t, &direction_at(t, r->direction)->runs, BY_AGE_IN_DIRECTION, id);
	pool_free(&t->runs, id);
}

/* The run and all its parts. */
static void drop_run(struct sctp_table *t, uint32_t id)
{
	for (uint32_t part = run_at(t, id)->first; part;) {
		uint32_t next = part_at(t, part)->next;
		free_part(t, part);
		part = next;
	}
	free_run(t, id);
}

static void give_up(struct sctp_table *t, uint32_t id)
{
	t->stats.incomplete++;
	drop_run(t, id);
}

/* A run of this one part; 0: no memory. */
static uint32_t create_run(struct sctp_table *t, uint32_t part, size_t bytes, bool cut)
{
	uint32_t id;
	struct part *p = part_at(t, part);
	if (pool_add(&t->runs, &id) != OK)
		return 0;
	struct run *r = run_at(t, id);
	r->direction = p->direction;
	r->first = r->last = part;
	r->bytes = bytes;
	r->born = t->now;
	r->cut = cut;
	p->run = id;
	list_add(t, &t->waiting, BY_AGE, id);
	list_add(t, &direction_at(t, r->direction)->runs, BY_AGE_IN_DIRECTION, id);
	return id;
}

/* Make one of two runs, the first part of `right` being next to the last of `left`. The
 * older record stays, at its place in the lists; returns it. */
static uint32_t join(struct sctp_table *t, uint32_t left, uint32_t right)
{
	struct run *l = run_at(t, left), *r = run_at(t, right);
	uint32_t stays = l->born <= r->born ? left : right;
	uint32_t goes = stays == left ? right : left;
	struct run *kept = run_at(t, stays);
	part_at(t, l->last)->next = r->first;
	part_at(t, r->first)->follows = true;
	part_at(t, l->first)->run = stays;
	part_at(t, r->last)->run = stays;
	kept->first = l->first;
	kept->last = r->last;
	kept->bytes = l->bytes + r->bytes;
	kept->cut = l->cut || r->cut;
	free_run(t, goes);
	return stays;
}

/* Does `right`, which is next after `left`, belong to its message? If they are neither
 * of one message nor of two, one of them is false. */
static bool joins(struct sctp_table *t, const struct place *left,
                  const struct place *right)
{
	if (left->end && right->begin)
		return false;
	bool fit = !left->end && !right->begin && same_message(left, right);
	t->stats.conflicts += !fit;
	return fit;
}

/* Join the run of a new part to its neighbours; returns the run that has them all. */
static uint32_t join_neighbours(struct sctp_table *t, uint32_t part, uint32_t run)
{
	const struct part *p = part_at(t, part);
	const struct place *place = &p->place;
	uint32_t before = find_part(t, p->direction, *place, place->number - 1);
	uint32_t behind = find_part(t, p->direction, *place, place->number + 1);
	if (before && joins(t, &part_at(t, before)->place, place))
		run = join(t, part_at(t, before)->run, run);
	if (behind && joins(t, place, &part_at(t, behind)->place))
		run = join(t, run, part_at(t, behind)->run);
	return run;
}

/* --- handing on */

static void emit(struct sctp_table *t, const struct way *way, struct sctp_message *m)
{
	const struct sctp_packet *packet = way->packet;
	m->src = way->src;
	m->dst = way->dst;
	m->truncated = m->payload.len < m->wire_len;
	m->at = packet->at;
	m->frame = packet->frame;
	m->input = packet->input;
	m->encapsulation = packet->encapsulation;
	t->stats.messages++;
	way->sink(way->arg, m);
}

/* Put a number into the list of n, if it is not there; returns how many it has now. Most
 * come in ascending order. */
static uint32_t list_frame(struct sctp_table *t, uint32_t n, uint64_t frame)
{
	uint32_t at = n;
	while (at && t->frames[at - 1] > frame)
		at--;
	if (at && t->frames[at - 1] == frame)
		return n;
	if (n == NET_FRAMES_MAX) {
		t->stats.unlisted++;
		n--; /* the highest one goes */
	}
	if (at > n)
		return NET_FRAMES_MAX;
	memmove(t->frames + at + 1, t->frames + at, (n - at) * sizeof(t->frames[0]));
	t->frames[at] = frame;
	return n + 1;
}

/* Hand on a whole run. False: no memory for a copy in one piece. */
static bool emit_run(struct sctp_table *t, const struct way *way, const struct run *r)
{
	const struct place *place = &part_at(t, r->first)->place;
	uint64_t unlisted = t->stats.unlisted; /* before this one */
	uint32_t nframes = 0;
	size_t fill = 0;
	char *bytes = mem_take(t->mem, r->bytes);
	if (!bytes)
		return false;
	for (uint32_t id = r->first; id;) {
		const struct part *p = part_at(t, id);
		memcpy(bytes + fill, p->bytes, p->len);
		fill += p->len;
		if (p->input == way->packet->input)
			nframes = list_frame(t, nframes, p->frame);
		id = p->next;
	}
	struct sctp_message m = {
		.payload = { bytes, fill },
		.wire_len = (uint32_t)fill,
		.ppid = place->ppid,
		.stream = place->stream,
		.reassembled = true,
		.frames_cut = t->stats.unlisted > unlisted,
		.nframes = nframes > 1 ? nframes : 0,
		.frames = nframes > 1 ? t->frames : NULL,
	};
	emit(t, way, &m);
	mem_give(t->mem, bytes, r->bytes);
	return true;
}

/* Hand the run on if it is whole, give it up if it is too long or of no use. */
static void settle(struct sctp_table *t, const struct way *way, uint32_t id)
{
	const struct run *r = run_at(t, id);
	bool whole = part_at(t, r->first)->place.begin && part_at(t, r->last)->place.end;
	if (r->bytes > t->limits.message_bytes || (whole && r->cut)) {
		give_up(t, id);
	} else if (whole) {
		t->stats.refused += !emit_run(t, way, r);
		drop_run(t, id);
	}
}

/* --- what was seen */

static uint64_t *seen_word(struct direction *d, uint32_t tsn)
{
	return &d->seen[tsn / WORD_BITS % SEEN_WORDS];
}

static uint64_t seen_bit(uint32_t tsn)
{
	return UINT64_C(1) << tsn % WORD_BITS;
}

/* The first TSN that the ring has room for. */
static uint32_t ring_start(const struct direction *d)
{
	return (d->high / WORD_BITS - (SEEN_WORDS - 1)) * WORD_BITS;
}

static bool is_far(const struct direction *d, uint32_t tsn)
{
	return d->begun && tsn - d->high >= SCTP_FAR && d->high - tsn >= SCTP_FAR;
}

static bool is_seen(struct direction *d, uint32_t tsn)
{
	if (!d->begun || tsn - d->high - 1 < SCTP_FAR) /* ahead */
		return false;
	if (tsn - ring_start(d) > d->high - ring_start(d))
		return true;
	return *seen_word(d, tsn) & seen_bit(tsn);
}

/* Move `high` on to tsn, which is ahead of it. */
static void move_ring(struct direction *d, uint32_t tsn)
{
	uint32_t words = tsn / WORD_BITS - d->high / WORD_BITS;
	words &= UINT32_MAX / WORD_BITS; /* across the wrap */
	for (uint32_t i = 0; i < words && i < SEEN_WORDS; i++)
		*seen_word(d, tsn - i * WORD_BITS) = 0;
	d->high = tsn;
	if (tsn - d->low > tsn - ring_start(d))
		d->low = ring_start(d);
}

/* Enter a TSN that is neither seen nor far. */
static void note_seen(struct sctp_table *t, struct direction *d, uint32_t tsn)
{
	if (!d->begun) {
		d->begun = true;
		d->low = d->high = tsn;
		d->forward = ring_start(d);
	} else if (tsn - d->high - 1 < SCTP_FAR) {
		t->stats.missing += tsn - d->high - 1;
		move_ring(d, tsn);
	} else if (d->low - tsn - 1 < SCTP_FAR) {
		t->stats.missing += d->low - tsn - 1;
		d->low = tsn;
	} else {
		t->stats.missing--; /* one of those between low and high */
	}
	*seen_word(d, tsn) |= seen_bit(tsn);
}

/* --- directions */

static uint64_t key_hash(const struct sctp_table *t, const struct way *way)
{
	char key[2 * NET_ENDPOINT_KEY + 4];
	net_endpoint_key(key, &way->src);
	net_endpoint_key(key + NET_ENDPOINT_KEY, &way->dst);
	memcpy(key + 2 * NET_ENDPOINT_KEY, &way->tag, 4);
	return hash_slice((struct slice){ key, sizeof(key) }, t->seed);
}

/* The direction of the packet, or 0. */
static uint32_t find(const struct sctp_table *t, const struct way *way)
{
	uint64_t hash = key_hash(t, way);
	uint32_t at, id = map_first(&t->by_key, hash, &at);
	for (; id; id = map_next(&t->by_key, hash, &at)) {
		const struct direction *d = direction_at(t, id);
		if (d->tag == way->tag && net_endpoint_equal(&d->src, &way->src) &&
		    net_endpoint_equal(&d->dst, &way->dst))
			break;
	}
	return id;
}

static void give_up_runs(struct sctp_table *t, uint32_t id)
{
	while (direction_at(t, id)->runs.oldest)
		give_up(t, direction_at(t, id)->runs.oldest);
}

static void drop_direction(struct sctp_table *t, uint32_t id)
{
	struct direction *d = direction_at(t, id);
	give_up_runs(t, id);
	list_remove(t, list_by_use(t, d->spare), BY_USE, id);
	map_remove(&t->by_key, d->hash, id);
	pool_free(&t->directions, id);
}

/* A new record for the direction of the packet; 0: no memory. */
static uint32_t create(struct sctp_table *t, const struct way *way)
{
	uint32_t id;
	if (t->directions.live >= t->limits.directions) {
		t->stats.evicted += t->spare.oldest == 0;
		drop_direction(t, t->spare.oldest ? t->spare.oldest : t->open.oldest);
	}
	uint64_t hash = key_hash(t, way);
	if (pool_add(&t->directions, &id) != OK)
		return 0;
	if (map_add(&t->by_key, hash, id) != OK) {
		pool_free(&t->directions, id);
		return 0;
	}
	struct direction *d = direction_at(t, id);
	d->src = way->src;
	d->dst = way->dst;
	d->tag = way->tag;
	d->hash = hash;
	d->spare = true;
	list_add(t, &t->spare, BY_USE, id);
	return id;
}

/* The direction of the packet, new if need be; 0: no memory, which is counted. */
static uint32_t find_or_create(struct sctp_table *t, const struct way *way)
{
	uint32_t id = find(t, way);
	if (!id)
		id = create(t, way);
	t->stats.refused += id == 0;
	return id;
}

/* Forget what was seen: the direction is as new. */
static void restart(struct sctp_table *t, uint32_t id)
{
	struct direction *d = direction_at(t, id);
	t->stats.restarted += d->begun;
	give_up_runs(t, id);
	memset(d->seen, 0, sizeof(d->seen));
	d->begun = false;
	d->closed = false;
	touch(t, id);
}

/* --- chunks */

/* INIT ACK or COOKIE ECHO: an association begins, unless this one began it before. */
static void take_handshake(struct sctp_table *t, const struct way *way,
                           struct slice value)
{
	uint64_t mark = hash_slice(value, t->seed) | 1;
	uint32_t id = find_or_create(t, way);
	if (!id)
		return;
	struct direction *d = direction_at(t, id);
	if (d->mark != mark)
		restart(t, id);
	d->mark = mark;
}

static void take_end(struct sctp_table *t, const struct way *way, bool reflected)
{
	struct way back = *way;
	if (reflected) {
		back.src = way->dst;
		back.dst = way->src;
	}
	uint32_t id = find(t, &back);
	if (!id)
		return;
	direction_at(t, id)->closed = true;
	touch(t, id);
}

/* Drop the run that begins with this TSN, if it ends with `upto` or before. */
static void abandon_run(struct sctp_table *t, uint32_t id, uint32_t tsn, uint32_t upto)
{
	uint32_t part = find_tsn(t, id, tsn);
	if (!part || part_at(t, part)->follows)
		return;
	uint32_t run = part_at(t, part)->run;
	uint32_t last = part_at(t, run_at(t, run)->last)->place.tsn;
	if (upto - last >= SCTP_FAR)
		return;
	t->stats.abandoned++;
	drop_run(t, run);
}

/* The sender gave up all up to `upto` that was not acknowledged. */
static void abandon(struct sctp_table *t, uint32_t id, uint32_t upto)
{
	struct direction *d = direction_at(t, id);
	if (!d->begun)
		return;
	if (upto - d->high < SCTP_FAR)
		upto = d->high;
	uint32_t start = ring_start(d), size = d->high - start + 1;
	if (upto - start >= size)
		return; /* too old, or far away */
	if (d->forward - start > size)
		d->forward = start;
	while (d->forward - start <= upto - start) {
		uint32_t tsn = d->forward;
		uint32_t word = (tsn / WORD_BITS + 1) * WORD_BITS; /* the next one */
		if (*seen_word(d, tsn) == 0 && word - start <= upto - start) {
			d->forward = word;
			continue;
		}
		d->forward++;
		if (*seen_word(d, tsn) & seen_bit(tsn))
			abandon_run(t, id, tsn, upto);
	}
}

static void take_forward(struct sctp_table *t, const struct way *way, struct slice value)
{
	struct cursor c = cursor_of(value);
	uint32_t upto = cursor_be32(&c), id = find(t, way);
	if (!c.failed && id)
		abandon(t, id, upto);
}

/* A chunk whose TSN was seen: does it say what the one that waits says? */
static void compare(struct sctp_table *t, uint32_t direction, const struct place *place,
                    struct slice bytes)
{
	uint32_t id = find_tsn(t, direction, place->tsn);
	t->stats.duplicates++;
	if (!id)
		return;
	const struct part *p = part_at(t, id);
	size_t n = bytes.len < p->len ? bytes.len : p->len; /* either may be cut */
	bool same = same_message(&p->place, place) && p->place.number == place->number &&
	            p->place.begin == place->begin && p->place.end == place->end &&
	            slice_eq(slice_head((struct slice){ p->bytes, p->len }, n),
	                     slice_head(bytes, n));
	t->stats.conflicts += !same;
}

/* Keep the direction and the table within their limits: the oldest runs go. */
static void keep_limits(struct sctp_table *t, uint32_t id)
{
	struct direction *d = direction_at(t, id);
	while (d->held > t->limits.direction_bytes)
		give_up(t, d->runs.oldest);
	while (t->held > t->limits.total_bytes)
		give_up(t, t->waiting.oldest);
}

/* A part of a message. False: there is no memory for it. */
static bool take_part(struct sctp_table *t, const struct way *way, uint32_t id,
                      const struct place *place, struct slice bytes, size_t len)
{
	bool cut = bytes.len < len;
	if (place->interleaved && find_fsn(t, id, place)) {
		t->stats.conflicts++; /* the same one under another TSN */
		return true;
	}
	uint32_t part = create_part(t, id, place, cut ? SLICE_NONE : bytes, way->packet);
	if (!part)
		return false;
	uint32_t run = create_run(t, part, len, cut);
	if (!run) {
		free_part(t, part);
		return false;
	}
	settle(t, way, join_neighbours(t, part, run));
	keep_limits(t, id);
	return true;
}

/* User data, all headers taken off; `len` bytes of them on the wire. */
static void take_data(struct sctp_table *t, const struct way *way,
                      const struct place *place, struct slice bytes, size_t len)
{
	uint32_t id = find_or_create(t, way);
	if (!id)
		return;
	struct direction *d = direction_at(t, id);
	if (is_far(d, place->tsn))
		restart(t, id);
	if (is_seen(d, place->tsn)) {
		compare(t, id, place, bytes);
	} else if (place->begin && place->end) {
		note_seen(t, d, place->tsn);
		struct sctp_message m = {
			.payload = bytes,
			.wire_len = (uint32_t)len,
			.ppid = place->ppid,
			.stream = place->stream,
		};
		emit(t, way, &m);
	} else if (take_part(t, way, id, place, bytes, len)) {
		note_seen(t, d, place->tsn);
	} else {
		t->stats.refused++; /* not noted, so that it may be sent again */
	}
	touch(t, id);
}

/* The value of a DATA or I-DATA chunk: `len` bytes on the wire. */
static void read_data(struct sctp_table *t, const struct way *way, bool interleaved,
                      uint8_t flags, struct slice value, size_t len)
{
	size_t head = interleaved ? IDATA_BYTES : DATA_BYTES;
	struct cursor c = cursor_of(value);
	struct place place = { .interleaved = interleaved };
	place.unordered = flags & FLAG_U;
	place.begin = flags & FLAG_B;
	place.end = flags & FLAG_E;
	place.tsn = cursor_be32(&c);
	place.stream = cursor_be16(&c);
	if (interleaved) {
		cursor_skip(&c, 2);
		place.mid = cursor_be32(&c);
		uint32_t last = cursor_be32(&c); /* RFC 8260 2.1: PPID, or FSN */
		place.ppid = last;
		place.number = place.begin ? 0 : last;
	} else {
		uint32_t ssn = cursor_be16(&c);
		place.mid = place.unordered ? 0 : ssn; /* RFC 9260 3.3.1: means nothing */
		place.ppid = cursor_be32(&c);
		place.number = place.tsn;
	}
	if (len <= head || (interleaved && !c.failed && !place.begin && !place.number))
		t->stats.malformed++;
	else if (!c.failed)
		take_data(t, way, &place, cursor_rest(&c), len - head);
}

/* A chunk: its value as far as it was captured, and the bytes of it on the wire. */
static void take_chunk(struct sctp_table *t, const struct way *way, uint8_t type,
                       uint8_t flags, struct slice value, size_t len)
{
	switch (type) {
	case TYPE_DATA:
	case TYPE_IDATA:
		read_data(t, way, type == TYPE_IDATA, flags, value, len);
		break;
	case TYPE_INIT_ACK:
	case TYPE_COOKIE_ECHO:
		take_handshake(t, way, value);
		break;
	case TYPE_ABORT:
	case TYPE_SHUTDOWN_COMPLETE:
		take_end(t, way, flags & FLAG_T);
		break;
	case TYPE_SHUTDOWN_ACK: /* its sender has no more data: RFC 9260 9.2 */
		take_end(t, way, false);
		break;
	case TYPE_FORWARD_TSN:
	case TYPE_I_FORWARD_TSN:
		take_forward(t, way, value);
		break;
	default:
		break;
	}
}

/* All chunks; `left` bytes of them on the wire. */
static void take_chunks(struct sctp_table *t, const struct way *way, struct cursor *c,
                        size_t left)
{
	while (left && cursor_left(c)) {
		uint8_t type = cursor_u8(c), flags = cursor_u8(c);
		size_t len = cursor_be16(c);
		if (c->failed && left >= CHUNK_BYTES)
			return; /* not captured */
		if (c->failed || len < CHUNK_BYTES || len > left) {
			t->stats.malformed++;
			return;
		}
		t->stats.chunks++;
		left -= len;
		len -= CHUNK_BYTES;
		struct cursor value = *c;
		cursor_limit(&value, len);
		take_chunk(t, way, type, flags, cursor_rest(&value), len);
		/* what the last chunk lacks of its padding does no harm */
		size_t padding = -len % 4;
		left -= left < padding ? left : padding;
		cursor_skip(c, len + padding);
	}
}

void sctp_input(struct sctp_table *t, const struct sctp_packet *packet, sctp_sink *sink,
                void *arg)
{
	struct way way = { .packet = packet, .sink = sink, .arg = arg };
	struct cursor c = cursor_of(packet->bytes);
	size_t len = packet->bytes.len + packet->cut;
	if (packet->at > t->now)
		t->now = packet->at;
	t->stats.packets++;
	way.src.addr = packet->src;
	way.dst.addr = packet->dst;
	way.src.port = cursor_be16(&c);
	way.dst.port = cursor_be16(&c);
	way.tag = cursor_be32(&c);
	cursor_skip(&c, 4); /* checksum */
	if (len < COMMON_BYTES)
		t->stats.malformed++;
	else if (!c.failed)
		take_chunks(t, &way, &c, len - COMMON_BYTES);
}

void sctp_advance(struct sctp_table *t, tick now)
{
	if (now > t->now)
		t->now = now;
	while (t->waiting.oldest) {
		tick born = run_at(t, t->waiting.oldest)->born;
		if (tick_add(born, t->limits.age) > now)
			return;
		give_up(t, t->waiting.oldest);
	}
}

void sctp_finish(struct sctp_table *t)
{
	while (t->spare.oldest)
		drop_direction(t, t->spare.oldest);
	while (t->open.oldest)
		drop_direction(t, t->open.oldest);
}

const struct sctp_stats *sctp_stats(const struct sctp_table *t)
{
	return &t->stats;
}

enum err sctp_new(struct sctp_table **out, struct mem *mem, uint64_t seed,
                  const struct sctp_limits *limits)
{
	struct sctp_table *t = mem_take(mem, sizeof(*t));
	if (!t)
		return ERR_NOMEM;
	/* the smallest parts there are, and the one that is over the limit */
	size_t parts = limits->total_bytes / PART_SIZE + 2;
	uint32_t most = parts < UINT32_MAX - 1 ? (uint32_t)parts : UINT32_MAX - 1;
	t->mem = mem;
	t->limits = *limits;
	t->seed = seed;
	pool_init(&t->directions, mem, sizeof(struct direction), limits->directions);
	pool_init(&t->runs, mem, sizeof(struct run), most);
	pool_init(&t->parts, mem, sizeof(struct part), most);
	map_init(&t->by_key, mem);
	map_init(&t->by_place, mem);
	*out = t;
	return OK;
}

void sctp_free(struct sctp_table *t)
{
	if (!t)
		return;
	sctp_finish(t);
	pool_clear(&t->directions);
	pool_clear(&t->runs);
	pool_clear(&t->parts);
	map_clear(&t->by_key);
	map_clear(&t->by_place);
	mem_give(t->mem, t, sizeof(*t));
}
