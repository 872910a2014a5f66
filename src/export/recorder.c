/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/safe.h"

#define NAME_TRIES 100 /* numbers that an earlier run may have used in the same second */
#define NAME_TAIL  64  /* bytes that the time and the number may add to a name */

/* A file of this run: enough to know it again. */
struct kept {
	tick first;
	uint64_t number;
	dev_t dev;
	ino_t ino;
};

struct recorder {
	struct recorder_split split;
	bool several;
	enum packet_format format;
	char *path;  /* as given */
	size_t stem; /* bytes of path before its ending */
	size_t base; /* bytes of path before its last component */
	char *name;  /* room for a name of a file, path included */
	int folder;  /* of several files, open; -1 */

	struct out *out;          /* NULL: none is begun */
	struct packet_file *file; /* the same */
	tick first;               /* of its packets */
	uint64_t packets;         /* in it */
	uint64_t number;          /* of the file, the last one that was tried */
	uint64_t size;            /* bytes of the files before */
	tick failed;              /* when the last file could not be written; TICK_NONE */

	struct kept *kept; /* of split.files, a ring */
	uint32_t oldest, nkept;
	char problem[OUT_WHY_MAX];
};

/* Only the first one is told: the others follow from it. */
static void note_problem(struct recorder *r, const char *why)
{
	if (!*r->problem)
		snprintf(r->problem, sizeof(r->problem), "%s", why);
}

/* --- names */

/* The ending is that of the last component, and what it begins with is none. */
static void find_parts(struct recorder *r)
{
	const char *slash = strrchr(r->path, '/');
	const char *base = slash ? slash + 1 : r->path;
	const char *dot = strrchr(base, '.');
	r->base = (size_t)(base - r->path);
	r->stem = dot && dot != base ? (size_t)(dot - r->path) : strlen(r->path);
}

/* NAME-20261121-120000-00001.pcap, with the folder in front; what is in the folder begins
 * at r->base. */
static const char *make_name(const struct recorder *r, tick first, uint64_t number)
{
	char t[TICK_RFC3339_MAX]; /* 2026-11-21T12:00:00.123456Z */
	tick_rfc3339(first, t);
	snprintf(r->name, strlen(r->path) + NAME_TAIL,
	         "%.*s-%.4s%.2s%.2s-%.2s%.2s%.2s-%05llu%s", (int)r->stem, r->path, t,
	         t + 5, t + 8, t + 11, t + 14, t + 17, (unsigned long long)number,
	         r->path + r->stem);
	return r->name;
}

/* --- opening */

static enum err open_folder(struct recorder *r, char why[OUT_WHY_MAX])
{
	char *path =
		r->base > 1 ? strndup(r->path, r->base - 1) : strdup(r->base ? "/" : ".");
	char name[OUT_WHY_MAX / 2];
	if (!path)
		return ERR_NOMEM;
	r->folder = out_open_folder(path);
	int error = errno;
	if (r->folder < 0) {
		safe_text_copy(slice_of(path), true, name, sizeof(name));
		snprintf(why, OUT_WHY_MAX, "%s: %s", name, strerror(error));
	}
	free(path);
	return r->folder < 0 ? ERR_IO : OK;
}

static enum err open_first(struct recorder *r, char why[OUT_WHY_MAX])
{
	if (!r->several)
		return out_open_growing(&r->out, r->path, why);
	if (r->split.files) {
		r->kept = calloc(r->split.files, sizeof(*r->kept));
		if (!r->kept)
			return ERR_NOMEM;
	}
	return open_folder(r, why);
}

static void free_recorder(struct recorder *r)
{
	if (r->folder >= 0)
		close(r->folder);
	free(r->kept);
	free(r->path);
	free(r->name);
	free(r);
}

enum err recorder_open(struct recorder **out, const char *path,
                       const struct recorder_split *split, char why[OUT_WHY_MAX])
{
	struct recorder *r = calloc(1, sizeof(*r));
	if (!r)
		return ERR_NOMEM;
	r->split = *split;
	r->several = split->duration || split->size || split->packets;
	r->format = packet_format_of(path);
	r->folder = -1;
	r->failed = TICK_NONE;
	r->path = strdup(path);
	r->name = malloc(strlen(path) + NAME_TAIL);
	enum err err = r->path && r->name ? OK : ERR_NOMEM;
	if (err == OK) {
		find_parts(r);
		err = open_first(r, why);
	}
	if (err == OK)
		*out = r;
	else
		free_recorder(r);
	return err;
}

/* --- one file after the other */

/* Remove the oldest one, if it is the one that we wrote. */
static void remove_oldest(struct recorder *r)
{
	const struct kept *k = &r->kept[r->oldest];
	const char *name = make_name(r, k->first, k->number) + r->base;
	struct stat st;
	r->oldest = (r->oldest + 1) % r->split.files;
	r->nkept--;
	if (fstatat(r->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_dev == k->dev && st.st_ino == k->ino)
		unlinkat(r->folder, name, 0);
}

static void keep(struct recorder *r, const char *name)
{
	struct stat st;
	if (!r->kept || fstatat(r->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	r->kept[(r->oldest + r->nkept) % r->split.files] =
		(struct kept){ r->first, r->number, st.st_dev, st.st_ino };
	r->nkept++;
}

/* The newest one came to nothing: remove it. It is not one of those to keep then, or a
 * full disk would take the older ones away, one at each try. */
static void remove_newest(struct recorder *r)
{
	unlinkat(r->folder, make_name(r, r->first, r->number) + r->base, 0);
	if (r->nkept &&
	    r->kept[(r->oldest + r->nkept - 1) % r->split.files].number == r->number)
		r->nkept--;
}

/* The file is whole, or what can be had of it. */
static enum err end_file(struct recorder *r)
{
	char why[OUT_WHY_MAX];
	if (!r->out)
		return OK;
	if (r->file)
		r->size += packet_file_size(r->file);
	packet_file_finish(r->file);
	r->file = NULL;
	out_flush(r->out);
	bool nothing = r->several && out_failed(r->out) && out_size(r->out) == 0;
	enum err err = out_close(r->out, true, why);
	r->out = NULL;
	if (nothing)
		remove_newest(r);
	if (err != OK)
		note_problem(r, why);
	return err;
}

/* A file for this packet, with a name that was free. */
static enum err begin_file(struct recorder *r, const struct frame *frame)
{
	char why[OUT_WHY_MAX] = "out of memory";
	enum err err = ERR_LIMIT;
	if (r->kept && r->nkept == r->split.files)
		remove_oldest(r); /* first, so that there is room for the new one */
	r->first = frame->at;
	r->packets = 0;
	for (unsigned i = 0; err == ERR_LIMIT && i < NAME_TRIES; i++) {
		const char *path = make_name(r, r->first, ++r->number);
		err = out_open_new(&r->out, r->folder, path + r->base, path, why);
	}
	if (err == OK) {
		keep(r, r->name + r->base);
		return OK;
	}
	note_problem(r, why);
	return err == ERR_NOMEM ? err : ERR_IO;
}

static bool is_full(const struct recorder *r, const struct frame *frame)
{
	const struct recorder_split *s = &r->split;
	if (r->packets == 0)
		return false;
	return (s->packets && r->packets >= s->packets) ||
	       (s->size &&
	        packet_file_size(r->file) + packet_file_need(r->file, frame) > s->size) ||
	       (s->duration && frame->at > r->first &&
	        frame->at - r->first >= s->duration);
}

/* Where the packet goes. */
static enum err want_file(struct recorder *r, const struct frame *frame)
{
	if (r->several && r->out && is_full(r, frame) && end_file(r) != OK)
		r->failed = frame->at;
	if (!r->out) {
		if (r->failed != TICK_NONE && frame->at >= r->failed &&
		    frame->at - r->failed < RECORDER_RETRY)
			return ERR_IO;
		enum err err = begin_file(r, frame);
		r->failed = err == OK ? TICK_NONE : frame->at;
		if (err != OK)
			return err;
	}
	return r->file ? OK : packet_file_new(&r->file, r->out, r->format);
}

/* What could not be written will not be: without several files, until it is reopened. */
static void fail(struct recorder *r, tick at)
{
	char why[OUT_WHY_MAX];
	if (r->several) {
		r->failed = at;
		end_file(r);
	} else {
		out_problem(r->out, why);
		note_problem(r, why);
	}
}

enum err recorder_write(struct recorder *r, const struct frame *frame)
{
	enum err err = want_file(r, frame);
	if (err != OK)
		return err;
	if (out_failed(r->out))
		return ERR_IO;
	err = packet_file_write(r->file, frame);
	if (err == OK) {
		out_mark(r->out);
		r->packets++;
	} else if (err == ERR_IO) {
		fail(r, frame->at);
	} else {
		note_problem(r,
		             err == ERR_FORMAT
		                     ? "the packets have several link types, and a "
		                       "pcap file has one; give it a name that ends in "
		                       ".pcapng"
		                     : "out of memory");
	}
	return err;
}

void recorder_flush(struct recorder *r)
{
	if (!r->out || out_failed(r->out))
		return;
	out_flush(r->out);
	if (out_failed(r->out))
		fail(r, r->first);
}

enum err recorder_reopen(struct recorder *r, char why[OUT_WHY_MAX])
{
	if (r->several) {
		/* what is wrong with the file is noted as of any other */
		if (end_file(r) == OK)
			r->failed = TICK_NONE;
		return OK;
	}
	if (!out_is_moved(r->out)) {
		recorder_flush(r);
		return OK;
	}
	if (!r->file && packet_file_new(&r->file, r->out, r->format) != OK) {
		snprintf(why, OUT_WHY_MAX, "out of memory");
		return ERR_NOMEM;
	}
	packet_file_begin(r->file); /* one without packets is whole, too */
	out_mark(r->out);
	enum err err = out_reopen(r->out, why);
	if (err != OK)
		return err;
	r->size += packet_file_size(r->file);
	packet_file_finish(r->file);
	r->file = NULL;
	return OK;
}

int recorder_folder(const struct recorder *r)
{
	return r->several ? r->folder : out_folder(r->out);
}

uint64_t recorder_size(const struct recorder *r)
{
	return r->size + (r->file ? packet_file_size(r->file) : 0);
}

const char *recorder_problem(const struct recorder *r)
{
	return *r->problem ? r->problem : NULL;
}

enum err recorder_close(struct recorder *r, char why[OUT_WHY_MAX])
{
	if (!r->several && !r->file && packet_file_new(&r->file, r->out, r->format) != OK)
		note_problem(r, "out of memory");
	if (r->file && !out_failed(r->out))
		packet_file_begin(r->file);
	if (r->out)
		out_mark(r->out);
	(void)end_file(r); /* noted */
	enum err err = *r->problem ? ERR_IO : OK;
	snprintf(why, OUT_WHY_MAX, "%s", r->problem);
	free_recorder(r);
	return err;
}
