/* SPDX-License-Identifier: MIT */
/* find/private.h - what rules stand on. Nobody outside of this room includes it. */
#ifndef FIND_PRIVATE_H
#define FIND_PRIVATE_H

#include "find/find.h"
#include "sip/field.h"

#define TRANSPORT_UDP   0 /* enum net_transport, which this room does not know */

/* Transactions of a call that are looked through for another one: more than hops and
 * requests of any ordinary call. */
#define FIND_OTHERS_MAX 256

/* One call while its rules run. */
struct find_run {
	struct find *find;
	const struct tracker *t;
	uint32_t id;
	const struct call *call;
	struct call_summary summary; /* of an INVITE call */
	bool is_invite;
	find_sink *sink; /* NULL: they are kept */
	void *arg;
	bool enough; /* said the sink */
};

/* One message as it comes, no repeat and part of a call. */
struct find_seen {
	struct find *find;
	const struct tracker *t;
	const struct sip_msg *msg;
	const struct track_result *is;
	const struct track_message *m; /* its record */
	const struct txn *x;           /* its transaction; NULL: an ACK without one */
};

/* What is kept of the request of a recent transaction. Hashes are keyed; 0: no such
 * field. */
struct find_recent_txn {
	uint32_t txn;
	uint32_t target;  /* hash: Request-URI and topmost Route */
	uint32_t contact; /* hash: of INVITE */
	uint32_t body;    /* hash: of INVITE */
	uint32_t expires; /* s, of INVITE; 0: not said */
	uint8_t hops;     /* Max-Forwards */
	bool has_hops;
	bool hidden;   /* its Via names another address than it came from */
	bool bad_cseq; /* its CSeq names another method */
};

/* What was found out about the newest request of an address. */
struct find_recent_sender {
	uint32_t addr;
	uint32_t sent_by; /* struct txn: sent_by */
	bool hidden;      /* and that is not where it comes from */
};

/* Keep a finding of the call under way. */
void find_add(struct find_run *run, enum find_code code, struct finding finding);

/* Keep a finding that this message raises: it becomes one of its call. Where the finding
 * names no message, dialog or transaction, those of this one. */
void find_mark(struct find_seen *seen, enum find_code code, struct finding finding);

/* The same, unless it was told before: of this call, code and sender; where by_n is set,
 * also of the same n. So hostile messages make no more findings than there are senders
 * and kinds of them. */
void find_mark_once(struct find_seen *seen, enum find_code code, struct finding finding,
                    bool by_n);

/* Of a request that has a transaction: where it is to be noted, or was. NULL: no memory,
 * or, of find_recent, not of the recent ones. */
struct find_recent_txn *find_recent(const struct find *find, uint32_t txn);
struct find_recent_txn *find_note_recent(struct find *find, uint32_t txn);
struct find_recent_sender *find_recent_sender(struct find *find, uint32_t addr);

/* Keyed hash, never 0. */
uint32_t find_hash(const struct find *find, struct slice text);

/* --- rules of messages as they come
 *
 * One function for each theme. A theme that most messages have nothing to do with has a
 * test that costs next to nothing; it is called only where that says so. */

void find_messages(struct find_seen *seen); /* form, tags, hops, responses */
void find_nat(struct find_seen *seen);
void find_routing(struct find_seen *seen); /* what is wrong with the way it takes */
void find_observe_media(struct find_seen *seen);

/* RFC 3262. Copies of a message count, too. */
void find_reliable_message(struct find_seen *seen);
void find_reliable_init(struct find *find);
void find_reliable_clear(struct find *find);

/* What goes with a call that is forgotten. */
void find_reliable_forget_dialog(struct find *find, uint32_t dialog);
void find_reliable_forget_txn(struct find *find, uint32_t txn);

/* With RSeq, RAck or Require; PRACK; without them, where a call requires 100rel: a
 * provisional response, or a 2xx after a reliable one. */
static inline bool find_reliable_wants(const struct find_seen *seen)
{
	const struct sip_msg *msg = seen->msg;
	unsigned status = msg->status;
	return msg->first[SIP_HDR_RSEQ] || msg->first[SIP_HDR_RACK] ||
	       msg->first[SIP_HDR_REQUIRE] ||
	       (seen->m->request && seen->m->code == SIP_METHOD_PRACK) ||
	       (seen->find->demands.live && status > 100 && status < 200) ||
	       (seen->find->reliables.used && status >= 200 && status < 300);
}

/* RFC 4028, of messages that no proxy passed on. */
void find_session_message(struct find_seen *seen);

static inline bool find_session_wants(const struct find_seen *seen)
{
	return !seen->is->forward_of &&
	       (seen->msg->first[SIP_HDR_SESSION_EXPIRES] || seen->msg->status == 422);
}

void find_replaces(struct find_seen *seen); /* RFC 3891 */

static inline bool find_replaces_wants(const struct find_seen *seen)
{
	return !seen->is->forward_of && seen->msg->first[SIP_HDR_REPLACES];
}

void find_auth_seen(struct find_seen *seen);

static inline bool find_auth_wants(const struct find_seen *seen)
{
	const struct sip_msg *msg = seen->msg;
	return !seen->is->forward_of && (msg->first[SIP_HDR_AUTHORIZATION] ||
	                                 msg->first[SIP_HDR_PROXY_AUTHORIZATION] ||
	                                 msg->status == 401 || msg->status == 407);
}

/* Parts of find_messages. */

/* form.c: it is malformed, or lacks what parsing looks for. */
void find_form(struct find_seen *seen);
void find_missing(struct find_seen *seen, enum sip_hdr_id id);

/* tags.c: what the tracker finds odd; a request inside a dialog; an ACK to 2xx without
 * one; BYE inside one; a response inside another dialog than its request; one without a
 * request. */
void find_tags(struct find_seen *seen);
void find_unknown_dialog(struct find_seen *seen);
void find_ack_tags(struct find_seen *seen);
void find_bye(struct find_seen *seen);
void find_other_dialog(struct find_seen *seen);
void find_other_method(struct find_seen *seen);

/* hops.c: keep what later hops are compared with; compare one that was passed on. */
void find_note(struct find_seen *seen);
void find_passed_on(struct find_seen *seen);

/* responses.c: 1xx, 2xx to INVITE, 3xx to 6xx. */
void find_provisional(struct find_seen *seen);
void find_answer(struct find_seen *seen);
void find_failure(struct find_seen *seen);

static inline bool find_has(const struct find_seen *seen, enum sip_hdr_id id)
{
	return seen->msg->first[id] != 0;
}

/* From the message to this one, in s, no less than 0. */
static inline uint64_t find_seconds_since(const struct find_seen *seen, uint32_t message)
{
	int64_t ns = tick_diff(seen->m->at, tracker_message_at(seen->t, message)->at);
	return ns > 0 ? (uint64_t)ns / TICK_S : 0;
}

static inline const struct track_flow *find_flow(const struct find_seen *seen)
{
	return tracker_flow_at(seen->t, seen->m->flow);
}

/* --- rules of calls, one function for each theme */

void find_transactions(struct find_run *run);
void find_dialogs(struct find_run *run);
void find_calls(struct find_run *run);
void find_timers(struct find_run *run);
void find_session_timers(struct find_run *run);
void find_reliable(struct find_run *run);
void find_media(struct find_run *run);
void find_auth(struct find_run *run);
void find_registrations(struct find_run *run); /* of a call that is one of REGISTER */

/* One transaction, for those that are about registrations and subscriptions: most are
 * not. */
void find_answered(struct find_run *run, uint32_t id, const struct txn *x);

static inline bool find_answered_wants(const struct txn *x)
{
	return x->code == SIP_METHOD_NOTIFY || x->code == SIP_METHOD_REFER ||
	       x->code == SIP_METHOD_REGISTER || x->code == SIP_METHOD_SUBSCRIBE ||
	       x->code == SIP_METHOD_PUBLISH;
}

/* One registration of the call. */
void find_registration(struct find_run *run, uint32_t id);
/* One subscription. */
void find_subscription(struct find_run *run, uint32_t id);

/* The INVITE (message) that a CANCEL has the branch of, and that went from the same
 * sender to somewhere else; or 0. */
uint32_t find_cancelled_elsewhere(const struct find_run *run, const struct txn *cancel);

static inline const struct track_message *find_message(const struct find_run *run,
                                                       uint32_t id)
{
	return tracker_message_at(run->t, id);
}

/* From one message to another; 0 where time ran backwards. */
static inline tick find_span(const struct find_run *run, uint32_t from, uint32_t to)
{
	int64_t ns = tick_diff(find_message(run, to)->at, find_message(run, from)->at);
	return ns > 0 ? (tick)ns : 0;
}

/* From a message to the end of the capture. */
static inline tick find_rest(const struct find_run *run, uint32_t from)
{
	int64_t ns = tick_diff(run->find->end, find_message(run, from)->at);
	return ns > 0 ? (tick)ns : 0;
}

#endif
