/* SPDX-License-Identifier: MIT */
/* tests/unit/sip/walk.h - everything that the parsers can be asked about one input. */
#ifndef TESTS_UNIT_SIP_WALK_H
#define TESTS_UNIT_SIP_WALK_H

#include <stdbool.h>

#include "base/slice.h"

/* No byte of part lies outside whole. */
bool walk_inside(struct slice part, struct slice whole);

/* Ask all of sip/field.h about one value: every answer lies inside it. */
void walk_value(struct slice value);

/* Parse as a datagram and as a stream: every slice lies inside in, and the values of
 * all fields pass walk_value. */
void walk_message(struct slice in);

/* Give walk a copy of each beginning of in, from none to all of its bytes, whose next
 * byte is out of bounds; and one of all with the byte before it out of bounds. */
void walk_cuts(struct slice in, void (*walk)(struct slice in));

#endif
