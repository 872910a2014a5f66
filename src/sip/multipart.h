/* SPDX-License-Identifier: MIT */
/* sip/multipart.h - the parts of a multipart body, as borrowed slices of it.
 *
 * RFC 2046 5.1 (boundaries), RFC 2045 5 to 7 and RFC 2183 (fields of a part), with
 * RFC 5621 for SIP. Lines may end in CR LF or in LF alone; bodies are any bytes. What
 * is encoded (base64, quoted-printable) is named, not decoded: RFC 5621 3.2 asks for
 * binary. A part that is a multipart itself is walked by a second struct multipart.
 *
 * A delimiter is a whole line: "--", the boundary, for the last one "--" again, then
 * SP and TAB. RFC 2046 5.1.1 would let other text follow; taken at its word, that ends
 * a part at the delimiters of an inner multipart whose boundary is longer.
 *
 * No clock, no allocation, no globals. All parts together take one pass, whatever the
 * boundary is: a line is compared up to its own length at most. */
#ifndef SIP_MULTIPART_H
#define SIP_MULTIPART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/* How deep a caller should open multiparts within multiparts: RFC 5621 4 lets them
 * nest, what is sent has two levels at most. */
#define MULTIPART_DEPTH_MAX 4

/* Parts handed out of one multipart: a SIP-T INVITE has two or three, an emergency
 * call or a resource list some more. What is beyond is counted in `lost`. */
#define MULTIPART_PARTS_MAX 64

/* One multipart under way. */
struct multipart {
	struct slice boundary; /* borrowed from the Content-Type, without quotes */
	struct slice rest;     /* of the body: from the line after a delimiter */
	uint32_t     parts;    /* handed out */
	uint32_t     lost;     /* there, but over MULTIPART_PARTS_MAX; known at the end */
	bool         more;     /* `rest` begins with a part */
	bool         unclosed; /* no closing delimiter: the last part goes to the end */
};

/* Content-Transfer-Encoding: RFC 2045 6.1. */
enum multipart_encoding {
	MULTIPART_IDENTITY, /* none said, 7bit, 8bit or binary */
	MULTIPART_BASE64,
	MULTIPART_QUOTED,   /* quoted-printable */
	MULTIPART_OTHER
};

struct multipart_part {
	struct slice headers;     /* through the empty line; see multipart_field_next */
	struct slice body;        /* what lies behind the empty line; any bytes */
	struct slice type;        /* Content-Type, or empty: then RFC 2045 5.2 says
	                           * text/plain */
	struct slice disposition; /* Content-Disposition: RFC 3261 20.11, or empty */
	struct slice transfer;    /* Content-Transfer-Encoding as written, or empty */
	struct slice id;          /* Content-ID without its <>, or empty */
	enum multipart_encoding encoding; /* what transfer says */
	bool         unclosed;    /* no delimiter followed: the body may be cut short */
};

/* The boundary parameter of a Content-Type value, without quotes and the white space
 * that RFC 2046 5.1.1 forbids at its end. False: none, or empty (*boundary untouched).
 * Escapes in a quoted one stay: no character of a boundary needs them. */
bool multipart_boundary(struct slice content_type, struct slice *boundary);

/* Begin with the body of a message or of a part: what is before its first delimiter is
 * skipped. Both slices are borrowed: *m and its parts die with them.
 * OK, also when there is no delimiter at all: no part. ERR_FORMAT: no boundary in
 * content_type; *m is untouched. */
MUST_USE enum err multipart_init(struct multipart *m, struct slice content_type,
                                 struct slice body);

/* The next part, in order. False at the end (*part untouched), then for ever; `lost`
 * and `unclosed` are complete then. */
bool multipart_next(struct multipart *m, struct multipart_part *part);

/* Take the next field off *headers, lines as those of a part: up to an empty line or
 * the end. Folds belong to the value; name and value are trimmed; lines without colon
 * or name are passed over. False at the end (*name, *value untouched): *headers is
 * then what follows the empty line. */
bool multipart_field_next(struct slice *headers, struct slice *name,
                          struct slice *value);

#endif
