/* SPDX-License-Identifier: MIT */
/* Any bytes as a configuration file: sngrep's where they begin with 's', or ours. What is
 * told is one printable line, and no memory is left. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tell(void *arg, const char *line)
{
	(void)arg;
	if (!*line)
		abort();
	for (; *line; line++)
		if (*line < ' ' || *line > '~')
			abort();
}

static void read_ours(const uint8_t *data, size_t size)
{
	static struct setup setup;
	struct mem mem;
	FILE *file = fmemopen(NULL, size, "w+");
	if (!file || fwrite(data, 1, size, file) != size)
		abort();
	rewind(file);
	mem_init(&mem, 1U << 20);
	setup_init(&setup, &mem);
	config_read(&setup, file, "config", tell, NULL);
	setup_clear(&setup);
	if (mem.used)
		abort();
	fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (*data == 's')
		(void)import_text((struct slice){ (const char *)data, size }, "sngreprc",
		                  NULL, tell, NULL);
	else
		read_ours(data, size);
	return 0;
}
