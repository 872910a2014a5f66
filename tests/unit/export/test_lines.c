/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/lines.h"

#include "unit/export/text_out.h"

#include "support/frames.h"
#include "support/sip_text.h"

#define ETHERNET 1
/* 2026-11-20T23:59:59.5Z */
#define EVENING  (UINT64_C(1795219199) * TICK_S + 500 * TICK_MS)

struct bench {
	struct out     out;
	struct engine *engine;
	struct select  select;
	struct lines   lines;
	uint64_t       n;
};

static void init(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	text_out_init(&b->out);
	b->lines = (struct lines){ .out = &b->out, .select = &b->select };
	const struct engine_cfg cfg = { .seed = 1, .watch = lines_message,
		                        .arg = &b->lines };
	assert_int_equal(engine_new(&b->engine, &cfg), OK);
	b->lines.engine = b->engine;
}

static void say(struct bench *b, unsigned ms, bool six, const struct sip_text *m)
{
	char text[SIP_TEXT_MAX];
	struct frames f;
	const char *one = six ? "2001:db8::1" : "10.0.0.1";
	const char *two = six ? "2001:db8::2" : "10.0.0.2";
	bool back = sip_text_is_response(m);
	sip_text(text, sizeof(text), m);
	frames_udp_packet(&f, back ? two : one, 5060, back ? one : two, 5070, text);
	struct frame frame = frames_frame(&f, ETHERNET);
	frame.number = ++b->n;
	frame.at = EVENING + ms * TICK_MS + 123;
	engine_frame(b->engine, &frame);
}
#define SAY(b, ms, six, ...) say((b), (ms), (six), &(struct sip_text){ __VA_ARGS__ })

static void test_lines(void **state)
{
	(void)state;
	static struct bench b;
	init(&b);
	SAY(&b, 0, false, .start = "INVITE");
	SAY(&b, 100, false, .start = "180", .to_tag = "b");
	SAY(&b, 1500, false, .start = "INVITE");
	SAY(&b, 1600, true, .start = "OPTIONS", .call_id = "six");
	SAY(&b, 1900, true, .start = "200", .method = "OPTIONS", .call_id = "six",
	    .to_tag = "b");
	assert_string_equal(b.out.text,
		"2026-11-20 UTC\n"
		"23:59:59.500000  10.0.0.1:5060 > 10.0.0.2:5070  "
		"INVITE sip:b@example.com  call\n"
		"23:59:59.600000  10.0.0.2:5060 > 10.0.0.1:5070  180 Reason (INVITE)  call\n"
		"2026-11-21 UTC\n"
		"00:00:01.000000  10.0.0.1:5060 > 10.0.0.2:5070  "
		"INVITE sip:b@example.com  (retransmission)  call\n"
		"00:00:01.100000  [2001:db8::1]:5060 > [2001:db8::2]:5070  "
		"OPTIONS sip:b@example.com  six\n"
		"00:00:01.400000  [2001:db8::2]:5060 > [2001:db8::1]:5070  "
		"200 Reason (OPTIONS)  six\n");
	engine_free(b.engine);
}

/* Only calls that are selected; in colours. */
static void test_selected(void **state)
{
	(void)state;
	static struct bench b;
	static const struct slice id = { "two", 3 };
	init(&b);
	b.select = (struct select){ .call_ids = &id, .ncall_ids = 1 };
	b.lines.color = true;
	SAY(&b, 0, false, .start = "OPTIONS", .call_id = "one");
	SAY(&b, 0, false, .start = "OPTIONS", .call_id = "two");
	SAY(&b, 1, false, .start = "100", .method = "OPTIONS", .call_id = "two");
	SAY(&b, 2, false, .start = "404", .method = "OPTIONS", .call_id = "two");
	assert_string_equal(b.out.text,
		"2026-11-20 UTC\n"
		"23:59:59.500000  10.0.0.1:5060 > 10.0.0.2:5070  "
		"\033[36mOPTIONS sip:b@example.com\033[m  two\n"
		"23:59:59.501000  10.0.0.2:5060 > 10.0.0.1:5070  "
		"\033[33m100 Reason (OPTIONS)\033[m  two\n"
		"23:59:59.502000  10.0.0.2:5060 > 10.0.0.1:5070  "
		"\033[31m404 Reason (OPTIONS)\033[m  two\n");
	engine_free(b.engine);
}

/* Nothing captured acts on the terminal. */
static void test_hostile(void **state)
{
	(void)state;
	static struct bench b;
	init(&b);
	SAY(&b, 0, false, .start = "OPTIONS", .call_id = "a\x1b[2Jb\xc2\x9b");
	assert_non_null(strstr(b.out.text, "a\\x1b[2Jb"));
	assert_null(strpbrk(b.out.text, "\x1b\x9b\xc2"));
	engine_free(b.engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_selected),
		cmocka_unit_test(test_hostile),
	};
	return cmocka_run_group_tests_name("export/lines", tests, NULL, NULL);
}
