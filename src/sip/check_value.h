/* SPDX-License-Identifier: MIT */
/* sip/check_value.h - private to src/sip: the part of sip_check that knows the grammar
 * of Request-URI and header values (RFC 3261 25.1). */
#ifndef SIP_CHECK_VALUE_H
#define SIP_CHECK_VALUE_H

#include <stdbool.h>

#include "sip/check.h"

/* One call of sip_check. */
struct sip_checker {
	const struct sip_msg *msg;
	struct sip_check     *out;
	size_t                next;    /* in msg->hdrs: behind the last one met */
	enum sip_hdr_id       id;      /* of the field under way; OTHER: the start line */
	unsigned              vias;    /* elements of Via so far; 2 stands for more */
	bool                  contact; /* a Contact with an address was there */
	bool                  star;    /* one with "*" was there */
	bool                  seen[SIP_HDR_OTHER]; /* fields so far */
	bool                  thorough; /* without what check_plain.h spares */
};

/* sip_check without what check_plain.h spares: slower, and the same. For tests. */
void sip_check_thorough(const struct sip_msg *msg, struct sip_check *out);

/* Note `odd` at `where`, a part of msg->raw; SLICE_NONE: at no place. */
void sip_remark_add(struct sip_checker *c, enum sip_odd odd, struct slice where);

/* Check the Request-URI, if there is one. */
void sip_check_request_uri(struct sip_checker *c);

/* Check the value of the field c->id, which is a known one. Fields in their order. */
void sip_check_value(struct sip_checker *c, struct slice value);

#endif
