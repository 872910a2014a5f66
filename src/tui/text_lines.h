/* SPDX-License-Identifier: MIT */
/* tui/text_lines.h - inside tui: messages as lines of a screen, wrapped and coloured.
 *
 * Nothing is kept but where lines begin is found again when drawn: a message is at most
 * 64 KiB as a rule, and a screen shows a few dozen lines of it. */
#ifndef TUI_TEXT_LINES_H
#define TUI_TEXT_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "view/grid.h"

struct text_lines {
	struct engine *engine;
	const uint32_t *messages; /* borrowed */
	size_t count;
	unsigned width;
	bool utf8;
};

void text_lines_message(struct text_lines *lines, struct engine *e,
                        const uint32_t *messages, size_t count, unsigned width,
                        bool utf8);

/* How many lines there are. Reads all messages. */
uint64_t text_lines_count(const struct text_lines *lines);

/* Draw line n, from 0, at this place; nothing behind the last. */
void text_lines_draw(const struct text_lines *lines, uint64_t n, struct grid *grid,
                     unsigned y, unsigned x);

#endif
