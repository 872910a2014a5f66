/* SPDX-License-Identifier: MIT */
/* capture/store.h - the bytes of messages, kept outside memory.
 *
 * What comes from a plain file is read there again; everything else is put once into a
 * spool file that has no name and is gone with the program. Offsets are 64 bits. */
#ifndef CAPTURE_STORE_H
#define CAPTURE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

#define STORE_SPOOL    UINT16_MAX /* input number of the spool file */
#define STORE_WHY_MAX  320        /* bytes of a reason, NUL included */

/* Bytes gathered before one write(2). */
#define STORE_BUFFER   (256U * 1024U)

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
 * before stays readable, and a later call may work again. */
MUST_USE enum err store_put(struct store *store, struct slice bytes, uint64_t *ref);

/* Read len bytes at `ref` of `input` into buf[len]. OK; ERR_IO when they cannot be
 * read, or are not all there: buf is then undefined. */
MUST_USE enum err store_get(struct store *store, uint16_t input, uint64_t ref, size_t len,
                            void *buf);

uint64_t store_size(const struct store *store); /* bytes in the spool */

/* The last thing that went wrong, as one line with the path and the bytes written; NULL
 * while nothing did. The store's, until the next call. */
const char *store_problem(const struct store *store);

void store_free(struct store *store); /* NULL is allowed */

#endif
