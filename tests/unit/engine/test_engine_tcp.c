/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "support/frames.h"
#include "support/sip_text.h"

#define RAW       101 /* LINKTYPE_RAW */
#define FILE_ROOM (64U << 10)
#define SYN       0x02
#define SEEN_MAX  16

/* An engine whose input is a file in memory, and what its watcher saw. */
struct bench {
	struct engine        *engine;
	size_t                file_len, spool_len;
	char                  file[FILE_ROOM], spool[FILE_ROOM];
	uint64_t              frames;
	unsigned              seen;
	struct engine_message messages[SEEN_MAX];
};

static enum err store_put(void *arg, struct slice bytes, uint64_t *ref)
{
	struct bench *b = arg;
	assert_true(bytes.len <= FILE_ROOM - b->spool_len);
	memcpy(b->spool + b->spool_len, bytes.p, bytes.len);
	*ref = b->spool_len;
	b->spool_len += bytes.len;
	return OK;
}

static enum err store_get(void *arg, bool spooled, uint16_t input, uint64_t ref,
                          char *buf, size_t len)
{
	struct bench *b = arg;
	assert_int_equal(input, 3);
	assert_true(ref + len <= (spooled ? b->spool_len : b->file_len));
	memcpy(buf, (spooled ? b->spool : b->file) + ref, len);
	return OK;
}

static void on_message(void *arg, const struct engine_message *m)
{
	struct bench *b = arg;
	assert_true(b->seen < SEEN_MAX);
	b->messages[b->seen++] = *m;
}

static void open_bench(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	struct engine_cfg cfg = { .seed = 1,
		                  .store = { .put = store_put,
		                             .get = store_get,
		                             .arg = b },
		                  .watch = on_message,
		                  .arg = b };
	assert_int_equal(engine_new(&b->engine, &cfg), OK);
}

/* A segment from a to b, in a frame of the file. */
static void segment(struct bench *b, uint32_t seq, uint8_t flags, struct slice payload)
{
	struct frames f;
	frames_init(&f);
	frames_ipv4(&f, FRAMES_TCP, "192.0.2.1", "192.0.2.2");
	frames_tcp(&f, 40000, 8080, seq, flags);
	if (payload.len)
		frames_bytes(&f, payload.p, payload.len);
	frames_close(&f);
	struct frame frame = frames_frame(&f, RAW);
	assert_true(f.len <= FILE_ROOM - b->file_len);
	memcpy(b->file + b->file_len, f.bytes, f.len);
	frame.offset = b->file_len;
	frame.number = ++b->frames;
	frame.at = b->frames * TICK_S;
	frame.input = 3;
	b->file_len += f.len;
	engine_frame(b->engine, &frame);
}

/* Messages read back are the ones that were sent. */
static void assert_read(struct bench *b, uint32_t id, const char *text, size_t len)
{
	struct engine_message m;
	assert_int_equal(engine_read(b->engine, id, &m), OK);
	assert_int_equal(m.msg->raw.len, len);
	assert_memory_equal(m.msg->raw.p, text, len);
	assert_int_equal(m.transport, NET_TCP);
	assert_int_equal(m.src.port, 40000);
	assert_int_equal(m.dst.port, 8080);
}

static size_t two_messages(char *out, size_t room, size_t *first)
{
	*first = sip_text(out, room,
	                  &(struct sip_text){ .start = "INVITE", .body = "v=0\r\n" });
	return *first + sip_text(out + *first, room - *first,
	                         &(struct sip_text){ .start = "BYE", .cseq = 2,
	                                             .branch = "z9hG4bK2" });
}

/* Both in one segment: nothing is spooled, the file has them. */
static void test_messages_in_one_segment(void **state)
{
	(void)state;
	struct bench b;
	char text[SIP_TEXT_MAX];
	size_t first, len = two_messages(text, sizeof(text), &first);
	open_bench(&b);
	segment(&b, 99, SYN, SLICE_NONE);
	segment(&b, 100, 0, (struct slice){ text, len });
	assert_int_equal(b.seen, 2);
	assert_int_equal(b.spool_len, 0);
	assert_int_equal(b.messages[0].is.message, 1);
	assert_int_equal(b.messages[1].frame, 2);
	assert_int_equal(b.messages[1].at, 2 * TICK_S);
	assert_int_equal(b.messages[1].transport, NET_TCP);
	assert_read(&b, 1, text, first);
	assert_read(&b, 2, text + first, len - first);
	assert_int_equal(engine_stats(b.engine)->messages, 2);
	assert_int_equal(engine_stats(b.engine)->stream_messages, 2);
	engine_free(b.engine);
}

/* What is held may become a message; keep-alives and other protocols do not. */
static void test_use(void **state)
{
	(void)state;
	struct bench b;
	char text[SIP_TEXT_MAX];
	size_t first, len = two_messages(text, sizeof(text), &first);
	open_bench(&b);
	segment(&b, 99, SYN, SLICE_NONE);
	segment(&b, 100, 0, (struct slice){ text, 50 });
	assert_int_equal(engine_frame_use(b.engine), ENGINE_USE_MESSAGE);
	segment(&b, 150, 0, (struct slice){ text + 50, len - 50 });
	assert_int_equal(b.seen, 2);
	assert_int_equal(engine_frame_use(b.engine), ENGINE_USE_MESSAGE);
	segment(&b, 100 + (uint32_t)len, 0, SLICE("\r\n\r\n"));
	assert_int_equal(engine_frame_use(b.engine), ENGINE_USE_BETWEEN);
	/* a keep-alive, and a message behind it in the same segment */
	char mixed[SIP_TEXT_MAX];
	memcpy(mixed, "\r\n\r\n", 4);
	memcpy(mixed + 4, text + first, len - first);
	segment(&b, 104 + (uint32_t)len, 0, (struct slice){ mixed, 4 + len - first });
	assert_int_equal(b.seen, 3);
	assert_int_equal(engine_frame_use(b.engine), ENGINE_USE_MESSAGE);
	engine_free(b.engine);

	open_bench(&b);
	segment(&b, 99, SYN, SLICE_NONE);
	segment(&b, 100, 0, SLICE("\x16\x03\x01\x02\x00 this is a TLS record, or so"));
	assert_int_equal(engine_frame_use(b.engine), ENGINE_USE_NONE);
	engine_free(b.engine);
}

/* The first one in three segments, out of order; it belongs to the one that fills the
 * hole. */
static void test_message_in_many_segments(void **state)
{
	(void)state;
	struct bench b;
	char text[SIP_TEXT_MAX];
	size_t first, len = two_messages(text, sizeof(text), &first);
	open_bench(&b);
	segment(&b, 99, SYN, SLICE_NONE);
	segment(&b, 100, 0, (struct slice){ text, 50 });
	segment(&b, 250, 0, (struct slice){ text + 150, len - 150 });
	assert_int_equal(b.seen, 0);
	segment(&b, 150, 0, (struct slice){ text + 50, 100 });
	assert_int_equal(b.seen, 2);
	assert_int_equal(b.messages[0].frame, 4);
	assert_int_equal(b.messages[1].frame, 4);
	assert_int_equal(b.messages[0].at, 4 * TICK_S);
	assert_int_equal(b.spool_len, len);
	assert_read(&b, 1, text, first);
	assert_read(&b, 2, text + first, len - first);
	engine_finish(b.engine);
	assert_int_equal(b.seen, 2);
	engine_free(b.engine);
}

/* What waits behind a gap comes at the end, under its own frame and time; the message
 * that the gap hit does not. */
static void test_end_of_capture(void **state)
{
	(void)state;
	struct bench b;
	char text[SIP_TEXT_MAX];
	size_t first, len = two_messages(text, sizeof(text), &first);
	open_bench(&b);
	segment(&b, 100, 0, (struct slice){ text, 50 });
	segment(&b, 200, 0, (struct slice){ text + 100, len - 100 });
	segment(&b, 50, 0, SLICE_NONE);
	assert_int_equal(b.seen, 0);
	engine_finish(b.engine);
	assert_int_equal(b.seen, 1);
	assert_int_equal(b.messages[0].frame, 2);
	assert_int_equal(b.messages[0].at, 2 * TICK_S);
	assert_read(&b, 1, text + first, len - first);
	assert_int_equal(engine_framer_stats(b.engine)->cut_messages, 1);
	assert_int_equal(engine_net_stats(b.engine)->tcp_gap_bytes, 50);
	engine_free(b.engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_in_one_segment),
		cmocka_unit_test(test_use),
		cmocka_unit_test(test_message_in_many_segments),
		cmocka_unit_test(test_end_of_capture),
	};
	return cmocka_run_group_tests_name("engine/engine (TCP)", tests, NULL, NULL);
}
