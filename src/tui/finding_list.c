/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/finding_list.h"

#include <stdlib.h>

void finding_list_init(struct finding_list *findings, struct mem *mem)
{
	*findings = (struct finding_list){ .mem = mem };
}

void finding_list_clear(struct finding_list *findings)
{
	mem_give(findings->mem, findings->list, findings->room * sizeof(*findings->list));
	finding_list_init(findings, findings->mem);
}

static int in_order(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	enum find_severity sx = find_code_severity((enum find_code)x->code);
	enum find_severity sy = find_code_severity((enum find_code)y->code);
	if (sx != sy)
		return sx < sy ? -1 : 1;
	if (x->messages[0] != y->messages[0])
		return x->messages[0] < y->messages[0] ? -1 : 1;
	return (x->code > y->code) - (x->code < y->code);
}

static void sort_and_cut(struct finding_list *findings)
{
	if (findings->n)
		qsort(findings->list, findings->n, sizeof(*findings->list), in_order);
	if (findings->n > FINDING_LIST_MAX) {
		findings->more += findings->n - FINDING_LIST_MAX;
		findings->n = FINDING_LIST_MAX;
	}
}

/* There is room for twice as many as are kept, so that they are sorted only when it is
 * full. */
static bool grow(struct finding_list *findings)
{
	uint32_t room = findings->room ? findings->room * 2 : 16;
	if (findings->room == 2 * FINDING_LIST_MAX) {
		sort_and_cut(findings);
		return true;
	}
	if (room > 2 * FINDING_LIST_MAX)
		room = 2 * FINDING_LIST_MAX;
	struct finding *list =
		mem_resize(findings->mem, findings->list, findings->room * sizeof(*list),
	                   room * sizeof(*list));
	if (!list)
		return false;
	findings->list = list;
	findings->room = room;
	return true;
}

static bool take(void *arg, const struct finding *finding)
{
	struct finding_list *findings = arg;
	if (findings->n == findings->room && !grow(findings))
		findings->more++;
	else
		findings->list[findings->n++] = *finding;
	return false;
}

void finding_list_ask(struct finding_list *findings, struct engine *e,
                      const uint32_t *calls, size_t ncalls)
{
	findings->n = 0;
	findings->more = 0;
	for (size_t i = 0; i < ncalls; i++)
		engine_find_call(e, calls[i], take, findings);
	sort_and_cut(findings);
}

enum cell_style severity_style(enum find_severity severity)
{
	static const enum cell_style styles[FIND_SEVERITY_COUNT] = { CELL_ERROR,
		                                                     CELL_WARNING,
		                                                     CELL_NOTE };
	return styles[severity];
}
