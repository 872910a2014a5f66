/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/deadline.h"

void deadline_init(struct deadline_queue *queue, struct mem *mem)
{
	*queue = (struct deadline_queue){ .mem = mem, .next = TICK_NONE };
}

void deadline_clear(struct deadline_queue *queue)
{
	mem_give(queue->mem, queue->items, queue->room * sizeof(*queue->items));
	mem_give(queue->mem, queue->ring, queue->ring_room * sizeof(*queue->ring));
	deadline_init(queue, queue->mem);
}

static bool is_before(const struct deadline *a, const struct deadline *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return a->kind != b->kind ? a->kind < b->kind : a->id < b->id;
}

static struct deadline *ring_at(const struct deadline_queue *queue, uint32_t i)
{
	return &queue->ring[(queue->head + i) & (queue->ring_room - 1)];
}

static enum err ring_grow(struct deadline_queue *queue)
{
	uint32_t had = queue->ring_room, room = had ? had * 2 : 64;
	if (room < had)
		return ERR_NOMEM;
	struct deadline *ring = mem_take(queue->mem, room * sizeof(*ring));
	if (!ring)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < queue->ring_count; i++)
		ring[i] = *ring_at(queue, i);
	mem_give(queue->mem, queue->ring, had * sizeof(*ring));
	queue->ring = ring;
	queue->ring_room = room;
	queue->head = 0;
	return OK;
}

static enum err ring_add(struct deadline_queue *queue, struct deadline item)
{
	if (queue->ring_count == queue->ring_room) {
		enum err e = ring_grow(queue);
		if (e != OK)
			return e;
	}
	*ring_at(queue, queue->ring_count) = item;
	queue->ring_count++;
	return OK;
}

static enum err heap_add(struct deadline_queue *queue, struct deadline item)
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

enum err deadline_add(struct deadline_queue *queue, struct deadline item)
{
	uint32_t n = queue->ring_count;
	bool in_order = n == 0 || !is_before(&item, ring_at(queue, n - 1));
	enum err e = in_order ? ring_add(queue, item) : heap_add(queue, item);
	if (e == OK && item.at < queue->next)
		queue->next = item.at;
	return e;
}

/* Is the earliest item in the ring? */
static bool ring_is_first(const struct deadline_queue *queue)
{
	return queue->ring_count &&
	       (queue->count == 0 || is_before(ring_at(queue, 0), &queue->items[0]));
}

static struct deadline ring_take(struct deadline_queue *queue)
{
	struct deadline first = *ring_at(queue, 0);
	queue->head = (queue->head + 1) & (queue->ring_room - 1);
	queue->ring_count--;
	return first;
}

static struct deadline heap_take(struct deadline_queue *queue)
{
	struct deadline first = queue->items[0];
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
	return first;
}

static tick earliest(const struct deadline_queue *queue)
{
	if (ring_is_first(queue))
		return ring_at(queue, 0)->at;
	return queue->count ? queue->items[0].at : TICK_NONE;
}

bool deadline_pop(struct deadline_queue *queue, tick now, struct deadline *out)
{
	if (queue->next > now || queue->ring_count + queue->count == 0)
		return false;
	*out = ring_is_first(queue) ? ring_take(queue) : heap_take(queue);
	queue->next = earliest(queue);
	return true;
}

void deadline_keep(struct deadline_queue *queue,
                   bool (*wanted)(const void *arg, const struct deadline *item),
                   const void *arg)
{
	uint32_t n = 0, count = queue->count;
	for (uint32_t i = 0; i < queue->ring_count; i++)
		if (wanted(arg, ring_at(queue, i)))
			*ring_at(queue, n++) = *ring_at(queue, i);
	queue->ring_count = n;
	queue->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct deadline item = queue->items[i]; /* what is kept comes before it */
		if (wanted(arg, &item)) {
			enum err e = heap_add(queue, item); /* there is room */
			(void)e;
		}
	}
	queue->next = earliest(queue);
}
