/* SPDX-License-Identifier: MIT */
/* sip/field.h - typed values of header fields, parsed on demand from one value: those
 * that every message needs. The others are in sip/value.h, sip/address.h, sip/auth.h
 * and sip/date.h.
 *
 * RFC 3261 20 and 25.1. All slices borrow from the value they were parsed from.
 * Folds (CR LF followed by white space) inside a value count as white space.
 * No clock, no allocation, no globals. */
#ifndef SIP_FIELD_H
#define SIP_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "sip/message.h"
#include "sip/uri.h"

/* Take the next element of a comma-separated list off *rest: commas inside quoted
 * strings and <> do not split (RFC 3261 7.3.1, 25.1). The element is trimmed and may
 * be empty: an empty value is one empty element, and so is what follows a last comma.
 * False when *rest is used up, SLICE_NONE (*element untouched). O(element). */
bool sip_list_next(struct slice *rest, struct slice *element);

/* Iterate all elements of all fields `id` of a message: the fields of a list header
 * count as one list (RFC 3261 7.3.1). Of the other kinds, and of SIP_HDR_OTHER, the
 * value of each field is one element, commas and all. Start with { 0 }. False at the
 * end (*element untouched), then for ever. */
struct sip_list_iter {
	const struct sip_hdr *hdr;  /* the field under way, or NULL */
	struct slice          rest; /* what is left of it */
};
bool sip_msg_list_next(const struct sip_msg *msg, enum sip_hdr_id id,
                       struct sip_list_iter *it, struct slice *element);

/* Take the next parameter off *rest, a run of ";name=value" pieces: what stands
 * before the first ';' is passed over, so a whole value such as "refer;id=1" will do.
 * A ';' inside quoted strings and <> does not split. Name and value are trimmed, the
 * value as written (quotes kept) and empty without "="; nameless pieces are passed
 * over. False at the end (*name and *value untouched). */
bool sip_param_next(struct slice *rest, struct slice *name, struct slice *value);

/* Value of parameter `name`, ASCII case aside, by the rules of sip_param_next; the
 * first one counts. False: not there (*value untouched). value may be NULL. */
bool sip_param(struct slice params, struct slice name, struct slice *value);

/* name-addr or addr-spec with header parameters (RFC 3261 20.10): From, To, Contact,
 * Route. */
struct sip_addr {
	struct slice display; /* as written, quotes kept, trimmed; may be empty */
	struct slice uri;     /* without <> */
	struct slice params;  /* header parameters from the first ';', or empty */
	struct slice tag;     /* parameter tag, or empty */
};

/* Never fails: what cannot be told apart is in uri. In a quoted display name '<',
 * ';' and escaped quotes are ordinary; if the quote never closes, quotes are
 * ordinary and the last '<' begins the URI (no RFC settles that; it saves the tag of
 * a stray backslash before the closing quote). Without <> the header parameters begin
 * at the first ';' (RFC 3261 20) that is not in a quoted string. A "<" without ">"
 * takes all that is left as the URI. */
void sip_addr_parse(struct sip_addr *out, struct slice value);

/* The tag that sip_addr_parse would find, or an empty slice; cheaper. */
struct slice sip_addr_tag(struct slice value);

/* One Via element (RFC 3261 20.42). */
struct sip_via {
	struct slice transport; /* as written: UDP */
	struct slice host;      /* as written; IPv6 reference with its brackets */
	struct slice branch;    /* value of the first one; empty when absent */
	struct slice received;
	struct slice rport;     /* value; empty when absent or without a value */
	struct slice params;    /* from the first ';', or empty */
	uint32_t     port;      /* 0 when absent; above 65535 saturates at 65536 */
	bool         has_rport;
};

/* OK, or ERR_FORMAT (out untouched) when it is not "SIP/2.0/transport sent-by".
 * White space may stand on either side of a slash and of the port's colon; what
 * follows host and port before the first ';' is passed over. */
MUST_USE enum err sip_via_parse(struct sip_via *out, struct slice element);

/* Take the next element off *rest, a Via value, and parse it: sip_list_next and
 * sip_via_parse in one, and in one pass where the element is as nearly all are. OK;
 * ERR_FORMAT: it is no Via, *out untouched; ERR_END: *rest is used up, SLICE_NONE. */
MUST_USE enum err sip_via_next(struct slice *rest, struct sip_via *out);

/* Would sip_via_parse answer OK to the first element of a Via value? Cheaper. */
bool sip_via_starts(struct slice value);

/* CSeq (RFC 3261 20.16): digits, white space, method. */
struct sip_cseq {
	uint64_t     number; /* saturated */
	struct slice method;
};

/* OK, or ERR_FORMAT (out untouched). What follows the method is passed over. */
MUST_USE enum err sip_cseq_parse(struct sip_cseq *out, struct slice value);

/* Standard phrase of a status code (IANA registry), or "" where unknown; never
 * NULL, valid for ever. */
const char *sip_status_phrase(unsigned status);

/* The methods of method.def. */
enum sip_method {
#define METHOD(id, name, source) SIP_METHOD_##id,
#include "sip/method.def"
#undef METHOD
	SIP_METHOD_OTHER
};

/* SIP_METHOD_OTHER for a token without a row; case-sensitive (RFC 3261 20.16). */
enum sip_method sip_method_lookup(struct slice token);
/* Its name, or "" for SIP_METHOD_OTHER; valid for ever. */
const char *sip_method_name(enum sip_method method);

#endif
