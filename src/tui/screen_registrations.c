/* SPDX-License-Identifier: MIT */
/* Who is registered where (RFC 3261 section 10), as the tracker knows it. */
#include "config.h"

#include <stdio.h>

#include "tui/screen.h"
#include "view/words.h"

struct registrations_screen {
	struct screen screen;
	struct scroll scroll;
};

#define HEAD 3 /* lines above the table */

struct widths {
	unsigned aor, contact, registrar;
};

#define STATE_WIDTH   13
#define EXPIRES_WIDTH 8

/* The addresses share what the other columns leave. */
static struct widths fit(unsigned width)
{
	unsigned rest = STATE_WIDTH + 2 * EXPIRES_WIDTH + 4;
	unsigned room = width > rest + 30 ? width - rest : 30;
	return (struct widths){ room * 3 / 8, room * 3 / 8, room - room * 3 / 8 * 2 };
}

static void draw_line(const struct tui *tui, struct grid *grid, unsigned y, uint32_t id)
{
	const struct tracker *t = engine_tracker(tui->cfg.engine);
	const struct registration *r = tracker_registration_at(t, id);
	struct widths w = fit(grid->width);
	char text[NET_ADDR_TEXT_MAX + 10];
	unsigned x = 1;
	draw_text(grid, y, x, w.aor, tracker_text(t, r->aor), tui->cfg.utf8, CELL_PLAIN);
	x += w.aor + 1;
	if (r->contact)
		draw_text(grid, y, x, w.contact, tracker_text(t, r->contact),
		          tui->cfg.utf8, CELL_PLAIN);
	x += w.contact + 1;
	words_of(tui->cfg.engine)
		.address(&tracker_flow_at(t, r->flow)->dst, text, sizeof(text));
	draw_text(grid, y, x, w.registrar, slice_of(text), false, CELL_PLAIN);
	x += w.registrar + 1;
	enum reg_state state = (enum reg_state)r->state;
	draw_words(grid, y, x, state == REG_QUERIED ? "queried" : reg_state_name(state),
	           state == REG_REGISTERED ? CELL_SUCCESS
	           : state == REG_REJECTED || state == REG_TIMEOUT || state == REG_EXPIRED
	                   ? CELL_FAILURE
	                   : CELL_PLAIN);
	x += STATE_WIDTH;
	if (r->expires != REG_NO_EXPIRES) {
		snprintf(text, sizeof(text), "%7u", r->expires);
		draw_words(grid, y, x, text, CELL_PLAIN);
	}
	x += EXPIRES_WIDTH;
	snprintf(text, sizeof(text), "%7u", r->refreshes);
	draw_words(grid, y, x, text, CELL_PLAIN);
}

static void draw_title(struct grid *grid)
{
	struct widths w = fit(grid->width);
	unsigned x = 1;
	draw_words(grid, HEAD - 1, x, "Address of record", CELL_TITLE);
	x += w.aor + 1;
	draw_words(grid, HEAD - 1, x, "Contact", CELL_TITLE);
	x += w.contact + 1;
	draw_words(grid, HEAD - 1, x, "Registrar", CELL_TITLE);
	x += w.registrar + 1;
	draw_words(grid, HEAD - 1, x, "State", CELL_TITLE);
	x += STATE_WIDTH;
	draw_words(grid, HEAD - 1, x, "Expires Refresh", CELL_TITLE);
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct registrations_screen *s = (struct registrations_screen *)screen;
	const struct tracker *t = engine_tracker(tui->cfg.engine);
	uint32_t n = tracker_registrations_kept(t);
	char text[64];
	snprintf(text, sizeof(text), "Registrations: %u", n);
	draw_words(grid, 0, 0, text, CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	draw_title(grid);
	scroll_fit(&s->scroll, n, grid->height > HEAD ? grid->height - HEAD : 1);
	if (n == 0)
		draw_words(grid, HEAD, 1, "No REGISTER yet.", CELL_NOTE);
	for (unsigned y = 0; y < s->scroll.height && s->scroll.top + y < n; y++) {
		if (HEAD + y >= grid->height)
			break;
		draw_line(tui, grid, HEAD + y,
		          tracker_registration_nth(t, (uint32_t)s->scroll.top + y));
		if (s->scroll.top + y == s->scroll.cursor) {
			struct cells line = grid_line(grid, HEAD + y);
			for (unsigned x = 0; x < line.width; x++)
				line.cells[x].style |= CELL_INVERSE;
		}
	}
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct registrations_screen *s = (struct registrations_screen *)screen;
	const struct tracker *t = engine_tracker(tui->cfg.engine);
	if (action != ACTION_SHOW) {
		scroll_act(&s->scroll, action);
	} else if (s->scroll.cursor < tracker_registrations_kept(t)) {
		uint32_t id = tracker_registration_nth(t, (uint32_t)s->scroll.cursor);
		tui_push(tui,
		         screen_flow_new(tui, &tracker_registration_at(t, id)->call, 1));
	}
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	mem_give(tui->mem, screen, sizeof(struct registrations_screen));
}

static const struct screen_class class = { SCREEN_REGISTRATIONS, draw, act, NULL,
	                                   free_screen, NULL };

struct screen *screen_registrations_new(struct tui *tui)
{
	struct registrations_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	return &s->screen;
}
