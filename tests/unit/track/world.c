/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "world.h"

#include <string.h>

static struct track_endpoint host(unsigned number, uint16_t port)
{
	return (struct track_endpoint){ .family = 4,
		                        .bytes = { 10, 0, 0, (uint8_t)number },
		                        .port = port };
}

void world_init_limits(struct world *w, const struct track_limits *limits)
{
	*w = (struct world){ .now = WORLD_NOON };
	mem_init(&w->mem, (size_t)1 << 30);
	assert_int_equal(tracker_new(&w->tracker, &w->mem, 42, limits), OK);
	world_hop(w, 1, 2);
	world_ports(w, 5060, 5060);
}

void world_init(struct world *w)
{
	world_init_limits(w,
	                  &(struct track_limits){ 100000, 100000, 100000, 100000, 1000 });
}

void world_clear(struct world *w)
{
	world_check(w);
	tracker_free(w->tracker);
	assert_int_equal(w->mem.used, 0);
}

void world_hop(struct world *w, unsigned client, unsigned server)
{
	w->client = client;
	w->server = server;
}

void world_ports(struct world *w, uint16_t client, uint16_t server)
{
	w->input.src.port = client;
	w->input.dst.port = server;
}

struct track_result world_try(struct world *w, uint64_t ns, const struct sip_text *m)
{
	char text[SIP_TEXT_MAX];
	struct sip_msg msg;
	size_t len = sip_text(text, sizeof(text), m);
	assert_int_equal(sip_msg_parse(&msg, (struct slice){ text, len }, false), OK);
	struct track_input in = w->input;
	struct track_endpoint client = host(w->client, w->input.src.port);
	struct track_endpoint server = host(w->server, w->input.dst.port);
	bool response = sip_text_is_response(m);
	in.msg = &msg;
	in.at = WORLD_NOON + ns;
	in.src = response ? server : client;
	in.dst = response ? client : server;
	if (in.at > w->now)
		w->now = in.at;
	w->err = tracker_message(w->tracker, w->now, &in, &w->is);
	return w->is;
}

struct track_result world_say(struct world *w, uint64_t ns, const struct sip_text *m)
{
	world_try(w, ns, m);
	assert_int_equal(w->err, OK);
	return w->is;
}

void world_wait(struct world *w, uint64_t ns)
{
	if (WORLD_NOON + ns > w->now)
		w->now = WORLD_NOON + ns;
	tracker_advance(w->tracker, w->now);
}

const struct txn *world_txn(const struct world *w)
{
	assert_int_not_equal(w->is.transaction, 0);
	return tracker_transaction_at(w->tracker, w->is.transaction);
}

const struct txn_more *world_more(const struct world *w)
{
	return tracker_more(w->tracker, world_txn(w));
}

const struct dialog *world_dialog(const struct world *w)
{
	assert_int_not_equal(w->is.dialog, 0);
	return tracker_dialog_at(w->tracker, w->is.dialog);
}

struct call_summary world_call(const struct world *w)
{
	struct call_summary sum;
	assert_int_not_equal(w->is.call, 0);
	tracker_summarize(w->tracker, w->is.call, &sum);
	return sum;
}

const struct track_message *world_message(const struct world *w, uint32_t id)
{
	assert_in_range(id, 1, tracker_messages(w->tracker));
	return tracker_message_at(w->tracker, id);
}

const struct dialog *world_dialog_to(const struct world *w, const char *tag)
{
	uint32_t id = tracker_call_at(w->tracker, w->is.call)->dialogs;
	for (; id; id = tracker_dialog_at(w->tracker, id)->older) {
		const struct dialog *d = tracker_dialog_at(w->tracker, id);
		if (slice_eq(tracker_text(w->tracker, d->callee_tag),
		             (struct slice){ tag, strlen(tag) }))
			return d;
	}
	return NULL;
}

/* --- what must always hold */

/* Messages from `last` on, of one owner; returns how many. */
static uint32_t check_messages(const struct world *w, uint32_t last, uint32_t owner,
                               bool stray)
{
	uint32_t n = 0, before = UINT32_MAX;
	for (uint32_t id = last; id; n++) {
		const struct track_message *m = world_message(w, id);
		assert_true(id < before);
		assert_int_equal(m->owner, owner);
		assert_int_equal(m->stray, stray);
		assert_true(tracker_message_dialog(w->tracker, id) <=
		            tracker_dialogs(w->tracker));
		assert_int_equal(track_message_of(m) != 0, m->repeat != TRACK_FIRST);
		uint32_t of = track_message_of(m);
		if (of) {
			assert_true(of < id);
			assert_int_equal(world_message(w, of)->repeat, TRACK_FIRST);
			assert_int_equal(world_message(w, of)->code, m->code);
		}
		before = id;
		id = m->prev;
	}
	return n;
}

static void check_txn(const struct world *w, uint32_t call, const struct txn *x)
{
	uint32_t txns = tracker_transactions(w->tracker);
	assert_int_equal(x->call, call);
	assert_in_range(x->state, TXN_CALLING, TXN_STATE_COUNT - 1);
	const struct txn_more *more = tracker_more(w->tracker, x);
	assert_true(more->cancel <= txns && more->forward_of <= txns);
	assert_true(more->forwards <= txns);
	assert_true(x->dialog <= tracker_dialogs(w->tracker));
	assert_true(x->request || x->response);
	if (x->request)
		assert_true(world_message(w, x->request)->request);
	if (x->final)
		assert_in_range(world_message(w, x->final)->code, 200, 999);
	uint32_t success = tracker_success(w->tracker, x);
	assert_int_equal(success != 0, x->succeeded);
	if (success)
		assert_in_range(world_message(w, success)->code, 200, 299);
}

static void check_dialogs(const struct world *w, uint32_t call, const struct call *c)
{
	uint32_t n = 0;
	for (uint32_t id = c->dialogs; id; n++) {
		const struct dialog *d = tracker_dialog_at(w->tracker, id);
		assert_in_range(id, 1, tracker_dialogs(w->tracker));
		assert_int_equal(d->call, call);
		assert_in_range(d->state, DIALOG_EARLY, DIALOG_TERMINATED);
		assert_true(d->older < id);
		id = d->older;
	}
	assert_int_equal(n, c->ndialogs);
}

static void check_call(const struct world *w, uint32_t call)
{
	const struct call *c = tracker_call_at(w->tracker, call);
	uint32_t txns = 0, messages = check_messages(w, c->strays, call, true);
	for (uint32_t id = c->newest; id; txns++) {
		const struct txn *x = tracker_transaction_at(w->tracker, id);
		check_txn(w, call, x);
		uint32_t n = check_messages(w, x->last, id, false);
		assert_int_equal(n, x->messages);
		assert_true(x->older < id);
		messages += n;
		id = x->older;
	}
	assert_int_equal(txns, c->transactions);
	assert_int_equal(messages, c->messages);
	assert_int_not_equal(messages, 0);
	check_dialogs(w, call, c);
	assert_int_equal(
		tracker_find_call(w->tracker, tracker_text(w->tracker, c->call_id)),
		call);
	struct call_summary sum;
	tracker_summarize(w->tracker, call, &sum);
	assert_true(sum.state < CALL_STATE_COUNT && sum.ended_by < CALL_ENDED_BY_COUNT);
}

static void check_subscription(const struct world *w, uint32_t id)
{
	const struct subscription *s = tracker_subscription_at(w->tracker, id);
	assert_in_range(s->call, 1, tracker_calls(w->tracker));
	assert_in_range(s->txn, 1, tracker_transactions(w->tracker));
	assert_true(s->dialog <= tracker_dialogs(w->tracker));
	assert_true(s->next < id);
	assert_in_range(s->state, SUB_PENDING, SUB_TERMINATED);
	assert_int_equal(s->state == SUB_TERMINATED, s->end != SUB_NOT_ENDED);
	assert_int_equal(s->state == SUB_TERMINATED, s->ended_at != TICK_NONE);
	assert_int_equal(world_message(w, s->first)->stray, 0);
	if (s->dialog)
		assert_int_equal(tracker_dialog_at(w->tracker, s->dialog)->call, s->call);
}

void world_check(const struct world *w)
{
	for (uint32_t id = 1; id <= tracker_subscriptions(w->tracker); id++)
		check_subscription(w, id);
	uint32_t calls = tracker_calls(w->tracker), txns = 0, dialogs = 0, messages = 0;
	for (uint32_t id = 1; id <= calls; id++) {
		const struct call *c = tracker_call_at(w->tracker, id);
		check_call(w, id);
		txns += c->transactions;
		dialogs += c->ndialogs;
		messages += c->messages;
	}
	assert_int_equal(txns, tracker_transactions(w->tracker));
	assert_int_equal(dialogs, tracker_dialogs(w->tracker));
	uint32_t tracked = 0;
	for (uint32_t id = 1; id <= tracker_messages(w->tracker); id++)
		tracked += tracker_message_at(w->tracker, id)->owner != 0;
	assert_int_equal(messages, tracked);
}
