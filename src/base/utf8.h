/* SPDX-License-Identifier: MIT */
/* base/utf8.h - code points of UTF-8 text (RFC 3629). No locale. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define UTF8_BAD UINT32_MAX

/* The code point that s (not empty) begins with; *len is its length in bytes.
 * UTF8_BAD with *len 1 where s does not begin with one: stray and missing
 * continuation bytes, over-long forms, surrogates, above U+10FFFF. */
uint32_t utf8_next(struct slice s, size_t *len);

/* Nothing but UTF-8, to its last byte? */
bool utf8_is_valid(struct slice s);

/* The next two know Unicode 14.0; what later versions added is not printable to them.
 *
 * May this code point be printed? Not so: C0, DEL, C1, bidirectional controls, zero
 * width and other format characters (category Cf), what is drawn as nothing (default
 * ignorable), line and paragraph separators, surrogates, private use, non-characters,
 * code points that are not assigned or do not exist. */
bool utf8_is_printable(uint32_t point);

/* Terminal columns of a code point that is printed, in no matter what locale: 2 for
 * East Asian Width W and F, emoji among them; 0 for marks (Mn, Me) and the vowels and
 * final consonants of Hangul, which go on the character before; 1 for the rest. */
unsigned utf8_width(uint32_t point);

#endif
