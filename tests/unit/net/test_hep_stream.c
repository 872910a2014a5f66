/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/hep_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "support/guard.h"

#define BUDGET (1U << 20)

/* Three packets: of 9 bytes, of a header alone, of 10. */
static const char STREAM[] = "HEP3\0\x09" "abc" "HEP3\0\x06" "HEP3\0\x0a" "wxyz";
#define STREAM_LEN (sizeof(STREAM) - 1)

struct bench {
	struct mem              mem;
	struct hep_stream       hep;
	struct hep_stream_stats stats;
	char                    log[64]; /* lengths of packets, as letters: 'i' is 9 */
	size_t                  fill;
	unsigned                direct;
};

static void on_packet(void *arg, struct slice packet, bool direct)
{
	struct bench *b = arg;
	assert_true(packet.len >= 6 && b->fill + 1 < sizeof(b->log));
	assert_memory_equal(packet.p, "HEP3", 4);
	b->log[b->fill++] = (char)('a' + packet.len - 1);
	b->direct += direct;
}

static void begin(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	mem_init(&b->mem, BUDGET);
}

static void feed(struct bench *b, const char *bytes, size_t len)
{
	char *copy = guard_copy(bytes, len);
	hep_stream_bytes(&b->hep, &b->mem, (struct slice){ copy, len }, &b->stats,
	                 on_packet, b);
	guard_free(copy);
}

static void end(struct bench *b)
{
	hep_stream_clear(&b->hep, &b->mem);
	assert_int_equal(b->mem.used, 0);
}

static void every_split_in_three(void **state)
{
	(void)state;
	for (size_t i = 0; i <= STREAM_LEN; i++) {
		for (size_t k = i; k <= STREAM_LEN; k++) {
			struct bench b;
			begin(&b);
			feed(&b, STREAM, i);
			feed(&b, STREAM + i, k - i);
			feed(&b, STREAM + k, STREAM_LEN - k);
			assert_string_equal(b.log, "ifj");
			assert_int_equal(b.stats.skipped_bytes, 0);
			if (i == 0 && k == STREAM_LEN)
				assert_int_equal(b.direct, 3);
			end(&b);
		}
	}
}

static void junk_costs_the_piece(void **state)
{
	(void)state;
	struct bench b;
	begin(&b);
	feed(&b, "HEP3\0\x07" "xGET /", 12);
	feed(&b, "HEP3\0\x05", 6); /* shorter than its header */
	feed(&b, "HEP3\0\x08" "yz", 8);
	feed(&b, "HE", 2);
	feed(&b, "LO", 2);
	assert_string_equal(b.log, "gh");
	assert_int_equal(b.stats.skipped_bytes, 5 + 6 + 4);
	end(&b);
}

static void gap(void **state)
{
	(void)state;
	struct bench b;
	begin(&b);
	feed(&b, "HEP3\0\x09" "a", 7);
	hep_stream_gap(&b.hep, &b.mem, &b.stats);
	hep_stream_gap(&b.hep, &b.mem, &b.stats);
	assert_int_equal(b.stats.cut_packets, 1);
	assert_int_equal(b.stats.skipped_bytes, 7);
	feed(&b, STREAM, STREAM_LEN);
	assert_string_equal(b.log, "ifj");
	end(&b);
}

static void longest_packet_and_no_memory(void **state)
{
	(void)state;
	static char big[65535] = "HEP3\xff\xff";
	for (uint64_t fail_at = 0; fail_at < 4; fail_at++) {
		struct bench b;
		begin(&b);
		b.mem.fail_at = fail_at;
		for (size_t at = 0; at < sizeof(big); at += 13107)
			feed(&b, big + at, 13107);
		assert_int_equal(b.fill, fail_at == 0);
		assert_int_equal(b.stats.refused, fail_at != 0);
		feed(&b, STREAM, STREAM_LEN);
		assert_int_equal(b.fill, fail_at ? 3 : 4);
		end(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_split_in_three),
		cmocka_unit_test(junk_costs_the_piece),
		cmocka_unit_test(gap),
		cmocka_unit_test(longest_packet_and_no_memory),
	};
	return cmocka_run_group_tests_name("net/hep_stream", tests, NULL, NULL);
}
