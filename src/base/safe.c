/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/safe.h"

#include <string.h>

#include "base/utf8.h"

static const char hex[] = "0123456789abcdef";

/* What is copied inside a JSON string as it is, by byte; the rest of ASCII is
 * escaped, and bytes from 0x80 on are looked at as UTF-8 (C1 is escaped too: there are
 * terminals that obey it). */
static const char json_plain[] =
	"0000000000000000" /* C0 */
	"0000000000000000"
	"1101111111111111" /* not " */
	"1111111111110101" /* not < > */
	"1111111111111111"
	"1111111111110111" /* not the backslash */
	"1111111111111111"
	"1111111111111110"; /* not DEL */

static bool json_is_plain(unsigned char c)
{
	return c < 0x80 && json_plain[c] == '1';
}

static void put(struct safe_step *out, const char *text, unsigned len)
{
	memcpy(out->text, text, len);
	out->text_len = len;
}

static void put_u16(struct safe_step *out, uint32_t point)
{
	char text[6] = { '\\', 'u', hex[point >> 12 & 15], hex[point >> 8 & 15],
		         hex[point >> 4 & 15], hex[point & 15] };
	put(out, text, sizeof(text));
}

void safe_json(struct slice in, struct safe_step *out)
{
	size_t i = 0;
	*out = (struct safe_step){ 0 };
	while (i < in.len) {
		unsigned char c = (unsigned char)in.p[i];
		if (json_is_plain(c)) {
			i++;
			continue;
		}
		size_t len = 1;
		uint32_t point = c < 0x80 ? c : utf8_next(slice_skip(in, i), &len);
		if (point >= 0xa0 && point != UTF8_BAD && point != 0x2028 &&
		    point != 0x2029) {
			i += len;
			continue;
		}
		out->skip = len;
		switch (point) {
		case '"': put(out, "\\\"", 2); break;
		case '\\': put(out, "\\\\", 2); break;
		case '\n': put(out, "\\n", 2); break;
		case '\r': put(out, "\\r", 2); break;
		case '\t': put(out, "\\t", 2); break;
		case UTF8_BAD: put(out, "\xef\xbf\xbd", 3); break; /* U+FFFD */
		default: put_u16(out, point);
		}
		break;
	}
	out->plain = i;
}

static void put_braced(struct safe_step *out, uint32_t point)
{
	char text[SAFE_TEXT_MAX] = { '\\', 'u', '{' };
	unsigned n = 3;
	for (int shift = 20; shift >= 0; shift -= 4)
		if (n > 3 || shift <= 12 || point >> shift)
			text[n++] = hex[point >> shift & 15];
	text[n++] = '}';
	put(out, text, n);
}

void safe_text(struct slice in, bool utf8, struct safe_step *out)
{
	size_t i = 0;
	*out = (struct safe_step){ 0 };
	while (i < in.len) {
		size_t len;
		uint32_t point = utf8_next(slice_skip(in, i), &len);
		if (point != UTF8_BAD && (utf8 || point < 0x80) &&
		    utf8_is_printable(point)) {
			i += len;
			continue;
		}
		out->skip = len;
		if (point == UTF8_BAD || point < 0xa0) {
			unsigned char c = (unsigned char)(point == UTF8_BAD
				? (unsigned char)in.p[i] : point);
			char text[4] = { '\\', 'x', hex[c >> 4], hex[c & 15] };
			put(out, text, sizeof(text));
		} else {
			put_braced(out, point);
		}
		break;
	}
	out->plain = i;
}

size_t safe_file_name(struct slice in, char out[SAFE_NAME_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < in.len && n < SAFE_NAME_MAX - 1; i++) {
		char c = in.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		            (c >= '0' && c <= '9') || c == '_';
		bool inner = c == '.' || c == '-';
		out[n] = word || (inner && n > 0) ? c : '_';
		n++;
	}
	if (n == 0)
		out[n++] = '_';
	out[n] = '\0';
	return n;
}

size_t safe_text_copy(struct slice in, bool utf8, char *out, size_t size)
{
	size_t n = 0;
	while (in.len) {
		struct safe_step step;
		safe_text(in, utf8, &step);
		if (step.plain + step.text_len >= size - n) {
			/* what is plain up to the room, at a code point's edge */
			size_t room = size - n - 1;
			size_t fit = step.plain < room ? step.plain : room;
			while (fit < step.plain && fit > 0 &&
			       ((unsigned char)in.p[fit] & 0xc0) == 0x80)
				fit--;
			memcpy(out + n, in.p, fit);
			n += fit;
			break;
		}
		memcpy(out + n, in.p, step.plain);
		memcpy(out + n + step.plain, step.text, step.text_len);
		n += step.plain + step.text_len;
		in = slice_skip(in, step.plain + step.skip);
	}
	out[n] = '\0';
	return n;
}
