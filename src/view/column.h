/* SPDX-License-Identifier: MIT */
/* view/column.h - the columns of the call list, as text and as what to sort by. */
#ifndef VIEW_COLUMN_H
#define VIEW_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "engine/engine.h"
#include "view/alias.h"

enum column {
#define COLUMN(id, name, title, width, shown, order, text) COLUMN_##id,
#include "view/column.def"
#undef COLUMN
	COLUMN_COUNT
};

#define COLUMN_TEXT_MAX   512 /* bytes of a cell's text; what is longer is cut */

#define COLUMN_HEADER_MAX 64 /* bytes of the name of a header field, NUL included */
#define COLUMN_NAME_MAX   (COLUMN_HEADER_MAX + 8) /* bytes of a name, NUL included */

/* A column as it is shown: COLUMN_HEADER has the name of a header field beside it. */
struct column_of {
	enum column column;
	char header[COLUMN_HEADER_MAX]; /* "" but for COLUMN_HEADER */
};

/* The column that a name means: one of column.def, or "header:NAME" of any header field
 * (a token, RFC 3261 25.1). False: none. */
bool column_parse(struct slice name, struct column_of *out);
bool column_is_same(const struct column_of *a, const struct column_of *b);
/* Its name, as column_parse takes it. Returns the length. */
size_t column_of_name(const struct column_of *column, char out[COLUMN_NAME_MAX]);
/* Its title: that of the row, or the name of the header field. */
const char *column_of_title(const struct column_of *column);

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
struct slice column_text(struct engine *e, uint32_t call, const struct column_of *column,
                         char out[COLUMN_TEXT_MAX]);

/* The same, with the names that the user gave to addresses (NULL: none). */
struct slice column_text_as(struct engine *e, uint32_t call,
                            const struct column_of *column,
                            const struct aliases *aliases, char out[COLUMN_TEXT_MAX]);

/* What to sort by: numbers as they are, of text the first 32 bytes, letters all small
 * and "sip:" aside. Compared by memcmp. Equal keys of text: compare column_text. */
#define COLUMN_KEY_BYTES 32 /* more than most users with their host have */
struct column_key {
	uint8_t bytes[COLUMN_KEY_BYTES];
};
void column_key(struct engine *e, uint32_t call, const struct column_of *column,
                struct column_key *out);

/* The worst severity among the findings of a call; FIND_SEVERITY_COUNT: none. The work
 * is that of this call alone. */
enum find_severity column_severity(struct engine *e, uint32_t call);
/* As the column has it: '!', '?', '.', or ' ' for none. */
char column_mark(enum find_severity severity);

/* State of an INVITE call for colours. */
enum call_state column_state(struct engine *e, uint32_t call);

#endif
