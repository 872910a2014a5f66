/* SPDX-License-Identifier: MIT */
/* Any bytes as captured text, written for every kind of output and as a file name.
 *
 * The whole input is the text. What comes out is read back by whoever would read it: it
 * must be UTF-8 that is printable to its last byte, and must not leave its place. */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum form { JSON, ASCII, TEXT, XML, MERMAID, CSV, FORMS };

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void take_step(enum form form, struct slice in, struct safe_step *step)
{
	switch (form) {
	case JSON: safe_json(in, step); break;
	case ASCII: safe_text(in, false, step); break;
	case TEXT: safe_text(in, true, step); break;
	case XML: safe_xml(in, step); break;
	case MERMAID: safe_mermaid(in, step); break;
	case CSV: safe_csv(in, step); break;
	case FORMS: abort();
	}
}

/* The steps put together; out has room for SAFE_TEXT_MAX times the length of in. */
static struct slice write_all(enum form form, struct slice in, char *out)
{
	size_t n = 0;
	while (in.len) {
		struct safe_step step;
		take_step(form, in, &step);
		need(step.plain <= in.len && step.skip <= in.len - step.plain);
		need(step.plain + step.skip > 0 && step.text_len <= SAFE_TEXT_MAX);
		need((step.skip == 0) == (step.text_len == 0));
		need(utf8_is_valid(slice_head(in, step.plain)));
		memcpy(out + n, in.p, step.plain);
		memcpy(out + n + step.plain, step.text, step.text_len);
		n += step.plain + step.text_len;
		in = slice_skip(in, step.plain + step.skip);
	}
	return (struct slice){ out, n };
}

static bool is_one_of(uint32_t point, const char *set)
{
	return point && point < 0x80 && strchr(set, (int)point);
}

/* Length of what stands for a character and begins with `lead`, up to a semicolon. */
static size_t reference_len(struct slice out, const char *inside)
{
	size_t i = 1;
	while (i < out.len && is_one_of((unsigned char)out.p[i], inside))
		i++;
	need(i > 1 && i < out.len && out.p[i] == ';');
	return i + 1;
}

/* Length of what `out` begins with, which must be allowed to stand there. */
static size_t check_unit(enum form form, struct slice out, uint32_t point, size_t len)
{
	need(form != ASCII || len == 1);
	switch (form) {
	case JSON:
		need(!is_one_of(point, "\"<>"));
		if (point != '\\')
			return len;
		need(out.len > 1 && is_one_of((unsigned char)out.p[1], "\"\\nrtu"));
		return out.p[1] == 'u' ? 6 : 2;
	case XML:
		need(!is_one_of(point, "<>\"'"));
		return point == '&' ? reference_len(out, "#39ampltgquo") : len;
	case MERMAID:
		need(!is_one_of(point, ";%$<>&\"'`\\"));
		need(point != 0xb6 && point != 0xfb02);
		return point == '#' ? reference_len(out, "0123456789") : len;
	case CSV:
		need(point != '"' || (out.len > 1 && out.p[1] == '"'));
		return point == '"' ? 2 : len;
	case ASCII:
	case TEXT:
	case FORMS: break;
	}
	return len;
}

static void check_output(enum form form, struct slice out)
{
	unsigned marks = SAFE_MARKS_MAX;
	while (out.len) {
		size_t len;
		uint32_t point = utf8_next(out, &len);
		need(utf8_is_printable(point));
		if (utf8_width(point))
			marks = 0;
		else
			need(form == JSON || marks++ < SAFE_MARKS_MAX);
		len = check_unit(form, out, point, len);
		need(len <= out.len);
		out = slice_skip(out, len);
	}
}

static bool is_word(struct slice s, size_t i)
{
	return i < s.len && (is_one_of((unsigned char)s.p[i] | 32U,
	                               "abcdefghijklmnopqrstuvwxyz0123456789") ||
	                     s.p[i] == '_');
}

/* What Mermaid would find in the middle of a label. */
static void check_words(struct slice out)
{
	for (size_t i = 0; i < out.len; i++) {
		struct slice rest = slice_skip(out, i);
		need(!slice_istarts(rest, SLICE("style")));
		need(!slice_istarts(rest, SLICE("classdef")));
		need(!slice_istarts(rest, SLICE("wrap:")));
		need(!slice_istarts(rest, SLICE("end")) || is_word(out, i + 3) ||
		     (i > 0 && is_word(out, i - 1)));
	}
}

/* Into rooms about the length of the whole, of a half, and of nothing. */
static void check_copy(struct slice in, bool utf8, struct slice whole)
{
	const size_t sizes[] = { 0, 1, 2, whole.len / 2, whole.len, whole.len + 1 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i];
		char *out = malloc(size ? size : 1);
		if (!out)
			continue;
		size_t n = safe_text_copy(in, utf8, out, size);
		need(n < size || size == 0);
		need(size == 0 || out[n] == '\0');
		need(n == 0 || memcmp(out, whole.p, n) == 0);
		need(size <= whole.len || n == whole.len);
		if (size)
			check_output(utf8 ? TEXT : ASCII, (struct slice){ out, n });
		free(out);
	}
}

static void check_name(struct slice in)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789._-";
	char name[SAFE_NAME_MAX];
	size_t n = safe_file_name(in, name);
	need(n > 0 && n < sizeof(name) && strlen(name) == n);
	need(strspn(name, allowed) == n && name[0] != '.' && name[0] != '-');
	struct slice stem = slice_head((struct slice){ name, n }, strcspn(name, "."));
	need(!slice_ieq(stem, SLICE("nul")) && !slice_ieq(stem, SLICE("com1")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size ? size : 1); /* of that size: one byte over is seen */
	char *out = malloc(size * SAFE_TEXT_MAX + 1);
	if (bytes && out) {
		if (size)
			memcpy(bytes, data, size);
		struct slice in = { bytes, size };
		for (unsigned form = 0; form < FORMS; form++) {
			struct slice whole = write_all((enum form)form, in, out);
			check_output((enum form)form, whole);
			if (form == MERMAID)
				check_words(whole);
			if (form == ASCII || form == TEXT)
				check_copy(in, form == TEXT, whole);
		}
		need(safe_csv_open(in).len >= 1);
		check_name(in);
	}
	free(out);
	free(bytes);
	return 0;
}
