/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "track/registration.h"

#include <stdio.h>
#include <string.h>

#include "world.h"

/* One REGISTER with these header lines, and its answer a second later; each pair has a
 * CSeq of its own. */
static void attempt(struct world *w, unsigned cseq, const char *lines, const char *status,
                    const char *answer_lines)
{
	char branch[32];
	uint64_t at = cseq * 10 * TICK_S;
	snprintf(branch, sizeof(branch), "z9hG4bKreg%u", cseq);
	SAY(w, at, .start = "REGISTER", .cseq = cseq, .branch = branch, .more = lines,
	    .to_uri = "sip:alice@example.com");
	if (status)
		SAY(w, at + TICK_S, .start = status, .method = "REGISTER", .cseq = cseq,
		    .branch = branch, .more = answer_lines,
		    .to_uri = "sip:alice@example.com", .to_tag = "r");
}

static const struct registration *binding(const struct world *w, const char *contact)
{
	for (uint32_t id = 1; id <= tracker_registrations(w->tracker); id++) {
		const struct registration *r = tracker_registration_at(w->tracker, id);
		if (slice_eq(tracker_text(w->tracker, r->contact),
		             (struct slice){ contact, strlen(contact) }))
			return r;
	}
	fail_msg("no binding of %s", contact);
	return NULL;
}

#define A      "sip:alice@10.0.0.1"
#define B      "sip:alice@10.0.0.5:5070"
#define HAVE_A "Contact: <" A ">\r\n"

static void test_lifecycle(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	attempt(&w, 1, HAVE_A, NULL, NULL);
	const struct registration *r = binding(&w, A);
	assert_int_equal(r->state, REG_PENDING);
	assert_int_equal(r->expires, REG_NO_EXPIRES);
	attempt(&w, 2, HAVE_A, "401", NULL);
	assert_int_equal(r->state, REG_CHALLENGED);
	assert_int_equal(r->challenged, 1);
	SAY(&w, 29 * TICK_S, .start = "REGISTER", .cseq = 20, .branch = "z9",
	    .more = HAVE_A, .to_uri = "sip:alice@example.com");
	assert_int_equal(r->state, REG_PENDING); /* asked again */
	attempt(&w, 3, HAVE_A, "200", "Contact: <" A ">;expires=60\r\n");
	assert_int_equal(r->state, REG_REGISTERED);
	assert_int_equal(r->expires, 60);
	assert_int_equal(r->refreshes, 0);
	assert_int_equal(r->registered, w.is.message);
	uint32_t since = w.is.message;
	attempt(&w, 4, HAVE_A, "200", "Contact: <" A ">;expires=90\r\n");
	assert_int_equal(r->refreshes, 1);
	assert_int_equal(r->expires, 90);
	assert_int_equal(r->registered, since);
	/* a refresh that is refused does not take the binding away */
	attempt(&w, 5, HAVE_A, "403", NULL);
	assert_int_equal(r->state, REG_REGISTERED);
	assert_int_equal(r->final_status, 403);
	attempt(&w, 6, HAVE_A "Expires: 0\r\n", "200", NULL);
	assert_int_equal(r->state, REG_UNREGISTERED);
	assert_int_equal(r->expires, 0);
	assert_int_equal(r->ended, w.is.message);
	attempt(&w, 7, HAVE_A, "200", "Expires: 30\r\n");
	assert_int_equal(r->state, REG_REGISTERED);
	assert_int_equal(r->registered, w.is.message);
	assert_int_equal(r->ended, 0);
	assert_int_equal(tracker_registrations(w.tracker), 1);
	world_clear(&w);
}

/* Seconds asked for and granted: RFC 3261 10.2.1.1, 10.3. */
static void test_expires(void **unused)
{
	(void)unused;
	static const struct {
		const char *ask, *answer;
		uint32_t    expires;
	} rows[] = {
		{ HAVE_A, "", REG_NO_EXPIRES },
		{ HAVE_A "Expires: 100\r\n", "", 100 },
		{ "Contact: <" A ">;expires=50\r\nExpires: 100\r\n", "", 50 },
		{ "Contact: <" A ">;q=0.5;Expires=50\r\n", "", 50 },
		{ HAVE_A "Expires: 100\r\n", "Expires: 70\r\n", 70 },
		{ HAVE_A "Expires: 100\r\n",
		  "Contact: <" A ">;expires=20\r\nExpires: 70\r\n", 20 },
		{ HAVE_A "Expires: 100\r\n", "Contact: <" A ">\r\nExpires: 70\r\n", 70 },
		{ HAVE_A "Expires: 100\r\n",
		  "Contact: <SIP:ALICE@10.0.0.1>;expires=20\r\n", 20 },
		/* the registrar wrote parameters of its own */
		{ HAVE_A, "Contact: <" A ";transport=udp>;expires=20\r\n", 20 },
		/* of several, the one that is meant */
		{ HAVE_A, "Contact: <sip:x@10.0.0.7>;expires=9, <" A ">;expires=20\r\n",
		  20 },
		{ HAVE_A,
		  "Contact: <sip:x@10.0.0.7>;expires=9\r\nContact: <" A ">;expires=8\r\n",
		  8 },
		{ HAVE_A, "Contact: <" A ";ob>;expires=9, <" A ">;expires=20\r\n", 20 },
		{ HAVE_A "Expires: 100\r\n", "Contact: <sip:x@10.0.0.7>;expires=9\r\n",
		  100 },
		/* no numbers */
		{ HAVE_A "Expires: soon\r\n", "", REG_NO_EXPIRES },
		{ HAVE_A "Expires: 100\r\n", "Expires: -1\r\n", 100 },
		{ HAVE_A "Expires: 99999999999999999999\r\n", "", UINT32_MAX - 1 },
		{ HAVE_A "Expires: 4294967295\r\n", "", UINT32_MAX - 1 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		attempt(&w, 1, rows[i].ask, "200", rows[i].answer);
		assert_int_equal(binding(&w, A)->state, REG_REGISTERED);
		assert_int_equal(binding(&w, A)->expires, rows[i].expires);
		world_clear(&w);
	}
}

static void test_outcomes(void **unused)
{
	(void)unused;
	static const struct {
		const char    *lines, *status, *answer;
		enum reg_state state;
		uint16_t       final_status;
	} rows[] = {
		{ HAVE_A, "100", NULL, REG_PENDING, 0 },
		{ HAVE_A, "401", NULL, REG_CHALLENGED, 401 },
		{ HAVE_A, "407", NULL, REG_CHALLENGED, 407 },
		{ HAVE_A, "302", NULL, REG_REJECTED, 302 },
		{ HAVE_A, "403", NULL, REG_REJECTED, 403 },
		{ HAVE_A, "503", NULL, REG_REJECTED, 503 },
		{ HAVE_A, "603", NULL, REG_REJECTED, 603 },
		{ HAVE_A, "200", NULL, REG_REGISTERED, 200 },
		{ HAVE_A, "200", "Contact: <" A ">;expires=0\r\n", REG_UNREGISTERED,
		  200 },
		{ "Contact: <" A ">;expires=0\r\n", "200", NULL, REG_UNREGISTERED, 200 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		world_init(&w);
		attempt(&w, 1, rows[i].lines, rows[i].status, rows[i].answer);
		assert_int_equal(binding(&w, A)->state, rows[i].state);
		assert_int_equal(binding(&w, A)->final_status, rows[i].final_status);
		world_clear(&w);
	}
}

static void test_timeout(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	attempt(&w, 1, HAVE_A, NULL, NULL);
	world_wait(&w, 42 * TICK_S - 1);
	assert_int_equal(binding(&w, A)->state, REG_PENDING);
	world_wait(&w, 42 * TICK_S);
	assert_int_equal(binding(&w, A)->state, REG_TIMEOUT);
	/* the answer to another one does not undo that */
	attempt(&w, 4, HAVE_A, "401", NULL);
	assert_int_equal(binding(&w, A)->state, REG_TIMEOUT);
	attempt(&w, 5, HAVE_A, "200", NULL);
	assert_int_equal(binding(&w, A)->state, REG_REGISTERED);
	attempt(&w, 6, HAVE_A, NULL, NULL);
	world_wait(&w, 1000 * TICK_S);
	assert_int_equal(binding(&w, A)->state, REG_REGISTERED);
	world_clear(&w);
}

/* The granted seconds, from the 2xx on: at t-1 the binding stands, at t it does not. */
static void test_expired(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	attempt(&w, 1, HAVE_A, "200", "Expires: 60\r\n"); /* at 11 s */
	const struct registration *r = binding(&w, A);
	uint32_t since = w.is.message;
	assert_int_equal(r->granted, since);
	world_wait(&w, 71 * TICK_S - 1);
	assert_int_equal(r->state, REG_REGISTERED);
	assert_int_equal(tracker_deadline(w.tracker), WORLD_NOON + 71 * TICK_S);
	world_wait(&w, 71 * TICK_S);
	assert_int_equal(r->state, REG_EXPIRED);
	assert_int_equal(r->expires, 60);
	assert_int_equal(r->ended, 0); /* no message ended it */
	/* a refusal changes nothing, a 2xx binds it again */
	attempt(&w, 8, HAVE_A, "403", NULL);
	assert_int_equal(r->state, REG_EXPIRED);
	attempt(&w, 9, HAVE_A, "200", "Expires: 60\r\n");
	assert_int_equal(r->state, REG_REGISTERED);
	assert_int_equal(r->refreshes, 1);
	assert_int_equal(r->registered, since);
	attempt(&w, 20, HAVE_A "Expires: 0\r\n", "200", NULL);
	assert_int_equal(r->state, REG_UNREGISTERED);
	world_wait(&w, 1000 * TICK_S);
	assert_int_equal(r->state, REG_UNREGISTERED);
	world_clear(&w);
}

/* Each refresh moves the end, to later and to earlier. */
static void test_expired_moves(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	attempt(&w, 1, HAVE_A, "200", "Expires: 60\r\n");
	const struct registration *r = binding(&w, A);
	attempt(&w, 5, HAVE_A, "200", "Expires: 100\r\n"); /* to 151 s */
	world_wait(&w, 120 * TICK_S);
	assert_int_equal(r->state, REG_REGISTERED);
	attempt(&w, 12, HAVE_A, "200", "Expires: 20\r\n"); /* to 141 s */
	world_wait(&w, 141 * TICK_S - 1);
	assert_int_equal(r->state, REG_REGISTERED);
	world_wait(&w, 141 * TICK_S);
	assert_int_equal(r->state, REG_EXPIRED);
	/* what was removed is not expired, what has expired is not removed by "*" */
	attempt(&w, 15, "Contact: <" B ">\r\n", "200", "Expires: 600\r\n");
	attempt(&w, 16, "Contact: *\r\nExpires: 0\r\n", "200", NULL);
	assert_int_equal(r->state, REG_EXPIRED);
	assert_int_equal(binding(&w, B)->state, REG_UNREGISTERED);
	world_wait(&w, 9000 * TICK_S);
	assert_int_equal(binding(&w, B)->state, REG_UNREGISTERED);
	/* nobody said for how long */
	attempt(&w, 910, "Contact: <sip:alice@10.0.0.8>\r\n", "200", NULL);
	world_wait(&w, 999999 * TICK_S);
	assert_int_equal(binding(&w, "sip:alice@10.0.0.8")->state, REG_REGISTERED);
	world_clear(&w);
}

static void test_several_contacts(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	attempt(&w, 1, "Contact: <" A ">;expires=10, <" B ">\r\nExpires: 99\r\n", "200",
	        "Contact: <" A ">;expires=10\r\nContact: <" B ">;expires=98\r\n");
	assert_int_equal(tracker_registrations(w.tracker), 2);
	assert_int_equal(binding(&w, A)->expires, 10);
	assert_int_equal(binding(&w, B)->expires, 98);
	/* one goes, one stays */
	attempt(&w, 2, "Contact: <" A ">;expires=0\r\nContact: <" B ">;expires=5\r\n",
	        "200", NULL);
	assert_int_equal(binding(&w, A)->state, REG_UNREGISTERED);
	assert_int_equal(binding(&w, B)->state, REG_REGISTERED);
	assert_int_equal(binding(&w, B)->refreshes, 1);
	world_clear(&w);
}

/* "*" removes all bindings of the AOR at this registrar, and no others: 10.2.2. */
static void test_star(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	attempt(&w, 1, "Contact: <" A ">, <" B ">\r\n", "200", NULL);
	world_hop(&w, 1, 3);
	attempt(&w, 2, "Contact: <sip:alice@10.0.0.8>\r\n", "200", NULL);
	world_hop(&w, 1, 2);
	SAY(&w, 25 * TICK_S, .start = "REGISTER", .cseq = 1, .call_id = "bob",
	    .to_uri = "sip:bob@example.com", .more = "Contact: <sip:bob@10.0.0.9>\r\n");
	SAY(&w, 25 * TICK_S, .start = "200", .method = "REGISTER", .call_id = "bob",
	    .to_uri = "sip:bob@example.com");
	attempt(&w, 3, "Contact: *\r\nExpires: 0\r\n", "200", NULL);
	assert_int_equal(binding(&w, A)->state, REG_UNREGISTERED);
	assert_int_equal(binding(&w, B)->state, REG_UNREGISTERED);
	assert_int_equal(binding(&w, "sip:alice@10.0.0.8")->state, REG_REGISTERED);
	assert_int_equal(binding(&w, "sip:bob@10.0.0.9")->state, REG_REGISTERED);
	/* refused, it removes nothing */
	attempt(&w, 4, "Contact: <" A ">\r\n", "200", NULL);
	attempt(&w, 5, "Contact: *\r\nExpires: 0\r\n", "403", NULL);
	assert_int_equal(binding(&w, A)->state, REG_REGISTERED);
	world_clear(&w);
}

/* Asking is no binding. */
static void test_query(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	attempt(&w, 1, "", "200", "Contact: <" A ">;expires=20\r\n");
	assert_int_equal(tracker_registrations(w.tracker), 1);
	assert_int_equal(binding(&w, "")->state, REG_QUERIED);
	attempt(&w, 2, HAVE_A, "200", NULL);
	assert_int_equal(tracker_registrations(w.tracker), 2);
	assert_int_equal(binding(&w, A)->state, REG_REGISTERED);
	assert_int_equal(binding(&w, "")->state, REG_QUERIED);
	world_clear(&w);
}

/* Captures are not always in order: the answer may come first. What it granted can no
 * longer be read then. */
static void test_answer_first(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, 0, .start = "200", .method = "REGISTER", .more = "Expires: 7\r\n");
	assert_int_equal(tracker_registrations(w.tracker), 0);
	SAY(&w, 1, .start = "REGISTER", .more = HAVE_A "Expires: 99\r\n");
	assert_int_equal(binding(&w, A)->state, REG_REGISTERED);
	assert_int_equal(binding(&w, A)->expires, 99);
	assert_int_equal(binding(&w, A)->final_status, 200);
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "401", .method = "REGISTER");
	SAY(&w, 1, .start = "REGISTER", .more = HAVE_A);
	assert_int_equal(binding(&w, A)->state, REG_CHALLENGED);
	assert_int_equal(binding(&w, "")->state, REG_QUERIED); /* stood for it */
	world_clear(&w);
	world_init(&w);
	SAY(&w, 0, .start = "100", .method = "REGISTER");
	assert_int_equal(binding(&w, "")->state, REG_PENDING);
	SAY(&w, 1, .start = "REGISTER", .more = HAVE_A);
	assert_int_equal(binding(&w, A)->state, REG_PENDING);
	assert_int_equal(binding(&w, "")->state, REG_QUERIED);
	SAY(&w, 2, .start = "401", .method = "REGISTER");
	assert_int_equal(binding(&w, A)->state, REG_CHALLENGED);
	assert_int_equal(binding(&w, "")->state, REG_QUERIED);
	world_clear(&w);
}

/* Answers alone: a refusal names its AOR, a 2xx proves nothing that was asked for. */
static void test_request_not_seen(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, TICK_S, .start = "200", .method = "REGISTER", .cseq = 1,
	    .branch = "z9a", .more = HAVE_A, .to_uri = "sip:alice@example.com",
	    .to_tag = "r");
	assert_int_equal(tracker_registrations(w.tracker), 0);
	SAY(&w, 2 * TICK_S, .start = "401", .method = "REGISTER", .cseq = 2,
	    .branch = "z9b", .to_uri = "sip:alice@example.com", .to_tag = "r");
	const struct registration *r = binding(&w, "");
	assert_int_equal(r->state, REG_CHALLENGED);
	struct slice aor = tracker_text(w.tracker, r->aor);
	assert_true(slice_eq(aor, SLICE("sip:alice@example.com")));
	SAY(&w, 3 * TICK_S, .start = "403", .method = "REGISTER", .cseq = 3,
	    .branch = "z9c", .to_uri = "sip:alice@example.com", .to_tag = "r");
	assert_int_equal(r->state, REG_REJECTED);
	assert_int_equal(tracker_registrations(w.tracker), 1);
	world_clear(&w);
}

/* A 100 alone, without its REGISTER: pending, until more is seen; a 2xx ends that and
 * grants nothing, and a 100 after it changes nothing. */
static void test_only_provisional(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
	SAY(&w, TICK_S, .start = "100", .method = "REGISTER", .cseq = 1,
	    .branch = "z9a", .to_uri = "sip:alice@example.com");
	const struct registration *r = binding(&w, "");
	struct slice aor = tracker_text(w.tracker, r->aor);
	assert_true(slice_eq(aor, SLICE("sip:alice@example.com")));
	assert_int_equal(r->state, REG_PENDING);
	assert_int_equal(r->final_status, 0);
	SAY(&w, 2 * TICK_S, .start = "200", .method = "REGISTER", .cseq = 1,
	    .branch = "z9a", .to_uri = "sip:alice@example.com", .to_tag = "r");
	assert_int_equal(r->state, REG_QUERIED);
	SAY(&w, 3 * TICK_S, .start = "183", .method = "REGISTER", .cseq = 1,
	    .branch = "z9a", .to_uri = "sip:alice@example.com", .to_tag = "r");
	assert_int_equal(r->state, REG_QUERIED);
	assert_int_equal(tracker_registrations(w.tracker), 1);
	world_clear(&w);
}

/* Contacts of one REGISTER beyond the bound are counted, not kept. */
static void test_many_contacts(void **unused)
{
	(void)unused;
	struct world w;
	char lines[SIP_TEXT_MAX] = "";
	size_t len = 0;
	for (unsigned i = 0; i < 70; i++)
		len += (size_t)snprintf(lines + len, sizeof(lines) - len,
		                        "Contact: <sip:a@10.0.0.%u>\r\n", i);
	world_init(&w);
	attempt(&w, 1, lines, "200", NULL);
	assert_int_equal(tracker_registrations(w.tracker), 64);
	assert_int_equal(tracker_stats(w.tracker)->refused, 1);
	world_clear(&w);
}

/* --- every state, and everything that may happen to it */

enum {
	EV_ASKED,     /* a REGISTER, and nothing more is seen */
	EV_CHALLENGE, /* a REGISTER and 401 ... */
	EV_REFUSED,   /* ... 403 ... */
	EV_GRANTED,   /* ... 2xx */
	EV_REMOVED,   /* one for 0 s, and 2xx */
	EV_UNANSWERED, /* one, and 32 s go by */
	EV_ALL,       /* "*" for 0 s, and 2xx */
	EV_ALL_REFUSED,
	EV_TIME,      /* more time than was granted */
	EV_COUNT
};

enum {
	NONE = REG_STATE_COUNT, /* no record */
	PEND = REG_PENDING,
	CHALL = REG_CHALLENGED,
	REG = REG_REGISTERED,
	GONE = REG_UNREGISTERED,
	OVER = REG_EXPIRED,
	NAY = REG_REJECTED,
	MUTE = REG_TIMEOUT
};

/* RFC 3261 10.2 and 10.3: a binding is there from a 2xx on, until another 2xx removes it
 * or its time is over; what is refused or not answered changes no binding (10.2.8), and
 * "*" removes bindings, so it says nothing of a contact that has none. */
static const unsigned next_state[][EV_COUNT] = {
	/*           ASKED 401    403    2XX  0 S   UNANSW. ALL    REFUSED TIME */
	[NONE]   = { PEND, CHALL, NAY,   REG, GONE, MUTE,   NONE,  NONE,   NONE },
	[PEND]   = { PEND, CHALL, NAY,   REG, GONE, MUTE,   PEND,  PEND,   MUTE },
	[CHALL]  = { PEND, CHALL, NAY,   REG, GONE, MUTE,   CHALL, CHALL,  CHALL },
	[REG]    = { REG,  REG,   REG,   REG, GONE, REG,    GONE,  REG,    OVER },
	[GONE]   = { GONE, GONE,  GONE,  REG, GONE, GONE,   GONE,  GONE,   GONE },
	[OVER]   = { OVER, OVER,  OVER,  REG, GONE, OVER,   OVER,  OVER,   OVER },
	[NAY]    = { NAY,  NAY,   NAY,   REG, GONE, NAY,    NAY,   NAY,    NAY },
	[MUTE]   = { MUTE, MUTE,  MUTE,  REG, GONE, MUTE,   MUTE,  MUTE,   MUTE },
};

static void bring(struct world *w, unsigned state)
{
	switch (state) {
	case NONE: break;
	case PEND: attempt(w, 5, HAVE_A, NULL, NULL); break;
	case CHALL: attempt(w, 5, HAVE_A, "401", NULL); break;
	case REG: attempt(w, 5, HAVE_A, "200", "Expires: 3600\r\n"); break;
	case GONE:
		attempt(w, 4, HAVE_A, "200", "Expires: 3600\r\n");
		attempt(w, 5, HAVE_A "Expires: 0\r\n", "200", NULL);
		break;
	case OVER: attempt(w, 5, HAVE_A, "200", "Expires: 4\r\n"); break;
	case NAY: attempt(w, 5, HAVE_A, "403", NULL); break;
	case MUTE: attempt(w, 1, HAVE_A, NULL, NULL); break;
	default: fail();
	}
	world_wait(w, 58 * TICK_S);
}

static void happen(struct world *w, unsigned event)
{
	static const struct {
		const char *lines, *status;
	} rows[] = {
		[EV_ASKED] = { HAVE_A, NULL },
		[EV_CHALLENGE] = { HAVE_A, "401" },
		[EV_REFUSED] = { HAVE_A, "403" },
		[EV_GRANTED] = { HAVE_A "Expires: 3600\r\n", "200" },
		[EV_REMOVED] = { HAVE_A "Expires: 0\r\n", "200" },
		[EV_UNANSWERED] = { HAVE_A, NULL },
		[EV_ALL] = { "Contact: *\r\nExpires: 0\r\n", "200" },
		[EV_ALL_REFUSED] = { "Contact: *\r\nExpires: 0\r\n", "403" },
	};
	if (event != EV_TIME)
		attempt(w, 6, rows[event].lines, rows[event].status, NULL);
	if (event == EV_UNANSWERED)
		world_wait(w, 92 * TICK_S);
	if (event == EV_TIME)
		world_wait(w, 9000 * TICK_S);
}

static unsigned state_of(const struct world *w)
{
	for (uint32_t id = 1; id <= tracker_registrations(w->tracker); id++) {
		const struct registration *r = tracker_registration_at(w->tracker, id);
		if (slice_eq(tracker_text(w->tracker, r->contact), SLICE(A)))
			return r->state;
	}
	return NONE;
}

static void test_pairs(void **unused)
{
	(void)unused;
	for (unsigned s = 0; s <= NONE; s++) {
		for (unsigned e = 0; s != REG_QUERIED && e < EV_COUNT; e++) {
			struct world w;
			world_init(&w);
			bring(&w, s);
			assert_int_equal(state_of(&w), s);
			happen(&w, e);
			if (state_of(&w) != next_state[s][e])
				fail_msg("state %u, event %u: %u", s, e, state_of(&w));
			/* only what was bound can have been removed, or be bound again */
			if (s != NONE && s != REG && s != OVER && s != GONE &&
			    next_state[s][e] == s)
				assert_int_equal(binding(&w, A)->ended, 0);
			world_clear(&w);
		}
	}
}

static void test_names(void **unused)
{
	(void)unused;
	static const char *const names[] = { "pending",      "challenged", "registered",
		                             "unregistered", "expired",    "rejected",
		                             "timeout",      "queried" };
	for (unsigned i = 0; i < REG_STATE_COUNT; i++)
		assert_string_equal(reg_state_name(i), names[i]);
}

/* What was asked for, and a refresh that was sent after the granted seconds. */
static void test_late(void **unused)
{
	(void)unused;
	struct world w;
	world_init(&w);
#define MINUTE "Contact: <sip:a@10.0.0.1>\r\nExpires: 60\r\n"
	SAY(&w, 0, .start = "REGISTER", .branch = "z9a", .more = MINUTE);
	SAY(&w, TICK_S, .start = "200", .method = "REGISTER", .branch = "z9a",
	    .to_tag = "b", .more = MINUTE);
	const struct registration *r = tracker_registration_at(w.tracker, 1);
	assert_int_equal(r->asked, 60);
	assert_int_equal(tracker_registration_newest(w.tracker, 1), 1);
	/* sent at the last moment, answered later */
	SAY(&w, 61 * TICK_S, .start = "REGISTER", .cseq = 2, .branch = "z9b",
	    .more = MINUTE);
	SAY(&w, 62 * TICK_S, .start = "200", .method = "REGISTER", .cseq = 2,
	    .branch = "z9b", .to_tag = "b", .more = MINUTE);
	assert_int_equal(r->late, 0);
	SAY(&w, 122 * TICK_S + TICK_S / 4, .start = "REGISTER", .cseq = 3,
	    .branch = "z9c", .more = MINUTE);
	assert_int_equal(r->late, 0);
	SAY(&w, 123 * TICK_S, .start = "200", .method = "REGISTER", .cseq = 3,
	    .branch = "z9c", .to_tag = "b", .more = MINUTE);
	assert_int_equal(r->late, w.is.message - 1);
	assert_int_equal(r->late_by, 250);
#undef MINUTE
	world_clear(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifecycle),
		cmocka_unit_test(test_expires),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_expired_moves),
		cmocka_unit_test(test_several_contacts),
		cmocka_unit_test(test_star),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_answer_first),
		cmocka_unit_test(test_request_not_seen),
		cmocka_unit_test(test_only_provisional),
		cmocka_unit_test(test_many_contacts),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_late),
	};
	return cmocka_run_group_tests_name("track/registration", tests, NULL, NULL);
}
