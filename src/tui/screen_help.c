/* SPDX-License-Identifier: MIT */
/* Help: the rows of actions.def that do something on the screen below. */
#include "config.h"

#include <stdio.h>

#include "tui/screen.h"

struct help_screen {
	struct screen screen;
	struct scroll scroll;
	unsigned kind;
};

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct help_screen *s = (struct help_screen *)screen;
	const struct key_row *row;
	unsigned y = 1, n = 0;
	(void)tui;
	draw_words(grid, 0, 0, "Help: keys of this screen", CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	for (size_t i = 0; (row = keys_row(i)); i++)
		n += (row->where & s->kind) != 0;
	scroll_fit(&s->scroll, n, 1);
	n = 0;
	for (size_t i = 0; (row = keys_row(i)); i++) {
		if (!(row->where & s->kind) || n++ < s->scroll.cursor)
			continue;
		draw_words(grid, y, 1, row->keys, CELL_NAME);
		draw_words(grid, y, 16, row->name, CELL_NOTE);
		draw_words(grid, y++, 32, row->help, CELL_PLAIN);
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

static const struct screen_class class = { SCREEN_HELP, draw, act, NULL, free_screen };

struct screen *screen_help_new(struct tui *tui, unsigned kind)
{
	struct help_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	s->kind = kind;
	return &s->screen;
}
