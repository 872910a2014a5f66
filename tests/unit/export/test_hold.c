/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "export/hold.h"

/* --- allocations that fail: these stand before the functions of libc (--wrap) */

static struct {
	unsigned calls, fail_at; /* fail_at 0: none fails */
} fault;

static bool allocation_fails(void)
{
	return ++fault.calls == fault.fail_at;
}

void *__wrap_malloc(size_t n);
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n)
{
	errno = ENOMEM;
	return allocation_fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	errno = ENOMEM;
	return allocation_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n)
{
	errno = ENOMEM;
	return allocation_fails() ? NULL : __real_realloc(p, n);
}

/* --- as it is used */

struct seen {
	char text[256];
	size_t len;
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

static void test_take(void **state)
{
	(void)state;
	struct hold *h;
	struct seen seen = { .len = 0 };
	assert_int_equal(hold_new(&h, "."), OK);
	assert_int_equal(hold_take(h, 1, collect, &seen), OK); /* it has none */
	assert_int_equal(hold_add(h, 1, "one\n", 4), OK);
	assert_int_equal(hold_add(h, 2, "two\n", 4), OK);
	assert_int_equal(hold_add(h, 1, "", 0), OK);
	assert_int_equal(hold_add(h, 3, "three\n", 6), OK);
	assert_int_equal(hold_add(h, 1, "last\n", 5), OK);
	assert_int_equal(hold_take(h, 1, collect, &seen), OK);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.owners[2], 1);
	assert_int_equal(seen.len, 9);
	assert_memory_equal(seen.text, "one\nlast\n", 9);
	assert_int_equal(hold_take(h, 1, collect, &seen), OK);
	assert_int_equal(hold_take(h, 3, NULL, NULL), OK);
	assert_int_equal(hold_add(h, 4, "four\n", 5), OK);
	assert_int_equal(hold_replay(h, collect, &seen), OK);
	hold_free(h);
	assert_int_equal(seen.count, 5);
	assert_memory_equal(seen.text, "one\nlast\ntwo\nfour\n", 18);
}

/* --- against a model */

#define PERIOD 65521U
#define LARGE  700000U /* more than is read at once */
#define LINES  20000U
#define OWNERS 20000U
#define HEAD   16U /* bytes of the file that a line takes beside its own */

struct model {
	struct hold *hold;
	int fd; /* of its file */
	char *pattern;
	struct {
		uint32_t owner, len;
	} lines[LINES];
	bool taken[OWNERS];
	uint32_t nlines, owners, oldest, random;
	uint64_t live, most_live;
	/* where a sink is in the lines, and the owner it wants; 0: all */
	uint32_t next, only;
};

static uint32_t any(struct model *m, uint32_t below)
{
	m->random = m->random * 1664525U + 1013904223U;
	return (uint32_t)((uint64_t)(m->random >> 8) * below >> 24);
}

/* The file is the one descriptor that a hold opens. */
static struct model *model_new(void)
{
	struct model *m = calloc(1, sizeof(*m));
	assert_non_null(m);
	m->pattern = malloc(PERIOD + LARGE);
	assert_non_null(m->pattern);
	for (uint32_t i = 0; i < PERIOD + LARGE; i++)
		m->pattern[i] = (char)(i % PERIOD * 2654435761U >> 13);
	m->fd = dup(0);
	assert_true(m->fd >= 0);
	close(m->fd);
	assert_int_equal(hold_new(&m->hold, "."), OK);
	m->random = 20260;
	return m;
}

static void model_free(struct model *m)
{
	hold_free(m->hold);
	free(m->pattern);
	free(m);
}

static const char *line_of(const struct model *m, uint32_t i)
{
	return m->pattern + i * 7919U % PERIOD;
}

static enum err model_add(struct model *m, uint32_t owner, uint32_t len)
{
	uint32_t i = m->nlines;
	assert_true(i < LINES && owner < OWNERS && !m->taken[owner]);
	enum err err = hold_add(m->hold, owner, line_of(m, i), len);
	if (err != OK)
		return err;
	m->lines[i].owner = owner;
	m->lines[i].len = len;
	m->nlines++;
	m->live += len + HEAD;
	m->most_live = m->live > m->most_live ? m->live : m->most_live;
	return OK;
}

static bool waits_for(const struct model *m, uint32_t i)
{
	uint32_t owner = m->lines[i].owner;
	return m->only ? owner == m->only : !m->taken[owner];
}

static void next_line(struct model *m)
{
	while (m->next < m->nlines && !waits_for(m, m->next))
		m->next++;
}

static void expect_line(void *arg, uint32_t owner, const char *line, size_t len)
{
	struct model *m = arg;
	next_line(m);
	assert_true(m->next < m->nlines);
	assert_int_equal(owner, m->lines[m->next].owner);
	assert_int_equal(len, m->lines[m->next].len);
	if (len)
		assert_memory_equal(line, line_of(m, m->next), len);
	m->next++;
}

static void expect_no_more(struct model *m)
{
	next_line(m);
	assert_int_equal(m->next, m->nlines);
}

static uint64_t file_size(const struct model *m)
{
	struct stat st;
	assert_int_equal(fstat(m->fd, &st), 0);
	return (uint64_t)st.st_size;
}

static void model_take(struct model *m, uint32_t owner, bool give)
{
	if (m->taken[owner])
		return;
	m->only = owner;
	m->next = 0;
	assert_int_equal(hold_take(m->hold, owner, give ? expect_line : NULL, m), OK);
	if (give)
		expect_no_more(m);
	m->taken[owner] = true;
	for (uint32_t i = 0; i < m->nlines; i++)
		m->live -= m->lines[i].owner == owner ? m->lines[i].len + HEAD : 0;
	if (m->live == 0)
		assert_int_equal(file_size(m), 0);
}

static void model_replay(struct model *m)
{
	m->only = 0;
	m->next = 0;
	assert_int_equal(hold_replay(m->hold, expect_line, m), OK);
	expect_no_more(m);
}

static uint32_t any_length(struct model *m)
{
	switch (any(m, 100)) {
	case 0: return any(m, LARGE);
	case 1: return 0;
	case 2: return any(m, 100000);
	default: return any(m, 40000);
	}
}

/* Twenty go on at once, of which the oldest mostly ends first; some last long. */
static enum err model_step(struct model *m)
{
	uint32_t owner =
		m->owners ? m->owners - any(m, m->owners < 20 ? m->owners : 20) : 1;
	if (any(m, 4) == 0)
		owner = m->owners + 1;
	else if (any(m, 8) == 0)
		owner = 1 + any(m, 1 + m->owners / 100) * 100;
	if (m->taken[owner])
		owner = m->owners + 1;
	enum err err = model_add(m, owner, any_length(m));
	if (err != OK)
		return err;
	if (owner > m->owners)
		m->owners = owner;
	if (m->owners > m->oldest + 20 && ++m->oldest % 100 != 1)
		model_take(m, m->oldest, any(m, 3) != 0);
	if (any(m, 200) == 0)
		model_take(m, 1 + any(m, 1 + m->owners / 100) * 100, true);
	return OK;
}

/* What the file may come to: twice what waits, or so much more as is not worth moving,
 * and a third while it is moved. */
static uint64_t most(const struct model *m)
{
	uint64_t spare = m->most_live > HOLD_SPARE ? m->most_live : HOLD_SPARE;
	return (m->most_live + spare) / 3 * 4 + 2 * LARGE;
}

static void test_model(void **state)
{
	(void)state;
	struct model *m = model_new();
	uint64_t all = 0, shrank = 0, before = 0;
	while (m->nlines < LINES) {
		assert_int_equal(model_step(m), OK);
		all += m->lines[m->nlines - 1].len;
		uint64_t size = file_size(m);
		assert_true(size <= most(m));
		shrank += size < before;
		before = size;
	}
	assert_true(all > 2 * most(m) && shrank > 1);
	model_replay(m);
	model_free(m);
}

/* One owner has lines from the beginning to the end. It is taken, or the rest is given,
 * at any time while lines are moved. */
static void test_while_moving(void **state)
{
	(void)state;
	for (unsigned stop = 1; stop <= 9; stop++) {
		struct model *m = model_new();
		uint32_t n = HOLD_SPARE / 30000 + 100;
		for (uint32_t i = 0; i < n; i++) {
			assert_int_equal(model_add(m, 1, 100), OK);
			assert_int_equal(model_add(m, i < n / 2 ? 2 : 3, 29000), OK);
			assert_int_equal(model_add(m, 4, 200), OK);
		}
		model_take(m, 2, false);
		model_take(m, 3, false);
		uint64_t size = file_size(m);
		for (unsigned i = 0; i < stop * 20; i++) {
			assert_int_equal(model_add(m, 1, 50000), OK);
			assert_int_equal(model_add(m, 5, 100000), OK);
		}
		assert_true(stop < 9 || file_size(m) < size);
		if (stop % 2)
			model_take(m, 1, true);
		if (stop % 3 == 0)
			for (uint32_t owner = 1; owner <= 5; owner++)
				model_take(m, owner, true);
		assert_int_equal(model_add(m, 6, 10), OK);
		model_replay(m);
		model_free(m);
	}
}

/* As soon as nothing waits the file is empty. */
static void test_all_taken(void **state)
{
	(void)state;
	struct model *m = model_new();
	for (uint32_t owner = 1; owner < 3000; owner++) {
		for (unsigned i = 0; i < 5; i++)
			assert_int_equal(model_add(m, owner, any(m, 60000)), OK);
		model_take(m, owner, owner % 2);
		assert_int_equal(file_size(m), 0);
	}
	assert_int_equal(model_add(m, 3000, LARGE), OK);
	assert_int_equal(file_size(m), HEAD + LARGE);
	model_replay(m);
	model_free(m);
}

static void test_without_memory(void **state)
{
	(void)state;
	struct hold *h = NULL;
	unsigned n;
	for (n = 1;; n++) {
		fault.calls = 0;
		fault.fail_at = n;
		enum err err = hold_new(&h, ".");
		if (err == OK)
			break;
		assert_int_equal(err, ERR_NOMEM);
		assert_null(h);
	}
	fault.fail_at = 0;
	assert_int_equal(n, 4);
	hold_free(h);
	struct model *m = model_new();
	for (n = 1;; n++) {
		fault.calls = 0;
		fault.fail_at = n;
		if (model_add(m, 1, 100) == OK)
			break;
	}
	assert_true(n > 2);
	fault.fail_at = 0;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(model_add(m, 1 + i % 2, 300000), OK);
	for (n = 1;; n++) {
		fault.calls = 0;
		fault.fail_at = n;
		m->only = 1;
		m->next = 0;
		enum err err = hold_take(m->hold, 1, expect_line, m);
		if (err == OK)
			break;
		assert_int_equal(err, ERR_NOMEM);
	}
	fault.fail_at = 0;
	assert_true(n > 2);
	expect_no_more(m);
	m->taken[1] = true;
	/* larger than anything before */
	assert_int_equal(model_add(m, 3, LARGE), OK);
	m->only = 0;
	m->next = 0;
	fault.calls = 0;
	fault.fail_at = 1;
	assert_int_equal(hold_replay(m->hold, expect_line, m), ERR_NOMEM);
	fault.fail_at = 0;
	m->next = 0;
	model_replay(m);
	model_free(m);
}

/* Each allocation fails in turn while lines are moved: later there is memory again. */
static void test_moving_without_memory(void **state)
{
	(void)state;
	struct model *m = model_new();
	uint32_t n = HOLD_SPARE / LARGE + 2;
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(model_add(m, 1, LARGE), OK);
	assert_int_equal(model_add(m, 2, LARGE), OK);
	model_take(m, 1, false);
	uint64_t size = file_size(m);
	fault.calls = 0;
	for (uint32_t i = 0; i < 200; i++) {
		fault.fail_at = fault.calls + 1 + i / 100;
		assert_int_equal(model_add(m, 2, 1000), OK);
	}
	assert_true(fault.calls > 0);
	assert_true(file_size(m) >= size);
	fault.fail_at = 0;
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(model_add(m, 2, 300000), OK);
	assert_true(file_size(m) < size);
	model_replay(m);
	model_free(m);
}

/* --- a file that cannot be read, or written, for a time */

static int forbid(const struct model *m, int mode)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", m->fd);
	int other = open(path, mode | O_CLOEXEC), kept = dup(m->fd);
	if (other < 0 || kept < 0) {
		print_message("skipped: no files of a process in /proc\n");
		skip();
	}
	assert_int_equal(dup2(other, m->fd), m->fd);
	close(other);
	return kept;
}

static void permit(const struct model *m, int kept)
{
	assert_int_equal(dup2(kept, m->fd), m->fd);
	close(kept);
}

static void test_not_written(void **state)
{
	(void)state;
	struct model *m = model_new();
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(model_add(m, 1 + i % 2, 10000), OK);
	int kept = forbid(m, O_RDONLY);
	errno = 0;
	assert_int_equal(model_add(m, 3, 60000), ERR_IO);
	assert_int_equal(errno, EBADF);
	assert_int_equal(model_add(m, 3, LARGE), ERR_IO);
	m->next = 0;
	assert_int_equal(hold_replay(m->hold, expect_line, m), ERR_IO);
	model_take(m, 2, true); /* from what is not written yet */
	assert_int_equal(hold_take(m->hold, 3, expect_line, m),
	                 OK); /* nothing was kept */
	permit(m, kept);
	assert_int_equal(model_add(m, 4, 60000), OK);
	model_replay(m);
	model_free(m);
}

static void test_not_read(void **state)
{
	(void)state;
	struct model *m = model_new();
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(model_add(m, 1 + i % 2, 10000), OK);
	int kept = forbid(m, O_WRONLY);
	m->only = 1;
	errno = 0;
	assert_int_equal(hold_take(m->hold, 1, expect_line, m), ERR_IO);
	assert_int_equal(errno, EBADF);
	m->only = 0;
	assert_int_equal(hold_replay(m->hold, expect_line, m), ERR_IO);
	model_take(m, 2, false); /* without a look at them */
	permit(m, kept);
	model_take(m, 1, true);
	model_free(m);
}

/* The end of the file is gone, which nobody may do. */
static void test_shorter(void **state)
{
	(void)state;
	struct model *m = model_new();
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(model_add(m, 1, 10000), OK);
	assert_int_equal(model_add(m, 1, LARGE), OK); /* written at once */
	assert_int_equal(ftruncate(m->fd, 15000), 0);
	m->only = 1;
	assert_int_equal(hold_take(m->hold, 1, expect_line, m), ERR_IO);
	assert_int_equal(errno, EIO);
	m->next = 0;
	assert_int_equal(hold_replay(m->hold, expect_line, m), ERR_IO);
	assert_int_equal(errno, EIO);
	model_free(m);
}

/* As long as more waits than was taken, moving it would cost more than it wins. */
static void test_mostly_waits(void **state)
{
	(void)state;
	struct model *m = model_new();
	uint32_t n = HOLD_SPARE / 30000 + 10;
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(model_add(m, 1, 30000), OK);
		assert_int_equal(model_add(m, 2, 31000), OK);
	}
	model_take(m, 1, false);
	int kept = forbid(m, O_WRONLY); /* to move it is to read it */
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(model_add(m, 2, 200), OK);
	permit(m, kept);
	model_replay(m);
	model_free(m);
}

/* Lines half moved are lost: it says so from then on. */
static void test_not_moved(void **state)
{
	(void)state;
	struct model *m = model_new();
	for (uint32_t i = 0; i < HOLD_SPARE / 20000 + 1; i++)
		assert_int_equal(model_add(m, 1 + i % 3, 30000), OK);
	model_take(m, 1, true);
	model_take(m, 2, true);
	int kept = forbid(m, O_WRONLY); /* not read: nothing is lost */
	enum err err = OK;
	for (unsigned i = 0; err == OK && i < 100; i++)
		err = model_add(m, 4, 1000);
	assert_int_equal(err, ERR_IO);
	permit(m, kept);
	assert_int_equal(model_add(m, 4, 1000), OK);
	kept = forbid(m, O_RDONLY);
	assert_int_equal(model_add(m, 4, 70000), ERR_IO);
	permit(m, kept);
	errno = 0;
	assert_int_equal(model_add(m, 4, 1), ERR_IO);
	assert_int_equal(errno, EBADF);
	assert_int_equal(hold_take(m->hold, 3, NULL, NULL), ERR_IO);
	assert_int_equal(hold_replay(m->hold, expect_line, m), ERR_IO);
	model_free(m);
}

static void test_too_long(void **state)
{
	(void)state;
	struct hold *h;
	assert_int_equal(hold_new(&h, "."), OK);
#if SIZE_MAX > UINT32_MAX
	assert_int_equal(hold_add(h, 1, "", (size_t)UINT32_MAX + 1), ERR_IO);
	assert_int_equal(errno, EFBIG);
#endif
	assert_int_equal(hold_add(h, 1, "", UINT32_MAX), ERR_IO);
	hold_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_leaves_nothing),
		cmocka_unit_test(test_no_folder),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_while_moving),
		cmocka_unit_test(test_all_taken),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_moving_without_memory),
		cmocka_unit_test(test_not_written),
		cmocka_unit_test(test_not_read),
		cmocka_unit_test(test_shorter),
		cmocka_unit_test(test_mostly_waits),
		cmocka_unit_test(test_not_moved),
		cmocka_unit_test(test_too_long),
	};
	return cmocka_run_group_tests_name("export/hold", tests, NULL, NULL);
}
