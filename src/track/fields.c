/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/hash.h"
#include "track/private.h"

/* host:port of a Via in lower case, the port of its transport where there is none
 * (RFC 3261 18.2.1). False: too long to be a host. */
static bool sent_by_write(const struct sip_via *via, char out[TRACK_SENT_BY_MAX],
                          size_t *len)
{
	uint32_t port = via->port;
	if (via->host.len > TRACK_SENT_BY_MAX - 8)
		return false;
	if (port == 0)
		port = slice_ieq(via->transport, SLICE("TLS")) ? 5061 : 5060;
	size_t n = 0;
	for (; n < via->host.len; n++)
		out[n] = (char)ascii_lower(via->host.p[n]);
	out[n++] = ':';
	unsigned digits = port > 9999  ? 5
	                  : port > 999 ? 4
	                  : port > 99  ? 3
	                  : port > 9   ? 2
	                               : 1;
	for (unsigned i = digits; i-- > 0; port /= 10)
		out[n + i] = (char)('0' + port % 10);
	*len = n + digits;
	return true;
}

/* A Via element is the same as another when transport aside host, port and branch
 * agree: received and rport are added on the way (18.2.1, RFC 3581), and proxies write
 * the other parameters anew. */
static uint64_t via_hash(struct slice sent_by, struct slice branch, uint64_t seed)
{
	return hash_slice(branch, hash_slice(sent_by, seed));
}

void fields_vias(const struct tracker *t, struct track_fields *f, bool all)
{
	const struct sip_msg *msg = f->msg;
	struct sip_list_iter it = { 0 };
	struct slice element;
	unsigned n = 0;
	f->sent_by = f->branch = SLICE_NONE;
	f->via_all = f->via_rest = 0;
	while ((n == 0 || all) &&
	       sip_msg_list_next(msg, SIP_HDR_VIA, &it, &element)) {
		char buffer[TRACK_SENT_BY_MAX];
		char *text = n == 0 ? f->sent_by_text : buffer;
		struct slice sent_by = SLICE_NONE, branch = SLICE_NONE;
		struct sip_via via;
		size_t len;
		if (sip_via_parse(&via, element) == OK) {
			branch = via.branch;
			if (sent_by_write(&via, text, &len))
				sent_by = (struct slice){ text, len };
		}
		uint64_t hash = via_hash(sent_by, branch, t->seed);
		if (n++ == 0) {
			f->sent_by = sent_by;
			f->branch = branch;
			f->via_all = hash;
		} else {
			f->via_all = hash_mix(f->via_all, hash);
			f->via_rest = n == 2 ? hash : hash_mix(f->via_rest, hash);
		}
	}
}

bool fields_begin(const struct sip_msg *msg, struct track_fields *f)
{
	struct sip_cseq cseq;
	f->msg = msg;
	f->call_id = sip_msg_value(msg, SIP_HDR_CALL_ID);
	if (f->call_id.len == 0 ||
	    sip_cseq_parse(&cseq, sip_msg_value(msg, SIP_HDR_CSEQ)) != OK)
		return false;
	f->is_request = msg->method.len > 0;
	f->method = f->is_request ? msg->method : cseq.method;
	f->code = sip_method_lookup(f->method);
	f->cseq = cseq.number > UINT32_MAX ? UINT32_MAX : (uint32_t)cseq.number;
	return true;
}

void fields_tags(struct track_fields *f)
{
	f->from_tag = sip_addr_tag(sip_msg_value(f->msg, SIP_HDR_FROM));
	f->to_tag = sip_addr_tag(sip_msg_value(f->msg, SIP_HDR_TO));
}

/* Of a response: To tag in the upper half, which a forwarded response keeps; RSeq and
 * body, which with it make a repeat, in the lower. */
uint64_t fields_digest(const struct tracker *t, const struct track_fields *f)
{
	if (f->is_request)
		return TRACK_DIGEST_REQUEST;
	uint64_t tag = hash_slice(f->to_tag, t->seed);
	uint64_t rest = hash_slice(f->msg->body, t->seed);
	struct slice rseq = sip_msg_value(f->msg, SIP_HDR_RSEQ);
	if (rseq.len)
		rest = hash_mix(rest, hash_slice(rseq, t->seed));
	return (tag & UINT64_C(0xffffffff00000000)) | rest >> 32;
}

uint64_t fields_ack_digest(const struct tracker *t, const struct track_fields *f,
                           uint32_t client, uint32_t server)
{
	uint64_t h = via_hash(f->sent_by, f->branch, t->seed);
	h = hash_mix(h, (uint64_t)client << 32 | server);
	return hash_mix(h, f->cseq);
}
