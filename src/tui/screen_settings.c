/* SPDX-License-Identifier: MIT */
/* What can be set for this session; each change is seen at once. */
#include "config.h"

#include <stdio.h>

#include "tui/screen.h"
#include "tui/terminal.h"

enum { COLOR, CHARACTERS, CALLS_ONLY, FOLLOW, CONFIRM, SETTINGS };

struct settings_screen {
	struct screen screen;
	struct scroll scroll;
};

static const char *const labels[SETTINGS] = { "Colours", "Characters", "Calls only",
	                                      "Keep to the newest call",
	                                      "Ask before leaving" };

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static const char *value(const struct tui *tui, unsigned n)
{
	switch (n) {
	case COLOR: return yes_no(tui->cfg.color);
	case CHARACTERS: return tui->cfg.utf8 ? "UTF-8" : "ASCII";
	case CALLS_ONLY: return yes_no(tui->list.calls_only);
	case FOLLOW: return yes_no(tui->follow);
	case CONFIRM: return yes_no(tui->confirm);
	default: return "";
	}
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct settings_screen *s = (struct settings_screen *)screen;
	draw_words(grid, 0, 0, "Settings of this session", CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	scroll_fit(&s->scroll, SETTINGS, SETTINGS);
	for (unsigned i = 0; i < SETTINGS && 2 + i < grid->height; i++) {
		char text[80];
		snprintf(text, sizeof(text), "%-26s %s", labels[i], value(tui, i));
		draw_words(grid, 2 + i, 2, text, CELL_PLAIN);
		if (i == s->scroll.cursor) {
			struct cells line = grid_line(grid, 2 + i);
			for (unsigned x = 0; x < line.width; x++)
				line.cells[x].style |= CELL_INVERSE;
		}
	}
}

static void change(struct tui *tui, uint64_t n)
{
	switch (n) {
	case COLOR:
		tui->cfg.color = !tui->cfg.color;
		terminal_color(tui->cfg.color);
		break;
	case CHARACTERS:
		if (!tui->can_utf8)
			tui_note(tui, "the locale has no UTF-8, or --ascii was given");
		tui->cfg.utf8 = tui->can_utf8 && !tui->cfg.utf8;
		break;
	case CALLS_ONLY:
		tui->list.calls_only = !tui->list.calls_only;
		list_restart(&tui->list);
		break;
	case FOLLOW: tui->follow = !tui->follow; break;
	case CONFIRM: tui->confirm = !tui->confirm; break;
	default: break;
	}
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct settings_screen *s = (struct settings_screen *)screen;
	if (action == ACTION_CHANGE || action == ACTION_LEFT || action == ACTION_RIGHT)
		change(tui, s->scroll.cursor);
	else
		scroll_act(&s->scroll, action);
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	mem_give(tui->mem, screen, sizeof(struct settings_screen));
}

static const struct screen_class class = { SCREEN_SETTINGS, draw, act, NULL,
	                                   free_screen };

struct screen *screen_settings_new(struct tui *tui)
{
	struct settings_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	return &s->screen;
}
