/* SPDX-License-Identifier: MIT */
/* track/auth.h - digest authentication as an observer sees it: who was challenged, who
 * answered, and what came of it.
 *
 * RFC 3261 22, RFC 7616 and RFC 8760. One record for a call, a nonce, its realm and the
 * kind of header: it was offered, requests carried it, one of them was challenged again.
 * Only calls with challenges or credentials have any. Nothing is computed: no password
 * is known, so a response value is neither kept nor judged. README.md says what moves
 * a record. */
#ifndef TRACK_AUTH_H
#define TRACK_AUTH_H

#include <stdbool.h>
#include <stdint.h>

/* Newest nonces kept of one call: it has one for each proxy on the way, and a phone that
 * registers under one Call-ID all day is given one from time to time. Older ones are
 * dropped and counted. */
#define AUTH_NONCES_MAX 32

/* Challenges, and credentials, looked at in one message: one realm for each proxy on the
 * way, and one challenge for each algorithm (RFC 8760 2.4). */
#define AUTH_VALUES_MAX 16

enum auth_algorithm {
	AUTH_MD5, /* also when none is named: RFC 7616 3.3 */
	AUTH_MD5_SESS,
	AUTH_SHA_256,
	AUTH_SHA_256_SESS,
	AUTH_SHA_512_256,
	AUTH_SHA_512_256_SESS,
	AUTH_ALGORITHM_OTHER,
	AUTH_ALGORITHMS
};

/* What came of a challenge, or of the newest request with credentials for it. */
enum auth_outcome {
	AUTH_IGNORED,  /* nobody sent credentials for it */
	AUTH_PENDING,  /* no final response yet */
	AUTH_ACCEPTED, /* a final response that asks nothing of this realm */
	AUTH_REFUSED,  /* challenged again: the credentials are wrong */
	AUTH_STALE,    /* challenged again with stale=true: only the nonce was too old */
	AUTH_OUTCOMES
};

/* 32 bytes: about one call in four has one of them. */
struct auth_nonce {
	uint32_t nonce;     /* keyed hash */
	uint32_t next;      /* the one before it in the same call, or 0 */
	uint32_t realm;     /* interned text */
	uint32_t challenge; /* response that first offered it in this call, or 0 */
	uint32_t used;      /* newest request with credentials for it, or 0 */
	uint32_t nc;        /* largest nonce count of those; 0: none */
	uint32_t replayed;  /* first request whose count had not risen, or 0 */
	uint32_t offered : 7;   /* bits 1 << enum auth_algorithm */
	uint32_t taken : 3;     /* of `used`: enum auth_algorithm */
	uint32_t proxy : 1;     /* Proxy-Authenticate, Proxy-Authorization */
	uint32_t renewed : 1;   /* offered with stale=true in answer to credentials */
	uint32_t stale_again : 1; /* the same, and theirs was a new one already */
	uint32_t settled : 1;   /* `used` was challenged again for this realm ... */
	uint32_t stale : 1;     /* ... with stale=true */
	uint32_t same : 1;      /* refused, and offered again all the same */
	uint32_t reused : 1;    /* more than one request carried it */
	uint32_t fell : 1;      /* the count of `replayed` was a smaller one */
	uint32_t unasked : 1;   /* credentials came before any challenge with it, here or
	                         * in another call */
	uint32_t qop : 1;       /* offered with qop */
	uint32_t no_qop : 1;    /* `used` had none */
	uint32_t refused : 8;   /* requests with it that were refused; saturated */
};
_Static_assert(sizeof(struct auth_nonce) == 32, "a call in four has one");
_Static_assert(AUTH_ALGORITHMS <= 7, "a bit of `offered` each");

struct tracker;

/* Newest record of a call, then struct auth_nonce.next; at most AUTH_NONCES_MAX. 0: none.
 * Borrowed until the next tracker_message. */
uint32_t                 tracker_auth_of_call(const struct tracker *t, uint32_t call);
const struct auth_nonce *tracker_auth_at(const struct tracker *t, uint32_t id);
enum auth_outcome        tracker_auth_outcome(const struct tracker *t, uint32_t id);

/* The records of a call whose newest credentials are those of this request, on whatever
 * hop it was seen: the first one from `id` on, or 0. */
uint32_t tracker_auth_sent(const struct tracker *t, uint32_t id, uint32_t transaction);

/* "MD5", "other"; "ignored", "accepted"; never NULL. */
const char *auth_algorithm_name(enum auth_algorithm algorithm);
const char *auth_outcome_name(enum auth_outcome outcome);

#endif
