/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/regex.h"

#include <stddef.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Steps for one text: PCRE2's own default is ten million, which takes a tenth of a second
 * for each message that somebody made for it. */
#define STEPS_MAX    200000

/* KiB of backtracking frames for one text. */
#define HEAP_MAX_KIB 1024

struct regex {
	struct mem *mem;
	pcre2_general_context *general;
	pcre2_match_context *limits;
	pcre2_code *code;
	pcre2_match_data *data;
	uint64_t given_up;
};

/* --- memory: PCRE2 gives back without saying how much, so the size stands in front */

union block {
	size_t size;
	max_align_t align;
};

static void *take(PCRE2_SIZE n, void *mem)
{
	if (n > SIZE_MAX - sizeof(union block))
		return NULL;
	union block *b = mem_take(mem, n + sizeof(*b));
	if (!b)
		return NULL;
	b->size = n + sizeof(*b);
	return b + 1;
}

static void give(void *p, void *mem)
{
	union block *b = p;
	if (b)
		mem_give(mem, b - 1, b[-1].size);
}

/* --- the expression */

static bool is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static enum err compile(struct regex *r, struct slice pattern, bool icase, size_t *place,
                        char why[REGEX_WHY_MAX])
{
	int error;
	PCRE2_SIZE at;
	uint32_t flags = PCRE2_NEVER_BACKSLASH_C | (icase ? PCRE2_CASELESS : 0);
	if (!is_ascii(pattern)) /* captured text may be anything */
		flags |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	pcre2_compile_context *cc = pcre2_compile_context_create(r->general);
	if (!cc)
		return ERR_NOMEM;
	r->code = pcre2_compile((PCRE2_SPTR)(pattern.p ? pattern.p : ""), pattern.len,
	                        flags, &error, &at, cc);
	pcre2_compile_context_free(cc);
	if (!r->code && error == PCRE2_ERROR_HEAP_FAILED)
		return ERR_NOMEM;
	if (!r->code) {
		*place = at;
		if (pcre2_get_error_message(error, (PCRE2_UCHAR *)why, REGEX_WHY_MAX) < 0)
			memcpy(why, "not understood", sizeof("not understood"));
		return ERR_FORMAT;
	}
	r->data = pcre2_match_data_create_from_pattern(r->code, r->general);
	return r->data ? OK : ERR_NOMEM;
}

enum err regex_new(struct regex **out, struct mem *mem, struct slice pattern, bool icase,
                   size_t *place, char why[REGEX_WHY_MAX])
{
	struct regex *r = mem_take(mem, sizeof(*r));
	enum err e = ERR_NOMEM;
	if (!r)
		return ERR_NOMEM;
	r->mem = mem;
	r->general = pcre2_general_context_create(take, give, mem);
	if (r->general)
		r->limits = pcre2_match_context_create(r->general);
	if (r->limits) {
		pcre2_set_match_limit(r->limits, STEPS_MAX);
		pcre2_set_heap_limit(r->limits, HEAP_MAX_KIB);
		e = compile(r, pattern, icase, place, why);
	}
	if (e != OK) {
		regex_free(r);
		return e;
	}
	/* much faster; where it cannot be had, matching goes on without */
	(void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
	*out = r;
	return OK;
}

void regex_free(struct regex *r)
{
	if (!r)
		return;
	pcre2_match_data_free(r->data);
	pcre2_code_free(r->code);
	pcre2_match_context_free(r->limits);
	pcre2_general_context_free(r->general);
	mem_give(r->mem, r, sizeof(*r));
}

bool regex_match(struct regex *r, struct slice text)
{
	int n = pcre2_match(r->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.len, 0, 0,
	                    r->data, r->limits);
	r->given_up += n < 0 && n != PCRE2_ERROR_NOMATCH;
	return n >= 0;
}

uint64_t regex_given_up(const struct regex *r)
{
	return r->given_up;
}
