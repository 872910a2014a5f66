/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h> /* last: its OK is ours, as a macro */

static SCREEN *screen;
static FILE *keyboard; /* where standard input is a capture */
static bool colors;

/* --- colours: a pair for each style, on the terminal's own background */

static const struct {
	short color;       /* -1: that of the terminal */
	attr_t attributes; /* with colours */
	attr_t without;
} styles[CELL_STYLE_COUNT] = {
	[CELL_PLAIN] = { -1, A_NORMAL, A_NORMAL },
	[CELL_HEAD] = { -1, A_BOLD, A_BOLD },
	[CELL_TIME] = { COLOR_CYAN, A_NORMAL, A_NORMAL },
	[CELL_LANE] = { -1, A_DIM, A_NORMAL },
	[CELL_REQUEST] = { COLOR_YELLOW, A_BOLD, A_BOLD },
	[CELL_PROVISIONAL] = { COLOR_CYAN, A_NORMAL, A_NORMAL },
	[CELL_SUCCESS] = { COLOR_GREEN, A_NORMAL, A_NORMAL },
	[CELL_FAILURE] = { COLOR_RED, A_BOLD, A_BOLD },
	[CELL_REPEAT] = { -1, A_DIM, A_DIM },
	[CELL_NOTE] = { COLOR_MAGENTA, A_NORMAL, A_NORMAL },
	[CELL_BAR] = { -1, A_REVERSE, A_REVERSE },
	[CELL_KEY] = { -1, A_REVERSE | A_BOLD, A_REVERSE | A_BOLD },
	[CELL_TITLE] = { -1, A_BOLD | A_UNDERLINE, A_BOLD | A_UNDERLINE },
	[CELL_NAME] = { COLOR_CYAN, A_BOLD, A_BOLD },
	[CELL_ERROR] = { COLOR_RED, A_BOLD, A_BOLD },
	[CELL_WARNING] = { COLOR_YELLOW, A_NORMAL, A_NORMAL },
	[CELL_MARKED] = { COLOR_MAGENTA, A_BOLD, A_BOLD | A_UNDERLINE },
};

static attr_t attributes_of(uint8_t style, short *pair)
{
	unsigned s = style & 0x7fU;
	attr_t a = colors ? styles[s].attributes : styles[s].without;
	*pair = colors && styles[s].color >= 0 ? (short)(s + 1) : 0;
	return style & CELL_INVERSE ? a | A_REVERSE : a;
}

/* --- opening */

enum err terminal_open(bool color)
{
	FILE *in = stdin;
	if (!isatty(STDIN_FILENO))
		in = keyboard = fopen("/dev/tty", "r");
	if (!in || !isatty(STDOUT_FILENO))
		return ERR_IO;
	screen = newterm(NULL, stdout, in);
	if (!screen)
		return ERR_IO;
	set_term(screen);
	set_escdelay(25);
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	curs_set(0);
	terminal_color(color);
	return OK;
}

void terminal_color(bool color)
{
	colors = color && has_colors();
	if (!colors)
		return;
	start_color();
	use_default_colors();
	for (short s = 0; s < CELL_STYLE_COUNT; s++)
		if (styles[s].color >= 0)
			init_pair((short)(s + 1), styles[s].color, -1);
}

void terminal_close(void)
{
	if (screen) {
		endwin();
		delscreen(screen);
	}
	screen = NULL;
	if (keyboard)
		fclose(keyboard);
	keyboard = NULL;
}

void terminal_size(unsigned *width, unsigned *height)
{
	int y, x;
	getmaxyx(stdscr, y, x);
	*width = x > 0 ? (unsigned)x : 1;
	*height = y > 0 ? (unsigned)y : 1;
}

/* --- showing */

static void show_cell(int y, int x, const struct cell *cell)
{
	wchar_t points[CELL_POINTS + 1] = { 0 };
	cchar_t c;
	short pair;
	for (unsigned i = 0; i < CELL_POINTS && cell->points[i]; i++)
		points[i] = (wchar_t)cell->points[i];
	if (!points[0])
		points[0] = L' ';
	attr_t attributes = attributes_of(cell->style, &pair);
	if (setcchar(&c, points, attributes, pair, NULL) == OK)
		(void)mvadd_wch(y, x, &c);
}

void terminal_show(const struct grid *grid, int cursor_x, int cursor_y)
{
	erase();
	for (unsigned y = 0; y < grid->height; y++) {
		const struct cells line = grid_line(grid, y);
		for (unsigned x = 0; x < grid->width; x++)
			if (line.cells[x].width)
				show_cell((int)y, (int)x, &line.cells[x]);
	}
	curs_set(cursor_x >= 0);
	if (cursor_x >= 0)
		move(cursor_y, cursor_x);
	refresh();
}

/* --- keys */

enum terminal_key terminal_read(int ms, int *key)
{
	int fd = keyboard ? fileno(keyboard) : STDIN_FILENO;
	wint_t c;
	timeout(0);
	int result = get_wch(&c);
	if (result == ERR) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int n = poll(&p, 1, ms);
		if (n > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL))
			return TERMINAL_GONE;
		result = get_wch(&c);
		if (result == ERR && n > 0) /* readable, and nothing there: the end */
			return TERMINAL_GONE;
	}
	if (result == ERR)
		return TERMINAL_NOTHING;
	*key = (int)c;
	if (result == KEY_CODE_YES) {
		if (c != KEY_RESIZE)
			return TERMINAL_KEY;
		clearok(curscr, TRUE); /* nobody knows what the terminal kept */
		return TERMINAL_RESIZED;
	}
	return TERMINAL_CHAR;
}
