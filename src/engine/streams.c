/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/streams.h"

#include "net/carriers.h"

#define ROOM_MIN 64U /* slots */

struct stream_slot {
	struct framer   framer;
	struct carriers carriers; /* of what the framer holds */
	uint32_t        older, newer;
};

/* A piece while it is being taken. */
struct taking {
	struct streams         *streams;
	struct stream_slot     *slot;
	const struct net_bytes *piece;
	stream_message_sink    *sink;
	void                   *arg;
};

void streams_init(struct streams *s, struct mem *mem, size_t limit)
{
	*s = (struct streams){ .mem = mem, .limit = limit };
}

void streams_clear(struct streams *s)
{
	for (uint32_t i = 0; i < s->room; i++) {
		framer_clear(&s->slots[i].framer, s->mem);
		carriers_clear(&s->slots[i].carriers, s->mem);
	}
	mem_give(s->mem, s->slots, s->room * sizeof(*s->slots));
	streams_init(s, s->mem, s->limit);
}

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
		framer_init(&slots[i].framer);
		slots[i].carriers = (struct carriers){ 0 };
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
	return slot->framer.room + carriers_size(&slot->carriers);
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

static void give_up_oldest(struct streams *s)
{
	uint32_t id = s->oldest;
	struct stream_slot *slot = slot_at(s, id);
	size_t had = slot_size(slot);
	framer_gap(&slot->framer, s->mem, 0, &s->stats);
	carriers_clear(&slot->carriers, s->mem);
	account(s, id, had);
}

/* Of the framer. */
static void on_message(void *arg, struct slice bytes, bool direct)
{
	const struct taking *t = arg;
	struct stream_message message = { .bytes = bytes, .piece = t->piece };
	struct carriers *carriers = &t->slot->carriers;
	if (!direct) {
		carriers_add(carriers, t->streams->mem, t->piece->input,
		             t->piece->carrier);
		message.frames = carriers->numbers;
		message.nframes = carriers->count > 1 ? carriers->count : 0;
	}
	t->sink(t->arg, &message);
	carriers_reset(carriers);
}

/* After a piece: what the framer holds ends with its bytes. */
static void note_carrier(struct streams *s, struct stream_slot *slot,
                         const struct net_bytes *piece)
{
	uint32_t held = slot->framer.fill;
	if (held <= piece->bytes.len)
		carriers_reset(&slot->carriers);
	if (held)
		carriers_add(&slot->carriers, s->mem, piece->input, piece->carrier);
	else
		carriers_clear(&slot->carriers, s->mem);
}

void streams_take(struct streams *s, const struct net_bytes *piece,
                  stream_message_sink *sink, void *arg)
{
	if (!reserve(s, piece->stream)) {
		s->stats.refused++;
		return;
	}
	struct stream_slot *slot = slot_at(s, piece->stream);
	struct framer *f = &slot->framer;
	struct taking taking = { s, slot, piece, sink, arg };
	size_t had = slot_size(slot);
	if (piece->gap)
		framer_gap(f, s->mem, piece->gap, &s->stats);
	framer_bytes(f, s->mem, piece->bytes, &s->stats, on_message, &taking);
	if (piece->end) {
		framer_gap(f, s->mem, 0, &s->stats);
		framer_clear(f, s->mem);
	}
	note_carrier(s, slot, piece);
	account(s, piece->stream, had);
	while (s->held > s->limit)
		give_up_oldest(s);
}
