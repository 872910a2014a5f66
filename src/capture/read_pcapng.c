/* SPDX-License-Identifier: MIT */
/* The pcapng format, draft-ietf-opsawg-pcapng.
 *
 * A file is a row of blocks, each with its length before and after its body; a section
 * header block (4.1) sets the byte order and forgets the interfaces (4.2) before it.
 * Packets are in enhanced (4.3), simple (4.4) and obsolete (appendix A) packet blocks.
 * All other blocks are stepped over by their length and counted. */
#include "config.h"

#include "capture/reader.h"

#include <stdlib.h>

#define BLOCK_SECTION   0x0A0D0D0AU /* the same in both byte orders */
#define BLOCK_INTERFACE 1U
#define BLOCK_OBSOLETE  2U
#define BLOCK_SIMPLE    3U
#define BLOCK_ENHANCED  6U

#define BYTE_ORDER_MAGIC 0x1A2B3C4DU

#define BLOCK_HEAD 8  /* type and length */
#define BLOCK_MIN  12 /* with the length again at its end */

/* Bytes from the start of a block to its packet. */
#define SIMPLE_DATA 12
#define PACKET_DATA 28

#define OPTION_END    0
#define IF_TSRESOL    9
#define IF_TSOFFSET   14
#define RESOL_BINARY  0x80U
#define RESOL_DEFAULT 6 /* microseconds */

/* Interfaces of one section: as many as the 16 bits of an obsolete packet block can
 * name. Past them the file is called damaged. */
#define INTERFACES_MAX 65536U

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

/* A time stamp t is (t * times / by) >> shift ns after offset seconds. */
struct interface {
	uint64_t times;
	uint64_t by;
	unsigned shift;
	uint16_t link;
	uint32_t snaplen; /* 0: none */
	int64_t  offset;
};

struct pcapng {
	bool              big;
	uint64_t          left;   /* bytes of a skipped block still to step over */
	uint32_t          length; /* of that block, as its head has it; 0: none */
	uint32_t          count;
	uint32_t          room;
	struct interface *interfaces;
};

static uint64_t power_of_10(unsigned n)
{
	uint64_t p = 1;
	while (n--)
		p *= 10;
	return p;
}

/* if_tsresol: 10^-n s, or 2^-n s with the top bit set; n is 0 to 127. */
static void set_resolution(struct interface *itf, uint8_t resol)
{
	unsigned n = resol & ~RESOL_BINARY;
	itf->times = itf->by = 1;
	itf->shift = 0;
	if (resol & RESOL_BINARY) {
		itf->times = TICK_S;
		itf->shift = n;
	} else if (n <= 9) {
		itf->times = power_of_10(9 - n);
	} else if (n - 9 < 20) {
		itf->by = power_of_10(n - 9); /* 10^19 is the last below 2^64 */
	} else {
		itf->times = 0; /* 2^64 of these are less than 1 ns */
	}
}

static tick to_tick(struct reader *r, const struct interface *itf, uint64_t stamp)
{
	uwide ns = (uwide)stamp * itf->times;
	if (itf->by != 1)
		ns /= itf->by;
	ns >>= itf->shift;
	wide at = (wide)ns + (wide)itf->offset * (wide)TICK_S;
	if (at >= 0 && at < (wide)TICK_NONE)
		return (tick)at;
	r->stats.clamped_times++;
	return at < 0 ? 0 : TICK_NONE - 1;
}

static bool is_packet(uint32_t type)
{
	return type == BLOCK_ENHANCED || type == BLOCK_SIMPLE || type == BLOCK_OBSOLETE;
}

static bool is_read_here(uint32_t type)
{
	return is_packet(type) || type == BLOCK_INTERFACE || type == BLOCK_SECTION;
}

/* For messages: what kind of block it is, in front of a packet's number. */
static const char *what(uint32_t type)
{
	return is_packet(type) ? "packet" : "the block before packet";
}

struct block {
	uint32_t     type;
	uint32_t     length;
	struct slice body; /* of a block that is read here; else empty */
};

static enum err read_head(struct reader *r, struct block *b)
{
	struct pcapng *ng = r->pcapng;
	struct cursor c = cursor_of(input_peek(&r->in, 0, BLOCK_MIN));
	b->type = reader_u32(&c, ng->big);
	if (b->type == BLOCK_SECTION) {
		struct cursor be = cursor_of(input_peek(&r->in, BLOCK_HEAD, 4)), le = be;
		ng->big = cursor_be32(&be) == BYTE_ORDER_MAGIC;
		if (!ng->big && cursor_le32(&le) != BYTE_ORDER_MAGIC)
			return reader_damage(r, what(b->type), "no byte-order magic");
	}
	b->length = reader_u32(&c, ng->big);
	if (b->length < BLOCK_MIN || b->length % 4)
		return reader_damage(r, what(b->type), "a block length of %u",
		                     (unsigned)b->length);
	return OK;
}

static enum err check_tail(struct reader *r, const struct block *b, struct slice tail)
{
	struct cursor c = cursor_of(tail);
	uint32_t again = reader_u32(&c, r->pcapng->big);
	if (again == b->length)
		return OK;
	return reader_damage(r, what(b->type), "a block length of %u, but %u at its end",
	                     (unsigned)b->length, (unsigned)again);
}

/* The next block: whole and at hand where it is read here, else no more than its head.
 * Nothing is taken. */
static enum err want_block(struct reader *r, struct block *b)
{
	enum err err = input_want(&r->in, BLOCK_MIN);
	if (err)
		return reader_short(r, err, "packet", BLOCK_MIN);
	err = read_head(r, b);
	if (err || !is_read_here(b->type))
		return err;
	if (b->length > INPUT_WINDOW)
		return reader_damage(r, what(b->type),
		                     "a block length of %u, more than %u",
		                     (unsigned)b->length, INPUT_WINDOW);
	err = input_want(&r->in, b->length);
	if (err)
		return reader_short(r, err, what(b->type), b->length);
	b->body = input_peek(&r->in, BLOCK_HEAD, b->length - BLOCK_MIN);
	return check_tail(r, b, input_peek(&r->in, b->length - 4, 4));
}

/* Go on stepping over the block that ng->length and ng->left describe. */
static enum err step_over(struct reader *r)
{
	struct pcapng *ng = r->pcapng;
	struct block b = { .length = ng->length };
	enum err err = OK;
	while (ng->left && err == OK) {
		size_t n = input_have(&r->in);
		if (n > ng->left)
			n = (size_t)ng->left;
		input_take(&r->in, n);
		ng->left -= n;
		if (ng->left)
			err = input_want(&r->in, 1);
	}
	if (err == OK)
		err = input_want(&r->in, 4);
	if (err == ERR_END)
		return reader_cut(r, what(b.type), ng->left + 4);
	if (err)
		return reader_short(r, err, what(b.type), 4);
	err = check_tail(r, &b, input_peek(&r->in, 0, 4));
	if (err)
		return err;
	input_take(&r->in, 4);
	ng->length = 0;
	r->stats.skipped_blocks++;
	return OK;
}

static enum err read_section(struct reader *r, struct slice body)
{
	struct pcapng *ng = r->pcapng;
	struct cursor c = cursor_of(body);
	cursor_skip(&c, 4);
	uint16_t major = reader_u16(&c, ng->big);
	uint16_t minor = reader_u16(&c, ng->big);
	cursor_skip(&c, 8); /* the length of the section: may be unknown, is not needed */
	if (c.failed)
		return reader_damage(r, what(BLOCK_SECTION),
		                     "a section header of %zu bytes", body.len);
	/* 4.1: version 1.2 is to be read as 1.0. */
	if (major != 1 || (minor != 0 && minor != 2))
		return reader_fail(r, ERR_FORMAT,
		                   "pcapng version %u.%u is not known; 1.0 can be read",
		                   major, minor);
	ng->count = 0;
	return OK;
}

/* One option of an interface; false when its length is wrong. */
static bool read_option(struct interface *itf, bool big, uint16_t code,
                        struct slice value)
{
	struct cursor c = cursor_of(value);
	switch (code) {
	case IF_TSRESOL:
		set_resolution(itf, cursor_u8(&c));
		break;
	case IF_TSOFFSET:
		itf->offset = (int64_t)(big ? cursor_be64(&c) : cursor_le64(&c));
		break;
	default:
		return true;
	}
	return !c.failed && cursor_left(&c) == 0;
}

static bool read_options(struct interface *itf, bool big, struct cursor *c)
{
	while (cursor_left(c)) {
		uint16_t code = reader_u16(c, big);
		uint16_t len = reader_u16(c, big);
		struct slice value = cursor_take(c, len);
		if (c->failed)
			return false;
		if (code == OPTION_END)
			return true;
		if (!read_option(itf, big, code, value))
			return false;
		cursor_skip(c, (4U - len % 4U) % 4U); /* padded to 32 bits, 3.5 */
	}
	return !c->failed;
}

static enum err room_for_interface(struct reader *r)
{
	struct pcapng *ng = r->pcapng;
	if (ng->count < ng->room)
		return OK;
	if (ng->count == INTERFACES_MAX)
		return reader_damage(r, what(BLOCK_INTERFACE), "more than %u interfaces",
		                     INTERFACES_MAX);
	uint32_t room = ng->room ? ng->room * 2 : 4;
	struct interface *more = realloc(ng->interfaces, room * sizeof(*more));
	if (!more)
		return ERR_NOMEM;
	ng->interfaces = more;
	ng->room = room;
	return OK;
}

static enum err read_interface(struct reader *r, struct slice body)
{
	struct pcapng *ng = r->pcapng;
	enum err err = room_for_interface(r);
	if (err)
		return err;
	struct interface itf = { .by = 1 };
	set_resolution(&itf, RESOL_DEFAULT);
	struct cursor c = cursor_of(body);
	itf.link = reader_link(reader_u16(&c, ng->big));
	cursor_skip(&c, 2);
	itf.snaplen = reader_u32(&c, ng->big);
	if (c.failed || !read_options(&itf, ng->big, &c))
		return reader_damage(r, what(BLOCK_INTERFACE),
		                     "interface %u does not fit into its block",
		                     (unsigned)ng->count);
	ng->interfaces[ng->count++] = itf;
	return OK;
}

/* A packet of `captured` bytes in a block with `room` for it: is that possible? */
static enum err check_packet(struct reader *r, uint32_t interface, uint32_t captured,
                             size_t room)
{
	if (interface >= r->pcapng->count)
		return reader_damage(r, "packet", "interface %u, but %u are described",
		                     (unsigned)interface, (unsigned)r->pcapng->count);
	if (captured > room)
		return reader_damage(r, "packet", "%u bytes in a block with room for %zu",
		                     (unsigned)captured, room);
	if (captured > SOURCE_PACKET_MAX)
		return reader_damage(r, "packet", "a length of %u bytes, more than %u",
		                     (unsigned)captured, SOURCE_PACKET_MAX);
	return OK;
}

/* An enhanced or obsolete packet block: they differ in the first 32 bits. */
static enum err read_packet(struct reader *r, const struct block *b, struct frame *f)
{
	bool big = r->pcapng->big;
	struct cursor c = cursor_of(b->body);
	uint32_t interface;
	if (b->type == BLOCK_OBSOLETE) {
		interface = reader_u16(&c, big);
		cursor_skip(&c, 2); /* drops since the last packet */
	} else {
		interface = reader_u32(&c, big);
	}
	uint64_t stamp = (uint64_t)reader_u32(&c, big) << 32;
	stamp |= reader_u32(&c, big);
	uint32_t captured = reader_u32(&c, big);
	uint32_t wire = reader_u32(&c, big);
	if (c.failed)
		return reader_damage(r, "packet", "a packet block of %u bytes",
		                     (unsigned)b->length);
	enum err err = check_packet(r, interface, captured, cursor_left(&c));
	if (err)
		return err;
	const struct interface *itf = &r->pcapng->interfaces[interface];
	reader_frame(r, f, to_tick(r, itf, stamp), PACKET_DATA, captured, wire,
	             itf->link);
	return OK;
}

/* A simple packet block: of the first interface, without a time. It has no captured
 * length: that is what the snapshot length and the block leave of the original one. */
static enum err read_simple(struct reader *r, const struct block *b, struct frame *f)
{
	struct cursor c = cursor_of(b->body);
	uint32_t wire = reader_u32(&c, r->pcapng->big);
	if (c.failed)
		return reader_damage(r, "packet", "a packet block of %u bytes",
		                     (unsigned)b->length);
	size_t room = cursor_left(&c);
	uint32_t captured = wire < room ? wire : (uint32_t)room;
	if (r->pcapng->count && r->pcapng->interfaces[0].snaplen &&
	    captured > r->pcapng->interfaces[0].snaplen)
		captured = r->pcapng->interfaces[0].snaplen;
	enum err err = check_packet(r, 0, captured, room);
	if (err)
		return err;
	reader_frame(r, f, 0, SIMPLE_DATA, captured, wire, r->pcapng->interfaces[0].link);
	return OK;
}

static enum err read_block(struct reader *r, const struct block *b, struct frame *f)
{
	switch (b->type) {
	case BLOCK_ENHANCED:
	case BLOCK_OBSOLETE:
		return read_packet(r, b, f);
	case BLOCK_SIMPLE:
		return read_simple(r, b, f);
	case BLOCK_INTERFACE:
		return read_interface(r, b->body);
	case BLOCK_SECTION:
		return read_section(r, b->body);
	}
	return OK;
}

static enum err next(struct reader *r, struct frame *f)
{
	struct pcapng *ng = r->pcapng;
	for (;;) {
		struct block b = { .type = 0 };
		enum err err = ng->length ? step_over(r) : want_block(r, &b);
		if (err)
			return err;
		if (b.length == 0)
			continue; /* stepped over one */
		if (!is_read_here(b.type)) {
			ng->length = b.length;
			ng->left = b.length - 4;
			continue;
		}
		err = read_block(r, &b, f);
		if (err)
			return err;
		input_take(&r->in, b.length);
		if (is_packet(b.type))
			return OK;
	}
}

static bool knows(struct slice head)
{
	struct cursor c = cursor_of(head);
	return cursor_be32(&c) == BLOCK_SECTION;
}

static enum err open_file(struct reader *r)
{
	if (!r->pcapng)
		r->pcapng = calloc(1, sizeof(*r->pcapng));
	if (!r->pcapng)
		return ERR_NOMEM;
	struct block b = { .type = 0 };
	enum err err = want_block(r, &b);
	if (err == OK)
		err = read_section(r, b.body);
	if (err == OK)
		input_take(&r->in, b.length);
	return err;
}

static void close_file(struct reader *r)
{
	if (r->pcapng)
		free(r->pcapng->interfaces);
	free(r->pcapng);
	r->pcapng = NULL;
}

const struct format format_pcapng = {
	.name = "pcapng",
	.knows = knows,
	.open = open_file,
	.next = next,
	.close = close_file,
};
