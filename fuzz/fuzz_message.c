/* SPDX-License-Identifier: MIT */
/* Any bytes as a SIP message, all its fields as each typed value, and what is odd.
 *
 * Byte 0: odd for a stream, even for a datagram; the rest is the message. */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sip/check.h"
#include "sip/check_value.h"
#include "sip/field.h"
#include "sip/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void need_inside(struct slice part, struct slice whole)
{
	if (part.len == 0)
		return;
	uintptr_t from = (uintptr_t)part.p, begin = (uintptr_t)whole.p;
	need(from >= begin && part.len <= whole.len);
	need(from - begin <= whole.len - part.len);
}

static void check_addr(struct slice value)
{
	struct sip_addr addr;
	sip_addr_parse(&addr, value);
	need_inside(addr.display, value);
	need_inside(addr.uri, value);
	need_inside(addr.params, value);
	need_inside(addr.tag, addr.params);
	need(slice_eq(sip_addr_tag(value), addr.tag));
	need_inside(sip_uri_user(addr.uri), addr.uri);
	need_inside(sip_uri_host(addr.uri), addr.uri);
}

static void check_via(struct slice value)
{
	struct sip_via via;
	if (sip_via_parse(&via, value) != OK) {
		need(!sip_via_starts(value));
		return;
	}
	need(sip_via_starts(value));
	need(via.transport.len > 0 && via.port <= 65536);
	need_inside(via.transport, value);
	need_inside(via.host, value);
	need_inside(via.params, value);
	need_inside(via.branch, via.params);
	need_inside(via.received, via.params);
	need_inside(via.rport, via.params);
	need(via.has_rport || via.rport.len == 0);
}

/* The field as each kind of value, whatever its name: a message may lie. */
static void check_value(struct slice value)
{
	struct sip_cseq cseq;
	if (sip_cseq_parse(&cseq, value) == OK) {
		need(cseq.method.len > 0);
		need_inside(cseq.method, value);
	}
	struct slice rest = value, name, param;
	while (sip_param_next(&rest, &name, &param)) {
		need(name.len > 0);
		need_inside(name, value);
		need_inside(param, value);
	}
	check_addr(value);
	check_via(value);
}

static void check_lists(const struct sip_msg *msg)
{
	for (unsigned id = 0; id <= SIP_HDR_OTHER; id++) {
		struct sip_list_iter it = { 0 };
		struct slice element;
		while (sip_msg_list_next(msg, (enum sip_hdr_id)id, &it, &element)) {
			need(it.hdr->id == (enum sip_hdr_id)id);
			need_inside(element, it.hdr->value);
			check_addr(element);
			check_via(element);
		}
	}
}

static void check_message(const struct sip_msg *msg, struct slice in)
{
	need_inside(msg->raw, in);
	need_inside(msg->method, msg->raw);
	need_inside(msg->uri, msg->raw);
	need_inside(msg->reason, msg->raw);
	need_inside(msg->body, msg->raw);
	need_inside(msg->code, msg->raw);
	need((msg->method.len == 0) == (msg->code.len > 0));
	need(msg->code.len == 0 || msg->uri.len == 0);
	need(msg->status <= 999 && msg->odd >> SIP_ODD_COUNT == 0);
	need(msg->nhdrs <= SIP_HDRS_MAX && msg->nhdrs <= msg->hdrs_seen);
	need(msg->whole_headers || (msg->truncated && msg->body.len == 0));
	need(!msg->has_length || msg->body.len <= msg->content_length);
	for (unsigned i = 0; i < msg->nhdrs; i++) {
		const struct sip_hdr *hdr = &msg->hdrs[i];
		need(hdr->name.len > 0 && hdr->value.p);
		need(sip_hdr_lookup(hdr->name) == hdr->id);
		need_inside(hdr->name, msg->raw);
		need_inside(hdr->value, msg->raw);
		check_value(hdr->value);
	}
	check_lists(msg);
}

/* The remarks are in order and inside, and leave out no bit. */
static void check_remarks(const struct sip_msg *msg)
{
	struct sip_check got, thorough;
	sip_check(msg, &got);
	sip_check_thorough(msg, &thorough);
	need(got.found == thorough.found && got.seen == thorough.seen);
	need((msg->odd & ~got.found) == 0 && got.found >> SIP_ODD_COUNT == 0);
	need(got.count <= got.seen && got.count <= SIP_REMARKS_MAX);
	need(got.count == got.seen || got.count == SIP_REMARKS_MAX);
	size_t offset = 0;
	for (uint32_t i = 0; i < got.count; i++) {
		const struct sip_remark *r = &got.remarks[i];
		need(got.found & SIP_ODD_BIT(r->odd));
		need(r->offset >= offset && r->offset <= msg->raw.len);
		need(r->length <= msg->raw.len - r->offset);
		offset = r->offset;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	size_t len = size - 1;
	char *bytes = malloc(len ? len : 1); /* of that size: one byte over is seen */
	if (!bytes)
		return 0;
	memcpy(bytes, data + 1, len);

	struct slice in = { bytes, len };
	struct sip_msg msg;
	enum err e = sip_msg_parse(&msg, in, data[0] & 1);
	need((e == OK) == sip_msg_starts(in));
	if (e == OK) {
		check_message(&msg, in);
		check_remarks(&msg);
	}
	free(bytes);
	return 0;
}
