/* SPDX-License-Identifier: MIT */
/* export/lines.h - one line for each message as it comes, as tcpdump has one for each
 * packet.
 *
 *     12:00:00.000123  192.0.2.1:5060 > 192.0.2.2:5060  INVITE sip:bob@b.example  a84b
 *     12:00:00.000223  192.0.2.2:5060 > 192.0.2.1:5060  180 Ringing (INVITE)  a84b
 *
 * The last word is the Call-ID. */
#ifndef EXPORT_LINES_H
#define EXPORT_LINES_H

#include <stdbool.h>

#include "engine/engine.h"
#include "export/out.h"
#include "view/select.h"

struct lines {
	struct out          *out;    /* borrowed, as are the others */
	struct engine       *engine;
	const struct select *select; /* asked when the message comes: what was before the
	                              * one that lets its call through is not shown */
	bool                 utf8;
	bool                 color;
	tick                 day;    /* of the line before; 0: none yet */
};

/* A watcher of the engine; arg: a struct lines. */
engine_watch lines_message;

#endif
