/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/cells.h"

#include <limits.h>

#include "base/safe.h"
#include "base/utf8.h"

#define ELLIPSIS 0x2026

_Static_assert(CELL_POINTS == 1 + SAFE_MARKS_MAX, "a cell holds what safe_text lets by");

void cells_blank(struct cells *line)
{
	for (unsigned i = 0; i < line->width; i++)
		line->cells[i] = (struct cell){ .points = { ' ' }, .width = 1 };
}

void cells_put(struct cells *line, unsigned at, uint32_t point, enum cell_style style)
{
	if (at < line->width)
		line->cells[at] = (struct cell){ { point }, 1, (uint8_t)style };
}

/* Where text goes next. Measuring and writing take the same steps, so that they
 * cannot disagree. */
struct pen {
	struct cells   *line;  /* NULL: only measure */
	unsigned        at;
	unsigned        end;   /* column that must not be written */
	unsigned        base;  /* column of the newest character, for marks */
	unsigned        marks; /* on it */
	enum cell_style style;
};

/* False when the character does not fit; nothing has changed then. */
static bool pen_put(struct pen *pen, uint32_t point, unsigned width)
{
	if (width > pen->end - pen->at)
		return false;
	if (pen->line) {
		cells_put(pen->line, pen->at, point, pen->style);
		pen->line->cells[pen->at].width = (uint8_t)width;
		if (width == 2)
			pen->line->cells[pen->at + 1] =
				(struct cell){ .style = (uint8_t)pen->style };
	}
	pen->base = pen->at;
	pen->marks = 0;
	pen->at += width;
	return true;
}

static bool pen_ascii(struct pen *pen, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!pen_put(pen, (unsigned char)text[i], 1))
			return false;
	return true;
}

/* A combining mark goes on the character before it. */
static void pen_mark(struct pen *pen, uint32_t point)
{
	pen->marks++;
	if (pen->line && pen->marks < CELL_POINTS)
		pen->line->cells[pen->base].points[pen->marks] = point;
}

/* The plain part of a step of base/safe.h. */
static bool pen_plain(struct pen *pen, struct slice s)
{
	while (s.len) {
		size_t len;
		uint32_t point = utf8_next(s, &len);
		unsigned width = utf8_width(point);
		if (width == 0)
			pen_mark(pen, point);
		else if (!pen_put(pen, point, width))
			return false;
		s = slice_skip(s, len);
	}
	return true;
}

/* False when not all of it fitted. */
static bool pen_text(struct pen *pen, struct slice s, bool utf8)
{
	while (s.len) {
		struct safe_step step;
		safe_text(s, utf8, &step);
		if (!pen_plain(pen, slice_head(s, step.plain)) ||
		    !pen_ascii(pen, step.text, step.text_len))
			return false;
		s = slice_skip(s, step.plain + step.skip);
	}
	return true;
}

unsigned cells_text(struct cells *line, unsigned at, unsigned room, struct slice text,
                    bool utf8, enum cell_style style)
{
	if (at >= line->width || room == 0)
		return 0;
	if (room > line->width - at)
		room = line->width - at;
	struct pen pen = { NULL, at, at + room, at, 0, style };
	bool fits = pen_text(&pen, text, utf8);
	pen = (struct pen){ line, at, at + room - !fits, at, 0, style };
	pen_text(&pen, text, utf8);
	if (!fits)
		cells_put(line, pen.at++, utf8 ? ELLIPSIS : '~', style);
	return pen.at - at;
}

unsigned cells_text_width(struct slice text, bool utf8)
{
	struct pen pen = { .end = UINT_MAX };
	pen_text(&pen, text, utf8);
	return pen.at;
}

/* A character with the marks on it, no more than safe_text lets by. */
static size_t character_len(struct slice text)
{
	size_t len, n;
	utf8_next(text, &len);
	for (unsigned i = 0; i < SAFE_MARKS_MAX && len < text.len; i++) {
		uint32_t mark = utf8_next(slice_skip(text, len), &n);
		if (mark == UTF8_BAD || !utf8_is_printable(mark) || utf8_width(mark) != 0)
			break;
		len += n;
	}
	return len;
}

size_t cells_text_fit(struct slice text, unsigned width, bool utf8)
{
	size_t at = 0;
	unsigned used = 0;
	while (at < text.len) {
		struct slice rest = slice_skip(text, at);
		size_t len = character_len(rest);
		used += cells_text_width(slice_head(rest, len), utf8);
		if (used > width && at > 0)
			break;
		at += len;
	}
	return at;
}

unsigned cells_used(const struct cells *line)
{
	unsigned used = line->width;
	while (used && line->cells[used - 1].points[0] == ' ' &&
	       line->cells[used - 1].points[1] == 0)
		used--;
	return used;
}

static size_t encode(uint32_t point, char *out)
{
	static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (size_t i = len; i-- > 1; point >>= 6)
		out[i] = (char)(0x80 | (point & 0x3f));
	out[0] = (char)(leads[len == 1 ? 0 : len] | point);
	return len;
}

size_t cell_utf8(const struct cell *cell, char out[CELL_UTF8_MAX])
{
	size_t len = 0;
	for (unsigned i = 0; cell->width && i < CELL_POINTS && cell->points[i]; i++)
		len += encode(cell->points[i], out + len);
	return len;
}
