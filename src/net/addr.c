/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/net.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "net/endpoint.h"

#define GROUPS 8 /* of 16 bits, in an IPv6 address */

/* Text under way; NET_ADDR_TEXT_MAX has room for all that an address can need:
 * 39 characters for eight groups of four digits, and the NUL. */
struct text {
	char     *out;
	unsigned  len;
};

static void put(struct text *t, char c)
{
	t->out[t->len++] = c;
}

static void put_decimal(struct text *t, uint8_t v)
{
	if (v >= 100)
		put(t, (char)('0' + v / 100));
	if (v >= 10)
		put(t, (char)('0' + v / 10 % 10));
	put(t, (char)('0' + v % 10));
}

static void put_quad(struct text *t, const uint8_t *bytes)
{
	for (unsigned i = 0; i < 4; i++) {
		if (i)
			put(t, '.');
		put_decimal(t, bytes[i]);
	}
}

/* Lower case, no leading zeros. RFC 5952 4.1, 4.3 */
static void put_group(struct text *t, uint16_t group)
{
	unsigned shift = 12;
	while (shift && group >> shift == 0)
		shift -= 4;
	for (;; shift -= 4) {
		put(t, "0123456789abcdef"[group >> shift & 0x0f]);
		if (shift == 0)
			return;
	}
}

struct zeros {
	unsigned at, len;
};

/* The longest run of zero groups, the first among equals, at least two long; of
 * length 0 where there is none. RFC 5952 4.2.2, 4.2.3 */
static struct zeros longest_zeros(const uint16_t groups[GROUPS])
{
	struct zeros best = { 0, 0 }, run = { 0, 0 };
	for (unsigned i = 0; i < GROUPS; i++) {
		if (groups[i]) {
			run.len = 0;
			continue;
		}
		if (run.len++ == 0)
			run.at = i;
		if (run.len > best.len)
			best = run;
	}
	return best.len >= 2 ? best : (struct zeros){ 0, 0 };
}

static void put_ipv6(struct text *t, const uint8_t bytes[16])
{
	uint16_t groups[GROUPS];
	for (unsigned i = 0; i < GROUPS; i++)
		groups[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
	struct zeros zeros = longest_zeros(groups);

	for (unsigned i = 0; i < GROUPS; i++) {
		if (zeros.len && i == zeros.at) {
			put(t, ':');
			put(t, ':');
			i += zeros.len - 1;
			continue;
		}
		if (i && !(zeros.len && i == zeros.at + zeros.len))
			put(t, ':');
		put_group(t, groups[i]);
	}
}

unsigned net_addr_text(const struct net_addr *addr, char out[NET_ADDR_TEXT_MAX])
{
	/* An IPv4-mapped address, RFC 4291 2.5.5.2, is written mixed: RFC 5952 5. */
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct text t = { out, 0 };
	bool is_mapped = memcmp(addr->bytes, mapped, sizeof(mapped)) == 0;
	if (addr->family == 4) {
		put_quad(&t, addr->bytes);
	} else if (addr->family == 6 && is_mapped) {
		memcpy(out, "::ffff:", 7);
		t.len = 7;
		put_quad(&t, addr->bytes + sizeof(mapped));
	} else if (addr->family == 6) {
		put_ipv6(&t, addr->bytes);
	}
	out[t.len] = '\0';
	return t.len;
}

bool net_endpoint_equal(const struct net_endpoint *a, const struct net_endpoint *b)
{
	return a->port == b->port && a->addr.family == b->addr.family &&
	       memcmp(a->addr.bytes, b->addr.bytes, sizeof(a->addr.bytes)) == 0;
}

/* Field by field: struct net_endpoint has padding. */
void net_endpoint_key(char out[NET_ENDPOINT_KEY], const struct net_endpoint *ep)
{
	memcpy(out, ep->addr.bytes, 16);
	memcpy(out + 16, &ep->port, 2);
	out[18] = (char)ep->addr.family;
}
