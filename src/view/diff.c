/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/diff.h"

#include <string.h>

#include "sip/header.h"

enum section { START, HEADER, BODY };

struct line {
	struct slice text;
	struct slice name;
	enum sip_hdr_id id;
	uint8_t section; /* enum section */
	uint32_t match;  /* index + 1 in the other message, 0: none */
};

struct lines {
	struct line *lines;
	uint32_t count, room;
};

/* --- lines */

static enum err lines_add(struct lines *l, struct mem *mem, const struct line *line)
{
	if (l->count == l->room) {
		uint32_t room = l->room ? l->room * 2 : 64;
		struct line *grown = mem_resize(mem, l->lines, l->room * sizeof(*grown),
		                                room * sizeof(*grown));
		if (!grown)
			return ERR_NOMEM;
		l->lines = grown;
		l->room = room;
	}
	l->lines[l->count++] = *line;
	return OK;
}

static struct slice take_line(struct slice *rest)
{
	size_t n = slice_index(*rest, '\n');
	struct slice line = slice_head(*rest, n);
	*rest = slice_skip(*rest, n + 1);
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* "a=rtpmap" of a=rtpmap:8 PCMA/8000, "m=audio" of m=audio 6000 RTP/AVP 8. */
static struct slice body_name(struct slice text)
{
	size_t n = 0;
	if (text.len > 1 && text.p[1] == '=')
		n = 2;
	while (n < text.len && text.p[n] != ':' && text.p[n] != ' ' && text.p[n] != '=')
		n++;
	return slice_head(text, n);
}

/* Name a line; one folded onto another has the name of that (RFC 3261 7.3.1). */
static void name_line(struct line *line, const struct lines *before)
{
	line->id = SIP_HDR_OTHER;
	if (line->section == BODY) {
		line->name = body_name(line->text);
	} else if (line->section == HEADER && line->text.len) {
		bool folded = *line->text.p == ' ' || *line->text.p == '\t';
		if (folded && before->count > 1) {
			line->name = before->lines[before->count - 1].name;
		} else {
			size_t colon = slice_index(line->text, ':');
			line->name = slice_trim(slice_head(line->text, colon));
		}
		line->id = sip_hdr_lookup(line->name);
	}
}

static enum err split(struct lines *out, struct mem *mem, struct slice rest)
{
	enum section section = START;
	enum err err = OK;
	while (rest.len && err == OK) {
		struct line line = { .text = take_line(&rest),
			             .section = (uint8_t)section };
		name_line(&line, out);
		err = lines_add(out, mem, &line);
		if (section == START)
			section = HEADER;
		else if (section == HEADER && line.text.len == 0)
			section = BODY;
	}
	return err;
}

/* --- which belong together */

static bool same_name(const struct line *a, const struct line *b)
{
	return a->section == b->section && a->id == b->id &&
	       (a->id != SIP_HDR_OTHER || slice_ieq(a->name, b->name));
}

/* equal: only lines that say the same. */
static void match(struct lines *a, struct lines *b, bool equal)
{
	uint32_t na = a->count < DIFF_LINES_MAX ? a->count : DIFF_LINES_MAX;
	uint32_t nb = b->count < DIFF_LINES_MAX ? b->count : DIFF_LINES_MAX;
	uint32_t from = 0;
	for (uint32_t i = 0; i < na; i++) {
		if (a->lines[i].match)
			continue;
		while (from < nb && b->lines[from].match)
			from++;
		for (uint32_t j = from; j < nb; j++) {
			if (b->lines[j].match || !same_name(&a->lines[i], &b->lines[j]) ||
			    (equal && !slice_eq(a->lines[i].text, b->lines[j].text)))
				continue;
			a->lines[i].match = j + 1;
			b->lines[j].match = i + 1;
			break;
		}
	}
}

/* What is beyond the bound, line by line. */
static void match_rest(struct lines *a, struct lines *b)
{
	for (uint32_t i = DIFF_LINES_MAX; i < a->count && i < b->count; i++)
		a->lines[i].match = b->lines[i].match = i + 1;
}

/* --- words */

struct words {
	struct slice words[DIFF_WORDS_MAX];
	unsigned count;
	bool more; /* there are more than fit */
};

/* A word in common says more than any separators around it. */
#define WORD_WEIGHT 4

/* Weights of what two runs of words have in common, from each word on. */
struct table {
	uint16_t common[DIFF_WORDS_MAX + 1][DIFF_WORDS_MAX + 1];
	uint32_t work; /* pairs compared so far */
};

static bool is_separator(char c)
{
	return c == '\0' || strchr(" \t()<>@,;:\\\"/[]?={}|&", c) != NULL;
}

static unsigned weight_of(struct slice word)
{
	return is_separator(*word.p) ? 1 : WORD_WEIGHT;
}

static size_t word_length(struct slice s)
{
	size_t n = 1;
	if (is_separator(*s.p))
		return 1;
	while (n < s.len && !is_separator(s.p[n]))
		n++;
	return n;
}

static void find_words(struct words *w, struct slice s)
{
	w->count = 0;
	while (s.len && w->count < DIFF_WORDS_MAX) {
		struct slice word = slice_head(s, word_length(s));
		w->words[w->count++] = word;
		s = slice_skip(s, word.len);
	}
	w->more = s.len > 0;
}

static void mark(struct diff *d, unsigned side, struct slice text)
{
	if (text.len)
		memset(d->changed[side] + (text.p - d->text[side]), 1, text.len);
}

/* Drop the words that both begin with. */
static void skip_front(struct slice *a, struct slice *b)
{
	while (a->len && b->len) {
		size_t n = word_length(*a);
		if (!slice_eq(slice_head(*a, n), slice_head(*b, word_length(*b))))
			return;
		*a = slice_skip(*a, n);
		*b = slice_skip(*b, n);
	}
}

/* Drop the bytes that both end with, back to the beginning of a word. */
static void skip_back(struct slice *a, struct slice *b)
{
	size_t n = 0, whole = 0;
	while (n < a->len && n < b->len && a->p[a->len - n - 1] == b->p[b->len - n - 1]) {
		n++;
		bool ends = is_separator(a->p[a->len - n]);
		bool starts_a = n == a->len || is_separator(a->p[a->len - n - 1]);
		bool starts_b = n == b->len || is_separator(b->p[b->len - n - 1]);
		if (ends || (starts_a && starts_b))
			whole = n;
	}
	a->len -= whole;
	b->len -= whole;
}

/* Mark the words of both that are not part of the weightiest run in common. */
static void mark_words(struct diff *d, struct table *t, const struct words *a,
                       const struct words *b)
{
	for (unsigned i = 0; i <= a->count; i++)
		t->common[i][b->count] = 0;
	for (unsigned j = 0; j <= b->count; j++)
		t->common[a->count][j] = 0;
	for (unsigned i = a->count; i-- > 0;)
		for (unsigned j = b->count; j-- > 0;) {
			uint16_t down = t->common[i + 1][j], right = t->common[i][j + 1];
			t->common[i][j] = down > right ? down : right;
			if (slice_eq(a->words[i], b->words[j]))
				t->common[i][j] = (uint16_t)(t->common[i + 1][j + 1] +
				                             weight_of(a->words[i]));
		}
	unsigned i = 0, j = 0;
	while (i < a->count && j < b->count) {
		if (slice_eq(a->words[i], b->words[j])) {
			i++;
			j++;
		} else if (t->common[i + 1][j] >= t->common[i][j + 1]) {
			mark(d, 0, a->words[i++]);
		} else {
			mark(d, 1, b->words[j++]);
		}
	}
	while (i < a->count)
		mark(d, 0, a->words[i++]);
	while (j < b->count)
		mark(d, 1, b->words[j++]);
}

static void compare(struct diff *d, struct table *t, struct slice a, struct slice b)
{
	struct words wa, wb;
	skip_front(&a, &b);
	skip_back(&a, &b);
	find_words(&wa, a);
	find_words(&wb, b);
	uint32_t work = wa.count * wb.count;
	if (wa.more || wb.more || t->work + work > DIFF_WORK_MAX) {
		mark(d, 0, a);
		mark(d, 1, b);
		return;
	}
	t->work += work;
	mark_words(d, t, &wa, &wb);
}

/* --- pairs */

static enum err add_pair(struct diff *d, struct table *t, const struct line *a,
                         const struct line *b)
{
	if (d->npairs == d->room) {
		uint32_t room = d->room ? d->room * 2 : 64;
		struct diff_pair *grown =
			mem_resize(d->mem, d->pairs, d->room * sizeof(*grown),
		                   room * sizeof(*grown));
		if (!grown)
			return ERR_NOMEM;
		d->pairs = grown;
		d->room = room;
	}
	struct diff_pair *pair = &d->pairs[d->npairs++];
	*pair = (struct diff_pair){ .has = { a != NULL, b != NULL } };
	if (a)
		pair->line[0] = a->text;
	if (b)
		pair->line[1] = b->text;
	pair->same = a && b && slice_eq(a->text, b->text);
	if (a && b && !pair->same)
		compare(d, t, a->text, b->text);
	else if (!pair->same)
		mark(d, a ? 0 : 1, a ? a->text : b->text);
	return OK;
}

/* Lines of b from `at` on that belong to none of a. */
static enum err add_lonely(struct diff *d, struct table *t, const struct lines *b,
                           uint32_t at)
{
	enum err err = OK;
	for (; at < b->count && !b->lines[at].match && err == OK; at++)
		err = add_pair(d, t, NULL, &b->lines[at]);
	return err;
}

/* In the order of a; what only b has stands behind the line that it follows there. */
static enum err add_pairs(struct diff *d, struct table *t, const struct lines *a,
                          const struct lines *b)
{
	enum err err = add_lonely(d, t, b, 0);
	for (uint32_t i = 0; i < a->count && err == OK; i++) {
		uint32_t at = a->lines[i].match;
		err = add_pair(d, t, &a->lines[i], at ? &b->lines[at - 1] : NULL);
		if (err == OK && at)
			err = add_lonely(d, t, b, at);
	}
	return err;
}

static enum err copy(struct diff *d, unsigned side, struct slice text)
{
	d->len[side] = text.len;
	if (text.len == 0)
		return OK;
	d->text[side] = mem_take(d->mem, text.len);
	d->changed[side] = mem_take(d->mem, text.len);
	if (!d->text[side] || !d->changed[side])
		return ERR_NOMEM;
	memcpy(d->text[side], text.p, text.len);
	return OK;
}

enum err diff_build(struct diff *out, struct mem *mem, struct slice a, struct slice b)
{
	struct lines la = { 0 }, lb = { 0 };
	*out = (struct diff){ .mem = mem };
	struct table *t = mem_take(mem, sizeof(*t));
	enum err err = t ? OK : ERR_NOMEM;
	if (err == OK)
		err = copy(out, 0, a);
	if (err == OK)
		err = copy(out, 1, b);
	if (err == OK)
		err = split(&la, mem, (struct slice){ out->text[0], a.len });
	if (err == OK)
		err = split(&lb, mem, (struct slice){ out->text[1], b.len });
	if (err == OK) {
		match(&la, &lb, true);
		match(&la, &lb, false);
		match_rest(&la, &lb);
		err = add_pairs(out, t, &la, &lb);
	}
	mem_give(mem, la.lines, la.room * sizeof(*la.lines));
	mem_give(mem, lb.lines, lb.room * sizeof(*lb.lines));
	mem_give(mem, t, sizeof(*t));
	return err;
}

void diff_clear(struct diff *d)
{
	for (unsigned side = 0; side < 2; side++) {
		mem_give(d->mem, d->text[side], d->len[side]);
		mem_give(d->mem, d->changed[side], d->len[side]);
	}
	mem_give(d->mem, d->pairs, d->room * sizeof(*d->pairs));
	*d = (struct diff){ .mem = d->mem };
}

size_t diff_run(const struct diff *d, unsigned side, struct slice rest, bool *changed)
{
	size_t n = 0;
	*changed = false;
	if (rest.len == 0)
		return 0;
	const uint8_t *flags = d->changed[side] + (rest.p - d->text[side]);
	*changed = flags[0];
	while (n < rest.len && flags[n] == flags[0])
		n++;
	return n;
}
