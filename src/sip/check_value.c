/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/check_value.h"

#include <string.h>

#include "sip/check_plain.h"
#include "sip/field.h"
#include "sip/host.h"
#include "sip/scan.h"
#include "sip/uri.h"
#include "sip/value.h"

#define STATUS_TRYING 100

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The first n bytes of *s, taken off. */
static struct slice take(struct slice *s, size_t n)
{
	struct slice head = scan_head(*s, n);
	*s = scan_skip(*s, n);
	return head;
}

static struct slice take_token(struct slice *s)
{
	size_t n = 0;
	while (n < s->len && scan_is_token(s->p[n]))
		n++;
	return take(s, n);
}

static struct slice take_digits(struct slice *s)
{
	size_t n = 0;
	while (n < s->len && is_digit(s->p[n]))
		n++;
	return take(s, n);
}

/* Take `c` and white space on both sides of it; false where it is not. */
static bool take_char(struct slice *s, char c)
{
	struct slice t = scan_trim_front(*s);
	if (t.len == 0 || t.p[0] != c)
		return false;
	*s = scan_trim_front(scan_skip(t, 1));
	return true;
}

/* Bytes of the quoted string that s begins with, or 0: it does not end. */
static size_t quoted_len(struct slice s)
{
	for (size_t i = 1; i < s.len; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return 0;
}

/* The quote that never ends, to the end of s; or empty. */
static struct slice open_quote(struct slice s)
{
	size_t n;
	for (s = scan_skip(s, scan_index(s, '"')); s.len; s = scan_skip(s, n)) {
		n = quoted_len(s);
		if (n == 0)
			return s;
		n += scan_index(scan_skip(s, n), '"');
	}
	return SLICE_NONE;
}

/* gen-value of RFC 3261 25.1: a token, a host or a quoted string. */
static bool take_value(struct slice *s)
{
	size_t n = 0;
	if (s->len && s->p[0] == '"')
		n = quoted_len(*s);
	else
		while (n < s->len && (scan_is_token(s->p[n]) || s->p[n] == ':' ||
		                      s->p[n] == '[' || s->p[n] == ']'))
			n++;
	take(s, n);
	return n > 0;
}

/* --- parameters */

/* Names of one list of parameters so far. */
struct names {
	struct slice name[SIP_PARAMS_COMPARED];
	size_t count;
};

static void check_repeat(struct sip_checker *c, struct names *names, struct slice name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (slice_ieq(names->name[i], name)) {
			sip_remark_add(c, SIP_ODD_REPEATED_PARAM, name);
			return;
		}
	}
	if (names->count < SIP_PARAMS_COMPARED)
		names->name[names->count++] = name;
}

/* All of s is *(SEMI generic-param). */
static void check_params(struct sip_checker *c, struct slice s)
{
	struct names names = { .count = 0 };
	s = scan_trim(s);
	while (s.len) {
		struct slice from = s;
		bool good = take_char(&s, ';');
		struct slice name = take_token(&s);
		if (!good || name.len == 0 || (take_char(&s, '=') && !take_value(&s))) {
			size_t n = from.len - s.len;
			sip_remark_add(c, SIP_ODD_BAD_PARAM,
			               n ? scan_head(from, n) : from);
			return;
		}
		check_repeat(c, &names, name);
		s = scan_trim_front(s);
	}
}

/* digits, at most max. */
static void check_number(struct sip_checker *c, struct slice s, uint64_t max,
                         enum sip_odd odd)
{
	struct sip_number n;
	if (sip_number_parse(&n, s, max) != OK)
		sip_remark_add(c, odd, s);
	else if (n.too_large)
		sip_remark_add(c, SIP_ODD_NUMBER_RANGE, s);
}

static void check_number_param(struct sip_checker *c, struct slice params,
                               struct slice name, uint64_t max)
{
	struct slice value;
	if (sip_param(params, name, &value))
		check_number(c, value.p ? value : params, max, SIP_ODD_BAD_PARAM);
}

static void check_q(struct sip_checker *c, struct slice params)
{
	struct slice text;
	uint16_t q;
	if (sip_param(params, SLICE("q"), &text) && sip_q_parse(&q, text) != OK)
		sip_remark_add(c, SIP_ODD_BAD_PARAM, text.p ? text : params);
}

/* --- addresses */

/* The rest of s from offset `at` on, or all of it. */
static struct slice from_offset(struct slice s, size_t at)
{
	return at < s.len ? scan_skip(s, at) : s;
}

/* Brackets around what could be an IPv6 address but for its groups: RFC 5118 4.10 asks
 * to put up with one colon too many. */
static bool is_nearly_ipv6(struct slice host)
{
	bool good = host.len > 2 && host.p[host.len - 1] == ']';
	for (size_t i = 1; good && i + 1 < host.len; i++) {
		unsigned char x = ascii_lower(host.p[i]);
		good = is_digit(host.p[i]) || (x >= 'a' && x <= 'f') || x == ':' ||
		       x == '.';
	}
	return good;
}

static bool is_usual_scheme(const struct sip_uri *uri)
{
	return uri->scheme != SIP_URI_OTHER || slice_ieq(uri->scheme_text, SLICE("urn"));
}

#define URI_BIT(odd) (1u << SIP_URI_ODD_##odd)

/* What is wrong with a URI and has no code of its own in its place. */
static uint32_t plainly_wrong(const struct sip_uri *uri, bool request_line)
{
	uint32_t wrong = uri->odd & ~(URI_BIT(SECOND_PARAM) | URI_BIT(NO_CONTEXT));
	if (is_nearly_ipv6(uri->at.host.text))
		wrong &= ~URI_BIT(BAD_IPV6);
	if (request_line && wrong & URI_BIT(WHITE_SPACE)) /* it spoils the rest */
		wrong &= ~(URI_BIT(BAD_HOST) | URI_BIT(BAD_CHAR));
	if (request_line)
		wrong &= ~(URI_BIT(WHITE_SPACE) | URI_BIT(BRACKETS));
	return wrong;
}

/* The URI `text` by itself; what is plainly wrong with it is `odd`. */
static void check_uri(struct sip_checker *c, struct slice text, const struct sip_uri *uri,
                      enum sip_odd odd)
{
	bool request_line = odd == SIP_ODD_BAD_REQUEST_URI;
	uint32_t wrong = plainly_wrong(uri, request_line);
	for (unsigned i = 0; i < SIP_URI_ODD_COUNT; i++)
		if (wrong >> i & 1)
			sip_remark_add(c, odd, from_offset(text, uri->odd_at[i]));
	if (uri->odd & URI_BIT(SECOND_PARAM))
		sip_remark_add(c, SIP_ODD_REPEATED_PARAM,
		               from_offset(text, uri->odd_at[SIP_URI_ODD_SECOND_PARAM]));
	if (uri->odd & ~wrong & URI_BIT(BAD_IPV6))
		sip_remark_add(c, SIP_ODD_BAD_IPV6, uri->at.host.text);
	if (uri->odd & URI_BIT(NO_CONTEXT))
		sip_remark_add(c, SIP_ODD_TEL_CONTEXT, text);
	if (uri->password.len)
		sip_remark_add(c, SIP_ODD_URI_PASSWORD, uri->password);
	if (!is_usual_scheme(uri) && (request_line || c->id == SIP_HDR_FROM ||
	                              c->id == SIP_HDR_TO || c->id == SIP_HDR_CONTACT))
		sip_remark_add(c, SIP_ODD_UNKNOWN_SCHEME, uri->scheme_text);
}

static void check_address_uri(struct sip_checker *c, struct slice text)
{
	struct sip_uri uri;
	sip_uri_parse(&uri, text);
	if (text.len == 0)
		sip_remark_add(c, SIP_ODD_BAD_ADDRESS, text);
	else
		check_uri(c, text, &uri, SIP_ODD_BAD_ADDRESS);
}

void sip_check_request_uri(struct sip_checker *c)
{
	struct slice text = c->msg->uri;
	struct sip_uri uri;
	c->id = SIP_HDR_OTHER;
	if (text.len == 0 || (!c->thorough && sip_plain_request_uri(text)))
		return;
	sip_uri_parse(&uri, text);
	check_uri(c, text, &uri, SIP_ODD_BAD_REQUEST_URI);
	uint32_t misplaced = sip_uri_misplaced(&uri, SIP_URI_IN_REQUEST_LINE);
	if (misplaced & 1u << SIP_URI_PART_HEADERS)
		sip_remark_add(c, SIP_ODD_BAD_REQUEST_URI, uri.headers);
	else if (misplaced & 1u << SIP_URI_PART_METHOD)
		sip_remark_add(c, SIP_ODD_BAD_REQUEST_URI, uri.params);
}

/* display-name: nothing, a quoted string, or tokens and white space. */
static bool is_display(struct slice s)
{
	s = scan_trim(s);
	if (s.len && s.p[0] == '"')
		return quoted_len(s) == s.len;
	for (size_t i = 0; i < s.len; i++)
		if (!scan_is_token(s.p[i]) && !scan_is_lws(s.p[i]))
			return false;
	return true;
}

/* Index of the '<' behind a display name, or s.len. */
static size_t angle_index(struct slice s)
{
	size_t quoted = s.len && s.p[0] == '"' ? quoted_len(s) : 0;
	return quoted + scan_index(scan_skip(s, quoted), '<');
}

/* name-addr with parameters. `angle` is where its '<' is. */
static void check_name_addr(struct sip_checker *c, struct slice s, size_t angle)
{
	struct slice display = scan_head(s, angle), uri = scan_skip(s, angle + 1);
	size_t close = scan_index(uri, '>');
	if (!is_display(display))
		sip_remark_add(c, SIP_ODD_BAD_ADDRESS, display);
	if (close == uri.len) {
		sip_remark_add(c, SIP_ODD_BAD_ADDRESS, scan_skip(s, angle));
		return;
	}
	struct slice after = scan_trim(scan_skip(uri, close + 1));
	check_address_uri(c, scan_head(uri, close));
	if (after.len && after.p[0] != ';')
		sip_remark_add(c, SIP_ODD_BAD_ADDRESS, after);
	else
		check_params(c, after);
}

/* addr-spec with header parameters: they begin at the first ';' (RFC 3261 20). */
static void check_addr_spec(struct sip_checker *c, struct slice s)
{
	struct slice uri = scan_trim(scan_head(s, scan_index(s, ';')));
	size_t headers = scan_index(uri, '?'), comma = scan_index(uri, ',');
	size_t bad = headers < comma ? headers : comma;
	struct sip_uri parsed;
	sip_uri_parse(&parsed, uri);
	if (bad < uri.len && parsed.scheme != SIP_URI_NONE) {
		sip_remark_add(c, SIP_ODD_UNBRACKETED_URI, scan_skip(uri, bad));
		return;
	}
	check_address_uri(c, uri);
	check_params(c, scan_skip(s, scan_index(s, ';')));
}

/* name-addr or addr-spec (RFC 3261 20.10). */
static void check_address(struct sip_checker *c, struct slice s)
{
	size_t angle = angle_index(s);
	if (angle < s.len)
		check_name_addr(c, s, angle);
	else
		check_addr_spec(c, s);
}

/* name-addr, or a bare <URI>, and nothing else. */
static void check_bracketed(struct sip_checker *c, struct slice s)
{
	size_t angle = angle_index(s);
	if (angle < s.len)
		check_name_addr(c, s, angle);
	else
		sip_remark_add(c, SIP_ODD_BAD_ADDRESS, s);
}

static void check_from(struct sip_checker *c, struct slice value)
{
	check_address(c, value);
	if (sip_addr_tag(value).len == 0)
		sip_remark_add(c, SIP_ODD_MISSING_FROM_TAG, value);
}

static void check_to(struct sip_checker *c, struct slice value)
{
	struct slice tag = sip_addr_tag(value);
	check_address(c, value);
	if (tag.len && slice_eq(c->msg->method, SLICE("REGISTER")))
		sip_remark_add(c, SIP_ODD_TO_TAG_IN_REGISTER, tag);
	if (tag.len == 0 && c->msg->method.len == 0 && c->msg->status != STATUS_TRYING)
		sip_remark_add(c, SIP_ODD_MISSING_TO_TAG, value);
}

/* "*" asks a registrar to forget all (RFC 3261 10.2.2). */
static void check_star(struct sip_checker *c, struct slice s)
{
	uint64_t expires = 0;
	struct slice value = sip_msg_value(c->msg, SIP_HDR_EXPIRES);
	if (!slice_eq(c->msg->method, SLICE("REGISTER")) || c->star || c->contact ||
	    !slice_uint(value, &expires) || expires != 0)
		sip_remark_add(c, SIP_ODD_BAD_CONTACT, s);
	c->star = true;
}

static void check_contact(struct sip_checker *c, struct slice s)
{
	if (slice_eq(s, SLICE("*"))) {
		check_star(c, s);
		return;
	}
	c->contact = true;
	if (c->star)
		sip_remark_add(c, SIP_ODD_BAD_CONTACT, s);
	check_address(c, s);
	struct sip_addr addr;
	sip_addr_parse(&addr, s);
	check_q(c, addr.params);
	check_number_param(c, addr.params, SLICE("expires"), UINT32_MAX);
}

/* --- Via */

static void check_host_param(struct sip_checker *c, struct slice params,
                             struct slice name)
{
	struct slice value;
	struct sip_host host;
	if (!sip_param(params, name, &value))
		return;
	sip_host_parse(&host, value);
	if (host.kind == SIP_HOST_BAD_IPV6 && is_nearly_ipv6(value))
		sip_remark_add(c, SIP_ODD_BAD_IPV6, value);
	else if (host.kind == SIP_HOST_EMPTY || host.kind == SIP_HOST_BAD ||
	         host.kind == SIP_HOST_BAD_IPV6)
		sip_remark_add(c, SIP_ODD_BAD_PARAM, value.len ? value : params);
}

/* sent-by of RFC 3261 20.42. */
static void check_sent_by(struct sip_checker *c, struct slice s)
{
	struct sip_hostport at;
	sip_hostport_parse(&at, s);
	if (at.host.kind == SIP_HOST_BAD_IPV6 && is_nearly_ipv6(at.host.text))
		sip_remark_add(c, SIP_ODD_BAD_IPV6, at.host.text);
	else if (at.host.kind != SIP_HOST_NAME && at.host.kind != SIP_HOST_IPV4 &&
	         at.host.kind != SIP_HOST_IPV6)
		sip_remark_add(c, SIP_ODD_BAD_VIA, s);
	if (at.bad_port)
		sip_remark_add(c,
		               at.port == SIP_PORT_BEYOND ? SIP_ODD_NUMBER_RANGE
		                                          : SIP_ODD_BAD_VIA,
		               at.port_text.len ? at.port_text : s);
}

static void check_branch(struct sip_checker *c, const struct sip_via *via,
                         struct slice element)
{
	struct slice cookie = SLICE("z9hG4bK");
	if (slice_ieq(via->branch, cookie))
		sip_remark_add(c, SIP_ODD_EMPTY_BRANCH, via->branch);
	else if (c->vias == 1 && !slice_istarts(via->branch, cookie))
		sip_remark_add(c, SIP_ODD_NO_BRANCH,
		               via->branch.len ? via->branch : element);
}

/* Broadcast, multicast, or the address that stands for none. */
static bool is_no_host(struct slice text)
{
	static const uint8_t zero[16];
	struct sip_host host;
	sip_host_parse(&host, text);
	if (host.kind == SIP_HOST_IPV4)
		return host.bytes[0] == 0 || host.bytes[0] >= 224;
	return host.kind == SIP_HOST_IPV6 &&
	       (host.bytes[0] == 0xff || memcmp(host.bytes, zero, sizeof(zero)) == 0);
}

static void check_via(struct sip_checker *c, struct slice element)
{
	struct sip_via via;
	c->vias += c->vias < 2;
	if (sip_via_parse(&via, element) != OK) {
		sip_remark_add(c, SIP_ODD_BAD_VIA, element);
		return;
	}
	/* To the top one a response went, so it was a host. */
	if (c->vias == 2 && c->msg->method.len == 0 && is_no_host(via.host))
		sip_remark_add(c, SIP_ODD_VIA_NOT_UNICAST, via.host);
	if (!scan_all_token(via.transport))
		sip_remark_add(c, SIP_ODD_BAD_VIA, via.transport);
	size_t at = via.host.p ? (size_t)(via.host.p - element.p) : 0;
	size_t end = via.params.len ? element.len - via.params.len : element.len;
	check_sent_by(c, scan_trim(scan_skip(scan_head(element, end), at)));
	check_params(c, via.params);
	check_branch(c, &via, element);
	check_number_param(c, via.params, SLICE("ttl"), UINT8_MAX);
	if (via.rport.len)
		check_number(c, via.rport, UINT16_MAX, SIP_ODD_BAD_PARAM);
	check_host_param(c, via.params, SLICE("received"));
	check_host_param(c, via.params, SLICE("maddr"));
}

/* --- the other values */

static void check_token(struct sip_checker *c, struct slice s)
{
	if (!scan_all_token(s))
		sip_remark_add(c, SIP_ODD_BAD_VALUE, s);
}

/* A token and parameters. */
static void check_token_params(struct sip_checker *c, struct slice s)
{
	struct slice all = s;
	struct slice token = take_token(&s);
	if (token.len == 0)
		sip_remark_add(c, SIP_ODD_BAD_VALUE, all);
	else
		check_params(c, s);
}

/* type "/" subtype and parameters: Content-Type, and the ranges of Accept. */
static void check_media(struct sip_checker *c, struct slice s)
{
	struct slice all = s;
	struct slice type = take_token(&s);
	bool slash = take_char(&s, '/');
	struct slice subtype = take_token(&s);
	if (type.len == 0 || !slash || subtype.len == 0)
		sip_remark_add(c, SIP_ODD_BAD_VALUE, all);
	else
		check_params(c, s);
}

/* word of RFC 3261 25.1, where quotes and backslashes are ordinary. */
static size_t word_len(struct slice s)
{
	struct slice more = SLICE("()<>:\\\"/[]?{}");
	size_t n = 0;
	while (n < s.len &&
	       (scan_is_token(s.p[n]) || scan_index(more, s.p[n]) < more.len))
		n++;
	return n;
}

/* callid = word ["@" word]; 0 where there is none. */
static size_t call_id_len(struct slice s)
{
	size_t n = word_len(s);
	if (n == 0 || n == s.len || s.p[n] != '@')
		return n;
	size_t m = word_len(scan_skip(s, n + 1));
	return m ? n + 1 + m : 0;
}

static void check_call_id(struct sip_checker *c, struct slice s)
{
	if (call_id_len(s) != s.len)
		sip_remark_add(c, SIP_ODD_BAD_VALUE, s);
}

/* callid and parameters: Replaces, Join, Target-Dialog. */
static void check_call_id_params(struct sip_checker *c, struct slice s)
{
	size_t n = call_id_len(s);
	if (n == 0)
		sip_remark_add(c, SIP_ODD_BAD_VALUE, s);
	else
		check_params(c, scan_skip(s, n));
}

/* Bytes of the comment that s begins with, or 0: it does not end. Comments nest. */
static size_t comment_len(struct slice s)
{
	size_t depth = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* delta-seconds, or another number of 32 bits; a comment (Retry-After); parameters. */
static void check_delta(struct sip_checker *c, struct slice s)
{
	struct slice all = s, number = take_digits(&s);
	s = scan_trim_front(s);
	size_t n = s.len && s.p[0] == '(' ? comment_len(s) : 0;
	s = scan_trim_front(scan_skip(s, n));
	if (number.len == 0 || (s.len && s.p[0] != ';')) {
		sip_remark_add(c, SIP_ODD_BAD_VALUE, all);
		return;
	}
	check_number(c, number, UINT32_MAX, SIP_ODD_BAD_VALUE);
	check_params(c, s);
}

/* Number and method (RFC 3261 20.16). */
static void check_cseq(struct sip_checker *c, struct slice value)
{
	struct slice s = value, number = take_digits(&s);
	bool space = s.len && scan_is_lws(s.p[0]);
	struct slice method = scan_trim_front(s);
	uint64_t n;
	if (!slice_uint(number, &n) || n > INT32_MAX)
		sip_remark_add(c, SIP_ODD_BAD_CSEQ, number.len ? number : value);
	else if (!space || !scan_all_token(method))
		sip_remark_add(c, SIP_ODD_BAD_CSEQ, value);
	else if (c->msg->method.len && !slice_eq(method, c->msg->method))
		sip_remark_add(c, SIP_ODD_CSEQ_METHOD, method);
}

/* RSeq number, CSeq number, method (RFC 3262 7.2). */
static void check_rack(struct sip_checker *c, struct slice value)
{
	struct slice s = value, rseq = take_digits(&s);
	bool space = s.len && scan_is_lws(s.p[0]);
	s = scan_trim_front(s);
	struct slice cseq = take_digits(&s);
	space = space && s.len && scan_is_lws(s.p[0]);
	if (rseq.len == 0 || cseq.len == 0 || !space ||
	    !scan_all_token(scan_trim_front(s))) {
		sip_remark_add(c, SIP_ODD_BAD_VALUE, value);
		return;
	}
	check_number(c, rseq, UINT32_MAX, SIP_ODD_BAD_VALUE);
	check_number(c, cseq, INT32_MAX, SIP_ODD_BAD_VALUE);
}

static void check_max_forwards(struct sip_checker *c, struct slice value)
{
	uint64_t n;
	if (!slice_uint(value, &n) || n > UINT8_MAX)
		sip_remark_add(c, SIP_ODD_BAD_MAX_FORWARDS, value);
}

/* Code, agent and quoted text (RFC 3261 20.43). */
static void check_warning(struct sip_checker *c, struct slice s)
{
	struct slice all = s, code = take_digits(&s);
	bool space = s.len && scan_is_lws(s.p[0]);
	s = scan_trim_front(s);
	size_t agent = 0;
	while (agent < s.len && !scan_is_lws(s.p[agent]))
		agent++;
	struct slice text = scan_trim_front(scan_skip(s, agent));
	if (code.len > 3)
		sip_remark_add(c, SIP_ODD_NUMBER_RANGE, code);
	if (code.len < 3 || !space || agent == 0 || text.len == 0 || text.p[0] != '"' ||
	    quoted_len(text) != text.len)
		sip_remark_add(c, SIP_ODD_BAD_VALUE, all);
}

/* name=value pieces between commas. */
static void check_auth_params(struct sip_checker *c, struct slice s)
{
	struct names names = { .count = 0 };
	do {
		struct slice name = take_token(&s);
		if (name.len == 0 || !take_char(&s, '=') || !take_value(&s)) {
			sip_remark_add(c, SIP_ODD_BAD_PARAM, name.len ? name : s);
			return;
		}
		check_repeat(c, &names, name);
	} while (take_char(&s, ','));
	if (scan_trim(s).len)
		sip_remark_add(c, SIP_ODD_BAD_PARAM, s);
}

/* A challenge or credentials (RFC 3261 25.1). The parameters of schemes other than
 * Digest are their own affair. */
static void check_auth(struct sip_checker *c, struct slice s)
{
	struct slice all = s, scheme = take_token(&s);
	if (scheme.len == 0 || s.len == 0 || !scan_is_lws(s.p[0]))
		sip_remark_add(c, SIP_ODD_BAD_VALUE, all);
	else if (slice_ieq(scheme, SLICE("Basic")))
		sip_remark_add(c, SIP_ODD_BASIC_AUTH, scheme);
	else if (slice_ieq(scheme, SLICE("Digest")))
		check_auth_params(c, scan_trim_front(s));
}

/* Is s one of the words of three letters in `list`, which follow one another? */
static bool is_word(struct slice s, struct slice list)
{
	for (; list.len >= 3; list = scan_skip(list, 3))
		if (slice_eq(s, scan_head(list, 3)))
			return true;
	return false;
}

/* rfc1123-date "Sat, 13 Nov 2010 23:29:00 GMT" (RFC 3261 25.1). */
static void check_date(struct sip_checker *c, struct slice value)
{
	static const char form[] = "aaa, 00 aaa 0000 00:00:00 GMT";
	bool good = value.len == sizeof form - 1;
	for (size_t i = 0; good && i < value.len; i++) {
		char x = value.p[i];
		good = form[i] == 'a' || (form[i] == '0' ? is_digit(x) : x == form[i]);
	}
	struct slice text = good ? value : SLICE(form);
	uint64_t day = 0, hour = 0, minute = 0, second = 0;
	good = good && is_word(scan_head(text, 3), SLICE("MonTueWedThuFriSatSun")) &&
	       is_word(scan_head(scan_skip(text, 8), 3),
	               SLICE("JanFebMarAprMayJunJulAugSepOctNovDec")) &&
	       slice_uint(scan_head(scan_skip(text, 5), 2), &day) && day >= 1 &&
	       day <= 31 && slice_uint(scan_head(scan_skip(text, 17), 2), &hour) &&
	       hour <= 23 && slice_uint(scan_head(scan_skip(text, 20), 2), &minute) &&
	       minute <= 59 && slice_uint(scan_head(scan_skip(text, 23), 2), &second) &&
	       second <= 60;
	if (!good)
		sip_remark_add(c, SIP_ODD_BAD_DATE, value);
}

/* A number, and the same one in each field. */
static void check_content_length(struct sip_checker *c, struct slice value)
{
	struct slice first = sip_msg_value(c->msg, SIP_HDR_CONTENT_LENGTH);
	uint64_t n, m;
	if (!slice_uint(value, &n))
		sip_remark_add(c, SIP_ODD_BAD_CONTENT_LENGTH, value);
	else if (slice_uint(first, &m) && n != m)
		sip_remark_add(c, SIP_ODD_LENGTH_CONFLICT, value);
}

/* How the value of a field is checked. A field without a row is not. Most kinds of value
 * have a short cut in check_plain.h. */
enum { WHOLE, EACH };          /* the value, or each element of a list */
enum { NOT_EMPTY, MAY_EMPTY }; /* may it be empty, or has that a code of its own? */
#define BY(kind) check_##kind, sip_plain_##kind
static const struct rule {
	void (*check)(struct sip_checker *c, struct slice value);
	bool (*plain)(struct sip_checker *c, struct slice *s); /* may be NULL */
	unsigned char each, may_empty;
} rules[SIP_HDR_OTHER] = {
	[SIP_HDR_ACCEPT] = { BY(media), EACH, MAY_EMPTY },
	[SIP_HDR_ACCEPT_CONTACT] = { BY(token_params), EACH, NOT_EMPTY },
	[SIP_HDR_ACCEPT_ENCODING] = { BY(token_params), EACH, MAY_EMPTY },
	[SIP_HDR_ACCEPT_LANGUAGE] = { BY(token_params), EACH, MAY_EMPTY },
	[SIP_HDR_ALERT_INFO] = { BY(bracketed), EACH, NOT_EMPTY },
	[SIP_HDR_ALLOW] = { BY(token), EACH, MAY_EMPTY },
	[SIP_HDR_ALLOW_EVENTS] = { BY(token), EACH, NOT_EMPTY },
	[SIP_HDR_AUTHENTICATION_INFO] = { check_auth_params, NULL, WHOLE, NOT_EMPTY },
	[SIP_HDR_AUTHORIZATION] = { BY(auth), WHOLE, NOT_EMPTY },
	[SIP_HDR_CALL_ID] = { BY(call_id), WHOLE, MAY_EMPTY },
	[SIP_HDR_CALL_INFO] = { BY(bracketed), EACH, NOT_EMPTY },
	[SIP_HDR_CONTACT] = { BY(contact), EACH, NOT_EMPTY },
	[SIP_HDR_CONTENT_DISPOSITION] = { BY(token_params), WHOLE, NOT_EMPTY },
	[SIP_HDR_CONTENT_ENCODING] = { BY(token), EACH, NOT_EMPTY },
	[SIP_HDR_CONTENT_LANGUAGE] = { BY(token), EACH, NOT_EMPTY },
	[SIP_HDR_CONTENT_LENGTH] = { BY(content_length), WHOLE, MAY_EMPTY },
	[SIP_HDR_CONTENT_TYPE] = { BY(media), WHOLE, NOT_EMPTY },
	[SIP_HDR_CSEQ] = { BY(cseq), WHOLE, MAY_EMPTY },
	[SIP_HDR_DATE] = { check_date, NULL, WHOLE, NOT_EMPTY },
	[SIP_HDR_DIVERSION] = { BY(bracketed), EACH, NOT_EMPTY },
	[SIP_HDR_ERROR_INFO] = { BY(bracketed), EACH, NOT_EMPTY },
	[SIP_HDR_EVENT] = { BY(token_params), WHOLE, NOT_EMPTY },
	[SIP_HDR_EXPIRES] = { BY(delta), WHOLE, NOT_EMPTY },
	[SIP_HDR_FROM] = { BY(from), WHOLE, MAY_EMPTY },
	[SIP_HDR_HISTORY_INFO] = { BY(bracketed), EACH, NOT_EMPTY },
	[SIP_HDR_IN_REPLY_TO] = { BY(call_id), EACH, NOT_EMPTY },
	[SIP_HDR_JOIN] = { check_call_id_params, NULL, WHOLE, NOT_EMPTY },
	[SIP_HDR_MAX_FORWARDS] = { BY(max_forwards), WHOLE, MAY_EMPTY },
	[SIP_HDR_MIN_EXPIRES] = { BY(delta), WHOLE, NOT_EMPTY },
	[SIP_HDR_MIN_SE] = { BY(delta), WHOLE, NOT_EMPTY },
	[SIP_HDR_P_ASSERTED_IDENTITY] = { BY(address), EACH, NOT_EMPTY },
	[SIP_HDR_P_ASSOCIATED_URI] = { BY(bracketed), EACH, MAY_EMPTY },
	[SIP_HDR_P_CALLED_PARTY_ID] = { BY(bracketed), WHOLE, NOT_EMPTY },
	[SIP_HDR_P_PREFERRED_IDENTITY] = { BY(address), EACH, NOT_EMPTY },
	[SIP_HDR_PATH] = { BY(bracketed), EACH, NOT_EMPTY },
	[SIP_HDR_PRIORITY] = { BY(token), WHOLE, NOT_EMPTY },
	[SIP_HDR_PRIVACY] = { BY(token_params), WHOLE, NOT_EMPTY },
	[SIP_HDR_PROXY_AUTHENTICATE] = { BY(auth), WHOLE, NOT_EMPTY },
	[SIP_HDR_PROXY_AUTHORIZATION] = { BY(auth), WHOLE, NOT_EMPTY },
	[SIP_HDR_PROXY_REQUIRE] = { BY(token), EACH, NOT_EMPTY },
	[SIP_HDR_RACK] = { check_rack, NULL, WHOLE, NOT_EMPTY },
	[SIP_HDR_REASON] = { BY(token_params), EACH, NOT_EMPTY },
	[SIP_HDR_RECORD_ROUTE] = { BY(bracketed), EACH, NOT_EMPTY },
	[SIP_HDR_REFER_SUB] = { BY(token_params), WHOLE, NOT_EMPTY },
	[SIP_HDR_REFER_TO] = { BY(address), WHOLE, NOT_EMPTY },
	[SIP_HDR_REFERRED_BY] = { BY(address), WHOLE, NOT_EMPTY },
	[SIP_HDR_REPLACES] = { check_call_id_params, NULL, WHOLE, NOT_EMPTY },
	[SIP_HDR_REPLY_TO] = { BY(address), WHOLE, NOT_EMPTY },
	[SIP_HDR_REQUIRE] = { BY(token), EACH, NOT_EMPTY },
	[SIP_HDR_RETRY_AFTER] = { BY(delta), WHOLE, NOT_EMPTY },
	[SIP_HDR_ROUTE] = { BY(bracketed), EACH, NOT_EMPTY },
	[SIP_HDR_RSEQ] = { BY(delta), WHOLE, NOT_EMPTY },
	[SIP_HDR_SERVICE_ROUTE] = { BY(bracketed), EACH, NOT_EMPTY },
	[SIP_HDR_SESSION_EXPIRES] = { BY(delta), WHOLE, NOT_EMPTY },
	[SIP_HDR_SIP_ETAG] = { BY(token), WHOLE, NOT_EMPTY },
	[SIP_HDR_SIP_IF_MATCH] = { BY(token), WHOLE, NOT_EMPTY },
	[SIP_HDR_SUBSCRIPTION_STATE] = { BY(token_params), WHOLE, NOT_EMPTY },
	[SIP_HDR_SUPPORTED] = { BY(token), EACH, MAY_EMPTY },
	[SIP_HDR_TARGET_DIALOG] = { check_call_id_params, NULL, WHOLE, NOT_EMPTY },
	[SIP_HDR_TO] = { BY(to), WHOLE, MAY_EMPTY },
	[SIP_HDR_UNSUPPORTED] = { BY(token), EACH, MAY_EMPTY },
	[SIP_HDR_VIA] = { BY(via), EACH, MAY_EMPTY },
	[SIP_HDR_WARNING] = { check_warning, NULL, EACH, NOT_EMPTY },
	[SIP_HDR_WWW_AUTHENTICATE] = { BY(auth), WHOLE, NOT_EMPTY },
};

/* Quotes are ordinary characters in a Call-ID. */
static bool has_quotes(enum sip_hdr_id id)
{
	return id != SIP_HDR_CALL_ID && id != SIP_HDR_IN_REPLY_TO &&
	       id != SIP_HDR_REPLACES && id != SIP_HDR_JOIN &&
	       id != SIP_HDR_TARGET_DIALOG;
}

void sip_check_value(struct sip_checker *c, struct slice value)
{
	const struct rule *rule = &rules[c->id];
	struct slice rest = value, element;
	if (!rule->check)
		return;
	if (value.len == 0) {
		if (!rule->may_empty)
			sip_remark_add(c, SIP_ODD_BAD_VALUE, value);
		return;
	}
	if (rule->plain && !c->thorough &&
	    sip_plain_value(c, value, rule->each, rule->plain))
		return;
	struct slice quote = has_quotes(c->id) ? open_quote(value) : SLICE_NONE;
	if (quote.len) {
		sip_remark_add(c, SIP_ODD_UNTERMINATED_QUOTE, quote);
		return;
	}
	if (!rule->each) {
		rule->check(c, value);
		return;
	}
	while (sip_list_next(&rest, &element)) {
		if (element.len)
			rule->check(c, element);
		else
			sip_remark_add(c, SIP_ODD_BAD_PARAM, element);
	}
}
