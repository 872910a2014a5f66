/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/keys.h"

#include <stdint.h>
#include <string.h>

#include <curses.h>

static const struct key_row rows[] = {
#define ACTION(id, name, where, keys, footer, help)                                      \
	{ ACTION_##id, where, name, keys, footer, help },
#include "tui/actions.def"
#undef ACTION
};

const struct key_row *keys_row(size_t n)
{
	return n < sizeof(rows) / sizeof(*rows) ? &rows[n] : NULL;
}

static const struct {
	const char *name;
	int code;
} names[] = {
	{ "Up", KEY_UP },       { "Down", KEY_DOWN },  { "Left", KEY_LEFT },
	{ "Right", KEY_RIGHT }, { "PgDn", KEY_NPAGE }, { "PgUp", KEY_PPAGE },
	{ "Home", KEY_HOME },   { "End", KEY_END },    { "Enter", '\r' },
	{ "Space", ' ' },       { "Tab", '\t' },       { "Esc", 27 },
	{ "Del", KEY_DC },
};

int keys_code(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i].name) == len && memcmp(names[i].name, name, len) == 0)
			return names[i].code;
	if (len == 1)
		return (unsigned char)*name;
	if (len == 2 && name[0] == '^' && name[1] >= 'A' && name[1] <= 'Z')
		return name[1] - 'A' + 1;
	if (len >= 2 && len <= 3 && name[0] == 'F') {
		int n = 0;
		for (size_t i = 1; i < len; i++) {
			if (name[i] < '0' || name[i] > '9')
				return -1;
			n = n * 10 + name[i] - '0';
		}
		return n >= 1 && n <= 12 ? KEY_F(n) : -1;
	}
	return -1;
}

static bool names_key(const char *keys, int key)
{
	while (*keys) {
		size_t len = strcspn(keys, " ");
		if (keys_code(keys, len) == key)
			return true;
		keys += len;
		keys += *keys == ' ';
	}
	return false;
}

enum action keys_action(int key, unsigned where)
{
	if (key == KEY_ENTER || key == '\n')
		key = '\r';
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].where & where && names_key(rows[i].keys, key))
			return rows[i].action;
	return ACTION_NONE;
}
