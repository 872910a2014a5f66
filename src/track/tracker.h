/* SPDX-License-Identifier: MIT */
/* track/tracker.h - transactions, dialogs and calls of a stream of messages.
 *
 * One table keyed on Call-ID; transactions and dialogs are lists of their call, with
 * an index beside them once a list is long. README.md beside this file has the theory
 * of operation. No clock: time moves when a caller passes it. */
#ifndef TRACK_TRACKER_H
#define TRACK_TRACKER_H

#include <stdint.h>

#include "base/deadline.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "base/tick.h"
#include "sip/field.h"
#include "sip/message.h"
#include "track/auth.h"
#include "track/call.h"
#include "track/dialog.h"
#include "track/flow.h"
#include "track/icmp.h"
#include "track/media.h"
#include "track/message.h"
#include "track/registration.h"
#include "track/session_timer.h"
#include "track/route.h"
#include "track/relation.h"
#include "track/subscription.h"
#include "track/transaction.h"

/* The largest number of a record of each kind. */
struct track_limits {
	uint32_t messages;
	uint32_t calls;
	uint32_t transactions;
	uint32_t dialogs;
	uint32_t flows;
};

/* One message as it comes to the tracker. Borrowed for the call. */
struct track_input {
	const struct sip_msg *msg;
	struct track_endpoint src, dst;
	tick at;
	uint64_t ref; /* where its bytes are */
	uint32_t frame;
	uint16_t ip_id; /* IPv4 identification, or 0 */
	uint8_t transport;
	uint8_t truncated;
};

/* What is odd about a message, given what came before it: bits of struct track_result. */
enum track_odd {
	TRACK_UNEXPECTED = 1U << 0,     /* no row of transaction.def: it moved nothing */
	TRACK_OTHER_FROM_TAG = 1U << 1, /* a response; its request has another */
	TRACK_NO_FROM_TAG = 1U << 2,
	TRACK_NO_TO_TAG = 1U << 3
};

/* What the tracker found: ids, 0 for none. */
struct track_result {
	uint32_t message;
	uint32_t call;
	uint32_t transaction;
	uint32_t dialog;
	uint32_t of;         /* of a repeat: the first message of its kind */
	uint32_t forward_of; /* message that a proxy passed on as this one */
	enum track_repeat repeat;
	uint8_t odd;              /* enum track_odd */
	struct track_media media; /* of its session description */
};

struct track_stats {
	uint64_t untracked; /* messages without Call-ID or CSeq: part of no call */
	uint64_t refused;   /* messages not tracked: a limit or the memory budget */
	uint64_t stray_acks;
	uint64_t chains_cut;     /* matches given up after TRACK_CHAIN_MAX candidates */
	uint64_t nonces_dropped; /* the oldest of a call that had AUTH_NONCES_MAX */
	uint64_t icmp;           /* errors tied to the transaction they are about */
	uint64_t icmp_untied;    /* about no message that was captured */
	uint64_t icmp_refused;   /* not kept: TRACK_ICMP_MAX, or the memory budget */
	uint64_t relations_refused; /* evidence not kept: a limit, or the memory budget */
	uint64_t relations_dropped; /* values that more than RELATION_GROUP_MAX calls
	                             * share: no evidence */
	uint64_t relations_common;  /* of SDP, that are plainly not unique: none either */
	uint64_t offers_refused;    /* offers and answers not kept: MEDIA_WORDS_TOTAL, or
	                          * the memory budget */
	uint64_t unexpected; /* messages for which the state of their transaction has no
	                      * row in transaction.def */
};

/* Candidates looked at for one match: elements of one Call-ID that share CSeq, method
 * and branch. Real traffic has a handful (one for each hop). */
#define TRACK_CHAIN_MAX   512

#define TRACK_SENT_BY_MAX 280 /* host name of 255 bytes (RFC 1035 2.3.4), port */

/* host:port of a Via in lower case, the port of its transport where there is none
 * (RFC 3261 18.2.1): what transactions are compared by. Returns its length; 0: the host
 * is too long to be one. */
size_t track_sent_by(const struct sip_via *via, char out[TRACK_SENT_BY_MAX]);

struct tracker; /* one thread at a time */

/* *out is the caller's, for tracker_free; mem must outlive it. OK or ERR_NOMEM. */
MUST_USE enum err tracker_new(struct tracker **out, struct mem *mem, uint64_t seed,
                              const struct track_limits *limits);
void tracker_free(struct tracker *t); /* NULL is allowed */

/* One message. Deadlines at or before `now` (the largest time seen, at least
 * in->at) fire first.
 *
 * OK; ERR_LIMIT or ERR_NOMEM: the message is not tracked and counted as refused,
 * *out names no more than what exists. */
enum err tracker_message(struct tracker *t, tick now, const struct track_input *in,
                         struct track_result *out);

tick tracker_deadline(const struct tracker *t);    /* earliest, or TICK_NONE */
void tracker_advance(struct tracker *t, tick now); /* fire what is due */

/* --- forgetting (forget.c)
 *
 * Numbers are not used again: those of what was forgotten may still stand in relations of
 * other calls, registrations and findings. */

/* Can nothing but a late message change the call any more? All its transactions have
 * finished, its dialogs and subscriptions ended; what it registered may stand. *since:
 * when the last of that was, or, of one that is open, the time of its newest message. The
 * work is that of its transactions and dialogs. */
bool tracker_is_over(const struct tracker *t, uint32_t call, tick now, tick *since);

/* Forget a call with all that is of it; a message of its Call-ID opens a new one. What
 * was borrowed is void. */
void tracker_forget(struct tracker *t, uint32_t call);

/* Forget a message that is part of no call. */
void tracker_forget_message(struct tracker *t, uint32_t message);

/* The forgotten call that this one goes on with, or 0. Of the last GONE_MAX that were
 * forgotten (private.h). */
uint32_t tracker_continues(const struct tracker *t, uint32_t call);

/* Queries. Records are borrowed until the next tracker_message or tracker_forget. Ids are
 * from 1; these say how many there ever were. */
const struct track_stats *tracker_stats(const struct tracker *t);
uint32_t tracker_messages(const struct tracker *t);
uint32_t tracker_transactions(const struct tracker *t);
uint32_t tracker_dialogs(const struct tracker *t);
uint32_t tracker_calls(const struct tracker *t);
uint32_t tracker_calls_kept(const struct tracker *t); /* those not forgotten */
uint32_t tracker_registrations(const struct tracker *t);
uint32_t tracker_registrations_kept(const struct tracker *t); /* not forgotten */
uint32_t tracker_registration_nth(const struct tracker *t, uint32_t n); /* from 0 */
uint32_t tracker_subscriptions(const struct tracker *t);
/* Will there soon be no number left for a record of some kind? */
bool tracker_is_used_up(const struct tracker *t);

/* Was the record not forgotten? */
bool tracker_has_message(const struct tracker *t, uint32_t id);
bool tracker_has_dialog(const struct tracker *t, uint32_t id);
bool tracker_has_call(const struct tracker *t, uint32_t id);
/* The first record after this number, or 0; from 0 on: all that are there, in order. */
uint32_t tracker_next_message(const struct tracker *t, uint32_t id);
uint32_t tracker_next_transaction(const struct tracker *t, uint32_t id);
uint32_t tracker_next_dialog(const struct tracker *t, uint32_t id);
uint32_t tracker_next_call(const struct tracker *t, uint32_t id);
uint32_t tracker_next_registration(const struct tracker *t, uint32_t id);
uint32_t tracker_next_subscription(const struct tracker *t, uint32_t id);
const struct track_message *tracker_message_at(const struct tracker *t, uint32_t id);
uint32_t tracker_message_call(const struct tracker *t, uint32_t id); /* 0: none */
const struct txn *tracker_transaction_at(const struct tracker *t, uint32_t id);
const struct dialog *tracker_dialog_at(const struct tracker *t, uint32_t id);
const struct usage *tracker_usage_at(const struct tracker *t, uint32_t id);
const struct call *tracker_call_at(const struct tracker *t, uint32_t id);
const struct registration *tracker_registration_at(const struct tracker *t, uint32_t id);
/* Newest record of the address of record of this one, at the same registrar: the others
 * follow by .next. */
uint32_t tracker_registration_newest(const struct tracker *t, uint32_t id);
/* Newest registration of a call, or 0; the others by .of_call. */
uint32_t tracker_registration_of(const struct tracker *t, uint32_t call);
const struct subscription *tracker_subscription_at(const struct tracker *t, uint32_t id);
const struct track_flow *tracker_flow_at(const struct tracker *t, uint32_t flow);
struct slice tracker_text(const struct tracker *t, uint32_t text);
/* What it hashes with, for those who keep a table beside it. */
uint64_t tracker_seed(const struct tracker *t);

/* To be called for each call where all are walked in order: fetches what the next ones
 * will be looked at for, since their records are spread over all memory. */
void tracker_fetch_ahead(const struct tracker *t, uint32_t call);

/* Newest subscription of a call, or 0; the others by .next. */
uint32_t tracker_subscription_of(const struct tracker *t, uint32_t call);

/* The dialog of a message, or 0. */
uint32_t tracker_message_dialog(const struct tracker *t, uint32_t message);
/* Of a request inside a dialog, or of an INVITE, that is no ACK. All 0 of others. */
struct route_note tracker_route_note(const struct tracker *t, uint32_t message);
/* What else there is of a transaction; never NULL. */
const struct txn_more *tracker_more(const struct tracker *t, const struct txn *txn);
/* Its first 2xx, or 0. */
uint32_t tracker_success(const struct tracker *t, const struct txn *txn);
/* Different ACKs to it. */
uint32_t tracker_acks(const struct tracker *t, const struct txn *txn);
/* Its method, borrowed for the life of the tracker. */
struct slice tracker_method(const struct tracker *t, const struct txn *txn);

enum txn_outcome tracker_outcome(const struct tracker *t, uint32_t transaction);
/* State, times and status of a call as DEFINITIONS say; walks its transactions. */
void tracker_summarize(const struct tracker *t, uint32_t call, struct call_summary *out);

/* The call that a Call-ID names, or 0. */
uint32_t tracker_find_call(const struct tracker *t, struct slice call_id);

/* The dialog of a call that has these two tags, in either order, or 0. */
uint32_t tracker_find_dialog(const struct tracker *t, uint32_t call, struct slice tag,
                             struct slice other);

/* Message ids of a call in order of arrival: *ids holds *count of them and is given
 * back with mem_give(mem, *ids, *count * sizeof(**ids)). OK or ERR_NOMEM. */
MUST_USE enum err tracker_call_messages(const struct tracker *t, uint32_t call,
                                        struct mem *mem, uint32_t **ids, uint32_t *count);

#endif
