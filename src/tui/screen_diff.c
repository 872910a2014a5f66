/* SPDX-License-Identifier: MIT */
/* The difference of two messages: side by side where there is room, else line by line,
 * one above the other. In front of each line: '~' it differs, '-' only the first message
 * has it, '+' only the second one. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/screen.h"
#include "tui/text_lines.h"
#include "view/diff.h"

#define BESIDE_MIN 100 /* narrower, half a screen has no room for a header field */

struct diff_screen {
	struct screen screen;
	struct diff diff;
	uint32_t messages[2];
	uint64_t top; /* line */
	uint64_t lines;
	unsigned width, height; /* for which lines were counted */
};

/* A part of the screen that one message is written into. */
struct pane {
	unsigned x, width;
};

static bool is_beside(const struct diff_screen *s)
{
	return s->width >= BESIDE_MIN;
}

static struct pane pane_of(const struct diff_screen *s, unsigned side)
{
	unsigned half = (s->width - 1) / 2;
	if (!is_beside(s))
		return (struct pane){ 2, s->width > 3 ? s->width - 2 : 1 };
	return side == 0 ? (struct pane){ 2, half - 2 }
	                 : (struct pane){ half + 3, s->width - half - 3 };
}

static uint64_t wrapped(const struct tui *tui, struct slice text, unsigned width)
{
	uint64_t n = 1;
	while (text.len > 0) {
		text = slice_skip(text, text_fitting(text, width, tui->cfg.utf8));
		n += text.len > 0;
	}
	return n;
}

/* Lines of one side of a pair; 0 where it is not shown. */
static uint64_t side_lines(const struct tui *tui, const struct diff_screen *s,
                           const struct diff_pair *pair, unsigned side)
{
	if (!pair->has[side] || (side == 1 && pair->same && !is_beside(s)))
		return 0;
	return wrapped(tui, pair->line[side], pane_of(s, side).width);
}

static uint64_t pair_lines(const struct tui *tui, const struct diff_screen *s,
                           const struct diff_pair *pair)
{
	uint64_t a = side_lines(tui, s, pair, 0), b = side_lines(tui, s, pair, 1);
	return !is_beside(s) ? a + b : a > b ? a : b;
}

static void draw_line(const struct tui *tui, const struct diff_screen *s, unsigned side,
                      struct slice text, struct grid *grid, unsigned y)
{
	struct pane pane = pane_of(s, side);
	struct cells out = grid_line(grid, y);
	unsigned x = pane.x, right = pane.x + pane.width;
	while (text.len && x < right) {
		bool changed;
		size_t n = diff_run(&s->diff, side, text, &changed);
		x += cells_text(&out, x, right - x, slice_head(text, n), tui->cfg.utf8,
		                changed ? CELL_MARKED : CELL_PLAIN);
		text = slice_skip(text, n);
	}
}

/* One side of a pair from line y on, where that is on the screen, and the sign of the
 * pair in front of each of its lines. */
static void draw_side(const struct tui *tui, const struct diff_screen *s,
                      const struct diff_pair *pair, unsigned side, struct grid *grid,
                      int64_t y)
{
	struct slice rest = pair->line[side];
	struct pane pane = pane_of(s, side);
	uint64_t n = side_lines(tui, s, pair, side);
	char sign = pair->same ? ' ' : pair->has[!side] ? '~' : side == 0 ? '-' : '+';
	for (; n > 0 && y < (int64_t)grid->height; n--, y++) {
		size_t fits =
			rest.len ? text_fitting(rest, pane.width, tui->cfg.utf8) : 0;
		if (y >= 1) {
			struct cells out = grid_line(grid, (unsigned)y);
			cells_put(&out, pane.x - 2, (uint32_t)sign, CELL_MARKED);
			draw_line(tui, s, side, slice_head(rest, fits), grid,
			          (unsigned)y);
		}
		rest = slice_skip(rest, fits);
	}
}

static void draw_pair(const struct tui *tui, const struct diff_screen *s,
                      const struct diff_pair *pair, struct grid *grid, int64_t y)
{
	draw_side(tui, s, pair, 0, grid, y);
	if (!is_beside(s))
		y += (int64_t)side_lines(tui, s, pair, 0);
	draw_side(tui, s, pair, 1, grid, y);
}

static void draw_lines(const struct tui *tui, const struct diff_screen *s,
                       struct grid *grid)
{
	int64_t y = 1 - (int64_t)s->top;
	for (unsigned i = 1; is_beside(s) && i < grid->height; i++) {
		struct cells out = grid_line(grid, i);
		cells_put(&out, (s->width - 1) / 2, tui->cfg.utf8 ? 0x2502 : '|',
		          CELL_LANE);
	}
	for (uint32_t i = 0; i < s->diff.npairs && y < (int64_t)grid->height; i++) {
		const struct diff_pair *pair = &s->diff.pairs[i];
		int64_t n = (int64_t)pair_lines(tui, s, pair);
		if (y + n > 1)
			draw_pair(tui, s, pair, grid, y);
		y += n;
	}
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct diff_screen *s = (struct diff_screen *)screen;
	char text[128];
	uint32_t same = 0;
	bool fresh = s->width != grid->width;
	s->width = grid->width;
	s->height = grid->height - 1;
	if (fresh)
		s->lines = 0;
	for (uint32_t i = 0; fresh && i < s->diff.npairs; i++)
		s->lines += pair_lines(tui, s, &s->diff.pairs[i]);
	for (uint32_t i = 0; i < s->diff.npairs; i++)
		same += s->diff.pairs[i].same;
	uint64_t most = s->lines > s->height ? s->lines - s->height : 0;
	s->top = s->top < most ? s->top : most;
	snprintf(text, sizeof(text), "Difference of messages %u and %u: %u lines of %u",
	         s->messages[0], s->messages[1], s->diff.npairs - same, s->diff.npairs);
	draw_words(grid, 0, 0, text, CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	draw_lines(tui, s, grid);
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct diff_screen *s = (struct diff_screen *)screen;
	uint64_t page = s->height ? s->height : 1;
	uint64_t most = s->lines > page ? s->lines - page : 0;
	/* the line at the top is the cursor: it goes no further than to the last page */
	struct scroll scroll = { most + 1, s->top, s->top, s->height };
	(void)tui;
	if (scroll_act(&scroll, action))
		s->top = scroll.cursor;
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	struct diff_screen *s = (struct diff_screen *)screen;
	diff_clear(&s->diff);
	mem_give(tui->mem, s, sizeof(*s));
}

static const struct screen_class class = {
	SCREEN_DIFF, draw, act, NULL, free_screen, NULL
};

/* The bytes of a message, to be given back; SLICE_NONE where it cannot be read. */
static struct slice read_copy(const struct tui *tui, uint32_t message)
{
	struct engine_message m;
	if (engine_read(tui->cfg.engine, message, &m) != OK || m.msg->raw.len == 0)
		return SLICE_NONE;
	char *copy = mem_take(tui->mem, m.msg->raw.len);
	if (!copy)
		return SLICE_NONE;
	memcpy(copy, m.msg->raw.p, m.msg->raw.len);
	return (struct slice){ copy, m.msg->raw.len };
}

static void give_copy(const struct tui *tui, struct slice copy)
{
	mem_give(tui->mem, (char *)(uintptr_t)copy.p, copy.len);
}

struct screen *screen_diff_new(struct tui *tui, uint32_t a, uint32_t b)
{
	struct diff_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	struct slice first = read_copy(tui, a), second = read_copy(tui, b);
	enum err err = diff_build(&s->diff, tui->mem, first, second);
	give_copy(tui, first);
	give_copy(tui, second);
	s->screen.class = &class;
	s->messages[0] = a;
	s->messages[1] = b;
	if (err == OK)
		return &s->screen;
	free_screen(tui, &s->screen);
	return NULL;
}
