/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/complete.h"

#include <stdio.h>
#include <string.h>

#include "view/field.h"

static bool is_word(char c)
{
	unsigned char l = ascii_lower(c);
	return (l >= 'a' && l <= 'z') || (l >= '0' && l <= '9') || l == '_' || l == '.' ||
	       l == '-';
}

static size_t skip_spaces_back(struct slice text, size_t at)
{
	while (at > 0 && text.p[at - 1] == ' ')
		at--;
	return at;
}

static size_t word_begin(struct slice text, size_t at)
{
	while (at > 0 && is_word(text.p[at - 1]))
		at--;
	return at;
}

/* The word that ends here, spaces behind it aside; *at moves to its begin. */
static struct slice word_before(struct slice text, size_t *at)
{
	size_t end = skip_spaces_back(text, *at);
	*at = word_begin(text, end);
	return (struct slice){ text.p + *at, end - *at };
}

static bool is_quoted(struct slice text, size_t at)
{
	char quote = '\0';
	for (size_t i = 0; i < at; i++) {
		char c = text.p[i];
		if (quote && c == '\\' && i + 1 < at && text.p[i + 1] == quote)
			i++;
		else if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? '\0' : c;
	}
	return quote != '\0';
}

/* The field that what is typed here is compared with; FIELD_COUNT: it is no value. */
static enum field_id compared_field(struct slice text, size_t at)
{
	at = skip_spaces_back(text, at);
	size_t open = at;
	while (open > 0 && text.p[open - 1] != '{' && text.p[open - 1] != '}')
		open--;
	if (open > 0 && text.p[open - 1] == '{') {
		at = open - 1;
		if (!slice_eq(word_before(text, &at), SLICE("in")))
			return FIELD_COUNT;
	} else if (at > 1 && text.p[at - 1] == '=' &&
	           (text.p[at - 2] == '=' || text.p[at - 2] == '!')) {
		at -= 2;
	} else {
		struct slice word = word_before(text, &at);
		if (!slice_eq(word, SLICE("eq")) && !slice_eq(word, SLICE("ne")))
			return FIELD_COUNT;
	}
	return field_find(word_before(text, &at));
}

static void add(struct complete *c, struct slice typed, const char *name)
{
	size_t len = strlen(name);
	if (len < typed.len || len >= COMPLETE_NAME || c->n == COMPLETE_MAX ||
	    memcmp(name, typed.p, typed.len) != 0)
		return;
	memcpy(c->names[c->n], name, len + 1);
	if (c->n == 0)
		c->common = len;
	for (size_t i = 0; i < c->common; i++)
		if (name[i] != c->names[0][i])
			c->common = i;
	c->n++;
}

/* The shortest name that means the field. */
static void add_field(struct complete *c, struct slice typed, enum field_id id)
{
	char name[COMPLETE_NAME];
	const char *alone = field_name(id);
	if (field_find(slice_of(alone)) == id)
		snprintf(name, sizeof(name), "%s", alone);
	else
		snprintf(name, sizeof(name), "%s.%s", field_record_name(field_record(id)),
		         alone);
	add(c, typed, name);
}

void complete_at(struct complete *out, struct slice text, size_t at)
{
	memset(out, 0, sizeof(*out));
	at = at < text.len ? at : text.len;
	size_t from = word_begin(text, at);
	struct slice typed = { text.p + from, at - from };
	out->from = from;
	out->to = at;
	if (is_quoted(text, from))
		return;
	enum field_id field = compared_field(text, from);
	if (field == FIELD_COUNT) {
		for (unsigned id = 0; id < FIELD_COUNT; id++)
			add_field(out, typed, (enum field_id)id);
		return;
	}
	const char *word;
	for (unsigned i = 0; (word = field_word(field, i)); i++)
		add(out, typed, word);
}
