/* SPDX-License-Identifier: MIT */
/* sip/decode.h - bodies that were sent compressed, as they were before.
 *
 * RFC 3261 7.4.1, 20.12: Content-Encoding with gzip (RFC 1952) or deflate (RFC 1950; bare
 * RFC 1951 occurs). No clock, no globals; memory is the caller's. */
#ifndef SIP_DECODE_H
#define SIP_DECODE_H

#include "base/err.h"
#include "base/inflate.h"
#include "base/mem.h"
#include "sip/message.h"
#include "sip/parts.h"

/* Longest body that is inflated: as long as a message in a stream may be. */
#define SIP_DECODE_MAX ((size_t)1 << 20)

/* The body of a message as it was before it was encoded.
 *
 * body  gets the bytes, or those of msg->body where the result is not OK.
 * out   holds them; give it back with mem_give(mem, out->p, out->room), whatever the
 *       result.
 *
 * OK. ERR_END: it is not encoded (the usual case, and cheap). ERR_FORMAT: in a way that
 * is not known, or not what it says. ERR_MORE, ERR_LIMIT, ERR_NOMEM as inflate_all. */
enum err sip_body_decode(const struct sip_msg *msg, struct mem *mem, struct slice *body,
                         struct inflate_buffer *out);

/* The first body of a kind in a message (sip/parts.h), as it was before it was encoded.
 * False: none, *part is untouched. out as above, whatever the result. */
bool sip_body_find(const struct sip_msg *msg, struct mem *mem, enum sip_body_kind kind,
                   struct sip_part *part, struct inflate_buffer *out);

#endif
