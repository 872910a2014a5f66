/* SPDX-License-Identifier: MIT */
/* Any bytes as a Content-Type and a body of that type: its parts and theirs, and every
 * body through the small readers of sip/body.h.
 *
 * The first line is the Content-Type value; what follows its LF is the body. */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sip/body.h"
#include "sip/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void need_inside(struct slice part, struct slice whole)
{
	if (part.len == 0)
		return;
	uintptr_t from = (uintptr_t)part.p, begin = (uintptr_t)whole.p;
	need(from >= begin && part.len <= whole.len);
	need(from - begin <= whole.len - part.len);
}

static void check_body(struct slice type, struct slice body)
{
	enum sip_body_kind kind = sip_body_kind(type);
	need(kind <= SIP_BODY_OTHER);
	need((kind == SIP_BODY_OTHER) == (*sip_body_name(kind) == '\0'));
	struct sip_media_type media;
	if (sip_media_type_parse(&media, type) == OK) {
		need(media.type.len > 0 && media.subtype.len > 0);
		need_inside(media.type, type);
		need_inside(media.subtype, type);
		need_inside(media.params, type);
	}
	struct sip_frag frag;
	if (sip_frag_read(&frag, body)) {
		need(frag.status <= 999 && (frag.method.len == 0 || frag.status == 0));
		need_inside(frag.method, body);
		need_inside(frag.reason, body);
	}
	struct sip_dtmf dtmf;
	if (sip_dtmf_read(&dtmf, body) == OK) {
		need(dtmf.signal.len > 0 && (dtmf.has_duration || dtmf.duration == 0));
		need_inside(dtmf.signal, body);
	}
	struct sip_message_summary summary;
	if (sip_message_summary_read(&summary, body) == OK)
		need_inside(summary.account, body);
}

/* Does the line begin with "--" and the boundary, and have no more than "--" and
 * white space behind? */
static bool is_delimiter(struct slice line, struct slice boundary)
{
	if (line.len < boundary.len + 2 || memcmp(line.p, "--", 2) != 0 ||
	    memcmp(line.p + 2, boundary.p, boundary.len) != 0)
		return false;
	line = slice_skip(line, boundary.len + 2);
	if (slice_istarts(line, SLICE("--")))
		line = slice_skip(line, 2);
	return slice_trim(line).len == 0;
}

static void check_no_delimiter(struct slice s, struct slice boundary)
{
	while (s.len) {
		size_t lf = slice_index(s, '\n');
		need(!is_delimiter(slice_head(s, lf), boundary));
		s = slice_skip(s, lf + 1);
	}
}

static void check_part(const struct multipart_part *part, const struct multipart *m,
                       struct slice whole)
{
	need_inside(part->headers, whole);
	need_inside(part->body, whole);
	need_inside(part->type, part->headers);
	need_inside(part->disposition, part->headers);
	need_inside(part->transfer, part->headers);
	need_inside(part->id, part->headers);
	need(part->encoding <= MULTIPART_OTHER);
	need(!part->unclosed || !m->more);
	check_no_delimiter(part->headers, m->boundary);
	if (part->headers.len)
		check_no_delimiter(part->body, m->boundary);
	struct slice rest = part->headers, name, value;
	while (multipart_field_next(&rest, &name, &value)) {
		need(name.len > 0);
		need_inside(name, part->headers);
		need_inside(value, part->headers);
	}
	check_body(part->type, part->body);
}

static void check_all(struct slice type, struct slice body)
{
	struct multipart level[MULTIPART_DEPTH_MAX];
	size_t depth = 0;
	check_body(type, body);
	if (multipart_init(&level[0], type, body) == OK)
		depth = 1;
	while (depth) {
		struct multipart *m = &level[depth - 1];
		struct multipart_part part;
		need(m->boundary.len > 0 && m->parts <= MULTIPART_PARTS_MAX);
		if (!multipart_next(m, &part)) {
			need(!m->more);
			need(m->lost == 0 || m->parts == MULTIPART_PARTS_MAX);
			need(!multipart_next(m, &part));
			depth--;
			continue;
		}
		check_part(&part, m, body);
		if (depth < MULTIPART_DEPTH_MAX &&
		    sip_body_kind(part.type) == SIP_BODY_MULTIPART &&
		    multipart_init(&level[depth], part.type, part.body) == OK)
			depth++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size };
	size_t lf = slice_index(in, '\n');
	struct slice from = slice_skip(in, lf + 1);
	char *type = malloc(lf + 1);
	char *body = malloc(from.len + 1);
	if (type && body) {
		if (lf)
			memcpy(type + 1, data, lf); /* ends where the block does */
		if (from.len)
			memcpy(body + 1, from.p, from.len);
		check_all((struct slice){ type + 1, lf },
		          (struct slice){ body + 1, from.len });
	}
	free(type);
	free(body);
	return 0;
}
