/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sip/field.h"
#include "sip/message.h"
#include "text.h"
#include "walk.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Elements between bars. */
static const struct {
	const char *value, *elements;
} lists[] = {
	{ "a", "|a" },
	{ "a,b", "|a|b" },
	{ " a ,\r\n b\t", "|a|b" },
	{ "a,", "|a|" },
	{ "", "|" },
	{ ",,", "|||" },
	{ "\"x,y\" <sip:a,b@c>;p=\"1,2\",<sip:d>",
	  "|\"x,y\" <sip:a,b@c>;p=\"1,2\"|<sip:d>" },
	{ "\"a\\\",b\",c", "|\"a\\\",b\"|c" },
	{ "\"open, for ever", "|\"open, for ever" },
	{ "<sip:open, for ever", "|<sip:open, for ever" },
	{ "a>,b", "|a>|b" },
	{ "\"a\"\\,b", "|\"a\"\\|b" }, /* a backslash escapes in a quoted string only */
	{ "\"ends in \\", "|\"ends in \\" },
};

static void a_list_splits_at_commas(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(lists); i++) {
		struct slice rest = text(lists[i].value), element;
		char joined[256];
		size_t n = 0;
		while (sip_list_next(&rest, &element)) {
			assert_true(n + 1 + element.len < sizeof joined);
			joined[n++] = '|';
			memcpy(joined + n, element.p, element.len);
			n += element.len;
		}
		assert_is((struct slice){ joined, n }, lists[i].elements, lists[i].value);
		walk_cuts(text(lists[i].value), walk_value);
	}
	struct slice none = SLICE_NONE, untouched = text("x");
	assert_false(sip_list_next(&none, &untouched));
	assert_is(untouched, "x", "element");
}

static const struct {
	const char *params, *name, *value; /* NULL: not there */
} params[] = {
	{ ";tag=1", "tag", "1" },
	{ ";TAG=1", "tag", "1" },
	{ ";x;tag = 1 ;y", "tag", "1" },
	{ ";tag=1;tag=2", "tag", "1" },
	{ ";tag;tag=2", "tag", "" },
	{ ";tags=1", "tag", NULL },
	{ ";ta=1", "tag", NULL },
	{ ";lr", "lr", "" },
	{ ";=1;;tag=2", "tag", "2" },
	{ ";a=\";tag=1\";tag=2", "tag", "2" },
	{ ";a=<;tag=1>;tag=2", "tag", "2" },
	{ ";a=\"q\\\";tag=1\";tag=2", "tag", "2" },
	{ ";q=\"0.5\"", "q", "\"0.5\"" },
	{ ";a=b=c", "a", "b=c" },
	{ ";\r\n tag\r\n\t=\r\n 1\r\n ", "tag", "1" },
	{ "refer;id=93809824", "id", "93809824" },
	{ "tag=1", "tag", NULL }, /* before the first semicolon: not a parameter */
	{ "", "tag", NULL },
	{ ";", "tag", NULL },
};

static void a_parameter_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(params); i++) {
		struct slice value = text("untouched");
		bool there =
			sip_param(text(params[i].params), text(params[i].name), &value);
		assert_int_equal(there, params[i].value != NULL);
		assert_is(value, there ? params[i].value : "untouched", params[i].params);
		walk_cuts(text(params[i].params), walk_value);
	}
	assert_true(sip_param(text(";lr"), text("lr"), NULL));
	assert_false(sip_param(SLICE_NONE, text("lr"), NULL));
}

static void parameters_come_in_order(void **state)
{
	(void)state;
	struct slice rest = text("presence;a=1;;B;c=\"x;y\""), name, value;
	assert_true(sip_param_next(&rest, &name, &value));
	assert_is(name, "a", "name");
	assert_is(value, "1", "value");
	assert_true(sip_param_next(&rest, &name, &value));
	assert_is(name, "B", "name");
	assert_is(value, "", "value");
	assert_true(sip_param_next(&rest, &name, &value));
	assert_is(name, "c", "name");
	assert_is(value, "\"x;y\"", "value");
	assert_false(sip_param_next(&rest, &name, &value));
	assert_false(sip_param_next(&rest, &name, &value));
	assert_is(name, "c", "name");
}

static const struct {
	const char *value, *display, *uri, *params, *tag;
} addrs[] = {
	{ "<sip:a@b>", "", "sip:a@b", "", "" },
	{ "<sip:a@b>;tag=x", "", "sip:a@b", ";tag=x", "x" },
	{ "Alice <sip:a@b>;tag=x", "Alice", "sip:a@b", ";tag=x", "x" },
	{ "\"A. B\" <sip:a@b> ;p ; TAG = x", "\"A. B\"", "sip:a@b", ";p ; TAG = x", "x" },
	{ "sip:a@b;tag=x", "", "sip:a@b", ";tag=x", "x" },
	{ "sip:a@b", "", "sip:a@b", "", "" },
	/* inside <> a semicolon belongs to the URI */
	{ "<sip:a@b;tag=no>;tag=x", "", "sip:a@b;tag=no", ";tag=x", "x" },
	/* a quoted display name may hold anything */
	{ "\"<sip:no@no>;tag=no\" <sip:a@b>;tag=x", "\"<sip:no@no>;tag=no\"", "sip:a@b",
	  ";tag=x", "x" },
	{ "\"a\\\" <sip:no>\" <sip:a@b>;tag=x", "\"a\\\" <sip:no>\"", "sip:a@b", ";tag=x",
	  "x" },
	{ "\"back\\\\\" <sip:a@b>;tag=x", "\"back\\\\\"", "sip:a@b", ";tag=x", "x" },
	/* a stray backslash before the closing quote: the last '<' counts */
	{ "\"caller\\\" <sip:a@b>;tag=x", "\"caller\\\"", "sip:a@b", ";tag=x", "x" },
	{ "\"open <no> <sip:a@b>;tag=x", "\"open <no>", "sip:a@b", ";tag=x", "x" },
	/* outside a quoted string a backslash is an ordinary character */
	{ "\"A\"\\<sip:a@b>;tag=x", "\"A\"\\", "sip:a@b", ";tag=x", "x" },
	/* nothing to go by */
	{ "\"open;tag=x", "", "\"open;tag=x", "", "" },
	{ "<sip:a@b;tag=x", "", "sip:a@b;tag=x", "", "" },
	{ "A < sip:a@b > junk;tag=x", "A", "sip:a@b", ";tag=x", "x" },
	{ "<sip:a@b>;tag=", "", "sip:a@b", ";tag=", "" },
	{ "<sip:a@b>;tag", "", "sip:a@b", ";tag", "" },
	{ "<sip:a@b>;x=\";tag=no\";tag=x", "", "sip:a@b", ";x=\";tag=no\";tag=x", "x" },
	/* folds */
	{ "A\r\n <sip:a@b>\r\n\t;tag=x", "A", "sip:a@b", ";tag=x", "x" },
	{ "*", "", "*", "", "" },
	{ "<>", "", "", "", "" },
	{ "", "", "", "", "" },
	{ "\"ends in \\", "", "\"ends in \\", "", "" },
};

static void addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(addrs); i++) {
		struct sip_addr a;
		const char *where = addrs[i].value;
		sip_addr_parse(&a, text(where));
		assert_is(a.display, addrs[i].display, where);
		assert_is(a.uri, addrs[i].uri, where);
		assert_is(a.params, addrs[i].params, where);
		assert_is(a.tag, addrs[i].tag, where);
		assert_is(sip_addr_tag(text(where)), addrs[i].tag, where);
		walk_cuts(text(where), walk_value);
	}
}

static const struct {
	const char *value, *transport, *host;
	uint32_t port;
	const char *branch, *received;
	const char *rport; /* NULL: no such parameter */
} vias[] = {
	{ "SIP/2.0/UDP a.example.com;branch=z9hG4bK1", "UDP", "a.example.com", 0,
	  "z9hG4bK1", "", NULL },
	{ "SIP/2.0/TCP 192.0.2.1:5070;rport;branch=b", "TCP", "192.0.2.1", 5070, "b", "",
	  "" },
	{ "SIP/2.0/UDP h;rport=5062;received=192.0.2.9;branch=b", "UDP", "h", 0, "b",
	  "192.0.2.9", "5062" },
	{ "sip / 2.0 /\r\n tls  h : 5061 ; Branch = b", "tls", "h", 5061, "b", "", NULL },
	{ "SIP/2.0/UDP [2001:db8::1]:5060;branch=b", "UDP", "[2001:db8::1]", 5060, "b",
	  "", NULL },
	{ "SIP/2.0/UDP [2001:db8::1]", "UDP", "[2001:db8::1]", 0, "", "", NULL },
	{ "SIP/2.0/UDP [open:1", "UDP", "[open", 1, "", "", NULL },
	{ "SIP/2.0/UDP h;branch=;branch=b", "UDP", "h", 0, "", "", NULL },
	{ "SIP/2.0/UDP h;branch=\"a;b\"", "UDP", "h", 0, "\"a;b\"", "", NULL },
	{ "SIP/2.0/WSS df7jal23ls0d.invalid;branch=b", "WSS", "df7jal23ls0d.invalid", 0,
	  "b", "", NULL },
	{ "SIP/2.0/UDP h:65535", "UDP", "h", 65535, "", "", NULL },
	{ "SIP/2.0/UDP h:65536", "UDP", "h", 65536, "", "", NULL },
	{ "SIP/2.0/UDP h:99999999999999999999", "UDP", "h", 65536, "", "", NULL },
	{ "SIP/2.0/UDP h:;branch=b", "UDP", "h", 0, "b", "", NULL },
	{ "SIP/2.0/UDP h:x;branch=b", "UDP", "h", 0, "b", "", NULL },
	{ "SIP/2.0/UDP h (comment);branch=b", "UDP", "h", 0, "b", "", NULL },
	{ "SIP/2.0/UDP :5060", "UDP", "", 5060, "", "", NULL },
};

static void vias_are_taken_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(vias); i++) {
		const char *where = vias[i].value;
		struct sip_via v;
		assert_int_equal(sip_via_parse(&v, text(where)), OK);
		assert_true(sip_via_starts(text(where)));
		assert_is(v.transport, vias[i].transport, where);
		assert_is(v.host, vias[i].host, where);
		assert_int_equal(v.port, vias[i].port);
		assert_is(v.branch, vias[i].branch, where);
		assert_is(v.received, vias[i].received, where);
		assert_int_equal(v.has_rport, vias[i].rport != NULL);
		assert_is(v.rport, vias[i].rport ? vias[i].rport : "", where);
		walk_cuts(text(where), walk_value);
	}
}

/* --- what is read in one pass where it is plain must come out as it does otherwise */

static uint32_t chance(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Change, take out or put in a few characters that mean something in such values. */
static size_t mutate(char *value, size_t len, size_t room, uint32_t *state)
{
	static const char marks[] = ",;:=<>\"\\ \t\r\n()[]@/.abrtgV0169-\0\x80";
	for (unsigned n = chance(state) % 3 + 1; n > 0 && len > 0; n--) {
		size_t at = chance(state) % len;
		char mark = marks[chance(state) % (sizeof(marks) - 1)];
		switch (chance(state) % 3) {
		case 0: value[at] = mark; break;
		case 1:
			memmove(value + at, value + at + 1, len - at - 1);
			len--;
			break;
		default:
			if (len == room)
				break;
			memmove(value + at + 1, value + at, len - at);
			value[at] = mark;
			len++;
			break;
		}
	}
	return len;
}

static bool same(struct slice a, struct slice b)
{
	return slice_eq(a, b);
}

static void assert_same_vias(struct slice value)
{
	struct slice quick = value, slow = value, element;
	struct sip_via a = { 0 }, b = { 0 };
	enum err e;
	while ((e = sip_via_next(&quick, &a)) != ERR_END) {
		assert_true(sip_list_next(&slow, &element));
		assert_int_equal(sip_via_parse(&b, element), e);
		if (e != OK)
			continue;
		if (!same(a.transport, b.transport) || !same(a.host, b.host) ||
		    a.port != b.port || !same(a.branch, b.branch) ||
		    !same(a.received, b.received) || a.has_rport != b.has_rport ||
		    !same(a.rport, b.rport) || !same(a.params, b.params))
			fail_msg("%.*s", (int)value.len, value.p);
	}
	assert_false(sip_list_next(&slow, &element));
	assert_null(quick.p);
}

static void assert_same_tag(struct slice value)
{
	struct sip_addr addr;
	sip_addr_parse(&addr, value);
	if (!same(sip_addr_tag(value), addr.tag))
		fail_msg("%.*s", (int)value.len, value.p);
}

/* Digits, white space and a word, without a care for speed. */
static void assert_same_cseq(struct slice value)
{
	struct sip_cseq cseq;
	struct slice s = slice_trim(value);
	uint64_t number;
	size_t digits = 0, space, end;
	while (digits < s.len && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	for (space = digits;
	     space < s.len && strchr(" \t\r\n", s.p[space]) && s.p[space];)
		space++;
	for (end = space; end < s.len && (!strchr(" \t\r\n", s.p[end]) || !s.p[end]);)
		end++;
	bool good = slice_uint(slice_head(s, digits), &number) && space > digits &&
	            end > space;
	assert_int_equal(sip_cseq_parse(&cseq, value), good ? OK : ERR_FORMAT);
	if (good) {
		assert_int_equal(cseq.number, number);
		assert_true(
			same(cseq.method, slice_head(slice_skip(s, space), end - space)));
	}
}

static void plain_values_are_read_as_others(void **state)
{
	static const char *const vialists[] = {
		"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1;rport, SIP/2.0/TCP "
		"a.example;branch=z9hG4bKx.y;received=192.0.2.9",
		"SIP/2.0/TLS h;rport=5;ttl=1;Branch=b;branch=c;lr",
	};
	static const char *const parties[] = {
		"\"Alice <x>\" <sip:alice@a.example;user=phone>;tag=a-1.b",
		"<sip:alice@a.example>;tag=1;x=<y>;tag=2",
		"\"caller\\\" <\";tag=sip:a@Z>;tag=x",
		"\"a\\\\\" <sip:b@c>;tag=d",
		"sip:alice@a.example;tag=1",
	};
	static const char *const cseqs[] = { "1 INVITE", "4294967301 ACK",
		                             "99999999999999999999 BYE" };
	uint32_t seed = 1;
	(void)state;
	for (unsigned i = 0; i < 60000; i++) {
		char value[256];
		const char *from = i % 3 == 0   ? vialists[i / 3 % LENGTH(vialists)]
		                   : i % 3 == 1 ? parties[i / 3 % LENGTH(parties)]
		                                : cseqs[i / 3 % LENGTH(cseqs)];
		size_t len = strlen(from);
		memcpy(value, from, len);
		if (i > 20)
			len = mutate(value, len, sizeof(value), &seed);
		struct slice s = { value, len };
		if (i % 3 == 0)
			assert_same_vias(s);
		else if (i % 3 == 1)
			assert_same_tag(s);
		else
			assert_same_cseq(s);
	}
	for (size_t i = 0; i < LENGTH(vias); i++)
		assert_same_vias(text(vias[i].value));
	for (size_t i = 0; i < LENGTH(addrs); i++)
		assert_same_tag(text(addrs[i].value));
}

static void what_is_no_via_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"SIP",
		"SIP/2.0",
		"SIP/2.0/UDP",
		"SIP/2.0/UDP ",
		"SIP/2.0/UDP;branch=b",
		"SIP/2.0/UDP ;branch=b",
		"SIP/2.0/ ;b",
		"SIP/2.1/UDP h",
		"HTTP/2.0/TCP h",
		"SIP/2.0 UDP h",
		"SIP 2.0/UDP h",
		"SIP/2.0/UDP,h",
		"SIP/2.0/UDP , SIP/2.0/UDP h",
		"h:5060",
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct sip_via v = { .port = 7 };
		if (sip_via_parse(&v, text(bad[i])) != ERR_FORMAT ||
		    sip_via_starts(text(bad[i])) || v.port != 7)
			fail_msg("%s", bad[i]);
		walk_cuts(text(bad[i]), walk_value);
	}
}

static void cseq(void **state)
{
	static const struct {
		const char *value;
		uint64_t number;
		const char *method; /* NULL: refused */
	} cases[] = {
		{ "1 INVITE", 1, "INVITE" },
		{ "  0009\r\n  ACK  junk", 9, "ACK" },
		{ "2147483648 BYE", 2147483648u, "BYE" },
		{ "18446744073709551615 X", UINT64_MAX, "X" },
		{ "18446744073709551616 X", UINT64_MAX, "X" },
		{ "1\tnew-method!", 1, "new-method!" },
		{ "", 0, NULL },
		{ "1", 0, NULL },
		{ "1 ", 0, NULL },
		{ "1INVITE", 0, NULL },
		{ "INVITE 1", 0, NULL },
		{ "-1 INVITE", 0, NULL },
		{ "0x1 INVITE", 0, NULL },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sip_cseq c = { .number = 77 };
		enum err want = cases[i].method ? OK : ERR_FORMAT;
		assert_int_equal(sip_cseq_parse(&c, text(cases[i].value)), want);
		assert_true(c.number == (want == OK ? cases[i].number : 77));
		if (want == OK)
			assert_is(c.method, cases[i].method, cases[i].value);
		walk_cuts(text(cases[i].value), walk_value);
	}
}

static void fields_of_a_message_are_one_list(void **state)
{
	static const char input[] =
		"OPTIONS sip:b@example.com SIP/2.0\r\n"
		"Via: SIP/2.0/UDP a, SIP/2.0/UDP b\r\n"
		"Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n"
		"v: SIP/2.0/UDP c\r\n"
		"Proxy-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n"
		"Via:\r\n"
		"X-Any: p, q\r\n"
		"VIA: SIP/2.0/UDP d,\r\n"
		"\r\n";
	static const char *const want[] = { "SIP/2.0/UDP a", "SIP/2.0/UDP b",
		                            "SIP/2.0/UDP c", "",
		                            "SIP/2.0/UDP d", "" };
	struct sip_msg msg;
	struct slice element = SLICE_NONE;
	(void)state;
	assert_int_equal(sip_msg_parse(&msg, SLICE(input), false), OK);
	struct sip_list_iter it = { 0 };
	for (size_t i = 0; i < LENGTH(want); i++) {
		assert_true(sip_msg_list_next(&msg, SIP_HDR_VIA, &it, &element));
		assert_is(element, want[i], "Via");
	}
	assert_false(sip_msg_list_next(&msg, SIP_HDR_VIA, &it, &element));
	assert_false(sip_msg_list_next(&msg, SIP_HDR_VIA, &it, &element));

	/* commas of other kinds belong to the value */
	it = (struct sip_list_iter){ 0 };
	assert_true(sip_msg_list_next(&msg, SIP_HDR_DATE, &it, &element));
	assert_is(element, "Sat, 13 Nov 2010 23:29:00 GMT", "Date");
	assert_false(sip_msg_list_next(&msg, SIP_HDR_DATE, &it, &element));
	it = (struct sip_list_iter){ 0 };
	assert_true(sip_msg_list_next(&msg, SIP_HDR_PROXY_AUTHENTICATE, &it, &element));
	assert_is(element, "Digest realm=\"x\", nonce=\"y\"", "Proxy-Authenticate");
	it = (struct sip_list_iter){ 0 };
	assert_true(sip_msg_list_next(&msg, SIP_HDR_OTHER, &it, &element));
	assert_is(element, "p, q", "X-Any");
	it = (struct sip_list_iter){ 0 };
	assert_false(sip_msg_list_next(&msg, SIP_HDR_ROUTE, &it, &element));
	walk_cuts(SLICE(input), walk_message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_splits_at_commas),
		cmocka_unit_test(a_parameter_is_found),
		cmocka_unit_test(parameters_come_in_order),
		cmocka_unit_test(addresses),
		cmocka_unit_test(vias_are_taken_apart),
		cmocka_unit_test(plain_values_are_read_as_others),
		cmocka_unit_test(what_is_no_via_is_refused),
		cmocka_unit_test(cseq),
		cmocka_unit_test(fields_of_a_message_are_one_list),
	};
	return cmocka_run_group_tests_name("sip/field", tests, NULL, NULL);
}
