/* SPDX-License-Identifier: MIT */
/* sip/auth.h - challenges and credentials: Authorization, WWW-Authenticate,
 * Proxy-Authorization, Proxy-Authenticate, Authentication-Info.
 *
 * RFC 3261 20.7, 22.4 and 25.1, RFC 7616 (Digest), RFC 8760 (its algorithms in SIP),
 * RFC 3310 (AKA), RFC 8898 (Bearer). Nothing is verified. No clock, no allocation, no
 * globals. */
#ifndef SIP_AUTH_H
#define SIP_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/* The rows of auth.def. */
enum sip_auth_id {
#define AUTH(id, name, shown, source) SIP_AUTH_##id,
#include "sip/auth.def"
	SIP_AUTH_OTHER
};

/* Whole name, ASCII case aside. */
enum sip_auth_id sip_auth_lookup(struct slice name);

/* May the value of this parameter be shown? Not that of SIP_AUTH_OTHER. */
bool sip_auth_is_shown(enum sip_auth_id id);

/* A scheme and what follows it. */
struct sip_auth {
	struct slice scheme; /* "Digest"; empty in Authentication-Info */
	struct slice params; /* for sip_auth_next; of Basic and Bearer credentials a
	                      * secret as a whole */
};

/* Never fails: a first word is the scheme when white space follows, and no '='. */
void sip_auth_parse(struct sip_auth *out, struct slice value);

/* Take the next of "name=value, name=value" off *rest: trimmed, quotes kept; of a piece
 * without '=' name is all of it. Empty pieces are passed over. False at the end (*name
 * and *value untouched). */
bool sip_auth_next(struct slice *rest, struct slice *name, struct slice *value);

/* What may be shown of a Digest challenge or of Digest credentials; each the first of
 * its name, without quotes, escapes kept, empty where absent. The response and what it
 * is computed with are not here: whether they are there is. */
struct sip_digest {
	struct slice username, realm, nonce, uri, qop, nc, algorithm, opaque, domain;
	bool         stale;        /* stale=true */
	bool         has_response; /* credentials, not a challenge */
	bool         has_cnonce;
};

/* Reads a value of any scheme, Digest or not. */
void sip_digest_parse(struct sip_digest *out, struct slice value);

/* The same for those that follow every challenge: only what they compare, in one pass
 * and without a look at other names. A comma, or white space, that is missing does no
 * harm; the first of its name counts. */
struct sip_digest_keys {
	struct slice realm, nonce, next_nonce, nc, algorithm;
	bool         qop;   /* there is one, not empty */
	bool         stale; /* stale=true */
};

/* Read the value of a challenge or of credentials. False: of another scheme than Digest
 * (*out untouched). */
bool sip_digest_read(struct sip_digest_keys *out, struct slice value);

/* nextnonce of Authentication-Info (RFC 7616 3.5), which has no scheme; empty where
 * there is none. */
struct slice sip_next_nonce(struct slice value);

/* Write the value for output that others may see into out[size] (size > 0), cut where
 * it does not fit, with a NUL behind it; returns its length. "..." stands for
 *   - the value of a parameter that is not shown,
 *   - one that is neither one token nor one quoted string, or that holds the name of a
 *     secret and '=': there a quote or a comma is missing,
 *   - a URI with a password,
 *   - a piece without a known name, and a value of one word, as a whole.
 * So no response, password or token comes out, of an unknown scheme neither. The bytes
 * that are shown are as written: the caller escapes. */
size_t sip_auth_redact(struct slice value, char *out, size_t size);

#endif
