/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/field.h"

#include "sip/scan.h"

#define PORT_BEYOND 65536u /* any port above the last one, 65535 */

/* No '"' and no '<': nothing in s is quoted or enclosed. */
static bool is_plain(struct slice s)
{
	return scan_index(s, '"') == s.len && scan_index(s, '<') == s.len;
}

/* Index of the first `sep` outside quoted strings and <>, or s.len. */
static size_t split(struct slice s, char sep)
{
	if (s.len && s.p[0] == sep)
		return 0;
	size_t at = scan_index(s, sep);
	if (at == s.len || is_plain(scan_head(s, at)))
		return at; /* as most of them are, and a search is fast */
	size_t angles = 0;
	bool quoted = false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == sep && angles == 0) {
			return i;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '<') {
			angles++;
		} else if (c == '>' && angles > 0) {
			angles--;
		}
	}
	return s.len;
}

bool sip_list_next(struct slice *rest, struct slice *element)
{
	if (!rest->p)
		return false;
	size_t at = split(*rest, ',');
	*element = scan_trim(scan_head(*rest, at));
	*rest = at < rest->len ? scan_skip(*rest, at + 1) : SLICE_NONE;
	return true;
}

bool sip_msg_list_next(const struct sip_msg *msg, enum sip_hdr_id id,
                       struct sip_list_iter *it, struct slice *element)
{
	if (sip_list_next(&it->rest, element))
		return true;
	const struct sip_hdr *hdr = sip_msg_next(msg, id, it->hdr);
	if (!hdr)
		return false;
	it->hdr = hdr;
	const struct sip_hdr_info *info = sip_hdr_info(id);
	if (info && info->kind == SIP_HDR_KIND_LIST) {
		it->rest = hdr->value;
		return sip_list_next(&it->rest, element);
	}
	*element = hdr->value;
	return true;
}

bool sip_param_next(struct slice *rest, struct slice *name, struct slice *value)
{
	struct slice s = *rest;
	size_t at = split(s, ';');
	while (at < s.len) {
		s = scan_skip(s, at + 1);
		at = split(s, ';');
		struct slice piece = scan_head(s, at);
		size_t equals = scan_index(piece, '=');
		struct slice key = scan_trim(scan_head(piece, equals));
		if (key.len == 0)
			continue;
		*name = key;
		*value = scan_trim(slice_skip(piece, equals + 1));
		*rest = scan_skip(s, at);
		return true;
	}
	*rest = SLICE_NONE;
	return false;
}

bool sip_param(struct slice params, struct slice name, struct slice *value)
{
	struct slice key, val;
	while (sip_param_next(&params, &key, &val)) {
		if (!slice_ieq(key, name))
			continue;
		if (value)
			*value = val;
		return true;
	}
	return false;
}

/* Index of the '<' that begins the URI of a name-addr, or s.len for an addr-spec. */
static size_t find_angle(struct slice s)
{
	size_t at = scan_index(s, '<');
	size_t quote = scan_index(scan_head(s, at), '"');
	if (quote == at)
		return at;
	/* one quoted string without escapes, as a display name mostly is */
	size_t close = quote + 1;
	close += scan_index(scan_skip(scan_head(s, at), close), '"');
	if (close < at && s.p[close - 1] != '\\' &&
	    scan_index(scan_skip(scan_head(s, at), close + 1), '"') == at - close - 1)
		return at;
	bool quoted = false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == '<' && !quoted)
			return i;
	}
	if (!quoted)
		return s.len;
	for (size_t i = s.len; i > 0; i--) /* the quote never closes */
		if (s.p[i - 1] == '<')
			return i - 1;
	return s.len;
}

/* The tag where it is the first parameter and a plain token, as most often. */
static bool plain_tag(struct slice params, struct slice *tag)
{
	static const struct slice begin = { ";tag=", sizeof(";tag=") - 1 };
	if (params.len <= begin.len || !slice_eq(scan_head(params, begin.len), begin))
		return false;
	struct slice rest = scan_skip(params, begin.len);
	size_t n = 0;
	while (n < rest.len && scan_is_token(rest.p[n]))
		n++;
	if (n == 0 || (n < rest.len && rest.p[n] != ';'))
		return false;
	*tag = scan_head(rest, n);
	return true;
}

/* The tag of a value that ends in it, right behind the only '>', as most do. */
static bool last_tag(struct slice value, struct slice *tag)
{
	static const char begin[] = ">;tag=";
	size_t n = value.len;
	while (n > 0 && scan_is_token(value.p[n - 1]))
		n--;
	if (n == value.len || n < sizeof(begin) ||
	    memcmp(value.p + n - (sizeof(begin) - 1), begin, sizeof(begin) - 1) != 0)
		return false;
	size_t close = n - (sizeof(begin) - 1);
	struct slice head = scan_head(value, close);
	if (scan_index(value, '>') != close)
		return false;
	size_t quote = scan_index(head, '"');
	if (quote < close) { /* at most one string, without escapes, before the '<' */
		head = scan_skip(head, quote + 1);
		quote = scan_index(head, '"');
		if (quote == head.len || (quote && head.p[quote - 1] == '\\'))
			return false;
		head = scan_skip(head, quote + 1);
		if (scan_index(head, '"') < head.len)
			return false;
	}
	if (scan_index(head, '<') == head.len)
		return false;
	*tag = scan_skip(value, n);
	return true;
}

struct slice sip_addr_tag(struct slice value)
{
	struct slice params, tag = SLICE_NONE;
	if (last_tag(value, &tag))
		return tag;
	size_t angle = find_angle(value);
	if (angle < value.len) {
		params = scan_skip(value, angle + 1);
		params = slice_skip(params, scan_index(params, '>') + 1);
	} else {
		params = value;
	}
	params = scan_skip(params, split(params, ';'));
	if (!plain_tag(params, &tag))
		sip_param(params, SLICE("tag"), &tag);
	return tag;
}

void sip_addr_parse(struct sip_addr *out, struct slice value)
{
	struct sip_addr a = { .tag = SLICE_NONE };
	size_t angle = find_angle(value);
	if (angle < value.len) {
		struct slice after = scan_skip(value, angle + 1);
		size_t close = scan_index(after, '>');
		struct slice rest = slice_skip(after, close + 1);
		a.display = scan_trim(scan_head(value, angle));
		a.uri = scan_trim(scan_head(after, close));
		a.params = scan_skip(rest, split(rest, ';'));
	} else {
		size_t end = split(value, ';');
		a.uri = scan_trim(scan_head(value, end));
		a.params = scan_skip(value, end);
	}
	if (!plain_tag(a.params, &a.tag))
		sip_param(a.params, SLICE("tag"), &a.tag);
	*out = a;
}

/* Take `word` off the front of *s, ASCII case and white space before it aside. */
static bool take_word(struct slice *s, struct slice word)
{
	struct slice t = scan_trim_front(*s);
	if (!slice_istarts(t, word))
		return false;
	*s = scan_skip(t, word.len);
	return true;
}

/* sent-by (RFC 3261 20.42) into host and port; what follows them is passed over. */
static void parse_sent_by(struct sip_via *via, struct slice s)
{
	size_t n = s.len && s.p[0] == '[' ? scan_index(s, ']') + 1 : 0;
	if (n == 0 || n > s.len)
		for (n = 0; n < s.len && s.p[n] != ':' && !scan_is_lws(s.p[n]);)
			n++;
	via->host = scan_head(s, n);
	s = scan_skip(s, n);
	if (!take_word(&s, SLICE(":")))
		return;
	s = scan_trim_front(s);
	for (size_t i = 0; i < s.len && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
		uint32_t port = via->port * 10 + (uint32_t)(s.p[i] - '0');
		via->port = port < PORT_BEYOND ? port : PORT_BEYOND;
	}
}

/* Value of a piece "name=value", already known to begin with `name`; false when the
 * name goes on, or something else than a value follows. */
static bool piece_value(struct slice piece, struct slice name, struct slice *value)
{
	struct slice rest = scan_trim_front(scan_skip(piece, name.len));
	if (rest.len && rest.p[0] != '=')
		return false;
	*value = scan_trim(slice_skip(rest, 1));
	return true;
}

/* branch, received and rport; the others are told apart by their first letter and
 * passed over. Of each the first one counts. */
static void parse_via_params(struct sip_via *via)
{
	static const struct slice branch = { "branch", 6 }, received = { "received", 8 },
				  rport = { "rport", 5 };
	bool has_branch = false, has_received = false;
	struct slice rest = via->params;
	while (rest.len) {
		rest = scan_trim_front(scan_skip(rest, 1)); /* after the ';' */
		size_t end = split(rest, ';');
		struct slice piece = scan_head(rest, end);
		unsigned char letter = end ? ascii_lower(rest.p[0]) : 0;
		rest = scan_skip(rest, end);
		if (letter == 'b' && !has_branch && slice_istarts(piece, branch))
			has_branch = piece_value(piece, branch, &via->branch);
		else if (letter != 'r')
			continue;
		else if (!has_received && slice_istarts(piece, received))
			has_received = piece_value(piece, received, &via->received);
		else if (!via->has_rport && slice_istarts(piece, rport))
			via->has_rport = piece_value(piece, rport, &via->rport);
	}
}

/* Take "SIP/2.0/transport", up to the sent-by, off the front of *s. */
static bool take_protocol(struct slice *s, struct slice *transport)
{
	static const struct slice usual = { "SIP/2.0/", sizeof("SIP/2.0/") - 1 };
	if (s->len > usual.len && slice_eq(scan_head(*s, usual.len), usual))
		*s = scan_skip(*s, usual.len);
	else if (!take_word(s, SLICE("SIP")) || !take_word(s, SLICE("/")) ||
	         !take_word(s, SLICE("2.0")) || !take_word(s, SLICE("/")))
		return false;
	struct slice t = scan_trim_front(*s);
	size_t n = 0;
	while (n < t.len && !scan_is_lws(t.p[n]) && t.p[n] != ';' && t.p[n] != ',')
		n++;
	if (n == 0 || n == t.len || !scan_is_lws(t.p[n]))
		return false;
	*transport = scan_head(t, n);
	*s = scan_trim_front(scan_skip(t, n));
	return s->len > 0 && s->p[0] != ';' && s->p[0] != ',';
}

bool sip_via_starts(struct slice value)
{
	struct slice transport;
	return take_protocol(&value, &transport);
}

/* --- Via as nearly all are: one space, a name or IPv4 address, parameters of token
 * characters, names in lower case. In one pass, a fifth of the work. */

/* End of a run of token characters. */
static const char *run(const char *p, const char *end)
{
	while (p < end && scan_is_token(*p))
		p++;
	return p;
}

static bool is_host(char c)
{
	return (unsigned char)(ascii_lower(c) - 'a') < 26 || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-';
}

/* A parameter; false: it is none that needs no care. */
static bool plain_param(struct sip_via *via, struct slice name, struct slice value)
{
	unsigned char letter = ascii_lower(name.p[0]);
	if (letter != 'b' && letter != 'r')
		return true;
	if (slice_eq(name, SLICE("branch"))) {
		if (!value.len)
			return false;
		if (!via->branch.p)
			via->branch = value;
	} else if (slice_eq(name, SLICE("rport"))) {
		if (!via->has_rport)
			via->rport = value;
		via->has_rport = true;
	} else if (slice_eq(name, SLICE("received"))) {
		if (!value.len)
			return false;
		if (!via->received.p)
			via->received = value;
	} else {
		return name.len != 6 && name.len != 5 && name.len != 8;
	}
	return true;
}

/* The parameters from `p` on, which is a semicolon or the end; where they end, or NULL.
 */
static const char *plain_params(struct sip_via *via, const char *p, const char *end)
{
	const char *begin = p;
	while (p < end && *p == ';') {
		const char *name = p + 1, *value;
		p = run(name, end);
		struct slice word = { name, (size_t)(p - name) };
		value = p;
		if (p < end && *p == '=') {
			value = p + 1;
			p = run(value, end);
		}
		if (word.len == 0 ||
		    !plain_param(via, word, (struct slice){ value, (size_t)(p - value) }))
			return NULL;
	}
	via->params = (struct slice){ begin, (size_t)(p - begin) };
	return p;
}

static bool plain_via(struct slice *rest, struct sip_via *out)
{
	struct sip_via via = { .port = 0 };
	const char *p = rest->p, *end = p + rest->len, *begin;
	if (rest->len < 12 || memcmp(p, "SIP/2.0/", 8) != 0)
		return false;
	begin = p += 8;
	p = run(p, end);
	via.transport = (struct slice){ begin, (size_t)(p - begin) };
	if (p == begin || p == end || *p++ != ' ')
		return false;
	begin = p;
	while (p < end && is_host(*p))
		p++;
	via.host = (struct slice){ begin, (size_t)(p - begin) };
	if (p == begin)
		return false;
	if (p < end && *p == ':') {
		begin = ++p;
		for (; p < end && *p >= '0' && *p <= '9' && p - begin < 5; p++)
			via.port = via.port * 10 + (uint32_t)(*p - '0');
		if (p == begin || via.port > UINT16_MAX)
			return false;
	}
	p = plain_params(&via, p, end);
	if (!p || (p < end && *p != ','))
		return false;
	*out = via;
	*rest = SLICE_NONE;
	if (p < end) {
		p++;
		p += p < end && *p == ' ';
		*rest = (struct slice){ p, (size_t)(end - p) };
	}
	return true;
}

enum err sip_via_next(struct slice *rest, struct sip_via *out)
{
	struct slice element;
	if (rest->p && plain_via(rest, out))
		return OK;
	if (!sip_list_next(rest, &element))
		return ERR_END;
	return sip_via_parse(out, element);
}

enum err sip_via_parse(struct sip_via *out, struct slice element)
{
	struct sip_via via = { .port = 0 };
	if (!take_protocol(&element, &via.transport))
		return ERR_FORMAT;
	size_t end = scan_index(element, ';');
	parse_sent_by(&via, scan_trim(scan_head(element, end)));
	via.params = scan_skip(element, end);
	parse_via_params(&via);
	*out = via;
	return OK;
}

/* Up to 18 digits, which fit, one space, and a method to the end: as nearly all are. */
static bool plain_cseq(struct slice value, struct sip_cseq *out)
{
	uint64_t number = 0;
	size_t n = 0;
	for (; n < value.len && n < 18 && value.p[n] >= '0' && value.p[n] <= '9'; n++)
		number = number * 10 + (uint64_t)(value.p[n] - '0');
	if (n == 0 || n + 1 >= value.len || value.p[n] != ' ')
		return false;
	struct slice method = scan_skip(value, n + 1);
	for (size_t i = 0; i < method.len; i++)
		if (scan_is_lws(method.p[i]))
			return false;
	*out = (struct sip_cseq){ number, method };
	return true;
}

enum err sip_cseq_parse(struct sip_cseq *out, struct slice value)
{
	struct sip_cseq cseq;
	if (plain_cseq(value, out))
		return OK;
	struct slice s = scan_trim_front(value);
	size_t n = 0;
	while (n < s.len && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	if (!slice_uint(scan_head(s, n), &cseq.number))
		return ERR_FORMAT;
	s = scan_skip(s, n);
	if (s.len == 0 || !scan_is_lws(s.p[0]))
		return ERR_FORMAT;
	s = scan_trim_front(s);
	for (n = 0; n < s.len && !scan_is_lws(s.p[n]);)
		n++;
	if (n == 0)
		return ERR_FORMAT;
	cseq.method = scan_head(s, n);
	*out = cseq;
	return OK;
}
