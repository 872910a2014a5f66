/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sip/field.h"
#include "support/guard.h"
#include "text.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Ask everything about each beginning of `in`, the byte behind it out of bounds. */
static void walk_cuts(struct slice in)
{
	for (size_t len = 0; len <= in.len; len++) {
		char *copy = guard_copy(in.p, len);
		struct slice cut = { copy, len };
		struct sip_media_type media;
		struct sip_frag frag;
		struct sip_dtmf dtmf;
		struct sip_message_summary summary;
		if (sip_media_type_parse(&media, cut) == OK)
			assert_true(media.type.len > 0 && media.subtype.len > 0);
		else
			assert_int_equal(sip_body_kind(cut), SIP_BODY_OTHER);
		if (sip_frag_read(&frag, cut))
			assert_true(frag.method.len == 0 || frag.status == 0);
		if (sip_dtmf_read(&dtmf, cut) == OK)
			assert_true(dtmf.signal.len > 0);
		if (sip_message_summary_read(&summary, cut) == OK)
			assert_true(summary.account.len <= len);
		guard_free(copy);
	}
}

/* --- media types */

static const struct {
	const char *value, *type, *subtype, *params; /* type NULL: refused */
} types[] = {
	{ "application/sdp", "application", "sdp", "" },
	{ " Text / Plain ; charset=utf-8", "Text", "Plain", "; charset=utf-8" },
	{ "application/sdp;a=\"b/c\"", "application", "sdp", ";a=\"b/c\"" },
	{ "application/sdp junk;a", "application", "sdp", ";a" },
	{ "application\r\n /\r\n sdp", "application", "sdp", "" },
	{ "a/*", "a", "*", "" },
	{ "application", NULL, NULL, NULL },
	{ "application/", NULL, NULL, NULL },
	{ "application/;x", NULL, NULL, NULL },
	{ "/sdp", NULL, NULL, NULL },
	{ "application;x=a/b", NULL, NULL, NULL },
	{ "a b/c", NULL, NULL, NULL },
	{ "a/b/c", NULL, NULL, NULL },
	{ "", NULL, NULL, NULL },
};

static void test_media_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(types); i++) {
		const char *where = types[i].value;
		struct sip_media_type m = { .type = text("untouched") };
		enum err e = sip_media_type_parse(&m, text(where));
		walk_cuts(text(where));
		assert_int_equal(e, types[i].type ? OK : ERR_FORMAT);
		if (e != OK) {
			assert_is(m.type, "untouched", where);
			continue;
		}
		assert_is(m.type, types[i].type, where);
		assert_is(m.subtype, types[i].subtype, where);
		assert_is(m.params, types[i].params, where);
	}
	struct sip_media_type m;
	struct slice value;
	assert_int_equal(sip_media_type_parse(&m, text("application/ISUP;base=itu-t88")),
	                 OK);
	assert_true(sip_param(m.params, text("Base"), &value));
	assert_is(value, "itu-t88", "base");
}

/* --- kinds */

static const struct {
	const char        *value;
	enum sip_body_kind kind;
	bool               is_text;
} kinds[] = {
	{ "application/sdp", SIP_BODY_SDP, true },
	{ "APPLICATION/SDP;x", SIP_BODY_SDP, true },
	{ "application/ISUP;version=itu-t92+", SIP_BODY_ISUP, false },
	{ "application/QSIG;version=iso", SIP_BODY_QSIG, false },
	{ "multipart/mixed;boundary=b", SIP_BODY_MULTIPART, false },
	{ "multipart/related", SIP_BODY_MULTIPART, false },
	{ "message/sipfrag;version=2.0", SIP_BODY_SIPFRAG, true },
	{ "message/sip", SIP_BODY_SIP, true },
	{ "application/dtmf-relay", SIP_BODY_DTMF_RELAY, true },
	{ "application/dtmf", SIP_BODY_DTMF, true },
	{ "application/pidf+xml", SIP_BODY_PIDF, true },
	{ "application/dialog-info+xml", SIP_BODY_DIALOG_INFO, true },
	{ "application/simple-message-summary", SIP_BODY_MESSAGE_SUMMARY, true },
	{ "application/vq-rtcpxr", SIP_BODY_VQ_RTCPXR, true },
	{ "application/reginfo+xml", SIP_BODY_REGINFO, true },
	{ "application/rs-metadata+xml", SIP_BODY_RECORDING, true },
	{ "application/media_control+xml", SIP_BODY_MEDIA_CONTROL, true },
	{ "application/3gpp-ims+xml", SIP_BODY_IMS, true },
	{ "application/vnd.3gpp.sms", SIP_BODY_SMS, false },
	{ "application/resource-lists+xml", SIP_BODY_RESOURCE_LISTS, true },
	{ "application/pkcs7-mime", SIP_BODY_PKCS7, false },
	{ "text/plain", SIP_BODY_PLAIN, true },
	{ "text/xml", SIP_BODY_OTHER_TEXT, true },
	{ "application/xml", SIP_BODY_XML, true },
	{ "application/new+XML", SIP_BODY_OTHER_XML, true },
	{ "application/+xml", SIP_BODY_OTHER_XML, true },
	{ "application/xmlx", SIP_BODY_OTHER, false },
	{ "application/sdpx", SIP_BODY_OTHER, false },
	{ "application/octet-stream", SIP_BODY_OTHER, false },
	{ "image/png", SIP_BODY_OTHER, false },
	{ "sdp", SIP_BODY_OTHER, false },
	{ "", SIP_BODY_OTHER, false },
};

static void test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(kinds); i++) {
		enum sip_body_kind kind = sip_body_kind(text(kinds[i].value));
		if (kind != kinds[i].kind)
			fail_msg("%s is %s", kinds[i].value, sip_body_name(kind));
		assert_int_equal(sip_body_is_text(kind), kinds[i].is_text);
	}
	assert_string_equal(sip_body_name(SIP_BODY_OTHER), "");
	assert_false(sip_body_is_text((enum sip_body_kind)(SIP_BODY_OTHER + 1)));
}

/* Each row without a wildcard is found by its own name. */
static void test_rows(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SIP_BODY_OTHER; i++) {
		const char *name = sip_body_name((enum sip_body_kind)i);
		if (!strchr(name, '*'))
			assert_int_equal(sip_body_kind(text(name)), i);
	}
}

/* --- sipfrag */

static const struct {
	const char *body, *method, *reason; /* method NULL: no start line */
	unsigned    status;
} frags[] = {
	{ "SIP/2.0 100 Trying\r\n", "", "Trying", 100 },
	{ "SIP/2.0 200 OK", "", "OK", 200 },
	{ "SIP/2.0 603 Decline twice \r\nFrom: x\r\n", "", "Decline twice", 603 },
	{ "sip/2.0\t486", "", "", 486 },
	{ "\r\nSIP/2.0 180 Ringing\r\n", "", "Ringing", 180 },
	{ "SIP/2.0 000 x", "", "x", 0 },
	{ "INVITE sip:a@example.com SIP/2.0\r\nTo: x\r\n", "INVITE", "", 0 },
	{ "BYE sip:a@example.com SIP/2.0", "BYE", "", 0 },
	{ "SIP/2.0 sip:a SIP/2.0", "SIP/2.0", "", 0 }, /* a method like any other */
	{ "From: <sip:a@example.com>\r\nSIP/2.0 200 OK\r\n", NULL, NULL, 0 },
	{ "SIP/2.0 20 OK", NULL, NULL, 0 },
	{ "SIP/3.0 200 OK", NULL, NULL, 0 },
	{ "", NULL, NULL, 0 },
};

static void test_frags(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(frags); i++) {
		const char *where = frags[i].body;
		struct sip_frag f = { .status = 999 };
		bool there = sip_frag_read(&f, text(where));
		assert_int_equal(there, frags[i].method != NULL);
		assert_int_equal(f.status, there ? frags[i].status : 999);
		assert_is(f.method, there ? frags[i].method : "", where);
		assert_is(f.reason, there ? frags[i].reason : "", where);
		walk_cuts(text(where));
	}
}

/* --- DTMF */

static const struct {
	const char *body, *signal; /* NULL: none */
	long long   duration;      /* -1: none */
} dtmfs[] = {
	{ "Signal=5\r\nDuration=160\r\n", "5", 160 },
	{ "Signal= #\r\nDuration= 250", "#", 250 },
	{ "duration = 100\nsignal = *\n", "*", 100 },
	{ "Signal=hf\r\n", "hf", -1 },
	{ "Signal=11\r\nDuration=x\r\nDuration=7\r\n", "11", 7 },
	{ "Signal=1\r\nSignal=2\r\nDuration=1\r\nDuration=2\r\n", "1", 1 },
	{ "Signal=5\r\nDuration=99999999999\r\n", "5", UINT32_MAX },
	{ "5", "5", -1 },
	{ " D\r\n", "D", -1 },
	{ "=", "=", -1 },
	{ "55", NULL, -1 },
	{ "Signal=\r\nDuration=160\r\n", NULL, 160 },
	{ "Signals=5\r\n", NULL, -1 },
	{ "Signal 5\r\n", NULL, -1 },
	{ "", NULL, -1 },
};

static void test_dtmfs(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(dtmfs); i++) {
		const char *where = dtmfs[i].body;
		struct sip_dtmf d = { .signal = text("untouched") };
		enum err e = sip_dtmf_read(&d, text(where));
		walk_cuts(text(where));
		assert_int_equal(e, dtmfs[i].signal ? OK : ERR_FORMAT);
		assert_is(d.signal, e == OK ? dtmfs[i].signal : "untouched", where);
		if (e != OK)
			continue;
		assert_int_equal(d.has_duration, dtmfs[i].duration >= 0);
		assert_int_equal(d.duration,
		                 dtmfs[i].duration >= 0 ? dtmfs[i].duration : 0);
	}
}

/* --- message summary */

static void assert_count(const struct sip_message_count *c, unsigned fresh, unsigned old,
                         unsigned urgent_fresh, unsigned urgent_old)
{
	assert_true(c->known);
	assert_int_equal(c->fresh, fresh);
	assert_int_equal(c->old, old);
	assert_int_equal(c->urgent_fresh, urgent_fresh);
	assert_int_equal(c->urgent_old, urgent_old);
}

static void test_summary(void **state)
{
	(void)state;
	const char body[] = "Messages-Waiting: yes\r\n"
			    "Message-Account: sip:alice@vm.example.com\r\n"
			    "Voice-Message: 4/8 (1/2)\r\n"
			    "FAX-message : 3 / 0\r\n"
			    "Message-Account: sip:other@example.com\r\n"
			    "Text-Message: 5000000000/1 (7)\r\n"
			    "Pager-Message: x/1\r\n"
			    "Pager-Message: 1\r\n"
			    "Multimedia-Message: 0/0(0/0)\r\n"
			    "Voice-Message: 9/9\r\n"
			    "\r\n"
			    "None: 1/1\r\n";
	struct sip_message_summary s;
	assert_int_equal(sip_message_summary_read(&s, text(body)), OK);
	assert_true(s.waiting);
	assert_is(s.account, "sip:alice@vm.example.com", "account");
	assert_count(&s.count[SIP_MESSAGE_VOICE], 4, 8, 1, 2);
	assert_count(&s.count[SIP_MESSAGE_FAX], 3, 0, 0, 0);
	assert_count(&s.count[SIP_MESSAGE_TEXT], UINT32_MAX, 1, 0, 0);
	assert_count(&s.count[SIP_MESSAGE_MULTIMEDIA], 0, 0, 0, 0);
	assert_false(s.count[SIP_MESSAGE_PAGER].known);
	assert_false(s.count[SIP_MESSAGE_NONE].known); /* behind the empty line */
	walk_cuts(text(body));
}

static const struct {
	const char *body;
	enum err    result;
	bool        waiting;
} waitings[] = {
	{ "Messages-Waiting: no\r\n", OK, false },
	{ "messages-waiting:YES", OK, true },
	{ "Messages-Waiting: no\r\nMessages-Waiting: yes\r\n", OK, false },
	{ "Messages-Waiting: maybe\r\nMessages-Waiting: yes\r\n", OK, true },
	{ "Messages-Waiting: maybe\r\n", ERR_FORMAT, false },
	{ "Voice-Message: 1/0\r\n", ERR_FORMAT, false },
	{ "", ERR_FORMAT, false },
};

static void test_waiting(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(waitings); i++) {
		struct sip_message_summary s = { .account = text("untouched") };
		enum err e = sip_message_summary_read(&s, text(waitings[i].body));
		assert_int_equal(e, waitings[i].result);
		if (e == OK)
			assert_int_equal(s.waiting, waitings[i].waiting);
		else
			assert_is(s.account, "untouched", waitings[i].body);
	}
	assert_string_equal(sip_message_class_name(SIP_MESSAGE_VOICE), "voice");
	assert_string_equal(sip_message_class_name(SIP_MESSAGE_NONE), "none");
	assert_string_equal(sip_message_class_name(SIP_MESSAGE_CLASSES), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_media_types),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_frags),
		cmocka_unit_test(test_dtmfs),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_waiting),
	};
	return cmocka_run_group_tests_name("sip/body", tests, NULL, NULL);
}
