/* SPDX-License-Identifier: MIT */
/* The rows of setting.def, and what is said about what they cannot be. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tui/screen.h"
#include "tui/setup.h"

static struct mem mem;
static struct setup setup;

static int begin(void **state)
{
	(void)state;
	mem_init(&mem, 8U << 20);
	setup_init(&setup, &mem);
	return 0;
}

static int end(void **state)
{
	(void)state;
	setup_clear(&setup);
	assert_int_equal(mem.used, 0);
	return 0;
}

static void is(enum setting setting, const char *want)
{
	assert_true(slice_eq(setup_text(&setup, setting), slice_of(want)));
}

static void sets(enum setting setting, const char *text, const char *want)
{
	char why[SETUP_WHY_MAX];
	if (!setup_set(&setup, setting, slice_of(text), why))
		fail_msg("\"%s\": %s", text, why);
	is(setting, want);
}

static void refuses(enum setting setting, const char *text, const char *want)
{
	char why[SETUP_WHY_MAX] = "";
	struct slice before = setup_text(&setup, setting);
	assert_false(setup_set(&setup, setting, slice_of(text), why));
	assert_string_equal(why, want);
	assert_true(slice_eq(setup_text(&setup, setting), before));
}

static void rows_are_whole(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		const struct setting_row *row = setting_row((enum setting)i);
		assert_int_equal(setting_find(slice_of(row->name)), i);
		assert_true(*row->label && *row->help);
		is((enum setting)i, row->value);
		/* each value is taken, as it is written */
		for (unsigned n = 0; n < setup_values((enum setting)i); n++) {
			char text[32], why[SETUP_WHY_MAX];
			struct slice value = setup_value((enum setting)i, n);
			snprintf(text, sizeof(text), "%.*s", (int)value.len, value.p);
			assert_true(setup_set(&setup, (enum setting)i, value, why));
			is((enum setting)i, text);
			assert_int_equal(setup.number[i], n);
		}
	}
	assert_int_equal(setting_find(SLICE("")), SETTING_COUNT);
	/* as many values as the enums that they stand for */
	assert_int_equal(setup_values(SETTING_THEME), THEME_BASE_COUNT);
	assert_int_equal(setup_values(SETTING_FLOW_COLORS), LADDER_COLORS_COUNT);
	assert_int_equal(setup_values(SETTING_TIMES), LADDER_TIMES_COUNT);
	assert_int_equal(setup_values(SETTING_SDP), FLOW_SDP_COUNT);
	assert_int_equal(setup_values(SETTING_FOLD), FLOW_FOLD_COUNT);
	assert_int_equal(setup_values(SETTING_ONLY), FLOW_ONLY_SDP + 1);
	assert_int_equal(setup_values(SETTING_SORT), 0);
}

static void values_are_read(void **state)
{
	(void)state;
	sets(SETTING_COLORS, "no", "no");
	sets(SETTING_COLORS, "On", "yes");
	sets(SETTING_COLORS, " 0 ", "no");
	sets(SETTING_THEME, "DARK", "dark");
	assert_int_equal(setup.theme.base, THEME_DARK);
	sets(SETTING_ALIAS_PORT, "yes", "yes");
	assert_true(setup.aliases.with_port);
	sets(SETTING_SORT, "header:X-Account", "header:X-Account");
	sets(SETTING_FILTER, "state == failed", "state == failed");
	sets(SETTING_FILTER, "", "");
	sets(SETTING_SAVE_PATH, "a b", "a b");
}

static void wrong_values_are_told(void **state)
{
	char longest[SETUP_TEXT_MAX + 1];
	(void)state;
	refuses(SETTING_COLORS, "maybe", "colors cannot be 'maybe'; write yes or no");
	refuses(SETTING_COLORS, "", "colors cannot be ''; write yes or no");
	refuses(SETTING_THEME, "blue",
	        "theme cannot be 'blue'; write one of default, light, dark, mono");
	refuses(SETTING_SORT, "sipfrm",
	        "there is no column 'sipfrm'; do you mean 'sipfrom'?");
	refuses(SETTING_SORT, "zzzzzzzzz",
	        "there is no column 'zzzzzzzzz'; F10 on the screen lists them, and "
	        "header:NAME is any header field");
	refuses(SETTING_FILTER, "stat == failed",
	        "column 1 of the filter: there is no field 'stat'; do you mean 'state'?");
	refuses(SETTING_THEME, "\x1b[31m\xff",
	        "theme cannot be '\\x1b[31m\\xff'; write one of default, light, dark, "
	        "mono");
	refuses(SETTING_SAVE_PATH, "a\x1b",
	        "save_path has bytes that are no printable UTF-8; write it anew");
	refuses(SETTING_SAVE_PATH, "a ; b",
	        "save_path has a semicolon behind a space, which begins a comment; write "
	        "it otherwise");
	sets(SETTING_SAVE_PATH, "a;b", "a;b");
	memset(longest, 'x', sizeof(longest));
	longest[SETUP_TEXT_MAX] = '\0';
	refuses(SETTING_SAVE_PATH, longest,
	        "save_path is too long; write at most 159 bytes");
	sets(SETTING_SAVE_PATH, longest + 1, longest + 1);
}

static void says(bool (*set)(struct setup *, struct slice, struct slice, char *),
                 const char *name, const char *text, const char *want)
{
	char why[SETUP_WHY_MAX] = "";
	bool ok = set(&setup, slice_of(name), slice_of(text), why);
	assert_string_equal(why, want);
	assert_int_equal(ok, !*want);
}

static void the_others_are_told(void **state)
{
	(void)state;
	says(setup_keys, "pause", "^X", "");
	says(setup_keys, "paus", "x", "there is no action 'paus'; do you mean 'pause'?");
	says(setup_keys, "pause", "Fn1",
	     "there is no key 'Fn1'; write a character, ^A, F1, Enter, Space, Up and the "
	     "like");
	says(setup_keys, "pause", "^Z",
	     "the key '^Z' leaves or stops the program; take another");
	says(setup_keys, "pause", "1 2 3 4 5 6", "more than 5 keys; leave '6' out");
	says(setup_style, "request", "blue bold", "");
	says(setup_style, "requets", "blue",
	     "there is no style 'requets'; do you mean 'request'?");
	says(setup_style, "request", "boldd",
	     "there is no colour or attribute 'boldd'; do you mean 'bold'?");
	says(setup_style, "request", "red on", "'on' has no colour behind it; write one");
	says(setup_alias, "10.0.0.1", "sbc", "");
	says(setup_alias, "10.0.0.x", "sbc",
	     "'10.0.0.x' is no address; write ADDRESS, ADDRESS:PORT or ADDRESS/LENGTH");
	says(setup_alias, "10.0.0.2", "",
	     "the name is empty or too long; write 1 to 40 "
	     "bytes");
	says(setup_alias, "10.0.0.2", "\xff",
	     "the name has bytes that are no printable UTF-8; write it anew");
	says(setup_alias, "10.0.0.2", "a\x1b[31m",
	     "the name has bytes that are no printable UTF-8; write it anew");
	says(setup_alias, "10.0.0.2", "b\xc3\xb6rse", "");
}

/* What is wrong is told as it is where no more names have room, too. */
static void names_have_a_limit(void **state)
{
	char why[SETUP_WHY_MAX], text[32];
	(void)state;
	for (unsigned i = 0; setup.aliases.count < ALIASES_MAX; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", i / 256, i % 256);
		assert_true(setup_alias(&setup, slice_of(text), SLICE("x"), why));
	}
	says(setup_alias, "10.9.9.9", "x", "more than 4096 names; leave some out");
	says(setup_alias, "10.9.9.9", "",
	     "the name is empty or too long; write 1 to 40 bytes");
	says(setup_alias, "10.0.0.1", "y", "");
}

static void columns_are_added(void **state)
{
	char why[SETUP_WHY_MAX] = "", text[32];
	unsigned n = 0;
	(void)state;
	setup.ncolumns = 0;
	assert_true(setup_add_columns(&setup, SLICE("index  sipto index"), why));
	assert_int_equal(setup.ncolumns, 2);
	assert_int_equal(setup.columns[1].column, COLUMN_TO);
	assert_false(setup_add_columns(&setup, SLICE("src dsst"), why));
	assert_string_equal(why, "there is no column 'dsst'; do you mean 'dst'?");
	assert_int_equal(setup.ncolumns, 3);
	while (setup.ncolumns < SETUP_COLUMNS) {
		snprintf(text, sizeof(text), "header:X-%u", n++);
		assert_true(setup_add_columns(&setup, slice_of(text), why));
	}
	assert_false(setup_add_columns(&setup, SLICE("state"), why));
	assert_string_equal(why, "there are more than 40 columns; leave 'state' out");
}

static void without_memory(void **state)
{
	char why[SETUP_WHY_MAX];
	(void)state;
	for (uint64_t n = 1; n < 20; n++) {
		mem.fail_at = mem.taken + n;
		if (setup_alias(&setup, SLICE("10.9.9.9"), SLICE("x"), why) &&
		    setup_set(&setup, SETTING_FILTER, SLICE("status == 486"), why))
			return;
		assert_true(strstr(why, "memory") || strstr(why, "too large"));
	}
	fail();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(rows_are_whole),        TEST(values_are_read),
		TEST(wrong_values_are_told), TEST(the_others_are_told),
		TEST(columns_are_added),     TEST(without_memory),
		TEST(names_have_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
