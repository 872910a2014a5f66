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

#define IN_MAX       64
#define OUT_MAX      (IN_MAX * SAFE_TEXT_MAX)

enum form { JSON, TEXT_ASCII, TEXT_UTF8 };

static const enum form forms[] = { JSON, TEXT_ASCII, TEXT_UTF8 };

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

/* What a writer does, with each promise of a step checked on the way. */
static void run(enum form form, struct slice in, struct output *out)
{
	struct safe_step step;
	out->len = 0;
	do {
		memset(&step, 0xee, sizeof(step));
		if (form == JSON)
			safe_json(in, &step);
		else
			safe_text(in, form == TEXT_UTF8, &step);
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

/* The first bytes of `in` that are one unit of safe_text, as they are to be written. */
static size_t text_unit(enum form form, struct slice in, char unit[16])
{
	const unsigned char *p = (const unsigned char *)in.p;
	size_t len = rfc3629_char(p, in.len);
	uint32_t point = len ? decode(p, len) : p[0];
	if (len == 0 || point < ' ' || (point >= 0x7f && point < 0xa0)) {
		snprintf(unit, 16, "\\x%02x", (unsigned)point);
	} else if ((form == TEXT_ASCII && point > 0x7e) || !utf8_is_printable(point)) {
		snprintf(unit, 16, "\\u{%04x}", (unsigned)point);
	} else {
		memcpy(unit, p, len);
		unit[len] = '\0';
	}
	return len ? len : 1;
}

static void check_text(enum form form, struct slice in, const struct output *out)
{
	struct output expected = { 0 };
	while (in.len) {
		char unit[16];
		size_t len = text_unit(form, in, unit);
		append(&expected, unit, strlen(unit));
		in = slice_skip(in, len);
	}
	assert_int_equal(out->len, expected.len);
	assert_memory_equal(out->bytes, expected.bytes, out->len);

	const unsigned char *p = (const unsigned char *)out->bytes;
	for (size_t i = 0; i < out->len;) {
		size_t len = rfc3629_char(p + i, out->len - i);
		assert_true(len == 1 || (len > 1 && form == TEXT_UTF8));
		uint32_t point = decode(p + i, len);
		assert_true(point >= ' ' && point != 0x7f &&
		            (point < 0x80 || point >= 0xa0));
		i += len;
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
	assert_false(*point >= 0xd800 && *point <= 0xdfff); /* no need of pairs here */
	return 6;
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
			len = json_escape(p, json->len - i, &point);
		} else {
			len = rfc3629_char((const unsigned char *)p, json->len - i);
			assert_int_not_equal(len, 0);
			point = decode((const unsigned char *)p, len);
			assert_true(point >= ' ' && (point < 0x7f || point > 0x9f));
			assert_true(point != '"' && point != '<' && point != '>');
			assert_true(point != 0x2028 && point != 0x2029);
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

static void check_all_forms(struct slice in)
{
	struct output out;
	run(JSON, in, &out);
	check_json(in, &out);
	run(TEXT_ASCII, in, &out);
	check_text(TEXT_ASCII, in, &out);
	run(TEXT_UTF8, in, &out);
	check_text(TEXT_UTF8, in, &out);
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
	for (size_t f = 0; f < ARRAY_LEN(forms); f++) {
		assert_written(forms[f], SLICE_NONE, "");
		assert_written(forms[f], SLICE(""), "");
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
		  "\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa" },
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
		{ { "e\xcc\x81", 3 }, "e\xcc\x81", "e\\u{0301}" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_written(TEXT_UTF8, cases[i].in, cases[i].utf8);
		assert_written(TEXT_ASCII, cases[i].in, cases[i].ascii);
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

static void test_every_code_point(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		char bytes[4];
		if (point >= 0xd800 && point <= 0xdfff)
			continue;
		if (point >= 0x20000 && point % 0x10000 > 0x1ff &&
		    point % 0x10000 < 0xfff0)
			continue; /* the higher planes at their ends */
		check_all_forms((struct slice){ bytes, rfc3629_encode(point, bytes) });
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
		                             "\xc2\x9b" };
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
	for (size_t size = 1; size <= whole.len + 2; size++) {
		size_t fits = 0;
		for (struct slice rest = in; rest.len;) {
			char unit[16];
			size_t len = text_unit(form, rest, unit);
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
		cmocka_unit_test(test_every_byte_and_pair),
		cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_copy_every_size),
		cmocka_unit_test(test_file_name),
		cmocka_unit_test(test_file_name_every_byte),
	};
	return cmocka_run_group_tests_name("base/safe", tests, NULL, NULL);
}
