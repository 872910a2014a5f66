/* SPDX-License-Identifier: MIT */
/* base/inflate.h - DEFLATE (RFC 1951) from memory to memory, through zlib.
 *
 * Bare, or in the wrapping of zlib (RFC 1950) or gzip (RFC 1952). Never more comes out
 * than the caller has room for, however much the input would give. All memory is that of
 * a struct mem: some 40 KiB for each struct inflate. Preset dictionaries are not
 * supported. Linear in input and output. */
#ifndef BASE_INFLATE_H
#define BASE_INFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/slice.h"

enum inflate_kind {
	INFLATE_RAW,    /* no wrapping */
	INFLATE_WRAPPED /* zlib or gzip, as its first bytes say; checksums are checked */
};

/* Where output goes: p[fill] up to p[room]. */
struct inflate_buffer {
	char *p;
	size_t fill;
	size_t room;
};

struct inflate;

/* OK or ERR_NOMEM. *out is the caller's, for inflate_free; mem must outlive it. */
MUST_USE enum err inflate_new(struct inflate **out, struct mem *mem,
                              enum inflate_kind kind);
void inflate_free(struct inflate *z); /* NULL is allowed */

/* Begin anew; what came before is forgotten, errors too. O(1). */
void inflate_reset(struct inflate *z);

/* After OK of inflate_run, data of INFLATE_RAW begin anew, and may refer to what came out
 * before: RFC 7692 7.2.3.4. */
void inflate_next(struct inflate *z);

/* Append to *out what *in gives. Whatever the result, *in has moved behind the bytes
 * that were taken and out->fill behind those that were made.
 *
 * OK          the data have ended; what is left of *in comes after them
 * ERR_MORE    all of *in was taken, all that it gives is in out, and there is no end yet
 * ERR_LIMIT   out is full and there is more to come: call again with more room
 * ERR_FORMAT  no DEFLATE data, a wrong checksum, or a reference to what never came
 * ERR_NOMEM   no memory; as after ERR_FORMAT only inflate_reset leads on */
MUST_USE enum err inflate_run(struct inflate *z, struct slice *in,
                              struct inflate_buffer *out);

/* True where a block has ended on a byte's end and none has begun since. */
bool inflate_is_between(const struct inflate *z);

/* Bytes of memory in use; NULL: 0. */
size_t inflate_held(const struct inflate *z);

/* All that `in` gives, when that is at most `max` bytes. What follows the end of the data
 * is ignored, further gzip members too.
 *
 * OK: *out is the caller's, for mem_give(mem, out->p, out->room); p is NULL when nothing
 * came out. ERR_MORE: the input ends early. ERR_LIMIT: more than `max`. ERR_FORMAT,
 * ERR_NOMEM. */
MUST_USE enum err inflate_all(struct inflate_buffer *out, struct mem *mem,
                              enum inflate_kind kind, struct slice in, size_t max);

#endif
