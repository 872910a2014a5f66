/* SPDX-License-Identifier: MIT */
/* What the environment and the terminal say of how output is wanted. */
#include "config.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/run.h"

bool run_utf8(const struct run *r)
{
	return !r->opt.ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool run_color(void)
{
	const char *no_color = getenv("NO_COLOR");
	return !no_color || !*no_color;
}

unsigned run_width(const struct run *r)
{
	struct winsize size;
	if (r->opt.width)
		return r->opt.width;
	if (!r->opt.out && isatty(STDOUT_FILENO) &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	const char *columns = getenv("COLUMNS");
	long n = columns ? strtol(columns, NULL, 10) : 0;
	return n >= OPTIONS_WIDTH_MIN && n <= OPTIONS_WIDTH_MAX ? (unsigned)n : 80;
}

const char *run_temp_dir(void)
{
	const char *dir = getenv("TMPDIR");
	return dir && *dir ? dir : "/tmp";
}
