/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "decoded.h"
#include "net/fragment.h"
#include "net/limits.h"
#include "support/frames.h"
#include "support/guard.h"

#define RAW 101
#define A4 "192.0.2.1"
#define B4 "198.51.100.2"
#define A6 "2001:db8::a"
#define B6 "2001:db8:0:1::b"

static const struct fragment_limits LIMITS = { 4, 1 << 18, 30 * TICK_S };

struct fixture {
	struct mem             mem;
	struct fragment_table *table;
	struct fragment_whole  whole; /* of the newest datagram */
};

static void begin(struct fixture *x, const struct fragment_limits *limits)
{
	memset(x, 0, sizeof(*x));
	mem_init(&x->mem, (size_t)1 << 24);
	assert_int_equal(fragment_table_new(&x->table, &x->mem, 1, limits), OK);
}

static void end(struct fixture *x)
{
	fragment_table_free(x->table);
	assert_int_equal(x->mem.used, 0);
}

static struct fragment piece(uint32_t id, size_t offset, bool more, const char *text)
{
	return (struct fragment){
		.src = frames_addr(A4),
		.dst = frames_addr(B4),
		.id = id,
		.protocol = FRAMES_UDP,
		.more = more,
		.offset = (uint16_t)offset,
		.bytes = { text, strlen(text) },
		.len = strlen(text),
	};
}

static enum err give(struct fixture *x, const struct fragment *f, tick now)
{
	char *copy = guard_copy(f->bytes.p, f->bytes.len);
	struct fragment guarded = *f;
	guarded.bytes.p = copy;
	enum err err = fragment_add(x->table, &guarded, now, &x->whole);
	guard_free(copy);
	return err;
}

static enum err text(struct fixture *x, uint32_t id, size_t offset, bool more,
                     const char *bytes)
{
	struct fragment f = piece(id, offset, more, bytes);
	return give(x, &f, 0);
}

static void assert_whole(const struct fixture *x, const char *expected)
{
	assert_int_equal(x->whole.len, strlen(expected));
	assert_int_equal(x->whole.bytes.len, strlen(expected));
	assert_memory_equal(x->whole.bytes.p, expected, strlen(expected));
	assert_int_equal(x->whole.protocol, FRAMES_UDP);
}

static void assert_counts(const struct fixture *x, uint64_t incomplete,
                          uint64_t conflicts)
{
	assert_int_equal(fragment_stats(x->table)->incomplete, incomplete);
	assert_int_equal(fragment_stats(x->table)->conflicts, conflicts);
}

static void every_order_of_four(void **state)
{
	(void)state;
	static const char *const parts[4] = { "abcdefgh", "ijklmnop", "qrstuvwx", "yz" };
	struct fixture x;
	begin(&x, &LIMITS);
	uint32_t id = 0;
	for (unsigned order = 0; order < 256; order++) {
		unsigned at[4], seen = 0;
		for (unsigned i = 0; i < 4; i++) {
			at[i] = order >> 2 * i & 3;
			seen |= 1U << at[i];
		}
		if (seen != 15)
			continue;
		id++;
		for (unsigned i = 0; i < 4; i++) {
			enum err err = text(&x, id, at[i] * 8, at[i] < 3, parts[at[i]]);
			assert_int_equal(err, i < 3 ? ERR_MORE : OK);
		}
		assert_whole(&x, "abcdefghijklmnopqrstuvwxyz");
	}
	assert_int_equal(id, 24);
	assert_counts(&x, 0, 0);
	end(&x);
}

static void duplicates_change_nothing(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, &LIMITS);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(text(&x, 1, 16, false, "q"), ERR_MORE);
		assert_int_equal(text(&x, 1, 0, true, "abcdefgh"), ERR_MORE);
	}
	assert_int_equal(text(&x, 1, 8, true, "ijklmnop"), OK);
	assert_whole(&x, "abcdefghijklmnopq");
	assert_counts(&x, 0, 0);
	end(&x);
}

static void of_overlaps_the_first_copy_counts(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, &LIMITS);
	text(&x, 1, 8, true, "BBBBBBBBCCCCCCCC");
	assert_counts(&x, 0, 0);
	text(&x, 1, 0, true, "aaaaaaaabbbbbbbb"); /* its second half came before */
	assert_counts(&x, 0, 1);
	text(&x, 1, 16, true, "CCCCCCCCDDDDDDDD"); /* overlaps, but agrees */
	assert_counts(&x, 0, 1);
	assert_int_equal(text(&x, 1, 24, false, "ddddddddee"), OK);
	assert_whole(&x, "aaaaaaaaBBBBBBBBCCCCCCCCDDDDDDDDee");
	assert_counts(&x, 0, 2);
	end(&x);
}

static void what_contradicts_the_length_is_not_used(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, &LIMITS);
	text(&x, 1, 8, false, "last");
	text(&x, 1, 8, false, "other");          /* another end */
	text(&x, 1, 8, false, "las");
	text(&x, 1, 8, true, "ijklmnop");        /* beyond the end */
	text(&x, 1, 16, true, "qrstuvwx");
	assert_counts(&x, 0, 4);
	assert_int_equal(text(&x, 1, 0, true, "abcdefgh"), OK);
	assert_whole(&x, "abcdefghlast");
	/* An end within what came before: as in the attack called teardrop. */
	text(&x, 2, 0, true, "abcdefghijklmnopqrstuvwx");
	assert_int_equal(text(&x, 2, 8, false, "ijkl"), ERR_MORE);
	assert_counts(&x, 0, 5);
	assert_int_equal(text(&x, 2, 24, false, "yz"), OK);
	assert_whole(&x, "abcdefghijklmnopqrstuvwxyz");
	end(&x);
}

static void no_fragment_at_all(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, &LIMITS);
	assert_int_equal(text(&x, 1, 0, true, ""), ERR_FORMAT);
	assert_int_equal(text(&x, 1, 8, false, ""), ERR_FORMAT);
	assert_int_equal(text(&x, 1, 0, true, "abcdefg"), ERR_FORMAT); /* no whole unit */
	assert_int_equal(text(&x, 1, 65528, false, "abcdefgh"), ERR_FORMAT);
	assert_counts(&x, 0, 0);
	assert_int_equal(text(&x, 1, 65528, false, "abcdefg"), ERR_MORE);
	end(&x);
}

static void the_longest_datagram(void **state)
{
	(void)state;
	struct fixture x;
	struct fragment_limits wide = LIMITS;
	char expected[65536];
	wide.bytes = NET_FRAGMENT_BYTES;
	begin(&x, &wide);
	for (size_t i = 0; i < sizeof(expected) - 1; i++)
		expected[i] = (char)('a' + i % 23);
	expected[65535] = '\0';
	for (size_t i = 8192; i-- > 0;) { /* the smallest pieces, backwards */
		struct fragment f = piece(1, i * 8, i < 8191, "");
		f.len = i < 8191 ? 8 : 7;
		f.bytes = (struct slice){ expected + i * 8, f.len };
		enum err err = fragment_add(x.table, &f, 0, &x.whole);
		assert_int_equal(err, i ? ERR_MORE : OK);
	}
	assert_whole(&x, expected);
	end(&x);
}

/* Each part of the key tells datagrams apart; of IPv6 the protocol is none. */
static void keys(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, &LIMITS);
	struct fragment last = piece(1, 8, false, "b"), f[4];
	assert_int_equal(give(&x, &last, 0), ERR_MORE);
	for (unsigned i = 0; i < 4; i++)
		f[i] = piece(1, 0, true, "aaaaaaaa");
	f[0].id = 2;
	f[1].src = frames_addr(B4);
	f[2].dst = frames_addr(A4);
	f[3].protocol = FRAMES_TCP;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(give(&x, &f[i], 0), ERR_MORE);
	assert_int_equal(text(&x, 1, 0, true, "aaaaaaaa"), OK);
	assert_int_equal(give(&x, &f[3], 0), ERR_MORE);
	fragment_finish(x.table);
	assert_counts(&x, 4, 0);

	last.src = f[3].src = frames_addr(A6); /* the first fragment says what it is */
	last.protocol = 1;
	f[3].protocol = FRAMES_UDP;
	assert_int_equal(give(&x, &last, 0), ERR_MORE);
	assert_int_equal(give(&x, &f[3], 0), OK);
	assert_whole(&x, "aaaaaaaab");
	assert_int_equal(give(&x, &f[3], 0), ERR_MORE);
	assert_int_equal(give(&x, &last, 0), OK);
	assert_whole(&x, "aaaaaaaab");
	end(&x);
}

static void buffers_grow_with_what_is_in_them(void **state)
{
	(void)state;
	char expected[8192 + 8 + 1];
	struct fixture x;
	begin(&x, &LIMITS);
	memset(expected, 'z', sizeof(expected) - 1);
	memcpy(expected, "abcdefgh", 8);
	expected[sizeof(expected) - 1] = '\0';
	assert_int_equal(text(&x, 1, 0, true, "abcdefgh"), ERR_MORE);
	assert_int_equal(text(&x, 1, 16, false, expected + 16), ERR_MORE);
	assert_int_equal(text(&x, 1, 0, true, "abcdefgh"), ERR_MORE); /* known still */
	assert_int_equal(text(&x, 1, 8, true, "zzzzzzzz"), OK);
	assert_whole(&x, expected);
	end(&x);
}

static void too_many_datagrams(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, &LIMITS);
	for (uint32_t id = 1; id <= 5; id++) /* one more than the limit */
		text(&x, id, 0, true, "aaaaaaaa");
	assert_counts(&x, 1, 0);
	for (uint32_t id = 2; id <= 5; id++) /* the first one went */
		assert_int_equal(text(&x, id, 8, false, "b"), OK);
	assert_int_equal(text(&x, 1, 8, false, "b"), ERR_MORE);
	assert_counts(&x, 1, 0);
	end(&x);
}

static void too_many_bytes(void **state)
{
	(void)state;
	static const struct fragment_limits tight = { 100, 3 * (2048 + 32), 30 * TICK_S };
	struct fixture x;
	begin(&x, &tight);
	for (uint32_t id = 1; id <= 4; id++)
		text(&x, id, 0, true, "aaaaaaaa");
	assert_counts(&x, 1, 0); /* 1 */
	text(&x, 2, 2048, true, "aaaaaaaa"); /* 2 doubles and is the oldest: 3 goes */
	assert_counts(&x, 2, 0);
	assert_int_equal(text(&x, 4, 8, false, "b"), OK);
	text(&x, 2, 4096, true, "aaaaaaaa"); /* more than there may be */
	assert_counts(&x, 3, 0);
	assert_int_equal(text(&x, 2, 8, false, "b"), ERR_MORE);
	end(&x);
}

/* As on Linux' "any" device: the last fragment comes once more when all is there. */
static void a_copy_of_the_last_one(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, &LIMITS);
	for (int i = 0; i < 2; i++)
		text(&x, 1, 0, true, "abcdefgh");
	assert_int_equal(text(&x, 1, 8, false, "i"), OK);
	assert_int_equal(text(&x, 1, 8, false, "i"), ERR_MORE);
	fragment_finish(x.table);
	assert_counts(&x, 0, 0);
	assert_int_equal(fragment_stats(x.table)->copies, 1);
	end(&x);
}

/* The identification came round again, or all was captured twice, one after the other. */
static void whole_again(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, &LIMITS);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(text(&x, 1, 8, false, "i"), ERR_MORE);
		assert_int_equal(text(&x, 1, 0, true, "abcdefgh"), OK);
		assert_whole(&x, "abcdefghi");
	}
	fragment_finish(x.table);
	assert_counts(&x, 0, 0);
	assert_int_equal(fragment_stats(x.table)->copies, 0);
	assert_int_equal(text(&x, 1, 8, false, "i"), ERR_MORE); /* forgotten by then */
	fragment_finish(x.table);
	assert_counts(&x, 1, 0);
	end(&x);
}

/* The packets that brought bytes are named, in ascending order. */
static void packets_of_a_datagram(void **state)
{
	(void)state;
	static const uint64_t numbers[] = { 3, 9, 10 };
	struct fixture x;
	begin(&x, &LIMITS);
	struct fragment f = piece(1, 8, true, "ijklmnop");
	f.frame = 3;
	assert_int_equal(give(&x, &f, 0), ERR_MORE);
	f.frame = 5; /* nothing new */
	assert_int_equal(give(&x, &f, 0), ERR_MORE);
	f = piece(1, 0, true, "abcdefgh");
	f.frame = 9;
	assert_int_equal(give(&x, &f, 0), ERR_MORE);
	f = piece(1, 16, false, "q");
	f.frame = 10;
	assert_int_equal(give(&x, &f, 0), OK);
	assert_whole(&x, "abcdefghijklmnopq");
	assert_int_equal(x.whole.nframes, 3);
	assert_memory_equal(x.whole.frames, numbers, sizeof(numbers));
	end(&x);
}

static void age(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, &LIMITS);
	tick born = 1000 * TICK_S, due = born + LIMITS.age;
	struct fragment first = piece(1, 0, true, "aaaaaaaa");
	struct fragment next = piece(2, 0, true, "xxxxxxxx");
	give(&x, &first, born);
	give(&x, &next, born + 1);
	give(&x, &first, due - 1); /* a duplicate makes it no younger */
	fragment_advance(x.table, due - 1);
	assert_counts(&x, 0, 0);
	fragment_advance(x.table, due);
	assert_counts(&x, 1, 0);
	assert_int_equal(text(&x, 2, 8, false, "y"), OK); /* is younger by 1 ns */
	assert_whole(&x, "xxxxxxxxy");
	fragment_advance(x.table, TICK_NONE - 1);
	assert_counts(&x, 1, 0);
	end(&x);
}

static void snapped_fragments(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, &LIMITS);
	for (unsigned which = 0; which < 3; which++) {
		static const char *const parts[3] = { "abcdefgh", "ijklmnop", "qr" };
		enum err err = ERR_MORE;
		for (unsigned i = 0; i < 3; i++) {
			struct fragment f = piece(which, i * 8, i < 2, parts[i]);
			if (i == which)
				f.bytes.len = 1;
			err = give(&x, &f, 0);
		}
		assert_int_equal(err, OK);
		assert_int_equal(x.whole.len, 18);
		assert_int_equal(x.whole.bytes.len, which * 8 + 1);
		assert_memory_equal(x.whole.bytes.p, "abcdefghijklmnopqr", which * 8 + 1);
	}
	end(&x);
}

/* Each allocation fails once: what fits is used, nothing leaks, and the table goes on. */
static void memory_that_runs_out(void **state)
{
	(void)state;
	for (uint64_t fail = 1;; fail++) {
		struct fixture x;
		memset(&x, 0, sizeof(x));
		mem_init(&x.mem, (size_t)1 << 24);
		x.mem.fail_at = fail;
		if (fragment_table_new(&x.table, &x.mem, 1, &LIMITS) != OK) {
			assert_int_equal(x.mem.used, 0);
			continue;
		}
		text(&x, 1, 2048, true, "aaaaaaaa");
		text(&x, 1, 4096, true, "aaaaaaaa"); /* the buffer grows */
		bool failed = x.mem.refused > 0;
		assert_int_equal(fragment_stats(x.table)->incomplete, failed);
		x.mem.fail_at = 0;
		assert_int_equal(text(&x, 2, 8, false, "b"), ERR_MORE);
		assert_int_equal(text(&x, 2, 0, true, "aaaaaaaa"), OK);
		assert_whole(&x, "aaaaaaaab");
		end(&x);
		if (!failed)
			break;
	}
}

static void no_memory_for_a_net(void **state)
{
	(void)state;
	enum err err = ERR_NOMEM;
	for (uint64_t fail = 1; err != OK; fail++) {
		struct mem mem;
		struct net *net = NULL;
		mem_init(&mem, (size_t)1 << 24);
		mem.fail_at = fail;
		err = net_new(&net, &mem, 1);
		assert_int_equal(err, mem.refused ? ERR_NOMEM : OK);
		net_free(net);
		assert_int_equal(mem.used, 0);
	}
	net_free(NULL);
}

/* --- in packets */

/* Fragment `part` of a UDP packet of 32 bytes, header included: 8 bytes each. */
static void put_fragment(struct frames *f, unsigned part, bool ipv6)
{
	struct frames whole;
	frames_init(&whole);
	if (ipv6)
		frames_ipv6(&whole, FRAMES_UDP, A6, B6);
	else
		frames_ipv4(&whole, FRAMES_UDP, A4, B4);
	size_t udp = frames_udp(&whole, 5060, 5070);
	frames_text(&whole, "abcdefghijklmnopqrstuvwx");
	frames_close(&whole);

	frames_init(f);
	if (ipv6) {
		frames_ipv6(f, 44, A6, B6);
		frames_fragment(f, FRAMES_UDP, (uint16_t)(part * 8), part < 3);
	} else {
		size_t ip = frames_ipv4(f, FRAMES_UDP, A4, B4);
		frames_put16(f, ip + 6, (uint16_t)((part < 3 ? 0x2000u : 0u) | part));
	}
	frames_bytes(f, whole.bytes + udp + part * (size_t)8, 8);
	frames_close(f);
}

static void packets(void **state)
{
	(void)state;
	static const unsigned order[] = { 3, 1, 1, 0, 2 };
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct session *s = session_start();
		for (size_t i = 0; i < 5; i++) {
			struct frames f;
			put_fragment(&f, order[i], ipv6);
			assert_int_equal(s->got.datagrams, 0);
			session_built(s, &f, RAW, TICK_S);
		}
		assert_true(payload_is(&s->got, "abcdefghijklmnopqrstuvwx"));
		assert_true(s->got.datagram.reassembled);
		assert_int_equal(s->got.datagram.src.port, 5060);
		assert_int_equal(s->got.datagram.ip_id, ipv6 ? 0 : 0x1234);
		assert_int_equal(s->got.stats.fragments, 4);
		assert_int_equal(s->got.stats.fragments_incomplete, 0);
		session_end(s);
	}
}

static void packets_of_a_tunnel(void **state)
{
	(void)state;
	struct frames in, whole;
	frames_init(&whole); /* a fragment in a tunnel, itself in two fragments */
	struct session *s = session_start();
	for (unsigned part = 0; part < 4; part++) {
		put_fragment(&in, part, true);
		for (size_t half = 0; half < 2; half++) {
			size_t from = half ? 40 : 0, to = half ? in.len : 40;
			frames_init(&whole);
			size_t ip = frames_ipv4(&whole, 41, A4, B4);
			frames_put16(&whole, ip + 4, (uint16_t)part);
			frames_put16(&whole, ip + 6, half ? 5 : 0x2000);
			frames_bytes(&whole, in.bytes + from, to - from);
			frames_close(&whole);
			session_built(s, &whole, RAW, TICK_S);
		}
	}
	assert_true(payload_is(&s->got, "abcdefghijklmnopqrstuvwx"));
	assert_true(s->got.datagram.reassembled);
	assert_int_equal(s->got.datagram.src.addr.family, 6);
	assert_int_equal(s->got.datagram.encapsulation, 1U << NET_TUNNEL_IP);
	assert_int_equal(s->got.stats.fragments, 7);
	session_end(s);
}

/* An IPv6 extension header may be behind the fragment header, and is then cut too. */
static void extension_header_in_the_fragments(void **state)
{
	(void)state;
	struct frames whole, f;
	frames_init(&whole);
	frames_ipv6(&whole, 60, A6, B6);
	size_t at = frames_extension(&whole, FRAMES_UDP, 1);
	frames_put8(&whole, 6, FRAMES_UDP);
	frames_udp(&whole, 5060, 5070);
	frames_text(&whole, "hello");
	frames_close(&whole);
	struct session *s = session_start();
	for (size_t from = 0; from < 32; from += 8) {
		frames_init(&f);
		frames_ipv6(&f, 44, A6, B6);
		frames_fragment(&f, 60, (uint16_t)from, from < 24);
		frames_bytes(&f, whole.bytes + at + from,
		             from < 24 ? 8 : whole.len - at - from);
		frames_close(&f);
		session_built(s, &f, RAW, TICK_S);
	}
	assert_true(payload_is(&s->got, "hello"));
	session_end(s);
}

static void packets_grow_old(void **state)
{
	(void)state;
	struct frames f, other;
	frames_udp_packet(&other, A4, 5060, B4, 5060, "hello");
	for (tick wait = NET_FRAGMENT_AGE - 1; wait <= NET_FRAGMENT_AGE; wait++) {
		struct session *s = session_start();
		put_fragment(&f, 0, false);
		session_built(s, &f, RAW, TICK_S);
		session_built(s, &other, 1, TICK_S + wait);
		assert_int_equal(s->got.stats.fragments_incomplete,
		                 wait == NET_FRAGMENT_AGE);
		session_built(s, &other, 1, 0); /* time does not run backwards */
		assert_int_equal(s->got.stats.fragments_incomplete,
		                 wait == NET_FRAGMENT_AGE);
		session_end(s);
	}
}

static void more_packets_than_are_kept(void **state)
{
	(void)state;
	struct session *s = session_start();
	for (unsigned id = 0; id <= NET_FRAGMENT_DATAGRAMS; id++) {
		struct frames f;
		put_fragment(&f, 0, false);
		frames_put16(&f, 4, (uint16_t)id);
		session_built(s, &f, RAW, TICK_S);
	}
	assert_int_equal(s->got.stats.fragments, NET_FRAGMENT_DATAGRAMS + 1);
	assert_int_equal(s->got.stats.fragments_incomplete, 1);
	session_end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_of_four),
		cmocka_unit_test(duplicates_change_nothing),
		cmocka_unit_test(of_overlaps_the_first_copy_counts),
		cmocka_unit_test(what_contradicts_the_length_is_not_used),
		cmocka_unit_test(no_fragment_at_all),
		cmocka_unit_test(the_longest_datagram),
		cmocka_unit_test(keys),
		cmocka_unit_test(buffers_grow_with_what_is_in_them),
		cmocka_unit_test(too_many_datagrams),
		cmocka_unit_test(too_many_bytes),
		cmocka_unit_test(age),
		cmocka_unit_test(snapped_fragments),
		cmocka_unit_test(a_copy_of_the_last_one),
		cmocka_unit_test(whole_again),
		cmocka_unit_test(packets_of_a_datagram),
		cmocka_unit_test(memory_that_runs_out),
		cmocka_unit_test(no_memory_for_a_net),
		cmocka_unit_test(packets),
		cmocka_unit_test(packets_of_a_tunnel),
		cmocka_unit_test(extension_header_in_the_fragments),
		cmocka_unit_test(packets_grow_old),
		cmocka_unit_test(more_packets_than_are_kept),
	};
	return cmocka_run_group_tests_name("net/fragment", tests, NULL, NULL);
}
