/* SPDX-License-Identifier: MIT */
/* The whole engine: the input is a run of datagrams on one hop or the other, which
 * share calls; at the end everything is asked for. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"
#include "engine/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PACKET_MAX 65535

/* IPv4 and UDP headers of link type 228 in front of `payload`; addresses by two bits
 * of `hop`. */
static size_t wrap(char *out, uint8_t hop, uint8_t id, struct slice payload)
{
	size_t len = 28 + payload.len;
	char head[28] = { 0x45,
		          0,
		          (char)(len >> 8),
		          (char)len,
		          0,
		          (char)id,
		          0,
		          0,
		          64,
		          17,
		          0,
		          0,
		          10,
		          0,
		          0,
		          (char)(hop & 3),
		          10,
		          0,
		          0,
		          (char)(hop >> 2 & 3),
		          0x13,
		          (char)0xc4,
		          0x13,
		          (char)0xc4 };
	head[24] = (char)((len - 20) >> 8);
	head[25] = (char)(len - 20);
	memcpy(out, head, sizeof(head));
	if (payload.len)
		memcpy(out + sizeof(head), payload.p, payload.len);
	return len;
}

static void ask(struct engine *e)
{
	const struct tracker *t = engine_tracker(e);
	uint64_t seen = 0;
	for (uint32_t i = 1; i <= tracker_calls(t); i++) {
		struct call_summary sum;
		uint32_t *ids, count;
		tracker_summarize(t, i, &sum);
		assert(sum.state < CALL_STATE_COUNT);
		if (tracker_call_messages(t, i, engine_mem(e), &ids, &count) != OK) {
			/* no room to list them */
			seen += tracker_call_at(t, i)->messages;
			continue;
		}
		assert(count == tracker_call_at(t, i)->messages);
		for (uint32_t k = 0; k < count; k++)
			assert(ids[k] > (k ? ids[k - 1] : 0) &&
			       ids[k] <= tracker_messages(t));
		mem_give(engine_mem(e), ids, count * sizeof(*ids));
		seen += count;
	}
	for (uint32_t i = 1; i <= tracker_transactions(t); i++)
		assert(tracker_outcome(t, i) < TXN_OUTCOME_COUNT &&
		       tracker_transaction_at(t, i)->state != TXN_NEW);
	const struct engine_stats *s = engine_stats(e);
	assert(seen + s->malformed + s->untracked == s->messages);
}

/* Bytes: budget, then records of flags (hop), id, time step, length (2), payload. A
 * zero length takes all that is left. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char packet[PACKET_MAX + 1];
	struct cursor c = cursor_of((struct slice){ (const char *)data, size });
	uint8_t budget = cursor_u8(&c);
	struct engine_cfg cfg = { .seed = 1 };
	struct engine *e;
	tick at = TICK_S;
	if (budget) /* small ones run out of memory somewhere */
		cfg.memory = (size_t)budget * 8192;
	if (engine_new(&e, &cfg) != OK)
		return 0;
	for (uint64_t n = 1; cursor_left(&c) > 5; n++) {
		uint8_t hop = cursor_u8(&c), id = cursor_u8(&c), step = cursor_u8(&c);
		size_t len = cursor_be16(&c);
		if (len == 0 || len > cursor_left(&c))
			len = cursor_left(&c);
		if (len > PACKET_MAX - 28)
			len = PACKET_MAX - 28;
		at = step & 0x80 ? tick_add(at, (step & 0x7fU) * TICK_S)
		                 : tick_add(at, step * TICK_MS);
		size_t total = wrap(packet, hop, id, cursor_take(&c, len));
		engine_frame(e, &(struct frame){ .at = at,
		                                 .number = n,
		                                 .offset = FRAME_NO_OFFSET,
		                                 .bytes = { packet, total },
		                                 .wire_len = (uint32_t)total,
		                                 .link = 228 });
	}
	engine_finish(e);
	ask(e);
	engine_free(e);
	return 0;
}
