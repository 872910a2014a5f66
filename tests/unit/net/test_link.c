/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "decoded.h"
#include "hello.h"
#include "net/limits.h"
#include "support/frames.h"

#define A4 "192.0.2.1"
#define B4 "198.51.100.2"

typedef size_t link_builder(struct frames *f, uint16_t type);

static void link_with_ether_type(link_builder *build, uint16_t link)
{
	struct frames f;
	frames_init(&f);
	build(&f, FRAMES_IPV4);
	put_udp(&f, FRAMES_IPV4);
	assert_hello(&f, link, 4);

	frames_init(&f);
	build(&f, FRAMES_IPV6);
	put_udp(&f, FRAMES_IPV6);
	assert_hello(&f, link, 6);

	frames_init(&f);
	build(&f, FRAMES_VLAN);
	frames_vlan(&f, 100, FRAMES_IPV4);
	put_udp(&f, FRAMES_IPV4);
	assert_hello(&f, link, 4);

	frames_init(&f);
	build(&f, 0x0806); /* ARP */
	put_udp(&f, FRAMES_IPV4);
	assert_int_equal(decode_built(&f, link).stats.not_ip, 1);
}

static void ethernet_and_linux_cooked(void **state)
{
	(void)state;
	link_with_ether_type(frames_ethernet, 1);
	link_with_ether_type(frames_sll, 113);
	link_with_ether_type(frames_sll2, 276);
}

/* A frame that a kernel sent and another captured, not built here: Ethernet, an RTCP
 * APP packet of 16 bytes. The builders make the same bytes, checksums included. */
static void captured_ethernet(void **state)
{
	(void)state;
	static const unsigned char wire[] = {
		0x8e, 0x4a, 0x30, 0x39, 0x73, 0x73, 0xae, 0xdb, 0x8c, 0x8c, 0x43, 0x68,
		0x08, 0x00, 0x45, 0xb8, 0x00, 0x2c, 0x10, 0x1e, 0x40, 0x00, 0x3f, 0x11,
		0x13, 0xd6, 0x0a, 0x0a, 0x02, 0x01, 0x0a, 0x0a, 0x01, 0x01, 0x27, 0x45,
		0x27, 0x55, 0x00, 0x18, 0xa0, 0x26, 0x80, 0xcc, 0x00, 0x03, 0x51, 0x61,
		0xea, 0x8f, 'P', 'I', 'N', 'G', 'P', 'O', 'N', 'G'
	};
	struct frames f;
	frames_init(&f);
	frames_bytes(&f, wire, sizeof(wire));
	struct decoded d = decode_built(&f, 1);
	assert_int_equal(d.datagrams, 1);
	const struct net_addr src = { 4, { 10, 10, 2, 1 } };
	const struct net_addr dst = { 4, { 10, 10, 1, 1 } };
	assert_memory_equal(&d.datagram.src.addr, &src, sizeof(src));
	assert_memory_equal(&d.datagram.dst.addr, &dst, sizeof(dst));
	assert_int_equal(d.datagram.src.port, 10053);
	assert_int_equal(d.datagram.dst.port, 10069);
	assert_int_equal(d.datagram.ip_id, 0x101e);
	assert_int_equal(d.datagram.transport, NET_UDP);
	assert_int_equal(d.datagram.payload.len, 16);
	assert_int_equal(d.datagram.wire_len, 16);
	assert_false(d.datagram.truncated);
	assert_memory_equal(d.datagram.payload.p, wire + 42, 16);

	struct frames g;
	frames_init(&g);
	frames_bytes(&g, wire, 14);
	size_t ip = frames_ipv4(&g, FRAMES_UDP, "10.10.2.1", "10.10.1.1");
	frames_put8(&g, ip + 1, 0xb8);
	frames_put16(&g, ip + 4, 0x101e);
	frames_put16(&g, ip + 6, 0x4000);
	frames_put8(&g, ip + 8, 63);
	frames_udp(&g, 10053, 10069);
	frames_bytes(&g, wire + 42, 16);
	frames_close(&g);
	assert_int_equal(g.len, sizeof(wire));
	assert_memory_equal(g.bytes, wire, sizeof(wire));
}

/* The same for Linux cooked version 2: a keepalive of three letters. */
static void captured_sll2(void **state)
{
	(void)state;
	static const unsigned char wire[] = {
		0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x34, 0x00, 0x01, 0x00, 0x06,
		0xee, 0x64, 0xe1, 0xdb, 0xee, 0x88, 0x00, 0x00, 0x45, 0x00, 0x00, 0x1f,
		0x7f, 0x44, 0x40, 0x00, 0x3f, 0x11, 0xa6, 0xf6, 0x0a, 0x0a, 0x01, 0x40,
		0x0a, 0x0a, 0x00, 0x40, 0x13, 0xc4, 0x13, 0xc4, 0x00, 0x0b, 0x0d, 0x5b,
		'j', 'a', 'K'
	};
	struct frames f;
	frames_init(&f);
	frames_bytes(&f, wire, sizeof(wire));
	struct decoded d = decode_built(&f, 276);
	assert_true(payload_is(&d, "jaK"));
	assert_int_equal(d.datagram.src.port, 5060);
	assert_int_equal(d.datagram.dst.addr.bytes[3], 64);
}

static void null_in_either_byte_order(void **state)
{
	(void)state;
	static const uint32_t inet6[] = { 10, 24, 28, 30 };
	struct frames f;
	for (unsigned order = 0; order < 2; order++) {
		size_t (*build)(struct frames *, uint32_t) =
			order ? frames_null_be : frames_null_le;
		frames_init(&f);
		build(&f, 2);
		put_udp(&f, FRAMES_IPV4);
		assert_hello(&f, 0, 4);
		for (size_t i = 0; i < sizeof(inet6) / sizeof(inet6[0]); i++) {
			frames_init(&f);
			build(&f, inet6[i]);
			put_udp(&f, FRAMES_IPV6);
			assert_hello(&f, 0, 6);
		}
		frames_init(&f);
		build(&f, 7); /* AF_NS and the like */
		put_udp(&f, FRAMES_IPV4);
		assert_int_equal(decode_built(&f, 0).stats.not_ip, 1);
	}
}

static void loop_in_network_order_only(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_null_be(&f, 2);
	put_udp(&f, FRAMES_IPV4);
	assert_hello(&f, 108, 4);

	frames_init(&f);
	frames_null_be(&f, 24);
	put_udp(&f, FRAMES_IPV6);
	assert_hello(&f, 108, 6);

	frames_init(&f);
	frames_null_le(&f, 2);
	put_udp(&f, FRAMES_IPV4);
	assert_int_equal(decode_built(&f, 108).stats.not_ip, 1);
}

static void raw_ip_by_all_its_numbers(void **state)
{
	(void)state;
	static const uint16_t links[] = { 12, 14, 101, 228, 229 };
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct frames f;
		frames_init(&f);
		put_udp(&f, FRAMES_IPV4);
		assert_hello(&f, links[i], 4);
		frames_init(&f);
		put_udp(&f, FRAMES_IPV6);
		assert_hello(&f, links[i], 6);
	}
}

static void no_datagram(void *arg, const struct net_datagram *datagram)
{
	(void)arg;
	(void)datagram;
}

static void no_bytes(void *arg, const struct net_bytes *bytes)
{
	(void)arg;
	(void)bytes;
}

/* Of several packets the first is named. */
static void the_first_unknown_link_type_is_told(void **state)
{
	(void)state;
	static const uint16_t links[] = { 1, 147, 148 };
	struct frames f;
	struct mem mem;
	struct net *net;
	mem_init(&mem, SIZE_MAX);
	assert_int_equal(net_new(&net, &mem, 1), OK);
	frames_init(&f);
	put_udp(&f, FRAMES_IPV4);
	for (unsigned i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct frame frame = frames_frame(&f, links[i]);
		frame.input = (uint16_t)(i + 2);
		frame.number = i + 7;
		net_input(net, &frame, &(struct net_sinks){ no_datagram, no_bytes, NULL,
		                                            NULL });
	}
	const struct net_stats *stats = net_stats(net);
	assert_int_equal(stats->unknown_link_type, 2);
	assert_int_equal(stats->unknown_link, 147);
	assert_int_equal(stats->unknown_link_input, 3);
	assert_int_equal(stats->unknown_link_frame, 8);
	net_free(net);
	assert_int_equal(mem.used, 0);
}

static void every_other_link_type_is_counted(void **state)
{
	(void)state;
	static const uint16_t known[] = {
		0,   1,   8,   9,   12,  14,  50,  51,  101, 102, 103, 104, 105, 107,
		108, 109, 113, 117, 119, 127, 163, 204, 228, 229, 239, 252, 276
	};
	struct frames f;
	frames_init(&f);
	put_udp(&f, FRAMES_IPV4);
	size_t k = 0;
	for (unsigned link = 0; link <= UINT16_MAX; link++) {
		struct decoded d = decode_built(&f, (uint16_t)link);
		bool is_known = k < sizeof(known) / sizeof(known[0]) && known[k] == link;
		k += is_known;
		assert_int_equal(d.stats.unknown_link_type, !is_known);
		assert_true(stats_add_up(&d.stats));
	}
	assert_int_equal(k, sizeof(known) / sizeof(known[0]));
}

static void vlan_stacks(void **state)
{
	(void)state;
	static const uint16_t tpids[] = { 0x8100, 0x88a8, 0x9100, 0x9200 };
	for (unsigned tags = 0; tags <= NET_VLAN_MAX + 1; tags++) {
		struct frames f;
		frames_init(&f);
		frames_ethernet(&f, tags ? tpids[0] : FRAMES_IPV4);
		for (unsigned i = 1; i <= tags; i++)
			frames_vlan(&f, 0x6123, i < tags ? tpids[i % 4] : FRAMES_IPV4);
		put_udp(&f, FRAMES_IPV4);
		struct decoded d = decode_built(&f, 1);
		assert_int_equal(d.stats.datagrams, tags <= NET_VLAN_MAX);
		assert_int_equal(d.stats.too_deep, tags > NET_VLAN_MAX);
		assert_true(stats_add_up(&d.stats));
	}
}

static void each_tag_protocol_alone(void **state)
{
	(void)state;
	static const uint16_t tpids[] = { 0x8100, 0x88a8, 0x9100, 0x9200 };
	for (unsigned i = 0; i < 4; i++) {
		struct frames f;
		frames_init(&f);
		frames_ethernet(&f, tpids[i]);
		frames_vlan(&f, 7, FRAMES_IPV6);
		put_udp(&f, FRAMES_IPV6);
		assert_hello(&f, 1, 6);
	}
}

/* The counters of one frame of the given EtherType, tagged or not. */
static struct net_stats stats_of_type(uint16_t type, bool tagged)
{
	struct frames f;
	frames_init(&f);
	frames_ethernet(&f, tagged ? FRAMES_VLAN : type);
	if (tagged)
		frames_vlan(&f, 1, type);
	put_udp(&f, FRAMES_IPV4);
	struct decoded d = decode_built(&f, 1);
	assert_true(stats_add_up(&d.stats));
	return d.stats;
}

static void what_is_not_ip(void **state)
{
	(void)state;
	static const uint16_t types[] = {
		0x0000, 0x002e, 0x05dc, /* lengths of 802.3; what follows is no LLC */
		0x05dd, 0x05ff,         /* neither length nor type */
		0x0806,                 /* ARP */
		0x8863,                 /* PPPoE discovery */
		0x88cc,                 /* LLDP */
		0xffff
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		assert_int_equal(stats_of_type(types[i], false).not_ip, 1);
		assert_int_equal(stats_of_type(types[i], true).not_ip, 1);
	}
}

/* Ethernet in Ethernet, as in other tunnels but without one. */
static void ethernet_in_ethernet(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_ethernet(&f, 0x6558);
	frames_ethernet(&f, FRAMES_VLAN);
	frames_vlan(&f, 5, FRAMES_IPV4);
	put_udp(&f, FRAMES_IPV4);
	assert_hello(&f, 1, 4);
}

static void ppp(void **state)
{
	(void)state;
	static const uint16_t links[] = { 9, 50 };
	struct frames f;
	for (size_t i = 0; i < 2; i++) {
		frames_init(&f);
		frames_ppp(&f, 0x0021);
		put_udp(&f, FRAMES_IPV4);
		assert_hello(&f, links[i], 4);
		frames_init(&f);
		frames_u16(&f, 0x0057); /* no address and control field */
		put_udp(&f, FRAMES_IPV6);
		assert_hello(&f, links[i], 6);
		frames_init(&f);
		frames_u8(&f, 0x21); /* nor the first byte of the protocol */
		put_udp(&f, FRAMES_IPV4);
		assert_hello(&f, links[i], 4);
		frames_init(&f);
		frames_ppp(&f, 0xc021); /* link control */
		put_udp(&f, FRAMES_IPV4);
		assert_int_equal(decode_built(&f, links[i]).stats.not_ip, 1);
	}
	frames_init(&f);
	frames_pppoe(&f, 0x0021);
	put_udp(&f, FRAMES_IPV4);
	frames_bytes(&f, "\0\0\0", 4);
	assert_hello(&f, 51, 4);
}

/* A packet that nflog wrote has its attributes in the order of the host. */
static void nflog_in_either_byte_order(void **state)
{
	(void)state;
	struct frames f;
	for (int big = 0; big < 2; big++) {
		frames_init(&f);
		frames_u32(&f, 0x02000000); /* AF_INET */
		frames_u32(&f, big ? 0x00080001 : 0x08000100);
		frames_u32(&f, 0x08000300); /* hardware protocol, hook */
		frames_u32(&f, big ? 0x0006000a : 0x06000a00); /* a prefix, padded */
		frames_u32(&f, 0x78000000);
		frames_u32(&f, big ? 0x00250009 : 0x25000900); /* 4 + 20 + 8 + 5 */
		put_udp(&f, FRAMES_IPV4);
		assert_hello(&f, 239, 4);
		frames_put8(&f, 0, 7);
		assert_int_equal(decode_built(&f, 239).stats.not_ip, 1);
		frames_put8(&f, 0, 2);
		frames_put16(&f, 4, big ? 0x0003 : 0x0300); /* shorter than its header */
		assert_int_equal(decode_built(&f, 239).stats.malformed_packets, 1);
	}
}

/* --- IEEE 802.2 */

static void put_snap(struct frames *f, uint32_t org, uint16_t type)
{
	frames_u32(f, 0xaaaa0300 | org >> 16);
	frames_u16(f, (uint16_t)org);
	frames_u16(f, type);
}

static void snap_on_ethernet(void **state)
{
	(void)state;
	static const uint32_t orgs[] = { 0x000000, 0x0000f8 };
	struct frames f;
	for (size_t i = 0; i < 2; i++) {
		for (unsigned tags = 0; tags < 2; tags++) {
			frames_init(&f);
			frames_ethernet(&f, tags ? FRAMES_VLAN : 8 + 33);
			if (tags)
				frames_vlan(&f, 5, 8 + 33);
			put_snap(&f, orgs[i], FRAMES_IPV4); /* 8 bytes, the packet 33 */
			put_udp(&f, FRAMES_IPV4);
			frames_bytes(&f, "\xff\xff\xff\xff\xff", 5);
			assert_hello(&f, 1, 4);
			assert_cuts(&f, 1);
			assert_damaged(&f, 1);
		}
	}
	frames_init(&f);
	frames_ethernet(&f, 8 + 53);
	put_snap(&f, 0, FRAMES_IPV6);
	put_udp(&f, FRAMES_IPV6);
	assert_hello(&f, 1, 6);
	frames_init(&f);
	frames_ethernet(&f, 12 + 33);
	put_snap(&f, 0, FRAMES_VLAN);
	frames_vlan(&f, 5, FRAMES_IPV4);
	put_udp(&f, FRAMES_IPV4);
	assert_hello(&f, 1, 4);
}

static void llc_without_ip(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_ethernet(&f, 38);
	frames_text(&f, "BB\x03"); /* spanning tree */
	put_udp(&f, FRAMES_IPV4);
	assert_not_ip(&f, 1);
	frames_init(&f);
	frames_ethernet(&f, 41);
	size_t at = f.len;
	put_snap(&f, 0x00000c, 0x2000); /* Cisco's discovery protocol */
	put_udp(&f, FRAMES_IPV4);
	assert_not_ip(&f, 1);
	frames_put8(&f, at + 5, 0);
	frames_put16(&f, at + 6, 41); /* a length where a type belongs */
	assert_not_ip(&f, 1);
	frames_put16(&f, at + 6, FRAMES_IPV4);
	assert_hello(&f, 1, 4);
	frames_put8(&f, at + 2, 0x13); /* poll bit */
	assert_not_ip(&f, 1);
	frames_put8(&f, at + 2, 0x03);
	frames_put16(&f, at - 2, 7); /* the frame ends in the type */
	assert_malformed(&f, 1);
	frames_put16(&f, at - 2, 2);
	assert_not_ip(&f, 1);
	frames_put16(&f, at - 2, 1500); /* longer than was captured: a lie, but no harm */
	assert_hello(&f, 1, 4);
	frames_put16(&f, at - 2, 1501); /* neither length nor type */
	assert_not_ip(&f, 1);
	frames_init(&f);
	frames_ethernet(&f, 49);
	put_snap(&f, 0, 41); /* no length inside */
	put_snap(&f, 0, FRAMES_IPV4);
	put_udp(&f, FRAMES_IPV4);
	assert_not_ip(&f, 1);
}

static void snap_on_linux_cooked(void **state)
{
	(void)state;
	struct frames f;
	for (int v2 = 0; v2 < 2; v2++) {
		uint16_t link = v2 ? 276 : 113;
		frames_init(&f);
		size_t at = v2 ? frames_sll2(&f, 4) : frames_sll(&f, 4);
		put_snap(&f, 0, FRAMES_IPV4);
		put_udp(&f, FRAMES_IPV4);
		assert_hello(&f, link, 4);
		assert_cuts(&f, link);
		frames_put16(&f, at + (v2 ? 0 : 14), 41); /* no length here */
		assert_not_ip(&f, link);
	}
}

/* What a network card leaves behind the packet, such as the frame check sequence, is in
 * no payload. */
static void bytes_behind_the_packet(void **state)
{
	(void)state;
	for (size_t len = 1; len <= 46; len++) {
		struct frames f;
		frames_udp_packet(&f, A4, 5060, B4, 5070, "hello");
		for (size_t i = 0; i < len; i++)
			frames_u8(&f, 'x');
		assert_hello(&f, 1, 4);
		frames_udp_packet(&f, "2001:db8::1", 5060, "2001:db8::2", 5070, "hello");
		for (size_t i = 0; i < len; i++)
			frames_u8(&f, 'x');
		assert_hello(&f, 1, 6);
	}
}

/* --- serial lines, BSD */

static void put_zeros(struct frames *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		frames_u8(f, 0);
}

/* Append the packet of either version and try the frame whole, cut and damaged. */
static void finish_and_check(struct frames *f, uint16_t link, uint16_t type)
{
	put_udp(f, type);
	assert_hello(f, link, type == FRAMES_IPV6 ? 6 : 4);
	assert_cuts(f, link);
	assert_damaged(f, link);
}

static void slip(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_u16(&f, 0x0145); /* sent; not compressed */
	put_zeros(&f, 14);
	finish_and_check(&f, 8, FRAMES_IPV4);
	frames_put8(&f, 16, 0x75);
	assert_malformed(&f, 8);
	frames_init(&f);
	put_zeros(&f, 24);
	finish_and_check(&f, 102, FRAMES_IPV4);
}

static void ppp_with_other_headers(void **state)
{
	(void)state;
	struct frames f;
	for (uint8_t sent = 0; sent < 2; sent++) {
		frames_init(&f);
		frames_u8(&f, sent);
		frames_ppp(&f, 0x0021);
		finish_and_check(&f, 204, FRAMES_IPV4);
		frames_init(&f);
		frames_u8(&f, sent);
		frames_u16(&f, 0x0057);
		finish_and_check(&f, 204, FRAMES_IPV6);
	}
	frames_init(&f);
	put_zeros(&f, 24);
	size_t at = frames_ppp(&f, 0x0057);
	finish_and_check(&f, 103, FRAMES_IPV6);
	frames_put16(&f, at + 2, 0x8057); /* IPv6 control protocol */
	assert_not_ip(&f, 103);
}

static void cisco_hdlc(void **state)
{
	(void)state;
	static const uint16_t links[] = { 104, 50 };
	struct frames f;
	for (size_t i = 0; i < 2; i++) {
		frames_init(&f);
		frames_u16(&f, 0x0f00);
		frames_u16(&f, FRAMES_IPV4);
		finish_and_check(&f, links[i], FRAMES_IPV4);
		frames_init(&f);
		frames_u16(&f, 0x8f00);
		frames_u16(&f, FRAMES_IPV6);
		finish_and_check(&f, links[i], FRAMES_IPV6);
		frames_put16(&f, 2, 0x8035); /* keepalive */
		assert_not_ip(&f, links[i]);
	}
}

static void frame_relay(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_u16(&f, 0x1841); /* a short address */
	frames_u16(&f, 0x03cc);
	finish_and_check(&f, 107, FRAMES_IPV4);
	frames_init(&f);
	frames_u16(&f, 0x1840); /* one of four bytes */
	frames_u16(&f, 0x0005);
	frames_u16(&f, 0x038e);
	finish_and_check(&f, 107, FRAMES_IPV6);
	frames_init(&f);
	frames_u32(&f, 0x18410300); /* padding */
	frames_u16(&f, 0x8000);     /* SNAP */
	frames_u32(&f, 0x00000800);
	finish_and_check(&f, 107, FRAMES_IPV4);
	frames_init(&f);
	frames_u32(&f, 0x184103cf);
	frames_u8(&f, 0x21);
	finish_and_check(&f, 107, FRAMES_IPV4);
	frames_init(&f);
	frames_u16(&f, 0x1841);
	frames_u16(&f, FRAMES_IPV6); /* as Cisco does it */
	finish_and_check(&f, 107, FRAMES_IPV6);
	frames_init(&f);
	frames_u32(&f, 0x00010308); /* line management */
	frames_u32(&f, 0x00750101);
	assert_not_ip(&f, 107);
}

static void enc_in_either_byte_order(void **state)
{
	(void)state;
	struct frames f;
	for (int big = 0; big < 2; big++) {
		frames_init(&f);
		if (big)
			frames_null_be(&f, 24);
		else
			frames_null_le(&f, 24);
		frames_u32(&f, 0x12345678);
		frames_u32(&f, 0x00080000);
		finish_and_check(&f, 109, FRAMES_IPV6);
		frames_put16(&f, 0, 0x0700);
		frames_put16(&f, 2, 0x0000);
		assert_not_ip(&f, 109);
	}
}

static void pflog(void **state)
{
	(void)state;
	static const struct {
		uint8_t says, is;
	} headers[] = { { 45, 48 }, { 61, 64 }, { 64, 64 }, { 69, 72 }, { 100, 100 } };
	struct frames f;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		frames_init(&f);
		frames_u8(&f, headers[i].says);
		frames_u8(&f, 2);
		put_zeros(&f, headers[i].is - 2U);
		finish_and_check(&f, 117, FRAMES_IPV4);
	}
	frames_put8(&f, 1, 7);
	assert_not_ip(&f, 117);
	frames_put8(&f, 1, 2);
	frames_put8(&f, 0, 0);
	assert_malformed(&f, 117);
	frames_init(&f);
	frames_u16(&f, 0x2c02); /* 44: shorter than any was */
	put_zeros(&f, 42);
	put_udp(&f, FRAMES_IPV4);
	assert_malformed(&f, 117);
}

static void an_empty_frame_is_malformed(void **state)
{
	(void)state;
	static const uint16_t links[] = {
		0,   1,   8,   9,   50,  51,  101, 102, 103, 104, 105, 107,
		108, 109, 113, 117, 119, 127, 163, 204, 239, 252, 276
	};
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct frame frame = { .bytes = SLICE_NONE, .link = links[i] };
		struct decoded d = decode(&frame);
		assert_int_equal(d.stats.packets, 1);
		assert_int_equal(d.stats.bytes, 0);
		assert_int_equal(d.stats.malformed_packets, 1);
		assert_true(stats_add_up(&d.stats));
	}
}

static void counters_count_on(void **state)
{
	(void)state;
	struct frames f;
	frames_udp_packet(&f, A4, 5060, B4, 5060, "hello");
	struct frame frame = frames_frame(&f, 1);
	struct frame cut = frame;
	cut.bytes.len = 20;
	struct session *s = session_start();
	session_frame(s, &frame);
	session_frame(s, &cut);
	assert_int_equal(s->got.stats.packets, 2);
	assert_int_equal(s->got.stats.bytes, frame.bytes.len + 20);
	assert_int_equal(s->got.stats.truncated_packets, 1);
	assert_int_equal(s->got.stats.datagrams, 1);
	assert_int_equal(s->got.stats.malformed_packets, 1);
	session_end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet_and_linux_cooked),
		cmocka_unit_test(captured_ethernet),
		cmocka_unit_test(captured_sll2),
		cmocka_unit_test(null_in_either_byte_order),
		cmocka_unit_test(loop_in_network_order_only),
		cmocka_unit_test(raw_ip_by_all_its_numbers),
		cmocka_unit_test(every_other_link_type_is_counted),
		cmocka_unit_test(the_first_unknown_link_type_is_told),
		cmocka_unit_test(vlan_stacks),
		cmocka_unit_test(each_tag_protocol_alone),
		cmocka_unit_test(what_is_not_ip),
		cmocka_unit_test(ethernet_in_ethernet),
		cmocka_unit_test(ppp),
		cmocka_unit_test(nflog_in_either_byte_order),
		cmocka_unit_test(snap_on_ethernet),
		cmocka_unit_test(llc_without_ip),
		cmocka_unit_test(snap_on_linux_cooked),
		cmocka_unit_test(bytes_behind_the_packet),
		cmocka_unit_test(slip),
		cmocka_unit_test(ppp_with_other_headers),
		cmocka_unit_test(cisco_hdlc),
		cmocka_unit_test(frame_relay),
		cmocka_unit_test(enc_in_either_byte_order),
		cmocka_unit_test(pflog),
		cmocka_unit_test(an_empty_frame_is_malformed),
		cmocka_unit_test(counters_count_on),
	};
	return cmocka_run_group_tests_name("net/link", tests, NULL, NULL);
}
