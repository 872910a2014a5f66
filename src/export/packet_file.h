/* SPDX-License-Identifier: MIT */
/* export/packet_file.h - packets as a capture file: pcap (draft-ietf-opsawg-pcap) or
 * pcapng (draft-ietf-opsawg-pcapng), times in nanoseconds, little-endian.
 *
 * libpcap writes no pcapng, and does not tell when a record could not be written. */
#ifndef EXPORT_PACKET_FILE_H
#define EXPORT_PACKET_FILE_H

#include <stdint.h>

#include "base/err.h"
#include "export/out.h"
#include "net/frame.h"

enum packet_format { PACKET_PCAP, PACKET_PCAPNG };

/* By the name: PACKET_PCAPNG where it ends in ".pcapng". */
enum packet_format packet_format_of(const char *path);

struct packet_file;

/* Write to `out`, borrowed until packet_file_finish. OK or ERR_NOMEM; *file is the
 * caller's, for packet_file_finish. */
MUST_USE enum err packet_file_new(struct packet_file **file, struct out *out,
                                  enum packet_format format);

/* One packet, borrowed. OK; ERR_FORMAT: a pcap file has one link type for all packets,
 * and this is another one; ERR_IO (out has the reason); ERR_NOMEM. Nothing of the packet
 * is written unless OK. */
MUST_USE enum err packet_file_write(struct packet_file *file, const struct frame *frame);

/* Bytes written so far, and how many this packet would add to them; describing an
 * interface that is new takes some 30 more. */
uint64_t packet_file_size(const struct packet_file *file);
uint64_t packet_file_need(const struct packet_file *file, const struct frame *frame);

/* Write the header, unless it is there: a file without packets is whole then. A pcap file
 * takes only packets of Ethernet after it. */
void packet_file_begin(struct packet_file *file);

/* The same, and the end. Frees file (NULL is allowed). */
void packet_file_finish(struct packet_file *file);

#endif
