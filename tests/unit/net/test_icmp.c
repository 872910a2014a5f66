/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "net/icmp.h"
#include "net/limits.h"
#include "support/frames.h"
#include "support/guard.h"

#define A4 "192.0.2.1"
#define B4 "198.51.100.2"
#define A6 "2001:db8::a"
#define B6 "2001:db8:0:1::b"

/* The message itself, and where the quoted packet begins in it. */
#define QUOTE 8U

static void start(struct frames *f, uint8_t type, uint8_t code)
{
	frames_init(f);
	frames_u8(f, type);
	frames_u8(f, code);
	frames_u16(f, 0); /* checksum: not looked at */
	frames_u32(f, 0);
}

/* Append the UDP packet that failed; close the frame. */
static void quote_udp(struct frames *f, uint8_t family)
{
	if (family == 6)
		frames_ipv6(f, FRAMES_UDP, A6, B6);
	else
		frames_ipv4(f, FRAMES_UDP, A4, B4);
	frames_udp(f, 5060, 5070);
	frames_text(f, "OPTIONS sip:b");
	frames_close(f);
}

static enum err parse(struct net_icmp *out, uint8_t family, const struct frames *f)
{
	return icmp_parse(out, family, (struct slice){ (const char *)f->bytes, f->len });
}

static void assert_none(uint8_t family, const struct frames *f)
{
	struct net_icmp icmp, before;
	memset(&icmp, 0xa5, sizeof(icmp));
	memcpy(&before, &icmp, sizeof(icmp));
	assert_int_equal(parse(&icmp, family, f), ERR_FORMAT);
	assert_memory_equal(&icmp, &before, sizeof(icmp));
}

static void assert_payload(const struct net_icmp *icmp, const char *text)
{
	assert_int_equal(icmp->payload.len, strlen(text));
	if (*text)
		assert_memory_equal(icmp->payload.p, text, strlen(text));
}

/* The quoted packet's ends are those of quote_udp, and its payload is text. */
static void assert_quoted(const struct frames *f, uint8_t family,
                          enum net_transport transport, const char *text)
{
	struct net_icmp icmp;
	struct net_addr src = frames_addr(family == 6 ? A6 : A4);
	struct net_addr dst = frames_addr(family == 6 ? B6 : B4);
	assert_int_equal(parse(&icmp, family, f), OK);
	assert_int_equal(icmp.family, family);
	assert_int_equal(icmp.transport, transport);
	assert_memory_equal(&icmp.src.addr, &src, sizeof(src));
	assert_memory_equal(&icmp.dst.addr, &dst, sizeof(dst));
	assert_int_equal(icmp.src.port, 5060);
	assert_int_equal(icmp.dst.port, 5070);
	assert_int_equal(icmp.ip_id, family == 6 ? 0 : 0x1234);
	assert_payload(&icmp, text);
}

static bool is_error(uint8_t family, unsigned type)
{
	if (family == 4)
		return type == 3 || type == 4 || type == 11 || type == 12;
	return type >= 1 && type <= 4;
}

static void every_type_and_code(void **state)
{
	(void)state;
	for (uint8_t family = 4; family <= 6; family += 2) {
		for (unsigned type = 0; type < 256; type++) {
			struct frames f;
			start(&f, (uint8_t)type, (uint8_t)(type ^ 0x55));
			quote_udp(&f, family);
			if (!is_error(family, type)) {
				assert_none(family, &f);
				continue;
			}
			assert_quoted(&f, family, NET_UDP, "OPTIONS sip:b");
			struct net_icmp icmp;
			assert_int_equal(parse(&icmp, family, &f), OK);
			assert_int_equal(icmp.type, type);
			assert_int_equal(icmp.code, type ^ 0x55);
			assert_int_equal(icmp.at, 0);
			assert_int_equal(icmp.frame, 0);
			assert_int_equal(icmp.from.family, 0);
			assert_none(family == 4 ? 6 : 4, &f);
			assert_none(0, &f);
		}
	}
}

/* Port unreachable, which a kernel sent when nobody listened any more: the BYE that it
 * quotes, cut behind the request URI. */
static void as_captured(void **state)
{
	(void)state;
	static const unsigned char wire[] = {
		0x03, 0x03, 0x17, 0x81, 0x00, 0x00, 0x00, 0x00, 0x45, 0x00, 0x01, 0x57,
		0xbe, 0xc1, 0x40, 0x00, 0x3f, 0x11, 0x62, 0xa5, 0x0a, 0x0a, 0x01, 0x0e,
		0x0a, 0x0a, 0x04, 0x0e, 0x13, 0xc4, 0x13, 0xc4, 0x01, 0x43, 0x02, 0xf2,
		'B', 'Y', 'E', ' ', 's', 'i', 'p', ':', 'b', 'o', 'b', '@', '1', '0', '.',
		'1', '0', '.', '4', '.', '1', '4', ':', '5', '0', '6', '0'
	};
	const struct net_addr src = { 4, { 10, 10, 1, 14 } };
	const struct net_addr dst = { 4, { 10, 10, 4, 14 } };
	struct net_icmp icmp;
	struct slice message = { (const char *)wire, sizeof(wire) };
	assert_int_equal(icmp_parse(&icmp, 4, message), OK);
	assert_string_equal(net_icmp_text(4, icmp.type, icmp.code), "port unreachable");
	assert_int_equal(icmp.transport, NET_UDP);
	assert_int_equal(icmp.ip_id, 0xbec1);
	assert_memory_equal(&icmp.src.addr, &src, sizeof(src));
	assert_memory_equal(&icmp.dst.addr, &dst, sizeof(dst));
	assert_int_equal(icmp.src.port, 5060);
	assert_int_equal(icmp.dst.port, 5060);
	assert_payload(&icmp, "BYE sip:bob@10.10.4.14:5060");
}

static void options_and_extension_headers(void **state)
{
	(void)state;
	struct frames f;
	start(&f, 3, 3);
	frames_ipv4_options(&f, FRAMES_UDP, A4, B4, "\x94\4\0\0", 4);
	frames_udp(&f, 5060, 5070);
	frames_text(&f, "hello");
	frames_close(&f);
	assert_quoted(&f, 4, NET_UDP, "hello");

	start(&f, 1, 4);
	frames_ipv6(&f, 0, A6, B6);
	frames_extension(&f, 43, 0);
	frames_extension(&f, 44, 2);
	frames_fragment(&f, 60, 0, 1);
	frames_extension(&f, 135, 1);
	frames_extension(&f, 51, 0);
	frames_auth(&f, FRAMES_UDP, 3);
	frames_udp(&f, 5060, 5070);
	frames_text(&f, "hello");
	frames_close(&f);
	assert_quoted(&f, 6, NET_UDP, "hello");

	for (unsigned n = NET_IPV6_EXT_MAX; n <= NET_IPV6_EXT_MAX + 1; n++) {
		start(&f, 1, 4);
		frames_ipv6(&f, 60, A6, B6);
		for (unsigned i = 1; i <= n; i++)
			frames_extension(&f, i < n ? 60 : FRAMES_UDP, 0);
		frames_udp(&f, 5060, 5070);
		frames_text(&f, "hello");
		frames_close(&f);
		if (n == NET_IPV6_EXT_MAX)
			assert_quoted(&f, 6, NET_UDP, "hello");
		else
			assert_none(6, &f);
	}
}

static void fragments(void **state)
{
	(void)state;
	struct frames f;
	start(&f, 11, 1);
	quote_udp(&f, 4);
	frames_put16(&f, QUOTE + 6, 0x2000); /* the first one */
	assert_quoted(&f, 4, NET_UDP, "OPTIONS sip:b");
	frames_put16(&f, QUOTE + 6, 0x4000); /* not to be fragmented */
	assert_quoted(&f, 4, NET_UDP, "OPTIONS sip:b");
	frames_put16(&f, QUOTE + 6, 0x2001);
	assert_none(4, &f);
	frames_put16(&f, QUOTE + 6, 0x1fff);
	assert_none(4, &f);
	start(&f, 3, 1);
	frames_ipv6(&f, 44, A6, B6);
	size_t at = frames_fragment(&f, FRAMES_UDP, 0, 1);
	frames_udp(&f, 5060, 5070);
	frames_text(&f, "hello");
	frames_close(&f);
	assert_quoted(&f, 6, NET_UDP, "hello");
	frames_put16(&f, at + 2, 8);
	assert_none(6, &f);
}

static void tcp(void **state)
{
	(void)state;
	struct frames f;
	start(&f, 3, 4);
	frames_put16(&f, 6, 1400); /* MTU, RFC 1191 4 */
	frames_ipv4(&f, FRAMES_TCP, A4, B4);
	size_t at = frames_tcp(&f, 5060, 5070, 1, 0x18);
	frames_text(&f, "optsINVITE");
	frames_close(&f);
	assert_quoted(&f, 4, NET_TCP, "optsINVITE");
	frames_put8(&f, at + 12, 0x60);
	assert_quoted(&f, 4, NET_TCP, "INVITE");
	frames_put8(&f, at + 12, 0xf0); /* more than there is */
	assert_quoted(&f, 4, NET_TCP, "");
	frames_put8(&f, at + 12, 0x10); /* less than there must be */
	assert_quoted(&f, 4, NET_TCP, "optsINVITE");
	f.len = at + 8; /* RFC 792: no more is quoted */
	assert_quoted(&f, 4, NET_TCP, "");
	f.len = at + 4;
	assert_quoted(&f, 4, NET_TCP, "");
	f.len = at + 3;
	assert_none(4, &f);
}

static void sctp(void **state)
{
	(void)state;
	struct frames f;
	start(&f, 2, 0);
	frames_ipv6(&f, 132, A6, B6);
	frames_u32(&f, 0x13c413ce);
	frames_u32(&f, 0xdeadbeef); /* verification tag */
	frames_u32(&f, 0xcafecafe); /* checksum */
	frames_text(&f, "chunk");
	frames_close(&f);
	assert_quoted(&f, 6, NET_SCTP, "chunk");
}

static void what_else_is_quoted(void **state)
{
	(void)state;
	static const uint8_t protocols[] = { 0, 1, 2, 4, 41, 47, 50, 51, 58, 136 };
	struct frames f;
	for (size_t i = 0; i < sizeof(protocols); i++) {
		start(&f, 3, 1);
		quote_udp(&f, 4);
		frames_put8(&f, QUOTE + 9, protocols[i]);
		assert_none(4, &f);
	}
	start(&f, 3, 3);
	quote_udp(&f, 4);
	frames_put8(&f, QUOTE, 0x44);
	assert_none(4, &f);
	frames_put8(&f, QUOTE, 0x65);
	assert_none(4, &f);
	start(&f, 1, 4);
	quote_udp(&f, 6);
	frames_put8(&f, QUOTE, 0x40);
	assert_none(6, &f);
}

/* Lengths bound the payload; those that cannot be right do not lose it. */
static void lengths(void **state)
{
	(void)state;
	struct frames f;
	start(&f, 3, 3);
	quote_udp(&f, 4);
	frames_text(&f, "behind");
	assert_quoted(&f, 4, NET_UDP, "OPTIONS sip:b");
	frames_put16(&f, QUOTE + 2, 20 + 8 + 7);
	assert_quoted(&f, 4, NET_UDP, "OPTIONS");
	frames_put16(&f, QUOTE + 2, 19);
	assert_quoted(&f, 4, NET_UDP, "OPTIONS sip:b");
	frames_put16(&f, QUOTE + 20 + 4, 7);
	assert_quoted(&f, 4, NET_UDP, "OPTIONS sip:bbehind");
	frames_put16(&f, QUOTE + 20 + 4, 8);
	assert_quoted(&f, 4, NET_UDP, "");
	start(&f, 1, 4);
	quote_udp(&f, 6);
	frames_put16(&f, QUOTE + 4, 8 + 7);
	assert_quoted(&f, 6, NET_UDP, "OPTIONS");
	frames_put16(&f, QUOTE + 4, 0);
	assert_quoted(&f, 6, NET_UDP, "OPTIONS sip:b");
}

/* The quoted packet is cut at 128 bytes there, and something else follows. */
static void extensions_are_not_payload(void **state)
{
	(void)state;
	for (uint8_t family = 4; family <= 6; family += 2) {
		size_t headers = family == 4 ? 28 : 48;
		struct frames f;
		start(&f, family == 4 ? 11 : 3, 0);
		if (family == 4)
			frames_ipv4(&f, FRAMES_UDP, A4, B4);
		else
			frames_ipv6(&f, FRAMES_UDP, A6, B6);
		frames_udp(&f, 5060, 5070);
		while (f.len < 300)
			frames_u8(&f, 'x');
		frames_close(&f);
		struct net_icmp icmp;
		assert_int_equal(parse(&icmp, family, &f), OK);
		assert_int_equal(icmp.payload.len, 300 - QUOTE - headers);
		if (family == 4)
			frames_put8(&f, 5, 32); /* in units of 4 bytes */
		else
			frames_put8(&f, 4, 16); /* in units of 8 */
		assert_int_equal(parse(&icmp, family, &f), OK);
		assert_int_equal(icmp.payload.len, 128 - headers);
		frames_put8(&f, family == 4 ? 5 : 4, 1); /* that is no such length */
		assert_int_equal(parse(&icmp, family, &f), OK);
		assert_int_equal(icmp.payload.len, 300 - QUOTE - headers);
	}
}

static void check_any(uint8_t family, struct slice message)
{
	struct net_icmp icmp;
	if (icmp_parse(&icmp, family, message) != OK)
		return;
	assert_int_equal(icmp.src.addr.family, family);
	assert_int_equal(icmp.dst.addr.family, family);
	assert_true(icmp.transport == NET_UDP || icmp.transport == NET_TCP ||
	            icmp.transport == NET_SCTP);
	if (icmp.payload.len) {
		assert_true(icmp.payload.p >= message.p);
		assert_true(icmp.payload.p + icmp.payload.len <= message.p + message.len);
	}
}

static void cut_at_every_length(void **state)
{
	(void)state;
	for (uint8_t family = 4; family <= 6; family += 2) {
		struct frames f;
		start(&f, family == 4 ? 3 : 1, 4);
		quote_udp(&f, family);
		size_t ports = QUOTE + (family == 4 ? 20 : 40) + 4;
		for (size_t cut = 0; cut <= f.len; cut++) {
			char *end = guard_copy(f.bytes, cut);
			char *front = guard_copy_front(f.bytes, cut);
			struct net_icmp icmp;
			enum err err = icmp_parse(&icmp, family,
			                          (struct slice){ end, cut });
			assert_int_equal(err, cut >= ports ? OK : ERR_FORMAT);
			if (err == OK) {
				size_t len = cut > ports + 4 ? cut - ports - 4 : 0;
				assert_int_equal(icmp.payload.len, len);
			}
			check_any(family, (struct slice){ front, cut });
			guard_free(end);
			guard_free(front);
		}
	}
}

static void every_bit_flipped(void **state)
{
	(void)state;
	for (uint8_t family = 4; family <= 6; family += 2) {
		struct frames f;
		start(&f, family == 4 ? 3 : 1, 4);
		if (family == 6) {
			frames_ipv6(&f, 0, A6, B6);
			frames_extension(&f, 44, 0);
			frames_fragment(&f, 51, 0, 1);
			frames_auth(&f, FRAMES_TCP, 3);
		} else {
			frames_ipv4(&f, FRAMES_TCP, A4, B4);
		}
		frames_tcp(&f, 5060, 5070, 1, 0x18);
		frames_text(&f, "hello");
		frames_close(&f);
		char *copy = guard_copy(f.bytes, f.len);
		for (size_t bit = 0; bit < f.len * 8; bit++) {
			copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
			check_any(family, (struct slice){ copy, f.len });
			copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		}
		guard_free(copy);
	}
}

static void texts(void **state)
{
	(void)state;
	assert_string_equal(net_icmp_text(4, 3, 0), "network unreachable");
	assert_string_equal(net_icmp_text(4, 3, 1), "host unreachable");
	assert_string_equal(net_icmp_text(4, 3, 3), "port unreachable");
	assert_string_equal(net_icmp_text(4, 3, 4), "fragmentation needed");
	assert_string_equal(net_icmp_text(4, 3, 13), "administratively prohibited");
	assert_string_equal(net_icmp_text(4, 3, 16), "destination unreachable");
	assert_string_equal(net_icmp_text(4, 4, 0), "source quench");
	assert_string_equal(net_icmp_text(4, 11, 0), "time exceeded");
	assert_string_equal(net_icmp_text(4, 11, 1), "reassembly time exceeded");
	assert_string_equal(net_icmp_text(4, 12, 0), "parameter problem");
	assert_string_equal(net_icmp_text(6, 1, 0), "no route to destination");
	assert_string_equal(net_icmp_text(6, 1, 1), "administratively prohibited");
	assert_string_equal(net_icmp_text(6, 1, 3), "address unreachable");
	assert_string_equal(net_icmp_text(6, 1, 4), "port unreachable");
	assert_string_equal(net_icmp_text(6, 2, 0), "packet too big");
	assert_string_equal(net_icmp_text(6, 3, 0), "time exceeded");
	assert_string_equal(net_icmp_text(6, 4, 1), "unrecognized next header");
	assert_string_equal(net_icmp_text(6, 4, 9), "parameter problem");
	for (unsigned family = 0; family < 8; family++) {
		for (unsigned kind = 0; kind <= UINT16_MAX; kind++) {
			uint8_t type = (uint8_t)(kind >> 8);
			const char *text = net_icmp_text((uint8_t)family, type,
			                                 (uint8_t)kind);
			bool known = (family == 4 || family == 6) &&
			             is_error((uint8_t)family, type);
			assert_int_equal(strcmp(text, "icmp error") != 0, known);
			assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz "),
			                 strlen(text));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_and_code),
		cmocka_unit_test(as_captured),
		cmocka_unit_test(options_and_extension_headers),
		cmocka_unit_test(fragments),
		cmocka_unit_test(tcp),
		cmocka_unit_test(sctp),
		cmocka_unit_test(what_else_is_quoted),
		cmocka_unit_test(lengths),
		cmocka_unit_test(extensions_are_not_payload),
		cmocka_unit_test(cut_at_every_length),
		cmocka_unit_test(every_bit_flipped),
		cmocka_unit_test(texts),
	};
	return cmocka_run_group_tests_name("net/icmp", tests, NULL, NULL);
}
