/* SPDX-License-Identifier: MIT */
/* Any bytes as a HEP packet, as a part of one, and as a stream of them. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "net/hep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(struct slice part, struct slice whole)
{
	if (part.len == 0)
		return;
	assert(part.p > whole.p && part.len < whole.len);
	assert(part.p + part.len <= whole.p + whole.len);
}

static void check_address(const struct net_addr *addr)
{
	assert(addr->family == 0 || addr->family == 4 || addr->family == 6);
}

static void check(const struct hep *hep, struct slice in)
{
	check_within(hep->payload, in);
	check_within(hep->correlation, in);
	check_address(&hep->src.addr);
	check_address(&hep->dst.addr);
	assert(hep->has_time || hep->at == 0);
	assert(hep->at <= UINT64_C(5000000000) * TICK_S);
	assert(hep->transport <= NET_WSS);
	if (hep->version == 3) {
		assert(hep->len <= UINT16_MAX);
		assert(hep->payload.len <= hep->len);
	} else {
		assert(hep->version == 1 || hep->version == 2);
		assert(hep->len == in.len && hep->payload.len > 0);
		assert(hep->src.addr.family && hep->dst.addr.family);
		assert(!hep->damaged && !hep->truncated && !hep->compressed);
	}
	if (hep->truncated) {
		assert(hep->len > in.len);
		assert(hep->payload.len == 0 ||
		       hep->payload.p + hep->payload.len == in.p + in.len);
	}
}

/* What was not captured of a packet changes nothing before it. */
static void check_cut(const struct hep *whole, struct slice in)
{
	struct hep hep;
	if (hep_parse(&hep, in) != OK)
		return;
	check(&hep, in);
	if (in.len < 6 || hep.version != 3)
		return;
	assert(hep.len == whole->len);
	assert(!hep.damaged || whole->damaged);
	assert(!hep.has_time || whole->has_time);
	assert(hep.payload.len <= whole->payload.len);
	assert(hep.payload.len == 0 || hep.payload.p == whole->payload.p);
	assert(hep.payload.len == 0 || hep.compressed == whole->compressed);
	if (!hep.truncated && !hep.damaged)
		assert(hep.payload.len == whole->payload.len);
}

static void check_stream(struct slice stream)
{
	size_t len;
	enum err err = hep_length(stream, &len);
	while (err == OK && len <= stream.len) {
		struct slice packet = slice_head(stream, len);
		struct hep hep;
		assert(len >= 6);
		assert(hep_parse(&hep, packet) == OK);
		check(&hep, packet);
		assert(hep.version == 3 && hep.len == len && !hep.truncated);
		stream = slice_skip(stream, len);
		err = hep_length(stream, &len);
	}
	if (err == ERR_MORE)
		assert(stream.len < 6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size };
	struct hep hep;
	enum err err = hep_parse(&hep, in);
	assert(err == OK || err == ERR_FORMAT);
	assert(hep_starts(in) == (err == OK));
	check_stream(in);
	if (err != OK)
		return 0;
	check(&hep, in);
	check_cut(&hep, slice_head(in, size - 1));
	check_cut(&hep, slice_head(in, data[size - 1] * size / 256));
	return 0;
}
