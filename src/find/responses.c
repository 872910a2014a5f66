/* SPDX-License-Identifier: MIT */
/* What single responses say. */
#include "config.h"

#include "find/private.h"
#include "sip/value.h"

/* SIP_HDR_OTHER: no such header. */
/* A missing challenge is told in auth.c. */
static enum sip_hdr_id needed_in_failure(unsigned status)
{
	switch (status) {
	case 405: return SIP_HDR_ALLOW;        /* RFC 3261 21.4.6 */
	case 420: return SIP_HDR_UNSUPPORTED;  /* RFC 3261 21.4.15 */
	case 421: return SIP_HDR_REQUIRE;      /* RFC 3261 21.4.16 */
	case 422: return SIP_HDR_MIN_SE;       /* RFC 4028 6 */
	case 423: return SIP_HDR_MIN_EXPIRES;  /* RFC 3261 21.4.17 */
	case 469: return SIP_HDR_RECV_INFO;    /* RFC 6086 4.2.2 */
	case 489: return SIP_HDR_ALLOW_EVENTS; /* RFC 6665 8.3.2 */
	default: return SIP_HDR_OTHER;
	}
}

static bool requires_100rel(const struct find_seen *s)
{
	struct sip_list_iter it = { 0 };
	struct slice option;
	while (sip_msg_list_next(s->msg, SIP_HDR_REQUIRE, &it, &option))
		if (slice_ieq(option, SLICE("100rel")))
			return true;
	return false;
}

void find_provisional(struct find_seen *s)
{
	if (s->msg->status > 100 && !find_has(s, SIP_HDR_RSEQ) && requires_100rel(s))
		find_missing(s, SIP_HDR_RSEQ);
}

void find_answer(struct find_seen *s)
{
	const struct find_recent_txn *r = find_recent(s->find, s->is->transaction);
	if (r && r->expires && find_seconds_since(s, s->x->request) > r->expires)
		find_mark_once(s, FIND_ANSWERED_AFTER_EXPIRES,
		               (struct finding){ .messages = { 0, s->x->request },
		                                 .n = r->expires },
		               false);
}

static void plain(struct find_seen *s, enum find_code code)
{
	uint32_t request = s->x->request;
	find_mark_once(s, code, (struct finding){ .messages = { 0, request } }, false);
}

/* 21.3: of the others, 380 describes services in its body. */
static bool is_redirection(unsigned status)
{
	return status == 300 || status == 301 || status == 302 || status == 305;
}

static void retry_after(struct find_seen *s)
{
	struct sip_retry_after after;
	struct slice value = sip_msg_value(s->msg, SIP_HDR_RETRY_AFTER);
	if (sip_retry_after_parse(&after, value) != OK)
		return;
	struct finding f = { .n = (uint32_t)after.seconds.value };
	find_mark_once(s, FIND_RETRY_AFTER, f, false);
}

void find_failure(struct find_seen *s)
{
	unsigned status = s->msg->status;
	enum sip_hdr_id id = needed_in_failure(status);
	if (id != SIP_HDR_OTHER && !find_has(s, id))
		find_missing(s, id);
	if (is_redirection(status) && !find_has(s, SIP_HDR_CONTACT))
		plain(s, FIND_REDIRECT_WITHOUT_CONTACT);
	if (find_has(s, SIP_HDR_RETRY_AFTER))
		retry_after(s);
	if (status == 420)
		plain(s, FIND_EXTENSION_REFUSED);
	if (status == 482)
		plain(s, FIND_LOOP_DETECTED);
	/* 11: an OPTIONS may have few on purpose, to ask one proxy of several */
	if (status == 483 && s->x->code != SIP_METHOD_OPTIONS)
		plain(s, FIND_TOO_MANY_HOPS);
}
