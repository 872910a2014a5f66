/* SPDX-License-Identifier: MIT */
/* Looks as text, and whether the themes can be read: contrast as WCAG 2.1 defines it,
 * on terminals with 256, 16 and 8 colours. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tui/theme.h"

/* WCAG 1.4.3: 4.5 for text, 3 for large text. With 8 or 16 colours there is little to
 * choose from. */
#define CONTRAST     4.5
#define CONTRAST_FEW 3.0

static void reads(const char *text, int color, int behind, unsigned attributes)
{
	struct look look;
	struct slice wrong;
	if (!look_parse(slice_of(text), &look, &wrong))
		fail_msg("\"%s\": %.*s", text, (int)wrong.len, wrong.p);
	assert_int_equal(look.color, color);
	assert_int_equal(look.behind, behind);
	assert_int_equal(look.attributes, attributes);
	char again[LOOK_TEXT_MAX];
	struct look same;
	size_t len = look_text(&look, again);
	assert_int_equal(len, strlen(again));
	assert_true(look_parse(slice_of(again), &same, &wrong));
	assert_memory_equal(&look.color, &same.color, sizeof(look.color));
	assert_int_equal(look.behind, same.behind);
	assert_int_equal(look.attributes, same.attributes);
}

static void refuses(const char *text, const char *word)
{
	struct look look;
	struct slice wrong;
	assert_false(look_parse(slice_of(text), &look, &wrong));
	assert_true(slice_eq(wrong, slice_of(word)));
}

static void looks_are_text(void **state)
{
	(void)state;
	reads("", -1, -1, 0);
	reads("default", -1, -1, 0);
	reads("red", 1, -1, 0);
	reads("  Red  BOLD\t", 1, -1, LOOK_BOLD);
	reads("bold red", 1, -1, LOOK_BOLD);
	reads("bright-blue on 231", 12, 231, 0);
	reads("0 on 255 underline reverse dim", 0, 255,
	      LOOK_UNDERLINE | LOOK_REVERSE | LOOK_DIM);
	reads("on green", -1, 2, 0);
	reads("cyan on default", 6, -1, 0);
	refuses("256", "256");
	refuses("-1", "-1");
	refuses("redd", "redd");
	refuses("bright-1", "bright-1");
	refuses("red on", "");
	refuses("on bold", "bold");
	refuses("99999999999999999999", "99999999999999999999");
}

/* All of theme.def can be read, and each style has a name of its own. */
static void themes_are_whole(void **state)
{
	(void)state;
	static const char *const looks[][THEME_BASE_COUNT] = {
#define STYLE(id, name, help, plain, light, dark, mono) { plain, light, dark, mono },
#include "tui/theme.def"
#undef STYLE
	};
	struct look look;
	struct slice wrong;
	assert_int_equal(sizeof(looks) / sizeof(*looks), CELL_STYLE_COUNT);
	for (unsigned s = 0; s < CELL_STYLE_COUNT; s++) {
		for (unsigned t = 0; t < THEME_BASE_COUNT; t++)
			assert_true(look_parse(slice_of(looks[s][t]), &look, &wrong));
		assert_int_equal(
			theme_style_find(slice_of(theme_style_name((enum cell_style)s))),
			s);
		assert_true(*theme_style_help((enum cell_style)s));
		/* mono has no colours */
		look = theme_base_look(THEME_MONO, (enum cell_style)s);
		assert_int_equal(look.color, LOOK_NONE);
		assert_int_equal(look.behind, LOOK_NONE);
	}
	assert_int_equal(theme_style_find(SLICE("nothing")), CELL_STYLE_COUNT);
}

static double luminance(int color)
{
	static const double part[3] = { 0.2126, 0.7152, 0.0722 };
	uint8_t rgb[3];
	double sum = 0;
	theme_rgb(color, rgb);
	for (unsigned i = 0; i < 3; i++) {
		double c = rgb[i] / 255.0;
		sum += part[i] *
		       (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static double contrast(int a, int b)
{
	double x = luminance(a), y = luminance(b);
	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

static void themes_can_be_read(void **state)
{
	static const unsigned counts[] = { 256, 88, 16, 8 };
	(void)state;
	assert_true(contrast(3, 7) < CONTRAST_FEW); /* yellow on white: it does measure */
	assert_true(contrast(4, 0) < CONTRAST_FEW); /* blue on black */
	for (unsigned t = THEME_LIGHT; t <= THEME_DARK; t++) {
		const struct theme theme = { .base = (enum theme_base)t };
		for (unsigned k = 0; k < sizeof(counts) / sizeof(*counts); k++)
			for (unsigned s = 0; s < CELL_STYLE_COUNT; s++) {
				struct look look =
					theme_look(&theme, (enum cell_style)s, true);
				double c = contrast(theme_color(look.color, counts[k]),
				                    theme_color(look.behind, counts[k]));
				if (c < (counts[k] == 256 ? CONTRAST : CONTRAST_FEW))
					fail_msg("theme %u, %s, %u colours: %.2f", t,
					         theme_style_name((enum cell_style)s),
					         counts[k], c);
			}
	}
}

static void fewer_colours_are_the_nearest(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++)
		assert_int_equal(theme_color(i, 8), i);
	for (int i = 0; i < 256; i++) {
		assert_int_equal(theme_color(i, 256), i);
		assert_in_range(theme_color(i, 16), 0, 15);
		assert_in_range(theme_color(i, 8), 0, 7);
		assert_int_equal(theme_color(i, 0), theme_color(i, 8));
	}
	assert_int_equal(theme_color(LOOK_NONE, 8), LOOK_NONE);
	assert_int_equal(theme_color(9, 8), 1);
	assert_int_equal(theme_color(196, 16), 9);
	assert_int_equal(theme_color(231, 16), 15);
	assert_int_equal(theme_color(16, 16), 0);
	assert_int_equal(theme_color(46, 8), 2);
}

static void user_changes_styles(void **state)
{
	struct theme theme = { .base = THEME_DARK };
	(void)state;
	theme.is_changed[CELL_REQUEST] = true;
	theme.changed[CELL_REQUEST] = (struct look){ 5, LOOK_NONE, LOOK_UNDERLINE };
	struct look look = theme_look(&theme, CELL_REQUEST, true);
	assert_int_equal(look.color, 5);
	assert_int_equal(look.behind, 16); /* of plain text */
	assert_int_equal(look.attributes, LOOK_UNDERLINE);
	look = theme_look(&theme, CELL_REQUEST, false);
	assert_int_equal(look.color, LOOK_NONE);
	assert_int_equal(look.behind, LOOK_NONE);
	assert_int_equal(look.attributes, LOOK_UNDERLINE);
	look = theme_look(&theme, CELL_MARKED, false);
	assert_int_equal(look.attributes, LOOK_BOLD | LOOK_UNDERLINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_are_text),
		cmocka_unit_test(themes_are_whole),
		cmocka_unit_test(themes_can_be_read),
		cmocka_unit_test(fewer_colours_are_the_nearest),
		cmocka_unit_test(user_changes_styles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
