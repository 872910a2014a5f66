/* SPDX-License-Identifier: MIT */
/* bench/bench-screen.c - how soon the screen shows calls, and how long keys take.
 *
 * usage: bench-screen [--flow N] [--stdin] SIPGLASS ARGUMENT...
 *
 * Runs sipglass on a pseudo terminal, presses keys and measures, in milliseconds:
 *
 *   answer  from the key to the first output after the program has taken it
 *   done    from the key until nothing was written for QUIET_MS
 *   worst   the longest answer to cursor keys that are pressed for PROBE_MS after it
 *
 * A key is taken when nothing is left to be read on the terminal. --flow N: only open the
 * flow of the call in row N of the list, from 1. --stdin: it keeps our standard input.
 * README.md beside this file says more. */
#include "config.h"

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
#include <utmp.h>

#include <vterm.h>

#define COLUMNS     120
#define ROWS        40
#define QUIET_MS    400.0
#define PROBE_MS    1500.0
#define PATIENCE_MS 600000.0
#define SILENT_MS   60.0
#define NO_KEY      "%"
#define UP          "\033OA"
#define DOWN        "\033OB"
#define PAGE_DOWN   "\033[6~"

struct bench {
	pid_t pid;
	int fd;   /* of the terminal: our end */
	int keys; /* the other end, to see what was taken */
	bool ended;
	VTerm *vt;
	VTermScreen *screen;
	double last; /* output */
};

static double now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void start(struct bench *b, char **command, bool keep_input)
{
	struct winsize size = { .ws_row = ROWS, .ws_col = COLUMNS };
	char name[64];
	b->vt = vterm_new(ROWS, COLUMNS);
	vterm_set_utf8(b->vt, 1);
	b->screen = vterm_obtain_screen(b->vt);
	vterm_screen_enable_altscreen(b->screen, 1);
	vterm_screen_reset(b->screen, 1);
	if (openpty(&b->fd, &b->keys, name, NULL, &size) != 0) {
		perror("bench-screen");
		exit(1);
	}
	b->pid = fork();
	if (b->pid == 0) {
		setenv("TERM", "screen-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		int input = dup(STDIN_FILENO);
		close(b->fd);
		if (login_tty(b->keys) == 0 &&
		    (!keep_input || dup2(input, STDIN_FILENO) == 0))
			execvp(command[0], command);
		_exit(127);
	}
	fcntl(b->fd, F_SETFL, O_NONBLOCK);
}

/* Take what it writes; wait for it no longer than ms. False: nothing came. */
static bool pump(struct bench *b, int ms)
{
	static char bytes[1 << 16];
	struct pollfd p = { .fd = b->fd, .events = POLLIN };
	int status;
	if (poll(&p, 1, ms) <= 0) {
		b->ended = b->ended || waitpid(b->pid, &status, WNOHANG) == b->pid;
		return false;
	}
	ssize_t n = read(b->fd, bytes, sizeof(bytes));
	if (n <= 0)
		return false;
	b->last = now_ms();
	vterm_input_write(b->vt, bytes, (size_t)n);
	return true;
}

static void row_text(const struct bench *b, int row, char *out, size_t size)
{
	VTermRect rect = { row, row + 1, 0, COLUMNS };
	size_t n = vterm_screen_get_text(b->screen, out, size - 1, rect);
	while (n > 0 && (out[n - 1] == ' ' || out[n - 1] == '\0'))
		n--;
	out[n] = '\0';
}

static bool shows(const struct bench *b, const char *text)
{
	char row[COLUMNS * 4 + 1];
	for (int y = 0; y < ROWS; y++) {
		row_text(b, y, row, sizeof(row));
		if (strstr(row, text))
			return true;
	}
	return false;
}

static bool has_row(const struct bench *b)
{
	char row[COLUMNS * 4 + 1];
	row_text(b, 5, row, sizeof(row));
	return *row && shows(b, "Shown:") && !shows(b, "No SIP call");
}

/* Wait until nothing that was typed is left. */
static void wait_taken(struct bench *b, double from)
{
	int left = 1;
	while (!b->ended && now_ms() - from < PATIENCE_MS) {
		if (ioctl(b->keys, FIONREAD, &left) == 0 && left == 0)
			return;
		pump(b, 0);
	}
}

static void type(struct bench *b, const char *keys)
{
	size_t len = strlen(keys);
	if (write(b->fd, keys, len) != (ssize_t)len)
		b->ended = true;
}

/* Milliseconds until the first output after the keys were taken. Where there is none,
 * since nothing of the screen is another, until it takes the next key, NO_KEY. */
static double press(struct bench *b, const char *keys)
{
	double from = now_ms();
	type(b, keys);
	wait_taken(b, from);
	while (pump(b, 0)) {
		/* what was written before */
	}
	for (double until = now_ms() + SILENT_MS; now_ms() < until && !b->ended;)
		if (pump(b, 1))
			return now_ms() - from;
	double silent = now_ms();
	type(b, NO_KEY);
	wait_taken(b, silent);
	return now_ms() - silent > 5 ? now_ms() - from : silent - from - SILENT_MS;
}

static double quiet(struct bench *b, double from)
{
	b->last = now_ms();
	while (!b->ended && now_ms() - b->last < QUIET_MS)
		pump(b, 20);
	return b->last - from;
}

static double probe(struct bench *b, double ms)
{
	double until = now_ms() + ms, worst = 0;
	for (unsigned i = 0; now_ms() < until && !b->ended; i++) {
		double took = press(b, i % 2 ? UP : DOWN);
		worst = took > worst ? took : worst;
		for (double rest = now_ms() + 7; now_ms() < rest;)
			pump(b, 1);
	}
	return worst;
}

static void report(const char *name, double answer, double done, double worst)
{
	printf("%-34s %9.1f %9.1f", name, answer, done);
	if (worst >= 0)
		printf(" %9.1f", worst);
	putchar('\n');
	fflush(stdout);
}

/* keys, then `back`, and once more with cursor keys pressed meanwhile. */
static void action(struct bench *b, const char *name, const char *keys, const char *back)
{
	double from = now_ms(), worst = -1;
	double answer = press(b, keys);
	double done = quiet(b, from);
	if (back) {
		press(b, back);
		quiet(b, 0);
		press(b, keys);
		worst = probe(b, PROBE_MS);
		quiet(b, 0);
		press(b, back);
		quiet(b, 0);
	}
	report(name, answer, done, worst);
}

static void report_memory(const struct bench *b)
{
	char path[64], line[256];
	snprintf(path, sizeof(path), "/proc/%d/status", (int)b->pid);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "VmHWM", 5) == 0 || strncmp(line, "RssAnon", 7) == 0)
			fputs(line, stdout);
	if (file)
		fclose(file);
	row_text(b, 1, line, sizeof(line));
	puts(line);
}

static void while_it_reads(struct bench *b, double from)
{
	static const char *const keys[] = { DOWN, PAGE_DOWN, ">", "z", "\005", "\001",
		                            "v",  "<",       "z", "v", UP };
	size_t n = sizeof(keys) / sizeof(*keys);
	double worst = 0, took;
	const char *which = "";
	unsigned count = 0;
	while (!b->ended && !has_row(b) && now_ms() - from < PATIENCE_MS)
		pump(b, 5);
	report("first calls", now_ms() - from, now_ms() - from, -1);
	while (!b->ended && !shows(b, "[offline]") && now_ms() - from < PATIENCE_MS) {
		const char *key = keys[count++ % n];
		took = press(b, key);
		if (took > worst) {
			worst = took;
			which = key;
		}
		for (double rest = now_ms() + 20; now_ms() < rest;)
			pump(b, 1);
	}
	for (; count % n; count++)
		press(b, keys[count % n]); /* as it was */
	quiet(b, 0);
	printf("while reading: %u keys, the slowest %.1f ms: ", count, worst);
	for (; *which; which++)
		printf(*which < ' ' ? "^%c" : "%c", *which < ' ' ? *which + '@' : *which);
	printf("\n");
	report("all is read", now_ms() - from, now_ms() - from, -1);
}

/* Letters of a text that is nowhere, one by one. */
static void search(struct bench *b)
{
	const char text[] = "nowhere";
	double from = now_ms(), answer = press(b, "\023"), took;
	for (size_t i = 0; text[i]; i++) {
		took = press(b, (const char[]){ text[i], '\0' });
		answer = took > answer ? took : answer;
	}
	press(b, "\r");
	double done = quiet(b, from);
	press(b, "n");
	double worst = probe(b, PROBE_MS);
	quiet(b, 0);
	report("^S: a text that is nowhere", answer, done, worst);
	press(b, "\001");
}

static void the_list(struct bench *b)
{
	action(b, "Down", DOWN, UP);
	action(b, "PgDn", PAGE_DOWN, "\001");
	action(b, "End", "\005", "\001");
	for (unsigned i = 0; i < 8; i++) { /* each column, and back from the next one */
		char name[32];
		snprintf(name, sizeof(name), "sort by column %u", i + 2);
		double from = now_ms();
		double answer = press(b, ">");
		double done = quiet(b, from);
		press(b, "<");
		quiet(b, 0);
		press(b, ">");
		double worst = probe(b, PROBE_MS);
		quiet(b, 0);
		report(name, answer, done, worst);
	}
	press(b, ">");
	quiet(b, 0);
	action(b, "z: the other way round", "z", "z");
	action(b, "filter: state == busy", "/state == busy\r", "/\025\r");
	action(b, "filter: from.user contains 77", "/from.user contains 77\r", "/\025\r");
	action(b, "filter: findings", "/finding.severity == error\r", "/\025\r");
	action(b, "v: calls only", "v", "v");
	action(b, "u: unfold scans", "u", "u");
	search(b);
	action(b, "F5: clear", "\f", "I");
	action(b, "Space", " ", "\001 ");
	action(b, "F2: save", "s", "\033");
	action(b, "F10: columns", "t", "q");
	action(b, "i: statistics", "i", "q");
	action(b, "g: registrations", "g", "q");
	action(b, "E: all findings", "E", "q");
	action(b, "e: findings", "e", "q");
	action(b, "a: dialogs", "a", "q");
	action(b, "r: raw", "r", "q");
	action(b, "x: extended", "x", "q");
}

static void the_flow(struct bench *b)
{
	action(b, "Enter: the flow", "\r", "q");
	press(b, "\r");
	quiet(b, 0);
	action(b, "flow: End", "\005", "\001");
	action(b, "flow: PgDn", PAGE_DOWN, "\001");
	action(b, "flow: f, fold", "f", "ff");
	action(b, "flow: s, one lane each", "s", "s");
	action(b, "flow: d, session descriptions", "d", "dd");
	action(b, "flow: t, message beside it", "t", "t");
	action(b, "flow: F6, raw", "r", "q");
	press(b, "q");
	quiet(b, 0);
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };
	int row = 0;
	bool keep_input = false;
	for (; argc > 1 && strncmp(argv[1], "--", 2) == 0; argc--, argv++) {
		keep_input = keep_input || strcmp(argv[1], "--stdin") == 0;
		if (strcmp(argv[1], "--flow") != 0 || argc < 3)
			continue;
		row = (int)strtol(argv[2], NULL, 10);
		argc--;
		argv++;
	}
	if (argc < 2) {
		fputs("usage: bench-screen [--flow ROW] [--stdin] SIPGLASS ARGUMENT...\n",
		      stderr);
		return 1;
	}
	double from = now_ms();
	start(&b, argv + 1, keep_input);
	printf("%-34s %9s %9s %9s  ms\n", "", "answer", "done", "worst");
	if (row == 0) {
		while_it_reads(&b, from);
		report_memory(&b);
		the_list(&b);
	}
	while (!b.ended && !shows(&b, "[offline]"))
		pump(&b, 5);
	for (int i = 1; i < row; i++)
		press(&b, DOWN);
	the_flow(&b);
	report_memory(&b);
	if (b.ended)
		puts("it ended");
	kill(b.pid, SIGTERM);
	waitpid(b.pid, NULL, 0);
	vterm_free(b.vt);
	return b.ended ? 1 : 0;
}
