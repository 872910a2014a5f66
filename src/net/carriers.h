/* SPDX-License-Identifier: MIT */
/* net/carriers.h - the numbers of the packets that carried one datagram or message. */
#ifndef NET_CARRIERS_H
#define NET_CARRIERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* All zero at first. numbers: ascending, each once, all of `input`. */
struct carriers {
	uint64_t *numbers;
	uint16_t  count; /* at most NET_FRAMES_MAX */
	uint16_t  room;
	uint16_t  input;
	bool      cut; /* a number of theirs is not listed */
};

/* One more packet, 0 being none. A packet of another input than those before: they are
 * forgotten, since numbers tell packets of one input apart and no more. Past
 * NET_FRAMES_MAX the last one gives way. Without memory the list stays as it is: what
 * it is about is not lost with it. */
void carriers_add(struct carriers *c, struct mem *mem, uint16_t input, uint64_t number);

/* Forget all; the memory stays for the next. */
void carriers_reset(struct carriers *c);

/* Forget all and give the memory back. */
void carriers_clear(struct carriers *c, struct mem *mem);

/* Bytes of memory in use. */
size_t carriers_size(const struct carriers *c);

#endif
