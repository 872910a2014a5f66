/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/list.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_A_CALL 8   /* rows put in order in the time that a call is looked at */
#define FRESH_MIN   512 /* gathered before they are merged, and more with more rows */

/* --- bits */

static bool bits_has(const struct list_bits *bits, uint32_t call)
{
	return call / 8 < bits->nbytes && bits->bytes[call / 8] >> call % 8 & 1;
}

/* False: no memory. */
static bool bits_set(struct mem *mem, struct list_bits *bits, uint32_t call)
{
	if (call / 8 >= bits->nbytes) {
		size_t n = bits->nbytes ? bits->nbytes : 64;
		while (n <= call / 8)
			n *= 2;
		uint8_t *bytes = mem_resize(mem, bits->bytes, bits->nbytes, n);
		if (!bytes)
			return false;
		*bits = (struct list_bits){ bytes, n };
	}
	bits->bytes[call / 8] |= (uint8_t)(1U << call % 8);
	return true;
}

static void bits_unset(struct list_bits *bits, uint32_t call)
{
	if (bits_has(bits, call))
		bits->bytes[call / 8] ^= (uint8_t)(1U << call % 8);
}

static void bits_none(struct list_bits *bits)
{
	if (bits->nbytes)
		memset(bits->bytes, 0, bits->nbytes);
}

static void bits_clear(struct mem *mem, struct list_bits *bits)
{
	mem_give(mem, bits->bytes, bits->nbytes);
	*bits = (struct list_bits){ 0 };
}

/* --- rows */

static void rows_clear(struct mem *mem, struct list_rows *rows)
{
	mem_give(mem, rows->rows, rows->room * sizeof(*rows->rows));
	*rows = (struct list_rows){ 0 };
}

static bool rows_want(struct mem *mem, struct list_rows *rows, uint32_t room)
{
	if (room <= rows->room)
		return true;
	struct list_row *more = mem_resize(mem, rows->rows, rows->room * sizeof(*more),
	                                   room * sizeof(*more));
	if (!more)
		return false;
	rows->rows = more;
	rows->room = room;
	return true;
}

static bool rows_add(struct list *list, struct list_rows *rows,
                     const struct list_row *row)
{
	uint32_t room = rows->room ? rows->room * 2 : 256;
	if (rows->n == rows->room && !rows_want(list->mem, rows, room)) {
		list->left_out++;
		return false;
	}
	rows->rows[rows->n++] = *row;
	return true;
}

/* --- the list */

void list_init(struct list *list, struct engine *e, const struct select *select)
{
	*list = (struct list){ .mem = engine_mem(e),
		               .engine = e,
		               .select = select,
		               .sort.column = COLUMN_INDEX };
	scans_init(&list->scans, list->mem);
}

void list_clear(struct list *list)
{
	expression_free(list->display);
	if (list->mem) {
		rows_clear(list->mem, &list->shown);
		rows_clear(list->mem, &list->fresh);
		rows_clear(list->mem, &list->other);
		bits_clear(list->mem, &list->kept);
		bits_clear(list->mem, &list->queued);
		bits_clear(list->mem, &list->stale);
		bits_clear(list->mem, &list->rowed);
		bits_clear(list->mem, &list->passing);
		scans_clear(&list->scans);
		bits_clear(list->mem, &list->marked);
		mem_give(list->mem, list->touched,
		         list->touched_room * sizeof(*list->touched));
	}
	*list = (struct list){ 0 };
}

void list_restart(struct list *list)
{
	list->shown.n = 0;
	list->fresh.n = 0;
	rows_clear(list->mem, &list->other);
	list->phase = LIST_LOOK;
	list->seen = 0;
	list->ntouched = list->touched_at = 0;
	bits_none(&list->queued);
	bits_none(&list->stale);
	bits_none(&list->rowed);
	bits_none(&list->passing);
	list->nstale = list->npassing = 0;
	list->left_out = 0;
	scans_restart(&list->scans);
}

void list_filter(struct list *list, struct expression *display)
{
	expression_free(list->display);
	list->display = display;
	list_restart(list);
}

void list_sort(struct list *list, const struct column_of *column, bool descending)
{
	list->descending = descending;
	if (column_is_same(column, &list->sort))
		return;
	list->sort = *column;
	list_restart(list);
}

static uint32_t calls_of(const struct list *list)
{
	return tracker_calls(engine_tracker(list->engine));
}

static bool passes(const struct list *list, uint32_t call)
{
	const struct call *c = tracker_call_at(engine_tracker(list->engine), call);
	return (call > list->hidden_to || bits_has(&list->kept, call)) &&
	       (!list->calls_only || c->kind == CALL_INVITE) &&
	       select_has_call(list->select, list->engine, call) &&
	       (!list->display || expression_call(list->display, list->engine, call));
}

/* What is to be shown of the calls so far. False: no memory. */
static bool gather_kept(struct list *list, struct list_bits *kept, uint32_t *nkept)
{
	const struct list_bits *shown = &list->passing;
	if (shown->nbytes) {
		kept->bytes = mem_take(list->mem, shown->nbytes);
		if (!kept->bytes)
			return false;
		kept->nbytes = shown->nbytes;
		memcpy(kept->bytes, shown->bytes, kept->nbytes);
	}
	*nkept = list->npassing;
	const struct tracker *t = engine_tracker(list->engine);
	for (uint32_t call = tracker_next_call(t, list->seen); call;
	     call = tracker_next_call(t, call)) {
		if (!passes(list, call))
			continue;
		if (!bits_set(list->mem, kept, call)) {
			bits_clear(list->mem, kept);
			return false;
		}
		++*nkept;
	}
	return true;
}

enum err list_hide(struct list *list, bool keep)
{
	struct list_bits kept = { 0 };
	uint32_t nkept = 0;
	if (keep && !gather_kept(list, &kept, &nkept))
		return ERR_NOMEM;
	bits_clear(list->mem, &list->kept);
	list->kept = kept;
	list->hidden_to = calls_of(list);
	list->nhidden = tracker_calls_kept(engine_tracker(list->engine)) - nkept;
	list_restart(list);
	return OK;
}

void list_unhide(struct list *list)
{
	bits_clear(list->mem, &list->kept);
	list->hidden_to = list->nhidden = 0;
	list_restart(list);
}

uint32_t list_hidden(const struct list *list)
{
	return list->nhidden;
}

/* --- order */

static int by_text(const struct list *list, uint32_t a, uint32_t b)
{
	char one[COLUMN_TEXT_MAX], two[COLUMN_TEXT_MAX];
	return slice_cmp(column_text(list->engine, a, &list->sort, one),
	                 column_text(list->engine, b, &list->sort, two));
}

/* Rows of equal keys stand in the order of their calls. */
static int compare(const struct list *list, const struct list_row *a,
                   const struct list_row *b)
{
	int order = memcmp(&a->key, &b->key, sizeof(a->key));
	if (order == 0 && !column_is_number(list->sort.column) &&
	    a->key.bytes[COLUMN_KEY_BYTES - 1])
		order = by_text(list, a->call, b->call);
	return order ? order : (a->call > b->call) - (a->call < b->call);
}

static struct list_row row_of(const struct list *list, uint32_t call)
{
	struct list_row row = { .call = call };
	column_key(list->engine, call, &list->sort, &row.key);
	return row;
}

/* Index of the first row that is not before this one. */
static uint32_t lower_bound(const struct list *list, const struct list_row *row)
{
	uint32_t lo = 0, hi = list->shown.n;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (compare(list, &list->shown.rows[mid], row) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Where its key says, or, when that has changed since, wherever it is; while it moves,
 * nowhere. */
static uint32_t index_of(const struct list *list, uint32_t call)
{
	const struct list_rows *s = &list->shown;
	if (!bits_has(&list->rowed, call))
		return UINT32_MAX;
	struct list_row row = row_of(list, call);
	uint32_t i = lower_bound(list, &row);
	if (i < s->n && s->rows[i].call == call)
		return i;
	if (list->sort.column == COLUMN_INDEX || bits_has(&list->stale, call))
		return UINT32_MAX;
	for (i = 0; i < s->n; i++)
		if (s->rows[i].call == call)
			return i;
	return UINT32_MAX;
}

/* --- looking */

void list_touch(struct list *list, uint32_t call)
{
	if (call == 0 || call > list->seen || bits_has(&list->queued, call))
		return; /* not seen: list_step will come to it */
	if (list->ntouched == list->touched_room &&
	    list->touched_at > list->ntouched / 2) {
		list->ntouched -= list->touched_at; /* what was looked at goes */
		memmove(list->touched, list->touched + list->touched_at,
		        list->ntouched * sizeof(*list->touched));
		list->touched_at = 0;
	}
	if (list->ntouched == list->touched_room) {
		uint32_t room = list->touched_room ? list->touched_room * 2 : 256;
		uint32_t *more = mem_resize(list->mem, list->touched,
		                            list->touched_room * sizeof(*more),
		                            room * sizeof(*more));
		if (!more) {
			list->left_out++;
			return;
		}
		list->touched = more;
		list->touched_room = room;
	}
	if (bits_set(list->mem, &list->queued, call))
		list->touched[list->ntouched++] = call;
	else
		list->left_out++;
}

/* Calls that stand there, or are folded, differently. */
static void touch_changed(struct list *list, struct scan_change change)
{
	const struct scans *s = &list->scans;
	if (change.scan)
		for (uint32_t c = scans_first(s, change.scan); c; c = scans_next(s, c))
			list_touch(list, c);
	if (change.call)
		list_touch(list, change.call);
}

void list_leave(struct list *list, uint32_t call)
{
	list->nhidden -= call <= list->hidden_to && !bits_has(&list->kept, call);
	bits_unset(&list->kept, call);
	list->npassing -= bits_has(&list->passing, call);
	bits_unset(&list->passing, call);
	list->nmarked -= bits_has(&list->marked, call);
	bits_unset(&list->marked, call);
	list->nstale -= bits_has(&list->stale, call);
	bits_unset(&list->stale, call);
	bits_unset(&list->rowed, call);
	touch_changed(list, scans_forget(&list->scans, call));
	list->left = true;
}

static void sweep(const struct list *list, struct list_rows *rows)
{
	const struct tracker *t = engine_tracker(list->engine);
	uint32_t n = 0;
	for (uint32_t i = 0; i < rows->n; i++)
		if (tracker_has_call(t, rows->rows[i].call))
			rows->rows[n++] = rows->rows[i];
	rows->n = n;
}

static void make_stale(struct list *list, uint32_t call)
{
	if (!bits_set(list->mem, &list->stale, call)) {
		list->left_out++;
		return;
	}
	bits_unset(&list->rowed, call);
	list->nstale++;
}

/* Its row in `shown`, if there is one, gives way to this one. */
static void gather(struct list *list, const struct list_row *row)
{
	bool there = bits_has(&list->rowed, row->call);
	if (!bits_set(list->mem, &list->stale, row->call) ||
	    !bits_set(list->mem, &list->rowed, row->call)) {
		bits_unset(&list->stale, row->call);
		list->left_out++;
	} else if (rows_add(list, &list->fresh, row)) {
		list->nstale++;
	} else {
		bits_unset(&list->stale, row->call);
		if (!there)
			bits_unset(&list->rowed, row->call);
	}
}

/* Is it to have a row? Notes what there is to note about it. */
static bool is_wanted(struct list *list, uint32_t call)
{
	bool now = passes(list, call), before = bits_has(&list->passing, call);
	if (now && !before) {
		if (!bits_set(list->mem, &list->passing, call)) {
			list->left_out++;
			return false;
		}
		list->npassing++;
	} else if (before && !now) {
		bits_unset(&list->passing, call);
		list->npassing--;
	}
	struct scan_change change =
		scans_look(&list->scans, engine_tracker(list->engine), call, now);
	scans_mark(&list->scans, call, list_is_marked(list, call));
	touch_changed(list, change);
	return now && !scans_hide(&list->scans, call);
}

/* Does this row stand where it belongs? */
static bool is_in_place(const struct list *list, const struct list_row *row)
{
	const struct list_rows *s = &list->shown;
	if (list->sort.column == COLUMN_INDEX)
		return true; /* no row moves: it comes or goes */
	uint32_t i = lower_bound(list, row);
	return i < s->n && s->rows[i].call == row->call &&
	       memcmp(&s->rows[i].key, &row->key, sizeof(row->key)) == 0;
}

static void look_again(struct list *list, uint32_t call)
{
	bool wanted = is_wanted(list, call), there = bits_has(&list->rowed, call);
	if (!wanted && there)
		make_stale(list, call);
	if (!wanted)
		return;
	struct list_row row = row_of(list, call);
	if (!there || !is_in_place(list, &row))
		gather(list, &row);
}

/* Those behind all others need no sorting. */
static void append(struct list *list, uint32_t call)
{
	struct list_rows *s = &list->shown;
	struct list_row row = row_of(list, call);
	if (list->nstale || (s->n && compare(list, &s->rows[s->n - 1], &row) >= 0))
		gather(list, &row);
	else if (!bits_set(list->mem, &list->rowed, call))
		list->left_out++;
	else if (!rows_add(list, s, &row))
		bits_unset(&list->rowed, call);
}

/* So many gathered are worth a merge while more are to come. */
static uint32_t enough(const struct list *list)
{
	return list->shown.n / 2 + FRESH_MIN;
}

/* One that is gathered already has to be merged before it is looked at again. */
static bool can_look_at_touched(const struct list *list)
{
	return list->touched_at < list->ntouched &&
	       !bits_has(&list->stale, list->touched[list->touched_at]);
}

static void look_at_touched(struct list *list, uint32_t *work)
{
	while (*work && can_look_at_touched(list)) {
		uint32_t call = list->touched[list->touched_at];
		if (list->nstale >= enough(list))
			return;
		list->touched_at++;
		bits_unset(&list->queued, call);
		if (tracker_has_call(engine_tracker(list->engine), call))
			look_again(list, call);
		(*work)--;
	}
	if (list->touched_at == list->ntouched)
		list->ntouched = list->touched_at = 0;
}

static void begin_sort(struct list *list)
{
	list->phase = LIST_SORT;
	list->run = 1;
	list->from = list->mid = list->to = list->a = list->b = list->at = 0;
}

/* While rows are sorted or merged, they all stand in these two as well: only the order
 * that was found is given up. */
void list_sweep(struct list *list)
{
	if (!list->left)
		return;
	list->left = false;
	sweep(list, &list->shown);
	sweep(list, &list->fresh);
	if (list->phase != LIST_LOOK)
		begin_sort(list);
}

/* Half of the work each, so that calls which change all the time hold nobody up. */
static bool look(struct list *list, uint32_t *work)
{
	const struct tracker *t = engine_tracker(list->engine);
	uint32_t all = calls_of(list);
	uint32_t half = list->seen < all ? *work / 2 : *work;
	*work -= half;
	look_at_touched(list, &half);
	*work += half;
	for (; *work && list->seen < all; (*work)--) {
		uint32_t call = ++list->seen;
		if (!tracker_has_call(t, call))
			continue;
		tracker_fetch_ahead(t, call);
		if (is_wanted(list, call))
			append(list, call);
	}
	bool wait = list->seen < all || can_look_at_touched(list);
	if (list->nstale && (!wait || list->nstale >= enough(list)))
		begin_sort(list);
	return list->phase == LIST_SORT || list->seen < all ||
	       list->touched_at < list->ntouched;
}

/* --- sorting what was gathered: a merge sort from the bottom up, which no captured value
 * can make slower */

/* The next pair of runs; false: all are in one. */
static bool next_runs(struct list *list)
{
	uint32_t n = list->fresh.n;
	if (list->to >= n && list->to > 0) {
		struct list_rows swap = list->fresh;
		list->fresh = list->other;
		list->other = swap;
		list->fresh.n = n;
		list->run = list->run > n / 2 ? n : list->run * 2;
		list->to = 0;
	}
	if (list->run >= n)
		return false;
	list->from = list->to;
	list->mid = n - list->from > list->run ? list->from + list->run : n;
	list->to = n - list->mid > list->run ? list->mid + list->run : n;
	list->a = list->at = list->from;
	list->b = list->mid;
	return true;
}

/* False: no memory. */
static bool sort_some(struct list *list, uint32_t *work)
{
	if (!rows_want(list->mem, &list->other, list->fresh.n))
		return false;
	for (uint32_t left = *work * ROWS_A_CALL; left;) {
		if (list->at == list->to && !next_runs(list)) {
			list->phase = LIST_MERGE;
			list->a = list->b = list->other.n = 0;
			break;
		}
		const struct list_row *from = list->fresh.rows;
		for (; left && list->at < list->to; left--) {
			bool first = list->b == list->to ||
			             (list->a < list->mid &&
			              compare(list, &from[list->a], &from[list->b]) <= 0);
			list->other.rows[list->at++] =
				from[first ? list->a++ : list->b++];
		}
	}
	*work = 0;
	return true;
}

/* --- merging it with what is shown */

static void end_merge(struct list *list)
{
	struct list_rows swap = list->shown;
	list->shown = list->other;
	list->other = swap;
	list->fresh.n = 0;
	bits_none(&list->stale);
	list->nstale = 0;
	list->phase = LIST_LOOK;
}

/* Room to grow into, so that it is not asked for with each call that comes. */
static bool want_merged(struct list *list)
{
	uint32_t n = list->shown.n + list->fresh.n;
	return list->other.room >= n || rows_want(list->mem, &list->other, n + n / 8 + 1);
}

static bool merge_some(struct list *list, uint32_t *work)
{
	const struct list_rows *s = &list->shown, *f = &list->fresh;
	if (!want_merged(list))
		return false;
	for (uint32_t left = *work * ROWS_A_CALL; left; left--) {
		/* an array that never had a row is no array */
		const struct list_row *a = list->a < s->n ? &s->rows[list->a] : NULL;
		const struct list_row *b = list->b < f->n ? &f->rows[list->b] : NULL;
		if (a && bits_has(&list->stale, a->call)) {
			list->a++;
			continue;
		}
		if (!a && !b) {
			end_merge(list);
			break;
		}
		bool first = !b || (a && compare(list, a, b) <= 0);
		list->other.rows[list->other.n++] = first ? *a : *b;
		list->a += first;
		list->b += !first;
	}
	*work = 0;
	return true;
}

bool list_step(struct list *list, uint32_t calls)
{
	uint32_t work = calls;
	bool more = true;
	while (work && more) {
		switch (list->phase) {
		case LIST_LOOK: more = look(list, &work); break;
		case LIST_SORT: more = sort_some(list, &work); break;
		case LIST_MERGE: more = merge_some(list, &work); break;
		case LIST_PHASE_COUNT: return false;
		}
	}
	return more && !list_is_done(list);
}

bool list_is_done(const struct list *list)
{
	return list->phase == LIST_LOOK && list->ntouched == 0 && list->nstale == 0 &&
	       list->seen == calls_of(list);
}

/* --- scans */

uint32_t list_scan(const struct list *list, uint32_t call)
{
	return scans_folded(&list->scans, call);
}

void list_unfold(struct list *list, uint32_t scan)
{
	if (scans_open(&list->scans, scan, true))
		touch_changed(list, (struct scan_change){ .scan = scan });
}

void list_unfold_all(struct list *list, bool open)
{
	list->scans.all_open = open;
	for (uint32_t id = 1; id <= scans_count(&list->scans); id++)
		if (scans_open(&list->scans, id, false))
			touch_changed(list, (struct scan_change){ .scan = id });
}

bool list_is_unfolded(const struct list *list)
{
	return list->scans.all_open || list->scans.nopen;
}

/* --- what is shown */

uint32_t list_calls(const struct list *list)
{
	return list->npassing;
}

uint32_t list_count(const struct list *list)
{
	return list->shown.n;
}

uint32_t list_at(const struct list *list, uint32_t place)
{
	return list->shown.rows[list->descending ? list->shown.n - 1 - place : place]
	        .call;
}

uint32_t list_place(const struct list *list, uint32_t call)
{
	uint32_t line = scans_line(&list->scans, call);
	uint32_t i = index_of(list, line ? line : call);
	if (i == UINT32_MAX)
		return i;
	return list->descending ? list->shown.n - 1 - i : i;
}

uint32_t list_newest(const struct list *list)
{
	size_t byte = list->passing.nbytes;
	while (byte > 0 && list->passing.bytes[byte - 1] == 0)
		byte--;
	uint32_t call = (uint32_t)byte * 8;
	while (call > 0 && !bits_has(&list->passing, --call))
		;
	return call;
}

bool list_next(const struct list *list, struct list_walk *walk, uint32_t *call)
{
	const struct scans *s = &list->scans;
	if (walk->call) {
		*call = walk->call;
		walk->call = scans_next(s, *call);
		return true;
	}
	do {
		if (walk->place >= list_count(list))
			return false;
		*call = list_at(list, walk->place++);
		/* a row may be about to go */
	} while (!bits_has(&list->passing, *call) || scans_hide(s, *call));
	walk->call = list_scan(list, *call) ? scans_next(s, *call) : 0;
	return true;
}

/* --- marks */

bool list_is_marked(const struct list *list, uint32_t call)
{
	return bits_has(&list->marked, call);
}

enum list_marks list_row_marks(const struct list *list, uint32_t call)
{
	uint32_t scan = list_scan(list, call);
	if (!scan)
		return list_is_marked(list, call) ? LIST_MARKED_ALL : LIST_MARKED_NONE;
	const struct scan *s = scans_at(&list->scans, scan);
	if (s->marked == 0)
		return LIST_MARKED_NONE;
	return s->marked == s->passing ? LIST_MARKED_ALL : LIST_MARKED_SOME;
}

enum err list_mark(struct list *list, uint32_t call, bool on)
{
	if (list_is_marked(list, call) == on)
		return OK;
	if (!on)
		bits_unset(&list->marked, call);
	else if (!bits_set(list->mem, &list->marked, call))
		return ERR_NOMEM;
	list->nmarked += on ? 1 : UINT32_MAX; /* minus one */
	scans_mark(&list->scans, call, on);
	return OK;
}
