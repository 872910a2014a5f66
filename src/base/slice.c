/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/slice.h"

#include <string.h>

bool slice_ieq(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool slice_istarts(struct slice a, struct slice prefix)
{
	return a.len >= prefix.len && slice_ieq(slice_head(a, prefix.len), prefix);
}

int slice_cmp(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? c : (a.len > b.len) - (a.len < b.len);
}

static bool is_lws(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
	while (s.len && is_lws(s.p[0]))
		s = slice_skip(s, 1);
	while (s.len && is_lws(s.p[s.len - 1]))
		s.len--;
	return s;
}

size_t slice_index(struct slice s, char c)
{
	const char *hit = s.len ? memchr(s.p, c, s.len) : NULL;
	return hit ? (size_t)(hit - s.p) : s.len;
}

bool slice_uint(struct slice s, uint64_t *out)
{
	uint64_t v = 0;
	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		unsigned d = (unsigned)(s.p[i] - '0');
		/* 19 digits always fit */
		v = i >= 19 && v > (UINT64_MAX - d) / 10 ? UINT64_MAX : v * 10 + d;
	}
	*out = v;
	return true;
}

struct slice slice_word(struct slice *rest)
{
	size_t len = 0;
	*rest = slice_trim(*rest);
	while (len < rest->len && slice_trim(slice_head(slice_skip(*rest, len), 1)).len)
		len++;
	struct slice word = slice_head(*rest, len);
	*rest = slice_skip(*rest, len);
	return word;
}
