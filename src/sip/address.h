/* SPDX-License-Identifier: MIT */
/* sip/address.h - typed values of header fields that hold an address.
 *
 * Parsed on demand from one element of a list (sip_list_next), borrowed from it. Where
 * nothing is said, they never fail: what cannot be told apart is in addr.uri, as with
 * sip_addr_parse. P-Asserted-Identity, P-Preferred-Identity, P-Served-User, Path,
 * Service-Route, Referred-By, Remote-Party-ID, Call-Info and others need no more than
 * sip_addr_parse, sip_param and sip_uri_parse. No clock, no allocation, no globals. */
#ifndef SIP_ADDRESS_H
#define SIP_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "sip/field.h"
#include "sip/uri.h"
#include "sip/value.h"

/* Contact (RFC 3261 20.10). */
struct sip_contact {
	struct sip_addr   addr;    /* of "*": only its uri, that star */
	struct sip_number expires; /* .text also where it is no number */
	uint16_t          q;       /* thousandths; SIP_Q_NONE */
	bool              star;
	bool              bad_q;       /* q is there and none */
	bool              bad_expires; /* counts as 3600 then (RFC 3261 20.10) */
};

#define SIP_Q_NONE UINT16_MAX

void sip_contact_parse(struct sip_contact *out, struct slice element);

/* Route, Record-Route, Path, Service-Route (RFC 3261 20.30, 20.34): does the URI have
 * the parameter lr? Without it that proxy is a strict router (RFC 3261 16.12). */
bool sip_route_is_loose(struct slice element);

/* Via with all that sip_via_parse leaves aside (RFC 3261 20.42, RFC 3581). */
struct sip_via_more {
	struct sip_via    via;
	struct sip_host   host, received; /* SIP_HOST_EMPTY where absent */
	struct sip_number rport, ttl;
	struct slice      maddr;
	struct slice      comment; /* RFC 2543 6.40; without the parentheses */
};

/* As sip_via_parse; slower. */
MUST_USE enum err sip_via_more_parse(struct sip_via_more *out, struct slice element);

/* Refer-To (RFC 3515 2.1, RFC 3891 2). */
struct sip_refer_to {
	struct sip_addr addr;
	struct sip_uri  uri;      /* of addr; its headers go into the triggered request */
	struct slice    method;   /* of the URI; empty: INVITE */
	struct slice    replaces; /* still escaped: sip_refer_to_dialog; or empty */
};

void sip_refer_to_parse(struct sip_refer_to *out, struct slice value);

/* The dialog that the Replaces header of a Refer-To URI names. It is unescaped into
 * buffer[size], which *out borrows. ERR_FORMAT (*out untouched): there is none, or it
 * names no Call-ID; ERR_LIMIT: it does not fit. */
MUST_USE enum err sip_refer_to_dialog(struct sip_dialog_ref *out,
                                      const struct sip_refer_to *refer, char *buffer,
                                      size_t size);

/* How a target of History-Info was found (RFC 7044 10.3). */
enum sip_history_kind {
	SIP_HISTORY_UNKNOWN,
	SIP_HISTORY_RC, /* the Request-URI was changed, the user was not */
	SIP_HISTORY_MP, /* mapped to another user */
	SIP_HISTORY_NP  /* not changed */
};

/* One History-Info element (RFC 7044 10). */
struct sip_history {
	struct sip_addr addr;
	struct sip_uri  uri;    /* its headers Reason and Privacy say why and for whom */
	struct slice    index;  /* "1.2.1" */
	struct slice    from;   /* index that rc, mp or np names; or empty */
	uint32_t        depth;  /* numbers in the index; 0: it is none */
	enum sip_history_kind kind;
};

void sip_history_parse(struct sip_history *out, struct slice element);

/* One Diversion element (RFC 5806 2, and 9 for its parameters). */
struct sip_diversion {
	struct sip_addr   addr;
	struct slice      reason;  /* without quotes: "user-busy"; or empty */
	struct slice      privacy; /* without quotes: "full", "off"; or empty */
	struct slice      screen;
	struct sip_number counter; /* diversions that this element stands for */
	struct sip_number limit;
};

void sip_diversion_parse(struct sip_diversion *out, struct slice element);

#endif
