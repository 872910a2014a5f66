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

#define DIR_MAX 200 /* bytes of a directory name; one that is longer is not tried */

struct store {
	unsigned char *buffer;
	size_t         fill;    /* bytes in buffer */
	uint64_t       written; /* bytes in the file: buffer begins there */
	int            fd;
	int           *inputs;  /* descriptors by input number; -1: none */
	size_t         ninputs;
	char           dir[DIR_MAX];
	char           problem[STORE_WHY_MAX];
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

enum err store_put(struct store *store, struct slice bytes, uint64_t *ref)
{
	enum err err = OK;
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
