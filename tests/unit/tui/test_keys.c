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

static struct keys keys;

static int code(const char *name)
{
	return keys_code(slice_of(name));
}

static enum keys_result bind(const char *action, const char *text)
{
	struct slice wrong;
	return keys_bind(&keys, slice_of(action), slice_of(text), &wrong);
}

static int setup(void **state)
{
	(void)state;
	keys_init(&keys);
	return 0;
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
	/* as sngrep writes them */
	assert_int_equal(code("^x"), 24);
	assert_int_equal(code("Ctrl-x"), 24);
	assert_int_equal(code("ctrl-X"), 24);
	assert_int_equal(code("up"), KEY_UP);
	assert_int_equal(code("PgDown"), KEY_NPAGE);
	assert_int_equal(code("f3"), KEY_F(3));
	assert_int_equal(code("^M"), '\r');
	assert_int_equal(code("^J"), '\r');
	assert_int_equal(code("Semicolon"), ';');
	static const char *const wrong[] = { "",    "F0",    "F13",    "F1x",   "F123",
		                             "F01", "^AA",   "Upp",    "xx",    "^1",
		                             "^",   "Ctrl-", "Ctrl-1", "Alt-x", "\x80",
		                             " ",   "\x7f",  "F" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (strlen(wrong[i]) != 1 || (*wrong[i] != '^' && *wrong[i] != 'F'))
			assert_int_equal(code(wrong[i]), -1);
}

/* What a key is called is what it is found by. */
static void test_names_of_codes(void **state)
{
	(void)state;
	for (int i = 1; i < 0x7f; i++) {
		char name[KEY_NAME_MAX];
		if (i == '\n' || (i > 27 && i < ' '))
			continue;
		size_t len = keys_name(i, name);
		assert_int_equal(len, strlen(name));
		assert_int_equal(code(name), i);
	}
	for (int i = 1; i <= 12; i++) {
		char name[KEY_NAME_MAX];
		keys_name(KEY_F(i), name);
		assert_int_equal(code(name), KEY_F(i));
	}
}

/* Is there a screen on which this key does what the row says? */
static bool reached(const struct key_row *row, int key)
{
	for (unsigned kind = 1; kind & SCREEN_ANY; kind <<= 1)
		if (row->where & kind && keys_action(&keys, key, kind) == row->action)
			return true;
	return false;
}

static void test_rows(void **state)
{
	const struct key_row *row;
	size_t n = 0;
	(void)state;
	for (; (row = keys_row(n)); n++) {
		const char *text = row->keys;
		unsigned count = 0;
		assert_true(row->where && (row->where & ~(unsigned)SCREEN_ANY) == 0);
		assert_true(*row->name && *row->help && row->action != ACTION_NONE);
		while (*text) {
			size_t len = strcspn(text, " ");
			int key = keys_code((struct slice){ text, len });
			if (key == -1 || !reached(row, key))
				fail_msg("%s: the key %.*s does nothing", row->name,
				         (int)len, text);
			text += len + (text[len] == ' ');
			count++;
		}
		assert_in_range(count, 1, KEYS_MAX);
	}
	assert_null(keys_row(n + 1));
}

/* Rows of one name have the same keys: a binding is of a name. And nothing is lost. */
static void test_rows_of_a_name(void **state)
{
	const struct key_row *a, *b;
	unsigned where;
	(void)state;
	for (size_t i = 0; (a = keys_row(i)); i++)
		for (size_t k = 0; (b = keys_row(k)); k++)
			if (strcmp(a->name, b->name) == 0)
				assert_string_equal(a->keys, b->keys);
	assert_null(keys_lost(&keys, 0, &where));
}

static void expect_keys(const char *name, unsigned where, const char *want)
{
	const struct key_row *row;
	for (size_t i = 0; (row = keys_row(i)); i++) {
		int codes[KEYS_EACH];
		char text[KEYS_EACH * KEY_NAME_MAX] = "";
		size_t len = 0;
		if (strcmp(row->name, name) != 0 || !(row->where & where))
			continue;
		unsigned n = keys_of_row(&keys, i, where, codes);
		for (unsigned k = 0; k < n; k++) {
			if (k)
				text[len++] = ' ';
			len += keys_name(codes[k], text + len);
		}
		assert_string_equal(text, want);
		return;
	}
	fail();
}

static void test_bind(void **state)
{
	unsigned where;
	(void)state;
	assert_int_equal(bind("stats", "^X f4"), KEYS_OK);
	assert_int_equal(keys_action(&keys, 24, SCREEN_LIST), ACTION_STATS);
	assert_int_equal(keys_action(&keys, 'i', SCREEN_LIST), ACTION_NONE);
	/* taken on the same screens only */
	assert_int_equal(keys_action(&keys, KEY_F(4), SCREEN_LIST), ACTION_STATS);
	assert_int_equal(keys_action(&keys, KEY_F(4), SCREEN_FLOW), ACTION_EXTENDED);
	expect_keys("stats", SCREEN_LIST, "^X F4");
	expect_keys("flowex", SCREEN_LIST, "x");
	expect_keys("flowex", SCREEN_FLOW, "F4 x");
	assert_null(keys_lost(&keys, 0, &where));
	/* the newest one counts */
	assert_int_equal(bind("save", "^X"), KEYS_OK);
	assert_int_equal(keys_action(&keys, 24, SCREEN_LIST), ACTION_SAVE);
	expect_keys("stats", SCREEN_LIST, "F4");
	/* and all rows of a name change, in their order */
	assert_int_equal(bind("prevscreen", "B"), KEYS_OK);
	for (unsigned kind = 1; kind & SCREEN_ANY; kind <<= 1) {
		assert_int_equal(keys_action(&keys, 'B', kind), ACTION_BACK);
		assert_int_equal(keys_action(&keys, 27, kind), ACTION_NONE);
	}
	expect_keys("prevscreen", SCREEN_LIST, "B");
}

static void test_unbind(void **state)
{
	unsigned where;
	(void)state;
	assert_int_equal(bind("pause", ""), KEYS_OK);
	assert_int_equal(keys_action(&keys, 'p', SCREEN_LIST), ACTION_NONE);
	assert_null(keys_lost(&keys, 0, &where)); /* it was wanted */
	assert_int_equal(bind("pause", "p p  p"), KEYS_OK);
	expect_keys("pause", SCREEN_LIST, "p");
}

static void test_lost(void **state)
{
	unsigned where = 0;
	(void)state;
	assert_int_equal(bind("stats", "p"), KEYS_OK);
	assert_string_equal(keys_lost(&keys, 0, &where), "pause");
	assert_int_equal(where, SCREEN_LIST);
	assert_null(keys_lost(&keys, 1, &where));
	assert_int_equal(bind("stats", "p Up k"), KEYS_OK);
	assert_string_equal(keys_lost(&keys, 0, &where), "up");
	assert_string_equal(keys_screen_name(where), "the call list");
	assert_string_equal(keys_lost(&keys, 1, &where), "pause");
	assert_null(keys_lost(&keys, 2, &where));
}

static void test_wrong_bindings(void **state)
{
	struct slice wrong;
	struct keys before = keys;
	(void)state;
	assert_int_equal(keys_bind(&keys, SLICE("nope"), SLICE("x"), &wrong),
	                 KEYS_NO_ACTION);
	assert_true(slice_eq(wrong, SLICE("nope")));
	assert_int_equal(keys_bind(&keys, SLICE("save"), SLICE("x Foo"), &wrong),
	                 KEYS_NO_KEY);
	assert_true(slice_eq(wrong, SLICE("Foo")));
	assert_int_equal(keys_bind(&keys, SLICE("save"), SLICE("^C"), &wrong),
	                 KEYS_RESERVED);
	assert_int_equal(keys_bind(&keys, SLICE("save"), SLICE("Ctrl-z"), &wrong),
	                 KEYS_RESERVED);
	assert_int_equal(keys_bind(&keys, SLICE("save"), SLICE("1 2 3 4 5 6"), &wrong),
	                 KEYS_TOO_MANY);
	assert_true(slice_eq(wrong, SLICE("6")));
	assert_int_equal(bind("save", "1 2 3 4 5 1"), KEYS_OK);
	bind("save", "F2 s S");
	assert_memory_equal(&before.rows[0], &keys.rows[0], sizeof(keys.rows[0]));
	expect_keys("save", SCREEN_LIST, "F2 s S");
	/* a file may bind more often than orders can be counted */
	for (unsigned i = 0; i < 70000; i++)
		assert_int_equal(bind("save", "x"), KEYS_OK);
	assert_int_equal(keys_action(&keys, 'x', SCREEN_LIST), ACTION_SAVE);
}

static void test_action_names(void **state)
{
	unsigned n = 0;
	(void)state;
	for (; keys_action_name(n); n++)
		for (unsigned k = 0; k < n; k++)
			assert_string_not_equal(keys_action_name(n), keys_action_name(k));
	assert_in_range(n, 40, KEYS_ROWS_MAX);
}

/* On every screen: help, and the way back. */
static void test_everywhere(void **state)
{
	(void)state;
	for (unsigned kind = 1; kind & SCREEN_ANY; kind <<= 1) {
		assert_int_equal(keys_action(&keys, KEY_F(1), kind), ACTION_HELP);
		assert_int_equal(keys_action(&keys, 27, kind), ACTION_BACK);
		assert_int_equal(keys_action(&keys, KEY_UP, kind), ACTION_UP);
	}
}

/* Enter has three codes. */
static void test_enter(void **state)
{
	(void)state;
	assert_int_equal(keys_action(&keys, '\r', SCREEN_LIST), ACTION_SHOW);
	assert_int_equal(keys_action(&keys, '\n', SCREEN_LIST), ACTION_SHOW);
	assert_int_equal(keys_action(&keys, KEY_ENTER, SCREEN_LIST), ACTION_SHOW);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(keys_action(&keys, 0, SCREEN_ANY), ACTION_NONE);
	assert_int_equal(keys_action(&keys, -1, SCREEN_ANY), ACTION_NONE);
	assert_int_equal(keys_action(&keys, 0x20ac, SCREEN_ANY), ACTION_NONE);
	assert_int_equal(keys_action(&keys, KEY_MAX, SCREEN_ANY), ACTION_NONE);
	assert_int_equal(keys_action(&keys, KEY_UP, 0), ACTION_NONE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(test_names),          TEST(test_names_of_codes),
		TEST(test_rows),           TEST(test_rows_of_a_name),
		TEST(test_everywhere),     TEST(test_enter),
		TEST(test_nothing),        TEST(test_bind),
		TEST(test_unbind),         TEST(test_lost),
		TEST(test_wrong_bindings), TEST(test_action_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
