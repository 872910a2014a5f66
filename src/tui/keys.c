/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/keys.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <curses.h>

static const struct key_row rows[] = {
#define ACTION(id, name, where, keys, footer, help)                                      \
	{ ACTION_##id, where, name, keys, footer, help },
#include "tui/actions.def"
#undef ACTION
};

_Static_assert(sizeof(rows) / sizeof(*rows) <= KEYS_ROWS_MAX, "KEYS_ROWS_MAX");

#define ROWS (sizeof(rows) / sizeof(*rows))

const struct key_row *keys_row(size_t n)
{
	return n < ROWS ? &rows[n] : NULL;
}

static bool is_first_of_name(size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, rows[n].name) == 0)
			return false;
	return true;
}

const char *keys_action_name(unsigned n)
{
	for (size_t i = 0; i < ROWS; i++)
		if (is_first_of_name(i) && n-- == 0)
			return rows[i].name;
	return NULL;
}

/* --- names of keys */

/* The first name of a code is the one that is shown. */
static const struct {
	const char *name;
	int code;
} names[] = {
	{ "Up", KEY_UP },          { "Down", KEY_DOWN },
	{ "Left", KEY_LEFT },      { "Right", KEY_RIGHT },
	{ "PgDn", KEY_NPAGE },     { "PgUp", KEY_PPAGE },
	{ "Home", KEY_HOME },      { "End", KEY_END },
	{ "Enter", '\r' },         { "Space", ' ' },
	{ "Tab", '\t' },           { "Esc", 27 },
	{ "Del", KEY_DC },         { "Ins", KEY_IC },
	{ "Semicolon", ';' }, /* which begins a comment in a configuration file */
	{ "Escape", 27 },          { "PgDown", KEY_NPAGE },
	{ "PageDown", KEY_NPAGE }, { "PageUp", KEY_PPAGE },
	{ "Delete", KEY_DC },      { "Insert", KEY_IC },
};
#define NAMES  (sizeof(names) / sizeof(*names))

#define CTRL_C 3
#define CTRL_Z 26

static int control_code(struct slice name)
{
	char c = (char)ascii_lower(name.p[name.len - 1]);
	bool is_caret = name.len == 2 && *name.p == '^';
	if (!is_caret && (name.len != 6 || !slice_istarts(name, SLICE("Ctrl-"))))
		return -1;
	if (c < 'a' || c > 'z')
		return -1;
	int code = c - 'a' + 1;
	return code == '\n' ? '\r' : code;
}

static int function_code(struct slice name)
{
	uint64_t n;
	bool is_number = slice_uint(slice_skip(name, 1), &n);
	return is_number && name.len <= 3 && name.p[1] != '0' && n <= 12 ? KEY_F((int)n)
	                                                                 : -1;
}

int keys_code(struct slice name)
{
	if (name.len == 1)
		return *name.p > ' ' && *name.p <= '~' ? *name.p : -1;
	for (size_t i = 0; i < NAMES; i++)
		if (slice_ieq(name, slice_of(names[i].name)))
			return names[i].code;
	if (name.len < 2)
		return -1;
	return ascii_lower(*name.p) == 'f' ? function_code(name) : control_code(name);
}

size_t keys_name(int code, char out[KEY_NAME_MAX])
{
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].code == code)
			return (size_t)snprintf(out, KEY_NAME_MAX, "%s", names[i].name);
	if (code >= KEY_F(1) && code <= KEY_F(12))
		return (size_t)snprintf(out, KEY_NAME_MAX, "F%d", code - KEY_F(0));
	if (code < ' ')
		return (size_t)snprintf(out, KEY_NAME_MAX, "^%c", code + '@');
	return (size_t)snprintf(out, KEY_NAME_MAX, "%c", code);
}

/* --- bindings */

static bool holds_key(const struct key_binding *b, int key)
{
	for (unsigned i = 0; i < b->n; i++)
		if (b->codes[i] == key)
			return true;
	return false;
}

/* What `text` lists, into *out. A key that is named twice counts once. */
static enum keys_result read_keys(struct key_binding *out, struct slice text,
                                  struct slice *wrong)
{
	*out = (struct key_binding){ .n = 0 };
	while ((*wrong = slice_word(&text)).len) {
		int code = keys_code(*wrong);
		if (code < 0)
			return KEYS_NO_KEY;
		if (code == CTRL_C || code == CTRL_Z)
			return KEYS_RESERVED;
		if (holds_key(out, code))
			continue;
		if (out->n == KEYS_EACH)
			return KEYS_TOO_MANY;
		out->codes[out->n++] = code;
	}
	return KEYS_OK;
}

void keys_init(struct keys *keys)
{
	struct slice wrong;
	*keys = (struct keys){ .newest = 0 };
	for (size_t i = 0; i < ROWS; i++)
		(void)read_keys(&keys->rows[i], slice_of(rows[i].keys), &wrong);
}

enum keys_result keys_bind(struct keys *keys, struct slice name, struct slice text,
                           struct slice *wrong)
{
	struct key_binding binding;
	enum keys_result result = KEYS_NO_ACTION;
	*wrong = name;
	for (size_t i = 0; i < ROWS; i++) {
		if (!slice_eq(name, slice_of(rows[i].name)))
			continue;
		if (result == KEYS_NO_ACTION) {
			result = read_keys(&binding, text, wrong);
			if (keys->newest < UINT16_MAX)
				keys->newest++;
			binding.order = keys->newest;
		}
		if (result == KEYS_OK)
			keys->rows[i] = binding;
	}
	return result;
}

/* The row that has the key on the screen; ROWS: none. */
static size_t row_for(const struct keys *keys, int key, unsigned where)
{
	size_t best = ROWS;
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].where & where && holds_key(&keys->rows[i], key) &&
		    (best == ROWS || keys->rows[i].order > keys->rows[best].order))
			best = i;
	return best;
}

enum action keys_action(const struct keys *keys, int key, unsigned where)
{
	if (key == KEY_ENTER || key == '\n')
		key = '\r';
	size_t row = row_for(keys, key, where);
	return row < ROWS ? rows[row].action : ACTION_NONE;
}

unsigned keys_of_row(const struct keys *keys, size_t n, unsigned where,
                     int codes[KEYS_EACH])
{
	const struct key_binding *b = &keys->rows[n];
	unsigned found = 0;
	for (unsigned i = 0; i < b->n; i++)
		if (row_for(keys, b->codes[i], where) == n)
			codes[found++] = b->codes[i];
	return found;
}

/* --- actions without a key */

static bool has_name_here(size_t n, const char *name, unsigned where)
{
	return rows[n].where & where && strcmp(rows[n].name, name) == 0;
}

/* Had the action of row n keys, and do they all do something else on this screen? */
static bool is_lost(const struct keys *keys, size_t n, unsigned where)
{
	int codes[KEYS_EACH];
	for (size_t i = 0; i < ROWS; i++)
		if (has_name_here(i, rows[n].name, where) &&
		    keys_of_row(keys, i, where, codes))
			return false;
	return keys->rows[n].n > 0;
}

const char *keys_lost(const struct keys *keys, unsigned n, unsigned *where)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!is_first_of_name(i))
			continue;
		unsigned screens = 0;
		for (size_t k = i; k < ROWS; k++)
			if (strcmp(rows[k].name, rows[i].name) == 0)
				screens |= rows[k].where;
		for (*where = 1; *where & SCREEN_ANY; *where <<= 1)
			if (screens & *where && is_lost(keys, i, *where))
				break;
		if (*where & SCREEN_ANY && n-- == 0)
			return rows[i].name;
	}
	return NULL;
}

const char *keys_screen_name(unsigned where)
{
	switch (where) {
	case SCREEN_LIST: return "the call list";
	case SCREEN_FLOW: return "the call flow";
	case SCREEN_MESSAGE: return "messages";
	case SCREEN_FINDINGS: return "findings of a call";
	case SCREEN_HELP: return "help";
	case SCREEN_DIFF: return "differences";
	case SCREEN_DIALOGS: return "dialogs";
	case SCREEN_FILTER: return "the form for a filter";
	case SCREEN_COLUMNS: return "columns";
	case SCREEN_STATS: return "statistics";
	case SCREEN_REGISTRATIONS: return "registrations";
	case SCREEN_OVERVIEW: return "findings of all calls";
	case SCREEN_SAVE: return "saving";
	case SCREEN_SETTINGS: return "settings";
	default: return "other screens";
	}
}
