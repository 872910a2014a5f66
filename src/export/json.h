/* SPDX-License-Identifier: MIT */
/* export/json.h - the JSON export: one record a line, as docs/json.md says.
 *
 * Messages are written as they come; all other records follow when nothing can change
 * them any more: at the end, or when their call leaves. Where a selection can be decided
 * only then, the lines of messages wait in an unlinked temporary file until then. */
#ifndef EXPORT_JSON_H
#define EXPORT_JSON_H

#include <stdbool.h>

#include "base/err.h"
#include "engine/engine.h"
#include "export/out.h"
#include "export/totals.h"
#include "view/select.h"

enum json_record {
	JSON_MESSAGE      = 1U << 0,
	JSON_TRANSACTION  = 1U << 1,
	JSON_DIALOG       = 1U << 2,
	JSON_CALL         = 1U << 3,
	JSON_REGISTRATION = 1U << 4,
	JSON_SUBSCRIPTION = 1U << 5,
	JSON_SUMMARY      = 1U << 6,
	JSON_FINDING      = 1U << 7
};
#define JSON_RECORDS_ALL ((1U << 8) - 1)

/* What message records hold beside what they always do. */
enum json_with {
	JSON_WITH_HEADERS = 1U << 0,
	JSON_WITH_BODY    = 1U << 1,
	JSON_WITH_RAW     = 1U << 2,
	JSON_WITH_SDP     = 1U << 3
};

struct json_cfg {
	unsigned             records;  /* bits of enum json_record */
	unsigned             with;     /* bits of enum json_with */
	unsigned             inputs;   /* more than one: messages say which */
	const struct select *select;   /* borrowed, as is all it points to */
	struct out          *out;      /* borrowed; its errors are its owner's to tell */
	const char          *temp_dir; /* borrowed; for the temporary file */
};

struct json_export;

/* OK or ERR_NOMEM. *out is the caller's, for json_export_free; what cfg borrows must
 * outlive it. */
MUST_USE enum err json_export_new(struct json_export **out, const struct json_cfg *cfg);
void json_export_free(struct json_export *j); /* NULL is allowed */

/* An engine_watch; arg is a struct json_export. After a failure, which
 * json_export_finish tells, it does nothing. */
engine_watch json_export_message;

/* Where calls leave (engine_cfg.keep), to be called before the first frame. */
void json_export_begin(struct json_export *j, struct engine *e);

/* An engine_leave; arg is a struct json_export: all records of the call. */
engine_leave json_export_leave;

/* All records that are left, the summary last. The engine must be finished; its
 * messages are read back from its store (one that cannot be read leaves out what only
 * its bytes say).
 *
 * OK; ERR_NOMEM or ERR_IO, then or before, with a one-line reason in why: records are
 * missing from the output. That `out` itself failed is not told here. */
MUST_USE enum err json_export_finish(struct json_export *j, struct engine *e,
                                     const struct export_totals *totals,
                                     char why[OUT_WHY_MAX]);

#endif
