/* SPDX-License-Identifier: MIT */
/* capture/reader.h - private: what the readers of the savefile formats share. */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/err.h"
#include "base/slice.h"
#include "capture/input.h"
#include "capture/source.h"
#include "net/frame.h"

#define READER_MAGIC    8  /* bytes looked at to tell the format */
#define READER_NAME_MAX 256 /* bytes of a name in a message, NUL included */

struct pcapng;
struct live;

/* How records of a pcap file are laid out; fixed by its header. */
struct pcap_layout {
	uint32_t fraction_max; /* parts of a second in the time stamp's second word */
	uint32_t fraction_ns;  /* ns in one of them */
	uint32_t header;       /* bytes before the data of a packet */
	bool     big;          /* byte order */
	bool     lens_swapped; /* original length before captured length */
	bool     lens_guess;   /* the greater of the two is the original one */
};

struct reader {
	struct input        in;
	struct source_stats stats;
	uint16_t            input;  /* becomes frame.input */
	uint16_t            link;   /* pcap, snoop: of every packet */
	struct pcap_layout  pcap;
	struct pcapng      *pcapng; /* owned by read_pcapng.c; NULL for other formats */
	struct live        *live;   /* owned by read_live.c; NULL for savefiles */
	char                name[READER_NAME_MAX];
	char                problem[SOURCE_WHY_MAX]; /* "" while there is none */
};

/* One savefile format. */
struct format {
	const char *name;
	/* True when `head`, the first bytes (READER_MAGIC or all there are), is its. */
	bool (*knows)(struct slice head);
	/* Read the file header; nothing is taken unless OK. As source_next. */
	enum err (*open)(struct reader *r);
	/* The next packet; nothing is taken after ERR_MORE. As source_next. */
	enum err (*next)(struct reader *r, struct frame *f);
	/* Free what open made; NULL where there is nothing. */
	void (*close)(struct reader *r);
};

extern const struct format format_pcap;
extern const struct format format_pcapng;
extern const struct format format_snoop;

/* Not found by content: read_live.c. */
extern const struct format format_live;
/* Open the device of r->name; text of the filter in effect, the live's, or NULL. */
MUST_USE enum err live_open(struct reader *r, const char *device,
                            const struct source_cfg *cfg);
int live_fd(const struct live *live);
const char *live_filter(const struct live *live);
bool live_drops(struct live *live, struct source_drops *drops);

/* Set the problem to the name and these words; returns err. */
PRINTF_LIKE(3, 4)
enum err reader_fail(struct reader *r, enum err err, const char *format, ...);

/* The record that begins at the next byte is damaged in the way said. what is "packet"
 * or other words before the number of the next packet. ERR_FORMAT. */
PRINTF_LIKE(3, 4)
enum err reader_damage(struct reader *r, const char *what, const char *format, ...);

/* The input ended where n more bytes were needed of a record, which the bytes at hand
 * belong to. what as above, or NULL for the file header. ERR_FORMAT, and ERR_END where
 * source_break was the reason. */
enum err reader_cut(struct reader *r, const char *what, uint64_t n);

/* Make a result of input_want, that is not OK, the reader's: n bytes were wanted of
 * the record that begins at the next byte. ERR_END stays what it is where nothing at
 * all is there, else it is a cut. */
enum err reader_short(struct reader *r, enum err err, const char *what, size_t n);

/* The LINKTYPE_ value for a link type found in a file. */
static inline uint16_t reader_link(uint16_t link)
{
	/* Some writers put in DLT_RAW, as most systems number it, for LINKTYPE_RAW. */
	return link == 12 ? 101 : link;
}

static inline uint16_t reader_u16(struct cursor *c, bool big)
{
	return big ? cursor_be16(c) : cursor_le16(c);
}

static inline uint32_t reader_u32(struct cursor *c, bool big)
{
	return big ? cursor_be32(c) : cursor_le32(c);
}

/* Fill *f for the next packet: `data` of its bytes lie `skip` bytes from here, all at
 * hand. Counts it. Nothing is taken. */
static inline void reader_frame(struct reader *r, struct frame *f, tick at, size_t skip,
                                uint32_t data, uint32_t wire, uint16_t link)
{
	if (wire < data) {
		wire = data;
		r->stats.odd_lengths++;
	}
	r->stats.bytes += data;
	*f = (struct frame){
		.at = at,
		.number = ++r->stats.packets,
		.offset = input_is_seekable(&r->in) ? input_place(&r->in) + skip
		                                    : FRAME_NO_OFFSET,
		.bytes = input_peek(&r->in, skip, data),
		.wire_len = wire,
		.link = link,
		.input = r->input,
	};
}

#endif
