/* SPDX-License-Identifier: MIT */
/* export/ladder_text.h - each call as a ladder of text, with a heading. */
#ifndef EXPORT_LADDER_TEXT_H
#define EXPORT_LADDER_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/engine.h"
#include "export/out.h"
#include "view/alias.h"
#include "view/select.h"

/* Write the selected calls in order of their ids, an empty line between them.
 *
 * aliases  names of lanes, or NULL
 * width  columns, moved into LADDER_WIDTH_MIN..MAX; only the Call-ID, which is for
 *        copying, may be longer
 * utf8   lines and arrows are drawn, and captured text is shown, as UTF-8; else all
 *        is ASCII
 * count  gets the number of calls written, after an error too
 *
 * OK; ERR_NOMEM: the call after the last one counted did not fit in memory. A failed
 * `out` ends the work early and is no error here. */
MUST_USE enum err ladder_text(struct engine *e, const struct select *sel,
                              const struct aliases *aliases, struct out *out,
                              unsigned width, bool utf8, uint32_t *count);

#endif
