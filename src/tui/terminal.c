/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/terminal.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h> /* last: its OK is ours, as a macro */
#include <term.h>

/* Codes that curses leaves free. */
#define KEY_PASTE     (KEY_MAX + 1)
#define KEY_PASTE_END (KEY_MAX + 2)

#define ESCAPE        27
#define CTRL_Z        26
#define ESC_DELAY     25 /* ms; ESCDELAY in the environment is stronger */
#define SEQUENCE_MAX  32 /* bytes of a key that nobody knows: longer ones are none */

static SCREEN *screen;
static FILE *keyboard; /* where standard input is a capture */

/* --- signals: noted here, and acted on between two looks at the keyboard */

static volatile sig_atomic_t hung_up, stop_wanted, was_stopped;

static void on_hangup(int number)
{
	(void)number;
	hung_up = 1;
}

static void on_stop(int number)
{
	(void)number;
	stop_wanted = 1;
}

static void on_continue(int number)
{
	(void)number;
	was_stopped = 1;
}

static struct {
	int number;
	void (*handler)(int);
	struct sigaction before;
	bool ours;
} caught[] = {
	{ .number = SIGHUP, .handler = on_hangup },
	{ .number = SIGTSTP, .handler = on_stop },
	{ .number = SIGCONT, .handler = on_continue },
};

/* Before curses starts, which then keeps its own handler for SIGTSTP away: that one
 * draws wherever the program is just then. What is ignored (nohup) stays so. */
static void catch_signals(void)
{
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++) {
		struct sigaction act = { .sa_handler = caught[i].handler };
		caught[i].ours =
			sigaction(caught[i].number, NULL, &caught[i].before) == 0 &&
			caught[i].before.sa_handler != SIG_IGN &&
			sigaction(caught[i].number, &act, NULL) == 0;
	}
}

static void release_signals(void)
{
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		if (caught[i].ours)
			sigaction(caught[i].number, &caught[i].before, NULL);
}

/* --- colours: a pair for each style */

static struct {
	attr_t attributes;
	short pair; /* 0: the colours of the terminal */
} styles[CELL_STYLE_COUNT];

static attr_t attributes_of(uint8_t style, short *pair)
{
	unsigned s = style & 0x7fU;
	*pair = styles[s].pair;
	return style & CELL_INVERSE ? styles[s].attributes | A_REVERSE
	                            : styles[s].attributes;
}

static attr_t curses_attributes(const struct look *look)
{
	return (look->attributes & LOOK_BOLD ? A_BOLD : A_NORMAL) |
	       (look->attributes & LOOK_UNDERLINE ? A_UNDERLINE : A_NORMAL) |
	       (look->attributes & LOOK_REVERSE ? A_REVERSE : A_NORMAL) |
	       (look->attributes & LOOK_DIM ? A_DIM : A_NORMAL);
}

/* --- opening */

static const char *capability(const char *name)
{
	/* curses takes names that it does not change as char *, in old versions */
	const char *text = tigetstr((char *)(uintptr_t)name);
	return text && text != (const char *)-1 && *text ? text : NULL; /* NOLINT */
}

/* Not so: one that is not known, and such as "dumb", on which nothing can be placed. */
static bool is_usable(void)
{
	int why;
	if (setupterm(NULL, STDOUT_FILENO, &why) != OK)
		return false;
	bool usable = capability("cup") && capability("clear");
	del_curterm(cur_term);
	return usable;
}

/* Where the terminal can tell what is pasted from what is typed, it shall. */
static void bracket_pastes(bool on)
{
	if (capability("BE") && capability("BD"))
		putp(capability(on ? "BE" : "BD"));
}

static void start_mouse(void)
{
	/* Linux consoles: curses would load a library and ask a daemon, gpm */
	if (strncmp(termname(), "linux", 5) == 0)
		return;
	/* Each press is an action of its own, two are no other one. Releases are wanted
	 * too: curses drops what came with an event that is not wanted. */
	mousemask(BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON4_PRESSED | BUTTON5_PRESSED,
	          NULL);
	mouseinterval(0);
}

static void start_keys(void)
{
	if (!getenv("ESCDELAY"))
		set_escdelay(ESC_DELAY);
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	define_key("\033[200~", KEY_PASTE);
	define_key("\033[201~", KEY_PASTE_END);
	start_mouse();
	bracket_pastes(true);
}

enum err terminal_open(const struct theme *theme, bool color)
{
	FILE *in = stdin;
	if (!isatty(STDIN_FILENO))
		in = keyboard = fopen("/dev/tty", "r");
	if (!in || !isatty(STDOUT_FILENO) || !is_usable())
		return ERR_IO;
	hung_up = stop_wanted = was_stopped = 0;
	catch_signals();
	screen = newterm(NULL, stdout, in);
	if (!screen)
		return ERR_IO;
	set_term(screen);
	start_keys();
	curs_set(0);
	terminal_theme(theme, color);
	return OK;
}

void terminal_theme(const struct theme *theme, bool color)
{
	color = color && theme->base != THEME_MONO && has_colors();
	if (color) {
		start_color();
		use_default_colors();
	}
	unsigned count = color && COLORS > 0 ? (unsigned)COLORS : 0;
	for (short s = 0; s < CELL_STYLE_COUNT; s++) {
		struct look look = theme_look(theme, (enum cell_style)s, color);
		bool has_pair = look.color != LOOK_NONE || look.behind != LOOK_NONE;
		styles[s].attributes = curses_attributes(&look);
		styles[s].pair = has_pair ? (short)(s + 1) : 0;
		if (has_pair)
			init_pair(styles[s].pair, (short)theme_color(look.color, count),
			          (short)theme_color(look.behind, count));
	}
}

void terminal_close(void)
{
	if (screen) {
		bracket_pastes(false);
		endwin();
		delscreen(screen);
	}
	release_signals();
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
	/* With one column, curses takes what it writes into the last cell from before
	 * the first one, where there is no memory of the screen. */
	unsigned height = grid->width > 1 ? grid->height : 0;
	erase();
	for (unsigned y = 0; y < height; y++) {
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

/* --- stopping */

/* The size may have changed while others had the terminal: no signal told it then. */
static void take_over(void)
{
	struct winsize size;
	was_stopped = 0;
	reset_prog_mode();
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col &&
	    is_term_resized(size.ws_row, size.ws_col))
		resizeterm(size.ws_row, size.ws_col);
	clearok(curscr, TRUE);
	bracket_pastes(true);
	refresh();
}

/* Stop as every program does at ^Z, and go on when told to. Where there is no shell that
 * could tell it, the kernel does not stop it. */
static void suspend(void)
{
	struct sigaction act = { .sa_handler = SIG_DFL }, before;
	stop_wanted = 0;
	bracket_pastes(false);
	endwin();
	if (sigaction(SIGTSTP, &act, &before) == 0) {
		raise(SIGTSTP);
		sigaction(SIGTSTP, &before, NULL);
	}
	take_over();
}

/* --- keys */

/* Also when no key said so: one key may stand for several events. */
static enum terminal_key mouse(int *key)
{
	MEVENT event;
	do {
		if (getmouse(&event) != OK)
			return TERMINAL_NOTHING;
	} while (event.bstate & BUTTON1_RELEASED);
	*key = event.y;
	if (event.bstate & BUTTON1_PRESSED)
		return TERMINAL_CLICK;
	if (event.bstate & BUTTON4_PRESSED)
		return TERMINAL_WHEEL_UP;
	if (event.bstate & BUTTON5_PRESSED)
		return TERMINAL_WHEEL_DOWN;
	return TERMINAL_NOTHING;
}

/* An escape with more behind it is a key that curses does not know, or Esc and, at once,
 * another key. The first is dropped, all of it: its tail is nothing that was typed.
 * ECMA-48, 5.4: CSI, bytes from 0x20 to 0x3f, a final byte. Of xterm, SS3: one byte. */
static enum terminal_key escape(int *key)
{
	wint_t c;
	*key = ESCAPE;
	int result = get_wch(&c);
	if (result != OK) {
		if (result == KEY_CODE_YES)
			ungetch((int)c);
		return TERMINAL_CHAR;
	}
	if (c != '[' && c != 'O') {
		unget_wch((wchar_t)c);
		return TERMINAL_CHAR;
	}
	for (unsigned n = 0; n < SEQUENCE_MAX && get_wch(&c) == OK; n++)
		if (c < 0x20 || c > 0x3f)
			break;
	return TERMINAL_NOTHING;
}

static enum terminal_key code(int c, int *key)
{
	*key = c;
	switch (c) {
	case KEY_RESIZE:
		clearok(curscr, TRUE); /* nobody knows what the terminal kept */
		return TERMINAL_RESIZED;
	case KEY_MOUSE: return mouse(key);
	case KEY_SUSPEND:
		suspend();
		return TERMINAL_RESIZED; /* ^Z has this name, on some */
	case KEY_PASTE: return TERMINAL_PASTE;
	case KEY_PASTE_END: return TERMINAL_PASTE_END;
	default: return TERMINAL_KEY;
	}
}

/* Nothing to read where there should be something is the end; what curses made nothing
 * of is not. */
static bool is_gone(const struct pollfd *p)
{
	int bytes = 0;
	if (p->revents & (POLLHUP | POLLERR | POLLNVAL))
		return true;
	return p->revents & POLLIN && (ioctl(p->fd, FIONREAD, &bytes) != 0 || bytes == 0);
}

/* What signals want, one thing at a time. */
static bool heed_signals(enum terminal_key *what)
{
	*what = hung_up ? TERMINAL_GONE : TERMINAL_RESIZED;
	if (hung_up)
		return true;
	if (stop_wanted)
		suspend();
	else if (was_stopped)
		take_over();
	else
		return false;
	return true;
}

enum terminal_key terminal_read(int ms, int *key)
{
	struct pollfd p = { .fd = keyboard ? fileno(keyboard) : STDIN_FILENO,
		            .events = POLLIN };
	enum terminal_key what;
	wint_t c;
	*key = 0;
	if (heed_signals(&what))
		return what;
	what = mouse(key);
	if (what != TERMINAL_NOTHING)
		return what;
	timeout(0);
	int result = get_wch(&c);
	if (result == ERR) {
		if (poll(&p, 1, ms) > 0 && is_gone(&p))
			return TERMINAL_GONE;
		if (heed_signals(&what))
			return what;
		result = get_wch(&c);
	}
	if (result == ERR)
		return TERMINAL_NOTHING;
	if (result == KEY_CODE_YES)
		return code((int)c, key);
	if (c == CTRL_Z) {
		suspend();
		return TERMINAL_RESIZED;
	}
	*key = (int)c;
	return c == ESCAPE ? escape(key) : TERMINAL_CHAR;
}
