/* SPDX-License-Identifier: MIT */
/* Type keys into sipglass on a pseudo terminal, and read its screen back with libvterm.
 *
 * usage: drive [--update] SIPGLASS SCRIPT...      (in the folder that pcaps/ is in)
 *
 * A script has one command a line:
 *
 *     locale C.UTF-8          before run; C without it
 *     env NAME=VALUE          before run
 *     size COLUMNS ROWS       before run; 80 24 without it
 *     run ARGUMENT...         start it
 *     keys KEY...             Up Down ... Enter Esc F1 ^F x, and "text" as it is
 *     resize COLUMNS ROWS
 *     wait TEXT               until TEXT stands on the screen
 *     screen                  it looks as the lines after this one that begin with a '|'
 *                             say; empty lines at its end, and spaces at the end of
 *                             lines, do not count
 *     look HOW TEXT           until the first character of TEXT looks like that: a
 *                             colour (default red green yellow blue magenta cyan) with
 *                             bold+ underline+ reverse+ in front of it, in this order
 *     end STATUS              it has ended with this exit status
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
#include <time.h>
#include <unistd.h>

#include <vterm.h>

#define PATIENCE_MS 10000
#define QUIET_MS    400 /* without output for so long, a screen is taken to be done */
#define WORDS_MAX   64
#define ROWS_MAX    500
#define COLUMNS_MAX 1000

struct drive {
	const char *sipglass, *script;
	unsigned line;
	bool update;
	bool failed;
	int rows, columns;
	char locale[64];
	char env[8][256];
	unsigned nenv;
	pid_t pid;
	int fd;
	bool ended;
	int status;
	VTerm *vt;
	VTermScreen *screen;
	enum { TEXT, ESCAPE, CSI, CHARSET } state; /* of the output, see watch */
	unsigned pending; /* bytes of a UTF-8 character still to come */
	unsigned point;
};

static void fail(struct drive *d, const char *what, const char *more)
{
	fprintf(stderr, "%s:%u: %s%s\n", d->script, d->line, what, more);
	d->failed = true;
}

/* --- output */

/* Nothing but CSI sequences that move, erase, scroll, colour or set modes, and the
 * choice of character sets. */
static void watch(struct drive *d, unsigned char c)
{
	switch (d->state) {
	case TEXT:
		if (d->pending) {
			d->point = d->point << 6 | (c & 0x3fU);
			if (--d->pending == 0 && d->point < 0xa0)
				fail(d, "a C1 control was written", "");
		} else if (c == 27) {
			d->state = ESCAPE;
		} else if (c < 32 && !strchr("\b\t\n\r\016\017\a", c)) {
			fail(d, "a control character was written", "");
		} else if (c >= 0xc2) {
			d->pending = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
			d->point = c & (0x3fU >> d->pending);
		} else if (c >= 0x80) {
			fail(d, "a byte that is no UTF-8 was written", "");
		}
		break;
	case ESCAPE:
		d->state = c == '[' ? CSI : c == '(' || c == ')' ? CHARSET : TEXT;
		if (d->state == TEXT && !strchr("=>78MDEHc", c))
			fail(d, "an escape sequence of another kind was written", "");
		break;
	case CSI:
		if (isdigit(c) || c == ';' || c == '?' || c == '>' || c == '!')
			break;
		if (!strchr("ABCDGHJKLMPSTX@bdhlmrt", c))
			fail(d, "a control sequence of another kind was written", "");
		d->state = TEXT;
		break;
	case CHARSET: d->state = TEXT; break;
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
	n = (ssize_t)vterm_output_read(d->vt, bytes, sizeof(bytes)); /* its answers */
	if (n > 0 && write(d->fd, bytes, (size_t)n) < 0)
		return true;
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
	d->vt = vterm_new(d->rows, d->columns);
	vterm_set_utf8(d->vt, 1);
	d->screen = vterm_obtain_screen(d->vt);
	vterm_screen_enable_altscreen(d->screen, 1);
	vterm_screen_reset(d->screen, 1);
}

static void start(struct drive *d, char **words, unsigned n)
{
	char *argv[WORDS_MAX + 2];
	struct winsize size = { .ws_row = (unsigned short)d->rows,
		                .ws_col = (unsigned short)d->columns };
	argv[0] = (char *)(uintptr_t)d->sipglass;
	for (unsigned i = 0; i < n; i++)
		argv[i + 1] = words[i];
	argv[n + 1] = NULL;
	open_screen(d);
	d->pid = forkpty(&d->fd, NULL, NULL, &size);
	if (d->pid == 0) {
		/* without the sequence that repeats a character, of which libvterm
		 * makes one too many at the end of a line */
		setenv("TERM", "screen-256color", 1);
		setenv("LC_ALL", d->locale, 1);
		unsetenv("COLUMNS");
		unsetenv("LINES");
		for (unsigned i = 0; i < d->nenv; i++)
			putenv(d->env[i]);
		execv(d->sipglass, argv);
		_exit(127);
	}
	if (d->pid < 0)
		fail(d, "cannot start it: ", strerror(errno));
}

static const struct {
	const char *name, *bytes;
} keys[] = {
	{ "Up", "\033OA" },    { "Down", "\033OB" },    { "Right", "\033OC" },
	{ "Left", "\033OD" },  { "Home", "\033[1~" },   { "End", "\033[4~" },
	{ "PgUp", "\033[5~" }, { "PgDn", "\033[6~" },   { "Del", "\033[3~" },
	{ "F1", "\033OP" },    { "F2", "\033OQ" },      { "F3", "\033OR" },
	{ "F4", "\033OS" },    { "F5", "\033[15~" },    { "F6", "\033[17~" },
	{ "F7", "\033[18~" },  { "F8", "\033[19~" },    { "F9", "\033[20~" },
	{ "F10", "\033[21~" }, { "F11", "\033[23~" },   { "F12", "\033[24~" },
	{ "Enter", "\r" },     { "Esc", "\033" },       { "Space", " " },
	{ "Tab", "\t" },       { "Backspace", "\177" },
};

static void type(struct drive *d, const char *text, size_t len)
{
	if (write(d->fd, text, len) != (ssize_t)len)
		fail(d, "it takes no keys: ", strerror(errno));
	/* a key of its own: an escape must not begin what comes next */
	pump(d, len == 1 && *text == 27 ? 150 : 30);
}

static void type_key(struct drive *d, const char *word)
{
	size_t len = strlen(word);
	char c;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strcmp(word, keys[i].name) == 0) {
			type(d, keys[i].bytes, strlen(keys[i].bytes));
			return;
		}
	}
	if (word[0] == '"') {
		type(d, word + 1, len - 1 - (len > 1 && word[len - 1] == '"'));
	} else if (word[0] == '^' && len == 2) {
		c = (char)(word[1] & 0x1f);
		type(d, &c, 1);
	} else if (len == 1) {
		type(d, word, 1);
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
	if (d->vt) {
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
	snprintf(out, size, "%s%s%s%s", cell.attrs.bold ? "bold+" : "",
	         cell.attrs.underline ? "underline+" : "",
	         cell.attrs.reverse ? "reverse+" : "", color);
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

static void finish(struct drive *d, const char *status)
{
	int64_t until = now_ms() + PATIENCE_MS;
	while (!d->ended && now_ms() < until)
		pump(d, 50);
	int got = 0;
	pid_t pid = d->ended ? waitpid(d->pid, &got, 0) : waitpid(d->pid, &got, WNOHANG);
	if (pid != d->pid)
		fail(d, "it does not end", "");
	else if (!WIFEXITED(got) || WEXITSTATUS(got) != number(status))
		fail(d, "it ended with another status than ", status);
	d->pid = pid == d->pid ? 0 : d->pid;
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
		char *end = *line == '"' ? strchr(line + 1, '"') : NULL;
		line = end ? end + 1 : line + strcspn(line, " \t");
		if (*line)
			*line++ = '\0';
	}
	return n;
}

static void command(struct drive *d, char *line)
{
	char *words[WORDS_MAX];
	char *rest = line + strcspn(line, " ");
	rest += *rest == ' ';
	if (strncmp(line, "wait ", 5) == 0) {
		wait_for(d, rest);
		return;
	}
	if (strncmp(line, "look ", 5) == 0) {
		char *text = rest + strcspn(rest, " ");
		if (*text)
			*text++ = '\0';
		wait_look(d, rest, text);
		return;
	}
	unsigned n = split(line, words);
	if (n == 0 || *words[0] == '#')
		return;
	if (strcmp(words[0], "locale") == 0 && n == 2) {
		snprintf(d->locale, sizeof(d->locale), "%s", words[1]);
	} else if (strcmp(words[0], "env") == 0 && n == 2 && d->nenv < 8) {
		snprintf(d->env[d->nenv++], sizeof(d->env[0]), "%s", words[1]);
	} else if ((strcmp(words[0], "size") == 0 || strcmp(words[0], "resize") == 0) &&
	           n == 3) {
		resize(d, number(words[1]), number(words[2]));
	} else if (strcmp(words[0], "run") == 0) {
		start(d, words + 1, n - 1);
	} else if (strcmp(words[0], "keys") == 0) {
		for (unsigned i = 1; i < n; i++)
			type_key(d, words[i]);
	} else if (strcmp(words[0], "end") == 0 && n == 2) {
		finish(d, words[1]);
	} else {
		fail(d, "not understood: ", words[0]);
	}
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
		           .fd = -1 };
	char *text = read_file(script), *made = NULL;
	size_t size;
	if (!text) {
		fail(&d, "cannot be read", "");
		return false;
	}
	FILE *out = update ? open_memstream(&made, &size) : NULL;
	run_script(&d, text, out);
	if (d.pid > 0) {
		kill(d.pid, SIGKILL);
		waitpid(d.pid, NULL, 0);
		if (!d.failed)
			fail(&d, "the script has no end, or it did not come", "");
	}
	if (d.vt)
		vterm_free(d.vt);
	if (d.fd >= 0)
		close(d.fd);
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
