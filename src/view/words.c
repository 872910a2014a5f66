/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "view/words.h"

#include <stdio.h>
#include <string.h>

#include "net/icmp.h"

static void address(const struct track_endpoint *endpoint, char *out, size_t size)
{
	struct net_addr addr = { .family = endpoint->family };
	char text[NET_ADDR_TEXT_MAX];
	memcpy(addr.bytes, endpoint->bytes, sizeof(addr.bytes));
	net_addr_text(&addr, text);
	if (endpoint->port == 0)
		snprintf(out, size, "%s", text);
	else if (endpoint->family == 6)
		snprintf(out, size, "[%s]:%u", text, endpoint->port);
	else
		snprintf(out, size, "%s:%u", text, endpoint->port);
}

static const struct sip_msg *read_message(void *arg, uint32_t message)
{
	struct engine_message m;
	return engine_read(arg, message, &m) == OK ? m.msg : NULL;
}

struct find_words words_of(struct engine *e)
{
	return (struct find_words){ address, net_icmp_text, read_message, e };
}
