/* SPDX-License-Identifier: MIT */
/* An engine that forgets: the input is a run of datagrams, with long waits between them,
 * so that calls leave all the time. What leaves is read for the last time; after each
 * datagram all that is left is walked. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>

#include "datagram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- where messages are kept: bytes that are not kept any more must not be asked for */

struct keeper {
	struct engine *engine;
	char *bytes;
	uint8_t *here; /* by byte: is it kept? */
	size_t room, used, kept;
	size_t full; /* as much as should be kept */
	uint64_t left;
};

static enum err put(void *arg, struct slice bytes, uint64_t *ref)
{
	struct keeper *k = arg;
	if (bytes.len > k->room - k->used)
		return ERR_IO;
	*ref = k->used;
	if (bytes.len) {
		memcpy(k->bytes + k->used, bytes.p, bytes.len);
		memset(k->here + k->used, 1, bytes.len);
	}
	k->used += bytes.len;
	k->kept += bytes.len;
	return OK;
}

static void must_be_here(const struct keeper *k, uint64_t ref, size_t len)
{
	assert(ref <= k->used && len <= k->used - ref);
	for (size_t i = 0; i < len; i++)
		assert(k->here[ref + i]);
}

static enum err get(void *arg, bool spooled, uint16_t input, uint64_t ref, char *buf,
                    size_t len)
{
	const struct keeper *k = arg;
	assert(spooled && input == 0);
	must_be_here(k, ref, len);
	memcpy(buf, k->bytes + ref, len);
	return OK;
}

static void drop(void *arg, uint64_t ref, size_t len)
{
	struct keeper *k = arg;
	must_be_here(k, ref, len);
	memset(k->here + ref, 0, len);
	k->kept -= len;
}

static bool is_full(void *arg, unsigned eighths)
{
	const struct keeper *k = arg;
	return k->kept > k->full / 8 * eighths;
}

/* --- what is asked of records */

static void read_all(struct slice s)
{
	volatile char sink = 0;
	for (size_t i = 0; i < s.len; i++)
		sink = s.p[i];
	(void)sink;
}

static void address(const struct track_endpoint *endpoint, char *out, size_t size)
{
	(void)endpoint;
	if (size)
		out[0] = '\0';
}

static const char *icmp(uint8_t family, uint8_t type, uint8_t code)
{
	(void)family, (void)type, (void)code;
	return "unreachable";
}

static const struct sip_msg *read_message(void *arg, uint32_t message)
{
	struct engine_message m;
	return engine_read(arg, message, &m) == OK ? m.msg : NULL;
}

static struct find_words words_of(struct engine *e)
{
	return (struct find_words){ address, icmp, read_message, e };
}

static void check_message(const struct tracker *t, uint32_t id)
{
	const struct track_message *m = tracker_message_at(t, id);
	uint32_t call = tracker_message_call(t, id);
	uint32_t dialog = tracker_message_dialog(t, id);
	assert(tracker_has_message(t, id));
	assert(call == 0 || tracker_has_call(t, call));
	assert(dialog == 0 || tracker_has_dialog(t, dialog));
	assert(m->prev == 0 || tracker_has_message(t, m->prev));
	assert(track_message_of(m) == 0 || tracker_has_message(t, track_message_of(m)));
	tracker_flow_at(t, m->flow);
	tracker_route_note(t, id);
}

static void check_transaction(const struct tracker *t, uint32_t id)
{
	const struct txn *x = tracker_transaction_at(t, id);
	const struct txn_more *more = tracker_more(t, x);
	assert(x->state != TXN_NEW && tracker_has_call(t, x->call));
	assert(tracker_outcome(t, id) < TXN_OUTCOME_COUNT);
	assert(tracker_has_message(t, x->last));
	assert(x->dialog == 0 || tracker_has_dialog(t, x->dialog));
	read_all(tracker_method(t, x));
	read_all(tracker_text(t, more->event));
	tracker_flow_at(t, x->flow);
	if (tracker_success(t, x))
		check_message(t, tracker_success(t, x));
	tracker_acks(t, x);
	for (uint32_t i = tracker_icmp_of(t, id); i; i = tracker_icmp_at(t, i)->next)
		assert(tracker_icmp_at(t, i)->transaction == id);
}

static void check_dialog(const struct tracker *t, uint32_t id)
{
	const struct dialog *d = tracker_dialog_at(t, id);
	struct session_timer timer;
	assert(tracker_has_call(t, d->call) && tracker_has_message(t, d->created));
	assert(d->confirmed == 0 || tracker_has_message(t, d->confirmed));
	assert(d->ended == 0 || tracker_has_message(t, d->ended));
	read_all(tracker_text(t, d->caller_tag));
	read_all(tracker_text(t, d->callee_tag));
	for (uint32_t u = d->usages; u; u = tracker_usage_at(t, u)->next)
		read_all(tracker_text(t, tracker_usage_at(t, u)->event));
	tracker_session_timer(t, id, &timer);
	tracker_described(t, id);
	tracker_preview(t, id);
}

static void check_registration(const struct tracker *t, uint32_t id)
{
	const struct registration *r = tracker_registration_at(t, id);
	bool found = false;
	assert(tracker_has_call(t, r->call));
	read_all(tracker_text(t, r->aor));
	read_all(tracker_text(t, r->contact));
	tracker_flow_at(t, r->flow);
	for (uint32_t i = tracker_registration_newest(t, id); i;
	     i = tracker_registration_at(t, i)->next)
		found = found || i == id;
	assert(found);
	found = false;
	for (uint32_t i = tracker_registration_of(t, r->call); i;
	     i = tracker_registration_at(t, i)->of_call)
		found = found || i == id;
	assert(found);
}

static void check_subscription(const struct tracker *t, uint32_t id)
{
	const struct subscription *s = tracker_subscription_at(t, id);
	assert(tracker_has_call(t, s->call) && tracker_has_message(t, s->first));
	assert(s->dialog == 0 || tracker_has_dialog(t, s->dialog));
	read_all(tracker_text(t, s->event));
	read_all(tracker_text(t, s->event_id));
	read_all(tracker_text(t, s->reason));
}

static void check_related(const struct tracker *t, uint32_t call)
{
	struct mem mem;
	struct relation *list;
	uint32_t count;
	mem_init(&mem, SIZE_MAX); /* that of the engine may be full */
	if (tracker_related(t, call, &mem, &list, &count) != OK)
		return;
	for (uint32_t i = 0; i < count; i++)
		assert(list[i].call != call && list[i].call <= tracker_calls(t) &&
		       list[i].by < RELATION_BY_COUNT);
	mem_give(&mem, list, count * sizeof(*list));
}

/* Returns how many messages it has. */
static uint32_t check_call(const struct tracker *t, uint32_t call)
{
	const struct call *c = tracker_call_at(t, call);
	struct mem mem;
	struct call_summary sum;
	uint32_t *ids, count;
	mem_init(&mem, SIZE_MAX);
	read_all(tracker_text(t, c->call_id));
	assert(tracker_find_call(t, tracker_text(t, c->call_id)) == call);
	assert(tracker_continues(t, call) < call);
	tracker_fetch_ahead(t, call);
	tracker_summarize(t, call, &sum);
	assert(sum.state < CALL_STATE_COUNT);
	for (uint32_t x = c->newest; x; x = tracker_transaction_at(t, x)->older)
		assert(tracker_transaction_at(t, x)->call == call);
	for (uint32_t d = c->dialogs; d; d = tracker_dialog_at(t, d)->older)
		assert(tracker_dialog_at(t, d)->call == call);
	for (uint32_t n = tracker_auth_of_call(t, call); n;
	     n = tracker_auth_at(t, n)->next)
		read_all(tracker_text(t, tracker_auth_at(t, n)->realm));
	check_related(t, call);
	if (tracker_call_messages(t, call, &mem, &ids, &count) != OK)
		return c->messages;
	assert(count == c->messages);
	for (uint32_t k = 0; k < count; k++)
		assert(ids[k] > (k ? ids[k - 1] : 0) &&
		       tracker_message_call(t, ids[k]) == call);
	mem_give(&mem, ids, count * sizeof(*ids));
	return count;
}

static void check_findings(struct engine *e)
{
	const struct find *find = engine_find(e);
	struct find_words words = words_of(e);
	char text[FIND_TEXT_MAX];
	for (uint32_t id = 1; id <= find_count(find); id++) {
		const struct finding *f = find_at(find, id);
		assert(tracker_has_call(find->tracker, f->call));
		assert(find_text(find, f, &words, text) < FIND_TEXT_MAX);
	}
}

/* Everything that is there. */
static void walk(const struct tracker *t)
{
	uint64_t messages = 0, seen = 0;
	uint32_t id;
	for (id = tracker_next_message(t, 0); id; id = tracker_next_message(t, id)) {
		check_message(t, id);
		messages += tracker_message_call(t, id) != 0;
	}
	for (id = tracker_next_call(t, 0); id; id = tracker_next_call(t, id))
		seen += check_call(t, id);
	assert(seen == messages);
	for (id = tracker_next_transaction(t, 0); id;
	     id = tracker_next_transaction(t, id))
		check_transaction(t, id);
	for (id = tracker_next_dialog(t, 0); id; id = tracker_next_dialog(t, id))
		check_dialog(t, id);
	for (id = tracker_next_registration(t, 0); id;
	     id = tracker_next_registration(t, id))
		check_registration(t, id);
	for (id = tracker_next_subscription(t, 0); id;
	     id = tracker_next_subscription(t, id))
		check_subscription(t, id);
}

/* As an export does: all of the call, its messages read back. */
static void on_leave(void *arg, uint32_t call)
{
	struct keeper *k = arg;
	const struct tracker *t = engine_tracker(k->engine);
	const struct call *c = tracker_call_at(t, call);
	const struct find *find = engine_find(k->engine);
	struct find_words words = words_of(k->engine);
	struct call_summary sum;
	char text[FIND_TEXT_MAX];
	uint32_t next, id;
	assert(tracker_has_call(t, call));
	k->left++;
	check_call(t, call);
	tracker_summarize(t, call, &sum);
	if (c->kind == CALL_INVITE)
		assert(find_why(find, &sum, &words, text) < FIND_TEXT_MAX);
	for (id = 1; id <= find_count(find); id++)
		assert(find_at(find, id)->call == call);
	check_findings(k->engine);
	for (id = tracker_registration_of(t, call); id;
	     id = tracker_registration_at(t, id)->of_call)
		check_registration(t, id);
	for (id = tracker_subscription_of(t, call); id;
	     id = tracker_subscription_at(t, id)->next)
		check_subscription(t, id);
	for (id = c->dialogs; id; id = tracker_dialog_at(t, id)->older)
		check_dialog(t, id);
	for (id = c->newest; id; id = next) {
		next = tracker_transaction_at(t, id)->older;
		check_transaction(t, id);
		for (uint32_t m = tracker_transaction_at(t, id)->last; m;
		     m = tracker_message_at(t, m)->prev) {
			check_message(t, m);
			read_message(k->engine, m);
		}
	}
	for (uint32_t m = c->strays; m; m = tracker_message_at(t, m)->prev) {
		check_message(t, m);
		read_message(k->engine, m);
	}
}

/* All that ever was is there or left. */
static void check_counts(const struct keeper *k)
{
	const struct tracker *t = engine_tracker(k->engine);
	const struct engine_stats *s = engine_stats(k->engine);
	struct engine_counts counts;
	uint64_t there = 0, calls = 0, transactions = 0, dialogs = 0;
	for (uint32_t id = tracker_next_call(t, 0); id; id = tracker_next_call(t, id))
		there++;
	assert(there + k->left == tracker_calls(t) && k->left == s->calls_left);
	assert(s->evicted_calls <= s->calls_left);
	engine_count(k->engine, &counts);
	for (unsigned i = 0; i < CALL_KIND_COUNT; i++)
		calls += counts.calls[i];
	for (unsigned i = 0; i < TXN_OUTCOME_COUNT; i++)
		transactions += counts.transactions[i];
	for (unsigned i = 0; i < DIALOG_STATE_COUNT; i++)
		dialogs += counts.dialogs[i];
	assert(calls == tracker_calls(t) && transactions == tracker_transactions(t) &&
	       dialogs == tracker_dialogs(t));
}

static struct engine *begin(struct keeper *k, uint8_t how, uint8_t budget)
{
	static const tick lingers[] = { 0, TICK_MS, TICK_S, 40 * TICK_S };
	static const size_t parts[] = { 1, 2, 4, 16 };
	struct engine_cfg cfg = { .seed = 1,
		                  .memory = (size_t)budget * 16384, /* 0: the default */
		                  .store = { put, get, k, drop, is_full },
		                  .keep = how & 1 ? ENGINE_KEEP_ROOM : ENGINE_KEEP_OPEN,
		                  .linger = lingers[how >> 1 & 3],
		                  .leave = on_leave,
		                  .arg = k };
	k->full = k->room / parts[how >> 3 & 3];
	return engine_new(&k->engine, &cfg) == OK ? k->engine : NULL;
}

/* Bytes: which calls are kept and for how long, budget, then records of feed_datagram;
 * their flags say how long nothing comes after them, up to a third of a day. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of((struct slice){ (const char *)data, size });
	uint8_t how = cursor_u8(&c), budget = cursor_u8(&c);
	struct keeper k = { .room = size };
	tick at = TICK_S;
	k.bytes = malloc(size + 1);
	k.here = calloc(1, size + 1);
	struct engine *e = k.bytes && k.here ? begin(&k, how, budget) : NULL;
	for (uint64_t n = 1; e && cursor_left(&c) > 5; n++) {
		uint8_t wait = feed_datagram(e, &c, &at, n) >> 4;
		if (wait) {
			at = tick_add(at, (UINT64_C(1) << wait) * TICK_S);
			engine_idle(e, at);
		}
		walk(engine_tracker(e));
		if (n % 8 == 0)
			check_findings(e);
	}
	if (e) {
		engine_finish(e);
		walk(engine_tracker(e));
		check_findings(e);
		check_counts(&k);
	}
	engine_free(e);
	free(k.bytes);
	free(k.here);
	return 0;
}
