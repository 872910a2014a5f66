/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/body.h"

#include "sip/message.h"
#include "sip/multipart.h"
#include "sip/scan.h"

#define STATUS_DIGITS 3 /* RFC 3261 7.2 */

/* --- kinds */

enum show { BINARY, TEXT };

struct row {
	struct slice type, subtype;
	const char  *name;
	enum show    show;
};

static const struct row rows[] = {
#define BODY(id, type, subtype, show, source)                                            \
	{ { type, sizeof(type) - 1 },                                                    \
	  { subtype, sizeof(subtype) - 1 },                                              \
	  type "/" subtype,                                                              \
	  show },
#include "sip/body.def"
#undef BODY
};

_Static_assert(sizeof rows / sizeof rows[0] == SIP_BODY_OTHER, "one row per kind");

enum err sip_media_type_parse(struct sip_media_type *out, struct slice value)
{
	size_t semicolon = scan_index(value, ';');
	struct slice head = scan_head(value, semicolon);
	size_t slash = scan_index(head, '/');
	struct slice type = scan_trim(scan_head(head, slash));
	struct slice subtype = scan_trim_front(slice_skip(head, slash + 1));
	size_t n = 0;
	while (n < subtype.len && scan_is_token(subtype.p[n]))
		n++;
	if (!scan_all_token(type) || n == 0 ||
	    (n < subtype.len && !scan_is_lws(subtype.p[n])))
		return ERR_FORMAT;
	out->type = type;
	out->subtype = scan_head(subtype, n);
	out->params = scan_skip(value, semicolon);
	return OK;
}

/* "*" matches all, "*+xml" all with that end. */
static bool matches(struct slice subtype, struct slice pattern)
{
	if (pattern.p[0] != '*')
		return slice_ieq(subtype, pattern);
	struct slice end = scan_skip(pattern, 1);
	return subtype.len >= end.len &&
	       slice_ieq(scan_skip(subtype, subtype.len - end.len), end);
}

enum sip_body_kind sip_body_kind(struct slice content_type)
{
	struct sip_media_type m;
	if (sip_media_type_parse(&m, content_type) != OK)
		return SIP_BODY_OTHER;
	for (unsigned i = 0; i < SIP_BODY_OTHER; i++)
		if (slice_ieq(m.type, rows[i].type) &&
		    matches(m.subtype, rows[i].subtype))
			return (enum sip_body_kind)i;
	return SIP_BODY_OTHER;
}

const char *sip_body_name(enum sip_body_kind kind)
{
	return (unsigned)kind < SIP_BODY_OTHER ? rows[kind].name : "";
}

bool sip_body_is_text(enum sip_body_kind kind)
{
	return (unsigned)kind < SIP_BODY_OTHER && rows[kind].show == TEXT;
}

/* --- sipfrag */

bool sip_frag_read(struct sip_frag *out, struct slice body)
{
	if (!sip_msg_starts(body))
		return false;
	body = scan_trim_front(body);
	struct slice line = scan_trim(scan_head(body, scan_index(body, '\n')));
	size_t n = 0;
	while (n < line.len && !scan_is_wsp(line.p[n]))
		n++;
	struct slice first = scan_head(line, n);
	struct slice rest = scan_trim_front(scan_skip(line, n));
	uint64_t status;
	size_t digits = 0;
	while (digits < rest.len && rest.p[digits] >= '0' && rest.p[digits] <= '9')
		digits++;
	bool is_status = slice_istarts(first, SLICE("SIP/")) && digits > 0;
	if (is_status && (!slice_ieq(first, SLICE("SIP/2.0")) || digits != STATUS_DIGITS))
		return false; /* a message with a flaw, which has no status to show */
	if (is_status && slice_uint(scan_head(rest, STATUS_DIGITS), &status))
		*out = (struct sip_frag){ .status = (uint16_t)status,
			                  .reason = scan_trim_front(
				                  scan_skip(rest, STATUS_DIGITS)) };
	else
		*out = (struct sip_frag){ .method = first };
	return true;
}

/* --- DTMF */

static uint32_t saturated(uint64_t n)
{
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* One line "name=value" of a DTMF body. */
static void take_dtmf(struct sip_dtmf *d, struct slice name, struct slice value)
{
	uint64_t n;
	if (slice_ieq(name, SLICE("Signal")) && d->signal.len == 0) {
		d->signal = value;
	} else if (slice_ieq(name, SLICE("Duration")) && !d->has_duration &&
	           slice_uint(value, &n)) {
		d->duration = saturated(n);
		d->has_duration = true;
	}
}

enum err sip_dtmf_read(struct sip_dtmf *out, struct slice body)
{
	struct sip_dtmf d = { .signal = { NULL, 0 } };
	struct slice all = scan_trim(body), rest = all;
	if (all.len == 1)
		d.signal = all;
	while (rest.len) {
		size_t lf = scan_index(rest, '\n');
		struct slice line = scan_head(rest, lf);
		size_t equals = scan_index(line, '=');
		if (equals < line.len)
			take_dtmf(&d, scan_trim(scan_head(line, equals)),
			          scan_trim(scan_skip(line, equals + 1)));
		rest = slice_skip(rest, lf + 1);
	}
	if (d.signal.len == 0)
		return ERR_FORMAT;
	*out = d;
	return OK;
}

/* --- message summary */

static const struct {
	struct slice field;
	const char  *name;
} classes[] = {
	[SIP_MESSAGE_VOICE] = { { "voice-message", 13 }, "voice" },
	[SIP_MESSAGE_FAX] = { { "fax-message", 11 }, "fax" },
	[SIP_MESSAGE_PAGER] = { { "pager-message", 13 }, "pager" },
	[SIP_MESSAGE_MULTIMEDIA] = { { "multimedia-message", 18 }, "multimedia" },
	[SIP_MESSAGE_TEXT] = { { "text-message", 12 }, "text" },
	[SIP_MESSAGE_NONE] = { { "none", 4 }, "none" },
};

_Static_assert(sizeof classes / sizeof classes[0] == SIP_MESSAGE_CLASSES, "one each");

/* "new/old" with white space around both. */
static bool read_pair(struct slice s, uint32_t *fresh, uint32_t *old)
{
	size_t slash = scan_index(s, '/');
	uint64_t a, b;
	if (slash == s.len || !slice_uint(scan_trim(scan_head(s, slash)), &a) ||
	    !slice_uint(scan_trim(scan_skip(s, slash + 1)), &b))
		return false;
	*fresh = saturated(a);
	*old = saturated(b);
	return true;
}

/* RFC 3842 5.2: "2/8 (0/2)", the part in brackets being optional. */
static void read_count(struct sip_message_count *count, struct slice value)
{
	size_t open = scan_index(value, '(');
	struct slice plain = scan_head(value, open);
	if (count->known || !read_pair(plain, &count->fresh, &count->old))
		return;
	count->known = true;
	struct slice urgent = slice_skip(value, open + 1);
	read_pair(scan_head(urgent, scan_index(urgent, ')')), &count->urgent_fresh,
	          &count->urgent_old);
}

enum err sip_message_summary_read(struct sip_message_summary *out, struct slice body)
{
	struct sip_message_summary s = { .waiting = false };
	struct slice name, value;
	bool said = false;
	while (multipart_field_next(&body, &name, &value)) {
		if (slice_ieq(name, SLICE("Messages-Waiting")) && !said) {
			s.waiting = slice_ieq(value, SLICE("yes"));
			said = s.waiting || slice_ieq(value, SLICE("no"));
		} else if (slice_ieq(name, SLICE("Message-Account")) &&
		           s.account.len == 0) {
			s.account = value;
		}
		for (size_t i = 0; i < SIP_MESSAGE_CLASSES; i++)
			if (slice_ieq(name, classes[i].field))
				read_count(&s.count[i], value);
	}
	if (!said)
		return ERR_FORMAT;
	*out = s;
	return OK;
}

const char *sip_message_class_name(enum sip_message_class class)
{
	return (unsigned)class < SIP_MESSAGE_CLASSES ? classes[class].name : "";
}
