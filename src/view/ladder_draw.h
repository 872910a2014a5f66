/* SPDX-License-Identifier: MIT */
/* view/ladder_draw.h - a ladder as lines of cells, one asked for at a time.
 *
 *     12:00:00.000           │────── INVITE (SDP) ──────▶│
 *     12:00:00.012   +0.012  │◀─────── 100 Trying ───────│
 *
 * Times are UTC, cut, not rounded; the second column is the time since the row
 * above. What was sent again has two arrowheads. Where it gets narrow, names move
 * from above the lanes into a legend, then the second column goes, then the
 * milliseconds, and at last the lanes: each row is then text, "A -> B INVITE", with
 * "=>" for what was sent again. A label that does not fit loses its marks and its
 * reason phrase, never its method or status (a method longer than the room is cut).
 *
 * What is announced of media is a double line with heads where it is to go; of what is
 * not there it is a dotted one. A circle on a lane is a timer of that party; dotted lanes
 * are a long silence:
 *
 *     12:00:00.020           │◀══ audio 10.0.0.1:6000 PCMA 10.0.0.2:7000 ══▶│
 *                            ┊                 ── 31.5 s ──                 ┊
 *     12:00:32.000  +31.980  ○ Timer B would fire: no response seen in 32.0 s  */
#ifndef VIEW_LADDER_DRAW_H
#define VIEW_LADDER_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "view/cells.h"
#include "view/ladder.h"

#define LADDER_WIDTH_MIN 40   /* less has no room for a time, a lane and a label */
#define LADDER_WIDTH_MAX 1000 /* no terminal is wider; bounds a line's memory */

/* Columns from lane to lane, at least: two heads and the longest known method. */
#define LADDER_DISTANCE_MIN 12
/* And at most: longer arrows are harder to follow, and the longest standard reason
 * phrase fits. */
#define LADDER_DISTANCE_MAX 48

/* What colours the arrows have. */
enum ladder_colors {
	LADDER_BY_KIND,   /* requests, and classes of responses */
	LADDER_BY_CSEQ,   /* one for each CSeq number: a request on all its hops, its
	                   * responses, its ACK and CANCEL */
	LADDER_BY_DIALOG, /* one for each dialog, and call */
	LADDER_COLORS_COUNT
};

/* What the times are. */
enum ladder_times {
	LADDER_CLOCK, /* time of day, and since the row before where there is room */
	LADDER_SINCE_FIRST,
	LADDER_SINCE_PREVIOUS,
	LADDER_TIMES_COUNT
};

#define LADDER_CODEC_MAX 16 /* bytes of a codec's name in a label */

/* How it looks; all 0: as above. */
struct ladder_look {
	enum ladder_colors colors;
	enum ladder_times  times;
	bool folded; /* the caller leaves repeats out: times are since a row that is
	              * shown, and the first one says how many there are, "(3x)" */
	bool wide;   /* lanes that do not fit are drawn in a line wider than `width`,
	              * where a part of it is worth looking at */
	/* What (SDP) of a message is to say instead, ASCII without controls, no NUL;
	 * returns its length, 0: nothing. NULL: (SDP). */
	size_t (*codec)(void *arg, uint32_t message, char out[LADDER_CODEC_MAX]);
	/* Does the caller leave this row out, too? Times are since one that is shown.
	 * NULL: none. */
	bool (*hidden)(void *arg, const struct ladder_row *row);
	void *arg;
};

/* Where things stand; made by ladder_lay_out. */
struct ladder_layout {
	const struct ladder *ladder; /* borrowed */
	struct ladder_look   look;
	unsigned             width;  /* of every line */
	bool                 utf8;   /* else lines are ASCII */
	bool                 numbered; /* lanes have numbers, and a legend names them */
	bool                 with_ms, with_delta;
	unsigned             gutter;    /* columns of the times */
	unsigned             lane_zero; /* column of the first lane */
	unsigned             distance;  /* from lane to lane; 0: no lanes, text */
	unsigned             name_width; /* of the widest name or number */
	uint32_t             head_lines; /* legend and names, before the rows */
	const struct ladder_row *first; /* the first row that shows a time, or behind
	                                 * all: LADDER_SINCE_FIRST */
};

/* Fit a ladder into `width` columns (moved into LADDER_WIDTH_MIN..MAX). The ladder
 * must not change or go while *out is used. O(lanes), and with LADDER_SINCE_FIRST that
 * of the rows that are left out at its beginning. */
void ladder_lay_out(struct ladder_layout *out, const struct ladder *ladder,
                    unsigned width, bool utf8);
/* With look->wide, out->width may come out as more than width, up to LADDER_WIDTH_MAX:
 * then the columns from out->gutter on are for the caller to scroll. */
void ladder_lay_out_as(struct ladder_layout *out, const struct ladder *ladder,
                       unsigned width, bool utf8, const struct ladder_look *look);

/* Lines of the whole: head_lines and one for each row. */
uint64_t ladder_lines(const struct ladder_layout *layout);

/* The row that a line shows; NULL for a line of the head. */
const struct ladder_row *ladder_line_row(const struct ladder_layout *layout,
                                         uint64_t line);

/* Draw line number `line`, from 0, below ladder_lines, into out->width cells, which
 * are layout->width. */
void ladder_draw(const struct ladder_layout *layout, uint64_t line, struct cells *out);

/* A line of lanes with a text of the caller, captured or ours, between those of a row. */
void ladder_draw_text(const struct ladder_layout *layout, const struct ladder_row *row,
                      struct slice text, struct cells *out);

/* The columns that the arrow of a row takes, ends included; false where there are no
 * lanes. */
bool ladder_row_columns(const struct ladder_layout *layout, const struct ladder_row *row,
                        unsigned *begin, unsigned *end);

#endif
