/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void mem_init(struct mem *mem, size_t budget)
{
	*mem = (struct mem){ .budget = budget };
}

/* May `more` bytes be added to what is in use? Counts the question. */
static int may_take(struct mem *mem, size_t more)
{
	size_t left = mem->budget > mem->used ? mem->budget - mem->used : 0;
	mem->taken++;
	return mem->taken != mem->fail_at && more <= left;
}

static void account(struct mem *mem, size_t more)
{
	mem->used += more;
	if (mem->used > mem->peak)
		mem->peak = mem->used;
}

void *mem_take(struct mem *mem, size_t n)
{
	void *p = may_take(mem, n) ? calloc(1, n) : NULL;
	if (p)
		account(mem, n);
	else
		mem->refused++;
	return p;
}

void *mem_resize(struct mem *mem, void *p, size_t old, size_t n)
{
	char *q = may_take(mem, n > old ? n - old : 0) ? realloc(p, n) : NULL;
	if (!q) {
		mem->refused++;
		return NULL;
	}
	if (n > old) {
		memset(q + old, 0, n - old);
		account(mem, n - old);
	} else {
		mem->used -= old - n;
	}
	return q;
}

void mem_give(struct mem *mem, void *p, size_t n)
{
	if (!p)
		return;
	free(p);
	mem->used -= n;
}
