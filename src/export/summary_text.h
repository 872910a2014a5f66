/* SPDX-License-Identifier: MIT */
/* export/summary_text.h - the counters, for people: what was seen, what came of it,
 * and what could not be analyzed and why. Counters of zero are left out. */
#ifndef EXPORT_SUMMARY_TEXT_H
#define EXPORT_SUMMARY_TEXT_H

#include "engine/engine.h"
#include "export/out.h"
#include "export/totals.h"

/* Of the whole input, whatever is selected. All borrowed for the call; errors stay in
 * `out`. */
void summary_text(struct engine *e, const struct export_totals *totals, struct out *out);

#endif
