/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/text_lines.h"

#include <stdio.h>
#include <string.h>

#include "sip/decode.h"
#include "sip/isup.h"
#include "sip/parts.h"
#include "sip/sdp.h"
#include "tui/screen.h"

/* Coloured parts of one line: its name, and the branches of some Vias. */
#define SPANS_MAX   12

/* Bodies that are decoded of one message: a multipart has a handful. */
#define PARTS_MAX   16

#define SUMMARY_MAX 512

void text_lines_message(struct text_lines *lines, struct engine *e,
                        const uint32_t *messages, size_t count, unsigned width, bool utf8,
                        const struct text_look *look)
{
	*lines =
		(struct text_lines){ e, messages, count, width ? width : 1, utf8, *look };
}

/* --- lines out */

/* Walks the lines of messages. */
struct walk {
	const struct text_lines *lines;
	uint64_t at;       /* number of the line, in its message */
	uint64_t from;     /* the first one to draw */
	struct grid *grid; /* NULL: they are only counted */
	unsigned y, x;
};

struct span {
	size_t begin, end;
	enum cell_style style;
};

/* A line before it is wrapped. */
struct styled {
	struct slice text;
	enum cell_style style;
	struct span spans[SPANS_MAX]; /* ascending */
	unsigned nspans;
};

size_t text_fitting(struct slice text, unsigned width, bool utf8)
{
	return cells_text_fit(text, width, utf8);
}

/* The part of a line from one byte to another, in its colours. */
static void draw_part(const struct walk *w, const struct styled *line, size_t begin,
                      size_t end)
{
	struct cells out = grid_line(w->grid, w->y);
	unsigned x = w->x, right = w->x + w->lines->width;
	for (unsigned i = 0; begin < end;) {
		size_t stop = end;
		enum cell_style style = line->style;
		while (i < line->nspans && line->spans[i].end <= begin)
			i++;
		if (i < line->nspans && line->spans[i].begin <= begin) {
			stop = line->spans[i].end < end ? line->spans[i].end : end;
			style = line->spans[i].style;
		} else if (i < line->nspans && line->spans[i].begin < end) {
			stop = line->spans[i].begin;
		}
		struct slice text =
			slice_head(slice_skip(line->text, begin), stop - begin);
		if (x < right && x < out.width)
			x += cells_text(&out, x, right - x, text, w->lines->utf8,
			                w->lines->look.plain ? CELL_PLAIN : style);
		begin = stop;
	}
}

/* In as many lines as it takes. True: the screen is full. */
static bool emit(struct walk *w, const struct styled *line)
{
	size_t at = 0;
	do {
		struct slice rest = slice_skip(line->text, at);
		size_t n = rest.len ? text_fitting(rest, w->lines->width, w->lines->utf8)
		                    : 0;
		if (w->at++ >= w->from && w->grid) {
			if (w->y >= w->grid->height)
				return true;
			draw_part(w, line, at, at + n);
			w->y++;
		}
		at += n;
	} while (at < line->text.len);
	return w->grid && w->y >= w->grid->height;
}

static bool emit_text(struct walk *w, struct slice text, enum cell_style style)
{
	return emit(w, &(struct styled){ .text = text, .style = style });
}

/* --- the header */

static void add_span(struct styled *line, struct slice part, enum cell_style style)
{
	if (part.len == 0 || line->nspans == SPANS_MAX)
		return;
	size_t begin = (size_t)(part.p - line->text.p);
	line->spans[line->nspans++] = (struct span){ begin, begin + part.len, style };
}

/* What tells dialogs apart, the tags (RFC 3261 12), and transactions, the branch (17). */
static void add_value(struct styled *line, enum sip_hdr_id id, struct slice value)
{
	struct slice element;
	struct sip_via via;
	if (id == SIP_HDR_FROM || id == SIP_HDR_TO)
		add_span(line, sip_addr_tag(value), CELL_NOTE);
	while (id == SIP_HDR_VIA && sip_list_next(&value, &element))
		if (sip_via_parse(&via, element) == OK)
			add_span(line, via.branch, CELL_SUCCESS);
}

static bool emit_field(struct walk *w, struct slice text)
{
	struct styled line = { .text = text };
	size_t colon = slice_index(text, ':');
	if (colon < text.len) {
		struct slice name = slice_trim(slice_head(text, colon));
		add_span(&line, slice_head(text, colon), CELL_NAME);
		add_value(&line, sip_hdr_lookup(name),
		          slice_trim(slice_skip(text, colon + 1)));
	}
	return emit(w, &line);
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

static bool goes_on(struct slice rest)
{
	return rest.len && (*rest.p == ' ' || *rest.p == '\t');
}

/* A field and the lines folded onto it as one: SP stands for each fold, as RFC 3261 7.3.1
 * has it. buf has room for the whole. */
static struct slice unfold(struct slice line, struct slice *rest, char *buf)
{
	size_t n = line.len;
	memcpy(buf, line.p, line.len);
	while (goes_on(*rest)) {
		struct slice more = slice_trim(take_line(rest));
		buf[n++] = ' ';
		if (more.len)
			memcpy(buf + n, more.p, more.len);
		n += more.len;
	}
	return (struct slice){ buf, n };
}

static bool emit_header(struct walk *w, struct slice *rest)
{
	struct mem *mem = engine_mem(w->lines->engine);
	bool full = false;
	while (rest->len && !full) {
		struct slice line = take_line(rest);
		if (line.len == 0)
			return emit_text(w, line, CELL_PLAIN);
		size_t room = line.len + rest->len + 1;
		char *buf = w->lines->look.unfold && goes_on(*rest) ? mem_take(mem, room)
		                                                    : NULL;
		full = emit_field(w, buf ? unfold(line, rest, buf) : line);
		mem_give(mem, buf, room);
	}
	return full;
}

/* --- bodies */

static bool emit_body(struct walk *w, struct slice rest)
{
	while (rest.len) {
		struct styled line = { .text = take_line(&rest) };
		if (line.text.len > 1 && line.text.p[1] == '=' && line.text.p[0] >= 'a' &&
		    line.text.p[0] <= 'z')
			add_span(&line, slice_head(line.text, 1), CELL_NAME);
		if (emit(w, &line))
			return true;
	}
	return false;
}

/* What is in a body, in one line; 0 where nothing is said. */
static size_t summary(struct mem *mem, const struct sip_part *part, char out[SUMMARY_MAX])
{
	struct isup_msg isup;
	if (part->kind == SIP_BODY_ISUP &&
	    isup_parse(&isup, part->body, isup_variant_of(part->content_type)) == OK) {
		memcpy(out, "ISUP: ", 6);
		return 6 + isup_summary(&isup, out + 6);
	}
	struct sdp *sdp = part->kind == SIP_BODY_SDP ? mem_take(mem, sizeof(*sdp)) : NULL;
	if (!sdp)
		return 0;
	sdp_parse(sdp, part->body);
	memcpy(out, "SDP: ", 5);
	size_t len = 5 + sdp_summary(sdp, out + 5, SUMMARY_MAX - 5);
	mem_give(mem, sdp, sizeof(*sdp));
	return len;
}

static bool emit_decoded(struct walk *w, const struct sip_msg *msg)
{
	struct mem *mem = engine_mem(w->lines->engine);
	struct inflate_buffer plain;
	struct slice body;
	struct sip_parts parts;
	struct sip_part part;
	char text[SUMMARY_MAX];
	bool full = false, first = true;
	if (msg->body.len == 0)
		return false;
	sip_body_decode(msg, mem, &body, &plain);
	sip_parts_init(&parts, sip_msg_value(msg, SIP_HDR_CONTENT_TYPE), body);
	for (unsigned i = 0; i < PARTS_MAX && !full && sip_parts_next(&parts, &part);
	     i++) {
		size_t len = summary(mem, &part, text);
		if (len && first)
			full = emit_text(w, SLICE_NONE, CELL_PLAIN);
		if (len && !full)
			full = emit_text(w, (struct slice){ text, len }, CELL_NOTE);
		first = first && len == 0;
	}
	mem_give(mem, plain.p, plain.room);
	return full;
}

/* --- messages */

static bool emit_head(struct walk *w, const struct engine_message *m)
{
	char text[200], time[TICK_RFC3339_MAX], from[NET_ADDR_TEXT_MAX],
		to[NET_ADDR_TEXT_MAX];
	tick_rfc3339(m->at, time);
	net_addr_text(&m->src.addr, from);
	net_addr_text(&m->dst.addr, to);
	int n = snprintf(text, sizeof(text), "%s  %s:%u -> %s:%u", time, from,
	                 m->src.port, to, m->dst.port);
	struct slice line = { text, n > 0 ? (size_t)n : 0 };
	if (line.len > w->lines->width)
		line = slice_skip(line, 11); /* the day stands above the ladder, too */
	return emit_text(w, line, CELL_TIME);
}

static enum cell_style start_style(const struct sip_msg *msg)
{
	return msg->method.len     ? CELL_REQUEST
	       : msg->status < 200 ? CELL_PROVISIONAL
	       : msg->status < 300 ? CELL_SUCCESS
	                           : CELL_FAILURE;
}

/* True: the screen is full. */
static bool walk_message(struct walk *w, uint32_t id)
{
	struct engine_message m;
	if (engine_read(w->lines->engine, id, &m) != OK)
		return emit_text(w, SLICE("(this message cannot be read back)"),
		                 CELL_ERROR) ||
		       emit_text(w, SLICE_NONE, CELL_PLAIN);
	struct slice rest = m.msg->raw;
	return emit_head(w, &m) || emit_text(w, take_line(&rest), start_style(m.msg)) ||
	       emit_header(w, &rest) || emit_body(w, rest) || emit_decoded(w, m.msg) ||
	       emit_text(w, SLICE_NONE, CELL_PLAIN);
}

static uint64_t lines_of(const struct text_lines *lines, size_t message)
{
	struct walk w = { .lines = lines };
	walk_message(&w, lines->messages[message]);
	return w.at;
}

void text_lines_draw(const struct text_lines *lines, struct text_place from,
                     struct grid *grid, unsigned y, unsigned x)
{
	struct walk w = { lines, 0, from.line, grid, y, x };
	for (size_t i = from.message; i < lines->count && y < grid->height; i++) {
		if (walk_message(&w, lines->messages[i]))
			return;
		w.at = w.from = 0;
	}
}

/* --- moving */

static void move_up(const struct text_lines *lines, struct text_place *place, uint64_t n)
{
	while (n > place->line) {
		if (place->message == 0) {
			*place = (struct text_place){ 0, 0 };
			return;
		}
		n -= place->line;
		place->line = lines_of(lines, --place->message);
	}
	place->line -= n;
}

struct text_place text_lines_end(const struct text_lines *lines, unsigned height)
{
	struct text_place end = { lines->count, 0 };
	move_up(lines, &end, height);
	return end;
}

static bool is_behind(struct text_place a, struct text_place b)
{
	return a.message > b.message || (a.message == b.message && a.line > b.line);
}

void text_lines_move(const struct text_lines *lines, struct text_place *place, uint64_t n,
                     bool down, unsigned height)
{
	if (!down) {
		move_up(lines, place, n);
		return;
	}
	struct text_place end = text_lines_end(lines, height);
	place->line += n;
	while (place->message < lines->count && !is_behind(*place, end)) {
		uint64_t here = lines_of(lines, place->message);
		if (place->line < here)
			break;
		place->line -= here;
		place->message++;
	}
	if (is_behind(*place, end))
		*place = end;
}
