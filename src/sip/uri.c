/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/uri.h"

#include "sip/header.h"
#include "sip/scan.h"

/* Characters of RFC 3261 25.1 beyond `unreserved`, by where they may stand. */
static const struct slice
	in_user = { "&=+$,;?/", 8 },
	in_password = { "&=+$,", 5 },
	in_param = { "[]/:&+$", 7 },      /* RFC 3966 3 has the same */
	in_header = { "[]/?:+$", 7 },
	in_opaque = { ";/?:@&=+$,[]", 12 }, /* RFC 2732 3 lets brackets in */
	in_digits = { "-.()", 4 },        /* RFC 3966 5.1.1 visual separators */
	in_local = { "-.()*#ABCDEFabcdef", 18 };

/* A URI under way. */
struct parser {
	struct sip_uri *uri;
	const char     *begin; /* of what was handed over */
};

/* Note an oddity; of each kind the first place is kept. */
static void note(struct parser *p, enum sip_uri_odd odd, const char *at)
{
	if (p->uri->odd & 1u << odd)
		return;
	p->uri->odd |= 1u << odd;
	p->uri->odd_at[odd] = at ? (size_t)(at - p->begin) : 0;
}

/* Index of the first byte that is in `stops`, or s.len. */
static size_t span(struct slice s, struct slice stops)
{
	size_t n = 0;
	while (n < s.len && scan_index(stops, s.p[n]) == stops.len)
		n++;
	return n;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	unsigned char lower = ascii_lower(c);
	return is_digit(c) || (lower >= 'a' && lower <= 'z');
}

/* The value of a hexadecimal digit, or -1. */
static int hex_value(char c)
{
	unsigned char lower = ascii_lower(c);
	if (is_digit(c))
		return c - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Does s begin with "%HH"? */
static bool is_escape(struct slice s)
{
	return s.len >= 3 && s.p[0] == '%' && hex_value(s.p[1]) >= 0 &&
	       hex_value(s.p[2]) >= 0;
}

static bool is_unreserved(char c)
{
	static const struct slice mark = { "-_.!~*'()", 9 };
	return is_alnum(c) || scan_index(mark, c) < mark.len;
}

/* Note what in s is neither unreserved nor in `extra` nor an escape. White space is
 * noted for the whole URI at once. */
static void check_chars(struct parser *p, struct slice s, struct slice extra)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (is_unreserved(c) || scan_index(extra, c) < extra.len ||
		    scan_is_lws(c))
			continue;
		if (c != '%')
			note(p, SIP_URI_ODD_BAD_CHAR, s.p + i);
		else if (!is_escape(scan_skip(s, i)))
			note(p, SIP_URI_ODD_BAD_ESCAPE, s.p + i);
	}
}

static const struct slice param_names[] = {
	[SIP_URI_TRANSPORT] = { "transport", 9 }, [SIP_URI_USER] = { "user", 4 },
	[SIP_URI_METHOD] = { "method", 6 },       [SIP_URI_TTL] = { "ttl", 3 },
	[SIP_URI_MADDR] = { "maddr", 5 },         [SIP_URI_LR] = { "lr", 2 },
};
_Static_assert(sizeof param_names / sizeof param_names[0] == SIP_URI_PARAMS,
               "a name for each");

static void keep_param(struct parser *p, struct slice name, struct slice value)
{
	struct sip_uri *uri = p->uri;
	for (unsigned i = 0; i < SIP_URI_PARAMS; i++) {
		if (!slice_ieq(name, param_names[i]))
			continue;
		if (uri->has_param & 1u << i) {
			note(p, SIP_URI_ODD_SECOND_PARAM, name.p);
			return;
		}
		uri->has_param |= 1u << i;
		uri->param[i] = value;
	}
}

/* s begins with ';' or is empty. */
static void parse_params(struct parser *p, struct slice s)
{
	p->uri->params = s;
	while (s.len) {
		s = scan_skip(s, 1);
		size_t end = scan_index(s, ';');
		struct slice piece = scan_head(s, end);
		size_t equals = scan_index(piece, '=');
		struct slice name = scan_head(piece, equals);
		struct slice value = slice_skip(piece, equals + 1);
		if (name.len == 0 || (equals < piece.len && value.len == 0))
			note(p, SIP_URI_ODD_EMPTY_PARAM, s.p);
		check_chars(p, name, in_param);
		check_chars(p, value, in_param);
		keep_param(p, scan_trim(name), scan_trim(value));
		s = scan_skip(s, end);
	}
}

/* s follows the '?'. */
static void parse_headers(struct parser *p, struct slice s)
{
	p->uri->has_headers = true;
	p->uri->headers = s;
	for (bool more = true; more;) {
		size_t end = scan_index(s, '&');
		struct slice piece = scan_head(s, end);
		size_t equals = scan_index(piece, '=');
		if (equals == 0 || equals == piece.len)
			note(p, SIP_URI_ODD_BAD_HEADER, s.p);
		check_chars(p, scan_head(piece, equals), in_header);
		check_chars(p, slice_skip(piece, equals + 1), in_header);
		more = end < s.len;
		s = slice_skip(s, end + 1);
	}
}

static void parse_userinfo(struct parser *p, struct slice s)
{
	struct sip_uri *uri = p->uri;
	size_t colon = scan_index(s, ':');
	uri->has_user = true;
	uri->user = scan_head(s, colon);
	uri->has_password = colon < s.len;
	uri->password = slice_skip(s, colon + 1);
}

static void parse_hostport(struct parser *p, struct slice s)
{
	static const struct {
		enum sip_host_kind kind;
		enum sip_uri_odd   odd;
	} bad[] = {
		{ SIP_HOST_EMPTY, SIP_URI_ODD_EMPTY_HOST },
		{ SIP_HOST_BAD, SIP_URI_ODD_BAD_HOST },
		{ SIP_HOST_BAD_IPV6, SIP_URI_ODD_BAD_IPV6 },
		{ SIP_HOST_IPV6_BARE, SIP_URI_ODD_BARE_IPV6 },
	};
	struct sip_hostport *at = &p->uri->at;
	sip_hostport_parse(at, s);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (at->host.kind == bad[i].kind)
			note(p, bad[i].odd, s.p);
	if (at->bad_port)
		note(p, SIP_URI_ODD_BAD_PORT, at->port_text.p);
}

/* What follows "sip:" or "sips:". */
static void parse_sip(struct parser *p, struct slice s)
{
	size_t sign = scan_index(s, '@');
	if (sign < s.len) {
		parse_userinfo(p, scan_head(s, sign));
		check_chars(p, p->uri->user, in_user);
		check_chars(p, p->uri->password, in_password);
		if (p->uri->user.len == 0)
			note(p, SIP_URI_ODD_EMPTY_USER, s.p);
		s = scan_skip(s, sign + 1);
	}
	size_t end = span(s, SLICE(";?"));
	parse_hostport(p, scan_head(s, end));
	s = scan_skip(s, end);
	end = scan_index(s, '?');
	parse_params(p, scan_head(s, end));
	if (end < s.len)
		parse_headers(p, scan_skip(s, end + 1));
}

/* What follows "tel:" (RFC 3966 3). */
static void parse_tel(struct parser *p, struct slice s)
{
	struct sip_uri *uri = p->uri;
	size_t end = span(s, SLICE(";?"));
	struct slice digits = scan_head(s, end);
	uri->has_user = true;
	uri->user = scan_trim(digits);
	bool global = digits.len && digits.p[0] == '+';
	if (global)
		digits = scan_skip(digits, 1);
	bool any = false;
	for (size_t i = 0; i < digits.len; i++) {
		char c = digits.p[i];
		struct slice extra = global ? in_digits : in_local;
		bool separator = scan_index(in_digits, c) < in_digits.len;
		bool fits = is_digit(c) || scan_index(extra, c) < extra.len;
		any = any || (fits && !separator);
		if (!fits && !scan_is_lws(c))
			note(p, SIP_URI_ODD_BAD_CHAR, digits.p + i);
	}
	if (!any)
		note(p, SIP_URI_ODD_EMPTY_USER, s.p);
	s = scan_skip(s, end);
	if (s.len && s.p[0] == '?') {
		note(p, SIP_URI_ODD_BAD_CHAR, s.p);
		s = scan_skip(s, scan_index(s, ';'));
	}
	parse_params(p, s);
	if (!global && any && !sip_uri_param(uri, SLICE("phone-context"), NULL))
		note(p, SIP_URI_ODD_NO_CONTEXT, digits.p);
}

/* What follows the colon of any other scheme. */
static void parse_other(struct parser *p, struct slice s)
{
	p->uri->opaque = s;
	check_chars(p, s, in_opaque);
	if (s.len < 2 || s.p[0] != '/' || s.p[1] != '/')
		return;
	s = scan_skip(s, 2);
	s = scan_head(s, span(s, SLICE("/?")));
	size_t sign = scan_index(s, '@');
	if (sign < s.len) {
		parse_userinfo(p, scan_head(s, sign));
		s = scan_skip(s, sign + 1);
	}
	sip_hostport_parse(&p->uri->at, s);
}

/* Take "scheme:" off the front of *s; false when there is none. */
static bool take_scheme(struct slice *s, struct slice *scheme)
{
	size_t n = 0;
	while (n < s->len && (is_alnum(s->p[n]) || s->p[n] == '+' || s->p[n] == '-' ||
	                      s->p[n] == '.'))
		n++;
	if (n == 0 || n == s->len || s->p[n] != ':' || is_digit(s->p[0]))
		return false;
	*scheme = scan_head(*s, n);
	*s = scan_skip(*s, n + 1);
	return true;
}

static enum sip_uri_scheme scheme_of(struct slice scheme)
{
	if (slice_ieq(scheme, SLICE("sip")))
		return SIP_URI_SIP;
	if (slice_ieq(scheme, SLICE("sips")))
		return SIP_URI_SIPS;
	return slice_ieq(scheme, SLICE("tel")) ? SIP_URI_TEL : SIP_URI_OTHER;
}

void sip_uri_parse(struct sip_uri *out, struct slice text)
{
	*out = (struct sip_uri){ .scheme = SIP_URI_NONE };
	struct parser p = { out, text.p };
	size_t space = 0;
	while (space < text.len && !scan_is_lws(text.p[space]))
		space++;
	if (space < text.len)
		note(&p, SIP_URI_ODD_WHITE_SPACE, text.p + space);
	struct slice s = scan_trim(text);
	if (s.len && s.p[0] == '<') {
		note(&p, SIP_URI_ODD_BRACKETS, s.p);
		s = scan_skip(s, 1);
		if (s.len && s.p[s.len - 1] == '>')
			s.len--;
		s = scan_trim(s);
	}
	out->text = s;
	if (take_scheme(&s, &out->scheme_text))
		out->scheme = scheme_of(out->scheme_text);
	else
		note(&p, SIP_URI_ODD_NO_SCHEME, s.p);
	if (out->scheme == SIP_URI_OTHER)
		parse_other(&p, s);
	else if (out->scheme == SIP_URI_TEL)
		parse_tel(&p, s);
	else
		parse_sip(&p, s);
}

bool sip_uri_is_odd(const struct sip_uri *uri, enum sip_uri_odd odd)
{
	return uri->odd >> odd & 1;
}

#define PART(part) (1u << SIP_URI_PART_##part)

uint32_t sip_uri_misplaced(const struct sip_uri *uri, enum sip_uri_place place)
{
	static const uint32_t forbidden[] = {
		[SIP_URI_IN_REQUEST_LINE] = PART(METHOD) | PART(HEADERS),
		[SIP_URI_IN_TO] = PART(PORT) | PART(METHOD) | PART(MADDR) | PART(TTL) |
		                  PART(TRANSPORT) | PART(LR) | PART(HEADERS),
		[SIP_URI_IN_FROM] = PART(PORT) | PART(METHOD) | PART(MADDR) | PART(TTL) |
		                    PART(TRANSPORT) | PART(LR) | PART(HEADERS),
		[SIP_URI_IN_REGISTER] = PART(METHOD) | PART(LR),
		[SIP_URI_IN_DIALOG] = PART(METHOD) | PART(TTL) | PART(HEADERS),
		[SIP_URI_OUTSIDE] = 0,
	};
	static const uint32_t part_of[SIP_URI_PARAMS] = {
		[SIP_URI_TRANSPORT] = PART(TRANSPORT), [SIP_URI_METHOD] = PART(METHOD),
		[SIP_URI_TTL] = PART(TTL),             [SIP_URI_MADDR] = PART(MADDR),
		[SIP_URI_LR] = PART(LR), /* user may stand everywhere */
	};
	if (uri->scheme != SIP_URI_SIP && uri->scheme != SIP_URI_SIPS)
		return 0;
	uint32_t parts = (uri->at.has_port ? PART(PORT) : 0) |
	                 (uri->has_headers ? PART(HEADERS) : 0);
	for (unsigned i = 0; i < SIP_URI_PARAMS; i++)
		if (uri->has_param & 1u << i)
			parts |= part_of[i];
	return parts & forbidden[place];
}

/* Take the next piece up to `sep` off *rest and cut it at its '='. False: no piece. */
static bool next_pair(struct slice *rest, char sep, struct slice *name,
                      struct slice *value)
{
	while (rest->len) {
		size_t end = scan_index(*rest, sep);
		struct slice piece = scan_head(*rest, end);
		size_t equals = scan_index(piece, '=');
		*rest = slice_skip(*rest, end + 1);
		if (equals == 0)
			continue; /* nameless, or empty */
		*name = scan_head(piece, equals);
		*value = slice_skip(piece, equals + 1);
		return true;
	}
	return false;
}

bool sip_uri_param_next(struct slice *rest, struct slice *name, struct slice *value)
{
	return next_pair(rest, ';', name, value);
}

bool sip_uri_param(const struct sip_uri *uri, struct slice name, struct slice *value)
{
	struct slice rest = uri->params, key, val;
	while (sip_uri_param_next(&rest, &key, &val)) {
		if (!slice_ieq(key, name))
			continue;
		if (value)
			*value = val;
		return true;
	}
	return false;
}

bool sip_uri_header_next(struct slice *rest, struct slice *name, struct slice *value)
{
	return next_pair(rest, '&', name, value);
}

bool sip_uri_header(const struct sip_uri *uri, struct slice name, struct slice *value)
{
	struct slice rest = uri->headers, key, val;
	enum sip_hdr_id id = sip_hdr_lookup(name);
	while (sip_uri_header_next(&rest, &key, &val)) {
		if (!slice_ieq(key, name) &&
		    (id == SIP_HDR_OTHER || sip_hdr_lookup(key) != id))
			continue;
		if (value)
			*value = val;
		return true;
	}
	return false;
}

size_t sip_uri_unescape(struct slice s, char *out, size_t size)
{
	size_t n = 0;
	while (s.len && n + 1 < size) {
		bool escape = is_escape(s);
		out[n] = s.p[0];
		if (escape)
			out[n] = (char)(hex_value(s.p[1]) << 4 | hex_value(s.p[2]));
		n++;
		s = scan_skip(s, escape ? 3 : 1);
	}
	out[n] = '\0';
	return n;
}

/* What follows "sip:" or "sips:", or SLICE_NONE under another scheme. */
static struct slice after_sip_scheme(struct slice uri)
{
	if (slice_istarts(uri, SLICE("sip:")))
		return slice_skip(uri, 4);
	if (slice_istarts(uri, SLICE("sips:")))
		return slice_skip(uri, 5);
	return SLICE_NONE;
}

struct slice sip_uri_user(struct slice uri)
{
	uri = scan_trim(uri);
	if (slice_istarts(uri, SLICE("tel:"))) {
		struct slice number = slice_skip(uri, 4);
		return scan_trim(scan_head(number, span(number, SLICE(";?"))));
	}
	struct slice s = after_sip_scheme(uri);
	size_t at = scan_index(s, '@');
	if (at == s.len)
		return SLICE_NONE;
	struct slice user = scan_head(s, at);
	return scan_head(user, scan_index(user, ':')); /* without the password */
}

struct slice sip_uri_host(struct slice uri)
{
	struct slice s = after_sip_scheme(scan_trim(uri));
	size_t at = scan_index(s, '@');
	if (at < s.len)
		s = scan_skip(s, at + 1);
	return scan_trim(scan_head(s, span(s, SLICE(";?>"))));
}
