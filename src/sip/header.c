/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "sip/header.h"

#include <string.h>

static const struct sip_hdr_info infos[] = {
#define HDR(id, name, compact, kind, source)                                             \
	{ { name, sizeof(name) - 1 },                                                    \
	  { compact, sizeof(compact) - 1 },                                              \
	  SIP_HDR_KIND_##kind,                                                           \
	  source },
#include "sip/header.def"
#undef HDR
};

_Static_assert(sizeof infos / sizeof infos[0] == SIP_HDR_OTHER, "one row per id");

/* The rows of each letter, for the first cut of a lookup. Between two LETTER lines
 * the enumeration counts rows, so that FIRST_x is the number of the row after
 * LETTER(x). */
enum {
#define LETTER(letter) FIRST_##letter, BACK_##letter = FIRST_##letter - 1,
#define HDR(id, name, compact, kind, source) ROW_##id,
#include "sip/header.def"
#undef HDR
	FIRST_END
};

static const unsigned char first_of_letter[] = {
#define LETTER(letter) FIRST_##letter,
#define HDR(id, name, compact, kind, source)
#include "sip/header.def"
#undef HDR
	FIRST_END
};

_Static_assert(sizeof first_of_letter == 'z' - 'a' + 2, "LETTER from A to Z, and an end");
_Static_assert((int)FIRST_END == (int)SIP_HDR_OTHER, "one number per row");
_Static_assert(SIP_HDR_OTHER <= 255, "a row number is one byte");

/* Lengths of the long names and the compact letters, packed so that a search stays
 * in one or two cache lines. No compact form leaves two zero bytes. */
static const unsigned char name_len[] = {
#define HDR(id, name, compact, kind, source) sizeof(name) - 1,
#include "sip/header.def"
#undef HDR
};

/* The last letter, for lower case: names of one length mostly differ in it. */
static const unsigned char last_letter[] = {
#define HDR(id, name, compact, kind, source)                                             \
	(unsigned char)(name[sizeof(name) - 2] | 0x20),
#include "sip/header.def"
#undef HDR
};

static const char compact_letter[][2] = {
#define HDR(id, name, compact, kind, source) compact,
#include "sip/header.def"
#undef HDR
};

const struct sip_hdr_info *sip_hdr_info(enum sip_hdr_id id)
{
	return (unsigned)id < SIP_HDR_OTHER ? &infos[id] : NULL;
}

static enum sip_hdr_id lookup_compact(unsigned char letter)
{
	const char *table = &compact_letter[0][0];
	const char *hit = memchr(table, letter, sizeof compact_letter);
	return hit ? (enum sip_hdr_id)((size_t)(hit - table) / sizeof compact_letter[0])
	           : SIP_HDR_OTHER;
}

enum sip_hdr_id sip_hdr_lookup(struct slice name)
{
	if (name.len == 0)
		return SIP_HDR_OTHER;
	unsigned char letter = ascii_lower(name.p[0]);
	if (letter < 'a' || letter > 'z')
		return SIP_HDR_OTHER;
	if (name.len == 1)
		return lookup_compact(letter);
	unsigned char last = ascii_lower(name.p[name.len - 1]);
	unsigned end = first_of_letter[letter - 'a' + 1];
	for (unsigned i = first_of_letter[letter - 'a']; i < end; i++) {
		if (name_len[i] != name.len || last_letter[i] != last)
			continue;
		/* most senders use the spelling of the RFC */
		if (memcmp(name.p, infos[i].name.p, name.len) == 0 ||
		    slice_ieq(name, infos[i].name))
			return (enum sip_hdr_id)i;
	}
	return SIP_HDR_OTHER;
}
