/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/icmp.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/cursor.h"
#include "net/limits.h"

#define IPV4_HEADER_MIN 20     /* bytes, RFC 791 3.1 */
#define IPV4_OFFSET     0x1fff /* fragment offset, RFC 791 3.1 */
#define IPV6_OFFSET     0xfff8 /* the same in place, RFC 8200 4.5 */
#define UDP_HEADER      8      /* bytes, RFC 768 */
#define TCP_HEADER_MIN  20     /* bytes, RFC 9293 3.1 */

/* Bytes of the quoted packet that come before extensions, at least: RFC 4884 3. Where a
 * message says less, the field is one that means something else or nothing. */
#define QUOTE_MIN 128U

enum icmp_type {
	ICMP_UNREACHABLE   = 3,
	ICMP_SOURCE_QUENCH = 4,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER     = 12
};

enum icmpv6_type {
	ICMPV6_UNREACHABLE   = 1,
	ICMPV6_TOO_BIG       = 2,
	ICMPV6_TIME_EXCEEDED = 3,
	ICMPV6_PARAMETER     = 4
};

enum protocol {
	IP_HOP_BY_HOP  = 0,
	IP_TCP         = 6,
	IP_UDP         = 17,
	IP_ROUTING     = 43,
	IP_FRAGMENT    = 44,
	IP_AUTH        = 51,
	IP_DESTINATION = 60,
	IP_SCTP        = 132,
	IP_MOBILITY    = 135
};

static bool is_error(uint8_t family, uint8_t type)
{
	switch (family) {
	case 4:
		return type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH ||
		       type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER;
	case 6:
		return type >= ICMPV6_UNREACHABLE && type <= ICMPV6_PARAMETER;
	default:
		return false;
	}
}

static void take_address(struct cursor *c, struct net_addr *to, uint8_t family,
                         size_t len)
{
	struct slice bytes = cursor_take(c, len);
	to->family = family;
	if (bytes.len == len)
		memcpy(to->bytes, bytes.p, len);
}

/* The header of the quoted packet. False: it has none, or it is a later fragment. */
static bool quoted_ipv4(struct net_icmp *icmp, struct cursor *c, uint8_t *protocol)
{
	uint8_t first = cursor_u8(c);
	size_t header = (first & 0x0fu) * 4u;
	if (first >> 4 != 4 || header < IPV4_HEADER_MIN)
		return false;
	cursor_skip(c, 1); /* type of service */
	size_t total = cursor_be16(c);
	icmp->ip_id = cursor_be16(c);
	uint16_t fragment = cursor_be16(c);
	cursor_skip(c, 1); /* time to live */
	*protocol = cursor_u8(c);
	cursor_skip(c, 2); /* header checksum */
	take_address(c, &icmp->src.addr, 4, 4);
	take_address(c, &icmp->dst.addr, 4, 4);
	cursor_skip(c, header - IPV4_HEADER_MIN);
	/* Some systems quote a length that they have changed: nothing fails by it. */
	if (total >= header)
		cursor_limit(c, total - header);
	return !(fragment & IPV4_OFFSET);
}

/* Take off extension headers; *protocol is the first one's and then that of what they
 * announce. False: it is a later fragment, or there are more than there should be. */
static bool quoted_extensions(struct cursor *c, uint8_t *protocol)
{
	for (unsigned n = 0; n <= NET_IPV6_EXT_MAX; n++) {
		struct cursor header = *c;
		uint8_t next = cursor_u8(&header);
		size_t units = cursor_u8(&header), len;
		switch (*protocol) {
		case IP_HOP_BY_HOP:
		case IP_ROUTING:
		case IP_DESTINATION:
		case IP_MOBILITY:
			len = units * 8 + 8;
			break;
		case IP_AUTH:
			len = units * 4 + 8;
			break;
		case IP_FRAGMENT:
			if (cursor_be16(&header) & IPV6_OFFSET)
				return false;
			len = 8;
			break;
		default:
			return true;
		}
		cursor_skip(c, len);
		*protocol = next;
	}
	return false;
}

static bool quoted_ipv6(struct net_icmp *icmp, struct cursor *c, uint8_t *protocol)
{
	if (cursor_u8(c) >> 4 != 6)
		return false;
	cursor_skip(c, 3); /* traffic class, flow label */
	size_t payload = cursor_be16(c);
	*protocol = cursor_u8(c);
	cursor_skip(c, 1); /* hop limit */
	take_address(c, &icmp->src.addr, 6, 16);
	take_address(c, &icmp->dst.addr, 6, 16);
	if (payload)
		cursor_limit(c, payload);
	return quoted_extensions(c, protocol);
}

/* The rest of a transport header, behind the ports, comes off. It may not be there: hosts
 * need not quote more than 8 bytes (RFC 792). */
static void quoted_rest(enum net_transport transport, struct cursor *c)
{
	if (transport == NET_UDP) {
		size_t length = cursor_be16(c);
		cursor_skip(c, 2); /* checksum */
		if (length >= UDP_HEADER)
			cursor_limit(c, length - UDP_HEADER);
	} else if (transport == NET_TCP) {
		cursor_skip(c, 8); /* sequence, acknowledgment number */
		size_t header = (cursor_u8(c) >> 4) * 4u;
		cursor_skip(c, (header < TCP_HEADER_MIN ? TCP_HEADER_MIN : header) - 13);
	} else {
		cursor_skip(c, 8); /* verification tag, checksum */
	}
}

static bool quoted_transport(struct net_icmp *icmp, struct cursor *c, uint8_t protocol)
{
	switch (protocol) {
	case IP_UDP:
		icmp->transport = NET_UDP;
		break;
	case IP_TCP:
		icmp->transport = NET_TCP;
		break;
	case IP_SCTP:
		icmp->transport = NET_SCTP;
		break;
	default:
		return false;
	}
	icmp->src.port = cursor_be16(c);
	icmp->dst.port = cursor_be16(c);
	if (c->failed)
		return false;
	quoted_rest(icmp->transport, c);
	icmp->payload = cursor_rest(c);
	return true;
}

enum err icmp_parse(struct net_icmp *out, uint8_t family, struct slice message)
{
	struct cursor c = cursor_of(message);
	struct net_icmp icmp = { .family = family };
	icmp.type = cursor_u8(&c);
	icmp.code = cursor_u8(&c);
	cursor_skip(&c, 2); /* checksum */
	/* The length of the quoted packet, where there are extensions: RFC 4884 4. */
	size_t first = cursor_u8(&c), second = cursor_u8(&c);
	size_t quoted = family == 4 ? second * 4 : first * 8;
	cursor_skip(&c, 2);
	if (quoted >= QUOTE_MIN)
		cursor_limit(&c, quoted);

	uint8_t protocol;
	if (!is_error(family, icmp.type) ||
	    !(family == 4 ? quoted_ipv4 : quoted_ipv6)(&icmp, &c, &protocol) ||
	    !quoted_transport(&icmp, &c, protocol))
		return ERR_FORMAT;
	*out = icmp;
	return OK;
}

#define ANY_CODE 256U /* a row for all codes that have none of their own */

/* https://www.iana.org/assignments/icmp-parameters and .../icmpv6-parameters. The row of
 * a type comes after those of its codes. */
static const struct icmp_row {
	uint8_t     family, type;
	uint16_t    code;
	const char *text;
} ICMP_ROWS[] = {
	/* RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1 */
	{ 4, ICMP_UNREACHABLE, 0, "network unreachable" },
	{ 4, ICMP_UNREACHABLE, 1, "host unreachable" },
	{ 4, ICMP_UNREACHABLE, 2, "protocol unreachable" },
	{ 4, ICMP_UNREACHABLE, 3, "port unreachable" },
	{ 4, ICMP_UNREACHABLE, 4, "fragmentation needed" },
	{ 4, ICMP_UNREACHABLE, 5, "source route failed" },
	{ 4, ICMP_UNREACHABLE, 6, "destination network unknown" },
	{ 4, ICMP_UNREACHABLE, 7, "destination host unknown" },
	{ 4, ICMP_UNREACHABLE, 8, "source host isolated" },
	{ 4, ICMP_UNREACHABLE, 9, "network administratively prohibited" },
	{ 4, ICMP_UNREACHABLE, 10, "host administratively prohibited" },
	{ 4, ICMP_UNREACHABLE, 11, "network unreachable for type of service" },
	{ 4, ICMP_UNREACHABLE, 12, "host unreachable for type of service" },
	{ 4, ICMP_UNREACHABLE, 13, "administratively prohibited" },
	{ 4, ICMP_UNREACHABLE, 14, "host precedence violation" },
	{ 4, ICMP_UNREACHABLE, 15, "precedence cutoff in effect" },
	{ 4, ICMP_UNREACHABLE, ANY_CODE, "destination unreachable" },
	{ 4, ICMP_SOURCE_QUENCH, ANY_CODE, "source quench" },
	{ 4, ICMP_TIME_EXCEEDED, 1, "reassembly time exceeded" },
	{ 4, ICMP_TIME_EXCEEDED, ANY_CODE, "time exceeded" },
	{ 4, ICMP_PARAMETER, 1, "required option missing" },
	{ 4, ICMP_PARAMETER, 2, "bad length" },
	{ 4, ICMP_PARAMETER, ANY_CODE, "parameter problem" },
	/* RFC 4443 3; code 7 RFC 6550 20.18 */
	{ 6, ICMPV6_UNREACHABLE, 0, "no route to destination" },
	{ 6, ICMPV6_UNREACHABLE, 1, "administratively prohibited" },
	{ 6, ICMPV6_UNREACHABLE, 2, "beyond scope of source address" },
	{ 6, ICMPV6_UNREACHABLE, 3, "address unreachable" },
	{ 6, ICMPV6_UNREACHABLE, 4, "port unreachable" },
	{ 6, ICMPV6_UNREACHABLE, 5, "source address failed policy" },
	{ 6, ICMPV6_UNREACHABLE, 6, "reject route to destination" },
	{ 6, ICMPV6_UNREACHABLE, 7, "error in source routing header" },
	{ 6, ICMPV6_UNREACHABLE, ANY_CODE, "destination unreachable" },
	{ 6, ICMPV6_TOO_BIG, ANY_CODE, "packet too big" },
	{ 6, ICMPV6_TIME_EXCEEDED, 1, "reassembly time exceeded" },
	{ 6, ICMPV6_TIME_EXCEEDED, ANY_CODE, "time exceeded" },
	{ 6, ICMPV6_PARAMETER, 0, "erroneous header field" },
	{ 6, ICMPV6_PARAMETER, 1, "unrecognized next header" },
	{ 6, ICMPV6_PARAMETER, 2, "unrecognized option" },
	{ 6, ICMPV6_PARAMETER, ANY_CODE, "parameter problem" },
};

const char *net_icmp_text(uint8_t family, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < sizeof(ICMP_ROWS) / sizeof(ICMP_ROWS[0]); i++) {
		const struct icmp_row *row = &ICMP_ROWS[i];
		if (row->family == family && row->type == type &&
		    (row->code == code || row->code == ANY_CODE))
			return row->text;
	}
	return "icmp error";
}
