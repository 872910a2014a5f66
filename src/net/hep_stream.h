/* SPDX-License-Identifier: MIT */
/* net/hep_stream.h - HEP packets cut out of a stream of bytes: capture agents send
 * version 3 over TCP, one packet after the other (net/hep.h).
 *
 * What is no packet is skipped to the end of the piece that holds it, and the next piece
 * is looked at from its start: agents write whole packets. */
#ifndef NET_HEP_STREAM_H
#define NET_HEP_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/slice.h"

/* The state of one stream; all zero at first. */
struct hep_stream {
	char    *buffer; /* bytes of a packet that is not whole yet; NULL: none */
	uint32_t fill;
	uint32_t room;
};

/* What packets counted for; add up over streams. */
struct hep_stream_stats {
	uint64_t skipped_bytes; /* in no packet */
	uint64_t cut_packets;   /* their rest never came */
	uint64_t refused;       /* packets for which there was no memory */
};

/* Give the buffer back and begin anew. mem is that of the calls before. */
void hep_stream_clear(struct hep_stream *h, struct mem *mem);

/* One whole packet, borrowed for the call. direct: it lies in the piece that was fed. */
typedef void hep_stream_sink(void *arg, struct slice packet, bool direct);

/* Feed the next bytes of the stream, borrowed for the call; each packet whose last byte
 * is among them goes to sink, which must not call back. Linear in all bytes fed. */
void hep_stream_bytes(struct hep_stream *h, struct mem *mem, struct slice bytes,
                      struct hep_stream_stats *stats, hep_stream_sink *sink, void *arg);

/* Bytes of the stream were lost, or it ended: what is held is given up. */
void hep_stream_gap(struct hep_stream *h, struct mem *mem,
                    struct hep_stream_stats *stats);

#endif
