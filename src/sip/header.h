/* SPDX-License-Identifier: MIT */
/* sip/header.h - the header fields that sipglass knows, from header.def.
 *
 * RFC 3261 20 and 7.3.3 (compact forms), and the extensions that each row of
 * header.def names. A header without a row is ordinary: SIP_HDR_OTHER. */
#ifndef SIP_HEADER_H
#define SIP_HEADER_H

#include "base/slice.h"

enum sip_hdr_id {
#define HDR(id, name, compact, kind, source) SIP_HDR_##id,
#include "sip/header.def"
#undef HDR
	SIP_HDR_OTHER
};

enum sip_hdr_kind {
	SIP_HDR_KIND_ONE,  /* at most one field in a message (RFC 3261 7.3.1) */
	SIP_HDR_KIND_LIST, /* may repeat, and may hold a comma-separated list */
	SIP_HDR_KIND_MANY  /* may repeat; commas belong to the value */
};

struct sip_hdr_info {
	struct slice      name;    /* canonical spelling */
	struct slice      compact; /* one lower-case letter, or empty */
	enum sip_hdr_kind kind;
	const char       *source;  /* "RFC 3261 20.8" */
};

/* The row of an id, valid for ever: NULL for SIP_HDR_OTHER, never for another id. */
const struct sip_hdr_info *sip_hdr_info(enum sip_hdr_id id);

/* The id of a long or compact name, ASCII case aside, or SIP_HDR_OTHER. The whole
 * name is compared: no other name can be taken for a known one. */
enum sip_hdr_id sip_hdr_lookup(struct slice name);

#endif
