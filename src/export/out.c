/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/safe.h"

#define OUT_BUFFER   65536 /* one write for some hundred records */
#define OUT_NAME_MAX 300   /* of the path in a reason: the rest of the line must fit */
#define OUT_MODE     0666  /* less the umask, as of any new file */

static const char temp_suffix[] = ".XXXXXX";

struct out {
	int fd;
	bool keep;        /* what is at the target is not replaced */
	int error;        /* errno of the first failure, or 0 */
	char *path;       /* as the user gave it; NULL: standard output */
	char *target;     /* the same with symbolic links followed */
	char *temp;       /* what is renamed to target; NULL: written directly */
	bool growing;     /* out_open_growing */
	uint64_t marked;  /* bytes up to the last mark */
	uint64_t written; /* bytes that the system took */
	size_t fill;      /* bytes that wait in buffer */
	char buffer[OUT_BUFFER];
};

/* The path as it may stand in a line of text. */
static void safe_name(const char *path, char name[OUT_NAME_MAX])
{
	if (!path)
		path = "standard output";
	safe_text_copy((struct slice){ path, strlen(path) }, true, name, OUT_NAME_MAX);
}

static void out_free(struct out *out)
{
	free(out->path);
	free(out->target);
	free(out->temp);
	free(out);
}

/* A new file beside the target, which it replaces when it is whole: 0 or errno. */
static int open_temp(struct out *out)
{
	size_t len = strlen(out->target);
	out->temp = malloc(len + sizeof(temp_suffix));
	if (!out->temp)
		return ENOMEM;
	memcpy(out->temp, out->target, len);
	memcpy(out->temp + len, temp_suffix, sizeof(temp_suffix));
	out->fd = mkostemp(out->temp, O_CLOEXEC);
	if (out->fd < 0) {
		int error = errno;
		free(out->temp);
		out->temp = NULL;
		return error;
	}
	mode_t mask = umask(0);
	umask(mask);
	return fchmod(out->fd, OUT_MODE & ~mask) == 0 ? 0 : errno;
}

/* 0 or errno. */
static int open_growing(struct out *out, const char *path)
{
	out->path = strdup(path);
	if (!out->path)
		return ENOMEM;
	out->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, OUT_MODE);
	return out->fd >= 0 ? 0 : errno;
}

/* 0 or errno. */
static int open_path(struct out *out, const char *path)
{
	struct stat st;
	bool exists = stat(path, &st) == 0;
	out->path = strdup(path);
	if (!out->path)
		return ENOMEM;
	if (exists && !S_ISREG(st.st_mode)) {
		out->fd = open(path, O_WRONLY | O_CLOEXEC);
		return out->fd >= 0 ? 0 : errno;
	}
	/* rename would replace a file that its owner made read-only */
	if (exists && access(path, W_OK) != 0)
		return errno;
	out->target = exists ? realpath(path, NULL) : strdup(path);
	return out->target ? open_temp(out) : errno;
}

static enum err open_any(struct out **result, const char *path, bool growing,
                         char why[OUT_WHY_MAX])
{
	struct out *out = malloc(sizeof(*out));
	if (!out)
		return ERR_NOMEM;
	memset(out, 0, offsetof(struct out, buffer));
	out->fd = path ? -1 : STDOUT_FILENO;
	out->growing = growing && path;
	int error = !path ? 0 : growing ? open_growing(out, path) : open_path(out, path);
	if (error == 0) {
		*result = out;
		return OK;
	}
	char name[OUT_NAME_MAX];
	safe_name(path, name);
	snprintf(why, OUT_WHY_MAX, "%s: %s", name, strerror(error));
	if (out->temp)
		unlink(out->temp);
	if (out->fd >= 0)
		close(out->fd);
	out_free(out);
	return error == ENOMEM ? ERR_NOMEM : ERR_IO;
}

enum err out_open(struct out **result, const char *path, char why[OUT_WHY_MAX])
{
	return open_any(result, path, false, why);
}

enum err out_open_growing(struct out **result, const char *path, char why[OUT_WHY_MAX])
{
	return open_any(result, path, true, why);
}

void out_mark(struct out *out)
{
	out->marked = out->written + out->fill;
}

/* May a write that failed be tried again? Waits where the descriptor is one that
 * answers "not now", as a terminal may be that another program left so. */
static bool try_again(int fd, int error)
{
	if (error == EINTR)
		return true;
	if (error != EAGAIN && error != EWOULDBLOCK)
		return false;
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	return poll(&wait, 1, -1) >= 0 || errno == EINTR;
}

static void write_all(struct out *out, const char *p, size_t n)
{
	while (n > 0 && !out->error) {
		ssize_t done = write(out->fd, p, n);
		if (done < 0) {
			int error = errno;
			if (!try_again(out->fd, error))
				out->error = error;
			continue;
		}
		out->written += (uint64_t)done;
		p += done;
		n -= (size_t)done;
	}
}

void out_flush(struct out *out)
{
	write_all(out, out->buffer, out->fill);
	out->fill = 0;
}

void out_write(struct out *out, const char *p, size_t n)
{
	if (n > OUT_BUFFER - out->fill)
		out_flush(out);
	if (n >= OUT_BUFFER) {
		write_all(out, p, n);
	} else if (n > 0) {
		memcpy(out->buffer + out->fill, p, n);
		out->fill += n;
	}
}

void out_str(struct out *out, const char *text)
{
	out_write(out, text, strlen(text));
}

void out_safe(struct out *out, struct slice s, bool utf8)
{
	while (s.len) {
		struct safe_step step;
		safe_text(s, utf8, &step);
		out_write(out, s.p, step.plain);
		out_write(out, step.text, step.text_len);
		s = slice_skip(s, step.plain + step.skip);
	}
}

bool out_failed(const struct out *out)
{
	return out->error != 0;
}

bool out_is_broken_pipe(const struct out *out)
{
	return out->error == EPIPE;
}

void out_never_replace(struct out *out)
{
	out->keep = true;
}

/* The file gets its name: 0 or errno. */
static int give_name(const struct out *out)
{
	if (!out->keep)
		return rename(out->temp, out->target) == 0 ? 0 : errno;
	if (link(out->temp, out->target) == 0)
		return unlink(out->temp) == 0 ? 0 : errno;
	if (errno == EEXIST)
		return EEXIST;
	/* a file system without hard links: as well as it can be done there */
	if (access(out->target, F_OK) == 0)
		return EEXIST;
	return rename(out->temp, out->target) == 0 ? 0 : errno;
}

enum err out_close(struct out *out, bool whole, char why[OUT_WHY_MAX])
{
	out_flush(out);
	if (out->growing && out->error) {
		/* half a record would be taken for damage; a device has no length */
		int ignored = ftruncate(out->fd, (off_t)out->marked);
		(void)ignored;
	}
	/* close reports what a network file system or a quota refused; its EINTR on
	 * Linux leaves the descriptor closed, and nothing is lost by it */
	if (out->path && close(out->fd) != 0 && errno != EINTR && !out->error)
		out->error = errno;
	if (out->temp && whole && !out->error)
		out->error = give_name(out);
	if (out->temp && (!whole || out->error))
		unlink(out->temp);
	enum err result = OK;
	if (out->error) {
		char name[OUT_NAME_MAX];
		safe_name(out->path, name);
		snprintf(why, OUT_WHY_MAX, "%s: %s after %llu bytes", name,
		         strerror(out->error), (unsigned long long)out->written);
		result = ERR_IO;
	}
	out_free(out);
	return result;
}
