/* SPDX-License-Identifier: MIT */
/* The packets of calls into a capture file: read once more from the inputs, or from what
 * was kept of them. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/run.h"
#include "export/packet_file.h"
#include "export/packets.h"

struct again {
	struct run *run;
	struct merge *merge; /* NULL: from run->frames */
	struct packet_file *file;
	char *why;
};

/* The inputs as one, from their beginning. */
static enum err open_again(struct again *a)
{
	const struct run *r = a->run;
	size_t count = r->totals.inputs, n = 0;
	struct source **sources = calloc(count, sizeof(struct source *));
	char why[SOURCE_WHY_MAX] = "out of memory";
	enum err err = sources ? OK : ERR_NOMEM;
	for (; err == OK && n < count; n++) {
		struct source_cfg cfg =
			run_source_cfg(r, (uint16_t)n, SOURCE_WAIT_FOREVER);
		err = source_open_file(&sources[n], r->paths[n], &cfg, why);
		if (err != OK)
			break;
	}
	if (err == OK)
		err = merge_new(&a->merge, sources, count, false, SOURCE_WAIT_FOREVER);
	while (err != OK && n > 0)
		source_close(sources[--n]);
	free(sources);
	if (err != OK)
		snprintf(a->why, OUT_WHY_MAX, "%.*s", OUT_WHY_MAX - 1, why);
	return err;
}

static enum err rewind_inputs(void *arg)
{
	struct again *a = arg;
	if (a->run->frames) {
		frame_spool_rewind(a->run->frames);
		return OK;
	}
	merge_free(a->merge);
	a->merge = NULL;
	return open_again(a);
}

static enum err next(void *arg, struct frame *frame)
{
	struct again *a = arg;
	return a->merge ? merge_next(a->merge, frame)
	                : frame_spool_next(a->run->frames, frame);
}

static enum err take(void *arg, const struct frame *frame)
{
	struct again *a = arg;
	enum err err = packet_file_write(a->file, frame);
	if (err == ERR_FORMAT)
		snprintf(a->why, OUT_WHY_MAX,
		         "the packets have several link types, and a pcap file has one; "
		         "give it a name that ends in .pcapng");
	return err;
}

/* What of the calls can be read again, into the file. */
static enum err write_file(struct run *r, const struct select *sel, bool media,
                           struct again *a)
{
	const struct packets_cfg cfg = {
		.engine = r->engine,
		.again = &r->engine_cfg,
		.select = sel,
		.media = media,
		.packets = r->frames ? frame_spool_count(r->frames) : r->packets,
		.rewind = rewind_inputs,
		.next = next,
		.take = take,
		.arg = a,
	};
	enum err err = packets_of_calls(&cfg);
	if (err == ERR_NOMEM)
		snprintf(a->why, OUT_WHY_MAX, "out of memory");
	else if (err == ERR_FORMAT && !*a->why)
		snprintf(a->why, OUT_WHY_MAX,
		         "the input is not what it was when it was read%s",
		         r->frames ? ": not all of it could be kept" : "");
	return err;
}

bool packets_save(struct run *r, const struct select *sel, const char *path, bool media,
                  bool replace, char why[OUT_WHY_MAX])
{
	struct again a = { .run = r, .why = why };
	struct out *out;
	*why = '\0';
	if (out_open(&out, path, why) != OK)
		return false;
	if (!replace)
		out_never_replace(out);
	enum err err = packet_file_new(&a.file, out, packet_format_of(path));
	if (err == OK)
		err = write_file(r, sel, media, &a);
	else
		snprintf(why, OUT_WHY_MAX, "out of memory");
	merge_free(a.merge);
	packet_file_finish(a.file);
	char reason[OUT_WHY_MAX];
	if (out_close(out, err == OK, reason) != OK) {
		snprintf(why, OUT_WHY_MAX, "%s", reason);
		return false;
	}
	return err == OK;
}
