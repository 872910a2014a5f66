/* SPDX-License-Identifier: MIT */
/* track/session.h - inside track: what is kept of a session description.
 *
 * sip/sdp.h reads all of a description and takes ten times as long as the rest of
 * tracking does. Here only what an answer is judged by is read (RFC 3264 5 to 8): media,
 * transports, formats by name, directions, where media go to. That is a list of words,
 * equal for all calls of one phone, so that one copy of it serves them all. */
#ifndef TRACK_SESSION_H
#define TRACK_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "track/dialog.h"
#include "track/media.h"

/* Words kept of one description: ten media lines with ten formats each, or what a
 * browser offers. Of one with more no more is said than its origin. */
#define SESSION_WORDS_MAX   128

/* Formats kept of one media line; with more nothing is said about those. */
#define SESSION_FORMATS_MAX 64

enum session_flag {
	SESSION_HELD = 1,     /* media is on, all of it on hold: sip/sdp.h sdp_is_hold */
	SESSION_INACTIVE = 2, /* and all of that inactive */
	SESSION_PRIVATE = 4,  /* media is wanted at an address of a private network, and
	                       * there is no ICE candidate with another */
	SESSION_CUT = 8       /* there were more than SESSION_WORDS_MAX */
};

/* Nearly all descriptions have one media line, and from its transport on they are equal
 * for all calls of one kind of phone: what that part says is remembered beside it. That
 * takes two thirds of the time off. Longer ones have keys or candidates in them, which
 * are equal nowhere. */
#define SESSION_CACHE_SLOTS 128 /* 60 KiB */
#define SESSION_CACHE_TEXT  384
#define SESSION_CACHE_WORDS 12

struct session_cache {
	struct session_cached {
		uint64_t hash;     /* of text */
		uint32_t interned; /* text: the words of an offer with it, or 0 ... */
		uint32_t first;    /* ... and the first of them there */
		uint16_t len;      /* of text; 0: free */
		uint8_t  nwords;
		uint8_t  direction;
		bool     own_direction, bundle_only;
		uint32_t words[SESSION_CACHE_WORDS];
		char     text[SESSION_CACHE_TEXT];
	} slots[SESSION_CACHE_SLOTS];
};

struct session {
	struct media_side side;
	uint8_t  flags;  /* enum session_flag */
	uint8_t  nwords;
	struct slice origin; /* value of o=, borrowed; or empty */
	struct session_cached *slot; /* that its words stand in, or NULL */
	uint32_t words[SESSION_WORDS_MAX];
};

/* Read a description. cache may be NULL. Linear; no allocation. */
void session_read(struct session *out, struct slice sdp, uint64_t seed,
                  struct session_cache *cache);

/* The o= of a description, or an empty slice, as it is kept. */
void session_set_origin(struct media_side *side, struct slice origin, uint64_t seed);

/* Is this o= that of `before` with the version raised by one (RFC 3264 8)? Yes where it
 * has no number. */
bool session_follows(const struct media_side *before, struct slice origin, uint64_t seed);

/* The words of an offer, as they were. */
struct session_words {
	const uint32_t *p;
	unsigned n;
};

/* What is odd about an answer to an offer: bits of enum media_odd, with its numbers. */
void session_compare(struct session_words offer, struct session_words answer,
                     uint64_t seed, struct track_media *out);

#endif
