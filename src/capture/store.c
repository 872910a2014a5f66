/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/safe.h"

#define DIR_MAX   200 /* bytes of a directory name; one that is longer is not tried */

/* Counts at first: for 64 MiB of spool. */
#define RING_MIN  64U
#define RING_MAX  (1U << 24) /* 64 MiB of counts, 64 GiB of the spool */

/* Instead of a count: no memory was there for one, so it is never given back. */
#define UNCOUNTED UINT32_MAX

struct store {
	unsigned char *buffer;
	size_t fill;      /* bytes in buffer */
	uint64_t written; /* bytes in the file: buffer begins there */
	int fd;
	int *inputs; /* descriptors by input number; -1: none */
	size_t ninputs;
	/* segments, by their number: all before `first` have been given back, those from
	 * `counted` on have no count. Segments before `closed` are wholly in the file. */
	uint32_t *live; /* live bytes of first..counted - 1, a ring */
	size_t room;    /* counts in the ring, a power of two; 0: none yet */
	uint64_t first, counted, closed;
	uint64_t returned; /* bytes of segments given back */
	uint64_t given_up; /* of these, live ones */
	uint64_t limit;    /* bytes; 0: none */
	bool no_holes;     /* the file system gives nothing back */
	char dir[DIR_MAX];
	char problem[STORE_WHY_MAX];
};

PRINTF_LIKE(2, 3)
static enum err fail(struct store *store, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(store->problem, sizeof(store->problem), format, args);
	va_end(args);
	return ERR_IO;
}

/* A descriptor of a new file in `dir` that has no name, or -1. */
static int open_nameless(const char *dir)
{
#ifdef O_TMPFILE
	int file = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	if (file >= 0)
		return file;
#endif
	/* Not every file system has the above. */
	char path[DIR_MAX + 32];
	snprintf(path, sizeof(path), "%s/sipglass-XXXXXX", dir);
	int fd = mkstemp(path);
	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	unlink(path);
	return fd;
}

static enum err open_spool(struct store *store)
{
	const char *const dirs[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		size_t len = dirs[i] ? strlen(dirs[i]) : 0;
		if (len == 0 || len >= DIR_MAX)
			continue;
		store->fd = open_nameless(dirs[i]);
		if (store->fd < 0)
			continue;
		safe_text_copy((struct slice){ dirs[i], len }, true, store->dir,
		               sizeof(store->dir));
		return OK;
	}
	return fail(store,
	            "no spool file can be made in /var/tmp or /tmp: %s; name a "
	            "directory in TMPDIR",
	            strerror(errno));
}

/* Give the blocks of `len` bytes of the file back: they are never read again. Whether
 * they are is up to the file system; nothing else depends on it. */
static void punch(struct store *store, uint64_t at, uint64_t len)
{
#ifdef FALLOC_FL_PUNCH_HOLE
	int result = 0;
	if (store->no_holes)
		return;
	do
		result = fallocate(store->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		                   (off_t)at, (off_t)len);
	while (result != 0 && errno == EINTR);
	if (result != 0)
		store->no_holes =
			errno == EOPNOTSUPP || errno == ENOSYS || errno == EPERM;
#else
	(void)at;
	(void)len;
	store->no_holes = true;
#endif
}

enum err store_new(struct store **out, char why[STORE_WHY_MAX])
{
	snprintf(why, STORE_WHY_MAX, "out of memory");
	struct store *store = calloc(1, sizeof(*store));
	if (!store)
		return ERR_NOMEM;
	store->fd = -1;
	store->buffer = malloc(STORE_BUFFER);
	enum err err = store->buffer ? open_spool(store) : ERR_NOMEM;
	if (err) {
		if (err == ERR_IO)
			snprintf(why, STORE_WHY_MAX, "%s", store->problem);
		store_free(store);
		return err;
	}
	punch(store, 0, STORE_SEGMENT); /* can it be done? */
	*out = store;
	return OK;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->ninputs; i++)
		if (store->inputs[i] >= 0)
			close(store->inputs[i]);
	if (store->fd >= 0)
		close(store->fd);
	free(store->inputs);
	free(store->live);
	free(store->buffer);
	free(store);
}

enum err store_add_file(struct store *store, uint16_t input, int fd)
{
	if (input == STORE_SPOOL)
		return fail(store, "input %u is the spool", input);
	if (input >= store->ninputs) {
		size_t n = (size_t)input + 1;
		int *more = realloc(store->inputs, n * sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		store->inputs = more;
		while (store->ninputs < n)
			store->inputs[store->ninputs++] = -1;
	}
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return fail(store, "input %u cannot be kept open: %s", input,
		            strerror(errno));
	if (store->inputs[input] >= 0)
		close(store->inputs[input]);
	store->inputs[input] = copy;
	return OK;
}

/* Write all of `bytes` at store->written, which moves only when they all are there. */
static enum err write_out(struct store *store, struct slice bytes)
{
	uint64_t at = store->written;
	while (bytes.len) {
		ssize_t n = pwrite(store->fd, bytes.p, bytes.len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(store,
			            "%s: the spool file cannot be written: %s; %" PRIu64
			            " bytes are in it",
			            store->dir, n < 0 ? strerror(errno) : "no progress",
			            store->written);
		at += (uint64_t)n;
		bytes = slice_skip(bytes, (size_t)n);
	}
	store->written = at;
	return OK;
}

static enum err flush(struct store *store)
{
	enum err err =
		write_out(store, (struct slice){ (char *)store->buffer, store->fill });
	if (err == OK)
		store->fill = 0;
	return err;
}

/* --- segments */

/* Live bytes of a segment; UNCOUNTED where that is not known. */
static uint32_t live_of(const struct store *store, uint64_t segment)
{
	if (segment < store->first)
		return 0;
	return segment < store->counted ? store->live[segment & (store->room - 1)]
	                                : UNCOUNTED;
}

static void set_live(struct store *store, uint64_t segment, uint32_t bytes)
{
	store->live[segment & (store->room - 1)] = bytes;
}

/* How many of the `len` bytes at `at` lie in a segment. */
static uint32_t part_in(uint64_t segment, uint64_t at, size_t len)
{
	uint64_t start = segment * STORE_SEGMENT, end = start + STORE_SEGMENT;
	if (start < at)
		start = at;
	if (end > at + len)
		end = at + len;
	return start < end ? (uint32_t)(end - start) : 0;
}

static bool grow_ring(struct store *store)
{
	size_t room = store->room ? store->room * 2 : RING_MIN;
	uint32_t *ring = calloc(room, sizeof(*ring));
	if (!ring)
		return false;
	for (uint64_t s = store->first; s < store->counted; s++)
		ring[s & (room - 1)] = live_of(store, s);
	free(store->live);
	store->live = ring;
	store->room = room;
	return true;
}

static void give_back(struct store *store, uint64_t segment)
{
	store->returned += STORE_SEGMENT;
	punch(store, segment * STORE_SEGMENT, STORE_SEGMENT);
}

/* Begin at the first segment with something in it. */
static void move_first(struct store *store)
{
	while (store->first < store->closed && live_of(store, store->first) == 0)
		store->first++;
	if (store->counted < store->first)
		store->counted = store->first;
}

/* Segments that have come to be wholly in the file; before, a hole in one would be
 * written over. */
static void close_segments(struct store *store)
{
	for (; store->closed < store->written / STORE_SEGMENT; store->closed++)
		if (live_of(store, store->closed) == 0)
			give_back(store, store->closed);
	move_first(store);
}

static void drop_part(struct store *store, uint64_t segment, uint32_t len)
{
	uint32_t live = live_of(store, segment);
	if (live == 0 || live == UNCOUNTED)
		return;
	live -= len < live ? len : live;
	set_live(store, segment, live);
	if (live == 0 && segment < store->closed)
		give_back(store, segment);
}

void store_drop(struct store *store, uint64_t ref, size_t len)
{
	uint64_t size = store_size(store);
	if (ref > size || len > size - ref)
		return;
	for (uint64_t s = ref / STORE_SEGMENT; s * STORE_SEGMENT < ref + len; s++)
		drop_part(store, s, part_in(s, ref, len));
	move_first(store);
}

/* The first segment, which has live bytes. */
static void give_up_first(struct store *store)
{
	uint32_t live = live_of(store, store->first);
	store->given_up += live == UNCOUNTED ? STORE_SEGMENT : live;
	give_back(store, store->first++);
	move_first(store);
}

/* Count segments up to this one, in which something at `at` begins or goes on. What is
 * in the segments before was put when there was no memory to count it. */
static bool want_count(struct store *store, uint64_t segment, uint64_t at)
{
	while (store->counted <= segment) {
		if (store->counted - store->first == RING_MAX &&
		    !store->no_holes && store->first < store->closed)
			give_up_first(store);
		if (store->counted - store->first == RING_MAX)
			return false;
		if (store->counted - store->first == store->room && !grow_ring(store))
			return false;
		uint64_t next = store->counted++;
		set_live(store, next, next * STORE_SEGMENT < at ? UNCOUNTED : 0);
	}
	return true;
}

static void count(struct store *store, uint64_t at, size_t len)
{
	for (uint64_t s = at / STORE_SEGMENT; s * STORE_SEGMENT < at + len; s++) {
		if (!want_count(store, s, at))
			return;
		uint32_t live = live_of(store, s);
		if (live != UNCOUNTED)
			set_live(store, s, live + part_in(s, at, len));
	}
}

/* Where holes cannot be made, giving up would lose messages for nothing. */
static void make_room(struct store *store, size_t len)
{
	if (store->limit == 0 || store->no_holes)
		return;
	while (store->first < store->closed) {
		uint64_t held = store_held(store) + len;
		if (held <= store->limit || held - store->limit <= store->limit / 8)
			break;
		give_up_first(store);
	}
}

static bool is_kept(const struct store *store, uint64_t ref, size_t len)
{
	for (uint64_t s = ref / STORE_SEGMENT; s * STORE_SEGMENT < ref + len; s++)
		if (s < store->closed && live_of(store, s) == 0)
			return false;
	return true;
}

void store_limit(struct store *store, uint64_t bytes)
{
	store->limit = bytes;
}

uint64_t store_held(const struct store *store)
{
	return store_size(store) - store->returned;
}

bool store_is_full(const struct store *store, unsigned eighths)
{
	return store->limit && store_held(store) > store->limit / 8 * eighths;
}

uint64_t store_first(const struct store *store)
{
	return store->first * STORE_SEGMENT;
}

uint64_t store_given_up(const struct store *store)
{
	return store->given_up;
}

bool store_gives_back(const struct store *store)
{
	return !store->no_holes;
}

/* --- putting and getting */

enum err store_put(struct store *store, struct slice bytes, uint64_t *ref)
{
	enum err err = OK;
	make_room(store, bytes.len);
	if (bytes.len > STORE_BUFFER - store->fill)
		err = flush(store);
	if (err)
		return err;
	uint64_t at = store_size(store);
	if (bytes.len > STORE_BUFFER) {
		err = write_out(store, bytes);
		if (err)
			return err;
	} else if (bytes.len) {
		memcpy(store->buffer + store->fill, bytes.p, bytes.len);
		store->fill += bytes.len;
	}
	count(store, at, bytes.len);
	close_segments(store);
	*ref = at;
	return OK;
}

static enum err read_at(struct store *store, int fd, uint64_t at, size_t len, char *to)
{
	while (len) {
		ssize_t n = pread(fd, to, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(store,
			            "%zu bytes at byte offset %" PRIu64 " cannot be read "
			            "again: %s",
			            len, at,
			            n < 0 ? strerror(errno)
			                  : "the file has become shorter");
		at += (uint64_t)n;
		to += n;
		len -= (size_t)n;
	}
	return OK;
}

static enum err get_spooled(struct store *store, uint64_t ref, size_t len, char *to)
{
	uint64_t size = store_size(store);
	if (ref > size || len > size - ref)
		return fail(store,
		            "%zu bytes at %" PRIu64 " were asked for, of a spool of "
		            "%" PRIu64,
		            len, ref, size);
	if (!is_kept(store, ref, len))
		return fail(store, "%zu bytes at %" PRIu64 " of the spool are gone", len,
		            ref);
	size_t filed = 0; /* of these, how many have been written out */
	if (ref < store->written)
		filed = store->written - ref < len ? (size_t)(store->written - ref) : len;
	enum err err = read_at(store, store->fd, ref, filed, to);
	if (err == OK && filed < len)
		memcpy(to + filed, store->buffer + (ref + filed - store->written),
		       len - filed);
	return err;
}

enum err store_get(struct store *store, uint16_t input, uint64_t ref, size_t len,
                   void *buf)
{
	if (input == STORE_SPOOL)
		return get_spooled(store, ref, len, buf);
	if (input >= store->ninputs || store->inputs[input] < 0)
		return fail(store, "input %u cannot be read again", input);
	if (ref > INT64_MAX || len > (uint64_t)INT64_MAX - ref)
		return fail(store, "byte offset %" PRIu64 " is past any file", ref);
	return read_at(store, store->inputs[input], ref, len, buf);
}

uint64_t store_size(const struct store *store)
{
	return store->written + store->fill;
}

const char *store_problem(const struct store *store)
{
	return store->problem[0] ? store->problem : NULL;
}
