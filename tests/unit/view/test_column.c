/* SPDX-License-Identifier: MIT */
/* What cells of the call list say, and what they are sorted by. */
#include "config.h"

#include <stdlib.h>

#include "view/column.h"

#include "calls.h"

static int setup(void **state)
{
	struct calls *c = calloc(1, sizeof(*c));
	char text[2048];
	assert_non_null(c);
	calls_init(c);
	calls_packet(c, 0, "10.0.0.1", 5060, "10.0.0.2", 5070,
	             calls_message(text, "INVITE sip:b SIP/2.0", "one", "a", "1 INVITE",
	                           false));
	calls_packet(c, 250, "10.0.0.2", 5070, "10.0.0.1", 5060,
	             calls_message(text, "SIP/2.0 180 Ringing", "one", "a", "1 INVITE",
	                           false));
	calls_packet(c, 2000, "10.0.0.2", 5070, "10.0.0.1", 5060,
	             calls_message(text, "SIP/2.0 486 Busy Here", "one", "a", "1 INVITE",
	                           false));
	calls_packet(
		c, 2001, "10.0.0.1", 5060, "10.0.0.2", 5070,
		calls_message(text, "ACK sip:b SIP/2.0", "one", "a", "1 ACK", false));
	calls_packet(c, 3000, "10.0.0.10", 5060, "10.0.0.2", 5070,
	             calls_message(text, "OPTIONS sip:b SIP/2.0", "two", "b", "1 OPTIONS",
	                           false));
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	calls_clear(*state);
	free(*state);
	return 0;
}

static struct column_of column(const char *name)
{
	struct column_of out;
	assert_true(column_parse(slice_of(name), &out));
	return out;
}

static void says(struct calls *c, uint32_t call, const char *name, const char *want)
{
	char text[COLUMN_TEXT_MAX];
	struct column_of of = column(name);
	struct slice got = column_text(c->engine, call, &of, text);
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.p, want, got.len);
}

static void addresses_have_names(void **state)
{
	struct calls *c = *state;
	struct mem mem;
	struct aliases aliases;
	char text[COLUMN_TEXT_MAX];
	struct column_of src = column("src"), dst = column("dst");
	mem_init(&mem, 1U << 20);
	aliases_init(&aliases, &mem);
	assert_int_equal(aliases_add(&aliases, SLICE("10.0.0.2:5070"), SLICE("trunk")),
	                 OK);
	struct slice got = column_text_as(c->engine, 1, &dst, &aliases, text);
	assert_true(slice_eq(got, SLICE("trunk")));
	aliases.with_port = true;
	got = column_text_as(c->engine, 1, &dst, &aliases, text);
	assert_true(slice_eq(got, SLICE("trunk:5070")));
	got = column_text_as(c->engine, 1, &src, &aliases, text);
	assert_true(slice_eq(got, SLICE("10.0.0.1:5060")));
	aliases_clear(&aliases);
}

static void cells_say_what_the_call_is(void **state)
{
	struct calls *c = *state;
	says(c, 1, "index", "1");
	says(c, 1, "method", "INVITE");
	says(c, 1, "sipfrom", "alice@a.example");
	says(c, 1, "sipfromuser", "alice");
	says(c, 1, "sipto", "bob@b.example");
	says(c, 1, "msgcnt", "4");
	says(c, 1, "src", "10.0.0.1:5060");
	says(c, 1, "dst", "10.0.0.2:5070");
	says(c, 1, "state", "BUSY");
	says(c, 1, "callid", "one");
	says(c, 1, "date", "2026-11-20");
	says(c, 1, "time", "12:00:00.000");
	says(c, 1, "transport", "UDP");
	says(c, 1, "pdd", "0.250");
	says(c, 1, "status", "486");
	says(c, 1, "convdur", "");
	says(c, 1, "totaldur", "0:02");
	says(c, 2, "method", "OPTIONS");
	says(c, 2, "state", "");
	says(c, 2, "pdd", "");
}

static void any_header_field_is_a_column(void **state)
{
	struct calls *c = *state;
	says(c, 2, "header:CSeq", "1 OPTIONS");
	says(c, 2, "header:call-id", "two"); /* RFC 3261 7.3.1: any case */
	says(c, 2, "header:i", "two");       /* and the compact form */
	says(c, 2, "header:X-None", "");
	struct column_of of = column("header:X-Account");
	assert_string_equal(column_of_title(&of), "X-Account");
	of = column("sipfrom");
	assert_string_equal(column_of_title(&of), "SIP From");
}

static void wrong_names_are_no_columns(void **state)
{
	static const char *const wrong[] = {
		"",           "nothing",    "header",      "header:",
		"header:a b", "header:a:b", "header:\x01", "Header:Via",
	};
	struct column_of out;
	char longest[80];
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(column_parse(slice_of(wrong[i]), &out));
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "header:", 7);
	assert_true(
		column_parse((struct slice){ longest, 7 + COLUMN_HEADER_MAX - 1 }, &out));
	assert_int_equal(strlen(out.header), COLUMN_HEADER_MAX - 1);
	assert_false(
		column_parse((struct slice){ longest, 7 + COLUMN_HEADER_MAX }, &out));
}

static int compare(struct calls *c, const char *name)
{
	struct column_of of = column(name);
	struct column_key a, b;
	column_key(c->engine, 1, &of, &a);
	column_key(c->engine, 2, &of, &b);
	return memcmp(&a, &b, sizeof(a));
}

static void keys_are_in_the_order_of_values(void **state)
{
	struct calls *c = *state;
	assert_true(compare(c, "index") < 0);
	assert_true(compare(c, "msgcnt") > 0);
	assert_true(compare(c, "time") < 0);
	assert_true(compare(c, "src") < 0); /* 10.0.0.1 before 10.0.0.10, as numbers */
	assert_int_equal(compare(c, "dst"), 0);
	assert_true(compare(c, "method") < 0);
	assert_true(compare(c, "status") > 0);
	assert_true(compare(c, "pdd") > 0);
}

/* Asked of the call alone, and out of a run over all calls. */
static void the_worst_finding_counts(void **state)
{
	struct calls *c = *state;
	enum find_severity one = column_severity(c->engine, 1);
	enum find_severity two = column_severity(c->engine, 2);
	(void)engine_find(c->engine);
	assert_int_equal(column_severity(c->engine, 1), one);
	assert_int_equal(column_severity(c->engine, 2), two);
	engine_finish(c->engine);
	assert_int_not_equal(column_severity(c->engine, 2), FIND_SEVERITY_COUNT);
}

static void what_cannot_be_read_is_empty(void **state)
{
	struct calls *c = *state;
	c->broken = true;
	says(c, 1, "sipfrom", "");
	says(c, 1, "header:CSeq", "");
	says(c, 1, "msgcnt", "4");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(cells_say_what_the_call_is),      TEST(addresses_have_names),
		TEST(any_header_field_is_a_column),    TEST(wrong_names_are_no_columns),
		TEST(keys_are_in_the_order_of_values), TEST(the_worst_finding_counts),
		TEST(what_cannot_be_read_is_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
