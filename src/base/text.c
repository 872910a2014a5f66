/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/text.h"

#include <string.h>

#include "base/hash.h"

/* A number is chunk << 16 | offset; a string is its length in two bytes, then its
 * bytes. The first byte of the first chunk is never used: number 0 is "". */
#define CHUNK 65536U

void text_init(struct text *text, struct mem *mem, uint64_t seed)
{
	*text = (struct text){ .mem = mem, .seed = seed };
	map_init(&text->interned, mem);
}

void text_clear(struct text *text)
{
	for (uint32_t i = 0; i < text->nchunks; i++)
		mem_give(text->mem, text->chunks[i], CHUNK);
	mem_give(text->mem, text->chunks, text->room * sizeof(*text->chunks));
	map_clear(&text->interned);
	text_init(text, text->mem, text->seed);
}

static enum err add_chunk(struct text *text)
{
	if (text->nchunks == CHUNK)
		return ERR_LIMIT; /* 4 GiB of strings: all numbers are used */
	if (text->nchunks == text->room) {
		uint32_t room = text->room ? text->room * 2 : 16;
		char **chunks = mem_resize(text->mem, text->chunks,
		                           text->room * sizeof(*chunks),
		                           room * sizeof(*chunks));
		if (!chunks)
			return ERR_NOMEM;
		text->chunks = chunks;
		text->room = room;
	}
	char *chunk = mem_take(text->mem, CHUNK);
	if (!chunk)
		return ERR_NOMEM;
	text->fill = text->nchunks ? 0 : 1;
	text->chunks[text->nchunks++] = chunk;
	return OK;
}

enum err text_add(struct text *text, struct slice s, uint32_t *out)
{
	if (s.len == 0) {
		*out = 0;
		return OK;
	}
	if (s.len > TEXT_MAX)
		return ERR_LIMIT;
	if (text->nchunks == 0 || s.len + 2 > CHUNK - text->fill) {
		enum err e = add_chunk(text);
		if (e != OK)
			return e;
	}
	char *p = text->chunks[text->nchunks - 1] + text->fill;
	uint16_t len = (uint16_t)s.len;
	memcpy(p, &len, sizeof(len));
	memcpy(p + sizeof(len), s.p, s.len);
	*out = (text->nchunks - 1) << 16 | text->fill;
	text->fill += (uint32_t)(s.len + sizeof(len));
	return OK;
}

enum err text_intern(struct text *text, struct slice s, uint32_t *out)
{
	if (s.len == 0) {
		*out = 0;
		return OK;
	}
	uint64_t hash = hash_slice(s, text->seed);
	uint32_t at;
	for (uint32_t n = map_first(&text->interned, hash, &at); n;
	     n = map_next(&text->interned, hash, &at)) {
		if (slice_eq(text_get(text, n), s)) {
			*out = n;
			return OK;
		}
	}
	uint32_t number;
	enum err e = text_add(text, s, &number);
	if (e != OK)
		return e;
	e = map_add(&text->interned, hash, number);
	if (e == OK)
		*out = number;
	else
		text->fill = number & 0xffff; /* the copy was the last: take it back */
	return e;
}
