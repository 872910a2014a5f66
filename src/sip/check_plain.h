/* SPDX-License-Identifier: MIT */
/* sip/check_plain.h - private to src/sip: what is plainly well formed.
 *
 * Nearly all values on the wire have the plainest form that the grammar of RFC 3261
 * 25.1 allows. Each function here takes one value, or one element of a list, of such a
 * form off the front of *s in one pass and says so; it takes no folds, escapes, odd
 * spaces, IPv6 or rare parameters. True: the check of check_value.c has no remark about
 * what was taken, and would leave *c as it now is. False: who knows; *s, and vias and
 * contact of *c, may have changed. */
#ifndef SIP_CHECK_PLAIN_H
#define SIP_CHECK_PLAIN_H

#include <stdbool.h>

#include "base/slice.h"
#include "sip/check_value.h"

bool sip_plain_token(struct sip_checker *c, struct slice *s);
bool sip_plain_token_params(struct sip_checker *c, struct slice *s);
bool sip_plain_media(struct sip_checker *c, struct slice *s);
bool sip_plain_address(struct sip_checker *c, struct slice *s);
bool sip_plain_bracketed(struct sip_checker *c, struct slice *s);
bool sip_plain_from(struct sip_checker *c, struct slice *s);
bool sip_plain_to(struct sip_checker *c, struct slice *s);
bool sip_plain_contact(struct sip_checker *c, struct slice *s);
bool sip_plain_via(struct sip_checker *c, struct slice *s);
bool sip_plain_call_id(struct sip_checker *c, struct slice *s);
bool sip_plain_cseq(struct sip_checker *c, struct slice *s);
bool sip_plain_delta(struct sip_checker *c, struct slice *s);
bool sip_plain_max_forwards(struct sip_checker *c, struct slice *s);
bool sip_plain_content_length(struct sip_checker *c, struct slice *s);
bool sip_plain_auth(struct sip_checker *c, struct slice *s);

/* The same of a Request-URI, all of text. */
bool sip_plain_request_uri(struct slice text);

/* All of value is one element, or with `each` a list of them without empty ones; when
 * not, *c is as before. */
bool sip_plain_value(struct sip_checker *c, struct slice value, bool each,
                     bool (*plain)(struct sip_checker *c, struct slice *s));

#endif
