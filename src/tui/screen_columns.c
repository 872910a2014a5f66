/* SPDX-License-Identifier: MIT */
/* Which columns the call list has, in which order. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/screen.h"

struct columns_screen {
	struct screen screen;
	struct scroll scroll;
	struct edit header; /* name of a header field, in the last line */
};

/* The n-th line: first the columns that are shown, then the others. False: the last line,
 * where a header field is typed. */
static bool line_at(const struct tui *tui, uint64_t n, struct column_of *out)
{
	const struct tui_columns *t = &tui->columns;
	if (n < t->n) {
		*out = t->of[n];
		return true;
	}
	n -= t->n;
	for (unsigned c = 0; c < COLUMN_COUNT; c++) {
		struct column_of column = { .column = (enum column)c };
		bool shown = c == COLUMN_HEADER;
		for (unsigned i = 0; i < t->n; i++)
			shown = shown || column_is_same(&t->of[i], &column);
		if (!shown && n-- == 0) {
			*out = column;
			return true;
		}
	}
	return false;
}

static uint64_t count_lines(const struct tui *tui)
{
	struct column_of column;
	uint64_t n = 0;
	while (line_at(tui, n, &column))
		n++;
	return n + 1;
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct columns_screen *s = (struct columns_screen *)screen;
	draw_words(grid, 0, 0, "Columns of the call list", CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	scroll_fit(&s->scroll, count_lines(tui), grid->height > 2 ? grid->height - 2 : 1);
	for (unsigned y = 0; y < s->scroll.height; y++) {
		uint64_t n = s->scroll.top + y;
		struct column_of c;
		char text[160];
		if (n >= s->scroll.lines)
			break;
		if (n + 1 == s->scroll.lines) {
			draw_edit(grid, 2 + y, "Header field:", &s->header,
			          n == s->scroll.cursor, tui->cfg.utf8);
			break;
		}
		(void)line_at(tui, n, &c);
		snprintf(text, sizeof(text), "[%c] %-16s %-14s %s",
		         n < tui->columns.n ? '*' : ' ', column_of_title(&c),
		         column_name(c.column), column_help(c.column));
		draw_words(grid, 2 + y, 2, text, CELL_PLAIN);
		if (n == s->scroll.cursor && 2 + y < grid->height) {
			struct cells line = grid_line(grid, 2 + y);
			for (unsigned x = 0; x < line.width; x++)
				line.cells[x].style |= CELL_INVERSE;
		}
	}
}

static bool add(struct tui *tui, const struct column_of *column)
{
	struct tui_columns *t = &tui->columns;
	for (unsigned i = 0; i < t->n; i++)
		if (column_is_same(&t->of[i], column))
			return true;
	if (t->n == TUI_COLUMNS_MAX) {
		tui_note(tui, "no more than %d columns", TUI_COLUMNS_MAX);
		return false;
	}
	t->of[t->n] = *column;
	t->wanted[t->n] = t->width[t->n] = 0;
	t->n++;
	return true;
}

static void take_away(struct tui_columns *t, unsigned at)
{
	unsigned behind = t->n - at - 1;
	memmove(&t->of[at], &t->of[at + 1], behind * sizeof(t->of[0]));
	memmove(&t->wanted[at], &t->wanted[at + 1], behind * sizeof(t->wanted[0]));
	memmove(&t->width[at], &t->width[at + 1], behind * sizeof(t->width[0]));
	t->n--;
}

static void swap(struct tui_columns *t, unsigned a, unsigned b)
{
	struct column_of column = t->of[a];
	unsigned wanted = t->wanted[a];
	t->of[a] = t->of[b];
	t->wanted[a] = t->wanted[b];
	t->of[b] = column;
	t->wanted[b] = wanted;
}

static void change(struct tui *tui, struct columns_screen *s)
{
	struct column_of c;
	uint64_t at = s->scroll.cursor;
	if (at < tui->columns.n)
		take_away(&tui->columns, (unsigned)at);
	else if (line_at(tui, at, &c))
		add(tui, &c);
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct columns_screen *s = (struct columns_screen *)screen;
	uint64_t at = s->scroll.cursor;
	if (action == ACTION_CHANGE) {
		change(tui, s);
	} else if (action == ACTION_MOVE_UP && at > 0 && at < tui->columns.n) {
		swap(&tui->columns, (unsigned)at, (unsigned)at - 1);
		s->scroll.cursor--;
	} else if (action == ACTION_MOVE_DOWN && at + 1 < tui->columns.n) {
		swap(&tui->columns, (unsigned)at, (unsigned)at + 1);
		s->scroll.cursor++;
	} else {
		scroll_act(&s->scroll, action);
	}
}

static void add_header(struct tui *tui, struct columns_screen *s)
{
	struct column_of column;
	char name[EDIT_MAX + 8];
	struct slice text = slice_trim((struct slice){ s->header.text, s->header.len });
	int len = snprintf(name, sizeof(name), "header:%.*s", (int)text.len, text.p);
	if (!column_parse((struct slice){ name, (size_t)len }, &column)) {
		tui_note(tui, "that is no name of a header field");
	} else if (add(tui, &column)) {
		edit_replace(&s->header, 0, s->header.len, SLICE_NONE);
		s->scroll.cursor++;
		tui_note(tui, "added");
	}
}

static bool type(struct tui *tui, struct screen *screen, int key, bool is_char)
{
	struct columns_screen *s = (struct columns_screen *)screen;
	if (s->scroll.cursor + 1 != s->scroll.lines)
		return false;
	if (is_char && (key == '\r' || key == '\n')) {
		add_header(tui, s);
		return true;
	}
	return edit_key(&s->header, key, is_char);
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	mem_give(tui->mem, screen, sizeof(struct columns_screen));
}

static const struct screen_class class = {
	SCREEN_COLUMNS, draw, act, type, free_screen, NULL
};

struct screen *screen_columns_new(struct tui *tui)
{
	struct columns_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	return &s->screen;
}
