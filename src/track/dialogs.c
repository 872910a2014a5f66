/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/hash.h"
#include "track/private.h"

static uint64_t tags_hash(const struct tracker *t, uint32_t call, struct slice tag,
                          struct slice other)
{
	/* the same in either order */
	return hash_mix(hash_slice(tag, t->seed) + hash_slice(other, t->seed), call);
}

static bool has_tags(const struct tracker *t, const struct dialog *d, struct slice tag,
                     struct slice other)
{
	return (text_is(t, d->caller_tag, tag) && text_is(t, d->callee_tag, other)) ||
	       (text_is(t, d->caller_tag, other) && text_is(t, d->callee_tag, tag));
}

uint32_t dialog_find(const struct tracker *t, uint32_t call, struct slice tag,
                     struct slice other)
{
	const struct call *c = call_at(t, call);
	if (c->ndialogs <= TRACK_LONG_LIST) {
		uint32_t id = c->dialogs;
		while (id && !has_tags(t, dialog_at(t, id), tag, other))
			id = dialog_at(t, id)->older;
		return id;
	}
	uint64_t hash = tags_hash(t, call, tag, other);
	uint32_t at;
	for (uint32_t id = map_first(&t->tag_index, hash, &at); id;
	     id = map_next(&t->tag_index, hash, &at))
		if (dialog_at(t, id)->call == call &&
		    has_tags(t, dialog_at(t, id), tag, other))
			return id;
	return 0;
}

static enum err index_dialog(struct tracker *t, uint32_t id)
{
	const struct dialog *d = dialog_at(t, id);
	return map_add(&t->tag_index,
	               tags_hash(t, d->call, text_get(&t->text, d->caller_tag),
	                         text_get(&t->text, d->callee_tag)),
	               id);
}

/* Put a new dialog, its tags set, into the list of its call. */
static enum err link_dialog(struct tracker *t, uint32_t id)
{
	struct dialog *d = dialog_at(t, id);
	struct call *c = call_at(t, d->call);
	if (c->ndialogs >= TRACK_LONG_LIST) {
		enum err e = map_reserve(&t->tag_index, TRACK_LONG_LIST + 1);
		if (e != OK)
			return e;
		if (c->ndialogs == TRACK_LONG_LIST)
			for (uint32_t i = c->dialogs; i; i = dialog_at(t, i)->older)
				if (index_dialog(t, i) != OK)
					return ERR_NOMEM;
		e = index_dialog(t, id);
		if (e != OK)
			return e;
	}
	d->older = c->dialogs;
	c->dialogs = id;
	c->ndialogs++;
	return OK;
}

/* Text of a tag, shared with the newest dialog's of the call where it is the same: the
 * caller of several dialogs has one. */
static enum err keep_tag(struct tracker *t, const struct txn *txn, struct slice tag,
                         uint32_t *out)
{
	uint32_t newest = call_at(t, txn->call)->dialogs;
	if (newest && text_is(t, dialog_at(t, newest)->caller_tag, tag)) {
		*out = dialog_at(t, newest)->caller_tag;
		return OK;
	}
	return text_add(&t->text, tag, out);
}

struct birth {
	struct slice         caller_tag, callee_tag;
	uint32_t             txn;    /* of the request that creates it */
	enum sip_method      method; /* of that request */
	uint32_t             message;
	enum dialog_event    event;
	bool                 inferred;
};

static uint32_t add_dialog(struct tracker *t, const struct birth *b)
{
	const struct txn *txn = txn_at(t, b->txn);
	uint32_t id, caller, callee;
	if (keep_tag(t, txn, b->caller_tag, &caller) != OK ||
	    keep_tag(t, txn, b->callee_tag, &callee) != OK ||
	    pool_add(&t->dialogs, &id) != OK) {
		t->stats.refused++;
		return 0;
	}
	struct dialog *d = dialog_at(t, id);
	d->call = txn->call;
	d->caller_tag = caller;
	d->callee_tag = callee;
	d->method = (uint8_t)b->method;
	d->created = b->message;
	d->lapsed_at = TICK_NONE;
	d->inferred = b->inferred;
	d->state = (uint8_t)dialog_row(DIALOG_NONE, b->event)->next;
	if (d->state == DIALOG_CONFIRMED)
		d->confirmed = b->message;
	if (link_dialog(t, id) != OK) {
		pool_free(&t->dialogs, id);
		t->stats.refused++;
		return 0;
	}
	return id;
}

static void move(struct tracker *t, uint32_t id, enum dialog_event event,
                 uint32_t message, enum dialog_end end)
{
	struct dialog *d = dialog_at(t, id);
	const struct dialog_row *row = dialog_row(d->state, event);
	if (row->next == DIALOG_NONE || row->next == (enum dialog_state)d->state)
		return;
	d->state = (uint8_t)row->next;
	if (d->state == DIALOG_CONFIRMED) {
		d->confirmed = message;
		d->end = DIALOG_NOT_ENDED;
		d->lapsed_at = TICK_NONE;
	} else {
		d->ended = message;
		d->end = (uint8_t)end;
	}
}

/* --- usages (RFC 5057) */

/* Longest event package name kept; RFC 6665 names are short tokens. */
#define EVENT_MAX 128

/* Interned "subscribe:EVENT" of an Event header; never 0 unless memory is short. */
static uint32_t event_text(struct tracker *t, struct slice value)
{
	char name[10 + EVENT_MAX] = "subscribe:";
	struct slice token = slice_trim(slice_head(value, slice_index(value, ';')));
	size_t n = 10;
	for (size_t i = 0; i < token.len && i < EVENT_MAX; i++)
		name[n++] = (char)ascii_lower(token.p[i]);
	uint32_t text;
	if (text_intern(&t->text, (struct slice){ name, n }, &text) == OK)
		return text;
	t->stats.refused++;
	return 0;
}

static struct usage *find_usage(const struct tracker *t, const struct dialog *d,
                                uint32_t event)
{
	for (uint32_t u = d->usages; u;) {
		struct usage *usage = pool_at(&t->usages, u);
		if (usage->event == event)
			return usage;
		u = usage->next;
	}
	return NULL;
}

bool dialog_has_usage(const struct tracker *t, const struct dialog *d, uint32_t event,
                      bool *ended)
{
	const struct usage *u = find_usage(t, d, event);
	if (u)
		*ended = u->ended;
	return u != NULL;
}

/* Usages of one dialog: honest ones have two or three. Past the limit a new event
 * package is not noted. */
#define USAGES_MAX 32

/* The usage, added in the given state where it is not there yet. */
static struct usage *add_usage(struct tracker *t, struct dialog *d, uint32_t event,
                               bool ended)
{
	struct usage *u = find_usage(t, d, event);
	if (u)
		return u;
	unsigned n = 0;
	for (uint32_t i = d->usages; i;
	     i = ((struct usage *)pool_at(&t->usages, i))->next)
		n++;
	uint32_t id;
	if (n >= USAGES_MAX || pool_add(&t->usages, &id) != OK) {
		t->stats.refused++;
		return NULL;
	}
	u = pool_at(&t->usages, id);
	*u = (struct usage){ .next = d->usages & 0x7fffffff,
		             .event = event,
		             .ended = ended };
	d->usages = id;
	return u;
}

static void set_usages(struct tracker *t, const struct dialog *d, bool ended)
{
	for (uint32_t i = d->usages; i;) {
		struct usage *u = pool_at(&t->usages, i);
		u->ended = ended;
		i = u->next;
	}
}

/* End one usage; the dialog ends with its last. add: note it even if it never began. */
static void end_usage(struct tracker *t, uint32_t id, uint32_t event, bool add,
                      uint32_t message, enum dialog_end end)
{
	struct dialog *d = dialog_at(t, id);
	struct usage *u = find_usage(t, d, event);
	if (!u && (add || (event == 0 && (d->state == DIALOG_EARLY ||
	                                  d->state == DIALOG_LAPSED))))
		u = add_usage(t, d, event, true);
	if (u)
		u->ended = 1;
	for (uint32_t i = d->usages; i;
	     i = ((struct usage *)pool_at(&t->usages, i))->next)
		if (!((struct usage *)pool_at(&t->usages, i))->ended)
			return;
	if (d->usages)
		move(t, id, DIALOG_EV_USAGES_ENDED, message, end);
}

static void end_dialog(struct tracker *t, uint32_t id, enum dialog_event event,
                       uint32_t message, enum dialog_end end)
{
	if (dialog_row(dialog_at(t, id)->state, event)->next == DIALOG_NONE)
		return;
	set_usages(t, dialog_at(t, id), true);
	move(t, id, event, message, end);
	if (message)
		sub_on_dialog_end(t, id, message);
}

/* --- forgetting */

void dialog_forget(struct tracker *t, uint32_t id)
{
	struct dialog *d = dialog_at(t, id);
	if (call_at(t, d->call)->ndialogs > TRACK_LONG_LIST)
		map_remove(&t->tag_index,
		           tags_hash(t, d->call, text_get(&t->text, d->caller_tag),
		                     text_get(&t->text, d->callee_tag)),
		           id);
	for (uint32_t next, i = d->usages; i; i = next) {
		next = ((struct usage *)pool_at(&t->usages, i))->next;
		pool_free(&t->usages, i);
	}
	while (d->described)
		edge_drop(t, &d->described);
	session_forget(t, id);
	pool_drop(&t->dialogs, id);
}

/* --- which transactions showed a dialog */

static void show(struct tracker *t, uint32_t txn, uint32_t id)
{
	struct txn *x = txn_at(t, txn);
	struct dialog *d = dialog_at(t, id);
	if (x->dialog == 0)
		x->dialog = id;
	if (x->kind != TXN_INVITE || d->last_txn == txn)
		return;
	d->last_txn = txn;
	if (!x->request &&
	    tick_diff(message_at(t, d->created)->at,
	              message_at(t, x->response ? x->response : x->last)->at) < 0)
		x->reinvite = 1;
	if (d->state != DIALOG_EARLY && d->state != DIALOG_LAPSED)
		return; /* only an early one can be ended by this transaction */
	if (edge_add(t, &x->shown, id) != OK)
		t->stats.refused++;
	if (x->succeeded)
		tracker_wait(t, DEADLINE_DIALOG, id,
		             tick_add(message_at(t, tracker_success(t, x))->at,
		                      TXN_TIMEOUT_NS));
}

void dialog_lapse(struct tracker *t, uint32_t id, tick at)
{
	struct dialog *d = dialog_at(t, id);
	if (dialog_row(d->state, DIALOG_EV_FORK_TIMER)->next != DIALOG_LAPSED)
		return;
	end_dialog(t, id, DIALOG_EV_FORK_TIMER, 0, DIALOG_END_TIMEOUT);
	d->lapsed_at = at;
}

void dialog_fork_timer(struct tracker *t, uint32_t txn, tick at)
{
	for (uint32_t e = txn_at(t, txn)->shown; e; e = edge_next(t, e))
		dialog_lapse(t, edge_to(t, e), at);
}

bool dialog_any_early(const struct tracker *t, uint32_t txn)
{
	for (uint32_t e = txn_at(t, txn)->shown; e; e = edge_next(t, e))
		if (dialog_at(t, edge_to(t, e))->state == DIALOG_EARLY)
			return true;
	return false;
}

/* A final failure ends the early dialogs that the transaction showed (12.3). */
static void reject_shown(struct tracker *t, uint32_t txn, uint16_t status,
                         uint32_t message)
{
	struct txn *x = txn_at(t, txn);
	enum dialog_end end = status == 487   ? DIALOG_END_CANCELLED
	                      : status == 408 ? DIALOG_END_TIMEOUT
	                                      : DIALOG_END_REJECTED;
	for (uint32_t e = x->shown; e; e = edge_next(t, e)) {
		enum dialog_state state = dialog_at(t, edge_to(t, e))->state;
		if (state == DIALOG_EARLY || state == DIALOG_LAPSED)
			end_dialog(t, edge_to(t, e), DIALOG_EV_REJECT, message, end);
	}
	while (x->shown) /* all have ended: walk them once only */
		edge_drop(t, &x->shown);
}

/* --- requests */

/* Is this the subscriber's tag: did a SUBSCRIBE or REFER with it make the dialog? Which
 * one, or SIP_METHOD_OTHER. */
static enum sip_method subscribe_method(struct tracker *t, uint32_t call,
                                        struct slice tag)
{
	enum sip_method method = SIP_METHOD_OTHER;
	uint32_t from_tag = fields_tag_hash(t, tag);
	unsigned left = TRACK_CHAIN_MAX;
	for (uint32_t id = call_at(t, call)->newest; id; id = txn_at(t, id)->older) {
		const struct txn *x = txn_at(t, id);
		if (left-- == 0) {
			t->stats.chains_cut++;
			break;
		}
		if ((x->code == SIP_METHOD_SUBSCRIBE || x->code == SIP_METHOD_REFER) &&
		    x->from_tag == from_tag)
			method = x->code; /* the oldest one counts */
	}
	return method;
}

/* A request inside a dialog of which the capture did not see the beginning. */
static uint32_t infer(struct tracker *t, uint32_t txn, const struct track_fields *f,
                      uint32_t message)
{
	const struct txn *x = txn_at(t, txn);
	struct birth b = { f->from_tag, f->to_tag,           txn, x->code,
		           message,     DIALOG_EV_SUCCESS, true };
	bool invite = true;
	switch (f->code) {
	case SIP_METHOD_PRACK:
	case SIP_METHOD_UPDATE:
		b.event = DIALOG_EV_PROVISIONAL;
		break;
	case SIP_METHOD_INVITE:
	case SIP_METHOD_BYE:
	case SIP_METHOD_INFO:
		break;
	case SIP_METHOD_REFER:
	case SIP_METHOD_SUBSCRIBE:
		invite = false;
		break;
	case SIP_METHOD_NOTIFY: {
		/* the notifier answers a subscription, as a callee: RFC 6665 4.4.1 */
		enum sip_method method = subscribe_method(t, x->call, f->to_tag);
		b.caller_tag = f->to_tag;
		b.callee_tag = f->from_tag;
		b.inferred = method == SIP_METHOD_OTHER;
		if (!b.inferred)
			b.method = method;
		invite = false;
		break;
	}
	default:
		return 0;
	}
	uint32_t id = add_dialog(t, &b);
	if (id == 0)
		return 0;
	if (invite)
		add_usage(t, dialog_at(t, id), 0, false);
	else if (f->code == SIP_METHOD_SUBSCRIBE)
		add_usage(t, dialog_at(t, id), tracker_more(t, x)->event, false);
	return id;
}

static void notify(struct tracker *t, uint32_t id, const struct track_fields *f,
                   uint32_t message)
{
	struct slice value = sip_msg_value(f->msg, SIP_HDR_SUBSCRIPTION_STATE);
	struct slice state = slice_trim(slice_head(value, slice_index(value, ';')));
	uint32_t event = event_text(t, sip_msg_value(f->msg, SIP_HDR_EVENT));
	if (event == 0)
		return;
	if (slice_ieq(state, SLICE("terminated")))
		end_usage(t, id, event, true, message, DIALOG_END_NOTIFY);
	else
		add_usage(t, dialog_at(t, id), event, false);
}

uint32_t dialog_request(struct tracker *t, uint32_t txn, const struct track_fields *f,
                        uint32_t message)
{
	struct txn *x = txn_at(t, txn);
	if (f->code == SIP_METHOD_SUBSCRIBE) {
		struct slice expires = sip_msg_value(f->msg, SIP_HDR_EXPIRES);
		uint32_t event = event_text(t, sip_msg_value(f->msg, SIP_HDR_EVENT));
		struct txn_more *more = event ? txn_need_more(t, x) : NULL;
		if (more)
			more->event = event;
		else
			t->stats.refused += event != 0;
		x->expires_given = expires.len > 0;
		x->expires_zero = slice_eq(expires, SLICE("0"));
	}
	/* a BYE without To tag: a peer of RFC 2543 that sent none (12.1.1) */
	if (f->to_tag.len == 0 && f->code != SIP_METHOD_BYE)
		return 0;
	uint32_t id = dialog_find(t, x->call, f->from_tag, f->to_tag);
	if (id == 0 && f->to_tag.len)
		id = infer(t, txn, f, message);
	if (id == 0)
		return 0;
	show(t, txn, id);
	if (f->code == SIP_METHOD_BYE)
		end_usage(t, id, 0, false, message, DIALOG_END_BYE);
	else if (f->code == SIP_METHOD_NOTIFY)
		notify(t, id, f, message);
	return id;
}

/* --- responses */

static uint32_t new_dialog(struct tracker *t, uint32_t txn, const struct track_fields *f,
                           uint32_t message, enum dialog_event event, bool invite)
{
	uint32_t id = add_dialog(t, &(struct birth){ f->from_tag, f->to_tag, txn,
	                                             txn_at(t, txn)->code, message,
	                                             event, false });
	if (id && invite)
		add_usage(t, dialog_at(t, id), 0, false);
	return id;
}

static uint32_t invite_response(struct tracker *t, uint32_t txn, uint32_t id,
                                const struct track_fields *f, uint32_t message)
{
	uint16_t status = f->msg->status;
	if (status > 100 && status < 200) {
		if (f->to_tag.len == 0)
			return id;
		if (id == 0)
			id = new_dialog(t, txn, f, message, DIALOG_EV_PROVISIONAL, true);
		if (id)
			show(t, txn, id);
	} else if (status >= 200 && status < 300) {
		if (id == 0)
			id = new_dialog(t, txn, f, message, DIALOG_EV_SUCCESS, true);
		if (id == 0)
			return 0;
		show(t, txn, id);
		if (edge_add(t, &txn_at(t, txn)->answered, id) != OK)
			t->stats.refused++;
		if (dialog_at(t, id)->state == DIALOG_LAPSED)
			set_usages(t, dialog_at(t, id), false);
		move(t, id, DIALOG_EV_SUCCESS, message, DIALOG_NOT_ENDED);
		add_usage(t, dialog_at(t, id), 0, false);
	} else if (status >= 300) {
		reject_shown(t, txn, status, message);
	}
	return id;
}

static uint32_t subscribe_response(struct tracker *t, uint32_t txn, uint32_t id,
                                   const struct track_fields *f, uint32_t message)
{
	const struct txn *x = txn_at(t, txn);
	uint32_t event = tracker_more(t, x)->event;
	if (event == 0)
		event = event_text(t, sip_msg_value(f->msg, SIP_HDR_EVENT));
	bool zero = x->expires_given ? x->expires_zero
	                             : slice_eq(sip_msg_value(f->msg, SIP_HDR_EXPIRES),
	                                        SLICE("0"));
	if (id == 0)
		id = new_dialog(t, txn, f, message, DIALOG_EV_SUCCESS, false);
	if (id == 0 || event == 0)
		return id;
	show(t, txn, id);
	if (zero) {
		end_usage(t, id, event, true, message, DIALOG_END_NOTIFY);
		return id;
	}
	struct usage *u = add_usage(t, dialog_at(t, id), event, false);
	if (u)
		u->ended = 0;
	move(t, id, DIALOG_EV_SUCCESS, message, DIALOG_NOT_ENDED);
	return id;
}

static uint32_t refer_response(struct tracker *t, uint32_t txn, uint32_t id,
                               const struct track_fields *f, uint32_t message)
{
	/* RFC 4488: no subscription, and no dialog for it */
	if (slice_ieq(sip_msg_value(f->msg, SIP_HDR_REFER_SUB), SLICE("false")))
		return id;
	if (id == 0)
		id = new_dialog(t, txn, f, message, DIALOG_EV_SUCCESS, false);
	if (id == 0)
		return 0;
	show(t, txn, id);
	uint32_t event = event_text(t, SLICE("refer"));
	if (event)
		add_usage(t, dialog_at(t, id), event, false);
	return id;
}

uint32_t dialog_response(struct tracker *t, uint32_t txn, const struct track_fields *f,
                         uint32_t message)
{
	const struct txn *x = txn_at(t, txn);
	uint16_t status = f->msg->status;
	bool success = status >= 200 && status < 300;
	uint32_t id = dialog_find(t, x->call, f->from_tag, f->to_tag);
	if (f->code == SIP_METHOD_INVITE)
		id = invite_response(t, txn, id, f, message);
	else if (f->code == SIP_METHOD_SUBSCRIBE && success && (f->to_tag.len || id))
		id = subscribe_response(t, txn, id, f, message);
	else if (f->code == SIP_METHOD_REFER && success && (f->to_tag.len || id))
		id = refer_response(t, txn, id, f, message);
	/* 12.2.1.2: the peer knows no such dialog, or is gone */
	if (id && (status == 481 || status == 408) && x->in_dialog &&
	    f->code != SIP_METHOD_CANCEL && f->code != SIP_METHOD_PRACK)
		end_dialog(t, id, DIALOG_EV_GONE, message,
		           status == 481 ? DIALOG_END_481 : DIALOG_END_TIMEOUT);
	return id;
}

void dialog_note(struct tracker *t, uint32_t dialog, const struct track_fields *f,
                 uint32_t message)
{
	struct dialog *d = dialog_at(t, dialog);
	bool from_caller = text_is(t, d->caller_tag, f->from_tag);
	d->messages++;
	if (!d->caller_contact && from_caller && !f->is_request) {
		/* the request that created it, if it came before the response that did */
		uint32_t request = txn_at(t, message_at(t, d->created)->owner)->request;
		d->caller_contact = request < d->created ? request : 0;
	}
	if (!f->msg->first[SIP_HDR_CONTACT] || (!f->is_request && f->msg->status >= 300))
		return;
	if (from_caller == f->is_request)
		d->caller_contact = message;
	else
		d->callee_contact = message;
}
