/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/deadline.h"

void deadline_init(struct deadline_queue *queue, struct mem *mem)
{
	*queue = (struct deadline_queue){ .mem = mem };
}

void deadline_clear(struct deadline_queue *queue)
{
	mem_give(queue->mem, queue->items, queue->room * sizeof(*queue->items));
	deadline_init(queue, queue->mem);
}

static bool is_before(const struct deadline *a, const struct deadline *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return a->kind != b->kind ? a->kind < b->kind : a->id < b->id;
}

enum err deadline_add(struct deadline_queue *queue, struct deadline item)
{
	if (queue->count == queue->room) {
		uint32_t room = queue->room ? queue->room * 2 : 64;
		if (room < queue->room)
			return ERR_NOMEM;
		struct deadline *items = mem_resize(queue->mem, queue->items,
		                                    queue->room * sizeof(*items),
		                                    room * sizeof(*items));
		if (!items)
			return ERR_NOMEM;
		queue->items = items;
		queue->room = room;
	}
	uint32_t i = queue->count++;
	for (; i > 0 && is_before(&item, &queue->items[(i - 1) / 2]); i = (i - 1) / 2)
		queue->items[i] = queue->items[(i - 1) / 2];
	queue->items[i] = item;
	return OK;
}

tick deadline_next(const struct deadline_queue *queue)
{
	return queue->count ? queue->items[0].at : TICK_NONE;
}

bool deadline_pop(struct deadline_queue *queue, tick now, struct deadline *out)
{
	if (queue->count == 0 || queue->items[0].at > now)
		return false;
	*out = queue->items[0];
	struct deadline last = queue->items[--queue->count];
	uint32_t i = 0;
	for (;;) {
		uint32_t child = 2 * i + 1;
		if (child >= queue->count)
			break;
		if (child + 1 < queue->count &&
		    is_before(&queue->items[child + 1], &queue->items[child]))
			child++;
		if (!is_before(&queue->items[child], &last))
			break;
		queue->items[i] = queue->items[child];
		i = child;
	}
	if (queue->count)
		queue->items[i] = last;
	return true;
}
