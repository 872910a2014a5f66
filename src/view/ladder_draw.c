/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/ladder_draw.h"

#include <stdio.h>

#include "view/ladder_draw_private.h"

/* Columns of text that a row of text must have for its label: the longest known
 * method. */
#define TEXT_LABEL_MIN 9

/* Least columns for which a reason phrase is begun: a space, a letter, the mark of
 * what is missing. */
#define PHRASE_MIN     3

static const struct glyphs ASCII_GLYPHS = { '-',  '|',  '+',  '>',  '<',  '+',
	                                    '+',  '=',  '=',  '.',  ':',  'o',
	                                    "->", "=>", "<-", "<>", "--", "--" };
static const struct glyphs UTF8_GLYPHS = {
	0x2500,
	0x2502,
	0x253c,
	0x25b6,
	0x25c0, /* ─ │ ┼ ▶ ◀ */
	0x2518,
	0x2514, /* ┘ └ */
	0x2550,
	0x256a,
	0x2504,
	0x250a,
	0x25cb, /* ═ ╪ ┄ ┊ ○ */
	"\xe2\x86\x92",
	"\xe2\x87\x92", /* → ⇒ */
	"\xe2\x86\x90",
	"\xe2\x86\x94",
	"-",                       /* ← ↔ */
	"\xe2\x94\x80\xe2\x94\x80" /* ── */
};

const struct glyphs *ladder_glyphs(const struct ladder_layout *layout)
{
	return layout->utf8 ? &UTF8_GLYPHS : &ASCII_GLYPHS;
}

/* ---- layout */

struct gutter {
	unsigned width; /* with the space behind it */
	bool ms, delta;
};

/* "HH:MM:SS.mmm +1234.567 ", each without its last part; most wanted first. */
static const struct gutter GUTTERS[] = {
	{ 23, true, true },
	{ 13, true, false },
	{ 9, false, false },
};
#define GUTTER_COUNT    (sizeof(GUTTERS) / sizeof(GUTTERS[0]))

/* "+1234.567 ", and room for the heading */
#define GUTTER_RELATIVE 11

/* A wide ladder is worth scrolling when so many lanes are seen at once. */
#define WIDE_LANES_MIN  3

static unsigned number_text(uint32_t number, char out[LADDER_NAME_MAX])
{
	return (unsigned)snprintf(out, LADDER_NAME_MAX, "%u", (unsigned)number);
}

unsigned ladder_lane_label(const struct ladder_layout *layout, uint32_t lane,
                           char out[LADDER_NAME_MAX])
{
	const struct ladder_lane *l = &layout->ladder->lanes[lane];
	if (layout->numbered)
		return number_text(lane + 1, out);
	unsigned len = ladder_lane_name(layout->ladder, l, out);
	return l->alias ? cells_text_width((struct slice){ out, len }, layout->utf8)
	                : len;
}

static void draw_lane_name(const struct ladder_layout *layout, uint32_t lane, unsigned at,
                           struct cells *out, enum cell_style style)
{
	char name[LADDER_NAME_MAX];
	unsigned width = ladder_lane_label(layout, lane, name);
	cells_text(out, at, width, slice_of(name), layout->utf8, style);
}

static unsigned widest_name(const struct ladder_layout *layout)
{
	char name[LADDER_NAME_MAX];
	unsigned widest = 0;
	if (layout->numbered)
		return number_text(layout->ladder->nlanes, name);
	for (uint32_t i = 0; i < layout->ladder->nlanes; i++) {
		unsigned width = ladder_lane_label(layout, i, name);
		if (width > widest)
			widest = width;
	}
	return widest;
}

static void set_gutter(struct ladder_layout *layout, const struct gutter *gutter)
{
	layout->gutter = gutter->width;
	layout->with_ms = gutter->ms;
	layout->with_delta = gutter->delta;
}

/* No line has room for all lanes: a call may have a hundred thousand, and each look at
 * their names is one too many. */
static bool has_too_many_lanes(const struct ladder *ladder)
{
	return ladder->nlanes > LADDER_WIDTH_MAX;
}

/* Try to stand the lanes side by side behind the gutter, names centred above them. */
static bool fit_lanes(struct ladder_layout *layout)
{
	char name[LADDER_NAME_MAX];
	uint32_t n = layout->ladder->nlanes;
	unsigned left = ladder_lane_label(layout, 0, name) / 2;
	unsigned last = ladder_lane_label(layout, n - 1, name);
	unsigned right = last - last / 2; /* its own line included */
	unsigned area = layout->width - layout->gutter;
	unsigned gaps = n > 1 ? n - 1 : 1; /* one lane: room for what it sends itself */
	if (left + right >= area)
		return false;
	unsigned distance = min((area - left - right) / gaps, LADDER_DISTANCE_MAX);
	if (distance < LADDER_DISTANCE_MIN)
		return false;
	if (n > 1 && layout->name_width >= distance)
		return false;
	layout->distance = distance;
	layout->lane_zero = layout->gutter + left;
	layout->head_lines = 1 + (layout->numbered ? n : 0);
	return true;
}

/* Rows of text, "A -> B INVITE": with names where they leave room for a label. */
static void fit_text(struct ladder_layout *layout)
{
	for (int numbered = 0; numbered < 2; numbered++) {
		layout->numbered = numbered;
		layout->name_width = widest_name(layout);
		layout->head_lines = numbered ? layout->ladder->nlanes : 0;
		unsigned names = 2 * layout->name_width + 5; /* "A -> B " */
		for (size_t i = 1; i < GUTTER_COUNT; i++) {
			set_gutter(layout, &GUTTERS[i]);
			if (layout->gutter + names + TEXT_LABEL_MIN <= layout->width)
				return;
		}
	}
}

/* Lanes as near as names or numbers let them be, in a line that is wider than what is
 * seen of it; then the legend is not needed, as all names can be scrolled to. */
static bool fit_wide(struct ladder_layout *layout)
{
	unsigned width = layout->width;
	if (has_too_many_lanes(layout->ladder))
		return false;
	set_gutter(layout, &GUTTERS[1]);
	if (layout->look.times != LADDER_CLOCK)
		layout->gutter = GUTTER_RELATIVE;
	for (int numbered = 0; numbered < 2; numbered++) {
		layout->numbered = numbered;
		layout->name_width = widest_name(layout);
		unsigned distance = layout->name_width + 2;
		if (distance < LADDER_DISTANCE_MIN)
			distance = LADDER_DISTANCE_MIN;
		uint64_t need = layout->gutter + layout->name_width + 1 +
		                (uint64_t)distance * (layout->ladder->nlanes - 1);
		if (layout->gutter + (WIDE_LANES_MIN - 1) * distance > width ||
		    need > LADDER_WIDTH_MAX)
			continue;
		layout->width = (unsigned)need;
		if (fit_lanes(layout))
			return true;
		layout->width = width;
	}
	return false;
}

void ladder_lay_out(struct ladder_layout *out, const struct ladder *ladder,
                    unsigned width, bool utf8)
{
	static const struct ladder_look plain = { 0 };
	ladder_lay_out_as(out, ladder, width, utf8, &plain);
}

static bool is_shown(const struct ladder_layout *layout, const struct ladder_row *row)
{
	const struct ladder_look *look = &layout->look;
	bool repeat = row->nth > 1 || row->copy;
	return !(look->folded && repeat) &&
	       !(look->hidden && look->hidden(look->arg, row));
}

/* Is it shown, with a time? Media have that of the message which agreed on them, and
 * where that is shown there is no need to say it again. */
static bool has_time(const struct ladder_layout *layout, const struct ladder_row *row)
{
	const struct ladder_row *of = row;
	if (row->at == TICK_NONE || !is_shown(layout, row))
		return false;
	if (!row->note || row->kind != LADDER_MEDIA)
		return true;
	while (of > layout->ladder->rows && of->note)
		of--;
	return of->note || !is_shown(layout, of);
}

static const struct ladder_row *first_timed(const struct ladder_layout *layout)
{
	const struct ladder *l = layout->ladder;
	uint32_t i = 0;
	if (layout->look.times != LADDER_SINCE_FIRST)
		return l->rows;
	while (i < l->nrows && !has_time(layout, &l->rows[i]))
		i++;
	return l->nrows ? &l->rows[i] : l->rows;
}

void ladder_lay_out_as(struct ladder_layout *out, const struct ladder *ladder,
                       unsigned width, bool utf8, const struct ladder_look *look)
{
	width = min(width, LADDER_WIDTH_MAX);
	width = width < LADDER_WIDTH_MIN ? LADDER_WIDTH_MIN : width;
	*out = (struct ladder_layout){ .ladder = ladder, .width = width, .utf8 = utf8 };
	out->look = *look;
	out->first = first_timed(out);
	if (ladder->nlanes == 0)
		return;
	for (size_t i = 0; i < GUTTER_COUNT && !has_too_many_lanes(ladder); i++) {
		set_gutter(out, &GUTTERS[i]);
		if (look->times != LADDER_CLOCK)
			out->gutter = GUTTER_RELATIVE;
		for (int numbered = 0; numbered < 2; numbered++) {
			out->numbered = numbered;
			out->name_width = widest_name(out);
			if (fit_lanes(out))
				return;
		}
	}
	if (!look->wide || !fit_wide(out))
		fit_text(out);
}

uint64_t ladder_lines(const struct ladder_layout *layout)
{
	return (uint64_t)layout->head_lines + layout->ladder->nrows;
}

const struct ladder_row *ladder_line_row(const struct ladder_layout *layout,
                                         uint64_t line)
{
	if (line < layout->head_lines)
		return NULL;
	return &layout->ladder->rows[line - layout->head_lines];
}

/* ---- times */

static void draw_ascii(struct cells *out, unsigned at, const char *text,
                       enum cell_style style)
{
	for (; *text; text++)
		cells_put(out, at++, (unsigned char)*text, style);
}

/* "+1.234"; from 10,000 s on whole seconds, then days: always at most 9 columns. */
static int delta_text(int64_t ns, char *out, size_t size)
{
	char sign = ns < 0 ? '-' : '+';
	uint64_t us = (ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns) / TICK_US;
	unsigned long long s = us / 1000000, ms = us / 1000 % 1000;
	if (s < 10000)
		return snprintf(out, size, "%c%llu.%03llu", sign, s, ms);
	if (s < 1000000)
		return snprintf(out, size, "%c%llus", sign, s);
	return snprintf(out, size, "%c%llud", sign, s / 86400);
}

/* The row that the time of a row is compared with; itself where there is none. */
static const struct ladder_row *time_base(const struct ladder_layout *layout,
                                          const struct ladder_row *row)
{
	const struct ladder_row *rows = layout->ladder->rows, *at = row;
	if (layout->look.times == LADDER_SINCE_FIRST)
		return layout->first < row ? layout->first : row;
	while (at > rows)
		if (has_time(layout, --at))
			return at;
	return row;
}

static void draw_times(const struct ladder_layout *layout, const struct ladder_row *row,
                       struct cells *out)
{
	char text[TICK_RFC3339_MAX]; /* 2026-11-20T12:00:00.123456Z */
	bool clock = layout->look.times == LADDER_CLOCK;
	if (clock) {
		tick_rfc3339(row->at, text);
		text[layout->with_ms ? 23 : 19] = '\0';
		draw_ascii(out, 0, text + 11, CELL_TIME);
		if (!layout->with_delta)
			return;
	}
	const struct ladder_row *base = time_base(layout, row);
	if (base == row)
		return;
	char delta[16];
	int len = delta_text(tick_diff(row->at, base->at), delta, sizeof(delta));
	unsigned end = layout->gutter - 1;
	draw_ascii(out, end > (unsigned)len ? end - (unsigned)len : 0, delta, CELL_TIME);
}

/* ---- labels */

enum label_mark {
	MARK_COPIES = 1, /* dropped last */
	MARK_AGAIN = 2,
	MARK_SDP = 4 /* dropped first */
};

/* What stands on an arrow: "180", "Ringing", " (SDP) (again, 2nd) x2". */
struct label {
	struct slice core, phrase;
	unsigned core_width, phrase_width; /* columns given to them */
	unsigned tail_len;
	enum cell_style style;
	char code[4];
	char tail[80];
};

static const char *ordinal(uint32_t n)
{
	if (n / 10 % 10 == 1)
		return "th";
	return n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
}

/* "(SDP)", or what the caller has to say instead. */
static void sdp_text(const struct ladder_look *look, const struct ladder_row *row,
                     char out[LADDER_CODEC_MAX + 4])
{
	char codec[LADDER_CODEC_MAX] = "SDP";
	size_t len = look->codec ? look->codec(look->arg, row->message, codec) : 3;
	*out = '\0';
	if (len)
		snprintf(out, LADDER_CODEC_MAX + 4, " (%.*s)", (int)len, codec);
}

/* Repeats of a folded row: those of its kind that are left out. */
static uint32_t folded_count(const struct ladder_layout *layout,
                             const struct ladder_row *row)
{
	const struct ladder *l = layout->ladder;
	return layout->look.folded && row->newest < l->nrows ? l->rows[row->newest].nth
	                                                     : 1;
}

/* The marks of `which` that this row has. */
static unsigned tail_text(const struct ladder_layout *layout,
                          const struct ladder_row *row, unsigned which, char *out,
                          size_t size)
{
	char sdp[LADDER_CODEC_MAX + 4] = "", again[32] = "", copies[16] = "";
	uint32_t folded = folded_count(layout, row);
	if (which & MARK_AGAIN && row->nth > 1)
		snprintf(again, sizeof(again), " (again, %u%s)", (unsigned)row->nth,
		         ordinal(row->nth));
	else if (which & MARK_AGAIN && folded > 1)
		snprintf(again, sizeof(again), " (%ux)", (unsigned)folded);
	if (which & MARK_COPIES && row->copies > 1)
		snprintf(copies, sizeof(copies), " x%u", (unsigned)row->copies);
	else if (which & MARK_COPIES && row->copy)
		snprintf(copies, sizeof(copies), " (copy)");
	if (which & MARK_SDP && row->sdp)
		sdp_text(&layout->look, row, sdp);
	return (unsigned)snprintf(out, size, "%s%s%s", sdp, again, copies);
}

/* Colours to tell things apart by, which mean nothing by themselves. */
static enum cell_style style_by_number(uint32_t number)
{
	static const enum cell_style styles[] = { CELL_PROVISIONAL, CELL_REQUEST,
		                                  CELL_SUCCESS,     CELL_NOTE,
		                                  CELL_FAILURE,     CELL_PLAIN };
	return styles[number % (sizeof(styles) / sizeof(*styles))];
}

static enum cell_style style_of(const struct ladder_layout *layout,
                                const struct ladder_row *row)
{
	if (layout->look.colors == LADDER_BY_CSEQ)
		return style_by_number(row->cseq);
	if (layout->look.colors == LADDER_BY_DIALOG)
		return style_by_number(row->group);
	if (row->nth > 1 || row->copy)
		return CELL_REPEAT;
	if (row->status == 0)
		return CELL_REQUEST;
	if (row->status < 200)
		return CELL_PROVISIONAL;
	return row->status < 300 ? CELL_SUCCESS : CELL_FAILURE;
}

/* Fit the label of a row into `room` columns; returns how many it takes. */
static unsigned label_fit(struct label *label, const struct ladder_layout *layout,
                          const struct ladder_row *row, unsigned room)
{
	static const unsigned marks[] = { MARK_SDP | MARK_AGAIN | MARK_COPIES,
		                          MARK_AGAIN | MARK_COPIES, MARK_COPIES, 0 };
	*label = (struct label){ .style = style_of(layout, row) };
	label->phrase = ladder_text_of(layout->ladder, row->phrase);
	label->core = ladder_text_of(layout->ladder, row->what);
	if (row->what == 0) {
		snprintf(label->code, sizeof(label->code), "%03u", row->status % 1000u);
		label->core = (struct slice){ label->code, 3 };
	}
	label->core_width = min(cells_text_width(label->core, layout->utf8), room);
	room -= label->core_width;
	size_t which = 0;
	do
		label->tail_len = tail_text(layout, row, marks[which], label->tail,
		                            sizeof(label->tail));
	while (label->tail_len > room && marks[which++]);
	room -= label->tail_len;
	unsigned phrase = cells_text_width(label->phrase, layout->utf8);
	if (phrase && phrase < room)
		label->phrase_width = phrase;
	else if (phrase && room >= PHRASE_MIN)
		label->phrase_width = room - 1;
	return label->core_width + label->tail_len +
	       (label->phrase_width ? 1 + label->phrase_width : 0);
}

static void draw_label(const struct label *label, const struct ladder_layout *layout,
                       unsigned at, struct cells *out)
{
	at += cells_text(out, at, label->core_width, label->core, layout->utf8,
	                 label->style);
	if (label->phrase_width)
		at += 1 + cells_text(out, at + 1, label->phrase_width, label->phrase,
		                     layout->utf8, label->style);
	draw_ascii(out, at, label->tail, label->style);
}

/* ---- rows with lanes */

static void draw_lanes(const struct ladder_layout *layout, struct cells *out)
{
	uint32_t lane = ladder_glyphs(layout)->lane;
	for (uint32_t i = 0; i < layout->ladder->nlanes; i++)
		cells_put(out, lane_column(layout, i), lane, CELL_LANE);
}

/* From lane to lane: the line, its head (two of a repeat), and the label on it. */
static void draw_arrow(const struct ladder_layout *layout, const struct ladder_row *row,
                       struct cells *out)
{
	const struct glyphs *glyphs = ladder_glyphs(layout);
	bool right = row->from < row->to;
	unsigned begin = lane_column(layout, right ? row->from : row->to) + 1;
	unsigned end = lane_column(layout, right ? row->to : row->from);
	unsigned heads = row->nth > 1 || row->copy ? 2 : 1;
	struct label label;
	unsigned width = label_fit(&label, layout, row, end - begin - heads);

	for (unsigned at = begin; at < end; at++) {
		bool crosses = (at - layout->lane_zero) % layout->distance == 0;
		cells_put(out, at, crosses ? glyphs->cross : glyphs->line, label.style);
	}
	for (unsigned i = 0; i < heads; i++)
		cells_put(out, right ? end - 1 - i : begin + i,
		          right ? glyphs->right : glyphs->left, label.style);

	begin += right ? 0 : heads; /* what is left is for the label */
	end -= right ? heads : 0;
	unsigned room = end - begin;
	bool loose = width + 2 <= room;
	unsigned at = begin + (room - width) / 2;
	draw_spaces(out, at - loose, width + 2 * loose);
	draw_label(&label, layout, at, out);
}

/* From a lane to itself: beside it, to the right, or to the left of the last one. */
static void draw_loop(const struct ladder_layout *layout, const struct ladder_row *row,
                      struct cells *out)
{
	const struct glyphs *glyphs = ladder_glyphs(layout);
	uint32_t n = layout->ladder->nlanes;
	unsigned lane = lane_column(layout, row->from);
	unsigned heads = row->nth > 1 || row->copy ? 2 : 1;
	unsigned room = layout->distance - 1 - heads - (heads == 1); /* loop and heads */
	bool right = n == 1 || row->from + 1 < n;
	struct label label;
	unsigned width = label_fit(&label, layout, row, room);
	unsigned gap = width < room; /* between loop and label, where there is room */

	for (unsigned i = 1; i <= heads; i++)
		cells_put(out, right ? lane + i : lane - i,
		          right ? glyphs->left : glyphs->right, label.style);
	if (heads == 1)
		cells_put(out, right ? lane + 2 : lane - 2,
		          right ? glyphs->loop_right : glyphs->loop_left, label.style);
	draw_label(&label, layout, right ? lane + 3 + gap : lane - 2 - gap - width, out);
}

/* ---- notes */

/* Between its two lanes, as far as it fits there; else from the left one on. */
static void draw_note(const struct ladder_layout *layout, const struct ladder_row *row,
                      struct slice text, struct cells *out)
{
	unsigned width = cells_text_width(text, layout->utf8);
	unsigned at = layout->gutter;
	if (layout->distance) {
		unsigned begin = lane_column(layout, min(row->from, row->to)) + 2;
		unsigned end =
			lane_column(layout, row->from > row->to ? row->from : row->to);
		unsigned room = end > begin + 1 ? end - begin - 1 : 0;
		at = width < room ? begin + (room - width) / 2 : begin;
	}
	if (at < layout->width)
		cells_text(out, at, layout->width - at, text, layout->utf8, CELL_NOTE);
}

/* ---- rows of text */

static void draw_sentence(const struct ladder_layout *layout,
                          const struct ladder_row *row, struct cells *out)
{
	const struct glyphs *glyphs = ladder_glyphs(layout);
	bool repeat = row->nth > 1 || row->copy;
	const char *arrow = repeat ? glyphs->again : glyphs->to;
	unsigned at = layout->gutter;
	draw_lane_name(layout, row->from, at, out, CELL_PLAIN);
	at += layout->name_width + 1;
	at += 1 + cells_text(out, at, 2, slice_of(arrow), layout->utf8, CELL_PLAIN);
	draw_lane_name(layout, row->to, at, out, CELL_PLAIN);
	at += layout->name_width + 1;
	if (at >= layout->width)
		return;
	struct label label;
	label_fit(&label, layout, row, layout->width - at);
	draw_label(&label, layout, at, out);
}

/* ---- head */

static void draw_legend(const struct ladder_layout *layout, uint32_t lane,
                        struct cells *out)
{
	char text[LADDER_NAME_MAX];
	unsigned len = number_text(lane + 1, text);
	draw_ascii(out, layout->name_width > len ? layout->name_width - len : 0, text,
	           CELL_HEAD);
	len = ladder_lane_name(layout->ladder, &layout->ladder->lanes[lane], text);
	cells_text(out, layout->name_width + 1, layout->width,
	           (struct slice){ text, len }, layout->utf8, CELL_HEAD);
}

static tick first_time(const struct ladder *ladder)
{
	for (uint32_t i = 0; i < ladder->nrows; i++)
		if (ladder->rows[i].at != TICK_NONE)
			return ladder->rows[i].at;
	return TICK_NONE;
}

/* The names above the lanes, and the day above the times. */
static void draw_names(const struct ladder_layout *layout, struct cells *out)
{
	char text[LADDER_NAME_MAX];
	if (layout->look.times != LADDER_CLOCK) {
		bool first = layout->look.times == LADDER_SINCE_FIRST;
		draw_ascii(out, 0, first ? "since 1st" : "since prev", CELL_TIME);
	} else if (first_time(layout->ladder) != TICK_NONE && layout->with_ms) {
		char date[TICK_RFC3339_MAX];
		tick_rfc3339(first_time(layout->ladder), date);
		date[10] = '\0';
		draw_ascii(out, 0, date, CELL_TIME);
		if (layout->with_delta)
			draw_ascii(out, 11, "UTC", CELL_TIME);
	}
	for (uint32_t i = 0; i < layout->ladder->nlanes; i++) {
		unsigned width = ladder_lane_label(layout, i, text);
		draw_lane_name(layout, i, lane_column(layout, i) - width / 2, out,
		               CELL_HEAD);
	}
}

void ladder_draw(const struct ladder_layout *layout, uint64_t line, struct cells *out)
{
	cells_blank(out);
	const struct ladder_row *row = ladder_line_row(layout, line);
	if (!row && layout->numbered && line < layout->ladder->nlanes) {
		draw_legend(layout, (uint32_t)line, out);
		return;
	}
	if (!row) {
		draw_names(layout, out);
		return;
	}
	if (row->at != TICK_NONE && (row->kind != LADDER_MEDIA || has_time(layout, row)))
		draw_times(layout, row, out);
	if (layout->distance)
		draw_lanes(layout, out);
	if (row->note && row->kind > LADDER_ICMP) {
		ladder_draw_note(layout, row, out);
		return;
	}
	if (row->note) {
		draw_note(layout, row, ladder_text_of(layout->ladder, row->what), out);
		return;
	}
	if (layout->distance == 0) {
		draw_sentence(layout, row, out);
		return;
	}
	if (row->from == row->to)
		draw_loop(layout, row, out);
	else
		draw_arrow(layout, row, out);
}

void ladder_draw_text(const struct ladder_layout *layout, const struct ladder_row *row,
                      struct slice text, struct cells *out)
{
	cells_blank(out);
	if (layout->distance)
		draw_lanes(layout, out);
	draw_note(layout, row, text, out);
}

bool ladder_row_columns(const struct ladder_layout *layout, const struct ladder_row *row,
                        unsigned *begin, unsigned *end)
{
	if (layout->distance == 0 || row->kind == LADDER_SILENCE ||
	    row->kind == LADDER_END)
		return false;
	*begin = lane_column(layout, min(row->from, row->to));
	*end = lane_column(layout, row->from > row->to ? row->from : row->to);
	if (row->from == row->to && row->from + 1 < layout->ladder->nlanes)
		*end += layout->distance;
	else if (row->from == row->to && layout->ladder->nlanes > 1)
		*begin -= layout->distance;
	return true;
}
