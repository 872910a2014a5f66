/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "support/frames.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(const char *what)
{
	fprintf(stderr, "frames: %s\n", what);
	abort();
}

void frames_init(struct frames *f)
{
	*f = (struct frames){ .len = 0 };
}

size_t frames_bytes(struct frames *f, const void *bytes, size_t len)
{
	size_t at = f->len;
	if (len > FRAMES_MAX - at)
		give_up("more than FRAMES_MAX bytes");
	if (len)
		memcpy(f->bytes + at, bytes, len);
	f->len += len;
	return at;
}

size_t frames_u8(struct frames *f, uint8_t v)
{
	return frames_bytes(f, &v, 1);
}

size_t frames_u16(struct frames *f, uint16_t v)
{
	return frames_bytes(f, (uint8_t[]){ (uint8_t)(v >> 8), (uint8_t)v }, 2);
}

size_t frames_u32(struct frames *f, uint32_t v)
{
	size_t at = frames_u16(f, (uint16_t)(v >> 16));
	frames_u16(f, (uint16_t)v);
	return at;
}

size_t frames_text(struct frames *f, const char *text)
{
	return frames_bytes(f, text, strlen(text));
}

void frames_put8(struct frames *f, size_t at, uint8_t v)
{
	if (at >= f->len)
		give_up("put over what is not there");
	f->bytes[at] = v;
}

void frames_put16(struct frames *f, size_t at, uint16_t v)
{
	frames_put8(f, at, (uint8_t)(v >> 8));
	frames_put8(f, at + 1, (uint8_t)v);
}

static size_t zeros(struct frames *f, size_t len)
{
	size_t at = f->len;
	for (size_t i = 0; i < len; i++)
		frames_u8(f, 0);
	return at;
}

static void open_header(struct frames *f, enum frames_kind kind, size_t at)
{
	if (f->depth == FRAMES_DEPTH)
		give_up("more than FRAMES_DEPTH headers");
	f->open[f->depth].kind = kind;
	f->open[f->depth++].at = at;
}

/* ---- link layers */

static const unsigned char MACS[12] = {
	0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01
};

size_t frames_ethernet(struct frames *f, uint16_t type)
{
	size_t at = frames_bytes(f, MACS, sizeof(MACS));
	frames_u16(f, type);
	return at;
}

size_t frames_vlan(struct frames *f, uint16_t vlan, uint16_t type)
{
	size_t at = frames_u16(f, vlan);
	frames_u16(f, type);
	return at;
}

size_t frames_sll(struct frames *f, uint16_t type)
{
	size_t at = frames_u16(f, 0); /* to us */
	frames_u16(f, 1);             /* ARPHRD_ETHER */
	frames_u16(f, 6);
	frames_bytes(f, MACS + 6, 6);
	zeros(f, 2);
	frames_u16(f, type);
	return at;
}

size_t frames_sll2(struct frames *f, uint16_t type)
{
	size_t at = frames_u16(f, type);
	frames_u16(f, 0);
	frames_u32(f, 2); /* interface index */
	frames_u16(f, 1); /* ARPHRD_ETHER */
	frames_u8(f, 0);  /* to us */
	frames_u8(f, 6);
	frames_bytes(f, MACS + 6, 6);
	zeros(f, 2);
	return at;
}

size_t frames_null_be(struct frames *f, uint32_t family)
{
	return frames_u32(f, family);
}

size_t frames_null_le(struct frames *f, uint32_t family)
{
	size_t at = f->len;
	for (unsigned shift = 0; shift < 32; shift += 8)
		frames_u8(f, (uint8_t)(family >> shift));
	return at;
}

/* ---- IP */

struct net_addr frames_addr(const char *text)
{
	struct net_addr addr = { .family = strchr(text, ':') ? 6 : 4 };
	if (inet_pton(addr.family == 6 ? AF_INET6 : AF_INET, text, addr.bytes) != 1)
		give_up(text);
	return addr;
}

static void put_addresses(struct frames *f, uint8_t family, const char *src,
                          const char *dst)
{
	struct net_addr addrs[2] = { frames_addr(src), frames_addr(dst) };
	for (int i = 0; i < 2; i++) {
		if (addrs[i].family != family)
			give_up("an address of the other family");
		frames_bytes(f, addrs[i].bytes, family == 6 ? 16 : 4);
	}
}

size_t frames_ipv4_options(struct frames *f, uint8_t protocol, const char *src,
                           const char *dst, const void *options, size_t len)
{
	if (len % 4 || len > 40)
		give_up("no length for IPv4 options");
	size_t at = frames_u8(f, (uint8_t)(0x45 + len / 4));
	zeros(f, 3);           /* type of service, total length */
	frames_u16(f, 0x1234); /* identification */
	frames_u16(f, 0);      /* flags, fragment offset */
	frames_u8(f, 64);      /* time to live */
	frames_u8(f, protocol);
	zeros(f, 2);           /* checksum */
	put_addresses(f, 4, src, dst);
	frames_bytes(f, options, len);
	open_header(f, FRAMES_OPEN_IPV4, at);
	return at;
}

size_t frames_ipv4(struct frames *f, uint8_t protocol, const char *src, const char *dst)
{
	return frames_ipv4_options(f, protocol, src, dst, NULL, 0);
}

size_t frames_ipv6(struct frames *f, uint8_t protocol, const char *src, const char *dst)
{
	size_t at = frames_u32(f, 0x60000000);
	zeros(f, 2); /* payload length */
	frames_u8(f, protocol);
	frames_u8(f, 64); /* hop limit */
	put_addresses(f, 6, src, dst);
	open_header(f, FRAMES_OPEN_IPV6, at);
	return at;
}

size_t frames_extension(struct frames *f, uint8_t next, uint8_t extra)
{
	size_t len = 8 + (size_t)extra * 8;
	size_t at = frames_u8(f, next);
	frames_u8(f, extra);
	for (len -= 2; len;) { /* PadN options; one holds 255 bytes at most */
		size_t n = len > 257 ? 255 : len;
		frames_u8(f, n > 1);
		if (n > 1) {
			frames_u8(f, (uint8_t)(n - 2));
			zeros(f, n - 2);
		}
		len -= n;
	}
	return at;
}

size_t frames_auth(struct frames *f, uint8_t next, size_t icv_words)
{
	size_t at = frames_u8(f, next);
	frames_u8(f, (uint8_t)(icv_words + 1)); /* in four bytes, less two of them */
	frames_u16(f, 0);
	frames_u32(f, 0x100); /* security parameters index */
	frames_u32(f, 1);     /* sequence number */
	zeros(f, icv_words * 4);
	return at;
}

size_t frames_fragment(struct frames *f, uint8_t next, uint16_t offset, int more)
{
	size_t at = frames_u8(f, next);
	frames_u8(f, 0);
	frames_u16(f, (uint16_t)((offset & ~7u) | (more ? 1u : 0u)));
	frames_u32(f, 0x12345678); /* identification */
	return at;
}

/* ---- transport */

size_t frames_udp(struct frames *f, uint16_t src, uint16_t dst)
{
	size_t at = frames_u16(f, src);
	frames_u16(f, dst);
	zeros(f, 4); /* length, checksum */
	open_header(f, FRAMES_OPEN_UDP, at);
	return at;
}

size_t frames_tcp(struct frames *f, uint16_t src, uint16_t dst, uint32_t seq,
                  uint8_t flags)
{
	size_t at = frames_u16(f, src);
	frames_u16(f, dst);
	frames_u32(f, seq);
	frames_u32(f, 0);
	frames_u8(f, 0x50); /* five words of header */
	frames_u8(f, flags);
	frames_u16(f, 0xffff); /* window */
	zeros(f, 4);           /* checksum, urgent pointer */
	open_header(f, FRAMES_OPEN_TCP, at);
	return at;
}

/* ---- tunnels */

size_t frames_mpls(struct frames *f, uint32_t label, int bottom)
{
	return frames_u32(f, label << 12 | (bottom ? 0x100u : 0u) | 64u);
}

size_t frames_ppp(struct frames *f, uint16_t protocol)
{
	size_t at = frames_u16(f, 0xff03);
	frames_u16(f, protocol);
	return at;
}

size_t frames_pppoe(struct frames *f, uint16_t protocol)
{
	size_t at = frames_u16(f, 0x1100); /* version 1, type 1, session data */
	frames_u16(f, 7);
	frames_u16(f, 0); /* length */
	frames_u16(f, protocol);
	open_header(f, FRAMES_OPEN_PPPOE, at);
	return at;
}

size_t frames_gre(struct frames *f, uint16_t flags, uint16_t type)
{
	size_t at = frames_u16(f, flags);
	frames_u16(f, type);
	for (unsigned bit = 0; bit < 4; bit++) /* checksum, -, key, sequence number */
		if (bit != 1 && flags & 0x8000u >> bit)
			zeros(f, 4);
	return at;
}

size_t frames_pptp(struct frames *f, int ack)
{
	size_t at = frames_u16(f, ack ? 0x3081 : 0x3001);
	frames_u16(f, 0x880b);
	frames_u16(f, 0); /* length */
	frames_u16(f, 9); /* call */
	frames_u32(f, 1);
	open_header(f, FRAMES_OPEN_PPTP, at);
	if (ack)
		frames_u32(f, 1);
	return at;
}

size_t frames_erspan2(struct frames *f)
{
	size_t at = frames_gre(f, 0x1000, 0x88be);
	frames_u32(f, 0x10640001); /* version 1, VLAN 100, session 1 */
	frames_u32(f, 0);
	return at;
}

size_t frames_erspan3(struct frames *f, int subheader)
{
	size_t at = frames_gre(f, 0x1000, 0x22eb);
	frames_u32(f, 0x20640001); /* version 2, VLAN 100, session 1 */
	frames_u32(f, 0x01020304); /* timestamp */
	frames_u16(f, 0);
	frames_u16(f, subheader ? 0x8001 : 0x8000); /* Ethernet */
	if (subheader)
		zeros(f, 8);
	return at;
}

size_t frames_vxlan(struct frames *f, uint32_t network)
{
	size_t at = frames_u32(f, 0x08000000);
	frames_u32(f, network << 8);
	return at;
}

size_t frames_geneve(struct frames *f, uint16_t type, uint8_t option_words)
{
	size_t at = frames_u8(f, option_words);
	frames_u8(f, 0);
	frames_u16(f, type);
	frames_u32(f, 0x00012300);
	zeros(f, option_words * 4u);
	return at;
}

size_t frames_gtpu(struct frames *f, int extensions)
{
	size_t at = frames_u8(f, extensions < 0 ? 0x30 : extensions ? 0x36 : 0x32);
	frames_u8(f, 255);
	frames_u16(f, 0); /* length */
	frames_u32(f, 0xcafe);
	open_header(f, FRAMES_OPEN_GTPU, at);
	if (extensions < 0)
		return at;
	frames_u16(f, 1);
	frames_u8(f, 0);
	frames_u8(f, extensions ? 0x85 : 0); /* PDU session container */
	for (int i = 1; i <= extensions; i++) {
		frames_u8(f, (uint8_t)i); /* in units of four bytes */
		zeros(f, (size_t)i * 4 - 2);
		frames_u8(f, i < extensions ? 0x85 : 0);
	}
	return at;
}

size_t frames_tzsp(struct frames *f)
{
	size_t at = frames_u32(f, 0x01000001); /* received, Ethernet */
	frames_u8(f, 0);                       /* padding */
	frames_u32(f, 0x0a02ffff);             /* a tag of two bytes */
	frames_u8(f, 1);                       /* end */
	return at;
}

size_t frames_l2tp(struct frames *f, uint16_t flags)
{
	size_t at = frames_u16(f, flags | 2);
	if (flags & 0x4000) {
		frames_u16(f, 0); /* length */
		open_header(f, FRAMES_OPEN_L2TP, at);
	}
	frames_u32(f, 0x00010002);
	if (flags & 0x0800)
		frames_u32(f, 0x00030004);
	if (flags & 0x0200) {
		frames_u16(f, 2);
		frames_u16(f, 0xffff);
	}
	return at;
}

size_t frames_esp(struct frames *f)
{
	size_t at = frames_u32(f, 0x1000);
	frames_u32(f, 1);
	return at;
}

size_t frames_esp_trailer(struct frames *f, uint8_t protocol, uint8_t padding, size_t icv)
{
	size_t at = f->len;
	for (uint8_t i = 1; i <= padding; i++)
		frames_u8(f, i);
	frames_u8(f, padding);
	frames_u8(f, protocol);
	for (size_t i = 0; i < icv; i++)
		frames_u8(f, 0xee);
	return at;
}

/* ---- lengths and checksums */

/* One's complement sum of RFC 1071, not folded. */
static uint32_t sum_of(const unsigned char *bytes, size_t len)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static uint16_t checksum_of(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The sum of the pseudo header that f->open[i], an IP header, gives. */
static uint32_t pseudo_header(const struct frames *f, size_t i, uint8_t protocol,
                              size_t len)
{
	const unsigned char *ip = f->bytes + f->open[i].at;
	uint32_t sum = protocol + (uint32_t)len;
	if (f->open[i].kind == FRAMES_OPEN_IPV4)
		return sum + sum_of(ip + 12, 8);
	return sum + sum_of(ip + 8, 32);
}

/* The checksum of the transport header f->open[i], whose field is `field` bytes in. */
static void close_transport(struct frames *f, size_t i, uint8_t protocol, size_t field)
{
	if (i == 0)
		give_up("a transport header without an IP header");
	size_t at = f->open[i].at;
	uint32_t sum = pseudo_header(f, i - 1, protocol, f->len - at);
	sum += sum_of(f->bytes + at, f->len - at);
	uint16_t checksum = checksum_of(sum);
	if (checksum == 0 && protocol == FRAMES_UDP)
		checksum = 0xffff; /* 0 is "none": RFC 768 */
	frames_put16(f, at + field, checksum);
}

void frames_close(struct frames *f)
{
	for (size_t i = f->depth; i-- > 0;) {
		size_t at = f->open[i].at, len = f->len - at;
		switch (f->open[i].kind) {
		case FRAMES_OPEN_IPV4: {
			size_t header = (f->bytes[at] & 0x0fu) * 4u;
			frames_put16(f, at + 2, (uint16_t)len);
			uint32_t sum = sum_of(f->bytes + at, header);
			frames_put16(f, at + 10, checksum_of(sum));
			break;
		}
		case FRAMES_OPEN_IPV6:
			frames_put16(f, at + 4, (uint16_t)(len - 40));
			break;
		case FRAMES_OPEN_UDP:
			frames_put16(f, at + 4, (uint16_t)len);
			close_transport(f, i, FRAMES_UDP, 6);
			break;
		case FRAMES_OPEN_TCP:
			close_transport(f, i, FRAMES_TCP, 16);
			break;
		case FRAMES_OPEN_PPPOE:
			frames_put16(f, at + 4, (uint16_t)(len - 6));
			break;
		case FRAMES_OPEN_PPTP: {
			size_t header = f->bytes[at + 1] & 0x80 ? 16 : 12;
			frames_put16(f, at + 4, (uint16_t)(len - header));
			break;
		}
		case FRAMES_OPEN_GTPU:
			frames_put16(f, at + 2, (uint16_t)(len - 8));
			break;
		case FRAMES_OPEN_L2TP:
			frames_put16(f, at + 2, (uint16_t)len);
			break;
		}
	}
	f->depth = 0;
}

void frames_udp_packet(struct frames *f, const char *src, uint16_t src_port,
                       const char *dst, uint16_t dst_port, const char *text)
{
	frames_init(f);
	if (strchr(src, ':')) {
		frames_ethernet(f, FRAMES_IPV6);
		frames_ipv6(f, FRAMES_UDP, src, dst);
	} else {
		frames_ethernet(f, FRAMES_IPV4);
		frames_ipv4(f, FRAMES_UDP, src, dst);
	}
	frames_udp(f, src_port, dst_port);
	frames_text(f, text);
	frames_close(f);
}

struct frame frames_frame(const struct frames *f, uint16_t link)
{
	return (struct frame){
		.number   = 1,
		.offset   = FRAME_NO_OFFSET,
		.bytes    = { (const char *)f->bytes, f->len },
		.wire_len = (uint32_t)f->len,
		.link     = link,
	};
}
