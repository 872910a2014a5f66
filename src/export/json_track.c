/* SPDX-License-Identifier: MIT */
/* The records of what the tracker keeps: transaction, dialog, call, registration,
 * subscription. What only the bytes of a message say is read back from the store. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "export/json_private.h"
#include "net/icmp.h"
#include "sip/field.h"
#include "track/timers.h"

#define STATUS_COUNT 1000 /* three digits */

static tick message_time(const struct json_subject *s, uint32_t id)
{
	return id ? tracker_message_at(s->tracker, id)->at : TICK_NONE;
}

static struct net_endpoint endpoint_of(const struct track_endpoint *e)
{
	struct net_endpoint out = { .addr.family = e->family, .port = e->port };
	memcpy(out.addr.bytes, e->bytes, sizeof(out.addr.bytes));
	return out;
}

/* Both ends of a flow, under the names that they have in this record. */
static void member_flow(struct json_writer *w, const struct json_subject *s,
                        uint32_t flow, struct slice src, struct slice dst)
{
	if (flow == 0)
		return;
	const struct track_flow *f = tracker_flow_at(s->tracker, flow);
	struct net_endpoint ends[2] = { endpoint_of(&f->src), endpoint_of(&f->dst) };
	if (src.len)
		json_member_endpoint(w, src, &ends[0]);
	if (dst.len)
		json_member_endpoint(w, dst, &ends[1]);
}

static void member_text(struct json_writer *w, const struct json_subject *s,
                        struct slice key, uint32_t text)
{
	json_put_text(w, key, tracker_text(s->tracker, text));
}

static void member_call_id(struct json_writer *w, const struct json_subject *s,
                           uint32_t call)
{
	if (call)
		member_text(w, s, KEY("call_id"),
		            tracker_call_at(s->tracker, call)->call_id);
}

/* The reason phrase of a response, from its bytes. */
static void member_reason(struct json_writer *w, const struct json_subject *s,
                          struct slice key, uint32_t message)
{
	struct engine_message m;
	if (message && engine_read(s->engine, message, &m) == OK)
		json_put_text(w, key, m.msg->reason);
}

/* ---- transaction */

/* Which status codes a transaction got, each once. */
struct statuses {
	struct status_seen {
		uint32_t first; /* message */
		uint16_t code;
	} seen[STATUS_COUNT];
	uint16_t slot[STATUS_COUNT]; /* of a code: 1 + index into seen, or 0 */
	unsigned count;
};

static int by_first(const void *a, const void *b)
{
	const struct status_seen *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* Messages are walked from the newest to the oldest, so that the last mention of a code
 * is its first appearance. */
static void collect_statuses(const struct json_subject *s, const struct txn *t,
                             struct statuses *out)
{
	out->count = 0;
	memset(out->slot, 0, sizeof(out->slot));
	const struct track_message *m;
	for (uint32_t id = t->last; id; id = m->prev) {
		m = tracker_message_at(s->tracker, id);
		if (m->request || m->code >= STATUS_COUNT)
			continue;
		if (out->slot[m->code] == 0) {
			out->seen[out->count].code = m->code;
			out->slot[m->code] = (uint16_t)++out->count;
		}
		out->seen[out->slot[m->code] - 1].first = id;
	}
	qsort(out->seen, out->count, sizeof(*out->seen), by_first);
}

/* Those of the codes that lie in a range, when there are at least `least` of them. */
static void member_statuses(struct json_writer *w, struct slice key,
                            const struct statuses *in, unsigned low, unsigned high,
                            unsigned least)
{
	unsigned found = 0;
	for (unsigned i = 0; i < in->count; i++)
		found += in->seen[i].code >= low && in->seen[i].code <= high;
	if (found < least)
		return;
	json_open(w, key, '[');
	for (unsigned i = 0; i < in->count; i++)
		if (in->seen[i].code >= low && in->seen[i].code <= high)
			json_put_uint(w, NO_KEY, in->seen[i].code);
	json_close(w, ']');
}

static void write_result(struct json_writer *w, const struct json_subject *s,
                         const struct txn *t)
{
	if (t->final) {
		json_put_uint(w, KEY("status"),
		                 tracker_message_at(s->tracker, t->final)->code);
		member_reason(w, s, KEY("reason"), t->final);
	}
	if (t->response) {
		struct statuses statuses;
		collect_statuses(s, t, &statuses);
		member_statuses(w, KEY("finals"), &statuses, 200, STATUS_COUNT - 1, 2);
		member_statuses(w, KEY("provisionals"), &statuses, 100, 199, 1);
	}
}

static void write_counts(struct json_writer *w, const struct json_subject *s,
                         const struct txn *t)
{
	const struct txn_more *more = tracker_more(s->tracker, t);
	json_put_uint(w, KEY("messages"), t->messages);
	json_open(w, KEY("retransmissions"), '{');
	json_put_uint(w, KEY("request"), more->request_retransmissions);
	json_put_uint(w, KEY("response"), more->response_retransmissions);
	json_put_uint(w, KEY("ack"), more->ack_retransmissions);
	json_close(w, '}');
	json_put_uint(w, KEY("duplicates"), more->duplicates);
	if (t->kind == TXN_INVITE)
		json_put_uint(w, KEY("acks"), tracker_acks(s->tracker, t));
}

/* Copies of the request; where it was not sent again, of a response. */
static void write_timers(struct json_writer *w, const struct json_subject *s,
                         const struct txn *t)
{
	tick last = engine_stats(s->engine)->last;
	const struct txn_timers timers = tracker_timers(s->tracker, t, last);
	const struct timer_series *series = NULL;
	const char *of = "";
	if (timers.request.intervals) {
		series = &timers.request;
		of = "request";
	} else if (timers.final.intervals) {
		series = &timers.final;
		of = "final";
	} else if (timers.provisional.schedule == TIMER_DOUBLING) {
		series = &timers.provisional;
		of = "provisional";
	}
	if (!series && !timers.fired)
		return;
	json_open(w, KEY("timers"), '{');
	json_put_word(w, KEY("of"), of);
	if (series && series->t1)
		json_put_span(w, KEY("t1_ms"), 0, series->t1);
	if (series)
		json_put_word(
			w, KEY("schedule"),
			timer_schedule_name((enum timer_schedule)series->schedule));
	json_put_word(w, KEY("fired"),
	              timer_fired_name((enum timer_fired)timers.fired));
	json_close(w, '}');
}

static void write_links(struct json_writer *w, const struct json_subject *s,
                        const struct txn *t)
{
	const struct txn_more *more = tracker_more(s->tracker, t);
	if (t->kind == TXN_INVITE)
		json_put_id(w, KEY("cancelled_by"), more->cancel);
	else
		json_put_id(w, KEY("cancels"), more->cancel);
	if (more->forward_of) {
		json_open(w, KEY("forward_of"), '[');
		json_put_uint(w, NO_KEY, more->forward_of);
		json_close(w, ']');
	}
}

/* ICMP errors that quote a message of the transaction, oldest first. */
static void write_icmp(struct json_writer *w, const struct json_subject *s)
{
	const struct tracker *t = s->tracker;
	uint32_t id = tracker_icmp_of(t, s->id);
	if (id == 0)
		return;
	json_open(w, KEY("icmp"), '[');
	while (id) {
		const struct track_icmp *icmp = tracker_icmp_at(t, id);
		struct net_endpoint from = endpoint_of(&icmp->from);
		char ip[NET_ADDR_TEXT_MAX];
		unsigned len = net_addr_text(&from.addr, ip);
		json_open(w, NO_KEY, '{');
		json_put_uint(w, KEY("frame"), icmp->frame);
		json_put_time(w, KEY("time"), icmp->at);
		json_put_text(w, KEY("from"), (struct slice){ ip, len });
		json_put_uint(w, KEY("type"), icmp->type);
		json_put_uint(w, KEY("code"), icmp->code);
		json_put_word(w, KEY("text"),
		              net_icmp_text(icmp->from.family, icmp->type, icmp->code));
		json_put_id(w, KEY("message"), icmp->message);
		json_close(w, '}');
		id = icmp->next;
	}
	json_close(w, ']');
}

/* Branch and sent-by of the top Via, which all messages of the transaction share. */
static void write_via(struct json_writer *w, const struct json_subject *s,
                      uint32_t message)
{
	struct engine_message m;
	struct sip_list_iter it = { 0 };
	struct slice element;
	struct sip_via via;
	char sent_by[TRACK_SENT_BY_MAX];
	if (message == 0 || engine_read(s->engine, message, &m) != OK ||
	    !sip_msg_list_next(m.msg, SIP_HDR_VIA, &it, &element) ||
	    sip_via_parse(&via, element) != OK)
		return;
	json_put_text(w, KEY("branch"), via.branch);
	json_put_text(w, KEY("sent_by"),
	              (struct slice){ sent_by, track_sent_by(&via, sent_by) });
}

void json_write_transaction(struct json_writer *w, const struct json_subject *s)
{
	const struct txn *t = tracker_transaction_at(s->tracker, s->id);
	uint32_t first = t->request ? t->request : t->response;
	json_put_id(w, KEY("id"), s->id);
	json_put_id(w, KEY("call"), t->call);
	member_call_id(w, s, t->call);
	json_put_uint(w, KEY("cseq"), t->cseq);
	json_put_id(w, KEY("dialog"), t->dialog);
	json_put_text(w, KEY("method"), tracker_method(s->tracker, t));
	json_put_word(w, KEY("kind"), t->kind == TXN_INVITE ? "invite" : "non-invite");
	write_via(w, s, first);
	if (first) {
		const struct track_message *m = tracker_message_at(s->tracker, first);
		json_put_word(w, KEY("transport"), json_transport_name(m->transport));
	}
	member_flow(w, s, t->flow, KEY("client"), KEY("server"));
	json_put_word(w, KEY("state"), txn_state_name(t->state));
	json_put_word(w, KEY("outcome"),
	                 txn_outcome_name(tracker_outcome(s->tracker, s->id)));
	write_result(w, s, t);
	write_counts(w, s, t);
	write_timers(w, s, t);
	write_icmp(w, s);
	tick request = message_time(s, t->request), final = message_time(s, t->final);
	json_put_time(w, KEY("started"), message_time(s, first));
	json_put_time(w, KEY("finished"), final);
	json_put_span(w, KEY("first_response_ms"), request, message_time(s, t->response));
	json_put_span(w, KEY("final_response_ms"), request, final);
	write_links(w, s, t);
}

/* ---- dialog */

/* Oldest first; they are listed the other way round. */
static void write_usages(struct json_writer *w, const struct json_subject *s,
                         const struct dialog *d)
{
	uint32_t count = 0;
	for (uint32_t id = d->usages; id; id = tracker_usage_at(s->tracker, id)->next)
		count++;
	if (count == 0)
		return;
	struct mem *mem = engine_mem(s->engine);
	size_t size = count * sizeof(uint32_t);
	uint32_t *ids = mem_take(mem, size);
	if (!ids) {
		w->failed = true;
		return;
	}
	uint32_t at = count;
	for (uint32_t id = d->usages; id; id = tracker_usage_at(s->tracker, id)->next)
		ids[--at] = id;
	json_open(w, KEY("usages"), '[');
	for (; at < count; at++) {
		const struct usage *u = tracker_usage_at(s->tracker, ids[at]);
		json_open(w, NO_KEY, '{');
		if (u->event)
			member_text(w, s, KEY("usage"), u->event);
		else
			json_put_word(w, KEY("usage"), "invite");
		json_put_bool(w, KEY("ended"), u->ended);
		json_close(w, '}');
	}
	json_close(w, ']');
	mem_give(mem, ids, size);
}

/* One side: its URI as the message says that created the dialog, and where requests to
 * it go, its newest Contact (RFC 3261 12.2.1.1). A NOTIFY that creates a dialog comes
 * from the callee, so it is the tag that tells whose From it is. */
static void write_side(struct json_writer *w, const struct json_subject *s,
                       const struct dialog *d, bool caller)
{
	struct engine_message m;
	uint32_t contact = caller ? d->caller_contact : d->callee_contact;
	json_open(w, caller ? KEY("caller") : KEY("callee"), '{');
	if (d->created && engine_read(s->engine, d->created, &m) == OK) {
		struct sip_addr from, to;
		sip_addr_parse(&from, sip_msg_value(m.msg, SIP_HDR_FROM));
		sip_addr_parse(&to, sip_msg_value(m.msg, SIP_HDR_TO));
		bool from_caller =
			slice_eq(from.tag, tracker_text(s->tracker, d->caller_tag));
		json_put_text(w, KEY("uri"), from_caller == caller ? from.uri : to.uri);
	}
	if (contact && engine_read(s->engine, contact, &m) == OK) {
		struct sip_list_iter it = { 0 };
		struct slice element;
		struct sip_addr addr;
		if (sip_msg_list_next(m.msg, SIP_HDR_CONTACT, &it, &element)) {
			sip_addr_parse(&addr, element);
			json_put_text(w, KEY("target"), addr.uri);
		}
	}
	json_close(w, '}');
}

/* URIs of a list header, the last one first. */
static void member_reversed(struct json_writer *w, struct mem *mem, struct slice key,
                            const struct sip_msg *msg, enum sip_hdr_id id)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	size_t count = 0;
	while (sip_msg_list_next(msg, id, &it, &element))
		count++;
	if (count == 0)
		return;
	struct slice *all = mem_take(mem, count * sizeof(*all));
	if (!all) {
		w->failed = true;
		return;
	}
	it = (struct sip_list_iter){ 0 };
	for (size_t i = 0; sip_msg_list_next(msg, id, &it, &element); i++)
		all[i] = element;
	json_open(w, key, '[');
	for (size_t i = count; i-- > 0;) {
		struct sip_addr addr;
		sip_addr_parse(&addr, all[i]);
		json_put_header(w, NO_KEY, addr.uri);
	}
	json_close(w, ']');
	mem_give(mem, all, count * sizeof(*all));
}

/* Hops back to the caller, and messages of its transaction, that are looked through for
 * a response: more than any honest call has. What lies beyond is told as the hop has it
 * that the tracker names. */
#define CALLER_LOOK 512

/* The response `message` as the caller got it: the one that its own hop saw, of which
 * this one may be on a hop further on. Proxies rewrite Record-Route on the way
 * (RFC 3261 16.7 step 8). */
static uint32_t at_caller(const struct tracker *t, uint32_t message)
{
	const struct track_message *m = tracker_message_at(t, message);
	unsigned left = CALLER_LOOK;
	if (m->request || m->stray)
		return message;
	const struct txn *mine = tracker_transaction_at(t, m->owner), *x = mine;
	for (; left && tracker_more(t, x)->forward_of; left--)
		x = tracker_transaction_at(t, tracker_more(t, x)->forward_of);
	uint32_t id = x == mine ? 0 : x->last;
	for (; left && id; left--, id = tracker_message_at(t, id)->prev) {
		const struct track_message *k = tracker_message_at(t, id);
		if (!k->request && k->code == m->code && k->tag == m->tag)
			return id; /* the same To tag */
	}
	return message;
}

/* The route set as the caller has it: Record-Route of the response that confirmed or
 * created the dialog, turned round (RFC 3261 12.1.2, 13.2.2.4). */
static void write_routes(struct json_writer *w, const struct json_subject *s,
                         const struct dialog *d)
{
	struct engine_message m;
	uint32_t message = d->confirmed ? d->confirmed : d->created;
	if (message && !d->inferred &&
	    !tracker_message_at(s->tracker, message)->request &&
	    engine_read(s->engine, at_caller(s->tracker, message), &m) == OK)
		member_reversed(w, engine_mem(s->engine), KEY("route_set"), m.msg,
		                SIP_HDR_RECORD_ROUTE);
}

static void write_session_timer(struct json_writer *w, const struct json_subject *s)
{
	static const char *const refreshers[] = { "", "caller", "callee" };
	struct session_timer timer;
	if (!tracker_session_timer(s->tracker, s->id, &timer))
		return;
	json_open(w, KEY("session_timer"), '{');
	json_put_uint(w, KEY("expires"), timer.expires);
	json_put_word(w, KEY("refresher"), refreshers[timer.refresher]);
	json_put_uint(w, KEY("refreshed"), timer.refreshed);
	json_put_time(w, KEY("deadline"), timer.deadline);
	json_close(w, '}');
}

void json_write_dialog(struct json_writer *w, const struct json_subject *s)
{
	const struct dialog *d = tracker_dialog_at(s->tracker, s->id);
	json_put_id(w, KEY("id"), s->id);
	json_put_id(w, KEY("call"), d->call);
	member_call_id(w, s, d->call);
	member_text(w, s, KEY("caller_tag"), d->caller_tag);
	member_text(w, s, KEY("callee_tag"), d->callee_tag);
	json_put_word(w, KEY("created_by"), sip_method_name((enum sip_method)d->method));
	if (d->inferred)
		json_put_bool(w, KEY("inferred"), true);
	json_put_word(w, KEY("state"), dialog_state_name(d->state));
	write_usages(w, s, d);
	json_put_word(w, KEY("end"), dialog_end_name(d->end));
	json_put_time(w, KEY("started"), message_time(s, d->created));
	json_put_time(w, KEY("confirmed"), message_time(s, d->confirmed));
	json_put_time(w, KEY("ended"),
	              d->ended ? message_time(s, d->ended) : d->lapsed_at);
	write_side(w, s, d, true);
	write_side(w, s, d, false);
	write_routes(w, s, d);
	write_session_timer(w, s);
	json_write_dialog_media(w, s);
	json_put_uint(w, KEY("messages"), d->messages);
}

/* ---- call */

static void write_first_message(struct json_writer *w, const struct json_subject *s,
                                const struct call *c)
{
	struct engine_message m;
	if (c->first == 0)
		return;
	if (engine_read(s->engine, c->first, &m) == OK) {
		json_member_party(w, KEY("from"), sip_msg_value(m.msg, SIP_HDR_FROM));
		json_member_party(w, KEY("to"), sip_msg_value(m.msg, SIP_HDR_TO));
		json_put_text(w, KEY("request_uri"), m.msg->uri);
	}
	const struct track_message *first = tracker_message_at(s->tracker, c->first);
	member_flow(w, s, first->flow, KEY("source"), KEY("destination"));
}

/* What only an INVITE call has; `started` comes first and is every call's. */
static void write_progress(struct json_writer *w, const struct json_subject *s,
                           const struct call_summary *sum)
{
	tick invite = message_time(s, sum->invite);
	tick ringing = message_time(s, sum->ringing);
	tick answered = message_time(s, sum->answered);
	tick ended = message_time(s, sum->ended);
	json_put_time(w, KEY("ringing"), ringing);
	json_put_time(w, KEY("answered"), answered);
	json_put_time(w, KEY("ended"), ended);
	json_put_span(w, KEY("pdd_ms"), invite, ringing);
	json_put_span(w, KEY("setup_ms"), invite, answered);
	if (sum->state == CALL_COMPLETED)
		json_put_span(w, KEY("talk_ms"), answered, ended);
	json_put_id(w, KEY("final_status"), sum->final_status);
	member_reason(w, s, KEY("final_reason"), sum->final);
	json_put_word(w, KEY("ended_by"), call_ended_by_name(sum->ended_by));
}

static void write_related(struct json_writer *w, const struct json_subject *s)
{
	struct mem *mem = engine_mem(s->engine);
	struct relation *list;
	uint32_t count;
	if (tracker_related(s->tracker, s->id, mem, &list, &count) != OK) {
		w->failed = true;
		return;
	}
	if (count == 0)
		return;
	json_open(w, KEY("related"), '[');
	for (uint32_t i = 0; i < count; i++) {
		json_open(w, NO_KEY, '{');
		json_put_id(w, KEY("call"), list[i].call);
		json_put_word(w, KEY("by"),
		              relation_name((enum relation_by)list[i].by));
		json_close(w, '}');
	}
	json_close(w, ']');
	mem_give(mem, list, count * sizeof(*list));
}

/* ---- authentication */

/* One realm of a call, and what came of it. */
struct realm {
	uint32_t newest; /* its newest nonce, ... */
	uint32_t used;   /* ... and the one with the newest credentials, or 0 */
	unsigned challenges, refused, stale;
};

static enum auth_algorithm first_algorithm(unsigned offered)
{
	unsigned i = 0;
	while (i < AUTH_ALGORITHM_OTHER && !(offered & 1U << i))
		i++;
	return (enum auth_algorithm)i;
}

static void write_realm(struct json_writer *w, const struct json_subject *s,
                        const struct realm *r)
{
	const struct tracker *t = s->tracker;
	const struct auth_nonce *n = tracker_auth_at(t, r->used ? r->used : r->newest);
	struct slice name = tracker_text(t, n->realm);
	/* a quote that is missing would let a response into it */
	if (slice_index(name, '=') < name.len)
		name = SLICE("...");
	json_open(w, NO_KEY, '{');
	json_put_text(w, KEY("realm"), name);
	json_put_word(w, KEY("by"), n->proxy ? "proxy" : "server");
	json_put_word(w, KEY("algorithm"),
	              auth_algorithm_name(r->used ? (enum auth_algorithm)n->taken
	                                          : first_algorithm(n->offered)));
	json_put_uint(w, KEY("challenges"), r->challenges);
	json_put_uint(w, KEY("refused"), r->refused);
	json_put_uint(w, KEY("stale"), r->stale);
	json_put_word(w, KEY("outcome"),
	              auth_outcome_name(r->used ? tracker_auth_outcome(t, r->used)
	                                        : AUTH_IGNORED));
	json_close(w, '}');
}

/* A nonce of the call into the record of its realm. */
static void add_nonce(const struct json_subject *s, struct realm *realms, unsigned *count,
                      uint32_t id)
{
	const struct tracker *t = s->tracker;
	const struct auth_nonce *n = tracker_auth_at(t, id);
	unsigned i = 0;
	while (i < *count && (tracker_auth_at(t, realms[i].newest)->realm != n->realm ||
	                      tracker_auth_at(t, realms[i].newest)->proxy != n->proxy))
		i++;
	struct realm *r = &realms[i];
	if (i == *count) {
		*r = (struct realm){ .newest = id };
		++*count;
	}
	if (n->used && (!r->used || n->used > tracker_auth_at(t, r->used)->used))
		r->used = id;
	r->challenges += n->challenge != 0;
	r->refused += n->refused;
	r->stale += n->renewed;
}

/* What each realm asked of a call, the oldest first. No secret is in it. */
static void write_auth(struct json_writer *w, const struct json_subject *s, uint32_t call)
{
	struct realm realms[AUTH_NONCES_MAX];
	unsigned count = 0;
	uint32_t id = tracker_auth_of_call(s->tracker, call);
	if (!id)
		return;
	for (; id; id = tracker_auth_at(s->tracker, id)->next)
		add_nonce(s, realms, &count, id);
	json_open(w, KEY("auth"), '[');
	while (count > 0)
		write_realm(w, s, &realms[--count]);
	json_close(w, ']');
}

void json_write_call(struct json_writer *w, const struct json_subject *s)
{
	const struct call *c = tracker_call_at(s->tracker, s->id);
	bool invite = c->kind == CALL_INVITE;
	struct call_summary sum = { .state = CALL_UNKNOWN };
	json_put_id(w, KEY("id"), s->id);
	member_text(w, s, KEY("call_id"), c->call_id);
	json_put_id(w, KEY("continues"), tracker_continues(s->tracker, s->id));
	json_put_word(w, KEY("kind"), call_kind_name(c->kind));
	write_first_message(w, s, c);
	if (invite) {
		tracker_summarize(s->tracker, s->id, &sum);
		json_put_word(w, KEY("state"), call_state_name(sum.state));
	}
	json_put_time(w, KEY("started"),
	                 message_time(s, sum.invite ? sum.invite : c->first));
	if (invite)
		write_progress(w, s, &sum);
	json_put_uint(w, KEY("messages"), c->messages);
	json_put_uint(w, KEY("transactions"), c->transactions);
	json_put_uint(w, KEY("dialogs"), c->ndialogs);
	json_put_uint(w, KEY("retransmissions"), c->retransmissions);
	json_put_uint(w, KEY("duplicates"), c->duplicates);
	if (invite) {
		json_put_bool(w, KEY("start_seen"), sum.start_seen);
		json_put_bool(w, KEY("end_seen"), sum.end_seen);
	}
	write_auth(w, s, s->id);
	json_write_call_findings(w, s, &sum);
	write_related(w, s);
}

/* ---- registration */

void json_write_registration(struct json_writer *w, const struct json_subject *s)
{
	const struct registration *r = tracker_registration_at(s->tracker, s->id);
	json_put_id(w, KEY("id"), s->id);
	json_put_id(w, KEY("call"), r->call);
	member_text(w, s, KEY("aor"), r->aor);
	member_text(w, s, KEY("contact"), r->contact);
	member_flow(w, s, r->flow, NO_KEY, KEY("registrar"));
	json_put_word(w, KEY("state"), reg_state_name(r->state));
	json_put_bool(w, KEY("challenged"), r->challenged);
	if (r->asked != REG_NO_EXPIRES)
		json_put_uint(w, KEY("asked"), r->asked);
	if (r->expires != REG_NO_EXPIRES)
		json_put_uint(w, KEY("expires"), r->expires);
	json_put_time(w, KEY("registered"), r->registered_at);
	json_put_uint(w, KEY("refreshes"), r->refreshes);
	if (r->state == REG_EXPIRED)
		json_put_time(w, KEY("ended"),
		              tick_add(r->granted_at, r->expires * (uint64_t)TICK_S));
	else
		json_put_time(w, KEY("ended"), r->ended_at);
	json_put_id(w, KEY("final_status"), r->final_status);
	write_auth(w, s, r->call);
}

/* ---- subscription */

/* URIs of both sides, as the first message says: the subscriber sends SUBSCRIBE and
 * REFER, the notifier NOTIFY. */
static void write_parties(struct json_writer *w, const struct json_subject *s,
                          uint32_t message)
{
	struct engine_message m;
	struct sip_addr from, to;
	uint32_t owner = tracker_message_at(s->tracker, message)->owner;
	if (owner == 0 || engine_read(s->engine, message, &m) != OK)
		return;
	sip_addr_parse(&from, sip_msg_value(m.msg, SIP_HDR_FROM));
	sip_addr_parse(&to, sip_msg_value(m.msg, SIP_HDR_TO));
	bool notify =
		tracker_transaction_at(s->tracker, owner)->code == SIP_METHOD_NOTIFY;
	json_put_text(w, KEY("subscriber"), notify ? to.uri : from.uri);
	json_put_text(w, KEY("notifier"), notify ? from.uri : to.uri);
}

void json_write_subscription(struct json_writer *w, const struct json_subject *s)
{
	const struct subscription *u = tracker_subscription_at(s->tracker, s->id);
	json_put_id(w, KEY("id"), s->id);
	json_put_id(w, KEY("call"), u->call);
	json_put_id(w, KEY("dialog"), u->dialog);
	member_text(w, s, KEY("event"), u->event);
	member_text(w, s, KEY("event_id"), u->event_id);
	write_parties(w, s, u->first);
	json_put_word(w, KEY("state"), sub_state_name(u->state));
	member_text(w, s, KEY("reason"), u->reason);
	if (u->retry_after != SUB_NO_EXPIRES)
		json_put_uint(w, KEY("retry_after"), u->retry_after);
	if (u->expires != SUB_NO_EXPIRES)
		json_put_uint(w, KEY("expires"), u->expires);
	json_put_uint(w, KEY("notifies"), u->notifies);
	json_put_id(w, KEY("result"), u->result);
	json_put_time(w, KEY("started"), message_time(s, u->first));
	json_put_time(w, KEY("ended"), u->ended_at);
}
