/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/theme.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *help, *looks[THEME_BASE_COUNT];
} styles[CELL_STYLE_COUNT] = {
#define STYLE(id, name, help, plain, light, dark, mono)                                  \
	[CELL_##id] = { name, help, { plain, light, dark, mono } },
#include "tui/theme.def"
#undef STYLE
};

static const char *const colors[] = { "black", "red",     "green", "yellow",
	                              "blue",  "magenta", "cyan",  "white" };
static const char *const attributes[] = { "bold", "underline", "reverse", "dim" };

#define COLORS_NAMED 8
#define ATTRIBUTES   4
#define BRIGHT       "bright-"

const char *look_word(unsigned n)
{
	if (n < COLORS_NAMED)
		return colors[n];
	n -= COLORS_NAMED;
	return n < ATTRIBUTES ? attributes[n] : NULL;
}

/* --- looks as text */

static bool is_word(struct slice text, const char *word)
{
	return slice_ieq(text, slice_of(word));
}

static bool parse_color(struct slice word, int16_t *out)
{
	uint64_t n;
	bool bright = slice_istarts(word, SLICE(BRIGHT));
	if (!bright && slice_uint(word, &n) && n < LOOK_COLORS) {
		*out = (int16_t)n;
		return true;
	}
	if (is_word(word, "default")) {
		*out = LOOK_NONE;
		return true;
	}
	if (bright)
		word = slice_skip(word, sizeof(BRIGHT) - 1);
	for (int16_t i = 0; i < COLORS_NAMED; i++)
		if (is_word(word, colors[i])) {
			*out = (int16_t)(i + (bright ? COLORS_NAMED : 0));
			return true;
		}
	return false;
}

static bool parse_attribute(struct slice word, uint8_t *out)
{
	for (unsigned i = 0; i < ATTRIBUTES; i++)
		if (is_word(word, attributes[i])) {
			*out |= (uint8_t)(1U << i);
			return true;
		}
	return false;
}

bool look_parse(struct slice text, struct look *out, struct slice *wrong)
{
	*out = (struct look){ LOOK_NONE, LOOK_NONE, 0 };
	while ((*wrong = slice_word(&text)).len) {
		bool behind = is_word(*wrong, "on");
		if (!behind && parse_attribute(*wrong, &out->attributes))
			continue;
		if (behind)
			*wrong = slice_word(&text);
		if (!parse_color(*wrong, behind ? &out->behind : &out->color))
			return false;
	}
	return true;
}

static size_t put(char out[LOOK_TEXT_MAX], size_t len, const char *before,
                  const char *word)
{
	int n = snprintf(out + len, LOOK_TEXT_MAX - len, "%s%s%s", len ? " " : "", before,
	                 word);
	return len + (size_t)n;
}

static size_t put_color(char out[LOOK_TEXT_MAX], size_t len, const char *before, int n)
{
	char number[8];
	if (n < COLORS_NAMED)
		return put(out, len, before, colors[n]);
	snprintf(number, sizeof(number), "%d", n);
	return put(out, len, before, number);
}

size_t look_text(const struct look *look, char out[LOOK_TEXT_MAX])
{
	size_t len = 0;
	*out = '\0';
	if (look->color != LOOK_NONE)
		len = put_color(out, len, "", look->color);
	if (look->behind != LOOK_NONE)
		len = put_color(out, len, "on ", look->behind);
	for (unsigned i = 0; i < ATTRIBUTES; i++)
		if (look->attributes & 1U << i)
			len = put(out, len, "", attributes[i]);
	return len ? len : put(out, len, "", "default");
}

/* --- styles */

const char *theme_style_name(enum cell_style style)
{
	return styles[style].name;
}

const char *theme_style_help(enum cell_style style)
{
	return styles[style].help;
}

enum cell_style theme_style_find(struct slice name)
{
	unsigned i = 0;
	while (i < CELL_STYLE_COUNT && !is_word(name, styles[i].name))
		i++;
	return (enum cell_style)i;
}

struct look theme_base_look(enum theme_base base, enum cell_style style)
{
	struct look look;
	struct slice wrong;
	const char *text = styles[style].looks[base];
	(void)look_parse(slice_of(text), &look, &wrong);
	return look;
}

static struct look own_look(const struct theme *theme, enum cell_style style, bool color)
{
	if (theme->is_changed[style])
		return theme->changed[style];
	return theme_base_look(color ? theme->base : THEME_MONO, style);
}

struct look theme_look(const struct theme *theme, enum cell_style style, bool color)
{
	struct look look = own_look(theme, style, color);
	struct look plain = own_look(theme, CELL_PLAIN, color);
	if (!color) {
		look.color = look.behind = LOOK_NONE;
		return look;
	}
	if (look.color == LOOK_NONE)
		look.color = plain.color;
	if (look.behind == LOOK_NONE)
		look.behind = plain.behind;
	return look;
}

/* --- fewer colours */

#define CUBE  16  /* 6 x 6 x 6 colours */
#define GREYS 232 /* 24 of them, without black and white */

void theme_rgb(int color, uint8_t rgb[3])
{
	static const uint8_t system[16][3] = {
		{ 0, 0, 0 },       { 205, 0, 0 },   { 0, 205, 0 },   { 205, 205, 0 },
		{ 0, 0, 238 },     { 205, 0, 205 }, { 0, 205, 205 }, { 229, 229, 229 },
		{ 127, 127, 127 }, { 255, 0, 0 },   { 0, 255, 0 },   { 255, 255, 0 },
		{ 92, 92, 255 },   { 255, 0, 255 }, { 0, 255, 255 }, { 255, 255, 255 }
	};
	static const uint8_t steps[6] = { 0, 95, 135, 175, 215, 255 };
	unsigned n = (unsigned)color;
	if (n < CUBE) {
		memcpy(rgb, system[n], 3);
	} else if (n >= GREYS) {
		memset(rgb, (int)(8 + 10 * (n - GREYS)), 3);
	} else {
		rgb[0] = steps[(n - CUBE) / 36];
		rgb[1] = steps[(n - CUBE) / 6 % 6];
		rgb[2] = steps[(n - CUBE) % 6];
	}
}

int theme_color(int color, unsigned count)
{
	uint8_t want[3];
	int best = 0;
	unsigned least = UINT32_MAX;
	count = count >= LOOK_COLORS ? LOOK_COLORS : count >= 16 ? 16 : COLORS_NAMED;
	if (color < (int)count)
		return color;
	theme_rgb(color, want);
	for (int i = 0; i < (int)count; i++) {
		uint8_t rgb[3];
		unsigned distance = 0;
		theme_rgb(i, rgb);
		for (unsigned k = 0; k < 3; k++) {
			int d = rgb[k] - want[k];
			distance += (unsigned)(d * d);
		}
		if (distance < least) {
			least = distance;
			best = i;
		}
	}
	return best;
}
