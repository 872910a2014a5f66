/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "view/diff.h"

/* A line with what differs in brackets. */
static size_t put_side(const struct diff *d, const struct diff_pair *pair, unsigned side,
                       char *out)
{
	struct slice rest = pair->line[side];
	size_t len = 0;
	while (rest.len) {
		bool changed;
		size_t n = diff_run(d, side, rest, &changed);
		assert_true(n >= 1 && n <= rest.len);
		if (changed)
			out[len++] = '[';
		memcpy(out + len, rest.p, n);
		len += n;
		if (changed)
			out[len++] = ']';
		rest = slice_skip(rest, n);
	}
	return len;
}

/* Each pair on a line: "=same", "~a|b", "-a", "+b". */
static void expect(const char *a, const char *b, const char *expected)
{
	static char text[65536];
	struct mem mem;
	struct diff d;
	size_t len = 0;
	mem_init(&mem, (size_t)16 << 20);
	assert_int_equal(diff_build(&d, &mem, slice_of(a), slice_of(b)), OK);
	for (uint32_t i = 0; i < d.npairs; i++) {
		const struct diff_pair *pair = &d.pairs[i];
		assert_true(pair->has[0] || pair->has[1]);
		text[len++] = pair->same      ? '='
		              : !pair->has[1] ? '-'
		              : !pair->has[0] ? '+'
		                              : '~';
		len += put_side(&d, pair, pair->has[0] ? 0 : 1, text + len);
		if (pair->has[0] && pair->has[1] && !pair->same) {
			text[len++] = '|';
			len += put_side(&d, pair, 1, text + len);
		}
		text[len++] = '\n';
	}
	text[len] = '\0';
	assert_string_equal(text, expected);
	diff_clear(&d);
	assert_int_equal(mem.used, 0);
}

static void test_same(void **state)
{
	(void)state;
	expect("", "", "");
	expect("OPTIONS sip:b SIP/2.0\r\nTo: b\r\n\r\n",
	       "OPTIONS sip:b SIP/2.0\r\nTo: b\r\n\r\n",
	       "=OPTIONS sip:b SIP/2.0\n=To: b\n=\n");
	/* how a line ends is not said */
	expect("OPTIONS sip:b SIP/2.0\nTo: b\n", "OPTIONS sip:b SIP/2.0\r\nTo: b\r\n",
	       "=OPTIONS sip:b SIP/2.0\n=To: b\n");
}

static void test_words(void **state)
{
	(void)state;
	expect("INVITE sip:bob@a.example SIP/2.0\r\n",
	       "INVITE sip:bob@b.example SIP/2.0\r\n",
	       "~INVITE sip:bob@[a.example] SIP/2.0|INVITE sip:bob@[b.example] "
	       "SIP/2.0\n");
	expect("A b\r\nTo: <sip:b@h>\r\n", "A b\r\nTo: <sip:b@h>;tag=17\r\n",
	       "=A b\n~To: <sip:b@h>|To: <sip:b@h>[;tag=17]\n");
	/* words in the middle: what is before and behind them is not in it */
	expect("A b\r\nAllow: INVITE, ACK, BYE\r\n",
	       "A b\r\nAllow: INVITE, BYE, OPTIONS\r\n",
	       "=A b\n~Allow: INVITE, [ACK, ]BYE|Allow: INVITE, BYE[, OPTIONS]\n");
	/* 70 and 170 have a 70, but are no word in common */
	expect("A b\r\nMax-Forwards: 70\r\n", "A b\r\nMax-Forwards: 170\r\n",
	       "=A b\n~Max-Forwards: [70]|Max-Forwards: [170]\n");
	expect("A b\r\nCSeq: 1 INVITE\r\n", "A b\r\nCSeq: 1 ACK\r\n",
	       "=A b\n~CSeq: 1 [INVITE]|CSeq: 1 [ACK]\n");
}

/* By name, whatever the order, compact or not (RFC 3261 7.3.3). */
static void test_names(void **state)
{
	(void)state;
	expect("A b\r\nFrom: x\r\nTo: y\r\n", "A b\r\nt: y\r\nf: x\r\n",
	       "=A b\n~[From]: x|[f]: x\n~[To]: y|[t]: y\n");
	expect("A b\r\nX-One: 1\r\nSubject: s\r\n",
	       "A b\r\nSubject: s\r\nx-one: 2\r\nX-Two: 2\r\n",
	       "=A b\n~[X-One]: [1]|[x-one]: [2]\n+[X-Two: 2]\n=Subject: s\n");
}

/* A proxy puts its Via on top (RFC 3261 16.6 step 8): that one is new, and no other. */
static void test_via(void **state)
{
	(void)state;
	expect("A b\r\nVia: SIP/2.0/UDP a\r\nMax-Forwards: 70\r\n",
	       "A b\r\nVia: SIP/2.0/UDP p\r\nVia: SIP/2.0/UDP a\r\nMax-Forwards: 69\r\n",
	       "=A b\n+[Via: SIP/2.0/UDP p]\n=Via: SIP/2.0/UDP a\n"
	       "~Max-Forwards: [70]|Max-Forwards: [69]\n");
	expect("A b\r\nRoute: <sip:p>\r\nTo: b\r\n", "A b\r\nTo: b\r\n",
	       "=A b\n-[Route: <sip:p>]\n=To: b\n");
}

static void test_body(void **state)
{
	(void)state;
	expect("A b\r\n\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 8 0\r\na=rtpmap:8 "
	       "PCMA/8000\r\n",
	       "A b\r\n\r\nc=IN IP4 192.0.2.9\r\nm=audio 5000 RTP/AVP 8\r\na=rtpmap:8 "
	       "PCMA/8000\r\n"
	       "a=sendonly\r\n",
	       "=A b\n=\n~c=IN IP4 [192.0.2.1]|c=IN IP4 [192.0.2.9]\n"
	       "~m=audio [4000] RTP/AVP 8[ 0]|m=audio [5000] RTP/AVP 8\n"
	       "=a=rtpmap:8 PCMA/8000\n+[a=sendonly]\n");
	/* a line of a body is none of a header, though it looks like it */
	expect("A b\r\nTo: b\r\n\r\n", "A b\r\n\r\nTo: b\r\n",
	       "=A b\n-[To: b]\n=\n+[To: b]\n");
}

static void test_folded(void **state)
{
	(void)state;
	expect("A b\r\nSubject: one\r\n two\r\n", "A b\r\nSubject: one\r\n three\r\n",
	       "=A b\n=Subject: one\n~ [two]| [three]\n");
}

/* More words than are compared, more lines than are looked for, nothing but separators:
 * all of it is there, and it takes no square of the bytes. */
static void test_bounds(void **state)
{
	enum { SIZE = 60000 };
	char *a = malloc(SIZE), *b = malloc(SIZE);
	struct mem mem;
	struct diff d;
	(void)state;
	assert_true(a && b);
	mem_init(&mem, (size_t)64 << 20);
	static const char *const patterns[][2] = {
		{ "a ", "b " },
		{ "a\n", "b\n" },
		{ ",", ";" },
		{ "\n", "\r\n" },
		{ "a=b\n", "a=c\n" },
		{ "a b c d e f g h i j k\n", "b a d c f e h g j i l\n" },
	};
	for (size_t p = 0; p < sizeof(patterns) / sizeof(*patterns); p++) {
		size_t na = strlen(patterns[p][0]), nb = strlen(patterns[p][1]);
		for (size_t i = 0; i < SIZE; i++) {
			a[i] = patterns[p][0][i % na];
			b[i] = patterns[p][1][i % nb];
		}
		assert_int_equal(diff_build(&d, &mem, (struct slice){ a, SIZE },
		                            (struct slice){ b, SIZE }),
		                 OK);
		size_t lines[2] = { 0 }, seen[2] = { 0 };
		for (size_t i = 0; i < SIZE; i++) {
			lines[0] += a[i] == '\n' || i + 1 == SIZE;
			lines[1] += b[i] == '\n' || i + 1 == SIZE;
		}
		for (uint32_t i = 0; i < d.npairs; i++) {
			seen[0] += d.pairs[i].has[0];
			seen[1] += d.pairs[i].has[1];
		}
		assert_int_equal(seen[0], lines[0]);
		assert_int_equal(seen[1], lines[1]);
		diff_clear(&d);
		assert_int_equal(mem.used, 0);
	}
	free(a);
	free(b);
}

static void test_no_memory(void **state)
{
	struct mem mem;
	struct diff d;
	enum err err = ERR_NOMEM;
	unsigned failures = 0;
	(void)state;
	mem_init(&mem, 1 << 20);
	for (; err != OK && failures < 100; failures++) {
		mem.fail_at = mem.taken + 1 + failures;
		err = diff_build(&d, &mem, slice_of("A b\nTo: b\nFrom: a\n"),
		                 slice_of("A b\nFrom: c\n"));
		diff_clear(&d);
		assert_int_equal(mem.used, 0);
	}
	assert_int_equal(err, OK);
	assert_true(failures > 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),   cmocka_unit_test(test_words),
		cmocka_unit_test(test_names),  cmocka_unit_test(test_via),
		cmocka_unit_test(test_body),   cmocka_unit_test(test_folded),
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests_name("view/diff", tests, NULL, NULL);
}
