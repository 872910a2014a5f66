/* SPDX-License-Identifier: MIT */
/* Calls into a file, as the screen asks for it. */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/run.h"

#define SAVED_WIDTH 120 /* columns of ladders that are saved as text */
#include "export/ladder_text.h"

/* A selection of just these calls. False: no memory. */
static bool select_these(struct run *r, const struct tui_save *save, struct select *out,
                         const struct slice *any)
{
	struct mem *mem = engine_mem(r->engine);
	if (!save->calls) {
		*out = r->select;
		select_decide(out, r->engine);
		return true;
	}
	uint32_t calls = tracker_calls(engine_tracker(r->engine));
	/* The Call-ID is never looked at: all calls are known. */
	*out = (struct select){ .call_ids = any, .ncall_ids = 1, .nknown = calls };
	out->known = mem_take(mem, calls / 8 + 1);
	for (size_t i = 0; out->known && i < save->ncalls; i++) {
		uint32_t bit = save->calls[i] - 1;
		out->known[bit / 8] |= (uint8_t)(1U << bit % 8);
	}
	return out->known != NULL;
}

/* The messages behind the ladders, each under a line that says when and where. */
static void save_messages(struct run *r, const struct select *sel, struct out *out)
{
	const struct tracker *t = engine_tracker(r->engine);
	struct engine_message m;
	for (uint32_t id = tracker_next_message(t, 0); id && !out_failed(out);
	     id = tracker_next_message(t, id)) {
		char line[256], at[TICK_RFC3339_MAX], from[NET_ADDR_TEXT_MAX],
			to[NET_ADDR_TEXT_MAX];
		if (!select_has_call(sel, r->engine, tracker_message_call(t, id)) ||
		    engine_read(r->engine, id, &m) != OK)
			continue;
		tick_rfc3339(m.at, at);
		net_addr_text(&m.src.addr, from);
		net_addr_text(&m.dst.addr, to);
		snprintf(line, sizeof(line), "\n%s  %s:%u -> %s:%u  frame %llu\n\n", at,
		         from, m.src.port, to, m.dst.port, (unsigned long long)m.frame);
		out_str(out, line);
		for (struct slice rest = m.msg->raw; rest.len;) {
			size_t n = slice_index(rest, '\n');
			struct slice text = slice_head(rest, n);
			if (text.len && text.p[text.len - 1] == '\r')
				text.len--;
			out_safe(out, text, run_utf8(r));
			out_str(out, "\n");
			rest = slice_skip(rest, n + 1);
		}
	}
}

static bool save_text(struct run *r, const struct select *sel, struct out *out,
                      char why[TUI_WHY_MAX])
{
	struct ladder_text ladders = { .engine = r->engine,
		                       .select = sel,
		                       .aliases = config_aliases(&r->config),
		                       .out = out,
		                       .width = SAVED_WIDTH,
		                       .utf8 = run_utf8(r) };
	if (ladder_text_all(&ladders) != OK) {
		snprintf(why, TUI_WHY_MAX, "out of memory");
		return false;
	}
	save_messages(r, sel, out);
	return true;
}

/* As --json writes it, but for what is not known of a message any more that is read back
 * (engine/engine.h, engine_read). */
static bool save_json(struct run *r, const struct select *sel, struct out *out,
                      char why[TUI_WHY_MAX])
{
	struct json_export *json = NULL;
	const struct json_cfg cfg = { .records = JSON_RECORDS_ALL,
		                      .inputs = r->totals.inputs,
		                      .select = sel,
		                      .out = out,
		                      .temp_dir = run_temp_dir() };
	if (json_export_new(&json, &cfg) != OK) {
		snprintf(why, TUI_WHY_MAX, "out of memory");
		return false;
	}
	const struct tracker *t = engine_tracker(r->engine);
	struct engine_message m;
	for (uint32_t id = tracker_next_message(t, 0); id;
	     id = tracker_next_message(t, id))
		if (engine_read(r->engine, id, &m) == OK)
			json_export_message(json, &m);
	char reason[OUT_WHY_MAX] = "";
	enum err e = json_export_finish(json, r->engine, &r->totals, reason);
	json_export_free(json);
	if (e != OK)
		snprintf(why, TUI_WHY_MAX, "%s", reason);
	return e == OK;
}

/* Into a file that is whole or not there. */
static bool write_file(struct run *r, const struct select *sel,
                       const struct tui_save *save, char why[TUI_WHY_MAX])
{
	struct out *out;
	char reason[OUT_WHY_MAX] = "out of memory";
	bool media = save->format == TUI_FORMAT_MEDIA;
	if (out_open(&out, save->path, reason) != OK) {
		snprintf(why, TUI_WHY_MAX, "%s", reason);
		return false;
	}
	if (!save->overwrite)
		out_never_replace(out);
	if (media || save->format == TUI_FORMAT_PACKETS)
		return packets_save(r, sel, out, packet_format_of(save->path), media,
		                    why);
	bool whole = save->format == TUI_FORMAT_JSON ? save_json(r, sel, out, why)
	                                             : save_text(r, sel, out, why);
	enum err e = out_close(out, whole, reason);
	if (e != OK)
		snprintf(why, TUI_WHY_MAX, "%s", reason);
	return e == OK && whole;
}

enum tui_saved save_calls(void *arg, const struct tui_save *save, char why[TUI_WHY_MAX])
{
	static const struct slice any;
	struct run *r = arg;
	struct select sel;
	if (save->format == TUI_FORMAT_JSON && !r->ended) {
		snprintf(why, TUI_WHY_MAX, "JSON can be written when all is read");
		return TUI_SAVE_FAILED;
	}
	if (!save->overwrite && access(save->path, F_OK) == 0)
		return TUI_SAVE_EXISTS;
	if (!select_these(r, save, &sel, &any)) {
		snprintf(why, TUI_WHY_MAX, "out of memory");
		return TUI_SAVE_FAILED;
	}
	bool saved = write_file(r, &sel, save, why);
	select_clear(&sel, r->engine);
	bool lacks = save->format == TUI_FORMAT_MEDIA && r->frames && !r->opt.rtp;
	if (saved)
		snprintf(why, TUI_WHY_MAX, "written%s",
		         lacks ? ", without media: start with -r to have it kept" : "");
	return saved ? TUI_SAVED : TUI_SAVE_FAILED;
}
