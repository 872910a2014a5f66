/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/form.h"

#include <string.h>

static const char *const methods[FORM_METHODS] = { "REGISTER", "INVITE",  "SUBSCRIBE",
	                                           "NOTIFY",   "INFO",    "KDMQ",
	                                           "OPTIONS",  "PUBLISH", "MESSAGE",
	                                           "REFER",    "UPDATE" };

const char *form_method(unsigned n)
{
	return methods[n];
}

struct writer {
	char *out;
	size_t size, len; /* len stays below size */
	bool full;
};

static void put(struct writer *w, struct slice text)
{
	if (text.len >= w->size - w->len) {
		w->full = true;
		return;
	}
	if (text.len)
		memcpy(w->out + w->len, text.p, text.len);
	w->len += text.len;
}

static void put_words(struct writer *w, const char *text)
{
	put(w, slice_of(text));
}

static void put_and(struct writer *w)
{
	if (w->len)
		put_words(w, " and ");
}

/* In quotes only the quote needs a backslash, and a backslash at the end would take the
 * closing one. `^` means the user part, as people write it: a URI has its scheme before
 * that. */
static void put_regex(struct writer *w, const char *field, struct slice text, bool uri)
{
	text = slice_trim(text);
	if (text.len == 0)
		return;
	put_and(w);
	put_words(w, field);
	put_words(w, " ~ \"(?i)");
	if (uri && text.p[0] == '^') {
		put_words(w, "^[^:]*:");
		text = slice_skip(text, 1);
	}
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '"')
			put_words(w, "\\");
		put(w, (struct slice){ text.p + i, 1 });
	}
	if (text.len && text.p[text.len - 1] == '\\')
		put_words(w, "(?:)");
	put_words(w, "\"");
}

/* "10.0." is 10.0.0.0/16, as many bytes as are written. */
static bool put_prefix(struct writer *w, struct slice address)
{
	unsigned dots = 0, digits = 0;
	for (size_t i = 0; i < address.len; i++) {
		char c = address.p[i];
		if (c == '.' && digits == 0)
			return false;
		if (c != '.' && (c < '0' || c > '9'))
			return false;
		dots += c == '.';
		digits = c == '.' ? 0 : digits + 1;
	}
	unsigned bytes = dots + (digits > 0);
	if (bytes == 0 || bytes > 3)
		return false;
	put(w, slice_head(address, address.len - (digits == 0)));
	for (unsigned i = bytes; i < 4; i++)
		put_words(w, ".0");
	put_words(w, bytes == 1 ? "/8" : bytes == 2 ? "/16" : "/24");
	return true;
}

/* "[2001:db8::1]:5060", "192.0.2.1:5060", or without a port. */
static struct slice split_port(struct slice text, struct slice *port)
{
	size_t colon = slice_index(text, ':');
	*port = SLICE_NONE;
	if (text.p[0] == '[') {
		size_t close = slice_index(text, ']');
		struct slice rest = slice_skip(text, close + 1);
		if (rest.len && rest.p[0] == ':')
			*port = slice_skip(rest, 1);
		return slice_skip(slice_head(text, close), 1);
	}
	struct slice rest = slice_skip(text, colon + 1);
	if (slice_index(rest, ':') < rest.len)
		return text; /* IPv6 */
	*port = rest;
	return slice_head(text, colon);
}

static void put_place(struct writer *w, const char *side, struct slice text)
{
	struct slice port;
	text = slice_trim(text);
	if (text.len == 0)
		return;
	struct slice address = split_port(text, &port);
	if (address.len) {
		put_and(w);
		put_words(w, side);
		put_words(w, ".ip == ");
		if (!put_prefix(w, address))
			put(w, address);
	}
	if (port.len) {
		put_and(w);
		put_words(w, side);
		put_words(w, ".port == ");
		put(w, port);
	}
}

static void put_methods(struct writer *w, const bool chosen[FORM_METHODS])
{
	unsigned n = 0;
	for (unsigned i = 0; i < FORM_METHODS; i++)
		n += chosen[i];
	if (n == 0 || n == FORM_METHODS)
		return;
	put_and(w);
	put_words(w, "transaction.method in {");
	for (unsigned i = 0, nth = 0; i < FORM_METHODS; i++) {
		if (!chosen[i])
			continue;
		put_words(w, nth++ ? ", " : "");
		put_words(w, methods[i]);
	}
	put_words(w, "}");
}

bool form_expression(const struct form *form, char *out, size_t size)
{
	struct writer w = { out, size, 0, size == 0 };
	if (size == 0)
		return false;
	put_regex(&w, "from.uri", form->from, true);
	put_regex(&w, "to.uri", form->to, true);
	put_place(&w, "source", form->source);
	put_place(&w, "destination", form->destination);
	put_regex(&w, "raw", form->payload, false);
	put_methods(&w, form->methods);
	out[w.len] = '\0';
	return !w.full;
}
