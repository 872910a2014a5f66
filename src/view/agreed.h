/* SPDX-License-Identifier: MIT */
/* view/agreed.h - an offer and its answer (RFC 3264), read back and side by side.
 *
 * Which messages have them is the tracker's (track/media.h). What is said here is what
 * the descriptions announce; whether media flow so is another matter. */
#ifndef VIEW_AGREED_H
#define VIEW_AGREED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "sip/sdp.h"

enum agreed_side { AGREED_OFFER, AGREED_ANSWER, AGREED_SIDES };

struct agreed; /* some 80 KiB, and the text of two descriptions */

/* NULL: no memory. For agreed_free, before mem goes. */
struct agreed *agreed_new(struct mem *mem);
void agreed_free(struct agreed *a); /* NULL is allowed */

/* The description in a message (0: none) becomes that of a side, in place of the one
 * before. What was read last is not read again. OK, also where there is none or its bytes
 * are gone; ERR_NOMEM: then there is none. */
MUST_USE enum err agreed_read(struct agreed *a, struct engine *engine,
                              enum agreed_side side, uint32_t message);

/* Borrowed until the next agreed_read of that side; NULL: there is none. */
const struct sdp *agreed_sdp(const struct agreed *a, enum agreed_side side);

/* Media line number `line`, from 0, of a side; NULL where it has none. */
const struct sdp_media *agreed_media(const struct agreed *a, enum agreed_side side,
                                     unsigned line);

/* The codec of a media line that both sides have: the first one of the answer that was
 * offered (RFC 3264 6.1, 7), or NULL. O(formats squared). */
const struct sdp_format *agreed_codec(const struct agreed *a, unsigned line);

#endif
