/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/multipart.h"

#include "sip/field.h"
#include "sip/scan.h"

/* What a line is. */
enum line {
	LINE_CONTENT,
	LINE_DELIMITER, /* a part follows */
	LINE_CLOSE      /* the epilogue follows */
};

/* A stretch of the body up to a delimiter. */
struct stretch {
	struct slice content; /* without the line end that belongs to the delimiter */
	enum line    end;     /* LINE_CONTENT: no delimiter, the body is at its end */
};

bool multipart_boundary(struct slice content_type, struct slice *boundary)
{
	struct slice b = SLICE_NONE;
	if (!sip_param(content_type, SLICE("boundary"), &b))
		return false;
	if (b.len && b.p[0] == '"') {
		b = scan_skip(b, 1);
		b = scan_head(b, scan_index(b, '"'));
	}
	while (b.len && scan_is_lws(b.p[b.len - 1]))
		b.len--;
	if (b.len == 0)
		return false;
	*boundary = b;
	return true;
}

/* Does the slice begin with prefix? Looks at no more than the shorter of both. */
static bool starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && slice_eq(scan_head(s, prefix.len), prefix);
}

/* A line without its LF: RFC 2046 5.1.1. */
static enum line classify(struct slice line, struct slice boundary)
{
	const struct slice dashes = SLICE("--");
	if (!starts(line, dashes))
		return LINE_CONTENT;
	line = scan_skip(line, dashes.len);
	if (!starts(line, boundary))
		return LINE_CONTENT;
	line = scan_skip(line, boundary.len);
	enum line what = LINE_DELIMITER;
	if (starts(line, dashes)) {
		line = scan_skip(line, dashes.len);
		what = LINE_CLOSE;
	}
	return scan_trim(line).len == 0 ? what : LINE_CONTENT;
}

/* Without one line end. */
static struct slice chomp(struct slice s)
{
	if (s.len && s.p[s.len - 1] == '\n')
		s.len--;
	if (s.len && s.p[s.len - 1] == '\r')
		s.len--;
	return s;
}

/* Take all up to the next delimiter off *rest, and the delimiter. */
static struct stretch take_stretch(struct slice *rest, struct slice boundary)
{
	const struct slice all = *rest;
	size_t done = 0;
	while (done < all.len) {
		struct slice left = scan_skip(all, done);
		size_t lf = scan_index(left, '\n');
		enum line what = classify(scan_head(left, lf), boundary);
		size_t next = lf < left.len ? done + lf + 1 : all.len;
		if (what != LINE_CONTENT) {
			*rest = scan_skip(all, next);
			return (struct stretch){ chomp(scan_head(all, done)), what };
		}
		done = next;
	}
	*rest = SLICE_NONE;
	return (struct stretch){ all, LINE_CONTENT };
}

enum err multipart_init(struct multipart *m, struct slice content_type,
                        struct slice body)
{
	struct slice boundary;
	if (!multipart_boundary(content_type, &boundary))
		return ERR_FORMAT;
	*m = (struct multipart){ .boundary = boundary, .rest = body };
	struct stretch preamble = take_stretch(&m->rest, boundary);
	m->more = preamble.end == LINE_DELIMITER;
	m->unclosed = preamble.end == LINE_CONTENT;
	return OK;
}

/* The next stretch is a part: note how it ends. */
static struct stretch take_part(struct multipart *m)
{
	struct stretch s = take_stretch(&m->rest, m->boundary);
	m->more = s.end == LINE_DELIMITER;
	m->unclosed = s.end == LINE_CONTENT;
	return s;
}

bool multipart_field_next(struct slice *headers, struct slice *name, struct slice *value)
{
	struct slice rest = *headers;
	while (rest.len) {
		size_t lf = scan_index(rest, '\n');
		bool empty = chomp(scan_head(rest, lf)).len == 0;
		while (!empty && lf + 1 < rest.len && scan_is_wsp(rest.p[lf + 1]))
			lf += 1 + scan_index(scan_skip(rest, lf + 1), '\n');
		struct slice line = scan_head(rest, lf);
		rest = slice_skip(rest, lf + 1);
		if (empty)
			break;
		size_t colon = scan_index(line, ':');
		struct slice key = scan_trim(scan_head(line, colon));
		if (colon == line.len || key.len == 0)
			continue;
		*name = key;
		*value = scan_trim(scan_skip(line, colon + 1));
		*headers = rest;
		return true;
	}
	*headers = rest;
	return false;
}

static enum multipart_encoding encoding(struct slice transfer)
{
	static const struct {
		struct slice            name;
		enum multipart_encoding encoding;
	} known[] = {
		{ { "", 0 }, MULTIPART_IDENTITY },
		{ { "7bit", 4 }, MULTIPART_IDENTITY },
		{ { "8bit", 4 }, MULTIPART_IDENTITY },
		{ { "binary", 6 }, MULTIPART_IDENTITY },
		{ { "base64", 6 }, MULTIPART_BASE64 },
		{ { "quoted-printable", 16 }, MULTIPART_QUOTED },
	};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (slice_ieq(transfer, known[i].name))
			return known[i].encoding;
	return MULTIPART_OTHER;
}

/* Without the <> of a msg-id: RFC 2392 2. */
static struct slice bare_id(struct slice id)
{
	if (id.len >= 2 && id.p[0] == '<' && id.p[id.len - 1] == '>')
		return scan_head(scan_skip(id, 1), id.len - 2);
	return id;
}

/* The first field of a name counts; SIP has "c" for Content-Type (RFC 3261 7.3.3). */
static void take_field(struct multipart_part *part, struct slice name, struct slice value)
{
	struct slice *kept = NULL;
	if (slice_ieq(name, SLICE("Content-Type")) || slice_ieq(name, SLICE("c")))
		kept = &part->type;
	else if (slice_ieq(name, SLICE("Content-Disposition")))
		kept = &part->disposition;
	else if (slice_ieq(name, SLICE("Content-Transfer-Encoding")))
		kept = &part->transfer;
	else if (slice_ieq(name, SLICE("Content-ID")))
		kept = &part->id;
	if (kept && kept->len == 0)
		*kept = value;
}

bool multipart_next(struct multipart *m, struct multipart_part *part)
{
	if (m->more && m->parts == MULTIPART_PARTS_MAX) {
		while (m->more) {
			take_part(m);
			m->lost++;
		}
		return false;
	}
	if (!m->more)
		return false;
	struct stretch s = take_part(m);
	m->parts++;
	*part = (struct multipart_part){ .unclosed = m->unclosed };
	struct slice rest = s.content, name, value;
	while (multipart_field_next(&rest, &name, &value))
		take_field(part, name, value);
	part->headers = scan_head(s.content, s.content.len - rest.len);
	part->body = rest;
	part->id = bare_id(part->id);
	part->encoding = encoding(part->transfer);
	return true;
}
