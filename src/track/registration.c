/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/registration.h"

#include "base/hash.h"
#include "track/private.h"

/* Contacts of one REGISTER that are followed: RFC 3261 10.2.1 sets no bound, phones
 * send one to a few. The others are counted as refused. */
#define CONTACTS_MAX 64

const char *reg_state_name(enum reg_state state)
{
	static const char *const names[] = {
		[REG_PENDING] = "pending",       [REG_CHALLENGED] = "challenged",
		[REG_REGISTERED] = "registered", [REG_UNREGISTERED] = "unregistered",
		[REG_EXPIRED] = "expired",       [REG_REJECTED] = "rejected",
		[REG_TIMEOUT] = "timeout",       [REG_QUERIED] = "queried",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == REG_STATE_COUNT, "all states");
	return names[state];
}

static struct registration *reg_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->registrations, id);
}

static struct reg_request *request_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->reg_requests, id);
}

static bool is_registrar(const struct tracker *t, uint32_t flow, uint32_t addr)
{
	return flow_at(&t->flows, flow)->dst_addr == addr;
}

/* By the text, not its number, which may change: tracker_forget. */
static uint64_t aor_hash(const struct tracker *t, uint32_t aor, uint32_t registrar)
{
	return hash_mix(hash_slice(text_get(&t->text, aor), t->seed), registrar);
}

/* Newest record of an AOR at a registrar address; the others by .next. */
static uint32_t find_aor(const struct tracker *t, uint32_t aor, uint32_t registrar)
{
	uint64_t hash = aor_hash(t, aor, registrar);
	uint32_t at;
	for (uint32_t id = map_first(&t->reg_index, hash, &at); id;
	     id = map_next(&t->reg_index, hash, &at))
		if (reg_at(t, id)->aor == aor &&
		    is_registrar(t, reg_at(t, id)->flow, registrar))
			return id;
	return 0;
}

static uint64_t call_hash(const struct tracker *t, uint32_t call)
{
	return hash_mix(t->seed, call);
}

uint32_t tracker_registration_of(const struct tracker *t, uint32_t call)
{
	uint64_t hash = call_hash(t, call);
	uint32_t at, id = map_first(&t->reg_calls, hash, &at);
	while (id && reg_at(t, id)->call != call)
		id = map_next(&t->reg_calls, hash, &at);
	return id;
}

/* Make `id` the newest one of its AOR at its registrar, in place of `next`, and of its
 * call. False: no memory, and nothing has changed. */
static bool index_binding(struct tracker *t, uint32_t id)
{
	struct registration *r = reg_at(t, id);
	uint32_t registrar = flow_at(&t->flows, r->flow)->dst_addr;
	r->of_call = tracker_registration_of(t, r->call);
	return map_reserve(&t->reg_calls, 1) == OK &&
	       match_put(&t->reg_index, aor_hash(t, r->aor, registrar), r->next, id) ==
	               OK &&
	       match_put(&t->reg_calls, call_hash(t, r->call), r->of_call, id) == OK;
}

/* The record of a binding, made where there is none; 0: no memory. */
static uint32_t find_binding(struct tracker *t, const struct txn *x, uint32_t aor,
                             uint32_t contact)
{
	uint32_t registrar = flow_at(&t->flows, x->flow)->dst_addr;
	uint32_t newest = find_aor(t, aor, registrar);
	unsigned left = TRACK_CHAIN_MAX;
	for (uint32_t id = newest; id; id = reg_at(t, id)->next) {
		if (left-- == 0) {
			t->stats.chains_cut++;
			break;
		}
		if (reg_at(t, id)->contact == contact)
			return id;
	}
	uint32_t id;
	if (pool_add(&t->registrations, &id) != OK)
		return 0;
	*reg_at(t, id) = (struct registration){ .call = x->call,
		                                .next = newest,
		                                .aor = aor,
		                                .contact = contact,
		                                .flow = x->flow,
		                                .registered_at = TICK_NONE,
		                                .granted_at = TICK_NONE,
		                                .ended_at = TICK_NONE,
		                                .expires = REG_NO_EXPIRES,
		                                .asked = REG_NO_EXPIRES };
	if (!index_binding(t, id)) {
		pool_free(&t->registrations, id);
		return 0;
	}
	if (newest)
		reg_at(t, newest)->newer = id;
	return id;
}

static uint32_t seconds(struct slice value)
{
	uint64_t n;
	if (!slice_uint(slice_trim(value), &n))
		return REG_NO_EXPIRES;
	return n < REG_NO_EXPIRES ? (uint32_t)n : REG_NO_EXPIRES - 1;
}

static uint32_t contact_expires(struct slice params)
{
	struct slice value;
	return sip_param(params, SLICE("expires"), &value) ? seconds(value)
	                                                   : REG_NO_EXPIRES;
}

/* A binding that stands is not lost by a refused refresh; a refusal stays until a
 * REGISTER is granted. */
static void settle(struct registration *r, enum reg_state state)
{
	if (r->state == REG_PENDING || r->state == REG_CHALLENGED ||
	    r->state == REG_QUERIED)
		r->state = (uint8_t)state;
}

/* Note one contact of a REGISTER; an empty one stands for a query. */
static void add_contact(struct tracker *t, struct txn *x, uint32_t aor, struct slice uri,
                        uint32_t expires, bool all)
{
	uint32_t contact, binding, id;
	if (text_intern(&t->text, uri, &contact) != OK ||
	    (binding = find_binding(t, x, aor, contact)) == 0 ||
	    pool_add(&t->reg_requests, &id) != OK) {
		t->stats.refused++;
		return;
	}
	*request_at(t, id) = (struct reg_request){ .registration = binding,
		                                   .aor = aor,
		                                   .contact = contact,
		                                   .next = x->shown,
		                                   .expires = expires,
		                                   .all = all };
	x->shown = id;
	reg_at(t, binding)->asked = expires;
	settle(reg_at(t, binding), REG_PENDING);
}

static void drop_contacts(struct tracker *t, struct txn *x)
{
	while (x->shown) {
		uint32_t id = x->shown;
		x->shown = request_at(t, id)->next;
		pool_free(&t->reg_requests, id);
	}
}

/* The record that a request is about, made anew where the one it was is gone; NULL: no
 * memory. */
static struct registration *requested(struct tracker *t, const struct txn *x,
                                      struct reg_request *q)
{
	if (pool_has(&t->registrations, q->registration))
		return reg_at(t, q->registration);
	q->registration = find_binding(t, x, q->aor, q->contact);
	if (q->registration == 0) {
		t->stats.refused++;
		return NULL;
	}
	reg_at(t, q->registration)->asked = q->expires;
	return reg_at(t, q->registration);
}

/* The REGISTER came after its answer: what stood for its contacts is not shown, unless
 * another answer stands behind it. */
static void forget_answered(struct tracker *t, struct txn *x)
{
	if (x->shown == 0)
		return;
	uint32_t id = request_at(t, x->shown)->registration;
	if (pool_has(&t->registrations, id) && reg_at(t, id)->final == x->final)
		reg_at(t, id)->state = REG_QUERIED;
	drop_contacts(t, x);
}

void reg_on_request(struct tracker *t, uint32_t txn, const struct track_fields *f)
{
	struct txn *x = txn_at(t, txn);
	uint32_t header = seconds(sip_msg_value(f->msg, SIP_HDR_EXPIRES));
	struct sip_list_iter it = { 0 };
	struct slice element;
	struct sip_addr addr;
	unsigned n = 0;
	uint32_t aor;
	sip_addr_parse(&addr, sip_msg_value(f->msg, SIP_HDR_TO));
	if (text_intern(&t->text, addr.uri, &aor) != OK) {
		t->stats.refused++;
		return;
	}
	forget_answered(t, x);
	while (sip_msg_list_next(f->msg, SIP_HDR_CONTACT, &it, &element)) {
		if (element.len == 0)
			continue;
		if (n++ == CONTACTS_MAX) {
			t->stats.refused++;
			return;
		}
		bool all = slice_eq(element, SLICE("*"));
		sip_addr_parse(&addr, element);
		uint32_t expires = all ? header : contact_expires(addr.params);
		add_contact(t, x, aor, all ? SLICE("*") : addr.uri,
		            expires == REG_NO_EXPIRES ? header : expires, all);
	}
	if (n == 0)
		add_contact(t, x, aor, SLICE_NONE, REG_NO_EXPIRES, false);
}

/* user@host:port of a URI: what is left where a registrar writes parameters anew. */
static struct slice bare(struct slice uri)
{
	static const struct slice schemes[] = { { "sip:", 4 }, { "sips:", 5 } };
	for (unsigned i = 0; i < 2; i++)
		if (slice_istarts(uri, schemes[i]))
			uri = slice_skip(uri, schemes[i].len);
	size_t end = 0;
	while (end < uri.len && uri.p[end] != ';' && uri.p[end] != '?' &&
	       uri.p[end] != '>')
		end++;
	return slice_head(uri, end);
}

/* Seconds granted to a contact (10.3 step 8): of the same URI in the answer, else of
 * the same user, host and port, else the Expires header, else what was asked for. */
static uint32_t granted(const struct track_fields *f, struct slice uri, uint32_t asked)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	uint32_t same = REG_NO_EXPIRES, similar = REG_NO_EXPIRES;
	bool is_same = false, is_similar = false;
	if (!f)
		return asked;
	while (sip_msg_list_next(f->msg, SIP_HDR_CONTACT, &it, &element)) {
		struct sip_addr addr;
		sip_addr_parse(&addr, element);
		if (!is_same && slice_ieq(addr.uri, uri)) {
			is_same = true;
			same = contact_expires(addr.params);
		} else if (!is_similar && slice_ieq(bare(addr.uri), bare(uri))) {
			is_similar = true;
			similar = contact_expires(addr.params);
		}
	}
	uint32_t e = is_same ? same : similar;
	if (e == REG_NO_EXPIRES)
		e = seconds(sip_msg_value(f->msg, SIP_HDR_EXPIRES));
	return e == REG_NO_EXPIRES ? asked : e;
}

static void remove_binding(const struct tracker *t, struct registration *r,
                           uint32_t message)
{
	r->state = REG_UNREGISTERED;
	r->expires = 0;
	r->ended = message;
	r->ended_at = message_at(t, message)->at;
}

static tick expiry(const struct registration *r)
{
	if (r->expires == REG_NO_EXPIRES)
		return TICK_NONE;
	return tick_add(r->granted_at, r->expires * (uint64_t)TICK_S);
}

/* A REGISTER, granted now, of a binding that has run out: was it sent too late? */
static void note_late(const struct tracker *t, struct registration *r, uint32_t message)
{
	uint32_t request = txn_at(t, message_at(t, message)->owner)->request;
	int64_t ns = request ? tick_diff(message_at(t, request)->at, expiry(r)) : 0;
	if (ns <= 0 || r->late)
		return;
	uint64_t ms = (uint64_t)ns / TICK_MS;
	r->late = request;
	r->late_by = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static void grant(struct tracker *t, uint32_t id, uint32_t expires, uint32_t message)
{
	struct registration *r = reg_at(t, id);
	if (r->state == REG_EXPIRED)
		note_late(t, r, message);
	if (r->state == REG_REGISTERED || r->state == REG_EXPIRED) {
		r->refreshes++;
	} else {
		r->registered = message;
		r->registered_at = message_at(t, message)->at;
	}
	r->ended = 0;
	r->ended_at = TICK_NONE;
	r->state = REG_REGISTERED;
	r->granted = message;
	r->granted_at = message_at(t, message)->at;
	r->expires = expires;
	if (expires != REG_NO_EXPIRES)
		tracker_wait(t, DEADLINE_REGISTRATION, id, expiry(r));
}

uint32_t tracker_registration_newest(const struct tracker *t, uint32_t id)
{
	const struct registration *r = reg_at(t, id);
	return find_aor(t, r->aor, flow_at(&t->flows, r->flow)->dst_addr);
}

void reg_lapse(struct tracker *t, uint32_t id, tick at)
{
	struct registration *r = reg_at(t, id);
	if (r->state == REG_REGISTERED && expiry(r) <= at)
		r->state = REG_EXPIRED;
}

/* "*" removes what is bound (10.2.2). Of a contact that was only asked for, or refused,
 * or whose time is over, it says nothing. */
static void grant_all(struct tracker *t, const struct registration *star,
                      uint32_t message)
{
	uint32_t registrar = flow_at(&t->flows, star->flow)->dst_addr;
	unsigned left = TRACK_CHAIN_MAX;
	for (uint32_t id = find_aor(t, star->aor, registrar); id;
	     id = reg_at(t, id)->next) {
		if (left-- == 0) {
			t->stats.chains_cut++;
			break;
		}
		struct registration *r = reg_at(t, id);
		if (r->state == REG_REGISTERED || r->contact == star->contact)
			remove_binding(t, r, message);
	}
}

/* An answer whose REGISTER was not captured still says for which AOR: a record without
 * a contact. What a 2xx granted cannot be told without the contacts that were asked
 * for. */
static void add_answered(struct tracker *t, struct txn *x, const struct track_fields *f)
{
	struct sip_addr to;
	uint32_t aor;
	if (x->request || x->shown)
		return;
	sip_addr_parse(&to, sip_msg_value(f->msg, SIP_HDR_TO));
	if (text_intern(&t->text, to.uri, &aor) == OK)
		add_contact(t, x, aor, SLICE_NONE, REG_NO_EXPIRES, false);
	else
		t->stats.refused++;
}

void reg_on_provisional(struct tracker *t, uint32_t txn, const struct track_fields *f)
{
	if (txn_at(t, txn)->final == 0)
		add_answered(t, txn_at(t, txn), f);
}

static void answer(struct tracker *t, uint32_t txn, struct reg_request *q,
                   const struct track_fields *f, uint32_t message)
{
	struct registration *r = requested(t, txn_at(t, txn), q);
	if (!r)
		return;
	uint16_t status = message_at(t, message)->code;
	r->final = message;
	r->final_status = status;
	if (r->state == REG_TIMEOUT && r->timed_out == txn)
		r->state = REG_PENDING; /* late, but believed */
	if (status == 401 || status == 407) {
		r->challenged = 1;
		settle(r, REG_CHALLENGED);
	} else if (status >= 300) {
		settle(r, REG_REJECTED);
	} else if (r->contact == 0) {
		settle(r, REG_QUERIED);
	} else if (q->all) {
		grant_all(t, r, message);
	} else {
		struct slice uri = text_get(&t->text, r->contact);
		uint32_t expires = granted(f, uri, q->expires);
		if (q->expires == 0 || expires == 0)
			remove_binding(t, r, message);
		else
			grant(t, q->registration, expires, message);
	}
}

void reg_on_final(struct tracker *t, uint32_t txn, const struct track_fields *f,
                  uint32_t message)
{
	struct txn *x = txn_at(t, txn);
	if (message_at(t, message)->code >= 300)
		add_answered(t, x, f);
	for (uint32_t i = x->shown; i; i = request_at(t, i)->next)
		answer(t, txn, request_at(t, i), f, message);
	if (x->request) /* else it may come yet: forget_answered */
		drop_contacts(t, x);
}

void reg_on_timeout(struct tracker *t, uint32_t txn)
{
	for (uint32_t i = txn_at(t, txn)->shown; i; i = request_at(t, i)->next) {
		struct registration *r = requested(t, txn_at(t, txn), request_at(t, i));
		if (!r || r->state == REG_TIMEOUT)
			continue;
		settle(r, REG_TIMEOUT);
		r->timed_out = txn;
	}
}

/* --- forgetting */

/* Take it out of the list of its address of record. */
static void unlink_binding(struct tracker *t, uint32_t id)
{
	const struct registration *r = reg_at(t, id);
	uint32_t registrar = flow_at(&t->flows, r->flow)->dst_addr;
	uint64_t hash = aor_hash(t, r->aor, registrar);
	if (r->next)
		reg_at(t, r->next)->newer = r->newer;
	if (r->newer)
		reg_at(t, r->newer)->next = r->next;
	else if (r->next && match_put(&t->reg_index, hash, id, r->next) != OK)
		t->stats.refused++; /* the others are not found any more */
	else if (!r->next)
		map_remove(&t->reg_index, hash, id);
}

void reg_forget(struct tracker *t, uint32_t call)
{
	uint32_t next, newest = tracker_registration_of(t, call);
	if (newest)
		map_remove(&t->reg_calls, call_hash(t, call), newest);
	for (uint32_t id = newest; id; id = next) {
		next = reg_at(t, id)->of_call;
		unlink_binding(t, id);
		pool_drop(&t->registrations, id);
	}
}

void reg_forget_contacts(struct tracker *t, uint32_t txn)
{
	drop_contacts(t, txn_at(t, txn));
}
