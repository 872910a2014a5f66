/* SPDX-License-Identifier: MIT */
/* engine/streams.h - inside engine: a framer for each stream of net, with bounded memory.
 *
 * Framers stand in an array by stream id. Those that hold a part of a message stand in
 * a list by use as well: past the limit, the one that was idle longest gives up its
 * part. */
#ifndef ENGINE_STREAMS_H
#define ENGINE_STREAMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "net/net.h"
#include "sip/framer.h"

struct stream_slot;

struct streams {
	struct mem         *mem;
	struct stream_slot *slots;
	uint32_t            room;           /* slots, all of them initialised */
	uint32_t            oldest, newest; /* ids of streams that hold bytes, by use */
	size_t              held;           /* bytes of their buffers */
	size_t              limit;
	struct framer_stats stats;
};

/* limit: bytes of all buffers together, at least 4 * FRAMER_MESSAGE_MAX, so that the
 * stream in use never has to give way. mem must outlive it. */
void streams_init(struct streams *s, struct mem *mem, size_t limit);
void streams_clear(struct streams *s);

/* A message that a piece of a stream completed. Borrowed for the length of the call. */
struct stream_message {
	struct slice            bytes;
	const struct net_bytes *piece;
	const uint64_t         *frames;  /* as in struct net_datagram */
	uint32_t                nframes;
};

/* Takes a message; arg is the caller's. */
typedef void stream_message_sink(void *arg, const struct stream_message *message);

/* Take a piece of a stream, borrowed for the call; the messages that it completes go to
 * sink, which must not call back. */
void streams_take(struct streams *s, const struct net_bytes *piece,
                  stream_message_sink *sink, void *arg);

#endif
