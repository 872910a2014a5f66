/* SPDX-License-Identifier: MIT */
/* Rules on authentication: RFC 3261 22, RFC 7616, RFC 8760. */
#include "config.h"

#include "find/private.h"
#include "sip/auth.h"

/* Refusals in one call from which on it is no slip of a user any more. */
#define TOO_OFTEN 3

/* enum net_transport, which this room does not know: what anybody on the way can read */
#define READABLE  (1U << 0 | 1U << 1 | 1U << 3 | 1U << 4) /* UDP, TCP, SCTP, WS */

static const struct auth_nonce *at(const struct find_run *run, uint32_t id)
{
	return tracker_auth_at(run->t, id);
}

/* The transaction of a message of the call that is no stray. */
static const struct txn *txn_of(const struct find_run *run, uint32_t message)
{
	return tracker_transaction_at(run->t, find_message(run, message)->owner);
}

static void add(struct find_run *run, enum find_code code, struct finding f)
{
	f.transaction = find_message(run, f.messages[0])->owner;
	find_add(run, code, f);
}

/* --- one nonce */

static void counted(struct find_run *run, const struct auth_nonce *n)
{
	if (n->replayed)
		add(run, n->fell ? FIND_NONCE_COUNT_FELL : FIND_NONCE_COUNT_REPEATED,
		    (struct finding){ .messages = { n->replayed, n->challenge } });
}

/* What was used of what was offered. */
static void chosen(struct find_run *run, const struct auth_nonce *n)
{
	unsigned all = n->offered;
	struct finding f = { .messages = { n->used, n->challenge } };
	if (!n->used || !n->offered)
		return;
	for (uint32_t id = run->call->auth; id; id = at(run, id)->next)
		if (at(run, id)->challenge == n->challenge &&
		    at(run, id)->realm == n->realm)
			all |= at(run, id)->offered;
	unsigned weak = 1U << AUTH_MD5 | 1U << AUTH_MD5_SESS;
	unsigned strong = 1U << AUTH_SHA_256 | 1U << AUTH_SHA_256_SESS |
	                  1U << AUTH_SHA_512_256 | 1U << AUTH_SHA_512_256_SESS;
	if (!(n->offered & 1U << n->taken))
		add(run, FIND_ALGORITHM_MISMATCH, f);
	else if ((weak & 1U << n->taken) && (all & strong))
		add(run, FIND_WEAKER_ALGORITHM, f);
	if (n->qop && n->no_qop)
		add(run, FIND_QOP_MISSING, f);
}

static void again(struct find_run *run, uint32_t id, const struct auth_nonce *n)
{
	if (n->same && tracker_auth_outcome(run->t, id) == AUTH_REFUSED &&
	    txn_of(run, n->used)->final)
		add(run, FIND_SAME_NONCE_REFUSED,
		    (struct finding){
			    .messages = { txn_of(run, n->used)->final, n->used } });
	if (n->stale_again)
		add(run, FIND_STALE_AGAIN,
		    (struct finding){ .messages = { n->challenge } });
}

/* Did the request of `used` carry credentials for this realm? */
static bool has_sent(const struct find_run *run, uint32_t used, uint32_t realm,
                     unsigned proxy)
{
	uint32_t txn = find_message(run, used)->owner;
	for (uint32_t id = tracker_auth_sent(run->t, run->call->auth, txn); id;
	     id = tracker_auth_sent(run->t, at(run, id)->next, txn))
		if (at(run, id)->realm == realm && at(run, id)->proxy == proxy)
			return true;
	return false;
}

/* Credentials for no realm of this call, and challenged again, though the realm that was
 * wanted had been named before: none for that one were there. The challenge that named
 * it, or 0. */
static uint32_t wrong_realm(const struct find_run *run, const struct auth_nonce *n)
{
	const struct txn *x = txn_of(run, n->used);
	uint16_t status = x->final ? find_message(run, x->final)->code : 0;
	uint32_t named = 0;
	if (status != (n->proxy ? 407 : 401))
		return 0;
	for (uint32_t id = run->call->auth; id; id = at(run, id)->next) {
		const struct auth_nonce *o = at(run, id);
		if (!o->challenge || o->proxy != n->proxy)
			continue;
		if (o->realm == n->realm || has_sent(run, n->used, o->realm, o->proxy))
			return 0;
		if (o->challenge < n->used)
			named = o->challenge;
	}
	return named;
}

static void unasked(struct find_run *run, const struct auth_nonce *n)
{
	if (n->challenge && !n->unasked)
		return;
	uint32_t named = wrong_realm(run, n);
	if (named)
		add(run, FIND_WRONG_REALM,
		    (struct finding){ .messages = { n->used, named } });
	else if (n->unasked)
		add(run, FIND_CREDENTIALS_UNASKED,
		    (struct finding){ .messages = { n->used }, .gap = true });
}

/* All refusals of the call, and the response that is the newest of them. */
static void refusals(struct find_run *run, uint32_t *count, uint32_t *newest)
{
	*count = *newest = 0;
	for (uint32_t id = run->call->auth; id; id = at(run, id)->next) {
		const struct auth_nonce *n = at(run, id);
		*count += n->refused;
		if (tracker_auth_outcome(run->t, id) == AUTH_REFUSED &&
		    txn_of(run, n->used)->final > *newest)
			*newest = txn_of(run, n->used)->final;
	}
}

static void nonces(struct find_run *run)
{
	uint32_t count, newest;
	for (uint32_t id = run->call->auth; id; id = at(run, id)->next) {
		const struct auth_nonce *n = at(run, id);
		counted(run, n);
		chosen(run, n);
		again(run, id, n);
		if (n->used)
			unasked(run, n);
	}
	refusals(run, &count, &newest);
	if (count >= TOO_OFTEN && newest)
		add(run, FIND_REFUSED_REPEATEDLY,
		    (struct finding){ .messages = { newest }, .n = count });
}

/* --- the call */

static uint16_t final_of(const struct find_run *run, const struct txn *x)
{
	return x->final ? find_message(run, x->final)->code : 0;
}

static bool is_challenge(uint16_t status)
{
	return status == 401 || status == 407;
}

/* What the last challenge of the call was about. */
struct attempt {
	uint32_t txn;
	uint32_t count; /* challenges that nothing but another attempt came after */
};

static struct attempt last_attempt(const struct find_run *run)
{
	struct attempt a = { 0 };
	for (uint32_t id = run->call->newest; id;) {
		const struct txn *x = tracker_transaction_at(run->t, id);
		if (x->code != SIP_METHOD_CANCEL && !x->in_dialog &&
		    !tracker_more(run->t, x)->forward_of) {
			if (!is_challenge(final_of(run, x)))
				break; /* what came of the last one, or before it */
			a.count++;
			if (!a.txn)
				a.txn = id;
		}
		id = x->older;
	}
	return a;
}

/* Were the credentials of an attempt refused? With how many before them, in *n. */
static bool was_refused(const struct find_run *run, struct attempt a, uint32_t *n)
{
	if (!run->call->auth) { /* no digest: each attempt after the first had some */
		*n = a.count - 1;
		return a.count > 1;
	}
	uint32_t id = tracker_auth_sent(run->t, run->call->auth, a.txn), other;
	while (id && tracker_auth_outcome(run->t, id) != AUTH_REFUSED)
		id = tracker_auth_sent(run->t, at(run, id)->next, a.txn);
	for (*n = 0, other = run->call->auth; id && other; other = at(run, other)->next)
		if (at(run, other)->realm == at(run, id)->realm)
			*n += at(run, other)->refused;
	return id != 0;
}

static bool is_wrong_realm(const struct find_run *run, uint32_t txn)
{
	for (uint32_t id = tracker_auth_sent(run->t, run->call->auth, txn); id;
	     id = tracker_auth_sent(run->t, at(run, id)->next, txn))
		if (!at(run, id)->challenge && wrong_realm(run, at(run, id)))
			return true;
	return false;
}

static void attempts(struct find_run *run)
{
	struct attempt a = last_attempt(run);
	if (!a.txn)
		return;
	uint32_t newest = tracker_transaction_at(run->t, a.txn)->final;
	struct finding f = { .messages = { newest } };
	if (was_refused(run, a, &f.n)) {
		find_add(run, FIND_CREDENTIALS_REFUSED, f);
	} else if (is_wrong_realm(run, a.txn)) {
		return;
	} else if (run->is_invite ? run->summary.state == CALL_CHALLENGED
	                          : find_rest(run, newest) >= TXN_TIMEOUT_NS) {
		f.n = 0;
		f.gap = find_rest(run, newest) < TXN_TIMEOUT_NS;
		find_add(run, FIND_CHALLENGE_IGNORED, f);
	}
}

void find_auth(struct find_run *run)
{
	attempts(run);
	if (run->call->auth)
		nonces(run);
}

/* --- messages */

/* Names of schemes here begin with B, which nearly no value does. */
static bool has_scheme(const struct sip_msg *msg, enum sip_hdr_id id, struct slice scheme)
{
	unsigned left = AUTH_VALUES_MAX;
	for (const struct sip_hdr *h = sip_msg_first(msg, id); h && left--;
	     h = sip_msg_next(msg, id, h)) {
		struct sip_auth auth;
		if (!h->value.len || ascii_lower(h->value.p[0]) != 'b')
			continue;
		sip_auth_parse(&auth, h->value);
		if (slice_ieq(auth.scheme, scheme))
			return true;
	}
	return false;
}

/* A password, or a token that is as good as one, in a message that anybody can read. */
static void readable(struct find_seen *seen)
{
	const struct sip_msg *msg = seen->msg;
	enum sip_hdr_id ids[] = { SIP_HDR_AUTHORIZATION, SIP_HDR_PROXY_AUTHORIZATION };
	for (unsigned i = 0; i < 2; i++) {
		if (!msg->first[ids[i]])
			continue;
		if (has_scheme(msg, ids[i], SLICE("Basic")) ||
		    has_scheme(msg, ids[i], SLICE("Bearer"))) {
			find_mark(seen, FIND_CREDENTIALS_READABLE, (struct finding){ 0 });
			return;
		}
	}
}

static void challenged(struct find_seen *seen, enum sip_hdr_id id)
{
	const struct txn *x = tracker_transaction_at(seen->t, seen->m->owner);
	if (x->code == SIP_METHOD_CANCEL && x->request)
		find_mark(seen, FIND_CANCEL_CHALLENGED,
		          (struct finding){ .messages = { 0, x->request } });
	if (!seen->msg->first[id])
		find_mark(seen, FIND_CHALLENGE_MISSING,
		          (struct finding){ .gap = seen->m->truncated ||
		                                   seen->msg->truncated });
	else if (has_scheme(seen->msg, id, SLICE("Basic")))
		find_mark(seen, FIND_BASIC_OFFERED, (struct finding){ 0 });
}

void find_auth_seen(struct find_seen *seen)
{
	const struct sip_msg *msg = seen->msg;
	if (is_challenge(msg->status))
		challenged(seen, msg->status == 401 ? SIP_HDR_WWW_AUTHENTICATE
		                                    : SIP_HDR_PROXY_AUTHENTICATE);
	else if (seen->m->request && (READABLE & 1U << seen->m->transport))
		readable(seen);
}
