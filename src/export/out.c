/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/safe.h"
#include "export/queue.h"

#define OUT_BUFFER   65536    /* one write for some hundred records */
#define OUT_WAIT_MS  50       /* between two questions whether waiting is of use */
#define OUT_NAP_MS   10       /* where it is not known what to wait for */
#define OUT_SAFE     PIPE_BUF /* bytes that a pipe takes at once, where it takes any */
#define OUT_OFFER    16384    /* bytes put into the queue between two tries to write */
#define OUT_NAME_MAX 300      /* of the path in a reason: the rest of the line must fit */
#define OUT_MODE     0666     /* less the umask, as of any new file */

#define TEMP_TRIES   100

static const char temp_suffix[] = ".XXXXXX";

struct out {
	int fd;
	bool close;       /* at the end */
	bool keep;        /* what is at the target is not replaced */
	bool growing;     /* what cannot be written is cut behind a whole record */
	int error;        /* errno of the first failure, or 0 */
	char *path;       /* as the user gave it; NULL: standard output */
	char *target;     /* the same with symbolic links followed */
	char *temp;       /* what is renamed to target; NULL: written directly */
	int dir;          /* of a file: where it gets or has its name; -1: none */
	char *name;       /* its first name there */
	uint64_t written; /* bytes that the system took */

	/* without a queue */
	uint64_t whole; /* bytes up to the last mark, as far as they left the buffer */
	size_t fill;    /* bytes that wait in buffer */

	/* with one, so that nobody waits for a reader */
	bool queued;
	bool alone;    /* the descriptor never waits: we opened it ourselves */
	bool patient;  /* now there is time to wait */
	bool gave_up;  /* waited for long enough */
	bool dropping; /* this record has no room */
	uint64_t dropped;
	size_t offer; /* bytes since it was tried to write */
	out_enough *enough;
	void *arg;
	struct queue queue;

	uint8_t ends[OUT_BUFFER / 8 + 1]; /* a bit where a record ends in buffer */
	char buffer[OUT_BUFFER];
};

/* The path as it may stand in a line of text. */
static void safe_name(const char *path, char name[OUT_NAME_MAX])
{
	if (!path)
		path = "standard output";
	safe_text_copy(slice_of(path), true, name, OUT_NAME_MAX);
}

static void out_free(struct out *out)
{
	free(out->path);
	free(out->target);
	free(out->temp);
	free(out->name);
	if (out->dir >= 0)
		close(out->dir);
	queue_clear(&out->queue);
	free(out);
}

int out_open_folder(const char *path)
{
#ifdef O_PATH
	int how = O_PATH;
#elif defined(O_SEARCH)
	int how = O_SEARCH;
#else
	int how = O_RDONLY;
#endif
	return open(path, how | O_DIRECTORY | O_CLOEXEC);
}

/* The folder of a file, and its name there, symbolic links followed: where a growing one
 * is opened again, and others are renamed. 0 or errno. */
static int note_place(struct out *out, const char *path)
{
	struct stat st;
	if (fstat(out->fd, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	char *real = realpath(path, NULL);
	if (!real)
		return errno;
	char *slash = strrchr(real, '/');
	out->name = strdup(slash + 1);
	slash[slash == real] = '\0'; /* the root keeps its name */
	out->dir = out_open_folder(real);
	int error = out->dir < 0 ? errno : out->name ? 0 : ENOMEM;
	free(real);
	return error;
}

/* Six letters for a name that nobody can foresee. */
static void fill_suffix(char *suffix)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char random[sizeof(temp_suffix) - 2];
	if (getrandom(random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		memset(random, (int)getpid(), sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		suffix[1 + i] = letters[random[i] % 32];
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
	errno = EEXIST;
	for (int tries = 0; out->fd < 0 && errno == EEXIST && tries < TEMP_TRIES;
	     tries++) {
		fill_suffix(out->temp + len);
		out->fd = open(out->temp,
		               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		               OUT_MODE);
	}
	if (out->fd >= 0)
		return note_place(out, out->temp);
	int error = errno;
	free(out->temp);
	out->temp = NULL;
	return error;
}

/* 0 or errno. */
static int open_growing(struct out *out, const char *path)
{
	out->path = strdup(path);
	if (!out->path)
		return ENOMEM;
	out->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, OUT_MODE);
	return out->fd >= 0 ? note_place(out, path) : errno;
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

/* Without buffers, and closed. */
static struct out *new_out(const char *path)
{
	struct out *out = malloc(sizeof(*out));
	if (!out)
		return NULL;
	memset(out, 0, offsetof(struct out, buffer));
	out->fd = path ? -1 : STDOUT_FILENO;
	out->close = path != NULL;
	out->dir = -1;
	return out;
}

/* The end of a function that opens: `error` is 0 or errno. */
static enum err opened(struct out *out, struct out **result, int error,
                       char why[OUT_WHY_MAX])
{
	if (error == 0) {
		*result = out;
		return OK;
	}
	char name[OUT_NAME_MAX];
	safe_name(out->path, name);
	snprintf(why, OUT_WHY_MAX, "%s: %s", name, strerror(error));
	if (out->temp)
		unlink(out->temp);
	if (out->fd >= 0)
		close(out->fd);
	out_free(out);
	return error == ENOMEM ? ERR_NOMEM : error == EEXIST ? ERR_LIMIT : ERR_IO;
}

enum err out_open(struct out **result, const char *path, char why[OUT_WHY_MAX])
{
	struct out *out = new_out(path);
	if (!out)
		return ERR_NOMEM;
	return opened(out, result, path ? open_path(out, path) : 0, why);
}

enum err out_open_growing(struct out **result, const char *path, char why[OUT_WHY_MAX])
{
	struct out *out = new_out(path);
	if (!out)
		return ERR_NOMEM;
	out->growing = true;
	return opened(out, result, path ? open_growing(out, path) : 0, why);
}

enum err out_open_new(struct out **result, int dir, const char *name, const char *path,
                      char why[OUT_WHY_MAX])
{
	struct out *out = new_out(path);
	if (!out)
		return ERR_NOMEM;
	out->growing = true;
	out->path = strdup(path);
	int error = out->path ? 0 : ENOMEM;
	if (error == 0) {
		out->fd = openat(dir, name,
		                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		                 OUT_MODE);
		error = out->fd < 0 ? errno : 0;
	}
	return opened(out, result, error, why);
}

int out_folder(const struct out *out)
{
	return out->dir;
}

uint64_t out_size(const struct out *out)
{
	return out->written + out->fill;
}

/* --- writing at once */

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

/* Half a record would be taken for damage. What is no file has no length to cut. */
static void cut(struct out *out)
{
	struct stat st;
	off_t at = lseek(out->fd, 0, SEEK_CUR);
	if (!out->growing || at < 0 || fstat(out->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	at -= (off_t)(out->written - out->whole);
	if (ftruncate(out->fd, at) == 0 && lseek(out->fd, at, SEEK_SET) == at)
		out->written = out->whole;
}

static void write_buffer(struct out *out)
{
	uint64_t begin = out->written;
	if (out->error || out->fill == 0) {
		out->fill = 0;
		return;
	}
	write_all(out, out->buffer, out->fill);
	for (size_t n = (size_t)(out->written - begin); n > 0; n--)
		if (out->ends[n / 8] & 1U << n % 8) {
			out->whole = begin + n;
			break;
		}
	memset(out->ends, 0, sizeof(out->ends));
	out->fill = 0;
	if (out->error)
		cut(out);
}

static void write_direct(struct out *out, const char *p, size_t n)
{
	if (n > OUT_BUFFER - out->fill)
		write_buffer(out);
	if (n >= OUT_BUFFER && !out->error) {
		write_all(out, p, n);
		if (out->error)
			cut(out);
	} else if (n > 0 && !out->error) {
		memcpy(out->buffer + out->fill, p, n);
		out->fill += n;
	}
}

/* --- writing what the reader takes */

/* A descriptor for the same pipe that does not wait. O_NONBLOCK on the one we have would
 * change it for whoever else writes there, as the shell does. */
static void open_alone(struct out *out)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", out->fd);
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return; /* a socket, or not ours: small pieces then */
	if (out->close)
		close(out->fd);
	out->fd = fd;
	out->close = out->alone = true;
}

void out_never_wait(struct out *out, size_t most, out_enough *enough, void *arg)
{
	struct stat st;
	out->growing = true;
	if (fstat(out->fd, &st) != 0 || S_ISREG(st.st_mode))
		return;
	out->queued = true;
	out->enough = enough;
	out->arg = arg;
	queue_init(&out->queue, most);
	open_alone(out);
}

void out_may_wait(struct out *out)
{
	out->patient = true;
}

uint64_t out_dropped(const struct out *out)
{
	return out->dropped;
}

bool out_is_behind(const struct out *out)
{
	return out->queued && !out->error && queue_whole(&out->queue).len > 0;
}

/* Is the reader ready for more? Waits for it, or not. */
static bool is_ready(struct out *out, bool wait)
{
	struct pollfd p = { .fd = out->fd, .events = POLLOUT };
	while (poll(&p, 1, wait ? OUT_WAIT_MS : 0) <= 0) {
		if (!wait || out->gave_up)
			return false;
		out->gave_up = out->enough(out->arg);
	}
	return !out->gave_up;
}

static void drain(struct out *out, bool wait)
{
	struct slice next;
	if (out->patient) /* who reads nothing now may read it all later */
		queue_mark(&out->queue);
	while (!out->error && (next = queue_whole(&out->queue)).len > 0 &&
	       is_ready(out, wait)) {
		size_t n = out->alone || next.len < OUT_SAFE ? next.len : OUT_SAFE;
		ssize_t done = write(out->fd, next.p, n);
		if (done > 0) {
			out->written += (uint64_t)done;
			queue_take(&out->queue, (size_t)done);
		} else if (done < 0 && errno != EINTR && errno != EAGAIN &&
		           errno != EWOULDBLOCK) {
			out->error = errno;
		} else if (done < 0 && errno == EINTR) {
			continue;
		} else if (!wait) {
			return;
		} else {
			poll(NULL, 0, OUT_NAP_MS);
			out->gave_up = out->gave_up || out->enough(out->arg);
		}
	}
}

static void write_queued(struct out *out, const char *p, size_t n)
{
	if (out->error || out->dropping || out->gave_up)
		return;
	/* one larger than the queue goes through it in pieces, where there is time */
	while (out->patient && n > out->queue.most) {
		write_queued(out, p, out->queue.most);
		p += out->queue.most;
		n -= out->queue.most;
	}
	bool put = queue_put(&out->queue, p, n);
	out->offer += n;
	if (!put || out->offer >= OUT_OFFER) {
		out->offer = 0;
		drain(out, !put && out->patient);
	}
	if (put || queue_put(&out->queue, p, n) || out->patient)
		return;
	queue_back(&out->queue);
	out->dropping = true;
}

/* --- the same for whoever writes */

void out_mark(struct out *out)
{
	if (out->queued) {
		out->dropped += out->dropping;
		out->dropping = false;
		queue_mark(&out->queue);
	} else if (out->fill > 0) {
		out->ends[out->fill / 8] |= (uint8_t)(1U << out->fill % 8);
	} else if (!out->error) {
		out->whole = out->written;
	}
}

void out_flush(struct out *out)
{
	if (out->queued)
		drain(out, false);
	else
		write_buffer(out);
}

void out_write(struct out *out, const char *p, size_t n)
{
	if (out->queued)
		write_queued(out, p, n);
	else
		write_direct(out, p, n);
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
	return out->error != 0 || out->gave_up;
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

void out_problem(const struct out *out, char why[OUT_WHY_MAX])
{
	char name[OUT_NAME_MAX];
	safe_name(out->path, name);
	snprintf(why, OUT_WHY_MAX, "%s: %s after %llu bytes", name,
	         out->error ? strerror(out->error) : "its reader is too slow",
	         (unsigned long long)out->written);
}

bool out_is_moved(const struct out *out)
{
	struct stat here, named;
	if (out->dir < 0 || fstat(out->fd, &here) != 0)
		return false;
	return fstatat(out->dir, out->name, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
	       here.st_dev != named.st_dev || here.st_ino != named.st_ino;
}

enum err out_reopen(struct out *out, char why[OUT_WHY_MAX])
{
	struct stat new;
	char name[OUT_NAME_MAX];
	out_flush(out);
	if (!out_is_moved(out))
		return OK;
	safe_name(out->path, name);
	int fd = openat(out->dir, out->name,
	                O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	                OUT_MODE);
	if (fd < 0 || fstat(fd, &new) != 0) {
		snprintf(why, OUT_WHY_MAX, "%s: cannot be opened again: %s", name,
		         strerror(errno));
	} else if (!S_ISREG(new.st_mode) || new.st_size != 0) {
		snprintf(why, OUT_WHY_MAX,
		         "%s: is another file now, and not an empty one", name);
	} else {
		close(out->fd);
		out->fd = fd;
		out->error = 0;
		out->written = out->whole = 0;
		return OK;
	}
	if (fd >= 0)
		close(fd);
	return ERR_IO;
}

enum err out_close(struct out *out, bool whole, char why[OUT_WHY_MAX])
{
	out_flush(out);
	if (out->queued && out->patient)
		drain(out, true);
	/* close reports what a network file system or a quota refused; its EINTR on
	 * Linux leaves the descriptor closed, and nothing is lost by it */
	if (out->close && close(out->fd) != 0 && errno != EINTR && !out->error)
		out->error = errno;
	if (out->temp && whole && !out->error)
		out->error = give_name(out);
	if (out->temp && (!whole || out->error))
		unlink(out->temp);
	enum err result = OK;
	if (out_failed(out)) {
		out_problem(out, why);
		result = ERR_IO;
	}
	out_free(out);
	return result;
}
