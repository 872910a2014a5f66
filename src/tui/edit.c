/* SPDX-License-Identifier: MIT */
/* A line that is typed: bytes of UTF-8, one character at a time. */
#include "config.h"

#include "tui/screen.h"

#include <string.h>

#include <curses.h> /* last: its OK is ours, as a macro */

static size_t char_before(const struct edit *e)
{
	size_t at = e->at;
	while (at > 0) {
		at--;
		if (((unsigned char)e->text[at] & 0xc0) != 0x80)
			break;
	}
	return at;
}

static size_t char_after(const struct edit *e)
{
	size_t at = e->at;
	if (at < e->len)
		at++;
	while (at < e->len && ((unsigned char)e->text[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static void cut(struct edit *e, size_t from, size_t to)
{
	memmove(e->text + from, e->text + to, e->len - to + 1);
	e->len -= to - from;
	e->at = from;
}

static size_t put_utf8(unsigned point, char out[4])
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xc0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xe0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

static void insert(struct edit *e, unsigned point)
{
	char bytes[4];
	size_t n = put_utf8(point, bytes);
	if (point > 0x10ffff || n > EDIT_MAX - e->len)
		return;
	memmove(e->text + e->at + n, e->text + e->at, e->len - e->at + 1);
	memcpy(e->text + e->at, bytes, n);
	e->at += n;
	e->len += n;
}

/* The word before the cursor, with the spaces behind it. */
static size_t word_before(const struct edit *e)
{
	size_t at = e->at;
	while (at > 0 && e->text[at - 1] == ' ')
		at--;
	while (at > 0 && e->text[at - 1] != ' ')
		at--;
	return at;
}

static bool edit_code(struct edit *e, int key)
{
	switch (key) {
	case KEY_LEFT: e->at = char_before(e); return true;
	case KEY_RIGHT: e->at = char_after(e); return true;
	case KEY_HOME: e->at = 0; return true;
	case KEY_END: e->at = e->len; return true;
	case KEY_BACKSPACE: cut(e, char_before(e), e->at); return true;
	case KEY_DC: {
		size_t from = e->at;
		cut(e, from, char_after(e));
		return true;
	}
	default: return false;
	}
}

bool edit_key(struct edit *e, int key, bool is_char)
{
	if (!is_char)
		return edit_code(e, key);
	switch (key) {
	case 1: e->at = 0; return true;
	case 5: e->at = e->len; return true;
	case 8:
	case 127: cut(e, char_before(e), e->at); return true;
	case 21: cut(e, 0, e->at); return true;
	case 23: cut(e, word_before(e), e->at); return true;
	default: break;
	}
	if (key < ' ')
		return false;
	insert(e, (unsigned)key);
	return true;
}

void edit_replace(struct edit *e, size_t from, size_t to, struct slice text)
{
	cut(e, from, to);
	text = slice_head(text, EDIT_MAX - e->len);
	memmove(e->text + from + text.len, e->text + from, e->len - from + 1);
	if (text.len)
		memcpy(e->text + from, text.p, text.len);
	e->len += text.len;
	e->at = from + text.len;
}

#define LABEL 14 /* columns of the label of a field */

void draw_edit(struct grid *grid, unsigned y, const char *label, const struct edit *e,
               bool active, bool utf8)
{
	if (y >= grid->height)
		return;
	draw_words(grid, y, 2, label, active ? CELL_HEAD : CELL_PLAIN);
	draw_text(grid, y, LABEL, grid->width, (struct slice){ e->text, e->len }, utf8,
	          CELL_NAME);
	unsigned x = LABEL + cells_text_width((struct slice){ e->text, e->at }, utf8);
	if (active && x < grid->width)
		grid_line(grid, y).cells[x].style |= CELL_INVERSE;
}
