/* SPDX-License-Identifier: MIT */
/* Messages made to be hard, each with what must be read in it and what must be said of
 * it: RFC 4475 and RFC 5118, and messages of our own with the same defects.
 *
 * own.tsv lists ours, which lie in own/; its last column is all codes that a message
 * gets. The bytes of the RFCs have no free licence and are not here: they are taken
 * from the folder SIPGLASS_TORTURE, or from ../shared/torture beside the sources, with
 * expectations.tsv of the same columns, whose last one has words of its own. Without
 * that folder those tests are skipped.
 *
 * Each message goes through the parser as a datagram, and through the framer as a
 * stream in segments of several sizes. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sip/check.h"
#include "sip/check_value.h"
#include "sip/field.h"
#include "sip/framer.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define LINE_ROOM     4096
#define PATH_ROOM     1024
#define FILE_ROOM     65536
#define BUDGET        (8U << 20)

enum column {
	COL_FILE,
	COL_SECTION,
	COL_VERDICT,
	COL_KIND,
	COL_METHOD_OR_CODE,
	COL_CALL_ID,
	COL_CSEQ_NUMBER,
	COL_CSEQ_METHOD,
	COL_FROM_TAG,
	COL_TO_TAG,
	COL_VIA_VALUES,
	COL_HEADER_FIELDS,
	COL_CONTENT_LENGTH,
	COL_OCTETS,
	COL_BODY_OCTETS,
	COL_MUST_FLAG,
	COLUMNS /* more may follow */
};

/* A message and its row. */
struct subject {
	struct slice bytes;
	struct slice col[COLUMNS];
	const char *how; /* it goes through now */
	uint64_t codes;  /* all that it gets as a datagram */
	unsigned wrong;
};

static struct slice text(const char *s)
{
	return slice_of(s);
}

static void expect(struct subject *s, const char *what, struct slice got,
                   struct slice want)
{
	if (slice_eq(got, want))
		return;
	print_message("%.*s, %s: %s is \"%.*s\", not \"%.*s\"\n", (int)s->col[0].len,
	              s->col[0].p, s->how, what, (int)got.len, got.p, (int)want.len,
	              want.p);
	s->wrong++;
}

static void expect_number(struct subject *s, const char *what, uint64_t got,
                          uint64_t want)
{
	char a[32], b[32];
	snprintf(a, sizeof a, "%llu", (unsigned long long)got);
	snprintf(b, sizeof b, "%llu", (unsigned long long)want);
	expect(s, what, text(a), text(b));
}

/* The number that a column begins with; 0 for none. */
static uint64_t number(struct slice col)
{
	uint64_t n = 0;
	size_t len = 0;
	while (len < col.len && col.p[len] >= '0' && col.p[len] <= '9')
		len++;
	return slice_uint(slice_head(col, len), &n) ? n : 0;
}

static bool is_none(struct slice col)
{
	return slice_eq(col, SLICE("-"));
}

/* As a column says it: "-" for what is not there. */
static struct slice or_none(struct slice value)
{
	return value.len ? value : SLICE("-");
}

/* --- codes */

static uint64_t code_bit(struct slice code)
{
	for (unsigned i = 0; i < SIP_ODD_COUNT; i++)
		if (slice_eq(code, text(sip_odd_code((enum sip_odd)i))))
			return SIP_ODD_BIT(i);
	fail_msg("no code is \"%.*s\"", (int)code.len, code.p);
	return 0;
}

/* Take the next word off a comma list; "-" is an empty one. */
static bool next_word(struct slice *list, struct slice *word)
{
	if (list->len == 0 || is_none(*list))
		return false;
	size_t n = slice_index(*list, ',');
	*word = slice_head(*list, n);
	*list = slice_skip(*list, n + 1);
	return true;
}

static uint64_t code_set(struct slice list)
{
	uint64_t set = 0;
	struct slice word;
	while (next_word(&list, &word))
		set |= code_bit(word);
	return set;
}

static void expect_codes(struct subject *s, uint64_t got, uint64_t want)
{
	for (unsigned i = 0; i < SIP_ODD_COUNT; i++)
		if ((got ^ want) >> i & 1)
			expect(s, sip_odd_code((enum sip_odd)i),
			       got >> i & 1 ? SLICE("told") : SLICE("not told"),
			       want >> i & 1 ? SLICE("told") : SLICE("not told"));
}

/* What is legal is told as a note at most. */
static void expect_mild(struct subject *s, uint64_t got, uint64_t but)
{
	bool valid = slice_eq(s->col[COL_VERDICT], SLICE("valid"));
	bool tolerated = slice_eq(s->col[COL_VERDICT], SLICE("valid-tolerated"));
	for (unsigned i = 0; (valid || tolerated) && i < SIP_ODD_COUNT; i++) {
		enum sip_severity severity = sip_odd_severity((enum sip_odd)i);
		if ((got & ~but) >> i & 1 && severity != SIP_SEVERITY_NOTE &&
		    (valid || severity == SIP_SEVERITY_ERROR))
			expect(s, sip_odd_code((enum sip_odd)i),
			       text(sip_severity_name(severity)), SLICE("note"));
	}
}

/* --- fields */

static void expect_cseq(struct subject *s, const struct sip_msg *msg)
{
	struct sip_cseq cseq = { .number = 0 };
	struct slice value = sip_msg_value(msg, SIP_HDR_CSEQ);
	bool there = sip_cseq_parse(&cseq, value) == OK;
	expect_number(s, "CSeq number", cseq.number, number(s->col[COL_CSEQ_NUMBER]));
	expect(s, "CSeq method", or_none(there ? cseq.method : SLICE_NONE),
	       s->col[COL_CSEQ_METHOD]);
}

/* "3", or "1..4" where the grammar is broken between the values. */
static void expect_vias(struct subject *s, const struct sip_msg *msg)
{
	struct sip_list_iter it = { .hdr = NULL };
	struct slice element, col = s->col[COL_VIA_VALUES];
	uint64_t n = 0, low = number(col), high = low;
	while (sip_msg_list_next(msg, SIP_HDR_VIA, &it, &element))
		n++;
	size_t dots = slice_index(col, '.');
	if (dots < col.len)
		high = number(slice_skip(col, dots + 2));
	if (n < low || n > high)
		expect_number(s, "number of Via", n, low);
}

static void expect_length(struct subject *s, const struct sip_msg *msg)
{
	struct slice col = s->col[COL_CONTENT_LENGTH];
	bool there = sip_msg_first(msg, SIP_HDR_CONTENT_LENGTH) != NULL;
	bool is_number = col.len && col.p[0] >= '0' && col.p[0] <= '9';
	expect_number(s, "a Content-Length", there, !is_none(col));
	expect_number(s, "a Content-Length that is a number", msg->has_length, is_number);
	expect_number(s, "Content-Length", msg->content_length, number(col));
}

static void expect_fields(struct subject *s, const struct sip_msg *msg)
{
	bool request = slice_eq(s->col[COL_KIND], SLICE("request"));
	struct slice from = sip_msg_value(msg, SIP_HDR_FROM);
	struct slice to = sip_msg_value(msg, SIP_HDR_TO);
	expect_number(s, "a request", msg->method.len > 0, request);
	expect(s, "method or code", request ? msg->method : msg->code,
	       s->col[COL_METHOD_OR_CODE]);
	if (!request && msg->code.len == 3)
		expect_number(s, "status", msg->status, number(msg->code));
	else
		expect_number(s, "status", msg->status, 0);
	expect(s, "Call-ID", or_none(sip_msg_value(msg, SIP_HDR_CALL_ID)),
	       s->col[COL_CALL_ID]);
	expect(s, "From tag", or_none(sip_addr_tag(from)), s->col[COL_FROM_TAG]);
	expect(s, "To tag", or_none(sip_addr_tag(to)), s->col[COL_TO_TAG]);
	expect_number(s, "number of fields", msg->hdrs_seen,
	              number(s->col[COL_HEADER_FIELDS]));
	expect_cseq(s, msg);
	expect_vias(s, msg);
	expect_length(s, msg);
}

/* --- as a datagram */

/* What is odd about it, which the thorough check finds too, and no more. */
static uint64_t oddities(const struct sip_msg *msg)
{
	static struct sip_check check, thorough;
	sip_check(msg, &check);
	sip_check_thorough(msg, &thorough);
	assert_true(check.found == thorough.found);
	assert_int_equal(check.seen, thorough.seen);
	return check.found;
}

static uint64_t as_datagram(struct subject *s)
{
	static struct sip_msg msg;
	s->how = "a datagram";
	assert_int_equal(sip_msg_parse(&msg, s->bytes, false), OK);
	expect_fields(s, &msg);
	size_t behind =
		msg.whole_headers ? s->bytes.len - (size_t)(msg.body.p - s->bytes.p) : 0;
	expect_number(s, "octets behind the headers", behind, number(s->col[COL_OCTETS]));
	if (!slice_eq(s->col[COL_BODY_OCTETS], SLICE("unknown")))
		expect_number(s, "octets of the body", msg.body.len,
		              number(s->col[COL_BODY_OCTETS]));
	return oddities(&msg);
}

/* --- as a stream */

/* What came out of a framer: how many, and the first one. */
struct bench {
	unsigned count;
	size_t fill;
	char first[FILE_ROOM];
};

static void on_message(void *arg, struct slice message, bool direct)
{
	struct bench *b = arg;
	(void)direct;
	if (b->count++)
		return;
	assert_true(message.len <= sizeof b->first);
	memcpy(b->first, message.p, message.len);
	b->fill = message.len;
}

static bool is_told(const struct subject *s, enum sip_odd odd)
{
	return s->codes >> odd & 1;
}

/* What a stream makes of the codes of a datagram: what follows is the next message,
 * and without a Content-Length there is no body. */
static uint64_t stream_codes(const struct subject *s, const struct sip_msg *msg)
{
	uint64_t codes = s->codes;
	codes &=
		~(SIP_ODD_BIT(SIP_ODD_BODY_LONG) | SIP_ODD_BIT(SIP_ODD_SEVERAL_MESSAGES));
	if (is_none(s->col[COL_CONTENT_LENGTH]))
		codes |= SIP_ODD_BIT(SIP_ODD_NO_CONTENT_LENGTH);
	if (msg->body.len == 0)
		codes &= ~SIP_ODD_BIT(SIP_ODD_UNKNOWN_BODY);
	return codes;
}

static void expect_first(struct subject *s, const struct bench *b)
{
	static struct sip_msg msg;
	uint64_t octets = number(s->col[COL_OCTETS]);
	assert_int_equal(sip_msg_parse(&msg, (struct slice){ b->first, b->fill }, true),
	                 OK);
	expect_fields(s, &msg);
	uint64_t body = msg.has_length ? msg.content_length : 0;
	expect_number(s, "octets of the body", msg.body.len, body);
	assert_true(body <= octets);
	expect_codes(s, oddities(&msg), stream_codes(s, &msg));
}

static void as_stream(struct subject *s, size_t segment)
{
	static struct bench b;
	char how[32];
	struct mem mem;
	struct framer f;
	struct framer_stats stats = { 0 };
	snprintf(how, sizeof how, "segments of %zu", segment);
	s->how = how;
	b.count = 0;
	mem_init(&mem, BUDGET);
	framer_init(&f);
	for (struct slice rest = s->bytes; rest.len; rest = slice_skip(rest, segment))
		framer_bytes(&f, &mem, slice_head(rest, segment), &stats, on_message, &b);
	framer_gap(&f, &mem, 0, &stats);
	bool cut = is_told(s, SIP_ODD_BODY_SHORT) || is_told(s, SIP_ODD_NO_EMPTY_LINE);
	unsigned whole = is_told(s, SIP_ODD_SEVERAL_MESSAGES) ? 2 : 1;
	expect_number(s, "whole messages", b.count, cut ? 0 : whole);
	expect_number(s, "cut messages", stats.cut_messages, cut);
	if (b.count)
		expect_first(s, &b);
	framer_clear(&f, &mem);
	assert_int_equal(mem.used, 0);
}

static void as_streams(struct subject *s)
{
	static const size_t segments[] = { 1, 7, 700 };
	for (size_t i = 0; i < LENGTH(segments); i++)
		as_stream(s, segments[i]);
}

/* --- tables */

static const char *top_folder(void)
{
	const char *top = getenv("srcdir");
	return top ? top : ".";
}

static size_t read_file(const char *folder, struct slice name, char *out)
{
	char path[PATH_ROOM];
	int n = snprintf(path, sizeof path, "%s/%.*s", folder, (int)name.len, name.p);
	assert_true(n > 0 && (size_t)n < sizeof path);
	FILE *file = fopen(path, "rb");
	if (!file)
		fail_msg("%s cannot be opened", path);
	size_t len = fread(out, 1, FILE_ROOM, file);
	assert_int_equal(fclose(file), 0);
	assert_true(len > 0 && len < FILE_ROOM);
	return len;
}

/* Replace "\x5c", as a backslash is written in a table. */
static void unescape(char *line)
{
	static const char escape[] = "\\x5c";
	for (char *at = strstr(line, escape); at; at = strstr(at, escape)) {
		*at++ = '\\';
		memmove(at, at + sizeof escape - 2, strlen(at + sizeof escape - 2) + 1);
	}
}

static bool next_row(FILE *table, char *line, struct slice *col)
{
	if (!fgets(line, LINE_ROOM, table))
		return false;
	unescape(line);
	struct slice rest = text(line);
	assert_true(rest.len > 0 && rest.p[rest.len - 1] == '\n');
	rest.len--;
	for (unsigned i = 0; i < COLUMNS; i++) {
		assert_true(rest.len > 0);
		size_t n = slice_index(rest, '\t');
		col[i] = slice_head(rest, n);
		rest = slice_skip(rest, n + 1);
	}
	return true;
}

/* Run `test` on each row of a table; returns their number. Fails if any was wrong. */
static unsigned for_each_row(FILE *table, const char *folder,
                             void (*test)(struct subject *s))
{
	static char line[LINE_ROOM], bytes[FILE_ROOM];
	struct subject s = { .wrong = 0 };
	unsigned count = 0;
	assert_true(next_row(table, line, s.col));
	assert_true(slice_eq(s.col[COL_FILE], SLICE("file")));
	assert_true(slice_eq(s.col[COL_MUST_FLAG], SLICE("must_flag")));
	for (; next_row(table, line, s.col); count++) {
		size_t len = read_file(folder, s.col[COL_FILE], bytes);
		char *exact = malloc(len); /* one octet over is seen */
		assert_non_null(exact);
		memcpy(exact, bytes, len);
		s.bytes = (struct slice){ exact, len };
		test(&s);
		free(exact);
	}
	assert_int_equal(s.wrong, 0);
	return count;
}

/* --- our own */

#define OWN_MESSAGES 65

static void test_own(struct subject *s)
{
	s->codes = code_set(s->col[COL_MUST_FLAG]);
	uint64_t found = as_datagram(s);
	expect_codes(s, found, s->codes);
	expect_mild(s, found, 0);
	as_streams(s);
}

static void own_messages(void **state)
{
	char path[PATH_ROOM], folder[PATH_ROOM];
	(void)state;
	snprintf(path, sizeof path, "%s/tests/torture/own.tsv", top_folder());
	snprintf(folder, sizeof folder, "%s/tests/torture/own", top_folder());
	FILE *table = fopen(path, "r");
	if (!table)
		fail_msg("%s cannot be opened", path);
	assert_int_equal(for_each_row(table, folder, test_own), OWN_MESSAGES);
	fclose(table);
}

/* --- those of the RFCs */

#define RFC_MESSAGES 61

/* All codes of each message that has any. */
static const struct {
	const char *file, *codes;
} rfc_codes[] = {
	{ "wsinv.dat", "no-branch" },
	{ "intmeth.dat", "unknown-method,uri-password" },
	{ "esc02.dat", "unknown-method" },
	{ "longreq.dat", "no-branch" },
	{ "dblreq.dat", "body-too-long,several-messages" },
	{ "badinv01.dat", "bad-parameter,bad-via,no-branch" },
	{ "clerr.dat", "body-too-short" },
	{ "ncl.dat", "bad-content-length" },
	{ "scalar02.dat", "bad-cseq,bad-max-forwards,number-range" },
	{ "scalarlg.dat", "bad-cseq,missing-to-tag,number-range" },
	{ "quotbal.dat", "unterminated-quote" },
	{ "ltgtruri.dat", "no-branch,uri-in-brackets" },
	{ "lwsruri.dat", "uri-white-space" },
	{ "lwsstart.dat", "start-line-spacing" },
	{ "trws.dat", "start-line-spacing" },
	{ "escruri.dat", "bad-request-uri" },
	{ "baddate.dat", "bad-date" },
	{ "regbadct.dat", "unbracketed-uri" },
	{ "badaspec.dat", "bad-address" },
	{ "baddn.dat", "bad-address,no-empty-line" },
	{ "badvers.dat", "bad-version,bad-via" },
	{ "mismatch01.dat", "cseq-method-mismatch" },
	{ "mismatch02.dat", "cseq-method-mismatch,unknown-method" },
	{ "bigcode.dat", "bad-status" },
	{ "badbranch.dat", "empty-branch" },
	{ "insuf.dat", "missing-call-id,missing-contact,missing-from,missing-to,"
	               "missing-max-forwards" },
	{ "unkscm.dat", "unknown-uri-scheme" },
	{ "novelsc.dat", "unknown-uri-scheme" },
	{ "unksm2.dat", "unknown-uri-scheme" },
	{ "invut.dat", "unknown-body-type" },
	{ "multi01.dat", "repeated-single-header" },
	{ "mcl01.dat", "body-too-long,content-length-conflict,repeated-single-header" },
	{ "bcast.dat", "via-not-unicast" },
	{ "inv2543.dat", "missing-from-tag,no-branch" },
	{ "ipv6-bad.dat", "bad-request-uri" },
	{ "ipv6-in-sdp.dat", "body-too-short" },
	{ "mult-ip-in-sdp.dat", "body-too-long" },
	{ "ipv4-mapped-ipv6.dat", "body-too-long" },
	{ "ipv6-bug-abnf-3-colons.dat", "bad-ipv6-address" },
};

/* The words of expectations.tsv: one of these codes has to be told. */
static const struct {
	const char *word, *codes;
} rfc_words[] = {
	{ "bad-address", "bad-address" },
	{ "bad-contact", "unbracketed-uri" },
	{ "bad-date", "bad-date" },
	{ "bad-ipv6-literal", "bad-ipv6-address" },
	{ "bad-param", "bad-parameter" },
	{ "bad-request-uri", "bad-request-uri,uri-in-brackets,uri-white-space" },
	{ "bad-start-line", "start-line-spacing" },
	{ "bad-status-code", "bad-status" },
	{ "bad-version", "bad-version" },
	{ "branch-empty-cookie", "empty-branch" },
	{ "content-length-bad", "bad-content-length" },
	{ "content-length-too-large", "body-too-short" },
	{ "cseq-range", "bad-cseq" },
	{ "duplicate-call-id", "repeated-single-header" },
	{ "duplicate-content-length", "content-length-conflict" },
	{ "duplicate-cseq", "repeated-single-header" },
	{ "duplicate-from", "repeated-single-header" },
	{ "duplicate-to", "repeated-single-header" },
	{ "method-cseq-mismatch", "cseq-method-mismatch" },
	{ "missing-call-id", "missing-call-id" },
	{ "missing-from", "missing-from" },
	{ "missing-from-tag", "missing-from-tag" },
	{ "missing-max-forwards", "missing-max-forwards" },
	{ "missing-to", "missing-to" },
	{ "multiple-via-response", "via-not-unicast" },
	{ "no-branch", "no-branch" },
	{ "no-end-of-headers", "no-empty-line" },
	{ "number-range", "number-range" },
	{ "trailing-bytes", "body-too-long" },
	{ "unknown-body-type", "unknown-body-type" },
	{ "unknown-uri-scheme", "unknown-uri-scheme" },
	{ "unterminated-quote", "unterminated-quote" },
};

static uint64_t word_set(struct slice word)
{
	for (size_t i = 0; i < LENGTH(rfc_words); i++)
		if (slice_eq(word, text(rfc_words[i].word)))
			return code_set(text(rfc_words[i].codes));
	fail_msg("no word is \"%.*s\"", (int)word.len, word.p);
	return 0;
}

static void test_rfc(struct subject *s)
{
	struct slice words = s->col[COL_MUST_FLAG], word;
	uint64_t must = 0;
	s->codes = 0;
	for (size_t i = 0; i < LENGTH(rfc_codes); i++)
		if (slice_eq(s->col[COL_FILE], text(rfc_codes[i].file)))
			s->codes = code_set(text(rfc_codes[i].codes));
	uint64_t found = as_datagram(s);
	while (next_word(&words, &word)) {
		must |= word_set(word);
		if (!(found & word_set(word)))
			expect(s, "what must be told", SLICE("not there"), word);
	}
	expect_codes(s, found, s->codes);
	expect_mild(s, found, must);
	as_streams(s);
}

static void rfc_messages(void **state)
{
	char path[PATH_ROOM], folder[PATH_ROOM];
	const char *given = getenv("SIPGLASS_TORTURE");
	(void)state;
	if (given)
		snprintf(folder, sizeof folder, "%s", given);
	else
		snprintf(folder, sizeof folder, "%s/../shared/torture", top_folder());
	int n = snprintf(path, sizeof path, "%s/expectations.tsv", folder);
	assert_true(n > 0 && (size_t)n < sizeof path);
	FILE *table = fopen(path, "r");
	if (!table) {
		print_message("skipped: %s is not there\n", path);
		skip();
	}
	assert_int_equal(for_each_row(table, folder, test_rfc), RFC_MESSAGES);
	fclose(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_messages),
		cmocka_unit_test(rfc_messages),
	};
	return cmocka_run_group_tests_name("torture", tests, NULL, NULL);
}
