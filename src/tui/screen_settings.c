/* SPDX-License-Identifier: MIT */
/* What can be set for this session: the rows of setting.def that one chooses from. Each
 * change is seen at once; nothing is written unless it is asked for. */
#include "config.h"

#include <stdio.h>

#include "tui/screen.h"

struct settings_screen {
	struct screen screen;
	struct scroll scroll;
	bool overwrite; /* it was asked, and Save is the answer */
};

/* The n-th setting that has values to choose from; SETTING_COUNT behind the last. */
static enum setting nth(uint64_t n)
{
	unsigned i = 0;
	for (; i < SETTING_COUNT; i++)
		if (setup_values((enum setting)i) && n-- == 0)
			break;
	return (enum setting)i;
}

static unsigned count(void)
{
	unsigned n = 0;
	while (nth(n) != SETTING_COUNT)
		n++;
	return n;
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct settings_screen *s = (struct settings_screen *)screen;
	draw_words(grid, 0, 0, "Settings of this session", CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	scroll_fit(&s->scroll, count(), grid->height > 3 ? grid->height - 3 : 1);
	tui_rows(tui, &s->scroll, 2);
	for (unsigned y = 0; y < s->scroll.height; y++) {
		enum setting id = nth(s->scroll.top + y);
		if (id == SETTING_COUNT)
			break;
		char text[120];
		struct slice value = setup_value(id, tui_setting(tui, id));
		snprintf(text, sizeof(text), "%-30s %.*s", setting_row(id)->label,
		         (int)value.len, value.p);
		draw_words(grid, 2 + y, 2, text, CELL_PLAIN);
		if (s->scroll.top + y == s->scroll.cursor && 2 + y < grid->height) {
			struct cells line = grid_line(grid, 2 + y);
			for (unsigned x = 0; x < line.width; x++)
				line.cells[x].style |= CELL_INVERSE;
		}
	}
}

static void change(struct tui *tui, uint64_t n, bool back)
{
	enum setting id = nth(n);
	unsigned values = setup_values(id), now = tui_setting(tui, id);
	tui_set(tui, id, (now + (back ? values - 1 : 1)) % values);
}

static void save(struct tui *tui, struct settings_screen *s)
{
	char why[TUI_WHY_MAX] = "";
	if (!tui->cfg.save_setup)
		return;
	tui_keep(tui);
	enum tui_saved saved =
		tui->cfg.save_setup(tui->cfg.arg, tui->cfg.setup, s->overwrite, why);
	s->overwrite = saved == TUI_SAVE_EXISTS;
	tui_note(tui, "%s", why);
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct settings_screen *s = (struct settings_screen *)screen;
	if (action == ACTION_SAVE) {
		save(tui, s);
		return;
	}
	s->overwrite = false;
	if (action == ACTION_CHANGE || action == ACTION_LEFT || action == ACTION_RIGHT ||
	    action == ACTION_SHOW) /* a click on the line */
		change(tui, s->scroll.cursor, action == ACTION_LEFT);
	else
		scroll_act(&s->scroll, action);
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	mem_give(tui->mem, screen, sizeof(struct settings_screen));
}

static const struct screen_class class = { SCREEN_SETTINGS, draw, act, NULL,
	                                   free_screen, NULL };

struct screen *screen_settings_new(struct tui *tui)
{
	struct settings_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	return &s->screen;
}
