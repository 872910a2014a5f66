/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/framer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/guard.h"

#define BUDGET    (64U << 20)
#define FOUND_MAX 64
#define TEXT_ROOM (80U << 10)

#define OPTIONS(id) "OPTIONS sip:b SIP/2.0\r\nCall-ID: " id "\r\n"

/* A framer and what came out of it, one text after the other. */
struct bench {
	struct mem          mem;
	struct framer       f;
	struct framer_stats stats;
	unsigned            found, direct;
	size_t              fill;
	size_t              ends[FOUND_MAX];
	char                text[TEXT_ROOM];
};

static void open_bench(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	mem_init(&b->mem, BUDGET);
	framer_init(&b->f);
}

static void close_bench(struct bench *b)
{
	framer_clear(&b->f, &b->mem);
	assert_int_equal(b->mem.used, 0);
}

static void on_message(void *arg, struct slice message, bool direct)
{
	struct bench *b = arg;
	assert_true(b->found < FOUND_MAX && message.len <= TEXT_ROOM - b->fill);
	memcpy(b->text + b->fill, message.p, message.len);
	b->fill += message.len;
	b->ends[b->found++] = b->fill;
	b->direct += direct;
}

/* One piece, with a guard page behind it. */
static void feed(struct bench *b, const char *bytes, size_t len)
{
	char *copy = guard_copy(bytes, len);
	framer_bytes(&b->f, &b->mem, (struct slice){ copy, len }, &b->stats, on_message,
	             b);
	guard_free(copy);
}

static void say(struct bench *b, const char *text)
{
	feed(b, text, strlen(text));
}

static void assert_found(const struct bench *b, unsigned i, const char *text)
{
	assert_true(i < b->found);
	size_t from = i ? b->ends[i - 1] : 0;
	assert_int_equal(b->ends[i] - from, strlen(text));
	assert_memory_equal(b->text + from, text, strlen(text));
}

/* --- one message */

/* `text`, followed by "rest", has the message of its first `len` bytes. */
static const struct {
	const char *head, *body;
} lengths[] = {
	{ OPTIONS("1") "Content-Length: 3\r\n\r\n", "abc" },
	{ OPTIONS("2") "l: 3\r\n\r\n", "abc" },
	{ OPTIONS("3") "L:3\r\n\r\n", "abc" },
	{ OPTIONS("4") "cOnTeNt-LeNgTh \t:\t 3 \r\n\r\n", "abc" },
	{ OPTIONS("5") "Content-Length:\r\n 3\r\n\r\n", "abc" },
	{ OPTIONS("6") "Content-Length:\r\n\t\r\n  003\r\n\r\n", "abc" },
	{ OPTIONS("7") "Content-Length: 3\r\nl: 7\r\n\r\n", "abc" },
	{ OPTIONS("8") "Subject: x\r\n l: 2\r\nl: 3\r\n\r\n", "abc" }, /* a fold */
	{ OPTIONS("9") "Content-Length: 3\n\n", "abc" },
	{ OPTIONS("10") "l: 6\r\n\r\n", "\r\n\r\n\r\n" },
	{ OPTIONS("11") "l: 0\r\n\r\n", "" },
	{ OPTIONS("12") "\r\n", "" },
	{ OPTIONS("13") "l: x\r\n\r\n", "" },
	{ OPTIONS("14") "l: -1\r\n\r\n", "" },
	{ OPTIONS("15") "l: 3x\r\n\r\n", "" },
	{ OPTIONS("16") "l:\r\n\r\n", "" },
	{ OPTIONS("17") "l: x\r\nl: 3\r\n\r\n", "" }, /* the first field counts */
	{ OPTIONS("18") "Content-Length-X: 3\r\nXl: 3\r\n\r\n", "" },
	{ OPTIONS("19") "no colon, l 3\r\n\r\n", "" },
	{ "OPTIONS sip:b SIP/2.0\r\n\r\n", "" },
	{ "SIP/2.0 200 OK\nl: 2\n\r\n", "\n\n" },
	{ "SIP/2.0 200\r\nX: \r\r\nl: 1\r\n\r\n", "z" },
};

static void test_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct bench b;
		char text[256];
		size_t head = strlen(lengths[i].head), body = strlen(lengths[i].body);
		memcpy(text, lengths[i].head, head);
		memcpy(text + head, lengths[i].body, body);
		memcpy(text + head + body, "SIP/2.0 100 T\r\n\r\n", 18);
		open_bench(&b);
		say(&b, text);
		assert_int_equal(b.found, 2);
		assert_int_equal(b.direct, 2);
		assert_found(&b, 1, "SIP/2.0 100 T\r\n\r\n");
		text[head + body] = '\0';
		assert_found(&b, 0, text);
		assert_int_equal(b.mem.taken, 0); /* nothing was copied */
		close_bench(&b);
	}
}

/* --- cuts */

static const char *const mixed[] = {
	OPTIONS("a") "Content-Length: 5\r\n\r\n12\r\n\r",
	OPTIONS("b") "\r\n",
	"SIP/2.0 200 OK\nl: 28\n\nSIP/2.0 404 No\r\nl: 2\r\n\r\nxy\r\n",
	"SIP/2.0 180 Ringing\r\nContent-Length:\r\n  1\r\n\r\nz",
};

/* Messages with keep-alives between them, in front and behind, and a line of junk. */
static size_t mixed_text(char *out)
{
	static const char *const before[] = { "\r\n\r\n", "", "\n", "junk: 1\r\n\r\n" };
	size_t len = 0;
	for (size_t i = 0; i < sizeof(mixed) / sizeof(mixed[0]); i++) {
		memcpy(out + len, before[i], strlen(before[i]));
		len += strlen(before[i]);
		memcpy(out + len, mixed[i], strlen(mixed[i]));
		len += strlen(mixed[i]);
	}
	memcpy(out + len, "\r\n\r\n", 4);
	return len + 4;
}

static void assert_mixed(const struct bench *b)
{
	assert_int_equal(b->found, sizeof(mixed) / sizeof(mixed[0]));
	for (unsigned i = 0; i < b->found; i++)
		assert_found(b, i, mixed[i]);
	/* an end of line that comes in a piece of its own looks like a keep-alive */
	assert_in_range(b->stats.skipped_bytes, strlen("junk: 1"), strlen("junk: 1\r\n"));
	assert_int_equal(b->stats.cut_messages, 0);
	assert_ptr_equal(b->f.buffer, NULL);
}

static void test_every_cut(void **state)
{
	(void)state;
	char text[512];
	size_t len = mixed_text(text);
	for (size_t i = 0; i <= len; i++) {
		for (size_t k = i; k <= len; k++) {
			struct bench b;
			open_bench(&b);
			const size_t cuts[] = { 0, i, k, len };
			for (unsigned n = 0; n < 3; n++)
				framer_bytes(&b.f, &b.mem,
				             (struct slice){ text + cuts[n],
				                             cuts[n + 1] - cuts[n] },
				             &b.stats, on_message, &b);
			assert_mixed(&b);
			close_bench(&b);
		}
	}
}

static void test_small_pieces(void **state)
{
	(void)state;
	char text[512];
	size_t len = mixed_text(text);
	for (size_t step = 1; step < 40; step++) {
		struct bench b;
		open_bench(&b);
		for (size_t i = 0; i < len; i += step)
			feed(&b, text + i, step < len - i ? step : len - i);
		assert_mixed(&b);
		close_bench(&b);
	}
}

static void test_large_body(void **state)
{
	(void)state;
	static const char head[] = OPTIONS("big") "l: 65536\r\n\r\n";
	size_t len = sizeof(head) - 1 + 65536;
	char *text = malloc(len);
	assert_non_null(text);
	memset(text, 'x', len);
	memcpy(text, head, sizeof(head) - 1);
	for (size_t step = 1; step <= len; step = step * 7 + 3) {
		struct bench b;
		open_bench(&b);
		for (size_t i = 0; i < len; i += step) {
			assert_int_equal(b.found, 0);
			size_t n = step < len - i ? step : len - i;
			struct slice piece = { text + i, n };
			framer_bytes(&b.f, &b.mem, piece, &b.stats, on_message, &b);
		}
		assert_int_equal(b.found, 1);
		assert_int_equal(b.fill, len);
		assert_memory_equal(b.text, text, len);
		close_bench(&b);
	}
	free(text);
}

/* --- what is no message */

static void test_resynchronise(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	/* a body longer than said; the next start line is in the same piece */
	say(&b, OPTIONS("1") "l: 2\r\n\r\nab\tcd\r\nef\r\n" OPTIONS("2") "\r\n");
	assert_int_equal(b.found, 2);
	assert_found(&b, 1, OPTIONS("2") "\r\n");
	assert_int_equal(b.stats.skipped_bytes, 3 + 2 + 4);
	/* shorter than said: takes from the next message, whose rest is junk */
	say(&b, OPTIONS("3") "l: 12\r\n\r\n" OPTIONS("4") "\r\n" OPTIONS("5") "\r\n");
	assert_int_equal(b.found, 4);
	assert_found(&b, 2, OPTIONS("3") "l: 12\r\n\r\nOPTIONS sip:");
	assert_found(&b, 3, OPTIONS("5") "\r\n");
	close_bench(&b);
}

static void test_huge_lengths(void **state)
{
	(void)state;
	static const char *const huge[] = { "1048577",
		                            "2147483647",
		                            "4294967295",
		                            "4294967296",
		                            "18446744073709551615",
		                            "1000000000000000000000000000000" };
	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
		struct bench b;
		open_bench(&b);
		say(&b, OPTIONS("1") "l: ");
		say(&b, huge[i]);
		say(&b, "\r\n\r\nbody\r\n");
		say(&b, OPTIONS("2") "\r\n");
		assert_int_equal(b.stats.long_messages, 1);
		/* what is there of the first: its headers */
		char head[256];
		snprintf(head, sizeof(head), "%s%s\r\n\r\n", OPTIONS("1") "l: ",
		         huge[i]);
		assert_int_equal(b.found, 2);
		assert_found(&b, 0, head);
		assert_found(&b, 1, OPTIONS("2") "\r\n");
		close_bench(&b);
	}
}

static void test_endless_headers(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, OPTIONS("1"));
	for (unsigned i = 0; i < FRAMER_MESSAGE_MAX / 16; i++)
		say(&b, "X: 45678901234\r\n");
	assert_int_equal(b.stats.long_messages, 1);
	assert_true(b.mem.peak <= 2 * FRAMER_MESSAGE_MAX);
	say(&b, "\r\n" OPTIONS("2") "\r\n");
	assert_int_equal(b.found, 1);
	close_bench(&b);
}

static void test_other_protocols(void **state)
{
	(void)state;
	struct bench b;
	char block[1024];
	open_bench(&b);
	memset(block, 'x', sizeof(block));
	memcpy(block, "GET / HTTP/1.1\r\n", 16);
	for (unsigned i = 0; i < FRAMER_LOOK / sizeof(block); i++)
		feed(&b, block, sizeof(block));
	assert_int_equal(b.f.looked, FRAMER_LOOK);
	assert_int_equal(b.mem.used, 0);
	assert_int_equal(b.stats.skipped_bytes, 0);
	/* from now on a piece is looked at only at its start */
	say(&b, "junk\r\n" OPTIONS("1") "\r\n");
	assert_int_equal(b.found, 0);
	say(&b, OPTIONS("2") "\r\n");
	assert_int_equal(b.found, 1);
	assert_found(&b, 0, OPTIONS("2") "\r\n");
	say(&b, "junk\r\n" OPTIONS("3") "\r\n");
	assert_int_equal(b.found, 2);
	close_bench(&b);

	/* a line that goes on for ever may be a start line only for so long */
	open_bench(&b);
	say(&b, "OPTIONS sip:");
	for (unsigned i = 0; i < 64; i++)
		feed(&b, block + 16, 1000);
	assert_true(b.mem.peak <= 2 * FRAMER_LINE_MAX);
	assert_int_equal(b.mem.used, 0);
	close_bench(&b);
}

static void test_capture_within_a_message(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	say(&b, "ode: 5\r\nl: 4\r\n\r\nv=0\n" OPTIONS("1") "\r\n");
	assert_int_equal(b.found, 1);
	assert_found(&b, 0, OPTIONS("1") "\r\n");
	assert_int_equal(b.stats.skipped_bytes, 0);
	close_bench(&b);
}

/* --- gaps */

static void test_gaps(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b);
	framer_gap(&b.f, &b.mem, 100, &b.stats); /* nothing held */
	say(&b, OPTIONS("1"));
	framer_gap(&b.f, &b.mem, 10, &b.stats); /* in the headers */
	assert_int_equal(b.stats.cut_messages, 1);
	assert_int_equal(b.mem.used, 0);
	say(&b, "x: y\r\nl: 5\r\n\r\n12345" OPTIONS("2") "l: 40\r\n\r\n0123456789");
	framer_gap(&b.f, &b.mem, 10, &b.stats); /* in the body: 20 bytes are left */
	assert_int_equal(b.found, 0);
	assert_int_equal(b.stats.cut_messages, 2);
	say(&b, "SIP/2.0 200");
	framer_gap(&b.f, &b.mem, 3, &b.stats); /* and once more */
	say(&b, "\r\n\r\n\r\n" OPTIONS("3") "\r\n");
	assert_int_equal(b.found, 1);
	assert_found(&b, 0, OPTIONS("3") "\r\n");
	assert_int_equal(b.stats.cut_messages, 2);
	say(&b, OPTIONS("4") "l: 10\r\n\r\n01");
	framer_gap(&b.f, &b.mem, 9, &b.stats); /* beyond the end of the body */
	say(&b, OPTIONS("5") "\r\n");
	assert_int_equal(b.found, 2);
	say(&b, OPTIONS("6") "l: 10\r\n\r\n01");
	framer_gap(&b.f, &b.mem, 8, &b.stats); /* up to its end */
	say(&b, OPTIONS("7") "\r\n");
	assert_int_equal(b.found, 3);
	say(&b, "OPT"); /* no message yet */
	framer_gap(&b.f, &b.mem, 0, &b.stats);
	assert_int_equal(b.stats.cut_messages, 4);
	close_bench(&b);
}

/* --- memory */

static void test_every_allocation_fails(void **state)
{
	(void)state;
	char text[512];
	size_t len = mixed_text(text);
	uint64_t n = 0;
	for (;;) {
		struct bench b;
		open_bench(&b);
		b.mem.fail_at = ++n;
		for (size_t i = 0; i < len; i += 9)
			feed(&b, text + i, len - i < 9 ? len - i : 9);
		bool failed = b.mem.refused > 0;
		assert_int_equal(b.stats.refused, b.mem.refused);
		if (failed)
			assert_true(b.found >= 3); /* costs one message at most */
		else
			assert_mixed(&b);
		close_bench(&b);
		if (!failed)
			break;
	}
	assert_in_range(n, 5, 7); /* one for each message, and perhaps for junk */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_small_pieces),
		cmocka_unit_test(test_large_body),
		cmocka_unit_test(test_resynchronise),
		cmocka_unit_test(test_huge_lengths),
		cmocka_unit_test(test_endless_headers),
		cmocka_unit_test(test_other_protocols),
		cmocka_unit_test(test_capture_within_a_message),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_every_allocation_fails),
	};
	return cmocka_run_group_tests_name("sip/framer", tests, NULL, NULL);
}
