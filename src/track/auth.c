/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/auth.h"

#include "base/hash.h"
#include "sip/auth.h"
#include "track/private.h"

/* Longest realm kept: a host name (RFC 1035 2.3.4) and a little. */
#define REALM_KEPT 280

static const struct slice algorithms[AUTH_ALGORITHM_OTHER] = {
	[AUTH_MD5] = { "MD5", 3 },
	[AUTH_MD5_SESS] = { "MD5-sess", 8 },
	[AUTH_SHA_256] = { "SHA-256", 7 },
	[AUTH_SHA_256_SESS] = { "SHA-256-sess", 12 },
	[AUTH_SHA_512_256] = { "SHA-512-256", 11 },
	[AUTH_SHA_512_256_SESS] = { "SHA-512-256-sess", 16 },
};

const char *auth_algorithm_name(enum auth_algorithm algorithm)
{
	return algorithm < AUTH_ALGORITHM_OTHER ? algorithms[algorithm].p : "other";
}

const char *auth_outcome_name(enum auth_outcome outcome)
{
	static const char *const names[] = { "ignored", "pending", "accepted", "refused",
		                             "stale" };
	_Static_assert(sizeof(names) / sizeof(names[0]) == AUTH_OUTCOMES, "all outcomes");
	return names[outcome];
}

static struct auth_nonce *nonce_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->nonces, id);
}

/* --- values */

/* One challenge, or the credentials for one realm. */
struct digest {
	uint32_t nonce; /* keyed hash */
	uint32_t realm; /* interned text */
	uint32_t nc;
	uint8_t algorithm; /* enum auth_algorithm */
	bool proxy, qop, stale;
};

/* Without a name it is MD5 (RFC 7616 3.3), which an unknown one is not. */
static uint8_t algorithm_of(struct slice name)
{
	uint8_t i = 0;
	if (!name.p)
		return AUTH_MD5;
	while (i < AUTH_ALGORITHM_OTHER && !slice_ieq(name, algorithms[i]))
		i++;
	return i;
}

/* Eight hexadecimal digits (RFC 7616 3.4), or fewer; 0 for what is none. */
static uint32_t nonce_count(struct slice digits)
{
	uint32_t n = 0;
	for (size_t i = 0; i < digits.len; i++) {
		unsigned char c = ascii_lower(digits.p[i]);
		if (i == 8 || !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return 0;
		n = n << 4 | (c <= '9' ? c - (uint32_t)'0' : c - (uint32_t)'a' + 10);
	}
	return n;
}

static uint32_t nonce_hash(const struct tracker *t, struct slice nonce)
{
	return (uint32_t)(hash_slice(nonce, t->seed) >> 32);
}

/* Interned. Nearly all messages of a capture name the realm that the last one named:
 * comparing with that saves the look-up. */
static bool keep_realm(struct tracker *t, struct slice name, uint32_t *out)
{
	struct slice realm = slice_head(name, REALM_KEPT);
	if (!text_is(t, t->last_realm, realm) &&
	    text_intern(&t->text, realm, &t->last_realm) != OK) {
		t->stats.refused++;
		return false;
	}
	*out = t->last_realm;
	return true;
}

/* False: no Digest, no nonce (as in the first REGISTER of 3GPP TS 24.229 5.1.1.2), or no
 * memory. */
static bool read_digest(struct tracker *t, struct slice value, bool proxy,
                        struct digest *out)
{
	struct sip_digest_keys k;
	if (!sip_digest_read(&k, value) || k.nonce.len == 0 ||
	    !keep_realm(t, k.realm, &out->realm))
		return false;
	out->nonce = nonce_hash(t, k.nonce);
	out->nc = nonce_count(k.nc);
	out->algorithm = algorithm_of(k.algorithm);
	out->qop = k.qop;
	out->stale = k.stale;
	out->proxy = proxy;
	return true;
}

/* --- records */

static uint64_t index_hash(const struct tracker *t, uint32_t nonce)
{
	return hash_mix(t->seed, nonce);
}

/* The record in this call, or 0. */
static uint32_t find(const struct tracker *t, uint32_t call, const struct digest *d)
{
	for (uint32_t id = call_at(t, call)->auth; id; id = nonce_at(t, id)->next) {
		const struct auth_nonce *n = nonce_at(t, id);
		if (n->nonce == d->nonce && n->realm == d->realm && n->proxy == d->proxy)
			return id;
	}
	return 0;
}

/* The first record of a nonce, in whatever call, or 0. */
static uint32_t find_first(const struct tracker *t, uint32_t nonce)
{
	uint64_t hash = index_hash(t, nonce);
	uint32_t at;
	for (uint32_t id = map_first(&t->nonce_index, hash, &at); id;
	     id = map_next(&t->nonce_index, hash, &at))
		if (nonce_at(t, id)->nonce == nonce)
			return id;
	return 0;
}

/* Make room where a call has as many as are kept. */
static void drop_oldest(struct tracker *t, uint32_t call)
{
	uint32_t *link = &call_at(t, call)->auth;
	unsigned n = 0;
	for (; *link && nonce_at(t, *link)->next; n++)
		link = &nonce_at(t, *link)->next;
	if (n + 1 < AUTH_NONCES_MAX)
		return;
	uint32_t id = *link;
	*link = 0;
	map_remove(&t->nonce_index, index_hash(t, nonce_at(t, id)->nonce), id);
	pool_free(&t->nonces, id);
	t->stats.nonces_dropped++;
}

/* A record of d in the call; 0: no memory, counted. */
static uint32_t add(struct tracker *t, uint32_t call, const struct digest *d)
{
	uint32_t id, first = find_first(t, d->nonce);
	drop_oldest(t, call);
	if (pool_add(&t->nonces, &id) != OK) {
		t->stats.refused++;
		return 0;
	}
	if (!first && map_add(&t->nonce_index, index_hash(t, d->nonce), id) != OK) {
		pool_free(&t->nonces, id);
		t->stats.refused++;
		return 0;
	}
	*nonce_at(t, id) = (struct auth_nonce){ .nonce = d->nonce,
		                                .next = call_at(t, call)->auth,
		                                .realm = d->realm,
		                                .proxy = d->proxy };
	call_at(t, call)->auth = id;
	return id;
}

static const struct txn *owner_of(const struct tracker *t, uint32_t message)
{
	return txn_at(t, message_at(t, message)->owner);
}

/* Is this the request of x, on whatever hop? Within one call. */
static bool is_of(const struct tracker *t, uint32_t message, const struct txn *x)
{
	const struct txn *own = owner_of(t, message);
	return own == x || (own->cseq == x->cseq && own->code == x->code &&
	                    own->from_tag == x->from_tag);
}

/* The record whose newest credentials, for this realm, are those of the request of x; 0:
 * it had none. */
static uint32_t credentials_of(const struct tracker *t, const struct txn *x,
                               const struct digest *d)
{
	for (uint32_t id = call_at(t, x->call)->auth; id; id = nonce_at(t, id)->next) {
		const struct auth_nonce *n = nonce_at(t, id);
		if (n->used && n->realm == d->realm && n->proxy == d->proxy &&
		    is_of(t, n->used, x))
			return id;
	}
	return 0;
}

/* --- requests */

static const struct track_flow *flow_of(const struct tracker *t, uint32_t message)
{
	return flow_at(&t->flows, message_at(t, message)->flow);
}

/* Was a nonce handed to, or else used by, the client of x? What is counted with one nonce
 * is counted by one client; some servers give the same to all. */
static bool is_of_client(const struct tracker *t, const struct auth_nonce *n,
                         const struct txn *x)
{
	uint32_t client = flow_at(&t->flows, x->flow)->src_addr;
	if (n->challenge)
		return flow_of(t, n->challenge)->dst_addr == client;
	return n->used && flow_of(t, n->used)->src_addr == client;
}

/* The counter of a nonce stands in the record of the call that offered it. */
static void note_count(struct tracker *t, uint32_t id, uint32_t first,
                       const struct txn *x, const struct digest *d, uint32_t message)
{
	struct auth_nonce *own = nonce_at(t, id), *n = own;
	if (d->nc == 0)
		return;
	if (!own->challenge && first && first != id &&
	    is_of_client(t, nonce_at(t, first), x))
		n = nonce_at(t, first);
	if (d->nc <= n->nc && own->replayed == 0) {
		own->replayed = message;
		own->fell = d->nc < n->nc;
	}
	if (d->nc > n->nc)
		n->nc = d->nc;
}

static void on_credentials(struct tracker *t, const struct txn *x, const struct digest *d,
                           uint32_t message)
{
	uint32_t id = find(t, x->call, d), first = id;
	if (id && nonce_at(t, id)->used && is_of(t, nonce_at(t, id)->used, x))
		return; /* on another hop */
	if (id == 0 || nonce_at(t, id)->challenge == 0)
		first = find_first(t, d->nonce);
	if (id == 0) {
		id = add(t, x->call, d);
		if (id == 0)
			return;
		/* what was forgotten may have asked for them */
		nonce_at(t, id)->unasked =
			!t->ngone && (!first || !nonce_at(t, first)->challenge);
	}
	note_count(t, id, first, x, d, message);
	struct auth_nonce *n = nonce_at(t, id);
	n->reused = n->used != 0;
	n->used = message;
	n->settled = n->stale = 0;
	n->taken = d->algorithm & 7U;
	n->no_qop = !d->qop;
}

static void read_credentials(struct tracker *t, const struct txn *x,
                             const struct track_fields *f, bool proxy, uint32_t message)
{
	enum sip_hdr_id id = proxy ? SIP_HDR_PROXY_AUTHORIZATION : SIP_HDR_AUTHORIZATION;
	const struct sip_hdr *h = sip_msg_first(f->msg, id);
	struct digest d;
	for (unsigned n = 0; h && n < AUTH_VALUES_MAX; n++) {
		if (read_digest(t, h->value, proxy, &d))
			on_credentials(t, x, &d, message);
		h = sip_msg_next(f->msg, id, h);
	}
}

void auth_credentials(struct tracker *t, uint32_t txn, const struct track_fields *f,
                      uint32_t message)
{
	/* CANCEL has those of its INVITE, and cannot be challenged: RFC 3261 22.1 */
	if (f->code == SIP_METHOD_CANCEL)
		return;
	read_credentials(t, txn_at(t, txn), f, false, message);
	read_credentials(t, txn_at(t, txn), f, true, message);
}

/* --- responses */

/* What the challenge d, for record `offered`, says of the credentials that it answers. */
static void settle(struct tracker *t, const struct txn *x, const struct digest *d,
                   uint32_t offered)
{
	uint32_t id = credentials_of(t, x, d);
	if (id == 0 || nonce_at(t, id)->settled)
		return; /* none, or seen on another hop */
	struct auth_nonce *n = nonce_at(t, id);
	n->settled = 1;
	n->stale = d->stale;
	if (!d->stale) {
		if (n->refused < 255)
			n->refused++;
		n->same = n->same || id == offered;
	} else if (id != offered) {
		nonce_at(t, offered)->renewed = 1;
		nonce_at(t, offered)->stale_again = n->renewed && !n->reused;
	}
}

static void on_challenge(struct tracker *t, const struct txn *x, const struct digest *d,
                         uint32_t message)
{
	uint32_t id = find(t, x->call, d);
	if (id == 0)
		id = add(t, x->call, d);
	if (id == 0)
		return;
	struct auth_nonce *n = nonce_at(t, id);
	if (n->challenge == 0)
		n->challenge = message;
	n->offered = (n->offered | 1U << d->algorithm) & 0x7fU;
	n->qop = n->qop || d->qop;
	settle(t, x, d, id);
}

static void read_challenges(struct tracker *t, const struct txn *x,
                            const struct track_fields *f, bool proxy, uint32_t message)
{
	enum sip_hdr_id id =
		proxy ? SIP_HDR_PROXY_AUTHENTICATE : SIP_HDR_WWW_AUTHENTICATE;
	const struct sip_hdr *h = sip_msg_first(f->msg, id);
	struct digest d;
	for (unsigned n = 0; h && n < AUTH_VALUES_MAX; n++) {
		if (read_digest(t, h->value, proxy, &d))
			on_challenge(t, x, &d, message);
		h = sip_msg_next(f->msg, id, h);
	}
}

/* The nonce to go on with (RFC 7616 3.5). It does not name its realm: that of the
 * credentials in the request. */
static void next_nonce(struct tracker *t, const struct txn *x,
                       const struct track_fields *f, uint32_t message)
{
	struct slice value = sip_msg_value(f->msg, SIP_HDR_AUTHENTICATION_INFO);
	struct slice nonce = sip_next_nonce(value);
	uint32_t id = call_at(t, x->call)->auth;
	while (id && (nonce_at(t, id)->proxy || !nonce_at(t, id)->used ||
	              !is_of(t, nonce_at(t, id)->used, x)))
		id = nonce_at(t, id)->next;
	if (nonce.len == 0 || id == 0)
		return;
	struct digest d = { .nonce = nonce_hash(t, nonce),
		            .realm = nonce_at(t, id)->realm };
	struct auth_nonce old = *nonce_at(t, id);
	id = find(t, x->call, &d);
	if (id == 0 && (id = add(t, x->call, &d)) == 0)
		return;
	struct auth_nonce *n = nonce_at(t, id);
	if (n->challenge == 0)
		n->challenge = message;
	n->offered = old.offered;
	n->qop = old.qop;
}

void auth_answer(struct tracker *t, uint32_t txn, const struct track_fields *f,
                 uint32_t message)
{
	const struct txn *x = txn_at(t, txn);
	uint16_t status = f->msg->status;
	if (status == 401 || status == 407) {
		read_challenges(t, x, f, false, message);
		read_challenges(t, x, f, true, message);
	} else if (f->msg->first[SIP_HDR_AUTHENTICATION_INFO]) {
		next_nonce(t, x, f, message);
	}
}

void auth_forget(struct tracker *t, uint32_t call)
{
	uint32_t *head = &call_at(t, call)->auth;
	while (*head) {
		uint32_t id = *head;
		*head = nonce_at(t, id)->next;
		map_remove(&t->nonce_index, index_hash(t, nonce_at(t, id)->nonce), id);
		pool_free(&t->nonces, id);
	}
}

/* --- queries */

uint32_t tracker_auth_of_call(const struct tracker *t, uint32_t call)
{
	return call_at(t, call)->auth;
}

const struct auth_nonce *tracker_auth_at(const struct tracker *t, uint32_t id)
{
	return nonce_at(t, id);
}

enum auth_outcome tracker_auth_outcome(const struct tracker *t, uint32_t id)
{
	const struct auth_nonce *n = nonce_at(t, id);
	if (n->used == 0)
		return AUTH_IGNORED;
	if (n->settled)
		return n->stale ? AUTH_STALE : AUTH_REFUSED;
	return owner_of(t, n->used)->final ? AUTH_ACCEPTED : AUTH_PENDING;
}

uint32_t tracker_auth_sent(const struct tracker *t, uint32_t id, uint32_t transaction)
{
	const struct txn *x = txn_at(t, transaction);
	while (id && (!nonce_at(t, id)->used || !is_of(t, nonce_at(t, id)->used, x)))
		id = nonce_at(t, id)->next;
	return id;
}
