/* SPDX-License-Identifier: MIT */
/* capture/store.h - the bytes of messages, kept outside memory.
 *
 * What comes from a plain file is read there again; everything else is put once into a
 * spool file that has no name and is gone with the program. Offsets are 64 bits.
 *
 * Bytes of the spool that are not wanted any more are dropped. The spool is divided into
 * segments; once one has been written to its end and all in it is dropped, the file gets
 * a hole there (fallocate(2)) and the disk has its blocks again. Offsets never change. */
#ifndef CAPTURE_STORE_H
#define CAPTURE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

#define STORE_SPOOL    UINT16_MAX /* input number of the spool file */
#define STORE_WHY_MAX  320        /* bytes of a reason, NUL included */

/* Bytes gathered before one write(2). */
#define STORE_BUFFER   (256U * 1024U)

/* Bytes given back at once: a block of nearly all file systems, and no more, since one
 * message of a call that is open keeps all of its segment. */
#define STORE_SEGMENT  4096U

struct store;

/* Make a store with an empty spool file, of mode 0600 and without a name, in $TMPDIR,
 * /var/tmp or /tmp, whichever works first. *out is the caller's, for store_free.
 * OK, ERR_IO or ERR_NOMEM with one line in why. */
MUST_USE enum err store_new(struct store **out, char why[STORE_WHY_MAX]);

/* Read `input` (not STORE_SPOOL) by its own copy of fd from now on; fd stays the
 * caller's. OK, ERR_IO, ERR_NOMEM; after an error nothing has changed. */
MUST_USE enum err store_add_file(struct store *store, uint16_t input, int fd);

/* Put `bytes` at the end of the spool; *ref is where store_get finds them.
 * OK; ERR_IO (disk full or the like: store_problem): nothing was put, what was put
 * before stays readable (but see store_limit), and a later call may work again. */
MUST_USE enum err store_put(struct store *store, struct slice bytes, uint64_t *ref);

/* Read len bytes at `ref` of `input` into buf[len]. OK; ERR_IO when they cannot be
 * read, or are not all there, or have been given back: buf is then undefined. */
MUST_USE enum err store_get(struct store *store, uint16_t input, uint64_t ref, size_t len,
                            void *buf);

/* The `len` bytes that one store_put gave `ref` for are not wanted any more. To be called
 * at most once for each. Never fails: without memory for counts, or where the file system
 * makes no holes, the disk just gets nothing back. */
void store_drop(struct store *store, uint64_t ref, size_t len);

uint64_t store_size(const struct store *store); /* bytes put so far */

/* Of these, the bytes of segments not given back: what the disk is asked to keep. */
uint64_t store_held(const struct store *store);

/* Hold no more than `bytes`; 0: no limit, as at first. The owner is to drop something
 * when store_is_full of eight eighths. Where it does not, and a store_put comes to more
 * than the limit and an eighth, the oldest segments are given up with what is in them;
 * except where the file system makes no holes, as nothing would be won. The last segment
 * and one put are held in any case. Whatever the limit, what was put longer ago than
 * 64 GiB of bytes is given up: counts take 4 bytes a segment, from the first that is
 * held on. */
void store_limit(struct store *store, uint64_t bytes);
/* Is more held than so many eighths of the limit? */
bool store_is_full(const struct store *store, unsigned eighths);

/* Where the bytes begin that were not given up, nor dropped from the beginning on. */
uint64_t store_first(const struct store *store);

/* Bytes given up that nobody had dropped; store_get says ERR_IO for them. */
uint64_t store_given_up(const struct store *store);

/* False: the file system makes no holes, so that a limit does not hold for the disk. */
bool store_gives_back(const struct store *store);

/* The last thing that went wrong, as one line with the path and the bytes written; NULL
 * while nothing did. The store's, until the next call. */
const char *store_problem(const struct store *store);

void store_free(struct store *store); /* NULL is allowed */

#endif
