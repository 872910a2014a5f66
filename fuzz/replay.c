/* SPDX-License-Identifier: MIT */
/* Stands in for libFuzzer: runs a fuzz target once on each file of its corpus.
 *
 * Arguments are files and folders (not searched deeper); without any, the corpus the
 * target was built with, REPLAY_CORPUS, below $srcdir. */
#include "config.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Join folder and name into a new string; ends the process when memory is out. */
static char *join(const char *folder, const char *name)
{
	size_t size = strlen(folder) + strlen(name) + 2;
	char *path = malloc(size);
	if (!path) {
		perror(folder);
		exit(EXIT_FAILURE);
	}
	snprintf(path, size, "%s/%s", folder, name);
	return path;
}

/* Run the target on the bytes of one file, in a block of exactly their size, so that
 * a sanitizer sees a read of one byte too many. False: the file cannot be read. */
static bool replay_file(const char *path, size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1);
	FILE *f = fopen(path, "rb");
	bool fine = bytes && f && fread(bytes, 1, size, f) == size;
	if (fine)
		LLVMFuzzerTestOneInput(bytes, size);
	else
		perror(path);
	if (f)
		fclose(f);
	free(bytes);
	return fine;
}

/* Run the target on a file, or on each file of a folder in sorted order.
 * Adds to *count; false when something cannot be read. */
static bool replay(const char *path, unsigned *count)
{
	struct stat st;
	if (stat(path, &st) != 0) {
		perror(path);
		return false;
	}
	if (S_ISREG(st.st_mode)) {
		++*count;
		return replay_file(path, (size_t)st.st_size);
	}
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort);
	if (n < 0) {
		perror(path);
		return false;
	}
	bool fine = true;
	for (int i = 0; i < n; i++) {
		char *file = join(path, entries[i]->d_name);
		if (stat(file, &st) == 0 && S_ISREG(st.st_mode)) {
			++*count;
			fine &= replay_file(file, (size_t)st.st_size);
		}
		free(file);
		free(entries[i]);
	}
	free(entries);
	return fine;
}

int main(int argc, char **argv)
{
	unsigned count = 0;
	bool fine = true;
	for (int i = 1; i < argc; i++)
		fine &= replay(argv[i], &count);
	if (argc < 2) {
		const char *top = getenv("srcdir");
		char *corpus = join(top ? top : ".", REPLAY_CORPUS);
		fine = replay(corpus, &count);
		free(corpus);
	}
	printf("%u inputs\n", count);
	return fine && count ? EXIT_SUCCESS : EXIT_FAILURE;
}
