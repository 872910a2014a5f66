/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "capture/merge.h"
#include "unit/capture/build.h"

#define SECOND UINT64_C(1000000000)

/* One packet for each time of `times`, up to a 0; its byte is the time. */
static void file_of(struct build *b, const uint32_t *times)
{
	build_pcap(b, PCAP_US, 2, 4, 1);
	for (; *times; times++) {
		char byte = (char)*times;
		build_packet(b, *times, 0, 1, (struct slice){ &byte, 1 });
	}
}

static struct source *input(const struct build *b, uint16_t number)
{
	const struct source_cfg cfg = { .input = number };
	struct source *s = NULL;
	char why[SOURCE_WHY_MAX];
	assert_int_equal(source_open_bytes(&s, build_slice(b), "x", &cfg, why), OK);
	return s;
}

struct row {
	uint32_t time;
	uint16_t input;
};

static void expect(struct merge *m, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct frame f;
		assert_int_equal(merge_next(m, &f), OK);
		assert_int_equal(f.at, rows[i].time * SECOND);
		assert_int_equal(f.input, rows[i].input);
		assert_int_equal(f.bytes.p[0], rows[i].time);
	}
}

static struct merge *merged(struct build *files, const uint32_t times[][8], uint16_t n)
{
	struct source *sources[8];
	for (uint16_t i = 0; i < n; i++) {
		files[i] = (struct build){ .big = false };
		file_of(&files[i], times[i]);
		sources[i] = input(&files[i], i);
	}
	struct merge *m = NULL;
	assert_int_equal(merge_new(&m, sources, n, false, SOURCE_WAIT_FOREVER), OK);
	assert_int_equal(merge_count(m), n);
	return m;
}

static void finish_merge(struct merge *m, enum err err, struct build *files, size_t n)
{
	struct frame f;
	assert_int_equal(merge_next(m, &f), err);
	assert_int_equal(merge_next(m, &f), err);
	merge_free(m);
	for (size_t i = 0; i < n; i++)
		build_free(&files[i]);
}

/* By time; equal times by input; own order kept where a time goes back. */
static void order(void **state)
{
	static const uint32_t times[][8] = {
		{ 1, 4, 4, 9, 0 },
		{ 2, 4, 3, 8, 0 },
		{ 0 },
		{ 1, 4, 10, 0 },
	};
	static const struct row rows[] = {
		{ 1, 0 }, { 1, 3 }, { 2, 1 }, { 4, 0 }, { 4, 0 },  { 4, 1 },
		{ 3, 1 }, { 4, 3 }, { 8, 1 }, { 9, 0 }, { 10, 3 },
	};
	(void)state;
	struct build files[4];
	struct merge *m = merged(files, times, 4);
	expect(m, rows, sizeof(rows) / sizeof(rows[0]));
	finish_merge(m, ERR_END, files, 4);
	merge_free(NULL);
}

static void one_source(void **state)
{
	static const uint32_t times[][8] = { { 3, 1, 2, 0 } };
	static const struct row rows[] = { { 3, 0 }, { 1, 0 }, { 2, 0 } };
	(void)state;
	struct build files[1];
	struct merge *m = merged(files, times, 1);
	expect(m, rows, 3);
	finish_merge(m, ERR_END, files, 1);
}

/* As many sources as make a heap of several levels, against a plain search. */
static void many_sources(void **state)
{
	(void)state;
	enum { N = 37, EACH = 20 };
	static struct build files[N];
	struct source *sources[N];
	uint32_t times[N][EACH + 1];
	uint32_t seed = 1;
	for (uint16_t i = 0; i < N; i++) {
		uint32_t at = 1;
		for (size_t k = 0; k < EACH; k++) {
			seed = seed * 1103515245 + 12345;
			times[i][k] = at;
			at += (seed >> 16) % 4;
		}
		times[i][EACH] = 0;
		file_of(&files[i], times[i]);
		sources[i] = input(&files[i], i);
	}
	struct merge *m = NULL;
	assert_int_equal(merge_new(&m, sources, N, false, 0), OK);
	size_t next[N] = { 0 };
	for (size_t k = 0; k < N * EACH; k++) {
		size_t best = N;
		for (size_t i = 0; i < N; i++)
			if (times[i][next[i]] &&
			    (best == N || times[i][next[i]] < times[best][next[best]]))
				best = i;
		struct frame f;
		assert_int_equal(merge_next(m, &f), OK);
		assert_int_equal(f.input, best);
		assert_int_equal(f.number, next[best] + 1);
		next[best]++;
	}
	finish_merge(m, ERR_END, files, N);
}

/* The damaged one is not the first: its result counts nevertheless. */
static void damaged_source(void **state)
{
	static const uint32_t times[][8] = { { 2, 4, 6, 0 }, { 1, 3, 5, 0 } };
	static const struct row rows[] = {
		{ 1, 1 }, { 2, 0 }, { 3, 1 }, { 4, 0 }, { 6, 0 }
	};
	(void)state;
	struct build files[2] = { { .big = false }, { .big = false } };
	file_of(&files[0], times[0]);
	file_of(&files[1], times[1]);
	files[1].len--;
	struct source *sources[] = { input(&files[0], 0), input(&files[1], 1) };
	struct merge *m = NULL;
	assert_int_equal(merge_new(&m, sources, 2, false, 0), OK);
	expect(m, rows, 5);
	struct frame f;
	assert_int_equal(merge_next(m, &f), ERR_FORMAT);
	assert_non_null(
		strstr(source_problem(merge_source(m, 1)), "cut inside packet 3"));
	assert_null(source_problem(merge_source(m, 0)));
	finish_merge(m, ERR_FORMAT, files, 2);
}

/* A file with times 1, 3, 9 and a pipe that brings 2 when asked to. */
static struct merge *with_pipe(struct build *file, bool live, int *to)
{
	static const uint32_t times[] = { 1, 3, 9, 0 };
	*file = (struct build){ .big = false };
	file_of(file, times);
	int ends[2];
	char why[SOURCE_WHY_MAX];
	assert_int_equal(pipe(ends), 0);
	*to = ends[1];
	const struct source_cfg cfg = { .input = 1, .wait_ms = 0 };
	struct source *sources[2] = { input(file, 0), NULL };
	assert_int_equal(source_open_fd(&sources[1], ends[0], "pipe", &cfg, why), OK);
	struct merge *m = NULL;
	assert_int_equal(merge_new(&m, sources, 2, live, 0), OK);
	return m;
}

static void a_slow_pipe_is_waited_for(void **state)
{
	static const struct row rows[] = { { 1, 0 }, { 2, 1 } };
	static const struct row rest[] = { { 3, 0 }, { 9, 0 } };
	(void)state;
	struct build file, late = { .big = false };
	int to;
	struct merge *m = with_pipe(&file, false, &to);
	struct frame f;
	assert_int_equal(merge_next(m, &f), ERR_MORE);
	assert_int_equal(merge_next(m, &f), ERR_MORE);
	static const uint32_t two[] = { 2, 0 };
	file_of(&late, two);
	append(to, build_slice(&late));
	expect(m, rows, 2);
	assert_int_equal(merge_next(m, &f), ERR_MORE);
	close(to);
	expect(m, rest, 2);
	finish_merge(m, ERR_END, &file, 1);
	build_free(&late);
}

static void live_waits_for_nobody(void **state)
{
	static const struct row rows[] = { { 1, 0 }, { 3, 0 }, { 9, 0 } };
	static const struct row rest[] = { { 2, 1 } };
	(void)state;
	struct build file, late = { .big = false };
	int to;
	struct merge *m = with_pipe(&file, true, &to);
	expect(m, rows, 3);
	struct frame f;
	assert_int_equal(merge_next(m, &f), ERR_MORE);
	static const uint32_t two[] = { 2, 0 };
	file_of(&late, two);
	append(to, build_slice(&late));
	expect(m, rest, 1);
	assert_int_equal(merge_next(m, &f), ERR_MORE);
	merge_break(m);
	finish_merge(m, ERR_END, &file, 1);
	close(to);
	build_free(&late);
}

/* While the file goes on, the pipe is asked now and then. */
static void live_asks_the_idle(void **state)
{
	static const uint32_t two[] = { 2, 0 };
	(void)state;
	enum { PACKETS = 1000 };
	struct build file = { .big = false }, late = { .big = false };
	build_pcap(&file, PCAP_US, 2, 4, 1);
	for (uint32_t i = 0; i < PACKETS; i++)
		build_packet(&file, 3, i, 1, SLICE("x"));
	int ends[2];
	char why[SOURCE_WHY_MAX];
	assert_int_equal(pipe(ends), 0);
	const struct source_cfg cfg = { .input = 1, .wait_ms = 0 };
	struct source *sources[2] = { input(&file, 0), NULL };
	assert_int_equal(source_open_fd(&sources[1], ends[0], "pipe", &cfg, why), OK);
	struct merge *m = NULL;
	assert_int_equal(merge_new(&m, sources, 2, true, 0), OK);
	struct frame f;
	assert_int_equal(merge_next(m, &f), OK);
	file_of(&late, two);
	append(ends[1], build_slice(&late));
	unsigned before = 1;
	while (merge_next(m, &f) == OK && f.input == 0)
		before++;
	assert_int_equal(f.input, 1);
	assert_in_range(before, 1, 100);
	close(ends[1]);
	merge_free(m);
	build_free(&file);
	build_free(&late);
}

static void limits(void **state)
{
	(void)state;
	struct merge *m = NULL;
	struct source *none[1] = { NULL };
	assert_int_equal(merge_new(&m, none, 0, false, 0), ERR_LIMIT);
	assert_int_equal(merge_new(&m, none, MERGE_SOURCES_MAX + 1, false, 0), ERR_LIMIT);
	assert_null(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order),
		cmocka_unit_test(one_source),
		cmocka_unit_test(many_sources),
		cmocka_unit_test(damaged_source),
		cmocka_unit_test(a_slow_pipe_is_waited_for),
		cmocka_unit_test(live_waits_for_nobody),
		cmocka_unit_test(live_asks_the_idle),
		cmocka_unit_test(limits),
	};
	return cmocka_run_group_tests_name("capture/merge", tests, NULL, NULL);
}
