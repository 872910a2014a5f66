/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stdio.h>

#include "export/json_private.h"
#include "export/losses.h"
#include "sip/field.h"

#define NAME_MAX_LEN 32 /* of a counter, quotes and colon included; the longest has 21 */

/* One counter under its name, where it is not zero. */
struct count {
	const char *name;
	uint64_t    value;
};

static void put_counts(struct json_writer *w, struct slice key,
                       const struct count *counts, size_t n)
{
	json_open(w, key, '{');
	for (size_t i = 0; i < n; i++) {
		char name[NAME_MAX_LEN];
		int len = snprintf(name, sizeof(name), "\"%s\":", counts[i].name);
		assert(len > 0 && (size_t)len < sizeof(name));
		json_put_id(w, (struct slice){ name, (size_t)len }, counts[i].value);
	}
	json_close(w, '}');
}

static void write_requests(struct json_writer *w, const struct engine_stats *stats)
{
	struct count counts[SIP_METHOD_OTHER + 1];
	for (unsigned i = 0; i < SIP_METHOD_OTHER; i++)
		counts[i] = (struct count){ sip_method_name((enum sip_method)i),
			                    stats->requests[i] };
	counts[SIP_METHOD_OTHER] =
		(struct count){ "other", stats->requests[SIP_METHOD_OTHER] };
	put_counts(w, KEY("requests"), counts, SIP_METHOD_OTHER + 1);
}

static void write_responses(struct json_writer *w, const struct engine_stats *stats)
{
	const uint64_t *by = stats->responses;
	const struct count counts[] = {
		{ "1xx", by[1] }, { "2xx", by[2] }, { "3xx", by[3] },
		{ "4xx", by[4] }, { "5xx", by[5] }, { "6xx", by[6] },
		{ "other", by[0] + by[7] + by[8] + by[9] },
	};
	put_counts(w, KEY("responses"), counts, sizeof(counts) / sizeof(*counts));
}

/* What was found is told elsewhere. */
static void write_tracked(struct json_writer *w, const struct engine_counts *all)
{
	struct count outcomes[TXN_OUTCOME_COUNT], kinds[CALL_KIND_COUNT],
		states[CALL_STATE_COUNT];
	const uint64_t *by = all->dialogs;
	const struct count dialogs[] = {
		{ dialog_state_name(DIALOG_EARLY), by[DIALOG_EARLY] },
		{ dialog_state_name(DIALOG_CONFIRMED), by[DIALOG_CONFIRMED] },
		{ dialog_state_name(DIALOG_TERMINATED),
		  by[DIALOG_TERMINATED] + by[DIALOG_LAPSED] },
	};
	for (unsigned i = 0; i < TXN_OUTCOME_COUNT; i++)
		outcomes[i] = (struct count){ txn_outcome_name((enum txn_outcome)i),
			                      all->transactions[i] };
	for (unsigned i = 0; i < CALL_KIND_COUNT; i++)
		kinds[i] = (struct count){ call_kind_name((enum call_kind)i),
			                   all->calls[i] };
	for (unsigned i = 0; i < CALL_STATE_COUNT; i++)
		states[i] = (struct count){ call_state_name((enum call_state)i),
			                    all->states[i] };
	put_counts(w, KEY("transactions"), outcomes, TXN_OUTCOME_COUNT);
	put_counts(w, KEY("dialogs"), dialogs, sizeof(dialogs) / sizeof(*dialogs));
	put_counts(w, KEY("calls"), kinds, CALL_KIND_COUNT);
	put_counts(w, KEY("call_states"), states, CALL_STATE_COUNT);
}

/* Everything that was not analyzed, or not wholly, and why. */
static void write_lost(struct json_writer *w, const struct json_subject *s)
{
	struct loss losses[LOSS_COUNT];
	struct count counts[LOSS_COUNT];
	(void)engine_find(s->engine);
	losses_count(losses, s->engine, s->totals);
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		counts[i] = (struct count){ losses[i].name, losses[i].n };
	put_counts(w, KEY("lost"), counts, LOSS_COUNT);
}

void json_write_summary(struct json_writer *w, const struct json_subject *s)
{
	const struct engine_stats *stats = engine_stats(s->engine);
	const struct net_stats *net = engine_net_stats(s->engine);
	json_put_uint(w, KEY("inputs"), s->totals->inputs);
	json_put_uint(w, KEY("packets"), net->packets);
	json_put_uint(w, KEY("bytes"), net->bytes);
	const char *filter = s->totals->filter;
	if (filter)
		json_put_string(w, KEY("filter"), slice_of(filter));
	json_put_id(w, KEY("filtered"), s->totals->filtered);
	json_put_time(w, KEY("first"), stats->first);
	json_put_time(w, KEY("last"), stats->last);
	json_put_uint(w, KEY("messages"), stats->messages);
	write_requests(w, stats);
	write_responses(w, stats);
	struct engine_counts all;
	engine_count(s->engine, &all);
	write_tracked(w, &all);
	json_put_uint(w, KEY("retransmissions"), stats->retransmissions);
	json_put_uint(w, KEY("duplicates"), stats->duplicates);
	json_open(w, KEY("findings"), '{');
	json_put_id(w, KEY("error"), all.severities[FIND_ERROR]);
	json_put_id(w, KEY("warning"), all.severities[FIND_WARNING]);
	json_put_id(w, KEY("note"), all.severities[FIND_NOTE]);
	json_close(w, '}');
	write_lost(w, s);
}
