/* SPDX-License-Identifier: MIT */
/* sip/framer.h - SIP messages cut out of a stream of bytes.
 *
 * RFC 3261 18.3 and 20.14 (Content-Length), 7.5 and RFC 5626 3.5.1, 4.4.1 (CR LF
 * between messages: keep-alives). Any number of messages in a piece, a message in any
 * number of pieces; what is cut out does not depend on how the stream was cut up.
 *
 * A message begins with a start line (sip_msg_starts) at the start of a line or of a
 * piece, has headers up to an empty line, and a body as long as its first
 * Content-Length says; one that is no number counts as absent: no body. What follows
 * and is no start line is skipped line by line until one is found: so a wrong
 * Content-Length or a gap costs the messages that it hits and not those behind them.
 *
 * A stream without SIP costs little: its first FRAMER_LOOK bytes are looked at line by
 * line, since the capture may have begun within a message; from then on only the
 * first line of each piece. */
#ifndef SIP_FRAMER_H
#define SIP_FRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/slice.h"

/* Longest message: of one that says it is longer the headers are handed over, the rest is
 * skipped, and it is counted. RFC 3261 has no bound; bodies of 64 KiB occur, and a length
 * from the wire may say anything. */
#define FRAMER_MESSAGE_MAX (1U << 20)

/* Longest start line, its end included: the default line limit of one header field. */
#define FRAMER_LINE_MAX 16384U

/* Longest method: the longest one registered has 9 letters. It decides early that a
 * piece does not begin with a start line. */
#define FRAMER_METHOD_MAX 64U

/* More than an ordinary message, within which a capture may begin. */
#define FRAMER_LOOK (64U << 10)

/* The state of one stream; all zero at first. */
struct framer {
	char    *buffer; /* bytes of a message that is not whole yet; NULL: none */
	uint32_t fill;
	uint32_t room;
	uint32_t wanted; /* bytes of the message once its headers are known, else 0 */
	uint32_t skip;   /* bytes of a dropped message's body still to be skipped */
	uint32_t looked; /* bytes without a start line; counted up to FRAMER_LOOK */
	uint8_t  line;   /* what is there of the last line in buffer; see framer.c */
	bool     is_sip; /* a start line has been seen */
};

struct framer_stats {
	uint64_t skipped_bytes; /* of SIP streams: junk, tails of lost messages */
	uint64_t long_messages; /* over FRAMER_MESSAGE_MAX */
	uint64_t cut_messages;  /* their rest never came, or had to be given up */
	uint64_t refused;       /* messages for which there was no memory */
};

void framer_init(struct framer *f);

/* Give the buffer back and begin anew; what it holds is not counted. mem is that of the
 * calls before. */
void framer_clear(struct framer *f, struct mem *mem);

/* One whole message, start line to end of body, borrowed for the call; without its body
 * where that is over FRAMER_MESSAGE_MAX. direct: it lies in the piece that was fed, not
 * in a buffer. */
typedef void framer_sink(void *arg, struct slice message, bool direct);

/* Feed the next bytes of the stream, borrowed for the call. Each message whose last
 * byte is among them goes to sink, in order; sink must not call back into the framer.
 * mem must be the same in all calls. Linear in all bytes fed. */
void framer_bytes(struct framer *f, struct mem *mem, struct slice bytes,
                  struct framer_stats *stats, framer_sink *sink, void *arg);

/* The next `bytes` of the stream were lost. A message that is held is dropped and
 * counted; when the gap ends within its body, the rest of that is skipped too. With
 * bytes 0: what is held is given up. */
void framer_gap(struct framer *f, struct mem *mem, uint64_t bytes,
                struct framer_stats *stats);

#endif
