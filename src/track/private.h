/* SPDX-License-Identifier: MIT */
/* track/private.h - what the files of the tracker share. Nobody else includes it. */
#ifndef TRACK_PRIVATE_H
#define TRACK_PRIVATE_H

#include "sip/field.h"
#include "track/session.h"
#include "track/tracker.h"

/* A list longer than this gets an index beside it: below, walking is cheaper. */
#define TRACK_LONG_LIST 16

/* The same for the messages of a call, among which its ACKs are looked for: nearly all
 * calls are shorter, and need no entry in two indices (34 bytes a call). */
#define TRACK_LONG_CALL 32

/* What a repeat of a request has in common with it, whatever the request: a
 * transaction has one request only. */
#define TRACK_DIGEST_REQUEST UINT64_C(1)

/* Kinds of deadlines; the id is that of a record, for FORK of a transaction. From
 * REGISTRATION on they are hours away and stand in a queue of their own, so that the
 * short ones come in order (base/deadline.h). */
enum track_deadline {
	DEADLINE_TXN,
	DEADLINE_FORK,
	DEADLINE_DIALOG,
	DEADLINE_REGISTRATION,
	DEADLINE_SUBSCRIPTION
};

/* A link from a transaction to a dialog, or of a call to a transaction: a list that
 * edge_to and edge_next walk. Its oldest member is no record: EDGE_LAST with its number
 * stands where the number of a record would. Most lists have one member, so that nearly
 * all records are saved (14 bytes a call). */
struct edge {
	uint32_t to;
	uint32_t next; /* older edge */
};
#define EDGE_LAST 0x80000000U

/* The dialog of a message that is TRACK_DIALOG_OTHER. */
struct other_dialog {
	uint32_t message;
	uint32_t dialog;
};

/* An offer that is kept until what must answer it has come. */
struct media_offer {
	uint32_t          message;
	uint32_t          words; /* interned text: struct session */
	struct media_side side;
	uint8_t           flags; /* enum session_flag */
};

/* One contact of a REGISTER, kept until its answer; without the REGISTER, what stands
 * for them. */
struct reg_request {
	uint32_t registration; /* it may have left, with the call that made it */
	uint32_t aor, contact; /* of it: interned text */
	uint32_t next;
	uint32_t expires; /* asked for, or REG_NO_EXPIRES */
	uint32_t all;     /* 1: "*", every contact of the AOR */
};

/* A call that was forgotten. Remembered are the last ones: a retransmission, a refresh
 * or a leg that ends later comes within minutes, which is this many at 200 calls a
 * second. */
#define GONE_MAX 65536

struct gone_call {
	uint64_t hash; /* of its Call-ID */
	uint32_t call;
};

/* Of a call that goes on under the Call-ID of one that was forgotten. */
struct before {
	uint32_t call;
	uint32_t before;
};

struct tracker {
	struct mem           *mem;
	uint64_t              seed;
	struct track_stats    stats;
	struct text           text;
	struct flow_table     flows;
	struct pool           messages;
	struct pool           txns;
	struct pool           mores;        /* struct txn_more */
	struct pool           dialogs;
	struct pool           usages;
	struct pool           edges;
	struct pool           calls;
	struct pool           registrations;
	struct pool           reg_requests;
	struct pool           subscriptions;
	struct pool           timeds;        /* session timers; see session_timer.c */
	struct pool           timed_mores;
	struct map            call_index;   /* Call-ID -> call */
	struct map            ack_index;    /* of long calls: newest ACK like it ... */
	struct map            ack_vias;     /* ... and of the same CSeq and Via list */
	struct map            chain_index;  /* of indexed calls: newest of a chain */
	struct map            via_index;    /* of indexed calls: Via list -> newest */
	struct map            digest_index; /* of long transactions: newest like it */
	struct map            tag_index;    /* of calls with many dialogs */
	struct pool           others;       /* struct other_dialog */
	struct map            other_index;  /* message -> its record there */
	struct map            reg_index;    /* AOR, registrar -> newest record */
	struct map            reg_calls;    /* call -> newest registration */
	struct map            sub_index;    /* call -> newest subscription */
	struct pool           offers;       /* struct media_offer */
	struct map            offer_index;  /* message -> its record there */
	uint32_t              offer_bytes;  /* of different words interned for them */
	struct session_cache *sessions;     /* NULL: nothing to remember yet */
	struct pool           nonces;       /* struct auth_nonce */
	struct map            nonce_index;  /* nonce -> its first record */
	uint32_t              last_realm;   /* text: that a message named last */
	struct pool           icmps;
	struct map            icmp_index;   /* transaction -> its oldest error */
	struct deadline_queue deadlines;
	struct deadline_queue expiries;     /* from DEADLINE_REGISTRATION on */
	struct relations      relations;
	struct gone_call     *gone;         /* GONE_MAX, a ring; NULL: none yet */
	uint32_t              ngone;        /* ever */
	struct map            gone_index;   /* Call-ID -> 1 + place in gone */
	struct pool           befores;      /* struct before */
	struct map            before_index; /* call -> its record there */
	uint32_t              uncollected;  /* calls gone since the last collection */
	uint32_t              timed_next;   /* transaction whose timer is the next, ... */
	uint32_t              timed_last;   /* ... and the last: see start_timer */
	tick                  timed_next_at, timed_last_at;
};

/* The fields of a message that tracking needs, parsed once. */
struct track_fields {
	const struct sip_msg *msg;
	struct slice          call_id;
	struct slice          from_tag, to_tag;
	struct slice          method;      /* of the request, or of CSeq */
	uint64_t              branch;      /* see struct txn, as the next two */
	uint32_t              sent_by;
	uint32_t              via_all;
	uint32_t              via_rest;    /* without the top Via; 0: it has one */
	uint32_t              cseq;        /* saturated */
	enum sip_method       code;
	bool                  is_request;
};

/* --- records by number; inline, since every step of every list is one of these */

static inline struct txn *txn_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->txns, id);
}

static inline struct dialog *dialog_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->dialogs, id);
}

static inline struct call *call_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->calls, id);
}

static inline struct track_message *message_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->messages, id);
}

static inline uint32_t edge_to(const struct tracker *t, uint32_t edge)
{
	return edge & EDGE_LAST ? edge & ~EDGE_LAST
	                        : ((struct edge *)pool_at(&t->edges, edge))->to;
}

static inline uint32_t edge_next(const struct tracker *t, uint32_t edge)
{
	return edge & EDGE_LAST ? 0 : ((struct edge *)pool_at(&t->edges, edge))->next;
}

static inline bool message_is_ack(const struct track_message *m)
{
	return m->request && m->code == SIP_METHOD_ACK;
}

static inline bool text_is(const struct tracker *t, uint32_t text, struct slice s)
{
	return slice_eq(text_get(&t->text, text), s);
}

/* --- fields.c */

/* In steps, with room between them for what waits on memory: Call-ID and CSeq first,
 * then the rest. False: one is missing, the message can be part of nothing. */
bool fields_begin(const struct sip_msg *msg, struct track_fields *f);
void fields_from(struct track_fields *f);
void fields_to(struct track_fields *f);
/* all false: the top one only, as a response needs that is matched by it; via_all and
 * via_rest are then void. */
void fields_vias(const struct tracker *t, struct track_fields *f, bool all);
/* As struct txn keeps the From tag. */
uint32_t fields_tag_hash(const struct tracker *t, struct slice tag);
/* Both hashes of struct track_message, tag above like. */
uint64_t fields_digest(const struct tracker *t, const struct track_fields *f);
/* The same of an ACK on this hop. */
uint64_t fields_ack_digest(const struct tracker *t, const struct track_fields *f,
                           uint32_t client, uint32_t server);
/* The tag of an ACK that has this CSeq number and Via list. */
uint32_t fields_ack_tag(const struct tracker *t, uint32_t cseq, uint32_t vias);

/* --- match.c */

bool txn_has_method(const struct tracker *t, const struct txn *txn,
                    const struct track_fields *f);
/* The transaction of a request, ACK counting as INVITE, on the hop client to server
 * (numbers of addresses); 0: none. */
uint32_t match_request(struct tracker *t, uint32_t call, const struct track_fields *f,
                       uint32_t client, uint32_t server);
/* The same for a response, with the looser rules for elements with several addresses. */
uint32_t match_response(struct tracker *t, uint32_t call, const struct track_fields *f,
                        uint32_t client, uint32_t server);
/* The INVITE transaction that a CANCEL is for, or 0. */
uint32_t match_cancelled(struct tracker *t, uint32_t call, const struct track_fields *f,
                         uint32_t client, uint32_t server);
/* The answered INVITE transaction that an ACK to 2xx is for, or 0. */
uint32_t match_answered(struct tracker *t, uint32_t call, const struct track_fields *f,
                        const struct track_flow *flow);
/* The transaction whose request has the Via list f->via_rest, or 0. */
uint32_t match_forwarded(struct tracker *t, uint32_t call, const struct track_fields *f);
/* Newest message of a transaction with this digest and status or method, or 0. */
uint32_t match_copy(const struct tracker *t, uint32_t txn, uint64_t digest,
                    uint16_t code);
/* Enter a new transaction, its fields set, into the list and the indices of its call. */
enum err match_add_txn(struct tracker *t, uint32_t id, const struct track_fields *f);
/* Enter a message, its record complete, into the list of its transaction. */
void match_add_message(struct tracker *t, uint32_t txn, uint32_t id);
/* The newest ACK of a call that a digest is a repeat of, and the newest one with a tag;
 * 0: none. */
uint32_t match_ack_like(struct tracker *t, uint32_t call, uint64_t digest);
uint32_t match_ack_tag(struct tracker *t, uint32_t call, uint32_t tag);
/* A call is forgotten: take it, its transactions and messages out of the indices. */
void match_forget(struct tracker *t, uint32_t call);
/* Enter an ACK, which stands in its list. */
void match_add_ack(struct tracker *t, uint32_t call, uint32_t id);
/* As map_add where no record stands for the key yet, else `old` makes way. */
enum err match_put(struct map *map, uint64_t hash, uint32_t old, uint32_t value);

/* --- dialogs.c */

/* What a request or response, no repeat, does to dialogs. `message` is its record. The
 * dialog it belongs to, or 0. */
uint32_t dialog_request(struct tracker *t, uint32_t txn, const struct track_fields *f,
                        uint32_t message);
uint32_t dialog_response(struct tracker *t, uint32_t txn, const struct track_fields *f,
                         uint32_t message);
/* The dialog with these tags in either order, or 0. */
uint32_t dialog_find(const struct tracker *t, uint32_t call, struct slice tag,
                     struct slice other);
/* Count a message of a dialog and note its Contact. */
void dialog_note(struct tracker *t, uint32_t dialog, const struct track_fields *f,
                 uint32_t message);
/* 32 s after the first 2xx of an INVITE transaction; of one early dialog. */
void dialog_fork_timer(struct tracker *t, uint32_t txn, tick at);
void dialog_lapse(struct tracker *t, uint32_t dialog, tick at);
/* Is a dialog that the INVITE transaction showed still early? */
bool dialog_any_early(const struct tracker *t, uint32_t txn);
bool dialog_has_usage(const struct tracker *t, const struct dialog *d, uint32_t event,
                      bool *ended);

/* Take a dialog of a call that is forgotten away, with all that hangs on it. */
void dialog_forget(struct tracker *t, uint32_t dialog);

/* --- registration.c */

void reg_on_request(struct tracker *t, uint32_t txn, const struct track_fields *f);
/* A 1xx: when it is all there is, it shows that somebody registers. */
void reg_on_provisional(struct tracker *t, uint32_t txn, const struct track_fields *f);
/* The first final response. f: NULL when the request came after it, and the response
 * is no longer there to be read: then what was asked for counts as granted. */
void reg_on_final(struct tracker *t, uint32_t txn, const struct track_fields *f,
                  uint32_t message);
void reg_on_timeout(struct tracker *t, uint32_t txn);
/* The seconds granted to a registration may have run out. */
void reg_lapse(struct tracker *t, uint32_t registration, tick at);

/* Of a call that is forgotten; of a transaction of it. */
void reg_forget(struct tracker *t, uint32_t call);
void reg_forget_contacts(struct tracker *t, uint32_t txn);

/* --- session_timer.c */

/* Bytes of its two records. */
#define TIMED_SIZE      12
#define TIMED_MORE_SIZE 32

/* A 2xx to INVITE or UPDATE, no repeat, in a dialog. */
void session_on_success(struct tracker *t, uint32_t txn, const struct track_fields *f,
                        uint32_t message, uint32_t dialog);

/* Of a dialog that is forgotten. */
void session_forget(struct tracker *t, uint32_t dialog);

/* --- auth.c */

/* Of a call that is forgotten. */
void auth_forget(struct tracker *t, uint32_t call);

void auth_credentials(struct tracker *t, uint32_t txn, const struct track_fields *f,
                      uint32_t message);
void auth_answer(struct tracker *t, uint32_t txn, const struct track_fields *f,
                 uint32_t message);

/* A request, or a final response, no repeat: two loads where there is nothing to do. */
static inline void auth_on_request(struct tracker *t, uint32_t txn,
                                   const struct track_fields *f, uint32_t message)
{
	if (f->msg->first[SIP_HDR_AUTHORIZATION] |
	    f->msg->first[SIP_HDR_PROXY_AUTHORIZATION])
		auth_credentials(t, txn, f, message);
}

static inline void auth_on_response(struct tracker *t, uint32_t txn,
                                    const struct track_fields *f, uint32_t message)
{
	if (f->msg->status == 401 || f->msg->status == 407 ||
	    f->msg->first[SIP_HDR_AUTHENTICATION_INFO])
		auth_answer(t, txn, f, message);
}

/* --- subscription.c */

/* A request or response, no repeat, with its dialog or 0. */
void sub_on_request(struct tracker *t, uint32_t txn, const struct track_fields *f,
                    uint32_t message, uint32_t dialog);
void sub_on_response(struct tracker *t, uint32_t txn, const struct track_fields *f,
                     uint32_t message, uint32_t dialog);
/* Timer F of a SUBSCRIBE ran out. */
void sub_on_timeout(struct tracker *t, uint32_t txn, tick at);
/* A response ended the dialog and all its usages. */
void sub_on_dialog_end(struct tracker *t, uint32_t dialog, uint32_t message);
/* The seconds granted to a subscription may have run out. */
void sub_lapse(struct tracker *t, uint32_t subscription, tick at);

/* Is one of the call not over? Else *since is raised to the end of the last one. */
bool sub_is_open(const struct tracker *t, uint32_t call, tick *since);
/* Of a call that is forgotten. */
void sub_forget(struct tracker *t, uint32_t call);

/* --- icmp.c */

/* Of a transaction that is forgotten. */
void icmp_forget(struct tracker *t, uint32_t txn);

/* --- relation.c */

/* What calls may share. */
enum relation_kind {
	RELATION_KIND_CALL_ID, /* header fields that name this Call-ID */
	RELATION_KIND_SESSION_ID,
	RELATION_KIND_ICID,
	RELATION_KIND_ORIGIN,
	RELATION_KIND_MEDIA,
	RELATION_KIND_PAIR     /* nothing: two calls are tied to each other */
};

/* Shorter values are counters or constants, not names that are unique in the world. */
#define RELATION_VALUE_MIN 8

/* What a message of a call shows. */
struct relation_shown {
	enum relation_kind kind;
	uint64_t           value;   /* keyed hash */
	uint32_t           message;
	uint32_t           call;
	bool               is_long; /* of SDP: hardly chosen twice */
};

void relations_init(struct tracker *t, uint32_t calls);
void relations_clear(struct tracker *t);

/* A header field names the call whose Call-ID this is. */
void relation_name_call(struct tracker *t, uint32_t call, struct slice call_id,
                        enum relation_by by);
/* One call is related to another. */
void relation_pair(struct tracker *t, uint32_t call, uint32_t other, enum relation_by by);
/* A message shows a value that all legs of a call have; of SDP, it must then come from
 * another element than before. */
void relation_shows(struct tracker *t, const struct relation_shown *shown);
/* Did an address, by its number, send or receive requests of a call? */
bool relation_took_part(const struct tracker *t, uint32_t call, uint32_t addr);

/* A call is forgotten: what nobody shares any more goes with it. */
void relation_forget(struct tracker *t, uint32_t call);

/* --- relate.c */

/* REFERs whose call is forgotten go. ERR_NOMEM: all stay. */
MUST_USE enum err relation_collect(struct tracker *t);

/* Read what relates its call to others out of a message, no repeat and not forwarded. */
void relation_read(struct tracker *t, const struct track_fields *f, uint32_t message,
                   uint32_t call);

/* --- media.c */

/* A message with a body, no repeat, that `out` tells what it belongs to. */
void media_message(struct tracker *t, const struct track_fields *f,
                   struct track_result *out);
/* The final response of a transaction was taken. */
void media_final(struct tracker *t, uint32_t txn);

/* A message is forgotten: what waits of it. */
void media_forget(struct tracker *t, uint32_t message);

/* --- forget.c */

/* The newest call with this hash of its Call-ID that was forgotten, or 0. */
uint32_t gone_find(const struct tracker *t, uint64_t hash);
/* A new call, whose Call-ID has this hash: does it go on with one that is gone? */
void gone_continue(struct tracker *t, uint32_t call, uint64_t hash);
/* The call is no more: its number, if it was never told of, may be given again. */
void gone_end(struct tracker *t, uint32_t call);
void gone_clear(struct tracker *t);

/* --- tracker.c */

/* The key of a message in other_index. */
uint64_t tracker_other_hash(const struct tracker *t, uint32_t message);
/* Deadlines of what was forgotten go. */
void tracker_collect_deadlines(struct tracker *t);
/* A transaction is forgotten: its timer runs no more. */
void tracker_stop_timer(struct tracker *t, uint32_t txn);

/* Put a link in front of a list. */
enum err edge_add(struct tracker *t, uint32_t *head, uint32_t to);
/* Take the front link of a list, which has one, off. */
void edge_drop(struct tracker *t, uint32_t *head);
/* To write what tracker_more reads. NULL: no memory. */
struct txn_more *txn_need_more(struct tracker *t, struct txn *txn);
/* What fields_digest said of a message. */
uint64_t message_digest(const struct tracker *t, const struct track_message *m);
/* A wait for `at` that did not fit in memory is counted as refused. */
void tracker_wait(struct tracker *t, enum track_deadline kind, uint32_t id, tick at);

#endif
