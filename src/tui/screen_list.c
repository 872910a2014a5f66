/* SPDX-License-Identifier: MIT */
/* The call list: the first screen. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/screen.h"
#include "view/complete.h"

struct list_screen {
	struct screen screen;
	struct scroll scroll;
	uint32_t call; /* under the cursor; 0: none yet */
	uint32_t home; /* the cursor goes back there when it has its row again; TOP; 0 */
	bool typing;   /* the filter line has the keys */
	struct edit filter;
	struct edit applied;                 /* the filter that is in effect */
	char wrong[EXPRESSION_WHY_MAX + 16]; /* about the filter */
	unsigned wrong_at;                   /* its column, from 1; 0: none */
	char hint[256];                      /* how a word can go on */
	unsigned left;                       /* columns of the table scrolled away */

	/* The search: over what rows show, some rows in each frame. */
	bool finding; /* its line has the keys */
	struct edit find;
	uint32_t find_origin; /* call that the cursor was on */
	int find_step;        /* 1 or -1 while it goes on, else 0 */
	uint32_t find_at;     /* place that is looked at next */
	uint32_t find_left;   /* rows still to be looked at */
	bool find_failed;     /* no row shows it */
};

/* Whoever sorts in the first row wants to see what comes first. */
#define TOP       UINT32_MAX

/* Narrower, a column says nothing any more. */
#define WIDTH_MIN 6

/* --- the head */

/* Columns of the input's name that the time of the last packet leaves. */
#define INPUT_MIN 8
#define LOST_MAX  52 /* bytes of what was lost: any first reason, and dots */

/* What is said about calls is true as of the last packet. Returns the length, 0: there is
 * none. */
static unsigned last_time_text(tick at, char out[40])
{
	char text[TICK_RFC3339_MAX];
	if (at == TICK_NONE)
		return 0;
	tick_rfc3339(at, text); /* 2026-11-20T23:56:24.072000Z */
	return (unsigned)snprintf(out, 40, "as of %.10s %.8s UTC", text, text + 11);
}

static unsigned mode_text(const struct tui *tui, char out[32])
{
	int percent = tui->cfg.progress(tui->cfg.arg);
	const char *mode = tui->cfg.live ? "live" : "reading";
	if (tui->paused)
		mode = "paused";
	else if (tui->feed == TUI_FEED_END)
		mode = tui->cfg.live ? "ended" : "offline";
	else if (percent >= 0)
		return (unsigned)snprintf(out, 32, "  [reading %d%%]", percent);
	return (unsigned)snprintf(out, 32, "  [%s]", mode);
}

/* The end of a text, as much of it as fits into so many columns. */
static struct slice end_of(struct slice text, unsigned columns, bool utf8)
{
	struct slice end = slice_skip(text, text.len);
	for (size_t at = text.len; at-- > 0;) {
		bool inside = ((unsigned char)text.p[at] & 0xc0) == 0x80;
		struct slice more = slice_skip(text, at);
		if (inside)
			continue;
		if (cells_text_width(more, utf8) > columns)
			break;
		end = more;
	}
	return end;
}

/* A path in so many columns, cut in its middle: both of its ends tell it from others.
 * Returns the columns it takes. */
static unsigned draw_path(struct grid *grid, unsigned x, unsigned room, struct slice path,
                          bool utf8)
{
	unsigned width = cells_text_width(path, utf8);
	if (width <= room) {
		draw_text(grid, 0, x, room, path, utf8, CELL_BAR);
		return width;
	}
	struct slice end = end_of(path, room / 2, utf8);
	unsigned end_width = cells_text_width(end, utf8);
	/* what is cut ends in an ellipsis */
	draw_text(grid, 0, x, room - end_width, path, utf8, CELL_BAR);
	draw_text(grid, 0, x + room - end_width, end_width, end, utf8, CELL_BAR);
	return room;
}

/* What is read and how far; the name has what room the rest leaves. */
static void draw_source(const struct tui *tui, struct grid *grid)
{
	static const char program[] = "sipglass  ";
	const struct slice path = slice_of(tui->cfg.input);
	char mode[32], time[40];
	unsigned x = sizeof(program) - 1, width = grid->width;
	unsigned mode_width = mode_text(tui, mode);
	unsigned time_width = last_time_text(engine_stats(tui->cfg.engine)->last, time);
	unsigned wanted = cells_text_width(path, tui->cfg.utf8);
	unsigned least = wanted < INPUT_MIN ? wanted : INPUT_MIN;
	if (time_width && width >= x + least + mode_width + 2 + time_width) {
		draw_words(grid, 0, width - time_width, time, CELL_BAR);
		width -= time_width + 2;
	}
	draw_words(grid, 0, 0, program, CELL_BAR);
	if (width > x + mode_width)
		x += draw_path(grid, x, width - x - mode_width, path, tui->cfg.utf8);
	draw_words(grid, 0, x, mode, CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
}

/* "   lost: kernel 12, cut 3", with dots where there is more: the statistics have all. */
static void losses_text(const struct tui *tui, char out[LOST_MAX])
{
	struct tui_loss losses[TUI_LOSSES_MAX];
	unsigned n = tui->cfg.losses(tui->cfg.arg, losses);
	size_t len = 0;
	*out = '\0';
	for (unsigned i = 0; i < n; i++) {
		char one[LOST_MAX];
		int more = snprintf(one, sizeof(one), "%s%s %llu",
		                    i ? ", " : "   lost: ", losses[i].brief,
		                    (unsigned long long)losses[i].n);
		if (more < 0 || len + (size_t)more >= LOST_MAX - (i + 1 < n ? 5 : 0)) {
			snprintf(out + len, LOST_MAX - len, ", ...");
			return;
		}
		memcpy(out + len, one, (size_t)more + 1);
		len += (size_t)more;
	}
}

static void draw_counts(const struct tui *tui, struct grid *grid)
{
	char text[256], hidden[48] = "", folded[64] = "", left[48] = "", lost[LOST_MAX];
	const struct engine_stats *s = engine_stats(tui->cfg.engine);
	const struct scans *scans = &tui->list.scans;
	losses_text(tui, lost);
	if (scans->nlines)
		snprintf(folded, sizeof(folded), "   Folded: %u in %u line%s",
		         scans->nfolded, scans->nlines, scans->nlines == 1 ? "" : "s");
	if (list_hidden(&tui->list))
		snprintf(hidden, sizeof(hidden), "   Cleared: %u",
		         list_hidden(&tui->list));
	if (s->calls_left)
		snprintf(left, sizeof(left), "   Forgotten: %llu",
		         (unsigned long long)s->calls_left);
	snprintf(text, sizeof(text),
	         "Messages: %llu   Calls: %u%s   Shown: %u%s%s%s%s   Packets: %llu%s",
	         (unsigned long long)s->messages,
	         tracker_calls_kept(engine_tracker(tui->cfg.engine)), left,
	         list_calls(&tui->list),
	         tui->list.left_out ? "   not all: out of memory" : "", folded, hidden,
	         lost, (unsigned long long)engine_net_stats(tui->cfg.engine)->packets,
	         tui->list.calls_only ? "   calls only" : "");
	draw_words(grid, 1, 0, text, CELL_PLAIN);
}

static void mark_cursor(struct grid *grid, unsigned y, const struct edit *e, bool utf8)
{
	unsigned x = 8 + cells_text_width((struct slice){ e->text, e->at }, utf8);
	if (y < grid->height && x < grid->width)
		grid_line(grid, y).cells[x].style |= CELL_INVERSE;
}

static void draw_filter(const struct tui *tui, const struct list_screen *l,
                        struct grid *grid)
{
	draw_words(grid, 2, 0, l->typing ? "Filter> " : "Filter: ", CELL_HEAD);
	draw_text(grid, 2, 8, grid->width,
	          (struct slice){ l->filter.text, l->filter.len }, tui->cfg.utf8,
	          CELL_PLAIN);
	if (l->typing)
		mark_cursor(grid, 2, &l->filter, tui->cfg.utf8);
	if (l->wrong_at) {
		draw_words(grid, 3, 7 + l->wrong_at, "^ ", CELL_ERROR);
		draw_words(grid, 3, 9 + l->wrong_at, l->wrong, CELL_ERROR);
	} else if (l->finding) {
		draw_words(grid, 3, 0, "Search> ", CELL_HEAD);
		draw_text(grid, 3, 8, grid->width,
		          (struct slice){ l->find.text, l->find.len }, tui->cfg.utf8,
		          CELL_PLAIN);
		mark_cursor(grid, 3, &l->find, tui->cfg.utf8);
	} else if (l->typing) {
		draw_words(grid, 3, 8, l->hint, CELL_TIME);
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

/* The findings of a call are asked for once: that is the work of all its messages. */
static void draw_mark(const struct tui *tui, struct grid *grid, unsigned y, unsigned x,
                      uint32_t call)
{
	enum find_severity s = column_severity(tui->cfg.engine, call);
	char mark = column_mark(s);
	draw_text(grid, y, x, 1, (struct slice){ &mark, 1 }, false,
	          s == FIND_ERROR ? CELL_ERROR : CELL_WARNING);
}

/* Draw one cell; a number stands to the right of its column. */
static void draw_cell(const struct tui *tui, struct grid *grid, unsigned y, unsigned x,
                      unsigned width, uint32_t call, const struct column_of *c)
{
	char text[COLUMN_TEXT_MAX];
	if (c->column == COLUMN_FINDING) {
		draw_mark(tui, grid, y, x + (width ? width - 1 : 0), call);
		return;
	}
	struct slice s = column_text_as(tui->cfg.engine, call, c, tui_aliases(tui), text);
	unsigned used = cells_text_width(s, tui->cfg.utf8);
	if (column_is_number(c->column) && used < width)
		x += width - used;
	draw_text(grid, y, x, width, s, tui->cfg.utf8,
	          c->column == COLUMN_STATE
	                  ? state_style(column_state(tui->cfg.engine, call))
	                  : CELL_PLAIN);
}

/* Columns are as wide as what is in them, but for what the screen lacks: that is taken
 * from the widest ones. They grow with what was shown, and do not jump about. */
static unsigned widest_text(const struct tui *tui, const struct list_screen *l,
                            unsigned i, unsigned height)
{
	unsigned widest = tui->columns.wanted[i];
	uint32_t n = list_count(&tui->list);
	if (tui->columns.of[i].column == COLUMN_FINDING)
		return 1;
	for (uint64_t y = 0; y < height && l->scroll.top + y < n; y++) {
		char text[COLUMN_TEXT_MAX];
		uint32_t call = list_at(&tui->list, (uint32_t)(l->scroll.top + y));
		if (list_scan(&tui->list, call))
			continue; /* its text takes what room there is */
		struct slice s =
			column_text_as(tui->cfg.engine, call, &tui->columns.of[i],
		                       tui_aliases(tui), text);
		unsigned used = cells_text_width(s, tui->cfg.utf8);
		widest = widest > used ? widest : used;
	}
	return widest;
}

static unsigned widest_column(const struct tui_columns *t, unsigned left)
{
	unsigned widest = t->n;
	for (unsigned i = left; i < t->n; i++)
		if (t->width[i] > WIDTH_MIN &&
		    (widest == t->n || t->width[i] > t->width[widest]))
			widest = i;
	return widest;
}

static void fit_columns(struct tui *tui, const struct list_screen *l, unsigned room,
                        unsigned height)
{
	struct tui_columns *t = &tui->columns;
	unsigned sum = 2;
	for (unsigned i = l->left; i < t->n; i++) {
		bool sorted = column_is_same(&t->of[i], &tui->list.sort);
		unsigned title =
			(unsigned)strlen(column_of_title(&t->of[i])) + (sorted ? 2 : 0);
		unsigned most = column_width(t->of[i].column);
		most = most > title ? most : title;
		t->wanted[i] = widest_text(tui, l, i, height);
		unsigned wanted = t->wanted[i] > title ? t->wanted[i] : title;
		t->width[i] = wanted < most ? wanted : most;
		sum += t->width[i] + 1;
	}
	for (; sum > room; sum--) {
		unsigned i = widest_column(t, l->left);
		if (i == t->n)
			return; /* the last ones are cut, and scrolled to */
		t->width[i]--;
	}
}

static void draw_titles(const struct tui *tui, const struct list_screen *l,
                        struct grid *grid, unsigned y)
{
	const struct tui_columns *t = &tui->columns;
	unsigned x = 3;
	for (unsigned i = l->left; i < t->n && x < grid->width; i++) {
		char title[COLUMN_HEADER_MAX + 8];
		bool sorted = column_is_same(&t->of[i], &tui->list.sort);
		snprintf(title, sizeof(title), "%s%s", column_of_title(&t->of[i]),
		         !sorted                ? ""
		         : tui->list.descending ? " v"
		                                : " ^");
		draw_text(grid, y, x, t->width[i], slice_of(title), false, CELL_TITLE);
		x += t->width[i] + 1;
	}
}

/* All calls of a scan in one line. */
static void draw_scan(const struct tui *tui, struct grid *grid, unsigned y, uint32_t scan)
{
	char text[SCAN_TEXT_MAX];
	struct slice s = scans_text(&tui->list.scans, tui->cfg.engine, scan, text);
	draw_text(grid, y, 3, grid->width, s, tui->cfg.utf8, CELL_NOTE);
}

static void draw_row(const struct tui *tui, const struct list_screen *l,
                     struct grid *grid, unsigned y, uint32_t call)
{
	const struct tui_columns *t = &tui->columns;
	uint32_t scan = list_scan(&tui->list, call);
	unsigned x = 3;
	enum list_marks marks = list_row_marks(&tui->list, call);
	if (marks != LIST_MARKED_NONE)
		draw_words(grid, y, 0, marks == LIST_MARKED_ALL ? "[*]" : "[-]",
		           CELL_MARKED);
	else if (scan)
		draw_words(grid, y, 1, "+", CELL_NOTE);
	if (scan)
		draw_scan(tui, grid, y, scan);
	for (unsigned i = l->left; !scan && i < t->n && x < grid->width; i++) {
		draw_cell(tui, grid, y, x, t->width[i], call, &t->of[i]);
		x += t->width[i] + 1;
	}
	if (call == l->call) {
		struct cells line = grid_line(grid, y);
		for (unsigned i = 0; i < line.width; i++)
			line.cells[i].style |= CELL_INVERSE;
	}
}

/* --- the search */

static bool has_text(struct slice text, struct slice wanted)
{
	for (size_t i = 0; i + wanted.len <= text.len; i++)
		if (slice_istarts(slice_skip(text, i), wanted))
			return true;
	return false;
}

static bool row_has(const struct tui *tui, uint32_t call, struct slice wanted)
{
	char text[COLUMN_TEXT_MAX], folded[SCAN_TEXT_MAX];
	uint32_t scan = list_scan(&tui->list, call);
	if (scan)
		return has_text(
			scans_text(&tui->list.scans, tui->cfg.engine, scan, folded),
			wanted);
	for (unsigned i = 0; i < tui->columns.n; i++)
		if (has_text(column_text_as(tui->cfg.engine, call, &tui->columns.of[i],
		                            tui_aliases(tui), text),
		             wanted))
			return true;
	return false;
}

static void tell_failed(struct tui *tui, const struct list_screen *l)
{
	if (l->find_failed)
		tui_note(tui, "no row shows that text");
}

/* Look at some rows; true: it is not over. */
static bool find_some(struct tui *tui, struct list_screen *l)
{
	const struct slice wanted = { l->find.text, l->find.len };
	int64_t until = tui_now_ms() + TUI_WORK_MS;
	uint32_t n = list_count(&tui->list);
	while (l->find_step && l->find_left && l->find_at < n) {
		uint32_t call = list_at(&tui->list, l->find_at);
		if (row_has(tui, call, wanted)) {
			l->call = call;
			l->home = 0;
			l->scroll.cursor = l->find_at;
			l->find_step = 0;
			tui->follow = false;
			return false;
		}
		l->find_left--;
		if (l->find_step > 0)
			l->find_at = l->find_at + 1 < n ? l->find_at + 1 : 0;
		else
			l->find_at = l->find_at ? l->find_at - 1 : n - 1;
		if (l->find_left % 16 == 0 && tui_now_ms() >= until)
			return true;
	}
	l->find_failed = l->find_step != 0;
	l->find_step = 0;
	tell_failed(tui, l);
	return false;
}

/* From this place on, which is looked at first. */
static void find_from(struct tui *tui, struct list_screen *l, uint32_t place, int step)
{
	uint32_t n = list_count(&tui->list);
	l->find_step = l->find.len && n ? step : 0;
	l->find_failed = false;
	l->find_at = place < n ? place : 0;
	l->find_left = n;
	tui->busy = find_some(tui, l); /* at once: the next key may ask for more */
}

static void find_on(struct tui *tui, struct list_screen *l, int step)
{
	uint32_t n = list_count(&tui->list), at = (uint32_t)l->scroll.cursor;
	if (!l->find.len)
		tui_note(tui, "^S looks for text; n and N go on from there");
	else if (n)
		find_from(tui, l, step > 0 ? at + 1 : (at ? at : n) - 1, step);
}

static void type_find(struct tui *tui, struct list_screen *l, int key, bool is_char)
{
	if (is_char && key == 27) {
		l->finding = false;
		l->find_step = 0;
		l->call = l->find_origin;
		l->home = 0;
	} else if (is_char && (key == '\r' || key == '\n')) {
		l->finding = false;
		tell_failed(tui, l);
	} else if (is_char && key == 19) { /* ^S again */
		find_on(tui, l, 1);
	} else if (edit_key(&l->find, key, is_char)) {
		uint32_t place =
			l->find_origin ? list_place(&tui->list, l->find_origin) : 0;
		find_from(tui, l, place, 1);
	}
}

/* --- the screen */

/* The cursor keeps to its call wherever that goes, also while the list is made anew. */
static void fit_cursor(const struct tui *tui, struct list_screen *l)
{
	uint32_t place = UINT32_MAX;
	bool done = list_is_done(&tui->list);
	if (!l->home)
		l->home = l->call;
	if (l->home == TOP)
		l->scroll.cursor = 0;
	else if (l->home)
		place = list_place(&tui->list, l->home);
	if (place != UINT32_MAX)
		l->scroll.cursor = place;
	if (done || place != UINT32_MAX)
		l->home = 0;
	if (tui->follow)
		place = list_place(&tui->list, list_newest(&tui->list));
	if (tui->follow && place != UINT32_MAX)
		l->scroll.cursor = place;
}

/* Why there is no row. */
static const char *nothing_shown(const struct tui *tui)
{
	if (!tracker_calls(engine_tracker(tui->cfg.engine)))
		return "No SIP call yet.";
	if (!list_is_done(&tui->list))
		return "";
	return list_hidden(&tui->list) ? "All calls are cleared: I shows them."
	                               : "No call passes the filter.";
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct list_screen *l = (struct list_screen *)screen;
	uint32_t n = list_count(&tui->list);
	unsigned head = 5;
	unsigned height = grid->height > head ? grid->height - head : 0;
	if (l->find_step)
		tui->busy = find_some(tui, l);
	fit_cursor(tui, l);
	scroll_fit(&l->scroll, n, height);
	tui_rows(tui, &l->scroll, head);
	l->call = n ? list_at(&tui->list, (uint32_t)l->scroll.cursor) : 0;
	draw_source(tui, grid);
	draw_counts(tui, grid);
	draw_filter(tui, l, grid);
	fit_columns(tui, l, grid->width, height);
	draw_titles(tui, l, grid, 4);
	for (unsigned y = 0; y < height && l->scroll.top + y < n; y++)
		draw_row(tui, l, grid, head + y,
		         list_at(&tui->list, (uint32_t)(l->scroll.top + y)));
	if (n == 0 && height)
		draw_words(grid, head, 3, nothing_shown(tui), CELL_NOTE);
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
	l->applied = l->filter;
	l->typing = false;
}

bool screen_list_filter(struct tui *tui, struct slice text)
{
	struct screen *lowest = tui->top;
	while (lowest->below)
		lowest = lowest->below;
	struct list_screen *l = (struct list_screen *)lowest;
	edit_replace(&l->filter, 0, l->filter.len, text);
	l->typing = true;
	try_filter(tui, l);
	return !l->typing;
}

static void complete(struct list_screen *l)
{
	struct complete c;
	struct edit *e = &l->filter;
	complete_at(&c, (struct slice){ e->text, e->len }, e->at);
	*l->hint = '\0';
	if (c.n == 0) {
		snprintf(l->hint, sizeof(l->hint), "nothing that it could become");
		return;
	}
	edit_replace(e, c.from, c.to, (struct slice){ c.names[0], c.common });
	size_t len = 0;
	for (unsigned i = 0; c.n > 1 && i < c.n && len < sizeof(l->hint); i++)
		len += (size_t)snprintf(l->hint + len, sizeof(l->hint) - len, "%s  ",
		                        c.names[i]);
}

static void type_filter(struct tui *tui, struct list_screen *l, int key, bool is_char)
{
	*l->hint = '\0';
	if (is_char && key == 27) {
		l->typing = false;
		l->filter = l->applied;
		l->wrong_at = 0;
	} else if (is_char && (key == '\r' || key == '\n')) {
		try_filter(tui, l);
	} else if (is_char && key == '\t') {
		l->wrong_at = 0;
		complete(l);
	} else if (edit_key(&l->filter, key, is_char)) {
		l->wrong_at = 0;
	}
}

static bool type(struct tui *tui, struct screen *screen, int key, bool is_char)
{
	struct list_screen *l = (struct list_screen *)screen;
	if (l->finding)
		type_find(tui, l, key, is_char);
	else if (l->typing)
		type_filter(tui, l, key, is_char);
	else
		return false;
	return true;
}

/* --- actions */

static void sort(struct tui *tui, struct list_screen *l, enum action action)
{
	const struct tui_columns *t = &tui->columns;
	unsigned at = 0;
	if (t->n == 0)
		return;
	l->home = l->scroll.cursor ? l->call : TOP;
	if (action == ACTION_SORT_SWAP) {
		tui->list.descending = !tui->list.descending;
		return;
	}
	while (at < t->n && !column_is_same(&t->of[at], &tui->list.sort))
		at++;
	if (action == ACTION_SORT_PREVIOUS)
		at = at == 0 ? t->n - 1 : at - 1;
	else
		at = at + 1 >= t->n ? 0 : at + 1;
	list_sort(&tui->list, &t->of[at], tui->list.descending);
	tui_note(tui, "sorted by %s", column_of_title(&t->of[at]));
}

/* Clear the list; with a filter, of what that leaves out, and then of the filter. */
static void clear_calls(struct tui *tui, struct list_screen *l, bool keep)
{
	if (list_hide(&tui->list, keep) != OK) {
		tui_note(tui, "out of memory");
		return;
	}
	if (keep) {
		edit_replace(&l->filter, 0, l->filter.len, SLICE_NONE);
		l->applied = l->filter;
		l->wrong_at = 0;
		list_filter(&tui->list, NULL);
	}
	tui_note(tui, "%u calls are cleared: I shows them again",
	         list_hidden(&tui->list));
}

/* Gather the first selected calls that are shown; returns how many there are. */
static uint32_t selected(const struct tui *tui, uint32_t calls[FLOW_CALLS_MAX])
{
	struct list_walk walk = { 0 };
	uint32_t call, n = 0;
	while (tui->list.nmarked && list_next(&tui->list, &walk, &call)) {
		if (!list_is_marked(&tui->list, call))
			continue;
		if (n < FLOW_CALLS_MAX)
			calls[n] = call;
		n++;
	}
	return n;
}

static void show(struct tui *tui, const struct list_screen *l)
{
	uint32_t calls[FLOW_CALLS_MAX], scan = list_scan(&tui->list, l->call);
	uint32_t n = selected(tui, calls);
	if (n == 0 && scan) {
		list_unfold(&tui->list, scan);
		return;
	}
	if (n == 0 && l->call)
		calls[n++] = l->call;
	if (n)
		tui_push(tui, screen_flow_new(tui, calls,
		                              n < FLOW_CALLS_MAX ? n : FLOW_CALLS_MAX));
	if (n > FLOW_CALLS_MAX)
		tui_note(tui, "%d of %u selected calls", FLOW_CALLS_MAX, n);
}

static void pause_reading(struct tui *tui)
{
	if (tui->feed == TUI_FEED_END)
		tui_note(tui, "all is read");
	else
		tui->paused = !tui->paused;
}

static void fold(struct tui *tui)
{
	bool open = !list_is_unfolded(&tui->list);
	list_unfold_all(&tui->list, open);
	tui_note(tui, open ? "scans are unfolded: each call has a line"
	                   : "scans are folded into one line each");
}

/* The call of the cursor, or all of the scan that it stands for; where only some of those
 * are selected, now all are. False: no memory. */
static bool mark(struct tui *tui, uint32_t call)
{
	const struct scans *s = &tui->list.scans;
	bool on = list_row_marks(&tui->list, call) != LIST_MARKED_ALL;
	uint32_t scan = list_scan(&tui->list, call);
	if (!scan)
		return list_mark(&tui->list, call, on) == OK;
	for (call = scans_first(s, scan); call; call = scans_next(s, call))
		if (list_mark(&tui->list, call, on) != OK)
			return false;
	return true;
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
	case ACTION_RIGHT: l->left += l->left + 1 < tui->columns.n; return;
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
		if (l->call && !mark(tui, l->call))
			tui_note(tui, "out of memory");
		scroll_act(&l->scroll, ACTION_DOWN);
		l->home = 0;
		break;
	case ACTION_SEARCH:
		l->typing = true;
		*l->hint = '\0';
		return;
	case ACTION_FIND:
		l->finding = true;
		l->find_origin = l->call;
		edit_replace(&l->find, 0, l->find.len, SLICE_NONE);
		return;
	case ACTION_FIND_NEXT: find_on(tui, l, 1); return;
	case ACTION_FIND_PREVIOUS: find_on(tui, l, -1); return;
	case ACTION_CLEAR: clear_calls(tui, l, false); return;
	case ACTION_CLEAR_SOFT: clear_calls(tui, l, true); return;
	case ACTION_UNHIDE: list_unhide(&tui->list); return;
	case ACTION_FILTERS: tui_push(tui, screen_filter_new(tui)); return;
	case ACTION_COLUMNS: tui_push(tui, screen_columns_new(tui)); return;
	case ACTION_STATS: tui_push(tui, screen_stats_new(tui)); return;
	case ACTION_REGISTRATIONS: tui_push(tui, screen_registrations_new(tui)); return;
	case ACTION_OVERVIEW: tui_push(tui, screen_overview_new(tui)); return;
	case ACTION_SAVE: tui_push(tui, screen_save_new(tui, l->call)); return;
	case ACTION_SETTINGS: tui_push(tui, screen_settings_new(tui)); return;
	case ACTION_CALLS_ONLY:
		tui_set(tui, SETTING_CALLS_ONLY, !tui->list.calls_only);
		return;
	case ACTION_FOLLOW:
		tui->follow = !tui->follow;
		tui_note(tui,
		         tui->follow ? "following the newest call" : "not following");
		return;
	case ACTION_SORT_PREVIOUS:
	case ACTION_SORT_NEXT:
	case ACTION_SORT_SWAP: sort(tui, l, action); return;
	case ACTION_ALIASES: tui_toggle_aliases(tui); return;
	case ACTION_FOLD: fold(tui); return;
	case ACTION_PAUSE: pause_reading(tui); return;
	default:
		if (!scroll_act(&l->scroll, action))
			return;
		l->home = action == ACTION_BEGIN ? TOP : 0;
		tui->follow = false;
		break;
	}
	l->call = l->scroll.cursor < list_count(&tui->list)
	                  ? list_at(&tui->list, (uint32_t)l->scroll.cursor)
	                  : 0;
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	mem_give(tui->mem, screen, sizeof(struct list_screen));
}

static const struct screen_class class = {
	SCREEN_LIST, draw, act, type, free_screen, NULL
};

struct screen *screen_list_new(struct tui *tui)
{
	struct list_screen *l = mem_take(tui->mem, sizeof(*l));
	if (!l)
		return NULL;
	l->screen.class = &class;
	return &l->screen;
}
