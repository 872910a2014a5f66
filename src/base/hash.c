/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash_slice(struct slice s, uint64_t seed)
{
	return XXH3_64bits_withSeed(s.p, s.len, seed);
}
