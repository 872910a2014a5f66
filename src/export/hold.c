/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hold {
	FILE  *file;
	char  *line; /* for hold_replay */
	size_t room; /* bytes of line */
};

struct hold_head {
	size_t   len;
	uint32_t owner;
};

/* A file that is gone once it is closed, or NULL. */
static FILE *unnamed_file(const char *dir)
{
	static const char name[] = "/sipglass-XXXXXX";
	size_t len = strlen(dir);
	char *path = malloc(len + sizeof(name));
	if (!path)
		return NULL;
	memcpy(path, dir, len);
	memcpy(path + len, name, sizeof(name));
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	free(path);
	FILE *file = fd >= 0 ? fdopen(fd, "w+b") : NULL;
	if (!file && fd >= 0)
		close(fd);
	return file;
}

enum err hold_new(struct hold **out, const char *dir)
{
	struct hold *h = calloc(1, sizeof(*h));
	if (!h)
		return ERR_NOMEM;
	h->file = unnamed_file(dir);
	if (!h->file) {
		free(h);
		return errno == ENOMEM ? ERR_NOMEM : ERR_IO;
	}
	*out = h;
	return OK;
}

void hold_free(struct hold *h)
{
	if (!h)
		return;
	fclose(h->file);
	free(h->line);
	free(h);
}

enum err hold_add(struct hold *h, uint32_t owner, const char *line, size_t len)
{
	struct hold_head head;
	memset(&head, 0, sizeof(head)); /* padding goes to the file too */
	head.len = len;
	head.owner = owner;
	if (fwrite(&head, sizeof(head), 1, h->file) != 1)
		return ERR_IO;
	return fwrite(line, 1, len, h->file) == len ? OK : ERR_IO;
}

/* Read one line into h->line. OK, ERR_END, ERR_NOMEM, ERR_IO. */
static enum err next_line(struct hold *h, struct hold_head *head)
{
	if (fread(head, sizeof(*head), 1, h->file) != 1)
		return ferror(h->file) ? ERR_IO : ERR_END;
	if (head->len > h->room) {
		char *line = realloc(h->line, head->len);
		if (!line)
			return ERR_NOMEM;
		h->line = line;
		h->room = head->len;
	}
	return fread(h->line, 1, head->len, h->file) == head->len ? OK : ERR_IO;
}

enum err hold_replay(struct hold *h, hold_sink *sink, void *arg)
{
	if (fflush(h->file) != 0 || fseeko(h->file, 0, SEEK_SET) != 0)
		return ERR_IO;
	for (;;) {
		struct hold_head head;
		enum err result = next_line(h, &head);
		if (result == ERR_END)
			return OK;
		if (result != OK)
			return result;
		sink(arg, head.owner, h->line, head.len);
	}
}
