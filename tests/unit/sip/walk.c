/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sip/field.h"
#include "sip/message.h"
#include "support/guard.h"

bool walk_inside(struct slice part, struct slice whole)
{
	if (part.len == 0)
		return true;
	uintptr_t from = (uintptr_t)part.p, begin = (uintptr_t)whole.p;
	return from >= begin && part.len <= whole.len &&
	       from - begin <= whole.len - part.len;
}

static void walk_addr(struct slice value)
{
	struct sip_addr addr;
	sip_addr_parse(&addr, value);
	assert_true(walk_inside(addr.display, value));
	assert_true(walk_inside(addr.uri, value));
	assert_true(walk_inside(addr.params, value));
	assert_true(walk_inside(addr.tag, addr.params));
	assert_true(walk_inside(sip_uri_user(addr.uri), addr.uri));
	assert_true(walk_inside(sip_uri_host(addr.uri), addr.uri));
}

static void walk_via(struct slice value)
{
	struct sip_via via;
	if (sip_via_parse(&via, value) != OK)
		return;
	assert_true(walk_inside(via.transport, value));
	assert_true(walk_inside(via.host, value));
	assert_true(walk_inside(via.params, value));
	assert_true(walk_inside(via.branch, via.params));
	assert_true(walk_inside(via.received, via.params));
	assert_true(walk_inside(via.rport, via.params));
	assert_true(via.port <= 65536);
}

void walk_value(struct slice value)
{
	struct slice rest = value, element, name, param;
	size_t elements = 0, params = 0;
	while (sip_list_next(&rest, &element)) {
		assert_true(walk_inside(element, value));
		walk_addr(element);
		walk_via(element);
		assert_true(++elements <= value.len + 1);
	}
	for (rest = value; sip_param_next(&rest, &name, &param);) {
		assert_true(name.len > 0 && walk_inside(name, value));
		assert_true(walk_inside(param, value));
		assert_true(sip_param(value, name, NULL));
		assert_true(++params <= value.len);
	}
	struct sip_cseq cseq;
	if (sip_cseq_parse(&cseq, value) == OK)
		assert_true(cseq.method.len > 0 && walk_inside(cseq.method, value));
}

static void walk_parsed(const struct sip_msg *msg, struct slice in)
{
	assert_true(walk_inside(msg->raw, in));
	assert_true(walk_inside(msg->body, msg->raw));
	assert_true(walk_inside(msg->method, msg->raw));
	assert_true(walk_inside(msg->uri, msg->raw));
	assert_true(walk_inside(msg->reason, msg->raw));
	assert_true(msg->nhdrs <= SIP_HDRS_MAX && msg->nhdrs <= msg->hdrs_seen);
	assert_true(msg->status <= 999);
	assert_true((msg->method.len == 0) == (msg->code.len > 0));
	assert_true(msg->code.len == 0 || msg->uri.len == 0);
	for (unsigned i = 0; i < msg->nhdrs; i++) {
		const struct sip_hdr *hdr = &msg->hdrs[i];
		assert_true(hdr->name.len > 0 && walk_inside(hdr->name, msg->raw));
		assert_true(hdr->value.p && walk_inside(hdr->value, msg->raw));
		assert_int_equal(sip_hdr_lookup(hdr->name), hdr->id);
		walk_value(hdr->value);
	}
	for (unsigned id = 0; id < SIP_HDR_OTHER; id++) {
		const struct sip_hdr *hdr = sip_msg_first(msg, (enum sip_hdr_id)id);
		assert_true(!hdr || hdr->id == (enum sip_hdr_id)id);
	}
}

void walk_message(struct slice in)
{
	struct sip_msg msg;
	for (unsigned stream = 0; stream < 2; stream++) {
		enum err e = sip_msg_parse(&msg, in, stream);
		assert_true(e == OK || e == ERR_FORMAT);
		assert_true((e == OK) == sip_msg_starts(in));
		if (e == OK)
			walk_parsed(&msg, in);
	}
}

void walk_cuts(struct slice in, void (*walk)(struct slice in))
{
	for (size_t n = 0; n <= in.len; n++) {
		char *copy = guard_copy(in.p, n);
		walk((struct slice){ copy, n });
		guard_free(copy);
	}
	char *copy = guard_copy_front(in.p, in.len);
	walk((struct slice){ copy, in.len });
	guard_free(copy);
}
