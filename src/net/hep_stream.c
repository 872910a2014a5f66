/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "net/hep_stream.h"

#include <stdbool.h>
#include <string.h>

#include "net/hep.h"

#define HEADER 6U /* bytes that say how long a packet is */

static void release(struct hep_stream *h, struct mem *mem)
{
	mem_give(mem, h->buffer, h->room);
	*h = (struct hep_stream){ 0 };
}

void hep_stream_clear(struct hep_stream *h, struct mem *mem)
{
	release(h, mem);
}

void hep_stream_gap(struct hep_stream *h, struct mem *mem, struct hep_stream_stats *stats)
{
	stats->cut_packets += h->fill > 0;
	stats->skipped_bytes += h->fill;
	release(h, mem);
}

/* Keep `bytes` behind what is held; a packet has 65,535 bytes at most. */
static bool store(struct hep_stream *h, struct mem *mem, struct slice bytes)
{
	size_t need = h->fill + bytes.len, room = h->room ? h->room : 1024;
	while (room < need)
		room *= 2;
	if (room != h->room) {
		char *buffer = mem_resize(mem, h->buffer, h->room, room);
		if (!buffer)
			return false;
		h->buffer = buffer;
		h->room = (uint32_t)room;
	}
	memcpy(h->buffer + h->fill, bytes.p, bytes.len);
	h->fill += (uint32_t)bytes.len;
	return true;
}

static struct slice held(const struct hep_stream *h)
{
	return (struct slice){ h->buffer, h->fill };
}

static void give_up(struct hep_stream *h, struct mem *mem, size_t more,
                    struct hep_stream_stats *stats)
{
	stats->skipped_bytes += h->fill + more;
	release(h, mem);
}

void hep_stream_bytes(struct hep_stream *h, struct mem *mem, struct slice bytes,
                      struct hep_stream_stats *stats, hep_stream_sink *sink, void *arg)
{
	while (bytes.len) {
		size_t whole = HEADER; /* until the header says more */
		enum err err = hep_length(h->fill ? held(h) : bytes, &whole);
		if (err == ERR_FORMAT) {
			give_up(h, mem, bytes.len, stats);
			return;
		}
		if (h->fill == 0 && whole <= bytes.len) {
			sink(arg, slice_head(bytes, whole), true);
			bytes = slice_skip(bytes, whole);
			continue;
		}
		size_t n = whole - h->fill < bytes.len ? whole - h->fill : bytes.len;
		if (!store(h, mem, slice_head(bytes, n))) {
			stats->refused++;
			give_up(h, mem, bytes.len, stats);
			return;
		}
		bytes = slice_skip(bytes, n);
		if (err == ERR_MORE)
			err = hep_length(held(h), &whole);
		if (err == ERR_FORMAT) {
			give_up(h, mem, bytes.len, stats);
			return;
		}
		if (err == OK && h->fill == whole) {
			sink(arg, held(h), false);
			release(h, mem);
		}
	}
}
