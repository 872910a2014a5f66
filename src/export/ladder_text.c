/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/ladder_text.h"

#include <stdio.h>
#include <string.h>

#include "sip/field.h"
#include "view/cells.h"
#include "view/ladder.h"
#include "view/ladder_draw.h"

struct writer {
	struct engine        *engine;
	const struct tracker *tracker;
	struct out           *out;
	struct cells          line;
	bool                  utf8;
	struct ladder_options options;
};

/* Spaces at the end of a line are for screens, not for files. */
static void write_line(struct writer *w)
{
	unsigned used = cells_used(&w->line);
	for (unsigned i = 0; i < used; i++) {
		char text[CELL_UTF8_MAX];
		out_write(w->out, text, cell_utf8(&w->line.cells[i], text));
	}
	out_str(w->out, "\n");
}

static unsigned put(struct writer *w, unsigned at, unsigned room, struct slice text)
{
	return cells_text(&w->line, at, room, text, w->utf8, CELL_PLAIN);
}

static unsigned put_str(struct writer *w, unsigned at, const char *text)
{
	return put(w, at, w->line.width, slice_of(text));
}

/* ---- who called whom */

/* user@host of a URI, its user or host alone, or a URI of another kind whole. */
struct party {
	struct slice user, host;
};

static struct party party_of(struct slice value)
{
	struct sip_addr addr;
	sip_addr_parse(&addr, value);
	struct party party = { sip_uri_user(addr.uri), sip_uri_host(addr.uri) };
	if (party.user.len == 0 && party.host.len == 0)
		party.host = addr.uri;
	return party;
}

static unsigned party_width(const struct party *party, bool utf8)
{
	bool at_sign = party->user.len && party->host.len;
	return cells_text_width(party->user, utf8) + at_sign +
	       cells_text_width(party->host, utf8);
}

static unsigned put_party(struct writer *w, unsigned at, unsigned room,
                          const struct party *party)
{
	unsigned used = put(w, at, room, party->user);
	if (party->user.len && party->host.len)
		used += put(w, at + used, room - used, SLICE("@"));
	return used + put(w, at + used, room - used, party->host);
}

/* From and To of the first message, side by side in what is left of the line; each
 * may take half of it, and what the other leaves. */
static void put_parties(struct writer *w, unsigned at, const struct call *call)
{
	struct engine_message message;
	if (at >= w->line.width || engine_read(w->engine, call->first, &message) != OK)
		return;
	struct party from = party_of(sip_msg_value(message.msg, SIP_HDR_FROM));
	struct party to = party_of(sip_msg_value(message.msg, SIP_HDR_TO));
	const char *arrow = w->utf8 ? " \xe2\x86\x92 " : " -> ";
	unsigned arrow_width = w->utf8 ? 3 : 4;
	unsigned left = w->line.width - at;
	unsigned room = left > arrow_width ? (left - arrow_width) / 2 : 0;
	unsigned to_width = party_width(&to, w->utf8);
	if (to_width < room)
		room = left - arrow_width - to_width;
	at += put_party(w, at, room, &from);
	at += put_str(w, at, arrow);
	put_party(w, at, w->line.width > at ? w->line.width - at : 0, &to);
}

/* ---- facts */

/* Short pieces of our own in a list, wrapped at the width. */
struct facts {
	struct writer *writer;
	unsigned       at;
};

static void add_fact(struct facts *f, const char *text)
{
	unsigned len = (unsigned)strlen(text);
	if (f->at && f->at + 3 + len > f->writer->line.width) {
		put_str(f->writer, f->at, ",");
		write_line(f->writer);
		cells_blank(&f->writer->line);
		f->at = 0;
	}
	f->at += put_str(f->writer, f->at, f->at ? ", " : "  ");
	f->at += put_str(f->writer, f->at, text);
}

static void add_count(struct facts *f, uint32_t count, const char *one, const char *many)
{
	char text[48];
	snprintf(text, sizeof(text), "%u %s", (unsigned)count, count == 1 ? one : many);
	if (count)
		add_fact(f, text);
}

/* Between two messages; milliseconds below ten seconds, else tenths; cut. A time that
 * ran backwards is not shown. */
static void add_duration(struct facts *f, const char *what, uint32_t from, uint32_t to)
{
	char text[48];
	const struct tracker *t = f->writer->tracker;
	if (from == 0 || to == 0)
		return;
	int64_t ns = tick_diff(tracker_message_at(t, to)->at,
	                       tracker_message_at(t, from)->at);
	if (ns < 0)
		return;
	unsigned long long ms = (unsigned long long)ns / TICK_MS;
	if (ms < 10000)
		snprintf(text, sizeof(text), "%s %llu.%03llu s", what, ms / 1000,
		         ms % 1000);
	else
		snprintf(text, sizeof(text), "%s %llu.%llu s", what, ms / 1000,
		         ms / 100 % 10);
	add_fact(f, text);
}

static void put_facts(struct writer *w, const struct call *call,
                      const struct call_summary *summary)
{
	struct facts facts = { w, 0 };
	cells_blank(&w->line);
	if (call->kind == CALL_INVITE) {
		add_duration(&facts, "setup", summary->invite, summary->answered);
		if (summary->state == CALL_COMPLETED)
			add_duration(&facts, "talk", summary->answered, summary->ended);
	}
	add_count(&facts, call->messages, "message", "messages");
	add_count(&facts, call->retransmissions, "retransmission", "retransmissions");
	add_count(&facts, call->duplicates, "duplicate", "duplicates");
	if (call->kind == CALL_INVITE && !summary->start_seen)
		add_fact(&facts, "its beginning was not captured");
	write_line(w);
}

/* ---- heading */

/* "call 7  busy 486", "call 8  register success". */
static unsigned put_title(struct writer *w, uint32_t id, const struct call *call,
                          const struct call_summary *summary)
{
	char text[80];
	const char *kind = call_kind_name((enum call_kind)call->kind);
	const char *state = call_state_name(summary->state);
	const char *outcome = call_state_name(CALL_UNKNOWN);
	if (call->newest)
		outcome = txn_outcome_name(tracker_outcome(w->tracker, call->newest));
	if (call->kind != CALL_INVITE)
		snprintf(text, sizeof(text), "call %u  %s %s  ", (unsigned)id, kind,
		         outcome);
	else if (summary->final_status >= 300)
		snprintf(text, sizeof(text), "call %u  %s %u  ", (unsigned)id, state,
		         summary->final_status);
	else
		snprintf(text, sizeof(text), "call %u  %s  ", (unsigned)id, state);
	return put_str(w, 0, text);
}

static void write_heading(struct writer *w, uint32_t id)
{
	const struct call *call = tracker_call_at(w->tracker, id);
	struct call_summary summary = { 0 };
	if (call->kind == CALL_INVITE)
		tracker_summarize(w->tracker, id, &summary);
	cells_blank(&w->line);
	put_parties(w, put_title(w, id, call, &summary), call);
	write_line(w);
	put_facts(w, call, &summary);
	out_str(w->out, "  Call-ID: ");
	out_safe(w->out, tracker_text(w->tracker, call->call_id), w->utf8);
	out_str(w->out, "\n");
}

/* ---- related calls */

/* "  related: call 2 (refer), call 5 (sdp-origin), 9 more": as many as the line holds. */
static void put_related(struct writer *w, const struct relation *list, uint32_t count)
{
	char more[24];
	cells_blank(&w->line);
	unsigned at = put_str(w, 0, "  related: ");
	for (uint32_t i = 0; i < count; i++) {
		char text[48];
		int len = snprintf(text, sizeof(text), "%scall %u (%s)", i ? ", " : "",
		                   (unsigned)list[i].call,
		                   relation_name((enum relation_by)list[i].by));
		int left = snprintf(more, sizeof(more), "%s%u more", i ? ", " : "",
		                    (unsigned)(count - i));
		unsigned after = i + 1 < count ? (unsigned)left : 0;
		if (at + (unsigned)len + after > w->line.width) {
			put_str(w, at, more);
			break;
		}
		at += put_str(w, at, text);
	}
	write_line(w);
}

static enum err write_related(struct writer *w, uint32_t id)
{
	struct mem *mem = engine_mem(w->engine);
	struct relation *list;
	uint32_t count;
	enum err err = tracker_related(w->tracker, id, mem, &list, &count);
	if (err != OK || count == 0)
		return err;
	put_related(w, list, count);
	mem_give(mem, list, count * sizeof(*list));
	return OK;
}

static enum err write_call(struct writer *w, uint32_t id)
{
	struct ladder ladder;
	enum err err = ladder_build_as(&ladder, w->engine, &id, 1, &w->options);
	if (err == OK) {
		struct ladder_layout layout;
		ladder_lay_out(&layout, &ladder, w->line.width, w->utf8);
		write_heading(w, id);
		err = write_related(w, id);
		uint64_t lines = ladder_lines(&layout);
		for (uint64_t i = 0; i < lines && !out_failed(w->out); i++) {
			ladder_draw(&layout, i, &w->line);
			write_line(w);
		}
	}
	ladder_clear(&ladder);
	return err;
}

enum err ladder_text_call(struct ladder_text *l, uint32_t call)
{
	if (!select_has_call(l->select, l->engine, call))
		return OK;
	struct mem *mem = engine_mem(l->engine);
	unsigned width = l->width < LADDER_WIDTH_MIN   ? LADDER_WIDTH_MIN
	                 : l->width > LADDER_WIDTH_MAX ? LADDER_WIDTH_MAX
	                                               : l->width;
	struct writer w = { .engine = l->engine,
		            .tracker = engine_tracker(l->engine),
		            .out = l->out,
		            .utf8 = l->utf8,
		            .options = { .notes = true,
		                         .ended = true,
		                         .aliases = l->aliases } };
	w.line.width = width;
	w.line.cells = mem_take(mem, width * sizeof(*w.line.cells));
	if (!w.line.cells)
		return ERR_NOMEM;
	if (l->count)
		out_str(l->out, "\n");
	enum err err = write_call(&w, call);
	l->count += err == OK;
	mem_give(mem, w.line.cells, width * sizeof(*w.line.cells));
	return err;
}

enum err ladder_text_all(struct ladder_text *l)
{
	const struct tracker *t = engine_tracker(l->engine);
	enum err err = OK;
	for (uint32_t id = tracker_next_call(t, 0);
	     id && err == OK && !out_failed(l->out); id = tracker_next_call(t, id))
		err = ladder_text_call(l, id);
	return err;
}
