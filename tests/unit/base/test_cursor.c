/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/guard.h"

static const char bytes[] = "\x01\x82\x03\x84\x05\x86\x07\x88\x09";

#define NBYTES (sizeof(bytes) - 1)

static struct cursor over(const char *p, size_t len)
{
	return cursor_of((struct slice){ p, len });
}

static void test_values(void **state)
{
	(void)state;
	struct cursor c = over(bytes, NBYTES);
	assert_int_equal(cursor_u8(&c), 0x01);
	assert_int_equal(cursor_be16(&c), 0x8203);
	assert_true(cursor_be32(&c) == 0x84058607);
	assert_int_equal(cursor_le16(&c), 0x0988);
	assert_int_equal(cursor_left(&c), 0);
	assert_false(c.failed);

	c = over(bytes, NBYTES);
	assert_true(cursor_be64(&c) == UINT64_C(0x0182038405860788));
	c = over(bytes + 1, NBYTES - 1);
	assert_true(cursor_be64(&c) == UINT64_C(0x8203840586078809));
	c = over(bytes, NBYTES);
	assert_true(cursor_le64(&c) == UINT64_C(0x8807860584038201));
	c = over(bytes + 1, NBYTES - 1);
	assert_true(cursor_le32(&c) == 0x05840382);
	assert_true(cursor_le32(&c) == 0x09880786);
	assert_false(c.failed);

	c = over("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	assert_true(cursor_be64(&c) == UINT64_MAX);
	c = over("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	assert_true(cursor_le64(&c) == UINT64_MAX);
}

static uint64_t read_u8(struct cursor *c)
{
	return cursor_u8(c);
}

static uint64_t read_be16(struct cursor *c)
{
	return cursor_be16(c);
}

static uint64_t read_be32(struct cursor *c)
{
	return cursor_be32(c);
}

static uint64_t read_le16(struct cursor *c)
{
	return cursor_le16(c);
}

static uint64_t read_le32(struct cursor *c)
{
	return cursor_le32(c);
}

static const struct {
	uint64_t (*read)(struct cursor *c);
	size_t width;
	uint64_t value; /* at the start of `bytes` */
} readers[] = {
	{ read_u8, 1, 0x01 },
	{ read_be16, 2, 0x0182 },
	{ read_be32, 4, 0x01820384 },
	{ cursor_be64, 8, UINT64_C(0x0182038405860788) },
	{ read_le16, 2, 0x8201 },
	{ read_le32, 4, 0x84038201 },
	{ cursor_le64, 8, UINT64_C(0x8807860584038201) },
};

#define NREADERS (sizeof(readers) / sizeof(readers[0]))

/* Each read at each length: a read too far fails, leaves the cursor at its end, and
 * it stays failed; the byte behind the last is never touched. */
static void test_every_cut(void **state)
{
	(void)state;
	for (size_t r = 0; r < NREADERS; r++) {
		for (size_t len = 0; len <= NBYTES; len++) {
			char *copy = guard_copy(bytes, len);
			struct cursor c = over(copy, len);
			uint64_t value = readers[r].read(&c);
			if (len >= readers[r].width) {
				assert_true(value == readers[r].value);
				assert_false(c.failed);
				assert_int_equal(cursor_left(&c), len - readers[r].width);
			} else {
				assert_true(c.failed);
				assert_int_equal(cursor_left(&c), 0);
				assert_true(readers[r].read(&c) == 0);
				assert_true(c.failed);
			}
			guard_free(copy);
		}
	}
}

static void test_none(void **state)
{
	(void)state;
	struct cursor c = cursor_of(SLICE_NONE);
	assert_int_equal(cursor_left(&c), 0);
	assert_true(cursor_need(&c, 0));
	cursor_skip(&c, 0);
	assert_int_equal(cursor_take(&c, 0).len, 0);
	assert_int_equal(cursor_rest(&c).len, 0);
	assert_int_equal(cursor_peek(&c, 0), 0);
	cursor_limit(&c, 5);
	assert_false(c.failed);
	assert_int_equal(cursor_u8(&c), 0);
	assert_true(c.failed);
}

static void test_need_and_skip(void **state)
{
	(void)state;
	struct cursor c = over(bytes, 4);
	assert_true(cursor_need(&c, 4));
	assert_int_equal(cursor_left(&c), 4); /* a question moves nothing */
	cursor_skip(&c, 3);
	assert_int_equal(cursor_left(&c), 1);
	assert_int_equal(cursor_u8(&c), 0x84);
	assert_false(c.failed);

	c = over(bytes, 4);
	assert_false(cursor_need(&c, 5));
	assert_true(c.failed);
	assert_int_equal(cursor_left(&c), 0);

	c = over(bytes, 4);
	cursor_skip(&c, SIZE_MAX); /* a length from the wire cannot wrap the pointer */
	assert_true(c.failed);
	assert_int_equal(cursor_left(&c), 0);
	cursor_skip(&c, 0);
	assert_true(c.failed);
}

static void test_take_and_rest(void **state)
{
	(void)state;
	struct cursor c = over(bytes, NBYTES);
	struct slice s = cursor_take(&c, 2);
	assert_ptr_equal(s.p, bytes);
	assert_int_equal(s.len, 2);
	assert_int_equal(cursor_take(&c, 0).len, 0);
	assert_int_equal(cursor_left(&c), NBYTES - 2);
	s = cursor_rest(&c);
	assert_ptr_equal(s.p, bytes + 2);
	assert_int_equal(s.len, NBYTES - 2);
	assert_int_equal(cursor_rest(&c).len, 0);
	assert_false(c.failed);

	c = over(bytes, 4);
	s = cursor_take(&c, 5); /* all or nothing */
	assert_int_equal(s.len, 0);
	assert_true(c.failed);
	assert_int_equal(cursor_rest(&c).len, 0);
	c = over(bytes, 4);
	assert_int_equal(cursor_take(&c, SIZE_MAX).len, 0);
	assert_true(c.failed);
}

static void test_limit(void **state)
{
	(void)state;
	struct cursor c = over(bytes, NBYTES);
	cursor_skip(&c, 1);
	cursor_limit(&c, SIZE_MAX);
	assert_int_equal(cursor_left(&c), NBYTES - 1);
	cursor_limit(&c, NBYTES);
	assert_int_equal(cursor_left(&c), NBYTES - 1);
	cursor_limit(&c, 2);
	assert_int_equal(cursor_left(&c), 2);
	cursor_limit(&c, 3); /* never wider again */
	assert_int_equal(cursor_left(&c), 2);
	assert_int_equal(cursor_be16(&c), 0x8203);
	assert_false(c.failed);
	assert_int_equal(cursor_u8(&c), 0);
	assert_true(c.failed);

	c = over(bytes, NBYTES);
	cursor_limit(&c, 0);
	assert_int_equal(cursor_left(&c), 0);
	assert_false(c.failed);
}

static void test_peek(void **state)
{
	(void)state;
	char *copy = guard_copy(bytes, 3);
	struct cursor c = over(copy, 3);
	assert_int_equal(cursor_peek(&c, 0), 0x01);
	assert_int_equal(cursor_peek(&c, 2), 0x03);
	assert_int_equal(cursor_peek(&c, 3), 0);
	assert_int_equal(cursor_peek(&c, SIZE_MAX), 0);
	assert_false(c.failed);
	assert_int_equal(cursor_u8(&c), 0x01);
	assert_int_equal(cursor_peek(&c, 0), 0x82);
	assert_int_equal(cursor_peek(&c, 2), 0);
	guard_free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_need_and_skip),
		cmocka_unit_test(test_take_and_rest),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_peek),
	};
	return cmocka_run_group_tests_name("base/cursor", tests, NULL, NULL);
}
