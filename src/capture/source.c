/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/safe.h"
#include "capture/filter.h"
#include "capture/reader.h"

#define NAME_TAIL 200 /* bytes shown of a longer name */

struct source {
	struct reader reader;
	const struct format *format; /* NULL: the first bytes have not been seen yet */
	struct filter *filter;       /* NULL: every packet */
	char *path;                  /* NULL: not opened by one */
	enum err ended;              /* the result for good; OK while there is none */
};

static const struct format *const formats[] = {
	&format_pcap,
	&format_pcapng,
	&format_snoop,
	&format_live, /* of no file */
};

/* Files that people take for captures, or captures that are not read here. */
static const struct {
	struct slice head;
	const char *words;
} strangers[] = {
	{ { "GMBU", 4 }, "is a Network Monitor capture; convert it: editcap -F pcapng" },
	{ { "RTSS", 4 }, "is a Network Monitor capture; convert it: editcap -F pcapng" },
	{ { "\xFD\x37zXZ", 5 }, "is xz-compressed; unpack it first, with: xz -d" },
	{ { "BZh", 3 }, "is bzip2-compressed; unpack it first, with: bzip2 -d" },
	{ { "\x04\x22\x4D\x18", 4 }, "is lz4-compressed; unpack it first, with: lz4 -d" },
	{ { "PK\x03\x04", 4 }, "is a zip archive; unpack it first, with: unzip" },
};

static enum err not_a_capture(struct reader *r, struct slice head)
{
	if (head.len == 0)
		return reader_fail(r, ERR_FORMAT, "is empty, so no capture file");
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
		if (slice_eq(slice_head(head, strangers[i].head.len), strangers[i].head))
			return reader_fail(r, ERR_FORMAT, "%s", strangers[i].words);
	return reader_fail(r, ERR_FORMAT,
	                   "not a capture file (pcap, pcapng or snoop, "
	                   "perhaps in gzip or zstd); is it text?");
}

/* Tell the format by the first bytes and read the file header. */
static enum err start(struct source *s)
{
	struct reader *r = &s->reader;
	enum err err = r->in.unpack ? OK : input_detect(&r->in);
	if (err == OK)
		err = input_want(&r->in, READER_MAGIC);
	if (r->in.stop)
		return ERR_END;
	if (err != OK && err != ERR_END)
		return reader_short(r, err, NULL, READER_MAGIC);
	size_t have = input_have(&r->in);
	struct slice head =
		input_peek(&r->in, 0, have < READER_MAGIC ? have : READER_MAGIC);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!formats[i]->knows(head))
			continue;
		err = formats[i]->open(r);
		if (err == OK)
			s->format = formats[i];
		return err;
	}
	return not_a_capture(r, head);
}

/* A name for messages: harmless on a terminal, and its end where it is too long. */
static void show_name(const char *name, char out[READER_NAME_MAX])
{
	struct slice all = slice_of(name);
	struct slice tail =
		slice_skip(all, all.len > NAME_TAIL ? all.len - NAME_TAIL : 0);
	char shown[READER_NAME_MAX - 3];
	safe_text_copy(tail, true, shown, sizeof(shown));
	snprintf(out, READER_NAME_MAX, "%s%s", tail.len < all.len ? "..." : "", shown);
}

/* *out is NULL where every packet passes. */
static enum err new_filter(struct filter **out, const struct source_cfg *cfg,
                           char why[SOURCE_WHY_MAX])
{
	const char *text = cfg->filter;
	char reason[FILTER_WHY_MAX];
	*out = NULL;
	if (!text || slice_trim(slice_of(text)).len == 0)
		return OK;
	enum err err = filter_new(out, text, cfg->filter_raw, reason);
	if (err == ERR_FORMAT)
		snprintf(why, SOURCE_WHY_MAX, "wrong capture filter %s", reason);
	else if (err)
		snprintf(why, SOURCE_WHY_MAX, "out of memory");
	return err;
}

enum err source_check_filter(const struct source_cfg *cfg, char why[SOURCE_WHY_MAX])
{
	struct filter *filter;
	enum err err = new_filter(&filter, cfg, why);
	filter_free(filter);
	return err;
}

static enum err set_up(struct source *s, int fd, struct slice bytes, const char *name,
                       const struct source_cfg *cfg)
{
	static const struct source_cfg plain = { .wait_ms = SOURCE_WAIT_FOREVER };
	struct reader *r = &s->reader;
	if (!cfg)
		cfg = &plain;
	show_name(name, r->name);
	char why[SOURCE_WHY_MAX];
	enum err err = new_filter(&s->filter, cfg, why);
	if (err)
		return reader_fail(r, err, "%s", why);
	err = input_open(&r->in, fd, bytes, s->path);
	if (err)
		return reader_short(r, err, NULL, 0);
	r->in.wait_ms = cfg->wait_ms;
	r->in.follow = cfg->follow;
	r->input = cfg->input;
	return input_is_complete(&r->in) ? start(s) : OK;
}

static enum err set_up_device(struct source *s, const char *device,
                              const struct source_cfg *cfg)
{
	struct reader *r = &s->reader;
	show_name(device, r->name);
	enum err err = input_open(&r->in, -1, SLICE_NONE, NULL);
	if (err)
		return reader_short(r, err, NULL, 0);
	r->in.wait_ms = cfg->wait_ms;
	r->input = cfg->input;
	s->format = &format_live;
	return live_open(r, device, cfg);
}

static void tear_down(struct source *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i]->close)
			formats[i]->close(&s->reader);
	filter_free(s->filter);
	input_close(&s->reader.in);
	free(s->path);
	free(s);
}

/* Where the result of setting it up is not OK, s is freed and why has the reason. */
static enum err finish(struct source *s, enum err err, struct source **out,
                       char why[SOURCE_WHY_MAX])
{
	if (err == OK) {
		*out = s;
		return OK;
	}
	if (s->reader.problem[0])
		snprintf(why, SOURCE_WHY_MAX, "%s", s->reader.problem);
	s->reader.in.fd = -1; /* stays the caller's */
	tear_down(s);
	return err;
}

/* fd is the source's only after OK. */
static enum err open_any(struct source **out, int fd, struct slice bytes,
                         const char *path, const char *name, const struct source_cfg *cfg,
                         char why[SOURCE_WHY_MAX])
{
	snprintf(why, SOURCE_WHY_MAX, "out of memory");
	struct source *s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_NOMEM;
	s->path = path ? strdup(path) : NULL;
	enum err err = path && !s->path ? ERR_NOMEM : set_up(s, fd, bytes, name, cfg);
	return finish(s, err, out, why);
}

enum err source_open_device(struct source **out, const char *device,
                            const struct source_cfg *cfg, char why[SOURCE_WHY_MAX])
{
	snprintf(why, SOURCE_WHY_MAX, "out of memory");
	struct source *s = calloc(1, sizeof(*s));
	return s ? finish(s, set_up_device(s, device, cfg), out, why) : ERR_NOMEM;
}

bool source_drops(struct source *s, struct source_drops *drops)
{
	return s->reader.live && live_drops(s->reader.live, drops);
}

enum err source_open_fd(struct source **out, int fd, const char *name,
                        const struct source_cfg *cfg, char why[SOURCE_WHY_MAX])
{
	return open_any(out, fd, SLICE_NONE, NULL, name, cfg, why);
}

enum err source_open_bytes(struct source **out, struct slice bytes, const char *name,
                           const struct source_cfg *cfg, char why[SOURCE_WHY_MAX])
{
	return open_any(out, -1, bytes, NULL, name, cfg, why);
}

enum err source_open_file(struct source **out, const char *path,
                          const struct source_cfg *cfg, char why[SOURCE_WHY_MAX])
{
	bool standard = strcmp(path, "-") == 0;
	const char *name = standard ? "standard input" : path;
	/* Without O_NONBLOCK, opening a FIFO would wait for a writer. */
	int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
	                  : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		int reason = errno;
		char shown[READER_NAME_MAX];
		show_name(name, shown);
		snprintf(why, SOURCE_WHY_MAX, "%s: cannot be opened: %s", shown,
		         strerror(reason));
		return reason == ENOMEM ? ERR_NOMEM : ERR_IO;
	}
	enum err err =
		open_any(out, fd, SLICE_NONE, standard ? NULL : path, name, cfg, why);
	if (err)
		close(fd);
	return err;
}

/* Ask the filter about f; count what it refuses. */
static enum err apply_filter(struct source *s, const struct frame *f, bool *pass)
{
	char why[FILTER_WHY_MAX] = "ran out of memory";
	enum err err = filter_pass(s->filter, f, pass, why);
	if (err)
		return reader_fail(&s->reader, err,
		                   "at packet %" PRIu64 ": the capture filter %s",
		                   f->number, why);
	s->reader.stats.filtered += !*pass;
	return OK;
}

static enum err next_passed(struct source *s, struct frame *f)
{
	while (!s->reader.in.stop) {
		enum err err = s->format ? OK : start(s);
		if (err == OK)
			err = s->format->next(&s->reader, f);
		if (err || !s->filter)
			return err;
		bool pass = false;
		err = apply_filter(s, f, &pass);
		if (err || pass)
			return err;
	}
	return ERR_END;
}

enum err source_next(struct source *s, struct frame *f)
{
	if (s->ended)
		return s->ended;
	enum err err = next_passed(s, f);
	if (err && err != ERR_MORE)
		s->ended = err;
	return err;
}

const char *source_problem(const struct source *s)
{
	return s->reader.problem[0] ? s->reader.problem : NULL;
}

const struct source_stats *source_stats(const struct source *s)
{
	return &s->reader.stats;
}

const char *source_name(const struct source *s)
{
	return s->reader.name;
}

const char *source_filter(const struct source *s)
{
	if (s->reader.live)
		return live_filter(s->reader.live);
	return s->filter ? filter_text(s->filter) : NULL;
}

void source_set_wait(struct source *s, int wait_ms)
{
	s->reader.in.wait_ms = wait_ms;
}

int source_device_fd(const struct source *s)
{
	return s->reader.live ? live_fd(s->reader.live) : -1;
}

int source_link(const struct source *s)
{
	return s->reader.live ? s->reader.link : -1;
}

int source_fd(const struct source *s)
{
	return input_is_seekable(&s->reader.in) ? s->reader.in.fd : -1;
}

uint64_t source_position(const struct source *s)
{
	const struct input *in = &s->reader.in;
	return in->unpack ? in->read_to - (in->packed_end - in->packed_start)
	                  : input_place(in);
}

uint64_t source_size(const struct source *s)
{
	return s->reader.in.size;
}

void source_break(struct source *s)
{
	s->reader.in.stop = 1;
}

void source_close(struct source *s)
{
	tear_down(s);
}
