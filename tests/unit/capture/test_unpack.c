/* SPDX-License-Identifier: MIT */
#include "config.h"

#define ZLIB_CONST /* zlib.h: input is const */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "capture/unpack.h"
#include "unit/capture/build.h"

#define SECOND     UINT64_C(1000000000)
#define PACKED_MAX 4096 /* enough for what is packed here */

/* Add one gzip member or zstd frame that holds `bytes`. */
static void pack(struct build *b, enum unpack_kind kind, struct slice bytes)
{
	char out[PACKED_MAX];
	size_t len;
	if (kind == UNPACK_ZSTD) {
		len = ZSTD_compress(out, sizeof(out), bytes.p, bytes.len, 3);
		assert_false(ZSTD_isError(len));
	} else {
		z_stream z = { .next_in = (const Bytef *)bytes.p,
			       .avail_in = (uInt)bytes.len,
			       .next_out = (Bytef *)out,
			       .avail_out = sizeof(out) };
		assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
		assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
		len = sizeof(out) - z.avail_out;
		deflateEnd(&z);
	}
	build_bytes(b, (struct slice){ out, len });
}

static const enum unpack_kind kinds[] = { UNPACK_GZIP, UNPACK_ZSTD };

static void kind_of(void **state)
{
	(void)state;
	assert_int_equal(unpack_kind_of(SLICE("\x1F\x8B\x08\0")), UNPACK_GZIP);
	assert_int_equal(unpack_kind_of(SLICE("\x1F\x8B\x07\0")), UNPACK_NONE);
	assert_int_equal(unpack_kind_of(SLICE("\x28\xB5\x2F\xFD")), UNPACK_ZSTD);
	assert_int_equal(unpack_kind_of(SLICE("\x50\x2A\x4D\x18")), UNPACK_ZSTD);
	assert_int_equal(unpack_kind_of(SLICE("\x5F\x2A\x4D\x18")), UNPACK_ZSTD);
	assert_int_equal(unpack_kind_of(SLICE("\x60\x2A\x4D\x18")), UNPACK_NONE);
	assert_int_equal(unpack_kind_of(SLICE("\x1F\x8B\x08")), UNPACK_NONE);
	assert_int_equal(unpack_kind_of(SLICE("\xD4\xC3\xB2\xA1")), UNPACK_NONE);
}

/* The whole of `packed`, given `in` bytes at a time into `out` bytes of room. */
static void unpack_in_pieces(enum unpack_kind kind, const struct build *packed, size_t in,
                             size_t out, struct slice want)
{
	struct unpack *u = NULL;
	assert_int_equal(unpack_new(&u, kind), OK);
	struct build got = { .big = false };
	struct slice left = build_slice(packed);
	struct slice piece = SLICE_NONE;
	for (;;) {
		unsigned char buf[64];
		size_t used, made;
		enum err err = unpack_run(u, piece, &used, buf, out, &made);
		piece = slice_skip(piece, used);
		build_bytes(&got, (struct slice){ (char *)buf, made });
		if (err == OK)
			continue;
		assert_int_equal(err, ERR_MORE);
		assert_int_equal(piece.len, 0);
		if (left.len == 0)
			break;
		piece = slice_head(left, in);
		left = slice_skip(left, in);
	}
	assert_true(unpack_is_between(u));
	assert_true(slice_eq(build_slice(&got), want));
	unpack_free(u);
	build_free(&got);
}

static void every_split(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct build packed = { .big = false };
		pack(&packed, kinds[k],
		     SLICE("one, one, one, one, one, one, one, one. "));
		pack(&packed, kinds[k], SLICE(""));
		pack(&packed, kinds[k], SLICE("two"));
		if (kinds[k] == UNPACK_GZIP)
			build_fill(&packed, 0, 5); /* padding, as tapes have it */
		for (size_t in = 1; in <= packed.len; in++)
			for (size_t out = 1; out <= 64; out += 21)
				unpack_in_pieces(
					kinds[k], &packed, in, out,
					SLICE("one, one, one, one, one, one, one, "
				              "one. two"));
		build_free(&packed);
	}
	unpack_free(NULL);
}

static size_t unpacked_of(struct slice packed, size_t room)
{
	struct unpack *u = NULL;
	assert_int_equal(unpack_new(&u, UNPACK_ZSTD), OK);
	unsigned char *out = malloc(room);
	assert_non_null(out);
	size_t used, made, sum = 0;
	while (unpack_run(u, packed, &used, out, room, &made) == OK) {
		packed = slice_skip(packed, used);
		sum += made;
	}
	free(out);
	unpack_free(u);
	return sum;
}

/* Of a cut frame all that can be had is had, however small the room for it. */
static void all_before_a_cut(void **state)
{
	(void)state;
	enum { SIZE = 300000 };
	struct build plain = { .big = false }, packed = { .big = false };
	build_fill(&plain, 'a', SIZE);
	pack(&packed, UNPACK_ZSTD, build_slice(&plain));
	size_t most = 0;
	for (size_t len = 1; len < packed.len; len++) {
		struct slice part = slice_head(build_slice(&packed), len);
		size_t want = unpacked_of(part, SIZE);
		assert_int_equal(unpacked_of(part, 1000), want);
		most = want > most ? want : most;
	}
	assert_true(most > 0); /* blocks of a frame come singly */
	build_free(&plain);
	build_free(&packed);
}

static void capture(struct build *b)
{
	build_pcap(b, PCAP_US, 2, 4, 1);
	build_packet(b, 1, 0, 3, SLICE("one"));
	build_packet(b, 2, 0, 3, SLICE("two"));
}

/* A capture in two members, cut in the middle of a packet. */
static void pack_capture(struct build *b, enum unpack_kind kind)
{
	struct build plain = { .big = false };
	capture(&plain);
	pack(b, kind, slice_head(build_slice(&plain), 50));
	pack(b, kind, slice_skip(build_slice(&plain), 50));
	build_free(&plain);
}

static void packed_captures(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct build b = { .big = false };
		pack_capture(&b, kinds[k]);
		struct source *s = source_of(&b);
		expect_frame(s, 1, SECOND, 1, 3, SLICE("one"));
		struct frame f;
		assert_int_equal(source_next(s, &f), OK);
		assert_int_equal(f.offset, FRAME_NO_OFFSET);
		assert_int_equal(source_fd(s), -1);
		assert_int_equal(source_position(s), b.len);
		finish(s, ERR_END, NULL);
		build_free(&b);
	}
}

/* At every cut: never more packets than there are, and no good end but at a member's. */
static void every_cut(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct build b = { .big = false };
		pack_capture(&b, kinds[k]);
		for (size_t len = 4; len < b.len; len++) {
			struct source *s = NULL;
			char why[SOURCE_WHY_MAX] = "";
			struct slice part = slice_head(build_slice(&b), len);
			enum err err = source_open_bytes(&s, part, "x", NULL, why);
			if (err) {
				assert_int_equal(err, ERR_FORMAT);
				assert_non_null(strstr(why, "x: cut inside"));
				continue;
			}
			struct frame f;
			unsigned n = 0;
			while ((err = source_next(s, &f)) == OK)
				n++;
			assert_in_range(n, 0, 2);
			finish(s, ERR_FORMAT, "cut inside");
		}
		build_free(&b);
	}
}

static void damage(void **state)
{
	(void)state;
	struct build b = { .big = false };
	pack_capture(&b, UNPACK_GZIP);
	b.p[b.len - 5] ^= 1; /* the check sum of the last member */
	struct source *s = source_of(&b);
	expect_frame(s, 1, SECOND, 1, 3, SLICE("one"));
	expect_frame(s, 2, 2 * SECOND, 1, 3, SLICE("two"));
	finish(s, ERR_FORMAT, "gzip data is damaged at or before byte offset");
	build_free(&b);

	pack_capture(&b, UNPACK_GZIP);
	build_bytes(&b, SLICE("and more"));
	s = source_of(&b);
	expect_frame(s, 1, SECOND, 1, 3, SLICE("one"));
	expect_frame(s, 2, 2 * SECOND, 1, 3, SLICE("two"));
	finish(s, ERR_FORMAT, "the last whole packet is 2");
	build_free(&b);

	pack_capture(&b, UNPACK_ZSTD);
	build_bytes(&b, SLICE("and more"));
	s = source_of(&b);
	expect_frame(s, 1, SECOND, 1, 3, SLICE("one"));
	expect_frame(s, 2, 2 * SECOND, 1, 3, SLICE("two"));
	finish(s, ERR_FORMAT, "zstd data is damaged at or before byte offset");
	build_free(&b);
}

/* The place of a cut in what was packed is named as such. */
static void cut_before_packing(void **state)
{
	(void)state;
	struct build plain = { .big = false }, b = { .big = false };
	capture(&plain);
	pack(&b, UNPACK_GZIP, slice_head(build_slice(&plain), plain.len - 1));
	struct source *s = source_of(&b);
	expect_frame(s, 1, SECOND, 1, 3, SLICE("one"));
	finish(s, ERR_FORMAT,
	       "cut inside packet 2 at byte offset 61 of the unpacked data "
	       "(needs 19 bytes, 18 are there)");
	build_free(&plain);
	build_free(&b);
}

static void packed_pipe_byte_by_byte(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct build b = { .big = false };
		pack_capture(&b, kinds[k]);
		int ends[2];
		char why[SOURCE_WHY_MAX];
		assert_int_equal(pipe(ends), 0);
		const struct source_cfg cfg = { .wait_ms = 0 };
		struct source *s = NULL;
		assert_int_equal(source_open_fd(&s, ends[0], "pipe", &cfg, why), OK);
		unsigned n = 0;
		for (size_t i = 0; i < b.len; i++) {
			append(ends[1], slice_head(slice_skip(build_slice(&b), i), 1));
			struct frame f;
			enum err err;
			while ((err = source_next(s, &f)) == OK)
				n++;
			assert_int_equal(err, ERR_MORE);
		}
		assert_int_equal(n, 2);
		close(ends[1]);
		finish(s, ERR_END, NULL);
		build_free(&b);
	}
}

/* Much comes of little: the window bounds it. */
static void expands_a_lot(void **state)
{
	(void)state;
	enum { PACKETS = 64 };
	struct build plain = { .big = false }, b = { .big = false };
	build_pcap(&plain, PCAP_US, 2, 4, 1);
	for (uint32_t i = 0; i < PACKETS; i++) {
		build_record(&plain, i, 0, 65000, 65000);
		build_fill(&plain, 0, 65000);
	}
	uLong room = compressBound(plain.len) + 32;
	char *out = malloc(room);
	assert_non_null(out);
	size_t len = ZSTD_compress(out, room, plain.p, plain.len, 3);
	assert_false(ZSTD_isError(len));
	build_bytes(&b, (struct slice){ out, len });
	free(out);
	struct source *s = source_of(&b);
	struct frame f;
	for (uint32_t i = 0; i < PACKETS; i++) {
		assert_int_equal(source_next(s, &f), OK);
		assert_int_equal(f.at, i * SECOND);
		assert_int_equal(f.bytes.len, 65000);
	}
	finish(s, ERR_END, NULL);
	build_free(&plain);
	build_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kind_of),
		cmocka_unit_test(every_split),
		cmocka_unit_test(all_before_a_cut),
		cmocka_unit_test(packed_captures),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(damage),
		cmocka_unit_test(cut_before_packing),
		cmocka_unit_test(packed_pipe_byte_by_byte),
		cmocka_unit_test(expands_a_lot),
	};
	return cmocka_run_group_tests_name("capture/unpack", tests, NULL, NULL);
}
