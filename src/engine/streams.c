/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/streams.h"

#include <string.h>

#include "net/carriers.h"
#include "net/hep.h"
#include "sip/message.h"

#define ROOM_MIN  64U   /* slots */
#define HEAD_MIN  1024U /* bytes of a head that does not tell yet */

/* Bytes that may be looked at to tell what a stream is, each look counted: a head is
 * looked at again with each piece, and pieces of one byte make that quadratic. */
#define HEAD_LOOK (1U << 20)

enum other_kind {
	OTHER_HEAD, /* its first bytes do not tell yet */
	OTHER_WEBSOCKET,
	OTHER_HEP
};

/* A stream that is no SIP, or may be none: taken from memory when one is met. */
struct other {
	enum other_kind kind;
	char *head; /* OTHER_HEAD: what came so far */
	uint32_t fill, room;
	uint32_t looked; /* bytes, all looks together */
	struct websocket websocket;
	struct hep_stream hep;
};

struct stream_slot {
	struct framer framer;
	struct other *other;      /* NULL: the framer has all that comes */
	struct carriers carriers; /* of what is held */
	uint32_t older, newer;
	bool spoke; /* there was a message in it */
};

/* A piece while it is being taken. */
struct taking {
	struct streams *streams;
	struct stream_slot *slot;
	const struct net_bytes *piece;
	enum stream_kind kind;
	bool from_head; /* what is fed came in pieces before, too */
	stream_message_sink *sink;
	void *arg;
};

void streams_init(struct streams *s, struct mem *mem, size_t limit)
{
	*s = (struct streams){ .mem = mem, .limit = limit };
}

static void drop_other(struct streams *s, struct stream_slot *slot)
{
	struct other *o = slot->other;
	if (!o)
		return;
	mem_give(s->mem, o->head, o->room);
	websocket_clear(&o->websocket, s->mem);
	hep_stream_clear(&o->hep, s->mem);
	mem_give(s->mem, o, sizeof(*o));
	slot->other = NULL;
}

static void clear_slot(struct streams *s, struct stream_slot *slot)
{
	framer_clear(&slot->framer, s->mem);
	drop_other(s, slot);
	carriers_clear(&slot->carriers, s->mem);
	slot->spoke = false;
}

void streams_clear(struct streams *s)
{
	for (uint32_t i = 0; i < s->room; i++)
		clear_slot(s, &s->slots[i]);
	mem_give(s->mem, s->slots, s->room * sizeof(*s->slots));
	streams_init(s, s->mem, s->limit);
}

/* --- the list by use */

static struct stream_slot *slot_at(const struct streams *s, uint32_t id)
{
	return &s->slots[id - 1];
}

static bool reserve(struct streams *s, uint32_t id)
{
	uint32_t room = s->room ? s->room : ROOM_MIN;
	while (room < id)
		room *= 2;
	if (room == s->room)
		return true;
	struct stream_slot *slots = mem_resize(s->mem, s->slots, s->room * sizeof(*slots),
	                                       room * sizeof(*slots));
	if (!slots)
		return false;
	for (uint32_t i = s->room; i < room; i++) {
		slots[i] = (struct stream_slot){ .other = NULL };
		framer_init(&slots[i].framer);
	}
	s->slots = slots;
	s->room = room;
	return true;
}

static void unlist(struct streams *s, uint32_t id)
{
	const struct stream_slot *slot = slot_at(s, id);
	if (slot->older)
		slot_at(s, slot->older)->newer = slot->newer;
	else
		s->oldest = slot->newer;
	if (slot->newer)
		slot_at(s, slot->newer)->older = slot->older;
	else
		s->newest = slot->older;
}

static void list_newest(struct streams *s, uint32_t id)
{
	struct stream_slot *slot = slot_at(s, id);
	slot->older = s->newest;
	slot->newer = 0;
	if (s->newest)
		slot_at(s, s->newest)->newer = id;
	else
		s->oldest = id;
	s->newest = id;
}

static size_t slot_size(const struct stream_slot *slot)
{
	const struct other *o = slot->other;
	size_t size = slot->framer.room + carriers_size(&slot->carriers);
	if (o)
		size += sizeof(*o) + o->room + websocket_held(&o->websocket) +
		        o->hep.room;
	return size;
}

/* After a use of the stream, whose buffers had `had` bytes before it. */
static void account(struct streams *s, uint32_t id, size_t had)
{
	size_t has = slot_size(slot_at(s, id));
	s->held = s->held - had + has;
	if (had)
		unlist(s, id);
	if (has)
		list_newest(s, id);
}

/* --- what a piece completes */

static void on_message(void *arg, struct slice bytes, bool direct)
{
	const struct taking *t = arg;
	struct stream_message message = { t->kind, bytes, t->piece, NULL, 0, false };
	struct carriers *carriers = &t->slot->carriers;
	if (!direct || t->from_head) {
		carriers_add(carriers, t->streams->mem, t->piece->input,
		             t->piece->carrier);
		message.frames = carriers->numbers;
		message.nframes = carriers->count > 1 ? carriers->count : 0;
		message.frames_cut = carriers->cut;
	}
	t->slot->spoke = true;
	t->sink(t->arg, &message);
	carriers_reset(carriers);
}

static void feed_framer(struct taking *t, struct slice bytes)
{
	struct streams *s = t->streams;
	t->kind = STREAM_SIP;
	framer_bytes(&t->slot->framer, s->mem, bytes, &s->framer, on_message, t);
}

static void feed_other(struct taking *t, struct slice bytes)
{
	struct streams *s = t->streams;
	struct other *o = t->slot->other;
	if (o->kind == OTHER_WEBSOCKET) {
		t->kind = STREAM_WEBSOCKET;
		websocket_bytes(&o->websocket, s->mem, bytes, &s->websocket, on_message,
		                t);
	} else {
		t->kind = STREAM_HEP;
		hep_stream_bytes(&o->hep, s->mem, bytes, &s->hep, on_message, t);
	}
}

/* --- what a stream is */

/* The kind that a stream which goes on with `start` has; OTHER_HEAD while that may be
 * seen from more bytes. False: SIP, or nothing of ours. */
static bool guess(struct slice start, enum other_kind *kind)
{
	size_t len = 0;
	enum err hep = hep_length(start, &len);
	enum websocket_guess websocket = websocket_detect(start, sip_msg_starts);
	*kind = hep == OK                    ? OTHER_HEP
	        : websocket == WEBSOCKET_YES ? OTHER_WEBSOCKET
	                                     : OTHER_HEAD;
	return hep != ERR_FORMAT || websocket != WEBSOCKET_NO;
}

static bool keep_head(struct streams *s, struct other *o, struct slice bytes)
{
	size_t room = o->room ? o->room : HEAD_MIN;
	while (room < o->fill + bytes.len)
		room *= 2;
	if (room != o->room) {
		char *head = mem_resize(s->mem, o->head, o->room, room);
		if (!head)
			return false;
		o->head = head;
		o->room = (uint32_t)room;
	}
	memcpy(o->head + o->fill, bytes.p, bytes.len);
	o->fill += (uint32_t)bytes.len;
	return true;
}

/* What was held is SIP after all, or nothing of ours. */
static void release_head(struct taking *t)
{
	struct other *o = t->slot->other;
	struct slice head = { o->head, o->fill };
	t->slot->other = NULL;
	t->from_head = true;
	feed_framer(t, head);
	t->from_head = false;
	t->slot->other = o;
	drop_other(t->streams, t->slot);
}

/* One more piece of a stream that does not tell yet what it is. */
static void feed_head(struct taking *t, struct slice bytes)
{
	struct streams *s = t->streams;
	struct other *o = t->slot->other;
	enum other_kind kind;
	if (!keep_head(s, o, bytes)) {
		s->framer.refused++;
		release_head(t);
		feed_framer(t, bytes);
		return;
	}
	struct slice head = { o->head, o->fill };
	o->looked += o->fill;
	if (o->looked > HEAD_LOOK || !guess(head, &kind)) {
		release_head(t);
	} else if (kind != OTHER_HEAD) {
		o->kind = kind;
		t->from_head = true;
		feed_other(t, head);
		t->from_head = false;
		mem_give(s->mem, o->head, o->room);
		o->head = NULL;
		o->fill = o->room = 0;
	}
}

/* A stream in which no start line has been seen goes on with `bytes`: is it one that the
 * framer cannot read? */
static bool begin_other(struct taking *t, struct slice bytes)
{
	struct streams *s = t->streams;
	struct stream_slot *slot = t->slot;
	enum other_kind kind;
	if (slot->framer.is_sip || slot->framer.fill || !guess(bytes, &kind))
		return false;
	slot->other = mem_take(s->mem, sizeof(*slot->other));
	if (!slot->other) {
		s->framer.refused++;
		return false;
	}
	slot->other->kind = kind;
	return true;
}

static void feed(struct taking *t, struct slice bytes)
{
	if (bytes.len == 0)
		return;
	const struct stream_slot *slot = t->slot;
	if (!slot->other && !begin_other(t, bytes))
		feed_framer(t, bytes);
	else if (slot->other->kind == OTHER_HEAD)
		feed_head(t, bytes);
	else
		feed_other(t, bytes);
}

/* --- gaps and limits */

/* The next `bytes` were lost; 0: what is held is given up. */
static void lose(struct taking *t, uint64_t bytes)
{
	struct streams *s = t->streams;
	struct other *o = t->slot->other;
	if (o && o->kind == OTHER_HEAD)
		release_head(t);
	else if (o && o->kind == OTHER_WEBSOCKET)
		websocket_gap(&o->websocket, s->mem, bytes, &s->websocket);
	else if (o)
		hep_stream_gap(&o->hep, s->mem, &s->hep);
	framer_gap(&t->slot->framer, s->mem, bytes, &s->framer);
}

/* Bytes of the stream that are held, from the first one of a message on. */
static size_t pending(const struct stream_slot *slot)
{
	const struct other *o = slot->other;
	if (!o)
		return slot->framer.fill;
	return o->kind == OTHER_HEAD        ? o->fill
	       : o->kind == OTHER_WEBSOCKET ? websocket_pending(&o->websocket)
	                                    : o->hep.fill;
}

/* After a piece: what is held ends with its bytes. */
static void note_carrier(struct streams *s, struct stream_slot *slot,
                         const struct net_bytes *piece)
{
	size_t held = pending(slot);
	if (held <= piece->bytes.len)
		carriers_reset(&slot->carriers);
	if (held)
		carriers_add(&slot->carriers, s->mem, piece->input, piece->carrier);
	else
		carriers_clear(&slot->carriers, s->mem);
}

/* A message in what is given up. */
static void refuse(void *arg, const struct stream_message *message)
{
	struct streams *s = arg;
	(void)message;
	s->framer.refused++;
}

/* What the stream goes on with is looked at as if it began there. */
static void give_up_oldest(struct streams *s)
{
	static const struct net_bytes none;
	uint32_t id = s->oldest;
	struct stream_slot *slot = slot_at(s, id);
	struct taking t = {
		.streams = s, .slot = slot, .piece = &none, .sink = refuse, .arg = s
	};
	size_t had = slot_size(slot);
	lose(&t, 0);
	drop_other(s, slot);
	carriers_clear(&slot->carriers, s->mem);
	account(s, id, had);
}

enum stream_use streams_take(struct streams *s, const struct net_bytes *piece,
                             stream_message_sink *sink, void *arg)
{
	if (!reserve(s, piece->stream)) {
		s->framer.refused++;
		return STREAM_NOISE;
	}
	struct stream_slot *slot = slot_at(s, piece->stream);
	struct taking t = { s, slot, piece, STREAM_SIP, false, sink, arg };
	size_t had = slot_size(slot);
	if (piece->gap)
		lose(&t, piece->gap);
	feed(&t, piece->bytes);
	enum stream_use use = slot->spoke ? STREAM_BETWEEN : STREAM_NOISE;
	if (piece->end) {
		lose(&t, 0);
		clear_slot(s, slot);
	}
	note_carrier(s, slot, piece);
	account(s, piece->stream, had);
	if (pending(slot))
		use = STREAM_PART;
	while (s->held > s->limit)
		give_up_oldest(s);
	return use;
}
