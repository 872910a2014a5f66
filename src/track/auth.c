/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/auth.h"

#include "base/hash.h"
#include "track/private.h"

/* Longest realm kept: a host name (RFC 1035 2.3.4) and a little. */
#define REALM_KEPT 280

static struct auth_chain *chain_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->auth_chains, id);
}

static struct auth_step *step_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->auth_steps, id);
}

/* --- values of the four headers: RFC 3261 25.1 challenge, credentials */

struct digest {
	struct slice realm, nonce, next_nonce;
	uint32_t     nc;
	uint8_t      algorithm; /* enum auth_algorithm */
	bool         qop, stale;
};

static uint8_t algorithm_of(struct slice name)
{
	static const struct slice names[AUTH_ALGORITHM_OTHER] = {
		[AUTH_MD5] = { "MD5", 3 },
		[AUTH_MD5_SESS] = { "MD5-sess", 8 },
		[AUTH_SHA_256] = { "SHA-256", 7 },
		[AUTH_SHA_256_SESS] = { "SHA-256-sess", 12 },
		[AUTH_SHA_512_256] = { "SHA-512-256", 11 },
		[AUTH_SHA_512_256_SESS] = { "SHA-512-256-sess", 16 },
	};
	uint8_t i = 0;
	while (i < AUTH_ALGORITHM_OTHER && !slice_ieq(name, names[i]))
		i++;
	return i;
}

/* Eight hexadecimal digits, RFC 7616 3.4; 0 for what is none. */
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

static struct slice unquote(struct slice s)
{
	if (s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"')
		return slice_head(slice_skip(s, 1), s.len - 2);
	return s;
}

static void set_param(struct digest *d, struct slice name, struct slice value)
{
	if (slice_ieq(name, SLICE("realm")))
		d->realm = value;
	else if (slice_ieq(name, SLICE("nonce")))
		d->nonce = value;
	else if (slice_ieq(name, SLICE("nextnonce")))
		d->next_nonce = value;
	else if (slice_ieq(name, SLICE("nc")))
		d->nc = nonce_count(value);
	else if (slice_ieq(name, SLICE("algorithm")))
		d->algorithm = algorithm_of(value);
	else if (slice_ieq(name, SLICE("qop")))
		d->qop = value.len > 0;
	else if (slice_ieq(name, SLICE("stale")))
		d->stale = slice_ieq(value, SLICE("true"));
}

/* name=value pieces between commas. */
static struct digest read_params(struct slice value)
{
	struct digest d = { .algorithm = AUTH_MD5 };
	struct slice element;
	while (sip_list_next(&value, &element)) {
		size_t equals = slice_index(element, '=');
		set_param(&d, slice_trim(slice_head(element, equals)),
		          unquote(slice_trim(slice_skip(element, equals + 1))));
	}
	return d;
}

/* False: another scheme, or no nonce. */
static bool read_digest(struct slice value, struct digest *out)
{
	static const struct slice scheme = { "Digest", 6 };
	struct slice rest = slice_skip(value, scheme.len);
	if (!slice_istarts(value, scheme) || slice_trim(rest).p == rest.p)
		return false;
	*out = read_params(rest);
	return out->nonce.len > 0;
}

/* --- whose chain */

struct owner {
	uint32_t id;     /* as in struct auth_chain */
	bool     is_aor;
};

/* False: no memory, counted. */
static bool owner_of(struct tracker *t, const struct txn *x, const struct track_fields *f,
                     struct owner *out)
{
	struct sip_addr to;
	*out = (struct owner){ x->call, x->code == SIP_METHOD_REGISTER };
	if (!out->is_aor)
		return true;
	sip_addr_parse(&to, sip_msg_value(f->msg, SIP_HDR_TO));
	if (text_intern(&t->text, to.uri, &out->id) == OK)
		return true;
	t->stats.refused++;
	return false;
}

static uint64_t owner_hash(const struct tracker *t, struct owner o)
{
	return hash_mix(hash_mix(t->seed, o.is_aor), o.id);
}

static uint32_t newest_of(const struct tracker *t, struct owner o)
{
	uint64_t hash = owner_hash(t, o);
	uint32_t at;
	for (uint32_t id = map_first(&t->auth_index, hash, &at); id;
	     id = map_next(&t->auth_index, hash, &at)) {
		const struct auth_chain *c = chain_at(t, id);
		if (c->owner == o.id && c->of_aor == o.is_aor)
			return id;
	}
	return 0;
}

/* The chain of a realm, made where there is none; 0: too many, or no memory. */
static uint32_t find_chain(struct tracker *t, struct owner o, struct slice name,
                           bool proxy)
{
	uint32_t newest = newest_of(t, o), realm, id;
	unsigned n = 0;
	if (text_intern(&t->text, slice_head(name, REALM_KEPT), &realm) != OK) {
		t->stats.refused++;
		return 0;
	}
	for (id = newest; id; id = chain_at(t, id)->next, n++)
		if (chain_at(t, id)->realm == realm && chain_at(t, id)->proxy == proxy)
			return id;
	if (n >= AUTH_REALMS_MAX || pool_add(&t->auth_chains, &id) != OK) {
		t->stats.refused++;
		return 0;
	}
	*chain_at(t, id) = (struct auth_chain){ .owner = o.id, .of_aor = o.is_aor,
		                                .next = newest, .realm = realm,
		                                .proxy = proxy };
	if (match_put(&t->auth_index, owner_hash(t, o), newest, id) != OK) {
		pool_free(&t->auth_chains, id);
		t->stats.refused++;
		return 0;
	}
	return id;
}

/* Was its realm named by who challenges? */
static bool was_named(const struct auth_chain *c)
{
	return c->challenges || c->refused || c->stale;
}

static bool was_other_named(const struct tracker *t, struct owner o, bool proxy)
{
	for (uint32_t id = newest_of(t, o); id; id = chain_at(t, id)->next)
		if (was_named(chain_at(t, id)) && chain_at(t, id)->proxy == proxy)
			return true;
	return false;
}

/* --- steps */

static bool is_credentials(const struct auth_step *s)
{
	return s->kind == AUTH_CREDENTIALS || s->kind == AUTH_UNASKED ||
	       s->kind == AUTH_WRONG_REALM;
}

/* A step of the same request as x, on whatever hop? */
static bool is_of(const struct tracker *t, const struct auth_step *s, const struct txn *x)
{
	const struct txn *own = txn_at(t, message_at(t, s->message)->owner);
	return own->call == x->call && own->cseq == x->cseq &&
	       text_is(t, own->from_tag, text_get(&t->text, x->from_tag));
}

/* The newest credentials of the request of x, or NULL. */
static struct auth_step *credentials_of(const struct tracker *t,
                                        const struct auth_chain *c, const struct txn *x)
{
	for (uint32_t id = c->newest; id; id = step_at(t, id)->prev)
		if (is_credentials(step_at(t, id)) && is_of(t, step_at(t, id), x))
			return step_at(t, id);
	return NULL;
}

/* There are two or more. */
static void drop_oldest(struct tracker *t, struct auth_chain *c)
{
	struct auth_step *s = step_at(t, c->newest);
	while (step_at(t, s->prev)->prev)
		s = step_at(t, s->prev);
	pool_free(&t->auth_steps, s->prev);
	s->prev = 0;
	c->steps--;
}

static void count(uint16_t *counter)
{
	*counter = (uint16_t)(*counter + (*counter < UINT16_MAX));
}

static uint32_t nonce_hash(const struct tracker *t, struct slice nonce)
{
	return (uint32_t)(hash_slice(nonce, t->seed) >> 32);
}

static void add_step(struct tracker *t, struct auth_chain *c,
                     const struct auth_step *step)
{
	uint32_t id;
	if (c->steps == AUTH_STEPS_MAX)
		drop_oldest(t, c);
	if (pool_add(&t->auth_steps, &id) != OK) {
		t->stats.refused++;
		return;
	}
	*step_at(t, id) = *step;
	step_at(t, id)->prev = c->newest;
	c->newest = id;
	c->steps++;
}

/* --- requests */

/* Note what earlier steps say of new credentials. False: seen on another hop. */
static bool compare(const struct tracker *t, const struct auth_chain *c,
                    const struct txn *x, struct auth_step *new, bool *known)
{
	*known = false;
	for (uint32_t id = c->newest; id; id = step_at(t, id)->prev) {
		const struct auth_step *s = step_at(t, id);
		if (s->nonce != new->nonce)
			continue;
		if (!is_credentials(s)) {
			*known = true;
		} else if (s->nc == new->nc) {
			if (is_of(t, s, x))
				return false;
			new->repeats_nc = new->nc != 0;
		}
	}
	return true;
}

static void on_credentials(struct tracker *t, const struct txn *x, struct owner o,
                           const struct digest *d, bool proxy, uint32_t message)
{
	uint32_t id = find_chain(t, o, d->realm, proxy);
	if (id == 0)
		return;
	struct auth_chain *c = chain_at(t, id);
	struct auth_step s = { .nonce = nonce_hash(t, d->nonce), .message = message,
		               .nc = d->nc, .kind = AUTH_CREDENTIALS,
		               .algorithm = d->algorithm, .qop = d->qop };
	bool known;
	if (!compare(t, c, x, &s, &known))
		return;
	if (!known) {
		bool other = !was_named(c) && was_other_named(t, o, proxy);
		s.kind = other ? AUTH_WRONG_REALM : AUTH_UNASKED;
		count(&c->unasked);
	}
	count(&c->answers);
	if (s.repeats_nc)
		count(&c->repeated_nc);
	add_step(t, c, &s);
}

static void on_header(struct tracker *t, const struct txn *x, struct owner o,
                      const struct track_fields *f, bool proxy, uint32_t message)
{
	enum sip_hdr_id id = proxy ? SIP_HDR_PROXY_AUTHORIZATION : SIP_HDR_AUTHORIZATION;
	struct sip_list_iter it = { 0 };
	struct slice value;
	struct digest d;
	for (unsigned n = 0;
	     n < AUTH_REALMS_MAX && sip_msg_list_next(f->msg, id, &it, &value); n++)
		if (read_digest(value, &d))
			on_credentials(t, x, o, &d, proxy, message);
}

void auth_on_request(struct tracker *t, uint32_t txn, const struct track_fields *f,
                     uint32_t message)
{
	struct txn *x = txn_at(t, txn);
	struct owner o;
	if ((!f->msg->first[SIP_HDR_AUTHORIZATION] &&
	     !f->msg->first[SIP_HDR_PROXY_AUTHORIZATION]) ||
	    !owner_of(t, x, f, &o))
		return;
	x->credentials = 1;
	on_header(t, x, o, f, false, message);
	on_header(t, x, o, f, true, message);
}

/* --- responses */

/* Is this challenge known, from another hop or from a field above this one? */
static bool is_known(const struct tracker *t, const struct auth_chain *c,
                     const struct txn *x, uint32_t message, uint32_t nonce)
{
	for (uint32_t id = c->newest; id; id = step_at(t, id)->prev) {
		const struct auth_step *s = step_at(t, id);
		if (!is_credentials(s) && s->kind != AUTH_NEXT_NONCE &&
		    (s->message == message || (s->nonce == nonce && is_of(t, s, x))))
			return true;
	}
	return false;
}

static void on_challenge(struct tracker *t, const struct txn *x, struct owner o,
                         const struct digest *d, bool proxy, uint32_t message)
{
	uint32_t id = find_chain(t, o, d->realm, proxy);
	uint32_t nonce = nonce_hash(t, d->nonce);
	if (id == 0 || is_known(t, chain_at(t, id), x, message, nonce))
		return;
	struct auth_chain *c = chain_at(t, id);
	struct auth_step s = { .nonce = nonce, .message = message,
		               .kind = AUTH_CHALLENGE, .algorithm = d->algorithm,
		               .qop = d->qop };
	const struct auth_step *answer = credentials_of(t, c, x);
	if (answer) {
		s.kind = d->stale ? AUTH_STALE : AUTH_REFUSED;
		s.same_nonce = answer->nonce == nonce;
	}
	count(!answer    ? &c->challenges
	      : d->stale ? &c->stale
	                 : &c->refused);
	add_step(t, c, &s);
}

static void on_challenges(struct tracker *t, const struct txn *x, struct owner o,
                          const struct track_fields *f, bool proxy, uint32_t message)
{
	enum sip_hdr_id id =
		proxy ? SIP_HDR_PROXY_AUTHENTICATE : SIP_HDR_WWW_AUTHENTICATE;
	struct sip_list_iter it = { 0 };
	struct slice value;
	struct digest d;
	for (unsigned n = 0;
	     n < AUTH_REALMS_MAX && sip_msg_list_next(f->msg, id, &it, &value); n++)
		if (read_digest(value, &d))
			on_challenge(t, x, o, &d, proxy, message);
}

/* The nonce to go on with: RFC 7616 3.5. It does not name its realm. */
static void note_next_nonce(struct tracker *t, struct auth_chain *c,
                            const struct track_fields *f, uint32_t message)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	while (sip_msg_list_next(f->msg, SIP_HDR_AUTHENTICATION_INFO, &it, &element)) {
		struct digest d = read_params(element);
		if (d.next_nonce.len == 0)
			continue;
		add_step(t, c, &(struct auth_step){
				       .nonce = nonce_hash(t, d.next_nonce),
				       .message = message,
				       .kind = AUTH_NEXT_NONCE });
		return;
	}
}

/* The first final response to credentials is what came of them. */
static void settle(struct tracker *t, const struct txn *x, struct owner o,
                   const struct track_fields *f, uint32_t message)
{
	bool challenge = f->msg->status == 401 || f->msg->status == 407;
	for (uint32_t id = newest_of(t, o); id; id = chain_at(t, id)->next) {
		struct auth_chain *c = chain_at(t, id);
		struct auth_step *s = credentials_of(t, c, x);
		if (!s || s->answered)
			continue;
		s->answered = 1;
		if (challenge)
			continue;
		count(&c->settled);
		if (!c->proxy && f->msg->first[SIP_HDR_AUTHENTICATION_INFO])
			note_next_nonce(t, c, f, message);
	}
}

void auth_on_final(struct tracker *t, uint32_t txn, const struct track_fields *f,
                   uint32_t message)
{
	const struct txn *x = txn_at(t, txn);
	bool challenge = f->msg->status == 401 || f->msg->status == 407;
	struct owner o;
	if ((!challenge && !x->credentials) || !owner_of(t, x, f, &o))
		return;
	if (challenge) {
		on_challenges(t, x, o, f, false, message);
		on_challenges(t, x, o, f, true, message);
	}
	if (x->credentials)
		settle(t, x, o, f, message);
}

/* --- queries */

uint32_t tracker_auth_of_call(const struct tracker *t, uint32_t call)
{
	return newest_of(t, (struct owner){ call, false });
}

uint32_t tracker_auth_of_aor(const struct tracker *t, uint32_t aor)
{
	return newest_of(t, (struct owner){ aor, true });
}

uint32_t tracker_auth_chains(const struct tracker *t)
{
	return t->auth_chains.used;
}

const struct auth_chain *tracker_auth_chain_at(const struct tracker *t, uint32_t id)
{
	return chain_at(t, id);
}

const struct auth_step *tracker_auth_step_at(const struct tracker *t, uint32_t id)
{
	return step_at(t, id);
}
