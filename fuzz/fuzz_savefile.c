/* SPDX-License-Identifier: MIT */
/* Any bytes as a savefile: the first packets are whole, in order and counted, and the
 * end comes with words where it is not a good one. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "capture/source.h"

/* Packets read of one input; a few compressed bytes can stand for millions. */
#define PACKETS_MAX 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int holds)
{
	if (!holds)
		abort();
}

/* Touch every byte, for the sanitizer. */
static uint64_t look(struct slice bytes)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < bytes.len; i++)
		sum += (unsigned char)bytes.p[i];
	return sum;
}

static void check_frame(const struct frame *f, uint64_t number)
{
	need(f->number == number);
	need(f->at != TICK_NONE);
	need(f->bytes.len <= SOURCE_PACKET_MAX);
	need(f->wire_len >= f->bytes.len);
	need(f->offset == FRAME_NO_OFFSET); /* memory cannot be read by a descriptor */
	need(f->input == 3);
	need(look(f->bytes) <= 255 * (uint64_t)f->bytes.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice file = { (const char *)data, size };
	const struct source_cfg cfg = { .input = 3 };
	struct source *s = NULL;
	char why[SOURCE_WHY_MAX] = "";
	enum err err = source_open_bytes(&s, file, "fuzz", &cfg, why);
	if (err) {
		need(err == ERR_FORMAT && why[0] == 'f' && !s);
		return 0;
	}
	struct frame f;
	uint64_t n = 0;
	while (n < PACKETS_MAX && (err = source_next(s, &f)) == OK)
		check_frame(&f, ++n);
	need(source_stats(s)->packets == n);
	need(source_position(s) <= source_size(s));
	if (err) {
		need(err == ERR_END || err == ERR_FORMAT);
		need((err == ERR_FORMAT) == (source_problem(s) != NULL));
		need(source_next(s, &f) == err);
	}
	source_close(s);
	return 0;
}
