/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sip/address.h"
#include "text.h"
#include "walk.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void walk_all(struct slice in)
{
	struct sip_contact c;
	struct sip_via_more via;
	struct sip_refer_to refer;
	struct sip_history h;
	struct sip_diversion d;
	struct sip_dialog_ref ref;
	char buffer[64];
	sip_contact_parse(&c, in);
	assert_true(walk_inside(c.addr.uri, in) && walk_inside(c.expires.text, in));
	assert_true(c.q <= 1000 || c.q == SIP_Q_NONE);
	(void)sip_route_is_loose(in);
	if (sip_via_more_parse(&via, in) == OK)
		assert_true(walk_inside(via.maddr, in) && walk_inside(via.comment, in) &&
		            walk_inside(via.rport.text, in) &&
		            walk_inside(via.ttl.text, in));
	sip_refer_to_parse(&refer, in);
	assert_true(walk_inside(refer.replaces, in) && walk_inside(refer.method, in));
	if (sip_refer_to_dialog(&ref, &refer, buffer, sizeof buffer) == OK)
		assert_true(walk_inside(ref.call_id, (struct slice){ buffer, 64 }));
	sip_history_parse(&h, in);
	assert_true(walk_inside(h.index, in) && walk_inside(h.from, in));
	sip_diversion_parse(&d, in);
	assert_true(walk_inside(d.reason, in) && walk_inside(d.counter.text, in));
}

/* RFC 3261 20.10 */
static void contacts(void **state)
{
	static const struct {
		const char *value, *uri;
		unsigned    q;
		uint64_t    expires;
		bool        there, star, bad_q, bad_expires;
	} cases[] = {
		{ "\"Mr. Watson\" <sip:watson@worcester.bell-telephone.com>;q=0.7; "
		  "expires=3600",
		  "sip:watson@worcester.bell-telephone.com", 700, 3600, true, false,
		  false, false },
		{ "<sip:a@b>;expires=0;q=1", "sip:a@b", 1000, 0, true, false, false,
		  false },
		{ "sip:a@b;expires=60", "sip:a@b", SIP_Q_NONE, 60, true, false, false,
		  false },
		{ "<sip:a@b;expires=60;q=0.1>", "sip:a@b;expires=60;q=0.1", SIP_Q_NONE, 0,
		  false, false, false, false },
		{ "<sip:a@b>;q=1.5;expires=soon", "sip:a@b", SIP_Q_NONE, 0, false, false,
		  true, true },
		{ "<sip:a@b>;q;expires", "sip:a@b", SIP_Q_NONE, 0, false, false, true,
		  true },
		{ "<sip:a@b>;expires=4294967301", "sip:a@b", SIP_Q_NONE, UINT32_MAX, true,
		  false, false, false },
		{ "*", "*", SIP_Q_NONE, 0, false, true, false, false },
		{ " * ", "*", SIP_Q_NONE, 0, false, true, false, false },
		{ "a <*>", "*", SIP_Q_NONE, 0, false, false, false, false },
		{ "**", "**", SIP_Q_NONE, 0, false, false, false, false },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *where = cases[i].value;
		struct sip_contact c;
		sip_contact_parse(&c, text(where));
		assert_is(c.addr.uri, cases[i].uri, where);
		assert_int_equal(c.q, cases[i].q);
		assert_int_equal(c.expires.value, cases[i].expires);
		assert_int_equal(c.expires.there, cases[i].there);
		assert_int_equal(c.star, cases[i].star);
		assert_int_equal(c.bad_q, cases[i].bad_q);
		assert_int_equal(c.bad_expires, cases[i].bad_expires);
		walk_cuts(text(where), walk_all);
	}
	struct sip_contact c;
	sip_contact_parse(&c, text("<sip:a@b>;expires=4294967301"));
	assert_true(c.expires.too_large);
	assert_is(c.expires.text, "4294967301", "expires");
}

static void routes(void **state)
{
	(void)state;
	assert_true(sip_route_is_loose(text("<sip:server10.biloxi.com;lr>")));
	assert_true(sip_route_is_loose(text("<sip:p.example:5060;transport=tcp;LR=on>")));
	assert_false(sip_route_is_loose(text("<sip:bigbox3.site3.atlanta.com>")));
	assert_false(sip_route_is_loose(text("<sip:p.example>;lr"))); /* of the header */
	assert_false(sip_route_is_loose(text("<sip:p.example;lrx>")));
	assert_false(sip_route_is_loose(text("")));
}

/* RFC 3261 20.42 and 25.1, RFC 3581, RFC 5118 4.5 */
static void vias_with_everything(void **state)
{
	const char *value = "SIP / 2.0 / UDP first.example.com: 4000;ttl=16"
			    " ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1 (a (b) c)";
	struct sip_via_more v;
	(void)state;
	assert_int_equal(sip_via_more_parse(&v, text(value)), OK);
	assert_is(v.via.transport, "UDP", "transport");
	assert_int_equal(v.via.port, 4000);
	assert_int_equal(v.host.kind, SIP_HOST_NAME);
	assert_int_equal(v.ttl.value, 16);
	assert_is(v.maddr, "224.2.0.1", "maddr");
	assert_is(v.comment, "a (b) c", "comment");
	assert_int_equal(v.received.kind, SIP_HOST_EMPTY);
	assert_false(v.rport.there);
	walk_cuts(text(value), walk_all);

	value = "SIP/2.0/UDP "
	        "[2001:db8::9:1];received=2001:db8::9:255;rport=65536;ttl=256";
	assert_int_equal(sip_via_more_parse(&v, text(value)), OK);
	assert_int_equal(v.host.kind, SIP_HOST_IPV6);
	assert_int_equal(v.received.kind, SIP_HOST_IPV6_BARE);
	assert_true(v.rport.there && v.rport.too_large && v.ttl.too_large);
	assert_is(v.rport.text, "65536", "rport");
	assert_is(v.comment, "", "comment");
	assert_int_equal(sip_via_more_parse(&v, text("SIP/2.0/UDP h;rport;ttl=x")), OK);
	assert_true(v.via.has_rport && !v.rport.there && !v.ttl.there);
	assert_is(v.ttl.text, "x", "ttl");
	assert_int_equal(sip_via_more_parse(&v, text("SIP/2.0/UDP")), ERR_FORMAT);
	assert_is(v.ttl.text, "x", "untouched");
	walk_cuts(text(value), walk_all);
}

/* RFC 3515 2.1, RFC 5589 6: what a transfer carries */
static void references(void **state)
{
	const char *value =
		"<sip:carol@chicago.example.com?Replaces=12345%40192.168.118.3%3B"
		"to-tag%3D12345%3Bfrom-tag%3D5FFE-3994&Require=replaces>";
	struct sip_refer_to r;
	struct sip_dialog_ref d;
	char buffer[128];
	(void)state;
	sip_refer_to_parse(&r, text(value));
	assert_is(r.uri.user, "carol", "user");
	assert_is(r.method, "", "method");
	assert_int_equal(sip_refer_to_dialog(&d, &r, buffer, sizeof buffer), OK);
	assert_is(d.call_id, "12345@192.168.118.3", "call-id");
	assert_is(d.to_tag, "12345", "to-tag");
	assert_is(d.from_tag, "5FFE-3994", "from-tag");
	struct slice require;
	assert_true(sip_uri_header(&r.uri, text("require"), &require));
	assert_is(require, "replaces", "Require");
	/* it must fit as a whole */
	assert_int_equal(sip_refer_to_dialog(&d, &r, buffer, r.replaces.len), ERR_LIMIT);
	assert_int_equal(sip_refer_to_dialog(&d, &r, buffer, r.replaces.len + 1), OK);
	walk_cuts(text(value), walk_all);

	sip_refer_to_parse(&r, text("<sip:dave@denver.example.org;method=SUBSCRIBE>"));
	assert_is(r.method, "SUBSCRIBE", "method");
	assert_int_equal(sip_refer_to_dialog(&d, &r, buffer, sizeof buffer), ERR_FORMAT);
	sip_refer_to_parse(&r, text("<sip:a@b?Replaces=%3Bto-tag%3D1>"));
	assert_int_equal(sip_refer_to_dialog(&d, &r, buffer, sizeof buffer), ERR_FORMAT);
	sip_refer_to_parse(&r, text("http://www.ietf.org"));
	assert_int_equal(r.uri.scheme, SIP_URI_OTHER);
	assert_is(r.addr.uri, "http://www.ietf.org", "uri");
}

/* RFC 7044 10.3 and 11 */
static void history(void **state)
{
	static const struct {
		const char *value, *uri, *index;
		unsigned    depth;
		enum sip_history_kind kind;
		const char *from;
	} cases[] = {
		{ "<sip:bob@biloxi.example.com;p=x>;index=1",
		  "sip:bob@biloxi.example.com;p=x", "1", 1, SIP_HISTORY_UNKNOWN, "" },
		{ "<sip:bob@192.0.2.3?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1",
		  "sip:bob@192.0.2.3?Reason=SIP%3Bcause%3D302", "1.1", 2, SIP_HISTORY_RC,
		  "1" },
		{ "<sip:office@example.com>;index=1.2;mp=1", "sip:office@example.com",
		  "1.2", 2, SIP_HISTORY_MP, "1" },
		{ "<sip:office@192.0.2.5>;index=1.2.10; NP = 1.2", "sip:office@192.0.2.5",
		  "1.2.10", 3, SIP_HISTORY_NP, "1.2" },
		{ "<sip:a@b>;index=1.", "sip:a@b", "1.", 0, SIP_HISTORY_UNKNOWN, "" },
		{ "<sip:a@b>;index=.1", "sip:a@b", ".1", 0, SIP_HISTORY_UNKNOWN, "" },
		{ "<sip:a@b>;index=1..2", "sip:a@b", "1..2", 0, SIP_HISTORY_UNKNOWN, "" },
		{ "<sip:a@b>;index=x;rcx=1", "sip:a@b", "x", 0, SIP_HISTORY_UNKNOWN, "" },
		{ "<sip:a@b>", "sip:a@b", "", 0, SIP_HISTORY_UNKNOWN, "" },
	};
	(void)state;
	struct sip_history h;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *where = cases[i].value;
		sip_history_parse(&h, text(where));
		assert_is(h.addr.uri, cases[i].uri, where);
		assert_is(h.index, cases[i].index, where);
		assert_int_equal(h.depth, cases[i].depth);
		assert_int_equal(h.kind, cases[i].kind);
		assert_is(h.from, cases[i].from, where);
		walk_cuts(text(where), walk_all);
	}
	/* why: the Reason header of the URI */
	struct slice reason;
	struct sip_reason r;
	char plain[32];
	sip_history_parse(&h, text(cases[1].value));
	assert_true(sip_uri_header(&h.uri, text("Reason"), &reason));
	size_t n = sip_uri_unescape(reason, plain, sizeof plain);
	assert_int_equal(sip_reason_parse(&r, (struct slice){ plain, n }), OK);
	assert_int_equal(r.cause.value, 302);
}

/* RFC 5806 9 */
static void diversions(void **state)
{
	const char *value = "\"B\" <sip:B@example.com> ;reason=user-busy; counter=2"
			    ";privacy=\"full\";limit=5;screen=yes";
	struct sip_diversion d;
	(void)state;
	sip_diversion_parse(&d, text(value));
	assert_is(d.addr.uri, "sip:B@example.com", "uri");
	assert_is(d.reason, "user-busy", "reason");
	assert_is(d.privacy, "full", "privacy");
	assert_is(d.screen, "yes", "screen");
	assert_int_equal(d.counter.value, 2);
	assert_int_equal(d.limit.value, 5);
	walk_cuts(text(value), walk_all);
	sip_diversion_parse(&d, text("<sip:a@b>;reason=\"time-of-day\";counter=x"));
	assert_is(d.reason, "time-of-day", "reason");
	assert_false(d.counter.there || d.limit.there);
	assert_is(d.counter.text, "x", "counter");
}

static void hostile_values_cost_little(void **state)
{
	static const char *const heads[] = { "", "<sip:a?", "<", "\"", "SIP/2.0/UDP h;" };
	static const char *const pieces[] = { ";", ";a=\"", "<", ">", "\"", "\\",
		                              "index=1.", "1.", "&a=", "Replaces=%41", "(",
		                              ";rc", "*", ";expires=1", "@", " " };
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
			walk_all((struct slice){ bytes, n });
		}
	}
	free(bytes);
	walk_all(SLICE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contacts),
		cmocka_unit_test(routes),
		cmocka_unit_test(vias_with_everything),
		cmocka_unit_test(references),
		cmocka_unit_test(history),
		cmocka_unit_test(diversions),
		cmocka_unit_test(hostile_values_cost_little),
	};
	return cmocka_run_group_tests_name("sip/address", tests, NULL, NULL);
}
