/* SPDX-License-Identifier: MIT */
/* sip/parts.h - the bodies of a message: its own, or those inside of its multiparts.
 *
 * RFC 5621: a body may be a multipart, whose parts may be multiparts; what is asked for
 * are the bodies at the leaves, in order. Down to MULTIPART_DEPTH_MAX; what is deeper is
 * a leaf. No clock, no allocation, no globals. */
#ifndef SIP_PARTS_H
#define SIP_PARTS_H

#include <stdbool.h>

#include "base/slice.h"
#include "sip/body.h"
#include "sip/multipart.h"

struct sip_part {
	struct slice       content_type; /* as written; empty: not said */
	struct slice       body;         /* borrowed from the whole */
	enum sip_body_kind kind;
};

/* Bodies that are still to come. */
struct sip_parts {
	struct sip_part  whole; /* the message's own, until it was looked at */
	struct multipart open[MULTIPART_DEPTH_MAX];
	unsigned         depth; /* multiparts open */
	bool             begun;
};

/* A body with its Content-Type value, borrowed for as long as *parts is used; see
 * sip/decode.h for what is compressed. */
void sip_parts_init(struct sip_parts *parts, struct slice content_type,
                    struct slice body);

/* The next body that is not empty. False at the end, then for ever. */
bool sip_parts_next(struct sip_parts *parts, struct sip_part *part);

/* The first body of a kind. False: none, *part is untouched. */
bool sip_part_find(struct slice content_type, struct slice body, enum sip_body_kind kind,
                   struct sip_part *part);

#endif
