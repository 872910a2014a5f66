/* SPDX-License-Identifier: MIT */
/* The record of a finding, and what a call record says of its findings. */
#include "config.h"

#include "export/json.h"
#include "export/json_private.h"
#include "view/words.h"

static void write_messages(struct json_writer *w, const struct json_subject *s,
                           const struct finding *f)
{
	json_open(w, KEY("messages"), '[');
	for (unsigned i = 0; i < FIND_MESSAGES_MAX; i++)
		if (f->messages[i] && (i == 0 || f->messages[i] != f->messages[0]))
			json_put_uint(w, NO_KEY, f->messages[i]);
	json_close(w, ']');
	json_open(w, KEY("frames"), '[');
	for (unsigned i = 0; i < FIND_MESSAGES_MAX; i++)
		if (f->messages[i] && (i == 0 || f->messages[i] != f->messages[0]))
			json_put_uint(
				w, NO_KEY,
				tracker_message_at(s->tracker, f->messages[i])->frame);
	if (f->icmp)
		json_put_uint(w, NO_KEY, tracker_icmp_at(s->tracker, f->icmp)->frame);
	json_close(w, ']');
}

void json_write_finding(struct json_writer *w, const struct json_subject *s)
{
	const struct find *find = engine_find(s->engine);
	const struct finding *f = find_at(find, s->id);
	const struct find_words words = words_of(s->engine);
	enum find_code code = (enum find_code)f->code;
	char text[FIND_TEXT_MAX];
	size_t len = find_text(find, f, &words, text);
	json_put_id(w, KEY("id"), s->findings_before + s->id);
	json_put_word(w, KEY("code"), find_code_name(code));
	json_put_word(w, KEY("severity"), find_severity_name(find_code_severity(code)));
	json_put_id(w, KEY("call"), f->call);
	json_put_id(w, KEY("dialog"), f->dialog);
	json_put_id(w, KEY("transaction"), f->transaction);
	write_messages(w, s, f);
	json_put_text(w, KEY("text"), (struct slice){ text, len });
	json_put_word(w, KEY("reference"), find_code_reference(code));
	if (f->gap)
		json_put_bool(w, KEY("gap"), true);
}

/* Codes of a call, each once, in the order of finding.def. */
static void write_codes(struct json_writer *w, const struct find *find, uint32_t call)
{
	bool has[FIND_CODE_COUNT] = { false };
	uint32_t first = find_of_call(find, call), count = find_count(find);
	if (!first)
		return;
	for (uint32_t i = first; i <= count && find_at(find, i)->call == call; i++)
		has[find_at(find, i)->code] = true;
	json_open(w, KEY("findings"), '[');
	for (unsigned i = 0; i < FIND_CODE_COUNT; i++)
		if (has[i])
			json_put_word(w, NO_KEY, find_code_name((enum find_code)i));
	json_close(w, ']');
}

void json_write_call_findings(struct json_writer *w, const struct json_subject *s,
                              const struct call_summary *sum)
{
	const struct find *find = engine_find(s->engine);
	const struct find_words words = words_of(s->engine);
	char text[FIND_TEXT_MAX];
	size_t len = find_why(find, sum, &words, text);
	json_put_text(w, KEY("why"), (struct slice){ text, len });
	write_codes(w, find, s->id);
}
