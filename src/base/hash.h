/* SPDX-License-Identifier: MIT */
/* base/hash.h - the keyed hash of all tables: XXH3, 64 bits, with a seed. Numbers are
 * folded in by a mixer of 64 bits.
 *
 * Keys come from the wire, so every table hashes with a seed that the sender cannot
 * know (handed in from the edge), and compares the whole key on a hit. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/slice.h"

uint64_t hash_slice(struct slice s, uint64_t seed);

/* A hash of several values: fold each into what was hashed before, the seed being the
 * first. The finalizer of splitmix64 (Stafford's variant 13): every bit of either
 * changes half of the result. Inline: it is 8 instructions, where a call of XXH3 for 8
 * bytes is 40, and a message takes a dozen. */
static inline uint64_t hash_mix(uint64_t hash, uint64_t value)
{
	uint64_t x = hash ^ value;
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

#endif
