/* SPDX-License-Identifier: MIT */
/* tui/finding_list.h - inside tui: findings of some calls, the worst ones first. */
#ifndef TUI_FINDING_LIST_H
#define TUI_FINDING_LIST_H

#include "base/mem.h"
#include "engine/engine.h"
#include "view/cells.h"

/* Findings that are kept: nobody reads more of them. The worst ones stay. */
#define FINDING_LIST_MAX 2000

struct finding_list {
	struct mem *mem;      /* borrowed */
	struct finding *list; /* by severity, then by message, then by code */
	uint32_t n, room;
	uint64_t more; /* that are not in it */
};

void finding_list_init(struct finding_list *findings, struct mem *mem);
void finding_list_clear(struct finding_list *findings);

/* What is found in these calls as of now, in place of what was in it. The work is that of
 * these calls. */
void finding_list_ask(struct finding_list *findings, struct engine *e,
                      const uint32_t *calls, size_t ncalls);

/* What a severity is drawn in. */
enum cell_style severity_style(enum find_severity severity);

#endif
