/* SPDX-License-Identifier: MIT */
/* sip/check.h - everything that is odd about one message, and where.
 *
 * sip_msg_parse notes what it meets on its one pass. This looks at the whole message
 * again, on demand: each octet of the start line and the headers, and the value of each
 * known header field by its grammar (RFC 3261 25.1 and the RFCs that header.def names).
 * The codes are those of sip/oddity.def. What a message means for a dialog is not its
 * subject, nor is the inside of a body. No clock, no allocation, no globals. */
#ifndef SIP_CHECK_H
#define SIP_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sip/message.h"

/* Remarks kept of one message: more than a reader looks through. All are counted in
 * seen, and found knows the codes of all. */
#define SIP_REMARKS_MAX     64

/* A line longer than this, folds counted, is a note: PJSIP for one takes messages of
 * 4000 bytes as it comes, and lines of honest messages end far below. */
#define SIP_LINE_LONG       4096

/* Parameters of one value that are looked at for repeats: no honest value comes near
 * it, and the work grows with its square. */
#define SIP_PARAMS_COMPARED 32

/* What a message may be for no other reason than that the capture cut it. */
#define SIP_ODD_OF_CUT                                                                   \
	(SIP_ODD_BIT(SIP_ODD_NO_EMPTY_LINE) | SIP_ODD_BIT(SIP_ODD_NO_COLON) |            \
	 SIP_ODD_BIT(SIP_ODD_BODY_SHORT))

struct sip_remark {
	enum sip_odd odd;
	size_t offset; /* into msg->raw; both 0 for what is missing */
	size_t length; /* bytes; 0: at this place, or behind the end */
};

struct sip_check {
	uint64_t found; /* SIP_ODD_BIT of every code, those of msg->odd among them */
	uint32_t seen;  /* remarks, kept or not; saturated */
	uint32_t count; /* entries used in remarks */
	struct sip_remark remarks[SIP_REMARKS_MAX]; /* the first ones, by offset */
};

/* Find all.
 *
 * msg     as sip_msg_parse made it, borrowed, with its bytes, for the call.
 * out     the caller's; all of it is written but remarks from count on.
 *
 * Of a message whose headers end before their empty line, missing fields are not
 * remarked, nor is the value of a last line without an end. O(msg->raw.len). */
void sip_check(const struct sip_msg *msg, struct sip_check *out);

#endif
