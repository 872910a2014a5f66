/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "support/guard.h"
#include "text.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define TYPE          "multipart/mixed;boundary=b1"

static void assert_inside(struct slice part, struct slice whole)
{
	if (part.len == 0)
		return;
	uintptr_t from = (uintptr_t)part.p, begin = (uintptr_t)whole.p;
	assert_true(from >= begin && part.len <= whole.len);
	assert_true(from - begin <= whole.len - part.len);
}

/* --- boundaries */

static const struct {
	const char *type, *boundary; /* NULL: none */
} boundaries[] = {
	{ "multipart/mixed;boundary=b1", "b1" },
	{ "multipart/mixed; BOUNDARY = b1 ; x=y", "b1" },
	{ "multipart/mixed;boundary=\"a b\"", "a b" },
	{ "multipart/mixed;boundary=\"a;b=c\"", "a;b=c" },
	{ "multipart/mixed;boundary=\"b1 \"", "b1" }, /* no white space at the end */
	{ "multipart/mixed;boundary=\"open", "open" },
	{ "multipart/mixed;boundary=----=_Part_1.2'(x)", "----=_Part_1.2'(x)" },
	{ "multipart/mixed;a=\";boundary=no\";boundary=b1", "b1" },
	{ "multipart/mixed;boundary=b1;boundary=b2", "b1" },
	{ "multipart/mixed;\r\n boundary=b1", "b1" },
	{ "multipart/mixed;boundary=", NULL },
	{ "multipart/mixed;boundary=\"\"", NULL },
	{ "multipart/mixed;boundary=\"  \"", NULL },
	{ "multipart/mixed;boundary=\"", NULL },
	{ "multipart/mixed;bound=b1", NULL },
	{ "boundary=b1", NULL },
	{ "", NULL },
};

static void test_boundaries(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(boundaries); i++) {
		const char *where = boundaries[i].type;
		struct slice b = text("untouched");
		bool there = multipart_boundary(text(where), &b);
		assert_int_equal(there, boundaries[i].boundary != NULL);
		assert_is(b, there ? boundaries[i].boundary : "untouched", where);
		struct multipart m = { .parts = 7 };
		enum err e = multipart_init(&m, text(where), text("x"));
		assert_int_equal(e, there ? OK : ERR_FORMAT);
		assert_int_equal(m.parts, there ? 0 : 7);
	}
}

/* --- where parts begin and end: bodies between bars; '!' for an unclosed end */

static const struct {
	const char *body, *parts;
} cuts[] = {
	{ "--b1\r\n\r\none\r\n--b1\r\n\r\ntwo\r\n--b1--\r\n", "|one|two" },
	{ "--b1\n\none\n--b1\n\ntwo\n--b1--\n", "|one|two" },
	{ "--b1\r\n\r\none\r\n--b1--", "|one" }, /* the last line end may be absent */
	{ "preamble\r\nmore\r\n--b1\r\n\r\none\r\n--b1--\r\nepilogue", "|one" },
	{ "\r\n--b1\r\n\r\none\r\n--b1--\r\n", "|one" },
	{ "--b1--\r\n--b1\r\n\r\none\r\n--b1--", "" }, /* all is epilogue */
	{ "--b1\r\n\r\none\r\n--b1--\r\n--b1\r\n\r\ntwo\r\n--b1--", "|one" },
	/* transport padding: RFC 2046 5.1.1 */
	{ "--b1 \t\r\n\r\none\r\n--b1-- \t\r\n", "|one" },
	/* the line end before a delimiter is its own */
	{ "--b1\r\n\r\none\r\n\r\n--b1--", "|one\r\n" },
	{ "--b1\r\n\r\none\n--b1--", "|one" },
	{ "--b1\r\n\r\none\r--b1--\r\n--b1--", "|one\r--b1--" },
	{ "--b1\r\n\r\n--b1--", "|" },
	{ "--b1\r\n\r\n\r\n--b1--", "|" },
	{ "--b1\r\n\r\n\r\n\r\n--b1--", "|\r\n" },
	{ "--b1\r\n--b1--", "|" },
	{ "--b1\r\n\r\n no fold\r\n--b1--", "| no fold" },
	{ "--b1\r\nX: y\r\n--b1--", "|" }, /* no empty line: no body */
	{ "--b1\r\nX: y\r\n\r\n--b1--", "|" },
	/* no delimiters */
	{ "--b1\r\n\r\na--b1--\r\n --b1--\r\n-b1\r\n--b\r\n--b12\r\n--b1-\r\n--B1"
	  "\r\n--b1--",
	  "|a--b1--\r\n --b1--\r\n-b1\r\n--b\r\n--b12\r\n--b1-\r\n--B1" },
	{ "--b1\r\n\r\none\r\n--b1x--\r\n--b1--x\r\n--b1--",
	  "|one\r\n--b1x--\r\n--b1--x" },
	/* no closing delimiter */
	{ "--b1\r\n\r\none\r\n", "|one\r\n!" },
	{ "--b1\r\n\r\none\r\n--b1\r\n\r\ntwo", "|one|two!" },
	{ "--b1\r\n\r\none\r\n--b", "|one\r\n--b!" },
	{ "--b1", "|!" },
	{ "no delimiter", "!" },
	{ "", "!" },
};

/* Parts of a body as in the rows above. */
static size_t joined(char out[512], struct slice body)
{
	struct multipart m;
	struct multipart_part part;
	size_t n = 0;
	assert_int_equal(multipart_init(&m, text(TYPE), body), OK);
	while (multipart_next(&m, &part)) {
		assert_inside(part.headers, body);
		assert_inside(part.body, body);
		assert_int_equal(part.unclosed, m.unclosed);
		assert_true(n + part.body.len + 2 < 512);
		out[n++] = '|';
		if (part.body.len)
			memcpy(out + n, part.body.p, part.body.len);
		n += part.body.len;
	}
	assert_false(multipart_next(&m, &part));
	assert_int_equal(m.lost, 0);
	if (m.unclosed)
		out[n++] = '!';
	return n;
}

static void test_cuts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(cuts); i++) {
		struct slice body = text(cuts[i].body);
		for (size_t len = 0; len <= body.len; len++) {
			char got[512], *copy = guard_copy(body.p, len);
			size_t n = joined(got, (struct slice){ copy, len });
			if (len == body.len)
				assert_is((struct slice){ got, n }, cuts[i].parts,
				          cuts[i].body);
			guard_free(copy);
		}
		char got[512], *copy = guard_copy_front(body.p, body.len);
		size_t n = joined(got, (struct slice){ copy, body.len });
		assert_is((struct slice){ got, n }, cuts[i].parts, cuts[i].body);
		guard_free(copy);
	}
}

/* --- fields */

static void test_fields(void **state)
{
	(void)state;
	struct multipart m;
	struct multipart_part p;
	assert_int_equal(multipart_init(&m, text(TYPE), text(
		"--b1\r\n"
		"Content-Type: application/ISUP; version=itu-t92+\r\n"
		"content-disposition:signal\r\n"
		" ;handling=optional\r\n"
		"Content-Transfer-Encoding: Binary\r\n"
		"Content-ID: <1@example.com>\r\n"
		"X-Other : 1\r\n"
		"\r\n"
		"X: body\r\n"
		"--b1\r\n"
		"no colon\r\n"
		": no name\r\n"
		"c: text/plain\r\n"
		"Content-Type: text/html\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"Content-ID: bare\r\n"
		"\r\n"
		"Zg==\r\n"
		"--b1\r\n"
		"\r\n"
		"Content-Type: a/b\r\n"
		"--b1--")), OK);
	assert_true(multipart_next(&m, &p));
	assert_is(p.type, "application/ISUP; version=itu-t92+", "type");
	assert_is(p.disposition, "signal\r\n ;handling=optional", "disposition");
	assert_is(p.transfer, "Binary", "transfer");
	assert_is(p.id, "1@example.com", "id");
	assert_is(p.body, "X: body", "body");
	assert_int_equal(p.encoding, MULTIPART_IDENTITY);
	struct slice rest = p.headers, name, value;
	unsigned n = 0;
	while (multipart_field_next(&rest, &name, &value))
		n++;
	assert_int_equal(n, 5);
	assert_int_equal(rest.len, 0);
	assert_is(name, "X-Other", "name");
	assert_is(value, "1", "value");

	assert_true(multipart_next(&m, &p));
	assert_is(p.type, "text/plain", "the first one counts");
	assert_is(p.id, "bare", "id");
	assert_int_equal(p.encoding, MULTIPART_BASE64);
	assert_is(p.body, "Zg==", "body");

	assert_true(multipart_next(&m, &p));
	assert_int_equal(p.type.len, 0);
	assert_is(p.headers, "\r\n", "headers");
	assert_is(p.body, "Content-Type: a/b", "body");
	assert_false(multipart_next(&m, &p));
}

static const struct {
	const char             *name;
	enum multipart_encoding encoding;
} encodings[] = {
	{ "7bit", MULTIPART_IDENTITY },
	{ "8BIT", MULTIPART_IDENTITY },
	{ "binary", MULTIPART_IDENTITY },
	{ "", MULTIPART_IDENTITY },
	{ "BASE64", MULTIPART_BASE64 },
	{ "Quoted-Printable", MULTIPART_QUOTED },
	{ "x-uuencode", MULTIPART_OTHER },
	{ "base6", MULTIPART_OTHER },
};

static void test_encodings(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(encodings); i++) {
		char body[128] = "--b1\r\nContent-Transfer-Encoding:";
		size_t n = strlen(body), len = strlen(encodings[i].name);
		memcpy(body + n, encodings[i].name, len);
		memcpy(body + n + len, "\r\n\r\n", 5);
		struct multipart m;
		struct multipart_part p;
		assert_int_equal(multipart_init(&m, text(TYPE), text(body)), OK);
		assert_true(multipart_next(&m, &p));
		assert_is(p.transfer, encodings[i].name, body);
		assert_int_equal(p.encoding, encodings[i].encoding);
	}
}

/* --- any bytes */

static void test_binary(void **state)
{
	(void)state;
	char body[400] = "--b1\r\n\r\n";
	size_t n = 8;
	for (unsigned i = 0; i < 256; i++)
		body[n++] = (char)i;
	memcpy(body + n, "\r\n--b1--", 8);
	n += 8;
	struct multipart m;
	struct multipart_part p;
	assert_int_equal(multipart_init(&m, text(TYPE), (struct slice){ body, n }), OK);
	assert_true(multipart_next(&m, &p));
	assert_int_equal(p.body.len, 256);
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal((unsigned char)p.body.p[i], i);
	assert_false(p.unclosed);
	assert_false(multipart_next(&m, &p));
}

/* --- multiparts within multiparts: the boundary of the inner one begins with that of
 * the outer one, which is legal but for RFC 2046 5.1.1 taken at its word */

static void test_nested(void **state)
{
	(void)state;
	struct multipart outer, inner;
	struct multipart_part p, q;
	assert_int_equal(multipart_init(&outer, text(TYPE), text(
		"--b1\r\n"
		"Content-Type: multipart/alternative;boundary=\"b1.2\"\r\n"
		"\r\n"
		"--b1.2\r\n\r\nx\r\n--b1.2\r\n\r\ny\r\n--b1.2--\r\n"
		"\r\n"
		"--b1\r\n\r\nz\r\n--b1--\r\n")), OK);
	assert_true(multipart_next(&outer, &p));
	assert_int_equal(multipart_init(&inner, p.type, p.body), OK);
	assert_true(multipart_next(&inner, &q));
	assert_is(q.body, "x", "inner");
	assert_true(multipart_next(&inner, &q));
	assert_is(q.body, "y", "inner");
	assert_false(multipart_next(&inner, &q));
	assert_false(inner.unclosed);
	assert_true(multipart_next(&outer, &p));
	assert_is(p.body, "z", "outer");
	assert_false(multipart_next(&outer, &p));
}

/* --- limits */

static void count_parts(size_t parts, uint32_t handed_out, uint32_t lost)
{
	const char part[] = "--b1\n\n";
	const size_t each = sizeof part - 1;
	char *body = malloc(parts * each + 6);
	assert_non_null(body);
	for (size_t i = 0; i < parts; i++)
		memcpy(body + i * each, part, each);
	memcpy(body + parts * each, "--b1--", 6);
	struct multipart m;
	struct multipart_part p;
	struct slice all = { body, parts * each + 6 };
	assert_int_equal(multipart_init(&m, text(TYPE), all), OK);
	uint32_t n = 0;
	while (multipart_next(&m, &p))
		n++;
	assert_int_equal(n, handed_out);
	assert_int_equal(m.parts, handed_out);
	assert_int_equal(m.lost, lost);
	assert_false(m.unclosed);
	assert_false(multipart_next(&m, &p));
	assert_int_equal(m.lost, lost);
	free(body);
}

static void test_many_parts(void **state)
{
	(void)state;
	count_parts(MULTIPART_PARTS_MAX - 1, MULTIPART_PARTS_MAX - 1, 0);
	count_parts(MULTIPART_PARTS_MAX, MULTIPART_PARTS_MAX, 0);
	count_parts(MULTIPART_PARTS_MAX + 1, MULTIPART_PARTS_MAX, 1);
	count_parts(100000, MULTIPART_PARTS_MAX, 100000 - MULTIPART_PARTS_MAX);
}

/* A megabyte of dashes, the boundary being dashes too: whatever a search compares at
 * each of them, only a whole line is a delimiter. */
static void test_dashes(void **state)
{
	(void)state;
	enum { SIZE = 1 << 20, BOUNDARY = 70 };
	char type[128] = "multipart/mixed;boundary=";
	memset(type + strlen(type), '-', BOUNDARY);
	char *body = malloc(SIZE);
	assert_non_null(body);
	for (unsigned round = 0; round < 2; round++) {
		memset(body, '-', SIZE);
		/* lines of 71 dashes: one short of a delimiter */
		for (size_t i = BOUNDARY + 1; round == 1 && i < SIZE; i += BOUNDARY + 2)
			body[i] = '\n';
		struct multipart m;
		struct multipart_part p;
		struct slice all = { body, SIZE };
		assert_int_equal(multipart_init(&m, text(type), all), OK);
		assert_false(multipart_next(&m, &p));
		assert_true(m.unclosed);
	}
	/* "--" and the boundary, and with two dashes more the closing one */
	memset(body, '-', SIZE);
	body[BOUNDARY + 2] = '\n';
	body[BOUNDARY + 3] = '\n';
	body[BOUNDARY + 4] = 'x';
	body[BOUNDARY + 5] = '\n';
	struct multipart m;
	struct multipart_part p;
	struct slice all = { body, 2 * BOUNDARY + 10 };
	assert_int_equal(multipart_init(&m, text(type), all), OK);
	assert_true(multipart_next(&m, &p));
	assert_is(p.body, "x", "dashes");
	assert_false(multipart_next(&m, &p));
	assert_false(m.unclosed);
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boundaries),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_many_parts),
		cmocka_unit_test(test_dashes),
	};
	return cmocka_run_group_tests_name("sip/multipart", tests, NULL, NULL);
}
