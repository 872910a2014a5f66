/* SPDX-License-Identifier: MIT */
/* The pcap format, draft-ietf-opsawg-pcap, with the variants that are about:
 *
 *   A1B2C3D4  microseconds       16 bytes before a packet
 *   A1B23C4D  nanoseconds        16
 *   A1B2CD34  Kuznetzov's patch  24: interface, protocol and direction follow
 *   A1B2C3D4  Nokia's            20: four bytes nobody has explained follow
 *
 * each in both byte orders. Files older than version 2.3, and DG/UX's 543.0, have the
 * two lengths of a packet the other way round; in version 2.3 either order is found. */
#include "config.h"

#include "capture/reader.h"

#define MAGIC_US     0xA1B2C3D4U
#define MAGIC_NS     0xA1B23C4DU
#define MAGIC_PATCH  0xA1B2CD34U

#define FILE_HEADER   24
#define HEADER        16
#define HEADER_NOKIA  20
#define HEADER_PATCH  24

#define LINK_BITS     0x0000FFFFU
#define LINK_RESERVED 0x03FF0000U /* the six bits above are about checksums (FCS) */

#define GUESS_PACKETS 4 /* looked at to tell Nokia's files; one would do as a rule */

static bool is_magic(uint32_t magic)
{
	return magic == MAGIC_US || magic == MAGIC_NS || magic == MAGIC_PATCH;
}

static uint32_t magic_of(struct slice head, bool *big)
{
	struct cursor be = cursor_of(head), le = be;
	uint32_t magic = cursor_be32(&be);
	*big = is_magic(magic);
	return *big ? magic : cursor_le32(&le);
}

static bool knows(struct slice head)
{
	bool big;
	return is_magic(magic_of(head, &big));
}

struct record {
	uint32_t seconds;
	uint32_t fraction;
	uint32_t captured;
	uint32_t wire;
};

static inline struct record parse(const struct pcap_layout *p, struct slice header)
{
	struct cursor c = cursor_of(header);
	struct record rec;
	rec.seconds = reader_u32(&c, p->big);
	rec.fraction = reader_u32(&c, p->big);
	rec.captured = reader_u32(&c, p->big);
	rec.wire = reader_u32(&c, p->big);
	if (p->lens_swapped || (p->lens_guess && rec.captured > rec.wire)) {
		uint32_t wire = rec.captured;
		rec.captured = rec.wire;
		rec.wire = wire;
	}
	return rec;
}

static bool is_plausible(const struct pcap_layout *p, const struct record *rec)
{
	return rec->captured <= SOURCE_PACKET_MAX && rec->captured <= rec->wire &&
	       rec->fraction < p->fraction_max;
}

/* How many of the first packets make sense with this many bytes before each; 0 when one
 * of them does not. Nothing is taken. */
static unsigned count_plausible(struct reader *r, uint32_t header)
{
	size_t at = FILE_HEADER;
	unsigned n = 0;
	while (n < GUESS_PACKETS && at + header <= INPUT_WINDOW &&
	       input_want(&r->in, at + header) == OK) {
		struct record rec = parse(&r->pcap, input_peek(&r->in, at, header));
		if (!is_plausible(&r->pcap, &rec))
			return 0;
		at += header + rec.captured;
		n++;
	}
	return n;
}

/* Nokia's files differ in nothing but this, so it takes two packets to tell: as an
 * ordinary file the second makes no sense, as one of Nokia's both do. Where reading
 * ahead could wait for a writer, the file is taken as an ordinary one. */
static bool is_nokia(struct reader *r)
{
	return input_is_complete(&r->in) && count_plausible(r, HEADER) == 0 &&
	       count_plausible(r, HEADER_NOKIA) > 1;
}

static enum err set_version(struct reader *r, unsigned major, unsigned minor)
{
	bool old = major == 543 && minor == 0; /* tcpdump of DG/UX */
	if (!old && (major != 2 || minor > 4))
		return reader_fail(r, ERR_FORMAT,
		                   "pcap version %u.%u is not known; 2.0 to 2.4 are",
		                   major, minor);
	r->pcap.lens_swapped = minor < 3; /* also of 543.0 */
	r->pcap.lens_guess = !old && minor == 3;
	return OK;
}

static enum err open_file(struct reader *r)
{
	enum err err = input_want(&r->in, FILE_HEADER);
	if (err)
		return reader_short(r, err, NULL, FILE_HEADER);
	struct pcap_layout *p = &r->pcap;
	struct slice head = input_peek(&r->in, 0, FILE_HEADER);
	uint32_t magic = magic_of(head, &p->big);
	struct cursor c = cursor_of(head);
	cursor_skip(&c, 4);
	uint16_t major = reader_u16(&c, p->big);
	uint16_t minor = reader_u16(&c, p->big);
	/* Zone, accuracy and snapshot length: nobody can rely on them. */
	cursor_skip(&c, 12);
	uint32_t link = reader_u32(&c, p->big);
	err = set_version(r, major, minor);
	if (err)
		return err;
	if (link & LINK_RESERVED)
		return reader_fail(r, ERR_FORMAT,
		                   "the file header is damaged: link type "
		                   "0x%08X has reserved bits set",
		                   (unsigned)link);
	r->link = reader_link(link & LINK_BITS);
	p->fraction_ns = magic == MAGIC_NS ? 1 : 1000;
	p->fraction_max = magic == MAGIC_NS ? 1000000000 : 1000000;
	p->header = magic == MAGIC_PATCH ? HEADER_PATCH : HEADER;
	if (magic == MAGIC_US && is_nokia(r))
		p->header = HEADER_NOKIA;
	input_take(&r->in, FILE_HEADER);
	return OK;
}

static enum err next(struct reader *r, struct frame *f)
{
	const struct pcap_layout *p = &r->pcap;
	enum err err = input_want(&r->in, p->header);
	if (err)
		return reader_short(r, err, "packet", p->header);
	struct record rec = parse(p, input_peek(&r->in, 0, HEADER));
	if (rec.captured > SOURCE_PACKET_MAX)
		return reader_damage(r, "packet", "a length of %u bytes, more than %u",
		                     (unsigned)rec.captured, SOURCE_PACKET_MAX);
	size_t whole = p->header + rec.captured;
	err = input_want(&r->in, whole);
	if (err)
		return reader_short(r, err, "packet", whole);
	/* Below 2^32 s + 2^32 us: no overflow, and a fraction past a second carries. */
	tick at = rec.seconds * TICK_S + (uint64_t)rec.fraction * p->fraction_ns;
	r->stats.odd_times += rec.fraction >= p->fraction_max;
	reader_frame(r, f, at, p->header, rec.captured, rec.wire, r->link);
	input_take(&r->in, whole);
	return OK;
}

const struct format format_pcap = {
	.name = "pcap",
	.knows = knows,
	.open = open_file,
	.next = next,
};
