/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "capture/reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* What a name, ": " and a NUL leave of a problem. */
#define WORDS_MAX (SOURCE_WHY_MAX - READER_NAME_MAX - 2)

enum err reader_fail(struct reader *r, enum err err, const char *format, ...)
{
	char words[WORDS_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	snprintf(r->problem, sizeof(r->problem), "%s: %s", r->name, words);
	return err;
}

static const char *where(const struct reader *r)
{
	return r->in.unpack ? " of the unpacked data" : "";
}

enum err reader_damage(struct reader *r, const char *what, const char *format, ...)
{
	char words[WORDS_MAX / 2];
	va_list args;
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	return reader_fail(r, ERR_FORMAT,
	                   "%s %" PRIu64 " at byte offset %" PRIu64 "%s is "
	                   "damaged: %s",
	                   what, r->stats.packets + 1, input_place(&r->in), where(r),
	                   words);
}

enum err reader_cut(struct reader *r, const char *what, uint64_t n)
{
	if (r->in.stop)
		return ERR_END;
	char packet[64] = "the file header";
	if (what)
		snprintf(packet, sizeof(packet), "%s %" PRIu64, what,
		         r->stats.packets + 1);
	size_t have = input_have(&r->in);
	const char *why = r->in.problem;
	return reader_fail(r, ERR_FORMAT,
	                   "cut inside %s at byte offset %" PRIu64 "%s (needs "
	                   "%" PRIu64 " bytes, %zu are there)%s%s",
	                   packet, input_place(&r->in) + have, where(r), n, have,
	                   *why ? "; " : "", why);
}

enum err reader_short(struct reader *r, enum err err, const char *what, size_t n)
{
	if (err == ERR_END && input_have(&r->in))
		return reader_cut(r, what, n);
	if (err == ERR_FORMAT)
		return reader_fail(r, err, "%s; the last whole packet is %" PRIu64,
		                   r->in.problem, r->stats.packets);
	return r->in.problem[0] ? reader_fail(r, err, "%s", r->in.problem) : err;
}
