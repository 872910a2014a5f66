/* SPDX-License-Identifier: MIT */
/* base/safe.h - the one place that makes captured bytes safe to write.
 *
 * Captured bytes never reach a terminal, JSON or a file name raw. Each function
 * here takes one step through a run of bytes: `plain` bytes at its start may be
 * copied as they are, then `text` is to be written for the `skip` bytes that
 * follow (both 0 at the end). A writer loops until the input is used up; no
 * buffer, no allocation, linear. */
#ifndef BASE_SAFE_H
#define BASE_SAFE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

#define SAFE_TEXT_MAX 12

struct safe_step {
	size_t   plain;
	size_t   skip;
	unsigned text_len;
	char     text[SAFE_TEXT_MAX];
};

/* Inside a JSON string (RFC 8259 7): quotes, backslashes and controls escaped; a
 * byte that is not UTF-8 becomes U+FFFD; <, >, U+2028 and U+2029 are escaped too, so
 * that the line may stand in HTML or be read as JavaScript. */
void safe_json(struct slice in, struct safe_step *out);

/* On a terminal or in a line of text: what utf8_is_printable refuses becomes
 * \u{NNNN}, controls and bytes that are not UTF-8 \xNN; not even TAB stays. Without
 * `utf8` everything outside ASCII is written so. */
void safe_text(struct slice in, bool utf8, struct safe_step *out);

#define SAFE_NAME_MAX 65 /* longest file name of safe_file_name, NUL included */

/* A file name that can do no harm: [A-Za-z0-9._-], other bytes become '_', at most
 * 64, never beginning with '.' or '-', never empty. Returns its length. */
size_t safe_file_name(struct slice in, char out[SAFE_NAME_MAX]);

/* Write `in` by safe_text into out[size] (size > 0), cut at a whole step and ended by
 * a NUL: for the fixed-size one-line messages of the edges. Returns the length. */
size_t safe_text_copy(struct slice in, bool utf8, char *out, size_t size);

#endif
