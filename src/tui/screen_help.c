/* SPDX-License-Identifier: MIT */
/* Help: the rows of actions.def that do something on the screen below. */
#include "config.h"

#include <string.h>

#include "tui/screen.h"

/* Columns: names begin behind the longest keys, at the least there. */
#define NAME_AT    16
#define NAME_WIDTH 16

struct help_screen {
	struct screen screen;
	struct scroll scroll;
	unsigned kind;
};

/* Has the row a meaning of its own on the screen, or has another one of its name? */
static bool is_shown(size_t n, unsigned kind)
{
	const struct key_row *row = keys_row(n);
	for (size_t i = 0; i < n; i++)
		if (keys_row(i)->where & kind &&
		    strcmp(keys_row(i)->name, row->name) == 0)
			return false;
	return (row->where & kind) != 0;
}

/* Its keys there, as they are now. */
static void key_names(const struct tui *tui, size_t row, unsigned kind,
                      char out[KEYS_EACH * KEY_NAME_MAX])
{
	int codes[KEYS_EACH];
	unsigned n = keys_of_row(&tui->cfg.setup->keys, row, kind, codes);
	size_t len = 0;
	for (unsigned i = 0; i < n; i++) {
		if (i)
			out[len++] = ' ';
		len += keys_name(codes[i], out + len);
	}
	if (n == 0)
		out[len++] = '-';
	out[len] = '\0';
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct help_screen *s = (struct help_screen *)screen;
	char keys[KEYS_EACH * KEY_NAME_MAX];
	unsigned y = 1, n = 0, name_at = NAME_AT;
	draw_words(grid, 0, 0, "Help: keys of this screen", CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	for (size_t i = 0; keys_row(i); i++) {
		if (!is_shown(i, s->kind))
			continue;
		n++;
		key_names(tui, i, s->kind, keys);
		unsigned end = (unsigned)strlen(keys) + 2;
		name_at = name_at > end ? name_at : end;
	}
	scroll_fit(&s->scroll, n, 1);
	n = 0;
	for (size_t i = 0; keys_row(i); i++) {
		const struct key_row *row = keys_row(i);
		if (!is_shown(i, s->kind) || n++ < s->scroll.cursor)
			continue;
		key_names(tui, i, s->kind, keys);
		draw_words(grid, y, 1, keys, CELL_NAME);
		draw_words(grid, y, name_at, row->name, CELL_NOTE);
		draw_words(grid, y++, name_at + NAME_WIDTH, row->help, CELL_PLAIN);
	}
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	(void)tui;
	scroll_act(&((struct help_screen *)screen)->scroll, action);
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	mem_give(tui->mem, screen, sizeof(struct help_screen));
}

static const struct screen_class class = {
	SCREEN_HELP, draw, act, NULL, free_screen, NULL
};

struct screen *screen_help_new(struct tui *tui, unsigned kind)
{
	struct help_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	s->kind = kind;
	return &s->screen;
}
