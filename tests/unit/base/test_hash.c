/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/guard.h"

#define PRIME64 UINT64_C(11400714785074694797)

/* The published check values of XXH3, 64 bits: the table's hash is that function and
 * the seed goes where it belongs. */
static void test_is_xxh3(void **state)
{
	(void)state;
	char bytes[6];
	uint64_t gen = UINT32_C(2654435761);
	for (size_t i = 0; i < sizeof(bytes); i++, gen *= PRIME64)
		bytes[i] = (char)(gen >> 56);
	assert_true(hash_slice(SLICE_NONE, 0) == UINT64_C(0x2d06800538d394c2));
	assert_true(hash_slice(SLICE(""), PRIME64) == UINT64_C(0xa8a6b918b2f0364a));
	const struct slice one = { bytes, 1 }, six = { bytes, 6 };
	assert_true(hash_slice(one, 0) == UINT64_C(0xc44bdff4074eecdb));
	assert_true(hash_slice(one, PRIME64) == UINT64_C(0x032be332dd766ef8));
	assert_true(hash_slice(six, 0) == UINT64_C(0x27b56a84cd2d7325));
	assert_true(hash_slice(six, PRIME64) == UINT64_C(0x84589c116ab59ab9));
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

static void assert_all_differ(uint64_t *hashes, size_t count)
{
	qsort(hashes, count, sizeof(*hashes), compare);
	for (size_t i = 1; i < count; i++)
		assert_true(hashes[i - 1] != hashes[i]);
}

/* Each length, each flipped bit and each seed gives another hash, and the byte behind
 * the slice plays no part. */
static void test_all_of_the_slice_counts(void **state)
{
	(void)state;
	static uint64_t hashes[300 * 8 + 300 + 64];
	char bytes[300];
	size_t n = 0;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 37);
	for (size_t len = 0; len < sizeof(bytes); len++) {
		char *copy = guard_copy(bytes, len);
		hashes[n] = hash_slice((struct slice){ copy, len }, 1);
		assert_true(hashes[n] == hash_slice((struct slice){ bytes, len }, 1));
		n++;
		guard_free(copy);
	}
	const struct slice whole = { bytes, sizeof(bytes) };
	for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		hashes[n++] = hash_slice(whole, 1);
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
	}
	for (unsigned bit = 0; bit < 64; bit++)
		hashes[n++] = hash_slice(whole, UINT64_C(1) << bit ^ 1);
	assert_int_equal(n, sizeof(hashes) / sizeof(hashes[0]));
	assert_all_differ(hashes, n);
}

/* Each bit of the value counts, each bit of what was hashed before, and the order. */
static void test_mix(void **state)
{
	(void)state;
	uint64_t hashes[65];
	const uint64_t before = hash_slice(SLICE("before"), 1);
	assert_true(hash_mix(before, 1) == hash_mix(before, 1));
	assert_true(hash_mix(hash_mix(before, 1), 2) != hash_mix(hash_mix(before, 2), 1));
	hashes[64] = hash_mix(before, 5);
	for (unsigned bit = 0; bit < 64; bit++)
		hashes[bit] = hash_mix(before, 5 ^ UINT64_C(1) << bit);
	assert_all_differ(hashes, 65);
	hashes[64] = hash_mix(before, 5);
	for (unsigned bit = 0; bit < 64; bit++)
		hashes[bit] = hash_mix(before ^ UINT64_C(1) << bit, 5);
	assert_all_differ(hashes, 65);
}

/* Two values, as of an address and a port, in a square of small numbers: no pair
 * meets another. */
static void test_mix_of_small_values(void **state)
{
	(void)state;
	enum { SIDE = 300 };
	static uint64_t hashes[SIDE * SIDE];
	for (uint64_t a = 0; a < SIDE; a++)
		for (uint64_t b = 0; b < SIDE; b++)
			hashes[a * SIDE + b] = hash_mix(hash_mix(1, a), b);
	assert_all_differ(hashes, SIDE * SIDE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_xxh3),
		cmocka_unit_test(test_all_of_the_slice_counts),
		cmocka_unit_test(test_mix),
		cmocka_unit_test(test_mix_of_small_values),
	};
	return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
