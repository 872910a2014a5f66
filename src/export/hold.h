/* SPDX-License-Identifier: MIT */
/* export/hold.h - lines of output that wait until it is known whether they are wanted.
 *
 * They lie in a temporary file without a name, so that memory does not grow with the
 * input and nothing is left behind however the program ends. Each line has an owner, a
 * number. The lines of one may be taken early; what the file then has in vain is won back
 * while lines are added, a part at a time, so that it stays near twice what waits.
 * Memory: some 50 bytes for each owner with lines that wait. */
#ifndef EXPORT_HOLD_H
#define EXPORT_HOLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Bytes of taken lines that the file may have before it is worth moving the others. */
#define HOLD_SPARE (64U * 1024U * 1024U)

struct hold;

/* A file in dir (borrowed). *out is the caller's, for hold_free. OK, ERR_NOMEM, ERR_IO
 * (errno says why). */
MUST_USE enum err hold_new(struct hold **out, const char *dir);
void hold_free(struct hold *h); /* NULL is allowed */

/* Keep one line that belongs to `owner`. OK; ERR_NOMEM, ERR_IO (errno says why): the line
 * is not kept. */
MUST_USE enum err hold_add(struct hold *h, uint32_t owner, const char *line, size_t len);

/* One line, borrowed for the call, which may not use the hold; arg is the caller's. */
typedef void hold_sink(void *arg, uint32_t owner, const char *line, size_t len);

/* Give the lines of one owner to sink, in the order in which they came, and forget them;
 * without a sink, only forget them. No line is to be added for this owner any more.
 * OK, also where it has none; ERR_NOMEM, ERR_IO (errno says why): they still wait, though
 * some may have been given. */
MUST_USE enum err hold_take(struct hold *h, uint32_t owner, hold_sink *sink, void *arg);

/* All lines that were not taken, in the order in which they came; nothing can be added
 * or taken afterwards. OK, ERR_NOMEM, ERR_IO (errno says why). */
MUST_USE enum err hold_replay(struct hold *h, hold_sink *sink, void *arg);

#endif
