/* SPDX-License-Identifier: MIT */
/* Type keys into sipglass on a pseudo terminal, and read its screen back with libvterm.
 *
 * usage: drive [--update] SIPGLASS SCRIPT...      (in the folder that pcaps/ is in)
 *
 * A script has one command a line:
 *
 *     locale C.UTF-8          before run; C without it
 *     env NAME=VALUE          before run
 *     term NAME               before run; screen-256color without it
 *     size COLUMNS ROWS       before run; 80 24 without it
 *     feed FILE [TIMES]       before run: a pipe with this capture is its standard input,
 *                             the packets of a pcap file so many times
 *     run ARGUMENT...         start it
 *     keys KEY...             Up Down ... Enter Esc F1 ^F x, and "text" as it is;
 *                             Click:X,Y WheelUp WheelDown Paste:"text" Bytes:1b5b41
 *     resize COLUMNS ROWS
 *     stop                    ^Z: it stops, and has left the terminal as it was
 *     continue                it goes on, on a terminal that shows something else
 *     stopped                 a signal stopped it, and it left the terminal as it was
 *     signal NAME             TERM INT HUP STOP CONT TSTP
 *     hangup                  the terminal goes away
 *     random-keys SECONDS SEED
 *                             it is started again whenever a key ends it; at the end it
 *                             must still draw
 *     random-resizes N SEED   from 1x1 to 500x200, then as it was, and it must draw
 *     wait TEXT               until TEXT stands on the screen
 *     screen                  it looks as the lines after this one that begin with a '|'
 *                             say; empty lines at its end, and spaces at the end of
 *                             lines, do not count
 *     look HOW TEXT           until the first character of TEXT looks like that: a
 *                             colour (default red green yellow blue magenta cyan) with
 *                             bold+ underline+ reverse+ in front of it, in this order,
 *                             and +on-COLOUR behind it unless that is the default; of 16
 *                             or 256 colours, those with such a number modulo 8
 *     print                   write what stands there to standard output
 *     absent TEXT             it does not stand on the screen
 *     end STATUS              it has ended with this exit status; after hangup, soon
 *     # ...
 *
 * `wait`, `screen`, `look` and `end` give it ten seconds, so that no time is measured.
 * Whatever it writes may hold only such control sequences as curses makes of our own
 * drawing.
 * --update writes what was seen into the scripts: look at each line of it. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <vterm.h>

#define PATIENCE_MS 10000
#define HANGUP_MS   3000 /* a second is enough, where the machine has time for it */
#define QUIET_MS    400  /* without output for so long, a screen is taken to be done */
#define PRINT_MS    60   /* the same, where something was waited for already */
#define WORDS_MAX   64
#define RECENT      256 /* bytes of output that are shown with what is wrong in it */
#define ROWS_MAX    500
#define COLUMNS_MAX 1000
#define FEED_MAX    (1 << 20)

struct drive {
	const char *sipglass, *script;
	unsigned line;
	bool update;
	bool failed;
	int rows, columns;
	char locale[64], term[64];
	char env[8][256];
	unsigned nenv;
	const char *feed; /* file, or NULL */
	unsigned feed_times;
	char **words; /* of run */
	unsigned nwords;
	pid_t keeper, feeder; /* 0: none */
	pid_t pid;
	int fd;
	int reports; /* of the keeper: struct report */
	bool stopped, ended;
	bool reaped; /* status holds */
	bool hung_up;
	int status;           /* as wait() has it */
	struct termios modes; /* of the terminal, before it runs */
	uint64_t random;
	VTerm *vt;
	VTermScreen *screen;
	enum { TEXT, ESCAPE, CSI, CHARSET, OSC } state; /* of the output, see watch */
	unsigned pending; /* bytes of a UTF-8 character still to come */
	unsigned point, least;
	char parameters[32];
	unsigned char recent[RECENT]; /* the newest bytes of the output, in a ring */
	unsigned nrecent;
	unsigned nparameters;
};

static void fail(struct drive *d, const char *what, const char *more)
{
	fprintf(stderr, "%s:%u: %s%s\n", d->script, d->line, what, more);
	d->failed = true;
}

/* --- output */

/* With the bytes before it. */
static void fail_output(struct drive *d, const char *what, const char *more)
{
	fail(d, what, more);
	for (unsigned i = d->nrecent > RECENT ? d->nrecent - RECENT : 0; i < d->nrecent;
	     i++) {
		unsigned char c = d->recent[i % RECENT];
		fprintf(stderr, c > 32 && c < 127 ? "%c" : "\\x%02x", c);
	}
	fputs("\n", stderr);
}

/* Modes that curses and we switch: cursor keys, flash, origin, wrapping, blinking and
 * hiding of the cursor, mouse, alternate screen, brackets around what is pasted; 4
 * inserts. */
static bool is_mode(const char *text)
{
	static const char *const modes[] = {
		"4",   "34",     "?1",    "?5",    "?6",         "?7",    "?12",
		"?25", "?12;25", "?1000", "?1006", "?1006;1000", "?1049", "?2004",
	};
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (strcmp(text, modes[i]) == 0)
			return true;
	return false;
}

/* The parameters are those of a sequence that ends in `c`. */
static bool is_ours(const char *text, unsigned char c)
{
	if (c == 'h' || c == 'l')
		return is_mode(text);
	if (c == 't') /* the title of the window is kept, and given back */
		return strcmp(text, "22;0;0") == 0 || strcmp(text, "23;0;0") == 0;
	if (c == 'c') /* the cursor of the Linux console */
		return strcmp(text, "?0") == 0 || strcmp(text, "?1") == 0 ||
		       strcmp(text, "?8") == 0;
	if (c == 'p')
		return strcmp(text, "!") == 0;
	return strchr("ABCDGHJKLMPSTX@bdmr", c) &&
	       strspn(text, "0123456789;") == strlen(text);
}

/* Characters that are no controls but turn, hide or end what stands around them. */
static bool is_tricky(unsigned point)
{
	return point < 0xa0 || point == 0xad || point == 0x061c ||
	       (point >= 0x200b && point <= 0x200f) ||
	       (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2060 && point <= 0x206f) ||
	       (point >= 0xd800 && point <= 0xf8ff) || point == 0xfeff ||
	       (point >= 0xfff0 && point <= 0xfffb) || (point & 0xfffe) == 0xfffe ||
	       point > 0x10ffff || (point >= 0xe0000 && point <= 0xe0fff);
}

static void watch_text(struct drive *d, unsigned char c)
{
	static const unsigned least[] = { 0, 0x80, 0x800, 0x10000 };
	if (d->pending) {
		d->point = d->point << 6 | (c & 0x3fU);
		if ((c & 0xc0) != 0x80)
			fail_output(d, "a broken character was written", "");
		if (--d->pending == 0 && (d->point < d->least || is_tricky(d->point)))
			fail_output(d, "a character was written that acts on others", "");
	} else if (c == 27) {
		d->state = ESCAPE;
	} else if (c == 127 || (c < 32 && !strchr("\b\t\n\r\017", c)) || c == 0) {
		/* \016 is no part of it: we draw nothing with another character set */
		fail_output(d, "a control character was written", "");
	} else if (c >= 0x80 && strcmp(d->locale, "C.UTF-8") != 0) {
		fail_output(d, "a byte that is no ASCII was written", "");
	} else if (c >= 0xc2 && c <= 0xf4) {
		d->pending = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
		d->point = c & (0x3fU >> d->pending);
		d->least = least[d->pending];
	} else if (c >= 0x80) {
		fail_output(d, "a byte that is no UTF-8 was written", "");
	}
}

/* Nothing but CSI sequences that move, erase, scroll, colour or set modes, and the
 * choice of character sets. */
static void watch(struct drive *d, unsigned char c)
{
	d->recent[d->nrecent++ % RECENT] = c;
	switch (d->state) {
	case TEXT: watch_text(d, c); break;
	case ESCAPE:
		d->state = c == '['               ? CSI
		           : c == '(' || c == ')' ? CHARSET
		           : c == ']'             ? OSC
		                                  : TEXT;
		d->nparameters = 0;
		if (d->state == TEXT && !strchr("=>78M", c))
			fail_output(d, "an escape sequence of another kind was written",
			            "");
		break;
	case CSI:
		if (c >= 0x20 && c <= 0x3f &&
		    d->nparameters < sizeof(d->parameters) - 1) {
			d->parameters[d->nparameters++] = (char)c;
			break;
		}
		d->parameters[d->nparameters] = '\0';
		d->state = TEXT;
		if (!is_ours(d->parameters, c)) {
			char what[sizeof(d->parameters) + 1];
			snprintf(what, sizeof(what), "%s%c", d->parameters,
			         isprint(c) ? c : '?');
			fail_output(d, "a control sequence of another kind was written: ",
			            what);
		}
		break;
	case CHARSET:
		d->state = TEXT;
		if (!strchr("B0U", c))
			fail_output(d, "another character set was chosen", "");
		break;
	case OSC: /* the colours as they were: of the Linux console, and of others */
		if (c >= 0x20 && d->nparameters < sizeof(d->parameters) - 1)
			d->parameters[d->nparameters++] = (char)c;
		d->parameters[d->nparameters] = '\0';
		if (strcmp(d->term, "linux") == 0 ? c == 'R' : c == '\a')
			d->state = TEXT;
		if (strncmp(d->term[0] == 'l' ? "R" : "104", d->parameters,
		            d->nparameters) != 0) {
			fail_output(d, "an operating system command was written", "");
			d->state = TEXT;
		}
		break;
	}
}

/* Take what it writes for at most ms; false: nothing came. */
static bool pump(struct drive *d, int ms)
{
	char bytes[4096];
	struct pollfd p = { .fd = d->fd, .events = POLLIN };
	if (d->ended || poll(&p, 1, ms) <= 0)
		return false;
	ssize_t n = read(d->fd, bytes, sizeof(bytes));
	if (n <= 0) {
		d->ended = true;
		return false;
	}
	for (ssize_t i = 0; i < n; i++)
		watch(d, (unsigned char)bytes[i]);
	vterm_input_write(d->vt, bytes, (size_t)n);
	return true;
}

/* One line of the screen, spaces at its end cut off. */
static void read_row(const struct drive *d, int row, char *out, size_t size)
{
	VTermRect rect = { row, row + 1, 0, d->columns };
	size_t n = vterm_screen_get_text(d->screen, out, size - 1, rect);
	while (n > 0 && (out[n - 1] == ' ' || out[n - 1] == '\0'))
		n--;
	out[n] = '\0';
}

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* --- commands */

static int number(const char *text)
{
	long n = strtol(text, NULL, 10);
	return n >= 0 && n <= COLUMNS_MAX ? (int)n : 0;
}

/* A fresh screen, also after a change of size: what the old one keeps is not defined, and
 * all of it is to be drawn again. */
static void open_screen(struct drive *d)
{
	if (d->vt)
		vterm_free(d->vt);
	/* libvterm 0.1 crashes on a wide character where there is one column */
	d->vt = vterm_new(d->rows, d->columns > 1 ? d->columns : 2);
	vterm_set_utf8(d->vt, 1);
	d->screen = vterm_obtain_screen(d->vt);
	vterm_screen_enable_altscreen(d->screen, 1);
	vterm_screen_reset(d->screen, 1);
}

/* --- the program, and who looks after it
 *
 * It is no leader of a session: there is a process between, as a shell is, since what has
 * no parent in its session is not stopped by ^Z. That one reports what becomes of it. */

struct report {
	enum { READY, STARTED, STOPPED, ENDED } what;
	int value;            /* -; pid; -; status */
	struct termios modes; /* of the terminal, when READY */
};

static void run_program(const struct drive *d, int input)
{
	char *argv[WORDS_MAX + 2];
	argv[0] = (char *)(uintptr_t)d->sipglass;
	for (unsigned i = 0; i < d->nwords; i++)
		argv[i + 1] = d->words[i];
	argv[d->nwords + 1] = NULL;
	signal(SIGTTOU, SIG_IGN);
	setpgid(0, 0);
	tcsetpgrp(STDOUT_FILENO, getpid());
	signal(SIGTTOU, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (input >= 0)
		dup2(input, STDIN_FILENO);
	/* screen: without the sequence that repeats a character, of which libvterm
	 * makes one too many at the end of a line */
	setenv("TERM", d->term, 1);
	setenv("LC_ALL", d->locale, 1);
	unsetenv("COLUMNS");
	unsetenv("LINES");
	unsetenv("NO_COLOR");
	for (unsigned i = 0; i < d->nenv; i++)
		putenv((char *)(uintptr_t)d->env[i]);
	execv(d->sipglass, argv);
	_exit(127);
}

static void tell(int to, int what, int value)
{
	struct report report = { .value = value };
	memcpy(&report.what, &what, sizeof(report.what));
	if (report.what == READY)
		tcgetattr(STDOUT_FILENO, &report.modes);
	if (write(to, &report, sizeof(report)) != sizeof(report))
		_exit(126);
}

static void keep(const struct drive *d, int input, int reports)
{
	int status;
	signal(SIGHUP, SIG_IGN);
	pid_t pid = fork();
	if (pid == 0)
		run_program(d, input);
	for (int fd = 0; fd < 256; fd++)
		if (fd != reports)
			close(fd); /* the terminal is the program's alone */
	tell(reports, STARTED, pid);
	while (waitpid(pid, &status, WUNTRACED) == pid) {
		if (WIFSTOPPED(status)) {
			tell(reports, STOPPED, 0);
		} else {
			tell(reports, ENDED, status);
			pause(); /* the kernel resets the modes when the leader goes */
		}
	}
	_exit(1);
}

static char *slurp(const char *path, size_t *size)
{
	static char bytes[FEED_MAX];
	FILE *file = fopen(path, "r");
	*size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	if (file)
		fclose(file);
	return bytes;
}

static bool put_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t done = write(fd, bytes, n);
		if (done <= 0)
			return false;
		bytes += done;
		n -= (size_t)done;
	}
	return true;
}

/* A process that writes the capture into a pipe; returns the other end of it. */
static int start_feeder(struct drive *d)
{
	int ends[2];
	size_t size, head = 24; /* of a pcap file */
	if (!d->feed)
		return -1;
	const char *bytes = slurp(d->feed, &size);
	if (size < head || pipe(ends) != 0) {
		fail(d, "cannot be fed: ", d->feed);
		return -1;
	}
	d->feeder = fork();
	if (d->feeder == 0) {
		signal(SIGPIPE, SIG_DFL);
		close(ends[0]);
		put_all(ends[1], bytes, head);
		for (unsigned i = 0; i < d->feed_times; i++)
			if (!put_all(ends[1], bytes + head, size - head))
				break;
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

/* Wait for one, up to ms; false: there was none. */
static bool take_report(struct drive *d, int ms)
{
	struct report report;
	struct pollfd p = { .fd = d->reports, .events = POLLIN };
	if (d->reaped || poll(&p, 1, ms) <= 0 ||
	    read(d->reports, &report, sizeof(report)) != sizeof(report))
		return false;
	if (report.what == READY)
		d->modes = report.modes;
	else if (report.what == STARTED)
		d->pid = report.value;
	else if (report.what == STOPPED)
		d->stopped = true;
	else if (report.what == ENDED)
		d->status = report.value;
	d->reaped = report.what == ENDED;
	return true;
}

static void take_reports(struct drive *d, int ms)
{
	while (take_report(d, ms))
		ms = 0;
}

static void start(struct drive *d)
{
	int reports[2];
	struct winsize size = { .ws_row = (unsigned short)d->rows,
		                .ws_col = (unsigned short)d->columns };
	int input = start_feeder(d);
	open_screen(d);
	d->ended = d->reaped = d->stopped = d->hung_up = false;
	d->state = TEXT;
	d->pending = 0;
	if (d->failed || pipe(reports) != 0)
		return;
	d->keeper = forkpty(&d->fd, NULL, NULL, &size);
	if (d->keeper == 0) {
		/* What the kernel echoes while it does not run is not its output, and ^C
		 * then must not take away what it wrote. */
		struct termios modes;
		tcgetattr(STDOUT_FILENO, &modes);
		modes.c_lflag &= ~(tcflag_t)ECHO;
		modes.c_lflag |= NOFLSH;
		tcsetattr(STDOUT_FILENO, TCSANOW, &modes);
		tell(reports[1], READY, 0);
		close(reports[0]);
		keep(d, input, reports[1]);
	}
	close(reports[1]);
	if (input >= 0)
		close(input);
	d->reports = reports[0];
	if (d->keeper < 0)
		fail(d, "cannot start it: ", strerror(errno));
	else
		while (d->pid == 0 && take_report(d, PATIENCE_MS)) {
		}
	fcntl(d->fd, F_SETFL, O_NONBLOCK);
}

/* All that was started is gone. */
static void clean_up(struct drive *d)
{
	if (d->pid > 0 && !d->reaped)
		kill(d->pid, SIGKILL);
	if (d->keeper > 0) {
		kill(d->keeper, SIGKILL);
		waitpid(d->keeper, NULL, 0);
	}
	if (d->feeder > 0) {
		kill(d->feeder, SIGKILL);
		waitpid(d->feeder, NULL, 0);
	}
	if (d->fd >= 0)
		close(d->fd);
	if (d->reports >= 0)
		close(d->reports);
	d->fd = d->reports = -1;
	d->pid = d->keeper = d->feeder = 0;
}

static const struct {
	const char *name, *bytes;
} keys[] = {
	{ "Up", "\033OA" },
	{ "Down", "\033OB" },
	{ "Right", "\033OC" },
	{ "Left", "\033OD" },
	{ "Home", "\033[1~" },
	{ "End", "\033[4~" },
	{ "PgUp", "\033[5~" },
	{ "PgDn", "\033[6~" },
	{ "Del", "\033[3~" },
	{ "F1", "\033OP" },
	{ "F2", "\033OQ" },
	{ "F3", "\033OR" },
	{ "F4", "\033OS" },
	{ "F5", "\033[15~" },
	{ "F6", "\033[17~" },
	{ "F7", "\033[18~" },
	{ "F8", "\033[19~" },
	{ "F9", "\033[20~" },
	{ "F10", "\033[21~" },
	{ "F11", "\033[23~" },
	{ "F12", "\033[24~" },
	{ "Enter", "\r" },
	{ "Esc", "\033" },
	{ "Space", " " },
	{ "Tab", "\t" },
	{ "Backspace", "\177" },
	{ "WheelUp", "\033[M`!!" },
	{ "WheelDown", "\033[Ma!!" },
};

static void type(struct drive *d, const char *text, size_t len)
{
	int64_t until = now_ms() + PATIENCE_MS;
	while (len && !d->ended && now_ms() < until) {
		ssize_t n = write(d->fd, text, len);
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN && errno != EINTR) {
			break; /* it ends: whoever waits for something will tell */
		}
		if (len)
			pump(d, 10);
	}
	if (len && !d->ended && now_ms() >= until)
		fail(d, "it takes no keys", "");
}

/* A key of its own: an escape must not begin what comes next. */
static void type_one(struct drive *d, const char *text, size_t len)
{
	type(d, text, len);
	pump(d, len == 1 && *text == 27 ? 150 : 30);
}

/* As xterm has told of the mouse from the start: button, column and line, from 32 on. */
static void click(struct drive *d, const char *at)
{
	char bytes[16];
	char *end;
	int x = (int)strtol(at, &end, 10);
	if (*end != ',') {
		fail(d, "not understood: Click:", at);
		return;
	}
	int y = (int)strtol(end + 1, NULL, 10);
	for (int button = 0; button <= 3; button += 3) { /* down, and up again */
		snprintf(bytes, sizeof(bytes), "\033[M%c%c%c", 32 + button, 33 + x,
		         33 + y);
		type_one(d, bytes, 6);
	}
}

static void type_bytes(struct drive *d, const char *hex)
{
	char bytes[256];
	size_t n = 0;
	for (; n < sizeof(bytes) && hex[0] && hex[1]; hex += 2) {
		const char two[] = { hex[0], hex[1], '\0' };
		bytes[n++] = (char)strtoul(two, NULL, 16);
	}
	type_one(d, bytes, n);
}

static void paste(struct drive *d, const char *text)
{
	type(d, "\033[200~", 6);
	type(d, text, strcspn(text, "\""));
	type_one(d, "\033[201~", 6);
}

static void type_key(struct drive *d, const char *word)
{
	size_t len = strlen(word);
	char c;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strcmp(word, keys[i].name) == 0) {
			type_one(d, keys[i].bytes, strlen(keys[i].bytes));
			return;
		}
	}
	if (strncmp(word, "Click:", 6) == 0) {
		click(d, word + 6);
	} else if (strncmp(word, "Bytes:", 6) == 0) {
		type_bytes(d, word + 6);
	} else if (strncmp(word, "Paste:\"", 7) == 0) {
		paste(d, word + 7);
	} else if (word[0] == '"') {
		type_one(d, word + 1, len - 1 - (len > 1 && word[len - 1] == '"'));
	} else if (word[0] == '^' && len == 2) {
		c = (char)(word[1] & 0x1f);
		type_one(d, &c, 1);
	} else if (len == 1) {
		type_one(d, word, 1);
	} else {
		fail(d, "there is no key ", word);
	}
}

static void resize(struct drive *d, int columns, int rows)
{
	d->columns = columns;
	d->rows = rows;
	struct winsize size = { .ws_row = (unsigned short)rows,
		                .ws_col = (unsigned short)columns };
	if (d->vt && d->fd >= 0) {
		open_screen(d);
		ioctl(d->fd, TIOCSWINSZ, &size);
	}
}

static void show(const struct drive *d, FILE *to)
{
	static char row[COLUMNS_MAX * 24];
	int last = d->rows;
	do
		read_row(d, --last, row, sizeof(row));
	while (last > 0 && !*row);
	for (int y = 0; y <= last; y++) {
		read_row(d, y, row, sizeof(row));
		fprintf(to, "|%s\n", row);
	}
}

static void wait_for(struct drive *d, const char *text)
{
	static char row[COLUMNS_MAX * 24];
	int64_t until = now_ms() + PATIENCE_MS;
	do {
		for (int y = 0; y < d->rows; y++) {
			read_row(d, y, row, sizeof(row));
			if (strstr(row, text))
				return;
		}
		pump(d, 50);
	} while (now_ms() < until && !d->ended);
	fail(d, "this never came: ", text);
	show(d, stderr);
}

/* How the cell at a place looks, in the words of `look`. */
static void describe(const struct drive *d, int row, int column, char *out, size_t size)
{
	static const char *const colors[] = { "black", "red",     "green", "yellow",
		                              "blue",  "magenta", "cyan",  "white" };
	VTermScreenCell cell;
	VTermPos pos = { row, column };
	const char *color = "default";
	*out = '\0';
	if (!vterm_screen_get_cell(d->screen, pos, &cell))
		return;
	if (!VTERM_COLOR_IS_DEFAULT_FG(&cell.fg))
		color = VTERM_COLOR_IS_INDEXED(&cell.fg) ? colors[cell.fg.indexed.idx & 7]
		                                         : "other";
	bool on = !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg);
	snprintf(out, size, "%s%s%s%s%s%s", cell.attrs.bold ? "bold+" : "",
	         cell.attrs.underline ? "underline+" : "",
	         cell.attrs.reverse ? "reverse+" : "", color, on ? "+on-" : "",
	         !on                                ? ""
	         : VTERM_COLOR_IS_INDEXED(&cell.bg) ? colors[cell.bg.indexed.idx & 7]
	                                            : "other");
}

/* TEXT where it stands first on the screen, of which all lines are ASCII before it or
 * have characters of one column. */
static bool find_look(const struct drive *d, const char *text, char *out, size_t size)
{
	static char row[COLUMNS_MAX * 24];
	for (int y = 0; y < d->rows; y++) {
		int column = 0;
		read_row(d, y, row, sizeof(row));
		const char *at = strstr(row, text);
		for (const char *p = row; at && p < at; p++)
			column += ((unsigned char)*p & 0xc0) != 0x80;
		if (at) {
			describe(d, y, column, out, size);
			return true;
		}
	}
	snprintf(out, size, "nowhere");
	return false;
}

static void wait_look(struct drive *d, const char *how, const char *text)
{
	char seen[64] = "";
	int64_t until = now_ms() + PATIENCE_MS;
	do {
		if (find_look(d, text, seen, sizeof(seen)) && strcmp(seen, how) == 0)
			return;
		pump(d, 50);
	} while (now_ms() < until && !d->ended);
	fail(d, "it looks another way: ", seen);
	show(d, stderr);
}

static bool looks(const struct drive *d, char **want, int n)
{
	static char row[COLUMNS_MAX * 24];
	for (int y = 0; y < d->rows; y++) {
		read_row(d, y, row, sizeof(row));
		if (strcmp(row, y < n ? want[y] : "") != 0)
			return false;
	}
	return n <= d->rows;
}

static void compare(struct drive *d, char **want, int n)
{
	int64_t until = now_ms() + PATIENCE_MS;
	while (pump(d, d->update ? QUIET_MS : 0)) {
	}
	while (!d->update && !looks(d, want, n) && now_ms() < until && !d->ended)
		pump(d, 50);
	if (d->update || looks(d, want, n))
		return;
	fail(d, "the screen is another one:", "");
	show(d, stderr);
}

static void print_status(const struct drive *d, char *out, size_t size)
{
	if (WIFSIGNALED(d->status))
		snprintf(out, size, "signal %d", WTERMSIG(d->status));
	else
		snprintf(out, size, "%d", WEXITSTATUS(d->status));
}

/* It gives the terminal back as it was. */
static void check_modes(struct drive *d)
{
	struct termios now;
	if (d->fd >= 0 &&
	    (tcgetattr(d->fd, &now) != 0 || now.c_lflag != d->modes.c_lflag ||
	     now.c_iflag != d->modes.c_iflag || now.c_oflag != d->modes.c_oflag))
		fail(d, "the terminal has other modes than before", "");
}

static void finish(struct drive *d, const char *want)
{
	char got[32];
	int64_t until = now_ms() + (d->hung_up ? HANGUP_MS : PATIENCE_MS);
	while (!d->reaped && now_ms() < until) {
		if (d->fd >= 0 && !d->ended)
			pump(d, 20);
		take_reports(d, d->ended ? 20 : 0);
		if (d->stopped && !d->reaped) /* likewise */
			kill(-d->pid, SIGCONT);
	}
	while (d->fd >= 0 && pump(d, 0)) {
	}
	if (!d->reaped) {
		fail(d, "it does not end", "");
		show(d, stderr);
		return;
	}
	print_status(d, got, sizeof(got));
	if (strcmp(got, want) != 0) {
		fail(d, "it ended with another status: ", got);
		show(d, stderr);
	}
	check_modes(d);
	clean_up(d);
}

/* --- manners */

static void wait_stopped(struct drive *d)
{
	int64_t until = now_ms() + PATIENCE_MS;
	while (!d->stopped && !d->reaped && now_ms() < until) {
		pump(d, 20);
		take_reports(d, 0);
	}
	while (pump(d, 0)) {
	}
	if (!d->stopped)
		fail(d, "it does not stop", "");
	else
		check_modes(d);
}

static void go_on(struct drive *d)
{
	open_screen(d);
	d->stopped = false;
	kill(-d->pid, SIGCONT);
}

static void send_signal(struct drive *d, const char *name)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = { { "TERM", SIGTERM }, { "INT", SIGINT },   { "HUP", SIGHUP },
		        { "STOP", SIGSTOP }, { "CONT", SIGCONT }, { "TSTP", SIGTSTP } };
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		if (strcmp(name, signals[i].name) == 0) {
			d->stopped = false;
			kill(d->pid, signals[i].number);
			return;
		}
	}
	fail(d, "there is no signal ", name);
}

static void hang_up(struct drive *d)
{
	close(d->fd);
	d->fd = -1;
	d->ended = d->hung_up = true;
}

/* --- at random */

/* xorshift64*: the same keys for the same seed, anywhere. */
static unsigned pick(struct drive *d, unsigned n)
{
	d->random ^= d->random >> 12;
	d->random ^= d->random << 25;
	d->random ^= d->random >> 27;
	return (unsigned)((d->random * UINT64_C(2685821657736338717)) >> 33) % n;
}

static void seed(struct drive *d, const char *text)
{
	d->random = UINT64_C(0x9e3779b97f4a7c15) * (strtoul(text, NULL, 10) + 1);
}

/* Change the size there and back: all has to be drawn then. */
static void must_draw(struct drive *d, int columns, int rows)
{
	int64_t until = now_ms() + PATIENCE_MS;
	while (pump(d, 0)) {
	}
	resize(d, columns > 2 ? columns - 1 : columns + 1, rows);
	pump(d, 200);
	resize(d, columns, rows);
	while (!d->ended && now_ms() < until) {
		if (pump(d, 50))
			return;
		take_reports(d, 0);
		if (d->stopped) /* by a key that was on its way */
			go_on(d);
	}
	if (!d->ended) /* a key before may have been the last one */
		fail(d, "it does not draw any more", "");
}

/* A key ended it: that is good when the status says so. */
static void start_again(struct drive *d)
{
	char got[32];
	take_reports(d, PATIENCE_MS);
	print_status(d, got, sizeof(got));
	if (!d->reaped || d->status != 0) {
		fail(d, "it ended at a key: ", d->reaped ? got : "?");
		show(d, stderr);
		return;
	}
	clean_up(d);
	start(d);
	pump(d, PATIENCE_MS);
}

static void random_key(struct drive *d)
{
	char bytes[16];
	unsigned kind = pick(d, 100);
	size_t n = 1;
	if (kind < 50) {
		const char *key = keys[pick(d, sizeof(keys) / sizeof(*keys))].bytes;
		type(d, key, strlen(key));
		return;
	}
	bytes[0] = (char)(' ' + pick(d, 95));
	if (kind >= 80 && kind < 88) {
		bytes[0] = (char)pick(d, 32);
		if (bytes[0] == 3)
			return;
	} else if (kind >= 88 && kind < 94) {
		n = 6;
		memcpy(bytes, "\033[M", 3);
		bytes[3] = (char)(32 + pick(d, 4) + 64 * pick(d, 2));
		bytes[4] = (char)(33 + pick(d, 90));
		bytes[5] = (char)(33 + pick(d, 90));
	} else if (kind >= 94) {
		n = 1 + pick(d, sizeof(bytes));
		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)(pick(d, 4) ? pick(d, 256) : 27);
	}
	for (size_t i = 0; i < n; i++)
		if (bytes[i] == 28)
			bytes[i] = ' '; /* it may just leave: then this one kills it */
	if (n == 1 && (bytes[0] == 'q' || bytes[0] == 'Q') && pick(d, 4))
		return; /* mostly it should go on */
	type(d, bytes, n);
}

static void random_keys(struct drive *d, const char *seconds)
{
	int64_t until = now_ms() + 1000 * (int64_t)number(seconds);
	while (now_ms() < until && !d->failed) {
		random_key(d);
		if (pick(d, 4) == 0)
			pump(d, (int)pick(d, 30));
		take_reports(d, 0);
		if (d->ended || d->reaped)
			start_again(d);
		else if (d->stopped)
			go_on(d);
	}
	/* a sequence that was begun is over by now */
	pump(d, 200);
	take_reports(d, 0);
	if (d->stopped)
		go_on(d);
	if (!d->failed && !d->ended)
		must_draw(d, d->columns, d->rows);
	if (!d->failed && (d->ended || d->reaped))
		start_again(d);
}

static void random_resizes(struct drive *d, const char *count)
{
	int columns = d->columns, rows = d->rows;
	for (int i = number(count); i > 0 && !d->failed && !d->ended; i--) {
		bool small = pick(d, 2) == 0;
		resize(d, 1 + (int)pick(d, small ? 12 : 500),
		       1 + (int)pick(d, small ? 8 : 200));
		for (unsigned n = pick(d, 8); n > 0; n--)
			pump(d, (int)pick(d, 20));
	}
	if (!d->failed)
		must_draw(d, columns, rows);
}

/* Words of a line; "with spaces" is one, its first quote kept. */
static unsigned split(char *line, char **words)
{
	unsigned n = 0;
	while (*line && n < WORDS_MAX) {
		line += strspn(line, " \t");
		if (!*line)
			break;
		words[n++] = line;
		bool quoted = *line == '"' || strncmp(line, "Paste:\"", 7) == 0;
		char *end = quoted ? strchr(strchr(line, '"') + 1, '"') : NULL;
		line = end ? end + 1 : line + strcspn(line, " \t");
		if (*line)
			*line++ = '\0';
	}
	return n;
}

static void absent(struct drive *d, const char *text)
{
	static char row[COLUMNS_MAX * 24];
	while (pump(d, QUIET_MS)) {
	}
	for (int y = 0; y < d->rows; y++) {
		read_row(d, y, row, sizeof(row));
		if (strstr(row, text)) {
			fail(d, "this stands there: ", text);
			show(d, stderr);
		}
	}
}

/* What is set before it runs; false: another command. */
static bool set_up(struct drive *d, char **words, unsigned n)
{
	if (strcmp(words[0], "locale") == 0 && n == 2)
		snprintf(d->locale, sizeof(d->locale), "%s", words[1]);
	else if (strcmp(words[0], "term") == 0 && n == 2)
		snprintf(d->term, sizeof(d->term), "%s", words[1]);
	else if (strcmp(words[0], "env") == 0 && n == 2 && d->nenv < 8)
		snprintf(d->env[d->nenv++], sizeof(d->env[0]), "%s", words[1]);
	else if (strcmp(words[0], "feed") == 0 && n >= 2) {
		d->feed = words[1];
		d->feed_times = n > 2 ? (unsigned)strtoul(words[2], NULL, 10) : 1;
	} else if (strcmp(words[0], "run") == 0) {
		d->words = words + 1;
		d->nwords = n - 1;
		start(d);
	} else {
		return false;
	}
	return true;
}

static void send(struct drive *d, char **words, unsigned n)
{
	if (strcmp(words[0], "resize") == 0 && n == 3) {
		resize(d, number(words[1]), number(words[2]));
	} else if (strcmp(words[0], "keys") == 0) {
		for (unsigned i = 1; i < n; i++)
			type_key(d, words[i]);
	} else if (strcmp(words[0], "stop") == 0) {
		type_key(d, "^Z");
		wait_stopped(d);
	} else if (strcmp(words[0], "stopped") == 0) {
		wait_stopped(d);
	} else if (strcmp(words[0], "continue") == 0) {
		go_on(d);
	} else if (strcmp(words[0], "signal") == 0 && n == 2) {
		send_signal(d, words[1]);
	} else if (strcmp(words[0], "hangup") == 0) {
		hang_up(d);
	} else if (strcmp(words[0], "print") == 0) {
		while (pump(d, PRINT_MS)) {
		}
		show(d, stdout);
	} else if (strcmp(words[0], "random-keys") == 0 && n == 3) {
		seed(d, words[2]);
		random_keys(d, words[1]);
	} else if (strcmp(words[0], "random-resizes") == 0 && n == 3) {
		seed(d, words[2]);
		random_resizes(d, words[1]);
	} else if (strcmp(words[0], "end") == 0 && n == 2) {
		finish(d, words[1]);
	} else {
		fail(d, "not understood: ", words[0]);
	}
}

static void command(struct drive *d, char *line)
{
	static char *words[WORDS_MAX]; /* random-keys needs those of run again */
	static char *others[WORDS_MAX];
	bool run = strncmp(line, "run", 3) == 0;
	char *rest = line + strcspn(line, " ");
	rest += *rest == ' ';
	if (strncmp(line, "wait ", 5) == 0) {
		wait_for(d, rest);
		return;
	}
	if (strncmp(line, "absent ", 7) == 0) {
		absent(d, rest);
		return;
	}
	if (strncmp(line, "look ", 5) == 0) {
		char *text = rest + strcspn(rest, " ");
		if (*text)
			*text++ = '\0';
		wait_look(d, rest, text);
		return;
	}
	char **split_to = run ? words : others;
	unsigned n = split(line, split_to);
	if (n == 0 || *split_to[0] == '#')
		return;
	if (strcmp(split_to[0], "size") == 0 && n == 3)
		resize(d, number(split_to[1]), number(split_to[2]));
	else if (d->keeper == 0 ? !set_up(d, split_to, n) : true)
		send(d, split_to, n);
}

static void run_script(struct drive *d, char *text, FILE *out)
{
	char *want[ROWS_MAX];
	char *line = text;
	while (line && *line && !d->failed) {
		char *next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		d->line++;
		if (out)
			fprintf(out, "%s\n", line);
		if (strcmp(line, "screen") != 0) {
			command(d, line);
			line = next;
			continue;
		}
		int n = 0;
		while (next && *next == '|' && n < ROWS_MAX) {
			want[n++] = next + 1;
			next = strchr(next, '\n');
			if (next)
				*next++ = '\0';
		}
		compare(d, want, n);
		if (out)
			show(d, out);
		d->line += (unsigned)n;
		line = next;
	}
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	static char text[1 << 20];
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	text[n] = '\0';
	if (file)
		fclose(file);
	return file ? text : NULL;
}

static bool drive(const char *sipglass, const char *script, bool update)
{
	struct drive d = { .sipglass = sipglass,
		           .script = script,
		           .update = update,
		           .rows = 24,
		           .columns = 80,
		           .locale = "C",
		           .term = "screen-256color",
		           .fd = -1,
		           .reports = -1 };
	char *text = read_file(script), *made = NULL;
	size_t size;
	if (!text) {
		fail(&d, "cannot be read", "");
		return false;
	}
	FILE *out = update ? open_memstream(&made, &size) : NULL;
	run_script(&d, text, out);
	if (d.pid > 0 && !d.failed)
		fail(&d, "the script has no end, or it did not come", "");
	clean_up(&d);
	if (d.vt)
		vterm_free(d.vt);
	if (out) {
		fclose(out);
		FILE *file = d.failed ? NULL : fopen(script, "w");
		if (file) {
			fputs(made, file);
			fclose(file);
		}
		free(made);
	}
	printf("%s: %s\n", script, d.failed ? "failed" : "ok");
	return !d.failed;
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && strcmp(argv[1], "--update") == 0;
	bool ok = true;
	signal(SIGPIPE, SIG_IGN);
	for (int i = 2 + update; i < argc; i++)
		ok = drive(argv[1 + update], argv[i], update) && ok;
	return ok ? 0 : 1;
}
