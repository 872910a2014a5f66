/* SPDX-License-Identifier: MIT */
/* Every frame cut at every length and with every bit flipped, beside pages that may
 * not be touched: nothing crashes, every packet is counted once, and what is handed
 * on lies within the frame. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "decoded.h"
#include "support/frames.h"
#include "support/guard.h"

#define A4 "192.0.2.1"
#define B4 "198.51.100.2"
#define A6 "2001:db8::a"
#define B6 "2001:db8:0:1::b"
#define TEXT "OPTIONS sip:b@example.com SIP/2.0\r\n\r\n"

struct sample {
	uint16_t link;
	bool     esp;     /* its trailer must have been captured */
	size_t   outer;   /* bytes before the payload of a UDP datagram that carries a
	                   * tunnel; 0: none does */
	size_t   headers; /* bytes before the payload of a datagram; 0: none comes */
	size_t   payload; /* bytes of it */
};

#define SAMPLES 24

static void put_text(struct frames *f, struct sample *s)
{
	frames_udp(f, 5060, 5061);
	s->headers = f->len;
	s->payload = strlen(TEXT);
	frames_text(f, TEXT);
	frames_close(f);
}

static struct sample sample_links(struct frames *f, unsigned which)
{
	struct sample s = { .link = 1 };
	switch (which) {
	case 0:
		frames_ethernet(f, FRAMES_IPV4);
		break;
	case 1:
		frames_ethernet(f, 0x88a8);
		frames_vlan(f, 100, 0x9100);
		frames_vlan(f, 100, FRAMES_VLAN);
		frames_vlan(f, 200, FRAMES_IPV4);
		break;
	case 2:
		s.link = 113;
		frames_sll(f, FRAMES_VLAN);
		frames_vlan(f, 1, FRAMES_IPV4);
		break;
	case 3:
		s.link = 276;
		frames_sll2(f, FRAMES_IPV4);
		break;
	case 4:
		s.link = 0;
		frames_null_le(f, 2);
		break;
	default:
		s.link = 108;
		frames_null_be(f, 2);
		break;
	}
	frames_ipv4(f, FRAMES_UDP, A4, B4);
	put_text(f, &s);
	return s;
}

static struct sample sample_ip(struct frames *f, unsigned which)
{
	struct sample s = { .link = 101 };
	switch (which) {
	case 6:
		frames_ipv4_options(f, FRAMES_UDP, A4, B4, "\7\7\4\0\0\0\0", 8);
		put_text(f, &s);
		break;
	case 7:
		frames_ipv6(f, FRAMES_UDP, A6, B6);
		put_text(f, &s);
		break;
	case 8:
		frames_ipv6(f, 0, A6, B6);
		frames_extension(f, 43, 0);
		frames_extension(f, 44, 2);
		frames_fragment(f, 51, 0, 0);
		frames_auth(f, 60, 3);
		frames_extension(f, FRAMES_UDP, 1);
		put_text(f, &s);
		break;
	case 9:
		frames_ipv6(f, 44, A6, B6);
		frames_fragment(f, FRAMES_UDP, 1448, 1);
		frames_text(f, TEXT);
		frames_close(f);
		break;
	case 10:
		frames_ipv4(f, FRAMES_TCP, A4, B4);
		frames_tcp(f, 5060, 40000, 1, 0x18);
		frames_text(f, TEXT);
		frames_close(f);
		break;
	case 11:
		frames_ipv4(f, 4, A4, B4);
		frames_ipv4(f, FRAMES_UDP, A4, B4);
		put_text(f, &s);
		break;
	case 12:
		frames_ipv6(f, 60, A6, B6);
		for (unsigned i = 0; i < 20; i++)
			frames_extension(f, 60, 0);
		frames_close(f);
		break;
	default:
		s.link = 1;
		frames_ethernet(f, 0x0806);
		frames_text(f, "who has");
		break;
	}
	return s;
}

static struct sample sample_tunnel(struct frames *f, unsigned which)
{
	struct sample s = { .link = 1 };
	frames_ethernet(f, which == 14 ? 0x8847 : which == 15 ? 0x8864 : FRAMES_IPV4);
	switch (which) {
	case 14:
		frames_mpls(f, 16, 0);
		frames_mpls(f, 17, 1);
		break;
	case 15:
		frames_pppoe(f, 0x0021);
		break;
	case 16:
		frames_ipv4(f, 47, A4, B4);
		frames_gre(f, 0xb000, 0x6558);
		frames_ethernet(f, FRAMES_IPV4);
		break;
	case 17:
		frames_ipv4(f, 47, A4, B4);
		frames_pptp(f, 1);
		frames_ppp(f, 0x0021);
		break;
	case 18:
		frames_ipv4(f, 47, A4, B4);
		frames_erspan3(f, 1);
		frames_ethernet(f, FRAMES_IPV4);
		break;
	default:
		frames_ipv4(f, 50, A4, B4);
		frames_esp(f);
		frames_udp(f, 5060, 5061);
		s.headers = f->len;
		s.payload = strlen(TEXT);
		frames_text(f, TEXT);
		frames_put16(f, s.headers - 4, (uint16_t)(8 + s.payload));
		f->depth--; /* the length is set already: it ends here */
		frames_esp_trailer(f, FRAMES_UDP, 2, 12);
		frames_close(f);
		s.esp = true;
		return s;
	}
	frames_ipv4(f, FRAMES_UDP, A4, B4);
	put_text(f, &s);
	return s;
}

static struct sample sample_udp_tunnel(struct frames *f, unsigned which)
{
	static const uint16_t ports[] = { 4789, 6081, 2152, 1701 };
	struct sample s = { .link = 101 };
	frames_ipv6(f, FRAMES_UDP, A6, B6);
	frames_udp(f, 50000, ports[which - 20]);
	size_t outer = f->len;
	switch (which) {
	case 20:
		frames_vxlan(f, 7);
		frames_ethernet(f, FRAMES_VLAN);
		frames_vlan(f, 9, FRAMES_IPV4);
		break;
	case 21:
		frames_geneve(f, FRAMES_IPV4, 2);
		break;
	case 22:
		frames_gtpu(f, 2);
		break;
	default:
		frames_l2tp(f, 0x4a00);
		frames_ppp(f, 0x0021);
		break;
	}
	frames_ipv4(f, FRAMES_UDP, A4, B4);
	put_text(f, &s);
	s.outer = outer;
	return s;
}

static struct sample build(struct frames *f, unsigned which)
{
	frames_init(f);
	if (which < 6)
		return sample_links(f, which);
	if (which < 14)
		return sample_ip(f, which);
	return which < 20 ? sample_tunnel(f, which) : sample_udp_tunnel(f, which);
}

/* What holds for any bytes at all. */
static struct decoded check_any(const struct frame *frame)
{
	struct decoded d = decode(frame);
	assert_int_equal(d.stats.packets, 1);
	assert_int_equal(d.stats.bytes, frame->bytes.len);
	assert_int_equal(d.stats.truncated_packets, frame->wire_len > frame->bytes.len);
	assert_true(stats_add_up(&d.stats));
	assert_int_equal(d.datagrams, d.stats.datagrams);
	if (d.datagrams) {
		const struct net_datagram *got = &d.datagram;
		assert_true(got->payload.len <= got->wire_len);
		assert_int_equal(got->truncated, got->payload.len < got->wire_len);
		if (got->payload.len) {
			assert_true(got->payload.p >= frame->bytes.p);
			assert_true(got->payload.p + got->payload.len <=
			            frame->bytes.p + frame->bytes.len);
		}
	}
	return d;
}

/* The cut is the snapshot length's: from the end of the headers on there is a
 * datagram with what was captured of it, before that there is none. */
static void check_snapped(const struct frame *whole, const struct sample *s,
                          const char *bytes, size_t cut)
{
	struct frame frame = *whole;
	frame.bytes = (struct slice){ bytes, cut };
	struct decoded d = check_any(&frame);
	if (s->esp) {
		assert_int_equal(d.datagrams, cut == whole->bytes.len);
		return;
	}
	/* A tunnel in UDP that is cut before its last IP header ends is a datagram. */
	size_t inside = s->headers - 8;
	if (s->outer && cut >= s->outer && cut < inside) {
		assert_int_equal(d.datagrams, 1);
		assert_int_equal(d.datagram.payload.len, cut - s->outer);
		assert_int_equal(d.datagram.encapsulation, 0);
		return;
	}
	assert_int_equal(d.datagrams, s->headers && cut >= s->headers);
	if (d.datagrams) {
		assert_int_equal(d.datagram.payload.len, cut - s->headers);
		assert_int_equal(d.datagram.wire_len, s->payload);
		assert_int_equal(d.datagram.src.port, 5060);
		assert_int_equal(d.datagram.dst.port, 5061);
	}
	frame.wire_len = (uint32_t)cut; /* an input that keeps silent about the cut */
	struct decoded silent = check_any(&frame);
	assert_int_equal(silent.datagrams, d.datagrams);
}

static void cut_at_every_length(void **state)
{
	(void)state;
	for (unsigned which = 0; which < SAMPLES; which++) {
		struct frames f;
		struct sample s = build(&f, which);
		struct frame whole = frames_frame(&f, s.link);
		for (size_t cut = 0; cut <= f.len; cut++) {
			char *end = guard_copy(f.bytes, cut);
			char *front = guard_copy_front(f.bytes, cut);
			check_snapped(&whole, &s, end, cut);
			check_snapped(&whole, &s, front, cut);
			guard_free(end);
			guard_free(front);
		}
	}
}

static void every_bit_flipped(void **state)
{
	(void)state;
	for (unsigned which = 0; which < SAMPLES; which++) {
		struct frames f;
		struct sample s = build(&f, which);
		char *copy = guard_copy(f.bytes, f.len);
		struct frame frame = frames_frame(&f, s.link);
		frame.bytes.p = copy;
		for (size_t bit = 0; bit < f.len * 8; bit++) {
			copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
			check_any(&frame);
			copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		}
		guard_free(copy);
	}
}

static void every_byte_at_its_ends(void **state)
{
	(void)state;
	static const unsigned char values[] = { 0x00, 0xff, 0x7f, 0x80, 0x01 };
	for (unsigned which = 0; which < SAMPLES; which++) {
		struct frames f;
		struct sample s = build(&f, which);
		char *copy = guard_copy(f.bytes, f.len);
		struct frame frame = frames_frame(&f, s.link);
		frame.bytes.p = copy;
		for (size_t at = 0; at < f.len; at++) {
			char before = copy[at];
			for (size_t i = 0; i < sizeof(values); i++) {
				copy[at] = (char)values[i];
				check_any(&frame);
			}
			copy[at] = before;
		}
		guard_free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_at_every_length),
		cmocka_unit_test(every_bit_flipped),
		cmocka_unit_test(every_byte_at_its_ends),
	};
	return cmocka_run_group_tests_name("net/cuts", tests, NULL, NULL);
}
