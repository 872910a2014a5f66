/* SPDX-License-Identifier: MIT */
/* view/ladder_notes.h - inside view: rows of a ladder that are no messages, put among
 * those that are.
 *
 * They are gathered in any order, by what each of them knows: the message that it stands
 * behind or before, or its time. Then all are put in at once. */
#ifndef VIEW_LADDER_NOTES_H
#define VIEW_LADDER_NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "engine/engine.h"
#include "view/ladder.h"

/* Where a note stands among others in the same place, and what its place is. */
enum notes_rank {
	NOTES_BEHIND, /* a message */
	NOTES_TIMED,  /* by row.at */
	NOTES_BEFORE  /* a message */
};

struct notes_item {
	uint32_t          place; /* row that it stands before; nrows: at the end */
	uint32_t          nth;   /* in which they came */
	enum notes_rank   rank;
	struct ladder_row row;
	tick              at;    /* NOTES_TIMED: what it is sorted by */
};

struct notes {
	struct ladder        *ladder;
	struct engine        *engine;
	const struct tracker *tracker;
	const uint32_t       *calls;
	size_t                ncalls;
	const struct ladder_options *options;
	struct notes_item    *items;
	uint32_t              nitems, items_room;
	struct map            by_addr; /* index + 1 of the first lane of an address */
	struct map            by_port; /* of lanes of one port */
	uint32_t              media_lanes;
};

/* Add the notes that the options ask for. OK or ERR_NOMEM (the ladder is still to be
 * cleared). O(n log n) in messages and notes, and the findings of the calls. */
MUST_USE enum err ladder_notes_add(struct ladder *ladder, struct engine *engine,
                                   const uint32_t *calls, size_t ncalls,
                                   const struct ladder_options *options);

/* The lane of an endpoint that sent or received a message; 0 where it has none. */
uint32_t notes_lane(const struct notes *n, const struct track_endpoint *endpoint);

/* The lane of a media address (family 4 or 6), made where there is none and room for it:
 * else that of the party that announced it. */
MUST_USE enum err notes_media_lane(struct notes *n, const struct net_endpoint *endpoint,
                                   const struct track_endpoint *party, uint32_t *out);

/* Behind or before the row of a message, or of the packet that it is a copy of. Where it
 * has no row, nothing is added. */
MUST_USE enum err notes_at_message(struct notes *n, enum notes_rank rank,
                                   uint32_t message, const struct ladder_row *row);

/* In its place by row->at. */
MUST_USE enum err notes_timed(struct notes *n, const struct ladder_row *row);

/* Who made a request, or answered it, as far as it was captured: the message may have
 * come by on its way from proxy to proxy. */
struct track_endpoint notes_origin(const struct notes *n, uint32_t message);

/* ladder_waits.c: timers, and what was not captured. ladder_media.c. */
MUST_USE enum err notes_waits(struct notes *n);
MUST_USE enum err notes_media(struct notes *n);

/* ladder.c: the user's name of an address with all its ports, where lanes are merged by
 * it, else 0; room for one element more in an array that doubles; a text of the ladder,
 * cut at LADDER_TEXT_MAX. */
uint32_t ladder_merged_alias(const struct ladder_options *options, uint8_t family,
                             const uint8_t bytes[16]);
MUST_USE enum err ladder_grow(struct mem *mem, void **items, uint32_t *room,
                              uint32_t count, size_t size);
MUST_USE enum err ladder_keep_text(struct ladder *l, struct slice s, uint32_t *out);

#endif
