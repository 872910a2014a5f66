/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/streams.h"

#define ROOM_MIN 64U /* slots */

struct stream_slot {
	struct framer framer;
	uint32_t      older, newer;
};

void streams_init(struct streams *s, struct mem *mem, size_t limit)
{
	*s = (struct streams){ .mem = mem, .limit = limit };
}

void streams_clear(struct streams *s)
{
	for (uint32_t i = 0; i < s->room; i++)
		framer_clear(&s->slots[i].framer, s->mem);
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
	for (uint32_t i = s->room; i < room; i++)
		framer_init(&slots[i].framer);
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

/* After a use of the stream, whose buffer had `had` bytes before it. */
static void account(struct streams *s, uint32_t id, size_t had)
{
	size_t has = slot_at(s, id)->framer.room;
	s->held = s->held - had + has;
	if (had)
		unlist(s, id);
	if (has)
		list_newest(s, id);
}

static void give_up_oldest(struct streams *s)
{
	uint32_t id = s->oldest;
	struct framer *f = &slot_at(s, id)->framer;
	size_t had = f->room;
	framer_gap(f, s->mem, 0, &s->stats);
	account(s, id, had);
}

void streams_take(struct streams *s, const struct net_bytes *piece, framer_sink *sink,
                  void *arg)
{
	if (!reserve(s, piece->stream)) {
		s->stats.refused++;
		return;
	}
	struct framer *f = &slot_at(s, piece->stream)->framer;
	size_t had = f->room;
	if (piece->gap)
		framer_gap(f, s->mem, piece->gap, &s->stats);
	framer_bytes(f, s->mem, piece->bytes, &s->stats, sink, arg);
	if (piece->end) {
		framer_gap(f, s->mem, 0, &s->stats);
		framer_clear(f, s->mem);
	}
	account(s, piece->stream, had);
	while (s->held > s->limit)
		give_up_oldest(s);
}
