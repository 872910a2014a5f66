/* SPDX-License-Identifier: MIT */
/* export/queue.h - bytes that wait for a slow reader: bounded, and whole records only.
 *
 * What is put belongs to a record that is not whole until queue_mark; only whole records
 * are handed out, and one for which there is no room can be taken back. */
#ifndef EXPORT_QUEUE_H
#define EXPORT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct queue {
	char  *bytes; /* a ring */
	size_t room;  /* of it */
	size_t at;    /* the first byte that waits */
	size_t used;  /* bytes from there on */
	size_t whole; /* of those, in whole records */
	size_t most;  /* bytes that may wait; all that is ever allocated */
};

/* An empty queue, without memory yet. */
void queue_init(struct queue *q, size_t most);
void queue_clear(struct queue *q);

/* False: there is no room, or no memory, and nothing was put. */
bool queue_put(struct queue *q, const char *p, size_t n);
/* A record ends here. */
void queue_mark(struct queue *q);
/* Take back what was put since the last mark. */
void queue_back(struct queue *q);

/* Whole records that wait, or as much of them as lies together, and empty when nothing
 * does; the queue's, until the next call that changes it. */
struct slice queue_whole(const struct queue *q);
/* The first n bytes of those have gone; n > 0. Memory of a long queue goes with the last
 * of them. */
void queue_take(struct queue *q, size_t n);

#endif
