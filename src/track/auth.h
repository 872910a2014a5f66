/* SPDX-License-Identifier: MIT */
/* track/auth.h - digest authentication as an observer sees it: who was challenged, who
 * answered, and what came of it.
 *
 * RFC 3261 22, RFC 7616 and RFC 8760. One chain for a call, a realm and the kind of
 * header (WWW-Authenticate or Proxy-Authenticate); for REGISTER the address of record
 * stands in for the call. Only what was challenged, or sent credentials, has one.
 * Nothing is computed: no password is known, so a response value is never judged. */
#ifndef TRACK_AUTH_H
#define TRACK_AUTH_H

#include <stdbool.h>
#include <stdint.h>

/* Newest steps kept of one chain: a call has two or four, an address of record that is
 * challenged at each refresh two of each. Older ones are counted, not kept. */
#define AUTH_STEPS_MAX 32

/* Realms of one call or address of record: one at each proxy on the way. */
#define AUTH_REALMS_MAX 16

enum auth_step_kind {
	AUTH_CHALLENGE,   /* 401 or 407 to a request without credentials for the realm */
	AUTH_REFUSED,     /* the same to one with credentials: they are wrong */
	AUTH_STALE,       /* the same with stale=true: only the nonce was too old */
	AUTH_NEXT_NONCE,  /* Authentication-Info names the nonce to go on with */
	AUTH_CREDENTIALS, /* a request answers a challenge that was seen */
	AUTH_UNASKED,     /* a request with credentials for a nonce never seen */
	AUTH_WRONG_REALM, /* the same for a realm that nobody named, while another was */
	AUTH_STEP_KINDS
};

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

/* One challenge, or one request with credentials. Its message names its transaction,
 * and that has the other half: the request that was challenged, the response to the
 * credentials. 20 bytes: a call that is challenged has two of them. */
struct auth_step {
	uint32_t nonce;   /* keyed hash */
	uint32_t message;
	uint32_t prev;    /* step before it, or 0 */
	uint32_t nc;      /* of credentials: nonce count; 0: none */
	uint8_t  kind;    /* enum auth_step_kind */
	uint8_t  algorithm; /* enum auth_algorithm */
	uint8_t  qop : 1; /* the challenge offers, the credentials use one */
	uint8_t  same_nonce : 1; /* of REFUSED and STALE: that of the credentials */
	uint8_t  repeats_nc : 1; /* of credentials: an earlier request had this count */
	uint8_t  answered : 1;   /* of credentials: there was a final response */
};

/* Counters stay at their largest value. */
struct auth_chain {
	uint32_t owner;      /* id of the call; of REGISTER: AOR, interned text */
	uint32_t next;       /* older chain of the same call or AOR */
	uint32_t realm;      /* interned text */
	uint32_t newest;     /* step */
	uint16_t challenges; /* AUTH_CHALLENGE */
	uint16_t refused;    /* AUTH_REFUSED */
	uint16_t stale;      /* AUTH_STALE */
	uint16_t answers;    /* requests with credentials, whatever they are */
	uint16_t unasked;    /* of these: AUTH_UNASKED and AUTH_WRONG_REALM */
	uint16_t repeated_nc; /* of these: with repeats_nc */
	uint16_t settled;    /* of these: with a final response that was no challenge */
	uint8_t  steps;      /* kept, at most AUTH_STEPS_MAX */
	uint8_t  of_aor : 1; /* owner is one */
	uint8_t  proxy : 1;  /* Proxy-Authenticate, Proxy-Authorization */
};
_Static_assert(AUTH_STEPS_MAX <= UINT8_MAX, "they are counted in a byte");

struct tracker;

/* Newest chain of a call, REGISTER aside, or of an AOR as struct registration has it;
 * then struct auth_chain.next. 0: none. */
uint32_t tracker_auth_of_call(const struct tracker *t, uint32_t call);
uint32_t tracker_auth_of_aor(const struct tracker *t, uint32_t aor);

/* Ids from 1, in order of appearance. Borrowed until the next tracker_message. */
uint32_t                 tracker_auth_chains(const struct tracker *t);
const struct auth_chain *tracker_auth_chain_at(const struct tracker *t, uint32_t id);
const struct auth_step  *tracker_auth_step_at(const struct tracker *t, uint32_t id);

#endif
