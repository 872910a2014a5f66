/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "export/queue.h"

/* Takes n bytes, which must be those that follow in the sequence. */
static void take(struct queue *q, uint64_t *seen, size_t n)
{
	while (n > 0) {
		struct slice next = queue_whole(q);
		assert_true(next.len > 0);
		if (next.len > n)
			next.len = n;
		for (size_t i = 0; i < next.len; i++)
			assert_int_equal((unsigned char)next.p[i], (*seen)++ % 251);
		n -= next.len;
		queue_take(q, next.len);
	}
}

static bool put(struct queue *q, uint64_t *sent, size_t n)
{
	char *text = malloc(n + 1);
	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)((*sent + i) % 251);
	bool ok = queue_put(q, text, n);
	free(text);
	if (ok)
		*sent += n;
	return ok;
}

static void test_only_whole_records(void **state)
{
	(void)state;
	struct queue q;
	queue_init(&q, 100);
	assert_int_equal(queue_whole(&q).len, 0);
	assert_true(queue_put(&q, "abc", 3));
	assert_int_equal(queue_whole(&q).len, 0);
	queue_mark(&q);
	assert_true(queue_put(&q, "de", 2));
	struct slice next = queue_whole(&q);
	assert_int_equal(next.len, 3);
	assert_memory_equal(next.p, "abc", 3);
	queue_take(&q, 2);
	queue_back(&q);
	assert_true(queue_put(&q, "f", 1));
	queue_mark(&q);
	next = queue_whole(&q);
	assert_int_equal(next.len, 2);
	assert_memory_equal(next.p, "cf", 2);
	queue_clear(&q);
}

static void test_bound(void **state)
{
	(void)state;
	struct queue q;
	uint64_t sent = 0, seen = 0;
	queue_init(&q, 100);
	assert_false(put(&q, &sent, 101));
	assert_true(put(&q, &sent, 60));
	assert_false(put(&q, &sent, 41));
	assert_true(put(&q, &sent, 40));
	assert_false(put(&q, &sent, 1));
	assert_true(put(&q, &sent, 0));
	queue_mark(&q);
	take(&q, &seen, 1);
	assert_true(put(&q, &sent, 1)); /* around the end of the ring */
	assert_false(put(&q, &sent, 1));
	queue_mark(&q);
	take(&q, &seen, 100);
	assert_int_equal(queue_whole(&q).len, 0);
	queue_clear(&q);
	queue_init(&q, 0);
	assert_false(queue_put(&q, "x", 1));
	queue_clear(&q);
}

/* Pieces of many sizes, in and out, while the ring grows to its bound and turns. */
static void test_order(void **state)
{
	(void)state;
	struct queue q;
	uint64_t sent = 0, seen = 0, marked = 0;
	uint32_t random = 1;
	unsigned refused = 0;
	queue_init(&q, 70000);
	for (unsigned i = 0; i < 20000; i++) {
		random = random * 1103515245U + 12345U;
		size_t n = (random >> 8) % 5000;
		if (random >> 31) {
			refused += !put(&q, &sent, n);
			if (i % 3 == 0) {
				queue_mark(&q);
				marked = sent;
			} else if (i % 7 == 0) {
				queue_back(&q);
				sent = marked;
			}
		} else if (n <= marked - seen) {
			take(&q, &seen, n);
		}
		assert_true(q.room <= 70000);
	}
	assert_true(refused > 0);
	queue_mark(&q);
	take(&q, &seen, (size_t)(sent - seen));
	queue_clear(&q);
}

/* What a slow moment took is given back. */
static void test_memory(void **state)
{
	(void)state;
	struct queue q;
	uint64_t sent = 0, seen = 0;
	queue_init(&q, 10000000);
	assert_true(put(&q, &sent, 5000000));
	queue_mark(&q);
	take(&q, &seen, 4999999);
	assert_true(q.room >= 5000000);
	take(&q, &seen, 1);
	assert_int_equal(q.room, 0);
	assert_true(put(&q, &sent, 1000));
	queue_mark(&q);
	take(&q, &seen, 1000);
	assert_true(q.room > 0); /* but not for each record */
	queue_clear(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_whole_records),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_memory),
	};
	return cmocka_run_group_tests_name("export/queue", tests, NULL, NULL);
}
