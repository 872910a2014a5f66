/* SPDX-License-Identifier: MIT */
/* net/endpoint.h - private to src/net: endpoints as keys of a table. */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include <stdbool.h>

#include "net/net.h"

#define NET_ENDPOINT_KEY 19 /* bytes: address, port, family */

bool net_endpoint_equal(const struct net_endpoint *a, const struct net_endpoint *b);

/* The endpoint as bytes without padding, to be hashed: not the same on each machine. */
void net_endpoint_key(char out[NET_ENDPOINT_KEY], const struct net_endpoint *ep);

#endif
