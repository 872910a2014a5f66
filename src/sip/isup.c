/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/isup.h"

#include <stdio.h>

#include "base/cursor.h"
#include "sip/field.h"

#define FIXED_MAX    4 /* parameters of a mandatory fixed part: the IAM has four */
#define VARIABLE_MAX 2 /* of a mandatory variable part: IAM of T1.113, CQR */

/* --- tables */

enum optional { NO, MAY, OPT };

struct type_row {
	uint8_t       code;
	const char   *acronym, *name;
	uint8_t       fixed[FIXED_MAX]; /* parameter codes, 0 behind the last */
	uint8_t       variable[VARIABLE_MAX];
	enum optional optional;
};

#define P(id) ISUP_PARAM_##id
#define ROW(id, code, name, f1, f2, f3, f4, v1, v2, opt)                                 \
	{ code, #id, name, { P(f1), P(f2), P(f3), P(f4) }, { P(v1), P(v2) }, opt },

static const struct type_row itu_types[] = {
#define TYPE(id, code, name, f1, f2, f3, f4, v1, v2, opt)                                \
	ROW(id, code, name, f1, f2, f3, f4, v1, v2, opt)
#define ANSI(id, code, name, f1, f2, f3, f4, v1, v2, opt)
#include "sip/isup_type.def"
#undef ANSI
#undef TYPE
};

static const struct type_row ansi_types[] = {
#define TYPE(id, code, name, f1, f2, f3, f4, v1, v2, opt)
#define ANSI(id, code, name, f1, f2, f3, f4, v1, v2, opt)                                \
	ROW(id, code, name, f1, f2, f3, f4, v1, v2, opt)
#include "sip/isup_type.def"
#undef ANSI
#undef TYPE
};

/* What a number has, in this order. */
enum {
	QUALIFIER    = 1U << 0, /* an octet of its own in front */
	PARITY       = 1U << 1, /* odd/even and nature: the first octet, always there */
	PLAN         = 1U << 2, /* the second octet, with all that follows here */
	INN          = 1U << 3,
	NI           = 1U << 4,
	PRESENTATION = 1U << 5,
	SCREENING    = 1U << 6
};

/* The layouts that isup_param.def names. */
enum number {
	NUMBER_NO         = 0,
	NUMBER_SUBSEQUENT = PARITY,
	NUMBER_CHARGE     = PARITY | PLAN,
	NUMBER_CALLED     = PARITY | PLAN | INN,
	NUMBER_DIVERTED   = PARITY | PLAN | PRESENTATION,
	NUMBER_CONNECTED  = PARITY | PLAN | PRESENTATION | SCREENING,
	NUMBER_CALLING    = PARITY | PLAN | NI | PRESENTATION | SCREENING,
	NUMBER_LOCATION   = PARITY | PLAN | INN | PRESENTATION | SCREENING,
	NUMBER_GENERIC    = QUALIFIER | PARITY | PLAN | NI | PRESENTATION | SCREENING
};

struct param_row {
	uint8_t     code;
	uint8_t     fixed; /* bytes in a mandatory fixed part */
	const char *name;
	enum number number;
};

static const struct param_row itu_params[] = {
#define PARAM(id, code, name, fixed, number, source)                                     \
	{ code, fixed, name, NUMBER_##number },
#define PARAM_ANSI(id, code, name, fixed, number, source)
#include "sip/isup_param.def"
#undef PARAM_ANSI
#undef PARAM
};

static const struct param_row ansi_params[] = {
#define PARAM(id, code, name, fixed, number, source)
#define PARAM_ANSI(id, code, name, fixed, number, source)                                \
	{ code, fixed, name, NUMBER_##number },
#include "sip/isup_param.def"
#undef PARAM_ANSI
#undef PARAM
};

/* Which variants a field is in. */
#define IN_ITU  (1U << ISUP_ITU)
#define IN_ANSI (1U << ISUP_ANSI)

static const struct field_row {
	uint8_t     code, octet, shift, width, variants;
	const char *name;
} fields[] = {
#define FIELD(id, param, octet, shift, width, name, source)                              \
	{ P(param), octet, shift, width, IN_ITU | IN_ANSI, name },
#define FIELD_ITU(id, param, octet, shift, width, name, source)                          \
	{ P(param), octet, shift, width, IN_ITU, name },
#define FIELD_ANSI(id, param, octet, shift, width, name, source)                         \
	{ P(param), octet, shift, width, IN_ANSI, name },
#define VALUE(id, value, text)
#define VALUE_ANSI(id, value, text)
#include "sip/isup_field.def"
#undef VALUE_ANSI
#undef VALUE
#undef FIELD_ANSI
#undef FIELD_ITU
#undef FIELD
};

_Static_assert(sizeof fields / sizeof fields[0] == ISUP_FIELD_COUNT, "one row each");

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct type_row *in_types(const struct type_row *rows, size_t n,
                                       uint8_t code)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

static const struct type_row *find_type(uint8_t code, enum isup_variant variant)
{
	const struct type_row *row = NULL;
	if (variant == ISUP_ANSI)
		row = in_types(ansi_types, LENGTH(ansi_types), code);
	return row ? row : in_types(itu_types, LENGTH(itu_types), code);
}

static const struct param_row *in_params(const struct param_row *rows, size_t n,
                                         uint8_t code)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

static const struct param_row *find_param(uint8_t code, enum isup_variant variant)
{
	const struct param_row *row = NULL;
	if (variant == ISUP_ANSI)
		row = in_params(ansi_params, LENGTH(ansi_params), code);
	return row ? row : in_params(itu_params, LENGTH(itu_params), code);
}

const char *isup_type_acronym(uint8_t type, enum isup_variant variant)
{
	const struct type_row *row = find_type(type, variant);
	return row ? row->acronym : "";
}

const char *isup_type_name(uint8_t type, enum isup_variant variant)
{
	const struct type_row *row = find_type(type, variant);
	return row ? row->name : "";
}

const char *isup_param_name(uint8_t code, enum isup_variant variant)
{
	const struct param_row *row = find_param(code, variant);
	return row ? row->name : "";
}

/* --- variant */

/* Does `symbol` name a known version? The IANA registry of RFC 3204 symbols, with and
 * without the year, and GR-317, which is ANSI's too. */
static bool known_variant(struct slice symbol, enum isup_variant *variant)
{
	static const struct {
		struct slice      start;
		enum isup_variant variant;
	} known[] = {
		{ { "ansi", 4 }, ISUP_ANSI }, { { "gr-317", 6 }, ISUP_ANSI },
		{ { "gr317", 5 }, ISUP_ANSI }, { { "itu", 3 }, ISUP_ITU },
		{ { "etsi", 4 }, ISUP_ITU },  { { "ttc", 3 }, ISUP_ITU },
		{ { "spirou", 6 }, ISUP_ITU },
	};
	if (symbol.len && symbol.p[0] == '"')
		symbol = slice_skip(symbol, 1);
	for (size_t i = 0; i < LENGTH(known); i++) {
		if (!slice_istarts(symbol, known[i].start))
			continue;
		*variant = known[i].variant;
		return true;
	}
	return false;
}

enum isup_variant isup_variant_of(struct slice content_type)
{
	enum isup_variant variant = ISUP_ITU;
	struct slice symbol;
	if (sip_param(content_type, SLICE("version"), &symbol) &&
	    known_variant(symbol, &variant))
		return variant;
	if (sip_param(content_type, SLICE("base"), &symbol))
		known_variant(symbol, &variant);
	return variant;
}

/* --- messages */

static void keep(struct isup_msg *msg, uint8_t code, struct slice value)
{
	msg->seen++;
	if (msg->nparams == ISUP_PARAMS_MAX) {
		msg->odd |= ISUP_ODD_MANY;
		return;
	}
	msg->params[msg->nparams++] = (struct isup_param){ value, code };
}

/* Q.763 1.5. False: the message ends within it. */
static bool read_fixed(struct isup_msg *msg, const struct type_row *row,
                       struct cursor *c)
{
	for (size_t i = 0; i < FIXED_MAX && row->fixed[i]; i++) {
		const struct param_row *param = find_param(row->fixed[i], msg->variant);
		struct slice value = cursor_take(c, param->fixed);
		if (c->failed)
			return false;
		keep(msg, row->fixed[i], value);
	}
	return true;
}

/* Where the pointers of a message stand and what they have led to. All offsets count
 * from the first pointer. */
struct pointers {
	struct slice all;                /* the message from there on */
	size_t       end;                /* behind the pointers */
	size_t       taken;              /* entries used of the next two */
	size_t       from[VARIABLE_MAX]; /* parameters, length octet included */
	size_t       to[VARIABLE_MAX];
};

/* May a pointer lead to `at`: neither to pointers nor into a parameter? */
static bool is_free(const struct pointers *p, size_t at)
{
	if (at < p->end || at >= p->all.len)
		return false;
	for (size_t i = 0; i < p->taken; i++)
		if (at >= p->from[i] && at < p->to[i])
			return false;
	return true;
}

/* Q.763 1.6 and 2.3: a pointer counts from itself to the length octet. */
static void read_variable(struct isup_msg *msg, uint8_t code, struct pointers *p,
                          size_t index, uint8_t pointer)
{
	size_t at = index + pointer;
	if (!is_free(p, at)) {
		msg->odd |= ISUP_ODD_POINTER;
		return;
	}
	struct cursor c = cursor_of(slice_skip(p->all, at));
	size_t len = cursor_u8(&c);
	struct slice value = cursor_take(&c, len);
	if (c.failed) {
		msg->odd |= ISUP_ODD_LENGTH;
		return;
	}
	for (size_t i = 0; i < p->taken; i++) {
		if (at < p->from[i] && at + 1 + len > p->from[i]) {
			msg->odd |= ISUP_ODD_POINTER; /* runs into an earlier one */
			return;
		}
	}
	p->from[p->taken] = at;
	p->to[p->taken++] = at + 1 + len;
	keep(msg, code, value);
}

/* Q.763 1.7 and 1.8. */
static void read_optional(struct isup_msg *msg, struct cursor *c)
{
	while (cursor_left(c)) {
		uint8_t code = cursor_u8(c);
		if (code == ISUP_PARAM_NONE)
			return;
		size_t len = cursor_u8(c);
		struct slice value = cursor_take(c, len);
		if (c->failed) {
			msg->odd |= ISUP_ODD_LENGTH;
			return;
		}
		keep(msg, code, value);
	}
	msg->odd |= ISUP_ODD_NO_END;
}

/* The pointers and all that they lead to. */
static void read_pointed(struct isup_msg *msg, const struct type_row *row,
                         struct cursor *c)
{
	size_t variable = 0;
	while (variable < VARIABLE_MAX && row->variable[variable])
		variable++;
	if (row->optional == MAY && cursor_left(c) == 0)
		return;
	struct pointers p = { .end = variable + (row->optional != NO) };
	p.all = cursor_rest(c);
	if (p.all.len < p.end) {
		msg->odd |= ISUP_ODD_TRUNCATED;
		return;
	}
	struct cursor pointer = cursor_of(p.all);
	for (size_t i = 0; i < variable; i++)
		read_variable(msg, row->variable[i], &p, i, cursor_u8(&pointer));
	uint8_t optional = row->optional == NO ? 0 : cursor_u8(&pointer);
	if (optional == 0) /* there is no optional part */
		return;
	if (!is_free(&p, variable + optional)) {
		msg->odd |= ISUP_ODD_POINTER;
		return;
	}
	struct cursor rest = cursor_of(slice_skip(p.all, variable + optional));
	read_optional(msg, &rest);
}

enum err isup_parse(struct isup_msg *msg, struct slice body, enum isup_variant variant)
{
	if (body.len == 0)
		return ERR_FORMAT;
	struct cursor c = cursor_of(body);
	msg->variant = variant;
	msg->type = cursor_u8(&c);
	msg->nparams = 0;
	msg->seen = 0;
	msg->odd = 0;
	const struct type_row *row = find_type(msg->type, variant);
	if (!row)
		msg->odd |= ISUP_ODD_UNKNOWN;
	else if (!read_fixed(msg, row, &c))
		msg->odd |= ISUP_ODD_TRUNCATED;
	else
		read_pointed(msg, row, &c);
	return OK;
}

const struct isup_param *isup_find(const struct isup_msg *msg, uint8_t code)
{
	for (size_t i = 0; i < msg->nparams; i++)
		if (msg->params[i].code == code)
			return &msg->params[i];
	return NULL;
}

/* --- indicators */

bool isup_field(const struct isup_msg *msg, enum isup_field field, unsigned *value)
{
	if ((unsigned)field >= ISUP_FIELD_COUNT)
		return false;
	const struct field_row *row = &fields[field];
	const struct isup_param *param = isup_find(msg, row->code);
	if (!param || param->value.len <= row->octet ||
	    !(row->variants & 1U << msg->variant))
		return false;
	struct cursor c = cursor_of(param->value);
	*value = (unsigned)cursor_peek(&c, row->octet) >> row->shift &
	         ((1U << row->width) - 1);
	return true;
}

const char *isup_field_name(enum isup_field field)
{
	return (unsigned)field < ISUP_FIELD_COUNT ? fields[field].name : "";
}

uint8_t isup_field_code(enum isup_field field)
{
	return (unsigned)field < ISUP_FIELD_COUNT ? fields[field].code : 0;
}

const char *isup_value_name(enum isup_field field, unsigned value,
                            enum isup_variant variant)
{
	static const struct {
		enum isup_field field;
		unsigned        value;
		bool            ansi; /* only there */
		const char     *text;
	} values[] = {
#define FIELD(id, param, octet, shift, width, name, source)
#define FIELD_ITU(id, param, octet, shift, width, name, source)
#define FIELD_ANSI(id, param, octet, shift, width, name, source)
#define VALUE(id, number, text)      { ISUP_FIELD_##id, number, false, text },
#define VALUE_ANSI(id, number, text) { ISUP_FIELD_##id, number, true, text },
#include "sip/isup_field.def"
#undef VALUE_ANSI
#undef VALUE
#undef FIELD_ANSI
#undef FIELD_ITU
#undef FIELD
	};
	for (size_t i = 0; i < LENGTH(values); i++)
		if (values[i].field == field && values[i].value == value &&
		    (!values[i].ansi || variant == ISUP_ANSI))
			return values[i].text;
	return "";
}

/* --- numbers */

#define ST       0xf /* end of pulsing: Q.763 3.9 e) */
#define ODD_BIT  0x80
#define HIGH_BIT 0x80

/* Q.763 3.9 e): two digits an octet, the first in its lower half. */
static void read_digits(struct isup_number *n, struct cursor *c, bool odd)
{
	static const char symbols[] = "0123456789ABCDEF";
	size_t octets = cursor_left(c);
	size_t total = octets * 2 - (odd && octets);
	uint8_t octet = 0;
	for (size_t i = 0; i < total; i++) {
		octet = i % 2 ? octet >> 4 : cursor_u8(c);
		if (i + 1 == total && (octet & 0xf) == ST) {
			n->end = true;
			break;
		}
		if (n->ndigits < ISUP_DIGITS_MAX)
			n->digits[n->ndigits++] = symbols[octet & 0xf];
		n->total++;
	}
	n->digits[n->ndigits] = '\0';
}

enum err isup_number(struct isup_number *out, const struct isup_param *param,
                     enum isup_variant variant)
{
	const struct param_row *row = find_param(param->code, variant);
	if (!row || row->number == NUMBER_NO)
		return ERR_FORMAT;
	unsigned has = row->number;
	struct cursor c = cursor_of(param->value);
	struct isup_number n = { .total = 0 };
	if (has & QUALIFIER)
		n.qualifier = cursor_u8(&c);
	uint8_t parity = cursor_u8(&c);
	uint8_t plan = has & PLAN ? cursor_u8(&c) : 0;
	if (c.failed)
		return ERR_FORMAT;
	if (has & PLAN)
		n.nature = parity & 0x7f;
	n.plan = plan >> 4 & 7;
	n.no_internal = (has & INN) && (plan & HIGH_BIT);
	n.incomplete = (has & NI) && (plan & HIGH_BIT);
	n.presentation = has & PRESENTATION ? plan >> 2 & 3 : 0;
	n.screening = has & SCREENING ? plan & 3 : 0;
	read_digits(&n, &c, parity & ODD_BIT);
	*out = n;
	return OK;
}

/* T1.113.3 3, called party number and charge number: the spare and the national ones
 * of Q.763. */
static const char *ansi_nature_name(uint8_t nature)
{
	switch (nature) {
	case 113: return "subscriber, operator requested";
	case 114: return "national, operator requested";
	case 115: return "international, operator requested";
	case 116: return "no number, operator requested";
	case 117: return "no number, cut-through to carrier";
	case 118: return "950+ call";
	case 119: return "test line";
	default:  return "";
	}
}

const char *isup_nature_name(uint8_t nature, enum isup_variant variant)
{
	if (variant == ISUP_ANSI && nature > 4)
		return ansi_nature_name(nature);
	switch (nature) {
	case 1:  return "subscriber";
	case 2:  return "unknown";
	case 3:  return "national";
	case 4:  return "international";
	case 5:  return "network-specific";
	case 6:  return "network routing number, national format";
	case 7:  return "network routing number, network-specific format";
	case 8:  return "network routing number with called directory number";
	default: return "";
	}
}

const char *isup_plan_name(uint8_t plan, enum isup_variant variant)
{
	switch (plan) {
	case 1:  return "ISDN (E.164)";
	case 3:  return "data (X.121)";
	case 4:  return "telex (F.69)";
	case 5:  return variant == ISUP_ANSI ? "private" : "national use";
	case 6:  return variant == ISUP_ANSI ? "" : "national use";
	default: return "";
	}
}

const char *isup_presentation_name(uint8_t presentation)
{
	switch (presentation) {
	case 0:  return "allowed";
	case 1:  return "restricted";
	case 2:  return "not available";
	default: return "";
	}
}

const char *isup_screening_name(uint8_t screening)
{
	switch (screening) {
	case 0:  return "user provided, not verified";
	case 1:  return "user provided, verified and passed";
	case 2:  return "user provided, verified and failed";
	case 3:  return "network provided";
	default: return "";
	}
}

/* --- causes */

enum err isup_cause(struct isup_cause *out, const struct isup_param *param)
{
	struct cursor c = cursor_of(param->value);
	uint8_t first = cursor_u8(&c);
	if (!(first & HIGH_BIT))
		cursor_u8(&c); /* the recommendation: Q.850 2 */
	uint8_t value = cursor_u8(&c);
	if (param->code != ISUP_PARAM_CAUSE || c.failed)
		return ERR_FORMAT;
	out->coding = first >> 5 & 3;
	out->location = first & 0xf;
	out->value = value & 0x7f;
	out->diagnostics = cursor_rest(&c);
	return OK;
}

static const char *itu_cause_name(uint8_t value)
{
	switch (value) {
#define CAUSE(value, name) case value: return name;
#define CAUSE_ANSI(value, name)
#include "sip/isup_cause.def"
#undef CAUSE_ANSI
#undef CAUSE
	default: return "";
	}
}

static const char *ansi_cause_name(uint8_t value)
{
	switch (value) {
#define CAUSE(value, name)
#define CAUSE_ANSI(value, name) case value: return name;
#include "sip/isup_cause.def"
#undef CAUSE_ANSI
#undef CAUSE
	default: return "";
	}
}

const char *isup_cause_name(const struct isup_cause *cause, enum isup_variant variant)
{
	if (cause->coding == 0)
		return itu_cause_name(cause->value);
	if (cause->coding == 2 && variant == ISUP_ANSI)
		return ansi_cause_name(cause->value);
	return "";
}

const char *isup_location_name(uint8_t location)
{
	switch (location) {
	case 0:  return "user";
	case 1:  return "private network serving the local user";
	case 2:  return "public network serving the local user";
	case 3:  return "transit network";
	case 4:  return "public network serving the remote user";
	case 5:  return "private network serving the remote user";
	case 7:  return "international network";
	case 10: return "network beyond interworking point";
	default: return "";
	}
}

/* --- summary */

struct line {
	char  *out;
	size_t len;
};

/* Append, with a space before it where something is there. */
static void say(struct line *l, const char *text)
{
	size_t room = ISUP_SUMMARY_MAX - l->len;
	int n = snprintf(l->out + l->len, room, "%s%s", l->len ? " " : "", text);
	if (n > 0)
		l->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void say_unsigned(struct line *l, unsigned number)
{
	char text[16];
	snprintf(text, sizeof text, "%u", number);
	say(l, text);
}

static void say_number(struct line *l, const struct isup_msg *msg, const char *label,
                       enum isup_code code)
{
	const struct isup_param *param = isup_find(msg, (uint8_t)code);
	struct isup_number number;
	if (!param || isup_number(&number, param, msg->variant) != OK || !number.ndigits)
		return;
	say(l, label);
	say(l, number.digits);
}

static void say_cause(struct line *l, const struct isup_msg *msg)
{
	const struct isup_param *param = isup_find(msg, ISUP_PARAM_CAUSE);
	struct isup_cause cause;
	if (!param || isup_cause(&cause, param) != OK)
		return;
	say(l, "cause");
	say_unsigned(l, cause.value);
	const char *name = isup_cause_name(&cause, msg->variant);
	if (*name)
		say(l, name);
}

static void say_field(struct line *l, const struct isup_msg *msg, const char *label,
                      enum isup_field field)
{
	unsigned value;
	if (!isup_field(msg, field, &value))
		return;
	const char *name = isup_value_name(field, value, msg->variant);
	if (*name && *label)
		say(l, label);
	if (*name)
		say(l, name);
}

size_t isup_summary(const struct isup_msg *msg, char out[ISUP_SUMMARY_MAX])
{
	struct line l = { out, 0 };
	const char *acronym = isup_type_acronym(msg->type, msg->variant);
	out[0] = '\0';
	say(&l, *acronym ? acronym : "type");
	if (!*acronym)
		say_unsigned(&l, msg->type);
	say_number(&l, msg, "called", ISUP_PARAM_CALLED_NUMBER);
	say_number(&l, msg, "digits", ISUP_PARAM_SUBSEQUENT_NUMBER);
	say_number(&l, msg, "calling", ISUP_PARAM_CALLING_NUMBER);
	say_number(&l, msg, "redirected by", ISUP_PARAM_REDIRECTING_NUMBER);
	say_number(&l, msg, "connected", ISUP_PARAM_CONNECTED_NUMBER);
	say_field(&l, msg, "", ISUP_FIELD_EVENT);
	unsigned status;
	if (isup_field(msg, ISUP_FIELD_CALLED_STATUS, &status) && status != 0)
		say_field(&l, msg, "", ISUP_FIELD_CALLED_STATUS);
	say_field(&l, msg, "by", ISUP_FIELD_SUSPENDED_BY);
	say_cause(&l, msg);
	return l.len;
}
