/* SPDX-License-Identifier: MIT */
/* What can be asked of the tracker. */
#include "config.h"

#include "track/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "base/prefetch.h"
#include "track/private.h"

const struct track_stats *tracker_stats(const struct tracker *t)
{
	return &t->stats;
}

uint32_t tracker_messages(const struct tracker *t)
{
	return t->messages.used;
}

uint32_t tracker_transactions(const struct tracker *t)
{
	return t->txns.used;
}

uint32_t tracker_dialogs(const struct tracker *t)
{
	return t->dialogs.used;
}

uint32_t tracker_calls(const struct tracker *t)
{
	return t->calls.used;
}

uint32_t tracker_calls_kept(const struct tracker *t)
{
	return t->calls.live;
}

uint32_t tracker_registrations(const struct tracker *t)
{
	return t->registrations.used;
}

uint32_t tracker_registrations_kept(const struct tracker *t)
{
	return t->registrations.live;
}

uint32_t tracker_registration_nth(const struct tracker *t, uint32_t n)
{
	return pool_nth(&t->registrations, n);
}

uint32_t tracker_subscriptions(const struct tracker *t)
{
	return t->subscriptions.used;
}

const struct track_message *tracker_message_at(const struct tracker *t, uint32_t id)
{
	return message_at(t, id);
}

bool tracker_is_used_up(const struct tracker *t)
{
	const struct pool *pools[] = { &t->messages, &t->txns, &t->dialogs, &t->calls };
	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		if (pools[i]->used >= pools[i]->limit - pools[i]->limit / 1000)
			return true;
	return false;
}

bool tracker_has_message(const struct tracker *t, uint32_t id)
{
	return pool_has(&t->messages, id);
}

bool tracker_has_dialog(const struct tracker *t, uint32_t id)
{
	return pool_has(&t->dialogs, id);
}

bool tracker_has_call(const struct tracker *t, uint32_t id)
{
	return pool_has(&t->calls, id);
}

uint32_t tracker_next_message(const struct tracker *t, uint32_t id)
{
	return pool_next(&t->messages, id);
}

uint32_t tracker_next_transaction(const struct tracker *t, uint32_t id)
{
	return pool_next(&t->txns, id);
}

uint32_t tracker_next_dialog(const struct tracker *t, uint32_t id)
{
	return pool_next(&t->dialogs, id);
}

uint32_t tracker_next_call(const struct tracker *t, uint32_t id)
{
	return pool_next(&t->calls, id);
}

uint32_t tracker_next_registration(const struct tracker *t, uint32_t id)
{
	return pool_next(&t->registrations, id);
}

uint32_t tracker_next_subscription(const struct tracker *t, uint32_t id)
{
	return pool_next(&t->subscriptions, id);
}

uint32_t tracker_message_call(const struct tracker *t, uint32_t id)
{
	const struct track_message *m = message_at(t, id);
	return m->stray || !m->owner ? m->owner : txn_at(t, m->owner)->call;
}

const struct txn *tracker_transaction_at(const struct tracker *t, uint32_t id)
{
	return txn_at(t, id);
}

const struct dialog *tracker_dialog_at(const struct tracker *t, uint32_t id)
{
	return dialog_at(t, id);
}

const struct usage *tracker_usage_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->usages, id);
}

const struct call *tracker_call_at(const struct tracker *t, uint32_t id)
{
	return call_at(t, id);
}

const struct registration *tracker_registration_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->registrations, id);
}

const struct subscription *tracker_subscription_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->subscriptions, id);
}

void tracker_fetch_ahead(const struct tracker *t, uint32_t call)
{
	if (call + 12 > t->calls.used || t->ngone)
		return;
	prefetch(call_at(t, call + 12));
	uint32_t newest = call_at(t, call + 8)->newest;
	if (newest)
		prefetch(txn_at(t, newest));
	newest = call_at(t, call + 4)->newest;
	const struct txn *x = newest ? txn_at(t, newest) : NULL;
	if (!x)
		return;
	prefetch(message_at(t, x->last));
	if (x->request)
		prefetch(message_at(t, x->request));
	if (x->older)
		prefetch(txn_at(t, x->older));
	newest = call_at(t, call + 2)->newest;
	x = newest ? txn_at(t, newest) : NULL;
	if (!x || !x->older)
		return;
	x = txn_at(t, x->older);
	prefetch(message_at(t, x->last));
	if (x->request)
		prefetch(message_at(t, x->request));
	if (x->response)
		prefetch(message_at(t, x->response));
}

const struct track_flow *tracker_flow_at(const struct tracker *t, uint32_t flow)
{
	return flow_at(&t->flows, flow);
}

struct slice tracker_text(const struct tracker *t, uint32_t text)
{
	return text_get(&t->text, text);
}

uint64_t tracker_seed(const struct tracker *t)
{
	return t->seed;
}

const struct txn_more *tracker_more(const struct tracker *t, const struct txn *txn)
{
	static const struct txn_more none;
	return txn->more ? pool_at(&t->mores, txn->more) : &none;
}

uint32_t tracker_success(const struct tracker *t, const struct txn *txn)
{
	uint32_t later = tracker_more(t, txn)->success;
	return !txn->succeeded ? 0 : later ? later : txn->final;
}

uint32_t tracker_acks(const struct tracker *t, const struct txn *txn)
{
	return txn->acked + tracker_more(t, txn)->acks;
}

struct slice tracker_method(const struct tracker *t, const struct txn *txn)
{
	const char *name = sip_method_name((enum sip_method)txn->code);
	if (txn->code == SIP_METHOD_OTHER)
		return text_get(&t->text, tracker_more(t, txn)->method);
	return (struct slice){ name, strlen(name) };
}

uint32_t track_message_of(const struct track_message *message)
{
	return message->repeat == TRACK_FIRST ? 0 : message->like;
}

enum txn_outcome tracker_outcome(const struct tracker *t, uint32_t transaction)
{
	const struct txn *x = txn_at(t, transaction);
	if (x->final) {
		uint16_t status = message_at(t, x->final)->code;
		return status < 300   ? TXN_SUCCESS
		       : status < 400 ? TXN_REDIRECT
		                      : TXN_FAILURE;
	}
	if (x->state == TXN_TIMEOUT)
		return TXN_TIMED_OUT;
	return x->request ? TXN_UNFINISHED : TXN_ORPHAN;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

enum err tracker_call_messages(const struct tracker *t, uint32_t call, struct mem *mem,
                               uint32_t **ids, uint32_t *count)
{
	const struct call *c = call_at(t, call);
	uint32_t n = 0;
	if (c->messages == 0) {
		*ids = NULL;
		*count = 0;
		return OK;
	}
	uint32_t *list = mem_take(mem, c->messages * sizeof(*list));
	if (!list)
		return ERR_NOMEM;
	for (uint32_t x = c->newest; x; x = txn_at(t, x)->older)
		for (uint32_t m = txn_at(t, x)->last; m; m = message_at(t, m)->prev)
			list[n++] = m;
	for (uint32_t m = c->strays; m; m = message_at(t, m)->prev)
		list[n++] = m;
	qsort(list, n, sizeof(*list), by_number);
	*ids = list;
	*count = n;
	return OK;
}
