/* SPDX-License-Identifier: MIT */
/* One message, or all of a call, as text. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/screen.h"
#include "tui/text_lines.h"

struct message_screen {
	struct screen screen;
	uint32_t *messages;
	size_t count;
	uint64_t top;   /* line */
	unsigned width; /* for which lines were counted */
	uint64_t lines;
	unsigned height;
};

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct message_screen *s = (struct message_screen *)screen;
	struct text_lines lines;
	char text[64];
	text_lines_message(&lines, tui->cfg.engine, s->messages, s->count, grid->width,
	                   tui->cfg.utf8);
	if (s->width != grid->width)
		s->lines = text_lines_count(&lines);
	s->width = grid->width;
	s->height = grid->height - 1;
	uint64_t most = s->lines > s->height ? s->lines - s->height : 0;
	if (s->top > most)
		s->top = most;
	if (s->count == 1)
		snprintf(text, sizeof(text), "Message %u", s->messages[0]);
	else
		snprintf(text, sizeof(text), "%zu messages", s->count);
	draw_words(grid, 0, 0, text, CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	for (unsigned y = 1; y < grid->height; y++)
		text_lines_draw(&lines, s->top + y - 1, grid, y, 0);
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct message_screen *s = (struct message_screen *)screen;
	(void)tui;
	struct scroll scroll = { s->lines, s->top, s->top, s->height };
	if (scroll_act(&scroll, action))
		s->top = scroll.cursor;
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	struct message_screen *s = (struct message_screen *)screen;
	mem_give(tui->mem, s->messages, s->count * sizeof(*s->messages));
	mem_give(tui->mem, s, sizeof(*s));
}

static const struct screen_class class = { SCREEN_MESSAGE, draw, act, NULL, free_screen };

struct screen *screen_message_new(struct tui *tui, const uint32_t *messages, size_t n)
{
	struct message_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	s->messages = mem_take(tui->mem, n * sizeof(*messages));
	if (!s->messages) {
		mem_give(tui->mem, s, sizeof(*s));
		return NULL;
	}
	memcpy(s->messages, messages, n * sizeof(*messages));
	s->count = n;
	return &s->screen;
}
