/* SPDX-License-Identifier: MIT */
/* tests/unit/view/ladder_memory.h - every allocation of building a ladder fails once. */
#ifndef TESTS_UNIT_VIEW_LADDER_MEMORY_H
#define TESTS_UNIT_VIEW_LADDER_MEMORY_H

#include "unit/view/calls.h"
#include "view/ladder.h"

/* Nothing leaks, more than `least` of them fail, and without a failure all rows are
 * there. */
static inline void ladder_memory_check(struct calls *c, const uint32_t *calls,
                                       size_t ncalls,
                                       const struct ladder_options *options,
                                       unsigned least)
{
	struct ladder ladder;
	/* the engine then has its buffer for reading */
	assert_int_equal(ladder_build_as(&ladder, c->engine, calls, ncalls, options), OK);
	uint32_t rows = ladder.nrows;
	ladder_clear(&ladder);
	struct mem *mem = engine_mem(c->engine);
	size_t used = mem->used;
	enum err err = ERR_NOMEM;
	unsigned failures = 0;
	for (; err != OK && failures < 1000; failures++) {
		mem->fail_at = mem->taken + 1 + failures;
		err = ladder_build_as(&ladder, c->engine, calls, ncalls, options);
		if (err == OK)
			assert_int_equal(ladder.nrows, rows);
		ladder_clear(&ladder);
		assert_int_equal(mem->used, used);
	}
	assert_int_equal(err, OK);
	assert_true(failures > least);
}

#endif
