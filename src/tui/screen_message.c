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
	struct text_place top;
	unsigned width, height; /* of the text, when it was drawn */
};

static void text_of(const struct tui *tui, const struct message_screen *s,
                    struct text_lines *lines)
{
	text_lines_message(lines, tui->cfg.engine, s->messages, s->count, s->width,
	                   tui->cfg.utf8, &tui->text_look);
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct message_screen *s = (struct message_screen *)screen;
	struct text_lines lines;
	char text[64];
	bool fresh = s->width != grid->width || s->height != grid->height - 1;
	s->width = grid->width;
	s->height = grid->height - 1;
	text_of(tui, s, &lines);
	if (fresh) /* what was the last page may not be one any more */
		text_lines_move(&lines, &s->top, 0, true, s->height);
	if (s->count == 1)
		snprintf(text, sizeof(text), "Message %u", s->messages[0]);
	else
		snprintf(text, sizeof(text), "%zu messages, from number %zu on", s->count,
		         s->top.message + 1);
	draw_words(grid, 0, 0, text, CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	text_lines_draw(&lines, s->top, grid, 1, 0);
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct message_screen *s = (struct message_screen *)screen;
	struct text_lines lines;
	unsigned page = s->height ? s->height : 1;
	text_of(tui, s, &lines);
	switch (action) {
	case ACTION_UP: text_lines_move(&lines, &s->top, 1, false, page); break;
	case ACTION_DOWN: text_lines_move(&lines, &s->top, 1, true, page); break;
	case ACTION_PAGE_UP: text_lines_move(&lines, &s->top, page, false, page); break;
	case ACTION_PAGE_DOWN: text_lines_move(&lines, &s->top, page, true, page); break;
	case ACTION_HALF_UP:
		text_lines_move(&lines, &s->top, (page + 1) / 2, false, page);
		break;
	case ACTION_HALF_DOWN:
		text_lines_move(&lines, &s->top, (page + 1) / 2, true, page);
		break;
	case ACTION_BEGIN: s->top = (struct text_place){ 0, 0 }; break;
	case ACTION_END: s->top = text_lines_end(&lines, page); break;
	case ACTION_SYNTAX:
		tui->text_look.plain = !tui->text_look.plain;
		tui_note(tui, tui->text_look.plain ? "plain text" : "text in colours");
		break;
	case ACTION_FOLD:
		tui->text_look.unfold = !tui->text_look.unfold;
		s->width = 0; /* to be fitted again */
		tui_note(tui, tui->text_look.unfold
		                      ? "folded header fields are shown in one line"
		                      : "header fields are shown as they were sent");
		break;
	default: break;
	}
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	struct message_screen *s = (struct message_screen *)screen;
	mem_give(tui->mem, s->messages, s->count * sizeof(*s->messages));
	mem_give(tui->mem, s, sizeof(*s));
}

/* They are of one call, or of those of a flow below. */
static bool holds(const struct tui *tui, const struct screen *screen, uint32_t call)
{
	const struct message_screen *s = (const struct message_screen *)screen;
	return s->count && tracker_message_call(engine_tracker(tui->cfg.engine),
	                                        s->messages[0]) == call;
}

static const struct screen_class class = {
	SCREEN_MESSAGE, draw, act, NULL, free_screen, holds
};

struct screen *screen_message_new(struct tui *tui, const uint32_t *messages, size_t n)
{
	struct message_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	s->messages = n ? mem_take(tui->mem, n * sizeof(*messages)) : NULL;
	if (!s->messages) {
		mem_give(tui->mem, s, sizeof(*s));
		return NULL;
	}
	memcpy(s->messages, messages, n * sizeof(*messages));
	s->count = n;
	return &s->screen;
}
