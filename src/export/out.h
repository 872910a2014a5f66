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
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

#define OUT_WHY_MAX 512 /* bytes of a reason, its NUL included */

struct out;

/* path NULL: standard output. OK, ERR_NOMEM, or ERR_IO with a one-line reason that
 * names the path in why. *out is the caller's, for out_close. */
MUST_USE enum err out_open(struct out **out, const char *path, char why[OUT_WHY_MAX]);

/* As out_open, for output that goes on: the file is there from the beginning, and grows.
 * When it cannot be written any more, it is cut at once behind the last out_mark that
 * still fits. */
MUST_USE enum err out_open_growing(struct out **out, const char *path,
                                   char why[OUT_WHY_MAX]);
/* The same for a new file `name` in the open folder `dir`, both borrowed for the call;
 * `path` names it in reasons. And ERR_LIMIT: there is one already, which stays. */
MUST_USE enum err out_open_new(struct out **out, int dir, const char *name,
                               const char *path, char why[OUT_WHY_MAX]);
/* What was written so far is whole: a record ends here. */
void out_mark(struct out *out);

/* Finish a growing file that was renamed meanwhile, and go on in a new one of its name,
 * or in an empty one that is there; an earlier failure is forgotten then. OK, also where
 * the file has its name still, or none; ERR_IO with a reason in why: nothing has changed.
 * Works where files can be opened below out_folder alone. */
MUST_USE enum err out_reopen(struct out *out, char why[OUT_WHY_MAX]);
/* Has a growing file another name now, or none? */
bool out_is_moved(const struct out *out);
/* Open a folder to name files in it, which takes no right to read it. -1: errno says
 * why. */
int out_open_folder(const char *path);
/* The folder of a file, as out_open_folder opens it; -1: it is no file. */
int out_folder(const struct out *out);

/* Has there been enough waiting for a reader? */
typedef bool out_enough(void *arg);

/* Never wait for a reader from now on: what a pipe or a terminal does not take at once
 * waits in a queue of up to `most` bytes, in whole records. One that has no room there is
 * dropped and counted. Before the first byte; a file is not queued. `enough` is asked
 * while out_may_wait holds. */
void out_never_wait(struct out *out, size_t most, out_enough *enough, void *arg);
/* Wait again, in out_close at the latest, until all is taken or there was enough waiting,
 * which is a failure. */
void out_may_wait(struct out *out);
/* Records that were dropped. */
uint64_t out_dropped(const struct out *out);
/* Does something wait for the reader? out_flush gives it what it takes. */
bool out_is_behind(const struct out *out);

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
/* The reason, with path and bytes written; only after an error. */
void out_problem(const struct out *out, char why[OUT_WHY_MAX]);
/* Bytes written and buffered; not of a queue. */
uint64_t out_size(const struct out *out);
/* True when the reader of a pipe went away: no message is wanted. */
bool out_is_broken_pipe(const struct out *out);

/* Flush, close, rename; frees out. OK; ERR_IO with path, bytes written and reason in
 * why. whole false: the output is not whole; a temporary file is removed. */
MUST_USE enum err out_close(struct out *out, bool whole, char why[OUT_WHY_MAX]);

#endif
