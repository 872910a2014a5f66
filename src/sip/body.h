/* SPDX-License-Identifier: MIT */
/* sip/body.h - what a message body is, by its Content-Type, and small readers of
 * those kinds that a call flow shows by a word or a number.
 *
 * RFC 3261 20.15 (Content-Type), RFC 3420 (sipfrag), RFC 3842 5.2 (message summary),
 * application/dtmf-relay and application/dtmf as used in INFO. SDP, ISUP and
 * multiparts have modules of their own. All slices borrow from what they were read
 * from. No clock, no allocation, no globals. */
#ifndef SIP_BODY_H
#define SIP_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/* A Content-Type value: RFC 3261 20.15. */
struct sip_media_type {
	struct slice type;    /* as written: application */
	struct slice subtype; /* as written: sdp */
	struct slice params;  /* from the first ';', for sip_param; or empty */
};

/* OK, or ERR_FORMAT (out untouched) when it is not "type/subtype" of tokens. White
 * space may stand around the slash; what follows the subtype before the first ';' is
 * passed over. */
MUST_USE enum err sip_media_type_parse(struct sip_media_type *out, struct slice value);

/* The rows of body.def. */
enum sip_body_kind {
#define BODY(id, type, subtype, show, source) SIP_BODY_##id,
#include "sip/body.def"
#undef BODY
	SIP_BODY_OTHER
};

/* Kind of a body by its Content-Type, ASCII case aside; SIP_BODY_OTHER when there is
 * no row, or no type in the value. */
enum sip_body_kind sip_body_kind(struct slice content_type);

/* "application/sdp" as body.def writes it, "" for SIP_BODY_OTHER; valid for ever. */
const char *sip_body_name(enum sip_body_kind kind);

/* Is it characters to be shown as they are? Not so SIP_BODY_OTHER. */
bool sip_body_is_text(enum sip_body_kind kind);

/* The start line of a message/sipfrag or message/sip body. */
struct sip_frag {
	struct slice method; /* empty exactly in a response */
	uint16_t     status; /* of a response: any three digits; 0 in a request */
	struct slice reason; /* of a response; may be empty */
};

/* False (*out untouched): the fragment begins with header fields, as RFC 3420 2 lets
 * it, or is none. A start line is what sip_msg_starts takes for one; unlike there, the
 * line of a fragment need not end. */
bool sip_frag_read(struct sip_frag *out, struct slice body);

/* A key press in INFO. */
struct sip_dtmf {
	struct slice signal;       /* as written: 0 to 9, *, #, A to D, or a word */
	uint32_t     duration;     /* ms; saturated */
	bool         has_duration; /* a number was there */
};

/* Read "Signal=5" and "Duration=160", a line each, names in any case, white space
 * around both sides; the first of each counts. A body of one character is that signal.
 * OK, or ERR_FORMAT (out untouched): no signal. */
MUST_USE enum err sip_dtmf_read(struct sip_dtmf *out, struct slice body);

/* Message context classes of RFC 3842 5.2 and RFC 3458 6.2. */
enum sip_message_class {
	SIP_MESSAGE_VOICE,
	SIP_MESSAGE_FAX,
	SIP_MESSAGE_PAGER,
	SIP_MESSAGE_MULTIMEDIA,
	SIP_MESSAGE_TEXT,
	SIP_MESSAGE_NONE,
	SIP_MESSAGE_CLASSES
};

/* Numbers of messages of one class; saturated. */
struct sip_message_count {
	uint32_t fresh, old;               /* RFC 3842 5.2: new / old */
	uint32_t urgent_fresh, urgent_old; /* thereof; 0 when not said */
	bool     known;                    /* the class was there with two numbers */
};

struct sip_message_summary {
	bool         waiting; /* Messages-Waiting: yes */
	struct slice account; /* Message-Account, a URI; may be empty */
	struct sip_message_count count[SIP_MESSAGE_CLASSES];
};

/* OK, or ERR_FORMAT (out untouched): no Messages-Waiting of yes or no. Names in any
 * case; the first field of each name counts. */
MUST_USE enum err sip_message_summary_read(struct sip_message_summary *out,
                                           struct slice body);

/* "voice" and so on; never NULL below SIP_MESSAGE_CLASSES. */
const char *sip_message_class_name(enum sip_message_class class);

#endif
