/* SPDX-License-Identifier: MIT */
/* Names of addresses: the most exact one counts, and hostile ones do no harm. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "view/alias.h"

#define BUDGET (4U << 20)

static enum err add(struct aliases *a, const char *address, const char *name)
{
	return aliases_add(a, slice_of(address), slice_of(name));
}

static void finds(const struct aliases *a, unsigned family, const char *bytes,
                  uint16_t port, const char *want)
{
	uint8_t whole[16] = { 0 };
	memcpy(whole, bytes, family == 4 ? 4 : 16);
	struct slice name = aliases_name(a, aliases_find(a, family, whole, port));
	if (!slice_eq(name, slice_of(want)))
		fail_msg("\"%.*s\", not \"%s\"", (int)name.len, name.p ? name.p : "",
		         want);
}

#define V4(a, b, c, d) ((const char[]){ (char)(a), (char)(b), (char)(c), (char)(d) })
static const char v6_one[16] = { 0x20, 0x01, 0x0d, (char)0xb8, [15] = 1 };
static const char v6_two[16] = { 0x20, 0x01, 0x0d, (char)0xb8, [15] = 2 };

static void most_exact_counts(void **state)
{
	struct mem mem;
	struct aliases a;
	(void)state;
	mem_init(&mem, BUDGET);
	aliases_init(&a, &mem);
	assert_int_equal(add(&a, "0.0.0.0/0", "world"), OK);
	assert_int_equal(add(&a, "192.0.2.0/24", "office"), OK);
	assert_int_equal(add(&a, "192.0.2.128/25", "upper half"), OK);
	assert_int_equal(add(&a, "192.0.2.1", "phone"), OK);
	assert_int_equal(add(&a, "192.0.2.1:5080", "trunk"), OK);
	assert_int_equal(add(&a, "2001:db8::/32", "six"), OK);
	assert_int_equal(add(&a, "2001:db8::1", "one"), OK);
	assert_int_equal(add(&a, "[2001:db8::1]:5061", "one tls"), OK);
	finds(&a, 4, V4(192, 0, 2, 1), 5080, "trunk");
	finds(&a, 4, V4(192, 0, 2, 1), 5060, "phone");
	finds(&a, 4, V4(192, 0, 2, 1), 0, "phone");
	finds(&a, 4, V4(192, 0, 2, 2), 5080, "office");
	finds(&a, 4, V4(192, 0, 2, 127), 0, "office");
	finds(&a, 4, V4(192, 0, 2, 128), 0, "upper half");
	finds(&a, 4, V4(192, 0, 3, 1), 5060, "world");
	finds(&a, 6, v6_one, 5061, "one tls");
	finds(&a, 6, v6_one, 5060, "one");
	finds(&a, 6, v6_two, 5061, "six");
	/* later ones count */
	assert_int_equal(add(&a, "192.0.2.1", "desk"), OK);
	finds(&a, 4, V4(192, 0, 2, 1), 5060, "desk");
	aliases_clear(&a);
	finds(&a, 4, V4(192, 0, 2, 1), 5060, "");
	assert_int_equal(mem.used, 0);
	assert_int_equal(aliases_find(NULL, 4, (const uint8_t *)v6_one, 1), 0);
}

static void same_name_is_same_number(void **state)
{
	struct mem mem;
	struct aliases a;
	uint8_t one[16] = { 10, 0, 0, 1 }, two[16] = { 10, 0, 0, 2 };
	(void)state;
	mem_init(&mem, BUDGET);
	aliases_init(&a, &mem);
	assert_int_equal(add(&a, "10.0.0.1", "sbc"), OK);
	assert_int_equal(add(&a, "10.0.0.2", "sbc"), OK);
	assert_int_not_equal(aliases_find(&a, 4, one, 0), 0);
	assert_int_equal(aliases_find(&a, 4, one, 0), aliases_find(&a, 4, two, 0));
	aliases_clear(&a);
}

static void wrong_ones_are_refused(void **state)
{
	static const char *const addresses[] = { "",
		                                 "host",
		                                 "10.0.0",
		                                 "10.0.0.1:",
		                                 "10.0.0.1:0",
		                                 "10.0.0.1:x",
		                                 "10.0.0.1:65536",
		                                 "10.0.0.0/33",
		                                 "::/129",
		                                 "10.0.0.0/",
		                                 "10.0.0.0/-1",
		                                 "10.0.0.1:5060/24",
		                                 "[::1",
		                                 "10.0.0.1/8/8",
		                                 "/8",
		                                 "[::1]:99999" };
	struct mem mem;
	struct aliases a;
	char longest[ALIAS_NAME_MAX + 2];
	(void)state;
	mem_init(&mem, BUDGET);
	aliases_init(&a, &mem);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
		if (add(&a, addresses[i], "x") != ERR_FORMAT)
			fail_msg("\"%s\" is taken", addresses[i]);
	memset(longest, 'x', sizeof(longest));
	longest[ALIAS_NAME_MAX + 1] = '\0';
	assert_int_equal(add(&a, "10.0.0.1", longest), ERR_LIMIT);
	assert_int_equal(add(&a, "10.0.0.1", ""), ERR_LIMIT);
	assert_int_equal(a.count, 0);
	assert_int_equal(add(&a, "10.0.0.1", longest + 1), OK);
	aliases_clear(&a);
}

static void addresses_are_written_as_read(void **state)
{
	static const char *const addresses[] = { "10.0.0.1:5060", "10.0.0.1",
		                                 "10.0.0.0/8",    "[2001:db8::1]:5060",
		                                 "2001:db8::1",   "2001:db8::/32" };
	struct mem mem;
	struct aliases a;
	(void)state;
	mem_init(&mem, BUDGET);
	aliases_init(&a, &mem);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(add(&a, addresses[5 - i], "x"), OK);
	assert_int_equal(a.count, 6);
	for (unsigned i = 0; i < 6; i++) {
		char text[ALIAS_ADDRESS_MAX];
		assert_int_equal(aliases_address(&a, i, text), strlen(addresses[i]));
		assert_string_equal(text, addresses[i]);
	}
	aliases_clear(&a);
}

/* All that a table can hold, in each family and of each length of prefix. */
static void it_has_bounds(void **state)
{
	struct mem mem;
	struct aliases a;
	char text[64];
	(void)state;
	mem_init(&mem, BUDGET);
	aliases_init(&a, &mem);
	for (unsigned i = 0; i <= 128; i++) {
		snprintf(text, sizeof(text), "2001:db8::1/%u", i);
		assert_int_equal(add(&a, text, "x"), OK);
		snprintf(text, sizeof(text), "192.0.2.1/%u", i % 33);
		assert_int_equal(add(&a, text, "x"), OK);
	}
	assert_int_equal(add(&a, "192.0.2.1:1", "x"), OK);
	assert_int_equal(add(&a, "[::1]:1", "x"), OK);
	assert_int_equal(a.nclasses, ALIASES_CLASSES_MAX);
	for (unsigned i = 0; a.count < ALIASES_MAX; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", i / 256, i % 256);
		assert_int_equal(add(&a, text, "x"), OK);
	}
	assert_int_equal(add(&a, "10.99.0.1", "x"), ERR_LIMIT);
	assert_int_equal(add(&a, "10.0.1.2", "y"), OK); /* another name needs no room */
	finds(&a, 4, V4(10, 0, 1, 2), 5060, "y");
	finds(&a, 4, V4(10, 0, 1, 1), 5060, "x");
	aliases_clear(&a);
	assert_int_equal(mem.used, 0);
}

static void without_memory(void **state)
{
	(void)state;
	for (uint64_t n = 1;; n++) {
		struct mem mem;
		struct aliases a;
		enum err err = OK;
		mem_init(&mem, BUDGET);
		mem.fail_at = n;
		aliases_init(&a, &mem);
		for (unsigned i = 0; i < 40 && err == OK; i++) {
			char text[32];
			snprintf(text, sizeof(text), "10.0.0.%u", i);
			err = add(&a, text, text);
		}
		aliases_clear(&a);
		assert_int_equal(mem.used, 0);
		if (err == OK)
			break;
		assert_int_equal(err, ERR_NOMEM);
		assert_true(n < 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(most_exact_counts),
		cmocka_unit_test(same_name_is_same_number),
		cmocka_unit_test(wrong_ones_are_refused),
		cmocka_unit_test(addresses_are_written_as_read),
		cmocka_unit_test(it_has_bounds),
		cmocka_unit_test(without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
