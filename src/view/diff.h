/* SPDX-License-Identifier: MIT */
/* view/diff.h - two messages side by side: lines that belong together, and the words in
 * them that differ.
 *
 * A header field belongs to one of the same name (compact or not) in the other message,
 * first of all to one that says the same, so that a Via put on top does not make all
 * Vias differ; what is left is taken in order. Lines of a body likewise, with what
 * stands before the first '=' or ':' and its first word as their name ("a=rtpmap").
 * Words are what stands between separators of RFC 3261 25.1; a separator is one, too. */
#ifndef VIEW_DIFF_H
#define VIEW_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/slice.h"

/* Lines of a message that are looked for in the other one, which takes the square of it:
 * messages have some 50, with candidates of a browser 200. Lines beyond are taken in
 * order. */
#define DIFF_LINES_MAX 1000

/* Words of a line, between what it begins and ends with in both, that are compared one
 * with another; where there are more, all of them differ. */
#define DIFF_WORDS_MAX 256

/* Pairs of words compared in all, some 20 ms: beyond, what is between the same beginning
 * and the same end of a line differs as a whole. */
#define DIFF_WORK_MAX  (UINT32_C(4) << 20)

struct diff_pair {
	struct slice line[2]; /* without its end */
	bool has[2];
	bool same;
};

struct diff {
	struct mem *mem;
	char *text[2];       /* copies */
	uint8_t *changed[2]; /* for each byte of text: 1 in a word that differs */
	size_t len[2];
	struct diff_pair *pairs;
	uint32_t npairs, room;
};

/* Compare two messages, which are copied. *out is the caller's, for diff_clear, whatever
 * the result. OK or ERR_NOMEM. */
MUST_USE enum err diff_build(struct diff *out, struct mem *mem, struct slice a,
                             struct slice b);
void diff_clear(struct diff *diff);

/* Bytes from the front of `rest`, which lies in a line of side 0 or 1, that are all
 * changed or all not changed; at least 1 where there are any. */
size_t diff_run(const struct diff *diff, unsigned side, struct slice rest, bool *changed);

#endif
