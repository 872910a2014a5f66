/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "unit/view/lines.h"

#define WIDTH 20

/* Write `text` at column `at` in `room` columns; the line must hold together, be
 * `expected` without the spaces at its end, and `used` columns must be reported. */
static void expect(unsigned at, unsigned room, const char *text, bool utf8,
                   const char *expected, unsigned used)
{
	struct cell cells[WIDTH];
	struct cells line = { cells, WIDTH };
	struct lines lines = { 0 };
	cells_blank(&line);
	unsigned got = cells_text(&line, at, room, slice_of(text), utf8, CELL_HEAD);
	assert_int_equal(got, used);
	lines_check(&line, utf8);
	lines_add(&lines, &line);
	lines.text[lines.len - 1] = '\0';
	assert_string_equal(lines.text, expected);
}

static void expect_fit(const char *text, unsigned width, bool utf8, size_t bytes)
{
	assert_int_equal(cells_text_fit(slice_of(text), width, utf8), bytes);
}

static void test_fit(void **state)
{
	(void)state;
	expect_fit("", 5, true, 0);
	expect_fit("INVITE", 6, true, 6);
	expect_fit("INVITE", 5, true, 5);
	expect_fit("INVITE", 0, true, 1);
	/* not a half of a wide character, and no part of an escape */
	expect_fit("a\xe9\x80\x9a\xe8\xaf\x9d", 4, true, 4);
	expect_fit("a\xe9\x80\x9a\xe8\xaf\x9d", 5, true, 7);
	expect_fit("\xe9\x80\x9a", 1, true, 3);
	expect_fit("ab\x1b[m", 5, true, 2);
	expect_fit("ab\x1b[m", 6, true, 3);
	expect_fit("\xc3\xa9\xc3\xa9", 15, false, 2); /* \u{00e9} twice */
	/* bytes that only look like the middle of a character */
	expect_fit("\x80\x80\x80\x80", 8, true, 2);
	expect_fit("abc\x80\x80\x80\x80", 3, true, 3);
	/* marks stay with their character, a fifth one is an escape, \u{0301} */
	expect_fit("ae\xcc\x81z", 2, true, 4);
	expect_fit("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", 8, true, 9);
	expect_fit("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", 9, true, 11);
}

static void test_plain(void **state)
{
	(void)state;
	expect(0, WIDTH, "", true, "", 0);
	expect(0, WIDTH, "INVITE", true, "INVITE", 6);
	expect(3, 6, "INVITE", true, "   INVITE", 6);
	expect(14, WIDTH, "INVITE", true, "              INVITE", 6);
	expect(WIDTH, 5, "INVITE", true, "", 0);
	expect(0, 0, "INVITE", true, "", 0);
}

static void test_cut(void **state)
{
	(void)state;
	expect(0, 5, "INVITE", true, "INVI\xe2\x80\xa6", 5);
	expect(0, 5, "INVITE", false, "INVI~", 5);
	expect(0, 1, "INVITE", true, "\xe2\x80\xa6", 1);
	expect(17, WIDTH, "INVITE", false, "                 IN~", 3);
}

static void test_wide(void **state)
{
	(void)state;
	expect(0, 4, "\xe9\x80\x9a\xe8\xaf\x9d", true, "\xe9\x80\x9a\xe8\xaf\x9d", 4);
	/* a half of a wide character is not written */
	expect(0, 3, "\xe9\x80\x9a\xe8\xaf\x9d", true, "\xe9\x80\x9a\xe2\x80\xa6", 3);
	expect(0, 4, "\xe9\x80\x9a\xe8\xaf\x9d\xe9\x80\x9a", true,
	       "\xe9\x80\x9a\xe2\x80\xa6", 3);
	expect(0, 1, "\xe9\x80\x9a", true, "\xe2\x80\xa6", 1);
	expect(WIDTH - 1, 5, "\xe9\x80\x9a", true, "                   \xe2\x80\xa6", 1);
	expect(0, WIDTH, "\xe9\x80\x9a", false, "\\u{901a}", 8);
}

/* Four marks stand on a character; what is more, or has none to stand on, is shown. */
static void test_marks(void **state)
{
	(void)state;
	expect(0, 1, "e\xcc\x81", true, "e\xcc\x81", 1);
	expect(0, 1, "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81", true,
	       "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81", 1);
	expect(0, WIDTH, "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x82", true,
	       "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\\u{0302}", 9);
	expect(2, WIDTH, "\xcc\x81", true, "  \\u{0301}", 8);
	expect(0, 2, "\xe9\x80\x9a\xcc\x81", true, "\xe9\x80\x9a\xcc\x81", 2);
	/* nor may one stand on what an escape ends in */
	expect(0, WIDTH, "\n\xcc\x81", true, "\\x0a\\u{0301}", 12);
	/* Hangul of three letters is one square */
	expect(0, 2, "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", true,
	       "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 2);
}

/* Every code point, drawn from column 1 to the border of its room: the line must hold
 * together, and the cells around must stay. */
static void test_every_code_point(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		struct cell cells[WIDTH], one = { { point }, 1, CELL_PLAIN };
		struct cells line = { cells, WIDTH };
		char text[1 + CELL_UTF8_MAX] = "a";
		struct slice in = { text, 1 + cell_utf8(&one, text + 1) };
		if (point == 0 || (point >= 0xd800 && point <= 0xdfff))
			continue;
		cells_blank(&line);
		unsigned used = cells_text(&line, 1, 12, in, true, CELL_PLAIN);
		unsigned width = cells_text_width(in, true), sum = 0;
		for (unsigned i = 0; i < WIDTH; i += cells[i].width)
			sum += cells[i].width;
		if (used != width || used > 12 || sum != WIDTH ||
		    cells[1].points[0] != 'a' || cells[0].points[0] != ' ' ||
		    cells[1 + used].points[0] != ' ')
			fail_msg("U+%04X", (unsigned)point);
	}
}

static void test_escapes(void **state)
{
	(void)state;
	expect(0, WIDTH, "a\x1b[0m\tb", true, "a\\x1b[0m\\x09b", 13);
	expect(0, WIDTH, "\xff\x80", true, "\\xff\\x80", 8);
	expect(0, WIDTH, "\xe2\x80\xae" "a", true, "\\u{202e}a", 9); /* bidi override */
	expect(0, WIDTH, "\xc2\x9b", true, "\\x9b", 4);              /* C1 */
}

static void test_measure(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"", "INVITE", "\xe9\x80\x9a", "e\xcc\x81", "\xcc\x81", "\x1b", "\xff",
		"a\xe2\x80\xae"
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (int utf8 = 0; utf8 < 2; utf8++) {
			struct cell cells[WIDTH];
			struct cells line = { cells, WIDTH };
			cells_blank(&line);
			assert_int_equal(cells_text_width(slice_of(texts[i]), utf8),
			                 cells_text(&line, 0, WIDTH, slice_of(texts[i]),
			                            utf8, CELL_PLAIN));
		}
	}
}

static void test_put(void **state)
{
	(void)state;
	struct cell cells[3];
	struct cells line = { cells, 2 };
	cells[2] = (struct cell){ .points = { '!' } };
	cells_blank(&line);
	assert_int_equal(cells_used(&line), 0);
	cells_put(&line, 1, 0x2502, CELL_LANE);
	cells_put(&line, 2, 'x', CELL_LANE); /* past the end */
	assert_int_equal(cells[2].points[0], '!');
	assert_int_equal(cells_used(&line), 2);
	assert_int_equal(cells[1].style, CELL_LANE);
}

/* Each length of UTF-8, at both ends (RFC 3629 3). */
static void test_utf8(void **state)
{
	(void)state;
	static const struct {
		uint32_t    point;
		const char *bytes;
	} cases[] = {
		{ 0x7f, "\x7f" },           { 0x80, "\xc2\x80" },
		{ 0x7ff, "\xdf\xbf" },      { 0x800, "\xe0\xa0\x80" },
		{ 0xffff, "\xef\xbf\xbf" }, { 0x10000, "\xf0\x90\x80\x80" },
		{ 0x10ffff, "\xf4\x8f\xbf\xbf" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[CELL_UTF8_MAX];
		struct cell cell = { .points = { cases[i].point }, .width = 1 };
		assert_int_equal(cell_utf8(&cell, text), strlen(cases[i].bytes));
		assert_memory_equal(text, cases[i].bytes, strlen(cases[i].bytes));
		cell.width = 0;
		assert_int_equal(cell_utf8(&cell, text), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_plain),   cmocka_unit_test(test_cut),
		cmocka_unit_test(test_wide),    cmocka_unit_test(test_marks),
		cmocka_unit_test(test_escapes), cmocka_unit_test(test_measure),
		cmocka_unit_test(test_put),     cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_every_code_point),
	};
	return cmocka_run_group_tests_name("view/cells", tests, NULL, NULL);
}
