/* SPDX-License-Identifier: MIT */
/* export/totals.h - what the edge counted before packets came to the engine. */
#ifndef EXPORT_TOTALS_H
#define EXPORT_TOTALS_H

#include <stdint.h>

struct export_totals {
	unsigned inputs;          /* files and pipes read */
	uint64_t filtered;        /* packets that the capture filter left out */
	uint64_t damaged_inputs;  /* inputs that are cut or damaged */
	uint64_t kernel_drops;    /* packets that were not read fast enough */
	uint64_t interface_drops; /* packets that an interface or its driver dropped */
	uint64_t interface_downs; /* times that the link of an interface went down */
	uint64_t packets_not_kept; /* that could not be kept to be saved */
	uint64_t spool_given_up; /* bytes of messages: --spool-limit had no room */
	uint64_t output_dropped;  /* records that a slow reader of the output missed */
	uint64_t time_normalised; /* packet times with a fraction of a second or more */
	const char *confinement;  /* that holds while capturing, borrowed; or NULL */
	const char *filter;       /* the capture filter in effect, borrowed; NULL: none */
};

#endif
