/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "find/find.h"

#include <string.h>

#include "find/private.h"
#include "find/sentence.h"

/* --- rows */

struct row {
	const char *code, *reference, *text;
	uint8_t severity;
};

static const struct row rows[FIND_CODE_COUNT] = {
#define FINDING(id, code, severity, reference, text)                                     \
	{ code, reference, text, FIND_##severity },
#include "find/finding.def"
#undef FINDING
};

const char *find_code_name(enum find_code code)
{
	return rows[code].code;
}

enum find_severity find_code_severity(enum find_code code)
{
	return (enum find_severity)rows[code].severity;
}

const char *find_code_reference(enum find_code code)
{
	return rows[code].reference;
}

const char *find_severity_name(enum find_severity severity)
{
	static const char *const names[FIND_SEVERITY_COUNT] = { "error", "warning",
		                                                "note" };
	return names[severity];
}

/* --- the run */

void find_add(struct find_run *run, enum find_code code, struct finding finding)
{
	struct find *find = run->find;
	uint32_t number;
	find->counts[rows[code].severity]++;
	if (pool_add(&find->findings, &number) != OK) {
		find->refused++;
		return;
	}
	finding.call = run->id;
	finding.code = (uint8_t)code;
	*(struct finding *)pool_at(&find->findings, number) = finding;
}

void find_run(struct find *find, struct mem *mem, const struct tracker *tracker, tick end)
{
	*find = (struct find){ .tracker = tracker, .end = end };
	pool_init(&find->findings, mem, sizeof(struct finding), FIND_MAX);
	uint32_t calls = tracker_calls(tracker);
	for (uint32_t id = 1; id <= calls; id++) {
		struct find_run run = { .find = find, .t = tracker, .id = id };
		run.call = tracker_call_at(tracker, id);
		run.is_invite = run.call->kind == CALL_INVITE;
		if (run.is_invite)
			tracker_summarize(tracker, id, &run.summary);
		find_transactions(&run);
		find_dialogs(&run);
		find_calls(&run);
	}
}

void find_clear(struct find *find)
{
	if (find->tracker)
		pool_clear(&find->findings);
	*find = (struct find){ 0 };
}

uint32_t find_count(const struct find *find)
{
	return find->findings.used;
}

const struct finding *find_at(const struct find *find, uint32_t number)
{
	return pool_at(&find->findings, number);
}

uint32_t find_of_call(const struct find *find, uint32_t call)
{
	uint32_t lo = 1, hi = find_count(find) + 1;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (find_at(find, mid)->call < call)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo <= find_count(find) && find_at(find, lo)->call == call ? lo : 0;
}

/* --- sentences */

/* The request that a message is, or that it answers. */
static void put_method(struct sentence *s, const struct find *find,
                       const struct finding *f, const struct track_message *m)
{
	const struct tracker *t = find->tracker;
	if (m->request || !f->transaction)
		sentence_method(s, t, m);
	else
		sentence_put(
			s, tracker_method(t, tracker_transaction_at(t, f->transaction)));
}

static void put_value(struct sentence *s, const struct find *find,
                      const struct finding *f, const struct find_words *words,
                      struct slice name)
{
	const struct tracker *t = find->tracker;
	const struct track_message *m = tracker_message_at(t, f->messages[0]);
	const struct track_flow *flow = tracker_flow_at(t, m->flow);
	const struct track_icmp *icmp = f->icmp ? tracker_icmp_at(t, f->icmp) : NULL;
	if (slice_eq(name, SLICE("n")))
		sentence_number(s, f->n);
	else if (slice_eq(name, SLICE("m")))
		sentence_number(s, f->m);
	else if (slice_eq(name, SLICE("time")))
		sentence_span(s, f->span);
	else if (slice_eq(name, SLICE("message")) && m->request)
		sentence_method(s, t, m);
	else if (slice_eq(name, SLICE("message")) || slice_eq(name, SLICE("status")))
		sentence_status(s, m->code);
	else if (slice_eq(name, SLICE("method")))
		put_method(s, find, f, m);
	else if (slice_eq(name, SLICE("from")))
		sentence_address(s, words, &flow->src);
	else if (slice_eq(name, SLICE("to")))
		sentence_address(s, words, &flow->dst);
	else if (icmp && slice_eq(name, SLICE("by")))
		sentence_address(s, words, &icmp->from);
	else if (icmp && slice_eq(name, SLICE("icmp")))
		sentence_text(s, words->icmp(icmp->from.family, icmp->type, icmp->code));
}

size_t find_text(const struct find *find, const struct finding *f,
                 const struct find_words *words, char out[FIND_TEXT_MAX])
{
	struct sentence s = { out, 0 };
	const char *text = rows[f->code].text;
	struct slice rest = { text, strlen(text) };
	out[0] = '\0';
	while (rest.len) {
		size_t open = slice_index(rest, '{');
		sentence_put(&s, slice_head(rest, open));
		rest = slice_skip(rest, open);
		size_t close = slice_index(rest, '}');
		if (rest.len)
			put_value(&s, find, f, words,
			          slice_skip(slice_head(rest, close), 1));
		rest = slice_skip(rest, close + 1);
	}
	return s.fill;
}
