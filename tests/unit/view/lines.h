/* SPDX-License-Identifier: MIT */
/* tests/unit/view/lines.h - a drawn ladder as text, every line of it checked. */
#ifndef TESTS_UNIT_VIEW_LINES_H
#define TESTS_UNIT_VIEW_LINES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/utf8.h"
#include "view/ladder_draw.h"

#define LINES_MAX 16384 /* bytes of the largest ladder of these tests */

struct lines {
	size_t len;
	char   text[LINES_MAX];
};

/* What must hold for any line, whatever was captured. */
static inline void lines_check(const struct cells *line, bool utf8)
{
	unsigned columns = 0;
	for (unsigned i = 0; i < line->width; i++) {
		const struct cell *cell = &line->cells[i];
		assert_true(cell->width <= 2);
		columns += cell->width;
		if (cell->width == 0) { /* the right half of a wide character */
			assert_true(i > 0 && line->cells[i - 1].width == 2);
			assert_int_equal(cell->points[0], 0);
			continue;
		}
		assert_int_equal(utf8_width(cell->points[0]), cell->width);
		for (unsigned j = 0; j < CELL_POINTS && cell->points[j]; j++) {
			assert_true(utf8_is_printable(cell->points[j]));
			assert_true(utf8 || cell->points[j] < 0x7f);
			assert_true(j == 0 || utf8_width(cell->points[j]) == 0);
		}
	}
	assert_int_equal(columns, line->width);
}

/* The line without the spaces at its end. */
static inline void lines_add(struct lines *lines, const struct cells *line)
{
	for (unsigned i = 0; i < cells_used(line); i++) {
		char text[CELL_UTF8_MAX];
		size_t len = cell_utf8(&line->cells[i], text);
		assert_true(len < sizeof(lines->text) - lines->len - 2);
		memcpy(lines->text + lines->len, text, len);
		lines->len += len;
	}
	lines->text[lines->len++] = '\n';
	lines->text[lines->len] = '\0';
}

static inline void lines_draw_as(struct lines *lines, const struct ladder *ladder,
                                 unsigned width, bool utf8,
                                 const struct ladder_look *look)
{
	struct cell cells[LADDER_WIDTH_MAX];
	struct ladder_layout layout;
	ladder_lay_out_as(&layout, ladder, width, utf8, look);
	assert_true(layout.width <= width || width < LADDER_WIDTH_MIN || look->wide);
	assert_true(layout.width <= LADDER_WIDTH_MAX);
	struct cells line = { cells, layout.width };
	*lines = (struct lines){ 0 };
	for (uint64_t i = 0; i < ladder_lines(&layout); i++) {
		ladder_draw(&layout, i, &line);
		lines_check(&line, utf8);
		lines_add(lines, &line);
	}
}

static inline void lines_draw(struct lines *lines, const struct ladder *ladder,
                              unsigned width, bool utf8)
{
	static const struct ladder_look plain = { 0 };
	lines_draw_as(lines, ladder, width, utf8, &plain);
}

#endif
