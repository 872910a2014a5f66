/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/expression.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sip/host.h"
#include "view/field.h"
#include "view/expression_lex.h"
#include "view/regex.h"

/* What an expression may have; nobody writes a larger one by hand, and a script can use
 * several runs. All of it is one block of memory, about 40 KiB. */
#define NODES_MAX    256
#define LITERALS_MAX 512
#define DEPTH_MAX    64 /* of parentheses, not and any */

enum node_kind { NODE_OR, NODE_AND, NODE_NOT, NODE_ANY, NODE_TEST };

enum test_op {
	OP_THERE, /* the field has a value; of a BOOL: it is true */
	OP_EQUAL,
	OP_NOT_EQUAL, /* it has a value, and none that is equal */
	OP_LESS,
	OP_LESS_EQUAL,
	OP_GREATER,
	OP_GREATER_EQUAL,
	OP_CONTAINS,
	OP_MATCHES,
	OP_IN
};

/* One value to compare with, or from one to another. */
struct literal {
	double number, to_number;
	struct slice text;
	tick time, to_time;
	struct net_addr addr;
	unsigned prefix; /* bits of addr that count */
};

struct node {
	uint8_t kind; /* enum node_kind */
	uint8_t op;   /* enum test_op */
	uint8_t field;
	uint16_t a, b;    /* nodes below */
	uint16_t literal; /* first of `count` */
	uint16_t count;
	struct slice header;
	struct regex *regex;
};
_Static_assert(FIELD_COUNT <= UINT8_MAX, "a field in a byte");

struct expression {
	struct mem *mem;
	uint16_t root, nnodes, nliterals;
	struct node nodes[NODES_MAX];
	struct literal literals[LITERALS_MAX];
	char text[EXPRESSION_TEXT_MAX + 1]; /* that slices of the others borrow */
};

/* --- parsing */

struct parse {
	struct expression *expression;
	struct expression_lexer lexer;
	struct expression_token token; /* the next one */
	struct expression_error *error;
	unsigned depth;
	enum err result;
};

/* Text of the expression for a message: printable ASCII, and not much of it. */
struct shown {
	char text[48];
};

static struct shown shown(struct slice s)
{
	struct shown out;
	size_t n = 0;
	for (; n < s.len && n < sizeof(out.text) - 1; n++)
		out.text[n] = (char)(s.p[n] >= 0x20 && s.p[n] < 0x7f ? s.p[n] : '?');
	out.text[n] = '\0';
	return out;
}

/* The first error counts. */
PRINTF_LIKE(3, 4)
static void wrong(struct parse *p, unsigned column, const char *format, ...)
{
	va_list args;
	if (p->result != OK)
		return;
	p->result = ERR_FORMAT;
	p->error->column = column;
	va_start(args, format);
	vsnprintf(p->error->why, EXPRESSION_WHY_MAX, format, args);
	va_end(args);
}

/* The same where the next token is. */
static void unexpected(struct parse *p, const char *why)
{
	wrong(p, p->token.column, "%s", why);
}

static void next(struct parse *p)
{
	if (expression_lex(&p->lexer, &p->token) != OK)
		unexpected(p, p->lexer.why);
}

static bool is_word(const struct parse *p, const char *text)
{
	return p->token.kind == EXPRESSION_WORD &&
	       slice_eq(p->token.text, slice_of(text));
}

static bool is_mark(const struct parse *p, enum expression_mark mark)
{
	return p->token.kind == EXPRESSION_MARK && p->token.mark == mark;
}

static void want(struct parse *p, enum expression_mark mark, const char *why)
{
	if (is_mark(p, mark))
		next(p);
	else
		unexpected(p, why);
}

static uint16_t new_node(struct parse *p, struct node node)
{
	struct expression *x = p->expression;
	if (x->nnodes == NODES_MAX) {
		unexpected(p, "the expression is too large");
		return 0;
	}
	x->nodes[x->nnodes] = node;
	return x->nnodes++;
}

/* --- literals */

static bool parse_address(struct slice text, struct literal *out)
{
	size_t slash = slice_index(text, '/');
	struct slice head = slice_head(text, slash);
	struct sip_host host;
	uint64_t prefix;
	sip_host_parse(&host, head);
	bool four = host.kind == SIP_HOST_IPV4;
	if (!four && host.kind != SIP_HOST_IPV6 && host.kind != SIP_HOST_IPV6_BARE)
		return false;
	out->addr.family = four ? 4 : 6;
	memcpy(out->addr.bytes, host.bytes, sizeof(out->addr.bytes));
	out->prefix = four ? 32 : 128;
	if (slash < text.len) {
		if (!slice_uint(slice_skip(text, slash + 1), &prefix) ||
		    prefix > out->prefix)
			return false;
		out->prefix = (unsigned)prefix;
	}
	return true;
}

static const char *word_name(const void *arg, unsigned n)
{
	return field_word(*(const enum field_id *)arg, n);
}

static void check_word(struct parse *p, enum field_id id)
{
	const char *word;
	for (unsigned i = 0; (word = field_word(id, i)); i++)
		if (slice_eq(p->token.text, slice_of(word)))
			return;
	const char *best = expression_nearest(p->token.text, word_name, &id);
	if (best)
		wrong(p, p->token.column, "%s never is '%s'; do you mean '%s'?",
		      field_name(id), shown(p->token.text).text, best);
	else
		wrong(p, p->token.column, "%s never is '%s'; it can be %s, %s ...",
		      field_name(id), shown(p->token.text).text, field_word(id, 0),
		      field_word(id, 1));
}

/* The token as a value for a field of this type. */
static void parse_value(struct parse *p, enum field_id id, struct literal *out)
{
	struct expression_token *t = &p->token;
	bool is_text = t->kind == EXPRESSION_WORD || t->kind == EXPRESSION_STRING;
	if (!is_text) {
		unexpected(p, "a value was expected");
		return;
	}
	out->text = t->text;
	switch (field_type(id)) {
	case FIELD_NUMBER:
		if (!expression_number(t->text, &out->number))
			unexpected(p, "a number was expected");
		out->to_number = out->number;
		break;
	case FIELD_TIME:
		if (!expression_time(t->text, &out->time))
			unexpected(p, "a time was expected, as \"2026-11-20T12:00:00Z\"");
		out->to_time = out->time;
		break;
	case FIELD_BOOL:
		if (!slice_eq(t->text, SLICE("true")) &&
		    !slice_eq(t->text, SLICE("false")))
			unexpected(p, "true or false was expected");
		out->number = out->to_number = slice_eq(t->text, SLICE("true"));
		break;
	case FIELD_ADDRESS:
		if (!parse_address(t->text, out))
			unexpected(p,
			           "an address was expected, as 192.0.2.1, 10.0.0.0/8 or "
			           "2001:db8::1");
		break;
	case FIELD_WORD: check_word(p, id); break;
	case FIELD_TEXT: break;
	}
	next(p);
}

static struct literal *new_literal(struct parse *p, struct node *node)
{
	struct expression *x = p->expression;
	if (x->nliterals == LITERALS_MAX) {
		unexpected(p, "the expression has too many values");
		return NULL;
	}
	if (node->count++ == 0)
		node->literal = x->nliterals;
	return &x->literals[x->nliterals++];
}

/* value or value .. value */
static void parse_element(struct parse *p, struct node *node)
{
	enum field_id id = (enum field_id)node->field;
	struct literal *from = new_literal(p, node), to = { 0 };
	if (!from)
		return;
	parse_value(p, id, from);
	if (!is_mark(p, EXPRESSION_RANGE) || p->result != OK)
		return;
	if (field_type(id) != FIELD_NUMBER && field_type(id) != FIELD_TIME) {
		unexpected(p, "only numbers and times have a range");
		return;
	}
	next(p);
	parse_value(p, id, &to);
	from->to_number = to.number;
	from->to_time = to.time;
}

static void parse_set(struct parse *p, struct node *node)
{
	want(p, EXPRESSION_BRACE_OPEN, "'{' was expected");
	do {
		parse_element(p, node);
		if (!is_mark(p, EXPRESSION_COMMA))
			break;
		next(p);
	} while (p->result == OK);
	want(p, EXPRESSION_BRACE_CLOSE, "',' or '}' was expected");
}

static void parse_regex(struct parse *p, struct node *node)
{
	char why[REGEX_WHY_MAX];
	size_t place;
	struct expression_token t = p->token;
	if (t.kind != EXPRESSION_WORD && t.kind != EXPRESSION_STRING) {
		unexpected(p, "a regular expression was expected, in quotes");
		return;
	}
	enum err e =
		regex_new(&node->regex, p->expression->mem, t.text, false, &place, why);
	if (e == ERR_FORMAT)
		wrong(p, t.column + (t.kind == EXPRESSION_STRING) + (unsigned)place,
		      "in the regular expression: %s", why);
	else if (e != OK && p->result == OK)
		p->result = e;
	next(p);
}

/* --- tests */

static const struct {
	const char *word;
	uint8_t mark;
	uint8_t op;
} ops[] = {
	{ "eq", EXPRESSION_EQUAL, OP_EQUAL },
	{ "ne", EXPRESSION_NOT_EQUAL, OP_NOT_EQUAL },
	{ "lt", EXPRESSION_LESS, OP_LESS },
	{ "le", EXPRESSION_LESS_EQUAL, OP_LESS_EQUAL },
	{ "gt", EXPRESSION_GREATER, OP_GREATER },
	{ "ge", EXPRESSION_GREATER_EQUAL, OP_GREATER_EQUAL },
	{ "contains", EXPRESSION_NO_MARK, OP_CONTAINS },
	{ "matches", EXPRESSION_TILDE, OP_MATCHES },
	{ "in", EXPRESSION_NO_MARK, OP_IN },
};

static enum test_op take_op(struct parse *p)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		bool mark = ops[i].mark != EXPRESSION_NO_MARK &&
		            is_mark(p, (enum expression_mark)ops[i].mark);
		if (mark || is_word(p, ops[i].word)) {
			next(p);
			return (enum test_op)ops[i].op;
		}
	}
	return OP_THERE;
}

static const char *any_name(const void *arg, unsigned n)
{
	(void)arg;
	return n < FIELD_COUNT && field_record((enum field_id)n) <= FIELD_MESSAGE
	               ? field_name((enum field_id)n)
	               : NULL;
}

static void no_field(struct parse *p)
{
	const char *best = expression_nearest(p->token.text, any_name, NULL);
	if (best)
		wrong(p, p->token.column, "there is no field '%s'; do you mean '%s'?",
		      shown(p->token.text).text, best);
	else
		wrong(p, p->token.column, "there is no field '%s'; see docs/filter.md",
		      shown(p->token.text).text);
}

static void parse_header(struct parse *p, struct node *node)
{
	want(p, EXPRESSION_OPEN, "'(' was expected, as in header(\"X-Account\")");
	if (p->token.kind != EXPRESSION_STRING && p->token.kind != EXPRESSION_WORD)
		unexpected(p, "the name of a header field was expected");
	node->header = p->token.text;
	next(p);
	want(p, EXPRESSION_CLOSE, "')' was expected");
}

static void check_op(struct parse *p, const struct node *node, unsigned column)
{
	enum field_type type = field_type((enum field_id)node->field);
	bool text = type == FIELD_TEXT || type == FIELD_WORD;
	bool order = node->op >= OP_LESS && node->op <= OP_GREATER_EQUAL;
	const char *name = field_name((enum field_id)node->field);
	if ((node->op == OP_CONTAINS || node->op == OP_MATCHES) && !text)
		wrong(p, column, "%s is no text: use == or <", name);
	if (order && type != FIELD_NUMBER && type != FIELD_TIME)
		wrong(p, column, "%s has no order: use ==, contains or ~", name);
}

static uint16_t parse_test(struct parse *p)
{
	struct node node = { .kind = NODE_TEST };
	if (p->token.kind != EXPRESSION_WORD) {
		unexpected(p, "the name of a field was expected");
		return 0;
	}
	enum field_id id = field_find(p->token.text);
	if (id == FIELD_COUNT) {
		no_field(p);
		return 0;
	}
	node.field = (uint8_t)id;
	next(p);
	if (id == FIELD_MSG_HEADER)
		parse_header(p, &node);
	unsigned column = p->token.column;
	node.op = (uint8_t)take_op(p);
	check_op(p, &node, column);
	uint16_t at = new_node(p, node); /* before the regex, which it owns */
	struct node *kept = &p->expression->nodes[at];
	if (p->result != OK)
		return at;
	if (node.op == OP_IN)
		parse_set(p, kept);
	else if (node.op == OP_MATCHES)
		parse_regex(p, kept);
	else if (node.op == OP_CONTAINS) {
		struct literal *l = new_literal(p, kept);
		bool text = p->token.kind == EXPRESSION_WORD ||
		            p->token.kind == EXPRESSION_STRING;
		if (!text)
			unexpected(p, "a value was expected");
		else if (l)
			l->text = p->token.text;
		next(p);
	} else if (node.op != OP_THERE) {
		struct literal *l = new_literal(p, kept);
		if (l)
			parse_value(p, id, l);
	}
	return at;
}

/* --- and, or, not */

static uint16_t parse_or(struct parse *p);

static bool deeper(struct parse *p)
{
	if (++p->depth > DEPTH_MAX)
		unexpected(p, "the expression is nested too deeply");
	return p->result == OK;
}

static uint16_t parse_inside(struct parse *p)
{
	uint16_t at = 0;
	want(p, EXPRESSION_OPEN, "'(' was expected");
	if (p->result == OK)
		at = parse_or(p);
	want(p, EXPRESSION_CLOSE, "')', 'and' or 'or' was expected");
	return at;
}

static uint16_t parse_not(struct parse *p)
{
	uint16_t at = 0;
	if (!deeper(p))
		return 0;
	if (is_mark(p, EXPRESSION_NOT) || is_word(p, "not")) {
		next(p);
		uint16_t below = parse_not(p);
		at = new_node(p, (struct node){ .kind = NODE_NOT, .a = below });
	} else if (is_word(p, "any")) {
		next(p);
		uint16_t below = parse_inside(p);
		at = new_node(p, (struct node){ .kind = NODE_ANY, .a = below });
	} else if (is_mark(p, EXPRESSION_OPEN)) {
		at = parse_inside(p);
	} else {
		at = parse_test(p);
	}
	p->depth--;
	return at;
}

static uint16_t parse_and(struct parse *p)
{
	uint16_t at = parse_not(p);
	while (p->result == OK && (is_mark(p, EXPRESSION_AND) || is_word(p, "and"))) {
		next(p);
		uint16_t b = parse_not(p);
		at = new_node(p, (struct node){ .kind = NODE_AND, .a = at, .b = b });
	}
	return at;
}

static uint16_t parse_or(struct parse *p)
{
	uint16_t at = parse_and(p);
	while (p->result == OK && (is_mark(p, EXPRESSION_OR) || is_word(p, "or"))) {
		next(p);
		uint16_t b = parse_and(p);
		at = new_node(p, (struct node){ .kind = NODE_OR, .a = at, .b = b });
	}
	return at;
}

enum err expression_new(struct expression **out, struct mem *mem, struct slice text,
                        struct expression_error *error)
{
	struct expression *x = mem_take(mem, sizeof(*x));
	if (!x)
		return ERR_NOMEM;
	x->mem = mem;
	struct parse p = { .expression = x, .error = error };
	if (text.len > EXPRESSION_TEXT_MAX) {
		wrong(&p, EXPRESSION_TEXT_MAX + 1, "the expression is too long");
		expression_free(x);
		return ERR_FORMAT;
	}
	if (text.len)
		memcpy(x->text, text.p, text.len);
	p.lexer.rest = (struct slice){ x->text, text.len };
	p.lexer.begin = x->text;
	next(&p);
	if (p.result == OK)
		x->root = parse_or(&p);
	if (p.token.kind != EXPRESSION_END)
		unexpected(&p, "'and' or 'or' was expected");
	if (p.result != OK) {
		expression_free(x);
		return p.result;
	}
	*out = x;
	return OK;
}

enum err expression_new_match(struct expression **out, struct mem *mem,
                              struct slice pattern, bool icase, bool invert,
                              struct expression_error *error)
{
	char why[REGEX_WHY_MAX];
	size_t place = 0;
	struct expression *x = mem_take(mem, sizeof(*x));
	if (!x)
		return ERR_NOMEM;
	x->mem = mem;
	x->nodes[0] = (struct node){ .kind = NODE_TEST,
		                     .op = OP_MATCHES,
		                     .field = FIELD_MSG_RAW };
	x->nodes[1] = (struct node){ .kind = NODE_NOT, .a = 0 };
	x->nnodes = 2;
	x->root = invert;
	enum err e = regex_new(&x->nodes[0].regex, mem, pattern, icase, &place, why);
	if (e != OK) {
		expression_free(x);
		if (e == ERR_FORMAT) {
			error->column = (unsigned)place + 1;
			snprintf(error->why, EXPRESSION_WHY_MAX, "%s", why);
		}
		return e;
	}
	*out = x;
	return OK;
}

void expression_free(struct expression *x)
{
	if (!x)
		return;
	for (unsigned i = 0; i < x->nnodes; i++)
		regex_free(x->nodes[i].regex);
	mem_give(x->mem, x, sizeof(*x));
}

uint64_t expression_given_up(const struct expression *x)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < x->nnodes; i++)
		if (x->nodes[i].regex)
			n += regex_given_up(x->nodes[i].regex);
	return n;
}

/* --- evaluating */

struct eval {
	struct expression *expression;
	struct field_of of;
	uint16_t node; /* of the any under way */
};

/* A test under way: what it compares with. */
struct test {
	const struct expression *expression;
	const struct node *node;
	enum field_type type;
	bool there; /* the field has a value */
};

static bool same_prefix(const struct net_addr *addr, const struct literal *l)
{
	unsigned bytes = l->prefix / 8, bits = l->prefix % 8;
	if (addr->family != l->addr.family ||
	    memcmp(addr->bytes, l->addr.bytes, bytes) != 0)
		return false;
	unsigned mask = 0xff00U >> bits & 0xffU;
	return bits == 0 || (addr->bytes[bytes] & mask) == (l->addr.bytes[bytes] & mask);
}

static bool equals(const struct test *t, const struct field_value *v,
                   const struct literal *l)
{
	switch (t->type) {
	case FIELD_NUMBER:
	case FIELD_BOOL: return v->number >= l->number && v->number <= l->to_number;
	case FIELD_TIME: return v->time >= l->time && v->time <= l->to_time;
	case FIELD_ADDRESS: return same_prefix(&v->addr, l);
	case FIELD_TEXT:
	case FIELD_WORD: break;
	}
	return slice_eq(v->text, l->text);
}

static bool contains(struct slice text, struct slice part)
{
	return part.len == 0 || (text.len >= part.len &&
	                         memmem(text.p, text.len, part.p, part.len) != NULL);
}

/* <0, 0, >0 as the value is to the literal. */
static int order(const struct test *t, const struct field_value *v)
{
	const struct literal *l = &t->expression->literals[t->node->literal];
	if (t->type == FIELD_TIME)
		return (v->time > l->time) - (v->time < l->time);
	return (v->number > l->number) - (v->number < l->number);
}

static bool try_value(void *arg, const struct field_value *v)
{
	struct test *t = arg;
	const struct node *n = t->node;
	const struct literal *l = &t->expression->literals[n->literal];
	t->there = true;
	switch ((enum test_op)n->op) {
	case OP_THERE: return t->type != FIELD_BOOL || v->number != 0;
	case OP_LESS: return order(t, v) < 0;
	case OP_LESS_EQUAL: return order(t, v) <= 0;
	case OP_GREATER: return order(t, v) > 0;
	case OP_GREATER_EQUAL: return order(t, v) >= 0;
	case OP_CONTAINS: return contains(v->text, l->text);
	case OP_MATCHES: return regex_match(n->regex, v->text);
	case OP_EQUAL:
	case OP_NOT_EQUAL:
	case OP_IN: break;
	}
	for (unsigned i = 0; i < n->count; i++)
		if (equals(t, v, &l[i]))
			return true;
	return false;
}

static bool run_test(struct eval *e, const struct node *n)
{
	enum field_id id = (enum field_id)n->field;
	struct test t = { e->expression, n, field_type(id), false };
	bool found = field_scan(&e->of, id, n->header, try_value, &t);
	return n->op == OP_NOT_EQUAL ? t.there && !found : found;
}

static bool run(struct eval *e, uint16_t at);

static bool run_for_message(void *arg)
{
	struct eval *e = arg;
	return run(e, e->node);
}

/* Depth is bounded by DEPTH_MAX, but for chains of and and or, which lean to the left:
 * they are walked down in the loop. */
static bool run(struct eval *e, uint16_t at)
{
	const struct node *n = &e->expression->nodes[at];
	switch ((enum node_kind)n->kind) {
	case NODE_OR: return run(e, n->a) || run(e, n->b);
	case NODE_AND: return run(e, n->a) && run(e, n->b);
	case NODE_NOT: return !run(e, n->a);
	case NODE_TEST: return run_test(e, n);
	case NODE_ANY: break;
	}
	uint16_t before = e->node;
	e->node = n->a;
	bool found = field_each_message(&e->of, run_for_message, e);
	e->node = before;
	return found;
}

bool expression_call(struct expression *x, struct engine *engine, uint32_t call)
{
	struct eval e = { .expression = x, .of = { .engine = engine, .call = call } };
	return run(&e, x->root);
}
