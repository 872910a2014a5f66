/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "net/hep.h"
#include "support/frames.h"
#include "support/guard.h"

#define TEXT "OPTIONS sip:b@example.com SIP/2.0\r\n\r\n"
#define A4   "192.0.2.1"
#define B4   "198.51.100.2"
#define A6   "2001:db8::a"
#define B6   "2001:db8:0:1::b"

#define LINUX_INET6 10

/* Types of chunks, as the description of the protocol numbers them. */
enum {
	FAMILY = 1,
	PROTOCOL,
	SRC_IPV4,
	DST_IPV4,
	SRC_IPV6,
	DST_IPV6,
	SRC_PORT,
	DST_PORT,
	SECONDS,
	MICROSECONDS,
	TYPE,
	CAPTURE_ID,
	KEEP_ALIVE,
	AUTH_KEY,
	PAYLOAD,
	COMPRESSED,
	CORRELATION,
	VLAN
};

/* A packet under test and what came of it; its slices lie in the guarded copy. */
struct parsed {
	char      *copy;
	enum err   err;
	struct hep hep;
};

static struct parsed parse(const void *bytes, size_t len)
{
	struct parsed p = { .copy = guard_copy(bytes, len) };
	struct slice in = { p.copy, len };
	p.err = hep_parse(&p.hep, in);
	assert_int_equal(hep_starts(in), p.err == OK);
	if (p.err != OK)
		assert_int_equal(p.err, ERR_FORMAT);
	return p;
}

static struct parsed parse_frames(const struct frames *f)
{
	return parse(f->bytes, f->len);
}

static void assert_slice(struct slice s, const char *expected)
{
	assert_int_equal(s.len, strlen(expected));
	if (s.len)
		assert_memory_equal(s.p, expected, s.len);
}

static void assert_endpoint(const struct net_endpoint *e, const char *addr,
                            uint16_t port)
{
	struct net_addr expected = frames_addr(addr);
	assert_int_equal(e->addr.family, expected.family);
	assert_memory_equal(e->addr.bytes, expected.bytes, sizeof(expected.bytes));
	assert_int_equal(e->port, port);
}

static void assert_refused(const void *bytes, size_t len)
{
	struct parsed p = parse(bytes, len);
	assert_int_equal(p.err, ERR_FORMAT);
	guard_free(p.copy);
}

/* --- versions 1 and 2 */

/* 1700000000 s and 123456 us, id 2001, and two bytes of padding that say nothing. */
static const unsigned char little_time[] = { 0x00, 0xf1, 0x53, 0x65, 0x40, 0xe2,
	                                     0x01, 0x00, 0xd1, 0x07, 0xaa, 0x55 };
static const unsigned char big_time[] = { 0x65, 0x53, 0xf1, 0x00, 0x00, 0x01,
	                                  0xe2, 0x40, 0x07, 0xd1, 0x00, 0x00 };
#define NOW (UINT64_C(1700000000) * TICK_S + 123456 * TICK_US)

static void put_address(struct frames *f, const char *text)
{
	struct net_addr addr = frames_addr(text);
	frames_bytes(f, addr.bytes, addr.family == 4 ? 4 : 16);
}

/* Version 1, or with a time version 2, without payload. */
static void old_begin(struct frames *f, bool ipv6, const unsigned char *time)
{
	frames_init(f);
	frames_u8(f, time ? 2 : 1);
	frames_u8(f, ipv6 ? 40 : 16);
	frames_u8(f, ipv6 ? LINUX_INET6 : 2);
	frames_u8(f, 17);
	frames_u16(f, 5062);
	frames_u16(f, 5063);
	put_address(f, ipv6 ? A6 : A4);
	put_address(f, ipv6 ? B6 : B4);
	if (time)
		frames_bytes(f, time, 12);
}

static void assert_old(const struct frames *f, bool ipv6, bool time)
{
	struct parsed p = parse_frames(f);
	assert_int_equal(p.err, OK);
	assert_int_equal(p.hep.version, time ? 2 : 1);
	assert_int_equal(p.hep.type, HEP_SIP);
	assert_int_equal(p.hep.transport, NET_UDP);
	assert_int_equal(p.hep.len, f->len);
	assert_endpoint(&p.hep.src, ipv6 ? A6 : A4, 5062);
	assert_endpoint(&p.hep.dst, ipv6 ? B6 : B4, 5063);
	assert_int_equal(p.hep.has_time, time);
	assert_int_equal(p.hep.at, time ? NOW : 0);
	assert_int_equal(p.hep.capture_id, time ? 2001 : 0);
	assert_slice(p.hep.payload, TEXT);
	assert_false(p.hep.compressed || p.hep.truncated || p.hep.damaged);
	guard_free(p.copy);
}

static void version_1_byte_by_byte(void **state)
{
	(void)state;
	static const char packet[] = "\x01\x10\x02\x11\x13\xc6\x13\xc7"
	                             "\xc0\x00\x02\x01\xc6\x33\x64\x02" TEXT;
	struct parsed p = parse(packet, sizeof(packet) - 1);
	assert_int_equal(p.err, OK);
	assert_int_equal(p.hep.version, 1);
	assert_endpoint(&p.hep.src, A4, 5062);
	assert_endpoint(&p.hep.dst, B4, 5063);
	assert_slice(p.hep.payload, TEXT);
	guard_free(p.copy);
}

static void old_versions(void **state)
{
	(void)state;
	static const unsigned char *const times[] = { NULL, little_time, big_time };
	struct frames f;
	for (unsigned i = 0; i < 6; i++) {
		bool ipv6 = i & 1;
		old_begin(&f, ipv6, times[i / 2]);
		frames_text(&f, TEXT);
		assert_old(&f, ipv6, times[i / 2] != NULL);
	}
}

/* What the length of version 2 may be: without the time, with it, or as sngrep has it. */
static void old_header_lengths(void **state)
{
	(void)state;
	struct frames f;
	for (unsigned i = 0; i < 2; i++) {
		old_begin(&f, i, little_time);
		frames_text(&f, TEXT);
		for (unsigned length = 0; length < 256; length++) {
			bool good = i ? length == 40 || length == 52 :
			                length == 16 || length == 28;
			frames_put8(&f, 1, (uint8_t)length);
			if (good || length == f.len >> 8)
				assert_old(&f, i, true);
			else
				assert_refused(f.bytes, f.len);
		}
		old_begin(&f, i, NULL);
		frames_text(&f, TEXT);
		for (unsigned length = 0; length < 256; length++) {
			frames_put8(&f, 1, (uint8_t)length);
			if (length == (i ? 40 : 16))
				assert_old(&f, i, false);
			else
				assert_refused(f.bytes, f.len);
		}
	}
}

static void sngrep_writes_a_half_of_the_length(void **state)
{
	(void)state;
	struct frames f;
	old_begin(&f, false, little_time);
	while (f.len < 0x0321)
		frames_u8(&f, 'x');
	frames_put8(&f, 1, 3);
	struct parsed p = parse_frames(&f);
	assert_int_equal(p.err, OK);
	assert_int_equal(p.hep.payload.len, 0x0321 - 28);
	guard_free(p.copy);
	frames_put8(&f, 1, 0x21);
	assert_refused(f.bytes, f.len);
}

static void old_families_and_protocols(void **state)
{
	(void)state;
	struct frames f;
	for (unsigned v = 0; v < 256; v++) {
		bool ipv6 = v == 10 || v == 24 || v == 28 || v == 30;
		old_begin(&f, ipv6, little_time);
		frames_text(&f, TEXT);
		frames_put8(&f, 2, (uint8_t)v);
		if (ipv6 || v == 2)
			assert_old(&f, ipv6, true);
		else
			assert_refused(f.bytes, f.len);

		old_begin(&f, false, little_time);
		frames_text(&f, TEXT);
		frames_put8(&f, 3, (uint8_t)v);
		struct parsed p = parse_frames(&f);
		bool ours = v == 6 || v == 17 || v == 22 || v == 50 || v == 132;
		assert_int_equal(p.err, ours ? OK : ERR_FORMAT);
		guard_free(p.copy);
	}
}

static void old_cut_anywhere(void **state)
{
	(void)state;
	struct frames f;
	for (unsigned i = 0; i < 4; i++) {
		old_begin(&f, i & 1, i & 2 ? little_time : NULL);
		size_t header = f.len;
		frames_text(&f, TEXT);
		for (size_t n = 0; n < f.len; n++) {
			struct parsed p = parse(f.bytes, n);
			assert_int_equal(p.err, n > header ? OK : ERR_FORMAT);
			if (p.err == OK)
				assert_int_equal(p.hep.payload.len, n - header);
			guard_free(p.copy);
		}
	}
}

/* Below a million in either order: that of nearly all senders is taken. */
static void either_byte_order_would_do(void **state)
{
	(void)state;
	static const unsigned char both[12] = { 0, 0xf1, 0x53, 0x65, 0, 1, 2 };
	static const unsigned char none[12] = { 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
	struct frames f;
	old_begin(&f, false, both);
	frames_text(&f, TEXT);
	struct parsed p = parse_frames(&f);
	assert_int_equal(p.hep.at, UINT64_C(1700000000) * TICK_S + 0x020100 * TICK_US);
	guard_free(p.copy);

	old_begin(&f, false, none);
	frames_text(&f, TEXT);
	p = parse_frames(&f);
	assert_int_equal(p.hep.at, TICK_S + UINT32_MAX * TICK_US);
	guard_free(p.copy);
}

/* --- version 3 */

static void hep3_begin(struct frames *f)
{
	frames_init(f);
	frames_text(f, "HEP3");
	frames_u16(f, 0);
}

/* Fill in the length of the packet. */
static void hep3_close(struct frames *f)
{
	frames_put16(f, 4, (uint16_t)f->len);
}

/* The header of a chunk whose value the caller appends; where it is. */
static size_t chunk(struct frames *f, uint16_t type, size_t size)
{
	size_t at = frames_u16(f, 0);
	frames_u16(f, type);
	frames_u16(f, (uint16_t)(6 + size));
	return at;
}

static void chunk8(struct frames *f, uint16_t type, uint8_t v)
{
	chunk(f, type, 1);
	frames_u8(f, v);
}

static void chunk16(struct frames *f, uint16_t type, uint16_t v)
{
	chunk(f, type, 2);
	frames_u16(f, v);
}

static void chunk32(struct frames *f, uint16_t type, uint32_t v)
{
	chunk(f, type, 4);
	frames_u32(f, v);
}

static void chunk_address(struct frames *f, uint16_t type, const char *text)
{
	chunk(f, type, frames_addr(text).family == 4 ? 4 : 16);
	put_address(f, text);
}

static size_t chunk_text(struct frames *f, uint16_t type, const char *text)
{
	size_t at = chunk(f, type, strlen(text));
	frames_text(f, text);
	return at;
}

/* A packet with all chunks that are known, the payload last. */
static void hep3_full(struct frames *f, bool ipv6)
{
	hep3_begin(f);
	chunk8(f, FAMILY, ipv6 ? LINUX_INET6 : 2);
	chunk8(f, PROTOCOL, 6);
	chunk_address(f, ipv6 ? SRC_IPV6 : SRC_IPV4, ipv6 ? A6 : A4);
	chunk_address(f, ipv6 ? DST_IPV6 : DST_IPV4, ipv6 ? B6 : B4);
	chunk16(f, SRC_PORT, 5062);
	chunk16(f, DST_PORT, 5063);
	chunk32(f, SECONDS, 1700000000);
	chunk32(f, MICROSECONDS, 123456);
	chunk8(f, TYPE, 1);
	chunk32(f, CAPTURE_ID, 2001);
	chunk16(f, KEEP_ALIVE, 30);
	chunk_text(f, AUTH_KEY, "secret");
	chunk_text(f, CORRELATION, "call@example.com");
	chunk16(f, VLAN, 100);
	chunk_text(f, PAYLOAD, TEXT);
	hep3_close(f);
}

static void assert_full(const struct hep *hep, bool ipv6)
{
	assert_int_equal(hep->version, 3);
	assert_int_equal(hep->type, HEP_SIP);
	assert_int_equal(hep->transport, NET_TCP);
	assert_endpoint(&hep->src, ipv6 ? A6 : A4, 5062);
	assert_endpoint(&hep->dst, ipv6 ? B6 : B4, 5063);
	assert_true(hep->has_time);
	assert_int_equal(hep->at, NOW);
	assert_int_equal(hep->capture_id, 2001);
	assert_int_equal(hep->vlan, 100);
	assert_slice(hep->correlation, "call@example.com");
	assert_false(hep->compressed);
}

static void version_3_byte_by_byte(void **state)
{
	(void)state;
	static const char packet[] = "HEP3\0\x3e"
	                             "\0\0\0\x02\0\x07\x11"
	                             "\0\0\0\x03\0\x0a\xc0\0\x02\x01"
	                             "\0\0\0\x09\0\x0a\x65\x53\xf1\0"
	                             "\0\0\0\x0a\0\x0a\0\x01\xe2\x40"
	                             "\0\0\0\x0b\0\x07\x05"
	                             "\0\0\0\x0f\0\x0c"
	                             "abcdef";
	struct parsed p = parse(packet, sizeof(packet) - 1);
	assert_int_equal(sizeof(packet) - 1, 0x3e);
	assert_int_equal(p.err, OK);
	assert_int_equal(p.hep.version, 3);
	assert_int_equal(p.hep.len, 0x3e);
	assert_int_equal(p.hep.type, HEP_RTCP);
	assert_endpoint(&p.hep.src, A4, 0);
	assert_int_equal(p.hep.dst.addr.family, 0);
	assert_int_equal(p.hep.at, NOW);
	assert_slice(p.hep.payload, "abcdef");
	assert_false(p.hep.damaged || p.hep.truncated);
	guard_free(p.copy);
}

static void all_chunks(void **state)
{
	(void)state;
	struct frames f;
	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		hep3_full(&f, ipv6);
		struct parsed p = parse_frames(&f);
		assert_int_equal(p.err, OK);
		assert_full(&p.hep, ipv6);
		assert_int_equal(p.hep.len, f.len);
		assert_slice(p.hep.payload, TEXT);
		assert_false(p.hep.truncated || p.hep.damaged);
		guard_free(p.copy);
	}
}

static void no_chunks(void **state)
{
	(void)state;
	struct parsed p = parse("HEP3\0\6", 6);
	assert_int_equal(p.err, OK);
	assert_int_equal(p.hep.len, 6);
	assert_int_equal(p.hep.type, 0);
	assert_int_equal(p.hep.transport, NET_UDP);
	assert_int_equal(p.hep.src.addr.family, 0);
	assert_int_equal(p.hep.payload.len, 0);
	assert_false(p.hep.has_time || p.hep.truncated || p.hep.damaged);
	guard_free(p.copy);
}

static void cut_anywhere(void **state)
{
	(void)state;
	struct frames f;
	hep3_full(&f, true);
	size_t payload = f.len - strlen(TEXT);
	for (size_t n = 0; n < f.len; n++) {
		struct parsed p = parse(f.bytes, n);
		assert_int_equal(p.err, n < 4 ? ERR_FORMAT : OK);
		if (p.err == OK) {
			assert_int_equal(p.hep.damaged, n < 6);
			assert_int_equal(p.hep.truncated, n >= 6);
			assert_int_equal(p.hep.len, n < 6 ? 0 : f.len);
			assert_int_equal(p.hep.payload.len,
			                 n > payload ? n - payload : 0);
		}
		if (n >= payload)
			assert_full(&p.hep, true);
		guard_free(p.copy);
	}
}

/* What is cut off behind the payload does not harm it. */
static void cut_behind_the_payload(void **state)
{
	(void)state;
	struct frames f;
	hep3_begin(&f);
	chunk_text(&f, PAYLOAD, TEXT);
	size_t end = f.len;
	chunk_text(&f, CORRELATION, "call@example.com");
	hep3_close(&f);
	for (size_t n = end; n < f.len; n++) {
		struct parsed p = parse(f.bytes, n);
		assert_slice(p.hep.payload, TEXT);
		assert_int_equal(p.hep.correlation.len, 0);
		assert_false(p.hep.truncated || p.hep.damaged);
		guard_free(p.copy);
	}
}

/* The chunk at `at` says a length that cannot be: it and all behind it are lost. */
static void assert_lie(struct frames *f, size_t at, uint16_t length)
{
	frames_put16(f, at + 4, length);
	struct parsed p = parse_frames(f);
	assert_int_equal(p.err, OK);
	assert_true(p.hep.damaged);
	assert_false(p.hep.truncated);
	assert_int_equal(p.hep.payload.len, 0);
	assert_int_equal(p.hep.src.port, 5062);
	guard_free(p.copy);
}

static void impossible_chunk_lengths(void **state)
{
	(void)state;
	static const uint16_t types[] = { DST_PORT, AUTH_KEY, PAYLOAD, 999 };
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct frames f;
		hep3_begin(&f);
		chunk16(&f, SRC_PORT, 5062);
		size_t at = chunk_text(&f, types[i], "ab");
		if (types[i] != PAYLOAD)
			chunk_text(&f, PAYLOAD, TEXT);
		hep3_close(&f);
		uint16_t beyond = (uint16_t)(f.len - at + 1);
		for (uint16_t length = 0; length < 6; length++)
			assert_lie(&f, at, length);
		for (uint32_t length = beyond; length <= UINT16_MAX; length += 251)
			assert_lie(&f, at, (uint16_t)length);
		assert_lie(&f, at, UINT16_MAX);
	}
}

static void a_payload_that_says_less(void **state)
{
	(void)state;
	struct frames f;
	hep3_begin(&f);
	size_t at = chunk_text(&f, PAYLOAD, "abcd");
	hep3_close(&f);
	frames_put16(&f, at + 4, 6 + 3); /* one byte is left: no chunk */
	struct parsed p = parse_frames(&f);
	assert_slice(p.hep.payload, "abc");
	assert_true(p.hep.damaged);
	guard_free(p.copy);
}

static void assert_nothing_but_payload(const struct hep *hep)
{
	assert_int_equal(hep->transport, NET_UDP);
	assert_int_equal(hep->src.addr.family, 0);
	assert_int_equal(hep->dst.addr.family, 0);
	assert_int_equal(hep->src.port, 0);
	assert_int_equal(hep->dst.port, 0);
	assert_false(hep->has_time);
	assert_int_equal(hep->at, 0);
	assert_int_equal(hep->type, 0);
	assert_int_equal(hep->capture_id, 0);
	assert_int_equal(hep->correlation.len, 0);
	assert_int_equal(hep->vlan, 0);
	assert_slice(hep->payload, TEXT);
}

/* A number or address of the wrong size is skipped, the rest read. */
static void wrong_sizes(void **state)
{
	(void)state;
	static const uint8_t sizes[VLAN + 1] = {
		[PROTOCOL] = 1,     [SRC_IPV4] = 4, [DST_IPV4] = 4,   [SRC_IPV6] = 16,
		[DST_IPV6] = 16,    [SRC_PORT] = 2, [DST_PORT] = 2,   [SECONDS] = 4,
		[MICROSECONDS] = 4, [TYPE] = 1,     [CAPTURE_ID] = 4, [VLAN] = 2,
	};
	for (uint16_t type = 0; type <= VLAN; type++) {
		for (unsigned size = 0; sizes[type] && size < 20; size++) {
			struct frames f;
			hep3_begin(&f);
			chunk(&f, type, size);
			for (unsigned n = 0; n < size; n++)
				frames_u8(&f, 6);
			chunk_text(&f, PAYLOAD, TEXT);
			hep3_close(&f);
			struct parsed p = parse_frames(&f);
			assert_int_equal(p.hep.damaged, size != sizes[type]);
			if (p.hep.damaged)
				assert_nothing_but_payload(&p.hep);
			assert_slice(p.hep.payload, TEXT);
			guard_free(p.copy);
		}
	}
}

static void impossible_packet_lengths(void **state)
{
	(void)state;
	struct frames f;
	hep3_full(&f, false);
	for (uint16_t length = 0; length < 6; length++) {
		frames_put16(&f, 4, length);
		struct parsed p = parse_frames(&f);
		assert_int_equal(p.err, OK);
		assert_true(p.hep.damaged);
		assert_int_equal(p.hep.len, length);
		assert_int_equal(p.hep.payload.len, 0);
		guard_free(p.copy);
	}
}

/* Bytes beyond the length that the packet says are not part of it. */
static void packet_length_counts(void **state)
{
	(void)state;
	struct frames f;
	hep3_full(&f, false);
	size_t whole = f.len;
	frames_text(&f, "padding");
	struct parsed p = parse_frames(&f);
	assert_int_equal(p.hep.len, whole);
	assert_slice(p.hep.payload, TEXT);
	assert_false(p.hep.damaged || p.hep.truncated);
	guard_free(p.copy);

	frames_put16(&f, 4, (uint16_t)(whole - 1));
	p = parse_frames(&f);
	assert_int_equal(p.hep.payload.len, 0);
	assert_true(p.hep.damaged);
	assert_false(p.hep.truncated);
	guard_free(p.copy);

	frames_put16(&f, 4, UINT16_MAX); /* what follows the payload is read as a chunk */
	p = parse_frames(&f);
	assert_slice(p.hep.payload, TEXT);
	assert_int_equal(p.hep.len, UINT16_MAX);
	assert_false(p.hep.truncated);
	guard_free(p.copy);
}

static void unknown_chunks(void **state)
{
	(void)state;
	struct frames f;
	hep3_begin(&f);
	for (uint16_t type = 0; type < 70; type++) {
		size_t at = chunk_text(&f, type, "vendor's");
		frames_put16(&f, at, (uint16_t)(type + 1));
	}
	chunk_text(&f, 0, "");
	for (uint16_t type = VLAN + 1; type < 60; type++)
		chunk_text(&f, type, "");
	chunk_text(&f, UINT16_MAX, "generic");
	chunk_text(&f, PAYLOAD, TEXT);
	hep3_close(&f);
	struct parsed p = parse_frames(&f);
	assert_false(p.hep.damaged || p.hep.truncated);
	assert_nothing_but_payload(&p.hep);
	guard_free(p.copy);
}

static void of_repeated_chunks_the_first_counts(void **state)
{
	(void)state;
	struct frames f;
	hep3_full(&f, false);
	chunk8(&f, PROTOCOL, 17);
	chunk_address(&f, SRC_IPV4, B4);
	chunk_address(&f, SRC_IPV6, B6);
	chunk_address(&f, DST_IPV6, A6);
	chunk16(&f, SRC_PORT, 1);
	chunk16(&f, DST_PORT, 1);
	chunk32(&f, SECONDS, 1);
	chunk32(&f, MICROSECONDS, 1);
	chunk8(&f, TYPE, 100);
	chunk32(&f, CAPTURE_ID, 1);
	chunk_text(&f, CORRELATION, "other");
	chunk16(&f, VLAN, 1);
	chunk_text(&f, COMPRESSED, "other");
	chunk_text(&f, PAYLOAD, "other");
	hep3_close(&f);
	struct parsed p = parse_frames(&f);
	assert_full(&p.hep, false);
	assert_slice(p.hep.payload, TEXT);
	assert_false(p.hep.damaged);
	guard_free(p.copy);
}

static void payloads(void **state)
{
	(void)state;
	struct frames f;
	hep3_begin(&f); /* an empty one is one: the next does not count */
	chunk_text(&f, PAYLOAD, "");
	chunk_text(&f, COMPRESSED, "abc");
	hep3_close(&f);
	struct parsed p = parse_frames(&f);
	assert_int_equal(p.hep.payload.len, 0);
	assert_false(p.hep.compressed || p.hep.damaged || p.hep.truncated);
	guard_free(p.copy);

	hep3_begin(&f);
	chunk_text(&f, COMPRESSED, "abc");
	hep3_close(&f);
	p = parse_frames(&f);
	assert_slice(p.hep.payload, "abc");
	assert_true(p.hep.compressed);
	guard_free(p.copy);

	p = parse(f.bytes, f.len - 1);
	assert_slice(p.hep.payload, "ab");
	assert_true(p.hep.compressed && p.hep.truncated);
	guard_free(p.copy);
}

static void times(void **state)
{
	(void)state;
	static const struct {
		bool     seconds;
		uint32_t s;
		bool     microseconds;
		uint32_t us;
		tick     at;
	} rows[] = {
		{ true, 1700000000, false, 0, UINT64_C(1700000000000000000) },
		{ false, 0, true, 123456, 0 },
		{ true, 10, true, 999999, UINT64_C(10999999000) },
		{ true, 10, true, 1000000, UINT64_C(11000000000) },
		{ true, 0, true, 1, 1000 },
		{ true, UINT32_MAX, true, UINT32_MAX, UINT64_C(4294971589967295000) },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct frames f;
		hep3_begin(&f);
		if (rows[i].microseconds)
			chunk32(&f, MICROSECONDS, rows[i].us);
		if (rows[i].seconds)
			chunk32(&f, SECONDS, rows[i].s);
		hep3_close(&f);
		struct parsed p = parse_frames(&f);
		assert_int_equal(p.hep.has_time, rows[i].seconds);
		assert_int_equal(p.hep.at, rows[i].at);
		guard_free(p.copy);
	}
}

static void transports(void **state)
{
	(void)state;
	for (unsigned protocol = 0; protocol < 256; protocol++) {
		struct frames f;
		hep3_begin(&f);
		chunk8(&f, PROTOCOL, (uint8_t)protocol);
		hep3_close(&f);
		struct parsed p = parse_frames(&f);
		enum net_transport expected = protocol == 6   ? NET_TCP :
		                              protocol == 22  ? NET_TLS :
		                              protocol == 50  ? NET_WS :
		                              protocol == 132 ? NET_SCTP :
		                                                NET_UDP;
		assert_int_equal(p.hep.transport, expected);
		assert_false(p.hep.damaged);
		guard_free(p.copy);
	}
}

/* --- all versions */

static void other_protocols(void **state)
{
	(void)state;
	const struct slice others[] = {
		SLICE(""),
		SLICE("HEP2\0\x10..........................................."),
		SLICE("OPTIONS sip:b@example.com SIP/2.0\r\n\r\n"),
		SLICE("\r\n\r\n"),
		/* RTP, RTCP */
		SLICE("\x80\x00\x12\x34\0\0\0\xa0\x12\x34\x56\x78................"),
		SLICE("\x80\xc8\x00\x06\x12\x34\x56\x78........................"),
		/* a STUN request and response */
		SLICE("\x00\x01\x00\x00\x21\x12\xa4\x42............"),
		SLICE("\x01\x01\x00\x0c\x21\x12\xa4\x42........................"),
		/* DNS with ids that look like versions and lengths: query and answer */
		SLICE("\x01\x10\x01\x00\x00\x01\0\0\0\0\0\0\1" "a\3com\0\0\1\0\1"),
		SLICE("\x02\x1c\x81\x80\x00\x01\0\1\0\0\0\0\1" "a\3com\0\0\1\0\1"),
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_refused(others[i].p, others[i].len);
}

/* Any byte of a packet may be any value: nothing is read or given out beyond it. */
static void every_byte_changed(void **state)
{
	(void)state;
	struct frames f;
	for (unsigned i = 0; i < 6; i++) {
		if (i < 2) {
			hep3_full(&f, i);
		} else {
			old_begin(&f, i & 1, i & 2 ? little_time : NULL);
			frames_text(&f, TEXT);
		}
		char *copy = guard_copy(f.bytes, f.len);
		struct slice in = { copy, f.len };
		for (size_t at = 0; at < f.len; at++) {
			for (unsigned flip = 1; flip < 256; flip++) {
				struct hep hep;
				copy[at] = (char)(f.bytes[at] ^ flip);
				if (hep_parse(&hep, in) != OK || hep.payload.len == 0)
					continue;
				assert_true(hep.payload.p > copy);
				assert_true(hep.payload.p + hep.payload.len <=
				            copy + f.len);
			}
			copy[at] = (char)f.bytes[at];
		}
		guard_free(copy);
	}
}

static void out_is_untouched_after_a_refusal(void **state)
{
	(void)state;
	struct hep hep = { .len = 12345 };
	size_t len = 54321;
	assert_int_equal(hep_parse(&hep, SLICE("REGISTER")), ERR_FORMAT);
	assert_int_equal(hep.len, 12345);
	assert_int_equal(hep_length(SLICE("REGISTER"), &len), ERR_FORMAT);
	assert_int_equal(hep_length(SLICE("HEP3"), &len), ERR_MORE);
	assert_int_equal(len, 54321);
}

/* --- streams */

static void lengths_in_streams(void **state)
{
	(void)state;
	struct frames f;
	hep3_full(&f, false);
	size_t first = f.len;
	frames_text(&f, "HEP3");
	for (size_t n = 0; n <= f.len; n++) {
		char *copy = guard_copy(f.bytes, n);
		size_t len = 0;
		enum err err = hep_length((struct slice){ copy, n }, &len);
		assert_int_equal(err, n < 6 ? ERR_MORE : OK);
		assert_int_equal(len, n < 6 ? 0 : first);
		guard_free(copy);
	}
	for (unsigned length = 0; length <= UINT16_MAX; length++) {
		size_t len = 0;
		frames_put16(&f, 4, (uint16_t)length);
		struct slice in = { (const char *)f.bytes, 6 };
		assert_int_equal(hep_length(in, &len), length < 6 ? ERR_FORMAT : OK);
		assert_int_equal(len, length < 6 ? 0 : length);
	}
	for (size_t at = 0; at < 4; at++) {
		size_t len;
		hep3_full(&f, false);
		frames_put8(&f, at, '!');
		for (size_t n = at + 1; n < 10; n++) {
			struct slice in = { (const char *)f.bytes, n };
			assert_int_equal(hep_length(in, &len), ERR_FORMAT);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_1_byte_by_byte),
		cmocka_unit_test(old_versions),
		cmocka_unit_test(old_header_lengths),
		cmocka_unit_test(sngrep_writes_a_half_of_the_length),
		cmocka_unit_test(old_families_and_protocols),
		cmocka_unit_test(old_cut_anywhere),
		cmocka_unit_test(either_byte_order_would_do),
		cmocka_unit_test(version_3_byte_by_byte),
		cmocka_unit_test(all_chunks),
		cmocka_unit_test(no_chunks),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(cut_behind_the_payload),
		cmocka_unit_test(impossible_chunk_lengths),
		cmocka_unit_test(a_payload_that_says_less),
		cmocka_unit_test(wrong_sizes),
		cmocka_unit_test(impossible_packet_lengths),
		cmocka_unit_test(packet_length_counts),
		cmocka_unit_test(unknown_chunks),
		cmocka_unit_test(of_repeated_chunks_the_first_counts),
		cmocka_unit_test(payloads),
		cmocka_unit_test(times),
		cmocka_unit_test(transports),
		cmocka_unit_test(other_protocols),
		cmocka_unit_test(every_byte_changed),
		cmocka_unit_test(out_is_untouched_after_a_refusal),
		cmocka_unit_test(lengths_in_streams),
	};
	return cmocka_run_group_tests_name("net/hep", tests, NULL, NULL);
}
