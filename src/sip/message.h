/* SPDX-License-Identifier: MIT */
/* sip/message.h - one SIP message, as borrowed slices of one buffer.
 *
 * RFC 3261 sections 7 (messages), 7.3.3 (compact names), 18.3 and 20.14 (body
 * length), 25.1 (grammar). Typed values of headers are in sip/field.h.
 * No clock, no allocation, no globals: any thread, any caller. */
#ifndef SIP_MESSAGE_H
#define SIP_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "sip/header.h"

/* Fields of any kind kept of one message: no honest one comes near it. Past it only
 * the first field of each known id is kept, so that a flood of fields in front
 * cannot hide a Call-ID. All are counted in hdrs_seen. */
#define SIP_HDRS_PLAIN 256
#define SIP_HDRS_MAX   (SIP_HDRS_PLAIN + SIP_HDR_OTHER)

/* What is odd about a message: evidence for findings, never a refusal. One row of
 * oddity.def each: bit SIP_ODD_BIT(SIP_ODD_x) has code sip_odd_code(SIP_ODD_x). */
enum sip_odd {
#define ODD(id, code, severity, text, source) SIP_ODD_##id,
#include "sip/oddity.def"
#undef ODD
	SIP_ODD_COUNT
};
_Static_assert(SIP_ODD_COUNT <= 64, "a bit of uint64_t each");

#define SIP_ODD_BIT(odd) (UINT64_C(1) << (odd))

/* How bad a row is: see oddity.def. */
enum sip_severity { SIP_SEVERITY_ERROR, SIP_SEVERITY_WARNING, SIP_SEVERITY_NOTE };

struct sip_hdr {
	struct slice name;  /* as on the wire, compact form kept */
	struct slice value; /* outer white space trimmed, folds kept (7.3.1) */
	enum sip_hdr_id id; /* SIP_HDR_OTHER unless the whole name matched */
};

struct sip_msg {
	struct slice raw;        /* start line through body */
	struct slice method;     /* of the start line; empty exactly in a response */
	struct slice uri;        /* Request-URI, or empty; empty in a response */
	struct slice code;       /* status, all digits; empty in a request */
	struct slice reason;     /* reason phrase; may be empty */
	struct slice body;       /* what is there of it */
	uint64_t content_length; /* as declared, saturated; see has_length */
	uint64_t odd;            /* what one pass finds: SIP_ODD_BIT each */
	uint32_t hdrs_seen;      /* fields on the wire, kept or not; saturated */
	uint16_t status;         /* three digits, else 0; 0 in a request */
	uint16_t nhdrs;          /* entries used in hdrs */
	bool has_length;         /* a Content-Length of digits was there */
	bool whole_headers;      /* the empty line after the headers was there */
	bool truncated;          /* Content-Length promises more, or !whole_headers */
	uint16_t first[SIP_HDR_OTHER];     /* 1 + index of an id's first field, or 0 */
	struct sip_hdr hdrs[SIP_HDRS_MAX]; /* wire order, repeats kept */
};

/* Does `in` begin with a start line of 7.1 or 7.2, after CR and LF octets? True
 * exactly when sip_msg_parse would not answer ERR_FORMAT. What begins with no
 * character of a method (RTP, STUN, DNS) costs a few instructions, all else at most
 * one pass over the first line.
 *
 * A start line here is looser than the grammar, since what is seen is not ours to
 * refuse: runs of SP and TAB separate, SIP/2.0 may be in any case, a Request-URI may
 * hold spaces, a method any octet from 0x21 to 0x7e but the colon, a status three digits
 * or more. Another version will do where the rest leaves no doubt that it is SIP: a
 * status code behind it, or a token and a URI with a scheme before it. A known method
 * and SIP/2.0 will do without a Request-URI. With control characters in it, it is
 * none. */
bool sip_msg_starts(struct slice in);

/* Parse `in`, one whole message; CR and LF before the start line are skipped.
 *
 * in      borrowed: every slice of *msg points into it, so *msg dies with it.
 *         in.p[in.len] is never read.
 * stream  from a byte stream (TCP, TLS): without a Content-Length there is no
 *         body (18.3); from a datagram the body runs to the end. A Content-Length
 *         that is no number counts as absent.
 * msg     the caller's; written only when the result is OK. hdrs beyond nhdrs are
 *         not written.
 *
 * A field is a line with a colon and a name, and the lines folded onto it; other
 * lines are passed over and marked in odd. The first field of an id is the one that
 * counts: Content-Length, and what odd says of Via, CSeq and Max-Forwards. odd holds
 * what one pass finds on its way; sip/check.h finds the rest, and the places.
 *
 * OK, or ERR_FORMAT when there is no start line of 7.1 or 7.2. A message with
 * oddities is still OK: look at odd. One pass, O(in.len). */
MUST_USE enum err sip_msg_parse(struct sip_msg *msg, struct slice in, bool stream);

/* First field `id`, or NULL; points into *msg. SIP_HDR_OTHER: always NULL. */
static inline const struct sip_hdr *sip_msg_first(const struct sip_msg *msg,
                                                  enum sip_hdr_id id)
{
	if ((unsigned)id >= SIP_HDR_OTHER || msg->first[id] == 0)
		return NULL;
	return &msg->hdrs[msg->first[id] - 1];
}

/* First field `id` after `prev` (NULL: from the top), or NULL; points into *msg.
 * `prev` is an entry of msg->hdrs. SIP_HDR_OTHER walks the fields without a row. */
const struct sip_hdr *sip_msg_next(const struct sip_msg *msg, enum sip_hdr_id id,
                                   const struct sip_hdr *prev);

/* Value of the first field `id`, or SLICE_NONE. */
static inline struct slice sip_msg_value(const struct sip_msg *msg, enum sip_hdr_id id)
{
	const struct sip_hdr *hdr = sip_msg_first(msg, id);
	return hdr ? hdr->value : SLICE_NONE;
}

/* Does the branch of the top Via begin with z9hG4bK, that is, does who sent it follow
 * RFC 3261 (8.1.1.7) and not RFC 2543? */
bool sip_msg_has_cookie(const struct sip_msg *msg);

/* Code of an oddity ("bare-lf"), its sentence, its source: valid for ever, "" from
 * SIP_ODD_COUNT on. */
const char *sip_odd_code(enum sip_odd odd);
const char *sip_odd_text(enum sip_odd odd);
const char *sip_odd_source(enum sip_odd odd);
enum sip_severity sip_odd_severity(enum sip_odd odd);

/* "error", "warning", "note"; valid for ever. */
const char *sip_severity_name(enum sip_severity severity);

#endif
