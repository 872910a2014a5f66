/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/select.h"

#include "unit/view/calls.h"

/* Call 1 is an INVITE, call 2 an OPTIONS. */
static int setup(void **state)
{
	static struct calls c;
	char text[2048];
	calls_init(&c);
	calls_packet(&c, 0, "10.0.0.1", 5060, "10.0.0.2", 5060,
	             calls_message(text, "INVITE sip:bob@b.example SIP/2.0", "one", "a",
	                           "1 INVITE", false));
	calls_packet(&c, 1, "10.0.0.1", 5060, "10.0.0.2", 5060,
	             calls_message(text, "OPTIONS sip:bob@b.example SIP/2.0", "two", "b",
	                           "1 OPTIONS", false));
	engine_finish(c.engine);
	*state = &c;
	return 0;
}

static int teardown(void **state)
{
	calls_clear(*state);
	return 0;
}

static void expect(void **state, const struct select *sel, bool none, bool one, bool two)
{
	const struct calls *c = *state;
	assert_int_equal(select_has_call(sel, c->engine, 0), none);
	assert_int_equal(select_has_call(sel, c->engine, 1), one);
	assert_int_equal(select_has_call(sel, c->engine, 2), two);
}

static void test_all(void **state)
{
	struct select sel = { 0 };
	assert_true(select_is_all(&sel));
	expect(state, &sel, true, true, true);
}

static void test_invite_only(void **state)
{
	struct select sel = { .invite_only = true };
	assert_false(select_is_all(&sel));
	expect(state, &sel, false, true, false);
}

static void test_call_ids(void **state)
{
	struct slice ids[] = { SLICE("three"), SLICE("two") };
	struct select sel = { .call_ids = ids, .ncall_ids = 2 };
	assert_false(select_is_all(&sel));
	expect(state, &sel, false, false, true);
	sel.ncall_ids = 1;
	expect(state, &sel, false, false, false);
}

static void test_both(void **state)
{
	struct slice ids[] = { SLICE("one"), SLICE("two") };
	struct select sel = { .call_ids = ids, .ncall_ids = 2, .invite_only = true };
	expect(state, &sel, false, true, false);
}

/* With expressions, decided at once or one by one; a call that came after the decision is
 * looked at by itself. */
static void test_expressions(void **state)
{
	struct calls *c = *state;
	struct mem mem;
	struct expression_error error;
	struct select sel = { 0 };
	mem_init(&mem, 1U << 20);
	assert_int_equal(expression_new(&sel.filter, &mem, SLICE("kind == options"),
	                                &error),
	                 OK);
	assert_int_equal(expression_new_match(&sel.match, &mem, SLICE("bob"), false,
	                                      false, &error),
	                 OK);
	assert_false(select_is_all(&sel));
	assert_true(select_can_change(&sel));
	expect(state, &sel, false, false, true);
	select_decide(&sel, c->engine);
	assert_int_equal(sel.nknown, 2);
	expect(state, &sel, false, false, true);
	sel.nknown = 1; /* as if call 2 were new */
	expect(state, &sel, false, false, true);
	sel.nknown = 2;
	select_clear(&sel, c->engine);
	assert_null(sel.known);
	struct mem *budget = engine_mem(c->engine);
	budget->fail_at = budget->taken + 1;
	select_decide(&sel, c->engine);
	assert_int_equal(sel.nknown, 0);
	expect(state, &sel, false, false, true);
	budget->fail_at = 0;
	expression_free(sel.filter);
	expression_free(sel.match);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_invite_only),
		cmocka_unit_test(test_call_ids),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_expressions),
	};
	return cmocka_run_group_tests_name("view/select", tests, setup, teardown);
}
