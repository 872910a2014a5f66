/* SPDX-License-Identifier: MIT */
/* Rules on subscriptions and transfers: RFC 6665, RFC 3515. */
#include "config.h"

#include "find/private.h"

static void add(struct find_run *run, enum find_code code, const struct subscription *s,
                struct finding f)
{
	f.dialog = s->dialog;
	f.transaction = find_message(run, f.messages[0])->owner;
	find_add(run, code, f);
}

static bool is(const struct find_run *run, uint32_t text, const char *word)
{
	return slice_ieq(tracker_text(run->t, text),
	                 (struct slice){ word, strlen(word) });
}

/* Asked for 0 s: to look once, or to end it (RFC 6665 4.4.3, 4.1.2.3). */
static bool is_wanted(const struct subscription *s)
{
	return s->asked != 0 && s->end != SUB_END_UNSUBSCRIBED;
}

/* --- how it ended */

static void refused(struct find_run *run, const struct subscription *s)
{
	const struct track_message *m = find_message(run, s->ended);
	bool asks = m->code == 401 || m->code == 407 || m->code == 423;
	bool notify = !m->stray &&
	              tracker_transaction_at(run->t, m->owner)->code == SIP_METHOD_NOTIFY;
	if (!m->request && !asks && !notify)
		add(run, FIND_SUBSCRIPTION_REFUSED, s,
		    (struct finding){ .messages = { s->ended } });
}

static void ran_out(struct find_run *run, const struct subscription *s, uint32_t message)
{
	add(run, FIND_SUBSCRIPTION_EXPIRED, s,
	    (struct finding){ .messages = { message },
	                      .n = s->expires == SUB_NO_EXPIRES ? 0 : s->expires,
	                      .gap = true });
}

/* What the notifier gave as its reason: RFC 6665 4.1.3. */
static void notified(struct find_run *run, uint32_t id, const struct subscription *s)
{
	struct finding f = { .messages = { s->ended }, .m = id };
	if (!s->reason)
		return;
	if (is(run, s->reason, "rejected") || is(run, s->reason, "giveup"))
		add(run, FIND_SUBSCRIPTION_REJECTED, s, f);
	else if (is(run, s->reason, "timeout") && s->granted &&
	         s->expires != SUB_NO_EXPIRES)
		ran_out(run, s, s->ended);
	else
		add(run, FIND_SUBSCRIPTION_TERMINATED, s, f);
}

static void ended(struct find_run *run, uint32_t id, const struct subscription *s)
{
	switch ((enum sub_end)s->end) {
	case SUB_END_REFUSED:
		if (s->ended)
			refused(run, s);
		break;
	case SUB_END_TIMEOUT:
		if (s->granted)
			ran_out(run, s, s->granted);
		break;
	case SUB_END_NOTIFY:
		if (is_wanted(s))
			notified(run, id, s);
		break;
	case SUB_NOT_ENDED:
	case SUB_END_UNSUBSCRIBED: break;
	}
}

/* Timer N is 64*T1; NOTIFY may take a way that is not captured. */
static void not_notified(struct find_run *run, const struct subscription *s)
{
	uint32_t message = s->end == SUB_END_UNSUBSCRIBED ? s->ended : s->granted;
	if (!message || s->notifies || !s->answered ||
	    find_rest(run, message) < TXN_TIMEOUT_NS)
		return;
	add(run, FIND_NOTIFY_MISSING, s,
	    (struct finding){ .messages = { message }, .gap = true });
}

/* --- REFER */

/* A result below 200 is none: 100 says that the transfer is under way. */
static void transfer(struct find_run *run, const struct subscription *s)
{
	uint32_t last = s->ended ? s->ended : s->first;
	if (s->result >= 300)
		add(run, FIND_TRANSFER_FAILED, s,
		    (struct finding){ .messages = { last }, .n = s->result });
	else if (s->result < 200 && (s->state == SUB_TERMINATED || !s->notifies) &&
	         find_rest(run, s->first) >= TXN_TIMEOUT_NS)
		add(run, FIND_TRANSFER_UNKNOWN, s,
		    (struct finding){ .messages = { last }, .gap = true });
}

void find_subscription(struct find_run *run, uint32_t id)
{
	const struct subscription *s = tracker_subscription_at(run->t, id);
	if (is(run, s->event, "refer")) {
		transfer(run, s);
		return;
	}
	ended(run, id, s);
	not_notified(run, s);
}

/* --- transactions */

void find_answered(struct find_run *run, uint32_t id, const struct txn *x)
{
	uint16_t status = x->final ? find_message(run, x->final)->code : 0;
	struct finding f = { .messages = { x->final, x->request },
		             .dialog = x->dialog,
		             .transaction = id };
	if (status < 300 || tracker_more(run->t, x)->forward_of)
		return;
	if (x->code == SIP_METHOD_NOTIFY && status == 481)
		find_add(run, FIND_NOTIFY_UNKNOWN, f);
	if (x->code == SIP_METHOD_REFER && status != 401 && status != 407)
		find_add(run, FIND_REFER_REFUSED, f);
	if (status == 423)
		find_add(run, FIND_INTERVAL_TOO_BRIEF, f);
}
