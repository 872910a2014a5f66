/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/limits.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"

#define WORD_MAX  32     /* bytes of a wrong word that are shown */
#define FILES_MAX 100000 /* that are kept: each is remembered */

static const char *const names[LIMIT_COUNT] = {
	[LIMIT_DURATION] = "duration", [LIMIT_SIZE] = "size",
	[LIMIT_PACKETS] = "packets",   [LIMIT_MESSAGES] = "messages",
	[LIMIT_CALLS] = "calls",       [LIMIT_FILES] = "files",
};

/* MiB, or what the letter behind says. */
static bool take_size(struct slice text, uint64_t *bytes)
{
	static const char letters[] = "kMG";
	unsigned shift = 20;
	const char *letter = text.len ? strchr(letters, text.p[text.len - 1]) : NULL;
	if (letter && *letter) {
		shift = 10 * (unsigned)(letter - letters + 1);
		text.len--;
	}
	if (!slice_uint(text, bytes) || *bytes > 1U << 20)
		return false;
	*bytes <<= shift;
	return true;
}

static bool take_value(enum limit limit, struct slice text, uint64_t *value)
{
	bool ok = limit == LIMIT_SIZE ? take_size(text, value) : slice_uint(text, value);
	uint64_t most = limit == LIMIT_FILES      ? FILES_MAX
	                : limit == LIMIT_DURATION ? UINT32_MAX
	                                          : INT64_MAX;
	return ok && *value > 0 && *value <= most;
}

/* LIMIT_COUNT: it is none. */
static unsigned find(struct slice name, unsigned allowed)
{
	unsigned i = 0;
	while (i < LIMIT_COUNT &&
	       !(allowed & LIMIT_BIT(i) && slice_eq(name, slice_of(names[i]))))
		i++;
	return i;
}

static bool wrong_name(struct slice name, unsigned allowed, char *why, size_t size)
{
	const char *separator = "; known are ";
	int n = snprintf(why, size, "unknown word \"%.*s\"",
	                 (int)slice_head(name, WORD_MAX).len, name.p);
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		if (!(allowed & LIMIT_BIT(i)) || n < 0 || (size_t)n >= size)
			continue;
		n += snprintf(why + n, size - (size_t)n, "%s%s:N", separator, names[i]);
		separator = ", ";
	}
	return false;
}

bool limits_parse(struct limits *limits, const char *list, unsigned allowed, char *why,
                  size_t size)
{
	for (;;) {
		struct slice word = { list, strcspn(list, ",") };
		size_t colon = slice_index(word, ':');
		struct slice name = slice_head(word, colon);
		struct slice value =
			slice_skip(word, colon < word.len ? colon + 1 : colon);
		unsigned i = find(name, allowed);
		if (i == LIMIT_COUNT)
			return wrong_name(name, allowed, why, size);
		if (!take_value((enum limit)i, value, &limits->of[i])) {
			snprintf(why, size,
			         "%s: \"%.*s\" is not a number that can be; %s", names[i],
			         (int)slice_head(value, WORD_MAX).len,
			         value.p ? value.p : "",
			         i == LIMIT_SIZE ? "give MiB, or k, M or G behind it"
			                         : "give a whole one");
			return false;
		}
		list += word.len;
		if (*list++ == '\0')
			return true;
	}
}
