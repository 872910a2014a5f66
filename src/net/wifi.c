/* SPDX-License-Identifier: MIT */
/* Wireless frames: IEEE 802.11-2020 9.2, 9.3.2, and the headers that drivers in monitor
 * mode put before them.
 *
 * Not done: decryption, and MSDUs in several frames. Of such an MSDU the first frame is
 * a packet that was cut short and the others are not IP. Of several MSDUs in one frame
 * the first counts. */
#include "config.h"

#include "net/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define FCS 4U /* bytes of the frame check sequence */

/* From frame control on. padded: the driver aligned what comes behind the header. */
static void open_frame(struct packet *p, bool padded)
{
	enum { VERSION_AND_TYPE = 0x0f, DATA = 0x08, NO_DATA = 0x40, QOS = 0x80 };
	enum { TO_AND_FROM = 0x03, PROTECTED = 0x40, HT_CONTROL = 0x80 };
	enum { FRAGMENT_NUMBER = 0x000f, SEVERAL = 0x0080 };
	struct cursor *c = &p->cursor;
	uint8_t kind = cursor_u8(c), flags = cursor_u8(c);
	if ((kind & VERSION_AND_TYPE) != DATA || (kind & NO_DATA) ||
	    (flags & PROTECTED)) {
		p->fate = &p->stats->not_ip;
		return;
	}
	size_t before = cursor_left(c);
	cursor_skip(c, 20); /* duration, three addresses */
	bool later = cursor_le16(c) & FRAGMENT_NUMBER;
	if ((flags & TO_AND_FROM) == TO_AND_FROM)
		cursor_skip(c, 6); /* a fourth address */
	bool several = false;
	if (kind & QOS) {
		several = cursor_le16(c) & SEVERAL;
		if (flags & HT_CONTROL)
			cursor_skip(c, 4);
	}
	if (padded)
		cursor_skip(c, (2 + before - cursor_left(c)) % 4); /* it is even */
	if (several) {
		cursor_skip(c, 12); /* destination, source */
		packet_limit(p, cursor_be16(c));
	}
	if (later)
		p->fate = &p->stats->not_ip;
	else
		p->next = packet_llc;
}

void packet_wifi(struct packet *p)
{
	open_frame(p, false);
}

/* https://www.radiotap.org: after the words that say which fields there are, these in
 * the order of their bits. Only the second is of interest, which is one byte. */
void packet_radiotap(struct packet *p)
{
	enum { HEADER_MIN = 8, TIME = 0x01, FLAGS = 0x02, HAS_FCS = 0x10, PADDED = 0x20 };
	const uint32_t more = UINT32_C(1) << 31;
	struct cursor *c = &p->cursor;
	cursor_skip(c, 2); /* version */
	size_t header = cursor_le16(c);
	if (header < HEADER_MIN)
		return;
	struct cursor fields = cursor_of(cursor_take(c, header - 4));
	uint32_t first = cursor_le32(&fields);
	size_t words = 1;
	for (uint32_t word = first; word & more; words++)
		word = cursor_le32(&fields);
	if (first & TIME) /* eight bytes, aligned so in the header */
		cursor_skip(&fields, words % 2 ? 8 : 12);
	uint8_t flags = first & FLAGS ? cursor_u8(&fields) : 0;
	size_t left = cursor_left(c) + p->cut;
	if ((flags & HAS_FCS) && left >= FCS)
		packet_limit(p, left - FCS);
	open_frame(p, flags & PADDED);
}

/* Prism's header is in the byte order of the host that captured; its first field, a
 * small number, tells which. Some drivers give AVS, in network order, where they say
 * Prism. */
void packet_prism(struct packet *p)
{
	enum { AVS_HEADER_MIN = 64, PRISM_HEADER_MIN = 24 }; /* bytes */
	const uint32_t avs_1 = 0x80211001, avs_2 = 0x80211002;
	struct cursor *c = &p->cursor;
	struct cursor again = *c;
	uint32_t kind = cursor_be32(c);
	size_t header = cursor_be32(c), header_min = PRISM_HEADER_MIN;
	if (kind == avs_1 || kind == avs_2) {
		header_min = AVS_HEADER_MIN;
	} else if (kind > UINT16_MAX) {
		cursor_skip(&again, 4);
		header = cursor_le32(&again);
	}
	if (header < header_min)
		return;
	cursor_skip(c, header - 8);
	p->next = packet_wifi;
}
