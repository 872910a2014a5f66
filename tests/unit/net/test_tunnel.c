/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "decoded.h"
#include "net/limits.h"
#include "support/frames.h"

#define RAW 101
#define OUT4 "203.0.113.1" /* around */
#define OUT6 "2001:db8:ffff::1"
#define A4 "192.0.2.1" /* inside */
#define B4 "198.51.100.2"
#define A6 "2001:db8::a"
#define B6 "2001:db8:0:1::b"

#define IN_IP   4
#define IN_IPV6 41
#define IN_GRE  47
#define IN_ESP  50
#define IN_AH   51
#define IN_MPLS 137

#define BIT(t) (1U << (t))

/* The packet inside, of the version that the EtherType says; close the frame. */
static void put_hello(struct frames *f, uint16_t type)
{
	if (type == FRAMES_IPV6)
		frames_ipv6(f, FRAMES_UDP, A6, B6);
	else
		frames_ipv4(f, FRAMES_UDP, A4, B4);
	frames_udp(f, 5060, 5070);
	frames_text(f, "hello");
	frames_close(f);
}

static void start(struct frames *f, uint8_t protocol)
{
	frames_init(f);
	frames_ipv4(f, protocol, OUT4, OUT4);
}

/* The same for a tunnel in UDP, to that port. */
static void start_udp(struct frames *f, uint16_t port)
{
	start(f, FRAMES_UDP);
	frames_udp(f, 50000, port);
}

/* The datagram is that inside, through just these tunnels. */
static void assert_inside(const struct frames *f, uint16_t link, const char *src,
                          unsigned tunnels)
{
	struct decoded d = decode_built(f, link);
	struct net_addr addr = frames_addr(src);
	assert_true(stats_add_up(&d.stats));
	assert_true(payload_is(&d, "hello"));
	assert_memory_equal(&d.datagram.src.addr, &addr, sizeof(addr));
	assert_int_equal(d.datagram.src.port, 5060);
	assert_int_equal(d.datagram.dst.port, 5070);
	assert_int_equal(d.datagram.encapsulation, tunnels);
	assert_false(d.datagram.truncated);
	assert_false(d.datagram.reassembled);
}

/* The datagram is the one around. */
static void assert_outside(const struct frames *f)
{
	struct decoded d = decode_built(f, RAW);
	struct net_addr addr = frames_addr(OUT4);
	assert_int_equal(d.datagrams, 1);
	assert_memory_equal(&d.datagram.src.addr, &addr, sizeof(addr));
	assert_int_equal(d.datagram.encapsulation, 0);
	assert_int_equal(d.datagram.payload.len, f->len - 28);
}

static void names(void **state)
{
	(void)state;
	for (unsigned t = 0; t < NET_TUNNEL_COUNT; t++) {
		const char *name = net_tunnel_name((enum net_tunnel)t);
		assert_non_null(name);
		size_t plain = strspn(name, "abcdefghijklmnopqrstuvwxyz2");
		assert_int_equal(plain, strlen(name));
		for (enum net_tunnel u = 0; u < t; u++)
			assert_string_not_equal(name, net_tunnel_name(u));
	}
	assert_true(NET_TUNNEL_COUNT <= 16); /* bits of `encapsulation` */
}

static void not_a_tunnel(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	put_hello(&f, FRAMES_IPV4);
	assert_inside(&f, RAW, A4, 0);
}

static void ip_in_ip(void **state)
{
	(void)state;
	struct frames f;
	for (unsigned i = 0; i < 4; i++) {
		uint8_t protocol = i & 1 ? IN_IPV6 : IN_IP;
		frames_init(&f);
		if (i & 2)
			frames_ipv6(&f, protocol, OUT6, OUT6);
		else
			frames_ipv4(&f, protocol, OUT4, OUT4);
		put_hello(&f, i & 1 ? FRAMES_IPV6 : FRAMES_IPV4);
		assert_inside(&f, RAW, i & 1 ? A6 : A4, BIT(NET_TUNNEL_IP));
	}
}

static void gre_with_all_its_fields(void **state)
{
	(void)state;
	struct frames f;
	for (unsigned bits = 0; bits < 16; bits++) {
		if (bits & 4)
			continue; /* routing */
		start(&f, IN_GRE);
		frames_gre(&f, (uint16_t)(bits << 12), FRAMES_IPV4);
		put_hello(&f, FRAMES_IPV4);
		assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_GRE));
	}
	frames_init(&f);
	frames_ipv6(&f, IN_GRE, OUT6, OUT6);
	frames_gre(&f, 0, FRAMES_IPV6);
	put_hello(&f, FRAMES_IPV6);
	assert_inside(&f, RAW, A6, BIT(NET_TUNNEL_GRE));
	start(&f, IN_GRE);
	frames_gre(&f, 0x2000, 0x6558);
	frames_ethernet(&f, FRAMES_VLAN);
	frames_vlan(&f, 5, FRAMES_IPV4);
	put_hello(&f, FRAMES_IPV4);
	assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_GRE));
}

static void gre_that_is_not_opened(void **state)
{
	(void)state;
	static const struct {
		uint16_t flags, type;
	} cases[] = {
		{ 0x4000, FRAMES_IPV4 }, /* routing */
		{ 0x0001, FRAMES_IPV4 }, /* version 1 is PPTP's */
		{ 0x0002, FRAMES_IPV4 },
		{ 0x0000, 0x880b },      /* and PPP is of version 1 */
		{ 0x0000, 0x0806 },
		{ 0x2001, 0x880b },      /* an acknowledgement alone */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frames f;
		start(&f, IN_GRE);
		frames_gre(&f, cases[i].flags, cases[i].type);
		put_hello(&f, FRAMES_IPV4);
		assert_int_equal(decode_built(&f, RAW).stats.not_ip, 1);
	}
}

static void erspan(void **state)
{
	(void)state;
	struct frames f;
	start(&f, IN_GRE); /* type I has no header of its own */
	frames_gre(&f, 0, 0x88be);
	frames_ethernet(&f, FRAMES_IPV4);
	put_hello(&f, FRAMES_IPV4);
	assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_ERSPAN));
	start(&f, IN_GRE);
	frames_erspan2(&f);
	frames_ethernet(&f, FRAMES_IPV6);
	put_hello(&f, FRAMES_IPV6);
	assert_inside(&f, RAW, A6, BIT(NET_TUNNEL_ERSPAN));
	for (int subheader = 0; subheader < 2; subheader++) {
		start(&f, IN_GRE);
		frames_erspan3(&f, subheader);
		frames_ethernet(&f, FRAMES_IPV4);
		put_hello(&f, FRAMES_IPV4);
		assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_ERSPAN));
		start(&f, IN_GRE);
		size_t at = frames_erspan3(&f, subheader);
		/* Frame type 2, behind the 8 bytes of GRE: an IP packet. */
		frames_put16(&f, at + 8 + 10, subheader ? 0x0801 : 0x0800);
		put_hello(&f, FRAMES_IPV4);
		assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_ERSPAN));
	}
}

static void pptp(void **state)
{
	(void)state;
	struct frames f;
	for (int ack = 0; ack < 2; ack++) {
		start(&f, IN_GRE);
		size_t at = frames_pptp(&f, ack);
		frames_ppp(&f, 0x0021);
		put_hello(&f, FRAMES_IPV4);
		assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_PPTP));
		frames_put16(&f, at + 4, 3); /* the payload ends in the protocol field */
		assert_int_equal(decode_built(&f, RAW).stats.malformed_packets, 1);
	}
}

static void mpls(void **state)
{
	(void)state;
	struct frames f;
	for (unsigned labels = 1; labels <= NET_MPLS_MAX + 1; labels++) {
		frames_init(&f);
		frames_ethernet(&f, labels % 2 ? 0x8847 : 0x8848);
		for (unsigned i = 1; i <= labels; i++)
			frames_mpls(&f, 15 + i, i == labels);
		put_hello(&f, labels % 3 ? FRAMES_IPV4 : FRAMES_IPV6);
		if (labels <= NET_MPLS_MAX)
			assert_inside(&f, 1, labels % 3 ? A4 : A6, BIT(NET_TUNNEL_MPLS));
		else
			assert_int_equal(decode_built(&f, 1).stats.too_deep, 1);
	}
	start(&f, IN_MPLS);
	frames_mpls(&f, 100, 1);
	put_hello(&f, FRAMES_IPV4);
	assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_MPLS));
	start_udp(&f, 6635);
	frames_mpls(&f, 100, 1);
	put_hello(&f, FRAMES_IPV6);
	assert_inside(&f, RAW, A6, BIT(NET_TUNNEL_MPLS));

	frames_init(&f);
	frames_ethernet(&f, 0x8847);
	frames_mpls(&f, 100, 1);
	frames_u32(&f, 0); /* the control word of a pseudowire */
	put_hello(&f, FRAMES_IPV4);
	assert_int_equal(decode_built(&f, 1).stats.not_ip, 1);
	frames_init(&f);
	frames_ethernet(&f, 0x8847);
	frames_mpls(&f, 100, 0); /* the bottom does not come */
	assert_int_equal(decode_built(&f, 1).stats.malformed_packets, 1);
}

static void pppoe(void **state)
{
	(void)state;
	struct frames f;
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		frames_init(&f);
		frames_ethernet(&f, 0x8864);
		size_t at = frames_pppoe(&f, ipv6 ? 0x0057 : 0x0021);
		put_hello(&f, ipv6 ? FRAMES_IPV6 : FRAMES_IPV4);
		frames_bytes(&f, "\0\0\0\0\0\0", 7); /* padding */
		assert_inside(&f, 1, ipv6 ? A6 : A4, BIT(NET_TUNNEL_PPPOE));
		frames_put16(&f, at + 6, 0xc021); /* link control */
		assert_int_equal(decode_built(&f, 1).stats.not_ip, 1);
		frames_put8(&f, at + 1, 0xa7); /* termination */
		assert_int_equal(decode_built(&f, 1).stats.not_ip, 1);
	}
}

static void authentication_header(void **state)
{
	(void)state;
	struct frames f;
	start(&f, IN_AH);
	frames_auth(&f, IN_IP, 3);
	put_hello(&f, FRAMES_IPV4);
	assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_AH) | BIT(NET_TUNNEL_IP));
	start(&f, IN_AH);
	frames_auth(&f, 1, 3);
	frames_close(&f);
	assert_int_equal(decode_built(&f, RAW).stats.other_protocols, 1);
}

/* An IPv4 packet of its own, put together before, and ESP around it. */
static void put_esp(struct frames *f, uint8_t padding, size_t icv)
{
	struct frames in;
	frames_init(&in);
	put_hello(&in, FRAMES_IPV4);
	start(f, IN_ESP);
	frames_esp(f);
	frames_bytes(f, in.bytes, in.len);
	frames_esp_trailer(f, IN_IP, padding, icv);
	frames_close(f);
}

static void esp_with_null_encryption(void **state)
{
	(void)state;
	static const size_t icvs[] = { 0, 8, 12, 16 };
	struct frames f;
	for (size_t i = 0; i < 4; i++) {
		for (uint8_t padding = 0; padding <= 16; padding++) {
			put_esp(&f, padding, icvs[i]);
			assert_inside(&f, RAW, A4,
			              BIT(NET_TUNNEL_ESP) | BIT(NET_TUNNEL_IP));
		}
		put_esp(&f, 17, icvs[i]);
		assert_int_equal(decode_built(&f, RAW).stats.esp_encrypted, 1);
		put_esp(&f, 2, icvs[i]);
		frames_put8(&f, f.len - icvs[i] - 3, 9); /* padding of 1, 9 */
		assert_int_equal(decode_built(&f, RAW).stats.esp_encrypted, 1);
	}
	put_esp(&f, 2, 16);
	struct frame frame = frames_frame(&f, RAW);
	frame.bytes.len -= 4; /* as if of 12: but that is not to be known now */
	assert_int_equal(decode(&frame).stats.esp_encrypted, 1);
}

/* What each transport must look like behind ESP; the trailer is always good. */
static void esp_contents_must_fit(void **state)
{
	(void)state;
	struct frames f;
	start(&f, IN_ESP); /* UDP whose length is not that of the contents */
	frames_esp(&f);
	frames_u32(&f, 0x13c413c4);
	frames_u32(&f, 0x000e0000); /* 8 + 5, and one */
	frames_text(&f, "hello");
	frames_esp_trailer(&f, FRAMES_UDP, 1, 12);
	frames_close(&f);
	assert_int_equal(decode_built(&f, RAW).stats.esp_encrypted, 1);
	frames_put16(&f, 20 + 8 + 4, 13);
	struct decoded d = decode_built(&f, RAW);
	assert_true(payload_is(&d, "hello"));
	assert_int_equal(d.datagram.encapsulation, BIT(NET_TUNNEL_ESP));

	start(&f, IN_ESP);
	frames_esp(&f);
	size_t tcp = frames_tcp(&f, 5060, 5060, 1, 0x18);
	f.depth--; /* it ends before the trailer */
	frames_text(&f, "data");
	frames_esp_trailer(&f, FRAMES_TCP, 2, 12);
	frames_close(&f);
	assert_int_equal(decode_built(&f, RAW).streamed, 4);
	frames_put8(&f, tcp + 12, 0x40); /* shorter than a header */
	assert_int_equal(decode_built(&f, RAW).stats.esp_encrypted, 1);
	frames_put8(&f, tcp + 12, 0x70); /* longer than the contents */
	assert_int_equal(decode_built(&f, RAW).stats.esp_encrypted, 1);
}

static void vxlan(void **state)
{
	(void)state;
	static const uint16_t ports[] = { 4789, 8472 };
	struct frames f;
	for (size_t i = 0; i < 2; i++) {
		start_udp(&f, ports[i]);
		size_t at = frames_vxlan(&f, 42);
		frames_ethernet(&f, FRAMES_VLAN);
		frames_vlan(&f, 5, FRAMES_IPV6);
		put_hello(&f, FRAMES_IPV6);
		assert_inside(&f, RAW, A6, BIT(NET_TUNNEL_VXLAN));
		frames_put8(&f, at, 0); /* the network number is not valid */
		assert_outside(&f);
	}
}

static void geneve(void **state)
{
	(void)state;
	struct frames f;
	for (uint8_t words = 0; words < 64; words += 21) {
		start_udp(&f, 6081);
		size_t at = frames_geneve(&f, 0x6558, words);
		frames_ethernet(&f, FRAMES_IPV4);
		put_hello(&f, FRAMES_IPV4);
		assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_GENEVE));
		start_udp(&f, 6081);
		frames_geneve(&f, FRAMES_IPV6, words);
		put_hello(&f, FRAMES_IPV6);
		assert_inside(&f, RAW, A6, BIT(NET_TUNNEL_GENEVE));
		frames_put8(&f, at, 0x40 | words); /* version 1 */
		assert_outside(&f);
	}
}

static void gtpu(void **state)
{
	(void)state;
	struct frames f;
	for (int extensions = -1; extensions <= 3; extensions++) {
		start_udp(&f, 2152);
		size_t at = frames_gtpu(&f, extensions);
		put_hello(&f, FRAMES_IPV4);
		assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_GTPU));
		frames_put16(&f, 20, 2152); /* from the port */
		frames_put16(&f, 22, 50000);
		assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_GTPU));
		frames_put8(&f, at + 1, 1); /* echo request */
		assert_outside(&f);
		frames_put8(&f, at + 1, 255);
		frames_put8(&f, at, f.bytes[at] & 0xef); /* GTP' */
		assert_outside(&f);
		frames_put8(&f, at, f.bytes[at] | 0x50); /* version 2 */
		assert_outside(&f);
	}
	start_udp(&f, 2152);
	size_t at = frames_gtpu(&f, 1);
	put_hello(&f, FRAMES_IPV4);
	frames_put8(&f, at + 12, 0); /* an extension header of no length */
	assert_outside(&f);
}

static void tzsp(void **state)
{
	(void)state;
	struct frames f;
	start_udp(&f, 37008);
	size_t at = frames_tzsp(&f);
	frames_ethernet(&f, FRAMES_IPV4);
	put_hello(&f, FRAMES_IPV4);
	assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_TZSP));
	frames_put8(&f, at + 1, 4); /* keep-alive */
	assert_outside(&f);
	frames_put8(&f, at + 1, 1);
	assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_TZSP));
	frames_put8(&f, at + 3, 18); /* 802.11 */
	assert_outside(&f);
}

static void l2tp(void **state)
{
	(void)state;
	struct frames f;
	for (unsigned bits = 0; bits < 8; bits++) {
		unsigned length = bits & 1 ? 0x4000 : 0, sequence = bits & 2 ? 0x0800 : 0;
		unsigned offset = bits & 4 ? 0x0200 : 0;
		uint16_t flags = (uint16_t)(length | sequence | offset);
		start_udp(&f, 1701);
		size_t at = frames_l2tp(&f, flags);
		frames_ppp(&f, 0x0021);
		put_hello(&f, FRAMES_IPV4);
		assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_L2TP));
		frames_put8(&f, at, f.bytes[at] | 0x80); /* control */
		assert_outside(&f);
		frames_put8(&f, at, f.bytes[at] & 0x7f);
		frames_put8(&f, at + 1, 3);
		assert_outside(&f);
	}
}

/* A port is only a hint: other bytes, and IP that does not fit, are a datagram. */
static void ports_of_tunnels_with_other_bytes(void **state)
{
	(void)state;
	static const uint16_t ports[] = { 1701, 2152, 4789, 8472, 6081, 6635, 37008 };
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		struct frames f;
		start_udp(&f, ports[i]);
		frames_text(&f, "OPTIONS sip:b@example.com SIP/2.0\r\n"
		                "Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bK1\r\n\r\n");
		frames_close(&f);
		assert_outside(&f);
		start_udp(&f, ports[i]);
		frames_close(&f);
		assert_outside(&f);
	}
	struct frames f;
	start_udp(&f, 2152);
	size_t gtp = frames_gtpu(&f, -1);
	put_hello(&f, FRAMES_IPV4);
	size_t ip = gtp + 8;
	frames_put16(&f, ip + 2, 34); /* the packet has 33 bytes */
	assert_outside(&f);
	frames_put16(&f, ip + 2, 19);
	assert_outside(&f);
	frames_put16(&f, ip + 2, 33);
	frames_put8(&f, ip, 0x44);
	assert_outside(&f);
	frames_put8(&f, ip, 0x55);
	assert_outside(&f);
	frames_put8(&f, ip, 0x45);
	assert_inside(&f, RAW, A4, BIT(NET_TUNNEL_GTPU));
}

/* --- in each other */

typedef void wrapper(struct frames *f);

static void wrap_ip(struct frames *f)
{
	frames_ipv4(f, IN_IP, OUT4, OUT4);
}

static void wrap_gre(struct frames *f)
{
	frames_ipv4(f, IN_GRE, OUT4, OUT4);
	frames_gre(f, 0, FRAMES_IPV4);
}

static void wrap_vxlan(struct frames *f)
{
	frames_ipv4(f, FRAMES_UDP, OUT4, OUT4);
	frames_udp(f, 1, 4789);
	frames_vxlan(f, 1);
	frames_ethernet(f, FRAMES_IPV4);
}

static void wrap_auth(struct frames *f)
{
	frames_ipv4(f, IN_AH, OUT4, OUT4);
	frames_auth(f, IN_IP, 3);
}

static void nested_to_the_limit_and_beyond(void **state)
{
	(void)state;
	static const struct {
		wrapper *wrap;
		unsigned each; /* tunnels in one */
	} cases[] = {
		{ wrap_ip, 1 }, { wrap_gre, 1 }, { wrap_vxlan, 1 }, { wrap_auth, 2 }
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned n = 1; n <= NET_TUNNEL_MAX + 3; n++) {
			struct frames f;
			frames_init(&f);
			for (unsigned k = 0; k < n; k++)
				cases[i].wrap(&f);
			put_hello(&f, FRAMES_IPV4);
			bool fits = n * cases[i].each <= NET_TUNNEL_MAX;
			struct decoded d = decode_built(&f, RAW);
			assert_int_equal(d.stats.datagrams, fits);
			assert_int_equal(d.stats.too_deep, !fits);
			assert_true(stats_add_up(&d.stats));
			if (fits)
				assert_true(payload_is(&d, "hello"));
		}
	}
}

static void one_in_the_other(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_ethernet(&f, FRAMES_VLAN);
	frames_vlan(&f, 5, 0x8847);
	frames_mpls(&f, 16, 1);
	frames_ipv4(&f, IN_GRE, OUT4, OUT4);
	frames_erspan2(&f);
	frames_ethernet(&f, FRAMES_IPV6);
	frames_ipv6(&f, FRAMES_UDP, OUT6, OUT6);
	frames_udp(&f, 1, 6081);
	frames_geneve(&f, 0x6558, 1);
	frames_ethernet(&f, 0x8864);
	frames_pppoe(&f, 0x0057);
	put_hello(&f, FRAMES_IPV6);
	assert_inside(&f, 1, A6,
	              BIT(NET_TUNNEL_MPLS) | BIT(NET_TUNNEL_ERSPAN) |
	                      BIT(NET_TUNNEL_GENEVE) | BIT(NET_TUNNEL_PPPOE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(not_a_tunnel),
		cmocka_unit_test(ip_in_ip),
		cmocka_unit_test(gre_with_all_its_fields),
		cmocka_unit_test(gre_that_is_not_opened),
		cmocka_unit_test(erspan),
		cmocka_unit_test(pptp),
		cmocka_unit_test(mpls),
		cmocka_unit_test(pppoe),
		cmocka_unit_test(authentication_header),
		cmocka_unit_test(esp_with_null_encryption),
		cmocka_unit_test(esp_contents_must_fit),
		cmocka_unit_test(vxlan),
		cmocka_unit_test(geneve),
		cmocka_unit_test(gtpu),
		cmocka_unit_test(tzsp),
		cmocka_unit_test(l2tp),
		cmocka_unit_test(ports_of_tunnels_with_other_bytes),
		cmocka_unit_test(nested_to_the_limit_and_beyond),
		cmocka_unit_test(one_in_the_other),
	};
	return cmocka_run_group_tests_name("net/tunnel", tests, NULL, NULL);
}
