/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/address.h"

#include "sip/scan.h"

/* Parameter `name` without quotes, or an empty slice. */
static struct slice param_text(struct slice params, struct slice name)
{
	struct slice value = SLICE_NONE;
	return sip_param(params, name, &value) ? sip_unquoted(value) : value;
}

void sip_contact_parse(struct sip_contact *out, struct slice element)
{
	struct sip_contact c = { .q = SIP_Q_NONE };
	struct slice q;
	sip_addr_parse(&c.addr, element);
	c.star = c.addr.display.len == 0 && slice_eq(c.addr.uri, SLICE("*"));
	c.bad_q = sip_param(c.addr.params, SLICE("q"), &q) && sip_q_parse(&c.q, q) != OK;
	c.expires = sip_number_param(c.addr.params, SLICE("expires"), SIP_SECONDS_MAX);
	c.bad_expires = !c.expires.there &&
	                sip_param(c.addr.params, SLICE("expires"), NULL);
	*out = c;
}

bool sip_route_is_loose(struct slice element)
{
	struct sip_addr addr;
	struct sip_uri uri;
	sip_addr_parse(&addr, element);
	sip_uri_parse(&uri, addr.uri);
	return uri.has_param >> SIP_URI_LR & 1;
}

enum err sip_via_more_parse(struct sip_via_more *out, struct slice element)
{
	struct sip_via_more m = { .comment = SLICE_NONE };
	if (sip_via_parse(&m.via, element) != OK)
		return ERR_FORMAT;
	sip_host_parse(&m.host, m.via.host);
	sip_host_parse(&m.received, m.via.received);
	m.rport = sip_number_param(m.via.params, SLICE("rport"), UINT16_MAX);
	m.ttl = sip_number_param(m.via.params, SLICE("ttl"), UINT8_MAX);
	m.maddr = param_text(m.via.params, SLICE("maddr"));
	sip_comment_next(&element, &m.comment);
	*out = m;
	return OK;
}

void sip_refer_to_parse(struct sip_refer_to *out, struct slice value)
{
	out->replaces = SLICE_NONE;
	sip_addr_parse(&out->addr, value);
	sip_uri_parse(&out->uri, out->addr.uri);
	out->method = out->uri.param[SIP_URI_METHOD];
	sip_uri_header(&out->uri, SLICE("Replaces"), &out->replaces);
}

enum err sip_refer_to_dialog(struct sip_dialog_ref *out, const struct sip_refer_to *refer,
                             char *buffer, size_t size)
{
	if (refer->replaces.len == 0)
		return ERR_FORMAT;
	if (refer->replaces.len >= size) /* unescaped it is no longer */
		return ERR_LIMIT;
	size_t n = sip_uri_unescape(refer->replaces, buffer, size);
	return sip_dialog_ref_parse(out, (struct slice){ buffer, n });
}

/* Numbers between dots, or 0 when it is something else. */
static uint32_t index_depth(struct slice index)
{
	uint32_t depth = 0;
	while (index.len) {
		uint64_t number;
		size_t dot = scan_index(index, '.');
		if (!slice_uint(scan_head(index, dot), &number) || dot + 1 == index.len)
			return 0;
		depth++;
		index = slice_skip(index, dot + 1);
	}
	return depth;
}

void sip_history_parse(struct sip_history *out, struct slice element)
{
	static const struct {
		struct slice          name;
		enum sip_history_kind kind;
	} kinds[] = {
		{ { "rc", 2 }, SIP_HISTORY_RC },
		{ { "mp", 2 }, SIP_HISTORY_MP },
		{ { "np", 2 }, SIP_HISTORY_NP },
	};
	struct sip_history h = { .kind = SIP_HISTORY_UNKNOWN };
	sip_addr_parse(&h.addr, element);
	sip_uri_parse(&h.uri, h.addr.uri);
	h.index = param_text(h.addr.params, SLICE("index"));
	h.depth = index_depth(h.index);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (h.kind == SIP_HISTORY_UNKNOWN &&
		    sip_param(h.addr.params, kinds[i].name, &h.from))
			h.kind = kinds[i].kind;
	*out = h;
}

void sip_diversion_parse(struct sip_diversion *out, struct slice element)
{
	sip_addr_parse(&out->addr, element);
	struct slice params = out->addr.params;
	out->reason = param_text(params, SLICE("reason"));
	out->privacy = param_text(params, SLICE("privacy"));
	out->screen = param_text(params, SLICE("screen"));
	out->counter = sip_number_param(params, SLICE("counter"), SIP_SECONDS_MAX);
	out->limit = sip_number_param(params, SLICE("limit"), SIP_SECONDS_MAX);
}
