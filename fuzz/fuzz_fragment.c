/* SPDX-License-Identifier: MIT */
/* IP fragments in any order, with copies, overlaps and lies, beside the simplest way to
 * put them together: a byte map for each of a few identifications, without limits. As
 * long as no limit of the table is met, both must find the same datagrams.
 *
 * Bytes: budget, limits, then five for each fragment: identification and family, offset
 * in units of eight, length (16 bits, the top bit: more follow), bits: time step, cut,
 * other contents. */
#include "config.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"
#include "net/fragment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAGMENT_BYTES 5
#define IDS            8
#define LONGEST        4096

/* One datagram under way, as naively as can be. */
struct naive {
	bool    seen[LONGEST];
	uint8_t bytes[LONGEST];
	size_t  reach;
	size_t  captured; /* end of what was captured without a hole so far */
	bool    ended, wrong;
};

struct world {
	struct naive naive[IDS];
	uint8_t      text[2][LONGEST]; /* contents: what is sent, and a lie */
};

static bool is_whole(const struct naive *n)
{
	for (size_t i = 0; i < n->reach; i++)
		if (!n->seen[i])
			return false;
	return n->ended;
}

/* False: it contradicts the length that is known. */
static bool add(struct naive *n, const struct fragment *f)
{
	size_t end = f->offset + f->len;
	bool wrong = n->ended ? end > n->reach || (!f->more && end != n->reach)
	                      : !f->more && end < n->reach;
	if (wrong)
		return false;
	for (size_t i = 0; i < f->len; i++) {
		size_t unit = (f->offset + i) / 8 * 8;
		/* the last unit may be shorter: it was seen as a whole or not */
		bool fresh = !n->seen[unit];
		bool more = unit != f->offset + i && !n->seen[f->offset + i];
		if (fresh || more) {
			n->seen[f->offset + i] = true;
			if (i < f->bytes.len)
				n->bytes[f->offset + i] = (uint8_t)f->bytes.p[i];
		}
	}
	if (f->bytes.len < f->len && f->offset + f->bytes.len < n->captured)
		n->captured = f->offset + f->bytes.len;
	n->ended |= !f->more;
	if (end > n->reach)
		n->reach = end;
	return true;
}

static void forget(struct naive *n)
{
	memset(n, 0, sizeof(*n));
	n->captured = LONGEST;
}

/* Read one fragment; false where none can be like that. */
static bool read_fragment(struct cursor *c, const struct world *w, struct fragment *f,
                          unsigned *id, tick *now)
{
	uint8_t key = cursor_u8(c), units = cursor_u8(c);
	uint16_t len = cursor_be16(c);
	uint8_t bits = cursor_u8(c);
	*id = key % IDS;
	*now += (bits & 3U) * (TICK_S / 4);
	*f = (struct fragment){
		.src.family = key & 0x80 ? 6 : 4,
		.dst.family = key & 0x80 ? 6 : 4,
		.id = *id,
		.protocol = 17,
		.more = len & 0x8000,
		.offset = (uint16_t)(units * 8),
		.len = len & 0x7ff,
		.frame = 1,
	};
	if (f->more)
		f->len &= ~(size_t)7;
	size_t cut = bits & 4 ? bits >> 4 : 0;
	size_t captured = f->len > cut ? f->len - cut : 0;
	if (f->len == 0 || f->offset + f->len > LONGEST)
		return false;
	const char *text = (const char *)w->text[bits >> 3 & 1];
	f->bytes = (struct slice){ text + f->offset, captured };
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	struct mem mem;
	struct fragment_table *t;
	struct cursor c = cursor_of((struct slice){ (const char *)data, size });
	uint8_t budget = cursor_u8(&c), tight = cursor_u8(&c);
	struct fragment_limits limits = { 64, 1U << 20, 1000000 * TICK_S };
	if (tight & 1)
		limits = (struct fragment_limits){ 1 + (tight >> 1) % 4, 8192, TICK_S };
	for (size_t i = 0; i < LONGEST; i++) {
		w.text[0][i] = (uint8_t)(i * 7);
		w.text[1][i] = (uint8_t)(i * 13 + 1);
	}
	for (unsigned i = 0; i < IDS; i++)
		forget(&w.naive[i]);
	mem_init(&mem, budget ? (size_t)budget * 1024 : (size_t)16 << 20);
	if (fragment_table_new(&t, &mem, 1, &limits) != OK)
		return 0;
	bool exact = !(tight & 1) && !budget;
	tick now = 0;
	while (cursor_left(&c) >= FRAGMENT_BYTES) {
		struct fragment f;
		struct fragment_whole whole;
		unsigned id;
		if (!read_fragment(&c, &w, &f, &id, &now))
			continue;
		/* one family for each identification, so that its number is a key */
		f.src.family = f.dst.family = id & 1 ? 6 : 4;
		fragment_advance(t, now);
		enum err err = fragment_add(t, &f, now, &whole);
		struct naive *n = &w.naive[id];
		bool added = add(n, &f);
		bool expected = added && is_whole(n);
		assert(err == OK || err == ERR_MORE);
		if (exact)
			assert((err == OK) == expected);
		if (err == OK) {
			assert(whole.bytes.len <= whole.len && whole.len <= LONGEST);
			assert(whole.nframes <= 1 && (!exact || whole.nframes == 1));
		}
		if (exact && err == OK) {
			size_t captured = n->captured < n->reach ? n->captured : n->reach;
			assert(whole.len == n->reach && whole.bytes.len == captured);
			assert(memcmp(whole.bytes.p, n->bytes, captured) == 0);
		}
		if (err == OK || expected)
			forget(n);
	}
	fragment_finish(t);
	fragment_table_free(t);
	assert(mem.used == 0);
	return 0;
}
