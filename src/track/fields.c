/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/hash.h"
#include "track/private.h"

size_t track_sent_by(const struct sip_via *via, char out[TRACK_SENT_BY_MAX])
{
	uint32_t port = via->port;
	if (via->host.len > TRACK_SENT_BY_MAX - 8)
		return 0;
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
	return n + digits;
}

/* 32 bits of a hash are kept where what is compared lies in one call; never 0. */
static uint32_t half(uint64_t hash)
{
	uint32_t upper = (uint32_t)(hash >> 32);
	return upper ? upper : 1;
}

/* Branch and sent-by of one Via element, and both together. An element is the same as
 * another when transport aside host, port and branch agree: received and rport are
 * added on the way (18.2.1, RFC 3581), and proxies write the other parameters anew. */
struct via_hash {
	uint64_t branch, both;
	uint32_t sent_by;
};

static struct via_hash hash_via(struct slice element, uint64_t seed)
{
	struct via_hash out = { .branch = hash_slice(SLICE_NONE, seed) };
	struct sip_via via;
	if (sip_via_parse(&via, element) == OK) {
		char text[TRACK_SENT_BY_MAX];
		size_t len = track_sent_by(&via, text);
		out.branch = hash_slice(via.branch, seed);
		if (len)
			out.sent_by = half(hash_slice((struct slice){ text, len }, seed));
	}
	out.both = hash_mix(out.branch, out.sent_by);
	return out;
}

void fields_vias(const struct tracker *t, struct track_fields *f, bool all)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	uint64_t list = 0, rest = 0;
	unsigned n = 0;
	while ((n == 0 || all) &&
	       sip_msg_list_next(f->msg, SIP_HDR_VIA, &it, &element)) {
		struct via_hash via = hash_via(element, t->seed);
		if (n++ == 0) {
			f->sent_by = via.sent_by;
			f->branch = via.branch;
			list = via.both;
		} else {
			list = hash_mix(list, via.both);
			rest = n == 2 ? via.both : hash_mix(rest, via.both);
		}
	}
	if (n == 0) {
		f->sent_by = 0;
		f->branch = hash_slice(SLICE_NONE, t->seed);
	}
	f->via_all = n ? half(list) : 0;
	f->via_rest = n > 1 ? half(rest) : 0;
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

uint32_t fields_ack_tag(const struct tracker *t, uint32_t cseq, uint32_t vias)
{
	return half(hash_mix(t->seed ^ vias, cseq));
}

uint64_t fields_ack_digest(const struct tracker *t, const struct track_fields *f,
                           uint32_t client, uint32_t server)
{
	uint64_t h = hash_mix(f->branch, f->sent_by);
	h = hash_mix(h, (uint64_t)client << 32 | server);
	return (uint64_t)fields_ack_tag(t, f->cseq, f->via_all) << 32 |
	       half(hash_mix(h, f->cseq));
}
