/* SPDX-License-Identifier: MIT */
/* tests/unit/view/says.h - messages with all that a ladder's notes look at, for
 * struct calls. */
#ifndef TESTS_UNIT_VIEW_SAYS_H
#define TESTS_UNIT_VIEW_SAYS_H

#include "unit/view/calls.h"

/* One message. NULL: not there; of via: the branch alone, of A. */
struct says {
	uint64_t    ms;
	const char *src;
	uint16_t    src_port;
	const char *dst;
	uint16_t    dst_port;
	const char *start;
	const char *via;    /* values, with commas between */
	const char *to_tag;
	const char *cseq;
	const char *more;   /* header fields, each with its CR LF */
	const char *sdp;
	bool        by_bob; /* From is Bob, whose tag is "b"; Alice has "a" */
};

static inline void says(struct calls *c, const struct says *s)
{
	char text[4096];
	const char *sdp = s->sdp ? s->sdp : "";
	const char *tag = s->by_bob ? "a" : s->to_tag;
	int len = snprintf(text, sizeof(text),
	                   "%s\r\n"
	                   "Via: %s\r\n"
	                   "From: <sip:%s>;tag=%s\r\n"
	                   "To: <sip:%s>%s%s\r\n"
	                   "Call-ID: x\r\n"
	                   "CSeq: %s\r\n"
	                   "Max-Forwards: 70\r\n"
	                   "Contact: <sip:%s>\r\n"
	                   "%s%sContent-Length: %zu\r\n\r\n%s",
	                   s->start, s->via, s->by_bob ? "bob@b" : "alice@a",
	                   s->by_bob ? "b" : "a", s->by_bob ? "alice@a" : "bob@b",
	                   tag ? ";tag=" : "", tag ? tag : "", s->cseq, s->src,
	                   s->more ? s->more : "",
	                   s->sdp ? "Content-Type: application/sdp\r\n" : "",
	                   strlen(sdp), sdp);
	assert_in_range(len, 1, (int)sizeof(text) - 1);
	calls_packet(c, s->ms, s->src, s->src_port, s->dst, s->dst_port, text);
}

/* A description with one medium, of a session whose version is `version`. */
static inline const char *says_sdp(char out[512], const char *address, unsigned port,
                                   unsigned version, const char *attributes)
{
	snprintf(out, 512,
	         "v=0\r\no=- 1 %u IN IP4 h\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n"
	         "m=audio %u RTP/AVP 8 0\r\n%s",
	         version, strchr(address, ':') ? "IP6" : "IP4", address, port,
	         attributes);
	return out;
}

#endif
