/* SPDX-License-Identifier: MIT */
/* The form that makes a filter: what people know of a call, without the language. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/screen.h"
#include "view/form.h"

enum { FROM, TO, SOURCE, DESTINATION, PAYLOAD, TEXTS };
#define LINES (TEXTS + FORM_METHODS)

struct filter_screen {
	struct screen screen;
	struct scroll scroll; /* the cursor: a text, or behind them a method */
	struct edit texts[TEXTS];
	bool methods[FORM_METHODS];
};

static const char *const labels[TEXTS] = { "SIP From:", "SIP To:", "Source:",
	                                   "Destination:", "Payload:" };

#define METHODS_IN_A_LINE 4

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct filter_screen *s = (struct filter_screen *)screen;
	scroll_fit(&s->scroll, LINES, LINES);
	draw_words(grid, 0, 0, "Filter: what must hold for a call", CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	for (unsigned i = 0; i < TEXTS; i++)
		draw_edit(grid, 2 + i, labels[i], &s->texts[i], s->scroll.cursor == i,
		          tui->cfg.utf8);
	draw_words(grid, 3 + TEXTS, 2, "Methods:", CELL_PLAIN);
	for (unsigned i = 0; i < FORM_METHODS; i++) {
		char text[32];
		bool here = s->scroll.cursor == TEXTS + i;
		snprintf(text, sizeof(text), "[%c] %s", s->methods[i] ? '*' : ' ',
		         form_method(i));
		draw_words(grid, 3 + TEXTS + i / METHODS_IN_A_LINE,
		           14 + i % METHODS_IN_A_LINE * 16, text,
		           here ? CELL_MARKED : CELL_PLAIN);
	}
	draw_words(grid, 7 + TEXTS, 2,
	           "From, To, Payload: regular expressions. Source, Destination: "
	           "10.0.0.1, 10.0.0.0/8,",
	           CELL_TIME);
	draw_words(grid, 8 + TEXTS, 2, "10.0., 10.0.0.1:5060, [2001:db8::1]:5060.",
	           CELL_TIME);
}

static void apply(struct tui *tui, const struct filter_screen *s)
{
	struct form form = { 0 };
	struct slice *to[TEXTS] = { &form.from, &form.to, &form.source, &form.destination,
		                    &form.payload };
	char text[EDIT_MAX + 1];
	for (unsigned i = 0; i < TEXTS; i++)
		*to[i] = (struct slice){ s->texts[i].text, s->texts[i].len };
	memcpy(form.methods, s->methods, sizeof(form.methods));
	if (!form_expression(&form, text, sizeof(text))) {
		tui_note(tui, "that is too long for a filter");
		return;
	}
	tui_pop(tui); /* s is gone; what is wrong is shown in the filter line */
	(void)screen_list_filter(tui, slice_of(text));
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct filter_screen *s = (struct filter_screen *)screen;
	uint64_t at = s->scroll.cursor;
	if (action == ACTION_CHANGE)
		apply(tui, s);
	else if (action == ACTION_SELECT && at >= TEXTS)
		s->methods[at - TEXTS] = !s->methods[at - TEXTS];
	else if (action == ACTION_LEFT || action == ACTION_RIGHT)
		scroll_act(&s->scroll, action == ACTION_LEFT ? ACTION_UP : ACTION_DOWN);
	else
		scroll_act(&s->scroll, action);
}

static bool type(struct tui *tui, struct screen *screen, int key, bool is_char)
{
	struct filter_screen *s = (struct filter_screen *)screen;
	(void)tui;
	if (is_char && key == '\t') {
		s->scroll.cursor = (s->scroll.cursor + 1) % LINES;
		return true;
	}
	return s->scroll.cursor < TEXTS &&
	       edit_key(&s->texts[s->scroll.cursor], key, is_char);
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	mem_give(tui->mem, screen, sizeof(struct filter_screen));
}

static const struct screen_class class = {
	SCREEN_FILTER, draw, act, type, free_screen, NULL
};

struct screen *screen_filter_new(struct tui *tui)
{
	struct filter_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	memset(s->methods, true, sizeof(s->methods));
	return &s->screen;
}
