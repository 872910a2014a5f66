/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/store.h"
#include "unit/capture/build.h"

/* --- faults: these stand before the functions of libc (--wrap) */

static struct {
	unsigned calls, fail_at; /* allocations; fail_at 0: none fails */
	unsigned holes, hole_error;
} fault;

static bool allocation_fails(void)
{
	return ++fault.calls == fault.fail_at;
}

void *__wrap_malloc(size_t n);
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n)
{
	return allocation_fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	return allocation_fails() ? NULL : __real_calloc(n, size);
}

int __wrap_fallocate(int fd, int mode, off_t at, off_t len);
int __real_fallocate(int fd, int mode, off_t at, off_t len);
int __wrap_fallocate(int fd, int mode, off_t at, off_t len)
{
	fault.holes++;
	if (fault.hole_error == 0)
		return __real_fallocate(fd, mode, at, len);
	errno = (int)fault.hole_error;
	return -1;
}

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

/* --- what is dropped */

/* A byte of the spool depends on its offset. This is no part of a segment, so that what
 * lies one segment elsewhere differs. */
#define PERIOD   65521U
#define LARGEST  (4U * 1024U * 1024U)
#define UNIT     (1024U * 1024U) /* whole segments, and more than the buffer takes */
#define ITEMS    3000U
#define SEGMENTS 32000U

/* What the store is to do, without a window, a ring or a file. */
struct model {
	struct store *store;
	char *pattern, *back; /* PERIOD + LARGEST, LARGEST bytes */
	struct {
		uint64_t ref;
		uint32_t len;
		bool dropped;
	} items[ITEMS];
	uint64_t live[SEGMENTS];
	bool returned[SEGMENTS];
	uint64_t size, written, given_up, limit;
	uint32_t random, nitems, oldest;
	unsigned read, gone;
};

static uint32_t any(struct model *m, uint32_t below)
{
	m->random = m->random * 1664525U + 1013904223U;
	return (uint32_t)((uint64_t)(m->random >> 8) * below >> 24);
}

static struct model *model_new(uint64_t limit)
{
	struct model *m = calloc(1, sizeof(*m));
	assert_non_null(m);
	m->store = new_store();
	m->pattern = malloc(PERIOD + LARGEST);
	m->back = malloc(LARGEST);
	assert_true(m->pattern && m->back);
	for (size_t i = 0; i < PERIOD + LARGEST; i++)
		m->pattern[i] = (char)(i % PERIOD * 2654435761U >> 13);
	m->random = 20260;
	m->limit = limit;
	store_limit(m->store, limit);
	return m;
}

static void model_free(struct model *m)
{
	store_free(m->store);
	free(m->pattern);
	free(m->back);
	free(m);
}

static const char *bytes_at(const struct model *m, uint64_t ref)
{
	return m->pattern + ref % PERIOD;
}

static uint64_t model_held(const struct model *m)
{
	uint64_t held = m->size;
	for (size_t i = 0; i < SEGMENTS; i++)
		held -= m->returned[i] ? STORE_SEGMENT : 0;
	return held;
}

/* Segments that are wholly in the file and have nothing in them. */
static void model_return(struct model *m)
{
	for (size_t i = 0; i < m->written / STORE_SEGMENT; i++)
		m->returned[i] = m->returned[i] || m->live[i] == 0;
}

static void model_give_up(struct model *m, uint64_t len)
{
	for (size_t i = 0; m->limit && i < m->written / STORE_SEGMENT &&
	                   model_held(m) + len > m->limit + m->limit / 8;
	     i++) {
		m->given_up += m->returned[i] ? 0 : m->live[i];
		m->returned[i] = true;
	}
}

static void model_count(struct model *m, uint64_t ref, uint32_t len, bool add)
{
	while (len) {
		uint64_t segment = ref / STORE_SEGMENT;
		uint64_t part = (segment + 1) * STORE_SEGMENT - ref;
		part = part < len ? part : len;
		m->live[segment] += add ? part : -part;
		ref += part;
		len -= (uint32_t)part;
	}
}

static uint32_t any_length(struct model *m)
{
	switch (any(m, 200)) {
	case 0: return any(m, LARGEST / 4);
	case 1: return 0;
	case 2:
	case 3:
	case 4:
	case 5: return any(m, 1U << 16);
	default: return any(m, 3000);
	}
}

static void model_put(struct model *m, uint32_t len)
{
	uint64_t ref = 0;
	struct slice bytes = { bytes_at(m, m->size), len };
	assert_true(m->nitems < ITEMS);
	assert_true((m->size + len) / STORE_SEGMENT < SEGMENTS);
	model_give_up(m, len);
	assert_int_equal(store_put(m->store, bytes, &ref), OK);
	assert_int_equal(ref, m->size);
	if (len > STORE_BUFFER - (m->size - m->written))
		m->written = m->size;
	model_count(m, ref, len, true);
	m->items[m->nitems].ref = ref;
	m->items[m->nitems++].len = len;
	m->size += len;
	if (len > STORE_BUFFER)
		m->written = m->size;
	model_return(m);
}

static void model_drop(struct model *m, uint32_t i)
{
	if (m->items[i].dropped)
		return;
	m->items[i].dropped = true;
	store_drop(m->store, m->items[i].ref, m->items[i].len);
	model_count(m, m->items[i].ref, m->items[i].len, false);
	model_return(m);
}

/* A part of an item: right bytes, or an error where a segment has been given back. */
static void model_get(struct model *m, uint32_t i)
{
	uint32_t skip = any(m, m->items[i].len + 1);
	uint32_t len = any(m, m->items[i].len - skip + 1);
	uint64_t ref = m->items[i].ref + skip;
	bool gone = false;
	for (uint64_t s = ref / STORE_SEGMENT; s * STORE_SEGMENT < ref + len; s++)
		gone = gone || m->returned[s];
	enum err err = store_get(m->store, STORE_SPOOL, ref, len, m->back);
	assert_int_equal(err, gone ? ERR_IO : OK);
	if (gone)
		m->gone++;
	else if (len)
		assert_memory_equal(m->back, bytes_at(m, ref), len);
	m->read += !gone;
}

/* Mostly the oldest, as calls end in about the order in which they began. */
static void model_drop_any(struct model *m)
{
	if (any(m, 4) == 0) {
		model_drop(m, any(m, m->nitems));
		return;
	}
	while (m->oldest < m->nitems && m->items[m->oldest].dropped)
		m->oldest++;
	if (m->oldest + 300 < m->nitems) /* as many go on, but for a few for very long */
		model_drop(m, m->oldest++ + (any(m, 100) == 0));
}

static void model_check(const struct model *m)
{
	assert_int_equal(store_size(m->store), m->size);
	assert_int_equal(store_held(m->store), model_held(m));
	assert_int_equal(store_given_up(m->store), m->given_up);
	assert_int_equal(store_is_full(m->store, 8),
	                 m->limit && model_held(m) > m->limit / 8 * 8);
}

static struct model *run_model(uint64_t limit)
{
	struct model *m = model_new(limit);
	while (m->nitems < ITEMS) {
		model_put(m, any_length(m));
		model_check(m);
		model_drop_any(m);
		model_check(m);
		model_get(m, any(m, m->nitems));
		model_get(m, m->nitems - 1 - any(m, m->nitems < 300 ? m->nitems : 300));
	}
	assert_true(m->read > ITEMS / 2 && m->gone > ITEMS / 10);
	return m;
}

static void drops_as_the_model(void **state)
{
	(void)state;
	struct model *m = run_model(0);
	assert_int_equal(m->given_up, 0);
	for (uint32_t i = ITEMS; i-- > 0;) {
		model_drop(m, i);
		model_check(m);
	}
	assert_true(store_held(m->store) < STORE_SEGMENT + STORE_BUFFER);
	model_free(m);
}

static void skip_without_holes(void)
{
	struct store *store = new_store();
	bool holes = store_gives_back(store);
	store_free(store);
	if (holes)
		return;
	print_message("skipped: the file system of the spool makes no holes\n");
	skip();
}

static void gives_up_as_the_model(void **state)
{
	(void)state;
	skip_without_holes();
	struct model *m = run_model(1U << 20);
	assert_true(m->given_up > (1U << 20));
	model_free(m);
}

/* Nobody drops anything. */
static void limit(void **state)
{
	(void)state;
	skip_without_holes();
	enum { EACH = 100000, LIMIT = 16 << 20, MOST = LIMIT + LIMIT / 8 };
	struct model *m = model_new(LIMIT);
	for (unsigned i = 0; i < 500; i++) {
		model_put(m, EACH);
		model_check(m);
		assert_true(store_held(m->store) <= MOST);
	}
	assert_true(store_held(m->store) > LIMIT);
	assert_int_equal(store_given_up(m->store), m->size - store_held(m->store));
	assert_int_equal(store_get(m->store, STORE_SPOOL, 0, 1, m->back), ERR_IO);
	assert_non_null(
		strstr(store_problem(m->store), "1 bytes at 0 of the spool are gone"));
	/* what is given up already counts no more */
	uint64_t held = store_held(m->store);
	for (uint32_t i = 0; m->items[i].ref + EACH < m->size - held; i++)
		model_drop(m, i);
	assert_int_equal(store_held(m->store), held);
	/* up to the limit nothing more is given up */
	for (uint32_t i = 0; store_is_full(m->store, 8); i++)
		model_drop(m, i);
	uint64_t given_up = store_given_up(m->store);
	assert_true(store_held(m->store) <= LIMIT);
	store_limit(m->store, 0);
	assert_false(store_is_full(m->store, 8));
	m->limit = 0;
	for (unsigned i = 0; i < 100; i++)
		model_put(m, EACH);
	assert_int_equal(store_given_up(m->store), given_up);
	assert_true(store_held(m->store) > LIMIT);
	model_free(m);
}

/* One put that is larger than the limit is held all the same. */
static void limit_below_all(void **state)
{
	(void)state;
	skip_without_holes();
	struct model *m = model_new(1);
	model_put(m, LARGEST);
	model_put(m, LARGEST);
	assert_int_equal(store_held(m->store), LARGEST);
	assert_int_equal(store_get(m->store, STORE_SPOOL, LARGEST, LARGEST, m->back), OK);
	assert_memory_equal(m->back, bytes_at(m, LARGEST), LARGEST);
	store_limit(m->store, UINT64_MAX);
	assert_false(store_is_full(m->store, 8));
	m->limit = 0;
	model_put(m, LARGEST);
	assert_int_equal(store_held(m->store), 2 * LARGEST);
	model_free(m);
}

/* A range that was never put, or twice, harms nothing. */
static void drops_of_nothing(void **state)
{
	(void)state;
	struct model *m = model_new(0);
	store_drop(m->store, 0, 0);
	store_drop(m->store, 0, 1);
	model_put(m, 3 * UNIT);
	store_drop(m->store, 3 * UNIT, 1);
	store_drop(m->store, UINT64_MAX, SIZE_MAX);
	store_drop(m->store, 1, SIZE_MAX);
	assert_int_equal(store_held(m->store), 3 * UNIT);
	store_drop(m->store, 0, UNIT);
	store_drop(m->store, 0, UNIT);
	assert_int_equal(store_held(m->store), 2 * UNIT);
	assert_int_equal(store_get(m->store, STORE_SPOOL, 0, 0, m->back), OK);
	assert_int_equal(store_get(m->store, STORE_SPOOL, UNIT - 1, 2, m->back),
	                 ERR_IO);
	assert_int_equal(store_get(m->store, STORE_SPOOL, UNIT, 2, m->back), OK);
	model_free(m);
}

/* Blocks of the spool; it is the one descriptor that a store opens. */
static uint64_t disk_of(int spool)
{
	struct stat st;
	assert_int_equal(fstat(spool, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

static void disk_has_its_blocks_again(void **state)
{
	(void)state;
	skip_without_holes();
	int spool = dup(0);
	assert_true(spool >= 0);
	close(spool);
	struct model *m = model_new(0);
	for (unsigned i = 0; i < 320; i++)
		model_put(m, 50000);
	uint64_t full = disk_of(spool);
	if (full < m->written) {
		model_free(m);
		print_message("skipped: the file system does not tell its blocks\n");
		skip();
	}
	for (uint32_t i = 0; i < 319; i++)
		if (i != 100)
			model_drop(m, i);
	/* those of two messages, with what lies across, and what is not yet written */
	const uint64_t most = 2 * 50000 + 4 * STORE_SEGMENT + STORE_BUFFER;
	assert_true(store_held(m->store) <= most);
	assert_true(disk_of(spool) <= most);
	assert_int_equal(store_get(m->store, STORE_SPOOL, 5000000, 50000, m->back), OK);
	assert_memory_equal(m->back, bytes_at(m, 5000000), 50000);
	model_drop(m, 100);
	model_drop(m, 319);
	model_put(m, STORE_BUFFER + 1);
	model_put(m, STORE_BUFFER + 1);
	model_drop(m, 320);
	model_drop(m, 321);
	assert_true(disk_of(spool) <= 2 * STORE_SEGMENT);
	model_free(m);
}

/* It is asked once, and the rest goes on. */
static void no_holes(void **state)
{
	(void)state;
#if LONG_MAX == INT32_MAX
	print_message("skipped: the function has another name here\n");
	skip();
#endif
	fault.hole_error = EOPNOTSUPP;
	fault.holes = 0;
	struct model *m = model_new(0);
	assert_false(store_gives_back(m->store));
	for (unsigned i = 0; i < 300; i++) {
		model_put(m, 20000);
		model_get(m, i);
	}
	for (uint32_t i = 0; i < 200; i++)
		model_drop(m, i);
	model_check(m);
	for (uint32_t i = 200; i < 300; i++)
		model_get(m, i);
	/* for nothing, nothing is given up */
	store_limit(m->store, 1);
	model_put(m, STORE_SEGMENT);
	assert_int_equal(store_given_up(m->store), 0);
	model_get(m, 250);
	assert_int_equal(fault.holes, 1);
	fault.hole_error = 0;
	model_free(m);
}

static void without_memory(void **state)
{
	(void)state;
	char why[STORE_WHY_MAX];
	struct store *store = NULL;
	for (unsigned i = 1; i <= 2; i++) {
		fault.calls = 0;
		fault.fail_at = i;
		assert_int_equal(store_new(&store, why), ERR_NOMEM);
		assert_string_equal(why, "out of memory");
	}
	fault.fail_at = 0;
	assert_null(store);
}

static void puts_without_memory(struct model *m, unsigned n)
{
	while (n--) {
		fault.calls = 0;
		fault.fail_at = 1;
		model_put(m, UNIT / 2);
		fault.fail_at = 0;
	}
}

/* What was put when nothing could be counted stays, what comes later goes. */
static void counts_without_memory(void **state)
{
	(void)state;
	struct model *m = model_new(0);
	model_put(m, 0);
	puts_without_memory(m, 7); /* there is no ring yet */
	for (unsigned i = 0; i < 20; i++)
		model_put(m, UNIT / 2);
	for (uint32_t i = 0; i < 28; i++)
		store_drop(m->store, m->items[i].ref, m->items[i].len);
	/* three and a half uncounted */
	const uint64_t uncounted = 3 * UNIT + UNIT / 2;
	assert_int_equal(store_size(m->store), 13 * UNIT + UNIT / 2);
	assert_int_equal(store_held(m->store), uncounted);
	assert_int_equal(store_get(m->store, STORE_SPOOL, 0, uncounted, m->back), OK);
	assert_memory_equal(m->back, bytes_at(m, 0), uncounted);
	assert_int_equal(store_get(m->store, STORE_SPOOL, uncounted - 1, 2, m->back),
	                 ERR_IO);
	model_free(m);
}

/* The same where the ring is to grow, and where uncounted segments are given up. */
static void ring_without_memory(void **state)
{
	(void)state;
	skip_without_holes();
	struct model *m = model_new(0);
	for (unsigned i = 0; i < 120; i++)
		model_put(m, UNIT / 2);
	puts_without_memory(m, 20);
	for (unsigned i = 0; i < 20; i++)
		model_put(m, UNIT / 2);
	for (uint32_t i = 0; i < 160; i++)
		store_drop(m->store, m->items[i].ref, m->items[i].len);
	/* 64 counted, 6 not, 10 counted */
	assert_int_equal(store_held(m->store), 6 * UNIT);
	puts_without_memory(m, 1);
	store_limit(m->store, 2 * UNIT);
	m->limit = 0;
	model_put(m, UNIT);
	assert_true(store_held(m->store) <= 2 * UNIT + UNIT / 4);
	assert_true(store_given_up(m->store) >= 5 * UNIT);
	assert_int_equal(store_get(m->store, STORE_SPOOL, 80 * UNIT,
	                           UNIT, m->back),
	                 OK);
	assert_memory_equal(m->back, bytes_at(m, 80 * UNIT), UNIT);
	model_free(m);
}

/* Everything is uncounted, and given up. */
static void given_up_without_memory(void **state)
{
	(void)state;
	skip_without_holes();
	struct model *m = model_new(0);
	store_limit(m->store, 2 * UNIT);
	puts_without_memory(m, 20);
	assert_true(store_held(m->store) <= 2 * UNIT + UNIT / 4);
	assert_true(store_given_up(m->store) >= 7 * UNIT);
	for (unsigned i = 0; i < 20; i++)
		model_put(m, UNIT / 2);
	assert_true(store_held(m->store) <= 2 * UNIT + UNIT / 4);
	for (uint32_t i = 0; i < 40; i++)
		store_drop(m->store, m->items[i].ref, m->items[i].len);
	assert_int_equal(store_held(m->store), 0);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(put_and_get),
		cmocka_unit_test(large_items),
		cmocka_unit_test(nothing_past_the_end),
		cmocka_unit_test(original_files),
		cmocka_unit_test(spool_has_no_name),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(drops_as_the_model),
		cmocka_unit_test(gives_up_as_the_model),
		cmocka_unit_test(limit),
		cmocka_unit_test(limit_below_all),
		cmocka_unit_test(drops_of_nothing),
		cmocka_unit_test(disk_has_its_blocks_again),
		cmocka_unit_test(no_holes),
		cmocka_unit_test(without_memory),
		cmocka_unit_test(counts_without_memory),
		cmocka_unit_test(ring_without_memory),
		cmocka_unit_test(given_up_without_memory),
	};
	return cmocka_run_group_tests_name("capture/store", tests, NULL, NULL);
}
