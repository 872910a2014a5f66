/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "support/guard.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* One mapping: a page that holds its size | guard | pages of data | guard.
 * Data start two pages after the mapping, and a copy starts in their first page (or,
 * being empty, on the guard behind none), which is how guard_free finds it. */

static size_t page_size(void)
{
	long size = sysconf(_SC_PAGESIZE);
	return size > 0 ? (size_t)size : 4096;
}

static void give_up(const char *what)
{
	perror(what);
	abort();
}

/* The first byte of `pages` pages of data with a guard on either side. */
static char *map_between_guards(size_t pages)
{
	size_t page = page_size();
	size_t size = (pages + 3) * page;
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	                 -1, 0);
	if (map == MAP_FAILED)
		give_up("mmap");
	memcpy(map, &size, sizeof(size));
	if (mprotect(map + page, page, PROT_NONE) != 0 ||
	    mprotect(map + size - page, page, PROT_NONE) != 0)
		give_up("mprotect");
	return map + 2 * page;
}

static size_t pages_for(size_t len)
{
	return (len + page_size() - 1) / page_size();
}

char *guard_copy(const void *bytes, size_t len)
{
	size_t pages = pages_for(len);
	char *copy = map_between_guards(pages) + (pages * page_size() - len);
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

char *guard_copy_front(const void *bytes, size_t len)
{
	char *copy = map_between_guards(pages_for(len));
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

void guard_free(char *copy)
{
	if (!copy)
		return;
	size_t page = page_size();
	char *data = copy - (uintptr_t)copy % page;
	char *map = data - 2 * page;
	size_t size;
	memcpy(&size, map, sizeof(size));
	if (munmap(map, size) != 0)
		give_up("munmap");
}
