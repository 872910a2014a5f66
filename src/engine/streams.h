/* SPDX-License-Identifier: MIT */
/* engine/streams.h - inside engine: messages out of the streams of net, with bounded
 * memory.
 *
 * A stream is SIP as it is (sip/framer.h), a WebSocket (net/websocket.h) or what capture
 * agents send (net/hep_stream.h); its first bytes tell, and after a gap or where the
 * capture began later those of a piece. Bytes that do not tell yet are held.
 *
 * Streams stand in an array by id. Those that hold a part of a message stand in a list by
 * use as well: past the limit, the one that was idle longest gives up its part. */
#ifndef ENGINE_STREAMS_H
#define ENGINE_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "net/hep_stream.h"
#include "net/net.h"
#include "net/websocket.h"
#include "sip/framer.h"

struct stream_slot;

struct streams {
	struct mem         *mem;
	struct stream_slot *slots;
	uint32_t            room;           /* slots, all of them initialised */
	uint32_t            oldest, newest; /* ids of streams that hold bytes, by use */
	size_t              held;           /* bytes of their buffers */
	size_t              limit;
	struct framer_stats     framer;
	struct websocket_stats  websocket;
	struct hep_stream_stats hep;
};

/* limit: bytes of all buffers together, at least 4 * FRAMER_MESSAGE_MAX, so that the
 * stream in use never has to give way. mem must outlive it. */
void streams_init(struct streams *s, struct mem *mem, size_t limit);
void streams_clear(struct streams *s);

enum stream_kind {
	STREAM_SIP,       /* a message of SIP */
	STREAM_WEBSOCKET, /* a message of a WebSocket, SIP or not */
	STREAM_HEP        /* a packet of HEP */
};

/* What a piece of a stream completed. Borrowed for the length of the call. */
struct stream_message {
	enum stream_kind        kind;
	struct slice            bytes;
	const struct net_bytes *piece;
	const uint64_t         *frames; /* as in struct net_datagram */
	uint32_t                nframes;
	bool                    frames_cut;
};

/* Takes a message; arg is the caller's. */
typedef void stream_message_sink(void *arg, const struct stream_message *message);

/* What a piece of a stream is, besides the messages that it completes. */
enum stream_use {
	STREAM_NOISE,   /* of a stream in which there was no message yet */
	STREAM_BETWEEN, /* between messages, or their last part */
	STREAM_PART     /* a part of a message is held behind it */
};

/* Take a piece of a stream, borrowed for the call; the messages that it completes go to
 * sink, which must not call back. */
enum stream_use streams_take(struct streams *s, const struct net_bytes *piece,
                  stream_message_sink *sink, void *arg);

#endif
