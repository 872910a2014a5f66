/* SPDX-License-Identifier: MIT */
/* cli/limits.h - the lists of --split and --autostop, such as duration:60,size:10. */
#ifndef CLI_LIMITS_H
#define CLI_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limit {
	LIMIT_DURATION, /* s */
	LIMIT_SIZE,     /* bytes; written as MiB, or with k, M or G behind */
	LIMIT_PACKETS,
	LIMIT_MESSAGES,
	LIMIT_CALLS,
	LIMIT_FILES,
	LIMIT_COUNT
};
#define LIMIT_BIT(limit) (1U << (limit))

struct limits {
	uint64_t of[LIMIT_COUNT]; /* 0: none */
};

/* Add the words of a comma list, of those that `allowed` (LIMIT_BIT) has. False: why gets
 * what is wrong, without the name of the option; limits may have changed. */
bool limits_parse(struct limits *limits, const char *list, unsigned allowed, char *why,
                  size_t size);

#endif
