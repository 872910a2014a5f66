/* SPDX-License-Identifier: MIT */
/* tui/terminal.h - inside tui: the one file that draws with curses. */
#ifndef TUI_TERMINAL_H
#define TUI_TERMINAL_H

#include <stdbool.h>

#include "base/err.h"
#include "tui/theme.h"
#include "view/grid.h"

/* OK; ERR_IO: there is no terminal that can be used. theme: as for terminal_theme. */
MUST_USE enum err terminal_open(const struct theme *theme, bool color);
void terminal_close(void);
/* With the colours of a theme (borrowed for the call), or without, from the next
 * terminal_show on. */
void terminal_theme(const struct theme *theme, bool color);

void terminal_size(unsigned *width, unsigned *height);

/* Show the grid. cursor_x < 0: without a cursor. */
void terminal_show(const struct grid *grid, int cursor_x, int cursor_y);

enum terminal_key {
	TERMINAL_NOTHING,
	TERMINAL_KEY,   /* a code of curses */
	TERMINAL_CHAR,  /* a character; controls are among them */
	TERMINAL_CLICK, /* of the first button; the line, from 0 */
	TERMINAL_WHEEL_UP,
	TERMINAL_WHEEL_DOWN,
	TERMINAL_PASTE, /* what comes from here on was not typed, but pasted */
	TERMINAL_PASTE_END,
	TERMINAL_RESIZED, /* or whatever else wants all drawn again */
	TERMINAL_GONE
};

/* Wait up to `ms` for a key. Handles ^Z (stops the program, and comes back when it goes
 * on), SIGTSTP and SIGCONT; SIGHUP is TERMINAL_GONE. */
enum terminal_key terminal_read(int ms, int *key);

#endif
