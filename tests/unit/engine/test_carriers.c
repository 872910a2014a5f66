/* SPDX-License-Identifier: MIT */
/* What carries SIP beside plain UDP and TCP, from the frame to the watcher. */
#include "config.h"

#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "support/frames.h"
#include "support/sip_text.h"

#define ETHERNET 1 /* LINKTYPE_ETHERNET */
#define NOON     (UINT64_C(1795176000) * TICK_S)
#define AGENT    "192.0.2.50" /* a capture agent, and */
#define SERVER   "192.0.2.60" /* where it sends to */

struct bench {
	struct engine *engine;
	uint64_t       packets;
	uint32_t       seq;        /* of the TCP stream */
	char           log[2048];  /* a line a message */
	size_t         fill;
	tick           at;         /* of the last message */
};

static void watch(void *arg, const struct engine_message *m)
{
	static const char *const names[] = { "udp", "tcp", "tls", "sctp", "ws", "wss" };
	struct bench *b = arg;
	char src[NET_ADDR_TEXT_MAX];
	net_addr_text(&m->src.addr, src);
	int n = snprintf(b->log + b->fill, sizeof(b->log) - b->fill,
	                 "%s %s:%u %.*s%u #%u/%u%s%s\n", names[m->transport], src,
	                 m->src.port, (int)m->msg->method.len,
	                 m->msg->method.len ? m->msg->method.p : "", m->msg->status,
	                 (unsigned)m->frame, m->nframes,
	                 m->encapsulation >> NET_TUNNEL_HEP & 1 ? " hep" : "",
	                 m->is.repeat == TRACK_DUPLICATE ? " duplicate" : "");
	assert_true(n > 0 && (size_t)n < sizeof(b->log) - b->fill);
	b->fill += (size_t)n;
	b->at = m->at;
}

static void begin_with(struct bench *b, bool no_hep)
{
	memset(b, 0, sizeof(*b));
	struct engine_cfg cfg = {
		.seed = 1, .no_hep = no_hep, .watch = watch, .arg = b
	};
	assert_int_equal(engine_new(&b->engine, &cfg), OK);
}

static void begin(struct bench *b)
{
	begin_with(b, false);
}

static void assert_log(struct bench *b, const char *want)
{
	assert_string_equal(b->log, want);
	b->fill = 0;
	b->log[0] = '\0';
}

static void end(struct bench *b)
{
	engine_finish(b->engine);
	assert_log(b, "");
	engine_free(b->engine);
}

static void frame_of(struct bench *b, struct frames *f)
{
	frames_close(f);
	struct frame frame = frames_frame(f, ETHERNET);
	frame.number = ++b->packets;
	frame.at = NOON;
	engine_frame(b->engine, &frame);
}

/* Bytes from the agent to the server, of UDP or as the next ones of a TCP stream. */
static void send(struct bench *b, uint8_t protocol, const char *bytes, size_t len)
{
	struct frames f;
	frames_init(&f);
	frames_ethernet(&f, FRAMES_IPV4);
	frames_ipv4(&f, protocol, AGENT, SERVER);
	if (protocol == FRAMES_TCP)
		frames_tcp(&f, 40000, 9060, b->seq + 1, 0x18);
	else
		frames_udp(&f, 40000, 9060);
	frames_bytes(&f, bytes, len);
	b->seq += (uint32_t)len;
	frame_of(b, &f);
}

/* --- HEP */

struct hep_text {
	char   bytes[4096];
	size_t len;
};

static void put16(struct hep_text *h, unsigned v)
{
	h->bytes[h->len++] = (char)(v >> 8);
	h->bytes[h->len++] = (char)v;
}

static void chunk(struct hep_text *h, unsigned type, const void *value, size_t len)
{
	put16(h, 0); /* vendor */
	put16(h, type);
	put16(h, 6 + (unsigned)len);
	assert_true(len < sizeof(h->bytes) - h->len);
	memcpy(h->bytes + h->len, value, len);
	h->len += len;
}

/* HEP3 of a payload from 10.0.0.1 to 10.0.0.2, five seconds before noon. */
static void hep3(struct hep_text *h, unsigned type, unsigned payload, const char *bytes,
                 size_t len)
{
	uint32_t seconds = (uint32_t)(NOON / TICK_S) - 5;
	const unsigned char at[] = { (unsigned char)(seconds >> 24),
		                     (unsigned char)(seconds >> 16),
		                     (unsigned char)(seconds >> 8),
		                     (unsigned char)seconds };
	const unsigned char kind = (unsigned char)type;
	memcpy(h->bytes, "HEP3", 4);
	h->len = 6;
	chunk(h, 1, "\x02", 1);
	chunk(h, 2, "\x06", 1); /* TCP */
	chunk(h, 3, "\x0a\0\0\x01", 4);
	chunk(h, 4, "\x0a\0\0\x02", 4);
	chunk(h, 7, "\x13\xc4", 2);
	chunk(h, 8, "\x13\xc6", 2);
	chunk(h, 9, at, 4);
	chunk(h, 11, &kind, 1);
	chunk(h, payload, bytes, len);
	size_t whole = h->len;
	h->len = 4;
	put16(h, (unsigned)whole);
	h->len = whole;
}

static size_t invite(char *out)
{
	return sip_text(out, SIP_TEXT_MAX,
	                &(struct sip_text){ .start = "INVITE",
	                                    .more = "Content-Length: 0\r\n" });
}

static void test_hep_in_udp(void **unused)
{
	(void)unused;
	struct bench b;
	struct hep_text h;
	char text[SIP_TEXT_MAX], packed[SIP_TEXT_MAX];
	size_t len = invite(text);
	uLongf packed_len = sizeof(packed);
	begin(&b);
	hep3(&h, 1, 15, text, len);
	send(&b, FRAMES_UDP, h.bytes, h.len);
	assert_log(&b, "tcp 10.0.0.1:5060 INVITE0 #1/0 hep\n");
	assert_int_equal(b.at, NOON - 5 * TICK_S);
	assert_int_equal(compress((Bytef *)packed, &packed_len, (Bytef *)text, len),
	                 Z_OK);
	hep3(&h, 1, 16, packed, packed_len);
	send(&b, FRAMES_UDP, h.bytes, h.len);
	assert_log(&b, "tcp 10.0.0.1:5060 INVITE0 #2/0 hep duplicate\n");
	hep3(&h, 5, 15, "\x80\xc8", 2); /* RTCP */
	send(&b, FRAMES_UDP, h.bytes, h.len);
	packed[packed_len / 2] ^= 0x55;
	hep3(&h, 1, 16, packed, packed_len);
	send(&b, FRAMES_UDP, h.bytes, h.len);
	assert_log(&b, "");
	const struct engine_stats *s = engine_stats(b.engine);
	assert_int_equal(s->hep_packets, 3);
	assert_int_equal(s->hep_other, 1);
	assert_int_equal(s->hep_damaged, 1);
	end(&b);
}

static void test_hep_in_tcp(void **unused)
{
	(void)unused;
	struct bench b;
	struct hep_text h;
	char text[SIP_TEXT_MAX];
	size_t len = invite(text);
	begin(&b);
	hep3(&h, 1, 15, text, len);
	send(&b, FRAMES_TCP, h.bytes, h.len);
	assert_log(&b, "tcp 10.0.0.1:5060 INVITE0 #1/0 hep\n");
	send(&b, FRAMES_TCP, h.bytes, 3);
	send(&b, FRAMES_TCP, h.bytes + 3, 100);
	send(&b, FRAMES_TCP, h.bytes + 103, h.len - 103);
	assert_log(&b, "tcp 10.0.0.1:5060 INVITE0 #4/3 hep duplicate\n");
	end(&b);
}

static void test_hep_unwanted(void **unused)
{
	(void)unused;
	struct bench b;
	struct hep_text h;
	char text[SIP_TEXT_MAX];
	size_t len = invite(text);
	begin_with(&b, true);
	hep3(&h, 1, 15, text, len);
	send(&b, FRAMES_UDP, h.bytes, h.len);
	send(&b, FRAMES_TCP, h.bytes, h.len);
	assert_log(&b, "");
	assert_int_equal(engine_stats(b.engine)->hep_packets, 0);
	end(&b);
}

/* The first bytes of a stream come one by one: it tells late what it is. */
static void test_hep_in_tcp_byte_by_byte(void **unused)
{
	(void)unused;
	struct bench b;
	struct hep_text h;
	char text[SIP_TEXT_MAX], want[80];
	size_t len = invite(text);
	begin(&b);
	hep3(&h, 1, 15, text, len);
	for (size_t i = 0; i < h.len; i++)
		send(&b, FRAMES_TCP, h.bytes + i, 1);
	assert_true(h.len > NET_FRAMES_MAX);
	snprintf(want, sizeof(want), "tcp 10.0.0.1:5060 INVITE0 #%zu/%u hep\n", h.len,
	         NET_FRAMES_MAX);
	assert_log(&b, want);
	assert_int_equal(engine_stats(b.engine)->frames_cut, 1);
	hep3(&h, 1, 15, text, len); /* in as many packets as fit */
	for (size_t i = 0; i + 1 < NET_FRAMES_MAX; i++)
		send(&b, FRAMES_TCP, h.bytes + i, 1);
	send(&b, FRAMES_TCP, h.bytes + NET_FRAMES_MAX - 1, h.len - NET_FRAMES_MAX + 1);
	snprintf(want, sizeof(want), "tcp 10.0.0.1:5060 INVITE0 #%zu/%u hep duplicate\n",
	         h.len + NET_FRAMES_MAX, NET_FRAMES_MAX);
	assert_log(&b, want);
	assert_int_equal(engine_stats(b.engine)->frames_cut, 1);
	end(&b);
}

/* --- WebSocket */

static const char upgrade[] = "GET /sip HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
			      "Connection: Upgrade\r\n\r\n";

/* One frame, unmasked; fin and opcode in `first`. Returns its length. */
static size_t ws_frame(char *out, unsigned first, const char *bytes, size_t len)
{
	size_t head = len < 126 ? 2 : 4;
	out[0] = (char)first;
	out[1] = (char)(len < 126 ? len : 126);
	if (head == 4) {
		out[2] = (char)(len >> 8);
		out[3] = (char)len;
	}
	memcpy(out + head, bytes, len);
	return head + len;
}

static void test_websocket(void **unused)
{
	(void)unused;
	struct bench b;
	char text[SIP_TEXT_MAX], frame[SIP_TEXT_MAX + 16];
	size_t len = invite(text);
	begin(&b);
	send(&b, FRAMES_TCP, upgrade, 20); /* a head in two pieces */
	send(&b, FRAMES_TCP, upgrade + 20, sizeof(upgrade) - 21);
	size_t n = ws_frame(frame, 0x81, text, len);
	send(&b, FRAMES_TCP, frame, n);
	assert_log(&b, "ws 192.0.2.50:40000 INVITE0 #3/0\n");
	n = ws_frame(frame, 0x01, text, 50); /* in two frames, a ping in between */
	send(&b, FRAMES_TCP, frame, n);
	send(&b, FRAMES_TCP, "\x89\x00", 2);
	n = ws_frame(frame, 0x80, text + 50, len - 50);
	send(&b, FRAMES_TCP, frame, n);
	assert_log(&b, "ws 192.0.2.50:40000 INVITE0 #6/3 duplicate\n");
	send(&b, FRAMES_TCP, "\x81\x04\r\n\r\n", 6); /* RFC 7118 keep-alive */
	end(&b);
}

static void test_websocket_without_its_beginning(void **unused)
{
	(void)unused;
	struct bench b;
	char text[SIP_TEXT_MAX], frame[SIP_TEXT_MAX + 16];
	size_t len = invite(text);
	begin(&b);
	size_t n = ws_frame(frame, 0x82, text, len);
	send(&b, FRAMES_TCP, frame, 1);
	send(&b, FRAMES_TCP, frame + 1, n - 1);
	assert_log(&b, "ws 192.0.2.50:40000 INVITE0 #2/2\n");
	b.seq += 10; /* lost */
	send(&b, FRAMES_TCP, frame, n);
	assert_log(&b, "");
	engine_finish(b.engine);
	assert_log(&b, "ws 192.0.2.50:40000 INVITE0 #3/0 duplicate\n");
	engine_free(b.engine);
}

/* Begins like a handshake, and is none: what comes after it is SIP as it is. */
static void test_no_websocket_after_all(void **unused)
{
	(void)unused;
	struct bench b;
	char text[SIP_TEXT_MAX];
	size_t len = invite(text);
	begin(&b);
	send(&b, FRAMES_TCP, upgrade, 20);
	send(&b, FRAMES_TCP, "Host: x\r\n\r\n", 11);
	send(&b, FRAMES_TCP, text, len);
	assert_log(&b, "tcp 192.0.2.50:40000 INVITE0 #3/0\n");
	end(&b);
}

/* A head that never ends, byte by byte: it is looked at so often and no more. */
static void test_endless_head(void **unused)
{
	(void)unused;
	struct bench b;
	char text[SIP_TEXT_MAX];
	size_t len = invite(text);
	begin(&b);
	send(&b, FRAMES_TCP, "GET / HTTP/1.1\r\n", 16);
	for (unsigned i = 0; i < 3000; i++)
		send(&b, FRAMES_TCP, i % 40 ? "x" : "\n", 1);
	send(&b, FRAMES_TCP, "\r\n", 2);
	send(&b, FRAMES_TCP, text, len);
	assert_log(&b, "tcp 192.0.2.50:40000 INVITE0 #3003/0\n");
	end(&b);
}

static void test_head_that_is_given_up(void **unused)
{
	(void)unused;
	struct bench b;
	char text[SIP_TEXT_MAX];
	size_t len = invite(text);
	begin(&b);
	send(&b, FRAMES_TCP, "HE", 2); /* HEP? */
	b.seq += 100;
	send(&b, FRAMES_TCP, text, len);
	engine_finish(b.engine);
	assert_log(&b, "tcp 192.0.2.50:40000 INVITE0 #2/0\n");
	engine_free(b.engine);
}

/* --- SCTP, ICMP */

static void test_sctp(void **unused)
{
	(void)unused;
	struct bench b;
	char text[SIP_TEXT_MAX];
	size_t len = invite(text), half = len / 2 & ~(size_t)3;
	begin(&b);
	for (unsigned part = 0; part < 2; part++) {
		struct frames f;
		size_t n = part ? len - half : half;
		frames_init(&f);
		frames_ethernet(&f, FRAMES_IPV4);
		frames_ipv4(&f, 132, AGENT, SERVER);
		frames_u16(&f, 5060);
		frames_u16(&f, 5062);
		frames_u32(&f, 0x1234);   /* verification tag */
		frames_u32(&f, 0);        /* checksum */
		frames_u8(&f, 0);         /* DATA */
		frames_u8(&f, part ? 1 : 2); /* end, beginning */
		frames_u16(&f, (uint16_t)(16 + n));
		frames_u32(&f, 100 + part); /* TSN */
		frames_u16(&f, 0);
		frames_u16(&f, 7);
		frames_u32(&f, 0);
		frames_bytes(&f, text + (part ? half : 0), n);
		frames_bytes(&f, "\0\0\0", (4 - n % 4) % 4);
		frame_of(&b, &f);
	}
	assert_log(&b, "sctp 192.0.2.50:5060 INVITE0 #2/2\n");
	end(&b);
}

static void test_icmp(void **unused)
{
	(void)unused;
	struct bench b;
	struct frames f;
	char text[SIP_TEXT_MAX];
	size_t len = invite(text);
	begin(&b);
	send(&b, FRAMES_UDP, text, len);
	assert_log(&b, "udp 192.0.2.50:40000 INVITE0 #1/0\n");
	frames_init(&f);
	frames_ethernet(&f, FRAMES_IPV4);
	frames_ipv4(&f, 1, SERVER, AGENT);
	frames_u32(&f, 0x03030000); /* port unreachable */
	frames_u32(&f, 0);
	frames_ipv4(&f, FRAMES_UDP, AGENT, SERVER);
	frames_udp(&f, 40000, 9060);
	frames_bytes(&f, text, len - 20); /* a router quotes as much as it likes */
	frame_of(&b, &f);
	const struct tracker *t = engine_tracker(b.engine);
	uint32_t id = tracker_icmp_of(t, 1);
	assert_int_not_equal(id, 0);
	assert_int_equal(tracker_icmp_at(t, id)->message, 1);
	assert_int_equal(tracker_icmp_at(t, id)->frame, 2);
	assert_int_equal(tracker_icmp_at(t, id)->type, 3);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hep_in_udp),
		cmocka_unit_test(test_hep_in_tcp),
		cmocka_unit_test(test_hep_in_tcp_byte_by_byte),
		cmocka_unit_test(test_hep_unwanted),
		cmocka_unit_test(test_websocket),
		cmocka_unit_test(test_websocket_without_its_beginning),
		cmocka_unit_test(test_no_websocket_after_all),
		cmocka_unit_test(test_endless_head),
		cmocka_unit_test(test_head_that_is_given_up),
		cmocka_unit_test(test_sctp),
		cmocka_unit_test(test_icmp),
	};
	return cmocka_run_group_tests_name("engine/carriers", tests, NULL, NULL);
}
