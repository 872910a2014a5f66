/* SPDX-License-Identifier: MIT */
/* find/find.h - findings: what is wrong with a call, with the messages that prove it.
 *
 * Two kinds of rules. Those that need the text of a message look at it when it comes,
 * and what they find is marked (find_observe). The others look at what the tracker
 * keeps, when all packets are in or at any time before (find_run). Neither changes what
 * the tracker knows. A finding says whether packets that were not captured could explain
 * it. finding.def has the rows; docs/findings.md is made from them.
 * No clock, no I/O, no globals; memory is the caller's. */
#ifndef FIND_FIND_H
#define FIND_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/slice.h"
#include "base/tick.h"
#include "find/routing.h"
#include "track/tracker.h"

/* Findings kept: a capture where each call has a few of them. Beyond it they are
 * counted. */
#define FIND_MAX          2000000U

/* Messages that a finding names: those that prove it, not all that it is about. */
#define FIND_MESSAGES_MAX 4

enum find_severity { FIND_ERROR, FIND_WARNING, FIND_NOTE, FIND_SEVERITY_COUNT };

enum find_code {
#define FINDING(id, code, severity, reference, text) FIND_##id,
#include "find/finding.def"
#undef FINDING
	FIND_CODE_COUNT
};

/* One finding. Ids are those of the tracker, 0 for none. */
struct finding {
	uint32_t call;
	uint32_t dialog;
	uint32_t transaction;
	uint32_t
		messages[FIND_MESSAGES_MAX]; /* the first one is what the text is about */
	uint32_t icmp;                       /* the error that it rests on */
	uint32_t n, m;                       /* numbers of the sentence */
	uint32_t older;                      /* of a mark: that of its call before it */
	tick span;                           /* ns: its time */
	uint8_t code;                        /* enum find_code */
	bool gap; /* lost packets or a cut capture could explain it */
};

/* What rules compare later messages with, of so many of the newest transactions and of
 * so many senders: a request is forwarded and answered soon after it came, and these are
 * the requests of a second or more of a busy element. What is longer ago is not compared.
 * Powers of two. */
#define FIND_RECENT_TXNS    4096
#define FIND_RECENT_SENDERS 1024

struct find_recent_txn; /* private.h */
struct find_recent_sender;

struct find {
	const struct tracker *tracker; /* borrowed */
	struct mem *mem;
	struct pool marks;      /* struct finding, as messages came */
	struct pool newest;     /* by call: the newest mark of it, or 0 */
	struct pool findings;   /* of the last run, in order of calls */
	struct routing routing; /* what ends of dialogs route by, as messages came */
	uint64_t counts[FIND_SEVERITY_COUNT];
	uint64_t refused;       /* not kept: FIND_MAX, or no memory */
	uint64_t refused_marks; /* of these, those of find_observe, and what it could not
	                         * remember */
	struct pool reliables;  /* reliable provisional responses: reliable.c */
	struct map reliable_index; /* dialog -> the first of its reliable responses */
	struct map demands; /* INVITE transactions that require 100rel, each once: no
	                     * more than the tracker has */
	tick end;           /* of the capture */
	uint64_t seed;      /* of hashes: the tracker's */
	struct map told;    /* marks that are made once only */
	struct find_recent_txn *txns; /* FIND_RECENT_TXNS, by number; NULL: none yet */
	struct find_recent_sender *senders; /* FIND_RECENT_SENDERS, likewise */
	bool any_hidden;                    /* one of txns is or was */
	uint64_t uncompared; /* requests passed on when they were not recent any more */
};

/* Nothing found yet. The memory is given back with find_clear. */
void find_init(struct find *find, struct mem *mem, const struct tracker *tracker);
void find_clear(struct find *find);

/* One message, when the tracker has just taken it: rules that need its text. */
void find_observe(struct find *find, const struct sip_msg *msg,
                  const struct track_result *is);

/* Run the other rules over all calls; what an earlier run found is replaced. end:
 * largest time of any packet. Counts are complete even where findings had to be refused.
 */
void find_run(struct find *find, tick end);

/* Lent each finding of a call; true: enough, no more are wanted. */
typedef bool find_sink(void *arg, const struct finding *finding);

/* What a run would find in this call as it is now, without running over the others: the
 * same findings, those of its messages from the newest to the oldest. True as soon as the
 * sink says so. The work is that of the call alone. */
bool find_call(struct find *find, uint32_t call, tick end, find_sink *sink, void *arg);

/* Run over one call only, which is about to be forgotten: findings and counts are those
 * of it, in the order of a run but for registrations and subscriptions, where the newest
 * is the first. */
void find_leave(struct find *find, uint32_t call, tick end);

/* What is kept of a call goes; to be called before tracker_forget. */
void find_forget(struct find *find, uint32_t call);

/* Findings by number from 1; those of a call stand together. */
uint32_t find_count(const struct find *find);
const struct finding *find_at(const struct find *find, uint32_t number);
/* The number of the first finding of a call, or 0. O(log n). */
uint32_t find_of_call(const struct find *find, uint32_t call);

/* Of a row; never NULL. */
const char *find_code_name(enum find_code code);
enum find_severity find_code_severity(enum find_code code);
const char *find_code_reference(enum find_code code);
const char *find_severity_name(enum find_severity severity); /* "error" */

#define FIND_TEXT_MAX 400 /* bytes of the longest sentence, NUL included */

/* Addresses, words and bytes that rooms above have, and this one does not know. */
struct find_words {
	/* "192.0.2.1:5060" into out[size]; without the port where it is 0 */
	void (*address)(const struct track_endpoint *endpoint, char *out, size_t size);
	/* "port unreachable" */
	const char *(*icmp)(uint8_t family, uint8_t type, uint8_t code);
	/* The message, until the next call; NULL: it cannot be read. read may be NULL. */
	const struct sip_msg *(*read)(void *arg, uint32_t message);
	void *arg;
};

/* The sentence with its values, ASCII but for unknown methods, which are as captured:
 * the caller escapes. Returns its length. */
size_t find_text(const struct find *find, const struct finding *finding,
                 const struct find_words *words, char out[FIND_TEXT_MAX]);

/* One sentence that says what decided an INVITE call, who sent that, and when, with what
 * the sender gave as its reason. Captured text is in it as it is: the caller escapes.
 * sum is what tracker_summarize says of the call, borrowed. Returns its length; 0 where
 * nothing decided it, as in the state CALL_UNKNOWN. */
size_t find_why(const struct find *find, const struct call_summary *sum,
                const struct find_words *words, char out[FIND_TEXT_MAX]);

#endif
