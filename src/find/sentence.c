/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "find/sentence.h"

#include <stdio.h>
#include <string.h>

#include "sip/field.h"

void sentence_put(struct sentence *s, struct slice text)
{
	size_t room = FIND_TEXT_MAX - 1 - s->fill;
	text = slice_head(text, room);
	if (text.len)
		memcpy(s->out + s->fill, text.p, text.len);
	s->fill += text.len;
	s->out[s->fill] = '\0';
}

void sentence_text(struct sentence *s, const char *text)
{
	sentence_put(s, (struct slice){ text, strlen(text) });
}

void sentence_number(struct sentence *s, unsigned number)
{
	char text[16];
	snprintf(text, sizeof(text), "%u", number);
	sentence_text(s, text);
}

void sentence_span(struct sentence *s, tick ns)
{
	char text[40];
	unsigned long long ms = ns / TICK_MS, sec = ms / 1000;
	if (ms < 1000)
		snprintf(text, sizeof(text), "%llu ms", ms);
	else if (sec < 10)
		snprintf(text, sizeof(text), "%llu.%02llu s", sec, ms % 1000 / 10);
	else if (sec < 100)
		snprintf(text, sizeof(text), "%llu.%llu s", sec, ms % 1000 / 100);
	else if (sec < 6000)
		snprintf(text, sizeof(text), "%llu min %llu s", sec / 60, sec % 60);
	else
		snprintf(text, sizeof(text), "%llu h %llu min", sec / 3600,
		         sec / 60 % 60);
	sentence_text(s, text);
}

void sentence_status(struct sentence *s, unsigned status)
{
	const char *phrase = sip_status_phrase(status);
	sentence_number(s, status);
	if (*phrase)
		sentence_text(s, " ");
	sentence_text(s, phrase);
}

void sentence_method(struct sentence *s, const struct tracker *t,
                     const struct track_message *m)
{
	if (m->code != SIP_METHOD_OTHER)
		sentence_text(s, sip_method_name((enum sip_method)m->code));
	else if (!m->stray && m->owner)
		sentence_put(s, tracker_method(t, tracker_transaction_at(t, m->owner)));
	else
		sentence_text(s, "request");
}

void sentence_address(struct sentence *s, const struct find_words *words,
                      const struct track_endpoint *endpoint)
{
	char text[80];
	words->address(endpoint, text, sizeof(text));
	sentence_text(s, text);
}
