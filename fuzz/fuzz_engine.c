/* SPDX-License-Identifier: MIT */
/* The whole engine: the input is a run of datagrams on one hop or the other, which
 * share calls; at the end everything is asked for. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "datagram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

/* Bytes: budget, then records of feed_datagram. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of((struct slice){ (const char *)data, size });
	uint8_t budget = cursor_u8(&c);
	struct engine_cfg cfg = { .seed = 1 };
	struct engine *e;
	tick at = TICK_S;
	if (budget) /* small ones run out of memory somewhere */
		cfg.memory = (size_t)budget * 8192;
	if (engine_new(&e, &cfg) != OK)
		return 0;
	for (uint64_t n = 1; cursor_left(&c) > 5; n++)
		feed_datagram(e, &c, &at, n);
	engine_finish(e);
	ask(e);
	engine_free(e);
	return 0;
}
