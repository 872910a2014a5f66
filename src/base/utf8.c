/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/utf8.h"

#include <string.h>

uint32_t utf8_next(struct slice s, size_t *len)
{
	/* least code point of a sequence of 2, 3, 4 bytes: below it is over-long */
	static const uint32_t least[] = { 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)s.p[0];
	*len = 1;
	if (lead < 0x80)
		return lead;
	size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
	if (lead < 0xc2 || lead > 0xf4 || more >= s.len)
		return UTF8_BAD;
	uint32_t point = lead & (0x3fU >> more);
	for (size_t i = 1; i <= more; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c & 0xc0) != 0x80)
			return UTF8_BAD;
		point = point << 6 | (c & 0x3fU);
	}
	if (point < least[more - 1] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return UTF8_BAD;
	*len = more + 1;
	return point;
}

bool utf8_is_valid(struct slice s)
{
	uint64_t word;
	size_t len;
	while (s.len) {
		if (s.len >= sizeof(word)) {
			memcpy(&word, s.p, sizeof(word));
			if ((word & UINT64_C(0x8080808080808080)) == 0) {
				s = slice_skip(s, sizeof(word));
				continue;
			}
		}
		if (utf8_next(s, &len) == UTF8_BAD)
			return false;
		s = slice_skip(s, len);
	}
	return true;
}

/* What a terminal does with a code point; the numbers are those of unicode.def. */
enum class { MARK, NARROW, WIDE, REFUSED };

#define ROW_POINTS  32 /* code points in a word, two bits each */
#define BLOCK_WORDS 4

static enum class class_of(uint32_t point)
{
	static const uint64_t blocks[][BLOCK_WORDS] = {
#define BLOCK(a, b, c, d) { UINT64_C(a), UINT64_C(b), UINT64_C(c), UINT64_C(d) },
#include "base/unicode.def"
#undef BLOCK
	};
	static const uint8_t index[] = {
#define INDEX(...) __VA_ARGS__,
#include "base/unicode.def"
#undef INDEX
	};
	uint32_t row = point / ROW_POINTS;
	if (row / BLOCK_WORDS >= sizeof(index))
		return REFUSED;
	uint64_t word = blocks[index[row / BLOCK_WORDS]][row % BLOCK_WORDS];
	return (enum class)(word >> point % ROW_POINTS * 2 & 3);
}

unsigned utf8_width(uint32_t point)
{
	enum class class = class_of(point);
	return class == MARK ? 0 : class == WIDE ? 2 : 1;
}

bool utf8_is_printable(uint32_t point)
{
	return class_of(point) != REFUSED;
}
