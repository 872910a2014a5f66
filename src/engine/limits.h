/* SPDX-License-Identifier: MIT */
/* engine/limits.h - default bounds, each with its reason. */
#ifndef ENGINE_LIMITS_H
#define ENGINE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* A file is kept until its end: about 1 KiB a call, so two million calls. */
#define LIMIT_MEMORY ((size_t)2 << 30)

/* 24 bits of a message's length are kept. */
#define LIMIT_MESSAGE_BYTES 0xffffffU

/* Parts of messages in all streams together: 64 of the longest, or more streams than
 * net keeps (net/limits.h) with an ordinary part each. */
#define LIMIT_STREAM_BYTES ((size_t)64 << 20)

/* A compressed payload of HEP, inflated: as long as a message in a stream may be. */
#define LIMIT_INFLATED ((size_t)1 << 20)

/* Numbers of records, which are not used again; how many there may be at once is up to
 * the memory. A number of a message or of a dialog stands in 31 bits where it is in a
 * list (struct edge). */
#define LIMIT_MESSAGES     UINT32_C(0x7fffffff)
#define LIMIT_CALLS        UINT32_C(4000000000)
#define LIMIT_TRANSACTIONS UINT32_C(0x3fffffff)
#define LIMIT_DIALOGS      UINT32_C(0x1fffffff)

/* Pairs of endpoints: a scan with forged addresses makes one for each packet. */
#define LIMIT_FLOWS UINT32_C(4000000000)

/* A call that is open, but of which nothing came for so long, leaves: its end was not
 * captured. A day is longer than anything that is refreshed by a rule (RFC 4028, RFC 3261
 * 10.2, RFC 6665: hours at most). */
#define LIMIT_IDLE_NS (24 * 3600 * TICK_S)

/* Calls leave when so many eighths of the memory are used, until it is one less. Of the
 * store one more each, since it keeps its limit by itself. */
#define LIMIT_EVICT_ABOVE 7
#define LIMIT_EVICT_BELOW 6

#endif
