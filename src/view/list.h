/* SPDX-License-Identifier: MIT */
/* view/list.h - the call list: which calls are shown, in which order.
 *
 * Kept up in steps, so that a million calls never hold up a key: list_step looks at a
 * bounded number of calls and says whether more are to be looked at. */
#ifndef VIEW_LIST_H
#define VIEW_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "view/column.h"
#include "view/select.h"

struct list_row {
	struct column_key key;
	uint32_t call;
};

struct list {
	struct mem *mem; /* borrowed, as is the engine */
	struct engine *engine;
	const struct select *select; /* the conditions of the command line */
	struct expression *display;  /* display filter, or NULL; the list's */
	bool calls_only;             /* without REGISTER, OPTIONS and the like */
	enum column sort;
	bool descending;
	struct list_row *rows; /* in the order of `sort`, ascending */
	uint32_t nrows, room;
	uint32_t seen;   /* calls looked at */
	bool sorted;     /* rows are */
	uint8_t *marked; /* a bit for each call: chosen by the user */
	size_t marked_bytes;
	uint32_t nmarked;
};

void list_init(struct list *list, struct engine *e, const struct select *select);
void list_clear(struct list *list);

/* Look at up to `calls` further calls, and sort when all have been looked at. True: there
 * is more to do. Where memory is out, calls are left out and `false` is the answer. */
bool list_step(struct list *list, uint32_t calls);

/* This call has changed: it may have to go, or come. */
void list_touch(struct list *list, uint32_t call);

/* Begin anew, as after a change of conditions. */
void list_restart(struct list *list);

/* Give it a display filter (NULL: none), which becomes the list's. */
void list_filter(struct list *list, struct expression *display);

/* Sort by another column, or the other way round. */
void list_sort(struct list *list, enum column column, bool descending);

/* The call at a place of the list from 0, below nrows. */
uint32_t list_at(const struct list *list, uint32_t place);
/* The place of a call, or UINT32_MAX where it is not shown. */
uint32_t list_place(const struct list *list, uint32_t call);

bool list_is_marked(const struct list *list, uint32_t call);
/* OK or ERR_NOMEM. */
MUST_USE enum err list_mark(struct list *list, uint32_t call, bool on);

#endif
