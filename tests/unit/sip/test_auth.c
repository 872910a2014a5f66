/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sip/auth.h"
#include "text.h"
#include "walk.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void every_parameter_is_found(void **state)
{
	static const struct {
		const char      *name;
		enum sip_auth_id id;
		bool             shown;
	} rows[] = {
		{ "realm", SIP_AUTH_REALM, true },
		{ "NONCE", SIP_AUTH_NONCE, true },
		{ "username*", SIP_AUTH_USERNAME_EXT, true },
		{ "response", SIP_AUTH_RESPONSE, false },
		{ "Cnonce", SIP_AUTH_CNONCE, false },
		{ "rspauth", SIP_AUTH_RSPAUTH, false },
		{ "auts", SIP_AUTH_AUTS, false },
		{ "ck", SIP_AUTH_CK, false },
		{ "ik", SIP_AUTH_IK, false },
		{ "password", SIP_AUTH_PASSWORD, false },
		{ "responses", SIP_AUTH_OTHER, false },
		{ "respons", SIP_AUTH_OTHER, false },
		{ "", SIP_AUTH_OTHER, false },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(sip_auth_lookup(text(rows[i].name)), rows[i].id);
		assert_int_equal(sip_auth_is_shown(rows[i].id), rows[i].shown);
	}
	assert_false(sip_auth_is_shown(SIP_AUTH_OTHER));
}

static void schemes_are_told_from_parameters(void **state)
{
	static const struct {
		const char *value, *scheme, *params;
	} cases[] = {
		{ "Digest realm=\"a\"", "Digest", "realm=\"a\"" },
		{ "  Basic \t\r\n QWxhZGRpbg==", "Basic", "QWxhZGRpbg==" },
		{ "Negotiate", "Negotiate", "" },
		{ "nextnonce=\"47\", qop=auth", "", "nextnonce=\"47\", qop=auth" },
		{ "nextnonce = 1", "", "nextnonce = 1" },
		{ "\"x\" a=b", "", "\"x\" a=b" },
		{ "", "", "" },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sip_auth a;
		sip_auth_parse(&a, text(cases[i].value));
		assert_is(a.scheme, cases[i].scheme, cases[i].value);
		assert_is(a.params, cases[i].params, cases[i].value);
	}
}

static void parameters_come_in_order(void **state)
{
	struct slice rest = text("a = \"1,2\" ,, b=<x,y>,c,=d"), name, value;
	(void)state;
	assert_true(sip_auth_next(&rest, &name, &value));
	assert_is(name, "a", "name");
	assert_is(value, "\"1,2\"", "value");
	assert_true(sip_auth_next(&rest, &name, &value));
	assert_is(name, "b", "name");
	assert_is(value, "<x,y>", "value");
	assert_true(sip_auth_next(&rest, &name, &value));
	assert_is(name, "c", "name");
	assert_is(value, "", "value");
	assert_true(sip_auth_next(&rest, &name, &value));
	assert_is(name, "", "name");
	assert_is(value, "d", "value");
	assert_false(sip_auth_next(&rest, &name, &value));
	assert_is(value, "d", "untouched");
}

/* RFC 3261 20.44 and 20.7, 20.6 */
static void digests(void **state)
{
	const char *challenge =
		"Digest realm=\"atlanta.com\", domain=\"sip:boxesbybob.com\", "
		"qop=\"auth,auth-int\", nonce=\"f84f1cec41e6cbe5aea9c8e88d359\", "
		"opaque=\"\", stale=FALSE, algorithm=MD5, realm=\"second\"";
	struct sip_digest d;
	(void)state;
	sip_digest_parse(&d, text(challenge));
	assert_is(d.realm, "atlanta.com", "realm");
	assert_is(d.domain, "sip:boxesbybob.com", "domain");
	assert_is(d.qop, "auth,auth-int", "qop");
	assert_is(d.nonce, "f84f1cec41e6cbe5aea9c8e88d359", "nonce");
	assert_is(d.opaque, "", "opaque");
	assert_is(d.algorithm, "MD5", "algorithm");
	assert_false(d.stale || d.has_response || d.has_cnonce);
	assert_is(d.username, "", "username");

	sip_digest_parse(&d, text("Digest username=\"bob\", realm=\"biloxi.com\", "
	                          "nonce=\"dcd98b7102dd\",uri=\"sip:bob@biloxi.com\","
	                          "qop=auth, nc=00000001, cnonce=\"0a4f113b\", "
	                          "response=\"6629fae49393\", Stale=\"TRUE\""));
	assert_is(d.username, "bob", "username");
	assert_is(d.uri, "sip:bob@biloxi.com", "uri");
	assert_is(d.nc, "00000001", "nc");
	assert_is(d.qop, "auth", "qop");
	assert_true(d.stale && d.has_response && d.has_cnonce);
	sip_digest_parse(&d, text(""));
	assert_is(d.realm, "", "realm");
}

static const struct {
	const char *value, *shown;
} redacted[] = {
	{ "Digest username=\"bob\", realm=\"b.example\", nonce=\"dc\", "
	  "uri=\"sip:b.example\", response=\"SECRET\", qop=auth, nc=00000001, "
	  "cnonce=\"SECRET\", opaque=\"5c\", algorithm=MD5",
	  "Digest username=\"bob\", realm=\"b.example\", nonce=\"dc\", "
	  "uri=\"sip:b.example\", response=..., qop=auth, nc=00000001, "
	  "cnonce=..., opaque=\"5c\", algorithm=MD5" },
	{ "Digest realm=\"a, b\", qop=\"auth,auth-int\"",
	  "Digest realm=\"a, b\", qop=\"auth,auth-int\"" },
	{ "digest RESPONSE=SECRET,Realm=x", "digest RESPONSE=..., Realm=x" },
	{ "Basic U0VDUkVUOg==", "Basic ..." },
	{ "Basic SECRET", "Basic ..." },
	{ "Bearer SECRET, realm=\"x\"", "Bearer ..., realm=\"x\"" },
	{ "SECRET", "..." },
	{ "NoOneKnows opaque-data=SECRET", "NoOneKnows ..." },
	{ "rspauth=\"SECRET\", cnonce=\"SECRET\", nc=1, qop=auth",
	  "rspauth=..., cnonce=..., nc=1, qop=auth" },
	{ "Digest ck=\"SECRET\", ik=\"SECRET\", nonce=\"a==\"",
	  "Digest ck=..., ik=..., nonce=\"a==\"" },
	{ "Digest uri=\"sip:a:SECRET@b\"", "Digest uri=..." },
	{ "Digest uri=sip:a@b", "Digest uri=sip:a@b" },
	/* nothing slips out of a broken one */
	{ "Digest realm=x response=SECRET", "Digest realm=..." },
	{ "Digest realm=x;response=SECRET", "Digest realm=..." },
	{ "Digest realm=\"x, response=\"SECRET\"", "Digest realm=..." },
	{ "Digest realm=\"x, response=SECRET\"", "Digest realm=..." },
	{ "Digest realm=\"x\" response=\"SECRET\"", "Digest realm=..." },
	{ "Digest realm=\"x\\\", response=\"SECRET\"", "Digest realm=..." },
	{ "Digest realm=\"x, response=\"SECRET", "Digest realm=..." },
	{ "Digest realm=<x, response=\"SECRET\"", "Digest realm=..." },
	{ "Digest realm=\"x\", response =\r\n \"SECRET\"",
	  "Digest realm=\"x\", response=..." },
	{ "Digest response", "Digest response=..." },
	{ "Digest realm", "Digest realm=..." },
	{ "", "" },
	{ ",,", "" },
};

static void secrets_are_not_written(void **state)
{
	char out[512];
	(void)state;
	for (size_t i = 0; i < LENGTH(redacted); i++) {
		size_t n = sip_auth_redact(text(redacted[i].value), out, sizeof out);
		assert_string_equal(out, redacted[i].shown);
		assert_int_equal(n, strlen(redacted[i].shown));
		assert_null(strstr(out, "SECRET"));
		/* cut at any place, it is the beginning of that */
		for (size_t room = 1; room <= n; room++) {
			char part[512];
			assert_int_equal(
				sip_auth_redact(text(redacted[i].value), part, room),
				room - 1);
			assert_memory_equal(part, out, room - 1);
			assert_int_equal(part[room - 1], '\0');
		}
	}
}

static void walk_auth(struct slice in)
{
	struct sip_digest_keys k = { .qop = false };
	if (sip_digest_read(&k, in)) {
		assert_true(walk_inside(k.realm, in) && walk_inside(k.nonce, in));
		assert_true(walk_inside(k.nc, in) && walk_inside(k.algorithm, in));
	}
	assert_true(walk_inside(sip_next_nonce(in), in));
	struct sip_auth a;
	struct sip_digest d;
	struct slice name, value;
	static char out[1 << 20];
	sip_auth_parse(&a, in);
	assert_true(walk_inside(a.scheme, in) && walk_inside(a.params, in));
	while (sip_auth_next(&a.params, &name, &value))
		assert_true(walk_inside(name, in) && walk_inside(value, in));
	sip_digest_parse(&d, in);
	assert_true(walk_inside(d.realm, in) && walk_inside(d.nonce, in));
	size_t n = sip_auth_redact(in, out, sizeof out);
	assert_true(n < sizeof out && out[n] == '\0');
	assert_null(strstr(out, "SECRET"));
}

/* What is compared of a challenge or of credentials. */
static void keys(void **state)
{
	static const struct {
		const char *value, *realm, *nonce, *nc, *algorithm;
		bool ok, qop, stale;
	} rows[] = {
		{ "Digest realm=\"a b\", nonce=\"n\", algorithm=MD5, qop=\"auth\"", "a b",
		  "n", "", "MD5", true, true, false },
		{ "digest username=\"u\",REALM=r,Nonce = \"n\" ,nc=00000001,stale=True",
		  "r", "n", "00000001", "", true, false, true },
		{ "Digest\r\n realm=\"r\",\r\n\tnonce=\"n\",stale=\"true\"", "r", "n", "",
		  "", true, false, true },
		/* a quote in a quoted string; commas and names in one */
		{ "Digest realm=\"a\\\"b\", opaque=\"nonce=x,nc=1\", nonce=\"n\"",
		  "a\\\"b", "n", "", "", true, false, false },
		{ "Digest realm=\"a\\\\\", nonce=\"n\"", "a\\\\", "n", "", "", true,
		  false, false },
		/* the first of its name; pieces without '='; a comma that is missing */
		{ "Digest nonce=a, nonce=b, foo, bar, realm=c", "c", "a", "", "", true,
		  false, false },
		{ "Digest realm=\"r\" nonce=\"n\"", "r", "n", "", "", true, false,
		  false },
		{ "Digest realm=\"r, nonce=n", "\"r, nonce=n", "", "", "", true, false,
		  false },
		{ "Digest nonce=", "", "", "", "", true, false, false },
		{ "Digest qop=\"\", stale=false", "", "", "", "", true, false, false },
		{ "Digest cnonce=c, nextnonce=x, nonces=y", "", "", "", "", true, false,
		  false },
		{ "Digest", "", "", "", "", true, false, false },
		{ "Digestive realm=r", "", "", "", "", false, false, false },
		{ "Digest,realm=r", "", "", "", "", false, false, false },
		{ "Basic realm=r", "", "", "", "", false, false, false },
		{ "", "", "", "", "", false, false, false },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct sip_digest_keys k = { .qop = false };
		assert_int_equal(sip_digest_read(&k, text(rows[i].value)), rows[i].ok);
		assert_is(k.realm, rows[i].realm, rows[i].value);
		assert_is(k.nonce, rows[i].nonce, rows[i].value);
		assert_is(k.nc, rows[i].nc, rows[i].value);
		assert_is(k.algorithm, rows[i].algorithm, rows[i].value);
		assert_int_equal(k.qop, rows[i].qop);
		assert_int_equal(k.stale, rows[i].stale);
	}
	assert_is(sip_next_nonce(text("rspauth=\"x\", nonce=a, NextNonce=\"b\"")), "b",
	          "next nonce");
	assert_is(sip_next_nonce(text("nonce=a")), "", "next nonce");
	assert_is(sip_next_nonce(text("=,nextnonce =b")), "b", "next nonce");
	assert_is(sip_next_nonce(SLICE_NONE), "", "next nonce");
}

static void cuts_stay_inside(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(redacted); i++)
		walk_cuts(text(redacted[i].value), walk_auth);
	walk_auth(SLICE_NONE);
}

static void hostile_values_cost_little(void **state)
{
	static const char *const pieces[] = { ",", "a,", "realm=,", "=", "\"", "\\", "<",
		                              "realm=\"", "a=", "Digest ", "response=x,",
		                              "realm=x=", "uri=\"a@" };
	const size_t room = 1 << 17;
	char *bytes = malloc(room);
	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < LENGTH(pieces); i++) {
		struct slice piece = text(pieces[i]);
		size_t n = 0;
		for (; n + piece.len <= room; n += piece.len)
			memcpy(bytes + n, piece.p, piece.len);
		walk_auth((struct slice){ bytes, n });
	}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_parameter_is_found),
		cmocka_unit_test(schemes_are_told_from_parameters),
		cmocka_unit_test(parameters_come_in_order),
		cmocka_unit_test(digests),
		cmocka_unit_test(keys),
		cmocka_unit_test(secrets_are_not_written),
		cmocka_unit_test(cuts_stay_inside),
		cmocka_unit_test(hostile_values_cost_little),
	};
	return cmocka_run_group_tests_name("sip/auth", tests, NULL, NULL);
}
