/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/tui.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/screen.h"
#include "tui/terminal.h"

#define FEED_MS    15  /* reading between two looks at the keyboard */
#define IDLE_MS    100 /* waiting for a key when there is nothing to read */
#define LIST_STEP  64  /* calls looked at between two looks at the clock */
#define KEYS_MAX   256 /* keys between two screens: a long paste is seen to work */
#define WHEEL_ROWS 3   /* one notch of the mouse wheel */
#define CTRL_C     3

/* Larger terminals are drawn in their upper left part: bounds the memory of a screen. */
#define WIDTH_MAX  1000
#define HEIGHT_MAX 500

void tui_note_change(void *arg, const struct engine_message *m)
{
	const struct tui_changes *c = arg;
	if (c->tui)
		list_touch(&c->tui->list, m->is.call);
}

bool tui_may_leave(void *arg, uint32_t call)
{
	const struct tui *tui = ((const struct tui_changes *)arg)->tui;
	if (!tui)
		return true;
	for (const struct screen *s = tui->top; s; s = s->below)
		if (s->class->holds && s->class->holds(tui, s, call))
			return false;
	return !list_is_marked(&tui->list, call);
}

void tui_note_leave(void *arg, uint32_t call)
{
	const struct tui_changes *c = arg;
	if (c->tui)
		list_leave(&c->tui->list, call);
}

int64_t tui_now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* --- screens */

void tui_push(struct tui *tui, struct screen *screen)
{
	if (!screen) {
		tui_note(tui, "out of memory");
		return;
	}
	screen->below = tui->top;
	tui->top = screen;
	tui->rows = NULL; /* of the one below */
}

void tui_pop(struct tui *tui)
{
	struct screen *screen = tui->top;
	tui->top = screen->below;
	tui->rows = NULL; /* of the screen that goes */
	screen->class->free(tui, screen);
	tui->done = tui->top == NULL;
}

void tui_note(struct tui *tui, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(tui->note, sizeof(tui->note), format, args);
	va_end(args);
}

/* --- scrolling */

void tui_rows(struct tui *tui, const struct scroll *scroll, unsigned y)
{
	tui->rows = scroll;
	tui->rows_at = y;
}

void scroll_fit(struct scroll *s, uint64_t lines, unsigned height)
{
	s->lines = lines;
	s->height = height ? height : 1;
	if (s->cursor >= lines)
		s->cursor = lines ? lines - 1 : 0;
	if (s->top > s->cursor)
		s->top = s->cursor;
	if (s->cursor - s->top >= s->height)
		s->top = s->cursor - s->height + 1;
	uint64_t most = lines > s->height ? lines - s->height : 0;
	if (s->top > most)
		s->top = most;
}

static void scroll_by(struct scroll *s, uint64_t n, bool down)
{
	uint64_t last = s->lines ? s->lines - 1 : 0;
	if (down)
		s->cursor = last - s->cursor < n ? last : s->cursor + n;
	else
		s->cursor = s->cursor < n ? 0 : s->cursor - n;
}

bool scroll_act(struct scroll *s, enum action action)
{
	switch (action) {
	case ACTION_UP: scroll_by(s, 1, false); return true;
	case ACTION_DOWN: scroll_by(s, 1, true); return true;
	case ACTION_PAGE_UP: scroll_by(s, s->height, false); return true;
	case ACTION_PAGE_DOWN: scroll_by(s, s->height, true); return true;
	case ACTION_HALF_UP: scroll_by(s, (s->height + 1) / 2, false); return true;
	case ACTION_HALF_DOWN: scroll_by(s, (s->height + 1) / 2, true); return true;
	case ACTION_BEGIN: s->cursor = 0; return true;
	case ACTION_END: s->cursor = s->lines ? s->lines - 1 : 0; return true;
	default: return false;
	}
}

/* --- drawing */

void draw_text(struct grid *grid, unsigned y, unsigned x, unsigned room,
               struct slice text, bool utf8, enum cell_style style)
{
	if (y >= grid->height || x >= grid->width)
		return;
	struct cells line = grid_line(grid, y);
	cells_text(&line, x, room < grid->width - x ? room : grid->width - x, text, utf8,
	           style);
}

void draw_words(struct grid *grid, unsigned y, unsigned x, const char *text,
                enum cell_style style)
{
	draw_text(grid, y, x, grid->width, slice_of(text), false, style);
}

void draw_bar(struct grid *grid, unsigned y, uint8_t style)
{
	if (y >= grid->height)
		return;
	struct cells line = grid_line(grid, y);
	for (unsigned x = 0; x < line.width; x++)
		line.cells[x].style = style;
}

/* The first key of a row on this screen, or the second one. False: it has none. */
static bool footer_key(const struct tui *tui, size_t row, unsigned kind,
                       char out[KEY_NAME_MAX])
{
	int codes[KEYS_EACH];
	unsigned n = keys_of_row(&tui->cfg.setup->keys, row, kind, codes);
	if (n)
		keys_name(codes[tui->second_keys && n > 1], out);
	return n > 0;
}

/* "Esc Quit  Enter Show  F1 Help": the first key of each row that has a label. */
static void draw_footer(const struct tui *tui, struct grid *grid, unsigned kind)
{
	unsigned y = grid->height - 1, x = 0;
	bool seen[256] = { false }; /* by action */
	const struct key_row *row;
	draw_bar(grid, y, CELL_BAR);
	for (size_t i = 0; (row = keys_row(i)); i++) {
		char key[KEY_NAME_MAX];
		if (!(row->where & kind) || seen[row->action])
			continue;
		seen[row->action] = true;
		if (!*row->footer || !footer_key(tui, i, kind, key))
			continue;
		unsigned need = (unsigned)(strlen(key) + strlen(row->footer) + 3);
		if (x + need > grid->width + 2)
			return;
		draw_words(grid, y, x, key, CELL_KEY);
		x += (unsigned)strlen(key) + 1;
		draw_words(grid, y, x, row->footer, CELL_BAR);
		x += (unsigned)strlen(row->footer) + 2;
	}
}

static void draw(struct tui *tui, struct grid *grid)
{
	for (unsigned y = 0; y < grid->height; y++) {
		struct cells line = grid_line(grid, y);
		cells_blank(&line);
	}
	draw_footer(tui, grid, tui->top->class->kind);
	tui->rows = NULL;
	if (grid->height > 1)
		tui->top->class->draw(
			tui, tui->top,
			&(struct grid){ grid->cells, grid->width, grid->height - 1 });
	if (*tui->note && grid->height > 2) {
		struct cells line = grid_line(grid, grid->height - 2);
		cells_blank(&line);
		draw_words(grid, grid->height - 2, 0, tui->note, CELL_NOTE);
	}
}

/* --- the loop */

static enum err fit_grid(struct tui *tui, struct grid *grid)
{
	unsigned width, height;
	terminal_size(&width, &height);
	width = width < WIDTH_MAX ? width : WIDTH_MAX;
	height = height < HEIGHT_MAX ? height : HEIGHT_MAX;
	if (width == grid->width && height == grid->height)
		return OK;
	struct cell *cells = mem_take(tui->mem, (size_t)width * height * sizeof(*cells));
	if (!cells)
		return ERR_NOMEM;
	mem_give(tui->mem, grid->cells,
	         (size_t)grid->width * grid->height * sizeof(*cells));
	*grid = (struct grid){ cells, width, height };
	return OK;
}

/* Read for a moment, but not before a key has its answer, and bring the list up to date.
 * True: there is more to do at once. */
static bool work(struct tui *tui, bool answer)
{
	if (!answer && !tui->paused && tui->feed != TUI_FEED_END)
		tui->feed = tui->cfg.feed(tui->cfg.arg, FEED_MS);
	list_sweep(&tui->list);
	int64_t until = tui_now_ms() + TUI_WORK_MS;
	bool more = list_step(&tui->list, LIST_STEP);
	while (more && tui_now_ms() < until)
		more = list_step(&tui->list, LIST_STEP);
	return more || answer || (!tui->paused && tui->feed == TUI_FEED_MORE);
}

static void take_key(struct tui *tui, int key, bool is_char)
{
	struct screen *screen = tui->top;
	*tui->note = '\0';
	if (is_char && key == CTRL_C) { /* as anywhere, also while text is typed */
		tui->done = true;
		return;
	}
	if (tui->leaving) {
		tui->leaving = false;
		tui->done = is_char && (key == 'y' || key == 'Y');
		return;
	}
	if (screen->class->type && screen->class->type(tui, screen, key, is_char))
		return;
	/* codes of curses are those of characters beyond ASCII */
	enum action action =
		is_char && key > 0x7f
			? ACTION_NONE
			: keys_action(&tui->cfg.setup->keys, key, screen->class->kind);
	if (action == ACTION_BACK && tui->confirm && !screen->below) {
		tui->leaving = true;
		tui_note(tui, "Leave? y, or any other key to stay");
	} else if (action == ACTION_BACK)
		tui_pop(tui);
	else if (action == ACTION_HINTS)
		tui->second_keys = !tui->second_keys;
	else if (action == ACTION_HELP)
		tui_push(tui, screen_help_new(tui, screen->class->kind));
	else if (action != ACTION_NONE)
		screen->class->act(tui, screen, action);
}

/* Pasted text goes to who takes text, in one line, and does nothing elsewhere: it has
 * letters that are keys. Where its end is never told, ^C is the way out. */
static void take_pasted(struct tui *tui, int key)
{
	struct screen *screen = tui->top;
	if (key == CTRL_C)
		tui->pasting = false;
	if (key < ' ')
		key = ' ';
	if (screen->class->type)
		screen->class->type(tui, screen, key, true);
}

/* As often as that key. */
static void move(struct tui *tui, enum action action, uint64_t n)
{
	*tui->note = '\0';
	tui->leaving = false;
	while (n--)
		tui->top->class->act(tui, tui->top, action);
}

/* To the row that stands at this line of the screen; where the cursor is there already,
 * show it: a double click does both. */
static void click(struct tui *tui, unsigned y)
{
	const struct scroll *s = tui->rows;
	if (!s || y < tui->rows_at || y - tui->rows_at >= s->height ||
	    s->top + (y - tui->rows_at) >= s->lines)
		return;
	uint64_t row = s->top + (y - tui->rows_at);
	if (row < s->cursor)
		move(tui, ACTION_UP, s->cursor - row);
	else if (row > s->cursor)
		move(tui, ACTION_DOWN, row - s->cursor);
	else
		move(tui, ACTION_SHOW, 1);
}

/* False: nothing more to take now. */
static bool take(struct tui *tui, enum terminal_key what, int key)
{
	switch (what) {
	case TERMINAL_KEY:
		if (!tui->pasting)
			take_key(tui, key, false);
		return true;
	case TERMINAL_CHAR:
		if (tui->pasting)
			take_pasted(tui, key);
		else
			take_key(tui, key, true);
		return true;
	case TERMINAL_CLICK: click(tui, (unsigned)key); return false;
	case TERMINAL_WHEEL_UP: move(tui, ACTION_UP, WHEEL_ROWS); return true;
	case TERMINAL_WHEEL_DOWN: move(tui, ACTION_DOWN, WHEEL_ROWS); return true;
	case TERMINAL_PASTE: tui->pasting = true; return true;
	case TERMINAL_PASTE_END: tui->pasting = false; return true;
	case TERMINAL_NOTHING:
	case TERMINAL_RESIZED:
	case TERMINAL_GONE: break;
	}
	return false;
}

static enum err loop(struct tui *tui, struct grid *grid)
{
	bool answer = false; /* a key was taken, and its screen is to come */
	while (!tui->done && !tui->cfg.stopped(tui->cfg.arg)) {
		int key;
		bool busy = work(tui, answer);
		const char *problem = tui->cfg.problem(tui->cfg.arg);
		if (problem)
			tui_note(tui, "%s", problem);
		if (fit_grid(tui, grid) != OK)
			return ERR_NOMEM;
		tui->busy = false;
		draw(tui, grid);
		terminal_show(grid, -1, 0);
		enum terminal_key what =
			terminal_read(busy || tui->busy ? 0 : IDLE_MS, &key);
		/* whoever types all the time does not keep it from reading */
		answer = !answer && what != TERMINAL_NOTHING;
		const struct screen *before = tui->top;
		for (unsigned n = 1; take(tui, what, key) && n < KEYS_MAX; n++) {
			if (tui->done)
				return OK;
			/* a screen knows what it shows once it was drawn: keys typed
			 * ahead must find it so */
			if (tui->top != before)
				draw(tui, grid);
			before = tui->top;
			what = terminal_read(0, &key);
		}
		if (what == TERMINAL_GONE)
			return ERR_IO;
	}
	return OK;
}

static void begin_filter(struct tui *tui)
{
	struct slice filter = setup_text(tui->cfg.setup, SETTING_FILTER);
	if (filter.len && tui->top)
		screen_list_filter(tui, filter);
	if (tui->cfg.notice && !*tui->note)
		tui_note(tui, "%s", tui->cfg.notice);
}

enum err tui_run(const struct tui_cfg *cfg, struct tui_changes *changes)
{
	struct tui tui = { .cfg = *cfg,
		           .mem = engine_mem(cfg->engine),
		           .feed = TUI_FEED_MORE,
		           .can_utf8 = cfg->utf8 };
	struct grid grid = { 0 };
	enum err e = terminal_open(&cfg->setup->theme, cfg->color);
	if (e == OK) {
		list_init(&tui.list, cfg->engine, cfg->select);
		tui_begin(&tui);
		changes->tui = &tui;
		tui_push(&tui, screen_list_new(&tui));
		begin_filter(&tui);
		e = tui.top ? loop(&tui, &grid) : ERR_NOMEM;
		while (tui.top)
			tui_pop(&tui);
		changes->tui = NULL;
		list_clear(&tui.list);
	}
	terminal_close();
	mem_give(tui.mem, grid.cells,
	         (size_t)grid.width * grid.height * sizeof(*grid.cells));
	return e;
}
