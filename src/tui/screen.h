/* SPDX-License-Identifier: MIT */
/* tui/screen.h - inside tui: what screens share.
 *
 * A screen draws itself into a grid and answers actions. Screens lie on one another; the
 * one on top is shown. Each has its file, screen_NAME.c. */
#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include "tui/keys.h"
#include "tui/text_lines.h"
#include "tui/tui.h"
#include "view/grid.h"
#include "view/ladder_draw.h"
#include "view/list.h"

struct tui;
struct screen;
struct scroll;

struct screen_class {
	unsigned kind; /* enum screen_kind */
	/* Draw all lines but the last, which has the footer. */
	void (*draw)(struct tui *tui, struct screen *screen, struct grid *grid);
	void (*act)(struct tui *tui, struct screen *screen, enum action action);
	/* A key while the screen takes text; NULL: it never does. True: it took it. */
	bool (*type)(struct tui *tui, struct screen *screen, int key, bool is_char);
	void (*free)(struct tui *tui, struct screen *screen);
	/* Does it need this call to stay? NULL: of no call. */
	bool (*holds)(const struct tui *tui, const struct screen *screen, uint32_t call);
};

struct screen {
	const struct screen_class *class;
	struct screen *below;
};

/* What an arrow says of the session description in its message. */
enum flow_sdp {
	FLOW_SDP_MARK,  /* that there is one */
	FLOW_SDP_FIRST, /* its first codec */
	FLOW_SDP_FULL,  /* all media with addresses, in a line below the arrow */
	FLOW_SDP_COUNT
};

/* What becomes of messages that were seen before. */
enum flow_fold {
	FLOW_COPIES_COUNTED, /* retransmissions are arrows, copies are not */
	FLOW_FOLDED,         /* neither is */
	FLOW_EVERYTHING,     /* both are */
	FLOW_FOLD_COUNT
};

/* Which rows are shown. */
enum flow_only { FLOW_ALL, FLOW_ONLY_MEDIA, FLOW_ONLY_SDP };

/* How call flows look, from one to the next. */
struct flow_look {
	enum ladder_colors colors;
	enum ladder_times times;
	enum flow_sdp sdp;
	enum flow_fold fold;
	enum flow_only only;
	bool media;      /* lines of media */
	bool no_timers;  /* no timers, silences, nothing of what was not captured */
	bool compressed; /* one lane for an address */
	bool no_preview;
	int preview; /* columns that the message has beyond half the screen */
};

/* The columns of the call list. */
#define TUI_COLUMNS_MAX SETUP_COLUMNS
struct tui_columns {
	struct column_of of[TUI_COLUMNS_MAX];
	unsigned wanted[TUI_COLUMNS_MAX]; /* width of the widest text so far */
	unsigned width[TUI_COLUMNS_MAX];  /* as it is drawn */
	unsigned n;
};

struct tui {
	struct tui_cfg cfg;
	struct mem *mem;
	struct list list;
	struct screen *top;
	enum tui_feed feed;
	struct tui_columns columns;
	bool paused;
	bool can_utf8;     /* the terminal takes it */
	bool show_aliases; /* names of addresses, where there are some */
	bool second_keys;  /* the last line names the second key of an action */
	struct theme theme;
	unsigned begun[SETTING_COUNT]; /* settings as the session began with them, or as
	                                * they were saved */
	bool follow;   /* the list keeps to the newest call */
	bool confirm;  /* ask before leaving */
	bool leaving;  /* it was asked */
	bool busy;     /* the screen on top is not done: draw it again at once */
	bool done;
	struct flow_look flow;
	struct text_look text_look;
	bool pasting;              /* the keys that come are pasted text */
	const struct scroll *rows; /* of the screen on top, for the mouse; or NULL */
	unsigned rows_at;          /* the line of the first one that is shown */
	char note[160];            /* one-line message, until the next key */
};

/* Put a screen on top, which then belongs to the tui. */
void tui_push(struct tui *tui, struct screen *screen);
/* Take the top one off; the last one ends the program. */
void tui_pop(struct tui *tui);
/* A message for the user in the line above the footer, printable. */
PRINTF_LIKE(2, 3) void tui_note(struct tui *tui, const char *format, ...);

/* Settings that one chooses from, as they are now: begin with those of the setup, get
 * one, set it, and keep those that were changed, with the columns, in the setup. */
void tui_begin(struct tui *tui);
unsigned tui_setting(const struct tui *tui, enum setting setting);
void tui_set(struct tui *tui, enum setting setting, unsigned n);
void tui_keep(struct tui *tui);

/* Names of addresses that are to be shown, or NULL. */
const struct aliases *tui_aliases(const struct tui *tui);
void tui_toggle_aliases(struct tui *tui);

/* Milliseconds of a clock that only goes on. */
int64_t tui_now_ms(void);
/* How long a screen may work before it looks at the keyboard again: with reading, drawing
 * and once more of this for the answer, a key has it within 50 ms. */
#define TUI_WORK_MS 10

/* Use this text as the filter of the call list. False: it is wrong, or memory is out; the
 * list tells. */
bool screen_list_filter(struct tui *tui, struct slice text);

/* NULL: no memory, and the user is told. */
struct screen *screen_filter_new(struct tui *tui);
struct screen *screen_columns_new(struct tui *tui);
struct screen *screen_stats_new(struct tui *tui);
struct screen *screen_registrations_new(struct tui *tui);
struct screen *screen_overview_new(struct tui *tui);
/* call: the one under the cursor, or 0. */
struct screen *screen_save_new(struct tui *tui, uint32_t call);
struct screen *screen_settings_new(struct tui *tui);
struct screen *screen_list_new(struct tui *tui);
/* Calls of one flow: with more of them nobody finds an arrow any more, and making the
 * ladder reads all their messages. */
#define FLOW_CALLS_MAX 64
struct screen *screen_flow_new(struct tui *tui, const uint32_t *calls, size_t ncalls);
/* With the related calls. */
struct screen *screen_flow_extended(struct tui *tui, uint32_t call);
/* Add related calls, by their ids, to a call flow; returns how many were not in it. */
size_t screen_flow_extend(struct screen *flow, const uint32_t *calls, size_t n);
struct screen *screen_message_new(struct tui *tui, const uint32_t *messages, size_t n);
/* The difference of two messages. */
struct screen *screen_diff_new(struct tui *tui, uint32_t a, uint32_t b);
/* Dialogs and transactions of calls. */
struct screen *screen_dialogs_new(struct tui *tui, const uint32_t *calls, size_t ncalls);
struct screen *screen_findings_new(struct tui *tui, uint32_t call);
struct screen *screen_help_new(struct tui *tui, unsigned kind);

/* --- a list of lines that scrolls */

struct scroll {
	uint64_t lines;  /* of the whole */
	uint64_t cursor; /* below lines, or 0 */
	uint64_t top;    /* the first one shown */
	unsigned height; /* lines shown */
};

/* While drawing: the rows begin at this line of the screen, one line each, so that they
 * can be clicked on. The screen's scroll, which lives as long as it. */
void tui_rows(struct tui *tui, const struct scroll *scroll, unsigned y);

/* Fit it: the cursor is shown. */
void scroll_fit(struct scroll *scroll, uint64_t lines, unsigned height);
/* Move the cursor; false where the action is no move. */
bool scroll_act(struct scroll *scroll, enum action action);

/* --- drawing */

void draw_text(struct grid *grid, unsigned y, unsigned x, unsigned room,
               struct slice text, bool utf8, enum cell_style style);
void draw_words(struct grid *grid, unsigned y, unsigned x, const char *text,
                enum cell_style style);
/* All of a line in one style, keeping what is in it. */
void draw_bar(struct grid *grid, unsigned y, uint8_t style);

/* --- text that is typed */

#define EDIT_MAX 512
struct edit {
	char text[EDIT_MAX + 1];
	size_t len, at; /* bytes; at: the cursor */
};
/* True: the key is part of editing. */
bool edit_key(struct edit *edit, int key, bool is_char);
/* Put text, as much as has room, in the place of bytes from..to; the cursor behind it. */
void edit_replace(struct edit *edit, size_t from, size_t to, struct slice text);
/* Draw it behind a label of a form, with a cursor where it has the keys. */
void draw_edit(struct grid *grid, unsigned y, const char *label, const struct edit *edit,
               bool active, bool utf8);

#endif
