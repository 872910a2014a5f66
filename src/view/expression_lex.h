/* SPDX-License-Identifier: MIT */
/* view/expression_lex.h - inside expressions: its words, marks, numbers and times. */
#ifndef VIEW_EXPRESSION_LEX_H
#define VIEW_EXPRESSION_LEX_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"
#include "base/tick.h"

enum expression_token_kind {
	EXPRESSION_END,
	EXPRESSION_WORD,   /* a name, a number, an address, a value without quotes */
	EXPRESSION_STRING, /* in quotes, which are taken off and escapes undone */
	EXPRESSION_MARK
};

enum expression_mark {
	EXPRESSION_NO_MARK,
	EXPRESSION_OPEN,
	EXPRESSION_CLOSE,
	EXPRESSION_BRACE_OPEN,
	EXPRESSION_BRACE_CLOSE,
	EXPRESSION_COMMA,
	EXPRESSION_RANGE, /* .. */
	EXPRESSION_EQUAL,
	EXPRESSION_NOT_EQUAL,
	EXPRESSION_LESS,
	EXPRESSION_LESS_EQUAL,
	EXPRESSION_GREATER,
	EXPRESSION_GREATER_EQUAL,
	EXPRESSION_TILDE,
	EXPRESSION_NOT,
	EXPRESSION_AND,
	EXPRESSION_OR
};

struct expression_token {
	enum expression_token_kind kind;
	enum expression_mark mark;
	struct slice text;
	unsigned column; /* from 1 */
};

/* Start with begin = rest.p. The text is the caller's, and written to: escapes of a
 * string are undone where it stands. */
struct expression_lexer {
	struct slice rest;
	char *begin;
	const char *why; /* of ERR_FORMAT */
};

/* OK, or ERR_FORMAT: *out has the column of what is wrong. */
MUST_USE enum err expression_lex(struct expression_lexer *lexer,
                                 struct expression_token *out);

/* A number: digits, with decimals, with a minus. */
bool expression_number(struct slice text, double *out);

/* "2026-11-20T12:00:00.123Z" in UTC; from the right, all but the date may be left out. */
bool expression_time(struct slice text, tick *out);

/* Letters that must be changed, put in or taken out to make one of the other; of what is
 * longer than a name can be, many. */
unsigned expression_distance(struct slice a, struct slice b);

/* The word that is most like `text`, which is none, for a message; NULL: nothing is.
 * name: the words, from 0 on, then NULL; it gets arg. */
const char *expression_nearest(struct slice text,
                               const char *(*name)(const void *arg, unsigned n),
                               const void *arg);

#endif
