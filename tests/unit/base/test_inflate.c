/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/inflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "support/guard.h"

#define BUDGET ((size_t)1 << 20)

/* "Hello" in the forms of RFC 7692 7.2.3, with the four bytes of its 7.2.2 behind. */
#define FIXED  "\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff"
#define AGAIN  "\xf2\x00\x11\x00\x00\x00\x00\xff\xff" /* refers to the one before */
#define STORED "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00\x00\x00\xff\xff"
#define FINAL  "\xf3\x48\xcd\xc9\xc9\x07\x00"

/* The same in the wrappings of RFC 1950 (Adler-32 0x058c01f5) and RFC 1952
 * (CRC-32 0xf7d18982, length 5). */
#define ZLIB   "\x78\x9c" FINAL "\x05\x8c\x01\xf5"
#define GZIP                                                                             \
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" FINAL                                 \
	"\x82\x89\xd1\xf7\x05\x00\x00\x00"

struct bench {
	struct mem mem;
	struct inflate *z;
	struct inflate_buffer out;
	char text[512];
};

static void open_bench(struct bench *b, enum inflate_kind kind)
{
	memset(b, 0, sizeof(*b));
	mem_init(&b->mem, BUDGET);
	assert_int_equal(inflate_new(&b->z, &b->mem, kind), OK);
	b->out.p = b->text;
	b->out.room = sizeof(b->text);
}

static void close_bench(struct bench *b)
{
	assert_int_equal(inflate_held(b->z), b->mem.used);
	inflate_free(b->z);
	assert_int_equal(b->mem.used, 0);
}

/* Run over the bytes, which must all be taken but for `left`. */
static enum err run(struct bench *b, struct slice bytes, size_t left)
{
	char *copy = guard_copy(bytes.p, bytes.len);
	struct slice in = { copy, bytes.len };
	enum err err = inflate_run(b->z, &in, &b->out);
	assert_int_equal(in.len, left);
	assert_ptr_equal(in.p, copy + bytes.len - left);
	guard_free(copy);
	return err;
}

static void assert_out(const struct bench *b, const char *text)
{
	assert_int_equal(b->out.fill, strlen(text));
	assert_memory_equal(b->text, text, b->out.fill);
}

/* --- forms */

static void test_raw(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b, INFLATE_RAW);
	assert_int_equal(run(&b, SLICE(FIXED), 0), ERR_MORE);
	assert_true(inflate_is_between(b.z));
	assert_int_equal(run(&b, SLICE(AGAIN), 0), ERR_MORE);
	assert_int_equal(run(&b, SLICE(STORED), 0), ERR_MORE);
	assert_out(&b, "HelloHelloHello");
	assert_int_equal(run(&b, SLICE(FINAL "xyz"), 3), OK);
	assert_out(&b, "HelloHelloHelloHello");
	close_bench(&b);
}

static void test_wrapped(void **state)
{
	(void)state;
	const struct slice forms[] = { SLICE(ZLIB "..."), SLICE(GZIP "...") };
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct bench b;
		open_bench(&b, INFLATE_WRAPPED);
		assert_int_equal(run(&b, forms[i], 3), OK);
		assert_out(&b, "Hello");
		/* the end is not left by itself */
		assert_int_equal(run(&b, forms[i], forms[i].len), OK);
		inflate_reset(b.z);
		assert_int_equal(run(&b, forms[i], 3), OK);
		assert_out(&b, "HelloHello");
		close_bench(&b);
	}
}

/* After the end of the data, more of them: with the window or without. */
static void test_next(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b, INFLATE_RAW);
	assert_int_equal(run(&b, SLICE(FINAL AGAIN), sizeof(AGAIN) - 1), OK);
	inflate_next(b.z);
	assert_int_equal(run(&b, SLICE(AGAIN), 0), ERR_MORE);
	assert_out(&b, "HelloHello");
	inflate_reset(b.z);
	b.out.fill = 0;
	/* its first byte is a literal, the rest refers to what is gone */
	char *copy = guard_copy(AGAIN, sizeof(AGAIN) - 1);
	struct slice in = { copy, sizeof(AGAIN) - 1 };
	assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_FORMAT);
	assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_FORMAT);
	guard_free(copy);
	inflate_reset(b.z);
	b.out.fill = 0;
	assert_int_equal(run(&b, SLICE(FIXED), 0), ERR_MORE);
	assert_out(&b, "Hello");
	close_bench(&b);
}

static void test_between(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < sizeof(FIXED) - 1; cut++) {
		struct bench b;
		open_bench(&b, INFLATE_RAW);
		assert_int_equal(run(&b, slice_head(SLICE(FIXED), cut), 0), ERR_MORE);
		assert_false(inflate_is_between(b.z));
		assert_int_equal(run(&b, slice_skip(SLICE(FIXED), cut), 0), ERR_MORE);
		assert_true(inflate_is_between(b.z));
		assert_out(&b, "Hello");
		close_bench(&b);
	}
}

/* --- room */

/* Any room, any cut of the input: the same bytes, and full is told from overfull. */
static void test_every_room_and_cut(void **state)
{
	(void)state;
	const struct slice whole = SLICE(GZIP);
	for (size_t room = 0; room <= 6; room++) {
		for (size_t cut = 0; cut <= whole.len; cut++) {
			struct bench b;
			open_bench(&b, INFLATE_WRAPPED);
			char *out = guard_copy("------", room);
			b.out = (struct inflate_buffer){ out, 0, room };
			struct slice first = slice_head(whole, cut);
			struct slice second = slice_skip(whole, cut);
			enum err err = inflate_run(b.z, &first, &b.out);
			if (err == ERR_MORE)
				err = inflate_run(b.z, &second, &b.out);
			assert_int_equal(err, room < 5 ? ERR_LIMIT : OK);
			assert_int_equal(b.out.fill, room < 5 ? room : 5);
			assert_memory_equal(out, "Hello", b.out.fill);
			guard_free(out);
			close_bench(&b);
		}
	}
}

/* A byte of room at a time. */
static void test_more_room(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b, INFLATE_RAW);
	struct slice in = SLICE(FIXED);
	b.out.room = 0;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_LIMIT);
		assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_LIMIT);
		assert_int_equal(b.out.fill, i);
		b.out.room++;
	}
	assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_MORE);
	assert_int_equal(in.len, 0);
	assert_out(&b, "Hello");
	/* the byte that did not fit goes with all else */
	b.out.fill = b.out.room = 0;
	in = SLICE(FIXED);
	assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_LIMIT);
	inflate_reset(b.z);
	b.out.room = sizeof(b.text);
	in = SLICE(AGAIN);
	assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_FORMAT);
	assert_int_equal(b.out.fill, 1);
	close_bench(&b);
}

/* --- inflate_all */

static enum err all(enum inflate_kind kind, struct slice in, size_t max, const char *text)
{
	struct mem mem;
	struct inflate_buffer out;
	mem_init(&mem, BUDGET);
	char *copy = guard_copy(in.p, in.len);
	enum err err = inflate_all(&out, &mem, kind, (struct slice){ copy, in.len }, max);
	guard_free(copy);
	if (err == OK) {
		assert_int_equal(out.fill, strlen(text));
		assert_true(out.room <= max);
		if (out.fill)
			assert_memory_equal(out.p, text, out.fill);
		mem_give(&mem, out.p, out.room);
	}
	assert_int_equal(mem.used, 0);
	return err;
}

static void test_all(void **state)
{
	(void)state;
	assert_int_equal(all(INFLATE_RAW, SLICE(FINAL), 100, "Hello"), OK);
	assert_int_equal(all(INFLATE_WRAPPED, SLICE(ZLIB), 5, "Hello"), OK);
	assert_int_equal(all(INFLATE_WRAPPED, SLICE(GZIP "more"), 5, "Hello"), OK);
	assert_int_equal(all(INFLATE_WRAPPED, SLICE(GZIP), 4, ""), ERR_LIMIT);
	assert_int_equal(all(INFLATE_WRAPPED, SLICE(GZIP), 0, ""), ERR_LIMIT);
	assert_int_equal(all(INFLATE_RAW, SLICE("\x03\x00"), 0, ""), OK); /* nothing */
	assert_int_equal(all(INFLATE_RAW, SLICE(ZLIB), 100, ""), ERR_FORMAT);
	assert_int_equal(all(INFLATE_WRAPPED, SLICE(FINAL), 100, ""), ERR_FORMAT);
	for (size_t n = 0; n < sizeof(ZLIB) - 1; n++)
		assert_int_equal(all(INFLATE_WRAPPED, slice_head(SLICE(ZLIB), n), 9, ""),
		                 ERR_MORE);
	for (size_t n = 0; n < sizeof(GZIP) - 1; n++)
		assert_int_equal(all(INFLATE_WRAPPED, slice_head(SLICE(GZIP), n), 9, ""),
		                 ERR_MORE);
	/* checksums, a preset dictionary (RFC 1950 FDICT), a block of type 3 */
	assert_int_equal(
		all(INFLATE_WRAPPED, SLICE("\x78\x9c" FINAL "\x05\x8c\x01\xf6"), 9, ""),
		ERR_FORMAT);
	assert_int_equal(
		all(INFLATE_WRAPPED, SLICE("\x78\xbb\x01\x02\x03\x04" FINAL), 9, ""),
		ERR_FORMAT);
	assert_int_equal(all(INFLATE_RAW, SLICE("\x07"), 9, ""), ERR_FORMAT);
}

/* Put bits behind the first `at`, as far as there is room; returns how many there are. */
static size_t pack(unsigned char *out, size_t room, size_t at, const char *bits)
{
	for (; *bits && at < room * 8; bits++, at++)
		out[at / 8] = (unsigned char)(out[at / 8] | (*bits - '0') << at % 8);
	return at;
}

/* RFC 1951 3.2.3, 3.2.6: a block of fixed codes with a literal 'a', and then for ever
 * matches of 258 bytes (symbol 285, 8 bits) at distance 1 (5 bits). */
static void make_bomb(unsigned char *out, size_t room)
{
	memset(out, 0, room);
	size_t at = pack(out, room, 0,
	                 "010"
	                 "10010001");
	while (at < room * 8)
		at = pack(out, room, at,
		          "11000101"
		          "00000");
}

/* All input is taken and not all output is out. */
static void test_full_with_nothing_left(void **state)
{
	(void)state;
	unsigned char bytes[3]; /* 1 + 258 times 'a' */
	const struct slice whole = { (const char *)bytes, sizeof(bytes) };
	make_bomb(bytes, sizeof(bytes));
	for (size_t room = 1; room <= 260; room++) {
		struct bench b;
		open_bench(&b, INFLATE_RAW);
		b.out.room = room;
		struct slice in = whole;
		assert_int_equal(inflate_run(b.z, &in, &b.out),
		                 room < 259 ? ERR_LIMIT : ERR_MORE);
		assert_int_equal(in.len, 0);
		assert_int_equal(b.out.fill, room < 259 ? room : 259);
		b.out.room = sizeof(b.text);
		assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_MORE);
		assert_int_equal(b.out.fill, 259);
		close_bench(&b);
	}
}

/* A block that leaves two bits of its last byte: four literals of 9 bits, and its end. */
static void test_end_within_a_byte(void **state)
{
	(void)state;
	unsigned char bytes[6] = { 0 };
	size_t at = pack(bytes, sizeof(bytes), 0, "010");
	for (unsigned i = 0; i < 4; i++)
		at = pack(bytes, sizeof(bytes), at, "110010000");
	at = pack(bytes, sizeof(bytes), at, "0000000");
	assert_int_equal(at, 46);
	struct bench b;
	open_bench(&b, INFLATE_RAW);
	assert_int_equal(run(&b, (struct slice){ (const char *)bytes, 6 }, 0), ERR_MORE);
	assert_out(&b, "\x90\x90\x90\x90");
	assert_false(inflate_is_between(b.z));
	close_bench(&b);
}

static void test_bomb(void **state)
{
	(void)state;
	unsigned char bomb[8192];
	struct slice in = { (const char *)bomb, sizeof(bomb) };
	struct mem mem;
	struct inflate_buffer out;
	/* 13 bits make 258 bytes: more than a MiB in all */
	const size_t max = 100000;
	make_bomb(bomb, sizeof(bomb));
	mem_init(&mem, BUDGET);
	assert_int_equal(inflate_all(&out, &mem, INFLATE_RAW, in, max), ERR_LIMIT);
	assert_true(mem.peak < max + 64U * 1024);
	assert_int_equal(mem.used, 0);

	struct bench b;
	open_bench(&b, INFLATE_RAW);
	assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_LIMIT);
	assert_int_equal(b.out.fill, sizeof(b.text));
	for (size_t i = 0; i < sizeof(b.text); i++)
		assert_int_equal(b.text[i], 'a');
	close_bench(&b);
}

/* --- memory */

static void test_every_allocation_fails(void **state)
{
	(void)state;
	uint64_t n = 0;
	for (;;) {
		struct mem mem;
		struct inflate_buffer out;
		mem_init(&mem, BUDGET);
		mem.fail_at = ++n;
		enum err err = inflate_all(&out, &mem, INFLATE_WRAPPED, SLICE(GZIP), 100);
		if (err == OK)
			mem_give(&mem, out.p, out.room);
		else
			assert_int_equal(err, ERR_NOMEM);
		assert_int_equal(mem.used, 0);
		if (mem.refused == 0) {
			assert_int_equal(err, OK);
			break;
		}
	}
	assert_true(n > 3); /* the struct, zlib's state, the output */
}

/* zlib asks for the window only when it has something for it. */
static void test_no_window(void **state)
{
	(void)state;
	struct bench b;
	open_bench(&b, INFLATE_RAW);
	struct slice in = SLICE(FIXED);
	b.mem.fail_at = b.mem.taken + 1;
	assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_NOMEM);
	assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_NOMEM);
	inflate_reset(b.z);
	b.out.fill = 0;
	in = SLICE(FIXED);
	assert_int_equal(inflate_run(b.z, &in, &b.out), ERR_MORE);
	assert_out(&b, "Hello");
	close_bench(&b);
	inflate_free(NULL);
	assert_int_equal(inflate_held(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_wrapped),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_every_room_and_cut),
		cmocka_unit_test(test_more_room),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_full_with_nothing_left),
		cmocka_unit_test(test_end_within_a_byte),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_every_allocation_fails),
		cmocka_unit_test(test_no_window),
	};
	return cmocka_run_group_tests_name("base/inflate", tests, NULL, NULL);
}
