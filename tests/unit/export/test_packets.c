/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/packets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "support/frames.h"
#include "support/sip_text.h"

#define ETHERNET 1
#define FRAMES   32
#define NOON     (UINT64_C(1795176000) * TICK_S)
#define SDP_OF(ip)                                                                       \
	"v=0\r\no=- 1 1 IN IP4 " ip "\r\ns=-\r\nc=IN IP4 " ip                            \
	"\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"

/* A capture in memory, and an engine that has read it. */
struct bench {
	struct frames frames[FRAMES];
	struct frame list[FRAMES];
	uint64_t n, at;
	uint64_t end; /* that many can be read again */
	struct engine_cfg cfg;
	struct engine *engine;
	struct slice call_id;
	struct select select;
	char taken[FRAMES * 4]; /* "1 2 5 " */
	enum err on_rewind, on_take, on_end;
};

static enum err rewind_frames(void *arg)
{
	struct bench *b = arg;
	b->at = 0;
	return b->on_rewind;
}

static enum err next(void *arg, struct frame *frame)
{
	struct bench *b = arg;
	if (b->at == b->end)
		return b->on_end;
	*frame = b->list[b->at++];
	return OK;
}

static enum err take(void *arg, const struct frame *frame)
{
	struct bench *b = arg;
	size_t len = strlen(b->taken);
	snprintf(b->taken + len, sizeof(b->taken) - len, "%u ", (unsigned)frame->number);
	return b->on_take;
}

static void add(struct bench *b, unsigned s)
{
	struct frame *frame = &b->list[b->n];
	*frame = frames_frame(&b->frames[b->n], ETHERNET);
	frame->number = ++b->n;
	frame->at = NOON + s * TICK_S;
	engine_frame(b->engine, frame);
	b->end = b->n;
	b->on_end = ERR_END;
}

static void udp(struct bench *b, unsigned s, const char *src, uint16_t sport,
                const char *dst, uint16_t dport, const char *text)
{
	frames_udp_packet(&b->frames[b->n], src, sport, dst, dport, text);
	add(b, s);
}

static void tcp(struct bench *b, unsigned s, uint32_t seq, const char *text)
{
	struct frames *f = &b->frames[b->n];
	frames_init(f);
	frames_ethernet(f, FRAMES_IPV4);
	frames_ipv4(f, FRAMES_TCP, "10.0.0.1", "10.0.0.2");
	frames_tcp(f, 5060, 5060, seq, 0x18);
	frames_text(f, text);
	frames_close(f);
	add(b, s);
}

static void say(struct bench *b, unsigned s, const struct sip_text *m)
{
	char text[SIP_TEXT_MAX];
	bool back = sip_text_is_response(m);
	sip_text(text, sizeof(text), m);
	udp(b, s, back ? "10.0.0.2" : "10.0.0.1", 5060, back ? "10.0.0.1" : "10.0.0.2",
	    5060, text);
}
#define SAY(b, s, ...) say((b), (s), &(struct sip_text){ __VA_ARGS__ })

static void bench_init(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->cfg.seed = 1;
	assert_int_equal(engine_new(&b->engine, &b->cfg), OK);
}

static enum err run(struct bench *b, bool media)
{
	const struct packets_cfg cfg = { .engine = b->engine,
		                         .again = &b->cfg,
		                         .select = &b->select,
		                         .media = media,
		                         .packets = b->n,
		                         .rewind = rewind_frames,
		                         .next = next,
		                         .take = take,
		                         .arg = b };
	b->taken[0] = '\0';
	return packets_of_calls(&cfg);
}

static void choose(struct bench *b, const char *call_id)
{
	b->call_id = slice_of(call_id);
	b->select = (struct select){ .call_ids = &b->call_id, .ncall_ids = 1 };
}

#define SDP_LINE "Content-Type: application/sdp\r\n"

/* Two calls whose media ports are the same at different addresses, and at the end of the
 * first one somebody else has its port. */
static void two_calls(struct bench *b)
{
	bench_init(b);
	SAY(b, 0, .start = "INVITE", .call_id = "one", .more = SDP_LINE,
	    .body = SDP_OF("10.0.0.1")); /* 1 */
	SAY(b, 1, .start = "INVITE", .call_id = "two", .more = SDP_LINE,
	    .body = SDP_OF("10.0.0.3")); /* 2 */
	SAY(b, 2, .start = "200", .call_id = "one", .to_tag = "b", .more = SDP_LINE,
	    .body = SDP_OF("10.0.0.2"));                                       /* 3 */
	udp(b, 3, "10.0.0.1", 4000, "10.0.0.2", 4000, "\x80\x08 one, forth");  /* 4 */
	udp(b, 3, "10.9.9.9", 1234, "10.0.0.1", 4000, "\x80\x08 one, by NAT"); /* 5 */
	udp(b, 3, "10.0.0.1", 4001, "10.0.0.2", 4001, "\x80\xc8 one, RTCP");   /* 6 */
	udp(b, 3, "10.0.0.3", 4000, "10.9.9.9", 4000, "\x80\x08 two");         /* 7 */
	udp(b, 3, "10.0.0.1", 53, "10.0.0.2", 53, "what else there is");       /* 8 */
	SAY(b, 4, .start = "BYE", .call_id = "one", .cseq = 2, .branch = "z9hG4bK2",
	    .to_tag = "b"); /* 9 */
	SAY(b, 4, .start = "200", .call_id = "one", .method = "BYE", .cseq = 2,
	    .branch = "z9hG4bK2", .to_tag = "b");                             /* 10 */
	udp(b, 5, "10.0.0.1", 4000, "10.0.0.2", 4000, "\x80\x08 its last");   /* 11 */
	udp(b, 60, "10.0.0.1", 4000, "10.0.0.2", 4000, "\x80\x08 of others"); /* 12 */
}

static void test_calls(void **state)
{
	(void)state;
	static struct bench b;
	two_calls(&b);
	assert_int_equal(run(&b, false), OK);
	assert_string_equal(b.taken, "1 2 3 9 10 ");
	choose(&b, "one");
	assert_int_equal(run(&b, false), OK);
	assert_string_equal(b.taken, "1 3 9 10 ");
	assert_int_equal(run(&b, true), OK);
	assert_string_equal(b.taken, "1 3 4 5 6 9 10 11 ");
	choose(&b, "two");
	assert_int_equal(run(&b, true), OK);
	assert_string_equal(b.taken, "2 7 ");
	choose(&b, "none");
	assert_int_equal(run(&b, true), OK);
	assert_string_equal(b.taken, "");
	engine_free(b.engine);
}

/* Calls are not known by their numbers: these differ where the packets come in another
 * order, as those of several files that grow do. */
static void test_order(void **state)
{
	(void)state;
	static struct bench b;
	two_calls(&b);
	const struct frame first = b.list[0];
	b.list[0] = b.list[1];
	b.list[1] = first;
	choose(&b, "one");
	assert_int_equal(run(&b, true), OK);
	assert_string_equal(b.taken, "1 3 4 5 6 9 10 11 ");
	choose(&b, "two");
	assert_int_equal(run(&b, false), OK);
	assert_string_equal(b.taken, "2 ");
	engine_free(b.engine);
}

/* Keep-alives go with the messages of their stream; messages of other calls do not. */
static void test_stream(void **state)
{
	(void)state;
	static struct bench b;
	char text[SIP_TEXT_MAX];
	bench_init(&b);
	uint32_t seq = 100;
	static const char *const ids[] = { "one", "two", "one" };
	for (unsigned i = 0; i < 3; i++) {
		char branch[16];
		snprintf(branch, sizeof(branch), "z9hG4bK%u", i);
		size_t len = sip_text(text, sizeof(text),
		                      &(struct sip_text){ .start = "OPTIONS",
		                                          .call_id = ids[i],
		                                          .branch = branch,
		                                          .cseq = i + 1 });
		char half[SIP_TEXT_MAX];
		snprintf(half, sizeof(half), "%.30s", text);
		tcp(&b, i, seq, half);           /* 1, 4, 7 */
		tcp(&b, i, seq + 30, text + 30); /* 2, 5, 8 */
		seq += (uint32_t)len;
		tcp(&b, i, seq, "\r\n\r\n"); /* 3, 6, 9 */
		seq += 4;
	}
	assert_int_equal(tracker_messages(engine_tracker(b.engine)), 3);
	choose(&b, "one");
	assert_int_equal(run(&b, false), OK);
	assert_string_equal(b.taken, "1 2 3 6 7 8 9 ");
	choose(&b, "two");
	assert_int_equal(run(&b, false), OK);
	assert_string_equal(b.taken, "4 5 6 9 ");
	engine_free(b.engine);
}

static void test_errors(void **state)
{
	(void)state;
	static struct bench b;
	two_calls(&b);
	b.on_rewind = ERR_IO;
	assert_int_equal(run(&b, true), ERR_IO);
	b.on_rewind = OK;
	b.on_take = ERR_FORMAT;
	assert_int_equal(run(&b, true), ERR_FORMAT);
	assert_string_equal(b.taken, "1 ");
	b.on_take = OK;
	b.end = 5; /* the file has become shorter */
	assert_int_equal(run(&b, true), ERR_FORMAT);
	assert_string_equal(b.taken, "");
	b.on_end = ERR_NOMEM;
	assert_int_equal(run(&b, true), ERR_NOMEM);
	b.end = b.n;
	frames_udp_packet(&b.frames[8], "10.0.0.1", 1, "10.0.0.2", 1, "no BYE any more");
	b.list[8].bytes.len = b.frames[8].len;
	assert_int_equal(run(&b, true), ERR_FORMAT);
	engine_free(b.engine);
}

/* Each allocation fails once: an error, and nothing is lost of the engine. */
static void test_no_memory(void **state)
{
	(void)state;
	static struct bench b;
	unsigned failed = 0;
	two_calls(&b);
	choose(&b, "one");
	struct mem *mem = engine_mem(b.engine);
	for (uint64_t i = 1;; i++) {
		size_t used = mem->used;
		mem->fail_at = mem->taken + i;
		enum err err = run(&b, true);
		assert_int_equal(mem->used, used);
		if (err == OK)
			break;
		assert_int_equal(err, ERR_NOMEM);
		failed++;
	}
	mem->fail_at = 0;
	assert_true(failed > 5);
	assert_string_equal(b.taken, "1 3 4 5 6 9 10 11 ");
	engine_free(b.engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests_name("export/packets", tests, NULL, NULL);
}
