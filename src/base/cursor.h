/* SPDX-License-Identifier: MIT */
/* base/cursor.h - the one way to read bytes from the wire.
 *
 * A cursor walks a borrowed run of bytes. A read past the end gives zeros and
 * sets `failed`, which stays set, so that a decoder asks once, at its end. No
 * other code does arithmetic on pointers into packets.
 *
 * Defined here and inline because a packet takes a dozen of these reads. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct cursor {
	const unsigned char *p;
	const unsigned char *end;
	bool                 failed;
};

static inline struct cursor cursor_of(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	return (struct cursor){ p, s.len ? p + s.len : p, false };
}

/* Bytes not read yet. */
static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

/* True when n bytes are there; else the cursor fails and moves to its end. */
static inline bool cursor_need(struct cursor *c, size_t n)
{
	if (n <= cursor_left(c))
		return true;
	c->failed = true;
	c->p = c->end;
	return false;
}

static inline void cursor_skip(struct cursor *c, size_t n)
{
	if (n && cursor_need(c, n))
		c->p += n;
}

/* The next n bytes, borrowed; an empty slice when there are fewer. */
static inline struct slice cursor_take(struct cursor *c, size_t n)
{
	if (n == 0 || !cursor_need(c, n))
		return SLICE_NONE;
	struct slice s = { (const char *)c->p, n };
	c->p += n;
	return s;
}

/* All that is left, borrowed; never fails. */
static inline struct slice cursor_rest(struct cursor *c)
{
	return cursor_take(c, cursor_left(c));
}

/* Drop what lies beyond the next n bytes; n past the end changes nothing. */
static inline void cursor_limit(struct cursor *c, size_t n)
{
	if (n < cursor_left(c))
		c->end = c->p + n;
}

/* The byte `at` from here, not consumed; 0 past the end, without failing. */
static inline uint8_t cursor_peek(const struct cursor *c, size_t at)
{
	return at < cursor_left(c) ? c->p[at] : 0;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	return cursor_need(c, 1) ? *c->p++ : 0;
}

static inline uint16_t cursor_be16(struct cursor *c)
{
	if (!cursor_need(c, 2))
		return 0;
	uint16_t v = (uint16_t)(c->p[0] << 8 | c->p[1]);
	c->p += 2;
	return v;
}

static inline uint32_t cursor_be32(struct cursor *c)
{
	if (!cursor_need(c, 4))
		return 0;
	uint32_t hi = cursor_be16(c);
	return hi << 16 | cursor_be16(c);
}

static inline uint64_t cursor_be64(struct cursor *c)
{
	if (!cursor_need(c, 8))
		return 0;
	uint64_t hi = cursor_be32(c);
	return hi << 32 | cursor_be32(c);
}

static inline uint16_t cursor_le16(struct cursor *c)
{
	if (!cursor_need(c, 2))
		return 0;
	uint16_t v = (uint16_t)(c->p[1] << 8 | c->p[0]);
	c->p += 2;
	return v;
}

static inline uint32_t cursor_le32(struct cursor *c)
{
	if (!cursor_need(c, 4))
		return 0;
	uint32_t lo = cursor_le16(c);
	return (uint32_t)cursor_le16(c) << 16 | lo;
}

static inline uint64_t cursor_le64(struct cursor *c)
{
	if (!cursor_need(c, 8))
		return 0;
	uint64_t lo = cursor_le32(c);
	return (uint64_t)cursor_le32(c) << 32 | lo;
}

#endif
