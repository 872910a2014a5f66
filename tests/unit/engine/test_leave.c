/* SPDX-License-Identifier: MIT */
/* Calls that leave. Two engines read the same traffic, and one of them forgets: what it
 * told of each call when that left must be what the other one has at the end. */
#include "config.h"

#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/frames.h"
#include "unit/base/random.h"

#define NOON   (UINT64_C(1795176000) * TICK_S) /* 2026-11-20T12:00:00Z */
#define LINGER (40 * TICK_S)                   /* longer than what findings wait for */

/* --- traffic */

struct event {
	uint64_t ms;
	uint64_t order; /* of equal times */
	char *text;
	const char *from, *to;
};

struct traffic {
	struct event *events;
	size_t n, room;
	uint64_t seed;
};

static const char *const hosts[] = { "192.0.2.1", "192.0.2.2", "192.0.2.3",
	                             "198.51.100.7" };

static const char sdp[] = "v=0\r\no=- 1%u 1 IN IP4 192.0.2.1\r\ns=-\r\n"
			  "c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";

/* One dialog's words for messages. */
struct talk {
	struct traffic *t;
	const char *from, *to; /* hosts, of requests */
	uint32_t number;       /* of the call */
	uint32_t user;         /* who is called */
	char call_id[64];
	char to_tag[32];
	const char *extra; /* header lines of the next message */
	bool sdp;          /* in it */
};

/* A message of one transaction `ms` after the beginning: "INVITE" or "180 Ringing". */
static void say(struct talk *k, uint64_t ms, const char *what, unsigned cseq,
                const char *method, const char *branch, bool tagged)
{
	struct traffic *t = k->t;
	bool response = what[0] >= '1' && what[0] <= '9';
	char start[128], body[256] = "", *text = malloc(2048);
	if (t->n == t->room) {
		t->room = t->room ? t->room * 2 : 1024;
		t->events = realloc(t->events, t->room * sizeof(*t->events));
	}
	assert_true(text && t->events);
	snprintf(start, sizeof(start),
	         response ? "SIP/2.0 %s" : "%s sip:b@example.com SIP/2.0", what);
	if (k->sdp)
		snprintf(body, sizeof(body), sdp, k->number);
	snprintf(text, 2048,
	         "%s\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bK%s-%u\r\n"
	         "Max-Forwards: 70\r\nFrom: <sip:a@example.com>;tag=f%u\r\n"
	         "To: <sip:u%u@example.com>%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
	         "Contact: <sip:a@%s:5060>\r\n%s%sContent-Length: %zu\r\n\r\n%s",
	         start, k->from, branch, k->number, k->number, k->user,
	         tagged ? ";tag=" : "", tagged ? k->to_tag : "", k->call_id, cseq, method,
	         response ? k->to : k->from, k->extra ? k->extra : "",
	         k->sdp ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
	t->events[t->n] = (struct event){ .ms = ms,
		                          .order = t->n,
		                          .text = text,
		                          .from = response ? k->to : k->from,
		                          .to = response ? k->from : k->to };
	t->n++;
	k->extra = NULL;
	k->sdp = false;
}

static void complete_call(struct talk *k, uint64_t ms)
{
	unsigned kind = random_below(&k->t->seed, 4);
	char line[128];
	k->sdp = true;
	if (kind == 0) { /* the next leg of the call before */
		snprintf(line, sizeof(line), "X-Call-ID: c%u@x\r\n", k->number - 1);
		k->extra = line;
	}
	say(k, ms, "INVITE", 1, "INVITE", "i", false);
	say(k, ms + 5, "100 Trying", 1, "INVITE", "i", false);
	if (kind == 1) {
		k->extra = "Require: 100rel\r\nRSeq: 7\r\n";
		say(k, ms + 20, "180 Ringing", 1, "INVITE", "i", true);
		k->extra = "RAck: 7 1 INVITE\r\n";
		say(k, ms + 30, "PRACK", 2, "PRACK", "p", true);
		say(k, ms + 40, "200 OK", 2, "PRACK", "p", true);
	} else if (kind == 2) { /* forks: more dialogs than a list takes */
		char kept[32];
		snprintf(kept, sizeof(kept), "%s", k->to_tag);
		for (unsigned i = 0; i < 20; i++) {
			snprintf(k->to_tag, sizeof(k->to_tag), "fork%u-%u", i, k->number);
			say(k, ms + 20 + i, "180 Ringing", 1, "INVITE", "i", true);
		}
		snprintf(k->to_tag, sizeof(k->to_tag), "%s", kept);
	}
	k->sdp = true;
	k->extra = "Session-Expires: 90;refresher=uac\r\n";
	say(k, ms + 100, "200 OK", 1, "INVITE", "i", true);
	say(k, ms + 110, "ACK", 1, "ACK", "a", true);
	if (kind == 3) /* more than a list of transactions takes, and of messages */
		for (unsigned i = 0; i < 40; i++) {
			char branch[16];
			snprintf(branch, sizeof(branch), "o%u", i);
			say(k, ms + 200 + i * 10, "INFO", 10 + i, "INFO", branch, true);
			say(k, ms + 205 + i * 10, "200 OK", 10 + i, "INFO", branch, true);
			say(k, ms + 206 + i * 10, "ACK", 1, "ACK", branch, true);
		}
	say(k, ms + 3000, "BYE", 90, "BYE", "b", true);
	say(k, ms + 3010, "200 OK", 90, "BYE", "b", true);
}

static void refused_call(struct talk *k, uint64_t ms)
{
	say(k, ms, "INVITE", 1, "INVITE", "i", false);
	for (unsigned i = 0; i < 20; i++) /* more copies than a list takes */
		say(k, ms + 100 + i * 60, "486 Busy Here", 1, "INVITE", "i", true);
	say(k, ms + 2000, "ACK", 1, "ACK", "i", true);
}

static void registration(struct talk *k, uint64_t ms)
{
	k->extra = "Expires: 20\r\n";
	say(k, ms, "REGISTER", 1, "REGISTER", "r", false);
	k->extra = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n";
	say(k, ms + 10, "401 Unauthorized", 1, "REGISTER", "r", true);
	k->extra =
		"Expires: 20\r\nAuthorization: Digest username=\"a\", realm=\"r\", "
		"nonce=\"n\", uri=\"sip:b\", response=\"0\", nc=00000001, qop=auth\r\n";
	say(k, ms + 20, "REGISTER", 2, "REGISTER", "s", false);
	k->extra = "Expires: 20\r\n";
	say(k, ms + 30, "200 OK", 2, "REGISTER", "s", true);
}

static void subscription(struct talk *k, uint64_t ms)
{
	k->extra = "Event: presence\r\nExpires: 60\r\n";
	say(k, ms, "SUBSCRIBE", 1, "SUBSCRIBE", "s", false);
	k->extra = "Expires: 60\r\n";
	say(k, ms + 10, "200 OK", 1, "SUBSCRIBE", "s", true);
	k->extra =
		"Event: presence\r\nSubscription-State: terminated;reason=noresource\r\n";
	say(k, ms + 4000, "NOTIFY", 1, "NOTIFY", "n", true);
	say(k, ms + 4010, "200 OK", 1, "NOTIFY", "n", true);
}

static void lonely_request(struct talk *k, uint64_t ms)
{
	say(k, ms, "OPTIONS", 1, "OPTIONS", "o", false);
	say(k, ms + 500, "OPTIONS", 1, "OPTIONS", "o", false);
}

static void odd_messages(struct talk *k, uint64_t ms)
{
	for (unsigned i = 0; i < 40; i++) { /* ACKs of nothing, and responses */
		char branch[16];
		snprintf(branch, sizeof(branch), "x%u", i / 2);
		say(k, ms + i * 100, "ACK", 1, "ACK", branch, true);
	}
	say(k, ms + 50, "404 Not Found", 3, "REFER", "y", true);
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* Five calls a second. */
static void make_traffic(struct traffic *t, unsigned calls, uint64_t seed)
{
	static void (*const kinds[])(struct talk *, uint64_t) = {
		complete_call, complete_call,  refused_call, registration,
		subscription,  lonely_request, odd_messages
	};
	*t = (struct traffic){ .seed = seed };
	for (unsigned i = 0; i < calls; i++) {
		struct talk k = { .t = t, .number = i + 1, .user = i + 1 };
		unsigned from = random_below(&t->seed, 4);
		k.from = hosts[from];
		k.to = hosts[(from + 1 + random_below(&t->seed, 3)) % 4];
		snprintf(k.call_id, sizeof(k.call_id), "c%u@x", k.number);
		snprintf(k.to_tag, sizeof(k.to_tag), "t%u", k.number);
		kinds[random_below(&t->seed, 7)](&k, UINT64_C(200) * i);
	}
	qsort(t->events, t->n, sizeof(*t->events), by_time);
}

static void free_traffic(struct traffic *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->events[i].text);
	free(t->events);
}

static void feed(struct engine *e, const struct event *event, uint64_t number)
{
	struct frames f;
	frames_init(&f);
	frames_ethernet(&f, FRAMES_IPV4);
	frames_ipv4(&f, FRAMES_UDP, event->from, event->to);
	frames_udp(&f, 5060, 5060);
	frames_text(&f, event->text);
	frames_close(&f);
	struct frame frame = frames_frame(&f, 1); /* LINKTYPE_ETHERNET */
	frame.number = number;
	frame.at = NOON + event->ms * TICK_MS;
	engine_frame(e, &frame);
}

static void feed_all(struct engine *e, const struct traffic *t)
{
	for (size_t i = 0; i < t->n; i++)
		feed(e, &t->events[i], i + 1);
}

/* --- what is told of a call */

struct told {
	unsigned times;
	uint32_t messages, transactions, dialogs, related;
	unsigned kind, state;
	uint32_t retransmissions;
	unsigned found[FIND_CODE_COUNT];
};

struct watcher {
	struct engine *engine;
	struct told *told;
	uint32_t room;
	uint64_t put, dropped; /* bytes of the store */
};

static bool count_finding(void *arg, const struct finding *f)
{
	struct told *told = arg;
	told->found[f->code]++;
	return false;
}

static struct told tell(struct engine *e, uint32_t call)
{
	const struct tracker *t = engine_tracker(e);
	const struct call *c = tracker_call_at(t, call);
	struct told told = { .messages = c->messages,
		             .transactions = c->transactions,
		             .dialogs = c->ndialogs,
		             .kind = c->kind,
		             .retransmissions = c->retransmissions };
	struct call_summary sum;
	struct relation *list;
	if (c->kind == CALL_INVITE) {
		tracker_summarize(t, call, &sum);
		told.state = sum.state;
	}
	if (tracker_related(t, call, engine_mem(e), &list, &told.related) == OK)
		mem_give(engine_mem(e), list, told.related * sizeof(*list));
	engine_find_call(e, call, count_finding, &told);
	return told;
}

static void on_leave(void *arg, uint32_t call)
{
	struct watcher *w = arg;
	assert_true(tracker_has_call(engine_tracker(w->engine), call));
	if (call >= w->room)
		return;
	unsigned times = w->told[call].times;
	w->told[call] = tell(w->engine, call);
	w->told[call].times = times + 1;
}

static enum err put(void *arg, struct slice bytes, uint64_t *ref)
{
	struct watcher *w = arg;
	*ref = w->put;
	w->put += bytes.len;
	return OK;
}

static void drop(void *arg, uint64_t ref, size_t len)
{
	struct watcher *w = arg;
	assert_true(ref + len <= w->put);
	w->dropped += len;
}

static struct engine *new_engine(struct watcher *w, enum engine_keep keep, size_t memory)
{
	struct engine_cfg cfg = { .seed = 1,
		                  .memory = memory,
		                  .keep = keep,
		                  .linger = LINGER,
		                  .leave = on_leave,
		                  .arg = w,
		                  .store = { .put = put, .drop = drop, .arg = w } };
	assert_int_equal(engine_new(&w->engine, &cfg), OK);
	return w->engine;
}

/* --- tests */

#define CALLS 3000

static void test_same_as_kept(void **state)
{
	(void)state;
	static struct told left[CALLS + 1];
	struct traffic t;
	struct watcher all = { 0 }, open = { .told = left, .room = CALLS + 1 };
	make_traffic(&t, CALLS, 1);
	struct engine *kept = new_engine(&all, ENGINE_KEEP_ALL, 0);
	struct engine *leaving = new_engine(&open, ENGINE_KEEP_OPEN, 0);
	feed_all(kept, &t);
	feed_all(leaving, &t);
	engine_finish(kept);
	engine_finish(leaving);
	const struct tracker *a = engine_tracker(kept), *b = engine_tracker(leaving);
	assert_int_equal(tracker_calls(a), tracker_calls(b));
	assert_int_equal(tracker_messages(a), tracker_messages(b));
	unsigned there = 0;
	for (uint32_t id = 1; id <= tracker_calls(a); id++) {
		bool here = tracker_has_call(b, id);
		there += here;
		assert_int_equal(left[id].times, !here);
		if (here)
			left[id] = tell(leaving, id);
		left[id].times = 0;
		struct told expected = tell(kept, id);
		assert_memory_equal(&left[id], &expected, sizeof(expected));
	}
	assert_in_range(there, 100, CALLS / 3);
	assert_int_equal(engine_stats(leaving)->calls_left, CALLS - there);
	assert_int_equal(engine_stats(leaving)->evicted_calls, 0);
	struct engine_counts x, y;
	engine_count(kept, &x);
	engine_count(leaving, &y);
	assert_memory_equal(&x, &y, sizeof(x));
	assert_int_equal(all.dropped, 0);
	assert_in_range(open.dropped, open.put / 2, open.put);
	engine_free(kept);
	engine_free(leaving);
	free_traffic(&t);
}

/* Memory follows what is open, however much comes. */
static void test_memory(void **state)
{
	(void)state;
	struct traffic t;
	struct watcher w = { 0 };
	make_traffic(&t, 12000, 2);
	struct engine *e = new_engine(&w, ENGINE_KEEP_OPEN, 0);
	size_t most[2] = { 0 };
	for (size_t i = 0; i < t.n; i++) {
		size_t *m = &most[i > t.n / 4];
		feed(e, &t.events[i], i + 1);
		if (engine_mem(e)->used > *m)
			*m = engine_mem(e)->used;
	}
	assert_in_range(most[1], most[0] / 2, most[0] / 10 * 12);
	engine_free(e);
	free_traffic(&t);
}

/* With little memory the least useful leave early; none is lost. */
static void test_no_room(void **state)
{
	(void)state;
	static const enum engine_keep keeps[] = { ENGINE_KEEP_ROOM, ENGINE_KEEP_OPEN };
	struct traffic t;
	make_traffic(&t, 6000, 3);
	for (unsigned i = 0; i < 2; i++) {
		struct watcher w = { 0 };
		struct engine *e = new_engine(&w, keeps[i], (size_t)3 << 20);
		feed_all(e, &t);
		engine_finish(e);
		const struct engine_stats *s = engine_stats(e);
		uint32_t there = 0;
		for (uint32_t id = tracker_next_call(engine_tracker(e), 0); id;
		     id = tracker_next_call(engine_tracker(e), id))
			there++;
		assert_true(s->calls_left > 0);
		assert_true(s->evicted_calls <= s->calls_left);
		assert_int_equal(there + s->calls_left, tracker_calls(engine_tracker(e)));
		assert_true(tracker_calls(engine_tracker(e)) >= 6000);
		assert_int_equal(s->untracked, 0);
		assert_true(engine_mem(e)->used <= (size_t)3 << 20);
		engine_free(e);
	}
	free_traffic(&t);
}

/* What is up leaves last: requests without an answer make room for it. */
static void test_least_useful_first(void **state)
{
	(void)state;
	struct traffic t = { 0 };
	struct watcher w = { 0 };
	for (unsigned i = 0; i < 8000; i++) {
		struct talk k = { .t = &t,
			          .from = hosts[0],
			          .to = hosts[1],
			          .number = i + 1,
			          .user = i + 1,
			          .to_tag = "t" };
		snprintf(k.call_id, sizeof(k.call_id), "c%u@x", k.number);
		if (i % 8) {
			say(&k, i, "OPTIONS", 1, "OPTIONS", "o", false);
			continue;
		}
		say(&k, i, "INVITE", 1, "INVITE", "i", false);
		say(&k, i, "200 OK", 1, "INVITE", "i", true);
		say(&k, i, "ACK", 1, "ACK", "a", true);
	}
	struct engine *e = new_engine(&w, ENGINE_KEEP_ROOM, (size_t)2 << 20);
	feed_all(e, &t);
	const struct engine_stats *s = engine_stats(e);
	assert_in_range(s->evicted_calls, 1000, 7000);
	assert_int_equal(s->calls_left, s->evicted_calls);
	assert_int_equal(s->untracked, 0);
	for (uint32_t id = 1; id <= 8000; id += 8)
		assert_true(tracker_has_call(engine_tracker(e), id));
	assert_false(tracker_has_call(engine_tracker(e), 2));
	engine_free(e);
	free_traffic(&t);
}

/* Messages without a Call-ID are in no call: a flood of them makes room for calls. */
static void test_malformed(void **state)
{
	(void)state;
	static const enum engine_keep keeps[] = { ENGINE_KEEP_ROOM, ENGINE_KEEP_OPEN };
	static char good[] = "OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n"
			     "Call-ID: one\r\nCSeq: 1 OPTIONS\r\n\r\n";
	static char bad[] = "OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n";
	struct event event = { .from = hosts[0], .to = hosts[1] };
	for (unsigned i = 0; i < 2; i++) {
		struct watcher w = { 0 };
		struct engine *e = new_engine(&w, keeps[i], (size_t)2 << 20);
		event.text = good;
		feed(e, &event, 1);
		event.text = bad;
		for (unsigned n = 2; n < 50000; n++)
			feed(e, &event, n);
		assert_true(tracker_has_call(engine_tracker(e), 1));
		assert_int_equal(engine_stats(e)->malformed, 49998);
		assert_int_equal(engine_stats(e)->untracked, 0);
		assert_in_range(w.dropped, w.put / 4, w.put);
		engine_free(e);
	}
}

static uint32_t continued; /* by the last call that left */

static void note_continued(void *arg, uint32_t call)
{
	const struct watcher *w = arg;
	continued = tracker_continues(engine_tracker(w->engine), call);
}

/* What comes later under a Call-ID is a new call that goes on with the old one. */
static void test_continues(void **state)
{
	(void)state;
	struct traffic t = { 0 };
	struct watcher w = { 0 };
	struct engine_cfg cfg = { .seed = 1,
		                  .keep = ENGINE_KEEP_OPEN,
		                  .linger = TICK_S,
		                  .leave = note_continued,
		                  .arg = &w };
	struct talk k = { .t = &t,
		          .from = hosts[0],
		          .to = hosts[1],
		          .number = 1,
		          .call_id = "again",
		          .to_tag = "t" };
	for (unsigned i = 0; i < 4; i++) {
		say(&k, 100000 * i, "OPTIONS", 1 + i, "OPTIONS", "o", false);
		say(&k, 100000 * i + 1, "200 OK", 1 + i, "OPTIONS", "o", true);
	}
	assert_int_equal(engine_new(&w.engine, &cfg), OK);
	for (size_t i = 0; i < t.n; i++) {
		feed(w.engine, &t.events[i], i + 1);
		const struct tracker *tr = engine_tracker(w.engine);
		uint32_t call = tracker_find_call(tr, SLICE("again"));
		assert_int_equal(call, i / 2 + 1);
		assert_int_equal(tracker_continues(tr, call), i / 2);
		assert_int_equal(engine_stats(w.engine)->calls_left, i / 2);
	}
	engine_idle(w.engine, NOON + 400 * TICK_S);
	assert_int_equal(engine_stats(w.engine)->calls_left, 4);
	assert_int_equal(continued, 3);
	assert_int_equal(tracker_next_call(engine_tracker(w.engine), 0), 0);
	engine_free(w.engine);
	free_traffic(&t);
}

/* A call of which nothing came for a day is not waited for any longer. */
static void test_idle(void **state)
{
	(void)state;
	struct traffic t = { 0 };
	struct watcher w = { 0 };
	struct talk k = { .t = &t,
		          .from = hosts[0],
		          .to = hosts[1],
		          .number = 1,
		          .call_id = "open",
		          .to_tag = "t" };
	say(&k, 0, "INVITE", 1, "INVITE", "i", false);
	say(&k, 10, "200 OK", 1, "INVITE", "i", true);
	say(&k, 20, "ACK", 1, "ACK", "a", true);
	struct engine *e = new_engine(&w, ENGINE_KEEP_OPEN, 0);
	feed_all(e, &t);
	for (unsigned hour = 1; hour < 24; hour++)
		engine_idle(e, NOON + hour * 3600 * TICK_S);
	assert_true(tracker_has_call(engine_tracker(e), 1));
	engine_idle(e, NOON + (24 * 3600 + 60) * TICK_S);
	assert_false(tracker_has_call(engine_tracker(e), 1));
	assert_int_equal(engine_stats(e)->evicted_calls, 1);
	engine_free(e);
	free_traffic(&t);
}

/* A binding leaves with its call, whether it stands or not; what renews it later is a new
 * one. One that another call renewed meanwhile is there until its own call leaves. */
static void test_bindings(void **state)
{
	(void)state;
	static const uint64_t at[] = { 0, 30000, 90000 };
	struct traffic t = { 0 };
	struct watcher w = { 0 };
	for (unsigned i = 0; i < 3; i++) {
		struct talk k = { .t = &t,
			          .from = hosts[0],
			          .to = hosts[1],
			          .number = i + 1,
			          .to_tag = "t" };
		snprintf(k.call_id, sizeof(k.call_id), "reg%u", i);
		k.extra = "Expires: 100\r\n";
		say(&k, at[i], "REGISTER", 1, "REGISTER", "r", false);
		k.extra = "Expires: 100\r\n";
		say(&k, at[i] + 1, "200 OK", 1, "REGISTER", "r", true);
	}
	struct engine *e = new_engine(&w, ENGINE_KEEP_OPEN, 0);
	const struct tracker *tr = engine_tracker(e);
	for (size_t i = 0; i < 4; i++)
		feed(e, &t.events[i], i + 1);
	const struct registration *r = tracker_registration_at(tr, 1);
	assert_int_equal(r->call, 1);
	assert_int_equal(r->refreshes, 1);
	assert_int_equal(r->registered_at, NOON + TICK_MS);
	assert_int_equal(r->granted_at, NOON + 30001 * TICK_MS);
	engine_idle(e, NOON + 41 * TICK_S);
	assert_false(tracker_has_call(tr, 1));
	assert_true(tracker_has_call(tr, 2));
	assert_int_equal(tracker_next_registration(tr, 0), 0);
	feed(e, &t.events[4], 5);
	feed(e, &t.events[5], 6);
	assert_int_equal(tracker_next_registration(tr, 0), 2);
	r = tracker_registration_at(tr, 2);
	assert_int_equal(r->call, 3);
	assert_int_equal(r->refreshes, 0);
	assert_int_equal(r->next, 0);
	engine_idle(e, NOON + 300 * TICK_S);
	assert_int_equal(tracker_next_registration(tr, 0), 0);
	assert_int_equal(tracker_next_call(tr, 0), 0);
	engine_free(e);
	free_traffic(&t);
}

/* Whatever allocation fails, nothing breaks, and all memory is given back. */
static void test_failing_allocations(void **state)
{
	(void)state;
	struct traffic t;
	make_traffic(&t, 400, 4);
	for (uint64_t n = 1; n < 1500; n = n + 1 + n / 16) {
		struct watcher w = { 0 };
		struct engine *e = new_engine(&w, ENGINE_KEEP_OPEN, 0);
		for (size_t i = 0; i < t.n; i++) {
			if (i % 500 == 0)
				engine_mem(e)->fail_at = engine_mem(e)->taken + n;
			feed(e, &t.events[i], i + 1);
		}
		engine_finish(e);
		engine_free(e);
	}
	free_traffic(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_kept),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_continues),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_least_useful_first),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_bindings),
		cmocka_unit_test(test_failing_allocations),
	};
	return cmocka_run_group_tests_name("engine/leave", tests, NULL, NULL);
}
