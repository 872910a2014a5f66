/* SPDX-License-Identifier: MIT */
/* What was found in a call: why it ended as it did, and each finding with its frames. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/finding_list.h"
#include "tui/screen.h"
#include "view/words.h"

struct findings_screen {
	struct screen screen;
	struct scroll scroll;
	uint32_t call;
	struct finding_list findings;
	uint64_t messages; /* of the capture, when they were looked for */
	bool asked;
};

/* Ask again when there are new messages. */
static void ask(struct tui *tui, struct findings_screen *s)
{
	uint64_t messages = engine_stats(tui->cfg.engine)->messages;
	if (s->asked && s->messages == messages)
		return;
	finding_list_ask(&s->findings, tui->cfg.engine, &s->call, 1);
	s->asked = true;
	s->messages = messages;
}

/* The sentence over as many lines as it takes, from y on; returns the next one. */
static unsigned draw_wrapped(struct grid *grid, unsigned y, unsigned x, struct slice text,
                             bool utf8, enum cell_style style)
{
	unsigned room = grid->width > x + 10 ? grid->width - x : 10;
	while (text.len && y < grid->height) {
		size_t n = text.len;
		if (n > room) {
			n = room;
			while (n > 0 && text.p[n] != ' ')
				n--;
			n = n ? n : room;
		}
		draw_text(grid, y++, x, room, slice_head(text, n), utf8, style);
		text = slice_trim(slice_skip(text, n));
	}
	return y;
}

static unsigned draw_finding(const struct tui *tui, const struct find *find,
                             const struct finding *f, struct grid *grid, unsigned y)
{
	const struct find_words words = words_of(tui->cfg.engine);
	const struct tracker *t = engine_tracker(tui->cfg.engine);
	enum find_code code = (enum find_code)f->code;
	enum find_severity severity = find_code_severity(code);
	char text[FIND_TEXT_MAX], head[160];
	size_t len = find_text(find, f, &words, text);
	snprintf(head, sizeof(head), "%-7s %s  (%s)%s", find_severity_name(severity),
	         find_code_name(code), find_code_reference(code),
	         f->gap ? "  packets that were not captured could explain it" : "");
	draw_words(grid, y++, 0, head, severity_style(severity));
	y = draw_wrapped(grid, y, 8, (struct slice){ text, len }, tui->cfg.utf8,
	                 CELL_PLAIN);
	int n = snprintf(head, sizeof(head), "frames");
	for (unsigned i = 0; i < FIND_MESSAGES_MAX; i++)
		if (f->messages[i] && (i == 0 || f->messages[i] != f->messages[0]))
			n += snprintf(head + n, sizeof(head) - (size_t)n, " %u",
			              tracker_message_at(t, f->messages[i])->frame);
	draw_words(grid, y++, 8, head, CELL_TIME);
	return y + 1;
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct findings_screen *s = (struct findings_screen *)screen;
	const struct find *find = engine_find_peek(tui->cfg.engine);
	const struct find_words words = words_of(tui->cfg.engine);
	char text[FIND_TEXT_MAX];
	ask(tui, s);
	draw_words(grid, 0, 0, "Findings", CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	struct call_summary sum;
	size_t len = 0;
	if (tracker_call_at(engine_tracker(tui->cfg.engine), s->call)->kind ==
	    CALL_INVITE) {
		tracker_summarize(engine_tracker(tui->cfg.engine), s->call, &sum);
		len = find_why(find, &sum, &words, text);
	}
	unsigned y = draw_wrapped(grid, 2, 0, (struct slice){ text, len }, tui->cfg.utf8,
	                          CELL_HEAD) +
	             1;
	scroll_fit(&s->scroll, s->findings.n, 1);
	if (s->findings.more) {
		snprintf(text, sizeof(text), "and %llu more, which are not shown",
		         (unsigned long long)s->findings.more);
		draw_words(grid, 1, 0, text, CELL_NOTE);
	}
	if (s->findings.n == 0)
		draw_words(grid, y, 0, "Nothing was found.", CELL_PLAIN);
	for (uint32_t i = (uint32_t)s->scroll.cursor;
	     i < s->findings.n && y < grid->height; i++)
		y = draw_finding(tui, find, &s->findings.list[i], grid, y);
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	(void)tui;
	scroll_act(&((struct findings_screen *)screen)->scroll, action);
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	struct findings_screen *s = (struct findings_screen *)screen;
	finding_list_clear(&s->findings);
	mem_give(tui->mem, s, sizeof(*s));
}

static bool holds(const struct tui *tui, const struct screen *screen, uint32_t call)
{
	(void)tui;
	return ((const struct findings_screen *)screen)->call == call;
}

static const struct screen_class class = { SCREEN_FINDINGS, draw, act, NULL,
	                                   free_screen, holds };

struct screen *screen_findings_new(struct tui *tui, uint32_t call)
{
	struct findings_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	s->call = call;
	finding_list_init(&s->findings, tui->mem);
	return &s->screen;
}
