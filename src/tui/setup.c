/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/setup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/safe.h"
#include "base/utf8.h"
#include "view/expression.h"
#include "view/expression_lex.h"

static const struct setting_row rows[SETTING_COUNT] = {
#define SETTING(id, name, kind, values, value, label, help)                              \
	[SETTING_##id] = { name, SETTING_KIND_##kind, values, value, label, help },
#include "tui/setting.def"
#undef SETTING
};

const struct setting_row *setting_row(enum setting setting)
{
	return &rows[setting];
}

enum setting setting_find(struct slice name)
{
	unsigned i = 0;
	while (i < SETTING_COUNT && !slice_eq(name, slice_of(rows[i].name)))
		i++;
	return (enum setting)i;
}

/* --- reasons */

/* A word of the user in a reason: short, and printable. */
struct shown {
	char text[48];
};

static struct shown shown(struct slice text)
{
	struct shown s;
	safe_text_copy(slice_head(text, 40), false, s.text, sizeof(s.text));
	return s;
}

PRINTF_LIKE(2, 3)
static bool wrong(char why[SETUP_WHY_MAX], const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(why, SETUP_WHY_MAX, format, args);
	va_end(args);
	return false;
}

/* "there is no WHAT 'word'; do you mean 'other'?", or the remedy if nothing is near. */
static bool no_such(char why[SETUP_WHY_MAX], const char *what, struct slice word,
                    const char *(*name)(const void *, unsigned), const void *arg,
                    const char *remedy)
{
	const char *near = expression_nearest(word, name, arg);
	if (near)
		return wrong(why, "there is no %s '%s'; do you mean '%s'?", what,
		             shown(word).text, near);
	return wrong(why, "there is no %s '%s'; %s", what, shown(word).text, remedy);
}

/* --- values */

static struct slice nth_word(const char *words, unsigned n)
{
	struct slice rest = slice_of(words), word = slice_word(&rest);
	while (n-- && word.len)
		word = slice_word(&rest);
	return word;
}

unsigned setup_values(enum setting setting)
{
	unsigned n = 0;
	if (rows[setting].kind == SETTING_KIND_BOOL)
		return 2;
	while (nth_word(rows[setting].values, n).len)
		n++;
	return n;
}

struct slice setup_value(enum setting setting, unsigned number)
{
	if (rows[setting].kind == SETTING_KIND_BOOL)
		return number ? SLICE("yes") : SLICE("no");
	return nth_word(rows[setting].values, number);
}

void setup_choose(struct setup *setup, enum setting setting, unsigned number)
{
	setup->number[setting] = number;
	if (setting == SETTING_THEME)
		setup->theme.base = (enum theme_base)number;
	if (setting == SETTING_ALIAS_PORT)
		setup->aliases.with_port = number != 0;
}

static bool is_one_of(struct slice text, const char *words)
{
	struct slice rest = slice_of(words), word;
	while ((word = slice_word(&rest)).len)
		if (slice_ieq(word, text))
			return true;
	return false;
}

static bool set_bool(struct setup *setup, enum setting setting, struct slice text,
                     char *why)
{
	bool yes = is_one_of(text, "yes on true 1");
	if (!yes && !is_one_of(text, "no off false 0"))
		return wrong(why, "%s cannot be '%s'; write yes or no",
		             rows[setting].name, shown(text).text);
	setup_choose(setup, setting, yes);
	return true;
}

static bool set_choice(struct setup *setup, enum setting setting, struct slice text,
                       char *why)
{
	char words[128];
	size_t len = 0;
	for (unsigned i = 0; i < setup_values(setting); i++) {
		struct slice word = setup_value(setting, i);
		if (slice_ieq(text, word)) {
			setup_choose(setup, setting, i);
			return true;
		}
		len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%.*s",
		                        i ? ", " : "", (int)word.len, word.p);
	}
	return wrong(why, "%s cannot be '%s'; write one of %s", rows[setting].name,
	             shown(text).text, words);
}

static const char *nth_column(const void *arg, unsigned n)
{
	(void)arg;
	return n < COLUMN_COUNT ? column_name((enum column)n) : NULL;
}

static bool no_column(struct slice word, char *why)
{
	return no_such(
		why, "column", word, nth_column, NULL,
		"F10 on the screen lists them, and header:NAME is any header field");
}

static bool is_expression(struct setup *setup, struct slice text, char *why)
{
	struct expression *x = NULL;
	struct expression_error error;
	enum err err = text.len ? expression_new(&x, setup->mem, text, &error) : OK;
	if (err == OK)
		expression_free(x);
	else if (err == ERR_FORMAT)
		wrong(why, "column %u of the filter: %s", error.column, error.why);
	else
		wrong(why, "the filter is too large; make it shorter");
	return err == OK;
}

/* May it stand in a file, and be shown? */
static bool is_fine(const char *what, struct slice text, char *why)
{
	size_t len;
	char before = ' ';
	for (; text.len; text = slice_skip(text, len)) {
		uint32_t point = utf8_next(text, &len);
		if (point == UTF8_BAD || !utf8_is_printable(point))
			return wrong(why,
			             "%s has bytes that are no printable UTF-8; write it "
			             "anew",
			             what);
		if (point == ';' && before == ' ')
			return wrong(why,
			             "%s has a semicolon behind a space, which begins a "
			             "comment; write it otherwise",
			             what);
		before = *text.p;
	}
	return true;
}

static bool set_text(struct setup *setup, enum setting setting, struct slice text,
                     char *why)
{
	struct column_of column;
	enum setting_kind kind = rows[setting].kind;
	if (text.len >= SETUP_TEXT_MAX)
		return wrong(why, "%s is too long; write at most %d bytes",
		             rows[setting].name, SETUP_TEXT_MAX - 1);
	if (!is_fine(rows[setting].name, text, why))
		return false;
	if (kind == SETTING_KIND_COLUMN && !column_parse(text, &column))
		return no_column(text, why);
	if (kind == SETTING_KIND_FILTER && !is_expression(setup, text, why))
		return false;
	if (text.len)
		memcpy(setup->text[setting], text.p, text.len);
	setup->text[setting][text.len] = '\0';
	return true;
}

bool setup_set(struct setup *setup, enum setting setting, struct slice text, char *why)
{
	text = slice_trim(text);
	switch (rows[setting].kind) {
	case SETTING_KIND_BOOL: return set_bool(setup, setting, text, why);
	case SETTING_KIND_CHOICE: return set_choice(setup, setting, text, why);
	case SETTING_KIND_TEXT:
	case SETTING_KIND_COLUMN:
	case SETTING_KIND_FILTER: break;
	}
	return set_text(setup, setting, text, why);
}

struct slice setup_text(const struct setup *setup, enum setting setting)
{
	enum setting_kind kind = rows[setting].kind;
	if (kind == SETTING_KIND_BOOL || kind == SETTING_KIND_CHOICE)
		return setup_value(setting, setup->number[setting]);
	return slice_of(setup->text[setting]);
}

/* --- the whole */

void setup_init(struct setup *out, struct mem *mem)
{
	char why[SETUP_WHY_MAX];
	memset(out, 0, sizeof(*out));
	out->mem = mem;
	keys_init(&out->keys);
	aliases_init(&out->aliases, mem);
	for (unsigned i = 0; i < SETTING_COUNT; i++)
		(void)setup_set(out, (enum setting)i, slice_of(rows[i].value), why);
	for (unsigned c = 0; c < COLUMN_COUNT; c++)
		if (column_is_shown((enum column)c))
			out->columns[out->ncolumns++].column = (enum column)c;
}

void setup_clear(struct setup *setup)
{
	aliases_clear(&setup->aliases);
}

/* --- what is no setting */

static bool has_column(const struct setup *setup, const struct column_of *column)
{
	for (unsigned i = 0; i < setup->ncolumns; i++)
		if (column_is_same(&setup->columns[i], column))
			return true;
	return false;
}

bool setup_add_columns(struct setup *setup, struct slice text, char *why)
{
	struct slice word;
	while ((word = slice_word(&text)).len) {
		struct column_of column;
		if (!column_parse(word, &column))
			return no_column(word, why);
		if (has_column(setup, &column))
			continue;
		if (setup->ncolumns == SETUP_COLUMNS)
			return wrong(why,
			             "there are more than %d columns; leave '%s' out",
			             SETUP_COLUMNS, shown(word).text);
		setup->columns[setup->ncolumns++] = column;
	}
	return true;
}

static const char *nth_style(const void *arg, unsigned n)
{
	(void)arg;
	return n < CELL_STYLE_COUNT ? theme_style_name((enum cell_style)n) : NULL;
}

static const char *nth_look_word(const void *arg, unsigned n)
{
	(void)arg;
	return look_word(n);
}

bool setup_style(struct setup *setup, struct slice style, struct slice text, char *why)
{
	struct look look;
	struct slice word;
	enum cell_style id = theme_style_find(style);
	if (id == CELL_STYLE_COUNT)
		return no_such(why, "style", style, nth_style, NULL,
		               "--dump-config lists them");
	if (!look_parse(text, &look, &word)) {
		if (word.len == 0)
			return wrong(why, "'on' has no colour behind it; write one");
		return no_such(why, "colour or attribute", word, nth_look_word, NULL,
		               "write red, bright-red, 0 to 255, bold, underline, "
		               "reverse or dim");
	}
	setup->theme.changed[id] = look;
	setup->theme.is_changed[id] = true;
	return true;
}

static const char *nth_action(const void *arg, unsigned n)
{
	(void)arg;
	return keys_action_name(n);
}

bool setup_keys(struct setup *setup, struct slice action, struct slice text, char *why)
{
	struct slice word;
	switch (keys_bind(&setup->keys, action, text, &word)) {
	case KEYS_OK: return true;
	case KEYS_NO_ACTION:
		return no_such(why, "action", word, nth_action, NULL,
		               "--dump-config lists them");
	case KEYS_NO_KEY:
		return wrong(why,
		             "there is no key '%s'; write a character, ^A, F1, Enter, "
		             "Space, Up and the like",
		             shown(word).text);
	case KEYS_RESERVED:
		return wrong(why,
		             "the key '%s' leaves or stops the program; take another",
		             shown(word).text);
	case KEYS_TOO_MANY: break;
	}
	return wrong(why, "more than %d keys; leave '%s' out", KEYS_EACH,
	             shown(word).text);
}

bool setup_alias(struct setup *setup, struct slice address, struct slice name, char *why)
{
	if (!is_fine("the name", name, why))
		return false;
	switch (aliases_add(&setup->aliases, address, name)) {
	case OK: return true;
	case ERR_FORMAT:
		return wrong(why,
		             "'%s' is no address; write ADDRESS, ADDRESS:PORT or "
		             "ADDRESS/LENGTH",
		             shown(address).text);
	case ERR_LIMIT: break;
	default: return wrong(why, "out of memory for names of addresses");
	}
	if (name.len && name.len <= ALIAS_NAME_MAX)
		return wrong(why, "more than %d names; leave some out", ALIASES_MAX);
	return wrong(why, "the name is empty or too long; write 1 to %d bytes",
	             ALIAS_NAME_MAX);
}
