/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/scan.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "view/words.h"

#define TRIES_MAX   8  /* transactions of a try: challenged, on four hops */
#define TRIES_EACH  10 /* tries for each other call: a scan */
#define TRIES_LEAST 5  /* fewer than that: no scan any more */
#define SCANS_MAX   ((UINT32_C(1) << 28) - 1) /* what has room in struct scan_call */
#define AGENT_MAX   64 /* bytes shown of a User-Agent: names with version have room */

void scans_init(struct scans *scans, struct mem *mem)
{
	*scans = (struct scans){ .mem = mem };
	pool_init(&scans->scans, mem, sizeof(struct scan), SCANS_MAX);
	pool_init(&scans->calls, mem, sizeof(struct scan_call), UINT32_MAX - 1);
	map_init(&scans->index, mem);
}

void scans_clear(struct scans *scans)
{
	if (scans->mem) {
		pool_clear(&scans->scans);
		map_clear(&scans->index);
		pool_clear(&scans->calls);
	}
	*scans = (struct scans){ 0 };
}

static struct scan *scan_at(const struct scans *scans, uint32_t id)
{
	return pool_at(&scans->scans, id);
}

const struct scan *scans_at(const struct scans *scans, uint32_t scan)
{
	return scan_at(scans, scan);
}

uint32_t scans_count(const struct scans *scans)
{
	return scans->scans.used;
}

static struct scan_call *record_of(const struct scans *scans, uint32_t call)
{
	return pool_at(&scans->calls, call);
}

/* NULL: it is in none. */
static struct scan_call *call_at(const struct scans *scans, uint32_t call)
{
	struct scan_call *c =
		pool_has(&scans->calls, call) ? record_of(scans, call) : NULL;
	return c && c->scan ? c : NULL;
}

void scans_restart(struct scans *scans)
{
	for (uint32_t call = pool_next(&scans->calls, 0); call;
	     call = pool_next(&scans->calls, call))
		record_of(scans, call)->passes = 0;
	for (uint32_t id = 1; id <= scans->scans.used; id++) {
		struct scan *s = scan_at(scans, id);
		s->passing = s->marked = s->first = s->last = 0;
		s->folded = false;
	}
	scans->nlines = scans->nfolded = 0;
}

/* --- what a call is */

/* RFC 3261 21.4.2, 21.4.4, 21.4.5, 21.4.8, 21.4.22, 21.6.3 */
static bool refuses(uint16_t status)
{
	return status == 401 || status == 403 || status == 404 || status == 407 ||
	       status == 484 || status == 604;
}

static bool was_refused(const struct tracker *t, const struct txn *x)
{
	return x->final && !tracker_success(t, x) &&
	       refuses(tracker_message_at(t, x->final)->code);
}

/* Not answered, nor sent again, as any client would that waits for an answer. */
static bool is_single(const struct tracker *t, const struct txn *x)
{
	return !x->response && x->messages == 1 + tracker_more(t, x)->duplicates;
}

/* On all hops that it was captured on. */
static bool is_try(const struct tracker *t, const struct call *c, uint8_t method)
{
	bool unanswered = false;
	uint32_t cseq = 0;
	if (c->transactions > TRIES_MAX)
		return false;
	for (uint32_t id = c->newest; id;) {
		const struct txn *x = tracker_transaction_at(t, id);
		if (x->code != method || x->in_dialog || x->ringing)
			return false;
		if (!was_refused(t, x)) {
			if (!is_single(t, x) || (unanswered && x->cseq != cseq))
				return false;
			unanswered = true;
			cseq = x->cseq;
		}
		id = x->older;
	}
	return !unanswered || !c->strays;
}

/* The first request of a call; NULL: its first message is none, or is inside a dialog. */
static const struct track_message *first_request(const struct tracker *t,
                                                 const struct call *c)
{
	const struct track_message *m = c->first ? tracker_message_at(t, c->first) : NULL;
	if (!m || !m->request || m->stray || !m->owner || m->code == SIP_METHOD_OTHER)
		return NULL;
	return tracker_transaction_at(t, m->owner)->in_dialog ? NULL : m;
}

/* --- tables */

/* Room for the record of a call, which is there. */
static bool want_call(struct scans *scans, const struct tracker *t, uint32_t call)
{
	uint32_t number;
	while (scans->calls.used < call) {
		if (pool_add(&scans->calls, &number) != OK)
			return false;
		if (!tracker_has_call(t, number))
			pool_drop(&scans->calls, number);
	}
	return true;
}

/* The record of an address and method; 0: no memory. */
static uint32_t find_scan(struct scans *scans, uint32_t addr, uint8_t method)
{
	/* numbers that count up, no captured bytes: no seed needed */
	uint64_t hash = hash_mix(hash_mix(0, addr), method);
	uint32_t at, id;
	for (id = map_first(&scans->index, hash, &at); id;
	     id = map_next(&scans->index, hash, &at))
		if (scan_at(scans, id)->addr == addr &&
		    scan_at(scans, id)->method == method)
			return id;
	if (pool_add(&scans->scans, &id) != OK)
		return 0;
	if (map_add(&scans->index, hash, id) != OK) {
		pool_free(&scans->scans, id);
		return 0;
	}
	scan_at(scans, id)->addr = addr;
	scan_at(scans, id)->method = method;
	return id;
}

/* Put a call that was not there into its scan; NULL: it is in none. */
static struct scan_call *enter(struct scans *scans, const struct tracker *t,
                               uint32_t call)
{
	const struct track_message *m = first_request(t, tracker_call_at(t, call));
	if (!m || !want_call(scans, t, call))
		return NULL;
	uint32_t id =
		find_scan(scans, tracker_flow_at(t, m->flow)->src_addr, (uint8_t)m->code);
	if (!id)
		return NULL;
	record_of(scans, call)->scan = id & SCANS_MAX;
	return record_of(scans, call);
}

/* --- the tries that pass, in a chain */

static bool is_passing(const struct scan_call *c)
{
	return c->is_try && c->passes;
}

/* Let call b follow a; 0: it is the first, or the last one. */
static void join(struct scans *scans, struct scan *s, uint32_t a, uint32_t b)
{
	*(a ? &record_of(scans, a)->next : &s->first) = b;
	*(b ? &record_of(scans, b)->previous : &s->last) = a;
}

/* Behind the others, so that the line stays the line; ahead only where there is none. */
static void chain(struct scans *scans, struct scan *s, uint32_t call)
{
	bool ahead = call < s->first && !s->folded;
	uint32_t after = ahead ? 0 : s->last, before = ahead ? s->first : 0;
	join(scans, s, after, call);
	join(scans, s, call, before);
}

static void unchain(struct scans *scans, struct scan *s, uint32_t call)
{
	const struct scan_call *c = record_of(scans, call);
	join(scans, s, c->previous, c->next);
}

uint32_t scans_first(const struct scans *scans, uint32_t scan)
{
	return scan_at(scans, scan)->first;
}

uint32_t scans_next(const struct scans *scans, uint32_t call)
{
	return record_of(scans, call)->next;
}

/* --- folding */

/* Calls that it takes, and half of them to stay so. */
static uint32_t least(bool already)
{
	return already ? SCAN_CALLS_MIN / 2 : SCAN_CALLS_MIN;
}

/* Fold it or not, as is right now; line: its first call before. */
static struct scan_change settle(struct scans *scans, uint32_t id, uint32_t line)
{
	struct scan *s = scan_at(scans, id);
	struct scan_change change = { 0, 0 };
	uint64_t others = s->others;
	s->is_scan = s->tries >= least(s->is_scan) &&
	             s->tries >= others * (s->is_scan ? TRIES_LEAST : TRIES_EACH);
	bool fold = s->is_scan && !s->open && !scans->all_open &&
	            s->passing >= least(s->folded);
	if (fold != s->folded)
		change.scan = id;
	else if (fold && s->first != line)
		change.call = s->first;
	s->folded = fold;
	return change;
}

static void count(struct scans *scans, const struct scan *s, bool in)
{
	if (!s->folded)
		return;
	scans->nlines += in ? 1 : UINT32_MAX;
	scans->nfolded += in ? s->passing : 0 - s->passing; /* modulo 2^32 */
}

/* What is known of a call. */
struct known {
	bool is_try, is_other, passes;
};

static struct scan_change note(struct scans *scans, uint32_t call, struct known now)
{
	struct scan_call *c = record_of(scans, call);
	struct scan *s = scan_at(scans, c->scan);
	uint32_t line = s->first;
	bool passed = is_passing(c);
	count(scans, s, false);
	s->tries -= c->is_try;
	s->others -= c->is_other;
	s->passing -= passed;
	s->marked -= passed && c->marked;
	c->is_try = now.is_try;
	c->is_other = now.is_other;
	c->passes = now.passes;
	s->tries += c->is_try;
	s->others += c->is_other;
	s->passing += is_passing(c);
	s->marked += is_passing(c) && c->marked;
	if (is_passing(c) && !passed)
		chain(scans, s, call);
	else if (passed && !is_passing(c))
		unchain(scans, s, call);
	struct scan_change change = settle(scans, c->scan, line);
	count(scans, s, true);
	return change;
}

struct scan_change scans_look(struct scans *scans, const struct tracker *t, uint32_t call,
                              bool passes)
{
	const struct scan_call *c = call_at(scans, call);
	if (!c && !(c = enter(scans, t, call)))
		return (struct scan_change){ 0, 0 };
	const struct call *record = tracker_call_at(t, call);
	bool failed = is_try(t, record, scan_at(scans, c->scan)->method);
	return note(scans, call, (struct known){ failed, !failed, passes });
}

struct scan_change scans_forget(struct scans *scans, uint32_t call)
{
	struct scan_change change = { 0, 0 };
	if (call_at(scans, call))
		change = note(scans, call, (struct known){ false, false, false });
	if (pool_has(&scans->calls, call))
		pool_drop(&scans->calls, call);
	return change;
}

void scans_mark(struct scans *scans, uint32_t call, bool on)
{
	struct scan_call *c = call_at(scans, call);
	if (!c || c->marked == on)
		return;
	c->marked = on;
	if (is_passing(c))
		scan_at(scans, c->scan)->marked += on ? 1 : UINT32_MAX; /* minus one */
}

bool scans_open(struct scans *scans, uint32_t scan, bool open)
{
	struct scan *s = scan_at(scans, scan);
	scans->nopen += (uint32_t)open - s->open; /* modulo 2^32 */
	count(scans, s, false);
	s->open = open;
	struct scan_change change = settle(scans, scan, s->first);
	count(scans, s, true);
	return change.scan != 0;
}

uint32_t scans_line(const struct scans *scans, uint32_t call)
{
	const struct scan_call *c = call_at(scans, call);
	const struct scan *s = c && is_passing(c) ? scan_at(scans, c->scan) : NULL;
	return s && s->folded ? s->first : 0;
}

bool scans_hide(const struct scans *scans, uint32_t call)
{
	uint32_t line = scans_line(scans, call);
	return line && line != call;
}

uint32_t scans_folded(const struct scans *scans, uint32_t call)
{
	uint32_t line = scans_line(scans, call);
	return line && line == call ? record_of(scans, call)->scan : 0;
}

/* --- its line */

/* 1234567 as "1,234,567" */
static size_t put_number(uint32_t n, char out[SCAN_TEXT_MAX])
{
	char digits[16];
	size_t at = sizeof(digits), len;
	for (unsigned i = 0; i == 0 || n; i++, n /= 10) {
		if (i && i % 3 == 0)
			digits[--at] = ',';
		digits[--at] = (char)('0' + n % 10);
	}
	len = sizeof(digits) - at;
	memcpy(out, digits + at, len);
	return len;
}

struct slice scans_text(const struct scans *scans, struct engine *e, uint32_t scan,
                        char out[SCAN_TEXT_MAX])
{
	const struct scan *s = scan_at(scans, scan);
	const struct tracker *t = engine_tracker(e);
	uint32_t first = tracker_call_at(t, s->first)->first;
	struct track_endpoint from =
		tracker_flow_at(t, tracker_message_at(t, first)->flow)->src;
	char addr[NET_ADDR_TEXT_MAX + 10];
	struct engine_message m;
	struct slice agent = SLICE_NONE;
	from.port = 0;
	words_of(e).address(&from, addr, sizeof(addr));
	size_t len = put_number(s->passing, out);
	len += (size_t)snprintf(out + len, SCAN_TEXT_MAX - len, " %s from %s",
	                        sip_method_name((enum sip_method)s->method), addr);
	if (engine_read(e, first, &m) == OK)
		agent = slice_head(sip_msg_value(m.msg, SIP_HDR_USER_AGENT), AGENT_MAX);
	if (agent.len) {
		memcpy(out + len, ", ", 2);
		memcpy(out + len + 2, agent.p, agent.len);
		len += 2 + agent.len;
	}
	return (struct slice){ out, len };
}
