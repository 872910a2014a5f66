/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/timers.h"

#include "sip/field.h"

/* Messages of a transaction that are looked at, the oldest ones: a request is sent 11
 * times at most and so is a response (timers E, G), an INVITE and its 2xx together with
 * the ACKs make some 30. */
#define EVENTS_MAX    64

/* Transactions of a call among which the ACK to a 2xx is looked for. */
#define OTHERS_MAX    256

/* Copies in a row that may be missing in a series. With more, any two times fit. */
#define LOST_MAX      2

/* Copies missing before the first one that was captured: the sixth comes after 15.5 s */
#define EARLIER_MAX   5

/* The intervals that a capture shows are not those of the sender. Both ends of one vary
 * with the way to where it is captured, and timers of elements count in ticks, of up to
 * 62 ms as far as is known: 60 ms. Schedulers and busy hosts are late in proportion:
 * an eighth. 500 ms may so look like 378 to 622 ms; "the same" and "twice as long" stay
 * apart for all T1 from 140 ms. */
#define JITTER        (60 * TICK_MS)

#define TRANSPORT_UDP 0 /* enum net_transport, which this room does not know */

/* One message that counts. */
struct event {
	tick at;
	uint32_t id, like; /* like: of a copy, the first one of its kind */
	bool request;
	bool copy;
	bool owed; /* a response that one more copy of the request asked for */
};

struct events {
	struct event list[EVENTS_MAX]; /* oldest first */
	unsigned n;
	tick ack; /* the first one, or TICK_NONE */
};

struct intervals {
	tick ns[EVENTS_MAX];
	unsigned n;
	unsigned at_t2; /* from this one on, timer E is T2 (17.1.2.2); n: none */
};

static tick since(tick later, tick earlier)
{
	int64_t ns = tick_diff(later, earlier);
	return ns > 0 ? (tick)ns : 0;
}

static bool is_near(tick is, tick want)
{
	tick off = is > want ? is - want : want - is;
	return off <= JITTER + want / 8;
}

/* --- what was seen */

static void mark_owed(struct events *e)
{
	unsigned owed = 0;
	for (unsigned i = 0; i < e->n; i++) {
		struct event *v = &e->list[i];
		if (v->request) {
			owed += v->copy;
		} else if (v->copy && owed) {
			v->owed = true;
			owed--;
		}
	}
}

/* The oldest messages that are no ACK and no packet captured twice. The list of the
 * transaction begins with the newest, so a ring keeps what comes last. */
static void gather(const struct tracker *t, const struct txn *x, struct events *e)
{
	struct event ring[EVENTS_MAX];
	uint32_t seen = 0;
	const struct track_message *m;
	e->ack = TICK_NONE;
	for (uint32_t id = x->last; id; id = m->prev) {
		m = tracker_message_at(t, id);
		if (m->request && m->code == SIP_METHOD_ACK)
			e->ack = m->at;
		else if (m->repeat != TRACK_DUPLICATE)
			ring[seen++ % EVENTS_MAX] = (struct event){
				.at = m->at,
				.id = id,
				.like = track_message_of(m) ? track_message_of(m) : id,
				.request = m->request,
				.copy = m->repeat == TRACK_RETRANSMISSION
			};
	}
	e->n = seen < EVENTS_MAX ? seen : EVENTS_MAX;
	for (unsigned i = 0; i < e->n; i++)
		e->list[i] = ring[(seen - 1 - i) % EVENTS_MAX];
	mark_owed(e);
}

/* The times between the copies of message `like`. */
static void series_of(const struct events *e, uint32_t like, struct timer_series *s,
                      struct intervals *in)
{
	tick before = 0;
	*s = (struct timer_series){ 0 };
	*in = (struct intervals){ .at_t2 = EVENTS_MAX };
	for (unsigned i = 0; i < e->n; i++) {
		const struct event *v = &e->list[i];
		if (v->like != like || v->owed)
			continue;
		if (s->first)
			in->ns[in->n++] = since(v->at, before);
		else
			s->first = v->id;
		s->newest = v->id;
		before = v->at;
	}
	s->intervals = in->n;
}

/* --- which schedule it is */

/* Interval number i of a series whose first one was number k of the schedule of T1,
 * with a cap where that is not 0. */
static tick step(const struct intervals *in, unsigned i, tick t1, unsigned k, tick cap)
{
	if (i >= in->at_t2)
		return TIMER_T2;
	for (; k && t1 <= TXN_TIMEOUT_NS; k--)
		t1 *= 2;
	return cap && t1 > cap ? cap : t1;
}

/* Does the series follow the schedule, with at most `lost` copies missing in a row?
 * *missing: some were. */
static bool follows(const struct intervals *in, tick t1, unsigned k, tick cap,
                    unsigned lost, bool *missing)
{
	*missing = k > 0;
	for (unsigned i = 0; i < in->n; i++) {
		tick want = 0;
		unsigned more = 0;
		for (;; more++) {
			tick ns = step(in, i, t1, k++, cap);
			if (more > lost || ns > TXN_TIMEOUT_NS)
				return false;
			want += ns;
			if (is_near(in->ns[i], want))
				break;
		}
		*missing |= more > 0;
	}
	return true;
}

/* All the same, or the shortest, which is there at least twice, a few times over. What it
 * is, or 0. */
static tick fixed_interval(const struct intervals *in, unsigned lost, bool *missing)
{
	tick base = TICK_NONE;
	unsigned plain = 0;
	for (unsigned i = 0; i < in->n; i++)
		if (in->ns[i] < base)
			base = in->ns[i];
	for (unsigned i = 0; i < in->n; i++) {
		unsigned times = 1;
		while (times <= lost + 1 && !is_near(in->ns[i], base * times))
			times++;
		if (times > lost + 1)
			return 0;
		plain += times == 1;
	}
	*missing = plain < in->n;
	return plain > 1 ? base : 0;
}

/* A schedule of T1, without a cap or with T2. True: s says which. */
static bool try_t1(const struct intervals *in, tick t1, unsigned k, unsigned lost,
                   struct timer_series *s)
{
	static const tick caps[] = { 0, TIMER_T2 };
	bool missing;
	for (unsigned i = 0; i < 2; i++) {
		if (!follows(in, t1, k, caps[i], lost, &missing))
			continue;
		s->schedule = i ? TIMER_CAPPED : TIMER_DOUBLING;
		s->t1 = k ? 0 : t1;
		s->lost = missing;
		return true;
	}
	return false;
}

/* Copies all T2 apart: what came before them was not captured, or a provisional response
 * was there at once. */
static bool try_t2(const struct intervals *in, struct timer_series *s)
{
	for (unsigned i = 0; i < in->n; i++)
		if (!is_near(in->ns[i], TIMER_T2))
			return false;
	s->schedule = TIMER_CAPPED;
	s->t1 = 0;
	return true;
}

static bool try_fixed(const struct intervals *in, unsigned lost, struct timer_series *s)
{
	bool missing;
	tick base = fixed_interval(in, lost, &missing);
	if (!base)
		return false;
	s->schedule = TIMER_FIXED;
	s->t1 = base;
	s->lost = missing;
	return true;
}

/* The plain explanation first: all copies captured, then the usual T1 with some of them
 * lost, between or before those that were captured. */
static void judge(const struct intervals *in, struct timer_series *s)
{
	if (in->n == 0)
		return;
	s->t1 = in->ns[0];
	if (in->n == 1 || try_t2(in, s) || try_t1(in, in->ns[0], 0, 0, s) ||
	    try_fixed(in, 0, s))
		return;
	for (unsigned k = 0; k <= EARLIER_MAX; k++)
		if (try_t1(in, TIMER_T1, k, LOST_MAX, s))
			return;
	if (!try_t1(in, in->ns[0], 0, LOST_MAX, s) && !try_fixed(in, LOST_MAX, s))
		s->schedule = TIMER_IRREGULAR;
}

/* --- the three series */

static void requests(const struct tracker *t, const struct txn *x, const struct events *e,
                     struct timer_series *s)
{
	struct intervals in;
	if (!x->request || tracker_message_at(t, x->request)->transport != TRANSPORT_UDP)
		return;
	series_of(e, x->request, s, &in);
	if (x->kind == TXN_NON_INVITE && x->response && x->response != x->final) {
		tick response = tracker_message_at(t, x->response)->at;
		tick at = tracker_message_at(t, x->request)->at;
		for (in.at_t2 = 0; in.at_t2 < in.n && at < response; in.at_t2++)
			at += in.ns[in.at_t2];
	}
	judge(&in, s);
	if (s->schedule > TIMER_CAPPED && in.at_t2 < in.n) {
		in.at_t2 = in.n; /* that response did not reach it */
		judge(&in, s);
	}
}

/* Failures are sent again over unreliable transports only (17.2.1), and of other requests
 * no final response is. */
static void finals(const struct tracker *t, const struct txn *x, const struct events *e,
                   struct timer_series *s)
{
	struct intervals in;
	uint32_t success = tracker_success(t, x), id = success ? success : x->final;
	if (x->kind != TXN_INVITE || !id ||
	    (!success && tracker_message_at(t, id)->transport != TRANSPORT_UDP))
		return;
	series_of(e, id, s, &in);
	judge(&in, s);
}

static void provisionals(const struct tracker *t, const struct txn *x,
                         const struct events *e, struct timer_series *s)
{
	struct intervals in;
	for (unsigned i = 0; x->kind == TXN_INVITE && i < e->n; i++) {
		const struct event *v = &e->list[i];
		if (v->request || !v->copy || v->owed ||
		    tracker_message_at(t, v->id)->code >= 200)
			continue;
		series_of(e, v->like, s, &in);
		judge(&in, s);
		return;
	}
}

/* --- what ran out */

/* Of a call that went through proxies, another hop may have the ACK (13.2.2.4). With too
 * many to look through, it is taken to be there. */
static bool acked_elsewhere(const struct tracker *t, const struct txn *x)
{
	uint32_t id = tracker_call_at(t, x->call)->newest;
	for (unsigned left = OTHERS_MAX; id && left; left--) {
		const struct txn *y = tracker_transaction_at(t, id);
		if (y != x && y->kind == TXN_INVITE && y->acked && y->cseq == x->cseq &&
		    y->from_tag == x->from_tag)
			return true;
		id = y->older;
	}
	return id != 0;
}

static void client_fired(const struct tracker *t, const struct txn *x,
                         struct txn_timers *out)
{
	uint32_t awaited = x->kind == TXN_INVITE ? x->response : x->final;
	if (!x->request)
		return;
	tick at = tick_add(tracker_message_at(t, x->request)->at, TXN_TIMEOUT_NS);
	bool late = awaited && tracker_message_at(t, awaited)->at >= at;
	if (!late && x->state != TXN_TIMEOUT)
		return;
	out->fired = x->kind == TXN_INVITE ? TIMER_B : TIMER_F;
	out->fired_at = at;
}

static void server_fired(const struct tracker *t, const struct txn *x, tick ack, tick now,
                         struct txn_timers *out)
{
	uint32_t success = tracker_success(t, x), id = success ? success : x->final;
	if (x->kind != TXN_INVITE || !id)
		return;
	tick at = tick_add(tracker_message_at(t, id)->at, TXN_TIMEOUT_NS);
	if (now < at || ack < at || (success && acked_elsewhere(t, x)))
		return;
	if (!success && tracker_message_at(t, id)->transport != TRANSPORT_UDP)
		return;
	out->fired = success ? TIMER_2XX : TIMER_H;
	out->fired_at = at;
}

/* The last copy of a reliable provisional response is sent 63*T1 after the first: who
 * sends it has no PRACK. */
static void provisional_fired(const struct tracker *t, const struct txn *x, tick now,
                              struct txn_timers *out)
{
	const struct timer_series *s = &out->provisional;
	if (s->schedule != TIMER_DOUBLING || !s->t1 || x->final)
		return;
	tick first = tracker_message_at(t, s->first)->at;
	tick span = since(tracker_message_at(t, s->newest)->at, first);
	tick at = tick_add(first, TXN_TIMEOUT_NS);
	if (now < at || !is_near(span, 63 * TIMER_T1))
		return;
	out->fired = TIMER_1XX;
	out->fired_at = at;
}

struct txn_timers tracker_timers(const struct tracker *t, const struct txn *x, tick now)
{
	struct txn_timers out = { .fired_at = TICK_NONE };
	struct events e;
	gather(t, x, &e);
	requests(t, x, &e, &out.request);
	finals(t, x, &e, &out.final);
	provisionals(t, x, &e, &out.provisional);
	client_fired(t, x, &out);
	if (!out.fired)
		server_fired(t, x, e.ack, now, &out);
	if (!out.fired)
		provisional_fired(t, x, now, &out);
	return out;
}

/* --- names */

const char *timer_schedule_name(enum timer_schedule schedule)
{
	static const char *const names[] = { "", "doubling", "capped", "fixed",
		                             "irregular" };
	_Static_assert(sizeof(names) / sizeof(names[0]) == TIMER_SCHEDULE_COUNT, "all");
	return names[schedule];
}

const char *timer_fired_name(enum timer_fired fired)
{
	static const char *const names[] = { "", "B", "F", "H", "2xx", "1xx" };
	_Static_assert(sizeof(names) / sizeof(names[0]) == TIMER_FIRED_COUNT, "all");
	return names[fired];
}
