/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "find/find.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
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

/* --- what is kept of recent messages */

static void recent_clear(struct find *find)
{
	mem_give(find->mem, find->txns, FIND_RECENT_TXNS * sizeof(*find->txns));
	mem_give(find->mem, find->senders, FIND_RECENT_SENDERS * sizeof(*find->senders));
}

struct find_recent_txn *find_recent(const struct find *find, uint32_t txn)
{
	if (!find->txns)
		return NULL;
	struct find_recent_txn *r = &find->txns[txn % FIND_RECENT_TXNS];
	return r->txn == txn ? r : NULL;
}

struct find_recent_txn *find_note_recent(struct find *find, uint32_t txn)
{
	if (!find->txns)
		find->txns = mem_take(find->mem, FIND_RECENT_TXNS * sizeof(*find->txns));
	find->uncompared += find->txns == NULL;
	return find->txns ? &find->txns[txn % FIND_RECENT_TXNS] : NULL;
}

struct find_recent_sender *find_recent_sender(struct find *find, uint32_t addr)
{
	if (!find->senders)
		find->senders =
			mem_take(find->mem, FIND_RECENT_SENDERS * sizeof(*find->senders));
	find->uncompared += find->senders == NULL;
	return find->senders ? &find->senders[addr % FIND_RECENT_SENDERS] : NULL;
}

uint32_t find_hash(const struct find *find, struct slice text)
{
	return (uint32_t)hash_slice(text, find->seed) | 1;
}

/* --- messages as they come */

void find_init(struct find *find, struct mem *mem, const struct tracker *tracker)
{
	*find = (struct find){ .tracker = tracker,
		               .mem = mem,
		               .seed = tracker_seed(tracker) };
	pool_init(&find->marks, mem, sizeof(struct finding), UINT32_MAX - 1);
	pool_init(&find->newest, mem, sizeof(uint32_t), UINT32_MAX - 1);
	pool_init(&find->findings, mem, sizeof(struct finding), FIND_MAX);
	find_reliable_init(find);
	map_init(&find->told, mem);
	routing_init(&find->routing, mem);
}

void find_clear(struct find *find)
{
	if (find->tracker) {
		pool_clear(&find->marks);
		pool_clear(&find->newest);
		pool_clear(&find->findings);
		find_reliable_clear(find);
		map_clear(&find->told);
		recent_clear(find);
		routing_clear(&find->routing, find->mem);
	}
	*find = (struct find){ 0 };
}

/* Where the newest mark of this call stands; NULL: no memory. */
static uint32_t *want_newest(struct find *find, uint32_t call)
{
	uint32_t number;
	while (find->newest.used < call) {
		if (pool_add(&find->newest, &number) != OK)
			return NULL;
		if (!tracker_has_call(find->tracker, number))
			pool_drop(&find->newest, number);
	}
	return pool_at(&find->newest, call);
}

static uint32_t newest_mark(const struct find *find, uint32_t call)
{
	if (call > find->newest.used)
		return 0;
	return *(const uint32_t *)pool_at(&find->newest, call);
}

static bool mark(struct find_seen *seen, enum find_code code, struct finding finding,
                 uint32_t *out)
{
	uint32_t number, *newest = want_newest(seen->find, seen->is->call);
	if (!newest || seen->find->marks.live >= FIND_MAX ||
	    pool_add(&seen->find->marks, &number) != OK) {
		seen->find->refused_marks++;
		return false;
	}
	finding.call = seen->is->call;
	finding.code = (uint8_t)code;
	if (!finding.messages[0])
		finding.messages[0] = seen->is->message;
	if (!finding.transaction)
		finding.transaction = seen->is->transaction;
	if (!finding.dialog)
		finding.dialog = seen->is->dialog;
	finding.older = *newest;
	*newest = number;
	*(struct finding *)pool_at(&seen->find->marks, number) = finding;
	*out = number;
	return true;
}

void find_mark(struct find_seen *seen, enum find_code code, struct finding finding)
{
	uint32_t number;
	(void)mark(seen, code, finding, &number);
}

/* Number of the sender's address. */
static uint32_t sender_of(const struct find *find, uint32_t message)
{
	const struct tracker *t = find->tracker;
	return tracker_flow_at(t, tracker_message_at(t, message)->flow)->src_addr;
}

static uint64_t told_hash(const struct find *find, uint32_t call, unsigned code,
                          uint32_t sender, uint32_t n)
{
	uint64_t hash = hash_mix(find->seed, (uint64_t)call << 32 | code);
	return hash_mix(hash, (uint64_t)sender << 32 | n);
}

void find_mark_once(struct find_seen *seen, enum find_code code, struct finding finding,
                    bool by_n)
{
	struct find *find = seen->find;
	uint32_t sender = sender_of(find, seen->is->message);
	uint64_t hash = told_hash(find, seen->is->call, code, sender,
	                          by_n ? finding.n : 0);
	uint32_t at, number;
	for (uint32_t i = map_first(&find->told, hash, &at); i;
	     i = map_next(&find->told, hash, &at)) {
		const struct finding *f = pool_at(&find->marks, i);
		if (f->call == seen->is->call && f->code == code &&
		    sender_of(find, f->messages[0]) == sender &&
		    (!by_n || f->n == finding.n))
			return;
	}
	if (map_reserve(&find->told, 1) != OK) {
		find->refused_marks++;
		return;
	}
	finding.messages[0] = seen->is->message; /* its sender is looked at above */
	if (mark(seen, code, finding, &number) &&
	    map_add(&find->told, hash, number) != OK)
		find->refused_marks++;
}

void find_observe(struct find *find, const struct sip_msg *msg,
                  const struct track_result *is)
{
	struct find_seen seen = { find,
		                  find->tracker,
		                  msg,
		                  is,
		                  tracker_message_at(find->tracker, is->message),
		                  NULL };
	if (is->transaction)
		seen.x = tracker_transaction_at(find->tracker, is->transaction);
	if (find_reliable_wants(&seen))
		find_reliable_message(&seen);
	if (is->repeat != TRACK_FIRST)
		return;
	find_messages(&seen);
	find_nat(&seen);
	find_routing(&seen);
	find_observe_media(&seen);
	if (find_session_wants(&seen))
		find_session_message(&seen);
	if (find_replaces_wants(&seen))
		find_replaces(&seen);
	if (find_auth_wants(&seen))
		find_auth_seen(&seen);
}

/* --- the run */

static void keep(struct find *find, const struct finding *finding)
{
	uint32_t number;
	find->counts[rows[finding->code].severity]++;
	if (pool_add(&find->findings, &number) != OK) {
		find->refused++;
		return;
	}
	*(struct finding *)pool_at(&find->findings, number) = *finding;
}

void find_add(struct find_run *run, enum find_code code, struct finding finding)
{
	finding.call = run->id;
	finding.code = (uint8_t)code;
	if (!run->sink)
		keep(run->find, &finding);
	else if (!run->enough)
		run->enough = run->sink(run->arg, &finding);
}

/* A record of a call, to be put into the order of calls. */
struct marked {
	uint32_t call;
	uint32_t mark; /* its number */
};

/* Records of one kind. */
struct kind {
	uint32_t (*next)(const struct find *find, uint32_t id); /* after it, or 0 */
	uint32_t (*call_of)(const struct find *find, uint32_t id);
};

/* Them in the order of calls, and the next one to look at. */
struct ordered {
	struct kind kind;
	struct marked *list; /* NULL: they are in that order as they stand */
	uint32_t n, at;      /* of the list: how many, and which one is the next */
	uint32_t id;         /* the next one, or 0 */
	uint32_t call;       /* of it; UINT32_MAX: there is none */
};

static int by_call(const void *a, const void *b)
{
	const struct marked *x = a, *y = b;
	if (x->call != y->call)
		return x->call < y->call ? -1 : 1;
	return (x->mark > y->mark) - (x->mark < y->mark);
}

static uint32_t call_of_mark(const struct find *find, uint32_t id)
{
	const struct finding *f = pool_at(&find->marks, id);
	return f->call;
}

static uint32_t next_mark(const struct find *find, uint32_t id)
{
	return pool_next(&find->marks, id);
}

static uint32_t next_registration(const struct find *find, uint32_t id)
{
	return tracker_next_registration(find->tracker, id);
}

static uint32_t next_subscription(const struct find *find, uint32_t id)
{
	return tracker_next_subscription(find->tracker, id);
}

static uint32_t call_of_registration(const struct find *find, uint32_t id)
{
	return tracker_registration_at(find->tracker, id)->call;
}

static uint32_t call_of_subscription(const struct find *find, uint32_t id)
{
	return tracker_subscription_at(find->tracker, id)->call;
}

/* Step to the record after `id`, or to the next of the list. */
static void step(const struct find *find, struct ordered *o)
{
	if (o->list)
		o->id = o->at < o->n ? o->list[o->at++].mark : 0;
	else
		o->id = o->kind.next(find, o->id);
	o->call = o->id ? o->kind.call_of(find, o->id) : UINT32_MAX;
}

static void sort(struct find *find, struct ordered *o)
{
	uint32_t i = 0;
	o->list = mem_take(find->mem, o->n * sizeof(*o->list));
	if (!o->list) {
		find->refused += o->n;
		o->n = 0;
		return;
	}
	for (uint32_t id = o->kind.next(find, 0); id; id = o->kind.next(find, id))
		o->list[i++] = (struct marked){ o->kind.call_of(find, id), id };
	qsort(o->list, o->n, sizeof(*o->list), by_call);
}

/* The records in the order of calls, then of time. Most come in it. Without memory for a
 * list, each counts as a finding that was refused. */
static struct ordered order(struct find *find, struct kind kind)
{
	struct ordered o = { .kind = kind, .call = UINT32_MAX };
	uint32_t call = 0;
	bool sorted = true;
	for (uint32_t id = kind.next(find, 0); id; id = kind.next(find, id)) {
		uint32_t its = kind.call_of(find, id);
		sorted = sorted && call <= its;
		call = its;
		o.n++;
	}
	if (!sorted)
		sort(find, &o);
	if (sorted || o.list)
		step(find, &o);
	return o;
}

/* The next record of a call, or 0. */
static uint32_t next_of(const struct find *find, struct ordered *o, uint32_t call)
{
	while (o->call < call)
		step(find, o); /* a record that is in no call */
	if (o->call != call)
		return 0;
	uint32_t id = o->id;
	step(find, o);
	return id;
}

static void order_free(struct find *find, struct ordered *o)
{
	if (o->list)
		mem_give(find->mem, o->list, o->n * sizeof(*o->list));
}

static void run_call(struct find_run *run)
{
	run->call = tracker_call_at(run->t, run->id);
	run->is_invite = run->call->kind == CALL_INVITE;
	if (run->is_invite)
		tracker_summarize(run->t, run->id, &run->summary);
	find_transactions(run);
	find_dialogs(run);
	find_calls(run);
	find_timers(run);
	find_session_timers(run);
	find_reliable(run);
	find_media(run);
	find_auth(run);
	if (run->call->kind == CALL_REGISTER)
		find_registrations(run);
}

static void run_records(struct find_run *run)
{
	const struct tracker *t = run->t;
	for (uint32_t i = tracker_registration_of(t, run->id); i;
	     i = tracker_registration_at(t, i)->of_call)
		find_registration(run, i);
	for (uint32_t i = tracker_subscription_of(t, run->id); i;
	     i = tracker_subscription_at(t, i)->next)
		find_subscription(run, i);
}

bool find_call(struct find *find, uint32_t call, tick end, find_sink *sink, void *arg)
{
	struct find_run run = {
		.find = find, .t = find->tracker, .id = call, .sink = sink, .arg = arg
	};
	uint32_t mark = newest_mark(find, call);
	for (; mark && !run.enough;) {
		const struct finding *f = pool_at(&find->marks, mark);
		run.enough = sink(arg, f);
		mark = f->older;
	}
	find->end = end;
	if (!run.enough)
		run_call(&run);
	if (!run.enough)
		run_records(&run);
	return run.enough;
}

void find_run(struct find *find, tick end)
{
	const struct tracker *t = find->tracker;
	pool_clear(&find->findings);
	memset(find->counts, 0, sizeof(find->counts));
	find->refused = find->refused_marks;
	find->end = end;
	struct ordered marks = order(find, (struct kind){ next_mark, call_of_mark });
	struct ordered regs =
		order(find, (struct kind){ next_registration, call_of_registration });
	struct ordered subs =
		order(find, (struct kind){ next_subscription, call_of_subscription });
	uint32_t record;
	for (uint32_t id = tracker_next_call(t, 0); id; id = tracker_next_call(t, id)) {
		struct find_run run = { .find = find, .t = t, .id = id };
		tracker_fetch_ahead(t, id);
		run_call(&run);
		while (regs.call <= id && (record = next_of(find, &regs, id)) != 0)
			find_registration(&run, record);
		while (subs.call <= id && (record = next_of(find, &subs, id)) != 0)
			find_subscription(&run, record);
		while (marks.call <= id && (record = next_of(find, &marks, id)) != 0)
			keep(find, pool_at(&find->marks, record));
	}
	order_free(find, &marks);
	order_free(find, &regs);
	order_free(find, &subs);
}

/* --- calls that leave */

static void empty(struct pool *pool)
{
	while (pool->used)
		pool_free(pool, pool->used);
}

/* The findings from `first` on in the opposite order. */
static void reverse(struct find *find, uint32_t first)
{
	for (uint32_t last = find->findings.used; first < last; first++, last--) {
		struct finding *a = pool_at(&find->findings, first);
		struct finding *b = pool_at(&find->findings, last);
		struct finding kept = *a;
		*a = *b;
		*b = kept;
	}
}

void find_leave(struct find *find, uint32_t call, tick end)
{
	struct find_run run = { .find = find, .t = find->tracker, .id = call };
	uint64_t refused = find->refused;
	empty(&find->findings);
	memset(find->counts, 0, sizeof(find->counts));
	find->end = end;
	run_call(&run);
	run_records(&run);
	uint32_t first = find->findings.used + 1;
	for (uint32_t mark = newest_mark(find, call); mark;) {
		const struct finding *f = pool_at(&find->marks, mark);
		keep(find, f);
		mark = f->older;
	}
	reverse(find, first);
	find->refused_marks += find->refused - refused; /* a run does not meet them */
}

static void forget_marks(struct find *find, uint32_t call)
{
	uint32_t older;
	for (uint32_t id = newest_mark(find, call); id; id = older) {
		const struct finding *f = pool_at(&find->marks, id);
		older = f->older;
		for (unsigned by_n = 0; by_n < 2 && find->told.live; by_n++)
			map_remove(&find->told,
			           told_hash(find, call, f->code,
			                     sender_of(find, f->messages[0]),
			                     by_n ? f->n : 0),
			           id);
		pool_drop(&find->marks, id);
	}
}

void find_forget(struct find *find, uint32_t call)
{
	const struct tracker *t = find->tracker;
	const struct call *c = tracker_call_at(t, call);
	forget_marks(find, call);
	if (call <= find->newest.used)
		pool_drop(&find->newest, call);
	for (uint32_t id = c->dialogs; id; id = tracker_dialog_at(t, id)->older) {
		find_reliable_forget_dialog(find, id);
		routing_forget(&find->routing, id);
	}
	if (find->demands.live == 0)
		return;
	for (uint32_t id = c->newest; id; id = tracker_transaction_at(t, id)->older)
		find_reliable_forget_txn(find, id);
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
	else if (slice_eq(name, SLICE("header")))
		sentence_put(s, sip_hdr_info((enum sip_hdr_id)f->n)->name);
	else if (slice_eq(name, SLICE("oddity")))
		sentence_text(s, sip_odd_text((enum sip_odd)f->n));
	else if (slice_eq(name, SLICE("state")))
		sentence_text(s, txn_state_name((enum txn_state)f->n));
	else if (slice_eq(name, SLICE("time")))
		sentence_span(s, f->span);
	else if (slice_eq(name, SLICE("message")) && m->request)
		sentence_method(s, t, m);
	else if (slice_eq(name, SLICE("message")) || slice_eq(name, SLICE("status")))
		sentence_status(s, m->code);
	else if (slice_eq(name, SLICE("method")))
		put_method(s, find, f, m);
	else if (slice_eq(name, SLICE("reason")))
		sentence_put(s,
		             tracker_text(t, tracker_subscription_at(t, f->m)->reason));
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
