/* SPDX-License-Identifier: MIT */
/* bench/bench-measure.c - run a command and say what it cost.
 *
 * Linux counts the memory of whoever started a process into its peak, so that a
 * script cannot measure a small program; this one is smaller than any.
 *
 * usage: bench-measure COMMAND [ARGUMENT]...
 * The last line on standard error is "USER-SECONDS SYSTEM-SECONDS PEAK-KIB". */
#include "config.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: bench-measure COMMAND [ARGUMENT]...\n", stderr);
		return 1;
	}
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	int status;
	struct rusage usage;
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		perror("bench-measure");
		return 1;
	}
	fprintf(stderr, "%ld.%06ld %ld.%06ld %ld\n", (long)usage.ru_utime.tv_sec,
	        (long)usage.ru_utime.tv_usec, (long)usage.ru_stime.tv_sec,
	        (long)usage.ru_stime.tv_usec, usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
