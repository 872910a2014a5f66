/* SPDX-License-Identifier: MIT */
/* view/list.h - the call list: which calls are shown, in which order.
 *
 * Kept up in steps, so that a million calls never hold up a key: list_step does a bounded
 * amount of work and says whether there is more. Rows that are new or have changed are
 * gathered, put in order among themselves, and merged with those that are shown, which
 * stay as they are meanwhile: n log n in all, whatever was captured. A scan (scan.h) is
 * one row, that of its line; the other calls of it have none. */
#ifndef VIEW_LIST_H
#define VIEW_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "view/column.h"
#include "view/scan.h"
#include "view/select.h"

struct list_row {
	struct column_key key;
	uint32_t call;
};

struct list_rows {
	struct list_row *rows;
	uint32_t n, room;
};

/* A bit for each call. */
struct list_bits {
	uint8_t *bytes;
	size_t nbytes;
};

enum list_phase {
	LIST_LOOK,  /* at calls that changed, then at those not seen yet */
	LIST_SORT,  /* what was gathered: passes of a merge sort */
	LIST_MERGE, /* it with the rows */
	LIST_PHASE_COUNT
};

struct list {
	struct mem *mem; /* borrowed, as is the engine */
	struct engine *engine;
	const struct select *select; /* the conditions of the command line */
	struct expression *display;  /* display filter, or NULL; the list's */
	bool calls_only;             /* without REGISTER, OPTIONS and the like */
	struct column_of sort;
	bool descending;
	uint32_t hidden_to;    /* calls up to this one are hidden, but for those kept */
	struct list_bits kept; /* shown though hidden_to has passed them */
	uint32_t nhidden; /* calls that hidden_to hides */
	bool left;        /* calls were forgotten whose rows may be there yet */

	struct list_rows shown; /* in the order of `sort`, ascending */
	struct list_rows fresh; /* gathered */
	struct list_rows other; /* where sorting and merging write */
	enum list_phase phase;
	uint32_t run, from, mid, to, a, b, at; /* of the sort: the pair of runs */
	uint32_t seen;                         /* calls looked at */
	uint32_t *touched;                     /* calls that changed, each once */
	uint32_t ntouched, touched_at, touched_room;
	struct list_bits queued; /* those in touched */
	struct list_bits stale;  /* their row in `shown` is old, if there is one */
	uint32_t nstale;
	struct list_bits rowed; /* has a row in `shown` or `fresh` that is to stay */
	uint64_t left_out; /* rows that there was no memory for */

	struct list_bits passing; /* the conditions hold: a row, or folded into one */
	uint32_t npassing;
	struct scans scans;

	struct list_bits marked; /* chosen by the user */
	uint32_t nmarked;
};

void list_init(struct list *list, struct engine *e, const struct select *select);
void list_clear(struct list *list);

/* Look at up to `calls` calls, or put eight times as many rows in order. True: there is
 * more to do. Where memory is out, `false` is the answer: what is shown stays, and the
 * next step tries again. */
bool list_step(struct list *list, uint32_t calls);

/* Is all of it as the calls are now? */
bool list_is_done(const struct list *list);

/* This call has changed: it may have to go, come or move. O(1). */
void list_touch(struct list *list, uint32_t call);

/* This call is about to be forgotten. The list must not be used any more until
 * list_sweep. */
void list_leave(struct list *list, uint32_t call);
/* Take the rows of calls that were forgotten out. O(rows) when there are any. */
void list_sweep(struct list *list);

/* Begin anew, as after a change of conditions. */
void list_restart(struct list *list);

/* Give it a display filter (NULL: none), which becomes the list's. */
void list_filter(struct list *list, struct expression *display);

/* Sort by another column, or the other way round. */
void list_sort(struct list *list, const struct column_of *column, bool descending);

/* Hide all calls that there are, or (keep) those of them for which the conditions do not
 * hold: that looks at what list_step has not come to. OK or ERR_NOMEM. */
MUST_USE enum err list_hide(struct list *list, bool keep);
/* Show them again. */
void list_unhide(struct list *list);
uint32_t list_hidden(const struct list *list);

/* Calls that are shown, each for itself or in a scan. */
uint32_t list_calls(const struct list *list);

/* The scan that the row of this call stands for, or 0: list->scans has it. */
uint32_t list_scan(const struct list *list, uint32_t call);
/* Show the calls of a scan each for itself. */
void list_unfold(struct list *list, uint32_t scan);
/* Unfold all scans, also those to come, or (open false) fold all of them. */
void list_unfold_all(struct list *list, bool open);
/* Is any scan unfolded by the user? */
bool list_is_unfolded(const struct list *list);

/* Rows. */
uint32_t list_count(const struct list *list);
/* The call at a place of the list from 0, below list_count. */
uint32_t list_at(const struct list *list, uint32_t place);
/* The place of a call, or of the scan that it is folded into, or UINT32_MAX where it is
 * not shown. */
uint32_t list_place(const struct list *list, uint32_t call);

/* The newest call that is shown, for itself or in a scan, or 0. O(calls / 8). */
uint32_t list_newest(const struct list *list);

/* Walk over the calls that are shown in the order of the rows, those of a scan where it
 * has its row. Begins with an empty walk; false: there is no more. */
struct list_walk {
	uint32_t place; /* of the next row */
	uint32_t call;  /* the next one of a scan, or 0 */
};
bool list_next(const struct list *list, struct list_walk *walk, uint32_t *call);

bool list_is_marked(const struct list *list, uint32_t call);
/* Of those that the row of this call stands for: it alone, or all of a scan. O(1). */
enum list_marks { LIST_MARKED_NONE, LIST_MARKED_SOME, LIST_MARKED_ALL };
enum list_marks list_row_marks(const struct list *list, uint32_t call);
/* OK or ERR_NOMEM. */
MUST_USE enum err list_mark(struct list *list, uint32_t call, bool on);

#endif
