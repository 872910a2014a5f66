/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "engine/streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#define BUDGET (64U << 20)
#define LIMIT  ((size_t)4 * FRAMER_MESSAGE_MAX)

static const char head[] = "OPTIONS sip:b SIP/2.0\r\nl: 2\r\n\r\n";

static void on_message(void *arg, struct slice message, bool direct)
{
	unsigned *found = arg;
	assert_int_equal(message.len, sizeof(head) - 1 + 2);
	assert_false(direct);
	++*found;
}

static void take(struct streams *s, uint32_t id, const char *text, unsigned *found)
{
	struct net_bytes piece = { .bytes = { text, strlen(text) }, .stream = id };
	streams_take(s, &piece, on_message, found);
}

static void end(struct streams *s, uint32_t id)
{
	struct net_bytes piece = { .stream = id, .end = true };
	streams_take(s, &piece, on_message, NULL);
}

static void test_streams_do_not_mix(void **state)
{
	(void)state;
	struct mem mem;
	struct streams s;
	unsigned found = 0;
	mem_init(&mem, BUDGET);
	streams_init(&s, &mem, LIMIT);
	for (uint32_t id = 1; id <= 300; id += 13)
		take(&s, id, head, &found);
	for (uint32_t id = 1; id <= 300; id += 13)
		take(&s, id, "x", &found);
	end(&s, 14);
	assert_int_equal(s.stats.cut_messages, 1);
	take(&s, 14, "x", &found); /* a new stream: no part of the old message */
	for (uint32_t id = 300 - 300 % 13 + 1; found == 0 && id > 14; id -= 13)
		take(&s, id, "x", &found);
	assert_int_equal(found, 1);
	streams_clear(&s);
	assert_int_equal(mem.used, 0);
}

static void test_limit_takes_the_idlest(void **state)
{
	(void)state;
	struct mem mem;
	struct streams s;
	unsigned found = 0;
	uint32_t count = 0;
	mem_init(&mem, BUDGET);
	streams_init(&s, &mem, LIMIT);
	while (s.stats.cut_messages == 0) {
		take(&s, ++count, head, &found);
		assert_true(s.held <= LIMIT);
		if (count > 1)
			take(&s, 1, count == 2 ? "x" : "", &found); /* never idle */
		assert_true(count < 10000);
	}
	assert_int_equal(s.held, LIMIT); /* 2 KiB for each of the others */
	take(&s, 2, "xx", &found); /* it was given up */
	assert_int_equal(found, 0);
	take(&s, 1, "x", &found);
	take(&s, 3, "xx", &found);
	take(&s, count, "xx", &found);
	assert_int_equal(found, 3);
	for (uint32_t id = 1; id <= count; id++)
		end(&s, id);
	assert_int_equal(s.held, 0);
	assert_int_equal(s.oldest + s.newest, 0);
	streams_clear(&s);
	assert_int_equal(mem.used, 0);
}

static void test_every_allocation_fails(void **state)
{
	(void)state;
	bool failed = true;
	for (uint64_t n = 1; failed; n++) {
		struct mem mem;
		struct streams s;
		unsigned found = 0;
		mem_init(&mem, BUDGET);
		mem.fail_at = n;
		streams_init(&s, &mem, LIMIT);
		for (uint32_t id = 1; id <= 3; id++) {
			take(&s, id * 60, head, &found);
			take(&s, id * 60, "xx", &found);
		}
		failed = mem.refused > 0;
		assert_int_equal(s.stats.refused, failed);
		assert_int_equal(found, failed ? 2 : 3);
		streams_clear(&s);
		assert_int_equal(mem.used, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams_do_not_mix),
		cmocka_unit_test(test_limit_takes_the_idlest),
		cmocka_unit_test(test_every_allocation_fails),
	};
	return cmocka_run_group_tests_name("engine/streams", tests, NULL, NULL);
}
