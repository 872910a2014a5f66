/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture/frame_spool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What stands before the bytes of a packet. */
struct head {
	tick at;
	uint64_t number;
	uint32_t len, wire_len;
	uint16_t link, input;
	uint32_t unused; /* no padding is written */
};

/* Where a packet begins, and how many were put before it: with a limit, of one in each
 * MARK_EACH bytes, so that a beginning is known when the first ones are gone. */
struct mark {
	uint64_t at, before;
};
#define MARK_EACH (1U << 20)

struct frame_spool {
	struct store *store;
	struct mark *marks; /* ascending, from `first` on; the first is 0, 0 */
	size_t nmarks, first, room_marks;
	bool limited;
	uint64_t count;
	uint64_t end; /* of what was put */
	uint64_t at;  /* of the next one to read */
	char *bytes;  /* of the one read last */
	size_t room;
};

enum err frame_spool_new(struct frame_spool **out, char why[STORE_WHY_MAX])
{
	struct frame_spool *spool = calloc(1, sizeof(*spool));
	if (!spool)
		return ERR_NOMEM;
	enum err err = store_new(&spool->store, why);
	if (err != OK) {
		free(spool);
		return err;
	}
	*out = spool;
	return OK;
}

void frame_spool_free(struct frame_spool *spool)
{
	if (!spool)
		return;
	store_free(spool->store);
	free(spool->marks);
	free(spool->bytes);
	free(spool);
}

static bool want_room(struct frame_spool *spool, size_t n)
{
	if (n <= spool->room)
		return true;
	size_t room = spool->room ? spool->room : 2048;
	while (room < n)
		room *= 2;
	char *bytes = realloc(spool->bytes, room);
	if (!bytes)
		return false;
	spool->bytes = bytes;
	spool->room = room;
	return true;
}

void frame_spool_limit(struct frame_spool *spool, uint64_t bytes)
{
	store_limit(spool->store, bytes);
	spool->limited = bytes != 0;
}

/* Pass over those that are gone. */
static void drop_marks(struct frame_spool *spool)
{
	while (spool->first < spool->nmarks &&
	       spool->marks[spool->first].at < store_first(spool->store))
		spool->first++;
	if (spool->first < spool->nmarks / 2 || spool->first == 0)
		return;
	spool->nmarks -= spool->first;
	memmove(spool->marks, spool->marks + spool->first,
	        spool->nmarks * sizeof(*spool->marks));
	spool->first = 0;
}

/* The next packet begins at `end`. Without memory for a mark, one more MiB goes with the
 * first packets. */
static void mark(struct frame_spool *spool)
{
	const struct mark *last =
		spool->nmarks ? &spool->marks[spool->nmarks - 1] : NULL;
	if (!spool->limited || (last && spool->end - last->at < MARK_EACH))
		return;
	drop_marks(spool);
	if (spool->nmarks == spool->room_marks) {
		size_t room = spool->room_marks ? spool->room_marks * 2 : 64;
		struct mark *more = realloc(spool->marks, room * sizeof(*more));
		if (!more)
			return;
		spool->marks = more;
		spool->room_marks = room;
	}
	spool->marks[spool->nmarks++] = (struct mark){ spool->end, spool->count };
}

enum err frame_spool_put(struct frame_spool *spool, const struct frame *frame)
{
	size_t len = frame->bytes.len, all = sizeof(struct head) + len;
	const struct head head = { .at = frame->at,
		                   .number = frame->number,
		                   .len = (uint32_t)len,
		                   .wire_len = frame->wire_len,
		                   .link = frame->link,
		                   .input = frame->input };
	uint64_t at;
	mark(spool);
	/* in one piece, so that half a packet is never kept */
	if (want_room(spool, all)) {
		memcpy(spool->bytes, &head, sizeof(head));
		if (len)
			memcpy(spool->bytes + sizeof(head), frame->bytes.p, len);
		const struct slice record = { spool->bytes, all };
		if (store_put(spool->store, record, &at) == OK) {
			spool->end = at + all;
			spool->count++;
			return OK;
		}
	}
	return ERR_IO;
}

uint64_t frame_spool_count(const struct frame_spool *spool)
{
	return spool->count;
}

uint64_t frame_spool_gone(struct frame_spool *spool)
{
	if (store_first(spool->store) == 0)
		return 0;
	drop_marks(spool);
	return spool->first < spool->nmarks ? spool->marks[spool->first].before
	                                    : spool->count;
}

void frame_spool_rewind(struct frame_spool *spool)
{
	uint64_t gone = frame_spool_gone(spool);
	spool->at = gone == 0              ? 0
	            : gone == spool->count ? spool->end
	                                   : spool->marks[spool->first].at;
}

enum err frame_spool_next(struct frame_spool *spool, struct frame *frame)
{
	struct head head;
	if (spool->at >= spool->end)
		return ERR_END;
	enum err err =
		store_get(spool->store, STORE_SPOOL, spool->at, sizeof(head), &head);
	if (err == OK && !want_room(spool, head.len))
		err = ERR_NOMEM;
	if (err == OK && head.len)
		err = store_get(spool->store, STORE_SPOOL, spool->at + sizeof(head),
		                head.len, spool->bytes);
	if (err != OK)
		return err;
	spool->at += sizeof(head) + head.len;
	*frame = (struct frame){ .at = head.at,
		                 .number = head.number,
		                 .offset = FRAME_NO_OFFSET,
		                 .bytes = { spool->bytes, head.len },
		                 .wire_len = head.wire_len,
		                 .link = head.link,
		                 .input = head.input };
	return OK;
}
