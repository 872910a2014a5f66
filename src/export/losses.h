/* SPDX-License-Identifier: MIT */
/* export/losses.h - what was not analyzed and why, counted: losses.def. */
#ifndef EXPORT_LOSSES_H
#define EXPORT_LOSSES_H

#include <stdint.h>

#include "engine/engine.h"
#include "export/totals.h"

enum {
#define LOSS(name, count, brief, one, many) LOSS_##name,
#include "export/losses.def"
#undef LOSS
	LOSS_COUNT
};

struct loss {
	const char *name;  /* "tcp_gap_bytes" */
	const char *brief; /* "TCP gap bytes" */
	const char *one;   /* what there is one of, for people; many: several */
	const char *many;
	uint64_t    n;
};

/* Findings that were refused are those of the last engine_find: who tells all of them
 * asks that first. */
void losses_count(struct loss out[LOSS_COUNT], struct engine *engine,
                  const struct export_totals *totals);

#endif
