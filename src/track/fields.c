/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/hash.h"
#include "track/private.h"

#define TRACK_HOST_MAX (TRACK_SENT_BY_MAX - 8) /* with room for ":65536" */

static uint32_t port_of(const struct sip_via *via)
{
	if (via->port)
		return via->port;
	return slice_ieq(via->transport, SLICE("TLS")) ? 5061 : 5060;
}

size_t track_sent_by(const struct sip_via *via, char out[TRACK_SENT_BY_MAX])
{
	uint32_t port = port_of(via);
	if (via->host.len > TRACK_HOST_MAX)
		return 0;
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

/* Eight bytes with A to Z in lower case: bit 7 of a byte is set by the first sum from A
 * on, by the second one past Z, and what was no ASCII is let be. */
static uint64_t lower_word(uint64_t word)
{
	uint64_t low = word & UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t from_a = low + UINT64_C(0x3f3f3f3f3f3f3f3f);
	uint64_t past_z = low + UINT64_C(0x2525252525252525);
	return word | ((from_a ^ past_z) & ~word & UINT64_C(0x8080808080808080)) >> 2;
}

/* Of what track_sent_by writes, without writing it: 100 instructions less a message. 0:
 * the host is too long to be one. */
static uint32_t hash_sent_by(const struct sip_via *via, uint64_t seed)
{
	if (via->host.len > TRACK_HOST_MAX)
		return 0;
	uint64_t hash = hash_mix(seed, (uint64_t)via->host.len << 32 | port_of(via));
	for (size_t n = 0; n < via->host.len; n += 8) {
		struct slice rest = slice_skip(via->host, n);
		uint64_t word = 0;
		memcpy(&word, rest.p, rest.len < 8 ? rest.len : 8);
		hash = hash_mix(hash, lower_word(word));
	}
	return half(hash);
}

/* Branch and sent-by of one Via element, and both together. An element is the same as
 * another when transport aside host, port and branch agree: received and rport are
 * added on the way (18.2.1, RFC 3581), and proxies write the other parameters anew. */
struct via_hash {
	uint64_t branch, both;
	uint32_t sent_by;
};

/* via: NULL for an element that is none. */
static struct via_hash hash_via(const struct sip_via *via, uint64_t seed)
{
	struct via_hash out = { 0 };
	if (via)
		out.sent_by = hash_sent_by(via, seed);
	out.branch = hash_slice(via ? via->branch : SLICE_NONE, seed);
	out.both = hash_mix(out.branch, out.sent_by);
	return out;
}

/* What the list of Vias comes to, one after the other. */
struct via_list {
	uint64_t list, rest;
	unsigned n;
};

static void add_via(struct via_list *l, struct track_fields *f, struct via_hash via)
{
	if (l->n++ == 0) {
		f->sent_by = via.sent_by;
		f->branch = via.branch;
		l->list = via.both;
		return;
	}
	l->list = hash_mix(l->list, via.both);
	l->rest = l->n == 2 ? via.both : hash_mix(l->rest, via.both);
}

void fields_vias(const struct tracker *t, struct track_fields *f, bool all)
{
	const struct sip_hdr *hdr = NULL;
	struct via_list l = { 0 };
	while ((l.n == 0 || all) && (hdr = sip_msg_next(f->msg, SIP_HDR_VIA, hdr))) {
		struct slice rest = hdr->value;
		struct sip_via via;
		enum err e;
		if (!rest.p)
			rest.p = "";
		while ((l.n == 0 || all) && (e = sip_via_next(&rest, &via)) != ERR_END)
			add_via(&l, f, hash_via(e == OK ? &via : NULL, t->seed));
	}
	if (l.n == 0) {
		f->sent_by = 0;
		f->branch = hash_slice(SLICE_NONE, t->seed);
	}
	f->via_all = l.n ? half(l.list) : 0;
	f->via_rest = l.n > 1 ? half(l.rest) : 0;
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

void fields_from(struct track_fields *f)
{
	f->from_tag = sip_addr_tag(sip_msg_value(f->msg, SIP_HDR_FROM));
}

void fields_to(struct track_fields *f)
{
	f->to_tag = sip_addr_tag(sip_msg_value(f->msg, SIP_HDR_TO));
}

/* Of a response: To tag in the upper half, which a forwarded response keeps; RSeq and
 * body, which with it make a repeat, in the lower. */
uint64_t fields_digest(const struct tracker *t, const struct track_fields *f)
{
	if (f->is_request)
		return TRACK_DIGEST_REQUEST;
	uint64_t rest = hash_slice(f->msg->body, t->seed);
	struct slice rseq = sip_msg_value(f->msg, SIP_HDR_RSEQ);
	if (rseq.len)
		rest = hash_mix(rest, hash_slice(rseq, t->seed));
	return (uint64_t)fields_tag_hash(t, f->to_tag) << 32 | half(rest);
}

uint32_t fields_tag_hash(const struct tracker *t, struct slice tag)
{
	return half(hash_slice(tag, t->seed));
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
