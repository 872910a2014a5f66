/* SPDX-License-Identifier: MIT */
/* base/hash.h - the keyed hash of all tables: XXH3, 64 bits, with a seed.
 *
 * Keys come from the wire, so every table hashes with a seed that the sender cannot
 * know (handed in from the edge), and compares the whole key on a hit. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/slice.h"

uint64_t hash_slice(struct slice s, uint64_t seed);

/* A hash of several values: fold each into what was hashed before. */
uint64_t hash_mix(uint64_t hash, uint64_t value);

#endif
