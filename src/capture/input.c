/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture/input.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

PRINTF_LIKE(3, 4)
static enum err fail(struct input *in, enum err err, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(in->problem, sizeof(in->problem), format, args);
	va_end(args);
	return err;
}

static enum err open_fd(struct input *in)
{
	struct stat st;
	if (fstat(in->fd, &st) != 0)
		return fail(in, ERR_IO, "cannot be read: %s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return fail(in, ERR_IO, "is a directory; name the files in it");
	off_t at = S_ISREG(st.st_mode) ? lseek(in->fd, 0, SEEK_CUR) : -1;
	if (at >= 0) {
		in->regular = true;
		in->size = (uint64_t)st.st_size;
		in->read_to = in->base = (uint64_t)at;
	}
	return OK;
}

enum err input_open(struct input *in, int fd, struct slice memory, const char *path)
{
	*in = (struct input){
		.fd = fd, .memory = memory, .path = path, .wait_ms = INPUT_NAP_MS
	};
	if (fd >= 0) {
		enum err err = open_fd(in);
		if (err)
			return err;
	} else {
		in->size = memory.len;
	}
	in->window = malloc(INPUT_WINDOW);
	return in->window ? OK : ERR_NOMEM;
}

void input_close(struct input *in)
{
	unpack_free(in->unpack);
	free(in->packed);
	free(in->window);
	if (in->fd >= 0)
		close(in->fd);
}

/* Sleep, or wait for bytes of a pipe, for one nap. *waited counts the ms.
 * OK: look again; ERR_MORE: wait_ms is over. */
static enum err nap(struct input *in, int *waited)
{
	struct pollfd pipe = { .fd = in->fd, .events = POLLIN };
	int ms = INPUT_NAP_MS;
	if (in->wait_ms >= 0 && in->wait_ms - *waited < ms)
		ms = in->wait_ms - *waited;
	if (in->regular && ms == 0)
		return ERR_MORE;
	int ready = poll(&pipe, in->regular ? 0 : 1, ms);
	if (ready != 0)
		return OK; /* read(2) says what it is; after a signal `stop` is seen */
	*waited += ms;
	bool over = in->wait_ms >= 0 && *waited >= in->wait_ms;
	return over && !in->regular ? ERR_MORE : OK;
}

/* At the end of a followed file: is it still the one to follow? */
static enum err check_followed(struct input *in, bool *replaced)
{
	struct stat here, there;
	if (fstat(in->fd, &here) != 0)
		return fail(in, ERR_IO, "cannot be followed: %s", strerror(errno));
	if ((uint64_t)here.st_size < in->read_to)
		return fail(in, ERR_FORMAT,
		            "was cut to %" PRIu64 " bytes while it was "
		            "followed, after %" PRIu64 " had been read",
		            (uint64_t)here.st_size, in->read_to);
	/* A name that is gone may come back (rotation in two steps): go on until then. */
	*replaced = in->path && stat(in->path, &there) == 0 &&
	            (there.st_ino != here.st_ino || there.st_dev != here.st_dev);
	return OK;
}

/* Bytes as they come, at least one. */
static enum err read_fd(struct input *in, unsigned char *to, size_t room, size_t *got)
{
	int waited = 0;
	bool replaced = false;
	while (!in->stop) {
		if (!in->regular && nap(in, &waited) == ERR_MORE)
			return ERR_MORE;
		if (in->stop)
			break;
		ssize_t n = read(in->fd, to, room);
		if (n > 0) {
			*got = (size_t)n;
			in->read_to += (uint64_t)n;
			return OK;
		}
		if (n < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			return fail(in, ERR_IO,
			            "cannot be read at byte offset %" PRIu64 ": %s",
			            in->read_to, strerror(errno));
		}
		if (!in->regular || !in->follow)
			return ERR_END;
		if (replaced)
			return fail(in, ERR_END,
			            "was replaced by another file while it was "
			            "followed; ended at byte offset %" PRIu64,
			            in->read_to);
		enum err err = check_followed(in, &replaced);
		if (err)
			return err;
		if (!replaced && nap(in, &waited) == ERR_MORE)
			return ERR_MORE;
	}
	return ERR_END;
}

static enum err read_raw(struct input *in, unsigned char *to, size_t room, size_t *got)
{
	if (in->fd >= 0)
		return read_fd(in, to, room, got);
	if (in->memory.len == 0)
		return ERR_END;
	struct slice head = slice_head(in->memory, room);
	memcpy(to, head.p, head.len);
	in->memory = slice_skip(in->memory, head.len);
	in->read_to += head.len;
	*got = head.len;
	return OK;
}

/* Read more compressed bytes; all that were there have been used. */
static enum err read_packed(struct input *in)
{
	size_t got = 0;
	enum err err = read_raw(in, in->packed, INPUT_WINDOW, &got);
	in->packed_start = 0;
	in->packed_end = got;
	if (err == ERR_END && !in->stop && !unpack_is_between(in->unpack))
		return fail(in, ERR_FORMAT,
		            "cut inside the %s data at byte offset %" PRIu64,
		            unpack_name(in->unpack), in->read_to);
	return err;
}

static enum err read_unpacked(struct input *in)
{
	for (;;) {
		if (in->problem[0]) /* found with bytes before it, which were given */
			return ERR_FORMAT;
		size_t used = 0, made = 0;
		struct slice packed = {
			(const char *)in->packed + in->packed_start,
			in->packed_end - in->packed_start,
		};
		enum err err = unpack_run(in->unpack, packed, &used, in->window + in->end,
		                          INPUT_WINDOW - in->end, &made);
		in->packed_start += used;
		in->end += made;
		if (err == ERR_FORMAT)
			fail(in, err,
			     "%s data is damaged at or before byte offset %" PRIu64
			     " (%s)",
			     unpack_name(in->unpack),
			     in->read_to - (in->packed_end - in->packed_start),
			     unpack_problem(in->unpack));
		if (made)
			return OK;
		if (err != ERR_MORE)
			return err;
		err = read_packed(in);
		if (err)
			return err;
	}
}

enum err input_fill(struct input *in, size_t n)
{
	if (in->start) {
		memmove(in->window, in->window + in->start, input_have(in));
		in->base += in->start;
		in->end -= in->start;
		in->start = 0;
	}
	while (input_have(in) < n) {
		size_t got = 0;
		enum err err = in->unpack ? read_unpacked(in)
		                          : read_raw(in, in->window + in->end,
		                                     INPUT_WINDOW - in->end, &got);
		in->end += got;
		if (err)
			return err;
	}
	return OK;
}

enum err input_detect(struct input *in)
{
	enum err err = input_want(in, UNPACK_MAGIC);
	if (err == ERR_END)
		return OK;
	if (err)
		return err;
	enum unpack_kind kind = unpack_kind_of(input_peek(in, 0, UNPACK_MAGIC));
	if (kind == UNPACK_NONE)
		return OK;
	unsigned char *window = malloc(INPUT_WINDOW);
	if (!window)
		return ERR_NOMEM;
	err = unpack_new(&in->unpack, kind);
	if (err) {
		free(window);
		return err;
	}
	in->packed = in->window;
	in->packed_start = in->start;
	in->packed_end = in->end;
	in->window = window;
	in->start = in->end = 0;
	in->base = 0;
	return OK;
}
