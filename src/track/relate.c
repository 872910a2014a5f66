/* SPDX-License-Identifier: MIT */
/* Evidence in messages that two calls are legs of one: header fields, REFER, SDP. */
#include "config.h"

#include <string.h>

#include "base/hash.h"
#include "sip/address.h"
#include "sip/parts.h"
#include "sip/sdp.h"
#include "sip/value.h"
#include "track/private.h"

/* Shorter values are counters or constants, not names that are unique in the world. */
#define RELATION_VALUE_MIN 8

/* Elements of In-Reply-To that are looked at: calls that one call returns. */
#define REPLIES_MAX        8

/* Longest Call-ID or Replaces in a Refer-To that is looked at. */
#define ESCAPED_MAX        512

/* REFERs to one target that an INVITE is compared with: the newest ones. */
#define REFERS_LOOK        32

/* A REFER without a subscription (RFC 4488) or with an answer that was not captured is
 * waited for that long: timer C, the longest that an INVITE may take (RFC 3261 16.6). */
#define REFER_LIFE         (180 * TICK_S)

/* Lines of SDP that are looked at: o= is the second, and the first m= comes before the
 * attributes, but for those of the session. */
#define SDP_LOOK           32

/* Digits of a sess-id that a clock or chance has made, and of one that is unique without
 * its address: browsers write 127.0.0.1 there (RFC 9429 5.2.1). */
#define SESS_ID_LONG       6
#define SESS_ID_UNIQUE     10

/* One message that is looked at. */
struct looked {
	struct tracker *t;
	const struct track_fields *f;
	const struct sip_msg *msg;
	uint32_t message;
	uint32_t call;
	uint32_t txn;
	tick at;
	uint32_t sender; /* number of its address */
};

static uint64_t hash_lower(const struct tracker *t, struct slice s)
{
	char low[ESCAPED_MAX];
	s = slice_head(s, sizeof(low));
	for (size_t i = 0; i < s.len; i++)
		low[i] = (char)ascii_lower(s.p[i]);
	return hash_slice((struct slice){ low, s.len }, t->seed);
}

static void shows(const struct looked *l, enum relation_kind kind, uint64_t value,
                  bool is_long)
{
	const struct relation_shown shown = { kind, value, l->message, l->call, is_long };
	relation_shows(l->t, &shown);
}

/* --- header fields that name a call */

static void names(const struct looked *l, struct slice call_id, enum relation_by by)
{
	call_id = slice_trim(call_id);
	if (call_id.len && !text_is(l->t, call_at(l->t, l->call)->call_id, call_id))
		relation_name_call(l->t, l->call, call_id, by);
}

static void names_dialog(const struct looked *l, enum sip_hdr_id id, enum relation_by by)
{
	struct sip_dialog_ref ref;
	if (l->msg->first[id] &&
	    sip_dialog_ref_parse(&ref, sip_msg_value(l->msg, id)) == OK)
		names(l, ref.call_id, by);
}

static void in_reply_to(const struct looked *l)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	unsigned left = REPLIES_MAX;
	while (left-- && sip_msg_list_next(l->msg, SIP_HDR_IN_REPLY_TO, &it, &element))
		names(l, element, RELATION_IN_REPLY_TO);
}

static void configured(const struct looked *l)
{
	struct slice name = l->t->relations.header;
	enum sip_hdr_id id = name.len ? sip_hdr_lookup(name) : SIP_HDR_OTHER;
	const struct sip_hdr *hdr = NULL;
	if (name.len == 0)
		return;
	while ((hdr = sip_msg_next(l->msg, id, hdr)) != NULL) {
		if (id != SIP_HDR_OTHER || slice_ieq(hdr->name, name)) {
			names(l, hdr->value, RELATION_X_CALL_ID);
			return;
		}
	}
}

/* --- header fields with a value that legs share */

/* A UUID of RFC 7989 5, that is not nil: 32 hexadecimal digits. */
static void session_half(const struct looked *l, struct slice uuid)
{
	if (uuid.len != 32 || sip_session_id_is_nil(uuid))
		return;
	for (size_t i = 0; i < uuid.len; i++) {
		unsigned char c = ascii_lower(uuid.p[i]);
		if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
			return;
	}
	shows(l, RELATION_KIND_SESSION_ID, hash_lower(l->t, uuid), false);
}

/* Which of the two is local and which remote depends on who sends it. */
static void session_id(const struct looked *l)
{
	struct sip_session_id id;
	if (sip_session_id_parse(&id, sip_msg_value(l->msg, SIP_HDR_SESSION_ID)) != OK)
		return;
	session_half(l, id.local);
	if (id.has_remote)
		session_half(l, id.remote);
}

/* Nearly always the icid-value comes first, and then nothing else need be parsed. */
static struct slice icid_of(struct slice value)
{
	struct sip_charging_vector v;
	struct slice first = slice_head(value, slice_index(value, ';'));
	if (slice_istarts(first, SLICE("icid-value=")))
		return sip_unquoted(slice_skip(first, 11));
	return sip_charging_vector_parse(&v, value) == OK ? v.icid : SLICE_NONE;
}

static void charging_vector(const struct looked *l)
{
	struct slice icid = icid_of(sip_msg_value(l->msg, SIP_HDR_P_CHARGING_VECTOR));
	if (icid.len >= RELATION_VALUE_MIN)
		shows(l, RELATION_KIND_ICID, hash_slice(icid, l->t->seed), false);
}

/* --- REFER (RFC 3515), and the INVITE that it triggers */

static struct relation_refer *refer_at(const struct tracker *t, uint32_t id)
{
	return pool_at(&t->relations.refers, id);
}

/* Who is meant by a URI: its user, or its host where it has none. */
static uint64_t target_of(const struct tracker *t, struct slice uri)
{
	struct slice user = sip_uri_user(uri);
	return user.len ? hash_slice(user, t->seed) : hash_lower(t, sip_uri_host(uri));
}

/* Without its port: it is often left out. */
static uint64_t host_of(const struct tracker *t, struct slice uri)
{
	struct slice host = sip_uri_host(uri);
	size_t end = host.len && host.p[0] == '[' ? slice_index(host, ']')
	                                          : slice_index(host, ':');
	return hash_lower(t, slice_head(host, end));
}

static uint64_t referred_by(const struct looked *l)
{
	struct sip_addr addr;
	if (!l->msg->first[SIP_HDR_REFERRED_BY])
		return 0;
	sip_addr_parse(&addr, sip_msg_value(l->msg, SIP_HDR_REFERRED_BY));
	return hash_slice(addr.uri, l->t->seed);
}

/* Newest REFER to a target; the others by .older. */
static uint32_t newest_refer(const struct tracker *t, uint64_t target)
{
	uint32_t at, id = map_first(&t->relations.refer_index, target, &at);
	while (id && refer_at(t, id)->target != target)
		id = map_next(&t->relations.refer_index, target, &at);
	return id;
}

static void keep_refer(const struct looked *l, struct slice uri)
{
	struct tracker *t = l->t;
	struct relations *r = &t->relations;
	uint64_t target = target_of(t, uri);
	uint32_t older = newest_refer(t, target), id;
	if (pool_add(&r->refers, &id) != OK) {
		t->stats.relations_refused++;
		return;
	}
	*refer_at(t, id) = (struct relation_refer){ .target = target,
		                                    .host = host_of(t, uri),
		                                    .referred_by = referred_by(l),
		                                    .message = l->message,
		                                    .older = older };
	if (match_put(&r->refer_index, target, older, id) != OK) {
		pool_free(&r->refers, id);
		t->stats.relations_refused++;
	}
}

static void on_refer(const struct looked *l)
{
	struct sip_refer_to refer;
	struct sip_dialog_ref ref;
	struct slice escaped;
	char text[ESCAPED_MAX];
	if (!l->msg->first[SIP_HDR_REFER_TO])
		return;
	sip_refer_to_parse(&refer, sip_msg_value(l->msg, SIP_HDR_REFER_TO));
	if (sip_refer_to_dialog(&ref, &refer, text, sizeof(text)) == OK)
		names(l, ref.call_id, RELATION_REPLACES);
	if (sip_uri_header(&refer.uri, SLICE("Call-ID"), &escaped) &&
	    escaped.len < sizeof(text)) {
		size_t n = sip_uri_unescape(escaped, text, sizeof(text));
		names(l, (struct slice){ text, n }, RELATION_REFER);
	}
	if (refer.method.len == 0 || slice_ieq(refer.method, SLICE("INVITE")))
		keep_refer(l, refer.addr.uri);
}

/* Until its subscription ends: the last NOTIFY comes after what the INVITE came to. */
static bool is_awaited(const struct tracker *t, const struct relation_refer *r, tick at)
{
	const struct track_message *m = message_at(t, r->message);
	const struct txn *x = txn_at(t, m->owner);
	if (r->used || (x->final && message_at(t, x->final)->code >= 300))
		return false;
	if (x->shown)
		return tracker_subscription_at(t, x->shown)->state != SUB_TERMINATED;
	return tick_diff(at, m->at) <= (int64_t)REFER_LIFE;
}

/* Did this REFER trigger the INVITE? RELATION_BY_COUNT: no. */
static enum relation_by triggered(const struct looked *l, const struct relation_refer *r,
                                  uint64_t by, uint64_t host)
{
	const struct txn *x = txn_at(l->t, message_at(l->t, r->message)->owner);
	const struct track_flow *flow = flow_at(&l->t->flows, x->flow);
	if (x->call == l->call || !is_awaited(l->t, r, l->at))
		return RELATION_BY_COUNT;
	if (r->referred_by && by && r->referred_by != by)
		return RELATION_BY_COUNT;
	if (r->referred_by && r->referred_by == by) /* RFC 3892 2.2 */
		return RELATION_REFER;
	if (l->sender == flow->src_addr || !relation_took_part(l->t, x->call, l->sender))
		return RELATION_BY_COUNT;
	return r->host == host ? RELATION_REFER : RELATION_GUESS;
}

static void on_invite(const struct looked *l)
{
	struct tracker *t = l->t;
	if (t->relations.refers.live == 0)
		return;
	uint64_t by = referred_by(l), host = host_of(t, l->msg->uri);
	unsigned left = REFERS_LOOK;
	for (uint32_t id = newest_refer(t, target_of(t, l->msg->uri)); id && left--;
	     id = refer_at(t, id)->older) {
		struct relation_refer *r = refer_at(t, id);
		if (!pool_has(&t->messages, r->message))
			continue;
		enum relation_by how = triggered(l, r, by, host);
		if (how == RELATION_BY_COUNT)
			continue;
		r->used = true;
		uint32_t txn = message_at(t, r->message)->owner;
		relation_pair(t, l->call, txn_at(t, txn)->call, how);
		return;
	}
}

/* Enter one REFER into tables that are built anew. */
static enum err move_refer(struct relations *to, const struct relation_refer *r)
{
	uint32_t at, id, older = map_first(&to->refer_index, r->target, &at);
	const struct relation_refer *other;
	for (; older; older = map_next(&to->refer_index, r->target, &at)) {
		other = pool_at(&to->refers, older);
		if (other->target == r->target)
			break;
	}
	enum err e = pool_add(&to->refers, &id);
	if (e != OK)
		return e;
	struct relation_refer *fresh = pool_at(&to->refers, id);
	*fresh = *r;
	fresh->older = older;
	return match_put(&to->refer_index, r->target, older, id);
}

enum err relation_collect(struct tracker *t)
{
	struct relations *r = &t->relations;
	struct relations to = { 0 };
	enum err e = OK;
	pool_init(&to.refers, t->mem, sizeof(struct relation_refer), r->refers.limit);
	map_init(&to.refer_index, t->mem);
	for (uint32_t id = 1; id <= r->refers.used && e == OK; id++)
		if (pool_has(&t->messages, refer_at(t, id)->message))
			e = move_refer(&to, refer_at(t, id));
	pool_clear(e == OK ? &r->refers : &to.refers);
	map_clear(e == OK ? &r->refer_index : &to.refer_index);
	if (e == OK) {
		r->refers = to.refers;
		r->refer_index = to.refer_index;
	}
	return e;
}

/* --- SDP (RFC 8866) */

/* What legs share of a description: 0 where it is of no use. */
struct description {
	uint64_t origin; /* o= without sess-version */
	uint64_t media;  /* address and port of the first media with both */
	bool is_long;    /* the origin has a long sess-id */
};

static bool starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && memcmp(s.p, prefix.p, prefix.len) == 0;
}

static bool is_nowhere(struct slice address)
{
	switch (address.len ? address.p[0] : '\0') {
	case '\0': return true;
	case '0': return slice_eq(address, SLICE("0.0.0.0"));
	case '1': return starts(address, SLICE("127."));
	case ':':
		return slice_eq(address, SLICE("::")) || slice_eq(address, SLICE("::1"));
	default: return slice_eq(address, SLICE("localhost"));
	}
}

/* What is behind the next space, as grammar has it (RFC 8866 9); empty at the end. Nearly
 * every call is looked at here: sdp_word_next, which allows more, takes four times as
 * long. */
static struct slice after_space(struct slice s)
{
	const char *space = s.len ? memchr(s.p, ' ', s.len) : NULL;
	if (!space)
		return SLICE_NONE;
	return (struct slice){ space + 1, s.len - (size_t)(space + 1 - s.p) };
}

/* username, sess-id, sess-version, nettype, addrtype, address: all but the version,
 * which may rise from leg to leg. */
static void origin(struct description *d, const struct tracker *t, struct slice value)
{
	struct slice id = after_space(value);
	struct slice version = after_space(id);
	struct slice host = after_space(version);
	if (host.len == 0)
		return; /* then the others are not whole either */
	size_t len = (size_t)(version.p - id.p) - 1;
	if (len < SESS_ID_UNIQUE && is_nowhere(after_space(after_space(host))))
		return;
	struct slice name = { value.p, (size_t)(version.p - value.p) };
	d->origin = hash_mix(hash_slice(name, t->seed), hash_slice(host, t->seed));
	d->is_long = len >= SESS_ID_LONG;
}

/* Address of a c= line; empty for multicast, which has a TTL or is of IPv6. */
static struct slice address_of(struct slice value)
{
	struct slice address = starts(value, SLICE("IN IP4 "))
	                               ? slice_skip(value, 7)
	                               : after_space(after_space(value));
	bool multicast =
		starts(address, SLICE("ff")) || slice_index(address, '/') < address.len;
	return multicast || is_nowhere(address) ? SLICE_NONE : address;
}

/* The port of an m= line; 0 where media is off, or without a candidate yet (RFC 8840). */
static uint32_t port_of(struct slice value)
{
	struct slice rest = after_space(value);
	uint32_t port = 0;
	for (size_t i = 0; i < rest.len && i < 6; i++) {
		unsigned digit = (unsigned char)rest.p[i] - (unsigned)'0';
		if (digit > 9)
			break;
		port = port * 10 + digit;
	}
	return port > 65535 || port == 9 ? 0 : port;
}

/* The next line of a description, without its end. */
static struct slice take_line(struct slice *rest)
{
	const char *end = memchr(rest->p, '\n', rest->len);
	size_t n = end ? (size_t)(end - rest->p) : rest->len;
	struct slice line = { rest->p, n };
	*rest = slice_skip(*rest, n + 1);
	if (n && line.p[n - 1] == '\r')
		line.len--;
	return line;
}

/* Up to the first media that has both; its c= comes next or not at all (RFC 8866 9). */
static void describe(struct description *d, const struct tracker *t, struct slice body)
{
	struct slice session = SLICE_NONE, address = SLICE_NONE;
	uint32_t port = 0;
	bool in_media = false;
	for (unsigned left = SDP_LOOK; left && body.len; left--) {
		struct slice line = take_line(&body), value = slice_skip(line, 2);
		char type = line.len > 2 && line.p[1] == '=' ? line.p[0] : '\0';
		if (type == 'c' && in_media) {
			address = address_of(value);
		} else if (port && address.len && type != 'i') {
			break;
		} else if (type == 'c') {
			session = address_of(value);
		} else if (type == 'o' && !in_media) {
			origin(d, t, value);
		} else if (type == 'm') {
			in_media = true;
			address = session;
			port = port_of(value);
			if (port && address.len && body.len && body.p[0] == 'a')
				break; /* nearly always */
		}
	}
	if (port && address.len)
		d->media = hash_mix(hash_slice(address, t->seed), port);
}

static struct slice sdp_of(const struct sip_msg *msg)
{
	struct sip_part part;
	if (starts(msg->body, SLICE("v=")))
		return msg->body;
	if (sip_part_find(sip_msg_value(msg, SIP_HDR_CONTENT_TYPE), msg->body,
	                  SIP_BODY_SDP, &part))
		return part.body;
	return SLICE_NONE;
}

static bool sdp(const struct looked *l)
{
	struct slice text = l->msg->body.len ? sdp_of(l->msg) : SLICE_NONE;
	struct description d = { 0 };
	if (text.len == 0)
		return false;
	describe(&d, l->t, text);
	if (d.origin)
		shows(l, RELATION_KIND_ORIGIN, d.origin, d.is_long);
	if (d.media)
		shows(l, RELATION_KIND_MEDIA, d.media, false);
	return true;
}

/* --- all of it */

static void headers(const struct looked *l)
{
	const uint16_t *first = l->msg->first;
	if (first[SIP_HDR_SESSION_ID])
		session_id(l);
	if (first[SIP_HDR_P_CHARGING_VECTOR])
		charging_vector(l);
	if (first[SIP_HDR_X_CALL_ID])
		names(l, sip_msg_value(l->msg, SIP_HDR_X_CALL_ID), RELATION_X_CALL_ID);
	if (first[SIP_HDR_X_CID])
		names(l, sip_msg_value(l->msg, SIP_HDR_X_CID), RELATION_X_CALL_ID);
	configured(l);
}

static void request(const struct looked *l)
{
	if (l->f->code == SIP_METHOD_REFER) {
		on_refer(l);
		names_dialog(l, SIP_HDR_TARGET_DIALOG, RELATION_REFER);
		return;
	}
	if (l->f->code != SIP_METHOD_INVITE)
		return;
	names_dialog(l, SIP_HDR_REPLACES, RELATION_REPLACES);
	names_dialog(l, SIP_HDR_JOIN, RELATION_JOIN);
	names_dialog(l, SIP_HDR_TARGET_DIALOG, RELATION_REFER);
	if (l->msg->first[SIP_HDR_IN_REPLY_TO])
		in_reply_to(l);
	if (l->f->to_tag.len == 0) {
		on_invite(l);
		txn_at(l->t, l->txn)->described = sdp(l);
	}
}

/* An answer, where its INVITE had no SDP on its first hop: else what the legs share was
 * seen there. */
static bool may_describe(const struct looked *l)
{
	const struct txn *x = txn_at(l->t, l->txn);
	if (x->in_dialog || x->reinvite || l->msg->status <= 100 || l->msg->status >= 300)
		return false;
	while (tracker_more(l->t, x)->forward_of)
		x = txn_at(l->t, tracker_more(l->t, x)->forward_of);
	return !x->described;
}

void relation_read(struct tracker *t, const struct track_fields *f, uint32_t message,
                   uint32_t call)
{
	const struct track_message *m = message_at(t, message);
	const struct looked l = { .t = t,
		                  .f = f,
		                  .msg = f->msg,
		                  .message = message,
		                  .call = call,
		                  .txn = m->owner,
		                  .at = m->at,
		                  .sender = flow_at(&t->flows, m->flow)->src_addr };
	if (m->stray || f->code == SIP_METHOD_ACK || f->code == SIP_METHOD_CANCEL)
		return;
	bool describes = !f->is_request && may_describe(&l);
	if (call_at(t, call)->kind == CALL_INVITE && (f->is_request || describes))
		headers(&l);
	if (f->is_request)
		request(&l);
	else
		txn_at(t, l.txn)->described = !describes || sdp(&l);
}
