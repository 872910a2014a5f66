/* SPDX-License-Identifier: MIT */
/* engine/private.h - what the files of the engine share. Nobody else includes it. */
#ifndef ENGINE_PRIVATE_H
#define ENGINE_PRIVATE_H

#include "base/deadline.h"
#include "engine/engine.h"
#include "engine/streams.h"

/* A reference to a message's bytes: spooled or not, input, offset. */
#define REF_SPOOLED     (UINT64_C(1) << 63)
#define REF_INPUT_SHIFT 48
#define REF_INPUT_MAX   0x7fffU
#define REF_OFFSET_MASK ((UINT64_C(1) << REF_INPUT_SHIFT) - 1)
#define REF_NONE        UINT64_MAX /* the bytes are nowhere */

struct engine {
	struct mem mem;
	struct engine_cfg cfg;
	struct engine_stats stats;
	struct net *net;
	struct streams streams;
	struct tracker *tracker;
	struct find find;
	bool found;                 /* nothing came since find_run */
	enum engine_use use;        /* of the frame that came last */
	tick now;                   /* largest time seen */
	uint32_t awaited;           /* calls up to this number stand in `ends` */
	struct deadline_queue ends; /* when to look whether a call is over */
	tick evict_after;           /* earlier, there was nothing to evict */
	struct engine_counts gone;  /* of calls that were forgotten */
	char *buffer;               /* bytes of the message read back */
	size_t room;
	struct sip_msg read; /* parsed by engine_read */
	struct sip_msg msg;  /* parsed by engine_frame */
};

/* --- leave.c */

/* Let calls go that are over, or that there is no room for. To be called where calls may
 * leave, when nothing of the engine is lent to anybody. */
void leave_let_go(struct engine *e);

/* A message was taken, and is lent to nobody any more: it is in a new call, or in
 * none. */
void leave_await(struct engine *e, const struct track_result *is);

#endif
