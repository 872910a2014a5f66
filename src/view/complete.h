/* SPDX-License-Identifier: MIT */
/* view/complete.h - how a word of a filter expression that is being typed can go on. */
#ifndef VIEW_COMPLETE_H
#define VIEW_COMPLETE_H

#include <stddef.h>

#include "base/slice.h"

#define COMPLETE_MAX  160 /* candidates: more than there are fields, or words of one */
#define COMPLETE_NAME 48  /* bytes of one, NUL included */

struct complete {
	size_t from, to; /* bytes of the expression that a candidate takes the place of */
	size_t common;   /* bytes that all candidates begin with */
	unsigned n;
	char names[COMPLETE_MAX][COMPLETE_NAME];
};

/* What the word before byte `at` of the expression can become: behind a comparison of a
 * field that has a fixed list of words, one of those; elsewhere a field. None within
 * quotes. */
void complete_at(struct complete *out, struct slice text, size_t at);

#endif
