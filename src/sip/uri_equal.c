/* SPDX-License-Identifier: MIT */
/* URIs and telephone numbers compared: RFC 3261 19.1.4, RFC 3966 4. */
#include "config.h"

#include "sip/header.h"
#include "sip/scan.h"
#include "sip/uri.h"

#define ESCAPED 0x100u /* beside a reserved character that is escaped */
#define END     0x200u

#define NAME_ROOM 64 /* more than the longest name of header.def: cut, it is no name */

static bool is_separator(unsigned c)
{
	return c == '-' || c == '.' || c == '(' || c == ')';
}

/* Take the next character off *s. An escape is the character it stands for, but in the
 * set that RFC 2396 reserves: there it is not the same. */
static unsigned next_char(struct slice *s)
{
	static const struct slice reserved = { ";/?:@&=+$,", 10 };
	char c[2];
	if (s->len == 0)
		return END;
	struct slice escape = scan_head(*s, s->len < 3 ? s->len : 3);
	bool escaped = escape.len == 3 && escape.p[0] == '%' &&
	               sip_uri_unescape(escape, c, sizeof c) == 1 && c[0] != '%';
	if (!escaped) /* nor is a '%' without digits, and "%25" stays as it is */
		c[0] = s->p[0];
	*s = scan_skip(*s, escaped ? 3 : 1);
	if (escaped && scan_index(reserved, c[0]) < reserved.len)
		return ESCAPED | (unsigned char)c[0];
	return (unsigned char)c[0];
}

enum rule {
	EXACT,
	FOLD, /* ASCII case aside */
	PHONE /* and visual separators aside */
};

static unsigned next_by(struct slice *s, enum rule rule)
{
	unsigned c = next_char(s);
	while (rule == PHONE && is_separator(c))
		c = next_char(s);
	return rule != EXACT && c < ESCAPED ? ascii_lower((char)c) : c;
}

static bool equal_by(struct slice a, struct slice b, enum rule rule)
{
	unsigned x, y;
	do {
		x = next_by(&a, rule);
		y = next_by(&b, rule);
	} while (x == y && x != END);
	return x == y;
}

/* The pieces of one URI. */
struct pairs {
	struct slice name[SIP_URI_COMPARED], value[SIP_URI_COMPARED];
	size_t       n;
};

typedef bool pair_next(struct slice *rest, struct slice *name, struct slice *value);

/* False: there are more than are compared. */
static bool collect(struct pairs *out, struct slice s, pair_next *next)
{
	struct slice name, value;
	out->n = 0;
	while (next(&s, &name, &value)) {
		if (out->n == SIP_URI_COMPARED)
			return false;
		out->name[out->n] = name;
		out->value[out->n++] = value;
	}
	return true;
}

/* Index of the first pair of this name, or pairs->n. */
static size_t find(const struct pairs *pairs, struct slice name)
{
	size_t i = 0;
	while (i < pairs->n && !equal_by(pairs->name[i], name, FOLD))
		i++;
	return i;
}

/* May a parameter that only one of two URIs has be ignored? RFC 3261 19.1.4 names user,
 * ttl, method and maddr, and transport where it has its default value; its examples
 * make no difference by value, and what another transport reaches is another thing. */
static bool is_ignored(struct slice name)
{
	static const struct slice never[] = {
		{ "user", 4 },   { "ttl", 3 },       { "method", 6 },
		{ "maddr", 5 },  { "transport", 9 },
	};
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		if (equal_by(name, never[i], FOLD))
			return false;
	return true;
}

/* Does every parameter of a fit b? Where both have it, the first of each counts. */
static bool params_fit(const struct pairs *a, const struct pairs *b)
{
	for (size_t i = 0; i < a->n; i++) {
		struct slice name = a->name[i];
		if (find(a, name) < i)
			continue;
		size_t k = find(b, name);
		/* methods are case-sensitive (RFC 3261 7.1) */
		enum rule rule = equal_by(name, SLICE("method"), FOLD) ? EXACT : FOLD;
		if (k == b->n ? !is_ignored(name)
		              : !equal_by(a->value[i], b->value[k], rule))
			return false;
	}
	return true;
}

/* Of a name that may have escapes in it. */
static enum sip_hdr_id header_id(struct slice name)
{
	char plain[NAME_ROOM];
	size_t n = sip_uri_unescape(name, plain, sizeof plain);
	return sip_hdr_lookup((struct slice){ plain, n });
}

static bool same_header(struct slice a, struct slice b)
{
	enum sip_hdr_id id = header_id(a);
	return equal_by(a, b, FOLD) || (id != SIP_HDR_OTHER && header_id(b) == id);
}

/* Is there for each header of a one of its own in b? Both have the same number. */
static bool headers_fit(const struct pairs *a, const struct pairs *b)
{
	bool used[SIP_URI_COMPARED] = { false };
	for (size_t i = 0; i < a->n; i++) {
		size_t k = 0;
		while (k < b->n && (used[k] || !same_header(a->name[i], b->name[k]) ||
		                    !equal_by(a->value[i], b->value[k], EXACT)))
			k++;
		if (k == b->n)
			return false;
		used[k] = true;
	}
	return true;
}

static bool hostport_equal(const struct sip_hostport *a, const struct sip_hostport *b)
{
	if (a->has_port != b->has_port || !sip_host_equal(&a->host, &b->host))
		return false;
	if (a->bad_port || b->bad_port)
		return slice_eq(a->port_text, b->port_text);
	return a->port == b->port;
}

static bool sip_equal(const struct sip_uri *a, const struct sip_uri *b)
{
	if (a->scheme != b->scheme || a->has_user != b->has_user ||
	    a->has_password != b->has_password || !hostport_equal(&a->at, &b->at) ||
	    !equal_by(a->user, b->user, EXACT) ||
	    !equal_by(a->password, b->password, EXACT))
		return false;
	struct pairs x, y;
	if (!collect(&x, a->params, sip_uri_param_next) ||
	    !collect(&y, b->params, sip_uri_param_next))
		return slice_eq(a->text, b->text);
	if (!params_fit(&x, &y) || !params_fit(&y, &x))
		return false;
	if (!collect(&x, a->headers, sip_uri_header_next) ||
	    !collect(&y, b->headers, sip_uri_header_next))
		return slice_eq(a->text, b->text);
	return x.n == y.n && headers_fit(&x, &y);
}

bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b)
{
	struct sip_tel x, y;
	if (slice_eq(a->text, b->text))
		return true;
	if (a->scheme == SIP_URI_SIP || a->scheme == SIP_URI_SIPS)
		return sip_equal(a, b);
	return a->scheme == SIP_URI_TEL && b->scheme == SIP_URI_TEL &&
	       sip_uri_tel(&x, a) && sip_uri_tel(&y, b) && sip_tel_equal(&x, &y);
}

bool sip_uri_tel(struct sip_tel *out, const struct sip_uri *uri)
{
	struct sip_tel tel = { .params = SLICE_NONE };
	if (uri->scheme == SIP_URI_TEL) {
		tel.number = uri->user;
		tel.params = uri->params;
	} else if ((uri->scheme == SIP_URI_SIP || uri->scheme == SIP_URI_SIPS) &&
	           uri->has_user && slice_ieq(uri->param[SIP_URI_USER], SLICE("phone"))) {
		size_t end = scan_index(uri->user, ';');
		tel.number = scan_head(uri->user, end);
		tel.params = scan_skip(uri->user, end);
	} else {
		return false;
	}
	tel.is_global = tel.number.len && tel.number.p[0] == '+';
	struct slice rest = tel.params, name, value;
	while (sip_uri_param_next(&rest, &name, &value)) {
		struct slice *to = slice_ieq(name, SLICE("phone-context")) ? &tel.context
		                   : slice_ieq(name, SLICE("ext"))  ? &tel.extension
		                   : slice_ieq(name, SLICE("isub")) ? &tel.subaddress
		                                                    : NULL;
		if (to && !to->p)
			*to = value;
	}
	*out = tel;
	return true;
}

/* Same name, and same value by the rule of RFC 3966 4 for it? */
static bool tel_param_equal(const struct pairs *x, size_t i, const struct pairs *y,
                            size_t k)
{
	struct slice a = x->value[i], b = y->value[k];
	if (!equal_by(x->name[i], y->name[k], FOLD))
		return false;
	bool phone = equal_by(x->name[i], SLICE("ext"), FOLD) ||
	             (equal_by(x->name[i], SLICE("phone-context"), FOLD) && a.len &&
	              a.p[0] == '+' && b.len && b.p[0] == '+');
	return equal_by(a, b, phone ? PHONE : FOLD);
}

bool sip_tel_equal(const struct sip_tel *a, const struct sip_tel *b)
{
	bool used[SIP_URI_COMPARED] = { false };
	struct pairs x, y;
	/* the '+' of a global number is compared with it */
	if (!equal_by(a->number, b->number, PHONE) ||
	    !collect(&x, a->params, sip_uri_param_next) ||
	    !collect(&y, b->params, sip_uri_param_next) || x.n != y.n)
		return false;
	for (size_t i = 0; i < x.n; i++) {
		size_t k = 0;
		while (k < y.n && (used[k] || !tel_param_equal(&x, i, &y, k)))
			k++;
		if (k == y.n)
			return false;
		used[k] = true;
	}
	return true;
}

size_t sip_tel_digits(const struct sip_tel *tel, char *out, size_t size)
{
	struct slice rest = tel->number;
	size_t n = 0;
	while (n + 1 < size) {
		unsigned c = next_char(&rest);
		if (c == END)
			break;
		if (!is_separator(c))
			out[n++] = (char)(c & UINT8_MAX);
	}
	out[n] = '\0';
	return n;
}
