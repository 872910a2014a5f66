/* SPDX-License-Identifier: MIT */
/* base/prefetch.h - ask for a cache line ahead of its use. */
#ifndef BASE_PREFETCH_H
#define BASE_PREFETCH_H

/* p may be any address; nothing is read. */
static inline void prefetch(const void *p)
{
#if defined(__GNUC__)
	__builtin_prefetch(p);
#else
	(void)p;
#endif
}

#endif
