/* SPDX-License-Identifier: MIT */
/* Faults that are made inside of the program (LD_PRELOAD), by variables of the
 * environment:
 *
 *     FAULT_PROBE=1        once it is confined, do what hostile input might make it do,
 *                          and say on standard error how each ended
 *     FAULT_WRITES=1       writes are interrupted by signals, and write a part only
 *     FAULT_CLOCK=1        the time of day jumps by an hour, forth and back
 *     FAULT_COUNTER=FILE   is read for what the driver counts as dropped
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* --- what is refused */

#define HOLE 3 /* FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE */

static void say(const char *what, long result)
{
	char line[100];
	int error = errno;
	int n = snprintf(line, sizeof(line), "probe %s %s\n", what,
	                 result >= 0 ? "done" : strerror(error));
	syscall(SYS_write, 2, line, n);
}

/* The socket of an interface, which the program has; or -1. */
static int find_device(void)
{
	for (int fd = 3; fd < 64; fd++) {
		int family = 0;
		socklen_t len = sizeof(family);
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) == 0 &&
		    family == AF_PACKET)
			return fd;
	}
	return -1;
}

/* Without the functions of libc, which may not be the ones that are called then. */
static void probe(void)
{
	static const char frame[60] = "\xff\xff\xff\xff\xff\xff";
	int device = find_device();
	static int done;
	char *const arguments[] = { (char *)"true", NULL };
	if (done || !getenv("FAULT_PROBE") || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0)
		return;
	done = 1;
	say("shadow", syscall(SYS_openat, AT_FDCWD, "/etc/shadow", O_RDONLY));
	say("passwd", syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
	say("create", syscall(SYS_openat, AT_FDCWD, getenv("FAULT_CREATE"),
	                      O_WRONLY | O_CREAT, 0600));
	say("inet", syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0));
	say("unix", syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
	say("packet", syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0));
	say("type", syscall(SYS_ioctl, 0, TIOCSTI, "x"));
	say("clone", syscall(SYS_clone, 0, NULL, NULL, NULL, NULL));
	say("ptrace", syscall(SYS_ptrace, 0, 0, NULL, NULL));
	say("setuid", syscall(SYS_setuid, 0));
	say("send", device < 0 ? 0 : syscall(SYS_write, device, frame, sizeof(frame)));
	say("copy", device < 0 ? 0 : syscall(SYS_dup, device));
	say("copy2", device < 0 ? 0 : syscall(SYS_fcntl, device, F_DUPFD, 100));
	say("signal", syscall(SYS_kill, getppid(), 0));
	say("chmod", syscall(SYS_fchmodat, AT_FDCWD, getenv("FAULT_CREATE"), 04755));
	say("allocate", syscall(SYS_fallocate, -1, 0, 0L, 4096L));
	say("hole", syscall(SYS_fallocate, -1, HOLE, 0L, 4096L));
	say("execve", syscall(SYS_execve, "/bin/true", arguments, NULL));
}

int poll(struct pollfd *fds, nfds_t n, int ms)
{
	static int (*real)(struct pollfd *, nfds_t, int);
	if (!real)
		real = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll");
	probe();
	return real(fds, n, ms);
}

int __poll_chk(struct pollfd *fds, nfds_t n, int ms, size_t size)
{
	(void)size;
	return poll(fds, n, ms);
}

/* --- writes */

ssize_t write(int fd, const void *p, size_t n)
{
	static ssize_t (*real)(int, const void *, size_t);
	static unsigned count;
	if (!real)
		real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	if (fd != 2 && getenv("FAULT_WRITES")) {
		count++;
		if (count % 3 == 0) {
			errno = EINTR;
			return -1;
		}
		if (count % 3 == 1 && n > 1)
			n = n / 2;
	}
	return real(fd, p, n);
}

/* --- clocks */

static time_t jump(void)
{
	static unsigned count;
	if (!getenv("FAULT_CLOCK"))
		return 0;
	return ++count % 2 ? 3600 : -3600;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	long result = syscall(SYS_clock_gettime, clock, ts);
	if (result == 0 && clock == CLOCK_REALTIME)
		ts->tv_sec += jump();
	return (int)result;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;
	(void)zone;
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *t)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	if (t)
		*t = ts.tv_sec;
	return ts.tv_sec;
}

/* --- files */

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	const char *counter = getenv("FAULT_COUNTER");
	if (flags & O_CREAT) {
		va_list args;
		va_start(args, flags);
		mode = (mode_t)va_arg(args, int);
		va_end(args);
	}
	if (counter && strstr(path, "/statistics/rx_missed_errors"))
		path = counter;
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
