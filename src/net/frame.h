/* SPDX-License-Identifier: MIT */
/* net/frame.h - one captured packet as it comes from an input. */
#ifndef NET_FRAME_H
#define NET_FRAME_H

#include <stdint.h>

#include "base/slice.h"
#include "base/tick.h"

#define FRAME_NO_OFFSET UINT64_MAX

struct frame {
	tick         at;       /* capture time; 0 when unknown, never TICK_NONE */
	uint64_t     number;   /* of the packet, from 1 within its input */
	uint64_t     offset;   /* of bytes in the input file, in bytes; FRAME_NO_OFFSET
	                        * where the input cannot be read a second time */
	struct slice bytes;    /* as captured, from the link layer on; borrowed */
	uint32_t     wire_len; /* bytes on the wire, at least bytes.len */
	uint16_t     link;     /* LINKTYPE_ value of tcpdump.org/linktypes.html */
	uint16_t     input;    /* index of the input, from 0 */
};

#endif
