/* SPDX-License-Identifier: MIT */
/* The dialogs and transactions of calls, one line each, as the tracker has them. A
 * transaction that passes on the request of another one stands further in than that. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/screen.h"
#include "view/words.h"

#define LINE_WIDTH 240 /* the longest line; Left and Right show the rest of it */
#define LEFT_STEP  10
#define HOPS_MAX   16 /* further in there is no room for text */

enum kind { KIND_CALL, KIND_DIALOG, KIND_TRANSACTION };

struct item {
	uint32_t id;
	uint8_t kind; /* enum kind */
	uint8_t hops; /* proxies that a request has passed */
};

struct dialogs_screen {
	struct screen screen;
	struct scroll scroll;
	uint32_t *calls;
	size_t ncalls;
	struct item *items;
	uint32_t nitems, room;
	uint64_t messages; /* of the calls, when the items were gathered */
	unsigned left;
};

/* --- items */

static uint8_t hops_of(const struct tracker *t, uint32_t id)
{
	uint8_t hops = 0;
	while (hops < HOPS_MAX) {
		id = tracker_more(t, tracker_transaction_at(t, id))->forward_of;
		if (!id)
			break;
		hops++;
	}
	return hops;
}

/* The tracker's lists begin with the newest one: fill from the back. */
static void add_call(const struct tracker *t, struct dialogs_screen *s, uint32_t id)
{
	const struct call *call = tracker_call_at(t, id);
	s->items[s->nitems++] = (struct item){ id, KIND_CALL, 0 };
	uint32_t at = s->nitems + call->ndialogs, n = call->ndialogs;
	for (uint32_t d = call->dialogs; d && n; n--, d = tracker_dialog_at(t, d)->older)
		s->items[--at] = (struct item){ d, KIND_DIALOG, 0 };
	s->nitems += call->ndialogs;
	n = call->transactions;
	at = s->nitems + n;
	for (uint32_t x = call->newest; x && n;
	     n--, x = tracker_transaction_at(t, x)->older)
		s->items[--at] = (struct item){ x, KIND_TRANSACTION, hops_of(t, x) };
	s->nitems += call->transactions;
}

/* Anew when messages came. False: no memory. */
static bool gather(struct tui *tui, struct dialogs_screen *s)
{
	const struct tracker *t = engine_tracker(tui->cfg.engine);
	uint64_t messages = 0;
	size_t room = 0;
	for (size_t i = 0; i < s->ncalls; i++) {
		const struct call *call = tracker_call_at(t, s->calls[i]);
		messages += call->messages;
		room += 1 + (size_t)call->ndialogs + call->transactions;
	}
	if (s->items && messages == s->messages)
		return true;
	struct item *items = room < UINT32_MAX ? mem_resize(tui->mem, s->items,
	                                                    s->room * sizeof(*items),
	                                                    room * sizeof(*items))
	                                       : NULL;
	if (!items) {
		tui_note(tui, "out of memory");
		return false;
	}
	s->items = items;
	s->room = (uint32_t)room;
	s->messages = messages;
	s->nitems = 0;
	for (size_t i = 0; i < s->ncalls; i++)
		add_call(t, s, s->calls[i]);
	return true;
}

/* --- drawing */

static void put(struct cells *line, unsigned at, unsigned room, const char *text,
                enum cell_style style)
{
	cells_text(line, at, room, slice_of(text), false, style);
}

/* Time of day of a message, or nothing. */
static void put_time(const struct tracker *t, struct cells *line, unsigned at,
                     uint32_t message)
{
	char text[TICK_RFC3339_MAX];
	if (!message)
		return;
	tick_rfc3339(tracker_message_at(t, message)->at, text);
	text[23] = '\0'; /* 2026-11-20T12:00:00.123 */
	put(line, at, 12, text + 11, CELL_TIME);
}

static void draw_call(const struct tui *tui, const struct tracker *t, uint32_t id,
                      struct cells *line)
{
	const struct call *call = tracker_call_at(t, id);
	struct call_summary sum = { .state = CALL_UNKNOWN };
	char text[120];
	const char *state = call_kind_name((enum call_kind)call->kind);
	if (call->kind == CALL_INVITE) {
		tracker_summarize(t, id, &sum);
		state = call_state_name(sum.state);
	}
	int n = snprintf(text, sizeof(text), "Call %u, %s: %u dialogs, %u transactions  ",
	                 id, state, call->ndialogs, call->transactions);
	put(line, 0, LINE_WIDTH, text, CELL_HEAD);
	cells_text(line, (unsigned)n, LINE_WIDTH, tracker_text(t, call->call_id),
	           tui->cfg.utf8, CELL_PLAIN);
}

static enum cell_style dialog_style(enum dialog_state state)
{
	return state == DIALOG_CONFIRMED ? CELL_SUCCESS
	       : state == DIALOG_EARLY   ? CELL_PROVISIONAL
	                                 : CELL_PLAIN;
}

static void draw_dialog(const struct tui *tui, const struct tracker *t, uint32_t id,
                        struct cells *line)
{
	const struct dialog *d = tracker_dialog_at(t, id);
	enum dialog_state state = (enum dialog_state)d->state;
	unsigned at = 77;
	put_time(t, line, 0, d->created);
	put(line, 14, 10, "dialog", CELL_NAME);
	put(line, 30, 10, dialog_state_name(state), dialog_style(state));
	put(line, 42, 10, dialog_end_name((enum dialog_end)d->end), CELL_PLAIN);
	if (d->confirmed) {
		put(line, 53, 10, "confirmed", CELL_PLAIN);
		put_time(t, line, 63, d->confirmed);
	}
	if (d->ended) {
		put(line, at, 5, "ended", CELL_PLAIN);
		put_time(t, line, at + 6, d->ended);
		at += 20;
	}
	at += cells_text(line, at, 40, tracker_text(t, d->caller_tag), tui->cfg.utf8,
	                 CELL_NOTE) +
	      1;
	cells_text(line, at, 40, tracker_text(t, d->callee_tag), tui->cfg.utf8,
	           CELL_NOTE);
}

static enum cell_style outcome_style(enum txn_outcome outcome)
{
	return outcome == TXN_SUCCESS                               ? CELL_SUCCESS
	       : outcome == TXN_UNFINISHED || outcome == TXN_ORPHAN ? CELL_PROVISIONAL
	                                                            : CELL_FAILURE;
}

/* Status and time of the final response. */
static void draw_final(const struct tracker *t, const struct txn *txn, struct cells *line)
{
	char text[32];
	uint32_t first = txn->request ? txn->request : txn->response;
	if (!txn->final)
		return;
	const struct track_message *final = tracker_message_at(t, txn->final);
	snprintf(text, sizeof(text), "%u", final->code);
	put(line, 53, 3, text, CELL_PLAIN);
	if (!first)
		return;
	int64_t ns = tick_diff(final->at, tracker_message_at(t, first)->at);
	snprintf(text, sizeof(text), "%+.3f", (double)ns / (double)TICK_S);
	put(line, 57, 10, text, CELL_TIME);
}

static void draw_transaction(const struct tui *tui, const struct tracker *t,
                             const struct item *item, struct cells *line)
{
	const struct txn *txn = tracker_transaction_at(t, item->id);
	const struct txn_more *more = tracker_more(t, txn);
	const struct find_words words = words_of(tui->cfg.engine);
	const struct track_flow *flow = tracker_flow_at(t, txn->flow);
	enum txn_outcome outcome = tracker_outcome(t, item->id);
	char text[200], from[64], to[64];
	unsigned at = 14 + 2U * (item->hops < 4 ? item->hops : 4);
	put_time(t, line, 0, txn->request ? txn->request : txn->response);
	at += cells_text(line, at, 24 - (at - 14) - 8, tracker_method(t, txn),
	                 tui->cfg.utf8, CELL_REQUEST);
	snprintf(text, sizeof(text), "%u", txn->cseq);
	put(line, at + 1, 29 > at + 1 ? 29 - at - 1 : 0, text, CELL_PLAIN);
	put(line, 30, 11, txn_state_name((enum txn_state)txn->state), CELL_PLAIN);
	put(line, 42, 10, txn_outcome_name(outcome), outcome_style(outcome));
	draw_final(t, txn, line);
	words.address(&flow->src, from, sizeof(from));
	words.address(&flow->dst, to, sizeof(to));
	snprintf(text, sizeof(text), "%s -> %s  %u messages", from, to, txn->messages);
	uint32_t again = more->request_retransmissions + more->response_retransmissions +
	                 more->ack_retransmissions;
	if (again)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		         ", %u of them again", again);
	put(line, 68, LINE_WIDTH, text, CELL_PLAIN);
}

static void draw_item(struct tui *tui, const struct dialogs_screen *s, uint64_t n,
                      struct grid *grid, unsigned y)
{
	struct cell cells[LINE_WIDTH];
	struct cells line = { cells, LINE_WIDTH }, out = grid_line(grid, y);
	const struct tracker *t = engine_tracker(tui->cfg.engine);
	const struct item *item = &s->items[n];
	cells_blank(&line);
	if (item->kind == KIND_CALL)
		draw_call(tui, t, item->id, &line);
	else if (item->kind == KIND_DIALOG)
		draw_dialog(tui, t, item->id, &line);
	else
		draw_transaction(tui, t, item, &line);
	for (unsigned x = 0; x < out.width && x + s->left < LINE_WIDTH; x++)
		out.cells[x] = cells[x + s->left];
	for (unsigned x = 0; x < out.width && n == s->scroll.cursor; x++)
		out.cells[x].style |= CELL_INVERSE;
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct dialogs_screen *s = (struct dialogs_screen *)screen;
	draw_words(grid, 0, 0, "Dialogs and transactions", CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	if (!gather(tui, s))
		return;
	struct cell cells[LINE_WIDTH];
	struct cells titles = { cells, LINE_WIDTH };
	cells_blank(&titles);
	put(&titles, 0, LINE_WIDTH,
	    "Time          Method          State       Outcome    "
	    "Code Took       From and to",
	    CELL_TITLE);
	for (unsigned x = 0; x < grid->width && x + s->left < LINE_WIDTH; x++)
		if (grid->height > 1)
			grid_line(grid, 1).cells[x] = cells[x + s->left];
	unsigned height = grid->height > 2 ? grid->height - 2 : 0;
	scroll_fit(&s->scroll, s->nitems, height);
	for (unsigned y = 0; y < height && s->scroll.top + y < s->nitems; y++)
		draw_item(tui, s, s->scroll.top + y, grid, y + 2);
}

/* --- actions */

/* The messages of the transaction under the cursor. */
static void show(struct tui *tui, const struct dialogs_screen *s)
{
	const struct tracker *t = engine_tracker(tui->cfg.engine);
	if (s->scroll.cursor >= s->nitems ||
	    s->items[s->scroll.cursor].kind != KIND_TRANSACTION)
		return;
	const struct txn *txn = tracker_transaction_at(t, s->items[s->scroll.cursor].id);
	uint32_t n = 0, at = txn->last;
	for (uint32_t id = at; id; id = tracker_message_at(t, id)->prev)
		n++;
	uint32_t *ids = n ? mem_take(tui->mem, n * sizeof(*ids)) : NULL;
	if (!ids) {
		tui_note(tui, "out of memory");
		return;
	}
	for (uint32_t i = n; i > 0; at = tracker_message_at(t, at)->prev)
		ids[--i] = at;
	tui_push(tui, screen_message_new(tui, ids, n));
	mem_give(tui->mem, ids, n * sizeof(*ids));
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct dialogs_screen *s = (struct dialogs_screen *)screen;
	if (scroll_act(&s->scroll, action))
		return;
	if (action == ACTION_LEFT)
		s->left -= s->left < LEFT_STEP ? s->left : LEFT_STEP;
	else if (action == ACTION_RIGHT && s->left + LEFT_STEP < LINE_WIDTH)
		s->left += LEFT_STEP;
	else if (action == ACTION_SHOW)
		show(tui, s);
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	struct dialogs_screen *s = (struct dialogs_screen *)screen;
	mem_give(tui->mem, s->items, s->room * sizeof(*s->items));
	mem_give(tui->mem, s->calls, s->ncalls * sizeof(*s->calls));
	mem_give(tui->mem, s, sizeof(*s));
}

static bool holds(const struct tui *tui, const struct screen *screen, uint32_t call)
{
	const struct dialogs_screen *s = (const struct dialogs_screen *)screen;
	bool found = false;
	(void)tui;
	for (size_t i = 0; i < s->ncalls && !found; i++)
		found = s->calls[i] == call;
	return found;
}

static const struct screen_class class = {
	SCREEN_DIALOGS, draw, act, NULL, free_screen, holds
};

struct screen *screen_dialogs_new(struct tui *tui, const uint32_t *calls, size_t ncalls)
{
	struct dialogs_screen *s = ncalls ? mem_take(tui->mem, sizeof(*s)) : NULL;
	if (!s)
		return NULL;
	s->screen.class = &class;
	s->calls = mem_take(tui->mem, ncalls * sizeof(*calls));
	if (!s->calls) {
		mem_give(tui->mem, s, sizeof(*s));
		return NULL;
	}
	memcpy(s->calls, calls, ncalls * sizeof(*calls));
	s->ncalls = ncalls;
	return &s->screen;
}
