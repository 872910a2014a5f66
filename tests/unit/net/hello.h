/* SPDX-License-Identifier: MIT */
/* tests/unit/net/hello.h - a small packet behind any link layer, and what must come out
 * of it, whole, cut and damaged. */
#ifndef TESTS_UNIT_NET_HELLO_H
#define TESTS_UNIT_NET_HELLO_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "decoded.h"
#include "support/frames.h"
#include "support/guard.h"

#define HELLO "hello"
#define HELLO_LEN 5U

/* Append a UDP packet of the IP version that the EtherType says; close the frame. */
static inline void put_udp(struct frames *f, uint16_t type)
{
	if (type == FRAMES_IPV6)
		frames_ipv6(f, FRAMES_UDP, "2001:db8::1", "2001:db8::2");
	else
		frames_ipv4(f, FRAMES_UDP, "192.0.2.1", "198.51.100.2");
	frames_udp(f, 5060, 5070);
	frames_text(f, HELLO);
	frames_close(f);
}

/* The frame is that packet, of the given IP version. */
static inline void assert_hello(const struct frames *f, uint16_t link, uint8_t family)
{
	struct decoded d = decode_built(f, link);
	assert_int_equal(d.stats.datagrams, 1);
	assert_true(payload_is(&d, HELLO));
	assert_false(d.datagram.truncated);
	assert_int_equal(d.datagram.src.addr.family, family);
	assert_int_equal(d.datagram.src.port, 5060);
	assert_int_equal(d.datagram.dst.port, 5070);
	assert_true(stats_add_up(&d.stats));
}

static inline void assert_not_ip(const struct frames *f, uint16_t link)
{
	struct decoded d = decode_built(f, link);
	assert_int_equal(d.stats.not_ip, 1);
	assert_true(stats_add_up(&d.stats));
}

static inline void assert_malformed(const struct frames *f, uint16_t link)
{
	struct decoded d = decode_built(f, link);
	assert_int_equal(d.stats.malformed_packets, 1);
	assert_true(stats_add_up(&d.stats));
}

/* What holds for any bytes at all. */
static inline struct decoded assert_sane(const struct frame *frame)
{
	struct decoded d = decode(frame);
	assert_true(stats_add_up(&d.stats));
	assert_int_equal(d.datagrams, d.stats.datagrams);
	const struct net_datagram *got = &d.datagram;
	if (d.datagrams && got->payload.len) {
		assert_true(got->payload.len <= got->wire_len);
		assert_true(got->payload.p >= frame->bytes.p);
		assert_true(got->payload.p + got->payload.len <=
		            frame->bytes.p + frame->bytes.len);
	}
	return d;
}

/* The frame, whose datagram has the payload HELLO, cut at every length beside a page that
 * may not be touched: there is a datagram as soon as all headers are. */
static inline void assert_cuts(const struct frames *f, uint16_t link)
{
	struct decoded whole = decode_built(f, link);
	assert_int_equal(whole.datagrams, 1);
	size_t headers = (size_t)(whole.datagram.payload.p - (const char *)f->bytes);
	for (size_t cut = 0; cut <= f->len; cut++) {
		for (int front = 0; front < 2; front++) {
			char *copy = front ? guard_copy_front(f->bytes, cut)
			                   : guard_copy(f->bytes, cut);
			struct frame frame = frames_frame(f, link);
			frame.bytes = (struct slice){ copy, cut };
			struct decoded d = assert_sane(&frame);
			assert_int_equal(d.datagrams, cut >= headers);
			if (cut >= headers) {
				size_t len = cut - headers;
				assert_int_equal(d.datagram.wire_len, HELLO_LEN);
				assert_int_equal(d.datagram.payload.len,
				                 len < HELLO_LEN ? len : HELLO_LEN);
			}
			guard_free(copy);
		}
	}
}

/* The frame with each byte at both ends of its range and each bit flipped. */
static inline void assert_damaged(const struct frames *f, uint16_t link)
{
	char *copy = guard_copy(f->bytes, f->len);
	struct frame frame = frames_frame(f, link);
	frame.bytes.p = copy;
	for (size_t at = 0; at < f->len; at++) {
		char before = copy[at];
		for (unsigned i = 0; i < 10; i++) {
			int damage = i < 8 ? before ^ 1 << i : i == 8 ? 0 : 0xff;
			copy[at] = (char)damage;
			assert_sane(&frame);
		}
		copy[at] = before;
	}
	guard_free(copy);
}

#endif
