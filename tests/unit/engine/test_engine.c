/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "support/frames.h"
#include "support/sip_text.h"

#define ETHERNET 1 /* LINKTYPE_ETHERNET */
#define NOON     (UINT64_C(1795176000) * TICK_S)

/* An engine with a store in memory: `file` holds the frames, one after the other, as a
 * savefile would. */
struct bench {
	struct engine *engine;
	uint64_t       packets;
	bool           readable; /* frames say where in the file they are */
	bool           broken;   /* the store answers ERR_IO */
	size_t         file_len, spool_len;
	unsigned       watched;
	struct track_result is;  /* of the last message watched */
	tick           at;
	char           file[1 << 16], spool[1 << 16];
};

static enum err put(void *arg, struct slice bytes, uint64_t *ref)
{
	struct bench *b = arg;
	if (b->broken || bytes.len > sizeof(b->spool) - b->spool_len)
		return ERR_IO;
	memcpy(b->spool + b->spool_len, bytes.p, bytes.len);
	*ref = b->spool_len;
	b->spool_len += bytes.len;
	return OK;
}

static enum err get(void *arg, bool spooled, uint16_t input, uint64_t ref, char *buf,
                    size_t len)
{
	struct bench *b = arg;
	size_t there = spooled ? b->spool_len : b->file_len;
	assert_int_equal(input, 3);
	if (b->broken)
		return ERR_IO;
	assert_true(ref <= there && len <= there - ref);
	memcpy(buf, (spooled ? b->spool : b->file) + ref, len);
	return OK;
}

static void watch(void *arg, const struct engine_message *m)
{
	struct bench *b = arg;
	b->watched++;
	b->is = m->is;
	b->at = m->at;
	assert_int_equal(m->frame, b->packets);
	assert_int_equal(m->input, 3);
	assert_int_equal(m->transport, NET_UDP);
	assert_true(m->msg->method.len > 0 || m->msg->status > 0);
}

static enum err bench_init(struct bench *b, size_t memory)
{
	memset(b, 0, sizeof(*b));
	struct engine_cfg cfg = { .seed = 1,
		                  .memory = memory,
		                  .store = { .put = put, .get = get, .arg = b },
		                  .watch = watch,
		                  .arg = b };
	return engine_new(&b->engine, &cfg);
}

static void send(struct bench *b, uint64_t ns, const char *src, const char *dst,
                 const char *text)
{
	struct frames f;
	frames_udp_packet(&f, src, 5060, dst, 5060, text);
	struct frame frame = frames_frame(&f, ETHERNET);
	frame.number = ++b->packets;
	frame.input = 3;
	frame.at = NOON + ns;
	if (b->readable) {
		frame.offset = b->file_len;
		assert_true(frame.bytes.len <= sizeof(b->file) - b->file_len);
		memcpy(b->file + b->file_len, frame.bytes.p, frame.bytes.len);
		b->file_len += frame.bytes.len;
	}
	engine_frame(b->engine, &frame);
}

static void say(struct bench *b, uint64_t ns, const struct sip_text *m)
{
	char text[SIP_TEXT_MAX];
	sip_text(text, sizeof(text), m);
	if (sip_text_is_response(m))
		send(b, ns, "10.0.0.2", "10.0.0.1", text);
	else
		send(b, ns, "10.0.0.1", "10.0.0.2", text);
}
#define SAY(b, ns, ...) say((b), (ns), &(struct sip_text){ __VA_ARGS__ })

static void test_counts(void **unused)
{
	(void)unused;
	struct bench b;
	assert_int_equal(bench_init(&b, 0), OK);
	const struct engine_stats *s = engine_stats(b.engine);
	assert_int_equal(s->first, TICK_NONE);
	assert_int_equal(s->last, TICK_NONE);
	SAY(&b, TICK_S, .start = "INVITE");
	SAY(&b, TICK_S, .start = "INVITE"); /* the same packet: same identification */
	assert_int_equal(b.is.repeat, TRACK_DUPLICATE);
	SAY(&b, 3 * TICK_S, .start = "INVITE");
	assert_int_equal(b.is.repeat, TRACK_RETRANSMISSION);
	assert_int_equal(b.is.of, 1);
	SAY(&b, 2 * TICK_S, .start = "180"); /* earlier than the one before it */
	assert_int_equal(b.at, NOON + 2 * TICK_S);
	SAY(&b, 3 * TICK_S, .start = "999");
	SAY(&b, 3 * TICK_S, .start = "X-OTHER", .branch = "x");
	SAY(&b, 3 * TICK_S, .start = "INVITE", .no_call_id = 1);
	assert_int_equal(b.is.call, 0);
	send(&b, 9 * TICK_S, "10.0.0.1", "10.0.0.2", "no SIP");
	assert_int_equal(b.watched, 7);
	assert_int_equal(s->messages, 7);
	assert_int_equal(s->requests[SIP_METHOD_INVITE], 4);
	assert_int_equal(s->requests[SIP_METHOD_OTHER], 1);
	assert_int_equal(s->responses[1], 1);
	assert_int_equal(s->responses[9], 1);
	assert_int_equal(s->duplicates, 1);
	assert_int_equal(s->retransmissions, 1);
	assert_int_equal(s->malformed, 1);
	assert_int_equal(s->untracked, 0);
	assert_int_equal(s->time_backward, 1);
	assert_int_equal(s->first, NOON + TICK_S);
	assert_int_equal(s->last, NOON + 9 * TICK_S);
	assert_int_equal(tracker_calls(engine_tracker(b.engine)), 1);
	assert_int_equal(engine_net_stats(b.engine)->packets, 8);
	engine_free(b.engine);
	engine_free(NULL);
}

/* When the capture ends before the timer would, nothing fires; what is no SIP moves
 * time as well. */
/* What media is good for, and a message. */
static void test_use(void **unused)
{
	(void)unused;
	static struct bench b;
	assert_int_equal(bench_init(&b, 0), OK);
	SAY(&b, 0, .start = "OPTIONS");
	assert_int_equal(engine_frame_use(b.engine), ENGINE_USE_MESSAGE);
	send(&b, 1, "10.0.0.1", "10.0.0.2", "\x80\x08 rtp rtp rtp rtp");
	assert_int_equal(engine_frame_use(b.engine), ENGINE_USE_NONE);
	SAY(&b, 2, .start = "200", .method = "OPTIONS", .to_tag = "b");
	assert_int_equal(engine_frame_use(b.engine), ENGINE_USE_MESSAGE);
	engine_free(b.engine);
}

static void test_finish(void **unused)
{
	(void)unused;
	for (unsigned is_late = 0; is_late < 2; is_late++) {
		struct bench b;
		assert_int_equal(bench_init(&b, 0), OK);
		SAY(&b, 0, .start = "INVITE");
		send(&b, 32 * TICK_S - !is_late, "10.0.0.1", "10.0.0.2", "no SIP");
		engine_finish(b.engine);
		const struct tracker *t = engine_tracker(b.engine);
		assert_int_equal(tracker_transaction_at(t, 1)->state,
		                 is_late ? TXN_TIMEOUT : TXN_CALLING);
		assert_int_equal(tracker_outcome(t, 1),
		                 is_late ? TXN_TIMED_OUT : TXN_UNFINISHED);
		engine_finish(b.engine); /* again: nothing more */
		engine_free(b.engine);
	}
}

/* A packet whose time lies before that of others does not move time back. */
static void test_backward(void **unused)
{
	(void)unused;
	struct bench b;
	assert_int_equal(bench_init(&b, 0), OK);
	SAY(&b, 100 * TICK_S, .start = "INVITE");
	SAY(&b, 0, .start = "INVITE", .call_id = "early");
	engine_finish(b.engine);
	const struct tracker *t = engine_tracker(b.engine);
	assert_int_equal(tracker_transaction_at(t, 1)->state, TXN_CALLING);
	assert_int_equal(tracker_transaction_at(t, 2)->state, TXN_TIMEOUT);
	engine_free(b.engine);
}

/* --- messages read back */

static void check_read(bool readable)
{
	struct bench b;
	struct engine_message m;
	assert_int_equal(bench_init(&b, 0), OK);
	b.readable = readable;
	SAY(&b, 0, .start = "INVITE", .body = "v=0\r\n");
	SAY(&b, TICK_S, .start = "486", .to_tag = "b");
	SAY(&b, TICK_S, .start = "486", .to_tag = "b");
	SAY(&b, TICK_S, .start = "ACK", .cseq = 5, .to_tag = "b");
	SAY(&b, TICK_S, .start = "OPTIONS", .no_cseq = 1);
	assert_int_equal(b.spool_len == 0, readable);
	assert_int_equal(engine_read(b.engine, 1, &m), OK);
	assert_true(slice_eq(m.msg->method, SLICE("INVITE")));
	assert_true(slice_eq(m.msg->body, SLICE("v=0\r\n")));
	assert_int_equal(m.src.port, 5060);
	assert_memory_equal(m.src.addr.bytes, frames_addr("10.0.0.1").bytes, 16);
	assert_memory_equal(m.dst.addr.bytes, frames_addr("10.0.0.2").bytes, 16);
	assert_int_equal(m.at, NOON);
	assert_int_equal(m.frame, 1);
	assert_int_equal(m.input, 3);
	assert_int_equal(m.is.message, 1);
	assert_int_equal(m.is.call, 1);
	assert_int_equal(m.is.transaction, 1);
	assert_int_equal(engine_read(b.engine, 3, &m), OK);
	assert_int_equal(m.msg->status, 486);
	assert_int_equal(m.is.repeat, TRACK_DUPLICATE);
	assert_int_equal(m.is.of, 2);
	assert_int_equal(engine_read(b.engine, 4, &m), OK); /* stray */
	assert_int_equal(m.is.call, 1);
	assert_int_equal(m.is.transaction, 0);
	assert_int_equal(engine_read(b.engine, 5, &m), OK); /* in no call */
	assert_int_equal(m.is.call, 0);
	/* bytes that are gone, or no longer what they were */
	b.broken = true;
	assert_int_equal(engine_read(b.engine, 1, &m), ERR_IO);
	b.broken = false;
	memset(readable ? b.file : b.spool, 0, readable ? b.file_len : b.spool_len);
	assert_int_equal(engine_read(b.engine, 1, &m), ERR_IO);
	engine_free(b.engine);
}

static void test_read(void **unused)
{
	(void)unused;
	check_read(true);
	check_read(false);
}

static void test_read_no_memory(void **unused)
{
	(void)unused;
	struct bench b;
	struct engine_message m;
	assert_int_equal(bench_init(&b, 0), OK);
	SAY(&b, 0, .start = "INVITE");
	struct mem *mem = engine_mem(b.engine);
	mem->fail_at = mem->taken + 1;
	assert_int_equal(engine_read(b.engine, 1, &m), ERR_NOMEM);
	assert_int_equal(engine_read(b.engine, 1, &m), OK);
	engine_free(b.engine);
}

static void test_store_fails(void **unused)
{
	(void)unused;
	struct bench b;
	struct engine_message m;
	assert_int_equal(bench_init(&b, 0), OK);
	b.broken = true;
	SAY(&b, 0, .start = "INVITE");
	b.broken = false;
	assert_int_equal(b.is.call, 1); /* tracked all the same */
	assert_int_equal(engine_stats(b.engine)->spool_errors, 1);
	assert_int_equal(engine_read(b.engine, 1, &m), ERR_IO);
	engine_free(b.engine);
}

static void test_no_store(void **unused)
{
	(void)unused;
	struct engine *e;
	struct engine_message m;
	struct frames f;
	char text[SIP_TEXT_MAX];
	struct engine_cfg cfg = { .seed = 1 };
	assert_int_equal(engine_new(&e, &cfg), OK);
	sip_text(text, sizeof(text), &(struct sip_text){ .start = "OPTIONS" });
	frames_udp_packet(&f, "2001:db8::1", 5060, "2001:db8::2", 5060, text);
	struct frame frame = frames_frame(&f, ETHERNET);
	engine_frame(e, &frame);
	assert_int_equal(engine_stats(e)->messages, 1);
	assert_int_equal(engine_stats(e)->spool_errors, 0);
	assert_int_equal(tracker_flow_at(engine_tracker(e), 1)->src.family, 6);
	assert_int_equal(engine_read(e, 1, &m), ERR_IO);
	engine_free(e);
}

/* --- memory: whatever the budget, messages are counted and nothing breaks */

static void say_some(struct bench *b)
{
	SAY(b, 0, .start = "INVITE", .more = "Contact: <sip:a@10.0.0.1>\r\n");
	SAY(b, TICK_S, .start = "180", .to_tag = "b");
	SAY(b, TICK_S, .start = "180", .to_tag = "c");
	SAY(b, 2 * TICK_S, .start = "200", .to_tag = "b");
	SAY(b, 2 * TICK_S, .start = "ACK", .to_tag = "b", .branch = "k");
	SAY(b, 3 * TICK_S, .start = "BYE", .to_tag = "b", .cseq = 2);
	SAY(b, 3 * TICK_S, .start = "REGISTER", .call_id = "r",
	    .more = "Contact: <sip:a@10.0.0.1>\r\n");
	SAY(b, 4 * TICK_S, .start = "200", .call_id = "r", .method = "REGISTER");
	SAY(b, 5 * TICK_S, .start = "SUBSCRIBE", .call_id = "s",
	    .more = "Event: dialog\r\n");
	SAY(b, 6 * TICK_S, .start = "200", .call_id = "s", .method = "SUBSCRIBE",
	    .to_tag = "n");
	send(b, 60 * TICK_S, "10.0.0.1", "10.0.0.2", "no SIP");
	engine_finish(b->engine);
}

/* Ask everything there is to ask. */
static void ask_all(struct engine *e)
{
	const struct tracker *t = engine_tracker(e);
	struct engine_message m;
	for (uint32_t id = 1; id <= tracker_messages(t); id++) {
		enum err err = engine_read(e, id, &m);
		assert_true(err == OK || err == ERR_NOMEM);
	}
	for (uint32_t id = 1; id <= tracker_transactions(t); id++)
		assert_true(tracker_outcome(t, id) < TXN_OUTCOME_COUNT);
	for (uint32_t id = 1; id <= tracker_calls(t); id++) {
		struct call_summary sum;
		uint32_t *ids, count;
		tracker_summarize(t, id, &sum);
		assert_true(sum.state < CALL_STATE_COUNT);
		if (tracker_call_messages(t, id, engine_mem(e), &ids, &count) == OK) {
			assert_int_equal(count, tracker_call_at(t, id)->messages);
			mem_give(engine_mem(e), ids, count * sizeof(*ids));
		}
	}
}

static void test_budgets(void **unused)
{
	(void)unused;
	bool refused = false, all = false;
	for (size_t memory = 4096; memory < 1 << 20; memory += 4096) {
		struct bench b;
		if (bench_init(&b, memory) != OK)
			continue; /* not even the engine */
		say_some(&b);
		ask_all(b.engine);
		const struct engine_stats *s = engine_stats(b.engine);
		assert_int_equal(s->messages, 10);
		assert_int_equal(b.watched, 10);
		assert_true(engine_mem(b.engine)->peak <= memory);
		refused |= s->untracked > 0;
		all |= tracker_stats(engine_tracker(b.engine))->refused == 0;
		engine_free(b.engine);
	}
	assert_true(refused && all); /* the sweep went over both ends */
}

/* The same, one allocation failing at a time. */
static void test_each_allocation(void **unused)
{
	(void)unused;
	for (uint64_t n = 1;; n++) {
		struct bench b;
		assert_int_equal(bench_init(&b, 0), OK);
		struct mem *mem = engine_mem(b.engine);
		mem->fail_at = mem->taken + n;
		say_some(&b);
		ask_all(b.engine);
		bool failed = mem->refused > 0;
		engine_free(b.engine);
		if (!failed)
			break;
	}
}

static void test_new_no_memory(void **unused)
{
	(void)unused;
	struct bench b;
	assert_int_equal(bench_init(&b, 1), ERR_NOMEM);
	assert_null(b.engine);
	/* room for the engine alone: what it took is given back */
	for (size_t memory = 1; bench_init(&b, memory) != OK; memory += 16)
		assert_null(b.engine);
	engine_free(b.engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_use),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_backward),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_no_memory),
		cmocka_unit_test(test_store_fails),
		cmocka_unit_test(test_no_store),
		cmocka_unit_test(test_budgets),
		cmocka_unit_test(test_each_allocation),
		cmocka_unit_test(test_new_no_memory),
	};
	return cmocka_run_group_tests_name("engine/engine", tests, NULL, NULL);
}
