/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/text_lines.h"

#include <stdio.h>
#include <string.h>

#include "tui/screen.h"

void text_lines_message(struct text_lines *lines, struct engine *e,
                        const uint32_t *messages, size_t count, unsigned width, bool utf8)
{
	*lines = (struct text_lines){ e, messages, count, width ? width : 1, utf8 };
}

/* Walks the lines of one message. */
struct walk {
	const struct text_lines *lines;
	uint64_t at;     /* number of the line, of all */
	uint64_t wanted; /* the one to draw */
	struct grid *grid;
	unsigned y, x;
};

static bool emit(struct walk *w, struct slice text, enum cell_style style)
{
	bool here = w->at++ == w->wanted;
	if (here && w->grid)
		draw_text(w->grid, w->y, w->x, w->lines->width, text, w->lines->utf8,
		          style);
	return here;
}

static size_t fitting(const struct text_lines *lines, struct slice text)
{
	return cells_text_fit(text, lines->width, lines->utf8);
}

static bool emit_name(struct walk *w, struct slice line, size_t colon)
{
	bool here = w->at == w->wanted;
	size_t n = fitting(w->lines, line);
	bool done = emit(w, slice_head(line, n), CELL_PLAIN);
	if (here && w->grid && colon <= n)
		draw_text(w->grid, w->y, w->x, w->lines->width, slice_head(line, colon),
		          w->lines->utf8, CELL_NAME);
	return done;
}

/* One line of the message, in as many as it takes. */
static bool emit_line(struct walk *w, struct slice line, enum cell_style style)
{
	if (line.len == 0)
		return emit(w, line, style);
	size_t colon = slice_index(line, ':');
	if (style == CELL_NAME && colon < line.len) {
		if (emit_name(w, line, colon))
			return true;
		line = slice_skip(line, fitting(w->lines, line));
	}
	while (line.len) {
		size_t n = fitting(w->lines, line);
		if (emit(w, slice_head(line, n), style == CELL_NAME ? CELL_PLAIN : style))
			return true;
		line = slice_skip(line, n);
	}
	return false;
}

static struct slice take_line(struct slice *rest)
{
	size_t n = slice_index(*rest, '\n');
	struct slice line = slice_head(*rest, n);
	*rest = slice_skip(*rest, n + 1);
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

static bool emit_head(struct walk *w, const struct engine_message *m)
{
	char text[128], time[TICK_RFC3339_MAX], from[NET_ADDR_TEXT_MAX],
		to[NET_ADDR_TEXT_MAX];
	tick_rfc3339(m->at, time);
	net_addr_text(&m->src.addr, from);
	net_addr_text(&m->dst.addr, to);
	int n = snprintf(text, sizeof(text), "%s  %s:%u -> %s:%u", time, from,
	                 m->src.port, to, m->dst.port);
	return emit(w, (struct slice){ text, n > 0 ? (size_t)n : 0 }, CELL_TIME);
}

/* True: the wanted line was drawn. */
static bool walk_message(struct walk *w, uint32_t id)
{
	struct engine_message m;
	if (engine_read(w->lines->engine, id, &m) != OK)
		return emit(w, SLICE("(this message cannot be read back)"), CELL_ERROR);
	if (emit_head(w, &m))
		return true;
	struct slice rest = m.msg->raw;
	enum cell_style first = m.msg->method.len     ? CELL_REQUEST
	                        : m.msg->status < 200 ? CELL_PROVISIONAL
	                        : m.msg->status < 300 ? CELL_SUCCESS
	                                              : CELL_FAILURE;
	bool start = true, body = false;
	while (rest.len) {
		struct slice line = take_line(&rest);
		enum cell_style style = start ? first : body ? CELL_PLAIN : CELL_NAME;
		body = body || (!start && line.len == 0);
		start = false;
		if (emit_line(w, line, style))
			return true;
	}
	return emit(w, SLICE_NONE, CELL_PLAIN);
}

uint64_t text_lines_count(const struct text_lines *lines)
{
	struct walk w = { .lines = lines, .wanted = UINT64_MAX };
	for (size_t i = 0; i < lines->count; i++)
		walk_message(&w, lines->messages[i]);
	return w.at;
}

void text_lines_draw(const struct text_lines *lines, uint64_t n, struct grid *grid,
                     unsigned y, unsigned x)
{
	struct walk w = { lines, 0, n, grid, y, x };
	for (size_t i = 0; i < lines->count; i++)
		if (walk_message(&w, lines->messages[i]))
			return;
}
