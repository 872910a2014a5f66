/* SPDX-License-Identifier: MIT */
/* The configuration, and what is done with it alone: --dump-config, --import-sngreprc. */
#include "config.h"

#include <stdio.h>

#include "cli/import.h"
#include "cli/run.h"

/* Errors of a configuration file stay notes: the rest of it counts. */
static void tell(void *arg, const char *line)
{
	const struct run *r = arg;
	if (!r->opt.quiet)
		complain(line);
}

static void tell_always(void *arg, const char *line)
{
	(void)arg;
	complain(line);
}

static void close_output(struct run *r, struct out *out)
{
	char why[OUT_WHY_MAX];
	bool broken = out_is_broken_pipe(out);
	if (out_close(out, r->status == EXIT_DONE, why) == OK || broken)
		return;
	complain(why);
	r->status = EXIT_OUTPUT;
}

static void do_task(struct run *r)
{
	char why[OUT_WHY_MAX] = "out of memory";
	struct out *out;
	if (out_open(&out, r->opt.out, why) != OK) {
		complain(why);
		r->status = EXIT_OUTPUT;
		return;
	}
	if (r->opt.task == OPTIONS_TASK_DUMP_CONFIG)
		config_write(&r->config.setup, out);
	else if (!import_sngreprc(r->opt.import, out, tell_always, r))
		r->status = EXIT_INPUT;
	close_output(r, out);
}

bool run_begin(struct run *r)
{
	bool import = r->opt.task == OPTIONS_TASK_IMPORT;
	const struct config_files files = { .user = r->opt.config,
		                            .none = r->opt.no_config || import };
	if (!config_load(&r->config, &files, r->opt.config ? tell_always : tell, r)) {
		r->status = EXIT_USAGE;
		return false;
	}
	if (r->opt.task != OPTIONS_TASK_NONE)
		do_task(r);
	return r->opt.task == OPTIONS_TASK_NONE;
}
