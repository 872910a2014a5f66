/* SPDX-License-Identifier: MIT */
/* tests/support/guard.h - bytes beside pages that may not be touched.
 *
 * A read or write of one byte too many ends the test with a fault at the very
 * instruction, with or without sanitizers. A failure to get memory aborts. */
#ifndef TESTS_SUPPORT_GUARD_H
#define TESTS_SUPPORT_GUARD_H

#include <stddef.h>

/* A writable copy of len bytes, the last of which is the last of its page; the byte
 * behind it is out of bounds. The caller's: release it with guard_free. */
char *guard_copy(const void *bytes, size_t len);

/* The same with the first byte at the start of its page and the byte before it out
 * of bounds: for code that walks backwards. */
char *guard_copy_front(const void *bytes, size_t len);

/* Release what either of the two gave; NULL is taken. */
void guard_free(char *copy);

#endif
