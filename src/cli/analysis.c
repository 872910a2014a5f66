/* SPDX-License-Identifier: MIT */
/* The engine of a run, what is written as it finds it, and what is left for the end. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cli/run.h"
#include "export/ladder_text.h"
#include "export/summary_text.h"

#define LINGER      60U          /* s; --linger */
#define SPOOL_LIMIT (UINT64_C(4) << 30) /* bytes while capturing; --spool-limit */

static uint64_t random_seed(void)
{
	uint64_t seed;
	if (getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed))
		return seed;
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_nsec << 32 ^ (uint64_t)getpid();
}

/* --- the store of the engine */

static enum err put_bytes(void *arg, struct slice bytes, uint64_t *ref)
{
	return store_put(arg, bytes, ref);
}

static enum err get_bytes(void *arg, bool spooled, uint16_t input, uint64_t ref,
                          char *buf, size_t len)
{
	return store_get(arg, spooled ? STORE_SPOOL : input, ref, len, buf);
}

static void drop_bytes(void *arg, uint64_t ref, size_t len)
{
	store_drop(arg, ref, len);
}

static bool is_full(void *arg, unsigned eighths)
{
	return store_is_full(arg, eighths);
}

/* --- ladders */

static bool has_ladders(const struct run *r)
{
	return r->opt.mode == OPTIONS_MODE_LADDER ||
	       (r->opt.mode == OPTIONS_MODE_NONE && !r->screen && !r->opt.packets &&
	        !run_lines(r));
}

static void note_ladder(struct run *r, enum err err)
{
	if (err == OK || r->cut)
		return;
	complain("out of memory: not every call is shown");
	r->status = EXIT_OUTPUT;
	r->cut = true;
}

static void write_ladder(void *arg, uint32_t call)
{
	struct run *r = arg;
	if (!out_failed(r->out))
		note_ladder(r, ladder_text_call(&r->ladders, call));
}

static void finish_ladders(struct run *r)
{
	note_ladder(r, ladder_text_all(&r->ladders));
	if (r->ladders.count == 0 && !r->cut && !r->opt.quiet)
		complain(select_is_all(&r->select) ? "no SIP call in the input"
		                                   : "no call in the input is selected");
}

/* --- who is told of messages and calls */

static bool watch_json(struct run *r, struct engine_cfg *cfg)
{
	struct json_cfg json = { .records = r->opt.records,
		                 .with = r->opt.json_with,
		                 .inputs = r->totals.inputs,
		                 .select = &r->select,
		                 .out = r->out,
		                 .temp_dir = run_temp_dir() };
	if (json_export_new(&r->json, &json) != OK)
		return false;
	if (r->opt.records & OPTIONS_RECORD_MESSAGE)
		cfg->watch = json_export_message;
	cfg->leave = json_export_leave;
	cfg->arg = r->json;
	return true;
}

static void watch_lines(struct run *r, struct engine_cfg *cfg)
{
	bool color = !r->opt.out && run_color() && isatty(STDOUT_FILENO);
	r->lines = (struct lines){
		.out = r->out, .select = &r->select, .utf8 = run_utf8(r), .color = color
	};
	cfg->watch = lines_message;
	cfg->arg = &r->lines;
}

static void watch_ladders(struct run *r, struct engine_cfg *cfg)
{
	r->ladders = (struct ladder_text){ .select = &r->select,
		                           .aliases = config_aliases(&r->config),
		                           .out = r->out,
		                           .width = run_width(r),
		                           .utf8 = run_utf8(r) };
	cfg->leave = write_ladder;
	cfg->arg = r;
}

static bool watch_for_screen(struct run *r, struct engine_cfg *cfg)
{
	r->changes = calloc(1, sizeof(*r->changes));
	cfg->keep = r->opt.ndevices ? ENGINE_KEEP_ROOM : ENGINE_KEEP_ALL;
	cfg->watch = tui_note_change;
	cfg->may_leave = tui_may_leave;
	cfg->leave = tui_note_leave;
	cfg->arg = r->changes;
	return r->changes != NULL;
}

/* What is captured, or streamed, is forgotten when it is over, unless the end needs it:
 * who selects the packets of calls by what came of them. */
static void keep_calls(const struct run *r, struct engine_cfg *cfg)
{
	const struct options *o = &r->opt;
	if (r->screen || !(o->ndevices || o->stream) || packets_need_calls(r))
		return;
	cfg->keep = ENGINE_KEEP_OPEN;
	cfg->linger = (o->has_linger ? o->linger : LINGER) * TICK_S;
}

static bool open_engine(struct run *r)
{
	struct engine_cfg cfg = {
		.seed = random_seed(),
		.store = { put_bytes, get_bytes, r->store, drop_bytes, is_full },
		.no_hep = r->opt.no_hep,
	};
	if (r->opt.relate_by)
		cfg.relate_by = slice_of(r->opt.relate_by);
	keep_calls(r, &cfg);
	bool ok = true;
	if (r->opt.mode == OPTIONS_MODE_JSON)
		ok = watch_json(r, &cfg);
	else if (r->screen)
		ok = watch_for_screen(r, &cfg);
	else if (run_lines(r))
		watch_lines(r, &cfg);
	else if (has_ladders(r))
		watch_ladders(r, &cfg);
	r->engine_cfg = cfg;
	if (!ok || engine_new(&r->engine, &cfg) != OK)
		return false;
	r->lines.engine = r->ladders.engine = r->engine;
	if (r->json)
		json_export_begin(r->json, r->engine);
	return true;
}

static bool select_calls(struct run *r)
{
	r->select.invite_only = r->opt.calls_only;
	r->select.filter = r->filter;
	r->select.match = r->match;
	if (r->opt.ncall_ids == 0)
		return true;
	r->call_ids = calloc(r->opt.ncall_ids, sizeof(*r->call_ids));
	if (!r->call_ids)
		return false;
	for (size_t i = 0; i < r->opt.ncall_ids; i++) {
		const char *id = r->opt.call_ids[i];
		r->call_ids[i] = slice_of(id);
	}
	r->select.call_ids = r->call_ids;
	r->select.ncall_ids = r->opt.ncall_ids;
	return true;
}

uint64_t run_spool_limit(const struct run *r)
{
	if (r->opt.spool_limit || r->opt.ndevices == 0)
		return r->opt.spool_limit;
	return SPOOL_LIMIT;
}

bool analysis_begin(struct run *r)
{
	uint64_t limit = run_spool_limit(r);
	store_limit(r->store, limit);
	if (limit && !store_gives_back(r->store) && !r->opt.quiet)
		complain("the file system of TMPDIR makes no holes in files: "
		         "--spool-limit does not hold; name another folder");
	return select_calls(r) && open_engine(r);
}

void analysis_finish(struct run *r)
{
	char why[OUT_WHY_MAX];
	if (r->opt.mode == OPTIONS_MODE_JSON) {
		if (json_export_finish(r->json, r->engine, &r->totals, why) == OK)
			return;
		complain(why);
		r->status = EXIT_OUTPUT;
		r->cut = true;
	} else if (r->opt.mode == OPTIONS_MODE_SUMMARY) {
		summary_text(r->engine, &r->totals, r->out);
	} else if (has_ladders(r)) {
		finish_ladders(r);
	}
}
