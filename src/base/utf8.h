/* SPDX-License-Identifier: MIT */
/* base/utf8.h - code points of UTF-8 text (RFC 3629). No locale. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define UTF8_BAD UINT32_MAX

/* The code point that s (not empty) begins with; *len is its length in bytes.
 * UTF8_BAD with *len 1 where s does not begin with one: stray and missing
 * continuation bytes, over-long forms, surrogates, above U+10FFFF. */
uint32_t utf8_next(struct slice s, size_t *len);

/* Terminal columns of a code point that is printed: 0 (combining), 1 or 2 (wide). */
unsigned utf8_width(uint32_t point);

/* May this code point be printed? Not so: C0, DEL, C1, bidirectional controls,
 * zero-width and other invisible format characters, line and paragraph separators,
 * surrogates, private use, non-characters, tags. */
int utf8_is_printable(uint32_t point);

#endif
