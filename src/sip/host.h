/* SPDX-License-Identifier: MIT */
/* sip/host.h - the host of a URI, a sent-by or a received parameter: name or address.
 *
 * RFC 3261 25.1 (host), RFC 4291 2.2 (IPv6 literals), RFC 5954 (which of them SIP
 * takes). No name is looked up. No clock, no allocation, no globals. */
#ifndef SIP_HOST_H
#define SIP_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define SIP_PORT_BEYOND 65536u /* any port above the last one, 65535 */

enum sip_host_kind {
	SIP_HOST_EMPTY,
	SIP_HOST_NAME,      /* as the grammar has it, or with underscores */
	SIP_HOST_IPV4,
	SIP_HOST_IPV6,      /* in brackets */
	SIP_HOST_IPV6_BARE, /* without them: allowed in a received parameter alone */
	SIP_HOST_BAD_IPV6,  /* brackets around what is none, or open for ever */
	SIP_HOST_BAD        /* neither name nor address */
};

struct sip_host {
	struct slice       text;      /* as written, with its brackets */
	enum sip_host_kind kind;
	uint8_t            bytes[16]; /* of an address: 4 of IPv4, 16 of IPv6; else 0 */
};

/* text, all of it, is the host; borrowed by *out. Never fails. */
void sip_host_parse(struct sip_host *out, struct slice text);

/* Equal as hosts of URIs are: names ASCII case aside, addresses by value (RFC 3261
 * 19.1.4, RFC 5954 4.2), what is neither as text. A name is never equal to an
 * address. */
bool sip_host_equal(const struct sip_host *a, const struct sip_host *b);

/* host [":" port], trimmed, white space around the colon allowed. */
struct sip_hostport {
	struct sip_host host;
	struct slice    port_text; /* what follows the colon, trimmed; may be empty */
	uint32_t        port;      /* SIP_PORT_BEYOND above 65535; 0 when absent */
	bool            has_port;  /* a colon was there */
	bool            bad_port;  /* and then no number from 0 to 65535 */
};

/* Never fails: what cannot be told apart is in the host. An IPv6 literal without
 * brackets takes all that is there, so that its end is never read as a port. */
void sip_hostport_parse(struct sip_hostport *out, struct slice text);

#endif
