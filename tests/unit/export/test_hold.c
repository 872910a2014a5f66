/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "export/hold.h"

struct seen {
	char     text[256];
	size_t   len;
	uint32_t owners[8];
	unsigned count;
};

static void collect(void *arg, uint32_t owner, const char *line, size_t len)
{
	struct seen *seen = arg;
	assert_true(seen->count < 8 && len <= sizeof(seen->text) - seen->len);
	seen->owners[seen->count++] = owner;
	if (len)
		memcpy(seen->text + seen->len, line, len);
	seen->len += len;
}

static void test_in_order(void **state)
{
	(void)state;
	struct hold *h;
	struct seen seen = { .len = 0 };
	assert_int_equal(hold_new(&h, "."), OK);
	assert_int_equal(hold_add(h, 7, "seven\n", 6), OK);
	assert_int_equal(hold_add(h, 1, "", 0), OK);
	assert_int_equal(hold_add(h, 7, "\0again\n", 7), OK);
	assert_int_equal(hold_replay(h, collect, &seen), OK);
	hold_free(h);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.owners[0], 7);
	assert_int_equal(seen.owners[1], 1);
	assert_int_equal(seen.owners[2], 7);
	assert_int_equal(seen.len, 13);
	assert_memory_equal(seen.text, "seven\n\0again\n", 13);
}

static void test_empty(void **state)
{
	(void)state;
	struct hold *h;
	struct seen seen = { .len = 0 };
	assert_int_equal(hold_new(&h, "."), OK);
	assert_int_equal(hold_replay(h, collect, &seen), OK);
	assert_int_equal(seen.count, 0);
	hold_free(h);
	hold_free(NULL);
}

/* The file has no name while it is in use: the folder can be removed. */
static void test_leaves_nothing(void **state)
{
	(void)state;
	char dir[] = "hold-XXXXXX";
	struct hold *h;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(hold_new(&h, dir), OK);
	assert_int_equal(hold_add(h, 1, "x\n", 2), OK);
	assert_int_equal(rmdir(dir), 0);
	hold_free(h);
}

static void test_no_folder(void **state)
{
	(void)state;
	struct hold *h;
	assert_int_equal(hold_new(&h, "no-such-folder"), ERR_IO);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_leaves_nothing),
		cmocka_unit_test(test_no_folder),
	};
	return cmocka_run_group_tests_name("export/hold", tests, NULL, NULL);
}
