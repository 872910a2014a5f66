/* SPDX-License-Identifier: MIT */
/* sip/scan.h - private to src/sip: character classes and cuts of RFC 3261 25.1.
 *
 * Inline because a message takes hundreds of these steps. Every function stays
 * inside the slice that it is given. */
#ifndef SIP_SCAN_H
#define SIP_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/slice.h"

/* SP or TAB. */
static inline bool scan_is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* White space of a value: a fold counts, so CR and LF do. */
static inline bool scan_is_lws(char c)
{
	/* the first test answers nearly always */
	return (unsigned char)c <= ' ' && (scan_is_wsp(c) || c == '\r' || c == '\n');
}

/* A character of `token`. */
static inline bool scan_is_token(char c)
{
	static const char token[256] = "0000000000000000" /* C0 */
				       "0000000000000000"
				       "0100010100110110" /* ! % ' * + - . */
				       "1111111111000000" /* 0 to 9 */
				       "0111111111111111" /* A to Z, _ */
				       "1111111111100001"
				       "1111111111111111" /* `, a to z, ~ */
				       "1111111111100010";
	return token[(unsigned char)c] == '1';
}

/* Not empty, and token characters only. */
static inline bool scan_all_token(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!scan_is_token(s.p[i]))
			return false;
	return s.len > 0;
}

/* The first n bytes, and what comes after them; n is at most s.len. */
static inline struct slice scan_head(struct slice s, size_t n)
{
	return (struct slice){ s.p, n };
}

static inline struct slice scan_skip(struct slice s, size_t n)
{
	return n ? (struct slice){ s.p + n, s.len - n } : s;
}

/* Index of the first c, or s.len. */
static inline size_t scan_index(struct slice s, char c)
{
	const char *hit = s.len ? memchr(s.p, c, s.len) : NULL;
	return hit ? (size_t)(hit - s.p) : s.len;
}

/* Without white space at the front, and at both ends. */
static inline struct slice scan_trim_front(struct slice s)
{
	size_t n = 0;
	while (n < s.len && scan_is_lws(s.p[n]))
		n++;
	return scan_skip(s, n);
}

static inline struct slice scan_trim(struct slice s)
{
	s = scan_trim_front(s);
	while (s.len && scan_is_lws(s.p[s.len - 1]))
		s.len--;
	return s;
}

#endif
