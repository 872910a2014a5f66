/* SPDX-License-Identifier: MIT */
/* view/cells.h - a line of styled cells: what a terminal or a line of text shows.
 *
 * Captured bytes come in through base/safe.h only, and are measured by base/utf8.h,
 * so that columns stay aligned whatever a packet says. A cell holds one character
 * with its combining marks; a wide character takes two cells. No terminal here. */
#ifndef VIEW_CELLS_H
#define VIEW_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* A character and the marks on it, no more than safe_text lets by; curses keeps as many.
 * Marks beyond are written as escapes. */
#define CELL_POINTS   5
#define CELL_UTF8_MAX (CELL_POINTS * 4) /* bytes of one cell as text */

/* What a cell is, for who chooses the colours. */
enum cell_style {
	CELL_PLAIN,
	CELL_HEAD,        /* names above the lanes */
	CELL_TIME,
	CELL_LANE,
	CELL_REQUEST,
	CELL_PROVISIONAL, /* 1xx */
	CELL_SUCCESS,     /* 2xx */
	CELL_FAILURE,     /* 3xx to 6xx, and whatever else */
	CELL_REPEAT,      /* sent again: to be drawn dimmer */
	CELL_NOTE,        /* what is told about a message */
	CELL_BAR,         /* of a screen: its head and its foot */
	CELL_KEY,         /* in the foot: the key of the label beside it */
	CELL_TITLE,       /* of columns */
	CELL_NAME,        /* of a header field */
	CELL_ERROR,       /* findings, by severity */
	CELL_WARNING,
	CELL_MARKED,      /* chosen by the user */
	CELL_STYLE_COUNT
};

/* Added to a style: the line of the cursor. */
#define CELL_INVERSE 0x80

struct cell {
	uint32_t points[CELL_POINTS]; /* code points, ended by 0 when fewer */
	uint8_t  width; /* columns, 1 or 2; 0: right half of the cell before */
	uint8_t  style; /* enum cell_style, and CELL_INVERSE */
};

/* Borrowed cells, one for each column. */
struct cells {
	struct cell *cells;
	unsigned     width;
};

/* All cells become spaces. */
void cells_blank(struct cells *line);

/* One character of our own drawing, one column wide. Past the end: nothing. */
void cells_put(struct cells *line, unsigned at, uint32_t point, enum cell_style style);

/* `text`, captured or ours, from column `at` on in at most `room` columns. What does
 * not fit is cut and ends in an ellipsis ("~" without utf8); room 0 writes nothing.
 * Without utf8 the line stays ASCII. Returns the columns used. O(text). */
unsigned cells_text(struct cells *line, unsigned at, unsigned room, struct slice text,
                    bool utf8, enum cell_style style);

/* Columns that cells_text would want for all of `text`. */
unsigned cells_text_width(struct slice text, bool utf8);

/* Bytes of the front of `text` that fit into `width` columns, whole characters with their
 * marks; at least one of them, also where that does not fit. O(width). */
size_t cells_text_fit(struct slice text, unsigned width, bool utf8);

/* Columns up to the last cell that is no space. */
unsigned cells_used(const struct cells *line);

/* The cell as UTF-8, no NUL; returns the length in bytes, 0 for a right half. */
size_t cell_utf8(const struct cell *cell, char out[CELL_UTF8_MAX]);

#endif
