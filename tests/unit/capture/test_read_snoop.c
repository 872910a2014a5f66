/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/capture/build.h"

#define SECOND UINT64_C(1000000000)

static void header(struct build *b, uint32_t version, uint32_t type)
{
	b->big = true;
	build_bytes(b, SLICE("snoop\0\0\0"));
	build_u32(b, version);
	build_u32(b, type);
}

static void record(struct build *b, uint32_t wire, uint32_t captured, uint32_t whole)
{
	build_u32(b, wire);
	build_u32(b, captured);
	build_u32(b, whole);
	build_u32(b, 0);
	build_u32(b, 1000);
	build_u32(b, 250000);
}

static void packets(void **state)
{
	static const uint32_t types[][2] = { { 0, 1 }, { 4, 1 }, { 2, 6 }, { 8, 10 } };
	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct build b = { .big = true };
		header(&b, 2, types[i][0]);
		record(&b, 60, 5, 24 + 8);
		build_bytes(&b, SLICE("first\0\0\0"));
		record(&b, 4, 4, 24 + 4);
		build_bytes(&b, SLICE("next"));
		struct source *s = source_of(&b);
		uint16_t link = (uint16_t)types[i][1];
		expect_frame(s, 1, 1000 * SECOND + 250000000, link, 60, SLICE("first"));
		expect_frame(s, 2, 1000 * SECOND + 250000000, link, 4, SLICE("next"));
		finish(s, ERR_END, NULL);
		build_free(&b);
	}
}

static void damage(void **state)
{
	(void)state;
	struct build b = { .big = true };
	header(&b, 1, 4);
	refuse(&b, ERR_FORMAT, "snoop version 1");
	build_free(&b);

	header(&b, 2, 5);
	refuse(&b, ERR_FORMAT, "datalink type 5");
	build_free(&b);

	header(&b, 2, 4);
	record(&b, 60, 60, 24 + 59); /* the packet does not fit into its record */
	build_fill(&b, 0, 100);
	finish(source_of(&b), ERR_FORMAT, "packet 1 at byte offset 16 is damaged");
	build_free(&b);

	header(&b, 2, 4);
	record(&b, 60, 60, 24 + 60);
	build_fill(&b, 0, 59);
	finish(source_of(&b), ERR_FORMAT,
	       "cut inside packet 1 at byte offset 99 (needs 84 bytes, 83 are there)");
	build_free(&b);

	header(&b, 2, 4);
	record(&b, 60, 0xFFFFFFFF, 0xFFFFFFFF);
	finish(source_of(&b), ERR_FORMAT, "a length of 4294967295");
	build_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets),
		cmocka_unit_test(damage),
	};
	return cmocka_run_group_tests_name("capture/read_snoop", tests, NULL, NULL);
}
