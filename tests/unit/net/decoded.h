/* SPDX-License-Identifier: MIT */
/* tests/unit/net/decoded.h - what net_input made of one frame. */
#ifndef TESTS_UNIT_NET_DECODED_H
#define TESTS_UNIT_NET_DECODED_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net.h"
#include "support/frames.h"

struct decoded {
	struct net_stats    stats;    /* of this frame alone */
	struct net_datagram datagram; /* the last one; its payload as long as the frame */
	unsigned            datagrams;
};

/* Decode a frame, or a built one as link type `link`. */
struct decoded decode(const struct frame *frame);
struct decoded decode_built(const struct frames *f, uint16_t link);

/* All packets are accounted for: the sum that net.h promises. */
bool stats_add_up(const struct net_stats *stats);

/* The payload is this text. */
bool payload_is(const struct decoded *d, const char *text);

#endif
