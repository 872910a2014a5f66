/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/guard.h"
#include "unit/base/rfc3629.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct range {
	uint32_t first, last;
};

static bool is_in(uint32_t point, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

static void test_every_code_point(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		if (point >= 0xd800 && point <= 0xdfff)
			continue;
		char bytes[5] = { 0 };
		size_t len = rfc3629_encode(point, bytes), got = 0;
		bytes[len] = '\x80'; /* what follows is not looked at */
		if (utf8_next((struct slice){ bytes, len + 1 }, &got) != point ||
		    got != len)
			fail_msg("U+%04X", (unsigned)point);
	}
}

/* All first and second bytes, with third and fourth ones from the edges of what may
 * stand there, cut at each length, against the grammar of RFC 3629. */
static void test_every_sequence(void **state)
{
	(void)state;
	static const unsigned char edge[] = { 0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff };
	unsigned char *ends[5]; /* room for 1..4 bytes, each at a page's end */
	for (size_t n = 1; n <= 4; n++)
		ends[n] = (unsigned char *)guard_copy("\0\0\0", n);
	for (unsigned i = 0; i < 256 * 256 * 36; i++) {
		const unsigned char bytes[4] = { (unsigned char)(i / 36 / 256),
			                         (unsigned char)(i / 36), edge[i / 6 % 6],
			                         edge[i % 6] };
		for (size_t n = 1; n <= 4; n++) {
			memcpy(ends[n], bytes, n);
			size_t len = 0, expected = rfc3629_char(bytes, n);
			uint32_t point =
				utf8_next((struct slice){ (char *)ends[n], n }, &len);
			if ((point != UTF8_BAD) != (expected != 0) ||
			    len != (expected ? expected : 1))
				fail_msg("%02x %02x %02x %02x cut at %zu", bytes[0],
				         bytes[1], bytes[2], bytes[3], n);
		}
	}
	for (size_t n = 1; n <= 4; n++)
		guard_free((char *)ends[n]);
}

/* Spelt out, so that the grammar of this test is tested too. */
static void test_invalid(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"\x80",             /* stray continuation */
		"\xbf",             /* the same */
		"\xc0\x80",         /* over-long NUL */
		"\xc1\xbf",         /* over-long DEL */
		"\xe0\x80\xaf",     /* over-long slash */
		"\xe0\x9f\xbf",     /* over-long U+07FF */
		"\xf0\x80\x80\xaf", /* over-long slash */
		"\xf0\x8f\xbf\xbf", /* over-long U+FFFF */
		"\xed\xa0\x80",     /* U+D800 */
		"\xed\xbf\xbf",     /* U+DFFF */
		"\xf4\x90\x80\x80", /* U+110000 */
		"\xf5\x80\x80\x80", /* no such lead */
		"\xf8\x88\x80\x80\x80",
		"\xfc\x84\x80\x80\x80\x80",
		"\xfe",
		"\xff",
		"\xc3(",
		"\xe2\x82(",
		"\xe2(\xac",
		"\xf0\x9f\x98(", /* cut by another */
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x98", /* cut by the end */
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		size_t len = 0;
		assert_true(utf8_next(slice_of(bad[i]), &len) == UTF8_BAD);
		assert_int_equal(len, 1);
		assert_int_equal(
			rfc3629_char((const unsigned char *)bad[i], strlen(bad[i])), 0);
	}
	size_t len = 0;
	assert_true(utf8_next(SLICE("\xc3\xa9"), &len) == 0xe9);
	assert_int_equal(len, 2);
	assert_true(utf8_next(SLICE("\xe2\x82\xac"), &len) == 0x20ac);
	assert_int_equal(len, 3);
	assert_true(utf8_next(SLICE("\xf0\x9f\x98\x80"), &len) == 0x1f600);
	assert_int_equal(len, 4);
	assert_true(utf8_next(SLICE("\0"), &len) == 0);
	assert_int_equal(len, 1);
}

/* General categories Mn and Me of the scripts in wide use, and the vowels and final
 * consonants of Hangul. */
static const struct range combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x05bf, 0x05bf },
	{ 0x05c1, 0x05c2 }, { 0x05c4, 0x05c5 }, { 0x05c7, 0x05c7 }, { 0x0610, 0x061a },
	{ 0x064b, 0x065f }, { 0x0670, 0x0670 }, { 0x06d6, 0x06dc }, { 0x06df, 0x06e4 },
	{ 0x06e7, 0x06e8 }, { 0x06ea, 0x06ed }, { 0x0711, 0x0711 }, { 0x0730, 0x074a },
	{ 0x07a6, 0x07b0 }, { 0x0900, 0x0902 }, { 0x093a, 0x093a }, { 0x093c, 0x093c },
	{ 0x0941, 0x0948 }, { 0x094d, 0x094d }, { 0x0951, 0x0957 }, { 0x0962, 0x0963 },
	{ 0x0981, 0x0981 }, { 0x09bc, 0x09bc }, { 0x09c1, 0x09c4 }, { 0x09cd, 0x09cd },
	{ 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e }, { 0x0eb1, 0x0eb1 },
	{ 0x0eb4, 0x0ebc }, { 0x0ec8, 0x0ece }, { 0x0f35, 0x0f35 }, { 0x0f71, 0x0f7e },
	{ 0x1161, 0x11ff }, { 0x135d, 0x135f }, { 0x1ab0, 0x1ace }, { 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20f0 },
	{ 0x302a, 0x302d }, { 0x3099, 0x309a }, { 0xa66f, 0xa672 }, { 0xa674, 0xa67d },
	{ 0xfe20, 0xfe2f }, { 0x1e8d0, 0x1e8d6 },
};

/* East Asian Width W and F; gaps between two of these rows hold others, what is in a row
 * and not assigned is of no matter. */
static const struct range wide[] = {
	{ 0x1100, 0x115f }, { 0x231a, 0x231b }, { 0x2329, 0x232a }, { 0x23e9, 0x23ec },
	{ 0x23f0, 0x23f0 }, { 0x23f3, 0x23f3 }, { 0x25fd, 0x25fe }, { 0x2614, 0x2615 },
	{ 0x2648, 0x2653 }, { 0x267f, 0x267f }, { 0x2693, 0x2693 }, { 0x26a1, 0x26a1 },
	{ 0x26aa, 0x26ab }, { 0x26bd, 0x26be }, { 0x26c4, 0x26c5 }, { 0x26ce, 0x26ce },
	{ 0x26d4, 0x26d4 }, { 0x26ea, 0x26ea }, { 0x26f2, 0x26f3 }, { 0x26f5, 0x26f5 },
	{ 0x26fa, 0x26fa }, { 0x26fd, 0x26fd }, { 0x2705, 0x2705 }, { 0x270a, 0x270b },
	{ 0x2728, 0x2728 }, { 0x274c, 0x274c }, { 0x274e, 0x274e }, { 0x2753, 0x2755 },
	{ 0x2757, 0x2757 }, { 0x2795, 0x2797 }, { 0x27b0, 0x27b0 }, { 0x27bf, 0x27bf },
	{ 0x2b1b, 0x2b1c }, { 0x2b50, 0x2b50 }, { 0x2b55, 0x2b55 }, { 0x2e80, 0x303e },
	{ 0x3041, 0x3247 }, { 0x3250, 0x4dbf }, { 0x4e00, 0xa4cf }, { 0xa960, 0xa97f },
	{ 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe10, 0xfe19 }, { 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x16fe0, 0x18d08 },
	{ 0x1aff0, 0x1b2ff },
	{ 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf }, { 0x1f18e, 0x1f18e },
	{ 0x1f191, 0x1f19a }, { 0x1f200, 0x1f320 }, { 0x1f32d, 0x1f335 },
	{ 0x1f337, 0x1f37c }, { 0x1f37e, 0x1f393 }, { 0x1f3a0, 0x1f3ca },
	{ 0x1f3cf, 0x1f3d3 }, { 0x1f3e0, 0x1f3f0 }, { 0x1f3f4, 0x1f3f4 },
	{ 0x1f3f8, 0x1f43e }, { 0x1f440, 0x1f440 }, { 0x1f442, 0x1f4fc },
	{ 0x1f4ff, 0x1f53d }, { 0x1f54b, 0x1f54e }, { 0x1f550, 0x1f567 },
	{ 0x1f57a, 0x1f57a }, { 0x1f595, 0x1f596 }, { 0x1f5a4, 0x1f5a4 },
	{ 0x1f5fb, 0x1f64f }, { 0x1f680, 0x1f6c5 }, { 0x1f6cc, 0x1f6cc },
	{ 0x1f6d0, 0x1f6d2 }, { 0x1f6d5, 0x1f6d7 }, { 0x1f6dc, 0x1f6df },
	{ 0x1f6eb, 0x1f6ec }, { 0x1f6f4, 0x1f6fc }, { 0x1f7e0, 0x1f7f0 },
	{ 0x1f90c, 0x1f93a }, { 0x1f93c, 0x1f945 }, { 0x1f947, 0x1f9ff },
	{ 0x1fa70, 0x1faff }, { 0x20000, 0x2fffd }, { 0x30000, 0x3fffd },
};

/* Each code point that is printed, so that both sides of each edge are seen. */
static void test_width(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		if (!utf8_is_printable(point))
			continue;
		bool is_wide = is_in(point, wide, ARRAY_LEN(wide));
		unsigned width = utf8_width(point);
		if (is_in(point, combining, ARRAY_LEN(combining)) ? width != 0
		    : is_wide ? width == 1 : width == 2)
			fail_msg("U+%04X: width %u", (unsigned)point, width);
	}
	static const uint32_t one[] = {
		/* Latin, Greek, Cyrillic, box, half-width kana, letters of flags */
		' ',    '~',    0xa0,   0xe9,   0x2ff,  0x370,  0x3b1,   0x416,   0x5d0,
		0x627,  0x915,  0xe01,  0x20ac, 0x2500, 0x2588, 0x25bd,  0x2600,  0x303f,
		0x4dc0, 0xff61, 0xff71, 0xffdc, 0xfffd, 0x10000, 0x1f321, 0x1f0ce,
		0x1f1e6, 0x1f1ff,
		0x903,  0x93b,  0x93e,  0x940,  0xe30,  0xe40, /* marks with a place */
	};
	for (size_t i = 0; i < ARRAY_LEN(one); i++)
		assert_int_equal(utf8_width(one[i]), 1);
	for (uint32_t point = 0x3248; point <= 0x324f; point++)
		assert_int_equal(utf8_width(point), 1); /* A, not W */
	for (uint32_t point = ' '; point < 0x7f; point++)
		assert_int_equal(utf8_width(point), 1);
	static const uint32_t none[] = { 0xd7b0, 0xd7c6, 0xd7cb,
		                         0xd7fb, 0x1e000, 0x1e130 };
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		assert_int_equal(utf8_width(none[i]), 0);
}

/* From the character database: general categories Cc, Cf, Cs, Co, Zl and Zp, the
 * non-characters, and of the default ignorable ones those that are in no category
 * above (joiners, fillers, variation selectors). */
static const struct range refused[] = {
	{ 0x0000, 0x001f },         { 0x007f, 0x009f },    { 0x00ad, 0x00ad },
	{ 0x034f, 0x034f },         { 0x0600, 0x0605 },    { 0x061c, 0x061c },
	{ 0x06dd, 0x06dd },         { 0x070f, 0x070f },    { 0x0890, 0x0891 },
	{ 0x08e2, 0x08e2 },         { 0x115f, 0x1160 },    { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },         { 0x200b, 0x200f },    { 0x2028, 0x202e },
	{ 0x2060, 0x206f },         { 0x3164, 0x3164 },    { 0xd800, 0xf8ff },
	{ 0xfdd0, 0xfdef },         { 0xfe00, 0xfe0f },    { 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },         { 0xfff0, 0xfffb },    { 0xfffe, 0xffff },
	{ 0x110bd, 0x110bd },       { 0x110cd, 0x110cd },  { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 },       { 0x1d173, 0x1d17a },  { 0x1fffe, 0x1ffff },
	{ 0x2fffe, 0x2ffff },       { 0x3fffe, 0x3ffff },  { 0x4fffe, 0x4ffff },
	{ 0x5fffe, 0x5ffff },       { 0x6fffe, 0x6ffff },  { 0x7fffe, 0x7ffff },
	{ 0x8fffe, 0x8ffff },       { 0x9fffe, 0x9ffff },  { 0xafffe, 0xaffff },
	{ 0xbfffe, 0xbffff },       { 0xcfffe, 0xcffff },  { 0xdfffe, 0xdffff },
	{ 0xe0000, 0xe0fff },       { 0xefffe, 0x10ffff }, { 0x110000, 0x110100 },
	{ UINT32_MAX, UINT32_MAX },
};

/* Not assigned in Unicode 14.0: between letters, before and behind a script, at the end
 * of a block and of a plane. */
static const struct range unassigned[] = {
	{ 0x0378, 0x0379 },   { 0x0380, 0x0383 },   { 0x038b, 0x038b },
	{ 0x038d, 0x038d },   { 0x03a2, 0x03a2 },   { 0x0530, 0x0530 },
	{ 0x0557, 0x0558 },   { 0x058b, 0x058c },   { 0x0590, 0x0590 },
	{ 0x05c8, 0x05cf },   { 0x070e, 0x070e },   { 0x074b, 0x074c },
	{ 0x1ccf, 0x1ccf },   { 0x2072, 0x2073 },   { 0x208f, 0x208f },
	{ 0x209d, 0x209f },   { 0x20c1, 0x20cf },   { 0x20f1, 0x20ff },
	{ 0x2427, 0x243f },   { 0x2fe0, 0x2fef },   { 0x2ffc, 0x2fff },
	{ 0x3040, 0x3040 },   { 0x3097, 0x3098 },   { 0x3100, 0x3104 },
	{ 0x3130, 0x3130 },   { 0x318f, 0x318f },   { 0xa48d, 0xa48f },
	{ 0xd7a4, 0xd7af },   { 0xd7c7, 0xd7ca },   { 0xd7fc, 0xd7ff },
	{ 0xfa6e, 0xfa6f },   { 0xfada, 0xfaff },   { 0xfe1a, 0xfe1f },
	{ 0xfe53, 0xfe53 },   { 0xfe67, 0xfe67 },   { 0xfe6c, 0xfe6f },
	{ 0xfe75, 0xfe75 },   { 0xff00, 0xff00 },   { 0xffbf, 0xffc1 },
	{ 0xffe7, 0xffe7 },   { 0xffef, 0xffef },   { 0x1000c, 0x1000c },
	{ 0x10027, 0x10027 }, { 0x1f02c, 0x1f02f }, { 0x2a6e0, 0x2a6ff },
	{ 0x2b739, 0x2b73f }, { 0x2fa1e, 0x2ffff }, { 0x3134b, 0xe00ff },
	{ 0xe01f0, 0xeffff },
};

/* Whole runs of ordinary characters, some right beside the refused ones. */
static const struct range printed[] = {
	{ 0x0020, 0x007e },   { 0x00a0, 0x00ac },   { 0x00ae, 0x034e },
	{ 0x0350, 0x0377 },   { 0x0400, 0x052f },   { 0x05d0, 0x05ea },
	{ 0x0606, 0x061b },   { 0x0620, 0x06dc },   { 0x06de, 0x070d },
	{ 0x0710, 0x074a },   { 0x0904, 0x0939 },   { 0x0e01, 0x0e3a },
	{ 0x1100, 0x115e },   { 0x1161, 0x11ff },   { 0x17b6, 0x17dd },
	{ 0x1e00, 0x1f15 },   { 0x2000, 0x200a },   { 0x2010, 0x2027 },
	{ 0x202f, 0x205f },   { 0x2070, 0x2071 },   { 0x20a0, 0x20c0 },
	{ 0x2190, 0x23ff },   { 0x2500, 0x27ff },   { 0x3000, 0x303f },
	{ 0x3041, 0x3096 },   { 0x3131, 0x3163 },   { 0x3165, 0x318e },
	{ 0x4e00, 0x9fff },   { 0xac00, 0xd7a3 },   { 0xf900, 0xfa6d },
	{ 0xfe10, 0xfe19 },   { 0xfe70, 0xfe74 },   { 0xff01, 0xff9f },
	{ 0xffa1, 0xffbe },   { 0xfffc, 0xfffd },   { 0x10000, 0x1000b },
	{ 0x110be, 0x110c2 }, { 0x1d100, 0x1d126 }, { 0x1f300, 0x1f5ff },
	{ 0x1f600, 0x1f64f }, { 0x20000, 0x2a6df }, { 0x30000, 0x3134a },
};

static void check_refused(const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (uint32_t point = ranges[i].first;; point++) {
			if (utf8_is_printable(point))
				fail_msg("U+%04X is printable", (unsigned)point);
			if (point == ranges[i].last)
				break;
		}
	}
}

static void test_is_printable(void **state)
{
	(void)state;
	check_refused(refused, ARRAY_LEN(refused));
	check_refused(unassigned, ARRAY_LEN(unassigned));
	for (size_t i = 0; i < ARRAY_LEN(printed); i++) {
		for (uint32_t point = printed[i].first; point <= printed[i].last;
		     point++) {
			assert_false(is_in(point, refused, ARRAY_LEN(refused)));
			if (!utf8_is_printable(point))
				fail_msg("U+%04X is not printable", (unsigned)point);
		}
	}
}

/* Unicode 14.0 has 144,697 characters, 165 of them of format or separators; what is
 * refused beside those are the 267 that are drawn as nothing. */
static void test_how_many(void **state)
{
	(void)state;
	unsigned count = 0;
	for (uint32_t point = 0; point <= 0x10ffff; point++)
		count += utf8_is_printable(point);
	unsigned nothing = 1 + 2 + 2 + 3 + 1 + 1 + 16 + 1 + 240;
	assert_int_equal(nothing, 267);
	assert_int_equal(count, 144697 - 165 - nothing);
}

/* A bad byte at each place of a text of each length about the size of a word, the
 * character before it being of each length. */
static void test_is_valid(void **state)
{
	(void)state;
	static const char *const chars[] = { "x", "\xc3\xa9", "\xe2\x82\xac",
		                             "\xf0\x9f\x98\x80" };
	assert_true(utf8_is_valid(SLICE_NONE));
	for (size_t len = 1; len <= 20; len++) {
		for (size_t i = 0; i < ARRAY_LEN(chars) * len; i++) {
			size_t at = i / ARRAY_LEN(chars);
			const char *insert = chars[i % ARRAY_LEN(chars)];
			size_t n = strlen(insert);
			char text[24];
			memset(text, 'a', sizeof(text));
			memcpy(text + at, insert, n);
			size_t whole = at + n > len ? at + n : len;
			char *copy = guard_copy(text, whole);
			assert_true(utf8_is_valid((struct slice){ copy, whole }));
			copy[at + n - 1] = '\xff';
			assert_false(utf8_is_valid((struct slice){ copy, whole }));
			copy[at + n - 1] = text[at + n - 1];
			guard_free(copy);
			for (size_t cut = at + 1; cut < at + n; cut++) {
				copy = guard_copy(text, cut);
				assert_false(utf8_is_valid((struct slice){ copy, cut }));
				guard_free(copy);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_every_sequence),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_is_printable),
		cmocka_unit_test(test_how_many),
		cmocka_unit_test(test_is_valid),
	};
	return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
