/* SPDX-License-Identifier: MIT */
/* base/safe.h - the one place that makes captured bytes safe to write.
 *
 * Captured bytes never reach a terminal, a file or the name of one raw. Each function
 * for a kind of output takes one step through a run of bytes: `plain` bytes at its
 * start may be copied as they are, then `text` is to be written for the `skip` bytes
 * that follow (both 0 at the end). A writer loops until the input is used up; no
 * buffer, no allocation, linear. Neither part of a step ends inside a character.
 *
 * One rule for all of them: a code point that utf8_is_printable refuses, or a byte that
 * is not UTF-8, is never written as it is. Where people read the output, that is in
 * every kind but JSON, it is shown: \u{NNNN}, controls and bytes \xNN, not even TAB
 * stays. There a character may also bear four combining marks; the fifth, and a mark
 * that no character comes before, is shown. What is shown cannot be told from a
 * backslash that was captured: these outputs are to read, JSON is to get back. */
#ifndef BASE_SAFE_H
#define BASE_SAFE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

#define SAFE_TEXT_MAX  16 /* the longest is Mermaid's #92;u{10ffff} */
#define SAFE_MARKS_MAX 4  /* more are a way to paint over other lines */

struct safe_step {
	size_t   plain;
	size_t   skip;
	unsigned text_len;
	char     text[SAFE_TEXT_MAX];
};

/* Inside a JSON string (RFC 8259 7), without loss but for bytes that are not UTF-8:
 * each becomes U+FFFD. Quotes, backslashes and what is refused are escaped, and < and >
 * too, so that the line may stand in HTML. Marks are not counted. */
void safe_json(struct slice in, struct safe_step *out);

/* On a terminal or in a line of text. Without `utf8` everything outside ASCII is shown
 * as an escape. */
void safe_text(struct slice in, bool utf8, struct safe_step *out);

/* In the text or a quoted attribute value of XML 1.0, SVG and HTML: & < > " ' become
 * references. */
void safe_xml(struct slice in, struct safe_step *out);

/* In a label of a Mermaid sequence diagram: behind the colon of a message or a note,
 * or behind the `as` of a participant; not for the id of one. What has a meaning to
 * Mermaid becomes #NN;, its code for a character. An empty text stays empty, which
 * Mermaid takes for an error: write a space before. */
void safe_mermaid(struct slice in, struct safe_step *out);

/* In a CSV cell (RFC 4180 2): between what safe_csv_open gives and a quote. */
void safe_csv(struct slice in, struct safe_step *out);

/* What begins the cell: a quote, with an apostrophe behind it where a spreadsheet might
 * take the cell for a formula, since it begins with = + - @ (or the full-width form of
 * one), TAB, CR or LF. */
struct slice safe_csv_open(struct slice in);

#define SAFE_NAME_MAX 65 /* longest file name of safe_file_name, NUL included */

/* A file name that can do no harm: [A-Za-z0-9._-], other bytes become '_', at most 64,
 * never beginning with '.' or '-', never empty, never a device of Windows (NUL, com1.x).
 * Different texts may get the same name. Returns its length. */
size_t safe_file_name(struct slice in, char out[SAFE_NAME_MAX]);

/* Write `in` by safe_text into out[size], cut where the next character or escape does
 * not fit and ended by a NUL: for the fixed-size one-line messages of the edges. Returns
 * the length; nothing is written when size is 0. */
size_t safe_text_copy(struct slice in, bool utf8, char *out, size_t size);

#endif
