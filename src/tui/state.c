/* SPDX-License-Identifier: MIT */
/* Settings, and where the screen keeps what they say. */
#include "config.h"

#include <string.h>

#include "tui/screen.h"
#include "tui/terminal.h"

/* --- one setting */

static unsigned get_flow(const struct flow_look *flow, enum setting setting)
{
	switch (setting) {
	case SETTING_FLOW_COLORS: return flow->colors;
	case SETTING_TIMES: return flow->times;
	case SETTING_SDP: return flow->sdp;
	case SETTING_FOLD: return flow->fold;
	case SETTING_MEDIA: return flow->media;
	case SETTING_ONLY: return flow->only;
	case SETTING_TIMERS: return !flow->no_timers;
	case SETTING_COMPRESSED: return flow->compressed;
	case SETTING_PREVIEW: return !flow->no_preview;
	default: return 0;
	}
}

unsigned tui_setting(const struct tui *tui, enum setting setting)
{
	switch (setting) {
	case SETTING_COLORS: return tui->cfg.color;
	case SETTING_THEME: return tui->theme.base;
	case SETTING_CHARACTERS: return !tui->cfg.utf8;
	case SETTING_HINTALT: return tui->second_keys;
	case SETTING_CONFIRM_EXIT: return tui->confirm;
	case SETTING_CALLS_ONLY: return tui->list.calls_only;
	case SETTING_FOLLOW: return tui->follow;
	case SETTING_ORDER: return tui->list.descending;
	case SETTING_ALIASES: return tui->show_aliases;
	case SETTING_ALIAS_PORT: return tui->cfg.setup->aliases.with_port;
	case SETTING_SYNTAX: return !tui->text_look.plain;
	default: return get_flow(&tui->flow, setting);
	}
}

static void set_flow(struct flow_look *flow, enum setting setting, unsigned n)
{
	switch (setting) {
	case SETTING_FLOW_COLORS: flow->colors = (enum ladder_colors)n; break;
	case SETTING_TIMES: flow->times = (enum ladder_times)n; break;
	case SETTING_SDP: flow->sdp = (enum flow_sdp)n; break;
	case SETTING_FOLD: flow->fold = (enum flow_fold)n; break;
	case SETTING_MEDIA: flow->media = n; break;
	case SETTING_ONLY: flow->only = (enum flow_only)n; break;
	case SETTING_TIMERS: flow->no_timers = !n; break;
	case SETTING_COMPRESSED: flow->compressed = n; break;
	case SETTING_PREVIEW: flow->no_preview = !n; break;
	default: break;
	}
}

static void set_characters(struct tui *tui, bool ascii)
{
	if (!ascii && !tui->can_utf8)
		tui_note(tui, "the locale has no UTF-8, or --ascii was given");
	tui->cfg.utf8 = tui->can_utf8 && !ascii;
}

static void set_calls_only(struct tui *tui, bool only)
{
	bool changed = tui->list.calls_only != only;
	tui->list.calls_only = only;
	if (changed)
		list_restart(&tui->list);
}

/* Names and addresses differ in width: columns begin anew. */
static void set_aliases(struct tui *tui, bool show, bool with_port)
{
	tui->show_aliases = show;
	tui->cfg.setup->aliases.with_port = with_port;
	memset(tui->columns.wanted, 0, sizeof(tui->columns.wanted));
}

void tui_set(struct tui *tui, enum setting setting, unsigned n)
{
	switch (setting) {
	case SETTING_COLORS: tui->cfg.color = n; break;
	case SETTING_THEME: tui->theme.base = (enum theme_base)n; break;
	case SETTING_CHARACTERS: set_characters(tui, n); return;
	case SETTING_HINTALT: tui->second_keys = n; return;
	case SETTING_CONFIRM_EXIT: tui->confirm = n; return;
	case SETTING_CALLS_ONLY: set_calls_only(tui, n); return;
	case SETTING_FOLLOW: tui->follow = n; return;
	case SETTING_ORDER: tui->list.descending = n; return;
	case SETTING_ALIASES:
		set_aliases(tui, n, tui->cfg.setup->aliases.with_port);
		return;
	case SETTING_ALIAS_PORT: set_aliases(tui, tui->show_aliases, n); return;
	case SETTING_SYNTAX: tui->text_look.plain = !n; return;
	default: set_flow(&tui->flow, setting, n); return;
	}
	terminal_theme(&tui->theme, tui->cfg.color);
}

/* --- all of them */

static void take_columns(struct tui *tui, const struct setup *setup)
{
	struct tui_columns *t = &tui->columns;
	struct column_of sort;
	t->n = setup->ncolumns;
	memcpy(t->of, setup->columns, t->n * sizeof(t->of[0]));
	if (column_parse(setup_text(setup, SETTING_SORT), &sort))
		list_sort(&tui->list, &sort, tui->list.descending);
}

void tui_begin(struct tui *tui)
{
	const struct setup *setup = tui->cfg.setup;
	bool color = tui->cfg.color;
	tui->theme = setup->theme;
	for (unsigned i = 0; i < SETTING_COUNT; i++)
		if (setup_values((enum setting)i))
			tui_set(tui, (enum setting)i, setup->number[i]);
	*tui->note = '\0'; /* nobody asked */
	tui->cfg.color = color && setup->number[SETTING_COLORS];
	terminal_theme(&tui->theme, tui->cfg.color);
	take_columns(tui, setup);
	for (unsigned i = 0; i < SETTING_COUNT; i++)
		tui->begun[i] = tui_setting(tui, (enum setting)i);
}

/* Columns have their names in the setup. */
static void keep_sort(struct tui *tui, struct setup *setup)
{
	char name[COLUMN_NAME_MAX], why[SETUP_WHY_MAX];
	size_t len = column_of_name(&tui->list.sort, name);
	(void)setup_set(setup, SETTING_SORT, (struct slice){ name, len }, why);
}

void tui_keep(struct tui *tui)
{
	struct setup *setup = tui->cfg.setup;
	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		unsigned n = tui_setting(tui, (enum setting)i);
		if (setup_values((enum setting)i) && n != tui->begun[i])
			setup_choose(setup, (enum setting)i, n);
		tui->begun[i] = n;
	}
	setup->ncolumns = tui->columns.n;
	memcpy(setup->columns, tui->columns.of,
	       tui->columns.n * sizeof(setup->columns[0]));
	keep_sort(tui, setup);
}

const struct aliases *tui_aliases(const struct tui *tui)
{
	return tui->show_aliases ? &tui->cfg.setup->aliases : NULL;
}

void tui_toggle_aliases(struct tui *tui)
{
	if (tui->cfg.setup->aliases.count == 0) {
		tui_note(tui, "no address has a name: [aliases] of the configuration "
		              "file gives them");
		return;
	}
	tui_set(tui, SETTING_ALIASES, !tui->show_aliases);
	tui_note(tui, tui->show_aliases ? "names of addresses" : "addresses");
}
