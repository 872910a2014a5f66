/* SPDX-License-Identifier: MIT */
/* Counts of messages and calls. What the engine counts is there at once; kinds, states
 * and senders of calls are counted call by call, some in each frame. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/screen.h"
#include "view/words.h"

#define TOP 10 /* senders shown */

struct counts {
	uint32_t kinds[CALL_KIND_COUNT];
	uint32_t states[CALL_STATE_COUNT];
	uint32_t asked; /* calls */
};

struct sender {
	uint32_t calls; /* whose first message it sent */
	uint32_t flow;  /* one that has its address */
};

struct stats_screen {
	struct screen screen;
	struct scroll scroll;
	struct counts shown, next; /* next: of the pass that is under way */
	struct sender *senders;    /* by number of the address */
	uint32_t nsenders;
	bool sender_lost; /* no memory for some */
	bool whole;       /* one pass is through */
	uint64_t messages;
	struct sender top[TOP];
};

/* --- counting */

static struct sender *sender_of(struct tui *tui, struct stats_screen *s, uint32_t addr)
{
	if (addr >= s->nsenders) {
		uint32_t n = s->nsenders ? s->nsenders : 256;
		while (n <= addr)
			n *= 2;
		struct sender *more =
			mem_resize(tui->mem, s->senders, s->nsenders * sizeof(*more),
		                   n * sizeof(*more));
		if (!more)
			return NULL;
		s->senders = more;
		s->nsenders = n;
	}
	return &s->senders[addr];
}

static void count_call(struct tui *tui, struct stats_screen *s, uint32_t id)
{
	const struct tracker *t = engine_tracker(tui->cfg.engine);
	const struct call *c = tracker_call_at(t, id);
	struct call_summary sum;
	s->next.kinds[c->kind]++;
	if (c->kind == CALL_INVITE) {
		tracker_summarize(t, id, &sum);
		s->next.states[sum.state]++;
	}
	if (!c->first)
		return;
	uint32_t flow = tracker_message_at(t, c->first)->flow;
	struct sender *sender = sender_of(tui, s, tracker_flow_at(t, flow)->src_addr);
	if (!sender) {
		s->sender_lost = true;
		return;
	}
	sender->calls++;
	sender->flow = flow;
}

static void find_top(struct stats_screen *s)
{
	memset(s->top, 0, sizeof(s->top));
	for (uint32_t i = 0; i < s->nsenders; i++) {
		unsigned at = TOP;
		while (at > 0 && s->senders[i].calls > s->top[at - 1].calls)
			at--;
		if (at == TOP)
			continue;
		memmove(&s->top[at + 1], &s->top[at], (TOP - 1 - at) * sizeof(s->top[0]));
		s->top[at] = s->senders[i];
	}
}

/* True: there is more to do now. */
static bool count_some(struct tui *tui, struct stats_screen *s)
{
	uint32_t calls = tracker_calls(engine_tracker(tui->cfg.engine));
	uint64_t messages = engine_stats(tui->cfg.engine)->messages;
	int64_t until = tui_now_ms() + TUI_WORK_MS;
	if (s->whole && s->next.asked == calls && s->messages == messages)
		return false;
	if (s->next.asked == 0) {
		s->messages = messages;
		if (s->senders)
			memset(s->senders, 0, s->nsenders * sizeof(*s->senders));
	}
	while (s->next.asked < calls) {
		if (tracker_has_call(engine_tracker(tui->cfg.engine), ++s->next.asked))
			count_call(tui, s, s->next.asked);
		if (s->next.asked % 32 == 0 && tui_now_ms() >= until)
			break;
	}
	if (s->next.asked == calls || !s->whole) {
		s->shown = s->next;
		find_top(s);
	}
	if (s->next.asked < calls)
		return true;
	s->whole = true;
	if (s->messages == messages)
		return false;
	s->next = (struct counts){ 0 }; /* once more, with what came meanwhile */
	return true;
}

/* --- lines */

struct lines {
	struct grid *grid;
	uint64_t top; /* lines above the screen */
	uint64_t n;   /* so far */
};

static void line(struct lines *l, const char *text, enum cell_style style)
{
	if (l->grid && l->n >= l->top && l->n - l->top + 2 < l->grid->height)
		draw_words(l->grid, (unsigned)(l->n - l->top) + 2, 1, text, style);
	l->n++;
}

static void title(struct lines *l, const char *text)
{
	if (l->n)
		line(l, "", CELL_PLAIN);
	line(l, text, CELL_TITLE);
}

/* A count and its share of all; none: no line. */
static void share(struct lines *l, const char *name, uint64_t n, uint64_t all)
{
	char text[128];
	if (n == 0)
		return;
	snprintf(text, sizeof(text), "%-24s %12llu  %5.1f%%", name, (unsigned long long)n,
	         all ? 100.0 * (double)n / (double)all : 0.0);
	line(l, text, CELL_PLAIN);
}

static void message_lines(const struct tui *tui, struct lines *l)
{
	const struct engine_stats *s = engine_stats(tui->cfg.engine);
	char name[32];
	title(l, "Messages");
	share(l, "all", s->messages, s->messages);
	for (unsigned m = 0; m <= SIP_METHOD_OTHER; m++)
		share(l,
		      m == SIP_METHOD_OTHER ? "other requests"
		                            : sip_method_name((enum sip_method)m),
		      s->requests[m], s->messages);
	for (unsigned i = 1; i < 10; i++) {
		snprintf(name, sizeof(name), "%uxx", i);
		share(l, name, s->responses[i], s->messages);
	}
	share(l, "retransmissions", s->retransmissions, s->messages);
	share(l, "captured twice", s->duplicates, s->messages);
	share(l, "malformed", s->malformed, s->messages);
}

static void call_lines(const struct tui *tui, const struct stats_screen *s,
                       struct lines *l)
{
	const struct counts *c = &s->shown;
	char text[96];
	title(l, "Calls by kind");
	for (unsigned k = 0; k < CALL_KIND_COUNT; k++)
		share(l, call_kind_name((enum call_kind)k), c->kinds[k], c->asked);
	title(l, "INVITE calls by state");
	for (unsigned i = 0; i < CALL_STATE_COUNT; i++)
		share(l, call_state_name((enum call_state)i), c->states[i],
		      c->kinds[CALL_INVITE]);
	title(l, s->sender_lost ? "Most calls begun by (not all: out of memory)"
	                        : "Most calls begun by");
	for (unsigned i = 0; i < TOP && s->top[i].calls; i++) {
		const struct tracker *t = engine_tracker(tui->cfg.engine);
		struct track_endpoint from = tracker_flow_at(t, s->top[i].flow)->src;
		from.port = 0;
		words_of(tui->cfg.engine).address(&from, text, sizeof(text));
		share(l, text, s->top[i].calls, c->asked);
	}
}

static void loss_lines(const struct tui *tui, struct lines *l)
{
	struct tui_loss losses[TUI_LOSSES_MAX];
	unsigned n = tui->cfg.losses(tui->cfg.arg, losses);
	char text[128];
	title(l, "Not analyzed");
	for (unsigned i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%12llu  %s",
		         (unsigned long long)losses[i].n, losses[i].words);
		line(l, text, CELL_PLAIN);
	}
	if (n == 0)
		line(l, "nothing was lost", CELL_PLAIN);
}

static void all_lines(const struct tui *tui, const struct stats_screen *s,
                      struct lines *l)
{
	message_lines(tui, l);
	call_lines(tui, s, l);
	loss_lines(tui, l);
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct stats_screen *s = (struct stats_screen *)screen;
	struct lines l = { 0 };
	char text[96];
	tui->busy = count_some(tui, s);
	all_lines(tui, s, &l);
	scroll_fit(&s->scroll, l.n, 1);
	if (s->whole)
		snprintf(text, sizeof(text), "Statistics");
	else
		snprintf(text, sizeof(text), "Statistics: %u calls counted",
		         s->shown.asked);
	draw_words(grid, 0, 0, text, CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	uint64_t room = grid->height > 2 ? grid->height - 2 : 1;
	uint64_t most = l.n > room ? l.n - room : 0;
	if (s->scroll.cursor > most) /* the last line is at the foot */
		s->scroll.cursor = most;
	l = (struct lines){ grid, s->scroll.cursor, 0 };
	all_lines(tui, s, &l);
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	(void)tui;
	scroll_act(&((struct stats_screen *)screen)->scroll, action);
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	struct stats_screen *s = (struct stats_screen *)screen;
	mem_give(tui->mem, s->senders, s->nsenders * sizeof(*s->senders));
	mem_give(tui->mem, s, sizeof(*s));
}

static const struct screen_class class = {
	SCREEN_STATS, draw, act, NULL, free_screen, NULL
};

struct screen *screen_stats_new(struct tui *tui)
{
	struct stats_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	return &s->screen;
}
