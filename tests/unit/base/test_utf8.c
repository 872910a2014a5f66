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
		assert_true(utf8_next((struct slice){ bad[i], strlen(bad[i]) }, &len) ==
		            UTF8_BAD);
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

static void test_width(void **state)
{
	(void)state;
	static const uint32_t none[] = {
		/* combining: grave, enclosing, points, vowels */
		0x0300, 0x036f, 0x0483, 0x0489, 0x05b0, 0x064b, 0x0670, 0x093c, 0x094d,
		0x0e31, 0x0e47, 0x20d0, 0x20dd, 0x302a, 0x3099, 0x309a, 0xfe20, 0xfe2f,
	};
	static const uint32_t one[] = {
		/* Latin, Greek, Cyrillic, box, half-width kana */
		' ',    '~',    0xa0,   0xe9,   0x2ff,  0x370,  0x3b1,   0x416,   0x5d0,
		0x627,  0x915,  0xe01,  0x20ac, 0x2500, 0x2588, 0x25bd,  0x2600,  0x303f,
		0x4dc0, 0xd7b0, 0xff61, 0xff71, 0xffdc, 0xfffd, 0x10000, 0x1f321, 0x1f0ce,
	};
	static const uint32_t two[] = {
		/* East Asian Width W and F, edges of blocks */
		0x1100,  0x231a,  0x2614,  0x26a1,  0x2e80,  0x3000,  0x3001,  0x303e,
		0x3042,  0x30ab,  0x3105,  0x3247,  0x3250,  0x33ff,  0x3400,  0x4dbf,
		0x4e00,  0x6f22,  0x9fff,  0xa000,  0xa960,  0xac00,  0xd7a3,  0xf900,
		0xfe10,  0xfe30,  0xff01,  0xff60,  0xffe0,  0xffe6,  0x17000, 0x18aff,
		0x18b00, 0x18cd5, 0x18d00, 0x18d08, 0x1b000, 0x1f004, 0x1f300, 0x1f600,
		0x1f64f, 0x1f680, 0x1f9ff, 0x20000, 0x2fa1d, 0x30000, 0x3134a,
	};
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		assert_int_equal(utf8_width(none[i]), 0);
	for (size_t i = 0; i < ARRAY_LEN(one); i++)
		assert_int_equal(utf8_width(one[i]), 1);
	for (size_t i = 0; i < ARRAY_LEN(two); i++)
		assert_int_equal(utf8_width(two[i]), 2);
	for (uint32_t point = 0x3248; point <= 0x324f; point++)
		assert_int_equal(utf8_width(point), 1); /* A, not W */
	for (uint32_t point = ' '; point < 0x7f; point++)
		assert_int_equal(utf8_width(point), 1);
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
	{ 0x110bd, 0x110bd },       { 0x110cd, 0x110cd },  { 0x13430, 0x13438 },
	{ 0x1bca0, 0x1bca3 },       { 0x1d173, 0x1d17a },  { 0x1fffe, 0x1ffff },
	{ 0x2fffe, 0x2ffff },       { 0x3fffe, 0x3ffff },  { 0x4fffe, 0x4ffff },
	{ 0x5fffe, 0x5ffff },       { 0x6fffe, 0x6ffff },  { 0x7fffe, 0x7ffff },
	{ 0x8fffe, 0x8ffff },       { 0x9fffe, 0x9ffff },  { 0xafffe, 0xaffff },
	{ 0xbfffe, 0xbffff },       { 0xcfffe, 0xcffff },  { 0xdfffe, 0xdffff },
	{ 0xe0000, 0xe0fff },       { 0xefffe, 0x10ffff }, { 0x110000, 0x110100 },
	{ UINT32_MAX, UINT32_MAX },
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

static void test_is_printable(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		for (uint32_t point = refused[i].first;; point++) {
			if (utf8_is_printable(point))
				fail_msg("U+%04X is printable", (unsigned)point);
			if (point == refused[i].last)
				break;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(printed); i++) {
		for (uint32_t point = printed[i].first; point <= printed[i].last;
		     point++) {
			assert_false(is_in(point, refused, ARRAY_LEN(refused)));
			if (!utf8_is_printable(point))
				fail_msg("U+%04X is not printable", (unsigned)point);
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
	};
	return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
