/* SPDX-License-Identifier: MIT */
/* What Wireshark writes for "Export PDUs": what was inside TLS, ESP or SCTP, say, without
 * all that was around it. Tags before it say where it came from and which dissector
 * takes it:
 *
 *     tag (16 bits), length of the value (16 bits), value, ...; tag 0 is the last
 *
 * The value is padded with NUL to four bytes, which its length includes. Ports are of 32
 * bits. https://wiki.wireshark.org/Protocols/exported_pdu */
#include "config.h"

#include "net/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"
#include "base/slice.h"
#include "net/net.h"

enum tag {
	TAG_END        = 0,
	TAG_DISSECTOR  = 12,
	TAG_HEURISTIC  = 13, /* a dissector too */
	TAG_IPV4_SRC   = 20,
	TAG_IPV4_DST   = 21,
	TAG_IPV6_SRC   = 22,
	TAG_IPV6_DST   = 23,
	TAG_PORT_TYPE  = 24,
	TAG_SRC_PORT   = 25,
	TAG_DST_PORT   = 26
};

enum port_type {
	PORT_NONE = 0,
	PORT_SCTP = 1,
	PORT_TCP  = 2,
	PORT_UDP  = 3
};

/* What tags say and the datagram does not hold. */
struct tags {
	struct slice dissector;
	uint32_t     port_type;
};

static uint32_t number_of(struct slice value)
{
	struct cursor c = cursor_of(value);
	return cursor_be32(&c);
}

static uint16_t port_of(struct slice value)
{
	uint32_t number = number_of(value);
	return number <= UINT16_MAX ? (uint16_t)number : 0;
}

static void take_address(struct slice value, struct net_addr *to, uint8_t family)
{
	if (value.len != (family == 4 ? 4 : sizeof(to->bytes)))
		return;
	*to = (struct net_addr){ .family = family };
	memcpy(to->bytes, value.p, value.len);
}

static void take_tag(struct net_datagram *d, struct tags *tags, uint16_t tag,
                     struct slice value)
{
	switch (tag) {
	case TAG_DISSECTOR:
	case TAG_HEURISTIC:
		tags->dissector = slice_head(value, slice_index(value, '\0'));
		break;
	case TAG_IPV4_SRC:
		take_address(value, &d->src.addr, 4);
		break;
	case TAG_IPV4_DST:
		take_address(value, &d->dst.addr, 4);
		break;
	case TAG_IPV6_SRC:
		take_address(value, &d->src.addr, 6);
		break;
	case TAG_IPV6_DST:
		take_address(value, &d->dst.addr, 6);
		break;
	case TAG_PORT_TYPE:
		tags->port_type = number_of(value);
		break;
	case TAG_SRC_PORT:
		d->src.port = port_of(value);
		break;
	case TAG_DST_PORT:
		d->dst.port = port_of(value);
		break;
	default: /* columns, point codes, number of the original frame, ... */
		break;
	}
}

/* The step of a dissector whose PDU has its header yet, as those that come from ESP;
 * NULL for any other. */
static packet_step *step_of(struct slice dissector)
{
	static const struct {
		const char *dissector;
		uint8_t     protocol;
	} headers[] = {
		{ "ip", 4 }, { "ipv6", 41 }, { "tcp", 6 }, { "udp", 17 }, { "sctp", 132 }
	};
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		const char *name = headers[i].dissector;
		if (!slice_eq(dissector, slice_of(name)))
			continue;
		bool is_ip = headers[i].protocol == 4 || headers[i].protocol == 41;
		return is_ip ? packet_ip : packet_protocol(headers[i].protocol);
	}
	return NULL;
}

/* The port type says the transport; without one, a SIP dissector's name does. False:
 * neither does. */
static bool transport_of(const struct tags *tags, enum net_transport *transport)
{
	switch (tags->port_type) {
	case PORT_SCTP:
		*transport = NET_SCTP;
		return true;
	case PORT_TCP:
		*transport = NET_TCP;
		return true;
	case PORT_UDP:
		*transport = NET_UDP;
		return true;
	case PORT_NONE:
		*transport = slice_eq(tags->dissector, SLICE("sip.tcp")) ? NET_TCP
		                                                         : NET_UDP;
		return slice_istarts(tags->dissector, SLICE("sip"));
	default:
		return false;
	}
}

void packet_exported_pdu(struct packet *p)
{
	struct cursor *c = &p->cursor;
	struct net_datagram *d = &p->datagram;
	struct tags tags = { .port_type = PORT_NONE };
	d->src = d->dst = (struct net_endpoint){ .port = 0 };
	d->ip_id = 0;
	for (uint16_t tag = cursor_be16(c); !c->failed; tag = cursor_be16(c)) {
		struct slice value = cursor_take(c, cursor_be16(c));
		if (tag == TAG_END)
			break;
		take_tag(d, &tags, tag, value);
	}
	packet_step *step = step_of(tags.dissector);
	uint8_t family = d->src.addr.family;
	bool has_addresses = family && family == d->dst.addr.family;
	enum net_transport transport;
	if (step && (step == packet_ip || has_addresses))
		p->next = step;
	else if (!step && has_addresses && transport_of(&tags, &transport))
		packet_payload(p, transport, &p->stats->datagrams);
	else
		p->fate = &p->stats->not_ip;
}
