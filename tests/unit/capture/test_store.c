/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "capture/store.h"
#include "unit/capture/build.h"

static struct store *new_store(void)
{
	struct store *store = NULL;
	char why[STORE_WHY_MAX] = "";
	if (store_new(&store, why) != OK)
		fail_msg("%s", why);
	return store;
}

/* Item i: its length and its byte depend on i. */
static size_t length_of(size_t i)
{
	return i * 7919 % 3000;
}

static void put_and_get(void **state)
{
	(void)state;
	enum { ITEMS = 1000 };
	static uint64_t refs[ITEMS];
	char bytes[3000], back[3000];
	struct store *store = new_store();
	uint64_t total = 0;
	for (size_t i = 0; i < ITEMS; i++) {
		memset(bytes, (int)(i % 251), length_of(i));
		struct slice s = { bytes, length_of(i) };
		assert_int_equal(store_put(store, s, &refs[i]), OK);
		assert_int_equal(refs[i], total);
		total += s.len;
		/* At once, from the buffer or across its end. */
		assert_int_equal(store_get(store, STORE_SPOOL, refs[i], s.len, back), OK);
		assert_memory_equal(back, bytes, s.len);
	}
	assert_true(total > 4 * STORE_BUFFER);
	assert_int_equal(store_size(store), total);
	for (size_t i = ITEMS; i-- > 0;) {
		memset(bytes, (int)(i % 251), length_of(i));
		assert_int_equal(
			store_get(store, STORE_SPOOL, refs[i], length_of(i), back), OK);
		assert_memory_equal(back, bytes, length_of(i));
	}
	assert_null(store_problem(store));
	store_free(store);
	store_free(NULL);
}

/* Larger than the buffer, after something in it; then one read over both. */
static void large_items(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_fill(&b, 'L', STORE_BUFFER + 1);
	struct store *store = new_store();
	uint64_t small, large, after;
	assert_int_equal(store_put(store, SLICE("small"), &small), OK);
	assert_int_equal(store_put(store, build_slice(&b), &large), OK);
	assert_int_equal(store_put(store, SLICE("after"), &after), OK);
	assert_int_equal(after, 5 + STORE_BUFFER + 1);
	char back[10];
	assert_int_equal(store_get(store, STORE_SPOOL, 3, 4, back), OK);
	assert_memory_equal(back, "llLL", 4);
	assert_int_equal(store_get(store, STORE_SPOOL, after - 2, 7, back), OK);
	assert_memory_equal(back, "LLafter", 7);
	store_free(store);
	build_free(&b);
}

static void nothing_past_the_end(void **state)
{
	(void)state;
	struct store *store = new_store();
	uint64_t ref;
	char back[8];
	assert_int_equal(store_put(store, SLICE("four"), &ref), OK);
	assert_int_equal(store_get(store, STORE_SPOOL, 0, 5, back), ERR_IO);
	assert_non_null(store_problem(store));
	assert_int_equal(store_get(store, STORE_SPOOL, 5, 0, back), ERR_IO);
	assert_int_equal(store_get(store, STORE_SPOOL, UINT64_MAX, 2, back), ERR_IO);
	assert_int_equal(store_get(store, STORE_SPOOL, 4, 0, back), OK);
	assert_int_equal(store_put(store, SLICE_NONE, &ref), OK);
	assert_int_equal(ref, 4);
	store_free(store);
}

static void original_files(void **state)
{
	(void)state;
	char path[64], back[8];
	int fd = temporary(path, SLICE("0123456789"));
	struct store *store = new_store();
	assert_int_equal(store_add_file(store, 3, fd), OK);
	close(fd); /* the store has its own */
	assert_int_equal(store_get(store, 3, 4, 3, back), OK);
	assert_memory_equal(back, "456", 3);
	assert_int_equal(store_get(store, 3, 8, 3, back), ERR_IO);
	assert_int_equal(store_get(store, 3, UINT64_MAX, 3, back), ERR_IO);
	assert_int_equal(store_get(store, 3, INT64_MAX - 1, 3, back), ERR_IO);
	assert_int_equal(store_get(store, 2, 0, 1, back), ERR_IO);
	assert_int_equal(store_get(store, 4, 0, 1, back), ERR_IO);
	assert_int_equal(store_add_file(store, STORE_SPOOL, 0), ERR_IO);
	assert_int_equal(store_add_file(store, 5, -1), ERR_IO);
	store_free(store);
	unlink(path);
}

/* No file of the store is to be seen, and a directory that is not there is passed by. */
static void spool_has_no_name(void **state)
{
	(void)state;
	char dir[] = "/tmp/sipglass-test-XXXXXX";
	assert_non_null(mkdtemp(dir));
	char *before = getenv("TMPDIR");
	before = before ? strdup(before) : NULL;
	setenv("TMPDIR", dir, 1);
	struct store *store = new_store();
	uint64_t ref;
	assert_int_equal(store_put(store, SLICE("bytes"), &ref), OK);
	assert_int_equal(rmdir(dir), 0); /* it is empty */
	store_free(store);
	store_free(new_store());
	if (before)
		setenv("TMPDIR", before, 1);
	else
		unsetenv("TMPDIR");
	free(before);
}

/* The disk is full: nothing is lost that was put, and it goes on when there is room. */
static void full_disk(void **state)
{
	(void)state;
	struct rlimit before, small;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	small = before;
	small.rlim_cur = STORE_BUFFER + 1000;
	struct build b = { .big = false };
	build_fill(&b, 'x', STORE_BUFFER);
	struct store *store = new_store();
	uint64_t ref;
	assert_int_equal(store_put(store, build_slice(&b), &ref), OK);
	memset(b.p, 'y', b.len);
	assert_int_equal(store_put(store, build_slice(&b), &ref), OK);
	memset(b.p, 'z', b.len);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	enum err err = store_put(store, build_slice(&b), &ref);
	enum err again = store_put(store, SLICE("z"), &ref);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err, ERR_IO);
	assert_int_equal(again, ERR_IO);
	assert_non_null(strstr(store_problem(store), "262144 bytes are in it"));
	assert_int_equal(store_size(store), 2 * STORE_BUFFER);
	char back[4];
	assert_int_equal(store_get(store, STORE_SPOOL, STORE_BUFFER - 2, 4, back), OK);
	assert_memory_equal(back, "xxyy", 4);
	assert_int_equal(store_put(store, build_slice(&b), &ref), OK);
	assert_int_equal(ref, 2 * STORE_BUFFER);
	assert_int_equal(store_get(store, STORE_SPOOL, ref - 2, 4, back), OK);
	assert_memory_equal(back, "yyzz", 4);
	store_free(store);
	build_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(put_and_get),          cmocka_unit_test(large_items),
		cmocka_unit_test(nothing_past_the_end), cmocka_unit_test(original_files),
		cmocka_unit_test(spool_has_no_name),    cmocka_unit_test(full_disk),
	};
	return cmocka_run_group_tests_name("capture/store", tests, NULL, NULL);
}
