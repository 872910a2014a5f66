/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "hello.h"
#include "support/frames.h"

#define EXPORTED 252
#define A4 "192.0.2.1"
#define B4 "198.51.100.2"
#define A6 "2001:db8::a"
#define B6 "2001:db8:0:1::b"

/* Tags as Wireshark writes them, values padded to four bytes. */
static void put_name(struct frames *f, uint16_t tag, const char *name)
{
	size_t len = strlen(name);
	frames_u16(f, tag);
	frames_u16(f, (uint16_t)((len + 3) / 4 * 4));
	frames_text(f, name);
	while (f->len % 4)
		frames_u8(f, 0);
}

static void put_address(struct frames *f, uint16_t tag, const char *text)
{
	struct net_addr addr = frames_addr(text);
	uint16_t len = addr.family == 6 ? 16 : 4;
	frames_u16(f, tag);
	frames_u16(f, len);
	frames_bytes(f, addr.bytes, len);
}

static void put_number(struct frames *f, uint16_t tag, uint32_t value)
{
	frames_u16(f, tag);
	frames_u16(f, 4);
	frames_u32(f, value);
}

/* All tags that matter, up to the PDU; type is of the ports. */
static void put_tags(struct frames *f, const char *name, const char *src, const char *dst,
                     uint32_t type)
{
	uint16_t tag = strchr(src, ':') ? 22 : 20;
	frames_init(f);
	put_name(f, 12, name);
	put_address(f, tag, src);
	put_address(f, (uint16_t)(tag + 1), dst);
	put_number(f, 24, type);
	put_number(f, 25, 5060);
	put_number(f, 26, 5070);
	put_number(f, 30, 17); /* the original frame's number */
	frames_u32(f, 0);
}

static void assert_pdu(const struct frames *f, const char *src,
                       enum net_transport transport)
{
	struct decoded d = decode_built(f, EXPORTED);
	struct net_addr addr = frames_addr(src);
	assert_true(stats_add_up(&d.stats));
	assert_int_equal(d.datagrams, 1);
	assert_true(payload_is(&d, "hello"));
	assert_memory_equal(&d.datagram.src.addr, &addr, sizeof(addr));
	assert_int_equal(d.datagram.src.port, 5060);
	assert_int_equal(d.datagram.dst.port, 5070);
	assert_int_equal(d.datagram.transport, transport);
	assert_int_equal(d.datagram.ip_id, 0);
	assert_int_equal(d.datagram.wire_len, 5);
	assert_false(d.datagram.truncated);
}

/* Each byte by hand. */
static void as_written(void **state)
{
	(void)state;
	static const unsigned char wire[] = {
		0, 12, 0, 4, 's', 'i', 'p', 0,
		0, 20, 0, 4, 192, 0, 2, 1,
		0, 21, 0, 4, 198, 51, 100, 2,
		0, 24, 0, 4, 0, 0, 0, 3,
		0, 25, 0, 4, 0, 0, 0x13, 0xc4,
		0, 26, 0, 4, 0, 0, 0x13, 0xce,
		0, 30, 0, 4, 0, 0, 0, 1,
		0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'
	};
	struct frames f;
	frames_init(&f);
	frames_bytes(&f, wire, sizeof(wire));
	assert_pdu(&f, A4, NET_UDP);
	assert_int_equal(decode_built(&f, EXPORTED).datagram.dst.addr.bytes[1], 51);
	assert_cuts(&f, EXPORTED);
	assert_damaged(&f, EXPORTED);
}

static void transports(void **state)
{
	(void)state;
	static const struct {
		const char        *name;
		uint32_t           type;
		enum net_transport transport;
	} cases[] = {
		{ "sip", 1, NET_SCTP },      { "sip", 2, NET_TCP },
		{ "sip", 3, NET_UDP },       { "sip", 0, NET_UDP },
		{ "sip.tcp", 0, NET_TCP },   { "sip_udp", 0, NET_UDP },
		{ "raw_sip", 3, NET_UDP },   { "sip.tcp", 3, NET_UDP },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frames f;
		put_tags(&f, cases[i].name, A4, B4, cases[i].type);
		frames_text(&f, "hello");
		assert_pdu(&f, A4, cases[i].transport);
		put_tags(&f, cases[i].name, A6, B6, cases[i].type);
		frames_text(&f, "hello");
		assert_pdu(&f, A6, cases[i].transport);
	}
	struct frames f;
	put_tags(&f, "rtp", A4, B4, 0);
	frames_text(&f, "hello");
	assert_not_ip(&f, EXPORTED);
	put_tags(&f, "sip", A4, B4, 15); /* Bluetooth */
	frames_text(&f, "hello");
	assert_not_ip(&f, EXPORTED);
}

static void heuristic_dissector_and_values_without_padding(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_u16(&f, 13);
	frames_u16(&f, 7);
	frames_text(&f, "sip.tcp");
	frames_u16(&f, 33); /* text of a column */
	frames_u16(&f, 0);
	put_address(&f, 22, A6);
	put_address(&f, 23, B6);
	put_number(&f, 26, 5070);
	put_number(&f, 25, 5060);
	frames_u32(&f, 0);
	frames_text(&f, "hello");
	assert_pdu(&f, A6, NET_TCP);
	assert_cuts(&f, EXPORTED);
	assert_damaged(&f, EXPORTED);
}

static void tags_that_are_missing_or_wrong(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	put_name(&f, 12, "sip");
	put_number(&f, 24, 3);
	size_t end = frames_u32(&f, 0);
	frames_text(&f, "hello");
	assert_not_ip(&f, EXPORTED); /* from nowhere */
	f.len = end;
	put_address(&f, 20, A4);
	put_address(&f, 23, B6);
	frames_u32(&f, 0);
	frames_text(&f, "hello");
	assert_not_ip(&f, EXPORTED); /* of two families */
	f.len = end;
	put_address(&f, 20, A4);
	put_address(&f, 21, B4);
	put_number(&f, 25, 65536 + 5060); /* no port */
	frames_u16(&f, 20);
	frames_u16(&f, 3); /* no address: the first one stays */
	frames_bytes(&f, "\1\2\3", 3);
	frames_u32(&f, 0);
	frames_text(&f, "hello");
	struct decoded d = decode_built(&f, EXPORTED);
	assert_true(payload_is(&d, "hello"));
	assert_int_equal(d.datagram.src.addr.bytes[0], 192);
	assert_int_equal(d.datagram.src.port, 0);
	assert_int_equal(d.datagram.dst.port, 0);

	put_tags(&f, "sip", A4, B4, 3);
	f.len -= 4; /* tags without an end */
	assert_malformed(&f, EXPORTED);
	frames_u32(&f, 0x000cffff);
	frames_text(&f, "sip");
	assert_malformed(&f, EXPORTED);
	put_tags(&f, "sip", A4, B4, 3);
	d = decode_built(&f, EXPORTED); /* an empty PDU is one */
	assert_int_equal(d.datagrams, 1);
	assert_int_equal(d.datagram.payload.len, 0);
}

/* What was inside ESP has its headers yet. */
static void pdus_with_headers(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	put_name(&f, 12, "ip");
	put_address(&f, 20, "203.0.113.1");
	put_address(&f, 21, "203.0.113.2");
	frames_u32(&f, 0);
	put_udp(&f, FRAMES_IPV4);
	assert_hello(&f, EXPORTED, 4);
	assert_int_equal(decode_built(&f, EXPORTED).datagram.src.addr.bytes[0], 192);
	assert_cuts(&f, EXPORTED);
	frames_init(&f);
	put_name(&f, 12, "ipv6");
	frames_u32(&f, 0);
	put_udp(&f, FRAMES_IPV6);
	assert_hello(&f, EXPORTED, 6);

	put_tags(&f, "udp", A4, B4, 0);
	frames_u32(&f, 0x13c513cf); /* not the ports of the tags */
	frames_u32(&f, 0x000d0000);
	frames_text(&f, "hello");
	struct decoded d = decode_built(&f, EXPORTED);
	assert_true(payload_is(&d, "hello"));
	assert_int_equal(d.datagram.src.port, 5061);
	assert_int_equal(d.datagram.dst.port, 5071);
	assert_int_equal(d.datagram.src.addr.bytes[0], 192);
	assert_damaged(&f, EXPORTED);
	frames_init(&f);
	put_name(&f, 12, "udp");
	frames_u32(&f, 0);
	frames_u32(&f, 0x13c513cf);
	frames_u32(&f, 0x00080000);
	assert_not_ip(&f, EXPORTED); /* from nowhere */
	put_tags(&f, "tcp", A6, B6, 0);
	size_t tcp = f.len;
	frames_u32(&f, 0x13c413c4);
	frames_u32(&f, 1);
	frames_u32(&f, 0);
	frames_u32(&f, 0x5018ffff);
	frames_u32(&f, 0);
	assert_int_equal(f.len - tcp, 20);
	frames_text(&f, "data");
	assert_int_equal(decode_built(&f, EXPORTED).streamed, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_written),
		cmocka_unit_test(transports),
		cmocka_unit_test(heuristic_dissector_and_values_without_padding),
		cmocka_unit_test(tags_that_are_missing_or_wrong),
		cmocka_unit_test(pdus_with_headers),
	};
	return cmocka_run_group_tests_name("net/exported", tests, NULL, NULL);
}
