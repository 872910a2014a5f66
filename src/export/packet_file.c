/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/packet_file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PCAP_MAGIC_NS   0xa1b23c4dU
#define PCAP_SNAPLEN    262144U /* that of tcpdump: larger ones are refused by some */
#define LINK_ETHERNET   1       /* LINKTYPE_ of a file that has no packet to tell */

/* pcapng: block types, options */
#define BLOCK_SECTION   0x0a0d0d0aU
#define BLOCK_INTERFACE 1U
#define BLOCK_PACKET    6U
#define SECTION_MAGIC   0x1a2b3c4dU
#define OPTION_USERAPPL 4U
#define OPTION_TSRESOL  9U
#define INTERFACES_MAX  65536U /* more inputs and link types than there are */

/* Packets of one input and link type. */
struct interface {
	uint16_t input, link;
};

struct packet_file {
	struct out *out;
	enum packet_format format;
	bool begun;
	uint16_t link; /* pcap: of all */
	struct interface *interfaces;
	uint32_t n, room;
	uint32_t last; /* of the packet before */
	uint64_t written;
};

/* A header, put together. */
struct bytes {
	uint8_t p[64];
	unsigned n;
};

static void put16(struct bytes *b, uint32_t v)
{
	b->p[b->n++] = (uint8_t)v;
	b->p[b->n++] = (uint8_t)(v >> 8);
}

static void put32(struct bytes *b, uint32_t v)
{
	put16(b, v & 0xffff);
	put16(b, v >> 16);
}

/* Text of an option, with zeros up to a multiple of four. */
static void put_option(struct bytes *b, unsigned code, const char *p, unsigned len)
{
	put16(b, code);
	put16(b, len);
	memcpy(b->p + b->n, p, len);
	b->n += len;
	while (b->n % 4)
		b->p[b->n++] = 0;
}

static void write_bytes(struct packet_file *file, const void *p, size_t n)
{
	out_write(file->out, p, n);
	file->written += n;
}

/* A block around a body: type, length, body, length. */
static void write_block(struct packet_file *file, uint32_t type, const struct bytes *body)
{
	struct bytes b = { .n = 0 };
	put32(&b, type);
	put32(&b, body->n + 12);
	write_bytes(file, b.p, b.n);
	write_bytes(file, body->p, body->n);
	write_bytes(file, b.p + 4, 4);
}

static void begin_pcap(struct packet_file *file, uint16_t link)
{
	struct bytes b = { .n = 0 };
	put32(&b, PCAP_MAGIC_NS);
	put16(&b, 2); /* version 2.4 */
	put16(&b, 4);
	put32(&b, 0);
	put32(&b, 0);
	put32(&b, PCAP_SNAPLEN);
	put32(&b, link);
	file->link = link;
	write_bytes(file, b.p, b.n);
}

static void begin_pcapng(struct packet_file *file)
{
	static const char name[] = "sipglass";
	struct bytes b = { .n = 0 };
	put32(&b, SECTION_MAGIC);
	put16(&b, 1); /* version 1.0 */
	put16(&b, 0);
	put32(&b, 0xffffffffU); /* the length of the section is not said */
	put32(&b, 0xffffffffU);
	put_option(&b, OPTION_USERAPPL, name, sizeof(name) - 1);
	put32(&b, 0);
	write_block(file, BLOCK_SECTION, &b);
}

/* The interface of a frame, described when it is the first one; ERR_NOMEM. */
static enum err want_interface(struct packet_file *file, const struct frame *frame)
{
	const struct interface this = { frame->input, frame->link };
	for (uint32_t i = 0; i <= file->n; i++) {
		uint32_t at = i ? i - 1 : file->last; /* most are like the one before */
		if (at < file->n && file->interfaces[at].input == this.input &&
		    file->interfaces[at].link == this.link) {
			file->last = at;
			return OK;
		}
	}
	if (file->n == file->room) {
		uint32_t room = file->room ? file->room * 2 : 4;
		struct interface *more =
			room > INTERFACES_MAX
				? NULL
				: realloc(file->interfaces, room * sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		file->interfaces = more;
		file->room = room;
	}
	struct bytes b = { .n = 0 };
	put16(&b, this.link);
	put16(&b, 0);
	put32(&b, 0);                              /* no limit of length */
	put_option(&b, OPTION_TSRESOL, "\x09", 1); /* ns */
	put32(&b, 0);
	write_block(file, BLOCK_INTERFACE, &b);
	file->last = file->n;
	file->interfaces[file->n++] = this;
	return OK;
}

static void write_pcap(struct packet_file *file, const struct frame *frame)
{
	struct bytes b = { .n = 0 };
	uint64_t s = frame->at / TICK_S;
	put32(&b, s < UINT32_MAX ? (uint32_t)s : UINT32_MAX); /* ends in 2106 */
	put32(&b, (uint32_t)(frame->at % TICK_S));
	put32(&b, (uint32_t)frame->bytes.len);
	put32(&b, frame->wire_len);
	write_bytes(file, b.p, b.n);
	write_bytes(file, frame->bytes.p, frame->bytes.len);
}

static void write_pcapng(struct packet_file *file, const struct frame *frame)
{
	static const char zeros[4];
	struct bytes b = { .n = 0 };
	uint32_t padding = -(uint32_t)frame->bytes.len % 4;
	uint32_t total = 32 + (uint32_t)frame->bytes.len + padding;
	put32(&b, BLOCK_PACKET);
	put32(&b, total);
	put32(&b, file->last);
	put32(&b, (uint32_t)(frame->at >> 32));
	put32(&b, (uint32_t)frame->at);
	put32(&b, (uint32_t)frame->bytes.len);
	put32(&b, frame->wire_len);
	write_bytes(file, b.p, b.n);
	write_bytes(file, frame->bytes.p, frame->bytes.len);
	write_bytes(file, zeros, padding);
	write_bytes(file, b.p + 4, 4);
}

enum packet_format packet_format_of(const char *path)
{
	static const char ending[] = ".pcapng";
	size_t len = strlen(path), n = sizeof(ending) - 1;
	return len >= n && strcmp(path + len - n, ending) == 0 ? PACKET_PCAPNG
	                                                       : PACKET_PCAP;
}

enum err packet_file_new(struct packet_file **result, struct out *out,
                         enum packet_format format)
{
	struct packet_file *file = calloc(1, sizeof(*file));
	if (!file)
		return ERR_NOMEM;
	file->out = out;
	file->format = format;
	*result = file;
	return OK;
}

/* The header, unless it is there. */
static void begin(struct packet_file *file, uint16_t link)
{
	if (file->begun)
		return;
	file->begun = true;
	if (file->format == PACKET_PCAP)
		begin_pcap(file, link);
	else
		begin_pcapng(file);
}

enum err packet_file_write(struct packet_file *file, const struct frame *frame)
{
	begin(file, frame->link);
	if (file->format == PACKET_PCAP && file->link != frame->link)
		return ERR_FORMAT;
	if (file->format == PACKET_PCAP) {
		write_pcap(file, frame);
	} else {
		enum err err = want_interface(file, frame);
		if (err != OK)
			return err;
		write_pcapng(file, frame);
	}
	return out_failed(file->out) ? ERR_IO : OK;
}

uint64_t packet_file_size(const struct packet_file *file)
{
	return file->written;
}

uint64_t packet_file_need(const struct packet_file *file, const struct frame *frame)
{
	uint64_t len = frame->bytes.len;
	return file->format == PACKET_PCAP ? 16 + len : 32 + (len + 3) / 4 * 4;
}

void packet_file_begin(struct packet_file *file)
{
	begin(file, LINK_ETHERNET);
}

void packet_file_finish(struct packet_file *file)
{
	if (!file)
		return;
	packet_file_begin(file);
	free(file->interfaces);
	free(file);
}
