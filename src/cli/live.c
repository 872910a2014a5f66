/* SPDX-License-Identifier: MIT */
/* What capturing takes beside packets: a look at the clock, at what was dropped, at what
 * cannot be written any more, and at signals. */
#include "config.h"

#include <stdio.h>

#include "cli/run.h"

#define DROPS_EACH  1000        /* ms between two looks at what was dropped */
#define IDLE_SLACK  1000        /* ms that packets may be on their way */
#define QUEUE_BYTES (64U << 20) /* of output that waits for its reader */
#define BEHIND_MS   5           /* longest wait for a packet while some of it does */
#define HURRY_MS    900         /* that it may wait after a signal to end */
#define DOWN_TOLD   2           /* the look at which a link that went down is told */

/* After a signal the reader has a moment for what is queued; else all time. */
static bool waited_enough(void *arg)
{
	struct run *r = arg;
	if (!run_stopped())
		return false;
	if (r->hurried == 0)
		r->hurried = run_now_ms();
	return run_now_ms() - r->hurried >= HURRY_MS;
}

void live_prepare(struct run *r)
{
	if (r->opt.ndevices && !r->screen)
		out_never_wait(r->out, QUEUE_BYTES, waited_enough, r);
}

/* Tell of a link that went down, once, and not at the first look: an interface that is
 * being removed goes down first. */
static void tell_down(struct run *r, size_t i)
{
	const struct source *s = merge_source(r->merge, i);
	struct told_input *told = &r->told_inputs[i];
	char text[OUT_WHY_MAX];
	if (source_problem(s) || told->downs == DOWN_TOLD || ++told->downs < DOWN_TOLD)
		return;
	snprintf(text, sizeof(text),
	         "%s: the link went down; capturing goes on when it is up again",
	         source_name(s));
	run_tell(r, text);
}

void live_count_drops(struct run *r)
{
	struct source_drops drops;
	struct export_totals *totals = &r->totals;
	totals->kernel_drops = totals->interface_drops = totals->interface_downs = 0;
	for (size_t i = 0; i < merge_count(r->merge); i++) {
		if (!source_drops(merge_source(r->merge, i), &drops))
			continue;
		totals->kernel_drops += drops.kernel;
		totals->interface_drops += drops.interface;
		totals->interface_downs += drops.downs;
		if (drops.downs)
			tell_down(r, i);
	}
	r->totals.output_dropped = out_dropped(r->out);
	r->totals.spool_given_up = store_given_up(r->store);
}

void live_tell_inputs(struct run *r)
{
	for (size_t i = 0; i < merge_count(r->merge); i++) {
		const struct source *s = merge_source(r->merge, i);
		if (!source_problem(s) || r->told_inputs[i].problem)
			continue;
		run_tell(r, source_problem(s));
		r->told_inputs[i].problem = true;
		r->status = r->opt.ndevices ? EXIT_INTERFACE : EXIT_INPUT;
		r->totals.damaged_inputs++;
	}
}

/* What cannot be written any more is told at once: who watches can make room. */
static void tell_outputs(struct run *r)
{
	char why[OUT_WHY_MAX];
	const char *problem = r->recorder ? recorder_problem(r->recorder) : NULL;
	if (out_failed(r->out) && !out_is_broken_pipe(r->out) && !r->told_out) {
		out_problem(r->out, why);
		run_tell(r, why);
		r->told_out = true;
		r->status = EXIT_OUTPUT;
	}
	if (problem && !r->told_packets) {
		run_tell(r, problem);
		r->told_packets = true;
		r->status = EXIT_OUTPUT;
	}
}

/* Outputs that were renamed go on in files of their names. */
static void reopen(struct run *r)
{
	char why[OUT_WHY_MAX];
	bool failed = out_failed(r->out);
	enum err err = out_reopen(r->out, why);
	if (err != OK)
		run_tell(r, why);
	else if (failed && !out_failed(r->out))
		r->told_out = false; /* it works again: the next failure is another one */
	err = r->recorder      ? recorder_reopen(r->recorder, why)
	      : r->packets_out ? out_reopen(r->packets_out, why)
	                       : OK;
	if (err != OK)
		run_tell(r, why);
}

/* Time goes on for the engine when no packet tells it. */
static void pass_idle_time(struct run *r, int64_t now, bool idle)
{
	const struct engine_stats *s = engine_stats(r->engine);
	if (r->packets != r->idle_packets || !idle) {
		r->idle_packets = r->packets;
		r->idle_since = now;
	} else if (s->last != TICK_NONE && now - r->idle_since > IDLE_SLACK) {
		uint64_t ms = (uint64_t)(now - r->idle_since - IDLE_SLACK);
		engine_idle(r->engine, tick_add(s->last, ms * TICK_MS));
	}
}

/* Numbers of messages and so on have 31 bits and less: weeks of a busy link. */
static bool is_used_up(struct run *r)
{
	if (!tracker_is_used_up(engine_tracker(r->engine)))
		return false;
	run_tell(r, "no more numbers for messages: capturing ends; start it anew");
	return true;
}

bool live_clock(struct run *r, bool idle)
{
	int64_t now = run_now_ms();
	uint64_t seconds = r->opt.autostop.of[LIMIT_DURATION];
	if (r->opt.ndevices == 0)
		return false;
	if (run_reopen_wanted())
		reopen(r);
	if (now - r->looked >= DROPS_EACH) {
		live_count_drops(r);
		if (r->recorder)
			recorder_flush(r->recorder); /* others read it as it grows */
		r->looked = now;
	}
	if (!r->screen) {
		out_flush(r->out);
		merge_set_wait(r->merge, out_is_behind(r->out) ? BEHIND_MS : r->wait_ms);
	}
	tell_outputs(r);
	live_tell_inputs(r);
	pass_idle_time(r, now, idle);
	return (seconds && now - r->began >= (int64_t)seconds * 1000) || is_used_up(r);
}

void live_finish(struct run *r)
{
	live_count_drops(r);
	out_may_wait(r->out);
}

void live_tell_end(const struct run *r)
{
	if (r->opt.ndevices == 0 || r->opt.quiet)
		return;
	fprintf(stderr,
	        "sipglass: %llu packets captured, %llu SIP messages in them; dropped: "
	        "%llu by the kernel, %llu by the interface\n",
	        (unsigned long long)r->packets,
	        (unsigned long long)engine_stats(r->engine)->messages,
	        (unsigned long long)r->totals.kernel_drops,
	        (unsigned long long)r->totals.interface_drops);
	if (r->totals.output_dropped)
		fprintf(stderr,
		        "sipglass: %llu records were not written: the reader of the "
		        "output is too slow\n",
		        (unsigned long long)r->totals.output_dropped);
}
