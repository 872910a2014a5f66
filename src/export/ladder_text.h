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

struct ladder_text {
	struct engine        *engine;  /* all borrowed */
	const struct select  *select;
	const struct aliases *aliases; /* names of lanes, or NULL */
	struct out           *out;
	unsigned              width; /* columns, moved into LADDER_WIDTH_MIN..MAX; only
	                              * the Call-ID, which one copies, may be longer */
	bool                  utf8;  /* lines and arrows are drawn, and captured text is
	                              * shown, as UTF-8; else all is ASCII */
	uint32_t              count; /* calls written, after an error too */
};

/* Write one call, if it is selected, an empty line before all but the first.
 * OK; ERR_NOMEM: it did not fit in memory. A failed `out` is no error here. */
MUST_USE enum err ladder_text_call(struct ladder_text *l, uint32_t call);

/* All selected calls in order of their ids. OK; ERR_NOMEM: the call after the last one
 * counted did not fit in memory. A failed `out` ends the work early. */
MUST_USE enum err ladder_text_all(struct ladder_text *l);

#endif
