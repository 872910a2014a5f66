/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "hello.h"
#include "support/frames.h"

#define WIFI 105
#define PRISM 119
#define RADIOTAP 127
#define AVS 163

/* Of frame control: the first byte with type and subtype, the second with flags. */
#define DATA 0x08
#define QOS_DATA 0x88
#define TO_DS 0x01
#define FROM_DS 0x02
#define MORE_FRAGMENTS 0x04
#define PROTECTED 0x40
#define ORDER 0x80

/* Little-endian. */
static void put_le16(struct frames *f, uint16_t v)
{
	frames_u8(f, (uint8_t)v);
	frames_u8(f, (uint8_t)(v >> 8));
}

static void put_le32(struct frames *f, uint32_t v)
{
	put_le16(f, (uint16_t)v);
	put_le16(f, (uint16_t)(v >> 16));
}

static void put_zeros(struct frames *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		frames_u8(f, 0);
}

/* A frame's header up to what its kind and flags call for; QoS control is qos. */
static size_t put_header(struct frames *f, uint8_t kind, uint8_t flags, uint16_t qos)
{
	size_t at = frames_u8(f, kind);
	frames_u8(f, flags);
	put_le16(f, 48);        /* duration */
	put_zeros(f, 18);       /* addresses */
	put_le16(f, 0x1230);    /* sequence number 0x123, fragment 0 */
	if ((flags & 3) == 3)
		put_zeros(f, 6);
	if (kind & 0x80) {
		put_le16(f, qos);
		if (flags & ORDER)
			put_zeros(f, 4);
	}
	return at;
}

static void put_snap(struct frames *f, uint16_t type)
{
	frames_u32(f, 0xaaaa0300);
	frames_u16(f, 0);
	frames_u16(f, type);
}

static void put_packet(struct frames *f, uint16_t type)
{
	put_snap(f, type);
	put_udp(f, type);
}

static void data_frames(void **state)
{
	(void)state;
	static const uint8_t kinds[] = { DATA, 0x18, 0x28, 0x38, QOS_DATA, 0xb8 };
	static const uint8_t flags[] = {
		0, TO_DS, FROM_DS, TO_DS | FROM_DS, TO_DS | ORDER,
		TO_DS | FROM_DS | ORDER, FROM_DS | 0x38 /* retry, power, more data */
	};
	for (size_t k = 0; k < sizeof(kinds); k++) {
		for (size_t i = 0; i < sizeof(flags); i++) {
			struct frames f;
			frames_init(&f);
			put_header(&f, kinds[k], flags[i], 5);
			put_packet(&f, FRAMES_IPV4);
			frames_u32(&f, 0xdeadbeef); /* frame check sequence */
			assert_hello(&f, WIFI, 4);
			assert_cuts(&f, WIFI);
			frames_init(&f);
			put_header(&f, kinds[k], flags[i], 5);
			put_packet(&f, FRAMES_IPV6);
			assert_hello(&f, WIFI, 6);
		}
	}
}

static void damaged(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	put_header(&f, QOS_DATA, TO_DS | FROM_DS | ORDER, 5);
	put_packet(&f, FRAMES_IPV4);
	assert_damaged(&f, WIFI);
}

static void frames_without_ip(void **state)
{
	(void)state;
	static const struct {
		uint8_t kind, flags;
	} cases[] = {
		{ 0x80, 0 },                    /* beacon */
		{ 0xd4, 0 },                    /* acknowledgement */
		{ 0x48, TO_DS },                /* null */
		{ 0xc8, TO_DS },                /* QoS null */
		{ 0x09, 0 },                    /* version 1 */
		{ 0x0c, 0 },                    /* extension */
		{ QOS_DATA, TO_DS | PROTECTED },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frames f;
		frames_init(&f);
		put_header(&f, cases[i].kind, cases[i].flags, 0);
		put_packet(&f, FRAMES_IPV4);
		assert_not_ip(&f, WIFI);
	}
	struct frames ack;
	frames_init(&ack);
	put_le16(&ack, 0x00d4);
	put_zeros(&ack, 8);
	assert_not_ip(&ack, WIFI);
}

/* The first part of an MSDU is a packet cut short; the others have no header. */
static void msdu_in_several_frames(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	size_t at = put_header(&f, DATA, TO_DS | MORE_FRAGMENTS, 0);
	put_packet(&f, FRAMES_IPV4);
	f.len -= 2; /* which come in the next frame */
	struct decoded d = decode_built(&f, WIFI);
	assert_true(payload_is(&d, "hel"));
	assert_true(d.datagram.truncated);
	assert_int_equal(d.datagram.wire_len, 5);
	frames_put8(&f, at + 22, 0x31); /* fragment 1 */
	assert_not_ip(&f, WIFI);
}

static void several_msdus_in_a_frame(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	put_header(&f, QOS_DATA, FROM_DS, 0x80);
	put_zeros(&f, 12);
	size_t length = frames_u16(&f, 8 + 33);
	put_packet(&f, FRAMES_IPV4);
	size_t end = f.len;
	put_zeros(&f, 3); /* to four bytes */
	put_zeros(&f, 12);
	frames_u16(&f, 8 + 33);
	struct frames second; /* of the same size */
	frames_init(&second);
	put_snap(&second, FRAMES_IPV4);
	frames_ipv4(&second, FRAMES_UDP, "192.0.2.9", "198.51.100.9");
	frames_udp(&second, 1, 2);
	frames_text(&second, "other");
	frames_close(&second);
	frames_bytes(&f, second.bytes, second.len);
	assert_hello(&f, WIFI, 4);
	assert_cuts(&f, WIFI);
	assert_damaged(&f, WIFI);
	assert_int_equal(decode_built(&f, WIFI).datagram.payload.p + 5 -
	                 (const char *)f.bytes, end);
	frames_put16(&f, length, 7); /* it ends in the LLC header */
	assert_malformed(&f, WIFI);
}

/* A radiotap header of the given fields; nothing but zeros in those of no interest. */
static void put_radiotap(struct frames *f, unsigned words, bool time, uint8_t flags)
{
	uint16_t len = (uint16_t)(4 + words * 4);
	if (time)
		len = (uint16_t)((len + 7U) / 8 * 8 + 8);
	uint16_t before = len;
	len = (uint16_t)(len + 3); /* flags, rate, something */
	frames_u16(f, 0);
	put_le16(f, len);
	for (unsigned i = 1; i <= words; i++)
		put_le32(f, (i < words ? 0x80000000 : 0) | (i == 1 ? 6u | time : 0x20));
	while (f->len < before)
		frames_u8(f, 0xff);
	frames_u8(f, flags);
	frames_u16(f, 0x0200);
}

static void radiotap(void **state)
{
	(void)state;
	struct frames f;
	for (unsigned words = 1; words <= 4; words++) {
		for (unsigned time = 0; time < 2; time++) {
			/* The header is of 32 bytes and needs no padding. */
			for (uint8_t flags = 0; flags < 0x40; flags += 0x10) {
				frames_init(&f);
				put_radiotap(&f, words, time, flags);
				put_header(&f, QOS_DATA, TO_DS | FROM_DS, 0);
				put_packet(&f, FRAMES_IPV4);
				if (flags & 0x10)
					frames_u32(&f, 0xdeadbeef);
				assert_hello(&f, RADIOTAP, 4);
				assert_cuts(&f, RADIOTAP);
			}
		}
	}
	assert_damaged(&f, RADIOTAP);
}

/* To four bytes, where the header does not end so. */
static void radiotap_with_padding(void **state)
{
	(void)state;
	static const struct {
		uint8_t kind, flags, padding;
	} cases[] = {
		{ DATA, FROM_DS, 0 },                  /* 24 */
		{ DATA, TO_DS | FROM_DS, 2 },          /* 30 */
		{ QOS_DATA, FROM_DS, 2 },              /* 26 */
		{ QOS_DATA, TO_DS | FROM_DS, 0 },      /* 32 */
		{ QOS_DATA, FROM_DS | ORDER, 2 },      /* 30 */
		{ QOS_DATA, TO_DS | FROM_DS | ORDER, 0 }, /* 36 */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frames f;
		frames_init(&f);
		put_radiotap(&f, 1, true, 0x20);
		put_header(&f, cases[i].kind, cases[i].flags, 0);
		put_zeros(&f, cases[i].padding);
		put_packet(&f, FRAMES_IPV4);
		assert_hello(&f, RADIOTAP, 4);
		assert_cuts(&f, RADIOTAP);
		assert_damaged(&f, RADIOTAP);
	}
}

/* A packet whose length IP does not tell goes to the end, but the check sequence. */
static void radiotap_tells_of_the_check_sequence(void **state)
{
	(void)state;
	for (uint8_t flags = 0; flags <= 0x10; flags += 0x10) {
		struct frames f;
		frames_init(&f);
		put_radiotap(&f, 1, false, flags);
		put_header(&f, DATA, FROM_DS, 0);
		put_snap(&f, FRAMES_IPV4);
		size_t ip = frames_ipv4(&f, FRAMES_UDP, "192.0.2.1", "192.0.2.2");
		size_t udp = frames_udp(&f, 5060, 5070);
		frames_text(&f, "hello");
		frames_close(&f);
		frames_put16(&f, ip + 2, 0);
		frames_put16(&f, udp + 4, 0);
		frames_text(&f, "FCSx");
		struct decoded d = decode_built(&f, RADIOTAP);
		assert_true(payload_is(&d, flags ? "hello" : "helloFCSx"));
	}
}

static void radiotap_that_lies(void **state)
{
	(void)state;
	struct frames f;
	frames_init(&f);
	put_radiotap(&f, 1, false, 0);
	put_header(&f, DATA, FROM_DS, 0);
	put_packet(&f, FRAMES_IPV4);
	frames_put16(&f, 2, 0x0700); /* shorter than its first fields */
	assert_malformed(&f, RADIOTAP);
	frames_put16(&f, 2, 0xffff);
	assert_malformed(&f, RADIOTAP);
	frames_init(&f); /* all words say that there are more */
	put_le32(&f, 12u << 16);
	frames_u32(&f, 0xffffffff);
	frames_u32(&f, 0xffffffff);
	put_header(&f, DATA, FROM_DS, 0);
	put_packet(&f, FRAMES_IPV4);
	assert_hello(&f, RADIOTAP, 4);
}

static void prism(void **state)
{
	(void)state;
	static const uint32_t kinds[] = { 0x41, 0x44 };
	struct frames f;
	for (unsigned i = 0; i < 4; i++) {
		frames_init(&f);
		if (i & 1) {
			frames_u32(&f, kinds[i / 2]);
			frames_u32(&f, 144);
		} else {
			put_le32(&f, kinds[i / 2]);
			put_le32(&f, 144);
		}
		put_zeros(&f, 144 - 8);
		put_header(&f, DATA, FROM_DS, 0);
		put_packet(&f, FRAMES_IPV4);
		assert_hello(&f, PRISM, 4);
		assert_cuts(&f, PRISM);
	}
	assert_damaged(&f, PRISM);
	frames_put8(&f, 7, 23);
	assert_malformed(&f, PRISM);
}

static void avs(void **state)
{
	(void)state;
	static const uint16_t links[] = { AVS, PRISM };
	struct frames f;
	for (unsigned i = 0; i < 4; i++) {
		uint8_t len = i / 2 ? 80 : 64; /* of version 2, 1 */
		frames_init(&f);
		frames_u32(&f, i / 2 ? 0x80211002 : 0x80211001);
		frames_u32(&f, len);
		put_zeros(&f, len - 8U);
		put_header(&f, DATA, FROM_DS, 0);
		put_packet(&f, FRAMES_IPV6);
		assert_hello(&f, links[i % 2], 6);
		assert_cuts(&f, links[i % 2]);
		assert_damaged(&f, links[i % 2]);
		frames_put8(&f, 7, 63);
		assert_malformed(&f, links[i % 2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_frames),
		cmocka_unit_test(damaged),
		cmocka_unit_test(frames_without_ip),
		cmocka_unit_test(msdu_in_several_frames),
		cmocka_unit_test(several_msdus_in_a_frame),
		cmocka_unit_test(radiotap),
		cmocka_unit_test(radiotap_with_padding),
		cmocka_unit_test(radiotap_tells_of_the_check_sequence),
		cmocka_unit_test(radiotap_that_lies),
		cmocka_unit_test(prism),
		cmocka_unit_test(avs),
	};
	return cmocka_run_group_tests_name("net/wifi", tests, NULL, NULL);
}
