/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/summary_text.h"

#include <stdio.h>

#include "export/losses.h"

#define DIGITS_MAX 27 /* of a 64-bit number with its separators, NUL included */

/* A section has a title, which comes with its first line: empty ones stay away. */
struct section {
	struct out *out;
	const char *title;
	bool begun;
	bool any; /* some section was begun before */
};

static void section(struct section *s, const char *title)
{
	s->any = s->any || s->begun;
	s->begun = false;
	s->title = title;
}

static void begin_line(struct section *s)
{
	if (s->begun)
		return;
	if (s->any)
		out_str(s->out, "\n");
	out_str(s->out, s->title);
	out_str(s->out, "\n");
	s->begun = true;
}

/* 1234567 as "1,234,567": no locale. */
static const char *grouped(uint64_t n, char text[DIGITS_MAX])
{
	unsigned at = DIGITS_MAX - 1, digits = 0;
	text[at] = '\0';
	do {
		if (digits && digits % 3 == 0)
			text[--at] = ',';
		text[--at] = (char)('0' + n % 10);
		digits++;
	} while (n /= 10);
	return text + at;
}

/* One counter, unless it is zero. depth: how far its words are indented. */
static void counter(struct section *s, unsigned depth, uint64_t n, const char *one,
                    const char *many)
{
	char digits[DIGITS_MAX], text[160];
	if (n == 0)
		return;
	begin_line(s);
	snprintf(text, sizeof(text), "%16s  %*s%s\n", grouped(n, digits),
	         (int)(depth * 2), "", n == 1 ? one : many);
	out_str(s->out, text);
}

static void named(struct section *s, unsigned depth, uint64_t n, const char *name)
{
	counter(s, depth, n, name, name);
}

static void write_times(struct section *s, tick first, tick last)
{
	char from[TICK_RFC3339_MAX], to[TICK_RFC3339_MAX];
	char seconds[DIGITS_MAX], text[160];
	if (first == TICK_NONE || last == TICK_NONE)
		return;
	begin_line(s);
	tick_rfc3339(first, from);
	tick_rfc3339(last, to);
	uint64_t us = (last - first) / TICK_US;
	snprintf(text, sizeof(text), "%16s  %s\n%16s  %s\n", "from", from, "to", to);
	out_str(s->out, text);
	snprintf(text, sizeof(text), "%16s  %s.%06u s\n", "span",
	         grouped(us / 1000000, seconds), (unsigned)(us % 1000000));
	out_str(s->out, text);
}

/* In ASCII: like every number here it is the same in each locale. */
/* text NULL: no line. */
static void write_words(struct section *s, const char *what, const char *text)
{
	char label[24];
	if (!text)
		return;
	begin_line(s);
	snprintf(label, sizeof(label), "%16s  ", what);
	out_str(s->out, label);
	out_safe(s->out, slice_of(text), false);
	out_str(s->out, "\n");
}

static void write_input(struct section *s, const struct engine_stats *stats,
                        const struct net_stats *net, const struct export_totals *totals)
{
	section(s, "Input");
	counter(s, 0, totals->inputs, "input", "inputs");
	counter(s, 0, net->packets, "packet", "packets");
	counter(s, 0, net->bytes, "byte", "bytes");
	counter(s, 0, totals->filtered, "packet left out by the filter",
	        "packets left out by the filter");
	write_times(s, stats->first, stats->last);
	write_words(s, "capture filter", totals->filter);
	write_words(s, "confinement", totals->confinement);
}

static void write_messages(struct section *s, const struct engine_stats *stats)
{
	uint64_t requests = 0, responses = 0;
	for (unsigned i = 0; i <= SIP_METHOD_OTHER; i++)
		requests += stats->requests[i];
	for (unsigned i = 0; i < 10; i++)
		responses += stats->responses[i];
	section(s, "SIP messages");
	counter(s, 0, stats->messages, "message", "messages");
	counter(s, 1, requests, "request", "requests");
	for (unsigned i = 0; i < SIP_METHOD_OTHER; i++)
		named(s, 2, stats->requests[i], sip_method_name((enum sip_method)i));
	counter(s, 2, stats->requests[SIP_METHOD_OTHER], "of another method",
	        "of other methods");
	counter(s, 1, responses, "response", "responses");
	for (unsigned i = 0; i < 10; i++) {
		char class[4] = { (char)('0' + i), 'x', 'x' };
		named(s, 2, stats->responses[i], class);
	}
	counter(s, 1, stats->retransmissions, "retransmission", "retransmissions");
	counter(s, 1, stats->duplicates, "duplicate (one packet, captured twice)",
	        "duplicates (one packet, captured twice)");
}

static void write_calls(struct section *s, const struct tracker *t,
                        const struct engine_counts *all)
{
	section(s, "Calls (messages with one Call-ID)");
	counter(s, 0, tracker_calls(t), "call", "calls");
	for (unsigned i = 0; i < CALL_KIND_COUNT; i++) {
		named(s, 1, all->calls[i], call_kind_name((enum call_kind)i));
		for (unsigned j = 0; i == CALL_INVITE && j < CALL_STATE_COUNT; j++)
			named(s, 2, all->states[j], call_state_name((enum call_state)j));
	}
}

static void write_transactions(struct section *s, const struct tracker *t,
                               const struct engine_counts *all)
{
	section(s, "Transactions");
	counter(s, 0, tracker_transactions(t), "transaction", "transactions");
	for (unsigned i = 0; i < TXN_OUTCOME_COUNT; i++)
		named(s, 1, all->transactions[i], txn_outcome_name((enum txn_outcome)i));
}

static void write_dialogs(struct section *s, const struct tracker *t,
                          const struct engine_counts *all)
{
	uint64_t states[DIALOG_STATE_COUNT];
	memcpy(states, all->dialogs, sizeof(states));
	states[DIALOG_TERMINATED] += states[DIALOG_LAPSED];
	states[DIALOG_LAPSED] = 0;
	section(s, "Dialogs");
	counter(s, 0, tracker_dialogs(t), "dialog", "dialogs");
	for (unsigned i = DIALOG_EARLY; i < DIALOG_STATE_COUNT; i++)
		named(s, 1, states[i], dialog_state_name((enum dialog_state)i));
}

/* Packets that hold nothing for us are told apart from what we could not read, so
 * that every packet is accounted for. */
static void write_other(struct section *s, const struct net_stats *net)
{
	section(s, "Packets without SIP by their kind");
	counter(s, 0, net->not_ip, "is not IP", "are not IP");
	counter(s, 0, net->tcp_empty, "TCP segment without data",
	        "TCP segments without data");
	counter(s, 0, net->other_protocols, "is of another IP protocol",
	        "are of other IP protocols");
}

static void write_findings(struct section *s, const struct engine_counts *all)
{
	section(s, "Findings");
	for (unsigned level = 0; level < FIND_SEVERITY_COUNT; level++) {
		const char *name = find_severity_name((enum find_severity)level);
		named(s, 0, all->severities[level], name);
		for (unsigned i = 0; i < FIND_CODE_COUNT; i++)
			if (find_code_severity((enum find_code)i) ==
			    (enum find_severity)level)
				named(s, 1, all->findings[i],
				      find_code_name((enum find_code)i));
	}
}

static void write_lost(struct section *s, struct engine *e,
                       const struct export_totals *totals)
{
	struct loss losses[LOSS_COUNT];
	losses_count(losses, e, totals);
	section(s, "Not analyzed, or in doubt");
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		counter(s, 0, losses[i].n, losses[i].one, losses[i].many);
}

void summary_text(struct engine *e, const struct export_totals *totals, struct out *out)
{
	struct section s = { .out = out };
	const struct engine_stats *stats = engine_stats(e);
	const struct net_stats *net = engine_net_stats(e);
	const struct tracker *t = engine_tracker(e);
	struct engine_counts all;
	engine_count(e, &all);
	write_input(&s, stats, net, totals);
	write_messages(&s, stats);
	write_calls(&s, t, &all);
	write_transactions(&s, t, &all);
	write_dialogs(&s, t, &all);
	write_findings(&s, &all);
	write_other(&s, net);
	write_lost(&s, e, totals);
}
