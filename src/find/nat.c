/* SPDX-License-Identifier: MIT */
/* What NAT, and boxes that help it along, do to the addresses in messages. */
#include "config.h"

#include <string.h>

#include "find/private.h"
#include "sip/host.h"
#include "sip/uri.h"

/* Transactions of a call, the newest first, among which the same request with another
 * Via is looked for: it comes right behind. */
#define OTHERS_MAX 8

/* --- addresses */

/* Unicast, and neither private nor of this host; addresses for documentation stand for
 * public ones. */
static bool is_public(const struct track_endpoint *e)
{
	static const uint8_t zeros[15];
	const uint8_t *b = e->bytes;
	if (track_endpoint_is_private(e))
		return false;
	if (e->family == 4)
		return b[0] != 0 && b[0] < 224;
	return b[0] != 0xff && memcmp(b, zeros, sizeof(zeros)) != 0;
}

/* 4 or 6; 0: it is no address. */
static unsigned family_of(const struct sip_host *host)
{
	return host->kind == SIP_HOST_IPV4 ? 4 : host->kind == SIP_HOST_IPV6 ? 6 : 0;
}

/* --- Via */

static bool top_via(const struct find_seen *s, struct sip_via *via)
{
	struct slice value = sip_msg_value(s->msg, SIP_HDR_VIA), top;
	return sip_list_next(&value, &top) && sip_via_parse(via, top) == OK;
}

/* Is the IPv4 address written as all others write it, behind "SIP/2.0/UDP "? Then all is
 * well, and nothing need be parsed, which costs ten times as much. */
static bool says_plainly(struct slice via, const uint8_t *address)
{
	char text[4 * 4];
	size_t n = 0, protocol = sizeof("SIP/2.0/UDP ") - 1;
	for (unsigned i = 0; i < 4; i++) {
		unsigned b = address[i];
		if (b > 99)
			text[n++] = (char)('0' + b / 100);
		if (b > 9)
			text[n++] = (char)('0' + b / 10 % 10);
		text[n++] = (char)('0' + b % 10);
		text[n++] = '.';
	}
	n--;
	return via.len > protocol + n && via.p[protocol - 1] == ' ' &&
	       memcmp(via.p + protocol, text, n) == 0 &&
	       (via.p[protocol + n] == ':' || via.p[protocol + n] == ';');
}

/* Does the top Via name another address than that of the sender? Of a name that is not
 * known. */
static bool names_another(const struct find_seen *s)
{
	const struct track_endpoint *src = &find_flow(s)->src;
	struct sip_via via;
	struct sip_host host;
	if (src->family == 4 &&
	    says_plainly(sip_msg_value(s->msg, SIP_HDR_VIA), src->bytes))
		return false;
	if (!top_via(s, &via))
		return false;
	sip_host_parse(&host, via.host);
	unsigned family = family_of(&host);
	return family && (family != src->family ||
	                  memcmp(host.bytes, src->bytes, family == 4 ? 4 : 16) != 0);
}

/* 18.2.1: the sender does not know its own address as others see it. What was found out
 * of the same sender is still known, most of the time. */
static void check_via(struct find_seen *s, const struct txn *x)
{
	uint32_t addr = find_flow(s)->src_addr;
	struct find_recent_sender *known = find_recent_sender(s->find, addr);
	struct find_recent_txn *r;
	if (!known)
		return;
	if (known->addr != addr || known->sent_by != x->sent_by) {
		known->addr = addr;
		known->sent_by = x->sent_by;
		known->hidden = names_another(s);
	}
	if (!known->hidden)
		return;
	find_mark_once(s, FIND_VIA_NOT_SOURCE, (struct finding){ 0 }, false);
	r = find_recent(s->find, s->is->transaction);
	if (r)
		r->hidden = s->find->any_hidden = true;
}

/* Over a connection the response goes back on it, wherever Via points (18.2.2). */
static void check_received(struct find_seen *s)
{
	if (s->m->transport != TRANSPORT_UDP)
		return;
	const struct find_recent_txn *r = find_recent(s->find, s->is->transaction);
	struct sip_via via;
	if (!r || !r->hidden || !top_via(s, &via) || via.received.len)
		return;
	find_mark_once(s, FIND_RECEIVED_MISSING,
	               (struct finding){ .messages = { 0, s->x->request } }, false);
}

/* --- ALG */

/* A client makes a branch for one request and one hop (8.1.1.7, 16.6 step 8): seen from
 * somewhere else, with another sent-by, something rewrote it. */
static void check_branch(struct find_seen *s, const struct txn *x)
{
	const struct txn *y;
	unsigned left = OTHERS_MAX;
	for (uint32_t id = x->older; id && left; left--, id = y->older) {
		y = tracker_transaction_at(s->t, id);
		if (y->branch != x->branch || y->cseq != x->cseq || y->code != x->code ||
		    y->from_tag != x->from_tag || y->sent_by == x->sent_by || !y->request)
			continue;
		if (tracker_flow_at(s->t, y->flow)->src_addr != find_flow(s)->src_addr &&
		    sip_msg_has_cookie(s->msg))
			find_mark_once(s, FIND_ALG_REWROTE,
			               (struct finding){ .messages = { 0, y->request } },
			               false);
		return;
	}
}

/* --- Contact */

/* Nearly all Contacts of public networks are told by their first character: 10, 172,
 * 192.168, 169.254 and 100.64 begin with 1, an IPv6 literal with a bracket. */
static bool may_be_private(struct slice contact)
{
	size_t at = slice_index(contact, '@');
	if (at == contact.len)
		at = slice_index(contact, ':');
	struct slice host = slice_skip(contact, at + 1);
	return host.len && (host.p[0] == '1' || host.p[0] == '[');
}

static void check_contact(struct find_seen *s)
{
	struct slice value = sip_msg_value(s->msg, SIP_HDR_CONTACT), first;
	struct sip_addr addr;
	struct sip_hostport at;
	if (!may_be_private(value) || !sip_list_next(&value, &first))
		return;
	sip_addr_parse(&addr, first);
	sip_hostport_parse(&at, sip_uri_host(addr.uri));
	struct track_endpoint contact = { .family = (uint8_t)family_of(&at.host) };
	memcpy(contact.bytes, at.host.bytes, sizeof(contact.bytes));
	if (contact.family && track_endpoint_is_private(&contact))
		find_mark_once(s, FIND_CONTACT_PRIVATE, (struct finding){ 0 }, false);
}

/* A registrar answers with what was registered. */
static bool has_own_contact(const struct find_seen *s, const struct txn *x)
{
	return s->msg->first[SIP_HDR_CONTACT] && !s->is->forward_of &&
	       (s->m->request || x->code != SIP_METHOD_REGISTER);
}

void find_nat(struct find_seen *s)
{
	const struct txn *x = s->x;
	if (!x)
		return;
	if (s->m->request && s->m->code != SIP_METHOD_ACK) {
		check_via(s, x);
		if (x->older && !s->is->forward_of)
			check_branch(s, x);
	} else if (s->find->any_hidden && !s->m->request) {
		check_received(s);
	}
	if (has_own_contact(s, x)) {
		const struct track_flow *flow = find_flow(s);
		if (is_public(&flow->src) || is_public(&flow->dst))
			check_contact(s);
	}
}
