/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/subscription.h"

#include "base/hash.h"
#include "sip/parts.h"
#include "track/private.h"

/* Longest event package, id or reason kept: those of RFC 6665 are short tokens. */
#define TOKEN_KEPT 128

const char *sub_state_name(enum sub_state state)
{
	static const char *const names[] = {
		[SUB_PENDING] = "pending",
		[SUB_ACTIVE] = "active",
		[SUB_TERMINATED] = "terminated",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == SUB_STATE_COUNT, "all states");
	return names[state];
}

static struct subscription *sub_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->subscriptions, id);
}

static uint32_t seconds(struct slice value)
{
	uint64_t n;
	if (!slice_uint(slice_trim(value), &n))
		return SUB_NO_EXPIRES;
	return n < SUB_NO_EXPIRES ? (uint32_t)n : SUB_NO_EXPIRES - 1;
}

static uint32_t param_seconds(struct slice value, struct slice name)
{
	struct slice number;
	return sip_param(value, name, &number) ? seconds(number) : SUB_NO_EXPIRES;
}

/* Interned; 0 for an empty one. False: no memory, counted. */
static bool keep_token(struct tracker *t, struct slice token, uint32_t *out)
{
	if (text_intern(&t->text, slice_head(token, TOKEN_KEPT), out) == OK)
		return true;
	t->stats.refused++;
	return false;
}

/* --- which subscription a message is about */

struct about {
	uint32_t txn;
	uint32_t message;
	uint32_t dialog;     /* or 0 */
	uint32_t event, id;  /* as in struct subscription */
	uint32_t refer_cseq; /* that the id stands for, or 0: RFC 3515 2.4.6 */
	uint32_t subscriber; /* hash of its tag, as struct txn has it */
};

static bool is_refer(const struct tracker *t, uint32_t event)
{
	return text_is(t, event, SLICE("refer"));
}

/* Read the Event header, false: no memory. Packages and ids are compared byte by byte:
 * RFC 6665 8.2.1. */
static bool read_event(struct tracker *t, const struct track_fields *f, struct about *a)
{
	struct slice value = sip_msg_value(f->msg, SIP_HDR_EVENT);
	struct slice id = SLICE_NONE;
	uint64_t cseq;
	sip_param(value, SLICE("id"), &id);
	if (!keep_token(t, slice_trim(slice_head(value, slice_index(value, ';'))),
	                &a->event) ||
	    !keep_token(t, id, &a->id))
		return false;
	if (is_refer(t, a->event) && slice_uint(id, &cseq) && cseq < UINT32_MAX)
		a->refer_cseq = (uint32_t)cseq + 1;
	return true;
}

/* The package and id of a record? A NOTIFY for a REFER names its CSeq as id, or none. */
static bool has_event(const struct tracker *t, const struct subscription *s,
                      const struct about *a)
{
	if (s->event != a->event)
		return false;
	if (s->event_id == a->id)
		return true;
	if (!is_refer(t, a->event) || s->refer_cseq == 0)
		return false;
	return a->id == 0 || (s->event_id == 0 && s->refer_cseq == a->refer_cseq);
}

/* Asked for without a dialog: by a SUBSCRIBE of the same subscriber that has no answer
 * yet, or by this very one on another hop. */
static bool is_same_attempt(const struct tracker *t, const struct subscription *s,
                            const struct about *a)
{
	const struct txn *made = txn_at(t, s->txn), *x = txn_at(t, a->txn);
	return made->from_tag == a->subscriber &&
	       (s->dialog == 0 ||
	        (a->dialog == 0 && made->code == x->code && made->cseq == x->cseq));
}

static uint64_t call_hash(const struct tracker *t, uint32_t call)
{
	return hash_mix(t->seed, call);
}

uint32_t tracker_subscription_of(const struct tracker *t, uint32_t call)
{
	uint64_t hash = call_hash(t, call);
	uint32_t at, id = map_first(&t->sub_index, hash, &at);
	while (id && sub_at(t, id)->call != call)
		id = map_next(&t->sub_index, hash, &at);
	return id;
}

/* The record, or 0. In the dialog: where a NOTIFY of a REFER does not say of which one,
 * the oldest that has not ended, RFC 3515 2.4.6. Else one without a dialog. False: too
 * many to look at. */
static bool find(struct tracker *t, const struct about *a, uint32_t *out)
{
	uint32_t open = 0, ended = 0, attempt = 0;
	unsigned left = TRACK_CHAIN_MAX;
	for (uint32_t id = tracker_subscription_of(t, txn_at(t, a->txn)->call); id;
	     id = sub_at(t, id)->next) {
		const struct subscription *s = sub_at(t, id);
		if (left-- == 0) {
			t->stats.chains_cut++;
			return false;
		}
		if (!has_event(t, s, a))
			continue;
		if (s->dialog == 0 || a->dialog == 0) {
			if (attempt == 0 && is_same_attempt(t, s, a))
				attempt = id;
		} else if (s->dialog == a->dialog) {
			if (s->state != SUB_TERMINATED)
				open = id;
			else if (ended == 0)
				ended = id;
		}
	}
	*out = open ? open : ended ? ended : attempt;
	return true;
}

/* 0: no room, counted. */
static uint32_t add(struct tracker *t, const struct about *a)
{
	uint32_t call = txn_at(t, a->txn)->call;
	uint32_t newest = tracker_subscription_of(t, call), id;
	if (pool_add(&t->subscriptions, &id) != OK) {
		t->stats.refused++;
		return 0;
	}
	*sub_at(t, id) = (struct subscription){
		.ended_at = TICK_NONE,
		.call = call,
		.next = newest,
		.dialog = a->dialog,
		.event = a->event,
		.event_id = a->id,
		.refer_cseq = a->refer_cseq,
		.txn = a->txn,
		.first = a->message,
		.asked = SUB_NO_EXPIRES,
		.expires = SUB_NO_EXPIRES,
		.retry_after = SUB_NO_EXPIRES,
	};
	if (match_put(&t->sub_index, call_hash(t, call), newest, id) != OK) {
		pool_free(&t->subscriptions, id);
		t->stats.refused++;
		return 0;
	}
	return id;
}

/* The record, made where there is none, with the dialog noted; 0: no room. */
static uint32_t find_or_add(struct tracker *t, const struct about *a)
{
	uint32_t id;
	if (!find(t, a, &id))
		return 0;
	if (id == 0)
		return add(t, a);
	if (sub_at(t, id)->dialog == 0)
		sub_at(t, id)->dialog = a->dialog;
	return id;
}

/* --- states */

/* Noted as ended by `message`, or by time: 0. */
static void end(struct subscription *s, enum sub_end how, uint32_t message, tick at,
                uint32_t reason)
{
	s->state = SUB_TERMINATED;
	s->end = (uint8_t)how;
	s->ended = message;
	s->ended_at = at;
	s->reason = reason;
}

/* The status of a response is the reason. */
static void end_by_status(struct tracker *t, struct subscription *s, uint32_t message)
{
	unsigned status = message_at(t, message)->code;
	char digits[3] = { (char)('0' + status / 100 % 10),
		           (char)('0' + status / 10 % 10), (char)('0' + status % 10) };
	uint32_t reason = 0;
	keep_token(t, (struct slice){ digits, sizeof(digits) }, &reason);
	end(s, SUB_END_REFUSED, message, message_at(t, message)->at, reason);
}

static void end_by_time(struct tracker *t, struct subscription *s, tick at)
{
	uint32_t reason = 0;
	keep_token(t, SLICE("timeout"), &reason);
	end(s, SUB_END_TIMEOUT, 0, at, reason);
}

/* False: it has ended, and `request` does not ask for it anew. What we only conclude, or
 * a proxy may have made good, does not stand against a later message. */
static bool reopen(struct subscription *s, uint32_t request)
{
	if (s->state != SUB_TERMINATED)
		return true;
	if ((s->end == SUB_END_NOTIFY || s->end == SUB_END_UNSUBSCRIBED) &&
	    request <= s->ended)
		return false;
	end(s, SUB_NOT_ENDED, 0, TICK_NONE, 0);
	s->retry_after = SUB_NO_EXPIRES;
	s->state = SUB_PENDING;
	return true;
}

static tick expiry(const struct tracker *t, const struct subscription *s)
{
	if (s->granted == 0 || s->expires == SUB_NO_EXPIRES)
		return TICK_NONE;
	return tick_add(message_at(t, s->granted)->at, s->expires * (uint64_t)TICK_S);
}

static void grant(struct tracker *t, uint32_t id, uint32_t expires, uint32_t message)
{
	struct subscription *s = sub_at(t, id);
	s->expires = expires;
	s->granted = message;
	if (expires != SUB_NO_EXPIRES)
		tracker_wait(t, DEADLINE_SUBSCRIPTION, id, expiry(t, s));
}

void sub_lapse(struct tracker *t, uint32_t id, tick at)
{
	struct subscription *s = sub_at(t, id);
	if (s->state != SUB_TERMINATED && expiry(t, s) <= at)
		end_by_time(t, s, at);
}

/* --- SUBSCRIBE */

/* Responses to a refresh that end the subscription (RFC 6665 4.1.2.2); any other leaves
 * it until its time is over. */
static bool is_fatal(unsigned status)
{
	return status == 404 || status == 405 || status == 410 || status == 416 ||
	       (status >= 480 && status <= 485) || status == 489 || status == 501 ||
	       status == 604;
}

static void on_refused(struct tracker *t, const struct txn *x, struct subscription *s,
                       uint32_t message)
{
	if (x->in_dialog) {
		if (s->state != SUB_TERMINATED && is_fatal(message_at(t, message)->code))
			end_by_status(t, s, message);
	} else if (s->dialog == 0) {
		end_by_status(t, s, message);
	}
}

/* The record of this answer: a SUBSCRIBE that forked makes one for each dialog. */
static uint32_t of_answer(struct tracker *t, uint32_t txn, uint32_t message,
                          uint32_t dialog)
{
	uint32_t id = txn_at(t, txn)->shown;
	const struct subscription *s = sub_at(t, id);
	if (dialog == 0 || s->dialog == dialog)
		return id;
	struct about a = { .txn = txn,
		           .message = message,
		           .dialog = dialog,
		           .event = s->event,
		           .id = s->event_id,
		           .subscriber = txn_at(t, txn)->from_tag };
	uint32_t fork = find_or_add(t, &a);
	if (fork && fork != id && sub_at(t, fork)->request == 0) {
		sub_at(t, fork)->request = s->request;
		sub_at(t, fork)->asked = s->asked;
	}
	return fork;
}

/* f: NULL when the answer was captured before its request, and can no longer be read. */
static void on_granted(struct tracker *t, uint32_t txn, const struct track_fields *f,
                       uint32_t message, uint32_t dialog)
{
	const struct txn *x = txn_at(t, txn);
	uint32_t id = of_answer(t, txn, message, dialog), cseq = x->cseq + 1;
	if (id == 0)
		return;
	struct subscription *s = sub_at(t, id);
	if (s->answered >= cseq)
		return; /* on another hop */
	s->answered = cseq;
	if (!reopen(s, x->request))
		return;
	uint32_t expires = s->asked;
	if (f && seconds(sip_msg_value(f->msg, SIP_HDR_EXPIRES)) != SUB_NO_EXPIRES)
		expires = seconds(sip_msg_value(f->msg, SIP_HDR_EXPIRES));
	if (expires == 0 || s->asked == 0) {
		s->expires = 0;
		end(s, SUB_END_UNSUBSCRIBED, message, message_at(t, message)->at, 0);
	} else {
		grant(t, id, expires, message);
	}
}

static void on_answer(struct tracker *t, uint32_t txn, const struct track_fields *f,
                      uint32_t message, uint32_t dialog)
{
	const struct txn *x = txn_at(t, txn);
	if (x->shown == 0)
		return; /* its request was not seen: to what is it an answer? */
	if (message_at(t, message)->code < 300)
		on_granted(t, txn, f, message, dialog);
	else
		on_refused(t, x, sub_at(t, x->shown), message);
}

static void on_subscribe(struct tracker *t, uint32_t txn, const struct track_fields *f,
                         uint32_t message, uint32_t dialog)
{
	struct txn *x = txn_at(t, txn);
	struct about a = { .txn = txn,
		           .message = message,
		           .dialog = dialog,
		           .subscriber = fields_tag_hash(t, f->from_tag) };
	if (!read_event(t, f, &a) || (x->shown = find_or_add(t, &a)) == 0)
		return;
	struct subscription *s = sub_at(t, x->shown);
	s->request = message;
	s->asked = seconds(sip_msg_value(f->msg, SIP_HDR_EXPIRES));
	if (s->dialog == 0) {
		s->txn = txn;
		reopen(s, message);
	}
	if (x->final) /* captured before its request */
		on_answer(t, txn, NULL, x->final, x->dialog);
}

void sub_on_timeout(struct tracker *t, uint32_t txn, tick at)
{
	const struct txn *x = txn_at(t, txn);
	if (x->shown == 0)
		return;
	struct subscription *s = sub_at(t, x->shown);
	if (s->dialog == 0 && s->state != SUB_TERMINATED)
		end_by_time(t, s, at);
}

/* --- REFER */

/* The record of a REFER that was accepted: seen on another hop, or made by its NOTIFY if
 * that came first. */
static uint32_t find_refer(struct tracker *t, const struct about *a)
{
	const struct txn *x = txn_at(t, a->txn);
	unsigned left = TRACK_CHAIN_MAX;
	for (uint32_t id = tracker_subscription_of(t, x->call); id;
	     id = sub_at(t, id)->next) {
		struct subscription *s = sub_at(t, id);
		if (left-- == 0) {
			t->stats.chains_cut++;
			return 0;
		}
		if (s->dialog != a->dialog || s->event != a->event)
			continue;
		if (s->refer_cseq == a->refer_cseq)
			return id;
		if (s->refer_cseq == 0 && x->request && s->first > x->request)
			return id;
	}
	return add(t, a);
}

static void on_referred(struct tracker *t, uint32_t txn, const struct track_fields *f,
                        uint32_t message, uint32_t dialog)
{
	struct txn *x = txn_at(t, txn);
	struct about a = { .txn = txn,
		           .message = x->request ? x->request : message,
		           .dialog = dialog,
		           .refer_cseq = x->cseq + 1 };
	if (dialog == 0 ||
	    slice_ieq(sip_msg_value(f->msg, SIP_HDR_REFER_SUB), SLICE("false")) ||
	    !keep_token(t, SLICE("refer"), &a.event))
		return; /* RFC 4488 4: accepted, but nothing will be notified */
	x->shown = find_refer(t, &a);
	if (x->shown)
		sub_at(t, x->shown)->refer_cseq = a.refer_cseq;
}

/* --- NOTIFY */

static void note_result(struct tracker *t, struct subscription *s,
                        const struct track_fields *f)
{
	struct sip_part part;
	struct sip_frag frag;
	struct slice type = sip_msg_value(f->msg, SIP_HDR_CONTENT_TYPE);
	if (is_refer(t, s->event) &&
	    sip_part_find(type, f->msg->body, SIP_BODY_SIPFRAG, &part) &&
	    sip_frag_read(&frag, part.body) && frag.status)
		s->result = frag.status;
}

static void note_state(struct tracker *t, uint32_t id, const struct track_fields *f,
                       uint32_t message)
{
	struct subscription *s = sub_at(t, id);
	struct slice value = sip_msg_value(f->msg, SIP_HDR_SUBSCRIPTION_STATE);
	struct slice state = slice_trim(slice_head(value, slice_index(value, ';')));
	if (slice_ieq(state, SLICE("terminated"))) {
		struct slice reason = SLICE_NONE;
		uint32_t text = 0;
		sip_param(value, SLICE("reason"), &reason);
		keep_token(t, reason, &text);
		end(s, SUB_END_NOTIFY, message, message_at(t, message)->at, text);
		s->retry_after = param_seconds(value, SLICE("retry-after"));
		return;
	}
	bool active = slice_ieq(state, SLICE("active"));
	if ((!active && !slice_ieq(state, SLICE("pending"))) || !reopen(s, s->request))
		return;
	s->state = active ? SUB_ACTIVE : SUB_PENDING;
	uint32_t expires = param_seconds(value, SLICE("expires"));
	if (expires != SUB_NO_EXPIRES)
		grant(t, id, expires, message);
}

static void on_notify(struct tracker *t, uint32_t txn, const struct track_fields *f,
                      uint32_t message, uint32_t dialog)
{
	struct txn *x = txn_at(t, txn);
	struct about a = { .txn = txn,
		           .message = message,
		           .dialog = dialog,
		           .subscriber = fields_tag_hash(t, f->to_tag) };
	if (dialog == 0 || !read_event(t, f, &a) || (x->shown = find_or_add(t, &a)) == 0)
		return;
	struct subscription *s = sub_at(t, x->shown);
	uint32_t cseq = x->cseq + 1;
	if (a.id)
		s->event_id = a.id;
	if (cseq > s->notify_cseq ||
	    (cseq < s->notify_cseq && match_forwarded(t, x->call, f) == 0))
		s->notifies++;
	if (cseq <= s->notify_cseq)
		return; /* on another hop, or overtaken */
	s->notify_cseq = cseq;
	note_result(t, s, f);
	note_state(t, x->shown, f, message);
}

/* --- hooks */

void sub_on_request(struct tracker *t, uint32_t txn, const struct track_fields *f,
                    uint32_t message, uint32_t dialog)
{
	if (f->code == SIP_METHOD_SUBSCRIBE)
		on_subscribe(t, txn, f, message, dialog);
	else if (f->code == SIP_METHOD_NOTIFY)
		on_notify(t, txn, f, message, dialog);
}

void sub_on_response(struct tracker *t, uint32_t txn, const struct track_fields *f,
                     uint32_t message, uint32_t dialog)
{
	if (f->code == SIP_METHOD_SUBSCRIBE && f->msg->status >= 200)
		on_answer(t, txn, f, message, dialog);
	else if (f->code == SIP_METHOD_REFER && f->msg->status >= 200 &&
	         f->msg->status < 300)
		on_referred(t, txn, f, message, dialog);
}

void sub_on_dialog_end(struct tracker *t, uint32_t dialog, uint32_t message)
{
	unsigned left = TRACK_CHAIN_MAX;
	for (uint32_t id = tracker_subscription_of(t, dialog_at(t, dialog)->call); id;
	     id = sub_at(t, id)->next) {
		struct subscription *s = sub_at(t, id);
		if (left-- == 0) {
			t->stats.chains_cut++;
			return;
		}
		if (s->dialog == dialog && s->state != SUB_TERMINATED)
			end_by_status(t, s, message);
	}
}

/* --- forgetting */

bool sub_is_open(const struct tracker *t, uint32_t call, tick *since)
{
	for (uint32_t id = tracker_subscription_of(t, call); id;
	     id = sub_at(t, id)->next) {
		const struct subscription *s = sub_at(t, id);
		if (s->state != SUB_TERMINATED)
			return true;
		if (s->ended_at != TICK_NONE && s->ended_at > *since)
			*since = s->ended_at;
	}
	return false;
}

void sub_forget(struct tracker *t, uint32_t call)
{
	uint32_t next, newest = tracker_subscription_of(t, call);
	if (newest)
		map_remove(&t->sub_index, call_hash(t, call), newest);
	for (uint32_t id = newest; id; id = next) {
		next = sub_at(t, id)->next;
		pool_drop(&t->subscriptions, id);
	}
}
