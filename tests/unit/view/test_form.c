/* SPDX-License-Identifier: MIT */
/* Expressions made from a form, and words completed: what comes out must compile. */
#include "config.h"

#include "view/complete.h"
#include "view/expression.h"
#include "view/field.h"
#include "view/form.h"

#include "calls.h"

static void compiles(const char *text)
{
	struct mem mem;
	struct expression *x = NULL;
	struct expression_error error;
	mem_init(&mem, 16U << 20);
	if (expression_new(&x, &mem, slice_of(text), &error) != OK)
		fail_msg("%s: column %u: %s", text, error.column, error.why);
	expression_free(x);
}

static void gives(const struct form *form, const char *want)
{
	char text[512];
	assert_true(form_expression(form, text, sizeof(text)));
	assert_string_equal(text, want);
	if (*text)
		compiles(text);
}

static void each_field_is_a_condition(void **state)
{
	(void)state;
	gives(&(struct form){ 0 }, "");
	gives(&(struct form){ .from = SLICE("  ") }, "");
	gives(&(struct form){ .from = SLICE("alice") }, "from.uri ~ \"(?i)alice\"");
	gives(&(struct form){ .to = SLICE("^100") }, "to.uri ~ \"(?i)^[^:]*:100\"");
	gives(&(struct form){ .payload = SLICE("X-Acc: \"7\"") },
	      "raw ~ \"(?i)X-Acc: \\\"7\\\"\"");
	gives(&(struct form){ .payload = SLICE("a\\\\") }, "raw ~ \"(?i)a\\\\(?:)\"");
	gives(&(struct form){ .from = SLICE("a"), .to = SLICE("b") },
	      "from.uri ~ \"(?i)a\" and to.uri ~ \"(?i)b\"");
}

static void places_are_addresses_with_ports(void **state)
{
	(void)state;
	gives(&(struct form){ .source = SLICE("10.0.0.1") }, "source.ip == 10.0.0.1");
	gives(&(struct form){ .source = SLICE("10.0.0.1:5060") },
	      "source.ip == 10.0.0.1 and source.port == 5060");
	gives(&(struct form){ .source = SLICE(":5061") }, "source.port == 5061");
	gives(&(struct form){ .destination = SLICE("10.") },
	      "destination.ip == 10.0.0.0/8");
	gives(&(struct form){ .destination = SLICE("10.1") },
	      "destination.ip == 10.1.0.0/16");
	gives(&(struct form){ .destination = SLICE("10.1.2.") },
	      "destination.ip == 10.1.2.0/24");
	gives(&(struct form){ .source = SLICE("10.0.0.0/8") }, "source.ip == 10.0.0.0/8");
	gives(&(struct form){ .source = SLICE("2001:db8::1") },
	      "source.ip == 2001:db8::1");
	gives(&(struct form){ .source = SLICE("[2001:db8::1]:5060") },
	      "source.ip == 2001:db8::1 and source.port == 5060");
}

static void methods_count_unless_all_do(void **state)
{
	struct form form = { 0 };
	(void)state;
	form.methods[1] = true;
	gives(&form, "transaction.method in {INVITE}");
	form.methods[0] = true;
	gives(&form, "transaction.method in {REGISTER, INVITE}");
	memset(form.methods, true, sizeof(form.methods));
	gives(&form, "");
	form.methods[10] = false;
	char text[512];
	assert_true(form_expression(&form, text, sizeof(text)));
	compiles(text);
}

static void what_is_too_long_is_refused(void **state)
{
	const struct form form = { .from = SLICE("alice") };
	char text[64];
	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t size = 0; size < sizeof("from.uri ~ \"(?i)alice\""); size++)
		assert_false(form_expression(&form, text, size));
	assert_int_equal(text[sizeof("from.uri ~ \"(?i)alice\"")], 'x');
	assert_true(form_expression(&form, text, sizeof("from.uri ~ \"(?i)alice\"")));
}

static struct complete at_end(const char *text)
{
	struct complete c;
	complete_at(&c, slice_of(text), strlen(text));
	return c;
}

static void completes(const char *text, const char *want)
{
	struct complete c = at_end(text);
	char got[512];
	assert_true(c.n > 0);
	snprintf(got, sizeof(got), "%.*s%.*s", (int)c.from, text, (int)c.common,
	         c.names[0]);
	assert_string_equal(got, want);
}

static void fields_are_completed(void **state)
{
	(void)state;
	completes("sta", "sta"); /* state, status, started, start_seen */
	assert_int_equal(at_end("sta").n, 4);
	completes("setu", "setup_ms");
	completes("kind == invite and setu", "kind == invite and setup_ms");
	completes("not (setu", "not (setup_ms");
	completes("message.from.t", "message.from.tag");
	assert_int_equal(at_end("nosuchthing").n, 0);
	assert_int_equal(at_end("raw ~ \"setu").n, 0);
	assert_int_equal(at_end("raw ~ 'it\\'s setu").n, 0);
	completes("raw ~ \"a\" and setu", "raw ~ \"a\" and setup_ms");
}

static void words_of_a_field_are_completed(void **state)
{
	(void)state;
	completes("kind == inv", "kind == invite");
	completes("kind==reg", "kind==register");
	completes("kind ne inv", "kind ne invite");
	completes("state != compl", "state != completed");
	completes("kind in {invite, reg", "kind in {invite, register");
	completes("kind in {sub", "kind in {subscribe");
	completes("call.kind == opt", "call.kind == options");
	assert_int_equal(at_end("messages == 1").n, 0);
	completes("kind in {invite} and setu", "kind in {invite} and setup_ms");
}

/* Every name that is offered means a field. */
static void all_names_are_known(void **state)
{
	struct complete c = at_end("");
	(void)state;
	assert_int_equal(c.n, FIELD_COUNT);
	for (unsigned i = 0; i < c.n; i++)
		assert_int_equal(field_find(slice_of(c.names[i])), i);
}

static void only_the_word_at_the_cursor_counts(void **state)
{
	struct complete c;
	(void)state;
	complete_at(&c, SLICE("setu == 3 and kind"), 4);
	assert_int_equal(c.from, 0);
	assert_int_equal(c.to, 4);
	assert_int_equal(c.n, 1);
	assert_string_equal(c.names[0], "setup_ms");
	complete_at(&c, SLICE("setu"), 400);
	assert_int_equal(c.to, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_is_a_condition),
		cmocka_unit_test(places_are_addresses_with_ports),
		cmocka_unit_test(methods_count_unless_all_do),
		cmocka_unit_test(what_is_too_long_is_refused),
		cmocka_unit_test(fields_are_completed),
		cmocka_unit_test(words_of_a_field_are_completed),
		cmocka_unit_test(all_names_are_known),
		cmocka_unit_test(only_the_word_at_the_cursor_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
