/* SPDX-License-Identifier: MIT */
/* tui/text_lines.h - inside tui: messages as lines of a screen, wrapped and coloured.
 *
 * Nothing is kept but the place of the first line shown: to draw or to move reads the
 * messages around it, not all of them. */
#ifndef TUI_TEXT_LINES_H
#define TUI_TEXT_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "view/grid.h"

struct text_look {
	bool plain;  /* without colours */
	bool unfold; /* a folded header field is one line (RFC 3261 7.3.1) */
};

struct text_lines {
	struct engine *engine;
	const uint32_t *messages; /* borrowed */
	size_t count;
	unsigned width;
	bool utf8;
	struct text_look look;
};

/* A line: the message by its place in `messages`, and the line of it. */
struct text_place {
	size_t message;
	uint64_t line;
};

void text_lines_message(struct text_lines *lines, struct engine *e,
                        const uint32_t *messages, size_t count, unsigned width, bool utf8,
                        const struct text_look *look);

/* Draw from this line on, from y down to the end of the grid. */
void text_lines_draw(const struct text_lines *lines, struct text_place from,
                     struct grid *grid, unsigned y, unsigned x);

/* Move by n lines, so that no more than `height` lines stand behind the place at the end.
 * Reads the messages in between: O(n + height) of them. */
void text_lines_move(const struct text_lines *lines, struct text_place *place, uint64_t n,
                     bool down, unsigned height);

/* The place from which the last `height` lines are shown. */
struct text_place text_lines_end(const struct text_lines *lines, unsigned height);

/* The bytes of the front of `text` that fit into `width` columns; at least one. */
size_t text_fitting(struct slice text, unsigned width, bool utf8);

#endif
