/* SPDX-License-Identifier: MIT */
/* The call list: order, filter, changes, marks, hiding, in steps of any size, and what
 * happens without memory. */
#include "config.h"

#include <stdlib.h>

#include "view/list.h"

#include "calls.h"
#include "unit/base/random.h"

struct fixture {
	struct calls calls;
	struct select select;
	struct list list;
	unsigned n; /* messages so far */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	calls_init(&f->calls);
	list_init(&f->list, f->calls.engine, &f->select);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	list_clear(&f->list);
	calls_clear(&f->calls);
	free(f);
	return 0;
}

static void tell(struct fixture *f, const char *start, const char *call, const char *cseq)
{
	char text[2048], branch[32];
	snprintf(branch, sizeof(branch), "b%u", f->n);
	calls_packet(&f->calls, f->n++ * 1000, "10.0.0.1", 5060, "10.0.0.2", 5060,
	             calls_message(text, start, call, branch, cseq, false));
}

static void step(struct fixture *f)
{
	unsigned steps = 0;
	while (list_step(&f->list, 64))
		assert_true(++steps < 1000);
}

/* "3 1 2": the calls as they stand. */
static void shows(const struct fixture *f, const char *want)
{
	char got[256] = "";
	size_t len = 0;
	for (uint32_t i = 0; i < list_count(&f->list); i++) {
		uint32_t call = list_at(&f->list, i);
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%u",
		                        i ? " " : "", call);
		assert_int_equal(list_place(&f->list, call), i);
	}
	assert_string_equal(got, want);
}

static void sort_by(struct fixture *f, const char *name, bool descending)
{
	struct column_of column;
	assert_true(column_parse(slice_of(name), &column));
	list_sort(&f->list, &column, descending);
}

/* OPTIONS of one message, INVITE of two, REGISTER of three. */
static void three_calls(struct fixture *f)
{
	tell(f, "OPTIONS sip:b SIP/2.0", "first", "1 OPTIONS");
	tell(f, "INVITE sip:b SIP/2.0", "second", "1 INVITE");
	tell(f, "INVITE sip:b SIP/2.0", "second", "2 INVITE");
	tell(f, "REGISTER sip:b SIP/2.0", "third", "1 REGISTER");
	tell(f, "REGISTER sip:b SIP/2.0", "third", "2 REGISTER");
	tell(f, "REGISTER sip:b SIP/2.0", "third", "3 REGISTER");
}

static void is_in_order_of_a_column(void **state)
{
	struct fixture *f = *state;
	three_calls(f);
	step(f);
	shows(f, "1 2 3");
	f->list.descending = true;
	shows(f, "3 2 1");
	sort_by(f, "msgcnt", true);
	step(f);
	shows(f, "3 2 1");
	sort_by(f, "method", false);
	step(f);
	shows(f, "2 1 3"); /* INVITE OPTIONS REGISTER */
	sort_by(f, "callid", true);
	step(f);
	shows(f, "3 2 1");
	sort_by(f, "header:CSeq", false);
	step(f);
	shows(f, "1 2 3"); /* 1 OPTIONS, 2 INVITE, 3 REGISTER */
}

static void rows_of_equal_keys_keep_their_order(void **state)
{
	struct fixture *f = *state;
	three_calls(f);
	sort_by(f, "src", false);
	step(f);
	shows(f, "1 2 3");
	f->list.descending = true;
	shows(f, "3 2 1");
}

static void a_call_that_changes_moves(void **state)
{
	struct fixture *f = *state;
	three_calls(f);
	sort_by(f, "msgcnt", false);
	step(f);
	shows(f, "1 2 3");
	for (unsigned i = 2; i < 5; i++) {
		char cseq[32];
		snprintf(cseq, sizeof(cseq), "%u OPTIONS", i);
		tell(f, "OPTIONS sip:b SIP/2.0", "first", cseq);
	}
	list_touch(&f->list, 1);
	list_touch(&f->list, 1);
	shows(f, "1 2 3"); /* until there is a step */
	step(f);
	shows(f, "2 3 1");
	list_touch(&f->list, 0);
	list_touch(&f->list, 77);
	assert_false(list_step(&f->list, 64));
	shows(f, "2 3 1");
}

static struct expression *expression(struct fixture *f, const char *text)
{
	struct expression *x = NULL;
	struct expression_error error;
	assert_int_equal(
		expression_new(&x, engine_mem(f->calls.engine), slice_of(text), &error),
		OK);
	return x;
}

static void a_filter_lets_calls_come_and_go(void **state)
{
	struct fixture *f = *state;
	three_calls(f);
	list_filter(&f->list, expression(f, "messages < 3"));
	step(f);
	shows(f, "1 2");
	tell(f, "INVITE sip:b SIP/2.0", "second", "3 INVITE");
	list_touch(&f->list, 2);
	step(f);
	shows(f, "1");
	list_filter(&f->list, expression(f, "messages > 2"));
	step(f);
	shows(f, "2 3");
	tell(f, "OPTIONS sip:b SIP/2.0", "first", "2 OPTIONS");
	tell(f, "OPTIONS sip:b SIP/2.0", "first", "3 OPTIONS");
	list_touch(&f->list, 1);
	step(f);
	shows(f, "1 2 3");
	list_filter(&f->list, NULL);
	f->list.calls_only = true;
	list_restart(&f->list);
	step(f);
	shows(f, "2");
}

static void cleared_calls_stay_away_until_asked_for(void **state)
{
	struct fixture *f = *state;
	three_calls(f);
	step(f);
	assert_int_equal(list_hide(&f->list, false), OK);
	step(f);
	shows(f, "");
	assert_int_equal(list_hidden(&f->list), 3);
	tell(f, "OPTIONS sip:b SIP/2.0", "fourth", "1 OPTIONS");
	tell(f, "INVITE sip:b SIP/2.0", "second", "3 INVITE");
	list_touch(&f->list, 2);
	step(f);
	shows(f, "4");
	list_unhide(&f->list);
	step(f);
	shows(f, "1 2 3 4");
	assert_int_equal(list_hidden(&f->list), 0);
	list_filter(&f->list, expression(f, "kind == options"));
	step(f);
	assert_int_equal(list_hide(&f->list, true), OK);
	list_filter(&f->list, NULL);
	step(f);
	shows(f, "1 4");
	assert_int_equal(list_hidden(&f->list), 2);
}

/* Keys come faster than the list is made: nothing cleared comes back, and what the filter
 * leaves out goes, though it was not looked at yet. */
static void calls_not_seen_yet_are_cleared_as_well(void **state)
{
	struct fixture *f = *state;
	three_calls(f);
	assert_int_equal(list_hide(&f->list, false), OK);
	assert_int_equal(list_hidden(&f->list), 3);
	tell(f, "OPTIONS sip:b SIP/2.0", "fourth", "1 OPTIONS");
	list_restart(&f->list);
	assert_int_equal(list_hide(&f->list, true), OK);
	assert_int_equal(list_hidden(&f->list), 3);
	step(f);
	shows(f, "4");
	list_unhide(&f->list);
	list_filter(&f->list, expression(f, "kind == options"));
	assert_true(list_step(&f->list, 2));
	assert_int_equal(list_hide(&f->list, true), OK);
	list_filter(&f->list, NULL);
	step(f);
	shows(f, "1 4");
	assert_int_equal(list_hidden(&f->list), 2);
}

static void marks_belong_to_calls(void **state)
{
	struct fixture *f = *state;
	three_calls(f);
	step(f);
	assert_int_equal(list_mark(&f->list, 2, true), OK);
	assert_int_equal(list_mark(&f->list, 2, true), OK);
	assert_int_equal(list_mark(&f->list, 4000, true), OK);
	assert_int_equal(f->list.nmarked, 2);
	assert_true(list_is_marked(&f->list, 2));
	assert_false(list_is_marked(&f->list, 1));
	assert_int_equal(list_mark(&f->list, 4000, false), OK);
	assert_int_equal(list_mark(&f->list, 1, false), OK);
	assert_int_equal(f->list.nmarked, 1);
	sort_by(f, "method", true);
	step(f);
	assert_true(list_is_marked(&f->list, 2));
}

#define MANY 100

/* Of call n, counted from 1, so many messages. */
static uint32_t messages_of(uint32_t n)
{
	return n * 7 % 5 + 1;
}

static void many_calls(struct fixture *f)
{
	for (uint32_t n = 1; n <= MANY; n++)
		for (uint32_t m = 1; m <= messages_of(n) && m < 3; m++) {
			char call[32], cseq[32];
			snprintf(call, sizeof(call), "c%u", n);
			snprintf(cseq, sizeof(cseq), "%u OPTIONS", m);
			tell(f, "OPTIONS sip:b SIP/2.0", call, cseq);
		}
}

/* Sorted by messages, then by number. */
static void assert_sorted(const struct fixture *f, uint32_t n)
{
	const struct tracker *t = engine_tracker(f->calls.engine);
	assert_int_equal(list_count(&f->list), n);
	for (uint32_t i = 1; i < n; i++) {
		uint32_t a = list_at(&f->list, i - 1), b = list_at(&f->list, i);
		uint32_t x = tracker_call_at(t, a)->messages;
		uint32_t y = tracker_call_at(t, b)->messages;
		assert_true(x < y || (x == y && a < b));
	}
}

/* However small the steps, and whatever changes between them. */
static void steps_of_any_size_give_the_same(void **state)
{
	struct fixture *f = *state;
	many_calls(f);
	for (uint32_t size = 1; size < 40; size = size * 2 + 1) {
		unsigned steps = 0;
		sort_by(f, "index", false);
		list_restart(&f->list);
		sort_by(f, "msgcnt", false);
		while (list_step(&f->list, size)) {
			list_touch(&f->list, steps % MANY + 1);
			assert_true(list_count(&f->list) <= MANY);
			if (steps++ == 500)
				break;
		}
		step(f);
		assert_sorted(f, MANY);
	}
}

static void a_step_is_bounded(void **state)
{
	struct fixture *f = *state;
	many_calls(f);
	assert_true(list_step(&f->list, 10));
	assert_int_equal(f->list.seen, 10);
	assert_true(list_step(&f->list, 10));
	assert_int_equal(f->list.seen, 20);
}

/* Calls that change faster than they are looked at take no more room for that. */
static void being_late_takes_no_memory(void **state)
{
	struct fixture *f = *state;
	three_calls(f);
	step(f);
	for (unsigned i = 0; i < 2000; i++) {
		for (uint32_t call = 1; call <= 3; call++)
			list_touch(&f->list, call);
		assert_true(list_step(&f->list, 1));
	}
	assert_in_range(f->list.touched_room, 3, 512);
	step(f);
	shows(f, "1 2 3");
}

/* Each allocation fails once: rows are missing or old, nothing else, and with memory all
 * of them come. */
static void without_memory_it_goes_on(void **state)
{
	struct fixture *f = *state;
	struct mem *mem = engine_mem(f->calls.engine);
	bool over = false;
	many_calls(f);
	for (unsigned n = 1; !over && n < 200; n++) {
		list_clear(&f->list);
		list_init(&f->list, f->calls.engine, &f->select);
		uint64_t refused = mem->refused;
		mem->fail_at = mem->taken + n;
		sort_by(f, "msgcnt", false);
		for (unsigned i = 0; i < 1000 && list_step(&f->list, 64); i++) {
			list_touch(&f->list, i % MANY + 1);
			enum err e = list_mark(&f->list, i + 1, true);
			if (i == 20 && e == OK)
				e = list_hide(&f->list, true);
			assert_true(e == OK || e == ERR_NOMEM);
			if (i > 60)
				break;
		}
		mem->fail_at = 0;
		over = mem->refused == refused;
		list_unhide(&f->list);
		step(f);
		assert_sorted(f, MANY);
	}
	assert_true(over);
}

/* Calls of a scan, with an ordinary one among them: 1 to 10, 12 to `last`. */
static void scan(struct fixture *f, unsigned last)
{
	for (unsigned n = 1; n <= last; n++) {
		char call[32];
		snprintf(call, sizeof(call), "scan-%u", n);
		if (n == 11)
			tell(f, "INVITE sip:b SIP/2.0", "other", "1 INVITE");
		else
			tell(f, "OPTIONS sip:b SIP/2.0", call, "1 OPTIONS");
	}
}

/* Calls in order of list_next, as shows() has them. */
static void walks(const struct fixture *f, const char *want)
{
	char got[256] = "";
	size_t len = 0;
	struct list_walk walk = { 0 };
	uint32_t call;
	while (list_next(&f->list, &walk, &call))
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%u",
		                        len ? " " : "", call);
	assert_string_equal(got, want);
}

static void requests_sent_again_are_no_scan(void **state)
{
	struct fixture *f = *state;
	scan(f, 30);
	step(f);
	shows(f, "1 11");
	for (uint32_t call = 1; call <= 30; call++) {
		char id[32];
		snprintf(id, sizeof(id), "scan-%u", call);
		tell(f, "OPTIONS sip:b SIP/2.0", id, "2 OPTIONS");
		list_touch(&f->list, call);
	}
	step(f);
	assert_int_equal(list_count(&f->list), 31); /* scan-11 is new */
	assert_int_equal(list_calls(&f->list), 31);
}

static void a_scan_folds_and_unfolds(void **state)
{
	struct fixture *f = *state;
	scan(f, 22);
	step(f);
	shows(f, "1 11");
	walks(f, "1 2 3 4 5 6 7 8 9 10 12 13 14 15 16 17 18 19 20 21 22 11");
	assert_int_equal(list_calls(&f->list), 22);
	assert_int_equal(list_place(&f->list, 17), 0);
	assert_int_not_equal(list_scan(&f->list, 1), 0);
	assert_int_equal(list_scan(&f->list, 11), 0);
	assert_int_equal(list_scan(&f->list, 17), 0);
	assert_false(list_is_unfolded(&f->list));
	list_unfold(&f->list, list_scan(&f->list, 1));
	assert_true(list_is_unfolded(&f->list));
	step(f);
	shows(f, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22");
	walks(f, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22");
	list_unfold_all(&f->list, false);
	step(f);
	shows(f, "1 11");
	list_unfold_all(&f->list, true);
	step(f);
	assert_int_equal(list_count(&f->list), 22);
	assert_true(list_is_unfolded(&f->list));
	list_unfold_all(&f->list, false);
	step(f);
	shows(f, "1 11");
}

/* So many steps take a scan of `last` calls apart. */
static unsigned steps_to_unfold(struct fixture *f, unsigned last)
{
	unsigned steps = 0;
	while (tracker_calls(engine_tracker(f->calls.engine)) < last) {
		char call[32];
		snprintf(call, sizeof(call), "scan-%u", f->n);
		tell(f, "OPTIONS sip:b SIP/2.0", call, "1 OPTIONS");
		f->calls.kept = 0; /* nothing is read back */
	}
	step(f);
	assert_int_equal(list_count(&f->list), 1);
	list_unfold(&f->list, 1);
	while (list_step(&f->list, 16))
		steps++;
	assert_int_equal(list_count(&f->list), last);
	list_unfold_all(&f->list, false);
	step(f);
	return steps;
}

static void unfolding_is_no_merge_for_each_step(void **state)
{
	struct fixture *f = *state;
	unsigned few = steps_to_unfold(f, 1000), many = steps_to_unfold(f, 4000);
	assert_in_range(many, few, 6 * few);
}

/* What is marked of a scan is counted, whatever comes and goes. */
static void a_scan_is_marked_in_part_or_whole(void **state)
{
	struct fixture *f = *state;
	scan(f, 30);
	step(f);
	assert_int_equal(list_row_marks(&f->list, 1), LIST_MARKED_NONE);
	assert_int_equal(list_row_marks(&f->list, 11), LIST_MARKED_NONE);
	assert_int_equal(list_mark(&f->list, 11, true), OK);
	assert_int_equal(list_row_marks(&f->list, 11), LIST_MARKED_ALL);
	assert_int_equal(list_row_marks(&f->list, 1), LIST_MARKED_NONE);
	for (uint32_t call = 2; call <= 29; call++) {
		assert_int_equal(list_mark(&f->list, call, true), OK);
		assert_int_equal(list_row_marks(&f->list, 1), LIST_MARKED_SOME);
	}
	assert_int_equal(list_mark(&f->list, 1, true), OK);
	tell(f, "SIP/2.0 200 OK", "scan-30", "1 OPTIONS"); /* the last one leaves */
	list_touch(&f->list, 30);
	step(f);
	assert_int_equal(list_row_marks(&f->list, 1), LIST_MARKED_ALL);
	/* as one that leaves and is marked, those that do not pass do not count */
	tell(f, "SIP/2.0 200 OK", "scan-29", "1 OPTIONS");
	list_touch(&f->list, 29);
	step(f);
	assert_int_equal(list_row_marks(&f->list, 1), LIST_MARKED_ALL);
	assert_int_equal(list_mark(&f->list, 2, false), OK);
	assert_int_equal(list_row_marks(&f->list, 1), LIST_MARKED_SOME);
	list_filter(&f->list, expression(f, "kind == options and call_id != 'scan-2'"));
	step(f);
	assert_int_equal(list_row_marks(&f->list, 1), LIST_MARKED_ALL);
	list_filter(&f->list, NULL);
	step(f);
	assert_int_equal(list_row_marks(&f->list, 1), LIST_MARKED_SOME);
}

static void the_newest_is_known_in_any_order(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(list_newest(&f->list), 0);
	scan(f, 30);
	for (int descending = 0; descending < 2; descending++) {
		sort_by(f, "msgcnt", descending);
		step(f);
		assert_int_equal(list_newest(&f->list), 30);
		assert_int_equal(list_place(&f->list, 30), descending);
	}
	list_filter(&f->list, expression(f, "call_id contains '-1'"));
	step(f);
	assert_int_equal(list_newest(&f->list), 19);
	list_filter(&f->list, expression(f, "call_id contains 'x'"));
	step(f);
	assert_int_equal(list_newest(&f->list), 0);
}

/* By number or by another column, where rows are found by their keys. */
static void what_succeeds_leaves_its_scan(void **state)
{
	struct fixture *f = *state;
	scan(f, 30);
	sort_by(f, "msgcnt", true);
	step(f);
	shows(f, "11 1");
	tell(f, "SIP/2.0 200 OK", "scan-7", "1 OPTIONS");
	list_touch(&f->list, 7);
	step(f);
	shows(f, "7 11 1");
	tell(f, "SIP/2.0 200 OK", "scan-1", "1 OPTIONS"); /* it stands for all */
	list_touch(&f->list, 1);
	step(f);
	shows(f, "7 1 11 2");
	assert_int_equal(list_calls(&f->list), 30);
	sort_by(f, "index", false);
	step(f);
	shows(f, "1 2 7 11");
}

static void a_filter_is_about_the_calls_of_a_scan(void **state)
{
	struct fixture *f = *state;
	scan(f, 30);
	list_filter(&f->list, expression(f, "kind == options and call_id contains 2"));
	step(f);
	shows(f, "2 12 20 21 22 23 24 25 26 27 28 29");
	list_filter(&f->list, expression(f, "kind == options"));
	step(f);
	shows(f, "1");
	assert_int_equal(list_calls(&f->list), 29);
	assert_int_equal(list_hide(&f->list, true), OK);
	list_filter(&f->list, NULL);
	step(f);
	shows(f, "1");
	assert_int_equal(list_hidden(&f->list), 1);
	assert_int_equal(list_hide(&f->list, false), OK);
	step(f);
	shows(f, "");
	assert_int_equal(list_calls(&f->list), 0);
	list_unhide(&f->list);
	step(f);
	shows(f, "1 11");
}

/* While it comes, in steps of any size; and each allocation fails once. */
static void a_scan_grows(void **state)
{
	struct fixture *f = *state;
	for (unsigned n = 1; n <= 60; n++) {
		char call[32];
		snprintf(call, sizeof(call), "scan-%u", n);
		tell(f, "OPTIONS sip:b SIP/2.0", call, "1 OPTIONS");
		while (list_step(&f->list, n % 5 + 1))
			;
		assert_int_equal(list_count(&f->list), n < SCAN_CALLS_MIN ? n : 1);
		assert_int_equal(list_calls(&f->list), n);
	}
	struct mem *mem = engine_mem(f->calls.engine);
	bool over = false;
	for (unsigned n = 1; !over && n < 200; n++) {
		list_clear(&f->list);
		list_init(&f->list, f->calls.engine, &f->select);
		uint64_t refused = mem->refused;
		mem->fail_at = mem->taken + n;
		step(f);
		mem->fail_at = 0;
		over = mem->refused == refused;
		list_restart(&f->list);
		step(f);
		assert_int_equal(list_count(&f->list), 1);
		assert_int_equal(list_calls(&f->list), 60);
	}
	assert_true(over);
}

/* --- calls that leave */

static void on_message(void *arg, const struct engine_message *m)
{
	struct fixture *f = arg;
	list_touch(&f->list, m->is.call);
}

static void on_leave(void *arg, uint32_t call)
{
	struct fixture *f = arg;
	list_leave(&f->list, call);
}

/* One of many tries of a scanner, or a request of somebody else, answered or not. */
static void random_packet(struct fixture *f, uint64_t *seed)
{
	char text[2048], call[32], from[32];
	bool scanner = random_below(seed, 2) == 0;
	uint32_t number = scanner ? f->n : f->n / 3 + random_below(seed, 20);
	snprintf(call, sizeof(call), "%s%u", scanner ? "s" : "o", number);
	snprintf(from, sizeof(from), "10.0.%u.1", scanner ? number / 200 % 3 : 5);
	const char *method = scanner ? "REGISTER sip:b SIP/2.0" : "OPTIONS sip:b SIP/2.0";
	const char *cseq = scanner ? "1 REGISTER" : "1 OPTIONS";
	bool answer = !scanner && random_below(seed, 3) == 0;
	calls_message(text, answer ? "SIP/2.0 403 Forbidden" : method, call, call, cseq,
	              false);
	calls_packet(&f->calls, f->n++ * 100, answer ? "10.1.0.1" : from, 5060,
	             answer ? from : "10.1.0.1", 5060, text);
}

/* All calls that are there, each once, in order. */
static void check_rows(struct fixture *f)
{
	const struct tracker *t = engine_tracker(f->calls.engine);
	uint32_t there = 0, rows = 0, call, before = 0;
	struct list_walk walk = { 0 };
	for (call = tracker_next_call(t, 0); call; call = tracker_next_call(t, call)) {
		assert_int_not_equal(list_place(&f->list, call), UINT32_MAX);
		there++;
	}
	while (list_next(&f->list, &walk, &call)) {
		assert_true(tracker_has_call(t, call));
		rows++;
	}
	assert_int_equal(rows, there);
	assert_int_equal(list_calls(&f->list), there);
	for (uint32_t i = 0; i < list_count(&f->list); i++) {
		call = list_at(&f->list, i);
		assert_true(tracker_has_call(t, call));
		uint32_t messages = tracker_call_at(t, call)->messages;
		if (!list_scan(&f->list, call)) {
			assert_true(messages >= before);
			before = messages;
		}
	}
}

static void calls_leave(void **state)
{
	(void)state;
	static struct fixture f;
	struct engine_cfg cfg = { .seed = 1,
		                  .keep = ENGINE_KEEP_OPEN,
		                  .linger = TICK_S,
		                  .watch = on_message,
		                  .leave = on_leave,
		                  .arg = &f };
	uint64_t seed = 7;
	unsigned marked = 0, folded = 0;
	calls_init_with(&f.calls, &cfg);
	list_init(&f.list, f.calls.engine, &f.select);
	sort_by(&f, "msgcnt", false);
	const struct engine_stats *s = engine_stats(f.calls.engine);
	for (unsigned i = 0; i < 20000; i++) {
		random_packet(&f, &seed);
		list_sweep(&f.list);
		if (random_below(&seed, 4) == 0)
			list_step(&f.list, 1 + random_below(&seed, 8));
		const struct tracker *t = engine_tracker(f.calls.engine);
		uint32_t newest = tracker_calls(t);
		if (i % 50 == 0 && tracker_has_call(t, newest))
			marked += list_mark(&f.list, newest, true) == OK;
		if (i % 3000 == 1500)
			assert_int_equal(list_hide(&f.list, i % 2000 == 1500), OK);
		if (i % 3000 == 2000)
			list_unhide(&f.list);
		if (i % 500 || (i % 3000 >= 1500 && i % 3000 <= 2000))
			continue;
		while (list_step(&f.list, 64))
			;
		check_rows(&f);
		folded += f.list.scans.nfolded;
	}
	assert_true(s->calls_left > 4000);
	assert_true(folded > 100);
	assert_in_range(f.list.nmarked, 1, marked / 2);
	assert_int_equal(list_hidden(&f.list), 0);
	engine_idle(f.calls.engine, CALLS_NOON + 100000 * TICK_S);
	list_sweep(&f.list);
	while (list_step(&f.list, 64))
		;
	check_rows(&f);
	assert_int_equal(list_count(&f.list), 0);
	assert_int_equal(f.list.nmarked, 0);
	list_clear(&f.list);
	calls_clear(&f.calls);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(is_in_order_of_a_column),
		TEST(rows_of_equal_keys_keep_their_order),
		TEST(a_call_that_changes_moves),
		TEST(a_filter_lets_calls_come_and_go),
		TEST(cleared_calls_stay_away_until_asked_for),
		TEST(calls_not_seen_yet_are_cleared_as_well),
		TEST(marks_belong_to_calls),
		TEST(steps_of_any_size_give_the_same),
		TEST(a_step_is_bounded),
		TEST(being_late_takes_no_memory),
		TEST(without_memory_it_goes_on),
		TEST(requests_sent_again_are_no_scan),
		TEST(a_scan_folds_and_unfolds),
		TEST(unfolding_is_no_merge_for_each_step),
		TEST(a_scan_is_marked_in_part_or_whole),
		TEST(the_newest_is_known_in_any_order),
		TEST(what_succeeds_leaves_its_scan),
		TEST(a_filter_is_about_the_calls_of_a_scan),
		TEST(a_scan_grows),
		cmocka_unit_test(calls_leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
