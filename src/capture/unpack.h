/* SPDX-License-Identifier: MIT */
/* capture/unpack.h - private: gzip and zstd, a piece at a time.
 *
 * Members (gzip, RFC 1952) and frames (zstd, RFC 8878) may follow one another; zero
 * bytes after a gzip member are padding. Memory is bounded by the two formats: 32 KiB
 * of history for gzip, and what ZSTD_DCtx allows by default (128 MiB) for zstd. */
#ifndef CAPTURE_UNPACK_H
#define CAPTURE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/slice.h"

#define UNPACK_MAGIC 4 /* bytes that tell the kind */

struct unpack;

enum unpack_kind { UNPACK_NONE, UNPACK_GZIP, UNPACK_ZSTD };

/* What the first UNPACK_MAGIC bytes begin; UNPACK_NONE also when there are fewer. */
enum unpack_kind unpack_kind_of(struct slice head);

/* *out is the caller's, for unpack_free. kind is not UNPACK_NONE. OK or ERR_NOMEM. */
MUST_USE enum err unpack_new(struct unpack **out, enum unpack_kind kind);
void unpack_free(struct unpack *u); /* NULL is allowed */

/* Unpack from `in` into out[room].
 *
 * used, made  bytes taken from in and written to out; written whatever the result.
 *
 * OK (made > 0); ERR_MORE (all of in is used, nothing came of it);
 * ERR_FORMAT (damaged at in.p[*used], or close before it). */
MUST_USE enum err unpack_run(struct unpack *u, struct slice in, size_t *used,
                             unsigned char *out, size_t room, size_t *made);

/* True where the input may end: no member or frame has begun and not ended. */
bool unpack_is_between(const struct unpack *u);

const char *unpack_name(const struct unpack *u);    /* "gzip", "zstd" */
const char *unpack_problem(const struct unpack *u); /* after ERR_FORMAT: the reason */

#endif
