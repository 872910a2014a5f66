/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sip/value.h"
#include "text.h"
#include "walk.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Every answer about one value lies inside it, whatever header it came from. */
static void walk_all(struct slice in)
{
	struct sip_word w;
	struct sip_interval i;
	struct sip_rack rack;
	struct sip_event e;
	struct sip_subscription_state s;
	struct sip_dialog_ref d;
	struct sip_reason r;
	struct sip_warning warning;
	struct sip_retry_after ra;
	struct sip_disposition cd;
	struct sip_timestamp t;
	struct sip_session_id id;
	struct sip_charging_vector cv;
	struct sip_identity identity;
	struct sip_number n;
	uint16_t q;
	char out[8];
	struct slice rest = in, comment;
	if (sip_number_parse(&n, in, SIP_HOPS_MAX) == OK)
		assert_true(walk_inside(n.text, in) && n.value <= SIP_HOPS_MAX);
	if (sip_q_parse(&q, in) == OK)
		assert_true(q <= 1000);
	if (sip_word_parse(&w, in) == OK)
		assert_true(walk_inside(w.word, in) && walk_inside(w.params, in));
	if (sip_interval_parse(&i, in) == OK)
		assert_true(walk_inside(i.refresher, in) && i.seconds.there);
	if (sip_rack_parse(&rack, in) == OK)
		assert_true(rack.method.len && walk_inside(rack.method, in));
	if (sip_event_parse(&e, in) == OK)
		assert_true(walk_inside(e.package, in) && walk_inside(e.templates, in) &&
		            walk_inside(e.id, e.params));
	if (sip_subscription_state_parse(&s, in) == OK)
		assert_true(walk_inside(s.state, in) && walk_inside(s.reason, s.params) &&
		            walk_inside(s.expires.text, s.params));
	if (sip_dialog_ref_parse(&d, in) == OK)
		assert_true(walk_inside(d.call_id, in) && walk_inside(d.to_tag, in) &&
		            walk_inside(d.from_tag, in) && walk_inside(d.local_tag, in) &&
		            walk_inside(d.remote_tag, in));
	if (sip_reason_parse(&r, in) == OK)
		assert_true(walk_inside(r.protocol, in) && walk_inside(r.text, r.params));
	if (sip_warning_parse(&warning, in) == OK)
		assert_true(warning.code <= 999 && walk_inside(warning.agent, in) &&
		            walk_inside(warning.text, in));
	if (sip_retry_after_parse(&ra, in) == OK)
		assert_true(walk_inside(ra.comment, in) &&
		            walk_inside(ra.duration.text, in));
	if (sip_disposition_parse(&cd, in) == OK)
		assert_true(walk_inside(cd.type, in));
	(void)(sip_timestamp_parse(&t, in) == OK);
	(void)sip_privacy_parse(in);
	if (sip_session_id_parse(&id, in) == OK)
		assert_true(walk_inside(id.local, in) && walk_inside(id.remote, in));
	if (sip_charging_vector_parse(&cv, in) == OK)
		assert_true(walk_inside(cv.icid, in) && walk_inside(cv.term_ioi, in));
	if (sip_identity_parse(&identity, in) == OK)
		assert_true(walk_inside(identity.digest, in) &&
		            walk_inside(identity.info, in));
	assert_true(walk_inside(sip_unquoted(in), in));
	assert_true(sip_unquote(in, out, sizeof out) < sizeof out);
	while (sip_comment_next(&rest, &comment))
		assert_true(walk_inside(comment, in));
}

static void numbers_say_when_they_are_too_large(void **state)
{
	static const struct {
		const char *text;
		uint64_t    max, value;
		bool        too_large;
	} cases[] = {
		{ "0", SIP_HOPS_MAX, 0, false },
		{ " 70\t", SIP_HOPS_MAX, 70, false },
		{ "255", SIP_HOPS_MAX, 255, false },
		{ "256", SIP_HOPS_MAX, 255, true },
		{ "0000000000000000000000070", SIP_HOPS_MAX, 70, false },
		{ "2147483647", SIP_SEQUENCE_MAX, INT32_MAX, false },
		{ "2147483648", SIP_SEQUENCE_MAX, INT32_MAX, true },
		{ "4294967295", SIP_SECONDS_MAX, UINT32_MAX, false },
		{ "4294967301", SIP_SECONDS_MAX, UINT32_MAX, true }, /* 5 in 32 bits */
		{ "36893488147419103232", SIP_SECONDS_MAX, UINT32_MAX, true }, /* 2**65 */
		{ "18446744073709551615", SIP_NUMBER_MAX, UINT64_MAX, false },
		{ "0018446744073709551615", SIP_NUMBER_MAX, UINT64_MAX, false },
		{ "18446744073709551616", SIP_NUMBER_MAX, UINT64_MAX, true },
		{ "36893488147419103232", SIP_NUMBER_MAX, UINT64_MAX, true },
	};
	static const char *const none[] = {
		"", " ", "-1", "+1", "1.0", "1 2", "0x1", "a"
	};
	struct sip_number n = { .value = 77 };
	(void)state;
	for (size_t i = 0; i < LENGTH(none); i++)
		assert_int_equal(sip_number_parse(&n, text(none[i]), SIP_NUMBER_MAX),
		                 ERR_FORMAT);
	assert_int_equal(n.value, 77);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(sip_number_parse(&n, text(cases[i].text), cases[i].max),
		                 OK);
		if (n.value != cases[i].value || n.too_large != cases[i].too_large)
			fail_msg("%s", cases[i].text);
		assert_true(n.there && n.text.len + 2 >= strlen(cases[i].text));
		walk_cuts(text(cases[i].text), walk_all);
	}
	assert_is(n.text, "36893488147419103232", "text");
}

static void q_values(void **state)
{
	static const struct {
		const char *text;
		int         q; /* -1: none */
	} cases[] = {
		{ "0", 0 },       { "1", 1000 },    { "0.5", 500 },   { "0.25", 250 },
		{ "0.123", 123 }, { "1.000", 1000 }, { "0.", 0 },     { "1.", 1000 },
		{ " 0.7 ", 700 }, { "0.001", 1 },   { "1.001", -1 },  { "2", -1 },
		{ "0.1234", -1 }, { ".5", -1 },     { "0,5", -1 },    { "", -1 },
		{ "05", -1 },     { "0.x", -1 },    { "-0.1", -1 },   { "1.1", -1 },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint16_t q = 7777;
		enum err e = sip_q_parse(&q, text(cases[i].text));
		if (e != (cases[i].q < 0 ? ERR_FORMAT : OK) ||
		    q != (cases[i].q < 0 ? 7777 : cases[i].q))
			fail_msg("%s: %u", cases[i].text, q);
	}
}

static void quoted_strings_are_unquoted(void **state)
{
	static const struct {
		const char *in, *inside, *out;
	} cases[] = {
		{ "\"Alice\"", "Alice", "Alice" },
		{ " \"Alice\" ", "Alice", "Alice" },
		{ "\"\"", "", "" },
		{ "\"", "\"", "\"" },
		{ "", "", "" },
		{ "Alice", "Alice", "Alice" },
		{ "a\\b", "a\\b", "a\\b" }, /* no quotes: no escapes */
		{ "\"a\\\"b\"", "a\\\"b", "a\"b" },
		{ "\"a\\\\\"", "a\\\\", "a\\" },
		{ "\"a\\\"", "a\\", "a\\" }, /* a stray backslash */
		{ "\"a\r\n b\"", "a\r\n b", "a b" },
		{ "\"a  b\"", "a  b", "a  b" },
		{ "\"open", "\"open", "\"open" },
	};
	char out[16];
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_is(sip_unquoted(text(cases[i].in)), cases[i].inside, cases[i].in);
		size_t n = sip_unquote(text(cases[i].in), out, sizeof out);
		assert_string_equal(out, cases[i].out);
		assert_int_equal(n, strlen(cases[i].out));
		walk_cuts(text(cases[i].in), walk_all);
	}
	assert_int_equal(sip_unquote(text("\"abc\\\"d\""), out, 5), 4);
	assert_string_equal(out, "abc\"");
	assert_int_equal(sip_unquote(text("\"abc\""), out, 1), 0);
	assert_string_equal(out, "");
}

static void comments_are_found(void **state)
{
	static const struct {
		const char *in, *comments; /* with a bar before each */
	} cases[] = {
		{ "18000 (in a meeting);duration=1", "|in a meeting" },
		{ "Agent/1.0 (a; b) Lib/2 ( c )", "|a; b|c" },
		{ "((nested) (twice))", "|(nested) (twice)" },
		{ "(a \\) b)", "|a \\) b" },
		{ "\"(no)\" (yes)", "|yes" },
		{ "\"open (no)", "" },
		{ "(open (twice)", "|open (twice)" },
		{ "none", "" },
		{ "()", "|" },
		{ "", "" },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct slice rest = text(cases[i].in), comment;
		char joined[64];
		size_t n = 0;
		while (sip_comment_next(&rest, &comment)) {
			joined[n++] = '|';
			memcpy(joined + n, comment.p, comment.len);
			n += comment.len;
		}
		assert_is((struct slice){ joined, n }, cases[i].comments, cases[i].in);
		assert_false(sip_comment_next(&rest, &comment));
		walk_cuts(text(cases[i].in), walk_all);
	}
}

static void words_with_parameters(void **state)
{
	struct sip_word w = { .word = text("untouched") };
	(void)state;
	assert_int_equal(sip_word_parse(&w, text("")), ERR_FORMAT);
	assert_int_equal(sip_word_parse(&w, text(" ;a=1")), ERR_FORMAT);
	assert_is(w.word, "untouched", "word");
	assert_int_equal(sip_word_parse(&w, text(" tls ;q=0.2;alg=x")), OK);
	assert_is(w.word, "tls", "word");
	assert_is(w.params, ";q=0.2;alg=x", "params");
	assert_int_equal(sip_word_parse(&w, text("gzip")), OK);
	assert_is(w.params, "", "params");
}

/* RFC 4028 4 and 5 */
static void session_intervals(void **state)
{
	struct sip_interval i = { .refresher = text("untouched") };
	(void)state;
	assert_int_equal(sip_interval_parse(&i, text("4000;refresher=uac")), OK);
	assert_int_equal(i.seconds.value, 4000);
	assert_is(i.refresher, "uac", "refresher");
	assert_int_equal(sip_interval_parse(&i, text("90")), OK);
	assert_int_equal(i.seconds.value, 90);
	assert_is(i.refresher, "", "refresher");
	assert_int_equal(sip_interval_parse(&i, text(" 60 ; x=1 ; Refresher = uas ")),
	                 OK);
	assert_int_equal(i.seconds.value, 60);
	assert_is(i.refresher, "uas", "refresher");
	assert_int_equal(sip_interval_parse(&i, text("4294967301;refresher=uac")), OK);
	assert_true(i.seconds.too_large && i.seconds.value == UINT32_MAX);
	assert_int_equal(sip_interval_parse(&i, text("-1")), ERR_FORMAT);
	assert_int_equal(sip_interval_parse(&i, text("x;refresher=uas")), ERR_FORMAT);
	assert_int_equal(sip_interval_parse(&i, text("")), ERR_FORMAT);
	assert_is(i.refresher, "uac", "untouched");
}

/* RFC 3262 7.2 */
static void rack(void **state)
{
	static const char *const bad[] = { "", "776656", "776656 1", "776656 1 ",
		                           "x 1 INVITE", "1 x INVITE", "INVITE 1 1" };
	struct sip_rack r = { .method = text("untouched") };
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_int_equal(sip_rack_parse(&r, text(bad[i])), ERR_FORMAT);
	assert_is(r.method, "untouched", "method");
	assert_int_equal(sip_rack_parse(&r, text("776656 1 INVITE")), OK);
	assert_int_equal(r.rseq.value, 776656);
	assert_int_equal(r.cseq.value, 1);
	assert_is(r.method, "INVITE", "method");
	assert_int_equal(sip_rack_parse(&r, text("4294967296\r\n 2147483648\tX y")), OK);
	assert_true(r.rseq.too_large && r.cseq.too_large);
	assert_is(r.cseq.text, "2147483648", "text");
	assert_is(r.method, "X", "method");
	walk_cuts(text("776656 1 INVITE"), walk_all);
}

/* RFC 6665 8.4, RFC 3857 */
static void events(void **state)
{
	struct sip_event e = { .id = text("untouched") };
	(void)state;
	assert_int_equal(sip_event_parse(&e, text(";id=1")), ERR_FORMAT);
	assert_is(e.id, "untouched", "id");
	assert_int_equal(sip_event_parse(&e, text("refer;id=93809824")), OK);
	assert_is(e.package, "refer", "package");
	assert_is(e.templates, "", "templates");
	assert_is(e.id, "93809824", "id");
	assert_int_equal(sip_event_parse(&e, text("presence.winfo.winfo")), OK);
	assert_is(e.package, "presence", "package");
	assert_is(e.templates, "winfo.winfo", "templates");
	assert_is(e.id, "", "id");
	walk_cuts(text("presence.winfo;id=1"), walk_all);
}

/* RFC 6665 4.1.3 */
static void subscription_states(void **state)
{
	struct sip_subscription_state s = { .state = text("untouched") };
	(void)state;
	assert_int_equal(sip_subscription_state_parse(&s, text("")), ERR_FORMAT);
	assert_is(s.state, "untouched", "state");
	assert_int_equal(sip_subscription_state_parse(&s, text("active;expires=600")),
	                 OK);
	assert_is(s.state, "active", "state");
	assert_true(s.expires.there && !s.retry_after.there);
	assert_int_equal(s.expires.value, 600);
	const char *value = "terminated;reason=probation;retry-after=36";
	assert_int_equal(sip_subscription_state_parse(&s, text(value)), OK);
	assert_is(s.reason, "probation", "reason");
	assert_int_equal(s.retry_after.value, 36);
	assert_false(s.expires.there);
	assert_int_equal(sip_subscription_state_parse(&s, text("x;expires=soon")), OK);
	assert_false(s.expires.there);
	assert_is(s.expires.text, "soon", "expires");
	assert_int_equal(sip_subscription_state_parse(&s, text("x;expires=4294967296")),
	                 OK);
	assert_true(s.expires.there && s.expires.too_large);
	walk_cuts(text(value), walk_all);
}

/* RFC 3891 6.1, RFC 3911 7.1, RFC 4538 7 */
static void dialogs_are_named(void **state)
{
	const char *replaces = "425928@bobster.example.org;to-tag=7743;from-tag=6472";
	const char *target = "592435881734450904;local-tag=9m2n3wq;remote-tag=763231";
	struct sip_dialog_ref d;
	(void)state;
	assert_int_equal(sip_dialog_ref_parse(&d, text(replaces)), OK);
	assert_is(d.call_id, "425928@bobster.example.org", "call-id");
	assert_is(d.to_tag, "7743", "to-tag");
	assert_is(d.from_tag, "6472", "from-tag");
	assert_false(d.early_only);
	assert_int_equal(sip_dialog_ref_parse(&d, text("a ; early-only;From-Tag=1")), OK);
	assert_is(d.call_id, "a", "call-id");
	assert_is(d.to_tag, "", "to-tag");
	assert_is(d.from_tag, "1", "from-tag");
	assert_true(d.early_only);
	assert_int_equal(sip_dialog_ref_parse(&d, text(target)), OK);
	assert_is(d.call_id, "592435881734450904", "call-id");
	assert_is(d.local_tag, "9m2n3wq", "local-tag");
	assert_is(d.remote_tag, "763231", "remote-tag");
	assert_is(d.to_tag, "", "to-tag");
	/* a Call-ID may hold a quote: RFC 3261 25.1 word */
	assert_int_equal(sip_dialog_ref_parse(&d, text("a\"<b;to-tag=1")), OK);
	assert_is(d.call_id, "a\"<b", "call-id");
	assert_is(d.to_tag, "1", "to-tag");
	assert_int_equal(sip_dialog_ref_parse(&d, text(";to-tag=2")), ERR_FORMAT);
	assert_is(d.to_tag, "1", "untouched");
	walk_cuts(text(replaces), walk_all);
	walk_cuts(text(target), walk_all);
}

/* RFC 3326 2 */
static void reasons(void **state)
{
	struct sip_reason r = { .protocol = text("untouched") };
	const char *q850 = "Q.850 ;cause=16 ;text=\"Terminated\"";
	(void)state;
	assert_int_equal(sip_reason_parse(&r, text(";cause=1")), ERR_FORMAT);
	assert_is(r.protocol, "untouched", "protocol");
	assert_int_equal(sip_reason_parse(&r, text(q850)), OK);
	assert_is(r.protocol, "Q.850", "protocol");
	assert_int_equal(r.cause.value, 16);
	assert_is(r.text, "Terminated", "text");
	const char *sip = "SIP ;cause=600 ;text=\"Busy; \\\"Everywhere\\\"\"";
	assert_int_equal(sip_reason_parse(&r, text(sip)), OK);
	assert_is(r.protocol, "SIP", "protocol");
	assert_int_equal(r.cause.value, 600);
	assert_is(r.text, "Busy; \\\"Everywhere\\\"", "text");
	assert_int_equal(sip_reason_parse(&r, text("preemption")), OK);
	assert_false(r.cause.there);
	assert_is(r.text, "", "text");
	walk_cuts(text(q850), walk_all);
	walk_cuts(text(sip), walk_all);
}

/* RFC 3261 20.43 */
static void warnings(void **state)
{
	static const char *const bad[] = { "",           "307",          "307 ",
		                           "30 a \"b\"", "3070 a \"b\"", "x07 a \"b\"" };
	struct sip_warning w = { .agent = text("untouched") };
	const char *value = "307 isi.edu \"Session parameter 'foo' not understood\"";
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_int_equal(sip_warning_parse(&w, text(bad[i])), ERR_FORMAT);
	assert_is(w.agent, "untouched", "agent");
	assert_int_equal(sip_warning_parse(&w, text(value)), OK);
	assert_int_equal(w.code, 307);
	assert_is(w.agent, "isi.edu", "agent");
	assert_is(w.text, "Session parameter 'foo' not understood", "text");
	assert_int_equal(sip_warning_parse(&w, text("399 [::1]:5060")), OK);
	assert_is(w.agent, "[::1]:5060", "agent");
	assert_is(w.text, "", "text");
	walk_cuts(text(value), walk_all);
}

/* RFC 3261 20.33 */
static void retry_after(void **state)
{
	struct sip_retry_after r = { .comment = text("untouched") };
	(void)state;
	assert_int_equal(sip_retry_after_parse(&r, text("soon")), ERR_FORMAT);
	assert_int_equal(sip_retry_after_parse(&r, text("")), ERR_FORMAT);
	assert_is(r.comment, "untouched", "comment");
	assert_int_equal(sip_retry_after_parse(&r, text("18000;duration=3600")), OK);
	assert_int_equal(r.seconds.value, 18000);
	assert_int_equal(r.duration.value, 3600);
	assert_is(r.comment, "", "comment");
	assert_int_equal(
		sip_retry_after_parse(&r, text("120 (I'm in a (long;) meeting)")), OK);
	assert_int_equal(r.seconds.value, 120);
	assert_is(r.comment, "I'm in a (long;) meeting", "comment");
	assert_false(r.duration.there);
	assert_int_equal(sip_retry_after_parse(&r, text("5(x;duration=9);duration=1")),
	                 OK);
	assert_is(r.comment, "x;duration=9", "comment");
	assert_int_equal(r.duration.value, 1);
	assert_int_equal(sip_retry_after_parse(&r, text("4294967301")), OK);
	assert_true(r.seconds.too_large);
	walk_cuts(text("120 (a (b)) ;duration=3600"), walk_all);
}

static void dispositions(void **state)
{
	struct sip_disposition d = { .type = text("untouched") };
	(void)state;
	assert_int_equal(sip_disposition_parse(&d, text("")), ERR_FORMAT);
	assert_is(d.type, "untouched", "type");
	assert_int_equal(sip_disposition_parse(&d, text("session")), OK);
	assert_is(d.type, "session", "type");
	assert_false(d.optional);
	const char *value = "recording-session ; handling = OPTIONAL";
	assert_int_equal(sip_disposition_parse(&d, text(value)), OK);
	assert_is(d.type, "recording-session", "type");
	assert_true(d.optional);
	assert_int_equal(sip_disposition_parse(&d, text("x;handling=required")), OK);
	assert_false(d.optional);
}

/* RFC 3261 20.38 */
static void timestamps(void **state)
{
	static const struct {
		const char *value;
		uint64_t    at, delay;
		int         has_delay; /* -1: refused */
	} cases[] = {
		{ "54", UINT64_C(54000000000), 0, 0 },
		{ "54.5 0.25", UINT64_C(54500000000), 250000000, 1 },
		{ "1. .5", UINT64_C(1000000000), 500000000, 1 },
		{ "0.0000000019", 1, 0, 0 },
		{ "18446744073.709551615", UINT64_MAX, 0, 0 },
		{ "18446744074", UINT64_MAX, 0, 0 },
		{ "36893488147419103232", UINT64_MAX, 0, 0 },
		{ "1 x", UINT64_C(1000000000), 0, 0 },
		{ "", 0, 0, -1 },
		{ ".5", 0, 0, -1 },
		{ "1.x", 0, 0, -1 },
		{ "now", 0, 0, -1 },
	};
	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct sip_timestamp t = { .at = 7 };
		enum err want = cases[i].has_delay < 0 ? ERR_FORMAT : OK;
		assert_int_equal(sip_timestamp_parse(&t, text(cases[i].value)), want);
		if (t.at != (want == OK ? cases[i].at : 7))
			fail_msg("%s", cases[i].value);
		if (want == OK) {
			assert_int_equal(t.has_delay, cases[i].has_delay);
			assert_int_equal(t.delay, cases[i].delay);
		}
		walk_cuts(text(cases[i].value), walk_all);
	}
}

static void privacy(void **state)
{
	(void)state;
	assert_int_equal(sip_privacy_parse(text("")), 0);
	assert_int_equal(sip_privacy_parse(text("id")), 1u << SIP_PRIVACY_ID);
	assert_int_equal(sip_privacy_parse(text(" Header ; session;USER;critical;;")),
	                 1u << SIP_PRIVACY_HEADER | 1u << SIP_PRIVACY_SESSION |
	                         1u << SIP_PRIVACY_USER | 1u << SIP_PRIVACY_CRITICAL);
	assert_int_equal(sip_privacy_parse(text("none,history,ids")),
	                 1u << SIP_PRIVACY_NONE | 1u << SIP_PRIVACY_HISTORY |
	                         1u << SIP_PRIVACY_OTHER);
}

/* RFC 7989 5 and 10 */
static void session_ids(void **state)
{
	const char *value = "ab30317f1a784dc48ff824d0d3715d86;"
			    "remote=47755a9de7794ba387653f2099600ef2";
	struct sip_session_id id = { .local = text("untouched") };
	(void)state;
	assert_int_equal(sip_session_id_parse(&id, text("")), ERR_FORMAT);
	assert_is(id.local, "untouched", "local");
	assert_int_equal(sip_session_id_parse(&id, text(value)), OK);
	assert_is(id.local, "ab30317f1a784dc48ff824d0d3715d86", "local");
	assert_is(id.remote, "47755a9de7794ba387653f2099600ef2", "remote");
	assert_true(id.has_remote && !id.bad);
	assert_false(sip_session_id_is_nil(id.local));
	assert_true(sip_session_id_is_nil(text("00000000000000000000000000000000")));
	assert_false(sip_session_id_is_nil(text("0000000000000000000000000000000")));
	assert_false(sip_session_id_is_nil(text("")));
	assert_int_equal(sip_session_id_parse(&id, slice_head(text(value), 32)), OK);
	assert_true(!id.has_remote && !id.bad);
	assert_int_equal(sip_session_id_parse(&id, slice_head(text(value), 31)), OK);
	assert_true(id.bad);
	assert_int_equal(
		sip_session_id_parse(&id, text("AB30317f1a784dc48ff824d0d3715d86")), OK);
	assert_true(id.bad); /* upper case */
	assert_int_equal(sip_session_id_parse(&id, slice_head(text(value), 50)), OK);
	assert_true(id.bad && id.has_remote);
	walk_cuts(text(value), walk_all);
}

/* RFC 7315 4.6 */
static void charging_vectors(void **state)
{
	const char *value = "icid-value=\"AyretyU0dm+6O2IrT5tAFrbHLso=023551024\"; "
			    "icid-generated-at=192.0.6.8; orig-ioi=home1.net";
	struct sip_charging_vector v = { .icid = text("untouched") };
	(void)state;
	assert_int_equal(sip_charging_vector_parse(&v, text("")), ERR_FORMAT);
	assert_int_equal(sip_charging_vector_parse(&v, text("orig-ioi=a")), ERR_FORMAT);
	assert_is(v.icid, "untouched", "icid");
	assert_int_equal(sip_charging_vector_parse(&v, text(value)), OK);
	assert_is(v.icid, "AyretyU0dm+6O2IrT5tAFrbHLso=023551024", "icid");
	assert_is(v.generated_at, "192.0.6.8", "generated-at");
	assert_is(v.orig_ioi, "home1.net", "orig-ioi");
	assert_is(v.term_ioi, "", "term-ioi");
	value = "x=1;ICID-value = 2 ;term-ioi=\"t\";related-icid=r";
	assert_int_equal(sip_charging_vector_parse(&v, text(value)), OK);
	assert_is(v.icid, "2", "icid");
	assert_is(v.term_ioi, "t", "term-ioi");
	assert_is(v.related_icid, "r", "related-icid");
	walk_cuts(text(value), walk_all);
}

/* RFC 8224 4.1, RFC 4474 9 */
static void identities(void **state)
{
	const char *value = "eyJhbGciOiJFUzI1NiJ9..sig;info=<https://c.example/p.cer>"
			    ";alg=ES256;ppt=\"shaken\"";
	struct sip_identity id = { .alg = text("untouched") };
	(void)state;
	assert_int_equal(sip_identity_parse(&id, text("")), ERR_FORMAT);
	assert_is(id.alg, "untouched", "alg");
	assert_int_equal(sip_identity_parse(&id, text(value)), OK);
	assert_is(id.digest, "eyJhbGciOiJFUzI1NiJ9..sig", "digest");
	assert_is(id.info, "https://c.example/p.cer", "info");
	assert_is(id.alg, "ES256", "alg");
	assert_is(id.ppt, "shaken", "ppt");
	assert_int_equal(sip_identity_parse(&id, text("\"KVhPKbfU/pryhVn9Yc6U=\"")), OK);
	assert_is(id.digest, "KVhPKbfU/pryhVn9Yc6U=", "digest");
	assert_is(id.info, "", "info");
	walk_cuts(text(value), walk_all);
}

/* Values on which a search from each piece to the end would take minutes. */
static void hostile_values_cost_little(void **state)
{
	static const char *const pieces[] = { ";", ";a=\"", "(", ")", "((\\", "\"", "\\",
		                              ",", "1 ", "0", "=", ";remote=", "<;",
		                              "\r\n ", ".", "a;text=", "id;" };
	const size_t room = 1 << 18;
	char *bytes = malloc(room);
	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < LENGTH(pieces); i++) {
		struct slice piece = text(pieces[i]);
		size_t n = 0;
		for (; n + piece.len <= room; n += piece.len)
			memcpy(bytes + n, piece.p, piece.len);
		walk_all((struct slice){ bytes, n });
		bytes[0] = '1';
		walk_all((struct slice){ bytes, n });
	}
	free(bytes);
	walk_all(SLICE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_say_when_they_are_too_large),
		cmocka_unit_test(q_values),
		cmocka_unit_test(quoted_strings_are_unquoted),
		cmocka_unit_test(comments_are_found),
		cmocka_unit_test(words_with_parameters),
		cmocka_unit_test(session_intervals),
		cmocka_unit_test(rack),
		cmocka_unit_test(events),
		cmocka_unit_test(subscription_states),
		cmocka_unit_test(dialogs_are_named),
		cmocka_unit_test(reasons),
		cmocka_unit_test(warnings),
		cmocka_unit_test(retry_after),
		cmocka_unit_test(dispositions),
		cmocka_unit_test(timestamps),
		cmocka_unit_test(privacy),
		cmocka_unit_test(session_ids),
		cmocka_unit_test(charging_vectors),
		cmocka_unit_test(identities),
		cmocka_unit_test(hostile_values_cost_little),
	};
	return cmocka_run_group_tests_name("sip/value", tests, NULL, NULL);
}
