/* SPDX-License-Identifier: MIT */
/* The packets of calls into a capture file: read once more from the inputs, or from what
 * was kept of them. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/run.h"
#include "export/packets.h"

struct again {
	struct run *run;
	struct merge *merge; /* NULL: from run->frames */
	struct packet_file *file;
	struct recorder *recorder; /* NULL: file */
	char *why;
};

/* --- what is prepared before the first packet */

/* A file can be read as often as one likes, a pipe or an interface once; -1. */
static int open_file(const struct run *r, size_t n)
{
	struct stat st;
	if (r->opt.ndevices || strcmp(r->paths[n], "-") == 0)
		return -1;
	int fd = open(r->paths[n], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Captured packets are written as they come, but for those of chosen calls, which are
 * known in the end. */
static bool is_streamed(const struct run *r)
{
	const struct options *o = &r->opt;
	return o->packets && o->ndevices && !o->calls_only && !o->ncall_ids &&
	       !o->expression && !o->match;
}

bool packets_open(struct run *r)
{
	const struct options *o = &r->opt;
	char why[OUT_WHY_MAX] = "out of memory";
	enum err err = OK;
	const struct recorder_split split = {
		.duration = o->split.of[LIMIT_DURATION] * TICK_S,
		.size = o->split.of[LIMIT_SIZE],
		.packets = o->split.of[LIMIT_PACKETS],
		.files = (uint32_t)o->split.of[LIMIT_FILES],
	};
	if (is_streamed(r) || split.duration || split.size || split.packets)
		err = recorder_open(&r->recorder, o->packets, &split, why);
	else if (o->packets)
		err = run_open_out(r, &r->packets_out, o->packets, why);
	if (err == OK)
		return true;
	complain(why);
	r->status = EXIT_OUTPUT;
	return false;
}

bool packets_need_calls(const struct run *r)
{
	return r->opt.packets && !is_streamed(r);
}

void packets_stream(struct run *r, const struct frame *frame)
{
	if (!is_streamed(r) ||
	    (!r->opt.rtp && engine_frame_use(r->engine) == ENGINE_USE_NONE))
		return;
	if (recorder_write(r->recorder, frame) != OK)
		r->totals.packets_not_kept++;
}

/* What a pcap file could not hold is told now, and not by packets that are missing. */
static bool has_one_link(struct run *r)
{
	if (!r->opt.packets || packet_format_of(r->opt.packets) == PACKET_PCAPNG)
		return true;
	int first = source_link(merge_source(r->merge, 0));
	for (size_t i = 1; i < r->totals.inputs; i++) {
		int link = source_link(merge_source(r->merge, i));
		if (link == first || link < 0)
			continue;
		complain(
			"-O: the interfaces have several link types, and a pcap file has "
			"one; give it a name that ends in .pcapng");
		r->status = EXIT_USAGE;
		return false;
	}
	return true;
}

bool packets_prepare(struct run *r)
{
	if (!has_one_link(r))
		return false;
	char why[STORE_WHY_MAX] = "out of memory";
	bool files = true;
	if (!r->screen && (!r->opt.packets || is_streamed(r)))
		return true;
	r->again = calloc(r->totals.inputs, sizeof(*r->again));
	for (size_t i = 0; r->again && i < r->totals.inputs; i++) {
		r->again[i] = open_file(r, i);
		files = files && r->again[i] >= 0;
	}
	if (r->again && (files || frame_spool_new(&r->frames, why) == OK)) {
		if (r->frames)
			frame_spool_limit(r->frames, run_spool_limit(r));
		return true;
	}
	complain(why);
	r->status = EXIT_OUTPUT;
	return false;
}

void packets_clear(struct run *r)
{
	for (size_t i = 0; r->again && i < r->totals.inputs; i++)
		if (r->again[i] >= 0)
			close(r->again[i]);
	free(r->again);
}

/* --- reading them again */

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
		int fd = dup(r->again[n]);
		err = fd < 0 || lseek(fd, 0, SEEK_SET) != 0 ? ERR_IO : OK;
		if (err == OK)
			err = source_open_fd(&sources[n], fd, r->paths[n], &cfg, why);
		else
			snprintf(why, sizeof(why), "%s", strerror(errno));
		if (err != OK && fd >= 0)
			close(fd);
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

/* A file may have grown meanwhile, by packets that belong between the others. */
static enum err next(void *arg, struct frame *frame)
{
	struct again *a = arg;
	enum err err;
	if (!a->merge)
		return frame_spool_next(a->run->frames, frame);
	do
		err = merge_next(a->merge, frame);
	while (err == OK && frame->number > a->run->read_to[frame->input]);
	return err;
}

static enum err take(void *arg, const struct frame *frame)
{
	struct again *a = arg;
	if (a->recorder)
		return recorder_write(a->recorder, frame);
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
	uint64_t gone = r->frames ? frame_spool_gone(r->frames) : 0;
	if (gone)
		run_tell(r, "--spool-limit: the oldest packets are gone, and are missing "
		            "in what is saved");
	const struct packets_cfg cfg = {
		.engine = r->engine,
		.again = &r->engine_cfg,
		.select = sel,
		.media = media,
		.packets = r->frames ? frame_spool_count(r->frames) - gone : r->packets,
		.partial = gone > 0,
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

bool packets_save(struct run *r, const struct select *sel, struct out *out,
                  enum packet_format format, bool media, char why[OUT_WHY_MAX])
{
	struct again a = { .run = r, .why = why };
	*why = '\0';
	enum err err = packet_file_new(&a.file, out, format);
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

/* The same into the files of the recorder, which stay if not all of it can be written. */
static bool record(struct run *r, char why[OUT_WHY_MAX])
{
	struct again a = { .run = r, .recorder = r->recorder, .why = why };
	char reason[OUT_WHY_MAX];
	*why = '\0';
	enum err err = is_streamed(r) ? OK : write_file(r, &r->select, r->opt.rtp, &a);
	merge_free(a.merge);
	enum err closed = recorder_close(r->recorder, reason);
	r->recorder = NULL;
	if (closed != OK)
		snprintf(why, OUT_WHY_MAX, "%s", reason);
	return err == OK && closed == OK;
}

void packets_finish(struct run *r)
{
	char why[OUT_WHY_MAX];
	struct out *out = r->packets_out;
	bool ok = true;
	r->packets_out = NULL;
	if (r->recorder)
		ok = record(r, why);
	else if (out)
		ok = packets_save(r, &r->select, out, packet_format_of(r->opt.packets),
		                  r->opt.rtp, why);
	if (ok)
		return;
	if (!r->told_packets)
		complain(why);
	r->status = EXIT_OUTPUT;
}
