/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/message.h"

#include "sip/field.h"
#include "sip/scan.h"

#define BIT(odd)      SIP_ODD_BIT(SIP_ODD_##odd)

#define STATUS_DIGITS 3 /* RFC 3261 7.2 */

/* Bytes of the longest version looked for: every one seen has 7, and a line of text
 * that is no SIP costs a few steps, not one for each byte. */
#define VERSION_MAX   16

static const struct slice version = { "SIP/2.0", sizeof("SIP/2.0") - 1 };

/* A start line, and where the header fields begin. */
struct start {
	struct slice method, uri, code, reason;
	struct slice from; /* the message without CR and LF before it */
	struct slice rest; /* after the line */
	uint64_t odd;
	uint16_t status;
};

/* Set the oddity of a line end: in.p[lf] is LF, or lf is in.len (no line end). */
static void note_line_end(uint64_t *odd, struct slice in, size_t lf)
{
	if (lf < in.len && (lf == 0 || in.p[lf - 1] != '\r'))
		*odd |= BIT(BARE_LF);
}

/* Octets of a method: any visible one but the colon, which would make it a header
 * field or a URI. Wider than a token (RFC 3261 25.1), to see what is sent. */
static bool is_method_char(char c)
{
	return c > 0x20 && c < 0x7f && c != ':';
}

static bool is_control(unsigned char c)
{
	return (c < 0x20 && c != '\t') || c == 0x7f;
}

/* Eight octets at a time: a word without an octet below 0x20 and without 0x7f holds no
 * control; one that may hold one is looked at octet by octet. */
static bool has_control(struct slice s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	size_t i = 0;
	while (i < s.len) {
		uint64_t w = 0, del;
		size_t n = s.len - i < sizeof w ? s.len - i : sizeof w;
		if (n == sizeof w) {
			memcpy(&w, s.p + i, sizeof w);
			del = w ^ ones * 0x7f;
			if ((((w - ones * 0x20) & ~w) | ((del - ones) & ~del)) & tops)
				w = 0;
		}
		for (size_t k = i; w == 0 && k < i + n; k++)
			if (is_control((unsigned char)s.p[k]))
				return true;
		i += n;
	}
	return false;
}

/* "SIP/2.0" in any case (RFC 3261 7.1). */
static bool is_version(struct slice s)
{
	return slice_eq(s, version) || slice_ieq(s, version);
}

static size_t digits(struct slice s)
{
	size_t n = 0;
	while (n < s.len && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

/* "SIP/" and a version number, whichever (RFC 3261 25.1), in any case. */
static bool is_any_version(struct slice s)
{
	if (!slice_istarts(s, SLICE("SIP/")))
		return false;
	s = scan_skip(s, sizeof("SIP/") - 1);
	size_t major = digits(s);
	if (major == 0 || major == s.len || s.p[major] != '.')
		return false;
	s = scan_skip(s, major + 1);
	return s.len > 0 && digits(s) == s.len;
}

/* A scheme and its colon, as every absolute URI begins (RFC 3261 25.1). */
static bool has_scheme(struct slice uri)
{
	size_t colon = scan_index(uri, ':');
	return colon < uri.len && scan_all_token(scan_head(uri, colon));
}

/* Length of the SIP-Version at the front of a line, with white space behind it, or 0;
 * sets the oddities of it. */
static size_t status_version(struct slice line, uint64_t *odd)
{
	size_t n = version.len;
	if (line.len == 0 || (line.p[0] | 0x20) != 's')
		return 0;
	if (line.len > n && scan_is_wsp(line.p[n]) && is_version(scan_head(line, n))) {
		if (!slice_eq(scan_head(line, n), version))
			*odd |= BIT(VERSION_CASE);
		return n;
	}
	for (n = 0; n < line.len && !scan_is_wsp(line.p[n]);)
		n++;
	if (n == line.len || !is_any_version(scan_head(line, n)))
		return 0;
	*odd |= BIT(BAD_VERSION);
	return n;
}

/* SIP-Version Status-Code Reason-Phrase (RFC 3261 7.2). */
static bool status_line(struct start *out, struct slice line)
{
	uint64_t odd = 0;
	unsigned status = 0;
	size_t n = status_version(line, &odd), k = 0;
	if (n == 0)
		return false;
	struct slice s = scan_trim_front(scan_skip(line, n));
	for (; k < s.len && s.p[k] >= '0' && s.p[k] <= '9'; k++)
		status = k < STATUS_DIGITS ? status * 10 + (unsigned)(s.p[k] - '0') : 0;
	struct slice code = scan_head(s, k), after = scan_skip(s, k);
	if (k < STATUS_DIGITS || (after.len && !scan_is_wsp(after.p[0])))
		return false;
	if (status < 100 || status > 699)
		odd |= BIT(BAD_STATUS);
	/* spaces at the ends of a Reason-Phrase are part of it: legal */
	if (line.p[n] != ' ' || s.len + n + 1 != line.len || after.len == 0 ||
	    after.p[0] != ' ')
		odd |= BIT(START_LINE_SPACING);
	out->status = (uint16_t)status;
	out->code = code;
	out->reason = scan_trim(after);
	out->odd |= odd;
	return true;
}

/* The SIP-Version at the end of a request line, white space before it; empty when there
 * is none. Sets the oddities of it. */
static struct slice request_version(struct slice s, uint64_t *odd)
{
	size_t n = s.len;
	if (n > version.len && scan_is_wsp(s.p[n - version.len - 1])) {
		struct slice last = scan_skip(s, n - version.len);
		if (slice_eq(last, version))
			return last;
		if (slice_ieq(last, version)) {
			*odd |= BIT(VERSION_CASE);
			return last;
		}
	}
	if (n == 0 || s.p[n - 1] < '0' || s.p[n - 1] > '9')
		return SLICE_NONE;
	while (n && s.len - n <= VERSION_MAX && !scan_is_wsp(s.p[n - 1]))
		n--;
	if (n == 0 || !is_any_version(scan_skip(s, n)))
		return SLICE_NONE;
	*odd |= BIT(BAD_VERSION);
	return scan_skip(s, n);
}

/* A request line with a flaw that makes it less sure to be one: is it meant as SIP? */
static bool is_meant(const struct start *start)
{
	if (start->uri.len == 0)
		return !(start->odd & BIT(BAD_VERSION)) &&
		       sip_method_lookup(start->method) != SIP_METHOD_OTHER;
	return scan_all_token(start->method) && has_scheme(start->uri);
}

static uint64_t uri_odd(struct slice uri)
{
	if (uri.len == 0)
		return BIT(MISSING_URI);
	uint64_t odd = uri.p[0] == '<' ? BIT(URI_IN_BRACKETS) : 0;
	if (scan_index(uri, ' ') < uri.len || scan_index(uri, '\t') < uri.len)
		odd |= BIT(URI_WHITE_SPACE);
	return odd;
}

/* Method Request-URI SIP-Version (RFC 3261 7.1). */
static bool request_line(struct start *out, struct slice line)
{
	struct slice s = scan_trim(line);
	struct slice last = request_version(s, &out->odd);
	if (last.len == 0)
		return false;
	s = scan_trim(scan_head(s, s.len - last.len));
	size_t n = 0;
	while (n < s.len && is_method_char(s.p[n]))
		n++;
	if (n == 0 || (n < s.len && !scan_is_wsp(s.p[n])))
		return false;
	out->method = scan_head(s, n);
	out->uri = scan_trim_front(scan_skip(s, n));
	out->odd |= uri_odd(out->uri);
	if (out->odd & (BIT(BAD_VERSION) | BIT(MISSING_URI)) && !is_meant(out))
		return false;
	if (!scan_all_token(out->method))
		out->odd |= BIT(BAD_METHOD);
	if (out->uri.len && (n + 1 + out->uri.len + 1 + last.len != line.len ||
	                     line.p[n] != ' ' || line.p[line.len - last.len - 1] != ' '))
		out->odd |= BIT(START_LINE_SPACING);
	return true;
}

/* False when `in` does not begin with a start line; *out is then void. */
static bool start_line(struct start *out, struct slice in)
{
	size_t n = 0;
	while (n < in.len && (in.p[n] == '\r' || in.p[n] == '\n'))
		n++;
	in = scan_skip(in, n);
	if (in.len == 0 || !is_method_char(in.p[0]))
		return false;
	n = scan_index(in, '\n');
	struct slice line = scan_head(in, n);
	while (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	*out = (struct start){ .from = in, .rest = slice_skip(in, n + 1) };
	note_line_end(&out->odd, in, n);
	return (status_line(out, line) || request_line(out, line)) && !has_control(line);
}

/* Take the next line and the lines folded onto it (RFC 3261 7.3.1) off *rest. */
static struct slice take_line(struct slice *rest, uint64_t *odd)
{
	size_t lf = scan_index(*rest, '\n');
	note_line_end(odd, *rest, lf);
	while (lf + 1 < rest->len && scan_is_wsp(rest->p[lf + 1])) {
		lf += 1 + scan_index(scan_skip(*rest, lf + 1), '\n');
		note_line_end(odd, *rest, lf);
	}
	struct slice line = scan_head(*rest, lf);
	*rest = slice_skip(*rest, lf + 1);
	return line;
}

static void add_field(struct sip_msg *msg, struct slice name, struct slice value)
{
	enum sip_hdr_id id = sip_hdr_lookup(name);
	bool first = id < SIP_HDR_OTHER && msg->first[id] == 0;
	if (msg->hdrs_seen < UINT32_MAX)
		msg->hdrs_seen++;
	if (id == SIP_HDR_OTHER && !scan_all_token(name))
		msg->odd |= BIT(BAD_HEADER_NAME);
	if (id < SIP_HDR_OTHER && !first && sip_hdr_info(id)->kind == SIP_HDR_KIND_ONE)
		msg->odd |= BIT(REPEATED_HEADER);
	if (msg->nhdrs >= SIP_HDRS_PLAIN && !first) {
		msg->odd |= BIT(TOO_MANY_HEADERS);
		return;
	}
	/* room is left: past SIP_HDRS_PLAIN each id comes here at most once */
	msg->hdrs[msg->nhdrs++] = (struct sip_hdr){ name, value, id };
	if (first)
		msg->first[id] = msg->nhdrs;
}

static void add_line(struct sip_msg *msg, struct slice line)
{
	size_t colon = scan_index(line, ':');
	struct slice name = scan_trim(scan_head(line, colon));
	if (name.len && colon < line.len)
		add_field(msg, name, scan_trim(scan_skip(line, colon + 1)));
	else if (colon < line.len)
		msg->odd |= BIT(EMPTY_HEADER_NAME);
	else if (name.len)
		msg->odd |= BIT(NO_COLON);
}

/* All header fields, and the empty line when it is there. Returns what follows. */
static struct slice parse_headers(struct sip_msg *msg, struct slice rest)
{
	if (rest.len && scan_is_wsp(rest.p[0]))
		msg->odd |= BIT(FOLDED_START_LINE);
	while (rest.len) {
		size_t cr = rest.p[0] == '\r';
		if (cr < rest.len && rest.p[cr] == '\n') {
			note_line_end(&msg->odd, rest, cr);
			msg->whole_headers = true;
			return scan_skip(rest, cr + 1);
		}
		add_line(msg, take_line(&rest, &msg->odd));
	}
	msg->odd |= BIT(NO_EMPTY_LINE);
	return rest;
}

/* What is odd about bytes behind the body of a datagram. */
static uint64_t trailing_odd(struct slice trail)
{
	return BIT(BODY_LONG) | (sip_msg_starts(trail) ? BIT(SEVERAL_MESSAGES) : 0);
}

/* RFC 3261 18.3: how much of `rest`, what follows the empty line, is body. */
static void cut_body(struct sip_msg *msg, struct slice rest, bool stream)
{
	bool declared = msg->first[SIP_HDR_CONTENT_LENGTH] != 0;
	struct slice length = sip_msg_value(msg, SIP_HDR_CONTENT_LENGTH);
	msg->has_length = slice_uint(length, &msg->content_length);
	if (declared && !msg->has_length)
		msg->odd |= BIT(BAD_CONTENT_LENGTH);
	if (stream && !declared && msg->whole_headers)
		msg->odd |= BIT(NO_CONTENT_LENGTH);
	msg->truncated = !msg->whole_headers;
	msg->body = rest;
	if (!msg->has_length) {
		if (stream)
			msg->body.len = 0;
	} else if (msg->content_length > rest.len) {
		msg->truncated = true;
		msg->odd |= BIT(BODY_SHORT);
	} else {
		msg->body.len = (size_t)msg->content_length;
		if (msg->body.len < rest.len && !stream)
			msg->odd |= trailing_odd(scan_skip(rest, msg->body.len));
	}
}

static void check_missing(struct sip_msg *msg)
{
	static const struct {
		enum sip_hdr_id id;
		uint64_t bit;
	} needed[] = {
		{ SIP_HDR_VIA, BIT(MISSING_VIA) },
		{ SIP_HDR_FROM, BIT(MISSING_FROM) },
		{ SIP_HDR_TO, BIT(MISSING_TO) },
		{ SIP_HDR_CALL_ID, BIT(MISSING_CALL_ID) },
		{ SIP_HDR_CSEQ, BIT(MISSING_CSEQ) },
		{ SIP_HDR_MAX_FORWARDS, BIT(MISSING_MAX_FORWARDS) },
	};
	uint64_t missing = 0;
	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
		if (sip_msg_value(msg, needed[i].id).len == 0)
			missing |= needed[i].bit;
	if (missing & BIT(MISSING_MAX_FORWARDS) &&
	    (msg->method.len == 0 || !sip_msg_has_cookie(msg)))
		missing &= ~BIT(MISSING_MAX_FORWARDS);
	msg->odd |= missing;
}

static void check_values(struct sip_msg *msg)
{
	struct slice value = sip_msg_value(msg, SIP_HDR_VIA);
	if (value.len && !sip_via_starts(value))
		msg->odd |= BIT(BAD_VIA);

	value = sip_msg_value(msg, SIP_HDR_CSEQ);
	struct sip_cseq cseq;
	if (value.len && (sip_cseq_parse(&cseq, value) != OK || cseq.number > INT32_MAX))
		msg->odd |= BIT(BAD_CSEQ);
	else if (value.len && msg->method.len && !slice_eq(cseq.method, msg->method))
		msg->odd |= BIT(CSEQ_METHOD);

	uint64_t hops;
	value = sip_msg_value(msg, SIP_HDR_MAX_FORWARDS);
	if (value.len && (!slice_uint(value, &hops) || hops > UINT8_MAX))
		msg->odd |= BIT(BAD_MAX_FORWARDS);

	if (msg->body.len && !msg->first[SIP_HDR_CONTENT_TYPE])
		msg->odd |= BIT(NO_CONTENT_TYPE);
}

bool sip_msg_starts(struct slice in)
{
	struct start start;
	return start_line(&start, in);
}

enum err sip_msg_parse(struct sip_msg *msg, struct slice in, bool stream)
{
	struct start start;
	if (!start_line(&start, in))
		return ERR_FORMAT;
	msg->method = start.method;
	msg->uri = start.uri;
	msg->code = start.code;
	msg->reason = start.reason;
	msg->status = start.status;
	msg->odd = start.odd;
	msg->content_length = 0;
	msg->hdrs_seen = 0;
	msg->nhdrs = 0;
	msg->whole_headers = false;
	memset(msg->first, 0, sizeof msg->first);

	struct slice rest = parse_headers(msg, start.rest);
	cut_body(msg, rest, stream);
	msg->raw = scan_head(start.from, start.from.len - rest.len + msg->body.len);
	if (msg->whole_headers)
		check_missing(msg);
	check_values(msg);
	return OK;
}

const struct sip_hdr *sip_msg_next(const struct sip_msg *msg, enum sip_hdr_id id,
                                   const struct sip_hdr *prev)
{
	if (!prev && (unsigned)id < SIP_HDR_OTHER)
		return sip_msg_first(msg, id);
	size_t i = prev ? (size_t)(prev - msg->hdrs) + 1 : 0;
	for (; i < msg->nhdrs; i++)
		if (msg->hdrs[i].id == id)
			return &msg->hdrs[i];
	return NULL;
}

bool sip_msg_has_cookie(const struct sip_msg *msg)
{
	struct slice value = sip_msg_value(msg, SIP_HDR_VIA), top;
	struct sip_via via;
	return sip_list_next(&value, &top) && sip_via_parse(&via, top) == OK &&
	       slice_istarts(via.branch, SLICE("z9hG4bK"));
}

static const struct {
	const char *code, *text, *source;
	enum sip_severity severity;
} oddities[] = {
#define ODD(id, code, severity, text, source)                                            \
	{ code, text, source, SIP_SEVERITY_##severity },
#include "sip/oddity.def"
#undef ODD
};

_Static_assert(sizeof oddities / sizeof oddities[0] == SIP_ODD_COUNT, "one row per bit");

const char *sip_odd_code(enum sip_odd odd)
{
	return (unsigned)odd < SIP_ODD_COUNT ? oddities[odd].code : "";
}

const char *sip_odd_text(enum sip_odd odd)
{
	return (unsigned)odd < SIP_ODD_COUNT ? oddities[odd].text : "";
}

const char *sip_odd_source(enum sip_odd odd)
{
	return (unsigned)odd < SIP_ODD_COUNT ? oddities[odd].source : "";
}

enum sip_severity sip_odd_severity(enum sip_odd odd)
{
	return (unsigned)odd < SIP_ODD_COUNT ? oddities[odd].severity : SIP_SEVERITY_NOTE;
}

const char *sip_severity_name(enum sip_severity severity)
{
	static const char *const names[] = { "error", "warning", "note" };
	return (unsigned)severity < sizeof names / sizeof names[0] ? names[severity] : "";
}
