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
#define A4 "192.0.2.1"
#define B4 "198.51.100.2"
#define A6 "2001:db8::a"
#define B6 "2001:db8:0:1::b"
#define HELLO "hello, world" /* 12 bytes */

/* Where things are in a raw IPv4 UDP packet without options. */
#define AT_TOTAL    2
#define AT_FRAGMENT 6
#define AT_UDP_LEN  24

static void put_hello(struct frames *f)
{
	frames_udp(f, 5060, 5070);
	frames_text(f, HELLO);
	frames_close(f);
}

static void hello_ipv4(struct frames *f)
{
	frames_init(f);
	frames_ipv4(f, FRAMES_UDP, A4, B4);
	put_hello(f);
}

static void hello_ipv6(struct frames *f)
{
	frames_init(f);
	frames_ipv6(f, FRAMES_UDP, A6, B6);
	put_hello(f);
}

static void assert_hello(const struct frames *f)
{
	struct decoded d = decode_built(f, RAW);
	assert_true(payload_is(&d, HELLO));
	assert_int_equal(d.datagram.wire_len, 12);
	assert_false(d.datagram.truncated);
	assert_true(stats_add_up(&d.stats));
}

static void assert_malformed(const struct frames *f)
{
	struct decoded d = decode_built(f, RAW);
	assert_int_equal(d.stats.malformed_packets, 1);
	assert_true(stats_add_up(&d.stats));
}

/* ---- IPv4 */

static void ipv4_fields(void **state)
{
	(void)state;
	struct frames f;
	hello_ipv4(&f);
	assert_hello(&f);
	struct decoded d = decode_built(&f, RAW);
	struct net_addr src = frames_addr(A4), dst = frames_addr(B4);
	assert_memory_equal(&d.datagram.src.addr, &src, sizeof(src));
	assert_memory_equal(&d.datagram.dst.addr, &dst, sizeof(dst));
	assert_int_equal(d.datagram.src.port, 5060);
	assert_int_equal(d.datagram.dst.port, 5070);
	assert_int_equal(d.datagram.ip_id, 0x1234);
	assert_int_equal(d.datagram.transport, NET_UDP);
}

static void ipv4_options_of_every_length(void **state)
{
	(void)state;
	unsigned char nops[40];
	memset(nops, 1, sizeof(nops));
	for (size_t len = 0; len <= sizeof(nops); len += 4) {
		struct frames f;
		frames_init(&f);
		frames_ipv4_options(&f, FRAMES_UDP, A4, B4, nops, len);
		put_hello(&f);
		assert_hello(&f);
	}
}

static void ipv4_header_shorter_than_a_header(void **state)
{
	(void)state;
	for (uint8_t words = 0; words < 5; words++) {
		struct frames f;
		hello_ipv4(&f);
		frames_put8(&f, 0, (uint8_t)(0x40 | words));
		assert_malformed(&f);
	}
}

static void ipv4_header_longer_than_the_packet(void **state)
{
	(void)state;
	struct frames f;
	hello_ipv4(&f); /* 40 bytes in all */
	frames_put8(&f, 0, 0x4f);
	assert_malformed(&f);
}

static void ipv4_total_length_shorter_than_the_header(void **state)
{
	(void)state;
	for (uint16_t total = 1; total < 20; total++) {
		struct frames f;
		hello_ipv4(&f);
		frames_put16(&f, AT_TOTAL, total);
		assert_malformed(&f);
	}
	struct frames f; /* with options, too */
	frames_init(&f);
	frames_ipv4_options(&f, FRAMES_UDP, A4, B4, "\1\1\1\1", 4);
	put_hello(&f);
	frames_put16(&f, AT_TOTAL, 23);
	assert_malformed(&f);
}

static void ipv4_total_length_without_a_udp_header(void **state)
{
	(void)state;
	for (uint16_t total = 20; total < 28; total++) {
		struct frames f;
		hello_ipv4(&f);
		frames_put16(&f, AT_TOTAL, total);
		assert_malformed(&f);
	}
}

static void ipv4_total_length_zero_goes_to_the_end(void **state)
{
	(void)state;
	struct frames f;
	hello_ipv4(&f);
	frames_put16(&f, AT_TOTAL, 0);
	assert_hello(&f);

	/* Neither length says anything: what is on the wire is promised. */
	frames_put16(&f, AT_UDP_LEN, 0);
	struct frame frame = frames_frame(&f, RAW);
	frame.bytes.len -= 2;
	struct decoded d = decode(&frame);
	assert_int_equal(d.datagram.payload.len, 10);
	assert_int_equal(d.datagram.wire_len, 12);
	assert_true(d.datagram.truncated);
}

static void ipv4_total_length_past_the_end_is_truncation(void **state)
{
	(void)state;
	struct frames f;
	hello_ipv4(&f);
	frames_put16(&f, AT_TOTAL, 140);
	frames_put16(&f, AT_UDP_LEN, 120);
	struct decoded d = decode_built(&f, RAW);
	assert_true(payload_is(&d, HELLO));
	assert_int_equal(d.datagram.wire_len, 112);
	assert_true(d.datagram.truncated);
}

static void padding_is_cut_off(void **state)
{
	(void)state;
	static const unsigned char padding[18] = { 0xaa, 0xaa, 0xaa };
	struct frames f;
	hello_ipv4(&f);
	frames_bytes(&f, padding, sizeof(padding));
	assert_hello(&f);
	hello_ipv6(&f);
	frames_bytes(&f, padding, sizeof(padding));
	assert_hello(&f);

	/* ... also where the UDP length says nothing. */
	hello_ipv4(&f);
	frames_put16(&f, AT_UDP_LEN, 0);
	frames_bytes(&f, padding, sizeof(padding));
	assert_hello(&f);
}

static void padding_that_was_not_captured_is_no_truncation(void **state)
{
	(void)state;
	struct frames f;
	hello_ipv4(&f);
	struct frame frame = frames_frame(&f, RAW);
	frame.wire_len += 6;
	struct decoded d = decode(&frame);
	assert_true(payload_is(&d, HELLO));
	assert_false(d.datagram.truncated);
	assert_int_equal(d.stats.truncated_packets, 1);
}

static void ipv4_fragments_are_counted(void **state)
{
	(void)state;
	static const struct {
		uint16_t field;
		bool     fragment;
	} cases[] = {
		{ 0x0000, false },
		{ 0x4000, false }, /* do not fragment */
		{ 0x8000, false }, /* reserved */
		{ 0xc000, false },
		{ 0x2000, true },  /* the first */
		{ 0x6000, true },
		{ 0x2001, true },  /* one between */
		{ 0x0001, true },  /* the last */
		{ 0x1ffc, true },  /* the last that can be: to byte 65535 */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frames f;
		hello_ipv4(&f);
		frames_text(&f, "1234"); /* 24 bytes of payload, and so three units */
		frames_put16(&f, AT_TOTAL, 44);
		frames_put16(&f, AT_UDP_LEN, 20);
		frames_put16(&f, AT_FRAGMENT, cases[i].field);
		struct decoded d = decode_built(&f, RAW);
		assert_int_equal(d.stats.fragments, cases[i].fragment);
		assert_int_equal(d.stats.datagrams, !cases[i].fragment);
		assert_true(stats_add_up(&d.stats));
	}
}

static void no_other_ip_version(void **state)
{
	(void)state;
	for (unsigned version = 0; version < 16; version++) {
		struct frames f;
		hello_ipv4(&f);
		frames_put8(&f, 0, (uint8_t)(version << 4 | 5));
		if (version != 4)
			assert_malformed(&f);
	}
}

/* ---- IPv6 */

static void ipv6_fields(void **state)
{
	(void)state;
	struct frames f;
	hello_ipv6(&f);
	assert_hello(&f);
	struct decoded d = decode_built(&f, RAW);
	struct net_addr src = frames_addr(A6), dst = frames_addr(B6);
	assert_memory_equal(&d.datagram.src.addr, &src, sizeof(src));
	assert_memory_equal(&d.datagram.dst.addr, &dst, sizeof(dst));
	assert_int_equal(d.datagram.src.port, 5060);
	assert_int_equal(d.datagram.dst.port, 5070);
	assert_int_equal(d.datagram.ip_id, 0);
}

static void ipv6_each_extension_header(void **state)
{
	(void)state;
	static const uint8_t types[] = { 0, 43, 60, 135 };
	static const uint8_t extras[] = { 0, 1, 31, 32, 255 };
	for (size_t i = 0; i < sizeof(types); i++) {
		for (size_t j = 0; j < sizeof(extras); j++) {
			struct frames f;
			frames_init(&f);
			frames_ipv6(&f, types[i], A6, B6);
			frames_extension(&f, FRAMES_UDP, extras[j]);
			put_hello(&f);
			assert_hello(&f);
		}
	}
}

static void ipv6_authentication_header(void **state)
{
	(void)state;
	for (size_t words = 0; words <= 4; words++) {
		struct frames f;
		frames_init(&f);
		frames_ipv6(&f, 51, A6, B6);
		size_t at = frames_auth(&f, FRAMES_UDP, words);
		/* RFC 4302 2.2: with a 96-bit check value the field says 4. */
		if (words == 3)
			assert_int_equal(f.bytes[at + 1], 4);
		put_hello(&f);
		assert_hello(&f);
	}
}

static void ipv6_chain_in_the_recommended_order(void **state)
{
	(void)state;
	struct frames f; /* RFC 8200 4.1 */
	frames_init(&f);
	frames_ipv6(&f, 0, A6, B6);
	frames_extension(&f, 60, 0);
	frames_extension(&f, 43, 1);
	frames_extension(&f, 44, 2);
	frames_fragment(&f, 51, 0, 0);
	frames_auth(&f, 60, 3);
	frames_extension(&f, FRAMES_UDP, 0);
	put_hello(&f);
	assert_hello(&f);
}

static void ipv6_as_many_extension_headers_as_we_take(void **state)
{
	(void)state;
	for (unsigned n = NET_IPV6_EXT_MAX - 1; n <= NET_IPV6_EXT_MAX + 1; n++) {
		struct frames f;
		frames_init(&f);
		frames_ipv6(&f, 60, A6, B6);
		for (unsigned i = 1; i <= n; i++)
			frames_extension(&f, i < n ? 60 : FRAMES_UDP, 0);
		put_hello(&f);
		struct decoded d = decode_built(&f, RAW);
		assert_int_equal(d.stats.datagrams, n <= NET_IPV6_EXT_MAX);
		assert_int_equal(d.stats.too_deep, n > NET_IPV6_EXT_MAX);
		assert_true(stats_add_up(&d.stats));
	}
}

static void ipv6_atomic_fragment_is_whole(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_ipv6(&f, 44, A6, B6);
	size_t at = frames_fragment(&f, FRAMES_UDP, 0, 0);
	put_hello(&f);
	assert_hello(&f);
	frames_put16(&f, at + 2, 0x0006); /* the reserved bits say nothing */
	assert_hello(&f);
	frames_put8(&f, at + 1, 9); /* nor does the reserved byte */
	assert_hello(&f);
}

static void ipv6_fragments_are_counted(void **state)
{
	(void)state;
	static const struct {
		uint16_t offset;
		int      more;
	} cases[] = { { 0, 1 }, { 8, 0 }, { 8, 1 }, { 1448, 1 }, { 0xffe0, 0 } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frames f;
		frames_init(&f);
		frames_ipv6(&f, 44, A6, B6);
		frames_fragment(&f, FRAMES_UDP, cases[i].offset, cases[i].more);
		frames_udp(&f, 5060, 5070);
		frames_text(&f, HELLO "1234"); /* 24 bytes of payload: three units */
		frames_close(&f);
		struct decoded d = decode_built(&f, RAW);
		assert_int_equal(d.stats.fragments, 1);
		assert_true(stats_add_up(&d.stats));
	}
}

static void ipv6_payload_length_zero_goes_to_the_end(void **state)
{
	(void)state;
	struct frames f;
	hello_ipv6(&f);
	frames_put16(&f, 4, 0);
	assert_hello(&f);
	frames_put16(&f, 44, 0); /* the UDP length, as in a jumbogram */
	assert_hello(&f);
}

static void ipv6_payload_length_past_the_end_is_truncation(void **state)
{
	(void)state;
	struct frames f;
	hello_ipv6(&f);
	frames_put16(&f, 4, 8 + 12 + 5);
	frames_put16(&f, 44, 8 + 12 + 5);
	struct decoded d = decode_built(&f, RAW);
	assert_true(payload_is(&d, HELLO));
	assert_int_equal(d.datagram.wire_len, 17);
	assert_true(d.datagram.truncated);
}

static void ipv6_extension_header_past_the_payload(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_ipv6(&f, 60, A6, B6);
	size_t at = frames_extension(&f, FRAMES_UDP, 0);
	put_hello(&f);
	frames_put8(&f, at + 1, 4); /* 40 bytes; there are 28 */
	assert_malformed(&f);
}

/* ---- UDP */

static void udp_length_that_cannot_be_right(void **state)
{
	(void)state;
	for (uint16_t len = 0; len < 8; len++) {
		struct frames f;
		hello_ipv4(&f);
		frames_put16(&f, AT_UDP_LEN, len);
		assert_hello(&f);
	}
}

static void udp_length_shorter_than_ip_says(void **state)
{
	(void)state;
	struct frames f;
	hello_ipv4(&f);
	frames_put16(&f, AT_UDP_LEN, 8 + 5);
	struct decoded d = decode_built(&f, RAW);
	assert_true(payload_is(&d, "hello"));
	assert_int_equal(d.datagram.wire_len, 5);
	assert_false(d.datagram.truncated);

	frames_put16(&f, AT_UDP_LEN, 8);
	d = decode_built(&f, RAW);
	assert_true(payload_is(&d, ""));
	assert_int_equal(d.datagram.wire_len, 0);
	assert_false(d.datagram.truncated);
}

static void udp_length_longer_than_ip_says(void **state)
{
	(void)state;
	struct frames f;
	hello_ipv4(&f);
	frames_put16(&f, AT_UDP_LEN, 8 + 13);
	frames_text(&f, "padding");
	struct decoded d = decode_built(&f, RAW);
	assert_true(payload_is(&d, HELLO));
	assert_int_equal(d.datagram.wire_len, 13);
	assert_true(d.datagram.truncated);
}

static void udp_without_payload(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_ipv4(&f, FRAMES_UDP, A4, B4);
	frames_udp(&f, 5060, 5060);
	frames_close(&f);
	struct decoded d = decode_built(&f, RAW);
	assert_int_equal(d.datagrams, 1);
	assert_int_equal(d.datagram.payload.len, 0);
	assert_int_equal(d.datagram.wire_len, 0);
	assert_false(d.datagram.truncated);
}

static void snapped_payload_is_truncated(void **state)
{
	(void)state;
	struct frames f;
	hello_ipv4(&f);
	for (size_t lost = 1; lost <= 12; lost++) {
		struct frame frame = frames_frame(&f, RAW);
		frame.bytes.len -= lost;
		struct decoded d = decode(&frame);
		assert_int_equal(d.datagrams, 1);
		assert_int_equal(d.datagram.payload.len, 12 - lost);
		assert_int_equal(d.datagram.wire_len, 12);
		assert_true(d.datagram.truncated);
		assert_int_equal(d.stats.truncated_packets, 1);
	}
}

/* ---- what is not opened */

static void tcp_with_and_without_data(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_ipv4(&f, FRAMES_TCP, A4, B4);
	size_t tcp = frames_tcp(&f, 5060, 40000, 1, 0x10);
	frames_close(&f);
	assert_int_equal(decode_built(&f, RAW).stats.tcp_empty, 1);
	frames_bytes(&f, "\0\0\0\0\0", 6); /* padding of a short Ethernet frame */
	assert_int_equal(decode_built(&f, RAW).stats.tcp_empty, 1);
	for (uint8_t bit = 1; bit <= 4; bit = (uint8_t)(bit << 1)) { /* FIN, SYN, RST */
		frames_put8(&f, tcp + 13, bit);
		assert_int_equal(decode_built(&f, RAW).stats.tcp_segments, 1);
	}

	frames_init(&f);
	frames_ipv4(&f, FRAMES_TCP, A4, B4);
	frames_tcp(&f, 5060, 40000, 1, 0x18);
	frames_text(&f, "data");
	frames_close(&f);
	struct decoded d = decode_built(&f, RAW);
	assert_int_equal(d.stats.tcp_segments, 1);
	assert_int_equal(d.streamed, 4);
	frames_put8(&f, tcp + 12, 0x60); /* the data are options now */
	assert_int_equal(decode_built(&f, RAW).stats.tcp_empty, 1);
	frames_put8(&f, tcp + 12, 0x70); /* longer than the segment */
	assert_malformed(&f);
	frames_put8(&f, tcp + 12, 0x40); /* shorter than a header */
	assert_malformed(&f);

	frames_put8(&f, tcp + 12, 0x50); /* data that were not captured are data */
	struct frame frame = frames_frame(&f, RAW);
	frame.bytes.len -= 4;
	assert_int_equal(decode(&frame).stats.tcp_segments, 1);
}

static struct net_stats stats_of_protocol(uint8_t protocol, bool ipv6)
{
	struct frames f;
	frames_init(&f);
	if (ipv6)
		frames_ipv6(&f, protocol, A6, B6);
	else
		frames_ipv4(&f, protocol, A4, B4);
	frames_text(&f, "INVITE sip:b@example.com SIP/2.0\r\n");
	frames_close(&f);
	struct decoded d = decode_built(&f, RAW);
	assert_true(stats_add_up(&d.stats));
	return d.stats;
}

static void each_protocol_under_its_counter(void **state)
{
	(void)state;
	static const uint8_t others[] = { 1, 2, 58, 59, 89, 103, 112, 255 };
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		for (size_t i = 0; i < sizeof(others); i++) {
			struct net_stats s = stats_of_protocol(others[i], ipv6);
			assert_int_equal(s.other_protocols, 1);
		}
		assert_int_equal(stats_of_protocol(132, ipv6).sctp_packets, 1);
		assert_int_equal(stats_of_protocol(50, ipv6).esp_encrypted, 1);
	}
	/* Extension headers are none behind IPv4. */
	assert_int_equal(stats_of_protocol(0, false).other_protocols, 1);
	assert_int_equal(stats_of_protocol(44, false).other_protocols, 1);
}

static void icmp_error_quotes_and_carries_nothing(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	frames_ipv4(&f, 1, B4, A4);
	frames_u32(&f, 0x03030000); /* port unreachable */
	frames_u32(&f, 0);
	frames_ipv4(&f, FRAMES_UDP, A4, B4);
	frames_udp(&f, 5060, 5060);
	frames_text(&f, "BYE sip:b@example.com SIP/2.0\r\n");
	frames_close(&f);
	struct decoded d = decode_built(&f, RAW);
	assert_int_equal(d.datagrams, 0);
	assert_int_equal(d.stats.icmp_errors, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_fields),
		cmocka_unit_test(ipv4_options_of_every_length),
		cmocka_unit_test(ipv4_header_shorter_than_a_header),
		cmocka_unit_test(ipv4_header_longer_than_the_packet),
		cmocka_unit_test(ipv4_total_length_shorter_than_the_header),
		cmocka_unit_test(ipv4_total_length_without_a_udp_header),
		cmocka_unit_test(ipv4_total_length_zero_goes_to_the_end),
		cmocka_unit_test(ipv4_total_length_past_the_end_is_truncation),
		cmocka_unit_test(padding_is_cut_off),
		cmocka_unit_test(padding_that_was_not_captured_is_no_truncation),
		cmocka_unit_test(ipv4_fragments_are_counted),
		cmocka_unit_test(no_other_ip_version),
		cmocka_unit_test(ipv6_fields),
		cmocka_unit_test(ipv6_each_extension_header),
		cmocka_unit_test(ipv6_authentication_header),
		cmocka_unit_test(ipv6_chain_in_the_recommended_order),
		cmocka_unit_test(ipv6_as_many_extension_headers_as_we_take),
		cmocka_unit_test(ipv6_atomic_fragment_is_whole),
		cmocka_unit_test(ipv6_fragments_are_counted),
		cmocka_unit_test(ipv6_payload_length_zero_goes_to_the_end),
		cmocka_unit_test(ipv6_payload_length_past_the_end_is_truncation),
		cmocka_unit_test(ipv6_extension_header_past_the_payload),
		cmocka_unit_test(udp_length_that_cannot_be_right),
		cmocka_unit_test(udp_length_shorter_than_ip_says),
		cmocka_unit_test(udp_length_longer_than_ip_says),
		cmocka_unit_test(udp_without_payload),
		cmocka_unit_test(snapped_payload_is_truncated),
		cmocka_unit_test(tcp_with_and_without_data),
		cmocka_unit_test(each_protocol_under_its_counter),
		cmocka_unit_test(icmp_error_quotes_and_carries_nothing),
	};
	return cmocka_run_group_tests_name("net/ip", tests, NULL, NULL);
}
