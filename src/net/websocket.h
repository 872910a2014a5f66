/* SPDX-License-Identifier: MIT */
/* net/websocket.h - messages cut out of one direction of a WebSocket connection.
 *
 * RFC 6455 5 (frames), 4 (the HTTP head in front of them), RFC 7692 (compressed
 * messages), as RFC 7118 uses them. Any number of frames in a piece, a frame in any
 * number of pieces; what comes out does not depend on how the stream was cut up, as long
 * as nothing is amiss. Text and binary messages are treated alike; control frames are
 * passed over, those of opcodes that are not defined too.
 *
 * Extensions are not negotiated by an observer: RSV1 means a compressed message, RSV2 and
 * RSV3 nothing that is known. The window of RFC 7692 is always kept, since a sender that
 * gave it up does not refer to it. It is forgotten with each compressed message that is
 * lost: a later one that refers to what is not there counts as undecodable, and none
 * comes out wrong.
 *
 * After what can be no frame, or a gap behind which the next frame is not known, each
 * piece is tried anew: it must begin with a frame that obeys all of RFC 6455 5.2, is
 * masked as those before were, and no longer than a message may be. */
#ifndef NET_WEBSOCKET_H
#define NET_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/slice.h"

/* Longest message, inflated: a longer one is skipped and counted. As long as the longest
 * of a TCP stream; RFC 7692 makes up to 1 GiB of it. */
#define WEBSOCKET_MESSAGE_MAX (1U << 20)

/* Longest HTTP head: heads with all their cookies stay below, and servers refuse more. */
#define WEBSOCKET_HTTP_MAX    16384U

/* What websocket_detect looks at when there is no HTTP head: more than the start line of
 * an ordinary message with pings in front of it. */
#define WEBSOCKET_LOOK        4096U

#define WEBSOCKET_HEAD_MAX    14 /* bytes: RFC 6455 5.2 */

struct inflate;

/* The state of one direction; all zero at first. */
struct websocket {
	char *buffer; /* bytes of a message that is not whole yet; NULL: none */
	struct inflate *inflate; /* with the window; NULL: nothing compressed came yet */
	uint64_t left;           /* payload bytes of the frame that are still to come */
	uint64_t pending;        /* see websocket_pending */
	uint32_t fill;
	uint32_t room;
	uint32_t http;                          /* bytes of an HTTP head so far */
	unsigned char head[WEBSOCKET_HEAD_MAX]; /* of the frame */
	uint8_t head_fill;
	uint8_t mask[4]; /* turned so that mask[0] is for the next byte */
	uint8_t state;   /* these two: see websocket.c */
	uint8_t message;
	bool lost;       /* where the next frame begins is not known */
	bool framed;     /* there was a frame, so no HTTP head can come */
	bool masked;     /* the frames are; if framed */
	bool compressed; /* the message is */
	bool ended;      /* its compressed data are at their own end */
	bool blank;      /* the line of an HTTP head is empty so far */
};

struct websocket_stats {
	uint64_t messages;      /* handed over */
	uint64_t long_messages; /* over WEBSOCKET_MESSAGE_MAX */
	uint64_t cut_messages; /* a part was lost, or never came, or had to be given up */
	uint64_t refused;      /* messages for which there was no memory */
	uint64_t bad_frames;  /* that RFC 6455 5 does not allow; an HTTP head that is none
	                         * or over WEBSOCKET_HTTP_MAX: how frames go on is lost */
	uint64_t undecodable; /* compressed messages that could not be inflated */
};

void websocket_init(struct websocket *w);

/* Give all memory back and begin anew; what is held is not counted. mem is that of the
 * calls before. */
void websocket_clear(struct websocket *w, struct mem *mem);

/* One whole message, unmasked and inflated, borrowed for the call; it may be empty.
 * direct: it lies in the piece that was fed, not in a buffer. */
typedef void websocket_sink(void *arg, struct slice message, bool direct);

/* Feed the next bytes of the stream, borrowed for the call. Each message whose last byte
 * is among them goes to sink, in order; sink must not call back except for
 * websocket_pending. mem must be the same in all calls. Linear in all bytes fed and
 * all messages made. */
void websocket_bytes(struct websocket *w, struct mem *mem, struct slice bytes,
                     struct websocket_stats *stats, websocket_sink *sink, void *arg);

/* The next `bytes` of the stream were lost. Within the payload of a frame they cost the
 * message that it belongs to; beyond it how frames go on is lost too. With bytes 0: all
 * that is held is given up, the window too. */
void websocket_gap(struct websocket *w, struct mem *mem, uint64_t bytes,
                   struct websocket_stats *stats);

/* Bytes of memory held. */
size_t websocket_held(const struct websocket *w);

/* Bytes of the stream from the first byte of the first frame of the message under way:
 * heads and control frames in between included. 0: none is. Within the sink: from there
 * to the end of the message handed over. */
size_t websocket_pending(const struct websocket *w);

enum websocket_guess { WEBSOCKET_NO, WEBSOCKET_MAYBE, WEBSOCKET_YES };

/* Does `start`, the first bytes of a stream or of what was captured of it, begin with an
 * HTTP head that is one side of the handshake (RFC 6455 4.1, 4.2.2), or with a frame, and
 * a message of which is_message says yes? is_message sees what is there of the first
 * message that is not empty but for CR and LF. MAYBE: more bytes decide; never when there
 * are WEBSOCKET_HTTP_MAX, nor when WEBSOCKET_LOOK bytes without a message came out of
 * what is compressed. Most that is no WebSocket costs a few instructions; all else is
 * linear in `start`, with at most 256 KiB of memory during the call. */
enum websocket_guess websocket_detect(struct slice start,
                                      bool (*is_message)(struct slice text));

#endif
