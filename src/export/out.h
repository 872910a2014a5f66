/* SPDX-License-Identifier: MIT */
/* export/out.h - where output goes: standard output, or a file that is whole or not
 * there.
 *
 * Writes are buffered; the first error sticks, later writes do nothing, and the
 * caller asks at the end. A path is written under a temporary name beside it (mode
 * 0666 less the umask) and renamed by out_close. A path that is not a regular file
 * (/dev/full, a pipe) is written directly. */
#ifndef EXPORT_OUT_H
#define EXPORT_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/slice.h"

#define OUT_WHY_MAX 512 /* bytes of a reason, its NUL included */

struct out;

/* path NULL: standard output. OK, ERR_NOMEM, or ERR_IO with a one-line reason that
 * names the path in why. *out is the caller's, for out_close. */
MUST_USE enum err out_open(struct out **out, const char *path, char why[OUT_WHY_MAX]);

/* As out_open, for output that goes on: the file is there from the beginning, and grows.
 * When it cannot be written any more, it is cut behind the last out_mark. */
MUST_USE enum err out_open_growing(struct out **out, const char *path,
                                   char why[OUT_WHY_MAX]);
/* What was written so far is whole: a record ends here. */
void out_mark(struct out *out);

/* From now on, a file that got the path meanwhile is an error of out_close ("File
 * exists"), and stays as it is. */
void out_never_replace(struct out *out);

void out_write(struct out *out, const char *p, size_t n);
void out_str(struct out *out, const char *text);
/* By base/safe.h safe_text: for captured bytes. */
void out_safe(struct out *out, struct slice s, bool utf8);

/* Hand what is buffered to the system now (live output). */
void out_flush(struct out *out);

/* True after an error: going on is of no use. */
bool out_failed(const struct out *out);
/* True when the reader of a pipe went away: no message is wanted. */
bool out_is_broken_pipe(const struct out *out);

/* Flush, close, rename; frees out. OK; ERR_IO with path, bytes written and reason in
 * why. whole false: the output is not whole; a temporary file is removed. */
MUST_USE enum err out_close(struct out *out, bool whole, char why[OUT_WHY_MAX]);

#endif
