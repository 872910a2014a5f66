/* SPDX-License-Identifier: MIT */
/* URIs as routing compares them. */
#include "config.h"

#include "track/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "support/guard.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct slice text(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

static uint16_t hash(const char *uri)
{
	return route_uri_hash(text(uri));
}

/* RFC 3261 19.1.4, first those of its examples that are equal. */
static void test_equal(void **unused)
{
	(void)unused;
	static const char *const pairs[][2] = {
		{ "sip:%61lice@atlanta.com;transport=TCP",
		  "sip:alice@AtLanTa.CoM;Transport=tcp" },
		{ "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5" },
		{ "sip:carol@chicago.com;security=on",
		  "sip:carol@chicago.com;newparam=5" },
		{ "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
		  "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi."
		  "com" },
		{ "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
		  "sip:alice@atlanta.com?priority=urgent&subject=project%20x" },
		{ "sip:p.example.org;lr", "SIP:P.Example.org;lr=on" },
		{ "sip:[2001:db8::1];lr", "sip:[2001:0DB8:0:0::1];lr" },
		{ "sip:u:%70w@h.example.org:5070", "sip:u:pw@h.example.org:5070" },
		{ "sip:a%3bb@h.example.org", "sip:a;b@h.example.org" },
		/* what is not equal there, and does no harm */
		{ "sip:bob@192.0.2.4", "sip:bob@192.0.2.4:5060" },
	};
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_int_equal(hash(pairs[i][0]), hash(pairs[i][1]));
}

static void test_different(void **unused)
{
	(void)unused;
	static const char *const pairs[][2] = {
		{ "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4" },
		{ "sip:bob@h.example.org", "sips:bob@h.example.org" },
		{ "sip:bob@h.example.org", "sip:alice@h.example.org" },
		{ "sip:bob@h.example.org", "sip:bob@g.example.org" },
		{ "sip:bob@h.example.org", "sip:h.example.org" },
		{ "sip:bob@h.example.org", "sip:bob@h.example.org:5070" },
		{ "sip:bob@h.example.org:50600", "sip:bob@h.example.org:5060" },
		{ "sip:bob@[2001:db8::1]", "sip:bob@[2001:db8::2]" },
		{ "sip:bob@[2001:db8::1]:5070", "sip:bob@[2001:db8::1]:5071" },
		{ "sip:b%6fb@h.example.org", "sip:b%6eb@h.example.org" },
	};
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_int_not_equal(hash(pairs[i][0]), hash(pairs[i][1]));
}

/* All that can be made of a few parts: what 19.1.4 calls equal has one hash. */
static void test_as_uris_compare(void **unused)
{
	(void)unused;
	static const char *const users[] = { "",       "bob@", "b%6Fb@", "bob:pw@",
		                             "b;o=b@", "b?b@", "a%20b@" };
	static const char *const hosts[] = { "h.example.org", "H.Example.ORG",
		                             "192.0.2.1", "[2001:db8::1]",
		                             "[2001:DB8:0:0::1]" };
	static const char *const ports[] = { "", ":5060", ":5070" };
	static const char *const rest[] = { "",        ";lr",         ";transport=udp",
		                            ";x=1;lr", ";user=phone", "?a=b",
		                            ";x=1?a=b" };
	static char uris[COUNT(users) * COUNT(hosts) * COUNT(ports) * COUNT(rest)][80];
	size_t n = 0, equal = 0;
	for (size_t u = 0; u < COUNT(users); u++)
		for (size_t h = 0; h < COUNT(hosts); h++)
			for (size_t p = 0; p < COUNT(ports); p++)
				for (size_t r = 0; r < COUNT(rest); r++)
					snprintf(uris[n++], sizeof(uris[0]),
					         "sip:%s%s%s%s", users[u], hosts[h],
					         ports[p], rest[r]);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			struct sip_uri a, b;
			sip_uri_parse(&a, text(uris[i]));
			sip_uri_parse(&b, text(uris[j]));
			if (!sip_uri_equal(&a, &b))
				continue;
			equal++;
			assert_int_equal(hash(uris[i]), hash(uris[j]));
		}
	assert_true(equal > 2 * n);
}

/* Whatever its length and wherever it is cut, no byte beyond it is read. */
static void test_cut(void **unused)
{
	(void)unused;
	static const char *const uris[] = {
		"sip:bob.with.a.long.name@host.example.org:5060;lr;transport=tcp",
		"sip:b%6fb%@[2001:db8::1]:5061;maddr=1?x=%",
	};
	for (size_t i = 0; i < COUNT(uris); i++)
		for (size_t n = 0; n <= strlen(uris[i]); n++) {
			char *copy = guard_copy(uris[i], n);
			struct slice s = { copy, n };
			struct sip_host host;
			assert_int_not_equal(route_uri_hash(s), 0);
			(void)route_host(&host, s);
			(void)route_is_loose(s);
			guard_free(copy);
		}
}

/* --- lists */

static struct sip_msg parsed(const char *headers)
{
	static char bytes[8192];
	struct sip_msg msg;
	int n = snprintf(bytes, sizeof(bytes), "BYE sip:b@example.org SIP/2.0\r\n%s\r\n",
	                 headers);
	assert_int_equal(sip_msg_parse(&msg, (struct slice){ bytes, (size_t)n }, false),
	                 OK);
	return msg;
}

static void test_lists(void **unused)
{
	(void)unused;
	struct routes a, b;
	struct sip_msg msg = parsed("Route: <sip:p1;lr>, \"P,2\" <sip:p2>\r\n"
	                            "Route: <sip:p3;lr>;x=y\r\n"
	                            "Record-Route: <sip:p3>,<sip:p2>,<sip:p1>\r\n");
	assert_true(routes_read(&a, &msg, SIP_HDR_ROUTE));
	assert_true(routes_read(&b, &msg, SIP_HDR_RECORD_ROUTE));
	assert_int_equal(a.count, 3);
	assert_int_equal(b.count, 3);
	assert_int_equal(routes_hash(&a, 0), routes_hash_reversed(&b));
	assert_int_not_equal(routes_hash(&a, 0), routes_hash(&b, 0));
	assert_int_equal(routes_hash(&a, 3), ROUTE_NONE);
	assert_int_equal(routes_before(&a, routes_hash(&a, 0)), 0);
	assert_int_equal(routes_before(&a, routes_hash(&a, 2)), 2);
	assert_int_equal(routes_before(&a, ROUTE_NONE), 3);
	assert_int_equal(routes_before(&a, 0), -1);
	assert_int_equal(routes_before(&b, routes_hash(&a, 0)), -1);
	uint16_t routes = routes_hash(&a, 0);
	/* 16.6 step 6: p1 was put into the Request-URI, the target behind the rest */
	msg = parsed("Route: <sip:p2>, <sip:p3>, <sip:target@example.org>\r\n");
	assert_true(routes_read(&b, &msg, SIP_HDR_ROUTE));
	assert_int_equal(routes_hash_strict(&b, text("sip:p1")), routes);
	assert_int_not_equal(routes_hash_strict(&b, text("sip:p2")), routes);
	msg = parsed("");
	assert_true(routes_read(&a, &msg, SIP_HDR_ROUTE));
	assert_int_equal(routes_hash(&a, 0), ROUTE_NONE);
	assert_int_equal(routes_hash_reversed(&a), ROUTE_NONE);
}

static void test_long_list(void **unused)
{
	(void)unused;
	char headers[4096] = "";
	struct routes list;
	for (int i = 0; i < ROUTE_MAX; i++)
		snprintf(headers + strlen(headers), 40,
		         "Route: <sip:p%d.example.org;lr>\r\n", i);
	struct sip_msg msg = parsed(headers);
	assert_true(routes_read(&list, &msg, SIP_HDR_ROUTE));
	assert_int_equal(list.count, ROUTE_MAX);
	snprintf(headers + strlen(headers), 40, "Route: <sip:one.more>\r\n");
	msg = parsed(headers);
	assert_false(routes_read(&list, &msg, SIP_HDR_ROUTE));
}

static void test_note(void **unused)
{
	(void)unused;
	struct sip_msg msg =
		parsed("Contact: \"B, or not\" <sip:b@h.example.org;x=1>;q=1, "
	               "<sip:c@h>\r\n"
	               "Route: <sip:p1;lr>, <sip:p2>\r\n"
	               "Record-Route: <sip:p3>\r\n");
	struct route_note note = route_note(&msg, true);
	assert_int_equal(note.uri, hash("sip:b@example.org"));
	assert_int_equal(note.contact, hash("sip:b@h.example.org"));
	assert_int_equal(note.list, hash("sip:p2"));
	note = route_note(&msg, false);
	assert_int_equal(note.uri, route_same_hash(msg.uri));
	assert_int_not_equal(note.list, ROUTE_NONE);
	msg = parsed("m: <sip:b@H.example.org:5060>\r\n");
	note = route_note(&msg, false);
	assert_int_equal(note.contact, hash("sip:b@h.example.org"));
	assert_int_equal(note.list, ROUTE_NONE);
	msg = parsed("m: sip:b@h.example.org;expires=3\r\n");
	assert_int_equal(route_note(&msg, true).contact, hash("sip:b@h.example.org"));
	assert_int_equal(route_note(&msg, true).list, 0);
	msg.whole_headers = false; /* there may be a Route in what was cut */
	assert_int_equal(route_note(&msg, true).uri, 0);
}

static void test_hosts(void **unused)
{
	(void)unused;
	struct sip_host host, other;
	struct track_endpoint v4 = { 4, { 192, 0, 2, 1 }, 5060 };
	struct track_endpoint v6 = { 6, { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 5060 };
	assert_true(route_host(&host, text("sip:u@192.0.2.1:5070;lr")));
	assert_true(route_host_is(&host, &v4) && !route_host_is(&host, &v6));
	assert_true(route_host(&host, text("sip:[2001:db8::1]")));
	assert_true(route_host_is(&host, &v6) && !route_host_is(&host, &v4));
	assert_true(route_host(&other, text("sip:u@[2001:DB8:0::1]:5070")));
	assert_true(route_host_key(&host) == route_host_key(&other));
	assert_true(route_host(&host, text("sip:P.example.org")) &&
	            !route_is_address(&host));
	assert_false(route_host(&host, text("sip:u@192.0.2.1;maddr=224.0.1.75")));
	assert_false(route_host(&host, text("tel:+1")));
	assert_true(route_is_loose(text("sip:p;LR=on")));
	assert_false(route_is_loose(text("sip:lr@lr;alr;xlr=lr")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_different),
		cmocka_unit_test(test_as_uris_compare),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_long_list),
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_hosts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
