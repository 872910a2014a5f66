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

/* --- collection */

#define WORDS (CHUNK / 64) /* of marks, for a chunk */

static void free_collection(struct text_collection *c)
{
	struct mem *mem = c->text->mem;
	mem_give(mem, c->marks, c->words * sizeof(*c->marks));
	mem_give(mem, c->ranks, c->words * sizeof(*c->ranks));
	mem_give(mem, c->numbers, (c->count + (size_t)1) * sizeof(*c->numbers));
	text_clear(&c->fresh);
}

enum err text_collect(struct text_collection *c, struct text *text)
{
	size_t words = ((size_t)text->nchunks + 1) * WORDS;
	*c = (struct text_collection){ .text = text, .words = words };
	text_init(&c->fresh, text->mem, text->seed);
	c->marks = mem_take(text->mem, words * sizeof(*c->marks));
	c->ranks = mem_take(text->mem, words * sizeof(*c->ranks));
	if (c->marks && c->ranks)
		return OK;
	free_collection(c);
	return ERR_NOMEM;
}

static bool is_marked(const struct text_collection *c, uint32_t number)
{
	return c->marks[number / 64] >> number % 64 & 1;
}

bool text_mark(struct text_collection *c, uint32_t number)
{
	bool first = number && !is_marked(c, number);
	if (first)
		c->marks[number / 64] |= UINT64_C(1) << number % 64;
	return first;
}

static void count_marks(struct text_collection *c)
{
	uint32_t count = 0;
	for (size_t i = 0; i < c->words; i++) {
		c->ranks[i] = count;
		count += (uint32_t)__builtin_popcountll(c->marks[i]);
	}
	c->count = count;
}

static uint32_t rank(const struct text_collection *c, uint32_t number)
{
	uint64_t before = c->marks[number / 64] & ((UINT64_C(1) << number % 64) - 1);
	return c->ranks[number / 64] + (uint32_t)__builtin_popcountll(before);
}

uint32_t text_moved(const struct text_collection *c, uint32_t number)
{
	return number ? c->numbers[rank(c, number)] : 0;
}

static enum err move_strings(struct text_collection *c)
{
	uint32_t n = 0;
	enum err e = OK;
	for (size_t i = 0; i < c->words && e == OK; i++)
		for (uint64_t left = c->marks[i]; left && e == OK; left &= left - 1) {
			uint32_t number =
				(uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(left);
			e = text_add(&c->fresh, text_get(c->text, number),
			             &c->numbers[n++]);
		}
	return e;
}

static enum err move_interned(struct text_collection *c)
{
	const struct map *old = &c->text->interned;
	enum err e = OK;
	for (uint32_t i = 0; old->slots && i <= old->mask && e == OK; i++) {
		uint32_t number = old->slots[i].value;
		if (number == 0 || number == MAP_GONE || !is_marked(c, number))
			continue;
		struct slice s = text_get(c->text, number);
		e = map_add(&c->fresh.interned, hash_slice(s, c->text->seed),
		            text_moved(c, number));
	}
	return e;
}

enum err text_move(struct text_collection *c)
{
	count_marks(c);
	c->numbers = mem_take(c->text->mem,
	                      (c->count + (size_t)1) * sizeof(*c->numbers));
	enum err e = c->numbers ? move_strings(c) : ERR_NOMEM;
	if (e == OK)
		e = move_interned(c);
	if (e != OK)
		text_clear(&c->fresh);
	c->moved = e == OK;
	return e;
}

void text_collect_end(struct text_collection *c)
{
	if (c->moved) {
		struct text old = *c->text;
		*c->text = c->fresh;
		c->fresh = old;
	}
	free_collection(c);
}
