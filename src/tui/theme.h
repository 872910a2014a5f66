/* SPDX-License-Identifier: MIT */
/* tui/theme.h - what kinds of text look like: themes, and what the user changes of them.
 * No terminal here. */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "view/cells.h"

enum theme_base {
	THEME_DEFAULT, /* colours of the terminal, on its own background */
	THEME_LIGHT,   /* dark on white */
	THEME_DARK,    /* light on black */
	THEME_MONO,    /* no colours */
	THEME_BASE_COUNT
};

enum look_attribute {
	LOOK_BOLD = 1 << 0,
	LOOK_UNDERLINE = 1 << 1,
	LOOK_REVERSE = 1 << 2,
	LOOK_DIM = 1 << 3
};

#define LOOK_COLORS   256
#define LOOK_NONE     (-1) /* the colour of plain text, or of the terminal */
#define LOOK_TEXT_MAX 80   /* bytes of a look as text, NUL included */

struct look {
	int16_t color, behind; /* 0 to 255, or LOOK_NONE */
	uint8_t attributes;    /* of enum look_attribute */
};

struct theme {
	enum theme_base base;
	bool is_changed[CELL_STYLE_COUNT];
	struct look changed[CELL_STYLE_COUNT]; /* in the place of those of the base */
};

/* The look that text (theme.def says how) describes. False: *wrong is a word that it
 * cannot have, or that is missing behind `on` (then it is empty). */
bool look_parse(struct slice text, struct look *out, struct slice *wrong);

/* As look_parse takes it. Returns the length. */
size_t look_text(const struct look *look, char out[LOOK_TEXT_MAX]);

/* The n-th colour by name, or the n-th attribute; NULL behind the last. */
const char *look_word(unsigned n);

const char *theme_style_name(enum cell_style style);
const char *theme_style_help(enum cell_style style);
/* CELL_STYLE_COUNT: none has this name. */
enum cell_style theme_style_find(struct slice name);

/* What a style looks like, with the colours of plain text where it has none. Without
 * colours: none. */
struct look theme_look(const struct theme *theme, enum cell_style style, bool colors);

/* Of the base alone, as theme.def has it. */
struct look theme_base_look(enum theme_base base, enum cell_style style);

/* The colour that is nearest, of the first `colors` ones (8, 16 or 256): for terminals
 * with fewer than 256. LOOK_NONE stays. */
int theme_color(int color, unsigned colors);

/* Red, green and blue of a colour, 0 to 255 each, as xterm has them. */
void theme_rgb(int color, uint8_t rgb[3]);

#endif
