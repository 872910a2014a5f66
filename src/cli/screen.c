/* SPDX-License-Identifier: MIT */
/* The run as the screen sees it: packets to read, how far it is, what was lost. */
#include "config.h"

#include <stdio.h>

#include "cli/run.h"

#define NAMES_MAX 128 /* bytes of the inputs' names, for the first line */

static enum tui_feed feed(void *arg, unsigned ms)
{
	struct run *r = arg;
	struct frame frame;
	int64_t until = run_now_ms() + ms;
	while (!run_stopped() && !run_is_enough(r)) {
		enum err e = merge_next(r->merge, &frame);
		if (e == ERR_MORE && !live_clock(r, true))
			return TUI_FEED_WAIT;
		if (e != OK)
			break;
		run_frame(r, &frame);
		if (run_is_time(r) && run_now_ms() >= until) {
			if (live_clock(r, false))
				break;
			return TUI_FEED_MORE;
		}
	}
	live_tell_inputs(r);
	engine_finish(r->engine);
	r->ended = true;
	return TUI_FEED_END;
}

static int progress(void *arg)
{
	return run_percent(arg);
}

static unsigned losses(void *arg, struct tui_loss out[TUI_LOSSES_MAX])
{
	const struct run *r = arg;
	struct loss all[LOSS_COUNT];
	unsigned n = 0;
	_Static_assert(LOSS_COUNT <= TUI_LOSSES_MAX, "a reason has no room");
	losses_count(all, r->engine, &r->totals);
	for (unsigned i = 0; i < LOSS_COUNT; i++) {
		const struct loss *l = &all[i];
		if (l->n)
			out[n++] = (struct tui_loss){ l->n, l->brief,
				                      l->n == 1 ? l->one : l->many };
	}
	return n;
}

/* What went wrong and was not shown yet, or NULL. */
static const char *problem(void *arg)
{
	struct run *r = arg;
	return r->notes.shown < r->notes.n ? r->notes.text[r->notes.shown++] : NULL;
}

static bool is_stopped(void *arg)
{
	(void)arg;
	return run_stopped();
}

static enum tui_saved save_setup(void *arg, const struct setup *setup, bool overwrite,
                                 char why[TUI_WHY_MAX])
{
	struct run *r = arg;
	return config_save(&r->config, setup, overwrite, why);
}

/* "eth0, eth1", cut where there are many. */
static void name_inputs(const struct run *r, char out[NAMES_MAX])
{
	size_t n = 0;
	out[0] = '\0';
	for (unsigned i = 0; i < r->totals.inputs && n < NAMES_MAX - 1; i++) {
		int len = snprintf(out + n, NAMES_MAX - n, "%s%s", i ? ", " : "",
		                   r->paths[i]);
		n += len > 0 ? (size_t)len : 0;
	}
}

void screen_show(struct run *r)
{
	char names[NAMES_MAX];
	name_inputs(r, names);
	const char *notice =
		r->config.told ? "the configuration is not all understood: standard "
				 "error has the lines"
			       : NULL;
	const struct tui_cfg cfg = { .engine = r->engine,
		                     .select = &r->select,
		                     .feed = feed,
		                     .progress = progress,
		                     .losses = losses,
		                     .save = save_calls,
		                     .save_setup = save_setup,
		                     .problem = problem,
		                     .stopped = is_stopped,
		                     .arg = r,
		                     .input = names,
		                     .live = r->opt.ndevices > 0,
		                     .setup = &r->config.setup,
		                     .notice = notice,
		                     .utf8 = run_utf8(r),
		                     .color = run_color() };
	r->on_screen = true;
	enum err e = tui_run(&cfg, r->changes);
	r->on_screen = false;
	for (unsigned i = 0; i < r->notes.n; i++)
		complain(r->notes.text[i]);
	if (e == ERR_IO)
		complain("the terminal went away, or TERM names none that can be used; "
		         "--ladder, --summary and --json need none");
	else if (e != OK)
		complain("out of memory");
	if (e != OK)
		r->status = e == ERR_IO ? EXIT_OUTPUT : EXIT_USAGE;
}
