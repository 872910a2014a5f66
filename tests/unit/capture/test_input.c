/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "unit/capture/build.h"

#define SECOND UINT64_C(1000000000)

static void two_packets(struct build *b)
{
	build_pcap(b, PCAP_US, 2, 4, 1);
	build_packet(b, 1, 0, 3, SLICE("one"));
	build_packet(b, 2, 0, 3, SLICE("two"));
}

/* Ends of the packets that two_packets makes. */
#define FIRST_END  (24 + 19)
#define SECOND_END (24 + 38)

static struct source *open_fd(int fd, const struct source_cfg *cfg)
{
	struct source *s = NULL;
	char why[SOURCE_WHY_MAX] = "";
	if (source_open_fd(&s, fd, "pipe", cfg, why) != OK)
		fail_msg("%s", why);
	return s;
}

/* Give `bytes` to `to` one at a time; after each, the source must have what is whole. */
static void byte_by_byte(struct source *s, int to, struct slice bytes)
{
	for (size_t i = 1; i <= bytes.len; i++) {
		append(to, slice_head(slice_skip(bytes, i - 1), 1));
		if (i == FIRST_END)
			expect_frame(s, 1, SECOND, 1, 3, SLICE("one"));
		if (i == SECOND_END)
			expect_frame(s, 2, 2 * SECOND, 1, 3, SLICE("two"));
		struct frame f;
		assert_int_equal(source_next(s, &f), ERR_MORE);
	}
}

static void pipe_byte_by_byte(void **state)
{
	(void)state;
	struct build b = { .big = false };
	two_packets(&b);
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	const struct source_cfg cfg = { .wait_ms = 0 };
	struct source *s = open_fd(ends[0], &cfg);
	byte_by_byte(s, ends[1], build_slice(&b));
	assert_int_equal(source_fd(s), -1);
	close(ends[1]);
	finish(s, ERR_END, NULL);
	build_free(&b);
}

static void pipe_without_waiting(void **state)
{
	(void)state;
	struct build b = { .big = false };
	two_packets(&b);
	b.len -= 1;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	append(ends[1], build_slice(&b));
	close(ends[1]);
	struct source *s = open_fd(ends[0], NULL);
	struct frame f;
	assert_int_equal(source_next(s, &f), OK);
	assert_int_equal(f.offset, FRAME_NO_OFFSET);
	finish(s, ERR_FORMAT, "pipe: cut inside packet 2 at byte offset 61");
	build_free(&b);
}

static void pipe_that_is_no_capture(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	append(ends[1], SLICE("some text"));
	finish(open_fd(ends[0], NULL), ERR_FORMAT, "pipe: not a capture file");
	close(ends[1]);

	assert_int_equal(pipe(ends), 0);
	close(ends[1]);
	finish(open_fd(ends[0], NULL), ERR_FORMAT, "pipe: is empty");
}

/* Opening a FIFO that nobody writes to does not hang, nor does reading. */
static void fifo(void **state)
{
	(void)state;
	struct build b = { .big = false };
	two_packets(&b);
	char path[64], why[SOURCE_WHY_MAX];
	close(temporary(path, SLICE_NONE));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	const struct source_cfg cfg = { .wait_ms = 1 };
	struct source *s = NULL;
	assert_int_equal(source_open_file(&s, path, &cfg, why), OK);
	struct frame f;
	assert_int_equal(source_next(s, &f), ERR_MORE);
	int fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	byte_by_byte(s, fd, build_slice(&b));
	close(fd);
	finish(s, ERR_END, NULL);
	unlink(path);
	build_free(&b);
}

static struct source *follow(char path[64], int *fd, struct slice bytes)
{
	*fd = temporary(path, bytes);
	assert_int_equal(lseek(*fd, 0, SEEK_END), bytes.len);
	const struct source_cfg cfg = { .follow = true, .wait_ms = 0 };
	struct source *s = NULL;
	char why[SOURCE_WHY_MAX] = "";
	if (source_open_file(&s, path, &cfg, why) != OK)
		fail_msg("%s", why);
	return s;
}

static void growing_file(void **state)
{
	(void)state;
	struct build b = { .big = false };
	two_packets(&b);
	char path[64];
	int fd;
	struct source *s = follow(path, &fd, SLICE_NONE);
	struct frame f;
	assert_int_equal(source_next(s, &f), ERR_MORE);
	byte_by_byte(s, fd, build_slice(&b));
	/* A name that is gone is no reason to stop. */
	unlink(path);
	build_packet(&b, 3, 0, 5, SLICE("three"));
	append(fd, slice_skip(build_slice(&b), SECOND_END));
	expect_frame(s, 3, 3 * SECOND, 1, 5, SLICE("three"));
	source_set_wait(s, 1);
	assert_int_equal(source_next(s, &f), ERR_MORE);
	source_break(s);
	finish(s, ERR_END, NULL);
	close(fd);
	build_free(&b);
}

static void growing_pcapng(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_section(&b);
	build_interface(&b, 1, 0, -1, 0);
	size_t skipped = build_begin(&b, 99);
	build_fill(&b, 7, 50);
	build_end(&b, skipped);
	build_enhanced(&b, 0, 1, 3, SLICE("one"));
	char path[64];
	int fd;
	struct source *s = follow(path, &fd, SLICE_NONE);
	struct frame f;
	for (size_t i = 0; i < b.len; i++) {
		assert_int_equal(source_next(s, &f), ERR_MORE);
		append(fd, slice_head(slice_skip(build_slice(&b), i), 1));
	}
	expect_frame(s, 1, 1000, 1, 3, SLICE("one"));
	assert_int_equal(source_stats(s)->skipped_blocks, 1);
	source_close(s);
	close(fd);
	unlink(path);
	build_free(&b);
}

static void shrunken_file(void **state)
{
	(void)state;
	struct build b = { .big = false };
	two_packets(&b);
	char path[64];
	int fd;
	struct source *s = follow(path, &fd, build_slice(&b));
	struct frame f;
	assert_int_equal(source_next(s, &f), OK);
	assert_int_equal(source_next(s, &f), OK);
	assert_int_equal(source_next(s, &f), ERR_MORE);
	assert_int_equal(ftruncate(fd, 24), 0);
	finish(s, ERR_FORMAT, "was cut to 24 bytes while it was followed, after 62 had");
	close(fd);
	unlink(path);
	build_free(&b);
}

static void replaced_file(void **state)
{
	(void)state;
	struct build b = { .big = false };
	two_packets(&b);
	for (size_t cut = 0; cut < 2; cut++) {
		char path[64], other[64];
		int fd;
		struct source *s =
			follow(path, &fd, slice_head(build_slice(&b), b.len - cut));
		struct frame f;
		assert_int_equal(source_next(s, &f), OK);
		close(temporary(other, build_slice(&b)));
		assert_int_equal(rename(other, path), 0);
		if (cut == 0) {
			assert_int_equal(source_next(s, &f), OK);
			finish(s, ERR_END, "was replaced by another file");
		} else {
			finish(s, ERR_FORMAT,
			       "cut inside packet 2 at byte offset 61 (needs 19 "
			       "bytes, 18 are there); was replaced");
		}
		close(fd);
		unlink(path);
	}
	build_free(&b);
}

/* For the handler only; a signal can be given nothing. */
static struct source *to_break;

static void on_alarm(int signal)
{
	(void)signal;
	source_break(to_break);
}

static void break_ends_a_wait(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	to_break = open_fd(ends[0], NULL); /* waits for ever */
	struct sigaction action = { .sa_handler = on_alarm };
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	const struct itimerval soon = { .it_value = { .tv_usec = 1000 } };
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	finish(to_break, ERR_END, NULL);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipe_byte_by_byte),
		cmocka_unit_test(pipe_without_waiting),
		cmocka_unit_test(pipe_that_is_no_capture),
		cmocka_unit_test(fifo),
		cmocka_unit_test(growing_file),
		cmocka_unit_test(growing_pcapng),
		cmocka_unit_test(shrunken_file),
		cmocka_unit_test(replaced_file),
		cmocka_unit_test(break_ends_a_wait),
	};
	return cmocka_run_group_tests_name("capture/input", tests, NULL, NULL);
}
