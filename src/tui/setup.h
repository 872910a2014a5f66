/* SPDX-License-Identifier: MIT */
/* tui/setup.h - all that the user can choose about the screen: settings, columns, keys,
 * names of addresses, colours. No file and no terminal here. */
#ifndef TUI_SETUP_H
#define TUI_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/slice.h"
#include "tui/keys.h"
#include "tui/theme.h"
#include "view/alias.h"
#include "view/column.h"

enum setting {
#define SETTING(id, name, kind, values, value, label, help) SETTING_##id,
#include "tui/setting.def"
#undef SETTING
	SETTING_COUNT
};

enum setting_kind {
	SETTING_KIND_BOOL,
	SETTING_KIND_CHOICE,
	SETTING_KIND_TEXT,
	SETTING_KIND_COLUMN,
	SETTING_KIND_FILTER
};

struct setting_row {
	const char *name;
	enum setting_kind kind;
	const char *values, *value, *label, *help;
};

/* The row of a setting. */
const struct setting_row *setting_row(enum setting setting);
/* SETTING_COUNT: none has this name. */
enum setting setting_find(struct slice name);

#define SETUP_TEXT_MAX 160 /* bytes of a text, NUL included: a line of a file has room */
#define SETUP_WHY_MAX  256 /* bytes of a reason, NUL included */
#define SETUP_COLUMNS  40  /* all of column.def, and some of header fields */

struct setup {
	struct mem *mem;
	unsigned number[SETTING_COUNT];             /* BOOL, and place of a CHOICE */
	char text[SETTING_COUNT][SETUP_TEXT_MAX]; /* of the other kinds */
	struct column_of columns[SETUP_COLUMNS];
	unsigned ncolumns;
	struct keys keys;
	struct theme theme; /* theme.base is what SETTING_THEME says */
	struct aliases aliases;
};

/* Everything as it is when nobody says otherwise. mem must outlive it. */
void setup_init(struct setup *out, struct mem *mem);
void setup_clear(struct setup *setup);

/* Set one from text, as in a configuration file. False: it cannot be that; why says what
 * it can be, in one line, and nothing has changed. Here and below why has room for
 * SETUP_WHY_MAX bytes, and gets printable ASCII whatever the text is. */
bool setup_set(struct setup *setup, enum setting setting, struct slice text,
               char *why);
/* Of a BOOL or CHOICE, below setup_values. */
void setup_choose(struct setup *setup, enum setting setting, unsigned number);
/* How many values there are to choose from; 0 for other kinds. */
unsigned setup_values(enum setting setting);
/* Value number n of a BOOL or CHOICE, as text. */
struct slice setup_value(enum setting setting, unsigned number);

/* As setup_set takes it; borrowed from the setup. */
struct slice setup_text(const struct setup *setup, enum setting setting);

/* Add the columns that text names, or say why one of them is none; those before it are
 * added. Before the first one of a file: setup->ncolumns = 0. */
bool setup_add_columns(struct setup *setup, struct slice text, char *why);

/* Give a style a look, or say why not. */
bool setup_style(struct setup *setup, struct slice style, struct slice look,
                 char *why);

/* Give an action its keys, or say why not. */
bool setup_keys(struct setup *setup, struct slice action, struct slice keys,
                char *why);

/* Give an address its name, or say why not. */
bool setup_alias(struct setup *setup, struct slice address, struct slice name,
                 char *why);

#endif
