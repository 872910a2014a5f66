/* SPDX-License-Identifier: MIT */
/* The call list: the first screen. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/screen.h"

struct list_screen {
	struct screen screen;
	struct scroll scroll;
	uint32_t call; /* under the cursor; 0: none yet */
	bool follow;   /* keep to the newest */
	bool typing;   /* the filter line has the keys */
	struct edit filter;
	char wrong[EXPRESSION_WHY_MAX + 16]; /* about the filter */
	unsigned wrong_at;                   /* its column, from 1; 0: none */
	unsigned left;                       /* columns of the table scrolled away */
	enum column columns[COLUMN_COUNT];
	unsigned ncolumns;
	unsigned wanted[COLUMN_COUNT]; /* width of the widest text so far */
	unsigned width[COLUMN_COUNT];  /* as it is drawn */
};

/* Narrower, a column says nothing any more. */
#define WIDTH_MIN 6

/* --- the head */

static void draw_status(const struct tui *tui, struct grid *grid)
{
	char text[256];
	const struct engine_stats *s = engine_stats(tui->cfg.engine);
	const struct tracker *t = engine_tracker(tui->cfg.engine);
	int percent = tui->cfg.progress(tui->cfg.arg);
	char mode[32] = "";
	if (tui->paused)
		snprintf(mode, sizeof(mode), "paused");
	else if (tui->feed == TUI_FEED_END)
		snprintf(mode, sizeof(mode), "offline");
	else if (percent >= 0)
		snprintf(mode, sizeof(mode), "reading %d%%", percent);
	else
		snprintf(mode, sizeof(mode), "reading");
	snprintf(text, sizeof(text), "sipglass  %s  [%s]", tui->cfg.input, mode);
	draw_text(grid, 0, 0, grid->width, (struct slice){ text, strlen(text) },
	          tui->cfg.utf8, CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	snprintf(text, sizeof(text), "Messages: %llu   Calls: %u   Shown: %u%s%s%s",
	         (unsigned long long)s->messages, tracker_calls(t), tui->list.nrows,
	         tui->list.calls_only ? "   calls only" : "",
	         *tui->cfg.losses(tui->cfg.arg) ? "   lost: " : "",
	         tui->cfg.losses(tui->cfg.arg));
	draw_words(grid, 1, 0, text, CELL_PLAIN);
}

static void draw_filter(const struct tui *tui, const struct list_screen *l,
                        struct grid *grid)
{
	draw_words(grid, 2, 0, l->typing ? "Filter> " : "Filter: ", CELL_HEAD);
	draw_text(grid, 2, 8, grid->width,
	          (struct slice){ l->filter.text, l->filter.len }, tui->cfg.utf8,
	          CELL_PLAIN);
	if (l->typing && 8 + l->filter.at < grid->width) {
		struct cells line = grid_line(grid, 2);
		line.cells[8 + l->filter.at].style |= CELL_INVERSE;
	}
	if (l->wrong_at) {
		draw_words(grid, 3, 7 + l->wrong_at, "^ ", CELL_ERROR);
		draw_words(grid, 3, 9 + l->wrong_at, l->wrong, CELL_ERROR);
	}
}

/* --- the table */

static enum cell_style state_style(enum call_state state)
{
	switch (state) {
	case CALL_IN_CALL:
	case CALL_COMPLETED: return CELL_SUCCESS;
	case CALL_CALLING:
	case CALL_TRYING:
	case CALL_RINGING: return CELL_PROVISIONAL;
	case CALL_UNKNOWN: return CELL_PLAIN;
	default: return CELL_FAILURE;
	}
}

static enum cell_style cell_style(struct engine *e, uint32_t call, enum column column)
{
	if (column == COLUMN_STATE)
		return state_style(column_state(e, call));
	if (column == COLUMN_FINDING) {
		enum find_severity s = column_severity(e, call);
		return s == FIND_ERROR ? CELL_ERROR : CELL_WARNING;
	}
	return CELL_PLAIN;
}

/* Draw one cell; a number stands to the right of its column. */
static void draw_cell(const struct tui *tui, struct grid *grid, unsigned y, unsigned x,
                      unsigned width, uint32_t call, enum column column)
{
	char text[COLUMN_TEXT_MAX];
	struct slice s = column_text(tui->cfg.engine, call, column, text);
	unsigned used = cells_text_width(s, tui->cfg.utf8);
	if (column_is_number(column) && used < width)
		x += width - used;
	draw_text(grid, y, x, width, s, tui->cfg.utf8,
	          cell_style(tui->cfg.engine, call, column));
}

/* Columns are as wide as what is in them, but for what the screen lacks: that is taken
 * from the widest ones. They grow with what was shown, and do not jump about. */
static unsigned widest_text(const struct tui *tui, const struct list_screen *l,
                            enum column c, unsigned height)
{
	unsigned widest = l->wanted[c];
	for (uint64_t y = 0; y < height && l->scroll.top + y < tui->list.nrows; y++) {
		char text[COLUMN_TEXT_MAX];
		uint32_t call = list_at(&tui->list, (uint32_t)(l->scroll.top + y));
		struct slice s = column_text(tui->cfg.engine, call, c, text);
		unsigned used = cells_text_width(s, tui->cfg.utf8);
		widest = widest > used ? widest : used;
	}
	return widest;
}

static enum column widest_column(const struct list_screen *l)
{
	enum column widest = COLUMN_COUNT;
	for (unsigned i = l->left; i < l->ncolumns; i++) {
		enum column c = l->columns[i];
		if (l->width[c] > WIDTH_MIN &&
		    (widest == COLUMN_COUNT || l->width[c] > l->width[widest]))
			widest = c;
	}
	return widest;
}

static void fit_columns(const struct tui *tui, struct list_screen *l, unsigned room,
                        unsigned height)
{
	unsigned sum = 2;
	for (unsigned i = l->left; i < l->ncolumns; i++) {
		enum column c = l->columns[i];
		unsigned title =
			(unsigned)strlen(column_title(c)) + (c == tui->list.sort ? 2 : 0);
		unsigned most = column_width(c) > title ? column_width(c) : title;
		l->wanted[c] = widest_text(tui, l, c, height);
		unsigned wanted = l->wanted[c] > title ? l->wanted[c] : title;
		l->width[c] = wanted < most ? wanted : most;
		sum += l->width[c] + 1;
	}
	for (; sum > room; sum--) {
		enum column c = widest_column(l);
		if (c == COLUMN_COUNT)
			return; /* the last ones are cut, and scrolled to */
		l->width[c]--;
	}
}

static void draw_titles(const struct tui *tui, const struct list_screen *l,
                        struct grid *grid, unsigned y)
{
	unsigned x = 3;
	for (unsigned i = l->left; i < l->ncolumns && x < grid->width; i++) {
		enum column c = l->columns[i];
		char title[64];
		snprintf(title, sizeof(title), "%s%s", column_title(c),
		         c != tui->list.sort    ? ""
		         : tui->list.descending ? " v"
		                                : " ^");
		draw_text(grid, y, x, l->width[c], (struct slice){ title, strlen(title) },
		          false, CELL_TITLE);
		x += l->width[c] + 1;
	}
}

static void draw_call(const struct tui *tui, const struct list_screen *l,
                      struct grid *grid, unsigned y, uint32_t call)
{
	bool marked = list_is_marked(&tui->list, call);
	unsigned x = 3;
	draw_words(grid, y, 0, marked ? "[*]" : "", CELL_MARKED);
	for (unsigned i = l->left; i < l->ncolumns && x < grid->width; i++) {
		enum column c = l->columns[i];
		draw_cell(tui, grid, y, x, l->width[c], call, c);
		x += l->width[c] + 1;
	}
	if (call == l->call) {
		struct cells line = grid_line(grid, y);
		for (unsigned i = 0; i < line.width; i++)
			line.cells[i].style |= CELL_INVERSE;
	}
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct list_screen *l = (struct list_screen *)screen;
	uint32_t n = tui->list.nrows;
	unsigned head = 5;
	unsigned height = grid->height > head ? grid->height - head : 0;
	uint32_t place = l->call ? list_place(&tui->list, l->call) : UINT32_MAX;
	if (place != UINT32_MAX)
		l->scroll.cursor = place;
	if (l->follow && n)
		l->scroll.cursor = n - 1;
	scroll_fit(&l->scroll, n, height);
	tui_rows(tui, &l->scroll, head);
	l->call = n ? list_at(&tui->list, (uint32_t)l->scroll.cursor) : 0;
	draw_status(tui, grid);
	draw_filter(tui, l, grid);
	fit_columns(tui, l, grid->width, height);
	draw_titles(tui, l, grid, 4);
	for (unsigned y = 0; y < height && l->scroll.top + y < n; y++)
		draw_call(tui, l, grid, head + y,
		          list_at(&tui->list, (uint32_t)(l->scroll.top + y)));
	if (n == 0 && height)
		draw_words(grid, head, 3,
		           tracker_calls(engine_tracker(tui->cfg.engine))
		                   ? "No call passes the filter."
		                   : "No SIP call yet.",
		           CELL_NOTE);
}

/* --- the filter */

static void try_filter(struct tui *tui, struct list_screen *l)
{
	struct expression *x = NULL;
	struct expression_error error = { 0 };
	struct slice text = { l->filter.text, l->filter.len };
	l->wrong_at = 0;
	if (slice_trim(text).len) {
		enum err e = expression_new(&x, tui->mem, text, &error);
		if (e == ERR_FORMAT) {
			l->wrong_at = error.column;
			snprintf(l->wrong, sizeof(l->wrong), "%s", error.why);
			return;
		}
		if (e != OK) {
			tui_note(tui, "out of memory");
			return;
		}
	}
	list_filter(&tui->list, x);
	l->typing = false;
}

static bool type(struct tui *tui, struct screen *screen, int key, bool is_char)
{
	struct list_screen *l = (struct list_screen *)screen;
	if (!l->typing)
		return false;
	if (is_char && key == 27) {
		l->typing = false;
		l->wrong_at = 0;
	} else if (is_char && (key == '\r' || key == '\n')) {
		try_filter(tui, l);
	} else if (edit_key(&l->filter, key, is_char)) {
		l->wrong_at = 0;
	}
	return true;
}

/* --- actions */

static void sort_by(struct tui *tui, const struct list_screen *l, int step)
{
	unsigned at = 0;
	while (at < l->ncolumns && l->columns[at] != tui->list.sort)
		at++;
	if (step < 0)
		at = at == 0 ? l->ncolumns - 1 : at - 1;
	else
		at = at + 1 >= l->ncolumns ? 0 : at + 1;
	list_sort(&tui->list, l->columns[at], tui->list.descending);
	tui_note(tui, "sorted by %s", column_title(l->columns[at]));
}

static void show(struct tui *tui, const struct list_screen *l)
{
	uint32_t calls[64];
	size_t n = 0;
	for (uint32_t i = 0; i < tui->list.nrows && tui->list.nmarked && n < 64; i++) {
		uint32_t call = list_at(&tui->list, i);
		if (list_is_marked(&tui->list, call))
			calls[n++] = call;
	}
	if (n == 0 && l->call)
		calls[n++] = l->call;
	if (n)
		tui_push(tui, screen_flow_new(tui, calls, n));
}

static void show_raw(struct tui *tui, uint32_t call)
{
	uint32_t *ids, n;
	if (!call || tracker_call_messages(engine_tracker(tui->cfg.engine), call,
	                                   tui->mem, &ids, &n) != OK)
		return;
	tui_push(tui, screen_message_new(tui, ids, n));
	mem_give(tui->mem, ids, n * sizeof(*ids));
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct list_screen *l = (struct list_screen *)screen;
	switch (action) {
	case ACTION_LEFT: l->left -= l->left > 0; return;
	case ACTION_RIGHT: l->left += l->left + 1 < l->ncolumns; return;
	case ACTION_SHOW: show(tui, l); return;
	case ACTION_RAW: show_raw(tui, l->call); return;
	case ACTION_EXTENDED:
		if (l->call)
			tui_push(tui, screen_flow_extended(tui, l->call));
		return;
	case ACTION_DIALOGS:
		if (l->call)
			tui_push(tui, screen_dialogs_new(tui, &l->call, 1));
		return;
	case ACTION_FINDINGS:
		if (l->call)
			tui_push(tui, screen_findings_new(tui, l->call));
		return;
	case ACTION_SELECT:
		if (l->call && list_mark(&tui->list, l->call,
		                         !list_is_marked(&tui->list, l->call)) != OK)
			tui_note(tui, "out of memory");
		scroll_act(&l->scroll, ACTION_DOWN);
		break;
	case ACTION_SEARCH: l->typing = true; return;
	case ACTION_CALLS_ONLY:
		tui->list.calls_only = !tui->list.calls_only;
		list_restart(&tui->list);
		return;
	case ACTION_FOLLOW:
		l->follow = !l->follow;
		tui_note(tui, l->follow ? "following the newest call" : "not following");
		return;
	case ACTION_SORT_PREVIOUS: sort_by(tui, l, -1); return;
	case ACTION_SORT_NEXT: sort_by(tui, l, 1); return;
	case ACTION_SORT_SWAP:
		list_sort(&tui->list, tui->list.sort, !tui->list.descending);
		return;
	case ACTION_PAUSE: tui->paused = !tui->paused; return;
	default:
		if (!scroll_act(&l->scroll, action))
			return;
		l->follow = false;
		break;
	}
	if (l->scroll.cursor < tui->list.nrows)
		l->call = list_at(&tui->list, (uint32_t)l->scroll.cursor);
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	mem_give(tui->mem, screen, sizeof(struct list_screen));
}

static const struct screen_class class = { SCREEN_LIST, draw, act, type, free_screen };

struct screen *screen_list_new(struct tui *tui)
{
	struct list_screen *l = mem_take(tui->mem, sizeof(*l));
	if (!l)
		return NULL;
	l->screen.class = &class;
	for (unsigned c = 0; c < COLUMN_COUNT; c++)
		if (column_is_shown((enum column)c))
			l->columns[l->ncolumns++] = (enum column)c;
	return &l->screen;
}
