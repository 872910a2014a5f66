/* SPDX-License-Identifier: MIT */
/* Messages as lines: at any width nothing of them is missing, and nothing acts. */
#include "config.h"

#include "unit/view/calls.h"
#include "unit/view/lines.h"

#include "tui/text_lines.h"

#define WIDTH_MAX 200
#define HEAD      1 /* line of a message with its time and addresses */

static const char PLAIN[] = "OPTIONS sip:bob@b.example SIP/2.0\r\n"
			    "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\n"
			    "From: <sip:alice@a.example>;tag=1\r\n"
			    "To: <sip:bob@b.example>\r\n"
			    "Call-ID: lines\r\n"
			    "CSeq: 1 OPTIONS\r\n"
			    "Content-Length: 0\r\n\r\n";

static const uint32_t FIRST = 1;
static const struct text_look LOOK;

static void take(struct calls *c, const char *text)
{
	calls_init(c);
	calls_packet(c, 0, "10.0.0.1", 5060, "10.0.0.2", 5060, text);
	assert_int_equal(engine_stats(c->engine)->messages, 1);
}

/* Line n of message 1 as text, checked. */
static void line_at(struct calls *c, uint64_t n, unsigned width, bool utf8,
                    struct lines *out)
{
	struct cell cells[WIDTH_MAX];
	struct grid grid = { cells, width, 1 };
	struct cells line = grid_line(&grid, 0);
	struct text_lines lines;
	cells_blank(&line);
	text_lines_message(&lines, c->engine, &FIRST, 1, width, utf8, &LOOK);
	text_lines_draw(&lines, (struct text_place){ 0, n }, &grid, 0, 0);
	lines_check(&line, utf8);
	lines_add(out, &line);
}

static uint64_t count(struct calls *c, unsigned width, bool utf8)
{
	struct text_lines lines;
	text_lines_message(&lines, c->engine, &FIRST, 1, width, utf8, &LOOK);
	return text_lines_end(&lines, 1).line + 1;
}

static void test_plain(void **state)
{
	struct calls c;
	struct lines text = { 0 };
	(void)state;
	take(&c, PLAIN);
	assert_int_equal(count(&c, 100, false), HEAD + 8 + 1);
	for (uint64_t n = 0; n < 10; n++)
		line_at(&c, n, 100, false, &text);
	assert_string_equal(text.text, "2026-11-20T12:00:00.000000Z  10.0.0.1:5060 -> "
	                               "10.0.0.2:5060\n"
	                               "OPTIONS sip:bob@b.example SIP/2.0\n"
	                               "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\n"
	                               "From: <sip:alice@a.example>;tag=1\n"
	                               "To: <sip:bob@b.example>\n"
	                               "Call-ID: lines\n"
	                               "CSeq: 1 OPTIONS\n"
	                               "Content-Length: 0\n\n\n");
	calls_clear(&c);
}

/* Nothing is drawn behind the last line, or in no room at all. */
static void test_behind(void **state)
{
	struct calls c;
	struct lines text = { 0 };
	struct cell cell = { .points = { 'x' }, .width = 1 };
	struct grid grid = { &cell, 1, 1 };
	struct text_lines lines;
	(void)state;
	take(&c, PLAIN);
	line_at(&c, 10, 100, false, &text);
	line_at(&c, UINT64_MAX, 100, false, &text);
	assert_string_equal(text.text, "\n\n");
	text_lines_message(&lines, c.engine, &FIRST, 1, 0, false, &LOOK);
	text_lines_draw(&lines, (struct text_place){ 0, 1 }, &grid, 1, 0);
	text_lines_draw(&lines, (struct text_place){ 0, 1 }, &grid, 0, 1);
	assert_int_equal(cell.points[0], 'x');
	calls_clear(&c);
}

/* The lines of a message, one after the other and without line ends. */
static void join(struct calls *c, unsigned width, bool utf8, struct lines *out)
{
	static const char head[] =
		"2026-11-20T12:00:00.000000Z  10.0.0.1:5060 -> 10.0.0.2:5060";
	uint64_t n = count(c, width, utf8);
	/* without the date where that makes it fit */
	size_t len = sizeof(head) - 1 > width ? sizeof(head) - 1 - 11 : sizeof(head) - 1;
	uint64_t head_lines = (len + width - 1) / width;
	*out = (struct lines){ 0 };
	for (uint64_t i = 0; i < n; i++) {
		line_at(c, i, width, utf8, out);
		if (i < head_lines)
			out->len = 0;
		else
			out->len--; /* the line end */
	}
	out->text[out->len] = '\0';
}

static void without(char *text, char c)
{
	char *to = text;
	for (; *text; text++)
		if (*text != c)
			*to++ = *text;
	*to = '\0';
}

/* At every width the same text, broken elsewhere: no byte is lost, no line is cut. Spaces
 * at the ends of lines cannot be seen, and are left out. */
static void expect_whole(const char *message, bool utf8, unsigned least)
{
	struct calls c;
	static struct lines wide, narrow;
	take(&c, message);
	join(&c, WIDTH_MAX, utf8, &wide);
	without(wide.text, ' ');
	assert_null(strstr(wide.text, "~"));
	for (unsigned width = least; width < WIDTH_MAX; width++) {
		join(&c, width, utf8, &narrow);
		without(narrow.text, ' ');
		assert_string_equal(narrow.text, wide.text);
	}
	calls_clear(&c);
}

/* PLAIN with this value of a header field more. */
static const char *with(char out[2048], const char *value)
{
	const char *end = strstr(PLAIN, "Content-Length");
	snprintf(out, 2048, "%.*sSubject: %s\r\n%s", (int)(end - PLAIN), PLAIN, value,
	         end);
	return out;
}

static void test_widths(void **state)
{
	char text[2048];
	(void)state;
	/* the head line of time and addresses takes 59, and is never broken */
	expect_whole(PLAIN, false, 1);
	expect_whole(PLAIN, true, 1);
	expect_whole(with(text, "Gr\xc3\xbc\xc3\x9f"
	                        "e \xe9\x80\x9a\xe8\xaf\x9d "
	                        "\xe9\x80\x9a\xe8\xaf\x9d"),
	             true, 2);
	expect_whole(with(text, "Gr\xc3\xbc\xc3\x9f"
	                        "e \xe9\x80\x9a"),
	             false, 16);
	expect_whole(with(text, "a\x1b[2Jb\x9b"
	                        "31mc\x7f\x01"),
	             true, 16);
}

/* Bytes that only look like the middle of a character. */
static void test_continuations(void **state)
{
	char value[121], text[2048];
	(void)state;
	memset(value, '\x80', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	expect_whole(with(text, value), true, 16);
	memset(value, 'x', 40);
	expect_whole(with(text, value), true, 16);
}

/* The bytes of the file are gone. */
static void test_broken(void **state)
{
	struct calls c;
	struct lines text = { 0 };
	(void)state;
	take(&c, PLAIN);
	c.broken = true;
	assert_int_equal(count(&c, 80, true), 2); /* the other one is empty */
	line_at(&c, 0, 80, true, &text);
	assert_string_equal(text.text, "(this message cannot be read back)\n");
	calls_clear(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),  cmocka_unit_test(test_behind),
		cmocka_unit_test(test_widths), cmocka_unit_test(test_continuations),
		cmocka_unit_test(test_broken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
