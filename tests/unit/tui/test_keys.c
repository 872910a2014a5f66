/* SPDX-License-Identifier: MIT */
/* The rows of actions.def: each key has a name that is known, and each row a key that
 * reaches it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tui/keys.h"

#include <curses.h> /* key codes */

#define KEYS_MAX 5

static int code(const char *name)
{
	return keys_code(name, strlen(name));
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(code("Up"), KEY_UP);
	assert_int_equal(code("PgDn"), KEY_NPAGE);
	assert_int_equal(code("Enter"), '\r');
	assert_int_equal(code("Esc"), 27);
	assert_int_equal(code("F1"), KEY_F(1));
	assert_int_equal(code("F12"), KEY_F(12));
	assert_int_equal(code("F"), 'F');
	assert_int_equal(code("^A"), 1);
	assert_int_equal(code("^Z"), 26);
	assert_int_equal(code("x"), 'x');
	assert_int_equal(code("?"), '?');
	static const char *const wrong[] = { "",    "F0", "F13", "F1x", "F123", "^a",
		                             "^AA", "up", "Upp", "U",   "xx" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (strlen(wrong[i]) != 1)
			assert_int_equal(code(wrong[i]), -1);
}

/* Is there a screen on which this key does what the row says? */
static bool reached(const struct key_row *row, int key)
{
	for (unsigned kind = 1; kind & SCREEN_ANY; kind <<= 1)
		if (row->where & kind && keys_action(key, kind) == row->action)
			return true;
	return false;
}

static void test_rows(void **state)
{
	const struct key_row *row;
	size_t n = 0;
	(void)state;
	for (; (row = keys_row(n)); n++) {
		const char *keys = row->keys;
		unsigned count = 0;
		assert_true(row->where && (row->where & ~(unsigned)SCREEN_ANY) == 0);
		assert_true(*row->name && *row->help && row->action != ACTION_NONE);
		while (*keys) {
			size_t len = strcspn(keys, " ");
			int key = keys_code(keys, len);
			if (key == -1 || !reached(row, key))
				fail_msg("%s: the key %.*s does nothing", row->name,
				         (int)len, keys);
			keys += len + (keys[len] == ' ');
			count++;
		}
		assert_in_range(count, 1, KEYS_MAX);
	}
	assert_null(keys_row(n + 1));
}

/* On every screen: help, and the way back. */
static void test_everywhere(void **state)
{
	(void)state;
	for (unsigned kind = 1; kind & SCREEN_ANY; kind <<= 1) {
		assert_int_equal(keys_action(KEY_F(1), kind), ACTION_HELP);
		assert_int_equal(keys_action(27, kind), ACTION_BACK);
		assert_int_equal(keys_action(KEY_UP, kind), ACTION_UP);
	}
}

/* Enter has three codes. */
static void test_enter(void **state)
{
	(void)state;
	assert_int_equal(keys_action('\r', SCREEN_LIST), ACTION_SHOW);
	assert_int_equal(keys_action('\n', SCREEN_LIST), ACTION_SHOW);
	assert_int_equal(keys_action(KEY_ENTER, SCREEN_LIST), ACTION_SHOW);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(keys_action(0, SCREEN_ANY), ACTION_NONE);
	assert_int_equal(keys_action(-1, SCREEN_ANY), ACTION_NONE);
	assert_int_equal(keys_action(0x20ac, SCREEN_ANY), ACTION_NONE);
	assert_int_equal(keys_action(KEY_MAX, SCREEN_ANY), ACTION_NONE);
	assert_int_equal(keys_action(KEY_UP, 0), ACTION_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),      cmocka_unit_test(test_rows),
		cmocka_unit_test(test_everywhere), cmocka_unit_test(test_enter),
		cmocka_unit_test(test_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
