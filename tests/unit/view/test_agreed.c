/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/agreed.h"

#include "unit/view/says.h"

#define A  "10.0.0.1"
#define B  "10.0.0.2"
#define VA "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1"

#define HEAD "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"

/* Message 1 has the offer, 2 the answer, 3 nothing. */
static void exchange(struct calls *c, const char *offer, const char *answer)
{
	says(c, &(struct says){ 0, A, 5060, B, 5060, "INVITE sip:b SIP/2.0", VA, NULL,
	                        "1 INVITE", NULL, offer, false });
	says(c, &(struct says){ 1, B, 5060, A, 5060, "SIP/2.0 200 OK", VA, "b",
	                        "1 INVITE", NULL, answer, false });
	says(c, &(struct says){ 2, A, 5060, B, 5060, "ACK sip:b SIP/2.0", VA "a", "b",
	                        "1 ACK", NULL, NULL, false });
}

static void expect_codec(const struct agreed *a, unsigned line, const char *name)
{
	char text[64];
	const struct sdp_format *codec = agreed_codec(a, line);
	if (!name) {
		assert_null(codec);
		return;
	}
	assert_non_null(codec);
	sdp_format_name(codec, text, sizeof(text));
	assert_string_equal(text, name);
}

/* The first codec of the answer that was offered, whatever its number is there; events
 * beside it are none. */
static void test_codec(void **state)
{
	struct calls *c = *state;
	struct agreed *a = agreed_new(engine_mem(c->engine));
	assert_non_null(a);
	exchange(c,
	         HEAD "m=audio 6000 RTP/AVP 0 8 96 101\r\na=rtpmap:96 opus/48000/2\r\n"
	              "a=rtpmap:101 telephone-event/8000\r\n"
	              "m=video 6002 RTP/AVP 31\r\nm=audio 6004 RTP/AVP 0\r\n",
	         HEAD "m=audio 7000 RTP/AVP 97 18 98 8\r\n"
	              "a=rtpmap:97 telephone-event/8000\r\na=rtpmap:98 opus/48000/2\r\n"
	              "m=video 0 RTP/AVP 34\r\n");
	assert_int_equal(agreed_read(a, c->engine, AGREED_OFFER, 1), OK);
	expect_codec(a, 0, NULL); /* no answer yet */
	assert_int_equal(agreed_read(a, c->engine, AGREED_ANSWER, 2), OK);
	expect_codec(a, 0, "opus/48000/2");
	expect_codec(a, 1, NULL);
	expect_codec(a, 2, NULL); /* the answer has no third line */
	assert_non_null(agreed_media(a, AGREED_OFFER, 2));
	assert_null(agreed_media(a, AGREED_ANSWER, 2));
	agreed_free(a);
}

/* A side is what was read last, or nothing. */
static void test_sides(void **state)
{
	struct calls *c = *state;
	struct mem *mem = engine_mem(c->engine);
	exchange(c, HEAD "m=audio 6000 RTP/AVP 0\r\n", HEAD "m=audio 7000 RTP/AVP 0\r\n");
	struct agreed *a = agreed_new(mem);
	assert_int_equal(agreed_read(a, c->engine, AGREED_OFFER, 1), OK);
	assert_int_equal(agreed_media(a, AGREED_OFFER, 0)->port, 6000);
	assert_null(agreed_sdp(a, AGREED_ANSWER));
	assert_int_equal(agreed_read(a, c->engine, AGREED_OFFER, 2), OK);
	assert_int_equal(agreed_media(a, AGREED_OFFER, 0)->port, 7000);
	c->broken = true; /* it is kept, and not read again */
	assert_int_equal(agreed_read(a, c->engine, AGREED_OFFER, 2), OK);
	assert_int_equal(agreed_media(a, AGREED_OFFER, 0)->port, 7000);
	assert_int_equal(agreed_read(a, c->engine, AGREED_OFFER, 1), OK);
	assert_null(agreed_sdp(a, AGREED_OFFER));
	c->broken = false;
	assert_int_equal(agreed_read(a, c->engine, AGREED_OFFER, 3), OK);
	assert_null(agreed_sdp(a, AGREED_OFFER));
	assert_int_equal(agreed_read(a, c->engine, AGREED_OFFER, 1), OK);
	assert_int_equal(agreed_read(a, c->engine, AGREED_OFFER, 0), OK);
	assert_null(agreed_sdp(a, AGREED_OFFER));
	agreed_free(a);
	agreed_free(NULL);
}

static void test_no_memory(void **state)
{
	struct calls *c = *state;
	struct mem *mem = engine_mem(c->engine);
	struct engine_message m;
	exchange(c, HEAD "m=audio 6000 RTP/AVP 0\r\n", HEAD "m=audio 7000 RTP/AVP 0\r\n");
	assert_int_equal(engine_read(c->engine, 1, &m), OK); /* it has its buffer now */
	size_t used = mem->used;
	mem->fail_at = mem->taken + 1;
	assert_null(agreed_new(mem));
	struct agreed *a = agreed_new(mem);
	assert_non_null(a);
	mem->fail_at = mem->taken + 1;
	assert_int_equal(agreed_read(a, c->engine, AGREED_OFFER, 1), ERR_NOMEM);
	assert_null(agreed_sdp(a, AGREED_OFFER));
	assert_int_equal(agreed_read(a, c->engine, AGREED_OFFER, 1), OK);
	assert_non_null(agreed_sdp(a, AGREED_OFFER));
	agreed_free(a);
	assert_int_equal(mem->used, used);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, calls_setup, calls_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_codec),
		TEST(test_sides),
		TEST(test_no_memory),
	};
	return cmocka_run_group_tests_name("view/agreed", tests, NULL, NULL);
}
