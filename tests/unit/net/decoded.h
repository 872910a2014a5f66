/* SPDX-License-Identifier: MIT */
/* tests/unit/net/decoded.h - what net_input made of frames. */
#ifndef TESTS_UNIT_NET_DECODED_H
#define TESTS_UNIT_NET_DECODED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/net.h"
#include "support/frames.h"

struct decoded {
	struct net_stats    stats;    /* of this frame alone */
	struct net_datagram datagram; /* the last one; its payload as long as the frame */
	unsigned            datagrams;
	size_t              streamed; /* bytes of streams */
};

/* Decode a frame by itself, or a built one as link type `link`. */
struct decoded decode(const struct frame *frame);
struct decoded decode_built(const struct frames *f, uint16_t link);

/* Several frames, one after the other. */
struct session {
	struct mem     mem;
	struct net    *net;
	struct decoded got; /* stats of all; the payload of `datagram` is in `payload` */
	char           payload[65536];
};

/* A new one; end it with session_end, which finds what was not given back. */
struct session *session_start(void);
void session_end(struct session *s);

/* One more frame; its packet number is how many there were. */
void session_frame(struct session *s, const struct frame *frame);
void session_built(struct session *s, const struct frames *f, uint16_t link, tick at);

/* All packets are accounted for: the sum that net.h promises. */
bool stats_add_up(const struct net_stats *stats);

/* The payload is this text. */
bool payload_is(const struct decoded *d, const char *text);

#endif
