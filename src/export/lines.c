/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "export/lines.h"

#include <stdio.h>
#include <string.h>

#include "sip/field.h"

#define DAY (UINT64_C(86400) * TICK_S)

/* As on the screen: requests, and responses by class. */
static const char *color_of(const struct sip_msg *msg)
{
	if (msg->method.len)
		return "\033[36m";
	return msg->status < 200   ? "\033[33m"
	       : msg->status < 300 ? "\033[32m"
	                           : "\033[31m";
}

static void put(const struct lines *l, struct slice captured)
{
	out_safe(l->out, captured, l->utf8);
}

static void put_endpoint(const struct lines *l, const struct net_endpoint *at)
{
	char addr[NET_ADDR_TEXT_MAX], text[NET_ADDR_TEXT_MAX + 10];
	net_addr_text(&at->addr, addr);
	snprintf(text, sizeof(text), at->addr.family == 6 ? "[%s]:%u" : "%s:%u", addr,
	         at->port);
	out_str(l->out, text);
}

/* A line for the day, where it is another one. */
static void put_time(struct lines *l, tick at)
{
	char text[TICK_RFC3339_MAX], line[24];
	tick_rfc3339(at, text); /* 2026-11-21T12:00:00.123456Z */
	if (l->day == 0 || at / DAY != l->day - 1) {
		snprintf(line, sizeof(line), "%.10s UTC\n", text);
		out_str(l->out, line);
		l->day = at / DAY + 1;
	}
	snprintf(line, sizeof(line), "%.15s  ", text + 11);
	out_str(l->out, line);
}

static void put_what(const struct lines *l, const struct sip_msg *msg)
{
	char status[8];
	if (msg->method.len) {
		put(l, msg->method);
		out_str(l->out, " ");
		put(l, msg->uri);
		return;
	}
	snprintf(status, sizeof(status), "%03u ", msg->status);
	out_str(l->out, status);
	put(l, msg->reason);
	struct sip_cseq cseq;
	if (sip_cseq_parse(&cseq, sip_msg_value(msg, SIP_HDR_CSEQ)) == OK) {
		out_str(l->out, " (");
		put(l, cseq.method);
		out_str(l->out, ")");
	}
}

void lines_message(void *arg, const struct engine_message *m)
{
	static const char *const repeats[] = {
		[TRACK_FIRST] = "",
		[TRACK_RETRANSMISSION] = "  (retransmission)",
		[TRACK_DUPLICATE] = "  (duplicate)",
	};
	struct lines *l = arg;
	if (!select_has_call(l->select, l->engine, m->is.call))
		return;
	put_time(l, m->at);
	put_endpoint(l, &m->src);
	out_str(l->out, " > ");
	put_endpoint(l, &m->dst);
	out_str(l->out, "  ");
	if (l->color)
		out_str(l->out, color_of(m->msg));
	put_what(l, m->msg);
	if (l->color)
		out_str(l->out, "\033[m");
	out_str(l->out, repeats[m->is.repeat]);
	out_str(l->out, "  ");
	put(l, sip_msg_value(m->msg, SIP_HDR_CALL_ID));
	out_str(l->out, "\n");
	out_mark(l->out);
}
