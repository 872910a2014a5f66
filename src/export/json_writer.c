/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/json_writer.h"

#include <limits.h>
#include <string.h>

#include <json-c/printbuf.h>

#include "base/safe.h"

#define UINT_DIGITS 20 /* of UINT64_MAX */
#define ESCAPE_MAX  6  /* bytes that one byte can become: \u001f */
#define ROOM_FIRST  4096 /* bytes asked for first: most records fit */

void json_begin(struct json_writer *w, struct printbuf *pb)
{
	*w = (struct json_writer){ .pb = pb };
	w->p = pb->buf + pb->bpos;
	w->end = pb->buf + pb->size;
}

bool json_end(struct json_writer *w)
{
	w->pb->bpos = (int)(w->p - w->pb->buf);
	return !w->failed && printbuf_memappend(w->pb, "", 0) >= 0;
}

/* Make the printbuf larger by n bytes or more. It counts in int, and appending zeros is
 * its way to grow. A writer that failed has no room from then on. */
static bool grow(struct json_writer *w, size_t n)
{
	if (w->failed)
		return false;
	struct printbuf *pb = w->pb;
	int at = (int)(w->p - pb->buf);
	if (n < ROOM_FIRST)
		n = ROOM_FIRST;
	pb->bpos = at;
	if (n > (size_t)(INT_MAX / 2 - at) || printbuf_memset(pb, -1, 0, (int)n) < 0)
		w->failed = true;
	pb->bpos = at;
	w->p = pb->buf + at;
	w->end = w->failed ? w->p : pb->buf + pb->size;
	return !w->failed;
}

static char *copy(char *to, const char *from, size_t n)
{
	memcpy(to, from, n);
	return to + n;
}

/* The same for what is short most of the time: two words, which may lie one over the
 * other, cost less than a call. */
static inline char *copy_short(char *to, const char *from, size_t n)
{
	uint64_t first, last;
	uint32_t low, high;
	if (n > 2 * sizeof(first))
		return copy(to, from, n);
	if (n >= sizeof(first)) {
		memcpy(&first, from, sizeof(first));
		memcpy(&last, from + n - sizeof(last), sizeof(last));
		memcpy(to, &first, sizeof(first));
		memcpy(to + n - sizeof(last), &last, sizeof(last));
	} else if (n >= sizeof(low)) {
		memcpy(&low, from, sizeof(low));
		memcpy(&high, from + n - sizeof(high), sizeof(high));
		memcpy(to, &low, sizeof(low));
		memcpy(to + n - sizeof(high), &high, sizeof(high));
	} else {
		for (size_t i = 0; i < n; i++)
			to[i] = from[i];
	}
	return to + n;
}

/* Room for a value of n bytes, with the comma that is due and the key written in front
 * of it; NULL when there is none. Whoever gets it sets w->p behind the value. */
static inline char *begin(struct json_writer *w, struct slice key, size_t n)
{
	size_t need = n + key.len + sizeof(",");
	if ((size_t)(w->end - w->p) < need && !grow(w, need))
		return NULL;
	char *p = w->p;
	*p = ',';
	p += w->comma;
	w->comma = true;
	return key.len ? copy_short(p, key.p, key.len) : p;
}

void json_open(struct json_writer *w, struct slice key, char bracket)
{
	char *p = begin(w, key, 1);
	if (!p)
		return;
	*p++ = bracket;
	w->p = p;
	w->comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
	if (w->p == w->end && !grow(w, 1))
		return;
	*w->p++ = bracket;
	w->comma = true;
}

void json_put_uint(struct json_writer *w, struct slice key, uint64_t value)
{
	char *p = begin(w, key, UINT_DIGITS);
	if (!p)
		return;
	size_t len = 1;
	for (uint64_t least = 10; len < UINT_DIGITS && value >= least; least *= 10)
		len++;
	w->p = p + len;
	do
		p[--len] = (char)('0' + value % 10);
	while (value /= 10);
}

void json_put_bool(struct json_writer *w, struct slice key, bool value)
{
	char *p = begin(w, key, 5);
	if (p)
		w->p = value ? copy(p, "true", 4) : copy(p, "false", 5);
}

/* A byte in each byte of a word. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Are all eight bytes of x printable ASCII, without " < > and the backslash? Sets the
 * top bit of every byte that is not; a borrow can only add such bits beside one that
 * is right. 2 is the bit in which < and > differ. */
static bool are_plain(uint64_t x)
{
	uint64_t bad = x | (x - EACH(0x20)) | (x + EACH(1)) |
	               ((x ^ EACH('"')) - EACH(1)) | ((x ^ EACH('\\')) - EACH(1)) |
	               (((x | EACH(2)) ^ EACH('>')) - EACH(1));
	return (bad & EACH(0x80)) == 0;
}

/* The n bytes at p, less than eight of them, in a word of their own; some may be in it
 * twice, and what is left over is plain. */
static uint64_t short_word(const char *p, size_t n)
{
	uint32_t low, high;
	if (n >= sizeof(low)) {
		memcpy(&low, p, sizeof(low));
		memcpy(&high, p + n - sizeof(high), sizeof(high));
		return (uint64_t)high << 32 | low;
	}
	if (n == 0)
		return EACH('a');
	return EACH('a') << 24 | (uint64_t)(unsigned char)p[0] << 16 |
	       (uint64_t)(unsigned char)p[n / 2] << 8 | (unsigned char)p[n - 1];
}

/* Copy what needs no escape, in words, from the front of *s: most strings need none at
 * all, and safe_json looks at each byte. */
static char *copy_plain(char *p, struct slice *s)
{
	const struct slice in = *s;
	uint64_t word;
	size_t i = 0;
	if (in.len < sizeof(word)) {
		if (!are_plain(short_word(in.p, in.len)))
			return p;
		*s = slice_skip(in, in.len);
		return copy_short(p, in.p, in.len);
	}
	while (i < in.len) {
		/* the last word may lie over the one before it */
		size_t at = in.len - i < sizeof(word) ? in.len - sizeof(word) : i;
		memcpy(&word, in.p + at, sizeof(word));
		if (!are_plain(word))
			break;
		memcpy(p + at, &word, sizeof(word));
		i = at + sizeof(word);
	}
	*s = slice_skip(in, i);
	return p + i;
}

/* Length of the fold that s begins with: line end and white space, which together
 * stand for one space (RFC 3261 7.3.1); 0 where it begins with none. */
static size_t fold_len(struct slice s)
{
	size_t i = 0;
	if (i < s.len && s.p[i] == '\r')
		i++;
	if (i == s.len || s.p[i] != '\n')
		return 0;
	size_t start = ++i;
	while (i < s.len && (s.p[i] == ' ' || s.p[i] == '\t'))
		i++;
	return i > start ? i : 0;
}

/* s escaped, at p, where there is room for ESCAPE_MAX bytes each. */
static char *escape(char *p, struct slice s, bool unfold)
{
	for (;;) {
		p = copy_plain(p, &s);
		if (s.len == 0)
			return p;
		struct safe_step step;
		safe_json(s, &step);
		p = copy(p, s.p, step.plain);
		s = slice_skip(s, step.plain);
		size_t fold = unfold ? fold_len(s) : 0;
		if (fold)
			*p++ = ' ';
		else
			p = copy(p, step.text, step.text_len);
		s = slice_skip(s, fold ? fold : step.skip);
	}
}

/* The opening quote of a string of s, or NULL when there is no room for it. */
static char *begin_quoted(struct json_writer *w, struct slice key, struct slice s)
{
	if (s.len > INT_MAX / ESCAPE_MAX)
		w->failed = true;
	char *p = begin(w, key, s.len * ESCAPE_MAX + 2);
	if (p)
		*p++ = '"';
	return p;
}

static void end_quoted(struct json_writer *w, char *p)
{
	*p++ = '"';
	w->p = p;
}

void json_put_string(struct json_writer *w, struct slice key, struct slice s)
{
	char *p = begin_quoted(w, key, s);
	if (p)
		end_quoted(w, escape(p, s, false));
}

void json_put_header(struct json_writer *w, struct slice key, struct slice value)
{
	char *p = begin_quoted(w, key, value);
	if (p)
		end_quoted(w, escape(p, value, true));
}

/* What is between the quotes; a backslash goes and leaves the byte behind it. */
static char *unquote(char *p, struct slice s)
{
	while (s.len) {
		struct slice run = slice_head(s, slice_index(s, '\\'));
		s = slice_skip(s, run.len);
		p = escape(p, run, true);
		s = slice_skip(s, 1);
		struct slice pair = slice_head(s, s.len && (unsigned char)s.p[0] < 0x80);
		p = escape(p, pair, false);
		s = slice_skip(s, pair.len);
	}
	return p;
}

void json_put_unquoted(struct json_writer *w, struct slice key, struct slice value)
{
	if (value.len < 2 || value.p[0] != '"' || value.p[value.len - 1] != '"') {
		json_put_header(w, key, value);
		return;
	}
	char *p = begin_quoted(w, key, value);
	if (p)
		end_quoted(w,
		           unquote(p, slice_head(slice_skip(value, 1), value.len - 2)));
}

/* Four characters for one to three bytes. */
static char *base64_group(char *p, struct slice in)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	for (size_t i = 0; i < 3; i++)
		bits = bits << 8 | (i < in.len ? (unsigned char)in.p[i] : 0);
	for (size_t i = 0; i < 4; i++)
		*p++ = i <= in.len ? letters[bits >> (18 - 6 * i) & 63] : '=';
	return p;
}

void json_put_base64(struct json_writer *w, struct slice key, struct slice s)
{
	char *p = begin_quoted(w, key, s);
	if (!p)
		return;
	for (; s.len; s = slice_skip(s, 3))
		p = base64_group(p, slice_head(s, 3));
	end_quoted(w, p);
}

void json_put_id(struct json_writer *w, struct slice key, uint64_t id)
{
	if (id)
		json_put_uint(w, key, id);
}

void json_put_text(struct json_writer *w, struct slice key, struct slice value)
{
	if (value.len)
		json_put_header(w, key, value);
}

void json_put_word(struct json_writer *w, struct slice key, const char *word)
{
	json_put_text(w, key, slice_of(word));
}

void json_put_time(struct json_writer *w, struct slice key, tick at)
{
	if (at == TICK_NONE)
		return;
	char *p = begin(w, key, TICK_RFC3339_MAX + 2);
	if (!p)
		return;
	*p++ = '"';
	end_quoted(w, p + tick_rfc3339(at, p));
}

void json_put_span(struct json_writer *w, struct slice key, tick from, tick to)
{
	if (from == TICK_NONE || to == TICK_NONE || to / TICK_US < from / TICK_US)
		return;
	uint64_t us = to / TICK_US - from / TICK_US;
	json_put_uint(w, key, us / 1000);
	char *p = w->p; /* begin made room for more digits than these */
	unsigned decimals = (unsigned)(us % 1000);
	if (decimals == 0 || w->failed)
		return;
	*p++ = '.';
	for (unsigned unit = 100; decimals; unit /= 10) {
		*p++ = (char)('0' + decimals / unit);
		decimals %= unit;
	}
	w->p = p;
}
