/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture/frame_spool.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#define PACKETS 3000 /* several times the buffer of the spool */

static struct frame_spool *new_spool(void)
{
	struct frame_spool *spool;
	char why[STORE_WHY_MAX] = "";
	if (frame_spool_new(&spool, why) != OK)
		fail_msg("%s", why);
	return spool;
}

/* Packet i: its length, times and words depend on i; some are empty, one is large. */
static struct frame packet(uint32_t i)
{
	static char bytes[300000];
	size_t len = i == 7 ? sizeof(bytes) : i * 7919 % 900;
	memset(bytes, (int)(i % 251), len);
	return (struct frame){ .at = i * UINT64_C(1000000007),
		               .number = 2 * i + 1,
		               .bytes = { bytes, len },
		               .wire_len = (uint32_t)len + i % 3,
		               .link = (uint16_t)(i % 200),
		               .input = (uint16_t)(i % 5) };
}

static void assert_all(struct frame_spool *spool, uint32_t n)
{
	struct frame f;
	frame_spool_rewind(spool);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(frame_spool_next(spool, &f), OK);
		struct frame want = packet(i);
		assert_int_equal(f.at, want.at);
		assert_int_equal(f.number, want.number);
		assert_int_equal(f.wire_len, want.wire_len);
		assert_int_equal(f.link, want.link);
		assert_int_equal(f.input, want.input);
		assert_true(f.offset == FRAME_NO_OFFSET);
		assert_int_equal(f.bytes.len, want.bytes.len);
		if (f.bytes.len)
			assert_memory_equal(f.bytes.p, want.bytes.p, f.bytes.len);
	}
	assert_int_equal(frame_spool_next(spool, &f), ERR_END);
}

static void test_again(void **state)
{
	(void)state;
	struct frame_spool *spool = new_spool();
	assert_all(spool, 0);
	for (uint32_t i = 0; i < PACKETS; i++) {
		const struct frame f = packet(i);
		assert_int_equal(frame_spool_put(spool, &f), OK);
		if (i == 10 || i == 2000)
			assert_all(spool, i + 1);
	}
	assert_int_equal(frame_spool_count(spool), PACKETS);
	assert_all(spool, PACKETS);
	assert_all(spool, PACKETS);
	frame_spool_free(spool);
	frame_spool_free(NULL);
}

/* Where there is no room, a packet is not kept, and those before it stay. */
static void test_full(void **state)
{
	(void)state;
	struct rlimit old, small;
	struct frame_spool *spool = new_spool();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 400000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	uint32_t kept = 0;
	while (kept < PACKETS) {
		const struct frame f = packet(kept);
		if (frame_spool_put(spool, &f) != OK)
			break;
		kept++;
	}
	assert_true(kept > 8 && kept < PACKETS);
	assert_int_equal(frame_spool_count(spool), kept);
	assert_all(spool, kept);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	frame_spool_free(spool);
}

/* With a limit the newest are there, whole, from some packet on. */
static void test_limit(void **state)
{
	(void)state;
	enum { LIMIT = 8 << 20, MANY = 60000 };
	struct frame_spool *spool = new_spool();
	struct frame f;
	uint64_t before = 0;
	frame_spool_limit(spool, LIMIT);
	for (uint32_t i = 0; i < MANY; i++) {
		struct frame frame = packet(i);
		assert_int_equal(frame_spool_put(spool, &frame), OK);
		if (i % 5000 || i < 10000)
			continue;
		uint64_t gone = frame_spool_gone(spool), n = gone;
		assert_true(gone >= before && gone <= i);
		before = gone;
		frame_spool_rewind(spool);
		while (frame_spool_next(spool, &f) == OK) {
			struct frame want = packet((uint32_t)n++);
			assert_int_equal(f.at, want.at);
			assert_int_equal(f.bytes.len, want.bytes.len);
			if (f.bytes.len)
				assert_memory_equal(f.bytes.p, want.bytes.p, f.bytes.len);
		}
		assert_int_equal(n, i + 1);
	}
	assert_int_equal(frame_spool_count(spool), MANY);
	/* 482 bytes each on average: of the first 55,000, about the limit is there */
	assert_in_range(55000 - before, LIMIT / 482 * 7 / 8, LIMIT / 482 * 9 / 8);
	frame_spool_free(spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_full),
	};
	return cmocka_run_group_tests_name("capture/frame_spool", tests, NULL, NULL);
}
