/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define BUDGET ((size_t)16 << 20)

static const char plain[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";

/* A message with the text deflated: window bits 31 gzip, 15 zlib, -15 bare. */
static struct slice message(char *out, size_t room, const char *coding, int bits)
{
	int n = snprintf(out, room,
	                 "INFO sip:b SIP/2.0\r\nContent-Encoding: %s\r\n"
	                 "Content-Type: application/sdp\r\n\r\n",
	                 coding);
	z_stream z = { .next_in = (Bytef *)(uintptr_t)plain,
		       .avail_in = sizeof(plain) - 1 };
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY),
	                 Z_OK);
	z.next_out = (Bytef *)out + n;
	z.avail_out = (uInt)(room - (size_t)n);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size_t len = (size_t)n + z.total_out;
	deflateEnd(&z);
	return (struct slice){ out, len };
}

static enum err decode(struct slice text, struct mem *mem, bool *changed)
{
	struct sip_msg msg;
	struct inflate_buffer buffer;
	mem_init(mem, BUDGET);
	assert_int_equal(sip_msg_parse(&msg, text, false), OK);
	struct slice body;
	enum err err = sip_body_decode(&msg, mem, &body, &buffer);
	*changed = err == OK;
	if (err != OK)
		assert_true(body.p == msg.body.p && body.len == msg.body.len);
	else
		assert_true(slice_eq(body, SLICE(plain)));
	mem_give(mem, buffer.p, buffer.room);
	assert_int_equal(mem->used, 0);
	return err;
}

static void every_coding(void **state)
{
	(void)state;
	static const struct {
		const char *coding;
		int         bits;
		enum err    want;
	} cases[] = {
		{ "gzip", 31, OK },         { "X-GZIP", 31, OK },
		{ "deflate", 15, OK },      { "Deflate", -15, OK },
		{ "gzip", -15, ERR_FORMAT }, { "br", 31, ERR_FORMAT },
		{ "gzip, gzip", 31, ERR_FORMAT }, { "identity", 31, ERR_END },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[1024];
		struct mem mem;
		bool changed;
		struct slice text =
			message(out, sizeof(out), cases[i].coding, cases[i].bits);
		assert_int_equal(decode(text, &mem, &changed), cases[i].want);
		assert_int_equal(changed, cases[i].want == OK);
	}
}

static void found_when_decoded(void **state)
{
	(void)state;
	char out[1024];
	struct mem mem;
	struct sip_msg msg;
	struct sip_part part;
	struct inflate_buffer buffer;
	mem_init(&mem, BUDGET);
	struct slice text = message(out, sizeof(out), "gzip", 31);
	assert_int_equal(sip_msg_parse(&msg, text, false), OK);
	assert_true(sip_body_find(&msg, &mem, SIP_BODY_SDP, &part, &buffer));
	assert_true(slice_eq(part.body, SLICE(plain)));
	mem_give(&mem, buffer.p, buffer.room);
	assert_false(sip_body_find(&msg, &mem, SIP_BODY_ISUP, &part, &buffer));
	mem_give(&mem, buffer.p, buffer.room);
	assert_int_equal(mem.used, 0);
}

static void cut_and_empty(void **state)
{
	(void)state;
	char out[1024];
	struct mem mem;
	bool changed;
	struct slice text = message(out, sizeof(out), "gzip", 31);
	text.len -= 12;
	assert_int_equal(decode(text, &mem, &changed), ERR_MORE);
	assert_int_equal(
		decode(SLICE("INFO sip:b SIP/2.0\r\ne: gzip\r\n\r\n"), &mem, &changed),
		ERR_END);
	assert_int_equal(decode(SLICE("INFO sip:b SIP/2.0\r\n\r\nbody"), &mem, &changed),
	                 ERR_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_coding),
		cmocka_unit_test(found_when_decoded),
		cmocka_unit_test(cut_and_empty),
	};
	return cmocka_run_group_tests_name("sip/decode", tests, NULL, NULL);
}
