/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/parts.h"


void sip_parts_init(struct sip_parts *parts, struct slice content_type,
                    struct slice body)
{
	*parts = (struct sip_parts){ .begun = false };
	parts->whole.content_type = content_type;
	parts->whole.body = body;
}

/* Is it a multipart that can be opened? */
static bool open_part(struct sip_parts *parts, const struct sip_part *part)
{
	struct sip_media_type type;
	if (parts->depth == MULTIPART_DEPTH_MAX ||
	    sip_media_type_parse(&type, part->content_type) != OK ||
	    !slice_ieq(type.type, SLICE("multipart")) ||
	    multipart_init(&parts->open[parts->depth], part->content_type, part->body) !=
	            OK)
		return false;
	parts->depth++;
	return true;
}

/* The next leaf of what is open, or the next multipart to be opened. */
static bool next_of_open(struct sip_parts *parts, struct sip_part *part)
{
	struct multipart_part inner;
	while (parts->depth) {
		if (multipart_next(&parts->open[parts->depth - 1], &inner)) {
			part->content_type = inner.type;
			part->body = inner.body;
			return true;
		}
		parts->depth--;
	}
	return false;
}

bool sip_parts_next(struct sip_parts *parts, struct sip_part *part)
{
	struct sip_part next = parts->whole;
	bool more = !parts->begun || next_of_open(parts, &next);
	parts->begun = true;
	while (more && (next.body.len == 0 || open_part(parts, &next)))
		more = next_of_open(parts, &next);
	if (!more)
		return false;
	next.kind = sip_body_kind(next.content_type);
	*part = next;
	return true;
}

bool sip_part_find(struct slice content_type, struct slice body, enum sip_body_kind kind,
                   struct sip_part *part)
{
	struct sip_parts parts;
	struct sip_part next;
	sip_parts_init(&parts, content_type, body);
	while (sip_parts_next(&parts, &next)) {
		if (next.kind != kind)
			continue;
		*part = next;
		return true;
	}
	return false;
}
