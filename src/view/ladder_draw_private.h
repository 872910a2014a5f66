/* SPDX-License-Identifier: MIT */
/* view/ladder_draw_private.h - inside view: what drawing messages and notes share. */
#ifndef VIEW_LADDER_DRAW_PRIVATE_H
#define VIEW_LADDER_DRAW_PRIVATE_H

#include "view/ladder_draw.h"

struct glyphs {
	uint32_t line, lane, cross, right, left, loop_right, loop_left;
	uint32_t media, media_cross; /* of media that are to flow */
	uint32_t nothing;            /* of what is not there */
	uint32_t silence, timer;     /* on lanes */
	/* in rows of text; one as wide as the other */
	const char *to, *again;
	const char *from, *both, *neither; /* of media */
	const char *dashes;
};

static inline unsigned min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

const struct glyphs *ladder_glyphs(const struct ladder_layout *layout);

/* What a lane is called above its line, in a row of text; for view/cells.h to make safe.
 * Returns its columns; a NUL is behind it. */
unsigned ladder_lane_label(const struct ladder_layout *layout, uint32_t lane,
                           char out[LADDER_NAME_MAX]);

static inline unsigned lane_column(const struct ladder_layout *layout, uint32_t lane)
{
	return layout->lane_zero + layout->distance * lane;
}

static inline void draw_spaces(struct cells *out, unsigned at, unsigned count)
{
	while (count--)
		cells_put(out, at++, ' ', CELL_PLAIN);
}

/* What stands in a row of media, a timer, a break, or of what was not captured; lanes
 * and time are drawn. */
void ladder_draw_note(const struct ladder_layout *layout, const struct ladder_row *row,
                      struct cells *out);

#endif
