/* SPDX-License-Identifier: MIT */
/* tests/unit/base/rfc3629.h - the grammar of RFC 3629 section 4, row by row: what
 * the code under test, which computes, is measured against. */
#ifndef TESTS_UNIT_BASE_RFC3629_H
#define TESTS_UNIT_BASE_RFC3629_H

#include <stddef.h>
#include <stdint.h>

struct rfc3629_row {
	size_t        len;
	unsigned char first_lo, first_hi, second_lo, second_hi; /* the rest: UTF8-tail */
};

/* Length of the UTF8-char that the n bytes at p begin with; 0: with none. */
static inline size_t rfc3629_char(const unsigned char *p, size_t n)
{
	static const struct rfc3629_row rows[] = {
		{ 1, 0x00, 0x7f, 0x00, 0x00 }, /* UTF8-1 */
		{ 2, 0xc2, 0xdf, 0x80, 0xbf }, /* UTF8-2 */
		{ 3, 0xe0, 0xe0, 0xa0, 0xbf }, /* UTF8-3 */
		{ 3, 0xe1, 0xec, 0x80, 0xbf },
		{ 3, 0xed, 0xed, 0x80, 0x9f },
		{ 3, 0xee, 0xef, 0x80, 0xbf },
		{ 4, 0xf0, 0xf0, 0x90, 0xbf }, /* UTF8-4 */
		{ 4, 0xf1, 0xf3, 0x80, 0xbf },
		{ 4, 0xf4, 0xf4, 0x80, 0x8f },
	};
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		if (n < rows[r].len || p[0] < rows[r].first_lo || p[0] > rows[r].first_hi)
			continue;
		if (rows[r].len > 1 &&
		    (p[1] < rows[r].second_lo || p[1] > rows[r].second_hi))
			continue;
		size_t i = 2;
		while (i < rows[r].len && p[i] >= 0x80 && p[i] <= 0xbf)
			i++;
		if (i >= rows[r].len)
			return rows[r].len;
	}
	return 0;
}

/* Write a code point (no surrogate, up to U+10FFFF) by the table of RFC 3629
 * section 3; returns its length. */
static inline size_t rfc3629_encode(uint32_t point, char out[4])
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	static const unsigned char mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = len; i-- > 1; point /= 64)
		out[i] = (char)(0x80 + point % 64);
	out[0] = (char)(mark[len] + point);
	return len;
}

#endif
