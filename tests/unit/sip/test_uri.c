/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sip/uri.h"
#include "text.h"
#include "walk.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(odd)      (1u << SIP_URI_ODD_##odd)

static struct sip_uri parse(const char *s)
{
	struct sip_uri uri;
	sip_uri_parse(&uri, text(s));
	return uri;
}

/* --- taken apart */

static const struct {
	const char *uri;
	enum sip_uri_scheme scheme;
	const char *user, *password, *host;
	enum sip_host_kind  kind;
	const char *port, *params, *headers;
} good[] = {
	/* the examples of RFC 3261 19.1.3 */
	{ "sip:alice@atlanta.com", SIP_URI_SIP, "alice", "", "atlanta.com", SIP_HOST_NAME,
	  "", "", "" },
	{ "sip:alice:secretword@atlanta.com;transport=tcp", SIP_URI_SIP, "alice",
	  "secretword", "atlanta.com", SIP_HOST_NAME, "", ";transport=tcp", "" },
	{ "sips:alice@atlanta.com?subject=project%20x&priority=urgent", SIP_URI_SIPS,
	  "alice", "", "atlanta.com", SIP_HOST_NAME, "", "",
	  "subject=project%20x&priority=urgent" },
	{ "sip:+1-212-555-1212:1234@gateway.com;user=phone", SIP_URI_SIP,
	  "+1-212-555-1212", "1234", "gateway.com", SIP_HOST_NAME, "", ";user=phone",
	  "" },
	{ "sips:1212@gateway.com", SIP_URI_SIPS, "1212", "", "gateway.com", SIP_HOST_NAME,
	  "", "", "" },
	{ "sip:alice@192.0.2.4", SIP_URI_SIP, "alice", "", "192.0.2.4", SIP_HOST_IPV4, "",
	  "", "" },
	{ "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com", SIP_URI_SIP, "", "",
	  "atlanta.com", SIP_HOST_NAME, "", ";method=REGISTER",
	  "to=alice%40atlanta.com" },
	{ "sip:alice;day=tuesday@atlanta.com", SIP_URI_SIP, "alice;day=tuesday", "",
	  "atlanta.com", SIP_HOST_NAME, "", "", "" },
	/* RFC 5118 4.1, 4.3, 4.4 */
	{ "sip:[2001:db8::10]", SIP_URI_SIP, "", "", "[2001:db8::10]", SIP_HOST_IPV6, "",
	  "", "" },
	{ "sip:[2001:db8::10:5070]", SIP_URI_SIP, "", "", "[2001:db8::10:5070]",
	  SIP_HOST_IPV6, "", "", "" },
	{ "sip:[2001:db8::10]:5070", SIP_URI_SIP, "", "", "[2001:db8::10]", SIP_HOST_IPV6,
	  "5070", "", "" },
	{ "sip:user@[::ffff:192.0.2.1]:5060;lr", SIP_URI_SIP, "user", "",
	  "[::ffff:192.0.2.1]", SIP_HOST_IPV6, "5060", ";lr", "" },
	/* any character that may stand in a user */
	{ "sip:a_u.e~(b!c)&d+f$/g?,/;;*:&p+q=1,r!p$w~@h.example", SIP_URI_SIP,
	  "a_u.e~(b!c)&d+f$/g?,/;;*", "&p+q=1,r!p$w~", "h.example", SIP_HOST_NAME, "", "",
	  "" },
	/* an escape divides nothing */
	{ "sip:user;par=u%40example.net@example.com", SIP_URI_SIP,
	  "user;par=u%40example.net", "", "example.com", SIP_HOST_NAME, "", "", "" },
	{ "SIP:Bob@Example.COM.", SIP_URI_SIP, "Bob", "", "Example.COM.", SIP_HOST_NAME,
	  "", "", "" },
	{ "sip:a:@b:0", SIP_URI_SIP, "a", "", "b", SIP_HOST_NAME, "0", "", "" },
	{ "sip:b:65535", SIP_URI_SIP, "", "", "b", SIP_HOST_NAME, "65535", "", "" },
	{ "sip:a@my_host", SIP_URI_SIP, "a", "", "my_host", SIP_HOST_NAME, "", "", "" },
	{ "sip:a@010.000.002.099", SIP_URI_SIP, "a", "", "010.000.002.099", SIP_HOST_IPV4,
	  "", "", "" },
	/* RFC 3966 6 */
	{ "tel:+1-201-555-0123", SIP_URI_TEL, "+1-201-555-0123", "", "", SIP_HOST_EMPTY,
	  "", "", "" },
	{ "tel:7042;phone-context=example.com", SIP_URI_TEL, "7042", "", "",
	  SIP_HOST_EMPTY, "", ";phone-context=example.com", "" },
	{ "tel:863-1234;phone-context=+1-914-555", SIP_URI_TEL, "863-1234", "", "",
	  SIP_HOST_EMPTY, "", ";phone-context=+1-914-555", "" },
	{ "TEL:*A#;phone-context=x.example", SIP_URI_TEL, "*A#", "", "", SIP_HOST_EMPTY,
	  "", ";phone-context=x.example", "" },
	/* others: the authority, where there is one */
	{ "urn:service:sos", SIP_URI_OTHER, "", "", "", SIP_HOST_EMPTY, "", "", "" },
	{ "http://www.example.com:8080/p?q=1", SIP_URI_OTHER, "", "", "www.example.com",
	  SIP_HOST_NAME, "8080", "", "" },
	{ "soap.beep://u:p@192.0.2.103:3002", SIP_URI_OTHER, "u", "p", "192.0.2.103",
	  SIP_HOST_IPV4, "3002", "", "" },
	{ "nobodyKnowsThisScheme:totallyopaquecontent", SIP_URI_OTHER, "", "", "",
	  SIP_HOST_EMPTY, "", "", "" },
	{ "mailto:a@example.com", SIP_URI_OTHER, "", "", "", SIP_HOST_EMPTY, "", "", "" },
};

static void good_uris_are_taken_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		const char *where = good[i].uri;
		struct sip_uri uri = parse(where);
		assert_int_equal(uri.scheme, good[i].scheme);
		assert_is(uri.text, where, where);
		assert_is(uri.user, good[i].user, where);
		assert_is(uri.password, good[i].password, where);
		assert_is(uri.at.host.text, good[i].host, where);
		assert_int_equal(uri.at.host.kind, good[i].kind);
		assert_is(uri.at.port_text, good[i].port, where);
		assert_int_equal(uri.at.port, strtoul(good[i].port, NULL, 10));
		assert_is(uri.params, good[i].params, where);
		assert_is(uri.headers, good[i].headers, where);
		assert_int_equal(uri.has_headers, good[i].headers[0] != '\0');
		assert_int_equal(uri.at.has_port, good[i].port[0] != '\0');
		if (uri.odd)
			fail_msg("%s: odd 0x%x", where, uri.odd);
	}
}

static void named_parameters(void **state)
{
	(void)state;
	struct sip_uri uri = parse("sip:a@b;Transport=TCP;lr;ttl=5;maddr=239.255.255.1;"
	                           "user=ip;METHOD=INVITE;x=y;lr2");
	assert_int_equal(uri.has_param, (1u << SIP_URI_PARAMS) - 1);
	assert_is(uri.param[SIP_URI_TRANSPORT], "TCP", "transport");
	assert_is(uri.param[SIP_URI_LR], "", "lr");
	assert_is(uri.param[SIP_URI_TTL], "5", "ttl");
	assert_is(uri.param[SIP_URI_MADDR], "239.255.255.1", "maddr");
	assert_is(uri.param[SIP_URI_USER], "ip", "user");
	assert_is(uri.param[SIP_URI_METHOD], "INVITE", "method");
	assert_false(uri.odd);
	struct slice value = text("untouched");
	assert_true(sip_uri_param(&uri, text("X"), &value));
	assert_is(value, "y", "x");
	assert_true(sip_uri_param(&uri, text("lr2"), NULL));
	assert_false(sip_uri_param(&uri, text("l"), &value));
	assert_is(value, "y", "untouched");
	/* the first one counts; a quote quotes nothing */
	uri = parse("sip:a@b;lr=\"x;lr=2");
	assert_is(uri.param[SIP_URI_LR], "\"x", "lr");
	assert_int_equal(uri.odd, BIT(BAD_CHAR) | BIT(SECOND_PARAM));
}

static void parameters_and_headers_come_in_order(void **state)
{
	(void)state;
	struct sip_uri uri = parse("sip:a@b;x=1;;=no;y;z=2=3?s=a%26b&&=no&to=&body");
	struct slice rest = uri.params, name, value;
	assert_true(sip_uri_param_next(&rest, &name, &value));
	assert_is(name, "x", "name");
	assert_is(value, "1", "value");
	assert_true(sip_uri_param_next(&rest, &name, &value));
	assert_is(name, "y", "name");
	assert_is(value, "", "value");
	assert_true(sip_uri_param_next(&rest, &name, &value));
	assert_is(name, "z", "name");
	assert_is(value, "2=3", "value");
	assert_false(sip_uri_param_next(&rest, &name, &value));
	assert_is(name, "z", "untouched");

	rest = uri.headers;
	assert_true(sip_uri_header_next(&rest, &name, &value));
	assert_is(name, "s", "name");
	assert_is(value, "a%26b", "value");
	assert_true(sip_uri_header_next(&rest, &name, &value));
	assert_is(name, "to", "name");
	assert_is(value, "", "value");
	assert_true(sip_uri_header_next(&rest, &name, &value));
	assert_is(name, "body", "name");
	assert_false(sip_uri_header_next(&rest, &name, &value));

	assert_true(sip_uri_header(&uri, text("Subject"), &value)); /* by compact form */
	assert_is(value, "a%26b", "Subject");
	assert_true(sip_uri_header(&uri, text("T"), &value));
	assert_is(value, "", "To");
	assert_true(sip_uri_header(&uri, text("BODY"), NULL));
	assert_false(sip_uri_header(&uri, text("From"), NULL));
	assert_false(sip_uri_header(&uri, text("sub"), NULL));
}

/* --- what is wrong */

static const struct {
	const char *uri;
	uint32_t    odd;
	size_t      at; /* of the lowest bit */
} bad[] = {
	{ "", BIT(NO_SCHEME) | BIT(EMPTY_HOST), 0 },
	{ "sip:", BIT(EMPTY_HOST), 4 },
	{ "sip:a@", BIT(EMPTY_HOST), 6 },
	{ "sip:a@;lr", BIT(EMPTY_HOST), 6 },
	{ "sip:a@:5060", BIT(EMPTY_HOST), 6 },
	{ "sip:@example.com", BIT(EMPTY_USER), 4 },
	{ "sip::pw@example.com", BIT(EMPTY_USER), 4 },
	{ "alice@example.com", BIT(NO_SCHEME), 0 },
	{ "5sip:example.com", BIT(NO_SCHEME) | BIT(BAD_HOST) | BIT(BAD_PORT), 0 },
	{ " sip:a@b", BIT(WHITE_SPACE), 0 },
	{ "sip:a@b\t", BIT(WHITE_SPACE), 7 },
	{ "sip:a @b", BIT(WHITE_SPACE), 5 },
	{ "sip:a@b ;lr", BIT(WHITE_SPACE), 7 },
	{ "sip:a@b; lr", BIT(WHITE_SPACE), 8 },
	{ "sip:a@b b", BIT(WHITE_SPACE) | BIT(BAD_HOST), 7 },
	{ "<sip:a@b>", BIT(BRACKETS), 0 },
	{ "<sip:a@b", BIT(BRACKETS), 0 },
	{ "< sip:a@b >", BIT(BRACKETS) | BIT(WHITE_SPACE), 1 },
	{ "sip:a@b>", BIT(BAD_HOST), 6 },
	{ "sip:a@b@c", BIT(BAD_HOST), 6 },
	{ "sip:a@b..c", BIT(BAD_HOST), 6 },
	{ "sip:a@.", BIT(BAD_HOST), 6 },
	{ "sip:a@-b", BIT(BAD_HOST), 6 },
	{ "sip:a@b-.c", BIT(BAD_HOST), 6 },
	{ "sip:a@256.1.1.1", BIT(BAD_HOST), 6 },
	{ "sip:a@1.2.3", BIT(BAD_HOST), 6 },
	{ "sip:a@1.2.3.4.5", BIT(BAD_HOST), 6 },
	{ "sip:a@1.2.3.0004", BIT(BAD_HOST), 6 },
	{ "sip:a@b%41", BIT(BAD_HOST), 6 },
	{ "sip:a@[::1", BIT(BAD_IPV6), 6 },
	{ "sip:a@[]", BIT(BAD_IPV6), 6 },
	{ "sip:a@[::1]x", BIT(BAD_IPV6), 6 },
	{ "sip:a@[192.0.2.1]", BIT(BAD_IPV6), 6 },
	{ "sip:a@[2001:db8:::192.0.2.1]", BIT(BAD_IPV6), 6 }, /* RFC 5118 4.10 */
	{ "sip:a@[fe80::1%25eth0]", BIT(BAD_IPV6), 6 },
	{ "sip:2001:db8::10", BIT(BARE_IPV6), 4 }, /* RFC 5118 4.2 */
	{ "sip:a@2001:db8::10:5070", BIT(BARE_IPV6), 6 },
	{ "sip:a@b:", BIT(BAD_PORT), 8 },
	{ "sip:a@b:x", BIT(BAD_PORT), 8 },
	{ "sip:a@b:65536", BIT(BAD_PORT), 8 },
	{ "sip:a@b:36893488147419103232", BIT(BAD_PORT), 8 },
	{ "sip:a@b:5060:1", BIT(BAD_PORT), 8 },
	{ "sip:a@b:-1", BIT(BAD_PORT), 8 },
	{ "sip:a%4@b", BIT(BAD_ESCAPE), 5 },
	{ "sip:a%zz@b", BIT(BAD_ESCAPE), 5 },
	{ "sip:a@b;p=%", BIT(BAD_ESCAPE), 10 },
	{ "sip:\"a\"@b", BIT(BAD_CHAR), 4 },
	{ "sip:a\x01@b", BIT(BAD_CHAR), 5 },
	{ "sip:\xc3\xa9@b", BIT(BAD_CHAR), 4 },
	{ "sip:a#@b", BIT(BAD_CHAR), 5 },
	{ "sip:a:b;c@d", BIT(BAD_CHAR), 7 }, /* no ';' in a password */
	{ "sip:a@b;p=1@2", BIT(BAD_CHAR), 11 }, /* the first '@' ends the user */
	{ "sip:b;p=1,2", BIT(BAD_CHAR), 9 },
	{ "sip:b;p=1=2", BIT(BAD_CHAR), 9 },
	{ "sip:b;;lr", BIT(EMPTY_PARAM), 6 },
	{ "sip:b;lr;", BIT(EMPTY_PARAM), 9 },
	{ "sip:b;=1", BIT(EMPTY_PARAM), 6 },
	{ "sip:b;p=", BIT(EMPTY_PARAM), 6 },
	{ "sip:b;lr;LR", BIT(SECOND_PARAM), 9 },
	{ "sip:b?", BIT(BAD_HEADER), 6 },
	{ "sip:b?a", BIT(BAD_HEADER), 6 },
	{ "sip:b?=a", BIT(BAD_HEADER), 6 },
	{ "sip:b?a=1&", BIT(BAD_HEADER), 10 },
	{ "sip:b?a=1&&b=2", BIT(BAD_HEADER), 10 },
	{ "sip:b?a=\"", BIT(BAD_CHAR), 8 },
	{ "tel:", BIT(EMPTY_USER), 4 },
	{ "tel:+", BIT(EMPTY_USER), 4 },
	{ "tel:+-", BIT(EMPTY_USER), 4 },
	{ "tel:+A", BIT(EMPTY_USER) | BIT(BAD_CHAR), 4 },
	{ "tel:+1*2", BIT(BAD_CHAR), 6 },
	{ "tel:+12x", BIT(BAD_CHAR), 7 },
	{ "tel:+1?x=1", BIT(BAD_CHAR), 6 },
	{ "tel:911", BIT(NO_CONTEXT), 4 },
	{ "tel:911;ext=1", BIT(NO_CONTEXT), 4 },
	{ "http://a b", BIT(WHITE_SPACE), 8 },
	{ "urn:a%b", BIT(BAD_ESCAPE), 5 },
	{ "urn:<a>", BIT(BAD_CHAR), 4 },
};

static void what_is_wrong_is_found_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct sip_uri uri = parse(bad[i].uri);
		unsigned lowest = 0;
		if (uri.odd != bad[i].odd)
			fail_msg("%s: odd 0x%x is not 0x%x", bad[i].uri, uri.odd,
			         bad[i].odd);
		while (!sip_uri_is_odd(&uri, (enum sip_uri_odd)lowest))
			lowest++;
		if (uri.odd_at[lowest] != bad[i].at)
			fail_msg("%s: odd at %zu", bad[i].uri, uri.odd_at[lowest]);
	}
}

/* What can be understood is there all the same. */
static void broken_uris_are_read_as_far_as_they_go(void **state)
{
	(void)state;
	struct sip_uri uri = parse("< sip:a@b;lr >");
	assert_is(uri.text, "sip:a@b;lr", "text");
	assert_is(uri.at.host.text, "b", "host");
	assert_true(uri.has_param & 1u << SIP_URI_LR);
	uri = parse("alice@example.com:5070?x=y");
	assert_int_equal(uri.scheme, SIP_URI_NONE);
	assert_is(uri.user, "alice", "user");
	assert_is(uri.at.host.text, "example.com", "host");
	assert_int_equal(uri.at.port, 5070);
	assert_is(uri.headers, "x=y", "headers");
	uri = parse("sip:a@2001:db8::10:5070;lr");
	assert_is(uri.at.host.text, "2001:db8::10:5070", "host");
	assert_false(uri.at.has_port);
	uri = parse("sip:a@b : 5061 ; transport = tcp ");
	assert_is(uri.at.host.text, "b", "host");
	assert_int_equal(uri.at.port, 5061);
	assert_is(uri.param[SIP_URI_TRANSPORT], "tcp", "transport");
	uri = parse("sip:a@b:4294967301"); /* 5 in 32 bits */
	assert_int_equal(uri.at.port, SIP_PORT_BEYOND);
	assert_is(uri.at.port_text, "4294967301", "port");
	uri = parse("tel:+1?no;ext=2");
	assert_is(uri.user, "+1", "number");
	assert_is(uri.params, ";ext=2", "params");
	uri = parse("sip:[::1]x:5");
	assert_is(uri.at.host.text, "[::1]x:5", "host");
}

/* RFC 3261 19.1.1 table 1, read from the document. */
static void parts_stand_where_the_table_lets_them(void **state)
{
	static const struct {
		const char *part;
		/* Request-URI, To, From, Contact of REGISTER, of a dialog, outside */
		const char *allowed;
	} rows[] = {
		{ "sip:a:pw@b", "oooooo" },          { "sip:a@b:5060", "o--ooo" },
		{ "sip:a@b;user=phone", "oooooo" },  { "sip:a@b;method=BYE", "-----o" },
		{ "sip:a@b;maddr=c", "o--ooo" },     { "sip:a@b;ttl=1", "o--o-o" },
		{ "sip:a@b;transport=udp", "o--ooo" }, { "sip:a@b;lr", "o---oo" },
		{ "sip:a@b;other=1", "oooooo" },     { "sips:a@b?s=x", "---o-o" },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct sip_uri uri = parse(rows[i].part);
		for (unsigned k = 0; k <= SIP_URI_OUTSIDE; k++)
			if ((sip_uri_misplaced(&uri, (enum sip_uri_place)k) == 0) !=
			    (rows[i].allowed[k] == 'o'))
				fail_msg("%s in column %u", rows[i].part, k);
	}
	struct sip_uri uri = parse("sip:a@b:1;method=x;maddr=c;ttl=1;transport=t;lr?s=x");
	assert_int_equal(sip_uri_misplaced(&uri, SIP_URI_IN_FROM),
	                 (1u << (SIP_URI_PART_HEADERS + 1)) - 1);
	uri = parse("http://a.example:80");
	assert_int_equal(sip_uri_misplaced(&uri, SIP_URI_IN_FROM), 0);
}

/* --- compared */

static bool equal(const char *a, const char *b)
{
	struct sip_uri x = parse(a), y = parse(b);
	bool equals = sip_uri_equal(&x, &y);
	assert_int_equal(sip_uri_equal(&y, &x), equals); /* symmetric */
	assert_true(sip_uri_equal(&x, &x) && sip_uri_equal(&y, &y));
	return equals;
}

static const char *const same[][2] = {
	/* the examples of RFC 3261 19.1.4 */
	{ "sip:%61lice@atlanta.com;transport=TCP",
	  "sip:alice@AtLanTa.CoM;Transport=tcp" },
	{ "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5" },
	{ "sip:carol@chicago.com", "sip:carol@chicago.com;security=on" },
	{ "sip:carol@chicago.com", "sip:carol@chicago.com;security=off" },
	{ "sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on" },
	{ "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
	  "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com" },
	{ "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
	  "sip:alice@atlanta.com?priority=urgent&subject=project%20x" },
	/* escapes and case by the same section */
	{ "sip:a@b", "SIP:a@B" },
	{ "sip:%41@b", "sip:A@b" },
	{ "sip:%4a@b", "sip:%4A@b" },
	{ "sip:a%3bb@c", "sip:a%3Bb@c" },
	{ "sip:a:pw@b", "sip:a:p%77@b" },
	{ "sip:a@b;p=%41", "sip:a@b;%50=a" },
	{ "sip:a@b?s=x", "sip:a@b?Subject=x" },
	{ "sip:a@b?x=1&x=2", "sip:a@b?x=2&x=1" },
	{ "sip:a@b?%73=1&s=1", "sip:a@b?Subject=1&S=1" },
	{ "sip:a@b;lr", "sip:a@b" },
	{ "sip:a@b;x=1;x=2", "sip:a@b;x=1" }, /* the first one counts */
	{ "sip:%2541@b", "sip:%25%34%31@b" },
	{ "sip:a@b:5060", "sip:a@b:05060" },
	/* RFC 5954 4.2: the address, not its text */
	{ "sip:a@[2001:db8::1]", "sip:a@[2001:0DB8:0:0:0:0:0:1]" },
	{ "sip:a@[::ffff:192.0.2.1]", "sip:a@[::ffff:c000:201]" },
	{ "sip:a@192.0.2.1", "sip:a@192.000.002.001" },
	/* RFC 3966 4 */
	{ "tel:+1-201-555-0123", "tel:+12015550123" },
	{ "tel:+1(201)555.0123", "TEL:+1-201-555-0123" },
	{ "tel:863-1234;phone-context=+1-914-555", "tel:8631234;PHONE-CONTEXT=+1914555" },
	{ "tel:7042;phone-context=example.com", "tel:7042;phone-context=EXAMPLE.com" },
	{ "tel:+1;ext=1-2;isub=a", "tel:+1;isub=A;ext=12" },
	{ "tel:a1;phone-context=x.example", "tel:A1;phone-context=x.example" },
	{ "urn:service:sos", "urn:service:sos" },
	{ "", "" },
};

static const char *const different[][2] = {
	/* the examples of RFC 3261 19.1.4 */
	{ "SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP" },
	{ "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060" },
	{ "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp" },
	{ "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp" },
	{ "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting" },
	{ "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4" },
	{ "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off" },
	/* and its rules */
	{ "sip:a@b", "sips:a@b" },
	{ "sip:a@b", "sip:b" },
	{ "sip:a:@b", "sip:a@b" },
	{ "sip:a:PW@b", "sip:a:pw@b" },
	{ "sip:a@b", "sip:a@b;user=ip" },
	{ "sip:a@b", "sip:a@b;ttl=1" },
	{ "sip:a@b", "sip:a@b;method=INVITE" },
	{ "sip:a@b", "sip:a@b;maddr=b" },
	{ "sip:a@b", "sip:a@b;%6daddr=b" },
	{ "sip:a@b;method=BYE", "sip:a@b;method=bye" },
	{ "sip:a@b;transport=tcp", "sip:a@b;transport=tls" },
	{ "sip:a@b?x=1", "sip:a@b?x=2" },
	{ "sip:a@b?x=1", "sip:a@b?x=1&x=1" },
	{ "sip:a@b?x=1&x=1", "sip:a@b?x=1&x=2" },
	{ "sip:a@b?Call-ID=A", "sip:a@b?Call-ID=a" },
	{ "sip:a%40@b", "sip:a@@b" }, /* a reserved character is not its escape */
	{ "sip:%2B1@b", "sip:+1@b" },
	{ "sip:a%3bb@c", "sip:a;b@c" },
	{ "sip:a%2541@b", "sip:a%41@b" },
	{ "sip:a%@b", "sip:a%%@b" },
	{ "sip:%zz@b", "sip:%xy@b" }, /* no escapes */
	{ "sip:a@b:5060", "sip:a@b:5061" },
	{ "sip:a@b:x", "sip:a@b:y" },
	{ "sip:a@b:70000", "sip:a@b:70001" },
	{ "sip:a@[2001:db8::1]", "sip:a@[2001:db8::2]" },
	{ "sip:a@[::1]", "sip:a@127.0.0.1" },
	{ "sip:a@b.example", "sip:a@b.example." },
	{ "sip:a@b", "tel:1;phone-context=b" },
	{ "tel:+12015550123", "tel:12015550123;phone-context=+1" },
	{ "tel:12015550123", "tel:+12015550123" },
	{ "tel:+1", "tel:+2" },
	{ "tel:+1", "tel:+1;ext=1" }, /* RFC 3966 4: every parameter counts */
	{ "tel:+1;ext=1", "tel:+1;isub=1" },
	{ "tel:1;phone-context=+1", "tel:1;phone-context=+2" },
	{ "tel:1;phone-context=(+1", "tel:1;phone-context=+1" },
	{ "tel:+1;x=1;x=2", "tel:+1;x=1;x=1" },
	{ "tel:1;phone-context=a-b.example", "tel:1;phone-context=ab.example" },
	{ "tel:+1;x=1-2", "tel:+1;x=12" },
	{ "urn:service:sos", "urn:service:SOS" },
	{ "a@b", "A@b" },
};

static void uris_are_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(same); i++)
		if (!equal(same[i][0], same[i][1]))
			fail_msg("%s is not %s", same[i][0], same[i][1]);
	for (size_t i = 0; i < LENGTH(different); i++)
		if (equal(different[i][0], different[i][1]))
			fail_msg("%s is %s", different[i][0], different[i][1]);
}

/* "sip:a@b" and n times piece, number included. */
static char *many(const char *piece, unsigned n, unsigned first)
{
	static char out[2][4096];
	static unsigned turn;
	char *s = out[turn++ % 2];
	size_t len = (size_t)snprintf(s, sizeof out[0], "sip:a@b");
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(s + len, sizeof out[0] - len, "%s%u=%u",
		                        i == 0 && *piece == '&' ? "?x" : piece,
		                        (first + i) % n, (first + i) % n);
	return s;
}

static void comparison_has_a_limit(void **state)
{
	(void)state;
	assert_true(equal(many(";x", SIP_URI_COMPARED, 0),
	                  many(";x", SIP_URI_COMPARED, 1)));
	assert_false(equal(many(";x", SIP_URI_COMPARED + 1, 0),
	                   many(";x", SIP_URI_COMPARED + 1, 1)));
	assert_true(equal(many("&x", SIP_URI_COMPARED, 0),
	                  many("&x", SIP_URI_COMPARED, 1)));
	assert_false(equal(many("&x", SIP_URI_COMPARED + 1, 0),
	                   many("&x", SIP_URI_COMPARED + 1, 1)));
	assert_true(equal(many("&x", SIP_URI_COMPARED + 1, 1),
	                  many("&x", SIP_URI_COMPARED + 1, 1)));
}

/* --- telephone numbers and escapes */

static void telephone_numbers(void **state)
{
	(void)state;
	struct sip_uri uri = parse("tel:+1-201-555-0123;ext=12;isub=34;ext=no");
	struct sip_tel tel, other;
	char digits[16];
	assert_true(sip_uri_tel(&tel, &uri));
	assert_true(tel.is_global);
	assert_is(tel.number, "+1-201-555-0123", "number");
	assert_is(tel.extension, "12", "ext");
	assert_is(tel.subaddress, "34", "isub");
	assert_is(tel.context, "", "context");
	assert_int_equal(sip_tel_digits(&tel, digits, sizeof digits), 12);
	assert_string_equal(digits, "+12015550123");
	assert_int_equal(sip_tel_digits(&tel, digits, 4), 3);
	assert_string_equal(digits, "+12");
	assert_int_equal(sip_tel_digits(&tel, digits, 1), 0);

	/* RFC 3261 19.1.6: the same number in a SIP URI */
	uri = parse("sip:+1-201-555-0123;ext=12;isub=34@gw.example;user=phone");
	assert_true(sip_uri_tel(&other, &uri));
	assert_is(other.params, ";ext=12;isub=34", "params");
	uri = parse("tel:+12015550123;isub=34;ext=1-2");
	assert_true(sip_uri_tel(&tel, &uri));
	assert_true(sip_tel_equal(&tel, &other));

	uri = parse("tel:863-1234;phone-context=+1-914-555");
	assert_true(sip_uri_tel(&tel, &uri));
	assert_false(tel.is_global);
	assert_is(tel.context, "+1-914-555", "context");
	uri = parse("sip:+1@gw.example"); /* a user name like any other */
	assert_false(sip_uri_tel(&tel, &uri));
	uri = parse("sip:gw.example;user=phone");
	assert_false(sip_uri_tel(&tel, &uri));
	uri = parse("http://+1@gw.example");
	assert_false(sip_uri_tel(&tel, &uri));
	assert_is(tel.number, "863-1234", "untouched");
}

static void escapes_are_undone(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "alice", "alice" },       { "%61lice", "alice" },
		{ "j%40s0n", "j@s0n" },     { "%c3%A9", "\xc3\xa9" },
		{ "100%", "100%" },         { "%4", "%4" },
		{ "%4x%41", "%4xA" },       { "%%341", "%41" },
		{ "%2541", "%41" }, /* once */ { "", "" },
	};
	char out[16];
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		size_t n = sip_uri_unescape(text(cases[i].in), out, sizeof out);
		assert_string_equal(out, cases[i].out);
		assert_int_equal(n, strlen(cases[i].out));
	}
	assert_int_equal(sip_uri_unescape(text("null-%00-null"), out, sizeof out), 11);
	assert_memory_equal(out, "null-\0-null", 12);
	assert_int_equal(sip_uri_unescape(text("ab%63d"), out, 4), 3);
	assert_string_equal(out, "abc");
	assert_int_equal(sip_uri_unescape(text("a"), out, 1), 0);
	assert_string_equal(out, "");
}

/* --- hosts */

static void hosts_are_told_apart(void **state)
{
	static const struct {
		const char        *host;
		enum sip_host_kind kind;
	} cases[] = {
		{ "", SIP_HOST_EMPTY },
		{ "a", SIP_HOST_NAME },
		{ "1a.b1", SIP_HOST_NAME },
		{ "example.com.", SIP_HOST_NAME },
		{ "a.1b", SIP_HOST_BAD }, /* toplabel begins with a letter */
		{ "a b", SIP_HOST_BAD },
		{ "1.2.3.4", SIP_HOST_IPV4 },
		{ "1.2.3.x", SIP_HOST_NAME },
		{ "1.2.3.", SIP_HOST_BAD },
		{ "::", SIP_HOST_IPV6_BARE },
		{ "2001:db8::1", SIP_HOST_IPV6_BARE },
		{ "[2001:db8::1]", SIP_HOST_IPV6 },
		{ "[2001:db8::1", SIP_HOST_BAD_IPV6 },
		{ "[2001:db8::1]]", SIP_HOST_BAD_IPV6 },
		{ "[2001:db8::12345]", SIP_HOST_BAD_IPV6 },
		{ "[1:2:3:4:5:6:7]", SIP_HOST_BAD_IPV6 },
		{ "[1:2:3:4:5:6:7:8:9]", SIP_HOST_BAD_IPV6 },
		{ "[1::2::3]", SIP_HOST_BAD_IPV6 },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sip_host host;
		sip_host_parse(&host, text(cases[i].host));
		if (host.kind != cases[i].kind)
			fail_msg("%s: %d", cases[i].host, (int)host.kind);
	}
	struct sip_host nul;
	sip_host_parse(&nul, (struct slice){ "[::1\0]", 6 });
	assert_int_equal(nul.kind, SIP_HOST_BAD_IPV6);
	struct sip_host host;
	sip_host_parse(&host, text("[2001:db8::9]"));
	assert_memory_equal(host.bytes, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09", 16);
	sip_host_parse(&nul, text("2001:DB8::9"));
	assert_true(sip_host_equal(&host, &nul)); /* received, RFC 5118 4.5 */
}

/* --- the short way */

static const struct {
	const char *uri, *user, *host;
} cases[] = {
	{ "sip:alice@atlanta.example.com", "alice", "atlanta.example.com" },
	{ "sip:atlanta.example.com", "", "atlanta.example.com" },
	{ "sips:bob@192.0.2.1:5061", "bob", "192.0.2.1:5061" },
	{ "SIP:Bob@Example.COM", "Bob", "Example.COM" },
	{ "sip:alice:secret@example.com;transport=tcp", "alice", "example.com" },
	{ "sip:+1-212-555-1212;isub=7@gw.example.com", "+1-212-555-1212;isub=7",
	  "gw.example.com" },
	{ "sip:a?b@example.com?Subject=x%40y", "a?b", "example.com" },
	{ "sip:%61lice@example.com", "%61lice", "example.com" },
	{ "sip:carol@[2001:db8::9:1]:5070;lr", "carol", "[2001:db8::9:1]:5070" },
	{ "sip:a@example.com?Replaces=1@b", "a", "example.com" },
	{ "sip:@example.com", "", "example.com" },
	{ "sip:", "", "" },
	{ "sips:", "", "" },
	{ "sip:a@", "a", "" },
	{ "  sip:a@b  ", "a", "b" },
	{ "tel:+1-201-555-0123", "+1-201-555-0123", "" },
	{ "tel:7042;phone-context=example.com", "7042", "" },
	{ "TEL:911", "911", "" },
	{ "mailto:a@example.com", "", "" },
	{ "alice@example.com", "", "" },
	{ "*", "", "" },
	{ "", "", "" },
};

static void user_and_host(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct slice uri = text(cases[i].uri);
		if (!slice_eq(sip_uri_user(uri), text(cases[i].user)) ||
		    !slice_eq(sip_uri_host(uri), text(cases[i].host)))
			fail_msg("%s", cases[i].uri);
	}
}

/* --- any bytes */

static void walk_uri(struct slice in)
{
	struct sip_uri uri;
	struct sip_tel tel;
	char out[64];
	struct slice name, value;
	assert_true(walk_inside(sip_uri_user(in), in));
	assert_true(walk_inside(sip_uri_host(in), in));
	sip_uri_parse(&uri, in);
	assert_true(walk_inside(uri.text, in));
	assert_true(walk_inside(uri.scheme_text, uri.text));
	assert_true(walk_inside(uri.user, uri.text));
	assert_true(walk_inside(uri.password, uri.text));
	assert_true(walk_inside(uri.at.host.text, uri.text));
	assert_true(walk_inside(uri.at.port_text, uri.text));
	assert_true(walk_inside(uri.opaque, uri.text));
	for (unsigned i = 0; i < SIP_URI_PARAMS; i++)
		assert_true(walk_inside(uri.param[i], uri.params));
	for (unsigned i = 0; i < SIP_URI_ODD_COUNT; i++)
		assert_true(uri.odd_at[i] <= in.len);
	for (struct slice rest = uri.params; sip_uri_param_next(&rest, &name, &value);)
		assert_true(name.len && walk_inside(name, uri.params) &&
		            walk_inside(value, uri.params));
	for (struct slice rest = uri.headers; sip_uri_header_next(&rest, &name, &value);)
		assert_true(name.len && walk_inside(name, uri.headers) &&
		            walk_inside(value, uri.headers));
	assert_true(sip_uri_equal(&uri, &uri));
	if (sip_uri_tel(&tel, &uri))
		assert_true(sip_tel_digits(&tel, out, sizeof out) < sizeof out);
	assert_true(sip_uri_unescape(in, out, sizeof out) < sizeof out);
}

static void cuts_stay_inside(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		walk_cuts(text(cases[i].uri), walk_uri);
	for (size_t i = 0; i < LENGTH(good); i++)
		walk_cuts(text(good[i].uri), walk_uri);
	for (size_t i = 0; i < LENGTH(bad); i++)
		walk_cuts(text(bad[i].uri), walk_uri);
	walk_uri(SLICE_NONE);
}

/* Inputs on which a search from each piece to the end would take minutes. */
static void hostile_uris_cost_little(void **state)
{
	static const char *const pieces[] = { ";", ";a", ";=", ";lr=1", "?", "&", "?a=1&",
		                              "@", ":", "%", "[", "]", ".", "a", "<",
		                              "1.", " ", "\"", "+-", "%41", "a." };
	static const char *const heads[] = { "sip:", "sip:a@b;", "sip:a@b?", "tel:+",
		                             "http://", "", "sip:[", "sip:a@[" };
	const size_t room = 1 << 18;
	char *bytes = malloc(room);
	(void)state;
	assert_non_null(bytes);
	for (size_t h = 0; h < LENGTH(heads); h++) {
		for (size_t i = 0; i < LENGTH(pieces); i++) {
			struct slice head = text(heads[h]), piece = text(pieces[i]);
			size_t n = head.len;
			memcpy(bytes, head.p, head.len);
			for (; n + piece.len <= room; n += piece.len)
				memcpy(bytes + n, piece.p, piece.len);
			walk_uri((struct slice){ bytes, n });
			struct sip_uri a, b;
			sip_uri_parse(&a, (struct slice){ bytes, n });
			sip_uri_parse(&b, (struct slice){ bytes, n - 1 });
			(void)sip_uri_equal(&a, &b);
		}
	}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_uris_are_taken_apart),
		cmocka_unit_test(named_parameters),
		cmocka_unit_test(parameters_and_headers_come_in_order),
		cmocka_unit_test(what_is_wrong_is_found_with_its_place),
		cmocka_unit_test(broken_uris_are_read_as_far_as_they_go),
		cmocka_unit_test(parts_stand_where_the_table_lets_them),
		cmocka_unit_test(uris_are_compared),
		cmocka_unit_test(comparison_has_a_limit),
		cmocka_unit_test(telephone_numbers),
		cmocka_unit_test(escapes_are_undone),
		cmocka_unit_test(hosts_are_told_apart),
		cmocka_unit_test(user_and_host),
		cmocka_unit_test(cuts_stay_inside),
		cmocka_unit_test(hostile_uris_cost_little),
	};
	return cmocka_run_group_tests_name("sip/uri", tests, NULL, NULL);
}
