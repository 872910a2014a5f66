/* SPDX-License-Identifier: MIT */
/* export/hold.h - lines of output that wait until it is known whether they are wanted.
 *
 * They lie in a temporary file without a name, so that memory does not grow with the
 * input and nothing is left behind however the program ends. */
#ifndef EXPORT_HOLD_H
#define EXPORT_HOLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct hold;

/* A file in dir (borrowed). *out is the caller's, for hold_free. OK, ERR_NOMEM, ERR_IO
 * (errno says why). */
MUST_USE enum err hold_new(struct hold **out, const char *dir);
void hold_free(struct hold *h); /* NULL is allowed */

/* Keep one line that belongs to `owner`. OK, ERR_IO (errno says why). */
MUST_USE enum err hold_add(struct hold *h, uint32_t owner, const char *line, size_t len);

/* One line, borrowed for the call; arg is the caller's. */
typedef void hold_sink(void *arg, uint32_t owner, const char *line, size_t len);

/* All lines, in the order in which they came; nothing can be added afterwards. OK,
 * ERR_NOMEM, ERR_IO (errno says why). */
MUST_USE enum err hold_replay(struct hold *h, hold_sink *sink, void *arg);

#endif
