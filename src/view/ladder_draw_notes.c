/* SPDX-License-Identifier: MIT */
/* Rows of a ladder that are no messages: media, timers, breaks, what was not captured. */
#include "config.h"

#include <stdio.h>

#include "view/ladder_draw_private.h"

/* ---- lines with words on them */

/* Words of a line, in order. */
struct words {
	struct slice list[10];
	unsigned n;
	enum cell_style style;
};

static void add_str(struct words *words, const char *text)
{
	words->list[words->n++] = slice_of(text);
}

static void add_text(struct words *words, const struct ladder_layout *layout,
                     uint32_t text)
{
	struct slice word = ladder_text_of(layout->ladder, text);
	if (word.len)
		words->list[words->n++] = word;
}

static unsigned words_width(const struct words *words, bool utf8)
{
	unsigned width = words->n ? words->n - 1 : 0;
	for (unsigned i = 0; i < words->n; i++)
		width += cells_text_width(words->list[i], utf8);
	return width;
}

/* As many as fit into `room`. */
static void put_words(const struct words *words, bool utf8, unsigned at, unsigned room,
                      struct cells *out)
{
	unsigned end = at + room;
	for (unsigned i = 0; i < words->n && at < end; i++) {
		at += cells_text(out, at, end - at, words->list[i], utf8, words->style);
		if (at < end && i + 1 < words->n)
			draw_spaces(out, at, 1);
		at++;
	}
}

/* Where there are no lanes. */
static void put_sentence(const struct ladder_layout *layout, const struct words *words,
                         struct cells *out)
{
	put_words(words, layout->utf8, layout->gutter, layout->width - layout->gutter,
	          out);
}

/* From one lane to another: a line with heads, and words in the middle of it. */
struct span {
	uint32_t left, right; /* lanes */
	uint32_t line, cross; /* glyphs; of cross 0: lanes stay */
	unsigned heads;       /* enum ladder_heads */
};

static unsigned head_count(unsigned heads)
{
	return (heads & LADDER_TO_LEFT ? 1 : 0) + (heads & LADDER_TO_RIGHT ? 1 : 0);
}

static unsigned span_room(const struct ladder_layout *layout, const struct span *span)
{
	return (span->right - span->left) * layout->distance - 1 -
	       head_count(span->heads);
}

static void put_span(const struct ladder_layout *layout, const struct span *span,
                     const struct words *words, struct cells *out)
{
	const struct glyphs *glyphs = ladder_glyphs(layout);
	unsigned begin = lane_column(layout, span->left) + 1;
	unsigned end = lane_column(layout, span->right);
	for (unsigned at = begin; at < end; at++) {
		bool crosses = (at - layout->lane_zero) % layout->distance == 0;
		uint32_t glyph = crosses ? span->cross : span->line;
		if (glyph)
			cells_put(out, at, glyph, words->style);
	}
	if (span->heads & LADDER_TO_LEFT)
		cells_put(out, begin++, glyphs->left, words->style);
	if (span->heads & LADDER_TO_RIGHT)
		cells_put(out, --end, glyphs->right, words->style);
	unsigned room = end - begin, width = min(words_width(words, layout->utf8), room);
	unsigned loose = width + 2 <= room ? 1 : 0;
	unsigned at = begin + (room - width) / 2;
	draw_spaces(out, at - loose, width + 2 * loose);
	put_words(words, layout->utf8, at, width, out);
}

/* Room on the better side of a lane, a space on both ends left out. */
static unsigned beside_room(const struct ladder_layout *layout, uint32_t lane,
                            bool *right)
{
	unsigned at = lane_column(layout, lane);
	unsigned after = layout->width - at, before = at - layout->gutter;
	*right = after >= before;
	unsigned room = *right ? after : before;
	return room > 2 ? room - 2 : 0;
}

/* Beside a lane, to the right if they fit there: about one party. */
static void put_beside(const struct ladder_layout *layout, uint32_t lane,
                       const struct words *words, struct cells *out)
{
	bool right;
	unsigned at = lane_column(layout, lane);
	unsigned room = beside_room(layout, lane, &right);
	unsigned width = words_width(words, layout->utf8);
	if (at + 2 + width <= layout->width) {
		right = true;
		room = width;
	}
	width = min(width, room);
	at = right ? at + 2 : at - 1 - width;
	draw_spaces(out, at - 1, width + 2);
	put_words(words, layout->utf8, at, width, out);
	if (!right)
		cells_put(out, at + width + 1, ladder_glyphs(layout)->lane, CELL_LANE);
}

/* ---- media */

/* What a label of media may leave out when room is short, the least wanted first: lanes
 * have names, so addresses go before ports. */
enum detail { DETAIL_ADDRESSES, DETAIL_PORTS, DETAIL_CODEC, DETAIL_STATE, DETAIL_TYPE };

struct media_label {
	struct words words;
	char port[2][12];
};

static void add_side(struct media_label *label, const struct ladder_layout *layout,
                     const struct ladder_media *media, unsigned side, enum detail detail)
{
	snprintf(label->port[side], sizeof(label->port[side]), "%u",
	         (unsigned)media->port[side]);
	if (detail == DETAIL_ADDRESSES)
		add_text(&label->words, layout, media->address[side]);
	else if (detail == DETAIL_PORTS)
		add_str(&label->words, label->port[side]);
}

static const char *way_of(const struct glyphs *glyphs, unsigned heads)
{
	if (heads == LADDER_TO_RIGHT)
		return glyphs->to;
	if (heads == LADDER_TO_LEFT)
		return glyphs->from;
	return heads ? glyphs->both : glyphs->neither;
}

/* With a line of its own the codec stands between the sides, else the way does. */
static void add_sides(struct media_label *label, const struct ladder_layout *layout,
                      const struct ladder_row *row, enum detail detail)
{
	const struct ladder_media *media = &layout->ladder->media[row->media];
	bool line = layout->distance && row->from != row->to;
	add_side(label, layout, media, 0, detail);
	if (line && detail <= DETAIL_CODEC)
		add_text(&label->words, layout, media->codec);
	else if (!line && detail <= DETAIL_PORTS)
		add_str(&label->words, way_of(ladder_glyphs(layout), row->heads));
	add_side(label, layout, media, 1, detail);
	if (!line && detail <= DETAIL_CODEC)
		add_text(&label->words, layout, media->codec);
}

static void media_label(struct media_label *label, const struct ladder_layout *layout,
                        const struct ladder_row *row, enum detail detail)
{
	const struct ladder_media *media = &layout->ladder->media[row->media];
	label->words = (struct words){ .style = CELL_NOTE };
	add_text(&label->words, layout, media->type);
	if (media->on)
		add_sides(label, layout, row, detail);
	if (detail == DETAIL_TYPE)
		return;
	if (media->early)
		add_str(&label->words, "early");
	if (media->held && row->heads)
		add_str(&label->words, "held");
	if (!media->on)
		add_str(&label->words, media->ended ? "ends" : "off");
	else if (!row->heads)
		add_str(&label->words, "inactive");
}

/* With as much of it as `room` has; what has numbers in it also with room around it. */
static void fit_media(struct media_label *label, const struct ladder_layout *layout,
                      const struct ladder_row *row, unsigned room)
{
	for (unsigned detail = DETAIL_ADDRESSES; detail <= DETAIL_TYPE; detail++) {
		unsigned around = detail <= DETAIL_PORTS ? 2 : 0;
		media_label(label, layout, row, detail);
		if (words_width(&label->words, layout->utf8) + around <= room)
			return;
	}
}

static void draw_media(const struct ladder_layout *layout, const struct ladder_row *row,
                       struct cells *out)
{
	const struct glyphs *glyphs = ladder_glyphs(layout);
	struct media_label label;
	struct span span = { row->from, row->to, glyphs->media, glyphs->media_cross,
		             row->heads };
	bool right;
	if (!row->heads) {
		span.line = glyphs->nothing;
		span.cross = 0;
	}
	if (layout->distance == 0) {
		fit_media(&label, layout, row, layout->width - layout->gutter);
		put_sentence(layout, &label.words, out);
	} else if (row->from == row->to) {
		fit_media(&label, layout, row, beside_room(layout, row->from, &right));
		put_beside(layout, row->from, &label.words, out);
	} else {
		fit_media(&label, layout, row, span_room(layout, &span));
		put_span(layout, &span, &label.words, out);
	}
}

/* ---- what is not there, and who waits */

/* Across all lanes, which are dotted. */
static void draw_break(const struct ladder_layout *layout, const struct ladder_row *row,
                       struct cells *out)
{
	const struct glyphs *glyphs = ladder_glyphs(layout);
	struct words words = { .style = CELL_TIME };
	uint32_t n = layout->ladder->nlanes;
	struct span span = { .right = n - 1 };
	add_str(&words, glyphs->dashes);
	add_text(&words, layout, row->what);
	add_str(&words, glyphs->dashes);
	if (layout->distance == 0) {
		put_sentence(layout, &words, out);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		cells_put(out, lane_column(layout, i), glyphs->silence, CELL_LANE);
	if (n > 1)
		put_span(layout, &span, &words, out);
	else
		put_beside(layout, 0, &words, out);
}

static void draw_timer(const struct ladder_layout *layout, const struct ladder_row *row,
                       struct cells *out)
{
	struct words words = { .style = CELL_WARNING };
	char name[LADDER_NAME_MAX];
	if (layout->distance == 0) {
		ladder_lane_label(layout, row->from, name);
		add_str(&words, name);
	}
	add_text(&words, layout, row->what);
	if (layout->distance == 0) {
		put_sentence(layout, &words, out);
		return;
	}
	put_beside(layout, row->from, &words, out);
	cells_put(out, lane_column(layout, row->from), ladder_glyphs(layout)->timer,
	          CELL_WARNING);
}

/* From lane to lane where that is known, else across all. */
static void draw_lost(const struct ladder_layout *layout, const struct ladder_row *row,
                      struct cells *out)
{
	const struct glyphs *glyphs = ladder_glyphs(layout);
	struct words words = { .style = CELL_WARNING };
	struct span span = { 0, layout->ladder->nlanes - 1, glyphs->nothing, 0,
		             row->heads };
	char from[LADDER_NAME_MAX], to[LADDER_NAME_MAX];
	if (row->heads) {
		span.left = min(row->from, row->to);
		span.right = row->from > row->to ? row->from : row->to;
	}
	if (layout->distance == 0 && row->heads) {
		ladder_lane_label(layout, row->from, from);
		ladder_lane_label(layout, row->to, to);
		add_str(&words, from);
		add_str(&words, glyphs->to);
		add_str(&words, to);
	}
	add_text(&words, layout, row->what);
	if (layout->distance == 0)
		put_sentence(layout, &words, out);
	else if (span.left == span.right)
		put_beside(layout, span.left, &words, out);
	else
		put_span(layout, &span, &words, out);
}

void ladder_draw_note(const struct ladder_layout *layout, const struct ladder_row *row,
                      struct cells *out)
{
	switch (row->kind) {
	case LADDER_MEDIA: draw_media(layout, row, out); break;
	case LADDER_TIMER: draw_timer(layout, row, out); break;
	case LADDER_LOST: draw_lost(layout, row, out); break;
	default: draw_break(layout, row, out); break;
	}
}
