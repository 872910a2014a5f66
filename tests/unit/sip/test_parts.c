/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sip/message.h"
#include "support/guard.h"

/* The bodies of a message with this Content-Type and body, as "kind:body|kind:body|",
 * kinds being the names of body.def. */
static void walk(const char *type, const char *body, char *out, size_t room)
{
	char text[4096];
	struct sip_msg msg;
	int n = snprintf(text, sizeof(text),
	                 "INVITE sip:b SIP/2.0\r\nContent-Type: %s\r\n\r\n%s", type,
	                 body);
	char *copy = guard_copy(text, (size_t)n);
	assert_int_equal(sip_msg_parse(&msg, (struct slice){ copy, (size_t)n }, false),
	                 OK);
	struct sip_parts parts;
	struct sip_part part;
	size_t fill = 0;
	out[0] = '\0';
	sip_parts_init(&parts, sip_msg_value(&msg, SIP_HDR_CONTENT_TYPE), msg.body);
	while (sip_parts_next(&parts, &part)) {
		assert_true(part.body.len > 0);
		fill += (size_t)snprintf(out + fill, room - fill, "%s:%.*s|",
		                         sip_body_name(part.kind), (int)part.body.len,
		                         part.body.p);
	}
	assert_false(sip_parts_next(&parts, &part));
	guard_free(copy);
}

static void assert_parts(const char *type, const char *body, const char *want)
{
	char out[4096];
	walk(type, body, out, sizeof(out));
	assert_string_equal(out, want);
}

static void a_plain_body(void **state)
{
	(void)state;
	assert_parts("application/sdp", "v=0\r\n", "application/sdp:v=0\r\n|");
	assert_parts("application/sdp", "", "");
	assert_parts("application/x-other", "hello", ":hello|");
	assert_parts("multipart/mixed", "no boundary", "multipart/*:no boundary|");
}

static void parts_in_order(void **state)
{
	(void)state;
	assert_parts("multipart/mixed; boundary=b",
	             "preamble\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"
	             "--b\r\nContent-Type: application/isup\r\n\r\n\x01\r\n"
	             "--b\r\nContent-Type: text/plain\r\n\r\n\r\n--b--\r\n",
	             "application/sdp:v=0|application/isup:\x01|");
}

static void parts_in_parts(void **state)
{
	(void)state;
	assert_parts("multipart/mixed; boundary=\"b\"",
	             "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
	             "--c\r\nContent-Type: application/sdp\r\n\r\none\r\n"
	             "--c\r\nContent-Type: application/sdp\r\n\r\ntwo\r\n--c--\r\n"
	             "--b\r\nContent-Type: message/sipfrag\r\n\r\nthree\r\n--b--\r\n",
	             "application/sdp:one|application/sdp:two|message/sipfrag:three|");
}

/* Six deep: the fifth is a leaf. */
static void as_deep_as_it_goes(void **state)
{
	(void)state;
	char body[2048] = "x";
	for (int level = 5; level >= 1; level--) {
		char inner[2048];
		memcpy(inner, body, sizeof(inner));
		int n = snprintf(body, sizeof(body),
		                 "--%d\r\nContent-Type: %s; boundary=%d\r\n\r\n%s\r\n--%d--",
		                 level, level == 5 ? "text/plain" : "multipart/mixed",
		                 level + 1, inner, level);
		assert_true(n > 0 && (size_t)n < sizeof(body));
	}
	char out[4096];
	walk("multipart/mixed; boundary=1", body, out, sizeof(out));
	assert_non_null(strstr(out, ":--5\r\nContent-Type: text/plain"));
}

static void finding(void **state)
{
	(void)state;
	static const char text[] = "INVITE sip:b SIP/2.0\r\n"
				   "c: multipart/mixed;boundary=b\r\n\r\n"
				   "--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
				   "--b\r\nContent-Type: Application/SDP\r\n\r\nv=0\r\n--b--";
	struct sip_msg msg;
	struct sip_part part = { .body = SLICE("untouched") };
	assert_int_equal(sip_msg_parse(&msg, SLICE(text), false), OK);
	struct slice type = sip_msg_value(&msg, SIP_HDR_CONTENT_TYPE);
	assert_false(sip_part_find(type, msg.body, SIP_BODY_ISUP, &part));
	assert_true(slice_eq(part.body, SLICE("untouched")));
	assert_true(sip_part_find(type, msg.body, SIP_BODY_SDP, &part));
	assert_true(slice_eq(part.body, SLICE("v=0")));
	assert_true(slice_eq(part.content_type, SLICE("Application/SDP")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_body),
		cmocka_unit_test(parts_in_order),
		cmocka_unit_test(parts_in_parts),
		cmocka_unit_test(as_deep_as_it_goes),
		cmocka_unit_test(finding),
	};
	return cmocka_run_group_tests_name("sip/parts", tests, NULL, NULL);
}
