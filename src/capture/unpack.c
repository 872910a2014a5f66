/* SPDX-License-Identifier: MIT */
#include "config.h"

#define ZLIB_CONST /* zlib.h: input is const */

#include "capture/unpack.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/cursor.h"

#define ZSTD_SKIPPABLE      0x184D2A50U /* RFC 8878 3.1.2: the last digit is free */
#define ZSTD_SKIPPABLE_MASK 0xFFFFFFF0U
#define ZSTD_FRAME          0xFD2FB528U /* RFC 8878 3.1.1 */

#define GZIP_WRAPPER 16 /* zlib: expect a gzip header, not a zlib one */

struct unpack {
	enum unpack_kind kind;
	bool             between; /* at the end of a member or frame */
	bool             full;    /* the last run filled its output: there may be more */
	z_stream         gzip;
	ZSTD_DStream    *zstd;
	const char      *problem;
};

enum unpack_kind unpack_kind_of(struct slice head)
{
	if (head.len < UNPACK_MAGIC)
		return UNPACK_NONE;
	struct cursor c = cursor_of(head);
	uint32_t magic = cursor_le32(&c);
	if (magic == ZSTD_FRAME || (magic & ZSTD_SKIPPABLE_MASK) == ZSTD_SKIPPABLE)
		return UNPACK_ZSTD;
	/* RFC 1952 2.3.1: ID1, ID2, CM = deflate, the only method there is. */
	return (magic & 0xFFFFFFU) == 0x088B1FU ? UNPACK_GZIP : UNPACK_NONE;
}

enum err unpack_new(struct unpack **out, enum unpack_kind kind)
{
	struct unpack *u = calloc(1, sizeof(*u));
	if (!u)
		return ERR_NOMEM;
	u->kind = kind;
	u->between = true;
	if (kind == UNPACK_GZIP) {
		if (inflateInit2(&u->gzip, MAX_WBITS + GZIP_WRAPPER) != Z_OK)
			goto nomem;
	} else {
		u->zstd = ZSTD_createDStream();
		if (!u->zstd)
			goto nomem;
	}
	*out = u;
	return OK;
nomem:
	free(u);
	return ERR_NOMEM;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	if (u->kind == UNPACK_GZIP)
		inflateEnd(&u->gzip);
	ZSTD_freeDStream(u->zstd);
	free(u);
}

/* Between members: step over padding, and begin the next one. False: no input left. */
static bool gzip_begin(struct unpack *u)
{
	z_stream *z = &u->gzip;
	while (z->avail_in && *z->next_in == 0) {
		z->next_in++;
		z->avail_in--;
	}
	if (z->avail_in == 0)
		return false;
	inflateReset(z);
	u->between = false;
	return true;
}

static enum err gzip_run(struct unpack *u, struct slice in, size_t *used,
                         unsigned char *out, size_t room, size_t *made)
{
	z_stream *z = &u->gzip;
	enum err err = OK;
	z->next_in = (const Bytef *)in.p;
	z->avail_in = in.len < UINT_MAX ? (uInt)in.len : UINT_MAX;
	uInt given = z->avail_in;
	z->next_out = out;
	z->avail_out = room < UINT_MAX ? (uInt)room : UINT_MAX;
	uInt space = z->avail_out;
	while (z->avail_out && (!u->between || gzip_begin(u))) {
		int rc = inflate(z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END) {
			u->between = true;
		} else if (rc == Z_BUF_ERROR) {
			break; /* no progress: more input is needed */
		} else if (rc != Z_OK) {
			u->problem = z->msg ? z->msg : "a preset dictionary or no memory";
			err = ERR_FORMAT;
			break;
		}
	}
	*used = given - z->avail_in;
	*made = space - z->avail_out;
	return err;
}

static enum err zstd_run(struct unpack *u, struct slice in, size_t *used,
                         unsigned char *out, size_t room, size_t *made)
{
	ZSTD_inBuffer from = { in.p, in.len, 0 };
	ZSTD_outBuffer to = { out, room, 0 };
	enum err err = OK;
	while (to.pos < to.size && (from.pos < from.size || u->full)) {
		u->full = false;
		size_t left = ZSTD_decompressStream(u->zstd, &to, &from);
		if (ZSTD_isError(left)) {
			u->problem = ZSTD_getErrorName(left);
			err = ERR_FORMAT;
			break;
		}
		u->between = left == 0;
	}
	u->full = !u->between && to.pos == to.size;
	*used = from.pos;
	*made = to.pos;
	return err;
}

enum err unpack_run(struct unpack *u, struct slice in, size_t *used, unsigned char *out,
                    size_t room, size_t *made)
{
	enum err err = u->kind == UNPACK_GZIP ? gzip_run(u, in, used, out, room, made)
	                                      : zstd_run(u, in, used, out, room, made);
	if (err == OK && *made == 0)
		return ERR_MORE;
	return err;
}

bool unpack_is_between(const struct unpack *u)
{
	return u->between;
}

const char *unpack_name(const struct unpack *u)
{
	return u->kind == UNPACK_GZIP ? "gzip" : "zstd";
}

const char *unpack_problem(const struct unpack *u)
{
	return u->problem;
}
