/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/json.h"
#include "export/json_private.h"
#include "sip/check.h"
#include "sip/field.h"

static const char *const transport_names[] = {
	[NET_UDP] = "udp",   [NET_TCP] = "tcp", [NET_TLS] = "tls",
	[NET_SCTP] = "sctp", [NET_WS] = "ws",   [NET_WSS] = "wss"
};

const char *json_transport_name(unsigned transport)
{
	size_t count = sizeof(transport_names) / sizeof(*transport_names);
	return transport < count ? transport_names[transport] : "";
}

void json_member_endpoint(struct json_writer *w, struct slice key,
                          const struct net_endpoint *endpoint)
{
	char ip[NET_ADDR_TEXT_MAX];
	unsigned len = net_addr_text(&endpoint->addr, ip);
	json_open(w, key, '{');
	json_put_text(w, KEY("ip"), (struct slice){ ip, len });
	json_put_uint(w, KEY("port"), endpoint->port);
	json_close(w, '}');
}

void json_member_party(struct json_writer *w, struct slice key, struct slice value)
{
	if (value.len == 0)
		return;
	struct sip_addr addr;
	sip_addr_parse(&addr, value);
	json_open(w, key, '{');
	json_put_text(w, KEY("uri"), addr.uri);
	if (addr.display.len && !slice_eq(addr.display, SLICE("\"\"")))
		json_put_unquoted(w, KEY("display"), addr.display);
	json_put_text(w, KEY("tag"), addr.tag);
	json_close(w, '}');
}

static void write_cseq(struct json_writer *w, const struct sip_msg *msg)
{
	struct sip_cseq cseq;
	if (sip_cseq_parse(&cseq, sip_msg_value(msg, SIP_HDR_CSEQ)) != OK)
		return;
	json_open(w, KEY("cseq"), '{');
	json_put_uint(w, KEY("number"), cseq.number);
	json_put_text(w, KEY("method"), cseq.method);
	json_close(w, '}');
}

/* One Via element; one that cannot be parsed keeps its place as an empty object. */
static void write_via(struct json_writer *w, struct slice element)
{
	struct sip_via via;
	json_open(w, NO_KEY, '{');
	if (sip_via_parse(&via, element) == OK) {
		uint64_t rport;
		json_put_text(w, KEY("transport"), via.transport);
		json_put_text(w, KEY("host"), via.host);
		if (via.port <= UINT16_MAX)
			json_put_id(w, KEY("port"), via.port);
		json_put_text(w, KEY("branch"), via.branch);
		json_put_text(w, KEY("received"), via.received);
		if (slice_uint(via.rport, &rport) && rport <= UINT16_MAX)
			json_put_id(w, KEY("rport"), rport);
	}
	json_close(w, '}');
}

static void write_vias(struct json_writer *w, const struct sip_msg *msg)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	bool any = false;
	while (sip_msg_list_next(msg, SIP_HDR_VIA, &it, &element)) {
		if (!any) {
			json_open(w, KEY("via"), '[');
			any = true;
		}
		write_via(w, element);
	}
	if (any)
		json_close(w, ']');
}

static void write_contacts(struct json_writer *w, const struct sip_msg *msg)
{
	struct sip_list_iter it = { 0 };
	struct slice element;
	bool any = false;
	while (sip_msg_list_next(msg, SIP_HDR_CONTACT, &it, &element)) {
		struct sip_addr addr;
		sip_addr_parse(&addr, element);
		if (addr.uri.len == 0)
			continue;
		if (!any) {
			json_open(w, KEY("contact"), '[');
			any = true;
		}
		json_put_header(w, NO_KEY, addr.uri);
	}
	if (any)
		json_close(w, ']');
}

static void write_header_values(struct json_writer *w, const struct sip_msg *msg)
{
	uint64_t hops;
	if (slice_uint(sip_msg_value(msg, SIP_HDR_MAX_FORWARDS), &hops))
		json_put_uint(w, KEY("max_forwards"), hops);
	struct slice agent = sip_msg_value(msg, SIP_HDR_USER_AGENT);
	if (agent.len == 0)
		agent = sip_msg_value(msg, SIP_HDR_SERVER);
	json_put_text(w, KEY("user_agent"), agent);
	json_put_text(w, KEY("content_type"), sip_msg_value(msg, SIP_HDR_CONTENT_TYPE));
	if (msg->has_length)
		json_put_uint(w, KEY("content_length"), msg->content_length);
	json_put_uint(w, KEY("body_length"), msg->body.len);
}

/* What the tracker made of it. */
static void write_tracking(struct json_writer *w, const struct track_result *is)
{
	json_put_id(w, KEY("call"), is->call);
	json_put_id(w, KEY("transaction"), is->transaction);
	json_put_id(w, KEY("dialog"), is->dialog);
	if (is->repeat != TRACK_FIRST) {
		json_put_word(w, KEY("repeat"),
		              is->repeat == TRACK_DUPLICATE ? "duplicate"
		                                            : "retransmission");
		json_put_id(w, KEY("of"), is->of);
	}
	json_put_id(w, KEY("forward_of"), is->forward_of);
}

static void write_frames(struct json_writer *w, const struct engine_message *m)
{
	if (m->nframes == 0)
		return;
	json_open(w, KEY("frames"), '[');
	for (uint32_t i = 0; i < m->nframes; i++)
		json_put_uint(w, NO_KEY, m->frames[i]);
	json_close(w, ']');
}

static void write_encapsulation(struct json_writer *w, unsigned tunnels)
{
	if (tunnels == 0)
		return;
	json_open(w, KEY("encapsulation"), '[');
	for (unsigned i = 0; i < NET_TUNNEL_COUNT; i++)
		if (tunnels >> i & 1)
			json_put_word(w, NO_KEY, net_tunnel_name((enum net_tunnel)i));
	json_close(w, ']');
}

/* What is malformed about it. Where the capture cut it, the cut is no fault of it.
 * Returns whether its headers are UTF-8. */
static bool write_odd(struct json_writer *w, const struct engine_message *m)
{
	struct sip_check check;
	sip_check(m->msg, &check);
	if (m->truncated)
		check.found &= ~SIP_ODD_OF_CUT;
	if (check.found == 0)
		return true;
	json_open(w, KEY("odd"), '[');
	for (unsigned i = 0; i < SIP_ODD_COUNT; i++)
		if (check.found >> i & 1)
			json_put_word(w, NO_KEY, sip_odd_code((enum sip_odd)i));
	json_close(w, ']');
	return !(check.found & SIP_ODD_BIT(SIP_ODD_BAD_UTF8));
}

static void write_headers(struct json_writer *w, const struct sip_msg *msg)
{
	json_open(w, KEY("headers"), '[');
	for (unsigned i = 0; i < msg->nhdrs; i++) {
		json_open(w, NO_KEY, '[');
		json_put_string(w, NO_KEY, msg->hdrs[i].name);
		json_put_header(w, NO_KEY, msg->hdrs[i].value);
		json_close(w, ']');
	}
	json_close(w, ']');
}

static void write_start_line(struct json_writer *w, const struct sip_msg *msg)
{
	if (msg->method.len) {
		json_put_text(w, KEY("method"), msg->method);
		json_put_text(w, KEY("uri"), msg->uri);
	} else {
		uint64_t status = msg->status;
		if (status == 0 && !slice_uint(msg->code, &status))
			status = 0;
		json_put_uint(w, KEY("status"), status);
		json_put_text(w, KEY("reason"), msg->reason);
	}
}

void json_write_message(struct json_writer *w, const struct json_subject *s)
{
	const struct engine_message *m = s->message;
	const struct sip_msg *msg = m->msg;
	json_put_id(w, KEY("id"), m->is.message);
	json_put_uint(w, KEY("frame"), m->frame);
	write_frames(w, m);
	if (s->inputs)
		json_put_uint(w, KEY("input"), m->input);
	json_put_time(w, KEY("time"), m->at);
	json_put_word(w, KEY("transport"), json_transport_name(m->transport));
	write_encapsulation(w, m->encapsulation);
	json_member_endpoint(w, KEY("src"), &m->src);
	json_member_endpoint(w, KEY("dst"), &m->dst);
	write_start_line(w, msg);
	json_put_text(w, KEY("call_id"), sip_msg_value(msg, SIP_HDR_CALL_ID));
	write_cseq(w, msg);
	json_member_party(w, KEY("from"), sip_msg_value(msg, SIP_HDR_FROM));
	json_member_party(w, KEY("to"), sip_msg_value(msg, SIP_HDR_TO));
	write_vias(w, msg);
	write_contacts(w, msg);
	write_header_values(w, msg);
	write_tracking(w, &m->is);
	if (m->truncated)
		json_put_bool(w, KEY("truncated"), true);
	bool is_utf8 = write_odd(w, m);
	if (s->with & JSON_WITH_HEADERS)
		write_headers(w, msg);
	json_write_bodies(w, msg, s->with);
	if (s->with & JSON_WITH_RAW)
		json_put_bytes(w, KEY("raw"), KEY("raw_b64"), msg->raw);
	else if (!is_utf8) /* what U+FFFD stands for above */
		json_put_base64(w, KEY("raw_b64"), msg->raw);
}
