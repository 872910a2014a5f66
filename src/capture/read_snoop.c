/* SPDX-License-Identifier: MIT */
/* The snoop format of Solaris, RFC 1761. All numbers are big-endian. */
#include "config.h"

#include "capture/reader.h"

#define MAGIC       SLICE("snoop\0\0\0")
#define VERSION     2
#define FILE_HEADER 16
#define HEADER      24

static bool knows(struct slice head)
{
	return slice_eq(head, MAGIC);
}

/* RFC 1761, table of datalink types: those that have a LINKTYPE_ value. */
static const struct {
	uint32_t snoop;
	uint16_t link;
} links[] = {
	{ 0, 1 },  /* IEEE 802.3: LINKTYPE_ETHERNET */
	{ 2, 6 },  /* IEEE 802.5: LINKTYPE_IEEE802_5 */
	{ 4, 1 },  /* Ethernet */
	{ 8, 10 }, /* FDDI: LINKTYPE_FDDI */
};

static enum err open_file(struct reader *r)
{
	enum err err = input_want(&r->in, FILE_HEADER);
	if (err)
		return reader_short(r, err, NULL, FILE_HEADER);
	struct cursor c = cursor_of(input_peek(&r->in, 0, FILE_HEADER));
	cursor_skip(&c, READER_MAGIC);
	uint32_t version = cursor_be32(&c);
	uint32_t type = cursor_be32(&c);
	if (version != VERSION)
		return reader_fail(r, ERR_FORMAT,
		                   "snoop version %u is not known; 2 can be read",
		                   (unsigned)version);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (links[i].snoop != type)
			continue;
		r->link = links[i].link;
		input_take(&r->in, FILE_HEADER);
		return OK;
	}
	return reader_fail(r, ERR_FORMAT,
	                   "snoop datalink type %u is not known; it may be "
	                   "converted with: editcap -F pcapng",
	                   (unsigned)type);
}

static enum err next(struct reader *r, struct frame *f)
{
	enum err err = input_want(&r->in, HEADER);
	if (err)
		return reader_short(r, err, "packet", HEADER);
	struct cursor c = cursor_of(input_peek(&r->in, 0, HEADER));
	uint32_t wire = cursor_be32(&c);
	uint32_t captured = cursor_be32(&c);
	uint32_t whole = cursor_be32(&c);
	cursor_skip(&c, 4); /* drops so far */
	uint32_t seconds = cursor_be32(&c);
	uint32_t micros = cursor_be32(&c);
	if (captured > SOURCE_PACKET_MAX)
		return reader_damage(r, "packet", "a length of %u bytes, more than %u",
		                     (unsigned)captured, SOURCE_PACKET_MAX);
	if (whole < HEADER + captured || whole > INPUT_WINDOW)
		return reader_damage(r, "packet",
		                     "a record of %u bytes for a packet of %u",
		                     (unsigned)whole, (unsigned)captured);
	err = input_want(&r->in, whole);
	if (err)
		return reader_short(r, err, "packet", whole);
	r->stats.odd_times += micros >= 1000000;
	reader_frame(r, f, seconds * TICK_S + micros * TICK_US, HEADER, captured, wire,
	             r->link);
	input_take(&r->in, whole);
	return OK;
}

const struct format format_snoop = {
	.name = "snoop",
	.knows = knows,
	.open = open_file,
	.next = next,
};
