/* SPDX-License-Identifier: MIT */
/* view/regex.h - regular expressions of users over captured text: PCRE2 on a leash.
 *
 * Memory comes from a struct mem, and the work for one text is bounded: what is too hard
 * is no match, and counted. No globals. */
#ifndef VIEW_REGEX_H
#define VIEW_REGEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/slice.h"

#define REGEX_WHY_MAX 128

struct regex;

/* OK; ERR_FORMAT: why and, from 0, the place in `pattern` are set; ERR_NOMEM. *out is the
 * caller's, for regex_free; mem must outlive it. pattern is not needed afterwards.
 * icase: case of letters aside, those beyond ASCII where the pattern is UTF-8. */
MUST_USE enum err regex_new(struct regex **out, struct mem *mem, struct slice pattern,
                            bool icase, size_t *place, char why[REGEX_WHY_MAX]);
void regex_free(struct regex *regex); /* NULL is allowed */

/* Does it match anywhere in the text? Any bytes. */
bool regex_match(struct regex *regex, struct slice text);

/* Texts that were given up, being too hard. */
uint64_t regex_given_up(const struct regex *regex);

#endif
