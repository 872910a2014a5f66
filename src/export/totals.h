/* SPDX-License-Identifier: MIT */
/* export/totals.h - what the edge counted before packets came to the engine. */
#ifndef EXPORT_TOTALS_H
#define EXPORT_TOTALS_H

#include <stdint.h>

struct export_totals {
	unsigned inputs;          /* files and pipes read */
	uint64_t filtered;        /* packets that the capture filter left out */
	uint64_t damaged_inputs;  /* inputs that are cut or damaged */
	uint64_t time_normalised; /* packet times with a fraction of a second or more */
	const char *filter;       /* the capture filter in effect, borrowed; NULL: none */
};

#endif
