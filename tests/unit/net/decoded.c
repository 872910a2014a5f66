/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "decoded.h"

#include <stdlib.h>
#include <string.h>

static void keep(void *arg, const struct net_datagram *datagram)
{
	struct decoded *d = arg;
	d->datagram = *datagram;
	d->datagrams++;
}

static void count(void *arg, const struct net_bytes *bytes)
{
	struct decoded *d = arg;
	d->streamed += bytes->bytes.len;
}

struct decoded decode(const struct frame *frame)
{
	struct decoded d;
	struct net_sinks sinks = { keep, count, NULL, &d };
	struct mem mem;
	struct net *net;
	memset(&d, 0, sizeof(d));
	mem_init(&mem, (size_t)1 << 30);
	assert_int_equal(net_new(&net, &mem, 1), OK);
	net_input(net, frame, &sinks);
	d.stats = *net_stats(net);
	net_finish(net, &sinks);
	net_free(net);
	assert_int_equal(mem.used, 0);
	return d;
}

struct decoded decode_built(const struct frames *f, uint16_t link)
{
	struct frame frame = frames_frame(f, link);
	return decode(&frame);
}

static void keep_copy(void *arg, const struct net_datagram *datagram)
{
	struct session *s = arg;
	keep(&s->got, datagram);
	assert_true(datagram->payload.len <= sizeof(s->payload));
	if (datagram->payload.len)
		memcpy(s->payload, datagram->payload.p, datagram->payload.len);
	s->got.datagram.payload.p = s->payload;
}

static void count_copy(void *arg, const struct net_bytes *bytes)
{
	struct session *s = arg;
	count(&s->got, bytes);
}

struct session *session_start(void)
{
	struct session *s = calloc(1, sizeof(*s));
	assert_non_null(s);
	mem_init(&s->mem, (size_t)1 << 30);
	assert_int_equal(net_new(&s->net, &s->mem, 1), OK);
	return s;
}

void session_end(struct session *s)
{
	struct net_sinks sinks = { keep_copy, count_copy, NULL, s };
	net_finish(s->net, &sinks);
	net_free(s->net);
	assert_int_equal(s->mem.used, 0);
	free(s);
}

void session_frame(struct session *s, const struct frame *frame)
{
	struct net_sinks sinks = { keep_copy, count_copy, NULL, s };
	struct frame next = *frame;
	next.number = s->got.stats.packets + 1;
	net_input(s->net, &next, &sinks);
	s->got.stats = *net_stats(s->net);
	assert_true(stats_add_up(&s->got.stats));
}

void session_built(struct session *s, const struct frames *f, uint16_t link, tick at)
{
	struct frame frame = frames_frame(f, link);
	frame.at = at;
	session_frame(s, &frame);
}

bool stats_add_up(const struct net_stats *s)
{
	return s->packets == s->unknown_link_type + s->not_ip + s->malformed_packets +
	                     s->too_deep + s->fragments + s->esp_encrypted +
	                     s->sctp_packets + s->icmp_errors + s->other_protocols +
	                     s->tcp_empty + s->datagrams + s->tcp_segments;
}

bool payload_is(const struct decoded *d, const char *text)
{
	return d->datagrams == 1 && slice_eq(d->datagram.payload, slice_of(text));
}
