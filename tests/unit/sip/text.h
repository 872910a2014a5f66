/* SPDX-License-Identifier: MIT */
/* tests/unit/sip/text.h - slices and the strings that they should be. */
#ifndef TESTS_UNIT_SIP_TEXT_H
#define TESTS_UNIT_SIP_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>


#include "base/slice.h"

static inline struct slice text(const char *s)
{
	return slice_of(s);
}

/* Fails unless got is want, and says where. */
static inline void assert_is(struct slice got, const char *want, const char *where)
{
	if (!slice_eq(got, text(want)))
		fail_msg("%s: \"%.*s\" is not \"%s\"", where, (int)got.len, got.p, want);
}

#endif
