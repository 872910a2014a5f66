/* SPDX-License-Identifier: MIT */
/* unit/capture/build.h - savefiles made byte by byte, and what tests ask of sources. */
#ifndef UNIT_CAPTURE_BUILD_H
#define UNIT_CAPTURE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "capture/source.h"

#define PCAP_US    0xA1B2C3D4U
#define PCAP_NS    0xA1B23C4DU
#define PCAP_PATCH 0xA1B2CD34U

/* Bytes that grow at their end; zeroed is empty. */
struct build {
	unsigned char *p;
	size_t         len;
	size_t         room;
	bool           big; /* byte order of the numbers added from now on */
};

void build_free(struct build *b);
void build_bytes(struct build *b, struct slice bytes);
void build_fill(struct build *b, unsigned char byte, size_t n);
void build_u16(struct build *b, uint16_t v);
void build_u32(struct build *b, uint32_t v);
void build_u64(struct build *b, uint64_t v);
struct slice build_slice(const struct build *b); /* borrowed until the next build_ */

void build_pcap(struct build *b, uint32_t magic, uint16_t major, uint16_t minor,
                uint32_t link);
/* A record header of 16 bytes; the lengths as they come. */
void build_record(struct build *b, uint32_t seconds, uint32_t fraction, uint32_t len1,
                  uint32_t len2);
/* A whole record: `data` captured of `wire`. */
void build_packet(struct build *b, uint32_t seconds, uint32_t fraction, uint32_t wire,
                  struct slice data);

/* pcapng: begin a block; build_end sets both its lengths. Returns its start. */
size_t build_begin(struct build *b, uint32_t type);
void build_end(struct build *b, size_t start);
void build_section(struct build *b);
/* With if_tsresol when resol >= 0, and if_tsoffset when offset is not 0. */
void build_interface(struct build *b, uint16_t link, uint32_t snaplen, int resol,
                     int64_t offset);
void build_enhanced(struct build *b, uint32_t interface, uint64_t stamp, uint32_t wire,
                    struct slice data);

/* Open the bytes, which must work. */
struct source *source_of(const struct build *b);
/* Open the bytes, which must fail so; the words must contain `part`. */
void refuse(const struct build *b, enum err err, const char *part);
/* The next frame must be this. */
void expect_frame(struct source *s, uint64_t number, uint64_t at, uint16_t link,
                  uint32_t wire, struct slice bytes);
/* The end must be so, and stay so; its words contain `part` (NULL: there are none). */
void expect_end(struct source *s, enum err err, const char *part);
/* As expect_end, then close. */
void finish(struct source *s, enum err err, const char *part);

/* A new file with these bytes in the directory for temporary files, open at its start;
 * its name goes to path[64]. The caller closes and unlinks. */
int temporary(char path[64], struct slice bytes);
void append(int fd, struct slice bytes);

#endif
