/* SPDX-License-Identifier: MIT */
/* tests/unit/find/observer.h - a world of which each message is observed for findings.
 *
 *     struct observer o;
 *     observer_init(&o);
 *     TELL(&o, 0, .start = "INVITE");
 *     observer_assert(&o, 40 * TICK_S, "no-response");
 *     observer_clear(&o); */
#ifndef TESTS_UNIT_FIND_OBSERVER_H
#define TESTS_UNIT_FIND_OBSERVER_H

#include <stdio.h>
#include <string.h>

#include "find/find.h"

#include "../track/world.h"

struct observer {
	struct world w;
	struct find find;
};

static inline void observer_init(struct observer *o)
{
	world_init(&o->w);
	find_init(&o->find, &o->w.mem, o->w.tracker);
}

static inline void observer_clear(struct observer *o)
{
	find_clear(&o->find);
	world_clear(&o->w);
}

static inline void observer_tell(struct observer *o, uint64_t ns,
                                 const struct sip_text *m)
{
	char text[SIP_TEXT_MAX];
	size_t len = sip_text(text, sizeof(text), m);
	struct sip_msg msg;
	world_try(&o->w, ns, m);
	assert_int_equal(sip_msg_parse(&msg, (struct slice){ text, len }, false), OK);
	if (o->w.err == OK && o->w.is.call)
		find_observe(&o->find, &msg, &o->w.is);
}
#define TELL(o, ns, ...) observer_tell((o), (ns), &(struct sip_text){ __VA_ARGS__ })

/* The messages here are bare: what they lack themselves (messages.c, nat.c) is not what
 * these tests are about. */
static inline bool observer_minds(const struct finding *f)
{
	return f->code < FIND_HEADER_MISSING || f->code > FIND_ALG_REWROTE;
}

static inline uint32_t observer_marks(const struct observer *o)
{
	uint32_t n = 0;
	for (uint32_t i = 1; i <= o->find.marks.used; i++)
		n += observer_minds(pool_at(&o->find.marks, i));
	return n;
}

/* The last one that was found. */
static inline const struct finding *observer_last(const struct observer *o)
{
	const struct finding *last = NULL;
	for (uint32_t i = 1; i <= find_count(&o->find); i++)
		if (observer_minds(find_at(&o->find, i)))
			last = find_at(&o->find, i);
	assert_non_null(last);
	return last;
}

/* The codes that are found when the capture ends `end` ns after the beginning, "a b", in
 * the order of finding.def; with a plus where no gap can explain it. */
static inline void observer_codes(struct observer *o, uint64_t end, char out[512])
{
	int has[FIND_CODE_COUNT] = { 0 };
	size_t fill = 0;
	world_wait(&o->w, end);
	find_run(&o->find, WORLD_NOON + end);
	for (uint32_t i = 1; i <= find_count(&o->find); i++) {
		const struct finding *f = find_at(&o->find, i);
		if (observer_minds(f))
			has[f->code] = f->gap && has[f->code] < 2 ? 1 : 2;
	}
	out[0] = '\0';
	for (unsigned i = 0; i < FIND_CODE_COUNT; i++)
		if (has[i])
			fill += (size_t)snprintf(out + fill, 512 - fill, "%s%s%s",
			                         fill ? " " : "",
			                         find_code_name((enum find_code)i),
			                         has[i] == 2 ? "+" : "");
}

/* Asked for a single call, rules find what a run over all finds: the same ones, each as
 * often. */
struct observer_count {
	uint32_t of[FIND_CODE_COUNT];
	uint32_t n;
};

static inline bool observer_count(void *arg, const struct finding *f)
{
	struct observer_count *c = arg;
	c->of[f->code]++;
	c->n++;
	return false;
}

static inline bool observer_enough(void *arg, const struct finding *f)
{
	(void)f;
	return ++*(uint32_t *)arg == 1;
}

static inline void observer_single_calls(struct observer *o, uint64_t end)
{
	uint32_t i = 1, total = find_count(&o->find);
	for (uint32_t call = 1; call <= tracker_calls(o->w.tracker); call++) {
		struct observer_count all = { { 0 }, 0 }, one = { { 0 }, 0 };
		uint32_t asked = 0;
		for (; i <= total && find_at(&o->find, i)->call == call; i++)
			observer_count(&all, find_at(&o->find, i));
		assert_false(find_call(&o->find, call, WORLD_NOON + end, observer_count,
		                       &one));
		assert_memory_equal(&all, &one, sizeof(all));
		assert_int_equal(find_call(&o->find, call, WORLD_NOON + end,
		                           observer_enough, &asked),
		                 all.n > 0);
		assert_int_equal(asked, all.n > 0);
	}
	assert_int_equal(i, total + 1);
	assert_int_equal(find_count(&o->find), total);
}

static inline void observer_assert(struct observer *o, uint64_t end, const char *want)
{
	char got[512];
	observer_codes(o, end, got);
	assert_string_equal(got, want);
	observer_single_calls(o, end);
}

#endif
