/* SPDX-License-Identifier: MIT */
#include "config.h"

#define ZLIB_CONST /* zlib.h: input is const */

#include "base/inflate.h"

#include <limits.h>
#include <stdint.h>
#include <zlib.h>

#define EITHER_WRAPPER 32   /* zlib: expect a header of zlib or of gzip */
#define BETWEEN_BLOCKS 128  /* zlib: bit of data_type */
#define UNUSED_BITS    7    /* zlib: bits of data_type */
#define ROOM_MIN       2048 /* bytes that inflate_all begins with; doubled as needed */

struct inflate {
	struct mem *mem;
	size_t held;
	z_stream z;
	bool has_spare;
	char spare; /* the byte that did not fit: tells full from overfull */
};

/* In front of each of zlib's allocations, whose release names no size. */
union head {
	size_t size;
	max_align_t align;
};

static void *take(void *arg, unsigned items, unsigned size)
{
	struct inflate *u = arg;
	if (size && items > (SIZE_MAX - sizeof(union head)) / size)
		return NULL;
	size_t n = sizeof(union head) + (size_t)items * size;
	union head *head = mem_take(u->mem, n);
	if (!head)
		return NULL;
	head->size = n;
	u->held += n;
	return head + 1;
}

static void give(void *arg, void *p)
{
	struct inflate *u = arg;
	union head *head = (union head *)p - 1;
	u->held -= head->size;
	mem_give(u->mem, head, head->size);
}

enum err inflate_new(struct inflate **out, struct mem *mem, enum inflate_kind kind)
{
	struct inflate *u = mem_take(mem, sizeof(*u));
	if (!u)
		return ERR_NOMEM;
	u->mem = mem;
	u->held = sizeof(*u);
	u->z.zalloc = take;
	u->z.zfree = give;
	u->z.opaque = u;
	int bits = kind == INFLATE_RAW ? -MAX_WBITS : MAX_WBITS + EITHER_WRAPPER;
	if (inflateInit2(&u->z, bits) != Z_OK) {
		mem_give(mem, u, sizeof(*u));
		return ERR_NOMEM;
	}
	*out = u;
	return OK;
}

void inflate_free(struct inflate *u)
{
	if (!u)
		return;
	inflateEnd(&u->z);
	mem_give(u->mem, u, sizeof(*u));
}

void inflate_reset(struct inflate *u)
{
	u->has_spare = false;
	inflateReset(&u->z);
}

void inflate_next(struct inflate *u)
{
	inflateResetKeep(&u->z);
}

static uInt clamp(size_t n)
{
	return n < UINT_MAX ? (uInt)n : UINT_MAX;
}

/* One call of zlib, into to[room]; *made bytes came out. */
static int turn(struct inflate *u, struct slice *in, char *to, size_t room, size_t *made)
{
	z_stream *z = &u->z;
	uInt given = clamp(in->len), space = clamp(room);
	z->next_in = (const Bytef *)in->p;
	z->avail_in = given;
	z->next_out = (Bytef *)to;
	z->avail_out = space;
	int rc = inflate(z, Z_NO_FLUSH);
	*in = slice_skip(*in, given - z->avail_in);
	*made = space - z->avail_out;
	return rc;
}

enum err inflate_run(struct inflate *u, struct slice *in, struct inflate_buffer *out)
{
	if (u->has_spare) {
		if (out->fill == out->room)
			return ERR_LIMIT;
		out->p[out->fill++] = u->spare;
		u->has_spare = false;
	}
	for (;;) {
		bool full = out->fill == out->room;
		char *to = full ? &u->spare : out->p + out->fill;
		size_t made;
		int rc = turn(u, in, to, full ? 1 : out->room - out->fill, &made);
		if (full && made) {
			u->has_spare = true;
			return ERR_LIMIT;
		}
		out->fill += made;
		if (rc == Z_STREAM_END)
			return OK;
		if (rc == Z_MEM_ERROR)
			return ERR_NOMEM;
		if (rc != Z_OK && rc != Z_BUF_ERROR)
			return ERR_FORMAT;
		if (in->len == 0 && (full || out->fill < out->room))
			return ERR_MORE;
	}
}

bool inflate_is_between(const struct inflate *u)
{
	return u->z.data_type & BETWEEN_BLOCKS && !(u->z.data_type & UNUSED_BITS);
}

size_t inflate_held(const struct inflate *u)
{
	return u ? u->held : 0;
}

/* Twice the room, at most `max`. */
static enum err grow(struct inflate_buffer *b, struct mem *mem, size_t max)
{
	if (b->room == max)
		return ERR_LIMIT;
	size_t room = b->room ? b->room : ROOM_MIN / 2;
	room = room < max / 2 ? room * 2 : max;
	char *p = mem_resize(mem, b->p, b->room, room);
	if (!p)
		return ERR_NOMEM;
	b->p = p;
	b->room = room;
	return OK;
}

enum err inflate_all(struct inflate_buffer *out, struct mem *mem, enum inflate_kind kind,
                     struct slice in, size_t max)
{
	struct inflate_buffer b = { NULL, 0, 0 };
	struct inflate *u;
	enum err err = inflate_new(&u, mem, kind);
	if (err != OK)
		return err;
	do {
		err = inflate_run(u, &in, &b);
		if (err != ERR_LIMIT)
			break;
		err = grow(&b, mem, max);
	} while (err == OK);
	inflate_free(u);
	if (err == OK)
		*out = b;
	else
		mem_give(mem, b.p, b.room);
	return err;
}
