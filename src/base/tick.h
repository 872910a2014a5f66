/* SPDX-License-Identifier: MIT */
/* base/tick.h - packet time. The core knows no other: no clock is read here. */
#ifndef BASE_TICK_H
#define BASE_TICK_H

#include <stdint.h>

/* A packet-clock instant: nanoseconds since 1970-01-01T00:00:00Z. */
typedef uint64_t tick;

#define TICK_NONE UINT64_MAX
#define TICK_US   UINT64_C(1000)
#define TICK_MS   UINT64_C(1000000)
#define TICK_S    UINT64_C(1000000000)

#define TICK_RFC3339_MAX 32 /* bytes that tick_rfc3339 may write, NUL included */

/* a - b in ns, negative when a is earlier; saturates at the ends of int64_t. */
int64_t tick_diff(tick a, tick b);

/* a + ns, or the last instant before TICK_NONE where that would wrap. */
tick tick_add(tick a, uint64_t ns);

/* Write `at` as RFC 3339 in UTC with six decimals, cut, not rounded:
 * 2026-11-20T12:00:00.123456Z. Returns the length without the NUL. */
unsigned tick_rfc3339(tick at, char out[TICK_RFC3339_MAX]);

#endif
