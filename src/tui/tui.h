/* SPDX-License-Identifier: MIT */
/* tui/tui.h - the screen to browse in: sngrep's keys over the calls of an engine.
 *
 * Screens draw into a grid of cells (view/grid.h); only this room's terminal.c knows
 * curses. One thread: between two keys the caller's `feed` reads packets for a moment. */
#ifndef TUI_TUI_H
#define TUI_TUI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/engine.h"
#include "tui/setup.h"
#include "view/select.h"

enum tui_feed {
	TUI_FEED_MORE, /* there is more to read now */
	TUI_FEED_WAIT, /* nothing now, but there may be later */
	TUI_FEED_END   /* all is read */
};

enum tui_format {
	TUI_FORMAT_PACKETS, /* a capture file; pcapng by its name */
	TUI_FORMAT_MEDIA,   /* the same with the packets of announced media */
	TUI_FORMAT_TEXT, /* ladders, then the messages */
	TUI_FORMAT_JSON, /* the records of docs/json.md */
	TUI_FORMAT_COUNT
};

enum tui_saved {
	TUI_SAVED,
	TUI_SAVE_EXISTS, /* the file is there, and overwrite was not set: nothing done */
	TUI_SAVE_FAILED
};

#define TUI_WHY_MAX 512 /* bytes of a reason, its NUL included */

/* What is to be written; all borrowed. */
struct tui_save {
	const char *path;
	enum tui_format format;
	const uint32_t *calls; /* NULL: all */
	size_t ncalls;
	bool overwrite;
};

#define TUI_LOSSES_MAX 64

/* What was not analyzed for one reason; static text. */
struct tui_loss {
	uint64_t n;
	const char *brief; /* "TCP gap bytes" */
	const char *words; /* "bytes missing in TCP streams" */
};

struct list;

struct tui_cfg {
	struct engine *engine;       /* borrowed */
	const struct select *select; /* the conditions of the command line; borrowed */
	/* Read packets for about `ms` milliseconds. */
	enum tui_feed (*feed)(void *arg, unsigned ms);
	/* 0 to 100 of the input, or -1 where that is not known. */
	int (*progress)(void *arg);
	/* What is not analyzed: returns how many reasons there are. */
	unsigned (*losses)(void *arg, struct tui_loss losses[TUI_LOSSES_MAX]);
	/* What went wrong and was not told yet, as one line, for the status line; NULL:
	 * nothing. Borrowed until the next call. */
	const char *(*problem)(void *arg);
	/* Write calls into a file. why is set to one line: what was written, or what went
	 * wrong. NULL: nothing can be saved. */
	enum tui_saved (*save)(void *arg, const struct tui_save *save,
	                       char why[TUI_WHY_MAX]);
	/* Write the setup where the user's is read from. why is set to one line, as for
	 * save; TUI_SAVE_EXISTS: it is for the user to say that what is there may go.
	 * NULL: it cannot be written. */
	enum tui_saved (*save_setup)(void *arg, const struct setup *setup, bool overwrite,
	                             char why[TUI_WHY_MAX]);
	/* Asked to end by a signal? */
	bool (*stopped)(void *arg);
	void *arg;
	const char *input;   /* name for the status line */
	bool live; /* it is interfaces */
	struct setup *setup; /* borrowed; what the user changes and saves is kept in it */
	const char *notice;  /* shown until the first key; or NULL */
	bool utf8;
	bool color; /* may be used, unless the setup says no */
};

/* The watchers that the engine must have, which tell of calls that change, and of those
 * that leave; arg: a struct tui_changes, all 0 at first. */
struct tui_changes {
	struct tui *tui; /* of tui_run, while it runs */
};
engine_watch tui_note_change;
engine_may_leave tui_may_leave; /* not what is on the screen, or was chosen */
engine_leave tui_note_leave;

/* Until the user leaves. OK; ERR_IO: no terminal, or it went away; ERR_NOMEM. */
MUST_USE enum err tui_run(const struct tui_cfg *cfg, struct tui_changes *changes);

#endif
