/* SPDX-License-Identifier: MIT */
/* export/packets.h - the packets of calls, out of the inputs that they came from.
 *
 * Which packets carried which message is not kept while a capture is read: it is found
 * by reading it again. A first pass takes the packets to a second engine and notes those
 * that carried messages of the calls, ICMP errors about them and, where it is asked for,
 * media that their session descriptions announced. A second pass hands these on. Calls
 * are known again by their Call-IDs: packets may be left out that carried nothing, and
 * come in another order. */
#ifndef EXPORT_PACKETS_H
#define EXPORT_PACKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/engine.h"
#include "net/frame.h"
#include "view/select.h"

/* Media keeps coming a little after the end of a call. */
#define PACKETS_MEDIA_AFTER (2 * TICK_S)

struct packets_cfg {
	struct engine            *engine; /* that has read them; borrowed */
	const struct engine_cfg  *again;  /* what it was made with */
	const struct select      *select; /* which calls; borrowed */
	bool                      media;  /* with it */
	uint64_t                  packets; /* how many to ask `next` for */
	bool                      partial; /* not all that was read is there any more */
	/* Begin with the first packet again; OK, or ERR_ with the reason told. */
	enum err (*rewind)(void *arg);
	/* The next packet that was read before; OK; ERR_ ends it: there should be one. */
	enum err (*next)(void *arg, struct frame *frame);
	/* Take one of those that belong to the calls; OK, or ERR_ ends it. */
	enum err (*take)(void *arg, const struct frame *frame);
	void *arg;
};

/* OK; ERR_NOMEM; ERR_FORMAT: the inputs are not what they were; what rewind and take
 * answered. */
MUST_USE enum err packets_of_calls(const struct packets_cfg *cfg);

#endif
