/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
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

#include "export/recorder.h"

#define AT    (UINT64_C(1795176000) * TICK_S) /* 2026-11-20T12:00:00Z */
#define NAMES 64

/* A folder of its own for each test. */
struct fixture {
	char old[4096];
	char dir[32];
	char why[OUT_WHY_MAX];
	char names[4096]; /* of list() */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	assert_non_null(getcwd(f->old, sizeof(f->old)));
	memcpy(f->dir, "recorder-XXXXXX", sizeof("recorder-XXXXXX"));
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(chdir(f->dir), 0);
	*state = f;
	return 0;
}

static int not_dots(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* "a:24 b:45": names and sizes, and nothing is left. */
static const char *list(struct fixture *f, bool clear)
{
	struct dirent **entries;
	size_t n = 0;
	int count = scandir(".", &entries, not_dots, alphasort);
	assert_in_range(count, 0, NAMES);
	f->names[0] = '\0';
	for (int i = 0; i < count; i++) {
		struct stat st;
		assert_int_equal(lstat(entries[i]->d_name, &st), 0);
		n += (size_t)snprintf(f->names + n, sizeof(f->names) - n, "%s%s:%lld",
		                      i ? " " : "", entries[i]->d_name,
		                      (long long)st.st_size);
		if (clear)
			unlink(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return f->names;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(chdir(f->old), 0);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

/* A packet of 100 bytes, so of 116 in a pcap file, ms after noon. */
static struct frame packet(uint64_t ms)
{
	static const char bytes[100];
	return (struct frame){ .at = AT + ms * TICK_MS,
		               .bytes = { bytes, sizeof(bytes) },
		               .wire_len = sizeof(bytes),
		               .link = 1 };
}

static struct recorder *begin(struct fixture *f, const char *path,
                              struct recorder_split split)
{
	struct recorder *r;
	assert_int_equal(recorder_open(&r, path, &split, f->why), OK);
	return r;
}

static enum err record(struct recorder *r, uint64_t ms)
{
	struct frame frame = packet(ms);
	return recorder_write(r, &frame);
}

static void test_one_file(void **state)
{
	struct fixture *f = *state;
	struct recorder *r = begin(f, "a.pcap", (struct recorder_split){ 0 });
	assert_true(recorder_folder(r) >= 0);
	assert_string_equal(list(f, false), "a.pcap:0");
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(record(r, 5), OK);
	assert_int_equal(recorder_size(r), 24 + 2 * 116);
	recorder_flush(r);
	assert_string_equal(list(f, false), "a.pcap:256");
	assert_null(recorder_problem(r));
	assert_int_equal(recorder_close(r, f->why), OK);
	assert_string_equal(list(f, true), "a.pcap:256");
	/* without a packet it is whole, too */
	r = begin(f, "a.pcap", (struct recorder_split){ 0 });
	assert_int_equal(recorder_close(r, f->why), OK);
	assert_string_equal(list(f, true), "a.pcap:24");
}

static void test_packets(void **state)
{
	struct fixture *f = *state;
	struct recorder *r = begin(f, "a.pcap", (struct recorder_split){ .packets = 2 });
	assert_string_equal(list(f, false),
	                    ""); /* the time of the first one is its name */
	for (uint64_t i = 0; i < 5; i++)
		assert_int_equal(record(r, i * 1000), OK);
	assert_int_equal(recorder_size(r), 3 * 24 + 5 * 116);
	assert_int_equal(recorder_close(r, f->why), OK);
	assert_string_equal(list(f, true), "a-20261120-120000-00001.pcap:256 "
	                                   "a-20261120-120002-00002.pcap:256 "
	                                   "a-20261120-120004-00003.pcap:140");
}

/* A file never has more than it may, but for one packet that alone has. */
static void test_size(void **state)
{
	struct fixture *f = *state;
	struct recorder *r = begin(f, "a.pcap", (struct recorder_split){ .size = 256 });
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_close(r, f->why), OK);
	assert_string_equal(list(f, true), "a-20261120-120000-00001.pcap:256 "
	                                   "a-20261120-120000-00002.pcap:140");
	r = begin(f, "a.pcap", (struct recorder_split){ .size = 1 });
	for (uint64_t i = 0; i < 2; i++)
		assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_close(r, f->why), OK);
	assert_string_equal(list(f, true), "a-20261120-120000-00001.pcap:140 "
	                                   "a-20261120-120000-00002.pcap:140");
}

/* 99.9 s belong to the first 100 s, 100 s no more; what is earlier than the first packet
 * ends no file. */
static void test_duration(void **state)
{
	struct fixture *f = *state;
	const struct recorder_split split = { .duration = 100 * TICK_S };
	struct recorder *r = begin(f, "a.pcap", split);
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(record(r, 99999), OK);
	assert_int_equal(record(r, 100000), OK);
	assert_int_equal(record(r, 1), OK);
	assert_int_equal(record(r, 199999), OK);
	assert_int_equal(record(r, 200000), OK);
	assert_int_equal(recorder_close(r, f->why), OK);
	assert_string_equal(list(f, true), "a-20261120-120000-00001.pcap:256 "
	                                   "a-20261120-120140-00002.pcap:372 "
	                                   "a-20261120-120320-00003.pcap:140");
}

/* pcapng says itself what it is, in each of the files. */
static void test_pcapng(void **state)
{
	struct fixture *f = *state;
	struct recorder *r =
		begin(f, "./a.b.pcapng", (struct recorder_split){ .packets = 1 });
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_close(r, f->why), OK);
	const char *names = list(f, true);
	unsigned one, two;
	const char *second = strchr(names, ' ');
	assert_non_null(second);
	assert_memory_equal(names, "a.b-20261120-120000-00001.pcapng:", 33);
	assert_memory_equal(second + 1, "a.b-20261120-120000-00002.pcapng:", 33);
	one = (unsigned)strtoul(names + 33, NULL, 10);
	two = (unsigned)strtoul(second + 34, NULL, 10);
	assert_int_equal(one, two);
	assert_in_range(one, 28 + 20 + 32 + 100, 220);
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	static const char *const rows[][2] = {
		{ "plain", "plain-20261120-120000-00001:140" },
		{ "../f.d/x", "x-20261120-120000-00001:140" },
		{ "-x.pcap", "-x-20261120-120000-00001.pcap:140" },
		{ "x.", "x-20261120-120000-00001.:140" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[64];
		const char *slash = strrchr(rows[i][0], '/');
		if (slash) /* back into this folder, which has a dot in its path */
			snprintf(path, sizeof(path), "../%s/%s", f->dir, slash + 1);
		else
			snprintf(path, sizeof(path), "%s", rows[i][0]);
		struct recorder *r =
			begin(f, path, (struct recorder_split){ .packets = 1 });
		assert_int_equal(record(r, 0), OK);
		assert_int_equal(recorder_close(r, f->why), OK);
		assert_string_equal(list(f, true), rows[i][1]);
	}
	struct recorder *r;
	const struct recorder_split split = { .packets = 1 };
	assert_int_equal(recorder_open(&r, "no/where.pcap", &split, f->why), ERR_IO);
	assert_string_equal(f->why, "no: No such file or directory");
}

/* What an earlier run left, or anyone, stays; the next free number is taken. */
static void test_never_over_a_file(void **state)
{
	struct fixture *f = *state;
	static const char first[] = "a-20261120-120000-00001.pcap";
	int fd = open(first, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(symlink("nowhere", "a-20261120-120000-00002.pcap"), 0);
	struct recorder *r = begin(f, "a.pcap", (struct recorder_split){ .packets = 1 });
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_close(r, f->why), OK);
	assert_string_equal(list(f, true), "a-20261120-120000-00001.pcap:1 "
	                                   "a-20261120-120000-00002.pcap:7 "
	                                   "a-20261120-120000-00003.pcap:140");
}

static void test_newest_files(void **state)
{
	struct fixture *f = *state;
	const struct recorder_split split = { .packets = 1, .files = 2 };
	struct recorder *r = begin(f, "a.pcap", split);
	assert_int_equal(close(open("a-20261120-115959-00009.pcap", O_CREAT, 0600)), 0);
	for (uint64_t i = 0; i < 2; i++)
		assert_int_equal(record(r, 0), OK);
	/* not ours any more: it stays */
	assert_int_equal(close(open("other", O_CREAT, 0600)), 0);
	unlink("a-20261120-120000-00001.pcap");
	assert_int_equal(rename("other", "a-20261120-120000-00001.pcap"), 0);
	for (uint64_t i = 0; i < 5; i++)
		assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_close(r, f->why), OK);
	assert_string_equal(list(f, true), "a-20261120-115959-00009.pcap:0 "
	                                   "a-20261120-120000-00001.pcap:0 "
	                                   "a-20261120-120000-00006.pcap:140 "
	                                   "a-20261120-120000-00007.pcap:140");
}

static void test_reopen(void **state)
{
	struct fixture *f = *state;
	struct recorder *r = begin(f, "a.pcap", (struct recorder_split){ 0 });
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_reopen(r, f->why), OK);
	assert_string_equal(list(f, false), "a.pcap:140");
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(rename("a.pcap", "a.1"), 0);
	assert_int_equal(recorder_reopen(r, f->why), OK);
	assert_int_equal(rename("a.pcap", "a.2"), 0); /* without a packet */
	assert_int_equal(recorder_reopen(r, f->why), OK);
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_size(r), 2 * 24 + 24 + 3 * 116);
	assert_int_equal(recorder_close(r, f->why), OK);
	assert_string_equal(list(f, true), "a.1:256 a.2:24 a.pcap:140");

	/* of several files the next one begins */
	r = begin(f, "a.pcap", (struct recorder_split){ .packets = 100 });
	assert_int_equal(recorder_reopen(r, f->why), OK);
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_reopen(r, f->why), OK);
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_close(r, f->why), OK);
	assert_string_equal(list(f, true), "a-20261120-120000-00001.pcap:140 "
	                                   "a-20261120-120000-00002.pcap:140");
}

static void limit_size(struct rlimit *old, rlim_t bytes)
{
	struct rlimit limit;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, old), 0);
	limit = *old;
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A full disk: the file is cut, the problem told once, packets are refused until a new
 * file works. */
static void test_full(void **state)
{
	struct fixture *f = *state;
	struct rlimit old;
	struct recorder *r = begin(f, "a.pcap", (struct recorder_split){ 0 });
	limit_size(&old, 300);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(record(r, 0), OK); /* buffered */
	assert_null(recorder_problem(r));
	recorder_flush(r);
	assert_string_equal(recorder_problem(r),
	                    "a.pcap: File too large after 256 bytes");
	assert_string_equal(list(f, false), "a.pcap:256");
	assert_int_equal(record(r, 0), ERR_IO);
	recorder_flush(r);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(record(r, 0), ERR_IO); /* half a file is not gone on with */
	assert_int_equal(rename("a.pcap", "a.1"), 0);
	assert_int_equal(recorder_reopen(r, f->why), OK);
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_close(r, f->why), ERR_IO);
	assert_string_equal(f->why, "a.pcap: File too large after 256 bytes");
	assert_string_equal(list(f, true), "a.1:256 a.pcap:140");
}

/* Divided, it is tried again after a while; a file with nothing in it is not left. */
static void test_full_and_divided(void **state)
{
	struct fixture *f = *state;
	struct rlimit old;
	struct recorder *r = begin(f, "a.pcap", (struct recorder_split){ .packets = 2 });
	assert_int_equal(record(r, 0), OK);
	limit_size(&old, 300);
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(record(r, 1000), OK);
	recorder_flush(r);
	assert_null(recorder_problem(r));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	limit_size(&old, 100);
	assert_int_equal(record(r, 2000), OK);
	recorder_flush(r);
	assert_string_equal(
		recorder_problem(r),
		"a-20261120-120001-00002.pcap: File too large after 140 bytes");
	assert_int_equal(record(r, 3000), ERR_IO);
	assert_int_equal(record(r, 12000), OK);
	recorder_flush(r);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(record(r, 21999), ERR_IO);
	assert_int_equal(record(r, 22000), OK);
	assert_int_equal(recorder_close(r, f->why), ERR_IO);
	assert_string_equal(
		f->why, "a-20261120-120001-00002.pcap: File too large after 140 bytes");
	assert_string_equal(list(f, true), "a-20261120-120000-00001.pcap:256 "
	                                   "a-20261120-120001-00002.pcap:140 "
	                                   "a-20261120-120022-00004.pcap:140");
}

/* A disk that others fill: a file that came to nothing is none of the newest ones, and no
 * good one has to go for it each time. */
static void test_full_with_newest_files(void **state)
{
	struct fixture *f = *state;
	struct rlimit old;
	struct recorder *r =
		begin(f, "a.pcap", (struct recorder_split){ .packets = 1, .files = 3 });
	for (uint64_t s = 0; s < 3; s++)
		assert_int_equal(record(r, s * 1000), OK);
	recorder_flush(r);
	limit_size(&old, 100);
	for (uint64_t s = 10; s < 60; s += 10) {
		assert_int_equal(record(r, s * 1000), OK);
		recorder_flush(r);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_string_equal(list(f, false), "a-20261120-120001-00002.pcap:140 "
	                                    "a-20261120-120002-00003.pcap:140");
	assert_int_equal(record(r, 60000), OK);
	assert_int_equal(record(r, 61000), OK);
	assert_int_equal(recorder_close(r, f->why), ERR_IO);
	assert_string_equal(list(f, true), "a-20261120-120002-00003.pcap:140 "
	                                   "a-20261120-120100-00009.pcap:140 "
	                                   "a-20261120-120101-00010.pcap:140");
}

/* One link type is all that a pcap file has. */
static void test_link_types(void **state)
{
	struct fixture *f = *state;
	struct recorder *r = begin(f, "a.pcap", (struct recorder_split){ 0 });
	struct frame other = packet(0);
	other.link = 113;
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_write(r, &other), ERR_FORMAT);
	assert_non_null(strstr(recorder_problem(r), ".pcapng"));
	assert_int_equal(record(r, 0), OK);
	assert_int_equal(recorder_close(r, f->why), ERR_IO);
	assert_string_equal(list(f, true), "a.pcap:256");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_packets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_size, setup, teardown),
		cmocka_unit_test_setup_teardown(test_duration, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pcapng, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never_over_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_newest_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reopen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_and_divided, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_with_newest_files, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_link_types, setup, teardown),
	};
	return cmocka_run_group_tests_name("export/recorder", tests, NULL, NULL);
}
