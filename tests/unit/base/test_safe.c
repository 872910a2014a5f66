/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/safe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "support/guard.h"
#include "unit/base/random.h"
#include "unit/base/rfc3629.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define IN_MAX  64
#define OUT_MAX (IN_MAX * SAFE_TEXT_MAX)

enum form { JSON, TEXT_ASCII, TEXT_UTF8, XML, MERMAID, CSV, FORMS };

struct output {
	size_t len;
	char bytes[OUT_MAX];
};

static void append(struct output *out, const char *bytes, size_t len)
{
	assert_true(len <= sizeof(out->bytes) - out->len);
	memcpy(out->bytes + out->len, bytes, len);
	out->len += len;
}

static void take_step(enum form form, struct slice in, struct safe_step *step)
{
	switch (form) {
	case JSON: safe_json(in, step); break;
	case TEXT_ASCII: safe_text(in, false, step); break;
	case TEXT_UTF8: safe_text(in, true, step); break;
	case XML: safe_xml(in, step); break;
	case MERMAID: safe_mermaid(in, step); break;
	case CSV: safe_csv(in, step); break;
	case FORMS: fail();
	}
}

/* What a writer does, with each promise of a step checked on the way. */
static void run(enum form form, struct slice in, struct output *out)
{
	struct safe_step step;
	out->len = 0;
	do {
		memset(&step, 0xee, sizeof(step));
		take_step(form, in, &step);
		assert_true(step.plain <= in.len && step.skip <= in.len - step.plain);
		assert_true(step.text_len <= SAFE_TEXT_MAX);
		assert_int_equal(step.skip == 0, step.text_len == 0);
		assert_true(step.skip > 0 || step.plain == in.len);
		if (step.plain)
			append(out, in.p, step.plain);
		append(out, step.text, step.text_len);
		in = slice_skip(in, step.plain + step.skip);
	} while (in.len);
}

static uint32_t decode(const unsigned char *p, size_t len)
{
	static const unsigned char mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t point = p[0] & mask[len];
	for (size_t i = 1; i < len; i++)
		point = point * 64 + p[i] % 64;
	return point;
}

/* What acts on a terminal or hides, whatever any table says. */
static bool is_dangerous(uint32_t point)
{
	return point < ' ' || (point >= 0x7f && point < 0xa0) || point == 0xad ||
	       point == 0x61c || (point >= 0x200b && point <= 0x200f) ||
	       (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2060 && point <= 0x206f) ||
	       (point >= 0xd800 && point <= 0xf8ff) || point == 0xfeff ||
	       (point >= 0xfdd0 && point <= 0xfdef) ||
	       (point >= 0xfff0 && point <= 0xfffb) || (point & 0xfffe) == 0xfffe ||
	       point >= 0xe0000;
}

/* How the readable forms are to be written, character for character. */
struct model {
	enum form form;
	unsigned  marks;  /* on the character before; 5: there is none */
	bool      inside; /* a word: the byte before is of one, as it is */
};

static bool starts(struct slice in, const char *word)
{
	for (size_t i = 0; word[i]; i++)
		if (i >= in.len || (in.p[i] != word[i] &&
		                    in.p[i] != word[i] - 'a' + 'A'))
			return false;
	return true;
}

static bool is_word_char(char c)
{
	return c && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                   "0123456789_", c);
}

static bool is_mermaid_word(const struct model *m, struct slice in)
{
	if (starts(in, "style") || starts(in, "ssdef") ||
	    (in.len > 4 && starts(in, "wrap") && in.p[4] == ':'))
		return true;
	if (!starts(in, "end") || m->inside)
		return false;
	struct slice rest = slice_skip(in, 3);
	return rest.len == 0 || !is_word_char(rest.p[0]) || starts(rest, "style") ||
	       starts(rest, "ssdef") || (starts(rest, "wrap") && rest.len > 4 &&
	                                    rest.p[4] == ':');
}

/* What the form has instead of a printable character, "" when nothing. */
static void replacement(const struct model *m, struct slice in, uint32_t point,
                        char unit[24])
{
	static const char *const xml[] = { "&&amp;", "<&lt;", ">&gt;", "\"&quot;",
		                           "'&#39;" };
	unit[0] = '\0';
	for (size_t i = 0; m->form == XML && i < ARRAY_LEN(xml); i++)
		if (point == (unsigned char)xml[i][0])
			snprintf(unit, 24, "%s", xml[i] + 1);
	if (m->form == CSV && point == '"')
		snprintf(unit, 24, "\"\"");
	if (m->form == MERMAID &&
	    ((point && point < 0x80 && strchr(";#%$<>&\"'\\`", (int)point)) ||
	     point == 0xb6 || point == 0xfb02 || is_mermaid_word(m, in)))
		snprintf(unit, 24, "#%u;", (unsigned)point);
}

/* The first bytes of `in` that are one unit, as they are to be written. */
static size_t model_unit(struct model *m, struct slice in, char unit[24])
{
	const unsigned char *p = (const unsigned char *)in.p;
	const char *backslash = m->form == MERMAID ? "#92;" : "\\";
	size_t len = rfc3629_char(p, in.len);
	uint32_t point = len ? decode(p, len) : p[0];
	bool mark = len && point > 0x7f && utf8_width(point) == 0;
	bool inside = false;
	replacement(m, in, point, unit);
	if (len == 0 || point < ' ' || (point >= 0x7f && point < 0xa0)) {
		snprintf(unit, 24, "%sx%02x", backslash, (unsigned)point);
		m->marks = 5;
	} else if ((m->form == TEXT_ASCII && point > 0x7e) ||
	           !utf8_is_printable(point) || (mark && m->marks >= 4)) {
		snprintf(unit, 24, "%su{%04x}", backslash, (unsigned)point);
		m->marks = 5;
	} else if (unit[0]) {
		m->marks = 5;
	} else {
		memcpy(unit, p, len);
		unit[len] = '\0';
		m->marks = mark ? m->marks + 1 : 0;
		inside = len == 1 && is_word_char(in.p[0]);
	}
	m->inside = inside;
	return len ? len : 1;
}

static void check_model(enum form form, struct slice in, const struct output *out)
{
	struct output expected = { 0 };
	struct model m = { form, 5, false };
	while (in.len) {
		char unit[24];
		size_t len = model_unit(&m, in, unit);
		append(&expected, unit, strlen(unit));
		in = slice_skip(in, len);
	}
	assert_int_equal(out->len, expected.len);
	assert_memory_equal(out->bytes, expected.bytes, out->len);
}

/* What may be raw in the form at all; where & and # are, they begin what stands for a
 * character. */
static void check_raw(enum form form, struct slice out)
{
	static const char *const never[FORMS] = {
		[JSON] = "<>", [XML] = "<>\"'", [MERMAID] = "%$<>&\"'\\`"
	};
	while (out.len) {
		size_t len = rfc3629_char((const unsigned char *)out.p, out.len), end = 1;
		assert_int_not_equal(len, 0);
		uint32_t point = decode((const unsigned char *)out.p, len);
		assert_false(is_dangerous(point) || (form == TEXT_ASCII && len > 1));
		if (never[form] && point < 0x80)
			assert_null(strchr(never[form], (int)point));
		if ((form == XML && point == '&') || (form == MERMAID && point == '#')) {
			while (end < out.len && (is_word_char(out.p[end]) ||
			                         (form == XML && out.p[end] == '#')))
				end++;
			assert_true(end > 1 && end < out.len && out.p[end] == ';');
			len = end + 1;
		} else if (form == MERMAID) {
			assert_int_not_equal(point, ';');
		} else if (form == CSV && point == '"') {
			assert_true(out.len > 1 && out.p[1] == '"');
			len = 2;
		}
		out = slice_skip(out, len);
	}
}

static unsigned hex_value(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;
	assert_non_null(at);
	return (unsigned)(at - digits);
}

/* Decode the escape at p[0..left) and say how long it is (RFC 8259 7). */
static size_t json_escape(const char *p, size_t left, uint32_t *point)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	assert_true(left >= 2);
	const char *name = p[1] ? strchr(names, p[1]) : NULL;
	if (name) {
		*point = (unsigned char)values[name - names];
		return 2;
	}
	assert_int_equal(p[1], 'u');
	assert_true(left >= 6);
	*point = 0;
	for (size_t i = 2; i < 6; i++)
		*point = *point * 16 + hex_value(p[i]);
	return 6;
}

/* The same, the second half of a pair with the first. */
static size_t json_escapes(const char *p, size_t left, uint32_t *point)
{
	size_t len = json_escape(p, left, point);
	if (*point < 0xd800 || *point > 0xdfff)
		return len;
	uint32_t low;
	assert_true(*point < 0xdc00 && left > len && p[len] == '\\');
	len += json_escape(p + len, left - len, &low);
	assert_true(low >= 0xdc00 && low <= 0xdfff);
	*point = 0x10000 + (*point - 0xd800) * 0x400 + (low - 0xdc00);
	return len;
}

/* The string that a JSON parser gets, every character that may not stand in the
 * output raw being a failure. */
static void json_decode(const struct output *json, struct output *decoded)
{
	decoded->len = 0;
	for (size_t i = 0; i < json->len;) {
		const char *p = json->bytes + i;
		uint32_t point;
		size_t len;
		if (*p == '\\') {
			len = json_escapes(p, json->len - i, &point);
		} else {
			len = rfc3629_char((const unsigned char *)p, json->len - i);
			assert_int_not_equal(len, 0);
			point = decode((const unsigned char *)p, len);
			assert_true(point != '"' && point != '<' && point != '>');
			assert_true(utf8_is_printable(point));
		}
		char bytes[4];
		append(decoded, bytes, rfc3629_encode(point, bytes));
		i += len;
	}
}

static void check_json(struct slice in, const struct output *out)
{
	struct output expected = { 0 }, decoded;
	while (in.len) {
		size_t len = rfc3629_char((const unsigned char *)in.p, in.len);
		append(&expected, len ? in.p : "\xef\xbf\xbd", len ? len : 3);
		in = slice_skip(in, len ? len : 1);
	}
	json_decode(out, &decoded);
	assert_int_equal(decoded.len, expected.len);
	assert_memory_equal(decoded.bytes, expected.bytes, expected.len);
}

static void check_form(enum form form, struct slice in)
{
	struct output out;
	run(form, in, &out);
	check_raw(form, (struct slice){ out.bytes, out.len });
	if (form == JSON)
		check_json(in, &out);
	else
		check_model(form, in, &out);
}

static void check_all_forms(struct slice in)
{
	for (unsigned form = 0; form < FORMS; form++)
		check_form((enum form)form, in);
}

static void assert_written(enum form form, struct slice in, const char *expected)
{
	struct output out;
	run(form, in, &out);
	append(&out, "", 1);
	assert_string_equal(out.bytes, expected);
}

static void test_end(void **state)
{
	(void)state;
	for (unsigned form = 0; form < FORMS; form++) {
		assert_written((enum form)form, SLICE_NONE, "");
		assert_written((enum form)form, SLICE(""), "");
	}
}

static void test_json(void **state)
{
	(void)state;
	static const struct {
		struct slice in;
		const char *out;
	} cases[] = {
		{ { "INVITE sip:a@b SIP/2.0", 22 }, "INVITE sip:a@b SIP/2.0" },
		{ { "\"a\"", 3 }, "\\\"a\\\"" },
		{ { "a\\b", 3 }, "a\\\\b" },
		{ { "\r\n\t", 3 }, "\\r\\n\\t" },
		{ { "\b\f\v\0\x1f", 5 }, "\\u0008\\u000c\\u000b\\u0000\\u001f" },
		{ { "\x7f", 1 }, "\\u007f" },
		{ { "<!--/-->", 8 }, "\\u003c!--/--\\u003e" },
		{ { "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", 8 },
		  "\\u0080\\u009b\\u009f\xc2\xa0" },
		{ { "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", 12 },
		  "\xe2\x80\xa7\\u2028\\u2029\\u202a" },
		/* private use and a code point not assigned, beyond U+FFFF too */
		{ { "\xee\x80\x80\xcd\xb8", 5 }, "\\ue000\\u0378" },
		{ { "\xf3\xb0\x80\x80\xf4\x8f\xbf\xbf", 8 },
		  "\\udb80\\udc00\\udbff\\udfff" },
		{ { "\xcc\x81", 2 }, "\xcc\x81" },
		{ { "\xf0\x9f\x98\x80\xc3\xa9", 6 }, "\xf0\x9f\x98\x80\xc3\xa9" },
		{ { "a\xff"
		    "b",
		    3 },
		  "a\xef\xbf\xbd"
		  "b" },
		{ { "\xc0\x80", 2 }, "\xef\xbf\xbd\xef\xbf\xbd" },
		{ { "\xe2\x80", 2 }, "\xef\xbf\xbd\xef\xbf\xbd" },
		{ { "\xe2\x80\"", 3 }, "\xef\xbf\xbd\xef\xbf\xbd\\\"" },
		{ { "\xed\xa0\x80", 3 }, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_written(JSON, cases[i].in, cases[i].out);
}

static void test_text(void **state)
{
	(void)state;
	static const struct {
		struct slice in;
		const char *utf8, *ascii;
	} cases[] = {
		{ { "a \"<~\\", 6 }, "a \"<~\\", "a \"<~\\" },
		{ { "\033[2J", 4 }, "\\x1b[2J", "\\x1b[2J" },
		{ { "\t\r\n\0\x7f", 5 },
		  "\\x09\\x0d\\x0a\\x00\\x7f",
		  "\\x09\\x0d\\x0a\\x00\\x7f" },
		{ { "\xc2\x9b"
		    "2J",
		    4 },
		  "\\x9b2J",
		  "\\x9b2J" },
		{ { "\x9b"
		    "2J",
		    3 },
		  "\\x9b2J",
		  "\\x9b2J" },
		{ { "\xc3\xa9", 2 }, "\xc3\xa9", "\\u{00e9}" },
		{ { "\xe2\x82\xac", 3 }, "\xe2\x82\xac", "\\u{20ac}" },
		{ { "\xf0\x9f\x98\x80", 4 }, "\xf0\x9f\x98\x80", "\\u{1f600}" },
		{ { "\xc2\xad", 2 }, "\\u{00ad}", "\\u{00ad}" },
		{ { "\xe2\x80\xae", 3 }, "\\u{202e}", "\\u{202e}" }, /* bidi */
		{ { "\xf0\x9f\xbf\xbf", 4 }, "\\u{1ffff}", "\\u{1ffff}" },
		{ { "\xf3\xa0\x81\xa1", 4 }, "\\u{e0061}", "\\u{e0061}" }, /* tag */
		{ { "\xf4\x8f\xbf\xbf", 4 }, "\\u{10ffff}", "\\u{10ffff}" },
		{ { "\xc3(\xa9", 3 }, "\\xc3(\\xa9", "\\xc3(\\xa9" },
		{ { "\xcd\xb8", 2 }, "\\u{0378}", "\\u{0378}" }, /* not assigned */
		{ { "e\xcc\x81", 3 }, "e\xcc\x81", "e\\u{0301}" },
		{ { "\xcc\x81", 2 }, "\\u{0301}", "\\u{0301}" },
		{ { "\n\xcc\x81", 3 }, "\\x0a\\u{0301}", "\\x0a\\u{0301}" },
		{ { "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86", 13 },
		  "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\\u{0305}\\u{0306}",
		  "e\\u{0301}\\u{0302}\\u{0303}\\u{0304}\\u{0305}\\u{0306}" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_written(TEXT_UTF8, cases[i].in, cases[i].utf8);
		assert_written(TEXT_ASCII, cases[i].in, cases[i].ascii);
	}
}

static void test_xml(void **state)
{
	(void)state;
	static const struct {
		struct slice in;
		const char *out;
	} cases[] = {
		{ { "\"Bob\" <sip:bob@b.example>;tag=1", 31 },
		  "&quot;Bob&quot; &lt;sip:bob@b.example&gt;;tag=1" },
		{ { "a&b&amp;'", 9 }, "a&amp;b&amp;amp;&#39;" },
		{ { "]]>", 3 }, "]]&gt;" },
		{ { "\t\r\n\0", 4 }, "\\x09\\x0d\\x0a\\x00" },
		{ { "\xef\xbf\xbe\xef\xbf\xbf", 6 }, "\\u{fffe}\\u{ffff}" },
		{ { "\xed\xa0\x80", 3 }, "\\xed\\xa0\\x80" }, /* U+D800 */
		{ { "caf\xc3\xa9 \xe6\xbc\xa2", 9 }, "caf\xc3\xa9 \xe6\xbc\xa2" },
		{ { "\xe2\x80\xae", 3 }, "\\u{202e}" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_written(XML, cases[i].in, cases[i].out);
}

static void test_mermaid(void **state)
{
	(void)state;
	static const struct {
		struct slice in;
		const char *out;
	} cases[] = {
		{ { "200 OK (BYE)", 12 }, "200 OK (BYE)" },
		{ { "sip:a@b;x=1#y", 13 }, "sip:a@b#59;x=1#35;y" },
		{ { "<br/>", 5 }, "#60;br/#62;" },
		{ { "`\"'&\\", 5 }, "#96;#34;#39;#38;#92;" },
		{ { "%%{init: {}}%%", 14 }, "#37;#37;{init: {}}#37;#37;" },
		{ { "$$x$$", 5 }, "#36;#36;x#36;#36;" },
		{ { "a\nb\x1b", 4 }, "a#92;x0ab#92;x1b" },
		{ { "\xe2\x80\xae\xf4\x8f\xbf\xbf", 7 }, "#92;u{202e}#92;u{10ffff}" },
		{ { "end", 3 }, "#101;nd" },
		{ { "The End.", 8 }, "The #69;nd." },
		{ { "send ending bend end2 _end", 26 }, "send ending bend end2 _end" },
		{ { "endstyle endwrap", 16 }, "#101;nd#115;tyle endwrap" },
		{ { "Lifestyle: STYLE", 16 }, "Life#115;tyle: #83;TYLE" },
		{ { "classDef classical", 18 }, "cla#115;sDef classical" },
		{ { "\xec" "lassDef", 8 }, "#92;xecla#115;sDef" },
		{ { "wrap: NoWrap: wrapped", 21 }, "#119;rap: No#87;rap: wrapped" },
		{ { "\xc2\xb6\xc3\x9f \xef\xac\x82\xc2\xb0", 10 },
		  "#182;\xc3\x9f #64258;\xc2\xb0" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_written(MERMAID, cases[i].in, cases[i].out);
}

static void assert_cell(struct slice in, const char *begin, const char *inside)
{
	struct slice got = safe_csv_open(in);
	assert_int_equal(got.len, strlen(begin));
	assert_memory_equal(got.p, begin, got.len);
	assert_written(CSV, in, inside);
}

static void test_csv(void **state)
{
	(void)state;
	assert_cell(SLICE_NONE, "\"", "");
	assert_cell(SLICE("plain, a;b"), "\"", "plain, a;b");
	assert_cell(SLICE("say \"hi\""), "\"", "say \"\"hi\"\"");
	assert_cell(SLICE("two\r\nlines"), "\"", "two\\x0d\\x0alines");
	assert_cell(SLICE("=1+1"), "\"'", "=1+1");
	assert_cell(SLICE("+15551234567"), "\"'", "+15551234567");
	assert_cell(SLICE("-1"), "\"'", "-1");
	assert_cell(SLICE("@SUM(A1)"), "\"'", "@SUM(A1)");
	assert_cell(SLICE("\t=1"), "\"'", "\\x09=1");
	assert_cell(SLICE("\r=1"), "\"'", "\\x0d=1");
	assert_cell(SLICE("\n=1"), "\"'", "\\x0a=1");
	/* U+FF1D, U+FF0B, U+FF0D, U+FF20 */
	assert_cell(SLICE("\xef\xbc\x9d" "1"), "\"'", "\xef\xbc\x9d" "1");
	assert_cell(SLICE("\xef\xbc\x8b" "1"), "\"'", "\xef\xbc\x8b" "1");
	assert_cell(SLICE("\xef\xbc\x8d" "1"), "\"'", "\xef\xbc\x8d" "1");
	assert_cell(SLICE("\xef\xbc\xa0" "1"), "\"'", "\xef\xbc\xa0" "1");
	assert_cell(SLICE("\xef\xbc\x9e"), "\"", "\xef\xbc\x9e");
	assert_cell(SLICE("\xef\xbc"), "\"", "\\xef\\xbc");
	assert_cell(SLICE("a=1"), "\"", "a=1");
	assert_cell(SLICE("\"=1"), "\"", "\"\"=1");
	assert_cell(SLICE("'=1"), "\"", "'=1");
	for (unsigned c = 0; c < 256; c++) {
		const char byte = (char)c;
		bool formula = c && strchr("=+-@\t\r\n", (int)c);
		assert_int_equal(safe_csv_open((struct slice){ &byte, 1 }).len,
		                 formula ? 2 : 1);
	}
}

/* Each byte, each pair, and each pair after a lead byte of three, at a page's end. */
static void test_every_byte_and_pair(void **state)
{
	(void)state;
	char *one = guard_copy("-", 1), *two = guard_copy("--", 2);
	char *three = guard_copy("\xe2--", 3);
	for (unsigned i = 0; i < 65536; i++) {
		one[0] = two[0] = three[1] = (char)(i >> 8);
		two[1] = three[2] = (char)i;
		if (i % 256 == 0)
			check_all_forms((struct slice){ one, 1 });
		check_all_forms((struct slice){ two, 2 });
		check_all_forms((struct slice){ three, 3 });
	}
	guard_free(one);
	guard_free(two);
	guard_free(three);
}

/* All of them behind a letter, which a mark may stand on; surrogates as the three bytes
 * that they would be. A part of them is compared with the models too. */
static void test_every_code_point(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		char bytes[5] = { 'a' };
		size_t len = 1 + rfc3629_encode(point, bytes + 1);
		struct slice in = { bytes, len };
		for (unsigned form = 0; form < FORMS; form++) {
			struct safe_step step;
			take_step((enum form)form, in, &step);
			bool surrogate = point >= 0xd800 && point <= 0xdfff;
			bool fine = !is_dangerous(point) && utf8_is_printable(point);
			if (step.plain < len)
				fine = step.plain == 1 &&
				       step.skip == (surrogate ? 1 : len - 1);
			if (!fine)
				fail_msg("form %u: U+%04X", form, (unsigned)point);
		}
		if (point < 0x3400 || point % 0x100 == 0xff || point % 0x1f == 0)
			check_all_forms(in);
	}
}

/* Each character of more than one byte, cut at each place, alone and before others, at
 * a page's end. */
static void test_every_cut(void **state)
{
	(void)state;
	static const char *const chars[] = { "\xc3\xa9", "\xe2\x82\xac", "\xcc\x81",
		                             "\xe2\x80\xae", "\xf0\x9f\x98\x80",
		                             "\xf4\x8f\xbf\xbf", "\xef\xac\x82" };
	static const char *const next[] = { "", "a", "<", "\xc3\xa9", "\x80", "\n" };
	for (size_t i = 0; i < ARRAY_LEN(chars) * ARRAY_LEN(next); i++) {
		const char *character = chars[i / ARRAY_LEN(next)];
		const char *after = next[i % ARRAY_LEN(next)];
		for (size_t cut = 1; cut <= strlen(character); cut++) {
			char text[8];
			memcpy(text, character, cut);
			memcpy(text + cut, after, strlen(after));
			char *copy = guard_copy(text, cut + strlen(after));
			check_all_forms((struct slice){ copy, cut + strlen(after) });
			guard_free(copy);
		}
	}
}

/* Strings of what is troublesome, in any order and cut anywhere. */
static size_t trouble(uint64_t *seed, char bytes[IN_MAX])
{
	static const char *const parts[] = { "a",
		                             " ",
		                             "\"",
		                             "\\",
		                             "<",
		                             "\033[31m",
		                             "\n",
		                             "\x7f",
		                             "\x80",
		                             "\xbf",
		                             "\xc2",
		                             "\xe2\x80",
		                             "\xf0\x9f",
		                             "\xed\xa0\x80",
		                             "\xc3\xa9",
		                             "\xe2\x80\xa8",
		                             "\xe6\xbc\xa2",
		                             "\xf0\x9f\x98\x80",
		                             "\xcc\x81",
		                             "\xf4\x8f\xbf\xbf",
		                             "\xff",
		                             "\xc2\x9b",
		                             "end",
		                             "Style:",
		                             "wrap:",
		                             "#;%",
		                             "&'`$",
		                             "\xc2\xb6" };
	size_t len = 0, most = random_below(seed, IN_MAX + 1);
	while (len < most) {
		const char *part = parts[random_below(seed, ARRAY_LEN(parts))];
		size_t n = strlen(part) < most - len ? strlen(part) : most - len;
		memcpy(bytes + len, part, n);
		len += n;
	}
	return len;
}

static void test_random(void **state)
{
	(void)state;
	uint64_t seed = 8;
	char bytes[IN_MAX];
	for (int round = 0; round < 20000; round++) {
		size_t len = trouble(&seed, bytes);
		check_all_forms((struct slice){ bytes, len });
		char *copy = guard_copy(bytes, len);
		check_all_forms((struct slice){ copy, len });
		guard_free(copy);
	}
}

/* A buffer of each size, up to where all fits: as many whole units as it holds and a
 * NUL, no byte behind it. */
static void check_copy(enum form form, struct slice in)
{
	struct output whole;
	char filler[OUT_MAX + 2];
	memset(filler, '#', sizeof(filler));
	run(form, in, &whole);
	assert_int_equal(safe_text_copy(in, form == TEXT_UTF8, NULL, 0), 0);
	for (size_t size = 1; size <= whole.len + 2; size++) {
		size_t fits = 0;
		struct model m = { form, 5, false };
		for (struct slice rest = in; rest.len;) {
			char unit[24];
			size_t len = model_unit(&m, rest, unit);
			if (fits + strlen(unit) > size - 1)
				break;
			fits += strlen(unit);
			rest = slice_skip(rest, len);
		}
		char *out = guard_copy(filler, size);
		assert_int_equal(safe_text_copy(in, form == TEXT_UTF8, out, size), fits);
		assert_memory_equal(out, whole.bytes, fits);
		assert_int_equal(out[fits], '\0');
		guard_free(out);
	}
}

static void test_copy_every_size(void **state)
{
	(void)state;
	const struct slice cases[] = {
		SLICE_NONE,
		SLICE("a"),
		SLICE("sip:alice@example.com"),
		SLICE("\xc3\xa9\xc3\xa9"),
		SLICE("a\xe2\x82\xac"
		      "b"),
		SLICE("\xf0\x9f\x98\x80\xf0\x9f\x98\x80"),
		SLICE("\033]0;x\a"),
		SLICE("ab\ncd\xff"
		      "ef"),
		SLICE("\xe2\x80\xae"
		      "ab\xf4\x8f\xbf\xbf"),
		SLICE("\x80\x80\x80"),
		SLICE("e\xcc\x81\xe6\xbc\xa2\xe5\xad\x97"),
		SLICE("e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85"),
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		check_copy(TEXT_ASCII, cases[i]);
		check_copy(TEXT_UTF8, cases[i]);
	}
	uint64_t seed = 9;
	char bytes[IN_MAX];
	for (int round = 0; round < 100; round++) {
		struct slice in = { bytes, trouble(&seed, bytes) };
		check_copy(TEXT_ASCII, in);
		check_copy(TEXT_UTF8, in);
	}
}

static void assert_name(struct slice in, const char *expected)
{
	char filler[SAFE_NAME_MAX];
	memset(filler, '#', sizeof(filler));
	char *out = guard_copy(filler, sizeof(filler));
	assert_int_equal(safe_file_name(in, out), strlen(expected));
	assert_string_equal(out, expected);
	guard_free(out);
}

static void test_file_name(void **state)
{
	(void)state;
	assert_name(SLICE_NONE, "_");
	assert_name(SLICE(""), "_");
	assert_name(SLICE("a84b4c76e66710@pc33.atlanta.com"),
	            "a84b4c76e66710_pc33.atlanta.com");
	assert_name(SLICE("."), "_");
	assert_name(SLICE(".."), "_.");
	assert_name(SLICE("-rf"), "_rf");
	assert_name(SLICE(".-x"), "_-x");
	assert_name(SLICE("../../etc/passwd"), "_._.._etc_passwd");
	assert_name(SLICE("a\0b\nc\\d;e$(f)"), "a_b_c_d_e__f_");
	assert_name(SLICE("\xc3\xa9"), "__");
	char bytes[200], expected[SAFE_NAME_MAX];
	memset(bytes, 'x', sizeof(bytes));
	for (size_t len = 60; len <= sizeof(bytes); len++) {
		size_t kept = len < 64 ? len : 64;
		memset(expected, 'x', kept);
		expected[kept] = '\0';
		assert_name((struct slice){ bytes, len }, expected);
	}
}

/* Names of devices are not of a file, whatever is behind the first dot. */
static void test_file_name_device(void **state)
{
	(void)state;
	static const char *const devices[] = {
		"con", "PRN", "Aux", "nul", "com0", "COM1", "com9", "lpt0", "Lpt1", "LPT9"
	};
	static const char *const behind[] = { "", ".", ".pcap", ".a.b" };
	for (size_t i = 0; i < ARRAY_LEN(devices) * ARRAY_LEN(behind); i++) {
		char in[16], expected[16];
		snprintf(in, sizeof(in), "%s%s", devices[i / ARRAY_LEN(behind)],
		         behind[i % ARRAY_LEN(behind)]);
		memcpy(expected, in, sizeof(in));
		expected[0] = '_';
		assert_name(slice_of(in), expected);
	}
	static const char *const others[] = { "co", "conn", "com", "com10", "xcon",
		                              "comx", "lpt-", "com1_.x", "a.con",
		                              "con-1" };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_name(slice_of(others[i]), others[i]);
	assert_name(SLICE("com\xc2\xb9"), "com__");
}

static void test_file_name_every_byte(void **state)
{
	(void)state;
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789._-";
	for (int c = 0; c < 256; c++) {
		const char in[3] = { (char)c, (char)c, (char)c };
		char out[SAFE_NAME_MAX];
		assert_int_equal(safe_file_name((struct slice){ in, 3 }, out), 3);
		bool keeps = c && strchr(allowed, c);
		assert_int_equal(out[1], keeps ? c : '_');
		assert_int_equal(out[2], keeps ? c : '_');
		assert_int_equal(out[0], keeps && c != '.' && c != '-' ? c : '_');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_mermaid),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_every_byte_and_pair),
		cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_copy_every_size),
		cmocka_unit_test(test_file_name),
		cmocka_unit_test(test_file_name_device),
		cmocka_unit_test(test_file_name_every_byte),
	};
	return cmocka_run_group_tests_name("base/safe", tests, NULL, NULL);
}
