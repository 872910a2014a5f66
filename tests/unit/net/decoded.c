/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "decoded.h"

#include <string.h>

static void keep(void *arg, const struct net_datagram *datagram)
{
	struct decoded *d = arg;
	d->datagram = *datagram;
	d->datagrams++;
}

struct decoded decode(const struct frame *frame)
{
	struct decoded d;
	memset(&d, 0, sizeof(d));
	net_input(&d.stats, frame, keep, &d);
	return d;
}

struct decoded decode_built(const struct frames *f, uint16_t link)
{
	struct frame frame = frames_frame(f, link);
	return decode(&frame);
}

bool stats_add_up(const struct net_stats *s)
{
	return s->packets == s->unknown_link_type + s->not_ip + s->malformed_packets +
	                     s->too_deep + s->fragments_skipped + s->tcp_skipped +
	                     s->tcp_empty + s->tunnels_skipped + s->sctp_skipped +
	                     s->other_protocols + s->datagrams;
}

bool payload_is(const struct decoded *d, const char *text)
{
	return d->datagrams == 1 &&
	       slice_eq(d->datagram.payload, (struct slice){ text, strlen(text) });
}
