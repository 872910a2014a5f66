/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/safe.h"

#include <string.h>

#include "base/utf8.h"

static const char hex[] = "0123456789abcdef";

/* A kind of output: what of ASCII is not to be copied, by bit, and what beyond. */
struct form {
	uint64_t special[2];
	bool     utf8;      /* what is printable outside ASCII may be copied */
	bool     any_marks; /* as many as there are */
	bool     words;     /* a letter is special only where one of Mermaid's begins */
};

#define BIT(c) (UINT64_C(1) << ((c) & 63))
#define C0     UINT64_C(0xffffffff)
#define DEL    BIT(0x7f)

static const struct form form_json = {
	{ C0 | BIT('"') | BIT('<') | BIT('>'), BIT('\\') | DEL },
	.utf8 = true, .any_marks = true
};
static const struct form form_ascii = { { C0, DEL }, .utf8 = false };
static const struct form form_utf8  = { { C0, DEL }, .utf8 = true };
static const struct form form_xml   = {
	{ C0 | BIT('&') | BIT('<') | BIT('>') | BIT('"') | BIT('\''), DEL },
	.utf8 = true
};
static const struct form form_csv = { { C0 | BIT('"'), DEL }, .utf8 = true };

/* ; and # end a statement, % may begin a comment or a directive, $ a formula; < > &
 * and quotes are HTML's; a backslash and a backtick are of the Markdown around or
 * inside; the letters are what is_order and is_end look for. */
static const struct form form_mermaid = {
	{ C0 | BIT(';') | BIT('#') | BIT('%') | BIT('$') | BIT('<') | BIT('>') |
	  BIT('&') | BIT('"') | BIT('\''),
	  BIT('\\') | BIT('`') | BIT('E') | BIT('S') | BIT('W') | BIT('e') | BIT('s') |
	  BIT('w') | DEL },
	.utf8 = true, .words = true
};

static bool is_letter(struct slice in, size_t i)
{
	return i < in.len && ((in.p[i] >= 'a' && in.p[i] <= 'z') ||
	                      (in.p[i] >= 'A' && in.p[i] <= 'Z'));
}

static bool is_word_char(struct slice in, size_t i)
{
	return is_letter(in, i) ||
	       (i < in.len && ((in.p[i] >= '0' && in.p[i] <= '9') || in.p[i] == '_'));
}

/* Mermaid's first pass takes the last semicolon off a line with `style` or `classDef` in
 * it, and that one may be of a #NN;. `wrap:` at the begin of a label is an order. Of
 * classDef the end is looked for: the begin may be a digit of what is shown, \xNc. */
static bool is_order(struct slice in, size_t i)
{
	struct slice rest = slice_skip(in, i);
	return slice_istarts(rest, SLICE("style")) ||
	       slice_istarts(rest, SLICE("ssdef")) ||
	       slice_istarts(rest, SLICE("wrap:"));
}

/* `end` closes a block, unless it is a part of a longer word. What was before `in` is
 * not known: that takes a few more for such than are. */
static bool is_end(struct slice in, size_t i)
{
	return slice_istarts(slice_skip(in, i), SLICE("end")) &&
	       !(i > 0 && is_word_char(in, i - 1)) &&
	       (!is_word_char(in, i + 3) || is_order(in, i + 3));
}

static bool is_special(const struct form *form, struct slice in, size_t i)
{
	unsigned char c = (unsigned char)in.p[i];
	return (form->special[c >> 6] >> (c & 63) & 1) &&
	       !(form->words && is_letter(in, i) && !is_order(in, i) && !is_end(in, i));
}

/* Mermaid writes these for # and ; in between, and reads them back as such. */
static bool is_stand_in(uint32_t point)
{
	return point == 0xb6 || point == 0xfb02;
}

/* The walk of all forms: sets `plain` and `skip` of out, its text being empty. Returns
 * the code point that is not to be copied, UTF8_BAD for a byte that is of none; skip
 * is 0 where there is nothing left. */
static uint32_t walk(struct slice in, const struct form *form, struct safe_step *out)
{
	unsigned marks = SAFE_MARKS_MAX; /* there is no character yet to bear one */
	uint32_t point = UTF8_BAD;
	size_t i = 0, len = 0;
	while (i < in.len) {
		len = 1;
		point = (unsigned char)in.p[i];
		if (point < 0x80) {
			if (is_special(form, in, i))
				break;
			marks = 0;
		} else {
			point = utf8_next(slice_skip(in, i), &len);
			if (!form->utf8 || !utf8_is_printable(point) ||
			    (form->words && is_stand_in(point)))
				break;
			if (utf8_width(point) > 0)
				marks = 0;
			else if (marks++ == SAFE_MARKS_MAX && !form->any_marks)
				break;
		}
		i += len;
		len = 0;
	}
	*out = (struct safe_step){ .plain = i, .skip = len };
	return point;
}

static void put(struct safe_step *out, const char *text, size_t len)
{
	memcpy(out->text + out->text_len, text, len);
	out->text_len += (unsigned)len;
}

/* \xNN or \u{NNNN}, with what stands for the backslash. */
static void put_shown(struct safe_step *out, struct slice in, uint32_t point,
                      struct slice backslash)
{
	put(out, backslash.p, backslash.len);
	if (point == UTF8_BAD)
		point = (unsigned char)in.p[out->plain];
	if (point < 0xa0 || out->skip == 1) {
		const char text[] = { 'x', hex[point >> 4], hex[point & 15] };
		put(out, text, sizeof(text));
		return;
	}
	put(out, "u{", 2);
	for (int shift = 20; shift >= 0; shift -= 4)
		if (shift <= 12 || point >> shift)
			put(out, &hex[point >> shift & 15], 1);
	put(out, "}", 1);
}

/* RFC 8259 7: four digits, twice for what UTF-16 has two of. */
static void put_u(struct safe_step *out, uint32_t point)
{
	if (point > 0xffff) {
		put_u(out, 0xd7c0 + (point >> 10));
		point = 0xdc00 + (point & 0x3ff);
	}
	const char text[] = { '\\', 'u', hex[point >> 12], hex[point >> 8 & 15],
		              hex[point >> 4 & 15], hex[point & 15] };
	put(out, text, sizeof(text));
}

void safe_json(struct slice in, struct safe_step *out)
{
	uint32_t point = walk(in, &form_json, out);
	if (out->skip == 0)
		return;
	switch (point) {
	case '"': put(out, "\\\"", 2); break;
	case '\\': put(out, "\\\\", 2); break;
	case '\n': put(out, "\\n", 2); break;
	case '\r': put(out, "\\r", 2); break;
	case '\t': put(out, "\\t", 2); break;
	case UTF8_BAD: put(out, "\xef\xbf\xbd", 3); break; /* U+FFFD */
	default: put_u(out, point);
	}
}

void safe_text(struct slice in, bool utf8, struct safe_step *out)
{
	uint32_t point = walk(in, utf8 ? &form_utf8 : &form_ascii, out);
	if (out->skip)
		put_shown(out, in, point, SLICE("\\"));
}

void safe_xml(struct slice in, struct safe_step *out)
{
	uint32_t point = walk(in, &form_xml, out);
	if (out->skip == 0)
		return;
	switch (point) {
	case '&': put(out, "&amp;", 5); break;
	case '<': put(out, "&lt;", 4); break;
	case '>': put(out, "&gt;", 4); break;
	case '"': put(out, "&quot;", 6); break;
	case '\'': put(out, "&#39;", 5); break; /* HTML 4 has no &apos; */
	default: put_shown(out, in, point, SLICE("\\"));
	}
}

/* What is printable, but not to Mermaid. */
static bool has_meaning(uint32_t point)
{
	return (point >= ' ' && point < 0x7f) || is_stand_in(point);
}

void safe_mermaid(struct slice in, struct safe_step *out)
{
	uint32_t point = walk(in, &form_mermaid, out);
	if (out->skip == 0)
		return;
	if (!has_meaning(point)) {
		put_shown(out, in, point, SLICE("#92;"));
		return;
	}
	put(out, "#", 1);
	for (uint32_t unit = 10000; unit; unit /= 10)
		if (point >= unit)
			put(out, &hex[point / unit % 10], 1);
	put(out, ";", 1);
}

void safe_csv(struct slice in, struct safe_step *out)
{
	uint32_t point = walk(in, &form_csv, out);
	if (out->skip == 0)
		return;
	if (point == '"')
		put(out, "\"\"", 2);
	else
		put_shown(out, in, point, SLICE("\\"));
}

struct slice safe_csv_open(struct slice in)
{
	size_t len;
	switch (in.len ? utf8_next(in, &len) : UTF8_BAD) {
	case '=': case 0xff1d:
	case '+': case 0xff0b:
	case '-': case 0xff0d:
	case '@': case 0xff20:
	case '\t': case '\r': case '\n':
		return SLICE("\"'");
	default:
		return SLICE("\"");
	}
}

/* Does Windows take `name` for a device? What is behind the first dot does not count. */
static bool is_device(struct slice name)
{
	static const struct slice devices[] = {
		{ "con", 3 }, { "prn", 3 }, { "aux", 3 }, { "nul", 3 },
	};
	struct slice stem = slice_head(name, slice_index(name, '.'));
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (slice_ieq(stem, devices[i]))
			return true;
	struct slice port = slice_head(stem, 3);
	return stem.len == 4 && stem.p[3] >= '0' && stem.p[3] <= '9' &&
	       (slice_ieq(port, SLICE("com")) || slice_ieq(port, SLICE("lpt")));
}

size_t safe_file_name(struct slice in, char out[SAFE_NAME_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < in.len && n < SAFE_NAME_MAX - 1; i++) {
		char c = in.p[i];
		bool inner = c == '.' || c == '-';
		out[n] = is_word_char(in, i) || (inner && n > 0) ? c : '_';
		n++;
	}
	if (n == 0)
		out[n++] = '_';
	if (is_device((struct slice){ out, n }))
		out[0] = '_';
	out[n] = '\0';
	return n;
}

/* As much of s as fits into room bytes without half a character; s is UTF-8. */
static size_t whole_chars(struct slice s, size_t room)
{
	if (s.len <= room)
		return s.len;
	while (room > 0 && ((unsigned char)s.p[room] & 0xc0) == 0x80)
		room--;
	return room;
}

size_t safe_text_copy(struct slice in, bool utf8, char *out, size_t size)
{
	size_t n = 0;
	if (size == 0)
		return 0;
	while (in.len) {
		struct safe_step step;
		safe_text(in, utf8, &step);
		size_t fit = whole_chars(slice_head(in, step.plain), size - 1 - n);
		memcpy(out + n, in.p, fit);
		n += fit;
		if (fit < step.plain || step.text_len > size - 1 - n)
			break;
		memcpy(out + n, step.text, step.text_len);
		n += step.text_len;
		in = slice_skip(in, step.plain + step.skip);
	}
	out[n] = '\0';
	return n;
}
