/* SPDX-License-Identifier: MIT */
/* view/scan.h - calls that are nothing but failed tries from one address, folded.
 *
 * A try is a call all of whose requests have one method, outside of any dialog, and were
 * refused for who asks or whom he asks for (401, 403, 404, 407, 484, 604: RFC 3261 21.4,
 * 21.6), or are a single request that nobody answered. One that rang, was answered, sent
 * again, or given up by its caller is none. A scan is SCAN_CALLS_MIN tries or more with
 * one method from one address, ten for each other call with that method from there: so a
 * busy proxy with some wrong numbers is none, and a scanner that hits is one still.
 * It ceases to be one at five, or with half of its tries, so that no sender can make it
 * change all the time.
 *
 * A scan is folded where at least SCAN_CALLS_MIN of its tries pass the conditions of the
 * list, until half of that do: one of them, its line, stands for all. The work is O(1)
 * for each call that is new or has changed, and what it asks the list to look at again is
 * O(1) on average.
 * Memory: 12 bytes for a call, and a record for each address and method. */
#ifndef VIEW_SCAN_H
#define VIEW_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/slice.h"
#include "engine/engine.h"

#define SCAN_CALLS_MIN 20 /* fewer lines are soon read, and are no flood */
#define SCAN_TEXT_MAX  256

/* The calls of one method from one address. */
struct scan {
	uint32_t addr;             /* track_flow.src_addr */
	uint32_t tries, others;    /* calls */
	uint32_t passing;          /* tries that pass the conditions of the list */
	uint32_t marked;           /* of those */
	uint32_t first, last;      /* of those that pass, a chain; folded, the first is
	                            * the line */
	uint8_t  method;           /* enum sip_method */
	bool     is_scan, open;    /* open: the user unfolded it */
	bool     folded;
};

/* Of one call. */
struct scan_call {
	uint32_t previous, next; /* of the chain; 0: none */
	uint32_t scan : 28;
	uint32_t is_try : 1, is_other : 1, passes : 1, marked : 1;
};

struct scans {
	struct mem *mem; /* borrowed */
	struct pool scans;
	struct map index; /* by address and method */
	struct pool calls; /* struct scan_call, by call; those forgotten are gone */
	bool all_open;
	uint32_t nopen;   /* scans that are open */
	uint32_t nlines;  /* folded scans */
	uint32_t nfolded; /* calls in them */
};

/* Calls that are to be looked at again, since they are folded or shown now. */
struct scan_change {
	uint32_t scan; /* all of this scan; 0: none */
	uint32_t call; /* this one; 0: none */
};

void scans_init(struct scans *scans, struct mem *mem);
void scans_clear(struct scans *scans);

/* The conditions of the list changed: which calls pass is not known any more. O(calls),
 * without a look at any. */
void scans_restart(struct scans *scans);

/* Look at a call that is new, or has changed; `passes`: the conditions of the list hold
 * for it. Without memory the call is in no scan. */
struct scan_change scans_look(struct scans *scans, const struct tracker *t, uint32_t call,
                              bool passes);

/* The call is about to be forgotten. */
struct scan_change scans_forget(struct scans *scans, uint32_t call);

/* The user chose it, or not any more: counted in its scan. */
void scans_mark(struct scans *scans, uint32_t call, bool on);

/* Is it folded, and another call stands for it? */
bool scans_hide(const struct scans *scans, uint32_t call);
/* The line that stands for the call where it is folded, which may be itself; else 0. */
uint32_t scans_line(const struct scans *scans, uint32_t call);
/* The scan that the call stands for as its line, or 0. */
uint32_t scans_folded(const struct scans *scans, uint32_t call);
const struct scan *scans_at(const struct scans *scans, uint32_t scan);
/* Its tries that pass the conditions, in the order in which they came to do so: its line
 * first. 0: there is no more. */
uint32_t scans_first(const struct scans *scans, uint32_t scan);
uint32_t scans_next(const struct scans *scans, uint32_t call);

/* Unfold a scan, or allow it to be folded again. True: it changed, and its calls have to
 * be looked at again. */
bool scans_open(struct scans *scans, uint32_t scan, bool open);
uint32_t scans_count(const struct scans *scans);

/* "1,234 REGISTER from 192.0.2.66, friendly-scanner": the User-Agent is that of its line,
 * captured and so to be escaped by who shows it. Borrowed from out. */
struct slice scans_text(const struct scans *scans, struct engine *e, uint32_t scan,
                        char out[SCAN_TEXT_MAX]);

#endif
