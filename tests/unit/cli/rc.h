/* SPDX-License-Identifier: MIT */
/* tests/unit/cli/rc.h - what is told, and what is written, as text. */
#ifndef TESTS_UNIT_CLI_RC_H
#define TESTS_UNIT_CLI_RC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/rcfile.h"

#define TEXT_ROOM 65536

struct told {
	char text[TEXT_ROOM];
	size_t len;
	unsigned lines;
};

/* A config_tell; arg: a struct told. What is told is one line, and printable. */
static inline void told_add(void *arg, const char *line)
{
	struct told *t = arg;
	size_t len = strlen(line);
	for (size_t i = 0; i < len; i++)
		assert_in_range(line[i], ' ', '~');
	assert_true(t->len + len + 2 < sizeof(t->text));
	t->len += (size_t)snprintf(t->text + t->len, sizeof(t->text) - t->len, "%s\n",
	                           line);
	t->lines++;
}

/* A folder of the test's own, in which it then is. */
static inline void enter_folder(char path[64])
{
	snprintf(path, 64, "/tmp/sipglass-rc-XXXXXX");
	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
}

static inline void put_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline void get_file(const char *path, char text[TEXT_ROOM])
{
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	text[fread(text, 1, TEXT_ROOM - 1, file)] = '\0';
	fclose(file);
}

/* Read text as a configuration file called "rc"; what is told is in *told. */
static inline void read_rc(struct setup *setup, const char *text, size_t len,
                           struct told *told)
{
	FILE *file = tmpfile();
	assert_non_null(file);
	size_t written = fwrite(text, 1, len, file);
	assert_int_equal(written, len);
	rewind(file);
	*told = (struct told){ .len = 0 };
	unsigned n = config_read(setup, file, "rc", told_add, told);
	assert_int_equal(n > 0, told->lines > 0);
	fclose(file);
}

#endif
