/* SPDX-License-Identifier: MIT */
/* tests/unit/view/calls.h - an engine that has seen a few messages, built packet by
 * packet. The store is an array: messages can be read back until it is `broken`. */
#ifndef TESTS_UNIT_VIEW_CALLS_H
#define TESTS_UNIT_VIEW_CALLS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/engine.h"
#include "support/frames.h"

/* 2026-11-20T12:00:00Z */
#define CALLS_NOON (UINT64_C(1795176000) * TICK_S)

struct calls {
	struct engine *engine;
	bool           broken; /* the store answers ERR_IO */
	uint64_t       packets, bytes;
	uint16_t       ip_id;  /* of the newest packet */
	size_t         kept;
	char           store[1 << 16];
};

static inline enum err calls_put(void *arg, struct slice bytes, uint64_t *ref)
{
	struct calls *c = arg;
	assert_true(bytes.len <= sizeof(c->store) - c->kept);
	memcpy(c->store + c->kept, bytes.p, bytes.len);
	*ref = c->kept;
	c->kept += bytes.len;
	return OK;
}

static inline enum err calls_get(void *arg, bool spooled, uint16_t input, uint64_t ref,
                                 char *buf, size_t len)
{
	struct calls *c = arg;
	(void)input;
	if (c->broken)
		return ERR_IO;
	assert_true(spooled && ref <= c->kept && len <= c->kept - ref);
	memcpy(buf, c->store + ref, len);
	return OK;
}

/* What is kept, who leaves, and who is told of it, as cfg says. Nothing can be read
 * back. */
static inline void calls_init_with(struct calls *c, const struct engine_cfg *cfg)
{
	*c = (struct calls){ .ip_id = 1 };
	assert_int_equal(engine_new(&c->engine, cfg), OK);
}

static inline void calls_init(struct calls *c)
{
	*c = (struct calls){ .ip_id = 1 };
	struct engine_cfg cfg = { .seed = 1 };
	cfg.store = (struct engine_store){ .put = calls_put, .get = calls_get, .arg = c };
	assert_int_equal(engine_new(&c->engine, &cfg), OK);
}

static inline void calls_clear(struct calls *c)
{
	engine_free(c->engine);
}

/* A frame that was built, `ms` after noon. */
static inline void calls_frame(struct calls *c, uint64_t ms, struct frames *f)
{
	frames_close(f);
	struct frame frame = frames_frame(f, 1); /* LINKTYPE_ETHERNET */
	frame.number = ++c->packets;
	c->bytes += frame.bytes.len;
	frame.at = CALLS_NOON + ms * TICK_MS;
	engine_frame(c->engine, &frame);
}

/* One message from src to dst, `ms` after noon, in a packet of its own. */
static inline void calls_packet(struct calls *c, uint64_t ms, const char *src,
                                uint16_t src_port, const char *dst, uint16_t dst_port,
                                const char *text)
{
	struct frames f;
	frames_init(&f);
	frames_ethernet(&f, FRAMES_IPV4);
	size_t ip = frames_ipv4(&f, FRAMES_UDP, src, dst);
	frames_put16(&f, ip + 4, c->ip_id);
	frames_udp(&f, src_port, dst_port);
	frames_text(&f, text);
	calls_frame(c, ms, &f);
	c->ip_id++;
}

/* What the next packet has in common with the one before, when it is that very packet
 * captured again. */
static inline void calls_same_packet(struct calls *c)
{
	c->ip_id--;
}

/* Does a message with this start line lie in a dialog? */
static inline bool calls_in_dialog(const char *start)
{
	if (strncmp(start, "SIP/2.0 ", 8) == 0)
		return strncmp(start, "SIP/2.0 100", 11) != 0;
	return strncmp(start, "ACK ", 4) == 0 || strncmp(start, "BYE ", 4) == 0;
}

/* The message with this start line, in a call and transaction of this name. */
static inline const char *calls_message(char text[2048], const char *start,
                                        const char *call, const char *branch,
                                        const char *cseq, bool sdp)
{
	int len = snprintf(text, 2048,
	                   "%s\r\n"
	                   "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK%s\r\n"
	                   "From: \"Alice\" <sip:alice@a.example>;tag=1\r\n"
	                   "To: <sip:bob@b.example>%s\r\n"
	                   "Call-ID: %s\r\n"
	                   "CSeq: %s\r\n"
	                   "Max-Forwards: 70\r\n"
	                   "Contact: <sip:10.0.0.1>\r\n"
	                   "%sContent-Length: %d\r\n\r\n%s",
	                   start, branch, calls_in_dialog(start) ? ";tag=2" : "",
	                   call, cseq, sdp ? "Content-Type: application/sdp\r\n" : "",
	                   sdp ? 5 : 0, sdp ? "v=0\r\n" : "");
	assert_in_range(len, 1, 2047);
	return text;
}

/* Around each test: *state is a struct calls. */
static inline int calls_setup(void **state)
{
	static struct calls c;
	calls_init(&c);
	*state = &c;
	return 0;
}

static inline int calls_teardown(void **state)
{
	calls_clear(*state);
	return 0;
}

#endif
