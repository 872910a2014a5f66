/* SPDX-License-Identifier: MIT */
/* What was found in all calls: how often, and in how many of them. Calls are asked one by
 * one, some in each frame, so that no key waits for a million of them. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/finding_list.h"
#include "tui/screen.h"

struct counts {
	uint32_t findings[FIND_CODE_COUNT];
	uint32_t calls[FIND_CODE_COUNT];
};

struct overview_screen {
	struct screen screen;
	struct scroll scroll;
	struct counts shown, next;      /* next: of the pass that is under way */
	uint32_t asked;                 /* calls, in this pass */
	bool whole;                     /* one pass is through */
	uint64_t messages;              /* that there were when it began */
	uint32_t last[FIND_CODE_COUNT]; /* the newest call that had it, in this pass */
	uint32_t call;                  /* that is asked */
};

static bool count(void *arg, const struct finding *f)
{
	struct overview_screen *s = arg;
	s->next.findings[f->code]++;
	s->next.calls[f->code] += s->last[f->code] != s->call;
	s->last[f->code] = s->call;
	return false;
}

/* True: there is more to do now. */
static bool ask_some(struct tui *tui, struct overview_screen *s)
{
	struct engine *e = tui->cfg.engine;
	uint32_t calls = tracker_calls(engine_tracker(e));
	uint64_t messages = engine_stats(e)->messages;
	int64_t until = tui_now_ms() + TUI_WORK_MS;
	if (s->asked == calls && s->whole && s->messages == messages)
		return false;
	if (s->asked == 0) {
		memset(&s->next, 0, sizeof(s->next));
		memset(s->last, 0, sizeof(s->last));
		s->messages = messages;
	}
	while (s->asked < calls) {
		s->call = ++s->asked;
		if (tracker_has_call(engine_tracker(e), s->call))
			engine_find_call(e, s->call, count, s);
		if (s->asked % 32 == 0 && tui_now_ms() >= until)
			break;
	}
	if (s->asked == calls || !s->whole)
		s->shown = s->next;
	if (s->asked < calls)
		return true;
	s->whole = true;
	if (s->messages != messages)
		s->asked = 0; /* once more, with what came meanwhile */
	return s->messages != messages;
}

/* Worse ones first, then more frequent ones. Returns how many codes there are. */
static unsigned order(const struct counts *c, uint8_t codes[FIND_CODE_COUNT])
{
	unsigned n = 0;
	for (unsigned code = 0; code < FIND_CODE_COUNT; code++) {
		enum find_severity severity = find_code_severity((enum find_code)code);
		unsigned at = n;
		if (!c->findings[code])
			continue;
		for (; at > 0; at--) {
			enum find_severity above =
				find_code_severity((enum find_code)codes[at - 1]);
			if (above < severity ||
			    (above == severity &&
			     c->findings[codes[at - 1]] >= c->findings[code]))
				break;
			codes[at] = codes[at - 1];
		}
		codes[at] = (uint8_t)code;
		n++;
	}
	return n;
}
_Static_assert(FIND_CODE_COUNT <= UINT8_MAX, "codes are kept in bytes");

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct overview_screen *s = (struct overview_screen *)screen;
	uint8_t codes[FIND_CODE_COUNT];
	char text[160];
	tui->busy = ask_some(tui, s);
	uint32_t calls = tracker_calls(engine_tracker(tui->cfg.engine));
	snprintf(text, sizeof(text), "Findings of all calls%s",
	         s->whole ? "" : ", counting");
	draw_words(grid, 0, 0, text, CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	if (!s->whole) {
		snprintf(text, sizeof(text), "%u of %u calls", s->asked, calls);
		draw_words(grid, 1, 0, text, CELL_TIME);
	}
	unsigned n = order(&s->shown, codes);
	scroll_fit(&s->scroll, n, grid->height > 4 ? grid->height - 4 : 1);
	draw_words(grid, 3, 0, "Findings    Calls  Severity  Code", CELL_TITLE);
	if (n == 0 && s->whole)
		draw_words(grid, 4, 2, "Nothing was found.", CELL_PLAIN);
	for (unsigned y = 0; y < s->scroll.height && s->scroll.top + y < n; y++) {
		enum find_code code = (enum find_code)codes[s->scroll.top + y];
		enum find_severity severity = find_code_severity(code);
		snprintf(text, sizeof(text), "%8u %8u  %-8s  %-28s %s",
		         s->shown.findings[code], s->shown.calls[code],
		         find_severity_name(severity), find_code_name(code),
		         find_code_reference(code));
		draw_words(grid, 4 + y, 0, text, severity_style(severity));
		if (s->scroll.top + y == s->scroll.cursor && 4 + y < grid->height) {
			struct cells line = grid_line(grid, 4 + y);
			for (unsigned x = 0; x < line.width; x++)
				line.cells[x].style |= CELL_INVERSE;
		}
	}
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct overview_screen *s = (struct overview_screen *)screen;
	uint8_t codes[FIND_CODE_COUNT];
	char text[96];
	if (action != ACTION_SHOW) {
		scroll_act(&s->scroll, action);
		return;
	}
	if (s->scroll.cursor >= order(&s->shown, codes))
		return;
	snprintf(text, sizeof(text), "finding == %s",
	         find_code_name((enum find_code)codes[s->scroll.cursor]));
	tui_pop(tui); /* s is gone */
	(void)screen_list_filter(tui, slice_of(text));
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	mem_give(tui->mem, screen, sizeof(struct overview_screen));
}

static const struct screen_class class = { SCREEN_OVERVIEW, draw, act, NULL,
	                                   free_screen, NULL };

struct screen *screen_overview_new(struct tui *tui)
{
	struct overview_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	return &s->screen;
}
