/* SPDX-License-Identifier: MIT */
/* view/column.h - the columns of the call list, as text and as what to sort by. */
#ifndef VIEW_COLUMN_H
#define VIEW_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "engine/engine.h"

enum column {
#define COLUMN(id, name, title, width, shown, order, text) COLUMN_##id,
#include "view/column.def"
#undef COLUMN
	COLUMN_COUNT
};

#define COLUMN_TEXT_MAX 512 /* bytes of a cell's text; what is longer is cut */

/* Of a row; never NULL. */
const char *column_name(enum column column);
const char *column_title(enum column column);
const char *column_help(enum column column);
unsigned column_width(enum column column); /* columns of the screen */
bool column_is_shown(enum column column);
bool column_is_number(enum column column); /* then it stands to the right */
/* COLUMN_COUNT: no column has this name. */
enum column column_find(struct slice name);

/* Text of a call: captured, so to be escaped by who shows it (view/cells.h does).
 * Borrowed from out. Reads messages back where it must. */
struct slice column_text(struct engine *e, uint32_t call, enum column column,
                         char out[COLUMN_TEXT_MAX]);

/* What to sort by: numbers as they are, of text the first 16 bytes, letters all small
 * and "sip:" aside. Compared by memcmp. Equal keys of text: compare column_text. */
struct column_key {
	uint8_t bytes[16];
};
void column_key(struct engine *e, uint32_t call, enum column column,
                struct column_key *out);

/* The worst severity among the findings of a call; FIND_SEVERITY_COUNT: none. */
enum find_severity column_severity(struct engine *e, uint32_t call);

/* State of an INVITE call for colours. */
enum call_state column_state(struct engine *e, uint32_t call);

#endif
