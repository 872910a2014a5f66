/* SPDX-License-Identifier: MIT */
/* Scans: what is a try, when tries are a scan, which call stands for them, and that
 * nothing of it costs more than the calls that changed. */
#include "config.h"

#include <stdlib.h>

#include "view/scan.h"

#include "calls.h"

struct fixture {
	struct calls calls;
	struct scans scans;
	unsigned n;       /* messages so far */
	uint32_t changes; /* of scans */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	calls_init(&f->calls);
	scans_init(&f->scans, engine_mem(f->calls.engine));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	scans_clear(&f->scans);
	calls_clear(&f->calls);
	free(f);
	return 0;
}

static const struct tracker *tracker(const struct fixture *f)
{
	return engine_tracker(f->calls.engine);
}

/* From or to the client, which is 10.0.0.`host`; of so many requests in the call. */
static void tell(struct fixture *f, unsigned host, const char *start, uint32_t call,
                 const char *cseq)
{
	char text[2048], branch[64], id[32], client[32];
	bool response = strncmp(start, "SIP/2.0 ", 8) == 0;
	snprintf(branch, sizeof(branch), "%u%s", call, cseq);
	branch[strcspn(branch, " ")] = '-';
	snprintf(id, sizeof(id), "call-%u", call);
	snprintf(client, sizeof(client), "10.0.0.%u", host);
	calls_packet(&f->calls, f->n++ * 10, response ? "10.0.1.1" : client, 5060,
	             response ? client : "10.0.1.1", 5060,
	             calls_message(text, start, id, branch, cseq, false));
}

/* Give it all calls again, however far it was. */
static void look(struct fixture *f)
{
	for (uint32_t call = 1; call <= tracker_calls(tracker(f)); call++)
		f->changes += scans_look(&f->scans, tracker(f), call, true).scan != 0;
}

static struct scan_change look_at(struct fixture *f, uint32_t call, bool passes)
{
	return scans_look(&f->scans, tracker(f), call, passes);
}

/* Calls from..to, each one REGISTER, refused. */
static void refuse(struct fixture *f, unsigned host, uint32_t from, uint32_t to)
{
	for (uint32_t call = from; call <= to; call++) {
		tell(f, host, "REGISTER sip:b SIP/2.0", call, "1 REGISTER");
		tell(f, host, "SIP/2.0 401 Unauthorized", call, "1 REGISTER");
	}
}

static void says(const struct fixture *f, uint32_t call, const char *want)
{
	char text[SCAN_TEXT_MAX];
	uint32_t scan = scans_folded(&f->scans, call);
	assert_int_not_equal(scan, 0);
	struct slice got = scans_text(&f->scans, f->calls.engine, scan, text);
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.p, want, got.len);
}

static void folds(const struct fixture *f, uint32_t lines, uint32_t calls)
{
	assert_int_equal(f->scans.nlines, lines);
	assert_int_equal(f->scans.nfolded, calls);
}

static void twenty_refused_are_a_scan(void **state)
{
	struct fixture *f = *state;
	refuse(f, 9, 1, SCAN_CALLS_MIN - 1);
	look(f);
	folds(f, 0, 0);
	assert_false(scans_hide(&f->scans, 2));
	refuse(f, 9, SCAN_CALLS_MIN, SCAN_CALLS_MIN);
	struct scan_change change = look_at(f, SCAN_CALLS_MIN, true);
	assert_int_equal(change.scan, 1);
	folds(f, 1, SCAN_CALLS_MIN);
	says(f, 1, "20 REGISTER from 10.0.0.9");
	assert_false(scans_hide(&f->scans, 1));
	for (uint32_t call = 2; call <= SCAN_CALLS_MIN; call++) {
		assert_true(scans_hide(&f->scans, call));
		assert_int_equal(scans_line(&f->scans, call), 1);
		assert_int_equal(scans_folded(&f->scans, call), 0);
	}
	assert_false(scans_hide(&f->scans, 0));
	assert_int_equal(scans_folded(&f->scans, 0), 0);
	assert_false(scans_hide(&f->scans, 1000));
	look(f); /* nothing is counted twice */
	folds(f, 1, SCAN_CALLS_MIN);
	assert_int_equal(f->changes, 0);
}

static void addresses_and_methods_are_apart(void **state)
{
	struct fixture *f = *state;
	refuse(f, 8, 1, SCAN_CALLS_MIN - 1);
	refuse(f, 9, 101, 100 + SCAN_CALLS_MIN - 1);
	tell(f, 8, "OPTIONS sip:b SIP/2.0", 200, "1 OPTIONS");
	tell(f, 9, "OPTIONS sip:b SIP/2.0", 201, "1 OPTIONS");
	look(f);
	folds(f, 0, 0);
	assert_int_equal(scans_count(&f->scans), 4);
}

static void one_that_succeeds_leaves(void **state)
{
	struct fixture *f = *state;
	uint32_t n = SCAN_CALLS_MIN + 2;
	refuse(f, 9, 1, n);
	look(f);
	folds(f, 1, n);
	tell(f, 9, "REGISTER sip:b SIP/2.0", 5, "2 REGISTER");
	look_at(f, 5, true);
	folds(f, 1, n); /* not yet: a try more */
	tell(f, 9, "SIP/2.0 200 OK", 5, "2 REGISTER");
	struct scan_change change = look_at(f, 5, true);
	assert_int_equal(change.scan, 0);
	assert_int_equal(change.call, 0);
	folds(f, 1, n - 1);
	assert_false(scans_hide(&f->scans, 5));
	/* the one that stands for all: the next one does */
	tell(f, 9, "REGISTER sip:b SIP/2.0", 1, "2 REGISTER");
	tell(f, 9, "SIP/2.0 200 OK", 1, "2 REGISTER");
	change = look_at(f, 1, true);
	assert_int_equal(change.scan, 0);
	assert_int_equal(change.call, 2);
	assert_false(scans_hide(&f->scans, 1));
	says(f, 2, "20 REGISTER from 10.0.0.9");
}

/* Twenty-five of it, of one kind: is that a scan? */
static bool is_scan(struct fixture *f, const char *method, const char *response,
                    const char *then)
{
	static uint32_t call;
	char start[64], cseq[64];
	uint32_t was = f->scans.nlines;
	unsigned host = call / 100 % 200 + 10; /* an own one each time */
	for (unsigned i = 0; i < SCAN_CALLS_MIN; i++) {
		call++;
		snprintf(start, sizeof(start), "%s sip:b SIP/2.0", method);
		snprintf(cseq, sizeof(cseq), "1 %s", method);
		tell(f, host, start, call, cseq);
		if (response)
			tell(f, host, response, call, cseq);
		if (then && strncmp(then, "ACK", 3) == 0)
			snprintf(cseq, sizeof(cseq), "1 ACK");
		if (then)
			tell(f, host, then, call, cseq);
	}
	call += 100;
	look(f);
	f->calls.kept = 0; /* nothing is read back */
	return f->scans.nlines > was;
}

static void tries_are_refused_or_single(void **state)
{
	struct fixture *f = *state;
	assert_true(is_scan(f, "INVITE", NULL, NULL));
	assert_true(is_scan(f, "OPTIONS", NULL, NULL));
	assert_true(is_scan(f, "REGISTER", "SIP/2.0 403 Forbidden", NULL));
	assert_true(is_scan(f, "INVITE", "SIP/2.0 100 Trying", "SIP/2.0 404 Not Found"));
	assert_true(is_scan(f, "INVITE", "SIP/2.0 407 Auth", "ACK sip:b SIP/2.0"));
	assert_false(is_scan(f, "INVITE", "SIP/2.0 100 Trying", NULL));
	assert_false(is_scan(f, "INVITE", "SIP/2.0 180 Ringing", "SIP/2.0 404 No"));
	assert_false(is_scan(f, "INVITE", "SIP/2.0 486 Busy Here", NULL));
	assert_false(is_scan(f, "INVITE", "SIP/2.0 503 No", NULL));
	assert_false(is_scan(f, "OPTIONS", "SIP/2.0 200 OK", NULL));
	assert_false(is_scan(f, "INVITE", "SIP/2.0 404 No", "SIP/2.0 200 OK"));
	assert_false(is_scan(f, "REGISTER", NULL, "REGISTER sip:b SIP/2.0"));
	assert_false(is_scan(f, "BYE", NULL, NULL));   /* in a dialog: it has a To tag */
	assert_false(is_scan(f, "FLOOD", NULL, NULL)); /* no method of any RFC */
}

/* Not those of a client that pings with one Call-ID, nor of many transactions. */
static void more_requests_are_no_try(void **state)
{
	struct fixture *f = *state;
	for (uint32_t call = 1; call <= SCAN_CALLS_MIN; call++) {
		tell(f, 9, "OPTIONS sip:b SIP/2.0", call, "1 OPTIONS");
		tell(f, 9, "OPTIONS sip:b SIP/2.0", call, "2 OPTIONS");
	}
	look(f);
	folds(f, 0, 0);
	f->calls.kept = 0;
	for (uint32_t call = 101; call <= 100 + SCAN_CALLS_MIN; call++)
		for (unsigned i = 1; i <= 3; i++) {
			char cseq[32];
			snprintf(cseq, sizeof(cseq), "%u REGISTER", i);
			tell(f, 9, "REGISTER sip:b SIP/2.0", call, cseq);
			tell(f, 9, "SIP/2.0 401 Unauthorized", call, cseq);
		}
	look(f);
	folds(f, 1, SCAN_CALLS_MIN);
	for (unsigned i = 4; i <= 9; i++) {
		char cseq[32];
		snprintf(cseq, sizeof(cseq), "%u REGISTER", i);
		tell(f, 9, "REGISTER sip:b SIP/2.0", 101, cseq);
		tell(f, 9, "SIP/2.0 401 Unauthorized", 101, cseq);
		look(f);
		assert_int_equal(f->scans.nfolded, SCAN_CALLS_MIN - (i > 8));
	}
}

static void succeed(struct fixture *f, uint32_t from, uint32_t to)
{
	for (uint32_t call = from; call <= to; call++) {
		tell(f, 9, "REGISTER sip:b SIP/2.0", call, "1 REGISTER");
		tell(f, 9, "SIP/2.0 200 OK", call, "1 REGISTER");
	}
	look(f);
}

/* A proxy with some wrong numbers; and no change with each call that comes. */
static void calls_that_succeed_outweigh(void **state)
{
	struct fixture *f = *state;
	succeed(f, 101, 103);
	refuse(f, 9, 1, 29);
	look(f);
	folds(f, 0, 0);
	refuse(f, 9, 30, 30);
	look(f);
	folds(f, 1, 30);
	succeed(f, 104, 106);
	folds(f, 1, 30); /* five for each are enough */
	assert_int_equal(f->changes, 1);
	succeed(f, 107, 107);
	folds(f, 0, 0);
	assert_int_equal(f->changes, 2);
	refuse(f, 9, 31, 40);
	look(f);
	folds(f, 0, 0); /* and then it takes ten again */
	assert_int_equal(f->changes, 2);
}

static void conditions_are_those_of_the_list(void **state)
{
	struct fixture *f = *state;
	uint32_t n = SCAN_CALLS_MIN + 5;
	refuse(f, 9, 1, n);
	for (uint32_t call = 1; call <= n; call++)
		look_at(f, call, call > 6);
	folds(f, 0, 0); /* a scan, but only 19 are shown */
	look_at(f, 6, true);
	folds(f, 1, SCAN_CALLS_MIN);
	says(f, 6, "20 REGISTER from 10.0.0.9");
	assert_false(scans_hide(&f->scans, 1));
	uint32_t seen = 0;
	for (uint32_t c = scans_first(&f->scans, 1); c; c = scans_next(&f->scans, c))
		assert_int_equal(c, 6 + seen++);
	assert_int_equal(seen, SCAN_CALLS_MIN);
	assert_int_equal(look_at(f, 6, false).call, 7);
	for (uint32_t call = 7; call < 16; call++)
		assert_int_equal(look_at(f, call, false).call, call + 1);
	folds(f, 1, SCAN_CALLS_MIN / 2); /* no change at each one at the edge */
	assert_int_equal(look_at(f, 16, false).scan, 1);
	folds(f, 0, 0);
	scans_restart(&f->scans);
	look(f);
	folds(f, 1, n);
	scans_restart(&f->scans);
	folds(f, 0, 0);
	assert_int_equal(scans_first(&f->scans, 1), 0);
}

/* "7 9 8": the chain of those that pass, which is the same from its end. */
static void chains(const struct fixture *f, const char *want)
{
	char got[256] = "";
	size_t len = 0;
	uint32_t before = 0;
	for (uint32_t c = scans_first(&f->scans, 1); c; c = scans_next(&f->scans, c)) {
		const struct scan_call *record = pool_at(&f->scans.calls, c);
		assert_int_equal(record->previous, before);
		before = c;
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%u",
		                        len ? " " : "", c);
	}
	assert_int_equal(scans_at(&f->scans, 1)->last, before);
	assert_string_equal(got, want);
}

/* Those that do not pass are not walked over: there may be a million of them. */
static void the_chain_has_what_passes(void **state)
{
	struct fixture *f = *state;
	refuse(f, 9, 1, 60);
	for (uint32_t call = 1; call <= 60; call++)
		look_at(f, call, call % 15 == 0);
	chains(f, "15 30 45 60");
	look_at(f, 30, false);
	chains(f, "15 45 60");
	look_at(f, 60, false);
	chains(f, "15 45");
	look_at(f, 7, true); /* is ahead */
	look_at(f, 30, true);
	chains(f, "7 15 45 30");
	look_at(f, 7, false);
	look_at(f, 45, false);
	look_at(f, 15, false);
	look_at(f, 30, false);
	chains(f, "");
	for (uint32_t call = 11; call <= 30; call++)
		look_at(f, call, true);
	look_at(f, 3, true); /* folded, its line stays */
	chains(f, "11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 3");
	says(f, 11, "21 REGISTER from 10.0.0.9");
}

/* The line that stands for all may be the last one: then it is the first again. */
static void the_line_goes_round(void **state)
{
	struct fixture *f = *state;
	uint32_t n = SCAN_CALLS_MIN;
	refuse(f, 9, 1, n);
	look(f);
	for (uint32_t call = 1; call < n; call++) {
		look_at(f, call, false);
		look_at(f, call, true);
	}
	says(f, n, "20 REGISTER from 10.0.0.9");
	assert_int_equal(look_at(f, n, false).call, 1);
	says(f, 1, "19 REGISTER from 10.0.0.9");
}

static void the_user_unfolds(void **state)
{
	struct fixture *f = *state;
	refuse(f, 9, 1, SCAN_CALLS_MIN);
	look(f);
	assert_true(scans_open(&f->scans, 1, true));
	assert_false(scans_open(&f->scans, 1, true));
	folds(f, 0, 0);
	assert_int_equal(f->scans.nopen, 1);
	refuse(f, 9, 21, 22);
	look(f);
	folds(f, 0, 0);
	assert_true(scans_open(&f->scans, 1, false));
	folds(f, 1, 22);
	assert_int_equal(f->scans.nopen, 0);
	f->scans.all_open = true;
	assert_true(scans_open(&f->scans, 1, false));
	folds(f, 0, 0);
}

/* What the text of a captured User-Agent is cut to. */
static void the_text_is_bounded(void **state)
{
	struct fixture *f = *state;
	char text[SCAN_TEXT_MAX], long_one[1024], agent[512];
	refuse(f, 9, 1, SCAN_CALLS_MIN);
	look(f);
	memset(agent, 'x', sizeof(agent) - 1);
	agent[sizeof(agent) - 1] = '\0';
	const struct track_message *m = tracker_message_at(tracker(f), 1);
	int len = snprintf(long_one, sizeof(long_one),
	                   "REGISTER sip:b SIP/2.0\r\nUser-Agent: %.200s\r\n\r\n", agent);
	assert_true(len < (int)m->len);
	memcpy(f->calls.store, long_one, (size_t)len); /* it was the first one */
	struct slice got = scans_text(&f->scans, f->calls.engine, 1, text);
	assert_int_equal(got.len, strlen("20 REGISTER from 10.0.0.9, ") + 64);
	f->calls.broken = true;
	says(f, 1, "20 REGISTER from 10.0.0.9");
}

/* Each allocation fails once: calls are in no scan then, and nothing else. */
static void without_memory_calls_stand_for_themselves(void **state)
{
	struct fixture *f = *state;
	struct mem *mem = engine_mem(f->calls.engine);
	bool over = false;
	refuse(f, 9, 1, SCAN_CALLS_MIN + 5);
	for (unsigned n = 1; !over && n < 50; n++) {
		scans_clear(&f->scans);
		scans_init(&f->scans, mem);
		uint64_t refused = mem->refused;
		mem->fail_at = mem->taken + n;
		look(f);
		mem->fail_at = 0;
		over = mem->refused == refused;
		look(f);
		folds(f, 1, SCAN_CALLS_MIN + 5);
	}
	assert_true(over);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(twenty_refused_are_a_scan),
		TEST(addresses_and_methods_are_apart),
		TEST(one_that_succeeds_leaves),
		TEST(tries_are_refused_or_single),
		TEST(more_requests_are_no_try),
		TEST(calls_that_succeed_outweigh),
		TEST(conditions_are_those_of_the_list),
		TEST(the_chain_has_what_passes),
		TEST(the_line_goes_round),
		TEST(the_user_unfolds),
		TEST(the_text_is_bounded),
		TEST(without_memory_calls_stand_for_themselves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
