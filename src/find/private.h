/* SPDX-License-Identifier: MIT */
/* find/private.h - what rules stand on. Nobody outside of this room includes it. */
#ifndef FIND_PRIVATE_H
#define FIND_PRIVATE_H

#include "find/find.h"
#include "sip/field.h"

/* One call while its rules run. */
struct find_run {
	struct find *find;
	const struct tracker *t;
	uint32_t id;
	const struct call *call;
	struct call_summary summary; /* of an INVITE call */
	bool is_invite;
};

/* One message as it comes, no repeat and part of a call. */
struct find_seen {
	struct find *find;
	const struct tracker *t;
	const struct sip_msg *msg;
	const struct track_result *is;
	const struct track_message *m; /* its record */
};

/* Keep a finding of the call under way. */
void find_add(struct find_run *run, enum find_code code, struct finding finding);

/* Keep a finding that this message raises: it becomes one of its call. Where the finding
 * names no message, dialog or transaction, those of this one. */
void find_mark(struct find_seen *seen, enum find_code code, struct finding finding);

/* Rules, one function for each theme. */
void find_transactions(struct find_run *run);
void find_dialogs(struct find_run *run);
void find_calls(struct find_run *run);
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

/* Rules on messages as they come: each after a test that costs next to nothing. */
void find_auth_seen(struct find_seen *seen);

static inline bool find_auth_wants(const struct sip_msg *msg)
{
	return (msg->first[SIP_HDR_AUTHORIZATION] |
	        msg->first[SIP_HDR_PROXY_AUTHORIZATION]) ||
	       msg->status == 401 || msg->status == 407;
}

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
