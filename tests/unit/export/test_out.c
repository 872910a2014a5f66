/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "export/out.h"

#define BIG 300000 /* several times the buffer */

/* A folder of its own for each test. */
struct fixture {
	char old[4096];
	char dir[32];
	char why[OUT_WHY_MAX];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	assert_non_null(getcwd(f->old, sizeof(f->old)));
	memcpy(f->dir, "out-XXXXXX", sizeof("out-XXXXXX"));
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(chdir(f->dir), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(chdir(f->old), 0);
	assert_int_equal(rmdir(f->dir), 0); /* nothing is left behind */
	free(f);
	return 0;
}

static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	char *text = malloc(2 * BIG);
	assert_non_null(text);
	*len = fread(text, 1, 2 * BIG, file);
	fclose(file);
	return text;
}

static void assert_file(const char *path, const char *expected)
{
	size_t len;
	char *text = read_file(path, &len);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(text, expected, len);
	free(text);
}

static char *big_text(void)
{
	char *text = malloc(BIG);
	assert_non_null(text);
	for (size_t i = 0; i < BIG; i++)
		text[i] = (char)('a' + i % 23);
	return text;
}

/* How many names the folder has, . and .. aside. */
static unsigned names_here(void)
{
	DIR *dir = opendir(".");
	unsigned count = 0;
	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static void test_whole_file(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	mode_t mask = umask(027);
	assert_int_equal(out_open(&out, "file", f->why), OK);
	out_str(out, "one ");
	out_write(out, "two\n", 4);
	out_flush(out);
	assert_int_equal(access("file", F_OK), -1); /* not before it is whole */
	assert_int_equal(out_close(out, true, f->why), OK);
	umask(mask);
	assert_file("file", "one two\n");
	struct stat st;
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(names_here(), 1);
	unlink("file");
}

static void test_replaces_only_when_whole(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	assert_int_equal(out_open(&out, "file", f->why), OK);
	out_str(out, "old");
	assert_int_equal(out_close(out, true, f->why), OK);

	assert_int_equal(out_open(&out, "file", f->why), OK);
	out_str(out, "new");
	assert_int_equal(out_close(out, false, f->why), OK);
	assert_file("file", "old");
	assert_int_equal(names_here(), 1);

	assert_int_equal(out_open(&out, "file", f->why), OK);
	out_str(out, "new");
	assert_int_equal(out_close(out, true, f->why), OK);
	assert_file("file", "new");
	unlink("file");
}

static void test_never_replaces(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	assert_int_equal(out_open(&out, "file", f->why), OK);
	out_never_replace(out);
	out_str(out, "first");
	assert_int_equal(out_close(out, true, f->why), OK);
	assert_file("file", "first");
	assert_int_equal(out_open(&out, "file", f->why), OK);
	out_never_replace(out);
	out_str(out, "second");
	assert_int_equal(out_close(out, true, f->why), ERR_IO);
	assert_string_equal(f->why, "file: File exists after 6 bytes");
	assert_file("file", "first");
	assert_int_equal(names_here(), 1);
	unlink("file");
}

static void test_link_is_followed(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	assert_int_equal(mkdir("sub", 0777), 0);
	assert_int_equal(close(open("sub/file", O_CREAT | O_WRONLY, 0666)), 0);
	assert_int_equal(symlink("sub/file", "link"), 0);
	assert_int_equal(out_open(&out, "link", f->why), OK);
	out_str(out, "x");
	assert_int_equal(out_close(out, true, f->why), OK);
	assert_file("sub/file", "x");
	struct stat st;
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink("link");
	unlink("sub/file");
	rmdir("sub");
}

static void test_read_only_file(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	assert_int_equal(close(open("file", O_CREAT | O_WRONLY, 0444)), 0);
	if (access("file", W_OK) == 0) { /* root may write what it likes */
		unlink("file");
		skip();
	}
	assert_int_equal(out_open(&out, "file", f->why), ERR_IO);
	assert_string_equal(f->why, "file: Permission denied");
	unlink("file");
}

/* Pieces of every size about that of the buffer arrive as they were. */
static void test_sizes(void **state)
{
	struct fixture *f = *state;
	const size_t sizes[] = { 1, 65534, 1, 1, 65535, 65536, 2, 65537, 0, 5 };
	struct out *out;
	size_t total = 0, len;
	char *text = big_text();
	assert_int_equal(out_open(&out, "file", f->why), OK);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		out_write(out, text + total, sizes[i]);
		total += sizes[i];
	}
	assert_int_equal(out_close(out, true, f->why), OK);
	char *back = read_file("file", &len);
	assert_int_equal(len, total);
	assert_memory_equal(back, text, total);
	free(back);
	free(text);
	unlink("file");
}

static void test_captured_bytes(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	assert_int_equal(out_open(&out, "file", f->why), OK);
	out_safe(out, SLICE("a\x1b[2Jb\xc3\xa9"), true);
	out_safe(out, SLICE("\xc3\xa9\n"), false);
	assert_int_equal(out_close(out, true, f->why), OK);
	assert_file("file", "a\\x1b[2Jb\xc3\xa9\\u{00e9}\\x0a");
	unlink("file");
}

static void test_no_folder(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	assert_int_equal(out_open(&out, "nowhere/file", f->why), ERR_IO);
	assert_string_equal(f->why, "nowhere/file: No such file or directory");
	assert_int_equal(out_open(&out, ".", f->why), ERR_IO);
	assert_string_equal(f->why, ".: Is a directory");
}

static void test_name_in_reason_is_safe(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	assert_int_equal(out_open(&out, "no\n\x1b/file", f->why), ERR_IO);
	assert_string_equal(f->why, "no\\x0a\\x1b/file: No such file or directory");
}

static void test_full_disk(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	if (access("/dev/full", W_OK) != 0)
		skip();
	assert_int_equal(out_open(&out, "/dev/full", f->why), OK);
	out_str(out, "x");
	assert_false(out_failed(out)); /* it is still in the buffer */
	out_flush(out);
	assert_true(out_failed(out));
	assert_false(out_is_broken_pipe(out));
	out_str(out, "later writes do nothing");
	assert_int_equal(out_close(out, true, f->why), ERR_IO);
	assert_string_equal(f->why, "/dev/full: No space left on device after 0 bytes");
}

/* A pipe by its name, so that it is a path that is no regular file. */
static void pipe_path(int fds[2], char path[64])
{
	assert_int_equal(pipe(fds), 0);
	snprintf(path, 64, "/dev/fd/%d", fds[1]);
}

static void test_broken_pipe(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	int fds[2];
	char path[64];
	pipe_path(fds, path);
	if (access(path, F_OK) != 0) {
		close(fds[0]);
		close(fds[1]);
		skip();
	}
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(out_open(&out, path, f->why), OK);
	close(fds[0]);
	out_str(out, "x");
	out_flush(out);
	assert_true(out_failed(out));
	assert_true(out_is_broken_pipe(out));
	assert_int_equal(out_close(out, true, f->why), ERR_IO);
	close(fds[1]);
}

/* Reads all of a pipe a few bytes at a time. */
static void *slow_reader(void *arg)
{
	int fd = *(int *)arg;
	char piece[777];
	size_t total = 0;
	for (;;) {
		ssize_t n = read(fd, piece, sizeof(piece));
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++, total++)
			if (piece[i] != (char)('a' + total % 23))
				return NULL;
	}
	return total == BIG ? arg : NULL;
}

static void on_signal(int signal_number)
{
	(void)signal_number;
}

/* A pipe takes a page at a time, signals come in between, and with O_NONBLOCK it also
 * answers "not now": nothing is lost or written twice. */
static void check_short_writes(struct fixture *f, int flags)
{
	int fds[2];
	char path[64];
	struct out *out;
	pthread_t reader, writer = pthread_self();
	void *right;
	struct sigaction action = { .sa_handler = on_signal }; /* no SA_RESTART */
	char *text = big_text();
	pipe_path(fds, path);
	fcntl(fds[1], F_SETPIPE_SZ, 4096);
	int keep = dup(STDOUT_FILENO);
	assert_int_equal(fcntl(fds[1], F_SETFL, flags), 0);
	assert_true(dup2(fds[1], STDOUT_FILENO) >= 0);
	close(fds[1]);
	sigaction(SIGUSR1, &action, NULL);
	enum err opened = out_open(&out, NULL, f->why);
	pthread_create(&reader, NULL, slow_reader, &fds[0]);
	out_write(out, text, 1000);
	pthread_kill(writer, SIGUSR1);
	out_write(out, text + 1000, BIG - 1000);
	enum err closed = out_close(out, true, f->why);
	dup2(keep, STDOUT_FILENO);
	close(keep);
	pthread_join(reader, &right);
	close(fds[0]);
	free(text);
	assert_int_equal(opened, OK);
	assert_int_equal(closed, OK);
	assert_non_null(right);
}

static void test_short_writes(void **state)
{
	check_short_writes(*state, 0);
}

static void test_not_now(void **state)
{
	check_short_writes(*state, O_NONBLOCK);
}

/* --- growing files */

static void test_grows(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	assert_int_equal(out_open_growing(&out, "file", f->why), OK);
	assert_file("file", "");
	out_str(out, "one\n");
	out_mark(out);
	out_flush(out);
	assert_file("file", "one\n");
	assert_int_equal(out_size(out), 4);
	assert_int_equal(out_close(out, false, f->why), OK);
	assert_file("file", "one\n");
	unlink("file");
}

static void test_new(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	int dir = open(".", O_RDONLY | O_DIRECTORY);
	assert_int_equal(out_open_new(&out, dir, "file", "a/file", f->why), OK);
	out_str(out, "x");
	assert_int_equal(out_close(out, true, f->why), OK);
	assert_int_equal(out_open_new(&out, dir, "file", "a/file", f->why), ERR_LIMIT);
	assert_string_equal(f->why, "a/file: File exists");
	assert_file("file", "x");
	unlink("file");
	assert_int_equal(symlink("nowhere", "file"),
	                 0); /* that would be written through */
	assert_int_equal(out_open_new(&out, dir, "file", "a/file", f->why), ERR_LIMIT);
	assert_int_equal(access("nowhere", F_OK), -1);
	unlink("file");
	close(dir);
}

/* With a file size limit of 1,000 bytes, records of 30 bytes: whatever the place of the
 * mark in the buffer, the file ends behind a whole record. */
static void check_cut(struct fixture *f, unsigned flush_every)
{
	static const char record[] = "123456789 123456789 123456789\n";
	struct rlimit old, limit;
	struct out *out;
	size_t len;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 1000;
	assert_int_equal(out_open_growing(&out, "file", f->why), OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (unsigned i = 1; i <= 50; i++) {
		out_str(out, record);
		out_mark(out);
		if (i % flush_every == 0)
			out_flush(out);
	}
	out_str(out, "half a rec");
	out_flush(out);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_true(out_failed(out));
	char *text = read_file("file", &len); /* at once, and not at the end only */
	assert_int_equal(len, 990);
	assert_memory_equal(text + 960, record, 30);
	free(text);
	assert_int_equal(out_close(out, true, f->why), ERR_IO);
	assert_string_equal(f->why, "file: File too large after 990 bytes");
	unlink("file");
}

static void test_cut_at_record(void **state)
{
	check_cut(*state, 1);
	check_cut(*state, 7);
	check_cut(*state, 1000);
}

/* A record larger than the buffer goes around it. */
static void test_cut_large_record(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, limit;
	struct out *out;
	size_t len;
	char *text = big_text();
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 200000;
	assert_int_equal(out_open_growing(&out, "file", f->why), OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	out_write(out, text, 150000);
	out_mark(out);
	out_write(out, text, 100000);
	out_mark(out);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_true(out_failed(out));
	free(read_file("file", &len));
	assert_int_equal(len, 150000);
	assert_int_equal(out_close(out, true, f->why), ERR_IO);
	free(text);
	unlink("file");
}

static void test_reopen(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	assert_int_equal(out_open_growing(&out, "file", f->why), OK);
	out_str(out, "one\n");
	out_mark(out);
	assert_false(out_is_moved(out));
	assert_int_equal(out_reopen(out, f->why), OK); /* it is where it was */
	out_str(out, "two\n");
	out_mark(out);
	assert_int_equal(rename("file", "file.1"), 0);
	assert_true(out_is_moved(out));
	assert_int_equal(out_reopen(out, f->why), OK);
	assert_file("file.1", "one\ntwo\n");
	out_str(out, "three\n");
	out_mark(out);

	/* an empty one that is there, as logrotate makes it, is taken */
	assert_int_equal(rename("file", "file.2"), 0);
	assert_int_equal(close(open("file", O_CREAT | O_WRONLY, 0600)), 0);
	assert_int_equal(out_reopen(out, f->why), OK);
	assert_file("file.2", "three\n");
	out_str(out, "four\n");
	out_mark(out);

	/* one with something in it is not, and nothing is lost */
	assert_int_equal(rename("file", "file.3"), 0);
	int fd = open("file", O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(out_reopen(out, f->why), ERR_IO);
	assert_string_equal(f->why, "file: is another file now, and not an empty one");
	out_str(out, "five\n");
	assert_int_equal(out_close(out, true, f->why), OK);
	assert_file("file", "x");
	assert_file("file.3", "four\nfive\n");
	unlink("file");
	unlink("file.1");
	unlink("file.2");
	unlink("file.3");
}

/* It is the folder that is kept, wherever the program is. */
static void test_reopen_elsewhere(void **state)
{
	struct fixture *f = *state;
	struct out *out;
	assert_int_equal(mkdir("sub", 0777), 0);
	assert_int_equal(symlink("sub/file", "link"), 0);
	assert_int_equal(out_open_growing(&out, "link", f->why), OK);
	assert_int_equal(rename("sub/file", "sub/old"), 0);
	assert_int_equal(mkdir("other", 0777), 0);
	assert_int_equal(chdir("other"), 0);
	assert_int_equal(out_reopen(out, f->why), OK);
	assert_int_equal(chdir(".."), 0);
	out_str(out, "x");
	assert_int_equal(out_close(out, true, f->why), OK);
	assert_file("sub/file", "x");
	unlink("link");
	unlink("sub/file");
	unlink("sub/old");
	rmdir("sub");
	rmdir("other");
}

/* After a full disk a new file is written again. */
static void test_reopen_after_failure(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, limit;
	struct out *out;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 4;
	assert_int_equal(out_open_growing(&out, "file", f->why), OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	out_str(out, "123456");
	out_flush(out);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_true(out_failed(out));
	assert_file("file", "");
	assert_int_equal(rename("file", "old"), 0);
	assert_int_equal(out_reopen(out, f->why), OK);
	assert_false(out_failed(out));
	out_str(out, "again");
	assert_int_equal(out_close(out, true, f->why), OK);
	assert_file("file", "again");
	unlink("file");
	unlink("old");
}

/* --- readers that are slow */

static bool enough(void *arg)
{
	unsigned *asked = arg;
	return ++*asked > 3;
}

static bool never_enough(void *arg)
{
	(void)arg;
	return false;
}

/* Reads what is in the pipe now. */
static size_t read_now(int fd, char *text, size_t size)
{
	size_t len = 0;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (;;) {
		ssize_t n = read(fd, text + len, size - len);
		if (n <= 0)
			return len;
		len += (size_t)n;
	}
}

/* An output to a pipe of one page. */
static struct out *open_pipe(struct fixture *f, int fds[2], size_t most, out_enough *ask,
                             void *arg)
{
	struct out *out;
	char path[64];
	pipe_path(fds, path);
	fcntl(fds[1], F_SETPIPE_SZ, 4096);
	assert_int_equal(out_open_growing(&out, path, f->why), OK);
	out_never_wait(out, most, ask, arg);
	close(fds[1]);
	return out;
}

/* Records that do not fit are left out, whole ones, and counted. */
static void test_slow_reader(void **state)
{
	struct fixture *f = *state;
	int fds[2];
	char *text = malloc(BIG);
	assert_non_null(text);
	struct out *out = open_pipe(f, fds, 10000, never_enough, NULL);
	for (unsigned i = 0; i < 1000; i++) {
		char record[101];
		snprintf(record, sizeof(record), "%03u %095u\n", i, i);
		out_write(out, record, 50);
		out_write(out, record + 50, 50);
		out_mark(out);
	}
	assert_false(out_failed(out));
	assert_true(out_is_behind(out));
	uint64_t dropped = out_dropped(out);
	/* the pipe and the queue are full */
	assert_in_range(dropped, 1000 - 10000 / 100 - 8192 / 100,
	                1000 - 10000 / 100 - 40);
	size_t len = 0;
	while (out_is_behind(out)) {
		len += read_now(fds[0], text + len, BIG - len);
		out_flush(out);
	}
	len += read_now(fds[0], text + len, BIG - len);
	assert_int_equal(len, (1000 - dropped) * 100);
	for (size_t i = 0; i < len; i += 100) {
		assert_memory_equal(text + i, text + i + 4 + 92, 3); /* same number */
		assert_int_equal(text[i + 99], '\n');
	}
	out_str(out, "last\n");
	out_mark(out);
	assert_int_equal(out_close(out, true, f->why), OK);
	assert_int_equal(read_now(fds[0], text, BIG), 5);
	close(fds[0]);
	free(text);
}

/* At the end there is time: nothing is dropped, also of what has more than the queue. */
static void test_patience(void **state)
{
	struct fixture *f = *state;
	int fds[2];
	pthread_t reader;
	void *right;
	char *text = big_text();
	struct out *out = open_pipe(f, fds, 10000, never_enough, NULL);
	out_may_wait(out);
	pthread_create(&reader, NULL, slow_reader, &fds[0]);
	out_write(out, text, 9000);
	out_mark(out);
	out_write(out, text + 9000, BIG - 9000);
	assert_int_equal(out_dropped(out), 0);
	assert_int_equal(out_close(out, true, f->why), OK);
	pthread_join(reader, &right);
	assert_non_null(right);
	close(fds[0]);
	free(text);
}

/* But not for ever. */
static void test_impatience(void **state)
{
	struct fixture *f = *state;
	int fds[2];
	unsigned asked = 0;
	char *text = big_text();
	struct out *out = open_pipe(f, fds, BIG, enough, &asked);
	out_write(out, text, BIG);
	out_mark(out);
	assert_int_equal(asked, 0);
	out_may_wait(out);
	assert_int_equal(out_close(out, true, f->why), ERR_IO);
	assert_int_equal(asked, 4);
	assert_non_null(strstr(f->why, ": its reader is too slow after 4096 bytes"));
	close(fds[0]);
	free(text);
}

static void test_reader_gone(void **state)
{
	struct fixture *f = *state;
	int fds[2];
	struct out *out = open_pipe(f, fds, 10000, never_enough, NULL);
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	out_str(out, "x");
	out_mark(out);
	out_flush(out);
	assert_true(out_is_broken_pipe(out));
	out_may_wait(out);
	assert_int_equal(out_close(out, true, f->why), ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replaces_only_when_whole, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_never_replaces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link_is_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_only_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_captured_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_name_in_reason_is_safe, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_full_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_broken_pipe, setup, teardown),
		cmocka_unit_test_setup_teardown(test_short_writes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_now, setup, teardown),
		cmocka_unit_test_setup_teardown(test_grows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_new, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_at_record, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_large_record, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reopen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reopen_elsewhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reopen_after_failure, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_slow_reader, setup, teardown),
		cmocka_unit_test_setup_teardown(test_patience, setup, teardown),
		cmocka_unit_test_setup_teardown(test_impatience, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reader_gone, setup, teardown),
	};
	return cmocka_run_group_tests_name("export/out", tests, NULL, NULL);
}
