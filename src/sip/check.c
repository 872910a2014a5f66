/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/check.h"

#include <string.h>

#include "base/utf8.h"
#include "sip/body.h"
#include "sip/check_value.h"
#include "sip/field.h"
#include "sip/scan.h"

/* The remarks are kept in order, those of one place in the order of finding. */
void sip_remark_add(struct sip_checker *c, enum sip_odd odd, struct slice where)
{
	struct sip_check *out = c->out;
	struct sip_remark r = { .odd = odd, .length = where.len };
	if (where.p)
		r.offset = (size_t)(where.p - c->msg->raw.p);
	out->found |= SIP_ODD_BIT(odd);
	if (out->seen < UINT32_MAX)
		out->seen++;
	size_t i = out->count;
	while (i > 0 && out->remarks[i - 1].offset > r.offset)
		i--;
	if (i == SIP_REMARKS_MAX)
		return;
	if (out->count < SIP_REMARKS_MAX)
		out->count++;
	for (size_t k = out->count - 1; k > i; k--)
		out->remarks[k] = out->remarks[k - 1];
	out->remarks[i] = r;
}

/* --- lines */

#define EACH_BYTE(x) (UINT64_C(0x0101010101010101) * (x))

/* Has one of eight octets its highest bit, or is it below `low` (at most 0x80)? */
static uint64_t any_below(uint64_t eight, unsigned low)
{
	return ((eight - EACH_BYTE(low)) | eight) & EACH_BYTE(0x80);
}

/* Printable ASCII without backslashes, behind which alone a quote matters? */
static bool are_plain(const char p[8])
{
	uint64_t eight;
	memcpy(&eight, p, sizeof(eight));
	return !(any_below(eight, 0x20) | any_below(eight ^ EACH_BYTE('\\'), 1) |
	         any_below(eight ^ EACH_BYTE(0x7f), 1));
}

/* Need check_octets not look at the octets one by one? Most lines are so; the last
 * eight octets may be looked at twice. False too for the few that are shorter. */
static bool is_plain_line(struct slice s)
{
	if (s.len < 8)
		return false;
	for (size_t n = 0; n + 8 <= s.len; n += 8)
		if (!are_plain(s.p + n))
			return false;
	return are_plain(s.p + s.len - 8);
}

/* The octets of a line, its end excluded: CR belongs to a fold, NUL and other controls
 * behind a backslash in a quoted string (RFC 3261 25.1). */
static void check_octets(struct sip_checker *c, struct slice line)
{
	bool quoted = false;
	size_t len;
	if (is_plain_line(line))
		return;
	for (struct slice s = line; s.len; s = scan_skip(s, len)) {
		unsigned char x = (unsigned char)s.p[0];
		struct slice here = scan_head(s, 1);
		len = 1;
		if (x >= 0x80) {
			if (utf8_next(s, &len) == UTF8_BAD)
				sip_remark_add(c, SIP_ODD_BAD_UTF8, here);
		} else if (x == '"') {
			quoted = !quoted;
		} else if (x == '\\' && quoted && s.len > 1 && s.p[1] != '\r' &&
		           s.p[1] != '\n' && (unsigned char)s.p[1] < 0x80) {
			len = 2;
		} else if (x == '\r') {
			if (s.len < 2 || s.p[1] != '\n')
				sip_remark_add(c, SIP_ODD_BARE_CR, here);
		} else if (x == 0) {
			sip_remark_add(c, SIP_ODD_NUL_BYTE, here);
		} else if (x == 0x7f || (x < 0x20 && x != '\t' && x != '\n')) {
			sip_remark_add(c, SIP_ODD_CONTROL_CHARACTER, here);
		}
	}
}

/* The end of a line: rest.p[lf] is LF, or lf is rest.len. */
static void check_line_end(struct sip_checker *c, struct slice rest, size_t lf)
{
	if (lf < rest.len && (lf == 0 || rest.p[lf - 1] != '\r'))
		sip_remark_add(c, SIP_ODD_BARE_LF, scan_head(scan_skip(rest, lf), 1));
}

/* A line without the CR of its end, which may be the last octet that there is. */
static struct slice without_cr(struct slice line)
{
	return line.len && line.p[line.len - 1] == '\r' ? scan_head(line, line.len - 1)
	                                                : line;
}

/* The id of the field whose name stands there: sip_msg_parse mostly knows. */
static enum sip_hdr_id field_id(struct sip_checker *c, struct slice name)
{
	const struct sip_hdr *hdr = &c->msg->hdrs[c->next];
	if (c->next == c->msg->nhdrs || hdr->name.p != name.p ||
	    hdr->name.len != name.len)
		return sip_hdr_lookup(name);
	c->next++;
	return hdr->id;
}

/* A field, or what stands in the place of one. cut: its line has no end. */
static void check_field(struct sip_checker *c, struct slice line, bool cut)
{
	size_t colon = scan_index(line, ':');
	struct slice name = scan_trim(scan_head(line, colon));
	if (name.len == 0 || colon == line.len) {
		if (colon < line.len)
			sip_remark_add(c, SIP_ODD_EMPTY_HEADER_NAME, line);
		else if (name.len)
			sip_remark_add(c, SIP_ODD_NO_COLON, line);
		return;
	}
	struct slice value = scan_trim(scan_skip(line, colon + 1));
	c->id = field_id(c, name);
	if (c->id == SIP_HDR_OTHER) {
		if (!scan_all_token(name))
			sip_remark_add(c, SIP_ODD_BAD_HEADER_NAME, name);
		return;
	}
	if (c->seen[c->id] && sip_hdr_info(c->id)->kind == SIP_HDR_KIND_ONE)
		sip_remark_add(c, SIP_ODD_REPEATED_HEADER, line);
	c->seen[c->id] = true;
	if (!cut)
		sip_check_value(c, value);
}

/* One field with its folds, or the empty line, off the front of *rest; false then. */
static bool check_line(struct sip_checker *c, struct slice *rest)
{
	size_t lf = scan_index(*rest, '\n');
	bool empty = lf < rest->len && (lf == 0 || (lf == 1 && rest->p[0] == '\r'));
	check_line_end(c, *rest, lf);
	while (!empty && lf + 1 < rest->len && scan_is_wsp(rest->p[lf + 1])) {
		lf += 1 + scan_index(scan_skip(*rest, lf + 1), '\n');
		check_line_end(c, *rest, lf);
	}
	struct slice line = without_cr(scan_head(*rest, lf));
	bool cut = lf == rest->len;
	*rest = slice_skip(*rest, lf + 1);
	if (empty)
		return false;
	if (line.len > SIP_LINE_LONG)
		sip_remark_add(c, SIP_ODD_LONG_LINE, line);
	check_octets(c, line);
	check_field(c, line, cut);
	return true;
}

/* --- the start line and the whole */

/* The start line, off the front of *rest. What sip_msg_parse found in it has its place
 * here. */
static void check_start_line(struct sip_checker *c, struct slice *rest)
{
	const struct sip_msg *msg = c->msg;
	size_t lf = scan_index(*rest, '\n');
	struct slice line = without_cr(scan_head(*rest, lf));
	const struct {
		enum sip_odd odd;
		struct slice where;
	} parts[] = {
		{ SIP_ODD_START_LINE_SPACING, line },
		{ SIP_ODD_VERSION_CASE, line },
		{ SIP_ODD_BAD_VERSION, line },
		{ SIP_ODD_BAD_METHOD, msg->method },
		{ SIP_ODD_MISSING_URI, line },
		{ SIP_ODD_URI_WHITE_SPACE, msg->uri },
		{ SIP_ODD_URI_IN_BRACKETS, msg->uri },
		{ SIP_ODD_BAD_STATUS, msg->code },
	};
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (msg->odd & SIP_ODD_BIT(parts[i].odd))
			sip_remark_add(c, parts[i].odd, scan_trim(parts[i].where));
	if (msg->method.len && sip_method_lookup(msg->method) == SIP_METHOD_OTHER)
		sip_remark_add(c, SIP_ODD_UNKNOWN_METHOD, msg->method);
	sip_check_request_uri(c);
	check_line_end(c, *rest, lf);
	if (line.len > SIP_LINE_LONG)
		sip_remark_add(c, SIP_ODD_LONG_LINE, line);
	check_octets(c, line);
	*rest = slice_skip(*rest, lf + 1);
	if (rest->len && scan_is_wsp(rest->p[0]))
		sip_remark_add(c, SIP_ODD_FOLDED_START_LINE, scan_head(*rest, 1));
}

static bool makes_dialog(struct slice method)
{
	return slice_eq(method, SLICE("INVITE")) ||
	       slice_eq(method, SLICE("SUBSCRIBE")) || slice_eq(method, SLICE("REFER"));
}

/* What only the message as a whole tells. */
static void check_whole(struct sip_checker *c)
{
	const struct sip_msg *msg = c->msg;
	struct slice type = sip_msg_value(msg, SIP_HDR_CONTENT_TYPE);
	struct sip_media_type media;
	if (msg->whole_headers && !c->contact && !c->star && makes_dialog(msg->method) &&
	    sip_msg_has_cookie(msg))
		sip_remark_add(c, SIP_ODD_MISSING_CONTACT, SLICE_NONE);
	if (msg->body.len && sip_media_type_parse(&media, type) == OK &&
	    sip_body_kind(type) == SIP_BODY_OTHER)
		sip_remark_add(c, SIP_ODD_UNKNOWN_BODY, type);
	if (msg->odd & SIP_ODD_BIT(SIP_ODD_NO_CONTENT_TYPE))
		sip_remark_add(c, SIP_ODD_NO_CONTENT_TYPE, msg->body);
	if (msg->odd & SIP_ODD_BIT(SIP_ODD_BODY_SHORT))
		sip_remark_add(c, SIP_ODD_BODY_SHORT,
		               sip_msg_value(msg, SIP_HDR_CONTENT_LENGTH));
	static const enum sip_odd ends[] = { SIP_ODD_NO_EMPTY_LINE, SIP_ODD_BODY_LONG,
		                             SIP_ODD_SEVERAL_MESSAGES };
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (msg->odd & SIP_ODD_BIT(ends[i]))
			sip_remark_add(c, ends[i], scan_skip(msg->raw, msg->raw.len));
	/* the rest has no place: what is missing, or past the limit */
	for (unsigned i = 0; i < SIP_ODD_COUNT; i++)
		if (msg->odd & ~c->out->found & SIP_ODD_BIT(i))
			sip_remark_add(c, (enum sip_odd)i, SLICE_NONE);
}

static void check(const struct sip_msg *msg, struct sip_check *out, bool thorough)
{
	struct sip_checker c = { .msg = msg, .out = out, .thorough = thorough };
	struct slice rest = msg->raw;
	out->found = 0;
	out->seen = out->count = 0;
	check_start_line(&c, &rest);
	while (rest.len && check_line(&c, &rest))
		;
	check_whole(&c);
}

void sip_check(const struct sip_msg *msg, struct sip_check *out)
{
	check(msg, out, false);
}

void sip_check_thorough(const struct sip_msg *msg, struct sip_check *out)
{
	check(msg, out, true);
}
