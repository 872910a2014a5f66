/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/pool.h"

#define BUFFER (64U * 1024U)  /* bytes gathered before one write(2) */
#define CHUNK  (256U * 1024U) /* bytes read at once: moving them takes under 1 ms */
#define PACE   4U             /* times as many bytes are gone through as are added */
#define NONE   UINT64_MAX     /* no offset */

/* Before each line in the file. */
struct head {
	uint64_t before; /* offset of the owner's line before; NONE: it is the first */
	uint32_t owner;
	uint32_t len; /* of the line, without this head */
};

/* One that has lines. */
struct owner {
	uint64_t last;  /* offset of its last line */
	uint64_t moved; /* while lines are moved: where its last moved one is now */
	uint64_t bytes; /* of its lines, with heads */
	uint32_t id;
};

struct place {
	uint64_t at;
	size_t len;
};

/* Lines whose owner is not there any more are gaps. To close them, the others are moved
 * towards the beginning, in order, so that no second file and no more disk is needed:
 * what was before `from` is before `to` then, and the bytes between are free. An owner's
 * line behind `from` may still say where the one before it was; that one is the last of
 * this owner that was moved. */
struct hold {
	struct mem mem;
	struct map index;   /* of owners, by id */
	struct pool owners; /* struct owner */
	int fd;
	char *buffer;
	size_t fill;      /* bytes in buffer: whole lines */
	uint64_t written; /* bytes in the file: buffer begins there */
	uint64_t live;    /* of all, bytes of lines that wait */
	bool moving;
	uint64_t from, to;    /* 0 when nothing is moved */
	uint64_t due;         /* bytes to go through */
	int error;            /* errno that broke moving: what waited is lost; 0: none */
	char *chunk;          /* lines read */
	size_t room;          /* bytes of it */
	struct place *places; /* of the lines of one owner, the last first */
	size_t places_room;
};

/* A file that is gone once it is closed, or -1. */
static int unnamed_file(const char *dir)
{
	static const char name[] = "/sipglass-XXXXXX";
	size_t len = strlen(dir);
	char *path = malloc(len + sizeof(name));
	if (!path)
		return -1;
	memcpy(path, dir, len);
	memcpy(path + len, name, sizeof(name));
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

enum err hold_new(struct hold **out, const char *dir)
{
	struct hold *h = calloc(1, sizeof(*h));
	if (!h)
		return ERR_NOMEM;
	mem_init(&h->mem, SIZE_MAX);
	map_init(&h->index, &h->mem);
	pool_init(&h->owners, &h->mem, sizeof(struct owner), UINT32_MAX - 1);
	h->fd = unnamed_file(dir);
	if (h->fd < 0) {
		int error = errno;
		free(h);
		errno = error;
		return error == ENOMEM ? ERR_NOMEM : ERR_IO;
	}
	h->buffer = mem_take(&h->mem, BUFFER);
	if (!h->buffer) {
		hold_free(h);
		return ERR_NOMEM;
	}
	*out = h;
	return OK;
}

void hold_free(struct hold *h)
{
	if (!h)
		return;
	close(h->fd);
	map_clear(&h->index);
	pool_clear(&h->owners);
	mem_give(&h->mem, h->buffer, BUFFER);
	mem_give(&h->mem, h->chunk, h->room);
	mem_give(&h->mem, h->places, h->places_room * sizeof(*h->places));
	free(h);
}

/* --- the file */

static enum err write_at(struct hold *h, uint64_t at, const void *bytes, size_t len)
{
	const char *p = bytes;
	while (len) {
		ssize_t n = pwrite(h->fd, p, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return ERR_IO;
		at += (uint64_t)n;
		p += n;
		len -= (size_t)n;
	}
	return OK;
}

static enum err read_at(const struct hold *h, uint64_t at, void *to, size_t len)
{
	char *p = to;
	while (len) {
		ssize_t n = pread(h->fd, p, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return ERR_IO;
		at += (uint64_t)n;
		p += n;
		len -= (size_t)n;
	}
	return OK;
}

/* What belongs to one line, which lies wholly in the file or in the buffer. */
static enum err get(const struct hold *h, uint64_t at, void *to, size_t len)
{
	if (at < h->written)
		return read_at(h, at, to, len);
	if (len)
		memcpy(to, h->buffer + (at - h->written), len);
	return OK;
}

static enum err flush(struct hold *h)
{
	enum err err = write_at(h, h->written, h->buffer, h->fill);
	if (err != OK)
		return err;
	h->written += h->fill;
	h->fill = 0;
	return OK;
}

/* Where that fails, what is behind is written over later. */
static void cut(struct hold *h, uint64_t size)
{
	int result = size < h->written ? ftruncate(h->fd, (off_t)size) : 0;
	(void)result;
	h->written = size;
	h->moving = false;
	h->from = h->to = h->due = 0;
}

static enum err append(struct hold *h, const struct head *head, const char *line)
{
	size_t size = sizeof(*head) + head->len;
	enum err err = OK;
	if (size > BUFFER - h->fill)
		err = flush(h);
	if (err != OK)
		return err;
	if (size > BUFFER) {
		err = write_at(h, h->written, head, sizeof(*head));
		if (err == OK)
			err = write_at(h, h->written + sizeof(*head), line, head->len);
		if (err == OK)
			h->written += size;
		return err;
	}
	memcpy(h->buffer + h->fill, head, sizeof(*head));
	if (head->len)
		memcpy(h->buffer + h->fill + sizeof(*head), line, head->len);
	h->fill += size;
	return OK;
}

static enum err want_chunk(struct hold *h, size_t n)
{
	if (n < CHUNK)
		n = CHUNK;
	if (n <= h->room)
		return OK;
	char *chunk = mem_resize(&h->mem, h->chunk, h->room, n);
	if (!chunk)
		return ERR_NOMEM;
	h->chunk = chunk;
	h->room = n;
	return OK;
}

/* The head at the beginning of `bytes`, and the size of its line with it; 0 when they are
 * not all there. */
static size_t line_in(const char *bytes, size_t n, struct head *head)
{
	if (n < sizeof(*head))
		return 0;
	memcpy(head, bytes, sizeof(*head));
	return head->len <= n - sizeof(*head) ? sizeof(*head) + head->len : 0;
}

/* Read whole lines from `at` on into h->chunk: CHUNK bytes or one that is larger, none
 * from `end` on. *n: their bytes. OK, ERR_NOMEM, ERR_IO. */
static enum err load(struct hold *h, uint64_t at, uint64_t end, size_t *n)
{
	struct head head = { .len = 0 };
	size_t some = end - at < CHUNK ? (size_t)(end - at) : CHUNK, size;
	enum err err = want_chunk(h, some);
	if (err == OK)
		err = read_at(h, at, h->chunk, some);
	if (err != OK)
		return err;
	*n = 0;
	while ((size = line_in(h->chunk + *n, some - *n, &head)) != 0)
		*n += size;
	if (*n)
		return OK;
	*n = sizeof(head) + head.len;
	if (*n > end - at) {
		errno = EIO;
		return ERR_IO;
	}
	err = want_chunk(h, *n);
	return err == OK ? read_at(h, at, h->chunk, *n) : err;
}

/* --- owners */

/* Ids come from this program: no sender can make them collide. */
static uint64_t hash_of(uint32_t id)
{
	return hash_mix(0, id);
}

static struct owner *owner_at(const struct hold *h, uint32_t index)
{
	return pool_at(&h->owners, index);
}

/* Its index, or 0. */
static uint32_t find(const struct hold *h, uint32_t id)
{
	uint32_t at, index = map_first(&h->index, hash_of(id), &at);
	while (index && owner_at(h, index)->id != id)
		index = map_next(&h->index, hash_of(id), &at);
	return index;
}

static enum err find_or_add(struct hold *h, uint32_t id, uint32_t *index)
{
	*index = find(h, id);
	if (*index)
		return OK;
	if (map_reserve(&h->index, 1) != OK || pool_add(&h->owners, index) != OK)
		return ERR_NOMEM;
	*owner_at(h, *index) = (struct owner){ .id = id, .last = NONE };
	return map_add(&h->index, hash_of(id), *index);
}

static void forget(struct hold *h, uint32_t index)
{
	const struct owner *o = owner_at(h, index);
	h->live -= o->bytes;
	map_remove(&h->index, hash_of(o->id), index);
	pool_free(&h->owners, index);
	if (h->live != 0)
		return;
	h->fill = 0;
	cut(h, 0);
}

/* --- closing gaps */

/* Leave out the lines in h->chunk, n bytes from h->from, that nobody owns, and link the
 * others as they lie from h->to on. How many bytes they are. */
static size_t squeeze(struct hold *h, size_t n)
{
	size_t kept = 0, size;
	struct head head;
	for (size_t pos = 0; pos < n; pos += size) {
		size = line_in(h->chunk + pos, n - pos, &head);
		uint32_t index = find(h, head.owner);
		if (!index)
			continue;
		struct owner *o = owner_at(h, index);
		if (head.before != NONE)
			head.before = o->moved;
		o->moved = h->to + kept;
		if (o->last == h->from + pos)
			o->last = o->moved;
		memmove(h->chunk + kept, h->chunk + pos, size);
		memcpy(h->chunk + kept, &head, sizeof(head));
		kept += size;
	}
	return kept;
}

/* Move about CHUNK bytes of lines. OK, ERR_NOMEM (nothing has changed), ERR_IO. */
static enum err move(struct hold *h)
{
	size_t n;
	enum err err = h->from == h->written ? flush(h) : OK;
	if (err == OK && h->from < h->written) {
		err = load(h, h->from, h->written, &n);
		if (err != OK)
			return err;
		size_t kept = squeeze(h, n);
		if (h->to != h->from || kept != n)
			err = write_at(h, h->to, h->chunk, kept);
		if (err != OK)
			h->error = errno;
		h->from += n;
		h->to += kept;
		h->due -= n < h->due ? n : h->due;
	}
	if (err == OK && h->from == h->written && h->fill == 0)
		cut(h, h->to);
	return err;
}

/* `size` bytes are to be added: go through so many more that gaps are closed faster than
 * the file grows. */
static enum err keep_pace(struct hold *h, size_t size)
{
	uint64_t all = h->written + h->fill, spare = all - h->live;
	enum err err = OK;
	if (!h->moving && (spare <= HOLD_SPARE || spare <= all / 2))
		return OK;
	h->moving = true;
	h->due += (uint64_t)size * PACE;
	while (err == OK && h->moving && h->due >= CHUNK)
		err = move(h);
	return err == ERR_NOMEM ? OK : err; /* there may be some later */
}

/* --- lines */

static enum err broken(const struct hold *h)
{
	errno = h->error;
	return ERR_IO;
}

enum err hold_add(struct hold *h, uint32_t owner, const char *line, size_t len)
{
	uint32_t index;
	if (h->error)
		return broken(h);
	if (len > UINT32_MAX - sizeof(struct head)) {
		errno = EFBIG;
		return ERR_IO;
	}
	size_t size = sizeof(struct head) + len;
	enum err err = keep_pace(h, size);
	if (err == OK)
		err = find_or_add(h, owner, &index);
	if (err != OK)
		return err;
	struct owner *o = owner_at(h, index);
	struct head head = { .before = o->last, .owner = owner, .len = (uint32_t)len };
	err = append(h, &head, line);
	if (err == OK) {
		o->last = h->written + h->fill - size;
		o->bytes += size;
		h->live += size;
	}
	return err;
}

static enum err add_place(struct hold *h, size_t n, struct place place)
{
	if (n == h->places_room) {
		size_t room = n ? n * 2 : 64;
		struct place *more = mem_resize(&h->mem, h->places, n * sizeof(*more),
		                                room * sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		h->places = more;
		h->places_room = room;
	}
	h->places[n] = place;
	return OK;
}

/* Fill h->places with the lines of an owner, the last one first. */
static enum err find_lines(struct hold *h, const struct owner *o, size_t *n)
{
	struct head head;
	*n = 0;
	for (uint64_t at = o->last, before; at != NONE; at = before) {
		enum err err = get(h, at, &head, sizeof(head));
		if (err == OK)
			err = add_place(h, *n, (struct place){ at, head.len });
		if (err != OK)
			return err;
		before = head.before;
		if (before != NONE && before < h->from && at >= h->from)
			before = o->moved;
		++*n;
	}
	return OK;
}

static enum err give(struct hold *h, const struct owner *o, hold_sink *sink, void *arg)
{
	size_t n;
	enum err err = find_lines(h, o, &n);
	while (err == OK && n-- > 0) {
		struct place line = h->places[n];
		err = want_chunk(h, line.len);
		if (err == OK)
			err = get(h, line.at + sizeof(struct head), h->chunk, line.len);
		if (err == OK)
			sink(arg, o->id, h->chunk, line.len);
	}
	return err;
}

enum err hold_take(struct hold *h, uint32_t owner, hold_sink *sink, void *arg)
{
	if (h->error)
		return broken(h);
	uint32_t index = find(h, owner);
	if (!index)
		return OK;
	enum err err = sink ? give(h, owner_at(h, index), sink, arg) : OK;
	if (err == OK)
		forget(h, index);
	return err;
}

static enum err replay(struct hold *h, uint64_t at, uint64_t end, hold_sink *sink,
                       void *arg)
{
	size_t n, size;
	struct head head;
	for (; at < end; at += n) {
		enum err err = load(h, at, end, &n);
		if (err != OK)
			return err;
		for (size_t pos = 0; pos < n; pos += size) {
			size = line_in(h->chunk + pos, n - pos, &head);
			const char *line = h->chunk + pos + sizeof(head);
			if (find(h, head.owner))
				sink(arg, head.owner, line, head.len);
		}
	}
	return OK;
}

enum err hold_replay(struct hold *h, hold_sink *sink, void *arg)
{
	if (h->error)
		return broken(h);
	enum err err = flush(h);
	if (err == OK)
		err = replay(h, 0, h->to, sink, arg);
	return err == OK ? replay(h, h->from, h->written, sink, arg) : err;
}
