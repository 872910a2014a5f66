/* SPDX-License-Identifier: MIT */
/* The inputs: opening them, how far they are read, and what was in them. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/run.h"

#define WAIT_MS        100 /* longest wait for a pipe or a growing file */
#define WAIT_SCREEN_MS 10  /* the same, where a key may come meanwhile */

struct source_cfg run_source_cfg(const struct run *r, uint16_t input, int wait_ms)
{
	return (struct source_cfg){ .filter = r->opt.filter,
		                    .filter_raw = r->opt.filter_raw,
		                    .wait_ms = wait_ms,
		                    .input = input };
}

/* Open input number n; the result is told where it is not OK. */
static enum err open_input(struct run *r, struct source **source, size_t n)
{
	char why[SOURCE_WHY_MAX];
	bool live = r->opt.ndevices > 0;
	struct source_cfg cfg = run_source_cfg(r, (uint16_t)r->totals.inputs, r->wait_ms);
	cfg.follow = r->opt.follow;
	cfg.buffer = (size_t)r->opt.buffer << 20;
	cfg.snaplen = (uint32_t)r->opt.snaplen;
	const char *name = live ? r->opt.devices[n] : r->opt.inputs[n];
	enum err err = live ? source_open_device(source, name, &cfg, why)
	                    : source_open_file(source, name, &cfg, why);
	if (err != OK) {
		complain(why);
		return err;
	}
	r->paths[r->totals.inputs] = name;
	r->bytes += source_size(*source);
	if (source_fd(*source) >= 0 &&
	    store_add_file(r->store, (uint16_t)r->totals.inputs, source_fd(*source)) !=
	            OK) {
		complain(store_problem(r->store));
		r->status = EXIT_INPUT;
	}
	return OK;
}

bool inputs_open(struct run *r)
{
	bool live = r->opt.ndevices > 0;
	size_t count = live ? r->opt.ndevices : r->opt.ninputs;
	struct source **sources = calloc(count, sizeof(struct source *));
	enum err err = OK;
	r->wait_ms = r->screen ? WAIT_SCREEN_MS : WAIT_MS;
	r->paths = calloc(count, sizeof(*r->paths));
	r->read_to = calloc(count, sizeof(*r->read_to));
	r->told_inputs = calloc(count, sizeof(*r->told_inputs));
	if (!sources || !r->paths || !r->read_to || !r->told_inputs) {
		free(sources);
		complain("out of memory");
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		err = open_input(r, &sources[r->totals.inputs], i);
		r->totals.inputs += err == OK;
		if (err == OK)
			continue;
		r->status = live && err != ERR_IO ? EXIT_USAGE : EXIT_INPUT;
		r->totals.damaged_inputs += !live;
		if (live)
			break;
	}
	size_t n = r->totals.inputs;
	bool ok = n > 0 && (err == OK || !live);
	if (ok &&
	    merge_new(&r->merge, sources, n, live || r->opt.follow, r->wait_ms) != OK) {
		complain("too many inputs, or out of memory");
		r->status = EXIT_INPUT;
		ok = false;
	}
	while (!ok && n > 0)
		source_close(sources[--n]);
	free(sources);
	return ok;
}

/* The counters of all inputs, now that they have ended. Of the filters in effect, that of
 * the input with most packets. */
static void sum_up(struct run *r)
{
	uint64_t most = 0;
	for (size_t i = 0; i < merge_count(r->merge); i++) {
		const struct source *s = merge_source(r->merge, i);
		uint64_t packets = source_stats(s)->packets;
		r->totals.filtered += source_stats(s)->filtered;
		r->totals.time_normalised += source_stats(s)->odd_times;
		if (r->totals.filter && packets <= most)
			continue;
		r->totals.filter = source_filter(s);
		most = packets;
	}
}

/* Packets of a link type that nobody here can read: all of them, and the input is of no
 * use; some, as in a pcapng file with an interface of another kind, and that is told.
 * The first of them is named. */
static void tell_unknown_links(struct run *r)
{
	const struct net_stats *net = engine_net_stats(r->engine);
	if (net->unknown_link_type == 0)
		return;
	bool nothing = net->unknown_link_type == net->packets;
	if (nothing)
		r->status = EXIT_INPUT;
	else if (r->opt.quiet)
		return;
	fprintf(stderr,
	        "sipglass: %s: packet %llu: link type %u is not known: "
	        "%llu of %llu packets were left out\n",
	        source_name(merge_source(r->merge, net->unknown_link_input)),
	        (unsigned long long)net->unknown_link_frame, net->unknown_link,
	        (unsigned long long)net->unknown_link_type,
	        (unsigned long long)net->packets);
}

int run_percent(const struct run *r)
{
	uint64_t at = 0;
	if (r->bytes == 0)
		return -1;
	for (size_t i = 0; i < merge_count(r->merge); i++)
		at += source_position(merge_source(r->merge, i));
	return (int)(at * 100 / (r->bytes > at ? r->bytes : at));
}

void inputs_finish(struct run *r)
{
	sum_up(r);
	tell_unknown_links(r);
}
