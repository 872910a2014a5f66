/* SPDX-License-Identifier: MIT */
/* Forgetting of calls: when one may be, what goes with it, and what is left of it. */
#include "config.h"

#include <string.h>

#include "base/hash.h"
#include "track/private.h"

/* --- is it over? */

static void raise_to(tick *since, tick at)
{
	if (at > *since)
		*since = at;
}

/* One without a request has no timer; a final response would come within 64 times T1. */
static bool is_finished(const struct tracker *t, const struct txn *x, tick now)
{
	if (x->final || x->state == TXN_TIMEOUT)
		return true;
	return !x->request && tick_add(message_at(t, x->last)->at, TXN_TIMEOUT_NS) <= now;
}

static bool is_ended(const struct dialog *d)
{
	return d->state == DIALOG_TERMINATED || d->state == DIALOG_LAPSED;
}

bool tracker_is_over(const struct tracker *t, uint32_t call, tick now, tick *since)
{
	const struct call *c = call_at(t, call);
	bool over = true;
	*since = message_at(t, c->strays ? c->strays : c->first)->at;
	for (uint32_t x = c->newest; x; x = txn_at(t, x)->older) {
		raise_to(since, message_at(t, txn_at(t, x)->last)->at);
		over = over && is_finished(t, txn_at(t, x), now);
	}
	for (uint32_t d = c->dialogs; d && over; d = dialog_at(t, d)->older)
		over = is_ended(dialog_at(t, d));
	return over && !sub_is_open(t, call, since);
}

/* --- what is left */

/* 1 + place in the ring, or 0. */
static uint32_t gone_place(const struct tracker *t, uint64_t hash)
{
	uint32_t at, place = map_first(&t->gone_index, hash, &at);
	while (place && t->gone[place - 1].hash != hash)
		place = map_next(&t->gone_index, hash, &at);
	return place;
}

uint32_t gone_find(const struct tracker *t, uint64_t hash)
{
	uint32_t place = gone_place(t, hash);
	return place ? t->gone[place - 1].call : 0;
}

/* One place for each Call-ID, so that the newest call is found. */
static void remember(struct tracker *t, uint32_t call, uint64_t hash)
{
	uint32_t place = t->ngone % GONE_MAX + 1, old;
	if (!t->gone)
		t->gone = mem_take(t->mem, GONE_MAX * sizeof(*t->gone));
	t->ngone++;
	if (!t->gone || map_reserve(&t->gone_index, 1) != OK)
		return;
	old = gone_place(t, hash);
	if (old)
		map_remove(&t->gone_index, hash, old);
	if (t->gone[place - 1].call) /* nothing happens where it was the old one */
		map_remove(&t->gone_index, t->gone[place - 1].hash, place);
	t->gone[place - 1] = (struct gone_call){ hash, call };
	if (map_add(&t->gone_index, hash, place) != OK) /* it was reserved */
		t->gone[place - 1].call = 0;
}

void gone_clear(struct tracker *t)
{
	mem_give(t->mem, t->gone, GONE_MAX * sizeof(*t->gone));
	t->gone = NULL;
}

static uint64_t before_hash(const struct tracker *t, uint32_t call)
{
	return hash_mix(t->seed, call);
}

static uint32_t find_before(const struct tracker *t, uint32_t call)
{
	uint32_t at, id = map_first(&t->before_index, before_hash(t, call), &at);
	while (id && ((struct before *)pool_at(&t->befores, id))->call != call)
		id = map_next(&t->before_index, before_hash(t, call), &at);
	return id;
}

void gone_continue(struct tracker *t, uint32_t call, uint64_t hash)
{
	uint32_t id, before = gone_find(t, hash);
	if (before == 0)
		return;
	if (map_reserve(&t->before_index, 1) != OK || pool_add(&t->befores, &id) != OK ||
	    map_add(&t->before_index, before_hash(t, call), id) != OK) {
		t->stats.refused++;
		return;
	}
	*(struct before *)pool_at(&t->befores, id) = (struct before){ call, before };
}

uint32_t tracker_continues(const struct tracker *t, uint32_t call)
{
	uint32_t id = t->befores.live ? find_before(t, call) : 0;
	return id ? ((struct before *)pool_at(&t->befores, id))->before : 0;
}

void gone_end(struct tracker *t, uint32_t call)
{
	uint32_t id = t->befores.live ? find_before(t, call) : 0;
	if (id == 0)
		return;
	map_remove(&t->before_index, before_hash(t, call), id);
	pool_free(&t->befores, id);
}

/* --- texts and flows: those that nobody names any more are found by looking at all that
 * is left. It is done when as many calls are gone as there are left, so that it costs
 * each call no more than looking at it once. */

#define COLLECT_MIN 1024 /* calls */

/* To be called for each text that a record names. */
typedef void text_use(void *arg, uint32_t *text);

static void use_texts_of_contacts(struct tracker *t, uint32_t first, text_use *use,
                                  void *arg)
{
	for (uint32_t id = first; id;) {
		struct reg_request *q = pool_at(&t->reg_requests, id);
		use(arg, &q->aor);
		use(arg, &q->contact);
		id = q->next;
	}
}

static void use_texts_of_txns(struct tracker *t, uint32_t newest, text_use *use,
                              void *arg)
{
	for (uint32_t x = newest; x; x = txn_at(t, x)->older) {
		if (txn_at(t, x)->code == SIP_METHOD_REGISTER)
			use_texts_of_contacts(t, txn_at(t, x)->shown, use, arg);
		if (txn_at(t, x)->more == 0)
			continue;
		struct txn_more *more = pool_at(&t->mores, txn_at(t, x)->more);
		use(arg, &more->method);
		use(arg, &more->event);
	}
}

static void use_texts_of_dialogs(struct tracker *t, uint32_t newest, text_use *use,
                                 void *arg)
{
	for (uint32_t id = newest; id; id = dialog_at(t, id)->older) {
		struct dialog *d = dialog_at(t, id);
		use(arg, &d->caller_tag);
		use(arg, &d->callee_tag);
		for (uint32_t u = d->usages; u;) {
			struct usage *usage = pool_at(&t->usages, u);
			use(arg, &usage->event);
			u = usage->next;
		}
	}
}

static void use_texts(struct tracker *t, text_use *use, void *arg)
{
	for (uint32_t id = pool_next(&t->calls, 0); id; id = pool_next(&t->calls, id)) {
		struct call *c = call_at(t, id);
		use(arg, &c->call_id);
		use_texts_of_txns(t, c->newest, use, arg);
		use_texts_of_dialogs(t, c->dialogs, use, arg);
		for (uint32_t n = c->auth; n;) {
			struct auth_nonce *nonce = pool_at(&t->nonces, n);
			use(arg, &nonce->realm);
			n = nonce->next;
		}
	}
	for (uint32_t id = pool_next(&t->registrations, 0); id;
	     id = pool_next(&t->registrations, id)) {
		struct registration *r = pool_at(&t->registrations, id);
		use(arg, &r->aor);
		use(arg, &r->contact);
	}
	for (uint32_t id = pool_next(&t->subscriptions, 0); id;
	     id = pool_next(&t->subscriptions, id)) {
		struct subscription *s = pool_at(&t->subscriptions, id);
		use(arg, &s->event);
		use(arg, &s->event_id);
		use(arg, &s->reason);
	}
	use(arg, &t->last_realm);
}

/* Those of offers, which are counted. */
static void use_words(struct tracker *t, text_use *use, void *arg)
{
	const struct map *map = &t->offer_index;
	for (uint32_t i = 0; map->slots && i <= map->mask; i++) {
		uint32_t id = map->slots[i].value;
		if (id && id != MAP_GONE)
			use(arg, &((struct media_offer *)pool_at(&t->offers, id))->words);
	}
}

static void mark_text(void *arg, uint32_t *text)
{
	text_mark(arg, *text);
}

struct words {
	struct text_collection *c;
	uint32_t bytes; /* of different ones */
};

static void mark_words(void *arg, uint32_t *text)
{
	struct words *w = arg;
	if (text_mark(w->c, *text))
		w->bytes += (uint32_t)text_get(w->c->text, *text).len;
}

static void renumber(void *arg, uint32_t *text)
{
	*text = text_moved(arg, *text);
}

static enum err collect_texts(struct tracker *t)
{
	struct text_collection c;
	struct words words = { &c, 0 };
	enum err e = text_collect(&c, &t->text);
	if (e != OK)
		return e;
	use_words(t, mark_words, &words);
	use_texts(t, mark_text, &c);
	e = text_move(&c);
	if (e == OK) {
		use_words(t, renumber, &c);
		use_texts(t, renumber, &c);
		t->offer_bytes = words.bytes;
		mem_give(t->mem, t->sessions, sizeof(*t->sessions)); /* names some */
		t->sessions = NULL;
	}
	text_collect_end(&c);
	return e;
}

static void collect_flows(struct tracker *t)
{
	for (uint32_t id = pool_next(&t->messages, 0); id;
	     id = pool_next(&t->messages, id))
		flow_want(&t->flows, message_at(t, id)->flow);
	for (uint32_t id = pool_next(&t->txns, 0); id; id = pool_next(&t->txns, id))
		flow_want(&t->flows, txn_at(t, id)->flow);
	for (uint32_t id = pool_next(&t->registrations, 0); id;
	     id = pool_next(&t->registrations, id)) {
		const struct registration *r = pool_at(&t->registrations, id);
		flow_want(&t->flows, r->flow);
	}
	flow_collect(&t->flows);
}

/* Without memory for it nothing is lost: it is tried again when half as many more are
 * gone. */
static void collect(struct tracker *t)
{
	if (t->uncollected < COLLECT_MIN || t->uncollected < t->calls.live)
		return;
	tracker_collect_deadlines(t);
	collect_flows(t);
	enum err e = collect_texts(t);
	if (e == OK)
		e = relation_collect(t);
	t->uncollected = e == OK ? 0 : t->uncollected / 2;
}

/* --- forgetting */

static void forget_other_dialog(struct tracker *t, uint32_t message)
{
	uint64_t hash = tracker_other_hash(t, message);
	uint32_t at, id = map_first(&t->other_index, hash, &at);
	while (id && ((struct other_dialog *)pool_at(&t->others, id))->message != message)
		id = map_next(&t->other_index, hash, &at);
	if (id == 0)
		return;
	map_remove(&t->other_index, hash, id);
	pool_free(&t->others, id);
}

void tracker_forget_message(struct tracker *t, uint32_t id)
{
	const struct track_message *m = message_at(t, id);
	if (flow_at(&t->flows, m->flow)->last == id)
		flow_note(&t->flows, m->flow, 0);
	if (m->dialog == TRACK_DIALOG_OTHER)
		forget_other_dialog(t, id);
	media_forget(t, id);
	pool_drop(&t->messages, id);
}

/* A list of messages, from the newest on. */
static void forget_messages(struct tracker *t, uint32_t newest)
{
	uint32_t prev;
	for (uint32_t id = newest; id; id = prev) {
		prev = message_at(t, id)->prev;
		tracker_forget_message(t, id);
	}
}

static void forget_txn(struct tracker *t, uint32_t id)
{
	struct txn *x = txn_at(t, id);
	forget_messages(t, x->last);
	while (x->answered)
		edge_drop(t, &x->answered);
	while (x->kind == TXN_INVITE && x->shown)
		edge_drop(t, &x->shown);
	if (x->code == SIP_METHOD_REGISTER)
		reg_forget_contacts(t, id);
	if (x->more)
		pool_free(&t->mores, x->more);
	icmp_forget(t, id);
	tracker_stop_timer(t, id);
	pool_drop(&t->txns, id);
}

void tracker_forget(struct tracker *t, uint32_t call)
{
	struct call *c = call_at(t, call);
	uint64_t hash = hash_slice(text_get(&t->text, c->call_id), t->seed);
	uint32_t older;
	match_forget(t, call);
	relation_forget(t, call);
	auth_forget(t, call);
	reg_forget(t, call);
	sub_forget(t, call);
	while (c->answered)
		edge_drop(t, &c->answered);
	for (uint32_t id = c->dialogs; id; id = older) {
		older = dialog_at(t, id)->older;
		dialog_forget(t, id);
	}
	for (uint32_t id = c->newest; id; id = older) {
		older = txn_at(t, id)->older;
		forget_txn(t, id);
	}
	forget_messages(t, c->strays);
	gone_end(t, call);
	map_remove(&t->call_index, hash, call);
	pool_drop(&t->calls, call);
	remember(t, call, hash);
	t->uncollected++;
	collect(t);
}
