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
#include <unistd.h>

#include "unit/capture/build.h"

void build_free(struct build *b)
{
	free(b->p);
	*b = (struct build){ .p = NULL };
}

static unsigned char *more(struct build *b, size_t n)
{
	if (b->room - b->len < n) {
		b->room = (b->room + n) * 2;
		b->p = realloc(b->p, b->room);
		assert_non_null(b->p);
	}
	b->len += n;
	return b->p + b->len - n;
}

void build_bytes(struct build *b, struct slice bytes)
{
	if (bytes.len)
		memcpy(more(b, bytes.len), bytes.p, bytes.len);
}

void build_fill(struct build *b, unsigned char byte, size_t n)
{
	if (n)
		memset(more(b, n), byte, n);
}

static void number(struct build *b, uint64_t v, unsigned size)
{
	unsigned char *p = more(b, size);
	for (unsigned i = 0; i < size; i++)
		p[b->big ? size - 1 - i : i] = (unsigned char)(v >> 8 * i);
}

void build_u16(struct build *b, uint16_t v)
{
	number(b, v, 2);
}

void build_u32(struct build *b, uint32_t v)
{
	number(b, v, 4);
}

void build_u64(struct build *b, uint64_t v)
{
	number(b, v, 8);
}

struct slice build_slice(const struct build *b)
{
	return (struct slice){ (const char *)b->p, b->len };
}

void build_pcap(struct build *b, uint32_t magic, uint16_t major, uint16_t minor,
                uint32_t link)
{
	build_u32(b, magic);
	build_u16(b, major);
	build_u16(b, minor);
	build_u32(b, 0);
	build_u32(b, 0);
	build_u32(b, 65535);
	build_u32(b, link);
}

void build_record(struct build *b, uint32_t seconds, uint32_t fraction, uint32_t len1,
                  uint32_t len2)
{
	build_u32(b, seconds);
	build_u32(b, fraction);
	build_u32(b, len1);
	build_u32(b, len2);
}

void build_packet(struct build *b, uint32_t seconds, uint32_t fraction, uint32_t wire,
                  struct slice data)
{
	build_record(b, seconds, fraction, (uint32_t)data.len, wire);
	build_bytes(b, data);
}

size_t build_begin(struct build *b, uint32_t type)
{
	size_t start = b->len;
	build_u32(b, type);
	build_u32(b, 0);
	return start;
}

void build_end(struct build *b, size_t start)
{
	build_fill(b, 0, (4 - (b->len - start) % 4) % 4);
	uint32_t length = (uint32_t)(b->len - start + 4);
	build_u32(b, length);
	size_t end = b->len;
	b->len = start + 4;
	build_u32(b, length);
	b->len = end;
}

void build_section(struct build *b)
{
	size_t start = build_begin(b, 0x0A0D0D0A);
	build_u32(b, 0x1A2B3C4D);
	build_u16(b, 1);
	build_u16(b, 0);
	build_u64(b, UINT64_MAX);
	build_end(b, start);
}

void build_interface(struct build *b, uint16_t link, uint32_t snaplen, int resol,
                     int64_t offset)
{
	size_t start = build_begin(b, 1);
	build_u16(b, link);
	build_u16(b, 0);
	build_u32(b, snaplen);
	if (resol >= 0) {
		build_u16(b, 9);
		build_u16(b, 1);
		build_fill(b, (unsigned char)resol, 1);
		build_fill(b, 0, 3);
	}
	if (offset) {
		build_u16(b, 14);
		build_u16(b, 8);
		build_u64(b, (uint64_t)offset);
	}
	if (resol >= 0 || offset)
		build_u32(b, 0); /* opt_endofopt */
	build_end(b, start);
}

void build_enhanced(struct build *b, uint32_t interface, uint64_t stamp, uint32_t wire,
                    struct slice data)
{
	size_t start = build_begin(b, 6);
	build_u32(b, interface);
	build_u32(b, (uint32_t)(stamp >> 32));
	build_u32(b, (uint32_t)stamp);
	build_u32(b, (uint32_t)data.len);
	build_u32(b, wire);
	build_bytes(b, data);
	build_end(b, start);
}

struct source *source_of(const struct build *b)
{
	struct source *s = NULL;
	char why[SOURCE_WHY_MAX] = "";
	enum err err = source_open_bytes(&s, build_slice(b), "x.pcap", NULL, why);
	if (err)
		fail_msg("%s", why);
	return s;
}

void refuse(const struct build *b, enum err err, const char *part)
{
	struct source *s = NULL;
	char why[SOURCE_WHY_MAX] = "";
	assert_int_equal(source_open_bytes(&s, build_slice(b), "x.pcap", NULL, why), err);
	assert_null(s);
	if (!strstr(why, part) || strncmp(why, "x.pcap: ", 8) != 0)
		fail_msg("\"%s\" is not in \"%s\"", part, why);
}

void expect_frame(struct source *s, uint64_t number, uint64_t at, uint16_t link,
                  uint32_t wire, struct slice bytes)
{
	struct frame f;
	enum err err = source_next(s, &f);
	if (err)
		fail_msg("%d: %s", err,
		         source_problem(s) ? source_problem(s) : "no words");
	assert_int_equal(f.number, number);
	assert_int_equal(f.at, at);
	assert_int_equal(f.link, link);
	assert_int_equal(f.wire_len, wire);
	assert_int_equal(f.bytes.len, bytes.len);
	if (bytes.len)
		assert_memory_equal(f.bytes.p, bytes.p, bytes.len);
}

void expect_end(struct source *s, enum err err, const char *part)
{
	struct frame f;
	for (int again = 0; again < 2; again++) {
		assert_int_equal(source_next(s, &f), err);
		const char *problem = source_problem(s);
		if (!part) {
			assert_null(problem);
			continue;
		}
		assert_non_null(problem);
		if (!strstr(problem, part))
			fail_msg("\"%s\" is not in \"%s\"", part, problem);
	}
}

void finish(struct source *s, enum err err, const char *part)
{
	expect_end(s, err, part);
	source_close(s);
}

int temporary(char path[64], struct slice bytes)
{
	snprintf(path, 64, "/tmp/sipglass-test-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	append(fd, bytes);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

void append(int fd, struct slice bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.p, bytes.len);
		assert_true(n > 0);
		bytes = slice_skip(bytes, (size_t)n);
	}
}
