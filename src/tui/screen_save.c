/* SPDX-License-Identifier: MIT */
/* Write calls into a file, which who started the screen does. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/screen.h"

enum { PATH, WHAT, FORMAT, LINES };
enum { ALL, SELECTED, DISPLAYED, CURRENT, CHOICES };

struct save_screen {
	struct screen screen;
	struct scroll scroll;
	struct edit path;
	unsigned what;
	uint32_t call; /* CURRENT, or 0 */
	enum tui_format format;
	bool overwrite; /* it was asked, and Enter is the answer */
};

static const char *const choices[CHOICES] = { "all calls", "the selected ones",
	                                      "the ones in the list",
	                                      "the one under the cursor" };
static const char *const formats[TUI_FORMAT_COUNT] = {
	"packets: pcap, or pcapng where the name ends in .pcapng",
	"packets, those of announced media too",
	"text: ladders and messages",
	"JSON",
};
static const char *const endings[TUI_FORMAT_COUNT] = { ".pcap", ".pcap", ".txt",
	                                               ".json" };

static void draw_choice(struct grid *grid, unsigned y, const char *label,
                        const char *value, bool active)
{
	draw_words(grid, y, 2, label, active ? CELL_HEAD : CELL_PLAIN);
	draw_words(grid, y, 14, value, active ? CELL_MARKED : CELL_PLAIN);
}

static uint32_t how_many(const struct tui *tui, const struct save_screen *s)
{
	switch (s->what) {
	case SELECTED: return tui->list.nmarked;
	case DISPLAYED: return list_calls(&tui->list);
	case CURRENT: return s->call != 0;
	default: return tracker_calls_kept(engine_tracker(tui->cfg.engine));
	}
}

static void draw(struct tui *tui, struct screen *screen, struct grid *grid)
{
	struct save_screen *s = (struct save_screen *)screen;
	char what[96];
	uint32_t n = how_many(tui, s);
	scroll_fit(&s->scroll, LINES, LINES);
	draw_words(grid, 0, 0, "Save", CELL_BAR);
	draw_bar(grid, 0, CELL_BAR);
	draw_edit(grid, 2, "File:", &s->path, s->scroll.cursor == PATH, tui->cfg.utf8);
	snprintf(what, sizeof(what), "%s (%u)", choices[s->what], n);
	draw_choice(grid, 3, "Calls:", what, s->scroll.cursor == WHAT);
	draw_choice(grid, 4, "Format:", formats[s->format], s->scroll.cursor == FORMAT);
}

/* The calls that were chosen, with room for more; *out NULL: all of them. False: there is
 * none, or no memory, and that is told. */
static bool collect(struct tui *tui, const struct save_screen *s, uint32_t **out,
                    uint32_t *room, uint32_t *count)
{
	uint32_t all = tracker_calls(engine_tracker(tui->cfg.engine)), n = 0;
	uint32_t most = how_many(tui, s);
	*out = NULL;
	*room = *count = 0;
	if (s->what == ALL)
		return true;
	if (most == 0) {
		tui_note(tui, "there is no such call");
		return false;
	}
	*out = mem_take(tui->mem, most * sizeof(**out));
	if (!*out) {
		tui_note(tui, "out of memory");
		return false;
	}
	*room = most;
	if (s->what == CURRENT)
		(*out)[n++] = s->call;
	struct list_walk walk = { 0 };
	while (s->what == DISPLAYED && n < most &&
	       list_next(&tui->list, &walk, &(*out)[n]))
		n++;
	for (uint32_t call = 1; s->what == SELECTED && call <= all && n < most; call++)
		if (list_is_marked(&tui->list, call))
			(*out)[n++] = call;
	*count = n; /* fewer rows may stand there already than calls have passed */
	return true;
}

static void save(struct tui *tui, struct save_screen *s)
{
	char why[TUI_WHY_MAX] = "";
	uint32_t *calls, room, n;
	if (s->path.len == 0) {
		tui_note(tui, "it needs a name");
		return;
	}
	if (!tui->cfg.save || !collect(tui, s, &calls, &room, &n))
		return;
	const struct tui_save what = { s->path.text, s->format, calls, n, s->overwrite };
	enum tui_saved saved = tui->cfg.save(tui->cfg.arg, &what, why);
	mem_give(tui->mem, calls, room * sizeof(*calls));
	s->overwrite = saved == TUI_SAVE_EXISTS;
	if (saved == TUI_SAVE_EXISTS)
		tui_note(tui, "the file exists: Enter writes over it");
	else if (saved == TUI_SAVED)
		tui_pop(tui); /* s is gone */
	if (*why)
		tui_note(tui, "%s", why);
}

/* Another format has another ending, where the name has the usual one. */
static void next_format(struct save_screen *s)
{
	const char *old = endings[s->format];
	size_t len = strlen(old);
	s->format = (enum tui_format)((s->format + 1) % TUI_FORMAT_COUNT);
	const char *ending = endings[s->format];
	if (s->path.len >= len && memcmp(s->path.text + s->path.len - len, old, len) == 0)
		edit_replace(&s->path, s->path.len - len, s->path.len, slice_of(ending));
}

static void act(struct tui *tui, struct screen *screen, enum action action)
{
	struct save_screen *s = (struct save_screen *)screen;
	if (action == ACTION_CHANGE) {
		save(tui, s);
		return;
	}
	s->overwrite = false;
	bool next = action == ACTION_SELECT || action == ACTION_RIGHT;
	if (next && s->scroll.cursor == WHAT)
		s->what = (s->what + 1) % CHOICES;
	else if (next && s->scroll.cursor == FORMAT)
		next_format(s);
	else if (!next)
		scroll_act(&s->scroll, action);
}

static bool type(struct tui *tui, struct screen *screen, int key, bool is_char)
{
	struct save_screen *s = (struct save_screen *)screen;
	(void)tui;
	if (is_char && key == '\t') {
		s->scroll.cursor = (s->scroll.cursor + 1) % LINES;
		return true;
	}
	if (s->scroll.cursor != PATH || !edit_key(&s->path, key, is_char))
		return false;
	s->overwrite = false;
	return true;
}

static void free_screen(struct tui *tui, struct screen *screen)
{
	mem_give(tui->mem, screen, sizeof(struct save_screen));
}

static bool holds(const struct tui *tui, const struct screen *screen, uint32_t call)
{
	(void)tui;
	return ((const struct save_screen *)screen)->call == call;
}

static const struct screen_class class = {
	SCREEN_SAVE, draw, act, type, free_screen, holds
};

struct screen *screen_save_new(struct tui *tui, uint32_t call)
{
	struct save_screen *s = mem_take(tui->mem, sizeof(*s));
	if (!s)
		return NULL;
	s->screen.class = &class;
	s->call = call;
	s->what = tui->list.nmarked ? SELECTED : ALL;
	struct slice folder = setup_text(tui->cfg.setup, SETTING_SAVE_PATH);
	edit_replace(&s->path, 0, 0, SLICE("sipglass.pcap"));
	if (folder.len) {
		edit_replace(&s->path, 0, 0, SLICE("/"));
		edit_replace(&s->path, 0, 0, folder);
		s->path.at = s->path.len;
	}
	return &s->screen;
}
