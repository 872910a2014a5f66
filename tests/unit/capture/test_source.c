/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/capture/build.h"

#define SECOND UINT64_C(1000000000)

static void refuse_text(struct slice bytes, const char *part)
{
	struct build b = { .big = false };
	build_bytes(&b, bytes);
	refuse(&b, ERR_FORMAT, part);
	build_free(&b);
}

static void not_captures(void **state)
{
	(void)state;
	refuse_text(SLICE(""), "is empty");
	refuse_text(SLICE("a"), "not a capture file");
	refuse_text(SLICE("INVITE sip:bob@example.com SIP/2.0\r\n"), "is it text?");
	refuse_text(SLICE("\0\0\0\0\0\0\0\0\0\0\0\0"), "not a capture file");
	refuse_text(SLICE("GMBU\0\2\0\0"), "Network Monitor");
	refuse_text(SLICE("\xFD"
	                  "7zXZ\0\0\4"),
	            "xz -d");
	refuse_text(
		SLICE("\xA1\xB2\xC3\xD4\0\2\0\4\0\0\0\0\0\0\0"),
		"cut inside the file header at byte offset 15 (needs 24 bytes, 15 are");
	refuse_text(SLICE("\xA1\xB2\xC3"), "not a capture file");
	refuse_text(SLICE("\x0A\x0D\x0D\x0A\0\0"), "cut inside packet 1");
	refuse_text(SLICE("snoop\0\0\0\0\0"), "cut inside the file header");
}

static void refuse_file(const char *path, enum err err, const char *part)
{
	struct source *s = NULL;
	char why[SOURCE_WHY_MAX] = "";
	assert_int_equal(source_open_file(&s, path, NULL, why), err);
	assert_null(s);
	if (!strstr(why, part))
		fail_msg("\"%s\" is not in \"%s\"", part, why);
	assert_null(strchr(why, '\n'));
}

static void files_that_do_not_open(void **state)
{
	(void)state;
	refuse_file("/nowhere/x.pcap", ERR_IO,
	            "/nowhere/x.pcap: cannot be opened: No such file");
	refuse_file("/", ERR_IO, "/: is a directory");
	refuse_file("bad\x1b[2J\nname", ERR_IO, "bad\\x1b[2J\\x0aname: cannot");

	char longer[1000];
	memset(longer, 'x', sizeof(longer) - 1);
	memcpy(longer + sizeof(longer) - 6, ".pcap", 6);
	refuse_file(longer, ERR_IO, "xxx.pcap: cannot be opened");

	char path[64];
	close(temporary(path, SLICE_NONE));
	refuse_file(path, ERR_FORMAT, ": is empty");
	if (geteuid() != 0) {
		chmod(path, 0);
		refuse_file(path, ERR_IO, "Permission denied");
	}
	unlink(path);
}

static void only_a_header(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_pcap(&b, PCAP_US, 2, 4, 1);
	struct source *s = source_of(&b);
	assert_string_equal(source_name(s), "x.pcap");
	assert_int_equal(source_fd(s), -1);
	assert_int_equal(source_size(s), 24);
	finish(s, ERR_END, NULL);
	build_free(&b);
	source_close(NULL);
}

/* Cut at every length: the packets before the cut, then the right result. bounds are the
 * ends of the file header and of each packet. */
static void every_cut(const struct build *b, const size_t *bounds, size_t n)
{
	assert_int_equal(bounds[n - 1], b->len);
	for (size_t len = 1; len <= b->len; len++) {
		struct source *s = NULL;
		char why[SOURCE_WHY_MAX] = "";
		struct slice part = slice_head(build_slice(b), len);
		enum err err = source_open_bytes(&s, part, "x.pcap", NULL, why);
		if (len < bounds[0]) {
			assert_int_equal(err, ERR_FORMAT);
			assert_non_null(strstr(why, "x.pcap: "));
			continue;
		}
		assert_int_equal(err, OK);
		uint64_t whole = 0;
		bool at_end = false;
		for (size_t i = 0; i < n && bounds[i] <= len; i++) {
			whole = i;
			at_end = bounds[i] == len;
		}
		struct frame f;
		for (uint64_t i = 1; i <= whole; i++) {
			assert_int_equal(source_next(s, &f), OK);
			assert_int_equal(f.number, i);
			assert_int_equal(f.bytes.p[0], 'a' + (int)i - 1);
		}
		char place[80];
		snprintf(place, sizeof(place),
		         "cut inside packet %d at byte offset %zu (needs", (int)whole + 1,
		         len);
		finish(s, at_end ? ERR_END : ERR_FORMAT, at_end ? NULL : place);
	}
}

static void every_cut_of_pcap(void **state)
{
	(void)state;
	struct build b = { .big = false };
	size_t bounds[4];
	build_pcap(&b, PCAP_US, 2, 4, 1);
	bounds[0] = b.len;
	build_packet(&b, 1, 2, 60, SLICE("alpha"));
	bounds[1] = b.len;
	build_packet(&b, 1, 3, 60, SLICE("b"));
	bounds[2] = b.len;
	build_packet(&b, 1, 4, 60, SLICE("charlie"));
	bounds[3] = b.len;
	every_cut(&b, bounds, 4);
	build_free(&b);
}

static void every_cut_of_pcapng(void **state)
{
	(void)state;
	struct build b = { .big = true };
	size_t bounds[3];
	build_section(&b);
	bounds[0] = b.len;
	build_interface(&b, 1, 0, 9, 0);
	size_t itf = b.len;
	build_enhanced(&b, 0, 1, 60, SLICE("alpha"));
	bounds[1] = b.len;
	build_enhanced(&b, 0, 1, 60, SLICE("bravo"));
	bounds[2] = b.len;
	/* Inside the interface block the words differ: leave that out here ... */
	struct build rest = b;
	rest.len = itf;
	for (size_t len = bounds[0] + 1; len < itf; len++) {
		rest.len = len;
		finish(source_of(&rest), ERR_FORMAT, "packet 1 at byte offset");
	}
	rest.len = itf;
	finish(source_of(&rest), ERR_END, NULL);
	/* ... by making its end the end of the header. */
	for (size_t len = itf + 1; len < b.len; len++) {
		rest.len = len;
		struct source *s = source_of(&rest);
		struct frame f;
		for (int i = 1; i < 3 && bounds[i] <= len; i++)
			assert_int_equal(source_next(s, &f), OK);
		bool whole = len == bounds[1];
		finish(s, whole ? ERR_END : ERR_FORMAT,
		       whole ? NULL : "cut inside packet");
	}
	rest.len = 0;
	for (size_t len = 1; len < bounds[0]; len++) {
		rest.len = len;
		refuse(&rest, ERR_FORMAT, "x.pcap: ");
	}
	build_free(&b);
}

/* A file of several windows: every byte, every offset, whatever straddles. */
static void many_windows(void **state)
{
	(void)state;
	enum { PACKETS = 6000 };
	struct build b = { .big = false };
	build_pcap(&b, PCAP_US, 2, 4, 1);
	for (uint32_t i = 0; i < PACKETS; i++) {
		build_record(&b, i, 0, i % 1501, 1501);
		build_fill(&b, (unsigned char)i, i % 1501);
	}
	assert_true(b.len > 3 * 1024 * 1024);
	char path[64], why[SOURCE_WHY_MAX];
	int fd = temporary(path, build_slice(&b));
	struct source *s = NULL;
	assert_int_equal(source_open_file(&s, path, NULL, why), OK);
	assert_int_equal(source_size(s), b.len);
	size_t at = 24;
	for (uint32_t i = 0; i < PACKETS; i++) {
		struct frame f;
		char again[1501];
		assert_int_equal(source_next(s, &f), OK);
		assert_int_equal(f.at, i * SECOND);
		assert_int_equal(f.bytes.len, i % 1501);
		assert_int_equal(f.offset, at + 16);
		assert_memory_equal(f.bytes.p, b.p + at + 16, f.bytes.len);
		assert_int_equal(pread(source_fd(s), again, f.bytes.len, (off_t)f.offset),
		                 f.bytes.len);
		assert_memory_equal(again, f.bytes.p, f.bytes.len);
		at += 16 + f.bytes.len;
		assert_int_equal(source_position(s), at);
	}
	finish(s, ERR_END, NULL);
	close(fd);
	unlink(path);
	build_free(&b);
}

/* A descriptor need not stand at the start of its file; offsets are of the file. */
static void begins_inside_a_file(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_bytes(&b, SLICE("junk"));
	build_section(&b);
	build_interface(&b, 1, 0, -1, 0);
	build_enhanced(&b, 0, 1, 1, SLICE("z"));
	char path[64], why[SOURCE_WHY_MAX];
	int fd = temporary(path, build_slice(&b));
	unlink(path);
	assert_int_equal(lseek(fd, 4, SEEK_SET), 4);
	const struct source_cfg cfg = { .input = 7 };
	struct source *s = NULL;
	assert_int_equal(source_open_fd(&s, fd, "junk", &cfg, why), OK);
	assert_int_equal(source_fd(s), fd);
	struct frame f;
	assert_int_equal(source_next(s, &f), OK);
	assert_int_equal(f.offset, 4 + 28 + 20 + 28);
	assert_int_equal(f.input, 7);
	finish(s, ERR_END, NULL);
	assert_int_equal(close(fd), -1); /* the source's, and closed */
	build_free(&b);
}

static void failing_leaves_the_descriptor(void **state)
{
	(void)state;
	char path[64], why[SOURCE_WHY_MAX];
	int fd = temporary(path, SLICE("text, not packets"));
	unlink(path);
	struct source *s = NULL;
	assert_int_equal(source_open_fd(&s, fd, "name", NULL, why), ERR_FORMAT);
	assert_int_equal(close(fd), 0);
}

static void standard_input(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_pcap(&b, PCAP_US, 2, 4, 1);
	build_packet(&b, 1, 0, 1, SLICE("a"));
	build_bytes(&b, SLICE("rest"));
	char path[64], why[SOURCE_WHY_MAX];
	int fd = temporary(path, build_slice(&b));
	unlink(path);
	int kept = dup(STDIN_FILENO);
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	struct source *s = NULL;
	assert_int_equal(source_open_file(&s, "-", NULL, why), OK);
	expect_frame(s, 1, SECOND, 1, 1, SLICE("a"));
	finish(s, ERR_FORMAT, "standard input: cut inside packet 2 at byte offset 45");
	assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
	close(kept);
	close(fd);
	build_free(&b);
}

static void broken_off(void **state)
{
	(void)state;
	struct build b = { .big = false };
	build_pcap(&b, PCAP_US, 2, 4, 1);
	build_packet(&b, 1, 0, 1, SLICE("a"));
	build_packet(&b, 2, 0, 1, SLICE("b"));
	struct source *s = source_of(&b);
	expect_frame(s, 1, SECOND, 1, 1, SLICE("a"));
	source_break(s);
	finish(s, ERR_END, NULL);
	build_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_captures),
		cmocka_unit_test(files_that_do_not_open),
		cmocka_unit_test(only_a_header),
		cmocka_unit_test(every_cut_of_pcap),
		cmocka_unit_test(every_cut_of_pcapng),
		cmocka_unit_test(many_windows),
		cmocka_unit_test(begins_inside_a_file),
		cmocka_unit_test(failing_leaves_the_descriptor),
		cmocka_unit_test(standard_input),
		cmocka_unit_test(broken_off),
	};
	return cmocka_run_group_tests_name("capture/source", tests, NULL, NULL);
}
