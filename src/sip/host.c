/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/host.h"

#include <arpa/inet.h>
#include <string.h>

#include "sip/scan.h"

#define OCTETS      4 /* of an IPv4 address */
#define OCTET_DIGITS 3 /* RFC 3261 25.1 IPv4address: zeros in front are allowed */

/* Dotted decimal; not by inet_pton, which takes no zeros in front. */
static bool read_ipv4(struct slice s, uint8_t out[16])
{
	uint8_t bytes[OCTETS];
	for (size_t i = 0; i < OCTETS; i++) {
		size_t dot = scan_index(s, '.');
		uint64_t v;
		if (dot > OCTET_DIGITS || (dot < s.len) != (i + 1 < OCTETS) ||
		    !slice_uint(scan_head(s, dot), &v) || v > UINT8_MAX)
			return false;
		bytes[i] = (uint8_t)v;
		s = slice_skip(s, dot + 1);
	}
	memcpy(out, bytes, sizeof bytes);
	return true;
}

static bool read_ipv6(struct slice s, uint8_t out[16])
{
	char text[INET6_ADDRSTRLEN];
	if (s.len == 0 || s.len >= sizeof text || scan_index(s, '\0') < s.len)
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	return inet_pton(AF_INET6, text, out) == 1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	unsigned char lower = ascii_lower(c);
	return lower >= 'a' && lower <= 'z';
}

/* RFC 3261 25.1 hostname. An underscore counts as a letter: no name on the Internet has
 * one, many inside a network do. */
static bool is_hostname(struct slice s)
{
	if (s.len && s.p[s.len - 1] == '.')
		s.len--;
	size_t top = 0; /* where the last label begins */
	for (size_t i = 0; i <= s.len; i++) {
		if (i < s.len && s.p[i] != '.') {
			if (!is_alpha(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '-' &&
			    s.p[i] != '_')
				return false;
			continue;
		}
		if (i == top || s.p[top] == '-' || s.p[i - 1] == '-')
			return false;
		if (i < s.len)
			top = i + 1;
	}
	return !is_digit(s.p[top]);
}

void sip_host_parse(struct sip_host *out, struct slice text)
{
	*out = (struct sip_host){ .text = text, .kind = SIP_HOST_BAD };
	if (text.len == 0) {
		out->kind = SIP_HOST_EMPTY;
	} else if (text.p[0] == '[') {
		struct slice inside = scan_skip(text, 1);
		size_t close = scan_index(inside, ']');
		bool whole = close + 1 == inside.len;
		out->kind = whole && read_ipv6(scan_head(inside, close), out->bytes)
		                    ? SIP_HOST_IPV6
		                    : SIP_HOST_BAD_IPV6;
	} else if (read_ipv4(text, out->bytes)) {
		out->kind = SIP_HOST_IPV4;
	} else if (read_ipv6(text, out->bytes)) {
		out->kind = SIP_HOST_IPV6_BARE;
	} else if (is_hostname(text)) {
		out->kind = SIP_HOST_NAME;
	}
}

static bool is_ipv6(const struct sip_host *host)
{
	return host->kind == SIP_HOST_IPV6 || host->kind == SIP_HOST_IPV6_BARE;
}

bool sip_host_equal(const struct sip_host *a, const struct sip_host *b)
{
	if (is_ipv6(a) || a->kind == SIP_HOST_IPV4)
		return (is_ipv6(a) ? is_ipv6(b) : a->kind == b->kind) &&
		       memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
	return a->kind == b->kind && slice_ieq(a->text, b->text);
}

/* Where the host ends. More than one colon: the whole is an IPv6 literal, or its
 * first colon is that of the port. */
static size_t host_end(struct slice s)
{
	if (s.len && s.p[0] == '[') {
		size_t close = scan_index(s, ']');
		return close < s.len ? close + 1 : s.len;
	}
	size_t colon = scan_index(s, ':');
	uint8_t bytes[16];
	if (colon < s.len && read_ipv6(s, bytes))
		return s.len;
	return colon;
}

void sip_hostport_parse(struct sip_hostport *out, struct slice text)
{
	struct sip_hostport hp = { .port_text = SLICE_NONE };
	text = scan_trim(text);
	size_t end = host_end(text);
	struct slice after = scan_trim_front(scan_skip(text, end));
	if (after.len && after.p[0] != ':') { /* "[::1]x": no part of it is a host */
		end = text.len;
		after = SLICE_NONE;
	}
	sip_host_parse(&hp.host, scan_trim(scan_head(text, end)));
	if (after.len) {
		uint64_t port = 0;
		hp.has_port = true;
		hp.port_text = scan_trim(scan_skip(after, 1));
		hp.bad_port = !slice_uint(hp.port_text, &port) || port >= SIP_PORT_BEYOND;
		hp.port = port < SIP_PORT_BEYOND ? (uint32_t)port : SIP_PORT_BEYOND;
	}
	*out = hp;
}
