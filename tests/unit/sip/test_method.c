/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sip/field.h"

static void every_row_is_found(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SIP_METHOD_OTHER; i++) {
		const char *name = sip_method_name((enum sip_method)i);
		size_t n = strlen(name);
		assert_true(n > 0);
		assert_int_equal(sip_method_lookup((struct slice){ name, n }), i);
		assert_int_equal(sip_method_lookup((struct slice){ name, n - 1 }),
		                 SIP_METHOD_OTHER);
		assert_int_equal(sip_method_lookup((struct slice){ name, n + 1 }),
		                 SIP_METHOD_OTHER);
	}
	assert_int_equal(SIP_METHOD_OTHER, 14); /* as many as IANA has */
	assert_string_equal(sip_method_name(SIP_METHOD_OTHER), "");
}

static void names_are_case_sensitive(void **state)
{
	(void)state;
	assert_int_equal(sip_method_lookup(SLICE("INVITE")), SIP_METHOD_INVITE);
	assert_int_equal(sip_method_lookup(SLICE("PRACK")), SIP_METHOD_PRACK);
	assert_int_equal(sip_method_lookup(SLICE("invite")), SIP_METHOD_OTHER);
	assert_int_equal(sip_method_lookup(SLICE("INVITe")), SIP_METHOD_OTHER);
	assert_int_equal(sip_method_lookup(SLICE("NEWMETHOD")), SIP_METHOD_OTHER);
	assert_int_equal(sip_method_lookup(SLICE_NONE), SIP_METHOD_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found),
		cmocka_unit_test(names_are_case_sensitive),
	};
	return cmocka_run_group_tests_name("sip/method", tests, NULL, NULL);
}
