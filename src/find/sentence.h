/* SPDX-License-Identifier: MIT */
/* find/sentence.h - inside find: a sentence under way, cut at FIND_TEXT_MAX. */
#ifndef FIND_SENTENCE_H
#define FIND_SENTENCE_H

#include "find/find.h"

struct sentence {
	char *out;
	size_t fill;
};

void sentence_put(struct sentence *s, struct slice text);
void sentence_text(struct sentence *s, const char *text);
void sentence_number(struct sentence *s, unsigned number);

/* "420 ms", "1.20 s", "32.0 s", "2 min 5 s", "3 h 12 min". */
void sentence_span(struct sentence *s, tick ns);

/* "486 Busy Here", the standard phrase. */
void sentence_status(struct sentence *s, unsigned status);

/* Method of a request. */
void sentence_method(struct sentence *s, const struct tracker *t,
                     const struct track_message *m);

void sentence_address(struct sentence *s, const struct find_words *words,
                      const struct track_endpoint *endpoint);

#endif
