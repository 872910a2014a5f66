/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sip/field.h"
#include "walk.h"

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

#define CASES (sizeof cases / sizeof cases[0])

static struct slice text(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

static void user_and_host(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		struct slice uri = text(cases[i].uri);
		if (!slice_eq(sip_uri_user(uri), text(cases[i].user)) ||
		    !slice_eq(sip_uri_host(uri), text(cases[i].host)))
			fail_msg("%s", cases[i].uri);
	}
}

static void walk_uri(struct slice uri)
{
	assert_true(walk_inside(sip_uri_user(uri), uri));
	assert_true(walk_inside(sip_uri_host(uri), uri));
}

static void cuts_stay_inside(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES; i++)
		walk_cuts(text(cases[i].uri), walk_uri);
	walk_uri(SLICE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_and_host),
		cmocka_unit_test(cuts_stay_inside),
	};
	return cmocka_run_group_tests_name("sip/uri", tests, NULL, NULL);
}
