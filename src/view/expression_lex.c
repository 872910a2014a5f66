/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/expression_lex.h"

#include <string.h>

/* --- tokens */

static const struct {
	const char *text;
	enum expression_mark mark;
} marks[] = {
	{ "==", EXPRESSION_EQUAL },      { "!=", EXPRESSION_NOT_EQUAL },
	{ "<=", EXPRESSION_LESS_EQUAL }, { ">=", EXPRESSION_GREATER_EQUAL },
	{ "&&", EXPRESSION_AND },        { "||", EXPRESSION_OR },
	{ "..", EXPRESSION_RANGE },      { "(", EXPRESSION_OPEN },
	{ ")", EXPRESSION_CLOSE },       { "{", EXPRESSION_BRACE_OPEN },
	{ "}", EXPRESSION_BRACE_CLOSE }, { ",", EXPRESSION_COMMA },
	{ "<", EXPRESSION_LESS },        { ">", EXPRESSION_GREATER },
	{ "~", EXPRESSION_TILDE },       { "!", EXPRESSION_NOT },
};

/* A word goes on until white space or one of the marks; a single dot is part of it. */
static size_t word_length(struct slice s)
{
	size_t n = 0;
	while (n < s.len && (unsigned char)s.p[n] > ' ' &&
	       !strchr("(){},<>=!~&|\"'", s.p[n])) {
		if (s.p[n] == '.' && n + 1 < s.len && s.p[n + 1] == '.')
			break;
		n++;
	}
	return n;
}

/* What is between the quotes. A backslash before a quote goes, and keeps it from ending
 * the string; all others stay, as regular expressions want them. */
static enum err take_string(struct expression_lexer *l, struct expression_token *out)
{
	char quote = l->rest.p[0];
	char *to = l->begin + (l->rest.p + 1 - l->begin), *from = to;
	const char *end = l->rest.p + l->rest.len;
	out->kind = EXPRESSION_STRING;
	out->text.p = to;
	for (; from < end && *from != quote; from++) {
		if (*from == '\\' && from + 1 < end &&
		    (from[1] == quote || from[1] == '\\')) {
			/* two backslashes stay two, for regular expressions */
			if (from[1] == '\\')
				*to++ = *from;
			from++;
		}
		*to++ = *from;
	}
	if (from == end) {
		l->why = "this string never ends";
		return ERR_FORMAT;
	}
	out->text.len = (size_t)(to - out->text.p);
	l->rest = slice_skip(l->rest, (size_t)(from + 1 - l->rest.p));
	return OK;
}

enum err expression_lex(struct expression_lexer *l, struct expression_token *out)
{
	l->rest = slice_trim(l->rest);
	*out = (struct expression_token){ .column =
		                                  (unsigned)(l->rest.p - l->begin) + 1 };
	if (l->rest.len == 0)
		return OK;
	if (l->rest.p[0] == '"' || l->rest.p[0] == '\'')
		return take_string(l, out);
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		struct slice mark = slice_of(marks[i].text);
		if (!slice_eq(slice_head(l->rest, mark.len), mark))
			continue;
		out->kind = EXPRESSION_MARK;
		out->mark = marks[i].mark;
		l->rest = slice_skip(l->rest, mark.len);
		return OK;
	}
	size_t n = word_length(l->rest);
	if (n == 0) {
		l->why = l->rest.p[0] == '=' ? "to compare, write =="
		                             : "this character has no meaning here";
		return ERR_FORMAT;
	}
	out->kind = EXPRESSION_WORD;
	out->text = slice_head(l->rest, n);
	l->rest = slice_skip(l->rest, n);
	return OK;
}

/* --- values */

bool expression_number(struct slice text, double *out)
{
	bool minus = text.len && text.p[0] == '-';
	if (minus)
		text = slice_skip(text, 1);
	size_t dot = slice_index(text, '.');
	struct slice decimals = slice_skip(text, dot + 1);
	uint64_t whole, part = 0;
	double scale = 1;
	if (!slice_uint(slice_head(text, dot), &whole))
		return false;
	if (dot < text.len && (decimals.len > 15 || !slice_uint(decimals, &part)))
		return false;
	for (size_t i = 0; i < decimals.len; i++)
		scale *= 10;
	*out = (double)whole + (double)part / scale;
	if (minus)
		*out = -*out;
	return true;
}

/* n digits off the front of *s, with a separator before them. */
static bool take_digits(struct slice *s, char separator, size_t n, unsigned *out)
{
	uint64_t number;
	if (separator) {
		if (s->len == 0 || s->p[0] != separator)
			return false;
		*s = slice_skip(*s, 1);
	}
	if (s->len < n || !slice_uint(slice_head(*s, n), &number))
		return false;
	*s = slice_skip(*s, n);
	*out = (unsigned)number;
	return true;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar, of years from 1970 on. */
static unsigned days_to(unsigned year, unsigned month, unsigned day)
{
	static const unsigned before[] = { 0,   31,  59,  90,  120, 151,
		                           181, 212, 243, 273, 304, 334 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	unsigned past = year - 1;
	unsigned days = year * 365 + past / 4 - past / 100 + past / 400;
	return days - 719527 + before[month - 1] + (leap && month > 2) + day - 1;
}

/* ".123" off the front, in ns. */
static bool take_fraction(struct slice *s, tick *ns)
{
	size_t n = 0;
	tick unit = TICK_S;
	*ns = 0;
	for (n = 1; n < s->len && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
		unit /= 10;
		*ns += unit * (tick)(s->p[n] - '0');
	}
	*s = slice_skip(*s, n);
	return n > 1;
}

bool expression_time(struct slice text, tick *out)
{
	unsigned year, month, day, hour = 0, minute = 0, second = 0;
	tick fraction = 0;
	if (!take_digits(&text, 0, 4, &year) || !take_digits(&text, '-', 2, &month) ||
	    !take_digits(&text, '-', 2, &day))
		return false;
	if (text.len && text.p[0] != 'T' && text.p[0] != ' ')
		return false;
	if (text.len && (!take_digits(&text, text.p[0], 2, &hour) ||
	                 !take_digits(&text, ':', 2, &minute)))
		return false;
	if (text.len && text.p[0] == ':' && !take_digits(&text, ':', 2, &second))
		return false;
	if (text.len && text.p[0] == '.' && !take_fraction(&text, &fraction))
		return false;
	if (text.len && !slice_eq(text, SLICE("Z")))
		return false;
	/* years that fit into a tick */
	if (year < 1970 || year > 2500 || month < 1 || month > 12 || day < 1 ||
	    day > 31 || hour > 23 || minute > 59 || second > 60)
		return false;
	tick seconds = (tick)days_to(year, month, day) * 86400 + hour * 3600 +
	               minute * 60 + second;
	*out = seconds * TICK_S + fraction;
	return true;
}

#define NAME_MAX_LENGTH 40

unsigned expression_distance(struct slice a, struct slice b)
{
	unsigned row[NAME_MAX_LENGTH + 1];
	if (a.len > NAME_MAX_LENGTH || b.len > NAME_MAX_LENGTH)
		return NAME_MAX_LENGTH;
	for (unsigned j = 0; j <= b.len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned corner = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned cost = corner + (ascii_lower(a.p[i - 1]) !=
			                          ascii_lower(b.p[j - 1]));
			unsigned other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			corner = row[j];
			row[j] = cost < other ? cost : other;
		}
	}
	return row[b.len];
}

const char *expression_nearest(struct slice text,
                               const char *(*name)(const void *, unsigned),
                               const void *arg)
{
	const char *best = NULL, *word;
	unsigned least = text.len < 5 ? 2 : 3; /* fewer letters cannot differ in more */
	for (unsigned i = 0; (word = name(arg, i)); i++) {
		unsigned d = expression_distance(text, slice_of(word));
		if (d < least) {
			least = d;
			best = word;
		}
	}
	return best;
}
