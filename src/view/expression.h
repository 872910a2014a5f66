/* SPDX-License-Identifier: MIT */
/* view/expression.h - what selects calls: "state == failed and setup_ms > 3000".
 *
 * docs/filter.md has the language; its names are those of the JSON records
 * (view/field.def). Compiled once; evaluating it allocates nothing, but reads messages
 * back where the expression asks for their text.
 *
 * A comparison holds for a call when it holds for any value that the field has in it, so
 * for any of its messages; any(...) holds when all that is inside of it does for one and
 * the same message. */
#ifndef VIEW_EXPRESSION_H
#define VIEW_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/slice.h"
#include "engine/engine.h"

#define EXPRESSION_TEXT_MAX 4096 /* bytes of an expression */
#define EXPRESSION_WHY_MAX  200

struct expression_error {
	unsigned column;              /* of the expression, from 1, in bytes */
	char why[EXPRESSION_WHY_MAX]; /* ASCII: what was expected there */
};

struct expression;

/* OK; ERR_FORMAT: *error is set; ERR_NOMEM. *out is the caller's, for expression_free;
 * mem must outlive it. text is copied. */
MUST_USE enum err expression_new(struct expression **out, struct mem *mem,
                                 struct slice text, struct expression_error *error);

/* The regular expression `pattern` matches a whole message of the call or, inverted, none
 * of them: what --match does. Errors as above. */
MUST_USE enum err expression_new_match(struct expression **out, struct mem *mem,
                                       struct slice pattern, bool icase, bool invert,
                                       struct expression_error *error);

void expression_free(struct expression *expression); /* NULL is allowed */

/* Does it hold for this call of the engine's tracker (id from 1) as it is now? */
bool expression_call(struct expression *expression, struct engine *e, uint32_t call);

/* Texts that a regular expression was too hard for: they counted as no match. */
uint64_t expression_given_up(const struct expression *expression);

#endif
