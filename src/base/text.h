/* SPDX-License-Identifier: MIT */
/* base/text.h - strings that are kept, named by a 32-bit number.
 *
 * text_add keeps a copy; text_intern keeps one copy of equal strings, so that two
 * interned numbers are equal exactly when their strings are. Number 0 is the empty
 * string. Strings are kept until text_clear, or until a text_collection leaves them out,
 * which gives the others new numbers. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/prefetch.h"
#include "base/slice.h"

/* Longest string kept, in bytes: the default line limit of one header field. It is
 * below the chunk size, so that a string lies in one chunk. */
#define TEXT_MAX 16384

struct text {
	struct mem *mem;
	char      **chunks;
	uint32_t    nchunks;
	uint32_t    room;
	uint32_t    fill;    /* bytes used of the last chunk */
	struct map  interned;
	uint64_t    seed;
};

/* seed keys the hash of interned strings; mem must outlive the table. */
void text_init(struct text *text, struct mem *mem, uint64_t seed);
void text_clear(struct text *text);

/* OK, ERR_LIMIT (longer than TEXT_MAX), ERR_NOMEM; *out only on OK. */
MUST_USE enum err text_add(struct text *text, struct slice s, uint32_t *out);
MUST_USE enum err text_intern(struct text *text, struct slice s, uint32_t *out);

/* The string; borrowed until text_clear. Inline: it stands in every comparison. A
 * number is chunk << 16 | offset; there the length in two bytes, then the bytes. */
static inline struct slice text_get(const struct text *text, uint32_t number)
{
	if (number == 0)
		return SLICE_NONE;
	const char *p = text->chunks[number >> 16] + (number & 0xffff);
	uint16_t len;
	memcpy(&len, p, sizeof(len));
	return (struct slice){ p + sizeof(len), len };
}

/* The strings that are still named move to a new table. First each of them is marked,
 * then all of them are moved; from then on text_moved says what number each has now. */
struct text_collection {
	struct text *text; /* the old table */
	struct text  fresh;
	uint64_t    *marks; /* a bit for each byte where a string may begin */
	uint32_t    *ranks; /* marks before each word of them */
	uint32_t    *numbers; /* new ones, in the order of the old ones */
	uint32_t     count; /* of marks */
	size_t       words; /* of marks */
	bool         moved;
};

/* OK; ERR_NOMEM: nothing has begun. text must not change until the end. */
MUST_USE enum err text_collect(struct text_collection *c, struct text *text);
/* Was it the first mark of this string? */
bool text_mark(struct text_collection *c, uint32_t number);
/* After all marks. ERR_NOMEM: the old numbers hold, text_collect_end ends it. */
MUST_USE enum err text_move(struct text_collection *c);
/* The new number of a string that is marked. */
uint32_t text_moved(const struct text_collection *c, uint32_t number);
/* The end: after text_move was OK the new table takes the place of the old one. */
void text_collect_end(struct text_collection *c);

/* Ask for the cache line of a string ahead of text_get. */
static inline void text_prefetch(const struct text *text, uint32_t number)
{
	if (number)
		prefetch(text->chunks[number >> 16] + (number & 0xffff));
}

#endif
