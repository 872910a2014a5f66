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
void find_timers(struct find_run *run);
void find_session_timers(struct find_run *run);
void find_reliable(struct find_run *run);

/* The same for messages as they come: first copies that no proxy passed on. */
void find_session_message(struct find_seen *seen);

/* Of RFC 3262: any message with RSeq, RAck or Require, PRACK, 420, and where
 * find_reliable_awaits says so. */
void find_reliable_message(struct find_seen *seen);
void find_reliable_init(struct find *find);
void find_reliable_clear(struct find *find);

/* Is a provisional response or a 2xx without these headers to be looked at? */
static inline bool find_reliable_awaits(const struct find *find, unsigned status)
{
	return (find->demands.live && status > 100 && status < 200) ||
	       (find->reliables.used && status >= 200 && status < 300);
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
