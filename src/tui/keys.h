/* SPDX-License-Identifier: MIT */
/* tui/keys.h - keys by name, and what they do. */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Kinds of screens, as sets. */
enum screen_kind {
	SCREEN_LIST = 1 << 0,
	SCREEN_FLOW = 1 << 1,
	SCREEN_MESSAGE = 1 << 2,
	SCREEN_FINDINGS = 1 << 3,
	SCREEN_HELP = 1 << 4,
	SCREEN_DIFF = 1 << 5,
	SCREEN_DIALOGS = 1 << 6,
	SCREEN_FILTER = 1 << 7,
	SCREEN_COLUMNS = 1 << 8,
	SCREEN_STATS = 1 << 9,
	SCREEN_REGISTRATIONS = 1 << 10,
	SCREEN_OVERVIEW = 1 << 11, /* findings of all calls */
	SCREEN_SAVE = 1 << 12,
	SCREEN_SETTINGS = 1 << 13,
	SCREEN_ANY = (1 << 14) - 1
};

enum action {
	ACTION_NONE,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_LEFT,
	ACTION_RIGHT,
	ACTION_PAGE_DOWN,
	ACTION_PAGE_UP,
	ACTION_HALF_DOWN,
	ACTION_HALF_UP,
	ACTION_BEGIN,
	ACTION_END,
	ACTION_BACK,
	ACTION_SHOW,
	ACTION_SELECT,
	ACTION_HELP,
	ACTION_HINTS,
	ACTION_SEARCH,
	ACTION_CALLS_ONLY,
	ACTION_FOLLOW,
	ACTION_SORT_PREVIOUS,
	ACTION_SORT_NEXT,
	ACTION_SORT_SWAP,
	ACTION_PAUSE,
	ACTION_FINDINGS,
	ACTION_RAW,
	ACTION_TIME,
	ACTION_PREVIEW,
	ACTION_PREVIEW_MORE,
	ACTION_PREVIEW_LESS,
	ACTION_PREVIEW_RESET,
	ACTION_EXTENDED,
	ACTION_DIALOGS,
	ACTION_ALIASES,
	ACTION_SDP,
	ACTION_MEDIA,
	ACTION_ONLY_MEDIA,
	ACTION_ONLY_SDP,
	ACTION_TIMERS,
	ACTION_COMPRESS,
	ACTION_COLORS,
	ACTION_FOLD,
	ACTION_SYNTAX,
	ACTION_FILTERS,
	ACTION_COLUMNS,
	ACTION_STATS,
	ACTION_REGISTRATIONS,
	ACTION_OVERVIEW,
	ACTION_SAVE,
	ACTION_SETTINGS,
	ACTION_FIND,
	ACTION_FIND_NEXT,
	ACTION_FIND_PREVIOUS,
	ACTION_CLEAR,
	ACTION_CLEAR_SOFT,
	ACTION_UNHIDE,
	ACTION_CHANGE,
	ACTION_MOVE_UP,
	ACTION_MOVE_DOWN
};

/* How many keys an action may have: as many as sngrep takes. */
#define KEYS_EACH     5
#define KEYS_ROWS_MAX 160 /* rows of actions.def; keys.c checks it */
#define KEY_NAME_MAX  16  /* bytes, NUL included */

/* One row of actions.def. */
struct key_row {
	enum action action;
	unsigned where;
	const char *name, *keys, *footer, *help;
};

/* Row n from 0; NULL behind the last. */
const struct key_row *keys_row(size_t n);

/* The n-th name of an action, each once; NULL behind the last. */
const char *keys_action_name(unsigned n);

/* Which keys do what: of each row of actions.def. Keys that the user gave count before
 * those of actions.def, the newest ones first. */
struct keys {
	struct key_binding {
		int codes[KEYS_EACH];
		uint8_t n;
		uint16_t order; /* 0: as in actions.def */
	} rows[KEYS_ROWS_MAX];
	uint16_t newest;
};

/* As actions.def has them. */
void keys_init(struct keys *keys);

enum keys_result {
	KEYS_OK,
	KEYS_NO_ACTION, /* there is no action of this name */
	KEYS_NO_KEY,    /* a word is no key */
	KEYS_RESERVED,  /* ^C and ^Z do the same in every program */
	KEYS_TOO_MANY   /* for one action */
};

/* Give an action these keys, names with spaces between them, in the place of those that
 * it has; "" leaves it without. *wrong is the word that is meant by a result that is not
 * KEYS_OK; then nothing has changed. */
enum keys_result keys_bind(struct keys *keys, struct slice name, struct slice text,
                           struct slice *wrong);

/* What a key (a code of curses, or a character) does on a screen. */
enum action keys_action(const struct keys *keys, int key, unsigned where);

/* The keys that do what row n says on this screen, at most KEYS_EACH; returns
 * how many. */
unsigned keys_of_row(const struct keys *keys, size_t n, unsigned where,
                     int codes[KEYS_EACH]);

/* Actions that have no key on some screen on which they should, since all of them do
 * something else there: the n-th of them, from 0, with one of these screens; NULL behind
 * the last. */
const char *keys_lost(const struct keys *keys, unsigned n, unsigned *where);

/* What the user calls a screen. */
const char *keys_screen_name(unsigned where);

/* The key of a name, as in actions.def or as sngrep writes it (Ctrl-x); -1 for none. */
int keys_code(struct slice name);

/* The name of a key, as in actions.def. Returns its length. */
size_t keys_name(int code, char out[KEY_NAME_MAX]);

#endif
