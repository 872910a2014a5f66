/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <json-c/printbuf.h>

#include "export/json_writer.h"
#include "support/guard.h"

struct fixture {
	struct printbuf   *pb;
	struct json_writer w;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	f->pb = printbuf_new();
	assert_non_null(f->pb);
	json_begin(&f->w, f->pb);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	printbuf_free(f->pb);
	free(f);
	return 0;
}

/* What was written since the last time; valid until more is. */
static const char *written(struct fixture *f)
{
	assert_true(json_end(&f->w));
	static char text[4096];
	assert_true((size_t)f->pb->bpos < sizeof(text));
	memcpy(text, f->pb->buf, (size_t)f->pb->bpos);
	text[f->pb->bpos] = '\0';
	printbuf_reset(f->pb);
	json_begin(&f->w, f->pb);
	return text;
}

static void test_structure(void **state)
{
	struct fixture *f = *state;
	json_open(&f->w, NO_KEY, '{');
	json_put_uint(&f->w, KEY("v"), 1);
	json_open(&f->w, KEY("list"), '[');
	json_put_uint(&f->w, NO_KEY, 2);
	json_open(&f->w, NO_KEY, '{');
	json_close(&f->w, '}');
	json_open(&f->w, NO_KEY, '[');
	json_put_bool(&f->w, NO_KEY, true);
	json_put_bool(&f->w, NO_KEY, false);
	json_close(&f->w, ']');
	json_close(&f->w, ']');
	json_put_string(&f->w, KEY("s"), SLICE("x"));
	json_close(&f->w, '}');
	assert_string_equal(written(f),
	                    "{\"v\":1,\"list\":[2,{},[true,false]],\"s\":\"x\"}");
}

static void test_numbers(void **state)
{
	struct fixture *f = *state;
	const struct {
		uint64_t    value;
		const char *text;
	} rows[] = {
		{ 0, "0" }, { 9, "9" }, { 10, "10" }, { 4294967296, "4294967296" },
		{ 99, "99" }, { 100, "100" }, { 65535, "65535" },
		{ UINT64_C(9007199254740993), "9007199254740993" },
		{ UINT64_C(9999999999999999999), "9999999999999999999" },
		{ UINT64_C(10000000000000000000), "10000000000000000000" },
		{ UINT64_MAX, "18446744073709551615" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_put_uint(&f->w, NO_KEY, rows[i].value);
		assert_string_equal(written(f), rows[i].text);
	}
	json_put_id(&f->w, KEY("id"), 0);
	assert_string_equal(written(f), "");
	json_put_id(&f->w, KEY("id"), 7);
	assert_string_equal(written(f), "\"id\":7");
}

static void test_escapes(void **state)
{
	struct fixture *f = *state;
	const struct {
		struct slice in;
		const char  *text;
	} rows[] = {
		{ SLICE(""), "\"\"" },
		{ SLICE("abcdefg"), "\"abcdefg\"" },
		{ SLICE("abcdefgh"), "\"abcdefgh\"" },
		{ SLICE("abcdefghi"), "\"abcdefghi\"" },
		{ SLICE("a\"b"), "\"a\\\"b\"" },
		{ SLICE("abcdefg\\"), "\"abcdefg\\\\\"" },
		{ SLICE("\t\r\n"), "\"\\t\\r\\n\"" },
		{ SLICE("a\0b"), "\"a\\u0000b\"" },
		{ SLICE("\x1f\x7f"), "\"\\u001f\\u007f\"" },
		{ SLICE("<b>&"), "\"\\u003cb\\u003e&\"" },
		{ SLICE("caf\xc3\xa9"), "\"caf\xc3\xa9\"" },
		{ SLICE("a\xff" "b\xc3"), "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"" },
		{ SLICE("\xe2\x80\xa8\xe2\x80\xa9"), "\"\\u2028\\u2029\"" },
		{ SLICE("line\r\n fold"), "\"line\\r\\n fold\"" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_put_string(&f->w, NO_KEY, rows[i].in);
		assert_string_equal(written(f), rows[i].text);
	}
}

/* Each byte at each place of strings of each length about the size of a word: what is
 * written must read back, by json-c, as what was given. */
static void test_every_byte_every_place(void **state)
{
	struct fixture *f = *state;
	for (size_t len = 1; len <= 18; len++) {
		for (size_t at = 0; at < len; at++) {
			for (unsigned byte = 0; byte < 128; byte++) {
				char in[18];
				memset(in, 'x', sizeof(in));
				in[at] = (char)byte;
				char *copy = guard_copy(in, len);
				json_put_string(&f->w, NO_KEY,
				                (struct slice){ copy, len });
				guard_free(copy);
				const char *text = written(f);
				for (const char *p = text; *p; p++)
					assert_in_range(*p, 0x20, 0x7e);
				struct json_object *back = json_tokener_parse(text);
				assert_non_null(back);
				assert_int_equal(json_object_get_string_len(back), len);
				assert_memory_equal(json_object_get_string(back), in,
				                    len);
				json_object_put(back);
			}
		}
	}
}

static void test_header_values(void **state)
{
	struct fixture *f = *state;
	const struct {
		const char *in, *text;
	} rows[] = {
		{ "one\r\n two", "\"one two\"" },
		{ "one\n\t  two\r\n three", "\"one two three\"" },
		{ "long enough one\r\n \ttwo", "\"long enough one two\"" },
		{ "no\r\nfold", "\"no\\r\\nfold\"" }, /* no white space: not one field */
		{ "bare\rcr", "\"bare\\rcr\"" },
		{ "\"quoted\"", "\"\\\"quoted\\\"\"" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_put_header(&f->w, NO_KEY, slice_of(rows[i].in));
		assert_string_equal(written(f), rows[i].text);
	}
}

static void test_unquoted(void **state)
{
	struct fixture *f = *state;
	const struct {
		const char *in, *text;
	} rows[] = {
		{ "Alice", "\"Alice\"" },
		{ "\"Alice\"", "\"Alice\"" },
		{ "\"A \\\"B\\\" C\\\\D\"", "\"A \\\"B\\\" C\\\\D\"" },
		{ "\"two\r\n lines\"", "\"two lines\"" },
		{ "\"cut\\\"", "\"cut\"" },
		{ "\"\"", "\"\"" },
		{ "\"", "\"\\\"\"" },
		{ "\"\\\xc3\xa9\"", "\"\xc3\xa9\"" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_put_unquoted(&f->w, NO_KEY, slice_of(rows[i].in));
		assert_string_equal(written(f), rows[i].text);
	}
}

/* The test vectors of RFC 4648 10. */
static void test_base64(void **state)
{
	struct fixture *f = *state;
	const char *const rows[][2] = {
		{ "", "\"\"" }, { "f", "\"Zg==\"" }, { "fo", "\"Zm8=\"" },
		{ "foo", "\"Zm9v\"" }, { "foob", "\"Zm9vYg==\"" },
		{ "fooba", "\"Zm9vYmE=\"" }, { "foobar", "\"Zm9vYmFy\"" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_put_base64(&f->w, NO_KEY, slice_of(rows[i][0]));
		assert_string_equal(written(f), rows[i][1]);
	}
	json_put_base64(&f->w, NO_KEY, SLICE("\xff\xfe\xfb"));
	assert_string_equal(written(f), "\"//77\"");
}

static void test_times(void **state)
{
	struct fixture *f = *state;
	json_put_time(&f->w, KEY("time"), UINT64_C(1795176000123456999));
	assert_string_equal(written(f), "\"time\":\"2026-11-20T12:00:00.123456Z\"");
	json_put_time(&f->w, KEY("time"), TICK_NONE);
	assert_string_equal(written(f), "");
}

static void test_spans(void **state)
{
	struct fixture *f = *state;
	const struct {
		tick        from, to;
		const char *text;
	} rows[] = {
		{ 0, 0, "\"ms\":0" },
		{ 0, 999, "\"ms\":0" },
		{ 0, 1000, "\"ms\":0.001" },
		{ 0, 1999, "\"ms\":0.001" },
		{ 999, 1000, "\"ms\":0.001" }, /* each instant is cut */
		{ 0, 10 * TICK_US, "\"ms\":0.01" },
		{ 0, 100 * TICK_US, "\"ms\":0.1" },
		{ 0, 101 * TICK_US, "\"ms\":0.101" },
		{ 0, TICK_MS, "\"ms\":1" },
		{ 5 * TICK_MS, 12345 * TICK_MS + 670 * TICK_US, "\"ms\":12340.67" },
		{ 0, TICK_NONE - 1, "\"ms\":18446744073709.551" },
		{ TICK_US, 0, "" },
		{ TICK_NONE, 0, "" },
		{ 0, TICK_NONE, "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_put_span(&f->w, KEY("ms"), rows[i].from, rows[i].to);
		assert_string_equal(written(f), rows[i].text);
	}
}

static void test_absent(void **state)
{
	struct fixture *f = *state;
	json_open(&f->w, NO_KEY, '{');
	json_put_text(&f->w, KEY("a"), SLICE_NONE);
	json_put_word(&f->w, KEY("b"), "");
	json_put_word(&f->w, KEY("c"), "x");
	json_put_text(&f->w, KEY("d"), SLICE_NONE);
	json_close(&f->w, '}');
	assert_string_equal(written(f), "{\"c\":\"x\"}");
}

/* A string that makes the buffer grow leaves what was there. */
static void test_growth(void **state)
{
	struct fixture *f = *state;
	enum { LEN = 300000 };
	char *big = malloc(LEN);
	assert_non_null(big);
	memset(big, 1, LEN);
	json_put_string(&f->w, KEY("a"), SLICE("first"));
	json_put_string(&f->w, KEY("b"), (struct slice){ big, LEN });
	json_put_uint(&f->w, KEY("c"), 3);
	free(big);
	assert_true(json_end(&f->w));
	const char *text = f->pb->buf;
	size_t head = strlen("\"a\":\"first\",\"b\":\"");
	assert_memory_equal(text, "\"a\":\"first\",\"b\":\"\\u0001", head + 6);
	assert_string_equal(text + head + 6 * (size_t)LEN, "\",\"c\":3");
}

/* Brackets are a byte each, so that one of them finds no room left. */
static void test_growth_by_one(void **state)
{
	struct fixture *f = *state;
	enum { DEPTH = 9000 };
	for (int i = 0; i < DEPTH; i++)
		json_open(&f->w, NO_KEY, '[');
	for (int i = 0; i < DEPTH; i++)
		json_close(&f->w, ']');
	json_put_bool(&f->w, NO_KEY, true);
	assert_true(json_end(&f->w));
	assert_int_equal(f->pb->bpos, 2 * DEPTH + 5);
	for (int i = 0; i < DEPTH; i++)
		assert_true(f->pb->buf[i] == '[' && f->pb->buf[DEPTH + i] == ']');
	assert_string_equal(f->pb->buf + 2 * DEPTH, ",true");
}

/* Keys of each length about that of one, two and three words. */
static void test_keys(void **state)
{
	struct fixture *f = *state;
	static const char key[] = "\"abcdefghijklmnopqrstuvwxyz\":";
	for (size_t len = 1; len < sizeof(key); len++) {
		char expected[sizeof(key) + 1] = { 0 };
		char *copy = guard_copy(key, len);
		json_put_uint(&f->w, (struct slice){ copy, len }, 7);
		guard_free(copy);
		memcpy(expected, key, len);
		expected[len] = '7';
		assert_string_equal(written(f), expected);
	}
}

/* What no printbuf can hold is refused, and the writer says so ever after. */
static void test_too_long(void **state)
{
	struct fixture *f = *state;
	struct slice huge = { "", (size_t)1 << 40 }; /* never read */
	json_put_string(&f->w, KEY("a"), huge);
	json_put_uint(&f->w, KEY("b"), 1);
	json_put_span(&f->w, KEY("c"), 0, TICK_US);
	json_close(&f->w, '}');
	assert_true(f->w.failed);
	assert_false(json_end(&f->w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_structure, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_escapes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_byte_every_place, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_header_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unquoted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_base64, setup, teardown),
		cmocka_unit_test_setup_teardown(test_times, setup, teardown),
		cmocka_unit_test_setup_teardown(test_spans, setup, teardown),
		cmocka_unit_test_setup_teardown(test_absent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_growth, setup, teardown),
		cmocka_unit_test_setup_teardown(test_growth_by_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
	};
	return cmocka_run_group_tests_name("export/json_writer", tests, NULL, NULL);
}
