/* SPDX-License-Identifier: MIT */
/* tui/keys.h - keys by name, and what they do. */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

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

/* One row of actions.def. */
struct key_row {
	enum action action;
	unsigned where;
	const char *name, *keys, *footer, *help;
};

/* Row n from 0; NULL behind the last. */
const struct key_row *keys_row(size_t n);

/* What a key (a code of curses, or a character) does on a screen. */
enum action keys_action(int key, unsigned where);

/* The key of a name of actions.def, -1 for none; "F1" and so on. */
int keys_code(const char *name, size_t len);

#endif
