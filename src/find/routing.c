/* SPDX-License-Identifier: MIT */
/* Rules on the way of messages: RFC 3261 9.1, 12.1, 12.2, 13.2.2.4, 16.4, 16.6,
 * 18.2.2. */
#include "config.h"

#include "find/routing.h"

#include <string.h>

#include "base/hash.h"
#include "find/private.h"

/* Hosts that proxies call themselves: those of one network. Their names come from the
 * wire and are not keyed, which so few of them need not be. */
#define KNOWN_MAX  4096

/* Addresses of one host that are looked at, or hosts at one address. */
#define KNOWN_WALK 16

/* ACKs are remembered until they are forwarded, which takes some milliseconds: by the
 * numbers of messages, so that it is 0.5 s at 8,000 messages a second. */
#define PASSING    4096

/* Hops of one INVITE: twice the 70 of Max-Forwards (RFC 3261 8.1.1.6). */
#define HOPS_MAX   140

struct known {
	uint64_t host;
	uint32_t address; /* number of it */
	bool loose;
};

struct passing {
	uint32_t message;
	uint16_t uri, last; /* as struct asking */
};

void routing_init(struct routing *r, struct mem *mem)
{
	pool_init(&r->ends, mem, sizeof(struct routing_ends), UINT32_MAX - 1);
	pool_init(&r->known, mem, sizeof(struct known), KNOWN_MAX);
	map_init(&r->known_as, mem);
}

void routing_clear(struct routing *r, struct mem *mem)
{
	pool_clear(&r->ends);
	pool_clear(&r->known);
	map_clear(&r->known_as);
	mem_give(mem, r->passing, r->passing ? PASSING * sizeof(*r->passing) : 0);
}

void routing_forget(struct routing *r, uint32_t dialog)
{
	if (dialog <= r->ends.used)
		pool_drop(&r->ends, dialog);
}

/* --- tables */

static uint16_t short_address(uint32_t number)
{
	return (uint16_t)(number % UINT16_MAX + 1);
}

/* Of its dialog; NULL: not known, or, when it was to be made, no memory. */
static struct routing_ends *ends_of(const struct find_seen *s, bool make)
{
	struct routing *r = &s->find->routing;
	uint32_t number, dialog = s->is->dialog;
	while (make && r->ends.used < dialog) {
		if (pool_add(&r->ends, &number) != OK) {
			r->unjudged++;
			return NULL;
		}
		if (!tracker_has_dialog(s->t, number))
			pool_drop(&r->ends, number);
	}
	return dialog <= r->ends.used ? pool_at(&r->ends, dialog) : NULL;
}

static uint64_t address_key(uint32_t address)
{
	return hash_mix(1, address);
}

/* Does any proxy call itself so; at that address, unless it is 0? */
static bool is_known(const struct routing *r, const struct sip_host *host,
                     uint32_t address)
{
	uint64_t key = route_host_key(host);
	unsigned left = KNOWN_WALK;
	uint32_t at, id;
	for (id = map_first(&r->known_as, key, &at); id && left--;
	     id = map_next(&r->known_as, key, &at)) {
		const struct known *k = pool_at(&r->known, id);
		if (k->host == key && (!address || k->address == address))
			return true;
	}
	return id != 0; /* too many to say no */
}

/* Is what routes at this address known to route loosely? */
static bool is_loose(const struct routing *r, uint32_t address)
{
	uint64_t key = address_key(address);
	unsigned left = KNOWN_WALK, loose = 0;
	uint32_t at, id;
	for (id = map_first(&r->known_as, key, &at); id && left--;
	     id = map_next(&r->known_as, key, &at)) {
		const struct known *k = pool_at(&r->known, id);
		if (k->address == address && !k->loose)
			return false;
		loose += k->address == address;
	}
	return loose && !id;
}

static void add_known(struct routing *r, struct slice uri, uint32_t address)
{
	struct sip_host host;
	uint32_t id;
	if (!route_host(&host, uri) || is_known(r, &host, address))
		return;
	uint64_t key = route_host_key(&host);
	if (map_reserve(&r->known_as, 2) != OK || pool_add(&r->known, &id) != OK) {
		r->unjudged++;
		return;
	}
	*(struct known *)pool_at(&r->known, id) =
		(struct known){ key, address, route_is_loose(uri) };
	if (map_add(&r->known_as, key, id) != OK ||
	    map_add(&r->known_as, address_key(address), id) != OK)
		r->unjudged++;
}

/* Of a request inside a dialog: its uri and last. False: no more known. */
static bool passed_by(const struct find_seen *s, uint32_t message, struct passing *out)
{
	const struct passing *acks = s->find->routing.passing;
	if (s->m->code == SIP_METHOD_ACK) {
		if (acks)
			*out = acks[message % PASSING];
		return acks && out->message == message;
	}
	struct route_note note = tracker_route_note(s->t, message);
	*out = (struct passing){ message, note.uri, note.list };
	return note.uri != 0;
}

static void note_ack(struct find *find, const struct passing *ack)
{
	struct routing *r = &find->routing;
	if (!r->passing)
		r->passing = mem_take(find->mem, PASSING * sizeof(*r->passing));
	if (r->passing)
		r->passing[ack->message % PASSING] = *ack;
	else
		r->unjudged++;
}

/* --- one message */

/* A request inside a dialog while it is judged. */
struct asking {
	struct find_seen *seen;
	struct routing *r;
	const struct dialog *dialog;
	const struct track_flow *flow;
	struct routing_end *from, *to; /* as its From tag says */
	const struct routes *routes;   /* Route */
	uint16_t uri, last; /* its Request-URI; the last of Route, 0 for none */
};

/* An element that begins a request puts one Via into it (8.1.1.7), and each proxy one
 * more. */
static bool has_one_via(const struct sip_msg *msg)
{
	const struct sip_hdr *via = sip_msg_first(msg, SIP_HDR_VIA);
	return via && slice_index(via->value, ',') == via->value.len &&
	       !sip_msg_next(msg, SIP_HDR_VIA, via);
}

static const struct track_flow *flow_of(const struct find_seen *s)
{
	return tracker_flow_at(s->t, s->m->flow);
}

/* The transaction of this message, and of another, or NULL. */
static const struct txn *own_txn(const struct find_seen *s)
{
	return s->is->transaction ? tracker_transaction_at(s->t, s->is->transaction)
	                          : NULL;
}

static const struct txn *txn_of(const struct find_seen *s, uint32_t message)
{
	const struct track_message *m =
		message ? tracker_message_at(s->t, message) : NULL;
	return m && m->owner && !m->stray ? tracker_transaction_at(s->t, m->owner) : NULL;
}

static const struct dialog *invite_dialog(const struct find_seen *s)
{
	const struct dialog *d =
		s->is->dialog ? tracker_dialog_at(s->t, s->is->dialog) : NULL;
	return d && d->method == SIP_METHOD_INVITE && !d->inferred ? d : NULL;
}

/* Which end of the dialog sent the request of this message, which comes from there?
 * Where only one end has this address it is that one; else the tag says it, which takes
 * longer. */
static bool asked_by_caller(const struct find_seen *s, const struct dialog *d,
                            const struct routing_ends *ends, uint32_t address)
{
	uint16_t at = short_address(address);
	if (ends->caller.at != ends->callee.at &&
	    (at == ends->caller.at || at == ends->callee.at))
		return at == ends->caller.at;
	return slice_eq(sip_addr_tag(sip_msg_value(s->msg, SIP_HDR_FROM)),
	                tracker_text(s->t, d->caller_tag));
}

/* --- requests that begin a dialog */

/* What a proxy adds to Record-Route is what it calls itself (16.6 step 4), where it sends
 * and where it receives. An element in two networks may add two (RFC 5658 5). */
static void begins(struct find_seen *s)
{
	struct routing *r = &s->find->routing;
	struct routes recorded;
	const struct txn *before = txn_of(s, s->is->forward_of);
	if (!before || !s->msg->first[SIP_HDR_RECORD_ROUTE])
		return;
	if (!routes_read(&recorded, s->msg, SIP_HDR_RECORD_ROUTE)) {
		r->unjudged++;
		return;
	}
	int added = routes_before(&recorded,
	                          tracker_route_note(s->t, s->is->forward_of).list);
	uint32_t sends = flow_of(s)->src_addr;
	uint32_t receives = tracker_flow_at(s->t, before->flow)->dst_addr;
	for (int i = 0; i < added && added <= 2; i++) {
		add_known(r, recorded.uri[i], sends);
		if (receives != sends)
			add_known(r, recorded.uri[i], receives);
	}
}

/* --- requests inside a dialog */

/* Methods that change the remote target: RFC 3261 12.2, RFC 3311 5, RFC 6665 4.4.1, and
 * REFER as RFC 5057 5.1 has it. */
static bool refreshes(unsigned method)
{
	return method == SIP_METHOD_INVITE || method == SIP_METHOD_UPDATE ||
	       method == SIP_METHOD_SUBSCRIBE || method == SIP_METHOD_NOTIFY ||
	       method == SIP_METHOD_REFER;
}

static bool is_strict_form(const struct asking *a, uint16_t target)
{
	return a->last && a->last == target && a->uri != target;
}

/* Is the Request-URI the address that the request is sent to? */
static bool names_receiver(const struct asking *a)
{
	struct sip_host host;
	return route_host(&host, a->seen->msg->uri) &&
	       route_host_is(&host, &a->flow->dst);
}

/* A Contact behind a NAT is of no use: then an address stands in its place, of the peer
 * itself, or one that the packets do not show, since the NAT changes it in them. */
static bool is_nat_address(const struct asking *a)
{
	struct sip_host host;
	if (a->routes->count || !route_host(&host, a->seen->msg->uri) ||
	    !route_is_address(&host))
		return false;
	return a->to->at == short_address(a->flow->dst_addr) || !names_receiver(a);
}

/* What is wrong with a request, by the user agent that it comes from (12.2.1.1), or
 * FIND_CODE_COUNT. */
static enum find_code sent_wrong(const struct asking *a)
{
	const struct routing_end *from = a->from;
	bool target = !from->target || a->uri == from->target;
	uint16_t routes = routes_hash(a->routes, 0);
	if ((routes == from->routes && target) || !has_one_via(a->seen->msg))
		return FIND_CODE_COUNT;
	if (is_strict_form(a, from->target) &&
	    routes_hash_strict(a->routes, a->seen->msg->uri) == from->routes)
		return route_is_loose(a->seen->msg->uri) ? FIND_STRICT_TO_LOOSE
		                                         : FIND_CODE_COUNT;
	if (routes != from->routes)
		return from->routes == ROUTE_NONE ? FIND_ROUTE_ADDED
		                                  : FIND_ROUTE_SET_IGNORED;
	return is_nat_address(a) ? FIND_CODE_COUNT : FIND_REQUEST_URI_NOT_TARGET;
}

/* True: something was wrong. Said once: further requests of this end are no more
 * compared. */
static bool judge_sent(struct asking *a)
{
	enum find_code code = sent_wrong(a);
	if (code == FIND_CODE_COUNT)
		return false;
	/* a re-INVITE or UPDATE that changed the target may be lost */
	find_mark(a->seen, code,
	          (struct finding){ .gap = code == FIND_REQUEST_URI_NOT_TARGET });
	a->from->routes = a->from->target = 0;
	return true;
}

/* Does a request that a proxy sent elsewhere still have its own URI first in Route? */
static bool kept_its_route(const struct asking *a)
{
	struct sip_host host;
	const struct track_flow *flow = a->flow;
	return a->routes->count && flow->src_addr != flow->dst_addr &&
	       route_host(&host, a->routes->uri[0]) && is_known(a->r, &host, 0) &&
	       is_known(a->r, &host, flow->src_addr) &&
	       !is_known(a->r, &host, flow->dst_addr);
}

/* May a proxy that received `p` have sent this Request-URI? It takes its own out (16.4),
 * puts that of a strict router in (16.6 step 6), or knows where the user is who
 * registered that URI (RFC 5627 5.3), with the Path of RFC 3327 in Route. */
static bool may_change_uri(const struct asking *a, const struct passing *p)
{
	uint16_t target = a->from->target;
	if (p->last == a->uri || (a->last && a->last == p->uri) || names_receiver(a))
		return true;
	return a->last && (a->last != p->last || !target || a->last == target);
}

/* By the proxy that forwards it: 16.4, 16.6 step 6. True: something was wrong. */
static bool judge_forwarded(const struct asking *a)
{
	struct find_seen *s = a->seen;
	struct passing p;
	enum find_code code = FIND_CODE_COUNT;
	if (kept_its_route(a))
		code = FIND_ROUTE_NOT_REMOVED;
	else if (!passed_by(s, s->is->forward_of, &p) || p.uri == a->uri ||
	         !is_loose(a->r, a->flow->src_addr))
		return false;
	else if (a->routes->count && route_is_loose(s->msg->uri))
		code = FIND_STRICT_TO_LOOSE;
	else if (!may_change_uri(a, &p))
		code = FIND_PROXY_CHANGED_URI;
	if (code == FIND_CODE_COUNT)
		return false;
	find_mark(s, code,
	          (struct finding){ .messages = { s->is->message, s->is->forward_of } });
	return true;
}

/* What the way of the INVITE says of a place to send to. */
struct way {
	bool neighbours; /* it passed between sender and receiver, in either direction:
	                  * by configuration, whatever they call themselves */
	bool passed;     /* it passed the place: no NAT stands before that address */
};

static struct way way_of_invite(const struct asking *a, const struct sip_host *place)
{
	const struct tracker *t = a->seen->t;
	const struct txn *x = txn_of(a->seen, a->dialog->created);
	uint32_t src = a->flow->src_addr, dst = a->flow->dst_addr;
	struct way way = { false, false };
	for (unsigned left = HOPS_MAX; x && left; left--) {
		const struct track_flow *f = tracker_flow_at(t, x->flow);
		way.neighbours |= (f->src_addr == src && f->dst_addr == dst) ||
		                  (f->src_addr == dst && f->dst_addr == src);
		way.passed |=
			route_host_is(place, &f->src) || route_host_is(place, &f->dst);
		uint32_t before = tracker_more(t, x)->forward_of;
		x = before ? tracker_transaction_at(t, before) : NULL;
	}
	return way;
}

/* The next element by Route and Request-URI: 12.2.1.1, 16.6 steps 6 and 7. Of a proxy
 * the Request-URI says little: it may hold a connection to its user (RFC 5626). */
static bool goes_elsewhere(const struct asking *a, bool own)
{
	struct sip_host host;
	uint16_t to = short_address(a->flow->dst_addr);
	bool end = to == a->from->at || to == a->to->at;
	if (a->routes->count ? !a->from->target : !own || end)
		return false;
	bool by_route = a->routes->count && !is_strict_form(a, a->from->target);
	if (!route_host(&host, by_route ? a->routes->uri[0] : a->seen->msg->uri) ||
	    route_host_is(&host, &a->flow->dst) ||
	    is_known(a->r, &host, a->flow->dst_addr))
		return false;
	struct way way = way_of_invite(a, &host);
	/* a name is where its proxies were seen, and is no user agent */
	bool sure =
		route_is_address(&host) ? way.passed : end && is_known(a->r, &host, 0);
	return sure && !way.neighbours && (a->routes->count || has_one_via(a->seen->msg));
}

/* ACKs to failures are hop by hop, and go where the INVITE went (17.1.1.3). */
static bool is_judged(const struct find_seen *s)
{
	if (s->m->code == SIP_METHOD_CANCEL)
		return false;
	if (s->m->code != SIP_METHOD_ACK)
		return true;
	const struct txn *x = own_txn(s);
	return x && x->final && tracker_message_at(s->t, x->final)->code < 300;
}

static void judge(struct asking *a)
{
	struct find_seen *s = a->seen;
	bool own = !s->is->forward_of && a->from->routes &&
	           a->from->at == short_address(a->flow->src_addr);
	if (s->is->forward_of ? judge_forwarded(a) : own && judge_sent(a))
		return;
	if (goes_elsewhere(a, own))
		find_mark(s,
		          s->m->code == SIP_METHOD_ACK ? FIND_ACK_ELSEWHERE
		                                       : FIND_SENT_ELSEWHERE,
		          (struct finding){ 0 });
}

static void inside(struct find_seen *s)
{
	struct routing *r = &s->find->routing;
	const struct dialog *d = invite_dialog(s);
	struct routing_ends *ends = d ? ends_of(s, false) : NULL;
	if (!ends || !is_judged(s))
		return;
	const struct track_flow *flow = flow_of(s);
	bool caller = asked_by_caller(s, d, ends, flow->src_addr);
	struct routes routes;
	struct asking a = { .seen = s,
		            .routes = &routes,
		            .r = r,
		            .dialog = d,
		            .flow = flow,
		            .from = caller ? &ends->caller : &ends->callee,
		            .to = caller ? &ends->callee : &ends->caller };
	if (s->m->code == SIP_METHOD_ACK) {
		a.uri = route_uri_hash(s->msg->uri);
	} else {
		struct route_note note = tracker_route_note(s->t, s->is->message);
		a.uri = note.uri;
		a.last = note.list;
	}
	if (!routes_read(&routes, s->msg, SIP_HDR_ROUTE)) {
		r->unjudged++;
		return;
	}
	if (s->m->code == SIP_METHOD_ACK) {
		if (routes.count)
			a.last = route_uri_hash(routes.uri[routes.count - 1]);
		note_ack(s->find, &(struct passing){ s->is->message, a.uri, a.last });
	}
	judge(&a);
}

/* The Request-URI of CANCEL is identical to that of its INVITE (9.1). */
static void cancels(struct find_seen *s)
{
	const struct txn *x = own_txn(s);
	uint32_t invite = x ? tracker_more(s->t, x)->cancel : 0;
	if (!invite || tracker_transaction_at(s->t, invite)->in_dialog)
		return;
	uint32_t request = tracker_transaction_at(s->t, invite)->request;
	uint16_t uri = request ? tracker_route_note(s->t, request).uri : 0;
	if (uri && uri != route_same_hash(s->msg->uri))
		find_mark(s, FIND_CANCEL_OTHER_URI,
		          (struct finding){ .messages = { s->is->message, request } });
}

uint32_t find_cancelled_elsewhere(const struct find_run *run, const struct txn *cancel)
{
	const struct track_flow *flow = tracker_flow_at(run->t, cancel->flow);
	unsigned left = HOPS_MAX;
	for (uint32_t id = run->call->newest; id && left--;) {
		const struct txn *x = tracker_transaction_at(run->t, id);
		if (x->kind == TXN_INVITE && x->request && x->cseq == cancel->cseq &&
		    x->branch == cancel->branch && x->sent_by == cancel->sent_by &&
		    tracker_flow_at(run->t, x->flow)->src_addr == flow->src_addr)
			return x->request;
		id = x->older;
	}
	return 0;
}

/* --- responses */

/* Back to the address that the request came from, and to its port (RFC 3581 4) or to
 * that of the top Via (18.2.2); a server that answers the port it came from all the same
 * does no harm. */
static void judge_place(struct find_seen *s, const struct txn *x)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	struct sip_via via;
	if (s->m->transport != TRANSPORT_UDP || !x->request ||
	    x->response != s->is->message)
		return;
	const struct track_flow *there =
		tracker_flow_at(s->t, tracker_message_at(s->t, x->request)->flow);
	const struct track_flow *back = flow_of(s);
	bool same = back->dst_addr == there->src_addr;
	if ((same && back->dst.port == there->src.port) ||
	    back->src_addr != there->dst_addr ||
	    !sip_msg_list_next(s->msg, SIP_HDR_VIA, &it, &element) ||
	    sip_via_parse(&via, element) != OK ||
	    sip_param(via.params, SLICE("maddr"), NULL))
		return;
	if (same && !via.has_rport && back->dst.port == (via.port ? via.port : 5060))
		return;
	if (tracker_more(s->t, x)->request_retransmissions)
		return; /* from another port, it may be */
	find_mark(s, FIND_RESPONSE_MISDIRECTED,
	          (struct finding){ .messages = { s->is->message, x->request },
	                            .n = there->src.port });
}

/* A response that makes or confirms a dialog, and its INVITE. */
struct answer {
	struct find_seen *seen;
	const struct txn *txn;
	struct route_note asked; /* of its request; all 0: not known */
	struct routing_end *client, *server;
	bool success;
};

/* The server of the first response, who has the route set of the INVITE as it came, and
 * who must answer with it (12.1.1). A proxy adds to it in front. */
static void server_end(const struct answer *a, const struct routes *recorded)
{
	struct find_seen *s = a->seen;
	if (!a->asked.uri)
		return;
	if (a->success && !s->is->forward_of && a->asked.list &&
	    routes_before(recorded, a->asked.list) < 0)
		find_mark(s, FIND_RECORD_ROUTE_NOT_COPIED,
		          (struct finding){
				  .messages = { s->is->message, a->txn->request } });
	if (!a->server->at)
		*a->server = (struct routing_end){ short_address(flow_of(s)->src_addr),
			                           a->asked.list, a->asked.contact };
}

static bool has_strict(const struct routes *recorded)
{
	for (unsigned i = 0; i < recorded->count; i++)
		if (!route_is_loose(recorded->uri[i]))
			return true;
	return false;
}

/* The client, who takes route set and target from the first response, and again from
 * the 2xx: 12.1.2, 13.2.2.4. Of provisional ones only those that are sent reliably matter
 * later on (RFC 3262 5), and others may leave Record-Route out. */
static void client_end(const struct answer *a, const struct routes *recorded)
{
	struct find_seen *s = a->seen;
	struct routing_end *end = a->client;
	uint16_t at = short_address(flow_of(s)->dst_addr);
	bool first = !end->at;
	if ((!first && end->at != at) || tracker_more(s->t, a->txn)->forward_of)
		return;
	if (first || a->success || (recorded->count && end->routes == ROUTE_NONE)) {
		uint16_t routes = routes_hash_reversed(recorded);
		if (end->routes && end->routes != ROUTE_NONE && end->routes != routes)
			find_mark(s, FIND_ROUTE_SET_CHANGED, (struct finding){ 0 });
		end->at = at;
		end->routes = routes;
		if (a->success && has_strict(recorded))
			find_mark(s, FIND_STRICT_ROUTER, (struct finding){ 0 });
	}
	if (!a->success && !s->msg->first[SIP_HDR_RSEQ])
		return;
	uint16_t contact = route_contact_hash(s->msg);
	if (contact)
		end->target = contact;
}

static void answers(const struct answer *a)
{
	struct find_seen *s = a->seen;
	struct routes recorded;
	if (!routes_read(&recorded, s->msg, SIP_HDR_RECORD_ROUTE)) {
		s->find->routing.unjudged++;
		a->client->routes = a->server->routes = 0;
		return;
	}
	server_end(a, &recorded);
	client_end(a, &recorded);
}

/* A 2xx to a request inside the dialog: both ends may have a new target (12.2.1.2,
 * 12.2.2); if it was refused, the old one stays (RFC 6141 4.6). */
static void refreshed(const struct answer *a)
{
	const struct track_flow *flow = flow_of(a->seen);
	if (a->asked.contact && a->server->at == short_address(flow->src_addr))
		a->server->target = a->asked.contact;
	if (a->client->at != short_address(flow->dst_addr))
		return;
	uint16_t contact = route_contact_hash(a->seen->msg);
	if (contact)
		a->client->target = contact;
}

static void answered(struct find_seen *s, const struct txn *x)
{
	bool begins = x->code == SIP_METHOD_INVITE && !x->in_dialog && !x->reinvite;
	bool success = s->m->code >= 200;
	const struct dialog *d = invite_dialog(s);
	if (!d || s->m->code >= 300 || !refreshes(x->code) || (!begins && !success))
		return;
	struct routing_ends *ends = ends_of(s, begins);
	if (!ends)
		return;
	bool caller = begins || asked_by_caller(s, d, ends, flow_of(s)->dst_addr);
	struct answer a = { .seen = s,
		            .txn = x,
		            .client = caller ? &ends->caller : &ends->callee,
		            .server = caller ? &ends->callee : &ends->caller,
		            .success = success };
	if (x->request)
		a.asked = tracker_route_note(s->t, x->request);
	if (begins)
		answers(&a);
	else
		refreshed(&a);
}

static void response(struct find_seen *s)
{
	const struct txn *x = own_txn(s);
	if (!x)
		return;
	judge_place(s, x);
	if (s->m->code > 100)
		answered(s, x);
}

void find_routing(struct find_seen *s)
{
	if (!route_is_whole(s->msg))
		return;
	if (!s->m->request)
		response(s);
	else if (s->m->code == SIP_METHOD_CANCEL)
		cancels(s);
	else if (s->is->dialog)
		inside(s);
	else if (s->m->code == SIP_METHOD_INVITE)
		begins(s);
}
