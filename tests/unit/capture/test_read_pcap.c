/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/capture/build.h"

#define SECOND UINT64_C(1000000000)

static void both_byte_orders(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct build b = { .big = big };
		build_pcap(&b, PCAP_US, 2, 4, 113);
		build_packet(&b, 1700000000, 123456, 4, SLICE("abcd"));
		build_packet(&b, 1700000001, 0, 1500, SLICE("xyz"));
		struct source *s = source_of(&b);
		expect_frame(s, 1, 1700000000 * SECOND + 123456000, 113, 4,
		             SLICE("abcd"));
		expect_frame(s, 2, 1700000001 * SECOND, 113, 1500, SLICE("xyz"));
		assert_int_equal(source_stats(s)->packets, 2);
		assert_int_equal(source_stats(s)->bytes, 7);
		finish(s, ERR_END, NULL);
		build_free(&b);
	}
}

static void nanoseconds(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct build b = { .big = big };
		build_pcap(&b, PCAP_NS, 2, 4, 1);
		build_packet(&b, 7, 999999999, 1, SLICE("a"));
		struct source *s = source_of(&b);
		expect_frame(s, 1, 7 * SECOND + 999999999, 1, 1, SLICE("a"));
		finish(s, ERR_END, NULL);
		build_free(&b);
	}
}

static void patched_variant(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_pcap(&b, PCAP_PATCH, 2, 4, 1);
	for (int i = 0; i < 2; i++) {
		build_record(&b, 5, 6, 3, 9);
		build_fill(&b, 0xEE, 8); /* interface, protocol, direction */
		build_bytes(&b, SLICE("abc"));
	}
	struct source *s = source_of(&b);
	expect_frame(s, 1, 5 * SECOND + 6000, 1, 9, SLICE("abc"));
	expect_frame(s, 2, 5 * SECOND + 6000, 1, 9, SLICE("abc"));
	finish(s, ERR_END, NULL);
	build_free(&b);
}

static void nokia_variant(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= 6; n++) {
		struct build b = { .big = false };
		build_pcap(&b, PCAP_US, 2, 4, 1);
		for (uint32_t i = 0; i < n; i++) {
			build_record(&b, 5 + i, 6, 20, 20);
			build_fill(&b, 0xEE, 4);
			build_fill(&b, 0xAA, 20);
		}
		struct source *s = source_of(&b);
		if (n ==
		    1) { /* one packet cannot tell: an ordinary file with bytes behind */
			struct frame f;
			assert_int_equal(source_next(s, &f), OK);
			finish(s, ERR_FORMAT, "cut inside packet 2");
		} else {
			struct build data = { .big = false };
			build_fill(&data, 0xAA, 20);
			for (uint32_t i = 0; i < n; i++)
				expect_frame(s, i + 1, (5 + i) * SECOND + 6000, 1, 20,
				             build_slice(&data));
			build_free(&data);
			finish(s, ERR_END, NULL);
		}
		build_free(&b);
	}
}

/* An ordinary file with a damaged second packet is not taken for one of Nokia's. */
static void damaged_is_not_nokia(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_pcap(&b, PCAP_US, 2, 4, 1);
	build_packet(&b, 1, 0, 8, SLICE("12345678"));
	build_fill(&b, 0xFF, 16);
	struct source *s = source_of(&b);
	expect_frame(s, 1, SECOND, 1, 8, SLICE("12345678"));
	finish(s, ERR_FORMAT, "packet 2 at byte offset 48 is damaged");
	build_free(&b);
}

/* Before 2.3 the original length stood first; in 2.3 either; so does DG/UX's 543.0. */
static void lengths_swapped(void **state)
{
	static const struct {
		uint16_t major, minor;
		uint32_t len1, len2, wire;
	} rows[] = {
		{ 2, 2, 60, 3, 60 }, { 2, 3, 60, 3, 60 },   { 2, 3, 3, 60, 60 },
		{ 2, 0, 60, 3, 60 }, { 543, 0, 60, 3, 60 }, { 2, 4, 3, 60, 60 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct build b = { .big = i % 2 };
		build_pcap(&b, PCAP_US, rows[i].major, rows[i].minor, 1);
		build_record(&b, 1, 2, rows[i].len1, rows[i].len2);
		build_bytes(&b, SLICE("abc"));
		struct source *s = source_of(&b);
		expect_frame(s, 1, SECOND + 2000, 1, rows[i].wire, SLICE("abc"));
		finish(s, ERR_END, NULL);
		build_free(&b);
	}
}

static void checksum_bits_of_the_link_type(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_pcap(&b, PCAP_US, 2, 4, 0x44000001); /* FCS of 4 bytes on Ethernet */
	build_packet(&b, 1, 0, 1, SLICE("a"));
	struct source *s = source_of(&b);
	expect_frame(s, 1, SECOND, 1, 1, SLICE("a"));
	finish(s, ERR_END, NULL);
	build_free(&b);

	build_pcap(&b, PCAP_US, 2, 4, 0x00010001);
	refuse(&b, ERR_FORMAT, "link type 0x00010001");
	build_free(&b);

	build_pcap(&b, PCAP_US, 2, 4, 12);
	build_packet(&b, 1, 0, 1, SLICE("a"));
	s = source_of(&b);
	expect_frame(s, 1, SECOND, 101, 1, SLICE("a"));
	finish(s, ERR_END, NULL);
	build_free(&b);
}

static void odd_numbers(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_pcap(&b, PCAP_US, 2, 4, 1);
	build_packet(&b, 0xFFFFFFFF, 999999, 1, SLICE("a")); /* 2106 */
	build_packet(&b, 10, 2500000, 1, SLICE("b"));        /* 2.5 s of us */
	build_packet(&b, 0xFFFFFFFF, 0xFFFFFFFF, 1, SLICE("c"));
	build_packet(&b, 0, 0, 0, SLICE(""));
	build_packet(&b, 0, 1, 2, SLICE("four")); /* more than was there */
	struct source *s = source_of(&b);
	expect_frame(s, 1, 4294967295 * SECOND + 999999000, 1, 1, SLICE("a"));
	expect_frame(s, 2, 12 * SECOND + 500000000, 1, 1, SLICE("b"));
	expect_frame(s, 3, 4294967295 * SECOND + UINT64_C(4294967295000), 1, 1,
	             SLICE("c"));
	expect_frame(s, 4, 0, 1, 0, SLICE(""));
	expect_frame(s, 5, 1000, 1, 4, SLICE("four"));
	assert_int_equal(source_stats(s)->odd_times, 2);
	assert_int_equal(source_stats(s)->odd_lengths, 1);
	finish(s, ERR_END, NULL);
	build_free(&b);
}

static void longest_packet(void **state)
{
	(void)state;
	for (uint32_t extra = 0; extra < 2; extra++) {
		uint32_t len = SOURCE_PACKET_MAX + extra;
		struct build b = { .big = false }, data = b;
		build_fill(&data, 0x5A, len);
		build_pcap(&b, PCAP_US, 2, 4, 1);
		build_packet(&b, 1, 0, len, build_slice(&data));
		struct source *s = source_of(&b);
		if (extra == 0)
			expect_frame(s, 1, SECOND, 1, len, build_slice(&data));
		finish(s, extra ? ERR_FORMAT : ERR_END,
		       extra ? "x.pcap: packet 1 at byte offset 24 is damaged: a length "
		               "of 262145"
		             : NULL);
		build_free(&data);
		build_free(&b);
	}
}

static void versions(void **state)
{
	static const uint16_t bad[][2] = { { 1, 2 }, { 2, 5 }, { 3, 0 }, { 543, 1 } };
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct build b = { .big = false };
		build_pcap(&b, PCAP_US, bad[i][0], bad[i][1], 1);
		refuse(&b, ERR_FORMAT, "version");
		build_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_byte_orders),
		cmocka_unit_test(nanoseconds),
		cmocka_unit_test(patched_variant),
		cmocka_unit_test(nokia_variant),
		cmocka_unit_test(damaged_is_not_nokia),
		cmocka_unit_test(lengths_swapped),
		cmocka_unit_test(checksum_bits_of_the_link_type),
		cmocka_unit_test(odd_numbers),
		cmocka_unit_test(longest_packet),
		cmocka_unit_test(versions),
	};
	return cmocka_run_group_tests_name("capture/read_pcap", tests, NULL, NULL);
}
