/* SPDX-License-Identifier: MIT */
/* tests/support/sip_text.h - SIP messages for tests, from the few fields that matter.
 *
 *     sip_text(buf, sizeof(buf), &(struct sip_text){ .start = "INVITE" });
 *     sip_text(buf, sizeof(buf), &(struct sip_text){ .start = "200", .to_tag = "b" });
 *
 * What is left out gets the default named beside it, so that two messages differ in
 * exactly what a test says. */
#ifndef TESTS_SUPPORT_SIP_TEXT_H
#define TESTS_SUPPORT_SIP_TEXT_H

#include <stddef.h>

#define SIP_TEXT_MAX 4096

struct sip_text {
	const char *start;    /* method of a request, or the status of a response */
	const char *method;   /* of CSeq: that of the request; of a response INVITE */
	unsigned    cseq;     /* 1 */
	const char *call_id;  /* "call" */
	const char *from_tag; /* "a"; "" leaves the parameter out */
	const char *to_tag;   /* none */
	const char *to_uri;   /* "sip:b@example.com" */
	const char *sent_by;  /* "10.0.0.1:5060" */
	const char *branch;   /* "z9hG4bK1"; "" leaves the parameter out */
	const char *via_more; /* Via elements below the top one, each after a comma */
	const char *more;     /* header lines, each with its CRLF */
	const char *body;
	int         no_via, no_call_id, no_cseq;
};

/* Write the message with a NUL behind it; returns its length. A message over `room`
 * bytes aborts the test. */
size_t sip_text(char *out, size_t room, const struct sip_text *m);

/* 1 when .start is a status. */
int sip_text_is_response(const struct sip_text *m);

#endif
