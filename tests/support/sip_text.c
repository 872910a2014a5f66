/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "support/sip_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *or_default(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

int sip_text_is_response(const struct sip_text *m)
{
	return m->start[0] >= '0' && m->start[0] <= '9';
}

/* ";name=value", or nothing where the value is empty. */
static const char *parameter(char out[128], const char *name, const char *value)
{
	out[0] = '\0';
	if (value[0])
		snprintf(out, 128, ";%s=%s", name, value);
	return out;
}

size_t sip_text(char *out, size_t room, const struct sip_text *m)
{
	int response = sip_text_is_response(m);
	const char *method = or_default(m->method, response ? "INVITE" : m->start);
	const char *body = or_default(m->body, "");
	char start[128], via[512] = "", call_id[256] = "", cseq[128] = "";
	char branch[128], from[128], to[128];
	parameter(branch, "branch", or_default(m->branch, "z9hG4bK1"));
	parameter(from, "tag", or_default(m->from_tag, "a"));
	parameter(to, "tag", or_default(m->to_tag, ""));
	if (response)
		snprintf(start, sizeof(start), "SIP/2.0 %s Reason", m->start);
	else
		snprintf(start, sizeof(start), "%s sip:b@example.com SIP/2.0", m->start);
	if (!m->no_via)
		snprintf(via, sizeof(via), "Via: SIP/2.0/UDP %s%s%s\r\n",
		         or_default(m->sent_by, "10.0.0.1:5060"), branch,
		         or_default(m->via_more, ""));
	if (!m->no_call_id)
		snprintf(call_id, sizeof(call_id), "Call-ID: %s\r\n",
		         or_default(m->call_id, "call"));
	if (!m->no_cseq)
		snprintf(cseq, sizeof(cseq), "CSeq: %u %s\r\n", m->cseq ? m->cseq : 1,
		         method);
	int len = snprintf(out, room,
	                   "%s\r\n%sFrom: <sip:a@example.com>%s\r\nTo: <%s>%s\r\n"
	                   "%s%s%sContent-Length: %zu\r\n\r\n%s",
	                   start, via, from, or_default(m->to_uri, "sip:b@example.com"),
	                   to, call_id, cseq, or_default(m->more, ""), strlen(body),
	                   body);
	if (len < 0 || (size_t)len >= room) {
		fputs("sip_text: message does not fit\n", stderr);
		abort();
	}
	return (size_t)len;
}
