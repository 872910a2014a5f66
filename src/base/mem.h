/* SPDX-License-Identifier: MIT */
/* base/mem.h - memory with a budget.
 *
 * All memory of the core comes from one struct mem, so that running out is an
 * ordinary result: past the budget, or at the allocation that a test names, the
 * answer is NULL. Sizes are given back by the caller; nothing is stored beside the
 * bytes. Not thread-safe: one struct mem for each engine. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

struct mem {
	size_t   budget;  /* bytes that may be in use at once */
	size_t   used;    /* bytes in use */
	size_t   peak;    /* most bytes in use so far */
	uint64_t taken;   /* allocations asked for, failed ones included */
	uint64_t refused; /* of these, how many got NULL */
	uint64_t fail_at; /* fail the allocation of this number, from 1; 0: none */
};

void mem_init(struct mem *mem, size_t budget);

/* n zeroed bytes (n > 0), or NULL. Given back with mem_give(mem, p, n). */
void *mem_take(struct mem *mem, size_t n);

/* Resize p (NULL: old is 0) from old to n bytes, n > 0; new bytes are zero. NULL:
 * p is as it was. */
void *mem_resize(struct mem *mem, void *p, size_t old, size_t n);

/* Give n bytes back; p may be NULL. */
void mem_give(struct mem *mem, void *p, size_t n);

#endif
