/* SPDX-License-Identifier: MIT */
/* base/slice.h - a borrowed run of bytes: not NUL-terminated, any byte value.
 *
 * The smallest steps are inline: a message takes hundreds of them. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p;
	size_t      len;
};

#define SLICE(lit)  ((struct slice){ (lit), sizeof(lit) - 1 })
#define SLICE_NONE  ((struct slice){ NULL, 0 })

/* Of a C string. */
static inline struct slice slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* Equal but for the case of ASCII letters; no locale. */
bool slice_ieq(struct slice a, struct slice b);
/* a begins with prefix, ASCII case aside. */
bool slice_istarts(struct slice a, struct slice prefix);
/* <0, 0, >0 as memcmp, the shorter first where one begins the other. */
int slice_cmp(struct slice a, struct slice b);

/* Without the first n bytes (all of them where there are fewer). */
static inline struct slice slice_skip(struct slice s, size_t n)
{
	if (n >= s.len)
		return (struct slice){ s.p ? s.p + s.len : NULL, 0 };
	return (struct slice){ s.p + n, s.len - n };
}

/* The first n bytes (all where there are fewer). */
static inline struct slice slice_head(struct slice s, size_t n)
{
	return (struct slice){ s.p, n < s.len ? n : s.len };
}

/* Without SP, TAB, CR and LF at both ends: the LWS of RFC 3261 25.1. */
struct slice slice_trim(struct slice s);
/* The first word of *rest, between SP, TAB, CR and LF, which *rest then has behind it;
 * empty: there is none. */
struct slice slice_word(struct slice *rest);
/* Index of the first c, or s.len. */
size_t slice_index(struct slice s, char c);

/* Digits only, at least one; saturates at UINT64_MAX. False: *out untouched. */
bool slice_uint(struct slice s, uint64_t *out);

/* c in lower case where it is A to Z; every other value as it is. */
static inline unsigned char ascii_lower(char c)
{
	unsigned char u = (unsigned char)c;
	return u >= 'A' && u <= 'Z' ? (unsigned char)(u + ('a' - 'A')) : u;
}

#endif
