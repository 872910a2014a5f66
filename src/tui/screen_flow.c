/* SPDX-License-Identifier: MIT */
/* The call flow: the ladder of one or several calls, with the message beside it where
 * there is room. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/screen.h"
#include "tui/text_lines.h"
#include "view/ladder_draw.h"

#define PREVIEW_MIN 100 /* narrower screens have no room for a message beside the flow */

struct flow_screen {
	struct screen screen;
	struct ladder ladder;
	struct scroll scroll; /* of rows */
	uint32_t *calls;
	size_t ncalls;
	uint64_t messages; /* of the calls, when the ladder was made */
	uint32_t compared; /* message chosen to be compared, or 0 */
	bool no_preview;
};

static uint64_t count_messages(const struct tui *tui, const struct flow_screen *f)
{
	uint64_t n = 0;
	for (size_t i = 0; i < f->ncalls; i++)
		n += tracker_call_at(engine_tracker(tui->cfg.engine), f->calls[i])
		             ->messages;
	return n;
}

/* Make the ladder anew when messages came. */
static bool refresh_ladder(struct tui *tui, struct flow_screen *f)
{
	uint64_t n = count_messages(tui, f);
	if (n == f->messages && f->ladder.mem)
		return true;
	ladder_clear(&f->ladder);
	if (ladder_build(&f->ladder, tui->cfg.engine, f->calls, f->ncalls) != OK) {
		ladder_clear(&f->ladder);
		f->ladder = (struct ladder){ 0 };
		tui_note(tui, "out of memory: the flow cannot be shown");
		return false;
	}
	f->messages = n;
	return true;
}

static const struct ladder_row *row_at(const struct flow_screen *f)
{
	return f->scroll.cursor < f->ladder.nrows ? &f->ladder.rows[f->scroll.cursor]
	                                          : NULL;
}

/* The other messages of the transaction under the cursor are lit up. */
static void light_up(const struct flow_screen *f, const struct ladder_row *row,
                     struct cells *line)
{
	const struct ladder_row *here = row_at(f);
	bool same = here && row->transaction && row->transaction == here->transaction;
	for (unsigned x = 0; x < line->width; x++) {
		if (row == here)
			line->cells[x].style |= CELL_INVERSE;
		else if (same && line->cells[x].style == CELL_TIME)
			line->cells[x].style = CELL_HEAD;
		else if (row->message == f->compared && f->compared &&
		         line->cells[x].style == CELL_TIME)
			line->cells[x].style = CELL_MARKED;
	}
}

static void draw_ladder(struct tui *tui, struct flow_screen *f, struct grid *grid,
                        unsigned width)
{
	struct ladder_layout layout;
	struct cell cells[LADDER_WIDTH_MAX];
	ladder_lay_out(&layout, &f->ladder, width, tui->cfg.utf8);
	unsigned head = layout.head_lines < grid->height / 2 ? (unsigned)layout.head_lines
	                                                     : grid->height / 2;
	unsigned height = grid->height - 1 - head;
	scroll_fit(&f->scroll, f->ladder.nrows, height);
	tui_rows(tui, &f->scroll, 1 + head);
	for (unsigned y = 0; y < head + height; y++) {
		uint64_t line =
			y < head ? y : layout.head_lines + f->scroll.top + y - head;
		struct cells out = { cells, layout.width };
		if (line >= ladder_lines(&layout))
			break;
		ladder_draw(&layout, line, &out);
		const struct ladder_row *row = ladder_line_row(&layout, line);
		if (row)
			light_up(f, row, &out);
		struct cells to = grid_line(grid, y + 1);
		unsigned n = layout.width < width ? layout.width : width;
		for (unsigned x = 0; x < n && x < to.width; x++)
			to.cells[x] = cells[x];
	}
}

static void draw_preview(struct tui *tui, const struct flow_screen *f, struct grid *grid,
                         unsigned left)
{
	const struct ladder_row *row = row_at(f);
	struct text_lines lines;
	if (!row || !row->message || left + 2 >= grid->width)
		return;
	for (unsigned y = 1; y < grid->height; y++) {
		struct cells line = grid_line(grid, y);
		cells_put(&line, left, tui->cfg.utf8 ? 0x2502 : '|', CELL_LANE);
	}
	text_lines_message(&lines, tui->cfg.engine, &row->message, 1,
	                   grid->width - left - 2, tui->cfg.utf8);
	for (unsigned y = 1; y < grid->height; y++)
		text_lines_draw(&lines, y - 1, grid, y, left + 2);
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct flow_screen *f = (struct flow_screen *)screen;
	char text[160];
	if (!refresh_ladder(tui, f))
		return;
	const struct tracker *t = engine_tracker(tui->cfg.engine);
	if (f->ncalls == 1) {
		struct slice id =
			tracker_text(t, tracker_call_at(t, f->calls[0])->call_id);
		draw_words(grid, 0, 0, "Call flow: ", CELL_BAR);
		draw_text(grid, 0, 11, grid->width, id, tui->cfg.utf8, CELL_BAR);
	} else {
		snprintf(text, sizeof(text), "Call flow of %zu calls", f->ncalls);
		draw_words(grid, 0, 0, text, CELL_BAR);
	}
	draw_bar(grid, 0, CELL_BAR);
	bool beside = !f->no_preview && grid->width >= PREVIEW_MIN;
	unsigned width = beside ? grid->width / 2 : grid->width;
	draw_ladder(tui, f, grid, width);
	if (beside)
		draw_preview(tui, f, grid, width);
}

static void show_all(struct tui *tui, const struct flow_screen *f)
{
	uint32_t n = 0;
	size_t bytes = (f->ladder.nrows + 1) * sizeof(uint32_t);
	uint32_t *ids = mem_take(tui->mem, bytes);
	if (!ids) {
		tui_note(tui, "out of memory");
		return;
	}
	for (uint32_t i = 0; i < f->ladder.nrows; i++)
		if (!f->ladder.rows[i].note)
			ids[n++] = f->ladder.rows[i].message;
	tui_push(tui, screen_message_new(tui, ids, n));
	mem_give(tui->mem, ids, bytes);
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct flow_screen *f = (struct flow_screen *)screen;
	const struct ladder_row *row = row_at(f);
	if (scroll_act(&f->scroll, action))
		return;
	switch (action) {
	case ACTION_SHOW:
		if (row && row->message)
			tui_push(tui, screen_message_new(tui, &row->message, 1));
		break;
	case ACTION_RAW: show_all(tui, f); break;
	case ACTION_FINDINGS: tui_push(tui, screen_findings_new(tui, f->calls[0])); break;
	case ACTION_PREVIEW: f->no_preview = !f->no_preview; break;
	default: break;
	}
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	struct flow_screen *f = (struct flow_screen *)screen;
	if (f->ladder.mem)
		ladder_clear(&f->ladder);
	mem_give(tui->mem, f->calls, f->ncalls * sizeof(*f->calls));
	mem_give(tui->mem, f, sizeof(*f));
}

static const struct screen_class class = { SCREEN_FLOW, draw, act, NULL, free_screen };

struct screen *screen_flow_new(struct tui *tui, const uint32_t *calls, size_t ncalls)
{
	struct flow_screen *f = mem_take(tui->mem, sizeof(*f));
	if (!f)
		return NULL;
	f->screen.class = &class;
	f->calls = mem_take(tui->mem, ncalls * sizeof(*calls));
	if (!f->calls) {
		mem_give(tui->mem, f, sizeof(*f));
		return NULL;
	}
	memcpy(f->calls, calls, ncalls * sizeof(*calls));
	f->ncalls = ncalls;
	return &f->screen;
}
