/* SPDX-License-Identifier: MIT */
/* The form of one message: what parsing found to be odd. */
#include "config.h"

#include "find/private.h"

#define BIT(odd) SIP_ODD_BIT(SIP_ODD_##odd)

/* What parsing finds against the grammar or a MUST (oddity.def: ERROR), and SIP/2.0 in
 * lower case (7.1: MUST). Some have rows of their own: what is missing, lengths. */
#define MALFORMED                                                                        \
	(BIT(START_LINE_SPACING) | BIT(VERSION_CASE) | BIT(BAD_VERSION) |                \
	 BIT(BAD_METHOD) | BIT(MISSING_URI) | BIT(URI_WHITE_SPACE) |                     \
	 BIT(URI_IN_BRACKETS) | BIT(BAD_STATUS) | BIT(BARE_LF) |                         \
	 BIT(FOLDED_START_LINE) | BIT(NO_COLON) | BIT(EMPTY_HEADER_NAME) |               \
	 BIT(NO_EMPTY_LINE) | BIT(BAD_HEADER_NAME) | BIT(REPEATED_HEADER) |              \
	 BIT(BAD_VIA) | BIT(BAD_CSEQ) | BIT(CSEQ_METHOD) | BIT(BAD_MAX_FORWARDS) |       \
	 BIT(BAD_CONTENT_LENGTH))

/* Header fields that must be there. */
#define LACKING                                                                          \
	(BIT(MISSING_VIA) | BIT(MISSING_FROM) | BIT(MISSING_TO) |                        \
	 BIT(MISSING_MAX_FORWARDS) | BIT(NO_CONTENT_TYPE) | BIT(NO_CONTENT_LENGTH))

#define LENGTHS (BIT(BODY_SHORT) | BIT(BODY_LONG))

/* What a response has from its request (8.2.6.2): its sender is not to blame. */
#define COPIED  (BIT(BAD_VIA) | BIT(BAD_CSEQ))

static uint32_t saturated(uint64_t n)
{
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static void lacking(struct find_seen *s)
{
	uint64_t odd = s->msg->odd;
	if (odd & BIT(MISSING_VIA))
		find_missing(s, SIP_HDR_VIA);
	if (odd & BIT(MISSING_FROM))
		find_missing(s, SIP_HDR_FROM);
	if (odd & BIT(MISSING_TO))
		find_missing(s, SIP_HDR_TO);
	if (odd & BIT(NO_CONTENT_TYPE))
		find_missing(s, SIP_HDR_CONTENT_TYPE);
	if (odd & BIT(NO_CONTENT_LENGTH))
		find_missing(s, SIP_HDR_CONTENT_LENGTH);
	if (odd & BIT(MISSING_MAX_FORWARDS))
		find_mark_once(s, FIND_MAX_FORWARDS_MISSING, (struct finding){ 0 },
		               false);
}

/* Only what parsing found on its one pass: looking at each value costs as much as all
 * else that is done for a message. */
static void malformed(struct find_seen *s)
{
	uint64_t odd = s->msg->odd & MALFORMED & ~(s->m->request ? 0 : COPIED);
	unsigned first = 0;
	if (odd == 0 || (s->m->truncated && !s->msg->whole_headers))
		return; /* what is cut off looks malformed */
	while (!(odd >> first & 1))
		first++;
	find_mark_once(s, FIND_MALFORMED_MESSAGE, (struct finding){ .n = first }, true);
}

/* What is missing of a message on a stream may just not have been captured. */
static void lengths(struct find_seen *s)
{
	const struct sip_msg *msg = s->msg;
	struct finding f = { .n = saturated(msg->content_length),
		             .m = saturated(msg->body.len) };
	if (msg->odd & BIT(BODY_LONG)) {
		find_mark_once(s, FIND_BODY_CUT_OFF, f, false);
	} else if (!s->m->truncated && msg->odd & BIT(BODY_SHORT)) {
		find_mark_once(s, FIND_CONTENT_LENGTH_WRONG, f, false);
	}
}

void find_missing(struct find_seen *s, enum sip_hdr_id id)
{
	find_mark_once(s, FIND_HEADER_MISSING, (struct finding){ .n = id }, true);
}

void find_form(struct find_seen *s)
{
	if (s->msg->odd & MALFORMED)
		malformed(s);
	if (s->msg->odd & LACKING)
		lacking(s);
	if (s->msg->odd & LENGTHS)
		lengths(s);
}
