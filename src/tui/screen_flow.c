/* SPDX-License-Identifier: MIT */
/* The call flow: the ladder of one or several calls, with the message beside it where
 * there is room, and below it what was found in the message of the cursor. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sip/decode.h"
#include "sip/sdp.h"
#include "tui/finding_list.h"
#include "tui/screen.h"
#include "view/words.h"

#define PREVIEW_MIN   100 /* narrower screens have no room for a message beside it */
#define PREVIEW_STEP  4   /* columns by which one key widens it */
#define PREVIEW_LEAST 20

#define SDP_TEXT_MAX  512
#define LADDER_STEP   64 /* messages between two looks at the clock */

/* A line of the ladder: a row, or what the SDP in it says. */
struct flow_line {
	uint32_t row;
	bool sdp;
};

/* A line, in words that hold for the next ladder, too. */
struct flow_place {
	bool known;
	bool sdp;
	uint32_t nth;          /* among those of its message that are like it, from 0 */
	struct ladder_row row; /* as it was */
};

struct flow_screen {
	struct screen screen;
	struct ladder ladder;    /* the first one is shown while it is made */
	struct ladder next;      /* is made while the one before is shown */
	struct scroll scroll;    /* of lines */
	struct flow_place place; /* that the cursor wants to be at */
	struct flow_line *lines;
	uint32_t nlines, lines_room;
	bool *left_out; /* for each row: it has no line */
	uint32_t nleft_out, left_out_room;
	uint32_t *calls;
	size_t ncalls, nown; /* the first nown ones are not the related ones */
	size_t calls_room;
	struct finding_list findings;
	uint32_t *found; /* for each row: number of its worst finding from 1, or 0 */
	uint32_t found_room;
	uint64_t messages;   /* of the calls, when the newest ladder was begun */
	bool at_end;         /* it was begun when all was read */
	bool stale;          /* it is to be made anew */
	bool stale_lines;    /* only its lines are */
	bool show_arrow;     /* the cursor was moved: scroll to the arrow */
	uint32_t compared;   /* message chosen to be compared, or 0 */
	unsigned left;       /* columns of the lanes scrolled away */
	unsigned step, most; /* columns from lane to lane; largest value of left */
	unsigned width;      /* of what is seen of the ladder */
};

/* --- what is shown */

static uint64_t count_messages(const struct tui *tui, const struct flow_screen *f)
{
	uint64_t n = 0;
	for (size_t i = 0; i < f->ncalls; i++)
		n += tracker_call_at(engine_tracker(tui->cfg.engine), f->calls[i])
		             ->messages;
	return n;
}

/* Resize an array of n elements; false: no memory, and it is as it was. */
static bool fit_array(struct mem *mem, void **items, uint32_t *room, uint64_t n,
                      size_t size)
{
	if (n <= *room)
		return true;
	void *grown =
		n < UINT32_MAX ? mem_resize(mem, *items, *room * size, n * size) : NULL;
	if (!grown)
		return false;
	*items = grown;
	*room = (uint32_t)n;
	return true;
}

static enum find_severity severity_of(const struct finding *finding)
{
	return find_code_severity((enum find_code)finding->code);
}

/* The row that a finding is about, or NULL; a copy has the row of its packet. */
static struct ladder_row *finding_row(const struct tui *tui, const struct flow_screen *f,
                                      const struct finding *finding)
{
	uint32_t id = finding->messages[0];
	if (!id)
		return NULL;
	struct ladder_row *row = ladder_row_of(&f->ladder, id);
	const struct track_message *m =
		tracker_message_at(engine_tracker(tui->cfg.engine), id);
	bool hidden = !row || (tui->flow.fold == FLOW_FOLDED && row->nth > 1);
	return hidden && m->repeat != TRACK_FIRST
	               ? ladder_row_of(&f->ladder, track_message_of(m))
	               : row;
}

/* Findings are asked for when the ladder has all that they can be about. */
static bool mark_rows(struct tui *tui, struct flow_screen *f)
{
	void *items = f->found;
	bool ok = fit_array(tui->mem, &items, &f->found_room, f->ladder.nrows,
	                    sizeof(*f->found));
	f->found = items;
	if (!ok)
		return false;
	if (f->ladder.nrows)
		memset(f->found, 0, f->ladder.nrows * sizeof(*f->found));
	if (!ladder_is_done(&f->ladder))
		return true;
	finding_list_ask(&f->findings, tui->cfg.engine, f->calls, f->ncalls);
	for (uint32_t i = 0; i < f->findings.n; i++) {
		const struct ladder_row *row = finding_row(tui, f, &f->findings.list[i]);
		uint32_t *found = row ? &f->found[row - f->ladder.rows] : NULL;
		if (found && *found == 0)
			*found = i + 1;
	}
	return true;
}

static bool is_repeat(const struct ladder_row *row)
{
	return row->nth > 1 || row->copy;
}

/* Is it folded away? A note goes with the message that it is inside of, which is right
 * before it, or with copies in whose time it is: `repeat` says that the next message is
 * one. */
static bool is_folded(const struct flow_look *look, const struct ladder_row *row,
                      bool repeat)
{
	if (look->fold != FLOW_FOLDED)
		return false;
	if (!row->note)
		return is_repeat(row);
	return row->kind == LADDER_INSIDE ? is_repeat(row - 1)
	                                  : row->kind == LADDER_SILENCE && repeat;
}

static bool is_left_out(const struct flow_look *look, const struct ladder_row *row,
                        bool repeat)
{
	bool media = row->note && row->kind == LADDER_MEDIA;
	if (look->only == FLOW_ONLY_MEDIA && !media)
		return true;
	if (look->only == FLOW_ONLY_SDP && !media && !row->sdp)
		return true;
	return is_folded(look, row, repeat);
}

/* Note which rows are left out: from the end, since what comes next decides it. False: no
 * memory. */
static bool leave_out(const struct tui *tui, struct flow_screen *f)
{
	void *items = f->left_out;
	uint32_t n = f->ladder.nrows;
	bool ok = fit_array(tui->mem, &items, &f->left_out_room, n, sizeof(*f->left_out));
	bool repeat = false;
	f->left_out = items;
	f->nleft_out = ok ? n : 0;
	for (uint32_t i = f->nleft_out; i-- > 0;) {
		const struct ladder_row *row = &f->ladder.rows[i];
		if (!row->note)
			repeat = is_repeat(row);
		f->left_out[i] = is_left_out(&tui->flow, row, repeat);
	}
	return ok;
}

static bool make_lines(struct tui *tui, struct flow_screen *f)
{
	void *items = f->lines;
	bool ok = fit_array(tui->mem, &items, &f->lines_room,
	                    (uint64_t)f->ladder.nrows * 2, sizeof(*f->lines));
	f->lines = items;
	f->nlines = 0;
	ok = leave_out(tui, f) && ok;
	for (uint32_t i = 0; ok && i < f->ladder.nrows; i++) {
		if (f->left_out[i])
			continue;
		f->lines[f->nlines++] = (struct flow_line){ i, false };
		if (f->ladder.rows[i].sdp && tui->flow.sdp == FLOW_SDP_FULL)
			f->lines[f->nlines++] = (struct flow_line){ i, true };
	}
	return ok;
}

static const struct ladder_row *row_at(const struct flow_screen *f)
{
	return f->scroll.cursor < f->nlines
	               ? &f->ladder.rows[f->lines[f->scroll.cursor].row]
	               : NULL;
}

/* At first the cursor is on a message, where what came before it is but a note. */
static void first_cursor(struct flow_screen *f)
{
	uint32_t i = 0;
	while (i < f->nlines && f->ladder.rows[f->lines[i].row].message == 0)
		i++;
	if (f->scroll.cursor == 0 && i < f->nlines)
		f->scroll.cursor = i;
}

/* --- the place of the cursor, which outlives the lines */

static bool same_row(const struct ladder_row *row, const struct ladder_row *wanted)
{
	return row->note == wanted->note &&
	       (!row->note || (row->kind == wanted->kind && row->at == wanted->at &&
	                       row->dialog == wanted->dialog &&
	                       row->transaction == wanted->transaction));
}

static bool is_like(const struct flow_screen *f, uint32_t line,
                    const struct flow_place *place)
{
	return f->lines[line].sdp == place->sdp &&
	       same_row(&f->ladder.rows[f->lines[line].row], &place->row);
}

/* The first line of a message, or of the next one that has any. */
static uint32_t first_line(const struct flow_screen *f, uint32_t message)
{
	uint32_t lo = 0, hi = f->nlines;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (f->ladder.rows[f->lines[mid].row].message < message)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The cursor was moved or used, or put somewhere for the first time: that is where it
 * wants to be, whatever becomes of the lines. */
static void keep_place(struct flow_screen *f)
{
	const struct ladder_row *row = row_at(f);
	struct flow_place *place = &f->place;
	if (!row)
		return;
	uint32_t at = (uint32_t)f->scroll.cursor;
	*place = (struct flow_place){ true, f->lines[at].sdp, 0, *row };
	for (uint32_t i = first_line(f, row->message); i < at; i++)
		place->nth += is_like(f, i, place);
}

/* The line of a note that is one of another message now: messages came before its time.
 * nlines: there is none. */
static uint32_t later_line(const struct flow_screen *f, uint32_t line)
{
	while (line < f->nlines && !is_like(f, line, &f->place))
		line++;
	return line;
}

/* Back to that place, or else to its message, or the one before it. */
static void find_place(struct flow_screen *f)
{
	const struct flow_place *place = &f->place;
	uint32_t message = place->row.message, nth = place->nth, like = f->nlines;
	uint32_t first = first_line(f, message), i = first;
	for (; i < f->nlines && f->ladder.rows[f->lines[i].row].message == message; i++)
		if (is_like(f, i, place) && (like == f->nlines || nth > 0)) {
			nth -= like < f->nlines;
			like = i;
		}
	if (like == f->nlines && place->row.note && place->row.at != TICK_NONE)
		like = later_line(f, i);
	if (like < f->nlines)
		f->scroll.cursor = like;
	else
		f->scroll.cursor = i > first || first == 0 ? first : first - 1;
}

/* While a file is read, a call of many messages is not made anew for each of them. */
#define READING_PART 16

static bool is_current(const struct tui *tui, const struct flow_screen *f, uint64_t n,
                       bool at_end)
{
	uint64_t more = n - f->messages;
	bool wait = tui->feed == TUI_FEED_MORE && more < f->messages / READING_PART;
	return !f->stale && at_end == f->at_end && (more == 0 || wait);
}

static void refresh_lines(struct tui *tui, struct flow_screen *f)
{
	f->stale_lines = false;
	if (!make_lines(tui, f) || !mark_rows(tui, f)) {
		tui_note(tui, "out of memory: the flow cannot be shown");
		f->nlines = 0;
	}
	if (f->place.known) {
		find_place(f);
		return;
	}
	first_cursor(f);
	if (row_at(f) && row_at(f)->message)
		keep_place(f);
}

static void drop_ladder(struct ladder *ladder)
{
	if (ladder->mem)
		ladder_clear(ladder);
	*ladder = (struct ladder){ 0 };
}

/* The one that is being made, or NULL. */
static struct ladder *making(struct flow_screen *f)
{
	struct ladder *l = f->next.mem ? &f->next : &f->ladder;
	return l->mem && !ladder_is_done(l) ? l : NULL;
}

/* Begin it anew when messages came, or it is to be another one. False: no memory. */
static bool begin_ladder(struct tui *tui, struct flow_screen *f)
{
	uint64_t n = count_messages(tui, f);
	bool at_end = tui->feed == TUI_FEED_END;
	const struct flow_look *look = &tui->flow;
	struct ladder_options options = { .by_host = look->compressed,
		                          .duplicates = look->fold == FLOW_EVERYTHING,
		                          .media = look->media ||
		                                   look->only == FLOW_ONLY_MEDIA,
		                          .notes = !look->no_timers,
		                          .ended = at_end,
		                          .aliases = tui_aliases(tui) };
	if (is_current(tui, f, n, at_end) || (making(f) && !f->stale))
		return true;
	f->messages = n;
	f->at_end = at_end;
	f->stale = false;
	drop_ladder(&f->next);
	if (making(f)) {
		drop_ladder(&f->ladder);
		f->nlines = 0;
	}
	return ladder_begin(f->ladder.mem ? &f->next : &f->ladder, tui->cfg.engine,
	                    f->calls, f->ncalls, &options) == OK;
}

/* Go on with it for a moment. */
static bool make_ladder(struct tui *tui, struct flow_screen *f)
{
	struct ladder *l = making(f);
	int64_t until = tui_now_ms() + TUI_WORK_MS;
	enum err err = OK;
	while (l && err == OK && !ladder_is_done(l) && tui_now_ms() < until)
		err = ladder_step(l, LADDER_STEP);
	if (err != OK)
		return false;
	tui->busy = tui->busy || making(f);
	f->stale_lines = f->stale_lines || l == &f->ladder;
	return true;
}

/* False: there is none that could be shown. */
static bool refresh_ladder(struct tui *tui, struct flow_screen *f)
{
	if (!begin_ladder(tui, f) || !make_ladder(tui, f)) {
		drop_ladder(&f->next);
		drop_ladder(&f->ladder);
		f->nlines = 0;
		tui_note(tui, "out of memory: the flow cannot be shown");
		return false;
	}
	if (f->next.mem && ladder_is_done(&f->next)) {
		drop_ladder(&f->ladder);
		f->ladder = f->next;
		f->next = (struct ladder){ 0 };
		refresh_lines(tui, f);
	} else if (f->stale_lines && !f->next.mem) {
		/* the one that is being made is for what is to be shown now: the old
		 * one may have nothing of that */
		refresh_lines(tui, f);
	}
	return f->ladder.mem != NULL;
}

/* --- session descriptions */

/* Hand the description in a message to `write`; 0 where there is none, or no memory. */
static size_t with_sdp(struct tui *tui, uint32_t message,
                       size_t (*write)(const struct sdp *sdp, char *out, size_t size),
                       char *out, size_t size)
{
	struct engine_message m;
	struct sip_part part;
	struct inflate_buffer plain;
	size_t len = 0;
	if (engine_read(tui->cfg.engine, message, &m) != OK)
		return 0;
	struct sdp *sdp = mem_take(tui->mem, sizeof(*sdp));
	if (!sdp)
		return 0;
	if (sip_body_find(m.msg, tui->mem, SIP_BODY_SDP, &part, &plain)) {
		sdp_parse(sdp, part.body);
		len = write(sdp, out, size);
	}
	mem_give(tui->mem, plain.p, plain.room);
	mem_give(tui->mem, sdp, sizeof(*sdp));
	return len;
}

/* The first codec of the first media that is on, in characters of a token. */
static size_t first_codec(const struct sdp *sdp, char *out, size_t size)
{
	for (unsigned i = 0; i < sdp->nmedia; i++) {
		const struct sdp_media *media = &sdp->media[i];
		if (sdp_media_is_off(media) || media->nformats == 0)
			continue;
		const struct sdp_format *format = sdp_formats(sdp, media);
		struct slice name =
			format->encoding.len ? format->encoding : format->text;
		size_t len = name.len < size ? name.len : size;
		for (size_t k = 0; k < len; k++) {
			bool printable = name.p[k] > ' ' && name.p[k] <= '~';
			out[k] = '?';
			if (printable)
				out[k] = name.p[k];
		}
		return len;
	}
	return 0;
}

/* What drawing the ladder asks. */
struct asked {
	struct tui *tui;
	const struct flow_screen *flow;
};

static bool hidden(void *arg, const struct ladder_row *row)
{
	const struct asked *asked = arg;
	size_t i = (size_t)(row - asked->flow->ladder.rows);
	return i < asked->flow->nleft_out && asked->flow->left_out[i];
}

static size_t codec(void *arg, uint32_t message, char out[LADDER_CODEC_MAX])
{
	const struct asked *asked = arg;
	size_t len = with_sdp(asked->tui, message, first_codec, out, LADDER_CODEC_MAX);
	if (len == 0)
		memcpy(out, "SDP", 3);
	return len ? len : 3;
}

/* --- drawing */

/* The other messages of the transaction under the cursor are lit up. */
static void light_up(const struct flow_screen *f, uint64_t at, struct cells *line)
{
	const struct ladder_row *row = &f->ladder.rows[f->lines[at].row];
	const struct ladder_row *here = row_at(f);
	bool same = here && row->transaction && row->transaction == here->transaction;
	for (unsigned x = 0; x < line->width; x++) {
		uint8_t *style = &line->cells[x].style;
		if (row->message == f->compared && f->compared && *style == CELL_TIME)
			*style = CELL_MARKED;
		else if (same && *style == CELL_TIME)
			*style = CELL_HEAD;
		if (at == f->scroll.cursor)
			*style |= CELL_INVERSE;
	}
}

/* '!' an error, '?' a warning, '.' a note: before the lanes. */
static void draw_mark(const struct flow_screen *f, const struct ladder_layout *layout,
                      uint32_t row, struct cells *line)
{
	if (!f->found[row] || layout->gutter == 0)
		return;
	enum find_severity s = severity_of(&f->findings.list[f->found[row] - 1]);
	cells_put(line, layout->gutter - 1, (unsigned char)column_mark(s),
	          severity_style(s));
}

static void draw_flow_line(struct tui *tui, const struct flow_screen *f,
                           const struct ladder_layout *layout, uint64_t at,
                           struct cells *out)
{
	char text[SDP_TEXT_MAX];
	const struct flow_line *line = &f->lines[at];
	const struct ladder_row *row = &f->ladder.rows[line->row];
	if (line->sdp) {
		size_t len = with_sdp(tui, row->message, sdp_summary, text, sizeof(text));
		ladder_draw_text(layout, row, (struct slice){ text, len }, out);
	} else {
		ladder_draw(layout, (uint64_t)layout->head_lines + line->row, out);
		if (!row->note)
			draw_mark(f, layout, line->row, out);
	}
	light_up(f, at, out);
}

/* A line of the ladder onto the screen: its times, and what is seen of its lanes. */
static void copy_line(const struct flow_screen *f, const struct ladder_layout *layout,
                      const struct cells *line, bool legend, struct cells to,
                      unsigned width)
{
	unsigned fixed = legend ? width : layout->gutter;
	for (unsigned x = 0; x < width && x < to.width; x++) {
		unsigned from = x < fixed ? x : x + f->left;
		if (from < line->width)
			to.cells[x] = line->cells[from];
	}
}

/* Scroll sideways to the arrow under the cursor, once when it was moved. */
static void fit_left(struct flow_screen *f, const struct ladder_layout *layout,
                     unsigned width)
{
	unsigned begin, end;
	const struct ladder_row *row = row_at(f);
	f->show_arrow = f->show_arrow || f->width != width;
	f->width = width;
	f->step = layout->distance ? layout->distance : 1;
	f->most = layout->width > width ? layout->width - width : 0;
	if (f->show_arrow && f->most && row &&
	    ladder_row_columns(layout, row, &begin, &end)) {
		if (end >= f->left + width)
			f->left = end + 2 - width;
		unsigned name = layout->lane_zero - layout->gutter; /* left half of it */
		if (begin < f->left + layout->gutter + name)
			f->left = begin - layout->gutter - name;
	}
	f->show_arrow = false;
	f->left = f->left < f->most ? f->left : f->most;
}

/* The first line of a legend that has no room for `cut` of its lines: it names lanes that
 * are seen. */
static unsigned first_named(const struct flow_screen *f,
                            const struct ladder_layout *layout, unsigned cut)
{
	unsigned zero = layout->lane_zero - layout->gutter;
	if (layout->distance == 0 || f->left <= zero)
		return 0;
	unsigned first = (f->left - zero + layout->distance - 1) / layout->distance;
	return first < cut ? first : cut;
}

static void draw_ladder(struct tui *tui, struct flow_screen *f, struct grid *grid,
                        unsigned width)
{
	struct ladder_layout layout;
	struct cell cells[LADDER_WIDTH_MAX];
	struct asked asked = { tui, f };
	struct ladder_look look = { .colors = tui->flow.colors,
		                    .times = tui->flow.times,
		                    .folded = tui->flow.fold == FLOW_FOLDED,
		                    .wide = true,
		                    .hidden = hidden,
		                    .arg = &asked };
	if (tui->flow.sdp == FLOW_SDP_FIRST)
		look.codec = codec;
	ladder_lay_out_as(&layout, &f->ladder, width, tui->cfg.utf8, &look);
	struct cells out = { cells, layout.width };
	unsigned head = layout.head_lines < grid->height / 2 ? (unsigned)layout.head_lines
	                                                     : grid->height / 2;
	unsigned height = grid->height - 1 - head;
	scroll_fit(&f->scroll, f->nlines, height);
	tui_rows(tui, &f->scroll, 1 + head);
	fit_left(f, &layout, width);
	unsigned first = first_named(f, &layout, (unsigned)layout.head_lines - head);
	for (unsigned y = 0; y < head; y++) {
		/* the names above the lanes are the last one, and never left out */
		bool legend = layout.distance == 0 || y + 1 < head;
		ladder_draw(&layout, legend ? first + y : layout.head_lines - 1, &out);
		copy_line(f, &layout, &out, legend, grid_line(grid, y + 1), width);
	}
	if (f->nlines == 0 && tui->flow.only != FLOW_ALL && height && !making(f))
		draw_words(grid, 1 + head, layout.distance ? layout.gutter : 0,
		           tui->flow.only == FLOW_ONLY_MEDIA
		                   ? "No media were agreed on."
		                   : "No message has a session description.",
		           CELL_PLAIN);
	for (unsigned y = 0; y < height && f->scroll.top + y < f->nlines; y++) {
		draw_flow_line(tui, f, &layout, f->scroll.top + y, &out);
		copy_line(f, &layout, &out, false, grid_line(grid, y + 1 + head), width);
	}
}

static void draw_preview(struct tui *tui, const struct flow_screen *f, struct grid *grid,
                         unsigned left)
{
	const struct ladder_row *row = row_at(f);
	struct text_lines lines;
	if (!row || !row->message || left + 2 >= grid->width)
		return;
	for (unsigned y = 1; y < grid->height; y++) {
		struct cells line = grid_line(grid, y);
		cells_put(&line, left, tui->cfg.utf8 ? 0x2502 : '|', CELL_LANE);
	}
	text_lines_message(&lines, tui->cfg.engine, &row->message, 1,
	                   grid->width - left - 2, tui->cfg.utf8, &tui->text_look);
	text_lines_draw(&lines, (struct text_place){ 0, 0 }, grid, 1, left + 2);
}

/* The columns of the ladder, beside which the message stands. */
static unsigned ladder_width(struct tui *tui, unsigned width)
{
	int half = (int)(width / 2), least = LADDER_WIDTH_MIN;
	int most = (int)width - PREVIEW_LEAST;
	if (tui->flow.no_preview || width < PREVIEW_MIN)
		return width;
	if (half - tui->flow.preview < least)
		tui->flow.preview = half - least;
	if (half - tui->flow.preview > most)
		tui->flow.preview = half - most;
	return (unsigned)(half - tui->flow.preview);
}

/* What was found in the message of the cursor. */
static void draw_finding(struct tui *tui, const struct flow_screen *f, struct grid *grid,
                         unsigned y)
{
	const struct ladder_row *row = row_at(f);
	uint32_t found = row ? f->found[row - f->ladder.rows] : 0, more = 0;
	if (!found)
		return;
	const struct finding *finding = &f->findings.list[found - 1];
	const struct find_words words = words_of(tui->cfg.engine);
	char text[FIND_TEXT_MAX + 120], sentence[FIND_TEXT_MAX];
	for (uint32_t i = 0; i < f->findings.n; i++)
		more += i != found - 1 &&
		        f->findings.list[i].messages[0] == finding->messages[0];
	size_t len =
		find_text(engine_find_peek(tui->cfg.engine), finding, &words, sentence);
	int n = snprintf(text, sizeof(text),
	                 "%s %s: ", find_severity_name(severity_of(finding)),
	                 find_code_name((enum find_code)finding->code));
	if (more)
		n = snprintf(text, sizeof(text), "%s %s, and %u more (e): ",
		             find_severity_name(severity_of(finding)),
		             find_code_name((enum find_code)finding->code), more);
	memcpy(text + n, sentence, len);
	draw_text(grid, y, 0, grid->width, (struct slice){ text, (size_t)n + len },
	          tui->cfg.utf8, severity_style(severity_of(finding)));
}

static void draw_title(const struct tui *tui, const struct flow_screen *f,
                       struct grid *grid)
{
	char text[160];
	const struct tracker *t = engine_tracker(tui->cfg.engine);
	if (f->ncalls == 1) {
		struct slice id =
			tracker_text(t, tracker_call_at(t, f->calls[0])->call_id);
		draw_words(grid, 0, 0, "Call flow: ", CELL_BAR);
		draw_text(grid, 0, 11, grid->width, id, tui->cfg.utf8, CELL_BAR);
	} else {
		snprintf(text, sizeof(text), "Call flow of %zu calls", f->ncalls);
		draw_words(grid, 0, 0, text, CELL_BAR);
	}
	draw_bar(grid, 0, CELL_BAR);
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct flow_screen *f = (struct flow_screen *)screen;
	struct grid body = *grid;
	body.height -= body.height > 3; /* a line for findings */
	draw_title(tui, f, grid);
	if (!refresh_ladder(tui, f))
		return;
	unsigned width = ladder_width(tui, grid->width);
	draw_ladder(tui, f, &body, width);
	if (width < grid->width)
		draw_preview(tui, f, &body, width);
	if (body.height < grid->height)
		draw_finding(tui, f, grid, body.height);
}

/* --- related calls */

static bool has_call(const struct flow_screen *f, uint32_t call)
{
	for (size_t i = 0; i < f->ncalls; i++)
		if (f->calls[i] == call)
			return true;
	return false;
}

size_t screen_flow_extend(struct screen *screen, const uint32_t *calls, size_t n)
{
	struct flow_screen *f = (struct flow_screen *)screen;
	size_t before = f->ncalls;
	for (size_t i = 0; i < n && f->ncalls < f->calls_room; i++)
		if (!has_call(f, calls[i]))
			f->calls[f->ncalls++] = calls[i];
	f->stale = f->stale || f->ncalls > before;
	return f->ncalls - before;
}

/* Add what is related to a call by evidence. False: memory is out. */
static bool add_related(struct tui *tui, struct flow_screen *f, uint32_t call)
{
	struct relation *list;
	uint32_t count;
	if (tracker_related(engine_tracker(tui->cfg.engine), call, tui->mem, &list,
	                    &count) != OK)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (tracker_has_call(engine_tracker(tui->cfg.engine), list[i].call))
			screen_flow_extend(&f->screen, &list[i].call, 1);
	if (count)
		mem_give(tui->mem, list, count * sizeof(*list));
	return true;
}

/* The calls that are selected in the list, and all that is related to those of the flow,
 * and to these in turn. Returns how many came. */
static size_t add_calls(struct tui *tui, struct flow_screen *f)
{
	size_t before = f->ncalls;
	struct list_walk walk = { 0 };
	uint32_t call;
	while (tui->list.nmarked && f->ncalls < f->calls_room &&
	       list_next(&tui->list, &walk, &call))
		if (list_is_marked(&tui->list, call))
			screen_flow_extend(&f->screen, &call, 1);
	for (size_t i = 0; i < f->ncalls; i++) /* it grows meanwhile */
		if (!add_related(tui, f, f->calls[i])) {
			tui_note(tui, "out of memory: not all related calls are shown");
			break;
		}
	return f->ncalls - before;
}

/* With the related calls, or without them again. */
static void extend(struct tui *tui, struct flow_screen *f)
{
	if (f->ncalls > f->nown) {
		f->ncalls = f->nown;
		f->stale = true;
		tui_note(tui, "without related calls");
		return;
	}
	size_t n = add_calls(tui, f);
	if (n && f->ncalls == f->calls_room)
		tui_note(tui, "with %zu more; a flow has %zu calls at most", n,
		         f->calls_room);
	else if (n)
		tui_note(tui, "with %zu more: related, or selected in the list", n);
	else
		tui_note(tui,
		         "nothing ties this call to another one; calls can be selected "
		         "in the list");
}

/* --- actions */

static void show_all(struct tui *tui, const struct flow_screen *f)
{
	uint32_t n = 0;
	size_t bytes = ((size_t)f->ladder.nrows + 1) * sizeof(uint32_t);
	uint32_t *ids = mem_take(tui->mem, bytes);
	if (!ids) {
		tui_note(tui, "out of memory");
		return;
	}
	for (uint32_t i = 0; i < f->ladder.nrows; i++)
		if (!f->ladder.rows[i].note)
			ids[n++] = f->ladder.rows[i].message;
	if (n)
		tui_push(tui, screen_message_new(tui, ids, n));
	mem_give(tui->mem, ids, bytes);
}

static void compare(struct tui *tui, struct flow_screen *f, uint32_t message)
{
	if (!f->compared) {
		f->compared = message;
		tui_note(tui, "Space on another message compares it with this one");
	} else if (f->compared != message) {
		tui_push(tui, screen_diff_new(tui, f->compared, message));
		f->compared = 0;
	} else {
		f->compared = 0;
	}
}

static void change_preview(struct tui *tui, enum action action)
{
	if (action == ACTION_PREVIEW)
		tui->flow.no_preview = !tui->flow.no_preview;
	else if (action == ACTION_PREVIEW_MORE)
		tui->flow.preview += PREVIEW_STEP;
	else if (action == ACTION_PREVIEW_LESS)
		tui->flow.preview -= PREVIEW_STEP;
	else
		tui->flow.preview = 0;
}

static bool has_copies(const struct tui *tui, const struct flow_screen *f)
{
	uint64_t n = 0;
	for (size_t i = 0; i < f->ncalls; i++)
		n += tracker_call_at(engine_tracker(tui->cfg.engine), f->calls[i])
		             ->duplicates;
	return n > 0;
}

/* Only some of the rows, or all again. Media are made when only they are wanted. */
static void show_only(struct tui *tui, struct flow_screen *f, enum flow_only only)
{
	static const char *const texts[] = { "all messages", "only media",
		                             "only messages with SDP" };
	struct flow_look *look = &tui->flow;
	bool media = only == FLOW_ONLY_MEDIA || look->only == FLOW_ONLY_MEDIA;
	f->stale = f->stale || (media && !look->media);
	f->stale_lines = true;
	look->only = look->only == only ? FLOW_ALL : only;
	tui_note(tui, "%s", texts[look->only]);
}

/* Which rows there are. */
static void change_rows(struct tui *tui, struct flow_screen *f, enum action action)
{
	struct flow_look *look = &tui->flow;
	switch (action) {
	case ACTION_ONLY_MEDIA: show_only(tui, f, FLOW_ONLY_MEDIA); break;
	case ACTION_ONLY_SDP: show_only(tui, f, FLOW_ONLY_SDP); break;
	case ACTION_MEDIA:
		look->media = !look->media;
		f->stale = true;
		tui_note(tui,
		         look->media ? "media: as SDP announces them" : "without media");
		break;
	case ACTION_TIMERS:
		look->no_timers = !look->no_timers;
		f->stale = true;
		tui_note(tui, look->no_timers
		                      ? "without timers and silences"
		                      : "timers, silences, what was not captured");
		break;
	default: break;
	}
}

/* How the ladder looks. */
static void change_look(struct tui *tui, struct flow_screen *f, enum action action)
{
	static const char *const colors[] = { "by request and response", "by CSeq",
		                              "by dialog" };
	static const char *const times[] = { "time of day", "since the first message",
		                             "since the message before" };
	static const char *const sdp[] = { "SDP: marked", "SDP: first codec",
		                           "SDP: media and addresses" };
	static const char *const folds[] = { "retransmissions are shown, copies counted",
		                             "retransmissions are counted",
		                             "retransmissions and copies are shown" };
	struct flow_look *look = &tui->flow;
	switch (action) {
	case ACTION_COLORS:
		look->colors = (look->colors + 1) % LADDER_COLORS_COUNT;
		tui_note(tui, "colours %s", colors[look->colors]);
		return;
	case ACTION_TIME:
		look->times = (look->times + 1) % LADDER_TIMES_COUNT;
		tui_note(tui, "times: %s", times[look->times]);
		return;
	case ACTION_SDP:
		look->sdp = (look->sdp + 1) % FLOW_SDP_COUNT;
		tui_note(tui, "%s", sdp[look->sdp]);
		f->stale_lines = true;
		return;
	case ACTION_FOLD:
		f->stale_lines = true;
		f->stale = f->stale ||
		           (look->fold != FLOW_COPIES_COUNTED && has_copies(tui, f));
		look->fold = (look->fold + 1) % FLOW_FOLD_COUNT;
		tui_note(tui, "%s", folds[look->fold]);
		return;
	case ACTION_COMPRESS:
		look->compressed = !look->compressed;
		tui_note(tui, look->compressed
		                      ? "one lane for each address"
		                      : "lanes of ports that talk to each other");
		break;
	default: change_rows(tui, f, action); return;
	}
	f->stale = true;
}

static void open_screen(struct tui *tui, struct flow_screen *f, enum action action)
{
	const struct ladder_row *row = row_at(f);
	uint32_t call = row && row->call ? row->call : f->calls[0];
	if (action == ACTION_RAW)
		show_all(tui, f);
	else if (action == ACTION_FINDINGS)
		tui_push(tui, screen_findings_new(tui, call));
	else if (action == ACTION_DIALOGS)
		tui_push(tui, screen_dialogs_new(tui, f->calls, f->ncalls));
	else if (row && row->message && action == ACTION_SHOW) {
		keep_place(f);
		tui_push(tui, screen_message_new(tui, &row->message, 1));
	}
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct flow_screen *f = (struct flow_screen *)screen;
	const struct ladder_row *row = row_at(f);
	if (scroll_act(&f->scroll, action)) {
		f->show_arrow = true;
		keep_place(f);
		return;
	}
	switch (action) {
	case ACTION_LEFT: f->left -= f->left < f->step ? f->left : f->step; break;
	case ACTION_RIGHT: f->left += f->left < f->most ? f->step : 0; break;
	case ACTION_SELECT:
		keep_place(f);
		if (row && row->message)
			compare(tui, f, row->message);
		break;
	case ACTION_PREVIEW:
	case ACTION_PREVIEW_MORE:
	case ACTION_PREVIEW_LESS:
	case ACTION_PREVIEW_RESET: change_preview(tui, action); break;
	case ACTION_EXTENDED: extend(tui, f); break;
	case ACTION_ALIASES:
		tui_toggle_aliases(tui);
		f->stale = true;
		break;
	case ACTION_SYNTAX: tui->text_look.plain = !tui->text_look.plain; break;
	case ACTION_SHOW:
	case ACTION_RAW:
	case ACTION_FINDINGS:
	case ACTION_DIALOGS: open_screen(tui, f, action); break;
	default: change_look(tui, f, action); break;
	}
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	struct flow_screen *f = (struct flow_screen *)screen;
	drop_ladder(&f->next);
	drop_ladder(&f->ladder);
	mem_give(tui->mem, f->lines, f->lines_room * sizeof(*f->lines));
	mem_give(tui->mem, f->left_out, f->left_out_room * sizeof(*f->left_out));
	finding_list_clear(&f->findings);
	mem_give(tui->mem, f->found, f->found_room * sizeof(*f->found));
	mem_give(tui->mem, f->calls, f->calls_room * sizeof(*f->calls));
	mem_give(tui->mem, f, sizeof(*f));
}

static bool holds(const struct tui *tui, const struct screen *screen, uint32_t call)
{
	(void)tui;
	return has_call((const struct flow_screen *)screen, call);
}

static const struct screen_class class = {
	SCREEN_FLOW, draw, act, NULL, free_screen, holds
};

struct screen *screen_flow_new(struct tui *tui, const uint32_t *calls, size_t ncalls)
{
	struct flow_screen *f = ncalls ? mem_take(tui->mem, sizeof(*f)) : NULL;
	if (!f)
		return NULL;
	f->screen.class = &class;
	f->calls_room = ncalls < FLOW_CALLS_MAX ? FLOW_CALLS_MAX : ncalls;
	f->calls = mem_take(tui->mem, f->calls_room * sizeof(*calls));
	if (!f->calls) {
		mem_give(tui->mem, f, sizeof(*f));
		return NULL;
	}
	memcpy(f->calls, calls, ncalls * sizeof(*calls));
	f->ncalls = f->nown = ncalls;
	finding_list_init(&f->findings, tui->mem);
	f->stale = true;
	return &f->screen;
}

struct screen *screen_flow_extended(struct tui *tui, uint32_t call)
{
	struct screen *screen = screen_flow_new(tui, &call, 1);
	if (screen)
		extend(tui, (struct flow_screen *)screen);
	return screen;
}
