/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/list.h"

#include <stdlib.h>
#include <string.h>

void list_init(struct list *list, struct engine *e, const struct select *select)
{
	*list = (struct list){ .mem = engine_mem(e),
		               .engine = e,
		               .select = select,
		               .sort = COLUMN_INDEX,
		               .sorted = true };
}

void list_clear(struct list *list)
{
	expression_free(list->display);
	mem_give(list->mem, list->rows, list->room * sizeof(*list->rows));
	mem_give(list->mem, list->marked, list->marked_bytes);
	*list = (struct list){ 0 };
}

void list_restart(struct list *list)
{
	list->nrows = 0;
	list->seen = 0;
	list->sorted = true;
}

void list_filter(struct list *list, struct expression *display)
{
	expression_free(list->display);
	list->display = display;
	list_restart(list);
}

static bool is_wanted(const struct list *list, uint32_t call)
{
	const struct call *c = tracker_call_at(engine_tracker(list->engine), call);
	return (!list->calls_only || c->kind == CALL_INVITE) &&
	       select_has_call(list->select, list->engine, call) &&
	       (!list->display || expression_call(list->display, list->engine, call));
}

/* --- order */

static int by_text(const struct list *list, uint32_t a, uint32_t b)
{
	char one[COLUMN_TEXT_MAX], two[COLUMN_TEXT_MAX];
	return slice_cmp(column_text(list->engine, a, list->sort, one),
	                 column_text(list->engine, b, list->sort, two));
}

/* Rows of equal keys stand in the order of their calls. */
static int compare(const struct list *list, const struct list_row *a,
                   const struct list_row *b)
{
	int order = memcmp(&a->key, &b->key, sizeof(a->key));
	if (order == 0 && !column_is_number(list->sort) && a->key.bytes[15])
		order = by_text(list, a->call, b->call);
	return order ? order : (a->call > b->call) - (a->call < b->call);
}

/* Merge sort of the rows: no recursion on captured values, n log n whatever they are. */
static bool sort_rows(struct list *list)
{
	uint32_t n = list->nrows;
	struct list_row *other = n ? mem_take(list->mem, n * sizeof(*other)) : NULL;
	if (!other)
		return n == 0;
	struct list_row *from = list->rows, *to = other;
	for (uint32_t run = 1; run<n; run = run> n / 2 ? n : run * 2) {
		for (uint32_t lo = 0; lo<n; lo = n - lo> 2 * run ? lo + 2 * run : n) {
			uint32_t mid = n - lo > run ? lo + run : n;
			uint32_t hi = n - mid > run ? mid + run : n;
			uint32_t a = lo, b = mid, at = lo;
			while (at < hi) {
				bool left = b == hi ||
				            (a < mid &&
				             compare(list, &from[a], &from[b]) <= 0);
				to[at++] = from[left ? a++ : b++];
			}
		}
		struct list_row *swap = from;
		from = to;
		to = swap;
	}
	if (from != list->rows)
		memcpy(list->rows, from, n * sizeof(*from));
	mem_give(list->mem, other, n * sizeof(*other));
	return true;
}

static struct list_row row_of(const struct list *list, uint32_t call)
{
	struct list_row row = { .call = call };
	column_key(list->engine, call, list->sort, &row.key);
	return row;
}

void list_sort(struct list *list, enum column column, bool descending)
{
	list->descending = descending;
	if (column == list->sort)
		return;
	list->sort = column;
	list_restart(list);
}

/* --- rows */

static bool want_room(struct list *list)
{
	if (list->nrows < list->room)
		return true;
	uint32_t room = list->room ? list->room * 2 : 1024;
	struct list_row *rows = mem_resize(
		list->mem, list->rows, list->room * sizeof(*rows), room * sizeof(*rows));
	if (!rows)
		return false;
	list->rows = rows;
	list->room = room;
	return true;
}

static bool append(struct list *list, uint32_t call)
{
	if (!want_room(list))
		return false;
	struct list_row row = row_of(list, call);
	if (list->nrows && compare(list, &list->rows[list->nrows - 1], &row) > 0)
		list->sorted = false;
	list->rows[list->nrows++] = row;
	return true;
}

bool list_step(struct list *list, uint32_t calls)
{
	uint32_t all = tracker_calls(engine_tracker(list->engine));
	for (; calls && list->seen < all; calls--) {
		uint32_t call = list->seen + 1;
		if (is_wanted(list, call) && !append(list, call))
			return false;
		list->seen = call;
	}
	if (list->seen < all)
		return true;
	if (!list->sorted)
		list->sorted = sort_rows(list);
	return false;
}

/* Index of the first row that is not before this one. */
static uint32_t lower_bound(const struct list *list, const struct list_row *row)
{
	uint32_t lo = 0, hi = list->nrows;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (compare(list, &list->rows[mid], row) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static uint32_t index_of(const struct list *list, uint32_t call)
{
	if (list->sort == COLUMN_INDEX) {
		struct list_row row = row_of(list, call);
		uint32_t i = lower_bound(list, &row);
		return i < list->nrows && list->rows[i].call == call ? i : UINT32_MAX;
	}
	for (uint32_t i = 0; i < list->nrows; i++)
		if (list->rows[i].call == call)
			return i;
	return UINT32_MAX;
}

void list_touch(struct list *list, uint32_t call)
{
	if (call == 0 || call > list->seen)
		return; /* list_step will come to it */
	bool wanted = is_wanted(list, call);
	uint32_t at = index_of(list, call);
	bool moves = at != UINT32_MAX && wanted && list->sort != COLUMN_INDEX;
	if (at != UINT32_MAX && (!wanted || moves)) {
		memmove(&list->rows[at], &list->rows[at + 1],
		        (list->nrows - at - 1) * sizeof(*list->rows));
		list->nrows--;
	}
	if (!wanted || (at != UINT32_MAX && !moves) || !want_room(list))
		return;
	struct list_row row = row_of(list, call);
	at = list->sorted ? lower_bound(list, &row) : list->nrows;
	memmove(&list->rows[at + 1], &list->rows[at],
	        (list->nrows - at) * sizeof(*list->rows));
	list->rows[at] = row;
	list->nrows++;
}

uint32_t list_at(const struct list *list, uint32_t place)
{
	return list->rows[list->descending ? list->nrows - 1 - place : place].call;
}

uint32_t list_place(const struct list *list, uint32_t call)
{
	uint32_t i = index_of(list, call);
	if (i == UINT32_MAX)
		return i;
	return list->descending ? list->nrows - 1 - i : i;
}

/* --- marks */

bool list_is_marked(const struct list *list, uint32_t call)
{
	return call / 8 < list->marked_bytes && list->marked[call / 8] >> call % 8 & 1;
}

enum err list_mark(struct list *list, uint32_t call, bool on)
{
	if (call / 8 >= list->marked_bytes && on) {
		size_t bytes = list->marked_bytes ? list->marked_bytes : 64;
		while (bytes <= call / 8)
			bytes *= 2;
		uint8_t *marked =
			mem_resize(list->mem, list->marked, list->marked_bytes, bytes);
		if (!marked)
			return ERR_NOMEM;
		list->marked = marked;
		list->marked_bytes = bytes;
	}
	if (list_is_marked(list, call) == on)
		return OK;
	list->marked[call / 8] ^= (uint8_t)(1U << call % 8);
	list->nmarked += on ? 1 : UINT32_MAX; /* minus one */
	return OK;
}
