/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/capture/build.h"

#define SECOND UINT64_C(1000000000)

static void enhanced_packets(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct build b = { .big = big };
		build_section(&b);
		build_interface(&b, 1, 0, -1, 0);
		build_enhanced(&b, 0, UINT64_C(1700000000123456), 99, SLICE("odd"));
		build_enhanced(&b, 0, 5, 4, SLICE("even"));
		struct source *s = source_of(&b);
		expect_frame(s, 1, UINT64_C(1700000000123456000), 1, 99, SLICE("odd"));
		expect_frame(s, 2, 5000, 1, 4, SLICE("even"));
		finish(s, ERR_END, NULL);
		build_free(&b);
	}
}

/* Sections of both byte orders, each with its own interfaces of several link types. */
static void sections_and_interfaces(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_section(&b);
	build_interface(&b, 1, 0, -1, 0);
	build_interface(&b, 276, 0, 9, 0);
	build_enhanced(&b, 1, 77, 1, SLICE("a"));
	build_enhanced(&b, 0, 77, 1, SLICE("b"));
	b.big = true;
	build_section(&b);
	build_interface(&b, 12, 0, 3, 0); /* DLT_RAW for LINKTYPE_RAW */
	build_enhanced(&b, 0, 77, 1, SLICE("c"));
	build_enhanced(&b, 1, 77, 1, SLICE("d")); /* of the section before */
	struct source *s = source_of(&b);
	expect_frame(s, 1, 77, 276, 1, SLICE("a"));
	expect_frame(s, 2, 77000, 1, 1, SLICE("b"));
	expect_frame(s, 3, 77000000, 101, 1, SLICE("c"));
	finish(s, ERR_FORMAT, "interface 1, but 1 are described");
	build_free(&b);
}

/* Each resolution: `stamp` of it is `ns` after `offset` seconds. */
static void resolutions(void **state)
{
	static const struct {
		int resol;
		uint64_t stamp;
		int64_t offset;
		uint64_t ns;
		unsigned clamped;
	} rows[] = {
		{ 0, 3, 0, 3 * SECOND, 0 },
		{ 3, 1500, 0, 1500000000, 0 },
		{ 6, 1, 0, 1000, 0 },
		{ 9, 1, 0, 1, 0 },
		{ 12, 123456789, 0, 123456, 0 }, /* ps: 123456.789 ns */
		{ 19, UINT64_MAX, 0, 1844674407, 0 },
		{ 28, UINT64_MAX, 0, 1, 0 }, /* 18446744073709551615e-28 s = 1.84e-9 s */
		{ 29, UINT64_MAX, 0, 0, 0 },
		{ 127, UINT64_MAX, 0, 0, 0 },
		{ 0x80 | 0, 2, 0, 2 * SECOND, 0 },
		{ 0x80 | 1, 3, 0, 1500000000, 0 },
		{ 0x80 | 10, 1024, 0, SECOND, 0 },
		{ 0x80 | 32, UINT64_C(5) << 32 | 0x80000000, 0, 5500000000, 0 },
		{ 0x80 | 63, UINT64_MAX, 0, 1999999999, 0 },
		{ 0x80 | 64, UINT64_MAX, 0, 999999999, 0 },
		{ 0x80 | 93, UINT64_MAX, 0, 1, 0 }, /* 2^64 * 1e9 / 2^93 = 1.86 */
		{ 0x80 | 127, UINT64_MAX, 0, 0, 0 },
		{ 9, 7, 1000000, 1000000 * SECOND + 7, 0 },
		{ 6, 5000000, -2, 3 * SECOND, 0 },
		{ 6, 1999999, -2, 0, 1 },                /* before 1970 */
		{ 0, UINT64_MAX, 0, UINT64_MAX - 1, 1 }, /* after the last tick */
		{ 0, UINT64_MAX, INT64_MAX, UINT64_MAX - 1, 1 },
		{ 0, 0, INT64_MIN, 0, 1 },
		{ 9, UINT64_MAX, 0, UINT64_MAX - 1, 1 }, /* would be TICK_NONE */
		{ 9, UINT64_MAX - 1, 0, UINT64_MAX - 1, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct build b = { .big = i % 2 };
		build_section(&b);
		build_interface(&b, 1, 0, rows[i].resol, rows[i].offset);
		build_enhanced(&b, 0, rows[i].stamp, 1, SLICE("a"));
		struct source *s = source_of(&b);
		expect_frame(s, 1, rows[i].ns, 1, 1, SLICE("a"));
		assert_int_equal(source_stats(s)->clamped_times, rows[i].clamped);
		finish(s, ERR_END, NULL);
		build_free(&b);
	}
}

static void simple(struct build *b, uint32_t wire, struct slice data)
{
	size_t start = build_begin(b, 3);
	build_u32(b, wire);
	build_bytes(b, data);
	build_end(b, start);
}

static void simple_packets(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_section(&b);
	build_interface(&b, 113, 6, -1, 0);
	simple(&b, 3, SLICE("abc"));    /* padding is not of the packet */
	simple(&b, 9, SLICE("abcdef")); /* the snapshot length cuts, padding follows */
	b.big = true;
	build_section(&b);
	build_interface(&b, 1, 0, -1, 0);
	simple(&b, 9, SLICE("abcd")); /* no snapshot length: the block cuts */
	struct source *s = source_of(&b);
	expect_frame(s, 1, 0, 113, 3, SLICE("abc"));
	expect_frame(s, 2, 0, 113, 9, SLICE("abcdef"));
	expect_frame(s, 3, 0, 1, 9, SLICE("abcd"));
	finish(s, ERR_END, NULL);
	build_free(&b);

	build_section(&b);
	simple(&b, 3, SLICE("abc"));
	finish(source_of(&b), ERR_FORMAT, "interface 0, but 0 are described");
	build_free(&b);
}

static void obsolete_packets(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct build b = { .big = big };
		build_section(&b);
		build_interface(&b, 1, 0, -1, 0);
		build_interface(&b, 113, 0, -1, 0);
		size_t start = build_begin(&b, 2);
		build_u16(&b, 1);      /* interface */
		build_u16(&b, 0xFFFF); /* drops: unknown */
		build_u32(&b, 1);      /* 2^32 us and 2 more */
		build_u32(&b, 2);
		build_u32(&b, 5);
		build_u32(&b, 50);
		build_bytes(&b, SLICE("hello"));
		build_end(&b, start);
		struct source *s = source_of(&b);
		expect_frame(s, 1, UINT64_C(4294967298000), 113, 50, SLICE("hello"));
		finish(s, ERR_END, NULL);
		build_free(&b);
	}
}

static void other_blocks(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_section(&b);
	build_end(&b, build_begin(&b, 0x0BAD)); /* nothing in it */
	build_interface(&b, 1, 0, -1, 0);
	size_t start = build_begin(&b, 4);
	build_fill(&b, 0x11, 3000000); /* longer than any buffer */
	build_end(&b, start);
	build_enhanced(&b, 0, 1, 1, SLICE("a"));
	start = build_begin(&b, 5);
	build_fill(&b, 0x11, 20);
	build_end(&b, start);
	struct source *s = source_of(&b);
	expect_frame(s, 1, 1000, 1, 1, SLICE("a"));
	finish(s, ERR_END, NULL);
	build_free(&b);
}

static void options_of_an_interface(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_section(&b);
	size_t start = build_begin(&b, 1);
	build_u16(&b, 1);
	build_u16(&b, 0);
	build_u32(&b, 0);
	build_u16(&b, 2); /* if_name, padded, before the one that counts */
	build_u16(&b, 5);
	build_bytes(&b, SLICE("veth0\0\0\0"));
	build_u16(&b, 9);
	build_u16(&b, 1);
	build_bytes(&b, SLICE("\x09\0\0\0"));
	build_end(&b, start); /* and no opt_endofopt */
	build_enhanced(&b, 0, 5, 1, SLICE("a"));
	struct source *s = source_of(&b);
	expect_frame(s, 1, 5, 1, 1, SLICE("a"));
	finish(s, ERR_END, NULL);
	build_free(&b);

	static const struct slice wrong[] = {
		{ "\x09\0\x02\0\x06\x06\0\0", 8 }, /* if_tsresol of 2 bytes */
		{ "\x0E\0\x04\0\x01\0\0\0", 8 },   /* if_tsoffset of 4 */
		{ "\x02\0\x09\0abcd", 8 },         /* longer than the block */
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		build_section(&b);
		start = build_begin(&b, 1);
		build_u32(&b, 1);
		build_u32(&b, 0);
		build_bytes(&b, wrong[i]);
		build_end(&b, start);
		finish(source_of(&b), ERR_FORMAT,
		       "interface 0 does not fit into its block");
		build_free(&b);
	}
}

/* Change the 32 bits at `at` of a file with one packet, whose block is at 48. */
static void with_changed(size_t at, uint32_t value, const char *part)
{
	struct build b = { .big = false };
	build_section(&b);                              /* 0 to 27 */
	build_interface(&b, 1, 0, -1, 0);               /* 28 to 47 */
	build_enhanced(&b, 0, 1, 8, SLICE("abcdefgh")); /* 48 to 87 */
	assert_int_equal(b.len, 88);
	b.len = at;
	build_u32(&b, value);
	b.len = 88;
	finish(source_of(&b), ERR_FORMAT, part);
	build_free(&b);
}

static void damage(void **state)
{
	(void)state;
	with_changed(52, 41,
	             "packet 1 at byte offset 48 is damaged: a block length of 41");
	with_changed(52, 8, "packet 1 at byte offset 48 is damaged: a block length of 8");
	with_changed(52, 36, "a block length of 36, but");
	with_changed(52, 44, "cut inside packet 1 at byte offset 88 (needs 44 bytes, 40");
	with_changed(52, 0x10000000, "more than 1048576");
	with_changed(84, 44, "a block length of 40, but 44 at its end");
	with_changed(32, 24, "the block before packet 1 at byte offset 28 is damaged");
	with_changed(56, 1, "interface 1, but 1 are described");
	with_changed(68, 9, "9 bytes in a block with room for 8");
	with_changed(68, 0xFFFFFFFF, "4294967295 bytes in a block with room for 8");
}

static void damaged_sections(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_section(&b);
	b.p[8] = 0;
	refuse(&b, ERR_FORMAT, "no byte-order magic");
	build_free(&b);

	build_section(&b);
	b.p[12] = 2;
	refuse(&b, ERR_FORMAT, "pcapng version 2.0");
	build_free(&b);

	build_section(&b);
	b.p[14] = 2; /* 1.2 is to be read as 1.0 */
	finish(source_of(&b), ERR_END, NULL);
	build_free(&b);

	size_t start = build_begin(&b, 0x0A0D0D0A);
	build_u32(&b, 0x1A2B3C4D);
	build_end(&b, start);
	refuse(&b, ERR_FORMAT, "a section header of 4 bytes");
	build_free(&b);

	/* Cut inside a block that is stepped over. */
	build_section(&b);
	start = build_begin(&b, 77);
	build_fill(&b, 1, 100);
	build_end(&b, start);
	b.len -= 10;
	finish(source_of(&b), ERR_FORMAT,
	       "cut inside the block before packet 1 at byte "
	       "offset 130");
	build_free(&b);
}

static void too_many_interfaces(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_section(&b);
	for (unsigned i = 0; i < 65536; i++)
		build_interface(&b, (uint16_t)i, 0, -1, 0);
	build_enhanced(&b, 65535, 1, 1, SLICE("a"));
	build_interface(&b, 1, 0, -1, 0);
	struct source *s = source_of(&b);
	expect_frame(s, 1, 1000, 65535, 1, SLICE("a"));
	finish(s, ERR_FORMAT, "more than 65536 interfaces");
	build_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enhanced_packets),
		cmocka_unit_test(sections_and_interfaces),
		cmocka_unit_test(resolutions),
		cmocka_unit_test(simple_packets),
		cmocka_unit_test(obsolete_packets),
		cmocka_unit_test(other_blocks),
		cmocka_unit_test(options_of_an_interface),
		cmocka_unit_test(damage),
		cmocka_unit_test(damaged_sections),
		cmocka_unit_test(too_many_interfaces),
	};
	return cmocka_run_group_tests_name("capture/read_pcapng", tests, NULL, NULL);
}
