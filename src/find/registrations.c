/* SPDX-License-Identifier: MIT */
/* Rules on registrations: RFC 3261 10. */
#include "config.h"

#include "find/private.h"

/* Records of one address of record that are looked through: more than a person has
 * phones. */
#define OTHERS_MAX 64

/* Messages of calls that were forgotten prove nothing any more. */
static void add(struct find_run *run, enum find_code code, struct finding f)
{
	if (!tracker_has_message(run->t, f.messages[0]))
		return;
	f.transaction = find_message(run, f.messages[0])->owner;
	find_add(run, code, f);
}

static const struct registration *at(const struct find_run *run, uint32_t id)
{
	return tracker_registration_at(run->t, id);
}

static bool is_all(const struct find_run *run, const struct registration *r)
{
	return slice_eq(tracker_text(run->t, r->contact), SLICE("*"));
}

/* Did the same client bind another contact since? Then it has moved, and the old one is
 * meant to run out: a phone that was given another port, as a rule. */
static bool is_replaced(const struct find_run *run, uint32_t id)
{
	const struct registration *r = at(run, id);
	uint32_t client = tracker_flow_at(run->t, r->flow)->src_addr;
	unsigned left = OTHERS_MAX;
	for (uint32_t i = tracker_registration_newest(run->t, id); i && left--;
	     i = at(run, i)->next)
		if (i != id && at(run, i)->granted > r->granted &&
		    tracker_flow_at(run->t, at(run, i)->flow)->src_addr == client)
			return true;
	return false;
}

static void lifetime(struct find_run *run, uint32_t id, const struct registration *r)
{
	if (r->state == REG_EXPIRED && !is_replaced(run, id))
		add(run, FIND_REGISTRATION_EXPIRED,
		    (struct finding){
			    .messages = { r->granted }, .n = r->expires, .gap = true });
	if (r->late)
		add(run, FIND_REGISTRATION_LATE,
		    (struct finding){ .messages = { r->late },
		                      .span = r->late_by * (uint64_t)TICK_MS,
		                      .gap = true });
	if (r->granted && r->expires && r->expires != REG_NO_EXPIRES &&
	    r->asked != REG_NO_EXPIRES && r->expires < r->asked)
		add(run, FIND_REGISTRATION_SHORTENED,
		    (struct finding){
			    .messages = { r->granted }, .n = r->expires, .m = r->asked });
}

/* The newest record of an address of record speaks for all. */
static void contacts(struct find_run *run, uint32_t id)
{
	uint32_t count = 0, newest = 0;
	unsigned left = OTHERS_MAX;
	if (tracker_registration_newest(run->t, id) != id)
		return;
	for (uint32_t i = id; i && left--; i = at(run, i)->next) {
		const struct registration *r = at(run, i);
		count += r->state == REG_REGISTERED;
		if (r->state == REG_REGISTERED && r->granted > newest)
			newest = r->granted;
	}
	if (count > 1)
		add(run, FIND_SEVERAL_CONTACTS,
		    (struct finding){ .messages = { newest }, .n = count });
}

/* Was its newest REGISTER one that a proxy passed on? The hop before it is a registration
 * too, and says the same. */
static bool is_forwarded(const struct find_run *run, const struct registration *r)
{
	uint32_t final = r->final ? r->final : r->granted;
	if (!tracker_has_message(run->t, final))
		return false;
	const struct txn *x =
		tracker_transaction_at(run->t, find_message(run, final)->owner);
	return tracker_more(run->t, x)->forward_of != 0;
}

void find_registration(struct find_run *run, uint32_t id)
{
	const struct registration *r = at(run, id);
	if (is_forwarded(run, r))
		return;
	if (is_all(run, r)) {
		if (r->state == REG_UNREGISTERED)
			add(run, FIND_UNREGISTERED_ALL,
			    (struct finding){ .messages = { r->ended } });
	} else if (r->contact) {
		lifetime(run, id, r);
	}
	contacts(run, id);
}

void find_registrations(struct find_run *run)
{
	uint32_t id = run->call->newest;
	if (!id)
		return;
	const struct txn *x = tracker_transaction_at(run->t, id);
	uint16_t status = x->final ? find_message(run, x->final)->code : 0;
	if (status >= 400 && status != 401 && status != 407 && status != 423)
		find_add(run, FIND_REGISTRATION_REFUSED,
		         (struct finding){ .messages = { x->final, x->request },
		                           .transaction = id });
}
