/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/queue.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 65536         /* bytes: what a pipe takes at once */
#define ROOM_KEPT  (1024 * 1024) /* of an empty queue */

void queue_init(struct queue *q, size_t most)
{
	*q = (struct queue){ .most = most };
}

void queue_clear(struct queue *q)
{
	free(q->bytes);
	queue_init(q, q->most);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Room for n more bytes; the ring begins at its first byte then. */
static bool grow(struct queue *q, size_t n)
{
	size_t need = q->used + n;
	size_t room = q->room ? q->room : smaller(ROOM_FIRST, q->most);
	while (room < need)
		room = room > q->most / 2 ? q->most : room * 2;
	char *bytes = malloc(room);
	if (!bytes)
		return false;
	size_t first = smaller(q->used, q->room - q->at);
	if (q->used) {
		memcpy(bytes, q->bytes + q->at, first);
		memcpy(bytes + first, q->bytes, q->used - first);
	}
	free(q->bytes);
	q->bytes = bytes;
	q->room = room;
	q->at = 0;
	return true;
}

bool queue_put(struct queue *q, const char *p, size_t n)
{
	if (n == 0)
		return true;
	if (n > q->most || q->used > q->most - n)
		return false;
	if (n > q->room - q->used && !grow(q, n))
		return false;
	size_t end = (q->at + q->used) % q->room;
	size_t first = smaller(n, q->room - end);
	memcpy(q->bytes + end, p, first);
	memcpy(q->bytes, p + first, n - first);
	q->used += n;
	return true;
}

void queue_mark(struct queue *q)
{
	q->whole = q->used;
}

void queue_back(struct queue *q)
{
	q->used = q->whole;
}

struct slice queue_whole(const struct queue *q)
{
	if (q->whole == 0)
		return (struct slice){ NULL, 0 };
	return (struct slice){ q->bytes + q->at, smaller(q->whole, q->room - q->at) };
}

void queue_take(struct queue *q, size_t n)
{
	q->at = (q->at + n) % q->room;
	q->used -= n;
	q->whole -= n;
	if (q->used == 0 && q->room > ROOM_KEPT)
		queue_clear(q); /* it was a bad moment, and is over */
}
