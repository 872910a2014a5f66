/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/check_plain.h"

#include <string.h>

#include "sip/scan.h"
#include "sip/value.h"

#define STATUS_TRYING   100
#define DIGITS_SURE     9 /* of a number below every bound of 31 or 32 bits */
#define PORT_DIGITS     5
#define PORT_MAX        65535
#define OCTET_DIGITS    3
#define OCTET_MAX       255
#define FIRST_MULTICAST 224 /* first octet of an IPv4 address that is no host */

/* Which characters stand where, as RFC 3261 25.1 has it or narrower. */
enum {
	TOKEN  = 1U << 0,
	WORD   = 1U << 1, /* of a Call-ID */
	USER   = 1U << 2, /* of a URI, without what divides: , ; ? / */
	PARAM  = 1U << 3, /* of a URI */
	HOST   = 1U << 4, /* letters, digits, '-' and '.' */
	VALUE  = 1U << 5, /* of a header parameter, without quotes */
	QUOTED = 1U << 6, /* between quotes, without angles */
	DIGIT  = 1U << 7
};

/* Sixteen characters to a row, the first 32 and the last 129 in no class. */
static const uint8_t classes[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* SP ! " # $ % & ' ( ) * + , - . / */
	0x40, 0x6f, 0x02, 0x40, 0x4c, 0x63, 0x4c, 0x6f,
	0x4e, 0x4e, 0x6f, 0x6f, 0x40, 0x7f, 0x7f, 0x4a,
	/* 0 to 9 : ; < = > ? */
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0x6a, 0x40, 0x02, 0x44, 0x02, 0x42,
	/* @ A to O */
	0x40, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f,
	0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f,
	/* P to Z [ \ ] ^ _ */
	0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f,
	0x7f, 0x7f, 0x7f, 0x6a, 0x02, 0x6a, 0x40, 0x6f,
	/* ` a to o */
	0x63, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f,
	0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f,
	/* p to z { | } ~ DEL, and the rest is 0 */
	0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f,
	0x7f, 0x7f, 0x7f, 0x42, 0x40, 0x42, 0x6f, 0,
};

static bool is_in(char c, unsigned class)
{
	return classes[(unsigned char)c] & class;
}

/* Take what is in `class` off the front of *s. */
static struct slice take_run(struct slice *s, unsigned class)
{
	size_t n = 0;
	while (n < s->len && is_in(s->p[n], class))
		n++;
	struct slice run = scan_head(*s, n);
	*s = scan_skip(*s, n);
	return run;
}

static bool take(struct slice *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	*s = scan_skip(*s, 1);
	return true;
}

static bool take_word(struct slice *s, struct slice word)
{
	if (s->len < word.len || memcmp(s->p, word.p, word.len) != 0)
		return false;
	*s = scan_skip(*s, word.len);
	return true;
}

static void pass_spaces(struct slice *s)
{
	while (take(s, ' '))
		;
}

/* A quoted string, the first quote of which is taken. */
static bool take_quoted(struct slice *s)
{
	take_run(s, QUOTED);
	return take(s, '"');
}

/* At least one digit and at most `most`, with no other behind them. */
static bool take_number(struct slice *s, size_t most, unsigned *number)
{
	struct slice digits = take_run(s, DIGIT);
	*number = 0;
	for (size_t i = 0; i < digits.len && i < most; i++)
		*number = *number * 10 + (unsigned)(digits.p[i] - '0');
	return digits.len > 0 && digits.len <= most;
}

/* --- hosts and URIs */

static bool take_ipv4(struct slice *s, unsigned *first)
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned octet;
		if ((i && !take(s, '.')) || !take_number(s, OCTET_DIGITS, &octet) ||
		    octet > OCTET_MAX)
			return false;
		if (i == 0)
			*first = octet;
	}
	return s->len == 0 || !is_in(s->p[0], HOST);
}

/* A name whose labels neither begin nor end with '-', nor the last one with a digit. */
static bool take_name(struct slice *s)
{
	struct slice name = take_run(s, HOST);
	char last = '.';
	size_t top = 0;
	for (size_t i = 0; i < name.len; i++) {
		char x = name.p[i];
		if (last == '.' ? x == '.' || x == '-' : last == '-' && x == '.')
			return false;
		if (last == '.')
			top = i;
		last = x;
	}
	return name.len && last != '.' && last != '-' && !is_in(name.p[top], DIGIT);
}

/* host [":" port]; *first is the first octet of an IPv4 address, 1 for a name. */
static bool take_hostport(struct slice *s, unsigned *first)
{
	unsigned port = 0;
	*first = 1;
	if (s->len && is_in(s->p[0], DIGIT) ? !take_ipv4(s, first) : !take_name(s))
		return false;
	return !take(s, ':') || (take_number(s, PORT_DIGITS, &port) && port <= PORT_MAX);
}

/* Note a name; false when it was there, or another that looks alike. Names that are
 * equal, case aside, have one bit. */
static bool is_new(uint64_t *names, struct slice name)
{
	unsigned first = (unsigned char)name.p[0] | 0x20;
	uint64_t bit = UINT64_C(1) << ((first + 5 * name.len) & 63);
	bool new = !(*names & bit);
	*names |= bit;
	return new;
}

static bool take_uri_params(struct slice *s)
{
	uint64_t names = 0;
	while (take(s, ';')) {
		struct slice name = take_run(s, PARAM);
		if (name.len == 0 || !is_new(&names, name))
			return false;
		if (take(s, '=') && take_run(s, PARAM).len == 0)
			return false;
		if (name.len == 6 && ascii_lower(name.p[0]) == 'm')
			return false; /* method: not everywhere */
	}
	return true;
}

/* A sip, sips or global tel URI; without brackets around it, what follows a ';' is not
 * its own (RFC 3261 20). */
static bool take_uri(struct slice *s, bool with_params)
{
	unsigned first;
	if (take_word(s, SLICE("tel:+")))
		return take_run(s, DIGIT).len && (!with_params || take_uri_params(s));
	if (!take_word(s, SLICE("sip:")) && !take_word(s, SLICE("sips:")))
		return false;
	struct slice rest = *s;
	if (take_run(&rest, USER).len && take(&rest, '@'))
		*s = rest;
	return take_hostport(s, &first) && (!with_params || take_uri_params(s));
}

bool sip_plain_request_uri(struct slice text)
{
	return take_uri(&text, true) && text.len == 0;
}

/* --- parameters */

enum param { NO_PARAM, A_PARAM, BAD_PARAM };

struct params {
	struct slice name, value; /* the one just taken; no value: empty */
	uint64_t     names;
	bool         quotes;      /* quoted values may be taken */
};

static enum param take_param(struct slice *s, struct params *p)
{
	pass_spaces(s);
	if (!take(s, ';'))
		return NO_PARAM;
	pass_spaces(s);
	p->name = take_run(s, TOKEN);
	p->value = SLICE_NONE;
	if (p->name.len == 0 || !is_new(&p->names, p->name))
		return BAD_PARAM;
	if (!take(s, '='))
		return A_PARAM;
	struct slice from = *s;
	if (p->quotes && take(s, '"'))
		p->value = take_quoted(s) ? scan_head(from, from.len - s->len)
		                          : SLICE_NONE;
	else
		p->value = take_run(s, VALUE);
	return p->value.len ? A_PARAM : BAD_PARAM;
}

static bool take_params(struct slice *s)
{
	struct params p = { .names = 0, .quotes = true };
	enum param got;
	while ((got = take_param(s, &p)) == A_PARAM)
		;
	return got == NO_PARAM;
}

static bool is_digits(struct slice s)
{
	unsigned number;
	return take_number(&s, DIGITS_SURE, &number) && s.len == 0;
}

/* --- addresses */

/* The name-addr or addr-spec without its parameters. */
static bool take_address(struct slice *s, struct params *p, bool bracketed)
{
	struct slice rest = *s;
	*p = (struct params){ .quotes = true };
	if (take(&rest, '"')) {
		if (!take_quoted(&rest))
			return false;
		pass_spaces(&rest);
	} else {
		while (rest.len && (is_in(rest.p[0], TOKEN) || rest.p[0] == ' '))
			rest = scan_skip(rest, 1);
	}
	if (take(&rest, '<')) {
		*s = rest;
		return take_uri(s, true) && take(s, '>');
	}
	p->quotes = false;
	return !bracketed && take_uri(s, false);
}

bool sip_plain_address(struct sip_checker *c, struct slice *s)
{
	(void)c;
	struct params p;
	enum param got = A_PARAM;
	if (!take_address(s, &p, false))
		return false;
	while (got == A_PARAM)
		got = take_param(s, &p);
	return got == NO_PARAM;
}

bool sip_plain_bracketed(struct sip_checker *c, struct slice *s)
{
	(void)c;
	struct params p;
	return take_address(s, &p, true) && take_params(s);
}

/* An address whose parameters have a tag, or have none. */
static bool take_tagged(struct slice *s, bool *tag)
{
	struct params p;
	enum param got;
	*tag = false;
	if (!take_address(s, &p, false))
		return false;
	while ((got = take_param(s, &p)) == A_PARAM) {
		if (!slice_ieq(p.name, SLICE("tag")))
			continue;
		if (p.value.len == 0)
			return false;
		*tag = true;
	}
	return got == NO_PARAM;
}

bool sip_plain_from(struct sip_checker *c, struct slice *s)
{
	(void)c;
	bool tag;
	return take_tagged(s, &tag) && tag;
}

bool sip_plain_to(struct sip_checker *c, struct slice *s)
{
	bool tag, response = c->msg->method.len == 0;
	if (!take_tagged(s, &tag))
		return false;
	if (tag)
		return response || !slice_eq(c->msg->method, SLICE("REGISTER"));
	return !response || c->msg->status == STATUS_TRYING;
}

bool sip_plain_contact(struct sip_checker *c, struct slice *s)
{
	struct params p;
	enum param got;
	uint16_t q;
	if (c->star || !take_address(s, &p, false))
		return false;
	while ((got = take_param(s, &p)) == A_PARAM)
		if ((slice_ieq(p.name, SLICE("q")) && sip_q_parse(&q, p.value) != OK) ||
		    (slice_ieq(p.name, SLICE("expires")) && !is_digits(p.value)))
			return false;
	c->contact = true;
	return got == NO_PARAM;
}

/* --- Via */

/* What check_via looks into beyond the grammar. */
static bool is_plain_via_param(const struct params *p, bool *branch)
{
	unsigned number;
	struct slice s = p->value;
	switch (ascii_lower(p->name.p[0])) {
	case 'b':
		*branch = *branch || slice_ieq(p->name, SLICE("branch"));
		return !*branch || (s.len > 7 && slice_istarts(s, SLICE("z9hG4bK")));
	case 'r':
		if (slice_ieq(p->name, SLICE("rport")))
			return s.len == 0 || (take_number(&s, PORT_DIGITS, &number) &&
			                      s.len == 0 && number <= PORT_MAX);
		return !slice_ieq(p->name, SLICE("received")) ||
		       (take_ipv4(&s, &number) && s.len == 0);
	case 'm':
	case 't':
		return false; /* maddr, ttl */
	default:
		return true;
	}
}

bool sip_plain_via(struct sip_checker *c, struct slice *s)
{
	struct params p = { .names = 0, .quotes = true };
	bool branch = false;
	enum param got;
	unsigned first;
	c->vias += c->vias < 2;
	if (!take_word(s, SLICE("SIP/2.0/")) || take_run(s, TOKEN).len == 0 ||
	    !take(s, ' ') || !take_hostport(s, &first))
		return false;
	if (c->vias == 2 && c->msg->method.len == 0 &&
	    (first == 0 || first >= FIRST_MULTICAST))
		return false;
	while ((got = take_param(s, &p)) == A_PARAM)
		if (!is_plain_via_param(&p, &branch))
			return false;
	return got == NO_PARAM && branch;
}

/* --- the other values */

bool sip_plain_token(struct sip_checker *c, struct slice *s)
{
	(void)c;
	return take_run(s, TOKEN).len > 0;
}

bool sip_plain_token_params(struct sip_checker *c, struct slice *s)
{
	return sip_plain_token(c, s) && take_params(s);
}

bool sip_plain_media(struct sip_checker *c, struct slice *s)
{
	return sip_plain_token(c, s) && take(s, '/') && sip_plain_token(c, s) &&
	       take_params(s);
}

bool sip_plain_call_id(struct sip_checker *c, struct slice *s)
{
	(void)c;
	if (take_run(s, WORD).len == 0)
		return false;
	return !take(s, '@') || take_run(s, WORD).len > 0;
}

bool sip_plain_cseq(struct sip_checker *c, struct slice *s)
{
	unsigned number;
	if (!take_number(s, DIGITS_SURE, &number) || !take(s, ' '))
		return false;
	struct slice method = take_run(s, TOKEN);
	return method.len > 0 &&
	       (c->msg->method.len == 0 || slice_eq(method, c->msg->method));
}

bool sip_plain_delta(struct sip_checker *c, struct slice *s)
{
	(void)c;
	unsigned number;
	return take_number(s, DIGITS_SURE, &number) && take_params(s);
}

bool sip_plain_max_forwards(struct sip_checker *c, struct slice *s)
{
	(void)c;
	unsigned number;
	return take_number(s, OCTET_DIGITS, &number) && number <= OCTET_MAX;
}

bool sip_plain_content_length(struct sip_checker *c, struct slice *s)
{
	unsigned number;
	return sip_msg_value(c->msg, SIP_HDR_CONTENT_LENGTH).p == s->p &&
	       take_number(s, DIGITS_SURE, &number);
}

bool sip_plain_auth(struct sip_checker *c, struct slice *s)
{
	(void)c;
	uint64_t names = 0;
	if (!take_word(s, SLICE("Digest ")))
		return false;
	do {
		pass_spaces(s);
		struct slice name = take_run(s, TOKEN);
		if (name.len == 0 || !is_new(&names, name) || !take(s, '='))
			return false;
		if (take(s, '"') ? !take_quoted(s) : take_run(s, VALUE).len == 0)
			return false;
	} while (take(s, ','));
	return true;
}

bool sip_plain_value(struct sip_checker *c, struct slice value, bool each,
                     bool (*plain)(struct sip_checker *c, struct slice *s))
{
	unsigned vias = c->vias;
	bool contact = c->contact;
	struct slice s = value;
	while (plain(c, &s)) {
		if (s.len == 0)
			return true;
		pass_spaces(&s);
		if (!each || !take(&s, ','))
			break;
		pass_spaces(&s);
	}
	c->vias = vias;
	c->contact = contact;
	return false;
}
