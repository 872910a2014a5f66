/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/flow.h"

#include "world.h"

static const struct track_endpoint v4 = { .family = 4,
	                                  .bytes = { 10, 0, 0, 1 },
	                                  .port = 5060 };
static const struct track_endpoint v4_port = { .family = 4,
	                                       .bytes = { 10, 0, 0, 1 },
	                                       .port = 5062 };
static const struct track_endpoint other = { .family = 4,
	                                     .bytes = { 10, 0, 0, 2 },
	                                     .port = 5060 };
/* the bytes of v4, in the other family */
static const struct track_endpoint v6 = { .family = 6,
	                                  .bytes = { 10, 0, 0, 1 },
	                                  .port = 5060 };

static void init(struct flow_table *table, struct mem *mem, uint32_t limit)
{
	mem_init(mem, (size_t)1 << 24);
	flow_init(table, mem, 7, limit);
}

static uint32_t intern(struct flow_table *table, const struct track_endpoint *src,
                       const struct track_endpoint *dst)
{
	uint32_t flow = 0;
	assert_int_equal(flow_intern(table, src, dst, &flow), OK);
	return flow;
}

static void test_intern(void **unused)
{
	(void)unused;
	struct flow_table table;
	struct mem mem;
	init(&table, &mem, 100);
	uint32_t flow = intern(&table, &v4, &other);
	assert_int_equal(flow, 1);
	assert_int_equal(intern(&table, &v4, &other), flow);
	uint32_t back = intern(&table, &other, &v4),
		 port = intern(&table, &v4_port, &other);
	uint32_t six = intern(&table, &v6, &other), self = intern(&table, &v4, &v4);
	assert_int_equal(self, 5); /* all different */
	const struct track_flow *f = flow_at(&table, flow);
	assert_int_equal(f->src.port, 5060);
	assert_memory_equal(f->dst.bytes, other.bytes, 16);
	/* an address is the same in both directions and on any port, but not in both
	 * families */
	assert_int_not_equal(f->src_addr, f->dst_addr);
	assert_int_equal(flow_at(&table, back)->dst_addr, f->src_addr);
	assert_int_equal(flow_at(&table, back)->src_addr, f->dst_addr);
	assert_int_equal(flow_at(&table, port)->src_addr, f->src_addr);
	assert_int_not_equal(flow_at(&table, six)->src_addr, f->src_addr);
	assert_int_equal(flow_at(&table, self)->src_addr,
	                 flow_at(&table, self)->dst_addr);
	flow_clear(&table);
	assert_int_equal(mem.used, 0);
}

/* A port is all that tells 2,000 flows apart, and the records stay where they are. */
static void test_many(void **unused)
{
	(void)unused;
	struct flow_table table;
	struct mem mem;
	init(&table, &mem, 2000);
	const struct track_flow *first = flow_at(&table, intern(&table, &v4, &other));
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 2000; i++) {
			struct track_endpoint src = v4;
			src.port = (uint16_t)(v4.port + i);
			assert_int_equal(intern(&table, &src, &other), i + 1);
		}
	}
	assert_ptr_equal(flow_at(&table, 1), first);
	uint32_t flow = 99;
	assert_int_equal(flow_intern(&table, &v6, &other, &flow), ERR_LIMIT);
	assert_int_equal(flow, 99);
	assert_int_equal(intern(&table, &v4, &other), 1);
	flow_clear(&table);
	assert_int_equal(mem.used, 0);
}

static void test_no_memory(void **unused)
{
	(void)unused;
	for (uint64_t fail_at = 1;; fail_at++) {
		struct flow_table table;
		struct mem mem;
		uint32_t flow;
		init(&table, &mem, 100);
		mem.fail_at = fail_at;
		enum err e = flow_intern(&table, &v4, &other, &flow);
		if (e != OK) {
			assert_int_equal(e, ERR_NOMEM);
			assert_int_equal(intern(&table, &v4, &other), 1);
		}
		assert_int_equal(flow_at(&table, 1)->src_addr, 1);
		assert_int_equal(flow_at(&table, 1)->dst_addr, 2);
		flow_clear(&table);
		assert_int_equal(mem.used, 0);
		if (e == OK)
			break;
	}
}

/* The first and last address of each network, and their neighbours. */
static void test_private(void **unused)
{
	(void)unused;
	static const struct {
		uint8_t family, bytes[4];
		bool is_private;
	} rows[] = {
		{ 4, { 9, 255, 255, 255 }, false },
		{ 4, { 10, 0, 0, 0 }, true },
		{ 4, { 10, 255, 255, 255 }, true },
		{ 4, { 11, 0, 0, 0 }, false },
		{ 4, { 172, 15, 0, 1 }, false },
		{ 4, { 172, 16, 0, 1 }, true },
		{ 4, { 172, 31, 0, 1 }, true },
		{ 4, { 172, 32, 0, 1 }, false },
		{ 4, { 192, 168, 0, 1 }, true },
		{ 4, { 192, 169, 0, 1 }, false },
		{ 4, { 192, 0, 2, 1 }, false },
		{ 4, { 100, 63, 0, 1 }, false },
		{ 4, { 100, 64, 0, 1 }, true },
		{ 4, { 100, 127, 0, 1 }, true },
		{ 4, { 100, 128, 0, 1 }, false },
		{ 4, { 169, 254, 0, 1 }, true },
		{ 4, { 169, 253, 0, 1 }, false },
		{ 4, { 127, 0, 0, 1 }, true },
		{ 6, { 0xfb, 0xff }, false },
		{ 6, { 0xfc, 0 }, true },
		{ 6, { 0xfd, 0xff }, true },
		{ 6, { 0xfe, 0x7f }, false },
		{ 6, { 0xfe, 0x80 }, true },
		{ 6, { 0xfe, 0xbf }, true },
		{ 6, { 0xfe, 0xc0 }, false },
		{ 6, { 0x20, 0x01 }, false },
		{ 6, { 10, 0 }, false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct track_endpoint e = { .family = rows[i].family };
		memcpy(e.bytes, rows[i].bytes, sizeof(rows[i].bytes));
		if (track_endpoint_is_private(&e) != rows[i].is_private)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intern),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_private),
	};
	return cmocka_run_group_tests_name("track/flow", tests, NULL, NULL);
}
