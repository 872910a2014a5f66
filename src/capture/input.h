/* SPDX-License-Identifier: MIT */
/* capture/input.h - private: the bytes of a savefile, a window at a time.
 *
 * Hides where they come from (file, growing file, pipe, memory) and whether they are
 * compressed. One window of fixed size slides over the bytes: no record is ever
 * copied, only what is left at the end of the window moves to its start. */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "capture/unpack.h"

/* Size of the window, of one read(2) and of the longest run that can be asked for, in
 * bytes. Four times the longest packet, so that moving the rest of the window to its
 * start is rare; still small enough for the second-level cache to help. */
#define INPUT_WINDOW (1024U * 1024U)

/* Longest single sleep, in ms, so that source_break and new data are seen soon even
 * where nothing wakes us up. */
#define INPUT_NAP_MS 100

#define INPUT_PROBLEM_MAX 192 /* bytes of a reason, its NUL included */

struct input {
	unsigned char *window;
	size_t         start;      /* first byte not taken yet */
	size_t         end;        /* end of what was read */
	uint64_t       base;       /* place of window[0] in the (unpacked) bytes */
	int            fd;         /* -1: reads from memory */
	struct slice   memory;     /* not read yet */
	const char    *path;       /* to notice a replaced file; NULL: unknown */
	uint64_t       read_to;    /* place in the file up to which was read */
	uint64_t       size;       /* of the file when opened; 0: unknown */
	bool           regular;    /* a file with places, not a pipe */
	bool           follow;
	int            wait_ms;
	struct unpack *unpack;     /* NULL: bytes come as they are */
	unsigned char *packed;     /* window of compressed bytes, or NULL */
	size_t         packed_start;
	size_t         packed_end;
	volatile sig_atomic_t stop;
	char           problem[INPUT_PROBLEM_MAX]; /* "" while there is none */
};

/* Take over `fd` (or, when it is -1, borrow `memory` until input_close), at its present
 * place. path, when not NULL, is borrowed until input_close.
 * OK; ERR_IO and ERR_FORMAT with in->problem set; ERR_NOMEM. After an error fd is still
 * the caller's and input_close need not be called. */
MUST_USE enum err input_open(struct input *in, int fd, struct slice memory,
                             const char *path);
void input_close(struct input *in);

/* Look at the first bytes and unpack from here on when they say gzip or zstd. Before
 * any other reading. OK (also for bytes too few to tell); ERR_MORE; ERR_IO; ERR_NOMEM. */
MUST_USE enum err input_detect(struct input *in);

/* Read until n bytes (at most INPUT_WINDOW) are at hand. What input_peek gave before
 * dies. OK; ERR_MORE (not within wait_ms); ERR_END (there will be fewer);
 * ERR_FORMAT (compressed bytes are damaged) and ERR_IO with in->problem set. */
MUST_USE enum err input_fill(struct input *in, size_t n);

/* Bytes at hand. */
static inline size_t input_have(const struct input *in)
{
	return in->end - in->start;
}

/* As input_fill, and nothing at all where they are at hand already. */
MUST_USE static inline enum err input_want(struct input *in, size_t n)
{
	return input_have(in) >= n ? OK : input_fill(in, n);
}

/* n bytes, `skip` bytes from the next one, all at hand; the input's until the next
 * input_fill. */
static inline struct slice input_peek(const struct input *in, size_t skip, size_t n)
{
	return (struct slice){ (const char *)in->window + in->start + skip, n };
}

/* Step over n bytes, which are at hand. */
static inline void input_take(struct input *in, size_t n)
{
	in->start += n;
}

/* Place of the next byte in the unpacked bytes; in a plain file, in the file. */
static inline uint64_t input_place(const struct input *in)
{
	return in->base + in->start;
}

/* True where a place can be read again from in->fd. */
static inline bool input_is_seekable(const struct input *in)
{
	return in->regular && in->fd >= 0 && !in->unpack;
}

/* True where reading ahead never waits for somebody who writes. */
static inline bool input_is_complete(const struct input *in)
{
	return in->fd < 0 || (in->regular && !in->follow);
}

#endif
